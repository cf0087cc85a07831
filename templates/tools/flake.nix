{
  description = "tools for a cluster as an image for the CPU that it runs on";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  inputs.cross-build = { url = "github:fluo/cross-build/v1"; inputs.nixpkgs.follows = "nixpkgs"; };

  outputs = { nixpkgs, cross-build, ... }: cross-build.lib.mkFlakeOutputs {
    inherit nixpkgs;
    targetSystems = [ "x86_64-linux" "aarch64-linux" ];
    images = { targetPkgs, crossBuild, ... }: {
      image = crossBuild.mkToolsImage {
        name = "tools";
        # From the public cache, for each CPU. With `pkgs` they would be cross-compiled.
        tools = with targetPkgs; [ kubectl kubernetes-helm opentofu jq ];
      };
    };
  };
}
