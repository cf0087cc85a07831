export const id = 286;
export const ids = [286,823];
export const modules = {

/***/ 45286:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   readDoctorStep: () => (/* binding */ readDoctorStep)
/* harmony export */ });
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(33838);
/* harmony import */ var _pipeline_run_doctor_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(76823);
/* harmony import */ var _report_summary_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(57994);
/* harmony import */ var _log_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(58592);
/* harmony import */ var _read_job_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(97317);
/* harmony import */ var _settings_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(5112);






/** Reads the inputs of the doctor. */
function readDoctorStep(read, folders, options) {
    const settings = (0,_settings_js__WEBPACK_IMPORTED_MODULE_5__/* .parseSettings */ .P$)(read, folders);
    return (context) => examine(settings, options, context);
}
/** Runs the doctor: reports each part in the log and the summary, and fails the step if a job would fail. */
async function examine({ inputs, isSummarized }, options, context) {
    const diagnoses = await (0,_read_job_js__WEBPACK_IMPORTED_MODULE_4__/* .runDoctorFromInputs */ .CU)(inputs, options, context);
    const verdict = (0,_pipeline_run_doctor_js__WEBPACK_IMPORTED_MODULE_1__/* .renderVerdict */ .g)(diagnoses);
    const table = (0,_report_summary_js__WEBPACK_IMPORTED_MODULE_2__/* .renderDiagnoses */ .K)(diagnoses);
    for (const { part, name, state, detail, hint = "" } of diagnoses) {
        const line = `${part} ${name}: ${detail}`;
        if (state === "ok")
            _log_js__WEBPACK_IMPORTED_MODULE_3__/* .actionLog */ .Z.info(line);
        else if (state === "warning")
            _log_js__WEBPACK_IMPORTED_MODULE_3__/* .actionLog */ .Z.warning(`${line}. ${hint}`);
        else
            _log_js__WEBPACK_IMPORTED_MODULE_3__/* .actionLog */ .Z.error(`${line}. ${hint}`);
    }
    const failed = diagnoses.filter(({ state }) => state === "failed");
    _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .setOutput */ .uH("healthy", String(failed.length === 0));
    _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .setOutput */ .uH("diagnosis", table);
    _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .setOutput */ .uH("error-code", failed[0]?.code ?? "");
    if (isSummarized && process.env["GITHUB_STEP_SUMMARY"] !== undefined) {
        await _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .summary */ .z.addRaw(`## cross-build doctor\n\n${table}\n\n${verdict}\n`).write();
    }
    if (failed.length > 0)
        _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .setFailed */ .C1(verdict);
    else
        _log_js__WEBPACK_IMPORTED_MODULE_3__/* .actionLog */ .Z.info(verdict);
}


/***/ }),

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
/* harmony import */ var _nix_session_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(50814);
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
    const warned = warnings.length === 0 ? "" : `, with ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_10__/* .countOf */ .p)(warnings.length, "warning")}`;
    const checks = (0,_model_count_js__WEBPACK_IMPORTED_MODULE_10__/* .countOf */ .p)(diagnoses.length, "check");
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
        (0,_builders_create_pool_js__WEBPACK_IMPORTED_MODULE_2__/* .createPool */ .b)(await (0,_nix_session_js__WEBPACK_IMPORTED_MODULE_5__/* .configure */ .j)(job, context), { isThroughDaemon: false, timeoutMs: job.builderTimeoutMs }, context);
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
    const can = `Nix ${nixVersion}, ${systems.join(", ")}, ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_10__/* .countOf */ .p)(maxJobs, "slot")}`;
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


/***/ }),

/***/ 57994:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   B: () => (/* binding */ renderSummary),
/* harmony export */   K: () => (/* binding */ renderDiagnoses)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _model_count_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(24921);


