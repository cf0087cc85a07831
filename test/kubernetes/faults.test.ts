import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { COMMON, readReport } from "../job.js";
import {
  createRunner,
  makeTemporaryFolder,
  removeTemporaryFolders,
  type RunningStep,
  type StepOptions,
  type StepResult,
} from "../runner.js";
import { startBuilder } from "../testbed.js";
import { kubectl } from "./cluster.js";
import { type ApiServer, createApiServer, signToken } from "./control-plane.js";
import { killContainer, limitVolume, measureVolume } from "./node.js";
import { startImageRegistry } from "./pool-image.js";
import {
  createGraph,
  createPool,
  type ImageRegistry,
  readAuthority,
  renderKubeconfig,
  type UsablePool,
} from "./use-pool.js";

const LIMIT_MS = 300_000;
const machine = makeTemporaryFolder("faults");
const PODS = ["builders-amd64-0", "builders-amd64-1"];
let image: ImageRegistry;
let pool: UsablePool;
let server: ApiServer;

beforeAll(async () => {
  image = await startImageRegistry(machine);
  pool = createPool("faults", image, "podLabels.pool=faults");
  server = createApiServer();
}, LIMIT_MS);
afterAll(async () => {
  await server.stop();
  await image.registry.stop();
  removeTemporaryFolders();
});
let before: string;
beforeEach(() => {
  before = pool.describe();
});
afterEach(() => {
  expect(pool.describe()).toBe(before);
});

/** Starts a job that builds a graph on the pool's pods. */
function start(flake: string, inputs = pool.inputs(), options: StepOptions = {}): RunningStep {
  return createRunner(machine).startStep({
    ...options,
    timeoutMs: LIMIT_MS,
    inputs: {
      ...COMMON,
      installables: `path:${flake}#sum`,
      strategy: "remote",
      "builder-timeout": "60",
      ...inputs,
    },
  });
}

/** Waits until something has happened, while a job runs. */
async function until(hasHappened: () => boolean, { child, result }: RunningStep): Promise<void> {
  while (!hasHappened()) {
    if (child.exitCode !== null) throw new Error((await result).log);
    await sleep(200);
  }
}

/** Starts a job that begins with all builders: anew, if one has answered too late. */
async function startOnAll(...args: Parameters<typeof start>): Promise<RunningStep> {
  for (;;) {
    const run = start(...args);
    await until(() => /^remote build of /m.test(run.readLog()), run);
    if (!run.readLog().includes("no answer yet")) return run;
    run.child.kill("SIGTERM");
    await run.result;
  }
}

/** The derivations that were built. */
function readBuilt(step: StepResult): readonly string[] {
  return readReport(step).builds.flatMap(({ outcome, drvPath }) => (outcome === "built" ? [drvPath] : []));
}

/** Whether the API server knows who sends a token. */
function isAccepted(token: string): boolean {
  try {
    const file = join(makeTemporaryFolder("kubeconfig"), "config");
    writeFileSync(file, renderKubeconfig({ token }));
    kubectl(["--kubeconfig", file, "auth", "whoami"]);
    return true;
  } catch (error) {
    if (String(error).includes("Unauthorized")) return false;
    throw error;
  }
}

/** Makes a ServiceAccount with the rights of a job. */
function createAccount(name: string): void {
  pool.kube("create", "serviceaccount", name);
  pool.kube("create", "rolebinding", name, "--role=builders-use", `--serviceaccount=faults:${name}`);
}

