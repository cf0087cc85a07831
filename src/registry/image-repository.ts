import type { Digest } from "../model/digest.js";
import type { Blob, OciImage, PushedLayer } from "../model/image.js";
import type { PromotionRecord } from "./promotion-record.js";

/** What a tag pointed to before a promotion, and whether it had to move. */
export interface MovedTag {
  readonly tag: string;
  readonly previous: Digest | undefined;
  readonly state: "moved" | "unchanged";
}

export interface ManifestDocument {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
}

/** A store of images by digest, and of tags: a repository of a registry, or an OCI layout on disk. */
export interface ImageRepository {
  /** Uploads the image by digest, without a tag. Does not send blobs that are already there. */
  push(image: OciImage): Promise<readonly PushedLayer[]>;
  /** Uploads an image index by digest. The images that it lists must already be there. */
  pushIndex(index: Blob): Promise<void>;
  hasManifest(digest: Digest): Promise<boolean>;
  /** Reads a manifest or an image index, and verifies its digest. */
  readManifest(digest: Digest): Promise<ManifestDocument>;
  /** Downloads a blob into a file. Rejects if the content does not match the digest and the size. */
  fetchBlob(blob: Pick<Blob, "digest" | "sizeBytes">, file: string): Promise<void>;
  /** The digest that a tag points to now; undefined if there is no such tag. */
  readTag(tag: string): Promise<Digest | undefined>;
  /** Points a tag to a manifest that is already there. */
  moveTag(tag: string, digest: Digest): Promise<void>;
  removeTag(tag: string): Promise<void>;
  /** The record of which run promoted which tag; empty if there is none. */
  readPromotionRecord(): Promise<PromotionRecord>;
  writePromotionRecord(record: PromotionRecord): Promise<void>;
}
