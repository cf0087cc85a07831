import { describe, expect, it } from "@jest/globals";

import { createRunClock } from "../../../src/platform/clock.js";
import { FakeClock, settle } from "../../fake-clock.js";
import {
  COPIED_BYTES,
  derive,
  FakeBuilder,
  GRAPH,
  type Graph,
  never,
  path,
  planWork,
  slowBuilder,
  startBuild,
  unreachable,
} from "./fake-build.js";

const BUILT = { outcome: "built" } as const;
/**
 * Two rows of derivations, and `all`, which needs the second row; each of the second row needs two of the
 * first.
 */
function wideGraph(count: number): Graph {
  const half = Math.floor((count - 1) / 2);
  const row = (number: number, inputsOf: (column: number) => readonly string[]) =>
    Array.from({ length: half }, (_, column) => [`${number}-${column}`, inputsOf(column)] as const);
  return Object.fromEntries([
    ...row(1, () => []),
    ...row(2, (column) => [`1-${column}`, `1-${(column + 1) % half}`]),
    ["all", Array.from({ length: half }, (_, column) => `2-${column}`)],
  ]);
}

describe("a distributed build", () => {
  it("builds each derivation once, after its inputs, and reports who has each wanted output", async () => {
    const clock = new FakeClock();
    const [one, two] = [slowBuilder(clock, "one"), slowBuilder(clock, "two")];
    const { result, lines } = startBuild([one, two], planWork(GRAPH, ["d", "e"]), clock);
    const { outcome, locations } = await clock.run(result);
    expect(outcome.error).toBeUndefined();
    expect([...one.built, ...two.built].toSorted()).toEqual(["a", "b", "c", "d", "e"]);
    expect(outcome.built.map(({ outPath }) => outPath)).toEqual([path("d"), path("e")]);
    expect(locations.flatMap(({ built }) => built)).toHaveLength(2);
    expect(lines).toContain("building e on ssh-ng://two:22");
    // `a` and `e` are built at the same time.
    expect(clock.nowMs()).toBeLessThan(5000);
  });

  it("knows the CPU time that builders answer, and what it copied for a derivation", async () => {
    const [one, two] = [new FakeBuilder("one"), new FakeBuilder("two")];
    one.build = two.build = (name) =>
      Promise.resolve({ outcome: "built", cpuMs: name === "e" ? undefined : 70 });
    const clock = new FakeClock();
    const { result } = startBuild([one, two], planWork(GRAPH, ["d"]), clock);
    const { builds } = (await clock.run(result)).outcome;
    const uses = Object.fromEntries(builds.map(({ name, use }) => [name, use]));
    expect(uses).toMatchObject({ a: { cpuMs: 70, copiedBytes: 0 }, e: { cpuMs: undefined } });
    const copied = builds.reduce((sum, { use }) => sum + (use.copiedBytes ?? 0), 0);
    expect(copied).toBe((one.copied.length + two.copied.length) * COPIED_BYTES);
    // `a` and `e` are built at the same time, and `d` needs what was built from both.
    expect(copied).toBeGreaterThan(0);
  });

  it("knows the CPU time of a derivation that fails", async () => {
    const one = new FakeBuilder("one");
    one.build = () =>
      Promise.resolve({ outcome: "failed", message: "builder failed with exit code 1", cpuMs: 9 });
    const clock = new FakeClock();
    const { result } = startBuild([one], planWork({ a: [] }, ["a"]), clock);
    expect((await clock.run(result)).outcome.builds).toMatchObject([
      { outcome: "failed", use: { cpuMs: 9 } },
    ]);
  });

  it("says how far it is while nothing else happens", async () => {
    const clock = new FakeClock();
    const { result, lines } = startBuild([slowBuilder(clock, "one", 50)], planWork(GRAPH, ["d"]), clock);
    await clock.run(result);
    const still = lines.filter((line) => line.startsWith("still"));
    expect(still[0]).toBe("still building a on ssh-ng://one:22, 30.0 s; 0 of 5 done, 1 running");
    expect(still.at(-1)).toMatch(/^still building d .*; 4 of 5 done, 1 running, about \d+\.\d s left$/);
    await clock.advance(60_000);
    expect(lines.filter((line) => line.startsWith("still"))).toEqual(still);
  });

  it("starts the longest chain first", async () => {
    const clock = new FakeClock();
    const one = new FakeBuilder("one");
    const { result } = startBuild([one], planWork({ ...GRAPH, z: [] }, ["d", "z"]), clock);
    await clock.run(result);
    expect(one.built).toEqual(["a", "b", "c", "e", "d", "z"]);
  });

  it("does not build outputs that exist from earlier runs, nor inputs that only those need", async () => {
    const clock = new FakeClock();
    const one = new FakeBuilder("one");
    const two = new FakeBuilder("two", { present: ["c"] });
    const { result } = startBuild([one, two], planWork(GRAPH, ["d"]), clock);
    expect((await clock.run(result)).outcome.error).toBeUndefined();
    expect([...one.built, ...two.built].toSorted()).toEqual(["d", "e"]);
  });

  it("uses a degraded builder only if no ready one is free", async () => {
    const clock = new FakeClock();
    const last = new FakeBuilder("last", { state: "degraded" });
    const [one, two] = [new FakeBuilder("one"), new FakeBuilder("two")];
    const { result } = startBuild([last, one, two], planWork(GRAPH, ["d"]), clock);
    await clock.run(result);
    expect(last.built).toEqual([]);
    const busy = new FakeBuilder("busy");
    busy.build = never;
    const other = startBuild([last, busy], planWork({ x: [], y: [] }, ["x", "y"]), clock);
    await settle();
    expect(last.built).toHaveLength(1);
    busy.lose(unreachable());
    expect((await clock.run(other.result)).outcome.error).toBeUndefined();
    expect(last.built).toHaveLength(2);
  });

  it("gives a derivation only to builders that have the features it requires", async () => {
    const clock = new FakeClock();
    const [plain, able] = [new FakeBuilder("plain", { maxJobs: 4 }), new FakeBuilder("able")];
    Object.assign(able.builder, { supportedFeatures: ["kvm"] });
    const work = planWork({ x: [], y: [], z: [] }, ["x", "y", "z"]);
    for (const name of ["x", "y"]) work.closure.set(path(`${name}.drv`), derive(name, [], "kvm"));
    const { result } = startBuild([plain, able], work, clock);
    expect((await clock.run(result)).outcome.error).toBeUndefined();
    expect([plain.built, able.built.toSorted()]).toEqual([["z"], ["x", "y"]]);
  });
});

