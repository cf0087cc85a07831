export const id = 231;
export const ids = [231];
export const modules = {

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
            const { openNix2containerLayer } = await Promise.all(/* import() */[__webpack_require__.e(856), __webpack_require__.e(443)]).then(__webpack_require__.bind(__webpack_require__, 47443));
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


/***/ })

};
