import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { RunnerCache } from "../src/binary-cache/github/client.js";
import { ENTRY_FOLDER } from "../src/binary-cache/github/client-protocol.js";
import { ActionError } from "../src/errors/action-error.js";

/** GitHub's cache of one branch, in memory. */
export interface MemoryRunnerCache extends RunnerCache {
  /** The files of each entry, oldest first. */
  readonly entries: Map<string, Map<string, Buffer>>;
  /** How often something was to be saved. */
  readonly attempts: () => number;
  /** Makes saving fail, or work again. */
  readonly setFailing: (isFailing: boolean) => void;
  /** Resolves when there are so many entries. */
  readonly whenSaved: (count: number) => Promise<void>;
  /** Resolves when something was to be saved so often. */
  readonly whenTried: (count: number) => Promise<void>;
  /** The size of all entries. */
  readonly bytes: () => number;
}

export function openMemoryRunnerCache(): MemoryRunnerCache {
  const entries = new Map<string, Map<string, Buffer>>();
  const waiting = new Map<number, () => void>();
  const trying = new Map<number, () => void>();
  let attempts = 0;
  let isFailing = false;
  const findNewest = (prefix: string) => [...entries.keys()].findLast((key) => key.startsWith(prefix));
  return {
    isReadable: true,
    isWritable: true,
    entries,
    attempts: () => attempts,
    setFailing: (next) => {
      isFailing = next;
    },
    whenSaved: (count) =>
      new Promise((resolve) => {
        if (entries.size >= count) resolve();
        else waiting.set(count, resolve);
      }),
    whenTried: (count) =>
      new Promise((resolve) => {
        if (attempts >= count) resolve();
        else trying.set(count, resolve);
      }),
    bytes: () =>
      [...entries.values()]
        .flatMap((files) => [...files.values()])
        .reduce((sum, { length }) => sum + length, 0),
    find: (prefixes) => Promise.resolve(prefixes.map(findNewest).find((key) => key !== undefined)),
    findEach: (prefixes) => Promise.resolve(prefixes.map(findNewest).filter((key) => key !== undefined)),
    restore: async (folder, keys) => {
      const found = keys.filter((key) => entries.has(key));
      await mkdir(join(folder, ENTRY_FOLDER), { recursive: true });
      for (const key of found) {
        for (const [name, content] of entries.get(key) ?? []) {
          await writeFile(join(folder, ENTRY_FOLDER, name), content);
        }
      }
      return { keys: found, problem: undefined };
    },
    save: async (folder, key) => {
      attempts += 1;
      trying.get(attempts)?.();
      if (isFailing || entries.has(key)) {
        throw new ActionError("CACHE_FAILED", "GitHub's cache failed: rate limited", { hint: "Wait." });
      }
      const files = new Map<string, Buffer>();
      for (const name of await readdir(join(folder, ENTRY_FOLDER))) {
        files.set(name, await readFile(join(folder, ENTRY_FOLDER, name)));
      }
      entries.set(key, files);
      waiting.get(entries.size)?.();
    },
  };
}
