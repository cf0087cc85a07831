import type { Digest } from "../model/digest.js";
import type { Blob, OciImage, PushedLayer } from "../model/image.js";
import type { PromotionRecord } from "./promotion-record.js";

/** What one tag pointed to before, and whether it had to move. */
export interface MovedTag {
  readonly tag: string;
  readonly previous: Digest | undefined;
  readonly state: "moved" | "unchanged";
}

export interface ManifestDocument {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
}

/** A place that holds images by digest, and tags: a repository of a registry, or an OCI layout on disk. */
export interface ImageRepository {
  /** Puts the image there by digest, without any tag; what is there already is not sent again. */
  push(image: OciImage): Promise<readonly PushedLayer[]>;
  /** Puts an image index there by digest; the images that it names are there. */
  pushIndex(index: Blob): Promise<void>;
  hasManifest(digest: Digest): Promise<boolean>;
  /** A manifest or an image index, held to its digest. */
  readManifest(digest: Digest): Promise<ManifestDocument>;
  /** Writes a blob of an image there into a file; rejects where it has other bytes, or more or fewer of them. */
  fetchBlob(blob: Pick<Blob, "digest" | "sizeBytes">, file: string): Promise<void>;
  /** The digest that a tag points to now; undefined where there is no such tag. */
  readTag(tag: string): Promise<Digest | undefined>;
  /** Makes a tag point to a manifest that is there. */
  moveTag(tag: string, digest: Digest): Promise<void>;
  removeTag(tag: string): Promise<void>;
  /** The record of which run moved which tag; empty where there is none. */
  readPromotionRecord(): Promise<PromotionRecord>;
  writePromotionRecord(record: PromotionRecord): Promise<void>;
}
