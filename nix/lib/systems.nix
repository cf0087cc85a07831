# The systems that images are for, and those that they are built on: one table, ../systems.json, which the action's tests hold to the
# action's own.
let
  table = builtins.fromJSON (builtins.readFile ../systems.json);
  quote = builtins.concatStringsSep ", ";
  joinPlatform = builtins.concatStringsSep "/";

  images = builtins.attrNames table.targets;
  builds = images ++ table.buildOnly;
  variants = builtins.concatMap (name: if table.targets.${name} ? musl then [ "${name}-musl" ] else [ ]) images;
  known = builds ++ variants;

  assertKnown = what: list: name:
    if builtins.elem name list then name
    else throw "cross-build: ${builtins.toJSON name} is no ${what}: use one of ${quote list}";
in
rec {
  inherit images builds variants known;

  # Give the name back, or end the evaluation with the names that are known.
  checkImage = assertKnown "system that images can be for" images;
  checkBuild = assertKnown "system that builds" builds;
  checkTarget = assertKnown "system to build for" known;

  # What an image's system is to OCI, and which ELF files run there.
  entryOf = system: table.targets.${checkImage system};

  # "armv7l-linux" is "linux/arm/v7".
  toPlatform = system:
    let inherit (entryOf system) platform;
    in joinPlatform ([ platform.os platform.architecture ] ++ (if platform ? variant then [ platform.variant ] else [ ]));

  fromPlatform = platform:
    let found = builtins.filter (system: toPlatform system == platform) images;
    in if found != [ ] then builtins.head found
    else throw "cross-build: no system is known for the platform ${builtins.toJSON platform}: use one of ${quote (map toPlatform images)}";

  # A musl variant has the CPU of its system.
  systemOf = target:
    let name = checkTarget target;
    in if builtins.elem name variants then builtins.substring 0 (builtins.stringLength name - 5) name else name;

  # A musl variant is another package set even on its own CPU.
  isCross = build: target: checkBuild build != checkTarget target;

  # `crossSystem` for nixpkgs, in the words of its own lib.systems.examples: so the derivations are those of pkgsCross and pkgsStatic.
  toCrossSystem = target:
    let name = checkTarget target;
    in
    if builtins.elem name variants then { config = table.targets.${systemOf name}.musl; isStatic = true; }
    else if builtins.elem name table.buildOnly then throw "cross-build: nothing can be cross-compiled for ${name}"
    else { inherit (table.targets.${name}) config; };
}
