export const id = 18;
export const ids = [18,496,315,466];
export const modules = {

/***/ 72719:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  Q9: () => (/* binding */ cleanCacheFolder),
  oJ: () => (/* binding */ copyPaths),
  ZP: () => (/* binding */ linkPaths),
  b$: () => (/* binding */ readPlainFile),
  Fz: () => (/* binding */ removePaths)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/errors/errno.ts
var errno = __webpack_require__(38335);
// EXTERNAL MODULE: ./src/platform/files.ts
var files = __webpack_require__(94924);
// EXTERNAL MODULE: ./src/model/store-path.ts
var store_path = __webpack_require__(75210);
;// CONCATENATED MODULE: ./src/binary-cache/narinfo.ts

const BASE_NAME = /^[0-9a-df-np-sv-z]{32}-[0-9A-Za-z+\-._?=]{1,211}$/;
const HASH = /^(?:sha256:[0-9a-df-np-sv-z]{52}|sha256:[0-9a-f]{64}|sha256-[A-Za-z0-9+/]{43}=)$/;
/** The fields that Nix reads, and the values that it accepts. It skips unknown fields. */
const FIELDS = {
    StorePath: store_path/* isStorePath */.z,
    URL: (text) => /^nar\/[0-9A-Za-z]+\.nar(?:\.[a-z0-9]+)?$/.test(text),
    Compression: (text) => /^(?:none|xz|bzip2|gzip|zstd|br|lzma|lzip|lz4)$/.test(text),
    FileHash: (text) => HASH.test(text),
    FileSize: isSize,
    NarHash: (text) => HASH.test(text),
    NarSize: isSize,
    References: (text) => text === "" || text.split(" ").every((name) => BASE_NAME.test(name)),
    Deriver: (text) => text === "unknown-deriver" || (BASE_NAME.test(text) && text.endsWith(".drv")),
    Sig: (text) => /^[^:\s]+:[A-Za-z0-9+/]+={0,2}$/.test(text),
    CA: (text) => /^(?:fixed|text):[a-z0-9:]+$/.test(text),
};
/**
 * Reads a `.narinfo` file that may be damaged; undefined for anything on which Nix would fail. `hash` is the
 * one in the file's name. Never throws.
 * @see NixOS/nix, src/libstore/nar-info.cc
 */
function tryParseNarInfo(text, hash) {
    const values = new Map();
    if (!text.endsWith("\n"))
        return undefined;
    for (const line of text.slice(0, -1).split("\n")) {
        const [, name = "", value = ""] = /^([A-Za-z]+): ?(.*)$/.exec(line) ?? [];
        if (name === "" || FIELDS[name]?.(value) === false)
            return undefined;
        if (values.has(name) && name !== "Sig")
            return undefined;
        values.set(name, value);
    }
    const storePath = values.get("StorePath") ?? "";
    const file = values.get("URL");
    const fileSize = values.get("FileSize");
    if (!(0,store_path/* isStorePath */.z)(storePath) || hashOf(storePath) !== hash)
        return undefined;
    if (file === undefined || fileSize === undefined || !values.has("NarHash") || !values.has("NarSize")) {
        return undefined;
    }
    const deriver = values.get("Deriver");
    return {
        storePath,
        file,
        fileSizeBytes: Number(fileSize),
        deriver: deriver === "unknown-deriver" ? undefined : deriver,
    };
}
/** The file name of a store path's `.narinfo` in a binary cache. */
function nameNarInfo(storePath) {
    return `${hashOf(storePath)}.narinfo`;
}
/**
 * A minimal `.narinfo`, which makes its path valid: Nix adds a path to a cache only after all its references.
 * @see NixOS/nix, src/libstore/binary-cache-store.cc, addToStoreCommon
 */
function renderPlaceholder(storePath) {
    return `StorePath: ${storePath}\nURL: nar/none.nar\nNarHash: sha256:${"0".repeat(52)}\nNarSize: 1\n`;
}
function hashOf(storePath) {
    return storePath.slice("/nix/store/".length, "/nix/store/".length + 32);
}
function isSize(text) {
    return /^[1-9][0-9]{0,14}$/.test(text);
}

// EXTERNAL MODULE: ./src/nix/command.ts
var command = __webpack_require__(82094);
;// CONCATENATED MODULE: ./src/binary-cache/cache-folder.ts






/*
 * A binary cache in a folder, file by file. Its files are untrusted.
 * @see Nix manual, "Local Binary Cache Store"
 */
const MAX_TEXT_BYTES = 1 << 20;
/**
 * Makes a folder a valid binary cache: removes files on which Nix would fail. Returns the narinfos that are
 * left and the number of those dropped.
 */
async function cleanCacheFolder(folder) {
    await (0,promises_.mkdir)(folder, { recursive: true });
    const infos = new Map();
    let dropped = 0;
    for (const name of await (0,promises_.readdir)(folder)) {
        if (!name.endsWith(".narinfo"))
            continue;
        const file = (0,external_node_path_.join)(folder, name);
        const text = await readPlainFile(file);
        const info = text === undefined ? undefined : tryParseNarInfo(text, name.slice(0, -".narinfo".length));
        if (info !== undefined && (await sizeOf((0,external_node_path_.join)(folder, info.file))) === info.fileSizeBytes) {
            infos.set(info.storePath, info);
        }
        else {
            dropped++;
            await (0,promises_.rm)(file, { recursive: true, force: true });
        }
    }
    // Remove archives without a narinfo: Nix would not overwrite an existing archive.
    const archives = new Set([...infos.values()].map((info) => (0,external_node_path_.join)(folder, info.file)));
    for (const name of await (0,files/* readdirIfPresent */.wi)((0,external_node_path_.join)(folder, "nar"))) {
        const file = (0,external_node_path_.join)(folder, "nar", name);
        if (!archives.has(file))
            await (0,promises_.rm)(file, { recursive: true, force: true });
    }
    await (0,files/* writeFileAtomically */.lo)((0,external_node_path_.join)(folder, "nix-cache-info"), "StoreDir: /nix/store\nWantMassQuery: 1\n");
    return { infos, dropped };
}
/** The text of a small regular file; undefined for a symbolic link or anything else. */
async function readPlainFile(file) {
    const size = await sizeOf(file);
    return size === undefined || size > MAX_TEXT_BYTES ? undefined : (0,files/* readFileIfPresent */.Ts)(file);
}
async function sizeOf(file) {
    try {
        const found = await (0,promises_.lstat)(file);
        return found.isFile() ? found.size : undefined;
    }
    catch (error) {
        if ((0,errno/* isErrno */.r)(error, "ENOENT", "ENOTDIR", "ENAMETOOLONG"))
            return undefined;
        throw error;
    }
}
/**
 * Copies store paths into the folder without their references, which may be `elsewhere`. Returns the narinfos
 * of the copied paths. Rejects with the codes of `runNix`.
 */
async function copyPaths(runNix, folder, { paths, elsewhere, signingKeyFile }) {
    const placeholders = elsewhere.map((path) => [(0,external_node_path_.join)(folder, nameNarInfo(path)), path]);
    const key = signingKeyFile === undefined ? "" : `&secret-key=${signingKeyFile}`;
    const made = [];
    try {
        for (const [file, path] of placeholders) {
            if ((await sizeOf(file)) !== undefined)
                continue;
            made.push(file);
            await (0,files/* writeFileAtomically */.lo)(file, renderPlaceholder(path));
        }
        const args = ["copy", "--no-recursive", "--to", `file://${folder}?compression=zstd${key}`, ...paths];
        await runNix(args, { timeoutMs: command/* COPY_LIMIT_MS */.Je });
    }
    finally {
        for (const file of made)
            await (0,promises_.rm)(file, { force: true });
    }
    const { infos } = await cleanCacheFolder(folder);
    return paths.map((path) => infos.get(path)).filter((info) => info !== undefined);
}
/**
 * Removes store paths with their archives. Nix would keep an existing archive instead of writing a new one.
 */
async function removePaths(folder, infos) {
    for (const { storePath, file } of infos) {
        await (0,promises_.rm)((0,external_node_path_.join)(folder, nameNarInfo(storePath)), { force: true });
        await (0,promises_.rm)((0,external_node_path_.join)(folder, file), { force: true });
    }
}
/** Hard-links store paths of one folder into another one on the same disk, and creates that folder. */
async function linkPaths(folder, target, infos) {
    await (0,promises_.mkdir)((0,external_node_path_.join)(target, "nar"), { recursive: true });
    for (const { storePath, file } of infos) {
        for (const name of [nameNarInfo(storePath), file]) {
            try {
                await (0,promises_.link)((0,external_node_path_.join)(folder, name), (0,external_node_path_.join)(target, name));
            }
            catch (error) {
                // Two store paths with the same content share their archive.
                if (!(0,errno/* isErrno */.r)(error, "EEXIST"))
                    throw error;
            }
        }
    }
}


/***/ }),

/***/ 24085:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   tryParseAnswer: () => (/* binding */ tryParseAnswer),
/* harmony export */   w$: () => (/* binding */ ENTRY_FOLDER)
/* harmony export */ });
/* unused harmony exports parseRequest, renderAnswer */
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(92857);

/*
 * The messages between the client process of GitHub's cache and the process that starts it. They are in a
 * separate module, so that the latter does not load @actions/cache.
 */
/**
 * The only path in an entry. GitHub identifies an entry also by its paths, so they must be equal on all
 * machines.
 */
const ENTRY_FOLDER = "entry";
const REQUEST = zod__WEBPACK_IMPORTED_MODULE_0__/* .object */ .Ikc({
    action: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["find", "restore", "save"]),
    /** For `find`: prefixes, best first. */
    keys: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP()).min(1),
});
const ANSWER = zod__WEBPACK_IMPORTED_MODULE_0__/* .object */ .Ikc({ keys: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP()), error: zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP().optional() });
const ANSWER_MARK = "runner-cache-answer ";
/** Reads a request. Rejects with a plain error. */
function parseRequest(json) {
    return REQUEST.parse(JSON.parse(json));
}
/** The last line of the client's output. */
function renderAnswer(answer) {
    return `\n${ANSWER_MARK}${JSON.stringify(answer)}\n`;
}
/** The answer in the client's output; undefined if there is none. */
function tryParseAnswer(stdout) {
    const line = stdout.split("\n").findLast((line) => line.startsWith(ANSWER_MARK));
    try {
        return ANSWER.parse(JSON.parse(line?.slice(ANSWER_MARK.length) ?? ""));
    }
    catch {
        return undefined;
    }
}


/***/ }),

/***/ 23128:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   IH: () => (/* binding */ tryParseManifest),
/* harmony export */   ap: () => (/* binding */ nameEntry),
/* harmony export */   dF: () => (/* binding */ nameManifest),
/* harmony export */   lh: () => (/* binding */ nameProject),
/* harmony export */   oW: () => (/* binding */ MAX_ENTRY_BYTES),
/* harmony export */   sB: () => (/* binding */ renderManifest),
/* harmony export */   sM: () => (/* binding */ chooseKind)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_crypto__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(92857);


const FORMAT = "cross-build-nix-1";
const MAX_DELTAS = 8;
/** Deltas that are smaller than this in total cost little, even if they are larger than the base. */
const SMALL_BYTES = 64 << 20;
/**
 * Half of GitHub's limit for a repository. Larger entries would evict everything else, and finally each
 * other.
 */
const MAX_ENTRY_BYTES = 5 * 2 ** 30;
/** The key prefixes to look for: the project's own, then that of all projects built on the same system. */
function nameProject(project) {
    const hash = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)("sha256").update(JSON.stringify(project)).digest("hex").slice(0, 16);
    const any = `${FORMAT}-${project.system}-`;
    return [`${any}${hash}-`, any];
}
/** The key of an entry, unique to the run with this nonce. */
function nameEntry(prefix, kind, nonce) {
    return `${prefix}${kind}-${nonce}`;
}
/** Whether to add new paths to the chain as a delta, or to make a new base. Without a chain it is a base. */
function chooseKind(chain, newBytes) {
    if (chain === undefined)
        return "base";
    const [base, ...deltas] = chain;
    const deltaBytes = deltas.reduce((sum, { bytes }) => sum + bytes, newBytes);
    const isLong = deltas.length >= MAX_DELTAS;
    return isLong || deltaBytes > Math.max(base.bytes, SMALL_BYTES) ? "base" : "delta";
}
const KEY = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP().regex(/^cross-build-nix-1-[\w-]{1,200}$/);
const MANIFEST = zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
    chain: zod__WEBPACK_IMPORTED_MODULE_1__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({ key: KEY, bytes: zod__WEBPACK_IMPORTED_MODULE_1__/* .number */ .aig().int().min(0).max(Number.MAX_SAFE_INTEGER) }))
        .min(1)
        .max(MAX_DELTAS + 1),
});
/** The manifest of an entry: the chain that ends with it. */
function renderManifest(chain) {
    return `${JSON.stringify({ chain })}\n`;
}
/** Reads the manifest of the entry `key`; undefined for any other text. Never throws. */
function tryParseManifest(text, key) {
    try {
        const [base, ...deltas] = MANIFEST.parse(JSON.parse(text)).chain;
        if (base === undefined)
            return undefined;
        const chain = [base, ...deltas];
        const keys = new Set(chain.map((link) => link.key));
        return chain.at(-1)?.key === key && keys.size === chain.length ? chain : undefined;
    }
    catch {
        return undefined;
    }
}
/** The file name of an entry's manifest, next to the files of the cache. */
function nameManifest(key) {
    return `${key}.json`;
}


/***/ }),

/***/ 94694:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   R8: () => (/* binding */ transferLimitMs),
/* harmony export */   jO: () => (/* binding */ sumBytes),
/* harmony export */   sV: () => (/* binding */ restoreGithubCache)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(22714);
/* harmony import */ var _model_count_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(47302);
/* harmony import */ var _client_protocol_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(24085);
/* harmony import */ var _cache_folder_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(72719);
/* harmony import */ var _file_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(74074);
/* harmony import */ var _entry_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(23128);







const FIND_LIMIT_MS = 60_000;
/** Fixed, because only the newest entry's own manifest has its size. */
const NEWEST_LIMIT_MS = 300_000;
const SLOWEST_BYTES_PER_MS = 1024;
/**
 * Restores the newest chain of entries into the run's folder, without damaged store paths: neither the
 * content of GitHub's cache nor a failure of the service may break a build. Takes at most 60 seconds to
 * detect a service that does not answer. Rejects only with `CANCELLED`.
 */
async function restoreGithubCache(access) {
    const folder = (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(access.folder, "restored", _client_protocol_js__WEBPACK_IMPORTED_MODULE_2__/* .ENTRY_FOLDER */ .w$);
    const { runnerCache } = access;
    if (runnerCache === undefined) {
        return restoreNothing(folder, "failed", "GitHub's cache is only available inside an action, and the runner offers none here");
    }
    if (!runnerCache.isReadable) {
        return restoreNothing(folder, "withheld", "the workflow's cache-mode does not allow reading it");
    }
    if (!(0,_file_js__WEBPACK_IMPORTED_MODULE_4__/* .isFitForUri */ .$Y)(folder)) {
        return restoreNothing(folder, "failed", `Nix cannot read a cache from ${folder}, because of a special character in this path`);
    }
    try {
        const prefixes = (0,_entry_js__WEBPACK_IMPORTED_MODULE_5__/* .nameProject */ .lh)(access.project);
        const newest = await runnerCache.find(prefixes, FIND_LIMIT_MS);
        if (newest === undefined)
            return restoreNothing(folder, "empty", "there is no entry yet");
        return await restoreChain(runnerCache, newest, newest.startsWith(prefixes[0]), folder);
    }
    catch (error) {
        if ((0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .isCancelled */ .mm)(error))
            throw error;
        return restoreNothing(folder, "failed", (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .renderError */ .vr)(error));
    }
}
function restoreNothing(folder, state, reason) {
    const isReachable = state !== "failed";
    const problem = isReachable ? undefined : reason;
    return {
        state,
        reason,
        problem,
        isReachable,
        folder,
        infos: new Map(),
        entries: 0,
        bytes: 0,
        chain: undefined,
    };
}
async function restoreChain(runnerCache, newest, isOwn, folder) {
    const workspace = (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(folder, "..");
    const problems = [];
    const restore = async (keys, timeoutMs) => {
        if (keys.length === 0)
            return [];
        try {
            const result = await runnerCache.restore(workspace, keys, timeoutMs);
            if (result.keys.length < keys.length)
                problems.push(result.problem);
            return result.keys;
        }
        catch (error) {
            if ((0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .isCancelled */ .mm)(error))
                throw error;
            problems.push((0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .renderError */ .vr)(error));
            return [];
        }
    };
    const first = await restore([newest], NEWEST_LIMIT_MS);
    const chain = first.length === 0 ? undefined : await readChain(folder, newest);
    const older = (chain ?? []).slice(0, -1);
    const bytes = older.reduce((sum, link) => sum + link.bytes, 0);
    const rest = await restore(older.map(({ key }) => key), transferLimitMs(bytes));
    const { infos, dropped } = await (0,_cache_folder_js__WEBPACK_IMPORTED_MODULE_3__/* .cleanCacheFolder */ .Q9)(folder);
    if (dropped > 0)
        problems.push(`ignored ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_6__/* .countOf */ .pq)(dropped, "damaged store path")}`);
    const problem = problems.find((text) => text !== undefined);
    const entries = first.length + rest.length;
    const isWhole = problem === undefined && entries === chain?.length;
    return {
        state: infos.size > 0 ? "restored" : problem === undefined ? "empty" : "failed",
        reason: problem ??
            (isWhole ? `the newest entry is ${newest}` : `entries of the chain of ${newest} are missing`),
        problem,
        isReachable: true,
        folder,
        infos,
        entries,
        bytes: sumBytes([...infos.values()]),
        chain: isWhole && isOwn ? chain : undefined,
    };
}
async function readChain(folder, key) {
    const text = await (0,_cache_folder_js__WEBPACK_IMPORTED_MODULE_3__/* .readPlainFile */ .b$)((0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(folder, (0,_entry_js__WEBPACK_IMPORTED_MODULE_5__/* .nameManifest */ .dF)(key)));
    return text === undefined ? undefined : (0,_entry_js__WEBPACK_IMPORTED_MODULE_5__/* .tryParseManifest */ .IH)(text, key);
}
/** One minute, plus the time that a slow connection needs. */
function transferLimitMs(bytes) {
    return 60_000 + bytes / SLOWEST_BYTES_PER_MS;
}
/** The total size of the archives. */
function sumBytes(infos) {
    return infos.reduce((sum, { fileSizeBytes }) => sum + fileSizeBytes, 0);
}


/***/ }),

/***/ 27496:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  B: () => (/* binding */ openLayerThreads),
  serveLayers: () => (/* binding */ serveLayers)
});

// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(48161);
// EXTERNAL MODULE: ./src/model/own-processes.ts
var own_processes = __webpack_require__(89281);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
;// CONCATENATED MODULE: ./src/platform/thread-pool.ts

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
        const worker = new Worker((0,external_node_fs_.realpathSync)(script), { argv: [argument], env: {} });
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

;// CONCATENATED MODULE: ./src/image/layer-threads.ts



/** Node compresses in four threads of its own: more than these would only wait for it. */
const MAX_THREADS = 4;
/**
 * Makes layers in threads. `script` is that of this process. Its `makeLayer` rejects with plain Errors, which
 * have the code of a system error.
 */
function openLayerThreads(script, signal) {
    const threads = Math.min((0,external_node_os_.availableParallelism)(), MAX_THREADS);
    const pool = openThreadPool({ script, argument: own_processes/* LAYER_ARGUMENT */.W0, threads, signal });
    return {
        makeLayer: async (job) => {
            const answer = await pool.run(job);
            if (!("problem" in answer))
                return answer;
            throw Object.assign(new Error(answer.problem), { code: answer.code });
        },
        close: () => pool.close(),
    };
}
/** Makes layers for the thread that started this one. */
async function serveLayers() {
    const { makeLayer } = await Promise.all(/* import() */[__webpack_require__.e(663), __webpack_require__.e(817), __webpack_require__.e(482)]).then(__webpack_require__.bind(__webpack_require__, 68231));
    await serveJobs(async (job) => {
        try {
            // Only `openLayerThreads` sends jobs.
            return (await makeLayer(job));
        }
        catch (error) {
            const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
            return { problem: error instanceof Error ? error.message : String(error), code };
        }
    });
}


/***/ }),

/***/ 68231:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   P: () => (/* binding */ listPaths),
/* harmony export */   h: () => (/* binding */ createSerialMaker),
/* harmony export */   makeLayer: () => (/* binding */ makeLayer)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _platform_files_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(94924);
/* harmony import */ var _budget_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(41520);
/* harmony import */ var _layer_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(18018);
/* harmony import */ var _store_layer_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(30418);





/** The store paths that the tar of a layer is made from; none if it is a file in the store. */
function listPaths(source) {
    switch (source.kind) {
        case "store":
            return source.paths;
        case "tar":
            return [source.folder];
        case "nix2container":
            return source.paths.map(({ path }) => path);
        case "file":
            return [];
    }
}
/**
 * Reads, hashes, audits and compresses a layer. The same job gives the same bytes everywhere. Rejects with a
 * plain Error if the layer is malformed or too large, and with the reason of `signal`.
 */
async function makeLayer(job, signal) {
    const { source, file, target, compression, limits } = job;
    const budget = (0,_budget_js__WEBPACK_IMPORTED_MODULE_2__/* .createBudget */ .y)(limits, signal);
    const bytes = spend(await openSource(source), budget);
    const layer = source.kind === "file" && source.compression !== undefined
        ? await (0,_layer_js__WEBPACK_IMPORTED_MODULE_3__/* .keepLayer */ .HX)({ bytes, compression: source.compression }, file, target, budget)
        : await (0,_layer_js__WEBPACK_IMPORTED_MODULE_3__/* .packLayer */ .Js)(bytes, file, { target, budget, compression });
    if ("problem" in layer)
        throw layer.problem;
    return { layer, spent: budget.spent() };
}
async function openSource(source) {
    switch (source.kind) {
        case "store":
            return toAsync((0,_store_layer_js__WEBPACK_IMPORTED_MODULE_4__/* .writeStoreLayer */ .Aq)(source.paths, source.options));
        case "tar":
            return (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_1__/* .readRegularFile */ .XF)((0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(source.folder, "layer.tar"));
        case "file":
            return (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_1__/* .readRegularFile */ .XF)(source.file);
        case "nix2container": {
            // It needs a library that other images do not need.
            const { writeNix2containerLayer } = await Promise.all(/* import() */[__webpack_require__.e(856), __webpack_require__.e(578)]).then(__webpack_require__.bind(__webpack_require__, 6578));
            return toAsync(writeNix2containerLayer(source.paths));
        }
    }
}
/** Makes layers in this thread, one after the other. */
function createSerialMaker(signal) {
    let last = Promise.resolve();
    return (job) => {
        const made = last.then(() => makeLayer(job, signal));
        last = made.catch(() => undefined);
        return made;
    };
}
// eslint-disable-next-line @typescript-eslint/require-await -- the chunks are there already
async function* toAsync(chunks) {
    yield* chunks;
}
async function* spend(chunks, budget) {
    for await (const chunk of chunks) {
        budget.spendBytes(chunk.length);
        yield chunk;
    }
}


/***/ }),

/***/ 30418:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  z1: () => (/* binding */ ChunkWriter),
  fi: () => (/* binding */ listEntries),
  Aq: () => (/* binding */ writeStoreLayer)
});

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: ./src/image/ustar-block.ts
var ustar_block = __webpack_require__(5950);
;// CONCATENATED MODULE: ./src/image/python-tar.ts
/**
 * The headers that Python's tarfile writes in its PAX format, byte for byte. Texts are Latin-1: one character
 * per byte, so that names need not be UTF-8.
 * @see https://github.com/python/cpython/blob/3.13/Lib/tarfile.py, TarInfo.create_pax_header
 */

/** A tar is padded to a multiple of it. */
const RECORD_BYTES = 20 * ustar_block/* BLOCK_BYTES */.Yo;
const EXTENSION = {
    ...{ name: "././@PaxHeader", flag: "x", linkName: "", mode: 0 },
    ...{ mtime: 0, uid: 0, gid: 0, uname: "", gname: "" },
};
/**
 * Renders the header of an entry, after its extension header if it needs one. Python 3.8 fills the numbers
 * of a device of every entry with zeros: `hasDeviceNumbers`.
 */
function renderEntryHeader(entry, owner, hasDeviceNumbers) {
    const { type, mode, sizeBytes, linkName } = entry;
    const name = type === "folder" && !entry.name.endsWith("/") ? `${entry.name}/` : entry.name;
    const fields = { ...owner, name, flag: ustar_block/* TYPE_FLAGS */.RC[type], mode, sizeBytes, linkName, hasDeviceNumbers };
    const records = renderRecords(fields);
    const texts = Object.fromEntries(TEXTS.map(([key]) => [key, toAscii(fields[key])]));
    const numbers = Object.fromEntries(NUMBERS.map((key) => [key, (0,ustar_block/* fitsInField */.Sp)(key, fields[key]) ? fields[key] : 0]));
    const header = (0,ustar_block/* renderBlock */.g8)({ ...fields, ...texts, ...numbers });
    if (records.length === 0)
        return header;
    const padding = Buffer.alloc((0,ustar_block/* padEntry */.S$)(records.length));
    const extension = (0,ustar_block/* renderBlock */.g8)({ ...EXTENSION, sizeBytes: records.length, hasDeviceNumbers });
    return Buffer.concat([extension, records, padding, header]);
}
/** The zeros at the end of a tar with `bytes` before: two blocks, and the padding to a whole record. */
function padTar(bytes) {
    return 2 * ustar_block/* BLOCK_BYTES */.Yo + (0,ustar_block/* padTo */.v0)(RECORD_BYTES, bytes + 2 * ustar_block/* BLOCK_BYTES */.Yo);
}
const TEXTS = [
    ["name", "path"],
    ["linkName", "linkpath"],
    ["uname", "uname"],
    ["gname", "gname"],
];
const NUMBERS = ["uid", "gid", "sizeBytes", "mtime"];
/** The records of what the header itself cannot hold. */
function renderRecords(fields) {
    const texts = TEXTS.map(([key, keyword]) => ({
        keyword,
        value: fields[key],
        limit: ustar_block/* TEXT_BYTES */.GJ[key],
    })).filter(({ value, limit }) => value.length > limit || !(0,ustar_block/* isAscii */.ER)(value));
    const numbers = NUMBERS.filter((key) => !(0,ustar_block/* fitsInField */.Sp)(key, fields[key])).map((key) => ({
        keyword: key === "sizeBytes" ? "size" : key,
        value: String(fields[key]),
    }));
    const records = [...texts, ...numbers].map(({ keyword, value }) => (0,ustar_block/* renderPaxRecord */.PK)(keyword, value));
    const isBinary = texts.some(({ value }) => decodeName(value).some((point) => point >= ESCAPE && point <= LAST_ESCAPE));
    return Buffer.from((isBinary ? "21 hdrcharset=BINARY\n" : "") + records.join(""), "latin1");
}
/** Python writes a question mark for every character that is not ASCII. */
function toAscii(latin1) {
    if ((0,ustar_block/* isAscii */.ER)(latin1))
        return latin1;
    return String.fromCharCode(...decodeName(latin1).map((point) => (point < 0x80 ? point : 0x3f)));
}
/** Where Python puts the bytes that are not UTF-8: 0x80 becomes U+DC80. @see PEP 383 */
const ESCAPE = 0xdc80;
const LAST_ESCAPE = 0xdcff;
const STRICT = new TextDecoder("utf8", { fatal: true, ignoreBOM: true });
/** The characters of a file name as Python sees them. */
function decodeName(latin1) {
    const bytes = Buffer.from(latin1, "latin1");
    const points = [];
    for (let at = 0; at < bytes.length;) {
        const lead = bytes[at] ?? 0;
        const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        const point = tryDecode(bytes.subarray(at, at + length));
        points.push(point ?? ESCAPE - 0x80 + lead);
        at += point === undefined ? 1 : length;
    }
    return points;
}
/** The only character in these bytes; undefined if they are not one character in UTF-8. */
function tryDecode(bytes) {
    try {
        const text = STRICT.decode(bytes);
        const point = text.codePointAt(0);
        return point !== undefined && text.length === String.fromCodePoint(point).length ? point : undefined;
    }
    catch {
        return undefined;
    }
}
/** Compares file names as Python sorts them: by their characters, not by bytes or UTF-16 units. */
function compareNames(a, b) {
    if ((0,ustar_block/* isAscii */.ER)(a) && (0,ustar_block/* isAscii */.ER)(b))
        return a < b ? -1 : Number(a > b);
    const [left, right] = [decodeName(a), decodeName(b)];
    for (let i = 0; i < left.length && i < right.length; i++) {
        const difference = (left[i] ?? 0) - (right[i] ?? 0);
        if (difference !== 0)
            return difference;
    }
    return left.length - right.length;
}

;// CONCATENATED MODULE: ./src/image/store-layer.ts



/** The size of the chunks. Larger ones take up more memory, and are not faster. */
const CHUNK_BYTES = 256 << 10;
/**
 * Writes the tar of a layer, in chunks of 256 KiB: the folders /nix and /nix/store, and the store paths with
 * all files in them. Hard links become files. Synchronous, since it runs in a thread of its own. Throws a
 * plain Error for a file that changes while it is read, or that is neither a file, a folder nor a symlink.
 * @see nixpkgs, pkgs/build-support/docker/stream_layered_image.py, archive_paths_to
 */
