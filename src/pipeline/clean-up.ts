import { access, rm } from "node:fs/promises";
import { join } from "node:path";

import { listConfiguredRuns, removeBuilderConfiguration } from "../builders/configuration.js";
import { renderError } from "../errors/action-error.js";
import { stopDaemon } from "../nix-install/daemon.js";
import type { Clock } from "../platform/clock.js";
import type { RunCommand } from "../platform/command.js";
import type { Log } from "../platform/log.js";
import type { RunAsRoot } from "../platform/privileged.js";
import { endLeftProcesses } from "../platform/process-ledger.js";
import { removeRunContainers } from "../smoke/container-engine.js";

export interface CleanUpEffects {
  readonly runFolder: string;
  readonly nonce: string;
  readonly run: RunCommand;
  readonly runAsRoot: RunAsRoot;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Removes all that a run made on this machine, in the order in which one thing may use the next: processes, containers, the daemon it
 * started, ssh configuration, keys and files. Every step is tried; returns what could not be done.
 */
export async function cleanUp(effects: CleanUpEffects): Promise<readonly string[]> {
  const { runFolder, nonce, run, runAsRoot } = effects;
  const steps: readonly (readonly [what: string, work: () => unknown])[] = [
    ["processes were not ended", () => endLeftProcesses(join(runFolder, "processes"))],
    ["containers were not removed", () => removeRunContainers(run, nonce)],
    ["the Nix daemon was not stopped", () => stopDaemon(runFolder, effects)],
    ["the ssh configuration was not removed", () => removeBuilderConfiguration(nonce, runAsRoot)],
    [
      "the run's folder, with its keys, was not removed",
      () => rm(runFolder, { recursive: true, force: true }),
    ],
  ];
  const problems: string[] = [];
  for (const [what, work] of steps) {
    try {
      await work();
    } catch (error) {
      problems.push(`${what}: ${renderError(error)}`);
    }
  }
  return problems;
}

/** Removes the ssh configuration of runs whose folder is gone: their post step never ran. */
export async function removeOrphanedConfigurations(runAsRoot: RunAsRoot): Promise<void> {
  for (const { nonce, runFolder } of await listConfiguredRuns()) {
    try {
      await access(runFolder);
    } catch {
      await removeBuilderConfiguration(nonce, runAsRoot);
    }
  }
}
