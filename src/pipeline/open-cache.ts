import { join, relative } from "node:path";

import { type CacheUse, findSubstituter } from "../binary-cache/binary-cache.js";
import { type GithubAccess, restoreGithubCache, type RestoredCache } from "../binary-cache/github/restore.js";
import { ActionError } from "../errors/action-error.js";
import { countOf } from "../model/count.js";
import type { RunContext } from "./context.js";
import type { Job } from "./job.js";
import type { CacheRecord } from "./record.js";

/** A cache of a run, ready to be read. */
export interface OpenCache {
  readonly substituter: string | undefined;
  readonly restored: RestoredCache | undefined;
  /** What is known about the cache before it is filled. */
  readonly record: CacheRecord;
}

/**
 * Makes the caches readable for Nix; GitHub's cache is downloaded. If it cannot be read, warns, or rejects
 * with `CACHE_FAILED` if the job says `fail`.
 */
export function openCaches(job: Job, context: RunContext): Promise<readonly OpenCache[]> {
  return Promise.all(job.caches.map((use) => openCache(use, job, context)));
}

async function openCache({ cache, isPulled }: CacheUse, job: Job, context: RunContext): Promise<OpenCache> {
  const { isCacheSigned } = job;
  // Its deltas extend the entries that were restored, so it is also restored if it is only filled.
  const restored =
    cache.kind === "github" ? await restoreGithubCache(cacheClientOptions(job, context)) : undefined;
  if (restored !== undefined) logRestored(job, restored, context);
  const substituter = isPulled ? await findSubstituter(cache, isCacheSigned, restored?.folder) : undefined;
  return {
    substituter,
    restored,
    record: {
      cache,
      substituter,
      isTrustedByLocation: cache.kind !== "http" && !isCacheSigned,
      state: "withheld",
      reason: "the run ended before the cache was filled",
      pathsPushed: 0,
      pathsPresent: 0,
      pathsLeft: 0,
      bytesPushed: 0,
      restored: restored === undefined ? null : summarizeRestored(restored),
      saved: null,
    },
  };
}

/** How this run reads and writes GitHub's cache. */
export function cacheClientOptions(job: Job, context: RunContext): GithubAccess {
  const { runnerCache, system, runFolder, nonce, environment, event } = context;
  const { workingDirectory } = job;
  const folder = relative(environment["GITHUB_WORKSPACE"] ?? workingDirectory, workingDirectory);
  const installables = job.installables.map(({ flake, name }) => `${flake}#${name}`);
  return {
    runnerCache,
    folder: join(runFolder, "github-cache"),
    nonce,
    lanes: job.targets.flatMap((target) =>
      installables.map((installable) => ({ target, installable, folder })),
    ),
    targets: [...new Set([...job.targets, system])],
    scope: event.name === "pull_request" ? "pull-request" : "branch",
  };
}

function logRestored(
  job: Job,
  { problem, reason, state, paths, entries }: RestoredCache,
  { log }: RunContext,
): void {
  if (problem !== undefined && job.onCacheFailure === "fail") {
    throw new ActionError("CACHE_FAILED", `the binary cache github could not be read: ${problem}`, {
      hint: "Remove `on-cache-failure: fail` to build without the cache.",
    });
  }
  if (problem !== undefined) log.warning(`the binary cache github could not be read completely: ${problem}`);
  if (state === "restored") {
    const restored = countOf(paths.size, "path");
    log.info(`binary cache github: ${restored} restored from ${countOf(entries, "entry", "entries")}`);
  } else log.info(`binary cache github: nothing restored: ${reason}`);
}

function summarizeRestored({ state, reason, paths, entries, bytes }: RestoredCache) {
  return { state, reason, entries, paths: paths.size, bytes };
}
