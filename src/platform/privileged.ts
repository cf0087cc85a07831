import { ActionError, isCancelled } from "../errors/action-error.js";
import { type CommandOptions, type CommandOutput, type RunCommand, runShortCommand } from "./command.js";

/** Runs as root: as we are where we are root, else through `sudo -n`, which never asks. */
export type RunAsRoot = RunCommand;

const SUDO_LIMIT_MS = 10_000;

/** Whether commands can run as root here. Rejects with `CANCELLED` alone, when `signal` fires. */
export async function canBecomeRoot(isRoot: boolean, signal: AbortSignal): Promise<boolean> {
  if (isRoot) return true;
  try {
    await runShortCommand("sudo", ["-n", "true"], { timeoutMs: SUDO_LIMIT_MS, signal });
    return true;
  } catch (error) {
    if (isCancelled(error)) throw error;
    return false;
  }
}

/**
 * A RunCommand that runs as root. Rejects with `NIX_NOT_WRITABLE` where sudo would ask for a password or is not there.
 * The environment of `options.env` is handed through `env`, since sudo drops what it inherits.
 */
export function createRunAsRoot(run: RunCommand, isRoot: boolean): RunAsRoot {
  if (isRoot) return run;
  return async (tool, args, options): Promise<CommandOutput> => {
    const { env = {}, ...rest }: CommandOptions = options;
    const assignments = Object.entries(env).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${value}`],
    );
    try {
      return await run("sudo", ["-n", "--", "env", ...assignments, tool, ...args], rest);
    } catch (error) {
      if (
        error instanceof ActionError &&
        (error.code === "COMMAND_MISSING" || /sudo: .*password/.test(error.message))
      ) {
        throw new ActionError(
          "NIX_NOT_WRITABLE",
          `this step needs root, and sudo without a password does not work here`,
          {
            cause: error,
            hint: "Run as root, or allow this user passwordless sudo as on GitHub's runners, or install Nix beforehand.",
          },
        );
      }
      throw error;
    }
  };
}
