export const id = 8673;
export const ids = [8673];
export const modules = {

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
        if (!(0,_model_store_path_js__WEBPACK_IMPORTED_MODULE_3__/* .isStorePath */ .z)(path))
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

/***/ 48673:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  failRun: () => (/* binding */ failRun),
  P: () => (/* binding */ foldStages)
});

// EXTERNAL MODULE: ./src/model/run-event.ts
var run_event = __webpack_require__(30145);
// EXTERNAL MODULE: ./src/nix/derivation.ts
var derivation = __webpack_require__(56754);
;// CONCATENATED MODULE: ./src/report/phase-timeline.ts
/** Creates an empty timeline. `watch` starts to measure the resources, and returns what ends that. */
function createPhaseTimeline({ clock, emit }, watch = () => ({ stop: () => ({ disks: [], machine: undefined }) })) {
    const phases = [];
    return {
        phases,
        run: async (name, work) => {
            const startedAtMs = clock.nowMs();
            const resources = watch();
            emit({ event: "phase-started", name });
            const end = (outcome) => {
                const durationMs = clock.nowMs() - startedAtMs;
                const startedAt = new Date(startedAtMs).toISOString();
                const { disks, machine } = resources.stop();
                const used = { disks: [...disks], machine: machine === undefined ? null : { ...machine } };
                emit({ event: "phase-ended", name, durationMs, outcome });
                phases.push({ name, startedAt, durationMs, outcome, ...used });
            };
            try {
                const result = await work();
                end("done");
                return result;
            }
            catch (error) {
                end("failed");
                throw error;
            }
        },
    };
}

// EXTERNAL MODULE: ./src/platform/disk.ts
var disk = __webpack_require__(2206);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: ./src/platform/clock.ts
var platform_clock = __webpack_require__(53037);
;// CONCATENATED MODULE: ./src/platform/machine-use.ts


const SAMPLE_INTERVAL_MS = 1_000;
/** The unit of times in /proc/stat is always 1/100 s on the CPUs that Node.js runs on. */
const MS_PER_TICK = 10;
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
        cpuMs: (user + nice + system + irq + softirq) * MS_PER_TICK,
        memoryBytes: (kibibytes("MemTotal") - kibibytes("MemAvailable")) * 1024,
        receivedBytes: sum(2),
        sentBytes: sum(3),
    };
    return Object.values(sample).every(Number.isFinite) ? sample : undefined;
}
function readSample() {
    try {
        const [stat, meminfo, networks] = ["stat", "meminfo", "net/dev"].map((name) => (0,external_node_fs_.readFileSync)(`/proc/${name}`, "utf8"));
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
    const stopSampling = (0,platform_clock/* repeatInBackground */.FC)(clock, SAMPLE_INTERVAL_MS, sample);
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

// EXTERNAL MODULE: ./src/report/report.ts
var report_report = __webpack_require__(88850);
// EXTERNAL MODULE: ./src/pipeline/compose-report.ts
var compose_report = __webpack_require__(32357);
// EXTERNAL MODULE: ./src/pipeline/disks.ts
var pipeline_disks = __webpack_require__(84304);
// EXTERNAL MODULE: ./src/pipeline/record.ts
var pipeline_record = __webpack_require__(28953);
// EXTERNAL MODULE: ./src/pipeline/run-step.ts + 1 modules
var run_step = __webpack_require__(79263);
;// CONCATENATED MODULE: ./src/pipeline/fold-stages.ts










/**
 * Runs stages one after the other and reports them. Never rejects: the report has what every stage did, also
 * before a failure, and `error` is what ended the run.
 */
async function foldStages(job, context, runStages) {
    const startedAtMs = context.clock.nowMs();
    context.emit({ event: "run-started", version: 1, system: context.system });
    const timeline = createPhaseTimeline(context, () => {
        const disks = (0,disk/* watchDisks */.w)((0,pipeline_disks/* listDiskFolders */.HX)(context), context.clock);
        const machine = watchMachine(context.clock);
        return { stop: () => ({ disks: disks.stop(), machine: machine.stop() }) };
    });
    let record = pipeline_record/* EMPTY_RECORD */.sU;
    let error;
    const add = (result) => {
        record = (0,pipeline_record/* addToRecord */.WA)(record, result.record);
        if (result.error !== undefined)
            throw result.error;
        return result.output;
    };
    try {
        await runStages({
            add,
            phase: (name, stage) => timeline.run(name, async () => add(await (0,run_step/* runStep */.e)(context, stage))),
            timeline,
            record: () => record,
        });
    }
    catch (thrown) {
        error = (0,run_step/* toRunError */.D)(thrown, context);
    }
    const { phases } = timeline;
    const dependencies = await (0,derivation/* readDependencies */.gF)(record.builds.map(({ drvPath }) => drvPath));
    const composed = (0,compose_report/* composeReport */.Z)({ job, context, startedAtMs, phases, record, dependencies, error });
    // What a registry or builder says in an error may repeat a secret.
    const report = (0,report_report/* redactReport */.a5)(composed, context.log.redact);
    const { durationMs, outcome } = report;
    context.emit({ event: "run-ended", durationMs, outcome, error: (0,run_event/* failureOf */.g5)(error) });
    return { report, gateResults: record.gateResults, error };
}
/** The result of a run that failed before its first stage. */
function failRun(job, context, error) {
    return foldStages(job, context, () => Promise.reject(error));
}


/***/ }),

