import { describe, expect, it } from "@jest/globals";

import { addRatios } from "../../../src/report/comparison.js";
import { renderComparisonSummary, renderComparisonText } from "../../../src/report/comparison-text.js";
import { row, withRows } from "./comparisons.js";

const ARM = { target: "aarch64-linux" };
const ROWS = addRatios([
  row("native", 2000, {}, 1000),
  row(
    "remote",
    3000,
    {
      link: { kind: "ssh", roundTripMs: 24 },
      machines: [{ name: "ssh-ng://b1:22", cpuModel: null, cpus: 8 }],
    },
    2000,
  ),
  row("emulate", 30_000, { ...ARM, buildCpu: "aarch64-linux", isEmulated: true }),
  row("cross-compile", 1, { ...ARM, state: "impossible", reason: "the flake has no x", cold: null }),
]);

describe("renderComparisonText", () => {
  it("has a line for each build, the reason for each row without one, and the machines", () => {
    expect(renderComparisonText(withRows(ROWS, { change: "src/a.c" })))
      .toBe(`compare .#image, changed: src/a.c (1 round)

x86_64-linux
  strategy  build    build CPU     link          time   ratio  CPU time  memory    sent     received
  native    cold     x86_64-linux  this machine  2.0 s  1      4.0 s     64.0 MiB  1.0 MiB  2.0 MiB
  native    changed  x86_64-linux  this machine  1.0 s  1      2.0 s     64.0 MiB  1.0 MiB  2.0 MiB
  remote    cold     x86_64-linux  ssh, 24 ms    3.0 s  1.50   6.0 s     64.0 MiB  1.0 MiB  2.0 MiB
  remote    changed  x86_64-linux  ssh, 24 ms    2.0 s  2.00   4.0 s     64.0 MiB  1.0 MiB  2.0 MiB

aarch64-linux
  strategy  build  build CPU             link          time    ratio  CPU time   memory    sent     received
  emulate   cold   aarch64-linux (QEMU)  this machine  30.0 s  –      1 min 0 s  64.0 MiB  1.0 MiB  2.0 MiB
  cross-compile: not measured here: the flake has no x

this machine: EPYC, 2 CPUs
ssh-ng://b1:22: unknown CPU, 8 CPUs
`);
  });

  it("says how to measure a build after a change", () => {
    expect(renderComparisonText(withRows(ROWS))).toContain("with --change");
  });

  it("has no control characters of a reason, a name or a CPU", () => {
    const hostile = "\u001b[2J\u0007x\u0000\n::error::x";
    const rows = [
      row("remote", 1, { machines: [{ name: hostile, cpuModel: hostile, cpus: null }] }),
      row("native", 1, { state: "failed", reason: `${hostile}\n::error::x`, cold: null }),
    ];
    const text = renderComparisonText(withRows(rows, { installable: hostile, change: hostile }));
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(text).not.toMatch(/^::/m);
  });
});

describe("renderComparisonSummary", () => {
  it("has a chart and a table for each target", () => {
    const summary = renderComparisonSummary(withRows(ROWS));
    expect(summary.match(/^```mermaid$/gm)).toHaveLength(2);
    expect(summary).toContain("| cross-compile | the flake has no x |");
    expect(summary).toContain("unknown CPU, 8 CPUs |");
  });

  it("shows text from outside as text", () => {
    const hostile = "</td><img src=x onerror=alert(1)> | `a` [b](c)\n# d";
    const rows = [
      row("remote", 1, { machines: [{ name: hostile, cpuModel: hostile, cpus: null }] }),
      row("native", 1, { state: "failed", reason: hostile, cold: null }),
    ];
    const summary = renderComparisonSummary(withRows(rows, { installable: hostile, change: hostile }));
    expect(summary).not.toMatch(/<img|onerror=alert\(|\]\(c\)|^# d/m);
  });
});
