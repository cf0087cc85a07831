import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";

import { ActionError, renderError } from "../../errors/action-error.js";
import type { PathInfo } from "../../model/path-info.js";
import type { StorePath } from "../../model/store-path.js";
import type { CacheWriter, Sent, StoredPath } from "../cache-writer.js";
import { renderFingerprint } from "../narinfo.js";
import type { Sign } from "../signing-key.js";
import { Chunker } from "./chunker.js";
import { type CompactionMode, planCompaction } from "./compaction.js";
import type { ChunkCompressor } from "./compress-threads.js";
import { type CommitEffects, PackCommitter, type SavedPacks } from "./committer.js";
import { OpenPack } from "./open-pack.js";
import type { PackedChunk, PackedPath } from "./pack-index.js";
import { digestChunk, digestFrame } from "./packs.js";
import { verifyPath } from "./rebuild.js";
import { ReferenceRemover } from "./references.js";
import type { GithubAccess, RestoredCache } from "./restore.js";

/** A pack is sent when it is this large, or this old. What a run that is killed can lose. */
const PACK_BYTES = 64 * 2 ** 20;
const PACK_AGE_MS = 60_000;
/** For each path. */
const CHUNKS_AT_ONCE = 8;

export interface GithubWriterOptions {
  readonly access: GithubAccess;
  readonly restored: RestoredCache;
  readonly sign: Sign | undefined;
  /** Whether this run built a path. If the cache has it too, its copy may be broken. */
  readonly isBuilt: (path: StorePath) => boolean;
  /**
   * All derivations that the requested outputs need. When one of them changes, the outputs of the others may
   * be needed again. Undefined if the run cannot say; then everything is kept.
   */
  readonly listDerivations: () => Promise<ReadonlySet<string> | undefined>;
  readonly compaction: CompactionMode;
}

export interface GithubWriterEffects extends CommitEffects {
  /** The writer closes it. */
  readonly compressor: ChunkCompressor;
}

/**
 * Fills GitHub's cache: cuts paths into chunks, and sends those that no entry has, in packs of many paths.
 * All methods reject with `CACHE_FAILED`, and with `CANCELLED`.
 */
export class GithubCacheWriter implements CacheWriter {
  readonly uri = "github";
  readonly #options: GithubWriterOptions;
  readonly #committer: PackCommitter;
  readonly #clock: CommitEffects["clock"];
  readonly #compressor: ChunkCompressor;
  readonly #paths: Map<StorePath, PackedPath>;
  /** The paths that this run needs. */
  readonly #needed = new Set<string>();
  /** Chunks that are being written. */
  readonly #claimed = new Set<string>();
  readonly #closed = new AbortController();
  #open: OpenPack | undefined;
  #packs = 0;

  constructor(options: GithubWriterOptions, effects: GithubWriterEffects) {
    const { access, restored } = options;
    this.#options = options;
    this.#clock = effects.clock;
    this.#compressor = effects.compressor;
    this.#committer = new PackCommitter(access, restored, effects);
    this.#paths = new Map(restored.paths);
  }

  /** What was saved so far; undefined if nothing was. */
  get saved(): SavedPacks | undefined {
    return this.#committer.saved;
  }

  /** True if something was not saved because the limit for all entries together was reached. */
  get isFull(): boolean {
    return this.#committer.isFull;
  }

  async findPresent(paths: readonly StorePath[]): Promise<ReadonlySet<StorePath>> {
    const present = new Set<StorePath>();
    for (const path of paths) {
      this.#needed.add(path);
      const known = this.#paths.get(path);
      if (known === undefined) continue;
      const { isBuilt, restored } = this.#options;
      if (!isBuilt(path) || (await verifyPath(restored.packs, known))) present.add(path);
      else this.#paths.delete(path);
    }
    return present;
  }

