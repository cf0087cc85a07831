export const id = 6078;
export const ids = [6078];
export const modules = {

/***/ 64129:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   U: () => (/* binding */ BUILD_MODES)
/* harmony export */ });
const BUILD_MODES = [
    "local",
    "emulated",
    "build-hook",
    "single-store",
    "distributed",
];


/***/ }),

/***/ 71444:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Oe: () => (/* binding */ renderUnsent),
/* harmony export */   ZU: () => (/* binding */ LAYER_STATES),
/* harmony export */   pM: () => (/* binding */ readySource)
/* harmony export */ });
/** The bytes of a blob, or a file with them, which is provided first if there is none yet. */
async function readySource({ source }) {
    return "provide" in source ? { file: await source.provide() } : source;
}
/**
 * What became of a layer: it was sent; it was there (`reused`), or in another repository of the registry
 * (`mounted`); or it was there and was not even made, since an earlier run has recorded it (`recorded`).
 */
const LAYER_STATES = ["sent", "reused", "mounted", "recorded"];
/** How many layers did not have to be sent, as in `2 reused, 1 mounted`. */
function renderUnsent(layers) {
    return LAYER_STATES.slice(1)
        .map((state) => ({ state, count: layers.filter((layer) => layer.state === state).length }))
        .filter(({ state, count }) => state === "reused" || count > 0)
        .map(({ state, count }) => `${count} ${state}`)
        .join(", ");
}


/***/ }),

/***/ 30145:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   g5: () => (/* binding */ failureOf),
/* harmony export */   xo: () => (/* binding */ emitFor)
/* harmony export */ });
/* unused harmony export renderEventSchema */
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(92857);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _build_mode_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(64129);
/* harmony import */ var _smoke_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(37328);
/* harmony import */ var _strategy_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(58924);





const text = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP();
const durationMs = zod__WEBPACK_IMPORTED_MODULE_1__/* .number */ .aig().min(0).describe("milliseconds");
const target = text.optional().describe("the target system, if it belongs to one");
const place = text.describe("local, or the builder's store URI");
const failure = zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({ code: text, message: text }).nullable();
/** Every kind of event of a run. Names and values are the report's. */
const EVENTS = [
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("run-started"),
        version: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz(1).describe("the version of these events"),
        system: text.describe("the Nix system of this machine"),
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({ event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("phase-started"), name: text }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("phase-ended"),
        name: text,
        durationMs,
        outcome: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["done", "failed"]),
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("attempt-started"),
        target,
        strategy: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(_strategy_js__WEBPACK_IMPORTED_MODULE_2__/* .STRATEGIES */ .Y),
        mode: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(_build_mode_js__WEBPACK_IMPORTED_MODULE_3__/* .BUILD_MODES */ .U),
        reason: text,
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("attempt-ended"),
        target,
        strategy: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(_strategy_js__WEBPACK_IMPORTED_MODULE_2__/* .STRATEGIES */ .Y),
        mode: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(_build_mode_js__WEBPACK_IMPORTED_MODULE_3__/* .BUILD_MODES */ .U),
        durationMs,
        error: failure,
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({ event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("build-started"), target, drvPath: text, name: text, place }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("build-output"),
        target,
        drvPath: text,
        line: text.describe("a line that the build printed"),
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("build-ended"),
        target,
        drvPath: text,
        name: text,
        place,
        durationMs,
        outcome: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["built", "failed", "interrupted"]),
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("substitution-ended"),
        target,
        storePath: text,
        from: text,
        durationMs,
        outcome: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["substituted", "failed"]),
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("builder-changed"),
        uri: text,
        state: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["ready", "degraded", "dropped"]),
        reason: text,
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("check-ended"),
        target,
        name: text,
        kind: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(_smoke_js__WEBPACK_IMPORTED_MODULE_4__/* .CHECK_KINDS */ .FZ),
        durationMs,
        outcome: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["passed", "failed"]),
        detail: text,
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("run-ended"),
        durationMs,
        outcome: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["success", "failure", "cancelled"]),
        error: failure,
    }),
];
/** An error as events name it. */
function failureOf(error) {
    return error === undefined ? null : { code: error.code, message: (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .renderError */ .vr)(error) };
}
/** Adds the target to the events of a part of the run that belongs to it. */
function emitFor(emit, targetOfEvents) {
    return (event) => {
        emit({ ...event, target: targetOfEvents });
    };
}
/** The JSON Schema of one line of an events file, 2020-12: an event, and when it happened. */
function renderEventSchema() {
    const at = z.iso.datetime().describe("UTC");
    const lines = EVENTS.map((event) => event.extend({ at }));
    const schema = { title: "cross-build event", ...z.toJSONSchema(z.union(lines)) };
    return `${JSON.stringify(schema, undefined, 2)}\n`;
}


/***/ }),

/***/ 37328:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ac: () => (/* binding */ LAYER_ORIGINS),
/* harmony export */   FZ: () => (/* binding */ CHECK_KINDS),
/* harmony export */   wM: () => (/* binding */ LOAD_WAYS)
/* harmony export */ });
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
/**
 * How the container engine got the image: it had it (`present`), got one layer with the files of all layers
 * (`merged`), or got the layers themselves (`layers`).
 */
const LOAD_WAYS = ["present", "merged", "layers"];
/**
 * The tested bytes of a layer: this run made its compressed bytes, or verified them (`made`); it fetched them
 * from the registry by digest (`fetched`); or it tested a tar with the layer's diff ID (`matched`).
 */
const LAYER_ORIGINS = ["made", "fetched", "matched"];


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
