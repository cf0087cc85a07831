import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join, resolve } from "node:path";

import { ActionError, explainUrl, isCancelled, renderError, toActionError } from "../errors/action-error.js";
import type { RunContext } from "../pipeline/context.js";
import type { RunResult } from "../pipeline/fold-stages.js";
import { type Diagnosis, renderVerdict } from "../pipeline/run-doctor.js";
import { toRunError } from "../pipeline/run-step.js";
import { type Log, type MaskingLog, sanitizeText } from "../platform/log.js";
import { COMPARE_INPUTS } from "./compare-inputs.js";
import { readWorkflowEvent } from "./event.js";
import { withEvents } from "./events-file.js";
import { exportRun, takeMonitoring } from "./export-run.js";
import { type FlagSpec, type Invocation, parseCommandLine, secretVariable } from "./flags.js";
import { parseGateSettings } from "./gate-settings.js";
import { makeReportFolder } from "./home.js";
import { GATE_INPUTS } from "./gate-inputs.js";
import { INPUTS, type InputSpec } from "./inputs.js";
import { openLiveArea } from "./live-area.js";
import { renderOutputs } from "./outputs.js";
import { PROVISION_INPUTS } from "./provision-inputs.js";
import { runProvision } from "./run-provision.js";
import { runBuildFromInputs, runDoctorFromInputs, runGateFromInputs } from "./read-job.js";
import { hideWorkspacePrograms } from "./search-path.js";
import { closeRun, newRunFolder, openRun } from "./session.js";
import { parseSettings, type Settings } from "./settings.js";
import { supervise } from "./supervise.js";
import { createTerminalLog } from "./terminal-log.js";
import { openTerminal, paint, type Style, type Terminal, wrapLines } from "./terminal.js";
import { writeReports } from "./write-reports.js";

/** What a command writes to: stdout has the result, and the log goes to stderr. */
interface Streams {
  readonly stdout: Terminal;
  readonly log: MaskingLog;
}

/** Runs the CLI. Never rejects: it sets the exit code. */
export function startCli(args: readonly string[]): Promise<void> {
  const main = async () => {
    process.exitCode = await runCli(args);
  };
  return supervise(main, (error) => {
    process.exitCode = failCli(error);
  });
}

/**
 * Runs the CLI and returns its exit code: 0 for success, 1 for a failed job, 2 for an invalid command line or
 * input, and 130 or 143 for a job that SIGINT or SIGTERM cancelled. Prints to stdout the image by digest,
 * `promoted` if every tag now points to it, and the path of the report. Everything else goes to stderr.
 */
async function runCli(args: readonly string[]): Promise<number> {
  // Before anything is started: child processes inherit the environment.
  const secrets = takeSecrets(process.env);
  const stdout = openTerminal(process.stdout, process.env);
  const stderr = openTerminal(process.stderr, process.env);
  let log = createTerminalLog(stderr, { isDebug: false });
  let readSignal: () => NodeJS.Signals | undefined = () => undefined;
  try {
    const invocation = parseCommandLine(args, { stdout, stderr });
    if ("exitCode" in invocation) return invocation.exitCode;
    const liveArea = await openLiveArea(process.stderr, process.env);
    log = createTerminalLog(stderr, { ...invocation, liveArea });
    const read = readFlags(invocation, secrets, log);
    readSignal = watchSignals();
    return await perform(invocation, read, { stdout, log });
  } catch (thrown) {
    return fail(thrown, log, readSignal());
  }
}

/**
 * Removes the variables of secrets, such as `CROSS_BUILD_SSH_PRIVATE_KEY`, from an environment, and returns
 * their values, so that no child process inherits one.
 */
export function takeSecrets(environment: NodeJS.ProcessEnv): ReadonlyMap<string, string> {
  const secrets = new Map<string, string>();
  for (const { name, isSecret } of INPUTS as readonly InputSpec[]) {
    const variable = secretVariable(name);
    if (isSecret !== true || environment[variable] === undefined) continue;
    secrets.set(name, environment[variable].trim());
    Reflect.deleteProperty(environment, variable);
  }
  return secrets;
}

