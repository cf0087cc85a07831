import type { Strategy } from "../../../src/model/strategy.js";
import type { Comparison, ComparisonRow } from "../../../src/report/comparison.js";

function measurement(wallMs: number): NonNullable<ComparisonRow["cold"]> {
  return {
    wallMs: { min: wallMs, median: wallMs, max: wallMs },
    cpuMs: 2 * wallMs,
    memoryBytes: 64 << 20,
    sentBytes: 1 << 20,
    receivedBytes: 2 << 20,
    ratio: null,
  };
}

/** A measured row for x86_64-linux. */
export function row(
  strategy: Strategy,
  coldMs: number,
  others: Partial<ComparisonRow> = {},
  changedMs?: number,
): ComparisonRow {
  return {
    target: "x86_64-linux",
    strategy,
    state: "measured",
    reason: "it can",
    code: null,
    buildCpu: "x86_64-linux",
    isEmulated: false,
    link: { kind: "local", roundTripMs: null },
    machines: [{ name: "this machine", cpuModel: "EPYC", cpus: 2 }],
    isReference: false,
    evaluationMs: 100,
    derivations: { cold: 2, changed: changedMs === undefined ? null : 1 },
    cold: measurement(coldMs),
    changed: changedMs === undefined ? null : measurement(changedMs),
    ...others,
  };
}

/** A comparison with these rows. */
export function withRows(rows: readonly ComparisonRow[], others: Partial<Comparison> = {}): Comparison {
  return {
    version: 1,
    installable: ".#image",
    change: null,
    rounds: 1,
    startedAt: "2026-11-27T12:00:00.000Z",
    host: { system: "x86_64-linux", nix: "2.34.8" },
    rows: [...rows],
    ...others,
  };
}
