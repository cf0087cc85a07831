export const id = 8299;
export const ids = [8299];
export const modules = {

/***/ 78299:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/** ssh2 reads the CommonJS global `__dirname` while it loads, which ES modules lack: import this first. */
Object.assign(globalThis, { __dirname: import.meta.dirname });



/***/ })

};
