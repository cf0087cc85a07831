{
  description = "a Node.js service as an image for the CPU that it runs on";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  inputs.cross-build = { url = "github:fluo/cross-build/v1"; inputs.nixpkgs.follows = "nixpkgs"; };

  outputs = { nixpkgs, cross-build, ... }: cross-build.lib.mkFlakeOutputs {
    inherit nixpkgs;
    targetSystems = [ "x86_64-linux" "aarch64-linux" ];
    images = { crossBuild, ... }:
      let
        app = crossBuild.mkNodeApp {
          name = "app";
          version = "1.0.0";
          src = ./.;
          main = "server.mjs";
          files = [ "server.mjs" "package.json" ];
        };
      in
      {
        image = crossBuild.mkImage {
          name = "app";
          inherit (app) entrypoint;
          ports = [ 8080 ];
        };
      };
  };
}
