import { describe, expect, it } from "@jest/globals";

import { runCheck } from "../../../src/smoke/check.js";
import type { Container } from "../../../src/smoke/container.js";
import { FakeClock } from "../../fake-clock.js";

type Health = "healthy" | "unhealthy" | "starting";

/** A running container whose health check returns these answers in turn, each after so many milliseconds. */
function createContainer(clock: FakeClock, answers: readonly (readonly [Health, number])[]): Container {
  let asked = 0;
  const container: Partial<Container> = {
    readState: () => Promise.resolve({ exitCode: undefined, isOutOfMemory: false }),
    readHealth: async () => {
      const [health, tookMs] = answers[Math.min(asked++, answers.length - 1)] ?? ["starting", 0];
      await clock.sleep(tookMs);
      return health;
    },
  };
  return container as Container;
}

const HEALTH = { kind: "health", name: "health", timeoutMs: 10_000 } as const;

describe("runCheck", () => {
  it("retries until the check passes", async () => {
    const clock = new FakeClock();
    const container = createContainer(clock, [
      ["starting", 0],
      ["healthy", 0],
    ]);
    expect(await clock.run(runCheck(HEALTH, container, clock))).toMatchObject({ passed: true });
  });

  it("reports the last complete answer rather than one that the time limit cut short", async () => {
    const clock = new FakeClock();
    const container = createContainer(clock, [
      ["unhealthy", 0],
      ["starting", 60_000],
    ]);
    expect(await clock.run(runCheck(HEALTH, container, clock))).toEqual({
      passed: false,
      detail: "unhealthy; gave up after 10 s",
    });
  });

  it("reports the only answer even if it is late", async () => {
    const clock = new FakeClock();
    const container = createContainer(clock, [["starting", 60_000]]);
    expect(await clock.run(runCheck(HEALTH, container, clock))).toMatchObject({
      detail: "starting; gave up after 10 s",
    });
  });
});
