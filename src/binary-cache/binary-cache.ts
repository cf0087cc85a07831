import { type FileCache, findFolderSubstituter, parseFileCache, PRIORITY } from "./file.js";
import type { GithubCache } from "./github/restore.js";
import { type HttpCache, parseHttpCache } from "./http.js";
import { invalidCache } from "./invalid-cache.js";

/** Where built store paths are kept for later runs, with one kind for each backend. */
export type BinaryCache = FileCache | HttpCache | GithubCache;

/** A cache of a run, and what the run does with it. */
export interface CacheUse {
  readonly cache: BinaryCache;
  /** Whether Nix reads it. */
  readonly isPulled: boolean;
  /** Whether the run may fill it, if the event allows that. */
  readonly isPushed: boolean;
}

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
 * The caches of a run, in the order in which they are asked: those that the user chose, one a line, or by
 * default GitHub's if the runner offers it. Empty for `none`, or if there is no default. Rejects with
 * `INPUT_INVALID`.
 */
export function chooseCaches(
  text: string | undefined,
  workingDirectory: string,
  isGithubOffered: boolean,
): readonly CacheUse[] {
  if (text === undefined && !isGithubOffered) return [];
  const lines = (text ?? "github").split("\n").map((line) => line.trim());
  const chosen = lines.filter((line) => line !== "");
  if (chosen.length === 1 && chosen[0] === "none") return [];
  const uses = chosen.map((line) => parseCacheUse(line, workingDirectory));
  const uris = uses.map(({ cache }) => cache.uri);
  const twice = uris.find((uri, index) => uris.indexOf(uri) < index);
  if (twice !== undefined) throw invalidCache(twice, "List each cache once.");
  return uses;
}

/** Reads a cache with the settings `pull` and `push` of its query, which are true by default. */
function parseCacheUse(line: string, workingDirectory: string): CacheUse {
  const start = line.indexOf("?");
  const query = new URLSearchParams(start === -1 ? "" : line.slice(start));
  const take = (name: string): boolean => {
    const value = query.get(name) ?? "true";
    query.delete(name);
    if (value !== "true" && value !== "false") {
      throw invalidCache(`the setting ${name}=${value}`, `Write ${name}=true or ${name}=false.`);
    }
    return value === "true";
  };
  const [isPulled, isPushed] = [take("pull"), take("push")];
  const rest = query.size === 0 ? "" : `?${query.toString()}`;
  const cache = parseCache(`${start === -1 ? line : line.slice(0, start)}${rest}`, workingDirectory);
  return { cache, isPulled, isPushed };
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
