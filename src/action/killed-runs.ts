import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { removeOrphanedConfigurations } from "../pipeline/clean-up.js";
import type { RunContext } from "../pipeline/context.js";
import { readStartTime } from "../platform/process-ledger.js";
import { nonceOf } from "./run-folder.js";

/**
 * Removes what runs left behind whose owner is gone: their post step never ran, because of a hard kill or a lost machine. `closeRun`
 * removes everything of one run.
 */
export async function removeKilledRuns(
  { log, canBecomeRoot, runAsRoot }: Pick<RunContext, "log" | "canBecomeRoot" | "runAsRoot">,
  base: string,
  closeRun: (runFolder: string) => Promise<void>,
): Promise<void> {
  for (const runFolder of findKilledRuns(base)) {
    log.info(`removing what a run that was killed left behind (${nonceOf(runFolder)})`);
    await closeRun(runFolder);
  }
  if (canBecomeRoot) await removeOrphanedConfigurations(runAsRoot);
}

/** The run folders in `base` whose owner is gone; none where that cannot be known, without /proc. */
function findKilledRuns(base: string): readonly string[] {
  return readdirSync(base, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^cross-build-[0-9a-f]{12}$/.test(entry.name))
    .map((entry) => join(base, entry.name))
    .filter(isOwnerGone);
}

function isOwnerGone(runFolder: string): boolean {
  try {
    const [pid, start = ""] = readFileSync(join(runFolder, "owner"), "utf8").trim().split(" ");
    return start !== "" && readStartTime(Number(pid)) !== start;
  } catch {
    return false;
  }
}
