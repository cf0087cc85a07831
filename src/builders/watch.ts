import { isCancelled, renderError } from "../errors/action-error.js";
import type { Clock } from "../platform/clock.js";
import type { Log } from "../platform/log.js";

const WATCH_INTERVAL_MS = 30_000;

/** Probes the builders regularly in the background, until `signal` aborts. */
export function watchBuilders(
  refresh: () => Promise<void>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): void {
  const keepWatch = async () => {
    while (!signal.aborted) {
      await clock.sleep(WATCH_INTERVAL_MS, signal);
      await refresh();
    }
  };
  keepWatch().catch((error: unknown) => {
    if (signal.aborted || isCancelled(error)) return;
    log.warning(`the builders are no longer watched: ${renderError(error)}`);
  });
}
