import { describe, expect, it } from "@jest/globals";

import type { RunEvent } from "../../../src/model/run-event.js";
import { createPhaseTimeline } from "../../../src/report/phase-timeline.js";

describe("createPhaseTimeline", () => {
  it("records the time and the outcome of each phase, even of one that fails", async () => {
    let now = 0;
    const events: RunEvent[] = [];
    const timeline = createPhaseTimeline({
      clock: { nowMs: () => (now += 10), sleep: () => Promise.resolve() },
      emit: (event) => events.push(event),
    });
    expect(await timeline.run("build", () => Promise.resolve(1))).toBe(1);
    await expect(timeline.run("gate", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(timeline.phases.map(({ name, durationMs, outcome }) => [name, durationMs, outcome])).toEqual([
      ["build", 10, "done"],
      ["gate", 10, "failed"],
    ]);
    expect(events).toEqual([
      { event: "phase-started", name: "build" },
      { event: "phase-ended", name: "build", durationMs: 10, outcome: "done" },
      { event: "phase-started", name: "gate" },
      { event: "phase-ended", name: "gate", durationMs: 10, outcome: "failed" },
    ]);
  });

  it("records what each phase used of this machine, if it tells", async () => {
    const clock = { nowMs: () => 0, sleep: () => Promise.resolve() };
    const emit = () => undefined;
    const machine = { cpuMs: 10, peakMemoryBytes: 20, receivedBytes: 30, sentBytes: 40 };
    const used = createPhaseTimeline({ clock, emit }, () => ({ stop: () => ({ disks: [], machine }) }));
    await used.run("build", () => Promise.resolve());
    const unknown = createPhaseTimeline({ clock, emit });
    await unknown.run("build", () => Promise.resolve());
    expect([...used.phases, ...unknown.phases].map((phase) => phase.machine)).toEqual([machine, null]);
  });
});
