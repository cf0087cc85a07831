export const id = 727;
export const ids = [727];
export const modules = {

/***/ 3727:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  failRun: () => (/* binding */ failRun),
  P: () => (/* binding */ foldStages)
});

;// CONCATENATED MODULE: ./src/report/phase-timeline.ts
/** Creates an empty timeline. `watch` starts to measure the disks, and returns what ends that. */
function createPhaseTimeline(clock, watch = () => ({ stop: () => [] })) {
    const phases = [];
    return {
        phases,
        run: async (name, work) => {
            const startedAtMs = clock.nowMs();
            const disks = watch();
            const end = (outcome) => {
                const durationMs = clock.nowMs() - startedAtMs;
                const startedAt = new Date(startedAtMs).toISOString();
                phases.push({ name, startedAt, durationMs, outcome, disks: [...disks.stop()] });
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
// EXTERNAL MODULE: ./src/report/report.ts + 2 modules
var report_report = __webpack_require__(49661);
// EXTERNAL MODULE: ./src/pipeline/compose-report.ts
var compose_report = __webpack_require__(32357);
// EXTERNAL MODULE: ./src/pipeline/disks.ts
var disks = __webpack_require__(84304);
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
    const timeline = createPhaseTimeline(context.clock, () => (0,disk/* watchDisks */.w)((0,disks/* listDiskFolders */.HX)(context), context.clock));
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
    const composed = (0,compose_report/* composeReport */.Z)({ job, context, startedAtMs, phases, record, error });
    // What a registry or builder says in an error may repeat a secret.
    const report = (0,report_report/* redactReport */.a5)(composed, context.log.redact);
    return { report, gateResults: record.gateResults, error };
}
/** The result of a run that failed before its first stage. */
function failRun(job, context, error) {
    return foldStages(job, context, () => Promise.reject(error));
}


/***/ }),

/***/ 49661:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  a5: () => (/* binding */ redactReport),
  B1: () => (/* binding */ renderReport)
});

// UNUSED EXPORTS: REPORT, renderReportSchema

// EXTERNAL MODULE: ./node_modules/zod/v4/classic/schemas.js + 11 modules
var schemas = __webpack_require__(92857);
// EXTERNAL MODULE: ./node_modules/zod/v4/classic/iso.js
var iso = __webpack_require__(64377);
;// CONCATENATED MODULE: ./src/model/build-mode.ts
const BUILD_MODES = [
    "local",
    "emulated",
    "build-hook",
    "single-store",
    "distributed",
];

;// CONCATENATED MODULE: ./src/model/smoke.ts
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

// EXTERNAL MODULE: ./src/model/strategy.ts
var strategy = __webpack_require__(58924);
;// CONCATENATED MODULE: ./src/report/report.ts




const report_text = schemas/* string */.YjP();
const milliseconds = schemas/* number */.aig().min(0).describe("milliseconds");
const count = schemas/* int */.Whr().min(0);
const instant = iso/* datetime */.w$().describe("UTC");
const foreignFile = schemas/* strictObject */.rej({ path: report_text, machine: report_text.describe("the file's CPU"), layer: count });
/**
 * Version 1 of the report on one run. `docs/report.schema.json` is its JSON Schema. Parts that the run did
 * not reach are null or an empty list.
 */
