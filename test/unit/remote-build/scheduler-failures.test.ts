import { describe, expect, it } from "@jest/globals";

import { ActionError } from "../../../src/errors/action-error.js";
import { ProtocolError } from "../../../src/nix-protocol/protocol-error.js";
import { FakeClock } from "../../fake-clock.js";
import { FakeBuilder, GRAPH, never, planWork, slowBuilder, startBuild, unreachable } from "./fake-build.js";

const BUILT = { outcome: "built" } as const;

describe("a builder that is lost during the build", () => {
  it("has its outputs built again elsewhere if they are still needed", async () => {
    const clock = new FakeClock();
    const [one, two] = [slowBuilder(clock, "one"), slowBuilder(clock, "two", 2.5)];
    const { result } = startBuild([one, two], planWork(GRAPH, ["d"]), clock);
    await clock.advance(2200);
    expect([one.built, two.built]).toEqual([["a", "b"], []]);
    one.lose(unreachable());
    expect((await clock.run(result)).outcome.error).toBeUndefined();
    expect(two.built).toEqual(["e", "a", "b", "c", "d"]);
  });

  it("has nothing built again if another builder has the outputs", async () => {
    const clock = new FakeClock();
    const [one, two] = [slowBuilder(clock, "one"), slowBuilder(clock, "two", 1.5)];
    const graph = { x: [], a: [], c: ["a", "x"], d: ["c"] };
    const { result } = startBuild([one, two], planWork(graph, ["d"]), clock);
    await clock.advance(2000);
    expect([one.built, one.copied, two.built]).toEqual([["a"], ["x"], ["x"]]);
    two.lose(unreachable());
    expect((await clock.run(result)).outcome.error).toBeUndefined();
    expect(one.built).toEqual(["a", "c", "d"]);
  });

  it("does not count as a failure of the derivation that it was building", async () => {
    const clock = new FakeClock();
    const pool = ["1", "2", "3", "4", "5"].map((host) => new FakeBuilder(host));
    for (const fake of pool.slice(0, 4)) fake.build = never;
    const { result, dropped } = startBuild(pool, planWork({ a: [] }, ["a"]), clock);
    for (const fake of pool.slice(0, 4)) {
      await clock.advance(1000);
      fake.lose(unreachable());
    }
    expect((await clock.run(result)).outcome.error).toBeUndefined();
    expect(pool.at(-1)?.built).toEqual(["a"]);
    expect(dropped.size).toBe(0);
  });

  it("is used again when it comes back, with the outputs that it has", async () => {
    const clock = new FakeClock();
    const [one, two] = [slowBuilder(clock, "one"), slowBuilder(clock, "two", 100)];
    const { result } = startBuild([one, two], planWork(GRAPH, ["d"]), clock);
    await clock.advance(2200);
    one.lose(unreachable());
    await clock.advance(1000);
    one.connect();
    await clock.advance(10_000);
    expect(one.built.filter((name) => name === "b")).toEqual(["b"]);
    two.lose(unreachable());
    expect((await clock.run(result)).outcome.error).toBeUndefined();
    expect(one.built.toSorted()).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("ends the build if it was the last one", async () => {
    const clock = new FakeClock();
    const one = slowBuilder(clock, "one");
    const { result } = startBuild([one], planWork(GRAPH, ["d"]), clock);
    await clock.advance(1500);
    one.lose(unreachable());
    const { outcome, locations } = await clock.run(result);
    expect(outcome).toMatchObject({
      built: [],
      builds: [{ name: "a", outcome: "built" }, { outcome: "failed" }],
      error: {
        code: "BUILDER_UNREACHABLE",
        message: "no builder is left for the remaining derivations: one: the connection was lost",
      },
    });
    expect(locations).toEqual([]);
  });
});

describe("a build that fails", () => {
  it("ends the whole build if the derivation itself fails", async () => {
    const clock = new FakeClock();
    const [one, two] = [new FakeBuilder("one"), new FakeBuilder("two")];
    const build = (name: string, say: (line: string) => void) => {
      if (name !== "a") return never();
      say("a line");
      return Promise.resolve({
        outcome: "failed",
        message: "builder for 'a' failed with exit code 3",
      } as const);
    };
    for (const fake of [one, two]) fake.build = build;
    const { result, lines } = startBuild([one, two], planWork(GRAPH, ["d"]), clock);
    const { outcome } = await clock.run(result);
    expect(outcome).toMatchObject({ built: [], error: { code: "BUILD_FAILED" } });
    expect(outcome.builds.map(({ name, outcome: end }) => [name, end])).toEqual([
      ["a", "failed"],
      ["e", "interrupted"],
    ]);
    expect(lines.join("\n")).toContain("a line");
    expect([one.built, two.built]).toEqual([[], []]);
  });

  it("is retried after BUILDER_UNREACHABLE", async () => {
    const clock = new FakeClock();
    const one = new FakeBuilder("one");
    let tries = 0;
    one.build = (name) =>
      name === "b" && ++tries < 3 ? Promise.reject(unreachable()) : Promise.resolve(BUILT);
    const { result, dropped } = startBuild([one], planWork(GRAPH, ["d"]), clock);
    const { outcome } = await clock.run(result);
    expect(outcome.error).toBeUndefined();
    expect(outcome.builds.filter(({ name }) => name === "b").map(({ outcome: end }) => end)).toEqual([
      "failed",
      "failed",
      "built",
    ]);
    expect(dropped.size).toBe(0);
  });

  it("continues elsewhere if one builder keeps failing at the same derivation", async () => {
    const clock = new FakeClock();
    const [one, two] = [new FakeBuilder("one"), new FakeBuilder("two")];
    one.build = () => Promise.reject(unreachable("its Nix does not listen any more"));
    const { result, dropped } = startBuild([one, two], planWork(GRAPH, ["d"]), clock);
    const { outcome } = await clock.run(result);
    expect(outcome.error).toBeUndefined();
    expect(outcome.builds.filter(({ outcome: end }) => end === "failed")).toHaveLength(3);
    expect([...dropped.keys()]).toEqual([one.builder]);
  });

  it("ends the whole build if three builders fail at the same derivation", async () => {
    const clock = new FakeClock();
    const pool = ["1", "2", "3", "4"].map((host) => slowBuilder(clock, host));
    const odd = unreachable("the daemon has crashed");
    for (const fake of pool) {
      const { build } = fake;
      fake.build = (name, say) => (name === "a" ? Promise.reject(odd) : build(name, say));
    }
    const graph = { a: [], x: [], y: [], z: [], all: ["a", "x", "y", "z"] };
    const { result, dropped } = startBuild(pool, planWork(graph, ["all"]), clock);
    expect((await clock.run(result)).outcome.error).toBe(odd);
    expect(dropped.size).toBeLessThan(4);
  });

  it("excludes a builder after three failures, and the others continue", async () => {
    const clock = new FakeClock();
    const [one, two] = [new FakeBuilder("one", { maxJobs: 3 }), slowBuilder(clock, "two")];
    one.build = () => Promise.reject(unreachable("its disk is odd"));
    const graph = { a: [], b: [], c: [], d: [], e: [], all: ["a", "b", "c", "d", "e"] };
    const { result, dropped } = startBuild([one, two], planWork(graph, ["all"]), clock);
    const { outcome } = await clock.run(result);
    expect(outcome.error).toBeUndefined();
    expect(outcome.builds.filter(({ outcome: end }) => end === "failed")).toHaveLength(3);
    expect([...dropped]).toMatchObject([[{ host: "one" }, { message: "its disk is odd" }]]);
    expect(two.built.toSorted()).toEqual(["a", "all", "b", "c", "d", "e"]);
  });

  it("excludes a builder at once if it refuses to build", async () => {
    const clock = new FakeClock();
    const [one, two] = [new FakeBuilder("one"), new FakeBuilder("two")];
    one.build = () =>
      Promise.reject(new ActionError("BUILDER_DENIED", "you are not privileged to build", { hint: "None." }));
    const { result, dropped } = startBuild([one, two], planWork(GRAPH, ["d"]), clock);
    expect((await clock.run(result)).outcome.error).toBeUndefined();
    expect(dropped.get(one.builder)).toMatchObject({ code: "BUILDER_DENIED" });
    expect(two.built.toSorted()).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("is not retried after a protocol error, and the builder is not dropped", async () => {
    const clock = new FakeClock();
    const [one, two] = [new FakeBuilder("one"), new FakeBuilder("two")];
    const error = new ProtocolError("BUILDER_UNREACHABLE", "what the builder sent back cannot be read", {
      hint: "None.",
    });
    one.build = () => Promise.reject(error);
    two.build = never;
    const { result, dropped } = startBuild([one, two], planWork(GRAPH, ["d"]), clock);
    const { outcome } = await clock.run(result);
    expect(outcome.error).toBe(error);
    expect(outcome.builds).toHaveLength(2);
    expect(dropped.size).toBe(0);
  });

  it("ends at once if a builder sends a protocol error while it is prepared", async () => {
    const clock = new FakeClock();
    const [one, two] = [new FakeBuilder("one"), new FakeBuilder("two")];
    const error = new ProtocolError("BUILDER_UNFIT", "its Nix speaks the worker protocol 1.21", {
      hint: "None.",
    });
    two.during = () => Promise.reject(error);
    const { result, dropped } = startBuild([one, two], planWork(GRAPH, ["d"]), clock);
    expect((await clock.run(result)).outcome.error).toBe(error);
    expect([one.built, dropped.size]).toEqual([[], 0]);
  });
});
