import { countOf, renderChange, renderDuration, renderMebibytes } from "../model/count.js";
import { renderUnsent } from "../model/image.js";
import { escapeMarkdown, renderCode, renderDetails, renderPre, renderTable } from "./markdown.js";
import type { Report } from "./report.js";

const SHOWN_ROWS = 10;

/** The sections of the job summary that are folded: why and how everything was done. */
export function renderFolded(report: Report): readonly string[] {
  const details = (title: string, body: string, isOpen = false) =>
    body === "" ? "" : renderDetails(title, body, isOpen);
  return [
    details("Plan, with reasons", report.plans.map(renderPlan).join("\n\n")),
    details("Attempts", renderAttempts(report)),
    details(titleOfBuilders(report), renderBuilders(report)),
    details(titleOfBuilds(report), renderBuilds(report)),
    details("Cache, by source", renderCaches(report)),
    details(titleOfLayers(report), renderLayers(report)),
    details("Largest paths in the image", renderLargestPaths(report)),
    ...report.audits.map((audit) => details(titleOfAudit(audit), renderAudit(audit))),
    ...report.smokeTests.map((smoke) =>
      details(titleOfSmoke(smoke), renderSmoke(smoke), smoke.outcome === "failed"),
    ),
    details("Phases", renderPhases(report)),
    ...(report.history?.targets ?? []).map((target) =>
      details(
        titleOfHistory(target),
        renderHistory(target),
        target.slower.some(({ isConfirmed }) => isConfirmed),
      ),
    ),
  ];
}

function renderPlan(plan: Report["plans"][number]): string {
  const rows = plan.verdicts.map(({ strategy, verdict, reason }) => [strategy, verdict, reason]);
  const table = renderTable(["strategy", "", "why"], rows);
  return `**${escapeMarkdown(plan.target)}: ${plan.strategy}**\n\n${table}`;
}

/** The attempts to build, if any target took more than one. */
function renderAttempts({ attempts }: Report): string {
  const targets = new Set(attempts.map(({ target }) => target));
  if (attempts.length <= targets.size) return "";
  const rows = attempts.map(({ target, strategy, mode, durationMs, outcome, message, reason }) => [
    target,
    mode === "local" || mode === "emulated" ? strategy : `${strategy}, ${mode}`,
    outcome,
    renderDuration(durationMs),
    message ?? reason,
  ]);
  return renderTable(["target", "strategy", "", "time", "why"], rows);
}

function titleOfBuilders({ builders }: Report): string {
  const states = (["ready", "degraded", "dropped"] as const).flatMap((state) => {
    const { length } = builders.filter((builder) => builder.state === state);
    return length === 0 ? [] : [`${length} ${state}`];
  });
  return `Builders: ${states.join(", ")}`;
}

function renderBuilders({ builders, builderChanges }: Report): string {
  if (builders.length === 0) return "";
  const rows = builders.map(({ uri, state, systems, nix, slots, use, reason, hint }) => [
    uri,
    state,
    systems.join(", "),
    nix ?? "",
    String(slots),
    ...renderBuilderUse(use),
    [reason, hint].filter((part) => part !== null).join(". "),
  ]);
  const used = ["?builds", "?busy", "?CPU time", "?sent, received"];
  const table = renderTable(["builder", "state", "systems", "Nix", "slots", ...used, "why"], rows);
  const changes = builderChanges.map(({ uri, at, state, reason }) => [at, uri, state, reason]);
  const history =
    changes.length === 0
      ? ""
      : `\n\nChanges during the run:\n\n${renderTable(["when", "builder", "state", "why"], changes)}`;
  return `${table}${history}`;
}

/** The cells for its builds, how long they took together, their CPU time, and what went over connections. */
function renderBuilderUse(use: Report["builders"][number]["use"]): readonly string[] {
  const { builds, busyMs, cpuMs, sentBytes, receivedBytes } = use;
  if (builds === 0) return ["", "", "", ""];
  const isKnown = sentBytes !== null && receivedBytes !== null;
  return [
    String(builds),
    renderDuration(busyMs),
    cpuMs === null ? "" : renderDuration(cpuMs),
    isKnown ? `${renderMebibytes(sentBytes)}, ${renderMebibytes(receivedBytes)}` : "",
  ];
}

function titleOfBuilds({ builds, substitutions }: Report): string {
  const countEnds = (end: string) => builds.filter(({ outcome }) => outcome === end).length;
  const others = (["failed", "interrupted"] as const).filter((end) => countEnds(end) > 0);
  const paths = substitutions.filter(({ outcome }) => outcome === "substituted").length;
  return [
    `${countOf(countEnds("built"), "derivation")} built`,
    ...others.map((end) => `${countEnds(end)} ${end}`),
    `${countOf(paths, "path")} substituted`,
  ].join(", ");
}

