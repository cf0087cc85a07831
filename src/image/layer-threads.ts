import { availableParallelism } from "node:os";

import { LAYER_ARGUMENT } from "../model/own-processes.js";
import { openThreadPool, serveJobs } from "../platform/thread-pool.js";
import { createPermits } from "./block-permits.js";
import type { LayerJob, MadeLayer, MakeLayer } from "./make-layer.js";

/**
 * More would gain nothing: Node compresses in four other threads, which all of these share. Each takes up
 * 25 MiB.
 */
const MAX_THREADS = 3;

/** A message has no methods and no codes of errors. */
type Answer = MadeLayer | { readonly problem: string; readonly code: string | undefined };

export interface LayerThreads {
  readonly makeLayer: MakeLayer;
  readonly close: () => Promise<void>;
}

/**
 * Makes layers in threads. `script` is that of this process. Its `makeLayer` rejects with plain Errors, which
 * have the code of a system error.
 */
export function openLayerThreads(script: string, signal?: AbortSignal): LayerThreads {
  const threads = Math.min(availableParallelism(), MAX_THREADS);
  const permits = createPermits();
  const pool = openThreadPool<LayerJob, Answer>({ script, argument: LAYER_ARGUMENT, threads, signal });
  return {
    makeLayer: async (job) => {
      const answer = await pool.run({ ...job, permits });
      if (!("problem" in answer)) return answer;
      throw Object.assign(new Error(answer.problem), { code: answer.code });
    },
    close: () => pool.close(),
  };
}

/** Makes layers for the thread that started this one. */
export async function serveLayers(): Promise<void> {
  const { makeLayer } = await import("./make-layer.js");
  await serveJobs(async (job) => {
    try {
      // Only `openLayerThreads` sends jobs.
      return (await makeLayer(job as LayerJob)) satisfies Answer;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
      return { problem: error instanceof Error ? error.message : String(error), code };
    }
  });
}
