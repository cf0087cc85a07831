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

/** The outcome of a smoke test. A failed test is a value, not an exception, so that its log can be shown. */
export interface SmokeResult {
  readonly outcome: "passed" | "failed";
  readonly runtime: string;
  readonly isEmulated: boolean;
  readonly checks: readonly CheckResult[];
  /** The last lines of the container's stdout and stderr; empty unless a check failed. */
  readonly containerLog: string;
}
