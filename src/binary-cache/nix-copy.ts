import { mkdir } from "node:fs/promises";

import * as z from "zod";

import { ActionError, renderError } from "../errors/action-error.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import { COPY_LIMIT_MS, type RunNix } from "../nix/command.js";
import type { FileCache } from "./file.js";
import type { HttpCache } from "./http.js";

export interface PushResult {
  readonly pathsPushed: number;
  readonly pathsPresent: number;
}

/**
 * Copies the closures of `storePaths` into the cache, signed if there is a key, and counts the new paths.
 * Rejects with `CACHE_FAILED`, and with the codes of RunCommand other than `COMMAND_FAILED`.
 */
export async function pushClosure(
  runNix: RunNix,
  cache: FileCache | HttpCache,
  storePaths: readonly StorePath[],
  signingKeyFile: string | undefined,
): Promise<PushResult> {
  try {
    if (cache.kind === "file") await mkdir(cache.folder, { recursive: true });
    const { stdout } = await runNix(["path-info", "--recursive", ...storePaths], {
      timeoutMs: COPY_LIMIT_MS,
    });
    const closure = stdout.split("\n").filter(isStorePath);
    const present = await countPresent(runNix, cache, closure);
    const key = signingKeyFile === undefined ? "" : `&secret-key=${signingKeyFile}`;
    await runNix([...FRESH, "copy", "--to", `${cache.uri}?compression=zstd${key}`, ...storePaths], {
      timeoutMs: COPY_LIMIT_MS,
    });
    return { pathsPushed: closure.length - present, pathsPresent: present };
  } catch (cause) {
    if (cause instanceof ActionError && cause.code !== "COMMAND_FAILED") throw cause;
    throw new ActionError("CACHE_FAILED", `could not push to the binary cache ${cache.uri}`, {
      cause: isUnauthorized(cause) ? undefined : cause,
      hint: isUnauthorized(cause)
        ? "The server rejected the user or the password."
        : "Check that the cache is writable (a server must accept PUT) and that its disk is not full.",
    });
  }
}

/** Makes Nix ignore what it remembers about the content of caches, which may be outdated. */
const FRESH = ["--option", "narinfo-cache-negative-ttl", "0", "--option", "narinfo-cache-positive-ttl", "0"];
/** A missing path is null, or has `valid: false` in older versions. */
const PATH_INFO = z.record(z.string(), z.looseObject({ valid: z.boolean().optional() }).nullable());

async function countPresent(
  runNix: RunNix,
  cache: FileCache | HttpCache,
  closure: readonly StorePath[],
): Promise<number> {
  const { stdout } = await runNix([...FRESH, "path-info", "--json", "--store", cache.uri, ...closure], {
    timeoutMs: COPY_LIMIT_MS,
    expectedExitCodes: "any",
  });
  try {
    const infos = Object.values(PATH_INFO.parse(JSON.parse(stdout)));
    return infos.filter((info) => info !== null && info.valid !== false).length;
  } catch {
    return 0;
  }
}

function isUnauthorized(error: unknown): boolean {
  return /HTTP error 40[13]/.test(renderError(error));
}
