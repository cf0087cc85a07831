# Turns one description of images into the packages that the action's `strategy: auto` looks for:
#   packages.<target>.NAME           native, remote and emulate: the same derivation
#   packages.<build>.NAME-<target>   cross-compile
{ crossBuild }:
{ nixpkgs
, images
, buildSystems ? [ "x86_64-linux" "aarch64-linux" "aarch64-darwin" ]
, targetSystems ? [ "x86_64-linux" ]
, crossFrom ? buildSystems
, overlays ? [ ]
, config ? { }
, packages ? _: { }
}:
let
  inherit (crossBuild) systems;
  builds = map systems.checkBuild buildSystems;
  targets = map systems.checkImage targetSystems;

  packageSet = buildSystem: targetSystem:
    crossBuild.mkCrossPkgs { inherit nixpkgs buildSystem targetSystem overlays config; };
  describe = buildSystem: targetSystem: {
    pkgs = packageSet buildSystem targetSystem;
    inherit crossBuild buildSystem targetSystem;
  };

  # The systems that have packages, without duplicates: all build systems, and targets that are none of them.
  all = builds ++ builtins.filter (target: !builtins.elem target builds) targets;
  isImageSystem = system: builtins.elem system systems.images;

  imagesOf = builtins.listToAttrs (map
    (build: {
      name = build;
      value =
        (if isImageSystem build then images (describe build build) else { })
        // builtins.foldl' (sum: target: sum // crossImages build target) { } (
          builtins.filter (target: builtins.elem build crossFrom && systems.isCross build target) targets
        );
    })
    all);

  crossImages = build: target:
    let built = images (describe build target);
    in builtins.listToAttrs (map
      (name: { name = "${name}-${target}"; value = built.${name}; })
      (builtins.attrNames built));
in
{
  packages = builtins.mapAttrs (system: named: named // packages (describe system system)) imagesOf;

  # `nix flake check` builds these: the closure check of an image from mkImage, or any other image itself.
  checks = builtins.mapAttrs
    (_: named: builtins.listToAttrs (map
      (name: { name = "${name}-closure"; value = named.${name}.closureCheck or named.${name}; })
      (builtins.attrNames named)))
    imagesOf;
}
