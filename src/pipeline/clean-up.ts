import { lstat, rm } from "node:fs/promises";
import { join } from "node:path";

import { listConfiguredRuns, removeBuilderConfiguration } from "../builders/configuration.js";
import { renderError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import { stopDaemon } from "../nix-install/daemon.js";
import { unregisterEmulators, unregisterOrphans } from "../platform/binfmt.js";
import type { Clock } from "../platform/clock.js";
import type { RunCommand } from "../platform/command.js";
import type { Log } from "../platform/log.js";
import type { RunAsRoot } from "../platform/privileged.js";
import { checkProcess } from "../platform/process-identity.js";
import { endLeftProcesses } from "../platform/process-ledger.js";

export interface CleanUpEffects {
  readonly runFolder: string;
  readonly nonce: string;
  readonly run: RunCommand;
  readonly runAsRoot: RunAsRoot;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Removes everything that a run created on this machine, users before what they use: processes, containers,
 * the Nix daemon that it started, ssh configuration, keys and files. Tries every step; returns the problems.
 */
export async function cleanUp(effects: CleanUpEffects): Promise<readonly string[]> {
  const { runFolder, nonce, run, runAsRoot } = effects;
  const steps: readonly (readonly [what: string, work: () => unknown])[] = [
    ["could not terminate processes of the run", () => endLeftProcesses(join(runFolder, "processes"))],
    ["could not remove containers and images of the run", () => removeContainers(run, nonce)],
    ["could not remove containers of the run that have no engine", () => removeOci(runAsRoot, runFolder)],
    ["could not stop the Nix daemon", () => stopDaemon(runFolder, effects)],
    ["could not unregister QEMU", () => unregisterEmulators({ nonce }, runAsRoot)],
    ["could not remove the ssh configuration", () => removeBuilderConfiguration(nonce, runAsRoot)],
    [
      "could not remove the run folder, which has the keys",
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

/** Loads what a start of the action does not need: it only cleans up after a run that was killed. */
async function removeContainers(run: RunCommand, nonce: string): Promise<void> {
  const { removeFromEngines } = await import("../smoke/client-engine.js");
  await removeFromEngines(run, nonce);
}

async function removeOci(runAsRoot: RunAsRoot, runFolder: string): Promise<void> {
  const { removeOciContainers } = await import("../smoke/oci/clean-up.js");
  await removeOciContainers(runAsRoot, runFolder);
}

/**
 * Removes what runs whose post step never ran left, apart from their folders: QEMU's handlers if their owner
 * is gone, and their ssh configuration if their folder is gone and their owner is not known to be running. A
 * folder that this user may not look at, such as one in another user's home, is not gone.
 */
export async function removeOrphans(runAsRoot: RunAsRoot): Promise<void> {
  await unregisterOrphans(runAsRoot);
  for (const { nonce, runFolder, owner } of await listConfiguredRuns()) {
    if (checkProcess(owner) === "running" || !(await isGone(runFolder))) continue;
    await removeBuilderConfiguration(nonce, runAsRoot);
  }
}

async function isGone(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return false;
  } catch (error) {
    return isErrno(error, "ENOENT", "ENOTDIR");
  }
}
