import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { isErrno } from "../errors/errno.js";

const NAME = ".cross-build.lock";
const WAIT_LIMIT_MS = 20_000;
/** What is done under the lock takes milliseconds: one that is this old was left by a process that was killed. */
const STALE_AFTER_MS = 10_000;

/** Does a moment's work on a folder while no other process does. Rejects with a plain Error when it does not get the lock in 20 s. */
export async function withFolderLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const lock = join(folder, NAME);
  const endMs = Date.now() + WAIT_LIMIT_MS;
  while (!(await takeLock(lock))) {
    if (Date.now() > endMs) throw new Error(`${lock} is held by another process`);
    await sleep(20);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function takeLock(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
  }
  try {
    const { mtimeMs } = await stat(lock);
    if (Date.now() - mtimeMs > STALE_AFTER_MS) await rm(lock, { recursive: true, force: true });
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
  return false;
}
