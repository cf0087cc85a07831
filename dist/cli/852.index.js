export const id = 852;
export const ids = [852];
export const modules = {

/***/ 82852:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $: () => (/* binding */ nameSocket),
/* harmony export */   a: () => (/* binding */ RELAY_READY),
/* harmony export */   runPortRelay: () => (/* binding */ runPortRelay)
/* harmony export */ });
/* harmony import */ var node_events__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(78474);
/* harmony import */ var node_events__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_events__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(77030);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_net__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(46466);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_2___default = /*#__PURE__*/__webpack_require__.n(node_stream_promises__WEBPACK_IMPORTED_MODULE_2__);



/**
 * The address in a container to which the relay connects. Linux gives the whole network 127.0.0.0/8 to
 * loopback, so a server on all addresses answers here. One on 127.0.0.1 alone does not, as it would not at a
 * port that Docker publishes.
 */
const ADDRESS = "127.0.0.2";
/** The line that the relay prints when it listens. */
const RELAY_READY = "ready";
/** The socket of a port, in the working directory of the relay. */
function nameSocket(port) {
    return `${port}.sock`;
}
/**
 * Listens on a socket in the working directory for each of the ports, and passes connections on to the ports.
 * It runs in the network namespace of a container, until it is terminated.
 */
async function runPortRelay(ports) {
    const servers = ports.map((port) => (0,node_net__WEBPACK_IMPORTED_MODULE_1__.createServer)({ allowHalfOpen: true }, (client) => {
        const server = (0,node_net__WEBPACK_IMPORTED_MODULE_1__.connect)({ host: ADDRESS, port: Number(port), allowHalfOpen: true });
        (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_2__.pipeline)(client, server, client).catch(() => {
            client.destroy();
            server.destroy();
        });
    }).listen({ path: nameSocket(port) }));
    await Promise.all(servers.map((server) => (0,node_events__WEBPACK_IMPORTED_MODULE_0__.once)(server, "listening")));
    process.stdout.write(`${RELAY_READY}\n`);
}


/***/ })

};
