import { stripVTControlCharacters } from "node:util";

/** Where a run tells its story. The action writes workflow commands, the CLI plain lines. */
export interface Log {
  info(message: string): void;
  debug(message: string): void;
  warning(message: string): void;
  /** A failure that the run survives; what ends it is thrown. */
  error(message: string): void;
  /** A titled block that GitHub folds. */
  group(title: string, lines: readonly string[]): void;
  /** From here on, every line of `secret` is hidden in what the runner prints. */
  mask(secret: string): void;
}

/** Untrusted text made safe for a terminal: no escape sequences, no control characters but newline and tab. */
export function sanitizeText(text: string): string {
  return stripVTControlCharacters(text).replace(/(?![\n\t])\p{Cc}/gu, "");
}
