export const id = 6391;
export const ids = [6391];
export const modules = {

/***/ 56391:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   composeTrace: () => (/* binding */ composeTrace)
/* harmony export */ });
/* harmony import */ var _opentelemetry_api__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(11802);
/* harmony import */ var _opentelemetry_api__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(8408);
/* harmony import */ var _opentelemetry_api__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(91213);
/* harmony import */ var _opentelemetry_core__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(62610);
/* harmony import */ var _opentelemetry_resources__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(19481);
/* harmony import */ var _opentelemetry_resources__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(21191);
/* harmony import */ var _opentelemetry_resources__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(65164);
/* harmony import */ var _opentelemetry_resources__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(65581);
/* harmony import */ var _opentelemetry_sdk_trace__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(85807);




/** More spans make a trace that its viewers cannot show. The longest builds stay. */
const MAX_BUILDS = 1_000;
const MAX_TEXT = 1_000;
const RESULTS = { success: "success", failure: "failure", cancelled: "cancellation" };
/**
 * The trace of a run: a root span, below it the phases, in the phase `build` the attempts, and in these the
 * builds. Caches, layers and checks, whose times the report does not have, are events of their phases. Empty
 * if `TRACEPARENT` in the environment belongs to a trace that is not recorded. `OTEL_SERVICE_NAME` and
 * `OTEL_RESOURCE_ATTRIBUTES` are those of this process.
 * @see https://opentelemetry.io/docs/specs/semconv/cicd/
 */
