import type { BuilderPool } from "../builders/pool.js";
import { isCancelled, renderError } from "../errors/action-error.js";
import type { RemoteBuildMode } from "../model/build-mode.js";
import { type Builder, countUsable, isUsable } from "../model/builder.js";
import type { TargetPlan } from "../model/plan.js";
import { previewBuild } from "../nix/build.js";
import type { RunNix } from "../nix/command.js";
import { measureGraph, readDerivationClosure } from "../nix/derivation.js";
import { chooseBuildMode, type ForcedMode } from "../plan/build-mode.js";
import type { Log } from "../platform/log.js";
import type { BuilderReservations } from "./reservations.js";
import type { BuildGraphWork } from "./steps.js";

/** The chosen mode; `release` ends its reservation. A distributed build has its graph as `work`. */
export type RemoteBuildPlan = { readonly reason: string; readonly release: () => void } & (
  | {
      readonly mode: Exclude<RemoteBuildMode, { readonly kind: "distributed" }>;
      readonly work?: undefined;
    }
  | {
      readonly mode: Extract<RemoteBuildMode, { readonly kind: "distributed" }>;
      readonly work: BuildGraphWork;
    }
);

export interface ChooseModeRequest {
  readonly plan: TargetPlan;
  readonly installables: readonly string[];
  readonly workingDirectory: string;
  /** Identical in all runs of one repository. */
  readonly repository: string;
  readonly forced: ForcedMode | undefined;
}

export interface ChooseModeEffects {
  readonly pool: Pick<BuilderPool, "statuses" | "connectionOf">;
  readonly runNix: RunNix;
  readonly log: Log;
  readonly reservations: BuilderReservations;
}

/**
 * Chooses how the builders share a build, and reserves the builder of a `single-store` build. Rejects with
 * `CANCELLED`.
 */
export async function chooseMode(
  { plan, installables, workingDirectory, repository, forced }: ChooseModeRequest,
  { pool, runNix, log, reservations }: ChooseModeEffects,
): Promise<RemoteBuildPlan> {
  const { target, buildSystem, attributes } = plan;
  const work =
    countUsable(pool.statuses, target) < 2
      ? undefined
      : await preview(runNix, { installables, cwd: workingDirectory }, log);
  const { chosen, release } = reservations.reserve((taken) =>
    chooseBuildMode({
      target,
      buildSystem,
      builders: pool.statuses,
      isReachable: (builder: Builder) => isStoreReachable(pool, builder),
      taken,
      key: [repository, ...attributes].join("\n"),
      forced,
      graph: work === undefined ? undefined : measureGraph(work.missing, work.closure),
    }),
  );
  const { mode, reason } = chosen;
  if (mode.kind !== "distributed") return { mode, reason, release };
  if (work === undefined) throw new Error(`distributed mode was chosen for ${target} without a build graph`);
  return { mode, reason, release, work };
}

/** What has to be built; undefined if Nix cannot tell before the build. Rejects with `CANCELLED`. */
async function preview(
  runNix: RunNix,
  request: Parameters<typeof previewBuild>[1],
  log: Log,
): Promise<BuildGraphWork | undefined> {
  try {
    const found = await previewBuild(runNix, request);
    return { ...found, closure: await readDerivationClosure(found.missing) };
  } catch (error) {
    if (isCancelled(error)) throw error;
    log.debug(`the build graph is not known before the build: ${renderError(error)}`);
    return undefined;
  }
}

/**
 * Whether we can talk to a builder's daemon over our own connection. The old protocol `ssh` has no daemon. A
 * forced command runs only Nix's daemon, so outputs could not be copied back in one stream.
 */
export function isStoreReachable(
  pool: Pick<BuilderPool, "statuses" | "connectionOf">,
  builder: Builder,
): boolean {
  const status = pool.statuses.find((known) => known.builder.alias === builder.alias);
  const hasShell = status !== undefined && isUsable(status) && status.facts.systems !== undefined;
  return builder.protocol === "ssh-ng" && hasShell && pool.connectionOf(builder) !== undefined;
}
