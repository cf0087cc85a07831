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
  /** The tags that it moved. */
  readonly tags: readonly string[];
}

/** Renders the output `result`: what a run did for each system, as the total of a workflow shows it. */
export function renderResult(report: Report): string {
  const digestOf = (target: string) =>
    report.image?.platforms.find((platform) => platform.target === target)?.digest ?? "";
  const targets = listTargets(report).map((row) => ({ ...row, digest: digestOf(row.target) }));
  const pull = findPull(report) ?? "";
  const result: z.infer<typeof RESULT> = { version: 1, code: report.error?.code ?? "", pull, targets };
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
  const head = jobs.some(({ ended }) => ended === "failure")
    ? "❌ cross-build: failure"
    : jobs.some(({ ended }) => ended === "cancelled")
      ? "⚪ cross-build: cancelled"
      : "✅ cross-build: success";
  const tags = jobs.flatMap((job) => (job.ended === "success" ? job.tags : []));
  const rows = joinRows(jobs, tags.length > 0).map(({ target, result, strategy, ...cells }) => [
    ...[target, result, strategy, cells.size, cells.time, cells.share, cells.smoke],
  ]);
  const [pull] = jobs.flatMap(({ results }) => results.flatMap((result) => result.pull || []));
  const endings = jobs.map(({ name, ended, results }) => [
    name,
    ended,
    results.flatMap(({ code }) => code || []).join(", "),
  ]);
  const sections = [
    `## ${head}`,
    tags.length === 0 ? "" : `Tags: ${tags.map(renderCode).join(", ")}.`,
    rows.length === 0 ? "" : renderTable(RESULT_HEAD, rows),
    pull === undefined ? "" : renderFence(pull, pull.startsWith("docker ") ? "sh" : ""),
    renderTable(["job", "result", "error"], endings),
  ];
  return {
    summary: sections.filter((section) => section !== "").join("\n\n"),
    lines: rows.map((cells) => cells.filter((text) => text !== "").join(", ")),
  };
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
      tags: (outputs["tags"] ?? "").split("\n").filter((tag) => tag !== ""),
    };
  });
}

/** One row for each system: each cell from the first job that has it, and the result from the last one. */
function joinRows(jobs: readonly JobTotal[], isPromoted: boolean): readonly TargetRow[] {
  const rows = new Map<string, TargetRow>();
  for (const row of jobs.flatMap(({ results }) => results.flatMap(({ targets }) => targets))) {
    const before = rows.get(row.target);
    rows.set(row.target, before === undefined ? row : joinCells(before, row));
  }
  const gates = jobs.flatMap((job) => job.gates);
  return [...rows.values()].map((row) => {
    const own = gates.filter(({ digest }) => digest === row.digest);
    if (own.length === 0) return isPromoted ? promote(row) : row;
    const hasFailed = own.some(({ outcome }) => outcome === "failed");
    const emulated = own.some(({ engine, platform }) => engine !== platform) ? ", emulated" : "";
    const smoke = `${hasFailed ? "❌ failed" : "✅ passed"}${emulated}`;
    if (hasFailed) return { ...row, smoke, result: "❌ smoke test failed" };
    const tested = isFailed(row) ? row : { ...row, result: "✅ tested" };
    return { ...(isPromoted ? promote(tested) : tested), smoke };
  });
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
