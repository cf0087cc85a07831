import { createHash, randomBytes } from "node:crypto";
import { lstat, lutimes, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";

import { isErrno } from "../errors/errno.js";
import type { Clock } from "./clock.js";
import { readLinkIfPresent } from "./files.js";
import { checkProcess, identifyProcess } from "./process-identity.js";

const NAME = ".cross-build.lock";
const WAIT_LIMIT_MS = 60_000;
const REFRESH_MS = 1_000;
/** An owner whose process cannot be looked up, for example on another machine, is gone after this silence. */
const SILENCE_LIMIT_MS = 10_000;

/** One wait for a lock. */
interface Attempt {
  /** The process that wants the lock, and a nonce, because a process may want it several times at once. */
  readonly owner: string;
  readonly clock: Clock;
  /** The last change of each link whose owner cannot be looked up: one that is alive refreshes its link. */
  readonly looks: Map<string, { readonly mark: string; readonly atMs: number }>;
}

/**
 * Runs `work`, which must be short, while no other process works on the folder. The lock is a symbolic link,
 * which is created together with its target, the owner. Only the lock of an owner that is gone is taken over,
 * however long the work takes. Rejects with a plain Error if it cannot get the lock within a minute.
 */
export async function withFolderLock<T>(folder: string, clock: Clock, work: () => Promise<T>): Promise<T> {
  const lock = join(folder, NAME);
  const owner = `${identifyProcess(process.pid)} ${randomBytes(6).toString("hex")}`;
  const attempt = { owner, clock, looks: new Map() };
  const endMs = clock.nowMs() + WAIT_LIMIT_MS;
  while (!(await tryTake(lock, attempt))) {
    if (clock.nowMs() > endMs) {
      const [pid = "?"] = (await readLinkIfPresent(lock))?.split(" ") ?? [];
      throw new Error(`${lock} is held by another process (${pid}); remove it if that one is not running`);
    }
    await clock.sleep(20);
  }
  const released = new AbortController();
  void keepFresh(lock, clock, released.signal);
  try {
    return await work();
  } finally {
    released.abort();
    if ((await readLinkIfPresent(lock)) === owner) await rm(lock, { force: true });
  }
}

/**
 * Tries to create the link, or to replace one whose owner is gone. Replacing has a lock of its own, named
 * after the link that it replaces: without it, two processes that both found the old owner gone could replace
 * each other's link. The rename gives the lock a new owner and releases that second lock in one step.
 */
async function tryTake(lock: string, attempt: Attempt): Promise<boolean> {
  if (await tryCreate(lock, attempt.owner)) return true;
  const found = await readLinkIfPresent(lock);
  if (found === undefined || !(await isAbandoned(lock, found, attempt))) return false;
  const replacing = `${lock}.${createHash("sha256").update(found).digest("hex").slice(0, 12)}`;
  if (!(await tryTake(replacing, attempt))) return false;
  if ((await readLinkIfPresent(lock)) === found) {
    await rename(replacing, lock);
    return true;
  }
  await rm(replacing, { force: true });
  return false;
}

async function tryCreate(link: string, target: string): Promise<boolean> {
  try {
    await symlink(target, link);
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  }
}

async function isAbandoned(link: string, found: string, { clock, looks }: Attempt): Promise<boolean> {
  const state = checkProcess(found.split(" ").slice(0, -1).join(" "));
  if (state !== "unknown") return state === "gone";
  const mark = `${found} ${await readTime(link)}`;
  const look = looks.get(link);
  if (look?.mark === mark) return clock.nowMs() - look.atMs > SILENCE_LIMIT_MS;
  looks.set(link, { mark, atMs: clock.nowMs() });
  return false;
}

async function readTime(link: string): Promise<number | undefined> {
  try {
    return (await lstat(link)).mtimeMs;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Refreshes the time of the link until the lock is released. */
async function keepFresh(lock: string, clock: Clock, released: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(REFRESH_MS, released);
      const now = new Date(clock.nowMs());
      await lutimes(lock, now, now);
    }
  } catch {
    // The lock is released, or the run was cancelled; or the file system keeps no times, as some do.
  }
}
