import { renderError } from "../../errors/action-error.js";
import { median } from "../../model/median.js";
import type { ComparisonRow } from "../../report/comparison.js";
import type { BuildMachines, Sample } from "./measure.js";
import type { RepeatableBuild } from "./repeatable-build.js";
import type { Row } from "./row.js";

/** What a row has measured. */
export interface Measured {
  readonly cold: RepeatableBuild;
  readonly changed: RepeatableBuild | undefined;
  readonly evaluationMs: number;
  readonly machines: BuildMachines;
  readonly rounds: readonly { readonly cold: Sample; readonly changed: Sample | undefined }[];
}

/** A row as the comparison shows it, without ratios. */
export function composeRow(row: Row<Measured>, system: string): ComparisonRow {
  const { candidate } = row;
  const { target, strategy } = candidate;
  const isHere = strategy === "native" || strategy === "cross-compile";
  const common = {
    target,
    strategy,
    reason: candidate.reason,
    code: null,
    buildCpu: isHere ? system : target,
    isEmulated: candidate.isEmulated,
    link: { kind: strategy === "remote" ? ("ssh" as const) : ("local" as const), roundTripMs: null },
    machines: [],
    isReference: false,
    evaluationMs: null,
    derivations: null,
    cold: null,
    changed: null,
  };
  switch (row.state) {
    case "impossible":
      return { ...common, state: "impossible" };
    case "failed":
      return { ...common, state: "failed", reason: renderError(row.error), code: row.error.code };
    case "ready": {
      const { cold, changed, evaluationMs, machines, rounds } = row.value;
      const samples = rounds.flatMap((round) => round.changed ?? []);
      return {
        ...common,
        state: "measured",
        link: machines.link,
        machines: machines.machines,
        evaluationMs,
        derivations: { cold: cold.derivations, changed: changed?.derivations ?? null },
        cold: summarize(rounds.map((round) => round.cold)),
        changed: samples.length === 0 ? null : summarize(samples),
      };
    }
  }
}

function summarize(samples: readonly Sample[]): NonNullable<ComparisonRow["cold"]> {
  const walls = samples.map(({ wallMs }) => wallMs);
  const known = (name: Exclude<keyof Sample, "wallMs">) => {
    const values = samples.flatMap((sample) => sample[name] ?? []);
    return values.length < samples.length ? undefined : values;
  };
  const medianOf = (name: Exclude<keyof Sample, "wallMs">) => {
    const values = known(name);
    return values === undefined ? null : Math.round(median(values));
  };
  const memory = known("memoryBytes");
  return {
    wallMs: { min: Math.min(...walls), median: median(walls), max: Math.max(...walls) },
    cpuMs: medianOf("cpuMs"),
    memoryBytes: memory === undefined ? null : Math.max(...memory),
    sentBytes: medianOf("sentBytes"),
    receivedBytes: medianOf("receivedBytes"),
    ratio: null,
  };
}