function* writeStoreLayer(paths, options) {
    const chunks = new ChunkWriter();
    const add = (entry) => {
        chunks.add(renderEntryHeader(entry, options.owner, options.hasDeviceNumbers));
    };
    for (const name of ["/nix", "/nix/store"]) {
        add({ name, type: "folder", mode: options.rootMode, sizeBytes: 0, linkName: "" });
    }
    for (const path of paths) {
        for (const entry of listEntries(path)) {
            add(entry);
            if (entry.type === "file") {
                yield* chunks.takeFile(entry);
                chunks.add(Buffer.alloc((0,ustar_block/* padEntry */.S$)(entry.sizeBytes)));
            }
            yield* chunks.take();
        }
    }
    chunks.add(Buffer.alloc(padTar(chunks.sizeBytes)));
    yield* chunks.take();
    yield* chunks.end();
}
/** A store path and everything below it, each folder before what is in it. */
function* listEntries(path) {
    const file = toBytes(path);
    const entry = toEntry(path, (0,external_node_fs_.lstatSync)(file));
    yield entry;
    if (entry.type !== "folder")
        return;
    for (const name of (0,external_node_fs_.readdirSync)(file, "latin1").sort(compareNames))
        yield* listEntries(`${path}/${name}`);
}
function toEntry(name, stats) {
    const mode = stats.mode & 0o7777;
    if (stats.isDirectory())
        return { name, type: "folder", mode, sizeBytes: 0, linkName: "" };
    if (stats.isFile())
        return { name, type: "file", mode, sizeBytes: stats.size, linkName: "" };
    if (!stats.isSymbolicLink())
        throw new Error(`${name} is neither a file nor a folder nor a symlink`);
    return { name, type: "symlink", mode, sizeBytes: 0, linkName: (0,external_node_fs_.readlinkSync)(toBytes(name), "latin1") };
}
function toBytes(latin1) {
    return Buffer.from(latin1, "latin1");
}
/** Cuts what is written into chunks of the same size, without copying a file's content once more. */
class ChunkWriter {
    #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    #filled = 0;
    #full = [];
    #sizeBytes = 0;
    /** All that was written so far. */
    get sizeBytes() {
        return this.#sizeBytes;
    }
    add(bytes) {
        for (let at = 0; at < bytes.length;) {
            const count = bytes.copy(this.#chunk, this.#filled, at);
            at += count;
            this.#advance(count);
        }
    }
    *takeFile({ name, sizeBytes }) {
        const file = (0,external_node_fs_.openSync)(toBytes(name), "r");
        try {
            for (let left = sizeBytes; left > 0;) {
                const wanted = Math.min(left, CHUNK_BYTES - this.#filled);
                const count = (0,external_node_fs_.readSync)(file, this.#chunk, this.#filled, wanted, null);
                if (count === 0)
                    throw new Error(`${name} has become shorter while it was read`);
                left -= count;
                this.#advance(count);
                yield* this.take();
            }
        }
        finally {
            (0,external_node_fs_.closeSync)(file);
        }
    }
    /** The chunks that are full. */
    take() {
        return this.#full.splice(0);
    }
    end() {
        return this.#filled === 0 ? [] : [this.#chunk.subarray(0, this.#filled)];
    }
    #advance(count) {
        this.#filled += count;
        this.#sizeBytes += count;
        if (this.#filled < CHUNK_BYTES)
            return;
        this.#full.push(this.#chunk);
        this.#chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
        this.#filled = 0;
    }
}


/***/ }),

/***/ 5950:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   ER: () => (/* binding */ isAscii),
/* harmony export */   GJ: () => (/* binding */ TEXT_BYTES),
/* harmony export */   PK: () => (/* binding */ renderPaxRecord),
/* harmony export */   RC: () => (/* binding */ TYPE_FLAGS),
/* harmony export */   S$: () => (/* binding */ padEntry),
/* harmony export */   Sp: () => (/* binding */ fitsInField),
/* harmony export */   Yo: () => (/* binding */ BLOCK_BYTES),
/* harmony export */   g8: () => (/* binding */ renderBlock),
/* harmony export */   v0: () => (/* binding */ padTo)
/* harmony export */ });
/** The parts of a tar that all writers have in common. Texts are Latin-1: one character per byte. */
const TYPE_FLAGS = { file: "0", symlink: "2", folder: "5" };
const BLOCK_BYTES = 512;
/** The sizes of the fields for texts, without `prefix`. */
const TEXT_BYTES = { name: 100, linkName: 100, uname: 32, gname: 32 };
/** The numbers of octal digits that fields hold. */
const DIGITS = { mode: 7, uid: 7, gid: 7, sizeBytes: 11, mtime: 11 };
/** Whether a number can be written with the octal digits of its field. */
function fitsInField(field, number) {
    return number >= 0 && number < 8 ** DIGITS[field];
}
/** Renders a header. @see pax(1), "ustar Interchange Format" */
function renderBlock(fields) {
    const block = Buffer.alloc(BLOCK_BYTES);
    const text = (value, offset, length) => {
        block.write(value.slice(0, length), offset, "latin1");
    };
    const number = (value, offset, digits) => {
        block.write(value.toString(8).padStart(digits, "0"), offset, "latin1");
    };
    text(fields.name, 0, TEXT_BYTES.name);
    number(fields.mode, 100, DIGITS.mode);
    number(fields.uid, 108, DIGITS.uid);
    number(fields.gid, 116, DIGITS.gid);
    number(fields.sizeBytes, 124, DIGITS.sizeBytes);
    number(fields.mtime, 136, DIGITS.mtime);
    text(" ".repeat(8), 148, 8);
    text(fields.flag, 156, 1);
    text(fields.linkName, 157, TEXT_BYTES.linkName);
    text("ustar\x0000", 257, 8);
    text(fields.uname, 265, TEXT_BYTES.uname);
    text(fields.gname, 297, TEXT_BYTES.gname);
    if (fields.hasDeviceNumbers)
        for (const offset of [329, 337])
            number(0, offset, 7);
    text(fields.prefix ?? "", 345, 155);
    let sum = 0;
    for (const byte of block)
        sum += byte;
    block.write(`${sum.toString(8).padStart(6, "0")}\0`, 148, "latin1");
    return block;
}
/** A record of an extension header: it begins with its own length, with the digits of that length. */
function renderPaxRecord(keyword, value) {
    const rest = ` ${keyword}=${value}\n`;
    let length = rest.length;
    while (length !== rest.length + String(length).length)
        length = rest.length + String(length).length;
    return `${length}${rest}`;
}
function isAscii(latin1) {
    // eslint-disable-next-line no-control-regex -- control characters are ASCII
    return /^[\x00-\x7f]*$/.test(latin1);
}
/** The zeros between the content of an entry and the next header. */
function padEntry(sizeBytes) {
    return padTo(BLOCK_BYTES, sizeBytes);
}
/** How many bytes are missing to a multiple of `unit`. */
function padTo(unit, bytes) {
    return (unit - (bytes % unit)) % unit;
}


/***/ }),

/***/ 4315:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   G: () => (/* binding */ cacheClientOptions),
/* harmony export */   openCache: () => (/* binding */ openCache)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _binary_cache_binary_cache_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(23326);
/* harmony import */ var _binary_cache_github_restore_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(94694);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(22714);
/* harmony import */ var _model_count_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(47302);





/**
 * Makes the cache readable for Nix; GitHub's cache is downloaded. If it cannot be read, warns, or rejects
 * with `CACHE_FAILED` if the job says `fail`.
 */
async function openCache(job, context) {
    const { cache, isCacheSigned } = job;
    const restored = cache.kind === "github" ? await (0,_binary_cache_github_restore_js__WEBPACK_IMPORTED_MODULE_2__/* .restoreGithubCache */ .sV)(cacheClientOptions(job, context)) : undefined;
    if (restored !== undefined)
        logRestored(job, restored, context);
    const substituter = await (0,_binary_cache_binary_cache_js__WEBPACK_IMPORTED_MODULE_1__/* .findSubstituter */ .od)(cache, isCacheSigned, restored?.folder);
    return {
        substituter,
        restored,
        record: {
            cache,
            substituter,
            isTrustedByLocation: cache.kind !== "http" && !isCacheSigned,
            state: "withheld",
            reason: "the run ended before the cache was filled",
            pathsPushed: 0,
            pathsPresent: 0,
            restored: restored === undefined ? null : summarizeRestored(restored),
            saved: null,
        },
    };
}
/** How this run reads and writes GitHub's cache. */
function cacheClientOptions(job, context) {
    const { runnerCache, system, runFolder, nonce, environment } = context;
    return {
        runnerCache,
        folder: (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(runFolder, "github-cache"),
        nonce,
        project: {
            system,
            target: job.targets.join(","),
            installables: job.installables.map(({ flake, name }) => `${flake}#${name}`),
            folder: (0,node_path__WEBPACK_IMPORTED_MODULE_0__.relative)(environment["GITHUB_WORKSPACE"] ?? job.workingDirectory, job.workingDirectory),
        },
    };
}
function logRestored(job, { problem, reason, state, infos, entries }, { log }) {
    if (problem !== undefined && job.onCacheFailure === "fail") {
        throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_3__/* .ActionError */ .lZ("CACHE_FAILED", `the binary cache github could not be read: ${problem}`, {
            hint: "Remove `on-cache-failure: fail` to build without the cache.",
        });
    }
    if (problem !== undefined)
        log.warning(`the binary cache github could not be read completely: ${problem}`);
    if (state === "restored") {
        const paths = (0,_model_count_js__WEBPACK_IMPORTED_MODULE_4__/* .countOf */ .pq)(infos.size, "path");
        log.info(`binary cache github: ${paths} restored from ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_4__/* .countOf */ .pq)(entries, "entry", "entries")}`);
    }
    else
        log.info(`binary cache github: nothing restored: ${reason}`);
}
function summarizeRestored({ state, reason, infos, entries, bytes }) {
    return { state, reason, entries, paths: infos.size, bytes };
}


/***/ }),

/***/ 30018:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  runBuild: () => (/* binding */ runBuild)
});

// EXTERNAL MODULE: ./src/builders/pool.ts + 1 modules
var builders_pool = __webpack_require__(3005);
// EXTERNAL MODULE: ./src/plan/push-policy.ts
var push_policy = __webpack_require__(29822);
// EXTERNAL MODULE: ./src/plan/strategy.ts
var strategy = __webpack_require__(78514);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(57075);
// EXTERNAL MODULE: external "node:stream/promises"
var external_node_stream_promises_ = __webpack_require__(46466);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/model/image.ts
var model_image = __webpack_require__(71444);
// EXTERNAL MODULE: ./src/model/media-type.ts
var media_type = __webpack_require__(22570);
// EXTERNAL MODULE: ./src/image/blob.ts
var blob = __webpack_require__(82338);
// EXTERNAL MODULE: ./src/image/json.ts
var json = __webpack_require__(70739);
// EXTERNAL MODULE: ./src/image/layer.ts + 5 modules
var image_layer = __webpack_require__(18018);
// EXTERNAL MODULE: ./src/image/tar-header.ts
var tar_header = __webpack_require__(20262);
// EXTERNAL MODULE: ./src/image/tar-reader.ts
var tar_reader = __webpack_require__(82008);
;// CONCATENATED MODULE: ./src/image/visible-paths.ts


/** The layers of an image cannot be merged, since engines might show something else. */
class UnmergeableError extends Error {
}
const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";
/**
 * Decides which entries of an image's layers a container shows. It reads the entries of the uppermost layer
 * first, then those of the layer below it, and so on. The audit (see `FileTree`) must have passed the image:
 * then engines show the same files. `shows` throws `UnmergeableError` where they may differ in something
 * else, such as the mode of a folder. Paths are Latin-1.
 * @see https://github.com/opencontainers/image-spec/blob/main/layer.md
 */
class VisiblePaths {
    /** Paths for which an upper layer has an entry, or which it removes. */
    #decided = new Set();
    /** Paths below which nothing of a lower layer is visible. */
    #closed = new Set();
    /** Folders that an upper layer has files in, but no entry for. */
    #implied = new Set();
    #layer = startLayer();
    /** Whether an entry of this layer is in the container. A whiteout never is. */
    shows({ name, type, linkName }) {
        const path = external_node_path_.posix.resolve("/", name);
        const own = this.#layer;
        const [folder, base] = [external_node_path_.posix.dirname(path), external_node_path_.posix.basename(path)];
        // Some engines remove what they have unpacked in such a folder, and others keep it.
        if (base === OPAQUE && own.folders.has(folder))
            throw new UnmergeableError(`a layer hides ${(0,tar_header/* showPath */.P8)(folder)} after it has put files there`);
        for (const above of listFolders(path))
            own.folders.add(above);
        const isHidden = this.#isHidden(path);
        if (base.startsWith(WHITEOUT)) {
            if (base === OPAQUE)
                own.closed.add(folder);
            else
                own.replaced.add(external_node_path_.posix.join(folder, base.slice(WHITEOUT.length)));
            return false;
        }
        if (type === "folder")
            own.listed.add(path);
        else
            own.replaced.add(path);
        // A link's header also sets the mode and the owner of its file.
        if (type === "hard-link" && own.shown.has(external_node_path_.posix.resolve("/", linkName)) === isHidden)
            throw new UnmergeableError(`an upper layer replaces one of ${(0,tar_header/* showPath */.P8)(path)} and what it is linked to`);
        if (isHidden)
            return false;
        // Some engines give the folder the mode of the lower layer's entry, and others a default.
        if (this.#implied.has(path))
            throw new UnmergeableError(`an upper layer has files in ${(0,tar_header/* showPath */.P8)(path)}, but no entry for it`);
        // Engines refuse a tar that has a path twice.
        if (own.shown.has(path))
            throw new UnmergeableError(`a layer has ${(0,tar_header/* showPath */.P8)(path)} twice`);
        own.shown.add(path);
        return true;
    }
    /** Continues with the layer below. */
    descend() {
        const { listed, replaced, closed, folders } = this.#layer;
        for (const path of folders)
            if (path !== "/" && !listed.has(path))
                this.#implied.add(path);
        for (const path of [...listed, ...replaced])
            this.#decided.add(path);
        for (const path of [...closed, ...replaced])
            this.#closed.add(path);
        this.#layer = startLayer();
    }
    #isHidden(path) {
        return this.#decided.has(path) || listFolders(path).some((folder) => this.#closed.has(folder));
    }
}
/** What one layer has. */
function startLayer() {
    const paths = () => new Set();
    return {
        /** Folders with an entry. */
        listed: paths(),
        /** Paths that have something else than a folder, or are removed. */
        replaced: paths(),
        /** Folders whose lower content is hidden. */
        closed: paths(),
        /** Folders that contain an entry. */
        folders: paths(),
        /** Entries that are in the container. */
        shown: paths(),
    };
}
/** The folders that contain a path, from the root down. */
function listFolders(path) {
    const folders = path === "/" ? [] : ["/"];
    for (let end = path.indexOf("/", 1); end !== -1; end = path.indexOf("/", end + 1))
        folders.push(path.slice(0, end));
    return folders;
}

;// CONCATENATED MODULE: ./src/image/merge-layers.ts












const MERGED_TYPE = "application/vnd.oci.image.layer.v1.tar";
const END = Buffer.alloc(2 * tar_header/* BLOCK_BYTES */.Yo);
/**
 * The same image with one layer, which has what a container shows of all its layers: an engine needs far less
 * time to load it. Headers and content of the files are those of the layers' tars, byte for byte, and the
 * config is the same but for its list of layers. `file` holds the new layer, uncompressed.
 * The audit must have passed the image. Rejects with `UnmergeableError` if engines might show another
 * container than for the image itself, and with `GATE_MISMATCH` if a layer's bytes do not have its digest.
 */
async function mergeLayers(image, file, signal) {
    const tar = (0,image_layer/* createHashing */.tR)();
    // Start to fetch all that is not here; whatever fails, fails again below.
    for (const layer of image.layers)
        (0,model_image/* readySource */.p)(layer).catch(() => undefined);
    const merged = external_node_stream_.Readable.from(tar.pass(mergeTars(image.layers)));
    await (0,external_node_stream_promises_.pipeline)(merged, (0,external_node_fs_.createWriteStream)(file, { mode: 0o600 }), { signal });
    const layer = { mediaType: MERGED_TYPE, ...tar.result(), source: { file } };
    const config = (0,blob/* blobOf */.D)(media_type/* OCI_CONFIG */.TF, encode(replaceLayers(image.config, layer)));
    const document = {
        schemaVersion: 2,
        mediaType: media_type/* OCI_MANIFEST */.EG,
        config: (0,blob/* describeBlob */.f)(config),
        layers: [(0,blob/* describeBlob */.f)(layer)],
    };
    return { manifest: (0,blob/* blobOf */.D)(media_type/* OCI_MANIFEST */.EG, encode(document)), config, layers: [layer] };
}
/** The config with one layer. The history describes the layers that it replaces. */
function replaceLayers({ source }, { digest }) {
    if (!("bytes" in source))
        throw new UnmergeableError("its config is not in memory");
    const config = (0,json/* parseJson */.qF)(source.bytes);
    return { ...config, rootfs: { type: "layers", diff_ids: [digest] }, history: undefined };
}
function encode(document) {
    return Buffer.from(JSON.stringify(document));
}
async function* mergeTars(layers) {
    const visible = new VisiblePaths();
    for (const layer of layers.toReversed()) {
        yield* filterTar(readLayer(layer), visible);
        visible.descend();
    }
    yield END;
}
/** The entries of a layer's tar that are visible, without the end of the tar. */
async function* filterTar(tar, visible) {
    let kept = [];
    const reader = new tar_reader/* TarReader */.R((header, raw) => {
        if (!visible.shows(header))
            return { write: () => undefined, end: () => undefined };
        kept.push(Buffer.from(raw));
        return {
            write: (chunk) => {
                kept.push(chunk);
            },
            end: () => {
                kept.push((0,tar_reader/* paddingAfter */.O)(header.sizeBytes));
                return undefined;
            },
        };
    });
    for await (const chunk of tar) {
        await reader.write(chunk);
        // A chunk of a big file is a single piece, which need not be copied.
        const [first, ...others] = kept;
        if (first !== undefined)
            yield others.length === 0 ? first : Buffer.concat(kept);
        kept = [];
    }
    reader.end();
}
/** The tar of a layer. Rejects with `GATE_MISMATCH` at its end if the bytes do not have its digest. */
async function* readLayer({ mediaType, digest, ...blob }) {
    const source = await (0,model_image/* readySource */.p)(blob);
    const compressed = (0,image_layer/* createHashing */.tR)();
    const compression = media_type/* LAYER_TYPES */.m2[mediaType];
    const bytes = "file" in source ? (0,external_node_fs_.createReadStream)(source.file) : external_node_stream_.Readable.from([source.bytes]);
    const tar = new external_node_stream_.PassThrough();
    const read = (0,external_node_stream_promises_.pipeline)(external_node_stream_.Readable.from(compressed.pass(bytes)), (0,image_layer/* createDecompress */.A2)(compression === "none" ? undefined : compression), tar);
    // Avoid an unhandled rejection: reading `tar` fails with the same error.
    read.catch(() => undefined);
    yield* tar;
    await read;
    const { digest: found } = compressed.result();
    if (found === digest)
        return;
    throw new action_error/* ActionError */.lZ("GATE_MISMATCH", `the layer ${digest} now has bytes with the digest ${found}`, {
        hint: "Something has changed the files of this run. Make sure that nothing else writes there, and retry.",
    });
}

// EXTERNAL MODULE: ./src/smoke/container-engine.ts + 4 modules
var container_engine = __webpack_require__(22122);
// EXTERNAL MODULE: ./src/smoke/smoke-test.ts
var smoke_test = __webpack_require__(83357);
;// CONCATENATED MODULE: ./src/pipeline/candidate-load.ts







/**
 * Loads images into the container engine while they are pushed, from the layers that this run has audited. An
 * image alone is not tested: the gate does that when the candidate is pushed.
 */
