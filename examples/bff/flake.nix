{
  description = "a Node.js backend for frontends, with native modules";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  inputs.cross-build = { url = "github:fluo/cross-build/v1"; inputs.nixpkgs.follows = "nixpkgs"; };

  outputs = { nixpkgs, cross-build, ... }: cross-build.lib.mkFlakeOutputs {
    inherit nixpkgs;
    targetSystems = [ "x86_64-linux" "aarch64-linux" ];
    images = { crossBuild, ... }:
      let
        app = crossBuild.mkNodeApp {
          name = "bff";
          version = "1.0.0";
          src = ./.;
          buildScript = "build";
          main = "dist/server.js";
          files = [ "dist" "package.json" ];
        };
      in
      {
        image = crossBuild.mkImage {
          name = "bff";
          inherit (app) entrypoint;
          user = "1000:1000";
          ports = [ 3000 ];
        };
      };
  };
}
