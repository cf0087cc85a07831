import { describe, expect, it } from "@jest/globals";

import { ActionError, isCancelled } from "../../../src/errors/action-error.js";

describe("isCancelled", () => {
  it.each<[string, unknown, boolean]>([
    ["the error of a cancelled run", new ActionError("CANCELLED", "the run was cancelled"), true],
    ["another error", new ActionError("INTERNAL", "CANCELLED"), false],
    ["a Node.js error with that code", Object.assign(new Error(), { code: "CANCELLED" }), false],
    ["nothing", undefined, false],
  ])("%s: %p", (_, error, expected) => {
    expect(isCancelled(error)).toBe(expected);
  });
});
