import { beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import mermaid from "mermaid";

import { findCriticalPath, renderGantt } from "../../../src/report/gantt.js";
import { UNKNOWN_USE } from "./reports.js";

const START = Date.parse("2026-01-01T00:00:00.000Z");

/** A build that runs from `from` to `to`, in seconds. */
const build = (name: string, from: number, to: number, dependencies: readonly string[] = []) => ({
  target: "x86_64-linux",
  drvPath: name,
  name,
  dependencies: [...dependencies],
  place: "local",
  startedAt: new Date(START + from * 1000).toISOString(),
  durationMs: (to - from) * 1000,
  outcome: "built" as "built" | "failed" | "interrupted",
  log: [],
  use: UNKNOWN_USE,
});

describe("findCriticalPath", () => {
  const pathOf = (...builds: readonly ReturnType<typeof build>[]) =>
    findCriticalPath(builds).map(({ name }) => name);

  it("is empty without builds", () => {
    expect(pathOf()).toEqual([]);
  });

  it("leads from the last build to the dependency that it waited for longest", () => {
    expect(
      pathOf(
        build("libc", 0, 10),
        build("fast", 0, 1),
        build("slow", 10, 30, ["libc"]),
        build("other", 0, 29),
        build("app", 30, 31, ["fast", "slow", "libc"]),
      ),
    ).toEqual(["libc", "slow", "app"]);
  });

  it("follows the last attempt of a derivation that was built again", () => {
    const lost = { ...build("lib", 0, 5), place: "b1", outcome: "interrupted" as const };
    const again = { ...build("lib", 6, 9), place: "b2" };
    expect(findCriticalPath([lost, again, build("app", 9, 10, ["lib"])])[0]).toBe(again);
  });

  it("ends with the build that was reported last, of those that ended in the same millisecond", () => {
    expect(pathOf(build("lib", 0, 1), build("app", 1, 1, ["lib"]))).toEqual(["lib", "app"]);
  });

  it("ends, even if a report claims that builds depend on each other", () => {
    expect(pathOf(build("a", 0, 1, ["b", "a"]), build("b", 0, 1, ["a"]))).toHaveLength(2);
  });
});

/** A chart as Mermaid itself reads it, which is what GitHub shows. */
async function parse(text: string) {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- The new API does not give the tasks.
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  return (db as unknown as { getTasks(): readonly Record<string, unknown>[] }).getTasks();
}

describe("renderGantt", () => {
  beforeAll(async () => {
    // Mermaid knows no kind of diagram before it is asked to parse one.
    await mermaid.parse("gantt\n");
  }, 60_000);

  it("keeps the order of builds that started in the same millisecond", async () => {
    const { text } = renderGantt([build("lib", 0, 0), build("app", 0, 2, ["lib"]), build("slow", 0, 9)]);
    const tasks = await parse(text);
    expect(tasks.map(({ task }) => task)).toEqual(["✓ lib (0.0 s) ", "✓ app (2.0 s) ", "✓ slow (9.0 s) "]);
  });

  it("shows the builds by machine, with times, outcomes and the critical path", async () => {
    const { text, omitted } = renderGantt([
      build("libc", 0, 10),
      { ...build("app", 10, 12, ["libc"]), place: "ssh-ng://b2:22" },
      { ...build("docs", 1, 2), outcome: "failed" },
    ]);
    expect(omitted).toBe(0);
    const task = (section: string, name: string, isCritical: boolean, from: number, to: number) =>
      expect.objectContaining({
        section,
        task: `${name} `,
        ...(isCritical && { crit: true }),
        startTime: new Date(START + from * 1000),
        endTime: new Date(START + to * 1000),
      });
    expect(await parse(text)).toEqual([
      task("this machine", "✓ libc (10.0 s)", true, 0, 10),
      task("this machine", "✗ docs (1.0 s)", false, 1, 2),
      task("b2:22", "✓ app (2.0 s)", true, 10, 12),
    ]);
  });

  it("shows the critical path and the slowest of many builds", async () => {
    const others = Array.from({ length: 5_000 }, (_, i) => build(`other-${i}`, 0, 1 + i / 10_000));
    const { text, omitted } = renderGantt([...others, build("lib", 0, 0.1), build("app", 3, 4, ["lib"])]);
    const tasks = await parse(text);
    expect([tasks.length, omitted]).toEqual([40, 4_962]);
    expect(text).toMatch(/✓ lib .*crit/);
    expect(text).toContain("other-4999");
    expect(text).not.toContain("other-0 ");
    // GitHub shows no diagram that is longer.
    expect(text.length).toBeLessThan(50_000);
  });

  it.each([
    "gantt",
    "end",
    "topAxis",
    "2026-01-01",
    "section a",
    "todayMarker off",
    "accTitle: a",
    "crit, 5, 6",
    "a :b, 1, 2",
    "a; b # c",
    "%%{init: {}}%%",
    'click x href "javascript:alert(1)"',
    "```\n</script><img src=x onerror=alert(1)>",
    "\u2028\u0000",
    "",
  ])("shows the name %j of a build and a machine as text", async (name) => {
    const { text } = renderGantt([{ ...build(name, 0, 1), place: name }, build("z", 1, 3)]);
    const tasks = await parse(text);
    expect(tasks.map(({ task }) => task)).toEqual([
      expect.stringMatching(/^✓ \S+ \(1\.0 s\) $/),
      "✓ z (2.0 s) ",
    ]);
    expect(text).not.toMatch(/[`<>"'\\;#{}]/);
  });

  it("cuts long names", async () => {
    const { text } = renderGantt([build("x".repeat(1_000_000), 0, 1)]);
    expect(await parse(text)).toHaveLength(1);
    expect(text.length).toBeLessThan(200);
  });

  it("has one line for each build and machine, whatever their names", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (name, place) => {
        const { text } = renderGantt([{ ...build(name, 0, 1), place: place === "local" ? "" : place }]);
        expect(text.split("\n")).toHaveLength(6);
        expect(text).toMatch(/^ {2}section [\w+.?=/@…:-]+\n {4}✓ [\w+.?=/@…-]+ \(1\.0 s\) :crit, \d+, \d+$/m);
      }),
    );
  });
});
