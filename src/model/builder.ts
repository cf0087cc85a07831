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
  readonly maxJobs: number;
  readonly speedFactor: number;
  readonly supportedFeatures: readonly string[];
  readonly mandatoryFeatures: readonly string[];
  /** The host key of field 8 as a public key line (`ssh-ed25519 AAAA…`), if the line gave one. */
  readonly hostKey: string | undefined;
}

/** What a probe found. */
export type BuilderStatus =
  | { readonly state: "ready"; readonly builder: Builder; readonly nixVersion: string | undefined }
  | {
      readonly state: "dropped";
      readonly builder: Builder;
      readonly code: ErrorCode;
      readonly reason: string;
      readonly hint: string;
    };
