{
  description = "The image of cross-build's builder pool for Kubernetes: sshd and the Nix daemon";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  inputs.cross-build = { url = "github:fluo/cross-build/v1"; inputs.nixpkgs.follows = "nixpkgs"; };

  outputs = { nixpkgs, cross-build, ... }: cross-build.lib.mkFlakeOutputs {
    inherit nixpkgs;
    targetSystems = [ "x86_64-linux" "aarch64-linux" ];
    images = { pkgs, crossBuild, ... }: { image = import ./image.nix { inherit pkgs crossBuild; }; };
  };
}
