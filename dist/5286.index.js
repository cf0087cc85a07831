export const id = 5286;
export const ids = [5286,9256];
export const modules = {

/***/ 45286:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   readDoctorStep: () => (/* binding */ readDoctorStep)
/* harmony export */ });
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(235);
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(1170);
/* harmony import */ var _pipeline_run_doctor_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(39256);
/* harmony import */ var _report_summary_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(77159);
/* harmony import */ var _log_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(58592);
/* harmony import */ var _read_job_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(97317);
/* harmony import */ var _settings_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(5112);






/** Reads the inputs of the doctor. */
function readDoctorStep(read, folders, options) {
    const settings = (0,_settings_js__WEBPACK_IMPORTED_MODULE_4__/* .parseSettings */ .P$)(read, folders);
    return (context) => examine(settings, options, context);
}
/** Runs the doctor: reports each part in the log and the summary, and fails the step if a job would fail. */
async function examine({ inputs, isSummarized }, options, context) {
    const diagnoses = await (0,_read_job_js__WEBPACK_IMPORTED_MODULE_3__/* .runDoctorFromInputs */ .CU)(inputs, options, context);
    const verdict = (0,_pipeline_run_doctor_js__WEBPACK_IMPORTED_MODULE_0__/* .renderVerdict */ .g)(diagnoses);
    const table = (0,_report_summary_js__WEBPACK_IMPORTED_MODULE_1__/* .renderDiagnoses */ .K)(diagnoses);
    for (const { part, name, state, detail, hint = "" } of diagnoses) {
        const line = `${part} ${name}: ${detail}`;
        if (state === "ok")
            _log_js__WEBPACK_IMPORTED_MODULE_2__/* .actionLog */ .Z.info(line);
        else if (state === "warning")
            _log_js__WEBPACK_IMPORTED_MODULE_2__/* .actionLog */ .Z.warning(`${line}. ${hint}`);
        else
            _log_js__WEBPACK_IMPORTED_MODULE_2__/* .actionLog */ .Z.error(`${line}. ${hint}`);
    }
    const failed = diagnoses.filter(({ state }) => state === "failed");
    _actions_core__WEBPACK_IMPORTED_MODULE_5__/* .setOutput */ .uH("healthy", String(failed.length === 0));
    _actions_core__WEBPACK_IMPORTED_MODULE_5__/* .setOutput */ .uH("diagnosis", table);
    _actions_core__WEBPACK_IMPORTED_MODULE_5__/* .setOutput */ .uH("error-code", failed[0]?.code ?? "");
    if (isSummarized && process.env["GITHUB_STEP_SUMMARY"] !== undefined) {
        await _actions_core__WEBPACK_IMPORTED_MODULE_6__/* .summary */ .z.addRaw(`## cross-build doctor\n\n${table}\n\n${verdict}\n`).write();
    }
    if (failed.length > 0)
        _actions_core__WEBPACK_IMPORTED_MODULE_5__/* .setFailed */ .C1(verdict);
    else
        _log_js__WEBPACK_IMPORTED_MODULE_2__/* .actionLog */ .Z.info(verdict);
}


/***/ }),

/***/ 39256:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  g: () => (/* binding */ renderVerdict),
  runDoctor: () => (/* binding */ runDoctor)
});

// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/nix-install/installation.ts
var installation = __webpack_require__(21973);
// EXTERNAL MODULE: ./src/nix-install/present-nix.ts
var present_nix = __webpack_require__(81920);
// EXTERNAL MODULE: ./src/builders/create-pool.ts + 4 modules
var create_pool = __webpack_require__(1920);
// EXTERNAL MODULE: ./src/model/builder.ts
var model_builder = __webpack_require__(71646);
// EXTERNAL MODULE: ./src/model/count.ts
var model_count = __webpack_require__(47302);
// EXTERNAL MODULE: ./src/model/image-reference.ts
var image_reference = __webpack_require__(20068);
// EXTERNAL MODULE: ./src/nix/flake.ts
var flake = __webpack_require__(10626);
// EXTERNAL MODULE: ./src/plan/push-policy.ts
var push_policy = __webpack_require__(29822);
// EXTERNAL MODULE: ./src/pipeline/nix-session.ts + 13 modules
var nix_session = __webpack_require__(52039);
;// CONCATENATED MODULE: ./src/pipeline/pool-health.ts

/** The disk of a pod, which only its own Nix keeps from filling up. */
function describeDisk({ freeBytes, collectedAgoS }) {
    const collected = collectedAgoS === undefined ? "never" : `${(0,model_count/* countOf */.pq)(Math.floor(collectedAgoS / 3600), "hour")} ago`;
    return [
        ...(freeBytes === undefined ? [] : [`${Math.floor(freeBytes / 2 ** 30)} GiB free`]),
        `garbage collected ${collected}`,
    ];
}
/**
 * Whether all pods of a pool run the same image, by its digest: the name may be that of a mirror. Undefined
 * if the pool has no pods.
 */
