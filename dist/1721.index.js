export const id = 1721;
export const ids = [1721];
export const modules = {

/***/ 34980:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   O: () => (/* binding */ withEvents)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(73024);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(22714);
/* harmony import */ var _platform_clock_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(53037);




/** Lets a run write its events to a file, if one is wanted. */
function withEvents(context, eventsFile) {
    return eventsFile === undefined ? context : { ...context, emit: openEventsFile(eventsFile, context.log) };
}
/**
 * Writes each event of a run to a file as one line of JSON, at once, so that it is there even if the run is
 * killed. Replaces a file of an earlier run; a symbolic link is replaced and not followed. Events end with
 * `run-ended`. If the file cannot be written, logs a warning, and the run goes on without it.
 */
function openEventsFile(file, log) {
    let descriptor;
    const attempt = (work) => {
        try {
            work();
        }
        catch (error) {
            log.warning(`input events-file: the events cannot be written: ${(0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_2__/* .renderError */ .vr)(error)}`);
            // It stays open until the process ends: closing it could fail, too.
            descriptor = undefined;
        }
    };
    attempt(() => {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.mkdirSync)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(file), { recursive: true });
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmSync)(file, { force: true });
        descriptor = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.openSync)(file, "wx");
    });
    return (event) => {
        const line = JSON.stringify({ at: new Date(_platform_clock_js__WEBPACK_IMPORTED_MODULE_3__/* .systemClock */ .ml.nowMs()).toISOString(), ...event }, (_, value) => typeof value === "string" ? log.redact(value) : value);
        attempt(() => {
            if (descriptor !== undefined)
                (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.appendFileSync)(descriptor, `${line}\n`);
        });
    };
}


/***/ }),

/***/ 55146:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Y: () => (/* binding */ takeMonitoring),
/* harmony export */   q: () => (/* binding */ exportRun)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _platform_files_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(94924);
/* harmony import */ var _report_trace_destination_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7274);



/** The runner ends a cancelled step soon. */
const CANCELLED_LIMIT_MS = 1_500;
/** A shorter value of a header is not a secret, and masking it would hide much else in the log. */
const MIN_SECRET_LENGTH = 6;
/**
 * Reads where traces go. Removes the variables with secrets from the environment, so that no child process
 * inherits one. What cannot be used is a warning, because such variables may be meant for other programs.
 */
function takeMonitoring({ metricsFile, otlpEndpoint }, environment, log) {
    const all = { ...environment };
    const mask = (secret) => {
        if (secret.length >= MIN_SECRET_LENGTH)
            log.mask(secret);
    };
    for (const variable of _report_trace_destination_js__WEBPACK_IMPORTED_MODULE_2__/* .HEADER_VARIABLES */ .EW) {
        mask(all[variable] ?? "");
        Reflect.deleteProperty(environment, variable);
    }
    try {
        const traces = (0,_report_trace_destination_js__WEBPACK_IMPORTED_MODULE_2__/* .readTraceDestination */ .KJ)(otlpEndpoint, all);
        // Such as `Bearer TOKEN`, and the token alone.
        for (const value of Object.values(traces?.headers ?? {}))
            [value, ...value.split(" ")].forEach(mask);
        return { metricsFile, traces };
    }
    catch (error) {
        const hint = error instanceof _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ ? ` ${error.hint}` : "";
        log.warning(`no trace of this run will be sent: ${(0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .renderError */ .vr)(error)}.${hint}`);
        return { metricsFile, traces: undefined };
    }
}
/** Hands the run on to monitoring. Never rejects: what cannot be handed on is a warning. */
async function exportRun(report, { metricsFile, traces }, context) {
    const { log, environment } = context;
    const attempt = async (what, work) => {
        try {
            await work();
        }
        catch (error) {
            log.warning(`${what}: ${(0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .renderError */ .vr)(error)}`);
        }
    };
    if (metricsFile !== undefined) {
        await attempt("input metrics-file: the metrics could not be written", async () => {
            const { renderMetrics } = await Promise.all(/* import() */[__webpack_require__.e(5222), __webpack_require__.e(6479)]).then(__webpack_require__.bind(__webpack_require__, 36479));
            await (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_1__/* .writeFileAtomically */ .lo)(metricsFile, await renderMetrics(report, nameJob(environment)));
        });
    }
    if (traces !== undefined) {
        await attempt("the trace of this run could not be sent", () => sendTrace(report, traces, context));
    }
}
async function sendTrace(report, destination, { environment, log, sendHttp, signal, steadyClock: clock }) {
    const [{ composeTrace }, { sendSpans }] = await Promise.all([
        Promise.all(/* import() */[__webpack_require__.e(6209), __webpack_require__.e(6391)]).then(__webpack_require__.bind(__webpack_require__, 56391)),
        Promise.all(/* import() */[__webpack_require__.e(9968), __webpack_require__.e(6187)]).then(__webpack_require__.bind(__webpack_require__, 26187)),
    ]);
    const spans = composeTrace(report, environment);
    if (spans.length === 0)
        return;
    const limitMs = signal.aborted ? CANCELLED_LIMIT_MS : destination.timeoutMs;
    const timeoutMs = Math.min(limitMs, destination.timeoutMs);
    await sendSpans(spans, { ...destination, timeoutMs }, { sendHttp, clock, log });
}
/** Labels that tell the jobs of a machine apart; none outside of a workflow. */
function nameJob({ GITHUB_REPOSITORY: repository = "", GITHUB_JOB: job = "", }) {
    return {
        ...(repository !== "" && { repository }),
        // Prometheus itself sets a label `job`.
        ...(job !== "" && { workflow_job: job }),
    };
}


/***/ }),

/***/ 12268:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  m: () => (/* binding */ publish)
});

// EXTERNAL MODULE: ./node_modules/@actions/core/lib/core.js + 3 modules
var core = __webpack_require__(235);
// EXTERNAL MODULE: ./node_modules/@actions/core/lib/summary.js
var summary = __webpack_require__(1170);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/report/summary.ts + 1 modules
var report_summary = __webpack_require__(77159);
// EXTERNAL MODULE: ./src/action/export-run.ts
var export_run = __webpack_require__(55146);
// EXTERNAL MODULE: ./src/action/fail-step.ts
var fail_step = __webpack_require__(39619);
// EXTERNAL MODULE: ./src/action/log.ts
var log = __webpack_require__(58592);
// EXTERNAL MODULE: ./src/model/gate-result.ts
var gate_result = __webpack_require__(8398);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: ./src/model/count.ts
var count = __webpack_require__(47302);
// EXTERNAL MODULE: ./src/report/gantt.ts
var gantt = __webpack_require__(24200);
;// CONCATENATED MODULE: ./src/report/timeline.ts

