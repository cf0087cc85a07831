# The library: plain functions, and none has a package set of its own.
let
  systems = import ./systems.nix;
  strategy = import ./strategy.nix { inherit systems; };
  mkCrossPkgs = import ./cross-pkgs.nix { inherit systems; };
  self = {
    inherit systems mkCrossPkgs;
    inherit (strategy) buildStrategy strategiesFor;
    mkImage = import ./image.nix { inherit systems; };
    mkFlakeOutputs = import ./flake-outputs.nix { inherit systems mkCrossPkgs self; };
  };
in
self
