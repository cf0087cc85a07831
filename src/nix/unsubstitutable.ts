import { pathToFileURL } from "node:url";

import type { StorePath } from "../model/store-path.js";
import { previewBuild } from "./build.js";
import { COPY_LIMIT_MS, type RunNix } from "./command.js";

/**
 * The derivations that a machine with an empty store would build for `drvPaths`, because no substituter has
 * their outputs. Nix answers for the store in `folder`, a binary cache of this run that gets the derivations
 * without any outputs. Rejects with the codes of RunCommand.
 */
export async function listUnsubstitutable(
  runNix: RunNix,
  drvPaths: readonly StorePath[],
  { folder, cwd }: { readonly folder: string; readonly cwd: string },
): Promise<readonly StorePath[]> {
  const store = `${pathToFileURL(folder).href}?compression=none`;
  await runNix(["copy", "--derivation", "--to", store, ...drvPaths], { cwd, timeoutMs: COPY_LIMIT_MS });
  const options = ["--store", store, "--eval-store", "auto"];
  const { missing } = await previewBuild(runNix, {
    installables: [...options, ...drvPaths.map((drvPath) => `${drvPath}^*`)],
    cwd,
  });
  return missing;
}
