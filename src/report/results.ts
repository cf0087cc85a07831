import { renderDuration, renderMebibytes } from "../model/count.js";
import type { Report } from "./report.js";

/** The result for one target, as cells of a table. */
export interface TargetResult {
  readonly target: string;
  readonly result: string;
  readonly strategy: string;
  readonly size: string;
  readonly time: string;
  /** How many of the needed paths came from caches. */
  readonly share: string;
  readonly smoke: string;
}

/** The columns of the cells in `TargetResult`. */
export const RESULT_HEAD = ["system", "result", "strategy", "size", "time", "from caches", "smoke test"];

/** The results of all targets that the run got to. */
export function listTargets(report: Report): readonly TargetResult[] {
  const { plans, image, smokeTests } = report;
  const targets = new Set([
    ...plans.map(({ target }) => target),
    ...(image?.platforms.map(({ target }) => target) ?? []),
    ...smokeTests.map(({ target }) => target),
  ]);
  return [...targets].map((target) => ({
    target,
    result: renderResult(report, target),
    strategy: strategyOf(report, target),
    size: renderSize(report, target),
    time: renderTime(report, target),
    share: renderShare(report, target),
    smoke: renderSmokeResult(report, target),
  }));
}

/** The pages of the commit and the run. The parts of the address are checked, so that they add no markup. */
export function findSource({ commit, runUrl }: Report): {
  readonly commit?: { readonly name: string; readonly url: string };
  readonly run?: string;
} {
  const page = /^(https?:\/\/[\w.:-]+\/[\w.-]+\/[\w.-]+)\/actions\/runs\/\d+(?:\/attempts\/\d+)?$/;
  const [run, repository] = page.exec(runUrl ?? "") ?? [];
  if (run === undefined || repository === undefined) return {};
  const isCommit = commit !== null && /^[0-9a-f]{40,64}$/.test(commit);
  if (!isCommit) return { run };
  return { commit: { name: commit.slice(0, 7), url: `${repository}/commit/${commit}` }, run };
}

/** The command that gets the image. Engines cannot pull from an OCI layout, so that gives only its name. */
export function findPull({ image }: Report): string | undefined {
  if (image?.digest == null) return undefined;
  const name = `${image.reference}@${image.digest}`.replace(/\s+/g, " ");
  return image.reference.startsWith("oci:") ? name : `docker pull ${name}`;
}

/** The builds that failed, each derivation once, and none that another attempt built. */
export function findFailedBuilds({ builds }: Report): Report["builds"] {
  const built = new Set(builds.flatMap(({ drvPath, outcome }) => (outcome === "built" ? [drvPath] : [])));
  const failed = builds.filter(({ drvPath, outcome }) => outcome === "failed" && !built.has(drvPath));
  return [...new Map(failed.map((build) => [build.drvPath, build])).values()];
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
