import * as z from "zod";

import { STRATEGIES } from "../model/strategy.js";

const text = z.string();
const count = z.int().min(0);
const milliseconds = z.number().min(0).describe("milliseconds");
const ratio = z.number().min(0).nullable();

const measurement = z
  .strictObject({
    wallMs: z
      .strictObject({ min: milliseconds, median: milliseconds, max: milliseconds })
      .describe("duration of the build, in milliseconds"),
    cpuMs: milliseconds
      .nullable()
      .describe("CPU time of the machines that build, added up over all CPUs, whoever used it; the median"),
    memoryBytes: count
      .nullable()
      .describe(
        "the most memory in use on a machine that builds, beyond what was in use before, once a second",
      ),
    sentBytes: count
      .nullable()
      .describe(
        "what this machine sent to builders, or otherwise over its interfaces but loopback; the median",
      ),
    receivedBytes: count.nullable(),
    ratio: ratio.describe("median duration divided by that of the reference row of the target"),
  })
  .describe("null: not known");

/**
 * Version 1 of the comparison of strategies. `docs/comparison.schema.json` is its JSON Schema.
 */
export const COMPARISON = z.strictObject({
  version: z.literal(1),
  installable: text,
  change: text.nullable().describe("the changed file, relative to the folder of flake.nix"),
  rounds: count.describe("measured rounds; one more comes before them as a warm-up"),
  startedAt: z.iso.datetime().describe("UTC"),
  host: z.strictObject({ system: text, nix: text.describe("version of Nix") }),
  rows: z.array(
    z.strictObject({
      target: text,
      strategy: z.enum(STRATEGIES),
      state: z
        .enum(["measured", "impossible", "failed"])
        .describe("impossible: this machine cannot use the strategy; failed: a build failed"),
      reason: text.describe("why the strategy can or cannot be used, or the error of the build"),
      code: text.nullable().describe("error code of a failed build"),
      buildCpu: text.describe("the system for which the build's programs are"),
      isEmulated: z.boolean().describe("whether QEMU runs these programs"),
      link: z
        .strictObject({
          kind: z.enum(["local", "ssh"]),
          roundTripMs: milliseconds.nullable().describe("the longest one, if there are several builders"),
        })
        .describe("the way from this machine to the one that builds"),
      machines: z
        .array(
          z.strictObject({
            name: text.describe("this machine, or the builder's store URI"),
            cpuModel: text.nullable(),
            cpus: count.nullable(),
          }),
        )
        .describe("the machines that build"),
      isReference: z.boolean().describe("whether the ratios of its target are to this row"),
      evaluationMs: milliseconds
        .nullable()
        .describe("evaluation of the changed or unchanged flake, maybe twice; not in wallMs"),
      derivations: z
        .strictObject({ cold: count, changed: count.nullable() })
        .nullable()
        .describe("how many derivations a round builds"),
      cold: measurement.nullable().describe("everything that no substituter has is built"),
      changed: measurement.nullable().describe("what depends on the changed file is built"),
    }),
  ),
});

export type Comparison = z.infer<typeof COMPARISON>;
export type ComparisonRow = Comparison["rows"][number];

type MeasurementName = "cold" | "changed";

/**
 * Whether a row's times stand for what its machines would take. A builder that emulates the target's CPU
 * stands in for one that has it, but is far slower. In `emulate`, emulation is what is measured.
 */
export function isComparable({ state, strategy, isEmulated }: ComparisonRow): boolean {
  return state === "measured" && (strategy === "emulate" || !isEmulated);
}

/**
 * Adds the ratios, between rows of one target. The reference is the first comparable row, in the order of
 * `STRATEGIES`, that is not emulated. Without another comparable row, there are none.
 */
export function addRatios(rows: readonly ComparisonRow[]): ComparisonRow[] {
  const references = new Map<ComparisonRow, ComparisonRow>();
  for (const own of Map.groupBy(rows.filter(isComparable), ({ target }) => target).values()) {
    const reference = own
      .filter(({ isEmulated }) => !isEmulated)
      .toSorted((a, b) => STRATEGIES.indexOf(a.strategy) - STRATEGIES.indexOf(b.strategy))[0];
    if (reference === undefined || own.length < 2) continue;
    for (const row of own) references.set(row, reference);
  }
  return rows.map((row) => {
    const reference = references.get(row);
    if (reference === undefined) return row;
    const divide = (name: MeasurementName) => {
      const [measured, base] = [row[name], reference[name]];
      if (measured === null || base === null || base.wallMs.median === 0) return measured;
      return { ...measured, ratio: measured.wallMs.median / base.wallMs.median };
    };
    return { ...row, isReference: row === reference, cold: divide("cold"), changed: divide("changed") };
  });
}

/** The comparison as JSON text, in which a runner sees no workflow command and a terminal no sequence. */
export function renderComparison(comparison: Comparison): string {
  const escape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  const json = JSON.stringify(comparison, undefined, 2);
  return `${json.replace(/[\u007f-\u009f]|(?<=#)#(?=\[)/g, escape)}\n`;
}

/** The JSON Schema of the comparison, 2020-12. */
export function renderComparisonSchema(): string {
  const schema = { title: "cross-build comparison", ...z.toJSONSchema(COMPARISON) };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
