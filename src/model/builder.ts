import type { ErrorCode } from "../errors/action-error.js";

/**
 * One remote builder: a line of the input `builders`, and the ssh alias that this run gives it.
 * @see Nix manual, "Remote Builds"
 */
export interface Builder {
  /** The Host alias in our ssh configuration; unique to this run. */
  readonly alias: string;
  readonly protocol: "ssh" | "ssh-ng";
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number;
  /** The query of the store URI, including the `?`, or the empty string. */
  readonly query: string;
  readonly systems: readonly string[];
  /** Undefined if its line does not set it; the probe then fills in the `max-jobs` of the builder's Nix. */
  readonly maxJobs: number | undefined;
  readonly speedFactor: number;
  readonly supportedFeatures: readonly string[];
  readonly mandatoryFeatures: readonly string[];
  /** The private key file in field 3 of the line, if any. */
  readonly keyFile: string | undefined;
  /** The host key in field 8 as a public key line (`ssh-ed25519 AAAA…`), if any. */
  readonly hostKey: string | undefined;
  /** The image that it runs, if it is a pod. */
  readonly image?: string | undefined;
}

/** What a builder reports about itself. A forced command may hide facts, which are then undefined. */
export interface BuilderFacts {
  readonly nixVersion: string | undefined;
  /** Whether its Nix trusts our user, which builds through the build hook require. */
  readonly isTrusted: boolean | undefined;
  /** The systems that its Nix builds for, the native one first. */
  readonly systems: readonly string[] | undefined;
  /** Those of `systems` that it runs under QEMU. */
  readonly emulatedSystems: readonly string[];
  readonly features: readonly string[] | undefined;
  readonly isSandboxed: boolean | undefined;
  readonly maxJobs: number | undefined;
  readonly cpus: number | undefined;
  /** Load average of the last minute. */
  readonly load: number | undefined;
  /** Free space in its Nix store. */
  readonly freeBytes: number | undefined;
  /** How long ago its Nix last collected garbage. Undefined if it never has, or does not say. */
  readonly collectedAgoS: number | undefined;
  /** True if its administrator has marked it as draining: it accepts no new builds. */
  readonly isDraining: boolean;
}

/** The result of a probe. A degraded builder can be used, but ready ones are preferred. */
export type BuilderStatus =
  | {
      readonly state: "ready";
      readonly builder: Builder;
      readonly facts: BuilderFacts;
      readonly probeMs: number;
    }
  | {
      readonly state: "degraded";
      readonly builder: Builder;
      readonly facts: BuilderFacts;
      readonly probeMs: number;
      readonly reason: string;
      readonly hint: string;
    }
  | DroppedBuilder;

/** A builder that the run does not use, and why. */
export interface DroppedBuilder {
  readonly state: "dropped";
  readonly builder: Builder;
  readonly code: ErrorCode;
  readonly reason: string;
  readonly hint: string;
}

/** What went over connections to a builder, including what SSH adds. */
export interface Traffic {
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** Whether a builder can be used. */
export function isUsable(status: BuilderStatus): status is Exclude<BuilderStatus, DroppedBuilder> {
  return status.state !== "dropped";
}

/** A builder that was lost or came back during the run. */
export interface BuilderChange {
  readonly builder: Builder;
  readonly atMs: number;
  readonly state: BuilderStatus["state"];
  readonly reason: string;
}

/** The number of builders that can currently build for `system`. */
export function countUsable(builders: readonly BuilderStatus[], system: string): number {
  return builders.filter((status) => isUsable(status) && status.builder.systems.includes(system)).length;
}

/** The name of a builder in logs and reports, without user and key. */
export function displayName({ protocol, host, port }: Builder): string {
  return `${protocol}://${host}:${port}`;
}

/** The display name of the builder with the store URI `uri`; the URI itself if no builder has it. */
export function displayNameForUri(uri: string, builders: readonly BuilderStatus[]): string {
  const alias = /^[a-z-]+:\/\/(?:[^@/?]*@)?([^/?:]+)/.exec(uri)?.[1];
  const builder = builders.find((status) => status.builder.alias === alias)?.builder;
  return builder === undefined ? uri : displayName(builder);
}