class CandidateLoad {
    #isEmulatedGateAllowed;
    #context;
    #runtime;
    #loads = new Map();
    constructor({ isEmulatedGateAllowed }, context) {
        this.#isEmulatedGateAllowed = isEmulatedGateAllowed;
        this.#context = context;
    }
    /** The container engine. Rejects with the codes of `openContainerEngine`. */
    openEngine() {
        return (this.#runtime ??= (0,container_engine/* openContainerEngine */.Q)({
            ...this.#context,
            isForkCode: (0,push_policy/* mayBeForkCode */.OR)(this.#context.event),
        }));
    }
    /** Starts to load the images that the engine can test, one by one. `take` reports a failure. */
    start(images) {
        let previous = Promise.resolve();
        for (const image of images) {
            const load = this.#loadAfter(previous, image);
            previous = load.catch(() => undefined);
            this.#loads.set(image, load);
        }
    }
    /** The loaded image, which the caller removes. Rejects with the codes of `ContainerRuntime.load`. */
    take(image) {
        const load = this.#loads.get(image);
        if (load === undefined)
            throw new Error(`the image for ${image.target} is not being loaded`);
        this.#loads.delete(image);
        return load;
    }
    /** Removes the images that were not taken. Resolves when nothing is loaded any more. */
    async close() {
        for (const result of await Promise.allSettled(this.#loads.values())) {
            // After a cancellation, the post step removes what is in the engine.
            if (result.status === "fulfilled" && !this.#context.signal.aborted)
                await result.value.remove();
        }
    }
    async #loadAfter(previous, { target, read }) {
        const runtime = await this.openEngine();
        await previous;
        (0,smoke_test/* requireNativeEngine */.B)(runtime, target, this.#isEmulatedGateAllowed);
        this.#context.signal.throwIfAborted();
        const file = (0,external_node_path_.join)(this.#context.runFolder, `merged-${target}.tar`);
        try {
            return await runtime.load(read.image, this.#createMerge(target, file));
        }
        finally {
            await (0,promises_.rm)(file, { force: true });
        }
    }
    #createMerge(target, file) {
        const { signal, log } = this.#context;
        return async (image) => {
            try {
                return { image: await mergeLayers(image, file, signal) };
            }
            catch (error) {
                if (!(error instanceof UnmergeableError))
                    throw error;
                log.debug(`the layers of the image for ${target} cannot be merged: ${error.message}`);
                return { obstacle: error.message };
            }
        };
    }
}

;// CONCATENATED MODULE: ./node_modules/yocto-queue/index.js
/*
How it works:
`this.#head` is an instance of `Node` which keeps track of its current value and nests another instance of `Node` that keeps the value that comes after it. When a value is provided to `.enqueue()`, the code needs to iterate through `this.#head`, going deeper and deeper to find the last value. However, iterating through every single item is slow. This problem is solved by saving a reference to the last value as `this.#tail` so that it can reference it to add a new value.
*/

class Node {
	value;
	next;

	constructor(value) {
		this.value = value;
	}
}

class Queue {
	#head;
	#tail;
	#size;

	constructor() {
		this.clear();
	}

	enqueue(value) {
		const node = new Node(value);

		if (this.#head) {
			this.#tail.next = node;
			this.#tail = node;
		} else {
			this.#head = node;
			this.#tail = node;
		}

		this.#size++;
	}

	dequeue() {
		const current = this.#head;
		if (!current) {
			return;
		}

		this.#head = this.#head.next;
		this.#size--;

		// Clean up tail reference when queue becomes empty
		if (!this.#head) {
			this.#tail = undefined;
		}

		return current.value;
	}

	peek() {
		if (!this.#head) {
			return;
		}

		return this.#head.value;

		// TODO: Node.js 18.
		// return this.#head?.value;
	}

	clear() {
		this.#head = undefined;
		this.#tail = undefined;
		this.#size = 0;
	}

	get size() {
		return this.#size;
	}

	* [Symbol.iterator]() {
		let current = this.#head;

		while (current) {
			yield current.value;
			current = current.next;
		}
	}

	* drain() {
		while (this.#head) {
			yield this.dequeue();
		}
	}
}

;// CONCATENATED MODULE: ./node_modules/p-limit/index.js


function pLimit(concurrency) {
	let rejectOnClear = false;

	if (typeof concurrency === 'object') {
		({concurrency, rejectOnClear = false} = concurrency);
	}

	validateConcurrency(concurrency);

	if (typeof rejectOnClear !== 'boolean') {
		throw new TypeError('Expected `rejectOnClear` to be a boolean');
	}

	const queue = new Queue();
	let activeCount = 0;

	const resumeNext = () => {
		// Process the next queued function if we're under the concurrency limit
		if (activeCount < concurrency && queue.size > 0) {
			activeCount++;
			queue.dequeue().run();
		}
	};

	const next = () => {
		activeCount--;
		resumeNext();
	};

	const run = async (function_, resolve, arguments_) => {
		// Execute the function and capture the result promise
		const result = (async () => function_(...arguments_))();

		// Resolve immediately with the promise (don't wait for completion)
		resolve(result);

		// Wait for the function to complete (success or failure)
		// We catch errors here to prevent unhandled rejections,
		// but the original promise rejection is preserved for the caller
		try {
			await result;
		} catch {}

		// Decrement active count and process next queued function
		next();
	};

	const enqueue = (function_, resolve, reject, arguments_) => {
		const queueItem = {reject};

		// Queue the internal resolve function instead of the run function
		// to preserve the asynchronous execution context.
		new Promise(internalResolve => { // eslint-disable-line promise/param-names
			queueItem.run = internalResolve;
			queue.enqueue(queueItem);
		}).then(run.bind(undefined, function_, resolve, arguments_)); // eslint-disable-line promise/prefer-await-to-then

		// Start processing immediately if we haven't reached the concurrency limit
		if (activeCount < concurrency) {
			resumeNext();
		}
	};

	const generator = (function_, ...arguments_) => new Promise((resolve, reject) => {
		enqueue(function_, resolve, reject, arguments_);
	});

	Object.defineProperties(generator, {
		activeCount: {
			get: () => activeCount,
		},
		pendingCount: {
			get: () => queue.size,
		},
		clearQueue: {
			value() {
				if (!rejectOnClear) {
					queue.clear();
					return;
				}

				const abortError = AbortSignal.abort().reason;

				while (queue.size > 0) {
					queue.dequeue().reject(abortError);
				}
			},
		},
		concurrency: {
			get: () => concurrency,

			set(newConcurrency) {
				validateConcurrency(newConcurrency);
				concurrency = newConcurrency;

				queueMicrotask(() => {
					// eslint-disable-next-line no-unmodified-loop-condition
					while (activeCount < concurrency && queue.size > 0) {
						resumeNext();
					}
				});
			},
		},
		map: {
			async value(iterable, function_) {
				const promises = [];

				try {
					Array.from(iterable, (value, index) => {
						const promise = generator(function_, value, index);
						promises.push(promise);
						return promise;
					});
				} catch (error) {
					// The iterable threw, so `Promise.all` never observes the already scheduled promises. Observe them here to avoid unhandled rejections.
					for (const promise of promises) {
						promise.catch(() => {}); // eslint-disable-line promise/prefer-await-to-then
					}

					throw error;
				}

				return Promise.all(promises);
			},
		},
	});

	return generator;
}

function limitFunction(function_, options) {
	const limit = pLimit(options);

	const limitedFunction = (...arguments_) => limit(() => function_(...arguments_));
	Object.defineProperty(limitedFunction, 'clearQueue', {
		value: limit.clearQueue,
	});

	return limitedFunction;
}

function validateConcurrency(concurrency) {
	if (!((Number.isInteger(concurrency) || concurrency === Number.POSITIVE_INFINITY) && concurrency > 0)) {
		throw new TypeError('Expected `concurrency` to be a number from 1 and up');
	}
}

;// CONCATENATED MODULE: ./src/pipeline/candidate-upload.ts

const PARALLEL_UPLOADS = 4;
/** Answers are short, so it is the way to the registry that takes time. */
const PARALLEL_QUESTIONS = 8;
/**
 * Sends layers to the repository while others are still being made, and asks for those that need not be made.
 * A layer alone is nothing that could be pulled: the manifest follows when the image has passed its audit.
 */
class CandidateUpload {
    #open;
    #repository;
    #queue = [];
    #offered = new Set();
    #states = new Map();
    #senders = new Set();
    #stop = new AbortController();
    #limit = pLimit(PARALLEL_QUESTIONS);
    constructor(open) {
        this.#open = open;
    }
    /** The repository. `baseName` is the base image, from whose repository layers are mounted. */
    openRepository(baseName) {
        return (this.#repository ??= this.#open(baseName));
    }
    /** Starts to send a layer whose file is complete. A failure is reported by `finish`. */
    offer(layer, baseName) {
        if (this.#offered.has(layer.digest))
            return;
        this.#offered.add(layer.digest);
        this.#queue.push(layer);
        if (this.#senders.size === PARALLEL_UPLOADS)
            return;
        const sender = this.#send(baseName).finally(() => this.#senders.delete(sender));
        this.#senders.add(sender);
    }
    /**
     * Whether the repository has a layer, which then is not sent. False after a failure, which is reported by
     * `finish`.
     */
    find(layer, baseName) {
        return this.#limit(() => this.#find(layer, baseName));
    }
    /** Resolves to the states of all layers that were offered. Rejects with the codes of the registry. */
    async finish() {
        await Promise.all(this.#senders);
        if (this.#stop.signal.aborted)
            throw this.#stop.signal.reason;
        return this.#states;
    }
    /** Stops sending. Resolves when nothing is sent any more. */
    async abort() {
        this.#stop.abort();
        await Promise.all(this.#senders);
    }
    async #find(layer, baseName) {
        const { signal } = this.#stop;
        try {
            if (signal.aborted)
                return false;
            const repository = await this.openRepository(baseName);
            if (!(await repository.hasBlob(layer, signal)))
                return false;
            this.#offered.add(layer.digest);
            this.#states.set(layer.digest, "reused");
            return true;
        }
        catch (error) {
            this.#stop.abort(error);
            return false;
        }
    }
    async #send(baseName) {
        const { signal } = this.#stop;
        try {
            const repository = await this.openRepository(baseName);
            for (let layer = this.#queue.shift(); layer !== undefined; layer = this.#queue.shift()) {
                if (signal.aborted)
                    return;
                this.#states.set(layer.digest, await repository.pushBlob(layer, signal));
            }
        }
        catch (error) {
            // The first failure counts; the others follow from it.
            this.#stop.abort(error);
        }
    }
}

// EXTERNAL MODULE: ./src/pipeline/fold-stages.ts + 3 modules
var fold_stages = __webpack_require__(48533);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: ./src/binary-cache/github/client-protocol.ts
var client_protocol = __webpack_require__(24085);
// EXTERNAL MODULE: ./src/platform/files.ts
var files = __webpack_require__(94924);
;// CONCATENATED MODULE: ./src/pipeline/keep-history.ts







/** GitHub's cache may not delay a run for longer. */
const CACHE_LIMIT_MS = 20_000;
const FILE = "history.json";
/**
 * Compares a run with the earlier ones of its history, warns about derivations that became slower, and adds
 * the run to the history if the event may push. Never rejects: a history that cannot be used is a warning,
 * and a history that cannot be read is started anew.
 */
async function keepHistory(job, result, context) {
    const { log, signal, event } = context;
    if (job.history === undefined || result.report.attempts.length === 0 || signal.aborted)
        return result;
    const { addToHistory, compareWithHistory, listRegressions, parseHistory, renderHistory } = await __webpack_require__.e(/* import() */ 518).then(__webpack_require__.bind(__webpack_require__, 34518));
    const store = job.history.kind === "file" ? openFile(job.history.file) : openCache(job, context);
    const earlier = await store
        .read()
        .then((text) => (text === undefined ? [] : parseHistory(text)))
        .catch((error) => {
        log.warning(`the history ${store.name} is not used: ${(0,action_error/* renderError */.vr)(error)}`);
        return [];
    });
    const report = { ...result.report, history: compareWithHistory(result.report, earlier) };
    for (const regression of listRegressions(report))
        log.warning(regression);
    const push = (0,push_policy/* decidePush */.vn)("cache", "auto", event);
    if (push.isAllowed) {
        await store.write(renderHistory(addToHistory(earlier, report))).catch((error) => {
            log.warning(`the run could not be added to the history ${store.name}: ${(0,action_error/* renderError */.vr)(error)}`);
        });
    }
    else
        log.info(`the run is not added to the history ${store.name}: ${push.reason}`);
    return { ...result, report };
}
function openFile(file) {
    return {
        name: file,
        read: () => readBounded(file),
        write: (text) => (0,files/* writeFileAtomically */.lo)(file, text),
    };
}
async function readBounded(file) {
    const { MAX_HISTORY_BYTES } = await __webpack_require__.e(/* import() */ 518).then(__webpack_require__.bind(__webpack_require__, 34518));
    const { size } = await (0,promises_.stat)(file).catch(() => ({ size: 0 }));
    if (size > MAX_HISTORY_BYTES)
        throw new Error("it is too large");
    return (0,files/* readRegularFileIfPresent */.dM)(file);
}
/** The newest entry of GitHub's cache has the whole history: entries never change. */
function openCache({ installables, targets }, { runnerCache, runFolder, nonce }) {
    const hash = (0,external_node_crypto_.createHash)("sha256")
        .update(JSON.stringify([installables, targets]))
        .digest("hex");
    const prefix = `cross-build-history-1-${hash.slice(0, 16)}-`;
    const use = () => {
        if (runnerCache !== undefined)
            return runnerCache;
        throw new Error("GitHub's cache is only available inside an action, and the runner offers none here");
    };
    const folder = (0,external_node_path_.join)(runFolder, "history");
    return {
        name: "github",
        read: async () => {
            const cache = use();
            if (!cache.isReadable)
                return undefined;
            const key = await cache.find([prefix], CACHE_LIMIT_MS);
            if (key === undefined)
                return undefined;
            const workspace = (0,external_node_path_.join)(folder, "restored");
            const { problem } = await cache.restore(workspace, [key], CACHE_LIMIT_MS);
            if (problem !== undefined)
                throw new Error(problem);
            return readBounded((0,external_node_path_.join)(workspace, client_protocol/* ENTRY_FOLDER */.w$, FILE));
        },
        write: async (text) => {
            const cache = use();
            if (!cache.isWritable)
                return;
            const workspace = (0,external_node_path_.join)(folder, "saved");
            await (0,files/* writeFileAtomically */.lo)((0,external_node_path_.join)(workspace, client_protocol/* ENTRY_FOLDER */.w$, FILE), text);
            await cache.save(workspace, `${prefix}${nonce}`, CACHE_LIMIT_MS);
        },
    };
}

// EXTERNAL MODULE: ./src/pipeline/open-repository.ts + 11 modules
var open_repository = __webpack_require__(37248);
// EXTERNAL MODULE: ./src/pipeline/run-step.ts + 1 modules
var run_step = __webpack_require__(79263);
// EXTERNAL MODULE: ./src/image/audit.ts + 2 modules
var audit = __webpack_require__(6737);
// EXTERNAL MODULE: ./src/image/image.ts + 2 modules
var image_image = __webpack_require__(39612);
// EXTERNAL MODULE: ./src/image/layer-threads.ts + 1 modules
var layer_threads = __webpack_require__(27496);
// EXTERNAL MODULE: ./src/image/make-layer.ts
var make_layer = __webpack_require__(68231);
// EXTERNAL MODULE: ./src/image/image-form.ts
var image_form = __webpack_require__(66919);
;// CONCATENATED MODULE: ./src/image/nix2container-config.ts
/**
 * The config of an image as Go writes it: empty values are left out, keys of maps are sorted, and the
 * characters that HTML knows are escaped.
 * @see https://github.com/nlewo/nix2container, nix/image.go, GetConfigBlob
 * @see https://pkg.go.dev/encoding/json#Marshal
 */
function renderGoConfig({ architecture, created, config, layers }) {
    const json = renderObject([
        ["created", renderText(created)],
        ["architecture", JSON.stringify(architecture)],
        ["os", JSON.stringify("linux")],
        [
            "config",
            renderObject([
                ["User", renderText(config.User)],
                ["ExposedPorts", renderMap(config.ExposedPorts)],
                ["Env", renderList(config.Env)],
                ["Entrypoint", renderList(config.Entrypoint)],
                ["Cmd", renderList(config.Cmd)],
                ["Volumes", renderMap(config.Volumes)],
                ["WorkingDir", renderText(config.WorkingDir)],
                ["Labels", renderMap(config.Labels)],
                ["StopSignal", renderText(config.StopSignal)],
                ["ArgsEscaped", renderFlag(config.ArgsEscaped)],
            ]),
        ],
        [
            "rootfs",
            renderObject([
                ["type", JSON.stringify("layers")],
                ["diff_ids", renderList(layers.map(({ diffId }) => diffId))],
            ]),
        ],
        ["history", `[${layers.map(({ history }) => renderHistory(history)).join(",")}]`],
    ]);
    const escaped = json.replace(/[<>&\u2028\u2029]/g, (sign) => {
        return `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
    });
    return Buffer.from(escaped);
}
function renderHistory(history) {
    return renderObject([
        ["created", renderText(history.created)],
        ["created_by", renderText(history.created_by)],
        ["author", renderText(history.author)],
        ["comment", renderText(history.comment)],
        ["empty_layer", renderFlag(history.empty_layer)],
    ]);
}
/** In the given order, without the keys that have no value. JavaScript would sort keys that are numbers. */
function renderObject(entries) {
    const present = entries.filter(([, json]) => json !== undefined);
    return `{${present.map(([key, json]) => `${JSON.stringify(key)}:${json ?? ""}`).join(",")}}`;
}
function renderText(text) {
    return text === undefined || text === "" ? undefined : JSON.stringify(text);
}
function renderFlag(flag) {
    return flag === true ? "true" : undefined;
}
function renderList(list) {
    return list === undefined || list.length === 0 ? undefined : JSON.stringify(list);
}
/** Go sorts by the bytes of the keys. */
function renderMap(map) {
    const entries = Object.entries(map ?? {}).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return entries.length === 0
        ? undefined
        : renderObject(entries.map(([key, value]) => [key, JSON.stringify(value)]));
}

// EXTERNAL MODULE: ./node_modules/zod/v4/classic/schemas.js + 11 modules
var schemas = __webpack_require__(92857);
// EXTERNAL MODULE: ./src/model/compression.ts
var model_compression = __webpack_require__(4243);
// EXTERNAL MODULE: ./src/image/archive-entries.ts + 1 modules
var archive_entries = __webpack_require__(7719);
// EXTERNAL MODULE: ./src/image/budget.ts
var image_budget = __webpack_require__(41520);
// EXTERNAL MODULE: ./src/image/docker-archive.ts
var docker_archive = __webpack_require__(32642);
;// CONCATENATED MODULE: ./src/image/streamed-image.ts










/**
 * Makes and audits the image that a script of dockerTools.streamLayeredImage would write, with the same
 * layers and config, byte for byte. Reads the store paths themselves, so that no archive is written.
 * `path` is the script, for messages. Writes the compressed layers into `workFolder`. Rejects with
 * `IMAGE_INVALID`.
 */
function packStreamedImage(path, image, target, options) {
    return (0,image_image/* rejectInvalid */.VG)(path, options, async () => {
        const maker = await openMaker(target, options);
        const [base, own] = await whenAllEnd([readBase(image.fromImage, maker), packLayers(image, maker)]);
        const described = [...base.layers, ...own];
        const config = renderConfig(image, base.env, described);
        const layers = described.map(({ layer }) => layer);
        const parts = { config, layers, manifest: (0,image_image/* renderManifest */.sB)(config, layers) };
        return (0,image_image/* auditImage */.$$)(parts, { target, allow: options.auditAllow, budget: maker.budget });
    });
}
/** Prepares to make the layers of one image, in a folder of its own. */
async function openMaker(target, options) {
    const workFolder = await (0,promises_.mkdtemp)((0,external_node_path_.join)(options.workFolder, "layers-"));
    const limits = options.limits ?? image_budget/* DEFAULT_LIMITS */.d;
    const budget = (0,image_budget/* createBudget */.y)(limits, options.signal);
    const compression = options.compression ?? model_compression/* DEFAULT_COMPRESSION */.o;
    return { ...options, target, workFolder, budget, compression, limits };
}
/** Like `Promise.all`, but also waits for the others after a failure: they write into the same folder. */
async function whenAllEnd(work) {
    await Promise.allSettled(work);
    return Promise.all(work);
}
const BASE_CONFIG = schemas/* looseObject */._H3({
    config: schemas/* looseObject */._H3({ Env: schemas/* array */.YOg(schemas/* string */.YjP()).default([]) }),
    rootfs: schemas/* looseObject */._H3({ diff_ids: schemas/* array */.YOg(schemas/* string */.YjP()) }),
});
/** Names that Python prints as they are. */
const PLAIN_NAME = /^[0-9A-Za-z._:@+/-]+$/;
async function readBase(archive, maker) {
    if (archive === undefined)
        return { layers: [], env: [] };
    const { target, workFolder, budget, compression, onLayer } = maker;
    const reader = (0,archive_entries/* createEntryReader */.Y)({ target, workFolder, budget, uncompressed: compression });
    await (0,docker_archive/* readArchive */.b)(archive, reader, budget);
    const { config, layers, layerNames } = (0,image_image/* readDockerImage */.u7)(reader.members);
    const { config: settings, rootfs } = (0,image_image/* parseDocument */.Tp)(config, "base image's config", BASE_CONFIG);
    const odd = layerNames.find((name) => !PLAIN_NAME.test(name));
    if (odd !== undefined)
        throw new Error(`the base image ${archive} has a layer with the name ${JSON.stringify(odd)}`);
    for (const layer of layers)
        onLayer?.((0,image_image/* toBlob */.ZR)(layer));
    return {
        env: settings.Env,
        layers: layers.map((layer, i) => ({
            layer,
            diffId: rootfs.diff_ids[i] ?? "missing",
            origins: [layerNames[i] ?? ""],
        })),
    };
}
/** Where the layers come from that are not the base image's, lowest first. */
function listSources({ storeLayers, customisationLayer, layerOptions, }) {
    return [
        ...storeLayers.map((paths) => ({ kind: "store", paths, options: layerOptions })),
        { kind: "tar", folder: customisationLayer },
    ];
}
async function packLayers(image, maker) {
    const { storeLayers, customisationLayer } = image;
    const layers = await packAll(listSources(image), maker);
    const checksum = (await (0,files/* readWholeRegularFile */.GF)((0,external_node_path_.join)(customisationLayer, "checksum"))).toString().trim();
    return layers.map((layer, i) => {
        const paths = storeLayers[i];
        return paths === undefined
            ? { layer, diffId: `sha256:${checksum}`, origins: [customisationLayer] }
            : { layer, diffId: layer.diffId, origins: paths };
    });
}
/** Makes all layers at once. Their order is that of the sources. */
async function packAll(sources, { makeLayer, sizes, onLayer, workFolder, target, compression, limits, budget }) {
    const layers = [];
    const work = orderBySize(sources, sizes).map(async (index) => {
        const source = sources[index];
        if (source === undefined)
            return;
        const file = (0,external_node_path_.join)(workFolder, `made-${index}`);
        const { layer, spent } = await makeLayer({ source, file, target, compression, limits });
        budget.add(spent);
        layers[index] = layer;
        onLayer?.((0,image_image/* toBlob */.ZR)(layer));
    });
    await whenAllEnd(work);
    return layers;
}
/** How many of the smallest layers are made first, so that there is something to send. */
const SMALL_FIRST = 4;
/** In which order to make the layers: a few small ones, then the largest first, so that all end together. */
function orderBySize(sources, sizes) {
    const bySize = [...sources.entries()]
        .toSorted(([, a], [, b]) => sizeOf(b, sizes) - sizeOf(a, sizes))
        .map(([index]) => index);
    const small = bySize.slice(Math.max(0, bySize.length - SMALL_FIRST)).toReversed();
    return [...small, ...bySize.slice(0, bySize.length - small.length)];
}
/** The size of a layer in bytes: exact, or that of its store paths as far as they are in `sizes`. */
function sizeOf(source, sizes) {
    if ("sizeBytes" in source)
        return source.sizeBytes;
    return (0,make_layer/* listPaths */.P)(source).reduce((sum, path) => sum + (sizes.get(path) ?? 0), 0);
}
/** The name of the base image that the image's labels give. */
function baseNameOf({ config }) {
    return schemas/* looseObject */._H3({ Labels: schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* string */.YjP()) }).safeParse(config).data?.Labels[image_image/* BASE_NAME */.IG];
}
/** The config as Python's `json.dumps(…, indent=4)` writes it. */
function renderConfig({ architecture, created, config }, baseEnv, layers) {
    const document = {
        created,
        architecture,
        os: "linux",
        config: overlayEnv(config, baseEnv),
        rootfs: { diff_ids: layers.map(({ diffId }) => diffId), type: "layers" },
        history: layers.map(({ origins }) => ({
            created,
            comment: `store paths: [${origins.map((origin) => `'${origin}'`).join(", ")}]`,
        })),
    };
    const text = JSON.stringify(document, undefined, 4);
    return Buffer.from(text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`));
}
/** Adds the variables of the base image, which those of the image override. */
function overlayEnv(config, baseEnv) {
    if (baseEnv.length === 0)
        return config;
    const own = schemas/* array */.YOg(schemas/* string */.YjP()).parse(config["Env"] ?? []);
    const variables = new Map([...baseEnv, ...own].map((entry) => [entry.replace(/=.*$/s, ""), entry]));
    return { ...config, Env: [...variables.values()] };
}

;// CONCATENATED MODULE: ./src/image/nix2container-image.ts




/**
 * Makes and audits the image that nix2container describes, with the config and the tars that its own skopeo
 * would send, byte for byte. `path` is the JSON file, for messages. Writes the compressed layers into
 * `workFolder`. Rejects with `IMAGE_INVALID`, also if a layer is not the one that the JSON describes.
 */
function packNix2containerImage(path, image, target, options) {
    return (0,image_image/* rejectInvalid */.VG)(path, options, async () => {
        const maker = await openMaker(target, options);
        const layers = await packAll(image.layers.map(({ source }) => source), maker);
        for (const [index, described] of image.layers.entries())
            requireSame(described, layers[index], index + 1);
        const config = renderGoConfig(image);
        const parts = { config, layers, manifest: (0,image_image/* renderManifest */.sB)(config, layers) };
        return (0,image_image/* auditImage */.$$)(parts, { target, allow: options.auditAllow, budget: maker.budget });
    });
}
const NOT_REPRODUCIBLE = "A store path of this layer is not reproducible, and was built again after nix2container had read it, " +
    "perhaps on another builder. Set reproducible = false in the buildLayer that adds it, so that its tar is " +
    "kept. If nix2container is older than November 2024, update it.";
/** Characters of a list of store paths that a message shows. */
const MAX_SHOWN = 500;
/** Throws a `FormError` if a layer is not the one that the JSON describes. */
function requireSame({ source, digest, diffId }, layer, number) {
    const isKept = source.kind === "file" && source.compression !== undefined;
    const pairs = [
        [layer?.diffId, diffId],
        [isKept ? layer?.digest : layer?.diffId, digest],
    ];
    const [found, wanted] = pairs.find(([one, other]) => one !== other) ?? [];
    if (wanted === undefined)
        return;
    const message = `its layer ${number} is ${found ?? ""} instead of ${wanted}, as its JSON says:`;
    if (source.kind === "file") {
        const hint = `The file has changed. Compare it with its binary cache: nix store verify ${source.file}`;
        throw new image_form/* FormError */.jQ(`${message} ${source.file}`, hint);
    }
    const paths = source.paths.map(({ path }) => path).join(", ");
    throw new image_form/* FormError */.jQ(`${message} ${paths.slice(0, MAX_SHOWN)}`, NOT_REPRODUCIBLE);
}

// EXTERNAL MODULE: ./node_modules/zod/v4/classic/iso.js
var iso = __webpack_require__(64377);
// EXTERNAL MODULE: ./src/model/digest.ts
var digest = __webpack_require__(95305);
// EXTERNAL MODULE: ./src/model/store-path.ts
var store_path = __webpack_require__(75210);
;// CONCATENATED MODULE: ./src/image/nix2container-json.ts










/** More than an image of any size needs. */
const MAX_BYTES = 64 << 20;
/** More than any engine can mount. */
const MAX_LAYERS = 1000;
const MAX_PERMS = 1000;
/** Of a regular expression and its replacement. */
const MAX_TEXT = 4096;
const COPY = "Let nix2container copy the image into an OCI layout, which can be shipped: " +
    "nix run FLAKE#NAME.copyTo -- oci:FOLDER";
/** A text that Go can hold: well-formed, and without NUL, which no path, name or variable has. */
const TEXT = schemas/* string */.YjP().refine((text) => text.isWellFormed() && !text.includes("\0"));
/** As Go writes it. */
const TIME = iso/* datetime */.w$({ offset: true })
    .regex(/:[0-9]{2}(?:\.[0-9]{0,8}[1-9])?(?:Z|[+-](?!00:00).{5})$/);
const DIGEST = schemas/* string */.YjP().refine(digest/* isDigest */.Bc);
/** A user or group name; empty if it stays `root`. */
const NAME = TEXT.max(255).transform((name) => name === "" ? undefined : Buffer.from(name).toString("latin1"));
const ID = schemas/* int */.Whr().min(0).max(0xffff_ffff);
const REGEX = TEXT.max(MAX_TEXT);
const SETS = schemas/* record */.g1P(TEXT, schemas/* strictObject */.rej({}));
/** @see https://github.com/opencontainers/image-spec/blob/v1.1.1/specs-go/v1/config.go */
const IMAGE_CONFIG = schemas/* strictObject */.rej({
    User: TEXT.optional(),
    ExposedPorts: SETS.optional(),
    Env: schemas/* array */.YOg(TEXT).optional(),
    Entrypoint: schemas/* array */.YOg(TEXT).optional(),
    Cmd: schemas/* array */.YOg(TEXT).optional(),
    Volumes: SETS.optional(),
    WorkingDir: TEXT.optional(),
    Labels: schemas/* record */.g1P(TEXT, TEXT).optional(),
    StopSignal: TEXT.optional(),
    ArgsEscaped: schemas/* boolean */.zMY().optional(),
});
const HISTORY = schemas/* strictObject */.rej({
    created: TIME.optional(),
    created_by: TEXT.optional(),
    author: TEXT.optional(),
    comment: TEXT.optional(),
    empty_layer: schemas/* boolean */.zMY().optional(),
});
const PERM = schemas/* strictObject */.rej({
    regex: REGEX,
    mode: schemas/* string */.YjP()
        .regex(/^(?:0*[0-7]{1,7})?$/)
        .transform((mode) => (mode === "" ? undefined : parseInt(mode, 8))),
    uid: ID,
    gid: ID,
    uname: NAME,
    gname: NAME,
});
const REWRITE = schemas/* strictObject */.rej({
    regex: REGEX,
    /** Go would put groups in the place of `$1`. */
    repl: TEXT.max(MAX_TEXT).regex(/^(?:\/[^$/]+)*$/),
});
const PATH = schemas/* strictObject */.rej({
    path: schemas/* string */.YjP().refine(store_path/* isStorePath */.z),
    options: schemas/* strictObject */.rej({ rewrite: REWRITE, perms: schemas/* array */.YOg(PERM).max(MAX_PERMS).optional() }).optional(),
})
    .transform(({ path, options }) => {
    const { regex, repl } = options?.rewrite ?? { regex: "", repl: "" };
    return {
        path,
        rewrite: regex === "" ? undefined : { regex, replacement: Buffer.from(repl).toString("latin1") },
        perms: options?.perms ?? [],
    };
});
/** A store path, or a file below one. */
const LAYER_PATH = schemas/* string */.YjP().refine((file) => {
    const [root = ""] = /^\/nix\/store\/[^/]+/.exec(file) ?? [];
    return (0,store_path/* isStorePath */.z)(root) && external_node_path_.posix.normalize(file) === file && !file.includes("\0");
});
const LAYER_TYPE = schemas/* enum */.k5n(["tar", "tar+gzip", "tar+zstd"].map((suffix) => `application/vnd.oci.image.layer.v1.${suffix}`))
    .transform((type) => {
    const compression = media_type/* LAYER_TYPES */.m2[type];
    return compression === "none" ? undefined : compression;
});
const LAYER = schemas/* strictObject */.rej({
    digest: DIGEST,
    size: schemas/* int */.Whr().min(0),
    diff_ids: DIGEST,
    paths: schemas/* array */.YOg(PATH).min(1).optional(),
    mediatype: LAYER_TYPE,
    "layer-path": LAYER_PATH.optional(),
    History: HISTORY,
});
/** @see https://github.com/nlewo/nix2container, types/types.go */
const IMAGE = schemas/* strictObject */.rej({
    version: schemas/* literal */.euz(1),
    "image-config": IMAGE_CONFIG,
    layers: schemas/* array */.YOg(LAYER).min(1).max(MAX_LAYERS),
    arch: schemas/* string */.YjP(),
    created: TIME.nullish(),
});
/**
 * Reads the JSON file of an image of nix2container; undefined if the file is something else. Rejects with a
 * `FormError` if the image cannot be made from it here.
 */
async function tryReadNix2container(file) {
    if (!(await (0,promises_.stat)(file)).isFile())
        return undefined;
    const { size, head } = await readHead(file);
    if (head.toString("latin1", 0, 1) !== "{")
        return undefined;
    if (size > MAX_BYTES)
        throw new image_form/* FormError */.jQ(`it is JSON of more than ${MAX_BYTES} bytes`, COPY);
    const image = await tryParseNix2container(await (0,files/* readWholeRegularFile */.GF)(file));
    if (image === undefined)
        return undefined;
    const layers = [];
    for (const layer of image.layers) {
        layers.push({ ...layer, source: await findInStore(layer.source, layers.length + 1) });
    }
    return { ...image, layers };
}
/** The same for the content of the file, without looking into the store. */
async function tryParseNix2container(bytes) {
    if (!isImage(bytes))
        return undefined;
    let image;
    try {
        image = IMAGE.parse((0,json/* parseUniqueJson */.$L)(bytes));
    }
    catch (cause) {
        throw new image_form/* FormError */.jQ("it is JSON of nix2container that this action does not know", COPY, { cause });
    }
    const layers = image.layers.map(toLayer);
    // Most runs have no such image.
    const { compileGoRegex } = await Promise.all(/* import() */[__webpack_require__.e(856), __webpack_require__.e(578)]).then(__webpack_require__.bind(__webpack_require__, 6578));
    for (const { source } of layers) {
        for (const path of source.kind === "file" ? [] : source.paths)
            requireRegexes(path, compileGoRegex);
    }
    const { arch: architecture, created, "image-config": config } = image;
    return { architecture, created: created ?? undefined, config, layers };
}
function isImage(bytes) {
    try {
        const document = JSON.parse(Buffer.from(bytes).toString("utf8"));
        return typeof document === "object" && document !== null && "image-config" in document;
    }
    catch {
        return false;
    }
}
function toLayer({ digest, size: sizeBytes, diff_ids: diffId, paths, mediatype, History, ...rest }, index) {
    const described = { digest, diffId, history: History };
    const file = rest["layer-path"];
    // A layer that is not reproducible has both.
    if (file !== undefined)
        return { ...described, source: { kind: "file", file, compression: mediatype, sizeBytes } };
    if (paths === undefined || mediatype !== undefined)
        throw new image_form/* FormError */.jQ(`its layer ${index + 1} has neither store paths for a tar nor a file`, COPY);
    return { ...described, source: { kind: "nix2container", paths, sizeBytes } };
}
/** Throws a `FormError` unless the expressions mean here what they mean in Go. */
function requireRegexes({ path, rewrite, perms }, compile) {
    // Others may match several times, and Go's ReplaceAll would replace each match.
    if (rewrite !== undefined && !/^\^(?![*+?{(])[^|]*$/.test(rewrite.regex))
        throw unknownRegex(rewrite.regex, path);
    for (const regex of [rewrite?.regex ?? "", ...perms.map((perm) => perm.regex)]) {
        try {
            compile(regex);
        }
        catch (cause) {
            throw unknownRegex(regex, path, { cause });
        }
    }
}
function unknownRegex(regex, path, options) {
    return new image_form/* FormError */.jQ(`the regular expression ${JSON.stringify(regex)} for ${path} is not one that this action knows`, COPY, options);
}
/**
 * A layer in this machine's store, with the size of its file: the JSON has none for layers of a base image.
 * Rejects with a `FormError` if it is not there.
 */
async function findInStore(source, layer) {
    const refuse = (file, why) => new image_form/* FormError */.jQ(`${file} of its layer ${layer} ${why}`, COPY);
    const missing = "is not in this machine's store";
    if (source.kind === "nix2container") {
        for (const { path } of source.paths) {
            if ((await (0,promises_.lstat)(path).catch(() => undefined)) === undefined)
                throw refuse(path, missing);
        }
        return source;
    }
    const { file, compression } = source;
    // A symlink may lead out of the store. The store itself may be behind one.
    const real = await (0,promises_.realpath)(file).catch(() => undefined);
    if (real === undefined)
        throw refuse(file, missing);
    if (real !== file.replace("/nix/store", await (0,promises_.realpath)("/nix/store")))
        throw refuse(file, "is a symlink, or below one");
    const { size, head } = await readHead(file);
    const [is, says] = [(0,image_layer/* compressionOf */.MB)(head), compression].map((name) => name ?? "not compressed");
    if (is !== says)
        throw refuse(file, `is ${is}, but its media type says ${says}`);
    return { ...source, sizeBytes: size };
}
/** The size of a file, and its first bytes. */
async function readHead(file) {
    const handle = await (0,files/* openRegularFile */.ZU)(file);
    try {
        const { size } = await handle.stat();
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
        return { size, head: buffer.subarray(0, bytesRead) };
    }
    finally {
        await handle.close();
    }
}

;// CONCATENATED MODULE: ./src/image/stream-conf.ts






/** The script, or what it reads, is not one that this action knows. It has to be run. */
class UnknownStreamError extends Error {
}
/** More than an image with any number of layers needs. */
const stream_conf_MAX_BYTES = 16 << 20;
/**
 * Reads the description of an image. Rejects with an `UnknownStreamError` unless the script is one of
 * nixpkgs, and all that it reads is in this machine's store.
 * @see nixpkgs, pkgs/build-support/docker/stream_layered_image.py
 */
async function readStreamedImage({ script, conf }) {
    const program = parseStreamProgram(await readText(script));
    const image = parseStreamConf(await readText(conf), program);
    const paths = [...image.storeLayers.flat(), image.fromImage ?? [], image.customisationLayer].flat();
    for (const path of paths) {
        const stats = await (0,promises_.lstat)(path).catch(() => undefined);
        if (stats === undefined)
            throw new UnknownStreamError(`${path} is not in this machine's store`);
        if (stats.isSymbolicLink() && program.followsSymlinks)
            throw new UnknownStreamError(`the store path ${path} is a symlink`);
    }
    for (const name of ["layer.tar", "checksum"]) {
        const stats = await (0,promises_.lstat)((0,external_node_path_.join)(image.customisationLayer, name)).catch(() => undefined);
        if (stats?.isFile() !== true)
            throw new UnknownStreamError(`${image.customisationLayer} has no file ${name}`);
    }
    return image;
}
async function readText(path) {
    if ((await (0,promises_.lstat)(path).catch(() => undefined))?.isFile() !== true)
        throw new UnknownStreamError(`${path} is not a file in this machine's store`);
    const bytes = await (0,files/* readWholeRegularFile */.GF)(path);
    if (bytes.length > stream_conf_MAX_BYTES)
        throw new UnknownStreamError(`${path} is larger than ${stream_conf_MAX_BYTES} bytes`);
    return bytes.toString("utf8");
}
/** Reads what the text of the script says. Throws an `UnknownStreamError` for any other script. */
function parseStreamProgram(text) {
    const unknown = (why) => new UnknownStreamError(`the script that streams the image ${why}`);
    // The format of tars, and what Python writes into headers, depend on its version.
    const [, minor] = /^#! ?\/nix\/store\/[0-9a-z]{32}-python3-3\.([0-9]+)[./-]/.exec(text) ?? [];
    if (minor === undefined || Number(minor) < 8)
        throw unknown("is not for Python 3.8 or newer");
    const modes = new Set([...text.matchAll(/\b0o0?([57]55)\b/g)].map(([, mode = ""]) => parseInt(mode, 8)));
    const [rootMode, ...others] = modes;
    if (rootMode === undefined || others.length > 0)
        throw unknown("does not say the mode of /nix/store");
    const formats = [...text.matchAll(/\b(?:GNU|USTAR|PAX|DEFAULT)_FORMAT\b/g)].map(([format]) => format);
    if (formats.some((format) => format !== "PAX_FORMAT"))
        throw unknown("writes another kind of tar");
    const words = ["tarfile", "store_layers", "customisation_layer", "checksum", "REGTYPE"];
    const missing = words.find((word) => !text.includes(word));
    if (missing !== undefined)
        throw unknown(`does not contain ${missing}`);
    return {
        rootMode,
        hasDeviceNumbers: Number(minor) < 9,
        followsSymlinks: !text.includes("is_symlink"),
    };
}
const stream_conf_PATH = schemas/* string */.YjP().refine(store_path/* isStorePath */.z);
const stream_conf_TIME = schemas/* string */.YjP().regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}$/);
const OWNER = schemas/* union */.KCZ([schemas/* int */.Whr().min(0), schemas/* string */.YjP().regex(/^[0-9]{1,10}$/)]).transform(Number);
const stream_conf_NAME = schemas/* string */.YjP().refine((name) => name.isWellFormed() && !name.includes("\0"));
const OLDEST = schemas/* strictObject */.rej({
    architecture: schemas/* string */.YjP(),
    config: schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* unknown */.L5J()),
    os: schemas/* literal */.euz("linux").optional(),
    created: stream_conf_TIME,
    repo_tag: schemas/* string */.YjP(),
    store_layers: schemas/* array */.YOg(schemas/* array */.YOg(stream_conf_PATH)),
    customisation_layer: stream_conf_PATH,
});
const WITH_BASE = OLDEST.extend({ store_dir: schemas/* literal */.euz("/nix/store"), from_image: stream_conf_PATH.nullable() });
const WITH_OWNER = WITH_BASE.extend({ uid: OWNER, gid: OWNER, uname: stream_conf_NAME, gname: stream_conf_NAME });
const WITH_MTIME = WITH_OWNER.extend({ mtime: stream_conf_TIME });
/** The keys in nixpkgs 20.03, 21.05, 23.11 and 24.05. */
const CONF = schemas/* union */.KCZ([WITH_MTIME, WITH_OWNER, WITH_BASE, OLDEST]);
/** Reads the text of `conf.json`. Throws an `UnknownStreamError` if its keys or values are not known. */
function parseStreamConf(text, { rootMode, hasDeviceNumbers }) {
    const conf = parseExactly(text);
    const { created, mtime, uid, gid, uname, gname } = {
        ...{ mtime: conf.created, uid: 0, gid: 0, uname: "root", gname: "root" },
        ...conf,
    };
    return {
        architecture: conf.architecture,
        created,
        config: conf.config,
        fromImage: ("from_image" in conf ? conf.from_image : null) ?? undefined,
        storeLayers: conf.store_layers,
        customisationLayer: conf.customisation_layer,
        layerOptions: {
            owner: { mtime: Date.parse(mtime) / 1000, uid, gid, uname: toLatin1(uname), gname: toLatin1(gname) },
            rootMode,
            hasDeviceNumbers,
        },
    };
}
function toLatin1(text) {
    return Buffer.from(text).toString("latin1");
}
/** Parses the text, if JavaScript would write the same text as Python. */
function parseExactly(text) {
    let conf;
    try {
        conf = CONF.parse((0,json/* parseGoJson */.Si)(Buffer.from(text)));
    }
    catch (cause) {
        throw new UnknownStreamError("what the script reads has unknown keys or values", { cause });
    }
    // Python keeps `1.0` and large numbers as they are.
    const withoutTexts = text.replace(/"(?:[^"\\]|\\.)*"/g, "");
    const isInexact = (number) => !Number.isSafeInteger(Number(number)) || String(Number(number)) !== number;
    if (withoutTexts.match(/[-+.0-9eE]*[0-9][-+.0-9eE]*/g)?.some(isInexact) === true)
        throw new UnknownStreamError("what the script reads has a number that is not a small integer");
    // JavaScript moves them to the front.
    if (hasNumberAsKey(conf.config))
        throw new UnknownStreamError("what the script reads has a number as a key");
    return conf;
}
function hasNumberAsKey(value) {
    if (typeof value !== "object" || value === null)
        return false;
    if (Array.isArray(value))
        return value.some(hasNumberAsKey);
    return Object.entries(value).some(([key, item]) => /^[0-9]+$/.test(key) || hasNumberAsKey(item));
}

// EXTERNAL MODULE: ./src/model/count.ts
var model_count = __webpack_require__(47302);
;// CONCATENATED MODULE: ./src/nix/path-info.ts

const LIMIT_MS = 60_000;
/** Far below the limit for arguments. */
const PATHS_AT_ONCE = 1000;
const INFO = schemas/* looseObject */._H3({ narHash: schemas/* string */.YjP(), narSize: schemas/* number */.aig() });
/** An object since Nix 2.19. Paths that are not in the store are null. */
const INFOS = schemas/* union */.KCZ([
    schemas/* array */.YOg(INFO.extend({ path: schemas/* string */.YjP() })),
    schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* union */.KCZ([INFO, schemas/* null */.chJ()])),
]);
/** Reads what this machine's store knows about these paths. Rejects with the codes of RunCommand. */
async function readPathInfos(runNix, paths, cwd) {
    const infos = new Map();
    const left = [...new Set(paths)];
    while (left.length > 0) {
        const args = ["path-info", "--json", ...left.splice(0, PATHS_AT_ONCE)];
        const output = [];
        await runNix(args, { cwd, timeoutMs: LIMIT_MS, onStdoutBytes: (bytes) => output.push(bytes) });
        for (const [path, info] of parsePathInfos(Buffer.concat(output).toString()))
            infos.set(path, info);
    }
    return infos;
}
/** Reads the JSON of `nix path-info`. Throws for anything else. */
function parsePathInfos(json) {
    const parsed = INFOS.parse(JSON.parse(json));
    const entries = Array.isArray(parsed)
        ? parsed.map((info) => [info.path, info])
        : Object.entries(parsed);
    return new Map(entries.flatMap(([path, info]) => info === null ? [] : [[path, { narHash: info.narHash, narBytes: info.narSize }]]));
}

// EXTERNAL MODULE: ./src/errors/errno.ts
var errno = __webpack_require__(38335);
;// CONCATENATED MODULE: ./src/nix/stream-script.ts





/** True for a script that writes an image to stdout, such as one made by `dockerTools.streamLayeredImage`. */
async function isStreamScript(path) {
    try {
        await (0,promises_.access)(path, external_node_fs_.constants.X_OK);
        if (!(await (0,promises_.stat)(path)).isFile())
            return false;
        const handle = await (0,files/* openRegularFile */.ZU)(path);
        try {
            const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
            return bytesRead === 2 && buffer.toString("latin1") === "#!";
        }
        finally {
            await handle.close();
        }
    }
    catch (error) {
        if ((0,errno/* isErrno */.r)(error, "EACCES"))
            return false;
        throw error;
    }
}
/** `-e`, `exec`, the program, its only argument, and the arguments of the caller. */
const WRAPPER = /^#! ?\S+(?: -e)?\nexec(?: -a "\$0")? "?([^\s"]+)"?\s+(\S+)\s+"\$@"\s*$/;
/**
 * What a script runs, if it is the wrapper of dockerTools.streamLayeredImage: it runs a program named
 * `stream` with the path of a file named `*-conf.json`, and does nothing else. Undefined for other scripts.
 * @see nixpkgs, pkgs/build-support/setup-hooks/make-wrapper.sh
 */
async function readStreamWrapper(path) {
    const text = (await (0,files/* readWholeRegularFile */.GF)(path)).toString("latin1");
    return parseStreamWrapper(text);
}
/** The same for the text of a script. */
function parseStreamWrapper(text) {
    const [, script = "", conf = ""] = WRAPPER.exec(text.replace(/\\\n/g, " ")) ?? [];
    if (!(0,store_path/* isStorePath */.z)(script) || !(0,store_path/* isStorePath */.z)(conf))
        return undefined;
    return (0,store_path/* nameOfStorePath */.B)(script) === "stream" && conf.endsWith("-conf.json") ? { script, conf } : undefined;
}
/**
 * The arguments of `nix build` for the image that a stream script writes: a derivation with the script's own
 * system. As a derivation, the script runs in the sandbox, on a builder if it is for another CPU, and only
 * once.
 */
function renderStreamedImage(script, system) {
    const name = (0,store_path/* nameOfStorePath */.B)(script).replace(/^[^0-9A-Za-z]+/, "");
    const expression = `derivation {
    name = "image-${name}.tar";
    system = "${system}";
    builder = "/bin/sh";
    args = [ "-c" "\\"$script\\" > \\"$out\\"" ];
    script = builtins.storePath "${script}";
  }`;
    return ["--impure", "--expr", expression];
}

;// CONCATENATED MODULE: ./src/remote-build/reservations.ts
/**
 * Tracks which builders' stores are in use, so that targets that are built at the same time use different
 * builders, if there are enough.
 */
class BuilderReservations {
    /** How many targets use each builder, by alias. */
    #users = new Map();
    /**
     * Chooses a mode and reserves its builder in one step: since `choose` is synchronous, no other target can
     * choose in between. Call `release` once the build has ended.
     */
    reserve(choose) {
        const chosen = choose(new Set(this.#users.keys()));
        if (chosen.mode.kind !== "single-store")
            return { chosen, release: () => undefined };
        const { alias } = chosen.mode.builder;
        this.#users.set(alias, (this.#users.get(alias) ?? 0) + 1);
        let isReleased = false;
        const release = () => {
            if (isReleased)
                return;
            isReleased = true;
            const left = (this.#users.get(alias) ?? 1) - 1;
            if (left === 0)
                this.#users.delete(alias);
            else
                this.#users.set(alias, left);
        };
        return { chosen, release };
    }
}

;// CONCATENATED MODULE: ./src/image/layer-record.ts





/**
 * Raise this number when the same job gives other bytes than before. A test compares them with those of this
 * version.
 */
const WRITER_VERSION = 1;
/** Raise this number when the audit of a layer finds something else in the same bytes. */
const AUDIT_VERSION = 1;
/**
 * The key of the layer that a job makes. `hashes` are those of the store paths' serializations; undefined if
 * one is missing.
 */
function findLayerKey({ source, target, compression }, hashes) {
    // A layer that is a file in the store is sent as it is: there is hardly anything to save.
    if (source.kind === "file")
        return undefined;
    const hashed = (0,make_layer/* listPaths */.P)(source).map((path) => [path, hashes.get(path)]);
    if (hashed.some(([, hash]) => hash === undefined))
        return undefined;
    const { format, level } = compression;
    const inputs = JSON.stringify([
        ["writer", WRITER_VERSION],
        ["audit", AUDIT_VERSION],
        ["target", target],
        ["compression", format, level, process.versions[format === "gzip" ? "zlib" : "zstd"]],
        [source.kind, ...renderOptions(source)],
        ["paths", ...hashed],
    ]);
    const hash = (0,external_node_crypto_.createHash)("sha256").update(inputs).digest("hex");
    return { path: `/nix/store/${toNixBase32(hash.slice(0, 40))}-cross-build-layer`, inputs };
}
/** What determines the tar of a layer besides the content of its store paths. */
function renderOptions(source) {
    switch (source.kind) {
        case "store": {
            const { owner, rootMode, hasDeviceNumbers } = source.options;
            const { mtime, uid, gid, uname, gname } = owner;
            return [[mtime, uid, gid, uname, gname, rootMode, hasDeviceNumbers]];
        }
        case "nix2container":
            return source.paths.map(({ rewrite, perms }) => [
                rewrite && [rewrite.regex, rewrite.replacement],
                ...perms.map(({ regex, uid, gid, uname, gname, mode }) => [regex, uid, gid, uname, gname, mode]),
            ]);
        case "tar":
        case "file":
            return [];
    }
}
/** @see Nix manual, "Nix32 Encoding" */
const NIX_BASE_32 = "0123456789abcdfghijklmnpqrsvwxyz";
/** Writes 160 bits, given in hexadecimal, with the 32 characters that store paths have. */
function toNixBase32(hex) {
    const text = BigInt(`0x${hex}`).toString(32).padStart(32, "0");
    return text.replace(/./g, (digit) => NIX_BASE_32.charAt(parseInt(digit, 32)));
}
/** The record of a layer, as text. */
function renderLayerRecord({ inputs }, { layer, spent }) {
    const { diffId, tarBytes, digest, sizeBytes, mediaType, audit } = layer;
    return JSON.stringify({ inputs, layer: { diffId, tarBytes, digest, sizeBytes, mediaType, audit }, spent });
}
const layer_record_DIGEST = schemas/* string */.YjP().refine(digest/* isDigest */.Bc);
const COUNT = schemas/* int */.Whr().min(0);
const MACHINE = schemas/* strictObject */.rej({
    machine: COUNT,
    bits: schemas/* union */.KCZ([schemas/* literal */.euz(32), schemas/* literal */.euz(64)]),
    endianness: schemas/* enum */.k5n(["little", "big"]),
});
const TEXTS = schemas/* array */.YOg(schemas/* string */.YjP());
const FINDINGS = schemas/* strictObject */.rej({
    foreign: MACHINE.exactOptional(),
    needs: schemas/* strictObject */.rej({ interpreter: schemas/* string */.YjP().optional(), libraries: TEXTS, searched: TEXTS })
        .transform(({ interpreter, ...needs }) => ({ interpreter, ...needs }))
        .exactOptional(),
    interpreter: schemas/* string */.YjP().exactOptional(),
    packed: schemas/* array */.YOg(schemas/* strictObject */.rej({ archive: schemas/* string */.YjP(), name: schemas/* string */.YjP(), machine: MACHINE }))
        .exactOptional(),
    unreadable: schemas/* string */.YjP().exactOptional(),
});
const ENTRY = schemas/* strictObject */.rej({
    path: schemas/* string */.YjP().startsWith("/"),
    type: schemas/* enum */.k5n(["file", "hard-link", "symlink", "device", "folder", "fifo"]),
    linkName: schemas/* string */.YjP(),
    findings: FINDINGS.optional(),
})
    .transform(({ findings, ...entry }) => ({ ...entry, findings }));
const RECORD = schemas/* strictObject */.rej({
    inputs: schemas/* string */.YjP(),
    layer: schemas/* strictObject */.rej({
        diffId: layer_record_DIGEST,
        tarBytes: COUNT,
        digest: layer_record_DIGEST,
        sizeBytes: COUNT,
        mediaType: schemas/* string */.YjP(),
        audit: schemas/* strictObject */.rej({ filesRead: COUNT, elfFiles: COUNT, entries: schemas/* array */.YOg(ENTRY) }),
    }),
    spent: schemas/* strictObject */.rej({ unpackedBytes: COUNT, pathBytes: COUNT }),
});
/**
 * Reads the text of a record. Throws a plain Error if it is malformed, or is
 * the record of another layer.
 */
function parseLayerRecord(text, { inputs }, { compression }) {
    const { layer, spent, ...record } = RECORD.parse(JSON.parse(text));
    if (record.inputs !== inputs)
        throw new Error("it is the record of another layer");
    if (layer.mediaType !== (0,image_layer/* mediaTypeOf */.c0)(compression.format))
        throw new Error(`its layer has the media type ${layer.mediaType}`);
    return { layer, spent };
}

;// CONCATENATED MODULE: ./src/nix-protocol/protocol-error.ts

/**
 * A builder sent something that this client cannot parse or does not expect, or its protocol version is not
 * supported. Unlike after a lost connection, a retry over the same protocol gets the same answer; Nix's own
 * client may still be able to talk to the builder.
 */
class ProtocolError extends action_error/* ActionError */.lZ {
}
/** Whether `error`, or any of its causes, is a `ProtocolError`. */
function isProtocolError(error) {
    return error instanceof ProtocolError || (error instanceof Error && isProtocolError(error.cause));
}

;// CONCATENATED MODULE: ./src/nix-protocol/wire.ts


/**
 * Reads Nix's wire format, which daemons and exports use: 64-bit words, little endian; strings preceded by
 * their length and padded with zeros to whole words. The sender is always a builder. Rejects with a
 * `ProtocolError` for data that cannot be parsed, and with a plain `BUILDER_UNREACHABLE` if the stream ends
 * or breaks.
 * @see NixOS/nix, src/libutil/serialise.cc
 */
class WireReader {
    #source;
    #sender;
    #maxStringBytes;
    #maxMessageBytes;
    #messageBytes = 0;
    #buffer = Buffer.alloc(0);
    #read = [];
    #readBytes = 0;
    #isKeeping;
    constructor(source, { sender, maxStringBytes, maxMessageBytes, isKeeping }) {
        this.#source = source[Symbol.asyncIterator]();
        this.#sender = sender;
        this.#maxStringBytes = maxStringBytes;
        this.#maxMessageBytes = maxMessageBytes;
        this.#isKeeping = isKeeping;
    }
    /** The error for data that is not valid in the protocol. */
    unreadable(why) {
        return new ProtocolError("BUILDER_UNREACHABLE", `cannot parse the answer of ${this.#sender}: ${why}`, {
            hint: UNREADABLE_HINT,
        });
    }
    /** The error for an answer that ends too early, since the connection or the daemon was lost. */
    cutOff(why) {
        return new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", `no complete answer from ${this.#sender}: ${why}`, {
            hint: UNREADABLE_HINT,
        });
    }
    /** Begins a message: all that is read until the next call may have `maxMessageBytes`, but for archives. */
    beginMessage() {
        this.#messageBytes = 0;
    }
    async readWord() {
        const word = (await this.#take(8)).readBigUInt64LE();
        if (word > BigInt(Number.MAX_SAFE_INTEGER))
            throw this.unreadable("a number is too large");
        return Number(word);
    }
    /** The length of the list that follows, at most `limit`. */
    async readCount(limit) {
        const count = await this.readWord();
        if (count > limit)
            throw this.unreadable("a list is too long");
        return count;
    }
    /** A word with any 64 bits, such as an ID, which may be too large for a number. */
    async readBits() {
        return (await this.#take(8)).readBigUInt64LE();
    }
    async readString() {
        const length = await this.readWord();
        if (length > this.#maxStringBytes)
            throw this.unreadable("a string is too long");
        this.#messageBytes += pad(length);
        if (this.#messageBytes > this.#maxMessageBytes)
            throw this.unreadable("a message is too long");
        return (await this.#take(pad(length))).subarray(0, length);
    }
    async readStrings(limit) {
        const count = await this.readCount(limit);
        const strings = [];
        for (let i = 0; i < count; i++)
            strings.push((await this.readString()).toString("utf8"));
        return strings;
    }
    /**
     * Streams one NAR. Only the contents of files in it are long.
     * @see Nix manual, "Nix Archive (NAR) format"
     */
    async *passArchive() {
        const wasKeeping = this.#isKeeping;
        this.#isKeeping = true;
        const word = async () => (await this.readString()).toString("latin1");
        if ((await word()) !== "nix-archive-1")
            throw this.unreadable("an archive does not begin with the NAR header");
        let depth = 0;
        do {
            this.beginMessage();
            switch (await word()) {
                case "(":
                    depth += 1;
                    break;
                case ")":
                    depth -= 1;
                    break;
                case "type":
                case "target":
                case "name":
                case "executable":
                    await this.readString();
                    break;
                case "contents":
                    yield* this.#passContents();
                    break;
                case "entry":
                case "node":
                    break;
                default:
                    throw this.unreadable("an archive has an unknown field");
            }
            if (this.#readBytes >= PIECE_BYTES)
                yield this.takeRead();
        } while (depth > 0);
        this.#isKeeping = wasKeeping;
        yield this.takeRead();
    }
    /** All bytes that were read since the last call. */
    takeRead() {
        const read = Buffer.concat(this.#read, this.#readBytes);
        this.#read = [];
        this.#readBytes = 0;
        return read;
    }
    /** Reads the contents of a file; streams long ones. */
    async *#passContents() {
        let left = pad(await this.readWord());
        if (left <= PIECE_BYTES) {
            await this.#take(left);
            return;
        }
        yield this.takeRead();
        while (left > 0) {
            if (this.#buffer.length === 0)
                await this.#fill(1);
            const piece = this.#buffer.subarray(0, left);
            this.#buffer = this.#buffer.subarray(piece.length);
            left -= piece.length;
            yield piece;
        }
    }
    async #take(length) {
        if (this.#buffer.length < length)
            await this.#fill(length);
        const bytes = this.#buffer.subarray(0, length);
        this.#buffer = this.#buffer.subarray(length);
        if (this.#isKeeping) {
            this.#read.push(bytes);
            this.#readBytes += length;
        }
        return bytes;
    }
    async #next() {
        try {
            return await this.#source.next();
        }
        catch (cause) {
            // Replace the error that Node raises for a destroyed stream.
            throw cause instanceof action_error/* ActionError */.lZ ? cause : this.cutOff("the connection was lost");
        }
    }
    /** Reads until the buffer has `length` bytes. Joins the pieces only once, since a long string has many. */
    async #fill(length) {
        const pieces = this.#buffer.length === 0 ? [] : [this.#buffer];
        let bytes = this.#buffer.length;
        while (bytes < length) {
            const next = await this.#next();
            if (next.done === true)
                throw this.cutOff("the data was cut short");
            pieces.push(next.value);
            bytes += next.value.length;
        }
        const [first = Buffer.alloc(0)] = pieces;
        this.#buffer = pieces.length > 1 ? Buffer.concat(pieces, bytes) : first;
    }
}
/** Small parts of an archive are passed on together, in pieces of about this size. */
const PIECE_BYTES = 1 << 16;
/** Renders values in the wire format, one after the other. */
function renderWire(values) {
    return Buffer.concat(values.map(renderValue));
}
function renderValue(value) {
    if (typeof value === "number") {
        const word = Buffer.alloc(8);
        word.writeBigUInt64LE(BigInt(value));
        return word;
    }
    if (typeof value === "string")
        return renderValue(Buffer.from(value));
    if (Buffer.isBuffer(value)) {
        return Buffer.concat([renderValue(value.length), value, Buffer.alloc(pad(value.length) - value.length)]);
    }
    return Buffer.concat([renderValue(value.length), ...value.map(renderValue)]);
}
function pad(length) {
    return Math.ceil(length / 8) * 8;
}
const UNREADABLE_HINT = "Run again. If the error remains, check the disk and the memory of the builder.";

;// CONCATENATED MODULE: ./src/nix-protocol/export.ts



const MAGIC = 0x4558494e;
const MAX_STRING_BYTES = 64 << 10;
/** The trailer of a path is kept until the path is accepted. */
const MAX_TRAILER_BYTES = 1 << 24;
const MAX_REFERENCES = 100_000;
/**
 * Passes on the output of `nix-store --export` on the host `sender`, and checks each path with `isExpected`:
 * without the check a builder could send any store path. The name of a path follows its contents, so the
 * contents of an unexpected path are passed on, but not the trailer that Nix needs to import it. Throws
 * `BUILDER_DENIED` for a path that was not requested, and `BUILDER_UNREACHABLE` for a stream that is cut
 * short or is not an export.
 * @see Nix manual, "Nix Archive (NAR) format"; NixOS/nix, src/libstore/export-import.cc
 */
async function* guardExport(source, sender, isExpected) {
    const reader = new WireReader(source, {
        sender,
        maxStringBytes: MAX_STRING_BYTES,
        maxMessageBytes: MAX_TRAILER_BYTES,
        isKeeping: true,
    });
    let paths = 0;
    for (;;) {
        const mark = await reader.readWord();
        if (mark === 0) {
            yield reader.takeRead();
            return paths;
        }
        if (mark !== 1)
            throw reader.unreadable("it is not an export of store paths");
        yield* reader.passArchive();
        reader.beginMessage();
        if ((await reader.readWord()) !== MAGIC)
            throw reader.unreadable("an archive has no trailer");
        const path = (await reader.readString()).toString("utf8");
        const references = await reader.readCount(MAX_REFERENCES);
        for (let i = 0; i < references; i++)
            await reader.readString();
        await reader.readString();
        if ((await reader.readWord()) !== 0)
            throw reader.unreadable("a path has a signature in the legacy format");
        if (!(0,store_path/* isStorePath */.z)(path) || !isExpected(path))
            throw notRequested(sender, path);
        paths += 1;
        yield reader.takeRead();
    }
}
/** Renders files as `nix-store --export` does, for `nix-store --import`. */
function* renderFileExport(files) {
    for (const { path, content } of files) {
        yield renderWire([1, "nix-archive-1", "(", "type", "regular", "contents", content, ")"]);
        const references = [];
        const deriver = "";
        yield renderWire([MAGIC, path, references, deriver, 0]);
    }
    yield renderWire([0]);
}
/** The error for a builder that sends, or wants to send, a path that is not part of the build. */
function notRequested(sender, path) {
    return new action_error/* ActionError */.lZ("BUILDER_DENIED", `${sender} sent ${JSON.stringify(path.slice(0, 300))}, which was not requested`, { hint: "The path was not imported. Do not trust this builder before you know the reason." });
}

;// CONCATENATED MODULE: ./src/nix/store-file.ts



/*
 * Small files in the store that no derivation builds. Their paths do not depend on their content, so Nix
 * takes them from a cache only if it trusts the cache, or a signature, as it does for what a derivation
 * builds.
 */
const store_file_LIMIT_MS = 60_000;
/** What is not there within this time is not waited for. */
const FETCH_LIMIT_MS = 30_000;
/** Which of the paths are in this machine's store. Rejects with the codes of RunCommand. */
async function listValidPaths(runNixStoreCli, paths) {
    const args = ["--check-validity", "--print-invalid", ...paths];
    const { stdout } = await runNixStoreCli(args, { timeoutMs: store_file_LIMIT_MS });
    const invalid = new Set(stdout.split("\n").filter(store_path/* isStorePath */.z));
    return paths.filter((path) => !invalid.has(path));
}
/**
 * Fetches those of the paths that one cache has, and asks no other cache. Checks signatures as `substituter`
 * says. Rejects with `CANCELLED` and `COMMAND_TIMEOUT`, but not if paths cannot be fetched.
 */
async function fetchPaths(runNixStoreCli, substituter, paths) {
    const settings = {
        substituters: substituter,
        // What was missing before may be there now.
        "narinfo-cache-negative-ttl": "0",
        "connect-timeout": "5",
        "download-attempts": "1",
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ["--option", name, value]);
    await runNixStoreCli(["--realise", "--keep-going", ...options, ...paths], {
        timeoutMs: FETCH_LIMIT_MS,
        expectedExitCodes: "any",
    });
}
/**
 * Adds files to this machine's store; those whose paths are there already stay as they are. Rejects with the
 * codes of RunCommand, as for a user whom the Nix daemon does not trust.
 */
async function importFiles(runNixStoreCli, files) {
    const input = external_node_stream_.Readable.from(renderFileExport(files));
    await runNixStoreCli(["--import"], { timeoutMs: store_file_LIMIT_MS, input });
}

;// CONCATENATED MODULE: ./src/pipeline/layer-records.ts









/** Larger records are not read: making a layer takes less memory. */
const MAX_RECORD_BYTES = 64 << 20;
const PARALLEL_DOWNLOADS = 4;
/**
 * The records of an image's layers. A record is a store path that is named after all that determines the
 * layer. So it is in this machine's store and in the run's cache, and is trusted like any other path there.
 */
class LayerRecords {
    #layers;
    #effects;
    #found;
    /** Records that describe a layer of the image. */
    #fitting = new Set();
    #made = new Map();
    #reused = 0;
    #limit = pLimit(PARALLEL_DOWNLOADS);
    constructor(layers, effects, found) {
        this.#layers = layers;
        this.#effects = effects;
        this.#found = found;
    }
    /** Reads the records that this machine or the run's cache has. Rejects only with `CANCELLED`. */
    static async open(layers, effects) {
        const { sources, hashes } = layers;
        const keys = sources.flatMap((source) => findLayerKey({ source, ...layers }, hashes) ?? []);
        const found = new Map();
        const valid = new Set(await findRecords(keys.map(({ path }) => path), effects));
        for (const key of keys) {
            if (valid.has(key.path))
                found.set(key.path, await readRecord(key, layers, effects.log));
        }
        return new LayerRecords(layers, effects, found);
    }
    /**
     * Makes layers with `makeLayer`, except for those that a record describes and the repository has. These are
     * fetched from the repository where their bytes are needed.
     */
    reuse(makeLayer) {
        return async (job) => {
            const key = findLayerKey(job, this.#layers.hashes);
            if (key === undefined)
                return makeLayer(job);
            const record = this.#found.get(key.path);
            if (record === undefined || record === "unusable") {
                const made = await makeLayer(job);
                if (record === undefined)
                    this.#made.set(key.path, { key, made });
                return made;
            }
            const { spent } = record;
            const layer = { ...record.layer, source: { provide: this.#fetchOnce(record.layer, job, key) } };
            if (await this.#effects.upload.find((0,image_image/* toBlob */.ZR)(layer), this.#layers.baseName)) {
                this.#fitting.add(key.path);
                this.#reused++;
                return { layer, spent };
            }
            const made = await makeLayer(job);
            const isSame = made.layer.digest === layer.digest && made.layer.diffId === layer.diffId;
            if (isSame)
                this.#fitting.add(key.path);
            else
                this.#effects.log.debug(`the record ${key.path} is ignored: its layer is ${made.layer.digest}`);
            return made;
        };
    }
    /**
     * Records the layers that were made. To be called when their image has passed its audit. Resolves to all
     * records of the image, for the cache. Rejects only with `CANCELLED`.
     */
    async save() {
        const { session, log } = this.#effects;
        if (this.#reused > 0) {
            const all = (0,model_count/* countOf */.pq)(this.#layers.sources.length, "layer");
            log.info(`${this.#reused} of ${all} not made again: an earlier run did, and the registry has them`);
        }
        const fitting = [...this.#fitting];
        const files = [...this.#made.values()]
            .map(({ key, made }) => ({ path: key.path, content: Buffer.from(renderLayerRecord(key, made)) }))
            .filter(({ content }) => content.length <= MAX_RECORD_BYTES);
        if (files.length === 0)
            return fitting;
        try {
            await importFiles(session.runNixStoreCli, files);
            return [...fitting, ...files.map(({ path }) => path)];
        }
        catch (error) {
            if ((0,action_error/* isCancelled */.mm)(error))
                throw error;
            log.debug(`the layers are not recorded for later runs: ${(0,action_error/* renderError */.vr)(error)}`);
            return fitting;
        }
    }
    #fetchOnce(layer, { file }, { path }) {
        let fetched;
        return () => (fetched ??= this.#limit(() => this.#fetch(layer, file, path)));
    }
    async #fetch({ diffId, digest, sizeBytes }, file, record) {
        const { compression, baseName } = this.#layers;
        const repository = await this.#effects.upload.openRepository(baseName);
        await repository.fetchBlob({ digest, sizeBytes }, file);
        if ((await (0,image_layer/* readDiffId */.Jt)(file, compression.format)) === diffId)
            return file;
        throw new action_error/* ActionError */.lZ("GATE_MISMATCH", `the layer ${digest} is not the one that ${record} describes`, {
            hint: "Find out who wrote this record into the binary cache. Remove it there, and on this machine with " +
                "`nix-store --delete`, and run again.",
        });
    }
}
/** The records that are in this machine's store, after those that the run's cache has were fetched. */
async function findRecords(paths, { session, log }) {
    if (paths.length === 0)
        return [];
    const { runNixStoreCli, cache } = session;
    try {
        if (cache?.substituter !== undefined) {
            await fetchPaths(runNixStoreCli, cache.substituter, paths).catch((error) => {
                if ((0,action_error/* isCancelled */.mm)(error))
                    throw error;
                log.debug(`the records of layers are not fetched from the cache: ${(0,action_error/* renderError */.vr)(error)}`);
            });
        }
        return await listValidPaths(runNixStoreCli, paths);
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error))
            throw error;
        log.debug(`the records of layers cannot be read: ${(0,action_error/* renderError */.vr)(error)}`);
        return [];
    }
}
/** Reads a record from the store. Whoever was able to put it there may have put in anything. */
async function readRecord(key, layers, log) {
    try {
        const { size } = await (0,promises_.lstat)(key.path);
        if (size > MAX_RECORD_BYTES)
            throw new Error(`it has ${size} bytes`);
        return parseLayerRecord((await (0,files/* readWholeRegularFile */.GF)(key.path)).toString("utf8"), key, layers);
    }
    catch (error) {
        log.debug(`the record ${key.path} is ignored: ${(0,action_error/* renderError */.vr)(error)}`);
        return "unusable";
    }
}

// EXTERNAL MODULE: ./src/pipeline/record.ts
var pipeline_record = __webpack_require__(28953);
// EXTERNAL MODULE: ./src/model/builder.ts
var model_builder = __webpack_require__(71646);
// EXTERNAL MODULE: ./src/model/run-event.ts
var run_event = __webpack_require__(30145);
// EXTERNAL MODULE: ./src/platform/log.ts
var log = __webpack_require__(74425);
;// CONCATENATED MODULE: ./src/nix/events.ts

/** Activity and result types. @see NixOS/nix, src/libutil/include/nix/util/logging.hh */
const ACTIVITY = { substitutions: 103, builds: 104, build: 105, substitute: 108 };
const RESULT = { buildLogLine: 101, progress: 105 };
/** The level of plain text, such as ssh's errors: that of a warning. */
const PLAIN_TEXT_LEVEL = 1;
/**
 * Reads one line of Nix's stderr. Never throws: a line that is not an event is a message, and an event of
 * unknown shape is `other`. All text is untrusted, so it is returned without escape sequences.
 */
function parseEventLine(line) {
    if (!line.startsWith("@nix "))
        return { kind: "message", level: PLAIN_TEXT_LEVEL, text: (0,log/* sanitizeText */.jZ)(line) };
    let event;
    try {
        // Read IDs as text: they have 64 bits, but JavaScript's numbers hold only 53.
        event = JSON.parse(line.slice(5).replace(/"(id|parent)":(\d+)/g, '"$1":"$2"'));
    }
    catch {
        return { kind: "message", level: PLAIN_TEXT_LEVEL, text: (0,log/* sanitizeText */.jZ)(line) };
    }
    const { action, id, type, level, msg } = fieldsOf(event);
    const values = fieldsOf(event)["fields"];
    const text = (index) => {
        const value = Array.isArray(values) ? values[index] : undefined;
        return typeof value === "string" ? (0,log/* sanitizeText */.jZ)(value) : "";
    };
    const count = (index) => {
        const value = Array.isArray(values) ? values[index] : undefined;
        return typeof value === "number" ? value : 0;
    };
    if (action === "msg" && typeof msg === "string") {
        return {
            kind: "message",
            level: typeof level === "number" ? level : PLAIN_TEXT_LEVEL,
            text: (0,log/* sanitizeText */.jZ)(msg),
        };
    }
    if (typeof id !== "string")
        return { kind: "other" };
    if (action === "stop")
        return { kind: "stopped", id };
    if (action === "start" && type === ACTIVITY.build) {
        return { kind: "build-started", id, drvPath: text(0), machine: text(1) };
    }
    if (action === "start" && type === ACTIVITY.builds)
        return { kind: "builds-started", id };
    if (action === "start" && type === ACTIVITY.substitutions)
        return { kind: "substitutions-started", id };
    if (action === "start" && type === ACTIVITY.substitute) {
        return { kind: "substitution-started", id, storePath: text(0), from: text(1) };
    }
    if (action === "result" && type === RESULT.buildLogLine)
        return { kind: "log-line", id, line: text(0) };
    if (action === "result" && type === RESULT.progress) {
        return { kind: "progress", id, done: count(0), expected: count(1), failed: count(3) };
    }
    return { kind: "other" };
}
function fieldsOf(value) {
    return typeof value === "object" && value !== null ? { ...value } : {};
}

// EXTERNAL MODULE: ./src/nix/failure.ts
var failure = __webpack_require__(16429);
// EXTERNAL MODULE: ./src/nix/error-text.ts
var error_text = __webpack_require__(41457);
// EXTERNAL MODULE: ./src/model/build.ts
var model_build = __webpack_require__(59217);
// EXTERNAL MODULE: ./src/platform/clock.ts
var platform_clock = __webpack_require__(53037);
;// CONCATENATED MODULE: ./src/nix/build-log.ts



const KEPT_LOG_LINES = 10_000;
/** The lines of a failed build that are shown, in the log and in the report. */
const SHOWN_LOG_LINES = 30;
const SHOWN_CHARACTERS = 1_000;
const KEPT_MESSAGES = 1_000;
/**
 * What one `nix build` did, assembled from its events: which derivations it built, where, and how long they
 * took. Our own clock measures the time, since Nix's events have none. Both the local Nix and the builder's
 * report a build over ssh-ng. It is counted once, as the local Nix reports it, with the log lines of both.
 */
class BuildLog {
    #clock;
    #listener;
    #byId = new Map();
    #byDrv = new Map();
    #substituting = new Map();
    #builds = [];
    #substitutions = [];
    #messages = [];
    /** Builds that have stopped without a word of Nix about how they ended, oldest first. */
    #undecided = [];
    /** The derivations that failed according to Nix's messages. */
    #failedDrvs = new Set();
    #buildsId;
    /** How many builds ended in each way, as Nix counts them, and how many of those are in `builds`. */
    #counted = { built: 0, failed: 0 };
    #seen = { built: 0, failed: 0 };
    #expected = 0;
    /** Downloads that have stopped, and Nix has not counted them as done. */
    #undecidedSubstitutions = [];
    /** How many substitutions each Nix has counted: the local one, and those of builders. */
    #substituted = new Map();
    constructor(clock, listener) {
        this.#clock = clock;
        this.#listener = listener;
    }
    get builds() {
        return this.#builds;
    }
    get substitutions() {
        return this.#substitutions;
    }
    /** The builds that are running, or have stopped and Nix has not said how they ended. */
    get running() {
        return [...this.#undecided, ...this.#byDrv.values()];
    }
    /** How far the build is, as Nix counts it. */
    get counts() {
        return { done: this.#counted.built, expected: this.#expected };
    }
    /** The paths that are being substituted. */
    get substituting() {
        return [...this.#substituting.values()];
    }
    /** Errors (Nix's level 0) and warnings (level 1), oldest first. Of many, only the first and the last. */
    get messages() {
        return this.#messages;
    }
    take(event) {
        switch (event.kind) {
            case "build-started":
                this.#start(event.id, event.drvPath, event.machine);
                break;
            case "builds-started":
                // The first one is from the local Nix; builders send theirs later.
                this.#buildsId ??= event.id;
                break;
            case "substitutions-started":
                this.#substituted.set(event.id, { done: 0, failed: 0 });
                break;
            case "substitution-started":
                this.#startSubstitution(event);
                break;
            case "log-line":
                this.#keepLogLine(event.id, event.line);
                break;
            case "progress":
                if (event.id === this.#buildsId)
                    this.#count(event);
                else if (this.#substituted.has(event.id))
                    this.#countSubstitutions(event);
                break;
            case "stopped":
                this.#stop(event.id, event.outcome);
                break;
            case "message":
                if (event.level <= 1)
                    this.#keepMessage(event.level, (0,log/* cutLines */.EQ)(event.text));
                break;
            case "other":
                break;
        }
    }
    /** Call this when Nix has exited. `end` is how the builds ended of which Nix has not said it. */
    close(end) {
        for (const build of [...this.#undecided.splice(0), ...this.#byDrv.values()]) {
            this.#finish(build, this.#failedDrvs.has(build.drvPath) ? "failed" : end);
        }
        const undecided = this.#undecidedSubstitutions.splice(0);
        this.#keepSubstitutions(undecided, end === "built" ? "substituted" : "failed");
    }
    #start(id, drvPath, machine) {
        const running = this.#byDrv.get(drvPath);
        if (running !== undefined) {
            this.#byId.set(id, { build: running, isOurs: false });
            return;
        }
        const startedAtMs = this.#clock.nowMs();
        const build = {
            drvPath,
            name: (0,store_path/* nameOfStorePath */.B)(drvPath),
            location: this.#listener.locationOf(machine),
            startedAtMs,
            lastOutputAtMs: startedAtMs,
            log: [],
            omittedLines: 0,
        };
        this.#byId.set(id, { build, isOurs: true });
        this.#byDrv.set(drvPath, build);
        this.#listener.onStart(build);
    }
    #keepLogLine(id, line) {
        const build = this.#byId.get(id)?.build;
        if (build === undefined)
            return;
        build.lastOutputAtMs = this.#clock.nowMs();
        const cut = (0,log/* cutLines */.EQ)(line);
        build.log.push(cut);
        this.#listener.onOutput?.(build, cut);
        if (build.log.length <= 2 * KEPT_LOG_LINES)
            return;
        build.log.splice(0, KEPT_LOG_LINES);
        build.omittedLines += KEPT_LOG_LINES;
    }
    #keepMessage(level, text) {
        this.#messages.push({ level, text });
        // Keep the first ones: the cause of a failure comes before what follows from it.
        if (this.#messages.length > 3 * KEPT_MESSAGES)
            this.#messages.splice(KEPT_MESSAGES, KEPT_MESSAGES);
        const failed = level === 0 ? (0,failure/* findFailedDerivation */._R)(text) : undefined;
        if (failed !== undefined)
            this.#failedDrvs.add(failed);
    }
    #stop(id, outcome) {
        const known = this.#byId.get(id);
        this.#byId.delete(id);
        if (known?.isOurs === true) {
            this.#byDrv.delete(known.build.drvPath);
            const build = { ...known.build, stoppedAtMs: this.#clock.nowMs() };
            if (outcome === undefined) {
                this.#undecided.push(build);
                this.#decide();
            }
            else
                this.#finish(build, outcome);
        }
        const substitution = this.#substituting.get(id);
        this.#substituting.delete(id);
        if (substitution !== undefined) {
            const { storePath, from, startedAtMs } = substitution;
            const durationMs = this.#clock.nowMs() - startedAtMs;
            this.#undecidedSubstitutions.push({ storePath, from, durationMs });
        }
    }
    #startSubstitution({ id, storePath, from }) {
        // Nix tries another substituter only after one failed, and counts the failure only after the last one.
        const earlier = this.#undecidedSubstitutions.filter((undecided) => undecided.storePath === storePath);
        this.#undecidedSubstitutions = this.#undecidedSubstitutions.filter((other) => !earlier.includes(other));
        this.#keepSubstitutions(earlier, "failed");
        this.#substituting.set(id, { storePath, from, startedAtMs: this.#clock.nowMs() });
    }
    /** As with builds, the event of a stop has no outcome. Nix counts it just after the stop. */
    #countSubstitutions({ id, done, failed }) {
        const before = this.#substituted.get(id) ?? { done: 0, failed: 0 };
        this.#substituted.set(id, { done, failed });
        const take = (count) => this.#undecidedSubstitutions.splice(0, Math.max(0, count));
        this.#keepSubstitutions(take(failed - before.failed), "failed");
        this.#keepSubstitutions(take(done - before.done), "substituted");
    }
    #keepSubstitutions(ended, outcome) {
        for (const substitution of ended) {
            this.#substitutions.push({ ...substitution, outcome });
            this.#listener.onSubstitutionEnd({ ...substitution, outcome });
        }
    }
    #count({ done, expected, failed }) {
        this.#counted = { built: done, failed };
        this.#expected = expected;
        this.#decide();
    }
    /**
     * The event of a stop has no outcome, but just before it Nix raises the count of built or of failed builds.
     * A build that stops without either was interrupted, or has a count that is yet to come.
     */
    #decide() {
        for (const end of ["failed", "built"]) {
            while (this.#undecided.length > 0 && this.#seen[end] < this.#counted[end]) {
                const build = this.#undecided.shift();
                this.#seen[end] += 1;
                if (build !== undefined)
                    this.#finish(build, end);
            }
        }
    }
    #finish(build, outcome) {
        const { drvPath, name, location, startedAtMs, log, omittedLines } = build;
        const { stoppedAtMs = this.#clock.nowMs() } = build;
        this.#byDrv.delete(drvPath);
        const last = outcome === "failed" ? log.slice(-SHOWN_LOG_LINES) : [];
        const finished = {
            ...{ drvPath, name, location, startedAtMs },
            durationMs: stoppedAtMs - startedAtMs,
            outcome,
            log: last.map((line) => line.slice(0, SHOWN_CHARACTERS)),
        };
        this.#builds.push(finished);
        this.#listener.onEnd(finished, log, omittedLines);
    }
}

;// CONCATENATED MODULE: ./src/nix/live-log.ts





/** After this long without a line in the log, the log says what is still running. */
const HEARTBEAT_MS = 30_000;
/** A build that has printed nothing for this long may be stuck. */
const STUCK_MS = 120_000;
const TICK_MS = 1_000;
const SHOWN_STUCK = 5;
const SHOWN_RUNNING = 8;
const LAST_LINE_CHARACTERS = 100;
/** An estimate from fewer finished builds would say nothing. */
const LEAST_DONE_TO_ESTIMATE = 3;
/**
 * A BuildLog that logs live what is built where and for how long, with the log of each build when it ends. A
 * terminal shows what is running in place; elsewhere a line says so whenever nothing was logged for 30 s.
 */
function createLiveLog({ log, clock, emit }, { locationOf, countBuilds }) {
    const startedAtMs = clock.nowMs();
    let lastNewsAtMs = startedAtMs;
    // First, since the line that follows puts it on the screen again.
    const noteNews = () => {
        lastNewsAtMs = clock.nowMs();
        log.showStatus?.(builds, renderStatus(readProgress()));
    };
    const tell = (message) => {
        noteNews();
        log.info(message);
    };
    const builds = new BuildLog(clock, {
        locationOf,
        onStart: ({ drvPath, name, location }) => {
            emit({ event: "build-started", drvPath, name, place: (0,model_build/* placeOf */.$)(location) });
            tell(`building ${name} ${renderLocation(location)}`);
        },
        onOutput: ({ drvPath }, line) => {
            emit({ event: "build-output", drvPath, line });
        },
        onEnd: (build, lines, omittedLines) => {
            const { drvPath, name, location, durationMs, outcome } = build;
            emit({ event: "build-ended", drvPath, name, place: (0,model_build/* placeOf */.$)(location), durationMs, outcome });
            noteNews();
            logEnd(log, build, { lines, omittedLines });
        },
        onSubstitutionEnd: ({ storePath, from, durationMs, outcome }) => {
            emit({ event: "substitution-ended", storePath, from, durationMs, outcome });
            const verb = outcome === "failed" ? "could not substitute" : outcome;
            tell(`${verb} ${(0,store_path/* nameOfStorePath */.B)(storePath)} from ${from} in ${(0,model_count/* renderDuration */.PP)(durationMs)}`);
        },
    });
    const readProgress = () => ({
        nowMs: clock.nowMs(),
        startedAtMs,
        running: builds.running,
        substituting: builds.substituting,
        counts: countBuilds?.() ?? builds.counts,
    });
    const stopReporting = (0,platform_clock/* repeatInBackground */.FC)(clock, TICK_MS, () => {
        if (log.showStatus !== undefined)
            log.showStatus(builds, renderStatus(readProgress()));
        else if (clock.nowMs() - lastNewsAtMs >= HEARTBEAT_MS)
            tell(renderHeartbeat(readProgress()));
    });
    return {
        builds,
        end: () => {
            stopReporting();
            log.showStatus?.(builds, []);
        },
    };
}
function logEnd(log, { drvPath, name, location, durationMs, outcome }, { lines, omittedLines }) {
    const where = renderLocation(location);
    const verb = outcome === "failed" ? "failed:" : outcome;
    const what = `${verb} ${name} ${where} in ${(0,model_count/* renderDuration */.PP)(durationMs)}`;
    const command = renderLogCommand({ drvPath, location });
    // Each line once: the last ones of a failed build are part of the error, which no log folds.
    const shown = outcome === "failed" ? lines.slice(-SHOWN_LOG_LINES) : [];
    const folded = lines.slice(0, lines.length - shown.length);
    const omitted = omittedLines === 0 ? [] : [`(${(0,model_count/* countOf */.pq)(omittedLines, "earlier line")} left out. ${command})`];
    if (folded.length > 0) {
        log.group(shown.length > 0 ? `${name}: earlier lines` : what, [...omitted, ...folded]);
    }
    else if (outcome !== "failed")
        log.info(what);
    if (outcome === "failed")
        log.error([what, ...shown, command].join("\n"));
}
/** The command that prints the whole log of a build, and where to run it. */
function renderLogCommand({ drvPath, location }) {
    const where = location.kind === "local" ? "" : `, on ${location.uri}`;
    return `The whole log${where}: nix log ${drvPath}`;
}
/**
 * What is still running: the build that has been running for longest, the progress of all, and a line for
 * each build that may be stuck.
 */
function renderHeartbeat(progress) {
    const { nowMs, running } = progress;
    const stuck = running
        .filter(({ lastOutputAtMs }) => nowMs - lastOutputAtMs >= STUCK_MS)
        .toSorted((a, b) => a.lastOutputAtMs - b.lastOutputAtMs);
    const lines = stuck
        .slice(0, SHOWN_STUCK)
        .map(({ name, location, lastOutputAtMs }) => `  ${name} ${renderLocation(location)} has printed nothing for ` +
        (0,model_count/* renderDuration */.PP)(nowMs - lastOutputAtMs));
    const more = stuck.length - lines.length;
    if (more > 0)
        lines.push(`  and ${(0,model_count/* countOf */.pq)(more, "more build")}`);
    const parts = [`still ${renderActivity(progress)}`, renderCounts(progress)];
    return [parts.filter((part) => part !== "").join("; "), ...lines].join("\n");
}
function renderActivity({ nowMs, startedAtMs, running, substituting }) {
    const [longest] = running;
    if (longest !== undefined) {
        const last = lastLine(longest);
        const said = last === "" ? "" : `, last line: ${last}`;
        return `building ${renderRunning(longest, nowMs)}${said}`;
    }
    const [path] = substituting;
    if (path !== undefined) {
        const name = (0,store_path/* nameOfStorePath */.B)(path.storePath);
        return `substituting ${name} from ${path.from}, ${(0,model_count/* renderDuration */.PP)(nowMs - path.startedAtMs)}`;
    }
    return `waiting for Nix, ${(0,model_count/* renderDuration */.PP)(nowMs - startedAtMs)}`;
}
function renderRunning({ name, location, startedAtMs }, nowMs) {
    return `${name} ${renderLocation(location)}, ${(0,model_count/* renderDuration */.PP)(nowMs - startedAtMs)}`;
}
function lastLine({ log }) {
    const last = log.findLast((line) => line.trim() !== "") ?? "";
    return last.replace(/\s+/g, " ").trim().slice(0, LAST_LINE_CHARACTERS);
}
/** How far the build is; empty before anything is known about it. */
function renderCounts({ nowMs, startedAtMs, running, counts: { done, expected } }) {
    const total = Math.max(expected, done + running.length);
    if (total === 0)
        return "";
    const left = total - done;
    const msPerBuild = done >= LEAST_DONE_TO_ESTIMATE ? (nowMs - startedAtMs) / done : undefined;
    const estimate = msPerBuild === undefined || left === 0 ? "" : `, about ${(0,model_count/* renderDuration */.PP)(msPerBuild * left)} left`;
    return `${done} of ${total} done, ${running.length} running${estimate}`;
}
/** The lines of the live view: the progress, then each running build with the last line that it printed. */
function renderStatus(progress) {
    const { nowMs, running, substituting } = progress;
    const rows = running.length > 0
        ? running.map((build) => `  ${renderRunning(build, nowMs)}  ${lastLine(build)}`.trimEnd())
        : substituting.map(({ storePath, from }) => `  ${(0,store_path/* nameOfStorePath */.B)(storePath)} from ${from}`);
    const shown = rows.slice(0, SHOWN_RUNNING);
    const more = rows.length - shown.length;
    const lines = [renderCounts(progress), ...shown, ...(more > 0 ? [`  and ${more} more`] : [])];
    return lines.filter((line) => line !== "");
}
/** Where something is built: `locally`, or `on ssh-ng://b2`. */
function renderLocation(location) {
    return location.kind === "local" ? "locally" : `on ${location.uri}`;
}

// EXTERNAL MODULE: ./src/nix/source-place.ts
var source_place = __webpack_require__(45172);
;// CONCATENATED MODULE: ./src/nix/build.ts









const EVALUATION_LIMIT_MS = 15 * 60_000;
/** The time limit of a job on GitHub-hosted runners. */
const BUILD_LIMIT_MS = 6 * 60 * 60_000;
const WATCHDOG_INTERVAL_MS = 1_000;
/**
 * Builds, and logs live what is built where and for how long. A failed build does not reject: the outcome has
 * what was built before, and `error` says why it ended, with the codes of `classifyFailure`, `BUILD_SILENT`,
 * and those of RunCommand.
 */
async function buildAttributes(runNix, request, effects) {
    const { mode, maxSilentMs } = request;
    const { log, clock } = effects;
    const live = createLiveLog(effects, {
        locationOf: (machine) => machine !== ""
            ? { kind: "builder", uri: request.nameOf(machine) }
            : mode.kind === "single-store"
                ? { kind: "builder", uri: (0,model_builder/* displayName */.QC)(mode.builder) }
                : { kind: "local" },
    });
    const timeline = live.builds;
    const stop = new AbortController();
    const watchdog = watchSilence(clock, maxSilentMs, stop);
    const finish = (end, error) => {
        timeline.close(end);
        const { builds, substitutions } = timeline;
        return { built: [], builds, substitutions, error };
    };
    let output;
    try {
        output = await runNix(renderBuildArguments(request), {
            cwd: request.cwd,
            timeoutMs: BUILD_LIMIT_MS,
            expectedExitCodes: "any",
            stop: stop.signal,
            onStderrLine: (line) => {
                watchdog.noteOutput();
                const event = parseEventLine(line);
                timeline.take(event);
                // With --keep-going, Nix would continue with everything that can still be built.
                if (event.kind === "message" && (0,failure/* hasFailedOnBuilder */.m1)(event.text))
                    stop.abort();
            },
        });
    }
    catch (error) {
        if (!(error instanceof action_error/* ActionError */.lZ))
            throw error;
        return finish("interrupted", error);
    }
    finally {
        watchdog.end();
        live.end();
    }
    if (watchdog.isSilent()) {
        const running = timeline.running.map(({ name, location }) => `${name} ${renderLocation(location)}`);
        return finish("failed", buildSilent(running, maxSilentMs));
    }
    if (output.exitCode !== 0 || stop.signal.aborted) {
        return finish("interrupted", await explainFailure(request, timeline.messages));
    }
    const outcome = finish("built", undefined);
    for (const { level, text } of timeline.messages) {
        // The inspection has warned about it in words that say what to do.
        if (level === 1 && !text.includes(error_text/* LOCK_WARNING */.Dj))
            log.info(text);
    }
    return { ...outcome, built: parseBuildOutput(output.stdout) };
}
/** The error of a failed `nix build`. An evaluation error has the packages, and the user's file and line. */
async function explainFailure({ installables, cwd }, messages) {
    const error = (0,failure/* classifyFailure */.XE)(messages);
    if (error.code !== "EVALUATION_FAILED")
        return error;
    const text = (0,failure/* findEvaluationError */.EI)(messages) ?? "";
    const packages = installables.filter((installable) => /^[^-].*#/.test(installable));
    const flakes = packages.map((installable) => installable.replace(/#.*$/, ""));
    const message = `${packages.join(", ")} cannot be evaluated: ${error.message}`;
    return (0,source_place/* locateError */.H)(packages.length === 0 ? error : error.with({ message }), text, { flakes, cwd });
}
/** Stops a build that prints nothing for too long: neither Nix's limits nor ssh's detect a hung builder. */
function watchSilence(clock, maxSilentMs, stop) {
    let lastOutputAtMs = clock.nowMs();
    let isSilent = false;
    const ended = new AbortController();
    const watch = async () => {
        while (!isSilent) {
            await clock.sleep(WATCHDOG_INTERVAL_MS, ended.signal);
            isSilent = clock.nowMs() - lastOutputAtMs > maxSilentMs;
        }
        stop.abort();
    };
    watch().catch(() => undefined);
    return {
        noteOutput: () => {
            lastOutputAtMs = clock.nowMs();
        },
        isSilent: () => isSilent,
        end: () => {
            ended.abort();
        },
    };
}
function buildSilent(running, maxSilentMs) {
    const what = running.length === 0 ? "from Nix" : `while building ${running.slice(0, 3).join(", ")}`;
    return new action_error/* ActionError */.lZ("BUILD_SILENT", `no output for ${maxSilentMs / 1000} s ${what}`, {
        hint: "Raise max-silent-time if the build is expected to be silent; otherwise it or its builder hangs.",
    });
}
/** The arguments of `nix build` in a mode. */
function renderBuildArguments({ installables, mode, }) {
    return [
        "build",
        "--no-link",
        "--json",
        "--no-write-lock-file",
        "--log-format",
        "internal-json",
        ...renderMode(mode),
        ...installables,
    ];
}
/** Seconds between Nix's checks for a free slot. The default of 5 leaves builders idle. */
const QUICK_POLL = ["--option", "build-poll-interval", "1"];
function renderMode(mode) {
    // Override any configured builders: only the mode build-hook may use them.
    const noBuilders = ["--option", "builders", ""];
    switch (mode.kind) {
        case "local":
            return noBuilders;
        case "emulated":
            return [...noBuilders, "--option", "extra-platforms", mode.system];
        case "build-hook":
            // With --keep-going, the other builders finish when one is lost, and only its builds are repeated.
            // Without --max-jobs 0, Nix would also build locally.
            return ["--keep-going", ...QUICK_POLL, ...(mode.isTargetLocal ? ["--max-jobs", "0"] : [])];
        case "single-store":
            // Nix sends its own max-jobs, by default 1, to the daemon.
            return [
                ...noBuilders,
                "--max-jobs",
                String(mode.builder.maxJobs ?? 1),
                "--store",
                mode.storeUri,
                "--eval-store",
                "auto",
            ];
    }
}
/**
 * Does a dry run of `nix build`. Rejects with `BUILD_FAILED` if the output paths are not known before the
 * build, and with the codes of RunCommand.
 */
async function previewBuild(runNix, { installables, cwd }) {
    const { stdout, stderr } = await runNix(["build", "--dry-run", "--json", "--no-link", "--no-write-lock-file", ...installables], {
        cwd,
        timeoutMs: EVALUATION_LIMIT_MS,
    });
    return { wanted: parseBuildOutput(stdout), missing: parseMissing(stderr) };
}
/** Reads the derivations that `nix build --dry-run` lists. */
function parseMissing(text) {
    return text
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => (0,store_path/* isStorePath */.z)(line) && line.endsWith(".drv"));
}
const BUILT = schemas/* array */.YOg(schemas/* looseObject */._H3({ drvPath: schemas/* string */.YjP(), outputs: schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* string */.YjP()) }))
    .min(1);
/**
 * Reads the JSON of `nix build`: each derivation's output `out`, or its first. Rejects with `BUILD_FAILED`.
 */
function parseBuildOutput(json) {
    try {
        return BUILT.parse(JSON.parse(json)).map(({ drvPath, outputs }) => {
            const outPath = outputs["out"] ?? Object.values(outputs)[0] ?? "";
            for (const path of [drvPath, outPath]) {
                if (!(0,store_path/* isStorePath */.z)(path))
                    throw new Error(`${JSON.stringify(path)} is not a store path`);
            }
            return { drvPath: drvPath, outPath: outPath };
        });
    }
    catch {
        throw new action_error/* ActionError */.lZ("BUILD_FAILED", `nix build printed no store paths: ${JSON.stringify(json.slice(0, 200))}`, { hint: "Check that the package is one derivation: nix build --json --no-link prints what it builds." });
    }
}

// EXTERNAL MODULE: ./src/nix/derivation.ts
var nix_derivation = __webpack_require__(56754);
;// CONCATENATED MODULE: ./src/plan/worker-choice.ts
/**
 * Whether a builder can meet a derivation's needs, by the rules of Nix's build hook.
 * @see Nix manual, "Remote Builds", fields 3, 6 and 7
 */
function isFit({ systems, supportedFeatures, mandatoryFeatures }, { platform, features }) {
    const offered = [...supportedFeatures, ...mandatoryFeatures];
    return ((platform === "builtin" || systems.includes(platform)) &&
        features.every((feature) => offered.includes(feature)) &&
        mandatoryFeatures.every((feature) => features.includes(feature)));
}
/**
 * Chooses the worker for one derivation: ready before degraded, then the smallest share of busy slots, the
 * highest speed factor, and the most inputs.
 */
function chooseWorker(workers) {
    return workers.toSorted((a, b) => Number(a.isDegraded) - Number(b.isDegraded) ||
        a.running / slotsOf(a.builder) - b.running / slotsOf(b.builder) ||
        b.builder.speedFactor - a.builder.speedFactor ||
        b.inputs - a.inputs)[0];
}
function slotsOf({ maxJobs = 1 }) {
    return Math.max(1, maxJobs);
}

;// CONCATENATED MODULE: ./src/plan/build-mode.ts




/**
 * Chooses how the builders share a build. `single-store` needs one connection and copies nothing between
 * builders, so it is chosen if one builder has slots for everything that can be built at the same time, and
 * `distributed` otherwise. `build-hook` opens a connection for every derivation and copies its inputs there
 * and its outputs back, so it is used only for what cannot be distributed.
 */
function chooseBuildMode(request) {
    const { target, buildSystem, builders, isReachable, taken, key, graph } = request;
    const useHook = (reason) => ({
        mode: { kind: "build-hook", isTargetLocal: buildSystem === target },
        reason,
    });
    const useStore = (builder, reason) => ({
        mode: { kind: "single-store", builder },
        reason,
    });
    const able = builders.filter((status) => (0,model_builder/* isUsable */.Ng)(status) && status.builder.systems.includes(target));
    const reachable = rankBuilders(able, key).filter((builder) => builder.mandatoryFeatures.length === 0 && isReachable(builder));
    // Targets that are built at the same time get different builders, if there are enough.
    const stores = reachable.toSorted((a, b) => Number(taken.has(a.alias)) - Number(taken.has(b.alias)));
    const [first] = stores;
    if (request.forced?.kind === "build-hook")
        return useHook(request.forced.reason);
    if (first === undefined)
        return useHook("no builder's store can be reached directly");
    if (request.forced?.kind === "single-store")
        return useStore(first, request.forced.reason);
    if (request.forced?.kind === "distributed" &&
        graph !== undefined &&
        findObstacle(graph, reachable) === undefined)
        return { mode: { kind: "distributed" }, reason: request.forced.reason };
    if (able.length === 1)
        return useStore(first, `${first.host} is the only builder for ${target}`);
    if (graph === undefined)
        return useHook(`the build graph is not known, and ${able.length} builders share the work`);
    const parallel = graph.depth === 0 ? 0 : graph.derivations / graph.depth;
    const work = `${(0,model_count/* countOf */.pq)(graph.derivations, "derivation")}, ${graph.depth} in the longest chain`;
    const fitting = stores.find(({ maxJobs }) => parallel <= (maxJobs ?? 1));
    if (fitting !== undefined)
        return useStore(fitting, `${work}: ${fitting.host} has enough slots`);
    const more = `${work}: more can be built at the same time than one builder has slots`;
    const problem = findObstacle(graph, reachable);
    return problem === undefined
        ? { mode: { kind: "distributed" }, reason: more }
        : useHook(`${more}, but ${problem}`);
}
/** Why a graph cannot be distributed over these builders; undefined if it can. */
function findObstacle({ needs, isKnown }, builders) {
    if (!isKnown)
        return "some derivations are content-addressed";
    if (builders.length < 2)
        return "only one builder's store can be reached directly";
    const unmet = needs.find((need) => !builders.some((builder) => isFit(builder, need)));
    if (unmet === undefined)
        return undefined;
    const required = [unmet.platform, ...unmet.features].join(", ");
    return `no builder whose store can be reached directly builds for ${required}`;
}
/**
 * Orders builders by preference for a job: ready ones before degraded ones, and within each group by
 * rendezvous hashing, so that adding or removing a builder moves as few jobs as possible.
 * @see Thaler and Ravishankar, "Using name-based mappings to increase hit rates"
 */
function rankBuilders(builders, key) {
    const score = ({ host, port }) => (0,external_node_crypto_.createHash)("sha256").update(`${key}\0${host}\0${port}`).digest("hex");
    const order = { ready: 0, degraded: 1, dropped: 2 };
    return builders
        .filter(model_builder/* isUsable */.Ng)
        .map((status) => ({ builder: status.builder, rank: order[status.state], score: score(status.builder) }))
        .toSorted((a, b) => a.rank - b.rank || (a.score < b.score ? -1 : 1))
        .map(({ builder }) => builder);
}

;// CONCATENATED MODULE: ./src/remote-build/choose-mode.ts





/**
 * Chooses how the builders share a build, and reserves the builder of a `single-store` build. Rejects with
 * `CANCELLED`.
 */
async function chooseMode({ plan, installables, workingDirectory, repository, forced }, { pool, runNix, log, reservations }) {
    const { target, buildSystem, attributes } = plan;
    const work = (0,model_builder/* countUsable */.ew)(pool.statuses, target) < 2
        ? undefined
        : await preview(runNix, { installables, cwd: workingDirectory }, log);
    const { chosen, release } = reservations.reserve((taken) => chooseBuildMode({
        target,
        buildSystem,
        builders: pool.statuses,
        isReachable: (builder) => isStoreReachable(pool, builder),
        taken,
        key: [repository, ...attributes].join("\n"),
        forced,
        graph: work === undefined ? undefined : (0,nix_derivation/* measureGraph */.Xr)(work.missing, work.closure),
    }));
    const { mode, reason } = chosen;
    if (mode.kind !== "distributed")
        return { mode, reason, release };
    if (work === undefined)
        throw new Error(`distributed mode was chosen for ${target} without a build graph`);
    return { mode, reason, release, work };
}
/** What has to be built; undefined if Nix cannot tell before the build. Rejects with `CANCELLED`. */
async function preview(runNix, request, log) {
    try {
        const found = await previewBuild(runNix, request);
        return { ...found, closure: await (0,nix_derivation/* readDerivationClosure */.zR)(found.missing) };
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error))
            throw error;
        log.debug(`the build graph is not known before the build: ${(0,action_error/* renderError */.vr)(error)}`);
        return undefined;
    }
}
/**
 * Whether we can talk to a builder's daemon over our own connection. The old protocol `ssh` has no daemon. A
 * forced command runs only Nix's daemon, so outputs could not be copied back in one stream.
 */
function isStoreReachable(pool, builder) {
    const status = pool.statuses.find((known) => known.builder.alias === builder.alias);
    const hasShell = status !== undefined && (0,model_builder/* isUsable */.Ng)(status) && status.facts.systems !== undefined;
    return builder.protocol === "ssh-ng" && hasShell && pool.connectionOf(builder) !== undefined;
}

// EXTERNAL MODULE: ./src/nix/command.ts
var command = __webpack_require__(82094);
// EXTERNAL MODULE: ./src/model/derivation.ts
var model_derivation = __webpack_require__(14820);
// EXTERNAL MODULE: ./src/ssh/connection.ts
var ssh_connection = __webpack_require__(34928);
// EXTERNAL MODULE: ./src/platform/silence-watch.ts
var silence_watch = __webpack_require__(34618);
;// CONCATENATED MODULE: ./src/nix-protocol/worker-protocol.ts
/**
 * The requests to a daemon that we use.
 * @see NixOS/nix, src/libstore/include/nix/store/worker-protocol.hh
 */
const OPERATION = {
    queryPathInfo: 26,
    queryValidPaths: 31,
    buildDerivation: 36,
    narFromPath: 38,
    addToStoreNar: 39,
};
/**
 * The kinds of messages that a daemon sends before its answer.
 * @see NixOS/nix, src/libstore/worker-protocol-connection.cc
 */
const SAYS = {
    text: 0x6f6c6d67,
    error: 0x63787470,
    startActivity: 0x53545254,
    stopActivity: 0x53544f50,
    result: 0x52534c54,
    last: 0x616c7473,
};
/** The kind of a result that is a line of a build's log. */
const BUILD_LOG_LINE = 101;
/** The statuses of a build that is good: Built, Substituted, AlreadyValid, ResolvesToAlreadyValid. */
const GOOD_STATUS = [0, 1, 2, 13];
/** Nix 2.8, the oldest supported one, speaks 1.34. The times in the answer to a build need 1.29. */
const OLDEST_MINOR = 32;

// EXTERNAL MODULE: ./src/nix-protocol/handshake.ts
var handshake = __webpack_require__(40699);
;// CONCATENATED MODULE: ./src/nix-protocol/session.ts








/** All strings of one message or answer together. */
const MAX_MESSAGE_BYTES = 1 << 26;
/** Nix sends at most six fields with an activity or a result. */
const MAX_FIELDS = 64;
const MAX_ITEMS = 100_000;
const FRAME_BYTES = 1 << 16;
/** A daemon that is asked for something that it knows answers in milliseconds, even on a busy builder. */
const ANSWER_LIMIT_MS = 30_000;
/** While it fetches paths, a daemon is silent for as long as a substituter is; so it is while it adds one. */
const WORK_LIMIT_MS = 600_000;
/**
 * A session with the Nix daemon of a builder over the worker protocol, one request at a time. All methods
 * reject with `BUILDER_UNREACHABLE` if the connection breaks or the daemon is silent for too long, with a
 * `ProtocolError` if the daemon sends something that is not valid in the protocol, and with `BUILDER_DENIED`
 * if the daemon refuses the request.
 * @see NixOS/nix, src/libstore/daemon.cc
 */
class DaemonSession {
    #channel;
    #silence;
    #reader;
    #host;
    constructor(channel, { host, clock }) {
        this.#channel = channel;
        this.#host = host;
        // Closing the channel would not end a wait: a hostile server need not answer that either.
        this.#silence = (0,silence_watch/* createSilenceWatch */.f)(clock, ANSWER_LIMIT_MS, (waitedMs) => silent(host, waitedMs));
        this.#reader = new WireReader(this.#hear(), {
            sender: host,
            maxStringBytes: MAX_MESSAGE_BYTES,
            maxMessageBytes: MAX_MESSAGE_BYTES,
            isKeeping: false,
        });
    }
    /** Opens a session with the daemon behind `channel`. Also rejects with `BUILDER_UNFIT` if it is too old. */
    static async open(channel, options) {
        // Pending reads and writes surface this error; ignore the event.
        channel.on("error", () => undefined);
        const session = new DaemonSession(channel, options);
        channel.once("close", () => {
            session.#silence.end();
        });
        try {
            await session.#greet();
            return session;
        }
        catch (error) {
            session.close();
            throw error;
        }
    }
    close() {
        this.#silence.end();
        this.#channel.destroy();
    }
    /** Those of `paths` that the store has. With `mayFetch`, the builder first substitutes what it can. */
    async queryValidPaths(paths, mayFetch) {
        if (paths.length === 0)
            return new Set();
        await this.#ask(OPERATION.queryValidPaths, [paths, mayFetch ? 1 : 0], {
            silenceLimitMs: mayFetch ? WORK_LIMIT_MS : ANSWER_LIMIT_MS,
        });
        const valid = new Set(await this.#reader.readStrings(paths.length));
        return new Set(paths.filter((path) => valid.has(path)));
    }
    /** Also rejects with `BUILDER_UNREACHABLE` if the store does not have the path. */
    async queryPathInfo(path) {
        await this.#ask(OPERATION.queryPathInfo, [path]);
        const reader = this.#reader;
        if ((await reader.readWord()) !== 1)
            throw reader.cutOff(`its store no longer has ${path}`);
        const deriver = await this.#readText();
        const narHash = await this.#readText();
        const references = (await reader.readStrings(MAX_ITEMS)).filter(store_path/* isStorePath */.z);
        await reader.readBits();
        const narBytes = await reader.readWord();
        await reader.readBits();
        await reader.readStrings(MAX_ITEMS);
        return { path, deriver, narHash, narBytes, references, contentAddress: await this.#readText() };
    }
    /** Streams the NAR of a path in the builder's store. It must be read to its end. */
    async *readNar(path) {
        await this.#ask(OPERATION.narFromPath, [path]);
        yield* this.#reader.passArchive();
    }
    /** Adds a path whose references the store already has. The daemon checks the NAR by the hash of `info`. */
    async addPath(info, nar) {
        const { path, deriver, narHash, narBytes, references, contentAddress } = info;
        const isRepair = 0;
        const isUnsigned = 1;
        this.#silence.allow(WORK_LIMIT_MS);
        const [registrationTime, isUltimate, signatures] = [0, 0, []];
        await this.#write(renderWire([
            OPERATION.addToStoreNar,
            ...[path, deriver, narHash, references, registrationTime, narBytes, isUltimate, signatures],
            ...[contentAddress, isRepair, isUnsigned],
        ]));
        // Frames: each is preceded by its length, and the last one is empty. Small pieces of the NAR are joined.
        let frame = [];
        let frameBytes = 0;
        const send = async () => {
            await this.#write(Buffer.concat([renderWire([frameBytes]), ...frame]));
            [frame, frameBytes] = [[], 0];
        };
        for await (const piece of nar) {
            frame.push(piece);
            frameBytes += piece.length;
            if (frameBytes >= FRAME_BYTES)
                await send();
        }
        if (frameBytes > 0)
            await send();
        await send();
        await this.#listen(() => undefined);
    }
    /**
     * Builds one derivation whose `inputs` the store already has. `onLogLine` gets every line of its log. The
     * caller decides how long the build may be silent.
     */
    async build(drvPath, derivation, inputs, onLogLine) {
        const { outputs, platform, builder, args, environment } = derivation;
        const normal = 0;
        const question = [
            drvPath,
            outputs.length,
            ...outputs.flatMap(({ name, path = "", hashAlgorithm, hash }) => [name, path, hashAlgorithm, hash]),
            inputs,
            platform,
            builder,
            args,
            environment.length,
            ...environment.flat(),
            normal,
        ];
        await this.#ask(OPERATION.buildDerivation, question, { onLogLine, silenceLimitMs: Infinity });
        const reader = this.#reader;
        const status = await reader.readWord();
        const message = await this.#readText();
        for (let i = 0; i < 4; i++)
            await reader.readBits();
        const realisations = await reader.readCount(MAX_ITEMS);
        for (let i = 0; i < 2 * realisations; i++)
            await reader.readString();
        return GOOD_STATUS.includes(status) ? { outcome: "built" } : { outcome: "failed", message };
    }
    async #greet() {
        await this.#write(renderWire([handshake/* WORKER */.nK.client, handshake/* WORKER */.nK.version, 0, 0]));
        if ((await this.#reader.readWord()) !== handshake/* WORKER */.nK.server)
            throw this.#reader.unreadable("it does not come from Nix");
        const minor = Math.min((await this.#reader.readWord()) & 0xff, handshake/* WORKER */.nK.version & 0xff);
        if (minor < OLDEST_MINOR) {
            const spoken = `it speaks version 1.${minor} of the worker protocol`;
            throw new ProtocolError("BUILDER_UNFIT", `the Nix of ${this.#host} is too old: ${spoken}`, {
                hint: "Install Nix 2.8 or newer on the builder.",
            });
        }
        if (minor >= handshake/* TELLS_VERSION */.MZ && (await this.#reader.readString()).length > handshake/* MAX_VERSION_BYTES */.Wl) {
            throw this.#reader.unreadable("the Nix version is too long");
        }
        if (minor >= handshake/* TELLS_TRUST */.ej)
            await this.#reader.readBits();
        await this.#listen(() => undefined);
    }
    async #ask(operation, question, { onLogLine = () => undefined, silenceLimitMs = ANSWER_LIMIT_MS, } = {}) {
        this.#silence.allow(silenceLimitMs);
        await this.#write(renderWire([operation, ...question]));
        await this.#listen(onLogLine);
    }
    async *#hear() {
        const pieces = this.#channel[Symbol.asyncIterator]();
        for (;;) {
            const next = await this.#silence.wait(pieces.next());
            if (next.done === true)
                return;
            yield next.value;
        }
    }
    /** Reads the messages that the daemon sends before its answer. */
    async #listen(onLogLine) {
        const reader = this.#reader;
        for (;;) {
            reader.beginMessage();
            switch (await reader.readWord()) {
                case SAYS.last:
                    return;
                case SAYS.text:
                    await reader.readString();
                    break;
                case SAYS.startActivity:
                    for (let i = 0; i < 3; i++)
                        await reader.readBits();
                    await reader.readString();
                    await this.#readFields();
                    await reader.readBits();
                    break;
                case SAYS.stopActivity:
                    await reader.readBits();
                    break;
                case SAYS.result: {
                    await reader.readBits();
                    const type = await reader.readBits();
                    const [line] = await this.#readFields();
                    if (type === BigInt(BUILD_LOG_LINE) && typeof line === "string")
                        onLogLine(line);
                    break;
                }
                case SAYS.error:
                    throw this.#refused(await this.#readError());
                default:
                    throw reader.unreadable("a message is of an unknown kind");
            }
        }
    }
    async #readFields() {
        const count = await this.#reader.readCount(MAX_FIELDS);
        const fields = [];
        for (let i = 0; i < count; i++) {
            const isNumber = (await this.#reader.readWord()) === 0;
            fields.push(isNumber ? await this.#reader.readBits() : await this.#readText());
        }
        return fields;
    }
    async #readError() {
        const reader = this.#reader;
        await reader.readString();
        await reader.readBits();
        await reader.readString();
        const message = await this.#readText();
        await reader.readBits();
        const traces = await reader.readCount(MAX_ITEMS);
        for (let i = 0; i < traces; i++) {
            await reader.readBits();
            await reader.readString();
        }
        return message;
    }
    async #readText() {
        return (0,log/* sanitizeText */.jZ)((await this.#reader.readString()).toString("utf8"));
    }
    /** Waits until the channel accepts more data; rejects if the channel closes first. */
    async #write(bytes) {
        const channel = this.#channel;
        if (channel.destroyed || !channel.writable)
            throw this.#lost();
        if (channel.write(bytes))
            return;
        await this.#silence.wait(new Promise((resolve, reject) => {
            const onDrain = () => {
                channel.removeListener("close", onClose);
                resolve();
            };
            const onClose = () => {
                channel.removeListener("drain", onDrain);
                reject(this.#lost());
            };
            channel.once("drain", onDrain);
            channel.once("close", onClose);
        }));
    }
    #lost() {
        return new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", `the connection to the Nix of ${this.#host} was lost`, {
            hint: "Check that the builder is running and can be reached.",
        });
    }
    #refused(message) {
        return new action_error/* ActionError */.lZ("BUILDER_DENIED", `the Nix of ${this.#host} refused: ${message}`, {
            hint: "Check that the builder's nix.conf lists the SSH user in trusted-users.",
        });
    }
}
function silent(host, waitedMs) {
    return new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", `the Nix daemon of ${host} has not answered for ${Math.round(waitedMs / 1000)} s`, { hint: "Check the Nix daemon on the builder: systemctl status nix-daemon." });
}

