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
  /** Of the container engine, which is not a child of the subject. Undefined without one. */
  readonly daemonCpuMs?: number;
  /** What subject and engine wrote to disk. */
  readonly diskBytes?: number;
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
  /** The action first. */
  readonly subjects: readonly Subject[];
  /** What ratios are to: the second subject, or the fastest peer. */
  readonly reference?: "second" | "fastest";
  /** True if an earlier scenario was the warm-up. */
  readonly isWarm?: boolean;
  /** The time that no subject can go below, for the column `of limit`. */
  readonly limitMs?: number;
  /** Another scenario, with the same peers. Its subject has its turn after theirs. */
  readonly twin?: Pick<Scenario, "name" | "goal" | "limitMs"> & { readonly subject: Subject };
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
  readonly daemonCpuMs?: Spread;
  readonly diskBytes?: number;
  readonly limitMs?: number;
}

/** A result, with the values that only the table has. */
export interface Row {
  readonly result: Result;
  readonly reference: Result;
  /** As the table shows it. */
  readonly goal: string;
  readonly note: string;
}

/** The subject that is not a peer, also with other settings: `cross-build, no records`. */
export const isCrossBuild = ({ subject }: Pick<Result, "subject">) => /^cross-build(?:,|$)/.test(subject);

/** Runs every subject once as a warm-up, unless they are warm, then all of them in turn, `rounds` times. */
export async function measureScenario(scenario: Scenario, rounds: number): Promise<readonly Row[]> {
  const { subjects, twin } = scenario;
  const measured: readonly MeasuredSubject[] = [
    ...subjects,
    ...(twin === undefined ? [] : [twin.subject]),
  ].map((subject) => ({ subject, runs: [] }));
  for (let round = scenario.isWarm === true ? 1 : 0; round <= rounds; round++) {
    for (const { subject, runs } of measured) {
      const run = await subject.run();
      const name = round === 0 ? "warm-up" : `round ${round}`;
      process.stderr.write(`${scenario.name}, ${name}, ${subject.name}: ${Math.round(run.wallMs)} ms\n`);
      if (round > 0) runs.push(run);
    }
  }
  const own = measured.slice(0, subjects.length);
  if (twin === undefined) return toRows(scenario, own);
  const peers = own.filter(({ subject }) => !isCrossBuild({ subject: subject.name }));
  const ofTwin = [...measured.slice(subjects.length), ...peers];
  return [...toRows(scenario, own), ...toRows({ ...scenario, ...twin }, ofTwin)];
}

interface MeasuredSubject {
  readonly subject: Subject;
  readonly runs: Measurement[];
}

function toRows(scenario: Scenario, measured: readonly MeasuredSubject[]): readonly Row[] {
  const { name, limitMs } = scenario;
  const results = measured.map(({ subject, runs }) => ({
    ...summarize(name, subject.name, runs),
    ...(limitMs !== undefined && { limitMs: Math.round(limitMs) }),
  }));
  const reference = scenario.reference === "fastest" ? findFastestPeer(results) : results[1];
  return results.map((result, index) => ({
    result,
    reference: reference ?? result,
    goal: index === 0 ? renderGoal(scenario) : "",
    note: measured[index]?.runs.at(-1)?.note ?? "",
  }));
}

function findFastestPeer(results: readonly Result[]): Result | undefined {
  return results
    .filter((result) => !isCrossBuild(result))
    .toSorted((a, b) => a.wallMs.median - b.wallMs.median)[0];
}

/** Scenarios by name, each with a function that prepares it. */
export type Scenarios = readonly (readonly [
  string,
  () => Omit<Scenario, "name"> | Promise<Omit<Scenario, "name">>,
])[];

/**
 * Measures the scenarios that the command line names, or all. A whole run writes its results, with a text
 * about them below the table; it has at least `fullRounds`. Rejects if a name is unknown.
 */
export async function measureScenarios(
  bench: string,
  scenarios: Scenarios,
  renderText: (rows: readonly Row[]) => string = () => "",
  fullRounds = 5,
): Promise<void> {
  const rounds = Number(process.env["ROUNDS"] ?? String(fullRounds));
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !scenarios.some(([known]) => known === name));
  if (unknown.length > 0) throw new Error(`unknown scenario: ${unknown.join(", ")}`);
  const rows: Row[] = [];
  try {
    for (const [name, open] of scenarios) {
      if (names.length > 0 && !names.includes(name)) continue;
      rows.push(...(await measureScenario({ name, ...(await open()) }, rounds)));
    }
  } finally {
    // Also what was measured before a failure, after which nothing is written.
    console.log(`${renderTable(rows)}${renderText(rows)}`);
  }
  const text = `${renderTable(rows)}${renderText(rows)}`;
  if (names.length === 0 && rounds >= fullRounds) writeResults(bench, rows, text);
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
    ...(runs.some(({ daemonCpuMs }) => daemonCpuMs !== undefined) && {
      daemonCpuMs: spread(runs.map(({ daemonCpuMs = 0 }) => daemonCpuMs)),
    }),
    ...(runs.some(({ diskBytes }) => diskBytes !== undefined) && {
      diskBytes: spread(runs.map(({ diskBytes = 0 }) => diskBytes)).median,
    }),
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
  const has = (key: keyof Result) => rows.some(({ result }) => result[key] !== undefined);
  const columns: readonly (readonly [title: string, render: (row: Row) => string])[] = [
    ["scenario", ({ result }) => result.scenario],
    ["subject", ({ result }) => result.subject],
    ["runs", ({ result }) => String(result.runs)],
    ["wall ms (min–max)", ({ result: { wallMs } }) => `${wallMs.median} (${wallMs.min}–${wallMs.max})`],
    ["ratio", ({ result, reference }) => (result.wallMs.median / reference.wallMs.median).toFixed(2)],
    ["goal", ({ goal }) => goal],
    ["cpu ms", ({ result }) => String(result.cpuMs.median)],
    ...(has("daemonCpuMs")
      ? [["daemon cpu ms", ({ result }: Row) => String(result.daemonCpuMs?.median ?? "")] as const]
      : []),
    ["peak MiB", ({ result }) => String(Math.round(result.peakKiB / 1024))],
    ...(has("diskBytes") ? [["disk MiB", ({ result }: Row) => toMiB(result.diskBytes)] as const] : []),
    ["KiB sent", ({ result }) => String(Math.round(result.bytes / 1024))],
    ...(has("limitMs") ? [["of limit", ({ result }: Row) => renderShare(result)] as const] : []),
    ["note", ({ note }) => note],
  ];
  const head = columns.map(([title]) => title);
  const body = rows.map((row) => columns.map(([, render]) => render(row)));
  const widths = head.map((title, column) =>
    Math.max(...[head, ...body].map((row) => row[column]?.length ?? title.length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}

function toMiB(bytes: number | undefined): string {
  return bytes === undefined ? "" : String(Math.round(bytes / 2 ** 20));
}

function renderShare({ limitMs, wallMs }: Result): string {
  return limitMs === undefined ? "" : `${Math.round((100 * limitMs) / wallMs.median)} %`;
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
