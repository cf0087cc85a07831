import { ActionError, isCancelled, toActionError, runCancelled } from "../errors/action-error.js";
import { awaitWithGrace } from "../platform/cancellation.js";
import type { RunContext } from "./context.js";
import { explainFullDisk } from "./disks.js";

/** Commands get SIGKILL two seconds after a cancellation, so a step that takes longer is stuck. */
const GRACE_MS = 2_500;

/**
 * Runs one step of a run. Does not start it after the run was cancelled, and does not wait for it for long
 * once the run is cancelled: in both cases, rejects with the reason.
 */
export async function runStep<T>(
  { signal, steadyClock }: Pick<RunContext, "signal" | "steadyClock">,
  work: () => Promise<T>,
  graceMs = GRACE_MS,
): Promise<T> {
  signal.throwIfAborted();
  return awaitWithGrace(work(), { signal, clock: steadyClock, graceMs });
}

/**
 * The error that ended a run. After a cancellation, anything may fail because of it, so the reason of the
 * cancellation comes first, with the failure as its cause.
 */
export function toRunError(
  thrown: unknown,
  { signal, runFolder }: Pick<RunContext, "signal" | "runFolder">,
): ActionError {
  const error = explainFullDisk(toActionError(thrown), { runFolder });
  if (!signal.aborted) return error;
  const reason = toActionError(signal.reason);
  if (reason.code !== "CANCELLED") return reason;
  return isCancelled(error) ? error : runCancelled(reason.message, error);
}
