import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { type Blob, type OciImage, readySource } from "../model/image.js";
import { OCI_CONFIG, OCI_MANIFEST } from "../model/media-type.js";
import { blobOf, describeBlob } from "./blob.js";
import { filterTar, TAR_END } from "./filter-tar.js";
import { parseJson } from "./json.js";
import { createHashing } from "./layer.js";
import { readLayerTar } from "./layer-tar.js";
import { UnmergeableError, VisiblePaths } from "./visible-paths.js";

const MERGED_TYPE = "application/vnd.oci.image.layer.v1.tar";

/**
 * The same image with one layer, which has what a container shows of all its layers: an engine needs far less
 * time to load it. Headers and content of the files are those of the layers' tars, byte for byte, and the
 * config is the same but for its list of layers. `file` holds the new layer, uncompressed.
 * The audit must have passed the image. Rejects with `UnmergeableError` if engines might show another
 * container than for the image itself, and with `GATE_MISMATCH` if a layer's bytes do not have its digest.
 */
export async function mergeLayers(image: OciImage, file: string, signal: AbortSignal): Promise<OciImage> {
  const tar = createHashing();
  // Start to fetch all that is not here; whatever fails, fails again below.
  for (const layer of image.layers) readySource(layer).catch(() => undefined);
  const merged = Readable.from(tar.pass(mergeTars(image.layers)));
  await pipeline(merged, createWriteStream(file, { mode: 0o600 }), { signal });
  const layer = { mediaType: MERGED_TYPE, ...tar.result(), source: { file } };
  const config = blobOf(OCI_CONFIG, encode(replaceLayers(image.config, layer)));
  const document = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: describeBlob(config),
    layers: [describeBlob(layer)],
  };
  return { manifest: blobOf(OCI_MANIFEST, encode(document)), config, layers: [layer] };
}

/** The config with one layer. The history describes the layers that it replaces. */
function replaceLayers({ source }: Blob, { digest }: Blob): object {
  if (!("bytes" in source)) throw new UnmergeableError("its config is not in memory");
  const config = parseJson(source.bytes) as Readonly<Record<string, unknown>>;
  return { ...config, rootfs: { type: "layers", diff_ids: [digest] }, history: undefined };
}

function encode(document: object): Buffer {
  return Buffer.from(JSON.stringify(document));
}

async function* mergeTars(layers: readonly Blob[]): AsyncGenerator<Uint8Array> {
  const visible = new VisiblePaths();
  for (const layer of layers.toReversed()) {
    yield* filterTar(readLayerTar(layer), (header) => ({ isKept: visible.shows(header) }));
    visible.descend();
  }
  yield TAR_END;
}
