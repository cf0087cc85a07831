import { ERROR_CODES, explainUrl } from "../errors/action-error.js";
import { countOf, renderMebibytes } from "../model/count.js";
import type { Report } from "./report.js";

const SHOWN_ROWS = 10;
const SHOWN_FAILURES = 5;
/** GitHub limits the summary of a step to 1 MiB. */
const MAX_LOG_CHARACTERS = 20_000;

/** Renders the report as Markdown for the job summary. Escapes text from outside, so it cannot add markup. */
export function renderSummary(report: Report): string {
  return [
    renderHeadline(report),
    renderFailedBuilds(report),
    ...report.plans.map(renderPlan),
    renderAttempts(report),
    renderBuilders(report),
    renderBuilds(report),
    renderCache(report),
    ...report.audits.map(renderAudit),
    ...report.smokeTests.map(renderSmoke),
    renderPhases(report),
  ]
    .filter((section) => section !== "")
    .join("\n\n")
    .concat("\n");
}

/** Renders the findings of the doctor as a table. */
export function renderDiagnoses(
  diagnoses: readonly {
    readonly part: string;
    readonly name: string;
    readonly state: string;
    readonly detail: string;
    readonly hint: string | undefined;
  }[],
): string {
  const rows = diagnoses.map(({ part, name, state, detail, hint = "" }) => [part, name, state, detail, hint]);
  return renderTable(["part", "name", "", "found", "what to do"], rows);
}

function renderHeadline({ outcome, error, image, smokeTests, promotion }: Report): string {
  const emulated = smokeTests.some(({ isEmulated }) => isEmulated) ? " (smoke test emulated)" : "";
  const lines = [`## cross-build: ${outcome}${emulated}`];
  if (image !== null && image.digest !== null) lines.push(code(`${image.reference}@${image.digest}`));
  if (promotion !== null) {
    const tags = image === null || image.tags.length === 0 ? "" : `: ${image.tags.map(code).join(", ")}`;
    lines.push(`Tags ${promotion.state}${tags}. ${escapeMarkdown(promotion.reason)}`);
  }
  if (error !== null) {
    const [first = "", ...rest] = error.message.split("\n");
    lines.push(`**${escapeMarkdown(error.code)}** ${escapeMarkdown(first)}`);
    // Such as the source code in an evaluation error, which has to stay aligned.
    if (rest.length > 0) lines.push(renderPre(rest));
    if (error.hint !== null) lines.push(escapeMarkdown(error.hint));
    const code = ERROR_CODES.find((known) => known === error.code);
    if (code !== undefined) lines.push(`[What ${escapeMarkdown(code)} means](${explainUrl(code)})`);
  }
  return lines.join("\n\n");
}

/** Why derivations failed, unless another attempt built them: the end of their logs, open. */
function renderFailedBuilds({ builds }: Report): string {
  const built = new Set(builds.flatMap(({ drvPath, outcome }) => (outcome === "built" ? [drvPath] : [])));
  const failed = new Map(
    builds.flatMap((build) =>
      build.outcome === "failed" && !built.has(build.drvPath) ? [[build.drvPath, build]] : [],
    ),
  );
  const shown = [...failed.values()].slice(0, SHOWN_FAILURES);
  const more = failed.size - shown.length;
  return [
    ...shown.map(renderFailedBuild),
    ...(more === 0 ? [] : [`${countOf(more, "more derivation")} failed; the report lists all.`]),
  ].join("\n\n");
}

function renderFailedBuild({ name, drvPath, place, log }: Report["builds"][number]): string {
  const where = place === "local" ? "" : ` on ${escapeMarkdown(place)}`;
  const title = `Last lines of ${untrustedCode(name)}${where}`;
  const lines =
    log.length === 0
      ? `${untrustedCode(name)} failed${where} and printed nothing.`
      : `<details open><summary>${title}</summary>\n${renderPre(log)}\n</details>`;
  return `${lines}\n\nThe whole log${where}: ${untrustedCode(`nix log ${drvPath}`)}`;
}

function renderPlan(plan: Report["plans"][number]): string {
  const rows = plan.verdicts.map(({ strategy, verdict, reason }) => [strategy, verdict, reason]);
  const table = renderTable(["strategy", "", "why"], rows);
  return `### ${escapeMarkdown(plan.target)}: ${plan.strategy}\n\n${table}`;
}

/** The attempts to build, if any target took more than one. */
function renderAttempts({ attempts }: Report): string {
  const targets = new Set(attempts.map(({ target }) => target));
  if (attempts.length <= targets.size) return "";
  const rows = attempts.map(({ target, strategy, mode, durationMs, outcome, message, reason }) => [
    target,
    mode === "local" || mode === "emulated" ? strategy : `${strategy}, ${mode}`,
    outcome,
    seconds(durationMs),
    message ?? reason,
  ]);
  return `### Attempts\n\n${renderTable(["target", "strategy", "", "time", "why"], rows)}`;
}

function renderBuilders({ builders, builderChanges }: Report): string {
  if (builders.length === 0) return "";
  const rows = builders.map(({ uri, state, systems, nix, slots, reason, hint }) => [
    uri,
    state,
    systems.join(", "),
    nix ?? "",
    String(slots),
    [reason, hint].filter((part) => part !== null).join(". "),
  ]);
  const table = renderTable(["builder", "state", "systems", "Nix", "slots", "why"], rows);
  const changes = builderChanges.map(({ uri, at, state, reason }) => [at, uri, state, reason]);
  const history =
    changes.length === 0
      ? ""
      : `\n\nChanges during the run:\n\n${renderTable(["when", "builder", "state", "why"], changes)}`;
  return `### Builders\n\n${table}${history}`;
}

