# The package set for `targetSystem`, built on `buildSystem`: a native set if the two are equal, otherwise a
# cross set. `overlays` and `config` apply to either.
{ systems }:
{ nixpkgs, buildSystem, targetSystem ? buildSystem, overlays ? [ ], config ? { } }:
import nixpkgs (
  { inherit overlays config; localSystem = { system = systems.checkBuild buildSystem; }; }
  // (
    if systems.isCross buildSystem targetSystem then { crossSystem = systems.toCrossSystem targetSystem; }
    else { }
  )
)
