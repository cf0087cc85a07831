import type { PathInfo } from "../model/path-info.js";
import type { StorePath } from "../model/store-path.js";

/** A cache that a run fills, path by path, as soon as each one exists. */
export interface CacheWriter {
  readonly uri: string;
  /** The paths that the cache has already. Rejects with `CACHE_FAILED`. */
  findPresent(paths: readonly StorePath[]): Promise<ReadonlySet<StorePath>>;
  /**
   * Sends a path whose references are in the cache or elsewhere. Called concurrently. Rejects with
   * `CACHE_FAILED`, and with the error of the NAR if that cannot be read.
   */
  send(path: StoredPath): Promise<Sent>;
  /**
   * Makes permanent what was sent, and abandons what is still being sent. The last call. Rejects with
   * `CACHE_FAILED`.
   */
  close(): Promise<void>;
}

/** A path in the store of this machine or of a builder. */
export interface StoredPath {
  readonly info: PathInfo;
  /** The bytes of its NAR; may be called again after a failure. */
  readonly openNar: () => AsyncIterable<Uint8Array>;
}

export interface Sent {
  readonly bytes: number;
}
