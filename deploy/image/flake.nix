# The image of a builder pool for Kubernetes: sshd and the Nix daemon. Its reference must include the whole
# repository, as `./deploy/image#image` in a checkout does: the library is outside of this folder, so that a
# release builds its image with its own.
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs = { nixpkgs, ... }: (import ../../nix/lib).mkFlakeOutputs {
    inherit nixpkgs;
    targetSystems = [ "x86_64-linux" "aarch64-linux" ];
    images = { pkgs, crossBuild, ... }: { image = import ./image.nix { inherit pkgs crossBuild; }; };
  };
}
