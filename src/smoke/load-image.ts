import * as z from "zod";

import { ActionError } from "../errors/action-error.js";
import type { Digest } from "../model/digest.js";
import type { OciImage } from "../model/image.js";
import type { Call } from "./engine-call.js";
import { packArchive } from "./image-archive.js";

export interface LoadedImage {
  readonly id: Digest;
  /** Removes the image from the engine, unless it was there before or another run has it too. */
  readonly remove: () => Promise<void>;
}

export interface LoadOptions {
  /** The engine's name, for errors. */
  readonly engine: string;
  readonly form: "docker-archive" | "both";
  readonly nonce: string;
}

const LOAD_LIMIT_MS = 10 * 60_000;
const LOAD_ATTEMPTS = 5;
const NAMES = z.array(z.string()).nullable();

/** The beginning of the names that a run gives to the images that it tests. */
export function nameImages(nonce: string): string {
  return `localhost/cross-build:${nonce}-`;
}

/**
 * Loads an image under a name of this run. Runs that have the same image share its ID, so none may remove the
 * ID: the engine removes the image with the last of its names. Rejects with `GATE_MISMATCH` if the engine
 * then lacks the image.
 */
export async function loadImage(
  call: Call,
  image: OciImage,
  { engine, form, nonce }: LoadOptions,
): Promise<LoadedImage> {
  // The image ID is the config's digest or, in Docker with the containerd image store, the manifest's.
  const ids = [image.config.digest, image.manifest.digest];
  const runName = `${nameImages(nonce)}${image.config.digest.slice(-12)}`;
  const remove = async (name: string) => {
    // If a container that is not a run's uses the image by now, the removal fails and the image stays.
    await call(["image", "rm", name], { expectedExitCodes: "any" });
  };
  for (let attempt = 1; attempt <= LOAD_ATTEMPTS; attempt++) {
    // An image that is there without a name is not a run's, and would be removed with the name.
    const isNameless = (await findImage(call, ids))?.names.length === 0;
    const name = isNameless ? undefined : runName;
    await call(["load"], {
      input: packArchive(image, form, name),
      timeoutMs: LOAD_LIMIT_MS,
    });
    const found = await findImage(call, ids);
    if (found !== undefined && name === undefined && found.names.length === 0) {
      return { id: found.id, remove: () => Promise.resolve() };
    }
    if (found !== undefined && name !== undefined && found.names.includes(name)) {
      return { id: found.id, remove: () => remove(name) };
    }
    if (found === undefined && (await findImage(call, [runName])) !== undefined) break;
    // Another run has removed the image while this one loaded it.
  }
  await remove(runName);
  throw new ActionError(
    "GATE_MISMATCH",
    `${engine} has no image with the ID ${ids.join(" or ")} after loading it`,
    { hint: "This engine changes images when it loads them. Use another engine." },
  );
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
