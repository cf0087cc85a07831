import { access, mkdir } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";

import { ActionError } from "../errors/action-error.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import type { CommandOptions, CommandOutput } from "../platform/command.js";

/** A binary cache in a folder. @see Nix manual, "Local Binary Cache Store" */
export interface FileCache {
  readonly folder: string;
  readonly uri: string;
}

/** Calls `nix` with the run's configuration. */
type RunNix = (args: readonly string[], options: CommandOptions) => Promise<CommandOutput>;

const COPY_LIMIT_MS = 60 * 60_000;

/** Reads `file://DIR`; a relative folder starts at `workingDirectory`. Rejects with `INPUT_INVALID`. */
export function parseCache(text: string, workingDirectory: string): FileCache {
  if (!text.startsWith("file://")) {
    throw new ActionError(
      "INPUT_INVALID",
      `input cache: ${JSON.stringify(text.slice(0, 200))} cannot be used`,
      {
        hint: "This version knows file://DIR.",
      },
    );
  }
  const path = text.slice("file://".length);
  const folder = isAbsolute(path) ? resolve(path) : resolve(workingDirectory, path);
  if (path === "" || !/^[\w./+=@~-]+$/.test(folder)) {
    throw new ActionError(
      "INPUT_INVALID",
      `input cache: ${JSON.stringify(text.slice(0, 200))} is no folder that Nix can take`,
      {
        hint: "Use letters, digits and . _ - + = @ ~ / in its path.",
      },
    );
  }
  return { folder, uri: `file://${folder}` };
}

/**
 * The substituter to read the cache by; undefined while there is nothing in it. Without public keys its signatures are not asked for: who owns the folder
 * is trusted.
 */
export async function findSubstituter(cache: FileCache, isSigned: boolean): Promise<string | undefined> {
  try {
    await access(join(cache.folder, "nix-cache-info"));
  } catch {
    return undefined;
  }
  // Before cache.nixos.org, whose priority is 40: this one is near.
  return `${cache.uri}?priority=30${isSigned ? "" : "&trusted=1"}`;
}

export interface PushResult {
  readonly pathsPushed: number;
  readonly pathsPresent: number;
}

/**
 * Copies the closures of `storePaths` into the cache, signed where there is a key, and counts what was new. Rejects with
 * `CACHE_FAILED`.
 */
export async function pushClosure(
  runNix: RunNix,
  cache: FileCache,
  storePaths: readonly StorePath[],
  signingKeyFile: string | undefined,
): Promise<PushResult> {
  try {
    await mkdir(cache.folder, { recursive: true });
    const { stdout } = await runNix(["path-info", "--recursive", ...storePaths], {
      timeoutMs: COPY_LIMIT_MS,
    });
    const closure = stdout.split("\n").filter(isStorePath);
    const present = await countPresent(cache, closure);
    const key = signingKeyFile === undefined ? "" : `&secret-key=${signingKeyFile}`;
    await runNix(["copy", "--to", `${cache.uri}?compression=zstd${key}`, ...storePaths], {
      timeoutMs: COPY_LIMIT_MS,
    });
    return { pathsPushed: closure.length - present, pathsPresent: present };
  } catch (cause) {
    if (cause instanceof ActionError && cause.code !== "COMMAND_FAILED") throw cause;
    throw new ActionError("CACHE_FAILED", `the binary cache ${cache.uri} could not be filled`, {
      cause,
      hint: "Check that its folder can be written to and that its disk is not full.",
    });
  }
}

async function countPresent(cache: FileCache, closure: readonly StorePath[]): Promise<number> {
  const found = await Promise.all(
    closure.map(async (path) => {
      const hash = path.slice("/nix/store/".length).split("-")[0] ?? "";
      try {
        await access(join(cache.folder, `${hash}.narinfo`));
        return true;
      } catch {
        return false;
      }
    }),
  );
  return found.filter(Boolean).length;
}
