export const id = 2123;
export const ids = [2123,6754];
export const modules = {

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

/***/ 14820:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   u: () => (/* binding */ outputPaths)
/* harmony export */ });
/** The output paths that are known. */
function outputPaths({ outputs }) {
    return outputs.flatMap(({ path }) => (path === undefined ? [] : [path]));
}


/***/ }),

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

/***/ 30145:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   g5: () => (/* binding */ failureOf),
/* harmony export */   xo: () => (/* binding */ emitFor)
/* harmony export */ });
/* unused harmony export renderEventSchema */
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(92857);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _build_mode_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(64129);
/* harmony import */ var _smoke_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(37328);
/* harmony import */ var _strategy_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(58924);





const text = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP();
const durationMs = zod__WEBPACK_IMPORTED_MODULE_1__/* .number */ .aig().min(0).describe("milliseconds");
const target = text.optional().describe("the target system, if it belongs to one");
const place = text.describe("local, or the builder's store URI");
const failure = zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({ code: text, message: text }).nullable();
/** Every kind of event of a run. Names and values are the report's. */
const EVENTS = [
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("run-started"),
        version: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz(1).describe("the version of these events"),
        system: text.describe("the Nix system of this machine"),
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({ event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("phase-started"), name: text }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("phase-ended"),
        name: text,
        durationMs,
        outcome: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["done", "failed"]),
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("attempt-started"),
        target,
        strategy: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(_strategy_js__WEBPACK_IMPORTED_MODULE_2__/* .STRATEGIES */ .Y),
        mode: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(_build_mode_js__WEBPACK_IMPORTED_MODULE_3__/* .BUILD_MODES */ .U),
        reason: text,
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("attempt-ended"),
        target,
        strategy: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(_strategy_js__WEBPACK_IMPORTED_MODULE_2__/* .STRATEGIES */ .Y),
        mode: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(_build_mode_js__WEBPACK_IMPORTED_MODULE_3__/* .BUILD_MODES */ .U),
        durationMs,
        error: failure,
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({ event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("build-started"), target, drvPath: text, name: text, place }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("build-output"),
        target,
        drvPath: text,
        line: text.describe("a line that the build printed"),
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("build-ended"),
        target,
        drvPath: text,
        name: text,
        place,
        durationMs,
        outcome: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["built", "failed", "interrupted"]),
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("substitution-ended"),
        target,
        storePath: text,
        from: text,
        durationMs,
        outcome: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["substituted", "failed"]),
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("builder-changed"),
        uri: text,
        state: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["ready", "degraded", "dropped"]),
        reason: text,
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("check-ended"),
        target,
        name: text,
        kind: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(_smoke_js__WEBPACK_IMPORTED_MODULE_4__/* .CHECK_KINDS */ .FZ),
        durationMs,
        outcome: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["passed", "failed"]),
        detail: text,
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("run-ended"),
        durationMs,
        outcome: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["success", "failure", "cancelled"]),
        error: failure,
    }),
];
/** An error as events name it. */
function failureOf(error) {
    return error === undefined ? null : { code: error.code, message: (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .renderError */ .vr)(error) };
}
/** Adds the target to the events of a part of the run that belongs to it. */
function emitFor(emit, targetOfEvents) {
    return (event) => {
        emit({ ...event, target: targetOfEvents });
    };
}
/** The JSON Schema of one line of an events file, 2020-12: an event, and when it happened. */
function renderEventSchema() {
    const at = z.iso.datetime().describe("UTC");
    const lines = EVENTS.map((event) => event.extend({ at }));
    const schema = { title: "cross-build event", ...z.toJSONSchema(z.union(lines)) };
    return `${JSON.stringify(schema, undefined, 2)}\n`;
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

/***/ 56754:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Dx: () => (/* binding */ listExpected),
/* harmony export */   T7: () => (/* binding */ readOutputs),
/* harmony export */   Wo: () => (/* binding */ isPresent),
/* harmony export */   Xr: () => (/* binding */ measureGraph),
/* harmony export */   gF: () => (/* binding */ readDependencies),
/* harmony export */   hN: () => (/* binding */ needsOf),
/* harmony export */   rN: () => (/* binding */ parseDerivation),
/* harmony export */   vT: () => (/* binding */ measureDepths),
/* harmony export */   zR: () => (/* binding */ readDerivationClosure)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(51455);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs_promises__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(92857);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(22714);
/* harmony import */ var _model_derivation_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(14820);
/* harmony import */ var _model_store_path_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(75210);
/* harmony import */ var _platform_files_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(94924);






/**
 * Reads the bytes of the `.drv` file `drvPath`. Rejects with `BUILD_FAILED` for anything else.
 * @see Nix manual, "Store Derivation and Deriving Path", "ATerm format"
 */
function parseDerivation(file, drvPath) {
    // Latin-1 has a character for each byte: the environment need not be UTF-8.
    const text = file.toString("latin1");
    const strings = /"(?:[^"\\]|\\[^])*"/y;
    let at = 0;
    const take = (token) => {
        if (!text.startsWith(token, at))
            throw invalid(drvPath);
        at += token.length;
    };
    const takeString = () => {
        strings.lastIndex = at;
        const found = strings.exec(text)?.[0];
        if (found === undefined)
            throw invalid(drvPath);
        at += found.length;
        return unescapeString(found.slice(1, -1));
    };
    const takeList = (open, takeItem, close) => {
        const items = [];
        take(open);
        while (at < text.length && text[at] !== close) {
            if (items.length > 0)
                take(",");
            items.push(takeItem());
        }
        take(close);
        return items;
    };
    const takeStrings = () => takeList("[", takeString, "]");
    const takePath = (path) => {
        if (!(0,_model_store_path_js__WEBPACK_IMPORTED_MODULE_3__/* .isStorePath */ .zP)(path))
            throw invalid(drvPath);
        return path;
    };
    const takeTuple = () => takeList("(", takeString, ")");
    const takeInput = () => {
        take("(");
        const path = takePath(takeString());
        take(",");
        const names = takeStrings();
        take(")");
        return [path, names];
    };
    take("Derive(");
    const outputs = takeList("[", takeTuple, "]").map(([name = "", path = "", hashAlgorithm = "", hash = ""]) => ({
        name,
        path: path === "" ? undefined : takePath(path),
        hashAlgorithm,
        hash,
    }));
    take(",");
    const inputs = new Map(takeList("[", takeInput, "]"));
    take(",");
    const sources = takeStrings().map(takePath);
    take(",");
    const platform = takeString();
    take(",");
    const builder = toBytes(takeString());
    take(",");
    const args = takeStrings().map(toBytes);
    take(",");
    const environment = takeList("[", takeTuple, "]").map(([name = "", value = ""]) => [toBytes(name), toBytes(value)]);
    take(")");
    return { outputs, inputs, sources, platform, builder, args, environment };
}
const ESCAPES = { n: "\n", r: "\r", t: "\t" };
function unescapeString(text) {
    return text.replace(/\\([^])/g, (_, character) => ESCAPES[character] ?? character);
}
function toBytes(text) {
    return Buffer.from(text, "latin1");
}
/** The number of files that a process may have open is limited. */
const FILES_AT_ONCE = 200;
/** Reads these store derivations and all that they depend on from this machine's store. */
async function readDerivationClosure(roots, readBytes = (path) => (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readFile)(path)) {
    const derivations = new Map();
    let missing = [...new Set(roots)];
    while (missing.length > 0) {
        const read = [];
        for (let at = 0; at < missing.length; at += FILES_AT_ONCE) {
            const some = missing.slice(at, at + FILES_AT_ONCE);
            const files = await Promise.all(some.map(readBytes));
            read.push(...some.map((path, i) => [path, parseDerivation(files[i] ?? Buffer.alloc(0), path)]));
        }
        for (const [path, derivation] of read)
            derivations.set(path, derivation);
        missing = [...new Set(read.flatMap(([, { inputs }]) => [...inputs.keys()]))].filter((path) => !derivations.has(path));
    }
    return derivations;
}
/** Every path that a builder may have used or built for these derivations, as far as known in advance. */
function listExpected(closure) {
    return new Set([...closure.values()].flatMap((derivation) => [...(0,_model_derivation_js__WEBPACK_IMPORTED_MODULE_4__/* .outputPaths */ .u)(derivation), ...derivation.sources]));
}
/** The outputs of these derivations that are in this machine's store. Skips derivations that are not. */
async function readOutputs(drvPaths) {
    const outputs = await Promise.all(drvPaths.map(async (drvPath) => {
        const text = await (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_2__/* .readFileIfPresent */ .Ts)(drvPath, "latin1");
        const named = text === undefined ? [] : (0,_model_derivation_js__WEBPACK_IMPORTED_MODULE_4__/* .outputPaths */ .u)(parseDerivation(Buffer.from(text, "latin1"), drvPath));
        return Promise.all(named.map(async (output) => ((await isPresent(output)) ? [output] : [])));
    }));
    return outputs.flat(2);
}
/**
 * Which of these derivations each of them depends on directly. One whose `.drv` file is not in this machine's
 * store, or is damaged, has no entry.
 */
