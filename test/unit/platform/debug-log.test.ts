import { describe, expect, it } from "@jest/globals";

import { logExchange, logProcess } from "../../../src/platform/debug-log.js";
import { FakeClock } from "../../fake-clock.js";

describe("logExchange", () => {
  it("logs the outcome with the duration, and passes it on", async () => {
    const clock = new FakeClock();
    const lines: string[] = [];
    const effects = { clock, log: { debug: (line: string) => lines.push(line) } };
    const ask = (work: () => Promise<number>) => logExchange("builder-1", "query 3 paths", effects, work);
    const answered = async () => {
      await clock.advance(12);
      return 3;
    };
    expect(await ask(answered)).toBe(3);
    await expect(ask(() => Promise.reject(new Error("it was lost")))).rejects.toThrow("it was lost");
    expect(lines).toEqual([
      "builder-1: query 3 paths: done after 12 ms",
      "builder-1: query 3 paths: it was lost after 0 ms",
    ]);
  });
});

describe("logProcess", () => {
  it("logs the command line, and the outcome with the duration", async () => {
    const clock = new FakeClock();
    const lines: string[] = [];
    const logEnd = logProcess(42, "nix", ["build"], { clock, log: { debug: (line) => lines.push(line) } });
    await clock.advance(1_500);
    logEnd("exit code 1");
    expect(lines).toEqual(["process 42: nix build", "process 42: exit code 1 after 1500 ms"]);
  });
});
