import * as core from "@actions/core";

import { type Log, sanitizeText } from "../platform/log.js";
import { paint, type Terminal } from "./terminal.js";

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
    for (const part of listMasked(secret)) core.setSecret(part);
  },
};

/**
 * Creates the log of the CLI: lines on stderr, so that stdout holds only the result. Shows the debug level if
 * `isDebug`. Replaces masked secrets by `***`.
 */
export function createTerminalLog(terminal: Terminal, { isDebug }: { readonly isDebug: boolean }): Log {
  const secrets = new Set<string>();
  const clean = (message: string) => {
    let text = sanitizeText(message);
    // The longest first: one secret may be a part of another.
    for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
      text = text.replaceAll(secret, "***");
    }
    return text;
  };
  const print = (text: string) => {
    terminal.write(`${text}\n`);
  };
  return {
    info: (message) => {
      print(clean(message));
    },
    debug: (message) => {
      if (isDebug) print(paint(terminal, "dim", `debug: ${clean(message)}`));
    },
    warning: (message) => {
      print(`${paint(terminal, ["bold", "yellow"], "warning:")} ${clean(message)}`);
    },
    error: (message) => {
      print(`${paint(terminal, ["bold", "red"], "error:")} ${clean(message)}`);
    },
    group: (title, lines) => {
      print(paint(terminal, "bold", clean(title)));
      for (const line of lines) print(`  ${clean(line)}`);
    },
    mask: (secret) => {
      for (const part of listMasked(secret)) secrets.add(part);
    },
  };
}

/** A secret and, if it has several lines, each of them. */
function listMasked(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  // Masking a short line, such as the last one of a key, would hide half the log and protect nothing.
  const parts = lines.length > 1 ? lines.filter((line) => line.length > 3) : [];
  return [secret, ...parts].filter((part) => part !== "");
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
