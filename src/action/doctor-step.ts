import * as core from "@actions/core";

import type { RunContext } from "../pipeline/context.js";
import { type DoctorOptions, renderVerdict } from "../pipeline/run-doctor.js";
import { renderDiagnoses } from "../report/summary.js";
import type { ReadInput } from "./inputs.js";
import { actionLog } from "./log.js";
import { runDoctorFromInputs } from "./read-job.js";
import { type Folders, parseSettings, type Settings } from "./settings.js";

/** Reads the inputs of the doctor. */
export function readDoctorStep(
  read: ReadInput,
  folders: Folders,
  options: DoctorOptions,
): (context: RunContext) => Promise<void> {
  const settings = parseSettings(read, folders);
  return (context) => examine(settings, options, context);
}

/** Runs the doctor: reports each part in the log and the summary, and fails the step if a job would fail. */
async function examine(
  { inputs, isSummarized }: Settings,
  options: DoctorOptions,
  context: RunContext,
): Promise<void> {
  const diagnoses = await runDoctorFromInputs(inputs, options, context);
  const verdict = renderVerdict(diagnoses);
  const table = renderDiagnoses(diagnoses);
  for (const { part, name, state, detail, hint = "" } of diagnoses) {
    const line = `${part} ${name}: ${detail}`;
    if (state === "ok") actionLog.info(line);
    else if (state === "warning") actionLog.warning(`${line}. ${hint}`);
    else actionLog.error(`${line}. ${hint}`);
  }
  const failed = diagnoses.filter(({ state }) => state === "failed");
  core.setOutput("healthy", String(failed.length === 0));
  core.setOutput("diagnosis", table);
  core.setOutput("error-code", failed[0]?.code ?? "");
  if (isSummarized && process.env["GITHUB_STEP_SUMMARY"] !== undefined) {
    await core.summary.addRaw(`## cross-build doctor\n\n${table}\n\n${verdict}\n`).write();
  }
  if (failed.length > 0) core.setFailed(verdict);
  else actionLog.info(verdict);
}
