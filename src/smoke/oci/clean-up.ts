import { join } from "node:path";

import { ActionError } from "../../errors/action-error.js";
import { readdirIfPresent } from "../../platform/files.js";
import type { RunAsRoot } from "../../platform/privileged.js";
import { ociFolder, removeFolder, rootOf } from "./overlay.js";
import { OCI_RUNTIMES, stateFolder } from "./effects.js";

const CALL_LIMIT_MS = 60_000;

/** Removes the containers of a run and its unpacked images, for the post step. */
export async function removeOciContainers(runAsRoot: RunAsRoot, runFolder: string): Promise<void> {
  const folder = ociFolder(runFolder);
  const images = await readdirIfPresent(folder);
  if (images.length === 0) return;
  for (const image of images) {
    for (const id of await readdirIfPresent(join(folder, image))) {
      if (!id.startsWith("cross-build-")) continue;
      await killContainer(id, runFolder, runAsRoot);
      const root = rootOf(join(folder, image, id));
      await runAsRoot("umount", ["--lazy", root], { timeoutMs: CALL_LIMIT_MS, expectedExitCodes: "any" });
    }
  }
  await removeFolder(folder, { runAsRoot });
}

/** Kills a container of any runtime: where it is unknown, nothing happens. */
async function killContainer(id: string, runFolder: string, runAsRoot: RunAsRoot): Promise<void> {
  for (const runtime of OCI_RUNTIMES) {
    const args = [`--root=${stateFolder(runFolder, runtime)}`, "delete", "--force", id];
    try {
      await runAsRoot(runtime, args, { timeoutMs: CALL_LIMIT_MS, expectedExitCodes: "any" });
    } catch (error) {
      if (!(error instanceof ActionError) || error.code !== "COMMAND_MISSING") throw error;
    }
  }
}
