/** The log of a run. The action writes workflow commands, the CLI plain lines. */
export interface Log {
  info(message: string): void;
  debug(message: string): void;
  warning(message: string): void;
  /** Logs a failure that does not end the run; one that does is thrown. */
  error(message: string): void;
  /** Logs a titled block, which GitHub folds. */
  group(title: string, lines: readonly string[]): void;
  /** Hides `secret` in all later output. */
  mask(secret: string): void;
  /**
   * Shows lines below the log, in place of those that the same `owner` showed before; none removes them. Only
   * the log of a terminal can do this.
   */
  showStatus?(owner: object, lines: readonly string[]): void;
}

/**
 * Escape sequences: commands for the terminal with a text (such as a title or a link), with parameters (such
 * as a colour), and short ones. Node's own pattern needs time that is quadratic in the number of unfinished
 * sequences. Here no part can match across the start of another sequence.
 * @see ECMA-48, sections 5.4 and 8.3.89
 */
const ESCAPE_SEQUENCES =
  // eslint-disable-next-line no-control-regex -- These characters are what it looks for.
  /(?:\u001b\]|\u009d)[^\u0007\u001b\u009c\u009d\n]*(?:\u0007|\u001b\\|\u009c)|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b[ -/]*[0-~]/g;

/**
 * Makes untrusted text safe for a terminal: removes escape sequences, and all control characters except
 * newline and tab.
 */
export function sanitizeText(text: string): string {
  return text.replace(ESCAPE_SEQUENCES, "").replace(/(?![\n\t])\p{Cc}/gu, "");
}

const MAX_LINE_CHARACTERS = 10_000;

/** Cuts long lines, so that a build that prints megabytes without a line end cannot exhaust the memory. */
export function cutLines(text: string): string {
  if (text.length <= MAX_LINE_CHARACTERS) return text;
  return text
    .split("\n")
    .map((line) =>
      line.length <= MAX_LINE_CHARACTERS
        ? line
        : `${line.slice(0, MAX_LINE_CHARACTERS)} … (${line.length - MAX_LINE_CHARACTERS} more characters)`,
    )
    .join("\n");
}

/** A log that hides every secret given to `mask`, in all later messages. */
export interface MaskingLog extends Log {
  /**
   * Replaces these secrets in any text by `***`, also as JSON or a form has them. The text must be whole: a
   * secret that was cut in two is not recognized.
   */
  readonly redact: (text: string) => string;
}

/** Shorter parts of a secret are not hidden: that would hide half the log, and protect nothing. */
const SHORTEST_PART = 4;

/** Makes the messages to a log safe for a terminal, and hides masked secrets in them. */
export function createMaskingLog(log: Log): MaskingLog {
  const secrets = new Set<string>();
  const redact = (text: string) => {
    // The longest first: one secret may be a part of another.
    const longestFirst = [...secrets].sort((a, b) => b.length - a.length);
    return longestFirst.reduce((left, secret) => left.replaceAll(secret, "***"), text);
  };
  const clean = (text: string) => redact(sanitizeText(text));
  return {
    info: (message) => {
      log.info(clean(message));
    },
    debug: (message) => {
      log.debug(clean(message));
    },
    warning: (message) => {
      log.warning(clean(message));
    },
    error: (message) => {
      log.error(clean(message));
    },
    group: (title, lines) => {
      log.group(clean(title), lines.map(clean));
    },
    ...(log.showStatus !== undefined && {
      showStatus: (owner: object, lines: readonly string[]) => {
        log.showStatus?.(owner, lines.map(clean));
      },
    }),
    mask: (secret) => {
      for (const part of listParts(secret)) {
        secrets.add(part);
        log.mask(part);
      }
    },
    redact,
  };
}

/** A secret, its lines if it has several, and the secret as JSON and a form have it. */
function listParts(secret: string): readonly string[] {
  if (secret === "") return [];
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  const encoded = [
    JSON.stringify(secret).slice(1, -1),
    new URLSearchParams({ "": secret }).toString().slice(1),
  ];
  const parts = [...lines, ...encoded].filter((part) => part.length >= SHORTEST_PART);
  return [...new Set([secret, ...parts])];
}
