import { type FileCache, findFolderSubstituter, parseFileCache, PRIORITY } from "./file.js";
import type { GithubCache } from "./github/restore.js";
import { type HttpCache, parseHttpCache } from "./http.js";
import { invalidCache } from "./invalid-cache.js";

/** Where built store paths are kept for later runs: one kind for each backend. */
export type BinaryCache = FileCache | HttpCache | GithubCache;

/**
 * Reads `github`, `file://DIR`, where a relative folder starts at `workingDirectory`, or `https://[USER:PASSWORD@]HOST/PATH`. Rejects with
 * `INPUT_INVALID`, never showing a password.
 */
export function parseCache(text: string, workingDirectory: string): BinaryCache {
  if (text === "github") return { kind: "github", uri: "github" };
  if (text.startsWith("file://")) return parseFileCache(text.slice("file://".length), workingDirectory);
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    // A URL that cannot be read may still hold a password.
    throw invalidCache("the cache", "This version knows github, file://DIR, https://HOST/PATH, and none.");
  }
  return parseHttpCache(url);
}

/**
 * The cache of a run: what the user asked for; `none` for none; and GitHub's own, where nothing was asked for and the runner offers it.
 * Rejects with `INPUT_INVALID`.
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
 * The substituter to read the cache by; undefined while there is nothing to read. `folder` is where GitHub's has been restored. Who
 * can write to a folder is trusted unless `isSigned`.
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
