import * as core from "@actions/core";

import { renderError } from "../errors/action-error.js";
import type { RunContext } from "../pipeline/context.js";
import type { RunResult } from "../pipeline/fold-stages.js";
import { renderSummary } from "../report/summary.js";
import { exportRun, type Monitoring } from "./export-run.js";
import { failStep } from "./fail-step.js";
import { actionLog } from "./log.js";
import { renderOutputs } from "./outputs.js";
import type { Settings } from "./settings.js";
import { writeReports } from "./write-reports.js";

/** Publishes the result of a job: report files, outputs, summary, metrics and trace. */
export async function publish(
  { report, gateResults, error }: RunResult,
  { isSummarized, ...files }: Omit<Settings, "inputs">,
  { monitoring, context }: { readonly monitoring: Monitoring; readonly context: RunContext },
): Promise<void> {
  try {
    for (const [name, value] of Object.entries(renderOutputs(report, gateResults, files.reportFile))) {
      core.setOutput(name, value);
    }
    await writeReports(report, files);
    if (isSummarized && process.env["GITHUB_STEP_SUMMARY"] !== undefined) {
      await core.summary.addRaw(renderSummary(report)).write();
    }
  } catch (thrown) {
    // What ended the run comes first: a disk that it filled has no space for the report either.
    if (error === undefined) throw thrown;
    actionLog.warning(`the results of the run could not be written: ${renderError(thrown)}`);
  }
  await exportRun(report, monitoring, context);
  if (error !== undefined) failStep(error);
}
