/**
 * How a build is carried out. `local`: by this machine's Nix; `emulated`: the same, with QEMU running the target's programs; `build-hook`:
 * Nix's own build hook sends each derivation to a builder; `single-store`: all of it in the store of one builder; `distributed`: our
 * scheduler gives each derivation to a builder, and outputs go from store to store.
 */
export const BUILD_MODES = ["local", "emulated", "build-hook", "single-store", "distributed"] as const;

export type BuildMode = (typeof BUILD_MODES)[number];
