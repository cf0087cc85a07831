import type { Blob } from "../model/image.js";
import { OCI_INDEX } from "../model/media-type.js";
import { platformOf } from "../model/system.js";
import { blobOf, describeBlob } from "./blob.js";
import type { TargetImage } from "./image.js";

/**
 * The image index with one image per target, in the given order. The same images always give the same bytes.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-index.md
 */
export function renderImageIndex(images: readonly TargetImage[]): Blob {
  const index = {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: images.map(({ target, read }) => ({
      ...describeBlob(read.image.manifest),
      platform: platformOf(target),
    })),
  };
  return blobOf(OCI_INDEX, Buffer.from(JSON.stringify(index)));
}
