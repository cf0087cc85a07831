# The flake-parts module. The `systems` of flake-parts are the build systems; the options of `crossBuild` are
# the other arguments of mkFlakeOutputs.
{ nixpkgs, crossBuild }:
{ config, lib, inputs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.crossBuild;
  outputs = crossBuild.mkFlakeOutputs (cfg // { buildSystems = config.systems; });
  # Targets that are not build systems have packages too, for remote builders and QEMU.
  targetsOnly = lib.filterAttrs (system: _: !builtins.elem system config.systems);

  # What several modules give is merged.
  packagesOption = description: mkOption {
    type = types.functionTo (types.lazyAttrsOf types.package);
    default = _: { };
    inherit description;
  };
in
{
  _class = "flake";
  _file = ./flake-module.nix;
  key = ./flake-module.nix;

  options.crossBuild = {
    nixpkgs = mkOption {
      type = types.raw;
      default = inputs.nixpkgs or nixpkgs;
      defaultText = lib.literalExpression "inputs.nixpkgs";
      description = "The nixpkgs that all package sets come from.";
    };
    images = packagesOption ''
      A function to the images by their names. Its argument is a set with `pkgs`, `targetPkgs`, `crossBuild`,
      `buildSystem` and `targetSystem`.
    '';
    packages = packagesOption "A function like `images`, to packages that are added as they are.";
    targetSystems = mkOption {
      type = types.listOf (types.enum crossBuild.systems.images);
      default = [ "x86_64-linux" ];
      description = "The systems that the images run on.";
    };
    crossFrom = mkOption {
      type = types.listOf (types.enum crossBuild.systems.builds);
      default = config.systems;
      defaultText = lib.literalExpression "config.systems";
      description = "The systems that cross packages are offered for.";
    };
    cachedSystems = mkOption {
      type = types.listOf (types.enum crossBuild.systems.images);
      default = [ "x86_64-linux" "aarch64-linux" ];
      description = "The systems whose native packages are in a binary cache, and become `targetPkgs`.";
    };
    overlays = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      description = "Overlays for all package sets, including that of the build tools.";
    };
    config = mkOption {
      type = types.lazyAttrsOf types.raw;
      default = { };
      description = "nixpkgs' `config`.";
    };
  };

  config = {
    perSystem = { system, ... }: {
      packages = outputs.packages.${system};
      checks = outputs.checks.${system};
    };
    flake.packages = targetsOnly outputs.packages;
  };
}