async function readDependencies(drvPaths, readBytes = (path) => (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readFile)(path)) {
    const known = new Set(drvPaths);
    const dependencies = new Map();
    const read = async (drvPath) => {
        try {
            const { inputs } = parseDerivation(await readBytes(drvPath), drvPath);
            dependencies.set(drvPath, [...inputs.keys()].filter((input) => known.has(input)));
        }
        catch {
            // The report then shows it without what it waited for.
        }
    };
    const left = [...known];
    while (left.length > 0)
        await Promise.all(left.splice(0, FILES_AT_ONCE).map(read));
    return dependencies;
}
/** Whether a store path is in this machine's store. */
async function isPresent(path) {
    try {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.access)(path);
        return true;
    }
    catch {
        return false;
    }
}
/**
 * For each derivation in `toBuild`, the length of the longest chain that ends with it. Only derivations in
 * `toBuild` count.
 */
function measureDepths(toBuild, derivations) {
    const pending = new Set(toBuild);
    const depths = new Map();
    // Iterative: a chain may be deeper than the call stack allows.
    const stack = [...pending];
    for (let path = stack.at(-1); path !== undefined; path = stack.at(-1)) {
        const inputs = [...(derivations.get(path)?.inputs.keys() ?? [])].filter((input) => pending.has(input));
        const unknown = depths.has(path) ? [] : inputs.filter((input) => !depths.has(input));
        if (unknown.length === 0) {
            depths.set(path, 1 + maxOf(inputs.map((input) => depths.get(input) ?? 0)));
            stack.pop();
        }
        for (const input of unknown)
            stack.push(input);
    }
    return depths;
}
/** The largest number, or 0. Without spread: there may be more numbers than a call can have arguments. */
function maxOf(numbers) {
    return numbers.reduce((largest, number) => Math.max(largest, number), 0);
}
/** The size and shape of the graph of the derivations in `toBuild`. */
function measureGraph(toBuild, derivations) {
    const depths = [...measureDepths(toBuild, derivations).values()];
    const wanted = [...new Set(toBuild)].flatMap((path) => derivations.get(path) ?? []);
    return {
        derivations: depths.length,
        depth: maxOf(depths),
        needs: wanted.map(needsOf),
        isKnown: wanted.every(({ outputs }) => outputs.every(({ path }) => path !== undefined)),
    };
}
/**
 * The platform and features that a derivation requires.
 * @see Nix manual, "Advanced Attributes", requiredSystemFeatures
 */
function needsOf({ platform, environment }) {
    const variable = (name) => environment.find(([key]) => key.toString() === name)?.[1].toString();
    const structured = variable("__json");
    if (structured === undefined) {
        return {
            platform,
            features: (variable("requiredSystemFeatures") ?? "").split(/\s+/).filter((word) => word !== ""),
        };
    }
    // Nix itself refuses to build a derivation in which this is something else.
    const { data } = STRUCTURED.safeParse(tryParseJson(structured));
    return { platform, features: data?.requiredSystemFeatures ?? [] };
}
const STRUCTURED = zod__WEBPACK_IMPORTED_MODULE_5__/* .looseObject */ ._H3({ requiredSystemFeatures: zod__WEBPACK_IMPORTED_MODULE_5__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_5__/* .string */ .YjP()).optional() });
function tryParseJson(text) {
    try {
        return JSON.parse(text);
    }
    catch {
        return undefined;
    }
}
function invalid(drvPath) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ActionError */ .lZ("BUILD_FAILED", `the store derivation ${drvPath} on this machine is damaged`, {
        hint: "Check the store: nix-store --verify --check-contents --repair.",
    });
}


/***/ }),

/***/ 51771:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  runCompare: () => (/* binding */ runCompare)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/builders/log-builders.ts
var log_builders = __webpack_require__(8199);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/nix-install/present-nix.ts
var present_nix = __webpack_require__(81920);
// EXTERNAL MODULE: ./node_modules/zod/v4/classic/schemas.js + 11 modules
var schemas = __webpack_require__(92857);
// EXTERNAL MODULE: ./node_modules/zod/v4/classic/iso.js
var iso = __webpack_require__(64377);
// EXTERNAL MODULE: ./src/model/strategy.ts
var strategy = __webpack_require__(58924);
;// CONCATENATED MODULE: ./src/report/comparison.ts


