import type { ActionError } from "../errors/action-error.js";
import type { StorePath } from "./store-path.js";

/** Where a derivation was built: here, or on the builder with this store URI. */
export type BuildLocation = { readonly kind: "local" } | { readonly kind: "builder"; readonly uri: string };

/** One derivation that Nix built or tried to build. */
export interface DerivationBuild {
  readonly drvPath: string;
  readonly name: string;
  readonly location: BuildLocation;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly outcome: "built" | "failed";
}

/** One store path that came from a substituter. */
export interface Substitution {
  readonly storePath: string;
  readonly from: string;
  readonly durationMs: number;
}

/** What was built: the derivation and its output. */
export interface Built {
  readonly drvPath: StorePath;
  readonly outPath: StorePath;
}

/** What a build did. A build that failed is a value too: what it did so far belongs into the report. */
export interface BuildOutcome {
  /** In the order of the installables; empty after a failure. */
  readonly built: readonly Built[];
  readonly builds: readonly DerivationBuild[];
  readonly substitutions: readonly Substitution[];
  readonly error: ActionError | undefined;
}
