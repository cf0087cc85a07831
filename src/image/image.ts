import { mkdtemp, stat } from "node:fs/promises";
import { join, posix } from "node:path";

import * as z from "zod";

import { ActionError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import { DEFAULT_COMPRESSION, type LayerCompression } from "../model/compression.js";
import { countOf } from "../model/count.js";
import { type Digest, digestOf } from "../model/digest.js";
import type { Blob, OciImage } from "../model/image.js";
import { OCI_CONFIG, OCI_MANIFEST } from "../model/media-type.js";
import { isPlatformOf, platformOf, renderPlatform, type TargetSystem } from "../model/system.js";
import { blobOf, describeBlob } from "./blob.js";
import { readArchive } from "./docker-archive.js";
import { type AuditResult, mergeAudits, type MergeOptions } from "./audit.js";
import { type BudgetLimits, createBudget, DEFAULT_LIMITS } from "./budget.js";
import type { ArchiveLayer } from "./layer.js";
import { createEntryReader, type ArchiveEntries, type UncompressedLayers } from "./archive-entries.js";
import { describeMissingManifest, describeUnknownLayer, FormError } from "./image-form.js";
import { readOciFolder } from "./oci-folder.js";
import { parseGoJson, parseJson } from "./json.js";
import { blobName, findLayoutImage, readBlob, requireDescribed } from "./layout-image.js";

export interface ReadImageOptions {
  readonly workFolder: string;
  readonly limits?: BudgetLimits;
  /** Stops the reading, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A file or folder with an image: the one that was built, or the base of it. */
export interface ImageFile {
  readonly role: "image" | "base";
  /** In the store, if anything is to be recorded. */
  readonly path: string;
}

/** Reads the parts of an image, or gives those that an earlier run has recorded. */
export type RememberParts = (file: ImageFile, read: () => Promise<ReadParts>) => Promise<ReadParts>;

export interface BuiltImageOptions extends ReadImageOptions, AuditOptions {
  readonly rememberParts?: RememberParts | undefined;
  /** How uncompressed layers are compressed; `DEFAULT_COMPRESSION` if undefined. */
  readonly compression?: LayerCompression;
}

export interface AuditOptions {
  /** Globs of absolute paths where files for another CPU are allowed. */
  readonly auditAllow: readonly string[];
}

/** An image read from disk, ready to be pushed or run. */
export interface ReadImage {
  readonly image: OciImage;
  /** The digest of the config, which is the image ID in Docker. */
  readonly imageId: Digest;
  /** The name of its base image, from its annotations or labels. */
  readonly baseName: string | undefined;
}

/** An image with the audit of its files. */
export interface AuditedImage extends ReadImage {
  readonly audit: AuditResult;
}

/** The image of one target. */
export interface TargetImage {
  readonly target: TargetSystem;
  readonly read: ReadImage;
}

const MANIFEST = z.array(z.object({ Config: z.string(), Layers: z.array(z.string()) }));
const LABELS = z.record(z.string(), z.string());
const CONFIG = z.object({
  architecture: z.string(),
  os: z.string(),
  variant: z.string().optional(),
  config: z.looseObject({ Labels: LABELS.nullish() }).nullish(),
  rootfs: z.object({ diff_ids: z.array(z.string()) }),
});
/** @see https://github.com/opencontainers/image-spec/blob/main/annotations.md */
export const BASE_NAME = "org.opencontainers.image.base.name";

/**
 * Reads and audits an image that Nix built for a target. The image is a docker-archive, an OCI archive (both
 * may be compressed as a whole) or an OCI layout folder. Verifies each layer against the config, and the
 * config against the target's platform. Compresses uncompressed layers; an OCI layout whose layers are all
 * compressed keeps its manifest. The same file always gives the same manifest. Writes the layers into
 * `workFolder`. Rejects with `IMAGE_INVALID`.
 * @see https://github.com/opencontainers/image-spec/blob/main/manifest.md
 */
export function readImage(
  path: string,
  target: TargetSystem,
  options: BuiltImageOptions,
): Promise<AuditedImage> {
  const { compression = DEFAULT_COMPRESSION, auditAllow: allow, limits, signal } = options;
  return rejectInvalid(path, options, async () => {
    const read = () => readParts(path, target, compression, options);
    const { parts, spent } = await (options.rememberParts?.({ role: "image", path }, read) ?? read());
    // How much may still be read before a limit is reached.
    const budget = createBudget(limits ?? DEFAULT_LIMITS, signal);
    budget.add(spent);
    return auditImage(parts, { target, allow, budget });
  });
}

/** Checks the parts of an image, and merges the audits of its layers. Throws plain Errors. */
export function auditImage(parts: ImageParts, options: MergeOptions): AuditedImage {
  const audits = parts.layers.map(({ audit }) => audit);
  return { ...composeImage(parts, options.target), audit: mergeAudits(audits, options) };
}

/**
 * Reads an image that is already published, from an OCI layout folder. Keeps its manifest and its layers,
 * compressed or not, and verifies them as `readImage` does. Does not report an audit: the job that built the
 * image audited it, and only that job knows `audit-allow`. Rejects with `IMAGE_INVALID`.
 */
export function readPublishedImage(
  path: string,
  target: TargetSystem,
  options: ReadImageOptions,
): Promise<ReadImage> {
  return rejectInvalid(path, options, async () => {
    const { parts } = await readParts(path, target, "keep", options);
    return composeImage(parts, target);
  });
}

export interface ReadParts {
  readonly parts: ImageParts;
  /** What reading them has cost. */
  readonly spent: BudgetLimits;
}

async function readParts(
  path: string,
  target: TargetSystem,
  uncompressed: UncompressedLayers,
  options: ReadImageOptions,
): Promise<ReadParts> {
  // A run may read several images, so each one gets its own folder.
  const folder = await mkdtemp(join(options.workFolder, "layers-"));
  const budget = createBudget(options.limits ?? DEFAULT_LIMITS, options.signal);
  const reader = createEntryReader({ target, workFolder: folder, budget, uncompressed });
  const isFolder = (await stat(path)).isDirectory();
  await (isFolder ? readOciFolder : readArchive)(path, reader, budget);
  return { parts: readImageParts(reader.members, target), spent: budget.spent() };
}

function composeImage(
  { config, layers, manifest, annotations }: ImageParts,
  target: TargetSystem,
): ReadImage {
  checkConfig(config, layers, target);
  return {
    image: { manifest, config: blobOf(OCI_CONFIG, config), layers: layers.map(toBlob) },
    imageId: digestOf(config),
    baseName: findBaseName({ config, annotations }),
  };
}

/** The name of the base image that an image's annotations or labels give. Throws plain Errors. */
export function findBaseName({
  config,
  annotations,
}: Pick<ImageParts, "config" | "annotations">): string | undefined {
  return annotations?.[BASE_NAME] ?? parseDocument(config, "config", CONFIG).config?.Labels?.[BASE_NAME];
}

const NOT_AN_IMAGE =
  "The first installable must be an image for the target: built by dockerTools, or an OCI layout. " +
  "Check the package that builds it, in particular its architecture.";

/** Runs `work`, and rejects with `IMAGE_INVALID` if it throws a plain Error about the image at `path`. */
export async function rejectInvalid<Result>(
  path: string,
  { workFolder, signal }: ReadImageOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof ActionError) throw cause;
    const isOurDisk = isErrno(cause, "ENOSPC", "EDQUOT", "EIO", "EROFS", "EMFILE");
    const hint = isOurDisk
      ? `The image may be valid. Check the disk that holds ${workFolder}.`
      : NOT_AN_IMAGE;
    throw new ActionError("IMAGE_INVALID", `${path} cannot be used as an image`, {
      cause,
      hint: cause instanceof FormError ? cause.hint : hint,
    });
  }
}

