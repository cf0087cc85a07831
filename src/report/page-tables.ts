import { renderChange, renderDuration, renderMebibytes } from "../model/count.js";
import { findCriticalPath } from "./gantt.js";
import type { Cell, Section, Table } from "./page-content.js";
import type { Report } from "./report.js";
import { BUILDS_TABLE, findWaits, PHASES_TABLE, renderPlace } from "./timeline.js";

/** A longer text in a cell would hide the rest of the table. */
const MAX_CELL_CHARACTERS = 500;

/** The title of the table with what the treemap shows. */
export const LAYERS_TABLE = "All layers";

/**
 * A table. A `#` before a column's title marks numbers, a `=` numbers with bars behind them. A `?` before
 * that leaves the column out if it is empty.
 */
export function table(title: string, head: readonly string[], rows: readonly (readonly Cell[])[]): Table {
  const looks = { "#": "number", "=": "bar" } as const;
  const isShown = head.map(
    (name, index) =>
      !name.startsWith("?") || rows.some((row) => row[index] !== undefined && row[index] !== ""),
  );
  const shown = <T>(list: readonly T[]) => list.filter((_, index) => isShown[index]);
  return {
    kind: "table",
    title,
    columns: shown(head).map((marked) => {
      const name = marked.replace(/^\?/, "");
      const mark = name.charAt(0);
      return mark === "#" || mark === "="
        ? { title: name.slice(1), look: looks[mark] }
        : { title: name, look: "text" };
    }),
    rows: rows.map((row) => shown(row).map((cell) => (typeof cell === "string" ? clip(cell) : cell))),
  };
}

/** A time as a cell; empty if it is unknown. */
export function time(ms: number | null | undefined): Cell {
  return ms == null ? "" : [renderDuration(ms), ms];
}

/** A size as a cell; empty if it is unknown. */
function size(bytes: number | null | undefined): Cell {
  return bytes == null ? "" : [renderMebibytes(bytes), bytes];
}

/** A number as a cell; empty if it is unknown. */
function count(value: number | null): Cell {
  return value === null ? "" : [String(value), value];
}

/** The beginning of a text, and how much more there is. */
export function clip(text: string): string {
  const rest = text.length - MAX_CELL_CHARACTERS;
  return rest <= 0 ? text : `${text.slice(0, MAX_CELL_CHARACTERS)}… (${rest} more characters)`;
}

/** Everything in the report, as tables. */
export function composeTables(report: Report): readonly Section[] {
  const sections: readonly Section[] = [
    {
      title: "Phases and resources",
      note:
        "What this machine used in each phase, whoever used it. CPU time is added up over all CPUs; memory " +
        "and disk are peaks.",
      blocks: [tablePhases(report)],
    },
    {
      title: "Times against the last runs",
      note:
        "The median of earlier runs with the same strategy and outcome. A derivation that is slower in two " +
        "builds in a row became slower.",
      blocks: [tableTimes(report), tableSlower(report)],
    },
    { title: "Caches", blocks: [tableSources(report), tableSubstituters(report), tableCaches(report)] },
    { title: "Builds", isFolded: true, blocks: [tableBuilds(report), tableAttempts(report)] },
    { title: "Substituted paths", isFolded: true, blocks: [tableSubstitutions(report)] },
    { title: "Builders", isFolded: true, blocks: [tableBuilders(report), tableChanges(report)] },
    { title: "Plan", isFolded: true, blocks: [tablePlans(report)] },
    {
      title: "Image and tags",
      isFolded: true,
      blocks: [tablePlatforms(report), tableLayers(report), tablePaths(report), tableTags(report)],
    },
    { title: "Audit of the image", isFolded: true, blocks: [tableAudits(report), tableFindings(report)] },
    {
      title: "Smoke tests",
      isFolded: true,
      blocks: [
        tableChecks(report),
        ...report.smokeTests.map(({ target, containerLog }) => ({
          kind: "text" as const,
          title: `Container log for ${clip(target)}`,
          text: containerLog,
        })),
      ],
    },
  ];
  return sections
    .map((section) => ({
      ...section,
      blocks: section.blocks.filter((block) =>
        block.kind === "table" ? block.rows.length > 0 : block.kind !== "text" || block.text !== "",
      ),
    }))
    .filter(({ blocks }) => blocks.length > 0);
}

function tablePhases({ phases }: Report): Table {
  const rows = phases.map(({ name, durationMs, outcome, machine, disks }) => [
    name,
    time(durationMs),
    outcome,
    time(machine?.cpuMs),
    size(machine?.peakMemoryBytes),
    size(machine?.receivedBytes),
    size(machine?.sentBytes),
    disks
      .map(
        ({ folder, usedBytes, freeBytes }) =>
          `${folder}: ${renderMebibytes(usedBytes)} more, ${renderMebibytes(freeBytes)} free`,
      )
      .join("; "),
  ]);
  const head = ["Phase", "=Time", "Outcome", "=CPU time", "=Memory", "#Received", "#Sent", "Disk"];
  return table(PHASES_TABLE, head, rows);
}

