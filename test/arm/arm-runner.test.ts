import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { type FakeGithubCache, startFakeGithubCache } from "../fake-github-cache.js";
import { COMMON, FIXTURE, readReport, SMOKE_TEST } from "../job.js";
import { findProcesses } from "../processes.js";
import { readTagHeaders } from "../registry-tag.js";
import {
  createRunner,
  makeTemporaryFolder,
  removeTemporaryFolders,
  type Runner,
  type StepResult,
} from "../runner.js";
import {
  asInputs,
  type Builder,
  createGraph,
  readNixRelease,
  type Service,
  startBinfmt,
  startBuilder,
  startRegistry,
} from "../testbed.js";

// QEMU is slow, and slower still on a busy machine.
const LIMIT_MS = 600_000;

/** A runner for ARM64, and one for x86_64. */
const machine = makeTemporaryFolder("arm");
const native = makeTemporaryFolder("native");
/** Two x86_64 builders, which run natively. */
const pool: Builder[] = [];
let binfmt: Service;
let registry: Service & { readonly host: string; readonly username: string; readonly password: string };
let github: FakeGithubCache;

beforeAll(async () => {
  binfmt = await startBinfmt("aarch64");
  const first = await startBuilder(join(machine, "one"));
  pool.push(first, await startBuilder(join(machine, "two"), { like: first }));
  registry = await startRegistry(join(machine, "registry"));
  github = await startFakeGithubCache();
}, 300_000);
afterAll(async () => {
  github.stop();
  await registry.stop();
  for (const builder of pool) await builder.stop();
  await binfmt.stop();
  removeTemporaryFolders();
});

const login = () => ({ "registry-username": registry.username, "registry-password": registry.password });
const imageOf = (name: string) => ({ image: `${registry.host}/team/${name}`, ...login() });

/** The inputs of an ARM64 runner, whose Nix cannot use a sandbox, seccomp or other users under QEMU. */
const inputs = (extra: Readonly<Record<string, string>>) => ({
  ...readNixRelease("trixie", "zst", "aarch64"),
  "extra-conf": [
    "sandbox = false",
    "filter-syscalls = false",
    "auto-allocate-uids = false",
    "build-users-group =",
    "substituters =",
  ].join("\n"),
  promote: "false",
  "builder-timeout": "120",
  ...extra,
});

/** Runs a job on an ARM64 runner, with its post step. */
async function runOnArm(extra: Readonly<Record<string, string>>, env = {}, on = machine) {
  const runner = createRunner(on, { isArm: true });
  const step = await runner.runStep({ inputs: inputs(extra), env, timeoutMs: LIMIT_MS });
  if (step.exitCode !== 0) throw new Error(step.log);
  const post = await runner.runStep({ state: step.state, timeoutMs: LIMIT_MS });
  expect(post).toMatchObject({ exitCode: 0 });
  expect(post.log).not.toContain("::warning");
  return { ...step, report: readReport(step) };
}

/** Tests a candidate on the x86_64 runner, and moves a tag to it. */
async function promote(candidate: StepResult, tag: string): Promise<void> {
  const gate = await createRunner(native).runStep({
    action: "gate",
    inputs: { ...SMOKE_TEST, ...login(), image: candidate.outputs["image"] ?? "", tags: tag },
  });
  if (gate.exitCode !== 0) throw new Error(gate.log);
  expect(gate.outputs).toMatchObject({ "smoke-test": "passed", promoted: "true" });
}

const readTag = async (name: string, tag: string) =>
  (await readTagHeaders(registry, `team/${name}`, tag)).get("docker-content-digest");

