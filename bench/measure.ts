import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The cost of one run of a subject. */
export interface Measurement {
  readonly wallMs: number;
  /** Of the process and all processes that it waited for. */
  readonly cpuMs: number;
  /** Of the largest one of these processes. */
  readonly peakKiB: number;
  readonly bytes: number;
  /** A remark for the table; bench/results does not have it. */
  readonly note?: string;
}

export interface Subject {
  /** `cross-build`, or a peer with its version. */
  readonly name: string;
  readonly run: () => Promise<Measurement>;
}

export interface Scenario {
  readonly name: string;
  /** The action first. Ratios are to the second subject. */
  readonly subjects: readonly Subject[];
  /** The highest acceptable ratio. */
  readonly goal?: number;
  /** The highest acceptable peak, in place of a ratio. */
  readonly goalPeakMiB?: number;
  /** The longest acceptable time, in place of a ratio. */
  readonly goalWallMs?: number;
  /** How much longer than the second subject it may take, in place of a ratio. */
  readonly goalExtraMs?: number;
}

interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** One entry of a file in bench/results. */
interface Result {
  readonly scenario: string;
  readonly subject: string;
  readonly runs: number;
  readonly wallMs: Spread;
  readonly cpuMs: Spread;
  readonly peakKiB: number;
  readonly bytes: number;
}

/** A result, with the values that only the table has. */
export interface Row {
  readonly result: Result;
  readonly reference: Result;
  /** As the table shows it. */
  readonly goal: string;
  readonly note: string;
}

/** Runs every subject once as a warm-up, then all of them in turn, `rounds` times. */
export async function measureScenario(scenario: Scenario, rounds: number): Promise<readonly Row[]> {
  const measured = scenario.subjects.map((subject) => ({ subject, runs: [] as Measurement[] }));
  for (let round = 0; round <= rounds; round++) {
    for (const { subject, runs } of measured) {
      const run = await subject.run();
      const name = round === 0 ? "warm-up" : `round ${round}`;
      process.stderr.write(`${scenario.name}, ${name}, ${subject.name}: ${Math.round(run.wallMs)} ms\n`);
      if (round > 0) runs.push(run);
    }
  }
  const results = measured.map(({ subject, runs }) => summarize(scenario.name, subject.name, runs));
  return results.map((result, index) => ({
    result,
    reference: results[1] ?? result,
    goal: index === 0 ? renderGoal(scenario) : "",
    note: measured[index]?.runs.at(-1)?.note ?? "",
  }));
}

/** Scenarios by name, each with a function that prepares it. */
export type Scenarios = readonly (readonly [
  string,
  () => Omit<Scenario, "name"> | Promise<Omit<Scenario, "name">>,
])[];

/**
 * Measures the scenarios that the command line names, or all. A whole run writes its results, with a text
 * about them below the table. Rejects if a name is unknown.
 */
export async function measureScenarios(
  bench: string,
  scenarios: Scenarios,
  renderText: (rows: readonly Row[]) => string = () => "",
): Promise<void> {
  const rounds = Number(process.env["ROUNDS"] ?? "5");
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !scenarios.some(([known]) => known === name));
  if (unknown.length > 0) throw new Error(`unknown scenario: ${unknown.join(", ")}`);
  const rows: Row[] = [];
  for (const [name, open] of scenarios) {
    if (names.length > 0 && !names.includes(name)) continue;
    rows.push(...(await measureScenario({ name, ...(await open()) }, rounds)));
  }
  const text = `${renderTable(rows)}${renderText(rows)}`;
  console.log(text);
  if (names.length === 0 && rounds >= 5) writeResults(bench, rows, text);
}

function renderGoal({ goal, goalPeakMiB, goalWallMs, goalExtraMs }: Scenario): string {
  if (goalPeakMiB !== undefined) return `≤ ${goalPeakMiB} MiB`;
  if (goalWallMs !== undefined) return `≤ ${goalWallMs} ms`;
  if (goalExtraMs !== undefined) return `≤ ${goalExtraMs} ms more`;
  return goal === undefined ? "" : `≤ ${goal}`;
}

function summarize(scenario: string, subject: string, runs: readonly Measurement[]): Result {
  return {
    scenario,
    subject,
    runs: runs.length,
    wallMs: spread(runs.map(({ wallMs }) => wallMs)),
    cpuMs: spread(runs.map(({ cpuMs }) => cpuMs)),
    peakKiB: spread(runs.map(({ peakKiB }) => peakKiB)).max,
    bytes: spread(runs.map(({ bytes }) => bytes)).median,
  };
}

function spread(values: readonly number[]): Spread {
  const sorted = values.map(Math.round).toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return {
    min: at(0),
    median: Math.round(
      (at(Math.floor((sorted.length - 1) / 2)) + at(Math.ceil((sorted.length - 1) / 2))) / 2,
    ),
    max: at(sorted.length - 1),
  };
}

/** Renders a Markdown table with aligned columns, which is also readable on a terminal. */
export function renderTable(rows: readonly Row[]): string {
  const head = [
    "scenario",
    "subject",
    "runs",
    "wall ms (min–max)",
    "ratio",
    "goal",
    "cpu ms",
    "peak MiB",
    "KiB sent",
    "note",
  ];
  const body = rows.map(({ result, reference, goal, note }) => [
    result.scenario,
    result.subject,
    String(result.runs),
    `${result.wallMs.median} (${result.wallMs.min}–${result.wallMs.max})`,
    (result.wallMs.median / reference.wallMs.median).toFixed(2),
    goal,
    String(result.cpuMs.median),
    String(Math.round(result.peakKiB / 1024)),
    String(Math.round(result.bytes / 1024)),
    note,
  ]);
  const widths = head.map((title, column) =>
    Math.max(...[head, ...body].map((row) => row[column]?.length ?? title.length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}

/** Writes results/NAME.json, and the text between the marks of NAME in README.md. */
export function writeResults(name: string, rows: readonly Row[], text: string): void {
  const folder = import.meta.dirname;
  const results = rows.map(({ result }) => result);
  mkdirSync(join(folder, "results"), { recursive: true });
  writeFileSync(join(folder, "results", `${name}.json`), `${JSON.stringify(results, undefined, 2)}\n`);
  const readme = join(folder, "README.md");
  const marked = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end of ${name} -->)`);
  writeFileSync(
    readme,
    readFileSync(readme, "utf8").replace(
      marked,
      (_, begin: string, end: string) => `${begin}\n${text}\n\n${end}`,
    ),
  );
}