function compareImages({ namespace }, statuses) {
    const pods = statuses.flatMap(({ builder: { host, image } }) => image === undefined ? [] : [{ host, image }]);
    const byDigest = Map.groupBy(pods, ({ image }) => image.split("@").at(-1) ?? image);
    const [[first] = []] = byDigest.values();
    if (first === undefined)
        return undefined;
    if (byDigest.size === 1)
        return { state: "ok", detail: `${(0,model_count/* countOf */.pq)(pods.length, "pod")} of ${first.image}`, hint: undefined };
    const groups = [...byDigest].map(([digest, group]) => `${digest} on ${group.map(({ host }) => host.split(".")[0]).join(", ")}`);
    return {
        state: "warning",
        detail: `its pods run different images: ${groups.sort().join("; ")}`,
        hint: `Finish the upgrade: kubectl --namespace ${namespace} rollout status statefulset`,
    };
}

// EXTERNAL MODULE: ./src/pipeline/run-step.ts + 1 modules
var run_step = __webpack_require__(79263);
// EXTERNAL MODULE: ./src/pipeline/stages/inspect.ts
var inspect = __webpack_require__(60044);
// EXTERNAL MODULE: ./src/pipeline/stages/plan.ts
var plan = __webpack_require__(92533);
// EXTERNAL MODULE: ./src/pipeline/stages/preflight.ts + 2 modules
var preflight = __webpack_require__(77469);
;// CONCATENATED MODULE: ./src/pipeline/run-doctor.ts















const CALL_LIMIT_MS = 30_000;
/**
 * Examines Nix, builders, flake, cache, registry and container engine as a job would use them, with the same
 * configuration and programs, and with the checks that a build makes first. Installs nothing, builds nothing
 * and pushes nothing. Rejects with the code of an input that cannot be read, or with
 * `CANCELLED`.
 */
