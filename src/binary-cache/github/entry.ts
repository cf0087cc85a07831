import { createHash } from "node:crypto";

import * as z from "zod";

/*
 * Entries of GitHub's cache are immutable and cannot be listed; a run can only find the newest one under a
 * prefix. A growing cache is therefore a chain: a base, then deltas, each with the keys of all entries before
 * it. Concurrent runs each add a delta to the chain that they read. The next run finds only the newer delta,
 * and builds the paths of the other one again if it needs them.
 */

/** The key of an entry, and the total size of its archives. */
export interface CacheEntryRef {
  readonly key: string;
  readonly bytes: number;
}

/** From the base to the newest delta. */
export type CacheEntryChain = readonly [CacheEntryRef, ...CacheEntryRef[]];

/** Distinguishes the caches of one repository. GitHub itself separates repositories and branches. */
export interface Project {
  readonly system: string;
  readonly target: string;
  readonly installables: readonly string[];
  /** Relative to the workspace. */
  readonly folder: string;
}

const FORMAT = "cross-build-nix-1";
const MAX_DELTAS = 8;
/** Deltas that are smaller than this in total cost little, even if they are larger than the base. */
const SMALL_BYTES = 64 << 20;
/**
 * Half of GitHub's limit for a repository. Larger entries would evict everything else, and finally each
 * other.
 */
export const MAX_ENTRY_BYTES = 5 * 2 ** 30;

/** The key prefixes to look for: the project's own, then that of all projects built on the same system. */
export function nameProject(project: Project): readonly [own: string, any: string] {
  const hash = createHash("sha256").update(JSON.stringify(project)).digest("hex").slice(0, 16);
  const any = `${FORMAT}-${project.system}-`;
  return [`${any}${hash}-`, any];
}

/** The key of an entry, unique to the run with this nonce. */
export function nameEntry(prefix: string, kind: "base" | "delta", nonce: string): string {
  return `${prefix}${kind}-${nonce}`;
}

/** Whether to add new paths to the chain as a delta, or to make a new base. Without a chain it is a base. */
export function chooseKind(chain: CacheEntryChain | undefined, newBytes: number): "base" | "delta" {
  if (chain === undefined) return "base";
  const [base, ...deltas] = chain;
  const deltaBytes = deltas.reduce((sum, { bytes }) => sum + bytes, newBytes);
  const isLong = deltas.length >= MAX_DELTAS;
  return isLong || deltaBytes > Math.max(base.bytes, SMALL_BYTES) ? "base" : "delta";
}

const KEY = z.string().regex(/^cross-build-nix-1-[\w-]{1,200}$/);
const MANIFEST = z.strictObject({
  chain: z
    .array(z.strictObject({ key: KEY, bytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER) }))
    .min(1)
    .max(MAX_DELTAS + 1),
});

/** The manifest of an entry: the chain that ends with it. */
export function renderManifest(chain: CacheEntryChain): string {
  return `${JSON.stringify({ chain })}\n`;
}

/** Reads the manifest of the entry `key`; undefined for any other text. Never throws. */
export function tryParseManifest(text: string, key: string): CacheEntryChain | undefined {
  try {
    const [base, ...deltas] = MANIFEST.parse(JSON.parse(text)).chain;
    if (base === undefined) return undefined;
    const chain = [base, ...deltas] as const;
    const keys = new Set(chain.map((link) => link.key));
    return chain.at(-1)?.key === key && keys.size === chain.length ? chain : undefined;
  } catch {
    return undefined;
  }
}

/** The file name of an entry's manifest, next to the files of the cache. */
export function nameManifest(key: string): string {
  return `${key}.json`;
}
