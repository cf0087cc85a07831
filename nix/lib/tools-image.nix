# An image of command-line tools for the CPU of `pkgs`: mkImage with the tools on PATH.
{ mkImage }:
{ pkgs
, targetPkgs ? pkgs
, name
, tools
, shell ? true
, contents ? [ ]
, entrypoint ? null
, cmd ? [ ]
, env ? { }
, ...
}@arguments:
let
  inherit (pkgs) lib;
  # People want to try the tools inside the container.
  shells = lib.optionals shell [ targetPkgs.bashInteractive targetPkgs.coreutils ];
in
assert import ./image-arguments.nix { inherit lib; } arguments;
mkImage (removeAttrs arguments [ "tools" "shell" ] // {
  contents = lib.toList tools ++ shells ++ lib.toList contents;
  inherit entrypoint;
  cmd = if cmd == [ ] && entrypoint == null && shell then [ "/bin/bash" ] else cmd;
  env = { PATH = "/bin"; } // env;
})
