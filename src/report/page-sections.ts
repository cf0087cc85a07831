import { ERROR_CODES, explainUrl } from "../errors/action-error.js";
import { countOf, renderDuration, renderMebibytes } from "../model/count.js";
import { findCriticalPath } from "./gantt.js";
import type { Answers, Block, Fact, PageContent, Section, Text, Treemap } from "./page-content.js";
import { clip, composeTables, LAYERS_TABLE, table, time } from "./page-tables.js";
import type { Report } from "./report.js";
import { findFailedBuilds, findPull, findSource, listTargets } from "./results.js";
import { composeTimeline, findWaits, renderPlace } from "./timeline.js";

/** More names would hide the rest; the logs of all are on the page. */
const SHOWN_FAILURES = 5;

/** Composes what the HTML report shows: what a reader asks first, the charts, then tables of everything. */
export function composePage(report: Report): PageContent {
  const sections: readonly (Section | undefined)[] = [
    composeFailure(report),
    { title: "At a glance", blocks: [composeAnswers(report), ...composeTargets(report)] },
    composeTime(report),
    composeImage(report),
    ...composeTables(report),
  ];
  return {
    title: `cross-build: ${report.outcome}`,
    outcome: report.outcome,
    facts: composeFacts(report),
    sections: sections.filter((section) => section !== undefined),
  };
}

function composeFacts(report: Report): readonly Fact[] {
  const { commit, run } = findSource(report);
  const { startedAt, durationMs, host, nix } = report;
  return [
    { text: `${startedAt.replace("T", " ").replace(/(?:\.\d+)?Z$/, "")} UTC` },
    { text: `took ${renderDuration(durationMs)}` },
    { text: `started on ${host.system}` },
    ...(nix === null ? [] : [{ text: `Nix ${nix.version}` }]),
    ...(commit === undefined ? [] : [{ text: `commit ${commit.name}`, url: commit.url }]),
    ...(run === undefined ? [] : [{ text: "workflow run", url: run }]),
  ];
}

/** Why the run failed: the error, and the end of the log of each derivation that failed. */
function composeFailure(report: Report): Section | undefined {
  const { error } = report;
  if (error === null) return undefined;
  const code = ERROR_CODES.find((known) => known === error.code);
  const blocks: Text[] = [
    {
      kind: "text",
      title: clip(error.code),
      text: error.message,
      ...(code !== undefined && { url: explainUrl(code) }),
    },
    ...(error.hint === null ? [] : [{ kind: "text" as const, title: "What to do", text: error.hint }]),
    ...findFailedBuilds(report).map(({ name, place, drvPath, log }) => ({
      kind: "text" as const,
      title: `Last lines of ${clip(name)} on ${clip(renderPlace(place))}`,
      text: [...log, "", `The whole log, there: nix log ${drvPath}`].join("\n"),
    })),
  ];
  return { title: report.outcome === "cancelled" ? "What was cancelled" : "What failed", blocks };
}

function composeAnswers(report: Report): Answers {
  const items = [
    { question: "What was built where?", answer: describeBuilds(report) },
    { question: "What took longest, and why?", answer: describeTime(report) },
    { question: "What did caches save?", answer: describeCaches(report) },
    { question: "What failed?", answer: describeFailures(report) },
  ];
  return {
    kind: "answers",
    items: items.map(({ question, answer }) => ({ question, answer: clip(answer) })),
  };
}

function describeBuilds({ builds }: Report): string {
  const built = builds.filter(({ outcome }) => outcome === "built");
  if (built.length === 0) return "Nothing was built.";
  const places = [...Map.groupBy(built, ({ place }) => place)]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([place, own]) => `${own.length} on ${renderPlace(place)}`);
  return `${countOf(built.length, "derivation")}: ${places.join(", ")}.`;
}

function describeTime({ builds, phases, history }: Report): string {
  const path = findCriticalPath(builds);
  const [longest] = phases.toSorted((a, b) => b.durationMs - a.durationMs);
  const [slowest] = path.toSorted((a, b) => b.durationMs - a.durationMs);
  const sentences: string[] = [];
  if (longest !== undefined) {
    sentences.push(`Longest phase: ${longest.name}, ${renderDuration(longest.durationMs)}.`);
  }
  if (slowest !== undefined) {
    const place = renderPlace(slowest.place);
    const duration = renderDuration(slowest.durationMs);
    sentences.push(`Slowest build on the critical path: ${slowest.name} on ${place}, ${duration}.`);
  }
  if (path.length > 1) {
    const buildMs = path.reduce((sum, { durationMs }) => sum + durationMs, 0);
    const waits = findWaits(builds);
    const onPath = new Set(path);
    const waitMs = builds.reduce(
      (sum, build, index) => sum + (onPath.has(build) ? (waits[index] ?? 0) : 0),
      0,
    );
    sentences.push(
      `The ${path.length} builds of that path took ${renderDuration(buildMs)}, and waited ` +
        `${renderDuration(waitMs)} in between, for a free slot or for their inputs.`,
    );
  }
  const slower = (history?.targets ?? []).flatMap((target) => target.slower);
  for (const { name, durationMs, medianMs } of slower.filter(({ isConfirmed }) => isConfirmed)) {
    const [now, before] = [renderDuration(durationMs), renderDuration(medianMs)];
    sentences.push(`${name} became slower: ${now}, and ${before} before.`);
  }
  return sentences.length === 0 ? "The run ended before its first phase." : sentences.join(" ");
}

