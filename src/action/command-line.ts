import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { ActionError, explainUrl, renderError, toActionError } from "../errors/action-error.js";
import { renderVerdict } from "../pipeline/run-doctor.js";
import type { RunContext } from "../pipeline/context.js";
import type { RunResult } from "../pipeline/fold-stages.js";
import { writeFileAtomically } from "../platform/files.js";
import { sanitizeText } from "../platform/log.js";
import { renderJunit } from "../report/junit.js";
import { renderReport } from "../report/report.js";
import { readWorkflowEvent } from "./event.js";
import { GATE_INPUTS, type InputName, INPUTS, type InputSpec, type ReadInput } from "./inputs.js";
import { terminalLog } from "./log.js";
import { renderOutputs } from "./outputs.js";
import { runBuildFromInputs, runDoctorFromInputs, runGateFromInputs } from "./read-job.js";
import { hideWorkspacePrograms } from "./search-path.js";
import { closeRun, newRunFolder, openRun } from "./session.js";
import { parseGateSettings, parseSettings, type Settings } from "./settings.js";

/**
 * Runs the CLI and returns its exit code: 0 for success, 1 for a failed job, 2 for an invalid command line or
 * input. Prints to stdout the image by digest, `promoted` if every tag now points to it, and the path of the
 * report. Everything else goes to stderr.
 */
export async function runCli(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  if (command === undefined || command === "help" || args.includes("--help")) {
    process.stdout.write(renderHelp());
    return command === undefined ? 2 : 0;
  }
  try {
    if (command !== "build" && command !== "gate" && command !== "doctor") {
      throw new ActionError("INPUT_INVALID", `unknown command ${JSON.stringify(command)}`, {
        hint: "Run `cross-build help` for the commands.",
      });
    }
    const read = parseFlags(rest, process.env, command === "gate" ? GATE_INPUTS : INPUTS);
    const folders = { workspace: process.cwd(), report: process.cwd() };
    if (command === "gate") {
      const gate = parseGateSettings(read, folders);
      return await run((context) => runGateFromInputs(gate.inputs, context), gate);
    }
    const settings = parseSettings(read, folders);
    if (command === "doctor") return await examine(settings);
    return await run((context) => runBuildFromInputs(settings.inputs, context), settings);
  } catch (error) {
    return failCli(error);
  }
}

async function run(
  work: (context: RunContext) => Promise<RunResult>,
  { reportFile, junitFile }: Pick<Settings, "reportFile" | "junitFile">,
): Promise<number> {
  const runFolder = newRunFolder();
  try {
    const context = await openCliRun(runFolder);
    const { report, gateResults, error } = await work(context);
    await writeFileAtomically(reportFile, renderReport(report));
    if (junitFile !== undefined) await writeFileAtomically(junitFile, renderJunit(report));
    const outputs = renderOutputs(report, gateResults, reportFile);
    const lines = [outputs.image, outputs.promoted === "true" ? "promoted" : "", reportFile];
    process.stdout.write(lines.filter((line) => line !== "").join("\n") + "\n");
    return error === undefined ? 0 : failCli(error);
  } finally {
    await closeRun(runFolder, terminalLog);
  }
}

/** Opens a run. In a step of a workflow, its event decides what the run may push, as for the action. */
async function openCliRun(runFolder: string): Promise<RunContext> {
  const event = await readWorkflowEvent(process.env);
  hideWorkspacePrograms(event, process.env);
  return openRun({ runFolder, ownerPid: process.pid, event, log: terminalLog });
}

