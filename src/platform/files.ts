import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, readlink, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";

import { isErrno } from "../errors/errno.js";
import { digestOfHex, type Digest } from "../model/digest.js";

/**
 * Writes a file whole or not at all: writes and syncs a new file in the same folder, then renames it. The new
 * file has `mode` from the start, so that others can never read a secret.
 */
export async function writeFileAtomically(
  file: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = join(dirname(file), `.${randomBytes(6).toString("hex")}.tmp`);
  try {
    const handle = await open(temporary, "wx", mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The text of a file, or undefined if there is no such file. */
export async function readFileIfPresent(
  file: string,
  encoding: BufferEncoding = "utf8",
): Promise<string | undefined> {
  try {
    return await readFile(file, encoding);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

/** The names in a folder; none if there is no such folder. */
export async function readdirIfPresent(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

/** The target of a symbolic link, or undefined if there is no such link. */
export async function readLinkIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readlink(file);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

/** The SHA-256 digest of a file's content. */
export async function hashFile(file: string): Promise<Digest> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return digestOfHex(hash.digest("hex"));
}
