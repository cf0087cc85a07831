import type { Strategy } from "./strategy.js";
import type { System, TargetSystem } from "./system.js";

/** Why a strategy was chosen or rejected, for the log and the job summary. */
export interface StrategyVerdict {
  readonly strategy: Strategy;
  /** A fallback builds the same derivations if the chosen strategy cannot continue. */
  readonly verdict: "chosen" | "fallback" | "rejected";
  readonly reason: string;
}

/** How one target is built. */
export interface TargetPlan {
  readonly target: TargetSystem;
  readonly buildSystem: System;
  readonly strategy: Strategy;
  /** The flake attributes to build, as `FLAKE#ATTRIBUTE`, in the order of the installables. */
  readonly attributes: readonly string[];
  readonly verdicts: readonly StrategyVerdict[];
}
