export const id = 683;
export const ids = [683,377];
export const modules = {

/***/ 36683:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  m: () => (/* binding */ publish)
});

// EXTERNAL MODULE: ./node_modules/@actions/core/lib/core.js + 3 modules
var core = __webpack_require__(235);
// EXTERNAL MODULE: ./node_modules/@actions/core/lib/summary.js
var summary = __webpack_require__(1170);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/platform/files.ts
var files = __webpack_require__(94924);
;// CONCATENATED MODULE: ./src/report/junit.ts
/**
 * The smoke tests of a report as JUnit XML: one suite per system, one case per check.
 * @see https://github.com/testmoapp/junitxml
 */
function renderJunit({ smokeTests }) {
    const suites = smokeTests.map(({ target, runtime, isEmulated, checks, containerLog }) => {
        const cases = checks.map(({ name, kind, outcome, durationMs, detail }) => {
            const attributes = renderAttributes({
                name,
                classname: `${target}.${kind}`,
                time: seconds(durationMs),
            });
            if (outcome === "passed")
                return `    <testcase${attributes}/>`;
            const failure = `<failure${renderAttributes({ message: detail })}/>`;
            return `    <testcase${attributes}>\n      ${failure}\n    </testcase>`;
        });
        const failures = checks.filter(({ outcome }) => outcome === "failed").length;
        const attributes = renderAttributes({
            name: `smoke test of ${target}${isEmulated ? " (emulated)" : ""} in ${runtime}`,
            tests: String(checks.length),
            failures: String(failures),
            time: seconds(checks.reduce((sum, { durationMs }) => sum + durationMs, 0)),
        });
        const log = containerLog === "" ? "" : `\n    <system-out>${escapeXml(containerLog)}</system-out>`;
        return `  <testsuite${attributes}>\n${cases.join("\n")}${log}\n  </testsuite>\n`;
    });
    return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("")}</testsuites>\n`;
}
function renderAttributes(attributes) {
    return Object.entries(attributes)
        .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
        .join("");
}
function seconds(durationMs) {
    return (durationMs / 1000).toFixed(3);
}
const ESCAPES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\n": "&#10;",
    "\r": "&#13;",
    "\t": "&#9;",
};
/**
 * Replaces characters that XML 1.0 does not allow with a question mark.
 * @see https://www.w3.org/TR/xml/#charsets
 */
function escapeXml(text) {
    return text
        .replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "?")
        .replace(/[&<>"\n\r\t]/g, (character) => ESCAPES[character] ?? character);
}

// EXTERNAL MODULE: ./src/report/report.ts + 2 modules
var report_report = __webpack_require__(49661);
// EXTERNAL MODULE: ./src/report/summary.ts + 3 modules
var report_summary = __webpack_require__(35605);
// EXTERNAL MODULE: ./src/action/fail-step.ts
var fail_step = __webpack_require__(39619);
// EXTERNAL MODULE: ./src/action/log.ts
var log = __webpack_require__(58592);
// EXTERNAL MODULE: ./src/model/gate-result.ts
var gate_result = __webpack_require__(8398);
;// CONCATENATED MODULE: ./src/action/outputs.ts

/** The one table of outputs: `npm run all` generates those of the actions and `docs/outputs.md` from it. */
const OUTPUTS = {
    digest: "The digest of the pushed image: of its manifest, or of the image index if there are several systems.",
    imageid: "The image ID, which is the digest of the image's config. Empty if there are several systems.",
    image: "The image by digest, NAME@DIGEST, ready to be deployed.",
    tags: "The tags that now point to the image, one per line.",
    metadata: "JSON with containerimage.digest, containerimage.config.digest and image.name, " +
        "in the format of docker/build-push-action.",
    "store-paths": "The store paths that were built, one per line.",
    plan: "The plan, as a JSON list with the target, strategy, attributes and reasons for each system.",
    builders: "The builders with their states and the reasons, as JSON.",
    "cache-hit-rate": "The share of the needed store paths that came from the cache, from 0 to 1. Empty if none were needed.",
    "smoke-test": "passed, failed or skipped; followed by (emulated) if QEMU ran the test, as in passed (emulated).",
    "gate-result": "The smoke tests of this job as JSON, for the input gate-results of the job that moves the tags. Empty " +
        "if nothing was tested.",
    promoted: "true if every tag now points to the image, otherwise false.",
    report: "The path of the report file.",
    "error-code": "The error code of the failure. Empty on success.",
};
/** Renders the value of every output from the report. An output that the run did not get to is empty. */
function renderOutputs(report, gateResults, reportFile) {
    const { image, plans, smokeTests, promotion } = report;
    const [platform, ...others] = image?.platforms ?? [];
    const imageId = others.length === 0 ? (platform?.imageId ?? "") : "";
    const digest = image?.digest ?? "";
    return {
        digest,
        imageid: imageId,
        image: image === null || digest === "" ? "" : `${image.reference}@${digest}`,
        tags: image?.tags.join("\n") ?? "",
        metadata: image === null || digest === ""
            ? ""
            : JSON.stringify({
                "containerimage.digest": digest,
                ...(imageId !== "" && { "containerimage.config.digest": imageId }),
                "image.name": image.tags.map((tag) => `${image.reference}:${tag}`).join(","),
            }),
        "store-paths": report.storePaths.join("\n"),
        plan: JSON.stringify(plans),
        builders: JSON.stringify(report.builders),
        "cache-hit-rate": report.cache?.hitRate?.toString() ?? "",
        "smoke-test": renderSmoke(smokeTests),
        "gate-result": (0,gate_result/* renderGateResults */.o)(gateResults),
        promoted: String(promotion?.state === "promoted" || promotion?.state === "unchanged"),
        report: reportFile,
        "error-code": report.error?.code ?? "",
    };
}
function renderSmoke(smokeTests) {
    if (smokeTests.length === 0)
        return "skipped";
    const outcome = smokeTests.every((smoke) => smoke.outcome === "passed") ? "passed" : "failed";
    return smokeTests.some(({ isEmulated }) => isEmulated) ? `${outcome} (emulated)` : outcome;
}

;// CONCATENATED MODULE: ./src/action/publish.ts









/** Publishes the result of a job: report file, JUnit file, outputs and summary. */
async function publish({ report, gateResults, error }, { reportFile, junitFile, isSummarized }) {
    try {
        for (const [name, value] of Object.entries(renderOutputs(report, gateResults, reportFile))) {
            core/* setOutput */.uH(name, value);
        }
        await (0,files/* writeFileAtomically */.lo)(reportFile, (0,report_report/* renderReport */.B1)(report));
        if (junitFile !== undefined)
            await (0,files/* writeFileAtomically */.lo)(junitFile, renderJunit(report));
        if (isSummarized && process.env["GITHUB_STEP_SUMMARY"] !== undefined) {
            await summary/* summary */.z.addRaw((0,report_summary/* renderSummary */.B)(report)).write();
        }
    }
    catch (thrown) {
        // What ended the run comes first: a disk that it filled has no space for the report either.
        if (error === undefined)
            throw thrown;
        log/* actionLog */.Z.warning(`the results of the run could not be written: ${(0,action_error/* renderError */.vr)(thrown)}`);
    }
    if (error !== undefined)
        (0,fail_step/* failStep */.v)(error);
}


/***/ }),

/***/ 8398:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   B: () => (/* binding */ parseGateResults),
/* harmony export */   o: () => (/* binding */ renderGateResults)
/* harmony export */ });
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(92857);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _digest_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(95305);



const digest = zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().refine(_digest_js__WEBPACK_IMPORTED_MODULE_1__/* .isDigest */ .Bc, "must be sha256: and 64 hexadecimal digits");
const RESULT = zod__WEBPACK_IMPORTED_MODULE_2__/* .strictObject */ .rej({
    run: zod__WEBPACK_IMPORTED_MODULE_2__/* .int */ .Whr().min(0).nullable(),
    digest,
    platform: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().min(1).max(100),
    smokeTest: digest,
    engine: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().min(1).max(100).nullable(),
    outcome: zod__WEBPACK_IMPORTED_MODULE_2__/* ["enum"] */ .k5n(["passed", "failed"]),
});
/** Renders the output `gate-result`: a JSON list on one line; empty if nothing was tested. */
function renderGateResults(results) {
    return results.length === 0 ? "" : JSON.stringify(results);
}
/**
 * Parses the input `gate-results`: the outputs `gate-result` of several jobs, one per line, or as the values
 * of a JSON object, which is what `toJSON(needs.gate.outputs)` gives for a matrix. Empty values are skipped:
 * they belong to jobs that did not run. Throws `INPUT_INVALID`.
 */
function parseGateResults(text) {
    return isJson(text)
        ? parseOutputs(JSON.parse(text))
        : text.split(/\r?\n/).flatMap((line) => (line.trim() === "" ? [] : parseOutput(line)));
}
function parseOutputs(value) {
    if (Array.isArray(value))
        return parseList(value);
    const { success, data } = zod__WEBPACK_IMPORTED_MODULE_2__/* .record */ .g1P(zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP(), zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP()).safeParse(value);
    if (!success)
        throw invalid("it is neither a list of results nor an object of outputs");
    return Object.values(data).flatMap((output) => (output === "" ? [] : parseOutput(output)));
}
function parseOutput(text) {
    if (!isJson(text))
        throw invalid(`${JSON.stringify(text.slice(0, 100))} is not JSON`);
    return parseList(JSON.parse(text));
}
function parseList(value) {
    const { success, data, error } = zod__WEBPACK_IMPORTED_MODULE_2__/* .array */ .YOg(RESULT).safeParse(value);
    if (success)
        return data;
    const [issue] = error.issues;
    throw invalid(`${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "it is malformed"}`);
}
function isJson(text) {
    try {
        JSON.parse(text);
        return true;
    }
    catch {
        return false;
    }
}
function invalid(why) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("INPUT_INVALID", `input gate-results: ${why}`, {
        hint: "Give the output gate-result of each gate, one per line, or toJSON(needs.gate.outputs) for a matrix " +
            "whose job has no other outputs.",
    });
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
 * Version 2 of the report on one run. `docs/report.schema.json` is its JSON Schema. Parts that the run did
 * not reach are null or an empty list.
 */
const REPORT = schemas/* strictObject */.rej({
    version: schemas/* literal */.euz(2),
    outcome: schemas/* enum */.k5n(["success", "failure", "cancelled"]),
    error: schemas/* strictObject */.rej({ code: report_text, message: report_text, hint: report_text.nullable() }).nullable(),
    startedAt: instant,
    durationMs: milliseconds,
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
        target: report_text.describe("the target system that it was built for"),
        drvPath: report_text,
        name: report_text,
        dependencies: schemas/* array */.YOg(report_text).describe("the derivations of this list that it depends on directly"),
        place: report_text.describe("local, or the builder's store URI"),
        startedAt: instant,
        durationMs: milliseconds,
        outcome: schemas/* enum */.k5n(["built", "failed", "interrupted"])
            .describe("interrupted: it was ended, for example because the run was cancelled or another build failed"),
        log: schemas/* array */.YOg(report_text).describe("the last lines that a failed build printed"),
    })),
    substitutions: schemas/* array */.YOg(schemas/* strictObject */.rej({
        target: report_text,
        storePath: report_text,
        from: report_text,
        durationMs: milliseconds,
        outcome: schemas/* enum */.k5n(["substituted", "failed"])
            .describe("failed: another substituter or a build had to follow"),
    })),
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
            sizeBytes: count.describe("what a client downloads: config and layers, compressed"),
            previousSizeBytes: count
                .nullable()
                .describe("the same of the image that the first tag pointed to before"),
        })),
        tags: schemas/* array */.YOg(report_text).describe("tags that point to the image now"),
    })
        .nullable(),
    layers: schemas/* array */.YOg(schemas/* strictObject */.rej({ target: report_text, digest: report_text, sizeBytes: count, state: schemas/* enum */.k5n(["sent", "reused"]) })),
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
        machine: schemas/* strictObject */.rej({
            cpuMs: milliseconds.describe("time in which a CPU was busy, added up over all CPUs, in ms"),
            peakMemoryBytes: count.describe("the most memory that was in use"),
            receivedBytes: count.describe("over all network interfaces but loopback"),
            sentBytes: count,
        })
            .nullable()
            .describe("what this machine used, whoever used it; null where it does not tell, as on macOS"),
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
