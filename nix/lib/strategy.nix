# The strategies that the action's `strategy: auto` takes for a package of a flake, the chosen one first and then those that would stand in
# for it: all that a flake can tell, since builders and QEMU are not known to it. The action's tests hold this to the action's own choice.
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

  # What it takes for a flake of mkFlakeOutputs.
  buildStrategy = buildSystem: targetSystem:
    builtins.head (strategiesFor {
      name = "image";
      inherit buildSystem targetSystem;
      packages = {
        ${targetSystem}.image = null;
      } // (if buildSystem == targetSystem then { } else { ${buildSystem}."image-${targetSystem}" = null; });
    });
}
