import * as z from "zod";

import { ActionError } from "../errors/action-error.js";
import { type GateResult, readGateResults } from "../model/gate-result.js";
import { renderCode, renderFence, renderTable } from "./markdown.js";
import type { Report } from "./report.js";
import { findPull, listTargets, RESULT_HEAD } from "./results.js";

const cell = z.string().max(300);
const TARGET = z.strictObject({
  target: cell,
  digest: cell.describe("digest of the image's manifest; empty without an image"),
  result: cell,
  strategy: cell,
  size: cell,
  time: cell,
  share: cell,
  smoke: cell,
});
const RESULT = z.strictObject({
  version: z.literal(1),
  code: cell.describe("the error code of a failure, or empty"),
  pull: z.string().max(2_000).describe("the command that gets the image, or empty"),
  tags: z.array(cell).max(1_000).describe("the tags that point to the image"),
  targets: z.array(TARGET).max(100),
});
const NEEDS = z.record(
  z.string(),
  z.object({ result: z.string(), outputs: z.record(z.string(), z.string()).default({}) }),
);

type TargetRow = z.infer<typeof TARGET>;

/** One needed job: how it ended, and what its outputs say. */
interface JobTotal {
  readonly name: string;
  readonly ended: string;
  readonly results: readonly z.infer<typeof RESULT>[];
  readonly gates: readonly GateResult[];
}

/** Renders the output `result`: what a run did for each system, as the total of a workflow shows it. */
export function renderResult(report: Report): string {
  const digestOf = (target: string) =>
    report.image?.platforms.find((platform) => platform.target === target)?.digest ?? "";
  const targets = listTargets(report).map((row) => ({ ...row, digest: digestOf(row.target) }));
  const pull = findPull(report) ?? "";
  const tags = report.image?.tags ?? [];
  const result: z.infer<typeof RESULT> = { version: 1, code: report.error?.code ?? "", pull, tags, targets };
  return JSON.stringify(result);
}

/** One summary of several jobs. */
export interface Total {
  /** Markdown for the job summary: a row for each system, and how each job ended. */
  readonly summary: string;
  /** A line for each system, for the log. */
  readonly lines: readonly string[];
}

/**
 * Sums up all jobs that a job needs, from `toJSON(needs)`. Outputs that are neither `result` nor
 * `gate-result`, whatever their names, are ignored. Throws `INPUT_INVALID`.
 */
export function composeTotal(needs: string): Total {
  const jobs = readJobs(needs);
  const results = jobs.flatMap((job) => job.results);
  const tags = [...new Set(results.flatMap((result) => result.tags))];
  const rows = joinRows(jobs).map(({ target, result, strategy, ...cells }) => [
    ...[target, result, strategy, cells.size, cells.time, cells.share, cells.smoke],
  ]);
  const pulls = [...new Set(results.flatMap(({ pull }) => pull || []))];
  const endings = jobs.map(({ name, ended, results: own }) => [
    name,
    ended,
    own.flatMap(({ code }) => code || []).join(", "),
  ]);
  const sections = [
    `## ${renderHead(jobs)}`,
    tags.length === 0 ? "" : `Tags: ${tags.map(renderCode).join(", ")}.`,
    rows.length === 0 ? "" : renderTable(RESULT_HEAD, rows),
    ...pulls.map((pull) => renderFence(pull, pull.startsWith("docker ") ? "sh" : "")),
    renderTable(["job", "result", "error"], endings),
  ];
  return {
    summary: sections.filter((section) => section !== "").join("\n\n"),
    lines: rows.map((cells) => cells.filter((text) => text !== "").join(", ")),
  };
}

function renderHead(jobs: readonly JobTotal[]): string {
  const hasEnded = (ending: string) => jobs.some(({ ended }) => ended === ending);
  if (hasEnded("failure")) return "❌ cross-build: failure";
  if (hasEnded("cancelled")) return "⚪ cross-build: cancelled";
  return hasEnded("success") ? "✅ cross-build: success" : "⚪ cross-build: skipped";
}

function readJobs(needs: string): readonly JobTotal[] {
  const parsed = NEEDS.safeParse(parseJson(needs));
  if (!parsed.success) {
    throw new ActionError("INPUT_INVALID", "input needs: it is not the JSON of the needed jobs", {
      hint: "Set it to toJSON(needs), as an expression.",
    });
  }
  return Object.entries(parsed.data).map(([name, { result: ended, outputs }]) => {
    const values = Object.values(outputs).map(parseJson);
    return {
      ...{ name, ended },
      results: values.flatMap((value) => RESULT.safeParse(value).data ?? []),
      gates: values.flatMap((value) => readGateResults(value) ?? []),
    };
  });
}

/**
 * One row for each system and image: each cell from the first job that has it, and the result from the last
 * one. A job that only moves tags has no rows, but names the image.
 */
function joinRows(jobs: readonly JobTotal[]): readonly TargetRow[] {
  const results = jobs.flatMap((job) => job.results);
  const promoted = new Set(results.flatMap(({ pull, tags }) => (tags.length === 0 ? [] : pull)));
  const gates = jobs.flatMap((job) => job.gates);
  const rows: TargetRow[] = [];
  for (const { targets, pull } of results) {
    for (const row of targets) {
      const tested = addGates(row, gates);
      const current = promoted.has(pull) ? promote(tested) : tested;
      const index = rows.findIndex((other) => isSame(other, row));
      const before = rows[index];
      if (before === undefined) rows.push(current);
      else rows[index] = joinCells(before, current);
    }
  }
  return rows;
}

/** Whether two rows are about one system, and not about different images. */
function isSame(a: TargetRow, b: TargetRow): boolean {
  return a.target === b.target && (a.digest === b.digest || a.digest === "" || b.digest === "");
}

/** The results of a job that leaves the smoke test to another one. */
const BEFORE_GATE = ["✅ built", "✅ pushed"];

/** Adds the smoke tests of a row's image in other jobs. */
function addGates(row: TargetRow, all: readonly GateResult[]): TargetRow {
  const gates = all.filter(({ digest }) => digest === row.digest);
  if (gates.length === 0) return row;
  const hasFailed = gates.some(({ outcome }) => outcome === "failed");
  const emulated = gates.some(({ engine, platform }) => engine !== platform) ? ", emulated" : "";
  const smoke = `${hasFailed ? "❌ failed" : "✅ passed"}${emulated}`;
  if (hasFailed) return { ...row, smoke, result: "❌ smoke test failed" };
  return { ...row, smoke, result: BEFORE_GATE.includes(row.result) ? "✅ tested" : row.result };
}

function joinCells(before: TargetRow, after: TargetRow): TargetRow {
  const filled = Object.entries(after).filter(([name]) => before[name as keyof TargetRow] === "");
  return {
    ...before,
    ...Object.fromEntries(filled),
    result: isFailed(before) ? before.result : after.result,
  };
}

function promote(row: TargetRow): TargetRow {
  return isFailed(row) ? row : { ...row, result: "✅ promoted" };
}

function isFailed({ result }: TargetRow): boolean {
  return result.startsWith("❌");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
