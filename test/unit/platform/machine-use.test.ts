import { describe, expect, it } from "@jest/globals";

import { parseSample, watchMachine } from "../../../src/platform/machine-use.js";
import { FakeClock } from "../../fake-clock.js";

const STAT = "cpu  1000 200 300 9999 50 10 20 7 0 0\ncpu0 500 100 150 5000 25 5 10 3 0 0\nintr 1\n";
const MEMINFO = "MemTotal:        4000 kB\nMemFree:          100 kB\nMemAvailable:    1000 kB\n";
const NETWORKS = [
  "Inter-|   Receive                |  Transmit",
  " face |bytes    packets errs drop |bytes    packets errs drop",
  "    lo: 9000 1 0 0 0 0 0 0 9000 1 0 0 0 0 0 0",
  "  eth0: 500 3 0 0 0 0 0 0 70 2 0 0 0 0 0 0",
  "wlan0:5 3 0 0 0 0 0 0 7 2 0 0 0 0 0 0",
  "",
].join("\n");

describe("parseSample", () => {
  it("reads busy CPU time, used memory, and traffic without loopback", () => {
    expect(parseSample(STAT, MEMINFO, NETWORKS)).toEqual({
      cpuMs: 15_300,
      memoryBytes: 3000 * 1024,
      receivedBytes: 505,
      sentBytes: 77,
    });
  });

  it.each([
    ["", MEMINFO],
    [STAT, ""],
    ["cpu  x y z\n", MEMINFO],
  ])("is undefined for texts of another form", (stat, meminfo) => {
    expect(parseSample(stat, meminfo, NETWORKS)).toBeUndefined();
  });
});

describe("watchMachine", () => {
  it("measures the difference, and the peak in between", async () => {
    const clock = new FakeClock();
    const memory = [10, 90, 20, 30];
    let reads = 0;
    const watch = watchMachine(clock, () => {
      reads += 1;
      const memoryBytes = memory[reads - 1] ?? 0;
      return { cpuMs: reads * 100, memoryBytes, receivedBytes: reads * 5, sentBytes: -reads };
    });
    await clock.advance(2_000);
    expect(watch.stop()).toEqual({ cpuMs: 300, peakMemoryBytes: 90, receivedBytes: 15, sentBytes: 0 });
    await clock.advance(5_000);
    expect(reads).toBe(4);
  });

  it("knows nothing of a machine that does not tell", () => {
    expect(watchMachine(new FakeClock(), () => undefined).stop()).toBeUndefined();
  });

  it("measures this machine, if it is Linux", () => {
    const use = watchMachine(new FakeClock()).stop();
    if (process.platform === "linux") expect(use?.peakMemoryBytes).toBeGreaterThan(1 << 20);
    else expect(use).toBeUndefined();
  });
});
