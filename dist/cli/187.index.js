export const id = 187;
export const ids = [187];
export const modules = {

/***/ 26187:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   sendSpans: () => (/* binding */ sendSpans)
/* harmony export */ });
/* harmony import */ var node_zlib__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(38522);
/* harmony import */ var node_zlib__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_zlib__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _opentelemetry_otlp_transformer__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(5603);
/* harmony import */ var _opentelemetry_otlp_transformer__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(13414);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(22714);
/* harmony import */ var _platform_clock_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(53037);
/* harmony import */ var _platform_render_url_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(36715);
/* harmony import */ var _platform_retry_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(70385);






/** @see https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const RETRIED_STATUSES = [429, 502, 503, 504];
const MAX_ANSWER_BYTES = 65_536;
/**
 * Sends spans to a collector, by OTLP over HTTP, within the time limit of the destination. Rejects with a
 * plain Error that says why it cannot, and without a secret.
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
async function sendSpans(spans, { url, headers, format, isCompressed, timeoutMs }, { sendHttp, clock, log }) {
    const serializer = format === "json" ? _opentelemetry_otlp_transformer__WEBPACK_IMPORTED_MODULE_4__/* .JsonTraceSerializer */ .U : _opentelemetry_otlp_transformer__WEBPACK_IMPORTED_MODULE_5__/* .ProtobufTraceSerializer */ .n;
    const body = serializer.serializeRequest([...spans]) ?? new Uint8Array();
    const sent = isCompressed ? (0,node_zlib__WEBPACK_IMPORTED_MODULE_0__.gzipSync)(body) : body;
    let setback;
    const post = async (signal) => {
        const answer = await sendHttp({
            method: "POST",
            url,
            headers: {
                ...headers,
                "content-type": format === "json" ? "application/json" : "application/x-protobuf",
                ...(isCompressed && { "content-encoding": "gzip" }),
            },
            body: sent,
            signal,
        });
        if (answer.status >= 200 && answer.status < 300)
            return readAnswer(answer);
        answer.discard();
        throw new _platform_retry_js__WEBPACK_IMPORTED_MODULE_3__/* .StatusError */ .Xs(`${(0,_platform_render_url_js__WEBPACK_IMPORTED_MODULE_6__/* .renderUrl */ .K)(url)} answered ${answer.status}`, {
            status: answer.status,
            isTransient: RETRIED_STATUSES.includes(answer.status),
            retryAfterMs: (0,_platform_retry_js__WEBPACK_IMPORTED_MODULE_3__/* .parseRetryAfter */ .mu)(answer.headers.get("retry-after"), clock.nowMs()),
        });
    };
    const answer = await (0,_platform_clock_js__WEBPACK_IMPORTED_MODULE_2__/* .withTimeLimit */ .Bv)(clock, timeoutMs, (signal) => (0,_platform_retry_js__WEBPACK_IMPORTED_MODULE_3__/* .retryTransient */ .jh)(() => post(signal).catch((error) => {
        if (!signal.aborted)
            setback = (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .renderError */ .vr)(error);
        throw error;
    }), { clock, log, signal })).catch((error) => {
        const isLate = error instanceof DOMException && error.name === "TimeoutError";
        if (!isLate)
            throw error;
        const reason = setback === undefined ? "" : ` (${setback})`;
        throw new Error(`no answer of ${(0,_platform_render_url_js__WEBPACK_IMPORTED_MODULE_6__/* .renderUrl */ .K)(url)} within ${timeoutMs / 1000} s${reason}`);
    });
    const refused = tryReadRefusal(serializer, answer);
    if (refused !== undefined)
        log.warning(`${(0,_platform_render_url_js__WEBPACK_IMPORTED_MODULE_6__/* .renderUrl */ .K)(url)} took only a part of the trace: ${refused}`);
}
async function readAnswer({ body }) {
    const chunks = [];
    let bytes = 0;
    for await (const chunk of body) {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES)
            break;
        chunks.push(chunk);
    }
    return Buffer.concat(chunks);
}
/** What a collector says about spans that it refused; undefined if it took all, or says nothing readable. */
function tryReadRefusal(serializer, answer) {
    if (answer.length === 0)
        return undefined;
    try {
        const { partialSuccess } = serializer.deserializeResponse(answer);
        const { rejectedSpans = 0, errorMessage = "" } = partialSuccess ?? {};
        return rejectedSpans === 0 ? undefined : `${rejectedSpans} spans refused: ${errorMessage}`;
    }
    catch {
        return undefined;
    }
}


/***/ })

};
