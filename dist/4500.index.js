export const id = 4500;
export const ids = [4500];
export const modules = {

/***/ 24200:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   A: () => (/* binding */ findCriticalPath),
/* harmony export */   Z: () => (/* binding */ renderGantt)
/* harmony export */ });
/* harmony import */ var _model_count_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(47302);

/** More rows would be too small to read. */
const SHOWN_BUILDS = 40;
const NAME_CHARACTERS = 40;
const MARKS = { built: "✓", failed: "✗", interrupted: "–" };
/** When a build ended, in milliseconds since the epoch. */
function endOf({ startedAt, durationMs }) {
    return Date.parse(startedAt) + durationMs;
}
/**
 * The builds that decided how long everything took: the one that ended last, then of those that it depends on
 * the one that ended last, and so on. In the order in which they ran.
 */
function findCriticalPath(builds) {
    // Of several attempts to build a derivation, its dependents waited for the last one.
    const byDrv = new Map();
    for (const build of builds) {
        const known = byDrv.get(build.drvPath);
        if (known === undefined || endOf(known) < endOf(build))
            byDrv.set(build.drvPath, build);
    }
    const path = [];
    let candidates = builds;
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
/**
 * The builds as a Gantt chart of Mermaid, by machine, with the critical path marked. Of many builds it has
 * the critical path and the slowest others. Times are those of the reader's time zone.
 * @see https://mermaid.js.org/syntax/gantt.html
 */
function renderGantt(builds) {
    const critical = new Set(findCriticalPath(builds));
    const byTime = (a, b) => b.durationMs - a.durationMs;
    const kept = new Set([
        ...[...critical].toSorted(byTime),
        ...builds.filter((build) => !critical.has(build)).toSorted(byTime),
    ].slice(0, SHOWN_BUILDS));
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
function renderTask(build, isCritical) {
    const { name, outcome, durationMs, startedAt } = build;
    const start = Date.parse(startedAt);
    // The mark comes first, since Mermaid takes a name such as "gantt" or "2026-01-01" for its own syntax.
    const label = `${MARKS[outcome]} ${toSafeText(name)} (${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_0__/* .renderDuration */ .PP)(durationMs)})`;
    return `${label} :${isCritical ? "crit, " : ""}${start}, ${start + Math.max(1, Math.round(durationMs))}`;
}
/** The host of a builder's store URI, and its port. In the title of a section, Mermaid allows a colon. */
function renderMachine(place) {
    if (place === "local")
        return "this machine";
    return place
        .replace(/^ssh(?:-ng)?:\/\//, "")
        .split(":")
        .map(toSafeText)
        .join(":");
}
/** Leaves only characters that mean nothing to Mermaid and HTML, and that Nix allows in names. */
function toSafeText(text) {
    const safe = text.replace(/[^A-Za-z0-9+._?=/@-]/g, "_") || "_";
    return safe.length <= NAME_CHARACTERS ? safe : `${safe.slice(0, NAME_CHARACTERS)}…`;
}


/***/ }),

/***/ 54285:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   FV: () => (/* binding */ escapeMarkdown),
/* harmony export */   Ij: () => (/* binding */ renderMarkdownTable),
/* harmony export */   PL: () => (/* binding */ renderDetails),
/* harmony export */   Q: () => (/* binding */ renderFence),
/* harmony export */   bo: () => (/* binding */ renderTable),
/* harmony export */   cR: () => (/* binding */ renderCode),
/* harmony export */   q3: () => (/* binding */ renderPre)
/* harmony export */ });
/** The end of a log that is shown; the report has all that is kept. */
const MAX_LOG_CHARACTERS = 20_000;
/** A section that can be folded. `title` is HTML, and `body` Markdown. */
function renderDetails(title, body, isOpen = false) {
    return `<details${isOpen ? " open" : ""}><summary>${title}</summary>\n\n${body}\n\n</details>`;
}
/** A code block, which GitHub shows with a button to copy it. The text cannot end it. */
function renderFence(text, language = "") {
    const runs = text.match(/`+/g) ?? [];
    const fence = "`".repeat(Math.max(3, ...runs.map(({ length }) => length + 1)));
    return `${fence}${language}\n${text}\n${fence}`;
}
/** Renders the end of a text with its lines and its alignment. */
function renderPre(lines) {
    const text = escapeMarkup(lines.join("\n").slice(-MAX_LOG_CHARACTERS));
    return `<pre>${text.replaceAll("\n", "&#10;")}</pre>`;
}
/** A table of text from outside. A column whose title begins with a `?` is left out if it is empty. */
function renderTable(head, rows) {
    const isShown = (title, index) => !title.startsWith("?") || rows.some((row) => row[index] !== "");
    const shown = head.map(isShown);
    return renderMarkdownTable(head.filter((_, index) => shown[index]).map((title) => title.replace(/^\?/, "")), rows.map((row) => row.filter((_, index) => shown[index]).map(escapeMarkdown)));
}
/** A table whose cells are Markdown on one line. */
function renderMarkdownTable(head, rows) {
    const lines = [head.map(escapeMarkdown), head.map(() => "---"), ...rows];
    return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
/** Escapes at most 1,000 characters for Markdown and HTML, on one line. */
function escapeMarkdown(text) {
    return escapeMarkup(text.slice(0, 1_000)).replace(/\s+/g, " ");
}
/** A name from outside as code. Markdown is also read between tags, so the text is escaped for it too. */
function renderCode(text) {
    return `<code>${escapeMarkdown(text)}</code>`;
}
function escapeMarkup(text) {
    return escapeHtml(text).replace(/[\\`*_{}[\]()#|~@!:]/g, (character) => `&#${character.charCodeAt(0)};`);
}
function escapeHtml(text) {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}


/***/ }),

/***/ 98940:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   SP: () => (/* binding */ findFailedBuilds),
/* harmony export */   TC: () => (/* binding */ findSource),
/* harmony export */   VT: () => (/* binding */ RESULT_HEAD),
/* harmony export */   nJ: () => (/* binding */ listTargets),
/* harmony export */   pM: () => (/* binding */ findPull)
/* harmony export */ });
/* harmony import */ var _model_count_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(47302);

