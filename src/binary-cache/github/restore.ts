import { join } from "node:path";

import { isCancelled, renderError } from "../../errors/action-error.js";
import { countOf } from "../../model/count.js";
import type { StorePath } from "../../model/store-path.js";
import { isFitForUri } from "../file.js";
import type { RunnerCache } from "./client.js";
import { ENTRY_FOLDER } from "./client-protocol.js";
import { listLinks, type LoadedEntry, loadEntry, mergeEntries } from "./entry.js";
import { type CacheLane, type CacheScope, nameLane, namePack, nameTarget } from "./entry-key.js";
import type { PackedPath, PackLink } from "./pack-index.js";
import { Packs } from "./packs.js";
import { rebuildFolder } from "./rebuild.js";

/** GitHub's cache of the repository, restored as a binary cache in a folder of the run. */
export interface GithubCache {
  readonly kind: "github";
  readonly uri: "github";
}

/** How a run accesses GitHub's cache. */
export interface GithubAccess {
  /** Undefined if the runner offers none. */
  readonly runnerCache: RunnerCache | undefined;
  /** What the run builds; empty for a run that only reads. */
  readonly lanes: readonly CacheLane[];
  /** What a run without lanes reads: what was built for these systems. At least one. */
  readonly targets: readonly string[];
  readonly scope: CacheScope;
  /** Used by this run only. */
  readonly folder: string;
  readonly nonce: string;
}

/** What a run has restored from GitHub's cache. */
export interface RestoredCache {
  readonly state: "restored" | "empty" | "withheld" | "failed";
  readonly reason: string;
  /** A failure that the user should know about. */
  readonly problem: string | undefined;
  /** True if the service has answered, so that saving is worth trying. */
  readonly isReachable: boolean;
  /** The folder to read as a binary cache, and the paths in it. */
  readonly folder: string;
  readonly paths: ReadonlyMap<StorePath, PackedPath>;
  /** The entries on which the next one builds, oldest first. */
  readonly chain: readonly PackLink[];
  /** The newest entries that were found. */
  readonly newest: readonly string[];
  readonly packs: Packs;
  /** By the keys of the entries. */
  readonly packFiles: ReadonlyMap<string, string>;
  readonly entries: number;
  readonly bytes: number;
}

/** A run with more lanes looks only for these: each one is a request. */
export const MAX_LANES = 16;
/** What is restored at most, the newest first: half of what a repository has. */
export const MAX_CHAIN_BYTES = 5 * 2 ** 30;
const FIND_LIMIT_MS = 60_000;
/** Fixed, because only the newest entries have the sizes of the others. */
const NEWEST_LIMIT_MS = 300_000;
const SLOWEST_BYTES_PER_MS = 1024;

/**
 * Restores the entries to which the newest ones lead, and makes a folder of them that Nix can read: neither
 * the content of GitHub's cache nor a failure of the service may break a build. Takes at most 60 seconds to
 * detect a service that does not answer. Rejects only with `CANCELLED`.
 */
export async function restoreGithubCache(access: GithubAccess): Promise<RestoredCache> {
  const folder = join(access.folder, "binary-cache");
  const { runnerCache } = access;
  if (runnerCache === undefined) {
    return restoreNothing(
      folder,
      "failed",
      "GitHub's cache is only available inside an action, and the runner offers none here",
    );
  }
  if (!runnerCache.isReadable) {
    return restoreNothing(folder, "withheld", "the workflow's cache-mode does not allow reading it");
  }
  if (!isFitForUri(folder)) {
    return restoreNothing(
      folder,
      "failed",
      `Nix cannot read a cache from ${folder}, because of a special character in this path`,
    );
  }
  try {
    const newest = await findNewest(runnerCache, access);
    if (newest.length === 0) return restoreNothing(folder, "empty", "there is no entry yet");
    return await restoreEntries(runnerCache, newest, join(access.folder, "restored"), folder);
  } catch (error) {
    if (isCancelled(error)) throw error;
    return restoreNothing(folder, "failed", renderError(error));
  }
}