describe("a fault in the cluster", () => {
  it(
    "of an API server that is killed and starts again interrupts a run, which builds on",
    async () => {
      await server.start();
      const run = await startOnAll(createGraph(4, 5), pool.inputs(undefined, server.url));
      await until(() => PODS.every(pool.isBuilding), run);
      await server.kill();
      // Longer than the pauses between the attempts of a build.
      await sleep(10_000);
      await server.start();
      const step = await run.result;
      if (step.exitCode !== 0) throw new Error(step.log);
      expect(step.log).toContain("the connection to the builder was lost");
      expect(readBuilt(step)).toHaveLength(5);
    },
    LIMIT_MS,
  );

  it(
    "of the API server does not touch a run inside of the cluster, which connects to the pods directly",
    async () => {
      await server.start();
      const account = makeTemporaryFolder("account");
      writeFileSync(join(account, "token"), pool.kube("create", "token", "builders-ci").trim());
      writeFileSync(join(account, "ca.crt"), readAuthority());
      const mounted = "/run/secrets/kubernetes.io/serviceaccount";
      const inputs = { ...pool.inputs(), kubeconfig: "in-cluster" };
      const { hostname, port } = new URL(server.url);
      const run = await startOnAll(createGraph(4, 8), inputs, {
        env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
        prelude: `mount -t tmpfs tmpfs /run; mkdir -p ${mounted}; cp ${account}/* ${mounted}`,
      });
      await until(() => PODS.every(pool.isBuilding), run);
      await server.kill();
      const step = await run.result;
      if (step.exitCode !== 0) throw new Error(step.log);
      expect(step.log).not.toContain("builder dropped");
      expect(readBuilt(step)).toHaveLength(5);
    },
    LIMIT_MS,
  );

  it(
    "of a token that expires in mid-run ends no build, and fails the run only if it has to connect anew",
    async () => {
      const token = signToken(pool, "builders-ci", 20);
      const run = await startOnAll(createGraph(4, 600), pool.inputs(token));
      await until(() => PODS.every(pool.isBuilding), run);
      await until(() => !isAccepted(token), run);
      expect(PODS.filter(pool.isBuilding)).toEqual(PODS);
      expect(run.readLog()).not.toContain("builder dropped");
      pool.kube("delete", "pods", ...PODS, "--grace-period=0", "--force");
      const step = await run.result;
      expect(step.outputs["error-code"]).toBe("BUILDER_UNREACHABLE");
      expect(step.log).toMatch(
        /no builder for x86_64-linux is left: builders-amd64-0\.builders\.faults: the API server 127\.0\.0\.1:6443 does not accept the credentials of kubeconfig.*The token may have expired or been revoked/,
      );
    },
    LIMIT_MS,
  );

  it(
    "of a token that is revoked in mid-run does not keep the run from its end",
    async () => {
      createAccount("short-lived");
      const token = pool.kube("create", "token", "short-lived").trim();
      // One after another on each slot, so that builds begin after the end of the token.
      const run = await startOnAll(createGraph(12, 8), pool.inputs(token));
      await until(() => PODS.every(pool.isBuilding), run);
      pool.kube("delete", "serviceaccount,rolebinding", "short-lived");
      await until(() => !isAccepted(token), run);
      const step = await run.result;
      if (step.exitCode !== 0) throw new Error(step.log);
      const report = readReport(step);
      expect(report).toMatchObject({ attempts: [{ outcome: "built" }] });
      expect(report.builds).toHaveLength(13);
    },
    LIMIT_MS,
  );

  it(
    "that ends a pod's container in mid-build, as a lack of memory does, costs only its builds",
    async () => {
      const run = await startOnAll(createGraph(6, 5));
      await until(() => PODS.every(pool.isBuilding), run);
      const [pod = ""] = PODS;
      killContainer(pool, pod);
      const step = await run.result;
      if (step.exitCode !== 0) throw new Error(step.log);
      expect(step.log).toContain(`builder dropped: ${pod}.builders.faults: `);
      expect(readBuilt(step)).toHaveLength(7);
      pool.kube("wait", "--for=condition=Ready", `pod/${pod}`, "--timeout=60s");
      const restarts = "--output=jsonpath={.status.containerStatuses[0].restartCount}";
      expect(pool.kube("get", "pod", pod, restarts)).toBe("1");
    },
    LIMIT_MS,
  );

  it(
    "such as a rolling upgrade of the chart interrupts neither of two runs",
    async () => {
      const runs = [start(createGraph(16, 4)), start(createGraph(16, 4))];
      for (const run of runs) await until(() => /^building part/m.test(run.readLog()), run);
      pool.install("store.minFree=2M");
      for (const { result } of runs) {
        const step = await result;
        if (step.exitCode !== 0) throw new Error(step.log);
        expect(new Set(readBuilt(step)).size).toBe(17);
        expect(step.log).toContain("builder dropped: ");
      }
    },
    LIMIT_MS,
  );
});

