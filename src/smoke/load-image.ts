import * as z from "zod";

import { ActionError } from "../errors/action-error.js";
import type { Digest } from "../model/digest.js";
import type { OciImage } from "../model/image.js";
import type { ImageLoad } from "../model/smoke.js";
import { LAYER_TYPES } from "../model/media-type.js";
import type { Call } from "./engine-call.js";
import { packArchive } from "./image-archive.js";

export interface LoadedImage {
  readonly id: Digest;
  readonly load: ImageLoad;
  /** Removes the image from the engine, unless it was there before or another run has it too. */
  readonly remove: () => Promise<void>;
}

/** Makes an image of one layer that gives the same container, or says why that is not possible. */
export type MergeLayers = (
  image: OciImage,
) => Promise<{ readonly image: OciImage } | { readonly obstacle: string }>;

export interface LoadOptions {
  /** The engine's name and version, for errors. */
  readonly engine: string;
  readonly limits: LoadLimits;
  readonly form: "docker-archive" | "both";
  readonly nonce: string;
  /** Undefined if the engine is to read the layers as they are. */
  readonly merge: MergeLayers | undefined;
}

/** The images that an engine cannot load. */
export interface LoadLimits {
  readonly maxLayers: number;
  readonly hasZstd: boolean;
}

const LOAD_LIMIT_MS = 10 * 60_000;
const LOAD_ATTEMPTS = 5;
const NAMES = z.array(z.string()).nullable();

/** The beginning of the names that a run gives to the images that it tests. */
export function nameImages(nonce: string): string {
  return `localhost/cross-build:${nonce}-`;
}

/**
 * Loads an image under a name of this run, with its layers merged into one if that is possible. If the engine
 * has the image already, only adds the name. Rejects with `GATE_FAILED` if this engine cannot load such an
 * image, and with `GATE_MISMATCH` if it then lacks the image.
 */
export async function loadImage(call: Call, image: OciImage, options: LoadOptions): Promise<LoadedImage> {
  const present = await useLoaded(call, image, options.nonce);
  if (present !== undefined) return present;
  const obstacle = findObstacle(image, options);
  if (options.merge === undefined || obstacle !== undefined) {
    return { ...(await loadArchive(call, image, options)), load: keepLayers(obstacle) };
  }
  const merged = await options.merge(image);
  if ("obstacle" in merged) {
    return { ...(await loadArchive(call, image, options)), load: keepLayers(merged.obstacle) };
  }
  const reason = `its ${image.layers.length} layers were loaded as one`;
  return { ...(await loadArchive(call, merged.image, options)), load: { way: "merged", reason } };
}

function keepLayers(obstacle: string | undefined): ImageLoad {
  const suffix = obstacle === undefined ? "" : `: ${obstacle}`;
  return { way: "layers", reason: `its layers were loaded as they are${suffix}` };
}

/** Why only the image itself shows whether the engine can load it. */
function findObstacle({ layers }: OciImage, { engine, limits }: LoadOptions): string | undefined {
  if (layers.length > limits.maxLayers) return `${engine} may not stack ${layers.length} layers`;
  if (!limits.hasZstd && hasZstd(layers)) return `${engine} may not read layers in zstd`;
  return layers.length === 1 ? "there is only one" : undefined;
}

function hasZstd(layers: OciImage["layers"]): boolean {
  return layers.some(({ mediaType }) => LAYER_TYPES[mediaType] === "zstd");
}

interface ImageNames {
  /** The image ID: the config's digest or, in Docker with the containerd image store, the manifest's. */
  readonly ids: readonly Digest[];
  /** The name of this run. */
  readonly runName: string;
}

function namesOf({ config, manifest }: OciImage, nonce: string): ImageNames {
  return {
    ids: [config.digest, manifest.digest],
    runName: `${nameImages(nonce)}${config.digest.slice(-12)}`,
  };
}

