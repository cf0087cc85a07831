import { stat } from "node:fs/promises";

import { ActionError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import type { RunAsRoot } from "../platform/privileged.js";
import { asRoot } from "./root-command.js";

/** The folders that root writes to during an install, outermost first. */
const FOLDERS = ["/nix", "/nix/store", "/nix/var", "/nix/var/nix"];
const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

/**
 * Makes sure, before root installs Nix, that no other user can replace what root writes, and later runs as a
 * daemon: takes the right to write from others, as a new tmpfs on /nix gives it, and refuses folders of
 * another user. A user with sudo may own the folders, since he can become root anyway. Rejects with
 * `NIX_NOT_WRITABLE`.
 */
export async function secureStore(runAsRoot: RunAsRoot): Promise<void> {
  for (const folder of FOLDERS) {
    const found = await statIfPresent(folder);
    if (found === undefined) continue;
    const { uid, mode } = found;
    if (uid !== 0 && uid !== process.getuid?.()) throw foreign(folder, uid);
    // Nix gives its store to the group of the build users, but with a sticky bit.
    const isOpen = (mode & OTHERS_WRITE) !== 0 || ((mode & GROUP_WRITES) !== 0 && (mode & STICKY) === 0);
    if (isOpen) await asRoot(runAsRoot, "chmod", ["go-w", "--", folder]);
  }
}

async function statIfPresent(folder: string) {
  try {
    return await stat(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

function foreign(folder: string, uid: number): ActionError {
  const why = `${folder} belongs to the user ID ${uid}, who could change what root installs there`;
  return new ActionError("NIX_NOT_WRITABLE", why, {
    hint:
      "Give the folder to root: chown root:root, chmod 755. Or, if that user installs Nix without root, " +
      "run as that user.",
  });
}
