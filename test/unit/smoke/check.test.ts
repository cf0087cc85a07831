import { describe, expect, it } from "@jest/globals";

import { runCheck } from "../../../src/smoke/check.js";
import type { Container } from "../../../src/smoke/container-engine.js";
import { FakeClock } from "../../fake-clock.js";

type Health = "healthy" | "unhealthy" | "starting";

/** A running container whose health check gives these answers, each after so many milliseconds. */
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
  it("asks again until the answer is the right one", async () => {
    const clock = new FakeClock();
    const container = createContainer(clock, [
      ["starting", 0],
      ["healthy", 0],
    ]);
    expect(await clock.run(runCheck(HEALTH, container, clock))).toMatchObject({ passed: true });
  });

  it("tells of the last whole answer, and not of the one that the time limit cut short", async () => {
    const clock = new FakeClock();
    const container = createContainer(clock, [
      ["unhealthy", 0],
      ["starting", 60_000],
    ]);
    expect(await clock.run(runCheck(HEALTH, container, clock))).toEqual({
      passed: false,
      detail: "unhealthy within 10 s",
    });
  });

  it("tells of the only answer, however late it is", async () => {
    const clock = new FakeClock();
    const container = createContainer(clock, [["starting", 60_000]]);
    expect(await clock.run(runCheck(HEALTH, container, clock))).toMatchObject({
      detail: "starting within 10 s",
    });
  });
});
