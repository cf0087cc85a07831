import { stat } from "node:fs/promises";

import { ActionError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";

/** The folders that root writes to during an install, outermost first. */
const FOLDERS = ["/nix", "/nix/store", "/nix/var", "/nix/var/nix"];
const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

/**
 * Checks, before root installs Nix, that no other user can replace what root writes, and later runs as a
 * daemon. A user with sudo may own the folders, since he can become root anyway. Rejects with
 * `NIX_NOT_WRITABLE`.
 */
export async function requireOwnStore(): Promise<void> {
  for (const folder of FOLDERS) {
    const found = await statIfPresent(folder);
    if (found === undefined) continue;
    const { uid, mode } = found;
    if (uid !== 0 && uid !== process.getuid?.()) throw foreign(`${folder} belongs to the user ID ${uid}`);
    // Nix gives its store to the group of the build users, but with a sticky bit.
    const isOpen = (mode & OTHERS_WRITE) !== 0 || ((mode & GROUP_WRITES) !== 0 && (mode & STICKY) === 0);
    if (isOpen) throw foreign(`other users can write to ${folder} (mode ${(mode & 0o7777).toString(8)})`);
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

function foreign(why: string): ActionError {
  return new ActionError("NIX_NOT_WRITABLE", `${why} and could change what root installs there`, {
    hint:
      "Give the folder to root: chown root:root and chmod 755. Or, if it belongs to a user who installs Nix " +
      "without root, run as that user.",
  });
}
