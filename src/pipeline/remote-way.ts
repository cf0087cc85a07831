import type { BuilderPool } from "../builders/pool.js";
import { ActionError, renderError } from "../errors/action-error.js";
import { type Builder, isUsable } from "../model/builder.js";
import { previewBuild } from "../nix/build.js";
import { measureGraph, readClosure } from "../nix/derivation.js";
import { chooseRemoteMode, type RemoteMode } from "../plan/remote-mode.js";
import type { BuildContext } from "./build.js";
import type { SpreadWork } from "./build-steps.js";

/** How the builders share a build, and what there is to be built, where that is known. */
export interface RemoteWay {
  readonly mode: RemoteMode;
  readonly work: SpreadWork | undefined;
}

/** Rejects with `CANCELLED`. */
export async function chooseRemoteWay(
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
    graph: undefined,
  };
  const unknown = () => ({ mode: chooseRemoteMode(request), work: undefined });
  const able = pool.statuses.filter(
    (status) => isUsable(status) && status.builder.systems.includes(plan.target),
  );
  if (able.length < 2) return unknown();
  try {
    const preview = await previewBuild(runNix, { installables, cwd: job.workingDirectory });
    const closure = await readClosure(preview.missing);
    const mode = chooseRemoteMode({ ...request, graph: measureGraph(preview.missing, closure) });
    return { mode, work: { ...preview, closure } };
  } catch (error) {
    if (error instanceof ActionError && error.code === "CANCELLED") throw error;
    world.log.debug(`what has to be built is not known beforehand: ${renderError(error)}`);
    return unknown();
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
