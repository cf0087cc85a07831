import * as core from "@actions/core";

import { type Log, sanitizeText } from "../platform/log.js";

/**
 * The log of a workflow run. Builds and containers may print anything, so workflow commands in messages are
 * disarmed. Debug messages appear if the runner sets `RUNNER_DEBUG`.
 */
export const actionLog: Log = {
  info: (message) => {
    core.info(disarmCommands(message));
  },
  debug: (message) => {
    // Outside of debug mode the runner would drop these lines, but first read them all.
    if (core.isDebug()) core.debug(sanitizeText(message));
  },
  warning: (message) => {
    core.warning(sanitizeText(message));
  },
  error: (message) => {
    core.error(sanitizeText(message));
  },
  group: (title, lines) => {
    core.startGroup(sanitizeText(title));
    for (const line of lines) core.info(disarmCommands(line));
    core.endGroup();
  },
  mask: (secret) => {
    core.setSecret(secret);
    const lines = secret.split(/\r?\n/).map((line) => line.trim());
    // Masking a short line, such as the last one of a key, would hide half the log and protect nothing.
    if (lines.length > 1) for (const line of lines) if (line.length > 3) core.setSecret(line);
  },
};

/** The log of the CLI: plain lines on stderr, so that stdout holds only the result. */
export const terminalLog: Log = {
  info: print,
  debug: () => undefined,
  warning: (message) => {
    print(`warning: ${message}`);
  },
  error: (message) => {
    print(`error: ${message}`);
  },
  group: (title, lines) => {
    print(title);
    for (const line of lines) print(`  ${line}`);
  },
  mask: () => undefined,
};

function print(message: string): void {
  process.stderr.write(`${sanitizeText(message)}\n`);
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
