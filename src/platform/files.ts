import { createHash, randomBytes } from "node:crypto";
import { constants, createReadStream, type Stats } from "node:fs";
import { lstat, mkdir, open, readdir, readFile, readlink, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";

import { isErrno } from "../errors/errno.js";
import { digestOfHex, type Digest } from "../model/digest.js";

/**
 * Writes a file whole or not at all: to a new file beside it, synced, then renamed over it.
 * `mode` is set when the file is made, so that no moment leaves a secret readable.
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

/** The text of a file, or undefined where there is none. */
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

/** The names in a folder; none where there is no folder. */
export async function readdirIfPresent(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

/** What a symbolic link says, or undefined where there is none. */
export async function readLinkIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readlink(file);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

/** The digest of a file's bytes. */
export async function hashFile(file: string): Promise<Digest> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return digestOfHex(hash.digest("hex"));
}

/**
 * The text of a file that this user alone can have written, as `writeOwnFile` does; undefined where there is none, or where it or its
 * folder is somebody else's, a link, or open to others.
 */
export async function readOwnFile(file: string): Promise<string | undefined> {
  try {
    if (!isOwn(await lstat(dirname(file)))) return undefined;
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return isOwn(await handle.stat()) ? await handle.readFile("utf8") : undefined;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "ELOOP")) return undefined;
    throw error;
  }
}

/** Writes a file, whole or not at all, that nobody else may read or change, into a folder of that kind. */
export async function writeOwnFile(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFileAtomically(file, content, 0o600);
}

function isOwn(stats: Stats): boolean {
  return !stats.isSymbolicLink() && stats.uid === process.getuid?.() && (stats.mode & 0o022) === 0;
}