const comparison_text = schemas/* string */.YjP();
const count = schemas/* int */.Whr().min(0);
const milliseconds = schemas/* number */.aig().min(0).describe("milliseconds");
const ratio = schemas/* number */.aig().min(0).nullable();
const measurement = schemas/* strictObject */.rej({
    wallMs: schemas/* strictObject */.rej({ min: milliseconds, median: milliseconds, max: milliseconds })
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
const COMPARISON = schemas/* strictObject */.rej({
    version: schemas/* literal */.euz(1),
    installable: comparison_text,
    change: comparison_text.nullable().describe("the changed file, relative to the folder of flake.nix"),
    rounds: count.describe("measured rounds; one more comes before them as a warm-up"),
    startedAt: iso/* datetime */.w$().describe("UTC"),
    host: schemas/* strictObject */.rej({ system: comparison_text, nix: comparison_text.describe("version of Nix") }),
    rows: schemas/* array */.YOg(schemas/* strictObject */.rej({
        target: comparison_text,
        strategy: schemas/* enum */.k5n(strategy/* STRATEGIES */.Y),
        state: schemas/* enum */.k5n(["measured", "impossible", "failed"])
            .describe("impossible: this machine cannot use the strategy; failed: a build failed"),
        reason: comparison_text.describe("why the strategy can or cannot be used, or the error of the build"),
        code: comparison_text.nullable().describe("error code of a failed build"),
        buildCpu: comparison_text.describe("the system for which the build's programs are"),
        isEmulated: schemas/* boolean */.zMY().describe("whether QEMU runs these programs"),
        link: schemas/* strictObject */.rej({
            kind: schemas/* enum */.k5n(["local", "ssh"]),
            roundTripMs: milliseconds.nullable().describe("the longest one, if there are several builders"),
        })
            .describe("the way from this machine to the one that builds"),
        machines: schemas/* array */.YOg(schemas/* strictObject */.rej({
            name: comparison_text.describe("this machine, or the builder's store URI"),
            cpuModel: comparison_text.nullable(),
            cpus: count.nullable(),
        }))
            .describe("the machines that build"),
        isReference: schemas/* boolean */.zMY().describe("whether the ratios of its target are to this row"),
        evaluationMs: milliseconds
            .nullable()
            .describe("evaluation of the changed or unchanged flake, maybe twice; not in wallMs"),
        derivations: schemas/* strictObject */.rej({ cold: count, changed: count.nullable() })
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
            .toSorted((a, b) => strategy/* STRATEGIES */.Y.indexOf(a.strategy) - strategy/* STRATEGIES */.Y.indexOf(b.strategy))[0];
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

// EXTERNAL MODULE: ./src/model/builder.ts
var model_builder = __webpack_require__(71646);
// EXTERNAL MODULE: ./src/plan/strategy.ts
var plan_strategy = __webpack_require__(78514);
// EXTERNAL MODULE: ./src/pipeline/stages/plan.ts
var stages_plan = __webpack_require__(92533);
;// CONCATENATED MODULE: ./src/pipeline/compare/candidates.ts




/**
 * Lists the strategies of a job for each of its targets. Throws the codes of `planTarget` if none of them can
 * be used.
 */
function listCandidates(input) {
    const { targets, strategy: wanted } = input.job;
    const strategies = wanted === "auto" ? strategy/* STRATEGIES */.Y : wanted;
    const candidates = targets.flatMap((target) => strategies.map((strategy) => {
        const { verdict, reason } = (0,plan_strategy/* assessStrategy */.yB)(strategy, (0,stages_plan/* requestPlan */.jd)(target, input));
        const job = { targets, strategy: [strategy] };
        const plan = verdict === "chosen" ? (0,stages_plan/* planFor */.bJ)(target, { ...input, job }) : undefined;
        const isEmulated = strategy === "remote" ? mayBeEmulated(target, input.builders) : strategy === "emulate";
        return { target, strategy, reason, plan, isEmulated };
    }));
    const [first] = targets;
    // It names what is missing, and what to do.
    if (first !== undefined && candidates.every(({ plan }) => plan === undefined))
        (0,stages_plan/* planFor */.bJ)(first, input);
    return candidates;
}
/** The builders that a remote build for a target can use. */
function listBuilders(target, statuses) {
    return statuses.filter(model_builder/* isUsable */.Ng).filter(({ builder }) => builder.systems.includes(target));
}
function mayBeEmulated(target, statuses) {
    return listBuilders(target, statuses).some(({ facts }) => facts.emulatedSystems.includes(target));
}

// EXTERNAL MODULE: ./src/model/median.ts
var median = __webpack_require__(90071);
;// CONCATENATED MODULE: ./src/pipeline/compare/compose-rows.ts


/** A row as the comparison shows it, without ratios. */
function composeRow(row, system) {
    const { candidate } = row;
    const { target, strategy } = candidate;
    const isHere = strategy === "native" || strategy === "cross-compile";
    const common = {
        target,
        strategy,
        reason: candidate.reason,
        code: null,
        buildCpu: isHere ? system : target,
        isEmulated: candidate.isEmulated,
        link: { kind: strategy === "remote" ? "ssh" : "local", roundTripMs: null },
        machines: [],
        isReference: false,
        evaluationMs: null,
        derivations: null,
        cold: null,
        changed: null,
    };
    switch (row.state) {
        case "impossible":
            return { ...common, state: "impossible" };
        case "failed":
            return { ...common, state: "failed", reason: (0,action_error/* renderError */.vr)(row.error), code: row.error.code };
        case "ready": {
            const { cold, changed, evaluationMs, machines, rounds } = row.value;
            const samples = rounds.flatMap((round) => round.changed ?? []);
            return {
                ...common,
                state: "measured",
                link: machines.link,
                machines: machines.machines,
                evaluationMs,
                derivations: { cold: cold.derivations, changed: changed?.derivations ?? null },
                cold: summarize(rounds.map((round) => round.cold)),
                changed: samples.length === 0 ? null : summarize(samples),
            };
        }
    }
}
function summarize(samples) {
    const walls = samples.map(({ wallMs }) => wallMs);
    const known = (name) => {
        const values = samples.flatMap((sample) => sample[name] ?? []);
        return values.length < samples.length ? undefined : values;
    };
    const medianOf = (name) => {
        const values = known(name);
        return values === undefined ? null : Math.round((0,median/* median */.J)(values));
    };
    const memory = known("memoryBytes");
    return {
        wallMs: { min: Math.min(...walls), median: (0,median/* median */.J)(walls), max: Math.max(...walls) },
        cpuMs: medianOf("cpuMs"),
        memoryBytes: memory === undefined ? null : Math.max(...memory),
        sentBytes: medianOf("sentBytes"),
        receivedBytes: medianOf("receivedBytes"),
        ratio: null,
    };
}

// EXTERNAL MODULE: external "node:url"
var external_node_url_ = __webpack_require__(73136);
// EXTERNAL MODULE: ./src/errors/errno.ts
var errno = __webpack_require__(38335);
// EXTERNAL MODULE: ./src/platform/log.ts
var log = __webpack_require__(74425);
// EXTERNAL MODULE: ./src/model/store-path.ts
var store_path = __webpack_require__(75210);
// EXTERNAL MODULE: ./src/nix/error-text.ts
var error_text = __webpack_require__(41457);
// EXTERNAL MODULE: ./src/nix/failure.ts
var failure = __webpack_require__(16429);
;// CONCATENATED MODULE: ./src/nix/flake-source.ts






const LIMIT_MS = 15 * 60_000;
const METADATA = schemas/* looseObject */._H3({
    path: schemas/* string */.YjP(),
    resolved: schemas/* looseObject */._H3({ dir: schemas/* string */.YjP().optional() }).optional(),
});
/**
 * Reads where Nix has the files of a flake, which it fetches if necessary. Writes no lock file. Rejects with
 * `FLAKE_INVALID` and Nix's error.
 */
async function readFlakeSource(runNix, flake, cwd) {
    const { exitCode, stdout, stderr } = await runNix(["flake", "metadata", "--json", "--no-write-lock-file", flake], { cwd, timeoutMs: LIMIT_MS, expectedExitCodes: "any" });
    if (exitCode !== 0) {
        const text = (0,log/* sanitizeText */.jZ)(stderr);
        throw new action_error/* ActionError */.lZ("FLAKE_INVALID", `the flake ${flake} cannot be read: ${(0,error_text/* readNixError */.iF)(text)}`, {
            hint: (0,failure/* hintForFetch */.NQ)(text) ?? `Reproduce it with: nix flake metadata ${flake}`,
        });
    }
    const { path, resolved } = METADATA.parse(JSON.parse(stdout));
    if (!(0,store_path/* isStorePath */.zP)(path))
        throw new Error(`Nix has the flake ${flake} at ${path}`);
    return { storePath: path, folder: resolved?.dir ?? "" };
}

;// CONCATENATED MODULE: ./src/pipeline/compare/flake-copy.ts






/**
 * Copies the files that Nix reads of a flake to `top`: of a git repository, those that git tracks. Rejects as
 * `readFlakeSource` does.
 */
async function copyFlake({ runNix }, flake, { cwd, top }) {
    const source = await readFlakeSource(runNix, flake, cwd);
    await copyTree(source.storePath, top);
    const dir = source.folder === "" ? "" : `?dir=${encodeURIComponent(source.folder)}`;
    return { flake: `path:${(0,external_node_url_.pathToFileURL)(top).pathname}${dir}`, top, folder: (0,external_node_path_.join)(top, source.folder) };
}
/** Copies a tree from the store, whose folders are read-only, with folders that can be removed again. */
async function copyTree(from, to) {
    await (0,promises_.mkdir)(to, { mode: 0o700 });
    for (const entry of await (0,promises_.readdir)(from, { withFileTypes: true })) {
        const [source, target] = [(0,external_node_path_.join)(from, entry.name), (0,external_node_path_.join)(to, entry.name)];
        if (entry.isDirectory())
            await copyTree(source, target);
        else if (entry.isSymbolicLink())
            await (0,promises_.symlink)(await (0,promises_.readlink)(source), target);
        else
            await (0,promises_.copyFile)(source, target);
    }
}
/**
 * Adds an empty line to a file of the copy, given relative to the folder of flake.nix. Keeps its times: a
 * flake may put the time of its newest file into its packages. Rejects with `INPUT_INVALID` if it is not a
 * file of the flake.
 */
async function changeFile({ top, folder }, file) {
    const path = (0,external_node_path_.join)(folder, file);
    const shown = JSON.stringify(file.slice(0, 200));
    const refuse = (reason, hint) => new action_error/* ActionError */.lZ("INPUT_INVALID", `input change: ${shown} ${reason}`, { hint });
    const name = "Name a source file relative to the folder of flake.nix, such as src/main.c.";
    try {
        const place = (0,external_node_path_.relative)(await (0,promises_.realpath)(top), await (0,promises_.realpath)(path));
        if (/^\.\.(?:\/|$)/.test(place))
            throw refuse("is outside of the flake", name);
        const found = await (0,promises_.lstat)(path);
        if (!found.isFile())
            throw refuse("is not a regular file", name);
        await (0,promises_.chmod)(path, found.mode | 0o200);
        await (0,promises_.appendFile)(path, "\n");
        await (0,promises_.utimes)(path, found.atime, found.mtime);
    }
    catch (error) {
        if (!(0,errno/* isErrno */.r)(error, "ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP"))
            throw error;
        throw refuse("is not a file of the flake", `${name} Nix sees only files that git tracks: \`git add\` new ones.`);
    }
}

// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(48161);
// EXTERNAL MODULE: ./src/model/shell.ts
var shell = __webpack_require__(843);
// EXTERNAL MODULE: ./src/platform/clock.ts
var platform_clock = __webpack_require__(53037);
// EXTERNAL MODULE: ./src/platform/machine-use.ts
var machine_use = __webpack_require__(88956);
;// CONCATENATED MODULE: ./src/builders/builder-machine.ts




const END = "cross-build-end";
/**
 * Answers each line of its stdin, in POSIX sh. Ends with its stdin. The answer to `ping` starts no program,
 * so that it takes no longer than the way there and back.
 */
const SCRIPT = `
LC_ALL=C; export LC_ALL
while read -r what; do
  case $what in
    describe) nproc 2>/dev/null; grep -m 1 '^model name' /proc/cpuinfo 2>/dev/null ;;
    sample) cat /proc/stat /proc/meminfo /proc/net/dev 2>/dev/null ;;
  esac
  echo ${END}
done
`;
const ANSWER_LIMIT_MS = 10_000;
const SAMPLE_INTERVAL_MS = 1_000;
const MAX_ANSWER_CHARACTERS = 1 << 20;
const MAX_MODEL_CHARACTERS = 100;
const PINGS = 5;
/**
 * Opens a session for questions about a builder's machine. Undefined if the builder answers none, for example
 * behind a forced command. Rejects with `CANCELLED`, and with `BUILDER_UNREACHABLE` if it takes no session.
 */
async function openBuilderMachine(connection, clock) {
    const channel = await connection.openChannel((0,shell/* renderShellCommand */.c)(["/bin/sh", "-c", SCRIPT]));
    const waiting = [];
    let received = "";
    const end = () => {
        for (const answer of waiting.splice(0))
            answer(undefined);
    };
    channel.stderr.resume();
    channel.on("close", end);
    channel.on("error", end);
    channel.on("data", (bytes) => {
        received += bytes.toString("latin1");
        if (received.length > MAX_ANSWER_CHARACTERS)
            channel.close();
        const answers = received.split(`${END}\n`);
        received = answers.pop() ?? "";
        for (const answer of answers)
            waiting.shift()?.(answer);
    });
    /** Undefined if there is no answer in time, and from then on. */
    const ask = async (what) => {
        if (channel.closed || channel.destroyed)
            return undefined;
        const { promise, resolve } = Promise.withResolvers();
        waiting.push(resolve);
        channel.write(`${what}\n`);
        return (0,platform_clock/* withTimeLimit */.Bv)(clock, ANSWER_LIMIT_MS, (limit) => {
            limit.addEventListener("abort", () => {
                channel.close();
                resolve(undefined);
            });
            return promise;
        });
    };
    const described = await ask("describe");
    if (described === undefined) {
        channel.close();
        return undefined;
    }
    const roundTrips = [];
    for (let left = PINGS; left > 0; left--) {
        const sentAtMs = clock.nowMs();
        if ((await ask("ping")) === undefined) {
            channel.close();
            return undefined;
        }
        roundTrips.push(clock.nowMs() - sentAtMs);
    }
    let latest;
    const refresh = async () => {
        const text = await ask("sample");
        latest = text === undefined ? undefined : (0,machine_use/* parseSample */.s)(text, text, text);
    };
    return {
        ...parseMachine(described),
        roundTripMs: Math.min(...roundTrips),
        watch: async () => {
            await refresh();
            const watched = (0,machine_use/* watchMachine */.P)(clock, () => latest);
            const stopAsking = (0,platform_clock/* repeatInBackground */.FC)(clock, SAMPLE_INTERVAL_MS, () => {
                refresh().catch(() => undefined);
            });
            return {
                stop: async () => {
                    stopAsking();
                    await refresh();
                    const use = watched.stop();
                    return latest === undefined ? undefined : use;
                },
            };
        },
        close: () => {
            channel.close();
        },
    };
}
/** Reads the answer to `describe`. */
function parseMachine(text) {
    const model = /^model name\s*:(.*)$/m.exec(text)?.[1];
    const cpus = /^[1-9]\d{0,5}$/m.exec(text)?.[0];
    return {
        cpuModel: model === undefined ? undefined : tidyModel(model),
        cpus: cpus === undefined ? undefined : Number(cpus),
    };
}
/** The name of a CPU on one line. */
function tidyModel(text) {
    const model = (0,log/* sanitizeText */.jZ)(text).replace(/\s+/g, " ").trim().slice(0, MAX_MODEL_CHARACTERS);
    return model === "" || model === "unknown" ? undefined : model;
}

// EXTERNAL MODULE: ./src/platform/files.ts
var files = __webpack_require__(94924);
;// CONCATENATED MODULE: ./src/nix/renew-derivations.ts





/**
 * Makes each derivation of a graph anew, with one more variable. It gets other output paths, and so do the
 * derivations of the graph that depend on it, whose texts then have the new paths. The variable's context has
 * the dependencies, since a text from JSON has none.
 */
const RENEW = `
{ file, salt }:
let
  inherit (builtins) appendContext attrNames concatMap concatStringsSep fromJSON getContext isAttrs isList
    isString mapAttrs readFile replaceStrings;
  graph = fromJSON (readFile file);
  renewed = mapAttrs renew graph;
  renew = _: { attributes, inputs, context, ... }:
    let
      pairsOf = drv: map
        (name: { old = graph.\${drv}.outputs.\${name}; new = renewed.\${drv}.\${name}.outPath; })
        inputs.\${drv};
      pairs = concatMap pairsOf (attrNames inputs);
      olds = map ({ old, ... }: old) pairs;
      news = map ({ new, ... }: new) pairs;
      rewrite = value:
        if isString value then replaceStrings olds news value
        else if isList value then map rewrite value
        else if isAttrs value then mapAttrs (_: rewrite) value
        else value;
    in
    derivation (rewrite attributes // {
      crossBuildSalt = appendContext salt (context // getContext (concatStringsSep "" news));
    });
in
mapAttrs (_: { drvPath, ... }: drvPath) renewed
`;
const renew_derivations_LIMIT_MS = 15 * 60_000;
/**
 * Describes the derivations `drvPaths` of a closure for `renewDerivations`. Leaves out those with a fixed
 * output: their output path does not depend on how it is made. Throws `PLAN_IMPOSSIBLE` for a derivation
 * whose output paths are not known before it is built, or whose texts are not UTF-8.
 */
function describeGraph(drvPaths, closure) {
    const graph = new Map([...drvPaths].flatMap((drvPath) => {
        const derivation = closure.get(drvPath);
        return derivation === undefined || hasFixedOutput(derivation) ? [] : [[drvPath, derivation]];
    }));
    const described = [...graph].map(([drvPath, derivation]) => {
        const inputs = [...derivation.inputs];
        const kept = inputs.filter(([input]) => !graph.has(input));
        return [
            drvPath,
            {
                outputs: Object.fromEntries(derivation.outputs.map(({ name, path }) => [name, path])),
                attributes: describeAttributes(drvPath, derivation),
                inputs: Object.fromEntries(inputs.filter(([input]) => graph.has(input))),
                context: Object.fromEntries([
                    ...derivation.sources.map((source) => [source, { path: true }]),
                    ...kept.map(([input, outputs]) => [input, { outputs }]),
                ]),
            },
        ];
    });
    return { drvPaths: [...graph.keys()], json: JSON.stringify(Object.fromEntries(described)) };
}
function hasFixedOutput({ outputs }) {
    return outputs.some(({ hash }) => hash !== "");
}
/** The arguments of `derivation` that gave this derivation. */
function describeAttributes(drvPath, derivation) {
    const { outputs, platform, builder, args, environment } = derivation;
    if (outputs.some(({ path }) => path === undefined))
        throw notRenewable(drvPath, "its output paths are not known before it is built");
    const readText = (bytes) => {
        const text = bytes.toString();
        if (!Buffer.from(text).equals(bytes))
            throw notRenewable(drvPath, "it has texts that are not UTF-8");
        return text;
    };
    const variables = new Map(environment.map(([name, value]) => [readText(name), readText(value)]));
    const structured = variables.get("__json");
    const names = (variables.get("outputs") ?? "").split(/\s+/).filter((name) => name !== "");
    return {
        name: (0,store_path/* nameOfStorePath */.B$)(drvPath),
        // Nix writes them anew.
        ...Object.fromEntries([...variables].filter(([name]) => outputs.every((output) => output.name !== name))),
        // A derivation has a variable `outputs` only if its author listed them, then in their order.
        ...(names.length > 0 && { outputs: names }),
        ...(structured !== undefined && { ...readStructured(drvPath, structured), __json: undefined }),
        // Of Nix's own attributes, the one that has to be a Boolean.
        ...((structured !== undefined || variables.has("__structuredAttrs")) && {
            __structuredAttrs: structured !== undefined,
        }),
        system: platform,
        builder: readText(builder),
        args: args.map(readText),
    };
}
const STRUCTURED = schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* unknown */.L5J());
function readStructured(drvPath, json) {
    try {
        return STRUCTURED.parse(JSON.parse(json));
    }
    catch {
        throw notRenewable(drvPath, "its structured attributes are not a JSON object");
    }
}
function notRenewable(drvPath, reason) {
    return new action_error/* ActionError */.lZ("PLAN_IMPOSSIBLE", `${(0,store_path/* nameOfStorePath */.B$)(drvPath)} cannot be built again: ${reason}`, {
        hint: "A comparison needs input-addressed derivations.",
    });
}
const RENEWED = schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* string */.YjP());
/**
 * Makes derivations that do the same as those of a graph, but that have never been built: they differ by the
 * variable `crossBuildSalt`. Builds nothing and deletes nothing. Returns the new derivation of each old one.
 * Rejects with the codes of RunCommand.
 */
async function renewDerivations(runNix, { graph, salt, folder }) {
    const expression = (0,external_node_path_.join)(folder, "renew.nix");
    const file = (0,external_node_path_.join)(folder, "renew.json");
    await (0,files/* writeFileAtomically */.lo)(expression, RENEW);
    await (0,files/* writeFileAtomically */.lo)(file, graph.json);
    const apply = `renew: renew { file = ${renderNixString(file)}; salt = ${renderNixString(salt)}; }`;
    const output = [];
    await runNix(["eval", "--json", "--file", expression, "--apply", apply], {
        cwd: folder,
        timeoutMs: renew_derivations_LIMIT_MS,
        onStdoutBytes: (bytes) => output.push(bytes),
    });
    const renewed = RENEWED.parse(JSON.parse(Buffer.concat(output).toString()));
    return new Map(Object.entries(renewed).map(([old, renewal]) => {
        if (!(0,store_path/* isStorePath */.zP)(old) || !(0,store_path/* isStorePath */.zP)(renewal))
            throw new Error(`${old} is not a store path, or ${renewal} is not`);
        return [old, renewal];
    }));
}
/** @see Nix manual, "String literal" */
function renderNixString(text) {
    return `"${text.replace(/["\\]|\$(?=\{)/g, "\\$&")}"`;
}

// EXTERNAL MODULE: ./src/remote-build/reservations.ts
var remote_build_reservations = __webpack_require__(71080);
// EXTERNAL MODULE: ./src/pipeline/run-step.ts + 1 modules
var run_step = __webpack_require__(79263);
// EXTERNAL MODULE: ./src/pipeline/stages/build.ts + 15 modules
var build = __webpack_require__(74365);
;// CONCATENATED MODULE: ./src/pipeline/compare/measure.ts










/** The sessions for questions about builders: one for each, for all rows. */
class BuilderSessions {
    #context;
    #opened = new Map();
    constructor(context) {
        this.#context = context;
    }
    /** Undefined for a builder that answers no questions. Rejects with `CANCELLED`. */
    open(builder, connection) {
        const opened = this.#opened.get(builder.alias) ?? this.#tryOpen(builder, connection);
        this.#opened.set(builder.alias, opened);
        return opened;
    }
    async close() {
        for (const opened of await Promise.allSettled(this.#opened.values())) {
            if (opened.status === "fulfilled")
                opened.value?.close();
        }
    }
    async #tryOpen(builder, connection) {
        const { clock, log } = this.#context;
        try {
            return connection && (await openBuilderMachine(connection, clock));
        }
        catch (error) {
            if ((0,action_error/* isCancelled */.mm)(error))
                throw error;
            log.debug(`${builder.host} does not describe its machine: ${(0,action_error/* renderError */.vr)(error)}`);
            return undefined;
        }
    }
}
/** Opens the machines of a candidate. Rejects with `CANCELLED`. */
async function openMachines({ target, strategy }, { pool }, opened) {
    if (strategy !== "remote") {
        const all = (0,external_node_os_.cpus)();
        const cpuModel = tidyModel(all[0]?.model ?? "") ?? null;
        return {
            machines: [{ name: "this machine", cpuModel, cpus: all.length }],
            link: { kind: "local", roundTripMs: null },
            sessions: [],
        };
    }
    const builders = listBuilders(target, pool.statuses);
    const sessions = await Promise.all(builders.map(({ builder }) => opened.open(builder, pool.connectionOf(builder))));
    const trips = sessions.flatMap((session) => (session === undefined ? [] : [session.roundTripMs]));
    return {
        machines: builders.map(({ builder, facts }, index) => ({
            name: (0,model_builder/* displayName */.QC)(builder),
            cpuModel: sessions[index]?.cpuModel ?? null,
            cpus: sessions[index]?.cpus ?? facts.cpus ?? null,
        })),
        link: { kind: "ssh", roundTripMs: trips.length === 0 ? null : Math.max(...trips) },
        sessions,
    };
}
/**
 * Builds once, with derivations of which no machine has the outputs, by the code of every build. Rejects with
 * the codes of `buildTarget`, also if it took more than one attempt.
 */
async function measureBuild({ roots, graph }, salt, { job, session, plan, machines, folder }, context) {
    const { clock } = context;
    const renewed = await renewDerivations(session.runNix, { graph, salt, folder });
    const installables = roots.map((root) => `${renewed.get(root) ?? root}^*`);
    const watchBuild = await watchMachines(plan, machines, context);
    const before = sumTraffic(session);
    const startedAtMs = clock.nowMs();
    const reservations = new remote_build_reservations/* BuilderReservations */.p();
    const { record, error } = await (0,run_step/* runStep */.e)(context, () => (0,build/* buildTarget */.k)(context, { job, session, plan, installables, reservations }));
    const wallMs = clock.nowMs() - startedAtMs;
    const used = await watchBuild.stop();
    const traffic = plan.strategy === "remote" ? subtract(sumTraffic(session), before) : used[0];
    if (error !== undefined)
        throw error;
    const [failure] = record.attempts?.flatMap((attempt) => attempt.error ?? []) ?? [];
    if (failure !== undefined) {
        throw failure.with({ message: `the build took several attempts: ${failure.message}` });
    }
    return {
        wallMs,
        cpuMs: combine(used, "cpuMs", (values) => values.reduce((sum, value) => sum + value, 0)),
        memoryBytes: combine(used, "memoryBytes", (values) => Math.max(...values)),
        sentBytes: traffic?.sentBytes,
        receivedBytes: traffic?.receivedBytes,
    };
}
/** What went over all connections to builders so far; undefined if Nix may have opened its own. */
function sumTraffic({ pool }) {
    const known = [...pool.traffic.values()];
    const sum = (name) => known.reduce((total, traffic) => total + traffic[name], 0);
    return known.length === 0
        ? undefined
        : { sentBytes: sum("sentBytes"), receivedBytes: sum("receivedBytes") };
}
function subtract(end, start) {
    if (end === undefined || start === undefined)
        return undefined;
    return {
        // A pod that was never usable is forgotten, with what was sent to it.
        sentBytes: Math.max(0, end.sentBytes - start.sentBytes),
        receivedBytes: Math.max(0, end.receivedBytes - start.receivedBytes),
    };
}
/** Watches the machines that build until `stop`. The use of one that reports nothing is undefined. */
async function watchMachines({ strategy }, { sessions }, { clock }) {
    const watchHere = () => {
        const watched = (0,machine_use/* watchMachine */.P)(clock);
        return { stop: () => Promise.resolve(watched.stop()) };
    };
    const watch = async () => strategy === "remote" ? Promise.all(sessions.map(async (session) => session?.watch())) : [watchHere()];
    // A watch that ends at once measures the memory that is in use before the build.
    const before = await Promise.all((await watch()).map(async (watched) => watched?.stop()));
    const watches = await watch();
    return {
        stop: () => Promise.all(watches.map(async (watched, index) => {
            const [use, start] = [await watched?.stop(), before[index]];
            if (use === undefined || start === undefined)
                return undefined;
            const memoryBytes = Math.max(0, use.peakMemoryBytes - start.peakMemoryBytes);
            const { cpuMs, sentBytes, receivedBytes } = use;
            return { cpuMs, memoryBytes, sentBytes, receivedBytes };
        })),
    };
}
/** Undefined if one of the machines reports nothing. */
function combine(used, name, merge) {
    const known = used.flatMap((use) => use?.[name] ?? []);
    return known.length === 0 || known.length < used.length ? undefined : merge(known);
}

// EXTERNAL MODULE: ./src/nix/derivation.ts
var derivation = __webpack_require__(56754);
// EXTERNAL MODULE: ./src/nix/flake.ts
var flake = __webpack_require__(10626);
// EXTERNAL MODULE: ./src/nix/build.ts + 2 modules
var nix_build = __webpack_require__(1010);
// EXTERNAL MODULE: ./src/nix/command.ts
var command = __webpack_require__(82094);
;// CONCATENATED MODULE: ./src/nix/unsubstitutable.ts



/**
 * The derivations that a machine with an empty store would build for `drvPaths`, because no substituter has
 * their outputs. Nix answers for the store in `folder`, a binary cache of this run that gets the derivations
 * without any outputs. Rejects with the codes of RunCommand.
 */
async function listUnsubstitutable(runNix, drvPaths, { folder, cwd }) {
    const store = `${(0,external_node_url_.pathToFileURL)(folder).href}?compression=none`;
    await runNix(["copy", "--derivation", "--to", store, ...drvPaths], { cwd, timeoutMs: command/* COPY_LIMIT_MS */.Je });
    const options = ["--store", store, "--eval-store", "auto"];
    const { missing } = await (0,nix_build/* previewBuild */.LB)(runNix, {
        installables: [...options, ...drvPaths.map((drvPath) => `${drvPath}^*`)],
        cwd,
    });
    return missing;
}

// EXTERNAL MODULE: ./src/pipeline/choose-installables.ts + 1 modules
var choose_installables = __webpack_require__(81322);
;// CONCATENATED MODULE: ./src/pipeline/compare/repeatable-build.ts







/** Evaluates a plan as a build does. Rejects with the codes of `readDerivationPath`. */
async function evaluatePlan(plan, { session, workingDirectory }, context) {
    const startedAtMs = context.clock.nowMs();
    const installables = await (0,choose_installables/* chooseInstallables */.Y)({ plan, session, workingDirectory }, context);
    const roots = [];
    for (const installable of installables) {
        const chosen = installable.replace(/\^out$/, "");
        const drvPath = (0,store_path/* isStorePath */.zP)(chosen)
            ? chosen
            : await (0,flake/* readDerivationPath */.VZ)(session.runNix, installable, workingDirectory);
        if (!(0,store_path/* isStorePath */.zP)(drvPath))
            throw new Error(`Nix evaluates ${installable} to ${drvPath}`);
        roots.push(drvPath);
    }
    const evaluationMs = context.clock.nowMs() - startedAtMs;
    return { roots, closure: await (0,derivation/* readDerivationClosure */.zR)(roots), evaluationMs };
}
/**
 * The build of everything that no substituter has, with the derivations of the installables in any case.
 * `storeFolder` is the folder of an empty store. Rejects as `listUnsubstitutable` and `describeGraph` do.
 */
async function planColdBuild({ roots, closure }, { session, workingDirectory, storeFolder }) {
    const missing = await listUnsubstitutable(session.runNix, roots, {
        folder: storeFolder,
        cwd: workingDirectory,
    });
    const graph = describeGraph(new Set([...missing, ...roots]), closure);
    requireRoots(roots, graph);
    return { roots, graph, derivations: graph.drvPaths.length };
}
/**
 * The build after a change, in which the derivations of a cold build are there as far as the change left them
 * alone. Undefined if it changes no derivation.
 */
function planChangedBuild(before, cold, { roots, closure }) {
    const renewed = new Set(cold.graph.drvPaths);
    const isNew = (drvPath) => !before.closure.has(drvPath);
    const graph = describeGraph([...closure.keys()].filter((drvPath) => renewed.has(drvPath) || isNew(drvPath)), closure);
    requireRoots(roots, graph);
    const derivations = graph.drvPaths.filter(isNew).length;
    return derivations === 0 ? undefined : { roots, graph, derivations };
}
function requireRoots(roots, { drvPaths }) {
    const fixed = roots.find((root) => !drvPaths.includes(root));
    if (fixed === undefined)
        return;
    throw new action_error/* ActionError */.lZ("PLAN_IMPOSSIBLE", `${fixed} has a fixed output, which is not built again`, {
        hint: "Compare a package that is built from source.",
    });
}

;// CONCATENATED MODULE: ./src/pipeline/compare/row.ts

/**
 * Takes all rows that are ready one step further, one after the other: they would slow each other down. An
 * error fails its row only. Rejects with `CANCELLED`.
 */
async function advanceRows(rows, work) {
    const advanced = [];
    for (const row of rows) {
        if (row.state !== "ready") {
            advanced.push(row);
            continue;
        }
        const { candidate, value } = row;
        try {
            advanced.push({ candidate, state: "ready", value: await work(value, candidate) });
        }
        catch (thrown) {
            const error = (0,action_error/* toActionError */.ie)(thrown);
            if ((0,action_error/* isCancelled */.mm)(error))
                throw error;
            advanced.push({ candidate, state: "failed", error });
        }
    }
    return advanced;
}

// EXTERNAL MODULE: ./src/pipeline/nix-session.ts + 13 modules
var nix_session = __webpack_require__(52039);
// EXTERNAL MODULE: ./src/pipeline/stages/inspect.ts
var inspect = __webpack_require__(60044);
;// CONCATENATED MODULE: ./src/pipeline/run-compare.ts















/**
 * Builds a package with each strategy that this machine can use, for each target, and measures it: cold, and
 * after a change to one file. Pushes nothing. Works on a copy of the flake, and on derivations that differ
 * from the flake's own by one variable, so it deletes nothing from a store, and finds nothing of earlier
 * builds there. A build that fails ends its row only. Rejects with the codes of `openNixSession` and
 * `inspect`, with those of `planTarget` if no strategy can be used, with `INPUT_INVALID` for a file whose
 * change changes nothing, and with `CANCELLED`.
 */
async function runCompare(job, options, context) {
    const startedAtMs = context.clock.nowMs();
    const session = await (0,run_step/* runStep */.e)(context, () => (0,nix_session/* openNixSession */.s)({ ...job, caches: [] }, context));
    const opened = new BuilderSessions(context);
    try {
        const { version } = session.nix;
        if (!(0,present_nix/* canBuildDerivations */.Jf)(version)) {
            throw new action_error/* ActionError */.lZ("PLAN_IMPOSSIBLE", `a comparison needs Nix 2.13 or newer, not ${version}`, {
                hint: "Update Nix, or remove it: the run then installs its own.",
            });
        }
        const rows = await measureRows({ job, options, session, opened }, context);
        const [installable] = job.installables;
        const composed = rows.map((row) => composeRow(row, context.system));
        return {
            comparison: {
                version: 1,
                installable: `${installable?.flake ?? ""}#${installable?.name ?? ""}`,
                change: options.change ?? null,
                rounds: options.rounds,
                startedAt: new Date(startedAtMs).toISOString(),
                host: { system: context.system, nix: version },
                rows: addRatios(composed),
            },
            error: rows.flatMap((row) => (row.state === "failed" ? row.error : []))[0],
        };
    }
    finally {
        await opened.close();
        await session.pool.close();
    }
}
async function measureRows(input, context) {
    const { job, options, session, opened } = input;
    const { log, nonce, runFolder } = context;
    const folder = (0,external_node_path_.join)(runFolder, "compare");
    await (0,promises_.mkdir)(folder, { mode: 0o700 });
    const planned = await planRows(input, folder, context);
    let rows = await advanceRows(planned, async (row, candidate) => ({
        ...row,
        machines: await (0,run_step/* runStep */.e)(context, () => openMachines(candidate, session, opened)),
        rounds: [],
    }));
    // Round 0 is the warm-up: it also fetches what the builds need, here and on builders.
    for (let round = 0; round <= options.rounds; round++) {
        rows = await advanceRows(rows, async (row, { strategy, target }) => {
            const name = round === 0 ? "warm-up" : `round ${round} of ${options.rounds}`;
            // Not shared with other rows: what one row has built must not be there for the next one.
            const salt = `${nonce}-${target}-${strategy}-${round}`;
            const measure = (build) => measureBuild(build, salt, { job, session, plan: row.plan, machines: row.machines, folder }, context);
            log.info(`${name}: ${strategy} for ${target}`);
            const cold = await measure(row.cold);
            if (round === 0)
                return row;
            const changed = row.changed === undefined ? undefined : await measure(row.changed);
            return { ...row, rounds: [...row.rounds, { cold, changed }] };
        });
    }
    return rows;
}
/** Evaluates everything that is to be built, before anything is built. */
async function planRows({ job: given, options: { change }, session }, folder, context) {
    const { pool } = session;
    const { workingDirectory, installables, targets } = given;
    const step = (work) => (0,run_step/* runStep */.e)(context, work);
    const [original] = installables;
    if (original === undefined)
        throw new Error("the job has no installable");
    await step(() => pool.open(targets));
    (0,log_builders/* logBuilders */.J)(pool.statuses, context.log);
    const top = (0,external_node_path_.join)(folder, "flake");
    const copy = await step(() => copyFlake(session, original.flake, { cwd: workingDirectory, top }));
    const job = { ...given, installables: [{ ...original, flake: copy.flake }] };
    const inspected = await step(() => (0,inspect/* inspect */.N)(context, { job, session }));
    if (inspected.error !== undefined)
        throw inspected.error;
    const candidates = listCandidates({ job, inspection: inspected.output, builders: pool.statuses });
    if (candidates.some(({ plan, strategy }) => plan !== undefined && strategy === "remote"))
        pool.watch();
    const rows = await advanceRows(candidates.map(startRow), async (plan) => {
        const before = await step(() => evaluatePlan(plan, { session, workingDirectory }, context));
        const storeFolder = (0,external_node_path_.join)(folder, "empty-store");
        const cold = await step(() => planColdBuild(before, { session, workingDirectory, storeFolder }));
        return { plan, before, cold, changed: undefined, evaluationMs: before.evaluationMs };
    });
    if (change === undefined)
        return rows;
    await changeFile(copy, change);
    const changed = await advanceRows(rows, async (row) => {
        const after = await step(() => evaluatePlan(row.plan, { session, workingDirectory }, context));
        const build = planChangedBuild(row.before, row.cold, after);
        return { ...row, changed: build, evaluationMs: after.evaluationMs };
    });
    for (const row of changed) {
        if (row.state === "ready" && row.value.changed === undefined)
            throw changesNothing(change, row.candidate);
    }
    return changed;
}
function startRow(candidate) {
    return candidate.plan === undefined
        ? { candidate, state: "impossible" }
        : { candidate, state: "ready", value: candidate.plan };
}
function changesNothing(change, { target, strategy }) {
    return new action_error/* ActionError */.lZ("INPUT_INVALID", `input change: changing ${JSON.stringify(change)} changes nothing that ${strategy} builds for ${target}`, { hint: "Name a source file that the package is built from." });
}


/***/ }),

/***/ 59789:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $O: () => (/* binding */ MS_PER_TICK),
/* harmony export */   G9: () => (/* binding */ ChildMeter),
/* harmony export */   k5: () => (/* binding */ findByArgument)
/* harmony export */ });
/* unused harmony export parseStat */
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(73024);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_1__);