/** The titles of the tables that describe the bars. */
const BUILDS_TABLE = "All builds";
const PHASES_TABLE = "Phases of the run";
/** A place as shown to people: the host of a builder's store URI, with its port. */
function renderPlace(place) {
    return place === "local" ? "this machine" : place.replace(/^ssh(?:-ng)?:\/\//, "");
}
/** The phases of the run, and below them the builds by machine. Undefined if there are neither. */
function composeTimeline(report) {
    const { builds, phases } = report;
    if (builds.length + phases.length === 0)
        return undefined;
    const startMs = Date.parse(report.startedAt);
    const since = (instant) => Date.parse(instant) - startMs;
    const critical = (0,gantt/* findCriticalPath */.A)(builds);
    const onPath = new Set(critical);
    const groups = [];
    /** Where the bar of each build is. */
    const places = new Map();
    if (phases.length > 0) {
        const bars = packLanes(phases.map((phase, row) => ({
            row,
            startMs: since(phase.startedAt),
            durationMs: phase.durationMs,
            look: phase.outcome === "failed" ? "failed" : "phase",
        })));
        groups.push({ title: PHASES_TABLE, table: PHASES_TABLE, ...bars });
    }
    const machines = Map.groupBy(builds.entries(), ([, build]) => build.place);
    for (const [place, own] of machines) {
        const bars = packLanes(own.map(([row, build]) => ({
            row,
            startMs: since(build.startedAt),
            durationMs: build.durationMs,
            look: onPath.has(build) && build.outcome === "built" ? "critical" : build.outcome,
        })));
        for (const [index, { row }] of bars.bars.entries()) {
            const build = builds[row];
            if (build !== undefined)
                places.set(build, [groups.length, index]);
        }
        groups.push({ title: renderPlace(place), table: BUILDS_TABLE, ...bars });
    }
    const ends = groups.flatMap(({ bars }) => bars.map((bar) => bar.startMs + bar.durationMs));
    return {
        kind: "timeline",
        label: `Timeline of ${builds.length} builds on ${machines.size} machines`,
        durationMs: ends.reduce((latest, end) => Math.max(latest, end), Math.max(1, report.durationMs)),
        groups,
        path: critical.flatMap((build) => {
            const place = places.get(build);
            return place === undefined ? [] : [place];
        }),
    };
}
/**
 * How long each build waited after the last of its dependencies, for a free slot or until they were copied,
 * in milliseconds; undefined if it depends on no other build of the report.
 */
function findWaits(builds) {
    const ends = new Map();
    for (const { drvPath, startedAt, durationMs } of builds) {
        ends.set(drvPath, Math.max(ends.get(drvPath) ?? -Infinity, Date.parse(startedAt) + durationMs));
    }
    return builds.map(({ dependencies, startedAt }) => {
        const ready = dependencies.reduce((latest, path) => Math.max(latest, ends.get(path) ?? -Infinity), -Infinity);
        // A dependency that was built again after this build had begun was not waited for.
        const wait = Date.parse(startedAt) - ready;
        return Number.isFinite(ready) && wait >= 0 ? wait : undefined;
    });
}
/** Puts bars that overlap in time into different lanes: each into the first lane that is free. */
function packLanes(bars) {
    const ends = [];
    const packed = bars
        .toSorted((a, b) => a.startMs - b.startMs)
        .map((bar) => {
        const free = ends.findIndex((end) => end <= bar.startMs);
        const lane = free === -1 ? ends.length : free;
        ends[lane] = bar.startMs + bar.durationMs;
        return { ...bar, lane };
    });
    return { lanes: ends.length, bars: packed };
}

;// CONCATENATED MODULE: ./src/report/page-tables.ts



/** A longer text in a cell would hide the rest of the table. */
const MAX_CELL_CHARACTERS = 500;
/** The title of the table with what the treemap shows. */
const LAYERS_TABLE = "All layers";
/**
 * A table. A `#` before a column's title marks numbers, a `=` numbers with bars behind them. A `?` before
 * that leaves the column out if it is empty.
 */
function table(title, head, rows) {
    const looks = { "#": "number", "=": "bar" };
    const isShown = head.map((name, index) => !name.startsWith("?") || rows.some((row) => row[index] !== undefined && row[index] !== ""));
    const shown = (list) => list.filter((_, index) => isShown[index]);
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
function time(ms) {
    return ms == null ? "" : [(0,count/* renderDuration */.PP)(ms), ms];
}
/** A size as a cell; empty if it is unknown. */
function size(bytes) {
    return bytes == null ? "" : [(0,count/* renderMebibytes */.BW)(bytes), bytes];
}
/** A number as a cell; empty if it is unknown. */
function page_tables_count(value) {
    return value === null ? "" : [String(value), value];
}
/** The beginning of a text, and how much more there is. */
function clip(text) {
    const rest = text.length - MAX_CELL_CHARACTERS;
    return rest <= 0 ? text : `${text.slice(0, MAX_CELL_CHARACTERS)}… (${rest} more characters)`;
}
/** Everything in the report, as tables. */
function composeTables(report) {
    const sections = [
        {
            title: "Phases and resources",
            note: "What this machine used in each phase, whoever used it. CPU time is added up over all CPUs; memory " +
                "and disk are peaks.",
            blocks: [tablePhases(report)],
        },
        {
            title: "Times against the last runs",
            note: "The median of earlier runs with the same strategy and outcome. A derivation that is slower in two " +
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
                    kind: "text",
                    title: `Container log for ${clip(target)}`,
                    text: containerLog,
                })),
            ],
        },
    ];
    return sections
        .map((section) => ({
        ...section,
        blocks: section.blocks.filter((block) => block.kind === "table" ? block.rows.length > 0 : block.kind !== "text" || block.text !== ""),
    }))
        .filter(({ blocks }) => blocks.length > 0);
}
function tablePhases({ phases }) {
    const rows = phases.map(({ name, durationMs, outcome, machine, disks }) => [
        name,
        time(durationMs),
        outcome,
        time(machine?.cpuMs),
        size(machine?.peakMemoryBytes),
        size(machine?.receivedBytes),
        size(machine?.sentBytes),
        disks
            .map(({ folder, usedBytes, freeBytes }) => `${folder}: ${(0,count/* renderMebibytes */.BW)(usedBytes)} more, ${(0,count/* renderMebibytes */.BW)(freeBytes)} free`)
            .join("; "),
    ]);
    const head = ["Phase", "=Time", "Outcome", "=CPU time", "=Memory", "#Received", "#Sent", "Disk"];
    return table(PHASES_TABLE, head, rows);
}
function tableTimes({ history }) {
    const rows = (history?.targets ?? []).flatMap(({ target, runs, times }) => times.map(({ name, durationMs, medianMs }) => [
        ...[target, name, time(durationMs), time(medianMs)],
        (0,count/* renderChange */.vN)(durationMs, medianMs),
        page_tables_count(runs),
    ]));
    return table("Times and medians", ["System", "Part", "=Time", "#Median", "Change", "#Runs"], rows);
}
function tableSlower({ history }) {
    const rows = (history?.targets ?? []).flatMap(({ target, slower }) => slower.map(({ name, durationMs, medianMs, builds, isConfirmed }) => [
        ...[target, name, time(durationMs), time(medianMs), page_tables_count(builds)],
        isConfirmed ? "in the build before, too" : "for the first time",
    ]));
    return table("Slower derivations", ["System", "Derivation", "=Time", "#Median", "#Builds", "Slower"], rows);
}
function tableSources({ substitutions }) {
    const rows = [...Map.groupBy(substitutions, ({ from }) => from)].map(([from, own]) => {
        const fetched = own.filter(({ outcome }) => outcome === "substituted").length;
        const addedUpMs = own.reduce((sum, { durationMs }) => sum + durationMs, 0);
        return [from, page_tables_count(fetched), page_tables_count(own.length - fetched), time(addedUpMs)];
    });
    return table("Paths by source", ["Source", "=Paths", "#Failed", "#Time, added up"], rows);
}
function tableSubstituters({ substituters }) {
    const rows = substituters.map(({ uri, state, reason }) => [uri, state, reason]);
    return table("Substituters on HTTP servers", ["Substituter", "State", "What the probe found"], rows);
}
function tableCaches({ caches }) {
    const rows = caches.map((cache) => [
        cache.uri,
        `${cache.state}: ${cache.reason}`,
        page_tables_count(cache.pathsPushed),
        size(cache.bytesPushed),
        page_tables_count(cache.pathsPresent),
        page_tables_count(cache.pathsLeft),
        cache.hitRate === null ? "" : `${Math.round(cache.hitRate * 100)} %`,
        cache.isTrustedByLocation ? "its location is trusted, without signatures" : "by signatures",
        renderEntries(cache),
    ]);
    const head = ["Cache", "State", "=Pushed", "=Bytes", "=Present", "=Left", "Hit rate", "Trust", "Entries"];
    return table("The run's own caches", head, rows);
}
/** What was read from GitHub's cache, and written to it. */
function renderEntries({ restored, saved }) {
    const what = (paths, bytes) => `${paths} paths, ${(0,count/* renderMebibytes */.BW)(bytes)}`;
    const read = restored === null
        ? []
        : [`${restored.state}: ${restored.reason}, ${what(restored.paths, restored.bytes)}`];
    const written = saved === null ? [] : [`saved ${saved.kind} ${saved.key}, ${(0,count/* renderMebibytes */.BW)(saved.bytes)}`];
    return [...read, ...written].join("; ");
}
function tableBuilds(report) {
    const { builds } = report;
    const critical = new Set((0,gantt/* findCriticalPath */.A)(builds));
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
function tableAttempts({ attempts }) {
    const rows = attempts.map(({ target, strategy, mode, outcome, durationMs, reason, message }) => [
        ...[target, strategy, mode, outcome, time(durationMs), reason, message ?? ""],
    ]);
    return table("Attempts to build", ["System", "Strategy", "Mode", "Outcome", "#Time", "Why this mode", "Error"], rows);
}
function tableSubstitutions({ substitutions }) {
    const rows = substitutions.map(({ storePath, target, from, outcome, durationMs }) => [
        ...[storePath, target, from, outcome, time(durationMs)],
    ]);
    return table("All substituted paths", ["Store path", "System", "Source", "Outcome", "#Time"], rows);
}
function tableBuilders({ builders }) {
    const rows = builders.map(({ uri, state, systems, nix, slots, cpus, load, freeBytes, ...rest }) => [
        ...[renderPlace(uri), state, systems.join(", "), rest.features.join(", "), nix ?? "", page_tables_count(slots)],
        ...[page_tables_count(cpus), page_tables_count(load), size(freeBytes)],
        ...(rest.use.builds === 0 ? ["", ""] : [page_tables_count(rest.use.builds), time(rest.use.busyMs)]),
        ...[time(rest.use.cpuMs), size(rest.use.sentBytes), size(rest.use.receivedBytes)],
        [rest.code, rest.reason, rest.hint].filter((part) => part !== null).join(". "),
    ]);
    const facts = ["Builder", "State", "Systems", "Features", "Nix", "#Slots", "#CPUs", "#Load", "#Free"];
    const head = [...facts, "?#Builds", "?=Busy", "?=CPU time", "?#Sent", "?#Received", "Why"];
    return table("All builders", head, rows);
}
function tableChanges({ builderChanges }) {
    const rows = builderChanges.map(({ at, uri, state, reason }) => [at, renderPlace(uri), state, reason]);
    return table("Changes of builders during the run", ["When", "Builder", "State", "Why"], rows);
}
function tablePlans({ plans }) {
    const rows = plans.flatMap(({ target, verdicts }) => verdicts.map(({ strategy, verdict, reason }) => [target, strategy, verdict, reason]));
    return table("Strategies with reasons", ["System", "Strategy", "Verdict", "Why"], rows);
}
function tablePlatforms({ image }) {
    const rows = (image?.platforms ?? []).map(({ target, digest, imageId, sizeBytes, previousSizeBytes }) => [
        target,
        digest,
        imageId,
        ...[size(sizeBytes), size(previousSizeBytes)],
    ]);
    return table("Images by system", ["System", "Manifest", "Config", "#Size", "#Size before"], rows);
}
function tableLayers({ layers }) {
    const rows = layers.map(({ target, digest, sizeBytes, state }) => [target, digest, state, size(sizeBytes)]);
    return table(LAYERS_TABLE, ["System", "Layer", "State", "=Size"], rows);
}
function tablePaths({ audits }) {
    const rows = audits.flatMap(({ target, largestPaths }) => largestPaths.map(({ path, sizeBytes, layer }) => [target, path, page_tables_count(layer), size(sizeBytes)]));
    return table("Largest paths, unpacked", ["System", "Path", "#Layer", "=Size"], rows);
}
function tableTags({ promotion }) {
    const rows = (promotion?.tags ?? []).map(({ tag, state, previous }) => [
        tag,
        state,
        previous ?? "",
        promotion?.reason ?? "",
    ]);
    return table("Tags", ["Tag", "State", "Pointed to before", "Why"], rows);
}
function tableAudits({ audits }) {
    const rows = audits.map(({ target, filesRead, elfFiles, foreign, allowed, missingLibraries }) => [
        target,
        ...[filesRead, elfFiles, foreign.length, allowed.length, missingLibraries.length].map(page_tables_count),
    ]);
    const head = ["System", "#Files", "#ELF files", "#For another CPU", "#Allowed", "#Missing libraries"];
    return table("Audited images", head, rows);
}
function tableFindings({ audits }) {
    const rows = audits.flatMap(({ target, foreign, allowed, multiCpuArchives, orphanedScripts, missingLibraries, unreadableArchives, }) => [
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
    ]);
    return table("Findings", ["System", "File", "Finding"], rows);
}
function tableChecks({ smokeTests }) {
    const rows = smokeTests.flatMap(({ target, runtime, isEmulated, checks }) => checks.map(({ name, kind, outcome, durationMs, detail }) => [
        ...[target, name, kind, outcome, time(durationMs), detail],
        isEmulated ? `${runtime}, emulated` : runtime,
    ]));
    return table("Checks", ["System", "Check", "Kind", "Outcome", "#Time", "Seen", "Ran in"], rows);
}

// EXTERNAL MODULE: ./src/report/results.ts
var results = __webpack_require__(98940);
;// CONCATENATED MODULE: ./src/report/page-sections.ts






/** More names would hide the rest; the logs of all are on the page. */
const SHOWN_FAILURES = 5;
/** Composes what the HTML report shows: what a reader asks first, the charts, then tables of everything. */
function composePage(report) {
    const sections = [
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
function composeFacts(report) {
    const { commit, run } = (0,results/* findSource */.TC)(report);
    const { startedAt, durationMs, host, nix } = report;
    return [
        { text: `${startedAt.replace("T", " ").replace(/(?:\.\d+)?Z$/, "")} UTC` },
        { text: `took ${(0,count/* renderDuration */.PP)(durationMs)}` },
        { text: `started on ${host.system}` },
        ...(nix === null ? [] : [{ text: `Nix ${nix.version}` }]),
        ...(commit === undefined ? [] : [{ text: `commit ${commit.name}`, url: commit.url }]),
        ...(run === undefined ? [] : [{ text: "workflow run", url: run }]),
    ];
}
/** Why the run failed: the error, and the end of the log of each derivation that failed. */
function composeFailure(report) {
    const { error } = report;
    if (error === null)
        return undefined;
    const code = action_error/* ERROR_CODES */.OQ.find((known) => known === error.code);
    const blocks = [
        {
            kind: "text",
            title: clip(error.code),
            text: error.message,
            ...(code !== undefined && { url: (0,action_error/* explainUrl */.bT)(code) }),
        },
        ...(error.hint === null ? [] : [{ kind: "text", title: "What to do", text: error.hint }]),
        ...(0,results/* findFailedBuilds */.SP)(report).map(({ name, place, drvPath, log }) => ({
            kind: "text",
            title: `Last lines of ${clip(name)} on ${clip(renderPlace(place))}`,
            text: [...log, "", `The whole log, there: nix log ${drvPath}`].join("\n"),
        })),
    ];
    return { title: report.outcome === "cancelled" ? "What was cancelled" : "What failed", blocks };
}
function composeAnswers(report) {
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
function describeBuilds({ builds }) {
    const built = builds.filter(({ outcome }) => outcome === "built");
    if (built.length === 0)
        return "Nothing was built.";
    const places = [...Map.groupBy(built, ({ place }) => place)]
        .toSorted(([, a], [, b]) => b.length - a.length)
        .map(([place, own]) => `${own.length} on ${renderPlace(place)}`);
    return `${(0,count/* countOf */.pq)(built.length, "derivation")}: ${places.join(", ")}.`;
}
function describeTime({ builds, phases, history }) {
    const path = (0,gantt/* findCriticalPath */.A)(builds);
    const [longest] = phases.toSorted((a, b) => b.durationMs - a.durationMs);
    const [slowest] = path.toSorted((a, b) => b.durationMs - a.durationMs);
    const sentences = [];
    if (longest !== undefined) {
        sentences.push(`Longest phase: ${longest.name}, ${(0,count/* renderDuration */.PP)(longest.durationMs)}.`);
    }
    if (slowest !== undefined) {
        const place = renderPlace(slowest.place);
        const duration = (0,count/* renderDuration */.PP)(slowest.durationMs);
        sentences.push(`Slowest build on the critical path: ${slowest.name} on ${place}, ${duration}.`);
    }
    if (path.length > 1) {
        const buildMs = path.reduce((sum, { durationMs }) => sum + durationMs, 0);
        const waits = findWaits(builds);
        const onPath = new Set(path);
        const waitMs = builds.reduce((sum, build, index) => sum + (onPath.has(build) ? (waits[index] ?? 0) : 0), 0);
        sentences.push(`The ${path.length} builds of that path took ${(0,count/* renderDuration */.PP)(buildMs)}, and waited ` +
            `${(0,count/* renderDuration */.PP)(waitMs)} in between, for a free slot or for their inputs.`);
    }
    const slower = (history?.targets ?? []).flatMap((target) => target.slower);
    for (const { name, durationMs, medianMs } of slower.filter(({ isConfirmed }) => isConfirmed)) {
        const [now, before] = [(0,count/* renderDuration */.PP)(durationMs), (0,count/* renderDuration */.PP)(medianMs)];
        sentences.push(`${name} became slower: ${now}, and ${before} before.`);
    }
    return sentences.length === 0 ? "The run ended before its first phase." : sentences.join(" ");
}
function describeCaches({ attempts, builds, substitutions, caches }) {
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
    const rates = caches.flatMap(({ uri, hitRate }) => hitRate === null ? [] : `${uri} ${Math.round(hitRate * 100)} %`);
    const hits = rates.length === 0 ? "" : ` Hit rate of the run's own caches: ${rates.join(", ")}.`;
    const from = sources === 0 ? "" : `, from ${(0,count/* countOf */.pq)(sources, "source")}`;
    return (`${fetched.length} of ${(0,count/* countOf */.pq)(needed, "store path")} did not have to be built (${share} %)${from}` +
        `${failed === 0 ? "" : `; ${(0,count/* countOf */.pq)(failed, "attempt")} to fetch a path failed`}.${hits}`);
}
function describeFailures(report) {
    const { builds, builders, smokeTests, audits, error } = report;
    const names = (0,results/* findFailedBuilds */.SP)(report).map(({ name }) => name);
    const shown = names.slice(0, SHOWN_FAILURES).join(", ");
    const retried = builds.filter(({ outcome }) => outcome !== "built").length - names.length;
    const dropped = builders.filter(({ state }) => state === "dropped").map(({ uri }) => renderPlace(uri));
    const checks = smokeTests.flatMap(({ checks: all }) => all).filter(({ outcome }) => outcome === "failed");
    const foreign = audits.reduce((sum, audit) => sum + audit.foreign.length, 0);
    const parts = [
        ...(error === null ? [] : [error.code]),
        ...(names.length === 0 ? [] : [`${(0,count/* countOf */.pq)(names.length, "build")} failed: ${shown}`]),
        ...(retried <= 0 ? [] : [`${(0,count/* countOf */.pq)(retried, "build")} stopped, or built by another attempt`]),
        ...(dropped.length === 0 ? [] : [`builders not used: ${dropped.join(", ")}`]),
        ...(checks.length === 0 ? [] : [`${(0,count/* countOf */.pq)(checks.length, "smoke check")} failed`]),
        ...(foreign === 0 ? [] : [`${(0,count/* countOf */.pq)(foreign, "file")} for another CPU in the image`]),
    ];
    if (parts.length === 0)
        return "Nothing.";
    return `${error === null ? "The run succeeded all the same; " : ""}${parts.join("; ")}.`;
}
function composeTargets(report) {
    const rows = (0,results/* listTargets */.nJ)(report).map((result) => [
        ...[result.target, withoutMark(result.result), result.strategy, result.size],
        ...[result.time, result.share, withoutMark(result.smoke)],
    ]);
    const head = ["System", "Result", "Strategy", "Size", "Time", "From caches", "Smoke test"];
    const pull = (0,results/* findPull */.pM)(report);
    return [
        ...(rows.length === 0 ? [] : [table("Results by system", head, rows)]),
        ...(pull === undefined ? [] : [{ kind: "text", title: "The image", text: pull }]),
    ];
}
/** Without the colored mark of the job summary, which not every system has a letter for. */
function withoutMark(text) {
    return text.replace(/^[✅❌⚪] /u, "");
}
/** The timeline, and the critical path as a table. */
function composeTime(report) {
    const timeline = composeTimeline(report);
    if (timeline === undefined)
        return undefined;
    const { builds } = report;
    const waits = new Map(findWaits(builds).map((wait, index) => [builds[index], wait]));
    const path = (0,gantt/* findCriticalPath */.A)(builds);
    const rows = path.map((build) => [
        build.name,
        renderPlace(build.place),
        time(waits.get(build)),
        time(build.durationMs),
    ]);
    const critical = table("Critical path", ["Derivation", "Where", "#Waited first", "=Time"], rows);
    return {
        title: "Time",
        note: "The critical path is the chain of dependencies that decided how long the builds took. Between two " +
            "of its builds, a line shows the wait for a free slot, or for inputs to be copied.",
        blocks: [timeline, ...(path.length === 0 ? [] : [critical])],
    };
}
/** The layers of the image by size, and in each of them the largest paths. */
function composeImage({ layers, image, audits }) {
    if (layers.length === 0)
        return undefined;
    const maps = [...Map.groupBy(layers, ({ target }) => target)].map(([target, own]) => {
        const paths = audits.find((audit) => audit.target === target)?.largestPaths ?? [];
        const size = (0,count/* renderMebibytes */.BW)(own.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
        return {
            kind: "treemap",
            label: `${clip(target)}: ${(0,count/* countOf */.pq)(own.length, "layer")}, ${size}. See the table "${LAYERS_TABLE}".`,
            tiles: own.map(({ digest, sizeBytes, state }, index) => ({
                name: digest.slice(0, "sha256:".length + 12),
                size: (0,count/* renderMebibytes */.BW)(sizeBytes),
                sizeBytes,
                look: state === "sent" ? "sent" : "reused",
                parts: paths
                    .filter(({ layer }) => layer === index)
                    .map(({ path, sizeBytes: bytes }) => ({
                    ...{ name: clip(path), size: (0,count/* renderMebibytes */.BW)(bytes), sizeBytes: bytes },
                })),
            })),
        };
    });
    const tags = image === null || image.tags.length === 0 ? "" : ` Tags: ${image.tags.join(", ")}.`;
    return {
        title: "Image",
        note: clip(`Each tile is a layer, as large as the layer is when compressed. Lines divide it among its largest ` +
            `paths, by their unpacked sizes.${tags}`),
        blocks: maps,
    };
}

;// CONCATENATED MODULE: ./src/report/html.ts



/** The path of the HTML report beside the JSON report. */
function htmlFileOf(reportFile) {
    return `${reportFile.replace(/\.json$/, "")}.html`;
}
/**
 * Renders the report as one HTML file that loads nothing. Text from outside is data for the page's script,
 * which only makes text nodes of it; the policy allows that script, D3 and the style sheet, each by its hash.
 * @see https://www.w3.org/TR/CSP3/#grammardef-hash-source
 */
function renderHtml(report) {
    // Each file is named in full, so that the bundler ships it.
    const style = (0,external_node_fs_.readFileSync)(__webpack_require__.ab + "page.css", "utf8");
    const script = [
        (0,external_node_fs_.readFileSync)(__webpack_require__.ab + "elements.js", "utf8"),
        (0,external_node_fs_.readFileSync)(__webpack_require__.ab + "table.js", "utf8"),
        (0,external_node_fs_.readFileSync)(__webpack_require__.ab + "treemap.js", "utf8"),
        (0,external_node_fs_.readFileSync)(__webpack_require__.ab + "timeline.js", "utf8"),
        (0,external_node_fs_.readFileSync)(__webpack_require__.ab + "page.js", "utf8"),
    ].join("\n");
    const library = (0,external_node_fs_.readFileSync)(__webpack_require__.ab + "d3.min.js", "utf8");
    const license = (0,external_node_fs_.readFileSync)(__webpack_require__.ab + "d3-license.txt", "utf8");
    const policy = [
        "default-src 'none'",
        `script-src ${hash(library)} ${hash(script)}`,
        `style-src ${hash(style)}`,
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
    ].join("; ");
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>cross-build report</title>
<style>${style}</style>
</head>
<body>
<noscript>This report needs JavaScript. The JSON report has the same content.</noscript>
<script type="application/json" id="content">${renderData(composePage(report))}</script>
<!-- D3, which draws the charts:
${license}-->
<script>${library}</script>
<script type="module">${script}</script>
</body>
</html>
`;
}
/** JSON that HTML reads as text up to the end of the script element, whatever it contains. */
function renderData(value) {
    return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
function hash(text) {
    return `'sha256-${(0,external_node_crypto_.createHash)("sha256").update(text).digest("base64")}'`;
}

// EXTERNAL MODULE: ./src/report/total.ts
var total = __webpack_require__(52020);
;// CONCATENATED MODULE: ./src/action/outputs.ts



/** The one table of outputs: `npm run all` generates those of the actions and `docs/outputs.md` from it. */
const OUTPUTS = {
    digest: "The digest of the pushed image: of its manifest, or of the image index if there are several systems.",
    imageid: "The image ID, which is the digest of the image's config. Empty if there are several systems.",
    image: "The image by digest, NAME@DIGEST, ready to be deployed.",
    tags: "The tags that now point to the image, one per line.",
    metadata: "JSON with containerimage.digest, containerimage.config.digest and image.name, " +
        "in the format of docker/build-push-action.",
    "store-paths": "The store paths that were built, one per line.",
    plan: "The plan, as a JSON list with the target, strategy, attributes and reasons for each system.",
    builders: "The builders with their states and the reasons, as JSON.",
    "cache-hit-rate": "The share of the needed store paths that the run's caches had, from 0 to 1. Empty if none were needed.",
    "smoke-test": "passed, failed or skipped; followed by (emulated) if QEMU ran the test, as in passed (emulated).",
    "gate-result": "The smoke tests of this job as JSON, for the input gate-results of the job that moves the tags. Empty " +
        "if nothing was tested.",
    result: "The result of this job for each system, as JSON, for fluo/cross-build/total, which sums up all jobs " +
        "of a workflow.",
    promoted: "true if every tag now points to the image, otherwise false.",
    report: "The path of the report file.",
    "report-html": "The path of the same report as a web page, one HTML file beside the report file.",
    "error-code": "The error code of the failure. Empty on success.",
};
/** Renders the value of every output from the report. An output that the run did not get to is empty. */
function renderOutputs(report, gateResults, reportFile) {
    const { image, plans, smokeTests, promotion } = report;
    const [platform, ...others] = image?.platforms ?? [];
    const imageId = others.length === 0 ? (platform?.imageId ?? "") : "";
    const digest = image?.digest ?? "";
    return {
        digest,
        imageid: imageId,
        image: image === null || digest === "" ? "" : `${image.reference}@${digest}`,
        tags: image?.tags.join("\n") ?? "",
        metadata: image === null || digest === ""
            ? ""
            : JSON.stringify({
                "containerimage.digest": digest,
                ...(imageId !== "" && { "containerimage.config.digest": imageId }),
                "image.name": image.tags.map((tag) => `${image.reference}:${tag}`).join(","),
            }),
        "store-paths": report.storePaths.join("\n"),
        plan: JSON.stringify(plans),
        builders: JSON.stringify(report.builders),
        "cache-hit-rate": renderHitRate(report.caches),
        "smoke-test": renderSmoke(smokeTests),
        "gate-result": (0,gate_result/* renderGateResults */.o7)(gateResults),
        result: (0,total/* renderResult */.C)(report),
        promoted: String(promotion?.state === "promoted" || promotion?.state === "unchanged"),
        report: reportFile,
        "report-html": htmlFileOf(reportFile),
        "error-code": report.error?.code ?? "",
    };
}
/** The share of the needed paths that any of the run's caches had. */
function renderHitRate(caches) {
    const rates = caches.flatMap(({ hitRate }) => hitRate ?? []);
    if (rates.length === 0)
        return "";
    const sum = rates.reduce((all, rate) => all + rate, 0);
    return String(Math.min(1, sum));
}
function renderSmoke(smokeTests) {
    if (smokeTests.length === 0)
        return "skipped";
    const outcome = smokeTests.every((smoke) => smoke.outcome === "passed") ? "passed" : "failed";
    return smokeTests.some(({ isEmulated }) => isEmulated) ? `${outcome} (emulated)` : outcome;
}

// EXTERNAL MODULE: ./src/platform/files.ts
var files = __webpack_require__(94924);
;// CONCATENATED MODULE: ./src/report/junit.ts
/**
 * The smoke tests of a report as JUnit XML: one suite per system, one case per check.
 * @see https://github.com/testmoapp/junitxml
 */
function renderJunit({ smokeTests }) {
    const suites = smokeTests.map(({ target, runtime, isEmulated, checks, containerLog }) => {
        const cases = checks.map(({ name, kind, outcome, durationMs, detail }) => {
            const attributes = renderAttributes({
                name,
                classname: `${target}.${kind}`,
                time: seconds(durationMs),
            });
            if (outcome === "passed")
                return `    <testcase${attributes}/>`;
            const failure = `<failure${renderAttributes({ message: detail })}/>`;
            return `    <testcase${attributes}>\n      ${failure}\n    </testcase>`;
        });
        const failures = checks.filter(({ outcome }) => outcome === "failed").length;
        const attributes = renderAttributes({
            name: `smoke test of ${target}${isEmulated ? " (emulated)" : ""} in ${runtime}`,
            tests: String(checks.length),
            failures: String(failures),
            time: seconds(checks.reduce((sum, { durationMs }) => sum + durationMs, 0)),
        });
        const log = containerLog === "" ? "" : `\n    <system-out>${escapeXml(containerLog)}</system-out>`;
        return `  <testsuite${attributes}>\n${cases.join("\n")}${log}\n  </testsuite>\n`;
    });
    return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("")}</testsuites>\n`;
}
function renderAttributes(attributes) {
    return Object.entries(attributes)
        .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
        .join("");
}
function seconds(durationMs) {
    return (durationMs / 1000).toFixed(3);
}
const ESCAPES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\n": "&#10;",
    "\r": "&#13;",
    "\t": "&#9;",
};
/**
 * Replaces characters that XML 1.0 does not allow with a question mark.
 * @see https://www.w3.org/TR/xml/#charsets
 */
function escapeXml(text) {
    return text
        .replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "?")
        .replace(/[&<>"\n\r\t]/g, (character) => ESCAPES[character] ?? character);
}

// EXTERNAL MODULE: ./src/report/report.ts + 1 modules
var report_report = __webpack_require__(43729);
;// CONCATENATED MODULE: ./src/action/write-reports.ts




/** Writes the report as JSON and as HTML, and the JUnit file if one is wanted. */
async function writeReports(report, { reportFile, junitFile }) {
    await (0,files/* writeFileAtomically */.lo)(reportFile, (0,report_report/* renderReport */.B1)(report));
    if (junitFile !== undefined)
        await (0,files/* writeFileAtomically */.lo)(junitFile, renderJunit(report));
    await (0,files/* writeFileAtomically */.lo)(htmlFileOf(reportFile), renderHtml(report));
}

;// CONCATENATED MODULE: ./src/action/publish.ts








/** Publishes the result of a job: report files, outputs, summary, metrics and trace. */
async function publish({ report, gateResults, error }, { isSummarized, ...files }, { monitoring, context }) {
    try {
        for (const [name, value] of Object.entries(renderOutputs(report, gateResults, files.reportFile))) {
            core/* setOutput */.uH(name, value);
        }
        await writeReports(report, files);
        if (isSummarized && process.env["GITHUB_STEP_SUMMARY"] !== undefined) {
            await summary/* summary */.z.addRaw((0,report_summary/* renderSummary */.B)(report)).write();
        }
    }
    catch (thrown) {
        // What ended the run comes first: a disk that it filled has no space for the report either.
        if (error === undefined)
            throw thrown;
        log/* actionLog */.Z.warning(`the results of the run could not be written: ${(0,action_error/* renderError */.vr)(thrown)}`);
    }
    await (0,export_run/* exportRun */.q)(report, monitoring, context);
    if (error !== undefined)
        (0,fail_step/* failStep */.v)(error);
}


/***/ }),

/***/ 64129:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   U: () => (/* binding */ BUILD_MODES)
/* harmony export */ });
const BUILD_MODES = [
    "local",
    "emulated",
    "build-hook",
    "single-store",
    "distributed",
];


/***/ }),

