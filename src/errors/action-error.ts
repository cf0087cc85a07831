/**
 * Every way in which a run can fail; docs/errors.md has a section for each. The codes are public (output
 * `error-code`), so a released name never changes.
 */
export const ERROR_CODES = [
  "INPUT_INVALID",
  "EVENT_REFUSED",
  "HOST_UNSUPPORTED",
  "CANCELLED",
  "COMMAND_MISSING",
  "COMMAND_FAILED",
  "COMMAND_TIMEOUT",
  "DISK_FULL",
  "DOWNLOAD_FAILED",
  "NIX_DIGEST_MISMATCH",
  "NIX_ARCHIVE_INVALID",
  "NIX_DISK_FULL",
  "NIX_NOT_WRITABLE",
  "NIX_HALF_INSTALLED",
  "NIX_DAEMON_FAILED",
  "NIX_NOT_TRUSTED",
  "FLAKE_INVALID",
  "FLAKE_OUTPUT_MISSING",
  "EVALUATION_FAILED",
  "PLAN_IMPOSSIBLE",
  "SSH_KEY_INVALID",
  "SSH_CONFIG_OVERRIDDEN",
  "BUILDER_UNREACHABLE",
  "BUILDER_HOST_KEY",
  "BUILDER_LOAD_BALANCED",
  "BUILDER_DENIED",
  "BUILDER_UNFIT",
  "QEMU_FAILED",
  "BUILD_FAILED",
  "HASH_MISMATCH",
  "BUILD_SILENT",
  "CACHE_FAILED",
  "IMAGE_INVALID",
  "AUDIT_FAILED",
  "REGISTRY_DENIED",
  "REGISTRY_FAILED",
  "GATE_NO_RUNTIME",
  "GATE_EMULATED",
  "GATE_MISMATCH",
  "GATE_FAILED",
  "GATE_INCOMPLETE",
  "CANDIDATE_GONE",
  "PROMOTION_FAILED",
  "PROMOTION_SUPERSEDED",
  "INTERNAL",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** The URL of the documentation for an error code. */
export function explainUrl(code: ErrorCode): string {
  return `https://github.com/fluo/cross-build/blob/v1/docs/errors.md#${code.toLowerCase()}`;
}

/** A place in a file of this machine. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface ActionErrorOptions extends ErrorOptions {
  /** What the reader can do about it, as one or two imperative sentences. */
  readonly hint: string;
  /** The place in the user's files that causes the failure. */
  readonly place?: SourcePlace | undefined;
}

/**
 * A failure that the user can act on. `message` says what failed, and names it (the host, the derivation, the
 * file, the command) together with the value. `hint` says what to do.
 */
export class ActionError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly place: SourcePlace | undefined;

  constructor(code: ErrorCode, message: string, options: ActionErrorOptions) {
    super(message, options);
    this.name = "ActionError";
    this.code = code;
    this.hint = options.hint;
    this.place = options.place;
  }

  /** This error with another message or place. Its class, which callers may ask for, stays the same. */
  with({
    message = this.message,
    place = this.place,
  }: {
    readonly message?: string;
    readonly place?: SourcePlace;
  }): ActionError {
    const { code, cause, hint } = this;
    const SameClass = this.constructor as typeof ActionError;
    return new SameClass(code, message, { hint, place, ...(cause !== undefined && { cause }) });
  }
}

/**
 * The same error, but its message begins with `subject` unless it names it already: for an error that is
 * raised where its subject is not known, such as a lost connection.
 */
export function aboutSubject(error: unknown, subject: string): unknown {
  if (!(error instanceof ActionError) || isCancelled(error)) return error;
  const words = error.message.split(/[\s"'`,;()]+/).map((word) => word.replace(/[:.]+$/, ""));
  if (words.includes(subject)) return error;
  return error.with({ message: `${subject}: ${error.message}` });
}

/** Whether an error means that the run was cancelled. Code that tolerates other failures must rethrow it. */
export function isCancelled(error: unknown): boolean {
  return error instanceof ActionError && error.code === "CANCELLED";
}

/** The error of a run that was cancelled. */
export function runCancelled(message = "the run was cancelled", cause?: unknown): ActionError {
  return new ActionError("CANCELLED", message, {
    cause,
    hint: "Start the run again if you did not cancel it on purpose.",
  });
}

const INTERNAL_HINT =
  "This is a bug in cross-build. Run again with debug logging, and report it with the log at " +
  "https://github.com/fluo/cross-build/issues.";

/** Anything thrown as an ActionError: itself, or an `INTERNAL` error with the thrown value as its cause. */
export function toActionError(error: unknown): ActionError {
  if (error instanceof ActionError) return error;
  return new ActionError(
    "INTERNAL",
    isError(error) ? (describeIssue(error) ?? error.message) : String(error),
    { cause: error, hint: INTERNAL_HINT },
  );
}

/** An error that nothing handled, whatever was thrown, as an `INTERNAL` error. */
export function toInternalError(thrown: unknown): ActionError {
  return new ActionError("INTERNAL", `unexpected error: ${renderError(thrown)}`, {
    cause: thrown,
    hint: INTERNAL_HINT,
  });
}

/** Renders anything thrown as its message, followed by the messages of its causes. */
export function renderError(error: unknown): string {
  if (!isError(error)) return String(error);
  const message = describeIssue(error) ?? error.message;
  const cause = error.cause === undefined ? "" : renderError(error.cause);
  return cause === "" || message.includes(cause) ? message : `${message}: ${cause}`;
}

/**
 * Data that does not fit its schema, by the place where it does not. zod's own message is the list of all
 * issues as JSON, in terms of the schema.
 */
function describeIssue(error: Error): string | undefined {
  if (error.name !== "ZodError" || !("issues" in error) || !Array.isArray(error.issues)) return undefined;
  const [issue] = error.issues as readonly { readonly path?: readonly PropertyKey[] }[];
  const path = (issue?.path ?? []).map(String).join(".");
  return `${path === "" ? "the data" : path} is missing or is not of the expected form`;
}

/** Not `instanceof`: an error may come from another realm. */
function isError(value: unknown): value is Error {
  return (
    typeof value === "object" && value !== null && "message" in value && typeof value.message === "string"
  );
}
