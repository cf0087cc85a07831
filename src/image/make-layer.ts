import { join, posix } from "node:path";

import type { LayerCompression } from "../model/compression.js";
import { type StorePath, storePathOf } from "../model/store-path.js";
import type { TargetSystem } from "../model/system.js";
import { readRegularFile } from "../platform/files.js";
import type { BlockPermits } from "./block-permits.js";
import { type Budget, type BudgetLimits, createBudget } from "./budget.js";
import type { FileRange } from "./file-content.js";
import {
  type ArchiveLayer,
  type Chunks,
  inspectTar,
  keepLayer,
  type LayerContent,
  packLayer,
} from "./layer.js";
import type { FindContent } from "./layer-audit.js";
import type { Nix2containerLayer } from "./nix2container-json.js";
import { type StoreLayerOptions, writeStoreLayer } from "./store-layer.js";

/** Where the tar of a layer comes from. */
export type LayerSource =
  | { readonly kind: "store"; readonly paths: readonly StorePath[]; readonly options: StoreLayerOptions }
  /** A store path that has it as the file `layer.tar`. */
  | { readonly kind: "tar"; readonly folder: StorePath }
  | Nix2containerLayer["source"];

/** The store paths that the tar of a layer is made from, or in which it is. */
export function listPaths(source: LayerSource): readonly StorePath[] {
  switch (source.kind) {
    case "store":
      return source.paths;
    case "tar":
      return [source.folder];
    case "nix2container":
      return source.paths.map(({ path }) => path);
    case "file":
      return [storePathOf(source.file) ?? []].flat();
  }
}

/** A layer to make. A value that can be sent to a thread. */
export interface LayerJob {
  readonly source: LayerSource;
  /** Where to write the compressed layer. */
  readonly file: string;
  readonly target: TargetSystem;
  readonly compression: LayerCompression;
  readonly limits: BudgetLimits;
  /** Shared by the layers that are made at the same time. */
  readonly permits?: BlockPermits;
}

export interface MadeLayer {
  readonly layer: ArchiveLayer;
  /** What reading it has cost. */
  readonly spent: BudgetLimits;
}

export interface InspectedLayer extends Pick<MadeLayer, "spent"> {
  readonly content: LayerContent;
}

export type MakeLayer = (job: LayerJob) => Promise<MadeLayer>;
export type InspectLayer = (job: LayerJob) => Promise<InspectedLayer>;

export interface LayerWorkers {
  readonly makeLayer: MakeLayer;
  readonly inspectLayer: InspectLayer;
}

/**
 * Reads, hashes, audits and compresses a layer. The same job gives the same bytes everywhere. Rejects with a
 * plain Error if the layer is malformed or too large, and with the reason of `signal`.
 */
export async function makeLayer(job: LayerJob, signal?: AbortSignal): Promise<MadeLayer> {
  const { source, file, target, compression, limits, permits } = job;
  const budget = createBudget(limits, signal);
  const { tar, findContent } = await openSource(source);
  const bytes = spend(tar, budget);
  const layer =
    source.kind === "file" && source.compression !== undefined
      ? await keepLayer({ bytes, compression: source.compression }, file, target, budget)
      : await packLayer(bytes, file, { target, budget, compression, findContent, permits });
  if ("problem" in layer) throw layer.problem;
  return { layer, spent: budget.spent() };
}

/**
 * Reads, hashes and audits the tar of a layer, without compressing it: the job's file is not written. Rejects
 * like `makeLayer`.
 */
export async function inspectLayer(job: LayerJob, signal?: AbortSignal): Promise<InspectedLayer> {
  const { source, file, target, limits } = job;
  const budget = createBudget(limits, signal);
  const { tar, findContent } = await openSource(source);
  const content = await inspectTar(spend(tar, budget), file, { target, budget, findContent });
  if ("problem" in content) throw content.problem;
  return { content, spent: budget.spent() };
}

interface OpenSource {
  /** Each chunk may overwrite the one before. */
  readonly tar: Chunks;
  /** Finds the files of the layer in the store, so that the audit need not copy them. */
  readonly findContent: FindContent;
}

async function openSource(source: LayerSource): Promise<OpenSource> {
  switch (source.kind) {
    case "store":
      return {
        tar: toAsync(writeStoreLayer(source.paths, source.options)),
        findContent: ({ name, sizeBytes }) => locate(posix.resolve("/", name), sizeBytes),
      };
    case "tar":
      return openTar(join(source.folder, "layer.tar"));
    case "file":
      return openTar(source.file);
    case "nix2container": {
      // It needs a library that other images do not need.
      const { openNix2containerLayer } = await import("./nix2container-layer.js");
      const { chunks, findFile } = openNix2containerLayer(source.paths);
      return {
        tar: toAsync(chunks),
        findContent: ({ name, sizeBytes }) => {
          const file = findFile(name);
          return file === undefined ? undefined : locate(file, sizeBytes);
        },
      };
    }
  }
}

/** A whole file in the store. The path is Latin-1. */
function locate(path: string, sizeBytes: number): FileRange {
  return { file: Buffer.from(path, "latin1"), start: 0, sizeBytes };
}

function openTar(file: string): OpenSource {
  return {
    tar: readRegularFile(file),
    findContent: ({ sizeBytes }, start) => ({ file, start, sizeBytes }),
  };
}

/** Makes layers in this thread, one after the other. */
export function createSerialWorkers(signal?: AbortSignal): LayerWorkers {
  let last: Promise<unknown> = Promise.resolve();
  const run = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
  return {
    makeLayer: (job) => run(() => makeLayer(job, signal)),
    inspectLayer: (job) => run(() => inspectLayer(job, signal)),
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
