import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, readReport } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import type { Service } from "../testbed.js";
import { createNamespace, helm, kubectl } from "./cluster.js";
import { type Registry, startImageRegistry } from "./pool-image.js";

const LIMIT_MS = 300_000;
const machine = makeTemporaryFolder("pool");
const services: Service[] = [];
let image: { repository: string; digest: string };
let registry: Registry;

beforeAll(async () => {
  const { registry: started, ...built } = await startImageRegistry(machine);
  registry = started;
  services.push(registry);
  image = built;
}, LIMIT_MS);
afterAll(async () => {
  for (const service of services.splice(0).toReversed()) await service.stop();
  removeTemporaryFolders();
});

/** A flake of four derivations that are built at the same time, and one that needs them. */
function createFlake(): string {
  const folder = makeTemporaryFolder("flake");
  writeFileSync(
    join(folder, "flake.nix"),
    `{
      outputs = { self }: {
        packages.x86_64-linux.sum =
          let
            run = name: inputs: derivation {
              inherit name inputs;
              system = "x86_64-linux";
              salt = "${folder}";
              builder = "/bin/sh";
              args = [ "-euc" "{ [ -z \\"$inputs\\" ] || cat $inputs; echo $name; } > $out" ];
              PATH = "/bin";
            };
          in
          run "sum" (map (n: run "part-\${toString n}" [ ]) [ 1 2 3 4 ]);
      };
    }`,
  );
  return folder;
}

/** The command that builds a derivation on the machine where it runs. */
function renderBuild(name: string, script: string): string {
  const derivation = `derivation {
    name = "${name}"; system = "x86_64-linux"; builder = "/bin/sh"; PATH = "/bin"; salt = "${randomUUID()}";
    args = [ "-euc" ''${script}\nexit'' ]; }`;
  return `nix-build --no-out-link --expr '${derivation.replaceAll("'", "'\\''")}'`;
}

/** Makes the Secrets of a pool. Returns the folder with its keys. */
function createKeys(namespace: string): string {
  const folder = makeTemporaryFolder("keys");
  for (const name of ["client", "host"])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(folder, name)]);
  const create = (...args: string[]) => kubectl(["--namespace", namespace, "create", "secret", ...args]);
  create(
    ...["generic", "cross-build-keys", `--from-file=authorized_keys=${folder}/client.pub`],
    `--from-file=ssh_host_ed25519_key=${folder}/host`,
  );
  create(
    ...["docker-registry", "registry", `--docker-server=${registry.host}`],
    ...[`--docker-username=${registry.username}`, `--docker-password=${registry.password}`],
  );
  return folder;
}

