import { lstat } from "node:fs/promises";

import pLimit from "p-limit";

import { ActionError, isCancelled, renderError } from "../errors/action-error.js";
import { toBlob } from "../image/image.js";
import { readDiffId } from "../image/layer.js";
import {
  findLayerKey,
  type LayerKey,
  parseLayerRecord,
  type RecordedLayer,
  renderLayerRecord,
} from "../image/layer-record.js";
import type { LayerJob, LayerSource, MadeLayer, MakeLayer } from "../image/make-layer.js";
import { countOf } from "../model/count.js";
import type { StorePath } from "../model/store-path.js";
import type { TargetSystem } from "../model/system.js";
import { fetchPaths, importFiles, listValidPaths } from "../nix/store-file.js";
import { readWholeRegularFile } from "../platform/files.js";
import type { Log } from "../platform/log.js";
import type { ImageRepository } from "../registry/image-repository.js";
import type { CandidateUpload } from "./candidate-upload.js";
import type { Job } from "./job.js";
import type { NixSession } from "./nix-session.js";

/** The layers of one image, some of which may have been made before. */
export interface LayersToMake extends Pick<Job, "compression"> {
  readonly sources: readonly LayerSource[];
  readonly target: TargetSystem;
  /** The hashes of the store paths' serializations, as far as known. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly baseName: string | undefined;
}

export interface RecordEffects {
  readonly session: Pick<NixSession, "runNixStoreCli" | "caches">;
  readonly upload: Pick<CandidateUpload<ImageRepository>, "find" | "openRepository">;
  readonly log: Log;
}

/** Larger records are not read: making a layer takes less memory. */
const MAX_RECORD_BYTES = 64 << 20;
const PARALLEL_DOWNLOADS = 4;

/**
 * The records of an image's layers. A record is a store path that is named after all that determines the
 * layer. So it is in this machine's store and in the run's cache, and is trusted like any other path there.
 */
export class LayerRecords {
  readonly #layers: LayersToMake;
  readonly #effects: RecordEffects;
  readonly #found: ReadonlyMap<StorePath, RecordedLayer | "unusable">;
  /** Records that describe a layer of the image. */
  readonly #fitting = new Set<StorePath>();
  readonly #made = new Map<StorePath, { readonly key: LayerKey; readonly made: MadeLayer }>();
  #reused = 0;
  readonly #limit = pLimit(PARALLEL_DOWNLOADS);

  private constructor(
    layers: LayersToMake,
    effects: RecordEffects,
    found: ReadonlyMap<StorePath, RecordedLayer | "unusable">,
  ) {
    this.#layers = layers;
    this.#effects = effects;
    this.#found = found;
  }

  /** Reads the records that this machine or the run's cache has. Rejects only with `CANCELLED`. */
  static async open(layers: LayersToMake, effects: RecordEffects): Promise<LayerRecords> {
    const { sources, hashes } = layers;
    const keys = sources.flatMap((source) => findLayerKey({ source, ...layers }, hashes) ?? []);
    const found = new Map<StorePath, RecordedLayer | "unusable">();
    const valid = new Set(
      await findRecords(
        keys.map(({ path }) => path),
        effects,
      ),
    );
    for (const key of keys) {
      if (valid.has(key.path)) found.set(key.path, await readRecord(key, layers, effects.log));
    }
    return new LayerRecords(layers, effects, found);
  }

