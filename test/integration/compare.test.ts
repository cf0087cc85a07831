import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";

import type { Comparison } from "../../src/report/comparison.js";
import { COMMON } from "../job.js";
import { installNix, runNix } from "../nix/project.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { readThrough, type Relay, startRelay } from "../tcp-relay.js";
import { type Builder, type Service, startBinfmt, startBuilder } from "../testbed.js";

const DELAY_MS = 15;
const machine = makeTemporaryFolder("compare");
const temp = join(machine, "temp");
const project = join(machine, "project");
mkdirSync(temp);

const ENVIRONMENT = {
  ...process.env,
  CI: undefined,
  GITHUB_ACTIONS: undefined,
  GITHUB_EVENT_NAME: undefined,
  GITHUB_STEP_SUMMARY: undefined,
  HOME: machine,
  TMPDIR: temp,
  RUNNER_TEMP: undefined,
  XDG_STATE_HOME: undefined,
  FORCE_COLOR: undefined,
};

const validate = new Ajv2020({ allErrors: true, validateFormats: false }).compile(
  JSON.parse(readFileSync("docs/comparison.schema.json", "utf8")) as object,
);

const commandOf = (args: readonly string[], on: string) => [
  on,
  process.execPath,
  resolve("dist/cli/index.js"),
  "compare",
  ...Object.entries(COMMON).flatMap(([name, text]) => [`--${name}`, text]),
  ...args,
];

