import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { logBuilders } from "../builders/log-builders.js";
import { ActionError } from "../errors/action-error.js";
import type { TargetPlan } from "../model/plan.js";
import { canBuildDerivations } from "../nix-install/present-nix.js";
import { addRatios, type Comparison } from "../report/comparison.js";
import { type Candidate, listCandidates } from "./compare/candidates.js";
import { composeRow, type Measured } from "./compare/compose-rows.js";
import { changeFile, copyFlake } from "./compare/flake-copy.js";
import { BuilderSessions, measureBuild, openMachines } from "./compare/measure.js";
import {
  type Evaluated,
  evaluatePlan,
  planChangedBuild,
  planColdBuild,
  type RepeatableBuild,
} from "./compare/repeatable-build.js";
import { advanceRows, type Row } from "./compare/row.js";
import type { RunContext } from "./context.js";
import type { Job } from "./job.js";
import { type NixSession, openNixSession } from "./nix-session.js";
import { runStep } from "./run-step.js";
import { inspect } from "./stages/inspect.js";

export interface CompareOptions {
  /** The file to change, relative to the folder of flake.nix. */
  readonly change: string | undefined;
  /** How often to measure each row, after a warm-up. */
  readonly rounds: number;
}

/** A comparison, and the first error of a build. */
export interface CompareResult {
  readonly comparison: Comparison;
  readonly error: ActionError | undefined;
}

/**
 * Builds a package with each strategy that this machine can use, for each target, and measures it: cold, and
 * after a change to one file. Pushes nothing. Works on a copy of the flake, and on derivations that differ
 * from the flake's own by one variable, so it deletes nothing from a store, and finds nothing of earlier
 * builds there. A build that fails ends its row only. Rejects with the codes of `openNixSession` and
 * `inspect`, with those of `planTarget` if no strategy can be used, with `INPUT_INVALID` for a file whose
 * change changes nothing, and with `CANCELLED`.
 */
export async function runCompare(
  job: Job,
  options: CompareOptions,
  context: RunContext,
): Promise<CompareResult> {
  const startedAtMs = context.clock.nowMs();
  const session = await runStep(context, () => openNixSession({ ...job, caches: [] }, context));
  const opened = new BuilderSessions(context);
  try {
    const { version } = session.nix;
    if (!canBuildDerivations(version)) {
      throw new ActionError("PLAN_IMPOSSIBLE", `a comparison needs Nix 2.13 or newer, not ${version}`, {
        hint: "Update Nix, or remove it: the run then installs its own.",
      });
    }
    const rows = await measureRows({ job, options, session, opened }, context);
    const [installable] = job.installables;
    const composed = rows.map((row) => composeRow(row, context.system));
    return {
      comparison: {
        version: 1,
        installable: `${installable?.flake ?? ""}#${installable?.name ?? ""}`,
        change: options.change ?? null,
        rounds: options.rounds,
        startedAt: new Date(startedAtMs).toISOString(),
        host: { system: context.system, nix: version },
        rows: addRatios(composed),
      },
      error: rows.flatMap((row) => (row.state === "failed" ? row.error : []))[0],
    };
  } finally {
    await opened.close();
    await session.pool.close();
  }
}

interface CompareInput {
  readonly job: Job;
  readonly options: CompareOptions;
  readonly session: NixSession;
  readonly opened: BuilderSessions;
}

async function measureRows(input: CompareInput, context: RunContext): Promise<readonly Row<Measured>[]> {
  const { job, options, session, opened } = input;
  const { log, nonce, runFolder } = context;
  const folder = join(runFolder, "compare");
  await mkdir(folder, { mode: 0o700 });
  const planned = await planRows(input, folder, context);
  let rows: readonly Row<Measured & PlannedRow>[] = await advanceRows(planned, async (row, candidate) => ({
    ...row,
    machines: await runStep(context, () => openMachines(candidate, session, opened)),
    rounds: [],
  }));
  // Round 0 is the warm-up: it also fetches what the builds need, here and on builders.
  for (let round = 0; round <= options.rounds; round++) {
    rows = await advanceRows(rows, async (row, { strategy, target }) => {
      const name = round === 0 ? "warm-up" : `round ${round} of ${options.rounds}`;
      // Not shared with other rows: what one row has built must not be there for the next one.
      const salt = `${nonce}-${target}-${strategy}-${round}`;
      const measure = (build: RepeatableBuild) =>
        measureBuild(build, salt, { job, session, plan: row.plan, machines: row.machines, folder }, context);
      log.info(`${name}: ${strategy} for ${target}`);
      const cold = await measure(row.cold);
      if (round === 0) return row;
      const changed = row.changed === undefined ? undefined : await measure(row.changed);
      return { ...row, rounds: [...row.rounds, { cold, changed }] };
    });
  }
  return rows;
}

interface PlannedRow {
  readonly plan: TargetPlan;
  readonly before: Evaluated;
  readonly cold: RepeatableBuild;
  readonly changed: RepeatableBuild | undefined;
  readonly evaluationMs: number;
}

/** Evaluates everything that is to be built, before anything is built. */
async function planRows(
  { job: given, options: { change }, session }: CompareInput,
  folder: string,
  context: RunContext,
): Promise<readonly Row<PlannedRow>[]> {
  const { pool } = session;
  const { workingDirectory, installables, targets } = given;
  const step = <T>(work: () => Promise<T>) => runStep(context, work);
  const [original] = installables;
  if (original === undefined) throw new Error("the job has no installable");
  await step(() => pool.open(targets));
  logBuilders(pool.statuses, context.log);
  const top = join(folder, "flake");
  const copy = await step(() => copyFlake(session, original.flake, { cwd: workingDirectory, top }));
  const job = { ...given, installables: [{ ...original, flake: copy.flake }] };
  const inspected = await step(() => inspect(context, { job, session }));
  if (inspected.error !== undefined) throw inspected.error;
  const candidates = listCandidates({ job, inspection: inspected.output, builders: pool.statuses });
  if (candidates.some(({ plan, strategy }) => plan !== undefined && strategy === "remote")) pool.watch();
  const rows = await advanceRows(candidates.map(startRow), async (plan) => {
    const before = await step(() => evaluatePlan(plan, { session, workingDirectory }, context));
    const storeFolder = join(folder, "empty-store");
    const cold = await step(() => planColdBuild(before, { session, workingDirectory, storeFolder }));
    return { plan, before, cold, changed: undefined, evaluationMs: before.evaluationMs };
  });
  if (change === undefined) return rows;

  await changeFile(copy, change);
  const changed = await advanceRows(rows, async (row) => {
    const after = await step(() => evaluatePlan(row.plan, { session, workingDirectory }, context));
    const build = planChangedBuild(row.before, row.cold, after);
    return { ...row, changed: build, evaluationMs: after.evaluationMs };
  });
  for (const row of changed) {
    if (row.state === "ready" && row.value.changed === undefined) throw changesNothing(change, row.candidate);
  }
  return changed;
}

function startRow(candidate: Candidate): Row<TargetPlan> {
  return candidate.plan === undefined
    ? { candidate, state: "impossible" }
    : { candidate, state: "ready", value: candidate.plan };
}

function changesNothing(change: string, { target, strategy }: Candidate): ActionError {
  return new ActionError(
    "INPUT_INVALID",
    `input change: changing ${JSON.stringify(change)} changes nothing that ${strategy} builds for ${target}`,
    { hint: "Name a source file that the package is built from." },
  );
}
