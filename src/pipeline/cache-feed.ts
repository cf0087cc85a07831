import { readFile } from "node:fs/promises";

import type { StoredPath } from "../binary-cache/cache-writer.js";
import type { PushQueue, PushSummary } from "../binary-cache/push-queue.js";
import { renderError, toActionError } from "../errors/action-error.js";
import type { BuildMode } from "../model/build-mode.js";
import { outputPaths } from "../model/derivation.js";
import type { PathInfo, StoreReader } from "../model/path-info.js";
import type { RunEvent } from "../model/run-event.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import { isPresent, listExpected, parseDerivation, readDerivationClosure } from "../nix/derivation.js";
import { notRequested } from "../nix-protocol/export.js";
import { withTimeLimit, type Clock } from "../platform/clock.js";
import type { Log } from "../platform/log.js";

/** One cache that the run fills. */
export interface FedCache {
  readonly queue: PushQueue;
  /** Whether the cache shall have a path of the closure of what is added. */
  readonly isWanted: (info: PathInfo, origin: PathOrigin) => boolean;
}

/** How a path came into the store, as far as this run knows. */
export interface PathOrigin {
  readonly isBuilt: boolean;
  /** From another cache. */
  readonly isSubstituted: boolean;
}

export interface CacheFeedEffects {
  readonly local: StoreReader;
  /** The store of the builder that events call `place`; undefined if it cannot be reached. */
  readonly openBuilder: (place: string) => StoreReader | undefined;
  /** The derivations that are built for a target. */
  readonly readRoots: (target: string) => Promise<readonly StorePath[]>;
  /** It still works after the run is cancelled. */
  readonly clock: Clock;
  readonly log: Pick<Log, "debug">;
}

/** A builder's store, and the only paths that it may add. */
interface BuilderSource {
  readonly place: string;
  readonly reader: StoreReader;
  readonly expected: ReadonlySet<string>;
}

/** In these modes, Nix does not copy the outputs of intermediate derivations to this machine. */
const MODES_ON_BUILDERS: readonly BuildMode["kind"][] = ["single-store", "distributed"];

/**
 * Adds to the run's caches what the run builds, at the moment when it is built: all outputs of a derivation
 * with their closure, from this machine's store or straight from that of a builder. A builder may only add
 * what belongs to the derivations that are built, since the caches' readers trust it. Never rejects.
 */
export class CacheFeed {
  readonly #caches: readonly FedCache[];
  readonly #effects: CacheFeedEffects;
  readonly #modes = new Map<string, BuildMode["kind"]>();
  readonly #expected = new Map<
    string,
    Promise<{ drvPaths: ReadonlySet<string>; paths: ReadonlySet<string> }>
  >();
  readonly #resolved = new Map<StorePath, Promise<StoredPath>>();
  /** Paths that were added together with their closure. */
  readonly #covered = new Set<StorePath>();
  readonly #built = new Set<string>();
  readonly #substituted = new Set<string>();
  readonly #missed = new Map<
    StorePath,
    { readonly source: BuilderSource | undefined; readonly error: unknown }
  >();
  readonly #running = new Set<Promise<void>>();

  constructor(caches: readonly FedCache[], effects: CacheFeedEffects) {
    this.#caches = caches;
    this.#effects = effects;
  }

  /** Takes an event of the run. */
  take(event: RunEvent): void {
    if (event.event === "attempt-started") this.#modes.set(event.target ?? "", event.mode);
    if (event.event === "substitution-ended" && event.outcome === "substituted") {
      this.#substituted.add(event.storePath);
    }
    if (event.event !== "build-ended" || event.outcome !== "built" || !isStorePath(event.drvPath)) return;
    const { drvPath, place, target = "" } = event;
    this.#track(() => this.#addBuilt(drvPath, place, target));
  }

  /** Adds paths of this machine's store with their closures. */
  add(roots: readonly StorePath[]): void {
    this.#track(() => this.#addClosures(roots, undefined));
  }

