import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename, join } from "node:path";

import type { UsablePool } from "./use-pool.js";

interface Process {
  readonly pid: number;
  readonly args: readonly string[];
}

/** The first process that meets a condition. */
function findProcess(isWanted: (found: Process) => boolean): Process {
  for (const name of readdirSync("/proc").filter((entry) => /^[0-9]+$/.test(entry))) {
    try {
      const args = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0").slice(0, -1);
      const found = { pid: Number(name), args };
      if (isWanted(found)) return found;
    } catch {
      // The process has ended.
    }
  }
  throw new Error("there is no such process");
}

/** The API server of the suite's cluster. Other tests start clusters in networks of their own. */
export function findApiServer(): Process {
  const readNetwork = (pid: number | "self") => readlinkSync(`/proc/${pid}/ns/net`);
  return findProcess(({ pid, args }) => args[1] === "apiserver" && readNetwork(pid) === readNetwork("self"));
}

/** The arguments of nsenter for a command that sees the files of the cluster. */
export function enterCluster(): readonly string[] {
  return ["--target", String(findApiServer().pid), "--mount", "--wdns=/run/cluster"];
}

/** Kills the first process of a pod's container, and so all of them. */
export function killContainer({ kube }: UsablePool, pod: string): void {
  const uid = kube("get", "pod", pod, "--output=jsonpath={.metadata.uid}");
  const container = findProcess(
    ({ pid, args }) =>
      args.at(-1) === "serve" &&
      readFileSync(`/proc/${pid}/cgroup`, "utf8").includes(`pod${uid}`) &&
      /^NSpid:.*\t1$/m.test(readFileSync(`/proc/${pid}/status`, "utf8")),
  );
  process.kill(container.pid, "SIGKILL");
}

/** The folder of a claim's volume, as the cluster calls it. */
function findVolume({ kube }: UsablePool, claim: string): string {
  const name = kube("get", "persistentvolumeclaim", claim, "--output=jsonpath={.spec.volumeName}");
  return kube("get", "persistentvolume", name, "--output=jsonpath={.spec.local.path}");
}

/** The MiB that a claim's volume has in it. */
export function measureVolume(pool: UsablePool, claim: string): number {
  const folder = join(process.env["TMPDIR"] ?? "", "kube/volumes", basename(findVolume(pool, claim)));
  return parseInt(execFileSync("du", ["-sm", folder], { encoding: "utf8" }));
}

/**
 * Puts an empty file system in memory in the place of a claim's volume, for pods that start later. The
 * function that it returns sets its size.
 */
export function limitVolume(pool: UsablePool, claim: string): (sizeMiB: number) => void {
  const folder = findVolume(pool, claim);
  const mount = (...args: string[]) => execFileSync("nsenter", [...enterCluster(), "mount", ...args, folder]);
  mount("-t", "tmpfs", "-o", "mode=777", "tmpfs");
  return (sizeMiB) => mount("-o", `remount,size=${Math.ceil(sizeMiB)}m`);
}
