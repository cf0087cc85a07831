import { join } from "node:path";

import { isCancelled, renderError } from "../../errors/action-error.js";
import type { Clock } from "../../platform/clock.js";
import type { Log } from "../../platform/log.js";
import type { Compaction } from "./compaction.js";
import { nameLane } from "./entry-key.js";
import { OpenPack } from "./open-pack.js";
import { MAX_LINKS, type PackLink } from "./pack-index.js";
import type { Packs } from "./packs.js";
import {
  type GithubAccess,
  MAX_CHAIN_BYTES,
  MAX_LANES,
  type RestoredCache,
  transferLimitMs,
} from "./restore.js";

/** The time after the first failure, such as a rate limit, until the next attempt. It doubles each time. */
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 600_000;

export interface CommitEffects {
  readonly clock: Clock;
  readonly log: Log;
}

/** What a run has saved. */
export interface SavedPacks {
  readonly kind: "base" | "delta";
  /** The newest entry. */
  readonly key: string;
  readonly bytes: number;
  readonly paths: number;
}

/**
 * Saves packs as entries, one after the other: each entry names all before it, since a run only finds the
 * newest one. A pack that cannot be saved is tried again later, together with all that follow it.
 */
export class PackCommitter {
  readonly #access: GithubAccess;
  readonly #packs: Packs;
  readonly #effects: CommitEffects;
  readonly #waiting: OpenPack[] = [];
  readonly #packFiles: Map<string, string>;
  readonly #newest: readonly string[];
  readonly #finishing = new AbortController();
  #chain: readonly PackLink[];
  #working: Promise<void> | undefined;
  #entries = 0;
  #isFull = false;
  #saved: SavedPacks | undefined;

  constructor(access: GithubAccess, restored: RestoredCache, effects: CommitEffects) {
    this.#access = access;
    this.#effects = effects;
    this.#packs = restored.packs;
    this.#packFiles = new Map(restored.packFiles);
    this.#newest = restored.newest;
    this.#chain = restored.chain;
  }

  get saved(): SavedPacks | undefined {
    return this.#saved;
  }

  /** True if the limit for all entries together was reached. */
  get isFull(): boolean {
    return this.#isFull;
  }

  get chain(): readonly PackLink[] {
    return this.#chain;
  }

  /** The packs of all entries on this machine, by the entries' keys. */
  get packFiles(): ReadonlyMap<string, string> {
    return this.#packFiles;
  }

  /** Saves a pack, which must not be added to any more, in the background. */
  commit(pack: OpenPack): void {
    this.#waiting.push(pack);
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  /** Saves all packs that are left, without waiting after a failure. Rejects with `CACHE_FAILED`. */
  async finish(): Promise<void> {
    this.#finishing.abort();
    await this.#working;
    await this.#saveWaiting();
  }

  /** Saves one entry that replaces others. Rejects with `CACHE_FAILED`. */
  async replace({ kept, moved, paths }: Compaction, pack: OpenPack): Promise<void> {
    for await (const [chunk, frame] of this.#packs.readFrames(moved)) {
      if (frame !== undefined) await pack.addChunk(Promise.resolve([chunk, frame] as const));
    }
    for (const path of paths) if (this.#packs.findAll(path.chunks) !== undefined) pack.addPath(path);
    await pack.finish();
    const link = await this.#save(pack, this.#lane(), kept);
    this.#chain = [...kept, link];
    this.#note(pack, link, "base");
  }

  /**
   * Saves an empty entry for each lane that does not lead to all entries: those of which this run knew no
   * entry, and all but the first one if it has saved something. Rejects with `CACHE_FAILED`.
   */
  async pointLanes(): Promise<void> {
    const { lanes, scope, folder } = this.#access;
    if (this.#chain.length === 0) return;
    for (const [index, lane] of lanes.slice(0, MAX_LANES).entries()) {
      const isKnown = this.#newest.some(
        (key) => key.startsWith(nameLane(scope, lane)) || key.startsWith(nameLane("branch", lane)),
      );
      if (this.#saved === undefined ? isKnown : index === 0) continue;
      const empty = new OpenPack(join(folder, "packs", `lane-${index}`));
      await empty.finish();
      await this.#save(empty, nameLane(scope, lane), this.#chain);
    }
  }

  async #work(): Promise<void> {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
      try {
        await this.#saveWaiting();
        return;
      } catch (error) {
        if (isCancelled(error) || this.#finishing.signal.aborted) return;
        this.#effects.log.debug(`${renderError(error)}; trying again in ${waitMs / 1000} s`);
      }
      try {
        await this.#effects.clock.sleep(waitMs, this.#finishing.signal, true);
      } catch {
        // The run ends: `finish` tries once more.
        return;
      }
    }
  }

  async #saveWaiting(): Promise<void> {
    for (let pack = this.#waiting[0]; pack !== undefined; pack = this.#waiting[0]) {
      await pack.finish();
      await this.#saveNext(pack);
      this.#waiting.shift();
    }
  }

  async #saveNext(pack: OpenPack): Promise<void> {
    const chainBytes = this.#chain.reduce((sum, { bytes }) => sum + bytes, 0);
    if (chainBytes + pack.bytes > MAX_CHAIN_BYTES || this.#chain.length >= MAX_LINKS) {
      this.#isFull = true;
      for (const { digest } of pack.chunks) this.#packs.remove(digest);
      return;
    }
    const link = await this.#save(pack, this.#lane(), this.#chain);
    const kind = this.#chain.length === 0 ? "base" : (this.#saved?.kind ?? "delta");
    this.#chain = [...this.#chain, link];
    this.#note(pack, link, kind);
  }

  #note(pack: OpenPack, { key, bytes }: PackLink, kind: SavedPacks["kind"]): void {
    this.#packFiles.set(key, pack.file);
    const before = this.#saved ?? { bytes: 0, paths: 0 };
    const paths = before.paths + pack.paths.length;
    this.#saved = { kind, key, bytes: before.bytes + bytes, paths };
  }

  async #save(pack: OpenPack, prefix: string, chain: readonly PackLink[]): Promise<PackLink> {
    const { runnerCache, folder, nonce } = this.#access;
    if (runnerCache === undefined) throw new Error("the runner offers no cache");
    // An attempt that seemed to fail may have reserved its key.
    this.#entries += 1;
    const key = `${prefix}${nonce}-${this.#entries}`;
    const workspace = join(folder, "saved");
    const link = await pack.layOut(workspace, key, chain);
    await runnerCache.save(workspace, key, transferLimitMs(pack.bytes));
    return link;
  }

  #lane(): string {
    const [lane] = this.#access.lanes;
    if (lane === undefined) throw new Error("a run without installables saves nothing");
    return nameLane(this.#access.scope, lane);
  }
}
