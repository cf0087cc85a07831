import { describe, expect, it } from "@jest/globals";

import { renderMetrics } from "../../../src/report/metrics.js";
import { EMPTY, MACHINES, makeRun, withText } from "./reports.js";

describe("renderMetrics", () => {
  it("has the outcome and the times of a run, in seconds and with a type and help", async () => {
    expect(await renderMetrics(EMPTY, { repository: "fluo/shop" })).toBe(
      `# HELP cross_build_run_outcome 1 for the outcome of the last run, 0 for the others.
# TYPE cross_build_run_outcome gauge
cross_build_run_outcome{outcome="success",repository="fluo/shop"} 0
cross_build_run_outcome{outcome="failure",repository="fluo/shop"} 1
cross_build_run_outcome{outcome="cancelled",repository="fluo/shop"} 0

# HELP cross_build_run_start_timestamp_seconds When the last run began, in seconds since the epoch.
# TYPE cross_build_run_start_timestamp_seconds gauge
cross_build_run_start_timestamp_seconds{repository="fluo/shop"} 1767225600

# HELP cross_build_run_duration_seconds How long the run took.
# TYPE cross_build_run_duration_seconds gauge
cross_build_run_duration_seconds{repository="fluo/shop"} 1.5
`,
    );
  });

  it("adds up what has the same labels", async () => {
    const report = makeRun(50);
    const lines = (await renderMetrics(report, {})).split("\n");
    const sent = report.layers.filter(({ state }) => state === "sent");
    const labels = '{system="aarch64-linux",state="sent"}';
    expect(lines).toContain(`cross_build_layers${labels} ${sent.length}`);
    const bytes = sent.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    expect(lines).toContain(`cross_build_layers_size_bytes${labels} ${bytes}`);
  });

  it("has what builders and derivations used, as far as it is known", async () => {
    const report = makeRun(50);
    const lines = (await renderMetrics(report, {})).split("\n");
    const builder = '{builder="ssh-ng://nix@arm-1.example.org"}';
    expect(lines).toContain(`cross_build_builder_busy_seconds${builder} 61`);
    expect(lines).toContain(`cross_build_builder_cpu_seconds${builder} 98.5`);
    expect(lines).toContain(`cross_build_builder_sent_bytes${builder} ${5 << 20}`);
    expect(lines).toContain(`cross_build_builder_received_bytes${builder} ${1 << 20}`);
    const local = report.builds.filter(({ place }) => place === "local");
    const peak = Math.max(...local.map(({ use }) => use.peakMemoryBytes ?? 0));
    expect(lines.filter((line) => line.startsWith("cross_build_derivations_peak_memory_bytes"))).toEqual([
      `cross_build_derivations_peak_memory_bytes{builder="local"} ${peak}`,
    ]);
    const copied = report.builds
      .filter(({ place }) => place === MACHINES[0])
      .map(({ use }) => use.copiedBytes ?? 0);
    const labels = `system="aarch64-linux",builder="${MACHINES[0]}"`;
    const sum = copied.reduce((total, bytes) => total + bytes, 0);
    expect(lines).toContain(`cross_build_derivations_copied_bytes{${labels}} ${sum}`);
    expect(lines.some((line) => line.startsWith("cross_build_derivations_cpu_seconds{"))).toBe(true);
    expect(await renderMetrics(withText("x"), {})).not.toMatch(/_(?:cpu_seconds|sent_bytes|copied_bytes)/);
  });

  it("has as many samples for 5000 builds as for 50: none is named after a derivation", async () => {
    const countSamples = async (builds: number) =>
      (await renderMetrics(makeRun(builds), {})).split("\n").filter((line) => /^[a-z]/.test(line)).length;
    expect(await countSamples(5000)).toBe(await countSamples(50));
  });
});
