import type { Clock } from "./clock.js";
import type { Log } from "./log.js";
import { renderCommand } from "./render-command.js";

const MAX_COMMAND = 4_000;

export interface DebugEffects {
  readonly log: Pick<Log, "debug">;
  readonly clock: Clock;
}

/** Logs how something ended. */
export type LogEnd = (outcome: string) => void;

/** Logs the start of a process at debug level. The result logs its end, with its duration. */
export function logProcess(
  pid: number | undefined,
  tool: string,
  args: readonly string[],
  effects: DebugEffects | undefined,
): LogEnd {
  if (effects === undefined) return () => undefined;
  const { log, clock } = effects;
  const startedAtMs = clock.nowMs();
  const name = `process ${pid ?? "that did not start"}`;
  log.debug(`${name}: ${renderCommand(tool, args, MAX_COMMAND)}`);
  return (outcome) => {
    log.debug(`${name}: ${outcome} after ${clock.nowMs() - startedAtMs} ms`);
  };
}

/** Logs how an exchange with a server ended, at debug level, with its duration. */
export function logExchange(server: string, exchange: string, effects: DebugEffects | undefined): LogEnd {
  if (effects === undefined) return () => undefined;
  const { log, clock } = effects;
  const startedAtMs = clock.nowMs();
  return (outcome) => {
    log.debug(`${server}: ${exchange}: ${outcome} after ${clock.nowMs() - startedAtMs} ms`);
  };
}
