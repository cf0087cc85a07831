import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";

/** The unit of times in /proc is always 1/100 s on the CPUs that Node.js runs on. */
export const MS_PER_TICK = 10;

/** What a process used, with its children. Undefined: not known. */
export interface ChildUse {
  readonly cpuMs: number | undefined;
  readonly peakMemoryBytes: number | undefined;
}

/** Reads about processes from the kernel. A process that does not exist is undefined, or has no children. */
export interface ProcessReader {
  /** `startTime`, in clock ticks, distinguishes processes that had the same PID. */
  readStat(pid: number): { readonly startTime: number; readonly waitedCpuMs: number } | undefined;
  readMemoryBytes(pid: number): number;
  listChildren(pid: number): readonly number[];
}

interface Child {
  /** Undefined if it has ended before it was seen. */
  readonly pid: number | undefined;
  readonly startTime: number;
  peakMemoryBytes: number;
  samples: number;
  /** Whether its CPU time is part of a sum that was read before it was known to have ended. */
  isCounted: boolean;
}

/** A tree of more processes than this is measured in part. */
const MAX_PROCESSES = 10_000;

/**
 * Measures what each child of a process uses, without rights over them. The kernel adds the CPU time of a
 * child to that of its parent when the parent waits for it, so it is exact for a child that ends while all
 * others still run. Of children that end together only the sum is known, so their times stay unknown. Memory
 * is the sum of the anonymous memory of a child and its descendants, at its peak among the samples.
 * @see proc_pid_stat(5), cutime and cstime; proc_pid_status(5), RssAnon
 */
export class ChildMeter {
  readonly #parent: number;
  readonly #read: ProcessReader;
  readonly #running = new Map<string, Child>();
  #countedMs: number;

  constructor(parent: number, read: ProcessReader = PROC) {
    this.#parent = parent;
    this.#read = read;
    this.#countedMs = read.readStat(parent)?.waitedCpuMs ?? 0;
  }

  /** Call this in the order in which the children were started. Takes the oldest child without a key. */
  begin(key: string): void {
    const taken = new Set([...this.#running.values()].map(({ pid }) => pid));
    const [child] = this.#read
      .listChildren(this.#parent)
      .filter((pid) => !taken.has(pid))
      .flatMap((pid) => {
        const startTime = this.#read.readStat(pid)?.startTime;
        return startTime === undefined ? [] : [{ pid, startTime }];
      })
      .toSorted((a, b) => a.startTime - b.startTime || a.pid - b.pid);
    this.#running.set(key, { ...(child ?? UNSEEN), peakMemoryBytes: 0, samples: 0, isCounted: false });
  }

  /** Call this regularly: memory is known only of the moments at which it is called. */
  sample(): void {
    for (const child of this.#running.values()) {
      if (!this.#isThere(child)) continue;
      child.samples += 1;
      child.peakMemoryBytes = Math.max(child.peakMemoryBytes, this.#sumMemory(child.pid));
    }
  }

  /** Call this when the parent has waited for the child. */
  end(key: string): ChildUse {
    const child = this.#running.get(key);
    this.#running.delete(key);
    const countedMs = this.#read.readStat(this.#parent)?.waitedCpuMs;
    // In this order: a child that is there now was not part of the sum.
    const gone = [...this.#running.values()].filter((other) => !other.isCounted && !this.#isThere(other));
    for (const other of gone) other.isCounted = other.pid !== undefined;
    const isAlone = gone.length === 0 && child?.isCounted === false;
    const cpuMs = countedMs === undefined ? undefined : countedMs - this.#countedMs;
    this.#countedMs = countedMs ?? this.#countedMs;
    // If the process is still there, it belongs to another key.
    if (child?.pid === undefined || this.#isThere(child)) return UNKNOWN;
    return {
      cpuMs: isAlone ? cpuMs : undefined,
      peakMemoryBytes: child.samples < LEAST_SAMPLES ? undefined : child.peakMemoryBytes,
    };
  }

  #isThere(child: Child): child is Child & { readonly pid: number } {
    return child.pid !== undefined && this.#read.readStat(child.pid)?.startTime === child.startTime;
  }

  #sumMemory(pid: number): number {
    let bytes = 0;
    const queue = [pid];
    for (const next of queue) {
      bytes += this.#read.readMemoryBytes(next);
      if (queue.length < MAX_PROCESSES) queue.push(...this.#read.listChildren(next));
    }
    return bytes;
  }
}

/** One sample may be from before the child did anything. */
const LEAST_SAMPLES = 2;
const UNSEEN = { pid: undefined, startTime: 0 };
const UNKNOWN: ChildUse = { cpuMs: undefined, peakMemoryBytes: undefined };

/** Reads a text of /proc; empty if the process has ended, or the machine has none. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, "utf8");
  } catch {
    return "";
  }
}

/** The names in a folder of /proc that are PIDs. */
function listPids(path: string): readonly string[] {
  try {
    return readdirSync(`/proc/${path}`).filter((name) => /^[0-9]+$/.test(name));
  } catch {
    return [];
  }
}

const PROC: ProcessReader = {
  readStat: (pid) => parseStat(readProc(`${pid}/stat`)),
  readMemoryBytes: (pid) => Number(/^RssAnon:\s*(\d+) kB$/m.exec(readProc(`${pid}/status`))?.[1] ?? 0) * 1024,
  // The kernel lists the children of each thread.
  listChildren: (pid) =>
    listPids(`${pid}/task`).flatMap((thread) =>
      readProc(`${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number),
    ),
};

/** The text of `/proc/PID/stat`; undefined if it is not as expected. */
export function parseStat(stat: string): ReturnType<ProcessReader["readStat"]> {
  // The command name, in parentheses, may contain anything, so count the fields after it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user = NaN, system = NaN, startTime = NaN] = [fields[13], fields[14], fields[19]].map(Number);
  const waitedCpuMs = (user + system) * MS_PER_TICK;
  return Number.isFinite(waitedCpuMs + startTime) ? { startTime, waitedCpuMs } : undefined;
}

/** The PIDs of the processes of a program with this first argument. */
export function findByArgument(program: string, argument: string): readonly number[] {
  return listPids("")
    .filter((pid) => {
      const [name = "", first] = readProc(`${pid}/cmdline`).split("\0");
      return basename(name) === program && first === argument;
    })
    .map(Number);
}
