import { lstat } from "node:fs/promises";
import { join } from "node:path";

import * as z from "zod";

import { isStorePath, type StorePath } from "../model/store-path.js";
import type { StreamFiles } from "../nix/stream-script.js";
import { readWholeRegularFile } from "../platform/files.js";
import { parseGoJson } from "./json.js";
import type { StoreLayerOptions } from "./store-layer.js";

/** An image as dockerTools.streamLayeredImage describes it, before any layer exists as a tar. */
export interface StreamedImage {
  readonly architecture: string;
  /** The time of creation, as in the config. */
  readonly created: string;
  /** The settings in the config, without those of the base image. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The archive with the base image. */
  readonly fromImage: StorePath | undefined;
  readonly storeLayers: readonly (readonly StorePath[])[];
  /** The store path that has the topmost layer as the file `layer.tar`. */
  readonly customisationLayer: StorePath;
  readonly layerOptions: StoreLayerOptions;
}

/** The script, or what it reads, is not one that this action knows. It has to be run. */
export class UnknownStreamError extends Error {}

/** More than an image with any number of layers needs. */
const MAX_BYTES = 16 << 20;

/**
 * Reads the description of an image. Rejects with an `UnknownStreamError` unless the script is one of
 * nixpkgs, and all that it reads is in this machine's store.
 * @see nixpkgs, pkgs/build-support/docker/stream_layered_image.py
 */
export async function readStreamedImage({ script, conf }: StreamFiles): Promise<StreamedImage> {
  const program = parseStreamProgram(await readText(script));
  const image = parseStreamConf(await readText(conf), program);
  const paths = [...image.storeLayers.flat(), image.fromImage ?? [], image.customisationLayer].flat();
  for (const path of paths) {
    const stats = await lstat(path).catch(() => undefined);
    if (stats === undefined) throw new UnknownStreamError(`${path} is not in this machine's store`);
    if (stats.isSymbolicLink() && program.followsSymlinks)
      throw new UnknownStreamError(`the store path ${path} is a symlink`);
  }
  for (const name of ["layer.tar", "checksum"]) {
    const stats = await lstat(join(image.customisationLayer, name)).catch(() => undefined);
    if (stats?.isFile() !== true)
      throw new UnknownStreamError(`${image.customisationLayer} has no file ${name}`);
  }
  return image;
}

async function readText(path: StorePath): Promise<string> {
  if ((await lstat(path).catch(() => undefined))?.isFile() !== true)
    throw new UnknownStreamError(`${path} is not a file in this machine's store`);
  const bytes = await readWholeRegularFile(path);
  if (bytes.length > MAX_BYTES) throw new UnknownStreamError(`${path} is larger than ${MAX_BYTES} bytes`);
  return bytes.toString("utf8");
}

/** What differs between the releases of the script. */
export interface StreamProgram extends Pick<StoreLayerOptions, "rootMode" | "hasDeviceNumbers"> {
  /** Whether it writes the content of a store path that is a symlink to a folder. */
  readonly followsSymlinks: boolean;
}

/** Reads what the text of the script says. Throws an `UnknownStreamError` for any other script. */
export function parseStreamProgram(text: string): StreamProgram {
  const unknown = (why: string) => new UnknownStreamError(`the script that streams the image ${why}`);
  // The format of tars, and what Python writes into headers, depend on its version.
  const [, minor] = /^#! ?\/nix\/store\/[0-9a-z]{32}-python3-3\.([0-9]+)[./-]/.exec(text) ?? [];
  if (minor === undefined || Number(minor) < 8) throw unknown("is not for Python 3.8 or newer");
  const modes = new Set([...text.matchAll(/\b0o0?([57]55)\b/g)].map(([, mode = ""]) => parseInt(mode, 8)));
  const [rootMode, ...others] = modes;
  if (rootMode === undefined || others.length > 0) throw unknown("does not say the mode of /nix/store");
  const formats = [...text.matchAll(/\b(?:GNU|USTAR|PAX|DEFAULT)_FORMAT\b/g)].map(([format]) => format);
  if (formats.some((format) => format !== "PAX_FORMAT")) throw unknown("writes another kind of tar");
  const words = ["tarfile", "store_layers", "customisation_layer", "checksum", "REGTYPE"];
  const missing = words.find((word) => !text.includes(word));
  if (missing !== undefined) throw unknown(`does not contain ${missing}`);
  return {
    rootMode,
    hasDeviceNumbers: Number(minor) < 9,
    followsSymlinks: !text.includes("is_symlink"),
  };
}

