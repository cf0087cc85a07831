import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { renderMetrics } from "../../../src/report/metrics.js";
import type { Report } from "../../../src/report/report.js";
import { startPrometheus } from "../../monitoring.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../../runner.js";
import { EMPTY, HOSTILE, makeRun, withText } from "../../unit/report/reports.js";

afterAll(() => {
  removeTemporaryFolders();
});

/** What Debian's promtool has to say about metrics: nothing, if they are well-formed and well-named. */
function checkMetrics(input: string): string {
  const { stdout, stderr, status } = spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });
  return `${status ?? "killed"}: ${stdout}${stderr}`;
}

/** A report whose labels all have a text from outside. */
function labelWith(text: string): Report {
  const builds = makeRun(4).builds.map((build) => ({ ...build, target: text, place: text }));
  const layers = [{ target: text, digest: text, sizeBytes: 1, state: "sent" as const }];
  const substitutions = makeRun(4).substitutions.map((item) => ({ ...item, target: text, from: text }));
  return { ...withText(text), builds, layers, substitutions };
}

describe("the metrics of a run", () => {
  it.each<[string, Report]>([
    ["of a whole run", makeRun(50)],
    ["of a run that failed at once", EMPTY],
    ["with names that end lines and labels", labelWith(`${HOSTILE}\n# TYPE x counter\n"} 1 \\`)],
  ])("%s have no fault that promtool knows", async (_, report) => {
    const labels = { repository: "fluo/shop", workflow_job: "image" };
    expect(checkMetrics(await renderMetrics(report, labels))).toBe("0: ");
  });

  it("are well-formed for any text", async () => {
    const texts = fc.sample(fc.string({ unit: "binary" }), 500);
    const { builds } = makeRun(texts.length);
    const report = {
      ...EMPTY,
      builds: builds.map((build, index) => ({ ...build, place: texts[index] ?? "" })),
    };
    expect(checkMetrics(await renderMetrics(report, { repository: texts.join("") }))).toBe("0: ");
  });

  it("reach Prometheus through a node exporter that reads the files of two jobs", async () => {
    const folder = makeTemporaryFolder("metrics");
    const textfiles = join(folder, "textfiles");
    mkdirSync(textfiles);
    const report = makeRun(50);
    for (const job of ["image", "other"]) {
      const metrics = await renderMetrics(report, { repository: "fluo/shop", workflow_job: job });
      writeFileSync(join(textfiles, `${job}.prom`), metrics);
    }
    const prometheus = await startPrometheus(join(folder, "prometheus"), textfiles);
    try {
      const until = async (text: string) => {
        for (let i = 0; i < 100; i++) {
          const samples = await prometheus.query(text);
          if (samples.length > 0) return samples;
          await sleep(200);
        }
        throw new Error(`Prometheus never had ${text}`);
      };
      const builds = await until('sum by (builder) (cross_build_derivations{workflow_job="image"})');
      expect(Object.fromEntries(builds.map(({ metric, value }) => [metric["builder"], value[1]]))).toEqual(
        Object.fromEntries(
          [...Map.groupBy(report.builds, ({ place }) => place)].map(([place, own]) => [
            place,
            String(own.length),
          ]),
        ),
      );
      const [gate] = await until('cross_build_phase_duration_seconds{phase="gate", workflow_job="other"}');
      expect(gate?.value[1]).toBe("14");
      const [problem] = await until("node_textfile_scrape_error");
      expect(problem?.value[1]).toBe("0");
    } finally {
      await prometheus.stop();
    }
  }, 60_000);
});
