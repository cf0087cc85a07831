import { randomBytes } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { checkProcess } from "../platform/process-identity.js";

const PREFIX = "cross-build-";

/** Names a new run folder in `base`, with a new nonce in the name. Does not create the folder. */
export function nameRunFolder(base: string): string {
  return join(base, `${PREFIX}${randomBytes(6).toString("hex")}`);
}

/** The nonce of a run folder: lowercase hexadecimal, safe in file names and SSH aliases. */
export function nonceOf(runFolder: string): string {
  return basename(runFolder).slice(PREFIX.length);
}

/**
 * Creates a run folder (0700) for the process that `owner` identifies: the run is over once that process is
 * gone. Throws if there is such a folder already, since another user may have made it.
 */
export function makeRunFolder(runFolder: string, owner: string): void {
  mkdirSync(dirname(runFolder), { recursive: true });
  mkdirSync(runFolder, { mode: 0o700 });
  writeFileSync(join(runFolder, "owner"), `${owner}\n`, { mode: 0o600 });
}

/**
 * Whether a run folder belongs to this user and its run is known to be over. Other users can create folders
 * in a shared `/tmp`: what their files say about processes is not trusted.
 */
export function isLeftover(runFolder: string): boolean {
  try {
    const { uid, mode } = lstatSync(runFolder);
    const isOurs = uid === process.getuid?.() && (mode & 0o022) === 0;
    return isOurs && checkProcess(readFileSync(join(runFolder, "owner"), "utf8")) === "gone";
  } catch {
    return false;
  }
}
