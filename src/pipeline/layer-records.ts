import { lstat } from "node:fs/promises";
import { join } from "node:path";

import { ActionError, isCancelled, renderError } from "../errors/action-error.js";
import type { ImageFile, RememberParts } from "../image/image.js";
import {
  findImageKey,
  parseImageRecord,
  type RecordedImage,
  renderImageRecord,
} from "../image/image-record.js";
import {
  findLayerKey,
  type LayerKey,
  parseLayerRecord,
  type RecordedLayer,
  renderLayerRecord,
} from "../image/layer-record.js";
import type { ArchiveLayer } from "../image/layer.js";
import type { LayerSource, MakeLayer } from "../image/make-layer.js";
import { countOf } from "../model/count.js";
import type { Blob } from "../model/image.js";
import type { StorePath } from "../model/store-path.js";
import type { TargetSystem } from "../model/system.js";
import { fetchPaths, importFiles, listValidPaths } from "../nix/store-file.js";
import { readWholeRegularFile } from "../platform/files.js";
import type { Log } from "../platform/log.js";
import type { ImageRepository } from "../registry/image-repository.js";
import type { CandidateUpload } from "./candidate-upload.js";
import { createLayerFetcher, type FetchLater } from "./fetch-layers.js";
import type { Job } from "./job.js";
import type { NixSession } from "./nix-session.js";

/** The layers of one image, some of which may have been made before. */
export interface LayersToMake extends Pick<Job, "compression"> {
  readonly sources: readonly LayerSource[];
  /** Images that are read, with all of their layers. */
  readonly files: readonly ImageFile[];
  readonly target: TargetSystem;
  /** The hashes of the store paths' serializations, as far as known. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly baseName: string | undefined;
  /** Where to keep layers that are fetched. */
  readonly workFolder: string;
}

export interface RecordEffects {
  readonly session: Pick<NixSession, "runNixStoreCli" | "caches">;
  readonly upload: Pick<CandidateUpload<ImageRepository>, "find" | "skip" | "openRepository">;
  readonly log: Log;
}

/** Larger records are not read: making a layer takes less memory. */
const MAX_RECORD_BYTES = 64 << 20;

/** The records that were found, by their store paths. */
interface FoundRecords {
  readonly layers: ReadonlyMap<StorePath, RecordedLayer | "unusable">;
  readonly images: ReadonlyMap<StorePath, RecordedImage | "unusable">;
}

/**
 * The records of an image's layers. A record is a store path that is named after all that determines the
 * layer. So it is in this machine's store and in the run's cache, and is trusted like any other path there.
 * An image that is read from an archive or a folder has one record for all of its layers.
 */
export class LayerRecords {
  readonly #layers: LayersToMake;
  readonly #effects: RecordEffects;
  readonly #found: FoundRecords;
  /** Records that describe a layer of the image. */
  readonly #fitting = new Set<StorePath>();
  /** The texts of records that are missing. */
  readonly #missing = new Map<StorePath, () => string>();
  #reused = 0;
  #all = 0;
  readonly #fetchLater: FetchLater;

  private constructor(layers: LayersToMake, effects: RecordEffects, found: FoundRecords) {
    this.#layers = layers;
    this.#effects = effects;
    this.#found = found;
    this.#fetchLater = createLayerFetcher(layers, effects.upload);
  }

  /** Reads the records that this machine or the run's cache has. Rejects only with `CANCELLED`. */
  static async open(layers: LayersToMake, effects: RecordEffects): Promise<LayerRecords> {
    const { sources, files, hashes, compression } = layers;
    const ofLayers = sources.flatMap((source): readonly Wanted<RecordedLayer>[] => {
      const key = findLayerKey({ source, ...layers }, hashes);
      if (key === undefined) return [];
      return [{ path: key.path, parse: (text) => parseLayerRecord(text, key, { source, compression }) }];
    });
    const ofImages = files.flatMap((file): readonly Wanted<RecordedImage>[] => {
      const key = findImageKey(file, layers, hashes);
      return key === undefined ? [] : [{ path: key.path, parse: (text) => parseImageRecord(text, key) }];
    });
    const paths = [...ofLayers, ...ofImages].map(({ path }) => path);
    const valid = new Set(await findRecords(paths, effects));
    const isValid = ({ path }: Pick<Wanted<unknown>, "path">) => valid.has(path);
    return new LayerRecords(layers, effects, {
      layers: await readRecords(ofLayers.filter(isValid), effects.log),
      images: await readRecords(ofImages.filter(isValid), effects.log),
    });
  }

