import { readFile, rm } from "node:fs/promises";

import * as z from "zod";

import { ActionError } from "../errors/action-error.js";
import { type Digest, isDigest } from "../model/digest.js";
import type { Blob } from "../model/image.js";
import type { TargetSystem } from "../model/system.js";
import { findManifest, IMAGE_MANIFEST, parseDocument } from "./fetch-image.js";
import type { ImageRepository } from "./image-repository.js";

export type ListedLayer = Pick<Blob, "mediaType" | "digest" | "sizeBytes">;

/**
 * What an image says about its layers. Whoever pushed it may have listed a blob that unpacks to something
 * else.
 */
export interface ListedLayers {
  /** By the digest of the layer's tar. */
  readonly blobs: ReadonlyMap<Digest, ListedLayer>;
  /** The digests of the layers' tars, by the comments that the config's history has on them. */
  readonly diffIds: ReadonlyMap<string, Digest>;
}

/** More than a config needs. */
const MAX_CONFIG_BYTES = 4 << 20;

const CONFIG = z.looseObject({
  rootfs: z.looseObject({ diff_ids: z.array(z.string().refine(isDigest)) }),
  history: z
    .array(z.looseObject({ comment: z.string().optional(), empty_layer: z.boolean().optional() }))
    .nullish(),
});

/**
 * Reads the list of layers of the image `wanted`, or of the target's image in that index. `file` is where to
 * keep the config meanwhile. Rejects like `fetchImage`.
 */
export async function readListedLayers(
  repository: ImageRepository,
  wanted: Digest,
  target: TargetSystem,
  file: string,
): Promise<ListedLayers> {
  const manifest = await findManifest(repository, wanted, target);
  const { config, layers } = parseDocument(manifest.bytes, IMAGE_MANIFEST, manifest.digest);
  if (config.size > MAX_CONFIG_BYTES) throw invalid(config.digest, `has a config of ${config.size} bytes`);
  let bytes: Uint8Array;
  try {
    await repository.fetchBlob({ digest: config.digest, sizeBytes: config.size }, file);
    bytes = await readFile(file);
  } finally {
    await rm(file, { force: true });
  }
  const { rootfs, history } = parseDocument(bytes, CONFIG, config.digest);
  const diffIds = rootfs.diff_ids;
  if (diffIds.length !== layers.length)
    throw invalid(manifest.digest, `has ${layers.length} layers, but a config with ${diffIds.length}`);
  const comments = (history ?? [])
    .filter(({ empty_layer: isEmpty = false }) => !isEmpty)
    .map(({ comment }) => comment);
  return {
    blobs: new Map(
      layers.flatMap(({ mediaType, digest, size }, i) => {
        const diffId = diffIds[i];
        return diffId === undefined ? [] : [[diffId, { mediaType, digest, sizeBytes: size }] as const];
      }),
    ),
    diffIds: new Map(
      diffIds.flatMap((diffId, i) => {
        const comment = comments.length === diffIds.length ? comments[i] : undefined;
        return comment === undefined ? [] : [[comment, diffId] as const];
      }),
    ),
  };
}

function invalid(name: Digest, why: string): ActionError {
  return new ActionError("IMAGE_INVALID", `${name} ${why}`, {
    hint: "Look at the image with `skopeo inspect`. If another tool has pushed it, its layers are not used.",
  });
}
