import { describe, expect, it } from "@jest/globals";

import { findDescendant } from "../../../src/platform/background-process.js";

describe("findDescendant", () => {
  it("finds nothing if the process does not exist", () => {
    expect(findDescendant(2 ** 22 + 1, "nix-daemon")).toBeUndefined();
  });
});
