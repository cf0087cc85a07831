import * as core from "@actions/core";

import { explainUrl, renderError, toActionError } from "../errors/action-error.js";
import { composeBuilder } from "../pipeline/compose-report.js";
import type { RunContext } from "../pipeline/context.js";
import { type DoctorOptions, renderVerdict } from "../pipeline/run-doctor.js";
import type { RunResult } from "../pipeline/fold-stages.js";
import { toRunError } from "../pipeline/run-step.js";
import { writeFileAtomically } from "../platform/files.js";
import { renderJunit } from "../report/junit.js";
import { renderReport } from "../report/report.js";
import { renderDiagnoses, renderSummary } from "../report/summary.js";
import { readWorkflowEvent } from "./event.js";
import { GATE_INPUTS, INPUTS, type InputSpec, type ReadInput } from "./inputs.js";
import { actionLog } from "./log.js";
import { renderOutputs } from "./outputs.js";
import { RUN_FOLDER_STATE } from "./post.js";
import {
  runBuildFromInputs,
  runDoctorFromInputs,
  runGateFromInputs,
  runSetupFromInputs,
} from "./read-job.js";
import { hideWorkspacePrograms } from "./search-path.js";
import { newRunFolder, openRun, temporaryFolder } from "./session.js";
import { type GateSettings, parseGateSettings, parseSettings, type Settings } from "./settings.js";

/**
 * Runs the main step of the action that `_internal-action` names. Never rejects: an error fails the step and
 * sets its output `error-code`.
 */
export async function runMain(): Promise<void> {
  const runFolder = newRunFolder();
  // Save the state before creating anything, so that post cleans up even if this step is killed.
  core.saveState(RUN_FOLDER_STATE, runFolder);
  try {
    const action = core.getInput("_internal-action");
    const folders = {
      workspace: process.env["GITHUB_WORKSPACE"] ?? process.cwd(),
      report: temporaryFolder(),
    };
    // The doctor has no default for it: without it, there may be no checkout to look at.
    const isFlakeExamined = core.getInput("installables") !== "";
    const read = takeInputs(action === "gate" ? GATE_INPUTS : INPUTS);
    const perform =
      action === "gate"
        ? performGate(parseGateSettings(read, folders))
        : performJob(parseSettings(read, folders), action, { isFlakeExamined });
    // The parent process is the runner's worker, which starts main and post and lives as long as the job. In
    // a job container it is outside of the PID namespace, which ends with the container's first process.
    const event = await readWorkflowEvent(process.env);
    hideWorkspacePrograms(event, process.env);
    const context = await openRun({
      runFolder,
      ownerPid: process.ppid === 0 ? 1 : process.ppid,
      event,
      log: actionLog,
      cacheClient: process.argv[1],
    });
    try {
      await perform(context);
    } catch (error) {
      throw toRunError(error, context);
    }
  } catch (error) {
    failStep(error);
  }
}

/** Runs the doctor: reports each part in the log and the summary, and fails the step if a job would fail. */
async function examine(
  { inputs, isSummarized }: Settings,
  options: DoctorOptions,
  context: RunContext,
): Promise<void> {
  const diagnoses = await runDoctorFromInputs(inputs, options, context);
  const verdict = renderVerdict(diagnoses);
  const table = renderDiagnoses(diagnoses);
  for (const { part, name, state, detail, hint = "" } of diagnoses) {
    const line = `${part} ${name}: ${detail}`;
    if (state === "ok") actionLog.info(line);
    else if (state === "warning") actionLog.warning(`${line}. ${hint}`);
    else actionLog.error(`${line}. ${hint}`);
  }
  const failed = diagnoses.filter(({ state }) => state === "failed");
  core.setOutput("healthy", String(failed.length === 0));
  core.setOutput("diagnosis", table);
  core.setOutput("error-code", failed[0]?.code ?? "");
  if (isSummarized && process.env["GITHUB_STEP_SUMMARY"] !== undefined) {
    await core.summary.addRaw(`## cross-build doctor\n\n${table}\n\n${verdict}\n`).write();
  }
  if (failed.length > 0) core.setFailed(verdict);
  else actionLog.info(verdict);
}

