# A small package set with nixpkgs' interface that builds without a network, for the library's tests: the same argument and attribute names,
# and the same splicing, over programs of Debian's packages and of a wheel. The tools of a build are the machine's own Debian, so that
# it needs `sandbox-paths = /bin /usr /lib /lib64`; whatever can be in an image is a store path that needs only store paths.
{ localSystem ? { inherit system; }
, system ? builtins.currentSystem
, crossSystem ? localSystem
, overlays ? [ ]
, config ? { }
}:
let
  lib = import ./lib.nix;
  sources = builtins.fromJSON (builtins.readFile ./sources.json);
  buildPlatform = lib.systems.elaborate localSystem;
  hostPlatform = lib.systems.elaborate crossSystem;
  isCross = buildPlatform.system != hostPlatform.system;

  base = final: {
    inherit lib config overlays;
    pkgs = final;
    # One that builds for itself, whatever this one is for.
    buildPackages = if isCross then import ./. { inherit localSystem overlays config; } else final;
    pkgsBuildBuild = final.buildPackages;
    pkgsCross = lib.mapAttrs (_: triple: import ./. { inherit localSystem overlays config; crossSystem.config = triple; }) {
      aarch64-multiplatform = "aarch64-unknown-linux-gnu";
      gnu64 = "x86_64-unknown-linux-gnu";
    };

    # Gives a function the packages that it names. In a cross set each of them knows its counterpart on the build platform, which
    # stdenv takes for nativeBuildInputs.
    callPackage = function: arguments:
      let
        called = if builtins.isFunction function then function else import function;
        spliced = if isCross then lib.mapAttrs splice final else final;
        splice = name: package:
          if lib.isDerivation package && final.buildPackages ? ${name}
          then package // { __spliced = { buildHost = final.buildPackages.${name}; hostTarget = package; }; }
          else package;
      in
      lib.makeOverridable called (builtins.intersectAttrs (builtins.functionArgs called) spliced // arguments);

    stdenv = import ./stdenv.nix { inherit lib buildPlatform hostPlatform; pkgs = final; };
    stdenvNoCC = final.stdenv;
    dockerTools = import ./docker-tools.nix { inherit lib; pkgs = final; };
  }
  // import ./builders.nix { inherit lib; pkgs = final; }
  // import ./programs.nix { inherit lib hostPlatform; pkgs = final; sources = sources.${hostPlatform.system}; };

  apply = result: overlay: final: let prev = result final; in prev // overlay final prev;
in
lib.fix (builtins.foldl' apply base overlays)
