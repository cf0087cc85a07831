import { renderError } from "../errors/action-error.js";
import type { RunContext } from "../pipeline/context.js";
import { writeFileAtomically } from "../platform/files.js";
import type { Report } from "../report/report.js";
import type { Settings } from "./settings.js";

type Destinations = Pick<Settings, "metricsFile">;
type ExportContext = Pick<RunContext, "environment" | "log">;

/** Hands the run on to monitoring. Never rejects: what cannot be handed on is a warning. */
export async function exportRun(
  report: Report,
  { metricsFile }: Destinations,
  { environment, log }: ExportContext,
): Promise<void> {
  if (metricsFile === undefined) return;
  try {
    const { renderMetrics } = await import("../report/metrics.js");
    await writeFileAtomically(metricsFile, await renderMetrics(report, nameJob(environment)));
  } catch (error) {
    log.warning(`input metrics-file: the metrics could not be written: ${renderError(error)}`);
  }
}

/** Labels that tell the jobs of a machine apart; none outside of a workflow. */
function nameJob({
  GITHUB_REPOSITORY: repository = "",
  GITHUB_JOB: job = "",
}: ExportContext["environment"]): Readonly<Record<string, string>> {
  return {
    ...(repository !== "" && { repository }),
    // Prometheus itself sets a label `job`.
    ...(job !== "" && { workflow_job: job }),
  };
}
