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