function restoreNothing(
  folder: string,
  state: "empty" | "withheld" | "failed",
  reason: string,
): RestoredCache {
  const isReachable = state !== "failed";
  return {
    state,
    reason,
    problem: isReachable ? undefined : reason,
    isReachable,
    folder,
    paths: new Map(),
    chain: [],
    newest: [],
    packs: new Packs(),
    packFiles: new Map(),
    entries: 0,
    bytes: 0,
  };
}

/** The newest entries of the run's own lanes; if there are none, those of any lane. */
async function findNewest(
  runnerCache: RunnerCache,
  { lanes, targets, scope }: GithubAccess,
): Promise<readonly string[]> {
  // A pull request also reads what its base has saved.
  const scopes = [...new Set<CacheScope>(["branch", scope])];
  const own = scopes.flatMap((of) => lanes.slice(0, MAX_LANES).map((lane) => nameLane(of, lane)));
  const any = scopes.flatMap((of) => targets.map((target) => nameTarget(of, target)));
  const found = [...new Set(await runnerCache.findEach([...own, ...any], FIND_LIMIT_MS))];
  const ownFound = found.filter((key) => own.some((prefix) => key.startsWith(prefix)));
  return ownFound.length > 0 ? ownFound : found;
}

async function restoreEntries(
  runnerCache: RunnerCache,
  newest: readonly string[],
  workspace: string,
  folder: string,
): Promise<RestoredCache> {
  const problems: (string | undefined)[] = [];
  const entries = new Map<string, LoadedEntry>();
  const restore = async (keys: readonly string[], timeoutMs: number): Promise<void> => {
    if (keys.length === 0) return;
    try {
      const result = await runnerCache.restore(workspace, keys, timeoutMs);
      if (result.keys.length < keys.length) problems.push(result.problem);
      for (const key of result.keys) {
        const entry = await loadEntry(join(workspace, ENTRY_FOLDER), key);
        if (entry === undefined) problems.push(`the index of the entry ${key} is damaged`);
        else entries.set(key, entry);
      }
    } catch (error) {
      if (isCancelled(error)) throw error;
      problems.push(renderError(error));
    }
  };
  await restore(newest, NEWEST_LIMIT_MS);
  const links = listLinks([...entries.values()]);
  const older = selectNewest(links).filter(({ key }) => !entries.has(key));
  await restore(
    older.map(({ key }) => key),
    transferLimitMs(sumBytes(older)),
  );

  const { chain, paths: known } = mergeEntries(links, entries);
  const packs = new Packs();
  for (const { key } of chain) packs.add(entries.get(key)?.chunks ?? []);
  const { paths, damaged } = await rebuildFolder(folder, packs, [...known.values()].reverse());
  await packs.close();
  if (damaged > 0) problems.push(`ignored ${countOf(damaged, "damaged store path")}`);
  const problem = problems.find((text) => text !== undefined);
  const reason =
    chain.length === links.length
      ? `the newest entry is ${chain.at(-1)?.key ?? ""}`
      : `entries before ${newest.join(", ")} are missing`;
  return {
    state: paths.size > 0 ? "restored" : problem === undefined ? "empty" : "failed",
    reason: problem ?? reason,
    problem,
    isReachable: true,
    folder,
    paths,
    chain,
    newest,
    packs,
    packFiles: new Map(chain.map(({ key }) => [key, join(workspace, ENTRY_FOLDER, namePack(key))])),
    entries: chain.length,
    bytes: sumBytes(chain),
  };
}

/** The newest of the entries, up to the limit for all of them. */
function selectNewest(links: readonly PackLink[]): readonly PackLink[] {
  let left = MAX_CHAIN_BYTES;
  return links.toReversed().filter(({ bytes }) => (left -= bytes) >= 0);
}

/** One minute, plus the time that a slow connection needs. */
export function transferLimitMs(bytes: number): number {
  return 60_000 + bytes / SLOWEST_BYTES_PER_MS;
}

function sumBytes(links: readonly PackLink[]): number {
  return links.reduce((sum, { bytes }) => sum + bytes, 0);
}
