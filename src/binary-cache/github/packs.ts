import { hash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";
import { zstdDecompressSync } from "node:zlib";

import { isErrno } from "../../errors/errno.js";
import type { PackedChunk } from "./pack-index.js";

/** A chunk in a pack on this machine. */
export interface LocatedChunk extends PackedChunk {
  readonly packFile: string;
  readonly offset: number;
}

/** Read at once from a pack. */
const MAX_READ_BYTES = 4 << 20;

/** The chunks that a run has, in the packs of its folder. The packs are untrusted. */
export class Packs {
  readonly #chunks = new Map<string, LocatedChunk>();
  readonly #files = new Map<string, Promise<FileHandle>>();

  /** Adds chunks, which replace earlier ones with the same digest. */
  add(chunks: readonly LocatedChunk[]): void {
    for (const chunk of chunks) this.#chunks.set(chunk.digest, chunk);
  }

  /** Undefined if no pack has the chunk. */
  find(digest: string): LocatedChunk | undefined {
    return this.#chunks.get(digest);
  }

  /** The chunks with these digests, in their order; undefined if one of them is missing. */
  findAll(digests: readonly string[]): readonly LocatedChunk[] | undefined {
    const found: LocatedChunk[] = [];
    for (const digest of digests) {
      const chunk = this.#chunks.get(digest);
      if (chunk === undefined) return undefined;
      found.push(chunk);
    }
    return found;
  }

  /** Forgets a chunk that turned out to be broken. */
  remove(digest: string): void {
    this.#chunks.delete(digest);
  }

  /**
   * Reads the frames of chunks, in their order; undefined instead of a frame that is broken, whose chunk is
   * forgotten. Chunks that are next to each other in a pack are read at once. Rejects with the errors of the
   * file system.
   */
  async *readFrames(
    chunks: readonly LocatedChunk[],
  ): AsyncGenerator<readonly [LocatedChunk, Buffer | undefined], void, undefined> {
    for (let at = 0; at < chunks.length;) {
      const run = takeRun(chunks, at);
      at += run.length;
      const [first] = run;
      if (first === undefined) return;
      const length = run.reduce((sum, { frameBytes }) => sum + frameBytes, 0);
      const handle = await this.#open(first.packFile);
      const bytes = Buffer.allocUnsafe(length);
      const { bytesRead } = await handle.read(bytes, 0, length, first.offset);
      for (const chunk of run) {
        const start = chunk.offset - first.offset;
        const end = start + chunk.frameBytes;
        const frame = bytes.subarray(start, end);
        const isWhole = end <= bytesRead && digestFrame(frame) === chunk.frameDigest;
        if (!isWhole) this.remove(chunk.digest);
        yield [chunk, isWhole ? frame : undefined];
      }
    }
  }

  /** Closes the files. The chunks can still be read afterwards. */
  async close(): Promise<void> {
    const opened = [...this.#files.values()];
    this.#files.clear();
    for (const file of opened) await file.then((handle) => handle.close()).catch(() => undefined);
  }

  #open(file: string): Promise<FileHandle> {
    const opened = this.#files.get(file) ?? open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    this.#files.set(file, opened);
    return opened;
  }
}

/** The chunks from `start` on that follow each other in one pack, up to a limit. */
function takeRun(chunks: readonly LocatedChunk[], start: number): readonly LocatedChunk[] {
  let end = start + 1;
  let length = chunks[start]?.frameBytes ?? 0;
  for (; end < chunks.length; end++) {
    const [before, next] = [chunks[end - 1], chunks[end]];
    if (before === undefined || next?.packFile !== before.packFile) break;
    if (next.offset !== before.offset + before.frameBytes) break;
    length += next.frameBytes;
    if (length > MAX_READ_BYTES) break;
  }
  return chunks.slice(start, end);
}

/** Gives the chunks of an index their places in its pack, without those behind the end of a shorter file. */
export async function locateChunks(
  packFile: string,
  chunks: readonly PackedChunk[],
): Promise<readonly LocatedChunk[]> {
  const size = await sizeOfPlainFile(packFile);
  const located: LocatedChunk[] = [];
  let offset = 0;
  for (const chunk of chunks) {
    if (offset + chunk.frameBytes > size) break;
    located.push({ ...chunk, packFile, offset });
    offset += chunk.frameBytes;
  }
  return located;
}

/** The size of a regular file; 0 for a symbolic link or anything else. */
export async function sizeOfPlainFile(file: string): Promise<number> {
  try {
    const found = await lstat(file);
    return found.isFile() ? found.size : 0;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return 0;
    throw error;
  }
}

/** The name of a chunk: its SHA-256. */
export function digestChunk(bytes: Uint8Array): string {
  return hash("sha256", bytes, "base64url");
}

/** Half of the SHA-256 of a frame. It shows damage; what a chunk is, its own digest says. */
export function digestFrame(frame: Uint8Array): string {
  return hash("sha256", frame, "buffer").toString("base64url", 0, 16);
}

/** Decompresses a chunk; undefined if its content is not what its digest says. */
export function unpackChunk({ digest, bytes }: PackedChunk, frame: Uint8Array): Buffer | undefined {
  try {
    const content = zstdDecompressSync(frame, { maxOutputLength: bytes });
    return content.length === bytes && digestChunk(content) === digest ? content : undefined;
  } catch {
    return undefined;
  }
}
