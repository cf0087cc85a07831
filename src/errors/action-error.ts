/**
 * Every way a run can fail; docs/errors.md has a section for each. The code is an output (`error-code`), so a name once released stays.
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
  "CANDIDATE_GONE",
  "PROMOTION_FAILED",
  "PROMOTION_SUPERSEDED",
  "INTERNAL",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Where a code is explained. */
export function explainUrl(code: ErrorCode): string {
  return `https://github.com/fluo/cross-build/blob/v1/docs/errors.md#${code.toLowerCase()}`;
}

export interface ActionErrorOptions extends ErrorOptions {
  /** What the reader can do about it, as one or two imperative sentences. */
  readonly hint?: string;
}

/** A failure that the user can act on: what failed and the value in `message`, what to do in `hint`. */
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

/** Whether something was thrown because the run was cancelled: no step may then go on without what failed. */
export function isCancelled(error: unknown): boolean {
  return error instanceof ActionError && error.code === "CANCELLED";
}

/** Anything thrown as an ActionError: itself, or `INTERNAL` with the thrown value as its cause. */
export function toActionError(error: unknown): ActionError {
  if (error instanceof ActionError) return error;
  return new ActionError("INTERNAL", isError(error) ? error.message : String(error), {
    cause: error,
    hint: "This is a defect of cross-build. Run again with debug logging and report it with the log.",
  });
}

/** One line for anything thrown, with the causes that lead to it. */
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
