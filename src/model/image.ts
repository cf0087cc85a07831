import type { Digest } from "./digest.js";
import type { NamedPlatform } from "./system.js";

/**
 * A content-addressed blob: its descriptor and the source of its bytes. `provide` resolves to a file with
 * them: it fetches a blob that only the registry has, once.
 * @see OCI image-spec, descriptor.md
 */
export interface Blob {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly source: ReadySource | { readonly provide: () => Promise<string> };
}

/** The bytes of a blob, or a file with them. */
export type ReadySource = { readonly bytes: Uint8Array } | { readonly file: string };

/** The bytes of a blob, or a file with them, which is provided first if there is none yet. */
export async function readySource({ source }: Pick<Blob, "source">): Promise<ReadySource> {
  return "provide" in source ? { file: await source.provide() } : source;
}

/** An image that is ready to be pushed. Its manifest lists this config and these layers, lowest first. */
export interface OciImage {
  readonly manifest: Blob;
  readonly config: Blob;
  readonly layers: readonly Blob[];
}

/**
 * What became of a layer: it was sent; it was there (`reused`), or in another repository of the registry
 * (`mounted`); or it was there and was not even made, since an earlier run has recorded it (`recorded`).
 */
export const LAYER_STATES = ["sent", "reused", "mounted", "recorded"] as const;

/** The result of pushing one layer. */
export interface PushedLayer {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly state: (typeof LAYER_STATES)[number];
}

/** How many layers did not have to be sent, as in `2 reused, 1 mounted`. */
export function renderUnsent(layers: readonly Pick<PushedLayer, "state">[]): string {
  return LAYER_STATES.slice(1)
    .map((state) => ({ state, count: layers.filter((layer) => layer.state === state).length }))
    .filter(({ state, count }) => state === "reused" || count > 0)
    .map(({ state, count }) => `${count} ${state}`)
    .join(", ");
}

/** One image of a candidate. */
export interface ListedImage {
  /** The digest of its manifest. */
  readonly digest: Digest;
  /** As the index says; `unlisted` if the candidate is not an index, but this image alone. */
  readonly platform: NamedPlatform | undefined | "unlisted";
}