describe("an ARM64 runner", () => {
  it(
    "builds on an x86_64 builder what an x86_64 runner builds, and the gate on x86_64 promotes it",
    async () => {
      const expected = await createRunner(native).runStep({
        inputs: { ...COMMON, installables: `path:${FIXTURE}#image`, image: `oci:${join(native, "image")}` },
      });
      if (expected.exitCode !== 0) throw new Error(expected.log);

      const step = await runOnArm({
        ...asInputs(pool.slice(0, 1)),
        ...imageOf("remote"),
        installables: `path:${FIXTURE}#image`,
        strategy: "remote",
      });
      expect(step.report).toMatchObject({
        host: { system: "aarch64-linux" },
        nix: { version: COMMON["nix-version"], origin: "installed" },
        plans: [{ target: "x86_64-linux", buildSystem: "aarch64-linux", strategy: "remote" }],
        attempts: [{ mode: "single-store", outcome: "built" }],
        audits: [{ target: "x86_64-linux", elfFiles: 1, foreign: [] }],
      });
      const nameBuilds = ({ builds }: Pick<typeof step.report, "builds">) =>
        builds.map(({ drvPath }) => drvPath);
      expect(nameBuilds(step.report)).toEqual(nameBuilds(readReport(expected)));
      expect(step.report.builds.every(({ place }) => place.startsWith("ssh-ng://"))).toBe(true);
      expect(step.outputs["digest"]).toBe(expected.outputs["digest"]);

      await promote(step, "v1");
      expect(await readTag("remote", "v1")).toBe(step.outputs["digest"]);
    },
    LIMIT_MS,
  );

  it(
    "distributes a graph over several builders",
    async () => {
      const step = await runOnArm({
        ...asInputs(pool),
        installables: `${createGraph(join(machine, "graph"))}#graph`,
        strategy: "remote",
      });
      const { attempts, builds, storePaths } = step.report;
      expect(attempts).toMatchObject([{ mode: "distributed", outcome: "built" }]);
      expect(builds).toHaveLength(40);
      expect(new Set(builds.map(({ place }) => place)).size).toBe(2);
      expect(readFileSync(join(machine, storePaths[0] ?? ""), "utf8")).toContain("graph-0-0 on x86_64");
    },
    LIMIT_MS,
  );

  it(
    "uses Nix's build hook with a builder that has only the old protocol",
    async () => {
      const builder = pool[1];
      if (builder === undefined) throw new Error("no second builder");
      const step = await runOnArm({
        ...asInputs([{ ...builder, line: builder.line.replace("ssh-ng://", "ssh://") }]),
        installables: `path:${FIXTURE}#server`,
        strategy: "remote",
      });
      expect(step.report).toMatchObject({
        attempts: [{ mode: "build-hook", outcome: "built" }],
        builds: [{ name: "server-x86_64-linux-1.0.0", place: expect.stringMatching(/^ssh:/) as unknown }],
      });
    },
    LIMIT_MS,
  );

  it(
    "cross-compiles by default, and another one finds that in GitHub's cache",
    async () => {
      const job = { installables: `path:${FIXTURE}#image` };
      const step = await runOnArm({ ...job, ...imageOf("cross") }, github.environment);
      expect(step.report).toMatchObject({
        plans: [{ strategy: "cross-compile" }],
        builds: [{ place: "local" }, { place: "local" }],
        audits: [{ target: "x86_64-linux", elfFiles: 1, foreign: [] }],
        caches: [{ state: "pushed", saved: { kind: "base" } }],
      });
      await promote(step, "v1");

      const other = await runOnArm({ ...job, ...imageOf("cached") }, github.environment, installNix());
      expect(other.report).toMatchObject({
        nix: { origin: "reused" },
        plans: [{ strategy: "cross-compile" }],
        builds: [],
        caches: [{ hitRate: 1, restored: { state: "restored" } }],
      });
      expect(other.outputs["digest"]).toBe(step.outputs["digest"]);
    },
    LIMIT_MS,
  );

  it.each([
    ["cancelled", "SIGINT"],
    ["killed", "SIGKILL"],
  ] as const)(
    "leaves nothing after post if it is %s during a build",
    async (_, signal) => {
      const runner = createRunner(machine, { isArm: true });
      const running = runner.startStep({
        inputs: inputs({ ...asInputs(pool), installables: `path:${FIXTURE}#slow`, strategy: "remote" }),
        timeoutMs: LIMIT_MS,
      });
      while (running.child.exitCode === null && !running.readLog().includes("building slow")) await sleep(50);
      expect(findProcesses("ssh-agent\0-D\0-a\0" + runner.folder)).toHaveLength(1);
      running.child.kill(signal);
      const main = await running.result;
      expect(main.outputs["error-code"]).toBe(signal === "SIGINT" ? "CANCELLED" : undefined);
      const post = await runner.runStep({ state: main.state, timeoutMs: LIMIT_MS });
      expect(post).toMatchObject({ exitCode: 0 });
      expectNothingLeft(runner);
    },
    LIMIT_MS,
  );
});

/** A machine with a Nix for ARM64 that this action did not install. */
function installNix(): string {
  const folder = makeTemporaryFolder("arm-nix");
  const url = readNixRelease("trixie", "zst", "aarch64")["nix-url"];
  execFileSync("script/testbed/install-nix", [folder, url.replace("file://", "")]);
  return folder;
}

function expectNothingLeft(runner: Runner): void {
  expect(findProcesses(runner.folder)).toEqual([]);
  expect(readdirSync(runner.temp).filter((name) => !/\.(?:json|html)$/.test(name))).toEqual([]);
  expect(readdirSync(join(machine, "ssh_config.d"))).toEqual([]);
}
