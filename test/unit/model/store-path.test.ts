import { describe, expect, it } from "@jest/globals";

import { isDigest } from "../../../src/model/digest.js";
import { isStorePath, nameOfStorePath } from "../../../src/model/store-path.js";

const HASH = "0123456789abcdfghijklmnpqrsvwxyz";

describe("isStorePath", () => {
  it.each([
    [`/nix/store/${HASH}-hello-1.0`, true],
    [`/nix/store/${HASH}-hello/bin`, false],
    [`/nix/store/../etc/${HASH}-hello`, false],
    ["/nix/store/short-hello", false],
    [`/nix/store/${HASH}-`, false],
  ])("%s: %s", (text, expected) => {
    expect(isStorePath(text)).toBe(expected);
  });

  it("gives the name of a derivation", () => {
    expect(nameOfStorePath(`/nix/store/${HASH}-hello-1.0.drv`)).toBe("hello-1.0");
  });
});

describe("isDigest", () => {
  it("accepts 64 lower case hexadecimal digits", () => {
    expect(isDigest(`sha256:${"0".repeat(64)}`)).toBe(true);
  });

  it.each([
    "",
    "sha256:",
    `sha256:${"A".repeat(64)}`,
    `sha512:${"0".repeat(64)}`,
    `sha256:${"0".repeat(64)}\n`,
  ])("refuses %j", (text) => {
    expect(isDigest(text)).toBe(false);
  });
});