function renderBuilds({ builds }: Report): string {
  if (builds.length === 0) return "";
  const slowest = builds.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, SHOWN_ROWS);
  const rows = slowest.map(({ name, place, durationMs, outcome, use }) => [
    name,
    place,
    renderDuration(durationMs),
    use.cpuMs === null ? "" : renderDuration(use.cpuMs),
    use.peakMemoryBytes === null ? "" : renderMebibytes(use.peakMemoryBytes),
    outcome,
  ]);
  const more = builds.length > SHOWN_ROWS ? `\n\nThe slowest ${SHOWN_ROWS} are shown.` : "";
  return `${renderTable(["derivation", "where", "time", "?CPU time", "?memory", ""], rows)}${more}`;
}

function renderCaches({ caches, substituters, substitutions }: Report): string {
  const lines = substituters
    .filter(({ state }) => state === "dropped")
    .map(({ uri, reason }) => `Not asked: ${renderCode(uri)} ${escapeMarkdown(reason)}.`);
  const sources = [...Map.groupBy(substitutions, ({ from }) => from)].map(([from, own]) => [
    from,
    String(own.filter(({ outcome }) => outcome === "substituted").length),
    String(own.filter(({ outcome }) => outcome === "failed").length),
    renderDuration(own.reduce((sum, { durationMs }) => sum + durationMs, 0)),
  ]);
  const head = ["source", "paths", "failed", "time, added up"];
  if (sources.length > 0) lines.push(renderTable(head, sources.slice(0, SHOWN_ROWS)));
  for (const cache of caches) lines.push(...renderOwnCache(cache));
  return lines.join("\n\n");
}

function renderOwnCache({ uri, reason, restored, saved, ...cache }: Report["caches"][number]): string[] {
  const rate = cache.hitRate === null ? "" : `, hit rate ${Math.round(cache.hitRate * 100)} %`;
  const trust = cache.isTrustedByLocation ? ", read without signatures because its location is trusted" : "";
  const left = cache.pathsLeft === 0 ? "" : `, ${cache.pathsLeft} left`;
  const lines = [
    `Binary cache ${renderCode(uri)}: ${countOf(cache.pathsPushed, "path")} pushed, ` +
      `${cache.pathsPresent} already present${left}${rate}${trust} (${escapeMarkdown(reason)}).`,
  ];
  if (restored !== null) {
    const entries = countOf(restored.entries, "entry", "entries");
    const what = `${countOf(restored.paths, "path")} from ${entries}, ${renderMebibytes(restored.bytes)}`;
    lines.push(
      `Restored: ${restored.state === "restored" ? what : "nothing"} (${escapeMarkdown(restored.reason)}).`,
    );
  }
  if (saved !== null)
    lines.push(`Saved: a ${saved.kind}, ${renderMebibytes(saved.bytes)}, as ${renderCode(saved.key)}.`);
  return lines;
}

function titleOfLayers({ layers }: Report): string {
  const sent = layers.filter(({ state }) => state === "sent");
  const bytes = sent.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return `Layers: ${sent.length} sent (${renderMebibytes(bytes)}), ${renderUnsent(layers)}`;
}

function renderLayers({ layers }: Report): string {
  if (layers.length === 0) return "";
  const largest = layers.toSorted((a, b) => b.sizeBytes - a.sizeBytes).slice(0, SHOWN_ROWS);
  const rows = largest.map(({ target, digest, sizeBytes, state }) => [
    target,
    digest.slice(0, "sha256:".length + 12),
    renderMebibytes(sizeBytes),
    state,
  ]);
  const more = layers.length > SHOWN_ROWS ? `\n\nThe largest ${SHOWN_ROWS} are shown.` : "";
  return `${renderTable(["system", "layer", "size", ""], rows)}${more}`;
}

function renderLargestPaths({ audits }: Report): string {
  const rows = audits.flatMap(({ target, largestPaths }) =>
    largestPaths
      .slice(0, SHOWN_ROWS)
      .map(({ path, sizeBytes, layer }) => [target, path, String(layer), renderMebibytes(sizeBytes)]),
  );
  return rows.length === 0 ? "" : renderTable(["system", "path", "layer", "size, unpacked"], rows);
}

/** Has the findings, so that they are seen without opening the section. */
function titleOfAudit(audit: Report["audits"][number]): string {
  const findings = [
    ...(audit.foreign.length > 0 ? [`${audit.foreign.length} for another CPU`] : []),
    ...(audit.missingLibraries.length > 0
      ? [countOf(audit.missingLibraries.length, "missing library", "missing libraries")]
      : []),
    ...(audit.orphanedScripts.length > 0
      ? [countOf(audit.orphanedScripts.length, "script") + " without interpreter"]
      : []),
  ];
  const found = findings.length === 0 ? "nothing found" : findings.join(", ");
  return `Audit of ${escapeMarkdown(audit.target)}: ${found}`;
}

