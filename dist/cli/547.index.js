export const id = 547;
export const ids = [547];
export const modules = {

/***/ 13547:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  compare: () => (/* binding */ compare),
  parseCompareSettings: () => (/* binding */ parseCompareSettings)
});

// EXTERNAL MODULE: ./src/report/comparison.ts
var report_comparison = __webpack_require__(32821);
// EXTERNAL MODULE: ./src/model/count.ts
var count = __webpack_require__(47302);
// EXTERNAL MODULE: ./src/platform/log.ts
var log = __webpack_require__(74425);
;// CONCATENATED MODULE: ./src/report/markdown.ts
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

;// CONCATENATED MODULE: ./src/report/comparison-text.ts



const HEAD = [
    "strategy",
    "build",
    "build CPU",
    "link",
    "time",
    "ratio",
    "CPU time",
    "memory",
    "sent",
    "received",
];
/** Renders the comparison for a terminal: a table for each target, and the machines. */
function renderComparisonText(comparison) {
    const blocks = [...groupByTarget(comparison)].map(([target, rows]) => {
        const cells = [HEAD, ...rows.flatMap((row) => renderCells(row))];
        const widths = HEAD.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
        const lines = cells.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
        return [target, ...[...lines, ...renderUnmeasured(rows)].map((line) => `  ${line.trimEnd()}`)].join("\n");
    });
    const notes = renderNotes(comparison);
    return (0,log/* sanitizeText */.jZ)([renderTitle(comparison), ...blocks, notes.join("\n")].join("\n\n")).concat("\n");
}
/** Renders the comparison as Markdown for the job summary: charts and a table. Escapes text from outside. */
function renderComparisonSummary(comparison) {
    const sections = [...groupByTarget(comparison)].flatMap(([target, rows]) => {
        const measured = rows.flatMap((row) => {
            const machine = row.machines.map(renderMachine).join("; ");
            return renderCells(row).map((cells) => [...cells, machine]);
        });
        const others = rows.filter(({ state }) => state !== "measured");
        return [
            `### ${target}`,
            ...(measured.length === 0
                ? []
                : [renderFence(renderChart(target, rows), "mermaid"), renderTable([...HEAD, "machine"], measured)]),
            ...(others.length === 0
                ? []
                : [
                    renderTable(["strategy", "not measured here"], others.map((row) => [row.strategy, row.reason])),
                ]),
        ];
    });
    const { installable, change } = comparison;
    const changed = change === null ? "" : `, changed: ${renderCode(change)}`;
    const title = `## cross-build compare: ${renderCode(installable)}${changed}`;
    return [title, ...sections].join("\n\n").concat("\n");
}
/**
 * A bar for each measured build of a target, as a chart of Mermaid.
 * @see https://mermaid.js.org/syntax/xyChart.html
 */
