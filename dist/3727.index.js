export const id = 3727;
export const ids = [3727,6754];
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

/***/ 3727:
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
// EXTERNAL MODULE: ./src/platform/machine-use.ts
var machine_use = __webpack_require__(88956);
// EXTERNAL MODULE: ./src/report/report.ts + 1 modules
var report_report = __webpack_require__(43729);
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
        const machine = (0,machine_use/* watchMachine */.P)(context.clock);
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
    const report = (0,report_report/* redactTexts */.SG)(composed, context.log.redact);
    const { durationMs, outcome } = report;
    context.emit({ event: "run-ended", durationMs, outcome, error: (0,run_event/* failureOf */.g5)(error) });
    return { report, gateResults: record.gateResults, error };
}
/** The result of a run that failed before its first stage. */
function failRun(job, context, error) {
    return foldStages(job, context, () => Promise.reject(error));
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


/***/ })

};
