import { describe, expect, it } from "@jest/globals";

import { createSilenceWatch } from "../../../src/platform/silence-watch.js";
import { FakeClock, settle } from "../../fake-clock.js";

const never = () => new Promise<never>(() => undefined);
const explain = (waitedMs: number) => new Error(`silent for ${waitedMs} ms`);

describe("a SilenceWatch", () => {
  it("interrupts a wait that is too long, and counts only while somebody waits", async () => {
    const clock = new FakeClock();
    const silence = createSilenceWatch(clock, 5_000, explain);
    for (let i = 0; i < 3; i++) {
      expect(await clock.run(silence.wait(clock.sleep(4_000).then(() => i)))).toBe(i);
      await clock.advance(60_000);
    }
    await expect(clock.run(silence.wait(never()))).rejects.toThrow(/^silent for [56]000 ms$/);
  });

  it("uses the limit that was allowed last", async () => {
    const clock = new FakeClock();
    const silence = createSilenceWatch(clock, 5_000, explain);
    silence.allow(60_000);
    await expect(clock.run(silence.wait(never()))).rejects.toThrow(/^silent for 6[01]000 ms$/);
  });

  it("passes on how the wait ends", async () => {
    const silence = createSilenceWatch(new FakeClock(), 5_000, explain);
    await expect(silence.wait(Promise.reject(new Error("lost")))).rejects.toThrow("lost");
  });

  it.each([Infinity, 5_000])(
    "has no timer while no one waits, or for ever (limit %d ms)",
    async (limitMs) => {
      const clock = new FakeClock();
      const silence = createSilenceWatch(clock, limitMs, explain);
      await silence.wait(Promise.resolve());
      if (limitMs === Infinity) silence.wait(never()).catch(() => undefined);
      await clock.advance(2_000);
      await settle();
      // The clock refuses to run while nothing sleeps.
      await expect(clock.run(never())).rejects.toThrow("nothing sleeps");
    },
  );
});
