export const id = 616;
export const ids = [616];
export const modules = {

/***/ 9616:
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
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/model/build.ts
var build = __webpack_require__(59217);
// EXTERNAL MODULE: ./src/model/builder.ts
var model_builder = __webpack_require__(71646);
// EXTERNAL MODULE: ./src/model/image-reference.ts
var image_reference = __webpack_require__(20068);
// EXTERNAL MODULE: ./src/nix-install/installation.ts
var installation = __webpack_require__(21973);
// EXTERNAL MODULE: ./src/pipeline/record.ts
var pipeline_record = __webpack_require__(28953);
;// CONCATENATED MODULE: ./src/pipeline/compose-report.ts






/** Composes the report of a run from the record of its stages. */
function composeReport(parts) {
    const { job, context, startedAtMs, phases, record, dependencies, error } = parts;
    const { nix, promotion } = record;
    return {
        version: 2,
        outcome: error === undefined ? "success" : (0,action_error/* isCancelled */.mm)(error) ? "cancelled" : "failure",
        error: error === undefined ? null : { code: error.code, message: (0,action_error/* renderError */.vr)(error), hint: error.hint },
        startedAt: new Date(startedAtMs).toISOString(),
        durationMs: context.clock.nowMs() - startedAtMs,
        commit: context.event.commit ?? null,
        runUrl: renderRunUrl(context.environment),
        host: { system: context.system, event: context.event.name ?? null },
        nix: nix === undefined ? null : { version: nix.version, ...(0,installation/* originOf */.yv)(nix) },
        builders: record.builders.map((status) => ({
            ...composeBuilder(status),
            use: composeBuilderUse(status, record),
        })),
        builderChanges: record.builderChanges.map(({ builder, atMs, state, reason }) => ({
            uri: (0,model_builder/* displayName */.QC)(builder),
            at: new Date(atMs).toISOString(),
            state,
            reason,
        })),
        plans: record.plans.map((plan) => ({
            ...plan,
            attributes: [...plan.attributes],
            verdicts: plan.verdicts.map((verdict) => ({ ...verdict })),
        })),
        attempts: record.attempts.map(({ startedAtMs: atMs, error: failure, ...rest }) => ({
            ...rest,
            startedAt: new Date(atMs).toISOString(),
            outcome: failure === undefined ? "built" : "failed",
            code: failure?.code ?? null,
            message: failure === undefined ? null : (0,action_error/* renderError */.vr)(failure),
        })),
        storePaths: (job.targets ?? []).flatMap((target) => (record.built.get(target) ?? []).map(({ outPath }) => outPath)),
        builds: record.builds.map(({ location, startedAtMs: atMs, log, use, ...rest }) => ({
            ...rest,
            log: [...log],
            use: {
                cpuMs: use.cpuMs ?? null,
                peakMemoryBytes: use.peakMemoryBytes ?? null,
                copiedBytes: use.copiedBytes ?? null,
            },
            dependencies: [...(dependencies.get(rest.drvPath) ?? [])],
            place: (0,build/* placeOf */.$)(location),
            startedAt: new Date(atMs).toISOString(),
        })),
        substituters: record.substituters.map((status) => ({ ...status })),
        substitutions: record.substitutions.map((substitution) => ({ ...substitution })),
        caches: record.caches.map((cache) => composeCache(cache, record)),
        image: composeImage(job, record),
        layers: record.layers.map((layer) => ({ ...layer })),
        audits: record.audits.map((audit) => ({
            ...audit,
            foreign: [...audit.foreign],
            allowed: [...audit.allowed],
            multiCpuArchives: audit.multiCpuArchives.map((item) => ({ ...item, machines: [...item.machines] })),
            orphanedScripts: [...audit.orphanedScripts],
            missingLibraries: audit.missingLibraries.map((item) => ({ ...item, searched: [...item.searched] })),
            unreadableArchives: [...audit.unreadableArchives],
            largestPaths: [...audit.largestPaths],
        })),
        smokeTests: record.smokeTests.map((smoke) => ({
            ...smoke,
            layers: [...smoke.layers],
            checks: [...smoke.checks],
        })),
        promotion: promotion === undefined
            ? null
            : { ...promotion, tags: promotion.tags.map((tag) => ({ ...tag, previous: tag.previous ?? null })) },
        phases,
        history: null,
    };
}
/**
 * The page of this run of a workflow, at this attempt.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables
 */
function renderRunUrl(environment) {
    const { GITHUB_SERVER_URL: server = "", GITHUB_REPOSITORY: repository = "", GITHUB_RUN_ID: id = "", GITHUB_RUN_ATTEMPT: attempt = "", } = environment;
    if (server === "" || repository === "" || id === "")
        return null;
    return `${server}/${repository}/actions/runs/${id}${attempt === "" ? "" : `/attempts/${attempt}`}`;
}
function composeImage({ image }, { images, pushedDigest, promotion, previousSizes }) {
    if (images.length === 0 && pushedDigest === undefined)
        return null;
    return {
        reference: image === undefined ? "" : (0,image_reference/* renderImageReference */.NL)(image),
        digest: pushedDigest ?? null,
        platforms: images.map(({ target, read }) => ({
            target,
            digest: read.image.manifest.digest,
            imageId: read.imageId,
            sizeBytes: [read.image.config, ...read.image.layers].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
            previousSizeBytes: previousSizes.get(target) ?? null,
        })),
        tags: promotion?.tags.map(({ tag }) => tag) ?? [],
    };
}
/** A builder as shown in the report and in the output `builders`. */
function composeBuilder(status) {
    const { builder, state } = status;
    const facts = status.state === "dropped" ? undefined : status.facts;
    return {
        uri: (0,model_builder/* displayName */.QC)(builder),
        alias: builder.alias,
        systems: [...builder.systems],
        state,
        code: status.state === "dropped" ? status.code : null,
        reason: status.state === "ready" ? null : status.reason,
        hint: status.state === "ready" ? null : status.hint,
        nix: facts?.nixVersion ?? null,
        slots: builder.maxJobs ?? 1,
        features: [...builder.supportedFeatures],
        probeMs: status.state === "dropped" ? null : status.probeMs,
        cpus: facts?.cpus ?? null,
        load: facts?.load ?? null,
        freeBytes: facts?.freeBytes ?? null,
    };
}
function composeBuilderUse({ builder }, { builds, traffic }) {
    const uri = (0,model_builder/* displayName */.QC)(builder);
    const own = builds.filter(({ location }) => location.kind === "builder" && location.uri === uri);
    const { sentBytes = null, receivedBytes = null } = traffic.get(builder.alias) ?? {};
    return {
        builds: own.length,
        busyMs: own.reduce((sum, { durationMs }) => sum + durationMs, 0),
        cpuMs: addUp(own.map(({ use }) => use.cpuMs)),
        sentBytes,
        receivedBytes,
    };
}
/** The sum of the values; null if there are none, or one of them is not known. */
function addUp(values) {
    const known = values.filter((value) => value !== undefined);
    if (values.length === 0 || known.length < values.length)
        return null;
    return known.reduce((sum, value) => sum + value, 0);
}
function composeCache({ cache, substituter, ...rest }, { builds, substitutions, caches }) {
    const isSubstituted = (substitution, from) => substitution.outcome === "substituted" && from.some((source) => (0,pipeline_record/* isFromCache */.DR)(substitution, source));
    const substituted = substitutions.filter((item) => isSubstituted(item, [{ substituter }])).length;
    const needed = substitutions.filter((item) => isSubstituted(item, caches)).length + builds.length;
    return { uri: cache.uri, ...rest, hitRate: needed === 0 ? null : substituted / needed };
}

// EXTERNAL MODULE: ./src/pipeline/disks.ts
var pipeline_disks = __webpack_require__(84304);
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
    const composed = composeReport({ job, context, startedAtMs, phases, record, dependencies, error });
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

/***/ 28953:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   DR: () => (/* binding */ isFromCache),
/* harmony export */   Si: () => (/* binding */ runStage),
/* harmony export */   WA: () => (/* binding */ addToRecord),
/* harmony export */   sU: () => (/* binding */ EMPTY_RECORD)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);

