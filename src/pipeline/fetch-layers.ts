import pLimit from "p-limit";

import type { ActionError } from "../errors/action-error.js";
import { type ArchiveLayer, readDiffId } from "../image/layer.js";
import { LAYER_TYPES } from "../model/media-type.js";
import type { ImageRepository } from "../registry/image-repository.js";
import type { CandidateUpload } from "./candidate-upload.js";

const PARALLEL_DOWNLOADS = 4;

/** Provides the file with a layer's bytes. */
type Provide = () => Promise<string>;

/**
 * Fetches a layer that only the repository has into `file`, when it is needed, and once. Rejects with
 * `mismatch` if the blob is not the tar with the layer's diff ID, and with the codes of the repository.
 */
export type FetchLater = (
  layer: Pick<ArchiveLayer, "diffId" | "digest" | "sizeBytes" | "mediaType">,
  file: string,
  mismatch: () => ActionError,
) => Provide;

/** Fetches layers of one image, a few at once. */
export function createLayerFetcher(
  { baseName }: { readonly baseName: string | undefined },
  upload: Pick<CandidateUpload<ImageRepository>, "openRepository">,
): FetchLater {
  const limit = pLimit(PARALLEL_DOWNLOADS);
  return ({ diffId, digest, sizeBytes, mediaType }, file, mismatch) => {
    const compression = LAYER_TYPES[mediaType];
    const fetch = async () => {
      const repository = await upload.openRepository(baseName);
      await repository.fetchBlob({ digest, sizeBytes }, file);
      if ((await readDiffId(file, compression === "none" ? undefined : compression)) !== diffId)
        throw mismatch();
      return file;
    };
    let fetched: Promise<string> | undefined;
    return () => (fetched ??= limit(fetch));
  };
}
