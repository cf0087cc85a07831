export const id = 6482;
export const ids = [6482];
export const modules = {

/***/ 22714:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   LJ: () => (/* binding */ runCancelled),
/* harmony export */   OQ: () => (/* binding */ ERROR_CODES),
/* harmony export */   R: () => (/* binding */ toInternalError),
/* harmony export */   bT: () => (/* binding */ explainUrl),
/* harmony export */   c_: () => (/* binding */ aboutSubject),
/* harmony export */   ie: () => (/* binding */ toActionError),
/* harmony export */   lZ: () => (/* binding */ ActionError),
/* harmony export */   mm: () => (/* binding */ isCancelled),
/* harmony export */   vr: () => (/* binding */ renderError)
/* harmony export */ });
/**
 * Every way in which a run can fail; docs/errors.md has a section for each. The codes are public (output
 * `error-code`), so a released name never changes.
 */
const ERROR_CODES = [
    "INPUT_INVALID",
    "EVENT_REFUSED",
    "HOST_UNSUPPORTED",
    "CANCELLED",
    "COMMAND_MISSING",
    "COMMAND_FAILED",
    "COMMAND_TIMEOUT",
    "DISK_FULL",
    "DOWNLOAD_FAILED",
    "NIX_DIGEST_MISMATCH",
    "NIX_ARCHIVE_INVALID",
    "NIX_DISK_FULL",
    "NIX_NOT_WRITABLE",
    "NIX_HALF_INSTALLED",
    "NIX_DAEMON_FAILED",
    "NIX_NOT_TRUSTED",
    "FLAKE_INVALID",
    "FLAKE_OUTPUT_MISSING",
    "EVALUATION_FAILED",
    "PLAN_IMPOSSIBLE",
    "SSH_KEY_INVALID",
    "SSH_CONFIG_OVERRIDDEN",
    "BUILDER_UNREACHABLE",
    "BUILDER_HOST_KEY",
    "BUILDER_LOAD_BALANCED",
    "BUILDER_DENIED",
    "BUILDER_UNFIT",
    "QEMU_FAILED",
    "BUILD_FAILED",
    "HASH_MISMATCH",
    "BUILD_SILENT",
    "CACHE_FAILED",
    "IMAGE_INVALID",
    "AUDIT_FAILED",
    "REGISTRY_DENIED",
    "REGISTRY_FAILED",
    "GATE_NO_RUNTIME",
    "GATE_EMULATED",
    "GATE_MISMATCH",
    "GATE_FAILED",
    "GATE_INCOMPLETE",
    "CANDIDATE_GONE",
    "PROMOTION_FAILED",
    "PROMOTION_SUPERSEDED",
    "INTERNAL",
];
/** The URL of the documentation for an error code. */
function explainUrl(code) {
    return `https://github.com/fluo/cross-build/blob/v1/docs/errors.md#${code.toLowerCase()}`;
}
/**
 * A failure that the user can act on. `message` says what failed, and names it (the host, the derivation, the
 * file, the command) together with the value. `hint` says what to do.
 */
class ActionError extends Error {
    code;
    hint;
    place;
    constructor(code, message, options) {
        super(message, options);
        this.name = "ActionError";
        this.code = code;
        this.hint = options.hint;
        this.place = options.place;
    }
    /** This error with another message or place. Its class, which callers may ask for, stays the same. */
    with({ message = this.message, place = this.place, }) {
        const { code, cause, hint } = this;
        const SameClass = this.constructor;
        return new SameClass(code, message, { hint, place, ...(cause !== undefined && { cause }) });
    }
}
/**
 * The same error, but its message begins with `subject` unless it names it already: for an error that is
 * raised where its subject is not known, such as a lost connection.
 */