const EMPTY_RECORD = {
    nix: undefined,
    builders: [],
    builderChanges: [],
    traffic: new Map(),
    substituters: [],
    plans: [],
    attempts: [],
    built: new Map(),
    builds: [],
    substitutions: [],
    caches: [],
    images: [],
    audits: [],
    layerRecords: [],
    layers: [],
    previousSizes: new Map(),
    pushedDigest: undefined,
    smokeTests: [],
    gateResults: [],
    promotion: undefined,
};
/**
 * Adds what a stage did to a record. Attempts, builds and substitutions are appended; everything else is
 * replaced. The first `built` of a target stays, however: if it is a script that streams an image, the user
 * asked for the script, and not for the image that the script streams later.
 */
function addToRecord(record, addition) {
    const { attempts = [], builds = [], substitutions = [], built = new Map() } = addition;
    return {
        ...record,
        ...addition,
        attempts: [...record.attempts, ...attempts],
        builds: [...record.builds, ...builds],
        substitutions: [...record.substitutions, ...substitutions],
        built: new Map([...built, ...record.built]),
    };
}
/** Whether a store path came from this cache. Nix names a store with or without its `?settings`. */
function isFromCache({ from }, { substituter }) {
    return substituter !== undefined && from.startsWith(substituter.replace(/\?.*$/, ""));
}
/** Runs a stage. If it throws, returns a result that has the error and an empty record. */
async function runStage(work) {
    try {
        return await work();
    }
    catch (thrown) {
        return { record: {}, error: (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .toActionError */ .ie)(thrown) };
    }
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


/***/ })

};
