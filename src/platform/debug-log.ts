import { renderError } from "../errors/action-error.js";
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

/** Does an exchange with a server. Logs how it ended at debug level, with its duration. */
export async function logExchange<T>(
  server: string,
  exchange: string,
  { log, clock }: DebugEffects,
  work: () => Promise<T>,
): Promise<T> {
  const startedAtMs = clock.nowMs();
  const end = (outcome: string) => {
    log.debug(`${server}: ${exchange}: ${outcome} after ${clock.nowMs() - startedAtMs} ms`);
  };
  try {
    const result = await work();
    end("done");
    return result;
  } catch (error) {
    end(renderError(error));
    throw error;
  }
}
