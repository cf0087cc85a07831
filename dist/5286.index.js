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
/* harmony import */ var _settings_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(45066);






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
// EXTERNAL MODULE: ./src/builders/create-pool.ts + 6 modules
var create_pool = __webpack_require__(64362);
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
    const [builders, caches, ...others] = await step(() => Promise.all([
        probeBuilders(job, session, context),
        examineCaches(job, session),
        examineRegistry(job, context),
        examineEngine(job, context),
    ]));
    const flakes = isFlakeExamined ? await step(() => examineFlakes(job, { session, builders }, context)) : [];
    return [
        await step(() => examineNix(job, session)),
        ...builders.map(diagnoseBuilder),
        ...diagnosePool(job, builders),
        ...flakes,
        ...[...caches, ...others].flatMap((found) => found ?? []),
        ...(await step(() => examineSubstituters(session))),
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
        const look = () => evaluate((0,plan/* planFor */.bJ)(target, { job, inspection, builders }), { job, session });
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
function examineCaches({ caches }, session) {
    return Promise.all(caches.map(async ({ cache: { kind, uri }, isPulled }) => {
        if (kind === "github")
            return undefined;
        if (session === undefined)
            return unchecked("cache", uri);
        const own = session.caches.find(({ record }) => record.cache.uri === uri);
        return examine("cache", uri, async () => {
            // Do not ask Nix about a folder that does not exist: Nix would create it.
            if (own?.substituter === undefined)
                return isPulled ? "it is empty" : "it is not read";
            await session.runNix(["store", "ping", "--store", uri], { timeoutMs: CALL_LIMIT_MS });
            return "it can be read";
        });
    }));
}
/** A warning for each substituter that a job would leave out. */
async function examineSubstituters(session) {
    if (session === undefined)
        return [];
    try {
        await session.substituters.refresh();
    }
    catch (thrown) {
        return [diagnoseError("cache", "substituters", thrown)];
    }
    return session.substituters.statuses
        .filter(({ state }) => state === "dropped")
        .map(({ uri, reason }) => {
        const hint = "Remove it from Nix's configuration if it is gone. A job goes on without it.";
        return { part: "cache", name: uri, state: "warning", detail: reason, code: undefined, hint };
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


/***/ }),

/***/ 77469:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  Xx: () => (/* binding */ checkEngine),
  qW: () => (/* binding */ checkRegistry),
  Mz: () => (/* binding */ preflight)
});

// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/smoke/smoke-test.ts
var smoke_test = __webpack_require__(83357);
// EXTERNAL MODULE: external "node:stream/consumers"
var consumers_ = __webpack_require__(38321);
// EXTERNAL MODULE: ./node_modules/tar-stream/index.js
var tar_stream = __webpack_require__(56118);
// EXTERNAL MODULE: ./src/model/digest.ts
var digest = __webpack_require__(95305);
// EXTERNAL MODULE: ./src/model/media-type.ts
var media_type = __webpack_require__(22570);
// EXTERNAL MODULE: ./src/model/system.ts
var model_system = __webpack_require__(26872);
// EXTERNAL MODULE: ./src/smoke/check.ts
var check = __webpack_require__(83829);
// EXTERNAL MODULE: ./src/smoke/client-engine.ts + 4 modules
var client_engine = __webpack_require__(80940);
;// CONCATENATED MODULE: ./src/smoke/exit-program.ts

/**
 * The machine code of `exit(0)` for Linux: the exit status and the number of the system call go into
 * registers, and then the CPU enters the kernel.
 * @see man 2 syscall, "Architecture calling conventions"
 */
const CODE = {
    "x86_64-linux": "31ff b83c000000 0f05", // xor edi,edi; mov eax,60; syscall
    "aarch64-linux": "000080d2 a80b80d2 010000d4", // mov x0,#0; mov x8,#93; svc #0
    "i686-linux": "31db b801000000 cd80", // xor ebx,ebx; mov eax,1; int 0x80
    "armv7l-linux": "0000a0e3 0170a0e3 000000ef", // mov r0,#0; mov r7,#1; svc 0
    "riscv64-linux": "13050000 9308d005 73000000", // li a0,0; li a7,93; ecall
    "powerpc64le-linux": "01000038 00006038 02000044", // li r0,1; li r3,0; sc
    "s390x-linux": "a7290000 0a01", // lghi %r2,0; svc 1
};
/** The processor flags in the header: the ABI, where the kernel looks at it. */
const FLAGS = {
    "armv7l-linux": 0x5000000, // EABI version 5
    "powerpc64le-linux": 2, // ELFv2
};
const BASE = 0x400000;
/** The largest page size of the CPUs above. */
const ALIGNMENT = 0x10000;
const EXECUTABLE = 2;
const LOAD = 1;
const READ_AND_EXECUTE = 5;
/**
 * A static program for a system that exits with 0: an ELF file of one segment, which is the whole file.
 * @see ELF gABI, "ELF Header" and "Program Header"
 */
