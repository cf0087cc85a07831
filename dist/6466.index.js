export const id = 6466;
export const ids = [6466];
export const modules = {

/***/ 46466:
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
    action: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["find", "find-each", "restore", "save"]),
    /** For `find`: prefixes, best first. For `find-each`: prefixes. */
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
