import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { renderProxyCommand, writeProxyFile } from "../src/kubernetes/proxy-command.js";
import { startImageRegistry } from "../test/kubernetes/pool-image.js";
import { createPool, readAuthority, type UsablePool } from "../test/kubernetes/use-pool.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../test/runner.js";
import { createGraph, readNixRelease, type Service } from "../test/testbed.js";
import { measureScenarios, type Scenarios, type Subject } from "./measure.js";
import { createMachine, measureAction, readTimes, timed, TIME_FORMAT } from "./subjects.js";

/**
 * Compares what the action does through the API server of a cluster with direct ssh to the same pods, and
 * with `kubectl port-forward`. The cluster is that of the tests (script/testbed/kube); all of it, the pods
 * and the client share one machine.
 */

const NAMESPACE = "bench";
const PODS = ["builders-amd64-0", "builders-amd64-1"] as const;
const PORT = 2222;
/** How often `kube-ssh-true` connects in one run: one connection is too short for GNU time. */
const CONNECTIONS = 10;
const COPIED_BYTES = 300e6;

const bed = makeTemporaryFolder("bench");
const machine = join(bed, "machine");
const services: Service[] = [];

/** How ssh reaches a pod, as lines of an ssh configuration. */
type Route = readonly string[];

const directly = (ip: string): Route => [`HostName ${ip}`, `Port ${PORT}`];

/** As the action writes it, with the bundle as the proxy command. */
async function throughApi(pool: UsablePool, pod: string): Promise<Route> {
  const file = join(bed, "kubernetes.json");
  await writeProxyFile(file, {
    access: {
      server: "https://127.0.0.1:6443",
      ca: readAuthority(),
      proxies: {},
      credential: { token: pool.kube("create", "token", "builders-ci").trim() },
    },
    pods: { pod: { namespace: NAMESPACE, pod, port: PORT } },
  });
  return [`ProxyCommand ${renderProxyCommand([process.execPath, resolve("dist/index.js")], file)}`];
}

/** Through a `kubectl port-forward` that runs already. */
async function throughKubectl(pod: string): Promise<Route> {
  const args = ["kubectl", "--namespace", NAMESPACE, "port-forward", `pod/${pod}`, `:${PORT}`];
  const child = spawn(".testbed/kubernetes/kube", args, { stdio: ["ignore", "pipe", "inherit"] });
  services.push({
    stop: async () => {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  });
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  return ["HostName 127.0.0.1", `Port ${/127\.0\.0\.1:(\d+)/.exec(said.toString())?.[1] ?? ""}`];
}

/** A shell script that runs `ssh pod`, measured with all its processes. */
function runSsh(name: string, route: Route, { clientKey, hostKey }: UsablePool, script: string): Subject {
  const folder = makeTemporaryFolder("ssh");
  const [key, knownHosts, config] = ["key", "known_hosts", "config"].map((file) => join(folder, file)) as [
    string,
    string,
    string,
  ];
  writeFileSync(key, clientKey, { mode: 0o600 });
  writeFileSync(knownHosts, `pod ${hostKey}\n`);
  const settings = [
    ...["User nix", `IdentityFile ${key}`, "IdentitiesOnly yes", "HostKeyAlias pod", "BatchMode yes"],
    ...[`UserKnownHostsFile ${knownHosts}`, "StrictHostKeyChecking yes", ...route],
  ];
  writeFileSync(config, ["Host pod", ...settings.map((setting) => `  ${setting}`), ""].join("\n"));
  const times = join(folder, "times");
  return {
    name,
    run: async () => {
      const [command, ...args] = [...timed(times), "bash", "-euo", "pipefail", "-c", script];
      const child = spawn(command, args, {
        stdio: ["ignore", "ignore", "inherit"],
        env: { ...process.env, ...TIME_FORMAT, CONFIG: config },
      });
      await once(child, "close");
      if (child.exitCode !== 0) throw new Error(`${name}: ${script} exited with ${String(child.exitCode)}`);
      return { ...readTimes(times), bytes: 0 };
    },
  };
}

/** Runs the action on a new copy of the graph of 40 derivations. */
function runGraph(name: string, inputs: Readonly<Record<string, string>>): Subject {
  return {
    name,
    run: async () => {
      const copy = makeTemporaryFolder("graph");
      const { report, ...measurement } = await measureAction(machine, ["build"], {
        installables: `${createGraph(join(copy, "graph"))}#graph`,
        strategy: "remote",
        "builder-timeout": "60",
        "nix-version": readNixRelease()["nix-version"],
        ...inputs,
      });
      rmSync(copy, { recursive: true });
      const usable = report.builders.filter(({ state }) => state !== "dropped").length;
      const modes = report.attempts.map(({ mode }) => mode).join(", ");
      return { ...measurement, bytes: 0, note: `${modes}; ${usable} usable` };
    },
  };
}

/** The route through the API server is first, and its peer second. */
function listScenarios(pool: UsablePool): Scenarios {
  const ips = PODS.map((pod) => pool.kube("get", "pod", pod, "--output=jsonpath={.status.podIP}"));
  const [pod] = PODS;
  const [ip = ""] = ips;
  const connect = `for _ in {1..${CONNECTIONS}}; do ssh -F $CONFIG pod true; done`;
  const zeros = `head -c ${COPIED_BYTES} /dev/zero`;
  const copy = `${zeros} | ssh -F $CONFIG pod 'cat > /dev/null'; ssh -F $CONFIG pod '${zeros}' > /dev/null`;
  return [
    [
      "kube-ssh-true",
      async () => ({
        goal: 1.15,
        subjects: [
          runSsh("cross-build", await throughApi(pool, pod), pool, connect),
          runSsh("direct ssh", directly(ip), pool, connect),
          runSsh("kubectl port-forward", await throughKubectl(pod), pool, connect),
        ],
      }),
    ],
    [
      "kube-graph-40",
      () =>
        Promise.resolve({
          goal: 1.15,
          subjects: [
            runGraph("cross-build", pool.inputs()),
            runGraph("cross-build, direct ssh", {
              builders: ips.map((each) => `ssh-ng://nix@${each}:${PORT} x86_64-linux - 2`).join("\n"),
              "ssh-private-key": pool.clientKey,
              "ssh-known-hosts": ips.map((each) => `[${each}]:${PORT} ${pool.hostKey}`).join("\n"),
            }),
          ],
        }),
    ],
    [
      "kube-copy-300mb",
      async () => ({
        goal: 1,
        subjects: [
          runSsh("cross-build", await throughApi(pool, pod), pool, copy),
          runSsh("kubectl port-forward", await throughKubectl(pod), pool, copy),
          runSsh("direct ssh", directly(ip), pool, copy),
        ],
      }),
    ],
  ];
}

async function main(): Promise<void> {
  createMachine(machine);
  const image = await startImageRegistry(join(bed, "image"));
  services.push(image.registry);
  const scenarios = listScenarios(createPool(NAMESPACE, image, "replicas.amd64=2"));
  await measureScenarios("kubernetes", scenarios);
}

try {
  await main();
} finally {
  for (const service of services.toReversed()) await service.stop();
  removeTemporaryFolders();
}