describe("a pool that changes during a run", () => {
  it(
    "gives builds to a pod that appears",
    async () => {
      const run = await startOnAll(createGraph(30, 3));
      await until(() => PODS.some(pool.isBuilding), run);
      pool.kube("scale", "statefulset", "builders-amd64", "--replicas=3");
      const step = await run.result;
      pool.kube("scale", "statefulset", "builders-amd64", "--replicas=2");
      if (step.exitCode !== 0) throw new Error(step.log);
      expect(step.log).toContain("builder builders-amd64-2.builders.faults is usable now");
      expect(step.log).toMatch(/^built part-\d+ on ssh-ng:\/\/builders-amd64-2\.builders\.faults:2222/m);
      pool.kube("wait", "--for=delete", "pod/builders-amd64-2", "--timeout=60s");
      pool.kube("delete", "persistentvolumeclaim", "nix-builders-amd64-2");
    },
    LIMIT_MS,
  );

  it(
    "builds together with a builder that a machine line names",
    async () => {
      const folder = makeTemporaryFolder("builder");
      const clientKey = join(folder, "key");
      writeFileSync(clientKey, pool.clientKey, { mode: 0o600 });
      const builder = await startBuilder(folder, { clientKey });
      try {
        const { line, knownHosts } = builder;
        const inputs = { ...pool.inputs(), builders: line, "ssh-known-hosts": knownHosts };
        const step = await (await startOnAll(createGraph(16, 2), inputs)).result;
        if (step.exitCode !== 0) throw new Error(step.log);
        expect(new Set(readReport(step).builds.map(({ place }) => place))).toEqual(
          new Set([
            `ssh-ng://127.0.0.1:${builder.port}`,
            ...PODS.map((pod) => `ssh-ng://${pod}.builders.faults:2222`),
          ]),
        );
      } finally {
        await builder.stop();
      }
    },
    LIMIT_MS,
  );

  it(
    "whose node is drained is waited for, and builds on when there is a node again",
    async () => {
      pool.kube("scale", "statefulset", "builders-amd64", "--replicas=1");
      pool.kube("wait", "--for=delete", "pod/builders-amd64-1", "--timeout=60s");
      const run = start(createGraph(2, 30));
      await until(() => pool.isBuilding("builders-amd64-0"), run);
      // Pods of other tests stay.
      const drain = ["drain", "localhost", "--delete-emptydir-data", "--timeout=60s"];
      kubectl([...drain, "--pod-selector=pool=faults"]);
      try {
        await until(
          () => /waiting for builders that may come back: .*unschedulable/.test(run.readLog()),
          run,
        );
      } finally {
        kubectl(["uncordon", "localhost"]);
      }
      const step = await run.result;
      if (step.exitCode !== 0) throw new Error(step.log);
      const [sum = ""] = readReport(step).storePaths;
      expect(readFileSync(join(machine, sum), "utf8")).toBe("0\n1\n");
      pool.kube("scale", "statefulset", "builders-amd64", "--replicas=2");
    },
    LIMIT_MS,
  );
});

describe("a volume that is full", () => {
  it(
    "keeps its pod from its start, or ends its builds, and the run says so",
    async () => {
      const scale = (replicas: number) => {
        pool.kube("scale", "statefulset", "builders-amd64", `--replicas=${replicas}`);
      };
      const usedMiB = measureVolume(pool, "nix-builders-amd64-0");
      scale(0);
      pool.kube("wait", "--for=delete", "pod", "--all", "--timeout=60s");
      const resize = limitVolume(pool, "nix-builders-amd64-0");
      resize(usedMiB / 2);
      scale(1);
      const state = "{.items[*].status.initContainerStatuses[*].state.waiting.reason}";
      while (pool.kube("get", "pods", `--output=jsonpath=${state}`) !== "CrashLoopBackOff") await sleep(200);
      const early = await start(createGraph(1)).result;
      expect(early.outputs["error-code"]).toBe("PLAN_IMPOSSIBLE");
      expect(early.log).toMatch(/builders-amd64-0\.builders\.faults: the pod is not ready: .*No space left/);
      resize(usedMiB + 4096);
      pool.kube("wait", "--for=condition=Ready", "pod/builders-amd64-0", "--timeout=120s");
      const run = start(createGraph(1, 10, 100));
      await until(() => pool.isBuilding("builders-amd64-0"), run);
      resize(usedMiB + 50);
      const late = await run.result;
      expect(late.log).toContain("No space left on device");
      expect(late.log).toMatch(
        /::error::BUILDER_UNREACHABLE: no builder for x86_64-linux is left: builders-amd64-0\.builders\.faults: the builder's store has only \d+ MiB left%0ACollect garbage on the builder/,
      );
      resize(usedMiB + 4096);
      scale(2);
    },
    LIMIT_MS,
  );
});
