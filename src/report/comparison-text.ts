import { countOf, renderDuration, renderMebibytes } from "../model/count.js";
import { sanitizeText } from "../platform/log.js";
import type { Comparison, ComparisonRow } from "./comparison.js";
import { renderCode, renderFence, renderTable } from "./markdown.js";

const HEAD = [
  "strategy",
  "build",
  "build CPU",
  "link",
  "time",
  "ratio",
  "CPU time",
  "memory",
  "sent",
  "received",
];

type Measurement = NonNullable<ComparisonRow["cold"]>;

/** Renders the comparison for a terminal: a table for each target, and the machines. */
export function renderComparisonText(comparison: Comparison): string {
  const blocks = [...groupByTarget(comparison)].map(([target, rows]) => {
    const cells = [HEAD, ...rows.flatMap((row) => renderCells(row))];
    const widths = HEAD.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
    const lines = cells.map((line) =>
      line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "),
    );
    return [target, ...[...lines, ...renderUnmeasured(rows)].map((line) => `  ${line.trimEnd()}`)].join("\n");
  });
  const notes = renderNotes(comparison);
  return sanitizeText([renderTitle(comparison), ...blocks, notes.join("\n")].join("\n\n")).concat("\n");
}

/** Renders the comparison as Markdown for the job summary: charts and a table. Escapes text from outside. */
export function renderComparisonSummary(comparison: Comparison): string {
  const sections = [...groupByTarget(comparison)].flatMap(([target, rows]) => {
    const measured = rows.flatMap((row) => {
      const machine = row.machines.map(renderMachine).join("; ");
      return renderCells(row).map((cells) => [...cells, machine]);
    });
    const others = rows.filter(({ state }) => state !== "measured");
    return [
      `### ${target}`,
      ...(measured.length === 0
        ? []
        : [renderFence(renderChart(target, rows), "mermaid"), renderTable([...HEAD, "machine"], measured)]),
      ...(others.length === 0
        ? []
        : [
            renderTable(
              ["strategy", "not measured here"],
              others.map((row) => [row.strategy, row.reason]),
            ),
          ]),
    ];
  });
  const { installable, change } = comparison;
  const changed = change === null ? "" : `, changed: ${renderCode(change)}`;
  const title = `## cross-build compare: ${renderCode(installable)}${changed}`;
  return [title, ...sections].join("\n\n").concat("\n");
}

/**
 * A bar for each measured build of a target, as a chart of Mermaid.
 * @see https://mermaid.js.org/syntax/xyChart.html
 */
export function renderChart(target: string, rows: readonly ComparisonRow[]): string {
  const bars = rows.flatMap((row) =>
    listMeasurements(row).map(([build, { wallMs }]) => ({
      label: `${row.strategy}${row.isEmulated ? " (QEMU)" : ""}, ${build}`,
      seconds: (wallMs.median / 1000).toFixed(1),
    })),
  );
  return [
    "xychart-beta horizontal",
    `  title "build for ${target}"`,
    `  x-axis [${bars.map(({ label }) => JSON.stringify(label)).join(", ")}]`,
    '  y-axis "seconds"',
    `  bar [${bars.map(({ seconds }) => seconds).join(", ")}]`,
  ].join("\n");
}

function groupByTarget({ rows }: Comparison): ReadonlyMap<string, readonly ComparisonRow[]> {
  return Map.groupBy(rows, ({ target }) => target);
}

function listMeasurements({ cold, changed }: ComparisonRow): readonly (readonly [string, Measurement])[] {
  return [
    ...(cold === null ? [] : [["cold", cold] as const]),
    ...(changed === null ? [] : [["changed", changed] as const]),
  ];
}

function renderCells(row: ComparisonRow): readonly (readonly string[])[] {
  if (row.state !== "measured") return [];
  const { strategy, isReference, buildCpu, isEmulated } = row;
  return listMeasurements(row).map(([build, { wallMs, ratio, cpuMs, memoryBytes, ...bytes }]) => [
    strategy,
    build,
    `${buildCpu}${isEmulated ? " (QEMU)" : ""}`,
    renderLink(row.link),
    renderDuration(wallMs.median),
    ratio === null ? "–" : isReference ? "1" : ratio.toFixed(2),
    cpuMs === null ? "–" : renderDuration(cpuMs),
    renderBytes(memoryBytes),
    renderBytes(bytes.sentBytes),
    renderBytes(bytes.receivedBytes),
  ]);
}

function renderBytes(bytes: number | null): string {
  return bytes === null ? "–" : renderMebibytes(bytes);
}

function renderLink({ kind, roundTripMs }: ComparisonRow["link"]): string {
  if (kind === "local") return "this machine";
  return roundTripMs === null ? "ssh" : `ssh, ${roundTripMs < 1 ? "< 1" : Math.round(roundTripMs)} ms`;
}

function renderUnmeasured(rows: readonly ComparisonRow[]): readonly string[] {
  return rows
    .filter(({ state }) => state !== "measured")
    .map(({ strategy, reason }) => `${strategy}: not measured here: ${reason.replace(/\s+/g, " ")}`);
}

function renderTitle({ installable, change, rounds }: Comparison): string {
  const changed = change === null ? "" : `, changed: ${change}`;
  return `compare ${installable}${changed} (${countOf(rounds, "round")})`.replace(/\s+/g, " ");
}

function renderMachine({ name, cpuModel, cpus }: ComparisonRow["machines"][number]): string {
  const facts = [cpuModel ?? "unknown CPU", ...(cpus === null ? [] : [countOf(cpus, "CPU")])];
  return `${name}: ${facts.join(", ")}`.replace(/\s+/g, " ");
}

function renderNotes({ change, rows }: Comparison): readonly string[] {
  const none = "Name a source file that you often edit with --change to measure a build after a change.";
  return [
    ...(change === null ? [none] : []),
    ...new Set(rows.flatMap(({ machines }) => machines.map(renderMachine))),
  ];
}
