import { describe, expect, it } from "@jest/globals";

import type { Strategy } from "../../../src/model/strategy.js";
import {
  addRatios,
  COMPARISON,
  type Comparison,
  type ComparisonRow,
  renderComparison,
} from "../../../src/report/comparison.js";
import { row, withRows } from "./comparisons.js";

const ratiosOf = (rows: readonly ComparisonRow[]) =>
  addRatios(rows).map(({ strategy, isReference, cold }) => [strategy, isReference, cold?.ratio ?? null]);

describe("addRatios", () => {
  it("compares remote with native, and emulate with cross-compile", () => {
    const arm = { target: "aarch64-linux" };
    const rows = [
      row("native", 1000),
      row("remote", 1500),
      row("cross-compile", 2000, arm),
      row("emulate", 20_000, { ...arm, isEmulated: true }),
    ];
    expect(ratiosOf(rows)).toEqual([
      ["native", true, 1],
      ["remote", false, 1.5],
      ["cross-compile", true, 1],
      ["emulate", false, 10],
    ]);
  });

  it.each<[string, readonly ComparisonRow[]]>([
    ["rows of different targets", [row("native", 1), row("cross-compile", 1, { target: "aarch64-linux" })]],
    ["a builder that emulates the CPU", [row("cross-compile", 1), row("remote", 9, { isEmulated: true })]],
    ["emulated rows only", [row("remote", 9, { isEmulated: true }), row("emulate", 9, { isEmulated: true })]],
    ["a row that failed", [row("native", 1), { ...row("remote", 1), state: "failed", cold: null }]],
    ["a single row", [row("native", 1)]],
  ])("gives no ratio for %s", (_, rows) => {
    for (const [, isReference, ratio] of ratiosOf(rows)) expect([isReference, ratio]).toEqual([false, null]);
  });

  it("takes the first strategy as the reference, whatever the order of the rows", () => {
    const order: readonly Strategy[] = ["remote", "emulate", "cross-compile"];
    const rows = order.map((strategy) => row(strategy, 1000, { isEmulated: strategy === "emulate" }));
    expect(addRatios(rows).map(({ isReference }) => isReference)).toEqual([false, false, true]);
  });

  it("gives the ratio of the build after a change too, where both rows have one", () => {
    const changed = (strategy: Strategy, wallMs: number) => row(strategy, 1000, {}, wallMs);
    const [, remote] = addRatios([changed("native", 100), changed("remote", 300)]);
    expect(remote).toMatchObject({ cold: { ratio: 1 }, changed: { ratio: 3 } });
    const [, alone] = addRatios([row("native", 1000), changed("remote", 300)]);
    expect(alone).toMatchObject({ cold: { ratio: 1 }, changed: { ratio: null } });
  });
});

it("the schema accepts a comparison, and no other fields", () => {
  const comparison: Comparison = withRows([row("native", 1000), row("remote", 1500)]);
  expect(COMPARISON.parse(JSON.parse(JSON.stringify(comparison)))).toEqual(comparison);
  expect(() => COMPARISON.parse({ ...comparison, secret: "x" })).toThrow();
});

it("renderComparison leaves no workflow command and no terminal sequence in JSON that stays the same", () => {
  const reason = "##[error]x ### ##[a]\u009b31m\u007f\u0085 ::warning::y";
  const comparison = withRows([row("native", 1000, { reason })]);
  const text = renderComparison(comparison);
  expect(text).not.toMatch(/##\[|[\u007f-\u009f]/);
  expect(JSON.parse(text)).toEqual(comparison);
});
