import { join } from "node:path";

import type { CacheUse } from "../binary-cache/binary-cache.js";
import type { LocalStore } from "../binary-cache/local-store.js";
import { PushQueue, type PushSummary } from "../binary-cache/push-queue.js";
import { ActionError, renderError } from "../errors/action-error.js";
import { displayName } from "../model/builder.js";
import { countOf } from "../model/count.js";
import type { StoreReader } from "../model/path-info.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import { readDerivationPath } from "../nix/flake.js";
import { decidePush } from "../plan/push-policy.js";
import { writeFileAtomically } from "../platform/files.js";
import { BuilderStore } from "../remote-build/builder-store.js";
import type { Connection } from "../ssh/connection.js";
import { CacheFeed, type FedCache } from "./cache-feed.js";
import type { RunContext } from "./context.js";
import type { Job } from "./job.js";
import type { NixSession } from "./nix-session.js";
import { findLogin, openLocalStore, openWriter } from "./open-writer.js";
import { LEFT_FILE, type LeftPaths, renderLeft } from "./push-left.js";
import type { CacheRecord, StageResult } from "./record.js";

/** After a cancellation, the runner ends the step soon: the post step goes on with what is left then. */
const CANCELLED_LIMIT_MS = 2_500;

interface FilledCache extends FedCache {
  readonly left: Omit<LeftPaths, "paths">;
}

/**
 * Fills the run's caches while it builds, except for those that the run may not fill, and GitHub's, which is
 * filled after the build.
 */
export class CacheFilling {
  readonly #job: Job;
  readonly #context: RunContext;
  readonly #session: NixSession;
  readonly #caches: readonly FilledCache[];
  readonly #feed: CacheFeed;
  readonly #local: LocalStore;
  readonly #installables = new Map<string, readonly string[]>();
  readonly #builders = new Map<Connection, BuilderStore>();
  #finished: Promise<StageResult<undefined>> | undefined;

