import { describe, expect, it } from "@jest/globals";

import { createRunClock, withTimeLimit } from "../../../src/platform/clock.js";
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
