import { readFileSync } from "node:fs";
import { basename } from "node:path";

import { describe, expect, it } from "@jest/globals";

import {
  ChildMeter,
  findByArgument,
  parseStat,
  type ProcessReader,
} from "../../../src/platform/child-meter.js";

const PARENT = 1;

/** Processes of a machine on which a test starts and ends children of the parent. */
class FakeMachine implements ProcessReader {
  readonly processes = new Map<number, { startTime: number; parent: number; memoryBytes: number }>();
  waitedCpuMs = 500;
  #now = 0;

  start(pid: number, memoryBytes = 0, parent = PARENT): void {
    this.processes.set(pid, { startTime: this.#now++, parent, memoryBytes });
  }

  end(pid: number, cpuMs: number): void {
    this.processes.delete(pid);
    this.waitedCpuMs += cpuMs;
  }

  readStat(pid: number): ReturnType<ProcessReader["readStat"]> {
    if (pid === PARENT) return { startTime: 0, waitedCpuMs: this.waitedCpuMs };
    const startTime = this.processes.get(pid)?.startTime;
    return startTime === undefined ? undefined : { startTime, waitedCpuMs: 0 };
  }

  readMemoryBytes(pid: number): number {
    return this.processes.get(pid)?.memoryBytes ?? 0;
  }

  listChildren(pid: number): readonly number[] {
    return [...this.processes].flatMap(([child, { parent }]) => (parent === pid ? [child] : [])).reverse();
  }
}

function begin(...keys: readonly [key: string, pid: number][]) {
  const machine = new FakeMachine();
  const meter = new ChildMeter(PARENT, machine);
  for (const [, pid] of keys) machine.start(pid, 100);
  for (const [key] of keys) meter.begin(key);
  return { machine, meter };
}

describe("ChildMeter", () => {
  it("knows the CPU time of children that end one after the other, and of nothing before them", () => {
    const { machine, meter } = begin(["a", 12], ["b", 11]);
    machine.end(11, 70);
    expect(meter.end("b").cpuMs).toBe(70);
    machine.end(12, 30);
    expect(meter.end("a").cpuMs).toBe(30);
  });

  it("knows no CPU time of children of which it only knows the sum", () => {
    const { machine, meter } = begin(["a", 11], ["b", 12], ["c", 13]);
    machine.end(11, 70);
    machine.end(12, 30);
    expect(meter.end("a").cpuMs).toBeUndefined();
    expect(meter.end("b").cpuMs).toBeUndefined();
    machine.end(13, 40);
    expect(meter.end("c").cpuMs).toBe(40);
  });

  it("knows nothing of a child that ended before it was seen, or while one runs that was not seen", () => {
    const { machine, meter } = begin(["a", 11]);
    meter.begin("gone");
    machine.end(11, 70);
    expect(meter.end("a").cpuMs).toBeUndefined();
    expect(meter.end("gone")).toEqual({ cpuMs: undefined, peakMemoryBytes: undefined });
  });

  it("gives a child that still runs to the next key, and knows nothing of the one that had it", () => {
    const machine = new FakeMachine();
    const meter = new ChildMeter(PARENT, machine);
    machine.end(10, 5);
    machine.start(11);
    meter.begin("short");
    expect(meter.end("short").cpuMs).toBeUndefined();
    meter.begin("long");
    machine.end(11, 80);
    expect(meter.end("long").cpuMs).toBe(80);
  });

  it("does not take a process with the same PID for the child", () => {
    const { machine, meter } = begin(["a", 11]);
    machine.end(11, 70);
    machine.start(11);
    expect(meter.end("a").cpuMs).toBe(70);
  });

  it("has the peak of the memory of a child and its descendants, in samples", () => {
    const { machine, meter } = begin(["a", 11], ["b", 12]);
    meter.sample();
    machine.start(21, 1000, 11);
    machine.start(31, 10, 21);
    meter.sample();
    machine.end(31, 0);
    machine.end(21, 0);
    meter.sample();
    machine.end(11, 1);
    expect(meter.end("a").peakMemoryBytes).toBe(1110);
    expect(meter.end("b").peakMemoryBytes).toBeUndefined();
  });

  it("knows no memory from a single sample, which may be from before the child did anything", () => {
    const { machine, meter } = begin(["a", 11]);
    meter.sample();
    machine.end(11, 1);
    expect(meter.end("a").peakMemoryBytes).toBeUndefined();
  });

  it("knows nothing where there is no such process", () => {
    const meter = new ChildMeter(2 ** 30);
    meter.begin("a");
    meter.sample();
    expect(meter.end("a")).toEqual({ cpuMs: undefined, peakMemoryBytes: undefined });
  });
});

describe("parseStat", () => {
  it("reads the start time, and the CPU time of children that were waited for", () => {
    const stat = "7 (a) b) (c) S 1 7 7 0 -1 0 1 2 3 4 10 20 300 40 20 0 1 0 8800 0 0\n";
    expect(parseStat(stat)).toEqual({ startTime: 8800, waitedCpuMs: 3400 });
  });

  it.each(["", "7 (a) S 1", "7 (a) S x x x x x x x x x x x x x x x x x x x x x"])(
    "does not read %j",
    (stat) => {
      expect(parseStat(stat)).toBeUndefined();
    },
  );
});

describe("findByArgument", () => {
  it("finds a process by its program and its first argument", () => {
    expect(findByArgument("nix-daemon", "no process has this argument")).toEqual([]);
    if (process.platform !== "linux") return;
    const [program = "", argument = ""] = readFileSync("/proc/self/cmdline", "utf8").split("\0");
    expect(findByArgument(basename(program), argument)).toContain(process.pid);
    expect(findByArgument("nix-daemon", argument)).not.toContain(process.pid);
  });
});
