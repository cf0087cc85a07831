import type { Report } from "../../src/report/report.js";

/** The results of one image's job: a row of the table that `script/test nix` prints. */
export interface Row {
  readonly app: string;
  readonly target: string;
  readonly strategy: string;
  readonly sizeMiB: string;
  readonly audit: string;
  readonly smoke: string;
}

/** Reads a row from the report of a job with one target. */
export function readRow(app: string, report: Report): Row {
  const [plan] = report.plans;
  const [audit] = report.audits;
  const [smoke] = report.smokeTests;
  const bytes = report.layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return {
    app,
    target: plan?.target ?? "-",
    strategy: plan?.strategy ?? "-",
    sizeMiB: (bytes / 2 ** 20).toFixed(1),
    audit: audit === undefined ? "-" : `${audit.elfFiles} ELF files, ${audit.foreign.length} foreign`,
    smoke: smoke === undefined ? "-" : `${smoke.outcome}${smoke.isEmulated ? " (emulated)" : ""}`,
  };
}

/** Renders the table with aligned columns. */
export function renderTable(rows: readonly Row[]): string {
  const head: Row = {
    app: "app",
    target: "target",
    strategy: "strategy",
    sizeMiB: "MiB sent",
    audit: "audit",
    smoke: "smoke test",
  };
  const columns = Object.keys(head) as readonly (keyof Row)[];
  const widths = columns.map((column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
  return [head, ...rows]
    .map((row) =>
      columns
        .map((column, i) => row[column].padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
