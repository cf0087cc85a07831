import { stripVTControlCharacters } from "node:util";

/** The log of a run. The action writes workflow commands, the CLI plain lines. */
export interface Log {
  info(message: string): void;
  debug(message: string): void;
  warning(message: string): void;
  /** Logs a failure that does not end the run; one that does is thrown. */
  error(message: string): void;
  /** Logs a titled block, which GitHub folds. */
  group(title: string, lines: readonly string[]): void;
  /** Hides every line of `secret` in all later output of the runner. */
  mask(secret: string): void;
}

/**
 * Makes untrusted text safe for a terminal: removes escape sequences, and all control characters except
 * newline and tab.
 */
export function sanitizeText(text: string): string {
  return stripVTControlCharacters(text).replace(/(?![\n\t])\p{Cc}/gu, "");
}

/** Shorter lines of a secret are not hidden: that would hide half the log, and protect nothing. */
const SHORTEST_SECRET = 4;

/** A log that itself hides every line of the secrets that it was told to mask, in all later messages. */
export function createMaskingLog(log: Log): Log {
  const secrets = new Set<string>();
  const hide = (text: string) => {
    let hidden = text;
    for (const secret of secrets) hidden = hidden.replaceAll(secret, "***");
    return hidden;
  };
  return {
    info: (message) => {
      log.info(hide(message));
    },
    debug: (message) => {
      log.debug(hide(message));
    },
    warning: (message) => {
      log.warning(hide(message));
    },
    error: (message) => {
      log.error(hide(message));
    },
    group: (title, lines) => {
      log.group(hide(title), lines.map(hide));
    },
    mask: (secret) => {
      for (const line of secret.split(/\r?\n/).map((text) => text.trim())) {
        if (line.length >= SHORTEST_SECRET) secrets.add(line);
      }
      log.mask(secret);
    },
  };
}
