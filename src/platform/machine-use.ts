import { readFileSync } from "node:fs";

import { MS_PER_TICK } from "./child-meter.js";
import { type Clock, repeatInBackground } from "./clock.js";

/** What this machine used while something ran, whoever used it. */
export interface MachineUse {
  /** The time in which a CPU was busy, added up over all CPUs. */
  readonly cpuMs: number;
  /** The most memory that was in use, without what the kernel can free at once. */
  readonly peakMemoryBytes: number;
  /** Received over all network interfaces but loopback. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** The counters of a machine at one time. */
export interface MachineSample {
  readonly cpuMs: number;
  readonly memoryBytes: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

const SAMPLE_INTERVAL_MS = 1_000;

/**
 * The state of this machine from the texts of `/proc/stat`, `/proc/meminfo` and `/proc/net/dev`; undefined if
 * one of them is not as expected.
 * @see proc_stat(5), proc_meminfo(5), proc_pid_net(5)
 */
export function parseSample(stat: string, meminfo: string, networks: string): MachineSample | undefined {
  const cpu = /^cpu +(.+)$/m.exec(stat)?.[1]?.split(" ").map(Number) ?? [];
  const [user = NaN, nice = NaN, system = NaN, , , irq = 0, softirq = 0] = cpu;
  const kibibytes = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(meminfo)?.[1]);
  const devices = [...networks.matchAll(/^ *([^\s:]+): *(\d+)(?: +\d+){7} +(\d+)/gm)].filter(
    ([, name]) => name !== "lo",
  );
  const sum = (group: number) => devices.reduce((total, device) => total + Number(device[group]), 0);
  const sample = {
    cpuMs: (user + nice + system + irq + softirq) * MS_PER_TICK,
    memoryBytes: (kibibytes("MemTotal") - kibibytes("MemAvailable")) * 1024,
    receivedBytes: sum(2),
    sentBytes: sum(3),
  };
  return Object.values(sample).every(Number.isFinite) ? sample : undefined;
}

function readSample(): MachineSample | undefined {
  try {
    const [stat, meminfo, networks] = ["stat", "meminfo", "net/dev"].map((name) =>
      readFileSync(`/proc/${name}`, "utf8"),
    );
    return parseSample(stat ?? "", meminfo ?? "", networks ?? "");
  } catch {
    return undefined;
  }
}

/**
 * Samples this machine once a second until `stop`, which returns what it used; undefined on a machine without
 * `/proc`, such as a Mac.
 */
export function watchMachine(
  clock: Clock,
  read: () => MachineSample | undefined = readSample,
): { stop(): MachineUse | undefined } {
  const start = read();
  if (start === undefined) return { stop: () => undefined };
  let peakMemoryBytes = start.memoryBytes;
  const sample = () => {
    const now = read() ?? start;
    peakMemoryBytes = Math.max(peakMemoryBytes, now.memoryBytes);
    return now;
  };
  const stopSampling = repeatInBackground(clock, SAMPLE_INTERVAL_MS, sample);
  return {
    stop: () => {
      stopSampling();
      const end = sample();
      // An interface that is removed meanwhile takes its counters with it.
      const since = (name: "cpuMs" | "receivedBytes" | "sentBytes") => Math.max(0, end[name] - start[name]);
      return {
        cpuMs: since("cpuMs"),
        peakMemoryBytes,
        receivedBytes: since("receivedBytes"),
        sentBytes: since("sentBytes"),
      };
    },
  };
}
