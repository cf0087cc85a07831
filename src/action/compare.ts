import type { RunContext } from "../pipeline/context.js";
import type { CompareOptions } from "../pipeline/run-compare.js";
import { renderComparison } from "../report/comparison.js";
import { renderComparisonSummary, renderComparisonText } from "../report/comparison-text.js";
import { redactTexts } from "../report/report.js";
import type { ReadInput } from "./inputs.js";
import { runCompareFromInputs } from "./read-job.js";
import { disarmCommands } from "./log.js";
import { invalid, optional, type ParsedInputs, parseBoolean } from "./settings.js";

export interface CompareSettings extends CompareOptions {
  readonly isJson: boolean;
}

const MOST_ROUNDS = 100;

/** Parses the flags that only `cross-build compare` has. Throws `INPUT_INVALID`. */
export function parseCompareSettings(read: ReadInput): CompareSettings {
  const rounds = read("rounds");
  if (!/^[1-9][0-9]*$/.test(rounds) || Number(rounds) > MOST_ROUNDS)
    throw invalid("rounds", rounds, `Give a whole number from 1 to ${MOST_ROUNDS}.`);
  return {
    change: optional(read("change")),
    rounds: Number(rounds),
    isJson: parseBoolean("json", read("json")),
  };
}

/**
 * Runs `cross-build compare`, and returns the exit code. Prints the comparison, and adds it to
 * the summary of a job on GitHub. Rejects with the error of the first build that failed, after that.
 */
export async function compare(
  { inputs, isJson, ...options }: CompareSettings & { readonly inputs: ParsedInputs },
  context: RunContext,
  print: (text: string) => void,
): Promise<number> {
  const { length } = inputs.installables;
  if (length !== 1) throw invalid("installables", `${length} packages`, "Give one package, such as .#image.");
  const { comparison: compared, error } = await runCompareFromInputs(inputs, options, context);
  // What Nix or a builder says in an error may repeat a secret.
  const comparison = redactTexts(compared, context.log.redact);
  print(isJson ? renderComparison(comparison) : disarmCommands(renderComparisonText(comparison)));
  if ((context.environment["GITHUB_STEP_SUMMARY"] ?? "") !== "") {
    const core = await import("@actions/core");
    await core.summary.addRaw(renderComparisonSummary(comparison)).write();
  }
  if (error !== undefined) throw error;
  return 0;
}
