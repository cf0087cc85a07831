import { setTimeout as sleep } from "node:timers/promises";

import { toActionError, runCancelled } from "../errors/action-error.js";

/** Time, passed as an argument so that tests need not wait. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /**
   * Resolves after `ms` milliseconds; rejects with an AbortError when `signal` fires first. A sleep in the
   * background does not keep the process alive, so that a run that is stuck is still noticed.
   */
  sleep(ms: number, signal?: AbortSignal, isInBackground?: boolean): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal, isInBackground = false) =>
    sleep(ms, undefined, { ref: !isInBackground, ...(signal !== undefined && { signal }) }),
};

/**
 * Runs `work` with a signal that fires if the work has not finished after `ms` milliseconds. If the run is
 * cancelled first, the signal fires at once, and the result is a rejection with `CANCELLED`.
 */
export async function withTimeLimit<T>(
  clock: Clock,
  ms: number,
  work: (limit: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const ended = new AbortController();
  const cancelled = new Promise<never>((_, reject) => {
    clock.sleep(ms, ended.signal).then(
      () => {
        limit.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
      },
      (error: unknown) => {
        if (ended.signal.aborted) return;
        // Reject first: the error that the work makes of its signal would call this a timeout.
        reject(toActionError(error));
        limit.abort(error);
      },
    );
  });
  try {
    return await Promise.race([work(limit.signal), cancelled]);
  } finally {
    ended.abort();
  }
}

/**
 * Calls `tick` every `ms` milliseconds in the background, until the function that this returns is called or
 * the run is cancelled.
 */
export function repeatInBackground(clock: Clock, ms: number, tick: () => void): () => void {
  const ended = new AbortController();
  const repeat = async () => {
    while (!ended.signal.aborted) {
      await clock.sleep(ms, ended.signal, true);
      tick();
    }
  };
  // The sleep rejects at the end.
  repeat().catch(() => undefined);
  return () => {
    ended.abort();
  };
}

/** The system's clock for a run that can be cancelled: cancelling it rejects every sleep with `CANCELLED`. */
export function createRunClock(cancelled: AbortSignal): Clock {
  return {
    ...systemClock,
    sleep: async (ms, signal, isInBackground) => {
      const stop = signal === undefined ? cancelled : AbortSignal.any([cancelled, signal]);
      try {
        await systemClock.sleep(ms, stop, isInBackground);
      } catch (error) {
        if (!cancelled.aborted) throw error;
        throw runCancelled();
      }
    },
  };
}
