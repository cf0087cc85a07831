export const id = 6499;
export const ids = [6499];
export const modules = {

/***/ 66499:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   readTotalStep: () => (/* binding */ readTotalStep)
/* harmony export */ });
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(1170);
/* harmony import */ var _report_total_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(52020);
/* harmony import */ var _log_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(58592);



/** Reads the input of the total, which writes one job summary for all jobs that its job needs. */
function readTotalStep(read) {
    const { summary, lines } = (0,_report_total_js__WEBPACK_IMPORTED_MODULE_0__/* .composeTotal */ .F)(read("needs"));
    return async () => {
        for (const line of lines)
            _log_js__WEBPACK_IMPORTED_MODULE_1__/* .actionLog */ .Z.info(line);
        if (process.env["GITHUB_STEP_SUMMARY"] !== undefined) {
            await _actions_core__WEBPACK_IMPORTED_MODULE_2__/* .summary */ .z.addRaw(`${summary}\n`).write();
        }
    };
}


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
