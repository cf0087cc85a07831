export const id = 7566;
export const ids = [7566];
export const modules = {

/***/ 87566:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   m: () => (/* binding */ openCompressor),
/* harmony export */   serveCompressor: () => (/* binding */ serveCompressor)
/* harmony export */ });
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(48161);
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_os__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_zlib__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(38522);
/* harmony import */ var node_zlib__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_zlib__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var _model_own_processes_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(89281);
/* harmony import */ var _platform_thread_pool_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(34526);




/** The build runs at the same time. */
const MAX_THREADS = 3;
const LEVEL = { params: { [node_zlib__WEBPACK_IMPORTED_MODULE_1__.constants.ZSTD_c_compressionLevel]: 3 } };
/**
 * Compresses in threads. `script` is that of this process; without it, compresses at once. Node's own threads
 * take three times as long for chunks, because each one is made in several steps.
 */
function openCompressor(script) {
    if (script === undefined) {
        return {
            compress: (chunk) => Promise.resolve((0,node_zlib__WEBPACK_IMPORTED_MODULE_1__.zstdCompressSync)(chunk, LEVEL)),
            close: () => Promise.resolve(),
        };
    }
    const threads = Math.min((0,node_os__WEBPACK_IMPORTED_MODULE_0__.availableParallelism)(), MAX_THREADS);
    const pool = (0,_platform_thread_pool_js__WEBPACK_IMPORTED_MODULE_2__/* .openThreadPool */ .d)({ script, argument: _model_own_processes_js__WEBPACK_IMPORTED_MODULE_3__/* .PACK_ARGUMENT */ .ej, threads });
    return { compress: (chunk) => pool.run(chunk), close: () => pool.close() };
}
/** Compresses chunks for the thread that started this one. */
async function serveCompressor() {
    // Only `openCompressor` sends jobs.
    await (0,_platform_thread_pool_js__WEBPACK_IMPORTED_MODULE_2__/* .serveJobs */ .a)((chunk) => Promise.resolve((0,node_zlib__WEBPACK_IMPORTED_MODULE_1__.zstdCompressSync)(chunk, LEVEL)));
}


/***/ }),

/***/ 34526:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   a: () => (/* binding */ serveJobs),
/* harmony export */   d: () => (/* binding */ openThreadPool)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(73024);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs__WEBPACK_IMPORTED_MODULE_0__);

/** The default is 48 MiB, which each thread would fill with garbage before it collects that. */
const YOUNG_MIB = 4;
/** Opens a pool. `serveJobs` is the other side. */
function openThreadPool({ script, argument, threads, signal, }) {
    const queue = [];
    const idle = [];
    const running = new Map();
    const started = new Set();
    /** Set when the pool is closed: why nothing runs any more. */
    let end;
    const start = ({ Worker }) => {
        // A link to the script may have any name. Secrets of the environment are of no use to a thread.
        const worker = new Worker((0,node_fs__WEBPACK_IMPORTED_MODULE_0__.realpathSync)(script), {
            argv: [argument],
            env: {},
            resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
        });
        started.add(worker);
        worker.on("message", (answer) => {
            running.get(worker)?.resolve(answer);
            running.delete(worker);
            idle.push(worker);
            proceed({ Worker });
        });
        const fail = (error) => {
            started.delete(worker);
            running.get(worker)?.reject(error);
            running.delete(worker);
            proceed({ Worker });
        };
        worker.on("error", fail);
        worker.on("exit", (code) => {
            fail(new Error(`a thread ended with exit code ${code}`));
        });
        return worker;
    };
    /** Gives jobs to threads, as long as there are both. */
    const proceed = (of) => {
        while (end === undefined && queue.length > 0) {
            const worker = idle.pop() ?? (started.size < threads ? start(of) : undefined);
            const next = worker && queue.shift();
            if (worker === undefined || next === undefined)
                return;
            running.set(worker, next);
            worker.postMessage(next.job);
        }
    };
    const stop = async (reason) => {
        end ??= { reason };
        signal?.removeEventListener("abort", abort);
        for (const { reject } of [...queue.splice(0), ...running.values()])
            reject(reason);
        await Promise.all([...started].map((worker) => worker.terminate()));
    };
    const abort = () => void stop(signal?.reason);
    signal?.addEventListener("abort", abort);
    return {
        run: async (job) => {
            signal?.throwIfAborted();
            const of = await Promise.resolve(/* import() */).then(__webpack_require__.t.bind(__webpack_require__, 75919, 23));
            return new Promise((resolve, reject) => {
                if (end !== undefined)
                    reject(toError(end.reason));
                else {
                    queue.push({ job, resolve, reject });
                    proceed(of);
                }
            });
        },
        close: () => stop(new Error("the threads were ended")),
    };
}
function toError(reason) {
    return reason instanceof Error ? reason : new Error(String(reason));
}
/** The other side of a pool, in a thread. Rejects if this is not a thread. */
async function serveJobs(run) {
    const { parentPort } = await Promise.resolve(/* import() */).then(__webpack_require__.t.bind(__webpack_require__, 75919, 23));
    if (parentPort === null)
        throw new Error("only a thread of this program has this argument");
    parentPort.on("message", (job) => {
        void run(job).then((answer) => {
            parentPort.postMessage(answer);
        });
    });
}


/***/ })

};
