# The package set for `targetSystem` that is built on `buildSystem`: the native one where they are the same, else a cross set, with the
# overlays and the config in both.
{ systems }:
{ nixpkgs, buildSystem, targetSystem ? buildSystem, overlays ? [ ], config ? { } }:
import nixpkgs (
  { inherit overlays config; localSystem = { system = systems.checkBuild buildSystem; }; }
  // (if systems.isCross buildSystem targetSystem then { crossSystem = systems.toCrossSystem targetSystem; } else { })
)
