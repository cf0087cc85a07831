import type { BuilderPool } from "../builders/pool.js";
import { ActionError, renderError } from "../errors/action-error.js";
import { type Builder, countUsable, isUsable } from "../model/builder.js";
import { previewBuild } from "../nix/build.js";
import { measureGraph, readDerivationClosure } from "../nix/derivation.js";
import type { RunNix } from "../nix/command.js";
import { chooseBuildMode, type RemoteMode } from "../plan/build-mode.js";
import type { BuildContext } from "../pipeline/stages/build.js";
import type { BuildGraphWork } from "./steps.js";
import type { RunContext } from "../pipeline/job.js";

type Spread = Extract<RemoteMode, { readonly kind: "distributed" }>;

/** How the builders share a build; to spread it, what there is to be built has to be known. */
export type RemoteWay = Exclude<RemoteMode, Spread> | (Spread & { readonly work: BuildGraphWork });

/** Rejects with `CANCELLED`. */
export async function chooseMode(
  { job, plan, workshop, world, stores }: BuildContext,
  installables: readonly string[],
): Promise<RemoteWay> {
  const { pool, runNix } = workshop;
  const request = {
    target: plan.target,
    builders: pool.statuses,
    isReachable: (builder: Builder) => isStoreReachable(pool, builder),
    taken: stores,
    key: [world.environment["GITHUB_REPOSITORY"] ?? "", ...plan.attributes].join("\n"),
  };
  const work =
    countUsable(pool.statuses, plan.target) < 2
      ? undefined
      : await preview(runNix, { installables, cwd: job.workingDirectory }, world);
  const graph = work === undefined ? undefined : measureGraph(work.missing, work.closure);
  const mode = chooseBuildMode({ ...request, graph });
  if (mode.kind !== "distributed") return mode;
  if (work === undefined) throw new ActionError("INTERNAL", "what is not known was to be spread");
  return { ...mode, work };
}

/** What has to be built; undefined where Nix does not know it beforehand. Rejects with `CANCELLED`. */
async function preview(
  runNix: RunNix,
  request: Parameters<typeof previewBuild>[1],
  { log }: RunContext,
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
 * Over the old protocol there is no daemon to ask, and behind a forced command there is Nix's daemon and nothing else, so that nothing could
 * be brought back in one piece.
 */
export function isStoreReachable(pool: BuilderPool, builder: Builder): boolean {
  const status = pool.statuses.find((known) => known.builder.alias === builder.alias);
  const hasShell = status !== undefined && isUsable(status) && status.facts.systems !== undefined;
  return builder.protocol === "ssh-ng" && hasShell && pool.connectionOf(builder) !== undefined;
}
