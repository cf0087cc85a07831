import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { makeTemporaryFolder } from "./runner.js";
import { FIXTURE } from "./job.js";

/** A run of a workflow in act. */
export interface WorkflowRun {
  /** The folder with act's input files and everything that it creates. */
  readonly folder: string;
  readonly child: ChildProcess;
  readonly readLog: () => string;
  readonly result: Promise<{ readonly exitCode: number | null; readonly log: string }>;
}

export interface WorkflowOptions {
  /** A file of `.github/workflows` in the repository. */
  readonly workflow: string;
  readonly event: string;
  readonly payload?: unknown;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

const TIME_LIMIT_MS = 240_000;

/** What a release of `fluo/cross-build` contains for a runner: actions, workflows and the bundle. */
function makeRelease(): string {
  const folder = makeTemporaryFolder("release");
  for (const name of ["action.yml", "setup", "gate", "doctor", "total", "dist", ".github/workflows"]) {
    cpSync(name, join(folder, name), { recursive: true });
  }
  // act does not queue jobs for `concurrency`, and refuses a workflow with the option `queue`, which it does
  // not know.
  const file = join(folder, ".github/workflows/cross-build.yml");
  const text = readFileSync(file, "utf8");
  if (!text.includes("      queue: max\n"))
    throw new Error("cross-build.yml has no queue any more: remove this workaround");
  writeFileSync(file, collectGateResults(text.replace("      queue: max\n", ""), folder));
  return folder;
}

/**
 * act keeps only the outputs of the first job of a matrix. So the gates of several systems also append their
 * results to a file in `folder`, and the job that promotes reads them there. One gate uses its outputs.
 */
function collectGateResults(workflow: string, folder: string): string {
  const file = `${folder}/gate-results-$GITHUB_RUN_ID`;
  const passing = "          gate-results: ${{ toJSON(needs.gate.outputs) }}\n";
  const append = [
    "      - env:",
    "          RESULT: ${{ steps.gate.outputs.gate-result }}",
    `        run: echo "$RESULT" >> "${file}"`,
  ];
  const collect = [
    "      - id: collected",
    `        if: inputs.tags != ''`,
    "        run: |",
    `          [ "$(wc -l < "${file}")" -gt 1 ] || exit 0`,
    `          { echo "results<<END"; cat "${file}"; echo END; } >> "$GITHUB_OUTPUT"`,
  ];
  const places: readonly (readonly [string, string])[] = [
    ["\n  promote:\n", `${append.join("\n")}\n\n  promote:\n`],
    ["      - id: promote\n", `${collect.join("\n")}\n      - id: promote\n`],
    [passing, passing.replace("toJSON", "steps.collected.outputs.results || toJSON")],
  ];
  return places.reduce((text, [place, replacement]) => {
    if (text.split(place).length !== 2) throw new Error(`cross-build.yml has not exactly one ${place}`);
    return text.replace(place, () => replacement);
  }, workflow);
}

/**
 * A repository with the fixture's flake at this version, and these workflows. act uses it as the checkout.
 */
export function makeRepository(workflows: Readonly<Record<string, string>>, version = "1.0.0"): string {
  const folder = makeTemporaryFolder("repository");
  cpSync(FIXTURE, folder, { recursive: true });
  const flake = join(folder, "flake.nix");
  writeFileSync(flake, readFileSync(flake, "utf8").replace('version = "1.0.0"', `version = "${version}"`));
  mkdirSync(join(folder, ".github/workflows"), { recursive: true });
  for (const [name, text] of Object.entries(workflows)) {
    writeFileSync(join(folder, ".github/workflows", name), text);
  }
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-C", folder, "-c", "user.name=test", "-c", "user.email=test@example.org", ...args]);
  git("init", "--quiet", "--initial-branch=main");
  git("remote", "add", "origin", "https://github.com/team/hello.git");
  git("add", ".");
  git("commit", "--quiet", "--message=all");
  return folder;
}

/**
 * Runs workflows with act on the machine in `machine`. Jobs are plain processes there, so that they use the
 * committed bundle and this Node. `fluo/cross-build` is this checkout, at `v1` and at the current version.
 */
function createWorkflowRunner(machine: string) {
  const act = join(execFileSync("script/linters", { encoding: "utf8" }).trim(), "act");
  const release = makeRelease();
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  const [, attest = ""] =
    /actions\/attest@([0-9a-f]{40})/.exec(readFileSync(".github/workflows/cross-build.yml", "utf8")) ?? [];
  return (repository: string, options: WorkflowOptions): WorkflowRun => {
    const folder = makeTemporaryFolder("act");
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, name), text, { mode: 0o600 });
      return join(folder, name);
    };
    const lines = (values: Readonly<Record<string, string>> = {}) =>
      Object.entries(values)
        .map(([name, value]) => `${name}="${value.replaceAll("\n", "\\n")}"\n`)
        .join("");
    const args = [
      options.event,
      ...["--workflows", join(repository, ".github/workflows", options.workflow)],
      ...["--eventpath", write("event.json", JSON.stringify(options.payload ?? {}))],
      ...["--secret-file", write("secrets", lines(options.secrets))],
      ...["--var-file", write("variables", lines(options.variables))],
      ...["--env-file", write("environment", lines(options.env))],
      ...["ubuntu-24.04", "ubuntu-24.04-arm"].flatMap((label) => ["--platform", `${label}=-self-hosted`]),
      ...["v1", `v${version}`].flatMap((ref) => ["--local-repository", `fluo/cross-build@${ref}=${release}`]),
      ...["--local-repository", `actions/attest@${attest}=${resolve("test/fixtures/attest")}`],
      "--action-offline-mode",
      "--no-cache-server",
    ];
    const child = spawn("script/testbed/isolated", [machine, act, "--directory", repository, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      env: {
        PATH: `${dirname(process.execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
        HOME: folder,
        XDG_CACHE_HOME: join(folder, "cache"),
        ...(process.env["DOCKER_HOST"] !== undefined && { DOCKER_HOST: process.env["DOCKER_HOST"] }),
      },
    });
    let log = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        log += text;
      });
    }
    const timer = setTimeout(() => child.kill("SIGKILL"), TIME_LIMIT_MS);
    const result = new Promise<{ exitCode: number | null; log: string }>((finish, fail) => {
      child.once("error", fail);
      child.once("close", (exitCode) => {
        clearTimeout(timer);
        finish({ exitCode, log });
      });
    });
    return { folder, child, readLog: () => log, result };
  };
}

/** The outcome of each job in a run's log: `Build` is `succeeded` or `failed`. */
function readJobs(log: string): Readonly<Record<string, string>> {
  const ends = log.matchAll(/^\[(?:[^\]]*\/)?([^\]/]+)\] 🏁 {2}Job (succeeded|failed)/gmu);
  return Object.fromEntries([...ends].map(([, job = "", outcome = ""]) => [job.trim(), outcome]));
}

/** The workflow runs of a test file, and their outcomes. */
export interface WorkflowRuns {
  readonly start: (repository: string, options: WorkflowOptions) => WorkflowRun;
  /** Waits until a run ends. Rejects with its log if the outcome is not the expected one. */
  readonly run: (
    repository: string,
    about: string,
    expected: "success" | "failure",
    options: WorkflowOptions,
  ) => Promise<{ readonly log: string; readonly jobs: Readonly<Record<string, string>> }>;
  /** Adds a row: workflow, event, expected outcome, actual outcome. */
  readonly note: (row: readonly [string, string, string, string]) => void;
  /** Prints the table of all runs. */
  readonly print: () => void;
}

export function createWorkflowRuns(machine: string): WorkflowRuns {
  const start = createWorkflowRunner(machine);
  const rows: (readonly string[])[] = [["workflow", "event", "expected", "seen"]];
  return {
    start,
    run: async (repository, about, expected, options) => {
      const { exitCode, log } = await start(repository, options).result;
      const outcome = exitCode === 0 ? "success" : "failure";
      rows.push([options.workflow, about, expected, outcome]);
      if (outcome !== expected) throw new Error(log);
      return { log, jobs: readJobs(log) };
    },
    note: (row) => rows.push(row),
    print: () => {
      const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
      const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
      process.stderr.write(`\n${lines.join("\n")}\n\n`);
    },
  };
}

/** Writes a stand-in for the client of a service that tests do not have, to the machine's `bin` folder. */
export function writeProgram(machine: string, name: string, ...lines: readonly string[]): void {
  const file = join(machine, "bin", name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh -e\n${lines.join("\n")}\n`, { mode: 0o755 });
}
