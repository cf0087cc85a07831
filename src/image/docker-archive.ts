import { posix } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

import { extract } from "tar-stream";

import { openRegularFile, readRegularFile } from "../platform/files.js";
import type { Budget } from "./budget.js";
import { type Chunks, compressionOf } from "./layer.js";
import type { Entry } from "./layer-audit.js";
import type { ArchiveEntryReader } from "./archive-entries.js";

/**
 * Reads an image archive in one pass: a docker-archive, or an OCI layout in a tar. The archive may be gzipped
 * as a whole. Rejects with a plain Error if the file is neither.
 * @see https://github.com/moby/docker-image-spec/blob/main/spec.md
 */
export async function readArchive(file: string, reader: ArchiveEntryReader, budget: Budget): Promise<void> {
  const isGzipped = await isGzipFile(file);
  const source = readRegularFile(file);
  const entries = extract();
  const count = async function* (chunks: Chunks) {
    for await (const chunk of chunks) {
      budget.spendBytes(chunk.length);
      yield chunk;
    }
  };
  const unpacking = isGzipped
    ? pipeline(source, createGunzip({ chunkSize: 1 << 18 }), count, entries)
    : pipeline(source, count, entries);
  // Avoid an unhandled rejection: `readEntries` fails first, and `unpacking` is only awaited after it.
  unpacking.catch(() => undefined);
  await readEntries(entries, reader, budget);
  await unpacking;
}

async function readEntries(
  entries: AsyncIterable<Entry>,
  reader: ArchiveEntryReader,
  budget: Budget,
): Promise<void> {
  for await (const entry of entries) {
    const { type, linkname } = entry.header;
    budget.spendPath(entry.header.name);
    const name = posix.resolve("/", entry.header.name);
    if (type === "symlink" || type === "link") {
      reader.link(name, posix.resolve(type === "link" ? "/" : posix.dirname(name), linkname));
    }
    if (type === "file" || type === "contiguous-file") await reader.take(name, entry as unknown as Chunks);
    else entry.resume();
  }
}

async function isGzipFile(file: string): Promise<boolean> {
  const handle = await openRegularFile(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && compressionOf(buffer) === "gzip";
  } finally {
    await handle.close();
  }
}
