import { availableParallelism } from "node:os";
import { constants, zstdCompressSync } from "node:zlib";

import { PACK_ARGUMENT } from "../../model/own-processes.js";
import { openThreadPool, serveJobs } from "../../platform/thread-pool.js";

/** Compresses the chunks of packs. */
export interface ChunkCompressor {
  /** Returns one zstd frame. */
  readonly compress: (chunk: Uint8Array) => Promise<Uint8Array>;
  readonly close: () => Promise<void>;
}

/** The build runs at the same time. */
const MAX_THREADS = 3;
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 3 } };

/**
 * Compresses in threads. `script` is that of this process; without it, compresses at once. Node's own threads
 * take three times as long for chunks, because each one is made in several steps.
 */
export function openCompressor(script: string | undefined): ChunkCompressor {
  if (script === undefined) {
    return {
      compress: (chunk) => Promise.resolve(zstdCompressSync(chunk, LEVEL)),
      close: () => Promise.resolve(),
    };
  }
  const threads = Math.min(availableParallelism(), MAX_THREADS);
  const pool = openThreadPool<Uint8Array, Uint8Array>({ script, argument: PACK_ARGUMENT, threads });
  return { compress: (chunk) => pool.run(chunk), close: () => pool.close() };
}

/** Compresses chunks for the thread that started this one. */
export async function serveCompressor(): Promise<void> {
  // Only `openCompressor` sends jobs.
  await serveJobs((chunk) => Promise.resolve(zstdCompressSync(chunk as Uint8Array, LEVEL)));
}