function aboutSubject(error, subject) {
    if (!(error instanceof ActionError) || isCancelled(error))
        return error;
    const words = error.message.split(/[\s"'`,;()]+/).map((word) => word.replace(/[:.]+$/, ""));
    if (words.includes(subject))
        return error;
    return error.with({ message: `${subject}: ${error.message}` });
}
/** Whether an error means that the run was cancelled. Code that tolerates other failures must rethrow it. */
function isCancelled(error) {
    return error instanceof ActionError && error.code === "CANCELLED";
}
/** The error of a run that was cancelled. */
function runCancelled(message = "the run was cancelled", cause) {
    return new ActionError("CANCELLED", message, {
        cause,
        hint: "Start the run again if you did not cancel it on purpose.",
    });
}
const INTERNAL_HINT = "This is a bug in cross-build. Run again with debug logging, and report it with the log at " +
    "https://github.com/fluo/cross-build/issues.";
/** Anything thrown as an ActionError: itself, or an `INTERNAL` error with the thrown value as its cause. */
function toActionError(error) {
    if (error instanceof ActionError)
        return error;
    return new ActionError("INTERNAL", isError(error) ? (describeIssue(error) ?? error.message) : String(error), { cause: error, hint: INTERNAL_HINT });
}
/** An error that nothing handled, whatever was thrown, as an `INTERNAL` error. */
function toInternalError(thrown) {
    return new ActionError("INTERNAL", `unexpected error: ${renderError(thrown)}`, {
        cause: thrown,
        hint: INTERNAL_HINT,
    });
}
/** Renders anything thrown as its message, followed by the messages of its causes. */
function renderError(error) {
    if (!isError(error))
        return String(error);
    const message = describeIssue(error) ?? error.message;
    const cause = error.cause === undefined ? "" : renderError(error.cause);
    return cause === "" || message.includes(cause) ? message : `${message}: ${cause}`;
}
/**
 * Data that does not fit its schema, by the place where it does not. zod's own message is the list of all
 * issues as JSON, in terms of the schema.
 */
function describeIssue(error) {
    if (error.name !== "ZodError" || !("issues" in error) || !Array.isArray(error.issues))
        return undefined;
    const [issue] = error.issues;
    const path = (issue?.path ?? []).map(String).join(".");
    return `${path === "" ? "the data" : path} is missing or is not of the expected form`;
}
/** Not `instanceof`: an error may come from another realm. */
function isError(value) {
    return (typeof value === "object" && value !== null && "message" in value && typeof value.message === "string");
}


/***/ }),

/***/ 38335:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   r: () => (/* binding */ isErrno)
/* harmony export */ });
/** True for a system error with one of these codes (`ENOENT`). */
function isErrno(error, ...codes) {
    return (typeof error === "object" &&
        error !== null &&
        "code" in error &&
        typeof error.code === "string" &&
        codes.includes(error.code));
}


/***/ }),

/***/ 41520:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   d: () => (/* binding */ DEFAULT_LIMITS),
/* harmony export */   y: () => (/* binding */ createBudget)
/* harmony export */ });
/** More than any real image needs, and small enough that reading fails within minutes. */
const DEFAULT_LIMITS = { unpackedBytes: 64 * 2 ** 30, pathBytes: 512 * 2 ** 20 };
/** Approximate size of what is kept for a path: its entry, its node in the tree and a short string. */
const ENTRY_BYTES = 160;
/** PATH_MAX on Linux: a file with a longer path cannot be unpacked. */
const MAX_PATH = 4096;
/** A budget for one image, all of its layers together. It is used up when `signal` fires. */
function createBudget(limits, signal) {
    let bytes = 0;
    let pathBytes = 0;
    const requirePaths = () => {
        if (pathBytes > limits.pathBytes)
            throw new Error("it contains too many files");
    };
    const budget = {
        spendBytes: (count) => {
            signal?.throwIfAborted();
            bytes += count;
            if (bytes > limits.unpackedBytes)
                throw new Error(`it contains more than ${limits.unpackedBytes} bytes`);
        },
        spendPath: (path) => {
            if (path.length > MAX_PATH)
                throw new Error(`it contains a path of more than ${MAX_PATH} characters`);
            pathBytes += path.length + ENTRY_BYTES;
            requirePaths();
        },
        add: (spent) => {
            pathBytes += spent.pathBytes;
            requirePaths();
            budget.spendBytes(spent.unpackedBytes);
        },
        spent: () => ({ unpackedBytes: bytes, pathBytes }),
    };
    return budget;
}


/***/ }),

/***/ 68231:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   P: () => (/* binding */ listPaths),
/* harmony export */   i: () => (/* binding */ createSerialWorkers),
/* harmony export */   inspectLayer: () => (/* binding */ inspectLayer),
/* harmony export */   makeLayer: () => (/* binding */ makeLayer)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _model_store_path_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(75210);
/* harmony import */ var _platform_files_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(94924);
/* harmony import */ var _budget_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(41520);
/* harmony import */ var _layer_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(65613);
/* harmony import */ var _store_layer_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(30418);






