import { type BuilderStatus, isUsable } from "../../model/builder.js";
import type { TargetPlan } from "../../model/plan.js";
import { STRATEGIES, type Strategy } from "../../model/strategy.js";
import type { TargetSystem } from "../../model/system.js";
import { assessStrategy } from "../../plan/strategy.js";
import { planFor, type PlanInput, requestPlan } from "../stages/plan.js";

/** A strategy for a target: with its plan, if this machine can use it. */
export interface Candidate {
  readonly target: TargetSystem;
  readonly strategy: Strategy;
  /** Why it can be used, or cannot. */
  readonly reason: string;
  /** It has no fallback: a row measures one strategy. */
  readonly plan: TargetPlan | undefined;
  /** Whether QEMU runs the programs of the build: here, or on a builder that is usable at the start. */
  readonly isEmulated: boolean;
}

/**
 * Lists the strategies of a job for each of its targets. Throws the codes of `planTarget` if none of them can
 * be used.
 */
export function listCandidates(input: PlanInput): readonly Candidate[] {
  const { targets, strategy: wanted } = input.job;
  const strategies = wanted === "auto" ? STRATEGIES : wanted;
  const candidates = targets.flatMap((target) =>
    strategies.map((strategy): Candidate => {
      const { verdict, reason } = assessStrategy(strategy, requestPlan(target, input));
      const job = { targets, strategy: [strategy] };
      const plan = verdict === "chosen" ? planFor(target, { ...input, job }) : undefined;
      const isEmulated =
        strategy === "remote" ? mayBeEmulated(target, input.builders) : strategy === "emulate";
      return { target, strategy, reason, plan, isEmulated };
    }),
  );
  const [first] = targets;
  // It names what is missing, and what to do.
  if (first !== undefined && candidates.every(({ plan }) => plan === undefined)) planFor(first, input);
  return candidates;
}

/** The builders that a remote build for a target can use. */
export function listBuilders(target: TargetSystem, statuses: readonly BuilderStatus[]) {
  return statuses.filter(isUsable).filter(({ builder }) => builder.systems.includes(target));
}

function mayBeEmulated(target: TargetSystem, statuses: readonly BuilderStatus[]): boolean {
  return listBuilders(target, statuses).some(({ facts }) => facts.emulatedSystems.includes(target));
}
