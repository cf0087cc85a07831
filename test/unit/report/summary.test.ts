import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { REPORT, type Report } from "../../../src/report/report.js";
import { renderSummary } from "../../../src/report/summary.js";
import { createPhaseTimeline } from "../../../src/report/phase-timeline.js";

const EMPTY: Report = {
  version: 1,
  outcome: "failure",
  error: { code: "INPUT_INVALID", message: "no", hint: null },
  startedAt: "2026-01-01T00:00:00.000Z",
  durationMs: 1500,
  host: { system: "x86_64-linux", event: null },
  nix: null,
  builders: [],
  builderChanges: [],
  plans: [],
  attempts: [],
  storePaths: [],
  builds: [],
  substitutions: [],
  cache: null,
  image: null,
  layers: [],
  audits: [],
  smokeTests: [],
  promotion: null,
  phases: [],
};

function withText(text: string): Report {
  return {
    ...EMPTY,
    error: { code: "BUILD_FAILED", message: text, hint: text },
    builders: [
      {
        uri: text,
        alias: "a",
        systems: [text],
        state: "dropped",
        code: "X",
        reason: text,
        hint: text,
        nix: text,
        slots: 1,
        features: [text],
        probeMs: 1,
        cpus: 1,
        load: 0.5,
        freeBytes: 1,
      },
    ],
    builderChanges: [{ uri: text, at: EMPTY.startedAt, state: "dropped", reason: text }],
    attempts: [
      {
        target: text,
        strategy: "remote",
        mode: "build-hook",
        reason: text,
        startedAt: EMPTY.startedAt,
        durationMs: 1,
        outcome: "failed",
        code: text,
        message: text,
      },
    ],
    builds: [
      {
        drvPath: text,
        name: text,
        place: text,
        startedAt: EMPTY.startedAt,
        durationMs: 1,
        outcome: "failed",
        log: [text],
      },
    ],
    audits: [
      {
        target: text,
        filesRead: 1,
        elfFiles: 1,
        foreign: [{ path: text, machine: "arm", layer: 0 }],
        allowed: [],
        multiCpuArchives: [{ path: text, machines: [text], ownIn: text, layer: 0 }],
        orphanedScripts: [{ path: text, interpreter: text, layer: 0 }],
        missingLibraries: [
          { path: text, kind: "library", needs: text, storePath: text, searched: [text], layer: 0 },
        ],
        unreadableArchives: [{ path: text, reason: text, layer: 0 }],
      },
    ],
    smokeTests: [
      {
        target: text,
        outcome: "failed",
        runtime: text,
        isEmulated: true,
        checks: [{ name: text, kind: "http", outcome: "failed", durationMs: 1, detail: text }],
        containerLog: text,
      },
    ],
  };
}

describe("renderSummary", () => {
  it("shows the result of the run", () => {
    const summary = renderSummary({
      ...EMPTY,
      outcome: "success",
      error: null,
      image: { reference: "ghcr.io/fluo/app", digest: "sha256:00", platforms: [], tags: ["v1"] },
      layers: [{ digest: "sha256:22", sizeBytes: 2 << 20, state: "sent" }],
      promotion: { state: "promoted", reason: "the smoke test passed", tags: [] },
    });
    expect(summary).toContain("## cross-build: success");
    expect(summary).toContain("<code>ghcr.io/fluo/app@sha256:00</code>");
    expect(summary).toContain("Tags promoted: <code>v1</code>");
    expect(summary).toContain("1 sent (2.0 MiB), 0 reused");
  });

  it("shows what was restored from GitHub's cache and saved to it", () => {
    const summary = renderSummary({
      ...EMPTY,
      cache: {
        uri: "github",
        isTrustedByLocation: true,
        hitRate: 0.5,
        state: "pushed",
        reason: "behind 1 entry",
        pathsPushed: 2,
        pathsPresent: 3,
        restored: { state: "restored", reason: "the newest", entries: 1, paths: 3, bytes: 3 << 20 },
        saved: { kind: "delta", key: "cross-build-nix-1-x", bytes: 1 << 20 },
      },
    });
    expect(summary).toContain("2 paths pushed, 3 already present, hit rate 50 %, read without signatures");
    expect(summary).toContain("Restored: 3 paths from 1 entry, 3.0 MiB");
    expect(summary).toContain("Saved: a delta, 1.0 MiB, as <code>cross-build-nix-1-x</code>");
  });

  it("is rendered even for a run that failed at once", () => {
    expect(renderSummary(EMPTY)).toContain("INPUT&#95;INVALID");
  });

  it("shows every attempt to build, and lost builders", () => {
    const [attempt] = withText("x").attempts;
    if (attempt === undefined) throw new Error("no attempt");
    const built = { ...attempt, outcome: "built" as const, code: null, message: null };
    const summary = renderSummary({ ...withText("lost"), attempts: [attempt, built] });
    expect(summary).toContain("### Attempts");
    expect(summary).toContain("Changes during the run");
    expect(renderSummary({ ...EMPTY, attempts: [built] })).not.toContain("### Attempts");
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
        for (const row of rows) expect([4, 5, 6, 8]).toContain(row.split("|").length);
      }),
    );
  });
});

describe("the summary of a failed build", () => {
  const build = (name: string, outcome: "built" | "failed" | "interrupted", place = "local") => ({
    drvPath: `/nix/store/x-${name}.drv`,
    name,
    place,
    startedAt: EMPTY.startedAt,
    durationMs: 1,
    outcome,
    log: outcome === "failed" ? ["last but one", `the end of ${name}`] : [],
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

  it("counts how the builds ended", () => {
    const builds = [build("a", "failed"), build("b", "interrupted"), build("c", "interrupted")];
    expect(renderSummary({ ...EMPTY, builds })).toContain(
      "### 0 derivations built, 1 failed, 2 interrupted, 0 paths substituted",
    );
    expect(renderSummary({ ...EMPTY, builds: [build("a", "built")] })).toContain(
      "### 1 derivation built, 0 paths substituted",
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
});

describe("createPhaseTimeline", () => {
  it("records the time and the outcome of each phase, even of one that fails", async () => {
    let now = 0;
    const timeline = createPhaseTimeline({ nowMs: () => (now += 10), sleep: () => Promise.resolve() });
    expect(await timeline.run("build", () => Promise.resolve(1))).toBe(1);
    await expect(timeline.run("gate", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(timeline.phases.map(({ name, durationMs, outcome }) => [name, durationMs, outcome])).toEqual([
      ["build", 10, "done"],
      ["gate", 10, "failed"],
    ]);
  });
});