type Perform = (context: RunContext) => Promise<void>;

function performJob(settings: Settings, action: string, doctor: DoctorOptions): Perform {
  return async (context) => {
    if (action === "setup") await setUp(settings, context);
    else if (action === "doctor") await examine(settings, doctor, context);
    else await publish(await runBuildFromInputs(settings.inputs, context), settings);
  };
}

function performGate(settings: GateSettings): Perform {
  return async (context) => {
    await publish(await runGateFromInputs(settings.inputs, context), settings);
  };
}

/** Publishes the result of a job: report file, JUnit file, outputs and summary. */
async function publish(
  { report, gateResults, error }: RunResult,
  { reportFile, junitFile, isSummarized }: Omit<Settings, "inputs">,
): Promise<void> {
  try {
    for (const [name, value] of Object.entries(renderOutputs(report, gateResults, reportFile))) {
      core.setOutput(name, value);
    }
    await writeFileAtomically(reportFile, renderReport(report));
    if (junitFile !== undefined) await writeFileAtomically(junitFile, renderJunit(report));
    if (isSummarized && process.env["GITHUB_STEP_SUMMARY"] !== undefined) {
      await core.summary.addRaw(renderSummary(report)).write();
    }
  } catch (thrown) {
    // What ended the run comes first: a disk that it filled has no space for the report either.
    if (error === undefined) throw thrown;
    actionLog.warning(`the results of the run could not be written: ${renderError(thrown)}`);
  }
  if (error !== undefined) failStep(error);
}

/** Sets up Nix, builders and caches for later steps. Exports paths and options only; secrets are in files. */
async function setUp({ inputs }: Settings, context: RunContext): Promise<void> {
  const { binFolder, confFiles, sshOptions, builders } = await runSetupFromInputs(inputs, context);
  core.addPath(binFolder);
  core.exportVariable("NIX_USER_CONF_FILES", confFiles.join(":"));
  if (sshOptions !== undefined) core.exportVariable("NIX_SSHOPTS", sshOptions);
  core.setOutput("builders", JSON.stringify(builders.map(composeBuilder)));
  core.setOutput("error-code", "");
}

/**
 * Reads every input from the runner. Masks the secrets before anything can be logged, and removes all inputs
 * from the environment, so that no child process inherits one.
 */
function takeInputs(inputs: readonly InputSpec[]): ReadInput {
  const texts = new Map<string, string>();
  // Include inputs that this action does not declare: the runner warns about them, but passes them on anyway.
  const others = (INPUTS as readonly InputSpec[]).filter(({ name }) =>
    inputs.every((own) => own.name !== name),
  );
  for (const input of [...inputs, ...others]) {
    const text = core.getInput(input.name);
    texts.set(input.name, text === "" ? input.default : text);
    if (input.isSecret === true && text !== "") {
      actionLog.mask(text);
    }
    Reflect.deleteProperty(process.env, `INPUT_${input.name.toUpperCase()}`);
  }
  return (name) => texts.get(name) ?? "";
}

/** Fails the step, and sets its output `error-code`. */
export function failStep(thrown: unknown): void {
  const error = toActionError(thrown);
  try {
    core.setOutput("error-code", error.code);
  } catch (unwritten) {
    actionLog.warning(`the output error-code could not be written: ${renderError(unwritten)}`);
  }
  const { place } = error;
  const lines = [`${error.code}: ${renderError(error)}`, error.hint, explainUrl(error.code)];
  process.exitCode = core.ExitCode.Failure;
  core.error(
    lines.join("\n"),
    place && { file: place.file, startLine: place.line, startColumn: place.column },
  );
  if (error.code === "INTERNAL" && error.cause instanceof Error) actionLog.debug(error.cause.stack ?? "");
}
