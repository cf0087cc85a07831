import { describe, expect, it } from "@jest/globals";

import type { RunEvent } from "../../../src/model/run-event.js";
import type { BuildCounts } from "../../../src/nix/build-log.js";
import { parseEventLine } from "../../../src/nix/events.js";
import { createLiveLog } from "../../../src/nix/live-log.js";
import type { Log } from "../../../src/platform/log.js";
import { createFakeRun } from "../pipeline/fake-run.js";

const HASH = "0".repeat(32);
const event = (fields: object) => parseEventLine(`@nix ${JSON.stringify(fields)}`);
const start = (name: string, machine = "") =>
  event({ action: "start", id: name.length, type: 105, fields: [`/nix/store/${HASH}-${name}.drv`, machine] });
const say = (name: string, line: string) =>
  event({ action: "result", id: name.length, type: 101, fields: [line] });

/** A live log on a fake clock, on a terminal if there are `screens` to show a status on. */
function follow({ counts, screens }: { counts?: () => BuildCounts; screens?: (readonly string[])[] } = {}) {
  const { context, clock, lines } = createFakeRun();
  const events: RunEvent[] = [];
  const log: Log =
    screens === undefined ? context.log : { ...context.log, showStatus: (_, status) => screens.push(status) };
  const live = createLiveLog(
    { log, clock, emit: (event) => events.push(event) },
    {
      locationOf: (uri) => (uri === "" ? { kind: "local" } : { kind: "builder", uri }),
      ...(counts !== undefined && { countBuilds: counts }),
    },
  );
  return { live, clock, lines, events };
}

describe("createLiveLog", () => {
  it("logs a line for each derivation and path, with where and how long", async () => {
    const { live, clock, lines, events } = follow();
    live.builds.take(start("a"));
    live.builds.take(start("bb", "ssh-ng://b2"));
    await clock.advance(1_500);
    live.builds.take({ kind: "stopped", id: "1", outcome: "built" });
    live.builds.take({
      kind: "substitution-started",
      id: "s",
      storePath: `/nix/store/${HASH}-glibc`,
      from: "https://c",
    });
    await clock.advance(2_000);
    live.builds.take({ kind: "stopped", id: "s" });
    live.builds.take(say("bb", "oops"));
    live.builds.take({ kind: "stopped", id: "2", outcome: "failed" });
    live.builds.close("built");
    live.end();
    expect(lines).toEqual([
      "info: building a locally",
      "info: building bb on ssh-ng://b2",
      "info: built a locally in 1.5 s",
      `error: failed: bb on ssh-ng://b2 in 3.5 s\noops\nThe whole log, on ssh-ng://b2: nix log /nix/store/${HASH}-bb.drv`,
      "info: substituted glibc from https://c in 2.0 s",
    ]);
    const [a, bb] = ["a", "bb"].map((name) => ({ drvPath: `/nix/store/${HASH}-${name}.drv`, name }));
    const [here, there] = [
      { ...a, place: "local" },
      { ...bb, place: "ssh-ng://b2" },
    ];
    expect(events).toEqual([
      { event: "build-started", ...here },
      { event: "build-started", ...there },
      { event: "build-ended", ...here, durationMs: 1_500, outcome: "built" },
      { event: "build-output", drvPath: bb?.drvPath, line: "oops" },
      { event: "build-ended", ...there, durationMs: 3_500, outcome: "failed" },
      {
        event: "substitution-ended",
        storePath: `/nix/store/${HASH}-glibc`,
        from: "https://c",
        durationMs: 2_000,
        outcome: "substituted",
      },
    ]);
  });

  it("says every 30 s without news what is running, with the progress and what may be stuck", async () => {
    const { live, clock, lines } = follow();
    live.builds.take(event({ action: "start", id: 90, type: 104 }));
    live.builds.take(event({ action: "result", id: 90, type: 105, fields: [5, 40, 0, 0] }));
    await clock.advance(20_000);
    live.builds.take(start("linux", "ssh-ng://b2"));
    live.builds.take(start("gcc"));
    await clock.advance(29_000);
    expect(lines.filter((line) => line.includes("still"))).toEqual([]);
    live.builds.take(say("linux", "  CC\tfoo.o "));
    live.builds.take(say("linux", ""));
    await clock.advance(1_000);
    expect(lines.at(-1)).toBe(
      "info: still building linux on ssh-ng://b2, 30.0 s, last line: CC foo.o; " +
        "5 of 40 done, 2 running, about 5 min 50 s left",
    );
    await clock.advance(120_000);
    expect(lines.filter((line) => line.includes("still"))).toHaveLength(5);
    expect(lines.at(-1)).toMatch(
      /^info: still building linux .*\n {2}gcc locally has printed nothing for 2 min 30 s\n {2}linux on .* for 2 min 1 s$/,
    );
    live.end();
    await clock.advance(60_000);
    expect(lines.filter((line) => line.includes("still"))).toHaveLength(5);
  });

  it("says what is substituted while nothing is built, and that Nix has not said anything yet", async () => {
    const { live, clock, lines } = follow();
    await clock.advance(30_000);
    expect(lines).toEqual(["info: still waiting for Nix, 30.0 s"]);
    live.builds.take({
      kind: "substitution-started",
      id: "s",
      storePath: `/nix/store/${HASH}-glibc`,
      from: "https://c",
    });
    await clock.advance(30_000);
    expect(lines.at(-1)).toBe("info: still substituting glibc from https://c, 30.0 s");
    live.end();
  });

  it("uses the scheduler's progress where Nix does not count", async () => {
    const { live, clock, lines } = follow({ counts: () => ({ done: 1, expected: 3 }) });
    live.builds.take(start("a", "ssh-ng://b"));
    await clock.advance(30_000);
    live.end();
    expect(lines.at(-1)).toBe("info: still building a on ssh-ng://b, 30.0 s; 1 of 3 done, 1 running");
  });

  it("shows in a terminal what is running, and removes it at the end", async () => {
    const screens: (readonly string[])[] = [];
    const { live, clock, lines } = follow({ screens });
    for (let i = 1; i <= 10; i++) live.builds.take(start("x".repeat(i)));
    live.builds.take(say("x", "\u001b[2Jhello"));
    await clock.advance(60_000);
    expect(screens.at(-1)).toEqual([
      "0 of 10 done, 10 running",
      "  x locally, 1 min 0 s  hello",
      ...Array.from({ length: 7 }, (_, i) => `  ${"x".repeat(i + 2)} locally, 1 min 0 s`),
      "  and 2 more",
    ]);
    expect(lines.filter((line) => line.includes("still"))).toEqual([]);
    live.builds.take({ kind: "stopped", id: "1", outcome: "built" });
    // Before the next tick: what has ended must not be shown as running.
    expect(screens.at(-1)?.[1]).toBe("  xx locally, 1 min 0 s");
    live.end();
    expect(screens.at(-1)).toEqual([]);
  });

  it("says how much of a very long log is left out", () => {
    const { live, lines } = follow();
    live.builds.take(start("a"));
    for (let i = 0; i < 20_001; i++) live.builds.take({ kind: "log-line", id: "1", line: "x" });
    live.builds.take({ kind: "stopped", id: "1", outcome: "built" });
    live.end();
    expect(lines[1]).toBe("group: built a locally in 0.0 s");
    expect(lines[2]).toBe(`(10000 earlier lines left out. The whole log: nix log /nix/store/${HASH}-a.drv)`);
  });
});