/***/ 88850:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   B1: () => (/* binding */ renderReport),
/* harmony export */   a5: () => (/* binding */ redactReport)
/* harmony export */ });
/* unused harmony exports REPORT, renderReportSchema */
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(92857);
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(64377);
/* harmony import */ var _model_build_mode_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(64129);
/* harmony import */ var _model_smoke_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(37328);
/* harmony import */ var _model_strategy_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(58924);




const text = zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP();
const milliseconds = zod__WEBPACK_IMPORTED_MODULE_0__/* .number */ .aig().min(0).describe("milliseconds");
const count = zod__WEBPACK_IMPORTED_MODULE_0__/* .int */ .Whr().min(0);
const instant = zod__WEBPACK_IMPORTED_MODULE_1__/* .datetime */ .w$().describe("UTC");
const foreignFile = zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({ path: text, machine: text.describe("the file's CPU"), layer: count });
/**
 * Version 2 of the report on one run. `docs/report.schema.json` is its JSON Schema. Parts that the run did
 * not reach are null or an empty list.
 */
const REPORT = zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
    version: zod__WEBPACK_IMPORTED_MODULE_0__/* .literal */ .euz(2),
    outcome: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["success", "failure", "cancelled"]),
    error: zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({ code: text, message: text, hint: text.nullable() }).nullable(),
    startedAt: instant,
    durationMs: milliseconds,
    commit: text.nullable().describe("the commit that the workflow runs on"),
    runUrl: text.nullable().describe("the page of the workflow's run"),
    host: zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
        system: text,
        event: text.nullable().describe("the event that triggered the workflow"),
    }),
    nix: zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
        version: text,
        origin: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["reused", "installed"]),
        source: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["present", "tool-cache", "download", "distribution"]),
    })
        .nullable(),
    builders: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
        uri: text,
        alias: text,
        systems: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(text),
        state: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["ready", "degraded", "dropped"]),
        code: text.nullable(),
        reason: text.nullable(),
        hint: text.nullable(),
        nix: text.nullable().describe("Nix version of the builder"),
        slots: count.describe("maximum number of concurrent builds"),
        features: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(text),
        probeMs: milliseconds.nullable(),
        cpus: count.nullable(),
        load: zod__WEBPACK_IMPORTED_MODULE_0__/* .number */ .aig().nullable().describe("load average of the last minute"),
        freeBytes: count.nullable().describe("free space in its store"),
    })),
    builderChanges: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
        uri: text,
        at: instant,
        state: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["ready", "degraded", "dropped"]),
        reason: text,
    }))
        .describe("builders that were lost or became available again after the first probe"),
    plans: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
        target: text,
        buildSystem: text,
        strategy: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(_model_strategy_js__WEBPACK_IMPORTED_MODULE_2__/* .STRATEGIES */ .Y),
        attributes: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(text),
        verdicts: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
            strategy: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(_model_strategy_js__WEBPACK_IMPORTED_MODULE_2__/* .STRATEGIES */ .Y),
            verdict: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["chosen", "fallback", "rejected"]),
            reason: text,
        })),
    })),
    attempts: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
        target: text,
        strategy: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(_model_strategy_js__WEBPACK_IMPORTED_MODULE_2__/* .STRATEGIES */ .Y),
        mode: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(_model_build_mode_js__WEBPACK_IMPORTED_MODULE_3__/* .BUILD_MODES */ .U)
            .describe("local and emulated: on this machine; " +
            "build-hook: Nix itself sends each derivation to a builder; " +
            "single-store: everything is built in one builder's store; " +
            "distributed: cross-build sends each derivation to a builder"),
        reason: text,
        startedAt: instant,
        durationMs: milliseconds,
        outcome: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["built", "failed"]),
        code: text.nullable(),
        message: text.nullable(),
    }))
        .describe("all attempts to build, in order"),
    storePaths: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(text),
    builds: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
        target: text.describe("the target system that it was built for"),
        drvPath: text,
        name: text,
        dependencies: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(text).describe("the derivations of this list that it depends on directly"),
        place: text.describe("local, or the builder's store URI"),
        startedAt: instant,
        durationMs: milliseconds,
        outcome: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["built", "failed", "interrupted"])
            .describe("interrupted: it was ended, for example because the run was cancelled or another build failed"),
        log: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(text).describe("the last lines that a failed build printed"),
    })),
    substitutions: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
        target: text,
        storePath: text,
        from: text,
        durationMs: milliseconds,
        outcome: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["substituted", "failed"])
            .describe("failed: another substituter or a build had to follow"),
    })),
    cache: zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
        uri: text,
        isTrustedByLocation: zod__WEBPACK_IMPORTED_MODULE_0__/* .boolean */ .zMY().describe("read without signatures, because its location is trusted"),
        hitRate: zod__WEBPACK_IMPORTED_MODULE_0__/* .number */ .aig().min(0).max(1).nullable().describe("share of the required store paths that it had"),
        state: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["pushed", "unchanged", "withheld", "failed"]),
        reason: text.describe("the reason for the state"),
        pathsPushed: count,
        pathsPresent: count,
        restored: zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
            state: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["restored", "empty", "withheld", "failed"]),
            reason: text,
            entries: count,
            paths: count,
            bytes: count,
        })
            .nullable()
            .describe("what was restored from GitHub's cache"),
        saved: zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({ kind: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["base", "delta"]), key: text, bytes: count })
            .nullable()
            .describe("the entry that was added to GitHub's cache"),
    })
        .nullable(),
    image: zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
        reference: text,
        digest: text
            .nullable()
            .describe("digest of the manifest, or of the image index if there are several targets; " +
            "null until it is pushed"),
        platforms: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
            target: text,
            digest: text.describe("digest of the manifest"),
            imageId: text.describe("digest of the config"),
            sizeBytes: count.describe("what a client downloads: config and layers, compressed"),
            previousSizeBytes: count
                .nullable()
                .describe("the same of the image that the first tag pointed to before"),
        })),
        tags: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(text).describe("tags that point to the image now"),
    })
        .nullable(),
    layers: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({ target: text, digest: text, sizeBytes: count, state: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["sent", "reused"]) })),
    audits: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
        target: text,
        filesRead: count,
        elfFiles: count,
        foreign: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(foreignFile),
        allowed: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(foreignFile),
        multiCpuArchives: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
            path: text,
            machines: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(text).describe("the other CPUs, such as aarch64"),
            ownIn: text.describe("the archive with the libraries for the target's CPU: itself, or a sibling"),
            layer: count,
        }))
            .describe("the first 100 zip and jar files with libraries for several CPUs"),
        orphanedScripts: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({ path: text, interpreter: text, layer: count }))
            .describe("the first 100 scripts whose interpreter is not in the image"),
        missingLibraries: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
            path: text,
            kind: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["interpreter", "library"]),
            needs: text.describe("path of the interpreter, or name of the library"),
            storePath: text.nullable().describe("the store path with the file, which refers to it"),
            searched: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(text).describe("the folders in which the loader looks first"),
            layer: count,
        }))
            .describe("the first 100 loaders and libraries that ELF files need and the image lacks"),
        unreadableArchives: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({ path: text, reason: text, layer: count }))
            .describe("the first 100 zip and jar files that the audit cannot read"),
    })),
    smokeTests: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
        target: text,
        outcome: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["passed", "failed"]),
        runtime: text,
        isEmulated: zod__WEBPACK_IMPORTED_MODULE_0__/* .boolean */ .zMY(),
        load: zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({ way: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(_model_smoke_js__WEBPACK_IMPORTED_MODULE_4__/* .LOAD_WAYS */ .wM), reason: text })
            .describe("how the engine got the image: it had it, or got one layer with the files of all, or the layers"),
        layers: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({ digest: text, origin: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(_model_smoke_js__WEBPACK_IMPORTED_MODULE_4__/* .LAYER_ORIGINS */ .Ac) }))
            .describe("the tested layers, lowest first: the run made or verified the compressed bytes, " +
            "or fetched them by digest, or tested the same tar"),
        checks: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
            name: text,
            kind: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(_model_smoke_js__WEBPACK_IMPORTED_MODULE_4__/* .CHECK_KINDS */ .FZ),
            outcome: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["passed", "failed"]),
            durationMs: milliseconds,
            detail: text,
        })),
        containerLog: text,
    })),
    promotion: zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
        state: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["promoted", "unchanged", "withheld"]),
        reason: text,
        tags: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({ tag: text, previous: text.nullable(), state: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["moved", "unchanged"]) })),
    })
        .nullable(),
    phases: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
        name: text,
        startedAt: instant,
        durationMs: milliseconds,
        outcome: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["done", "failed"]),
        disks: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
            folder: text.describe("a folder on the disk: the store, or the temporary files"),
            usedBytes: count.describe("what the disk lost at most, whoever used it"),
            freeBytes: count.describe("the least that was free"),
        }))
            .describe("the use of this machine's disks; phases that run at the same time have the same"),
        machine: zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
            cpuMs: milliseconds.describe("time in which a CPU was busy, added up over all CPUs, in ms"),
            peakMemoryBytes: count.describe("the most memory that was in use"),
            receivedBytes: count.describe("over all network interfaces but loopback"),
            sentBytes: count,
        })
            .nullable()
            .describe("what this machine used, whoever used it; null where it does not tell, as on macOS"),
    })),
    history: zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
        targets: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
            target: text,
            runs: count.describe("earlier runs for the same attributes, with the same strategy and outcome"),
            times: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
                name: text.describe("whole run, or a phase"),
                durationMs: milliseconds.describe("of this run, in milliseconds"),
                medianMs: milliseconds.describe("of the earlier runs, in milliseconds"),
            })),
            slower: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .strictObject */ .rej({
                name: text,
                durationMs: milliseconds,
                medianMs: milliseconds.describe("of the earlier builds, in milliseconds"),
                builds: count.describe("earlier builds of the derivation"),
                isConfirmed: zod__WEBPACK_IMPORTED_MODULE_0__/* .boolean */ .zMY().describe("whether the build before was slower, too"),
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
/** A report with `redact` applied to every text in it. */
function redactReport(report, redact) {
    return JSON.parse(JSON.stringify(report), (_, value) => typeof value === "string" ? redact(value) : value);
}
/** The JSON Schema of the report, 2020-12. */
function renderReportSchema() {
    const schema = { title: "cross-build report", ...z.toJSONSchema(REPORT) };
    return `${JSON.stringify(schema, undefined, 2)}\n`;
}


/***/ })

};
