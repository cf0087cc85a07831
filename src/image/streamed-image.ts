import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";

import * as z from "zod";

import { DEFAULT_COMPRESSION, type LayerCompression } from "../model/compression.js";
import type { Blob } from "../model/image.js";
import type { StorePath } from "../model/store-path.js";
import type { TargetSystem } from "../model/system.js";
import { readWholeRegularFile } from "../platform/files.js";
import { createEntryReader } from "./archive-entries.js";
import { type Budget, type BudgetLimits, createBudget, DEFAULT_LIMITS } from "./budget.js";
import { readArchive } from "./docker-archive.js";
import {
  type AuditedImage,
  auditImage,
  BASE_NAME,
  type BuiltImageOptions,
  parseDocument,
  readDockerImage,
  rejectInvalid,
  renderManifest,
  toBlob,
} from "./image.js";
import type { ArchiveLayer } from "./layer.js";
import { type LayerSource, listPaths, type MakeLayer } from "./make-layer.js";
import type { StreamedImage } from "./stream-conf.js";

/** A layer, and what the config says about it. */
interface DescribedLayer {
  readonly layer: ArchiveLayer;
  /** As the config lists it. `readImage` compares it with that of the layer. */
  readonly diffId: string;
  /** Where the layer comes from: store paths, or a member of the base image's archive. */
  readonly origins: readonly string[];
}

interface BaseImage {
  readonly layers: readonly DescribedLayer[];
  readonly env: readonly string[];
}

export interface PackImageOptions extends BuiltImageOptions {
  /** Makes the layers, several at once. */
  readonly makeLayer: MakeLayer;
  /** The sizes of the store paths in bytes, as far as known. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Receives each layer as soon as its file is complete, before the image has been audited. */
  readonly onLayer?: (layer: Blob) => void;
}

/**
 * Makes and audits the image that a script of dockerTools.streamLayeredImage would write, with the same
 * layers and config, byte for byte. Reads the store paths themselves, so that no archive is written.
 * `path` is the script, for messages. Writes the compressed layers into `workFolder`. Rejects with
 * `IMAGE_INVALID`.
 */
export function packStreamedImage(
  path: StorePath,
  image: StreamedImage,
  target: TargetSystem,
  options: PackImageOptions,
): Promise<AuditedImage> {
  return rejectInvalid(path, options, async () => {
    const maker = await openMaker(target, options);
    const [base, own] = await whenAllEnd([readBase(image.fromImage, maker), packLayers(image, maker)]);
    const described = [...base.layers, ...own];
    const config = renderConfig(image, base.env, described);
    const layers = described.map(({ layer }) => layer);
    const parts = { config, layers, manifest: renderManifest(config, layers) };
    return auditImage(parts, { target, allow: options.auditAllow, budget: maker.budget });
  });
}

/** Prepares to make the layers of one image, in a folder of its own. */
export async function openMaker(target: TargetSystem, options: PackImageOptions): Promise<LayerMaker> {
  const workFolder = await mkdtemp(join(options.workFolder, "layers-"));
  const limits = options.limits ?? DEFAULT_LIMITS;
  const budget = createBudget(limits, options.signal);
  const compression = options.compression ?? DEFAULT_COMPRESSION;
  return { ...options, target, workFolder, budget, compression, limits };
}

interface LayerMaker extends Required<Pick<PackImageOptions, "makeLayer" | "sizes">> {
  readonly target: TargetSystem;
  readonly workFolder: string;
  readonly limits: BudgetLimits;
  /** Of the whole image. */
  readonly budget: Budget;
  readonly compression: LayerCompression;
  readonly onLayer?: PackImageOptions["onLayer"];
  readonly rememberParts?: PackImageOptions["rememberParts"];
  readonly signal?: AbortSignal;
}

/** Like `Promise.all`, but also waits for the others after a failure: they write into the same folder. */
async function whenAllEnd<T extends readonly unknown[]>(work: {
  readonly [Index in keyof T]: Promise<T[Index]>;
}): Promise<T> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

const BASE_CONFIG = z.looseObject({
  config: z.looseObject({ Env: z.array(z.string()).default([]) }),
  rootfs: z.looseObject({ diff_ids: z.array(z.string()) }),
});
/** Names that Python prints as they are. */
const PLAIN_NAME = /^[0-9A-Za-z._:@+/-]+$/;

