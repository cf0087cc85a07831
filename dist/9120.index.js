export const id = 9120;
export const ids = [9120];
export const modules = {

/***/ 76573:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Dp: () => (/* binding */ returnPermits),
/* harmony export */   J7: () => (/* binding */ createPermits),
/* harmony export */   WJ: () => (/* binding */ tryTakePermit)
/* harmony export */ });
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(48161);
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_os__WEBPACK_IMPORTED_MODULE_0__);

/** Node compresses in four threads of its own. More blocks would only take up memory. */
const PARALLEL_BLOCKS = Math.min((0,node_os__WEBPACK_IMPORTED_MODULE_0__.availableParallelism)(), 4);
/** Permits that can be sent to threads. */
function createPermits(count = PARALLEL_BLOCKS) {
    return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(count);
}
/** Takes a permit. Returns whether there was one. */
function tryTakePermit(permits) {
    for (let free = Atomics.load(permits, 0); free > 0;) {
        const found = Atomics.compareExchange(permits, 0, free, free - 1);
        if (found === free)
            return true;
        free = found;
    }
    return false;
}
function returnPermits(permits, count) {
    Atomics.add(permits, 0, count);
}


/***/ }),

/***/ 99120:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   B: () => (/* binding */ openLayerThreads),
/* harmony export */   serveLayers: () => (/* binding */ serveLayers)
/* harmony export */ });
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(48161);
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_os__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _model_own_processes_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(89281);
/* harmony import */ var _platform_thread_pool_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(34526);
/* harmony import */ var _block_permits_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(76573);




/**
 * More would gain nothing: Node compresses in four other threads, which all of these share. Each takes up
 * 25 MiB.
 */
const MAX_THREADS = 3;
/**
 * Makes layers in threads. `script` is that of this process. Its workers reject with plain Errors, which have
 * the code of a system error.
 */
function openLayerThreads(script, signal) {
    const threads = Math.min((0,node_os__WEBPACK_IMPORTED_MODULE_0__.availableParallelism)(), MAX_THREADS);
    const permits = (0,_block_permits_js__WEBPACK_IMPORTED_MODULE_2__/* .createPermits */ .J7)();
    const pool = (0,_platform_thread_pool_js__WEBPACK_IMPORTED_MODULE_1__/* .openThreadPool */ .d)({ script, argument: _model_own_processes_js__WEBPACK_IMPORTED_MODULE_3__/* .LAYER_ARGUMENT */ .W0, threads, signal });
    const run = async (order) => {
        const answer = await pool.run(order);
        if (!("problem" in answer))
            return answer;
        throw Object.assign(new Error(answer.problem), { code: answer.code });
    };
    // A thread answers what it was asked for.
    return {
        makeLayer: async (job) => (await run(["make", { ...job, permits }])),
        inspectLayer: async (job) => (await run(["inspect", job])),
        close: () => pool.close(),
    };
}
/** Makes layers for the thread that started this one. */
async function serveLayers() {
    const { makeLayer, inspectLayer } = await Promise.all(/* import() */[__webpack_require__.e(663), __webpack_require__.e(74), __webpack_require__.e(6482)]).then(__webpack_require__.bind(__webpack_require__, 68231));
    await (0,_platform_thread_pool_js__WEBPACK_IMPORTED_MODULE_1__/* .serveJobs */ .a)(async (order) => {
        try {
            // Only `openLayerThreads` sends orders.
            const [what, job] = order;
            return (await (what === "make" ? makeLayer : inspectLayer)(job));
        }
        catch (error) {
            const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
            return { problem: error instanceof Error ? error.message : String(error), code };
        }
    });
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
