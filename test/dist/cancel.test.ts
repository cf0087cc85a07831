import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { FakeRegistry } from "../fake-registry.js";
import { COMMON, FIXTURE, readEvents, readLayoutTag, readReport, SMOKE_TEST } from "../job.js";
import { findProcesses } from "../processes.js";
import {
  createRunner,
  makeTemporaryFolder,
  pathWithout,
  removeTemporaryFolders,
  type Runner,
  type RunningStep,
  type StepResult,
} from "../runner.js";
import { type Builder, startBuilder } from "../testbed.js";

function findContainers(): readonly string[] {
  return execFileSync("docker", ["ps", "-aq", "--filter", "label=io.github.fluo.cross-build.run"], {
    encoding: "utf8",
  })
    .split("\n")
    .filter((id) => id !== "");
}

const WITHOUT_ENGINE = { PATH: `${pathWithout("docker", "podman")}:/usr/sbin:/sbin` };

function findSshConfigurations(machine: string): readonly string[] {
  const folder = join(machine, "ssh_config.d");
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.includes("cross-build")) : [];
}

async function waitFor(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  for (const end = Date.now() + timeoutMs; Date.now() < end && !condition();) await sleep(100);
  return condition();
}

const machine = makeTemporaryFolder("cancel");
const registry = new FakeRegistry();
let registryHost: string;
let builder: Builder;

beforeAll(async () => {
  registryHost = await registry.start();
  builder = await startBuilder(join(machine, "builder"));
}, 120_000);
afterAll(async () => {
  registry.stop();
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
  expect(readdirSync(runner.temp).filter((name) => /^cross-build-(?!report\.)/.test(name))).toEqual([]);
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
    const eventsFile = join(runner.folder, "events.jsonl");
    const step = runner.startStep({
      inputs: inputs({ installables: `path:${FIXTURE}#slow`, "events-file": eventsFile }),
    });
    expect(await waitFor(() => step.readLog().includes("building"), 60_000)).toBe(true);
    expect(findProcesses(runner.folder).length).toBeGreaterThan(0);
    step.child.kill("SIGKILL");
    const main = await step.result;
    const events = readEvents(eventsFile);
    expect(events).toContainEqual(expect.objectContaining({ event: "build-started", name: "slow" }));
    expect(events.at(-1)?.event).not.toBe("run-ended");
    const post = await runner.runStep({ state: main.state });
    expect(post).toMatchObject({ exitCode: 0 });
    await expectNothingLeft(runner);
  }, 120_000);

  it.each([
    ["Docker", {}, () => findContainers().length],
    ["runc", WITHOUT_ENGINE, () => findProcesses("HOSTNAME=cross-build-").length],
  ])(
    "leaves no container in %s if it is killed during the smoke test",
    async (_, env, count) => {
      const runner = createRunner(machine);
      const step = runner.startStep({
        env,
        inputs: inputs({
          installables: `path:${FIXTURE}#image`,
          image: `oci:${join(machine, "image")}`,
          "smoke-test": "checks:\n  - http: { path: /never, port: 8080, timeout: 60s }\n",
        }),
      });
      expect(await waitFor(() => count() > 0, 120_000)).toBe(true);
      step.child.kill("SIGKILL");
      const main = await step.result;
      const post = await runner.runStep({ state: main.state, env });
      expect(post).toMatchObject({ exitCode: 0 });
      await expectNothingLeft(runner);
      expect(count()).toBe(0);
    },
    180_000,
  );
});

/** Without a cancellation, each of these jobs would go on for much longer. */
const ANSWER_LIMIT_MS = 5_000;

