# The systems that images can be for, and the systems that can build, from one table: ../systems.json. A test
# of the action compares it with the action's own table.
let
  table = builtins.fromJSON (builtins.readFile ../systems.json);
  quote = builtins.concatStringsSep ", ";
  joinPlatform = builtins.concatStringsSep "/";

  images = builtins.attrNames table.targets;
  builds = images ++ table.buildOnly;
  variants = builtins.concatMap
    (name: if table.targets.${name} ? musl then [ "${name}-musl" ] else [ ])
    images;
  known = builds ++ variants;

  assertKnown = what: list: name:
    if builtins.elem name list then name
    else throw "cross-build: ${builtins.toJSON name} is not a ${what}: use one of ${quote list}";
in
rec {
  inherit images builds variants known;

  # Each returns the name, or throws an error with the names that it takes.
  checkImage = assertKnown "system that images can be for" images;
  checkBuild = assertKnown "system that can build" builds;
  checkTarget = assertKnown "target system" known;

  # The OCI platform of an image's system, and the ELF files that run on it.
  entryOf = system: table.targets.${checkImage system};

  # "armv7l-linux" is "linux/arm/v7".
  toPlatform = system:
    let inherit (entryOf system) platform;
    in joinPlatform (
      [ platform.os platform.architecture ] ++ (if platform ? variant then [ platform.variant ] else [ ])
    );

  fromPlatform = platform:
    let found = builtins.filter (system: toPlatform system == platform) images;
    in if found != [ ] then builtins.head found
    else
      throw (
        "cross-build: ${builtins.toJSON platform} is not the platform of a known system: "
        + "use one of ${quote (map toPlatform images)}"
      );

  # A musl variant without its suffix: x86_64-linux for x86_64-linux-musl.
  systemOf = target:
    let name = checkTarget target;
    in
    if builtins.elem name variants then builtins.substring 0 (builtins.stringLength name - 5) name
    else name;

  # A musl variant needs another package set even on its own CPU.
  isCross = build: target: checkBuild build != checkTarget target;

  # `crossSystem` for nixpkgs, written as in its lib.systems.examples, so that the derivations are those of
  # pkgsCross and pkgsStatic.
  toCrossSystem = target:
    let name = checkTarget target;
    in
    if builtins.elem name variants then { config = table.targets.${systemOf name}.musl; isStatic = true; }
    else if builtins.elem name table.buildOnly then
      throw "cross-build: nothing can be cross-compiled for ${name}"
    else { inherit (table.targets.${name}) config; };
}
