import { lstat, realpath, stat } from "node:fs/promises";
import { posix } from "node:path";

import * as z from "zod";

import { type Digest, isDigest } from "../model/digest.js";
import { LAYER_TYPES } from "../model/media-type.js";
import { isStorePath, type StorePath, storePathOf } from "../model/store-path.js";
import { openRegularFile, readWholeRegularFile } from "../platform/files.js";
import { FormError } from "./image-form.js";
import { parseUniqueJson } from "./json.js";
import { type Compression, compressionOf } from "./layer.js";
import type { LayerPath } from "./nix2container-layer.js";

/** An image as nix2container describes it, before the layers exist as tars. */
export interface Nix2containerImage {
  readonly architecture: string;
  /** The time of creation, as in the config. */
  readonly created: string | undefined;
  readonly config: z.infer<typeof IMAGE_CONFIG>;
  readonly layers: readonly Nix2containerLayer[];
}

export interface Nix2containerLayer {
  readonly source: DescribedSource | FileSource;
  /** Of the layer as it is described, compressed or not. */
  readonly digest: Digest;
  readonly diffId: Digest;
  readonly history: z.infer<typeof HISTORY>;
}

/** A layer whose tar is made from store paths. */
interface DescribedSource {
  readonly kind: "nix2container";
  readonly paths: readonly LayerPath[];
  readonly sizeBytes: number;
}

/** A layer that is a file in the store. */
interface FileSource {
  readonly kind: "file";
  readonly file: string;
  readonly compression: Compression | undefined;
  readonly sizeBytes: number;
}

/** More than an image of any size needs. */
const MAX_BYTES = 64 << 20;
/** More than any engine can mount. */
const MAX_LAYERS = 1000;
const MAX_PERMS = 1000;
/** Of a regular expression and its replacement. */
const MAX_TEXT = 4096;

const COPY =
  "Let nix2container copy the image into an OCI layout, which can be shipped: " +
  "nix run FLAKE#NAME.copyTo -- oci:FOLDER";

/** A text that Go can hold: well-formed, and without NUL, which no path, name or variable has. */
const TEXT = z.string().refine((text) => text.isWellFormed() && !text.includes("\0"));
/** As Go writes it. */
const TIME = z.iso
  .datetime({ offset: true })
  .regex(/:[0-9]{2}(?:\.[0-9]{0,8}[1-9])?(?:Z|[+-](?!00:00).{5})$/);
const DIGEST = z.string().refine(isDigest);
/** A user or group name; empty if it stays `root`. */
const NAME = TEXT.max(255).transform((name) =>
  name === "" ? undefined : Buffer.from(name).toString("latin1"),
);
const ID = z.int().min(0).max(0xffff_ffff);
const REGEX = TEXT.max(MAX_TEXT);

const SETS = z.record(TEXT, z.strictObject({}));
/** @see https://github.com/opencontainers/image-spec/blob/v1.1.1/specs-go/v1/config.go */
const IMAGE_CONFIG = z.strictObject({
  User: TEXT.optional(),
  ExposedPorts: SETS.optional(),
  Env: z.array(TEXT).optional(),
  Entrypoint: z.array(TEXT).optional(),
  Cmd: z.array(TEXT).optional(),
  Volumes: SETS.optional(),
  WorkingDir: TEXT.optional(),
  Labels: z.record(TEXT, TEXT).optional(),
  StopSignal: TEXT.optional(),
  ArgsEscaped: z.boolean().optional(),
});
const HISTORY = z.strictObject({
  created: TIME.optional(),
  created_by: TEXT.optional(),
  author: TEXT.optional(),
  comment: TEXT.optional(),
  empty_layer: z.boolean().optional(),
});
const PERM = z.strictObject({
  regex: REGEX,
  mode: z
    .string()
    .regex(/^(?:0*[0-7]{1,7})?$/)
    .transform((mode) => (mode === "" ? undefined : parseInt(mode, 8))),
  uid: ID,
  gid: ID,
  uname: NAME,
  gname: NAME,
});
const REWRITE = z.strictObject({
  regex: REGEX,
  /** Go would put groups in the place of `$1`. */
  repl: TEXT.max(MAX_TEXT).regex(/^(?:\/[^$/]+)*$/),
});
const PATH = z
  .strictObject({
    path: z.string().refine(isStorePath),
    options: z.strictObject({ rewrite: REWRITE, perms: z.array(PERM).max(MAX_PERMS).optional() }).optional(),
  })
  .transform(({ path, options }): LayerPath => {
    const { regex, repl } = options?.rewrite ?? { regex: "", repl: "" };
    return {
      path,
      rewrite: regex === "" ? undefined : { regex, replacement: Buffer.from(repl).toString("latin1") },
      perms: options?.perms ?? [],
    };
  });
/** A store path, or a file below one. */
const LAYER_PATH = z.string().refine((file) => {
  return storePathOf(file) !== undefined && posix.normalize(file) === file && !file.includes("\0");
});
const LAYER_TYPE = z
  .enum(["tar", "tar+gzip", "tar+zstd"].map((suffix) => `application/vnd.oci.image.layer.v1.${suffix}`))
  .transform((type): Compression | undefined => {
    const compression = LAYER_TYPES[type];
    return compression === "none" ? undefined : compression;
  });