function tableTimes({ history }: Report): Table {
  const rows = (history?.targets ?? []).flatMap(({ target, runs, times }) =>
    times.map(({ name, durationMs, medianMs }) => [
      ...[target, name, time(durationMs), time(medianMs)],
      renderChange(durationMs, medianMs),
      count(runs),
    ]),
  );
  return table("Times and medians", ["System", "Part", "=Time", "#Median", "Change", "#Runs"], rows);
}

function tableSlower({ history }: Report): Table {
  const rows = (history?.targets ?? []).flatMap(({ target, slower }) =>
    slower.map(({ name, durationMs, medianMs, builds, isConfirmed }) => [
      ...[target, name, time(durationMs), time(medianMs), count(builds)],
      isConfirmed ? "in the build before, too" : "for the first time",
    ]),
  );
  return table("Slower derivations", ["System", "Derivation", "=Time", "#Median", "#Builds", "Slower"], rows);
}

function tableSources({ substitutions }: Report): Table {
  const rows = [...Map.groupBy(substitutions, ({ from }) => from)].map(([from, own]) => {
    const fetched = own.filter(({ outcome }) => outcome === "substituted").length;
    const addedUpMs = own.reduce((sum, { durationMs }) => sum + durationMs, 0);
    return [from, count(fetched), count(own.length - fetched), time(addedUpMs)];
  });
  return table("Paths by source", ["Source", "=Paths", "#Failed", "#Time, added up"], rows);
}

function tableSubstituters({ substituters }: Report): Table {
  const rows = substituters.map(({ uri, state, reason }) => [uri, state, reason]);
  return table("Substituters on HTTP servers", ["Substituter", "State", "What the probe found"], rows);
}

function tableCaches({ caches }: Report): Table {
  const rows = caches.map((cache) => [
    cache.uri,
    `${cache.state}: ${cache.reason}`,
    count(cache.pathsPushed),
    size(cache.bytesPushed),
    count(cache.pathsPresent),
    count(cache.pathsLeft),
    cache.hitRate === null ? "" : `${Math.round(cache.hitRate * 100)} %`,
    cache.isTrustedByLocation ? "its location is trusted, without signatures" : "by signatures",
    renderEntries(cache),
  ]);
  const head = ["Cache", "State", "=Pushed", "=Bytes", "=Present", "=Left", "Hit rate", "Trust", "Entries"];
  return table("The run's own caches", head, rows);
}

/** What was read from GitHub's cache, and written to it. */
function renderEntries({ restored, saved }: Report["caches"][number]): string {
  const what = (paths: number, bytes: number) => `${paths} paths, ${renderMebibytes(bytes)}`;
  const read =
    restored === null
      ? []
      : [`${restored.state}: ${restored.reason}, ${what(restored.paths, restored.bytes)}`];
  const written = saved === null ? [] : [`saved ${saved.kind} ${saved.key}, ${renderMebibytes(saved.bytes)}`];
  return [...read, ...written].join("; ");
}

function tableBuilds(report: Report): Table {
  const { builds } = report;
  const critical = new Set(findCriticalPath(builds));
  const startMs = Date.parse(report.startedAt);
  const waits = findWaits(builds);
  const rows = builds.map((build, index) => [
    build.name,
    build.target,
    renderPlace(build.place),
    build.outcome,
    time(Math.max(0, Date.parse(build.startedAt) - startMs)),
    time(waits[index]),
    time(build.durationMs),
    time(build.use.cpuMs),
    size(build.use.peakMemoryBytes),
    size(build.use.copiedBytes),
    critical.has(build) ? "yes" : "",
  ]);
  const head = [
    "Derivation",
    "System",
    "Where",
    "Outcome",
    "#Began after",
    "#Waited",
    "=Time",
    "?=CPU time",
    "?=Memory",
    "?#Inputs copied",
    "Critical path",
  ];
  return table(BUILDS_TABLE, head, rows);
}

function tableAttempts({ attempts }: Report): Table {
  const rows = attempts.map(({ target, strategy, mode, outcome, durationMs, reason, message }) => [
    ...[target, strategy, mode, outcome, time(durationMs), reason, message ?? ""],
  ]);
  return table(
    "Attempts to build",
    ["System", "Strategy", "Mode", "Outcome", "#Time", "Why this mode", "Error"],
    rows,
  );
}

function tableSubstitutions({ substitutions }: Report): Table {
  const rows = substitutions.map(({ storePath, target, from, outcome, durationMs }) => [
    ...[storePath, target, from, outcome, time(durationMs)],
  ]);
  return table("All substituted paths", ["Store path", "System", "Source", "Outcome", "#Time"], rows);
}

