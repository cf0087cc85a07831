import { describe, expect, it } from "@jest/globals";

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
  it("has one suite per system and one case per check", () => {
    const xml = renderJunit(reportOf("answers"));
    expect(xml).toContain(
      '<testsuite name="smoke test of x86_64-linux (emulated) in answers" ' +
        'tests="2" failures="1" time="1.520">',
    );
    expect(xml).toContain('<testcase name="answers" classname="x86_64-linux.http" time="1.500">');
    expect(xml).toContain('<failure message="answers"/>');
    expect(renderJunit({ smokeTests: [] })).toContain("<testsuites>\n</testsuites>");
  });
});
