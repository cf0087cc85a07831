import type { Digest } from "./digest.js";

/** The kinds of checks; see docs/smoke-test.md. */
export const CHECK_KINDS = [
  "http",
  "tcp",
  "log",
  "health",
  "command",
  "stop",
  "exit-code",
  "non-root",
  "start",
] as const;

/** The outcome of one check of the smoke test. */
export interface CheckResult {
  readonly name: string;
  readonly kind: (typeof CHECK_KINDS)[number];
  readonly outcome: "passed" | "failed";
  readonly durationMs: number;
  /** What the check saw and, on failure, what it expected. Contains untrusted text from the image. */
  readonly detail: string;
}

/**
 * How the container engine got the image: it had it (`present`), got one layer with the files of all layers
 * (`merged`), or got the layers themselves (`layers`).
 */
export const LOAD_WAYS = ["present", "merged", "layers"] as const;

export interface ImageLoad {
  readonly way: (typeof LOAD_WAYS)[number];
  readonly reason: string;
}

/**
 * The tested bytes of a layer: this run made its compressed bytes, or verified them (`made`); it fetched them
 * from the registry by digest (`fetched`); or it tested a tar with the layer's diff ID (`matched`).
 */
export const LAYER_ORIGINS = ["made", "fetched", "matched"] as const;

export interface TestedLayer {
  /** Of the compressed bytes, as in the manifest. */
  readonly digest: Digest;
  readonly origin: (typeof LAYER_ORIGINS)[number];
}

/** The outcome of a smoke test. A failed test is a value, not an exception, so that its log can be shown. */
export interface SmokeResult {
  readonly outcome: "passed" | "failed";
  readonly runtime: string;
  readonly isEmulated: boolean;
  readonly load: ImageLoad;
  readonly layers: readonly TestedLayer[];
  readonly checks: readonly CheckResult[];
  /** The last lines of the container's stdout and stderr; empty unless a check failed. */
  readonly containerLog: string;
}