/***/ 8398:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   BL: () => (/* binding */ parseGateResults),
/* harmony export */   o7: () => (/* binding */ renderGateResults),
/* harmony export */   oN: () => (/* binding */ readGateResults)
/* harmony export */ });
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(92857);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _digest_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(95305);



const digest = zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().refine(_digest_js__WEBPACK_IMPORTED_MODULE_1__/* .isDigest */ .Bc, "must be sha256: and 64 hexadecimal digits");
const RESULT = zod__WEBPACK_IMPORTED_MODULE_2__/* .strictObject */ .rej({
    run: zod__WEBPACK_IMPORTED_MODULE_2__/* .int */ .Whr().min(0).nullable(),
    digest,
    platform: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().min(1).max(100),
    smokeTest: digest,
    engine: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().min(1).max(100).nullable(),
    outcome: zod__WEBPACK_IMPORTED_MODULE_2__/* ["enum"] */ .k5n(["passed", "failed"]),
});
/** Renders the output `gate-result`: a JSON list on one line; empty if nothing was tested. */
function renderGateResults(results) {
    return results.length === 0 ? "" : JSON.stringify(results);
}
/**
 * Parses the input `gate-results`: the outputs `gate-result` of several jobs, one per line, or as the values
 * of a JSON object, which is what `toJSON(needs.gate.outputs)` gives for a matrix. Empty values are skipped:
 * they belong to jobs that did not run. Throws `INPUT_INVALID`.
 */
