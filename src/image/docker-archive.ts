import { posix } from "node:path";
import { pipeline } from "node:stream/promises";

import { extract, type Extract } from "tar-stream";

import { openRegularFile, readRegularFile } from "../platform/files.js";
import type { Budget } from "./budget.js";
import { type Chunks, compressionOf, createDecompress } from "./layer.js";
import type { ArchiveEntryReader } from "./archive-entries.js";
import { requireArchive } from "./image-form.js";

/** One member of a tar. */
type Entry = Extract extends AsyncIterable<infer Member> ? Member : never;

/**
 * Reads an image archive in one pass: a docker-archive, or an OCI layout in a tar. The archive may be
 * compressed as a whole. Rejects with a `FormError` or a plain Error if the file is neither. Only this
 * function reads the archive, and its content is verified by digests. So unlike a layer, it may be a tar of
 * any kind.
 * @see https://github.com/moby/docker-image-spec/blob/main/spec.md
 */
export async function readArchive(file: string, reader: ArchiveEntryReader, budget: Budget): Promise<void> {
  const head = await readHead(file);
  requireArchive(file, head);
  const source = readRegularFile(file);
  const entries = extract();
  const count = async function* (chunks: Chunks) {
    for await (const chunk of chunks) {
      budget.spendBytes(chunk.length);
      yield chunk;
    }
  };
  const unpacking = pipeline(source, createDecompress(compressionOf(head)), count, entries);
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
    // tar-stream never ends the content of such a folder.
    if (type === "directory" && entry.header.size > 0) {
      throw new Error(`its member ${JSON.stringify(entry.header.name)} is a folder with content`);
    }
    const name = posix.resolve("/", entry.header.name);
    if (type === "symlink" || type === "link") {
      reader.link(name, posix.resolve(type === "link" ? "/" : posix.dirname(name), linkname));
    }
    if (type === "file" || type === "contiguous-file") await reader.take(name, entry as unknown as Chunks);
    else entry.resume();
  }
}

async function readHead(file: string): Promise<Buffer> {
  const handle = await openRegularFile(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