/** Forwards a port on loopback to a pod, as docs/kubernetes.md does. */
async function forward(namespace: string, pod: string): Promise<number> {
  const args = ["kubectl", "--namespace", namespace, "port-forward", `pod/${pod}`, ":2222"];
  const child = spawn(".testbed/kubernetes/kube", args, { stdio: ["ignore", "pipe", "inherit"] });
  services.push({
    stop: async () => {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  });
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  return Number(/127\.0\.0\.1:(\d+)/.exec(said.toString())?.[1]);
}

describe.each([
  ["restricted", "restricted", "false"],
  ["privileged", "privileged", "true"],
] as const)("a pool of the tier %s", (isolation, level, sandbox) => {
  const namespace = `pool-${isolation}`;
  const pods = ["builders-amd64-0", "builders-amd64-1"];
  const ports: number[] = [];
  let keys: string;

  const kube = (...args: string[]) => kubectl(["--namespace", namespace, ...args]);
  /** Installs the chart, or upgrades it to other values, and waits until all pods are ready. */
  const install = (...values: string[]) =>
    helm(
      ["upgrade", "--install", "builders", "deploy/chart", "--namespace", namespace, "--values", "-"].concat(
        ["--wait", "--timeout", "4m"],
        values.flatMap((value) => ["--set", value]),
      ),
      {
        input: JSON.stringify({
          image: { ...image, pullSecrets: [{ name: "registry" }] },
          isolation,
          resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: 4, memory: "512Mi" } },
          store: { size: "1Gi", minFree: "1M", maxFree: "2M" },
          nixConf: "substituters =",
          // Longer than any wait below, so that a pod that does not end by itself fails its test.
          drainSeconds: 600,
        }),
      },
    );
  /** The command line of ssh to a pod. It trusts only the host key of the Secret. */
  const sshTo = (index: number, command: string): string[] => {
    const port = String(ports[index]);
    const knownHosts = join(keys, `known_hosts-${port}`);
    writeFileSync(knownHosts, describeHost(port));
    const options = ["BatchMode=yes", "StrictHostKeyChecking=yes", `UserKnownHostsFile=${knownHosts}`];
    return [
      ...["-F", "none", "-i", join(keys, "client"), "-p", port, "nix@127.0.0.1"],
      ...options.flatMap((option) => ["-o", option]),
      command,
    ];
  };
  const ssh = (index: number, command: string): string =>
    execFileSync("ssh", sshTo(index, command), { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const start = async (index: number, command: string) => {
    const child = spawn("ssh", sshTo(index, command), { stdio: ["ignore", "pipe", "pipe"] });
    const ended = once(child, "close") as Promise<[number | null]>;
    const [output, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { status: (await ended)[0], output, error };
  };
  const describeHost = (port: number | string) => {
    const [type = "", key = ""] = readFileSync(join(keys, "host.pub"), "utf8").trim().split(" ");
    return `[127.0.0.1]:${port} ${type} ${key}`;
  };
  const connectAll = async () => {
    ports.length = 0;
    for (const pod of pods) ports.push(await forward(namespace, pod));
  };

  beforeAll(async () => {
    createNamespace(namespace, level);
    keys = createKeys(namespace);
    install();
    await connectAll();
  }, LIMIT_MS);

  it(
    "builds for a job of the action, on both pods",
    async () => {
      const step = await createRunner(machine).runStep({
        inputs: {
          ...COMMON,
          installables: `path:${createFlake()}#sum`,
          strategy: "remote",
          builders: ports.map((port) => `ssh-ng://nix@127.0.0.1:${port} x86_64-linux`).join("\n"),
          "ssh-private-key": readFileSync(join(keys, "client"), "utf8"),
          "ssh-known-hosts": ports.map(describeHost).join("\n"),
        },
      });
      if (step.exitCode !== 0) throw new Error(step.log);
      const report = readReport(step);
      expect(report.builds).toHaveLength(5);
      expect(new Set(report.builds.map(({ place }) => place)).size).toBe(2);
      expect(report).toMatchObject({ attempts: [{ outcome: "built" }] });
      expect(readFileSync(join(machine, report.storePaths[0] ?? ""), "utf8")).toBe(
        "part-1\npart-2\npart-3\npart-4\nsum\n",
      );
      expect(ssh(0, "nix config show sandbox").trim()).toBe(sandbox);
      expect(kube("logs", "builders-amd64-0").includes("warning: builds run without a sandbox")).toBe(
        sandbox === "false",
      );
    },
    LIMIT_MS,
  );

  it(
    "finishes a running build when its pod is deleted, and keeps its store",
    async () => {
      // As the action asks every builder.
      const isDraining = "if [ -e /run/cross-build/draining ]; then echo draining; fi";
      const build = start(0, renderBuild("slow", "sleep 8; echo > $out"));
      while (ssh(0, "echo /nix/var/nix/builds/*") === "/nix/var/nix/builds/*\n") await sleep(200);
      kube("delete", "pod", "builders-amd64-0", "--wait=false");
      while (ssh(0, isDraining) !== "draining\n") await sleep(200);
      const { status, output } = await build;
      expect({ status, output }).toEqual({
        status: 0,
        output: expect.stringMatching(/^\/nix\/store\/\S+-slow\n$/),
      });
      kube("wait", "--for=delete", "pod/builders-amd64-0", "--timeout=150s");
      kube("wait", "--for=condition=Ready", "pod/builders-amd64-0", "--timeout=120s");
      await connectAll();
      expect(ssh(0, `nix-store --check-validity ${output.trim()} && ${isDraining}`)).toBe("");
    },
    LIMIT_MS,
  );

  it(
    "says in its log that memory ran out, and goes on",
    async () => {
      const { status, error } = await start(
        1,
        renderBuild("large", "x=$(head -c 700000000 /dev/zero | tr '\\0' x)"),
      );
      expect({ status, error }).toEqual({ status: 1, error: expect.stringContaining("signal 9") });
      await sleep(3_000);
      expect(kube("logs", "builders-amd64-1")).toContain(
        "builder: out of memory: the kernel killed a build.",
      );
      expect(
        kube("get", "pods", "--output=jsonpath={.items[*].status.containerStatuses[0].restartCount}"),
      ).toBe("0 0");
      expect(ssh(1, "nix store info && echo answers")).toBe("answers\n");
    },
    LIMIT_MS,
  );

  it(
    "keeps its keys over an upgrade, and collects only what no build needs when its disk is full",
    async () => {
      const garbage = ssh(0, "echo garbage > /tmp/garbage && nix-store --add /tmp/garbage").trim();
      install("store.minFree=1000T", "store.maxFree=1000T");
      await connectAll();
      expect(ssh(0, "nix config show max-free").trim()).toBe(String(1000 * 2 ** 40));
      const need = `(derivation {
        name = "need"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo need > $out" ]; })`;
      const { status, output, error } = await start(
        0,
        renderBuild("user", `sleep 3; read -r line < \${${need}}; echo $line > $out`),
      );
      expect({ status, error }).toMatchObject({ status: 0 });
      expect(ssh(0, `cat ${output.trim()}; [ -e ${garbage} ] || echo collected`)).toBe("need\ncollected\n");
      // The image's own programs are still there, in a pod that starts anew.
      expect(ssh(0, "nix-store --verify-path $(readlink -f /bin/nix | cut -d/ -f1-4)")).toBe("");
    },
    LIMIT_MS,
  );

  it(
    "leaves its keys and its volumes when it is uninstalled",
    () => {
      helm(["uninstall", "builders", "--namespace", namespace, "--wait", "--timeout", "2m"]);
      kube("wait", "--for=delete", "pod", "--all", "--timeout=60s");
      const kinds = "all,configmaps,secrets,persistentvolumeclaims,networkpolicies,poddisruptionbudgets";
      expect(kube("get", kinds, "--output=name").trim().split("\n").sort()).toEqual([
        "configmap/kube-root-ca.crt",
        "persistentvolumeclaim/nix-builders-amd64-0",
        "persistentvolumeclaim/nix-builders-amd64-1",
        "secret/cross-build-keys",
        "secret/registry",
      ]);
    },
    LIMIT_MS,
  );
});
