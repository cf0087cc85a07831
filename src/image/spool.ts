import { closeSync, openSync, unlinkSync, writeSync } from "node:fs";

import { type FileContent, type ReadBytes, readFully } from "./file-content.js";

/** Larger files are kept on disk. */
const MEMORY_BYTES = 8 << 20;

/** Keeps the content of one file for random access while a layer is streamed: in memory if it is small. */
export class Spool implements FileContent {
  readonly #path: string;
  #chunks: Uint8Array[] = [];
  #memory: Buffer | undefined;
  #disk: number | undefined;
  #sizeBytes = 0;

  /** `path` is used if the file is large. The file is unlinked at once, so nothing has to be removed. */
  constructor(path: string) {
    this.#path = path;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The chunk may be overwritten afterwards. */
  write(chunk: Uint8Array): void {
    this.#sizeBytes += chunk.length;
    if (this.#disk === undefined) this.#chunks.push(Buffer.from(chunk));
    else writeFully(this.#disk, chunk);
    if (this.#disk === undefined && this.#sizeBytes > MEMORY_BYTES) {
      this.#disk = openSync(this.#path, "wx+", 0o600);
      unlinkSync(this.#path);
      for (const kept of this.#chunks) writeFully(this.#disk, kept);
      this.#chunks = [];
    }
  }

  readonly read: ReadBytes = (offset, length) => {
    const size = Math.max(0, Math.min(length, this.#sizeBytes - offset));
    if (this.#disk !== undefined) return readFully(this.#disk, offset, size);
    this.#memory ??= Buffer.concat(this.#chunks);
    return this.#memory.subarray(offset, offset + size);
  };

  close(): void {
    if (this.#disk !== undefined) closeSync(this.#disk);
    this.#disk = undefined;
    this.#chunks = [];
    this.#memory = undefined;
    this.#sizeBytes = 0;
  }
}

function writeFully(disk: number, chunk: Uint8Array): void {
  for (let done = 0; done < chunk.length;) done += writeSync(disk, chunk, done);
}