/** Runs the doctor. Prints each part to stdout, with its hint and the link for its error code below it. */
async function examine({ inputs }: Settings): Promise<number> {
  const runFolder = newRunFolder();
  try {
    const context = await openCliRun(runFolder);
    const isFlakeExamined = existsSync(join(inputs.workingDirectory, "flake.nix"));
    const diagnoses = await runDoctorFromInputs(inputs, { isFlakeExamined }, context);
    for (const { state, part, name, detail, code, hint } of diagnoses) {
      const lines = [
        `${state.padEnd(7)} ${part.padEnd(8)} ${name}: ${detail}`,
        ...(hint === undefined ? [] : [hint]),
        ...(code === undefined ? [] : [explainUrl(code)]),
      ];
      process.stdout.write(`${sanitizeText(lines.join("\n                 "))}\n`);
    }
    process.stdout.write(`\n${renderVerdict(diagnoses)}\n`);
    return diagnoses.some(({ state }) => state === "failed") ? 1 : 0;
  } finally {
    await closeRun(runFolder, terminalLog);
  }
}

/** Prints an error that ends the CLI. Returns the exit code. */
export function failCli(thrown: unknown): number {
  const error = toActionError(thrown);
  terminalLog.error(`${error.code}: ${renderError(error)}`);
  if (error.hint !== undefined) terminalLog.info(error.hint);
  terminalLog.info(explainUrl(error.code));
  return error.code === "INPUT_INVALID" ? 2 : 1;
}

/**
 * Parses the flags of a command, one for each input. A secret is never an argument: its flag names a file,
 * and without the flag a variable such as `CROSS_BUILD_SSH_PRIVATE_KEY` is read. Rejects with
 * `INPUT_INVALID`.
 */
export function parseFlags(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  inputs: readonly InputSpec[] = INPUTS,
): ReadInput {
  const values = parseStrictly(args, inputs);
  return (name) => {
    const spec: InputSpec | undefined = [...inputs, ...INPUTS].find((input) => input.name === name);
    const given = values.get(name);
    if (spec?.isSecret !== true) return (given ?? spec?.default ?? "").trim();
    return given === undefined ? (env[secretVariable(name)] ?? "").trim() : readSecretFile(name, given);
  };
}

function parseStrictly(args: readonly string[], inputs: readonly InputSpec[]): ReadonlyMap<string, string> {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: Object.fromEntries(
        inputs.map(({ name }) => [name, { type: "string" as const, multiple: true as const }]),
      ),
      strict: true,
      allowPositionals: false,
    });
    // A repeated flag becomes an input of several lines.
    return new Map(
      Object.entries(values).flatMap(([name, given]) =>
        given === undefined ? [] : [[name, given.join("\n")]],
      ),
    );
  } catch (error) {
    throw new ActionError("INPUT_INVALID", renderError(error), {
      hint: "Run `cross-build help` for the flags.",
    });
  }
}

function readSecretFile(name: InputName, file: string): string {
  try {
    return readFileSync(resolve(file), "utf8").trim();
  } catch (cause) {
    throw new ActionError("INPUT_INVALID", `--${name}: cannot read the file ${JSON.stringify(file)}`, {
      cause,
      hint: `This flag takes a file that holds the secret. Or set the variable ${secretVariable(name)}.`,
    });
  }
}

function secretVariable(name: InputName): string {
  return `CROSS_BUILD_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** Renders the help text; its flags come from the table of inputs. */
export function renderHelp(): string {
  const flags = INPUTS.map((input: InputSpec) => {
    const value = input.isSecret === true ? "FILE" : "VALUE";
    const notes = [
      ...(input.default === "" ? [] : [`default: ${input.default}`]),
      ...(input.isSecret === true ? [`or the variable ${secretVariable(input.name as InputName)}`] : []),
    ];
    const suffix = notes.length === 0 ? "" : ` (${notes.join("; ")})`;
    return `  --${input.name} ${value}\n      ${input.description}${suffix}\n`;
  });
  return `cross-build: from a Nix flake to a tested container image for the production CPU

usage: cross-build build [--installables .#image] [--image oci:DIR --tags latest --smoke-test FILE] …
       cross-build gate --image NAME@DIGEST [--tags latest --smoke-test FILE] …
                                                   smoke-tests a pushed image, then moves its tags
       cross-build doctor [the flags of a build]   checks Nix, builders, cache, registry and container engine,
                                                   and says what to fix; exits with 1 if a job would fail

Repeat a flag to give a list.

${flags.join("")}`;
}