function parseGateResults(text) {
    return isJson(text)
        ? parseOutputs(JSON.parse(text))
        : text.split(/\r?\n/).flatMap((line) => (line.trim() === "" ? [] : parseOutput(line)));
}
/** The gate results in the JSON value of an output; undefined if it is something else. */
function readGateResults(value) {
    return zod__WEBPACK_IMPORTED_MODULE_2__/* .array */ .YOg(RESULT).min(1).safeParse(value).data;
}
function parseOutputs(value) {
    if (Array.isArray(value))
        return parseList(value);
    const { success, data } = zod__WEBPACK_IMPORTED_MODULE_2__/* .record */ .g1P(zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP(), zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP()).safeParse(value);
    if (!success)
        throw invalid("it is neither a list of results nor an object of outputs");
    return Object.values(data).flatMap((output) => (output === "" ? [] : parseOutput(output)));
}
function parseOutput(text) {
    if (!isJson(text))
        throw invalid(`${JSON.stringify(text.slice(0, 100))} is not JSON`);
    return parseList(JSON.parse(text));
}
function parseList(value) {
    const { success, data, error } = zod__WEBPACK_IMPORTED_MODULE_2__/* .array */ .YOg(RESULT).safeParse(value);
    if (success)
        return data;
    const [issue] = error.issues;
    throw invalid(`${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "it is malformed"}`);
}
function isJson(text) {
    try {
        JSON.parse(text);
        return true;
    }
    catch {
        return false;
    }
}
function invalid(why) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("INPUT_INVALID", `input gate-results: ${why}`, {
        hint: "Give the output gate-result of each gate, one per line, or toJSON(needs.gate.outputs) for a matrix " +
            "whose job has no other outputs.",
    });
}


