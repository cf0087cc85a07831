export const id = 13;
export const ids = [13,466];
export const modules = {

/***/ 40013:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   runCacheClient: () => (/* binding */ runCacheClient)
/* harmony export */ });
/* harmony import */ var node_stream_consumers__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(38321);
/* harmony import */ var node_stream_consumers__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_stream_consumers__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(22714);
/* harmony import */ var _client_protocol_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(24085);



/**
 * Carries out the request on stdin in the current folder, and writes the answer as the last line of stdout.
 * Never rejects.
 */
async function runCacheClient() {
    const answer = await answerRequest().catch((error) => ({ keys: [], error: (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .renderError */ .vr)(error) }));
    process.stdout.write((0,_client_protocol_js__WEBPACK_IMPORTED_MODULE_2__/* .renderAnswer */ .x1)(answer));
}
async function answerRequest() {
    const { action, keys } = (0,_client_protocol_js__WEBPACK_IMPORTED_MODULE_2__/* .parseRequest */ .TR)(await (0,node_stream_consumers__WEBPACK_IMPORTED_MODULE_0__.text)(process.stdin));
    const { restoreCache, saveCache } = await Promise.all(/* import() */[__webpack_require__.e(88), __webpack_require__.e(592)]).then(__webpack_require__.bind(__webpack_require__, 16592));
    const paths = [_client_protocol_js__WEBPACK_IMPORTED_MODULE_2__/* .ENTRY_FOLDER */ .w$];
    const [first = ""] = keys;
    switch (action) {
        case "find": {
            const found = await restoreCache(paths, first, [...keys], { lookupOnly: true });
            return { keys: found === undefined ? [] : [found] };
        }
        case "restore": {
            const found = await Promise.all(keys.map((key) => restoreCache(paths, key)));
            // restoreCache also matches a key as a prefix of other keys.
            return { keys: keys.filter((key, index) => found[index] === key) };
        }
        case "save":
            return { keys: (await saveCache(paths, first)) === -1 ? [] : [first] };
    }
}


/***/ }),

/***/ 24085:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   TR: () => (/* binding */ parseRequest),
/* harmony export */   tryParseAnswer: () => (/* binding */ tryParseAnswer),
/* harmony export */   w$: () => (/* binding */ ENTRY_FOLDER),
/* harmony export */   x1: () => (/* binding */ renderAnswer)
/* harmony export */ });
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(92857);

/*
 * The messages between the client process of GitHub's cache and the process that starts it. They are in a
 * separate module, so that the latter does not load @actions/cache.
 */
/**
 * The only path in an entry. GitHub identifies an entry also by its paths, so they must be equal on all
 * machines.
 */
const ENTRY_FOLDER = "entry";
const REQUEST = zod__WEBPACK_IMPORTED_MODULE_0__/* .object */ .Ikc({
    action: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["find", "restore", "save"]),
    /** For `find`: prefixes, best first. */
    keys: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP()).min(1),
});
const ANSWER = zod__WEBPACK_IMPORTED_MODULE_0__/* .object */ .Ikc({ keys: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP()), error: zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP().optional() });
const ANSWER_MARK = "runner-cache-answer ";
/** Reads a request. Rejects with a plain error. */
function parseRequest(json) {
    return REQUEST.parse(JSON.parse(json));
}
/** The last line of the client's output. */
function renderAnswer(answer) {
    return `\n${ANSWER_MARK}${JSON.stringify(answer)}\n`;
}
/** The answer in the client's output; undefined if there is none. */
function tryParseAnswer(stdout) {
    const line = stdout.split("\n").findLast((line) => line.startsWith(ANSWER_MARK));
    try {
        return ANSWER.parse(JSON.parse(line?.slice(ANSWER_MARK.length) ?? ""));
    }
    catch {
        return undefined;
    }
}


/***/ })

};
