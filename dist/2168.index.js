export const id = 2168;
export const ids = [2168,6466,4315];
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

/***/ 46466:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   TR: () => (/* binding */ parseRequest),
/* harmony export */   tryParseAnswer: () => (/* binding */ tryParseAnswer),
/* harmony export */   w$: () => (/* binding */ ENTRY_FOLDER),
/* harmony export */   x1: () => (/* binding */ renderAnswer)
/* harmony export */ });
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
/* harmony import */ var _client_protocol_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(46466);
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
        const worker = new Worker((0,external_node_fs_.realpathSync)(script), {
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

// EXTERNAL MODULE: ./src/image/block-permits.ts
var block_permits = __webpack_require__(76573);
;// CONCATENATED MODULE: ./src/image/layer-threads.ts




/**
 * More would gain nothing: Node compresses in four other threads, which all of these share. Each takes up
 * 25 MiB.
 */
const MAX_THREADS = 3;
/**
 * Makes layers in threads. `script` is that of this process. Its `makeLayer` rejects with plain Errors, which
 * have the code of a system error.
 */
function openLayerThreads(script, signal) {
    const threads = Math.min((0,external_node_os_.availableParallelism)(), MAX_THREADS);
    const permits = (0,block_permits/* createPermits */.J7)();
    const pool = openThreadPool({ script, argument: own_processes/* LAYER_ARGUMENT */.W0, threads, signal });
    return {
        makeLayer: async (job) => {
            const answer = await pool.run({ ...job, permits });
            if (!("problem" in answer))
                return answer;
            throw Object.assign(new Error(answer.problem), { code: answer.code });
        },
        close: () => pool.close(),
    };
}
/** Makes layers for the thread that started this one. */
async function serveLayers() {
    const { makeLayer } = await Promise.all(/* import() */[__webpack_require__.e(663), __webpack_require__.e(7054), __webpack_require__.e(6482)]).then(__webpack_require__.bind(__webpack_require__, 68231));
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
/* harmony import */ var _layer_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(65613);
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
    const { source, file, target, compression, limits, permits } = job;
    const budget = (0,_budget_js__WEBPACK_IMPORTED_MODULE_2__/* .createBudget */ .y)(limits, signal);
    const { tar, findContent } = await openSource(source);
    const bytes = spend(tar, budget);
    const layer = source.kind === "file" && source.compression !== undefined
        ? await (0,_layer_js__WEBPACK_IMPORTED_MODULE_3__/* .keepLayer */ .HX)({ bytes, compression: source.compression }, file, target, budget)
        : await (0,_layer_js__WEBPACK_IMPORTED_MODULE_3__/* .packLayer */ .Js)(bytes, file, { target, budget, compression, findContent, permits });
    if ("problem" in layer)
        throw layer.problem;
    return { layer, spent: budget.spent() };
}
async function openSource(source) {
    switch (source.kind) {
        case "store":
            return {
                tar: toAsync((0,_store_layer_js__WEBPACK_IMPORTED_MODULE_4__/* .writeStoreLayer */ .Aq)(source.paths, source.options)),
                findContent: ({ name, sizeBytes }) => locate(node_path__WEBPACK_IMPORTED_MODULE_0__.posix.resolve("/", name), sizeBytes),
            };
        case "tar":
            return openTar((0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(source.folder, "layer.tar"));
        case "file":
            return openTar(source.file);
        case "nix2container": {
            // It needs a library that other images do not need.
            const { openNix2containerLayer } = await Promise.all(/* import() */[__webpack_require__.e(2856), __webpack_require__.e(6578)]).then(__webpack_require__.bind(__webpack_require__, 6578));
            const { chunks, findFile } = openNix2containerLayer(source.paths);
            return {
                tar: toAsync(chunks),
                findContent: ({ name, sizeBytes }) => {
                    const file = findFile(name);
                    return file === undefined ? undefined : locate(file, sizeBytes);
                },
            };
        }
    }
}
/** A whole file in the store. The path is Latin-1. */
function locate(path, sizeBytes) {
    return { file: Buffer.from(path, "latin1"), start: 0, sizeBytes };
}
function openTar(file) {
    return {
        tar: (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_1__/* .readRegularFile */ .XF)(file),
        findContent: ({ sizeBytes }, start) => ({ file, start, sizeBytes }),
    };
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
// EXTERNAL MODULE: ./src/image/free-memory.ts
var free_memory = __webpack_require__(62403);
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




/** The size of the chunks. Larger ones are not faster. */
const CHUNK_BYTES = 256 << 10;
/**
 * Writes the tar of a layer, in chunks of 256 KiB: the folders /nix and /nix/store, and the store paths with
 * all files in them. Each chunk is overwritten by the next. Hard links become files. Synchronous, since it
 * runs in a thread of its own. Throws a plain Error for a file that changes while it is read, or that is
 * neither a file, a folder nor a symlink.
 * @see nixpkgs, pkgs/build-support/docker/stream_layered_image.py, archive_paths_to
 */
function* writeStoreLayer(paths, options) {
    const chunks = new ChunkWriter();
    const render = (entry) => renderEntryHeader(entry, options.owner, options.hasDeviceNumbers);
    for (const name of ["/nix", "/nix/store"]) {
        yield* chunks.write(render({ name, type: "folder", mode: options.rootMode, sizeBytes: 0, linkName: "" }));
    }
    for (const path of paths) {
        for (const entry of listEntries(path)) {
            yield* chunks.write(render(entry));
            if (entry.type === "file")
                yield* chunks.writeFile(entry);
        }
    }
    yield* chunks.write(Buffer.alloc(padTar(chunks.sizeBytes)));
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
/**
 * Cuts what is written into chunks of the same size, without copying a file's content once more. There is one
 * buffer for all of them.
 */
class ChunkWriter {
    #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    #filled = 0;
    #sizeBytes = 0;
    /** All that was written so far. */
    get sizeBytes() {
        return this.#sizeBytes;
    }
    *write(bytes) {
        for (let at = 0; at < bytes.length;) {
            const count = bytes.copy(this.#chunk, this.#filled, at);
            at += count;
            yield* this.#advance(count);
        }
    }
    /** Writes the content of a file, and what fills its last block. */
    *writeFile({ name, sizeBytes }) {
        const file = (0,external_node_fs_.openSync)(toBytes(name), "r");
        try {
            for (let left = sizeBytes; left > 0;) {
                const wanted = Math.min(left, CHUNK_BYTES - this.#filled);
                const count = (0,external_node_fs_.readSync)(file, this.#chunk, this.#filled, wanted, null);
                if (count === 0)
                    throw new Error(`${name} has become shorter while it was read`);
                left -= count;
                yield* this.#advance(count);
            }
        }
        finally {
            (0,external_node_fs_.closeSync)(file);
        }
        yield* this.write(Buffer.alloc((0,ustar_block/* padEntry */.S$)(sizeBytes)));
    }
    *end() {
        if (this.#filled > 0)
            yield this.#chunk.subarray(0, this.#filled);
        (0,free_memory/* freeMemory */.K)([this.#chunk]);
    }
    *#advance(count) {
        this.#filled += count;
        this.#sizeBytes += count;
        if (this.#filled < CHUNK_BYTES)
            return;
        yield this.#chunk;
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

/***/ 52168:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  runBuild: () => (/* binding */ runBuild)
});

// EXTERNAL MODULE: ./src/builders/log-builders.ts
var log_builders = __webpack_require__(8199);
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
var external_node_stream_promises_ = __webpack_require__(24085);
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
// EXTERNAL MODULE: ./src/image/layer.ts + 2 modules
var image_layer = __webpack_require__(65613);
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
        kept.push(Buffer.from(raw.bytes));
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

// EXTERNAL MODULE: ./src/pipeline/fold-stages.ts + 1 modules
var fold_stages = __webpack_require__(3727);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: ./src/binary-cache/github/client-protocol.ts
var client_protocol = __webpack_require__(46466);
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
    const { addToHistory, compareWithHistory, listRegressions, parseHistory, renderHistory } = await __webpack_require__.e(/* import() */ 4518).then(__webpack_require__.bind(__webpack_require__, 34518));
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
    const { MAX_HISTORY_BYTES } = await __webpack_require__.e(/* import() */ 4518).then(__webpack_require__.bind(__webpack_require__, 34518));
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
    const { compileGoRegex } = await Promise.all(/* import() */[__webpack_require__.e(2856), __webpack_require__.e(6578)]).then(__webpack_require__.bind(__webpack_require__, 6578));
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
var count = __webpack_require__(47302);
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

// EXTERNAL MODULE: ./src/remote-build/reservations.ts
var reservations = __webpack_require__(71080);
;// CONCATENATED MODULE: ./src/image/layer-record.ts





/**
 * Raise this number when the same job gives other bytes than before. A test compares them with those of this
 * version.
 */
const WRITER_VERSION = 1;
/** Raise this number when the audit of a layer finds something else in the same bytes. */
const AUDIT_VERSION = 2;
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
        audit: schemas/* strictObject */.rej({
            filesRead: COUNT,
            elfFiles: COUNT,
            entries: schemas/* array */.YOg(ENTRY),
            largestPaths: schemas/* array */.YOg(schemas/* strictObject */.rej({ path: schemas/* string */.YjP().startsWith("/"), sizeBytes: COUNT })),
        }),
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

// EXTERNAL MODULE: ./src/nix-protocol/export.ts
var nix_protocol_export = __webpack_require__(38686);
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
    const input = external_node_stream_.Readable.from((0,nix_protocol_export/* renderFileExport */.h6)(files));
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
            const all = (0,count/* countOf */.pq)(this.#layers.sources.length, "layer");
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
// EXTERNAL MODULE: ./src/pipeline/stages/build.ts + 18 modules
var build = __webpack_require__(48004);
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
            context.log.info(`audit: ${(0,count/* countOf */.pq)(elfFiles, "ELF file")} among ${(0,count/* countOf */.pq)(filesRead, "file")}, all for ${target}` +
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
    const result = await (0,build/* buildTarget */.k)(context, {
        ...input,
        plan,
        installables: renderStreamedImage(path, system),
        reservations: new reservations/* BuilderReservations */.p(),
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
// EXTERNAL MODULE: ./src/pipeline/nix-session.ts + 14 modules
var nix_session = __webpack_require__(61105);
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
// EXTERNAL MODULE: ./src/nix/command.ts
var command = __webpack_require__(82094);
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
        const reason = kind === "delta" ? `added to ${(0,count/* countOf */.pq)(whole.length - 1, "entry", "entries")}` : "a new base";
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
// EXTERNAL MODULE: ./src/nix/derivation.ts
var derivation = __webpack_require__(56754);
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
        context.log.info(`pushed ${(0,image_reference/* renderImageReference */.NL)(job.image)}@${digest}: ${(0,count/* countOf */.pq)(sent, "layer")} sent, ${reused} reused`);
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
    const built = await (0,derivation/* readOutputs */.T7)(builds.filter(({ outcome }) => outcome === "built").map(({ drvPath }) => drvPath));
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
                return new Set((await (0,derivation/* readDerivationClosure */.zR)(asked)).keys());
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
    const kind = saved === null ? "" : ` as a ${saved.kind} of ${(0,count/* countOf */.pq)(saved.bytes, "byte")}`;
    const pushed = (0,count/* countOf */.pq)(pathsPushed, "path");
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
/** Records what became of builders and substituters, and closes their connections, when `work` has ended. */
async function withPool({ pool, substituters }, fold, work) {
    try {
        await work();
    }
    finally {
        const { statuses: builders, changes: builderChanges, traffic } = pool;
        const record = { builders, builderChanges, traffic, substituters: substituters.statuses };
        fold.add({ record, output: undefined });
        await pool.close();
    }
}
async function runStages({ job, session, push, preflighted, forcedMode }, context, fold) {
    const { pool, substituters } = session;
    const [inspection] = await run_build_whenAllEnd([
        fold.phase("inspect", () => (0,inspect/* inspect */.N)(context, { job, session })),
        fold.timeline.run("probe", () => (0,run_step/* runStep */.e)(context, () => run_build_whenAllEnd([pool.open(job.targets), substituters.refresh()]))),
        preflighted,
    ]);
    (0,log_builders/* logBuilders */.J)(pool.statuses, context.log);
    for (const { detail, hint } of inspection.lockWarnings)
        context.log.warning(`${detail}. ${hint}`);
    const plans = fold.add((0,plan/* plan */.et)(context, { job, inspection, builders: pool.statuses }));
    if (plans.some((target) => (0,strategy/* listAttempts */.NN)(target).includes("remote")))
        pool.watch();
    const built = await fold.phase("build", () => (0,build/* build */.j)(context, { job, session, plans, forcedMode }));
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


/***/ }),

/***/ 77469:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  Xx: () => (/* binding */ checkEngine),
  qW: () => (/* binding */ checkRegistry),
  Mz: () => (/* binding */ preflight)
});

// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/plan/push-policy.ts
var push_policy = __webpack_require__(29822);
// EXTERNAL MODULE: ./src/smoke/container-engine.ts + 4 modules
var container_engine = __webpack_require__(22122);
// EXTERNAL MODULE: ./src/smoke/smoke-test.ts
var smoke_test = __webpack_require__(83357);
// EXTERNAL MODULE: external "node:stream/consumers"
var consumers_ = __webpack_require__(38321);
// EXTERNAL MODULE: ./node_modules/tar-stream/index.js
var tar_stream = __webpack_require__(56118);
// EXTERNAL MODULE: ./src/model/digest.ts
var digest = __webpack_require__(95305);
// EXTERNAL MODULE: ./src/model/media-type.ts
var media_type = __webpack_require__(22570);
// EXTERNAL MODULE: ./src/model/system.ts
var model_system = __webpack_require__(26872);
// EXTERNAL MODULE: ./src/smoke/check.ts
var check = __webpack_require__(83829);
;// CONCATENATED MODULE: ./src/smoke/exit-program.ts

/**
 * The machine code of `exit(0)` for Linux: the exit status and the number of the system call go into
 * registers, and then the CPU enters the kernel.
 * @see man 2 syscall, "Architecture calling conventions"
 */
const CODE = {
    "x86_64-linux": "31ff b83c000000 0f05", // xor edi,edi; mov eax,60; syscall
    "aarch64-linux": "000080d2 a80b80d2 010000d4", // mov x0,#0; mov x8,#93; svc #0
    "i686-linux": "31db b801000000 cd80", // xor ebx,ebx; mov eax,1; int 0x80
    "armv7l-linux": "0000a0e3 0170a0e3 000000ef", // mov r0,#0; mov r7,#1; svc 0
    "riscv64-linux": "13050000 9308d005 73000000", // li a0,0; li a7,93; ecall
    "powerpc64le-linux": "01000038 00006038 02000044", // li r0,1; li r3,0; sc
    "s390x-linux": "a7290000 0a01", // lghi %r2,0; svc 1
};
/** The processor flags in the header: the ABI, where the kernel looks at it. */
const FLAGS = {
    "armv7l-linux": 0x5000000, // EABI version 5
    "powerpc64le-linux": 2, // ELFv2
};
const BASE = 0x400000;
/** The largest page size of the CPUs above. */
const ALIGNMENT = 0x10000;
const EXECUTABLE = 2;
const LOAD = 1;
const READ_AND_EXECUTE = 5;
/**
 * A static program for a system that exits with 0: an ELF file of one segment, which is the whole file.
 * @see ELF gABI, "ELF Header" and "Program Header"
 */
function createExitProgram(system) {
    const { machine, bits, endianness } = (0,model_system/* elfMachineOf */.c_)(system);
    const code = Buffer.from(CODE[system].replaceAll(" ", ""), "hex");
    const headerBytes = bits === 64 ? 64 : 52;
    const segmentBytes = bits === 64 ? 56 : 32;
    const codeOffset = headerBytes + segmentBytes;
    const fileBytes = codeOffset + code.length;
    /** Renders fields of the file's byte order; `word` is as wide as an address. */
    const number = (bytes) => (value) => {
        const field = Buffer.alloc(bytes);
        if (endianness === "little")
            field.writeUIntLE(value, 0, Math.min(bytes, 6));
        else
            field.writeUIntBE(value, Math.max(0, bytes - 6), Math.min(bytes, 6));
        return field;
    };
    const half = number(2);
    const int = number(4);
    const word = number(bits / 8);
    const identification = [0x7f, 0x45, 0x4c, 0x46, bits === 64 ? 2 : 1, endianness === "little" ? 1 : 2, 1];
    const header = [
        Buffer.concat([Buffer.from(identification)], 16),
        half(EXECUTABLE),
        half(machine),
        int(1),
        word(BASE + codeOffset),
        word(headerBytes),
        word(0),
        int(FLAGS[system] ?? 0),
        half(headerBytes),
        half(segmentBytes),
        half(1),
        half(0),
        half(0),
        half(0),
    ];
    const places = [word(0), word(BASE), word(BASE), word(fileBytes), word(fileBytes)];
    const segment = bits === 64
        ? [int(LOAD), int(READ_AND_EXECUTE), ...places, word(ALIGNMENT)]
        : [int(LOAD), ...places, int(READ_AND_EXECUTE), word(ALIGNMENT)];
    return Buffer.concat([...header, ...segment, code]);
}

;// CONCATENATED MODULE: ./src/smoke/trial.ts









const PROGRAM = "exit";
const EXIT_LIMIT_MS = 30_000;
/** Other errors, such as that of a command that failed, become `GATE_NO_RUNTIME`. */
const OWN_CODES = ["GATE_NO_RUNTIME", "GATE_MISMATCH"];
const CONTAINER = {
    ports: [],
    args: [],
    environment: {},
    user: undefined,
    memoryBytes: undefined,
    isReadOnly: false,
    volumes: [],
};
/**
 * Runs a container in the engine and waits until it exits, to find out whether a smoke test can run there.
 * Its image is made here, so nothing is pulled, and is removed afterwards. Rejects with `GATE_NO_RUNTIME` and
 * the engine's own words if the container does not run, and with `GATE_MISMATCH` if the engine changes
 * images.
 */
async function tryEngine(runtime, system, { clock, nonce }) {
    try {
        const image = await runtime.load(await createTrialImage(system, nonce));
        try {
            const start = await runtime.start(image.id, CONTAINER);
            if (start.state === "failed")
                throw cannotRun(runtime, system, start.reason);
            const { container } = start;
            try {
                const { passed, detail } = await (0,check/* waitForExit */.z)({ name: "exits", kind: "exit-code", exitCode: 0, args: [], timeoutMs: EXIT_LIMIT_MS }, container, clock);
                if (!passed)
                    throw cannotRun(runtime, system, `the program that exits with 0 ended with ${detail}`);
            }
            finally {
                await container.remove();
            }
        }
        finally {
            await image.remove();
        }
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error) || (error instanceof action_error/* ActionError */.lZ && OWN_CODES.includes(error.code)))
            throw error;
        throw cannotRun(runtime, system, (0,action_error/* renderError */.vr)(error), error);
    }
}
/**
 * The smallest image for a system: one static program that exits with 0. The nonce makes it an image of this
 * run only, so that another run cannot remove it.
 */
async function createTrialImage(system, nonce) {
    const tar = (0,tar_stream.pack)();
    tar.entry({ name: PROGRAM, mode: 0o755, mtime: new Date(0) }, createExitProgram(system));
    tar.finalize();
    const layer = createBlob("application/vnd.oci.image.layer.v1.tar", await (0,consumers_.buffer)(tar));
    const config = createBlob(media_type/* OCI_CONFIG */.TF, {
        ...(0,model_system/* platformOf */.tj)(system),
        config: { Entrypoint: [`/${PROGRAM}`], Labels: { [container_engine/* RUN_LABEL */.j]: nonce } },
        rootfs: { type: "layers", diff_ids: [layer.digest] },
        history: [{ created_by: "cross-build" }],
    });
    const describe = ({ mediaType, digest, sizeBytes }) => ({ mediaType, digest, size: sizeBytes });
    const manifest = createBlob(media_type/* OCI_MANIFEST */.EG, {
        schemaVersion: 2,
        mediaType: media_type/* OCI_MANIFEST */.EG,
        config: describe(config),
        layers: [describe(layer)],
    });
    return { manifest, config, layers: [layer] };
}
function createBlob(mediaType, content) {
    const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
    return { mediaType, digest: (0,digest/* digestOf */.ol)(bytes), sizeBytes: bytes.byteLength, source: { bytes } };
}
function cannotRun({ name, system: engineSystem }, system, reason, cause) {
    return new action_error/* ActionError */.lZ("GATE_NO_RUNTIME", `${name} cannot run a container for ${system}: ${reason}`, {
        cause,
        hint: engineSystem === system
            ? "Run a container by hand, such as `docker run --rm hello-world`, and fix what it reports."
            : "Register QEMU with docker/setup-qemu-action, or test the image on a runner with its CPU.",
    });
}

// EXTERNAL MODULE: ./src/pipeline/disks.ts
var disks = __webpack_require__(84304);
// EXTERNAL MODULE: ./src/pipeline/open-repository.ts + 11 modules
var open_repository = __webpack_require__(37248);
// EXTERNAL MODULE: ./src/pipeline/stages/gate.ts
var gate = __webpack_require__(56797);
;// CONCATENATED MODULE: ./src/pipeline/stages/preflight.ts








/**
 * Checks what a run needs only later, so that it does not fail after the build: disk space, container engine
 * and registry. Leaves nothing behind. Fails with the codes of `checkDisks`, `checkEngine` and
 * `checkPushAccess`; if several fail, the log has the other errors.
 */
async function preflight(context, { job, push }) {
    const results = await Promise.allSettled([
        Promise.resolve().then(() => {
            (0,disks/* checkDisks */.BZ)(context);
        }),
        checkEngine(job, context),
        push.isAllowed ? checkPushAccess(job, context) : undefined,
    ]);
    const errors = results.flatMap((result) => result.status === "rejected" ? [(0,action_error/* toActionError */.ie)(result.reason)] : []);
    const [first, ...others] = errors;
    if (first === undefined)
        return { record: {}, output: undefined };
    if (!context.signal.aborted) {
        for (const other of others)
            context.log.error(`${other.code}: ${(0,action_error/* renderError */.vr)(other)}. ${other.hint}`);
    }
    return { record: {}, error: first };
}
/**
 * Checks that the container engine can test the image of each target, by running a container for it there.
 * Images that are left to a later gate need no engine of their CPU. Resolves to what was found, or to
 * undefined for a job without a smoke test. Rejects with `GATE_NO_RUNTIME`, `GATE_EMULATED` and
 * `GATE_MISMATCH`.
 */
async function checkEngine(job, context) {
    if (job.smokeTest === undefined)
        return undefined;
    const runtime = await (0,container_engine/* openContainerEngine */.Q)({ ...context, isForkCode: (0,push_policy/* mayBeForkCode */.OR)(context.event) });
    const { name, system = "another CPU" } = runtime;
    const isLeft = (target) => (0,gate/* isLeftToLaterGate */.AE)(job, runtime, target);
    const tested = job.targets.filter((target) => !isLeft(target));
    for (const target of tested)
        (0,smoke_test/* requireNativeEngine */.B)(runtime, target, job.isEmulatedGateAllowed);
    for (const target of tested)
        await tryEngine(runtime, target, context);
    const emulated = tested.filter((target) => target !== runtime.system);
    const left = job.targets.filter(isLeft);
    return [
        tested.length === 0 ? `${name}, for ${system}` : `${name} ran a container for ${tested.join(", ")}`,
        ...(emulated.length === 0 ? [] : [`its CPU is ${system}, so QEMU runs ${emulated.join(", ")}`]),
        ...(left.length === 0 ? [] : [`${left.join(", ")} are left to another gate`]),
    ].join("; ");
}
/**
 * Checks that the job's registry accepts uploads to the image's repository. Does nothing for an OCI layout.
 * Rejects with `REGISTRY_DENIED` and `REGISTRY_FAILED`.
 */
async function checkPushAccess({ image, ...login }, context) {
    if (image?.kind === "registry")
        await (0,open_repository/* requirePushAccess */.As)(image, login, context);
}
/** The tag to look up if the job names none. It need not exist. */
const ANY_TAG = "latest";
/**
 * Checks that the image's repository can be read, and that it accepts uploads if the image may be pushed.
 * Resolves to what was found; undefined for a job without a registry. Rejects as `checkPushAccess` does.
 */
async function checkRegistry(job, push, context) {
    const { image, tags } = job;
    if (image?.kind !== "registry")
        return undefined;
    const repository = await (0,open_repository/* openRepository */.h_)(image, job, undefined, context);
    const [tag = ANY_TAG] = tags;
    const digest = await repository.readTag(tag);
    if (push.isAllowed)
        await checkPushAccess(job, context);
    const found = digest === undefined ? `it has no tag ${tag} yet` : `its tag ${tag} points to ${digest}`;
    const access = push.isAllowed ? "it accepts uploads" : `uploads were not tried: ${push.reason}`;
    return `${found}; ${access}`;
}


/***/ })

};
