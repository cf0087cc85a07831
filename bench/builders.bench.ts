import { join } from "node:path";

import { makeTemporaryFolder, removeTemporaryFolders } from "../test/runner.js";
import { readThrough, startRelay } from "../test/tcp-relay.js";
import { type Builder, createGraph, type Service, startBuilder } from "../test/testbed.js";
import { measureScenarios, type Row, type Scenario, type Scenarios } from "./measure.js";
import { createMachine, type Graph, type Pool, runAction, runNix } from "./subjects.js";

/**
 * Compares remote builds by the action and by Nix alone, on graphs of derivations that sleep or do nothing.
 * Each run has new derivations. All connections go through a relay, which counts bytes and adds the delay of
 * the scenario.
 */

const bed = makeTemporaryFolder("bench");
const machine = join(bed, "machine");
const services: Service[] = [];

async function start(name: string, maxJobs: number, like?: Builder): Promise<Builder> {
  const builder = await startBuilder(join(bed, name), { maxJobs, ...(like && { like }) });
  services.push(builder);
  return builder;
}

/** The connection to a builder: its round-trip time in milliseconds, a black hole, or a port that refuses. */
type Way = number | "black hole" | "refused";

async function connectPool(ways: readonly (readonly [Builder, Way])[]): Promise<Pool> {
  const pool = await Promise.all(
    ways.map(async ([builder, way]) => {
      const relay = await startRelay(builder.port, typeof way === "number" ? way / 2 : 0);
      if (way === "black hole") relay.blackHole();
      if (way === "refused") await relay.stop();
      else services.push(relay);
      return { builder: readThrough(relay, builder), relay };
    }),
  );
  return { builders: pool.map(({ builder }) => builder), relays: pool.map(({ relay }) => relay) };
}

/** The action and Nix's build hook. */
function compare(pool: Pool, graph: Graph): Scenario["subjects"] {
  return [runAction(machine, pool, graph), runNix(machine, pool, graph, "builders")];
}

/**
 * Every scenario by its name, with the highest acceptable ratio to Nix's build hook. The first two builders
 * have four slots each, those of `narrow` one each.
 */
function listScenarios([wide, alsoWide]: readonly [Builder, Builder], narrow: readonly Builder[]): Scenarios {
  // With one builder, Nix's remote store is a second peer.
  const reach = (graph: Graph, roundTripMs: number, goal: number) => async () => {
    const pool = await connectPool([[wide, roundTripMs]]);
    return { goal, subjects: [...compare(pool, graph), runNix(machine, pool, graph, "store")] };
  };
  const oneMore = (way: Way, goal: number) => async () => {
    const pool = await connectPool([
      [wide, way],
      [wide, 0],
    ]);
    return { goal, subjects: compare(pool, "graph") };
  };
  const scale = (count: number) => async () => {
    const pool = await connectPool(narrow.slice(0, count).map((builder) => [builder, 0]));
    return { goal: 1.05, subjects: compare(pool, "graph") };
  };
  // Without a peer, because the build hook would take an hour.
  const spread = (graph: Graph) => async () => {
    const pool = await connectPool([
      [wide, 0],
      [alsoWide, 0],
    ]);
    return { subjects: [runAction(machine, pool, graph)] };
  };
  const probe = async () => {
    const slowest = [wide, 100] as const;
    const others = Array.from({ length: 15 }, (_, index): readonly [Builder, Way] => [
      narrow[index % narrow.length] ?? wide,
      index < 4 ? "black hole" : 5 * index,
    ]);
    const alone = await connectPool([slowest]);
    const all = await connectPool([slowest, ...others]);
    // All runs share one flake, so that only the first one builds: the probe is what is measured.
    const options = { phase: "probe", flake: createGraph(join(bed, "built")) } as const;
    return {
      subjects: [
        runAction(machine, all, "chain", options),
        runAction(machine, alone, "chain", { ...options, name: "cross-build, the slowest alone" }),
      ],
    };
  };
  return [
    ["chain-10-rtt0", reach("chain", 0, 1.05)],
    ["chain-10-rtt20", reach("chain", 20, 0.1)],
    ["graph-40-rtt0", reach("graph", 0, 1.05)],
    ["graph-40-rtt20", reach("graph", 20, 1.05)],
    ["graph-40-one-dead", oneMore("black hole", 0.5)],
    ["graph-40-one-refused", oneMore("refused", 1.05)],
    ["scale-1", scale(1)],
    ["scale-2", scale(2)],
    ["scale-3", scale(3)],
    ["wide-1000", spread("wide-1000")],
    ["wide-10000", spread("wide-10000")],
    ["probe-16-4-dead", probe],
  ];
}

/** Renders the comparisons between scenarios. */
function renderComparisons(rows: readonly Row[]): string {
  const find = (scenario: string) =>
    rows.find(({ result }) => result.scenario === scenario && result.subject === "cross-build")?.result;
  const lines: string[] = [];
  const [one, three] = [find("scale-1"), find("scale-3")];
  if (one !== undefined && three !== undefined) {
    const factor = (one.wallMs.median / three.wallMs.median).toFixed(2);
    lines.push(`Three builders are ${factor} times as fast as one; the goal is 2.9.`);
  }
  const [small, large] = [find("wide-1000"), find("wide-10000")];
  if (small !== undefined && large !== undefined) {
    const [wall, cpu] = (["wallMs", "cpuMs"] as const).map((what) => {
      const [each, eachOfMany] = [small[what].median / 1000, large[what].median / 10_000];
      return `${eachOfMany.toFixed(2)} ms (${(eachOfMany / each).toFixed(2)} times what it is with 1000)`;
    });
    lines.push(`With 10 000 derivations each takes ${wall} and of CPU ${cpu}; the goal is 1.2 times.`);
  }
  return lines.map((line) => `\n\n${line}`).join("");
}

async function main(): Promise<void> {
  createMachine(machine);
  const wide = await start("wide", 4);
  const alsoWide = await start("also-wide", 4, wide);
  const narrow: Builder[] = [];
  for (const name of ["one", "two", "three"]) narrow.push(await start(name, 1, wide));
  await measureScenarios("builders", listScenarios([wide, alsoWide], narrow), renderComparisons);
}

try {
  await main();
} finally {
  for (const service of services.toReversed()) await service.stop();
  removeTemporaryFolders();
}
