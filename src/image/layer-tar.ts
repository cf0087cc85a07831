import { createReadStream } from "node:fs";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { ActionError } from "../errors/action-error.js";
import type { Digest } from "../model/digest.js";
import { type Blob, readySource } from "../model/image.js";
import { LAYER_TYPES } from "../model/media-type.js";
import { createDecompress, createHashing } from "./layer.js";

/**
 * The tar of a layer. Rejects with `GATE_MISMATCH` at its end if the bytes do not have the layer's digest, or
 * the tar is not the one with `diffId`, if that is given.
 */
export async function* readLayerTar(
  { mediaType, digest, ...blob }: Blob,
  diffId?: Digest,
): AsyncGenerator<Uint8Array> {
  const source = await readySource(blob);
  const compressed = createHashing();
  const uncompressed = createHashing();
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
  if (diffId === undefined) yield* tar as AsyncIterable<Uint8Array>;
  else yield* uncompressed.pass(tar);
  await read;
  requireDigest(`the layer ${digest}`, compressed.result().digest, digest);
  if (diffId === undefined) return;
  requireDigest(`the tar of the layer ${digest}`, uncompressed.result().digest, diffId);
}

function requireDigest(what: string, found: Digest, wanted: Digest): void {
  if (found === wanted) return;
  throw new ActionError("GATE_MISMATCH", `${what} has the digest ${found}, not ${wanted}`, {
    hint: "Something has changed the files of this run. Make sure that nothing else writes there, and retry.",
  });
}