function renderAudit(audit: Report["audits"][number]): string {
  const summary =
    `${countOf(audit.elfFiles, "ELF file")} among ${countOf(audit.filesRead, "file")}: ` +
    `${audit.foreign.length} for another CPU, ${audit.allowed.length} allowed.`;
  const { foreign, multiCpuArchives, orphanedScripts, missingLibraries, unreadableArchives } = audit;
  const foreignRows = foreign.map(({ path, machine, layer }) => [path, machine, String(layer)]);
  const tables = [
    renderFindings("", ["file", "CPU", "layer"], foreignRows),
    renderFindings(
      `${countOf(multiCpuArchives.length, "archive")} with libraries for several CPUs, which is fine:`,
      ["archive", "other CPUs", "libraries for the target"],
      multiCpuArchives.map(({ path, machines, ownIn }) => [path, machines.join(", "), ownIn]),
    ),
    renderFindings(
      `${countOf(orphanedScripts.length, "script")} whose interpreter is not in the image:`,
      ["script", "interpreter"],
      orphanedScripts.map(({ path, interpreter }) => [path, interpreter]),
    ),
    renderFindings(
      `${countOf(missingLibraries.length, "library", "libraries")} that the image lacks:`,
      ["file", "needs", "store path"],
      missingLibraries.map(({ path, needs, storePath }) => [path, needs, storePath ?? ""]),
    ),
    renderFindings(
      `${countOf(unreadableArchives.length, "archive")} that the audit cannot read:`,
      ["archive", "reason"],
      unreadableArchives.map(({ path, reason }) => [path, reason]),
    ),
  ];
  return [summary, ...tables.filter((table) => table !== "")].join("\n\n");
}

/** A table of the first rows below a title; empty if there are none. */
function renderFindings(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  if (rows.length === 0) return "";
  const table = renderTable(head, rows.slice(0, SHOWN_ROWS));
  return title === "" ? table : `${title}\n\n${table}`;
}

function titleOfSmoke({ target, outcome, runtime, isEmulated }: Report["smokeTests"][number]): string {
  const emulated = isEmulated ? ", emulated" : "";
  return `Smoke test of ${escapeMarkdown(target)}: ${outcome} (${escapeMarkdown(runtime)}${emulated})`;
}

function renderSmoke(smoke: Report["smokeTests"][number]): string {
  const rows = smoke.checks.map(({ name, outcome, durationMs, detail }) => [
    name,
    outcome,
    renderDuration(durationMs),
    detail,
  ]);
  const log =
    smoke.containerLog === ""
      ? ""
      : "\n\n" + renderDetails("Container log", renderPre([smoke.containerLog]), smoke.outcome === "failed");
  return `${renderTable(["check", "", "time", "seen"], rows)}${log}`;
}

function renderPhases({ phases }: Report): string {
  const rows = phases.map(({ name, durationMs: phaseMs, outcome, machine, disks }) => [
    name,
    renderDuration(phaseMs),
    outcome,
    ...renderMachine(machine),
    disks.map(renderDisk).join(", "),
  ]);
  if (rows.length === 0) return "";
  const head = ["phase", "time", "", "CPU time", "memory", "received, sent", "disk"];
  const note = "What this machine used, whoever used it; memory and disk at their peak.";
  return `${renderTable(head, rows)}\n\n${note}`;
}

/** The cells for CPU time, memory and network. */
function renderMachine(machine: Report["phases"][number]["machine"]): readonly string[] {
  if (machine === null) return ["", "", ""];
  const { cpuMs, peakMemoryBytes, receivedBytes, sentBytes } = machine;
  const traffic = `${renderMebibytes(receivedBytes)}, ${renderMebibytes(sentBytes)}`;
  return [renderDuration(cpuMs), renderMebibytes(peakMemoryBytes), traffic];
}

function renderDisk({ folder, usedBytes, freeBytes }: Report["phases"][number]["disks"][number]): string {
  return `${folder}: ${renderMebibytes(usedBytes)} more, ${renderMebibytes(freeBytes)} left`;
}

type Comparison = NonNullable<Report["history"]>["targets"][number];

/** Has the derivations that became slower, so that they are seen without opening the section. */
function titleOfHistory({ target, runs, slower }: Comparison): string {
  const names = slower.filter(({ isConfirmed }) => isConfirmed).map(({ name }) => renderCode(name));
  const found = names.length === 0 ? "" : `: slower ${names.slice(0, SHOWN_ROWS).join(", ")}`;
  return `Times of ${escapeMarkdown(target)} against the last ${countOf(runs, "run")}${found}`;
}

function renderHistory({ times, slower }: Comparison): string {
  const rows = times.map(({ name, durationMs, medianMs }) => [
    name,
    renderDuration(durationMs),
    renderDuration(medianMs),
    renderChange(durationMs, medianMs),
  ]);
  const slowerRows = slower.map(({ name, durationMs, medianMs, builds, isConfirmed }) => [
    name,
    renderDuration(durationMs),
    `${renderDuration(medianMs)} (${builds})`,
    isConfirmed ? "in the build before, too" : "for the first time",
  ]);
  const tables = [
    renderFindings("", ["", "this run", "median", "change"], rows),
    renderFindings(
      "Slower derivations:",
      ["derivation", "this run", "median (builds)", "slower"],
      slowerRows,
    ),
  ];
  return tables.filter((text) => text !== "").join("\n\n");
}
