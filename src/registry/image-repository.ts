import type { Digest } from "../model/digest.js";
import type { Blob, OciImage, PushedLayer } from "../model/image.js";
import type { PromotionEntry } from "../model/promotion.js";

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
  /** Uploads one layer of an image that `push` will complete, unless it is already there. */
  pushBlob(layer: Blob, signal?: AbortSignal): Promise<PushedLayer["state"]>;
  /** Whether a blob of that digest and size is there. */
  hasBlob(blob: Pick<Blob, "digest" | "sizeBytes">, signal?: AbortSignal): Promise<boolean>;
  /**
   * Uploads the image by digest, without a tag. Does not send blobs that are already there. `known` are the
   * layers that `pushBlob` has uploaded.
   */
  push(image: OciImage, known?: ReadonlyMap<Digest, PushedLayer["state"]>): Promise<readonly PushedLayer[]>;
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
  /** The entries of a tag's promotion record, one for each run that promoted the tag or is about to. */
  readPromotionEntries(tag: string): Promise<readonly PromotionEntry[]>;
  /**
   * Adds an entry to a tag's promotion record. Resolves to the reason if the registry does not accept such
   * records.
   */
  writePromotionEntry(tag: string, entry: PromotionEntry): Promise<string | undefined>;
  /** Replaces what `writePromotionEntry` wrote by the newest entry before it, or by none. */
  restorePromotionEntry(
    tag: string,
    entry: PromotionEntry,
    previous: PromotionEntry | undefined,
  ): Promise<void>;
  /** Where the promotion record of a tag is kept, for a person who has to delete it. */
  describeRecord(tag: string): string;
}