describe("a builder that joins late", () => {
  it("gets builds, except for outputs that it already has", async () => {
    const clock = new FakeClock();
    const pool = [slowBuilder(clock, "one", 10)];
    const { result } = startBuild(pool, planWork({ a: [], b: [], c: [], d: ["a", "b", "c"] }, ["d"]), clock);
    await clock.advance(1000);
    const late = new FakeBuilder("late", { present: ["a"] });
    pool.push(late);
    expect((await clock.run(result)).outcome.error).toBeUndefined();
    expect(late.built.length).toBeGreaterThanOrEqual(1);
    expect(late.built).not.toContain("a");
    expect(clock.nowMs()).toBeLessThan(21_000);
  });

  it("delays the start only briefly", async () => {
    const clock = new FakeClock();
    const [one, two] = [new FakeBuilder("one"), new FakeBuilder("two", { present: ["a"] })];
    two.during = never;
    const { result } = startBuild([one, two], planWork({ a: [] }, ["a"]), clock);
    await clock.advance(2900);
    expect(one.built).toEqual([]);
    await clock.run(result);
    expect(one.built).toEqual(["a"]);
    expect(clock.nowMs()).toBe(3500);
  });
});

describe("a build that prints nothing", () => {
  it("ends after max-silent-time", async () => {
    const clock = new FakeClock();
    const one = new FakeBuilder("one", { maxJobs: 2 });
    one.build = async (name, say) => {
      for (;;) {
        await clock.sleep(20_000);
        if (name === "b") say("still at it");
      }
    };
    const request = { ...planWork({ a: [], b: [] }, ["a", "b"]), maxSilentMs: 30_000 };
    const { result } = startBuild([one], request, clock);
    const { outcome } = await clock.run(result);
    expect(outcome.error).toMatchObject({
      code: "BUILD_SILENT",
      message: `${path("a.drv")} has produced no output for 30 s on one`,
    });
    expect(clock.nowMs()).toBe(30_500);
  });

  it("continues if it prints a line now and then", async () => {
    const clock = new FakeClock();
    const one = new FakeBuilder("one");
    one.build = async (_, say) => {
      for (let i = 0; i < 10; i++) {
        await clock.sleep(20_000);
        say("a line");
      }
      return BUILT;
    };
    const request = { ...planWork({ a: [] }, ["a"]), maxSilentMs: 30_000 };
    expect((await clock.run(startBuild([one], request, clock).result)).outcome.error).toBeUndefined();
  });
});

describe("a run that is cancelled", () => {
  it("rejects with CANCELLED", async () => {
    const cancelled = new AbortController();
    const one = new FakeBuilder("one");
    one.build = never;
    const clock = createRunClock(cancelled.signal);
    const { result } = startBuild([one], planWork(GRAPH, ["d"]), clock);
    const ended = expect(result).rejects.toMatchObject({ code: "CANCELLED" });
    await settle();
    cancelled.abort();
    await ended;
  });
});

describe("the cost of scheduling", () => {
  /** The number of calls to stores while two builders with four slots each build a graph. */
  async function countCalls(graph: Graph, wanted: string): Promise<number> {
    const clock = new FakeClock();
    const pool = ["one", "two"].map((host) => new FakeBuilder(host, { maxJobs: 4 }));
    const { result, countCalls: calls } = startBuild(pool, planWork(graph, [wanted]), clock);
    const { outcome } = await clock.run(result);
    expect(outcome.error).toBeUndefined();
    expect(outcome.builds).toHaveLength(Object.keys(graph).length);
    return calls();
  }

  it("grows no faster than the number of derivations", async () => {
    const small = await countCalls(wideGraph(1001), "all");
    const large = await countCalls(wideGraph(10_001), "all");
    expect(large / small).toBeLessThan(10.5);
    expect(large).toBeLessThan(500_000);
  }, 60_000);

  it("grows no faster than the length of a chain", async () => {
    const chain = (length: number): Graph =>
      Object.fromEntries(
        Array.from({ length }, (_, number) => [`${number}`, number === 0 ? [] : [`${number - 1}`]]),
      );
    const small = await countCalls(chain(300), "299");
    const large = await countCalls(chain(3000), "2999");
    expect(large / small).toBeLessThan(10.5);
  });
});
