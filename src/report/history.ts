import * as z from "zod";

import { renderDuration } from "../model/count.js";
import { median } from "../model/median.js";
import type { Report } from "./report.js";

const text = z.string().max(300);
const milliseconds = z.number().min(0).max(1e10);
const times = z.array(z.tuple([text, milliseconds])).max(2_000);

/** The times of one run for one target. Pairs, not objects, because the names come from outside. */
const RUN = z.strictObject({
  at: z.iso.datetime(),
  target: text,
  strategy: text,
  /** The attributes that were built. */
  attributes: z.array(text).max(100),
  outcome: z.enum(["success", "failure", "cancelled"]),
  durationMs: milliseconds,
  phases: times,
  builds: times,
});
const HISTORY = z.strictObject({ version: z.literal(1), runs: z.array(RUN).max(1_000) });

export type History = readonly z.infer<typeof RUN>[];
type Run = History[number];
type Comparison = NonNullable<Report["history"]>["targets"][number];
type Slower = Comparison["slower"][number];

/** A history file that is larger is not read. */
export const MAX_HISTORY_BYTES = 8 << 20;
/** How many runs of the same target and the same attributes are kept and compared. */
const KEPT_RUNS = 30;
const KEPT_TOTAL = 300;
const KEPT_BUILDS = 1_000;

/** The fewest earlier builds from which a build can be called slower. */
const MIN_BUILDS = 8;
/** A build is slower if it took longer than the median by so much, ... */
const MIN_GROWTH_MS = 10_000;
/** ... than the longest of the earlier ones by this factor, ... */
const MIN_RATIO = 1.3;
/** ... and than the median by so many deviations of the logarithms, which are at least 5 %. */
const MIN_DEVIATIONS = 3.5;
const MIN_DEVIATION = 0.05;
/** Makes the median of absolute deviations an estimate of the standard deviation. */
const MAD_SCALE = 1.4826;
/** From so many builds on, what they have in common is the speed of the machine. */
const MIN_COMMON = 3;

/** Reads the text of a history. Throws a plain Error that says why it cannot be used. */
export function parseHistory(content: string): History {
  if (Buffer.byteLength(content) > MAX_HISTORY_BYTES) throw new Error("it is too large");
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    throw new Error("it is not JSON, or not all of it");
  }
  const parsed = HISTORY.safeParse(value);
  if (parsed.success) return parsed.data.runs;
  const [issue] = parsed.error.issues;
  const place = issue === undefined ? "" : ` (at ${JSON.stringify(issue.path.join(".").slice(0, 100))})`;
  throw new Error(`it is not a history of this version of cross-build${place}`);
}

/** Renders the newest runs that fit into what is read. */
export function renderHistory(history: History): string {
  const begin = '{"version":1,"runs":[';
  const end = "]}\n";
  let bytes = begin.length + end.length;
  const runs: string[] = [];
  for (const run of history.toReversed()) {
    const rendered = JSON.stringify(run);
    bytes += Buffer.byteLength(rendered) + 1;
    if (bytes > MAX_HISTORY_BYTES) break;
    runs.unshift(rendered);
  }
  return begin + runs.join(",") + end;
}

/** Adds a run to a history, without the oldest runs that are no longer compared. */
export function addToHistory(history: History, report: Report): History {
  const counts = new Map<string, number>();
  const isKept = (run: Run) => {
    const work = nameWork(run);
    const count = (counts.get(work) ?? 0) + 1;
    counts.set(work, count);
    return count <= KEPT_RUNS;
  };
  const newestFirst = [...history, ...listRuns(report)].toReversed();
  return newestFirst.filter(isKept).slice(0, KEPT_TOTAL).toReversed();
}

/** Compares a run with the earlier ones of the same targets. */
export function compareWithHistory(report: Report, history: History): NonNullable<Report["history"]> {
  const byWork = Map.groupBy(history, nameWork);
  const compare = (run: Run) => compareRun(run, byWork.get(nameWork(run)) ?? []);
  return { targets: listRuns(report).map(compare) };
}

/** Warnings about the builds that became slower: those that were slower twice in a row. */
export function listRegressions({ history }: Pick<Report, "history">): readonly string[] {
  return (history?.targets ?? []).flatMap(({ target, slower }) =>
    slower
      .filter(({ isConfirmed }) => isConfirmed)
      .map(
        ({ name, durationMs, medianMs, builds }) =>
          `${name} became slower for ${target}: ${renderDuration(durationMs)}, as in the build before; ` +
          `the median of the ${builds} builds before that is ${renderDuration(medianMs)}`,
      ),
  );
}

