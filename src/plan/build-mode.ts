import { createHash } from "node:crypto";

import type { RemoteBuildMode } from "../model/build-mode.js";
import type { Builder, BuilderStatus } from "../model/builder.js";
import { isUsable } from "../model/builder.js";
import type { BuildGraph } from "../model/build-graph.js";
import type { System, TargetSystem } from "../model/system.js";
import { isFit } from "./worker-choice.js";

/** A mode, and why it was chosen. */
export interface ChosenMode {
  readonly mode: RemoteBuildMode;
  readonly reason: string;
}

export interface BuildModeRequest {
  readonly target: TargetSystem;
  readonly buildSystem: System;
  readonly builders: readonly BuilderStatus[];
  /** Whether there is a connection that a store can be reached by. */
  readonly isReachable: (builder: Builder) => boolean;
  /** The aliases of those whose stores build other targets at this moment. */
  readonly taken: ReadonlySet<string>;
  /** What is the same in every run of this job: it always gets the same builder, whose store is then warm. */
  readonly key: string;
  /** What has to be built; undefined where it is not known. */
  readonly graph: BuildGraph | undefined;
  /** The mode to use wherever it is possible, and why. */
  readonly forced?: ForcedMode | undefined;
}

export interface ForcedMode {
  readonly kind: RemoteBuildMode["kind"];
  readonly reason: string;
}

/**
 * Chooses how the builders share a build. `single-store` costs one connection and copies nothing in between, so it is chosen where one
 * builder has slots for everything that can be built at the same time; `distributed` otherwise. `build-hook` opens a connection and
 * copies twice for every derivation, one after the other: it is for what cannot be distributed.
 */
export function chooseBuildMode(request: BuildModeRequest): ChosenMode {
  const { target, buildSystem, builders, isReachable, taken, key, graph } = request;
  const useHook = (reason: string): ChosenMode => ({
    mode: { kind: "build-hook", isTargetLocal: buildSystem === target },
    reason,
  });
  const useStore = (builder: Builder, reason: string): ChosenMode => ({
    mode: { kind: "single-store", builder },
    reason,
  });
  const able = builders.filter((status) => isUsable(status) && status.builder.systems.includes(target));
  const reachable = rankBuilders(able, key).filter(
    (builder) => builder.mandatoryFeatures.length === 0 && isReachable(builder),
  );
  // Targets that are built at the same time get a builder each, as far as there are enough.
  const stores = reachable.toSorted((a, b) => Number(taken.has(a.alias)) - Number(taken.has(b.alias)));
  const [first] = stores;
  if (request.forced?.kind === "build-hook") return useHook(request.forced.reason);
  if (first === undefined) return useHook("no builder's store can be reached by itself");
  if (request.forced?.kind === "single-store") return useStore(first, request.forced.reason);
  if (
    request.forced?.kind === "distributed" &&
    graph !== undefined &&
    findObstacle(graph, reachable) === undefined
  )
    return { mode: { kind: "distributed" }, reason: request.forced.reason };
  if (able.length === 1) return useStore(first, `${first.host} is the only builder for ${target}`);
  if (graph === undefined) return useHook(`${able.length} builders share the work`);
  const parallel = graph.depth === 0 ? 0 : graph.derivations / graph.depth;
  const work = `${graph.derivations} derivations, the longest chain has ${graph.depth}`;
  const fitting = stores.find(({ maxJobs }) => parallel <= (maxJobs ?? 1));
  if (fitting !== undefined) return useStore(fitting, `${work}: ${fitting.host} has slots for them`);
  const more = `${work}: more at the same time than one builder has slots`;
  const problem = findObstacle(graph, reachable);
  return problem === undefined
    ? { mode: { kind: "distributed" }, reason: more }
    : useHook(`${more}, and ${problem}`);
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
