import { createMaskingLog, type MaskingLog } from "../platform/log.js";
import type { LiveArea } from "./live-area.js";
import { paint, type Terminal, wrapLines } from "./terminal.js";

export interface TerminalLogOptions {
  /** Whether to show the debug level. */
  readonly isDebug: boolean;
  /** Where to show what is running, below the log. */
  readonly liveArea?: LiveArea | undefined;
}

/**
 * Creates the log of the CLI: lines on stderr, so that stdout holds only the result. In a terminal, long
 * lines break at spaces, but not those of a group, which programs printed.
 */
export function createTerminalLog(terminal: Terminal, { isDebug, liveArea }: TerminalLogOptions): MaskingLog {
  const statuses = new Map<object, readonly string[]>();
  const renderLive = () => {
    const lines = [...statuses.values()].flat();
    liveArea?.show(lines.map((line) => paint(terminal, "dim", toOneLine(line, terminal))));
  };
  const print = (text: string) => {
    liveArea?.clear();
    terminal.write(`${text}\n`);
    renderLive();
  };
  const wrap = (text: string) => wrapLines(text, terminal);
  return createMaskingLog({
    info: (message) => {
      print(wrap(message));
    },
    debug: (message) => {
      if (isDebug) print(paint(terminal, "dim", `debug: ${message}`));
    },
    warning: (message) => {
      print(wrap(`${paint(terminal, ["bold", "yellow"], "warning:")} ${message}`));
    },
    error: (message) => {
      print(wrap(`${paint(terminal, ["bold", "red"], "error:")} ${message}`));
    },
    group: (title, lines) => {
      print([paint(terminal, "bold", title), ...lines.map((line) => `  ${line}`)].join("\n"));
    },
    ...(liveArea !== undefined && {
      showStatus: (owner: object, lines: readonly string[]) => {
        if (lines.length === 0) statuses.delete(owner);
        else statuses.set(owner, lines);
        renderLive();
      },
    }),
    // The masking log hides them; there is no runner to tell.
    mask: () => undefined,
  });
}

/** A line that does not wrap: one that did would push the others out of a low terminal. */
function toOneLine(text: string, { columns = 80 }: Pick<Terminal, "columns">): string {
  const line = text.replace(/\s/g, " ");
  return line.length < columns ? line : `${line.slice(0, columns - 2)}…`;
}
