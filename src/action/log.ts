import * as core from "@actions/core";

import { createMaskingLog, type MaskingLog, sanitizeText } from "../platform/log.js";
import { paint, type Terminal, wrapLines } from "./terminal.js";

/**
 * The log of a workflow run. Builds and containers may print anything, so workflow commands in messages are
 * disarmed. Debug messages appear if the runner sets `RUNNER_DEBUG`.
 */
export const actionLog = createMaskingLog({
  info: (message) => {
    core.info(disarmCommands(message));
  },
  debug: (message) => {
    // Outside of debug mode the runner would drop these lines, but first read them all.
    if (core.isDebug()) core.debug(message);
  },
  warning: (message) => {
    core.warning(message);
  },
  error: (message) => {
    core.error(message);
  },
  group: (title, lines) => {
    core.startGroup(title);
    for (const line of lines) core.info(disarmCommands(line));
    core.endGroup();
  },
  mask: (secret) => {
    core.setSecret(secret);
  },
});

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

/**
 * Changes text so that the runner sees no workflow command in it: neither `::name::` at the start of a line
 * nor the older `##[name]` anywhere in a line.
 * @see actions/runner, src/Runner.Common/ActionCommand.cs
 */
export function disarmCommands(text: string): string {
  return sanitizeText(text)
    .split("\n")
    .map((line) => line.replace(/^(\s*)::/, "$1: :").replaceAll("##[", "# #["))
    .join("\n");
}
