import type { Builder } from "../model/builder.js";
import type { BuildNeeds } from "../model/derivation.js";

/** A builder that can take one more derivation. */
export interface Worker {
  readonly builder: Builder;
  readonly isDegraded: boolean;
  readonly running: number;
  /** How many of the derivation's inputs are already in its store. */
  readonly inputs: number;
}

/**
 * Whether a builder can meet a derivation's needs, by the rules of Nix's build hook.
 * @see Nix manual, "Remote Builds", fields 3, 6 and 7
 */
export function isFit(
  { systems, supportedFeatures, mandatoryFeatures }: Builder,
  { platform, features }: BuildNeeds,
): boolean {
  const offered = [...supportedFeatures, ...mandatoryFeatures];
  return (
    (platform === "builtin" || systems.includes(platform)) &&
    features.every((feature) => offered.includes(feature)) &&
    mandatoryFeatures.every((feature) => features.includes(feature))
  );
}

/**
 * Chooses the worker for one derivation: ready before degraded, then the smallest share of busy slots, the
 * highest speed factor, and the most inputs.
 */
export function chooseWorker<W extends Worker>(workers: readonly W[]): W | undefined {
  return workers.toSorted(
    (a, b) =>
      Number(a.isDegraded) - Number(b.isDegraded) ||
      a.running / slotsOf(a.builder) - b.running / slotsOf(b.builder) ||
      b.builder.speedFactor - a.builder.speedFactor ||
      b.inputs - a.inputs,
  )[0];
}

function slotsOf({ maxJobs = 1 }: Builder): number {
  return Math.max(1, maxJobs);
}
