import { describe, expect, it } from "@jest/globals";

import { createLimit } from "../../../src/platform/limit.js";

describe("createLimit", () => {
  it("runs at most so many at once, in their order, also after one has failed", async () => {
    const limit = createLimit(2);
    const ends: (() => void)[] = [];
    const started: number[] = [];
    const runs = [0, 1, 2, 3, 4].map((number) =>
      limit(async () => {
        started.push(number);
        await new Promise<void>((resolve) => ends.push(resolve));
        if (number === 0) throw new Error("failed");
        return number;
      }),
    );
    const settled = Promise.allSettled(runs);
    for (let ended = 0; ended < runs.length; ended++) {
      await new Promise(setImmediate);
      expect(started).toEqual([0, 1, 2, 3, 4].slice(0, ended + 2));
      ends[ended]?.();
    }
    expect((await settled).map(({ status }) => status)).toEqual([
      "rejected",
      ...Array<string>(4).fill("fulfilled"),
    ]);
    expect(await limit(() => Promise.resolve("later"))).toBe("later");
  });
});
