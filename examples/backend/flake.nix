{
  description = "a Java backend that Maven builds";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  inputs.cross-build = { url = "github:fluo/cross-build/v1"; inputs.nixpkgs.follows = "nixpkgs"; };

  outputs = { nixpkgs, cross-build, ... }: cross-build.lib.mkFlakeOutputs {
    inherit nixpkgs;
    targetSystems = [ "x86_64-linux" "aarch64-linux" ];
    images = { crossBuild, ... }:
      let
        app = crossBuild.mkJavaApp {
          name = "backend";
          version = "1.0.0";
          src = ./.;
          # The hash of what Maven downloads. If it is wrong, the build prints the right one.
          repositoryHash = "sha256-/dkBtkTBDAm5FM/uoyyi+ZyYv/Q82UND6ZHXuNwPPSA=";
          modules = [ "java.base" "jdk.httpserver" ];
        };
      in
      {
        image = crossBuild.mkImage {
          name = "backend";
          inherit (app) entrypoint;
          ports = [ 8080 ];
        };
      };
  };
}
