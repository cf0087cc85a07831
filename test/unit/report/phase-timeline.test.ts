import { describe, expect, it } from "@jest/globals";

import { createPhaseTimeline } from "../../../src/report/phase-timeline.js";

describe("createPhaseTimeline", () => {
  it("records the time and the outcome of each phase, even of one that fails", async () => {
    let now = 0;
    const timeline = createPhaseTimeline({ nowMs: () => (now += 10), sleep: () => Promise.resolve() });
    expect(await timeline.run("build", () => Promise.resolve(1))).toBe(1);
    await expect(timeline.run("gate", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(timeline.phases.map(({ name, durationMs, outcome }) => [name, durationMs, outcome])).toEqual([
      ["build", 10, "done"],
      ["gate", 10, "failed"],
    ]);
  });

  it("records what each phase used of this machine, if it tells", async () => {
    const clock = { nowMs: () => 0, sleep: () => Promise.resolve() };
    const machine = { cpuMs: 10, peakMemoryBytes: 20, receivedBytes: 30, sentBytes: 40 };
    const used = createPhaseTimeline(clock, () => ({ stop: () => ({ disks: [], machine }) }));
    await used.run("build", () => Promise.resolve());
    const unknown = createPhaseTimeline(clock);
    await unknown.run("build", () => Promise.resolve());
    expect([...used.phases, ...unknown.phases].map((phase) => phase.machine)).toEqual([machine, null]);
  });
});
