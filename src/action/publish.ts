import * as core from "@actions/core";

import { renderError } from "../errors/action-error.js";
import type { RunResult } from "../pipeline/fold-stages.js";
import { writeFileAtomically } from "../platform/files.js";
import { renderJunit } from "../report/junit.js";
import { renderReport } from "../report/report.js";
import { renderSummary } from "../report/summary.js";
import { failStep } from "./fail-step.js";
import { actionLog } from "./log.js";
import { renderOutputs } from "./outputs.js";
import type { Settings } from "./settings.js";

/** Publishes the result of a job: report file, JUnit file, outputs and summary. */
export async function publish(
  { report, gateResults, error }: RunResult,
  { reportFile, junitFile, isSummarized }: Omit<Settings, "inputs">,
): Promise<void> {
  try {
    for (const [name, value] of Object.entries(renderOutputs(report, gateResults, reportFile))) {
      core.setOutput(name, value);
    }
    await writeFileAtomically(reportFile, renderReport(report));
    if (junitFile !== undefined) await writeFileAtomically(junitFile, renderJunit(report));
    if (isSummarized && process.env["GITHUB_STEP_SUMMARY"] !== undefined) {
      await core.summary.addRaw(renderSummary(report)).write();
    }
  } catch (thrown) {
    // What ended the run comes first: a disk that it filled has no space for the report either.
    if (error === undefined) throw thrown;
    actionLog.warning(`the results of the run could not be written: ${renderError(thrown)}`);
  }
  if (error !== undefined) failStep(error);
}
