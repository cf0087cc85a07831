export const id = 950;
export const ids = [950];
export const modules = {

/***/ 30950:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   removeOciContainers: () => (/* binding */ removeOciContainers)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(22714);
/* harmony import */ var _platform_files_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(94924);
/* harmony import */ var _overlay_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(98287);
/* harmony import */ var _effects_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(20433);





const CALL_LIMIT_MS = 60_000;
/** Removes the containers of a run and its unpacked images, for the post step. */
async function removeOciContainers(runAsRoot, runFolder) {
    const folder = (0,_overlay_js__WEBPACK_IMPORTED_MODULE_3__/* .ociFolder */ .gG)(runFolder);
    const images = await (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_2__/* .readdirIfPresent */ .wi)(folder);
    if (images.length === 0)
        return;
    for (const image of images) {
        for (const id of await (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_2__/* .readdirIfPresent */ .wi)((0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(folder, image))) {
            if (!id.startsWith("cross-build-"))
                continue;
            await killContainer(id, runFolder, runAsRoot);
            const root = (0,_overlay_js__WEBPACK_IMPORTED_MODULE_3__/* .rootOf */ .I5)((0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(folder, image, id));
            await runAsRoot("umount", ["--lazy", root], { timeoutMs: CALL_LIMIT_MS, expectedExitCodes: "any" });
        }
    }
    await (0,_overlay_js__WEBPACK_IMPORTED_MODULE_3__/* .removeFolder */ .v$)(folder, { runAsRoot });
}
/** Kills a container of any runtime: where it is unknown, nothing happens. */
async function killContainer(id, runFolder, runAsRoot) {
    for (const runtime of _effects_js__WEBPACK_IMPORTED_MODULE_4__/* .OCI_RUNTIMES */ .A) {
        const args = [`--root=${(0,_effects_js__WEBPACK_IMPORTED_MODULE_4__/* .stateFolder */ .y)(runFolder, runtime)}`, "delete", "--force", id];
        try {
            await runAsRoot(runtime, args, { timeoutMs: CALL_LIMIT_MS, expectedExitCodes: "any" });
        }
        catch (error) {
            if (!(error instanceof _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ActionError */ .lZ) || error.code !== "COMMAND_MISSING")
                throw error;
        }
    }
}


/***/ })

};