/** The columns of the cells in `TargetResult`. */
const RESULT_HEAD = ["system", "result", "strategy", "size", "time", "from caches", "smoke test"];
/** The results of all targets that the run got to. */
function listTargets(report) {
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
function findSource({ commit, runUrl }) {
    const page = /^(https?:\/\/[\w.:-]+\/[\w.-]+\/[\w.-]+)\/actions\/runs\/\d+(?:\/attempts\/\d+)?$/;
    const [run, repository] = page.exec(runUrl ?? "") ?? [];
    if (run === undefined || repository === undefined)
        return {};
    const isCommit = commit !== null && /^[0-9a-f]{40,64}$/.test(commit);
    if (!isCommit)
        return { run };
    return { commit: { name: commit.slice(0, 7), url: `${repository}/commit/${commit}` }, run };
}
/** The command that gets the image. Engines cannot pull from an OCI layout, so that gives only its name. */
function findPull({ image }) {
    if (image?.digest == null)
        return undefined;
    const name = `${image.reference}@${image.digest}`.replace(/\s+/g, " ");
    return image.reference.startsWith("oci:") ? name : `docker pull ${name}`;
}
/** The builds that failed, each derivation once, and none that another attempt built. */
function findFailedBuilds({ builds }) {
    const built = new Set(builds.flatMap(({ drvPath, outcome }) => (outcome === "built" ? [drvPath] : [])));
    const failed = builds.filter(({ drvPath, outcome }) => outcome === "failed" && !built.has(drvPath));
    return [...new Map(failed.map((build) => [build.drvPath, build])).values()];
}
function renderResult(report, target) {
    const { attempts, audits, smokeTests, image, promotion } = report;
    const last = attempts.findLast((attempt) => attempt.target === target);
    if (last?.outcome === "failed")
        return last.code === "CANCELLED" ? "⚪ cancelled" : "❌ build failed";
    if (audits.some((audit) => audit.target === target && audit.foreign.length > 0))
        return "❌ audit failed";
    if (smokeTests.some((smoke) => smoke.target === target && smoke.outcome === "failed"))
        return "❌ smoke test failed";
    if (promotion?.state === "promoted" || promotion?.state === "unchanged")
        return `✅ ${promotion.state}`;
    if (last === undefined && report.plans.some((plan) => plan.target === target))
        return "⚪ not built";
    if (report.outcome !== "success")
        return "⚪ not finished";
    if (smokeTests.some((smoke) => smoke.target === target))
        return "✅ tested";
    return image?.digest == null ? "✅ built" : "✅ pushed";
}
/** The strategy that built it, or the planned one. */
function strategyOf({ attempts, plans }, target) {
    const of = (items) => items.findLast((item) => item.target === target);
    return of(attempts)?.strategy ?? of(plans)?.strategy ?? "";
}
function renderSize({ image }, target) {
    const platform = image?.platforms.find((known) => known.target === target);
    if (platform === undefined)
        return "";
    const { sizeBytes, previousSizeBytes } = platform;
    if (previousSizeBytes === null)
        return (0,_model_count_js__WEBPACK_IMPORTED_MODULE_0__/* .renderMebibytes */ .BW)(sizeBytes);
    const change = sizeBytes - previousSizeBytes;
    if (change === 0)
        return `${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_0__/* .renderMebibytes */ .BW)(sizeBytes)} (as before)`;
    return `${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_0__/* .renderMebibytes */ .BW)(sizeBytes)} (${change > 0 ? "+" : "−"}${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_0__/* .renderMebibytes */ .BW)(Math.abs(change))})`;
}
function renderTime({ attempts }, target) {
    const own = attempts.filter((attempt) => attempt.target === target);
    return own.length === 0 ? "" : (0,_model_count_js__WEBPACK_IMPORTED_MODULE_0__/* .renderDuration */ .PP)(own.reduce((sum, { durationMs }) => sum + durationMs, 0));
}
/** The share of the paths that caches had, of those that had to be there and were not yet. */
function renderShare({ builds, substitutions }, target) {
    const fetched = substitutions.filter((item) => item.target === target && item.outcome === "substituted");
    const built = builds.filter((item) => item.target === target && item.outcome === "built");
    const needed = fetched.length + built.length;
    return needed === 0 ? "" : `${fetched.length} of ${needed}`;
}
function renderSmokeResult({ smokeTests }, target) {
    const smoke = smokeTests.find((known) => known.target === target);
    if (smoke === undefined)
        return "";
    const passed = smoke.checks.filter(({ outcome }) => outcome === "passed").length;
    const emulated = smoke.isEmulated ? ", emulated" : "";
    return `${smoke.outcome === "passed" ? "✅" : "❌"} ${passed} of ${smoke.checks.length}${emulated}`;
}


/***/ }),