/** The store paths that the tar of a layer is made from, or in which it is. */
function listPaths(source) {
    switch (source.kind) {
        case "store":
            return source.paths;
        case "tar":
            return [source.folder];
        case "nix2container":
            return source.paths.map(({ path }) => path);
        case "file":
            return [(0,_model_store_path_js__WEBPACK_IMPORTED_MODULE_5__/* .storePathOf */ .CI)(source.file) ?? []].flat();
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
/**
 * Reads, hashes and audits the tar of a layer, without compressing it: the job's file is not written. Rejects
 * like `makeLayer`.
 */
async function inspectLayer(job, signal) {
    const { source, file, target, limits } = job;
    const budget = (0,_budget_js__WEBPACK_IMPORTED_MODULE_2__/* .createBudget */ .y)(limits, signal);
    const { tar, findContent } = await openSource(source);
    const content = await (0,_layer_js__WEBPACK_IMPORTED_MODULE_3__/* .inspectTar */ .ax)(spend(tar, budget), file, { target, budget, findContent });
    if ("problem" in content)
        throw content.problem;
    return { content, spent: budget.spent() };
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
            const { openNix2containerLayer } = await Promise.all(/* import() */[__webpack_require__.e(2856), __webpack_require__.e(7443)]).then(__webpack_require__.bind(__webpack_require__, 47443));
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
function createSerialWorkers(signal) {
    let last = Promise.resolve();
    const run = (work) => {
        const result = last.then(work);
        last = result.catch(() => undefined);
        return result;
    };
    return {
        makeLayer: (job) => run(() => makeLayer(job, signal)),
        inspectLayer: (job) => run(() => inspectLayer(job, signal)),
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

/***/ 95305:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Bc: () => (/* binding */ isDigest),
/* harmony export */   ol: () => (/* binding */ digestOf),
/* harmony export */   z9: () => (/* binding */ digestOfHex)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_crypto__WEBPACK_IMPORTED_MODULE_0__);

/** True for a well-formed SHA-256 digest. */
function isDigest(text) {
    return /^sha256:[0-9a-f]{64}$/.test(text);
}
/** The digest for a SHA-256 hash in hexadecimal. */
function digestOfHex(hex) {
    return `sha256:${hex}`;
}
/** The digest of some bytes. */
function digestOf(bytes) {
    return digestOfHex((0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)("sha256").update(bytes).digest("hex"));
}


/***/ }),

/***/ 75210:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   B$: () => (/* binding */ nameOfStorePath),
/* harmony export */   CI: () => (/* binding */ storePathOf),
/* harmony export */   zP: () => (/* binding */ isStorePath)
/* harmony export */ });
const STORE_PATH = /^\/nix\/store\/[0-9a-df-np-sv-z]{32}-[0-9A-Za-z+\-._?=]{1,211}$/;
/** True for a store path itself, not for a file below one. */
function isStorePath(text) {
    return STORE_PATH.test(text);
}
/** The store path that a file is, or is below; undefined outside of the store. */
function storePathOf(file) {
    const root = /^\/nix\/store\/[^/]+/.exec(file)?.[0] ?? "";
    return isStorePath(root) ? root : undefined;
}
/** The name of a store path without its hash, and without `.drv`. */
function nameOfStorePath(path) {
    return path.replace(/^\/nix\/store\/[0-9a-z]{32}-/, "").replace(/\.drv$/, "");
}


/***/ }),

/***/ 26872:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   HE: () => (/* binding */ systemOfHost),
/* harmony export */   P6: () => (/* binding */ renderElfMachine),
/* harmony export */   Pq: () => (/* binding */ isPlatformOf),
/* harmony export */   c_: () => (/* binding */ elfMachineOf),
/* harmony export */   jg: () => (/* binding */ isNativeElf),
/* harmony export */   kV: () => (/* binding */ parseTargetSystem),
/* harmony export */   lA: () => (/* binding */ TARGET_SYSTEMS),
/* harmony export */   nK: () => (/* binding */ elfOf),
/* harmony export */   q1: () => (/* binding */ systemOfArchitecture),
/* harmony export */   qi: () => (/* binding */ isOwnElf),
/* harmony export */   qn: () => (/* binding */ renderPlatform),
/* harmony export */   tj: () => (/* binding */ platformOf),
/* harmony export */   vw: () => (/* binding */ pickPlatform)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);

