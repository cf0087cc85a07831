export const id = 299;
export const ids = [299];
export const modules = {

/***/ 8299:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/** ssh2 reads the CommonJS global `__dirname` while it loads, which an ES module has not: import this before it. */
Object.assign(globalThis, { __dirname: import.meta.dirname });



/***/ })

};
