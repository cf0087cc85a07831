import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { StorePath } from "../../model/store-path.js";
import { nameIndex, namePack } from "./entry-key.js";
import {
  MAX_INDEX_BYTES,
  type PackedPath,
  type PackIndex,
  type PackLink,
  tryParsePackIndex,
} from "./pack-index.js";
import { locateChunks, type LocatedChunk, sizeOfPlainFile } from "./packs.js";

/** An entry that was restored into a folder. */
export interface LoadedEntry {
  readonly key: string;
  readonly index: PackIndex;
  readonly chunks: readonly LocatedChunk[];
}

/** Reads an entry; undefined if its index is damaged. Rejects with the errors of the file system. */
export async function loadEntry(folder: string, key: string): Promise<LoadedEntry | undefined> {
  const file = join(folder, nameIndex(key));
  const size = await sizeOfPlainFile(file);
  if (size === 0 || size > MAX_INDEX_BYTES) return undefined;
  const index = tryParsePackIndex(await readFile(file, "utf8"));
  if (index === undefined) return undefined;
  return { key, index, chunks: await locateChunks(join(folder, namePack(key)), index.chunks) };
}

/** What a run knows of a cache: the entries, oldest first, and the paths that they have. */
export interface CacheContent {
  readonly chain: readonly PackLink[];
  readonly paths: ReadonlyMap<StorePath, PackedPath>;
}

/** The entries that the newest entries of some lanes build on, and these themselves; oldest first. */
export function listLinks(heads: readonly LoadedEntry[]): readonly PackLink[] {
  const links = new Map<string, PackLink>();
  for (const { key, index, chunks } of heads) {
    const bytes = chunks.reduce((sum, { frameBytes }) => sum + frameBytes, 0);
    for (const link of [...index.chain, { key, bytes, hasPaths: true }]) {
      const hasPaths = link.hasPaths || links.get(link.key)?.hasPaths === true;
      links.set(link.key, { ...link, hasPaths });
    }
  }
  return [...links.values()];
}

/** Puts together what entries have. A link without its entry is left out: GitHub may have removed it. */
export function mergeEntries(
  links: readonly PackLink[],
  entries: ReadonlyMap<string, LoadedEntry>,
): CacheContent {
  const chain: PackLink[] = [];
  const paths = new Map<StorePath, PackedPath>();
  for (const link of links) {
    const entry = entries.get(link.key);
    if (entry === undefined) continue;
    chain.push(link);
    if (!link.hasPaths) continue;
    for (const path of entry.index.paths) {
      // The newest paths come last.
      paths.delete(path.path);
      paths.set(path.path, path);
    }
  }
  return { chain, paths };
}