function renderBuilds({ builds, substitutions }: Report): string {
  const countEnds = (end: string) => builds.filter(({ outcome }) => outcome === end).length;
  const others = (["failed", "interrupted"] as const).filter((end) => countEnds(end) > 0);
  const title = [
    `### ${countOf(countEnds("built"), "derivation")} built`,
    ...others.map((end) => `${countEnds(end)} ${end}`),
    `${countOf(substitutions.length, "path")} substituted`,
  ].join(", ");
  if (builds.length === 0) return title;
  const slowest = builds.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, SHOWN_ROWS);
  const rows = slowest.map(({ name, place, durationMs, outcome }) => [
    name,
    place,
    seconds(durationMs),
    outcome,
  ]);
  const more = builds.length > SHOWN_ROWS ? `\n\nThe slowest ${SHOWN_ROWS} are shown.` : "";
  return `${title}\n\n${renderTable(["derivation", "where", "time", ""], rows)}${more}`;
}

function renderCache({ cache, layers }: Report): string {
  const lines: string[] = [];
  if (cache !== null) {
    const rate = cache.hitRate === null ? "" : `, hit rate ${Math.round(cache.hitRate * 100)} %`;
    const trust = cache.isTrustedByLocation
      ? ", read without signatures because its location is trusted"
      : "";
    lines.push(
      `Binary cache ${code(cache.uri)}: ${countOf(cache.pathsPushed, "path")} pushed, ` +
        `${cache.pathsPresent} already present${rate}${trust} (${escapeMarkdown(cache.reason)}).`,
    );
    const { restored, saved } = cache;
    if (restored !== null) {
      const entries = countOf(restored.entries, "entry", "entries");
      const what = `${countOf(restored.paths, "path")} from ${entries}, ${renderMebibytes(restored.bytes)}`;
      lines.push(
        `Restored: ${restored.state === "restored" ? what : "nothing"} (${escapeMarkdown(restored.reason)}).`,
      );
    }
    if (saved !== null)
      lines.push(`Saved: a ${saved.kind}, ${renderMebibytes(saved.bytes)}, as ${code(saved.key)}.`);
  }
  if (layers.length > 0) {
    const sent = layers.filter(({ state }) => state === "sent");
    const bytes = sent.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    lines.push(
      `Layers: ${sent.length} sent (${renderMebibytes(bytes)}), ${layers.length - sent.length} reused.`,
    );
  }
  return lines.length === 0 ? "" : `### Uploads\n\n${lines.join("\n\n")}`;
}

function renderAudit(audit: Report["audits"][number]): string {
  const summary =
    `### Audit of ${escapeMarkdown(audit.target)}\n\n` +
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

function renderSmoke(smoke: Report["smokeTests"][number]): string {
  const emulated = smoke.isEmulated ? ", emulated" : "";
  const rows = smoke.checks.map(({ name, outcome, durationMs, detail }) => [
    name,
    outcome,
    seconds(durationMs),
    detail,
  ]);
  const log =
    smoke.containerLog === ""
      ? ""
      : `\n\n<details><summary>Container log</summary>\n${renderPre([smoke.containerLog])}\n</details>`;
  const runtime = `${escapeMarkdown(smoke.runtime)}${emulated}`;
  const table = renderTable(["check", "", "time", "seen"], rows);
  return `### Smoke test of ${escapeMarkdown(smoke.target)}: ${smoke.outcome} (${runtime})\n\n${table}${log}`;
}

function renderPhases({ phases, durationMs }: Report): string {
  const rows = phases.map(({ name, durationMs: phaseMs, outcome, disks }) => [
    name,
    seconds(phaseMs),
    outcome,
    disks.map(renderDisk).join(", "),
  ]);
  return `### ${seconds(durationMs)}\n\n${renderTable(["phase", "time", "", "disk at its peak"], rows)}`;
}

function renderDisk({ folder, usedBytes, freeBytes }: Report["phases"][number]["disks"][number]): string {
  return `${folder}: ${renderMebibytes(usedBytes)} more, ${renderMebibytes(freeBytes)} left`;
}

/** Renders the end of a text with its lines and its alignment. */
function renderPre(lines: readonly string[]): string {
  const text = escapeMarkup(lines.join("\n").slice(-MAX_LOG_CHARACTERS));
  return `<pre>${text.replaceAll("\n", "&#10;")}</pre>`;
}

function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [
    head.map(escapeMarkdown),
    head.map(() => "---"),
    ...rows.map((row) => row.map(escapeMarkdown)),
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Escapes at most 1,000 characters for Markdown and HTML, on one line. */
function escapeMarkdown(text: string): string {
  return escapeMarkup(text.slice(0, 1_000)).replace(/\s+/g, " ");
}

function escapeMarkup(text: string): string {
  return escapeHtml(text).replace(/[\\`*_{}[\]()#|~@!:]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function code(text: string): string {
  return `<code>${escapeHtml(text.replace(/\s+/g, " "))}</code>`;
}

/** Markdown is also read between tags, so text of a build is escaped for it too. */
function untrustedCode(text: string): string {
  return `<code>${escapeMarkdown(text)}</code>`;
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}
