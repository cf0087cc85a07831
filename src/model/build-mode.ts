import type { Builder } from "./builder.js";

/** How a build is carried out. */
export type BuildMode =
  /** By this machine's Nix, for what its CPU runs. */
  | { readonly kind: "local" }
  /** By this machine's Nix, with QEMU running the programs of `system`. */
  | { readonly kind: "emulated"; readonly system: string }
  /**
   * Nix's own build hook sends each derivation to a builder of the machines file. Where this machine could build the target itself,
   * `isTargetLocal` keeps Nix from doing so.
   */
  | { readonly kind: "build-hook"; readonly isTargetLocal: boolean }
  /** All of it in the store of one builder, whose daemon schedules it. */
  | { readonly kind: "single-store"; readonly builder: Builder }
  /** Our scheduler sends each derivation to a builder, and outputs go from store to store. */
  | { readonly kind: "distributed" };

/** A way in which builders share a build. */
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