const I386 = { machine: 3, bits: 32, endianness: "little" };
const ARM = { machine: 40, bits: 32, endianness: "little" };
const LINUX = {
    "x86_64-linux": {
        platform: { os: "linux", architecture: "amd64" },
        elf: { machine: 62, bits: 64, endianness: "little" },
        runs: [I386],
    },
    "aarch64-linux": {
        platform: { os: "linux", architecture: "arm64" },
        elf: { machine: 183, bits: 64, endianness: "little" },
    },
    "i686-linux": { platform: { os: "linux", architecture: "386" }, elf: I386 },
    "armv7l-linux": { platform: { os: "linux", architecture: "arm", variant: "v7" }, elf: ARM },
    "riscv64-linux": {
        platform: { os: "linux", architecture: "riscv64" },
        elf: { machine: 243, bits: 64, endianness: "little" },
    },
    "powerpc64le-linux": {
        platform: { os: "linux", architecture: "ppc64le" },
        elf: { machine: 21, bits: 64, endianness: "little" },
    },
    "s390x-linux": {
        platform: { os: "linux", architecture: "s390x" },
        elf: { machine: 22, bits: 64, endianness: "big" },
    },
};
const TARGET_SYSTEMS = Object.keys(LINUX);
/** Parses the Nix name of a target system. Throws `INPUT_INVALID` with the list of known names. */
function parseTargetSystem(text) {
    const system = TARGET_SYSTEMS.find((known) => known === text);
    if (system !== undefined)
        return system;
    const alias = TARGET_SYSTEMS.find((known) => renderPlatform(platformOf(known)) === text);
    throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("INPUT_INVALID", `${JSON.stringify(text)} is not a supported target system`, {
        hint: alias === undefined ? `Use one of ${TARGET_SYSTEMS.join(", ")}.` : `Write ${alias} instead.`,
    });
}
/** The OCI platform of a target system: `x86_64-linux` is `linux/amd64`. */
function platformOf(system) {
    return LINUX[system].platform;
}
/** The CPU that the ELF files of a target system are for. */
function elfMachineOf(system) {
    return LINUX[system].elf;
}
/**
 * Whether an image that an index lists under `named` is for the target system. Variants are compared only if
 * both sides have one: `arm/v6` does not match armv7l, but `arm` does, and `arm64/v8` matches aarch64.
 * @see OCI image-spec, image-index.md, "Platform Variants"
 */
function isPlatformOf(target, named) {
    const { os, architecture, variant = named.variant } = platformOf(target);
    const isVariant = named.variant === undefined || named.variant === variant;
    return named.os === os && named.architecture === architecture && isVariant;
}
/** The variant that every CPU of an architecture runs. An index may omit it. */
const BASELINES = { amd64: "v1", arm64: "v8" };
/**
 * Picks the images of an index that are for the target system. If there are several variants, picks the
 * target's own one: `arm/v7` for armv7l, and `amd64` rather than `amd64/v3` for x86_64.
 */
function pickPlatform(target, items) {
    const fitting = items.filter(({ platform }) => platform !== undefined && isPlatformOf(target, platform));
    const { architecture, variant } = platformOf(target);
    const own = variant ?? BASELINES[architecture];
    for (const wanted of [own, undefined]) {
        const exact = fitting.filter(({ platform }) => (platform?.variant ?? (variant === undefined ? own : undefined)) === wanted);
        if (exact.length > 0)
            return exact;
    }
    return fitting;
}
/** A platform as Docker writes it: `linux/arm/v7`. */
function renderPlatform({ os, architecture, variant }) {
    return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}
