import { createHash } from "node:crypto";

import type { RemoteBuildMode } from "../model/build-mode.js";
import type { Builder, BuilderStatus } from "../model/builder.js";
import { isUsable } from "../model/builder.js";
import type { BuildGraph } from "../model/build-graph.js";
import { countOf } from "../model/count.js";
import type { System, TargetSystem } from "../model/system.js";
import { isFit } from "./worker-choice.js";

/** A mode, and the reason for it. */
export interface ChosenMode {
  readonly mode: RemoteBuildMode;
  readonly reason: string;
}

export interface BuildModeRequest {
  readonly target: TargetSystem;
  readonly buildSystem: System;
  readonly builders: readonly BuilderStatus[];
  /** Whether the builder's store can be reached over our own connection. */
  readonly isReachable: (builder: Builder) => boolean;
  /** The aliases of builders whose stores are building other targets. */
  readonly taken: ReadonlySet<string>;
  /** Identical in every run of this job, so that it always gets the same builder with its warm store. */
  readonly key: string;
  /** What has to be built; undefined if that is not known. */
  readonly graph: BuildGraph | undefined;
  /** The mode to use if it is possible, and the reason. */
  readonly forced?: ForcedMode | undefined;
}

export interface ForcedMode {
  readonly kind: RemoteBuildMode["kind"];
  readonly reason: string;
}

/**
 * Chooses how the builders share a build. `single-store` needs one connection and copies nothing between
 * builders, so it is chosen if one builder has slots for everything that can be built at the same time, and
 * `distributed` otherwise. `build-hook` opens a connection for every derivation and copies its inputs there
 * and its outputs back, so it is used only for what cannot be distributed.
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
  // Targets that are built at the same time get different builders, if there are enough.
  const stores = reachable.toSorted((a, b) => Number(taken.has(a.alias)) - Number(taken.has(b.alias)));
  const [first] = stores;
  if (request.forced?.kind === "build-hook") return useHook(request.forced.reason);
  if (first === undefined) return useHook("no builder's store can be reached directly");
  if (request.forced?.kind === "single-store") return useStore(first, request.forced.reason);
  if (
    request.forced?.kind === "distributed" &&
    graph !== undefined &&
    findObstacle(graph, reachable) === undefined
  )
    return { mode: { kind: "distributed" }, reason: request.forced.reason };
  if (able.length === 1) return useStore(first, `${first.host} is the only builder for ${target}`);
  if (graph === undefined)
    return useHook(`the build graph is not known, and ${able.length} builders share the work`);
  const parallel = graph.depth === 0 ? 0 : graph.derivations / graph.depth;
  const work = `${countOf(graph.derivations, "derivation")}, ${graph.depth} in the longest chain`;
  const fitting = stores.find(({ maxJobs }) => parallel <= (maxJobs ?? 1));
  if (fitting !== undefined) return useStore(fitting, `${work}: ${fitting.host} has enough slots`);
  const more = `${work}: more can be built at the same time than one builder has slots`;
  const problem = findObstacle(graph, reachable);
  return problem === undefined
    ? { mode: { kind: "distributed" }, reason: more }
    : useHook(`${more}, but ${problem}`);
}

/** Why a graph cannot be distributed over these builders; undefined if it can. */
function findObstacle({ needs, isKnown }: BuildGraph, builders: readonly Builder[]): string | undefined {
  if (!isKnown) return "some derivations are content-addressed";
  if (builders.length < 2) return "only one builder's store can be reached directly";
  const unmet = needs.find((need) => !builders.some((builder) => isFit(builder, need)));
  if (unmet === undefined) return undefined;
  const required = [unmet.platform, ...unmet.features].join(", ");
  return `no builder whose store can be reached directly builds for ${required}`;
}

/**
 * Orders builders by preference for a job: ready ones before degraded ones, and within each group by
 * rendezvous hashing, so that adding or removing a builder moves as few jobs as possible.
 * @see Thaler and Ravishankar, "Using name-based mappings to increase hit rates"
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
