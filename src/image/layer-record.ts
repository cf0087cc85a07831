import { createHash } from "node:crypto";

import * as z from "zod";

import { isDigest } from "../model/digest.js";
import type { StorePath } from "../model/store-path.js";
import { type ArchiveLayer, mediaTypeOf } from "./layer.js";
import { type LayerJob, type LayerSource, listPaths, type MadeLayer } from "./make-layer.js";

/**
 * Raise this number when the same job gives other bytes than before. A test compares them with those of this
 * version.
 */
const WRITER_VERSION = 1;
/** Raise this number when the audit of a layer finds something else in the same bytes. */
const AUDIT_VERSION = 2;

/** What determines the bytes and the audit of a layer. */
export interface LayerKey {
  /** The store path of the record. It names the key, not the content, so a cache must be trusted for it. */
  readonly path: StorePath;
  /** All that the key is made of, as JSON. */
  readonly inputs: string;
}

/** A layer that has been made before, in this run or in another one. */
export interface RecordedLayer {
  readonly layer: Omit<ArchiveLayer, "source">;
  readonly spent: MadeLayer["spent"];
}

/**
 * The key of the layer that a job makes. `hashes` are those of the store paths' serializations; undefined if
 * one is missing.
 */
export function findLayerKey(
  { source, target, compression }: Omit<LayerJob, "file" | "limits">,
  hashes: ReadonlyMap<string, string>,
): LayerKey | undefined {
  const hashed = listPaths(source).map((path) => [path, hashes.get(path)] as const);
  if (hashed.length === 0 || hashed.some(([, hash]) => hash === undefined)) return undefined;
  return toKey("layer", { target, compression }, [
    [source.kind, ...renderOptions(source)],
    ["paths", ...hashed],
  ]);
}

/** The key of something that is made for a target with a compression, and of `what` else determines it. */
export function toKey(
  name: "layer" | "image",
  { target, compression: { format, level } }: Pick<LayerJob, "target" | "compression">,
  what: readonly unknown[],
): LayerKey {
  const inputs = JSON.stringify([
    ["writer", WRITER_VERSION],
    ["audit", AUDIT_VERSION],
    ["target", target],
    ["compression", format, level, process.versions[format === "gzip" ? "zlib" : "zstd"]],
    ...what,
  ]);
  const hash = createHash("sha256").update(inputs).digest("hex");
  return { path: `/nix/store/${toNixBase32(hash.slice(0, 40))}-cross-build-${name}`, inputs };
}

/** What determines the tar of a layer besides the content of its store paths. */
function renderOptions(source: LayerSource): readonly unknown[] {
  switch (source.kind) {
    case "store": {
      const { owner, rootMode, hasDeviceNumbers } = source.options;
      const { mtime, uid, gid, uname, gname } = owner;
      return [[mtime, uid, gid, uname, gname, rootMode, hasDeviceNumbers]];
    }
    case "nix2container":
      return source.paths.map(({ rewrite, perms }) => [
        rewrite && [rewrite.regex, rewrite.replacement],
        ...perms.map(({ regex, uid, gid, uname, gname, mode }) => [regex, uid, gid, uname, gname, mode]),
      ]);
    case "tar":
      return [];
    case "file":
      return [source.file, source.compression ?? "none"];
  }
}

/** @see Nix manual, "Nix32 Encoding" */
const NIX_BASE_32 = "0123456789abcdfghijklmnpqrsvwxyz";

/** Writes 160 bits, given in hexadecimal, with the 32 characters that store paths have. */
function toNixBase32(hex: string): string {
  const text = BigInt(`0x${hex}`).toString(32).padStart(32, "0");
  return text.replace(/./g, (digit) => NIX_BASE_32.charAt(parseInt(digit, 32)));
}

/** The record of a layer, as text. */
export function renderLayerRecord({ inputs }: LayerKey, { layer, spent }: RecordedLayer): string {
  return JSON.stringify({ inputs, layer: selectLayer(layer), spent });
}

/** What a record has of a layer. */
export function selectLayer(layer: RecordedLayer["layer"]): RecordedLayer["layer"] {
  const { diffId, tarBytes, digest, sizeBytes, mediaType, audit } = layer;
  return { diffId, tarBytes, digest, sizeBytes, mediaType, audit };
}

const DIGEST = z.string().refine(isDigest);
const COUNT = z.int().min(0);
const MACHINE = z.strictObject({
  machine: COUNT,
  bits: z.union([z.literal(32), z.literal(64)]),
  endianness: z.enum(["little", "big"]),
});
const TEXTS = z.array(z.string());
const FINDINGS = z.strictObject({
  foreign: MACHINE.exactOptional(),
  needs: z
    .strictObject({ interpreter: z.string().optional(), libraries: TEXTS, searched: TEXTS })
    .transform(({ interpreter, ...needs }) => ({ interpreter, ...needs }))
    .exactOptional(),
  interpreter: z.string().exactOptional(),
  packed: z
    .array(z.strictObject({ archive: z.string(), name: z.string(), machine: MACHINE }))
    .exactOptional(),
  unreadable: z.string().exactOptional(),
});
const ENTRY = z
  .strictObject({
    path: z.string().startsWith("/"),
    type: z.enum(["file", "hard-link", "symlink", "device", "folder", "fifo"]),
    linkName: z.string(),
    findings: FINDINGS.optional(),
  })
  .transform(({ findings, ...entry }) => ({ ...entry, findings }));
export const RECORDED_LAYER = z.strictObject({
  diffId: DIGEST,
  tarBytes: COUNT,
  digest: DIGEST,
  sizeBytes: COUNT,
  mediaType: z.string(),
  audit: z.strictObject({
    filesRead: COUNT,
    elfFiles: COUNT,
    entries: z.array(ENTRY),
    largestPaths: z.array(z.strictObject({ path: z.string().startsWith("/"), sizeBytes: COUNT })),
  }),
});
export const SPENT = z.strictObject({ unpackedBytes: COUNT, pathBytes: COUNT });
const RECORD = z.strictObject({ inputs: z.string(), layer: RECORDED_LAYER, spent: SPENT });

/**
 * Reads the text of a record. Throws a plain Error if it is malformed, or is
 * the record of another layer.
 */
export function parseLayerRecord(
  text: string,
  { inputs }: LayerKey,
  { source, compression }: Pick<LayerJob, "source" | "compression">,
): RecordedLayer {
  const { layer, spent, ...record } = RECORD.parse(JSON.parse(text));
  if (record.inputs !== inputs) throw new Error("it is the record of another layer");
  const kept = source.kind === "file" ? source.compression : undefined;
  if (layer.mediaType !== mediaTypeOf(kept ?? compression.format))
    throw new Error(`its layer has the media type ${layer.mediaType}`);
  return { layer, spent };
}
