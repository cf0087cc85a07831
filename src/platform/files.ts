import { createHash, randomBytes } from "node:crypto";
import { constants, createReadStream, createWriteStream } from "node:fs";
import {
  access,
  copyFile,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
} from "node:fs/promises";
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

/** Whether there is a file that this process may execute, or a folder that it may enter. */
export async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
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

/**
 * Opens a regular file, or a symbolic link to one, for reading. Rejects with a plain Error if it is anything
 * else: a FIFO without a writer would block a thread of this process for ever, even its exit, and a device
 * may never end.
 */
export async function openRegularFile(file: string): Promise<FileHandle> {
  // Look before opening: merely opening some devices has an effect, such as starting a watchdog.
  if (!(await stat(file)).isFile()) throw notRegular(file);
  // The file may have been replaced in the meantime.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    if ((await handle.stat()).isFile()) return handle;
    throw notRegular(file);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * The content of a regular file, in chunks of up to 256 KiB. Rejects as `openRegularFile` does, and with the
 * reason of `signal` when it fires.
 */
export async function* readRegularFile(
  file: string,
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const handle = await openRegularFile(file);
  // The stream closes the handle.
  for await (const chunk of handle.createReadStream({ highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    signal?.throwIfAborted();
    yield chunk;
  }
}

/** The whole content of a regular file. Rejects as `openRegularFile` does. */
export async function readWholeRegularFile(file: string): Promise<Buffer<ArrayBuffer>> {
  const handle = await openRegularFile(file);
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** The text of a regular file, or undefined if there is no file. Rejects as `openRegularFile` does. */
export async function readRegularFileIfPresent(file: string): Promise<string | undefined> {
  try {
    return (await readWholeRegularFile(file)).toString("utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

function notRegular(file: string): Error {
  return new Error(`${file} is not a regular file`);
}

/** The SHA-256 digest of a file's content. When `signal` fires, rejects with its reason. */
export async function hashFile(file: string, signal?: AbortSignal): Promise<Digest> {
  const hash = createHash("sha256");
  await untilAborted(signal, (options) => pipeline(createReadStream(file), hash, options));
  return digestOfHex(hash.digest("hex"));
}

/**
 * Copies a file to a new one. Shares the blocks of the two if the file system can. When `signal` fires,
 * rejects with its reason and leaves a part of the copy.
 */
export async function copyToNewFile(from: string, to: string, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
  } catch {
    // Most file systems cannot share blocks. Unlike copyFile, a pipeline can be stopped.
    const [source, target] = [{ highWaterMark: 1 << 20 }, { highWaterMark: 1 << 20, flags: "wx" }];
    await untilAborted(signal, (options) =>
      pipeline(createReadStream(from, source), createWriteStream(to, target), options),
    );
  }
}

/** Runs a pipeline that `signal` stops; it then rejects with the signal's reason, not with an AbortError. */
async function untilAborted(
  signal: AbortSignal | undefined,
  run: (options: { readonly signal?: AbortSignal }) => Promise<void>,
): Promise<void> {
  try {
    await run({ ...(signal !== undefined && { signal }) });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
