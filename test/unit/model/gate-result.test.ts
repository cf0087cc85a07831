import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { ActionError } from "../../../src/errors/action-error.js";
import { type GateResult, parseGateResults, renderGateResults } from "../../../src/model/gate-result.js";

const digest = (character: string) => `sha256:${character.repeat(64)}` as const;
const AMD64: GateResult = {
  run: 7,
  digest: digest("1"),
  platform: "linux/amd64",
  smokeTest: digest("0"),
  engine: "linux/amd64",
  outcome: "passed",
};
const ARM64: GateResult = { ...AMD64, digest: digest("2"), platform: "linux/arm64", engine: null, run: null };

const render = (...results: readonly GateResult[]) => renderGateResults(results);

describe("parseGateResults", () => {
  it.each<[string, string, readonly GateResult[]]>([
    ["nothing", "", []],
    ["one output", render(AMD64, ARM64), [AMD64, ARM64]],
    ["one output per line", `\n${render(AMD64)}\r\n  ${render(ARM64)}\n`, [AMD64, ARM64]],
    [
      "the outputs of a matrix",
      JSON.stringify({ a: render(AMD64), b: "", c: render(ARM64) }, undefined, 2),
      [AMD64, ARM64],
    ],
    ["a matrix that was skipped", "{}", []],
  ])("reads %s", (_, text, results) => {
    expect(parseGateResults(text)).toEqual(results);
  });

  it.each([
    ["half a result", render(AMD64).slice(0, -3), /is not JSON/],
    ["another output", JSON.stringify({ image: "team/hello" }), /"team\/hello" is not JSON/],
    ["a number", "7", /neither a list of results nor an object/],
    ["null", "null", /neither a list of results nor an object/],
    ["a tag for a digest", JSON.stringify([{ ...AMD64, digest: "latest" }]), /0\.digest: must be sha256/],
    ["a field that it does not know", JSON.stringify([{ ...AMD64, extra: 1 }]), /Unrecognized key/],
    ["an outcome that it does not know", JSON.stringify([{ ...AMD64, outcome: "skipped" }]), /0\.outcome/],
  ])("rejects %s", (_, text, message) => {
    expect(() => parseGateResults(text)).toThrow(
      expect.objectContaining({ code: "INPUT_INVALID", message: expect.stringMatching(message) as unknown }),
    );
  });

  it("returns results or rejects with INPUT_INVALID, whatever the text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          expect(Array.isArray(parseGateResults(text))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ActionError);
        }
      }),
    );
  });
});
