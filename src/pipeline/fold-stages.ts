import type { ActionError } from "../errors/action-error.js";
import type { GateResult } from "../model/gate-result.js";
import { failureOf } from "../model/run-event.js";
import { readDependencies } from "../nix/derivation.js";
import { createPhaseTimeline, type PhaseTimeline } from "../report/phase-timeline.js";
import { watchDisks } from "../platform/disk.js";
import { watchMachine } from "../platform/machine-use.js";
import { redactTexts, type Report } from "../report/report.js";
import { composeReport, type ReportParts } from "./compose-report.js";
import type { RunContext } from "./context.js";
import { listDiskFolders } from "./disks.js";
import { addToRecord, EMPTY_RECORD, type RunRecord, type StageResult } from "./record.js";
import { runStep, toRunError } from "./run-step.js";

export interface RunResult {
  readonly report: Report;
  /** The smoke tests of this run, for the job that moves the tags. */
  readonly gateResults: readonly GateResult[];
  /** The error that ended the run, if it failed. */
  readonly error: ActionError | undefined;
}

/** Adds the results of stages to the record of a run, so that a stage only has to return a value. */
export interface StageFold {
  /** Adds what a stage did to the record. Returns its output, or throws its error. */
  readonly add: <Output>(result: StageResult<Output>) => Output;
  /** Runs a stage as a step (see `runStep`) and as a phase of the report, and adds its result. */
  readonly phase: <Output>(name: string, stage: () => Promise<StageResult<Output>>) => Promise<Output>;
  readonly timeline: PhaseTimeline;
  /** The record so far. */
  readonly record: () => RunRecord;
}

/**
 * Runs stages one after the other and reports them. Never rejects: the report has what every stage did, also
 * before a failure, and `error` is what ended the run.
 */
export async function foldStages(
  job: ReportParts["job"],
  context: RunContext,
  runStages: (fold: StageFold) => Promise<void>,
): Promise<RunResult> {
  const startedAtMs = context.clock.nowMs();
  context.emit({ event: "run-started", version: 1, system: context.system });
  const timeline = createPhaseTimeline(context, () => {
    const disks = watchDisks(listDiskFolders(context), context.clock);
    const machine = watchMachine(context.clock);
    return { stop: () => ({ disks: disks.stop(), machine: machine.stop() }) };
  });
  let record = EMPTY_RECORD;
  let error: ActionError | undefined;
  const add: StageFold["add"] = (result) => {
    record = addToRecord(record, result.record);
    if (result.error !== undefined) throw result.error;
    return result.output;
  };
  try {
    await runStages({
      add,
      phase: (name, stage) => timeline.run(name, async () => add(await runStep(context, stage))),
      timeline,
      record: () => record,
    });
  } catch (thrown) {
    error = toRunError(thrown, context);
  }
  const { phases } = timeline;
  const dependencies = await readDependencies(record.builds.map(({ drvPath }) => drvPath));
  const composed = composeReport({ job, context, startedAtMs, phases, record, dependencies, error });
  // What a registry or builder says in an error may repeat a secret.
  const report = redactTexts(composed, context.log.redact);
  const { durationMs, outcome } = report;
  context.emit({ event: "run-ended", durationMs, outcome, error: failureOf(error) });
  return { report, gateResults: record.gateResults, error };
}

/** The result of a run that failed before its first stage. */
export function failRun(
  job: ReportParts["job"],
  context: RunContext,
  error: ActionError,
): Promise<RunResult> {
  return foldStages(job, context, () => Promise.reject(error));
}
