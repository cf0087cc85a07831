# Checks of the library for `nix flake check`. They need no particular nixpkgs.
{ pkgs, crossBuild }:
let
  inherit (crossBuild) systems;
  system = pkgs.stdenv.hostPlatform.system;
  expectations = {
    "every image system converts to its OCI platform and back" =
      map (name: systems.fromPlatform (systems.toPlatform name)) systems.images == systems.images;
    "an unknown system is an error" = !(builtins.tryEval (systems.checkTarget "x86_64-windows")).success;
    "a musl target is a cross build even on its own CPU" = systems.isCross "x86_64-linux" "x86_64-linux-musl";
    "the target's own system builds natively" =
      crossBuild.buildStrategy "x86_64-linux" "x86_64-linux" == "native";
    "any other build system cross-compiles" =
      crossBuild.buildStrategy system "riscv64-linux" == "cross-compile";
  };
  broken = builtins.filter (name: !expectations.${name}) (builtins.attrNames expectations);
in
{
  library =
    if broken != [ ] then
      throw "cross-build: the library fails these checks: ${builtins.concatStringsSep "; " broken}"
    else pkgs.runCommand "library" { } "touch $out";
}
