import { type ActionError, isCancelled, toActionError } from "../errors/action-error.js";
import type { StorePath } from "../model/store-path.js";
import type { Clock } from "../platform/clock.js";
import type { Log } from "../platform/log.js";
import type { CacheWriter, StoredPath } from "./cache-writer.js";

/** What became of the paths of one cache. */
export interface PushSummary {
  readonly pathsPushed: number;
  readonly pathsPresent: number;
  /** Compressed. */
  readonly bytesPushed: number;
  /** The paths that are not in the cache, though they should be. */
  readonly left: readonly StorePath[];
  /** Why paths are left; undefined if the time was up. */
  readonly error: ActionError | undefined;
}

export interface DrainOptions {
  readonly limitMs: number;
  /** Ends the wait at once. */
  readonly signal?: AbortSignal | undefined;
}

export interface PushQueueEffects {
  /** It still works after the run is cancelled. */
  readonly clock: Clock;
  readonly log: Pick<Log, "debug">;
}

interface Entry {
  readonly stored: StoredPath;
  state: "asking" | "waiting" | "sending" | "done" | "failed";
  /** The number of its references that are not in the cache yet. */
  unmet: number;
  readonly dependents: Entry[];
}

/** Paths of about the same size, of which so many are sent at once. */
interface Lane {
  readonly maxBytes: number;
  readonly slots: number;
  readonly ready: Entry[];
  sending: number;
}

/** After so many failures in a row, the cache is down, and no more paths are sent. */
const MAX_FAILURES = 3;

/**
 * Sends store paths to one cache while more of them are being built. Asks for batches of paths whether the
 * cache has them. Sends a path after its references, and large paths beside small ones, so that neither wait
 * for the other. A path that cannot be sent leaves out those that refer to it; a cache that keeps failing
 * gets no more. Never rejects.
 */
