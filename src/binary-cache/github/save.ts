import pLimit from "p-limit";

import type { PathInfo, StoreReader } from "../../model/path-info.js";
import type { StorePath } from "../../model/store-path.js";
import type { GithubAccess, RestoredCache } from "./restore.js";
import { GithubCacheWriter, type GithubWriterEffects, type GithubWriterOptions } from "./writer.js";

/** What a run has built, and where its other paths came from. */
export interface CacheUpdate extends Pick<GithubWriterOptions, "listDerivations" | "compaction" | "sign"> {
  /** The requested outputs, and every output of a derivation that was built. */
  readonly roots: readonly StorePath[];
  readonly built: ReadonlySet<string>;
  /** Paths from other caches, which will have them the next time too. */
  readonly substituted: ReadonlySet<string>;
}

export interface SaveEffects extends GithubWriterEffects {
  readonly store: StoreReader;
}

export type Saved =
  | {
      readonly state: "pushed";
      readonly reason: string;
      readonly kind: "base" | "delta";
      readonly key: string;
      readonly bytes: number;
      readonly pathsPushed: number;
      readonly pathsPresent: number;
    }
  | { readonly state: "unchanged" | "withheld"; readonly reason: string; readonly pathsPresent: number };

const PATHS_AT_ONCE = 6;

/**
 * Saves the paths that the cache does not have. Leaves out paths that other caches have: those that came from
 * one in this run, or are signed by one. Rejects with `CACHE_FAILED` and `CANCELLED`, and with the codes of
 * the store.
 */
export async function saveGithubCache(
  access: GithubAccess,
  restored: RestoredCache,
  update: CacheUpdate,
  effects: SaveEffects,
): Promise<Saved> {
  const refuse = (reason: string): Saved => ({ state: "withheld", reason, pathsPresent: 0 });
  const { runnerCache } = access;
  if (runnerCache?.isWritable === false) {
    return refuse("the workflow's cache-mode does not allow writing to it");
  }
  // If restoring failed, saving would likely time out too.
  if (runnerCache === undefined || !restored.isReachable) return refuse("it could not be read");
  const writer = new GithubCacheWriter(
    { ...update, access, restored, isBuilt: (path) => update.built.has(path) },
    effects,
  );
  const wanted = (await readClosure(effects.store, update.roots)).filter((info) => isWanted(info, update));
  const present = await writer.findPresent(wanted.map(({ path }) => path));
  const missing = wanted.filter(({ path }) => !present.has(path));
  const limit = pLimit(PATHS_AT_ONCE);
  try {
    await limit.map(missing, (info) =>
      writer.send({ info, openNar: () => effects.store.readNar(info.path) }),
    );
  } finally {
    await writer.close();
  }
  const { saved, isFull } = writer;
  const pathsPresent = present.size;
  if (saved === undefined) {
    return isFull
      ? { state: "withheld", reason: "the entries would exceed 5 GiB", pathsPresent }
      : { state: "unchanged", reason: "nothing is new", pathsPresent };
  }
  const { kind, key, bytes } = saved;
  const reason = kind === "base" ? "a new base" : "added to the entries before";
  return { state: "pushed", reason, kind, key, bytes, pathsPushed: missing.length, pathsPresent };
}

async function readClosure(store: StoreReader, roots: readonly StorePath[]): Promise<readonly PathInfo[]> {
  const infos = new Map<StorePath, PathInfo>();
  for (let next: readonly StorePath[] = roots; next.length > 0;) {
    const found = await Promise.all([...new Set(next)].map((path) => store.queryPathInfo(path)));
    for (const info of found) infos.set(info.path, info);
    next = found.flatMap(({ references }) => references).filter((path) => !infos.has(path));
  }
  return [...infos.values()];
}

function isWanted({ path, signatures }: PathInfo, { built, substituted }: CacheUpdate): boolean {
  return built.has(path) || (!substituted.has(path) && signatures.length === 0);
}
