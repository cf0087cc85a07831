import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync, type Stats } from "node:fs";

import type { StorePath } from "../model/store-path.js";
import { freeMemory } from "./free-memory.js";
import { compareNames, padTar, renderEntryHeader } from "./python-tar.js";
import { padEntry, type TarEntry, type TarOwner } from "./ustar-block.js";

/** How the script of dockerTools.streamLayeredImage writes the tar of a layer. */
export interface StoreLayerOptions {
  readonly owner: TarOwner;
  /** The mode of the folders /nix and /nix/store. */
  readonly rootMode: number;
  /** As Python 3.8 does. */
  readonly hasDeviceNumbers: boolean;
}

/** The size of the chunks. Larger ones are not faster. */
const CHUNK_BYTES = 256 << 10;

/**
 * Writes the tar of a layer, in chunks of 256 KiB: the folders /nix and /nix/store, and the store paths with
 * all files in them. Each chunk is overwritten by the next. Hard links become files. Synchronous, since it
 * runs in a thread of its own. Throws a plain Error for a file that changes while it is read, or that is
 * neither a file, a folder nor a symlink.
 * @see nixpkgs, pkgs/build-support/docker/stream_layered_image.py, archive_paths_to
 */
export function* writeStoreLayer(
  paths: readonly StorePath[],
  options: StoreLayerOptions,
): Generator<Buffer, void, undefined> {
  const chunks = new ChunkWriter();
  const render = (entry: TarEntry) => renderEntryHeader(entry, options.owner, options.hasDeviceNumbers);
  for (const name of ["/nix", "/nix/store"]) {
    yield* chunks.write(render({ name, type: "folder", mode: options.rootMode, sizeBytes: 0, linkName: "" }));
  }
  for (const path of paths) {
    for (const entry of listEntries(path)) {
      yield* chunks.write(render(entry));
      if (entry.type === "file") yield* chunks.writeFile(entry);
    }
  }
  yield* chunks.write(Buffer.alloc(padTar(chunks.sizeBytes)));
  yield* chunks.end();
}

/** A store path and everything below it, each folder before what is in it. */
export function* listEntries(path: string): Generator<TarEntry> {
  const file = toBytes(path);
  const entry = toEntry(path, lstatSync(file));
  yield entry;
  if (entry.type !== "folder") return;
  for (const name of readdirSync(file, "latin1").sort(compareNames)) yield* listEntries(`${path}/${name}`);
}

function toEntry(name: string, stats: Stats): TarEntry {
  const mode = stats.mode & 0o7777;
  if (stats.isDirectory()) return { name, type: "folder", mode, sizeBytes: 0, linkName: "" };
  if (stats.isFile()) return { name, type: "file", mode, sizeBytes: stats.size, linkName: "" };
  if (!stats.isSymbolicLink()) throw new Error(`${name} is neither a file nor a folder nor a symlink`);
  return { name, type: "symlink", mode, sizeBytes: 0, linkName: readlinkSync(toBytes(name), "latin1") };
}

function toBytes(latin1: string): Buffer {
  return Buffer.from(latin1, "latin1");
}

/**
 * Cuts what is written into chunks of the same size, without copying a file's content once more. There is one
 * buffer for all of them.
 */
export class ChunkWriter {
  readonly #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #filled = 0;
  #sizeBytes = 0;

  /** All that was written so far. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  *write(bytes: Buffer): Generator<Buffer> {
    for (let at = 0; at < bytes.length;) {
      const count = bytes.copy(this.#chunk, this.#filled, at);
      at += count;
      yield* this.#advance(count);
    }
  }

  /** Writes the content of a file, and what fills its last block. */
  *writeFile({ name, sizeBytes }: TarEntry): Generator<Buffer> {
    const file = openSync(toBytes(name), "r");
    try {
      for (let left = sizeBytes; left > 0;) {
        const wanted = Math.min(left, CHUNK_BYTES - this.#filled);
        const count = readSync(file, this.#chunk, this.#filled, wanted, null);
        if (count === 0) throw new Error(`${name} has become shorter while it was read`);
        left -= count;
        yield* this.#advance(count);
      }
    } finally {
      closeSync(file);
    }
    yield* this.write(Buffer.alloc(padEntry(sizeBytes)));
  }

  *end(): Generator<Buffer> {
    if (this.#filled > 0) yield this.#chunk.subarray(0, this.#filled);
    freeMemory([this.#chunk]);
  }

  *#advance(count: number): Generator<Buffer> {
    this.#filled += count;
    this.#sizeBytes += count;
    if (this.#filled < CHUNK_BYTES) return;
    yield this.#chunk;
    this.#filled = 0;
  }
}
