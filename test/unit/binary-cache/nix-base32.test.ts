import { createHash } from "node:crypto";

import { describe, expect, it } from "@jest/globals";

import { renderNixBase32 } from "../../../src/binary-cache/nix-base32.js";

describe("renderNixBase32", () => {
  it.each([
    // nix-hash --type sha256 --to-base32, of Nix 2.26.3.
    ["", "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73"],
    ["abc", "1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s"],
  ])("renders the SHA-256 of %j as Nix does", (text, expected) => {
    expect(renderNixBase32(createHash("sha256").update(text).digest())).toBe(expected);
  });
});
