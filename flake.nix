{
  description = "The cross-build CLI and Nix library: from a flake to a tested image for the production CPU";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs = { self, nixpkgs }:
    let
      lib = import ./nix/lib;
      forEachSystem = make: builtins.listToAttrs (map
        (name: { inherit name; value = make nixpkgs.legacyPackages.${name}; })
        [ "x86_64-linux" "aarch64-linux" "aarch64-darwin" ]);
    in
    {
      inherit lib;
      templates = import ./nix/templates.nix;
      flakeModules.default = import ./nix/flake-module.nix { inherit nixpkgs; crossBuild = lib; };
      nixosModules.builder = ./nix/module/builder.nix;
      packages = forEachSystem (pkgs: rec {
        cross-build = import ./nix/package.nix { inherit pkgs; };
        default = cross-build;
      });
      # For lint, unit and contract tests. The other suites need root on Debian or Ubuntu.
      devShells = forEachSystem (pkgs: {
        default = pkgs.mkShellNoCC { packages = [ pkgs.nodejs_24 pkgs.python3 pkgs.go pkgs.git ]; };
      });
      checks = forEachSystem (pkgs: import ./nix/checks.nix { inherit pkgs; crossBuild = lib; });
    };
}
