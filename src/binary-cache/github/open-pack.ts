import { type FileHandle, link, mkdir, open, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { ENTRY_FOLDER } from "./client-protocol.js";
import { nameIndex, namePack } from "./entry-key.js";
import { type PackedChunk, type PackedPath, type PackLink, renderPackIndex } from "./pack-index.js";
import type { LocatedChunk } from "./packs.js";

/** A pack that is being written. All methods reject with the errors of the file system. */
export class OpenPack {
  readonly file: string;
  readonly #handle: Promise<FileHandle>;
  readonly #chunks: PackedChunk[] = [];
  readonly #paths: PackedPath[] = [];
  readonly #writing = new Set<Promise<unknown>>();
  #bytes = 0;

  constructor(file: string) {
    this.file = file;
    this.#handle = mkdir(dirname(file), { recursive: true }).then(() => open(file, "wx"));
    // Whoever writes first gets the error.
    this.#handle.catch(() => undefined);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get chunks(): readonly PackedChunk[] {
    return this.#chunks;
  }

  get paths(): readonly PackedPath[] {
    return this.#paths;
  }

  /**
   * Adds a chunk, which may not be compressed yet. `finish` waits for it, and rejects if it cannot be added.
   */
  async addChunk(making: Promise<readonly [PackedChunk, Uint8Array]>): Promise<LocatedChunk> {
    const adding = this.#add(making);
    this.#writing.add(adding);
    const located = await adding;
    this.#writing.delete(adding);
    return located;
  }

  /** Adds a path whose chunks were added to this pack or to one before it. */
  addPath(path: PackedPath): void {
    this.#paths.push(path);
  }

  /** Waits until everything is written. The pack must not be added to any more. */
  async finish(): Promise<void> {
    await Promise.all(this.#writing);
    await (await this.#handle).close();
  }

  /** Lays out the files of an entry in `workspace`, and returns its link. The pack must be finished. */
  async layOut(workspace: string, key: string, chain: readonly PackLink[]): Promise<PackLink> {
    const folder = join(workspace, ENTRY_FOLDER);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await link(this.file, join(folder, namePack(key)));
    const index = renderPackIndex({ chain, chunks: this.#chunks, paths: this.#paths });
    await writeFile(join(folder, nameIndex(key)), index);
    return { key, bytes: this.#bytes, hasPaths: true };
  }

  async #add(making: Promise<readonly [PackedChunk, Uint8Array]>): Promise<LocatedChunk> {
    const [chunk, frame] = await making;
    const handle = await this.#handle;
    const offset = this.#bytes;
    this.#bytes += frame.length;
    this.#chunks.push(chunk);
    const { bytesWritten } = await handle.write(frame, 0, frame.length, offset);
    if (bytesWritten < frame.length) throw new Error(`${this.file} could not be written completely`);
    return { ...chunk, packFile: this.file, offset };
  }
}