async function runDoctor(job, { isFlakeExamined }, context) {
    const step = (work) => (0,run_step/* runStep */.e)(context, work);
    const nix = await step(() => (0,present_nix/* findNix */.rv)(context));
    const session = nix === undefined || !(0,present_nix/* isNewEnough */.$t)(nix.version)
        ? undefined
        : await step(() => (0,nix_session/* openNixSession */.s)(job, context));
    const [builders, ...others] = await step(() => Promise.all([
        probeBuilders(job, session, context),
        examineCache(job, session),
        examineRegistry(job, context),
        examineEngine(job, context),
    ]));
    const flakes = isFlakeExamined ? await step(() => examineFlakes(job, { session, builders }, context)) : [];
    return [
        await step(() => examineNix(job, session)),
        ...builders.map(diagnoseBuilder),
        ...diagnosePool(job, builders),
        ...flakes,
        ...others.flatMap((found) => found ?? []),
    ];
}
/** Sums the diagnoses up in one line: whether something has to be fixed, and what. */
function renderVerdict(diagnoses) {
    const count = (state) => diagnoses.filter((diagnosis) => diagnosis.state === state);
    const failed = count("failed");
    const warnings = count("warning");
    const warned = warnings.length === 0 ? "" : `, with ${(0,model_count/* countOf */.pq)(warnings.length, "warning")}`;
    const checks = (0,model_count/* countOf */.pq)(diagnoses.length, "check");
    if (failed.length === 0)
        return `verdict: ready for a build: ${checks}, none failed${warned}`;
    const parts = [...new Set(failed.map(({ part }) => part))].join(", ");
    return `verdict: not ready for a build: ${failed.length} of ${checks} failed (${parts})${warned}`;
}
async function examineNix(job, session) {
    if (session === undefined) {
        const detail = `no Nix 2.8 or newer found; a job would install ${job.nixVersion}`;
        return { part: "nix", name: "nix", state: "warning", detail, code: undefined, hint: undefined };
    }
    const { version, binFolder } = session.nix;
    return examine("nix", "nix", async () => {
        await session.runNix(["store", "ping"], { timeoutMs: CALL_LIMIT_MS });
        const access = (0,installation/* isThroughDaemon */.I8)(session.nix) ? "through its daemon" : "without a daemon";
        return `${version} in ${binFolder}, ${access}`;
    });
}
async function probeBuilders(job, session, context) {
    const pool = session?.pool ?? (await openPool(job, context));
    try {
        await pool.prepareForNix();
        return pool.statuses;
    }
    finally {
        await pool.close();
    }
}
async function openPool(job, context) {
    const { configuration, changing } = await (0,nix_session/* configure */.j)(job, context);
    const options = { isThroughDaemon: false, timeoutMs: job.builderTimeoutMs, changing };
    return (0,create_pool/* createPool */.b)(configuration, options, context);
}
function diagnoseBuilder(status) {
    const about = { part: "builder", name: (0,model_builder/* displayName */.QC)(status.builder) };
    if (status.state === "dropped") {
        return { ...about, state: "failed", detail: status.reason, code: status.code, hint: status.hint };
    }
    const { builder } = status;
    const { nixVersion = "of unknown version" } = status.facts;
    const { systems, maxJobs = 1 } = builder;
    const can = [
        `Nix ${nixVersion}`,
        systems.join(", "),
        (0,model_count/* countOf */.pq)(maxJobs, "slot"),
        ...(builder.image === undefined ? [] : describeDisk(status.facts)),
    ].join(", ");
    return status.state === "ready"
        ? { ...about, state: "ok", detail: can, code: undefined, hint: undefined }
        : { ...about, state: "warning", detail: `${status.reason}; ${can}`, code: undefined, hint: status.hint };
}
function diagnosePool({ kubernetesPool }, statuses) {
    if (kubernetesPool === undefined)
        return [];
    const { pool } = kubernetesPool;
    const health = compareImages(pool, statuses);
    if (health === undefined)
        return [];
    return [{ part: "builder", name: `${pool.namespace}/${pool.name}`, code: undefined, ...health }];
}
/** Plans each target, and evaluates the packages that the plan chose. */
async function examineFlakes(job, { session, builders, }, context) {
    const name = job.installables.map((installable) => `${installable.flake}#${installable.name}`).join(" ");
    if (session === undefined)
        return [unchecked("flake", name)];
    let inspection;
    try {
        const result = await (0,inspect/* inspect */.N)(context, { job, session });
        if (result.error !== undefined)
            throw result.error;
        inspection = result.output;
    }
    catch (thrown) {
        return [diagnoseError("flake", name, thrown)];
    }
    const diagnoses = inspection.lockWarnings.map(({ flake, detail, hint }) => {
        return { part: "flake", name: flake, state: "warning", detail, code: undefined, hint };
    });
    for (const target of job.targets) {
        const look = () => evaluate((0,plan/* planFor */.b)(target, { job, inspection, builders }), { job, session });
        diagnoses.push(await examine("flake", `${name} for ${target}`, look));
    }
    return diagnoses;
}
async function evaluate({ strategy, verdicts, attributes }, { job, session }) {
    for (const attribute of attributes) {
        await (0,flake/* readDerivationPath */.VZ)(session.runNix, attribute, job.workingDirectory);
    }
    const chosen = verdicts.find((verdict) => verdict.strategy === strategy);
    return `${strategy}, ${chosen?.reason ?? ""}`;
}
async function examineCache({ cache }, session) {
    if (cache === undefined || cache.kind === "github")
        return undefined;
    if (session === undefined)
        return unchecked("cache", cache.uri);
    return examine("cache", cache.uri, async () => {
        // Do not ask Nix about a folder that does not exist: Nix would create it.
        if (session.cache?.substituter === undefined)
            return "it is empty";
        await session.runNix(["store", "ping", "--store", cache.uri], { timeoutMs: CALL_LIMIT_MS });
        return "it can be read";
    });
}
async function examineRegistry(job, context) {
    const { image } = job;
    if (image?.kind !== "registry")
        return undefined;
    const push = (0,push_policy/* decidePush */.vn)("image", job.push, context.event);
    return examine("registry", (0,image_reference/* renderImageReference */.NL)(image), () => (0,preflight/* checkRegistry */.qW)(job, push, context));
}
async function examineEngine(job, context) {
    if (job.smokeTest === undefined)
        return undefined;
    return examine("engine", "container engine", () => (0,preflight/* checkEngine */.Xx)(job, context));
}
async function examine(part, name, look) {
    try {
        return { part, name, state: "ok", detail: (await look()) ?? "", code: undefined, hint: undefined };
    }
    catch (thrown) {
        return diagnoseError(part, name, thrown);
    }
}
/** The diagnosis of a part that failed. Throws `CANCELLED`. */
function diagnoseError(part, name, thrown) {
    const error = (0,action_error/* toActionError */.ie)(thrown);
    if ((0,action_error/* isCancelled */.mm)(error))
        throw error;
    return { part, name, state: "failed", detail: (0,action_error/* renderError */.vr)(error), code: error.code, hint: error.hint };
}
function unchecked(part, name) {
    const detail = "not checked, since no Nix 2.8 or newer was found";
    return { part, name, state: "warning", detail, code: undefined, hint: undefined };
}


/***/ })

};