export class PushQueue {
  readonly #writer: CacheWriter;
  readonly #effects: PushQueueEffects;
  readonly #entries = new Map<StorePath, Entry>();
  readonly #lanes: readonly Lane[] = [
    { maxBytes: 1 << 20, slots: 16, ready: [], sending: 0 },
    { maxBytes: Infinity, slots: 4, ready: [], sending: 0 },
  ];
  #unasked: Entry[] = [];
  #isAsking = false;
  #failuresInRow = 0;
  #error: ActionError | undefined;
  /** Set when nothing more is sent: the cache is down, or the queue was drained. */
  #isEnded = false;
  #pathsPushed = 0;
  #pathsPresent = 0;
  #bytesPushed = 0;
  #notify: () => void = () => undefined;

  constructor(writer: CacheWriter, effects: PushQueueEffects) {
    this.#writer = writer;
    this.#effects = effects;
  }

  get uri(): string {
    return this.#writer.uri;
  }

  /**
   * Takes paths that exist now. References that are neither among them nor were added before are in the cache
   * or elsewhere.
   */
  add(paths: readonly StoredPath[]): void {
    const added: Entry[] = [];
    for (const stored of paths) {
      const { path } = stored.info;
      if (this.#entries.has(path)) continue;
      const entry: Entry = { stored, state: "asking", unmet: 0, dependents: [] };
      this.#entries.set(path, entry);
      added.push(entry);
    }
    for (const entry of added) this.#linkReferences(entry);
    this.#unasked.push(...added);
    void this.#ask();
    this.#pump();
  }

  /**
   * Ends the queue: waits until all is sent, for at most `limitMs`, and closes the cache. Tries once more
   * what failed: a builder that had it may be reachable again, or this machine may have it now.
   */
  async drain({ limitMs, signal }: DrainOptions): Promise<PushSummary> {
    const { clock } = this.#effects;
    const endMs = clock.nowMs() + limitMs;
    await this.#awaitIdle(limitMs, signal);
    if (clock.nowMs() < endMs && signal?.aborted !== true) this.#retryFailed();
    await this.#awaitIdle(Math.max(0, endMs - clock.nowMs()), signal);
    this.#isEnded = true;
    try {
      await this.#writer.close();
    } catch (thrown) {
      this.#error ??= toActionError(thrown);
    }
    const left = [...this.#entries].flatMap(([path, { state }]) => (state === "done" ? [] : [path]));
    const { pathsPushed, pathsPresent, bytesPushed, error } = {
      ...{ pathsPushed: this.#pathsPushed, pathsPresent: this.#pathsPresent },
      ...{ bytesPushed: this.#bytesPushed, error: this.#error },
    };
    return { pathsPushed, pathsPresent, bytesPushed, left, error: left.length > 0 ? error : undefined };
  }

  #linkReferences(entry: Entry): void {
    for (const reference of entry.stored.info.references) {
      const other = this.#entries.get(reference);
      if (other === undefined || other === entry || other.state === "done") continue;
      other.dependents.push(entry);
      entry.unmet += 1;
    }
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      while (this.#unasked.length > 0 && !this.#isEnded) {
        const asked = this.#unasked;
        this.#unasked = [];
        const present = await this.#writer.findPresent(asked.map(({ stored }) => stored.info.path));
        for (const entry of asked) {
          entry.state = "waiting";
          if (!present.has(entry.stored.info.path)) this.#queueIfReady(entry);
          else {
            this.#pathsPresent += 1;
            this.#finish(entry);
          }
        }
        this.#pump();
      }
    } catch (thrown) {
      this.#giveUp(toActionError(thrown));
    } finally {
      this.#isAsking = false;
      this.#notify();
    }
  }

  #retryFailed(): void {
    for (const entry of this.#entries.values()) {
      if (entry.state !== "failed") continue;
      entry.state = "waiting";
      this.#queueIfReady(entry);
    }
    this.#pump();
  }

  #finish(entry: Entry): void {
    entry.state = "done";
    for (const dependent of entry.dependents.splice(0)) {
      dependent.unmet -= 1;
      this.#queueIfReady(dependent);
    }
  }

  #queueIfReady(entry: Entry): void {
    if (entry.state !== "waiting" || entry.unmet > 0) return;
    entry.state = "sending";
    const { narBytes } = entry.stored.info;
    this.#lanes.find(({ maxBytes }) => narBytes <= maxBytes)?.ready.push(entry);
  }

  #pump(): void {
    for (const lane of this.#lanes) {
      while (lane.sending < lane.slots && !this.#isEnded) {
        const entry = lane.ready.shift();
        if (entry === undefined) break;
        lane.sending += 1;
        void this.#send(entry).finally(() => {
          lane.sending -= 1;
          this.#pump();
          this.#notify();
        });
      }
    }
  }

  async #send(entry: Entry): Promise<void> {
    const { path } = entry.stored.info;
    try {
      const { bytes } = await this.#writer.send(entry.stored);
      this.#failuresInRow = 0;
      this.#pathsPushed += 1;
      this.#bytesPushed += bytes;
      this.#finish(entry);
    } catch (thrown) {
      entry.state = "failed";
      const error = toActionError(thrown);
      this.#effects.log.debug(`${this.uri}: ${path} is not pushed: ${error.message}`);
      if (this.#isEnded) return;
      this.#failuresInRow += 1;
      // A store that cannot be read says nothing about the cache.
      const isCacheAtFault = error.code === "CACHE_FAILED" && this.#failuresInRow >= MAX_FAILURES;
      if (isCacheAtFault || isCancelled(error)) this.#giveUp(error);
      else this.#error ??= error;
    }
  }

  #giveUp(error: ActionError): void {
    this.#error ??= error;
    this.#isEnded = true;
  }

  get #isIdle(): boolean {
    const isSending = this.#lanes.some(({ sending, ready }) => sending > 0 || ready.length > 0);
    return this.#isEnded || !(this.#isAsking || this.#unasked.length > 0 || isSending);
  }

  async #awaitIdle(limitMs: number, signal: AbortSignal | undefined): Promise<void> {
    const ended = new AbortController();
    const stop = signal === undefined ? ended.signal : AbortSignal.any([ended.signal, signal]);
    const time = { isUp: false };
    const onTimeUp = () => {
      time.isUp = true;
      this.#notify();
    };
    this.#effects.clock.sleep(limitMs, stop).then(onTimeUp, onTimeUp);
    while (!this.#isIdle && !time.isUp) {
      await new Promise<void>((resolve) => {
        this.#notify = resolve;
      });
    }
    ended.abort();
  }
}