/** Names an image that the engine has; undefined if it has none, or loses it at this moment. */
async function useLoaded(call: Call, image: OciImage, nonce: string): Promise<LoadedImage | undefined> {
  const { ids, runName } = namesOf(image, nonce);
  const found = await findImage(call, ids);
  if (found === undefined) return undefined;
  const load: ImageLoad = { way: "present", reason: "the engine had it before" };
  const { id } = found;
  // An image without a name is not a run's, and would be removed with the name.
  if (found.names.length === 0) return { id, load, remove: () => Promise.resolve() };
  const { exitCode } = await call(["tag", id, runName], { expectedExitCodes: "any" });
  return exitCode === 0 ? { id, load, remove: () => removeName(call, runName) } : undefined;
}

async function removeName(call: Call, name: string): Promise<void> {
  // If a container that is not a run's uses the image by now, the removal fails and the image stays.
  await call(["image", "rm", name], { expectedExitCodes: "any" });
}

/**
 * Loads an image from an archive. Runs that have the same image share its ID, so none may remove the ID: the
 * engine removes the image with the last of its names.
 */
async function loadArchive(
  call: Call,
  image: OciImage,
  { engine, form, nonce }: LoadOptions,
): Promise<Omit<LoadedImage, "load">> {
  const { ids, runName } = namesOf(image, nonce);
  for (let attempt = 1; attempt <= LOAD_ATTEMPTS; attempt++) {
    // An image that is there without a name is not a run's, and would be removed with the name.
    const isNameless = (await findImage(call, ids))?.names.length === 0;
    const name = isNameless ? undefined : runName;
    try {
      await call(["load"], { input: packArchive(image, form, name), timeoutMs: LOAD_LIMIT_MS });
    } catch (error) {
      throw explainLoad(error, image, engine);
    }
    const found = await findImage(call, ids);
    if (found !== undefined && name === undefined && found.names.length === 0) {
      return { id: found.id, remove: () => Promise.resolve() };
    }
    if (found !== undefined && name !== undefined && found.names.includes(name)) {
      return { id: found.id, remove: () => removeName(call, name) };
    }
    if (found === undefined && (await findImage(call, [runName])) !== undefined) break;
    // Another run has removed the image while this one loaded it.
  }
  await removeName(call, runName);
  throw new ActionError(
    "GATE_MISMATCH",
    `${engine} has no image with the ID ${ids.join(" or ")} after loading it`,
    { hint: "This engine changes images when it loads them. Use another engine." },
  );
}

/** A failed `load` by the engine's own words, if they are about what the image is. */
function explainLoad(error: unknown, { layers }: OciImage, engine: string): unknown {
  if (!(error instanceof ActionError) || error.code !== "COMMAND_FAILED") return error;
  const fail = (why: string, hint: string) =>
    new ActionError("GATE_FAILED", `${engine} cannot load the image: ${why}`, { hint, cause: error });
  if (error.message.includes("max depth exceeded")) {
    return fail(
      `${layers.length} layers are more than it can stack`,
      "Build the image with at most 125 layers, for example with maxLayers = 100 in dockerTools: " +
        "a Docker engine that pulls the image has the same limit.",
    );
  }
  // Without zstd, an engine takes the compressed layer for a tar.
  if (hasZstd(layers) && error.message.includes("invalid tar header")) {
    return fail(
      "its layers are compressed with zstd, which this engine cannot read",
      "Run the smoke test with Docker 23 or later, or with Podman. Or compress the layers with gzip, which " +
        "every engine can pull.",
    );
  }
  return error;
}

/** The first of the images that the engine has, with its tagged names. */
async function findImage<Name extends string>(
  call: Call,
  ids: readonly Name[],
): Promise<{ readonly id: Name; readonly names: readonly string[] } | undefined> {
  for (const id of ids) {
    const { exitCode, stdout } = await call(["image", "inspect", "--format={{json .RepoTags}}", id], {
      expectedExitCodes: "any",
    });
    if (exitCode === 0) return { id, names: NAMES.parse(JSON.parse(stdout)) ?? [] };
  }
  return undefined;
}
