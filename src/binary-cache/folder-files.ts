import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { lstat, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { isErrno } from "../errors/errno.js";
import { readFileIfPresent } from "../platform/files.js";
import type { CacheFiles } from "./cache-files.js";
import type { FileCache } from "./file.js";

/** A binary cache in a folder, which is created with its first file. Rejects with the errors of the disk. */
export function openFolderFiles({ uri, folder }: Pick<FileCache, "uri" | "folder">): CacheFiles {
  const ended = new AbortController();
  return {
    uri,
    has: async (name) => {
      try {
        return (await lstat(join(folder, name))).isFile();
      } catch (error) {
        if (isErrno(error, "ENOENT")) return false;
        throw error;
      }
    },
    read: (name) => readPlainFile(join(folder, name)),
    write: async (name, body) => {
      const file = join(folder, name);
      const temporary = join(dirname(file), `.${randomBytes(6).toString("hex")}.tmp`);
      await mkdir(dirname(file), { recursive: true });
      const { signal } = ended;
      try {
        if ("open" in body) {
          const target = createWriteStream(temporary, { flags: "wx" });
          await pipeline(Readable.from(copyChunks(body.open())), target, { signal });
        } else await writeFile(temporary, body, { flag: "wx", signal });
        await rename(temporary, file);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
    close: () => {
      ended.abort();
    },
  };
}

/** A body may use one buffer for all of its chunks, but a stream reads ahead. */
async function* copyChunks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

const MAX_TEXT_BYTES = 1 << 20;

/** The text of a small regular file; undefined for a symbolic link or anything else. */
async function readPlainFile(file: string): Promise<string | undefined> {
  try {
    const found = await lstat(file);
    return found.isFile() && found.size <= MAX_TEXT_BYTES ? await readFileIfPresent(file) : undefined;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "ENAMETOOLONG")) return undefined;
    throw error;
  }
}
