export const id = 5454;
export const ids = [5454];
export const modules = {

/***/ 45454:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   readNetrcSetting: () => (/* binding */ readNetrcSetting)
/* harmony export */ });
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(92857);

const NETRC_SETTING = zod__WEBPACK_IMPORTED_MODULE_0__/* .object */ .Ikc({ "netrc-file": zod__WEBPACK_IMPORTED_MODULE_0__/* .object */ .Ikc({ value: zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP() }) });
const CALL_LIMIT_MS = 30_000;
/** The netrc file that Nix reads, which need not exist. Rejects with the codes of RunCommand. */
async function readNetrcSetting(runNix) {
    // Newer versions call it `nix config show`, and still know the old name.
    const { stdout } = await runNix(["show-config", "--json"], { timeoutMs: CALL_LIMIT_MS });
    return NETRC_SETTING.parse(JSON.parse(stdout))["netrc-file"].value;
}


/***/ })

};
