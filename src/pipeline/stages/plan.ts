import { toActionError } from "../../errors/action-error.js";
import type { BuilderStatus } from "../../model/builder.js";
import type { TargetPlan } from "../../model/plan.js";
import type { TargetSystem } from "../../model/system.js";
import { planTarget, type PlanRequest } from "../../plan/strategy.js";
import type { Log } from "../../platform/log.js";
import type { RunContext } from "../context.js";
import type { Job } from "../job.js";
import type { StageResult } from "../record.js";
import type { Inspection } from "./inspect.js";

export interface PlanInput {
  readonly job: Pick<Job, "targets" | "strategy">;
  readonly inspection: Inspection;
  readonly builders: readonly BuilderStatus[];
}

/** Chooses the strategy of each target, and logs why. Fails with the codes of `planTarget`. */
export function plan(
  { log }: Pick<RunContext, "log">,
  { job, inspection, builders }: PlanInput,
): StageResult<readonly TargetPlan[]> {
  try {
    const plans = job.targets.map((target) => planFor(target, { job, inspection, builders }));
    for (const target of plans) logPlan(target, log);
    return { record: { plans }, output: plans };
  } catch (thrown) {
    return { record: {}, error: toActionError(thrown) };
  }
}

/** The plan of one target. Throws the codes of `planTarget`. */
export function planFor(target: TargetSystem, input: PlanInput): TargetPlan {
  return planTarget(requestPlan(target, input));
}

/** What decides on the plan of one target. */
export function requestPlan(target: TargetSystem, { job, inspection, builders }: PlanInput): PlanRequest {
  const { buildSystem, installables, emulations } = inspection;
  return {
    buildSystem,
    target,
    strategy: job.strategy,
    installables,
    builders,
    emulation: emulations.get(target) ?? { isPossible: false, reason: `${target} was not inspected` },
  };
}

function logPlan({ target, strategy, verdicts }: TargetPlan, log: Log): void {
  const lines = verdicts.map((given) => `${given.strategy}: ${given.verdict}, ${given.reason}`);
  log.group(`${target} is built with strategy ${strategy}`, lines);
}
