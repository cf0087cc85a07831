export const id = 235;
export const ids = [235];
export const modules = {

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
    const { makeLayer, inspectLayer } = await Promise.all(/* import() */[__webpack_require__.e(663), __webpack_require__.e(614), __webpack_require__.e(231)]).then(__webpack_require__.bind(__webpack_require__, 68231));
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


/***/ }),

/***/ 27235:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  runBuild: () => (/* binding */ runBuild)
});

// EXTERNAL MODULE: ./src/binary-cache/substituters.ts
var binary_cache_substituters = __webpack_require__(22231);
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
var external_node_stream_promises_ = __webpack_require__(46466);
// EXTERNAL MODULE: ./src/model/image.ts
var model_image = __webpack_require__(71444);
// EXTERNAL MODULE: ./src/model/media-type.ts
var media_type = __webpack_require__(22570);
// EXTERNAL MODULE: ./src/image/blob.ts
var blob = __webpack_require__(82338);
// EXTERNAL MODULE: ./src/image/filter-tar.ts
var filter_tar = __webpack_require__(69741);
// EXTERNAL MODULE: ./src/image/json.ts
var json = __webpack_require__(70739);
// EXTERNAL MODULE: ./src/image/layer.ts + 2 modules
var image_layer = __webpack_require__(65613);
// EXTERNAL MODULE: ./src/image/layer-tar.ts
var layer_tar = __webpack_require__(46390);
// EXTERNAL MODULE: ./src/image/visible-paths.ts
var visible_paths = __webpack_require__(88694);
;// CONCATENATED MODULE: ./src/image/merge-layers.ts











const MERGED_TYPE = "application/vnd.oci.image.layer.v1.tar";
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
        (0,model_image/* readySource */.pM)(layer).catch(() => undefined);
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
        throw new visible_paths/* UnmergeableError */.w3("its config is not in memory");
    const config = (0,json/* parseJson */.qF)(source.bytes);
    return { ...config, rootfs: { type: "layers", diff_ids: [digest] }, history: undefined };
}
function encode(document) {
    return Buffer.from(JSON.stringify(document));
}
async function* mergeTars(layers) {
    const visible = new visible_paths/* VisiblePaths */.N3();
    for (const layer of layers.toReversed()) {
        yield* (0,filter_tar/* filterTar */.I)((0,layer_tar/* readLayerTar */.d)(layer), (header) => ({ isKept: visible.shows(header) }));
        visible.descend();
    }
    yield filter_tar/* TAR_END */.y;
}

// EXTERNAL MODULE: ./src/smoke/smoke-test.ts
var smoke_test = __webpack_require__(83357);
// EXTERNAL MODULE: ./src/pipeline/open-engine.ts + 12 modules
var open_engine = __webpack_require__(78620);
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
        const { log } = this.#context;
        // The preflight has shown it already.
        const info = (text) => {
            log.debug(text);
        };
        const warning = (text) => {
            log.warning(text);
        };
        return (this.#runtime ??= (0,open_engine/* openEngine */.F)(this.#context, { info, warning }));
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
                if (!(error instanceof visible_paths/* UnmergeableError */.w3))
                    throw error;
                log.debug(`the layers of the image for ${target} cannot be merged: ${error.message}`);
                return { obstacle: error.message };
            }
        };
    }
}

// EXTERNAL MODULE: ./node_modules/p-limit/index.js + 1 modules
var p_limit = __webpack_require__(70370);
;// CONCATENATED MODULE: ./src/pipeline/candidate-upload.ts

