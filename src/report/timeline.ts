import { findCriticalPath } from "./gantt.js";
import type { Bar, Group, Timeline } from "./page-content.js";
import type { Report } from "./report.js";

type Build = Report["builds"][number];

/** The titles of the tables that describe the bars. */
export const BUILDS_TABLE = "All builds";
export const PHASES_TABLE = "Phases of the run";

/** A place as shown to people: the host of a builder's store URI, with its port. */
export function renderPlace(place: string): string {
  return place === "local" ? "this machine" : place.replace(/^ssh(?:-ng)?:\/\//, "");
}

/** The phases of the run, and below them the builds by machine. Undefined if there are neither. */
export function composeTimeline(report: Report): Timeline | undefined {
  const { builds, phases } = report;
  if (builds.length + phases.length === 0) return undefined;
  const startMs = Date.parse(report.startedAt);
  const since = (instant: string) => Date.parse(instant) - startMs;
  const critical = findCriticalPath(builds);
  const onPath = new Set(critical);
  const groups: Group[] = [];
  /** Where the bar of each build is. */
  const places = new Map<Build, readonly [number, number]>();

  if (phases.length > 0) {
    const bars = packLanes(
      phases.map((phase, row) => ({
        row,
        startMs: since(phase.startedAt),
        durationMs: phase.durationMs,
        look: phase.outcome === "failed" ? ("failed" as const) : ("phase" as const),
      })),
    );
    groups.push({ title: PHASES_TABLE, table: PHASES_TABLE, ...bars });
  }
  const machines = Map.groupBy(builds.entries(), ([, build]) => build.place);
  for (const [place, own] of machines) {
    const bars = packLanes(
      own.map(([row, build]) => ({
        row,
        startMs: since(build.startedAt),
        durationMs: build.durationMs,
        look: onPath.has(build) && build.outcome === "built" ? ("critical" as const) : build.outcome,
      })),
    );
    for (const [index, { row }] of bars.bars.entries()) {
      const build = builds[row];
      if (build !== undefined) places.set(build, [groups.length, index]);
    }
    groups.push({ title: renderPlace(place), table: BUILDS_TABLE, ...bars });
  }
  const ends = groups.flatMap(({ bars }) => bars.map((bar) => bar.startMs + bar.durationMs));
  return {
    kind: "timeline",
    label: `Timeline of ${builds.length} builds on ${machines.size} machines`,
    durationMs: ends.reduce((latest, end) => Math.max(latest, end), Math.max(1, report.durationMs)),
    groups,
    path: critical.flatMap((build) => {
      const place = places.get(build);
      return place === undefined ? [] : [place];
    }),
  };
}

/**
 * How long each build waited after the last of its dependencies, for a free slot or until they were copied,
 * in milliseconds; undefined if it depends on no other build of the report.
 */
export function findWaits(builds: readonly Build[]): readonly (number | undefined)[] {
  const ends = new Map<string, number>();
  for (const { drvPath, startedAt, durationMs } of builds) {
    ends.set(drvPath, Math.max(ends.get(drvPath) ?? -Infinity, Date.parse(startedAt) + durationMs));
  }
  return builds.map(({ dependencies, startedAt }) => {
    const ready = dependencies.reduce(
      (latest, path) => Math.max(latest, ends.get(path) ?? -Infinity),
      -Infinity,
    );
    // A dependency that was built again after this build had begun was not waited for.
    const wait = Date.parse(startedAt) - ready;
    return Number.isFinite(ready) && wait >= 0 ? wait : undefined;
  });
}

/** Puts bars that overlap in time into different lanes: each into the first lane that is free. */
function packLanes(bars: readonly Omit<Bar, "lane">[]): Pick<Group, "lanes" | "bars"> {
  const ends: number[] = [];
  const packed = bars
    .toSorted((a, b) => a.startMs - b.startMs)
    .map((bar) => {
      const free = ends.findIndex((end) => end <= bar.startMs);
      const lane = free === -1 ? ends.length : free;
      ends[lane] = bar.startMs + bar.durationMs;
      return { ...bar, lane };
    });
  return { lanes: ends.length, bars: packed };
}
