import { access } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";

import { invalidCache } from "./invalid-cache.js";

/** A binary cache in a folder. @see Nix manual, "Local Binary Cache Store" */
export interface FileCache {
  readonly kind: "file";
  readonly uri: string;
  readonly folder: string;
}

/** Reads the part after `file://`, a folder relative to `workingDirectory`. Rejects with `INPUT_INVALID`. */
export function parseFileCache(path: string, workingDirectory: string): FileCache {
  const folder = isAbsolute(path) ? resolve(path) : resolve(workingDirectory, path);
  if (path === "" || !isFitForUri(folder)) {
    throw invalidCache(
      `file://${path}`,
      "Use only letters, digits and . _ - + = @ ~ / in the folder's path.",
    );
  }
  return { kind: "file", folder, uri: `file://${folder}` };
}

/** True if a folder's path needs no escaping in a store URI in nix.conf. */
export function isFitForUri(folder: string): boolean {
  return /^[\w./+=@~-]+$/.test(folder);
}

/**
 * The substituter that reads a folder; undefined if the folder is not a binary cache yet. Unless `isSigned`,
 * signatures are not checked: everyone who can write to the folder is trusted.
 */
export async function findFolderSubstituter(folder: string, isSigned: boolean): Promise<string | undefined> {
  try {
    await access(join(folder, "nix-cache-info"));
  } catch {
    return undefined;
  }
  return `file://${folder}?priority=${PRIORITY}${isSigned ? "" : "&trusted=1"}`;
}

/** Ask this cache before cache.nixos.org, whose priority is 40: it is usually nearer. */
export const PRIORITY = 30;
