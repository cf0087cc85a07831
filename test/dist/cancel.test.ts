import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders, type Runner } from "../runner.js";
import { type Builder, startBuilder } from "../testbed.js";

/** Finds every process whose environment or arguments contain `text`. */
function findProcesses(text: string): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`].some((file) =>
          readFileSync(file, "utf8").includes(text),
        );
      } catch {
        return false;
      }
    })
    .map((pid) => `${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")}`);
}

function findContainers(): readonly string[] {
  return execFileSync("docker", ["ps", "-aq", "--filter", "label=io.github.fluo.cross-build.run"], {
    encoding: "utf8",
  })
    .split("\n")
    .filter((id) => id !== "");
}

function findSshConfigurations(machine: string): readonly string[] {
  const folder = join(machine, "ssh_config.d");
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.includes("cross-build")) : [];
}

async function waitFor(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  for (const end = Date.now() + timeoutMs; Date.now() < end && !condition();) await sleep(100);
  return condition();
}

const machine = makeTemporaryFolder("cancel");
let builder: Builder;

beforeAll(async () => {
  builder = await startBuilder(join(machine, "builder"));
}, 120_000);
afterAll(async () => {
  await builder.stop();
  removeTemporaryFolders();
});

function inputs(extra: Readonly<Record<string, string>>) {
  return {
    ...COMMON,
    builders: builder.line,
    "ssh-private-key": builder.key,
    "ssh-known-hosts": builder.knownHosts,
    "registry-username": "",
    ...extra,
  };
}

/** Checks that the run has left no process, no container, no key and no configuration. */
async function expectNothingLeft(runner: Runner): Promise<void> {
  await waitFor(() => findProcesses(runner.folder).length === 0, 5_000);
  expect(findProcesses(runner.folder)).toEqual([]);
  expect(findContainers()).toEqual([]);
  expect(findSshConfigurations(machine)).toEqual([]);
  expect(
    readdirSync(runner.temp).filter((name) => name.startsWith("cross-build-") && !name.endsWith(".json")),
  ).toEqual([]);
}

describe("a cancelled job", () => {
  it("leaves nothing after post if it gets SIGINT during a build, and then SIGTERM and SIGKILL", async () => {
    const runner = createRunner(machine);
    const step = runner.startStep({ inputs: inputs({ installables: `path:${FIXTURE}#slow` }) });
    expect(
      await waitFor(() => step.readLog().includes("slow") && step.readLog().includes("building"), 60_000),
    ).toBe(true);
    step.child.kill("SIGINT");
    const timers = [
      setTimeout(() => step.child.kill("SIGTERM"), 7_500),
      setTimeout(() => step.child.kill("SIGKILL"), 10_000),
    ];
    const main = await step.result;
    timers.forEach(clearTimeout);
    expect(main.exitCode).toBe(1);
    expect(main.outputs["error-code"]).toBe("CANCELLED");
    const post = await runner.runStep({ state: main.state });
    expect(post).toMatchObject({ exitCode: 0 });
    await expectNothingLeft(runner);
  }, 120_000);

  it("leaves nothing after post if it is killed during a build", async () => {
    const runner = createRunner(machine);
    const step = runner.startStep({ inputs: inputs({ installables: `path:${FIXTURE}#slow` }) });
    expect(await waitFor(() => step.readLog().includes("building"), 60_000)).toBe(true);
    expect(findProcesses(runner.folder).length).toBeGreaterThan(0);
    step.child.kill("SIGKILL");
    const main = await step.result;
    const post = await runner.runStep({ state: main.state });
    expect(post).toMatchObject({ exitCode: 0 });
    await expectNothingLeft(runner);
  }, 120_000);

  it("leaves no container if it is killed during the smoke test", async () => {
    const runner = createRunner(machine);
    const step = runner.startStep({
      inputs: inputs({
        installables: `path:${FIXTURE}#image`,
        image: `oci:${join(machine, "image")}`,
        "smoke-test": "checks:\n  - http: { path: /never, port: 8080, timeout: 60s }\n",
      }),
    });
    expect(await waitFor(() => findContainers().length > 0, 120_000)).toBe(true);
    step.child.kill("SIGKILL");
    const main = await step.result;
    const post = await runner.runStep({ state: main.state });
    expect(post).toMatchObject({ exitCode: 0 });
    await expectNothingLeft(runner);
  }, 180_000);
});