  private constructor(
    { job, session }: { readonly job: Job; readonly session: NixSession },
    context: RunContext,
    caches: readonly FilledCache[],
  ) {
    this.#job = job;
    this.#context = context;
    this.#session = session;
    this.#caches = caches;
    this.#local = openLocalStore(session.nix, context);
    this.#feed = new CacheFeed(caches, {
      local: this.#local,
      openBuilder: (place) => this.#openBuilder(place),
      readRoots: (target) => this.#readRoots(target),
      clock: context.steadyClock,
      log: context.log,
    });
  }

  /** Opens the caches. Sends nothing before there is something to send. Rejects with `CANCELLED`. */
  static async open(
    of: { readonly job: Job; readonly session: NixSession },
    context: RunContext,
  ): Promise<CacheFilling> {
    const { job, session } = of;
    const { isAllowed } = decidePush("cache", job.cachePush, context.event);
    const caches: FilledCache[] = [];
    for (const { cache, isPushed } of isAllowed ? job.caches : []) {
      const login = isPushed ? await findLogin(cache, session.runNix, context.log) : undefined;
      const left = { cache, login, signingKey: job.cacheSigningKey };
      const writer = isPushed ? openWriter(left, context) : undefined;
      if (writer === undefined) continue;
      const queue = new PushQueue(writer, { clock: context.steadyClock, log: context.log });
      // A machine that has only this cache needs the whole closure.
      caches.push({ queue, isWanted: () => true, left });
    }
    return new CacheFilling(of, context, caches);
  }

  /** The context for stages that build: what they build is sent to the caches. */
  get context(): RunContext {
    const { emit } = this.#context;
    if (this.#caches.length === 0) return this.#context;
    return {
      ...this.#context,
      emit: (event) => {
        emit(event);
        this.#feed.take(event);
      },
    };
  }

  /** Whether `finish` has to wait. */
  get isSending(): boolean {
    return this.#caches.length > 0 && this.#finished === undefined;
  }

  /** Says what is built for a target, which limits what a builder may add to the caches. */
  noteInstallables(target: string, installables: readonly string[]): void {
    this.#installables.set(target, installables);
  }

  /** Adds paths of this machine's store, with their closures. */
  add(paths: readonly StorePath[]): void {
    if (this.#caches.length > 0) this.#feed.add(paths);
  }

  /**
   * Waits for what is still being sent, and records what became of each cache. Fails with `CACHE_FAILED` if
   * the job says so. Every call but the first one returns the same.
   */
  finish(records: readonly CacheRecord[]): Promise<StageResult<undefined>> {
    this.#finished ??= this.#finish(records);
    return this.#finished;
  }

  async #finish(records: readonly CacheRecord[]): Promise<StageResult<undefined>> {
    const job = this.#job;
    const { signal } = this.#context;
    const isCancelled = signal.aborted;
    const limitMs = isCancelled ? CANCELLED_LIMIT_MS : job.cacheTimeoutMs;
    const stop = isCancelled ? new AbortController().signal : signal;
    const summaries = await this.#feed.finish(limitMs, stop);
    this.#local.close();
    for (const store of this.#builders.values()) store.close();
    if (signal.aborted) await this.#writeLeft(summaries);
    const errors: ActionError[] = [];
    const caches = records.map((record) => {
      const use = job.caches.find(({ cache }) => cache.uri === record.cache.uri);
      const index = this.#caches.findIndex(({ queue }) => queue.uri === record.cache.uri);
      const summary = summaries[index];
      if (summary === undefined) return use === undefined ? record : this.#withhold(record, use);
      const { error, record: filled } = this.#recordSummary(record, summary);
      if (error !== undefined) errors.push(error);
      return filled;
    });
    const [error] = errors;
    if (error === undefined || job.onCacheFailure !== "fail") {
      return { record: { caches }, output: undefined };
    }
    return { record: { caches }, error };
  }

  #withhold(record: CacheRecord, { cache, isPushed }: CacheUse): CacheRecord {
    const what = cache.kind === "github" ? "github-cache" : "cache";
    const { isAllowed, reason } = decidePush(what, this.#job.cachePush, this.#context.event);
    // The stage that fills GitHub's cache says so itself.
    if (cache.kind === "github" && isAllowed && isPushed) return record;
    const why = isAllowed ? "disabled by its setting push=false" : reason;
    this.#context.log.info(`the binary cache ${cache.uri} is not filled: ${why}`);
    return { ...record, reason: why };
  }

  #recordSummary(
    record: CacheRecord,
    summary: PushSummary,
  ): { readonly record: CacheRecord; readonly error: ActionError | undefined } {
    const { log, event, signal } = this.#context;
    const { pathsPushed, pathsPresent, bytesPushed, left, error: cause } = summary;
    const { uri } = record.cache;
    const counts = { pathsPushed, pathsPresent, bytesPushed, pathsLeft: left.length };
    if (left.length === 0) {
      log.info(
        `binary cache ${uri}: ${countOf(pathsPushed, "path")} pushed, ${pathsPresent} already present`,
      );
      const state = pathsPushed === 0 ? ("unchanged" as const) : ("pushed" as const);
      const { reason } = decidePush("cache", this.#job.cachePush, event);
      return { record: { ...record, ...counts, state, reason }, error: undefined };
    }
    const paths = `${countOf(left.length, "path")} of ${uri} not pushed`;
    if (signal.aborted) {
      const reason = "the run was cancelled; the post step pushes what is left";
      log.info(`binary cache ${uri}: ${countOf(pathsPushed, "path")} pushed, ${left.length} left: ${reason}`);
      return { record: { ...record, ...counts, state: "failed", reason }, error: undefined };
    }
    const seconds = Math.round(this.#job.cacheTimeoutMs / 1000);
    const error =
      cause?.code === "CACHE_FAILED"
        ? cause
        : new ActionError("CACHE_FAILED", cause === undefined ? `${paths} within ${seconds} s` : paths, {
            cause,
            hint: cause?.hint ?? "Raise cache-timeout, or use a cache that is nearer. The next run goes on.",
          });
    if (this.#job.onCacheFailure === "warn") log.warning(`${renderError(error)}. ${error.hint}`);
    return { record: { ...record, ...counts, state: "failed", reason: renderError(error) }, error };
  }

  /** Leaves to the post step what it can still push. */
  async #writeLeft(summaries: readonly PushSummary[]): Promise<void> {
    const caches = this.#caches.flatMap(({ left }, index) => {
      const paths = summaries[index]?.left ?? [];
      return paths.length === 0 ? [] : [{ ...left, paths }];
    });
    if (caches.length === 0) return;
    const { nix } = this.#session;
    const text = renderLeft({ nix, limitMs: this.#job.cacheTimeoutMs, caches });
    await writeFileAtomically(join(this.#context.runFolder, LEFT_FILE), text, 0o600);
  }

  #openBuilder(place: string): StoreReader | undefined {
    const { pool } = this.#session;
    const builder = pool.statuses.find((status) => displayName(status.builder) === place)?.builder;
    const connection = builder === undefined ? undefined : pool.connectionOf(builder);
    if (builder === undefined || connection === undefined) return undefined;
    const { steadyClock: clock, log } = this.#context;
    const store = this.#builders.get(connection) ?? new BuilderStore(builder, connection, { clock, log });
    this.#builders.set(connection, store);
    return store;
  }

  async #readRoots(target: string): Promise<readonly StorePath[]> {
    const roots: StorePath[] = [];
    for (const installable of this.#installables.get(target) ?? []) {
      const [derivation = ""] = installable.split("^");
      const path = isStorePath(derivation)
        ? derivation
        : await readDerivationPath(this.#session.runNix, installable, this.#job.workingDirectory);
      if (isStorePath(path)) roots.push(path);
    }
    return roots;
  }
}
