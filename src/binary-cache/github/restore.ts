import { join } from "node:path";

import { isCancelled, renderError } from "../../errors/action-error.js";
import type { StorePath } from "../../model/store-path.js";
import type { RunnerCache } from "./client.js";
import { ENTRY_FOLDER } from "./client-protocol.js";
import { cleanCacheFolder, readPlainFile } from "../cache-folder.js";
import { isFitForUri } from "../file.js";
import { type CacheEntryChain, nameManifest, nameProject, tryParseManifest, type Project } from "./entry.js";
import type { NarInfo } from "../narinfo.js";

/** The cache that GitHub keeps for the repository, as a binary cache in a folder of the run. */
export interface GithubCache {
  readonly kind: "github";
  readonly uri: "github";
}

/** A run's way to it. */
export interface GithubAccess {
  /** Undefined where the runner offers none. */
  readonly runnerCache: RunnerCache | undefined;
  readonly project: Project;
  /** Of this run alone. */
  readonly folder: string;
  readonly nonce: string;
}

/** What a run has got from it. */
export interface RestoredCache {
  readonly state: "restored" | "empty" | "withheld" | "failed";
  readonly reason: string;
  /** What the user should know, beside a build that takes longer. */
  readonly problem: string | undefined;
  /** Whether the service has answered, so that saving is worth a try. */
  readonly isReachable: boolean;
  /** The folder to read as a binary cache, and what is in it. */
  readonly folder: string;
  readonly infos: ReadonlyMap<StorePath, NarInfo>;
  readonly entries: number;
  readonly bytes: number;
  /** What a delta can be put behind; undefined when the next entry has to be a base. */
  readonly chain: CacheEntryChain | undefined;
}

const FIND_LIMIT_MS = 20_000;
/** How big it is only its own manifest tells. */
const NEWEST_LIMIT_MS = 300_000;
const SLOWEST_BYTES_PER_MS = 1024;

/**
 * Fetches the newest chain of entries into the run's folder, and leaves out what is not whole: nothing that is in GitHub's cache, or wrong with it,
 * may break a build. Takes 20 seconds at most to find that out. Rejects with `CANCELLED` alone.
 */
export async function restoreGithubCache(access: GithubAccess): Promise<RestoredCache> {
  const folder = join(access.folder, "restored", ENTRY_FOLDER);
  const { runnerCache } = access;
  if (runnerCache === undefined) {
    return restoreNothing(
      folder,
      "failed",
      "GitHub's cache is offered to actions alone, and not to this one",
    );
  }
  if (!runnerCache.isReadable) {
    return restoreNothing(folder, "withheld", "the workflow's cache-mode does not let it be read");
  }
  if (!isFitForUri(folder)) {
    return restoreNothing(
      folder,
      "failed",
      `Nix takes no cache from ${folder}, since its name has a blank or the like`,
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
  if (dropped > 0) problems.push(`${dropped} of its store paths are not whole, and are left out`);
  const problem = problems.find((text) => text !== undefined);
  const entries = first.length + rest.length;
  const isWhole = problem === undefined && entries === chain?.length;
  return {
    state: infos.size > 0 ? "restored" : problem === undefined ? "empty" : "failed",
    reason:
      problem ?? (isWhole ? `the newest entry is ${newest}` : `not all is there that ${newest} builds on`),
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

/** A minute, and what a slow line takes. */
export function transferLimitMs(bytes: number): number {
  return 60_000 + bytes / SLOWEST_BYTES_PER_MS;
}

/** The bytes of archives. */
export function sumBytes(infos: readonly NarInfo[]): number {
  return infos.reduce((sum, { fileSizeBytes }) => sum + fileSizeBytes, 0);
}