/** Waits until the job has come to a point, cancels it there, and waits for its end. */
async function cancelWhen(
  step: RunningStep,
  isThere: () => boolean,
  signal: "SIGINT" | "SIGTERM",
): Promise<StepResult> {
  if (!(await waitFor(() => isThere() || step.child.exitCode !== null, 170_000)))
    throw new Error(step.readLog());
  step.child.kill(signal);
  const killedAt = Date.now();
  const result = await step.result;
  expect(Date.now() - killedAt).toBeLessThan(ANSWER_LIMIT_MS);
  expect(result.log).toContain(`cancelling the run, since it received ${signal}`);
  expect({ exitCode: result.exitCode, log: result.log }).toMatchObject({ exitCode: 1 });
  expect(result.outputs).toMatchObject({ "error-code": "CANCELLED", promoted: "false", digest: "" });
  expect(readReport(result)).toMatchObject({ outcome: "cancelled", error: { code: "CANCELLED" } });
  return result;
}

/** A flake with one package, which a shell script writes. */
function makeFlake(script: string): string {
  const folder = makeTemporaryFolder("flake");
  writeFileSync(
    join(folder, "flake.nix"),
    `{
      outputs = { self }: {
        packages.x86_64-linux.image = derivation {
          name = "image";
          system = "x86_64-linux";
          builder = "/bin/sh";
          args = [ "-euc" ''${script}
            exit'' ];
          PATH = "/usr/bin:/bin";
        };
      };
    }`,
  );
  return `path:${folder}#image`;
}

/** An archive of half a megabyte with a layer of 16 GiB, so that its audit takes minutes. */
const ENDLESS = `
  truncate -s 16G layer.tar
  tar -cf - layer.tar 2> /dev/null | head -c 512 | gzip -n > head.gz
  head -c 67108864 /dev/zero | gzip -n9 > zeros.gz
  cat head.gz > $out
  for i in $(seq 256); do cat zeros.gz >> $out; done`;

