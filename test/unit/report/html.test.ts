import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";

import { htmlFileOf, renderHtml } from "../../../src/report/html.js";
import { composePage } from "../../../src/report/page-sections.js";
import { EMPTY, HOSTILE, withText } from "./reports.js";

/** The contents of all elements of a kind, as a browser sees them: each ends at the first end tag. */
function contentsOf(html: string, tag: "script" | "style"): readonly string[] {
  return [...html.matchAll(new RegExp(`<${tag}[^>]*>(.*?)</${tag}>`, "gs"))].map(([, text = ""]) => text);
}

function policyOf(html: string): string {
  return /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? "";
}

describe("renderHtml", () => {
  it("keeps text from outside inside of the data, whatever it is", () => {
    const report = withText(HOSTILE);
    const [data = "", ...scripts] = contentsOf(renderHtml(report), "script");
    expect(data).not.toMatch(/[<>&\u2028\u2029]/);
    expect(JSON.parse(data)).toEqual(composePage(report));
    expect(data).toContain("onerror");
    // The rest of the page is the same for every report.
    expect(renderHtml(report).replace(data, "")).toBe(
      renderHtml(EMPTY).replace(contentsOf(renderHtml(EMPTY), "script")[0] ?? "?", ""),
    );
    expect(scripts).toHaveLength(2);
  });

  it("allows its own scripts and style by their hashes, and nothing else", () => {
    const html = renderHtml(EMPTY);
    const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    const [, library = "", script = ""] = contentsOf(html, "script");
    const styles = contentsOf(html, "style");
    expect(styles).toHaveLength(1);
    expect(policyOf(html).split("; ")).toEqual([
      "default-src 'none'",
      `script-src ${hash(library)} ${hash(script)}`,
      `style-src ${hash(styles[0] ?? "")}`,
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
    ]);
    // Only the style sheet could have these; the policy forbids both all the same.
    expect(html).not.toMatch(/<link|@import|url\(/);
  });

  it("has D3 as it was published, with its license", () => {
    const html = renderHtml(EMPTY);
    expect(contentsOf(html, "script")[1]).toBe(readFileSync("node_modules/d3/dist/d3.min.js", "utf8"));
    expect(html).toContain(readFileSync("node_modules/d3/LICENSE", "utf8"));
  });

  it("is small without its data", () => {
    expect(Buffer.byteLength(renderHtml(EMPTY))).toBeLessThan(400_000);
  });
});

/** @see https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrastOf(one: string, other: string): number {
  const [dark = 0, light = 0] = [one, other]
    .map((color) => {
      const [r = 0, g = 0, b = 0] = [1, 3, 5]
        .map((start) => Number.parseInt(color.slice(start, start + 2), 16) / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    })
    .toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

// A browser's tools do not see what is behind the texts of a chart.
it.each([
  ["light", 0],
  ["dark", 1],
])("texts can be read on every color of the page, %s", (_, theme) => {
  const style = readFileSync("src/report/page/page.css", "utf8");
  const themes = [...style.matchAll(/:root \{(.*?)\}/gs)].map(
    ([, rules = ""]) =>
      new Map([...rules.matchAll(/--([\w-]+): (#\w{6})/g)].map(([, name, color]) => [name, color])),
  );
  expect(themes).toHaveLength(2);
  const colorOf = (name: string) => themes[theme]?.get(name) ?? "";
  const behind = [
    "ground",
    "panel",
    "share",
    "phase",
    "built",
    "critical",
    "failed",
    "interrupted",
    "sent",
    "reused",
  ];
  for (const name of behind)
    expect([name, contrastOf(colorOf("ink"), colorOf(name)) >= 4.5]).toEqual([name, true]);
  for (const name of ["quiet", "link", "good", "bad"])
    expect([name, contrastOf(colorOf(name), colorOf("ground")) >= 4.5]).toEqual([name, true]);
});

describe("htmlFileOf", () => {
  it.each([
    ["/tmp/cross-build-report.json", "/tmp/cross-build-report.html"],
    ["/tmp/report", "/tmp/report.html"],
    ["/tmp/a.json/report.txt", "/tmp/a.json/report.txt.html"],
  ])("is beside %s", (reportFile, expected) => {
    expect(htmlFileOf(reportFile)).toBe(expected);
  });
});
