import { createMaskingLog, type MaskingLog } from "../src/platform/log.js";

/** A log that shows nothing, and hides secrets in other texts as the log of a run does. */
export function createSilentLog(): MaskingLog {
  const ignore = () => undefined;
  return createMaskingLog({
    info: ignore,
    debug: ignore,
    warning: ignore,
    error: ignore,
    group: ignore,
    mask: ignore,
  });
}
