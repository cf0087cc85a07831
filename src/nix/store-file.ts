import { Readable } from "node:stream";

import { isStorePath, type StorePath } from "../model/store-path.js";
import { renderFileExport, type StoreFile } from "../nix-protocol/export.js";
import type { RunNix } from "./command.js";

/*
 * Small files in the store that no derivation builds. Their paths do not depend on their content, so Nix
 * takes them from a cache only if it trusts the cache, or a signature, as it does for what a derivation
 * builds.
 */

const LIMIT_MS = 60_000;
/** What is not there within this time is not waited for. */
const FETCH_LIMIT_MS = 30_000;

/** Which of the paths are in this machine's store. Rejects with the codes of RunCommand. */
export async function listValidPaths(
  runNixStoreCli: RunNix,
  paths: readonly StorePath[],
): Promise<readonly StorePath[]> {
  const args = ["--check-validity", "--print-invalid", ...paths];
  const { stdout } = await runNixStoreCli(args, { timeoutMs: LIMIT_MS });
  const invalid = new Set(stdout.split("\n").filter(isStorePath));
  return paths.filter((path) => !invalid.has(path));
}

/**
 * Fetches those of the paths that some caches have, and asks no others. Checks signatures as `substituters`
 * say. Rejects with `CANCELLED` and `COMMAND_TIMEOUT`, but not if paths cannot be fetched.
 */
export async function fetchPaths(
  runNixStoreCli: RunNix,
  substituters: readonly string[],
  paths: readonly StorePath[],
): Promise<void> {
  const settings = {
    substituters: substituters.join(" "),
    // What was missing before may be there now.
    "narinfo-cache-negative-ttl": "0",
    "connect-timeout": "5",
    "download-attempts": "1",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["--option", name, value]);
  await runNixStoreCli(["--realise", "--keep-going", ...options, ...paths], {
    timeoutMs: FETCH_LIMIT_MS,
    expectedExitCodes: "any",
  });
}

/**
 * Adds files to this machine's store; those whose paths are there already stay as they are. Rejects with the
 * codes of RunCommand, as for a user whom the Nix daemon does not trust.
 */
export async function importFiles(runNixStoreCli: RunNix, files: readonly StoreFile[]): Promise<void> {
  const input = Readable.from(renderFileExport(files));
  await runNixStoreCli(["--import"], { timeoutMs: LIMIT_MS, input });
}
