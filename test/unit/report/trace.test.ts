import { describe, expect, it } from "@jest/globals";

import { composeTrace } from "../../../src/report/trace.js";
import { makeRun, withText } from "./reports.js";

describe("composeTrace", () => {
  it("has what builds and builders used, as far as it is known", () => {
    const report = makeRun(20);
    const spans = composeTrace(report, {});
    for (const { drvPath, use } of report.builds) {
      const span = spans.find(({ attributes }) => attributes["cross_build.derivation"] === drvPath);
      expect(span?.attributes["cross_build.cpu_seconds"]).toBe((use.cpuMs ?? 0) / 1000);
      expect(span?.attributes["cross_build.peak_memory_bytes"]).toBe(use.peakMemoryBytes ?? undefined);
      expect(span?.attributes["cross_build.copied_bytes"]).toBe(use.copiedBytes ?? undefined);
    }
    const events = spans.find(({ name }) => name === "build")?.events ?? [];
    expect(events.filter(({ name }) => name === "builder").map(({ attributes }) => attributes)).toEqual([
      {
        "cross_build.builder": report.builders[0]?.uri,
        "cross_build.builds": 3,
        "cross_build.busy_seconds": 61,
        "cross_build.cpu_seconds": 98.5,
        "cross_build.sent_bytes": 5 << 20,
        "cross_build.received_bytes": 1 << 20,
      },
    ]);
  });

  it("leaves out what is not known", () => {
    const report = { ...withText("x"), phases: makeRun(1).phases };
    const text = JSON.stringify(
      composeTrace(report, {}).flatMap(({ name, attributes, events }) =>
        name.startsWith("build") ? [attributes, events] : [],
      ),
    );
    expect(text).not.toMatch(/"cross_build\.(?:cpu_seconds|copied_bytes|sent_bytes)"/);
  });
});