const REPORT = schemas/* strictObject */.rej({
    version: schemas/* literal */.euz(1),
    outcome: schemas/* enum */.k5n(["success", "failure", "cancelled"]),
    error: schemas/* strictObject */.rej({ code: report_text, message: report_text, hint: report_text.nullable() }).nullable(),
    startedAt: instant,
    durationMs: milliseconds,
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
        slots: count.describe("maximum number of concurrent builds"),
        features: schemas/* array */.YOg(report_text),
        probeMs: milliseconds.nullable(),
        cpus: count.nullable(),
        load: schemas/* number */.aig().nullable().describe("load average of the last minute"),
        freeBytes: count.nullable().describe("free space in its store"),
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
        mode: schemas/* enum */.k5n(BUILD_MODES)
            .describe("local and emulated: on this machine; " +
            "build-hook: Nix itself sends each derivation to a builder; " +
            "single-store: everything is built in one builder's store; " +
            "distributed: cross-build sends each derivation to a builder"),
        reason: report_text,
        startedAt: instant,
        durationMs: milliseconds,
        outcome: schemas/* enum */.k5n(["built", "failed"]),
        code: report_text.nullable(),
        message: report_text.nullable(),
    }))
        .describe("all attempts to build, in order"),
    storePaths: schemas/* array */.YOg(report_text),
    builds: schemas/* array */.YOg(schemas/* strictObject */.rej({
        drvPath: report_text,
        name: report_text,
        place: report_text.describe("local, or the builder's store URI"),
        startedAt: instant,
        durationMs: milliseconds,
        outcome: schemas/* enum */.k5n(["built", "failed", "interrupted"])
            .describe("interrupted: it was ended, for example because the run was cancelled or another build failed"),
        log: schemas/* array */.YOg(report_text).describe("the last lines that a failed build printed"),
    })),
    substitutions: schemas/* array */.YOg(schemas/* strictObject */.rej({ storePath: report_text, from: report_text, durationMs: milliseconds })),
    cache: schemas/* strictObject */.rej({
        uri: report_text,
        isTrustedByLocation: schemas/* boolean */.zMY().describe("read without signatures, because its location is trusted"),
        hitRate: schemas/* number */.aig().min(0).max(1).nullable().describe("share of the required store paths that it had"),
        state: schemas/* enum */.k5n(["pushed", "unchanged", "withheld", "failed"]),
        reason: report_text.describe("the reason for the state"),
        pathsPushed: count,
        pathsPresent: count,
        restored: schemas/* strictObject */.rej({
            state: schemas/* enum */.k5n(["restored", "empty", "withheld", "failed"]),
            reason: report_text,
            entries: count,
            paths: count,
            bytes: count,
        })
            .nullable()
            .describe("what was restored from GitHub's cache"),
        saved: schemas/* strictObject */.rej({ kind: schemas/* enum */.k5n(["base", "delta"]), key: report_text, bytes: count })
            .nullable()
            .describe("the entry that was added to GitHub's cache"),
    })
        .nullable(),
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
        })),
        tags: schemas/* array */.YOg(report_text).describe("tags that point to the image now"),
    })
        .nullable(),
    layers: schemas/* array */.YOg(schemas/* strictObject */.rej({ digest: report_text, sizeBytes: count, state: schemas/* enum */.k5n(["sent", "reused"]) })),
    audits: schemas/* array */.YOg(schemas/* strictObject */.rej({
        target: report_text,
        filesRead: count,
        elfFiles: count,
        foreign: schemas/* array */.YOg(foreignFile),
        allowed: schemas/* array */.YOg(foreignFile),
        multiCpuArchives: schemas/* array */.YOg(schemas/* strictObject */.rej({
            path: report_text,
            machines: schemas/* array */.YOg(report_text).describe("the other CPUs, such as aarch64"),
            ownIn: report_text.describe("the archive with the libraries for the target's CPU: itself, or a sibling"),
            layer: count,
        }))
            .describe("the first 100 zip and jar files with libraries for several CPUs"),
        orphanedScripts: schemas/* array */.YOg(schemas/* strictObject */.rej({ path: report_text, interpreter: report_text, layer: count }))
            .describe("the first 100 scripts whose interpreter is not in the image"),
        missingLibraries: schemas/* array */.YOg(schemas/* strictObject */.rej({
            path: report_text,
            kind: schemas/* enum */.k5n(["interpreter", "library"]),
            needs: report_text.describe("path of the interpreter, or name of the library"),
            storePath: report_text.nullable().describe("the store path with the file, which refers to it"),
            searched: schemas/* array */.YOg(report_text).describe("the folders in which the loader looks first"),
            layer: count,
        }))
            .describe("the first 100 loaders and libraries that ELF files need and the image lacks"),
        unreadableArchives: schemas/* array */.YOg(schemas/* strictObject */.rej({ path: report_text, reason: report_text, layer: count }))
            .describe("the first 100 zip and jar files that the audit cannot read"),
    })),
    smokeTests: schemas/* array */.YOg(schemas/* strictObject */.rej({
        target: report_text,
        outcome: schemas/* enum */.k5n(["passed", "failed"]),
        runtime: report_text,
        isEmulated: schemas/* boolean */.zMY(),
        checks: schemas/* array */.YOg(schemas/* strictObject */.rej({
            name: report_text,
            kind: schemas/* enum */.k5n(CHECK_KINDS),
            outcome: schemas/* enum */.k5n(["passed", "failed"]),
            durationMs: milliseconds,
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
        durationMs: milliseconds,
        outcome: schemas/* enum */.k5n(["done", "failed"]),
        disks: schemas/* array */.YOg(schemas/* strictObject */.rej({
            folder: report_text.describe("a folder on the disk: the store, or the temporary files"),
            usedBytes: count.describe("what the disk lost at most, whoever used it"),
            freeBytes: count.describe("the least that was free"),
        }))
            .describe("the use of this machine's disks; phases that run at the same time have the same"),
    })),
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
