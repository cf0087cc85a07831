# The flake-parts module. The `systems` of flake-parts are the build systems; `crossBuild` has the other
# arguments of mkFlakeOutputs.
{ nixpkgs, crossBuild }:
{ config, lib, inputs, ... }:
let
  outputs = crossBuild.mkFlakeOutputs (
    { nixpkgs = inputs.nixpkgs or nixpkgs; buildSystems = config.systems; } // config.crossBuild
  );
  # Targets that are not build systems have packages too, for remote builders and QEMU.
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