const PARALLEL_UPLOADS = 4;
/** Answers are short, so it is the way to the registry that takes time. */
const PARALLEL_QUESTIONS = 24;
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
    #limit = (0,p_limit/* default */.A)(PARALLEL_QUESTIONS);
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
    /** Whether the repository has a layer. False after a failure, which is reported by `finish`. */
    find(layer, baseName) {
        return this.#limit(() => this.#find(layer, baseName));
    }
    /** Does not send a layer, which `find` has found. */
    skip({ digest }, state) {
        this.#offered.add(digest);
        this.#states.set(digest, state);
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
            return await repository.hasBlob(layer, signal);
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

// EXTERNAL MODULE: ./src/binary-cache/push-queue.ts
var push_queue = __webpack_require__(59446);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/model/builder.ts
var model_builder = __webpack_require__(71646);
// EXTERNAL MODULE: ./src/model/count.ts
var count = __webpack_require__(47302);
// EXTERNAL MODULE: ./src/model/store-path.ts
var store_path = __webpack_require__(75210);
// EXTERNAL MODULE: ./src/nix/flake.ts
var flake = __webpack_require__(10626);
// EXTERNAL MODULE: ./src/platform/files.ts
var files = __webpack_require__(94924);
// EXTERNAL MODULE: ./src/remote-build/builder-store.ts
var builder_store = __webpack_require__(49052);
// EXTERNAL MODULE: ./src/pipeline/cache-feed.ts
var cache_feed = __webpack_require__(39561);
// EXTERNAL MODULE: ./src/pipeline/open-writer.ts + 5 modules
var open_writer = __webpack_require__(16386);
// EXTERNAL MODULE: ./src/pipeline/push-left.ts
var push_left = __webpack_require__(23956);
;// CONCATENATED MODULE: ./src/pipeline/fill-caches.ts













/** After a cancellation, the runner ends the step soon: the post step goes on with what is left then. */
const CANCELLED_LIMIT_MS = 2_500;
/**
 * Fills the run's caches while it builds, except for those that the run may not fill, and GitHub's, which is
 * filled after the build.
 */
class CacheFilling {
    #job;
    #context;
    #session;
    #caches;
    #feed;
    #local;
    #installables = new Map();
    #builders = new Map();
    #finished;
    constructor({ job, session }, context, caches) {
        this.#job = job;
        this.#context = context;
        this.#session = session;
        this.#caches = caches;
        this.#local = (0,open_writer/* openLocalStore */.nx)(session.nix, context);
        this.#feed = new cache_feed/* CacheFeed */.d(caches, {
            local: this.#local,
            openBuilder: (place) => this.#openBuilder(place),
            readRoots: (target) => this.#readRoots(target),
            clock: context.steadyClock,
            log: context.log,
        });
    }
    /** Opens the caches. Sends nothing before there is something to send. Rejects with `CANCELLED`. */
    static async open(of, context) {
        const { job, session } = of;
        const { isAllowed } = (0,push_policy/* decidePush */.vn)("cache", job.cachePush, context.event);
        const caches = [];
        for (const { cache, isPushed } of isAllowed ? job.caches : []) {
            const login = isPushed ? await (0,open_writer/* findLogin */.B7)(cache, session.runNix, context.log) : undefined;
            const left = { cache, login, signingKey: job.cacheSigningKey };
            const writer = isPushed ? (0,open_writer/* openWriter */.Kn)(left, context) : undefined;
            if (writer === undefined)
                continue;
            const queue = new push_queue/* PushQueue */.q(writer, { clock: context.steadyClock, log: context.log });
            // A machine that has only this cache needs the whole closure.
            caches.push({ queue, isWanted: () => true, left });
        }
        return new CacheFilling(of, context, caches);
    }
    /** The context for stages that build: what they build is sent to the caches. */
    get context() {
        const { emit } = this.#context;
        if (this.#caches.length === 0)
            return this.#context;
        return {
            ...this.#context,
            emit: (event) => {
                emit(event);
                this.#feed.take(event);
            },
        };
    }
    /** Whether `finish` has to wait. */
    get isSending() {
        return this.#caches.length > 0 && this.#finished === undefined;
    }
    /** Says what is built for a target, which limits what a builder may add to the caches. */
    noteInstallables(target, installables) {
        this.#installables.set(target, installables);
    }
    /** Adds paths of this machine's store, with their closures. */
    add(paths) {
        if (this.#caches.length > 0)
            this.#feed.add(paths);
    }
    /**
     * Waits for what is still being sent, and records what became of each cache. Fails with `CACHE_FAILED` if
     * the job says so. Every call but the first one returns the same.
     */
    finish(records) {
        this.#finished ??= this.#finish(records);
        return this.#finished;
    }
    async #finish(records) {
        const job = this.#job;
        const { signal } = this.#context;
        const isCancelled = signal.aborted;
        const limitMs = isCancelled ? CANCELLED_LIMIT_MS : job.cacheTimeoutMs;
        const stop = isCancelled ? new AbortController().signal : signal;
        const summaries = await this.#feed.finish(limitMs, stop);
        this.#local.close();
        for (const store of this.#builders.values())
            store.close();
        if (signal.aborted)
            await this.#writeLeft(summaries);
        const errors = [];
        const caches = records.map((record) => {
            const use = job.caches.find(({ cache }) => cache.uri === record.cache.uri);
            const index = this.#caches.findIndex(({ queue }) => queue.uri === record.cache.uri);
            const summary = summaries[index];
            if (summary === undefined)
                return use === undefined ? record : this.#withhold(record, use);
            const { error, record: filled } = this.#recordSummary(record, summary);
            if (error !== undefined)
                errors.push(error);
            return filled;
        });
        const [error] = errors;
        if (error === undefined || job.onCacheFailure !== "fail") {
            return { record: { caches }, output: undefined };
        }
        return { record: { caches }, error };
    }
    #withhold(record, { cache, isPushed }) {
        const what = cache.kind === "github" ? "github-cache" : "cache";
        const { isAllowed, reason } = (0,push_policy/* decidePush */.vn)(what, this.#job.cachePush, this.#context.event);
        // The stage that fills GitHub's cache says so itself.
        if (cache.kind === "github" && isAllowed && isPushed)
            return record;
        const why = isAllowed ? "disabled by its setting push=false" : reason;
        this.#context.log.info(`the binary cache ${cache.uri} is not filled: ${why}`);
        return { ...record, reason: why };
    }
    #recordSummary(record, summary) {
        const { log, event, signal } = this.#context;
        const { pathsPushed, pathsPresent, bytesPushed, left, error: cause } = summary;
        const { uri } = record.cache;
        const counts = { pathsPushed, pathsPresent, bytesPushed, pathsLeft: left.length };
        if (left.length === 0) {
            log.info(`binary cache ${uri}: ${(0,count/* countOf */.pq)(pathsPushed, "path")} pushed, ${pathsPresent} already present`);
            const state = pathsPushed === 0 ? "unchanged" : "pushed";
            const { reason } = (0,push_policy/* decidePush */.vn)("cache", this.#job.cachePush, event);
            return { record: { ...record, ...counts, state, reason }, error: undefined };
        }
        const paths = `${(0,count/* countOf */.pq)(left.length, "path")} of ${uri} not pushed`;
        if (signal.aborted) {
            const reason = "the run was cancelled; the post step pushes what is left";
            log.info(`binary cache ${uri}: ${(0,count/* countOf */.pq)(pathsPushed, "path")} pushed, ${left.length} left: ${reason}`);
            return { record: { ...record, ...counts, state: "failed", reason }, error: undefined };
        }
        const seconds = Math.round(this.#job.cacheTimeoutMs / 1000);
        const error = cause?.code === "CACHE_FAILED"
            ? cause
            : new action_error/* ActionError */.lZ("CACHE_FAILED", cause === undefined ? `${paths} within ${seconds} s` : paths, {
                cause,
                hint: cause?.hint ?? "Raise cache-timeout, or use a cache that is nearer. The next run goes on.",
            });
        if (this.#job.onCacheFailure === "warn")
            log.warning(`${(0,action_error/* renderError */.vr)(error)}. ${error.hint}`);
        return { record: { ...record, ...counts, state: "failed", reason: (0,action_error/* renderError */.vr)(error) }, error };
    }
    /** Leaves to the post step what it can still push. */
    async #writeLeft(summaries) {
        const caches = this.#caches.flatMap(({ left }, index) => {
            const paths = summaries[index]?.left ?? [];
            return paths.length === 0 ? [] : [{ ...left, paths }];
        });
        if (caches.length === 0)
            return;
        const { nix } = this.#session;
        const text = (0,push_left/* renderLeft */.a)({ nix, limitMs: this.#job.cacheTimeoutMs, caches });
        await (0,files/* writeFileAtomically */.lo)((0,external_node_path_.join)(this.#context.runFolder, push_left/* LEFT_FILE */.J), text, 0o600);
    }
    #openBuilder(place) {
        const { pool } = this.#session;
        const builder = pool.statuses.find((status) => (0,model_builder/* displayName */.QC)(status.builder) === place)?.builder;
        const connection = builder === undefined ? undefined : pool.connectionOf(builder);
        if (builder === undefined || connection === undefined)
            return undefined;
        const { steadyClock: clock, log } = this.#context;
        const store = this.#builders.get(connection) ?? new builder_store/* BuilderStore */.l(builder, connection, { clock, log });
        this.#builders.set(connection, store);
        return store;
    }
    async #readRoots(target) {
        const roots = [];
        for (const installable of this.#installables.get(target) ?? []) {
            const [derivation = ""] = installable.split("^");
            const path = (0,store_path/* isStorePath */.zP)(derivation)
                ? derivation
                : await (0,flake/* readDerivationPath */.VZ)(this.#session.runNix, installable, this.#job.workingDirectory);
            if ((0,store_path/* isStorePath */.zP)(path))
                roots.push(path);
        }
        return roots;
    }
}

// EXTERNAL MODULE: ./src/pipeline/fold-stages.ts + 2 modules
var fold_stages = __webpack_require__(9616);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: ./src/binary-cache/github/client-protocol.ts
var client_protocol = __webpack_require__(24085);
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
// EXTERNAL MODULE: ./src/image/layer-threads.ts
var layer_threads = __webpack_require__(99120);
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
    const { target, workFolder, limits, signal, compression, onLayer, rememberParts } = maker;
    const read = async () => {
        const budget = (0,image_budget/* createBudget */.y)(limits, signal);
        const reader = (0,archive_entries/* createEntryReader */.Y)({ target, workFolder, budget, uncompressed: compression });
        await (0,docker_archive/* readArchive */.b)(archive, reader, budget);
        return { parts: (0,image_image/* readDockerImage */.u7)(reader.members), spent: budget.spent() };
    };
    const { parts, spent } = await (rememberParts?.({ role: "base", path: archive }, read) ?? read());
    maker.budget.add(spent);
    const { config, layers, layerNames = [] } = parts;
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
            comment: renderOrigins(origins),
        })),
    };
    const text = JSON.stringify(document, undefined, 4);
    return Buffer.from(text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`));
}
/** What the config's history says about where a layer comes from. */
function renderOrigins(origins) {
    return `store paths: [${origins.map((origin) => `'${origin}'`).join(", ")}]`;
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
    path: schemas/* string */.YjP().refine(store_path/* isStorePath */.zP),
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
    return (0,store_path/* storePathOf */.CI)(file) !== undefined && external_node_path_.posix.normalize(file) === file && !file.includes("\0");
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
    const { compileGoRegex } = await Promise.all(/* import() */[__webpack_require__.e(856), __webpack_require__.e(824)]).then(__webpack_require__.bind(__webpack_require__, 47443));
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
const stream_conf_PATH = schemas/* string */.YjP().refine(store_path/* isStorePath */.zP);
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
    if (!(0,store_path/* isStorePath */.zP)(script) || !(0,store_path/* isStorePath */.zP)(conf))
        return undefined;
    return (0,store_path/* nameOfStorePath */.B$)(script) === "stream" && conf.endsWith("-conf.json") ? { script, conf } : undefined;
}
/**
 * The arguments of `nix build` for the image that a stream script writes: a derivation with the script's own
 * system. As a derivation, the script runs in the sandbox, on a builder if it is for another CPU, and only
 * once.
 */
function renderStreamedImage(script, system) {
    const name = (0,store_path/* nameOfStorePath */.B$)(script).replace(/^[^0-9A-Za-z]+/, "");
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
    const hashed = (0,make_layer/* listPaths */.P)(source).map((path) => [path, hashes.get(path)]);
    if (hashed.length === 0 || hashed.some(([, hash]) => hash === undefined))
        return undefined;
    return toKey("layer", { target, compression }, [
        [source.kind, ...renderOptions(source)],
        ["paths", ...hashed],
    ]);
}
/** The key of something that is made for a target with a compression, and of `what` else determines it. */
function toKey(name, { target, compression: { format, level } }, what) {
    const inputs = JSON.stringify([
        ["writer", WRITER_VERSION],
        ["audit", AUDIT_VERSION],
        ["target", target],
        ["compression", format, level, process.versions[format === "gzip" ? "zlib" : "zstd"]],
        ...what,
    ]);
    const hash = (0,external_node_crypto_.createHash)("sha256").update(inputs).digest("hex");
    return { path: `/nix/store/${toNixBase32(hash.slice(0, 40))}-cross-build-${name}`, inputs };
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
            return [];
        case "file":
            return [source.file, source.compression ?? "none"];
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
    return JSON.stringify({ inputs, layer: selectLayer(layer), spent });
}
/** What a record has of a layer. */
function selectLayer(layer) {
    const { diffId, tarBytes, digest, sizeBytes, mediaType, audit } = layer;
    return { diffId, tarBytes, digest, sizeBytes, mediaType, audit };
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
const RECORDED_LAYER = schemas/* strictObject */.rej({
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
});
const SPENT = schemas/* strictObject */.rej({ unpackedBytes: COUNT, pathBytes: COUNT });
const RECORD = schemas/* strictObject */.rej({ inputs: schemas/* string */.YjP(), layer: RECORDED_LAYER, spent: SPENT });
/**
 * Reads the text of a record. Throws a plain Error if it is malformed, or is
 * the record of another layer.
 */
function parseLayerRecord(text, { inputs }, { source, compression }) {
    const { layer, spent, ...record } = RECORD.parse(JSON.parse(text));
    if (record.inputs !== inputs)
        throw new Error("it is the record of another layer");
    const kept = source.kind === "file" ? source.compression : undefined;
    if (layer.mediaType !== (0,image_layer/* mediaTypeOf */.c0)(kept ?? compression.format))
        throw new Error(`its layer has the media type ${layer.mediaType}`);
    return { layer, spent };
}

;// CONCATENATED MODULE: ./src/image/image-record.ts





/** The key of an image that is a file or folder in the store; undefined if `hashes` lacks its hash. */
function findImageKey({ role, path }, job, hashes) {
    const hash = hashes.get(path);
    return hash === undefined ? undefined : toKey("image", job, [[role, hash]]);
}
/** The record of an image, as text. */
function renderImageRecord({ inputs }, { parts, spent }) {
    const { config, manifest, layers, annotations, layerNames } = parts;
    if (!("bytes" in manifest.source))
        throw new Error("the manifest is not in memory");
    return JSON.stringify({
        inputs,
        config: Buffer.from(config).toString("base64"),
        manifest: {
            mediaType: manifest.mediaType,
            bytes: Buffer.from(manifest.source.bytes).toString("base64"),
        },
        layers: layers.map(selectLayer),
        annotations,
        layerNames,
        spent,
    });
}
const BYTES = schemas/* base64 */.K39().transform((text) => Buffer.from(text, "base64"));
const image_record_RECORD = schemas/* strictObject */.rej({
    inputs: schemas/* string */.YjP(),
    config: BYTES,
    manifest: schemas/* strictObject */.rej({ mediaType: schemas/* string */.YjP(), bytes: BYTES }),
    layers: schemas/* array */.YOg(RECORDED_LAYER.refine(({ mediaType }) => (media_type/* LAYER_TYPES */.m2[mediaType] ?? "none") !== "none")),
    annotations: schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* string */.YjP()).exactOptional(),
    layerNames: schemas/* array */.YOg(schemas/* string */.YjP()).exactOptional(),
    spent: SPENT,
});
/** Reads the text of a record. Throws a plain Error if it is malformed, or is the record of another image. */
function parseImageRecord(text, { inputs }) {
    const { manifest, spent, inputs: own, ...parts } = image_record_RECORD.parse(JSON.parse(text));
    if (own !== inputs)
        throw new Error("it is the record of another image");
    return {
        parts: { ...parts, manifest: (0,blob/* blobOf */.D)(manifest.mediaType, manifest.bytes) },
        spent,
        baseName: (0,image_image/* findBaseName */.S)(parts),
    };
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
    const invalid = new Set(stdout.split("\n").filter(store_path/* isStorePath */.zP));
    return paths.filter((path) => !invalid.has(path));
}
/**
 * Fetches those of the paths that some caches have, and asks no others. Checks signatures as `substituters`
 * say. Rejects with `CANCELLED` and `COMMAND_TIMEOUT`, but not if paths cannot be fetched.
 */
async function fetchPaths(runNixStoreCli, substituters, paths) {
    const settings = {
        substituters: substituters.join(" "),
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

;// CONCATENATED MODULE: ./src/pipeline/fetch-layers.ts



const PARALLEL_DOWNLOADS = 4;
/** Fetches layers of one image, a few at once. */
function createLayerFetcher({ baseName }, upload) {
    const limit = (0,p_limit/* default */.A)(PARALLEL_DOWNLOADS);
    return ({ diffId, digest, sizeBytes, mediaType }, file, mismatch) => {
        const compression = media_type/* LAYER_TYPES */.m2[mediaType];
        const fetch = async () => {
            const repository = await upload.openRepository(baseName);
            await repository.fetchBlob({ digest, sizeBytes }, file);
            if ((await (0,image_layer/* readDiffId */.Jt)(file, compression === "none" ? undefined : compression)) !== diffId)
                throw mismatch();
            return file;
        };
        let fetched;
        return () => (fetched ??= limit(fetch));
    };
}

;// CONCATENATED MODULE: ./src/pipeline/layer-records.ts









/** Larger records are not read: making a layer takes less memory. */
const MAX_RECORD_BYTES = 64 << 20;
/**
 * The records of an image's layers. A record is a store path that is named after all that determines the
 * layer. So it is in this machine's store and in the run's cache, and is trusted like any other path there.
 * An image that is read from an archive or a folder has one record for all of its layers.
 */
class LayerRecords {
    #layers;
    #effects;
    #found;
    /** Records that describe a layer of the image. */
    #fitting = new Set();
    /** The texts of records that are missing. */
    #missing = new Map();
    #reused = 0;
    #all = 0;
    #fetchLater;
    constructor(layers, effects, found) {
        this.#layers = layers;
        this.#effects = effects;
        this.#found = found;
        this.#fetchLater = createLayerFetcher(layers, effects.upload);
    }
    /** Reads the records that this machine or the run's cache has. Rejects only with `CANCELLED`. */
    static async open(layers, effects) {
        const { sources, files, hashes, compression } = layers;
        const ofLayers = sources.flatMap((source) => {
            const key = findLayerKey({ source, ...layers }, hashes);
            if (key === undefined)
                return [];
            return [{ path: key.path, parse: (text) => parseLayerRecord(text, key, { source, compression }) }];
        });
        const ofImages = files.flatMap((file) => {
            const key = findImageKey(file, layers, hashes);
            return key === undefined ? [] : [{ path: key.path, parse: (text) => parseImageRecord(text, key) }];
        });
        const paths = [...ofLayers, ...ofImages].map(({ path }) => path);
        const valid = new Set(await findRecords(paths, effects));
        const isValid = ({ path }) => valid.has(path);
        return new LayerRecords(layers, effects, {
            layers: await readRecords(ofLayers.filter(isValid), effects.log),
            images: await readRecords(ofImages.filter(isValid), effects.log),
        });
    }
    /**
     * Makes layers with `makeLayer`, except for those that a record describes and the repository has. These are
     * fetched from the repository where their bytes are needed.
     */
    reuse(makeLayer) {
        return async (job) => {
            this.#all++;
            const key = findLayerKey(job, this.#layers.hashes);
            if (key === undefined)
                return makeLayer(job);
            const record = this.#found.layers.get(key.path);
            if (record === undefined || record === "unusable") {
                const made = await makeLayer(job);
                // This run has neither made nor read the bytes of a layer that is provided when it is needed.
                const isMade = !("provide" in made.layer.source);
                if (record === undefined && isMade)
                    this.#missing.set(key.path, () => renderLayerRecord(key, made));
                return made;
            }
            const { layer, spent } = record;
            if (await this.#haveAll([layer], this.#layers.baseName)) {
                this.#fitting.add(key.path);
                return { layer: this.#take(layer, key, job.file), spent };
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
    /** Like `reuse`, for all layers of an image that is read. */
    rememberParts = async (file, read) => {
        const key = findImageKey(file, this.#layers, this.#layers.hashes);
        const record = key && this.#found.images.get(key.path);
        if (key !== undefined && record !== undefined && record !== "unusable") {
            const { parts, spent, baseName = this.#layers.baseName } = record;
            if (await this.#haveAll(parts.layers, baseName)) {
                this.#fitting.add(key.path);
                this.#all += parts.layers.length;
                const { workFolder } = this.#layers;
                const layers = parts.layers.map((layer, i) => this.#take(layer, key, (0,external_node_path_.join)(workFolder, `${file.role}-${this.#layers.target}-${i}`)));
                return { parts: { ...parts, layers }, spent };
            }
        }
        const made = await read();
        this.#all += made.parts.layers.length;
        if (key !== undefined && record === undefined)
            this.#missing.set(key.path, () => renderImageRecord(key, made));
        return made;
    };
    /**
     * Records the layers that were made. To be called when their image has passed its audit. Resolves to all
     * records of the image, for the cache. Rejects only with `CANCELLED`.
     */
    async save() {
        const { session, log } = this.#effects;
        if (this.#reused > 0) {
            const all = (0,count/* countOf */.pq)(this.#all, "layer");
            log.info(`${this.#reused} of ${all} not made again: an earlier run did, and the registry has them`);
        }
        const fitting = [...this.#fitting];
        const files = [...this.#missing]
            .map(([path, render]) => ({ path, content: Buffer.from(render()) }))
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
    async #haveAll(layers, baseName) {
        const { upload } = this.#effects;
        const found = await Promise.all(layers.map((layer) => upload.find(layer, baseName)));
        return found.every(Boolean);
    }
    /** A layer that the repository has, and that is fetched into `file` where its bytes are needed. */
    #take(layer, { path }, file) {
        this.#reused++;
        this.#effects.upload.skip(layer, "recorded");
        const explain = () => new action_error/* ActionError */.lZ("GATE_MISMATCH", `the layer ${layer.digest} is not the one that ${path} describes`, {
            hint: "Find out who wrote this record into the binary cache. Remove it there, and on this machine with " +
                "`nix-store --delete`, and run again.",
        });
        return { ...layer, source: { provide: this.#fetchLater(layer, file, explain) } };
    }
}
/** The records that are in this machine's store, after those that the run's caches have were fetched. */
async function findRecords(paths, { session, log }) {
    if (paths.length === 0)
        return [];
    const { runNixStoreCli, caches } = session;
    const substituters = caches.flatMap(({ substituter }) => substituter ?? []);
    try {
        if (substituters.length > 0) {
            await fetchPaths(runNixStoreCli, substituters, paths).catch((error) => {
                if ((0,action_error/* isCancelled */.mm)(error))
                    throw error;
                log.debug(`the records of layers are not fetched from the caches: ${(0,action_error/* renderError */.vr)(error)}`);
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
/** Reads records from the store. Whoever was able to put one there may have put in anything. */
async function readRecords(wanted, log) {
    const read = wanted.map(async ({ path, parse }) => {
        try {
            const { size } = await (0,promises_.lstat)(path);
            if (size > MAX_RECORD_BYTES)
                throw new Error(`it has ${size} bytes`);
            return [path, parse((await (0,files/* readWholeRegularFile */.GF)(path)).toString("utf8"))];
        }
        catch (error) {
            log.debug(`the record ${path} is ignored: ${(0,action_error/* renderError */.vr)(error)}`);
            return [path, "unusable"];
        }
    });
    return new Map(await Promise.all(read));
}

// EXTERNAL MODULE: ./src/registry/fetch-image.ts
var fetch_image = __webpack_require__(4287);
;// CONCATENATED MODULE: ./src/registry/listed-layers.ts





/** More than a config needs. */
const MAX_CONFIG_BYTES = 4 << 20;
const CONFIG = schemas/* looseObject */._H3({
    rootfs: schemas/* looseObject */._H3({ diff_ids: schemas/* array */.YOg(schemas/* string */.YjP().refine(digest/* isDigest */.Bc)) }),
    history: schemas/* array */.YOg(schemas/* looseObject */._H3({ comment: schemas/* string */.YjP().optional(), empty_layer: schemas/* boolean */.zMY().optional() }))
        .nullish(),
});
/**
 * Reads the list of layers of the image `wanted`, or of the target's image in that index. `file` is where to
 * keep the config meanwhile. Rejects like `fetchImage`.
 */
async function readListedLayers(repository, wanted, target, file) {
    const manifest = await (0,fetch_image/* findManifest */.J9)(repository, wanted, target);
    const { config, layers } = (0,fetch_image/* parseDocument */.Tp)(manifest.bytes, fetch_image/* IMAGE_MANIFEST */.MS, manifest.digest);
    if (config.size > MAX_CONFIG_BYTES)
        throw invalid(config.digest, `has a config of ${config.size} bytes`);
    let bytes;
    try {
        await repository.fetchBlob({ digest: config.digest, sizeBytes: config.size }, file);
        bytes = await (0,promises_.readFile)(file);
    }
    finally {
        await (0,promises_.rm)(file, { force: true });
    }
    const { rootfs, history } = (0,fetch_image/* parseDocument */.Tp)(bytes, CONFIG, config.digest);
    const diffIds = rootfs.diff_ids;
    if (diffIds.length !== layers.length)
        throw invalid(manifest.digest, `has ${layers.length} layers, but a config with ${diffIds.length}`);
    const comments = (history ?? [])
        .filter(({ empty_layer: isEmpty = false }) => !isEmpty)
        .map(({ comment }) => comment);
    return {
        blobs: new Map(layers.flatMap(({ mediaType, digest, size }, i) => {
            const diffId = diffIds[i];
            return diffId === undefined ? [] : [[diffId, { mediaType, digest, sizeBytes: size }]];
        })),
        diffIds: new Map(diffIds.flatMap((diffId, i) => {
            const comment = comments.length === diffIds.length ? comments[i] : undefined;
            return comment === undefined ? [] : [[comment, diffId]];
        })),
    };
}
function invalid(name, why) {
    return new action_error/* ActionError */.lZ("IMAGE_INVALID", `${name} ${why}`, {
        hint: "Look at the image with `skopeo inspect`. If another tool has pushed it, its layers are not used.",
    });
}

;// CONCATENATED MODULE: ./src/pipeline/tagged-image.ts









/**
 * The image at a tag, whose layers need not be compressed and sent once more. They are still made, hashed and
 * audited: the image only says which blob to list for a tar, and even that may be wrong. The gate, here or in
 * a later job, reads each blob before a tag moves. Without a gate, this run reads it before it takes a layer.
 */
class TaggedImage {
    #layers;
    #effects;
    #tag;
    #listed;
    #fetchLater;
    #taken = 0;
    constructor(layers, effects, tag, listed) {
        this.#layers = layers;
        this.#effects = effects;
        this.#tag = tag;
        this.#listed = listed;
        this.#fetchLater = createLayerFetcher(layers, effects.upload);
    }
    /** Reads the image at the first tag of the job that there is. Rejects only with `CANCELLED`. */
    static async open(layers, effects) {
        const { candidateTag, tags, baseName, target, workFolder, compression } = layers;
        const { upload, log } = effects;
        try {
            const repository = await upload.openRepository(baseName);
            for (const tag of [candidateTag ?? [], ...tags].flat()) {
                const digest = await repository.readTag(tag);
                if (digest === undefined)
                    continue;
                const file = (0,external_node_path_.join)(workFolder, `listed-${target}.json`);
                const listed = await readListedLayers(repository, digest, target, file);
                const { format } = compression;
                const blobs = new Map([...listed.blobs].filter(([, { mediaType }]) => media_type/* LAYER_TYPES */.m2[mediaType] === format));
                const others = (0,count/* countOf */.pq)(listed.blobs.size - blobs.size, "layer");
                if (listed.blobs.size > blobs.size)
                    log.info(`${others} of the image at ${tag} cannot be used: not compressed with ${format}`);
                return new TaggedImage(layers, effects, tag, { ...listed, blobs });
            }
        }
        catch (error) {
            if ((0,action_error/* isCancelled */.mm)(error))
                throw error;
            log.debug(`the layers of earlier images are unknown: ${(0,action_error/* renderError */.vr)(error)}`);
        }
        return undefined;
    }
    /** Makes layers with the workers, but compresses only those that the image lacks. */
    reuse({ makeLayer, inspectLayer }) {
        return async (job) => {
            const listed = this.#find(job);
            if (listed === undefined)
                return makeLayer(job);
            const { upload } = this.#effects;
            if (!(await upload.find(listed, this.#layers.baseName)))
                return makeLayer(job);
            const provide = this.#fetchLater(listed, job.file, () => this.#explainMismatch(listed));
            const isFit = this.#isFit(provide);
            // Both write files, so wait for both.
            const { content, spent } = await inspectLayer(job).finally(() => isFit);
            if (content.diffId !== listed.diffId || !(await isFit))
                return makeLayer(job);
            this.#taken++;
            upload.skip(listed, "reused");
            return { layer: { ...content, ...listed, source: { provide } }, spent };
        };
    }
    /** Says what was taken from the image. */
    logTaken() {
        if (this.#taken === 0)
            return;
        const all = (0,count/* countOf */.pq)(this.#layers.sources.length, "layer");
        this.#effects.log.info(`${this.#taken} of ${all} not compressed again: the image at ${this.#tag} has them`);
    }
    /** What the image lists for a layer that has not been made yet, so it may be another one in the end. */
    #find({ source, compression }) {
        // Such a layer is sent as it is.
        if (source.kind === "file" && source.compression !== undefined)
            return undefined;
        const diffId = this.#layers.diffIds.get(source) ?? this.#listed.diffIds.get(renderOrigins((0,make_layer/* listPaths */.P)(source)));
        const blob = diffId && this.#listed.blobs.get(diffId);
        if (blob === undefined || diffId === undefined)
            return undefined;
        return { ...blob, diffId, mediaType: (0,image_layer/* mediaTypeOf */.c0)(compression.format) };
    }
    async #isFit(provide) {
        const { isPromoted, smokeTest } = this.#layers;
        if (!isPromoted || smokeTest !== undefined)
            return true;
        try {
            await provide();
            return true;
        }
        catch (error) {
            if ((0,action_error/* isCancelled */.mm)(error))
                throw error;
            this.#effects.log.warning(`a layer of the image at ${this.#tag} is not used: ${(0,action_error/* renderError */.vr)(error)}`);
            return false;
        }
    }
    #explainMismatch({ diffId, digest }) {
        return new action_error/* ActionError */.lZ("GATE_MISMATCH", `the layer ${digest} is not the tar ${diffId}, as the image at ${this.#tag} says`, { hint: "Find out who pushed that image. Remove it, and run again." });
    }
}

// EXTERNAL MODULE: ./src/pipeline/record.ts
var pipeline_record = __webpack_require__(28953);
// EXTERNAL MODULE: ./src/pipeline/stages/build.ts + 15 modules
var build = __webpack_require__(74365);
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
    const { sources, files } = listParts(path, image);
    const baseName = image && baseNameOf(image);
    const paths = [...sources.flatMap(make_layer/* listPaths */.P), ...files.map((file) => file.path)];
    const isUsed = image !== undefined || upload !== undefined;
    const infos = isUsed
        ? await readInfos(session.runNix, paths, workingDirectory, log)
        : new Map();
    const sizes = new Map([...infos].map(([name, { narBytes }]) => [name, narBytes]));
    const hashes = new Map([...infos].map(([name, { narHash }]) => [name, narHash]));
    // Without a push, there is no copy of the layers elsewhere, and the smoke test needs all of them.
    const layers = { sources, files, target, compression, hashes, baseName, workFolder };
    const records = upload && (await LayerRecords.open(layers, { session, upload, log }));
    const options = { auditAllow, compression, workFolder, signal, rememberParts: records?.rememberParts };
    if (image === undefined)
        return { read: await (0,image_image/* readImage */.AM)(path, target, options), records };
    // A layer that is taken from a tag gets no record. Where there is a cache, later runs profit more from one.
    const diffIds = new Map("layers" in image ? image.layers.map(({ source, diffId }) => [source, diffId]) : []);
    const tagged = upload && session.caches.length === 0
        ? await TaggedImage.open({ ...job, ...layers, diffIds }, { upload, log })
        : undefined;
    const onLayer = (layer) => upload?.offer(layer, baseName);
    const bytes = sources.reduce((sum, source) => sum + sizeOf(source, sizes), 0);
    const read = await withLayerMaker(context, bytes, (workers) => {
        const make = tagged === undefined ? workers.makeLayer : tagged.reuse(workers);
        const makeLayer = records === undefined ? make : records.reuse(make);
        const packing = { ...options, makeLayer, sizes, onLayer };
        return "layers" in image
            ? packNix2containerImage(path, image, target, packing)
            : packStreamedImage(path, image, target, packing);
    });
    tagged?.logTaken();
    return { read, records };
}
/** The layers to make, and the archives and folders that have layers. */
function listParts(path, image) {
    if (image === undefined)
        return { sources: [], files: [{ role: "image", path }] };
    if ("layers" in image)
        return { sources: image.layers.map(({ source }) => source), files: [] };
    const { fromImage } = image;
    return {
        sources: listSources(image),
        files: fromImage === undefined ? [] : [{ role: "base", path: fromImage }],
    };
}
/** What the store knows about the paths in layers. Without it, layers are only made anew, in any order. */
async function readInfos(runNix, paths, cwd, log) {
    try {
        return await readPathInfos(runNix, paths, cwd);
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
        return work((0,make_layer/* createSerialWorkers */.i)(signal));
    const threads = (0,layer_threads/* openLayerThreads */.B)(script, signal);
    try {
        return await work(threads);
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
// EXTERNAL MODULE: ./src/pipeline/nix-session.ts + 13 modules
var nix_session = __webpack_require__(52039);
;// CONCATENATED MODULE: ./src/pipeline/stages/prepare.ts

/**
 * Installs Nix, configures the builders and restores the caches. Rejects with the codes of `openNixSession`.
 */
async function prepare(context, { job }) {
    const session = await (0,nix_session/* openNixSession */.s)(job, context);
    return {
        record: { nix: session.nix, caches: session.caches.map(({ record }) => record) },
        output: session,
    };
}

// EXTERNAL MODULE: ./src/pipeline/stages/promote.ts + 1 modules
var promote = __webpack_require__(96938);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(48161);
// EXTERNAL MODULE: external "node:zlib"
var external_node_zlib_ = __webpack_require__(38522);
// EXTERNAL MODULE: ./src/model/own-processes.ts
var own_processes = __webpack_require__(89281);
// EXTERNAL MODULE: ./src/platform/thread-pool.ts
var thread_pool = __webpack_require__(34526);
;// CONCATENATED MODULE: ./src/binary-cache/github/compress-threads.ts




/** The build runs at the same time. */
const MAX_THREADS = 3;
const LEVEL = { params: { [external_node_zlib_.constants.ZSTD_c_compressionLevel]: 3 } };
/**
 * Compresses in threads. `script` is that of this process; without it, compresses at once. Node's own threads
 * take three times as long for chunks, because each one is made in several steps.
 */
function openCompressor(script) {
    if (script === undefined) {
        return {
            compress: (chunk) => Promise.resolve((0,external_node_zlib_.zstdCompressSync)(chunk, LEVEL)),
            close: () => Promise.resolve(),
        };
    }
    const threads = Math.min((0,external_node_os_.availableParallelism)(), MAX_THREADS);
    const pool = (0,thread_pool/* openThreadPool */.d)({ script, argument: own_processes/* PACK_ARGUMENT */.ej, threads });
    return { compress: (chunk) => pool.run(chunk), close: () => pool.close() };
}
/** Compresses chunks for the thread that started this one. */
async function serveCompressor() {
    // Only `openCompressor` sends jobs.
    await serveJobs((chunk) => Promise.resolve(zstdCompressSync(chunk, LEVEL)));
}

// EXTERNAL MODULE: ./src/binary-cache/signing-key.ts
var signing_key = __webpack_require__(63995);
// EXTERNAL MODULE: ./src/binary-cache/narinfo.ts
var narinfo = __webpack_require__(99711);
// EXTERNAL MODULE: ./src/binary-cache/github/chunker.ts
var github_chunker = __webpack_require__(58114);
;// CONCATENATED MODULE: ./src/binary-cache/github/compaction.ts
/** Below these numbers nothing is gained. */
const SMALL_BYTES = 64 * 2 ** 20;
const SMALL_PACK_BYTES = 16 * 2 ** 20;
/** So that one entry, and the time to send it, stays small. */
const MAX_MOVED_BYTES = 2 ** 30;
/** When to compact: with more small entries than this, or with this many times of what is usable. */
const LIMITS = { "when-due": { small: 8, waste: 2 }, thoroughly: { small: 1, waste: 1.25 } };
/**
 * Plans how to make a cache smaller: entries of which nothing is usable are left out, and the chunks of those
 * of which less than half is usable, and of small ones, move to a new entry. Undefined if it is not due.
 */
function planCompaction(use, mode) {
    const { small, waste } = LIMITS[mode];
    const usableChunks = new Map();
    const whole = use.usable.filter((path) => {
        const chunks = path.chunks.map((digest) => use.find(digest));
        if (chunks.includes(undefined))
            return false;
        for (const chunk of chunks) {
            if (chunk === undefined)
                continue;
            const ofFile = usableChunks.get(chunk.packFile) ?? new Map();
            usableChunks.set(chunk.packFile, ofFile.set(chunk.digest, chunk));
        }
        return true;
    });
    const links = use.chain.map((link) => {
        const chunks = [...(usableChunks.get(use.packFiles.get(link.key) ?? "")?.values() ?? [])];
        return { link, chunks, usableBytes: sumFrames(chunks) };
    });
    const total = links.reduce((sum, { link }) => sum + link.bytes, 0);
    const usableTotal = links.reduce((sum, { usableBytes }) => sum + usableBytes, 0);
    const isSmall = (link) => link.bytes < SMALL_PACK_BYTES;
    const smallCount = links.filter(({ link }) => isSmall(link)).length;
    const isWasteful = total > waste * usableTotal + SMALL_BYTES ||
        unpackedBytes(use.paths) > waste * unpackedBytes(whole) + 4 * SMALL_BYTES;
    if (smallCount <= small && !isWasteful)
        return undefined;
    let left = MAX_MOVED_BYTES;
    const moved = [];
    const kept = [];
    for (const { link, chunks, usableBytes } of links.toSorted((a, b) => a.usableBytes - b.usableBytes)) {
        const isWorthIt = usableBytes < link.bytes / 2 || isSmall(link);
        if (usableBytes > left || !isWorthIt)
            kept.push({ ...link, hasPaths: false });
        else {
            left -= usableBytes;
            moved.push(...chunks);
        }
    }
    const order = new Map(use.chain.map(({ key }, index) => [key, index]));
    kept.sort((a, b) => (order.get(a.key) ?? 0) - (order.get(b.key) ?? 0));
    return { kept, moved, paths: whole };
}
function sumFrames(chunks) {
    return chunks.reduce((sum, { frameBytes }) => sum + frameBytes, 0);
}
/** Each restored path takes time and space of its own, also if it shares all its chunks with others. */
function unpackedBytes(paths) {
    return paths.reduce((sum, { narBytes }) => sum + narBytes, 0);
}

// EXTERNAL MODULE: ./src/binary-cache/github/entry-key.ts
var entry_key = __webpack_require__(42490);
// EXTERNAL MODULE: ./src/binary-cache/github/pack-index.ts
var pack_index = __webpack_require__(93002);
;// CONCATENATED MODULE: ./src/binary-cache/github/open-pack.ts





/** A pack that is being written. All methods reject with the errors of the file system. */
class OpenPack {
    file;
    #handle;
    #chunks = [];
    #paths = [];
    #writing = new Set();
    #bytes = 0;
    constructor(file) {
        this.file = file;
        this.#handle = (0,promises_.mkdir)((0,external_node_path_.dirname)(file), { recursive: true }).then(() => (0,promises_.open)(file, "wx"));
        // Whoever writes first gets the error.
        this.#handle.catch(() => undefined);
    }
    get bytes() {
        return this.#bytes;
    }
    get chunks() {
        return this.#chunks;
    }
    get paths() {
        return this.#paths;
    }
    /**
     * Adds a chunk, which may not be compressed yet. `finish` waits for it, and rejects if it cannot be added.
     */
    async addChunk(making) {
        const adding = this.#add(making);
        this.#writing.add(adding);
        const located = await adding;
        this.#writing.delete(adding);
        return located;
    }
    /** Adds a path whose chunks were added to this pack or to one before it. */
    addPath(path) {
        this.#paths.push(path);
    }
    /** Waits until everything is written. The pack must not be added to any more. */
    async finish() {
        await Promise.all(this.#writing);
        await (await this.#handle).close();
    }
    /** Lays out the files of an entry in `workspace`, and returns its link. The pack must be finished. */
    async layOut(workspace, key, chain) {
        const folder = (0,external_node_path_.join)(workspace, client_protocol/* ENTRY_FOLDER */.w$);
        await (0,promises_.rm)(folder, { recursive: true, force: true });
        await (0,promises_.mkdir)(folder, { recursive: true });
        await (0,promises_.link)(this.file, (0,external_node_path_.join)(folder, (0,entry_key/* namePack */.ny)(key)));
        const index = (0,pack_index/* renderPackIndex */.kJ)({ chain, chunks: this.#chunks, paths: this.#paths });
        await (0,promises_.writeFile)((0,external_node_path_.join)(folder, (0,entry_key/* nameIndex */.O5)(key)), index);
        return { key, bytes: this.#bytes, hasPaths: true };
    }
    async #add(making) {
        const [chunk, frame] = await making;
        const handle = await this.#handle;
        const offset = this.#bytes;
        this.#bytes += frame.length;
        this.#chunks.push(chunk);
        const { bytesWritten } = await handle.write(frame, 0, frame.length, offset);
        if (bytesWritten < frame.length)
            throw new Error(`${this.file} could not be written completely`);
        return { ...chunk, packFile: this.file, offset };
    }
}

// EXTERNAL MODULE: ./src/binary-cache/github/restore.ts + 1 modules
var restore = __webpack_require__(35099);
;// CONCATENATED MODULE: ./src/binary-cache/github/committer.ts






/** The time after the first failure, such as a rate limit, until the next attempt. It doubles each time. */
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 600_000;
/**
 * Saves packs as entries, one after the other: each entry names all before it, since a run only finds the
 * newest one. A pack that cannot be saved is tried again later, together with all that follow it.
 */
class PackCommitter {
    #access;
    #packs;
    #effects;
    #waiting = [];
    #packFiles;
    #newest;
    #finishing = new AbortController();
    #chain;
    #working;
    #entries = 0;
    #isFull = false;
    #saved;
    constructor(access, restored, effects) {
        this.#access = access;
        this.#effects = effects;
        this.#packs = restored.packs;
        this.#packFiles = new Map(restored.packFiles);
        this.#newest = restored.newest;
        this.#chain = restored.chain;
    }
    get saved() {
        return this.#saved;
    }
    /** True if the limit for all entries together was reached. */
    get isFull() {
        return this.#isFull;
    }
    get chain() {
        return this.#chain;
    }
    /** The packs of all entries on this machine, by the entries' keys. */
    get packFiles() {
        return this.#packFiles;
    }
    /** Saves a pack, which must not be added to any more, in the background. */
    commit(pack) {
        this.#waiting.push(pack);
        this.#working ??= this.#work().finally(() => {
            this.#working = undefined;
        });
    }
    /** Saves all packs that are left, without waiting after a failure. Rejects with `CACHE_FAILED`. */
    async finish() {
        this.#finishing.abort();
        await this.#working;
        await this.#saveWaiting();
    }
    /** Saves one entry that replaces others. Rejects with `CACHE_FAILED`. */
    async replace({ kept, moved, paths }, pack) {
        for await (const [chunk, frame] of this.#packs.readFrames(moved)) {
            if (frame !== undefined)
                await pack.addChunk(Promise.resolve([chunk, frame]));
        }
        for (const path of paths)
            if (this.#packs.findAll(path.chunks) !== undefined)
                pack.addPath(path);
        await pack.finish();
        const link = await this.#save(pack, this.#lane(), kept);
        this.#chain = [...kept, link];
        this.#note(pack, link, "base");
    }
    /**
     * Saves an empty entry for each lane that does not lead to all entries: those of which this run knew no
     * entry, and all but the first one if it has saved something. Rejects with `CACHE_FAILED`.
     */
    async pointLanes() {
        const { lanes, scope, folder } = this.#access;
        if (this.#chain.length === 0)
            return;
        for (const [index, lane] of lanes.slice(0, restore/* MAX_LANES */.hA).entries()) {
            const isKnown = this.#newest.some((key) => key.startsWith((0,entry_key/* nameLane */.sx)(scope, lane)) || key.startsWith((0,entry_key/* nameLane */.sx)("branch", lane)));
            if (this.#saved === undefined ? isKnown : index === 0)
                continue;
            const empty = new OpenPack((0,external_node_path_.join)(folder, "packs", `lane-${index}`));
            await empty.finish();
            await this.#save(empty, (0,entry_key/* nameLane */.sx)(scope, lane), this.#chain);
        }
    }
    async #work() {
        for (let waitMs = FIRST_WAIT_MS;; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
            try {
                await this.#saveWaiting();
                return;
            }
            catch (error) {
                if ((0,action_error/* isCancelled */.mm)(error) || this.#finishing.signal.aborted)
                    return;
                this.#effects.log.debug(`${(0,action_error/* renderError */.vr)(error)}; trying again in ${waitMs / 1000} s`);
            }
            try {
                await this.#effects.clock.sleep(waitMs, this.#finishing.signal, true);
            }
            catch {
                // The run ends: `finish` tries once more.
                return;
            }
        }
    }
    async #saveWaiting() {
        for (let pack = this.#waiting[0]; pack !== undefined; pack = this.#waiting[0]) {
            await pack.finish();
            await this.#saveNext(pack);
            this.#waiting.shift();
        }
    }
    async #saveNext(pack) {
        const chainBytes = this.#chain.reduce((sum, { bytes }) => sum + bytes, 0);
        if (chainBytes + pack.bytes > restore/* MAX_CHAIN_BYTES */.HO || this.#chain.length >= pack_index/* MAX_LINKS */.vk) {
            this.#isFull = true;
            for (const { digest } of pack.chunks)
                this.#packs.remove(digest);
            return;
        }
        const link = await this.#save(pack, this.#lane(), this.#chain);
        const kind = this.#chain.length === 0 ? "base" : (this.#saved?.kind ?? "delta");
        this.#chain = [...this.#chain, link];
        this.#note(pack, link, kind);
    }
    #note(pack, { key, bytes }, kind) {
        this.#packFiles.set(key, pack.file);
        const before = this.#saved ?? { bytes: 0, paths: 0 };
        const paths = before.paths + pack.paths.length;
        this.#saved = { kind, key, bytes: before.bytes + bytes, paths };
    }
    async #save(pack, prefix, chain) {
        const { runnerCache, folder, nonce } = this.#access;
        if (runnerCache === undefined)
            throw new Error("the runner offers no cache");
        // An attempt that seemed to fail may have reserved its key.
        this.#entries += 1;
        const key = `${prefix}${nonce}-${this.#entries}`;
        const workspace = (0,external_node_path_.join)(folder, "saved");
        const link = await pack.layOut(workspace, key, chain);
        await runnerCache.save(workspace, key, (0,restore/* transferLimitMs */.R8)(pack.bytes));
        return link;
    }
    #lane() {
        const [lane] = this.#access.lanes;
        if (lane === undefined)
            throw new Error("a run without installables saves nothing");
        return (0,entry_key/* nameLane */.sx)(this.#access.scope, lane);
    }
}

// EXTERNAL MODULE: ./src/binary-cache/github/packs.ts
var packs = __webpack_require__(4842);
// EXTERNAL MODULE: ./src/binary-cache/github/rebuild.ts
var rebuild = __webpack_require__(99407);
// EXTERNAL MODULE: ./src/binary-cache/github/references.ts
var references = __webpack_require__(20620);
;// CONCATENATED MODULE: ./src/binary-cache/github/writer.ts












/** A pack is sent when it is this large, or this old. What a run that is killed can lose. */
const PACK_BYTES = 64 * 2 ** 20;
const PACK_AGE_MS = 60_000;
/** For each path. */
const CHUNKS_AT_ONCE = 8;
/**
 * Fills GitHub's cache: cuts paths into chunks, and sends those that no entry has, in packs of many paths.
 * All methods reject with `CACHE_FAILED`, and with `CANCELLED`.
 */
class GithubCacheWriter {
    uri = "github";
    #options;
    #committer;
    #clock;
    #compressor;
    #paths;
    /** The paths that this run needs. */
    #needed = new Set();
    /** Chunks that are being written. */
    #claimed = new Set();
    #closed = new AbortController();
    #open;
    #packs = 0;
    constructor(options, effects) {
        const { access, restored } = options;
        this.#options = options;
        this.#clock = effects.clock;
        this.#compressor = effects.compressor;
        this.#committer = new PackCommitter(access, restored, effects);
        this.#paths = new Map(restored.paths);
    }
    /** What was saved so far; undefined if nothing was. */
    get saved() {
        return this.#committer.saved;
    }
    /** True if something was not saved because the limit for all entries together was reached. */
    get isFull() {
        return this.#committer.isFull;
    }
    async findPresent(paths) {
        const present = new Set();
        for (const path of paths) {
            this.#needed.add(path);
            const known = this.#paths.get(path);
            if (known === undefined)
                continue;
            const { isBuilt, restored } = this.#options;
            if (!isBuilt(path) || (await (0,rebuild/* verifyPath */.x)(restored.packs, known)))
                present.add(path);
            else
                this.#paths.delete(path);
        }
        return present;
    }
    async send(stored) {
        const { info } = stored;
        this.#needed.add(info.path);
        const remover = new references/* ReferenceRemover */.iU(info.references);
        const chunker = new github_chunker/* Chunker */.j();
        const nar = (0,external_node_crypto_.createHash)("sha256");
        const digests = [];
        const adding = [];
        let narBytes = 0;
        let bytes = 0;
        const take = async (chunks) => {
            for (const chunk of chunks) {
                const digest = (0,packs/* digestChunk */._p)(chunk);
                digests.push(digest);
                const added = this.#addChunk(digest, chunk);
                if (added === undefined)
                    continue;
                // Each one is waited for below, unless another one fails first.
                added.catch(() => undefined);
                adding.push(added);
                if (adding.length >= CHUNKS_AT_ONCE)
                    bytes += (await adding.shift()) ?? 0;
            }
        };
        try {
            for await (const part of stored.openNar()) {
                if (this.#closed.signal.aborted)
                    throw new Error("the cache is being closed");
                nar.update(part);
                narBytes += part.length;
                await take(chunker.push(remover.push(part)));
            }
            await take(chunker.push(remover.end()));
            await take(chunker.end());
            for (const added of adding)
                bytes += await added;
        }
        catch (cause) {
            throw toCacheError(cause, `could not send ${info.path} to GitHub's cache`);
        }
        if (nar.digest("hex") !== info.narHash || narBytes !== info.narBytes) {
            throw failed(`the content of ${info.path} does not have the hash that its store says`);
        }
        const path = this.#pack(info, digests, remover.places);
        this.#paths.set(path.path, path);
        this.#current().addPath(path);
        return { bytes };
    }
    /** Sends what is left. Then makes the cache smaller if that is due. */
    async close() {
        const { access, restored, compaction, listDerivations } = this.#options;
        try {
            this.#seal();
            this.#closed.abort();
            await this.#committer.finish();
            const use = {
                chain: this.#committer.chain,
                packFiles: this.#committer.packFiles,
                paths: [...this.#paths.values()],
                find: (digest) => restored.packs.find(digest),
            };
            const mayCompact = this.saved !== undefined || compaction === "thoroughly";
            const derivations = mayCompact ? await listDerivations() : undefined;
            const usable = use.paths.filter(({ path, deriver }) => this.#needed.has(path) || derivations?.has(deriver) === true);
            const plan = derivations && planCompaction({ ...use, usable }, compaction);
            if (plan !== undefined)
                await this.#committer.replace(plan, this.#newPack());
            await this.#committer.pointLanes();
        }
        catch (cause) {
            throw toCacheError(cause, "could not save to GitHub's cache");
        }
        finally {
            await this.#compressor.close();
            await restored.packs.close();
            await (0,promises_.rm)((0,external_node_path_.join)(access.folder, "saved"), { recursive: true, force: true });
        }
    }
    /** Undefined if the chunk is in a pack already. Otherwise the bytes that it takes. */
    #addChunk(digest, chunk) {
        const { packs } = this.#options.restored;
        if (this.#claimed.has(digest) || packs.find(digest) !== undefined)
            return undefined;
        this.#claimed.add(digest);
        const pack = this.#current();
        return pack.addChunk(this.#compress(digest, chunk)).then((located) => {
            packs.add([located]);
            this.#claimed.delete(digest);
            if (pack === this.#open && pack.bytes >= PACK_BYTES)
                this.#seal();
            return located.frameBytes;
        });
    }
    async #compress(digest, chunk) {
        const frame = await this.#compressor.compress(chunk);
        return [
            { digest, frameDigest: (0,packs/* digestFrame */.QG)(frame), frameBytes: frame.length, bytes: chunk.length },
            frame,
        ];
    }
    #pack(info, chunks, places) {
        const own = this.#options.sign?.((0,narinfo/* renderFingerprint */.xt)(info));
        const signatures = [...info.signatures, ...(own === undefined ? [] : [own])];
        const { path, deriver, narHash, narBytes, references, contentAddress } = info;
        return { path, deriver, narHash, narBytes, references, contentAddress, signatures, chunks, places };
    }
    #current() {
        if (this.#open !== undefined)
            return this.#open;
        const pack = this.#newPack();
        this.#open = pack;
        this.#clock.sleep(PACK_AGE_MS, this.#closed.signal, true).then(() => {
            if (pack === this.#open)
                this.#seal();
        }, 
        // The cache is closed, or the run is cancelled.
        () => undefined);
        return pack;
    }
    #newPack() {
        this.#packs += 1;
        return new OpenPack((0,external_node_path_.join)(this.#options.access.folder, "packs", String(this.#packs)));
    }
    #seal() {
        if (this.#open !== undefined)
            this.#committer.commit(this.#open);
        this.#open = undefined;
    }
}
function toCacheError(cause, message) {
    if (cause instanceof action_error/* ActionError */.lZ && ["CANCELLED", "CACHE_FAILED"].includes(cause.code))
        return cause;
    return failed(`${message}: ${(0,action_error/* renderError */.vr)(cause)}`, cause);
}
function failed(message, cause) {
    return new action_error/* ActionError */.lZ("CACHE_FAILED", message, {
        cause,
        hint: "Check that the runner's disk is not full.",
    });
}

;// CONCATENATED MODULE: ./src/binary-cache/github/save.ts


const save_PATHS_AT_ONCE = 6;
/**
 * Saves the paths that the cache does not have. Leaves out paths that other caches have: those that came from
 * one in this run, or are signed by one. Rejects with `CACHE_FAILED` and `CANCELLED`, and with the codes of
 * the store.
 */
async function saveGithubCache(access, restored, update, effects) {
    const refuse = (reason) => ({ state: "withheld", reason, pathsPresent: 0 });
    const { runnerCache } = access;
    if (runnerCache?.isWritable === false) {
        return refuse("the workflow's cache-mode does not allow writing to it");
    }
    // If restoring failed, saving would likely time out too.
    if (runnerCache === undefined || !restored.isReachable)
        return refuse("it could not be read");
    const writer = new GithubCacheWriter({ ...update, access, restored, isBuilt: (path) => update.built.has(path) }, effects);
    const wanted = (await readClosure(effects.store, update.roots)).filter((info) => isWanted(info, update));
    const present = await writer.findPresent(wanted.map(({ path }) => path));
    const missing = wanted.filter(({ path }) => !present.has(path));
    const limit = (0,p_limit/* default */.A)(save_PATHS_AT_ONCE);
    try {
        await limit.map(missing, (info) => writer.send({ info, openNar: () => effects.store.readNar(info.path) }));
    }
    finally {
        await writer.close();
    }
    const { saved, isFull } = writer;
    const pathsPresent = present.size;
    if (saved === undefined) {
        return isFull
            ? { state: "withheld", reason: "the entries would exceed 5 GiB", pathsPresent }
            : { state: "unchanged", reason: "nothing is new", pathsPresent };
    }
    const { kind, key, bytes } = saved;
    const reason = kind === "base" ? "a new base" : "added to the entries before";
    return { state: "pushed", reason, kind, key, bytes, pathsPushed: missing.length, pathsPresent };
}
async function readClosure(store, roots) {
    const infos = new Map();
    for (let next = roots; next.length > 0;) {
        const found = await Promise.all([...new Set(next)].map((path) => store.queryPathInfo(path)));
        for (const info of found)
            infos.set(info.path, info);
        next = found.flatMap(({ references }) => references).filter((path) => !infos.has(path));
    }
    return [...infos.values()];
}
function isWanted({ path, signatures }, { built, substituted }) {
    return built.has(path) || (!substituted.has(path) && signatures.length === 0);
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
// EXTERNAL MODULE: ./src/pipeline/open-cache.ts
var open_cache = __webpack_require__(4315);
;// CONCATENATED MODULE: ./src/pipeline/stages/publish.ts














/**
 * Saves GitHub's cache and pushes the images by digest, both at the same time. Output: the digest of the
 * candidate, or undefined if nothing was pushed. Fails with `CACHE_FAILED` if the job says so, and with the
 * codes of the registry.
 */
async function publish(context, input) {
    const [pushed, filled] = await Promise.all([
        (0,pipeline_record/* runStage */.Si)(() => pushCandidate(context, input)),
        (0,pipeline_record/* runStage */.Si)(() => fillGithubCache(context, input)),
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
        const push = async () => {
            const known = await upload.finish();
            for (const { target, read } of images) {
                const pushed = await repository.push(read.image, known);
                layers.push(...pushed.map((layer) => ({ ...layer, target })));
            }
        };
        const [previousSizes] = await Promise.all([
            readPreviousSizes(repository, job, images, context.log),
            push(),
        ]);
        const digest = await pushIndex(repository, images);
        if (job.candidateTag !== undefined)
            await repository.moveTag(job.candidateTag, digest);
        const sent = (0,count/* countOf */.pq)(layers.filter(({ state }) => state === "sent").length, "layer");
        context.log.info(`pushed ${(0,image_reference/* renderImageReference */.NL)(job.image)}@${digest}: ${sent} sent, ${(0,model_image/* renderUnsent */.Oe)(layers)}`);
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
/** Saves what was built in GitHub's cache, if the run may. Failure is a warning, or fails the run. */
async function fillGithubCache(context, input) {
    const { log, event } = context;
    const { job, session } = input;
    const { caches } = input.record;
    const opened = session.caches.find(({ restored }) => restored !== undefined);
    const known = caches.find(({ cache }) => cache.kind === "github");
    const use = job.caches.find(({ cache }) => cache.kind === "github");
    const { isAllowed, reason } = (0,push_policy/* decidePush */.vn)("github-cache", job.cachePush, event);
    if (known === undefined || opened?.restored === undefined || use?.isPushed !== true || !isAllowed) {
        return { record: {}, output: undefined };
    }
    const renew = (change) => ({
        caches: caches.map((cache) => (cache === known ? { ...known, ...change } : cache)),
    });
    try {
        const update = await collectCacheUpdate(context, input, known);
        const access = (0,open_cache/* cacheClientOptions */.G)(job, context);
        const { steadyClock: clock } = context;
        const store = (0,open_writer/* openLocalStore */.nx)(session.nix, context);
        const effects = { clock, log, store, compressor: openCompressor(context.script) };
        const saved = await saveGithubCache(access, opened.restored, update, effects).finally(() => {
            store.close();
        });
        const { state, reason: why, pathsPresent } = saved;
        const change = saved.state === "pushed"
            ? {
                ...{ state, reason: why, pathsPresent, pathsPushed: saved.pathsPushed, bytesPushed: saved.bytes },
                saved: { kind: saved.kind, key: saved.key, bytes: saved.bytes },
            }
            : { state, reason: why, pathsPresent };
        log.info(renderFilled({ ...known, reason, ...change }));
        return { record: renew({ reason, ...change }), output: undefined };
    }
    catch (thrown) {
        const error = (0,action_error/* toActionError */.ie)(thrown);
        const record = renew({ state: "failed", reason: (0,action_error/* renderError */.vr)(error) });
        if (error.code !== "CACHE_FAILED" || job.onCacheFailure === "fail")
            return { record, error };
        log.warning(`${(0,action_error/* renderError */.vr)(error)}. ${error.hint}`);
        return { record, output: undefined };
    }
}
async function collectCacheUpdate({ log }, { job, storePaths, record }, known) {
    const { builds, substitutions } = record;
    const built = await (0,derivation/* readOutputs */.T7)(builds.filter(({ outcome }) => outcome === "built").map(({ drvPath }) => drvPath));
    const others = substitutions.filter((substitution) => substitution.outcome === "substituted" && !(0,pipeline_record/* isFromCache */.DR)(substitution, known));
    return {
        roots: [...new Set([...storePaths, ...record.layerRecords, ...built])],
        built: new Set(built),
        substituted: new Set(others.map(({ storePath }) => storePath)),
        sign: job.cacheSigningKey === undefined ? undefined : (0,signing_key/* createSigner */.rO)(job.cacheSigningKey),
        // A job without an image and smoke test only fills the cache, like a scheduled warm-up.
        compaction: job.image === undefined && job.smokeTest === undefined ? "thoroughly" : "when-due",
        listDerivations: async () => {
            try {
                const asked = [...record.built.values()].flat().map(({ drvPath }) => drvPath);
                return new Set((await (0,derivation/* readDerivationClosure */.zR)(asked)).keys());
            }
            catch (error) {
                log.debug(`cannot determine what the flake can still use: ${(0,action_error/* renderError */.vr)(error)}`);
                return undefined;
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
            const filling = await CacheFilling.open({ job, session }, context);
            await withPool(session, fold, () => withCaches(filling, fold, () => runStages({ job, session, push, preflighted, filling, ...options }, filling.context, fold)));
            // The run may have been cancelled while it waited for its caches.
            context.signal.throwIfAborted();
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
/**
 * Waits for what is still being sent to caches when `work` has ended, also after a failure: what was built is
 * not built again. The error of `work` comes first.
 */
async function withCaches(filling, fold, work) {
    try {
        await work();
    }
    catch (error) {
        const { record } = await filling.finish(fold.record().caches);
        fold.add({ record, output: undefined });
        throw error;
    }
    await fillCaches(filling, fold);
}
async function fillCaches(filling, fold) {
    const finish = () => filling.finish(fold.record().caches);
    fold.add(await (filling.isSending ? fold.timeline.run("cache", finish) : finish()));
}
async function runStages({ job, session, push, preflighted, filling, forcedMode }, context, fold) {
    const { pool, substituters } = session;
    const [inspection] = await run_build_whenAllEnd([
        fold.phase("inspect", () => (0,inspect/* inspect */.N)(context, { job, session })),
        fold.timeline.run("probe", () => (0,run_step/* runStep */.e)(context, () => run_build_whenAllEnd([pool.open(job.targets), substituters.refresh()]))),
        preflighted,
    ]);
    (0,log_builders/* logBuilders */.J)(pool.statuses, context.log);
    (0,binary_cache_substituters/* logSubstituters */.A)(substituters.statuses, context.log);
    for (const { detail, hint } of inspection.lockWarnings)
        context.log.warning(`${detail}. ${hint}`);
    const plans = fold.add((0,plan/* plan */.et)(context, { job, inspection, builders: pool.statuses }));
    if (plans.some((target) => (0,strategy/* listAttempts */.NN)(target).includes("remote")))
        pool.watch();
    const onChosen = (target, installables) => {
        filling.noteInstallables(target, installables);
    };
    const built = await fold.phase("build", () => (0,build/* build */.j)(context, { job, session, plans, onChosen, forcedMode }));
    const storePaths = built.flatMap((target) => target.storePaths);
    filling.add(storePaths);
    const published = { job, session, storePaths, push };
    // A job without an image and smoke test only fills the cache, like a scheduled warm-up.
    if (job.image === undefined && job.smokeTest === undefined) {
        const input = { ...published, upload: undefined, images: [] };
        await fold.phase("publish", () => publish(context, { ...input, record: fold.record() }));
        await fillCaches(filling, fold);
        return;
    }
    await withLoads(job, context, async (loads) => {
        const { images, digest } = await withUpload(job, push, context, async (upload) => {
            const images = await fold.phase("audit", () => audit_audit(context, { job, session, built, upload }));
            if (job.smokeTest !== undefined)
                loads.start(images);
            filling.add(fold.record().layerRecords);
            const input = { ...published, upload, images };
            const digest = await fold.phase("publish", () => publish(context, { ...input, record: fold.record() }));
            // A failure that fails the run comes before the promotion. Otherwise the caches do not delay the gate.
            if (job.onCacheFailure === "fail")
                await fillCaches(filling, fold);
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
