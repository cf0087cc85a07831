import type { Builder } from "../model/builder.js";

/** The store URI that Nix gets: the alias stands for host, port, user and key. */
export function renderStoreUri({ protocol, alias, query }: Builder): string {
  return `${protocol}://${alias}${query}`;
}

/** The machines file, one clean line each: it works with every version of Nix. */
export function renderMachines(builders: readonly Builder[]): string {
  return builders
    .map((builder) => {
      const features = [builder.supportedFeatures, builder.mandatoryFeatures].map(
        (list) => list.join(",") || "-",
      );
      const numbers = [builder.maxJobs ?? 1, builder.speedFactor].map(String);
      return `${[renderStoreUri(builder), builder.systems.join(","), "-", ...numbers, ...features, "-"].join(" ")}\n`;
    })
    .join("");
}