// EXTERNAL MODULE: ./src/platform/debug-log.ts
var debug_log = __webpack_require__(11043);
;// CONCATENATED MODULE: ./src/remote-build/builder-store.ts







/**
 * The store of one builder, reached over one connection. Opens as many daemon sessions as concurrent requests
 * need, and reuses idle ones. Remembers which paths it has seen in the store. All methods reject with the
 * codes of `DaemonSession`.
 */
class BuilderStore {
    builder;
    connection;
    #idle = [];
    #all = new Set();
    #paths = new Set();
    #copying = new Map();
    /** For paths that are being copied, the reference that each waits for. There are no cycles in it. */
    #waitsFor = new Map();
    #waiting = [];
    #sending = Promise.resolve();
    /** The number of open channels, including those still in the handshake. */
    #channels = 0;
    #limit = Infinity;
    #isClosed = false;
    #effects;
    /** Logs each exchange with the builder's daemon at debug level. */
    constructor(builder, connection, effects) {
        this.builder = builder;
        this.connection = connection;
        this.#effects = effects;
        connection.onClose(() => {
            this.#rejectWaiting(new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", `the connection to ${builder.host} was lost`, {
                hint: "Check that the builder is running, and the network between it and this machine.",
            }));
        });
    }
    /** Maximum concurrent builds. One SSH session stays free so that other builders can fetch outputs. */
    get maxBuilds() {
        return this.#limit - 1;
    }
    has(path) {
        return this.connection.isOpen() && this.#paths.has(path);
    }
    /** Records that the store has these paths. */
    markPresent(paths) {
        for (const path of paths)
            this.#paths.add(path);
    }
    async queryPresent(paths, mayFetch) {
        const asked = `query ${(0,model_count/* countOf */.pq)(paths.length, "path")}`;
        const present = await this.#withSession(asked, (session) => session.queryValidPaths(paths, mayFetch));
        this.markPresent(present);
    }
    /**
     * Copies a path and its references from one of the other stores. Rejects with `BUILDER_DENIED` if a
     * reference is not `isExpected`: otherwise a builder could plant arbitrary paths in the stores of others.
     * Also rejects a path that refers to itself through others: its copy would never end.
     */
    async copyFrom(path, others, isExpected) {
        if (this.has(path))
            return;
        const coming = this.#copying.get(path) ??
            this.#copy(path, others, isExpected).finally(() => this.#copying.delete(path));
        this.#copying.set(path, coming);
        await coming;
    }
    async build(drvPath, derivation, inputs, onLogLine) {
        const answer = await this.#withSession(`build ${drvPath}`, (session) => session.build(drvPath, derivation, inputs, onLogLine));
        if (answer.outcome === "built")
            this.markPresent((0,model_derivation/* outputPaths */.u)(derivation));
        return answer;
    }
    /** Closes all sessions, which aborts running builds. The connection stays open. */
    close() {
        this.#isClosed = true;
        for (const session of this.#all)
            session.close();
        this.#rejectWaiting(buildHasEnded());
    }
    async #copy(path, others, isExpected) {
        const source = others.find((other) => other !== this && other.has(path));
        if (source === undefined) {
            throw new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", `${this.builder.host} needs ${path}, which was lost with the builder that had it`, { hint: "Check why that builder was lost: the job summary lists all changes of builders." });
        }
        const info = await source.#inTurn(`describe ${path}`, (session) => session.queryPathInfo(path));
        const unknown = info.references.filter((reference) => reference !== path && !this.has(reference));
        if (unknown.length > 0)
            await this.queryPresent(unknown, true);
        for (const reference of unknown.filter((other) => !this.has(other))) {
            if (!isExpected(reference))
                throw unasked(source.builder, path, reference);
            if (this.#isWaitingFor(reference, path))
                throw circular(source.builder, path, reference);
            source.markPresent([reference]);
            this.#waitsFor.set(path, reference);
            try {
                await this.copyFrom(reference, [source], isExpected);
            }
            finally {
                this.#waitsFor.delete(path);
            }
        }
        await source.#inTurn(`send ${path}`, (sender) => this.#withSession(`receive ${path}`, (receiver) => receiver.addPath(info, sender.readNar(path))));
        this.markPresent([path]);
    }
    /** Whether the copy of `path` waits for that of `other`, directly or through others. */
    #isWaitingFor(path, other) {
        for (let next = path; next !== undefined; next = this.#waitsFor.get(next)) {
            if (next === other)
                return true;
        }
        return false;
    }
    /** Serves copies from this store one at a time, so that they occupy only one session. */
    async #inTurn(exchange, work) {
        const turn = this.#sending.then(() => this.#withSession(exchange, work));
        this.#sending = turn.catch(() => undefined);
        return turn;
    }
    /** Discards the session after any error: its protocol state is unknown. */
    async #withSession(exchange, work) {
        const session = await this.#acquire();
        try {
            const result = await (0,debug_log/* logExchange */.m)(this.builder.host, exchange, this.#effects, () => work(session));
            this.#release(session);
            return result;
        }
        catch (error) {
            this.#discard(session);
            throw error;
        }
    }
    /** If sshd allows no more sessions on the connection, waits until a session is free. */
    async #acquire() {
        const idle = this.#idle.pop();
        if (idle !== undefined)
            return idle;
        if (this.#channels >= this.#limit)
            return this.#wait();
        try {
            return await this.#open();
        }
        catch (error) {
            if (!(0,ssh_connection/* isCrowded */.lB)(error) || !this.connection.isOpen() || this.#channels === 0)
                throw error;
            if (this.#channels === 1)
                throw tooCrowded(this.builder);
            this.#limit = this.#channels;
            // A session may have become free while sshd was asked, when this request was not in the queue yet.
            return this.#idle.pop() ?? this.#wait();
        }
    }
    #wait() {
        return new Promise((resolve, reject) => {
            this.#waiting.push({ resolve, reject });
        });
    }
    #rejectWaiting(error) {
        for (const { reject } of this.#waiting.splice(0))
            reject(error);
    }
    #release(session) {
        const next = this.#waiting.shift();
        if (next === undefined)
            this.#idle.push(session);
        else
            next.resolve(session);
    }
    #discard(session) {
        this.#all.delete(session);
        session.close();
        this.#endChannel();
    }
    #endChannel() {
        this.#channels -= 1;
        const next = this.#waiting.shift();
        if (next !== undefined)
            this.#acquire().then(next.resolve, next.reject);
    }
    async #open() {
        const command = (0,handshake/* renderRemoteCommand */.q8)({ ...this.builder, protocol: "ssh-ng" });
        const { host } = this.builder;
        const channel = await this.connection.openChannel(command).catch((error) => {
            throw (0,action_error/* aboutSubject */.c_)(error, host);
        });
        this.#channels += 1;
        this.#limit = Math.max(this.#limit, this.#channels);
        channel.stderr.resume();
        try {
            const { clock } = this.#effects;
            const session = await (0,debug_log/* logExchange */.m)(host, "open a session with its Nix daemon", this.#effects, () => DaemonSession.open(channel, { host, clock }));
            this.#all.add(session);
            if (!this.#isClosed)
                return session;
            session.close();
            throw buildHasEnded();
        }
        catch (error) {
            channel.destroy();
            this.#endChannel();
            throw error;
        }
    }
}
function buildHasEnded() {
    return (0,action_error/* runCancelled */.LJ)("the build has ended");
}
function tooCrowded({ host }) {
    return new action_error/* ActionError */.lZ("BUILDER_UNFIT", `the sshd of ${host} allows only one session per connection`, {
        hint: "Set MaxSessions in the builder's sshd_config to its number of slots plus two. The default is 10.",
    });
}
function unasked({ host }, path, reference) {
    return new action_error/* ActionError */.lZ("BUILDER_DENIED", `${host} has ${path} with a reference to ${reference}, which is not part of this build`, { hint: "The path was not copied. Do not trust this builder until you know why." });
}
function circular({ host }, path, reference) {
    return new action_error/* ActionError */.lZ("BUILDER_DENIED", `${host} has ${path}, which refers to itself through ${reference}`, {
        hint: "The path was not copied. Do not trust this builder until you know why.",
    });
}

