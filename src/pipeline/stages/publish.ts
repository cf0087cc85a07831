import { join, relative } from "node:path";

import { findSubstituter } from "../../binary-cache/binary-cache.js";
import {
  type GithubAccess,
  restoreGithubCache,
  type RestoredCache,
} from "../../binary-cache/github/restore.js";
import { type CacheUpdate, saveGithubCache } from "../../binary-cache/github/save.js";
import { pushClosure } from "../../binary-cache/nix-copy.js";
import { ActionError, renderError, toActionError } from "../../errors/action-error.js";
import type { StorePath } from "../../model/store-path.js";
import { readDerivationClosure, readOutputs } from "../../nix/derivation.js";
import { decidePush } from "../../plan/push-policy.js";
import { type CacheFindings, type Findings, isFromCache } from "../record.js";
import type { Job, RunContext } from "../job.js";
import type { Request, NixSession } from "./prepare.js";

/** The cache of this run, ready to be read. */
export interface OpenCache {
  readonly substituter: string | undefined;
  readonly restored: RestoredCache | undefined;
  /** What is known of it before it is filled. */
  readonly findings: CacheFindings;
}

/**
 * Brings what the cache keeps elsewhere to this machine. A cache that cannot be read is a warning; where the job says `fail`, rejects with
 * `CACHE_FAILED`.
 */
export async function openCache(
  job: Job,
  { cache, isCacheSigned }: Request,
  world: RunContext,
): Promise<OpenCache | undefined> {
  if (cache === undefined) return undefined;
  const restored =
    cache.kind === "github" ? await restoreGithubCache(cacheClientOptions(job, world)) : undefined;
  if (restored !== undefined) logRestored(job, restored, world);
  const substituter = await findSubstituter(cache, isCacheSigned, restored?.folder);
  return {
    substituter,
    restored,
    findings: {
      cache,
      substituter,
      isTrustedByLocation: cache.kind !== "http" && !isCacheSigned,
      state: "withheld",
      reason: "the run ended before",
      pathsPushed: 0,
      pathsPresent: 0,
      restored: restored === undefined ? null : summarizeRestored(restored),
      saved: null,
    },
  };
}

function logRestored(
  job: Job,
  { problem, reason, state, infos, entries }: RestoredCache,
  { log }: RunContext,
): void {
  if (problem !== undefined && job.onCacheFailure === "fail") {
    throw new ActionError("CACHE_FAILED", `the binary cache github could not be read: ${problem}`, {
      hint: "Take on-cache-failure: fail away, and it is built without.",
    });
  }
  if (problem !== undefined) log.warning(`the binary cache github could not be read as a whole: ${problem}`);
  if (state === "restored")
    log.info(`binary cache github: ${infos.size} paths of ${entries} entries restored`);
  else log.info(`binary cache github: nothing is restored, ${reason}`);
}

function summarizeRestored({ state, reason, infos, entries, bytes }: RestoredCache) {
  return { state, reason, entries, paths: infos.size, bytes };
}

function cacheClientOptions(job: Job, world: RunContext): GithubAccess {
  const { runnerCache, system, runFolder, nonce, environment } = world;
  return {
    runnerCache,
    folder: join(runFolder, "github-cache"),
    nonce,
    project: {
      system,
      target: job.targets.join(","),
      installables: job.installables.map(({ flake, name }) => `${flake}#${name}`),
      folder: relative(environment["GITHUB_WORKSPACE"] ?? job.workingDirectory, job.workingDirectory),
    },
  };
}

/**
 * Puts what was built into the cache, as far as the policy allows. A cache that does not take it is a warning; where the job says `fail`, rejects
 * with `CACHE_FAILED`. Rejects with `CANCELLED`, too.
 */
export async function fillCache(
  job: Job,
  workshop: NixSession,
  storePaths: readonly StorePath[],
  world: RunContext,
  findings: Findings,
): Promise<void> {
  const { log, event } = world;
  const known = findings.cache;
  if (known === undefined) return;
  const { isAllowed, reason } = decidePush("cache", job.cachePush, event);
  if (!isAllowed) {
    findings.cache = { ...known, reason };
    log.info(`the binary cache is not filled: ${reason}`);
    return;
  }
  try {
    const result = await pushOrSave(job, workshop, storePaths, known, world, findings);
    findings.cache = { ...known, reason, ...result };
    log.info(renderFilled(findings.cache));
  } catch (thrown) {
    const error = toActionError(thrown);
    findings.cache = { ...known, state: "failed", reason: renderError(error) };
    if (error.code !== "CACHE_FAILED" || job.onCacheFailure === "fail") throw error;
    log.warning(`${renderError(error)}. ${error.hint ?? ""}`);
  }
}

async function pushOrSave(
  job: Job,
  { runNix, signingKeyFile, cache }: NixSession,
  storePaths: readonly StorePath[],
  known: CacheFindings,
  world: RunContext,
  findings: Findings,
): Promise<Partial<CacheFindings>> {
  if (known.cache.kind !== "github") {
    return { state: "pushed", ...(await pushClosure(runNix, known.cache, storePaths, signingKeyFile)) };
  }
  if (cache?.restored === undefined) return {};
  const harvest = await collectCacheUpdate(storePaths, signingKeyFile, known, findings, world);
  const saved = await saveGithubCache(runNix, cacheClientOptions(job, world), cache.restored, harvest);
  const { state, reason, pathsPresent } = saved;
  if (saved.state !== "pushed") return { state, reason, pathsPresent };
  const { kind, key, bytes, pathsPushed } = saved;
  return { state, reason, pathsPresent, pathsPushed, saved: { kind, key, bytes } };
}

async function collectCacheUpdate(
  storePaths: readonly StorePath[],
  signingKeyFile: string | undefined,
  known: CacheFindings,
  { builds = [], substitutions = [], built: asked = new Map() }: Findings,
  { log }: RunContext,
): Promise<CacheUpdate> {
  const built = await readOutputs(
    builds.filter(({ outcome }) => outcome === "built").map(({ drvPath }) => drvPath),
  );
  const pathsOf = (isOurs: boolean) =>
    new Set(
      substitutions
        .filter((substitution) => isFromCache(substitution, known) === isOurs)
        .map(({ storePath }) => storePath),
    );
  return {
    roots: [...new Set([...storePaths, ...built])],
    built: new Set(built),
    tried: pathsOf(true),
    substituted: pathsOf(false),
    signingKeyFile,
    readDerivations: async () => {
      try {
        return new Set(
          (await readDerivationClosure([...asked.values()].flat().map(({ drvPath }) => drvPath))).keys(),
        );
      } catch (error) {
        log.debug(`what the flake can still use is not known here: ${renderError(error)}`);
        return new Set();
      }
    },
  };
}

function renderFilled({ cache, state, reason, pathsPushed, pathsPresent, saved }: CacheFindings): string {
  if (state !== "pushed") return `the binary cache ${cache.uri} is not filled: ${reason}`;
  const kind = saved === null ? "" : ` as a ${saved.kind} of ${saved.bytes} bytes`;
  return `binary cache ${cache.uri}: ${pathsPushed} paths pushed${kind}, ${pathsPresent} there before`;
}
