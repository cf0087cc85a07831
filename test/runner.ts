import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { parse } from "yaml";

import { endLeftProcesses } from "../src/platform/process-ledger.js";

/** Creates a folder under the system's temporary folder; `removeTemporaryFolders` removes it. */
export function makeTemporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `cross-build-test-${name}-`));
  made.push(folder);
  return folder;
}

const made: string[] = [];

/** Removes the folders that `makeTemporaryFolder` created. Call it in `afterAll`. */
export function removeTemporaryFolders(): void {
  for (const folder of made.splice(0)) {
    // Jobs without a post step leave processes that it would have ended.
    for (const ledger of globSync(join(folder, "temp/**/cross-build-*/processes"))) endLeftProcesses(ledger);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A folder for PATH, for all users, that has all programs of /usr/bin except these. */
export function pathWithout(...programs: readonly string[]): string {
  const folder = makeTemporaryFolder("path");
  chmodSync(folder, 0o755);
  for (const name of readdirSync("/usr/bin")) {
    if (!programs.includes(name)) symlinkSync(join("/usr/bin", name), join(folder, name));
  }
  return folder;
}

export interface StepResult {
  readonly exitCode: number | null;
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly summary: string;
  /** The environment variables, and PATH folders, that later steps of the job get. */
  readonly environment: Readonly<Record<string, string>>;
  readonly path: readonly string[];
}

export interface StepOptions {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** The state that the main step saved for the post step. */
  readonly state?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** The folder of the action, such as `setup`; by default, the action that runs the whole job. */
  readonly action?: string;
  /** A shell command that prepares the machine's mounts. */
  readonly prelude?: string;
}

/** One job on one runner: its folders, and mounts of its own /nix, /etc/nix and ssh configuration. */
export interface Runner {
  readonly folder: string;
  readonly temp: string;
  readonly workspace: string;
  /** Runs the action's bundle as the runner does, and waits until it ends. */
  readonly runStep: (options?: StepOptions) => Promise<StepResult>;
  /** Starts the action's bundle without waiting until it ends. */
  readonly startStep: (options?: StepOptions) => RunningStep;
}

export interface RunningStep {
  readonly child: ChildProcess;
  readonly result: Promise<StepResult>;
  /** What the step has printed so far. */
  readonly readLog: () => string;
}

/** Reads the input defaults and the bundle's path from the action.yml in a folder. */
function readAction(folder: string) {
  const action = parse(readFileSync(join(folder, "action.yml"), "utf8")) as {
    readonly inputs: Readonly<Record<string, { readonly default: string }>>;
    readonly runs: { readonly main: string };
  };
  return { inputs: action.inputs, main: resolve(folder, action.runs.main) };
}

/** The numeric user and group of a user without rights. */
export const UNPRIVILEGED_ID = 65_534;

/**
 * A runner whose machine (Nix store, configuration of Nix and ssh) is in the folder `machine`, which jobs can
 * share. An unprivileged runner runs its steps as a user with sudo, like GitHub's runners; a rootless one as
 * a user without sudo; the others as root, as in a container. An ARM64 runner's programs are emulated; call
 * `startBinfmt` first.
 */
export function createRunner(
  machine: string,
  { isUnprivileged = false, isRootless = false, isArm = false } = {},
): Runner {
  const folder = makeTemporaryFolder("job");
  const giveAway = (path: string) => {
    if (isUnprivileged || isRootless) chownSync(path, UNPRIVILEGED_ID, UNPRIVILEGED_ID);
  };
  const temp = join(folder, "temp");
  const workspace = join(folder, "workspace");
  for (const made of [folder, temp, workspace, join(folder, "home")]) {
    mkdirSync(made, { recursive: true });
    giveAway(made);
  }
  chmodSync(machine, 0o755);

  const startStep = ({
    inputs = {},
    env = {},
    state = {},
    timeoutMs = 180_000,
    prelude = "true",
    action = ".",
  }: StepOptions = {}): RunningStep => {
    const step = mkdtempSync(join(folder, "step-"));
    giveAway(step);
    const files = Object.fromEntries(
      ["GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY", "GITHUB_ENV", "GITHUB_PATH"].map(
        (variable) => {
          const file = join(step, variable);
          writeFileSync(file, "");
          giveAway(file);
          return [variable, file];
        },
      ),
    );
    const payload = join(step, "event.json");
    writeFileSync(payload, JSON.stringify({ repository: { full_name: "team/hello" } }));
    giveAway(payload);
    const { main, ...spec } = readAction(action);
    const defaults = Object.entries(spec.inputs).map(([input, spec]) => [input, spec.default] as const);
    const given = [...defaults, ...Object.entries(inputs)];
    const child = spawn(
      resolve("script/testbed/isolated"),
      [
        ...(isUnprivileged ? ["--unprivileged"] : isRootless ? ["--rootless"] : []),
        machine,
        "/bin/bash",
        "--norc",
        "-ec",
        `${prelude}; exec "$@"`,
        "prelude",
        ...(isArm ? [resolve("script/testbed/arm-enter"), machine, "/usr/bin/node"] : [process.execPath]),
        main,
      ],
      {
        cwd: workspace,
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          HOME: join(folder, "home"),
          CI: "true",
          GITHUB_ACTIONS: "true",
          GITHUB_EVENT_NAME: "push",
          GITHUB_EVENT_PATH: payload,
          GITHUB_REF: "refs/heads/main",
          GITHUB_WORKSPACE: workspace,
          RUNNER_TEMP: temp,
          RUNNER_TOOL_CACHE: join(isUnprivileged || isRootless ? folder : machine, "tool-cache"),
          ...(process.env["DOCKER_HOST"] !== undefined && { DOCKER_HOST: process.env["DOCKER_HOST"] }),
          ...files,
          ...Object.fromEntries(given.map(([input, text]) => [`INPUT_${input.toUpperCase()}`, text])),
          ...Object.fromEntries(Object.entries(state).map(([key, text]) => [`STATE_${key}`, text])),
          ...env,
        },
      },
    );
    let log = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        log += text;
      });
    }
    const timer = setTimeout(() => {
      log += `\n[the test's time limit of ${timeoutMs} ms ended the step]\n`;
      child.kill("SIGKILL");
    }, timeoutMs);
    const result = new Promise<StepResult>((finish, fail) => {
      child.once("error", fail);
      child.once("close", (exitCode) => {
        clearTimeout(timer);
        finish({
          exitCode,
          // The runner consumes these lines and never shows them.
          log: log.replace(/^::add-mask::.*\n?/gm, ""),
          outputs: parseFileCommands(files["GITHUB_OUTPUT"] ?? ""),
          state: parseFileCommands(files["GITHUB_STATE"] ?? ""),
          summary: readFileSync(files["GITHUB_STEP_SUMMARY"] ?? "", "utf8"),
          environment: parseFileCommands(files["GITHUB_ENV"] ?? ""),
          path: readFileSync(files["GITHUB_PATH"] ?? "", "utf8")
            .split("\n")
            .filter((line) => line !== ""),
        });
      });
    });
    return { child, result, readLog: () => log };
  };

  return { folder, temp, workspace, startStep, runStep: (options) => startStep(options).result };
}

/** Reads a file of `NAME<<DELIMITER` blocks. @see actions/toolkit, packages/core/src/file-command.ts */
function parseFileCommands(file: string): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  const lines = readFileSync(file, "utf8").split("\n");
  for (let i = 0; i < lines.length; i++) {
    const [, name, delimiter] = /^([^<]+)<<(.+)$/.exec(lines[i] ?? "") ?? [];
    if (name === undefined || delimiter === undefined) continue;
    const end = lines.indexOf(delimiter, i + 1);
    values[name] = lines.slice(i + 1, end).join("\n");
    i = end;
  }
  return values;
}
