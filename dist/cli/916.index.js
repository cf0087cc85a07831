export const id = 916;
export const ids = [916];
export const modules = {

/***/ 46916:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   g: () => (/* binding */ renderProxyCommand),
/* harmony export */   runProxyCommand: () => (/* binding */ runProxyCommand),
/* harmony export */   w: () => (/* binding */ writeProxyFile)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(51455);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs_promises__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(46466);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_stream_promises__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(22714);
/* harmony import */ var _model_own_processes_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(89281);
/* harmony import */ var _model_shell_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(843);
/* harmony import */ var _platform_files_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(94924);
/* harmony import */ var _port_forward_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(79173);







const LIMIT_MS = 30_000;
/** Writes the file that the proxy command reads for each connection. */
function writeProxyFile(file, content) {
    return (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_3__/* .writeFileAtomically */ .lo)(file, JSON.stringify(content), 0o600);
}
/** The value of ssh's `ProxyCommand`: nothing secret is in it, since every user sees the arguments. */
function renderProxyCommand(program, file) {
    // ssh itself puts `exec` before it.
    const words = (0,_model_shell_js__WEBPACK_IMPORTED_MODULE_5__/* .renderShellCommand */ .c)([...program, _model_own_processes_js__WEBPACK_IMPORTED_MODULE_6__/* .PROXY_ARGUMENT */ .$s, file]).replaceAll("%", "%%");
    return `${words} %n`;
}
/**
 * Connects stdin and stdout to a pod until one of them ends. ssh shows what this prints to stderr. Never
 * rejects: it sets the exit code.
 */
async function runProxyCommand([file = "", alias = ""]) {
    try {
        const { access, pods } = JSON.parse(await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readFile)(file, "utf8"));
        const address = pods[alias];
        if (address === undefined)
            throw new Error(`the pool has no pod ${alias}`);
        const stream = await (0,_port_forward_js__WEBPACK_IMPORTED_MODULE_4__/* .openPodConnection */ .M)(access, address, LIMIT_MS);
        await (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_1__.pipeline)(process.stdin, stream, process.stdout);
    }
    catch (error) {
        process.stderr.write(`cross-build: ${(0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_2__/* .renderError */ .vr)(error)}\n`);
        process.exitCode = 1;
    }
    finally {
        process.stdin.destroy();
    }
}


/***/ })

};