// EXTERNAL MODULE: ./src/model/shell.ts
var shell = __webpack_require__(843);
;// CONCATENATED MODULE: ./src/ssh/command-stream.ts



const KEPT_CHARACTERS = 1 << 20;
const SILENCE_LIMIT_MS = 60_000;
/**
 * Streams `input` to a command's stdin, and yields the command's stdout. Throws `BUILDER_UNREACHABLE` if the
 * command fails, the connection is lost, or the command keeps its reader waiting for a minute.
 */
async function* stream(opening, input, clock) {
    const channel = await opening;
    const silence = (0,silence_watch/* createSilenceWatch */.f)(clock, SILENCE_LIMIT_MS, (waitedMs) => (0,ssh_connection/* unreachable */.HB)(`the builder's Nix has sent nothing for ${Math.round(waitedMs / 1000)} s`));
    let stderr = "";
    let exitCode;
    channel.stderr.on("data", (bytes) => {
        stderr = (stderr + bytes.toString("utf8")).slice(-KEPT_CHARACTERS);
    });
    channel.on("exit", (code) => {
        exitCode = code ?? 128;
    });
    const closed = new Promise((resolve) => channel.once("close", resolve));
    const feed = async () => {
        for await (const text of input)
            channel.write(text);
        channel.end();
    };
    // The producer of `input` reports its own failure; here it only ends the command.
    feed().catch(() => {
        channel.close();
    });
    try {
        const pieces = channel[Symbol.asyncIterator]();
        for (;;) {
            const next = await silence.wait(pieces.next());
            if (next.done === true)
                break;
            yield next.value;
        }
        await silence.wait(closed);
    }
    finally {
        silence.end();
        channel.close();
    }
    if (exitCode === 0)
        return;
    const lastLine = (0,log/* sanitizeText */.jZ)(stderr).trim().split("\n").at(-1) ?? "";
    throw (0,ssh_connection/* unreachable */.HB)(exitCode === undefined
        ? "the connection was lost"
        : `the builder's Nix exited with ${exitCode}${lastLine === "" ? "" : `: ${lastLine.slice(-300)}`}`);
}

