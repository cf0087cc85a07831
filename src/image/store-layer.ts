import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync, type Stats } from "node:fs";

import type { StorePath } from "../model/store-path.js";
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

/** The size of the chunks. Larger ones take up more memory, and are not faster. */
const CHUNK_BYTES = 256 << 10;

/**
 * Writes the tar of a layer, in chunks of 256 KiB: the folders /nix and /nix/store, and the store paths with
 * all files in them. Hard links become files. Synchronous, since it runs in a thread of its own. Throws a
 * plain Error for a file that changes while it is read, or that is neither a file, a folder nor a symlink.
 * @see nixpkgs, pkgs/build-support/docker/stream_layered_image.py, archive_paths_to
 */
export function* writeStoreLayer(
  paths: readonly StorePath[],
  options: StoreLayerOptions,
): Generator<Buffer, void, undefined> {
  const chunks = new ChunkWriter();
  const add = (entry: TarEntry) => {
    chunks.add(renderEntryHeader(entry, options.owner, options.hasDeviceNumbers));
  };
  for (const name of ["/nix", "/nix/store"]) {
    add({ name, type: "folder", mode: options.rootMode, sizeBytes: 0, linkName: "" });
  }
  for (const path of paths) {
    for (const entry of listEntries(path)) {
      add(entry);
      if (entry.type === "file") {
        yield* chunks.takeFile(entry);
        chunks.add(Buffer.alloc(padEntry(entry.sizeBytes)));
      }
      yield* chunks.take();
    }
  }
  chunks.add(Buffer.alloc(padTar(chunks.sizeBytes)));
  yield* chunks.take();
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

/** Cuts what is written into chunks of the same size, without copying a file's content once more. */
export class ChunkWriter {
  #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #filled = 0;
  readonly #full: Buffer[] = [];
  #sizeBytes = 0;

  /** All that was written so far. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  add(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      const count = bytes.copy(this.#chunk, this.#filled, at);
      at += count;
      this.#advance(count);
    }
  }

  *takeFile({ name, sizeBytes }: TarEntry): Generator<Buffer> {
    const file = openSync(toBytes(name), "r");
    try {
      for (let left = sizeBytes; left > 0;) {
        const wanted = Math.min(left, CHUNK_BYTES - this.#filled);
        const count = readSync(file, this.#chunk, this.#filled, wanted, null);
        if (count === 0) throw new Error(`${name} has become shorter while it was read`);
        left -= count;
        this.#advance(count);
        yield* this.take();
      }
    } finally {
      closeSync(file);
    }
  }

  /** The chunks that are full. */
  take(): readonly Buffer[] {
    return this.#full.splice(0);
  }

  end(): readonly Buffer[] {
    return this.#filled === 0 ? [] : [this.#chunk.subarray(0, this.#filled)];
  }

  #advance(count: number): void {
    this.#filled += count;
    this.#sizeBytes += count;
    if (this.#filled < CHUNK_BYTES) return;
    this.#full.push(this.#chunk);
    this.#chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    this.#filled = 0;
  }
}
