# The flake-parts module: `systems` are the build systems, and `crossBuild` has the other arguments of mkFlakeOutputs.
{ nixpkgs, crossBuild }:
{ config, lib, inputs, ... }:
let
  outputs = crossBuild.mkFlakeOutputs ({ nixpkgs = inputs.nixpkgs or nixpkgs; buildSystems = config.systems; } // config.crossBuild);
  # Where nothing is built there are packages all the same: those that builders and QEMU build.
  targetsOnly = lib.filterAttrs (system: _: !builtins.elem system config.systems);
in
{
  options.crossBuild = lib.mkOption {
    type = lib.types.lazyAttrsOf lib.types.raw;
    description = "The arguments of cross-build's mkFlakeOutputs; nixpkgs and buildSystems have defaults.";
  };

  config = {
    perSystem = { system, ... }: {
      packages = outputs.packages.${system};
      checks = outputs.checks.${system};
    };
    flake.packages = targetsOnly outputs.packages;
  };
}
