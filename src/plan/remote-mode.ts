import { createHash } from "node:crypto";

import type { Builder, BuilderStatus } from "../model/builder.js";
import { isUsable } from "../model/builder.js";
import type { TargetSystem } from "../model/system.js";

/** How remote builders share a build. */
export type RemoteMode =
  /** Each derivation goes to whichever builder is free. */
  | { readonly kind: "hook"; readonly reason: string }
  /** All of it happens in the store of one. */
  | { readonly kind: "store"; readonly builder: Builder; readonly reason: string };

export interface RemoteModeRequest {
  readonly target: TargetSystem;
  readonly builders: readonly BuilderStatus[];
  /** Whether there is a connection that a store can be reached by. */
  readonly isReachable: (builder: Builder) => boolean;
  /** The aliases of those whose stores build other targets at this moment. */
  readonly taken: ReadonlySet<string>;
  /** What is the same in every run of this job: it always gets the same builder, whose store is then warm. */
  readonly key: string;
  /** What has to be built; undefined where it is not known. */
  readonly graph: { readonly derivations: number; readonly depth: number } | undefined;
}

/**
 * Chooses between Nix's build hook and one builder's store. The hook pays for a new connection and two copies with every derivation, one
 * after the other, and gets the slots of all builders for it; a store pays once. So it is the store where one builder has slots for all
 * that can be built at the same time.
 */
export function chooseRemoteMode({
  target,
  builders,
  isReachable,
  taken,
  key,
  graph,
}: RemoteModeRequest): RemoteMode {
  const able = builders.filter((status) => isUsable(status) && status.builder.systems.includes(target));
  const reachable = rankBuilders(able, key).filter(
    (builder) => builder.mandatoryFeatures.length === 0 && isReachable(builder),
  );
  // Several targets spread over the builders.
  const stores = reachable.toSorted((a, b) => Number(taken.has(a.alias)) - Number(taken.has(b.alias)));
  const [first] = stores;
  if (first === undefined) return { kind: "hook", reason: "no builder's store can be reached by itself" };
  if (able.length === 1)
    return { kind: "store", builder: first, reason: `${first.host} is the only builder for ${target}` };
  if (graph === undefined) return { kind: "hook", reason: `${able.length} builders share the work` };
  const parallel = graph.depth === 0 ? 0 : graph.derivations / graph.depth;
  const work = `${graph.derivations} derivations, the longest chain has ${graph.depth}`;
  const fitting = stores.find(({ maxJobs }) => parallel <= (maxJobs ?? 1));
  return fitting === undefined
    ? { kind: "hook", reason: `${work}: more at the same time than one builder has slots` }
    : { kind: "store", builder: fitting, reason: `${work}: ${fitting.host} has slots for them` };
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
