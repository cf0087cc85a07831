import { join } from "node:path";

import { isCancelled, renderError } from "../../errors/action-error.js";
import { countOf } from "../../model/count.js";
import type { StorePath } from "../../model/store-path.js";
import type { RunnerCache } from "./client.js";
import { ENTRY_FOLDER } from "./client-protocol.js";
import { cleanCacheFolder, readPlainFile } from "../cache-folder.js";
import { isFitForUri } from "../file.js";
import { type CacheEntryChain, nameManifest, nameProject, tryParseManifest, type Project } from "./entry.js";
import type { NarInfo } from "../narinfo.js";

/** GitHub's cache of the repository, restored as a binary cache in a folder of the run. */
export interface GithubCache {
  readonly kind: "github";
  readonly uri: "github";
}

/** How a run accesses GitHub's cache. */
export interface GithubAccess {
  /** Undefined if the runner offers none. */
  readonly runnerCache: RunnerCache | undefined;
  readonly project: Project;
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
  /** The folder to read as a binary cache, and its content. */
  readonly folder: string;
  readonly infos: ReadonlyMap<StorePath, NarInfo>;
  readonly entries: number;
  readonly bytes: number;
  /** The chain to which a delta can be added; undefined if the next entry has to be a base. */
  readonly chain: CacheEntryChain | undefined;
}

const FIND_LIMIT_MS = 60_000;
/** Fixed, because only the newest entry's own manifest has its size. */
const NEWEST_LIMIT_MS = 300_000;
const SLOWEST_BYTES_PER_MS = 1024;

/**
 * Restores the newest chain of entries into the run's folder, without damaged store paths: neither the
 * content of GitHub's cache nor a failure of the service may break a build. Takes at most 60 seconds to
 * detect a service that does not answer. Rejects only with `CANCELLED`.
 */
export async function restoreGithubCache(access: GithubAccess): Promise<RestoredCache> {
  const folder = join(access.folder, "restored", ENTRY_FOLDER);
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
    const prefixes = nameProject(access.project);
    const newest = await runnerCache.find(prefixes, FIND_LIMIT_MS);
    if (newest === undefined) return restoreNothing(folder, "empty", "there is no entry yet");
    return await restoreChain(runnerCache, newest, newest.startsWith(prefixes[0]), folder);
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
  const problem = isReachable ? undefined : reason;
  return {
    state,
    reason,
    problem,
    isReachable,
    folder,
    infos: new Map(),
    entries: 0,
    bytes: 0,
    chain: undefined,
  };
}

async function restoreChain(
  runnerCache: RunnerCache,
  newest: string,
  isOwn: boolean,
  folder: string,
): Promise<RestoredCache> {
  const workspace = join(folder, "..");
  const problems: (string | undefined)[] = [];
  const restore = async (keys: readonly string[], timeoutMs: number): Promise<readonly string[]> => {
    if (keys.length === 0) return [];
    try {
      const result = await runnerCache.restore(workspace, keys, timeoutMs);
      if (result.keys.length < keys.length) problems.push(result.problem);
      return result.keys;
    } catch (error) {
      if (isCancelled(error)) throw error;
      problems.push(renderError(error));
      return [];
    }
  };
  const first = await restore([newest], NEWEST_LIMIT_MS);
  const chain = first.length === 0 ? undefined : await readChain(folder, newest);
  const older = (chain ?? []).slice(0, -1);
  const bytes = older.reduce((sum, link) => sum + link.bytes, 0);
  const rest = await restore(
    older.map(({ key }) => key),
    transferLimitMs(bytes),
  );

  const { infos, dropped } = await cleanCacheFolder(folder);
  if (dropped > 0) problems.push(`ignored ${countOf(dropped, "damaged store path")}`);
  const problem = problems.find((text) => text !== undefined);
  const entries = first.length + rest.length;
  const isWhole = problem === undefined && entries === chain?.length;
  return {
    state: infos.size > 0 ? "restored" : problem === undefined ? "empty" : "failed",
    reason:
      problem ??
      (isWhole ? `the newest entry is ${newest}` : `entries of the chain of ${newest} are missing`),
    problem,
    isReachable: true,
    folder,
    infos,
    entries,
    bytes: sumBytes([...infos.values()]),
    chain: isWhole && isOwn ? chain : undefined,
  };
}

async function readChain(folder: string, key: string): Promise<CacheEntryChain | undefined> {
  const text = await readPlainFile(join(folder, nameManifest(key)));
  return text === undefined ? undefined : tryParseManifest(text, key);
}

/** One minute, plus the time that a slow connection needs. */
export function transferLimitMs(bytes: number): number {
  return 60_000 + bytes / SLOWEST_BYTES_PER_MS;
}

/** The total size of the archives. */
export function sumBytes(infos: readonly NarInfo[]): number {
  return infos.reduce((sum, { fileSizeBytes }) => sum + fileSizeBytes, 0);
}
