import type { CommandOptions, CommandOutput } from "../platform/command.js";

/** Runs the command-line client of an engine. */
export type Call = (
  args: readonly string[],
  options?: Omit<Partial<CommandOptions>, "env">,
) => Promise<CommandOutput>;
