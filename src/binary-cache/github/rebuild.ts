import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import pLimit from "p-limit";

import type { StorePath } from "../../model/store-path.js";
import { renderRawFrame } from "../../platform/zstd.js";
import { nameNarInfo, renderNarInfo } from "../narinfo.js";
import type { PackedPath } from "./pack-index.js";
import { type LocatedChunk, type Packs, unpackChunk } from "./packs.js";
import { putHashesBack, selectPlaces } from "./references.js";

/** What rebuilding may write: a chunk can be in any number of paths, and each path gets a file of its own. */
const MAX_FOLDER_BYTES = 12 * 2 ** 30;
const FILES_AT_ONCE = 4;
const WRITE_BYTES = 1 << 20;

export interface RebuiltFolder {
  /** The paths that the folder has. */
  readonly paths: ReadonlyMap<StorePath, PackedPath>;
  /** The number of paths that are left out because their chunks are damaged or missing. */
  readonly damaged: number;
}

/**
 * Makes a folder that Nix can read as a binary cache. When there is too much, the first paths have priority.
 * Nix compares the hash of each path when it reads it. Rejects with the errors of the file system.
 */
export async function rebuildFolder(
  folder: string,
  packs: Packs,
  paths: Iterable<PackedPath>,
): Promise<RebuiltFolder> {
  await mkdir(join(folder, "nar"), { recursive: true });
  const rebuilt = new Map<StorePath, PackedPath>();
  const names = new Set<string>();
  const limit = pLimit(FILES_AT_ONCE);
  let damaged = 0;
  let left = MAX_FOLDER_BYTES;
  const rebuild = async (path: PackedPath): Promise<void> => {
    // Files are named after the hash alone, which another path has only by malice.
    const name = nameNarInfo(path.path);
    if (names.has(name)) return;
    names.add(name);
    const chunks = packs.findAll(path.chunks);
    if (chunks === undefined) damaged++;
    if (chunks === undefined || left <= 0) return;
    const written = await writePath(folder, packs, path, chunks);
    if (written === undefined) damaged++;
    else rebuilt.set(path.path, path);
    left -= written ?? 0;
  };
  await limit.map(paths, rebuild);
  await writeFile(join(folder, "nix-cache-info"), "StoreDir: /nix/store\nWantMassQuery: 1\n");
  return { paths: rebuilt, damaged };
}

/** Writes the files of one path. Returns the size of its NAR file; undefined if a chunk is damaged. */
async function writePath(
  folder: string,
  packs: Packs,
  path: PackedPath,
  chunks: readonly LocatedChunk[],
): Promise<number | undefined> {
  const narInfo = nameNarInfo(path.path);
  const name = `nar/${narInfo.replace(".narinfo", "")}.nar.zst`;
  const file = join(folder, name);
  const handle = await open(file, "wx");
  let sizeBytes: number | undefined;
  try {
    sizeBytes = await writeFrames(handle, readNarFrames(packs, path, chunks));
  } finally {
    await handle.close();
  }
  if (sizeBytes === undefined) {
    await rm(file);
    return undefined;
  }
  const nar = { name, compression: "zstd", hash: undefined, sizeBytes } as const;
  await writeFile(join(folder, narInfo), renderNarInfo(path, nar, path.signatures));
  return sizeBytes;
}

async function writeFrames(
  handle: FileHandle,
  frames: AsyncIterable<Buffer | undefined>,
): Promise<number | undefined> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let total = 0;
  let isWhole = true;
  const flush = async () => {
    await handle.writeFile(Buffer.concat(waiting));
    waiting = [];
    waitingBytes = 0;
  };
  for await (const frame of frames) {
    // Look at all of them: what is broken must be known before the path is sent again.
    if (frame === undefined) isWhole = false;
    if (frame === undefined || !isWhole) continue;
    waiting.push(frame);
    waitingBytes += frame.length;
    total += frame.length;
    if (waitingBytes >= WRITE_BYTES) await flush();
  }
  await flush();
  return isWhole ? total : undefined;
}

/**
 * A compressed NAR, frame by frame: zstd data may have any number of frames, so that most chunks are copied
 * as they are. Only those with the hash of a reference are unpacked, to put it back. Ends with undefined if
 * something is damaged.
 */
async function* readNarFrames(
  packs: Packs,
  { narBytes, places, references }: PackedPath,
  chunks: readonly LocatedChunk[],
): AsyncGenerator<Buffer | undefined, void, undefined> {
  let offset = 0;
  for await (const [chunk, frame] of packs.readFrames(chunks)) {
    const end = offset + chunk.bytes;
    const inside = selectPlaces(places, offset, end);
    if (frame === undefined || inside.length === 0) yield frame;
    else {
      const content = unpackChunk(chunk, frame);
      if (content === undefined) packs.remove(chunk.digest);
      else putHashesBack(content, offset, inside, references);
      yield content && renderRawFrame(content);
    }
    offset = end;
  }
  if (offset !== narBytes) yield undefined;
}

/**
 * Whether the chunks of a path give its NAR. Forgets those that are broken, so that they are sent again.
 * Rejects with the errors of the file system.
 */
export async function verifyPath(packs: Packs, path: PackedPath): Promise<boolean> {
  const chunks = packs.findAll(path.chunks);
  if (chunks === undefined) return false;
  const nar = createHash("sha256");
  let isWhole = true;
  let offset = 0;
  for await (const [chunk, frame] of packs.readFrames(chunks)) {
    const content = frame === undefined ? undefined : unpackChunk(chunk, frame);
    if (content === undefined) {
      packs.remove(chunk.digest);
      isWhole = false;
      continue;
    }
    const end = offset + content.length;
    putHashesBack(content, offset, selectPlaces(path.places, offset, end), path.references);
    nar.update(content);
    offset = end;
  }
  return isWhole && nar.digest("hex") === path.narHash;
}