/***/ }),

/***/ 71444:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Oe: () => (/* binding */ renderUnsent),
/* harmony export */   ZU: () => (/* binding */ LAYER_STATES),
/* harmony export */   pM: () => (/* binding */ readySource)
/* harmony export */ });
/** The bytes of a blob, or a file with them, which is provided first if there is none yet. */
async function readySource({ source }) {
    return "provide" in source ? { file: await source.provide() } : source;
}
/**
 * What became of a layer: it was sent; it was there (`reused`), or in another repository of the registry
 * (`mounted`); or it was there and was not even made, since an earlier run has recorded it (`recorded`).
 */
const LAYER_STATES = ["sent", "reused", "mounted", "recorded"];
/** How many layers did not have to be sent, as in `2 reused, 1 mounted`. */
function renderUnsent(layers) {
    return LAYER_STATES.slice(1)
        .map((state) => ({ state, count: layers.filter((layer) => layer.state === state).length }))
        .filter(({ state, count }) => state === "reused" || count > 0)
        .map(({ state, count }) => `${count} ${state}`)
        .join(", ");
}


/***/ }),

/***/ 37328:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ac: () => (/* binding */ LAYER_ORIGINS),
/* harmony export */   FZ: () => (/* binding */ CHECK_KINDS),
/* harmony export */   wM: () => (/* binding */ LOAD_WAYS)
/* harmony export */ });
/** The kinds of checks; see docs/smoke-test.md. */
const CHECK_KINDS = [
    "http",
    "tcp",
    "log",
    "health",
    "command",
    "stop",
    "exit-code",
    "non-root",
    "start",
];
/**
 * How the container engine got the image: it had it (`present`), got one layer with the files of all layers
 * (`merged`), or got the layers themselves (`layers`).
 */
