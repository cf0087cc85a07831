import type { ErrorCode } from "../errors/action-error.js";

/** One remote builder: a line of `builders`, with our own ssh alias. @see Nix manual, "Remote Builds" */
export interface Builder {
  /** The Host alias in our ssh configuration; unique to this run. */
  readonly alias: string;
  readonly protocol: "ssh" | "ssh-ng";
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number;
  /** The query of the store URI with its `?`, or the empty string. */
  readonly query: string;
  readonly systems: readonly string[];
  /** Undefined where its line says nothing, until a probe has told how many its own Nix takes. */
  readonly maxJobs: number | undefined;
  readonly speedFactor: number;
  readonly supportedFeatures: readonly string[];
  readonly mandatoryFeatures: readonly string[];
  /** The file with the private key of field 3, if the line named one. */
  readonly keyFile: string | undefined;
  /** The host key of field 8 as a public key line (`ssh-ed25519 AAAA…`), if the line gave one. */
  readonly hostKey: string | undefined;
}

/** What a builder told of itself. Undefined is what it did not tell, behind a forced command for instance. */
export interface BuilderFacts {
  readonly nixVersion: string | undefined;
  /** Whether its Nix trusts our user, which a build through the hook needs. */
  readonly isTrusted: boolean | undefined;
  /** The systems that its Nix builds for, its own first. */
  readonly systems: readonly string[] | undefined;
  /** Those of them that QEMU runs there. */
  readonly emulatedSystems: readonly string[];
  readonly features: readonly string[] | undefined;
  readonly isSandboxed: boolean | undefined;
  readonly maxJobs: number | undefined;
  readonly cpus: number | undefined;
  /** Load average of the last minute. */
  readonly load: number | undefined;
  /** Free in its Nix store. */
  readonly freeBytes: number | undefined;
  /** Its administrator takes no new builds. */
  readonly isDraining: boolean;
}

/** What a probe found. A degraded builder builds, but others come first. */
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

/** A builder that gets no builds. */
export interface DroppedBuilder {
  readonly state: "dropped";
  readonly builder: Builder;
  readonly code: ErrorCode;
  readonly reason: string;
  readonly hint: string;
}

/** Whether a builder takes builds. */
export function isUsable(status: BuilderStatus): status is Exclude<BuilderStatus, DroppedBuilder> {
  return status.state !== "dropped";
}

/** A builder that was lost, or came back, while the run went on. */
export interface BuilderChange {
  readonly builder: Builder;
  readonly atMs: number;
  readonly state: BuilderStatus["state"];
  readonly reason: string;
}

/** How many builders take builds for `system` now. */
export function countUsable(builders: readonly BuilderStatus[], system: string): number {
  return builders.filter((status) => isUsable(status) && status.builder.systems.includes(system)).length;
}

/** The name of a builder in logs and reports, without user and key. */
export function displayName({ protocol, host, port }: Builder): string {
  return `${protocol}://${host}:${port}`;
}

/** The display name of the builder that Nix calls by the store URI `uri`; the URI itself if it is none of them. */
export function displayNameForUri(uri: string, builders: readonly BuilderStatus[]): string {
  const alias = /^[a-z-]+:\/\/(?:[^@/?]*@)?([^/?:]+)/.exec(uri)?.[1];
  const builder = builders.find((status) => status.builder.alias === alias)?.builder;
  return builder === undefined ? uri : displayName(builder);
}
