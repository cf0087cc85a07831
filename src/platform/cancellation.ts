import type { Clock } from "./clock.js";

export interface Grace {
  /** The signal of the run. */
  readonly signal: AbortSignal;
  /** A clock that still works after the run is cancelled. */
  readonly clock: Clock;
  readonly graceMs: number;
}

/**
 * Settles as `work` does. After `signal` fires, waits at most `graceMs` longer, and then rejects with the
 * signal's reason: the work may wait for something that never happens. Abandoned work continues in the
 * background, so it must check the signal itself before it changes anything.
 */
export async function awaitWithGrace<T>(work: Promise<T>, { signal, clock, graceMs }: Grace): Promise<T> {
  const settled = new AbortController();
  const abandoned = new Promise<never>((_, reject) => {
    const onAbort = () => {
      clock.sleep(graceMs, settled.signal).then(
        () => {
          reject(signal.reason as Error);
        },
        () => undefined,
      );
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true, signal: settled.signal });
  });
  try {
    return await Promise.race([work, abandoned]);
  } finally {
    settled.abort();
  }
}
