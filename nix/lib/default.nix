# The library: functions that take the caller's nixpkgs or package set. It has no nixpkgs of its own.
let
  systems = import ./systems.nix;
  strategy = import ./strategy.nix { inherit systems; };

  # Each takes `pkgs`, and gives a derivation.
  makers = {
    mkImage = import ./image.nix { inherit systems; };
    mkNodeApp = import ./node-app.nix;
    mkJavaApp = import ./java-app.nix;
    mkToolsImage = import ./tools-image.nix { inherit (makers) mkImage; };
  };
  makeOverridable = maker: { pkgs, ... }@arguments: pkgs.lib.makeOverridable maker arguments;

  self = {
    inherit systems;
    inherit (strategy) buildStrategy strategiesFor;
    mkCrossPkgs = import ./cross-pkgs.nix { inherit systems; };
    mkFlakeOutputs = import ./flake-outputs.nix { crossBuild = self; };

    # The library with these package sets as the defaults of all functions that take them.
    withPkgs = { pkgs, targetPkgs ? pkgs }:
      let
        sets = { inherit pkgs targetPkgs; };
        defaultsOf = maker: builtins.intersectAttrs (builtins.functionArgs maker) sets;
      in
      self // builtins.mapAttrs
        (name: maker: arguments: self.${name} (defaultsOf maker // arguments))
        makers;
  }
  // builtins.mapAttrs (_: makeOverridable) makers;
in
self
