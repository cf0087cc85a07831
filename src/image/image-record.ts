import * as z from "zod";

import { LAYER_TYPES } from "../model/media-type.js";
import { blobOf } from "./blob.js";
import type { BudgetLimits } from "./budget.js";
import { findBaseName, type ImageFile, type ImageParts } from "./image.js";
import {
  type LayerKey,
  RECORDED_LAYER,
  type RecordedLayer,
  selectLayer,
  SPENT,
  toKey,
} from "./layer-record.js";
import type { LayerJob } from "./make-layer.js";

/** An image that was read before, without the bytes of its layers. */
export interface RecordedImage {
  readonly parts: Omit<ImageParts, "layers"> & { readonly layers: readonly RecordedLayer["layer"][] };
  readonly spent: BudgetLimits;
  readonly baseName: string | undefined;
}

/** The key of an image that is a file or folder in the store; undefined if `hashes` lacks its hash. */
export function findImageKey(
  { role, path }: ImageFile,
  job: Pick<LayerJob, "target" | "compression">,
  hashes: ReadonlyMap<string, string>,
): LayerKey | undefined {
  const hash = hashes.get(path);
  return hash === undefined ? undefined : toKey("image", job, [[role, hash]]);
}

/** The record of an image, as text. */
export function renderImageRecord(
  { inputs }: LayerKey,
  { parts, spent }: Pick<RecordedImage, "parts" | "spent">,
): string {
  const { config, manifest, layers, annotations, layerNames } = parts;
  if (!("bytes" in manifest.source)) throw new Error("the manifest is not in memory");
  return JSON.stringify({
    inputs,
    config: Buffer.from(config).toString("base64"),
    manifest: {
      mediaType: manifest.mediaType,
      bytes: Buffer.from(manifest.source.bytes).toString("base64"),
    },
    layers: layers.map(selectLayer),
    annotations,
    layerNames,
    spent,
  });
}

const BYTES = z.base64().transform((text) => Buffer.from(text, "base64"));
const RECORD = z.strictObject({
  inputs: z.string(),
  config: BYTES,
  manifest: z.strictObject({ mediaType: z.string(), bytes: BYTES }),
  layers: z.array(RECORDED_LAYER.refine(({ mediaType }) => (LAYER_TYPES[mediaType] ?? "none") !== "none")),
  annotations: z.record(z.string(), z.string()).exactOptional(),
  layerNames: z.array(z.string()).exactOptional(),
  spent: SPENT,
});

/** Reads the text of a record. Throws a plain Error if it is malformed, or is the record of another image. */
export function parseImageRecord(text: string, { inputs }: LayerKey): RecordedImage {
  const { manifest, spent, inputs: own, ...parts } = RECORD.parse(JSON.parse(text));
  if (own !== inputs) throw new Error("it is the record of another image");
  return {
    parts: { ...parts, manifest: blobOf(manifest.mediaType, manifest.bytes) },
    spent,
    baseName: findBaseName(parts),
  };
}
