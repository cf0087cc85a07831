import { createHash } from "node:crypto";

import { z } from "zod";

/*
 * Entries of GitHub's cache never change, cannot be listed, and the newest under a prefix is all that one can look for. So a cache that grows is
 * a chain: a base, then deltas, each with the keys of all before it. Runs that race each make a delta of the chain that they read; the newer
 * one is found next time, and what the other one has is built again when it is needed.
 */

/** An entry by its key, with the bytes of the archives in it. */
export interface CacheEntryRef {
  readonly key: string;
  readonly bytes: number;
}

/** From the base to the newest delta. */
export type CacheEntryChain = readonly [CacheEntryRef, ...CacheEntryRef[]];

/** What tells the caches of one repository apart: all else is GitHub's scope, which is by repository and branch. */
export interface Project {
  readonly system: string;
  readonly target: string;
  readonly installables: readonly string[];
  /** Relative to the workspace. */
  readonly folder: string;
}

const FORMAT = "cross-build-nix-1";
const MAX_DELTAS = 8;
/** Below this a chain costs little, however the sizes in it relate. */
const SMALL_BYTES = 64 << 20;
/** Half of what GitHub keeps for a repository: more would push out everything else, and in the end itself. */
export const MAX_ENTRY_BYTES = 5 * 2 ** 30;

/** Under which keys a project finds its entries: its own, then those of any project that was built on such a machine. */
export function nameProject(project: Project): readonly [own: string, any: string] {
  const hash = createHash("sha256").update(JSON.stringify(project)).digest("hex").slice(0, 16);
  const any = `${FORMAT}-${project.system}-`;
  return [`${any}${hash}-`, any];
}

/** A key that no other run has. */
export function nameEntry(prefix: string, kind: "base" | "delta", nonce: string): string {
  return `${prefix}${kind}-${nonce}`;
}

/** Whether what is new goes behind the chain, or a new base is better; without a chain it is a base. */
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

/** What an entry says of the chain that it ends. */
export function renderManifest(chain: CacheEntryChain): string {
  return `${JSON.stringify({ chain })}\n`;
}

/** The chain that ends with the entry `key`; undefined where the text is not such a one. Never throws. */
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

/** The name of an entry's manifest, beside the files of the cache. */
export function nameManifest(key: string): string {
  return `${key}.json`;
}