const PATH = z.string().refine(isStorePath);
const TIME = z.string().regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}$/);
const OWNER = z.union([z.int().min(0), z.string().regex(/^[0-9]{1,10}$/)]).transform(Number);
const NAME = z.string().refine((name) => name.isWellFormed() && !name.includes("\0"));
const OLDEST = z.strictObject({
  architecture: z.string(),
  config: z.record(z.string(), z.unknown()),
  os: z.literal("linux").optional(),
  created: TIME,
  repo_tag: z.string(),
  store_layers: z.array(z.array(PATH)),
  customisation_layer: PATH,
});
const WITH_BASE = OLDEST.extend({ store_dir: z.literal("/nix/store"), from_image: PATH.nullable() });
const WITH_OWNER = WITH_BASE.extend({ uid: OWNER, gid: OWNER, uname: NAME, gname: NAME });
const WITH_MTIME = WITH_OWNER.extend({ mtime: TIME });
/** The keys in nixpkgs 20.03, 21.05, 23.11 and 24.05. */
const CONF = z.union([WITH_MTIME, WITH_OWNER, WITH_BASE, OLDEST]);

/** Reads the text of `conf.json`. Throws an `UnknownStreamError` if its keys or values are not known. */
export function parseStreamConf(
  text: string,
  { rootMode, hasDeviceNumbers }: Omit<StreamProgram, "followsSymlinks">,
): StreamedImage {
  const conf = parseExactly(text);
  const { created, mtime, uid, gid, uname, gname } = {
    ...{ mtime: conf.created, uid: 0, gid: 0, uname: "root", gname: "root" },
    ...conf,
  };
  return {
    architecture: conf.architecture,
    created,
    config: conf.config,
    fromImage: ("from_image" in conf ? conf.from_image : null) ?? undefined,
    storeLayers: conf.store_layers,
    customisationLayer: conf.customisation_layer,
    layerOptions: {
      owner: { mtime: Date.parse(mtime) / 1000, uid, gid, uname: toLatin1(uname), gname: toLatin1(gname) },
      rootMode,
      hasDeviceNumbers,
    },
  };
}

function toLatin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}

/** Parses the text, if JavaScript would write the same text as Python. */
function parseExactly(text: string): z.infer<typeof CONF> {
  let conf;
  try {
    conf = CONF.parse(parseGoJson(Buffer.from(text)));
  } catch (cause) {
    throw new UnknownStreamError("what the script reads has unknown keys or values", { cause });
  }
  // Python keeps `1.0` and large numbers as they are.
  const withoutTexts = text.replace(/"(?:[^"\\]|\\.)*"/g, "");
  const isInexact = (number: string) =>
    !Number.isSafeInteger(Number(number)) || String(Number(number)) !== number;
  if (withoutTexts.match(/[-+.0-9eE]*[0-9][-+.0-9eE]*/g)?.some(isInexact) === true)
    throw new UnknownStreamError("what the script reads has a number that is not a small integer");
  // JavaScript moves them to the front.
  if (hasNumberAsKey(conf.config))
    throw new UnknownStreamError("what the script reads has a number as a key");
  return conf;
}

function hasNumberAsKey(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(hasNumberAsKey);
  return Object.entries(value).some(([key, item]) => /^[0-9]+$/.test(key) || hasNumberAsKey(item));
}
