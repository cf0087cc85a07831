import { access, mkdir } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";

import { z } from "zod";

import { ActionError, renderError } from "../errors/action-error.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import type { CommandOptions, CommandOutput } from "../platform/command.js";

/**
 * A binary cache: in a folder, or behind HTTP, where it takes uploads by PUT.
 * @see Nix manual, "Local Binary Cache Store" and "HTTP Binary Cache Store"
 */
export type BinaryCache =
  | { readonly kind: "file"; readonly uri: string; readonly folder: string }
  | { readonly kind: "http"; readonly uri: string; readonly login: CacheLogin | undefined };

export interface CacheLogin {
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/** Calls `nix` with the run's configuration. */
type RunNix = (args: readonly string[], options: CommandOptions) => Promise<CommandOutput>;

const COPY_LIMIT_MS = 60 * 60_000;

/**
 * Reads `file://DIR`, where a relative folder starts at `workingDirectory`, or `https://[USER:PASSWORD@]HOST/PATH`; `http://` too, but
 * with a password on loopback alone. Rejects with `INPUT_INVALID`, never showing a password.
 */
export function parseCache(text: string, workingDirectory: string): BinaryCache {
  if (text.startsWith("file://")) return parseFolder(text.slice("file://".length), workingDirectory);
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    // A URL that cannot be read may still hold a password.
    throw invalid("the cache", "This version knows file://DIR and https://HOST/PATH.");
  }
  const { username, password, host, hostname, pathname } = url;
  const uri = `${url.protocol}//${host}${pathname.replace(/\/+$/, "")}`;
  if (url.search !== "" || url.hash !== "" || !/^[\w./:+=@~%[\]-]+$/.test(uri)) {
    throw invalid(uri, "Give it without a query: how it is read and filled is decided here.");
  }
  if (username === "" && password === "") return { kind: "http", uri, login: undefined };
  const isLoopback = hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  if (url.protocol === "http:" && !isLoopback) {
    throw invalid(uri, "A password must not be sent without encryption: use https.");
  }
  const login = {
    host: hostname,
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
  if (/[\s#]/.test(login.username + login.password)) {
    throw invalid(uri, "Its user and password must be one word each, since netrc knows no quotes.");
  }
  return { kind: "http", uri, login };
}

/** The line of netrc(5) for a cache that wants a password. */
export function renderNetrc({ host, username, password }: CacheLogin): string {
  return `machine ${host} login ${username} password ${password}\n`;
}

/**
 * The substituter to read the cache by; undefined for a folder while there is nothing in it. Of a folder without public keys the signatures are
 * not asked for: who owns the folder is trusted.
 */
export async function findSubstituter(cache: BinaryCache, isSigned: boolean): Promise<string | undefined> {
  // Before cache.nixos.org, whose priority is 40: this one is near.
  if (cache.kind === "http") return `${cache.uri}?priority=30`;
  try {
    await access(join(cache.folder, "nix-cache-info"));
  } catch {
    return undefined;
  }
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
  cache: BinaryCache,
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
    throw new ActionError("CACHE_FAILED", `the binary cache ${cache.uri} could not be filled`, {
      cause: isUnauthorized(cause) ? undefined : cause,
      hint: isUnauthorized(cause)
        ? "It refuses the user or the password."
        : "Check that it can be written to (a server by PUT) and that its disk is not full.",
    });
  }
}

/** What a cache had an hour ago says nothing of what it has now. */
const FRESH = ["--option", "narinfo-cache-negative-ttl", "0", "--option", "narinfo-cache-positive-ttl", "0"];
/** Of a path that is not there: null, or `valid` of older versions. */
const PATH_INFO = z.record(z.string(), z.looseObject({ valid: z.boolean().optional() }).nullable());

async function countPresent(
  runNix: RunNix,
  cache: BinaryCache,
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

function parseFolder(path: string, workingDirectory: string): BinaryCache {
  const folder = isAbsolute(path) ? resolve(path) : resolve(workingDirectory, path);
  if (path === "" || !/^[\w./+=@~-]+$/.test(folder)) {
    throw invalid(`file://${path}`, "Use letters, digits and . _ - + = @ ~ / in the folder's path.");
  }
  return { kind: "file", folder, uri: `file://${folder}` };
}

function invalid(what: string, hint: string): ActionError {
  return new ActionError("INPUT_INVALID", `input cache: ${what.slice(0, 200)} cannot be used`, { hint });
}
