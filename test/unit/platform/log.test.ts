import { stripVTControlCharacters } from "node:util";

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { createMaskingLog, cutLines, sanitizeText } from "../../../src/platform/log.js";
import { createSilentLog } from "../../silent-log.js";

const SECRET = "hunter2\n  second line\nabc\n";
/** As JSON and as a form has it. */
const ENCODED = [String.raw`hunter2\n  second line\nabc\n`, "hunter2%0A++second+line%0Aabc%0A"];

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
    log.mask(SECRET);
    for (const level of ["info", "debug", "warning", "error"] as const) log[level]("a hunter2 b hunter2");
    log.group("second line", ["abc", "hunter2"]);
    expect(lines).toEqual(["before: hunter2", ...Array<string>(4).fill("a *** b ***"), "***", "abc", "***"]);
    expect(masked).toEqual([SECRET, "hunter2", "second line", ...ENCODED]);
    expect(log.redact("x hunter2")).toBe("x ***");
  });
});

describe("the redaction of a masking log", () => {
  const redact = (text: string, secrets: readonly string[]) => {
    const log = createSilentLog();
    for (const secret of secrets) log.mask(secret);
    return log.redact(text);
  };

  it.each([
    ["token abcd refused", ["abcd"], "token *** refused"],
    ['{"password":"a\\"b c"}', ['a"b c'], '{"password":"***"}'],
    ["refresh_token=a%2Fb+c&x", ["a/b c"], "refresh_token=***&x"],
    ["abcdefgh abcd", ["abcd", "abcdefgh"], "*** ***"],
    ["the text", [""], "the text"],
  ])("in %j replaces %j", (text, secrets, shown) => {
    expect(redact(text, secrets)).toBe(shown);
  });

  it("leaves no secret in any text", () => {
    const secret = fc.string({ minLength: 1 }).filter((text) => !text.includes("*"));
    fc.assert(
      fc.property(fc.string(), secret, fc.string(), (before, hidden, after) => {
        expect(redact(`${before}${hidden}${after}`, [hidden])).not.toContain(hidden);
      }),
    );
  });
});

const ESC = "\u001b";

describe("sanitizeText", () => {
  it.each([
    [`${ESC}[31mred${ESC}[0m`, "red"],
    [`${ESC}[38;5;12;48:2:1:2:3mcolours`, "colours"],
    ["\u009b1mone byte", "one byte"],
    [`${ESC}]0;a title\u0007text`, "text"],
    [`${ESC}]8;;https://example.org${ESC}\\a link${ESC}]8;;${ESC}\\`, "a link"],
    [`${ESC}(Bcharset ${ESC}creset`, "charset reset"],
    [`${ESC}]8;;not finished`, "8;;not finished"],
    ["a\tb\nc\r\u0000d", "a\tb\ncd"],
  ])("makes %j plain", (text, expected) => {
    expect(sanitizeText(text)).toBe(expected);
  });

  it("removes all that Node's own function does from finished sequences", () => {
    const piece = fc.constantFrom(
      ESC,
      "[",
      "0",
      ";",
      "m",
      "K",
      "(",
      "B",
      "text ",
      `${ESC}[1;2H`,
      `${ESC}[0m`,
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = sanitizeText(pieces.join(""));
        expect(text).not.toContain(ESC);
        expect(stripVTControlCharacters(text)).toBe(text);
      }),
    );
  });

  it.each([`${ESC}]8;;`, `${ESC}[1;`, `${ESC}[`, ESC, "\u009d", "a;"])(
    "reads megabytes of %j",
    (unfinished) => {
      // Work that grows with the square of the text would take hours here.
      expect(sanitizeText(unfinished.repeat(2_000_000))).not.toContain(ESC);
    },
  );
});

describe("cutLines", () => {
  it("cuts only long lines, and says how much is missing", () => {
    const long = "x".repeat(10_001);
    expect(cutLines(`short\n${long}\n`)).toBe(`short\n${"x".repeat(10_000)} … (1 more characters)\n`);
    expect(cutLines("short")).toBe("short");
  });
});
