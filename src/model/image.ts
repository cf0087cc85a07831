import type { Digest } from "./digest.js";

/** A content-addressed blob: a descriptor, and where its bytes are. @see OCI image-spec, descriptor.md */
export interface Blob {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly source: { readonly bytes: Uint8Array } | { readonly file: string };
}

/** An image ready to be pushed: its manifest names exactly its config and its layers, lowest first. */
export interface OciImage {
  readonly manifest: Blob;
  readonly config: Blob;
  readonly layers: readonly Blob[];
}

/** What became of one layer in a push. */
export interface PushedLayer {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly state: "sent" | "reused";
}
