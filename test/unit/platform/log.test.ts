import { describe, expect, it } from "@jest/globals";

import { createMaskingLog } from "../../../src/platform/log.js";

describe("createMaskingLog", () => {
  it("hides every line of a masked secret, in every kind of message, and tells the runner too", () => {
    const lines: string[] = [];
    const keep = (message: string) => lines.push(message);
    const masked: string[] = [];
    const log = createMaskingLog({
      info: keep,
      debug: keep,
      warning: keep,
      error: keep,
      group: (title, group) => lines.push(title, ...group),
      mask: (secret) => masked.push(secret),
    });
    log.info("before: hunter2");
    log.mask("hunter2\n  second line\nabc\n");
    for (const level of ["info", "debug", "warning", "error"] as const) log[level]("a hunter2 b hunter2");
    log.group("second line", ["abc", "hunter2"]);
    expect(lines).toEqual(["before: hunter2", ...Array<string>(4).fill("a *** b ***"), "***", "abc", "***"]);
    expect(masked).toEqual(["hunter2\n  second line\nabc\n", "hunter2", "second line"]);
    expect(log.redact("x hunter2")).toBe("x ***");
  });
});