/**
 * Reads the inputs from the flags of a command. The flag of a secret names a file; without the flag, the
 * secret is the one that `takeSecrets` found. Masks every secret. Throws `INPUT_INVALID` for a file that
 * cannot be read.
 */
export function readFlags(
  { command, values }: Pick<Invocation, "command" | "values">,
  secrets: ReadonlyMap<string, string>,
  log: Pick<Log, "mask">,
): (name: string) => string {
  const specs = listFlags(command);
  const read = (name: string): string => {
    const spec = specs.find((input) => input.name === name);
    const given = values.get(name);
    if (spec?.isSecret !== true) return (given ?? spec?.default ?? "").trim();
    return given === undefined ? (secrets.get(name) ?? "") : readSecretFile(name, given);
  };
  for (const secret of secrets.values()) log.mask(secret);
  const texts = new Map(specs.map(({ name }) => [name, read(name)]));
  for (const { name, isSecret } of specs) {
    if (isSecret === true) log.mask(texts.get(name) ?? "");
  }
  return (name) => texts.get(name) ?? "";
}

function listFlags(command: Invocation["command"]): readonly FlagSpec[] {
  switch (command) {
    case "build":
    case "doctor":
      return INPUTS;
    case "gate":
      return [...GATE_INPUTS, ...INPUTS];
    case "compare":
      return [...COMPARE_INPUTS, ...INPUTS];
    case "provision":
      return PROVISION_INPUTS;
  }
}

/** Does not show the name of the file, which may be the secret itself by mistake. */
function readSecretFile(name: string, file: string): string {
  try {
    return readFileSync(resolve(file), "utf8").trim();
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new ActionError("INPUT_INVALID", `--${name}: the file with the secret cannot be read (${reason})`, {
      hint:
        "This flag takes the path of a file that holds the secret, not the secret itself. Or set the " +
        `variable ${secretVariable(name)}.`,
    });
  }
}

/** Remembers the first signal that asks this process to end. `openRun` cancels the run. */
function watchSignals(): () => NodeJS.Signals | undefined {
  let first: NodeJS.Signals | undefined;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      first ??= signal;
    });
  }
  return () => first;
}

/** Runs a command and returns its exit code. Rejects with the error that ended it. */
function perform(
  { command, values }: Invocation,
  read: (name: string) => string,
  streams: Streams,
): Promise<number> {
  if (command === "provision") {
    return inRun(streams.log, (context) => runProvision(read, context, streams.stdout.write));
  }
  const workspace = process.cwd();
  const workingDirectory = resolve(workspace, read("working-directory"));
  const hasDefaultReport = (command === "build" || command === "gate") && read("report") === "";
  const report = hasDefaultReport ? makeReportFolder(workingDirectory, process.env) : workspace;
  const folders = { workspace, report };
  if (command === "gate") {
    const gate = parseGateSettings(read, folders);
    return run((context) => runGateFromInputs(gate.inputs, context), gate, streams);
  }
  const settings = parseSettings(read, folders);
  if (command === "compare") return runComparison(settings, read, streams);
  if (command === "build") {
    return run((context) => runBuildFromInputs(settings.inputs, context), settings, streams);
  }
  const isFlakeExamined = values.has("installables") || existsSync(join(workingDirectory, "flake.nix"));
  return examine(settings, isFlakeExamined, streams);
}

async function run(
  work: (context: RunContext) => Promise<RunResult>,
  { reportFile, ...files }: Omit<Settings, "inputs">,
  { stdout, log }: Streams,
): Promise<number> {
  const monitoring = takeMonitoring(files, process.env, log);
  return inRun(log, async (opened) => {
    const context = withEvents(opened, files.eventsFile);
    const { report, gateResults, error } = await work(context);
    try {
      await writeReports(report, { reportFile, ...files });
    } catch (thrown) {
      // What ended the run comes first: a disk that it filled has no space for the report either.
      if (error === undefined) throw thrown;
      log.warning(`the results of the run could not be written: ${renderError(thrown)}`);
      throw error;
    }
    await exportRun(report, monitoring, context);
    const outputs = renderOutputs(report, gateResults, reportFile);
    const lines = [outputs.image, outputs.promoted === "true" ? "promoted" : "", reportFile];
    stdout.write(lines.filter((line) => line !== "").join("\n") + "\n");
    if (error !== undefined) throw error;
    return 0;
  });
}

