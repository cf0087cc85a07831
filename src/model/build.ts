import type { ActionError } from "../errors/action-error.js";
import type { StorePath } from "./store-path.js";

/** Where a derivation was built: on this machine, or on the builder with this store URI. */
export type BuildLocation = { readonly kind: "local" } | { readonly kind: "builder"; readonly uri: string };

/** A location as reports name it: `local`, or the builder's store URI. */
export function placeOf(location: BuildLocation): string {
  return location.kind === "local" ? "local" : location.uri;
}

/** One derivation that Nix built or tried to build. */
export interface DerivationBuild {
  readonly drvPath: string;
  readonly name: string;
  readonly location: BuildLocation;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly outcome: BuildEnd;
  readonly use: BuildUse;
  /** The last lines that a failed build printed; empty for other builds. */
  readonly log: readonly string[];
}

/** No build takes that long, but a builder could claim it. */
export const MAX_CPU_SECONDS = 1e9;

/** What a build used. Undefined: not known. */
export interface BuildUse {
  /** CPU time of its processes, user and system, added up over all CPUs. */
  readonly cpuMs?: number | undefined;
  /** The most memory that its processes had at the same time. */
  readonly peakMemoryBytes?: number | undefined;
  /** The uncompressed size of the inputs that were copied to its builder for it, from other builders. */
  readonly copiedBytes?: number | undefined;
}

/**
 * A daemon's answer to a build. A failure has the daemon's message. Nix 2.20 and newer measure the CPU time
 * of a build where `use-cgroups` is set.
 */
export type BuildAnswer = { readonly cpuMs?: number | undefined } & (
  { readonly outcome: "built" } | { readonly outcome: "failed"; readonly message: string }
);

/** How a build ended. Interrupted: the run was cancelled, another build failed, or its store was lost. */
export type BuildEnd = "built" | "failed" | "interrupted";

/** One store path that was substituted, or that a substituter failed to deliver. */
export interface Substitution {
  readonly storePath: string;
  readonly from: string;
  readonly durationMs: number;
  readonly outcome: "substituted" | "failed";
}

/** A derivation that was built, and its output. */
export interface Built {
  readonly drvPath: StorePath;
  readonly outPath: StorePath;
}

/** The result of a build. A failed build returns one too, so that the report lists what was built before. */
export interface BuildOutcome {
  /** In the order of the installables; empty after a failure. */
  readonly built: readonly Built[];
  readonly builds: readonly DerivationBuild[];
  readonly substitutions: readonly Substitution[];
  readonly error: ActionError | undefined;
}
