import type { Builder, BuilderFacts, BuilderStatus, DroppedBuilder } from "../model/builder.js";

const GIB = 1 << 30;
/** Less than this, and a build is likely to fill the disk. */
const LITTLE_SPACE_BYTES = 5 * GIB;
/** Less than this, and not even the inputs of a build fit. */
const NO_SPACE_BYTES = 128 * (1 << 20);
/** Running processes for each CPU, from which on a builder counts as busy. */
const HIGH_LOAD = 2;

/**
 * What a builder is good for, by its own facts: it keeps the systems and features that it really offers, and as many slots as its Nix
 * has where its line says nothing. Its load says nothing while it is at work for us. One that cannot build for any system of its line, is draining, or does not trust us is dropped.
 */
export function assessBuilder(
  given: Builder,
  facts: BuilderFacts,
  { probeMs, hasBuildsRunning }: { readonly probeMs: number; readonly hasBuildsRunning: boolean },
): BuilderStatus {
  const drop = (code: DroppedBuilder["code"], reason: string, hint: string): BuilderStatus => ({
    state: "dropped",
    builder: given,
    code,
    reason: `${given.host}: ${reason}`,
    hint,
  });
  const { systems, features, freeBytes, isDraining, isTrusted } = facts;
  if (isTrusted === false) {
    return drop(
      "BUILDER_DENIED",
      "it does not trust its user to build",
      "Add the user to trusted-users in the builder's nix.conf.",
    );
  }
  if (isDraining)
    return drop(
      "BUILDER_UNFIT",
      "it is draining",
      "It takes builds again when /run/cross-build/draining is gone.",
    );
  const offered = given.systems.filter((system) => systems?.includes(system) ?? true);
  if (offered.length === 0) {
    return drop(
      "BUILDER_UNFIT",
      `its Nix builds for ${systems?.join(", ") ?? "nothing"}, and its line says ${given.systems.join(", ")}`,
      "Correct the second field of its line, or extra-platforms in its nix.conf.",
    );
  }
  if (freeBytes !== undefined && freeBytes < NO_SPACE_BYTES) {
    return drop(
      "BUILDER_UNFIT",
      `its store has ${renderMib(freeBytes)} left`,
      "Collect garbage there: nix-collect-garbage -d.",
    );
  }
  const isOffered = (feature: string) => features?.includes(feature) ?? true;
  const builder: Builder = {
    ...given,
    systems: offered,
    // 0 is the Nix of a front that passes all builds on to others.
    maxJobs: given.maxJobs ?? Math.max(1, facts.maxJobs ?? 1),
    supportedFeatures: given.supportedFeatures.filter(isOffered),
  };
  const complaints = listComplaints(given, builder, hasBuildsRunning ? { ...facts, load: undefined } : facts);
  if (complaints.length === 0) return { state: "ready", builder, facts, probeMs };
  return {
    state: "degraded",
    builder,
    facts,
    probeMs,
    reason: `${given.host}: ${complaints.map(([what]) => what).join("; ")}`,
    hint: complaints.map(([, hint]) => hint).join(" "),
  };
}

function listComplaints(
  given: Builder,
  builder: Builder,
  { freeBytes, load, cpus, isSandboxed, emulatedSystems, systems }: BuilderFacts,
): readonly (readonly [what: string, hint: string])[] {
  const emulated = builder.systems.filter((system) => emulatedSystems.includes(system));
  const lackingSystems = given.systems.filter((system) => !builder.systems.includes(system));
  const lackingFeatures = given.supportedFeatures.filter((name) => !builder.supportedFeatures.includes(name));
  const busy = load !== undefined && cpus !== undefined && cpus > 0 && load / cpus > HIGH_LOAD;
  return [
    ...(emulated.length === 0
      ? []
      : [
          [
            `${emulated.join(", ")} is emulated there`,
            "Emulated builds take about ten times as long.",
          ] as const,
        ]),
    ...(lackingSystems.length === 0
      ? []
      : [
          [
            `its Nix builds for ${systems?.join(", ") ?? ""}, not for ${lackingSystems.join(", ")}`,
            "Correct the second field of its line.",
          ] as const,
        ]),
    ...(lackingFeatures.length === 0
      ? []
      : [
          [
            `its Nix does not offer ${lackingFeatures.join(", ")}`,
            "Add them to system-features in its nix.conf, or take them out of its line.",
          ] as const,
        ]),
    ...(freeBytes !== undefined && freeBytes < LITTLE_SPACE_BYTES
      ? [[`its store has ${renderMib(freeBytes)} left`, "Collect garbage there."] as const]
      : []),
    ...(busy ? [[`its load is ${load} on ${cpus} CPUs`, "Others use it, too."] as const] : []),
    ...(isSandboxed === false
      ? [["it builds without a sandbox", "Set sandbox = true in its nix.conf."] as const]
      : []),
  ];
}

function renderMib(bytes: number): string {
  return `${Math.round(bytes / (1 << 20))} MiB`;
}