;// CONCATENATED MODULE: ./src/remote-build/fetch-outputs.ts










const QUERY_LIMIT_MS = 60_000;
/** Enough for the list of a closure with a million paths. */
const MAX_LIST_BYTES = 1 << 27;
/**
 * The command line that `copyOutputsBack` runs on a builder. It reads the output paths, lists their closures,
 * reads which of those paths are missing on this machine, and exports them.
 */
function renderFetchCommand(builder) {
    const nixStore = (0,handshake/* renderNixStoreProgram */.ve)(builder);
    const list = `read -r outputs && ${nixStore} --query --requisites $outputs && echo`;
    return (0,shell/* renderShellCommand */.c)(["/bin/sh", "-c", `${list} && exec ${nixStore} --export $(cat)`]);
}
/**
 * Copies the closures of outputs from a builder to this machine in one stream, without the paths that are
 * already here. Requests only outputs and sources of the closure of the built derivations, and refuses any
 * path that it did not request. Resolves to the number of copied paths. Rejects with `BUILDER_UNREACHABLE`,
 * `BUILDER_DENIED`, `NIX_NOT_TRUSTED`, and as RunCommand does.
 */
async function fetchOutputs(built, host, channel, { runNixStoreCli, clock }) {
    let want = () => undefined;
    const wanted = new Promise((resolve) => (want = resolve));
    const input = async function* () {
        yield `${built.map(({ outPath }) => outPath).join(" ")}\n`;
        yield await wanted;
    };
    const output = stream(channel, input(), clock);
    const reading = (0,nix_derivation/* readDerivationClosure */.zR)(built.map(({ drvPath }) => drvPath));
    reading.catch(() => undefined);
    try {
        const [list, rest] = await readList(output, host);
        const listed = list.split("\n").filter(store_path/* isStorePath */.z);
        const missing = await listMissing(listed, runNixStoreCli);
        const closure = await reading;
        const expected = new Set([...(0,nix_derivation/* listExpected */.Dx)(closure), ...built.map(({ outPath }) => outPath)]);
        const unexpected = missing.find((path) => !expected.has(path));
        if (unexpected !== undefined)
            throw notRequested(host, unexpected);
        const requested = new Set(missing);
        want(`${missing.join("\n")}\n`);
        const stream = guardExport(rest, host, (path) => requested.has(path));
        await runNixStoreCli(["--import"], { timeoutMs: command/* COPY_LIMIT_MS */.Je, input: external_node_stream_.Readable.from(stream) });
        return missing.length;
    }
    catch (error) {
        throw (0,action_error/* aboutSubject */.c_)(toImportError(error), host);
    }
    finally {
        await output.return(undefined);
    }
}
/**
 * Copies the outputs of a build back from one builder, through a channel that runs `renderFetchCommand`. If
 * that fails, the outcome still lists what the builder built, together with the error. Rejects with
 * `CANCELLED`.
 */
async function copyOutputsBack(outcome, { builder, connection }, effects, channel = connection.openChannel(renderFetchCommand(builder))) {
    try {
        const copied = await fetchOutputs(outcome.built, builder.host, channel, effects);
        effects.log.info(`copied ${(0,model_count/* countOf */.pq)(copied, "store path")} back from ${builder.host}`);
        return outcome;
    }
    catch (error) {
        if (!(error instanceof action_error/* ActionError */.lZ) || (0,action_error/* isCancelled */.mm)(error))
            throw error;
        return { ...outcome, built: [], error };
    }
}
/** The paths that this machine's store lacks. Nix is asked only about paths that exist on disk. */
async function listMissing(paths, runNixStoreCli) {
    const isThere = await Promise.all(paths.map(nix_derivation/* isPresent */.Wo));
    const there = paths.filter((_, i) => isThere[i] === true);
    if (there.length === 0)
        return paths;
    const check = ["--check-validity", "--print-invalid", ...there];
    const { stdout } = await runNixStoreCli(check, { timeoutMs: QUERY_LIMIT_MS });
    const invalid = new Set(stdout.split("\n"));
    return paths.filter((path, i) => isThere[i] !== true || invalid.has(path));
}
/** A builder's outputs are unsigned, and a Nix daemon accepts unsigned paths only from trusted users. */
function toImportError(error) {
    const isUntrusted = error instanceof action_error/* ActionError */.lZ &&
        error.code === "COMMAND_FAILED" &&
        /lacks a (?:valid )?signature/.test(error.message);
    if (!isUntrusted)
        return error;
    return new action_error/* ActionError */.lZ("NIX_NOT_TRUSTED", "this machine's Nix daemon does not trust this user, so it accepts no unsigned paths from builders", { cause: error, hint: "Add this user to trusted-users in /etc/nix/nix.conf and restart the daemon." });
}
/** Reads the lines up to the first empty one. Returns them, and the rest of the stream. */
async function readList(output, host) {
    const pieces = [];
    let bytes = 0;
    // The last byte and the next piece: the two ends of line may be in different pieces.
    let tail = Buffer.alloc(0);
    let end = -1;
    while (end === -1) {
        const next = await output.next();
        if (next.done === true || bytes > MAX_LIST_BYTES) {
            throw new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", `${host} did not list the outputs that it built`, {
                hint: "Run again. If it fails again, check the builder's store with nix-store --verify.",
            });
        }
        tail = Buffer.concat([tail.subarray(-1), next.value]);
        const at = tail.indexOf("\n\n");
        pieces.push(next.value);
        bytes += next.value.length;
        if (at !== -1)
            end = bytes - tail.length + at;
    }
    const read = Buffer.concat(pieces, bytes);
    const rest = async function* () {
        yield read.subarray(end + 2);
        yield* output;
    };
    return [read.subarray(0, end).toString("utf8"), rest()];
}

// EXTERNAL MODULE: external "node:net"
var external_node_net_ = __webpack_require__(77030);
;// CONCATENATED MODULE: ./src/remote-build/spare-channel.ts
/** A channel for a command on a builder, opened in advance because opening one takes two round trips. */
class SpareChannel {
    #connection;
    #command;
    #spare;
    constructor(connection, command) {
        this.#connection = connection;
        this.#command = command;
        this.#spare = this.#open();
        this.#spare.catch(() => undefined);
    }
    /** Returns the spare channel once. After that, or if it could not be opened, opens a new one. */
    async take() {
        const spare = this.#spare;
        this.#spare = undefined;
        const channel = await spare?.catch(() => undefined);
        return channel !== undefined && this.#connection.isOpen() ? channel : this.#open();
    }
    /** Closes the spare channel if it was not taken. */
    close() {
        this.#spare?.then((channel) => {
            channel.close();
        }, () => undefined);
        this.#spare = undefined;
    }
    #open() {
        return this.#connection.openChannel(this.#command);
    }
}

;// CONCATENATED MODULE: ./src/remote-build/forwarded-daemon.ts





/**
 * Lets Nix reach a builder's store through our existing connection: listens on a Unix socket in a private
 * folder, and opens a channel to the builder's daemon for each client. Clients need no SSH handshake of their
 * own, and are disconnected as soon as the builder is lost. Rejects with a system error if the socket cannot
 * be created.
 */
async function forwardDaemon(builder, connection, wantedFile) {
    const socketFile = await shorten(wantedFile);
    // Nix connects only after evaluation; by then the first channel is open.
    const channels = new SpareChannel(connection, (0,handshake/* renderRemoteCommand */.q8)({ ...builder, protocol: "ssh-ng" }));
    const clients = new Set();
    const server = (0,external_node_net_.createServer)({ allowHalfOpen: true }, (client) => {
        clients.add(client);
        client.on("close", () => clients.delete(client));
        client.on("error", () => undefined);
        channels.take().then((channel) => {
            client.pipe(channel).pipe(client);
            channel.on("close", () => client.destroy());
            channel.on("error", () => client.destroy());
            channel.stderr.resume();
            client.on("close", () => {
                channel.close();
            });
        }, () => client.destroy());
    });
    await new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(socketFile, resolve);
    });
    connection.onClose(() => {
        for (const client of clients)
            client.destroy();
    });
    return {
        storeUri: `unix://${socketFile}`,
        close: () => {
            server.close();
            for (const client of clients)
                client.destroy();
            channels.close();
            if (socketFile !== wantedFile)
                void (0,promises_.rm)((0,external_node_path_.dirname)(socketFile), { recursive: true, force: true });
        },
    };
}
/**
 * The path itself if it fits into the address of a Unix socket, else one in a new temporary folder.
 * @see unix(7), sun_path
 */
async function shorten(socketFile) {
    if (Buffer.byteLength(socketFile) <= 100)
        return socketFile;
    return (0,external_node_path_.join)(await (0,promises_.mkdtemp)("/tmp/cross-build-tunnel-"), (0,external_node_path_.basename)(socketFile));
}

;// CONCATENATED MODULE: ./node_modules/tinyqueue/index.js

class TinyQueue {
    constructor(data = [], compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0)) {
        this.data = data;
        this.length = this.data.length;
        this.compare = compare;

        if (this.length > 0) {
            for (let i = (this.length >> 1) - 1; i >= 0; i--) this._down(i);
        }
    }

    push(item) {
        this.data.push(item);
        this._up(this.length++);
    }

    pop() {
        if (this.length === 0) return undefined;

        const top = this.data[0];
        const bottom = this.data.pop();

        if (--this.length > 0) {
            this.data[0] = bottom;
            this._down(0);
        }

        return top;
    }

    peek() {
        return this.data[0];
    }

    _up(pos) {
        const {data, compare} = this;
        const item = data[pos];

        while (pos > 0) {
            const parent = (pos - 1) >> 1;
            const current = data[parent];
            if (compare(item, current) >= 0) break;
            data[pos] = current;
            pos = parent;
        }

        data[pos] = item;
    }

    _down(pos) {
        const {data, compare} = this;
        const halfLength = this.length >> 1;
        const item = data[pos];

        while (pos < halfLength) {
            let bestChild = (pos << 1) + 1; // initially it is the left child
            const right = bestChild + 1;

            if (right < this.length && compare(data[right], data[bestChild]) < 0) {
                bestChild = right;
            }
            if (compare(data[bestChild], item) >= 0) break;

            data[pos] = data[bestChild];
            pos = bestChild;
        }

        data[pos] = item;
    }
}

;// CONCATENATED MODULE: ./src/remote-build/ready-queue.ts

/**
 * Steps that wait for a builder, the one with the longest chain first. Each kind of needs has a queue of its
 * own, so that steps that no free builder supports need not be skipped one by one.
 */
class ReadyQueue {
    #byNeeds = new Map();
    #queued = new Set();
    add(step) {
        if (this.#queued.has(step))
            return;
        this.#queued.add(step);
        const queue = this.#byNeeds.get(step.needs) ?? new TinyQueue([], compare);
        this.#byNeeds.set(step.needs, queue);
        queue.push(step);
    }
    /** Takes the first step whose needs can be met. Drops steps before it that are no longer `isReady`. */
    take(canMeet, isReady) {
        let first;
        for (const [needs, queue] of this.#byNeeds) {
            this.#dropStale(queue, isReady);
            const step = queue.peek();
            if (step !== undefined && (first === undefined || compare(step, first) < 0) && canMeet(needs))
                first = step;
        }
        if (first !== undefined)
            this.#drop(this.#byNeeds.get(first.needs));
        return first;
    }
    #dropStale(queue, isReady) {
        for (let step = queue.peek(); step !== undefined && !isReady(step); step = queue.peek())
            this.#drop(queue);
    }
    #drop(queue) {
        const step = queue?.pop();
        if (step !== undefined)
            this.#queued.delete(step);
    }
}
/** The longest chain comes first, and among chains of the same length the step that was planned last. */
function compare(a, b) {
    return b.height - a.height || b.index - a.index;
}

;// CONCATENATED MODULE: ./src/remote-build/progress.ts

/**
 * The progress of a build: which steps are needed, ready and done. Updating a step takes time proportional to
 * the number of its neighbours; only the loss of a builder requires a look at all steps.
 */
class BuildProgress {
    #steps;
    #wanted;
    #isAvailable;
    #progress;
    #ready = new ReadyQueue();
    #wantedLeft = 0;
    /** `wanted` lists derivations. `isAvailable` says whether a builder has the outputs of a finished step. */
    constructor(steps, wanted, isAvailable) {
        this.#steps = steps;
        this.#wanted = wanted;
        this.#isAvailable = isAvailable;
        this.#progress = steps.map(({ dependencies }) => ({
            state: "waiting",
            unmet: dependencies.length,
            demand: 0,
        }));
        const asked = steps.filter(({ drvPath }) => wanted.has(drvPath));
        this.#wantedLeft = asked.length;
        this.#addDemand(asked);
    }
    /** Whether all wanted derivations are built, or were found in a builder's store. */
    get isComplete() {
        return this.#wantedLeft === 0;
    }
    /** The number of steps that still have to be built: a running one counts, as does one that was lost. */
    countNeeded() {
        return this.#progress.filter(({ state, demand }) => state !== "done" && demand > 0).length;
    }
    /** Takes the ready step with the longest chain whose needs can be met, and marks it as running. */
    takeReady(canMeet) {
        const step = this.#ready.take(canMeet, (queued) => this.#isReady(queued));
        if (step !== undefined)
            this.#of(step).state = "running";
        return step;
    }
    isWaiting(step) {
        return this.#of(step).state === "waiting";
    }
    /** Marks a step as done, or puts it back if the builder with its outputs was lost meanwhile. */
    finish(step) {
        const progress = this.#of(step);
        if (progress.state === "done")
            return;
        if (!this.#isAvailable(step)) {
            this.putBack(step);
            return;
        }
        progress.state = "done";
        if (this.#wanted.has(step.drvPath))
            this.#wantedLeft -= 1;
        if (progress.demand > 0)
            this.#dropDemand(step.dependencies);
        for (const dependent of step.dependents) {
            this.#of(dependent).unmet -= 1;
            this.#queueIfReady(dependent);
        }
    }
    /** Marks a step as waiting again, since it was not built. */
    putBack(step) {
        this.#of(step).state = "waiting";
        this.#queueIfReady(step);
    }
    /** Marks finished steps as waiting again if their outputs were lost and are still needed. */
    reviveLost() {
        for (const step of this.#steps.toReversed()) {
            const { state, demand } = this.#of(step);
            if (state === "done" && demand > 0 && !this.#isAvailable(step))
                this.#revive(step);
        }
    }
    #revive(step) {
        this.#of(step).state = "waiting";
        if (this.#wanted.has(step.drvPath))
            this.#wantedLeft += 1;
        for (const dependent of step.dependents)
            this.#of(dependent).unmet += 1;
        this.#addDemand(step.dependencies);
        this.#queueIfReady(step);
    }
    /**
     * Adds a consumer to each step; a newly needed step becomes a consumer of its dependencies. Not recursive,
     * because a long chain would overflow the stack.
     */
    #addDemand(steps) {
        const stack = [...steps];
        for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
            const progress = this.#of(step);
            progress.demand += 1;
            if (progress.demand > 1)
                continue;
            if (progress.state === "done") {
                if (this.#isAvailable(step))
                    continue;
                progress.state = "waiting";
                for (const dependent of step.dependents)
                    this.#of(dependent).unmet += 1;
            }
            for (const dependency of step.dependencies)
                stack.push(dependency);
            this.#queueIfReady(step);
        }
    }
    #dropDemand(steps) {
        const stack = [...steps];
        for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
            const progress = this.#of(step);
            progress.demand -= 1;
            if (progress.demand > 0 || progress.state === "done")
                continue;
            for (const dependency of step.dependencies)
                stack.push(dependency);
        }
    }
    #queueIfReady(step) {
        if (this.#isReady(step))
            this.#ready.add(step);
    }
    #isReady(step) {
        const { state, unmet, demand } = this.#of(step);
        return state === "waiting" && unmet === 0 && demand > 0;
    }
    #of(step) {
        const progress = this.#progress[step.index];
        if (progress === undefined)
            throw new RangeError(`${step.drvPath} is not a step of this build`);
        return progress;
    }
}

