import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { readStartTime } from "../platform/process-ledger.js";

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
 * Creates a run folder (0700) for the owner process `ownerPid`: the run is dead once that process is gone.
 */
export function makeRunFolder(runFolder: string, ownerPid: number): void {
  mkdirSync(runFolder, { recursive: true, mode: 0o700 });
  writeFileSync(join(runFolder, "owner"), `${ownerPid} ${readStartTime(ownerPid) ?? ""}\n`, { mode: 0o600 });
}
