import { isCancelled, renderError } from "../errors/action-error.js";
import type { Clock } from "../platform/clock.js";
import type { Log } from "../platform/log.js";

const WATCH_INTERVAL_MS = 30_000;

export interface WatchEffects {
  /** Waits until builders have appeared or disappeared. May reject if it cannot know. */
  readonly awaitChange?: ((signal: AbortSignal) => Promise<void>) | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** Probes the builders regularly, and when they change, in the background until `signal` aborts. */
export function watchBuilders(
  refresh: () => Promise<void>,
  { awaitChange, clock, log }: WatchEffects,
  signal: AbortSignal,
): void {
  const keepWatch = async () => {
    while (!signal.aborted) {
      const round = new AbortController();
      const either = AbortSignal.any([signal, round.signal]);
      const next = clock.sleep(WATCH_INTERVAL_MS, either);
      const changed = awaitChange?.(either).catch(() => next) ?? next;
      try {
        await Promise.race([next, changed]);
      } finally {
        round.abort();
        await Promise.allSettled([next, changed]);
      }
      await refresh();
    }
  };
  keepWatch().catch((error: unknown) => {
    if (signal.aborted || isCancelled(error)) return;
    log.warning(`the builders are no longer watched: ${renderError(error)}`);
  });
}
