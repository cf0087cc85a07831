import { setTimeout as sleep } from "node:timers/promises";

import { ActionError } from "../errors/action-error.js";

/** Time, passed as an argument so that tests need not wait. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Resolves after `ms` milliseconds; rejects with an AbortError when `signal` fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { ...(signal !== undefined && { signal }) }),
};

/** Runs `work` with a signal that fires if the work has not finished after `ms` milliseconds. */
export async function withTimeLimit<T>(
  clock: Clock,
  ms: number,
  work: (limit: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const ended = new AbortController();
  clock.sleep(ms, ended.signal).then(
    () => {
      limit.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
    },
    // The work has finished, or the run was cancelled: in both cases the limit no longer matters.
    () => undefined,
  );
  try {
    return await work(limit.signal);
  } finally {
    ended.abort();
  }
}

/** The system's clock for a run that can be cancelled: cancelling it rejects every sleep with `CANCELLED`. */
export function createRunClock(cancelled: AbortSignal): Clock {
  return {
    ...systemClock,
    sleep: async (ms, signal) => {
      try {
        await systemClock.sleep(ms, signal === undefined ? cancelled : AbortSignal.any([cancelled, signal]));
      } catch (error) {
        throw cancelled.aborted ? new ActionError("CANCELLED", "the run was cancelled") : error;
      }
    },
  };
}
