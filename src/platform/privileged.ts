import { ActionError, isCancelled } from "../errors/action-error.js";
import { type CommandOptions, type CommandOutput, type RunCommand, runShortCommand } from "./command.js";

/** Runs a command as root: directly if we are root, otherwise through `sudo -n`, which never prompts. */
export type RunAsRoot = RunCommand;

const SUDO_LIMIT_MS = 10_000;

/** True if commands can run as root on this machine. Rejects only with `CANCELLED`, when `signal` fires. */
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
 * Creates a RunCommand that runs as root. It rejects with `NIX_NOT_WRITABLE` if sudo is missing or would
 * prompt for a password. It passes `options.env` through `env`, since sudo drops the environment that it
 * inherits.
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
          "this step needs root, but sudo is missing or asks for a password",
          {
            cause: error,
            hint:
              "Run as root, allow this user passwordless sudo (as on GitHub's runners), or install Nix " +
              "beforehand.",
          },
        );
      }
      throw error;
    }
  };
}