/** The target system with the OCI architecture `architecture` (`amd64`), if there is one. */
function systemOfArchitecture(architecture) {
    return TARGET_SYSTEMS.find((system) => LINUX[system].platform.architecture === architecture);
}
/** The CPU of programs for a target system. */
function elfOf(system) {
    return LINUX[system].elf;
}
/** Whether a program for `machine` runs on `system` without emulation. */
function isNativeElf(system, machine) {
    const { elf, runs = [] } = LINUX[system];
    return [elf, ...runs].some((own) => isSameMachine(own, machine));
}
/** Whether an ELF file is for exactly the CPU of `system`. A 64-bit program loads no library for i686. */
function isOwnElf(system, machine) {
    return isSameMachine(LINUX[system].elf, machine);
}
/** The name of an ELF file's CPU: `aarch64`, or `machine 258 (64-bit, little-endian)` for an unknown one. */
function renderElfMachine(machine) {
    const system = TARGET_SYSTEMS.find((known) => isSameMachine(LINUX[known].elf, machine));
    return system === undefined
        ? `machine ${machine.machine} (${machine.bits}-bit, ${machine.endianness}-endian)`
        : system.replace("-linux", "");
}
function isSameMachine(a, b) {
    return a.machine === b.machine && a.bits === b.bits && a.endianness === b.endianness;
}
const NODE_CPU = {
    x64: "x86_64",
    arm64: "aarch64",
    ia32: "i686",
    arm: "armv7l",
    riscv64: "riscv64",
    s390x: "s390x",
};
/** The Nix system for Node's `process.platform` and `process.arch`. Throws `HOST_UNSUPPORTED`. */
function systemOfHost(platform, arch) {
    const cpu = NODE_CPU[arch];
    const name = `${cpu ?? arch}-${platform}`;
    if (name === "x86_64-darwin" || name === "aarch64-darwin")
        return name;
    const system = TARGET_SYSTEMS.find((known) => known === name);
    if (system !== undefined)
        return system;
    throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("HOST_UNSUPPORTED", `cross-build does not run on ${platform} ${arch}`, {
        hint: "Run it on Linux or macOS, on x86_64 or aarch64.",
    });
}


/***/ }),

/***/ 94924:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   DC: () => (/* binding */ hashFile),
/* harmony export */   DV: () => (/* binding */ readLinkIfPresent),
/* harmony export */   GF: () => (/* binding */ readWholeRegularFile),
/* harmony export */   R7: () => (/* binding */ copyToNewFile),
/* harmony export */   TV: () => (/* binding */ isExecutable),
/* harmony export */   Ts: () => (/* binding */ readFileIfPresent),
/* harmony export */   XF: () => (/* binding */ readRegularFile),
/* harmony export */   ZU: () => (/* binding */ openRegularFile),
/* harmony export */   dM: () => (/* binding */ readRegularFileIfPresent),
/* harmony export */   lo: () => (/* binding */ writeFileAtomically),
/* harmony export */   wi: () => (/* binding */ readdirIfPresent)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_crypto__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(73024);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_fs__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(51455);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_2___default = /*#__PURE__*/__webpack_require__.n(node_fs_promises__WEBPACK_IMPORTED_MODULE_2__);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_3___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_3__);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(24085);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_4___default = /*#__PURE__*/__webpack_require__.n(node_stream_promises__WEBPACK_IMPORTED_MODULE_4__);
/* harmony import */ var _errors_errno_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(38335);
/* harmony import */ var _model_digest_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(95305);







/**
 * Writes a file whole or not at all: writes and syncs a new file in the same folder, then renames it. The new
 * file has `mode` from the start, so that others can never read a secret.
 */
async function writeFileAtomically(file, content, mode = 0o644) {
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.mkdir)((0,node_path__WEBPACK_IMPORTED_MODULE_3__.dirname)(file), { recursive: true });
    const temporary = (0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)((0,node_path__WEBPACK_IMPORTED_MODULE_3__.dirname)(file), `.${(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomBytes)(6).toString("hex")}.tmp`);
    try {
        const handle = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.open)(temporary, "wx", mode);
        try {
            await handle.writeFile(content);
            await handle.sync();
        }
        finally {
            await handle.close();
        }
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.rename)(temporary, file);
    }
    catch (error) {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.rm)(temporary, { force: true });
        throw error;
    }
}
/** Whether there is a file that this process may execute, or a folder that it may enter. */
async function isExecutable(file) {
    try {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.access)(file, node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.X_OK);
        return true;
    }
    catch {
        return false;
    }
}
/** The text of a file, or undefined if there is no such file. */
async function readFileIfPresent(file, encoding = "utf8") {
    try {
        return await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.readFile)(file, encoding);
    }
    catch (error) {
        if ((0,_errors_errno_js__WEBPACK_IMPORTED_MODULE_6__/* .isErrno */ .r)(error, "ENOENT", "ENOTDIR"))
            return undefined;
        throw error;
    }
}
/** The names in a folder; none if there is no such folder. */
async function readdirIfPresent(folder) {
    try {
        return await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.readdir)(folder);
    }
    catch (error) {
        if ((0,_errors_errno_js__WEBPACK_IMPORTED_MODULE_6__/* .isErrno */ .r)(error, "ENOENT", "ENOTDIR"))
            return [];
        throw error;
    }
}
/** The target of a symbolic link, or undefined if there is no such link. */
async function readLinkIfPresent(file) {
    try {
        return await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.readlink)(file);
    }
    catch (error) {
        if ((0,_errors_errno_js__WEBPACK_IMPORTED_MODULE_6__/* .isErrno */ .r)(error, "ENOENT", "ENOTDIR"))
            return undefined;
        throw error;
    }
}
/**
 * Opens a regular file, or a symbolic link to one, for reading. Rejects with a plain Error if it is anything
 * else: a FIFO without a writer would block a thread of this process for ever, even its exit, and a device
 * may never end.
 */
