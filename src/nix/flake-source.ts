import * as z from "zod";

import { ActionError } from "../errors/action-error.js";
import { sanitizeText } from "../platform/log.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import type { RunNix } from "./command.js";
import { readNixError } from "./error-text.js";
import { hintForFetch } from "./failure.js";

const LIMIT_MS = 15 * 60_000;

/** What Nix reads of a flake. */
export interface FlakeSource {
  /** Its files in the store. Of a git repository, those that git tracks, as they are in the working tree. */
  readonly storePath: StorePath;
  /** The folder of flake.nix in it, relative; empty if that is the top. */
  readonly folder: string;
}

const METADATA = z.looseObject({
  path: z.string(),
  resolved: z.looseObject({ dir: z.string().optional() }).optional(),
});

/**
 * Reads where Nix has the files of a flake, which it fetches if necessary. Writes no lock file. Rejects with
 * `FLAKE_INVALID` and Nix's error.
 */
export async function readFlakeSource(runNix: RunNix, flake: string, cwd: string): Promise<FlakeSource> {
  const { exitCode, stdout, stderr } = await runNix(
    ["flake", "metadata", "--json", "--no-write-lock-file", flake],
    { cwd, timeoutMs: LIMIT_MS, expectedExitCodes: "any" },
  );
  if (exitCode !== 0) {
    const text = sanitizeText(stderr);
    throw new ActionError("FLAKE_INVALID", `the flake ${flake} cannot be read: ${readNixError(text)}`, {
      hint: hintForFetch(text) ?? `Reproduce it with: nix flake metadata ${flake}`,
    });
  }
  const { path, resolved } = METADATA.parse(JSON.parse(stdout));
  if (!isStorePath(path)) throw new Error(`Nix has the flake ${flake} at ${path}`);
  return { storePath: path, folder: resolved?.dir ?? "" };
}