const LOAD_WAYS = ["present", "merged", "layers"];
/**
 * The tested bytes of a layer: this run made its compressed bytes, or verified them (`made`); it fetched them
 * from the registry by digest (`fetched`); or it tested a tar with the layer's diff ID (`matched`).
 */
const LAYER_ORIGINS = ["made", "fetched", "matched"];


/***/ }),

/***/ 43729:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  SG: () => (/* binding */ redactTexts),
  B1: () => (/* binding */ renderReport)
});

// UNUSED EXPORTS: REPORT, renderReportSchema

// EXTERNAL MODULE: ./node_modules/zod/v4/classic/schemas.js + 11 modules
var schemas = __webpack_require__(92857);
// EXTERNAL MODULE: ./node_modules/zod/v4/classic/iso.js
var iso = __webpack_require__(64377);
// EXTERNAL MODULE: ./src/model/build-mode.ts
var build_mode = __webpack_require__(64129);
// EXTERNAL MODULE: ./src/model/image.ts
var model_image = __webpack_require__(71444);
// EXTERNAL MODULE: ./src/model/smoke.ts
var smoke = __webpack_require__(37328);
// EXTERNAL MODULE: ./src/model/strategy.ts
var strategy = __webpack_require__(58924);
;// CONCATENATED MODULE: ./src/report/use-schema.ts

const milliseconds = schemas/* number */.aig().min(0).describe("milliseconds");
const count = schemas/* int */.Whr().min(0);
/** What the run used of a builder. */
const BUILDER_USE = schemas/* strictObject */.rej({
    builds: count.describe("how many builds it ran, whatever their outcome"),
    busyMs: milliseconds.describe("the durations of these builds, added up, in milliseconds"),
    cpuMs: milliseconds
        .nullable()
        .describe("the CPU time of these builds, in milliseconds; null unless it is known of all"),
    sentBytes: count
        .nullable()
        .describe("over cross-build's own connections to it; null if Nix opened connections of its own"),
    receivedBytes: count.nullable(),
})
    .describe("what the run used of it");
/** What a build used. */
const BUILD_USE = schemas/* strictObject */.rej({
    cpuMs: milliseconds
        .nullable()
        .describe("CPU time of its processes, added up over all CPUs, in milliseconds"),
    peakMemoryBytes: count
        .nullable()
        .describe("the most anonymous memory that its processes had together, in samples"),
    copiedBytes: count
        .nullable()
        .describe("the uncompressed size of the inputs that were copied to its builder for it, from other builders"),
})
    .describe("what it used; null: not known");
/** What a phase used of the disks. */
const DISK_USE = schemas/* array */.YOg(schemas/* strictObject */.rej({
    folder: schemas/* string */.YjP().describe("a folder on the disk: the store, or the temporary files"),
    usedBytes: count.describe("what the disk lost at most, whoever used it"),
    freeBytes: count.describe("the least that was free"),
}))
    .describe("the use of this machine's disks; phases that run at the same time have the same");
/** What this machine used during a phase. */
const MACHINE_USE = schemas/* strictObject */.rej({
    cpuMs: milliseconds.describe("time in which a CPU was busy, added up over all CPUs, in ms"),
    peakMemoryBytes: count.describe("the most memory that was in use"),
    receivedBytes: count.describe("over all network interfaces but loopback"),
    sentBytes: count,
})
    .nullable()
    .describe("what this machine used, whoever used it; null if it is not known, as on macOS");

;// CONCATENATED MODULE: ./src/report/report.ts






const report_text = schemas/* string */.YjP();
const report_milliseconds = schemas/* number */.aig().min(0).describe("milliseconds");
const report_count = schemas/* int */.Whr().min(0);
const instant = iso/* datetime */.w$().describe("UTC");
const foreignFile = schemas/* strictObject */.rej({ path: report_text, machine: report_text.describe("the file's CPU"), layer: report_count });
/**
 * Version 2 of the report on one run. `docs/report.schema.json` is its JSON Schema. Parts that the run did
 * not reach are null or an empty list.
 */