/***/ 77159:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  K: () => (/* binding */ renderDiagnoses),
  B: () => (/* binding */ renderSummary)
});

// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/model/count.ts
var count = __webpack_require__(47302);
// EXTERNAL MODULE: ./src/report/gantt.ts
var gantt = __webpack_require__(24200);
// EXTERNAL MODULE: ./src/model/image.ts
var model_image = __webpack_require__(71444);
// EXTERNAL MODULE: ./src/report/markdown.ts
var markdown = __webpack_require__(54285);
;// CONCATENATED MODULE: ./src/report/folded.ts



const SHOWN_ROWS = 10;
/** The sections of the job summary that are folded: why and how everything was done. */
function renderFolded(report) {
    const details = (title, body, isOpen = false) => body === "" ? "" : (0,markdown/* renderDetails */.PL)(title, body, isOpen);
    return [
        details("Plan, with reasons", report.plans.map(renderPlan).join("\n\n")),
        details("Attempts", renderAttempts(report)),
        details(titleOfBuilders(report), renderBuilders(report)),
        details(titleOfBuilds(report), renderBuilds(report)),
        details("Cache, by source", renderCaches(report)),
        details(titleOfLayers(report), renderLayers(report)),
        details("Largest paths in the image", renderLargestPaths(report)),
        ...report.audits.map((audit) => details(titleOfAudit(audit), renderAudit(audit))),
        ...report.smokeTests.map((smoke) => details(titleOfSmoke(smoke), renderSmoke(smoke), smoke.outcome === "failed")),
        details("Phases", renderPhases(report)),
        ...(report.history?.targets ?? []).map((target) => details(titleOfHistory(target), renderHistory(target), target.slower.some(({ isConfirmed }) => isConfirmed))),
    ];
}
function renderPlan(plan) {
    const rows = plan.verdicts.map(({ strategy, verdict, reason }) => [strategy, verdict, reason]);
    const table = (0,markdown/* renderTable */.bo)(["strategy", "", "why"], rows);
    return `**${(0,markdown/* escapeMarkdown */.FV)(plan.target)}: ${plan.strategy}**\n\n${table}`;
}
/** The attempts to build, if any target took more than one. */
function renderAttempts({ attempts }) {
    const targets = new Set(attempts.map(({ target }) => target));
    if (attempts.length <= targets.size)
        return "";
    const rows = attempts.map(({ target, strategy, mode, durationMs, outcome, message, reason }) => [
        target,
        mode === "local" || mode === "emulated" ? strategy : `${strategy}, ${mode}`,
        outcome,
        (0,count/* renderDuration */.PP)(durationMs),
        message ?? reason,
    ]);
    return (0,markdown/* renderTable */.bo)(["target", "strategy", "", "time", "why"], rows);
}
function titleOfBuilders({ builders }) {
    const states = ["ready", "degraded", "dropped"].flatMap((state) => {
        const { length } = builders.filter((builder) => builder.state === state);
        return length === 0 ? [] : [`${length} ${state}`];
    });
    return `Builders: ${states.join(", ")}`;
}
function renderBuilders({ builders, builderChanges }) {
    if (builders.length === 0)
        return "";
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
    const table = (0,markdown/* renderTable */.bo)(["builder", "state", "systems", "Nix", "slots", ...used, "why"], rows);
    const changes = builderChanges.map(({ uri, at, state, reason }) => [at, uri, state, reason]);
    const history = changes.length === 0
        ? ""
        : `\n\nChanges during the run:\n\n${(0,markdown/* renderTable */.bo)(["when", "builder", "state", "why"], changes)}`;
    return `${table}${history}`;
}
/** The cells for its builds, how long they took together, their CPU time, and what went over connections. */
function renderBuilderUse(use) {
    const { builds, busyMs, cpuMs, sentBytes, receivedBytes } = use;
    if (builds === 0)
        return ["", "", "", ""];
    const isKnown = sentBytes !== null && receivedBytes !== null;
    return [
        String(builds),
        (0,count/* renderDuration */.PP)(busyMs),
        cpuMs === null ? "" : (0,count/* renderDuration */.PP)(cpuMs),
        isKnown ? `${(0,count/* renderMebibytes */.BW)(sentBytes)}, ${(0,count/* renderMebibytes */.BW)(receivedBytes)}` : "",
    ];
}
function titleOfBuilds({ builds, substitutions }) {
    const countEnds = (end) => builds.filter(({ outcome }) => outcome === end).length;
    const others = ["failed", "interrupted"].filter((end) => countEnds(end) > 0);
    const paths = substitutions.filter(({ outcome }) => outcome === "substituted").length;
    return [
        `${(0,count/* countOf */.pq)(countEnds("built"), "derivation")} built`,
        ...others.map((end) => `${countEnds(end)} ${end}`),
        `${(0,count/* countOf */.pq)(paths, "path")} substituted`,
    ].join(", ");
}
function renderBuilds({ builds }) {
    if (builds.length === 0)
        return "";
    const slowest = builds.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, SHOWN_ROWS);
    const rows = slowest.map(({ name, place, durationMs, outcome, use }) => [
        name,
        place,
        (0,count/* renderDuration */.PP)(durationMs),
        use.cpuMs === null ? "" : (0,count/* renderDuration */.PP)(use.cpuMs),
        use.peakMemoryBytes === null ? "" : (0,count/* renderMebibytes */.BW)(use.peakMemoryBytes),
        outcome,
    ]);
    const more = builds.length > SHOWN_ROWS ? `\n\nThe slowest ${SHOWN_ROWS} are shown.` : "";
    return `${(0,markdown/* renderTable */.bo)(["derivation", "where", "time", "?CPU time", "?memory", ""], rows)}${more}`;
}
function renderCaches({ caches, substituters, substitutions }) {
    const lines = substituters
        .filter(({ state }) => state === "dropped")
        .map(({ uri, reason }) => `Not asked: ${(0,markdown/* renderCode */.cR)(uri)} ${(0,markdown/* escapeMarkdown */.FV)(reason)}.`);
    const sources = [...Map.groupBy(substitutions, ({ from }) => from)].map(([from, own]) => [
        from,
        String(own.filter(({ outcome }) => outcome === "substituted").length),
        String(own.filter(({ outcome }) => outcome === "failed").length),
        (0,count/* renderDuration */.PP)(own.reduce((sum, { durationMs }) => sum + durationMs, 0)),
    ]);
    const head = ["source", "paths", "failed", "time, added up"];
    if (sources.length > 0)
        lines.push((0,markdown/* renderTable */.bo)(head, sources.slice(0, SHOWN_ROWS)));
    for (const cache of caches)
        lines.push(...renderOwnCache(cache));
    return lines.join("\n\n");
}
function renderOwnCache({ uri, reason, restored, saved, ...cache }) {
    const rate = cache.hitRate === null ? "" : `, hit rate ${Math.round(cache.hitRate * 100)} %`;
    const trust = cache.isTrustedByLocation ? ", read without signatures because its location is trusted" : "";
    const left = cache.pathsLeft === 0 ? "" : `, ${cache.pathsLeft} left`;
    const lines = [
        `Binary cache ${(0,markdown/* renderCode */.cR)(uri)}: ${(0,count/* countOf */.pq)(cache.pathsPushed, "path")} pushed, ` +
            `${cache.pathsPresent} already present${left}${rate}${trust} (${(0,markdown/* escapeMarkdown */.FV)(reason)}).`,
    ];
    if (restored !== null) {
        const entries = (0,count/* countOf */.pq)(restored.entries, "entry", "entries");
        const what = `${(0,count/* countOf */.pq)(restored.paths, "path")} from ${entries}, ${(0,count/* renderMebibytes */.BW)(restored.bytes)}`;
        lines.push(`Restored: ${restored.state === "restored" ? what : "nothing"} (${(0,markdown/* escapeMarkdown */.FV)(restored.reason)}).`);
    }
    if (saved !== null)
        lines.push(`Saved: a ${saved.kind}, ${(0,count/* renderMebibytes */.BW)(saved.bytes)}, as ${(0,markdown/* renderCode */.cR)(saved.key)}.`);
    return lines;
}
function titleOfLayers({ layers }) {
    const sent = layers.filter(({ state }) => state === "sent");
    const bytes = sent.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return `Layers: ${sent.length} sent (${(0,count/* renderMebibytes */.BW)(bytes)}), ${(0,model_image/* renderUnsent */.Oe)(layers)}`;
}
function renderLayers({ layers }) {
    if (layers.length === 0)
        return "";
    const largest = layers.toSorted((a, b) => b.sizeBytes - a.sizeBytes).slice(0, SHOWN_ROWS);
    const rows = largest.map(({ target, digest, sizeBytes, state }) => [
        target,
        digest.slice(0, "sha256:".length + 12),
        (0,count/* renderMebibytes */.BW)(sizeBytes),
        state,
    ]);
    const more = layers.length > SHOWN_ROWS ? `\n\nThe largest ${SHOWN_ROWS} are shown.` : "";
    return `${(0,markdown/* renderTable */.bo)(["system", "layer", "size", ""], rows)}${more}`;
}
function renderLargestPaths({ audits }) {
    const rows = audits.flatMap(({ target, largestPaths }) => largestPaths
        .slice(0, SHOWN_ROWS)
        .map(({ path, sizeBytes, layer }) => [target, path, String(layer), (0,count/* renderMebibytes */.BW)(sizeBytes)]));
    return rows.length === 0 ? "" : (0,markdown/* renderTable */.bo)(["system", "path", "layer", "size, unpacked"], rows);
}
/** Has the findings, so that they are seen without opening the section. */
function titleOfAudit(audit) {
    const findings = [
        ...(audit.foreign.length > 0 ? [`${audit.foreign.length} for another CPU`] : []),
        ...(audit.missingLibraries.length > 0
            ? [(0,count/* countOf */.pq)(audit.missingLibraries.length, "missing library", "missing libraries")]
            : []),
        ...(audit.orphanedScripts.length > 0
            ? [(0,count/* countOf */.pq)(audit.orphanedScripts.length, "script") + " without interpreter"]
            : []),
    ];
    const found = findings.length === 0 ? "nothing found" : findings.join(", ");
    return `Audit of ${(0,markdown/* escapeMarkdown */.FV)(audit.target)}: ${found}`;
}
function renderAudit(audit) {
    const summary = `${(0,count/* countOf */.pq)(audit.elfFiles, "ELF file")} among ${(0,count/* countOf */.pq)(audit.filesRead, "file")}: ` +
        `${audit.foreign.length} for another CPU, ${audit.allowed.length} allowed.`;
    const { foreign, multiCpuArchives, orphanedScripts, missingLibraries, unreadableArchives } = audit;
    const foreignRows = foreign.map(({ path, machine, layer }) => [path, machine, String(layer)]);
    const tables = [
        renderFindings("", ["file", "CPU", "layer"], foreignRows),
        renderFindings(`${(0,count/* countOf */.pq)(multiCpuArchives.length, "archive")} with libraries for several CPUs, which is fine:`, ["archive", "other CPUs", "libraries for the target"], multiCpuArchives.map(({ path, machines, ownIn }) => [path, machines.join(", "), ownIn])),
        renderFindings(`${(0,count/* countOf */.pq)(orphanedScripts.length, "script")} whose interpreter is not in the image:`, ["script", "interpreter"], orphanedScripts.map(({ path, interpreter }) => [path, interpreter])),
        renderFindings(`${(0,count/* countOf */.pq)(missingLibraries.length, "library", "libraries")} that the image lacks:`, ["file", "needs", "store path"], missingLibraries.map(({ path, needs, storePath }) => [path, needs, storePath ?? ""])),
        renderFindings(`${(0,count/* countOf */.pq)(unreadableArchives.length, "archive")} that the audit cannot read:`, ["archive", "reason"], unreadableArchives.map(({ path, reason }) => [path, reason])),
    ];
    return [summary, ...tables.filter((table) => table !== "")].join("\n\n");
}
/** A table of the first rows below a title; empty if there are none. */
function renderFindings(title, head, rows) {
    if (rows.length === 0)
        return "";
    const table = (0,markdown/* renderTable */.bo)(head, rows.slice(0, SHOWN_ROWS));
    return title === "" ? table : `${title}\n\n${table}`;
}
function titleOfSmoke({ target, outcome, runtime, isEmulated }) {
    const emulated = isEmulated ? ", emulated" : "";
    return `Smoke test of ${(0,markdown/* escapeMarkdown */.FV)(target)}: ${outcome} (${(0,markdown/* escapeMarkdown */.FV)(runtime)}${emulated})`;
}
function renderSmoke(smoke) {
    const rows = smoke.checks.map(({ name, outcome, durationMs, detail }) => [
        name,
        outcome,
        (0,count/* renderDuration */.PP)(durationMs),
        detail,
    ]);
    const log = smoke.containerLog === ""
        ? ""
        : "\n\n" + (0,markdown/* renderDetails */.PL)("Container log", (0,markdown/* renderPre */.q3)([smoke.containerLog]), smoke.outcome === "failed");
    return `${(0,markdown/* renderTable */.bo)(["check", "", "time", "seen"], rows)}${log}`;
}
function renderPhases({ phases }) {
    const rows = phases.map(({ name, durationMs: phaseMs, outcome, machine, disks }) => [
        name,
        (0,count/* renderDuration */.PP)(phaseMs),
        outcome,
        ...renderMachine(machine),
        disks.map(renderDisk).join(", "),
    ]);
    if (rows.length === 0)
        return "";
    const head = ["phase", "time", "", "CPU time", "memory", "received, sent", "disk"];
    const note = "What this machine used, whoever used it; memory and disk at their peak.";
    return `${(0,markdown/* renderTable */.bo)(head, rows)}\n\n${note}`;
}
/** The cells for CPU time, memory and network. */
function renderMachine(machine) {
    if (machine === null)
        return ["", "", ""];
    const { cpuMs, peakMemoryBytes, receivedBytes, sentBytes } = machine;
    const traffic = `${(0,count/* renderMebibytes */.BW)(receivedBytes)}, ${(0,count/* renderMebibytes */.BW)(sentBytes)}`;
    return [(0,count/* renderDuration */.PP)(cpuMs), (0,count/* renderMebibytes */.BW)(peakMemoryBytes), traffic];
}
function renderDisk({ folder, usedBytes, freeBytes }) {
    return `${folder}: ${(0,count/* renderMebibytes */.BW)(usedBytes)} more, ${(0,count/* renderMebibytes */.BW)(freeBytes)} left`;
}
/** Has the derivations that became slower, so that they are seen without opening the section. */
function titleOfHistory({ target, runs, slower }) {
    const names = slower.filter(({ isConfirmed }) => isConfirmed).map(({ name }) => (0,markdown/* renderCode */.cR)(name));
    const found = names.length === 0 ? "" : `: slower ${names.slice(0, SHOWN_ROWS).join(", ")}`;
    return `Times of ${(0,markdown/* escapeMarkdown */.FV)(target)} against the last ${(0,count/* countOf */.pq)(runs, "run")}${found}`;
}
function renderHistory({ times, slower }) {
    const rows = times.map(({ name, durationMs, medianMs }) => [
        name,
        (0,count/* renderDuration */.PP)(durationMs),
        (0,count/* renderDuration */.PP)(medianMs),
        (0,count/* renderChange */.vN)(durationMs, medianMs),
    ]);
    const slowerRows = slower.map(({ name, durationMs, medianMs, builds, isConfirmed }) => [
        name,
        (0,count/* renderDuration */.PP)(durationMs),
        `${(0,count/* renderDuration */.PP)(medianMs)} (${builds})`,
        isConfirmed ? "in the build before, too" : "for the first time",
    ]);
    const tables = [
        renderFindings("", ["", "this run", "median", "change"], rows),
        renderFindings("Slower derivations:", ["derivation", "this run", "median (builds)", "slower"], slowerRows),
    ];
    return tables.filter((text) => text !== "").join("\n\n");
}

