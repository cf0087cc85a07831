import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { runCancelled } from "../../../src/errors/action-error.js";
import { keepHistory } from "../../../src/pipeline/keep-history.js";
import { parseHistory } from "../../../src/report/history.js";
import type { Report } from "../../../src/report/report.js";
import { makeRun } from "../report/reports.js";
import { createFakeRun } from "./fake-run.js";

const REPORT: Report = { ...makeRun(3), history: null };

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "history-"));
  file = join(folder, "sub/history.json");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function keep(report = REPORT, given: Parameters<typeof createFakeRun>[0] = {}) {
  const { context, lines } = createFakeRun(given);
  const job = { history: { kind: "file" as const, file }, installables: [], targets: [] };
  const result = await keepHistory(job, { report, gateResults: [], error: undefined }, context);
  return { history: result.report.history, warnings: lines.filter((line) => line.startsWith("warning")) };
}

const countRuns = () => parseHistory(readFileSync(file, "utf8")).length;

describe("keepHistory", () => {
  it("compares a run with the file, and adds it", async () => {
    expect(await keep()).toMatchObject({ history: { targets: [{ runs: 0, times: [] }] }, warnings: [] });
    expect(await keep()).toMatchObject({ history: { targets: [{ runs: 1 }] }, warnings: [] });
    expect(countRuns()).toBe(2);
  });

  it("warns about a derivation that became slower, by its name", async () => {
    const slow = {
      ...REPORT,
      builds: REPORT.builds.map((build) => ({ ...build, durationMs: 900_000 })),
    };
    for (let run = 0; run < 10; run++) await keep();
    expect(await keep(slow)).toMatchObject({ warnings: [] });
    const { name = "" } = REPORT.builds.find(({ outcome }) => outcome === "built") ?? {};
    expect((await keep(slow)).warnings).toEqual([
      expect.stringContaining(`${name} became slower for aarch64-linux: 15 min 0 s, as in the build before`),
    ]);
  });

  it.each([
    ["another document", "{}", "it is not a history of this version of cross-build"],
    ["a part of a history", '{"version":1,"runs":[{', "it is not JSON, or not all of it"],
    ["binary data", "\u0000\u0001", "it is not JSON, or not all of it"],
  ])("starts anew after %s", async (_, text, reason) => {
    await keep();
    writeFileSync(file, text);
    const { history, warnings } = await keep();
    expect(warnings).toEqual([expect.stringContaining(`${file} is not used: ${reason}`)]);
    expect(history).toMatchObject({ targets: [{ runs: 0 }] });
    expect(countRuns()).toBe(1);
  });

  it("does not read a huge file", async () => {
    await keep();
    truncateSync(file, 2 ** 34);
    expect((await keep()).warnings).toEqual([expect.stringContaining("is not used: it is too large")]);
  });

  it("goes on with a file that cannot be read or written", async () => {
    file = folder;
    const { history, warnings } = await keep();
    expect(history).toMatchObject({ targets: [{ runs: 0 }] });
    expect(warnings).toHaveLength(2);
  });

  it("compares a pull request, but does not add it", async () => {
    await keep();
    const { event } = createFakeRun().context;
    expect(await keep(REPORT, { event: { ...event, name: "pull_request" } })).toMatchObject({
      history: { targets: [{ runs: 1 }] },
    });
    expect(countRuns()).toBe(1);
  });

  it("leaves out a run that was cancelled or built nothing", async () => {
    const cancelled = AbortSignal.abort(runCancelled());
    expect(await keep(REPORT, { signal: cancelled })).toEqual({ history: null, warnings: [] });
    expect(await keep({ ...REPORT, attempts: [] })).toEqual({ history: null, warnings: [] });
  });

  it("says that GitHub's cache is missing outside of an action", async () => {
    const { context, lines } = createFakeRun();
    const job = { history: { kind: "github" as const }, installables: [], targets: [] };
    await keepHistory(job, { report: REPORT, gateResults: [], error: undefined }, context);
    expect(lines.filter((line) => line.startsWith("warning"))).toContainEqual(
      expect.stringContaining("the history github is not used: GitHub's cache is only available inside"),
    );
  });
});