  /**
   * Waits until the caches have everything, for at most `limitMs`, or until `signal` fires, and closes them.
   * Returns the summary of each cache, in their order.
   */
  async finish(limitMs: number, signal: AbortSignal): Promise<readonly PushSummary[]> {
    const { clock } = this.#effects;
    const endMs = clock.nowMs() + limitMs;
    await withTimeLimit(clock, limitMs, (limit) => this.#settle(AbortSignal.any([limit, signal]))).catch(
      () => undefined,
    );
    return Promise.all(
      this.#caches.map(async ({ queue }) => {
        const summary = await queue.drain({ limitMs: Math.max(0, endMs - clock.nowMs()), signal });
        const missed = [...this.#missed.keys()].filter((path) => !summary.left.includes(path));
        const [reason] = this.#missed.values();
        const error = summary.error ?? (missed.length > 0 ? toActionError(reason?.error) : undefined);
        return { ...summary, left: [...summary.left, ...missed], error };
      }),
    );
  }

  /** Waits for what was added to be resolved, and then tries once more what failed. */
  async #settle(stop: AbortSignal): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      stop.addEventListener("abort", () => {
        resolve();
      });
    });
    const whenResolved = async () => {
      while (this.#running.size > 0 && !stop.aborted)
        await Promise.race([Promise.all(this.#running), stopped]);
    };
    await whenResolved();
    // A builder may have had no session free, or the path may be here now.
    for (const [path, { source }] of this.#missed) this.#track(() => this.#addClosures([path], source));
    await whenResolved();
  }

  async #addBuilt(drvPath: StorePath, place: string, target: string): Promise<void> {
    const derivation = parseDerivation(await readFile(drvPath), drvPath);
    const outputs = outputPaths(derivation);
    for (const path of outputs) this.#built.add(path);
    const mode = this.#modes.get(target);
    const isOnBuilder = place !== "local" && mode !== undefined && MODES_ON_BUILDERS.includes(mode);
    if (!isOnBuilder) return this.#addClosures(outputs, undefined);
    const reader = this.#effects.openBuilder(place);
    const expected = await this.#readExpected(target);
    if (reader === undefined || !expected.drvPaths.has(drvPath)) return;
    await this.#addClosures(outputs, { place, reader, expected: expected.paths });
  }

  #readExpected(target: string) {
    const known = this.#expected.get(target) ?? this.#readClosure(target);
    this.#expected.set(target, known);
    return known;
  }

  async #readClosure(target: string) {
    const closure = await readDerivationClosure(await this.#effects.readRoots(target));
    return { drvPaths: new Set<string>(closure.keys()), paths: listExpected(closure) };
  }

  async #addClosures(roots: readonly StorePath[], source: BuilderSource | undefined): Promise<void> {
    try {
      const closure = await this.#resolveClosure(roots, source);
      for (const { info } of closure) {
        this.#covered.add(info.path);
        this.#missed.delete(info.path);
      }
      for (const { queue, isWanted } of this.#caches) {
        queue.add(closure.filter(({ info }) => isWanted(info, this.#originOf(info.path))));
      }
    } catch (error) {
      for (const root of roots) if (!this.#covered.has(root)) this.#missed.set(root, { source, error });
      throw error;
    }
  }

  #originOf(path: StorePath): PathOrigin {
    return { isBuilt: this.#built.has(path), isSubstituted: this.#substituted.has(path) };
  }

  /** The paths of the closures that were not added before. */
  async #resolveClosure(
    roots: readonly StorePath[],
    source: BuilderSource | undefined,
  ): Promise<readonly StoredPath[]> {
    const found = new Map<StorePath, StoredPath>();
    const isNew = (path: StorePath) => !this.#covered.has(path) && !found.has(path);
    let next = [...new Set(roots)].filter(isNew);
    while (next.length > 0) {
      const resolved = await Promise.all(next.map((path) => this.#resolve(path, source)));
      for (const stored of resolved) found.set(stored.info.path, stored);
      next = [...new Set(resolved.flatMap(({ info }) => info.references))].filter(isNew);
    }
    return [...found.values()];
  }

  #resolve(path: StorePath, source: BuilderSource | undefined): Promise<StoredPath> {
    const known = this.#resolved.get(path);
    if (known !== undefined) return known;
    const resolving = this.#describe(path, source).then((info) => ({
      info,
      openNar: () => this.#openNar(path, source),
    }));
    this.#resolved.set(path, resolving);
    // Another store may have it.
    resolving.catch(() => this.#resolved.delete(path));
    return resolving;
  }

  /** This machine is asked first: it answers at once. */
  async #describe(path: StorePath, source: BuilderSource | undefined): Promise<PathInfo> {
    const { local } = this.#effects;
    if (source === undefined) return local.queryPathInfo(path);
    if (await isPresent(path)) {
      try {
        return await local.queryPathInfo(path);
      } catch {
        // It is being copied here.
      }
    }
    if (!source.expected.has(path)) throw notRequested(source.place, path);
    return source.reader.queryPathInfo(path);
  }

  async *#openNar(path: StorePath, source: BuilderSource | undefined): AsyncGenerator<Uint8Array> {
    const { local } = this.#effects;
    if (source === undefined || (await isValid(local, path))) yield* local.readNar(path);
    else yield* source.reader.readNar(path);
  }

  #track(work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => {
        this.#effects.log.debug(`a path cannot be added to the caches: ${renderError(error)}`);
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }
}

async function isValid(store: StoreReader, path: StorePath): Promise<boolean> {
  if (!(await isPresent(path))) return false;
  return store.queryPathInfo(path).then(
    () => true,
    () => false,
  );
}
