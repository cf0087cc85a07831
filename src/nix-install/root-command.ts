import { statfs } from "node:fs/promises";

import { ActionError } from "../errors/action-error.js";
import type { CommandOptions } from "../platform/command.js";
import type { RunAsRoot } from "../platform/privileged.js";

/**
 * Runs a command of the install as root, its messages in English. Beyond the codes of RunCommand it rejects with `NIX_DISK_FULL` and
 * `NIX_NOT_WRITABLE`.
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
        hint: "Free some space, or mount a larger disk on /nix. Unpacked, Nix takes several times the size of its archive.",
      });
    }
    if (/Read-only file system|Permission denied|Operation not permitted/.test(error.message)) {
      throw new ActionError("NIX_NOT_WRITABLE", `Nix cannot be installed: ${error.message}`, {
        cause: error,
        hint: "Make /nix and /etc/nix writable for root, or, for a user without sudo, give the user a /nix of its own; or install Nix beforehand.",
      });
    }
    throw error;
  }
}

async function readFreeSpace(): Promise<string> {
  // There may be no /nix yet: it would be on the disk of /.
  const { bavail, bsize } = await statfs("/nix").catch(() => statfs("/"));
  return `${Math.round((bavail * bsize) / (1 << 20))} MiB are free`;
}
