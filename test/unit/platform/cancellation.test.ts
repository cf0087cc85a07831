import { describe, expect, it } from "@jest/globals";

import { runCancelled } from "../../../src/errors/action-error.js";
import { awaitWithGrace } from "../../../src/platform/cancellation.js";
import { FakeClock } from "../../fake-clock.js";

const REASON = runCancelled();
const NEVER = new Promise<never>(() => undefined);

function begin<T>(work: (clock: FakeClock) => Promise<T>) {
  const clock = new FakeClock();
  const cancellation = new AbortController();
  const { signal } = cancellation;
  const waiting = awaitWithGrace(work(clock), { signal, clock, graceMs: 500 });
  return {
    clock,
    cancel: () => {
      cancellation.abort(REASON);
    },
    waiting,
  };
}

describe("awaitWithGrace", () => {
  it("waits as long as the work takes if nothing is cancelled", async () => {
    const { clock, waiting } = begin(async (time) => {
      await time.sleep(60_000);
      return "done";
    });
    expect(await clock.run(waiting)).toBe("done");
    expect(clock.nowMs()).toBe(60_000);
  });

  it("takes the result of work that ends soon after a cancellation", async () => {
    const { clock, cancel, waiting } = begin(async (time) => {
      await time.sleep(400);
      return "what was done until then";
    });
    cancel();
    expect(await clock.run(waiting)).toBe("what was done until then");
    await clock.advance(1_000);
  });

  it("gives up on work that never ends, once its grace is over", async () => {
    const { clock, cancel, waiting } = begin(() => NEVER);
    await clock.advance(10_000);
    cancel();
    await expect(clock.run(waiting)).rejects.toBe(REASON);
    expect(clock.nowMs()).toBe(10_500);
  });
});
