import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";

import * as z from "zod";

import type { StorePath } from "../model/store-path.js";
import type { TargetSystem } from "../model/system.js";
import { readRegularFile, readWholeRegularFile } from "../platform/files.js";
import { createEntryReader } from "./archive-entries.js";
import { type Budget, createBudget, DEFAULT_LIMITS } from "./budget.js";
import { readArchive } from "./docker-archive.js";
import {
  type AuditedImage,
  auditImage,
  type AuditOptions,
  parseDocument,
  readDockerImage,
  type ReadImageOptions,
  rejectInvalid,
  renderManifest,
} from "./image.js";
import { type ArchiveLayer, type Chunks, packLayer } from "./layer.js";
import { writeStoreLayer } from "./store-layer.js";
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
  options: ReadImageOptions & AuditOptions,
): Promise<AuditedImage> {
  return rejectInvalid(path, options, async () => {
    const workFolder = await mkdtemp(join(options.workFolder, "layers-"));
    const budget = createBudget(options.limits ?? DEFAULT_LIMITS, options.signal);
    const maker = { target, workFolder, budget };
    const base = await readBase(image.fromImage, maker);
    const described = [...base.layers, ...(await packLayers(image, maker))];
    const config = renderConfig(image, base.env, described);
    const layers = described.map(({ layer }) => layer);
    const parts = { config, layers, manifest: renderManifest(config, layers) };
    return auditImage(parts, { target, allow: options.auditAllow, budget });
  });
}

interface LayerMaker {
  readonly target: TargetSystem;
  readonly workFolder: string;
  readonly budget: Budget;
}

const BASE_CONFIG = z.looseObject({
  config: z.looseObject({ Env: z.array(z.string()).default([]) }),
  rootfs: z.looseObject({ diff_ids: z.array(z.string()) }),
});
/** Names that Python prints as they are. */
const PLAIN_NAME = /^[0-9A-Za-z._:@+/-]+$/;

async function readBase(archive: StorePath | undefined, maker: LayerMaker): Promise<BaseImage> {
  if (archive === undefined) return { layers: [], env: [] };
  const { target, workFolder, budget } = maker;
  const reader = createEntryReader({ target, workFolder, budget, uncompressed: "compress" });
  await readArchive(archive, reader, budget);
  const { config, layers, layerNames } = readDockerImage(reader.members);
  const { config: settings, rootfs } = parseDocument(config, "base image's config", BASE_CONFIG);
  const odd = layerNames.find((name) => !PLAIN_NAME.test(name));
  if (odd !== undefined)
    throw new Error(`the base image ${archive} has a layer with the name ${JSON.stringify(odd)}`);
  return {
    env: settings.Env,
    layers: layers.map((layer, i) => ({
      layer,
      diffId: rootfs.diff_ids[i] ?? "missing",
      origins: [layerNames[i] ?? ""],
    })),
  };
}

async function packLayers(
  { storeLayers, customisationLayer, layerOptions }: StreamedImage,
  { target, workFolder, budget }: LayerMaker,
): Promise<readonly DescribedLayer[]> {
  const described: DescribedLayer[] = [];
  const pack = async (tar: Chunks): Promise<ArchiveLayer> => {
    const file = join(workFolder, `made-${described.length}`);
    const layer = await packLayer(spend(tar, budget), file, target, budget);
    if ("problem" in layer) throw layer.problem;
    return layer;
  };
  for (const origins of storeLayers) {
    const layer = await pack(toAsync(writeStoreLayer(origins, layerOptions)));
    described.push({ layer, diffId: layer.diffId, origins });
  }
  const layer = await pack(readRegularFile(join(customisationLayer, "layer.tar")));
  const checksum = (await readWholeRegularFile(join(customisationLayer, "checksum"))).toString().trim();
  return [...described, { layer, diffId: `sha256:${checksum}`, origins: [customisationLayer] }];
}

// eslint-disable-next-line @typescript-eslint/require-await -- the chunks are there already
async function* toAsync(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function* spend(chunks: Chunks, budget: Budget): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    budget.spendBytes(chunk.length);
    yield chunk;
  }
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
      comment: `store paths: [${origins.map((origin) => `'${origin}'`).join(", ")}]`,
    })),
  };
  const text = JSON.stringify(document, undefined, 4);
  return Buffer.from(
    text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
}

/** Adds the variables of the base image, which those of the image override. */
function overlayEnv(config: StreamedImage["config"], baseEnv: readonly string[]): StreamedImage["config"] {
  if (baseEnv.length === 0) return config;
  const own = z.array(z.string()).parse(config["Env"] ?? []);
  const variables = new Map([...baseEnv, ...own].map((entry) => [entry.replace(/=.*$/s, ""), entry]));
  return { ...config, Env: [...variables.values()] };
}
