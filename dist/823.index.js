export const id = 823;
export const ids = [823];
export const modules = {

/***/ 76823:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   g: () => (/* binding */ renderVerdict),
/* harmony export */   runDoctor: () => (/* binding */ runDoctor)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _nix_install_installation_js__WEBPACK_IMPORTED_MODULE_11__ = __webpack_require__(21973);
/* harmony import */ var _nix_install_present_nix_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(81920);
/* harmony import */ var _builders_create_pool_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(1920);
/* harmony import */ var _model_builder_js__WEBPACK_IMPORTED_MODULE_12__ = __webpack_require__(71646);
/* harmony import */ var _model_count_js__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(24921);
/* harmony import */ var _model_image_reference_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(20068);
/* harmony import */ var _nix_flake_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(10626);
/* harmony import */ var _plan_push_policy_js__WEBPACK_IMPORTED_MODULE_13__ = __webpack_require__(29822);
/* harmony import */ var _nix_session_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(52039);
/* harmony import */ var _run_step_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(79263);
/* harmony import */ var _stages_inspect_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(60044);
/* harmony import */ var _stages_plan_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(92533);
/* harmony import */ var _stages_preflight_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(77469);














const CALL_LIMIT_MS = 30_000;
/**
 * Examines Nix, builders, flake, cache, registry and container engine as a job would use them, with the same
 * configuration and programs, and with the checks that a build makes first. Installs nothing, builds nothing
 * and pushes nothing. Rejects with the code of an input that cannot be read, or with
 * `CANCELLED`.
 */
async function runDoctor(job, { isFlakeExamined }, context) {
    const step = (work) => (0,_run_step_js__WEBPACK_IMPORTED_MODULE_6__/* .runStep */ .e)(context, work);
    const nix = await step(() => (0,_nix_install_present_nix_js__WEBPACK_IMPORTED_MODULE_1__/* .findNix */ .rv)(context));
    const session = nix === undefined || !(0,_nix_install_present_nix_js__WEBPACK_IMPORTED_MODULE_1__/* .isNewEnough */ .$t)(nix.version)
        ? undefined
        : await step(() => (0,_nix_session_js__WEBPACK_IMPORTED_MODULE_5__/* .openNixSession */ .s)(job, context));
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
        ...flakes,
        ...others.flatMap((found) => found ?? []),
    ];
}
/** Sums the diagnoses up in one line: whether something has to be fixed, and what. */
function renderVerdict(diagnoses) {
    const count = (state) => diagnoses.filter((diagnosis) => diagnosis.state === state);
    const failed = count("failed");
    const warnings = count("warning");
    const warned = warnings.length === 0 ? "" : `, with ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_10__/* .countOf */ .pq)(warnings.length, "warning")}`;
    const checks = (0,_model_count_js__WEBPACK_IMPORTED_MODULE_10__/* .countOf */ .pq)(diagnoses.length, "check");
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
        const access = (0,_nix_install_installation_js__WEBPACK_IMPORTED_MODULE_11__/* .isThroughDaemon */ .I8)(session.nix) ? "through its daemon" : "without a daemon";
        return `${version} in ${binFolder}, ${access}`;
    });
}
async function probeBuilders(job, session, context) {
    const pool = session?.pool ??
        (0,_builders_create_pool_js__WEBPACK_IMPORTED_MODULE_2__/* .createPool */ .b)((await (0,_nix_session_js__WEBPACK_IMPORTED_MODULE_5__/* .configure */ .j)(job, context)).builders, { isThroughDaemon: false, timeoutMs: job.builderTimeoutMs }, context);
    try {
        await pool.prepareForNix();
        return pool.statuses;
    }
    finally {
        await pool.close();
    }
}
function diagnoseBuilder(status) {
    const about = { part: "builder", name: (0,_model_builder_js__WEBPACK_IMPORTED_MODULE_12__/* .displayName */ .QC)(status.builder) };
    if (status.state === "dropped") {
        return { ...about, state: "failed", detail: status.reason, code: status.code, hint: status.hint };
    }
    const { nixVersion = "of unknown version" } = status.facts;
    const { systems, maxJobs = 1 } = status.builder;
    const can = `Nix ${nixVersion}, ${systems.join(", ")}, ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_10__/* .countOf */ .pq)(maxJobs, "slot")}`;
    return status.state === "ready"
        ? { ...about, state: "ok", detail: can, code: undefined, hint: undefined }
        : { ...about, state: "warning", detail: status.reason, code: undefined, hint: status.hint };
}
/** Plans each target, and evaluates the packages that the plan chose. */
async function examineFlakes(job, { session, builders, }, context) {
    const name = job.installables.map((installable) => `${installable.flake}#${installable.name}`).join(" ");
    if (session === undefined)
        return [unchecked("flake", name)];
    let inspection;
    try {
        const result = await (0,_stages_inspect_js__WEBPACK_IMPORTED_MODULE_7__/* .inspect */ .N)(context, { job, session });
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
        const look = () => evaluate((0,_stages_plan_js__WEBPACK_IMPORTED_MODULE_8__/* .planFor */ .b)(target, { job, inspection, builders }), { job, session });
        diagnoses.push(await examine("flake", `${name} for ${target}`, look));
    }
    return diagnoses;
}
async function evaluate({ strategy, verdicts, attributes }, { job, session }) {
    for (const attribute of attributes) {
        await (0,_nix_flake_js__WEBPACK_IMPORTED_MODULE_4__/* .readDerivationPath */ .VZ)(session.runNix, attribute, job.workingDirectory);
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
    const push = (0,_plan_push_policy_js__WEBPACK_IMPORTED_MODULE_13__/* .decidePush */ .vn)("image", job.push, context.event);
    return examine("registry", (0,_model_image_reference_js__WEBPACK_IMPORTED_MODULE_3__/* .renderImageReference */ .NL)(image), () => (0,_stages_preflight_js__WEBPACK_IMPORTED_MODULE_9__/* .checkRegistry */ .qW)(job, push, context));
}
async function examineEngine(job, context) {
    if (job.smokeTest === undefined)
        return undefined;
    return examine("engine", "container engine", () => (0,_stages_preflight_js__WEBPACK_IMPORTED_MODULE_9__/* .checkEngine */ .Xx)(job, context));
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
    const error = (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .toActionError */ .ie)(thrown);
    if ((0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .isCancelled */ .mm)(error))
        throw error;
    return { part, name, state: "failed", detail: (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .renderError */ .vr)(error), code: error.code, hint: error.hint };
}
function unchecked(part, name) {
    const detail = "not checked, since no Nix 2.8 or newer was found";
    return { part, name, state: "warning", detail, code: undefined, hint: undefined };
}


/***/ })

};
