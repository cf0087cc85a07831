import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

import { isErrno } from "../errors/errno.js";
import type { Clock } from "./clock.js";

const NAME = ".cross-build.lock";
const WAIT_LIMIT_MS = 20_000;
/** Work under the lock takes milliseconds: a lock this old was left by a process that was killed. */
const STALE_AFTER_MS = 10_000;

/**
 * Runs `work`, which must be short, while no other process works on the folder. Rejects with a plain Error if
 * it cannot get the lock within 20 s.
 */
export async function withFolderLock<T>(folder: string, clock: Clock, work: () => Promise<T>): Promise<T> {
  const lock = join(folder, NAME);
  const endMs = clock.nowMs() + WAIT_LIMIT_MS;
  while (!(await takeLock(lock, clock))) {
    if (clock.nowMs() > endMs) throw new Error(`${lock} is held by another process`);
    await clock.sleep(20);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function takeLock(lock: string, clock: Clock): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
  }
  try {
    const { mtimeMs } = await stat(lock);
    if (clock.nowMs() - mtimeMs > STALE_AFTER_MS) await rm(lock, { recursive: true, force: true });
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
  return false;
}
