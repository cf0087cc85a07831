{
  description = "a Go service as an image for the CPU that it runs on";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  inputs.cross-build = { url = "github:fluo/cross-build/v1"; inputs.nixpkgs.follows = "nixpkgs"; };

  outputs = { nixpkgs, cross-build, ... }: cross-build.lib.mkFlakeOutputs {
    inherit nixpkgs;
    targetSystems = [ "x86_64-linux" "aarch64-linux" ];
    images = { pkgs, crossBuild, ... }:
      let
        app = pkgs.buildGoModule {
          pname = "app";
          version = "1.0.0";
          src = ./.;
          # There are no dependencies. With some, set this to "": the build then prints their hash.
          vendorHash = null;
          env.CGO_ENABLED = "0";
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
