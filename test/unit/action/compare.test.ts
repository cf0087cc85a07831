import { describe, expect, it } from "@jest/globals";

import { parseCompareSettings } from "../../../src/action/compare.js";
import { COMPARE_INPUTS } from "../../../src/action/compare-inputs.js";
import { parseCommandLine } from "../../../src/action/flags.js";

const read = (values: Readonly<Record<string, string>>) => (name: string) =>
  values[name] ?? COMPARE_INPUTS.find((input) => input.name === name)?.default ?? "";

describe("parseCompareSettings", () => {
  it("measures one cold round by default", () => {
    expect(parseCompareSettings(read({}))).toEqual({ change: undefined, rounds: 1, isJson: false });
  });

  it("reads its flags", () => {
    const values = { change: "src/a.c", rounds: "5", json: "true" };
    expect(parseCompareSettings(read(values))).toEqual({ change: "src/a.c", rounds: 5, isJson: true });
  });

  it.each([{ rounds: "0" }, { rounds: "101" }, { rounds: "1.5" }, { rounds: "" }, { json: "maybe" }])(
    "rejects %j",
    (values) => {
      expect(() => parseCompareSettings(read(values))).toThrow(
        expect.objectContaining({ code: "INPUT_INVALID" }),
      );
    },
  );
});

describe("cross-build compare", () => {
  const terminal = { write: () => undefined, columns: undefined, isColored: false };
  const parse = (...args: readonly string[]) =>
    parseCommandLine(args, { stdout: terminal, stderr: terminal });

  it("takes the package as a word", () => {
    expect(parse("compare", ".#image", "--json")).toMatchObject({
      command: "compare",
      values: new Map([
        ["installables", ".#image"],
        ["json", "true"],
      ]),
    });
    expect(parse("compare")).toMatchObject({ values: new Map() });
  });

  it("refuses a second package", () => {
    expect(() => parse("compare", ".#a", ".#b")).toThrow(expect.objectContaining({ code: "INPUT_INVALID" }));
  });
});
