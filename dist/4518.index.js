export const id = 4518;
export const ids = [4518];
export const modules = {

/***/ 90071:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   J: () => (/* binding */ median)
/* harmony export */ });
/** The middle one of at least one number, or the mean of the two middle ones. */
function median(numbers) {
    const sorted = numbers.toSorted((a, b) => a - b);
    const middle = (sorted.length - 1) / 2;
    return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}


/***/ }),

/***/ 34518:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   MAX_HISTORY_BYTES: () => (/* binding */ MAX_HISTORY_BYTES),
/* harmony export */   addToHistory: () => (/* binding */ addToHistory),
/* harmony export */   compareWithHistory: () => (/* binding */ compareWithHistory),
/* harmony export */   listRegressions: () => (/* binding */ listRegressions),
/* harmony export */   parseHistory: () => (/* binding */ parseHistory),
/* harmony export */   renderHistory: () => (/* binding */ renderHistory)
/* harmony export */ });
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(92857);
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(64377);
/* harmony import */ var _model_count_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(47302);
/* harmony import */ var _model_median_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(90071);



const text = zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP().max(300);
const milliseconds = zod__WEBPACK_IMPORTED_MODULE_0__/* .number */ .aig().min(0).max(1e10);
const times = zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .tuple */ .PVZ([text, milliseconds])).max(2_000);
/** The times of one run for one target. Pairs, not objects, because the names come from outside. */
const RUN = zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
    at: zod__WEBPACK_IMPORTED_MODULE_1__/* .datetime */ .w$(),
    target: text,
    strategy: text,
    /** The attributes that were built. */
    attributes: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(text).max(100),
    outcome: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["success", "failure", "cancelled"]),
    durationMs: milliseconds,
    phases: times,
    builds: times,
});
const HISTORY = zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({ version: zod__WEBPACK_IMPORTED_MODULE_0__/* .literal */ .euz(1), runs: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(RUN).max(1_000) });
/** A history file that is larger is not read. */
const MAX_HISTORY_BYTES = 8 << 20;
/** How many runs of the same target and the same attributes are kept and compared. */
const KEPT_RUNS = 30;
const KEPT_TOTAL = 300;
const KEPT_BUILDS = 1_000;
/** The fewest earlier builds from which a build can be called slower. */
const MIN_BUILDS = 8;
/** A build is slower if it took longer than the median by so much, ... */
const MIN_GROWTH_MS = 10_000;
/** ... than the longest of the earlier ones by this factor, ... */
const MIN_RATIO = 1.3;
/** ... and than the median by so many deviations of the logarithms, which are at least 5 %. */
const MIN_DEVIATIONS = 3.5;
const MIN_DEVIATION = 0.05;
/** Makes the median of absolute deviations an estimate of the standard deviation. */
const MAD_SCALE = 1.4826;
/** From so many builds on, what they have in common is the speed of the machine. */
const MIN_COMMON = 3;
/** Reads the text of a history. Throws a plain Error that says why it cannot be used. */
function parseHistory(content) {
    if (Buffer.byteLength(content) > MAX_HISTORY_BYTES)
        throw new Error("it is too large");
    let value;
    try {
        value = JSON.parse(content);
    }
    catch {
        throw new Error("it is not JSON, or not all of it");
    }
    const parsed = HISTORY.safeParse(value);
    if (parsed.success)
        return parsed.data.runs;
    const [issue] = parsed.error.issues;
    const place = issue === undefined ? "" : ` (at ${JSON.stringify(issue.path.join(".").slice(0, 100))})`;
    throw new Error(`it is not a history of this version of cross-build${place}`);
}
/** Renders the newest runs that fit into what is read. */
function renderHistory(history) {
    const begin = '{"version":1,"runs":[';
    const end = "]}\n";
    let bytes = begin.length + end.length;
    const runs = [];
    for (const run of history.toReversed()) {
        const rendered = JSON.stringify(run);
        bytes += Buffer.byteLength(rendered) + 1;
        if (bytes > MAX_HISTORY_BYTES)
            break;
        runs.unshift(rendered);
    }
    return begin + runs.join(",") + end;
}
/** Adds a run to a history, without the oldest runs that are no longer compared. */
function addToHistory(history, report) {
    const counts = new Map();
    const isKept = (run) => {
        const work = nameWork(run);
        const count = (counts.get(work) ?? 0) + 1;
        counts.set(work, count);
        return count <= KEPT_RUNS;
    };
    const newestFirst = [...history, ...listRuns(report)].toReversed();
    return newestFirst.filter(isKept).slice(0, KEPT_TOTAL).toReversed();
}
/** Compares a run with the earlier ones of the same targets. */
function compareWithHistory(report, history) {
    const byWork = Map.groupBy(history, nameWork);
    const compare = (run) => compareRun(run, byWork.get(nameWork(run)) ?? []);
    return { targets: listRuns(report).map(compare) };
}
/** Warnings about the builds that became slower: those that were slower twice in a row. */
function listRegressions({ history }) {
    return (history?.targets ?? []).flatMap(({ target, slower }) => slower
        .filter(({ isConfirmed }) => isConfirmed)
        .map(({ name, durationMs, medianMs, builds }) => `${name} became slower for ${target}: ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_2__/* .renderDuration */ .PP)(durationMs)}, as in the build before; ` +
        `the median of the ${builds} builds before that is ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_2__/* .renderDuration */ .PP)(medianMs)}`));
}
/** The times of a run, for each target that it tried to build. */
function listRuns(report) {
    const { plans, attempts, builds, phases, startedAt, durationMs, outcome } = report;
    return plans.flatMap(({ target, attributes }) => {
        const last = attempts.findLast((attempt) => attempt.target === target);
        if (last === undefined)
            return [];
        return [
            {
                at: startedAt,
                target: clip(target),
                strategy: last.strategy,
                attributes: attributes.slice(0, 100).map(clip),
                outcome,
                durationMs,
                phases: phases.map((phase) => [clip(phase.name), phase.durationMs]),
                builds: listBuilds(builds.filter((build) => build.target === target)),
            },
        ];
    });
}
/** How long each derivation took, by name. Of two with the same name, the history could not tell which. */
function listBuilds(builds) {
    const built = builds.filter(({ outcome }) => outcome === "built");
    return [...Map.groupBy(built, ({ name }) => clip(name))]
        .flatMap(([name, own]) => {
        const isClear = new Set(own.map(({ drvPath }) => drvPath)).size === 1;
        const last = own.at(-1);
        return isClear && last !== undefined ? [[name, last.durationMs]] : [];
    })
        .toSorted(([, a], [, b]) => b - a)
        .slice(0, KEPT_BUILDS);
}
/** Only runs with the same name are compared. */
function nameWork({ target, strategy, attributes }) {
    return JSON.stringify([target, strategy, ...attributes]);
}
function compareRun(run, earlier) {
    const recent = earlier.slice(-KEPT_RUNS);
    const alike = recent.filter(({ outcome }) => outcome === run.outcome);
    const compare = (name, durationMs, others) => others.length === 0 ? [] : [{ name, durationMs, medianMs: (0,_model_median_js__WEBPACK_IMPORTED_MODULE_3__/* .median */ .J)(others) }];
    const phases = alike.map((other) => new Map(other.phases));
    const wholeMs = alike.map(({ durationMs }) => durationMs);
    return {
        target: run.target,
        runs: alike.length,
        times: [
            ...compare("whole run", run.durationMs, wholeMs),
            ...run.phases.flatMap(([name, durationMs]) => compare(name, durationMs, findTimes(phases, name))),
        ],
        slower: findSlower(new Map(run.builds), recent.map(({ builds }) => new Map(builds))),
    };
}
/**
 * The derivations that took longer than before. One that is slow for the first time may be an accident, such
 * as a slow download: it is confirmed when it is slow in two builds in a row.
 */