;// CONCATENATED MODULE: ./src/remote-build/steps.ts



/** The steps of a build, each one after its dependencies. */
function planSteps({ missing, closure }) {
    const depths = (0,nix_derivation/* measureDepths */.vT)(missing, closure);
    const steps = new Map();
    const shareNeeds = createNeedsTable();
    for (const drvPath of missing.toSorted((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0))) {
        const derivation = closure.get(drvPath);
        if (derivation === undefined || steps.has(drvPath))
            continue;
        const needed = [...derivation.inputs].map(([input, names]) => ({
            step: steps.get(input),
            paths: (closure.get(input)?.outputs ?? []).flatMap(({ name, path }) => path !== undefined && names.includes(name) ? [path] : []),
        }));
        const dependencies = needed.flatMap(({ step }) => step ?? []);
        const step = {
            index: steps.size,
            drvPath,
            derivation,
            needs: shareNeeds((0,nix_derivation/* needsOf */.hN)(derivation)),
            height: 1,
            inputs: [...derivation.sources, ...needed.flatMap(({ paths }) => paths)].filter(store_path/* isStorePath */.z),
            builtInputs: needed.flatMap(({ step: other, paths }) => (other === undefined ? [] : paths)),
            dependencies,
            dependents: [],
        };
        for (const other of dependencies)
            other.dependents.push(step);
        steps.set(drvPath, step);
    }
    const planned = [...steps.values()];
    for (const step of planned.toReversed())
        for (const { height } of step.dependents)
            step.height = Math.max(step.height, 1 + height);
    return planned;
}
function createNeedsTable() {
    const known = new Map();
    return (needs) => {
        const key = [needs.platform, ...needs.features].join("\n");
        const same = known.get(key) ?? needs;
        known.set(key, same);
        return same;
    };
}

// EXTERNAL MODULE: ./src/builders/machines-file.ts
var machines_file = __webpack_require__(59167);
;// CONCATENATED MODULE: ./src/remote-build/worker-set.ts





/** The builders that take part in one build. Each can build at least one step; they may join and leave. */
class WorkerSet {
    #effects;
    #kindsOfNeeds;
    #workers = [];
    #lost = new Set();
    constructor(steps, effects) {
        this.#effects = effects;
        this.#kindsOfNeeds = [...new Set(steps.map(({ needs }) => needs))];
    }
    get stores() {
        return this.#workers.map(({ store }) => store);
    }
    /** The reasons why workers get no more builds. */
    get exclusions() {
        return this.#workers.flatMap(({ exclusion, store }) => {
            if (exclusion !== undefined)
                return [exclusion];
            return store.connection.isOpen() ? [] : [`${store.builder.host}: the connection was lost`];
        });
    }
    get isEveryonePrepared() {
        return this.#workers.every(({ isPrepared, exclusion }) => isPrepared || exclusion !== undefined);
    }
    /** Adds the builders that have become usable. A builder that has reconnected is added as a new worker. */
    takeIn() {
        const { pool, isReachable, openStore } = this.#effects;
        const known = new Set(this.#workers.map(({ store }) => store.connection));
        const joined = [];
        for (const status of pool.statuses) {
            if (!(0,model_builder/* isUsable */.Ng)(status) || !isReachable(status.builder))
                continue;
            if (!this.#kindsOfNeeds.some((needs) => isFit(status.builder, needs)))
                continue;
            const connection = pool.connectionOf(status.builder);
            if (connection === undefined || known.has(connection))
                continue;
            const store = openStore(status.builder, connection);
            joined.push({ store, isPrepared: false, running: 0, failures: 0, exclusion: undefined });
        }
        this.#workers.push(...joined);
        return joined;
    }
    /** Whether a connection was lost since the last call. */
    noticeLosses() {
        const before = this.#lost.size;
        for (const worker of this.#workers)
            if (!worker.store.connection.isOpen())
                this.#lost.add(worker);
        return this.#lost.size > before;
    }
    findWith(path) {
        return this.#workers.find(({ store }) => store.has(path))?.store;
    }
    /** Whether one of the workers has all outputs of a step. */
    haveOutputs(step) {
        return this.#workers.some(({ store }) => hasOutputs(store, step));
    }
    listAble() {
        const { statuses } = this.#effects.pool;
        const weighed = new Map((0,machines_file/* applyDegradedWeights */.u7)(statuses).map((builder) => [builder.alias, builder]));
        const degraded = new Set(statuses.flatMap(({ state, builder }) => (state === "degraded" ? [builder.alias] : [])));
        return this.#workers.flatMap((worker) => {
            const builder = weighed.get(worker.store.builder.alias);
            const isAble = worker.isPrepared && worker.exclusion === undefined && worker.store.connection.isOpen();
            return builder !== undefined && isAble
                ? [{ worker, builder, isDegraded: degraded.has(builder.alias) }]
                : [];
        });
    }
    /** Gives a worker no more builds. With `drop`, the pool drops the builder for other builds too. */
    exclude(worker, error, drop) {
        worker.exclusion = (0,action_error/* renderError */.vr)(error);
        // If the connection closed, the pool has already dropped this builder.
        if (drop && worker.store.connection.isOpen())
            this.#effects.pool.drop(worker.store.builder, error);
    }
    close() {
        for (const { store } of this.#workers)
            store.close();
    }
}
/** The workers that can meet these needs and have a free slot. */
function listFree(able, needs) {
    return able.filter(({ worker, builder }) => worker.running < Math.min(builder.maxJobs ?? 1, worker.store.maxBuilds) && isFit(builder, needs));
}
/** The best of these workers for a step. */
function chooseFor({ builtInputs }, free) {
    const candidates = free.map((able) => ({
        ...able,
        running: able.worker.running,
        inputs: builtInputs.filter((path) => able.worker.store.has(path)).length,
    }));
    return chooseWorker(candidates)?.worker;
}
function hasOutputs(store, { derivation }) {
    return (0,model_derivation/* outputPaths */.u)(derivation).every((path) => store.has(path));
}

;// CONCATENATED MODULE: ./src/remote-build/scheduler.ts










const scheduler_TICK_MS = 500;
const PATIENCE_MS = 3_000;
const MAX_FAILURES = 3;
/**
 * Builds a graph on all builders at once. Each derivation starts as soon as its inputs are built, the longest
 * chain first, on a builder with a free slot. Outputs are copied from builder to builder as needed, but not
 * to this machine. Outputs that are lost with a builder are built again on the others. A failed build does
 * not reject: the outcome has the error. A `ProtocolError` ends the build at once, since another mode may
 * still work. Rejects with `CANCELLED`.
 */
async function scheduleBuild(request, effects) {
    const scheduler = new Scheduler(request, effects);
    try {
        await scheduler.run();
        return { outcome: scheduler.outcome(undefined), locations: scheduler.locations() };
    }
    catch (thrown) {
        const error = (0,action_error/* toActionError */.ie)(thrown);
        if (error.code === "CANCELLED" || error.code === "INTERNAL")
            throw error;
        return { outcome: scheduler.outcome(error), locations: [] };
    }
    finally {
        scheduler.close();
    }
}
class Scheduler {
    #request;
    #effects;
    #steps;
    #progress;
    /** The inputs of steps that no step builds. */
    #sources;
    /** All outputs and sources of the derivations: the only paths that one builder may send to another. */
    #expected;
    #workers;
    #running = new Set();
    /** The workers that failed at a step, one entry per failure. */
    #failures = new Map();
    #live;
    #log;
    #startedAtMs;
    #closed = new AbortController();
    /** The number of builders being prepared and steps being built. */
    #tasks = 0;
    #wake = () => undefined;
    #error;
    constructor(request, effects) {
        this.#request = request;
        this.#effects = effects;
        this.#steps = planSteps(request);
        this.#workers = new WorkerSet(this.#steps, { ...effects, isReachable: request.isReachable });
        this.#progress = new BuildProgress(this.#steps, new Set(request.wanted.map(({ drvPath }) => drvPath)), (step) => this.#workers.haveOutputs(step));
        const made = new Set(this.#steps.flatMap((step) => step.builtInputs));
        this.#sources = [...new Set(this.#steps.flatMap(({ inputs }) => inputs))].filter((path) => !made.has(path));
        this.#expected = (0,nix_derivation/* listExpected */.Dx)(request.closure);
        this.#startedAtMs = effects.clock.nowMs();
        this.#live = createLiveLog(effects, {
            locationOf: (uri) => ({ kind: "builder", uri }),
            countBuilds: () => {
                const done = this.#log.builds.filter(({ outcome }) => outcome === "built").length;
                return { done, expected: done + this.#progress.countNeeded() };
            },
        });
        this.#log = this.#live.builds;
    }
    async run() {
        void this.#keepTicking();
        for (;;) {
            for (const worker of this.#workers.takeIn())
                this.#track(() => this.#prepare(worker));
            if (this.#workers.noticeLosses())
                this.#progress.reviveLost();
            if (this.#error !== undefined)
                throw this.#error;
            if (this.#progress.isComplete)
                return;
            if (this.#isTimeToBuild())
                this.#dispatch();
            if (this.#tasks === 0)
                throw this.#noneLeft();
            await new Promise((resolve) => {
                this.#wake = resolve;
            });
        }
    }
    outcome(error) {
        this.#log.close("interrupted");
        const { builds, substitutions } = this.#log;
        return { built: error === undefined ? this.#request.wanted : [], builds, substitutions, error };
    }
    /** Each wanted output once, with a builder that has it. */
    locations() {
        const locations = new Map();
        for (const built of this.#request.wanted) {
            const store = this.#workers.findWith(built.outPath);
            if (store === undefined)
                continue;
            const there = locations.get(store) ?? [];
            there.push(built);
            locations.set(store, there);
        }
        return [...locations].map(([store, built]) => ({ store, built }));
    }
    close() {
        this.#closed.abort();
        this.#live.end();
        this.#workers.close();
    }
    /** Checks regularly for silent builds, and lets `run` check for new builders and lost connections. */
    async #keepTicking() {
        const { signal } = this.#closed;
        try {
            while (!signal.aborted) {
                await this.#effects.clock.sleep(scheduler_TICK_MS, signal);
                this.#endSilent();
                this.#wake();
            }
        }
        catch (thrown) {
            if (!signal.aborted)
                this.#error ??= (0,action_error/* toActionError */.ie)(thrown);
            this.#wake();
        }
    }
    async #prepare(worker) {
        try {
            await this.#fill(worker.store);
            worker.isPrepared = true;
        }
        catch (thrown) {
            this.#excludeWorker(worker, (0,action_error/* toActionError */.ie)(thrown));
        }
    }
    /** Copies the inputs that no step builds into a store, and finishes steps whose outputs it already has. */
    async #fill(store) {
        const listLacking = () => this.#sources.filter((path) => !store.has(path));
        // First without fetching: a builder whose daemon hangs is then noticed within seconds.
        await store.queryPresent(this.#sources, false);
        await store.queryPresent(listLacking(), true);
        if (listLacking().length > 0)
            await this.#effects.upload(store, listLacking());
        await store.queryPresent(this.#steps.flatMap(({ derivation }) => (0,model_derivation/* outputPaths */.u)(derivation)), false);
        for (const step of this.#steps) {
            if (this.#progress.isWaiting(step) && hasOutputs(store, step))
                this.#progress.finish(step);
        }
    }
    /** Waits up to 3 s for builders to report which outputs they already have, to avoid rebuilding them. */
    #isTimeToBuild() {
        return this.#workers.isEveryonePrepared || this.#effects.clock.nowMs() - this.#startedAtMs > PATIENCE_MS;
    }
    #dispatch() {
        const able = this.#workers.listAble();
        const takeStep = () => this.#progress.takeReady((needs) => listFree(able, needs).length > 0);
        for (let step = takeStep(); step !== undefined; step = takeStep()) {
            const worker = chooseFor(step, listFree(able, step.needs));
            if (worker !== undefined)
                this.#start(step, worker);
        }
    }
    #start(step, worker) {
        const attempt = {
            ...{ step, worker, id: `${step.drvPath} ${this.#failuresOf(step).length}` },
            ...{ hasStarted: false, lastOutputAtMs: this.#effects.clock.nowMs() },
        };
        worker.running += 1;
        this.#running.add(attempt);
        this.#track(async () => {
            let outcome = "failed";
            try {
                await this.#build(attempt);
                this.#progress.finish(step);
                outcome = "built";
            }
            catch (thrown) {
                this.#progress.putBack(step);
                this.#failures.set(step, [...this.#failuresOf(step), worker]);
                this.#handleFailure(attempt, (0,action_error/* toActionError */.ie)(thrown));
            }
            worker.running -= 1;
            this.#running.delete(attempt);
            if (this.#closed.signal.aborted || !attempt.hasStarted)
                return;
            this.#log.take({ kind: "stopped", id: attempt.id, outcome });
        });
    }
    async #build(attempt) {
        const { step, id } = attempt;
        const { store } = attempt.worker;
        const { drvPath, derivation, inputs, builtInputs } = step;
        const { stores } = this.#workers;
        const isExpected = (path) => this.#expected.has(path);
        await Promise.all(builtInputs.map((path) => store.copyFrom(path, stores, isExpected)));
        const noteOutput = () => {
            attempt.lastOutputAtMs = this.#effects.clock.nowMs();
        };
        noteOutput();
        attempt.hasStarted = true;
        this.#log.take({ kind: "build-started", id, drvPath, machine: (0,model_builder/* displayName */.QC)(store.builder) });
        const answer = await store.build(drvPath, derivation, inputs, (line) => {
            noteOutput();
            this.#log.take({ kind: "log-line", id, line });
        });
        if (answer.outcome === "failed") {
            throw (0,action_error/* aboutSubject */.c_)((0,failure/* classifyFailure */.XE)([{ level: 0, text: answer.message }]), drvPath);
        }
    }
    /** Ends the build if the derivation itself fails. After other failures, another builder may succeed. */
    #handleFailure({ step, worker }, error) {
        if (this.#closed.signal.aborted)
            return;
        if (isProtocolError(error)) {
            this.#error ??= error;
            return;
        }
        const isInputLost = step.builtInputs.some((path) => this.#workers.findWith(path) === undefined);
        if (!worker.store.connection.isOpen() || isInputLost)
            return;
        const cause = error.code === "BUILDER_DENIED" ? (0,failure/* explainRefusal */.GC)(error) : error;
        if (["BUILD_FAILED", "HASH_MISMATCH", "CANCELLED", "INTERNAL"].includes(cause.code)) {
            this.#error ??= cause;
            return;
        }
        worker.failures += 1;
        const isAtFault = cause.code !== "BUILDER_UNREACHABLE" || worker.failures >= MAX_FAILURES;
        if (isAtFault)
            this.#excludeWorker(worker, cause);
        // If one builder keeps failing, the builder may be broken; if several fail at the same step, the step is.
        if (new Set(this.#failuresOf(step)).size >= MAX_FAILURES)
            this.#error ??= cause;
    }
    #failuresOf(step) {
        return this.#failures.get(step) ?? [];
    }
    #excludeWorker(worker, error) {
        if (this.#closed.signal.aborted)
            return;
        const isProtocol = isProtocolError(error);
        if (error.code === "CANCELLED" || error.code === "INTERNAL" || isProtocol)
            this.#error ??= error;
        // Do not drop a builder after a protocol error: Nix's own client may still understand it.
        this.#workers.exclude(worker, error, !isProtocol);
    }
    #endSilent() {
        const { maxSilentMs } = this.#request;
        const nowMs = this.#effects.clock.nowMs();
        const silent = [...this.#running].find(({ lastOutputAtMs }) => nowMs - lastOutputAtMs > maxSilentMs);
        if (silent === undefined)
            return;
        this.#log.take({ kind: "stopped", id: silent.id, outcome: "failed" });
        this.#error ??= new action_error/* ActionError */.lZ("BUILD_SILENT", `${silent.step.drvPath} has produced no output for ${maxSilentMs / 1000} s ` +
            `on ${silent.worker.store.builder.host}`, {
            hint: "If this build is expected to be silent, raise max-silent-time. " +
                "Otherwise the build or its builder hangs.",
        });
    }
    #noneLeft() {
        return new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", `no builder is left for the remaining derivations: ${this.#workers.exclusions.join("; ")}`, { hint: "Fix these builders and run again; finished derivations are reused." });
    }
    #track(work) {
        this.#tasks += 1;
        work()
            .catch((thrown) => {
            this.#error ??= (0,action_error/* toActionError */.ie)(thrown);
        })
            .finally(() => {
            this.#tasks -= 1;
            this.#wake();
        });
    }
}

;// CONCATENATED MODULE: ./src/remote-build/distributed.ts









/**
 * Builds a graph in the stores of all builders at once (see `scheduleBuild`), and copies the outputs back
 * from the builders that have them. If copying fails, the outcome still lists what was built. Rejects with
 * `CANCELLED`.
 */
async function buildDistributed(request, effects) {
    const { pool, clock, log, emit } = effects;
    const { outcome, locations } = await scheduleBuild(request, {
        ...{ pool, clock, log, emit },
        openStore: (builder, connection) => new BuilderStore(builder, connection, { clock, log }),
        upload: (store, paths) => upload(store, paths, request.workingDirectory, effects),
    });
    for (const { store, built } of locations) {
        const copied = await copyOutputsBack({ ...outcome, built }, store, effects);
        if (copied.error !== undefined)
            return { ...outcome, built: [], error: copied.error };
    }
    return outcome;
}
/** Copies paths and their references to a builder. What this machine lacks is fetched or built first. */
async function upload(store, paths, cwd, { runNixForBuilder, runNixStoreCli, runFolder }) {
    const present = await Promise.all(paths.map(nix_derivation/* isPresent */.Wo));
    const absent = paths.filter((_, i) => present[i] !== true);
    const limits = { cwd, timeoutMs: command/* COPY_LIMIT_MS */.Je };
    if (absent.length > 0)
        await runNixStoreCli(["--realise", ...absent], limits);
    const socketFile = (0,external_node_path_.join)(runFolder, `upload-${(0,external_node_crypto_.randomBytes)(4).toString("hex")}.sock`);
    const forwarded = await forwardDaemon(store.builder, store.connection, socketFile);
    try {
        const to = ["--no-check-sigs", "--substitute-on-destination", "--to", forwarded.storeUri];
        await runNixForBuilder(["copy", ...to, ...paths], limits).catch((error) => {
            throw (0,action_error/* aboutSubject */.c_)(error, store.builder.host);
        });
    }
    finally {
        forwarded.close();
    }
    store.markPresent(paths);
}

;// CONCATENATED MODULE: ./src/remote-build/single-store.ts








/**
 * Builds in the store of one builder, and copies the outputs back. If copying fails, the outcome still lists
 * what was built. Rejects as `buildAttributes` does, and with `BUILDER_UNREACHABLE`.
 */
async function buildInSingleStore(builder, request, effects) {
    const connection = effects.pool.connectionOf(builder);
    if (connection === undefined) {
        throw new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", `the connection to ${builder.host} was lost`, {
            hint: "Check that the builder is up, and check the network between it and this machine.",
        });
    }
    const spare = new SpareChannel(connection, renderFetchCommand(builder));
    const socketFile = (0,external_node_path_.join)(effects.runFolder, `store-${(0,external_node_crypto_.randomBytes)(4).toString("hex")}.sock`);
    const forwarded = await forwardDaemon(builder, makeWay(connection, spare), socketFile);
    try {
        const mode = { kind: "single-store", builder, storeUri: forwarded.storeUri };
        const outcome = await buildAttributes(effects.runNixForBuilder, { ...request, mode }, effects);
        return outcome.error === undefined
            ? await copyOutputsBack(outcome, { builder, connection }, effects, spare.take())
            : { ...outcome, error: blameBuilder(outcome.error, builder, connection) };
    }
    finally {
        forwarded.close();
        spare.close();
    }
}
/** Wraps the connection: if sshd allows no more sessions, closes the spare channel and tries again. */
function makeWay(connection, spare) {
    return {
        ...connection,
        openChannel: (command) => connection.openChannel(command).catch((error) => {
            if (!(0,ssh_connection/* isCrowded */.lB)(error))
                throw error;
            spare.close();
            return connection.openChannel(command);
        }),
    };
}
/** The daemon socket is forwarded to the builder, so NIX_DAEMON_FAILED means that the builder was lost. */
function blameBuilder(error, builder, connection) {
    if (connection.isOpen() && error.code !== "NIX_DAEMON_FAILED")
        return error;
    return new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", `${builder.host} was lost during the build: ${error.message}`, {
        cause: error.cause,
        hint: "Check that the builder is up, and check the network between it and this machine.",
    });
}

// EXTERNAL MODULE: ./src/nix/flake.ts
var flake = __webpack_require__(10626);
;// CONCATENATED MODULE: ./src/nix/layered-image.ts



/** What follows the script in the command of the derivation: nixpkgs has compressed in these ways. */
const COMPRESSES = /^\s*\|\s*(?:\S*\/)?(?:pigz|gzip|zstd|cat)\b[^|;&<>\n]*>\s*"?\$out"?\s*$/;
/**
 * The derivation of a script that streams an image, if all that `drvPath` does is to write its output into a
 * compressed archive. So does the derivation of dockerTools.buildLayeredImage. Undefined for others. Rejects
 * with `BUILD_FAILED` for a damaged derivation.
 * @see nixpkgs, pkgs/build-support/docker/default.nix, buildLayeredImage
 */
async function findStreamDerivation(drvPath, readBytes = (path) => (0,promises_.readFile)(path)) {
    const archive = (0,nix_derivation/* parseDerivation */.rN)(await readBytes(drvPath), drvPath);
    const name = (0,store_path/* nameOfStorePath */.B)(drvPath).replace(/\.tar(?:\.gz|\.zst)?$/, "");
    const stream = [...archive.inputs.keys()].find((input) => (0,store_path/* nameOfStorePath */.B)(input) === `stream-${name}`);
    if (stream === undefined)
        return undefined;
    const { outputs } = (0,nix_derivation/* parseDerivation */.rN)(await readBytes(stream), stream);
    const script = outputs.find((output) => output.name === "out")?.path;
    const command = archive.environment.find(([key]) => key.toString() === "buildCommand")?.[1].toString();
    if (script === undefined || command?.trimStart().startsWith(script) !== true)
        return undefined;
    return COMPRESSES.test(command.trimStart().slice(script.length)) ? stream : undefined;
}

// EXTERNAL MODULE: ./src/nix-install/present-nix.ts
var present_nix = __webpack_require__(81920);
;// CONCATENATED MODULE: ./src/pipeline/choose-installables.ts





/**
 * What to build for a target: the attributes of its plan. If the first one is an archive of
 * dockerTools.buildLayeredImage, the script that streams the same image takes its place: the layers are made
 * from the store, and the archive is not needed. Rejects with `CANCELLED`.
 */
async function chooseInstallables({ plan, session, workingDirectory }, { log }) {
    const [image, ...others] = plan.attributes;
    if (image === undefined || !(0,present_nix/* canBuildDerivations */.Jf)(session.nix.version))
        return plan.attributes;
    try {
        const drvPath = await (0,flake/* readDerivationPath */.VZ)(session.runNix, image, workingDirectory);
        const stream = (0,store_path/* isStorePath */.z)(drvPath) ? await findStreamDerivation(drvPath) : undefined;
        if (stream === undefined)
            return plan.attributes;
        log.info(`${image}: ${(0,store_path/* nameOfStorePath */.B)(stream)} is built instead of the archive ${(0,store_path/* nameOfStorePath */.B)(drvPath)}, ` +
            "since the layers are made from the store. List the package twice to build the archive, too");
        return [`${stream}^out`, ...others];
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error))
            throw error;
        // The build itself reports what is wrong with the package.
        log.debug(`${image} is built as it is: ${(0,action_error/* renderError */.vr)(error)}`);
        return plan.attributes;
    }
}

// EXTERNAL MODULE: ./src/pipeline/emulation.ts + 1 modules
var emulation = __webpack_require__(19473);
;// CONCATENATED MODULE: ./src/pipeline/stages/build.ts














function pickBuildRecord({ attempts, built, builds, substitutions }) {
    return { attempts, built, builds, substitutions };
}
/** The wait after each attempt, so that the infrastructure can recover. No attempt follows the last one. */
const RETRY_DELAYS_MS = [1_000, 5_000, undefined];
/**
 * Builds all targets at once. If one fails, the others continue, and the next run reuses what they built.
 * Fails as `buildTarget` does, for the first target that failed.
 */
async function build(context, { plans, ...input }) {
    const reservations = new BuilderReservations();
    const results = await Promise.all(plans.map(async (plan) => {
        const { session, job } = input;
        const { workingDirectory } = job;
        const ofTarget = { ...context, emit: (0,run_event/* emitFor */.xo)(context.emit, plan.target) };
        const installables = await chooseInstallables({ plan, session, workingDirectory }, ofTarget);
        return buildTarget(ofTarget, { ...input, plan, installables, reservations });
    }));
    const record = pickBuildRecord(results.reduce((all, result) => (0,pipeline_record/* addToRecord */.WA)(all, result.record), pipeline_record/* EMPTY_RECORD */.sU));
    const output = [];
    for (const [index, plan] of plans.entries()) {
        const result = results[index];
        if (result?.error !== undefined) {
            return { record, error: result.error };
        }
        output.push({ plan, storePaths: result?.output ?? [] });
    }
    const { builds, substitutions } = record;
    const { length: count } = builds.filter(({ outcome }) => outcome === "built");
    const { length: paths } = substitutions.filter(({ outcome }) => outcome === "substituted");
    context.log.info(`${(0,model_count/* countOf */.pq)(count, "derivation")} built, ${(0,model_count/* countOf */.pq)(paths, "path")} substituted`);
    return { record, output };
}
/**
 * Builds a target's installables with the strategies of its plan. A build that fails through its own fault is
 * not retried. If the infrastructure fails, the builders are probed again and the build continues, in at most
 * three attempts; then the next strategy that builds the same derivation takes over. Fails with the codes of
 * `classifyFailure`, and with `BUILD_SILENT`.
 */
async function buildTarget(context, target) {
    const attempts = new Attempts(context, target);
    try {
        return { output: await attempts.run(), record: attempts.record };
    }
    catch (thrown) {
        return { error: (0,action_error/* toActionError */.ie)(thrown), record: attempts.record };
    }
}
/** Failures of a machine or of the network: another attempt, or another machine, may succeed. */
function isInfrastructure(code) {
    return ["BUILDER_UNREACHABLE", "NIX_DISK_FULL"].includes(code);
}
/** Failures that may be due to one builder, so that another one may succeed. */
function isOfOneBuilder(code) {
    return ["BUILDER_HOST_KEY", "BUILDER_DENIED", "BUILD_SILENT"].includes(code);
}
/** The attempts to build one target, and the record of what they did. */
class Attempts {
    #context;
    #target;
    #record = pipeline_record/* EMPTY_RECORD */.sU;
    #forcedMode;
    constructor(context, target) {
        this.#context = context;
        this.#target = target;
        this.#forcedMode = target.forcedMode;
    }
    get record() {
        return pickBuildRecord(this.#record);
    }
    async run() {
        const strategies = (0,strategy/* listAttempts */.N)(this.#target.plan);
        for (const [index, strategy] of strategies.entries()) {
            const result = strategy === "remote" ? await this.#buildRemotely() : await this.#buildHere(strategy);
            if (!(result instanceof action_error/* ActionError */.lZ))
                return result.map(({ outPath }) => outPath);
            const next = strategies[index + 1];
            if (next === undefined || !isInfrastructure(result.code))
                throw result;
            this.#context.log.warning(`strategy ${strategy} failed (${(0,action_error/* renderError */.vr)(result)}), falling back to ${next}`);
        }
        throw new Error(`the plan of ${this.#target.plan.target} has no strategy`);
    }
    #buildHere(strategy) {
        const { target } = this.#target.plan;
        if (strategy !== "emulate") {
            const mode = { kind: "local" };
            return this.#attempt(strategy, { mode, reason: "" }, () => this.#runNixBuild(mode));
        }
        this.#context.log.warning(`the build of ${target} is emulated and takes about ten times as long`);
        const mode = { kind: "emulated", system: target };
        return this.#attempt(strategy, { mode, reason: "" }, () => (0,emulation/* withEmulator */.e)(target, this.#context, () => this.#runNixBuild(mode)));
    }
    /**
     * Makes up to three attempts to build remotely, and falls back to Nix's build hook after the first protocol
     * error, because another attempt over the same protocol would get the same answer. Returns, rather than
     * throws, an error that retrying cannot fix.
     */
    async #buildRemotely() {
        const { clock, log } = this.#context;
        const { plan, session } = this.#target;
        const { pool } = session;
        for (const delayMs of RETRY_DELAYS_MS) {
            const usable = (0,model_builder/* countUsable */.ew)(pool.statuses, plan.target);
            const result = usable === 0 ? this.#noneLeft() : await this.#attemptRemotely();
            if (!(result instanceof action_error/* ActionError */.lZ))
                return result;
            if (isProtocolError(result) && this.#forcedMode?.kind !== "build-hook") {
                log.warning(`${(0,action_error/* renderError */.vr)(result)}. Falling back to Nix's build hook`);
                this.#forcedMode = {
                    kind: "build-hook",
                    reason: "a builder sent data that our own client cannot read",
                };
                return this.#buildRemotely();
            }
            if (!isInfrastructure(result.code) && !isOfOneBuilder(result.code))
                return result;
            if (delayMs === undefined)
                return result;
            log.warning(`${(0,action_error/* renderError */.vr)(result)}. The builders are probed again in ${delayMs / 1000} s`);
            await clock.sleep(delayMs);
            await pool.refresh();
            await pool.awaitReturn(plan.target);
            if (!isInfrastructure(result.code) && (0,model_builder/* countUsable */.ew)(pool.statuses, plan.target) >= usable)
                return result;
            log.info("the build continues; finished derivations are reused");
        }
        return this.#noneLeft();
    }
    async #attemptRemotely() {
        const { environment, log } = this.#context;
        const { job, plan, session, installables, reservations } = this.#target;
        const { pool } = session;
        const chosen = await chooseMode({
            plan,
            installables,
            workingDirectory: job.workingDirectory,
            repository: environment["GITHUB_REPOSITORY"] ?? "",
            forced: this.#forcedMode,
        }, { pool, runNix: session.runNix, log, reservations });
        try {
            // In build-hook mode Nix opens its own SSH connections, so first probe through the system ssh.
            if (chosen.mode.kind === "build-hook")
                await pool.prepareForNix();
            if ((0,model_builder/* countUsable */.ew)(pool.statuses, plan.target) === 0)
                return this.#noneLeft();
            log.info(`remote build of ${plan.target}, mode ${chosen.mode.kind}: ${chosen.reason}`);
            return await this.#attempt("remote", chosen, () => this.#buildInMode(chosen));
        }
        finally {
            chosen.release();
        }
    }
    #buildInMode(chosen) {
        const { runFolder, clock, log, emit } = this.#context;
        const { job, session } = this.#target;
        const effects = { ...session, runFolder, clock, log, emit };
        if (chosen.work !== undefined) {
            const { workingDirectory, maxSilentMs } = job;
            const isReachable = (builder) => isStoreReachable(session.pool, builder);
            return buildDistributed({ ...chosen.work, workingDirectory, maxSilentMs, isReachable }, effects);
        }
        return chosen.mode.kind === "build-hook"
            ? this.#runNixBuild(chosen.mode)
            : buildInSingleStore(chosen.mode.builder, this.#request, effects);
    }
    get #request() {
        const { job, session, installables } = this.#target;
        return {
            installables,
            nameOf: (uri) => (0,model_builder/* displayNameForUri */.V)(uri, session.pool.statuses),
            cwd: job.workingDirectory,
            maxSilentMs: job.maxSilentMs,
        };
    }
    #runNixBuild(mode) {
        return buildAttributes(this.#target.session.runNix, { ...this.#request, mode }, this.#context);
    }
    /** Makes one attempt and records it. Resolves to what was built, or to the error. */
    async #attempt(strategy, { mode, reason }, work) {
        const { clock, emit } = this.#context;
        const { target } = this.#target.plan;
        const attempt = { target, strategy, mode: mode.kind };
        const startedAtMs = clock.nowMs();
        emit({ event: "attempt-started", ...attempt, reason });
        let outcome;
        try {
            outcome = await work();
        }
        catch (error) {
            if (!(error instanceof action_error/* ActionError */.lZ) || (0,action_error/* isCancelled */.mm)(error))
                throw error;
            outcome = { built: [], builds: [], substitutions: [], error };
        }
        const { built, builds, substitutions, error } = outcome;
        const durationMs = clock.nowMs() - startedAtMs;
        emit({ event: "attempt-ended", ...attempt, durationMs, error: (0,run_event/* failureOf */.g5)(error) });
        this.#record = (0,pipeline_record/* addToRecord */.WA)(this.#record, {
            attempts: [{ ...attempt, reason, startedAtMs, durationMs, error }],
            built: new Map(error === undefined ? [[target, built]] : []),
            builds: builds.map((item) => ({ ...item, target })),
            substitutions: substitutions.map((item) => ({ ...item, target })),
        });
        return error ?? built;
    }
    #noneLeft() {
        const { plan, session } = this.#target;
        const dropped = session.pool.statuses.filter((status) => !(0,model_builder/* isUsable */.Ng)(status));
        const [remedy, ...others] = new Set(dropped.map(({ hint }) => hint));
        const fix = remedy === undefined || others.length > 0 ? "Fix the builders listed in the job summary." : remedy;
        return new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", `no builder for ${plan.target} is left: ${dropped.map(({ reason }) => reason).join("; ")}`, { hint: `${fix} Then run again; finished derivations are reused.` });
    }
}

