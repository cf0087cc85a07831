import { join } from "node:path";

import { ActionError, isCancelled, renderError } from "../errors/action-error.js";
import { type ArchiveLayer, mediaTypeOf } from "../image/layer.js";
import {
  type LayerJob,
  type LayerSource,
  type LayerWorkers,
  listPaths,
  type MakeLayer,
} from "../image/make-layer.js";
import { renderOrigins } from "../image/streamed-image.js";
import { countOf } from "../model/count.js";
import type { Digest } from "../model/digest.js";
import { LAYER_TYPES } from "../model/media-type.js";
import type { TargetSystem } from "../model/system.js";
import type { Log } from "../platform/log.js";
import type { ImageRepository } from "../registry/image-repository.js";
import { type ListedLayers, readListedLayers } from "../registry/listed-layers.js";
import type { CandidateUpload } from "./candidate-upload.js";
import { createLayerFetcher, type FetchLater } from "./fetch-layers.js";
import type { Job } from "./job.js";

/** The layers of one image, some of which the image at a tag may have. */
export interface LayersToCompress extends Pick<
  Job,
  "compression" | "tags" | "candidateTag" | "isPromoted" | "smokeTest"
> {
  readonly target: TargetSystem;
  readonly sources: readonly LayerSource[];
  /** The digests of the tars of some of the sources, as far as they are known before the tars are made. */
  readonly diffIds: ReadonlyMap<LayerSource, Digest>;
  readonly baseName: string | undefined;
  readonly workFolder: string;
}

export interface TaggedEffects {
  readonly upload: Pick<CandidateUpload<ImageRepository>, "find" | "skip" | "openRepository">;
  readonly log: Log;
}

/**
 * The image at a tag, whose layers need not be compressed and sent once more. They are still made, hashed and
 * audited: the image only says which blob to list for a tar, and even that may be wrong. The gate, here or in
 * a later job, reads each blob before a tag moves. Without a gate, this run reads it before it takes a layer.
 */
export class TaggedImage {
  readonly #layers: LayersToCompress;
  readonly #effects: TaggedEffects;
  readonly #tag: string;
  readonly #listed: ListedLayers;
  readonly #fetchLater: FetchLater;
  #taken = 0;

  private constructor(layers: LayersToCompress, effects: TaggedEffects, tag: string, listed: ListedLayers) {
    this.#layers = layers;
    this.#effects = effects;
    this.#tag = tag;
    this.#listed = listed;
    this.#fetchLater = createLayerFetcher(layers, effects.upload);
  }

  /** Reads the image at the first tag of the job that there is. Rejects only with `CANCELLED`. */
  static async open(layers: LayersToCompress, effects: TaggedEffects): Promise<TaggedImage | undefined> {
    const { candidateTag, tags, baseName, target, workFolder, compression } = layers;
    const { upload, log } = effects;
    try {
      const repository = await upload.openRepository(baseName);
      for (const tag of [candidateTag ?? [], ...tags].flat()) {
        const digest = await repository.readTag(tag);
        if (digest === undefined) continue;
        const file = join(workFolder, `listed-${target}.json`);
        const listed = await readListedLayers(repository, digest, target, file);
        const { format } = compression;
        const blobs = new Map(
          [...listed.blobs].filter(([, { mediaType }]) => LAYER_TYPES[mediaType] === format),
        );
        const others = countOf(listed.blobs.size - blobs.size, "layer");
        if (listed.blobs.size > blobs.size)
          log.info(`${others} of the image at ${tag} cannot be used: not compressed with ${format}`);
        return new TaggedImage(layers, effects, tag, { ...listed, blobs });
      }
    } catch (error) {
      if (isCancelled(error)) throw error;
      log.debug(`the layers of earlier images are unknown: ${renderError(error)}`);
    }
    return undefined;
  }

  /** Makes layers with the workers, but compresses only those that the image lacks. */
  reuse({ makeLayer, inspectLayer }: LayerWorkers): MakeLayer {
    return async (job) => {
      const listed = this.#find(job);
      if (listed === undefined) return makeLayer(job);
      const { upload } = this.#effects;
      if (!(await upload.find(listed, this.#layers.baseName))) return makeLayer(job);
      const provide = this.#fetchLater(listed, job.file, () => this.#explainMismatch(listed));
      const isFit = this.#isFit(provide);
      // Both write files, so wait for both.
      const { content, spent } = await inspectLayer(job).finally(() => isFit);
      if (content.diffId !== listed.diffId || !(await isFit)) return makeLayer(job);
      this.#taken++;
      upload.skip(listed, "reused");
      return { layer: { ...content, ...listed, source: { provide } }, spent };
    };
  }

  /** Says what was taken from the image. */
  logTaken(): void {
    if (this.#taken === 0) return;
    const all = countOf(this.#layers.sources.length, "layer");
    this.#effects.log.info(
      `${this.#taken} of ${all} not compressed again: the image at ${this.#tag} has them`,
    );
  }

  /** What the image lists for a layer that has not been made yet, so it may be another one in the end. */
  #find({ source, compression }: LayerJob): Omit<ArchiveLayer, "source" | "audit" | "tarBytes"> | undefined {
    // Such a layer is sent as it is.
    if (source.kind === "file" && source.compression !== undefined) return undefined;
    const diffId =
      this.#layers.diffIds.get(source) ?? this.#listed.diffIds.get(renderOrigins(listPaths(source)));
    const blob = diffId && this.#listed.blobs.get(diffId);
    if (blob === undefined || diffId === undefined) return undefined;
    return { ...blob, diffId, mediaType: mediaTypeOf(compression.format) };
  }

  async #isFit(provide: () => Promise<string>): Promise<boolean> {
    const { isPromoted, smokeTest } = this.#layers;
    if (!isPromoted || smokeTest !== undefined) return true;
    try {
      await provide();
      return true;
    } catch (error) {
      if (isCancelled(error)) throw error;
      this.#effects.log.warning(`a layer of the image at ${this.#tag} is not used: ${renderError(error)}`);
      return false;
    }
  }

  #explainMismatch({ diffId, digest }: Pick<ArchiveLayer, "diffId" | "digest">): ActionError {
    return new ActionError(
      "GATE_MISMATCH",
      `the layer ${digest} is not the tar ${diffId}, as the image at ${this.#tag} says`,
      { hint: "Find out who pushed that image. Remove it, and run again." },
    );
  }
}