// EXTERNAL MODULE: ./src/report/results.ts
var results = __webpack_require__(98940);
;// CONCATENATED MODULE: ./src/report/summary.ts






const SHOWN_FAILURES = 5;
/** GitHub shows no summary of a step that is longer than 1 MiB. What is left is for the note. */
const MAX_BYTES = 1_000_000;
/**
 * Renders the report as Markdown for the job summary: what came out and why it failed, a chart of the builds,
 * and everything else folded. Escapes text from outside, so it cannot add markup.
 */
function renderSummary(report) {
    const sections = [
        renderHeadline(report),
        renderTargets(report),
        renderError(report),
        renderFailedBuilds(report),
        renderTimeline(report),
        ...renderFolded(report),
    ];
    return joinWithin(sections.filter((section) => section !== ""), MAX_BYTES);
}
/** Joins sections in their order, without those that would make the text longer than `maxBytes`. */
function joinWithin(sections, maxBytes) {
    const separator = "\n\n";
    let left = maxBytes;
    const parts = sections.filter((section) => {
        const bytes = Buffer.byteLength(section) + separator.length;
        if (bytes > left)
            return false;
        left -= bytes;
        return true;
    });
    const omitted = sections.length - parts.length;
    const note = `${(0,count/* countOf */.pq)(omitted, "section")} left out: too long for a summary. The report has everything.`;
    return [...parts, ...(omitted === 0 ? [] : [note])].join(separator).concat("\n");
}
/** Renders the findings of the doctor as a table. */
function renderDiagnoses(diagnoses) {
    const rows = diagnoses.map(({ part, name, state, detail, hint = "" }) => [part, name, state, detail, hint]);
    return (0,markdown/* renderTable */.bo)(["part", "name", "", "found", "what to do"], rows);
}
const OUTCOME_MARKS = {
    success: "✅",
    failure: "❌",
    cancelled: "⚪",
};
function renderHeadline(report) {
    const { outcome, smokeTests, durationMs, promotion, image } = report;
    const emulated = smokeTests.some(({ isEmulated }) => isEmulated) ? " (smoke test emulated)" : "";
    const lines = [`## ${OUTCOME_MARKS[outcome]} cross-build: ${outcome}${emulated}`];
    const tags = image === null || image.tags.length === 0 ? "" : ` ${image.tags.map(markdown/* renderCode */.cR).join(", ")}`;
    const facts = [`In ${(0,count/* renderDuration */.PP)(durationMs)}`, ...renderSource(report)];
    if (promotion !== null)
        facts.push(`tags ${promotion.state}${tags} (${(0,markdown/* escapeMarkdown */.FV)(promotion.reason)})`);
    lines.push(`${facts.join(" · ")}.`);
    return lines.join("\n\n");
}
/** Links to the commit and the run. */
function renderSource(report) {
    const { commit, run } = (0,results/* findSource */.TC)(report);
    return [
        ...(commit === undefined ? [] : [`commit [${commit.name}](${commit.url})`]),
        ...(run === undefined ? [] : [`[run](${run})`]),
    ];
}
/** One row for each system, and how to get the image. */
function renderTargets(report) {
    const rows = (0,results/* listTargets */.nJ)(report).map(({ target, strategy, ...cells }) => [
        (0,markdown/* escapeMarkdown */.FV)(target),
        cells.result,
        (0,markdown/* escapeMarkdown */.FV)(strategy),
        ...[cells.size, cells.time, cells.share, cells.smoke],
    ]);
    const table = rows.length === 0 ? [] : [(0,markdown/* renderMarkdownTable */.Ij)(results/* RESULT_HEAD */.VT, rows)];
    return [...table, ...renderPull(report)].join("\n\n");
}
function renderPull(report) {
    const pull = (0,results/* findPull */.pM)(report);
    if (pull === undefined)
        return [];
    return [(0,markdown/* renderFence */.Q)(pull, pull.startsWith("docker ") ? "sh" : "")];
}
function renderError({ error }) {
    if (error === null)
        return "";
    const [first = "", ...rest] = error.message.split("\n");
    const lines = [`**${(0,markdown/* escapeMarkdown */.FV)(error.code)}** ${(0,markdown/* escapeMarkdown */.FV)(first)}`];
    // Such as the source code in an evaluation error, which has to stay aligned.
    if (rest.length > 0)
        lines.push((0,markdown/* renderPre */.q3)(rest));
    if (error.hint !== null)
        lines.push((0,markdown/* escapeMarkdown */.FV)(error.hint));
    const code = action_error/* ERROR_CODES */.OQ.find((known) => known === error.code);
    if (code !== undefined)
        lines.push(`[What ${(0,markdown/* escapeMarkdown */.FV)(code)} means](${(0,action_error/* explainUrl */.bT)(code)})`);
    return lines.join("\n\n");
}
/** Why derivations failed: the end of their logs, open. */
function renderFailedBuilds(report) {
    const failed = (0,results/* findFailedBuilds */.SP)(report);
    const more = failed.length - SHOWN_FAILURES;
    return [
        ...failed.slice(0, SHOWN_FAILURES).map(renderFailedBuild),
        ...(more <= 0 ? [] : [`${(0,count/* countOf */.pq)(more, "more derivation")} failed; the report lists all.`]),
    ].join("\n\n");
}
function renderFailedBuild({ name, drvPath, place, log }) {
    const where = place === "local" ? "" : ` on ${(0,markdown/* escapeMarkdown */.FV)(place)}`;
    const title = `Last lines of ${(0,markdown/* renderCode */.cR)(name)}${where}`;
    const lines = log.length === 0
        ? `${(0,markdown/* renderCode */.cR)(name)} failed${where} and printed nothing.`
        : `<details open><summary>${title}</summary>\n${(0,markdown/* renderPre */.q3)(log)}\n</details>`;
    return `${lines}\n\nThe whole log${where}: ${(0,markdown/* renderCode */.cR)(`nix log ${drvPath}`)}`;
}
/** A chart of the builds. One build alone needs no chart. */
function renderTimeline({ builds }) {
    if (builds.length < 2)
        return "";
    const { text, omitted } = (0,gantt/* renderGantt */.Z)(builds);
    const more = omitted === 0 ? "" : ` ${(0,count/* countOf */.pq)(omitted, "shorter build")} left out.`;
    const note = `Marked: the critical path, the chain of dependencies that decided how long it took.${more}`;
    return `${(0,markdown/* renderFence */.Q)(text, "mermaid")}\n\n${note}`;
}


