import { readdir } from "node:fs/promises";

import { ActionError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import type { Clock } from "../platform/clock.js";
import { readLinkIfPresent } from "../platform/files.js";
import type { Log } from "../platform/log.js";
import type { RunAsRoot } from "../platform/privileged.js";
import { readStartTime } from "../platform/process-ledger.js";
import { asRoot } from "./root-command.js";

/**
 * Both marks are symbolic links: made in one step together with what they say, and readable for everyone. The lock's target is its
 * owner, `PID START`.
 */
const LOCK = "/nix/.cross-build-installing";
const DONE = "/nix/.cross-build-installed";

const WAIT_LIMIT_MS = 180_000;

interface LockEffects {
  readonly runAsRoot: RunAsRoot;
  readonly log: Log;
  readonly clock: Clock;
}

/** What /nix holds, where there is no Nix that runs. */
export type StoreState =
  /** Nothing: no store, or an empty one. */
  | "free"
  /** What is left of an install of ours that was interrupted, or of a Nix of ours that lost its programs. */
  | "ours"
  /** Store paths that are not ours. */
  | "foreign";

/** Whether what /nix holds was put there by this or an earlier run of ours. */
export async function isInstalledByUs(): Promise<boolean> {
  return ((await readLinkIfPresent(DONE)) ?? (await readLinkIfPresent(LOCK))) !== undefined;
}

/** Reads the state of /nix. */
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
 * Resolves when no other run is installing Nix here. Rejects with `NIX_HALF_INSTALLED` when one is still at it after three minutes.
 */
export async function waitForOtherInstall({ log, clock }: LockEffects): Promise<void> {
  const startMs = clock.nowMs();
  for (let owner = await readLiveOwner(); owner !== undefined; owner = await readLiveOwner()) {
    const waitedMs = clock.nowMs() - startMs;
    if (waitedMs > WAIT_LIMIT_MS) {
      throw new ActionError(
        "NIX_HALF_INSTALLED",
        `another run (process ${owner}) has been installing Nix for ${Math.round(waitedMs / 1000)} s`,
        { hint: `Wait for it, or end process ${owner}: the next run then repairs what it left.` },
      );
    }
    if (waitedMs === 0) log.info(`another run (process ${owner}) is installing Nix: waiting for it`);
    await clock.sleep(500);
  }
}

/** Takes the lock, also over one whose owner has gone. False when another run was faster. */
export async function takeInstallLock({ runAsRoot }: LockEffects): Promise<boolean> {
  const found = await readLinkIfPresent(LOCK);
  if (found === undefined) return makeMark(LOCK, runAsRoot);
  if (isAlive(found)) return false;
  // Of several runs that find the same dead owner one alone may take its place, and only as long as it is there.
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

/** Turns the lock into the mark of a finished install. */
export async function markInstalled({ runAsRoot }: LockEffects): Promise<void> {
  await asRoot(runAsRoot, "mv", ["-f", "--", LOCK, DONE]);
}

/** Gives the lock back; nothing of the install may be left. */
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

/** Makes a mark of this process in one step; false where there is one already. */
async function makeMark(file: string, runAsRoot: RunAsRoot): Promise<boolean> {
  try {
    await asRoot(runAsRoot, "ln", ["-s", "--", renderOwner(), file]);
    return true;
  } catch (error) {
    if (error instanceof ActionError && error.message.includes("File exists")) return false;
    throw error;
  }
}