/** The times of a run, for each target that it tried to build. */
function listRuns(report: Report): History {
  const { plans, attempts, builds, phases, startedAt, durationMs, outcome } = report;
  return plans.flatMap(({ target, attributes }): Run[] => {
    const last = attempts.findLast((attempt) => attempt.target === target);
    if (last === undefined) return [];
    return [
      {
        at: startedAt,
        target: clip(target),
        strategy: last.strategy,
        attributes: attributes.slice(0, 100).map(clip),
        outcome,
        durationMs,
        phases: phases.map((phase): [string, number] => [clip(phase.name), phase.durationMs]),
        builds: listBuilds(builds.filter((build) => build.target === target)),
      },
    ];
  });
}

/** How long each derivation took, by name. Of two with the same name, the history could not tell which. */
function listBuilds(builds: Report["builds"]): [string, number][] {
  const built = builds.filter(({ outcome }) => outcome === "built");
  return [...Map.groupBy(built, ({ name }) => clip(name))]
    .flatMap(([name, own]): [string, number][] => {
      const isClear = new Set(own.map(({ drvPath }) => drvPath)).size === 1;
      const last = own.at(-1);
      return isClear && last !== undefined ? [[name, last.durationMs]] : [];
    })
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, KEPT_BUILDS);
}

/** Only runs with the same name are compared. */
function nameWork({ target, strategy, attributes }: Run): string {
  return JSON.stringify([target, strategy, ...attributes]);
}

function compareRun(run: Run, earlier: History): Comparison {
  const recent = earlier.slice(-KEPT_RUNS);
  const alike = recent.filter(({ outcome }) => outcome === run.outcome);
  const compare = (name: string, durationMs: number, others: readonly number[]) =>
    others.length === 0 ? [] : [{ name, durationMs, medianMs: median(others) }];
  const phases = alike.map((other) => new Map(other.phases));
  const wholeMs = alike.map(({ durationMs }) => durationMs);
  return {
    target: run.target,
    runs: alike.length,
    times: [
      ...compare("whole run", run.durationMs, wholeMs),
      ...run.phases.flatMap(([name, durationMs]) => compare(name, durationMs, findTimes(phases, name))),
    ],
    slower: findSlower(
      new Map(run.builds),
      recent.map(({ builds }) => new Map(builds)),
    ),
  };
}

/** How long each derivation of a run took. */
type BuildTimes = ReadonlyMap<string, number>;

/**
 * The derivations that took longer than before. One that is slow for the first time may be an accident, such
 * as a slow download: it is confirmed when it is slow in two builds in a row.
 */
function findSlower(run: BuildTimes, earlier: readonly BuildTimes[]): Slower[] {
  const slowdown = findSlowdown(run, earlier);
  const earlierSlowdowns = new Map<number, number>();
  const slowdownOf = (index: number) => {
    const known = earlierSlowdowns.get(index);
    const found = known ?? findSlowdown(earlier[index] ?? new Map(), earlier.slice(0, index));
    earlierSlowdowns.set(index, found);
    return found;
  };
  return [...run].flatMap(([name, durationMs]): Slower[] => {
    const before = findTimes(earlier, name);
    const base = before.slice(0, -1);
    const lastMs = before.at(-1);
    const describe = (others: readonly number[], isConfirmed: boolean) => [
      { name, durationMs, medianMs: median(others), builds: others.length, isConfirmed },
    ];
    if (lastMs !== undefined && isSlower(durationMs / slowdown, base)) {
      const index = earlier.findLastIndex((times) => times.has(name));
      if (isSlower(lastMs / slowdownOf(index), base)) return describe(base, true);
    }
    return isSlower(durationMs / slowdown, before) ? describe(before, false) : [];
  });
}

function isSlower(durationMs: number, others: readonly number[]): boolean {
  if (others.length < MIN_BUILDS) return false;
  const logarithms = others.map((other) => Math.log(Math.max(1, other)));
  const middle = median(logarithms);
  const spread = MAD_SCALE * median(logarithms.map((value) => Math.abs(value - middle)));
  return (
    durationMs > median(others) + MIN_GROWTH_MS &&
    durationMs > Math.max(...others) * MIN_RATIO &&
    Math.log(durationMs) > middle + MIN_DEVIATIONS * Math.max(spread, MIN_DEVIATION)
  );
}

/** By how much a run was slower as a whole: a busy machine is slow with every derivation. At least 1. */
function findSlowdown(run: BuildTimes, earlier: readonly BuildTimes[]): number {
  const ratios = [...run].flatMap(([name, durationMs]) => {
    const before = findTimes(earlier, name);
    return before.length < MIN_BUILDS ? [] : [durationMs / Math.max(1, median(before))];
  });
  return ratios.length < MIN_COMMON ? 1 : Math.max(1, median(ratios));
}

function findTimes(runs: readonly BuildTimes[], name: string): readonly number[] {
  return runs.flatMap((times) => times.get(name) ?? []);
}

function clip(name: string): string {
  return name.slice(0, 300);
}
