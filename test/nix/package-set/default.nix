# A small package set for the library's tests, which builds without a network. It has nixpkgs' interface: the
# same argument and attribute names, and the same splicing. Its programs come from Debian packages and a PyPI
# wheel. Builds use the tools of the machine, a Debian, so they need `sandbox-paths = /bin /usr /lib /lib64`.
# A package that can be in an image is a store path that needs only other store paths.
{ localSystem ? { inherit system; }
, system ? builtins.currentSystem
, crossSystem ? localSystem
, overlays ? [ ]
, config ? { }
}:
let
  lib = import ./lib.nix;
  sources = builtins.fromJSON (builtins.readFile ./sources.json);
  # Debian has no files for Darwin, where these are only evaluated.
  sourcesOf = system: sources.${system} or sources.${lib.replaceStrings [ "darwin" ] [ "linux" ] system};
  buildPlatform = lib.systems.elaborate localSystem;
  hostPlatform = lib.systems.elaborate crossSystem;
  isCross = buildPlatform.system != hostPlatform.system;

  base = final: {
    inherit lib config overlays;
    pkgs = final;
    # The native set of the build platform.
    buildPackages = if isCross then import ./. { inherit localSystem overlays config; } else final;
    pkgsBuildBuild = final.buildPackages;
    pkgsCross = lib.mapAttrs
      (_: triple: import ./. { inherit localSystem overlays config; crossSystem.config = triple; })
      {
        aarch64-multiplatform = "aarch64-unknown-linux-gnu";
        gnu64 = "x86_64-unknown-linux-gnu";
      };

    # Calls a function with the packages that its arguments name. In a cross set each of them has a reference
    # to the same package of the build platform, which stdenv uses for nativeBuildInputs.
    callPackage = function: arguments:
      let
        called = if builtins.isFunction function then function else import function;
        spliced = if isCross then lib.mapAttrs splice final else final;
        splice = name: package:
          if lib.isDerivation package && final.buildPackages ? ${name}
          then package // {
            __spliced = { buildHost = final.buildPackages.${name}; hostTarget = package; };
          }
          else package;
      in
      lib.makeOverridable called (
        builtins.intersectAttrs (builtins.functionArgs called) spliced // arguments
      );

    stdenv = import ./stdenv.nix { inherit lib buildPlatform hostPlatform; pkgs = final; };
    stdenvNoCC = final.stdenv;
    dockerTools = import ./docker-tools.nix { inherit lib; pkgs = final; };
  }
  // import ./builders.nix { inherit lib; pkgs = final; }
  // import ./programs.nix {
    inherit lib hostPlatform;
    pkgs = final;
    sources = sourcesOf hostPlatform.system;
  };

  apply = result: overlay: final: let prev = result final; in prev // overlay final prev;
in
lib.fix (builtins.foldl' apply base overlays)
