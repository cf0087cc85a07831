/** What a check can look at; see docs/smoke-test.md. */
export const CHECK_KINDS = [
  "http",
  "tcp",
  "log",
  "health",
  "command",
  "stop",
  "exit-code",
  "non-root",
] as const;

/** The outcome of one check of the smoke test. */
export interface CheckResult {
  readonly name: string;
  readonly kind: (typeof CHECK_KINDS)[number];
  readonly outcome: "passed" | "failed";
  readonly durationMs: number;
  /** What was seen, on failure also what was expected; untrusted text from the image. */
  readonly detail: string;
}

/** The outcome of a smoke test. A test that failed is a value, not an exception: its log is worth reading. */
export interface SmokeResult {
  readonly outcome: "passed" | "failed";
  readonly runtime: string;
  readonly isEmulated: boolean;
  readonly checks: readonly CheckResult[];
  /** The container's last lines, both streams; empty unless a check failed. */
  readonly containerLog: string;
}
