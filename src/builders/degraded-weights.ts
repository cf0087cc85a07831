import { type Builder, type BuilderStatus, isUsable } from "../model/builder.js";

/**
 * The usable builders with their weights for Nix: a degraded one gets half its slots, and half the speed of
 * the others. The others' speeds are doubled for that, since Nix before 2.20 accepts only whole numbers.
 */
export function applyDegradedWeights(statuses: readonly BuilderStatus[]): readonly Builder[] {
  const isMixed =
    statuses.some(({ state }) => state === "degraded") && statuses.some(({ state }) => state === "ready");
  return statuses
    .filter(isUsable)
    .map(({ state, builder }) =>
      state === "degraded"
        ? { ...builder, maxJobs: Math.ceil((builder.maxJobs ?? 1) / 2) }
        : { ...builder, speedFactor: isMixed ? builder.speedFactor * 2 : builder.speedFactor },
    );
}
