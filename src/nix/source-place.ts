import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

import type { ActionError, SourcePlace } from "../errors/action-error.js";
import { listPositions } from "./error-text.js";

/**
 * Adds to an evaluation error the place in the user's own files that Nix names in `text`: the innermost one,
 * since the error may be in another flake that the user's calls. `flakes` are the references as given.
 */
export async function locateError(
  error: ActionError,
  text: string,
  { flakes, cwd }: { readonly flakes: readonly string[]; readonly cwd: string },
): Promise<ActionError> {
  const folders = [...new Set(flakes)].flatMap((flake) => localFolder(flake, cwd) ?? []);
  for (const { file, line, column } of listPositions(text)) {
    const own = await findOwnFile(file, folders);
    const place: SourcePlace | undefined = own === undefined ? undefined : { file: own, line, column };
    if (place !== undefined) return error.with({ place });
  }
  return error;
}

/**
 * The folder of a flake on this machine; undefined for a flake from elsewhere.
 * @see Nix manual, `nix flake`, "Path-like syntax"
 */
export function localFolder(flake: string, cwd: string): string | undefined {
  const path = flake.replace(/^(?:path:|git\+file:)(?:\/\/)?/, "").replace(/[?#].*$/, "");
  return /^(?:\.|\/|$)/.test(path) ? resolve(cwd, path) : undefined;
}

/**
 * The user's file of which Nix evaluated a copy in the store. Nix copies the folder of a flake, or the whole
 * git repository around it. Another flake may have a file of the same name, so the contents are compared.
 */
async function findOwnFile(file: string, folders: readonly string[]): Promise<string | undefined> {
  const [, inSource] = /^\/nix\/store\/[^/]+\/(.+)$/.exec(file) ?? [];
  if (inSource === undefined) return file.startsWith("/") ? file : undefined;
  const copy = await readOptional(file);
  if (copy === undefined) return undefined;
  for (const start of folders) {
    for (let folder = start; ; folder = dirname(folder)) {
      const own = join(folder, inSource);
      if ((await readOptional(own))?.equals(copy) === true) return own;
      if (folder === dirname(folder)) break;
    }
  }
  return undefined;
}

async function readOptional(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch {
    return undefined;
  }
}
