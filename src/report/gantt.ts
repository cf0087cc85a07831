import { renderDuration } from "../model/count.js";
import type { Report } from "./report.js";

type Build = Report["builds"][number];

/** More rows would be too small to read. */
const SHOWN_BUILDS = 40;
const NAME_CHARACTERS = 40;
const MARKS: Readonly<Record<Build["outcome"], string>> = { built: "✓", failed: "✗", interrupted: "–" };

/** When a build ended, in milliseconds since the epoch. */
function endOf({ startedAt, durationMs }: Build): number {
  return Date.parse(startedAt) + durationMs;
}

/**
 * The builds that decided how long everything took: the one that ended last, then of those that it depends on
 * the one that ended last, and so on. In the order in which they ran.
 */
export function findCriticalPath(builds: readonly Build[]): readonly Build[] {
  // Of several attempts to build a derivation, its dependents waited for the last one.
  const byDrv = new Map<string, Build>();
  for (const build of builds) {
    const known = byDrv.get(build.drvPath);
    if (known === undefined || endOf(known) < endOf(build)) byDrv.set(build.drvPath, build);
  }
  const path: Build[] = [];
  let candidates: readonly Build[] = builds;
  while (candidates.length > 0) {
    const last = candidates.reduce((latest, build) => (endOf(build) >= endOf(latest) ? build : latest));
    path.unshift(last);
    const startedAt = Date.parse(last.startedAt);
    // A build ends before its dependents start, so this also ends where a list has a cycle.
    candidates = last.dependencies
      .flatMap((drvPath) => byDrv.get(drvPath) ?? [])
      .filter((build) => !path.includes(build) && Date.parse(build.startedAt) <= startedAt);
  }
  return path;
}

export interface Gantt {
  /** A Mermaid diagram. */
  readonly text: string;
  /** The number of builds that it does not show. */
  readonly omitted: number;
}

/**
 * The builds as a Gantt chart of Mermaid, by machine, with the critical path marked. Of many builds it has
 * the critical path and the slowest others. Times are those of the reader's time zone.
 * @see https://mermaid.js.org/syntax/gantt.html
 */
export function renderGantt(builds: readonly Build[]): Gantt {
  const critical = new Set(findCriticalPath(builds));
  const byTime = (a: Build, b: Build) => b.durationMs - a.durationMs;
  const kept = new Set(
    [
      ...[...critical].toSorted(byTime),
      ...builds.filter((build) => !critical.has(build)).toSorted(byTime),
    ].slice(0, SHOWN_BUILDS),
  );
  // Builds of the same millisecond keep the order of the report: dependencies first.
  const shown = builds
    .filter((build) => kept.has(build))
    .toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  const machines = Map.groupBy(shown, ({ place }) => place);
  const sections = [...machines].flatMap(([place, own]) => [
    `  section ${renderMachine(place)}`,
    ...own.map((build) => `    ${renderTask(build, critical.has(build))}`),
  ]);
  const head = ["gantt", "  dateFormat x", "  axisFormat %H:%M:%S", "  todayMarker off"];
  return { text: [...head, ...sections].join("\n"), omitted: builds.length - shown.length };
}

function renderTask(build: Build, isCritical: boolean): string {
  const { name, outcome, durationMs, startedAt } = build;
  const start = Date.parse(startedAt);
  // The mark comes first, since Mermaid takes a name such as "gantt" or "2026-01-01" for its own syntax.
  const label = `${MARKS[outcome]} ${toSafeText(name)} (${renderDuration(durationMs)})`;
  return `${label} :${isCritical ? "crit, " : ""}${start}, ${start + Math.max(1, Math.round(durationMs))}`;
}

/** The host of a builder's store URI, and its port. In the title of a section, Mermaid allows a colon. */
function renderMachine(place: string): string {
  if (place === "local") return "this machine";
  return place
    .replace(/^ssh(?:-ng)?:\/\//, "")
    .split(":")
    .map(toSafeText)
    .join(":");
}

/** Leaves only characters that mean nothing to Mermaid and HTML, and that Nix allows in names. */
function toSafeText(text: string): string {
  const safe = text.replace(/[^A-Za-z0-9+._?=/@-]/g, "_") || "_";
  return safe.length <= NAME_CHARACTERS ? safe : `${safe.slice(0, NAME_CHARACTERS)}…`;
}
