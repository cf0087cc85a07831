import { constants } from "node:fs";
import { lstat, open, readlink } from "node:fs/promises";
import { join } from "node:path";

import { isErrno } from "../../errors/errno.js";

const MAX_LINKS = 40;
const MAX_BYTES = 1 << 20;

/**
 * Reads a text file of a container that does not run. Follows symlinks as a process of the container would:
 * an absolute one starts at `root`, and `..` does not leave it. Undefined if there is no such file, or it is
 * larger than 1 MiB.
 */
export async function readInRoot(root: string, path: string): Promise<string | undefined> {
  const rest = namesOf(path);
  let place: string[] = [];
  let links = 0;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === "..") {
      place.pop();
      continue;
    }
    const target = await readLinkOrNothing(join(root, ...place, name));
    if (target === undefined) place.push(name);
    else {
      if (++links > MAX_LINKS) return undefined;
      if (target.startsWith("/")) place = [];
      rest.unshift(...namesOf(target));
    }
  }
  try {
    const file = join(root, ...place);
    if (!(await lstat(file)).isFile()) return undefined;
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return (await handle.stat()).size > MAX_BYTES ? undefined : await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

/** The target of a symlink; undefined for anything else, also if there is nothing. */
async function readLinkOrNothing(file: string): Promise<string | undefined> {
  try {
    return await readlink(file);
  } catch (error) {
    if (isErrno(error, "EINVAL", "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