/** An image before it is checked. */
export interface ImageParts {
  readonly config: Uint8Array;
  readonly layers: readonly ArchiveLayer[];
  readonly manifest: Blob;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** The names of the layers' members in a docker-archive. */
  readonly layerNames?: readonly string[] | undefined;
}

function readImageParts(members: ArchiveEntries, target: TargetSystem): ImageParts {
  // `docker save` of Docker 25 and later writes both: only the layout has the image's own manifest.
  if (members.documents.has("/index.json")) return readLayoutImage(members, target);
  if (members.documents.has("/manifest.json")) return readDockerImage(members);
  throw describeMissingManifest();
}

/** The image of a docker-archive. Throws plain Errors. */
export function readDockerImage(members: ArchiveEntries): ImageParts {
  const described = parseDocument(
    readDocument(members, "manifest.json"),
    "manifest.json",
    MANIFEST,
    parseJson,
  );
  const [only, ...others] = described;
  if (only === undefined || others.length > 0) {
    throw new Error(`its manifest.json lists ${described.length} images instead of one`);
  }
  const config = readDocument(members, only.Config);
  const layers = only.Layers.map((name) => findLayer(members, name));
  return { config, layers, manifest: renderManifest(config, layers), layerNames: only.Layers };
}

function readLayoutImage(members: ArchiveEntries, target: TargetSystem): ImageParts {
  const found = findLayoutImage(members, target);
  const config = readBlob(members, found.config);
  const layers = found.layers.map((descriptor) => {
    const layer = findLayer(members, blobName(descriptor.digest));
    requireDescribed(descriptor, layer);
    return layer;
  });
  // Compressing a layer changes its digest, so the original manifest no longer fits.
  const isKept = layers.every(({ digest }, i) => digest === found.layers[i]?.digest);
  const manifest = isKept
    ? blobOf(found.manifest.mediaType, found.manifest.bytes)
    : renderManifest(config, layers, found.annotations);
  return { config, layers, manifest, annotations: found.annotations };
}

