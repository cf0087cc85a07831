import type { Clock } from "./clock.js";
import type { Log } from "./log.js";

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
  log.debug(`${name}: ${renderCommandLine(tool, args)}`);
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

/** Longer arguments, such as scripts, and longer lists of arguments, such as store paths, are cut. */
const MAX_ARGUMENT = 2_000;
const MAX_LINE = 4_000;

/**
 * Renders a command line for the log, quoted for a shell. Hides what may be secret: the values of environment
 * variables, as in `env NAME=VALUE`, and user and password in a URL.
 */
export function renderCommandLine(tool: string, args: readonly string[]): string {
  const words = [tool, ...args].map((argument) => quote(cut(hideSecrets(argument), MAX_ARGUMENT)));
  return cut(words.join(" "), MAX_LINE);
}

function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)}…` : text;
}

function hideSecrets(argument: string): string {
  return argument
    .replace(/^((?:--env=)?[A-Z_][A-Z0-9_]*)=.*$/s, "$1=***")
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/?#\s@]*:[^/?#\s@]*@/gi, "$1***@");
}

function quote(argument: string): string {
  if (/^[\w@%+=:,./?&#*~-]+$/.test(argument)) return argument;
  return `'${argument.replaceAll("'", "'\\''")}'`;
}
