# The strategies of the action's `strategy: auto` for a package of a flake: the one that it chooses, then
# those that may replace it. A flake cannot know which builders exist or whether QEMU is available, so this
# assumes both. test/nix/library.test.ts compares the result with the action's own plan.
{ systems }:
let
  strategiesFor = { packages, name, buildSystem, targetSystem }:
    let
      build = systems.checkBuild buildSystem;
      target = systems.checkImage targetSystem;
      has = system: attribute: packages ? ${system} && packages.${system} ? ${attribute};
      native = has target name;
    in
    if build == target then (if native then [ "native" "remote" ] else [ ])
    else if has build "${name}-${target}" then [ "cross-compile" ]
    else if native then [ "remote" "emulate" ]
    else [ ];
in
{
  inherit strategiesFor;

  # The strategy that `auto` chooses for a flake of mkFlakeOutputs.
  buildStrategy = buildSystem: targetSystem:
    builtins.head (strategiesFor {
      name = "image";
      inherit buildSystem targetSystem;
      packages = {
        ${targetSystem}.image = null;
      } // (if buildSystem == targetSystem then { } else { ${buildSystem}."image-${targetSystem}" = null; });
    });
}