function createExitProgram(system) {
    const { machine, bits, endianness } = (0,model_system/* elfMachineOf */.c_)(system);
    const code = Buffer.from(CODE[system].replaceAll(" ", ""), "hex");
    const headerBytes = bits === 64 ? 64 : 52;
    const segmentBytes = bits === 64 ? 56 : 32;
    const codeOffset = headerBytes + segmentBytes;
    const fileBytes = codeOffset + code.length;
    /** Renders fields of the file's byte order; `word` is as wide as an address. */
    const number = (bytes) => (value) => {
        const field = Buffer.alloc(bytes);
        if (endianness === "little")
            field.writeUIntLE(value, 0, Math.min(bytes, 6));
        else
            field.writeUIntBE(value, Math.max(0, bytes - 6), Math.min(bytes, 6));
        return field;
    };
    const half = number(2);
    const int = number(4);
    const word = number(bits / 8);
    const identification = [0x7f, 0x45, 0x4c, 0x46, bits === 64 ? 2 : 1, endianness === "little" ? 1 : 2, 1];
    const header = [
        Buffer.concat([Buffer.from(identification)], 16),
        half(EXECUTABLE),
        half(machine),
        int(1),
        word(BASE + codeOffset),
        word(headerBytes),
        word(0),
        int(FLAGS[system] ?? 0),
        half(headerBytes),
        half(segmentBytes),
        half(1),
        half(0),
        half(0),
        half(0),
    ];
    const places = [word(0), word(BASE), word(BASE), word(fileBytes), word(fileBytes)];
    const segment = bits === 64
        ? [int(LOAD), int(READ_AND_EXECUTE), ...places, word(ALIGNMENT)]
        : [int(LOAD), ...places, int(READ_AND_EXECUTE), word(ALIGNMENT)];
    return Buffer.concat([...header, ...segment, code]);
}

// EXTERNAL MODULE: ./src/smoke/oci/effects.ts
var effects = __webpack_require__(20433);
;// CONCATENATED MODULE: ./src/smoke/trial.ts










const PROGRAM = "exit";
const EXIT_LIMIT_MS = 30_000;
/** Other errors, such as that of a command that failed, become `GATE_NO_RUNTIME`. */
const OWN_CODES = ["GATE_NO_RUNTIME", "GATE_MISMATCH"];
const CONTAINER = {
    ports: [],
    args: [],
    environment: {},
    user: undefined,
    memoryBytes: undefined,
    isReadOnly: false,
    volumes: [],
};
/**
 * Runs a container in the engine and waits until it exits, to find out whether a smoke test can run there.
 * Its image is made here, so nothing is pulled, and is removed afterwards. Rejects with `GATE_NO_RUNTIME` and
 * the engine's own words if the container does not run, and with `GATE_MISMATCH` if the engine changes
 * images.
 */
async function tryEngine(runtime, system, { clock, nonce }) {
    try {
        const image = await runtime.load(await createTrialImage(system, nonce));
        try {
            const start = await runtime.start(image.id, CONTAINER);
            if (start.state === "failed")
                throw cannotRun(runtime, system, start.reason);
            const { container } = start;
            try {
                const { passed, detail } = await (0,check/* waitForExit */.z)({ name: "exits", kind: "exit-code", exitCode: 0, args: [], timeoutMs: EXIT_LIMIT_MS }, container, clock);
                if (!passed)
                    throw cannotRun(runtime, system, `the program that exits with 0 ended with ${detail}`);
            }
            finally {
                await container.remove();
            }
        }
        finally {
            await image.remove();
        }
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error) || (error instanceof action_error/* ActionError */.lZ && OWN_CODES.includes(error.code)))
            throw error;
        throw cannotRun(runtime, system, (0,action_error/* renderError */.vr)(error), error);
    }
}
/**
 * The smallest image for a system: one static program that exits with 0. The nonce makes it an image of this
 * run only, so that another run cannot remove it.
 */
async function createTrialImage(system, nonce) {
    const tar = (0,tar_stream.pack)();
    tar.entry({ name: PROGRAM, mode: 0o755, mtime: new Date(0) }, createExitProgram(system));
    tar.finalize();
    const layer = createBlob("application/vnd.oci.image.layer.v1.tar", await (0,consumers_.buffer)(tar));
    const config = createBlob(media_type/* OCI_CONFIG */.TF, {
        ...(0,model_system/* platformOf */.tj)(system),
        config: { Entrypoint: [`/${PROGRAM}`], Labels: { [client_engine/* RUN_LABEL */.jQ]: nonce } },
        rootfs: { type: "layers", diff_ids: [layer.digest] },
        history: [{ created_by: "cross-build" }],
    });
    const describe = ({ mediaType, digest, sizeBytes }) => ({ mediaType, digest, size: sizeBytes });
    const manifest = createBlob(media_type/* OCI_MANIFEST */.EG, {
        schemaVersion: 2,
        mediaType: media_type/* OCI_MANIFEST */.EG,
        config: describe(config),
        layers: [describe(layer)],
    });
    return { manifest, config, layers: [layer] };
}
function createBlob(mediaType, content) {
    const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
    return { mediaType, digest: (0,digest/* digestOf */.ol)(bytes), sizeBytes: bytes.byteLength, source: { bytes } };
}
const HINT_OTHER_CPU = "Register QEMU with docker/setup-qemu-action, or test the image on a runner with its CPU.";
function hintFor(title) {
    return effects/* OCI_RUNTIMES */.A.some((name) => title.startsWith(`${name} `))
        ? "Start Docker or Podman. Or let root mount an overlayfs in the runner's temporary folder: a job " +
            "container may do that only if it is privileged."
        : "Run a container by hand, such as `docker run --rm hello-world`, and fix what it reports.";
}
function cannotRun({ name, system: engineSystem }, system, reason, cause) {
    return new action_error/* ActionError */.lZ("GATE_NO_RUNTIME", `${name} cannot run a container for ${system}: ${reason}`, {
        cause,
        hint: engineSystem === system ? hintFor(name) : HINT_OTHER_CPU,
    });
}

