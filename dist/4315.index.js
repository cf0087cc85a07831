export const id = 4315;
export const ids = [4315,6466];
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


/***/ })

};
