import { randomBytes } from "node:crypto";
import { copyFile, mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

import { isErrno } from "../errors/errno.js";
import type { Digest } from "../model/digest.js";

/**
 * Files that outlive a job on this machine, stored by digest. Others may be able to write here, so hash a
 * file from `find` again before using it.
 */
export interface ToolCache {
  /** Finds the file stored under this digest, if there is one. */
  find(digest: Digest): Promise<string | undefined>;
  /** Stores a copy of `file` under its digest, replacing an earlier one. */
  keep(file: string, digest: Digest): Promise<void>;
}

const TOOL = "cross-build";
const FILE_NAME = "file";
const ANY_ARCHITECTURE = "any";

/** Opens the runner's tool cache if `RUNNER_TOOL_CACHE` names one, otherwise a plain folder. */
export function openToolCache(
  environment: Readonly<Record<string, string | undefined>>,
  folder: string,
): ToolCache {
  return (environment["RUNNER_TOOL_CACHE"] ?? "") === "" ? folderCache(folder) : runnerCache();
}

function runnerCache(): ToolCache {
  return {
    find: async (digest) => {
      const { find } = await import("@actions/tool-cache");
      const folder = find(TOOL, versionOf(digest), ANY_ARCHITECTURE);
      return folder === "" ? undefined : join(folder, FILE_NAME);
    },
    keep: async (file, digest) => {
      const { cacheFile } = await import("@actions/tool-cache");
      await cacheFile(file, FILE_NAME, TOOL, versionOf(digest), ANY_ARCHITECTURE);
    },
  };
}

/**
 * The tool cache finds only semantic versions. The hyphen keeps a digest that consists of digits from being
 * read as a number.
 */
function versionOf(digest: Digest): string {
  return `0.0.0-${digest.replace(":", "-")}`;
}

function folderCache(folder: string): ToolCache {
  const fileOf = (digest: Digest) => join(folder, digest.replace(":", "-"));
  return {
    find: async (digest) => {
      try {
        return (await stat(fileOf(digest))).isFile() ? fileOf(digest) : undefined;
      } catch (error) {
        if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
        throw error;
      }
    },
    keep: async (file, digest) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const temporary = join(folder, `.${randomBytes(6).toString("hex")}.tmp`);
      try {
        await copyFile(file, temporary);
        await rename(temporary, fileOf(digest));
      } finally {
        await rm(temporary, { force: true });
      }
    },
  };
}
