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
// EXTERNAL MODULE: ./src/report/report.ts + 3 modules
var report_report = __webpack_require__(21578);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
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
function composeReport({ job, context, startedAtMs, phases, record, error }) {
    const { nix, promotion } = record;
    return {
        version: 1,
        outcome: error === undefined ? "success" : (0,action_error/* isCancelled */.mm)(error) ? "cancelled" : "failure",
        error: error === undefined ? null : { code: error.code, message: (0,action_error/* renderError */.vr)(error), hint: error.hint },
        startedAt: new Date(startedAtMs).toISOString(),
        durationMs: context.clock.nowMs() - startedAtMs,
        host: { system: context.system, event: context.event.name ?? null },
        nix: nix === undefined ? null : { version: nix.version, ...(0,installation/* originOf */.yv)(nix) },
        builders: record.builders.map(composeBuilder),
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
        builds: record.builds.map(({ location, startedAtMs: atMs, log, ...rest }) => ({
            ...rest,
            log: [...log],
            place: location.kind === "local" ? "local" : location.uri,
            startedAt: new Date(atMs).toISOString(),
        })),
        substitutions: record.substitutions.map((substitution) => ({ ...substitution })),
        cache: composeCache(record),
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
        })),
        smokeTests: record.smokeTests.map((smoke) => ({ ...smoke, checks: [...smoke.checks] })),
        promotion: promotion === undefined
            ? null
            : { ...promotion, tags: promotion.tags.map((tag) => ({ ...tag, previous: tag.previous ?? null })) },
        phases,
    };
}
function composeImage({ image }, { images, pushedDigest, promotion }) {
    if (images.length === 0 && pushedDigest === undefined)
        return null;
    return {
        reference: image === undefined ? "" : (0,image_reference/* renderImageReference */.NL)(image),
        digest: pushedDigest ?? null,
        platforms: images.map(({ target, read }) => ({
            target,
            digest: read.image.manifest.digest,
            imageId: read.imageId,
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
function composeCache({ cache: found, builds, substitutions }) {
    if (found === undefined)
        return null;
    const { cache, substituter, ...rest } = found;
    const substituted = substitutions.filter((substitution) => (0,pipeline_record/* isFromCache */.DR)(substitution, { substituter })).length;
    const needed = substituted + builds.length;
    return { uri: cache.uri, ...rest, hitRate: needed === 0 ? null : substituted / needed };
}

// EXTERNAL MODULE: ./src/pipeline/disks.ts
var disks = __webpack_require__(84304);
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
    const composed = composeReport({ job, context, startedAtMs, phases, record, error });
    // What a registry or builder says in an error may repeat a secret.
    const report = (0,report_report/* redactReport */.a5)(composed, context.log.redact);
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
    plans: [],
    attempts: [],
    built: new Map(),
    builds: [],
    substitutions: [],
    cache: undefined,
    images: [],
    audits: [],
    layers: [],
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
/** Whether a store path came from this run's cache. Nix names a store with or without its `?settings`. */
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


/***/ })

};
