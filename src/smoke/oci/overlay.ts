import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";

import type { Digest } from "../../model/digest.js";
import type { Blob, OciImage } from "../../model/image.js";
import type { RunAsRoot } from "../../platform/privileged.js";
import type { ImageConfig } from "./image-config.js";

const CALL_LIMIT_MS = 60_000;
const UNPACK_LIMIT_MS = 10 * 60_000;
/** Reading a layer and writing its files take turns, so this many layers keep all cores busy. */
const PARALLEL_LAYERS = availableParallelism() + 1;

/**
 * The tar of a layer with whiteouts as overlayfs has them. Rejects with `GATE_MISMATCH` at its end if the
 * layer's bytes are not those of its digest and its diff ID, and with `GATE_FAILED` if it cannot be unpacked.
 */
export type ReadLayer = (layer: Blob, diffId: Digest) => AsyncIterable<Uint8Array>;

export interface OverlayEffects {
  readonly runAsRoot: RunAsRoot;
  readonly runFolder: string;
  readonly readLayer: ReadLayer;
}

/** The layers of an image, each in a folder of its own whose name is its number. */
export interface UnpackedImage {
  readonly folder: string;
  readonly layers: number;
}

/** The folder of a run that has everything of its OCI runtime. */
export function ociFolder(runFolder: string): string {
  return join(runFolder, "oci");
}

/** Where the root file system of a container is mounted. */
export function rootOf(container: string): string {
  return join(container, "root");
}

/** Unpacks the layers of an image, several at a time. Leaves nothing behind if that fails. */
export async function unpackImage(
  { layers }: OciImage,
  { rootfs }: ImageConfig,
  effects: OverlayEffects,
): Promise<UnpackedImage> {
  const folder = join(ociFolder(effects.runFolder), randomUUID().slice(0, 8));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    // A mount needs a lower layer, even if the image has none.
    const count = Math.max(layers.length, 1);
    const names = Array.from({ length: count }, (_, index) => String(index));
    await makeFolders(folder, names, effects);
    const queue = [...layers.entries()];
    const work = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [index, layer] = next;
        const diffId = rootfs.diff_ids[index];
        if (diffId === undefined) throw new Error(`the layer ${layer.digest} has no diff ID`);
        await unpackLayer(join(folder, String(index)), effects.readLayer(layer, diffId), effects);
      }
    };
    const workers = Array.from({ length: PARALLEL_LAYERS }, async () => {
      try {
        await work();
      } catch (error) {
        queue.length = 0;
        throw error;
      }
    });
    await Promise.allSettled(workers);
    await Promise.all(workers);
    return { folder, layers: count };
  } catch (error) {
    await removeFolder(folder, effects);
    throw error;
  }
}

/** Folders of root with the mode that a container has to see. */
async function makeFolders(
  folder: string,
  names: readonly string[],
  { runAsRoot }: Pick<OverlayEffects, "runAsRoot">,
): Promise<void> {
  await runAsRoot("mkdir", ["--mode=0755", ...names], { cwd: folder, timeoutMs: CALL_LIMIT_MS });
}

/** tar creates devices and attributes, and never writes through a symlink that leaves the folder. */
async function unpackLayer(
  folder: string,
  tar: AsyncIterable<Uint8Array>,
  { runAsRoot }: OverlayEffects,
): Promise<void> {
  const owners = ["--numeric-owner", "--same-owner", "--same-permissions"];
  const attributes = ["--xattrs", "--xattrs-include=*"];
  const args = ["--extract", `--directory=${folder}`, ...owners, ...attributes, "--warning=no-timestamp"];
  await runAsRoot("tar", args, { input: Readable.from(tar), timeoutMs: UNPACK_LIMIT_MS });
}

/** Mounts the layers and a new folder for changes above them, in `name` in the image's folder. */
export async function mountRoot(
  { folder, layers }: UnpackedImage,
  name: string,
  effects: OverlayEffects,
): Promise<string> {
  const container = join(folder, name);
  await mkdir(container, { mode: 0o700 });
  await makeFolders(container, ["root", "changes", "work"], effects);
  // Relative names keep the options of a hundred layers below the kernel's limit of a page.
  const lower = Array.from({ length: layers }, (_, index) => layers - 1 - index).join(":");
  const options = `lowerdir=${lower},upperdir=${name}/changes,workdir=${name}/work`;
  await effects.runAsRoot("mount", ["-t", "overlay", "-o", options, "overlay", rootOf(name)], {
    cwd: folder,
    // The new system calls take 255 characters for the layers. @see util-linux, libmount/docs
    env: { LIBMOUNT_FORCE_MOUNT2: "always" },
    timeoutMs: CALL_LIMIT_MS,
  });
  return container;
}

/** Unmounts the root file system of a container, and removes its folder. */
export async function unmountRoot(container: string, effects: OverlayEffects): Promise<void> {
  await effects.runAsRoot("umount", [rootOf(container)], { timeoutMs: CALL_LIMIT_MS });
  await removeFolder(container, effects);
}

/** Removes a folder with files of any user, and nothing that is still mounted in it. */
export async function removeFolder(
  folder: string,
  { runAsRoot }: Pick<OverlayEffects, "runAsRoot">,
): Promise<void> {
  await runAsRoot("rm", ["-rf", "--one-file-system", folder], { timeoutMs: UNPACK_LIMIT_MS });
}
