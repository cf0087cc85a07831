import type { BuildOutcome } from "../model/build.js";
import { copyOutputsBack } from "./fetch-outputs.js";
import { buildDistributed, type DistributedBuildEffects, type DistributedBuildRequest } from "./scheduler.js";

/**
 * Builds on all builders at once, and copies the outputs back from wherever they are. If copying fails, the outcome still lists what was
 * built. Rejects with `CANCELLED`.
 */
export async function buildOnAllBuilders(
  request: DistributedBuildRequest,
  effects: DistributedBuildEffects,
): Promise<BuildOutcome> {
  const { outcome, locations } = await buildDistributed(request, effects);
  for (const { store, built } of locations) {
    const copied = await copyOutputsBack({ ...outcome, built }, store, effects);
    if (copied.error !== undefined) return { ...outcome, built: [], error: copied.error };
  }
  return outcome;
}