// EXTERNAL MODULE: ./src/pipeline/disks.ts
var disks = __webpack_require__(84304);
// EXTERNAL MODULE: ./src/pipeline/open-engine.ts + 12 modules
var open_engine = __webpack_require__(78620);
// EXTERNAL MODULE: ./src/pipeline/open-repository.ts + 11 modules
var open_repository = __webpack_require__(37248);
// EXTERNAL MODULE: ./src/pipeline/stages/gate.ts
var gate = __webpack_require__(56797);
;// CONCATENATED MODULE: ./src/pipeline/stages/preflight.ts







/**
 * Checks what a run needs only later, so that it does not fail after the build: disk space, container engine
 * and registry. Leaves nothing behind. Fails with the codes of `checkDisks`, `checkEngine` and
 * `checkPushAccess`; if several fail, the log has the other errors.
 */
async function preflight(context, { job, push }) {
    const results = await Promise.allSettled([
        Promise.resolve().then(() => {
            (0,disks/* checkDisks */.BZ)(context);
        }),
        checkEngine(job, context),
        push.isAllowed ? checkPushAccess(job, context) : undefined,
    ]);
    const errors = results.flatMap((result) => result.status === "rejected" ? [(0,action_error/* toActionError */.ie)(result.reason)] : []);
    const [first, ...others] = errors;
    if (first === undefined)
        return { record: {}, output: undefined };
    if (!context.signal.aborted) {
        for (const other of others)
            context.log.error(`${other.code}: ${(0,action_error/* renderError */.vr)(other)}. ${other.hint}`);
    }
    return { record: {}, error: first };
}
/**
 * Checks that the container engine can test the image of each target, by running a container for it there.
 * Images that are left to a later gate need no engine of their CPU. Resolves to what was found, or to
 * undefined for a job without a smoke test. Rejects with `GATE_NO_RUNTIME`, `GATE_EMULATED` and
 * `GATE_MISMATCH`.
 */
async function checkEngine(job, context) {
    if (job.smokeTest === undefined)
        return undefined;
    const runtime = await (0,open_engine/* openEngine */.F)(context);
    const { name, system = "another CPU" } = runtime;
    const isLeft = (target) => (0,gate/* isLeftToLaterGate */.AE)(job, runtime, target);
    const tested = job.targets.filter((target) => !isLeft(target));
    for (const target of tested)
        (0,smoke_test/* requireNativeEngine */.B)(runtime, target, job.isEmulatedGateAllowed);
    for (const target of tested)
        await tryEngine(runtime, target, context);
    const emulated = tested.filter((target) => target !== runtime.system);
    const left = job.targets.filter(isLeft);
    return [
        tested.length === 0 ? `${name}, for ${system}` : `${name} ran a container for ${tested.join(", ")}`,
        ...(emulated.length === 0 ? [] : [`its CPU is ${system}, so QEMU runs ${emulated.join(", ")}`]),
        ...(left.length === 0 ? [] : [`${left.join(", ")} are left to another gate`]),
    ].join("; ");
}
/**
 * Checks that the job's registry accepts uploads to the image's repository. Does nothing for an OCI layout.
 * Rejects with `REGISTRY_DENIED` and `REGISTRY_FAILED`.
 */
async function checkPushAccess({ image, ...login }, context) {
    if (image?.kind === "registry")
        await (0,open_repository/* requirePushAccess */.As)(image, login, context);
}
/** The tag to look up if the job names none. It need not exist. */
const ANY_TAG = "latest";
/**
 * Checks that the image's repository can be read, and that it accepts uploads if the image may be pushed.
 * Resolves to what was found; undefined for a job without a registry. Rejects as `checkPushAccess` does.
 */
async function checkRegistry(job, push, context) {
    const { image, tags } = job;
    if (image?.kind !== "registry")
        return undefined;
    const repository = await (0,open_repository/* openRepository */.h_)(image, job, undefined, context);
    const [tag = ANY_TAG] = tags;
    const digest = await repository.readTag(tag);
    if (push.isAllowed)
        await checkPushAccess(job, context);
    const found = digest === undefined ? `it has no tag ${tag} yet` : `its tag ${tag} points to ${digest}`;
    const access = push.isAllowed ? "it accepts uploads" : `uploads were not tried: ${push.reason}`;
    return `${found}; ${access}`;
}


/***/ })

};
