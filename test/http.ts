import { systemClock } from "../src/platform/clock.js";
import { createHttpClient } from "../src/platform/http.js";
import { createSilentLog } from "./silent-log.js";

/** What HTTP needs, with the proxies of an environment and without a log. */
export function createHttpEffects(environment: Readonly<Record<string, string>> = {}) {
  return {
    clock: systemClock,
    log: createSilentLog(),
    sendHttp: createHttpClient(environment, { tunnelLimitMs: 1_000 }),
  };
}