const SHOWN_ROWS = 10;
const SHOWN_FAILURES = 5;
/** GitHub limits the summary of a step to 1 MiB. */
const MAX_LOG_CHARACTERS = 20_000;
/** Renders the report as Markdown for the job summary. Escapes text from outside, so it cannot add markup. */
function renderSummary(report) {
    return [
        renderHeadline(report),
        renderFailedBuilds(report),
        ...report.plans.map(renderPlan),
        renderAttempts(report),
        renderBuilders(report),
        renderBuilds(report),
        renderCache(report),
        ...report.audits.map(renderAudit),
        ...report.smokeTests.map(renderSmoke),
        renderPhases(report),
    ]
        .filter((section) => section !== "")
        .join("\n\n")
        .concat("\n");
}
/** Renders the findings of the doctor as a table. */
function renderDiagnoses(diagnoses) {
    const rows = diagnoses.map(({ part, name, state, detail, hint = "" }) => [part, name, state, detail, hint]);
    return renderTable(["part", "name", "", "found", "what to do"], rows);
}
function renderHeadline({ outcome, error, image, smokeTests, promotion }) {
    const emulated = smokeTests.some(({ isEmulated }) => isEmulated) ? " (smoke test emulated)" : "";
    const lines = [`## cross-build: ${outcome}${emulated}`];
    if (image !== null && image.digest !== null)
        lines.push(code(`${image.reference}@${image.digest}`));
    if (promotion !== null) {
        const tags = image === null || image.tags.length === 0 ? "" : `: ${image.tags.map(code).join(", ")}`;
        lines.push(`Tags ${promotion.state}${tags}. ${escapeMarkdown(promotion.reason)}`);
    }
    if (error !== null) {
        const [first = "", ...rest] = error.message.split("\n");
        lines.push(`**${escapeMarkdown(error.code)}** ${escapeMarkdown(first)}`);
        // Such as the source code in an evaluation error, which has to stay aligned.
        if (rest.length > 0)
            lines.push(renderPre(rest));
        if (error.hint !== null)
            lines.push(escapeMarkdown(error.hint));
        const code = _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ERROR_CODES */ .OQ.find((known) => known === error.code);
        if (code !== undefined)
            lines.push(`[What ${escapeMarkdown(code)} means](${(0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .explainUrl */ .bT)(code)})`);
    }
    return lines.join("\n\n");
}
/** Why derivations failed, unless another attempt built them: the end of their logs, open. */
function renderFailedBuilds({ builds }) {
    const built = new Set(builds.flatMap(({ drvPath, outcome }) => (outcome === "built" ? [drvPath] : [])));
    const failed = new Map(builds.flatMap((build) => build.outcome === "failed" && !built.has(build.drvPath) ? [[build.drvPath, build]] : []));
    const shown = [...failed.values()].slice(0, SHOWN_FAILURES);
    const more = failed.size - shown.length;
    return [
        ...shown.map(renderFailedBuild),
        ...(more === 0 ? [] : [`${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_1__/* .countOf */ .p)(more, "more derivation")} failed; the report lists all.`]),
    ].join("\n\n");
}
function renderFailedBuild({ name, drvPath, place, log }) {
    const where = place === "local" ? "" : ` on ${escapeMarkdown(place)}`;
    const title = `Last lines of ${untrustedCode(name)}${where}`;
    const lines = log.length === 0
        ? `${untrustedCode(name)} failed${where} and printed nothing.`
        : `<details open><summary>${title}</summary>\n${renderPre(log)}\n</details>`;
    return `${lines}\n\nThe whole log${where}: ${untrustedCode(`nix log ${drvPath}`)}`;
}
function renderPlan(plan) {
    const rows = plan.verdicts.map(({ strategy, verdict, reason }) => [strategy, verdict, reason]);
    const table = renderTable(["strategy", "", "why"], rows);
    return `### ${escapeMarkdown(plan.target)}: ${plan.strategy}\n\n${table}`;
}
/** The attempts to build, if any target took more than one. */
function renderAttempts({ attempts }) {
    const targets = new Set(attempts.map(({ target }) => target));
    if (attempts.length <= targets.size)
        return "";
    const rows = attempts.map(({ target, strategy, mode, durationMs, outcome, message, reason }) => [
        target,
        mode === "local" || mode === "emulated" ? strategy : `${strategy}, ${mode}`,
        outcome,
        seconds(durationMs),
        message ?? reason,
    ]);
    return `### Attempts\n\n${renderTable(["target", "strategy", "", "time", "why"], rows)}`;
}
function renderBuilders({ builders, builderChanges }) {
    if (builders.length === 0)
        return "";
    const rows = builders.map(({ uri, state, systems, nix, slots, reason, hint }) => [
        uri,
        state,
        systems.join(", "),
        nix ?? "",
        String(slots),
        [reason, hint].filter((part) => part !== null).join(". "),
    ]);
    const table = renderTable(["builder", "state", "systems", "Nix", "slots", "why"], rows);
    const changes = builderChanges.map(({ uri, at, state, reason }) => [at, uri, state, reason]);
    const history = changes.length === 0
        ? ""
        : `\n\nChanges during the run:\n\n${renderTable(["when", "builder", "state", "why"], changes)}`;
    return `### Builders\n\n${table}${history}`;
}
function renderBuilds({ builds, substitutions }) {
    const countEnds = (end) => builds.filter(({ outcome }) => outcome === end).length;
    const others = ["failed", "interrupted"].filter((end) => countEnds(end) > 0);
    const title = [
        `### ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_1__/* .countOf */ .p)(countEnds("built"), "derivation")} built`,
        ...others.map((end) => `${countEnds(end)} ${end}`),
        `${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_1__/* .countOf */ .p)(substitutions.length, "path")} substituted`,
    ].join(", ");
    if (builds.length === 0)
        return title;
    const slowest = builds.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, SHOWN_ROWS);
    const rows = slowest.map(({ name, place, durationMs, outcome }) => [
        name,
        place,
        seconds(durationMs),
        outcome,
    ]);
    const more = builds.length > SHOWN_ROWS ? `\n\nThe slowest ${SHOWN_ROWS} are shown.` : "";
    return `${title}\n\n${renderTable(["derivation", "where", "time", ""], rows)}${more}`;
}
function renderCache({ cache, layers }) {
    const lines = [];
    if (cache !== null) {
        const rate = cache.hitRate === null ? "" : `, hit rate ${Math.round(cache.hitRate * 100)} %`;
        const trust = cache.isTrustedByLocation
            ? ", read without signatures because its location is trusted"
            : "";
        lines.push(`Binary cache ${code(cache.uri)}: ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_1__/* .countOf */ .p)(cache.pathsPushed, "path")} pushed, ` +
            `${cache.pathsPresent} already present${rate}${trust} (${escapeMarkdown(cache.reason)}).`);
        const { restored, saved } = cache;
        if (restored !== null) {
            const entries = (0,_model_count_js__WEBPACK_IMPORTED_MODULE_1__/* .countOf */ .p)(restored.entries, "entry", "entries");
            const what = `${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_1__/* .countOf */ .p)(restored.paths, "path")} from ${entries}, ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_1__/* .renderMebibytes */ .B)(restored.bytes)}`;
            lines.push(`Restored: ${restored.state === "restored" ? what : "nothing"} (${escapeMarkdown(restored.reason)}).`);
        }
        if (saved !== null)
            lines.push(`Saved: a ${saved.kind}, ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_1__/* .renderMebibytes */ .B)(saved.bytes)}, as ${code(saved.key)}.`);
    }
    if (layers.length > 0) {
        const sent = layers.filter(({ state }) => state === "sent");
        const bytes = sent.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
        lines.push(`Layers: ${sent.length} sent (${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_1__/* .renderMebibytes */ .B)(bytes)}), ${layers.length - sent.length} reused.`);
    }
    return lines.length === 0 ? "" : `### Uploads\n\n${lines.join("\n\n")}`;
}
function renderAudit(audit) {
    const summary = `### Audit of ${escapeMarkdown(audit.target)}\n\n` +
        `${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_1__/* .countOf */ .p)(audit.elfFiles, "ELF file")} among ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_1__/* .countOf */ .p)(audit.filesRead, "file")}: ` +
        `${audit.foreign.length} for another CPU, ${audit.allowed.length} allowed.`;
    const { foreign, multiCpuArchives, orphanedScripts, missingLibraries, unreadableArchives } = audit;
    const foreignRows = foreign.map(({ path, machine, layer }) => [path, machine, String(layer)]);
    const tables = [
        renderFindings("", ["file", "CPU", "layer"], foreignRows),
        renderFindings(`${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_1__/* .countOf */ .p)(multiCpuArchives.length, "archive")} with libraries for several CPUs, which is fine:`, ["archive", "other CPUs", "libraries for the target"], multiCpuArchives.map(({ path, machines, ownIn }) => [path, machines.join(", "), ownIn])),
        renderFindings(`${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_1__/* .countOf */ .p)(orphanedScripts.length, "script")} whose interpreter is not in the image:`, ["script", "interpreter"], orphanedScripts.map(({ path, interpreter }) => [path, interpreter])),
        renderFindings(`${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_1__/* .countOf */ .p)(missingLibraries.length, "library", "libraries")} that the image lacks:`, ["file", "needs", "store path"], missingLibraries.map(({ path, needs, storePath }) => [path, needs, storePath ?? ""])),
        renderFindings(`${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_1__/* .countOf */ .p)(unreadableArchives.length, "archive")} that the audit cannot read:`, ["archive", "reason"], unreadableArchives.map(({ path, reason }) => [path, reason])),
    ];
    return [summary, ...tables.filter((table) => table !== "")].join("\n\n");
}
/** A table of the first rows below a title; empty if there are none. */
function renderFindings(title, head, rows) {
    if (rows.length === 0)
        return "";
    const table = renderTable(head, rows.slice(0, SHOWN_ROWS));
    return title === "" ? table : `${title}\n\n${table}`;
}
function renderSmoke(smoke) {
    const emulated = smoke.isEmulated ? ", emulated" : "";
    const rows = smoke.checks.map(({ name, outcome, durationMs, detail }) => [
        name,
        outcome,
        seconds(durationMs),
        detail,
    ]);
    const log = smoke.containerLog === ""
        ? ""
        : `\n\n<details><summary>Container log</summary>\n${renderPre([smoke.containerLog])}\n</details>`;
    const runtime = `${escapeMarkdown(smoke.runtime)}${emulated}`;
    const table = renderTable(["check", "", "time", "seen"], rows);
    return `### Smoke test of ${escapeMarkdown(smoke.target)}: ${smoke.outcome} (${runtime})\n\n${table}${log}`;
}
function renderPhases({ phases, durationMs }) {
    const rows = phases.map(({ name, durationMs: phaseMs, outcome, disks }) => [
        name,
        seconds(phaseMs),
        outcome,
        disks.map(renderDisk).join(", "),
    ]);
    return `### ${seconds(durationMs)}\n\n${renderTable(["phase", "time", "", "disk at its peak"], rows)}`;
}
function renderDisk({ folder, usedBytes, freeBytes }) {
    return `${folder}: ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_1__/* .renderMebibytes */ .B)(usedBytes)} more, ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_1__/* .renderMebibytes */ .B)(freeBytes)} left`;
}
/** Renders the end of a text with its lines and its alignment. */
function renderPre(lines) {
    const text = escapeMarkup(lines.join("\n").slice(-MAX_LOG_CHARACTERS));
    return `<pre>${text.replaceAll("\n", "&#10;")}</pre>`;
}
function renderTable(head, rows) {
    const lines = [
        head.map(escapeMarkdown),
        head.map(() => "---"),
        ...rows.map((row) => row.map(escapeMarkdown)),
    ];
    return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
/** Escapes at most 1,000 characters for Markdown and HTML, on one line. */
function escapeMarkdown(text) {
    return escapeMarkup(text.slice(0, 1_000)).replace(/\s+/g, " ");
}
function escapeMarkup(text) {
    return escapeHtml(text).replace(/[\\`*_{}[\]()#|~@!:]/g, (character) => `&#${character.charCodeAt(0)};`);
}
function escapeHtml(text) {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
function code(text) {
    return `<code>${escapeHtml(text.replace(/\s+/g, " "))}</code>`;
}
/** Markdown is also read between tags, so text of a build is escaped for it too. */
function untrustedCode(text) {
    return `<code>${escapeMarkdown(text)}</code>`;
}
function seconds(durationMs) {
    return `${(durationMs / 1000).toFixed(1)} s`;
}


/***/ })

};
