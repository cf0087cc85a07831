import { createHash } from "node:crypto";
import { posix } from "node:path";

import { z } from "zod";

import { ActionError } from "../errors/action-error.js";
import { type Digest, digestOfHex } from "../model/digest.js";
import type { Blob, OciImage } from "../model/image.js";
import { platformOf, type TargetSystem } from "../model/system.js";
import { type AuditResult, mergeAudits } from "./audit.js";
import { type BudgetLimits, createBudget, DEFAULT_LIMITS } from "./budget.js";
import { type ArchiveMembers, readArchiveMembers } from "./docker-archive.js";
import type { ArchiveLayer } from "./layer.js";

export interface ReadImageOptions {
  /** Globs of absolute paths at which files for another CPU are meant to be. */
  readonly auditAllow: readonly string[];
  readonly workFolder: string;
  readonly limits?: BudgetLimits;
}

/** An image read from the file that Nix built, ready to be pushed. */
export interface ReadImage {
  readonly image: OciImage;
  /** The digest of the config: the image ID of Docker. */
  readonly imageId: Digest;
  readonly audit: AuditResult;
}

const MANIFEST = z.array(z.object({ Config: z.string(), Layers: z.array(z.string()) }));
const CONFIG = z.object({
  architecture: z.string(),
  os: z.string(),
  rootfs: z.object({ diff_ids: z.array(z.string()) }),
});

/**
 * Reads an image for a target: every layer's bytes are held to the config, the config to the target's platform, and the
 * same file always gives the same manifest. Compressed layers go into `workFolder`. Rejects with `IMAGE_INVALID`.
 * @see https://github.com/opencontainers/image-spec/blob/main/manifest.md
 */
export async function readImage(
  file: string,
  target: TargetSystem,
  options: ReadImageOptions,
): Promise<ReadImage> {
  const budget = createBudget(options.limits ?? DEFAULT_LIMITS);
  const members = await readArchiveMembers(file, target, options.workFolder, budget);
  const described = readDocument(members, "manifest.json", MANIFEST, file);
  const [only, ...others] = described.value;
  if (only === undefined || others.length > 0) {
    throw invalid(file, `its manifest.json lists ${described.value.length} images instead of one`);
  }
  const config = readDocument(members, only.Config, CONFIG, file);
  const layers = only.Layers.map((name) => findLayer(members, name, file));
  checkConfig(config.value, layers, target, file);

  const configBlob = blobOf("application/vnd.oci.image.config.v1+json", config.bytes);
  const layerBlobs = layers.map((layer): Blob => ({
    mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
    digest: layer.digest,
    sizeBytes: layer.sizeBytes,
    source: { file: layer.file },
  }));
  return {
    image: { manifest: renderManifest(configBlob, layerBlobs), config: configBlob, layers: layerBlobs },
    imageId: configBlob.digest,
    audit: mergeAudits(
      layers.map(({ audit }) => audit),
      options.auditAllow,
    ),
  };
}

function checkConfig(
  { architecture, os, rootfs }: z.infer<typeof CONFIG>,
  layers: readonly ArchiveLayer[],
  target: TargetSystem,
  file: string,
): void {
  const platform = platformOf(target);
  if (os !== platform.os || architecture !== platform.architecture) {
    throw invalid(
      file,
      `its config says ${JSON.stringify(`${os}/${architecture}`)}, and ${target} is ${platform.os}/${platform.architecture}`,
    );
  }
  const diffIds = layers.map(({ diffId }) => diffId);
  const wrong = diffIds.findIndex((diffId, index) => diffId !== rootfs.diff_ids[index]);
  if (wrong !== -1 || diffIds.length !== rootfs.diff_ids.length) {
    throw invalid(
      file,
      wrong === -1
        ? `it has ${diffIds.length} layers, and its config names ${rootfs.diff_ids.length}`
        : `layer ${wrong + 1} is ${diffIds[wrong] ?? ""}, and its config names another`,
    );
  }
}

function renderManifest(config: Blob, layers: readonly Blob[]): Blob {
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const describe = ({ mediaType, digest, sizeBytes }: Blob) => ({ mediaType, digest, size: sizeBytes });
  const manifest = { schemaVersion: 2, mediaType, config: describe(config), layers: layers.map(describe) };
  return blobOf(mediaType, Buffer.from(JSON.stringify(manifest)));
}

function blobOf(mediaType: string, bytes: Uint8Array): Blob {
  const digest = digestOfHex(createHash("sha256").update(bytes).digest("hex"));
  return { mediaType, digest, sizeBytes: bytes.length, source: { bytes } };
}

function findLayer({ layers, links }: ArchiveMembers, name: string, file: string): ArchiveLayer {
  const member = posix.resolve("/", name);
  const layer = layers.get(member) ?? layers.get(links.get(member) ?? "");
  if (layer === undefined) throw invalid(file, `the layer ${JSON.stringify(name)} is not in it`);
  return layer;
}

function readDocument<T>({ documents }: ArchiveMembers, name: string, schema: z.ZodType<T>, file: string) {
  const bytes = documents.get(posix.resolve("/", name));
  if (bytes === undefined) throw invalid(file, `${JSON.stringify(name)} is not in it`);
  try {
    return { bytes, value: schema.parse(JSON.parse(new TextDecoder("utf8", { fatal: true }).decode(bytes))) };
  } catch (cause) {
    throw invalid(file, `${JSON.stringify(name)} is malformed`, cause);
  }
}

function invalid(file: string, why: string, cause?: unknown): ActionError {
  return new ActionError("IMAGE_INVALID", `${file} is not an image that can be shipped: ${why}`, {
    cause,
    hint: "Check the package that builds the image, its architecture above all.",
  });
}
