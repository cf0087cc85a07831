import type { Builder, BuilderFacts, BuilderStatus, DroppedBuilder } from "../model/builder.js";
import { countOf } from "../model/count.js";

const GIB = 1 << 30;
/** Below this, a build is likely to fill the disk. */
const LITTLE_SPACE_BYTES = 5 * GIB;
/** Below this, not even the inputs of a build fit. */
const NO_SPACE_BYTES = 128 * (1 << 20);
/** A builder with a higher load average per CPU counts as busy. */
const HIGH_LOAD = 2;

/**
 * Assesses a builder by its own facts. It keeps only the systems and features of its line that it really
 * offers. If the line does not give a number of slots, it gets as many as its Nix has. A builder is dropped
 * if it builds for no system of its line, is draining, has no disk space left, or does not trust its user.
 * The load average is ignored while our own builds run there.
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
      "the builder's Nix does not trust the SSH user",
      "Add the user to trusted-users in the builder's nix.conf.",
    );
  }
  if (isDraining)
    return drop(
      "BUILDER_UNFIT",
      "the builder is draining",
      "The builder accepts builds again when /run/cross-build/draining is removed.",
    );
  const offered = given.systems.filter((system) => systems?.includes(system) ?? true);
  if (offered.length === 0) {
    return drop(
      "BUILDER_UNFIT",
      `the builder's Nix builds for ${systems?.join(", ") ?? "nothing"}, ` +
        `but the input builders says ${given.systems.join(", ")}`,
      "Correct the second field of its line in builders, or extra-platforms in the builder's nix.conf.",
    );
  }
  if (freeBytes !== undefined && freeBytes < NO_SPACE_BYTES) {
    return drop(
      "BUILDER_UNFIT",
      `the builder's store has only ${renderMib(freeBytes)} left`,
      "Collect garbage on the builder: nix-collect-garbage -d.",
    );
  }
  const isOffered = (feature: string) => features?.includes(feature) ?? true;
  const builder: Builder = {
    ...given,
    systems: offered,
    // max-jobs is 0 on a machine whose Nix passes all builds on to other builders.
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
    reason: `${given.host}: the builder ${complaints.map(([what]) => what).join("; ")}`,
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
      : [[`emulates ${emulated.join(", ")}`, "Emulated builds take about ten times as long."] as const]),
    ...(lackingSystems.length === 0
      ? []
      : [
          [
            `builds for ${systems?.join(", ") ?? ""}, not for ${lackingSystems.join(", ")}`,
            "Correct the second field of its line in builders.",
          ] as const,
        ]),
    ...(lackingFeatures.length === 0
      ? []
      : [
          [
            `does not offer ${lackingFeatures.join(", ")}`,
            "Add them to system-features in the builder's nix.conf, or remove them from its line.",
          ] as const,
        ]),
    ...(freeBytes !== undefined && freeBytes < LITTLE_SPACE_BYTES
      ? [[`has only ${renderMib(freeBytes)} left in its store`, "Collect garbage on the builder."] as const]
      : []),
    ...(busy
      ? [[`has a load average of ${load} on ${countOf(cpus, "CPU")}`, "Other work is using it."] as const]
      : []),
    ...(isSandboxed === false
      ? [["builds without a sandbox", "Set sandbox = true in the builder's nix.conf."] as const]
      : []),
  ];
}

function renderMib(bytes: number): string {
  return `${Math.round(bytes / (1 << 20))} MiB`;
}
