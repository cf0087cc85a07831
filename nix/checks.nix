# What `nix flake check` holds the library to, with whatever nixpkgs it is given.
{ pkgs, crossBuild }:
let
  inherit (crossBuild) systems;
  system = pkgs.stdenv.hostPlatform.system;
  expectations = {
    "a platform and its system lead to each other" =
      map (name: systems.fromPlatform (systems.toPlatform name)) systems.images == systems.images;
    "an unknown system is an error" = !(builtins.tryEval (systems.checkTarget "x86_64-windows")).success;
    "a static variant is another package set on its own CPU" = systems.isCross "x86_64-linux" "x86_64-linux-musl";
    "a machine of the target's CPU builds natively" = crossBuild.buildStrategy "x86_64-linux" "x86_64-linux" == "native";
    "any other one cross-compiles" = crossBuild.buildStrategy system "riscv64-linux" == "cross-compile";
  };
  broken = builtins.filter (name: !expectations.${name}) (builtins.attrNames expectations);
in
{
  library =
    if broken != [ ] then throw "cross-build: ${builtins.concatStringsSep "; " broken}"
    else pkgs.runCommand "library" { } "touch $out";
}