;// CONCATENATED MODULE: ./src/pipeline/stages/audit.ts
















/** Findings of each kind that the log shows; the report has more. */
const SHOWN = 5;
/**
 * Reads the image of each target, and checks that its files are for the target's CPU. Fails with
 * `AUDIT_FAILED`, with the codes of `readImage` and, if a script has to be run to get the image, with those
 * of `buildTarget`. The record has the images read so far, including a refused one.
 */
async function audit_audit(context, { job, session, built, upload }) {
    let record = pipeline_record/* EMPTY_RECORD */.sU;
    const images = [];
    const audits = [];
    const layerRecords = [];
    const finish = () => {
        const { attempts, builds, substitutions } = record;
        return { attempts, builds, substitutions, images, audits, layerRecords };
    };
    try {
        for (const item of built) {
            context.signal.throwIfAborted();
            const { target } = item.plan;
            const found = await findImage(context, { job, session }, item);
            record = (0,pipeline_record/* addToRecord */.WA)(record, found.record);
            if (found.error !== undefined)
                throw found.error;
            const { read, records } = await readBuilt(context, { job, session, upload }, found.output, target);
            images.push({ target, read });
            audits.push({ target, ...read.audit });
            const { elfFiles, filesRead, allowed } = read.audit;
            for (const warning of renderWarnings(read.audit))
                context.log.warning(warning);
            (0,audit/* requirePassed */.y)(read.audit, target);
            layerRecords.push(...((await records?.save()) ?? []));
            context.log.info(`audit: ${(0,model_count/* countOf */.pq)(elfFiles, "ELF file")} among ${(0,model_count/* countOf */.pq)(filesRead, "file")}, all for ${target}` +
                (allowed.length === 0 ? "" : ` except ${allowed.length} allowed by audit-allow`));
            for (const notice of renderNotices(read.audit, target))
                context.log.info(notice);
        }
        return { record: finish(), output: images };
    }
    catch (thrown) {
        return { record: finish(), error: (0,action_error/* toActionError */.ie)(thrown) };
    }
}
/** Every Java image with native libraries has such archives, so they are not worth a warning. */
function renderNotices({ multiCpuArchives }, target) {
    return multiCpuArchives.slice(0, SHOWN).map(({ path, machines, ownIn }) => {
        const own = ownIn === path ? `beside those for ${target}` : `${ownIn} has those for ${target}`;
        return `${path} has libraries for other CPUs (${machines.join(", ")}), ${own}`;
    });
}
function renderWarnings({ orphanedScripts, missingLibraries, unreadableArchives, }) {
    const scripts = orphanedScripts.map(({ path, interpreter }) => `${path} is a script for ${interpreter}, which is not in the image`);
    const libraries = missingLibraries.map(({ path, kind, needs, storePath, searched }) => {
        const where = kind === "library" && searched.length > 0 ? ` (it looks in ${searched.join(", ")})` : "";
        const referrer = storePath === null ? "" : `; ${storePath} refers to it`;
        return `${path} needs the ${kind} ${needs}, which is not in the image${where}${referrer}`;
    });
    const archives = unreadableArchives.map(({ path, reason }) => `the audit cannot read ${path}: ${reason}`);
    return [scripts, libraries, archives].flatMap((warnings) => warnings.slice(0, SHOWN));
}
async function readBuilt(context, { job, session, upload }, { path, described: image }, target) {
    const { auditAllow, compression, workingDirectory } = job;
    const { runFolder: workFolder, signal, log } = context;
    const options = { auditAllow, compression, workFolder, signal };
    if (image === undefined)
        return { read: await (0,image_image/* readImage */.AM)(path, target, options), records: undefined };
    const sources = "layers" in image ? image.layers.map(({ source }) => source) : listSources(image);
    const baseName = baseNameOf(image);
    const infos = await readInfos(session.runNix, sources, workingDirectory, log);
    const sizes = new Map([...infos].map(([name, { narBytes }]) => [name, narBytes]));
    const hashes = new Map([...infos].map(([name, { narHash }]) => [name, narHash]));
    // Without a push, there is no copy of the layers elsewhere, and the smoke test needs all of them.
    const layers = { sources, target, compression, hashes, baseName };
    const records = upload && (await LayerRecords.open(layers, { session, upload, log }));
    const onLayer = (layer) => upload?.offer(layer, baseName);
    const bytes = sources.reduce((sum, source) => sum + sizeOf(source, sizes), 0);
    const read = await withLayerMaker(context, bytes, (make) => {
        const makeLayer = records === undefined ? make : records.reuse(make);
        const packing = { ...options, makeLayer, sizes, onLayer };
        return "layers" in image
            ? packNix2containerImage(path, image, target, packing)
            : packStreamedImage(path, image, target, packing);
    });
    return { read, records };
}
/** What the store knows about the paths in layers. Without it, layers are only made anew, in any order. */
async function readInfos(runNix, sources, cwd, log) {
    try {
        return await readPathInfos(runNix, sources.flatMap(make_layer/* listPaths */.P), cwd);
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error))
            throw error;
        log.debug(`the sizes and hashes of the layers' paths are unknown: ${(0,action_error/* renderError */.vr)(error)}`);
        return new Map();
    }
}
/** Below this size, starting threads takes longer than making the layers. */
const WORTH_THREADS = 16 << 20;
/** Lends the threads of this process that make layers, or this thread for small images. */
async function withLayerMaker({ script, signal }, bytes, work) {
    if (script === undefined || bytes < WORTH_THREADS)
        return work((0,make_layer/* createSerialMaker */.h)(signal));
    const threads = (0,layer_threads/* openLayerThreads */.B)(script, signal);
    try {
        return await work(threads.makeLayer);
    }
    finally {
        await threads.close();
    }
}
/** Finds the image among what was built for a target. Runs the script that was built, if that is needed. */
async function findImage(context, input, { plan, storePaths: [path] }) {
    if (path === undefined)
        throw new Error(`nothing was built for ${plan.target}`);
    if (!(await isStreamScript(path))) {
        const described = await readDescribed(path, context);
        return { record: {}, output: { path, described } };
    }
    const described = await tryReadStreamed(path, context.log);
    if (described !== undefined)
        return { record: {}, output: { path, described } };
    const result = await runStreamScript(context, input, plan, path);
    return result.error === undefined
        ? { ...result, output: { path: result.output, described: undefined } }
        : result;
}
/** The image that a JSON of nix2container describes; undefined if an image is something else. */
async function readDescribed(path, { runFolder: workFolder, signal, log }) {
    const image = await (0,image_image/* rejectInvalid */.VG)(path, { workFolder, signal }, () => tryReadNix2container(path));
    if (image !== undefined)
        log.info(`the layers of ${path} are made from the store, without nix2container`);
    return image;
}
/** The image that a script of dockerTools streams; undefined if the script has to be run. */
async function tryReadStreamed(path, log) {
    try {
        const files = await readStreamWrapper(path);
        if (files === undefined)
            throw new UnknownStreamError("it is not a script of streamLayeredImage");
        const image = await readStreamedImage(files);
        log.info(`the layers of ${path} are made from the store, without running the script`);
        return image;
    }
    catch (error) {
        if (!(error instanceof UnknownStreamError))
            throw error;
        log.info(`the script ${path} is run to make an archive of the image, since ${error.message}`);
        return undefined;
    }
}
/** Builds the archive that a script writes. Resolves to its path. */
async function runStreamScript(context, input, plan, path) {
    const system = plan.strategy === "cross-compile" ? plan.buildSystem : plan.target;
    const result = await buildTarget(context, {
        ...input,
        plan,
        installables: renderStreamedImage(path, system),
        reservations: new BuilderReservations(),
    });
    return result.error === undefined ? { ...result, output: result.output[0] ?? path } : result;
}

// EXTERNAL MODULE: ./src/pipeline/stages/gate.ts
var gate = __webpack_require__(56797);
// EXTERNAL MODULE: ./src/pipeline/stages/inspect.ts
var inspect = __webpack_require__(60044);
// EXTERNAL MODULE: ./src/pipeline/stages/plan.ts
var plan = __webpack_require__(92533);
// EXTERNAL MODULE: ./src/pipeline/stages/preflight.ts + 2 modules
var preflight = __webpack_require__(77469);
// EXTERNAL MODULE: ./src/pipeline/nix-session.ts + 13 modules
var nix_session = __webpack_require__(52039);
;// CONCATENATED MODULE: ./src/pipeline/stages/prepare.ts

/**
 * Installs Nix, configures the builders and restores the cache. Rejects with the codes of `openNixSession`.
 */
async function prepare(context, { job }) {
    const session = await (0,nix_session/* openNixSession */.s)(job, context);
    return { record: { nix: session.nix, cache: session.cache?.record }, output: session };
}

// EXTERNAL MODULE: ./src/pipeline/stages/promote.ts + 1 modules
var promote = __webpack_require__(96938);
// EXTERNAL MODULE: ./src/binary-cache/cache-folder.ts + 1 modules
var cache_folder = __webpack_require__(72719);
// EXTERNAL MODULE: ./src/binary-cache/github/restore.ts
var restore = __webpack_require__(94694);
// EXTERNAL MODULE: ./src/binary-cache/github/entry.ts
var github_entry = __webpack_require__(23128);
;// CONCATENATED MODULE: ./src/binary-cache/github/save.ts











/**
 * Saves new paths as a delta, or as a new base together with everything that the flake can still use. Leaves
 * out paths that other caches have: those that came from one in this run, or are signed by one. Rejects with
 * `CACHE_FAILED` and `CANCELLED`.
 */
async function saveGithubCache(runNix, { runnerCache, project, nonce, folder: runFolder }, { isReachable, folder, infos, chain }, update) {
    const refuse = (reason) => ({ state: "withheld", reason, pathsPresent: 0 });
    if (runnerCache?.isWritable === false)
        return refuse("the workflow's cache-mode does not allow writing to it");
    // If restoring failed, saving would likely time out too, and a new base could replace a better one.
    if (runnerCache === undefined || !isReachable) {
        return refuse("it could not be read");
    }
    try {
        const isBroken = ({ storePath }) => update.built.has(storePath) && update.tried.has(storePath);
        const broken = [...infos.values()].filter(isBroken);
        const good = [...infos.values()].filter((info) => !isBroken(info));
        await (0,promises_.mkdir)(folder, { recursive: true });
        await (0,cache_folder/* removePaths */.Fz)(folder, broken);
        const known = new Set(good.map(({ storePath }) => storePath));
        const closure = await queryClosure(runNix, update);
        const present = closure.wanted.filter((path) => known.has(path)).length;
        const added = closure.wanted.filter((path) => !known.has(path));
        if (added.length === 0)
            return { state: "unchanged", reason: "nothing is new", pathsPresent: present };
        const addedInfos = await (0,cache_folder/* copyPaths */.oJ)(runNix, folder, {
            paths: added,
            elsewhere: closure.elsewhere,
            signingKeyFile: update.signingKeyFile,
        });
        // A delta cannot remove a broken path from an earlier entry.
        const kind = (0,github_entry/* chooseKind */.sM)(broken.length > 0 ? undefined : chain, (0,restore/* sumBytes */.jO)(addedInfos));
        const content = kind === "delta"
            ? addedInfos
            : selectForBase([...good, ...addedInfos], closure, await update.readDerivations());
        const bytes = (0,restore/* sumBytes */.jO)(content);
        if (bytes > github_entry/* MAX_ENTRY_BYTES */.oW)
            return refuse(`${bytes} bytes exceed the limit for one entry`);
        const key = (0,github_entry/* nameEntry */.ap)((0,github_entry/* nameProject */.lh)(project)[0], kind, nonce);
        const last = { key, bytes };
        const whole = kind === "delta" && chain !== undefined ? [...chain, last] : [last];
        const workspace = (0,external_node_path_.join)(runFolder, "saved");
        const entry = (0,external_node_path_.join)(workspace, client_protocol/* ENTRY_FOLDER */.w$);
        await (0,cache_folder/* linkPaths */.ZP)(folder, entry, content);
        await (0,files/* writeFileAtomically */.lo)((0,external_node_path_.join)(entry, (0,github_entry/* nameManifest */.dF)(key)), (0,github_entry/* renderManifest */.sB)(whole));
        await runnerCache.save(workspace, key, (0,restore/* transferLimitMs */.R8)(bytes));
        const reason = kind === "delta" ? `added to ${(0,model_count/* countOf */.pq)(whole.length - 1, "entry", "entries")}` : "a new base";
        return { state: "pushed", reason, kind, key, bytes, pathsPushed: content.length, pathsPresent: present };
    }
    catch (cause) {
        if (cause instanceof action_error/* ActionError */.lZ && ["CANCELLED", "CACHE_FAILED"].includes(cause.code))
            throw cause;
        throw new action_error/* ActionError */.lZ("CACHE_FAILED", "could not create an entry for GitHub's cache", {
            cause,
            hint: "Check that the runner's disk is not full.",
        });
    }
}
async function queryClosure(runNix, { roots, built, substituted }) {
    const wanted = [];
    const elsewhere = [];
    await runNix(["path-info", "--recursive", "--sigs", ...roots], {
        timeoutMs: command/* COPY_LIMIT_MS */.Je,
        onStdoutLine: (line) => {
            const [path = "", ...notes] = line.trim().split(/\s+/);
            if (!(0,store_path/* isStorePath */.z)(path))
                return;
            const isSigned = notes.some((note) => /^[^:]+:[A-Za-z0-9+/]{86}==$/.test(note));
            const isElsewhere = !built.has(path) && (substituted.has(path) || isSigned);
            (isElsewhere ? elsewhere : wanted).push(path);
        },
    });
    return { wanted, elsewhere };
}
/** Selects from the whole folder: the paths of this run's closure, and the outputs of `derivations`. */
function selectForBase(all, { wanted, elsewhere }, derivations) {
    const needed = new Set([...wanted, ...elsewhere]);
    return all.filter(({ storePath, deriver }) => needed.has(storePath) || (deriver !== undefined && derivations.has(`/nix/store/${deriver}`)));
}

;// CONCATENATED MODULE: ./src/binary-cache/nix-copy.ts





/**
 * Copies the closures of `storePaths` into the cache, signed if there is a key, and counts the new paths.
 * Rejects with `CACHE_FAILED`, and with the codes of RunCommand other than `COMMAND_FAILED`.
 */
async function pushClosure(runNix, cache, storePaths, signingKeyFile) {
    try {
        if (cache.kind === "file")
            await (0,promises_.mkdir)(cache.folder, { recursive: true });
        const { stdout } = await runNix(["path-info", "--recursive", ...storePaths], {
            timeoutMs: command/* COPY_LIMIT_MS */.Je,
        });
        const closure = stdout.split("\n").filter(store_path/* isStorePath */.z);
        const present = await countPresent(runNix, cache, closure);
        const key = signingKeyFile === undefined ? "" : `&secret-key=${signingKeyFile}`;
        await runNix([...FRESH, "copy", "--to", `${cache.uri}?compression=zstd${key}`, ...storePaths], {
            timeoutMs: command/* COPY_LIMIT_MS */.Je,
        });
        return { pathsPushed: closure.length - present, pathsPresent: present };
    }
    catch (cause) {
        if (cause instanceof action_error/* ActionError */.lZ && cause.code !== "COMMAND_FAILED")
            throw cause;
        throw new action_error/* ActionError */.lZ("CACHE_FAILED", `could not push to the binary cache ${cache.uri}`, {
            cause: isUnauthorized(cause) ? undefined : cause,
            hint: isUnauthorized(cause)
                ? "The server rejected the user or the password."
                : "Check that the cache is writable (a server must accept PUT) and that its disk is not full.",
        });
    }
}
/** Makes Nix ignore what it remembers about the content of caches, which may be outdated. */
const FRESH = ["--option", "narinfo-cache-negative-ttl", "0", "--option", "narinfo-cache-positive-ttl", "0"];
/** A missing path is null, or has `valid: false` in older versions. */
const PATH_INFO = schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* looseObject */._H3({ valid: schemas/* boolean */.zMY().optional() }).nullable());
async function countPresent(runNix, cache, closure) {
    const { stdout } = await runNix([...FRESH, "path-info", "--json", "--store", cache.uri, ...closure], {
        timeoutMs: command/* COPY_LIMIT_MS */.Je,
        expectedExitCodes: "any",
    });
    try {
        const infos = Object.values(PATH_INFO.parse(JSON.parse(stdout)));
        return infos.filter((info) => info !== null && info.valid !== false).length;
    }
    catch {
        return 0;
    }
}
function isUnauthorized(error) {
    return /HTTP error 40[13]/.test((0,action_error/* renderError */.vr)(error));
}

// EXTERNAL MODULE: ./src/model/system.ts
var system = __webpack_require__(26872);
;// CONCATENATED MODULE: ./src/image/image-index.ts



/**
 * The image index with one image per target, in the given order. The same images always give the same bytes.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-index.md
 */
function renderImageIndex(images) {
    const index = {
        schemaVersion: 2,
        mediaType: media_type/* OCI_INDEX */.$p,
        manifests: images.map(({ target, read }) => ({
            ...(0,blob/* describeBlob */.f)(read.image.manifest),
            platform: (0,system/* platformOf */.tj)(target),
        })),
    };
    return (0,blob/* blobOf */.D)(media_type/* OCI_INDEX */.$p, Buffer.from(JSON.stringify(index)));
}

// EXTERNAL MODULE: ./src/model/image-reference.ts
var image_reference = __webpack_require__(20068);
// EXTERNAL MODULE: ./src/registry/fetch-image.ts
var fetch_image = __webpack_require__(4287);
// EXTERNAL MODULE: ./src/pipeline/open-cache.ts
var open_cache = __webpack_require__(4315);
;// CONCATENATED MODULE: ./src/pipeline/stages/publish.ts











/**
 * Fills the binary cache and pushes the images by digest, both at the same time. Output: the digest of the
 * candidate, or undefined if nothing was pushed. Fails with `CACHE_FAILED` if the job says so, and with the
 * codes of the registry.
 */
async function publish(context, input) {
    const [pushed, filled] = await Promise.all([
        (0,pipeline_record/* runStage */.Si)(() => pushCandidate(context, input)),
        (0,pipeline_record/* runStage */.Si)(() => fillCache(context, input)),
    ]);
    const record = { ...filled.record, ...pushed.record };
    if (pushed.error !== undefined)
        return { record, error: pushed.error };
    if (filled.error !== undefined)
        return { record, error: filled.error };
    return { record, output: pushed.output };
}
/** Pushes the images by digest, and their index if there are several. Moves only `candidateTag`. */
async function pushCandidate(context, { job, images, push, upload }) {
    if (job.image === undefined || images.length === 0)
        return { record: {}, output: undefined };
    if (upload === undefined) {
        context.log.info(`the image is not pushed: ${push.reason}`);
        return { record: {}, output: undefined };
    }
    const repository = await upload.openRepository(images[0]?.read.baseName);
    const layers = [];
    try {
        const known = await upload.finish();
        for (const { target, read } of images) {
            const pushed = await repository.push(read.image, known);
            layers.push(...pushed.map((layer) => ({ ...layer, target })));
        }
        const previousSizes = await readPreviousSizes(repository, job, images, context.log);
        const digest = await pushIndex(repository, images);
        if (job.candidateTag !== undefined)
            await repository.moveTag(job.candidateTag, digest);
        const sent = layers.filter(({ state }) => state === "sent").length;
        const reused = layers.length - sent;
        context.log.info(`pushed ${(0,image_reference/* renderImageReference */.NL)(job.image)}@${digest}: ${(0,model_count/* countOf */.pq)(sent, "layer")} sent, ${reused} reused`);
        return { record: { layers, previousSizes, pushedDigest: digest }, output: digest };
    }
    catch (thrown) {
        return { record: { layers }, error: (0,action_error/* toActionError */.ie)(thrown) };
    }
}
/**
 * The sizes of the images that the first tag points to, before it moves. Without them the report just does
 * not say how the size changed, so nothing fails if they cannot be read.
 */
async function readPreviousSizes(repository, { tags: [tag] }, images, log) {
    const sizes = new Map();
    try {
        const previous = tag === undefined ? undefined : await repository.readTag(tag);
        if (previous === undefined)
            return sizes;
        for (const { target } of images) {
            const size = await (0,fetch_image/* readImageSize */.px)(repository, previous, target);
            if (size !== undefined)
                sizes.set(target, size);
        }
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error))
            throw error;
        log.debug(`the size of the previous image is unknown: ${(0,action_error/* renderError */.vr)(error)}`);
    }
    return sizes;
}
/** The digest of the only image, or of the index of several, which is pushed first. */
async function pushIndex(repository, images) {
    const [only, ...others] = images;
    if (only !== undefined && others.length === 0)
        return only.read.image.manifest.digest;
    const index = renderImageIndex(images);
    await repository.pushIndex(index);
    return index.digest;
}
/** Pushes what was built to the cache, if the policy allows it. Failure is a warning, or fails the run. */
async function fillCache(context, input) {
    const { log, event } = context;
    const { job } = input;
    const known = input.record.cache;
    if (known === undefined)
        return { record: {}, output: undefined };
    const { isAllowed, reason } = (0,push_policy/* decidePush */.vn)("cache", job.cachePush, event);
    if (!isAllowed) {
        log.info(`the binary cache is not filled: ${reason}`);
        return { record: { cache: { ...known, reason } }, output: undefined };
    }
    try {
        const cache = { ...known, reason, ...(await pushOrSave(context, input, known)) };
        log.info(renderFilled(cache));
        return { record: { cache }, output: undefined };
    }
    catch (thrown) {
        const error = (0,action_error/* toActionError */.ie)(thrown);
        const record = { cache: { ...known, state: "failed", reason: (0,action_error/* renderError */.vr)(error) } };
        if (error.code !== "CACHE_FAILED" || job.onCacheFailure === "fail")
            return { record, error };
        log.warning(`${(0,action_error/* renderError */.vr)(error)}. ${error.hint}`);
        return { record, output: undefined };
    }
}
async function pushOrSave(context, input, known) {
    const { job, session, record } = input;
    const storePaths = [...input.storePaths, ...record.layerRecords];
    const { runNix, signingKeyFile, cache } = session;
    if (known.cache.kind !== "github") {
        return { state: "pushed", ...(await pushClosure(runNix, known.cache, storePaths, signingKeyFile)) };
    }
    if (cache?.restored === undefined)
        return {};
    const update = await collectCacheUpdate(context, input, known);
    const saved = await saveGithubCache(runNix, (0,open_cache/* cacheClientOptions */.G)(job, context), cache.restored, update);
    const { state, reason, pathsPresent } = saved;
    if (saved.state !== "pushed")
        return { state, reason, pathsPresent };
    const { kind, key, bytes, pathsPushed } = saved;
    return { state, reason, pathsPresent, pathsPushed, saved: { kind, key, bytes } };
}
async function collectCacheUpdate({ log }, { storePaths, session, record }, known) {
    const { builds, substitutions } = record;
    const built = await (0,nix_derivation/* readOutputs */.T7)(builds.filter(({ outcome }) => outcome === "built").map(({ drvPath }) => drvPath));
    const ours = substitutions.filter((substitution) => (0,pipeline_record/* isFromCache */.DR)(substitution, known));
    const others = substitutions.filter((substitution) => substitution.outcome === "substituted" && !(0,pipeline_record/* isFromCache */.DR)(substitution, known));
    return {
        roots: [...new Set([...storePaths, ...record.layerRecords, ...built])],
        built: new Set(built),
        tried: new Set(ours.map(({ storePath }) => storePath)),
        substituted: new Set(others.map(({ storePath }) => storePath)),
        signingKeyFile: session.signingKeyFile,
        readDerivations: async () => {
            try {
                const asked = [...record.built.values()].flat().map(({ drvPath }) => drvPath);
                return new Set((await (0,nix_derivation/* readDerivationClosure */.zR)(asked)).keys());
            }
            catch (error) {
                log.debug(`cannot determine what the flake can still use: ${(0,action_error/* renderError */.vr)(error)}`);
                return new Set();
            }
        },
    };
}
function renderFilled({ cache, state, reason, pathsPushed, pathsPresent, saved }) {
    if (state !== "pushed")
        return `the binary cache ${cache.uri} is not filled: ${reason}`;
    const kind = saved === null ? "" : ` as a ${saved.kind} of ${(0,model_count/* countOf */.pq)(saved.bytes, "byte")}`;
    const pushed = (0,model_count/* countOf */.pq)(pathsPushed, "path");
    return `binary cache ${cache.uri}: ${pushed} pushed${kind}, ${pathsPresent} already present`;
}

;// CONCATENATED MODULE: ./src/pipeline/run-build.ts


















/**
 * Runs one job: prepare and preflight, inspect, plan, build, audit, publish, gate, promote. Compares the
 * run with its history at the end. Never rejects: see `foldStages`.
 */
async function runBuild(job, context, options = {}) {
    const push = (0,push_policy/* decidePush */.vn)("image", job.push, context.event);
    const result = await (0,fold_stages/* foldStages */.P)(job, context, async (fold) => {
        // It needs no Nix, so it runs beside the installation.
        const preflighted = fold.phase("preflight", () => (0,preflight/* preflight */.Mz)(context, { job, push }));
        const preflightEnd = preflighted.catch(() => undefined);
        try {
            const session = await fold.phase("prepare", () => prepare(context, { job }));
            await withPool(session, fold, () => runStages({ job, session, push, preflighted, ...options }, context, fold));
        }
        finally {
            // What runs beside a failure has to clean up after itself.
            await preflightEnd;
        }
    });
    return keepHistory(job, result, context);
}
/** Records what became of the builders, and closes their connections, when `work` has ended. */
async function withPool({ pool }, fold, work) {
    try {
        await work();
    }
    finally {
        fold.add({ record: { builders: pool.statuses, builderChanges: pool.changes }, output: undefined });
        await pool.close();
    }
}
async function runStages({ job, session, push, preflighted, forcedMode }, context, fold) {
    const { pool } = session;
    const [inspection] = await run_build_whenAllEnd([
        fold.phase("inspect", () => (0,inspect/* inspect */.N)(context, { job, session })),
        fold.timeline.run("probe", () => (0,run_step/* runStep */.e)(context, () => pool.open(job.targets))),
        preflighted,
    ]);
    (0,builders_pool/* logBuilders */.J)(pool.statuses, context.log);
    for (const { detail, hint } of inspection.lockWarnings)
        context.log.warning(`${detail}. ${hint}`);
    const plans = fold.add((0,plan/* plan */.e)(context, { job, inspection, builders: pool.statuses }));
    if (plans.some((target) => (0,strategy/* listAttempts */.N)(target).includes("remote")))
        pool.watch();
    const built = await fold.phase("build", () => build(context, { job, session, plans, forcedMode }));
    const storePaths = built.flatMap((target) => target.storePaths);
    const published = { job, session, storePaths, push };
    // A job without an image and smoke test only fills the cache, like a scheduled warm-up.
    if (job.image === undefined && job.smokeTest === undefined) {
        const input = { ...published, upload: undefined, images: [] };
        await fold.phase("publish", () => publish(context, { ...input, record: fold.record() }));
        return;
    }
    await withLoads(job, context, async (loads) => {
        const { images, digest } = await withUpload(job, push, context, async (upload) => {
            const images = await fold.phase("audit", () => audit_audit(context, { job, session, built, upload }));
            if (job.smokeTest !== undefined)
                loads.start(images);
            const input = { ...published, upload, images };
            const digest = await fold.phase("publish", () => publish(context, { ...input, record: fold.record() }));
            return { images, digest };
        });
        await fold.timeline.run("gate", async () => {
            const { image, smokeTest } = job;
            if (smokeTest !== undefined) {
                fold.add(await (0,run_step/* runStep */.e)(context, () => (0,gate/* gate */.Gj)(context, { job, smokeTest, images, loads })));
            }
            if (image === undefined)
                return;
            const repository = await (0,run_step/* runStep */.e)(context, () => (0,open_repository/* openRepositoryToPromote */.Gg)(image, job, context));
            const isTested = fold.record().smokeTests.length > 0;
            fold.add(await (0,promote/* promote */.p)(context, { job, repository, push, digest, isTested }));
        });
    });
}
/** Lets `work` load images into the engine while it pushes them. Leaves none there after a failure. */
async function withLoads(job, context, work) {
    const loads = new CandidateLoad(job, context);
    try {
        await work(loads);
    }
    finally {
        await loads.close();
    }
}
/** Lets `work` send layers while it makes others, if the image may be pushed. Sends none after a failure. */
async function withUpload(job, push, context, work) {
    const { image } = job;
    if (image === undefined || !push.isAllowed)
        return work(undefined);
    const upload = new CandidateUpload((baseName) => (0,open_repository/* openRepository */.h_)(image, job, baseName, context));
    try {
        return await work(upload);
    }
    finally {
        await upload.abort();
    }
}
/**
 * Resolves to the results of all, and rejects with the error of the first one that failed, but only after all
 * have ended: what runs beside a failure has to clean up after itself.
 */
async function run_build_whenAllEnd(work) {
    await Promise.allSettled(work);
    return Promise.all(work);
}


/***/ })

};
