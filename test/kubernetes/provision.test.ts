import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import type { Service } from "../testbed.js";
import { createNamespace, helm, kubectl } from "./cluster.js";
import { buildOnPod } from "./pod-build.js";
import { startImageRegistry } from "./pool-image.js";

const LIMIT_MS = 300_000;
const CLI = resolve("dist/cli/index.js");
const machine = makeTemporaryFolder("provision");
const access = join(machine, "access");
const services: Service[] = [];
let image: string;

/** What every pool here needs: small pods, and the credentials of the registry. */
let pool: readonly string[];

beforeAll(async () => {
  const { registry, repository, digest } = await startImageRegistry(machine);
  services.push(registry);
  image = `${repository}@${digest}`;
  const auth = Buffer.from(`${registry.username}:${registry.password}`).toString("base64");
  const config = join(machine, "docker-config.json");
  writeFileSync(
    config,
    JSON.stringify({ auths: { [registry.host]: { auth }, "other.example": { auth: "eA==" } } }),
  );
  pool = [
    "--image",
    image,
    "--pull-config",
    config,
    "--requests",
    "cpu=50m,memory=64Mi",
    "--limits",
    "memory=512Mi",
  ];
}, LIMIT_MS);
afterAll(async () => {
  for (const service of services.splice(0)) await service.stop();
  removeTemporaryFolders();
});

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `cross-build provision kubernetes` for a namespace. */
async function provision(namespace: string, args: readonly string[], path = ""): Promise<Outcome> {
  const child = spawn(
    process.execPath,
    [CLI, "provision", "kubernetes", "--namespace", namespace, "--output", access, ...args],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PATH: `${path}${delimiter}${process.env["PATH"] ?? ""}`, TMPDIR: machine },
    },
  );
  const ended = once(child, "close") as Promise<[number | null]>;
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: (await ended)[0], stdout, stderr };
}

async function succeed(namespace: string, ...args: readonly string[]): Promise<Outcome> {
  const outcome = await provision(namespace, args);
  if (outcome.status !== 0) throw new Error(outcome.stderr);
  return outcome;
}

function readPods(namespace: string, path: string): string {
  return kubectl(["--namespace", namespace, "get", "pods", `--output=jsonpath={.items[*]${path}}`]);
}

/** All that a pool may leave in a namespace, and what Kubernetes itself puts there. */
function listLeft(namespace: string): string[] {
  const kinds =
    "all,configmaps,secrets,serviceaccounts,roles,rolebindings,persistentvolumeclaims,networkpolicies," +
    "poddisruptionbudgets";
  const names = kubectl(["--namespace", namespace, "get", kinds, "--output=name"]).trim().split("\n");
  return names
    .filter((name) => !["configmap/kube-root-ca.crt", "serviceaccount/default"].includes(name))
    .sort();
}

