import { globSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { COMMON, readReport, SMOKE_TEST } from "../job.js";
import { runNix } from "../later-step.js";
import { startProxy } from "../proxy.js";
import { readTagHeaders } from "../registry-tag.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { startImageRegistry } from "./pool-image.js";
import { signCertificate } from "./credentials.js";
import {
  createGraph,
  createPool,
  type ImageRegistry,
  readAuthority,
  renderKubeconfig,
  type UsablePool,
} from "./use-pool.js";

const LIMIT_MS = 300_000;
const machine = makeTemporaryFolder("reach");
const PODS = ["builders-amd64-0", "builders-amd64-1", "builders-amd64-2"];
const OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Lk8FxRWhNuQwRd7nAuFnVhTAWfpK8YUwhnSGrZvzq";
let image: ImageRegistry;
let pool: UsablePool;

beforeAll(async () => {
  image = await startImageRegistry(machine);
  pool = createPool("reach", image, "replicas.amd64=3");
}, LIMIT_MS);
afterAll(async () => {
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

const job = (flake: string, output = "sum") => ({
  ...COMMON,
  installables: `path:${flake}#${output}`,
  strategy: "remote",
  "builder-timeout": "60",
});

/** Every file of a folder that has a secret, with its mode. */
function findFiles(folder: string, secrets: readonly string[]) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const text = readFileSync(path, "latin1");
      return secrets.some((secret) => text.includes(secret));
    })
    .map((path) => ({ path, mode: statSync(path).mode & 0o777 }));
}

function readCommandLines(): string {
  return readdirSync("/proc")
    .filter((pid) => /^[0-9]+$/.test(pid) && Number(pid) !== process.pid)
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch {
        return "";
      }
    })
    .join("\n");
}

