import { statfs } from "node:fs/promises";

import { ActionError } from "../errors/action-error.js";
import type { CommandOptions } from "../platform/command.js";
import type { RunAsRoot } from "../platform/privileged.js";

/**
 * Runs a command of the install as root. Its messages are in English, so that known failures can be
 * recognized. Rejects with the codes of RunCommand, `NIX_DISK_FULL` and `NIX_NOT_WRITABLE`.
 */
export async function asRoot(
  runAsRoot: RunAsRoot,
  tool: string,
  args: readonly string[],
  { env, ...options }: Partial<CommandOptions> = {},
): Promise<void> {
  try {
    await runAsRoot(tool, args, { timeoutMs: 60_000, ...options, env: { ...env, LC_ALL: "C" } });
  } catch (error) {
    if (!(error instanceof ActionError) || error.code !== "COMMAND_FAILED") throw error;
    if (/No space left on device|Disk quota exceeded|database or disk is full/.test(error.message)) {
      throw new ActionError("NIX_DISK_FULL", `the disk of /nix is full: ${await readFreeSpace()}`, {
        cause: error,
        hint:
          "Free some space, or mount a larger disk on /nix. " +
          "Unpacked, Nix is several times as large as its archive.",
      });
    }
    if (/Read-only file system|Permission denied|Operation not permitted/.test(error.message)) {
      throw new ActionError("NIX_NOT_WRITABLE", `Nix cannot be installed: ${error.message}`, {
        cause: error,
        hint:
          "Make /nix and /etc/nix writable for root; without sudo, create a /nix that this user owns. " +
          "Or install Nix in an earlier step.",
      });
    }
    throw error;
  }
}

async function readFreeSpace(): Promise<string> {
  // Without /nix, report the disk of /, where it would be created.
  const { bavail, bsize } = await statfs("/nix").catch(() => statfs("/"));
  return `${Math.round((bavail * bsize) / (1 << 20))} MiB free`;
}
