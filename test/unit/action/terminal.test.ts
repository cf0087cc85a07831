import { describe, expect, it } from "@jest/globals";

import { isColored, openTerminal, paint, wrapLines, wrapText } from "../../../src/action/terminal.js";

const TTY = { isTTY: true, hasColors: () => true };

describe("isColored", () => {
  it.each<[NodeJS.ProcessEnv, boolean, boolean]>([
    [{}, true, false],
    [{ NO_COLOR: "1" }, false, false],
    [{ NO_COLOR: "" }, true, false],
    [{ FORCE_COLOR: "1" }, true, true],
    [{ FORCE_COLOR: "0" }, false, false],
    [{ FORCE_COLOR: "false" }, false, false],
    [{ FORCE_COLOR: "" }, true, false],
    [{ NO_COLOR: "1", FORCE_COLOR: "1" }, false, false],
  ])("with %j is %j on a terminal and %j in a file", (env, onTerminal, inFile) => {
    expect([isColored(TTY, env), isColored({}, env)]).toEqual([onTerminal, inFile]);
  });

  it("is false on a terminal without colours", () => {
    expect(isColored({ isTTY: true, hasColors: () => false }, {})).toBe(false);
  });
});

describe("openTerminal", () => {
  const write = () => true;
  it("has a width only on a terminal that says its width", () => {
    expect(openTerminal({ ...TTY, write, columns: 100 }, {}).columns).toBe(100);
    expect(openTerminal({ ...TTY, write, columns: 0 }, {}).columns).toBeUndefined();
    expect(openTerminal({ write, columns: 100 }, {}).columns).toBeUndefined();
  });
});

it("paint styles text only for a coloured terminal", () => {
  expect(paint({ isColored: true }, "red", "x")).toBe("\u001b[31mx\u001b[39m");
  expect(paint({ isColored: false }, "red", "x")).toBe("x");
});

it("wrapLines breaks only the lines that are too long, and in a terminal only", () => {
  const code = "     6|  builder = undefinedVariable;\n      |            ^";
  const words = "one two three four five six seven eight nine";
  expect(wrapLines(`${words}\n${code}`, { columns: 40 })).toBe(
    `one two three four five six seven eight\nnine\n${code}`,
  );
  expect(wrapLines(words, { columns: undefined })).toBe(words);
});

it("wrapText breaks lines at spaces, and leaves a long word whole", () => {
  const url = `https://example.org/${"a".repeat(60)}`;
  expect(wrapText(`one two three four five six seven eight nine ${url} end`, 40)).toBe(
    `one two three four five six seven eight\nnine\n${url}\nend`,
  );
});
