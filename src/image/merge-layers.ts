import { createReadStream, createWriteStream } from "node:fs";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { ActionError } from "../errors/action-error.js";
import { type Blob, type OciImage, readySource } from "../model/image.js";
import { LAYER_TYPES, OCI_CONFIG, OCI_MANIFEST } from "../model/media-type.js";
import { blobOf, describeBlob } from "./blob.js";
import { parseJson } from "./json.js";
import { type Chunks, createDecompress, createHashing } from "./layer.js";
import { BLOCK_BYTES } from "./tar-header.js";
import { type ContentSink, paddingAfter, TarReader } from "./tar-reader.js";
import { UnmergeableError, VisiblePaths } from "./visible-paths.js";

const MERGED_TYPE = "application/vnd.oci.image.layer.v1.tar";
const END = Buffer.alloc(2 * BLOCK_BYTES);

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
    yield* filterTar(readLayer(layer), visible);
    visible.descend();
  }
  yield END;
}

/** The entries of a layer's tar that are visible, without the end of the tar. */
async function* filterTar(tar: Chunks, visible: VisiblePaths): AsyncGenerator<Uint8Array> {
  let kept: Uint8Array[] = [];
  const reader = new TarReader((header, raw): ContentSink => {
    if (!visible.shows(header)) return { write: () => undefined, end: () => undefined };
    kept.push(Buffer.from(raw.bytes));
    return {
      write: (chunk) => {
        kept.push(chunk);
      },
      end: () => {
        kept.push(paddingAfter(header.sizeBytes));
        return undefined;
      },
    };
  });
  for await (const chunk of tar) {
    await reader.write(chunk);
    // A chunk of a big file is a single piece, which need not be copied.
    const [first, ...others] = kept;
    if (first !== undefined) yield others.length === 0 ? first : Buffer.concat(kept);
    kept = [];
  }
  reader.end();
}

/** The tar of a layer. Rejects with `GATE_MISMATCH` at its end if the bytes do not have its digest. */
async function* readLayer({ mediaType, digest, ...blob }: Blob): AsyncGenerator<Uint8Array> {
  const source = await readySource(blob);
  const compressed = createHashing();
  const compression = LAYER_TYPES[mediaType];
  const bytes = "file" in source ? createReadStream(source.file) : Readable.from([source.bytes]);
  const tar = new PassThrough();
  const read = pipeline(
    Readable.from(compressed.pass(bytes)),
    createDecompress(compression === "none" ? undefined : compression),
    tar,
  );
  // Avoid an unhandled rejection: reading `tar` fails with the same error.
  read.catch(() => undefined);
  yield* tar as AsyncIterable<Uint8Array>;
  await read;
  const { digest: found } = compressed.result();
  if (found === digest) return;
  throw new ActionError("GATE_MISMATCH", `the layer ${digest} now has bytes with the digest ${found}`, {
    hint: "Something has changed the files of this run. Make sure that nothing else writes there, and retry.",
  });
}