function composeTrace(report, environment) {
    const spans = [];
    const done = () => Promise.resolve();
    const provider = new _opentelemetry_sdk_trace__WEBPACK_IMPORTED_MODULE_0__/* .TracerProvider */ .d({
        resource: (0,_opentelemetry_resources__WEBPACK_IMPORTED_MODULE_1__/* .defaultResource */ .gk)()
            .merge((0,_opentelemetry_resources__WEBPACK_IMPORTED_MODULE_1__/* .resourceFromAttributes */ .QZ)({ "service.name": "cross-build" }))
            .merge((0,_opentelemetry_resources__WEBPACK_IMPORTED_MODULE_2__/* .detectResources */ .$)({ detectors: [_opentelemetry_resources__WEBPACK_IMPORTED_MODULE_3__/* .resourceAttributesEnvDetector */ .R, _opentelemetry_resources__WEBPACK_IMPORTED_MODULE_4__/* .serviceNameEnvDetector */ .w] })),
        spanProcessors: [
            { onStart: () => undefined, onEnd: (span) => spans.push(span), forceFlush: done, shutdown: done },
        ],
        spanLimits: { attributeValueLengthLimit: MAX_TEXT },
    });
    const tracer = provider.getTracer("cross-build");
    const { startedAt, durationMs, outcome, error } = report;
    const run = begin(tracer, readParent(environment), {
        name: "cross-build",
        startedAt,
        attributes: describeRun(report, environment),
    });
    const phases = new Map(report.phases.map((phase) => [phase.name, tracePhase(tracer, run.context, phase)]));
    traceBuilds(tracer, phases.get("build")?.context ?? run.context, report);
    addEvents(phases, report);
    for (const { name, startedAt: at, durationMs: ms, outcome: end } of report.phases) {
        finish(phases.get(name)?.span, { startedAt: at, durationMs: ms, isFailed: end === "failed" });
    }
    finish(run.span, { startedAt, durationMs, isFailed: outcome === "failure", message: error?.message });
    return spans;
}
function readParent({ TRACEPARENT: parent = "" }) {
    const span = (0,_opentelemetry_core__WEBPACK_IMPORTED_MODULE_5__/* .parseTraceParent */ .ZI)(parent);
    return span === null ? _opentelemetry_api__WEBPACK_IMPORTED_MODULE_6__/* .ROOT_CONTEXT */ .l : _opentelemetry_api__WEBPACK_IMPORTED_MODULE_7__/* .trace */ .u.setSpanContext(_opentelemetry_api__WEBPACK_IMPORTED_MODULE_6__/* .ROOT_CONTEXT */ .l, { ...span, isRemote: true });
}
function describeRun({ outcome, error, commit, runUrl, host, builds, plans }, environment) {
    const { GITHUB_WORKFLOW: workflow, GITHUB_JOB: job, GITHUB_RUN_ID: runId, GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_REF_NAME: ref, GITHUB_REF_TYPE: refType, } = environment;
    return known({
        "cicd.pipeline.name": workflow,
        "cicd.pipeline.run.id": runId,
        "cicd.pipeline.run.url.full": runUrl,
        "cicd.pipeline.task.name": job,
        "cicd.pipeline.task.type": "build",
        "cicd.pipeline.task.run.result": RESULTS[outcome],
        "vcs.repository.url.full": server === undefined || repository === undefined ? undefined : `${server}/${repository}`,
        "vcs.ref.head.name": ref,
        "vcs.ref.head.type": refType,
        "vcs.ref.head.revision": commit,
        "error.type": error?.code,
        "cross_build.host.system": host.system,
        "cross_build.systems": plans.map(({ target }) => target),
        "cross_build.builds": builds.length,
        "cross_build.builds.omitted": Math.max(0, builds.length - MAX_BUILDS),
    });
}
function tracePhase(tracer, parent, { name, startedAt, machine }) {
    const attributes = known({
        "cross_build.machine.cpu_seconds": machine === null ? undefined : machine.cpuMs / 1000,
        "cross_build.machine.peak_memory_bytes": machine?.peakMemoryBytes,
        "cross_build.machine.received_bytes": machine?.receivedBytes,
        "cross_build.machine.sent_bytes": machine?.sentBytes,
    });
    return begin(tracer, parent, { name, startedAt, attributes });
}
/** The attempts, and the builds: each below the attempt that it belongs to. */
function traceBuilds(tracer, parent, { attempts, builds }) {
    const contexts = attempts.map((attempt) => {
        const { target, strategy, mode, startedAt, code, message } = attempt;
        const { span, context } = begin(tracer, parent, {
            name: `${strategy} build for ${target}`,
            startedAt,
            attributes: known({
                "error.type": code,
                "cross_build.system": target,
                "cross_build.strategy": strategy,
                "cross_build.mode": mode,
            }),
        });
        finish(span, { ...attempt, isFailed: attempt.outcome === "failed", message });
        return { target, startedAt, context };
    });
    const contextOf = ({ target, startedAt }) => contexts.findLast((attempt) => attempt.target === target && attempt.startedAt <= startedAt)?.context;
    const longest = builds.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, MAX_BUILDS);
    for (const build of longest) {
        const { name, drvPath, place, startedAt, outcome, target } = build;
        const { span } = begin(tracer, contextOf(build) ?? parent, {
            name: `build ${name}`,
            startedAt,
            attributes: {
                "cross_build.system": target,
                "cross_build.derivation": drvPath,
                "cross_build.builder": place,
                "cross_build.outcome": outcome,
                ...known({
                    "cross_build.cpu_seconds": build.use.cpuMs === null ? undefined : build.use.cpuMs / 1000,
                    "cross_build.peak_memory_bytes": build.use.peakMemoryBytes,
                    "cross_build.copied_bytes": build.use.copiedBytes,
                }),
            },
        });
        finish(span, { ...build, isFailed: outcome === "failed", message: build.log.at(-1) });
    }
}
/** What caches had, which layers were sent, and how each check ended, in the phase that did it. */
function addEvents(phases, { phases: ends, builders, substitutions, layers, smokeTests }) {
    const add = (phase, name, attributes) => {
        const end = ends.find((own) => own.name === phase);
        if (end !== undefined)
            phases.get(phase)?.span.addEvent(name, attributes, endOf(end));
    };
    const sources = Map.groupBy(substitutions, ({ from, outcome }) => `${outcome} ${from}`);
    for (const own of sources.values()) {
        const [first] = own;
        add("build", "substitutions", {
            ...(first !== undefined && { "cross_build.source": first.from, "cross_build.outcome": first.outcome }),
            "cross_build.paths": own.length,
            "cross_build.duration_seconds": own.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000,
        });
    }
    for (const { uri, use } of builders.filter((builder) => builder.use.builds > 0)) {
        add("build", "builder", known({
            "cross_build.builder": uri,
            "cross_build.builds": use.builds,
            "cross_build.busy_seconds": use.busyMs / 1000,
            "cross_build.cpu_seconds": use.cpuMs === null ? undefined : use.cpuMs / 1000,
            "cross_build.sent_bytes": use.sentBytes,
            "cross_build.received_bytes": use.receivedBytes,
        }));
    }
    for (const { target, digest, sizeBytes, state } of layers) {
        add("publish", "layer", {
            "cross_build.system": target,
            "cross_build.digest": digest,
            "cross_build.size_bytes": sizeBytes,
            "cross_build.state": state,
        });
    }
    for (const { target, checks, isEmulated } of smokeTests) {
        for (const { name, kind, outcome, durationMs } of checks) {
            add("gate", "smoke check", {
                "cross_build.system": target,
                "cross_build.check": name,
                "cross_build.kind": kind,
                "cross_build.outcome": outcome,
                "cross_build.emulated": isEmulated,
                "cross_build.duration_seconds": durationMs / 1000,
            });
        }
    }
}
function begin(tracer, parent, part) {
    const { name, startedAt, attributes } = part;
    const span = tracer.startSpan(name, { startTime: new Date(startedAt), attributes }, parent);
    return { span, context: _opentelemetry_api__WEBPACK_IMPORTED_MODULE_7__/* .trace */ .u.setSpan(parent, span) };
}
function finish(span, ended) {
    const message = (ended.message ?? "").slice(0, MAX_TEXT);
    if (ended.isFailed)
        span?.setStatus({ code: _opentelemetry_api__WEBPACK_IMPORTED_MODULE_8__/* .SpanStatusCode */ .s.ERROR, message });
    span?.end(endOf(ended));
}
function endOf({ startedAt, durationMs }) {
    return new Date(Date.parse(startedAt) + durationMs);
}
/** The attributes that have a value. */
function known(attributes) {
    const entries = Object.entries(attributes).filter((entry) => {
        const [, value] = entry;
        return value != null && value !== "";
    });
    return Object.fromEntries(entries);
}


/***/ })

};