const LAYER = z.strictObject({
  digest: DIGEST,
  size: z.int().min(0),
  diff_ids: DIGEST,
  paths: z.array(PATH).min(1).optional(),
  mediatype: LAYER_TYPE,
  "layer-path": LAYER_PATH.optional(),
  History: HISTORY,
});
/** @see https://github.com/nlewo/nix2container, types/types.go */
const IMAGE = z.strictObject({
  version: z.literal(1),
  "image-config": IMAGE_CONFIG,
  layers: z.array(LAYER).min(1).max(MAX_LAYERS),
  arch: z.string(),
  created: TIME.nullish(),
});

/**
 * Reads the JSON file of an image of nix2container; undefined if the file is something else. Rejects with a
 * `FormError` if the image cannot be made from it here.
 */
export async function tryReadNix2container(file: string): Promise<Nix2containerImage | undefined> {
  if (!(await stat(file)).isFile()) return undefined;
  const { size, head } = await readHead(file);
  if (head.toString("latin1", 0, 1) !== "{") return undefined;
  if (size > MAX_BYTES) throw new FormError(`it is JSON of more than ${MAX_BYTES} bytes`, COPY);
  const image = await tryParseNix2container(await readWholeRegularFile(file));
  if (image === undefined) return undefined;
  const layers: Nix2containerLayer[] = [];
  for (const layer of image.layers) {
    layers.push({ ...layer, source: await findInStore(layer.source, layers.length + 1) });
  }
  return { ...image, layers };
}

/** The same for the content of the file, without looking into the store. */
export async function tryParseNix2container(bytes: Uint8Array): Promise<Nix2containerImage | undefined> {
  if (!isImage(bytes)) return undefined;
  let image: z.infer<typeof IMAGE>;
  try {
    image = IMAGE.parse(parseUniqueJson(bytes));
  } catch (cause) {
    throw new FormError("it is JSON of nix2container that this action does not know", COPY, { cause });
  }
  const layers = image.layers.map(toLayer);
  // Most runs have no such image.
  const { compileGoRegex } = await import("./nix2container-layer.js");
  for (const { source } of layers) {
    for (const path of source.kind === "file" ? [] : source.paths) requireRegexes(path, compileGoRegex);
  }
  const { arch: architecture, created, "image-config": config } = image;
  return { architecture, created: created ?? undefined, config, layers };
}

function isImage(bytes: Uint8Array): boolean {
  try {
    const document: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof document === "object" && document !== null && "image-config" in document;
  } catch {
    return false;
  }
}

function toLayer(
  { digest, size: sizeBytes, diff_ids: diffId, paths, mediatype, History, ...rest }: z.infer<typeof LAYER>,
  index: number,
): Nix2containerLayer {
  const described = { digest, diffId, history: History };
  const file = rest["layer-path"];
  // A layer that is not reproducible has both.
  if (file !== undefined)
    return { ...described, source: { kind: "file", file, compression: mediatype, sizeBytes } };
  if (paths === undefined || mediatype !== undefined)
    throw new FormError(`its layer ${index + 1} has neither store paths for a tar nor a file`, COPY);
  return { ...described, source: { kind: "nix2container", paths, sizeBytes } };
}

/** Throws a `FormError` unless the expressions mean here what they mean in Go. */
function requireRegexes({ path, rewrite, perms }: LayerPath, compile: (regex: string) => unknown): void {
  // Others may match several times, and Go's ReplaceAll would replace each match.
  if (rewrite !== undefined && !/^\^(?![*+?{(])[^|]*$/.test(rewrite.regex))
    throw unknownRegex(rewrite.regex, path);
  for (const regex of [rewrite?.regex ?? "", ...perms.map((perm) => perm.regex)]) {
    try {
      compile(regex);
    } catch (cause) {
      throw unknownRegex(regex, path, { cause });
    }
  }
}

function unknownRegex(regex: string, path: StorePath, options?: ErrorOptions): FormError {
  return new FormError(
    `the regular expression ${JSON.stringify(regex)} for ${path} is not one that this action knows`,
    COPY,
    options,
  );
}

/**
 * A layer in this machine's store, with the size of its file: the JSON has none for layers of a base image.
 * Rejects with a `FormError` if it is not there.
 */
async function findInStore<Source extends Nix2containerLayer["source"]>(
  source: Source,
  layer: number,
): Promise<Source> {
  const refuse = (file: string, why: string) => new FormError(`${file} of its layer ${layer} ${why}`, COPY);
  const missing = "is not in this machine's store";
  if (source.kind === "nix2container") {
    for (const { path } of source.paths) {
      if ((await lstat(path).catch(() => undefined)) === undefined) throw refuse(path, missing);
    }
    return source;
  }
  const { file, compression } = source;
  // A symlink may lead out of the store. The store itself may be behind one.
  const real = await realpath(file).catch(() => undefined);
  if (real === undefined) throw refuse(file, missing);
  if (real !== file.replace("/nix/store", await realpath("/nix/store")))
    throw refuse(file, "is a symlink, or below one");
  const { size, head } = await readHead(file);
  const [is, says] = [compressionOf(head), compression].map((name) => name ?? "not compressed");
  if (is !== says) throw refuse(file, `is ${is}, but its media type says ${says}`);
  return { ...source, sizeBytes: size };
}

/** The size of a file, and its first bytes. */
async function readHead(file: string): Promise<{ readonly size: number; readonly head: Buffer }> {
  const handle = await openRegularFile(file);
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return { size, head: buffer.subarray(0, bytesRead) };
  } finally {
    await handle.close();
  }
}
