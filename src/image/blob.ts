import { digestOf } from "../model/digest.js";
import type { Blob } from "../model/image.js";

/** The descriptor of a blob, as in a manifest or an index. @see OCI image-spec, descriptor.md */
export function describeBlob({ mediaType, digest, sizeBytes }: Blob) {
  return { mediaType, digest, size: sizeBytes };
}

/** A blob in memory. */
export function blobOf(mediaType: string, bytes: Uint8Array): Blob {
  return { mediaType, digest: digestOf(bytes), sizeBytes: bytes.length, source: { bytes } };
}
