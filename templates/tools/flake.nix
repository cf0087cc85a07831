{
  description = "tools for a cluster as an image for the CPU that it runs on";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  inputs.cross-build = { url = "github:fluo/cross-build/v1"; inputs.nixpkgs.follows = "nixpkgs"; };

  outputs = { nixpkgs, cross-build, ... }: cross-build.lib.mkFlakeOutputs {
    inherit nixpkgs;
    targetSystems = [ "x86_64-linux" "aarch64-linux" ];
    images = { pkgs, crossBuild, ... }:
      {
        image = crossBuild.mkToolsImage {
          inherit pkgs;
          name = "tools";
          tools = [ pkgs.kubectl pkgs.jq ];
        };
      };
  };
}