const REPORT = schemas/* strictObject */.rej({
    version: schemas/* literal */.euz(2),
    outcome: schemas/* enum */.k5n(["success", "failure", "cancelled"]),
    error: schemas/* strictObject */.rej({ code: report_text, message: report_text, hint: report_text.nullable() }).nullable(),
    startedAt: instant,
    durationMs: report_milliseconds,
    commit: report_text.nullable().describe("the commit that the workflow runs on"),
    runUrl: report_text.nullable().describe("the page of the workflow's run"),
    host: schemas/* strictObject */.rej({
        system: report_text,
        event: report_text.nullable().describe("the event that triggered the workflow"),
    }),
    nix: schemas/* strictObject */.rej({
        version: report_text,
        origin: schemas/* enum */.k5n(["reused", "installed"]),
        source: schemas/* enum */.k5n(["present", "tool-cache", "download", "distribution"]),
    })
        .nullable(),
    builders: schemas/* array */.YOg(schemas/* strictObject */.rej({
        uri: report_text,
        alias: report_text,
        systems: schemas/* array */.YOg(report_text),
        state: schemas/* enum */.k5n(["ready", "degraded", "dropped"]),
        code: report_text.nullable(),
        reason: report_text.nullable(),
        hint: report_text.nullable(),
        nix: report_text.nullable().describe("Nix version of the builder"),
        slots: report_count.describe("maximum number of concurrent builds"),
        features: schemas/* array */.YOg(report_text),
        probeMs: report_milliseconds.nullable(),
        cpus: report_count.nullable(),
        load: schemas/* number */.aig().nullable().describe("load average of the last minute"),
        freeBytes: report_count.nullable().describe("free space in its store"),
        use: BUILDER_USE,
    })),
    builderChanges: schemas/* array */.YOg(schemas/* strictObject */.rej({
        uri: report_text,
        at: instant,
        state: schemas/* enum */.k5n(["ready", "degraded", "dropped"]),
        reason: report_text,
    }))
        .describe("builders that were lost or became available again after the first probe"),
    plans: schemas/* array */.YOg(schemas/* strictObject */.rej({
        target: report_text,
        buildSystem: report_text,
        strategy: schemas/* enum */.k5n(strategy/* STRATEGIES */.Y),
        attributes: schemas/* array */.YOg(report_text),
        verdicts: schemas/* array */.YOg(schemas/* strictObject */.rej({
            strategy: schemas/* enum */.k5n(strategy/* STRATEGIES */.Y),
            verdict: schemas/* enum */.k5n(["chosen", "fallback", "rejected"]),
            reason: report_text,
        })),
    })),
    attempts: schemas/* array */.YOg(schemas/* strictObject */.rej({
        target: report_text,
        strategy: schemas/* enum */.k5n(strategy/* STRATEGIES */.Y),
        mode: schemas/* enum */.k5n(build_mode/* BUILD_MODES */.U)
            .describe("local and emulated: on this machine; " +
            "build-hook: Nix itself sends each derivation to a builder; " +
            "single-store: everything is built in one builder's store; " +
            "distributed: cross-build sends each derivation to a builder"),
        reason: report_text,
        startedAt: instant,
        durationMs: report_milliseconds,
        outcome: schemas/* enum */.k5n(["built", "failed"]),
        code: report_text.nullable(),
        message: report_text.nullable(),
    }))
        .describe("all attempts to build, in order"),
    storePaths: schemas/* array */.YOg(report_text),
    builds: schemas/* array */.YOg(schemas/* strictObject */.rej({
        target: report_text.describe("the target system that it was built for"),
        drvPath: report_text,
        name: report_text,
        dependencies: schemas/* array */.YOg(report_text).describe("the derivations of this list that it depends on directly"),
        place: report_text.describe("local, or the builder's store URI"),
        startedAt: instant,
        durationMs: report_milliseconds,
        outcome: schemas/* enum */.k5n(["built", "failed", "interrupted"])
            .describe("interrupted: it was ended, for example because the run was cancelled or another build failed"),
        log: schemas/* array */.YOg(report_text).describe("the last lines that a failed build printed"),
        use: BUILD_USE,
    })),
    substituters: schemas/* array */.YOg(schemas/* strictObject */.rej({ uri: report_text, state: schemas/* enum */.k5n(["usable", "dropped"]), reason: report_text }))
        .describe("the substituters on HTTP servers; a build leaves out those that are dropped"),
    substitutions: schemas/* array */.YOg(schemas/* strictObject */.rej({
        target: report_text,
        storePath: report_text,
        from: report_text,
        durationMs: report_milliseconds,
        outcome: schemas/* enum */.k5n(["substituted", "failed"])
            .describe("failed: another substituter or a build had to follow"),
    })),
    caches: schemas/* array */.YOg(schemas/* strictObject */.rej({
        uri: report_text,
        isTrustedByLocation: schemas/* boolean */.zMY().describe("read without signatures, because its location is trusted"),
        hitRate: schemas/* number */.aig()
            .min(0)
            .max(1)
            .nullable()
            .describe("share of the required store paths that it had"),
        state: schemas/* enum */.k5n(["pushed", "unchanged", "withheld", "failed"]),
        reason: report_text.describe("the reason for the state"),
        pathsPushed: report_count,
        pathsPresent: report_count,
        pathsLeft: report_count.describe("paths that the run could not push in time, or at all"),
        bytesPushed: report_count.describe("compressed"),
        restored: schemas/* strictObject */.rej({
            state: schemas/* enum */.k5n(["restored", "empty", "withheld", "failed"]),
            reason: report_text,
            entries: report_count,
            paths: report_count,
            bytes: report_count,
        })
            .nullable()
            .describe("what was restored from GitHub's cache"),
        saved: schemas/* strictObject */.rej({ kind: schemas/* enum */.k5n(["base", "delta"]), key: report_text, bytes: report_count })
            .nullable()
            .describe("the newest entry that was added to GitHub's cache, and the bytes of all of them"),
    }))
        .describe("the run's own caches, in the order in which Nix asks them"),
    image: schemas/* strictObject */.rej({
        reference: report_text,
        digest: report_text
            .nullable()
            .describe("digest of the manifest, or of the image index if there are several targets; " +
            "null until it is pushed"),
        platforms: schemas/* array */.YOg(schemas/* strictObject */.rej({
            target: report_text,
            digest: report_text.describe("digest of the manifest"),
            imageId: report_text.describe("digest of the config"),
            sizeBytes: report_count.describe("what a client downloads: config and layers, compressed"),
            previousSizeBytes: report_count
                .nullable()
                .describe("the same of the image that the first tag pointed to before"),
        })),
        tags: schemas/* array */.YOg(report_text).describe("tags that point to the image now"),
    })
        .nullable(),
    layers: schemas/* array */.YOg(schemas/* strictObject */.rej({
        target: report_text,
        digest: report_text,
        sizeBytes: report_count,
        state: schemas/* enum */.k5n(model_image/* LAYER_STATES */.ZU)
            .describe("reused: the repository had it. mounted: another repository of the registry had it. recorded: " +
            "the repository had it, and the run did not make it, since an earlier one has recorded it"),
    })),
    audits: schemas/* array */.YOg(schemas/* strictObject */.rej({
        target: report_text,
        filesRead: report_count,
        elfFiles: report_count,
        foreign: schemas/* array */.YOg(foreignFile),
        allowed: schemas/* array */.YOg(foreignFile),
        multiCpuArchives: schemas/* array */.YOg(schemas/* strictObject */.rej({
            path: report_text,
            machines: schemas/* array */.YOg(report_text).describe("the other CPUs, such as aarch64"),
            ownIn: report_text.describe("the archive with the libraries for the target's CPU: itself, or a sibling"),
            layer: report_count,
        }))
            .describe("the first 100 zip and jar files with libraries for several CPUs"),
        orphanedScripts: schemas/* array */.YOg(schemas/* strictObject */.rej({ path: report_text, interpreter: report_text, layer: report_count }))
            .describe("the first 100 scripts whose interpreter is not in the image"),
        missingLibraries: schemas/* array */.YOg(schemas/* strictObject */.rej({
            path: report_text,
            kind: schemas/* enum */.k5n(["interpreter", "library"]),
            needs: report_text.describe("path of the interpreter, or name of the library"),
            storePath: report_text.nullable().describe("the store path with the file, which refers to it"),
            searched: schemas/* array */.YOg(report_text).describe("the folders in which the loader looks first"),
            layer: report_count,
        }))
            .describe("the first 100 loaders and libraries that ELF files need and the image lacks"),
        unreadableArchives: schemas/* array */.YOg(schemas/* strictObject */.rej({ path: report_text, reason: report_text, layer: report_count }))
            .describe("the first 100 zip and jar files that the audit cannot read"),
        largestPaths: schemas/* array */.YOg(schemas/* strictObject */.rej({ path: report_text, sizeBytes: report_count, layer: report_count }))
            .describe("the largest 100 store paths, and files and folders in `/`, with their unpacked sizes"),
    })),
    smokeTests: schemas/* array */.YOg(schemas/* strictObject */.rej({
        target: report_text,
        outcome: schemas/* enum */.k5n(["passed", "failed"]),
        runtime: report_text,
        isEmulated: schemas/* boolean */.zMY(),
        load: schemas/* strictObject */.rej({ way: schemas/* enum */.k5n(smoke/* LOAD_WAYS */.wM), reason: report_text })
            .describe("how the engine got the image: it had it, or got one layer with the files of all, or the layers"),
        layers: schemas/* array */.YOg(schemas/* strictObject */.rej({ digest: report_text, origin: schemas/* enum */.k5n(smoke/* LAYER_ORIGINS */.Ac) }))
            .describe("the tested layers, lowest first: the run made or verified the compressed bytes, " +
            "or fetched them by digest, or tested the same tar"),
        checks: schemas/* array */.YOg(schemas/* strictObject */.rej({
            name: report_text,
            kind: schemas/* enum */.k5n(smoke/* CHECK_KINDS */.FZ),
            outcome: schemas/* enum */.k5n(["passed", "failed"]),
            durationMs: report_milliseconds,
            detail: report_text,
        })),
        containerLog: report_text,
    })),
    promotion: schemas/* strictObject */.rej({
        state: schemas/* enum */.k5n(["promoted", "unchanged", "withheld"]),
        reason: report_text,
        tags: schemas/* array */.YOg(schemas/* strictObject */.rej({ tag: report_text, previous: report_text.nullable(), state: schemas/* enum */.k5n(["moved", "unchanged"]) })),
    })
        .nullable(),
    phases: schemas/* array */.YOg(schemas/* strictObject */.rej({
        name: report_text,
        startedAt: instant,
        durationMs: report_milliseconds,
        outcome: schemas/* enum */.k5n(["done", "failed"]),
        disks: DISK_USE,
        machine: MACHINE_USE,
    })),
    history: schemas/* strictObject */.rej({
        targets: schemas/* array */.YOg(schemas/* strictObject */.rej({
            target: report_text,
            runs: report_count.describe("earlier runs for the same attributes, with the same strategy and outcome"),
            times: schemas/* array */.YOg(schemas/* strictObject */.rej({
                name: report_text.describe("whole run, or a phase"),
                durationMs: report_milliseconds.describe("of this run, in milliseconds"),
                medianMs: report_milliseconds.describe("of the earlier runs, in milliseconds"),
            })),
            slower: schemas/* array */.YOg(schemas/* strictObject */.rej({
                name: report_text,
                durationMs: report_milliseconds,
                medianMs: report_milliseconds.describe("of the earlier builds, in milliseconds"),
                builds: report_count.describe("earlier builds of the derivation"),
                isConfirmed: schemas/* boolean */.zMY().describe("whether the build before was slower, too"),
            }))
                .describe("derivations that took longer than before"),
        })),
    })
        .nullable()
        .describe("comparison with earlier runs; null without the input history"),
});
/** The report as JSON text. */
function renderReport(report) {
    return `${JSON.stringify(report, undefined, 2)}\n`;
}
/** A document with `redact` applied to every text in it. To be done before the texts are escaped or cut. */
function redactTexts(document, redact) {
    return JSON.parse(JSON.stringify(document), (_, value) => typeof value === "string" ? redact(value) : value);
}
/** The JSON Schema of the report, 2020-12. */
function renderReportSchema() {
    const schema = { title: "cross-build report", ...z.toJSONSchema(REPORT) };
    return `${JSON.stringify(schema, undefined, 2)}\n`;
}


