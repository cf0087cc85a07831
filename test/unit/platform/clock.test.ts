import { describe, expect, it } from "@jest/globals";

import { createRunClock, repeatInBackground, withTimeLimit } from "../../../src/platform/clock.js";
import { FakeClock } from "../../fake-clock.js";

describe("withTimeLimit", () => {
  it("signals the work when its time is up", async () => {
    const clock = new FakeClock();
    const work = withTimeLimit(clock, 500, async (limit) => {
      await new Promise((resolve) => {
        limit.addEventListener("abort", resolve);
      });
      return limit.reason as Error;
    });
    expect(await clock.run(work)).toMatchObject({ name: "TimeoutError" });
    expect(clock.nowMs()).toBe(500);
  });

  it("never signals work that finishes in time, and leaves no sleep behind", async () => {
    const clock = new FakeClock();
    let given: AbortSignal | undefined;
    const work = withTimeLimit(clock, 500, async (limit) => {
      given = limit;
      await clock.sleep(499);
      throw new Error("failed in time");
    });
    await expect(clock.run(work)).rejects.toThrow("failed in time");
    await clock.advance(1_000);
    expect(given?.aborted).toBe(false);
  });
});

describe("withTimeLimit in a run that is cancelled", () => {
  it("signals the work at once, and rejects with CANCELLED whatever the work makes of it", async () => {
    const cancellation = new AbortController();
    const clock = createRunClock(cancellation.signal);
    let isSignalled = false;
    const work = withTimeLimit(
      clock,
      60_000,
      (limit) =>
        new Promise((_, reject) => {
          limit.addEventListener("abort", () => {
            isSignalled = true;
            reject(new Error("no answer within 60 s"));
          });
        }),
    );
    cancellation.abort();
    await expect(work).rejects.toMatchObject({ code: "CANCELLED" });
    expect(isSignalled).toBe(true);
  });
});

describe("the clock of a run", () => {
  it("rejects a sleep with CANCELLED when the run is cancelled", async () => {
    const cancellation = new AbortController();
    const sleeping = createRunClock(cancellation.signal).sleep(60_000);
    cancellation.abort();
    await expect(sleeping).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("rejects with AbortError when the sleep's own signal fires", async () => {
    const stop = new AbortController();
    const sleeping = createRunClock(new AbortController().signal).sleep(60_000, stop.signal);
    stop.abort();
    await expect(sleeping).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("repeatInBackground", () => {
  it("calls after each interval, until it is stopped", async () => {
    const clock = new FakeClock();
    const calls: number[] = [];
    const stop = repeatInBackground(clock, 100, () => calls.push(clock.nowMs()));
    await clock.advance(250);
    stop();
    await clock.advance(1_000);
    expect(calls).toEqual([100, 200]);
  });

  it("ends with the run", async () => {
    const cancellation = new AbortController();
    let calls = 0;
    repeatInBackground(createRunClock(cancellation.signal), 60_000, () => calls++);
    cancellation.abort();
    await new Promise(setImmediate);
    expect(calls).toBe(0);
  });
});