function findSlower(run, earlier) {
    const slowdown = findSlowdown(run, earlier);
    const earlierSlowdowns = new Map();
    const slowdownOf = (index) => {
        const known = earlierSlowdowns.get(index);
        const found = known ?? findSlowdown(earlier[index] ?? new Map(), earlier.slice(0, index));
        earlierSlowdowns.set(index, found);
        return found;
    };
    return [...run].flatMap(([name, durationMs]) => {
        const before = findTimes(earlier, name);
        const base = before.slice(0, -1);
        const lastMs = before.at(-1);
        const describe = (others, isConfirmed) => [
            { name, durationMs, medianMs: (0,_model_median_js__WEBPACK_IMPORTED_MODULE_3__/* .median */ .J)(others), builds: others.length, isConfirmed },
        ];
        if (lastMs !== undefined && isSlower(durationMs / slowdown, base)) {
            const index = earlier.findLastIndex((times) => times.has(name));
            if (isSlower(lastMs / slowdownOf(index), base))
                return describe(base, true);
        }
        return isSlower(durationMs / slowdown, before) ? describe(before, false) : [];
    });
}
function isSlower(durationMs, others) {
    if (others.length < MIN_BUILDS)
        return false;
    const logarithms = others.map((other) => Math.log(Math.max(1, other)));
    const middle = (0,_model_median_js__WEBPACK_IMPORTED_MODULE_3__/* .median */ .J)(logarithms);
    const spread = MAD_SCALE * (0,_model_median_js__WEBPACK_IMPORTED_MODULE_3__/* .median */ .J)(logarithms.map((value) => Math.abs(value - middle)));
    return (durationMs > (0,_model_median_js__WEBPACK_IMPORTED_MODULE_3__/* .median */ .J)(others) + MIN_GROWTH_MS &&
        durationMs > Math.max(...others) * MIN_RATIO &&
        Math.log(durationMs) > middle + MIN_DEVIATIONS * Math.max(spread, MIN_DEVIATION));
}
/** By how much a run was slower as a whole: a busy machine is slow with every derivation. At least 1. */
function findSlowdown(run, earlier) {
    const ratios = [...run].flatMap(([name, durationMs]) => {
        const before = findTimes(earlier, name);
        return before.length < MIN_BUILDS ? [] : [durationMs / Math.max(1, (0,_model_median_js__WEBPACK_IMPORTED_MODULE_3__/* .median */ .J)(before))];
    });
    return ratios.length < MIN_COMMON ? 1 : Math.max(1, (0,_model_median_js__WEBPACK_IMPORTED_MODULE_3__/* .median */ .J)(ratios));
}
function findTimes(runs, name) {
    return runs.flatMap((times) => times.get(name) ?? []);
}
function clip(name) {
    return name.slice(0, 300);
}


/***/ })

};
