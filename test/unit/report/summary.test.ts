import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { REPORT, type Report } from "../../../src/report/report.js";
import { renderSummary } from "../../../src/report/summary.js";
import { EMPTY, makeRun, withText, UNKNOWN_USE } from "./reports.js";

const WITH_BUILD = {
  target: "x86_64-linux",
  drvPath: "/nix/store/x-a.drv",
  name: "a",
  ...{ dependencies: [], log: [], place: "local" },
  startedAt: EMPTY.startedAt,
  durationMs: 1,
  use: UNKNOWN_USE,
};

describe("renderSummary", () => {
  const attempt = {
    target: "x86_64-linux",
    strategy: "native",
    mode: "local",
    reason: "",
    startedAt: EMPTY.startedAt,
    durationMs: 90_000,
    outcome: "built",
    code: null,
    message: null,
  } as const;
  const PUSHED: Report = {
    ...EMPTY,
    outcome: "success",
    error: null,
    commit: "0".repeat(40),
    runUrl: "https://github.com/fluo/app/actions/runs/12/attempts/2",
    plans: [
      {
        target: "x86_64-linux",
        buildSystem: "x86_64-linux",
        strategy: "native",
        attributes: [],
        verdicts: [],
      },
    ],
    attempts: [attempt],
    image: {
      reference: "ghcr.io/fluo/app",
      digest: "sha256:00",
      platforms: [
        {
          target: "x86_64-linux",
          digest: "sha256:00",
          imageId: "sha256:11",
          sizeBytes: 12 << 20,
          previousSizeBytes: 10 << 20,
        },
      ],
      tags: ["v1"],
    },
    layers: [{ target: "x86_64-linux", digest: "sha256:22", sizeBytes: 2 << 20, state: "sent" }],
    promotion: { state: "promoted", reason: "the smoke test passed", tags: [] },
  };

  it("begins with the result, a row for each system, and the command that gets the image", () => {
    const substitution = { storePath: "/x", from: "https://c", durationMs: 1 };
    const summary = renderSummary({
      ...PUSHED,
      builds: [{ ...WITH_BUILD, target: "x86_64-linux", outcome: "built" }],
      substitutions: [
        { ...substitution, target: "x86_64-linux", outcome: "substituted" },
        { ...substitution, target: "x86_64-linux", outcome: "failed" },
        { ...substitution, target: "aarch64-linux", outcome: "substituted" },
      ],
      smokeTests: [
        {
          ...({ target: "x86_64-linux", outcome: "passed", runtime: "docker" } as const),
          ...{ isEmulated: false, containerLog: "" },
          load: { way: "merged", reason: "its 2 layers were loaded as one" },
          layers: [{ digest: `sha256:${"1".repeat(64)}`, origin: "made" }],
          checks: [{ name: "up", kind: "http", outcome: "passed", durationMs: 1, detail: "200" }],
        },
      ],
    });
    expect(summary.split("\n").slice(0, 10).join("\n")).toBe(
      [
        "## ✅ cross-build: success",
        "",
        `In 1.5 s · commit [0000000](https://github.com/fluo/app/commit/${"0".repeat(40)}) · ` +
          "[run](https://github.com/fluo/app/actions/runs/12/attempts/2) · " +
          "tags promoted <code>v1</code> (the smoke test passed).",
        "",
        "| system | result | strategy | size | time | from caches | smoke test |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| x86&#95;64-linux | ✅ promoted | native | 12.0 MiB (+2.0 MiB) | 1 min 30 s | 1 of 2 | ✅ 1 of 1 |",
        "",
        "```sh",
        "docker pull ghcr.io/fluo/app@sha256:00",
      ].join("\n"),
    );
    expect(summary).toContain("Layers: 1 sent (2.0 MiB), 0 reused");
    const layers = (["recorded", "sent", "mounted", "recorded"] as const).map((state) => ({
      ...{ target: "x86_64-linux" as const, digest: "sha256:22" as const, sizeBytes: 1 << 20, state },
    }));
    expect(renderSummary({ ...PUSHED, layers })).toContain(
      "Layers: 1 sent (1.0 MiB), 0 reused, 1 mounted, 2 recorded",
    );
    const { audits } = makeRun(1);
    expect(renderSummary({ ...PUSHED, audits })).toMatch(
      /Largest paths in the image<\/summary>\n\n\| system .*\n.*\n\| aarch64-linux \| \S*-jdk-21 \| 0 \| 180\.0 MiB \|\n/,
    );
  });

  it("shows where an OCI layout is, from which no engine pulls", () => {
    const reference = "oci:/tmp/a```b";
    const summary = renderSummary({ ...PUSHED, image: { ...PUSHED.image, reference } as Report["image"] });
    expect(summary).toContain("\n````\noci:/tmp/a```b@sha256:00\n````\n");
    expect(summary).not.toContain("docker pull");
  });

  it("links nothing that is not the page of a run", () => {
    for (const runUrl of [
      "javascript:alert(1)",
      "https://x/y/z/actions/runs/1)](",
      "https://x/[a](b)/actions/runs/1",
    ])
      expect(renderSummary({ ...PUSHED, runUrl })).not.toContain("](");
  });

  it.each<[string, Partial<Report>]>([
    [
      "❌ build failed",
      { attempts: [{ ...attempt, outcome: "failed", code: "BUILD_FAILED", message: "no" }] },
    ],
    ["⚪ cancelled", { attempts: [{ ...attempt, outcome: "failed", code: "CANCELLED", message: "no" }] }],
    ["⚪ not built", { attempts: [], promotion: null }],
    ["✅ pushed", { promotion: null }],
    ["✅ built", { promotion: null, image: null }],
    ["⚪ not finished", { promotion: null, outcome: "failure" }],
  ])("says of a system: %s", (result, part) => {
    expect(renderSummary({ ...PUSHED, ...part })).toContain(`| x86&#95;64-linux | ${result} |`);
  });

  it("shows a failed smoke test and its container's log open", () => {
    const [smoke] = withText("x").smokeTests;
    if (smoke === undefined) throw new Error("no smoke test");
    expect(renderSummary({ ...EMPTY, smokeTests: [smoke] })).toMatch(
      /<details open><summary>Smoke test of x: failed .*<details open><summary>Container log/s,
    );
    const passed = renderSummary({ ...EMPTY, smokeTests: [{ ...smoke, outcome: "passed" }] });
    expect(passed).not.toContain("<details open>");
  });

  it("says by source what was substituted", () => {
    const from = (url: string, outcome: "substituted" | "failed") => ({
      target: "x86_64-linux",
      storePath: "/x",
      from: url,
      durationMs: 500,
      outcome,
    });
    const substitutions = [from("https://a", "substituted"), from("https://b", "failed")];
    const summary = renderSummary({ ...EMPTY, substitutions });
    expect(summary).toContain("| https&#58;//a | 1 | 0 | 0.5 s |\n| https&#58;//b | 0 | 1 | 0.5 s |");
  });

  it("shows what each phase used", () => {
    const phase = {
      name: "build",
      startedAt: EMPTY.startedAt,
      durationMs: 5_000,
      outcome: "done",
      disks: [],
    } as const;
    const machine = { cpuMs: 65_000, peakMemoryBytes: 2 << 20, receivedBytes: 3 << 20, sentBytes: 0 };
    const phases = [
      { ...phase, disks: [], machine },
      { ...phase, disks: [], machine: null },
    ];
    const summary = renderSummary({ ...EMPTY, phases });
    expect(summary).toContain("| build | 5.0 s | done | 1 min 5 s | 2.0 MiB | 3.0 MiB, 0.0 MiB |  |");
    expect(summary).toContain("| build | 5.0 s | done |  |  |  |  |");
  });

  it("shows a chart if there are several builds", () => {
    const build = { ...WITH_BUILD, outcome: "built" as const };
    expect(renderSummary({ ...EMPTY, builds: [build] })).not.toContain("mermaid");
    expect(renderSummary({ ...EMPTY, builds: [build, build] })).toContain("```mermaid\ngantt\n");
  });

  it("stays within GitHub's limit, and keeps what comes first", () => {
    const long = withText("@".repeat(30_000));
    const many = <T>([item]: readonly T[]) => Array.from({ length: 25 }, () => item as T);
    const summary = renderSummary({
      ...long,
      builds: many(long.builds).map((build, at) => ({ ...build, drvPath: String(at) })),
      builders: many(long.builders),
      audits: many(long.audits),
      smokeTests: many(long.smokeTests),
    });
    expect(Buffer.byteLength(summary)).toBeLessThan(1 << 20);
    expect(summary).toContain("Last lines of");
    expect(summary).toMatch(
      /\n\n\d+ sections left out: too long for a summary\. The report has everything\.\n$/,
    );
  });

  it("shows what was restored from GitHub's cache and saved to it", () => {
    const summary = renderSummary({
      ...EMPTY,
      caches: [
        {
          uri: "github",
          isTrustedByLocation: true,
          hitRate: 0.5,
          state: "pushed",
          reason: "behind 1 entry",
          pathsPushed: 2,
          pathsPresent: 3,
          pathsLeft: 0,
          bytesPushed: 1 << 20,
          restored: { state: "restored", reason: "the newest", entries: 1, paths: 3, bytes: 3 << 20 },
          saved: { kind: "delta", key: "cross-build-nix-1-x", bytes: 1 << 20 },
        },
      ],
    });
    expect(summary).toContain("2 paths pushed, 3 already present, hit rate 50 %, read without signatures");
    expect(summary).toContain("Restored: 3 paths from 1 entry, 3.0 MiB");
    expect(summary).toContain("Saved: a delta, 1.0 MiB, as <code>cross-build-nix-1-x</code>");
  });

  it("is rendered even for a run that failed at once", () => {
    expect(renderSummary(EMPTY)).toContain("INPUT&#95;INVALID");
  });

  it("shows every attempt to build, and lost builders", () => {
    const [failed] = withText("x").attempts;
    if (failed === undefined) throw new Error("no attempt");
    const built = { ...failed, outcome: "built" as const, code: null, message: null };
    const summary = renderSummary({ ...withText("lost"), attempts: [failed, built] });
    expect(summary).toContain("<summary>Attempts</summary>");
    expect(summary).toContain("Changes during the run");
    expect(renderSummary({ ...EMPTY, attempts: [built] })).not.toContain("Attempts");
  });

  it("shows that a smoke test was emulated", () => {
    expect(renderSummary(withText("x"))).toContain("emulated");
  });

  it("escapes markup in text from outside", () => {
    const summary = renderSummary(
      withText("</pre></details><script>alert(1)</script> | a | b\n# title @team [x](http://evil)"),
    );
    // The summary's own links lead only to the page of errors.
    const links = summary.replaceAll(
      /\]\(https:\/\/github\.com\/fluo\/cross-build\/blob\/v1\/docs\/errors\.md#[a-z_]+\)/g,
      "",
    );
    expect(links).not.toMatch(/<script|<\/pre><\/details><|@team|\]\(/);
    expect(summary).not.toMatch(/^# title/m);
  });

  it("keeps every table row on one line with its number of cells", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const report = withText(text);
        expect(REPORT.safeParse(report).success).toBe(true);
        const rows = renderSummary(report)
          .split("\n")
          .filter((line) => line.startsWith("| "));
        for (const row of rows) expect([4, 5, 6, 8, 9]).toContain(row.split("|").length);
      }),
    );
  });
});

