import { readdirSync } from "node:fs";
import { join } from "node:path";

import { removeOrphans } from "../pipeline/clean-up.js";
import type { RunContext } from "../pipeline/context.js";
import { isLeftover, nonceOf } from "./run-folder.js";

/**
 * Cleans up after runs whose owner process is gone and whose post step never ran, because of a hard kill or a
 * lost machine. `closeRun` removes everything that one run created.
 */
export async function removeKilledRuns(
  { log, canBecomeRoot, runAsRoot }: Pick<RunContext, "log" | "canBecomeRoot" | "runAsRoot">,
  base: string,
  closeRun: (runFolder: string) => Promise<void>,
): Promise<void> {
  for (const runFolder of findKilledRuns(base)) {
    log.info(`cleaning up after a run that was killed (${nonceOf(runFolder)})`);
    await closeRun(runFolder);
  }
  if (canBecomeRoot) await removeOrphans(runAsRoot);
}

/** Finds the run folders of this user in `base` whose run is over. Finds none without /proc. */
function findKilledRuns(base: string): readonly string[] {
  return readdirSync(base, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^cross-build-[0-9a-f]{12}$/.test(entry.name))
    .map((entry) => join(base, entry.name))
    .filter(isLeftover);
}
