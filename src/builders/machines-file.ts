import { type Builder, type BuilderStatus, isUsable } from "../model/builder.js";

/** The store URI for Nix: the alias stands for host, port, user and key. */
export function renderStoreUri({ protocol, alias, query }: Builder): string {
  return `${protocol}://${alias}${query}`;
}

/** The machines file, one line per builder, in a form that every version of Nix reads. */
export function renderMachines(builders: readonly Builder[]): string {
  return builders
    .map((builder) => {
      const features = [builder.supportedFeatures, builder.mandatoryFeatures].map(
        (list) => list.join(",") || "-",
      );
      const numbers = [builder.maxJobs ?? 1, builder.speedFactor].map(String);
      const systems = builder.systems.join(",");
      return `${[renderStoreUri(builder), systems, "-", ...numbers, ...features, "-"].join(" ")}\n`;
    })
    .join("");
}

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