async function runComparison(
  { inputs }: Settings,
  read: (name: string) => string,
  { stdout, log }: Streams,
): Promise<number> {
  const { compare, parseCompareSettings } = await import("./compare.js");
  const wanted = parseCompareSettings(read);
  return inRun(log, (context) => compare({ inputs, ...wanted }, context, stdout.write));
}

/** Runs the doctor. Prints each part to stdout, and then the verdict. */
async function examine(
  { inputs }: Settings,
  isFlakeExamined: boolean,
  { stdout, log }: Streams,
): Promise<number> {
  return inRun(log, async (context) => {
    const diagnoses = await runDoctorFromInputs(inputs, { isFlakeExamined }, context);
    for (const diagnosis of diagnoses) stdout.write(renderDiagnosis(diagnosis, stdout));
    stdout.write(`\n${paint(stdout, "bold", renderVerdict(diagnoses))}\n`);
    return diagnoses.some(({ state }) => state === "failed") ? 1 : 0;
  });
}

const STATE_STYLES: Readonly<Record<Diagnosis["state"], Style>> = {
  ok: "green",
  warning: ["bold", "yellow"],
  failed: ["bold", "red"],
};
const DIAGNOSIS_INDENT = 17;

/** Renders a part with its hint and the link for its error code below it. */
function renderDiagnosis({ state, part, name, detail, code, hint }: Diagnosis, terminal: Terminal): string {
  const texts = [`${name}: ${detail}`, hint ?? "", code === undefined ? "" : explainUrl(code)];
  const columns = terminal.columns && terminal.columns - DIAGNOSIS_INDENT;
  const lines = texts.map((text) => wrapLines(sanitizeText(text), { columns })).filter((text) => text !== "");
  const body = lines.join("\n").replaceAll("\n", `\n${" ".repeat(DIAGNOSIS_INDENT)}`);
  return `${paint(terminal, STATE_STYLES[state], state.padEnd(7))} ${part.padEnd(8)} ${body}\n`;
}

/** Does work in a run. In a step of a workflow, its event decides what may be pushed, as for the action. */
async function inRun<T>(log: MaskingLog, work: (context: RunContext) => Promise<T>): Promise<T> {
  const event = await readWorkflowEvent(process.env);
  hideWorkspacePrograms(event, process.env);
  const runFolder = newRunFolder();
  try {
    const context = await openRun({ runFolder, ownerPid: process.pid, event, log });
    try {
      return await work(context);
    } catch (error) {
      throw toRunError(error, context);
    }
  } finally {
    await closeRun(runFolder, log);
  }
}

/** Logs an error that ended the CLI outside of a command, and returns the exit code. */
function failCli(thrown: unknown): number {
  const log = createTerminalLog(openTerminal(process.stderr, process.env), { isDebug: false });
  return fail(thrown, log, undefined);
}

/** Logs the error that ended the CLI, and returns its exit code. */
function fail(thrown: unknown, log: Log, signal: NodeJS.Signals | undefined): number {
  const error = toActionError(thrown);
  log.error(`${error.code}: ${renderError(error)}`);
  if (error.place !== undefined) {
    const { file, line, column } = error.place;
    log.info(`in ${file}:${line}:${column}`);
  }
  log.info(error.hint);
  log.info(explainUrl(error.code));
  if (error.code === "INTERNAL" && error.cause instanceof Error) log.debug(error.cause.stack ?? "");
  // As the shell reports a process that the signal ended.
  if (isCancelled(error) && signal !== undefined) return 128 + constants.signals[signal];
  return error.code === "INPUT_INVALID" ? 2 : 1;
}