/** The unit of times in /proc is always 1/100 s on the CPUs that Node.js runs on. */
const MS_PER_TICK = 10;
/** A tree of more processes than this is measured in part. */
const MAX_PROCESSES = 10_000;
/**
 * Measures what each child of a process uses, without rights over them. The kernel adds the CPU time of a
 * child to that of its parent when the parent waits for it, so it is exact for a child that ends while all
 * others still run. Of children that end together only the sum is known, so their times stay unknown. Memory
 * is the sum of the anonymous memory of a child and its descendants, at its peak among the samples.
 * @see proc_pid_stat(5), cutime and cstime; proc_pid_status(5), RssAnon
 */
class ChildMeter {
    #parent;
    #read;
    #running = new Map();
    #countedMs;
    constructor(parent, read = PROC) {
        this.#parent = parent;
        this.#read = read;
        this.#countedMs = read.readStat(parent)?.waitedCpuMs ?? 0;
    }
    /** Call this in the order in which the children were started. Takes the oldest child without a key. */
    begin(key) {
        const taken = new Set([...this.#running.values()].map(({ pid }) => pid));
        const [child] = this.#read
            .listChildren(this.#parent)
            .filter((pid) => !taken.has(pid))
            .flatMap((pid) => {
            const startTime = this.#read.readStat(pid)?.startTime;
            return startTime === undefined ? [] : [{ pid, startTime }];
        })
            .toSorted((a, b) => a.startTime - b.startTime || a.pid - b.pid);
        this.#running.set(key, { ...(child ?? UNSEEN), peakMemoryBytes: 0, samples: 0, isCounted: false });
    }
    /** Call this regularly: memory is known only of the moments at which it is called. */
    sample() {
        for (const child of this.#running.values()) {
            if (!this.#isThere(child))
                continue;
            child.samples += 1;
            child.peakMemoryBytes = Math.max(child.peakMemoryBytes, this.#sumMemory(child.pid));
        }
    }
    /** Call this when the parent has waited for the child. */
    end(key) {
        const child = this.#running.get(key);
        this.#running.delete(key);
        const countedMs = this.#read.readStat(this.#parent)?.waitedCpuMs;
        // In this order: a child that is there now was not part of the sum.
        const gone = [...this.#running.values()].filter((other) => !other.isCounted && !this.#isThere(other));
        for (const other of gone)
            other.isCounted = other.pid !== undefined;
        const isAlone = gone.length === 0 && child?.isCounted === false;
        const cpuMs = countedMs === undefined ? undefined : countedMs - this.#countedMs;
        this.#countedMs = countedMs ?? this.#countedMs;
        // If the process is still there, it belongs to another key.
        if (child?.pid === undefined || this.#isThere(child))
            return UNKNOWN;
        return {
            cpuMs: isAlone ? cpuMs : undefined,
            peakMemoryBytes: child.samples < LEAST_SAMPLES ? undefined : child.peakMemoryBytes,
        };
    }
    #isThere(child) {
        return child.pid !== undefined && this.#read.readStat(child.pid)?.startTime === child.startTime;
    }
    #sumMemory(pid) {
        let bytes = 0;
        const queue = [pid];
        for (const next of queue) {
            bytes += this.#read.readMemoryBytes(next);
            if (queue.length < MAX_PROCESSES)
                queue.push(...this.#read.listChildren(next));
        }
        return bytes;
    }
}
/** One sample may be from before the child did anything. */
const LEAST_SAMPLES = 2;
const UNSEEN = { pid: undefined, startTime: 0 };
const UNKNOWN = { cpuMs: undefined, peakMemoryBytes: undefined };
/** Reads a text of /proc; empty if the process has ended, or the machine has none. */
function readProc(path) {
    try {
        return (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readFileSync)(`/proc/${path}`, "utf8");
    }
    catch {
        return "";
    }
}
/** The names in a folder of /proc that are PIDs. */
function listPids(path) {
    try {
        return (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readdirSync)(`/proc/${path}`).filter((name) => /^[0-9]+$/.test(name));
    }
    catch {
        return [];
    }
}
const PROC = {
    readStat: (pid) => parseStat(readProc(`${pid}/stat`)),
    readMemoryBytes: (pid) => Number(/^RssAnon:\s*(\d+) kB$/m.exec(readProc(`${pid}/status`))?.[1] ?? 0) * 1024,
    // The kernel lists the children of each thread.
    listChildren: (pid) => listPids(`${pid}/task`).flatMap((thread) => readProc(`${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number)),
};
/** The text of `/proc/PID/stat`; undefined if it is not as expected. */
function parseStat(stat) {
    // The command name, in parentheses, may contain anything, so count the fields after it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [user = NaN, system = NaN, startTime = NaN] = [fields[13], fields[14], fields[19]].map(Number);
    const waitedCpuMs = (user + system) * MS_PER_TICK;
    return Number.isFinite(waitedCpuMs + startTime) ? { startTime, waitedCpuMs } : undefined;
}
/** The PIDs of the processes of a program with this first argument. */
function findByArgument(program, argument) {
    return listPids("")
        .filter((pid) => {
        const [name = "", first] = readProc(`${pid}/cmdline`).split("\0");
        return (0,node_path__WEBPACK_IMPORTED_MODULE_1__.basename)(name) === program && first === argument;
    })
        .map(Number);
}


/***/ }),

/***/ 88956:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   P: () => (/* binding */ watchMachine),
/* harmony export */   s: () => (/* binding */ parseSample)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(73024);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _child_meter_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(59789);
/* harmony import */ var _clock_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(53037);



const SAMPLE_INTERVAL_MS = 1_000;
/**
 * The state of this machine from the texts of `/proc/stat`, `/proc/meminfo` and `/proc/net/dev`; undefined if
 * one of them is not as expected.
 * @see proc_stat(5), proc_meminfo(5), proc_pid_net(5)
 */
function parseSample(stat, meminfo, networks) {
    const cpu = /^cpu +(.+)$/m.exec(stat)?.[1]?.split(" ").map(Number) ?? [];
    const [user = NaN, nice = NaN, system = NaN, , , irq = 0, softirq = 0] = cpu;
    const kibibytes = (name) => Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(meminfo)?.[1]);
    const devices = [...networks.matchAll(/^ *([^\s:]+): *(\d+)(?: +\d+){7} +(\d+)/gm)].filter(([, name]) => name !== "lo");
    const sum = (group) => devices.reduce((total, device) => total + Number(device[group]), 0);
    const sample = {
        cpuMs: (user + nice + system + irq + softirq) * _child_meter_js__WEBPACK_IMPORTED_MODULE_1__/* .MS_PER_TICK */ .$O,
        memoryBytes: (kibibytes("MemTotal") - kibibytes("MemAvailable")) * 1024,
        receivedBytes: sum(2),
        sentBytes: sum(3),
    };
    return Object.values(sample).every(Number.isFinite) ? sample : undefined;
}
function readSample() {
    try {
        const [stat, meminfo, networks] = ["stat", "meminfo", "net/dev"].map((name) => (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readFileSync)(`/proc/${name}`, "utf8"));
        return parseSample(stat ?? "", meminfo ?? "", networks ?? "");
    }
    catch {
        return undefined;
    }
}
/**
 * Samples this machine once a second until `stop`, which returns what it used; undefined on a machine without
 * `/proc`, such as a Mac.
 */
function watchMachine(clock, read = readSample) {
    const start = read();
    if (start === undefined)
        return { stop: () => undefined };
    let peakMemoryBytes = start.memoryBytes;
    const sample = () => {
        const now = read() ?? start;
        peakMemoryBytes = Math.max(peakMemoryBytes, now.memoryBytes);
        return now;
    };
    const stopSampling = (0,_clock_js__WEBPACK_IMPORTED_MODULE_2__/* .repeatInBackground */ .FC)(clock, SAMPLE_INTERVAL_MS, sample);
    return {
        stop: () => {
            stopSampling();
            const end = sample();
            // An interface that is removed meanwhile takes its counters with it.
            const since = (name) => Math.max(0, end[name] - start[name]);
            return {
                cpuMs: since("cpuMs"),
                peakMemoryBytes,
                receivedBytes: since("receivedBytes"),
                sentBytes: since("sentBytes"),
            };
        },
    };
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
