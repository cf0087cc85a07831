import type { Clock } from "./clock.js";

/** Limits how long a peer may keep us waiting. Time in which nothing is asked of it does not count. */
export interface SilenceWatch {
  /** Settles as `answer` does, or rejects when the peer has been silent for too long. One call at a time. */
  wait<T>(answer: Promise<T>): Promise<T>;
  /** Changes the limit, in milliseconds. */
  allow(limitMs: number): void;
  end(): void;
}

const TICK_MS = 1_000;

/**
 * Creates a SilenceWatch. It looks once a second instead of using a timer for each wait, since a stream has
 * many waits. While no one waits, it has no timer, so that a forgotten one keeps no process alive.
 */
export function createSilenceWatch(
  clock: Clock,
  limitMs: number,
  explain: (waitedMs: number) => Error,
): SilenceWatch {
  const ended = new AbortController();
  let limit = limitMs;
  let waiting: { readonly sinceMs: number; readonly interrupt: (error: Error) => void } | undefined;
  let isWatching = false;
  const interruptIfLate = () => {
    if (waiting === undefined) return;
    const waitedMs = clock.nowMs() - waiting.sinceMs;
    if (waitedMs > limit) waiting.interrupt(explain(waitedMs));
  };
  const watch = async () => {
    isWatching = true;
    try {
      while (waiting !== undefined) {
        await clock.sleep(TICK_MS, ended.signal);
        interruptIfLate();
      }
    } catch {
      // Sleeping rejects at the end, and when the run is cancelled.
    }
    isWatching = false;
  };
  return {
    wait: async <T>(answer: Promise<T>) => {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      answer.then(resolve, reject);
      waiting = { sinceMs: clock.nowMs(), interrupt: reject };
      if (!isWatching && limit !== Infinity) void watch();
      try {
        return await promise;
      } finally {
        waiting = undefined;
      }
    },
    allow: (allowedMs) => {
      limit = allowedMs;
    },
    end: () => {
      ended.abort();
    },
  };
}
