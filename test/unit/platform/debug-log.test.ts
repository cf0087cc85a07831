import { describe, expect, it } from "@jest/globals";

import { logExchange, logProcess } from "../../../src/platform/debug-log.js";
import { FakeClock } from "../../fake-clock.js";

describe("logExchange", () => {
  it("logs the outcome with the duration", async () => {
    const clock = new FakeClock();
    const lines: string[] = [];
    const effects = { clock, log: { debug: (line: string) => lines.push(line) } };
    const logEnd = logExchange("builder-1", "query 3 paths", effects);
    await clock.advance(12);
    logEnd("done");
    expect(lines).toEqual(["builder-1: query 3 paths: done after 12 ms"]);
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