function renderChart(target, rows) {
    const bars = rows.flatMap((row) => listMeasurements(row).map(([build, { wallMs }]) => ({
        label: `${row.strategy}${row.isEmulated ? " (QEMU)" : ""}, ${build}`,
        seconds: (wallMs.median / 1000).toFixed(1),
    })));
    return [
        "xychart-beta horizontal",
        `  title "build for ${target}"`,
        `  x-axis [${bars.map(({ label }) => JSON.stringify(label)).join(", ")}]`,
        '  y-axis "seconds"',
        `  bar [${bars.map(({ seconds }) => seconds).join(", ")}]`,
    ].join("\n");
}
function groupByTarget({ rows }) {
    return Map.groupBy(rows, ({ target }) => target);
}
function listMeasurements({ cold, changed }) {
    return [
        ...(cold === null ? [] : [["cold", cold]]),
        ...(changed === null ? [] : [["changed", changed]]),
    ];
}
function renderCells(row) {
    if (row.state !== "measured")
        return [];
    const { strategy, isReference, buildCpu, isEmulated } = row;
    return listMeasurements(row).map(([build, { wallMs, ratio, cpuMs, memoryBytes, ...bytes }]) => [
        strategy,
        build,
        `${buildCpu}${isEmulated ? " (QEMU)" : ""}`,
        renderLink(row.link),
        (0,count/* renderDuration */.PP)(wallMs.median),
        ratio === null ? "–" : isReference ? "1" : ratio.toFixed(2),
        cpuMs === null ? "–" : (0,count/* renderDuration */.PP)(cpuMs),
        renderBytes(memoryBytes),
        renderBytes(bytes.sentBytes),
        renderBytes(bytes.receivedBytes),
    ]);
}
function renderBytes(bytes) {
    return bytes === null ? "–" : (0,count/* renderMebibytes */.BW)(bytes);
}
function renderLink({ kind, roundTripMs }) {
    if (kind === "local")
        return "this machine";
    return roundTripMs === null ? "ssh" : `ssh, ${roundTripMs < 1 ? "< 1" : Math.round(roundTripMs)} ms`;
}
function renderUnmeasured(rows) {
    return rows
        .filter(({ state }) => state !== "measured")
        .map(({ strategy, reason }) => `${strategy}: not measured here: ${reason.replace(/\s+/g, " ")}`);
}
function renderTitle({ installable, change, rounds }) {
    const changed = change === null ? "" : `, changed: ${change}`;
    return `compare ${installable}${changed} (${(0,count/* countOf */.pq)(rounds, "round")})`.replace(/\s+/g, " ");
}
function renderMachine({ name, cpuModel, cpus }) {
    const facts = [cpuModel ?? "unknown CPU", ...(cpus === null ? [] : [(0,count/* countOf */.pq)(cpus, "CPU")])];
    return `${name}: ${facts.join(", ")}`.replace(/\s+/g, " ");
}
function renderNotes({ change, rows }) {
    const none = "Name a source file that you often edit with --change to measure a build after a change.";
    return [
        ...(change === null ? [none] : []),
        ...new Set(rows.flatMap(({ machines }) => machines.map(renderMachine))),
    ];
}

// EXTERNAL MODULE: ./src/report/report.ts + 1 modules
var report = __webpack_require__(43729);
// EXTERNAL MODULE: ./src/action/read-job.ts + 7 modules
var read_job = __webpack_require__(22662);
// EXTERNAL MODULE: ./node_modules/@actions/core/lib/core.js + 8 modules
var core = __webpack_require__(46058);
;// CONCATENATED MODULE: ./src/action/log.ts


/**
 * The log of a workflow run. Builds and containers may print anything, so workflow commands in messages are
 * disarmed. Debug messages appear if the runner sets `RUNNER_DEBUG`.
 */
const actionLog = (0,log/* createMaskingLog */.jg)({
    info: (message) => {
        core.info(disarmCommands(message));
    },
    debug: (message) => {
        // Outside of debug mode the runner would drop these lines, but first read them all.
        if (core.isDebug())
            core.debug(message);
    },
    warning: (message) => {
        core.warning(message);
    },
    error: (message) => {
        core.error(message);
    },
    group: (title, lines) => {
        core.startGroup(title);
        for (const line of lines)
            core.info(disarmCommands(line));
        core.endGroup();
    },
    mask: (secret) => {
        core.setSecret(secret);
    },
});
/**
 * Changes text so that the runner sees no workflow command in it: neither `::name::` at the start of a line
 * nor the older `##[name]` anywhere in a line.
 * @see actions/runner, src/Runner.Common/ActionCommand.cs
 */
function disarmCommands(text) {
    return (0,log/* sanitizeText */.jZ)(text)
        .split("\n")
        .map((line) => line.replace(/^(\s*)::/, "$1: :").replaceAll("##[", "# #["))
        .join("\n");
}

// EXTERNAL MODULE: ./src/action/settings.ts + 1 modules
var settings = __webpack_require__(45066);
;// CONCATENATED MODULE: ./src/action/compare.ts