describe("a pool that is reached with a token", () => {
  it(
    "builds 40 derivations on three pods while one is deleted, up to a tested image, and shows no secret",
    async () => {
      const runner = createRunner(machine);
      const token = pool.kube("create", "token", "builders-ci").trim();
      const secrets = [token, image.registry.password, ...pool.clientKey.split("\n").slice(1, -2)];
      const repository = `${image.registry.host}/team/graph`;
      const { result, child, readLog } = runner.startStep({
        timeoutMs: LIMIT_MS,
        inputs: {
          ...job(createGraph(38, 2), "image"),
          ...pool.inputs(token),
          ...SMOKE_TEST,
          image: repository,
          tags: "v1",
          "registry-username": image.registry.username,
          "registry-password": image.registry.password,
        },
      });
      const hasEnded = () => child.exitCode !== null;
      const hasBuilt = (pod: string) => new RegExp(`^built .* on ssh-ng://${pod}\\.`, "m").test(readLog());
      while (!hasEnded() && !PODS.every(hasBuilt)) await sleep(100);
      if (hasEnded()) throw new Error((await result).log);
      pool.kube("delete", "pod", PODS[1] ?? "", "--grace-period=0", "--force");
      const seen: string[] = [];
      while (!hasEnded()) {
        seen.push(...secrets.filter((secret) => readCommandLines().includes(secret)));
        await sleep(500);
      }
      const step = await result;
      if (step.exitCode !== 0) throw new Error(step.log);
      expect(seen).toEqual([]);
      const report = readReport(step);
      // What the lost pod was building may be there twice, or only without a result: the pod that starts anew
      // has what was built while its connection ended.
      expect(new Set(report.builds.map(({ drvPath }) => drvPath)).size).toBe(40);
      expect(new Set(report.builds.map(({ place }) => place))).toEqual(
        new Set(PODS.map((pod) => `ssh-ng://${pod}.builders.reach:2222`)),
      );
      expect(step.outputs).toMatchObject({ "smoke-test": "passed", promoted: "true" });
      const { digest } = step.outputs;
      expect((await readTagHeaders(image.registry, "team/graph", "v1")).get("docker-content-digest")).toBe(
        digest,
      );
      expect(step.log).toContain("builder dropped: builders-amd64-1.builders.reach: ");
      await runner.runStep({ state: step.state });
      expect(findFiles(runner.folder, secrets)).toEqual([]);
      expect(secrets.filter((secret) => step.log.includes(secret))).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    "is known to the doctor, which connects as Nix does, and trusts only the host keys of the ConfigMap",
    async () => {
      const examine = async () => {
        const runner = createRunner(machine, { isUnprivileged: true });
        const inputs = { ...pool.inputs(), strategy: "remote", "builder-timeout": "60" };
        const step = await runner.runStep({ action: "doctor", inputs });
        await runner.runStep({ state: step.state });
        return step;
      };
      const healthy = await examine();
      expect(healthy.log).toMatch(
        /builders-amd64-0\.builders\.reach:2222.*Nix \S+, x86_64-linux, 2 slots, \d+ GiB free, garbage collected/,
      );
      expect(healthy.log).toContain(`3 pods of ${image.repository}@${image.digest}`);
      pool.publishHostKeys(OTHER_KEY);
      const changed = await examine();
      pool.publishHostKeys(pool.hostKey);
      expect(changed.outputs).toMatchObject({ healthy: "false", "error-code": "BUILDER_HOST_KEY" });
      expect(changed.log).toContain("does not match the ConfigMap reach/builders-host-keys");
      pool.publishHostKeys("");
      const missing = await examine();
      pool.publishHostKeys(pool.hostKey);
      expect(missing.outputs).toMatchObject({ healthy: "false", "error-code": "BUILDER_HOST_KEY" });
      expect(missing.log).toContain("the ConfigMap reach/builders-host-keys has no host key of the pod");
    },
    LIMIT_MS,
  );

  it(
    "builds for the plain nix of later steps after the setup action, for any user",
    async () => {
      // Its daemon trusts the user whose job has installed it.
      const own = makeTemporaryFolder("setup");
      const runner = createRunner(own, { isUnprivileged: true });
      const inputs = { ...COMMON, ...pool.inputs(), "builder-timeout": "60" };
      const step = await runner.runStep({ action: "setup", inputs });
      if (step.exitCode !== 0) throw new Error(step.log);
      const build = ["build", "--no-link", "--print-out-paths", "--max-jobs", "0"];
      const later = { machine: own, isUnprivileged: true };
      const built = runNix(step, later, ...build, `path:${createGraph(3)}#sum`);
      expect(readFileSync(join(own, built.trim()), "utf8")).toBe("0\n1\n2\n");
      await runner.runStep({ action: "setup", state: step.state });
    },
    LIMIT_MS,
  );

  it(
    "is reached with a client certificate through the proxy of the kubeconfig",
    async () => {
      const proxy = await startProxy();
      pool.kube("create", "rolebinding", "certificate", "--role=builders-use", "--user=certificate");
      const { cert, key } = signCertificate("/CN=certificate");
      const [certificate, privateKey] = [cert, key].map((pem) => Buffer.from(pem).toString("base64"));
      const user = { "client-certificate-data": certificate, "client-key-data": privateKey };
      const runner = createRunner(machine);
      const step = await runner.runStep({
        action: "doctor",
        inputs: {
          ...pool.inputs(),
          kubeconfig: renderKubeconfig(user, { "proxy-url": proxy.url }),
          "builder-timeout": "60",
        },
      });
      await runner.runStep({ state: step.state });
      await proxy.stop();
      pool.kube("delete", "rolebinding", "certificate");
      expect(step.log).toContain(`3 pods of ${image.repository}@${image.digest}`);
      expect(step.outputs).toMatchObject({ healthy: "true" });
      expect(new Set(proxy.requests)).toEqual(new Set(["CONNECT 127.0.0.1:6443"]));
      // Of each pod, the connection of the action and that of the system's ssh; and the list of pods.
      expect(proxy.requests.length).toBeGreaterThan(2 * PODS.length);
      expect(findFiles(runner.folder, [key.split("\n")[1] ?? ""])).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    "is reached directly by a runner in the cluster, which asks the API server through its own proxy",
    async () => {
      const proxy = await startProxy();
      const account = makeTemporaryFolder("account");
      writeFileSync(join(account, "token"), pool.kube("create", "token", "builders-ci").trim());
      writeFileSync(join(account, "ca.crt"), readAuthority());
      const runner = createRunner(machine);
      const folder = "/run/secrets/kubernetes.io/serviceaccount";
      const step = await runner.runStep({
        action: "doctor",
        inputs: {
          ...{ ...pool.inputs(), kubeconfig: "in-cluster", "builder-timeout": "60" },
          // The doctor asks substituters through the proxy as well.
          "extra-conf": "substituters =",
        },
        prelude: `mount -t tmpfs tmpfs /run; mkdir -p ${folder}; cp ${account}/* ${folder}`,
        env: {
          KUBERNETES_SERVICE_HOST: "127.0.0.1",
          KUBERNETES_SERVICE_PORT: "6443",
          HTTPS_PROXY: proxy.url,
        },
      });
      const [file = ""] = globSync(join(runner.temp, "**/kubernetes.json"));
      const { pods } = JSON.parse(readFileSync(file, "utf8")) as { pods: Record<string, { ip?: string }> };
      await runner.runStep({ state: step.state });
      await proxy.stop();
      expect(step.log).toContain(`3 pods of ${image.repository}@${image.digest}`);
      expect(step.outputs).toMatchObject({ healthy: "true" });
      expect(Object.values(pods).map(({ ip = "" }) => ip)).toEqual(
        PODS.map(() => expect.stringMatching(/^10\.244\.0\.\d+$/) as unknown),
      );
      expect(new Set(proxy.requests)).toEqual(new Set(["CONNECT 127.0.0.1:6443"]));
    },
    LIMIT_MS,
  );

  it(
    "ends a build with one clear error when it is scaled to zero",
    async () => {
      const { result, child } = createRunner(machine).startStep({
        inputs: { ...job(createGraph(2, 600)), ...pool.inputs() },
      });
      while (child.exitCode === null && !PODS.some(pool.isBuilding)) await sleep(200);
      pool.kube("scale", "statefulset", "builders-amd64", "--replicas=0");
      const step = await result;
      expect(step.outputs["error-code"]).toBe("BUILDER_UNREACHABLE");
      expect(step.log).toContain("no builder for x86_64-linux is left");
      pool.kube("scale", "statefulset", "builders-amd64", "--replicas=3");
    },
    LIMIT_MS,
  );
});