/***/ }),

/***/ 52020:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   C: () => (/* binding */ renderResult),
/* harmony export */   F: () => (/* binding */ composeTotal)
/* harmony export */ });
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(92857);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _model_gate_result_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8398);
/* harmony import */ var _markdown_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(54285);
/* harmony import */ var _results_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(98940);





const cell = zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().max(300);
const TARGET = zod__WEBPACK_IMPORTED_MODULE_2__/* .strictObject */ .rej({
    target: cell,
    digest: cell.describe("digest of the image's manifest; empty without an image"),
    result: cell,
    strategy: cell,
    size: cell,
    time: cell,
    share: cell,
    smoke: cell,
});
const RESULT = zod__WEBPACK_IMPORTED_MODULE_2__/* .strictObject */ .rej({
    version: zod__WEBPACK_IMPORTED_MODULE_2__/* .literal */ .euz(1),
    code: cell.describe("the error code of a failure, or empty"),
    pull: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().max(2_000).describe("the command that gets the image, or empty"),
    tags: zod__WEBPACK_IMPORTED_MODULE_2__/* .array */ .YOg(cell).max(1_000).describe("the tags that point to the image"),
    targets: zod__WEBPACK_IMPORTED_MODULE_2__/* .array */ .YOg(TARGET).max(100),
});
const NEEDS = zod__WEBPACK_IMPORTED_MODULE_2__/* .record */ .g1P(zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP(), zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({ result: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP(), outputs: zod__WEBPACK_IMPORTED_MODULE_2__/* .record */ .g1P(zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP(), zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP()).default({}) }));
/** Renders the output `result`: what a run did for each system, as the total of a workflow shows it. */
function renderResult(report) {
    const digestOf = (target) => report.image?.platforms.find((platform) => platform.target === target)?.digest ?? "";
    const targets = (0,_results_js__WEBPACK_IMPORTED_MODULE_3__/* .listTargets */ .nJ)(report).map((row) => ({ ...row, digest: digestOf(row.target) }));
    const pull = (0,_results_js__WEBPACK_IMPORTED_MODULE_3__/* .findPull */ .pM)(report) ?? "";
    const tags = report.image?.tags ?? [];
    const result = { version: 1, code: report.error?.code ?? "", pull, tags, targets };
    return JSON.stringify(result);
}
/**
 * Sums up all jobs that a job needs, from `toJSON(needs)`. Outputs that are neither `result` nor
 * `gate-result`, whatever their names, are ignored. Throws `INPUT_INVALID`.
 */
function composeTotal(needs) {
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
        tags.length === 0 ? "" : `Tags: ${tags.map(_markdown_js__WEBPACK_IMPORTED_MODULE_4__/* .renderCode */ .cR).join(", ")}.`,
        rows.length === 0 ? "" : (0,_markdown_js__WEBPACK_IMPORTED_MODULE_4__/* .renderTable */ .bo)(_results_js__WEBPACK_IMPORTED_MODULE_3__/* .RESULT_HEAD */ .VT, rows),
        ...pulls.map((pull) => (0,_markdown_js__WEBPACK_IMPORTED_MODULE_4__/* .renderFence */ .Q)(pull, pull.startsWith("docker ") ? "sh" : "")),
        (0,_markdown_js__WEBPACK_IMPORTED_MODULE_4__/* .renderTable */ .bo)(["job", "result", "error"], endings),
    ];
    return {
        summary: sections.filter((section) => section !== "").join("\n\n"),
        lines: rows.map((cells) => cells.filter((text) => text !== "").join(", ")),
    };
}
function renderHead(jobs) {
    const hasEnded = (ending) => jobs.some(({ ended }) => ended === ending);
    if (hasEnded("failure"))
        return "❌ cross-build: failure";
    if (hasEnded("cancelled"))
        return "⚪ cross-build: cancelled";
    return hasEnded("success") ? "✅ cross-build: success" : "⚪ cross-build: skipped";
}
function readJobs(needs) {
    const parsed = NEEDS.safeParse(parseJson(needs));
    if (!parsed.success) {
        throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("INPUT_INVALID", "input needs: it is not the JSON of the needed jobs", {
            hint: "Set it to toJSON(needs), as an expression.",
        });
    }
    return Object.entries(parsed.data).map(([name, { result: ended, outputs }]) => {
        const values = Object.values(outputs).map(parseJson);
        return {
            ...{ name, ended },
            results: values.flatMap((value) => RESULT.safeParse(value).data ?? []),
            gates: values.flatMap((value) => (0,_model_gate_result_js__WEBPACK_IMPORTED_MODULE_1__/* .readGateResults */ .oN)(value) ?? []),
        };
    });
}
/**
 * One row for each system and image: each cell from the first job that has it, and the result from the last
 * one. A job that only moves tags has no rows, but names the image.
 */
function joinRows(jobs) {
    const results = jobs.flatMap((job) => job.results);
    const promoted = new Set(results.flatMap(({ pull, tags }) => (tags.length === 0 ? [] : pull)));
    const gates = jobs.flatMap((job) => job.gates);
    const rows = [];
    for (const { targets, pull } of results) {
        for (const row of targets) {
            const tested = addGates(row, gates);
            const current = promoted.has(pull) ? promote(tested) : tested;
            const index = rows.findIndex((other) => isSame(other, row));
            const before = rows[index];
            if (before === undefined)
                rows.push(current);
            else
                rows[index] = joinCells(before, current);
        }
    }
    return rows;
}
/** Whether two rows are about one system, and not about different images. */
function isSame(a, b) {
    return a.target === b.target && (a.digest === b.digest || a.digest === "" || b.digest === "");
}
/** The results of a job that leaves the smoke test to another one. */
const BEFORE_GATE = ["✅ built", "✅ pushed"];
/** Adds the smoke tests of a row's image in other jobs. */
function addGates(row, all) {
    const gates = all.filter(({ digest }) => digest === row.digest);
    if (gates.length === 0)
        return row;
    const hasFailed = gates.some(({ outcome }) => outcome === "failed");
    const emulated = gates.some(({ engine, platform }) => engine !== platform) ? ", emulated" : "";
    const smoke = `${hasFailed ? "❌ failed" : "✅ passed"}${emulated}`;
    if (hasFailed)
        return { ...row, smoke, result: "❌ smoke test failed" };
    return { ...row, smoke, result: BEFORE_GATE.includes(row.result) ? "✅ tested" : row.result };
}
function joinCells(before, after) {
    const filled = Object.entries(after).filter(([name]) => before[name] === "");
    return {
        ...before,
        ...Object.fromEntries(filled),
        result: isFailed(before) ? before.result : after.result,
    };
}
function promote(row) {
    return isFailed(row) ? row : { ...row, result: "✅ promoted" };
}
function isFailed({ result }) {
    return result.startsWith("❌");
}
function parseJson(text) {
    try {
        return JSON.parse(text);
    }
    catch {
        return undefined;
    }
}


/***/ }),

/***/ 64377:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   w$: () => (/* binding */ datetime)
/* harmony export */ });
/* unused harmony exports date, time, duration */
/* harmony import */ var _core_index_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(43759);
/* harmony import */ var _schemas_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(92857);



function datetime(params) {
    return _core_index_js__WEBPACK_IMPORTED_MODULE_0__/* ._isoDateTime */ .G1(_schemas_js__WEBPACK_IMPORTED_MODULE_1__/* .ZodISODateTime */ .You, params);
}
function date(params) {
    return core._isoDate(ZodISODate, params);
}
function time(params) {
    return core._isoTime(ZodISOTime, params);
}
function duration(params) {
    return core._isoDuration(ZodISODuration, params);
}


/***/ })

};
