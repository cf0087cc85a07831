import pLimit from "p-limit";

import type { Digest } from "../model/digest.js";
import type { Blob, PushedLayer } from "../model/image.js";
import type { ImageRepository } from "../registry/image-repository.js";

type LayerState = PushedLayer["state"];
type Repository = Pick<ImageRepository, "push" | "pushBlob" | "hasBlob">;

const PARALLEL_UPLOADS = 4;
/** Answers are short, so it is the way to the registry that takes time. */
const PARALLEL_QUESTIONS = 24;

/**
 * Sends layers to the repository while others are still being made, and asks for those that need not be made.
 * A layer alone is nothing that could be pulled: the manifest follows when the image has passed its audit.
 */
export class CandidateUpload<Place extends Repository> {
  readonly #open: (baseName: string | undefined) => Promise<Place>;
  #repository: Promise<Place> | undefined;
  readonly #queue: Blob[] = [];
  readonly #offered = new Set<Digest>();
  readonly #states = new Map<Digest, LayerState>();
  readonly #senders = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  readonly #limit = pLimit(PARALLEL_QUESTIONS);

  constructor(open: (baseName: string | undefined) => Promise<Place>) {
    this.#open = open;
  }

  /** The repository. `baseName` is the base image, from whose repository layers are mounted. */
  openRepository(baseName: string | undefined): Promise<Place> {
    return (this.#repository ??= this.#open(baseName));
  }

  /** Starts to send a layer whose file is complete. A failure is reported by `finish`. */
  offer(layer: Blob, baseName: string | undefined): void {
    if (this.#offered.has(layer.digest)) return;
    this.#offered.add(layer.digest);
    this.#queue.push(layer);
    if (this.#senders.size === PARALLEL_UPLOADS) return;
    const sender = this.#send(baseName).finally(() => this.#senders.delete(sender));
    this.#senders.add(sender);
  }

  /** Whether the repository has a layer. False after a failure, which is reported by `finish`. */
  find(layer: Pick<Blob, "digest" | "sizeBytes">, baseName: string | undefined): Promise<boolean> {
    return this.#limit(() => this.#find(layer, baseName));
  }

  /** Does not send a layer, which `find` has found. */
  skip({ digest }: Pick<Blob, "digest">, state: LayerState): void {
    this.#offered.add(digest);
    this.#states.set(digest, state);
  }

  /** Resolves to the states of all layers that were offered. Rejects with the codes of the registry. */
  async finish(): Promise<ReadonlyMap<Digest, LayerState>> {
    await Promise.all(this.#senders);
    if (this.#stop.signal.aborted) throw this.#stop.signal.reason;
    return this.#states;
  }

  /** Stops sending. Resolves when nothing is sent any more. */
  async abort(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#senders);
  }

  async #find(layer: Pick<Blob, "digest" | "sizeBytes">, baseName: string | undefined): Promise<boolean> {
    const { signal } = this.#stop;
    try {
      if (signal.aborted) return false;
      const repository = await this.openRepository(baseName);
      return await repository.hasBlob(layer, signal);
    } catch (error) {
      this.#stop.abort(error);
      return false;
    }
  }

  async #send(baseName: string | undefined): Promise<void> {
    const { signal } = this.#stop;
    try {
      const repository = await this.openRepository(baseName);
      for (let layer = this.#queue.shift(); layer !== undefined; layer = this.#queue.shift()) {
        if (signal.aborted) return;
        this.#states.set(layer.digest, await repository.pushBlob(layer, signal));
      }
    } catch (error) {
      // The first failure counts; the others follow from it.
      this.#stop.abort(error);
    }
  }
}
