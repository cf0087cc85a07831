import type { BuilderPool } from "../builders/pool.js";
import { ActionError, renderError } from "../errors/action-error.js";
import { type Builder, countUsable, isUsable } from "../model/builder.js";
import type { TargetPlan } from "../model/plan.js";
import { previewBuild } from "../nix/build.js";
import type { RunNix } from "../nix/command.js";
import { measureGraph, readDerivationClosure } from "../nix/derivation.js";
import { chooseBuildMode, type RemoteMode } from "../plan/build-mode.js";
import type { Log } from "../platform/log.js";
import type { BuildGraphWork } from "./steps.js";

type Distributed = Extract<RemoteMode, { readonly kind: "distributed" }>;

/** How the builders share a build; a distributed one needs to know what there is to build. */
export type RemoteWay = Exclude<RemoteMode, Distributed> | (Distributed & { readonly work: BuildGraphWork });

export interface ChooseModeRequest {
  readonly plan: TargetPlan;
  readonly installables: readonly string[];
  readonly workingDirectory: string;
  /** The same in all runs of one repository. */
  readonly repository: string;
  /** The aliases of the builders in whose stores other targets are built at this moment. */
  readonly taken: ReadonlySet<string>;
}

export interface ChooseModeEffects {
  readonly pool: BuilderPool;
  readonly runNix: RunNix;
  readonly log: Log;
}

/** Rejects with `CANCELLED`. */
export async function chooseMode(
  { plan, installables, workingDirectory, repository, taken }: ChooseModeRequest,
  { pool, runNix, log }: ChooseModeEffects,
): Promise<RemoteWay> {
  const work =
    countUsable(pool.statuses, plan.target) < 2
      ? undefined
      : await preview(runNix, { installables, cwd: workingDirectory }, log);
  const graph = work === undefined ? undefined : measureGraph(work.missing, work.closure);
  const mode = chooseBuildMode({
    target: plan.target,
    builders: pool.statuses,
    isReachable: (builder: Builder) => isStoreReachable(pool, builder),
    taken,
    key: [repository, ...plan.attributes].join("\n"),
    graph,
  });
  if (mode.kind !== "distributed") return mode;
  if (work === undefined) throw new ActionError("INTERNAL", "a build of unknown work was to be distributed");
  return { ...mode, work };
}

/** What has to be built; undefined where Nix does not know it beforehand. Rejects with `CANCELLED`. */
async function preview(
  runNix: RunNix,
  request: Parameters<typeof previewBuild>[1],
  log: Log,
): Promise<BuildGraphWork | undefined> {
  try {
    const found = await previewBuild(runNix, request);
    return { ...found, closure: await readDerivationClosure(found.missing) };
  } catch (error) {
    if (error instanceof ActionError && error.code === "CANCELLED") throw error;
    log.debug(`what has to be built is not known beforehand: ${renderError(error)}`);
    return undefined;
  }
}

/**
 * Whether we can talk to the daemon of a builder over our own connection. The old protocol `ssh` has no daemon to talk to. Behind a forced
 * command there is Nix's daemon and nothing else: outputs could not be copied back in one stream.
 */
export function isStoreReachable(pool: BuilderPool, builder: Builder): boolean {
  const status = pool.statuses.find((known) => known.builder.alias === builder.alias);
  const hasShell = status !== undefined && isUsable(status) && status.facts.systems !== undefined;
  return builder.protocol === "ssh-ng" && hasShell && pool.connectionOf(builder) !== undefined;
}
