import * as core from "@actions/core";

import { createMaskingLog, sanitizeText } from "../platform/log.js";

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
