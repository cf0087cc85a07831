import { ERROR_CODES, explainUrl } from "../errors/action-error.js";
import { countOf, renderDuration } from "../model/count.js";
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
import { findFailedBuilds, findPull, findSource, listTargets, RESULT_HEAD } from "./results.js";

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

/** Links to the commit and the run. */
function renderSource(report: Report): readonly string[] {
  const { commit, run } = findSource(report);
  return [
    ...(commit === undefined ? [] : [`commit [${commit.name}](${commit.url})`]),
    ...(run === undefined ? [] : [`[run](${run})`]),
  ];
}

/** One row for each system, and how to get the image. */
function renderTargets(report: Report): string {
  const rows = listTargets(report).map(({ target, strategy, ...cells }) => [
    escapeMarkdown(target),
    cells.result,
    escapeMarkdown(strategy),
    ...[cells.size, cells.time, cells.share, cells.smoke],
  ]);
  const table = rows.length === 0 ? [] : [renderMarkdownTable(RESULT_HEAD, rows)];
  return [...table, ...renderPull(report)].join("\n\n");
}

function renderPull(report: Report): readonly string[] {
  const pull = findPull(report);
  if (pull === undefined) return [];
  return [renderFence(pull, pull.startsWith("docker ") ? "sh" : "")];
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

/** Why derivations failed: the end of their logs, open. */
function renderFailedBuilds(report: Report): string {
  const failed = findFailedBuilds(report);
  const more = failed.length - SHOWN_FAILURES;
  return [
    ...failed.slice(0, SHOWN_FAILURES).map(renderFailedBuild),
    ...(more <= 0 ? [] : [`${countOf(more, "more derivation")} failed; the report lists all.`]),
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
