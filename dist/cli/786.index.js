export const id = 786;
export const ids = [786];
export const modules = {

/***/ 95786:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   readNetrcSetting: () => (/* binding */ readNetrcSetting),
/* harmony export */   readSubstituters: () => (/* binding */ readSubstituters)
/* harmony export */ });
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(92857);

/** The settings of Nix that this action reads. */
const SETTINGS = zod__WEBPACK_IMPORTED_MODULE_0__/* .object */ .Ikc({
    "netrc-file": zod__WEBPACK_IMPORTED_MODULE_0__/* .object */ .Ikc({ value: zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP() }),
    substituters: zod__WEBPACK_IMPORTED_MODULE_0__/* .object */ .Ikc({ value: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP()) }),
});
const CALL_LIMIT_MS = 30_000;
/** The netrc file that Nix reads, which need not exist. Rejects with the codes of RunCommand. */
async function readNetrcSetting(runNix) {
    return (await readSettings(runNix))["netrc-file"].value;
}
/** The store URIs that Nix substitutes from, best first. Rejects with the codes of RunCommand. */
async function readSubstituters(runNix) {
    return (await readSettings(runNix)).substituters.value;
}
async function readSettings(runNix) {
    // Newer versions call it `nix config show`, and still know the old name.
    const { stdout } = await runNix(["show-config", "--json"], { timeoutMs: CALL_LIMIT_MS });
    return SETTINGS.parse(JSON.parse(stdout));
}


/***/ })

};
