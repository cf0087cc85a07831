import type { Builder } from "./builder.js";

/** How a build is carried out. */
export type BuildMode =
  /** This machine's Nix builds, without emulation. */
  | { readonly kind: "local" }
  /** This machine's Nix builds, and QEMU runs the programs for `system`. */
  | { readonly kind: "emulated"; readonly system: string }
  /**
   * Nix's own build hook sends each derivation to a builder of the machines file. `isTargetLocal` says that
   * this machine could build the target too; Nix is then configured not to.
   */
  | { readonly kind: "build-hook"; readonly isTargetLocal: boolean }
  /** Everything is built in the store of one builder, whose daemon schedules the build. */
  | { readonly kind: "single-store"; readonly builder: Builder }
  /** Our scheduler sends each derivation to a builder and copies outputs from builder to builder. */
  | { readonly kind: "distributed" };

/** A mode in which remote builders do the build. */
export type RemoteBuildMode = Extract<
  BuildMode,
  { readonly kind: "build-hook" | "single-store" | "distributed" }
>;

export const BUILD_MODES = [
  "local",
  "emulated",
  "build-hook",
  "single-store",
  "distributed",
] as const satisfies readonly BuildMode["kind"][];