const MOST_ROUNDS = 100;
/** Parses the flags that only `cross-build compare` has. Throws `INPUT_INVALID`. */
function parseCompareSettings(read) {
    const rounds = read("rounds");
    if (!/^[1-9][0-9]*$/.test(rounds) || Number(rounds) > MOST_ROUNDS)
        throw (0,settings/* invalid */.Gq)("rounds", rounds, `Give a whole number from 1 to ${MOST_ROUNDS}.`);
    return {
        change: (0,settings/* optional */.lq)(read("change")),
        rounds: Number(rounds),
        isJson: (0,settings/* parseBoolean */.yG)("json", read("json")),
    };
}
/**
 * Runs `cross-build compare`, and returns the exit code. Prints the comparison, and adds it to
 * the summary of a job on GitHub. Rejects with the error of the first build that failed, after that.
 */
async function compare({ inputs, isJson, ...options }, context, print) {
    const { length } = inputs.installables;
    if (length !== 1)
        throw (0,settings/* invalid */.Gq)("installables", `${length} packages`, "Give one package, such as .#image.");
    const { comparison: compared, error } = await (0,read_job/* runCompareFromInputs */.as)(inputs, options, context);
    // What Nix or a builder says in an error may repeat a secret.
    const comparison = (0,report/* redactTexts */.SG)(compared, context.log.redact);
    print(isJson ? (0,report_comparison/* renderComparison */.Wo)(comparison) : disarmCommands(renderComparisonText(comparison)));
    if ((context.environment["GITHUB_STEP_SUMMARY"] ?? "") !== "") {
        const core = await Promise.resolve(/* import() */).then(__webpack_require__.bind(__webpack_require__, 46058));
        await core.summary.addRaw(renderComparisonSummary(comparison)).write();
    }
    if (error !== undefined)
        throw error;
    return 0;
}


/***/ }),

/***/ 32821:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Wo: () => (/* binding */ renderComparison),
/* harmony export */   s$: () => (/* binding */ addRatios)
/* harmony export */ });
/* unused harmony exports COMPARISON, isComparable, renderComparisonSchema */
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(92857);
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(64377);
/* harmony import */ var _model_strategy_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(58924);


const text = zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP();
const count = zod__WEBPACK_IMPORTED_MODULE_0__/* .int */ .Whr().min(0);
const milliseconds = zod__WEBPACK_IMPORTED_MODULE_0__/* .number */ .aig().min(0).describe("milliseconds");
const ratio = zod__WEBPACK_IMPORTED_MODULE_0__/* .number */ .aig().min(0).nullable();
const measurement = zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
    wallMs: zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({ min: milliseconds, median: milliseconds, max: milliseconds })
        .describe("duration of the build, in milliseconds"),
    cpuMs: milliseconds
        .nullable()
        .describe("CPU time of the machines that build, added up over all CPUs, whoever used it; the median"),
    memoryBytes: count
        .nullable()
        .describe("the most memory in use on a machine that builds, beyond what was in use before, once a second"),
    sentBytes: count
        .nullable()
        .describe("what this machine sent to builders, or otherwise over its interfaces but loopback; the median"),
    receivedBytes: count.nullable(),
    ratio: ratio.describe("median duration divided by that of the reference row of the target"),
})
    .describe("null: not known");
/**
 * Version 1 of the comparison of strategies. `docs/comparison.schema.json` is its JSON Schema.
 */