  /**
   * Makes layers with `makeLayer`, except for those that a record describes and the repository has. These are
   * fetched from the repository where their bytes are needed.
   */
  reuse(makeLayer: MakeLayer): MakeLayer {
    return async (job) => {
      this.#all++;
      const key = findLayerKey(job, this.#layers.hashes);
      if (key === undefined) return makeLayer(job);
      const record = this.#found.layers.get(key.path);
      if (record === undefined || record === "unusable") {
        const made = await makeLayer(job);
        // This run has neither made nor read the bytes of a layer that is provided when it is needed.
        const isMade = !("provide" in made.layer.source);
        if (record === undefined && isMade) this.#missing.set(key.path, () => renderLayerRecord(key, made));
        return made;
      }
      const { layer, spent } = record;
      if (await this.#haveAll([layer], this.#layers.baseName)) {
        this.#fitting.add(key.path);
        return { layer: this.#take(layer, key, job.file), spent };
      }
      const made = await makeLayer(job);
      const isSame = made.layer.digest === layer.digest && made.layer.diffId === layer.diffId;
      if (isSame) this.#fitting.add(key.path);
      else this.#effects.log.debug(`the record ${key.path} is ignored: its layer is ${made.layer.digest}`);
      return made;
    };
  }

  /** Like `reuse`, for all layers of an image that is read. */
  readonly rememberParts: RememberParts = async (file, read) => {
    const key = findImageKey(file, this.#layers, this.#layers.hashes);
    const record = key && this.#found.images.get(key.path);
    if (key !== undefined && record !== undefined && record !== "unusable") {
      const { parts, spent, baseName = this.#layers.baseName } = record;
      if (await this.#haveAll(parts.layers, baseName)) {
        this.#fitting.add(key.path);
        this.#all += parts.layers.length;
        const { workFolder } = this.#layers;
        const layers = parts.layers.map((layer, i) =>
          this.#take(layer, key, join(workFolder, `${file.role}-${this.#layers.target}-${i}`)),
        );
        return { parts: { ...parts, layers }, spent };
      }
    }
    const made = await read();
    this.#all += made.parts.layers.length;
    if (key !== undefined && record === undefined)
      this.#missing.set(key.path, () => renderImageRecord(key, made));
    return made;
  };

  /**
   * Records the layers that were made. To be called when their image has passed its audit. Resolves to all
   * records of the image, for the cache. Rejects only with `CANCELLED`.
   */
  async save(): Promise<readonly StorePath[]> {
    const { session, log } = this.#effects;
    if (this.#reused > 0) {
      const all = countOf(this.#all, "layer");
      log.info(`${this.#reused} of ${all} not made again: an earlier run did, and the registry has them`);
    }
    const fitting = [...this.#fitting];
    const files = [...this.#missing]
      .map(([path, render]) => ({ path, content: Buffer.from(render()) }))
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

  async #haveAll(
    layers: readonly Pick<Blob, "digest" | "sizeBytes">[],
    baseName: string | undefined,
  ): Promise<boolean> {
    const { upload } = this.#effects;
    const found = await Promise.all(layers.map((layer) => upload.find(layer, baseName)));
    return found.every(Boolean);
  }

  /** A layer that the repository has, and that is fetched into `file` where its bytes are needed. */
  #take(layer: RecordedLayer["layer"], { path }: LayerKey, file: string): ArchiveLayer {
    this.#reused++;
    this.#effects.upload.skip(layer, "recorded");
    const explain = () =>
      new ActionError("GATE_MISMATCH", `the layer ${layer.digest} is not the one that ${path} describes`, {
        hint:
          "Find out who wrote this record into the binary cache. Remove it there, and on this machine with " +
          "`nix-store --delete`, and run again.",
      });
    return { ...layer, source: { provide: this.#fetchLater(layer, file, explain) } };
  }
}

/** A record to look for. */
interface Wanted<Content> {
  readonly path: StorePath;
  /** Throws a plain Error. */
  readonly parse: (text: string) => Content;
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

/** Reads records from the store. Whoever was able to put one there may have put in anything. */
async function readRecords<Content>(
  wanted: readonly Wanted<Content>[],
  log: Log,
): Promise<ReadonlyMap<StorePath, Content | "unusable">> {
  const read = wanted.map(async ({ path, parse }): Promise<readonly [StorePath, Content | "unusable"]> => {
    try {
      const { size } = await lstat(path);
      if (size > MAX_RECORD_BYTES) throw new Error(`it has ${size} bytes`);
      return [path, parse((await readWholeRegularFile(path)).toString("utf8"))];
    } catch (error) {
      log.debug(`the record ${path} is ignored: ${renderError(error)}`);
      return [path, "unusable"];
    }
  });
  return new Map(await Promise.all(read));
}
