import { createMaskingLog, type MaskingLog } from "../platform/log.js";
import { paint, type Terminal, wrapLines } from "./terminal.js";

/**
 * Creates the log of the CLI: lines on stderr, so that stdout holds only the result. Shows the debug level if
 * `isDebug`. In a terminal, long lines break at spaces, but not those of a group, which programs printed.
 */
export function createTerminalLog(
  terminal: Terminal,
  { isDebug }: { readonly isDebug: boolean },
): MaskingLog {
  const print = (text: string) => {
    terminal.write(`${text}\n`);
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
      print(paint(terminal, "bold", title));
      for (const line of lines) print(`  ${line}`);
    },
    // The masking log hides them; there is no runner to tell.
    mask: () => undefined,
  });
}
