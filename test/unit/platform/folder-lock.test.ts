import { lstatSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { withFolderLock } from "../../../src/platform/folder-lock.js";
import { identifyProcess } from "../../../src/platform/process-identity.js";
import { FakeClock } from "../../fake-clock.js";

let folder: string;
let lock: string;
let clock: FakeClock;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "folder-lock-"));
  lock = join(folder, ".cross-build.lock");
  clock = new FakeClock(1_700_000_000_000);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const [pid = "", start = "", boot = "", namespace = ""] = identifyProcess(process.pid).split(" ");
const RUNNING = `${pid} ${start} ${boot} ${namespace} aa`;
const GONE = `${pid} 1 ${boot} ${namespace} aa`;
const ELSEWHERE = [
  ["on another machine, or before a restart", `${pid} ${start} other ${namespace} aa`],
  ["in another container", `${pid} ${start} ${boot} pid:[1] aa`],
] as const;

/** The milliseconds until the lock is free. */
async function measureWait(): Promise<number> {
  const startMs = clock.nowMs();
  return clock.run(withFolderLock(folder, clock, () => Promise.resolve(clock.nowMs() - startMs)));
}

describe("withFolderLock", () => {
  it("runs one work at a time, even after one fails, and leaves no lock", async () => {
    const log: string[] = [];
    const work = (name: string) => () =>
      clock.sleep(50).then(() => {
        log.push(`${name} begins`);
        return clock.sleep(50).then(() => {
          log.push(`${name} ends`);
          if (name === "a") throw new Error("a failed");
        });
      });
    const all = ["a", "b", "c"].map((name) => withFolderLock(folder, clock, work(name)));
    const settled = await clock.run(Promise.allSettled(all));
    expect(settled.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    for (const [i, line] of log.entries()) {
      if (i % 2 === 1) expect(line).toBe(log[i - 1]?.replace("begins", "ends"));
    }
    expect(log).toHaveLength(6);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("does not take the lock of work that lasts longer than ten seconds", async () => {
    let working = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, (working += 1));
      await clock.sleep(15_000);
      working -= 1;
    };
    await clock.run(Promise.all(["a", "b", "c"].map(() => withFolderLock(folder, clock, work))));
    expect(most).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("does not release the lock of another process", async () => {
    await clock.run(
      withFolderLock(folder, clock, () => {
        rmSync(lock);
        symlinkSync(RUNNING, lock);
        return Promise.resolve();
      }),
    );
    expect(readlinkSync(lock)).toBe(RUNNING);
  });

  it("waits for another process, and gives up after a minute", async () => {
    symlinkSync(RUNNING, lock);
    const left = clock.sleep(50_000).then(() => {
      rmSync(lock);
    });
    expect(await measureWait()).toBeGreaterThanOrEqual(50_000);
    await left;
    symlinkSync(RUNNING, lock);
    await expect(measureWait()).rejects.toThrow(`is held by another process (${pid})`);
    expect(readlinkSync(lock)).toBe(RUNNING);
  });

  it("takes the lock of a killed process at once", async () => {
    symlinkSync(GONE, lock);
    expect(await measureWait()).toBeLessThan(100);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("gives the lock of a killed process to one of many at a time", async () => {
    symlinkSync(GONE, lock);
    let working = 0;
    const work = async () => {
      expect((working += 1)).toBe(1);
      await clock.sleep(10);
      working -= 1;
    };
    const all = Array.from({ length: 20 }, () => withFolderLock(folder, clock, work));
    await clock.run(Promise.all(all));
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(ELSEWHERE)(
    "takes the lock of a process %s once that is silent for ten seconds",
    async (_, owner) => {
      symlinkSync(owner, lock);
      const waitedMs = await measureWait();
      expect(waitedMs).toBeGreaterThan(10_000);
      expect(waitedMs).toBeLessThan(11_000);
    },
  );

  it.each(ELSEWHERE)("waits for a process %s while that refreshes its lock", async (_, owner) => {
    symlinkSync(owner, lock);
    const { lutimesSync } = await import("node:fs");
    const refresh = async () => {
      for (let i = 0; i < 40; i++) {
        await clock.sleep(1_000);
        lutimesSync(lock, i, i);
      }
      rmSync(lock);
    };
    const refreshed = refresh();
    expect(await measureWait()).toBeGreaterThanOrEqual(40_000);
    await refreshed;
  });

  it("refreshes its own lock", async () => {
    await clock.run(
      withFolderLock(folder, clock, async () => {
        await clock.sleep(5_500);
        expect(lstatSync(lock).mtimeMs).toBeGreaterThan(clock.nowMs() - 1_000);
      }),
    );
  });
});
