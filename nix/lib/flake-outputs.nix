# Turns one description of images into the packages that the action's `strategy: auto` looks for:
#   packages.<target>.NAME           native, remote and emulate: the same derivation
#   packages.<build>.NAME-<target>   cross-compile
{ crossBuild }:
{ nixpkgs
, images
, buildSystems ? [ "x86_64-linux" "aarch64-linux" "aarch64-darwin" ]
, targetSystems ? [ "x86_64-linux" ]
, crossFrom ? buildSystems
, cachedSystems ? [ "x86_64-linux" "aarch64-linux" ]
, overlays ? [ ]
, config ? { }
, packages ? _: { }
}:
let
  inherit (crossBuild) systems;
  builds = map systems.checkBuild buildSystems;
  targets = map systems.checkImage targetSystems;

  # The systems that have packages, without duplicates: all build systems, and targets that are none of them.
  all = builds ++ builtins.filter (target: !builtins.elem target builds) targets;
  isImageSystem = system: builtins.elem system systems.images;
  mapNames = names: value: builtins.listToAttrs (map (name: { inherit name; value = value name; }) names);

  # Each package set is evaluated once, for all who use it.
  packageSets = mapNames all (buildSystem: mapNames all (targetSystem:
    crossBuild.mkCrossPkgs { inherit nixpkgs buildSystem targetSystem overlays config; }));
  describe = buildSystem: targetSystem:
    let
      pkgs = packageSets.${buildSystem}.${targetSystem};
      targetPkgs =
        if builtins.elem targetSystem cachedSystems
        then packageSets.${targetSystem}.${targetSystem}
        else pkgs;
    in
    {
      inherit pkgs targetPkgs buildSystem targetSystem;
      crossBuild = crossBuild.withPkgs { inherit pkgs targetPkgs; };
    };

  crossImages = build: target:
    let built = images (describe build target);
    in builtins.listToAttrs (map
      (name: { name = "${name}-${target}"; value = built.${name}; })
      (builtins.attrNames built));

  # Like `//`, for sets that must not have a name in common.
  add = system: first: second:
    let both = builtins.attrNames (builtins.intersectAttrs first second);
    in if both == [ ] then first // second
    else
      throw (
        "cross-build: two packages of ${system} have the name ${builtins.concatStringsSep ", " both}: "
        + "rename one of them in `images` or `packages`"
      );

  imagesOf = mapNames all (build:
    builtins.foldl' (sum: target: add build sum (crossImages build target))
      (if isImageSystem build then images (describe build build) else { })
      (builtins.filter (target: builtins.elem build crossFrom && systems.isCross build target) targets));
in
{
  packages = builtins.mapAttrs (system: named: add system named (packages (describe system system))) imagesOf;

  # `nix flake check` builds these: the closure check of an image from mkImage, or any other image itself.
  checks = builtins.mapAttrs
    (_: named: builtins.listToAttrs (map
      (name: { name = "${name}-closure"; value = named.${name}.closureCheck or named.${name}; })
      (builtins.attrNames named)))
    imagesOf;
}
