import { systemClock } from "../src/platform/clock.js";
import { createHttpClient } from "../src/platform/http.js";

const log = { debug: () => undefined, mask: () => undefined };

/** What HTTP needs, with the proxies of an environment and without a log. */
export function createHttpEffects(environment: Readonly<Record<string, string>> = {}) {
  const effects = { clock: systemClock, log };
  return { ...effects, sendHttp: createHttpClient(environment, { ...effects, tunnelLimitMs: 1_000 }) };
}