/***/ }),

/***/ 1170:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   z: () => (/* binding */ summary)
/* harmony export */ });
/* unused harmony exports SUMMARY_ENV_VAR, SUMMARY_DOCS_URL, markdownSummary */
/* harmony import */ var os__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(70857);
/* harmony import */ var fs__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(79896);
var __awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};


const { access, appendFile, writeFile } = fs__WEBPACK_IMPORTED_MODULE_1__.promises;
const SUMMARY_ENV_VAR = 'GITHUB_STEP_SUMMARY';
const SUMMARY_DOCS_URL = 'https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-job-summary';
class Summary {
    constructor() {
        this._buffer = '';
    }
    /**
     * Finds the summary file path from the environment, rejects if env var is not found or file does not exist
     * Also checks r/w permissions.
     *
     * @returns step summary file path
     */
    filePath() {
        return __awaiter(this, void 0, void 0, function* () {
            if (this._filePath) {
                return this._filePath;
            }
            const pathFromEnv = process.env[SUMMARY_ENV_VAR];
            if (!pathFromEnv) {
                throw new Error(`Unable to find environment variable for $${SUMMARY_ENV_VAR}. Check if your runtime environment supports job summaries.`);
            }
            try {
                yield access(pathFromEnv, fs__WEBPACK_IMPORTED_MODULE_1__.constants.R_OK | fs__WEBPACK_IMPORTED_MODULE_1__.constants.W_OK);
            }
            catch (_a) {
                throw new Error(`Unable to access summary file: '${pathFromEnv}'. Check if the file has correct read/write permissions.`);
            }
            this._filePath = pathFromEnv;
            return this._filePath;
        });
    }
    /**
     * Wraps content in an HTML tag, adding any HTML attributes
     *
     * @param {string} tag HTML tag to wrap
     * @param {string | null} content content within the tag
     * @param {[attribute: string]: string} attrs key-value list of HTML attributes to add
     *
     * @returns {string} content wrapped in HTML element
     */
    wrap(tag, content, attrs = {}) {
        const htmlAttrs = Object.entries(attrs)
            .map(([key, value]) => ` ${key}="${value}"`)
            .join('');
        if (!content) {
            return `<${tag}${htmlAttrs}>`;
        }
        return `<${tag}${htmlAttrs}>${content}</${tag}>`;
    }
    /**
     * Writes text in the buffer to the summary buffer file and empties buffer. Will append by default.
     *
     * @param {SummaryWriteOptions} [options] (optional) options for write operation
     *
     * @returns {Promise<Summary>} summary instance
     */
    write(options) {
        return __awaiter(this, void 0, void 0, function* () {
            const overwrite = !!(options === null || options === void 0 ? void 0 : options.overwrite);
            const filePath = yield this.filePath();
            const writeFunc = overwrite ? writeFile : appendFile;
            yield writeFunc(filePath, this._buffer, { encoding: 'utf8' });
            return this.emptyBuffer();
        });
    }
    /**
     * Clears the summary buffer and wipes the summary file
     *
     * @returns {Summary} summary instance
     */
    clear() {
        return __awaiter(this, void 0, void 0, function* () {
            return this.emptyBuffer().write({ overwrite: true });
        });
    }
    /**
     * Returns the current summary buffer as a string
     *
     * @returns {string} string of summary buffer
     */
    stringify() {
        return this._buffer;
    }
    /**
     * If the summary buffer is empty
     *
     * @returns {boolen} true if the buffer is empty
     */
    isEmptyBuffer() {
        return this._buffer.length === 0;
    }
    /**
     * Resets the summary buffer without writing to summary file
     *
     * @returns {Summary} summary instance
     */
    emptyBuffer() {
        this._buffer = '';
        return this;
    }
    /**
     * Adds raw text to the summary buffer
     *
     * @param {string} text content to add
     * @param {boolean} [addEOL=false] (optional) append an EOL to the raw text (default: false)
     *
     * @returns {Summary} summary instance
     */
    addRaw(text, addEOL = false) {
        this._buffer += text;
        return addEOL ? this.addEOL() : this;
    }
    /**
     * Adds the operating system-specific end-of-line marker to the buffer
     *
     * @returns {Summary} summary instance
     */
    addEOL() {
        return this.addRaw(os__WEBPACK_IMPORTED_MODULE_0__.EOL);
    }
    /**
     * Adds an HTML codeblock to the summary buffer
     *
     * @param {string} code content to render within fenced code block
     * @param {string} lang (optional) language to syntax highlight code
     *
     * @returns {Summary} summary instance
     */
    addCodeBlock(code, lang) {
        const attrs = Object.assign({}, (lang && { lang }));
        const element = this.wrap('pre', this.wrap('code', code), attrs);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML list to the summary buffer
     *
     * @param {string[]} items list of items to render
     * @param {boolean} [ordered=false] (optional) if the rendered list should be ordered or not (default: false)
     *
     * @returns {Summary} summary instance
     */
    addList(items, ordered = false) {
        const tag = ordered ? 'ol' : 'ul';
        const listItems = items.map(item => this.wrap('li', item)).join('');
        const element = this.wrap(tag, listItems);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML table to the summary buffer
     *
     * @param {SummaryTableCell[]} rows table rows
     *
     * @returns {Summary} summary instance
     */
    addTable(rows) {
        const tableBody = rows
            .map(row => {
            const cells = row
                .map(cell => {
                if (typeof cell === 'string') {
                    return this.wrap('td', cell);
                }
                const { header, data, colspan, rowspan } = cell;
                const tag = header ? 'th' : 'td';
                const attrs = Object.assign(Object.assign({}, (colspan && { colspan })), (rowspan && { rowspan }));
                return this.wrap(tag, data, attrs);
            })
                .join('');
            return this.wrap('tr', cells);
        })
            .join('');
        const element = this.wrap('table', tableBody);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds a collapsable HTML details element to the summary buffer
     *
     * @param {string} label text for the closed state
     * @param {string} content collapsable content
     *
     * @returns {Summary} summary instance
     */
    addDetails(label, content) {
        const element = this.wrap('details', this.wrap('summary', label) + content);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML image tag to the summary buffer
     *
     * @param {string} src path to the image you to embed
     * @param {string} alt text description of the image
     * @param {SummaryImageOptions} options (optional) addition image attributes
     *
     * @returns {Summary} summary instance
     */
    addImage(src, alt, options) {
        const { width, height } = options || {};
        const attrs = Object.assign(Object.assign({}, (width && { width })), (height && { height }));
        const element = this.wrap('img', null, Object.assign({ src, alt }, attrs));
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML section heading element
     *
     * @param {string} text heading text
     * @param {number | string} [level=1] (optional) the heading level, default: 1
     *
     * @returns {Summary} summary instance
     */
    addHeading(text, level) {
        const tag = `h${level}`;
        const allowedTag = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].includes(tag)
            ? tag
            : 'h1';
        const element = this.wrap(allowedTag, text);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML thematic break (<hr>) to the summary buffer
     *
     * @returns {Summary} summary instance
     */
    addSeparator() {
        const element = this.wrap('hr', null);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML line break (<br>) to the summary buffer
     *
     * @returns {Summary} summary instance
     */
    addBreak() {
        const element = this.wrap('br', null);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML blockquote to the summary buffer
     *
     * @param {string} text quote text
     * @param {string} cite (optional) citation url
     *
     * @returns {Summary} summary instance
     */
    addQuote(text, cite) {
        const attrs = Object.assign({}, (cite && { cite }));
        const element = this.wrap('blockquote', text, attrs);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML anchor tag to the summary buffer
     *
     * @param {string} text link text/content
     * @param {string} href hyperlink
     *
     * @returns {Summary} summary instance
     */
    addLink(text, href) {
        const element = this.wrap('a', text, { href });
        return this.addRaw(element).addEOL();
    }
}
const _summary = new Summary();
/**
 * @deprecated use `core.summary`
 */
const markdownSummary = (/* unused pure expression or super */ null && (_summary));
const summary = _summary;
//# sourceMappingURL=summary.js.map

/***/ })

};
