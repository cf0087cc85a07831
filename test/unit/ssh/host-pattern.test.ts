import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { matchesHostPatterns } from "../../../src/ssh/host-pattern.js";

describe("matchesHostPatterns", () => {
  it.each<[string, string, boolean]>([
    ["b.example.org", "b.example.org", true],
    ["B.Example.ORG", "b.example.org", true],
    ["b.example.org", "bxexample.org", false],
    ["*.example.org", "b.example.org", true],
    ["*.example.org", "example.org", false],
    ["b?", "b1", true],
    ["b?", "b10", false],
    ["[b.example.org]:2222", "[b.example.org]:2222", true],
    ["[b.example.org]:2222", "b", false],
    ["[*]:2222", "[b.example.org]:2222", true],
    ["a+b(c", "a+b(c", true],
    ["a+b", "aab", false],
    ["other,b*", "b1", true],
    ["b*,!b2", "b1", true],
    ["b*,!b2", "b2", false],
    ["!b2,b*", "b2", false],
    ["!b2", "b1", false],
    ["", "b1", false],
  ])("%j, %j: %p", (patterns, host, expected) => {
    expect(matchesHostPatterns(patterns.split(","), host)).toBe(expected);
  });

  it("matches any host by its own name", () => {
    const name = fc.string({ minLength: 1 }).filter((text) => !text.startsWith("!") && !text.includes("\n"));
    fc.assert(
      fc.property(name, (text) => {
        expect(matchesHostPatterns([text], text)).toBe(true);
        expect(matchesHostPatterns(["*", `!${text}`], text)).toBe(false);
      }),
    );
  });

  it("is fast with many stars", () => {
    expect(matchesHostPatterns([`${"*".repeat(200)}x`], "a".repeat(200))).toBe(false);
  });
});