function tableBuilders({ builders }: Report): Table {
  const rows = builders.map(({ uri, state, systems, nix, slots, cpus, load, freeBytes, ...rest }) => [
    ...[renderPlace(uri), state, systems.join(", "), rest.features.join(", "), nix ?? "", count(slots)],
    ...[count(cpus), count(load), size(freeBytes)],
    ...(rest.use.builds === 0 ? ["", ""] : [count(rest.use.builds), time(rest.use.busyMs)]),
    ...[time(rest.use.cpuMs), size(rest.use.sentBytes), size(rest.use.receivedBytes)],
    [rest.code, rest.reason, rest.hint].filter((part) => part !== null).join(". "),
  ]);
  const facts = ["Builder", "State", "Systems", "Features", "Nix", "#Slots", "#CPUs", "#Load", "#Free"];
  const head = [...facts, "?#Builds", "?=Busy", "?=CPU time", "?#Sent", "?#Received", "Why"];
  return table("All builders", head, rows);
}

function tableChanges({ builderChanges }: Report): Table {
  const rows = builderChanges.map(({ at, uri, state, reason }) => [at, renderPlace(uri), state, reason]);
  return table("Changes of builders during the run", ["When", "Builder", "State", "Why"], rows);
}

function tablePlans({ plans }: Report): Table {
  const rows = plans.flatMap(({ target, verdicts }) =>
    verdicts.map(({ strategy, verdict, reason }) => [target, strategy, verdict, reason]),
  );
  return table("Strategies with reasons", ["System", "Strategy", "Verdict", "Why"], rows);
}

function tablePlatforms({ image }: Report): Table {
  const rows = (image?.platforms ?? []).map(({ target, digest, imageId, sizeBytes, previousSizeBytes }) => [
    target,
    digest,
    imageId,
    ...[size(sizeBytes), size(previousSizeBytes)],
  ]);
  return table("Images by system", ["System", "Manifest", "Config", "#Size", "#Size before"], rows);
}

function tableLayers({ layers }: Report): Table {
  const rows = layers.map(({ target, digest, sizeBytes, state }) => [target, digest, state, size(sizeBytes)]);
  return table(LAYERS_TABLE, ["System", "Layer", "State", "=Size"], rows);
}

function tablePaths({ audits }: Report): Table {
  const rows = audits.flatMap(({ target, largestPaths }) =>
    largestPaths.map(({ path, sizeBytes, layer }) => [target, path, count(layer), size(sizeBytes)]),
  );
  return table("Largest paths, unpacked", ["System", "Path", "#Layer", "=Size"], rows);
}

function tableTags({ promotion }: Report): Table {
  const rows = (promotion?.tags ?? []).map(({ tag, state, previous }) => [
    tag,
    state,
    previous ?? "",
    promotion?.reason ?? "",
  ]);
  return table("Tags", ["Tag", "State", "Pointed to before", "Why"], rows);
}

function tableAudits({ audits }: Report): Table {
  const rows = audits.map(({ target, filesRead, elfFiles, foreign, allowed, missingLibraries }) => [
    target,
    ...[filesRead, elfFiles, foreign.length, allowed.length, missingLibraries.length].map(count),
  ]);
  const head = ["System", "#Files", "#ELF files", "#For another CPU", "#Allowed", "#Missing libraries"];
  return table("Audited images", head, rows);
}

function tableFindings({ audits }: Report): Table {
  const rows = audits.flatMap(
    ({
      target,
      foreign,
      allowed,
      multiCpuArchives,
      orphanedScripts,
      missingLibraries,
      unreadableArchives,
    }) => [
      ...foreign.map(({ path, machine }) => [target, path, `for another CPU: ${machine}`]),
      ...allowed.map(({ path, machine }) => [target, path, `for another CPU, which is allowed: ${machine}`]),
      ...missingLibraries.map(({ path, needs }) => [target, path, `needs ${needs}, which the image lacks`]),
      ...orphanedScripts.map(({ path, interpreter }) => [
        target,
        path,
        `its interpreter is missing: ${interpreter}`,
      ]),
      ...multiCpuArchives.map(({ path, machines }) => [
        target,
        path,
        `also for ${machines.join(", ")}, which is fine`,
      ]),
      ...unreadableArchives.map(({ path, reason }) => [target, path, `cannot be read: ${reason}`]),
    ],
  );
  return table("Findings", ["System", "File", "Finding"], rows);
}

function tableChecks({ smokeTests }: Report): Table {
  const rows = smokeTests.flatMap(({ target, runtime, isEmulated, checks }) =>
    checks.map(({ name, kind, outcome, durationMs, detail }) => [
      ...[target, name, kind, outcome, time(durationMs), detail],
      isEmulated ? `${runtime}, emulated` : runtime,
    ]),
  );
  return table("Checks", ["System", "Check", "Kind", "Outcome", "#Time", "Seen", "Ran in"], rows);
}
