import { readdir } from "node:fs/promises";

import { ActionError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import type { Clock } from "../platform/clock.js";
import { readLinkIfPresent } from "../platform/files.js";
import type { Log } from "../platform/log.js";
import type { RunAsRoot } from "../platform/privileged.js";
import { readStartTime } from "../platform/process-identity.js";
import { asRoot } from "./root-command.js";

/**
 * Both marks are symbolic links, because a link is created together with its target in one step and every
 * user can read it. The lock's target, `PID START`, identifies its owner.
 */
const LOCK = "/nix/.cross-build-installing";
const DONE = "/nix/.cross-build-installed";

const WAIT_LIMIT_MS = 180_000;

interface LockEffects {
  readonly runAsRoot: RunAsRoot;
  readonly log: Log;
  readonly clock: Clock;
}

/** The content of /nix on a machine without a working Nix. */
export type StoreState =
  /** No store, or an empty one. */
  | "free"
  /** An install by this action that was interrupted, or that has lost its programs since. */
  | "ours"
  /** Store paths that this action did not install. */
  | "foreign";

/** True if this run or an earlier one put the content of /nix there. */
export async function isInstalledByUs(): Promise<boolean> {
  return ((await readLinkIfPresent(DONE)) ?? (await readLinkIfPresent(LOCK))) !== undefined;
}

/** Reads the state of /nix/store. */
export async function readStoreState(): Promise<StoreState> {
  if (await isInstalledByUs()) return "ours";
  try {
    const names = await readdir("/nix/store");
    return names.some((name) => name !== ".links") ? "foreign" : "free";
  } catch (error) {
    if (isErrno(error, "ENOENT")) return "free";
    throw error;
  }
}

/**
 * Resolves once no other run is installing Nix on this machine. Rejects with `NIX_HALF_INSTALLED` if one is
 * still installing after three minutes.
 */
export async function waitForOtherInstall({ log, clock }: LockEffects): Promise<void> {
  const startMs = clock.nowMs();
  for (let owner = await readLiveOwner(); owner !== undefined; owner = await readLiveOwner()) {
    const waitedMs = clock.nowMs() - startMs;
    if (waitedMs > WAIT_LIMIT_MS) {
      throw new ActionError(
        "NIX_HALF_INSTALLED",
        `another run (process ${owner}) has been installing Nix for ${Math.round(waitedMs / 1000)} s`,
        { hint: `Wait for it, or terminate process ${owner}: the next run repairs the install.` },
      );
    }
    if (waitedMs === 0) log.info(`waiting for another run (process ${owner}) that is installing Nix`);
    await clock.sleep(500);
  }
}

/** Takes the lock, or replaces one whose owner has exited. False if another run was faster. */
export async function takeInstallLock({ runAsRoot }: LockEffects): Promise<boolean> {
  const found = await readLinkIfPresent(LOCK);
  if (found === undefined) return makeMark(LOCK, runAsRoot);
  if (isAlive(found)) return false;
  // If several runs find the same dead owner, only one may replace it, and only while the lock still names
  // that owner.
  const guard = `${LOCK}-over-${found.replaceAll(/[^0-9]+/g, "-")}`;
  if (!(await makeMark(guard, runAsRoot))) {
    const holder = await readLinkIfPresent(guard);
    if (holder !== undefined && !isAlive(holder)) await asRoot(runAsRoot, "rm", ["-f", "--", guard]);
    return false;
  }
  try {
    if ((await readLinkIfPresent(LOCK)) !== found) return false;
    await asRoot(runAsRoot, "ln", ["-sfn", "--", renderOwner(), LOCK]);
    return true;
  } finally {
    await asRoot(runAsRoot, "rm", ["-f", "--", guard]);
  }
}

/** Renames the lock to the mark of a finished install. */
export async function markInstalled({ runAsRoot }: LockEffects): Promise<void> {
  await asRoot(runAsRoot, "mv", ["-f", "--", LOCK, DONE]);
}

/** Releases the lock without marking the install as finished. */
export async function dropInstallLock({ runAsRoot }: LockEffects): Promise<void> {
  await asRoot(runAsRoot, "rm", ["-f", "--", LOCK]);
}

async function readLiveOwner(): Promise<number | undefined> {
  const owner = await readLinkIfPresent(LOCK);
  return owner !== undefined && isAlive(owner) ? Number(owner.split(" ")[0]) : undefined;
}

function isAlive(owner: string): boolean {
  const [pid = "", start = ""] = owner.split(" ");
  return start !== "" && readStartTime(Number(pid)) === start;
}

function renderOwner(): string {
  return `${process.pid} ${readStartTime(process.pid) ?? ""}`;
}

/** Creates a mark that names this process as its owner, in one step. False if the mark exists already. */
async function makeMark(file: string, runAsRoot: RunAsRoot): Promise<boolean> {
  try {
    await asRoot(runAsRoot, "ln", ["-s", "--", renderOwner(), file]);
    return true;
  } catch (error) {
    if (error instanceof ActionError && error.message.includes("File exists")) return false;
    throw error;
  }
}
