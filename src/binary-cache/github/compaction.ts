import type { PackedPath, PackLink } from "./pack-index.js";
import type { LocatedChunk } from "./packs.js";

/** What a cache has, and what of it later runs can still use. */
export interface CacheInventory {
  readonly chain: readonly PackLink[];
  /** The packs on this machine, by the keys of their entries. */
  readonly packFiles: ReadonlyMap<string, string>;
  readonly paths: readonly PackedPath[];
  readonly usable: readonly PackedPath[];
  readonly find: (digest: string) => LocatedChunk | undefined;
}

export interface Compaction {
  /** The entries that stay part of the cache. Only their chunks are used from then on. */
  readonly kept: readonly PackLink[];
  /** The chunks that only the other entries have, to be written again. */
  readonly moved: readonly LocatedChunk[];
  /** The paths that the cache has afterwards. */
  readonly paths: readonly PackedPath[];
}

/** Below these numbers nothing is gained. */
const SMALL_BYTES = 64 * 2 ** 20;
const SMALL_PACK_BYTES = 16 * 2 ** 20;
/** So that one entry, and the time to send it, stays small. */
const MAX_MOVED_BYTES = 2 ** 30;

/** When to compact: with more small entries than this, or with this many times of what is usable. */
const LIMITS = { "when-due": { small: 8, waste: 2 }, thoroughly: { small: 1, waste: 1.25 } } as const;

export type CompactionMode = keyof typeof LIMITS;

/**
 * Plans how to make a cache smaller: entries of which nothing is usable are left out, and the chunks of those
 * of which less than half is usable, and of small ones, move to a new entry. Undefined if it is not due.
 */
export function planCompaction(use: CacheInventory, mode: CompactionMode): Compaction | undefined {
  const { small, waste } = LIMITS[mode];
  const usableChunks = new Map<string, Map<string, LocatedChunk>>();
  const whole = use.usable.filter((path) => {
    const chunks = path.chunks.map((digest) => use.find(digest));
    if (chunks.includes(undefined)) return false;
    for (const chunk of chunks) {
      if (chunk === undefined) continue;
      const ofFile = usableChunks.get(chunk.packFile) ?? new Map<string, LocatedChunk>();
      usableChunks.set(chunk.packFile, ofFile.set(chunk.digest, chunk));
    }
    return true;
  });
  const links = use.chain.map((link) => {
    const chunks = [...(usableChunks.get(use.packFiles.get(link.key) ?? "")?.values() ?? [])];
    return { link, chunks, usableBytes: sumFrames(chunks) };
  });
  const total = links.reduce((sum, { link }) => sum + link.bytes, 0);
  const usableTotal = links.reduce((sum, { usableBytes }) => sum + usableBytes, 0);
  const isSmall = (link: PackLink) => link.bytes < SMALL_PACK_BYTES;
  const smallCount = links.filter(({ link }) => isSmall(link)).length;
  const isWasteful =
    total > waste * usableTotal + SMALL_BYTES ||
    unpackedBytes(use.paths) > waste * unpackedBytes(whole) + 4 * SMALL_BYTES;
  if (smallCount <= small && !isWasteful) return undefined;

  let left = MAX_MOVED_BYTES;
  const moved: LocatedChunk[] = [];
  const kept: PackLink[] = [];
  for (const { link, chunks, usableBytes } of links.toSorted((a, b) => a.usableBytes - b.usableBytes)) {
    const isWorthIt = usableBytes < link.bytes / 2 || isSmall(link);
    if (usableBytes > left || !isWorthIt) kept.push({ ...link, hasPaths: false });
    else {
      left -= usableBytes;
      moved.push(...chunks);
    }
  }
  const order = new Map(use.chain.map(({ key }, index) => [key, index]));
  kept.sort((a, b) => (order.get(a.key) ?? 0) - (order.get(b.key) ?? 0));
  return { kept, moved, paths: whole };
}

function sumFrames(chunks: readonly LocatedChunk[]): number {
  return chunks.reduce((sum, { frameBytes }) => sum + frameBytes, 0);
}

/** Each restored path takes time and space of its own, also if it shares all its chunks with others. */
function unpackedBytes(paths: readonly PackedPath[]): number {
  return paths.reduce((sum, { narBytes }) => sum + narBytes, 0);
}
