import { type FileCache, findFolderSubstituter, parseFileCache, PRIORITY } from "./file.js";
import type { GithubCache } from "./github/restore.js";
import { type HttpCache, parseHttpCache } from "./http.js";
import { invalidCache } from "./invalid-cache.js";

/** Where built store paths are kept for later runs, with one kind for each backend. */
export type BinaryCache = FileCache | HttpCache | GithubCache;

/**
 * Reads `github`, `file://DIR` (relative to `workingDirectory`) or `https://[USER:PASSWORD@]HOST/PATH`.
 * Rejects with `INPUT_INVALID`, without showing a password.
 */
export function parseCache(text: string, workingDirectory: string): BinaryCache {
  if (text === "github") return { kind: "github", uri: "github" };
  if (text.startsWith("file://")) return parseFileCache(text.slice("file://".length), workingDirectory);
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    // Don't show the value: a malformed URL may still contain a password.
    throw invalidCache("the value", "Supported are github, file://DIR, https://HOST/PATH and none.");
  }
  return parseHttpCache(url);
}

/**
 * The cache of a run: the one that the user chose, or by default GitHub's if the runner offers it. Undefined
 * for `none`, or if there is no default. Rejects with `INPUT_INVALID`.
 */
export function chooseCache(
  text: string | undefined,
  workingDirectory: string,
  isGithubOffered: boolean,
): BinaryCache | undefined {
  if (text === "none" || (text === undefined && !isGithubOffered)) return undefined;
  return parseCache(text ?? "github", workingDirectory);
}

/**
 * The substituter that reads the cache; undefined if there is nothing to read yet. `folder` is the folder of
 * GitHub's restored cache. Unless `isSigned`, signatures in a folder are not checked: everyone who can write
 * to it is trusted.
 */
export async function findSubstituter(
  cache: BinaryCache,
  isSigned: boolean,
  folder?: string,
): Promise<string | undefined> {
  switch (cache.kind) {
    case "http":
      return `${cache.uri}?priority=${PRIORITY}`;
    case "file":
      return findFolderSubstituter(cache.folder, isSigned);
    case "github":
      return folder === undefined ? undefined : findFolderSubstituter(folder, isSigned);
  }
}
