import { describe, expect, it } from "@jest/globals";

import type { Builder, BuilderStatus } from "../../../src/model/builder.js";
import type { BuildGraph } from "../../../src/model/build-graph.js";
import { chooseBuildMode, rankBuilders, type BuildModeRequest } from "../../../src/plan/build-mode.js";
import { createBuilder } from "../pipeline/fake-run.js";

const create = (host: string, given: Partial<Builder> = {}): BuilderStatus =>
  createBuilder(host, { alias: host, protocol: "ssh-ng", ...given });

const degrade = (status: BuilderStatus): BuilderStatus =>
  ({ ...status, state: "degraded", reason: "busy", hint: "" }) as BuilderStatus;

function choose(builders: readonly BuilderStatus[], given: Partial<BuildModeRequest> = {}) {
  const { mode } = chooseBuildMode({
    target: "x86_64-linux",
    buildSystem: "aarch64-linux",
    builders,
    isReachable: () => true,
    taken: new Set(),
    key: "k",
    graph: undefined,
    ...given,
  });
  return mode.kind === "single-store" ? mode.builder.host : mode.kind;
}

const graphOf = (derivations: number, depth: number, given: Partial<BuildGraph> = {}): BuildGraph => ({
  derivations,
  depth,
  needs: [{ platform: "x86_64-linux", features: [] }],
  isKnown: true,
  ...given,
});

describe("chooseBuildMode", () => {
  const three = [create("a"), create("b"), create("c")];
  const arm = create("arm", { systems: ["aarch64-linux"] });

  it.each<[string, readonly BuilderStatus[], Partial<BuildModeRequest>, string]>([
    ["the only builder's store", [create("a")], {}, "a"],
    ["the store of the only builder for the target", [arm, create("a")], {}, "a"],
    ["the hook if its store cannot be reached", [create("a")], { isReachable: () => false }, "build-hook"],
    [
      "the hook if the only builder has mandatory features",
      [create("a", { mandatoryFeatures: ["kvm"] })],
      {},
      "build-hook",
    ],
    ["the hook if the build graph is not known", three, {}, "build-hook"],
    [
      "a builder that is not building another target",
      [create("a"), create("b")],
      {
        graph: graphOf(1, 1),
        taken: new Set([rankBuilders([create("a"), create("b")], "k")[0]?.alias ?? ""]),
      },
      rankBuilders([create("a"), create("b")], "k")[1]?.host ?? "",
    ],
    ["distributed mode if one builder has too few slots", three, { graph: graphOf(40, 8) }, "distributed"],
    [
      "the hook if output paths are not known before the build",
      three,
      { graph: graphOf(40, 8, { isKnown: false }) },
      "build-hook",
    ],
    [
      "the hook if no builder whose store can be reached supports a derivation",
      three,
      { graph: graphOf(40, 8, { needs: [{ platform: "x86_64-linux", features: ["kvm"] }] }) },
      "build-hook",
    ],
    [
      "the hook if only one of the stores can be reached",
      three,
      { graph: graphOf(40, 8), isReachable: ({ host }) => host === "a" },
      "build-hook",
    ],
  ])("chooses %s", (_, builders, given, expected) => {
    expect(choose(builders, given)).toBe(expected);
  });

  it.each([
    ["a chain", graphOf(10, 10)],
    ["a graph that fits the slots of one builder", graphOf(40, 10)],
    ["an empty graph", graphOf(0, 0)],
  ])("chooses one builder's store for %s, the same one each time", (_, graph) => {
    const chosen = choose(three, { graph });
    expect(["a", "b", "c"]).toContain(chosen);
    expect(choose(three.toReversed(), { graph })).toBe(chosen);
  });

  it("skips builders with too few slots", () => {
    const builders = [
      create("a", { maxJobs: 1 }),
      create("b", { maxJobs: 1 }),
      create("big", { maxJobs: 8 }),
    ];
    expect(choose(builders, { graph: graphOf(40, 8) })).toBe("big");
  });
});

describe("rankBuilders", () => {
  const hosts = ["a", "b", "c", "d", "e"];
  const rank = (names: readonly string[], key: string) =>
    rankBuilders(
      names.map((name) => create(name)),
      key,
    ).map(({ host }) => host);

  it("moves only the jobs of a builder that is gone", () => {
    for (let job = 0; job < 50; job++) {
      const [first] = rank(hosts, String(job));
      const lost = hosts.find((host) => host !== first) ?? "";
      expect(
        rank(
          hosts.filter((host) => host !== lost),
          String(job),
        )[0],
      ).toBe(first);
    }
  });

  it("spreads jobs over all builders", () => {
    const firsts = Array.from({ length: 200 }, (_, job) => rank(hosts, String(job))[0]);
    for (const host of hosts) expect(firsts.filter((first) => first === host).length).toBeGreaterThan(15);
  });

  it("puts degraded builders last and leaves dropped ones out", () => {
    const gone: BuilderStatus = {
      ...create("gone"),
      state: "dropped",
      code: "BUILDER_UNREACHABLE",
      reason: "",
      hint: "",
    };
    for (let job = 0; job < 20; job++) {
      const ranked = rankBuilders([degrade(create("a")), create("b"), gone], String(job));
      expect(ranked.map(({ host }) => host)).toEqual(["b", "a"]);
    }
  });
});