  /**
   * Makes layers with `makeLayer`, except for those that a record describes and the repository has. These are
   * fetched from the repository where their bytes are needed.
   */
  reuse(makeLayer: MakeLayer): MakeLayer {
    return async (job) => {
      const key = findLayerKey(job, this.#layers.hashes);
      if (key === undefined) return makeLayer(job);
      const record = this.#found.get(key.path);
      if (record === undefined || record === "unusable") {
        const made = await makeLayer(job);
        if (record === undefined) this.#made.set(key.path, { key, made });
        return made;
      }
      const { spent } = record;
      const layer = { ...record.layer, source: { provide: this.#fetchOnce(record.layer, job, key) } };
      if (await this.#effects.upload.find(toBlob(layer), this.#layers.baseName)) {
        this.#fitting.add(key.path);
        this.#reused++;
        return { layer, spent };
      }
      const made = await makeLayer(job);
      const isSame = made.layer.digest === layer.digest && made.layer.diffId === layer.diffId;
      if (isSame) this.#fitting.add(key.path);
      else this.#effects.log.debug(`the record ${key.path} is ignored: its layer is ${made.layer.digest}`);
      return made;
    };
  }

  /**
   * Records the layers that were made. To be called when their image has passed its audit. Resolves to all
   * records of the image, for the cache. Rejects only with `CANCELLED`.
   */
  async save(): Promise<readonly StorePath[]> {
    const { session, log } = this.#effects;
    if (this.#reused > 0) {
      const all = countOf(this.#layers.sources.length, "layer");
      log.info(`${this.#reused} of ${all} not made again: an earlier run did, and the registry has them`);
    }
    const fitting = [...this.#fitting];
    const files = [...this.#made.values()]
      .map(({ key, made }) => ({ path: key.path, content: Buffer.from(renderLayerRecord(key, made)) }))
      .filter(({ content }) => content.length <= MAX_RECORD_BYTES);
    if (files.length === 0) return fitting;
    try {
      await importFiles(session.runNixStoreCli, files);
      return [...fitting, ...files.map(({ path }) => path)];
    } catch (error) {
      if (isCancelled(error)) throw error;
      log.debug(`the layers are not recorded for later runs: ${renderError(error)}`);
      return fitting;
    }
  }

  #fetchOnce(layer: RecordedLayer["layer"], { file }: LayerJob, { path }: LayerKey): () => Promise<string> {
    let fetched: Promise<string> | undefined;
    return () => (fetched ??= this.#limit(() => this.#fetch(layer, file, path)));
  }

  async #fetch(
    { diffId, digest, sizeBytes }: RecordedLayer["layer"],
    file: string,
    record: StorePath,
  ): Promise<string> {
    const { compression, baseName } = this.#layers;
    const repository = await this.#effects.upload.openRepository(baseName);
    await repository.fetchBlob({ digest, sizeBytes }, file);
    if ((await readDiffId(file, compression.format)) === diffId) return file;
    throw new ActionError("GATE_MISMATCH", `the layer ${digest} is not the one that ${record} describes`, {
      hint:
        "Find out who wrote this record into the binary cache. Remove it there, and on this machine with " +
        "`nix-store --delete`, and run again.",
    });
  }
}

/** The records that are in this machine's store, after those that the run's caches have were fetched. */
async function findRecords(
  paths: readonly StorePath[],
  { session, log }: RecordEffects,
): Promise<readonly StorePath[]> {
  if (paths.length === 0) return [];
  const { runNixStoreCli, caches } = session;
  const substituters = caches.flatMap(({ substituter }) => substituter ?? []);
  try {
    if (substituters.length > 0) {
      await fetchPaths(runNixStoreCli, substituters, paths).catch((error: unknown) => {
        if (isCancelled(error)) throw error;
        log.debug(`the records of layers are not fetched from the caches: ${renderError(error)}`);
      });
    }
    return await listValidPaths(runNixStoreCli, paths);
  } catch (error) {
    if (isCancelled(error)) throw error;
    log.debug(`the records of layers cannot be read: ${renderError(error)}`);
    return [];
  }
}

/** Reads a record from the store. Whoever was able to put it there may have put in anything. */
async function readRecord(
  key: LayerKey,
  layers: LayersToMake,
  log: Log,
): Promise<RecordedLayer | "unusable"> {
  try {
    const { size } = await lstat(key.path);
    if (size > MAX_RECORD_BYTES) throw new Error(`it has ${size} bytes`);
    return parseLayerRecord((await readWholeRegularFile(key.path)).toString("utf8"), key, layers);
  } catch (error) {
    log.debug(`the record ${key.path} is ignored: ${renderError(error)}`);
    return "unusable";
  }
}