async function readBase(archive: StorePath | undefined, maker: LayerMaker): Promise<BaseImage> {
  if (archive === undefined) return { layers: [], env: [] };
  const { target, workFolder, limits, signal, compression, onLayer, rememberParts } = maker;
  const read = async () => {
    const budget = createBudget(limits, signal);
    const reader = createEntryReader({ target, workFolder, budget, uncompressed: compression });
    await readArchive(archive, reader, budget);
    return { parts: readDockerImage(reader.members), spent: budget.spent() };
  };
  const { parts, spent } = await (rememberParts?.({ role: "base", path: archive }, read) ?? read());
  maker.budget.add(spent);
  const { config, layers, layerNames = [] } = parts;
  const { config: settings, rootfs } = parseDocument(config, "base image's config", BASE_CONFIG);
  const odd = layerNames.find((name) => !PLAIN_NAME.test(name));
  if (odd !== undefined)
    throw new Error(`the base image ${archive} has a layer with the name ${JSON.stringify(odd)}`);
  for (const layer of layers) onLayer?.(toBlob(layer));
  return {
    env: settings.Env,
    layers: layers.map((layer, i) => ({
      layer,
      diffId: rootfs.diff_ids[i] ?? "missing",
      origins: [layerNames[i] ?? ""],
    })),
  };
}

/** Where the layers come from that are not the base image's, lowest first. */
export function listSources({
  storeLayers,
  customisationLayer,
  layerOptions,
}: StreamedImage): readonly LayerSource[] {
  return [
    ...storeLayers.map((paths) => ({ kind: "store", paths, options: layerOptions }) as const),
    { kind: "tar", folder: customisationLayer },
  ];
}

async function packLayers(image: StreamedImage, maker: LayerMaker): Promise<readonly DescribedLayer[]> {
  const { storeLayers, customisationLayer } = image;
  const layers = await packAll(listSources(image), maker);
  const checksum = (await readWholeRegularFile(join(customisationLayer, "checksum"))).toString().trim();
  return layers.map((layer, i) => {
    const paths = storeLayers[i];
    return paths === undefined
      ? { layer, diffId: `sha256:${checksum}`, origins: [customisationLayer] }
      : { layer, diffId: layer.diffId, origins: paths };
  });
}

/** Makes all layers at once. Their order is that of the sources. */
export async function packAll(
  sources: readonly LayerSource[],
  { makeLayer, sizes, onLayer, workFolder, target, compression, limits, budget }: LayerMaker,
): Promise<readonly ArchiveLayer[]> {
  const layers: ArchiveLayer[] = [];
  const work = orderBySize(sources, sizes).map(async (index) => {
    const source = sources[index];
    if (source === undefined) return;
    const file = join(workFolder, `made-${index}`);
    const { layer, spent } = await makeLayer({ source, file, target, compression, limits });
    budget.add(spent);
    layers[index] = layer;
    onLayer?.(toBlob(layer));
  });
  await whenAllEnd(work);
  return layers;
}

/** How many of the smallest layers are made first, so that there is something to send. */
const SMALL_FIRST = 4;

/** In which order to make the layers: a few small ones, then the largest first, so that all end together. */
export function orderBySize(
  sources: readonly LayerSource[],
  sizes: ReadonlyMap<string, number>,
): readonly number[] {
  const bySize = [...sources.entries()]
    .toSorted(([, a], [, b]) => sizeOf(b, sizes) - sizeOf(a, sizes))
    .map(([index]) => index);
  const small = bySize.slice(Math.max(0, bySize.length - SMALL_FIRST)).toReversed();
  return [...small, ...bySize.slice(0, bySize.length - small.length)];
}

/** The size of a layer in bytes: exact, or that of its store paths as far as they are in `sizes`. */
export function sizeOf(source: LayerSource, sizes: ReadonlyMap<string, number>): number {
  if ("sizeBytes" in source) return source.sizeBytes;
  return listPaths(source).reduce((sum, path) => sum + (sizes.get(path) ?? 0), 0);
}

/** The name of the base image that the image's labels give. */
export function baseNameOf({ config }: Pick<StreamedImage, "config">): string | undefined {
  return z.looseObject({ Labels: z.record(z.string(), z.string()) }).safeParse(config).data?.Labels[
    BASE_NAME
  ];
}

/** The config as Python's `json.dumps(…, indent=4)` writes it. */
function renderConfig(
  { architecture, created, config }: StreamedImage,
  baseEnv: readonly string[],
  layers: readonly DescribedLayer[],
): Buffer {
  const document = {
    created,
    architecture,
    os: "linux",
    config: overlayEnv(config, baseEnv),
    rootfs: { diff_ids: layers.map(({ diffId }) => diffId), type: "layers" },
    history: layers.map(({ origins }) => ({
      created,
      comment: renderOrigins(origins),
    })),
  };
  const text = JSON.stringify(document, undefined, 4);
  return Buffer.from(
    text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
}

/** What the config's history says about where a layer comes from. */
export function renderOrigins(origins: readonly string[]): string {
  return `store paths: [${origins.map((origin) => `'${origin}'`).join(", ")}]`;
}

/** Adds the variables of the base image, which those of the image override. */
function overlayEnv(config: StreamedImage["config"], baseEnv: readonly string[]): StreamedImage["config"] {
  if (baseEnv.length === 0) return config;
  const own = z.array(z.string()).parse(config["Env"] ?? []);
  const variables = new Map([...baseEnv, ...own].map((entry) => [entry.replace(/=.*$/s, ""), entry]));
  return { ...config, Env: [...variables.values()] };
}