function describeCaches({ attempts, builds, substitutions, caches }: Report): string {
  const fetched = substitutions.filter(({ outcome }) => outcome === "substituted");
  const built = builds.filter(({ outcome }) => outcome === "built");
  const needed = fetched.length + built.length;
  if (needed === 0) {
    return attempts.length === 0
      ? "The run did not get to a build."
      : "Nothing had to be fetched or built: everything was here already.";
  }
  const failed = substitutions.length - fetched.length;
  const sources = new Set(fetched.map(({ from }) => from)).size;
  const share = Math.round((fetched.length / needed) * 100);
  const rates = caches.flatMap(({ uri, hitRate }) =>
    hitRate === null ? [] : `${uri} ${Math.round(hitRate * 100)} %`,
  );
  const hits = rates.length === 0 ? "" : ` Hit rate of the run's own caches: ${rates.join(", ")}.`;
  const from = sources === 0 ? "" : `, from ${countOf(sources, "source")}`;
  return (
    `${fetched.length} of ${countOf(needed, "store path")} did not have to be built (${share} %)${from}` +
    `${failed === 0 ? "" : `; ${countOf(failed, "attempt")} to fetch a path failed`}.${hits}`
  );
}

function describeFailures(report: Report): string {
  const { builds, builders, smokeTests, audits, error } = report;
  const names = findFailedBuilds(report).map(({ name }) => name);
  const shown = names.slice(0, SHOWN_FAILURES).join(", ");
  const retried = builds.filter(({ outcome }) => outcome !== "built").length - names.length;
  const dropped = builders.filter(({ state }) => state === "dropped").map(({ uri }) => renderPlace(uri));
  const checks = smokeTests.flatMap(({ checks: all }) => all).filter(({ outcome }) => outcome === "failed");
  const foreign = audits.reduce((sum, audit) => sum + audit.foreign.length, 0);
  const parts = [
    ...(error === null ? [] : [error.code]),
    ...(names.length === 0 ? [] : [`${countOf(names.length, "build")} failed: ${shown}`]),
    ...(retried <= 0 ? [] : [`${countOf(retried, "build")} stopped, or built by another attempt`]),
    ...(dropped.length === 0 ? [] : [`builders not used: ${dropped.join(", ")}`]),
    ...(checks.length === 0 ? [] : [`${countOf(checks.length, "smoke check")} failed`]),
    ...(foreign === 0 ? [] : [`${countOf(foreign, "file")} for another CPU in the image`]),
  ];
  if (parts.length === 0) return "Nothing.";
  return `${error === null ? "The run succeeded all the same; " : ""}${parts.join("; ")}.`;
}

function composeTargets(report: Report): readonly Block[] {
  const rows = listTargets(report).map((result) => [
    ...[result.target, withoutMark(result.result), result.strategy, result.size],
    ...[result.time, result.share, withoutMark(result.smoke)],
  ]);
  const head = ["System", "Result", "Strategy", "Size", "Time", "From caches", "Smoke test"];
  const pull = findPull(report);
  return [
    ...(rows.length === 0 ? [] : [table("Results by system", head, rows)]),
    ...(pull === undefined ? [] : [{ kind: "text" as const, title: "The image", text: pull }]),
  ];
}

/** Without the colored mark of the job summary, which not every system has a letter for. */
function withoutMark(text: string): string {
  return text.replace(/^[✅❌⚪] /u, "");
}

/** The timeline, and the critical path as a table. */
function composeTime(report: Report): Section | undefined {
  const timeline = composeTimeline(report);
  if (timeline === undefined) return undefined;
  const { builds } = report;
  const waits = new Map(findWaits(builds).map((wait, index) => [builds[index], wait]));
  const path = findCriticalPath(builds);
  const rows = path.map((build) => [
    build.name,
    renderPlace(build.place),
    time(waits.get(build)),
    time(build.durationMs),
  ]);
  const critical = table("Critical path", ["Derivation", "Where", "#Waited first", "=Time"], rows);
  return {
    title: "Time",
    note:
      "The critical path is the chain of dependencies that decided how long the builds took. Between two " +
      "of its builds, a line shows the wait for a free slot, or for inputs to be copied.",
    blocks: [timeline, ...(path.length === 0 ? [] : [critical])],
  };
}

/** The layers of the image by size, and in each of them the largest paths. */
function composeImage({ layers, image, audits }: Report): Section | undefined {
  if (layers.length === 0) return undefined;
  const maps = [...Map.groupBy(layers, ({ target }) => target)].map(([target, own]): Treemap => {
    const paths = audits.find((audit) => audit.target === target)?.largestPaths ?? [];
    const size = renderMebibytes(own.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    return {
      kind: "treemap",
      label: `${clip(target)}: ${countOf(own.length, "layer")}, ${size}. See the table "${LAYERS_TABLE}".`,
      tiles: own.map(({ digest, sizeBytes, state }, index) => ({
        name: digest.slice(0, "sha256:".length + 12),
        size: renderMebibytes(sizeBytes),
        sizeBytes,
        look: state === "sent" ? "sent" : "reused",
        parts: paths
          .filter(({ layer }) => layer === index)
          .map(({ path, sizeBytes: bytes }) => ({
            ...{ name: clip(path), size: renderMebibytes(bytes), sizeBytes: bytes },
          })),
      })),
    };
  });
  const tags = image === null || image.tags.length === 0 ? "" : ` Tags: ${image.tags.join(", ")}.`;
  return {
    title: "Image",
    note: clip(
      `Each tile is a layer, as large as the layer is when compressed. Lines divide it among its largest ` +
        `paths, by their unpacked sizes.${tags}`,
    ),
    blocks: maps,
  };
}
