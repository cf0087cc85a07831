import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { withFolderLock } from "../../../src/platform/folder-lock.js";
import { FakeClock } from "../../fake-clock.js";

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "folder-lock-"));
  lock = join(folder, ".cross-build.lock");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Takes the lock as another process would, and returns a clock that agrees with the file's time. */
function takeByOther(): FakeClock {
  mkdirSync(lock);
  return new FakeClock(statSync(lock).mtimeMs);
}

describe("withFolderLock", () => {
  it("runs one work at a time, even after one fails, and leaves no lock", async () => {
    const clock = new FakeClock();
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

  it("waits for another process", async () => {
    const clock = takeByOther();
    const startMs = clock.nowMs();
    const worked = withFolderLock(folder, clock, () => Promise.resolve(clock.nowMs() - startMs));
    const left = clock.sleep(5_000).then(() => {
      rmSync(lock, { recursive: true });
    });
    expect(await clock.run(worked)).toBeGreaterThanOrEqual(5_000);
    await left;
  });

  it("takes the lock of a killed process after ten seconds", async () => {
    const clock = takeByOther();
    const startMs = clock.nowMs();
    const waitedMs = await clock.run(
      withFolderLock(folder, clock, () => Promise.resolve(clock.nowMs() - startMs)),
    );
    expect(waitedMs).toBeGreaterThan(10_000);
    expect(waitedMs).toBeLessThan(11_000);
  });

  it("gives up after twenty seconds if other processes keep taking the lock", async () => {
    const clock = takeByOther();
    const renewed = new Date(clock.nowMs() + 60_000);
    utimesSync(lock, renewed, renewed);
    await expect(clock.run(withFolderLock(folder, clock, () => Promise.resolve()))).rejects.toThrow(
      "is held by another process",
    );
  });
});
