import { access } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";

import { invalidCache } from "./invalid-cache.js";

/** A binary cache in a folder. @see Nix manual, "Local Binary Cache Store" */
export interface FileCache {
  readonly kind: "file";
  readonly uri: string;
  readonly folder: string;
}

/** Reads what follows `file://`; a relative folder starts at `workingDirectory`. Rejects with `INPUT_INVALID`. */
export function parseFileCache(path: string, workingDirectory: string): FileCache {
  const folder = isAbsolute(path) ? resolve(path) : resolve(workingDirectory, path);
  if (path === "" || !isFitForUri(folder)) {
    throw invalidCache(`file://${path}`, "Use letters, digits and . _ - + = @ ~ / in the folder's path.");
  }
  return { kind: "file", folder, uri: `file://${folder}` };
}

/** Whether a folder can be the path of a store's URI in nix.conf as it is. */
export function isFitForUri(folder: string): boolean {
  return /^[\w./+=@~-]+$/.test(folder);
}

/**
 * The substituter to read a folder by; undefined while there is nothing in it. Without `isSigned` the signatures are not asked for:
 * whoever can write there is trusted.
 */
export async function findFolderSubstituter(folder: string, isSigned: boolean): Promise<string | undefined> {
  try {
    await access(join(folder, "nix-cache-info"));
  } catch {
    return undefined;
  }
  return `file://${folder}?priority=${PRIORITY}${isSigned ? "" : "&trusted=1"}`;
}

/** Before cache.nixos.org, whose priority is 40: ours is near. */
export const PRIORITY = 30;
