import { join } from "node:path";

import type { LayerCompression } from "../model/compression.js";
import type { StorePath } from "../model/store-path.js";
import type { TargetSystem } from "../model/system.js";
import { readRegularFile } from "../platform/files.js";
import { type Budget, type BudgetLimits, createBudget } from "./budget.js";
import { type ArchiveLayer, type Chunks, packLayer } from "./layer.js";
import { type StoreLayerOptions, writeStoreLayer } from "./store-layer.js";

/** Where the tar of a layer comes from. */
export type LayerSource =
  | { readonly kind: "store"; readonly paths: readonly StorePath[]; readonly options: StoreLayerOptions }
  /** A store path that has it as the file `layer.tar`. */
  | { readonly kind: "tar"; readonly folder: StorePath };

/** A layer to make. A value that can be sent to a thread. */
export interface LayerJob {
  readonly source: LayerSource;
  /** Where to write the compressed layer. */
  readonly file: string;
  readonly target: TargetSystem;
  readonly compression: LayerCompression;
  readonly limits: BudgetLimits;
}

export interface MadeLayer {
  readonly layer: ArchiveLayer;
  /** What reading it has cost. */
  readonly spent: BudgetLimits;
}

export type MakeLayer = (job: LayerJob) => Promise<MadeLayer>;

/**
 * Reads, hashes, audits and compresses a layer. The same job gives the same bytes everywhere. Rejects with a
 * plain Error if the layer is malformed or too large, and with the reason of `signal`.
 */
export async function makeLayer(job: LayerJob, signal?: AbortSignal): Promise<MadeLayer> {
  const { source, file, target, compression, limits } = job;
  const budget = createBudget(limits, signal);
  const tar =
    source.kind === "store"
      ? toAsync(writeStoreLayer(source.paths, source.options))
      : readRegularFile(join(source.folder, "layer.tar"));
  const layer = await packLayer(spend(tar, budget), file, { target, budget, compression });
  if ("problem" in layer) throw layer.problem;
  return { layer, spent: budget.spent() };
}

/** Makes layers in this thread, one after the other. */
export function createSerialMaker(signal?: AbortSignal): MakeLayer {
  let last: Promise<unknown> = Promise.resolve();
  return (job) => {
    const made = last.then(() => makeLayer(job, signal));
    last = made.catch(() => undefined);
    return made;
  };
}

// eslint-disable-next-line @typescript-eslint/require-await -- the chunks are there already
async function* toAsync(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function* spend(chunks: Chunks, budget: Budget): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    budget.spendBytes(chunk.length);
    yield chunk;
  }
}
