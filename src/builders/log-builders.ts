import type { BuilderStatus } from "../model/builder.js";
import type { Log } from "../platform/log.js";

/** Logs which builders are usable, and why others are degraded or dropped. */
export function logBuilders(builders: readonly BuilderStatus[], log: Log): void {
  for (const status of builders) {
    if (status.state === "ready") log.info(`builder ${status.builder.host} is ready`);
    else if (status.state === "degraded") log.warning(`builder degraded: ${status.reason}. ${status.hint}`);
    else log.warning(`builder dropped: ${status.reason}. ${status.hint}`);
  }
}
