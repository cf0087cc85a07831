export const id = 7857;
export const ids = [7857];
export const modules = {

/***/ 17857:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   readBuildStep: () => (/* binding */ readBuildStep)
/* harmony export */ });
/* harmony import */ var _events_file_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(34980);
/* harmony import */ var _export_run_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(55146);
/* harmony import */ var _log_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(58592);
/* harmony import */ var _publish_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(12268);
/* harmony import */ var _read_job_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(97317);
/* harmony import */ var _settings_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(45066);






/** Reads the inputs of the action that runs the whole job. */
function readBuildStep(read, folders) {
    const settings = (0,_settings_js__WEBPACK_IMPORTED_MODULE_5__/* .parseSettings */ .P$)(read, folders);
    const monitoring = (0,_export_run_js__WEBPACK_IMPORTED_MODULE_1__/* .takeMonitoring */ .Y)(settings, process.env, _log_js__WEBPACK_IMPORTED_MODULE_2__/* .actionLog */ .Z);
    return async (opened) => {
        const context = (0,_events_file_js__WEBPACK_IMPORTED_MODULE_0__/* .withEvents */ .O)(opened, settings.eventsFile);
        await (0,_publish_js__WEBPACK_IMPORTED_MODULE_3__/* .publish */ .m)(await (0,_read_job_js__WEBPACK_IMPORTED_MODULE_4__/* .runBuildFromInputs */ .Tg)(settings.inputs, context), settings, { monitoring, context });
    };
}


/***/ })

};
