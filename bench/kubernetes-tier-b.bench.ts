import { rmSync } from "node:fs";
import { join } from "node:path";

import { buildOnPod } from "../test/kubernetes/pod-build.js";
import { startImageRegistry } from "../test/kubernetes/pool-image.js";
import { createPool, type ImageRegistry, type UsablePool } from "../test/kubernetes/use-pool.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../test/runner.js";
import { createGraph, readNixRelease, type Service } from "../test/testbed.js";
import { measureScenario, renderTable, type Subject, writeResults } from "./measure.js";
import { createMachine, measureAction } from "./subjects.js";

/**
 * Builds on pods of each isolation, in a cluster whose containerd knows user namespaces. That is not Debian's
 * stable one, so that the tests do not run the tier `user-namespace`. Before it measures, it checks that
 * builds are in Nix's sandbox there, and that root of the pod has no rights on the node.
 */

const bed = makeTemporaryFolder("bench");
const machine = join(bed, "machine");
const services: Service[] = [];
const POD = "builders-amd64-0";

/** Runs a script as a build on a pod. Returns its output. */
async function build({ namespace, clientKey, kube }: UsablePool, script: string): Promise<string> {
  const { status, stdout, stderr } = await buildOnPod(namespace, POD, clientKey, `${script} > $out`);
  if (status !== 0) throw new Error(stderr);
  return kube("exec", POD, "--", "/bin/cat", stdout.trim());
}

/** Throws if the pod is not what docs/kubernetes.md says of the tier. */
async function check(pool: UsablePool): Promise<void> {
  const interfaces = await build(pool, "while read -r name _; do echo $name; done < /proc/net/dev");
  const isHostKeySeen = "if [ -e /run/ssh_host_ed25519_key ]; then echo yes; else echo no; fi";
  const seen = {
    // In Nix's sandbox there is only the loopback interface, and no file of the pod.
    interfaces: interfaces.split("\n").filter((line) => line.endsWith(":")),
    isHostKeySeen: (await build(pool, isHostKeySeen)).trim(),
    // The user of the node that root of the pod is.
    root: pool.kube("exec", POD, "--", "/bin/cat", "/proc/1/uid_map").trim().split(/\s+/)[1],
  };
  process.stderr.write(`${JSON.stringify(seen)}\n`);
  if (seen.interfaces.join(" ") !== "lo:" || seen.isHostKeySeen !== "no" || !(Number(seen.root) > 0))
    throw new Error("builds are not in Nix's sandbox and in a user namespace");
}

function runGraph(isolation: string, pool: UsablePool): Subject {
  return {
    name: isolation,
    run: async () => {
      const copy = makeTemporaryFolder("graph");
      const { report, ...measurement } = await measureAction(machine, ["build"], {
        installables: `${createGraph(join(copy, "graph"))}#graph`,
        strategy: "remote",
        "builder-timeout": "60",
        "nix-version": readNixRelease()["nix-version"],
        ...pool.inputs(),
      });
      rmSync(copy, { recursive: true });
      return { ...measurement, bytes: 0, note: report.attempts.map(({ mode }) => mode).join(", ") };
    },
  };
}

async function main(image: ImageRegistry): Promise<void> {
  const rounds = Number(process.env["ROUNDS"] ?? "5");
  const open = (isolation: string) =>
    createPool(`tier-${isolation}`, image, `isolation=${isolation}`, "replicas.amd64=2");
  const pool = open("user-namespace");
  await check(pool);
  const others = ["restricted", "privileged"].map((isolation) => runGraph(isolation, open(isolation)));
  const subjects = [runGraph("user-namespace", pool), ...others];
  const rows = await measureScenario({ name: "kube-tier-b", goal: 1.15, subjects }, rounds);
  const text = renderTable(rows);
  console.log(text);
  if (rounds >= 5) writeResults("kubernetes-tier-b", rows, text);
}

try {
  createMachine(machine);
  const image = await startImageRegistry(join(bed, "image"));
  services.push(image.registry);
  await main(image);
} finally {
  for (const service of services.toReversed()) await service.stop();
  removeTemporaryFolders();
}