describe("the summary of a failed build", () => {
  const build = (name: string, outcome: "built" | "failed" | "interrupted", place = "local") => ({
    target: "x86_64-linux",
    drvPath: `/nix/store/x-${name}.drv`,
    name,
    dependencies: [],
    place,
    startedAt: EMPTY.startedAt,
    durationMs: 1,
    outcome,
    log: outcome === "failed" ? ["last but one", `the end of ${name}`] : [],
    use: UNKNOWN_USE,
  });

  it("shows the end of the log, open and once, with the command for all of it", () => {
    const summary = renderSummary({ ...EMPTY, builds: [build("bad", "failed", "ssh-ng://b:22")] });
    expect(summary).toContain(
      "<details open><summary>Last lines of <code>bad</code> on ssh-ng&#58;//b&#58;22</summary>\n" +
        "<pre>last but one&#10;the end of bad</pre>\n</details>\n\n" +
        "The whole log on ssh-ng&#58;//b&#58;22: <code>nix log /nix/store/x-bad.drv</code>",
    );
    expect(summary.split("the end of bad")).toHaveLength(2);
    expect(summary.split("nix log")).toHaveLength(2);
  });

  it("has columns for what builds and builders used only if something of it is known", () => {
    const known = { ...build("a", "built"), use: { ...UNKNOWN_USE, cpuMs: 1500 } };
    expect(renderSummary({ ...EMPTY, builds: [build("b", "built"), known] })).toContain(
      "| derivation | where | time | CPU time |  |\n| --- | --- | --- | --- | --- |\n" +
        "| b | local | 0.0 s |  | built |\n| a | local | 0.0 s | 1.5 s | built |",
    );
    expect(renderSummary({ ...EMPTY, builds: [build("b", "built")] })).toContain(
      "| derivation | where | time |  |",
    );
    const { builders } = makeRun(3);
    expect(renderSummary({ ...EMPTY, builders })).toContain(
      "| 3 | 1 min 1 s | 1 min 39 s | 5.0 MiB, 1.0 MiB |",
    );
    expect(renderSummary(withText("x"))).toContain("| builder | state | systems | Nix | slots | why |");
  });

  it("counts how the builds ended", () => {
    const builds = [build("a", "failed"), build("b", "interrupted"), build("c", "interrupted")];
    expect(renderSummary({ ...EMPTY, builds })).toContain(
      "<summary>0 derivations built, 1 failed, 2 interrupted, 0 paths substituted</summary>",
    );
    expect(renderSummary({ ...EMPTY, builds: [build("a", "built")] })).toContain(
      "<summary>1 derivation built, 0 paths substituted</summary>",
    );
  });

  it("does not show the log of a failure after which another builder built the derivation", () => {
    const builds = [build("a", "failed", "ssh-ng://b:22"), build("a", "built")];
    expect(renderSummary({ ...EMPTY, builds })).not.toContain("the end of a");
  });

  it("keeps the lines of an evaluation error", () => {
    const error = { code: "EVALUATION_FAILED", message: "no x\nat /f.nix\n   1| x", hint: null };
    expect(renderSummary({ ...EMPTY, error })).toContain("no x\n\n<pre>at /f.nix&#10;   1&#124; x</pre>");
  });

  it("opens the comparison with earlier runs if a derivation became slower", () => {
    const { history } = makeRun(3);
    const summary = renderSummary({ ...EMPTY, history });
    expect(summary).toContain(
      "<details open><summary>Times of aarch64-linux against the last 14 runs: slower <code>gcc-3.2</code>",
    );
    expect(summary).toContain("| prepare | 14.0 s | 16.0 s | −12 % |");
    const [target] = history?.targets ?? [];
    if (target === undefined) throw new Error("the fixture has no history");
    const usual = renderSummary({ ...EMPTY, history: { targets: [{ ...target, slower: [] }] } });
    expect(usual).toContain("<details><summary>Times of aarch64-linux against the last 14 runs</summary>");
  });
});
