import { writeFileAtomically } from "../platform/files.js";
import { htmlFileOf, renderHtml } from "../report/html.js";
import { renderJunit } from "../report/junit.js";
import { renderReport, type Report } from "../report/report.js";
import type { Settings } from "./settings.js";

/** Writes the report as JSON and as HTML, and the JUnit file if one is wanted. */
export async function writeReports(
  report: Report,
  { reportFile, junitFile }: Pick<Settings, "reportFile" | "junitFile">,
): Promise<void> {
  await writeFileAtomically(reportFile, renderReport(report));
  if (junitFile !== undefined) await writeFileAtomically(junitFile, renderJunit(report));
  await writeFileAtomically(htmlFileOf(reportFile), renderHtml(report));
}