describe("a job that is cancelled", () => {
  it("during the audit ends, and pushes nothing", async () => {
    const runner = createRunner(machine);
    const place = join(machine, "audited");
    const step = runner.startStep({
      inputs: { ...COMMON, installables: makeFlake(ENDLESS), image: `oci:${place}` },
    });
    const isReading = () => globSync(join(runner.temp, "cross-build-*/layers-*/layer-0")).length > 0;
    await cancelWhen(step, isReading, "SIGINT");
    expect(existsSync(place)).toBe(false);
  }, 240_000);

  it("during the upload of a layer sends nothing more to the registry", async () => {
    const runner = createRunner(machine);
    const sent: string[] = [];
    // The registry never answers the upload.
    registry.misbehave = ({ method = "", url = "" }) => {
      sent.push(`${method} ${url}`);
      return method === "PUT";
    };
    const step = runner.startStep({
      inputs: {
        ...COMMON,
        installables: `path:${FIXTURE}#image`,
        image: `${registryHost}/uploaded`,
      },
    });
    await cancelWhen(step, () => sent.some((request) => request.startsWith("PUT")), "SIGTERM");
    registry.misbehave = () => false;
    expect(sent.filter((request) => request.includes("/manifests/"))).toEqual([]);
  }, 240_000);

  it("during the smoke test moves no tag, and leaves nothing after post", async () => {
    const runner = createRunner(machine);
    const place = join(machine, "tested");
    const step = runner.startStep({
      inputs: {
        ...COMMON,
        installables: `path:${FIXTURE}#image`,
        image: `oci:${place}`,
        tags: "latest",
        "smoke-test": "checks:\n  - http: { path: /never, port: 8080, timeout: 120s }\n",
      },
    });
    // A container runs before the build too: the trial of the engine.
    const isTested = () => existsSync(join(place, "index.json")) && findContainers().length > 0;
    if (!(await waitFor(isTested, 170_000))) throw new Error(step.readLog());
    step.child.kill("SIGINT");
    const killedAt = Date.now();
    const main = await step.result;
    expect(Date.now() - killedAt).toBeLessThan(ANSWER_LIMIT_MS);
    expect(main.outputs).toMatchObject({ "error-code": "CANCELLED", promoted: "false" });
    expect(readLayoutTag(place, "latest")).toBeUndefined();
    await runner.runStep({ state: main.state });
    await expectNothingLeft(runner);
  }, 240_000);

  it("between the moves of two tags moves the first one back", async () => {
    const runner = createRunner(machine);
    const inputs = {
      ...COMMON,
      installables: `path:${FIXTURE}#image`,
      ...SMOKE_TEST,
      image: `${registryHost}/promoted`,
      tags: "first\nsecond",
    };
    const moved: string[] = [];
    const step = runner.startStep({ inputs });
    registry.misbehave = ({ method, url = "" }) => {
      const [, tag] = /\/manifests\/(first|second)$/.exec(url) ?? [];
      if (tag === undefined || (method !== "PUT" && method !== "DELETE")) return false;
      moved.push(`${method} ${tag}`);
      if (moved.length === 1) {
        step.child.kill("SIGINT");
        // The signal arrives before the registry's answer.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      }
      return false;
    };
    const { outputs, log } = await step.result;
    registry.misbehave = () => false;
    expect({ outputs, log }).toMatchObject({ outputs: { "error-code": "CANCELLED", promoted: "false" } });
    expect(log).toContain("first was restored");
    expect(moved).toEqual(["PUT first", "DELETE first"]);
  }, 240_000);

  it("by Ctrl-C on the command line ends too, and leaves no run folder", async () => {
    const temp = makeTemporaryFolder("cli");
    const report = join(temp, "report.json");
    const flags = Object.entries({
      ...COMMON,
      installables: makeFlake(ENDLESS),
      image: `oci:${join(machine, "by-cli")}`,
      report,
    }).flatMap(([name, text]) => [`--${name}`, text]);
    const env = { ...process.env, HOME: machine, TMPDIR: temp, RUNNER_TEMP: undefined };
    const cli = resolve("dist/cli/index.js");
    const child = spawn("script/testbed/isolated", [machine, process.execPath, cli, "build", ...flags], {
      env,
      stdio: "ignore",
    });
    const closed = once(child, "close");
    const isReading = () => globSync(join(temp, "cross-build-*/layers-*/layer-0")).length > 0;
    expect(await waitFor(() => isReading() || child.exitCode !== null, 170_000)).toBe(true);
    child.kill("SIGINT");
    const killedAt = Date.now();
    await closed;
    expect(Date.now() - killedAt).toBeLessThan(ANSWER_LIMIT_MS);
    expect(child.exitCode).not.toBe(0);
    expect(JSON.parse(readFileSync(report, "utf8"))).toMatchObject({ error: { code: "CANCELLED" } });
    expect(existsSync(join(machine, "by-cli"))).toBe(false);
    expect(readdirSync(temp).toSorted()).toEqual(["report.html", "report.json"]);
  }, 240_000);
});

describe("an OCI layout", () => {
  it.each(["a FIFO", "/dev/zero"])(
    "with a blob that leads to %s is refused, not read",
    async (kind) => {
      const fifo = join(machine, "fifo");
      if (kind === "a FIFO") execFileSync("mkfifo", [fifo]);
      const target = kind === "a FIFO" ? fifo : kind;
      const blobs = "$out/blobs/sha256";
      const flake = makeFlake(`
      mkdir -p ${blobs}
      echo '{"imageLayoutVersion":"1.0.0"}' > $out/oci-layout
      echo '{"schemaVersion":2,"manifests":[]}' > $out/index.json
      ln -s ${target} ${blobs}/${"0".repeat(64)}`);
      const { outputs, log } = await createRunner(machine).runStep({
        inputs: { ...COMMON, installables: flake, image: `oci:${join(machine, "refused")}` },
      });
      expect({ outputs, log }).toMatchObject({ outputs: { "error-code": "IMAGE_INVALID" } });
      expect(log).toContain("is not a regular file");
    },
    240_000,
  );
});
