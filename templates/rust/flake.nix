{
  description = "a Rust service as an image for the CPU that it runs on";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  inputs.cross-build = { url = "github:fluo/cross-build/v1"; inputs.nixpkgs.follows = "nixpkgs"; };

  outputs = { nixpkgs, cross-build, ... }: cross-build.lib.mkFlakeOutputs {
    inherit nixpkgs;
    targetSystems = [ "x86_64-linux" "aarch64-linux" ];
    images = { pkgs, crossBuild, ... }:
      let
        app = pkgs.rustPlatform.buildRustPackage {
          pname = "app";
          version = "1.0.0";
          src = ./.;
          cargoLock.lockFile = ./Cargo.lock;
        };
      in
      {
        image = crossBuild.mkImage {
          name = "app";
          entrypoint = [ "${app}/bin/app" ];
          ports = [ 8080 ];
        };
      };
  };
}
