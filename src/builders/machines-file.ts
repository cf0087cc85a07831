import type { Builder } from "../model/builder.js";

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
