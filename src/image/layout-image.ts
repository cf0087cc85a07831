import { z } from "zod";

import { INDEX_TYPES } from "../model/media-type.js";
import { type Digest, digestOf } from "../model/digest.js";
import { isPlatformOf, platformOf, renderPlatform, type TargetSystem } from "../model/system.js";
import type { ArchiveEntries } from "./archive-entries.js";

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const DESCRIPTOR = z.looseObject({
  mediaType: z.string(),
  digest,
  platform: z
    .looseObject({ os: z.string(), architecture: z.string(), variant: z.string().optional() })
    .optional(),
});
const INDEX = z.looseObject({ manifests: z.array(DESCRIPTOR) });
const MANIFEST = z.looseObject({
  mediaType: z.string().optional(),
  config: z.looseObject({ digest }),
  layers: z.array(z.looseObject({ digest })),
  annotations: z.record(z.string(), z.string()).optional(),
});

const MAX_DEPTH = 3;

/** An image of an OCI layout, whose documents match their digests. */
export interface LayoutImage {
  readonly manifest: { readonly bytes: Uint8Array; readonly digest: Digest };
  readonly config: string;
  /** The digests of the layers' blobs, lowest first. */
  readonly layers: readonly string[];
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/**
 * Finds the only image for a target in an OCI layout, including nested indexes. Throws a plain Error if there
 * is none or more than one.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-index.md
 */
export function findLayoutImage(members: ArchiveEntries, target: TargetSystem): LayoutImage {
  const found = findManifests(members, readJson(members.documents.get("/index.json")), target, 0);
  const [only, ...others] = [...new Set(found)];
  if (only === undefined || others.length > 0) {
    throw new Error(
      `its index lists ${only === undefined ? "no image" : `${found.length} images`} ` +
        `for ${renderPlatform(platformOf(target))} instead of one`,
    );
  }
  const bytes = readBlob(members, only);
  const { config, layers, annotations } = MANIFEST.parse(readJson(bytes));
  return {
    manifest: { bytes, digest: digestOf(bytes) },
    config: config.digest,
    layers: layers.map((layer) => layer.digest),
    annotations,
  };
}

/** The bytes of a document of the layout. Throws a plain Error if they do not match the digest. */
export function readBlob({ documents }: ArchiveEntries, name: string): Uint8Array {
  const bytes = documents.get(blobName(name));
  if (bytes === undefined) throw new Error(`it does not contain ${name}`);
  if (digestOf(bytes) !== name) throw new Error(`the content of ${name} does not match its digest`);
  return bytes;
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
): readonly string[] {
  if (depth > MAX_DEPTH) throw new Error("its indexes are nested too deeply");
  return INDEX.parse(index).manifests.flatMap((descriptor) => {
    if (INDEX_TYPES.includes(descriptor.mediaType)) {
      return findManifests(members, readJson(readBlob(members, descriptor.digest)), target, depth + 1);
    }
    const { platform, digest } = descriptor;
    return platform === undefined || isPlatformOf(target, platform) ? [digest] : [];
  });
}

function readJson(bytes: Uint8Array | undefined): unknown {
  if (bytes === undefined) throw new Error("it has no index.json");
  return JSON.parse(new TextDecoder("utf8", { fatal: true }).decode(bytes));
}