describe("cross-build provision kubernetes", () => {
  const namespace = "provisioned";
  const volumes = [
    "persistentvolumeclaim/nix-builders-amd64-0",
    "persistentvolumeclaim/nix-builders-amd64-1",
  ];
  const readKey = () => readFileSync(join(access, "ssh-private-key"), "utf8");

  it(
    "says in a dry run what it would make, and makes nothing",
    async () => {
      const { stdout } = await succeed(namespace, ...pool, "--dry-run");
      expect(stdout.split("\n")).toEqual(
        expect.arrayContaining([
          "create Namespace provisioned",
          "create Secret provisioned/cross-build-keys",
          "create Role provisioned/builders-use",
          "create StatefulSet provisioned/builders-amd64",
        ]),
      );
      expect(kubectl(["get", "namespaces", "--output=name"])).not.toContain(namespace);
    },
    LIMIT_MS,
  );

  it(
    "makes a pool on whose pods builds run, and prints what a workflow needs",
    async () => {
      const { stdout, stderr } = await succeed(namespace, ...pool);
      expect(stderr).toContain("a build has run on builders-amd64-0, builders-amd64-1");
      expect(stdout).toContain("  kubernetes-pool: provisioned/builders\n");
      expect(stdout).toContain(`gh secret set CROSS_BUILD_KUBECONFIG < ${access}/kubeconfig\n`);
      expect(`${stdout}${stderr}`).not.toContain("PRIVATE KEY");
      for (const name of ["kubeconfig", "ssh-private-key"])
        expect(statSync(join(access, name)).mode & 0o777).toBe(0o600);
      const level = kubectl(["get", "namespace", namespace, "--output=jsonpath={.metadata.labels}"]);
      expect(JSON.parse(level)).toMatchObject({ "pod-security.kubernetes.io/enforce": "restricted" });
      // Only the credentials of the image's registry.
      const secret = kubectl([
        "--namespace",
        namespace,
        "get",
        "secret",
        "cross-build-pull",
        "--output=json",
      ]);
      const { data } = JSON.parse(secret) as { data: Record<string, string> };
      expect(Buffer.from(data[".dockerconfigjson"] ?? "", "base64").toString()).not.toContain(
        "other.example",
      );
    },
    LIMIT_MS,
  );

  it(
    "gives jobs the rights to use the pool, and no others",
    () => {
      const can = (...args: readonly string[]): string => {
        try {
          const given = ["--kubeconfig", join(access, "kubeconfig"), "auth", "can-i", ...args];
          return kubectl(given).trim();
        } catch (error) {
          return String((error as { stdout?: unknown }).stdout).trim();
        }
      };
      for (const args of [
        ["list", "pods"],
        ["get", "pods", "--subresource=portforward"],
        ["create", "pods", "--subresource=portforward"],
        ["get", "configmap/builders-host-keys"],
      ])
        expect([...args, can(...args)]).toEqual([...args, "yes"]);
      for (const args of [
        ["get", "secrets"],
        ["create", "pods", "--subresource=exec"],
        ["delete", "pods"],
        ["list", "configmaps"],
        ["update", "configmap/builders-host-keys"],
      ])
        expect([...args, can(...args)]).toEqual([...args, "no"]);
    },
    LIMIT_MS,
  );

  it(
    "changes nothing when it runs again, but renews the token",
    async () => {
      const before = [readPods(namespace, ".metadata.uid"), readKey()];
      const token = readFileSync(join(access, "kubeconfig"), "utf8");
      const { stdout } = await succeed(namespace, ...pool, "--dry-run");
      expect(stdout.replaceAll(/^keep .*\n/gm, "")).toBe("");
      const { stderr } = await succeed(namespace, ...pool);
      expect(stderr).not.toMatch(/^(?:created|changed)/m);
      expect([readPods(namespace, ".metadata.uid"), readKey()]).toEqual(before);
      expect(readFileSync(join(access, "kubeconfig"), "utf8")).not.toBe(token);
    },
    LIMIT_MS,
  );

  it(
    "rotates the keys of a pool that builds, and retires the earlier ones later",
    async () => {
      const earlier = readKey();
      const running = buildOnPod(namespace, "builders-amd64-1", earlier, "sleep 15; echo > $out");
      const listBuilds = ["exec", "builders-amd64-1", "--", "bash", "-c", "echo /nix/var/nix/builds/*"];
      while (kubectl(["--namespace", namespace, ...listBuilds]).includes("*")) await sleep(200);
      await succeed(namespace, ...pool, "--rotate-keys");
      expect(await running).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/^\/nix\/store\/\S+-slow\n$/),
      });
      expect(readKey()).not.toBe(earlier);
      // A job that has begun before goes on.
      const quick = "echo > $out";
      expect(await buildOnPod(namespace, "builders-amd64-0", earlier, quick)).toMatchObject({ status: 0 });
      await succeed(namespace, ...pool, "--retire-keys");
      expect(await buildOnPod(namespace, "builders-amd64-0", readKey(), quick)).toMatchObject({ status: 0 });
      // The kubelet brings the changed Secret into the pods within two minutes.
      let refused: Outcome;
      do {
        await sleep(2_000);
        refused = await buildOnPod(namespace, "builders-amd64-0", earlier, quick);
      } while (refused.status === 0);
      expect(refused).toMatchObject({ status: 255, stderr: expect.stringContaining("Permission denied") });
    },
    LIMIT_MS,
  );

  it(
    "says which image cannot be pulled, leaves the other pods alone, and recovers",
    async () => {
      const missing = `${image.slice(0, image.indexOf("@"))}@sha256:${"0".repeat(64)}`;
      const { status, stderr } = await provision(namespace, pool.with(pool.indexOf(image), missing));
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: expect.stringMatching(
          /BUILDER_UNFIT: the pod \S+\/builders-amd64-1 cannot start: .*ImagePullBackOff.*\n.*--pull-config/,
        ),
      });
      expect(readPods(namespace, ".status.containerStatuses[0].ready")).toContain("true");
      await succeed(namespace, ...pool);
      expect(readPods(namespace, ".status.containerStatuses[0].ready")).toBe("true true");
    },
    LIMIT_MS,
  );

  it(
    "gives GitHub the secrets and the variable, by gh",
    async () => {
      const bin = join(machine, "bin");
      const calls = join(machine, "gh");
      mkdirSync(bin);
      mkdirSync(calls);
      // GitHub's own service does not run here.
      writeFileSync(
        join(bin, "gh"),
        `#!/bin/sh\necho "$@" >> ${calls}/arguments\n[ "$2" = list ] || cat > ${calls}/"$3"\n`,
      );
      chmodSync(join(bin, "gh"), 0o755);
      const { status, stdout } = await provision(namespace, [...pool, "--github", "me/web"], bin);
      expect(status).toBe(0);
      expect(stdout).toContain("kubernetes-pool: ${{ vars.CROSS_BUILD_KUBERNETES_POOL }}");
      expect(readFileSync(join(calls, "arguments"), "utf8")).toBe(
        "secret list --repo me/web\n" +
          "secret set CROSS_BUILD_KUBECONFIG --repo me/web\n" +
          "secret set CROSS_BUILD_SSH_PRIVATE_KEY --repo me/web\n" +
          "variable set CROSS_BUILD_KUBERNETES_POOL --body provisioned/builders --repo me/web\n",
      );
      expect(readFileSync(join(calls, "CROSS_BUILD_SSH_PRIVATE_KEY"), "utf8")).toBe(readKey());
      expect(readFileSync(join(calls, "CROSS_BUILD_KUBECONFIG"), "utf8")).toContain(
        '"namespace": "provisioned"',
      );
    },
    LIMIT_MS,
  );

  it(
    "leaves the volumes when the pool is deleted, takes them again, and leaves nothing with --delete-data",
    async () => {
      await succeed(namespace, "--delete");
      expect(listLeft(namespace)).toEqual(volumes);
      await succeed(namespace, ...pool, "--replicas", "1");
      await succeed(namespace, "--delete-data");
      expect(kubectl(["get", "namespaces", "--output=name"])).not.toContain(namespace);
      expect((await succeed(namespace, "--delete")).stderr).not.toContain("deleted");
    },
    LIMIT_MS,
  );

  it.each([
    [
      "with another workload",
      [],
      (name: string) =>
        kubectl([
          "--namespace",
          name,
          "create",
          "deployment",
          "web",
          "--image",
          "localhost/pause:1",
          "--replicas=0",
        ]),
      /has other workloads: Deployment \S+\/web/,
    ],
    [
      "with a pool of Helm",
      [],
      (name: string) =>
        helm(
          ["install", "builders", "deploy/chart", "--namespace", name, "--set", "replicas.amd64=0"].concat([
            "--set",
            `image.digest=sha256:${"a".repeat(64)}`,
          ]),
        ),
      /StatefulSet \S+\/builders-amd64 was made by Helm/,
    ],
    [
      "that admits no privileged pods",
      ["--isolation", "privileged"],
      () => "",
      /enforces the Pod Security level restricted, which does not admit the pods of the isolation privileged/,
    ],
  ])(
    "refuses a namespace %s, and changes nothing there",
    async (what, args, prepare, message) => {
      const other = what.replaceAll(" ", "-").toLowerCase();
      createNamespace(other, "restricted");
      prepare(other);
      const before = listLeft(other);
      const { status, stderr } = await provision(other, [...pool, ...args]);
      expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(message) });
      expect(listLeft(other)).toEqual(before);
    },
    LIMIT_MS,
  );
});
