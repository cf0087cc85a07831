import { execFileSync } from "node:child_process";

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { renderJunit } from "../../../src/report/junit.js";
import type { Report } from "../../../src/report/report.js";

function reportOf(text: string, outcome: "passed" | "failed" = "failed"): Pick<Report, "smokeTests"> {
  return {
    smokeTests: [
      {
        target: "x86_64-linux",
        outcome,
        runtime: text,
        isEmulated: true,
        checks: [
          { name: text, kind: "http", outcome, durationMs: 1500, detail: text },
          { name: "second", kind: "stop", outcome: "passed", durationMs: 20, detail: "" },
        ],
        containerLog: text,
      },
    ],
  };
}

describe("renderJunit", () => {
  it("has a suite for each system and a case for each check", () => {
    const xml = renderJunit(reportOf("answers"));
    expect(xml).toContain(
      '<testsuite name="smoke test of x86_64-linux (emulated) in answers" tests="2" failures="1" time="1.520">',
    );
    expect(xml).toContain('<testcase name="answers" classname="x86_64-linux.http" time="1.500">');
    expect(xml).toContain('<failure message="answers"/>');
    expect(renderJunit({ smokeTests: [] })).toContain("<testsuites>\n</testsuites>");
  });

  it("is XML that a parser reads back, whatever an image says", () => {
    const parse =
      "import sys, json, xml.etree.ElementTree as e; print(json.dumps([[c.get('name') for c in e.fromstring(x.encode('utf-8', 'surrogatepass')).iter('testcase')] for x in json.load(sys.stdin)]))";
    const texts = fc.sample(fc.oneof(fc.string(), fc.string({ unit: "binary" })), 200);
    texts.push("]]>", "<![CDATA[", "&amp;", "a\nb\r\tc", "\u0000\u0007\uFFFF\u{1F600}");
    const documents = texts.map((text) => renderJunit(reportOf(text)));
    const read = JSON.parse(
      execFileSync("python3", ["-c", parse], { input: JSON.stringify(documents), encoding: "utf8" }),
    ) as string[][];
    const plain = (text: string) =>
      text.replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "?");
    expect(read.map(([name]) => name)).toEqual(texts.map(plain));
  });
});
