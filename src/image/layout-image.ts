import * as z from "zod";

import { digestOf } from "../model/digest.js";
import {
  CONFIG_TYPES,
  DOCKER_MANIFEST,
  INDEX_TYPES,
  LAYER_TYPES,
  OCI_MANIFEST,
} from "../model/media-type.js";
import { NAMED_PLATFORM } from "../model/named-platform.js";
import { pickPlatform, platformOf, renderPlatform, type TargetSystem } from "../model/system.js";
import type { ArchiveEntries } from "./archive-entries.js";
import { parseGoJson } from "./json.js";
import type { ArchiveLayer } from "./layer.js";

const DESCRIPTOR = z.looseObject({
  mediaType: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  // Compared with the blob. Of another platform's image, there is no blob.
  size: z.number().optional(),
  data: z.string().optional(),
});
const INDEX = z.looseObject({
  manifests: z.array(DESCRIPTOR.extend({ platform: NAMED_PLATFORM.optional() })),
});
const MANIFEST = z.looseObject({
  mediaType: z.enum([OCI_MANIFEST, DOCKER_MANIFEST]).optional(),
  config: DESCRIPTOR,
  layers: z.array(DESCRIPTOR),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** What a document says about a blob. @see OCI image-spec, descriptor.md */
export type Descriptor = Readonly<z.infer<typeof DESCRIPTOR>>;

const MAX_DEPTH = 3;

/** An image of an OCI layout, whose documents match their descriptors. */
export interface LayoutImage {
  readonly manifest: { readonly mediaType: string; readonly bytes: Uint8Array };
  readonly config: Descriptor;
  /** The layers' blobs, lowest first. Check them with `requireDescribed`. */
  readonly layers: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/**
 * Finds the only image for a target in an OCI layout, including nested indexes. What else may lie beside it,
 * such as SBOMs and signatures, does not count. Throws a plain Error if there is none or more than one.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-index.md
 */
export function findLayoutImage(members: ArchiveEntries, target: TargetSystem): LayoutImage {
  const listed = findManifests(members, readJson(members.documents.read("/index.json")), target, 0);
  const unique = [...new Map(listed.map((item) => [item.digest, item])).values()];
  const found = unique.length > 1 ? unique.filter((item) => isImage(members, item)) : unique;
  const [only, ...others] = found;
  if (only === undefined || others.length > 0) {
    throw new Error(
      `its index lists ${only === undefined ? "no image" : `${others.length + 1} images`} ` +
        `for ${renderPlatform(platformOf(target))} instead of one`,
    );
  }
  const bytes = readBlob(members, only);
  const { config, layers, annotations, mediaType = only.mediaType } = MANIFEST.parse(readJson(bytes));
  requireType(only, [mediaType]);
  requireType({ digest: only.digest, mediaType }, [OCI_MANIFEST, DOCKER_MANIFEST]);
  requireType(config, CONFIG_TYPES);
  return { manifest: { mediaType, bytes }, config, layers, annotations };
}

/**
 * Throws a plain Error if a layer is not the blob that its descriptor describes: another digest, size or
 * compression. Docker loads such a layer, but containerd and Podman cannot pull it.
 */
export function requireDescribed(descriptor: Descriptor, layer: ArchiveLayer): void {
  const { digest, mediaType } = descriptor;
  // An archive may have the layer uncompressed, in which case it is compressed here.
  const isOriginal = digest === layer.digest;
  if (!isOriginal && digest !== layer.diffId)
    throw new Error(`the content of ${digest} does not match its digest`);
  requireSize(descriptor, isOriginal ? layer.sizeBytes : layer.tarBytes);
  const compression = LAYER_TYPES[mediaType];
  if (compression === undefined) throw unknownType(descriptor);
  const actual = isOriginal ? (LAYER_TYPES[layer.mediaType] ?? "unknown") : "none";
  if (compression !== actual) {
    throw new Error(`its layer ${digest} is described as ${mediaType}, but its compression is ${actual}`);
  }
}

/** The bytes of a document of the layout. Throws a plain Error if they do not match the descriptor. */
export function readBlob({ documents }: ArchiveEntries, descriptor: Descriptor): Uint8Array {
  const { digest } = descriptor;
  const bytes = documents.read(blobName(digest));
  if (bytes === undefined) throw new Error(`it does not contain ${digest}`);
  if (digestOf(bytes) !== digest) throw new Error(`the content of ${digest} does not match its digest`);
  requireSize(descriptor, bytes.length);
  return bytes;
}

function requireSize({ digest, size, data }: Descriptor, actual: number): void {
  if (size !== actual) {
    const described = size === undefined ? "without a size" : `with a size of ${size} bytes`;
    throw new Error(`it describes ${digest} ${described}, but the blob has ${actual} bytes`);
  }
  if (data !== undefined && digestOf(Buffer.from(data, "base64")) !== digest) {
    throw new Error(`it embeds other data than ${digest} in its descriptor`);
  }
}

function requireType(descriptor: Pick<Descriptor, "digest" | "mediaType">, known: readonly string[]): void {
  if (!known.includes(descriptor.mediaType)) throw unknownType(descriptor);
}

function unknownType({ digest, mediaType }: Pick<Descriptor, "digest" | "mediaType">): Error {
  return new Error(`it describes ${digest} with the wrong media type ${JSON.stringify(mediaType)}`);
}

/** The path in a layout of the blob with this digest. */
export function blobName(name: string): string {
  return `/blobs/sha256/${name.slice("sha256:".length)}`;
}

function findManifests(
  members: ArchiveEntries,
  index: unknown,
  target: TargetSystem,
  depth: number,
): readonly Descriptor[] {
  if (depth > MAX_DEPTH) throw new Error("its indexes are nested too deeply");
  const { manifests } = INDEX.parse(index);
  const nested = manifests.filter(({ mediaType }) => INDEX_TYPES.includes(mediaType));
  const images = manifests.filter((descriptor) => !nested.includes(descriptor));
  return [
    ...nested.flatMap((item) => findManifests(members, readJson(readBlob(members, item)), target, depth + 1)),
    ...images.filter(({ platform }) => platform === undefined),
    ...pickPlatform(target, images),
  ];
}

const ANY_MANIFEST = z.looseObject({
  config: z.looseObject({ mediaType: z.string() }).optional(),
  layers: z.array(z.looseObject({ mediaType: z.string() })).default([]),
});

/**
 * Whether a manifest describes an image, not an artifact. `artifactType` does not say so: crane writes one
 * into the descriptors of images. Nor does the config alone: cosign gives its signatures the config of an
 * image.
 * @see OCI image-spec, manifest.md, "Guidelines for Artifact Usage"
 */
function isImage(members: ArchiveEntries, descriptor: Descriptor): boolean {
  if (![OCI_MANIFEST, DOCKER_MANIFEST].includes(descriptor.mediaType)) return false;
  const { config, layers } = ANY_MANIFEST.parse(readJson(readBlob(members, descriptor)));
  const hasLayers = layers.length === 0 || layers.some(({ mediaType }) => mediaType in LAYER_TYPES);
  return config !== undefined && CONFIG_TYPES.includes(config.mediaType) && hasLayers;
}

function readJson(bytes: Uint8Array | undefined): unknown {
  if (bytes === undefined) throw new Error("it has no index.json");
  return parseGoJson(bytes);
}
