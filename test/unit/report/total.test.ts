import { describe, expect, it } from "@jest/globals";

import type { Digest } from "../../../src/model/digest.js";
import { type GateResult, renderGateResults } from "../../../src/model/gate-result.js";
import type { Report } from "../../../src/report/report.js";
import { composeTotal, renderResult } from "../../../src/report/total.js";
import { EMPTY, HOSTILE } from "./reports.js";

const digestOf = (letter: string): Digest => `sha256:${letter.repeat(64)}`;
const DIGESTS = { "x86_64-linux": digestOf("a"), "aarch64-linux": digestOf("b") } as const;

/** The report of a job that has built and pushed an image for both systems. */
const PUSHED: Report = {
  ...EMPTY,
  outcome: "success",
  error: null,
  plans: Object.keys(DIGESTS).map((target) => ({
    ...{ target, buildSystem: target, strategy: "native", attributes: [], verdicts: [] },
  })),
  attempts: Object.keys(DIGESTS).map((target) => ({
    ...{ target, strategy: "native", mode: "local", reason: "", startedAt: EMPTY.startedAt },
    ...{ durationMs: 90_000, outcome: "built", code: null, message: null },
  })),
  image: {
    reference: "ghcr.io/fluo/app",
    digest: digestOf("c"),
    platforms: Object.entries(DIGESTS).map(([target, digest]) => ({
      ...{ target, digest, imageId: digestOf("d"), sizeBytes: 12 << 20, previousSizeBytes: null },
    })),
    tags: [],
  },
};

/** The report of a job that has moved the tags to it. */
const PROMOTED: Report = {
  ...PUSHED,
  plans: [],
  attempts: [],
  image: PUSHED.image && { ...PUSHED.image, platforms: [], tags: ["latest", "v1"] },
  promotion: { state: "promoted", reason: "", tags: [] },
};

function gate(system: keyof typeof DIGESTS, outcome: GateResult["outcome"], engine: string): string {
  const platform = system === "x86_64-linux" ? "linux/amd64" : "linux/arm64";
  const result = { run: 1, digest: DIGESTS[system], platform, smokeTest: digestOf("e"), engine, outcome };
  return renderGateResults([result]);
}

function sumUp(jobs: Readonly<Record<string, readonly [string, Readonly<Record<string, string>>]>>) {
  const needs = Object.entries(jobs).map(([name, [result, outputs]]) => [name, { result, outputs }]);
  return composeTotal(JSON.stringify(Object.fromEntries(needs)));
}

const BUILD = ["success", { digest: digestOf("c"), plan: "[]", result: renderResult(PUSHED) }] as const;

