import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

import * as z from "zod";

import { ActionError } from "../errors/action-error.js";
import { type Digest, digestOfHex, isDigest } from "../model/digest.js";
import type { Blob, ListedImage } from "../model/image.js";
import { INDEX_TYPES } from "../model/media-type.js";
import { NAMED_PLATFORM } from "../model/named-platform.js";
import { pickPlatform, platformOf, renderPlatform, type TargetSystem } from "../model/system.js";
import type { ImageRepository } from "./image-repository.js";

const digest = z.string().refine(isDigest);
const DESCRIPTOR = z.looseObject({ mediaType: z.string(), digest, size: z.int().min(0) });
const INDEX = z.looseObject({
  manifests: z.array(DESCRIPTOR.extend({ platform: NAMED_PLATFORM.optional() })),
});
export const IMAGE_MANIFEST = z.looseObject({ config: DESCRIPTOR, layers: z.array(DESCRIPTOR).max(1000) });
/** More than any real image needs, compressed. Rejects a manifest with absurd sizes before the download. */
const MAX_IMAGE_BYTES = 64 * 2 ** 30;

/**
 * Downloads an image into `folder` as an OCI layout. `wanted` is the digest of the image, or of an image
 * index that lists one image for `target`. Verifies each manifest against its digest, and each blob against
 * its digest and size. Resolves to the digest of the image's manifest. Rejects with `IMAGE_INVALID` if a
 * document is malformed or the index does not list exactly one image for the target, and with the codes of
 * the repository.
 */
export async function fetchImage(
  repository: ImageRepository,
  wanted: Digest,
  target: TargetSystem,
  folder: string,
): Promise<Digest> {
  const found = await findManifest(repository, wanted, target);
  const { config, layers } = parseDocument(found.bytes, IMAGE_MANIFEST, found.digest);
  const blobs = new Map([config, ...layers].map((blob) => [blob.digest, blob]));
  const bytes = [...blobs.values()].reduce((sum, { size }) => sum + size, 0);
  if (bytes > MAX_IMAGE_BYTES) throw invalid(found.digest, `claims a size of ${bytes} bytes`);
  const blobFolder = join(folder, "blobs/sha256");
  await mkdir(blobFolder, { recursive: true });
  const fileOf = (name: Digest) => join(blobFolder, name.slice("sha256:".length));
  for (const blob of blobs.values()) {
    await repository.fetchBlob({ digest: blob.digest, sizeBytes: blob.size }, fileOf(blob.digest));
  }
  const { mediaType } = found;
  await writeFile(fileOf(found.digest), found.bytes);
  const descriptor = { mediaType, digest: found.digest, size: found.bytes.length };
  await writeFile(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }));
  await writeFile(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  return found.digest;
}

/**
 * The images of a candidate: the entries of an index, without attestations, which list the platform
 * `unknown/unknown` so that no engine takes them for an image; or the image itself. Rejects like
 * `fetchImage`.
 * @see https://docs.docker.com/build/metadata/attestations/attestation-storage/
 */
export async function listImages(
  repository: ImageRepository,
  wanted: Digest,
): Promise<readonly ListedImage[]> {
  const document = await readDocument(repository, wanted);
  if (!INDEX_TYPES.includes(document.mediaType)) return [{ digest: wanted, platform: "unlisted" }];
  return parseDocument(document.bytes, INDEX, wanted)
    .manifests.filter(({ platform }) => platform?.os !== "unknown" || platform.architecture !== "unknown")
    .map(({ digest: own, platform }) => ({ digest: own, platform }));
}

/**
 * The size in bytes of an image for `target`, compressed, as its manifest says: that of its config and its
 * layers. Undefined if `wanted` is an image index that does not list exactly one image for the target.
 * Rejects with `IMAGE_INVALID` if a document is malformed, and with the codes of the repository.
 */
export async function readImageSize(
  repository: ImageRepository,
  wanted: Digest,
  target: TargetSystem,
): Promise<number | undefined> {
  const document = await readDocument(repository, wanted);
  let { bytes } = document;
  if (INDEX_TYPES.includes(document.mediaType)) {
    const [only, ...others] = pickPlatform(target, parseDocument(bytes, INDEX, wanted).manifests);
    if (only === undefined || others.length > 0) return undefined;
    ({ bytes } = await readDocument(repository, only.digest));
  }
  const { config, layers } = parseDocument(bytes, IMAGE_MANIFEST, wanted);
  return [config, ...layers].reduce((sum, { size }) => sum + size, 0);
}

/**
 * Reads the manifest of an image, or of the target's image in an index. Rejects like `fetchImage`.
 */
export async function findManifest(place: ImageRepository, wanted: Digest, target: TargetSystem) {
  const document = await readDocument(place, wanted);
  if (!INDEX_TYPES.includes(document.mediaType)) return document;
  const { manifests } = parseDocument(document.bytes, INDEX, wanted);
  const [only, ...others] = pickPlatform(target, manifests);
  if (only === undefined || others.length > 0) {
    const platform = renderPlatform(platformOf(target));
    throw invalid(wanted, `lists ${only === undefined ? "no image" : "several images"} for ${platform}`);
  }
  const manifest = await readDocument(place, only.digest);
  const { size, mediaType } = only;
  if (size !== manifest.bytes.length || mediaType !== manifest.mediaType) {
    const actual = `${manifest.mediaType} of ${manifest.bytes.length} bytes`;
    throw invalid(wanted, `describes ${only.digest} as ${mediaType} of ${size} bytes, but it is ${actual}`);
  }
  return manifest;
}

/** Prefers the media type in the document to the Content-Type header, which the digest does not cover. */
async function readDocument(place: ImageRepository, name: Digest) {
  const { bytes, mediaType } = await place.readManifest(name);
  const said = parseDocument(bytes, z.looseObject({ mediaType: z.string().optional() }), name);
  return { bytes, digest: name, mediaType: said.mediaType ?? mediaType };
}

/** Parses a document with the digest `name`. Throws `IMAGE_INVALID` if it is malformed. */
export function parseDocument<T>(bytes: Uint8Array, schema: z.ZodType<T>, name: Digest): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
  } catch (cause) {
    throw invalid(name, "is not an image manifest or index", cause);
  }
}

function invalid(name: Digest, why: string, cause?: unknown): ActionError {
  return new ActionError("IMAGE_INVALID", `${name} ${why}`, {
    cause,
    hint:
      "Set the input image to the build's output of that name, and the input systems to systems that " +
      "it was built for.",
  });
}

/**
 * Writes a blob into a file. Rejects with `REGISTRY_FAILED` if the content does not match the blob's
 * digest and size; the file must then not be used.
 */
export async function writeBlob(
  body: AsyncIterable<Uint8Array>,
  { digest: wanted, sizeBytes }: Pick<Blob, "digest" | "sizeBytes">,
  file: string,
): Promise<void> {
  const hash = createHash("sha256");
  let size = 0;
  const check = async function* () {
    for await (const chunk of body) {
      size += chunk.length;
      if (size > sizeBytes) break;
      hash.update(chunk);
      yield chunk;
    }
  };
  await pipeline(check, createWriteStream(file));
  if (size === sizeBytes && digestOfHex(hash.digest("hex")) === wanted) return;
  throw new ActionError("REGISTRY_FAILED", `the content of blob ${wanted} does not match its digest`, {
    hint:
      "The blob was not used. Run again. If the error persists, the registry or a proxy in front of it " +
      "alters or corrupts blobs.",
  });
}