function checkConfig(bytes: Uint8Array, layers: readonly ArchiveLayer[], target: TargetSystem): void {
  const { architecture, os, variant, rootfs } = parseDocument(bytes, "config", CONFIG);
  if (!isPlatformOf(target, { os, architecture, variant })) {
    const named = [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");
    throw new Error(
      `its config is for ${JSON.stringify(named)}, but ${target} is ${renderPlatform(platformOf(target))}`,
    );
  }
  const diffIds = layers.map(({ diffId }) => diffId);
  const wrong = diffIds.findIndex((diffId, index) => diffId !== rootfs.diff_ids[index]);
  if (wrong !== -1)
    throw new Error(`layer ${wrong + 1} is ${diffIds[wrong] ?? ""}, but its config lists another`);
  if (diffIds.length !== rootfs.diff_ids.length) {
    const count = countOf(diffIds.length, "layer");
    throw new Error(`it has ${count}, but its config lists ${rootfs.diff_ids.length}`);
  }
}

/** The manifest of an image whose layers are new. */
export function renderManifest(
  config: Uint8Array,
  layers: readonly ArchiveLayer[],
  annotations?: Readonly<Record<string, string>>,
): Blob {
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: describeBlob(blobOf(OCI_CONFIG, config)),
    layers: layers.map((layer) => describeBlob(toBlob(layer))),
    ...(annotations !== undefined && { annotations }),
  };
  return blobOf(OCI_MANIFEST, Buffer.from(JSON.stringify(manifest)));
}

/** The blob of a layer. */
export function toBlob({ mediaType, digest, sizeBytes, source }: Omit<ArchiveLayer, "audit">): Blob {
  return { mediaType, digest, sizeBytes, source };
}

function findLayer({ layers, links, documents }: ArchiveEntries, name: string): ArchiveLayer {
  const member = posix.resolve("/", name);
  const layer = layers.get(member) ?? layers.get(links.get(member) ?? "");
  if (layer === undefined && documents.has(member)) throw describeUnknownLayer(name);
  if (layer === undefined) throw new Error(`it does not contain the layer ${JSON.stringify(name)}`);
  if ("problem" in layer) throw layer.problem;
  return layer;
}

function readDocument({ documents }: ArchiveEntries, name: string): Uint8Array {
  const bytes = documents.read(posix.resolve("/", name));
  if (bytes === undefined) throw new Error(`it does not contain ${JSON.stringify(name)}`);
  return bytes;
}

/** Parses a document of an image, called `name`. Throws a plain Error if it is malformed. */
export function parseDocument<T>(
  bytes: Uint8Array,
  name: string,
  schema: z.ZodType<T>,
  parse = parseGoJson,
): T {
  try {
    return schema.parse(parse(bytes));
  } catch (cause) {
    throw new Error(`its ${name} is malformed`, { cause });
  }
}