const COMPARISON = zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
    version: zod__WEBPACK_IMPORTED_MODULE_0__/* .literal */ .euz(1),
    installable: text,
    change: text.nullable().describe("the changed file, relative to the folder of flake.nix"),
    rounds: count.describe("measured rounds; one more comes before them as a warm-up"),
    startedAt: zod__WEBPACK_IMPORTED_MODULE_1__/* .datetime */ .w$().describe("UTC"),
    host: zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({ system: text, nix: text.describe("version of Nix") }),
    rows: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
        target: text,
        strategy: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(_model_strategy_js__WEBPACK_IMPORTED_MODULE_2__/* .STRATEGIES */ .Y),
        state: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["measured", "impossible", "failed"])
            .describe("impossible: this machine cannot use the strategy; failed: a build failed"),
        reason: text.describe("why the strategy can or cannot be used, or the error of the build"),
        code: text.nullable().describe("error code of a failed build"),
        buildCpu: text.describe("the system for which the build's programs are"),
        isEmulated: zod__WEBPACK_IMPORTED_MODULE_0__/* .boolean */ .zMY().describe("whether QEMU runs these programs"),
        link: zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
            kind: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["local", "ssh"]),
            roundTripMs: milliseconds.nullable().describe("the longest one, if there are several builders"),
        })
            .describe("the way from this machine to the one that builds"),
        machines: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
            name: text.describe("this machine, or the builder's store URI"),
            cpuModel: text.nullable(),
            cpus: count.nullable(),
        }))
            .describe("the machines that build"),
        isReference: zod__WEBPACK_IMPORTED_MODULE_0__/* .boolean */ .zMY().describe("whether the ratios of its target are to this row"),
        evaluationMs: milliseconds
            .nullable()
            .describe("evaluation of the changed or unchanged flake, maybe twice; not in wallMs"),
        derivations: zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({ cold: count, changed: count.nullable() })
            .nullable()
            .describe("how many derivations a round builds"),
        cold: measurement.nullable().describe("everything that no substituter has is built"),
        changed: measurement.nullable().describe("what depends on the changed file is built"),
    })),
});
/**
 * Whether a row's times stand for what its machines would take. A builder that emulates the target's CPU
 * stands in for one that has it, but is far slower. In `emulate`, emulation is what is measured.
 */
function isComparable({ state, strategy, isEmulated }) {
    return state === "measured" && (strategy === "emulate" || !isEmulated);
}
/**
 * Adds the ratios, between rows of one target. The reference is the first comparable row, in the order of
 * `STRATEGIES`, that is not emulated. Without another comparable row, there are none.
 */
function addRatios(rows) {
    const references = new Map();
    for (const own of Map.groupBy(rows.filter(isComparable), ({ target }) => target).values()) {
        const reference = own
            .filter(({ isEmulated }) => !isEmulated)
            .toSorted((a, b) => _model_strategy_js__WEBPACK_IMPORTED_MODULE_2__/* .STRATEGIES */ .Y.indexOf(a.strategy) - _model_strategy_js__WEBPACK_IMPORTED_MODULE_2__/* .STRATEGIES */ .Y.indexOf(b.strategy))[0];
        if (reference === undefined || own.length < 2)
            continue;
        for (const row of own)
            references.set(row, reference);
    }
    return rows.map((row) => {
        const reference = references.get(row);
        if (reference === undefined)
            return row;
        const divide = (name) => {
            const [measured, base] = [row[name], reference[name]];
            if (measured === null || base === null || base.wallMs.median === 0)
                return measured;
            return { ...measured, ratio: measured.wallMs.median / base.wallMs.median };
        };
        return { ...row, isReference: row === reference, cold: divide("cold"), changed: divide("changed") };
    });
}
/** The comparison as JSON text, in which a runner sees no workflow command and a terminal no sequence. */
function renderComparison(comparison) {
    const escape = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
    const json = JSON.stringify(comparison, undefined, 2);
    return `${json.replace(/[\u007f-\u009f]|(?<=#)#(?=\[)/g, escape)}\n`;
}
/** The JSON Schema of the comparison, 2020-12. */
function renderComparisonSchema() {
    const schema = { title: "cross-build comparison", ...z.toJSONSchema(COMPARISON) };
    return `${JSON.stringify(schema, undefined, 2)}\n`;
}


/***/ })

};
