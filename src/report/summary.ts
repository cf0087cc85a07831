import { ERROR_CODES, explainUrl } from "../errors/action-error.js";
import { countOf, renderDuration, renderMebibytes } from "../model/count.js";
import { renderGantt } from "./gantt.js";
import { renderFolded } from "./folded.js";
import {
  escapeMarkdown,
  renderCode,
  renderFence,
  renderMarkdownTable,
  renderPre,
  renderTable,
} from "./markdown.js";
import type { Report } from "./report.js";

const SHOWN_FAILURES = 5;
/** GitHub shows no summary of a step that is longer than 1 MiB. What is left is for the note. */
const MAX_BYTES = 1_000_000;

/**
 * Renders the report as Markdown for the job summary: what came out and why it failed, a chart of the builds,
 * and everything else folded. Escapes text from outside, so it cannot add markup.
 */
export function renderSummary(report: Report): string {
  const sections = [
    renderHeadline(report),
    renderTargets(report),
    renderError(report),
    renderFailedBuilds(report),
    renderTimeline(report),
    ...renderFolded(report),
  ];
  return joinWithin(
    sections.filter((section) => section !== ""),
    MAX_BYTES,
  );
}

/** Joins sections in their order, without those that would make the text longer than `maxBytes`. */
function joinWithin(sections: readonly string[], maxBytes: number): string {
  const separator = "\n\n";
  let left = maxBytes;
  const parts = sections.filter((section) => {
    const bytes = Buffer.byteLength(section) + separator.length;
    if (bytes > left) return false;
    left -= bytes;
    return true;
  });
  const omitted = sections.length - parts.length;
  const note = `${countOf(omitted, "section")} left out: too long for a summary. The report has everything.`;
  return [...parts, ...(omitted === 0 ? [] : [note])].join(separator).concat("\n");
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

const OUTCOME_MARKS: Readonly<Record<Report["outcome"], string>> = {
  success: "✅",
  failure: "❌",
  cancelled: "⚪",
};

function renderHeadline(report: Report): string {
  const { outcome, smokeTests, durationMs, promotion, image } = report;
  const emulated = smokeTests.some(({ isEmulated }) => isEmulated) ? " (smoke test emulated)" : "";
  const lines = [`## ${OUTCOME_MARKS[outcome]} cross-build: ${outcome}${emulated}`];
  const tags = image === null || image.tags.length === 0 ? "" : ` ${image.tags.map(renderCode).join(", ")}`;
  const facts = [`In ${renderDuration(durationMs)}`, ...renderSource(report)];
  if (promotion !== null) facts.push(`tags ${promotion.state}${tags} (${escapeMarkdown(promotion.reason)})`);
  lines.push(`${facts.join(" · ")}.`);
  return lines.join("\n\n");
}

/** Links to the commit and the run. The parts of the address are checked, so that they cannot add markup. */
function renderSource({ commit, runUrl }: Report): readonly string[] {
  const page = /^(https?:\/\/[\w.:-]+\/[\w.-]+\/[\w.-]+)\/actions\/runs\/\d+(?:\/attempts\/\d+)?$/;
  const [, repository] = page.exec(runUrl ?? "") ?? [];
  if (repository === undefined) return [];
  const isCommit = commit !== null && /^[0-9a-f]{40,64}$/.test(commit);
  const run = `[run](${String(runUrl)})`;
  return isCommit ? [`commit [${commit.slice(0, 7)}](${repository}/commit/${commit})`, run] : [run];
}

/** One row for each system, and how to get the image. */
function renderTargets(report: Report): string {
  const { plans, image, smokeTests } = report;
  const targets = new Set([
    ...plans.map(({ target }) => target),
    ...(image?.platforms.map(({ target }) => target) ?? []),
    ...smokeTests.map(({ target }) => target),
  ]);
  const head = ["system", "result", "strategy", "size", "time", "from caches", "smoke test"];
  const rows = [...targets].map((target) => [
    escapeMarkdown(target),
    renderResult(report, target),
    escapeMarkdown(strategyOf(report, target)),
    renderSize(report, target),
    renderTime(report, target),
    renderShare(report, target),
    renderSmokeResult(report, target),
  ]);
  const parts = rows.length === 0 ? [] : [renderMarkdownTable(head, rows)];
  if (image !== null && image.digest !== null) parts.push(renderPull(image.reference, image.digest));
  return parts.join("\n\n");
}

/** The command that gets the image. An OCI layout is a folder, from which engines cannot pull. */
function renderPull(reference: string, digest: string): string {
  const name = `${reference}@${digest}`.replace(/\s+/g, " ");
  return reference.startsWith("oci:") ? renderFence(name) : renderFence(`docker pull ${name}`, "sh");
}

function renderResult(report: Report, target: string): string {
  const { attempts, audits, smokeTests, image, promotion } = report;
  const last = attempts.findLast((attempt) => attempt.target === target);
  if (last?.outcome === "failed") return last.code === "CANCELLED" ? "⚪ cancelled" : "❌ build failed";
  if (audits.some((audit) => audit.target === target && audit.foreign.length > 0)) return "❌ audit failed";
  if (smokeTests.some((smoke) => smoke.target === target && smoke.outcome === "failed"))
    return "❌ smoke test failed";
  if (promotion?.state === "promoted" || promotion?.state === "unchanged") return `✅ ${promotion.state}`;
  if (last === undefined && report.plans.some((plan) => plan.target === target)) return "⚪ not built";
  if (report.outcome !== "success") return "⚪ not finished";
  if (smokeTests.some((smoke) => smoke.target === target)) return "✅ tested";
  return image?.digest == null ? "✅ built" : "✅ pushed";
}

/** The strategy that built it, or the planned one. */
function strategyOf({ attempts, plans }: Report, target: string): string {
  const of = <T extends { readonly target: string }>(items: readonly T[]) =>
    items.findLast((item) => item.target === target);
  return of(attempts)?.strategy ?? of(plans)?.strategy ?? "";
}

function renderSize({ image }: Report, target: string): string {
  const platform = image?.platforms.find((known) => known.target === target);
  if (platform === undefined) return "";
  const { sizeBytes, previousSizeBytes } = platform;
  if (previousSizeBytes === null) return renderMebibytes(sizeBytes);
  const change = sizeBytes - previousSizeBytes;
  if (change === 0) return `${renderMebibytes(sizeBytes)} (as before)`;
  return `${renderMebibytes(sizeBytes)} (${change > 0 ? "+" : "−"}${renderMebibytes(Math.abs(change))})`;
}

function renderTime({ attempts }: Report, target: string): string {
  const own = attempts.filter((attempt) => attempt.target === target);
  return own.length === 0 ? "" : renderDuration(own.reduce((sum, { durationMs }) => sum + durationMs, 0));
}

/** The share of the paths that caches had, of those that had to be there and were not yet. */
function renderShare({ builds, substitutions }: Report, target: string): string {
  const fetched = substitutions.filter((item) => item.target === target && item.outcome === "substituted");
  const built = builds.filter((item) => item.target === target && item.outcome === "built");
  const needed = fetched.length + built.length;
  return needed === 0 ? "" : `${fetched.length} of ${needed}`;
}

function renderSmokeResult({ smokeTests }: Report, target: string): string {
  const smoke = smokeTests.find((known) => known.target === target);
  if (smoke === undefined) return "";
  const passed = smoke.checks.filter(({ outcome }) => outcome === "passed").length;
  const emulated = smoke.isEmulated ? ", emulated" : "";
  return `${smoke.outcome === "passed" ? "✅" : "❌"} ${passed} of ${smoke.checks.length}${emulated}`;
}

function renderError({ error }: Report): string {
  if (error === null) return "";
  const [first = "", ...rest] = error.message.split("\n");
  const lines = [`**${escapeMarkdown(error.code)}** ${escapeMarkdown(first)}`];
  // Such as the source code in an evaluation error, which has to stay aligned.
  if (rest.length > 0) lines.push(renderPre(rest));
  if (error.hint !== null) lines.push(escapeMarkdown(error.hint));
  const code = ERROR_CODES.find((known) => known === error.code);
  if (code !== undefined) lines.push(`[What ${escapeMarkdown(code)} means](${explainUrl(code)})`);
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
  const title = `Last lines of ${renderCode(name)}${where}`;
  const lines =
    log.length === 0
      ? `${renderCode(name)} failed${where} and printed nothing.`
      : `<details open><summary>${title}</summary>\n${renderPre(log)}\n</details>`;
  return `${lines}\n\nThe whole log${where}: ${renderCode(`nix log ${drvPath}`)}`;
}

/** A chart of the builds. One build alone needs no chart. */
function renderTimeline({ builds }: Report): string {
  if (builds.length < 2) return "";
  const { text, omitted } = renderGantt(builds);
  const more = omitted === 0 ? "" : ` ${countOf(omitted, "shorter build")} left out.`;
  const note = `Marked: the critical path, the chain of dependencies that decided how long it took.${more}`;
  return `${renderFence(text, "mermaid")}\n\n${note}`;
}
