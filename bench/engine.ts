import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { Service } from "../test/testbed.js";

/** What processes have used since they started, with the children that they waited for. */
interface Use {
  readonly cpuMs: number;
  readonly peakKiB: number;
  readonly diskBytes: number;
}

/** A Docker engine of its own. It has no images. */
export interface Engine extends Service {
  /** For DOCKER_HOST. */
  readonly address: string;
  /** The use of dockerd and containerd. The peak is that of the larger one. */
  readonly readUse: () => Use;
}

const START_ATTEMPTS = 600;
/** The kernel's unit of CPU time, 1/100 s, is the same on every CPU. */
const TICK_MS = 10;

/**
 * Starts an engine with its data in `folder`, which is removed when it stops. The path must be short: the
 * kernel limits those of sockets to 107 bytes.
 */
export async function startEngine(folder: string): Promise<Engine> {
  mkdirSync(folder, { recursive: true });
  const address = `unix://${join(folder, "docker.sock")}`;
  const child = spawn("script/testbed/docker", ["run", folder], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (text: Buffer) => {
    said = (said + text.toString()).slice(-2000);
  });
  const isAnswering = () => spawnSync("docker", ["--host", address, "version"]).status === 0;
  for (let i = 0; !isAnswering(); i++) {
    if (i > START_ATTEMPTS || child.exitCode !== null) {
      child.kill("SIGKILL");
      throw new Error(`dockerd does not start: ${said}`);
    }
    await sleep(100);
  }
  return {
    address,
    readUse: () => readUse(child.pid ?? 0),
    stop: async () => {
      child.kill();
      if (child.exitCode === null) await once(child, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function readUse(pid: number): Use {
  const uses = listTree(pid).map(readOwnUse);
  return {
    cpuMs: uses.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    peakKiB: Math.max(...uses.map(({ peakKiB }) => peakKiB)),
    diskBytes: uses.reduce((sum, { diskBytes }) => sum + diskBytes, 0),
  };
}

/** A process and its descendants. */
function listTree(root: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const pid of readdirSync("/proc").map(Number).filter(Number.isInteger)) {
    const parent = Number(readStat(pid)[1]);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const list = (pid: number): readonly number[] => [pid, ...(children.get(pid) ?? []).flatMap(list)];
  return list(root);
}

/** @see proc_pid_stat(5), proc_pid_status(5), proc_pid_io(5) */
function readOwnUse(pid: number): Use {
  const [userTicks = 0, systemTicks = 0, childUserTicks = 0, childSystemTicks = 0] = readStat(pid)
    .slice(11, 15)
    .map(Number);
  return {
    cpuMs: (userTicks + systemTicks + childUserTicks + childSystemTicks) * TICK_MS,
    peakKiB: readField(pid, "status", "VmHWM"),
    diskBytes: readField(pid, "io", "write_bytes"),
  };
}

/** The fields from the state on; none for a process that has ended. */
function readStat(pid: number): readonly string[] {
  return read(pid, "stat")
    .replace(/^.*\) /s, "")
    .split(" ");
}

function readField(pid: number, file: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+([0-9]+)`, "m").exec(read(pid, file))?.[1] ?? 0);
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
