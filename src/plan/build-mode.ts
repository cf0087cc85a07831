import { createHash } from "node:crypto";

import type { Builder, BuilderStatus } from "../model/builder.js";
import { isUsable } from "../model/builder.js";
import type { BuildGraph } from "../model/build-graph.js";
import type { TargetSystem } from "../model/system.js";
import { isFit } from "./worker-choice.js";

/** How remote builders share a build. */
export type RemoteMode =
  /** Each derivation goes to whichever builder is free, by Nix's build hook. */
  | { readonly kind: "build-hook"; readonly reason: string }
  /** Each derivation goes to whichever builder is free, and outputs from store to store. */
  | { readonly kind: "distributed"; readonly reason: string }
  /** All of it happens in the store of one. */
  | { readonly kind: "single-store"; readonly builder: Builder; readonly reason: string };

export interface BuildModeRequest {
  readonly target: TargetSystem;
  readonly builders: readonly BuilderStatus[];
  /** Whether there is a connection that a store can be reached by. */
  readonly isReachable: (builder: Builder) => boolean;
  /** The aliases of those whose stores build other targets at this moment. */
  readonly taken: ReadonlySet<string>;
  /** What is the same in every run of this job: it always gets the same builder, whose store is then warm. */
  readonly key: string;
  /** What has to be built; undefined where it is not known. */
  readonly graph: BuildGraph | undefined;
}

/**
 * Chooses how the builders share a build. One builder's store costs a single connection and copies nothing in between: it is taken where one
 * builder has slots for all that can be built at the same time. Else the graph is spread over the stores of all. Nix's own build hook pays for a
 * new connection and two copies with every derivation, one after the other: it is for what cannot be spread.
 */
export function chooseBuildMode({
  target,
  builders,
  isReachable,
  taken,
  key,
  graph,
}: BuildModeRequest): RemoteMode {
  const able = builders.filter((status) => isUsable(status) && status.builder.systems.includes(target));
  const reachable = rankBuilders(able, key).filter(
    (builder) => builder.mandatoryFeatures.length === 0 && isReachable(builder),
  );
  // Several targets spread over the builders.
  const stores = reachable.toSorted((a, b) => Number(taken.has(a.alias)) - Number(taken.has(b.alias)));
  const [first] = stores;
  if (first === undefined)
    return { kind: "build-hook", reason: "no builder's store can be reached by itself" };
  if (able.length === 1)
    return {
      kind: "single-store",
      builder: first,
      reason: `${first.host} is the only builder for ${target}`,
    };
  if (graph === undefined) return { kind: "build-hook", reason: `${able.length} builders share the work` };
  const parallel = graph.depth === 0 ? 0 : graph.derivations / graph.depth;
  const work = `${graph.derivations} derivations, the longest chain has ${graph.depth}`;
  const fitting = stores.find(({ maxJobs }) => parallel <= (maxJobs ?? 1));
  if (fitting !== undefined) {
    return { kind: "single-store", builder: fitting, reason: `${work}: ${fitting.host} has slots for them` };
  }
  const more = `${work}: more at the same time than one builder has slots`;
  const problem = findObstacle(graph, reachable);
  return problem === undefined
    ? { kind: "distributed", reason: more }
    : { kind: "build-hook", reason: `${more}, and ${problem}` };
}

/** Why a graph cannot be spread over these builders' stores. */
function findObstacle({ needs, isKnown }: BuildGraph, builders: readonly Builder[]): string | undefined {
  if (!isKnown) return "content-addressed derivations are among them";
  if (builders.length < 2) return "only one builder's store can be reached by itself";
  const unmet = needs.find((need) => !builders.some((builder) => isFit(builder, need)));
  return unmet === undefined
    ? undefined
    : `no builder whose store can be reached builds for ${[unmet.platform, ...unmet.features].join(", ")}`;
}

/**
 * Builders in the order in which a job should ask for them: ready ones before degraded ones, and among these by rendezvous hashing, so
 * that one builder more or less moves as few jobs as can be. @see Thaler and Ravishankar, "Using name-based mappings to increase hit rates"
 */
export function rankBuilders(builders: readonly BuilderStatus[], key: string): readonly Builder[] {
  const score = ({ host, port }: Builder) =>
    createHash("sha256").update(`${key}\0${host}\0${port}`).digest("hex");
  const order = { ready: 0, degraded: 1, dropped: 2 };
  return builders
    .filter(isUsable)
    .map((status) => ({ builder: status.builder, rank: order[status.state], score: score(status.builder) }))
    .toSorted((a, b) => a.rank - b.rank || (a.score < b.score ? -1 : 1))
    .map(({ builder }) => builder);
}
