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
  "PLAN_IMPOSSIBLE",
  "SSH_KEY_INVALID",
  "SSH_CONFIG_OVERRIDDEN",
  "BUILDER_UNREACHABLE",
  "BUILDER_HOST_KEY",
  "BUILDER_LOAD_BALANCED",
  "BUILDER_DENIED",
  "BUILDER_UNFIT",
  "BUILD_FAILED",
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

export interface ActionErrorOptions extends ErrorOptions {
  /** What the reader can do about it, as one or two imperative sentences. */
  readonly hint?: string;
}

/** A failure that the user can act on: `message` says what failed, with the value, and `hint` what to do. */
export class ActionError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: ActionErrorOptions = {}) {
    super(message, options);
    this.name = "ActionError";
    this.code = code;
    this.hint = options.hint;
  }
}

/** Whether an error means that the run was cancelled. Code that tolerates other failures must rethrow it. */
export function isCancelled(error: unknown): boolean {
  return error instanceof ActionError && error.code === "CANCELLED";
}

const INTERNAL_HINT =
  "This is a bug in cross-build. Run again with debug logging and report it with the log.";

/** Anything thrown as an ActionError: itself, or an `INTERNAL` error with the thrown value as its cause. */
export function toActionError(error: unknown): ActionError {
  if (error instanceof ActionError) return error;
  return new ActionError("INTERNAL", isError(error) ? error.message : String(error), {
    cause: error,
    hint: INTERNAL_HINT,
  });
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
  const cause = error.cause === undefined ? "" : renderError(error.cause);
  return cause === "" || error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}

/** Not `instanceof`: an error may come from another realm. */
function isError(value: unknown): value is Error {
  return (
    typeof value === "object" && value !== null && "message" in value && typeof value.message === "string"
  );
}
