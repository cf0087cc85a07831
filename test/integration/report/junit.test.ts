import { execFileSync } from "node:child_process";

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { renderJunit } from "../../../src/report/junit.js";
import type { Report } from "../../../src/report/report.js";

function reportOf(text: string): Pick<Report, "smokeTests"> {
  return {
    smokeTests: [
      {
        target: "x86_64-linux",
        outcome: "failed",
        runtime: text,
        isEmulated: true,
        load: { way: "merged", reason: "its 2 layers were loaded as one" },
        layers: [{ digest: `sha256:${"1".repeat(64)}`, origin: "made" }],
        checks: [
          { name: text, kind: "http", outcome: "failed", durationMs: 1500, detail: text },
          { name: "second", kind: "stop", outcome: "passed", durationMs: 20, detail: "" },
        ],
        containerLog: text,
      },
    ],
  };
}

describe("renderJunit", () => {
  it("is valid XML for any text from an image", () => {
    const parse = `
import sys, json, xml.etree.ElementTree as e
parse = lambda text: e.fromstring(text.encode('utf-8', 'surrogatepass'))
print(json.dumps([[c.get('name') for c in parse(x).iter('testcase')] for x in json.load(sys.stdin)]))
`;
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
