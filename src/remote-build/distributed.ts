import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { aboutSubject } from "../errors/action-error.js";
import type { BuildOutcome } from "../model/build.js";
import type { StorePath } from "../model/store-path.js";
import { COPY_LIMIT_MS, type RunNix } from "../nix/command.js";
import { isPresent } from "../nix/derivation.js";
import { BuilderStore } from "./builder-store.js";
import { copyOutputsBack } from "./fetch-outputs.js";
import { forwardDaemon } from "./forwarded-daemon.js";
import { scheduleBuild, type ScheduleEffects, type ScheduleRequest } from "./scheduler.js";

export interface DistributedBuildRequest extends ScheduleRequest {
  readonly workingDirectory: string;
}

export interface DistributedBuildEffects extends Pick<
  ScheduleEffects<BuilderStore>,
  "pool" | "clock" | "log" | "emit"
> {
  /** `nix`, with a configuration that is safe to send to a builder's daemon. */
  readonly runNixForBuilder: RunNix;
  readonly runNixStoreCli: RunNix;
  readonly runFolder: string;
}

/**
 * Builds a graph in the stores of all builders at once (see `scheduleBuild`), and copies the outputs back
 * from the builders that have them. If copying fails, the outcome still lists what was built. Rejects with
 * `CANCELLED`.
 */
export async function buildDistributed(
  request: DistributedBuildRequest,
  effects: DistributedBuildEffects,
): Promise<BuildOutcome> {
  const { pool, clock, log, emit } = effects;
  const { outcome, locations } = await scheduleBuild(request, {
    ...{ pool, clock, log, emit },
    openStore: (builder, connection) => new BuilderStore(builder, connection, { clock, log }),
    upload: (store, paths) => upload(store, paths, request.workingDirectory, effects),
  });
  for (const { store, built } of locations) {
    const copied = await copyOutputsBack({ ...outcome, built }, store, effects);
    if (copied.error !== undefined) return { ...outcome, built: [], error: copied.error };
  }
  return outcome;
}

/** Copies paths and their references to a builder. What this machine lacks is fetched or built first. */
async function upload(
  store: BuilderStore,
  paths: readonly StorePath[],
  cwd: string,
  { runNixForBuilder, runNixStoreCli, runFolder }: DistributedBuildEffects,
): Promise<void> {
  const present = await Promise.all(paths.map(isPresent));
  const absent = paths.filter((_, i) => present[i] !== true);
  const limits = { cwd, timeoutMs: COPY_LIMIT_MS };
  if (absent.length > 0) await runNixStoreCli(["--realise", ...absent], limits);
  const socketFile = join(runFolder, `upload-${randomBytes(4).toString("hex")}.sock`);
  const forwarded = await forwardDaemon(store.builder, store.connection, socketFile);
  try {
    const to = ["--no-check-sigs", "--substitute-on-destination", "--to", forwarded.storeUri];
    await runNixForBuilder(["copy", ...to, ...paths], limits).catch((error: unknown) => {
      throw aboutSubject(error, store.builder.host);
    });
  } finally {
    forwarded.close();
  }
  store.markPresent(paths);
}
