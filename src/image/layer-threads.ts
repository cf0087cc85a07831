import { availableParallelism } from "node:os";

import { LAYER_ARGUMENT } from "../model/own-processes.js";
import { openThreadPool, serveJobs } from "../platform/thread-pool.js";
import { createPermits } from "./block-permits.js";
import type { InspectedLayer, LayerJob, LayerWorkers, MadeLayer } from "./make-layer.js";

/**
 * More would gain nothing: Node compresses in four other threads, which all of these share. Each takes up
 * 25 MiB.
 */
const MAX_THREADS = 3;

type Order = readonly ["make" | "inspect", LayerJob];
/** A message has no methods and no codes of errors. */
type Answer = MadeLayer | InspectedLayer | { readonly problem: string; readonly code: string | undefined };

export interface LayerThreads extends LayerWorkers {
  readonly close: () => Promise<void>;
}

/**
 * Makes layers in threads. `script` is that of this process. Its workers reject with plain Errors, which have
 * the code of a system error.
 */
export function openLayerThreads(script: string, signal?: AbortSignal): LayerThreads {
  const threads = Math.min(availableParallelism(), MAX_THREADS);
  const permits = createPermits();
  const pool = openThreadPool<Order, Answer>({ script, argument: LAYER_ARGUMENT, threads, signal });
  const run = async (order: Order): Promise<MadeLayer | InspectedLayer> => {
    const answer = await pool.run(order);
    if (!("problem" in answer)) return answer;
    throw Object.assign(new Error(answer.problem), { code: answer.code });
  };
  // A thread answers what it was asked for.
  return {
    makeLayer: async (job) => (await run(["make", { ...job, permits }])) as MadeLayer,
    inspectLayer: async (job) => (await run(["inspect", job])) as InspectedLayer,
    close: () => pool.close(),
  };
}

/** Makes layers for the thread that started this one. */
export async function serveLayers(): Promise<void> {
  const { makeLayer, inspectLayer } = await import("./make-layer.js");
  await serveJobs(async (order) => {
    try {
      // Only `openLayerThreads` sends orders.
      const [what, job] = order as Order;
      return (await (what === "make" ? makeLayer : inspectLayer)(job)) satisfies Answer;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
      return { problem: error instanceof Error ? error.message : String(error), code };
    }
  });
}