describe("the total of a workflow's jobs", () => {
  it("has one row for each system, with what was built, tested and promoted in different jobs", () => {
    const { summary, lines } = sumUp({
      build: BUILD,
      gate: [
        "success",
        {
          "x86_64-linux": gate("x86_64-linux", "passed", "linux/amd64"),
          "aarch64-linux": gate("aarch64-linux", "passed", "linux/amd64"),
          "i686-linux": "",
        },
      ],
      promote: ["success", { tags: "latest\nv1", result: renderResult(PROMOTED) }],
    });
    expect(lines).toEqual([
      "x86_64-linux, ✅ promoted, native, 12.0 MiB, 1 min 30 s, ✅ passed",
      "aarch64-linux, ✅ promoted, native, 12.0 MiB, 1 min 30 s, ✅ passed, emulated",
    ]);
    expect(summary.split("\n\n")).toEqual([
      "## ✅ cross-build: success",
      "Tags: <code>latest</code>, <code>v1</code>.",
      expect.stringMatching(
        /^\| system \| result .*\n\| --- .*\n\| x86&#95;64-linux .*\n\| aarch64-linux .*$/,
      ),
      expect.stringMatching(/^```sh\ndocker pull ghcr\.io\/fluo\/app@sha256:c{64}\n```$/),
      "| job | result | error |\n| --- | --- | --- |\n| build | success |  |\n| gate | success |  |\n" +
        "| promote | success |  |",
    ]);
  });

  it("fails a system whose smoke test failed, and promotes none if the tags did not move", () => {
    const { summary, lines } = sumUp({
      build: BUILD,
      gate: ["failure", { "aarch64-linux": gate("aarch64-linux", "failed", "linux/arm64") }],
      promote: ["skipped", {}],
    });
    expect(lines).toEqual([
      "x86_64-linux, ✅ pushed, native, 12.0 MiB, 1 min 30 s",
      "aarch64-linux, ❌ smoke test failed, native, 12.0 MiB, 1 min 30 s, ❌ failed",
    ]);
    expect(summary).toMatch(/^## ❌ cross-build: failure\n/);
    expect(summary).not.toContain("Tags");
    expect(sumUp({ build: BUILD, metadata: ["success", { tags: "latest" }] }).lines[0]).toContain(
      "✅ pushed",
    );
  });

  it("joins the results of jobs for one system each, and names the error codes", () => {
    const of = (system: string, given: Partial<Report>) => {
      const { plans, attempts } = PUSHED;
      const own = attempts.filter(({ target }) => target === system);
      const planned = plans.filter(({ target }) => target === system);
      return renderResult({ ...PUSHED, image: null, plans: planned, attempts: own, ...given });
    };
    const failed = PUSHED.attempts.map((attempt) => ({ ...attempt, outcome: "failed" as const }));
    const { summary, lines } = sumUp({
      check: [
        "failure",
        {
          "x86_64-linux": of("x86_64-linux", {}),
          "aarch64-linux": of("aarch64-linux", {
            attempts: failed.slice(1),
            outcome: "failure",
            error: { code: "BUILD_FAILED", message: "no", hint: null },
          }),
        },
      ],
    });
    expect(lines.map((line) => line.split(", ").slice(0, 2))).toEqual([
      ["x86_64-linux", "✅ built"],
      ["aarch64-linux", "❌ build failed"],
    ]);
    expect(summary).toContain("| check | failure | BUILD&#95;FAILED |");
  });

  it("shows text of other jobs as text, ignores other outputs, and says if a run was cancelled", () => {
    const result = JSON.parse(renderResult(PUSHED)) as { targets: { strategy: string }[] };
    for (const target of result.targets) target.strategy = HOSTILE;
    const outputs = { result: JSON.stringify(result), b: "{", c: "[1]", d: '{"version":2}', e: "[]" };
    const { summary } = sumUp({ [HOSTILE]: ["cancelled", outputs] });
    expect(summary).toMatch(/^## ⚪ cross-build: cancelled\n/);
    expect(summary).not.toMatch(/<script|<img|\u2028/);
    expect(sumUp({})).toMatchObject({ summary: expect.stringMatching(/: skipped\n/) as unknown, lines: [] });
    expect(sumUp({ check: ["skipped", {}] }).summary).toContain("cross-build: skipped");
  });

  it("has a row for each image of a system", () => {
    const platforms =
      PUSHED.image?.platforms.map((platform) => ({ ...platform, digest: digestOf("f") })) ?? [];
    const other = PUSHED.image && { ...PUSHED.image, reference: "ghcr.io/fluo/other", platforms };
    const { summary, lines } = sumUp({
      app: BUILD,
      other: ["success", { result: renderResult({ ...PUSHED, image: other }) }],
      gate: ["success", { app: gate("x86_64-linux", "passed", "linux/amd64") }],
    });
    expect(lines.map((line) => line.split(", ").slice(0, 2).join(" "))).toEqual([
      ...[
        "x86_64-linux ✅ tested",
        "aarch64-linux ✅ pushed",
        "x86_64-linux ✅ pushed",
        "aarch64-linux ✅ pushed",
      ],
    ]);
    expect(summary.match(/docker pull ghcr\.io\/fluo\/(?:app|other)@/g)).toHaveLength(2);
  });

  it.each(["", "1", '{"build":1}', '{"build":{"result":"success","outputs":{"a":1}}}'])(
    "refuses %j",
    (needs) => {
      expect(() => composeTotal(needs)).toThrow("input needs: it is not the JSON of the needed jobs");
    },
  );
});
