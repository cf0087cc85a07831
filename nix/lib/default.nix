# The library: functions that take the caller's nixpkgs or package set. It has no nixpkgs of its own.
let
  systems = import ./systems.nix;
  strategy = import ./strategy.nix { inherit systems; };
  mkCrossPkgs = import ./cross-pkgs.nix { inherit systems; };
  mkImage = import ./image.nix { inherit systems; };
  self = {
    inherit systems mkCrossPkgs mkImage;
    inherit (strategy) buildStrategy strategiesFor;
    mkNodeApp = import ./node-app.nix;
    mkJavaApp = import ./java-app.nix;
    mkToolsImage = import ./tools-image.nix { inherit mkImage; };
    mkFlakeOutputs = import ./flake-outputs.nix { crossBuild = self; };
  };
in
self
