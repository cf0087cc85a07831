import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { readStartTime } from "../platform/process-ledger.js";

const PREFIX = "cross-build-";

/** The name of a new run folder in `base`; its nonce is in the name. The folder is not made yet. */
export function nameRunFolder(base: string): string {
  return join(base, `${PREFIX}${randomBytes(6).toString("hex")}`);
}

/** The nonce of a run folder: lower case hexadecimal, fit for file names and ssh aliases. */
export function nonceOf(runFolder: string): string {
  return basename(runFolder).slice(PREFIX.length);
}

/** Makes a run folder, 0700, that belongs to the process `ownerPid`: when that has gone, the run is dead. */
export function makeRunFolder(runFolder: string, ownerPid: number): void {
  mkdirSync(runFolder, { recursive: true, mode: 0o700 });
  writeFileSync(join(runFolder, "owner"), `${ownerPid} ${readStartTime(ownerPid) ?? ""}\n`, { mode: 0o600 });
}
