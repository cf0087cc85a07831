import type { Strategy } from "./strategy.js";
import type { System, TargetSystem } from "./system.js";

/** Why a strategy was taken or passed over, for the log and the job summary. */
export interface StrategyVerdict {
  readonly strategy: Strategy;
  readonly verdict: "chosen" | "rejected";
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
