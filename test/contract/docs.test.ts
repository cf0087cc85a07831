import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { ERROR_CODES, explainUrl } from "../../src/errors/action-error.js";
import { PAGES, readAnchors, readLinks, readRenderedOutline, readSourceOutline } from "../markdown.js";

const read = (file: string) => readFileSync(file, "utf8");

/** The rendered page must have the blocks that its source shows. */
function expectSameOutline(text: string): void {
  expect(readRenderedOutline(text)).toEqual(readSourceOutline(text));
}

describe("a Markdown page", () => {
  it.each(PAGES)("renders with the blocks that its source shows: %s", (file) => {
    expectSameOutline(read(file));
  });

  const table = ["| check | passes if |", "| --- | --- |", "| `tcp` | the port opens |"];
  it.each([
    ["a table, as Prettier leaves it", [...table, "| Checks run in their order. |"]],
    ["a table, without a blank line", [...table, "Checks run in their order."]],
    ["a list", ["- one", "- two", "Checks run in their order."]],
    ["a rule, which makes it a heading", ["Checks run in their order.", "---"]],
  ])("has a different outline if %s swallows a paragraph", (_, lines) => {
    expect(() => {
      expectSameOutline(lines.join("\n"));
    }).toThrow();
  });

  it("may have every kind of block", () => {
    const text = [
      "# Title",
      "",
      "A paragraph",
      "of two lines.",
      "",
      "1. one",
      "",
      "   ```sh",
      "   # not a heading",
      "   ```",
      "",
      "2. two",
      "   - nested",
      "",
      "> quoted",
      ">",
      "> | a | b |",
      "> | - | - |",
      "> | 1 | `x \\| y` |",
      "",
      "<!-- a",
      "comment -->",
      "",
      "---",
      "",
      "```",
      "| no | table |",
      "```",
    ].join("\n");
    expectSameOutline(text);
    expect(readSourceOutline(text)).toEqual([
      "1-1 heading 1: Title",
      "3-4 paragraph",
      "6 item",
      "6-6 paragraph",
      "8-10 code: sh",
      "12 item",
      "12-12 paragraph",
      "13 item",
      "13-13 paragraph",
      "15 quote",
      "15-15 paragraph",
      "17-19 table: 2 columns, 1 rows",
      "21-22 HTML",
      "24-24 rule",
      "26-28 code: ",
    ]);
  });
});

const OWN = /^https:\/\/github\.com\/fluo\/cross-build\/(?:blob|tree)\/v1\//;

/** The file and the anchor that a link leads to; undefined for a link to another site. */
function resolveLink(
  page: string,
  link: string,
): { readonly file: string; readonly anchor: string } | undefined {
  const [path = "", anchor = ""] = link.replace(OWN, "/").split("#");
  if (/^[a-z][a-z0-9+.-]*:/i.test(path)) return undefined;
  const file = path.startsWith("/") ? path.slice(1) : join(dirname(page), decodeURI(path));
  return { file: path === "" ? page : file, anchor };
}

function isBroken(page: string, link: string): boolean {
  const target = resolveLink(page, link);
  if (target === undefined) return false;
  if (!existsSync(target.file)) return true;
  return target.anchor !== "" && !readAnchors(read(target.file)).has(target.anchor);
}

describe("the links", () => {
  it.each(PAGES)("of %s lead to files and headings that exist", (page) => {
    expect(readLinks(read(page)).filter((link) => isBroken(page, link))).toEqual([]);
  });

  it("in error messages lead to the headings of their codes", () => {
    expect(ERROR_CODES.filter((code) => isBroken("README.md", explainUrl(code)))).toEqual([]);
  });

  it("lead to every page in docs/", () => {
    const targets = new Set(
      PAGES.flatMap((page) =>
        readLinks(read(page)).flatMap((link) => {
          const file = resolveLink(page, link)?.file;
          return file === undefined || file === page ? [] : [file];
        }),
      ),
    );
    expect(PAGES.filter((page) => page.startsWith("docs/") && !targets.has(page))).toEqual([]);
  });

  it("are noticed when they are broken", () => {
    const links = readLinks(
      '[a](docs/none.md), [b](docs/errors.md#none), [c](#none) ![d](e.png) <img src="f.png">',
    );
    expect(links).toHaveLength(5);
    expect(links.filter((link) => isBroken("README.md", link))).toEqual(links);
  });
});

it("pages that source files, workflows and the Nix library mention exist", () => {
  const files = globSync([
    "src/**/*.ts",
    "script/**/*.mjs",
    "nix/**/*.nix",
    "{templates,examples}/**/*.yaml",
    ".github/workflows/*.yml",
    "workflows/*.yml",
  ]);
  const named = files.flatMap((file) => read(file).match(/\bdocs\/[\w-]+\.(?:md|schema\.json)/g) ?? []);
  expect(named.length).toBeGreaterThan(5);
  expect([...new Set(named)].filter((page) => !existsSync(page))).toEqual([]);
});
