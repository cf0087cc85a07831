import { readFileSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";

import { ERROR_CODES } from "../../src/errors/action-error.js";

/** The sections of docs/errors.md, each with its heading and its text. */
const sections = readFileSync("docs/errors.md", "utf8")
  .split(/^## /m)
  .slice(1)
  .map((section) => {
    const [heading = "", ...lines] = section.split("\n");
    return { heading, text: lines.join("\n") };
  });

describe("docs/errors.md", () => {
  it("has a section for every code, in the same order", () => {
    expect(sections.map(({ heading }) => heading)).toEqual([...ERROR_CODES]);
  });

  it.each(sections)("gives the cause and the remedy of $heading", ({ text }) => {
    expect(text).toMatch(/^\*\*Cause\.\*\* \S[^]*^\*\*Remedy\.\*\* \S/m);
  });
});
