import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";

import { isErrno } from "../errors/errno.js";

/**
 * Whether a folder of `PATH` has a program. If one of the folders cannot be searched, the system reports a
 * program that none of them has as EACCES instead of ENOENT.
 * @see execvp(3)
 */
export function isOnPath(program: string, folders: readonly string[]): boolean {
  return folders.some((folder) => isFile(join(folder, program)));
}

/** Whether this user may not search a folder. */
export function isUnreadable(folder: string): boolean {
  try {
    accessSync(folder, constants.X_OK);
    return false;
  } catch (error) {
    return isErrno(error, "EACCES");
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