  async send(stored: StoredPath): Promise<Sent> {
    const { info } = stored;
    this.#needed.add(info.path);
    const remover = new ReferenceRemover(info.references);
    const chunker = new Chunker();
    const nar = createHash("sha256");
    const digests: string[] = [];
    const adding: Promise<number>[] = [];
    let narBytes = 0;
    let bytes = 0;
    const take = async (chunks: Iterable<Buffer>): Promise<void> => {
      for (const chunk of chunks) {
        const digest = digestChunk(chunk);
        digests.push(digest);
        const added = this.#addChunk(digest, chunk);
        if (added === undefined) continue;
        // Each one is waited for below, unless another one fails first.
        added.catch(() => undefined);
        adding.push(added);
        if (adding.length >= CHUNKS_AT_ONCE) bytes += (await adding.shift()) ?? 0;
      }
    };
    try {
      for await (const part of stored.openNar()) {
        if (this.#closed.signal.aborted) throw new Error("the cache is being closed");
        nar.update(part);
        narBytes += part.length;
        await take(chunker.push(remover.push(part)));
      }
      await take(chunker.push(remover.end()));
      await take(chunker.end());
      for (const added of adding) bytes += await added;
    } catch (cause) {
      throw toCacheError(cause, `could not send ${info.path} to GitHub's cache`);
    }
    if (nar.digest("hex") !== info.narHash || narBytes !== info.narBytes) {
      throw failed(`the content of ${info.path} does not have the hash that its store says`);
    }
    const path = this.#pack(info, digests, remover.places);
    this.#paths.set(path.path, path);
    this.#current().addPath(path);
    return { bytes };
  }

  /** Sends what is left. Then makes the cache smaller if that is due. */
  async close(): Promise<void> {
    const { access, restored, compaction, listDerivations } = this.#options;
    try {
      this.#seal();
      this.#closed.abort();
      await this.#committer.finish();
      const use = {
        chain: this.#committer.chain,
        packFiles: this.#committer.packFiles,
        paths: [...this.#paths.values()],
        find: (digest: string) => restored.packs.find(digest),
      };
      const mayCompact = this.saved !== undefined || compaction === "thoroughly";
      const derivations = mayCompact ? await listDerivations() : undefined;
      const usable = use.paths.filter(
        ({ path, deriver }) => this.#needed.has(path) || derivations?.has(deriver) === true,
      );
      const plan = derivations && planCompaction({ ...use, usable }, compaction);
      if (plan !== undefined) await this.#committer.replace(plan, this.#newPack());
      await this.#committer.pointLanes();
    } catch (cause) {
      throw toCacheError(cause, "could not save to GitHub's cache");
    } finally {
      await this.#compressor.close();
      await restored.packs.close();
      await rm(join(access.folder, "saved"), { recursive: true, force: true });
    }
  }

  /** Undefined if the chunk is in a pack already. Otherwise the bytes that it takes. */
  #addChunk(digest: string, chunk: Buffer): Promise<number> | undefined {
    const { packs } = this.#options.restored;
    if (this.#claimed.has(digest) || packs.find(digest) !== undefined) return undefined;
    this.#claimed.add(digest);
    const pack = this.#current();
    return pack.addChunk(this.#compress(digest, chunk)).then((located) => {
      packs.add([located]);
      this.#claimed.delete(digest);
      if (pack === this.#open && pack.bytes >= PACK_BYTES) this.#seal();
      return located.frameBytes;
    });
  }

  async #compress(digest: string, chunk: Buffer): Promise<readonly [PackedChunk, Uint8Array]> {
    const frame = await this.#compressor.compress(chunk);
    return [
      { digest, frameDigest: digestFrame(frame), frameBytes: frame.length, bytes: chunk.length },
      frame,
    ];
  }

  #pack(info: PathInfo, chunks: readonly string[], places: PackedPath["places"]): PackedPath {
    const own = this.#options.sign?.(renderFingerprint(info));
    const signatures = [...info.signatures, ...(own === undefined ? [] : [own])];
    const { path, deriver, narHash, narBytes, references, contentAddress } = info;
    return { path, deriver, narHash, narBytes, references, contentAddress, signatures, chunks, places };
  }

  #current(): OpenPack {
    if (this.#open !== undefined) return this.#open;
    const pack = this.#newPack();
    this.#open = pack;
    this.#clock.sleep(PACK_AGE_MS, this.#closed.signal, true).then(
      () => {
        if (pack === this.#open) this.#seal();
      },
      // The cache is closed, or the run is cancelled.
      () => undefined,
    );
    return pack;
  }

  #newPack(): OpenPack {
    this.#packs += 1;
    return new OpenPack(join(this.#options.access.folder, "packs", String(this.#packs)));
  }

  #seal(): void {
    if (this.#open !== undefined) this.#committer.commit(this.#open);
    this.#open = undefined;
  }
}

function toCacheError(cause: unknown, message: string): ActionError {
  if (cause instanceof ActionError && ["CANCELLED", "CACHE_FAILED"].includes(cause.code)) return cause;
  return failed(`${message}: ${renderError(cause)}`, cause);
}

function failed(message: string, cause?: unknown): ActionError {
  return new ActionError("CACHE_FAILED", message, {
    cause,
    hint: "Check that the runner's disk is not full.",
  });
}