interface Done {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the command. It must not block this process, which has the relay. */
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}, on = machine) {
  const child = spawn(resolve("script/testbed/isolated"), commandOf(args, on), {
    cwd: project,
    env: { ...ENVIRONMENT, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
  child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
  const done = once(child, "close").then((): Done => ({ exitCode: child.exitCode, stdout, stderr }));
  return { child, done, readLog: () => stderr };
}

const compare = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => start(args, env).done;

function readComparison({ exitCode, stdout, stderr }: Done): Comparison {
  if (!stdout.startsWith("{")) throw new Error(`exit code ${exitCode}: ${stderr}`);
  const comparison: unknown = JSON.parse(stdout);
  expect({ isValid: validate(comparison), errors: validate.errors }).toEqual({ isValid: true, errors: null });
  return comparison as Comparison;
}

const find = ({ rows }: Comparison, target: string, strategy: string) =>
  rows.find((row) => row.target === target && row.strategy === strategy);

/** Each file of the project but git's, with its content. */
function readProject(): Readonly<Record<string, string>> {
  const files = readdirSync(project, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = files.map(({ parentPath, name }) => join(parentPath, name));
  const own = paths.filter((path) => !path.includes("/.git/"));
  return Object.fromEntries(own.map((path) => [path, readFileSync(path, "utf8")]));
}

beforeAll(() => {
  cpSync("test/fixtures/compare", project, { recursive: true });
  const git = (...args: readonly string[]) => execFileSync("git", ["-C", project, ...args]);
  git("init", "--quiet");
  symlinkSync("/etc/hostname", join(project, "link"));
  git("add", "flake.nix", "link", "src");
  writeFileSync(join(project, "untracked.txt"), "secret\n");
});
afterAll(() => {
  removeTemporaryFolders();
});

describe("cross-build compare", () => {
  let builder: Builder;
  let relay: Relay;
  let binfmt: Service;
  let builders: readonly string[];

  beforeAll(async () => {
    [builder, binfmt] = await Promise.all([startBuilder(join(machine, "builder")), startBinfmt("aarch64")]);
    relay = await startRelay(builder.port, DELAY_MS);
    const { line, knownHosts } = readThrough(relay, builder);
    const key = ["--ssh-private-key", join(builder.folder, "id_ed25519")];
    builders = ["--builders", line, "--ssh-known-hosts", knownHosts, ...key];
  }, 240_000);
  afterAll(async () => {
    await relay.stop();
    await builder.stop();
    await binfmt.stop();
  });

  it("measures each strategy that the machine can use, and says why others are not measured", async () => {
    const before = readProject();
    const summaryFile = join(machine, "summary.md");
    writeFileSync(summaryFile, "");
    const args = [".#app", "--change", "src/app.txt", "--json", ...builders];
    const done = await compare(args, { GITHUB_STEP_SUMMARY: summaryFile });
    const comparison = readComparison(done);
    expect(done.exitCode).toBe(0);
    expect(comparison).toMatchObject({ installable: ".#app", change: "src/app.txt", rounds: 1 });

    const x86 = "x86_64-linux";
    const arm = "aarch64-linux";
    const measured = { state: "measured", derivations: { cold: 2, changed: 1 } };
    const local = { kind: "local", roundTripMs: null };
    const remote = find(comparison, x86, "remote");
    expect(remote).toMatchObject({ ...measured, buildCpu: x86, isEmulated: false, link: { kind: "ssh" } });
    expect(remote?.link.roundTripMs).toBeGreaterThan(DELAY_MS);
    expect(find(comparison, x86, "native")).toMatchObject({
      ...measured,
      ...{ buildCpu: x86, isEmulated: false, link: local, isReference: true, cold: { ratio: 1 } },
    });
    expect(remote?.changed?.sentBytes).toBeGreaterThan(1_000);
    expect(remote?.changed?.receivedBytes).toBeGreaterThan(1_000);
    expect(remote?.machines).toEqual([{ ...remote?.machines[0], name: `ssh-ng://127.0.0.1:${relay.port}` }]);
    expect(find(comparison, arm, "cross-compile")).toMatchObject({
      ...measured,
      ...{ buildCpu: x86, isEmulated: false, link: local, isReference: true, changed: { ratio: 1 } },
    });
    const emulated = { buildCpu: arm, isEmulated: true, link: local, isReference: false };
    expect(find(comparison, arm, "emulate")).toMatchObject({ ...measured, ...emulated });
    for (const row of comparison.rows.filter(({ state }) => state === "measured")) {
      expect(row.cold?.ratio).toBeGreaterThan(0);
      expect(row.changed?.ratio).toBeGreaterThan(0);
      expect(row.cold?.cpuMs).toBeGreaterThanOrEqual(0);
    }

    const reasonOf = (target: string, strategy: string) => {
      const row = find(comparison, target, strategy);
      return row?.state === "impossible" ? row.reason : undefined;
    };
    expect(reasonOf(x86, "cross-compile")).toBe(`not needed, since this machine is ${x86}`);
    expect(reasonOf(arm, "native")).toBe(`this machine is ${x86}, not ${arm}`);
    expect(reasonOf(arm, "remote")).toBe(`no builder supports ${arm}`);

    // A warm-up and a cold round for each row, then the round after the change.
    const count = (text: string) => done.stderr.split(text).length - 1;
    expect(count("built base locally")).toBe(3 * 2);
    expect(count("built app locally")).toBe(3 * 3);
    expect(count(`built base on ssh-ng://`)).toBe(2);
    expect(count(`built app on ssh-ng://`)).toBe(3);

    const summary = readFileSync(summaryFile, "utf8");
    expect(summary).toContain("```mermaid\nxychart-beta horizontal\n");
    expect(summary).toContain("| remote | cold | x86&#95;64-linux | ssh, ");

    expect(readProject()).toEqual(before);
    expect(readdirSync(temp)).toEqual([]);
  }, 480_000);

  it("prints a table, with what failed in one row, and exits with 1", async () => {
    const args = [".#stubborn", "--systems", "aarch64-linux", "--strategy", "cross-compile,emulate,remote"];
    const { exitCode, stdout, stderr } = await compare(args);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining("error: BUILD_FAILED: ") as unknown,
    });
    expect(stdout).toMatch(/^ {2}emulate +cold +aarch64-linux \(QEMU\) +this machine +\d/m);
    expect(stdout).toMatch(/^ {2}cross-compile: not measured here: .*stubborn/m);
    expect(stdout).toContain("  remote: not measured here: no builders are configured\n");
    expect(stdout).toContain("--change");
    expect(readdirSync(temp)).toEqual([]);
  }, 480_000);
});

describe("cross-build compare, without a builder", () => {
  it.each([
    ["no such file", "none.txt"],
    ["a file that git does not track", "untracked.txt"],
    ["a folder", "src"],
    ["a file outside of the flake", "../../../etc/passwd"],
    ["a link to a file outside of the flake", "link"],
    ["a file on which no derivation depends", "flake.nix"],
  ])(
    "refuses to change %s before it builds anything",
    async (_, file) => {
      const before = readProject();
      const { exitCode, stdout, stderr } = await compare([
        ".#app",
        "--systems",
        "x86_64-linux",
        "--change",
        file,
      ]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
      expect(stderr).toContain("error: INPUT_INVALID: input change: ");
      expect(stderr).not.toContain("building");
      expect(readProject()).toEqual(before);
      expect(readdirSync(temp)).toEqual([]);
    },
    240_000,
  );

  it("builds again what the store has, and deletes nothing from it", async () => {
    const own = makeTemporaryFolder("present");
    installNix(own);
    mkdirSync(join(own, "etc-nix"), { recursive: true });
    writeFileSync(join(own, "etc-nix/nix.conf"), "build-users-group =\n");
    const path = runNix(own, ["build", "--no-link", "--print-out-paths", `${project}#app`]).trim();
    const args = [".#app", "--systems", "x86_64-linux", "--rounds", "2", "--json"];
    const done = await start(args, {}, own).done;
    expect(find(readComparison(done), "x86_64-linux", "native")).toMatchObject({
      derivations: { cold: 2, changed: null },
      changed: null,
    });
    // A warm-up and two rounds.
    expect(done.stderr.split("built base locally")).toHaveLength(1 + 3);
    expect(runNix(own, ["path-info", path]).trim()).toBe(path);
  }, 240_000);

  it("works with the newest Nix, and says that an old one cannot do it", async () => {
    const on = (suite: "sid" | "bookworm") => {
      const folder = makeTemporaryFolder(suite);
      installNix(folder, suite);
      const args = [".#app", "--change", "src/app.txt", "--json", "--strategy", "native,cross-compile"];
      return start(args, {}, folder).done;
    };
    const { rows } = readComparison(await on("sid"));
    expect(rows.filter(({ state }) => state === "measured")).toMatchObject([
      { strategy: "native", derivations: { cold: 2, changed: 1 } },
      { strategy: "cross-compile", derivations: { cold: 2, changed: 1 } },
    ]);
    const old = await on("bookworm");
    expect(old).toMatchObject({ exitCode: 1, stdout: "" });
    expect(old.stderr).toContain("error: PLAN_IMPOSSIBLE: a comparison needs Nix 2.13 or newer");
  }, 240_000);

  it("works in a folder for temporary files with an odd name", async () => {
    const odd = join(temp, "é $" + "{x} #?%20'\"<b>");
    mkdirSync(odd);
    const args = [".#app", "--change", "src/app.txt", "--json", "--systems", "x86_64-linux"];
    const { rows } = readComparison(await compare(args, { TMPDIR: odd }));
    expect(rows[0]).toMatchObject({ state: "measured", derivations: { cold: 2, changed: 1 } });
    expect(readdirSync(odd)).toEqual([]);
    rmdirSync(odd);
  }, 240_000);

  it("fails with the reason if no strategy can be used", async () => {
    const { exitCode, stderr } = await compare([".#none", "--systems", "x86_64-linux"]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining("error: FLAKE_OUTPUT_MISSING: ") as unknown,
    });
  }, 240_000);

  it("leaves nothing behind when it is cancelled", async () => {
    const before = readProject();
    const args = [".#slow", "--systems", "x86_64-linux", "--change", "src/app.txt"];
    const { child, done, readLog } = start(args);
    while (!readLog().includes("building slow") && child.exitCode === null) await sleep(50);
    child.kill("SIGINT");
    const { exitCode, stdout, stderr } = await done;
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: "" });
    expect(stderr).toContain("error: CANCELLED: ");
    expect(readProject()).toEqual(before);
    expect(readdirSync(temp)).toEqual([]);
  }, 240_000);
});