async function openRegularFile(file) {
    // Look before opening: merely opening some devices has an effect, such as starting a watchdog.
    if (!(await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.stat)(file)).isFile())
        throw notRegular(file);
    // The file may have been replaced in the meantime.
    const handle = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.open)(file, node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_RDONLY | node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_NONBLOCK | node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_NOCTTY);
    try {
        if ((await handle.stat()).isFile())
            return handle;
        throw notRegular(file);
    }
    catch (error) {
        await handle.close();
        throw error;
    }
}
/**
 * The content of a regular file, in chunks of up to 256 KiB. Rejects as `openRegularFile` does, and with the
 * reason of `signal` when it fires.
 */
async function* readRegularFile(file, signal) {
    const handle = await openRegularFile(file);
    // The stream closes the handle.
    for await (const chunk of handle.createReadStream({ highWaterMark: 1 << 18 })) {
        signal?.throwIfAborted();
        yield chunk;
    }
}
/** The whole content of a regular file. Rejects as `openRegularFile` does. */
async function readWholeRegularFile(file) {
    const handle = await openRegularFile(file);
    try {
        return await handle.readFile();
    }
    finally {
        await handle.close();
    }
}
/** The text of a regular file, or undefined if there is no file. Rejects as `openRegularFile` does. */
async function readRegularFileIfPresent(file) {
    try {
        return (await readWholeRegularFile(file)).toString("utf8");
    }
    catch (error) {
        if ((0,_errors_errno_js__WEBPACK_IMPORTED_MODULE_6__/* .isErrno */ .r)(error, "ENOENT", "ENOTDIR"))
            return undefined;
        throw error;
    }
}
function notRegular(file) {
    return new Error(`${file} is not a regular file`);
}
/** The SHA-256 digest of a file's content. When `signal` fires, rejects with its reason. */
async function hashFile(file, signal) {
    const hash = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)("sha256");
    await untilAborted(signal, (options) => (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_4__.pipeline)((0,node_fs__WEBPACK_IMPORTED_MODULE_1__.createReadStream)(file), hash, options));
    return (0,_model_digest_js__WEBPACK_IMPORTED_MODULE_5__/* .digestOfHex */ .z9)(hash.digest("hex"));
}
/**
 * Copies a file to a new one. Shares the blocks of the two if the file system can. When `signal` fires,
 * rejects with its reason and leaves a part of the copy.
 */
async function copyToNewFile(from, to, signal) {
    signal?.throwIfAborted();
    try {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.copyFile)(from, to, node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.COPYFILE_EXCL | node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.COPYFILE_FICLONE_FORCE);
    }
    catch {
        // Most file systems cannot share blocks. Unlike copyFile, a pipeline can be stopped.
        const [source, target] = [{ highWaterMark: 1 << 20 }, { highWaterMark: 1 << 20, flags: "wx" }];
        await untilAborted(signal, (options) => (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_4__.pipeline)((0,node_fs__WEBPACK_IMPORTED_MODULE_1__.createReadStream)(from, source), (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.createWriteStream)(to, target), options));
    }
}
/** Runs a pipeline that `signal` stops; it then rejects with the signal's reason, not with an AbortError. */
async function untilAborted(signal, run) {
    try {
        await run({ ...(signal !== undefined && { signal }) });
    }
    catch (error) {
        signal?.throwIfAborted();
        throw error;
    }
}


/***/ })

};
