export const id = 1461;
export const ids = [1461,2852];
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

/***/ 69741:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   I: () => (/* binding */ filterTar),
/* harmony export */   y: () => (/* binding */ TAR_END)
/* harmony export */ });
/* harmony import */ var _tar_header_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(20262);
/* harmony import */ var _tar_reader_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(82008);


/** What every tar ends with. */
const TAR_END = Buffer.alloc(2 * _tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .BLOCK_BYTES */ .Yo);
const DROPPED = { write: () => undefined, end: () => undefined };
/**
 * Rewrites a tar, without its end. `change` decides for each entry; the raw header with its extensions is
 * valid only during the call. Reads the whole tar. Rejects with a plain Error if it is malformed.
 */
async function* filterTar(tar, change) {
    let kept = [];
    const reader = new _tar_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .TarReader */ .R((header, raw) => {
        const { before = [], isKept } = change(header, raw.bytes);
        kept.push(...before);
        if (!isKept)
            return DROPPED;
        kept.push(Buffer.from(raw.bytes));
        return {
            write: (chunk) => {
                kept.push(chunk);
            },
            end: () => {
                kept.push((0,_tar_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .paddingAfter */ .O)(header.sizeBytes));
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


/***/ }),

/***/ 28521:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   t: () => (/* binding */ renderPaxHeader),
/* harmony export */   u: () => (/* binding */ renderGoHeader)
/* harmony export */ });
/* harmony import */ var _ustar_block_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5950);
/**
 * The headers that Go's archive/tar writes if no format is asked for, byte for byte. Texts are Latin-1: one
 * character per byte, so that names need not be UTF-8.
 * @see https://github.com/golang/go/blob/go1.24.0/src/archive/tar/writer.go
 */

const PREFIX_BYTES = 155;
/** The keywords in the order in which Go writes their records. */
const KEYWORDS = [
    ["gid", "gid"],
    ["gname", "gname"],
    ["linkName", "linkpath"],
    ["name", "path"],
    ["sizeBytes", "size"],
    ["uid", "uid"],
    ["uname", "uname"],
];
/**
 * Renders the header of an entry: in the USTAR format, or in the PAX format if it needs an extension. Texts
 * must not contain NUL.
 */
function renderGoHeader({ type, ...entry }, owner) {
    const fields = { ...entry, ...owner, flag: _ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .TYPE_FLAGS */ .RC[type] };
    const missing = KEYWORDS.filter(([field]) => !isPlain(fields, field));
    const split = trySplitName(fields.name);
    if (missing.every(([field]) => field === "name" && split !== undefined))
        return (0,_ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .renderBlock */ .g8)({ ...fields, ...split, hasDeviceNumbers: true });
    const records = missing.map(([field, keyword]) => (0,_ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .renderPaxRecord */ .PK)(keyword, String(fields[field]))).join("");
    return Buffer.concat([
        renderPaxHeader(fields.name, records),
        (0,_ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .renderBlock */ .g8)({ ...cutFields(fields), hasDeviceNumbers: true }),
    ]);
}
/** Renders the PAX header with the records of the entry that follows. */
function renderPaxHeader(name, records) {
    return Buffer.concat([
        renderExtension(name, records.length),
        Buffer.from(records, "latin1"),
        Buffer.alloc((0,_ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .padEntry */ .S$)(records.length)),
    ]);
}
/** Whether the header itself can hold a field. */
function isPlain(fields, field) {
    if (field === "gid" || field === "uid" || field === "sizeBytes")
        return (0,_ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .fitsInField */ .Sp)(field, fields[field]);
    return (0,_ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .isAscii */ .ER)(fields[field]) && fields[field].length <= _ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .TEXT_BYTES */ .GJ[field];
}
/** A long name in the two fields of the USTAR format; undefined if it is short, or fits nowhere. */
function trySplitName(name) {
    if (name.length <= _ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .TEXT_BYTES */ .GJ.name || !(0,_ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .isAscii */ .ER)(name))
        return undefined;
    const slash = name.slice(0, PREFIX_BYTES + 1).lastIndexOf("/");
    const rest = name.length - slash - 1;
    if (slash <= 0 || rest === 0 || rest > _ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .TEXT_BYTES */ .GJ.name)
        return undefined;
    return { prefix: name.slice(0, slash), name: name.slice(slash + 1) };
}
/** The header of the records that precede an entry. */
function renderExtension(name, sizeBytes) {
    const slash = name.lastIndexOf("/") + 1;
    const file = [`${name.slice(0, slash)}PaxHeaders.0`, name.slice(slash)].filter((part) => part !== "");
    return (0,_ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .renderBlock */ .g8)({
        ...{ mode: 0, uid: 0, gid: 0, mtime: 0, uname: "", gname: "", linkName: "" },
        ...{ flag: "x", sizeBytes, hasDeviceNumbers: false },
        name: toAscii(file.join("/")).slice(0, _ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .TEXT_BYTES */ .GJ.name).replace(/\/+$/, ""),
    });
}
/** What the header itself says beside its records: the start of texts, and zero for numbers. */
function cutFields(fields) {
    const [name, linkName, uname, gname] = ["name", "linkName", "uname", "gname"].map((field) => cutText(toAscii(fields[field]), _ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .TEXT_BYTES */ .GJ[field]));
    const [uid, gid, sizeBytes] = ["uid", "gid", "sizeBytes"].map((field) => (0,_ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .fitsInField */ .Sp)(field, fields[field]) ? fields[field] : 0);
    return { ...fields, name, linkName, uname, gname, uid, gid, sizeBytes };
}
/** Some readers take a file for a folder if its name is cut off after a slash, so Go ends it before. */
function cutText(text, length) {
    const cut = text.slice(0, length);
    if (text.length <= length || !cut.endsWith("/"))
        return cut;
    const end = cut.replace(/\/+$/, "").length;
    return `${cut.slice(0, end)}\0${cut.slice(end + 1)}`;
}
/** Go leaves out what is not ASCII. */
function toAscii(latin1) {
    return latin1.replace(/[\x80-\xff]+/g, "");
}


/***/ }),

/***/ 46390:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   d: () => (/* binding */ readLayerTar)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(73024);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(57075);
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_stream__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(24085);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_2___default = /*#__PURE__*/__webpack_require__.n(node_stream_promises__WEBPACK_IMPORTED_MODULE_2__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(22714);
/* harmony import */ var _model_image_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(71444);
/* harmony import */ var _model_media_type_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(22570);
/* harmony import */ var _layer_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(65613);







/**
 * The tar of a layer. Rejects with `GATE_MISMATCH` at its end if the bytes do not have the layer's digest, or
 * the tar is not the one with `diffId`, if that is given.
 */
async function* readLayerTar({ mediaType, digest, ...blob }, diffId) {
    const source = await (0,_model_image_js__WEBPACK_IMPORTED_MODULE_6__/* .readySource */ .pM)(blob);
    const compressed = (0,_layer_js__WEBPACK_IMPORTED_MODULE_5__/* .createHashing */ .tR)();
    const uncompressed = (0,_layer_js__WEBPACK_IMPORTED_MODULE_5__/* .createHashing */ .tR)();
    const compression = _model_media_type_js__WEBPACK_IMPORTED_MODULE_4__/* .LAYER_TYPES */ .m2[mediaType];
    const bytes = "file" in source ? (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.createReadStream)(source.file) : node_stream__WEBPACK_IMPORTED_MODULE_1__.Readable.from([source.bytes]);
    const tar = new node_stream__WEBPACK_IMPORTED_MODULE_1__.PassThrough();
    const read = (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_2__.pipeline)(node_stream__WEBPACK_IMPORTED_MODULE_1__.Readable.from(compressed.pass(bytes)), (0,_layer_js__WEBPACK_IMPORTED_MODULE_5__/* .createDecompress */ .A2)(compression === "none" ? undefined : compression), tar);
    // Avoid an unhandled rejection: reading `tar` fails with the same error.
    read.catch(() => undefined);
    if (diffId === undefined)
        yield* tar;
    else
        yield* uncompressed.pass(tar);
    await read;
    requireDigest(`the layer ${digest}`, compressed.result().digest, digest);
    if (diffId === undefined)
        return;
    requireDigest(`the tar of the layer ${digest}`, uncompressed.result().digest, diffId);
}
function requireDigest(what, found, wanted) {
    if (found === wanted)
        return;
    throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_3__/* .ActionError */ .lZ("GATE_MISMATCH", `${what} has the digest ${found}, not ${wanted}`, {
        hint: "Something has changed the files of this run. Make sure that nothing else writes there, and retry.",
    });
}


/***/ }),

/***/ 88694:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ic: () => (/* binding */ WHITEOUT),
/* harmony export */   N3: () => (/* binding */ VisiblePaths),
/* harmony export */   ej: () => (/* binding */ OPAQUE),
/* harmony export */   uT: () => (/* binding */ listFolders),
/* harmony export */   w3: () => (/* binding */ UnmergeableError)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _tar_header_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(20262);


/** The layers of an image cannot be merged, since engines might show something else. */
class UnmergeableError extends Error {
}
/** The beginning of the name of an entry that removes something from the layers below. */
const WHITEOUT = ".wh.";
/** The entry that hides what the layers below have in its folder. */
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
        const path = node_path__WEBPACK_IMPORTED_MODULE_0__.posix.resolve("/", name);
        const own = this.#layer;
        const [folder, base] = [node_path__WEBPACK_IMPORTED_MODULE_0__.posix.dirname(path), node_path__WEBPACK_IMPORTED_MODULE_0__.posix.basename(path)];
        // Some engines remove what they have unpacked in such a folder, and others keep it.
        if (base === OPAQUE && own.folders.has(folder))
            throw new UnmergeableError(`a layer hides ${(0,_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .showPath */ .P8)(folder)} after it has put files there`);
        for (const above of listFolders(path))
            own.folders.add(above);
        const isHidden = this.#isHidden(path);
        if (base.startsWith(WHITEOUT)) {
            if (base === OPAQUE)
                own.closed.add(folder);
            else
                own.replaced.add(node_path__WEBPACK_IMPORTED_MODULE_0__.posix.join(folder, base.slice(WHITEOUT.length)));
            return false;
        }
        if (type === "folder")
            own.listed.add(path);
        else
            own.replaced.add(path);
        // A link's header also sets the mode and the owner of its file.
        if (type === "hard-link" && own.shown.has(node_path__WEBPACK_IMPORTED_MODULE_0__.posix.resolve("/", linkName)) === isHidden)
            throw new UnmergeableError(`an upper layer replaces one of ${(0,_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .showPath */ .P8)(path)} and what it is linked to`);
        if (isHidden)
            return false;
        // Some engines give the folder the mode of the lower layer's entry, and others a default.
        if (this.#implied.has(path))
            throw new UnmergeableError(`an upper layer has files in ${(0,_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .showPath */ .P8)(path)}, but no entry for it`);
        // Engines refuse a tar that has a path twice.
        if (own.shown.has(path))
            throw new UnmergeableError(`a layer has ${(0,_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .showPath */ .P8)(path)} twice`);
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


/***/ }),

/***/ 64129:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   U: () => (/* binding */ BUILD_MODES)
/* harmony export */ });
const BUILD_MODES = [
    "local",
    "emulated",
    "build-hook",
    "single-store",
    "distributed",
];


/***/ }),

/***/ 9738:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   C: () => (/* binding */ NAMED_PLATFORM)
/* harmony export */ });
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(92857);

/** The `platform` of an entry of an image index. @see OCI image-spec, image-index.md */
const NAMED_PLATFORM = zod__WEBPACK_IMPORTED_MODULE_0__/* .looseObject */ ._H3({
    os: zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP(),
    architecture: zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP(),
    variant: zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP().optional(),
});


/***/ }),

/***/ 30145:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   g5: () => (/* binding */ failureOf),
/* harmony export */   xo: () => (/* binding */ emitFor)
/* harmony export */ });
/* unused harmony export renderEventSchema */
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(92857);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _build_mode_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(64129);
/* harmony import */ var _smoke_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(37328);
/* harmony import */ var _strategy_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(58924);





const text = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP();
const durationMs = zod__WEBPACK_IMPORTED_MODULE_1__/* .number */ .aig().min(0).describe("milliseconds");
const target = text.optional().describe("the target system, if it belongs to one");
const place = text.describe("local, or the builder's store URI");
const failure = zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({ code: text, message: text }).nullable();
/** Every kind of event of a run. Names and values are the report's. */
const EVENTS = [
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("run-started"),
        version: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz(1).describe("the version of these events"),
        system: text.describe("the Nix system of this machine"),
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({ event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("phase-started"), name: text }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("phase-ended"),
        name: text,
        durationMs,
        outcome: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["done", "failed"]),
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("attempt-started"),
        target,
        strategy: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(_strategy_js__WEBPACK_IMPORTED_MODULE_2__/* .STRATEGIES */ .Y),
        mode: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(_build_mode_js__WEBPACK_IMPORTED_MODULE_3__/* .BUILD_MODES */ .U),
        reason: text,
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("attempt-ended"),
        target,
        strategy: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(_strategy_js__WEBPACK_IMPORTED_MODULE_2__/* .STRATEGIES */ .Y),
        mode: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(_build_mode_js__WEBPACK_IMPORTED_MODULE_3__/* .BUILD_MODES */ .U),
        durationMs,
        error: failure,
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({ event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("build-started"), target, drvPath: text, name: text, place }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("build-output"),
        target,
        drvPath: text,
        line: text.describe("a line that the build printed"),
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("build-ended"),
        target,
        drvPath: text,
        name: text,
        place,
        durationMs,
        outcome: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["built", "failed", "interrupted"]),
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("substitution-ended"),
        target,
        storePath: text,
        from: text,
        durationMs,
        outcome: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["substituted", "failed"]),
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("builder-changed"),
        uri: text,
        state: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["ready", "degraded", "dropped"]),
        reason: text,
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("check-ended"),
        target,
        name: text,
        kind: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(_smoke_js__WEBPACK_IMPORTED_MODULE_4__/* .CHECK_KINDS */ .FZ),
        durationMs,
        outcome: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["passed", "failed"]),
        detail: text,
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("run-ended"),
        durationMs,
        outcome: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["success", "failure", "cancelled"]),
        error: failure,
    }),
];
/** An error as events name it. */
function failureOf(error) {
    return error === undefined ? null : { code: error.code, message: (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .renderError */ .vr)(error) };
}
/** Adds the target to the events of a part of the run that belongs to it. */
function emitFor(emit, targetOfEvents) {
    return (event) => {
        emit({ ...event, target: targetOfEvents });
    };
}
/** The JSON Schema of one line of an events file, 2020-12: an event, and when it happened. */
function renderEventSchema() {
    const at = z.iso.datetime().describe("UTC");
    const lines = EVENTS.map((event) => event.extend({ at }));
    const schema = { title: "cross-build event", ...z.toJSONSchema(z.union(lines)) };
    return `${JSON.stringify(schema, undefined, 2)}\n`;
}


/***/ }),

/***/ 37328:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ac: () => (/* binding */ LAYER_ORIGINS),
/* harmony export */   FZ: () => (/* binding */ CHECK_KINDS),
/* harmony export */   wM: () => (/* binding */ LOAD_WAYS)
/* harmony export */ });
/** The kinds of checks; see docs/smoke-test.md. */
const CHECK_KINDS = [
    "http",
    "tcp",
    "log",
    "health",
    "command",
    "stop",
    "exit-code",
    "non-root",
    "start",
];
/**
 * How the container engine got the image: it had it (`present`), got one layer with the files of all layers
 * (`merged`), or got the layers themselves (`layers`).
 */
const LOAD_WAYS = ["present", "merged", "layers"];
/**
 * The tested bytes of a layer: this run made its compressed bytes, or verified them (`made`); it fetched them
 * from the registry by digest (`fetched`); or it tested a tar with the layer's diff ID (`matched`).
 */
const LAYER_ORIGINS = ["made", "fetched", "matched"];


/***/ }),

/***/ 78620:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  F: () => (/* binding */ openEngine)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/image/filter-tar.ts
var filter_tar = __webpack_require__(69741);
// EXTERNAL MODULE: ./src/image/go-tar.ts
var go_tar = __webpack_require__(28521);
// EXTERNAL MODULE: ./src/image/layer-tar.ts
var layer_tar = __webpack_require__(46390);
// EXTERNAL MODULE: ./src/image/tar-header.ts
var tar_header = __webpack_require__(20262);
// EXTERNAL MODULE: ./src/image/ustar-block.ts
var ustar_block = __webpack_require__(5950);
// EXTERNAL MODULE: ./src/image/visible-paths.ts
var visible_paths = __webpack_require__(88694);
;// CONCATENATED MODULE: ./src/image/overlay-layer.ts








/**
 * The tar of a layer with whiteouts as overlayfs has them: unpacked into a folder of its own, it is a lower
 * layer of a mount. Rejects with `GATE_MISMATCH` at its end if the layer's bytes do not have its digest, or
 * its tar not its diff ID, and with `GATE_FAILED` if it is malformed, or unpacking it could leave the folder.
 * @see https://www.kernel.org/doc/html/latest/filesystems/overlayfs.html
 */
async function* readOverlayLayer(layer, diffId) {
    const entries = new OverlayEntries();
    try {
        yield* (0,filter_tar/* filterTar */.I)((0,layer_tar/* readLayerTar */.d)(layer, diffId), (header, raw) => entries.change(header, raw));
        yield filter_tar/* TAR_END */.y;
    }
    catch (cause) {
        if (cause instanceof action_error/* ActionError */.lZ)
            throw cause;
        const why = (0,action_error/* renderError */.vr)(cause);
        throw new action_error/* ActionError */.lZ("GATE_FAILED", `the layer ${layer.digest} cannot be unpacked: ${why}`, {
            cause,
            hint: "Build the image again, with a tool that writes plain layers.",
        });
    }
}
const OWNER = { mtime: 0, uid: 0, gid: 0, uname: "", gname: "" };
const OPAQUE_RECORD = (0,ustar_block/* renderPaxRecord */.PK)("SCHILY.xattr.trusted.overlay.opaque", "y");
/** Translates the entries of one layer. Paths are Latin-1. */
class OverlayEntries {
    /** Folders with their headers. */
    #folders = new Map();
    /** Files, links and devices with their mode and owner, as in the tar. */
    #leaves = new Map();
    #whiteouts = new Set();
    change(header, raw) {
        const path = external_node_path_.posix.resolve("/", header.name);
        const before = (0,visible_paths/* listFolders */.uT)(path).flatMap((folder) => this.#enter(path, folder));
        const [folder, base] = [external_node_path_.posix.dirname(path), external_node_path_.posix.basename(path)];
        if (base === visible_paths/* OPAQUE */.ej)
            return { before: [...before, this.#renderOpaque(folder)], isKept: false };
        if (base.startsWith(visible_paths/* WHITEOUT */.Ic)) {
            const name = base.slice(visible_paths/* WHITEOUT */.Ic.length);
            if (["", ".", ".."].includes(name) || name.startsWith(visible_paths/* WHITEOUT */.Ic))
                throw refuse(path, "is not a whiteout");
            const whiteout = this.#addWhiteout(external_node_path_.posix.join(folder, name));
            return { before: [...before, whiteout], isKept: false };
        }
        this.#add(path, header, raw);
        return { before, isKept: true };
    }
    /** The entry of a folder that contains an entry, if it has none yet: it must not depend on the umask. */
    #enter(path, folder) {
        if (this.#leaves.has(folder) || this.#whiteouts.has(folder) || isWhiteout(folder))
            throw refuse(path, `is below ${(0,tar_header/* showPath */.P8)(folder)}, which is not a folder`);
        if (folder === "/" || this.#folders.has(folder))
            return [];
        const header = renderFolder(folder);
        this.#folders.set(folder, header);
        return [header];
    }
    #add(path, { type, linkName }, raw) {
        if (this.#whiteouts.has(path))
            throw refuse(path, "is in a layer that also removes it");
        if (type === "folder" ? this.#leaves.has(path) : this.#folders.has(path) || path === "/")
            throw refuse(path, "is a folder and something else");
        if (type === "folder") {
            this.#folders.set(path, Buffer.from(raw));
            return;
        }
        const owner = readOwner(raw);
        if (type === "hard-link") {
            const linked = this.#leaves.get(external_node_path_.posix.resolve("/", linkName));
            if (linked === undefined)
                throw refuse(path, `is a hard link to ${(0,tar_header/* showPath */.P8)(linkName)}, which is not a file of that layer`);
            // Docker changes the file then, and tar does not.
            if (linked !== owner)
                throw refuse(path, `has another mode or owner than ${(0,tar_header/* showPath */.P8)(linkName)}`);
        }
        this.#leaves.set(path, owner);
    }
    #addWhiteout(path) {
        if (this.#leaves.has(path) || this.#folders.has(path))
            throw refuse(path, "is in a layer that also removes it");
        this.#whiteouts.add(path);
        const entry = { name: path.slice(1), type: "whiteout", mode: 0, sizeBytes: 0, linkName: "" };
        return (0,go_tar/* renderGoHeader */.u)(entry, OWNER);
    }
    /** The entry of a folder once more, with the attribute that hides what lower layers have in it. */
    #renderOpaque(folder) {
        const header = this.#folders.get(folder) ?? renderFolder(folder);
        const block = header.subarray(-tar_header/* BLOCK_BYTES */.Yo);
        return Buffer.concat([(0,go_tar/* renderPaxHeader */.t)(".", `${readRecords(header, folder)}${OPAQUE_RECORD}`), block]);
    }
}
/** The fields `mode`, `uid` and `gid` of an entry. @see pax(1), "ustar Interchange Format" */
function readOwner(raw) {
    return Buffer.from(raw.subarray(-tar_header/* BLOCK_BYTES */.Yo)).toString("latin1", 100, 124);
}
function isWhiteout(path) {
    return external_node_path_.posix.basename(path).startsWith(visible_paths/* WHITEOUT */.Ic);
}
function renderFolder(path) {
    const name = path === "/" ? "./" : `${path.slice(1)}/`;
    return (0,go_tar/* renderGoHeader */.u)({ name, type: "folder", mode: 0o755, sizeBytes: 0, linkName: "" }, OWNER);
}
/** The PAX records of an entry. A GNU header for a long name becomes such a record. */
function readRecords(header, path) {
    const hasPax = header.length > tar_header/* BLOCK_BYTES */.Yo && header[156] === "x".charCodeAt(0);
    if (!hasPax)
        return path === "/" ? "" : (0,ustar_block/* renderPaxRecord */.PK)("path", `${path.slice(1)}/`);
    const sizeBytes = parseInt(header.toString("latin1", 124, 135), 8);
    return header.toString("latin1", tar_header/* BLOCK_BYTES */.Yo, tar_header/* BLOCK_BYTES */.Yo + sizeBytes);
}
function refuse(path, why) {
    return new Error(`its file ${(0,tar_header/* showPath */.P8)(path)} ${why}`);
}

// EXTERNAL MODULE: ./src/plan/push-policy.ts
var push_policy = __webpack_require__(29822);
// EXTERNAL MODULE: ./src/smoke/client-engine.ts + 4 modules
var client_engine = __webpack_require__(80940);
// EXTERNAL MODULE: ./src/smoke/oci/effects.ts
var oci_effects = __webpack_require__(20433);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: ./src/model/system.ts
var system = __webpack_require__(26872);
// EXTERNAL MODULE: ./src/platform/files.ts
var files = __webpack_require__(94924);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(48161);
// EXTERNAL MODULE: ./src/smoke/container.ts
var container = __webpack_require__(37146);
;// CONCATENATED MODULE: ./src/smoke/oci/seccomp.ts
/**
 * System calls that Docker's default profile blocks for a container without further capabilities. Docker
 * lists what it allows, and this list what its documentation names as blocked. Left out are `ptrace`,
 * `process_vm_readv` and `process_vm_writev`, which the profile allows on Linux 4.8 and newer, and
 * `personality`, which it allows with some arguments.
 * @see https://docs.docker.com/engine/security/seccomp/, "Significant syscalls blocked by the default
 * profile"
 */
const BLOCKED = [
    ...["acct", "add_key", "bpf", "clock_adjtime", "clock_settime", "create_module", "delete_module"],
    ...["finit_module", "fsconfig", "fsmount", "fsopen", "fspick", "get_kernel_syms", "get_mempolicy"],
    ...["init_module", "io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm", "iopl", "kcmp"],
    ...["kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "mbind", "mount", "mount_setattr"],
    ...["move_mount", "move_pages", "nfsservctl", "open_by_handle_at", "open_tree", "perf_event_open"],
    ...["pivot_root", "query_module", "quotactl", "quotactl_fd", "reboot", "request_key", "set_mempolicy"],
    ...["setns", "settimeofday", "stime", "swapoff", "swapon", "sysfs", "_sysctl", "umount", "umount2"],
    ...["unshare", "uselib", "userfaultfd", "ustat", "vm86", "vm86old"],
];
/** The flags of clone(2) that make namespaces: mount, cgroup, UTS, IPC, user, PID and network. */
const NAMESPACE_FLAGS = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];
/** By the name of the CPU that Node has for it: programs for all of these run on it. */
const ARCHITECTURES = {
    x64: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
    arm64: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
};
const EPERM = 1;
const ENOSYS = 38;
/**
 * The filter of a container's system calls; undefined on a CPU for which there is none.
 * @see OCI runtime-spec, config-linux.md, "Seccomp"
 */
function renderSeccomp(cpu) {
    const architectures = ARCHITECTURES[cpu];
    if (architectures === undefined)
        return undefined;
    const block = (names, more = {}) => {
        return { names, action: "SCMP_ACT_ERRNO", errnoRet: EPERM, ...more };
    };
    return {
        defaultAction: "SCMP_ACT_ALLOW",
        architectures,
        syscalls: [
            block(BLOCKED),
            // A filter cannot see the flags of clone3, for which C libraries then use clone.
            block(["clone3"], { errnoRet: ENOSYS }),
            ...NAMESPACE_FLAGS.map((flag) => block(["clone"], {
                args: [{ index: 0, value: flag, valueTwo: flag, op: "SCMP_CMP_MASKED_EQ" }],
            })),
        ],
    };
}

;// CONCATENATED MODULE: ./src/smoke/oci/bundle-config.ts




/** Docker's default capabilities. @see https://docs.docker.com/engine/containers/run/, "Runtime privilege" */
const CAPABILITIES = [
    ...["CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP"],
    ...["SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"],
].map((name) => `CAP_${name}`);
/** As in Docker, so that a container reads nothing of the machine there, and changes nothing. */
const MASKED_PATHS = [
    ...["/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats"],
    ...["/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"],
    ...["/sys/devices/virtual/powercap"],
];
const READONLY_PATHS = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const SAFE = ["nosuid", "noexec", "nodev"];
const MOUNTS = [
    { destination: "/proc", type: "proc", source: "proc", options: SAFE },
    {
        ...{ destination: "/dev", type: "tmpfs", source: "tmpfs" },
        options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
        ...{ destination: "/dev/pts", type: "devpts", source: "devpts" },
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
    },
    { destination: "/sys", type: "sysfs", source: "sysfs", options: [...SAFE, "ro"] },
    { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: [...SAFE, "ro"] },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: SAFE },
    {
        ...{ destination: "/dev/shm", type: "tmpfs", source: "shm" },
        options: [...SAFE, "mode=1777", "size=67108864"],
    },
];
/** The command that an image runs, with the entrypoint first. */
function commandOf({ config }, { args }) {
    return [...(config?.Entrypoint ?? []), ...(args.length > 0 ? args : (config?.Cmd ?? []))];
}
/** The files of a bundle that a container sees in `/etc`, by name. */
function renderHostFiles(hostname) {
    return {
        hosts: `127.0.0.1\tlocalhost ${hostname}\n::1\tlocalhost ip6-localhost ip6-loopback\n`,
        hostname: `${hostname}\n`,
        // There is no network, and so no server to ask.
        "resolv.conf": "",
    };
}
/**
 * The configuration of a container for an OCI runtime, with the defaults of Docker as far as they can be had:
 * capabilities, namespaces, devices, masked paths, limits. It may contain secrets of the smoke test.
 * @see OCI runtime-spec, config.md and config-linux.md
 */
function renderBundleConfig({ folder, hostname, config, options, user, isForkCode }) {
    const { uid, gid, additionalGids, home } = user;
    const memoryBytes = (0,container/* limitMemory */.XU)(options, (0,external_node_os_.totalmem)(), isForkCode);
    const workingDir = config.config?.WorkingDir ?? "";
    const seccomp = renderSeccomp((0,external_node_os_.arch)());
    const capabilities = { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES };
    return {
        ociVersion: "1.0.2",
        hostname,
        root: { path: "root", readonly: options.isReadOnly },
        process: {
            terminal: false,
            user: { uid, gid, additionalGids },
            args: commandOf(config, options),
            env: renderEnvironment(config, options, { HOSTNAME: hostname, HOME: home }),
            cwd: workingDir === "" ? "/" : workingDir,
            capabilities,
            noNewPrivileges: false,
        },
        mounts: [
            ...MOUNTS,
            ...Object.keys(renderHostFiles(hostname)).map((name) => {
                const source = (0,external_node_path_.join)(folder, name);
                return { destination: `/etc/${name}`, type: "bind", source, options: ["bind", "rprivate", "ro"] };
            }),
            // Mode 1777, like /tmp on a host: any user may write to the folder.
            ...(0,container/* listFolders */.uT)(options).map((destination) => {
                const mode = ["rw", "exec", "nosuid", "nodev", "mode=1777"];
                return { destination, type: "tmpfs", source: "tmpfs", options: mode };
            }),
        ],
        linux: {
            cgroupsPath: `/${hostname}`,
            namespaces: ["pid", "network", "ipc", "uts", "mount", "cgroup"].map((type) => ({ type })),
            resources: {
                devices: [{ allow: false, access: "rwm" }],
                pids: { limit: container/* MAX_PROCESSES */.Zd },
                ...(memoryBytes !== undefined && { memory: { limit: memoryBytes } }),
            },
            // As in Docker, a process that is not root may listen on any port.
            sysctl: { "net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 2147483647" },
            maskedPaths: MASKED_PATHS,
            readonlyPaths: READONLY_PATHS,
            ...(seccomp !== undefined && { seccomp }),
        },
    };
}
/** The variables of the image and of the smoke test, and those that Docker sets if they do not. */
function renderEnvironment({ config }, { environment }, defaults) {
    const values = new Map(Object.entries({ PATH, ...defaults }));
    for (const variable of config?.Env ?? []) {
        const [name = "", ...value] = variable.split("=");
        if (name !== "")
            values.set(name, value.join("="));
    }
    for (const [name, value] of Object.entries(environment))
        values.set(name, value);
    return [...values].map(([name, value]) => `${name}=${value}`);
}

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: ./src/platform/log.ts
var log = __webpack_require__(74425);
;// CONCATENATED MODULE: ./src/smoke/oci/container-process.ts
const MAX_CHARACTERS = 1 << 20;
/** The process of a runtime that waits for its container, with what the container prints. */
class ContainerProcess {
    /** Resolves when the process has ended, whatever came of it. */
    end;
    #streams = [new RecentLines(), new RecentLines()];
    #result;
    constructor(run) {
        const [stdout, stderr] = this.#streams;
        this.end = run({
            onStdoutLine: (line) => {
                stdout.add(line);
            },
            onStderrLine: (line) => {
                stderr.add(line);
            },
        }).then(({ exitCode }) => {
            this.#result = { exitCode };
        }, (error) => {
            this.#result = { error };
        });
    }
    get hasEnded() {
        return this.#result !== undefined;
    }
    /** That of the container; undefined while it runs. Throws if the process could not be run. */
    get exitCode() {
        if (this.#result === undefined)
            return undefined;
        if ("error" in this.#result)
            throw this.#result.error;
        return this.#result.exitCode;
    }
    /** The last lines of the container: first those of stdout, then those of stderr. */
    readLog(lines) {
        return this.#streams.flatMap((stream) => stream.last(lines)).join("\n");
    }
}
/** The lines of one stream, about a million characters of them. */
class RecentLines {
    #lines = [];
    #characters = 0;
    add(line) {
        this.#lines.push(line);
        this.#characters += line.length + 1;
        while (this.#characters > MAX_CHARACTERS && this.#lines.length > 1)
            this.#characters -= (this.#lines.shift()?.length ?? 0) + 1;
    }
    last(count) {
        return this.#lines.slice(-count);
    }
}

// EXTERNAL MODULE: ./src/smoke/oci/port-relay.ts
var port_relay = __webpack_require__(82852);
// EXTERNAL MODULE: external "node:process"
var external_node_process_ = __webpack_require__(1708);
// EXTERNAL MODULE: ./src/model/own-processes.ts
var own_processes = __webpack_require__(89281);
;// CONCATENATED MODULE: ./src/smoke/oci/relay-process.ts




const LIMIT_MS = 24 * 60 * 60_000;
/** How long after its first process the runtime ends, at most. */
const END_MS = 2_000;
/**
 * Starts the relay of a container's ports in its network namespace, as this user, and waits until it listens.
 * Undefined if the container has ended before.
 */
async function startRelay({ pid, ports, sockets, container }, { runAsRoot, program, clock }) {
    const ending = new AbortController();
    const [uid = 0, gid = 0] = [(0,external_node_process_.geteuid)?.(), (0,external_node_process_.getegid)?.()];
    const user = uid === 0 ? [] : [`--setuid=${uid}`, `--setgid=${gid}`];
    const command = [...program, own_processes/* RELAY_ARGUMENT */.iU, ...ports.map(String)];
    const { promise: ready, resolve: setReady } = Promise.withResolvers();
    const end = runAsRoot("nsenter", [`--net=/proc/${pid}/ns/net`, ...user, "--", ...command], {
        cwd: sockets,
        timeoutMs: LIMIT_MS,
        stop: ending.signal,
        onStdoutLine: (line) => {
            if (line === port_relay/* RELAY_READY */.a)
                setReady(undefined);
        },
    });
    const stop = async () => {
        ending.abort();
        await end.catch(() => undefined);
    };
    try {
        await Promise.race([ready, end]);
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error))
            throw error;
        // A container that has just ended has no namespace any more.
        await Promise.race([container.end, clock.sleep(END_MS)]);
        if (!container.hasEnded)
            throw error;
    }
    if (!container.hasEnded)
        return { stop };
    // Its process ID may have been another process's by then.
    await stop();
    return undefined;
}

;// CONCATENATED MODULE: ./src/smoke/oci/container.ts










const CALL_LIMIT_MS = 60_000;
/** Far longer than the checks of a smoke test take. */
const RUN_LIMIT_MS = 24 * 60 * 60_000;
const POLL_MS = 10;
const HEALTH_LIMIT_MS = 30_000;
/** 128 plus the number of SIGKILL. */
const KILLED = 137;
/** Starts a container. Removes it, but not its bundle, if its command does not start. */
async function startContainer(prepared, effects) {
    const { id, folder, command, options } = prepared;
    const call = createCall(prepared, effects);
    const pidFile = (0,external_node_path_.join)(folder, "pid");
    const problems = await openProblems((0,external_node_path_.join)(folder, "problems"));
    // The runtime stays the parent of the container: no other process learns its exit code.
    const run = [...problems.args, "run", `--bundle=${folder}`, `--pid-file=${pidFile}`, id];
    const monitor = new ContainerProcess((lines) => call(run, { timeoutMs: RUN_LIMIT_MS, ...lines }));
    try {
        let pid = "";
        while (pid === "" && !monitor.hasEnded) {
            await effects.clock.sleep(POLL_MS);
            pid = (await (0,files/* readFileIfPresent */.Ts)(pidFile))?.trim() ?? "";
        }
        const sockets = (0,external_node_path_.join)(folder, "ports");
        await (0,promises_.mkdir)(sockets, { mode: 0o700 });
        const { ports } = options;
        const relay = ports.length === 0 || pid === ""
            ? undefined
            : await startRelay({ pid, ports, sockets, container: monitor }, effects);
        // A command that does not start ends the runtime, which has then written why.
        const problem = monitor.exitCode === undefined ? undefined : await problems.read();
        if (problem !== undefined) {
            await relay?.stop();
            await removeFromRuntime(call, id, monitor);
            const shown = JSON.stringify(command).slice(0, 500);
            return { state: "failed", reason: `${shown} does not start: ${problem}` };
        }
        const socketFolder = await (0,promises_.open)(sockets, external_node_fs_.constants.O_RDONLY | external_node_fs_.constants.O_DIRECTORY);
        const parts = { prepared, monitor, call, relay, socketFolder };
        return { state: "started", container: new OciContainer(parts, effects) };
    }
    catch (error) {
        await removeFromRuntime(call, id, monitor);
        throw error;
    }
}
function createCall({ runtime, states }, { runAsRoot }) {
    return (args, options = {}) => runAsRoot(runtime, [`--root=${states}`, ...args], {
        timeoutMs: CALL_LIMIT_MS,
        expectedExitCodes: "any",
        ...options,
    });
}
async function removeFromRuntime(call, id, monitor) {
    await call(["delete", "--force", id]);
    await monitor.end;
}
class OciContainer {
    #parts;
    #effects;
    /** Whether this run has killed it. */
    #isKilled = false;
    constructor(parts, effects) {
        this.#parts = parts;
        this.#effects = effects;
    }
    readAddress(port) {
        // The path of a socket may have 107 bytes, so it names the folder by its descriptor.
        const folder = `/proc/self/fd/${this.#parts.socketFolder.fd}`;
        return Promise.resolve({ path: (0,external_node_path_.join)(folder, (0,port_relay/* nameSocket */.$)(port)) });
    }
    // eslint-disable-next-line @typescript-eslint/require-await -- rejects with what the process failed with
    async readState() {
        const { monitor, prepared } = this.#parts;
        const { exitCode } = monitor;
        // No process of a container can kill its first one: that was the kernel, at the memory limit.
        const isLimited = prepared.options.memoryBytes !== undefined || this.#effects.isForkCode;
        return { exitCode, isOutOfMemory: isLimited && !this.#isKilled && exitCode === KILLED };
    }
    async readHealth() {
        const check = healthCheckOf(this.#parts.prepared.config);
        if (check === undefined)
            return undefined;
        try {
            const { exitCode } = await this.exec(check.command, check.timeoutMs);
            return exitCode === 0 ? "healthy" : "unhealthy";
        }
        catch (error) {
            if (error instanceof action_error/* ActionError */.lZ && error.code === "COMMAND_TIMEOUT")
                return "unhealthy";
            throw error;
        }
    }
    async readUsers() {
        const { prepared, call } = this.#parts;
        const { exitCode, stdout } = await call(["ps", "--format=json", prepared.id]);
        return {
            configured: prepared.configuredUser,
            running: exitCode === 0 ? await readUsersOf(JSON.parse(stdout)) : [],
        };
    }
    async exec(command, timeoutMs) {
        const { prepared, call } = this.#parts;
        const problems = await openProblems((0,external_node_path_.join)(prepared.folder, "exec-problems"));
        const output = await call([...problems.args, "exec", prepared.id, ...command], { timeoutMs });
        const problem = output.exitCode === 0 ? undefined : await problems.read();
        if (problem === undefined)
            return output;
        // The exit codes of engines for a command that is not found, and for one that does not start.
        const exitCode = /not found|no such file/i.test(problem) ? 127 : 126;
        return { exitCode, stdout: "", stderr: problem };
    }
    readLog(lines) {
        const text = this.#parts.monitor.readLog(lines === "all" ? Infinity : container/* SHOWN_LOG_LINES */.rg);
        return Promise.resolve((0,log/* sanitizeText */.jZ)(text));
    }
    async stop(limitMs) {
        const { monitor, prepared } = this.#parts;
        const { clock } = this.#effects;
        const endMs = clock.nowMs() + Math.ceil(limitMs / 1_000) * 1_000;
        await this.#signal(prepared.stopSignal);
        while (!monitor.hasEnded && clock.nowMs() < endMs)
            await clock.sleep(POLL_MS);
        if (monitor.hasEnded)
            return;
        this.#isKilled = true;
        await this.#signal("KILL");
        await monitor.end;
    }
    async remove() {
        const { prepared, monitor, call, relay, socketFolder } = this.#parts;
        this.#isKilled = true;
        await removeFromRuntime(call, prepared.id, monitor);
        await relay?.stop();
        await socketFolder.close();
        await prepared.removeBundle();
    }
    /** Does nothing if the container has ended. */
    async #signal(name) {
        const { prepared, call } = this.#parts;
        await call(["kill", prepared.id, name]);
    }
}
/** A file for the errors of a runtime, which are not what the container prints. */
async function openProblems(file) {
    // The runtime would create it as root.
    await (0,promises_.writeFile)(file, "", { mode: 0o600 });
    return {
        args: [`--log=${file}`, "--log-format=json"],
        /** The last error; undefined if there is none. */
        read: async () => {
            const lines = (await (0,promises_.readFile)(file, "utf8")).split("\n").filter((line) => line.startsWith("{"));
            const entries = lines.map((line) => JSON.parse(line));
            const error = entries.findLast(({ level }) => level === "error" || level === "fatal");
            return error === undefined ? undefined : (0,log/* sanitizeText */.jZ)(String(error["msg"])).slice(0, 1_000);
        },
    };
}
/** @see https://github.com/moby/docker-image-spec/blob/main/spec.md, "Healthcheck" */
function healthCheckOf({ config, }) {
    const { Test, Timeout } = config?.Healthcheck ?? {};
    const [kind, ...command] = Test ?? [];
    const asked = (Timeout ?? 0) / 1e6;
    const timeoutMs = asked > 0 ? Math.min(asked, HEALTH_LIMIT_MS) : HEALTH_LIMIT_MS;
    if (kind === "CMD")
        return { command, timeoutMs };
    if (kind !== "CMD-SHELL")
        return undefined;
    return { command: [...(config?.Shell ?? ["/bin/sh", "-c"]), command.join(" ")], timeoutMs };
}
/** The effective users of processes. One that has ended has none. */
async function readUsersOf(pids) {
    const users = await Promise.all((Array.isArray(pids) ? pids : []).map(async (pid) => {
        const status = await (0,files/* readFileIfPresent */.Ts)((0,external_node_path_.join)("/proc", String(Number(pid)), "status"));
        const [, uid] = /^Uid:\s+[0-9]+\s+([0-9]+)/m.exec(status ?? "") ?? [];
        return uid;
    }));
    return users.filter((uid) => uid !== undefined);
}

// EXTERNAL MODULE: ./node_modules/zod/v4/classic/schemas.js + 11 modules
var schemas = __webpack_require__(92857);
// EXTERNAL MODULE: ./src/model/digest.ts
var digest = __webpack_require__(95305);
// EXTERNAL MODULE: ./src/model/image.ts
var model_image = __webpack_require__(71444);
;// CONCATENATED MODULE: ./src/smoke/oci/image-config.ts





const TEXTS = schemas/* array */.YOg(schemas/* string */.YjP()).nullish();
/** @see OCI image-spec, config.md; https://github.com/moby/docker-image-spec/blob/main/spec.md */
const IMAGE_CONFIG = schemas/* object */.Ikc({
    config: schemas/* object */.Ikc({
        User: schemas/* string */.YjP().nullish(),
        Env: TEXTS,
        Entrypoint: TEXTS,
        Cmd: TEXTS,
        WorkingDir: schemas/* string */.YjP().nullish(),
        StopSignal: schemas/* string */.YjP().nullish(),
        Shell: TEXTS,
        Healthcheck: schemas/* object */.Ikc({ Test: TEXTS, Timeout: schemas/* number */.aig().nullish() }).nullish(),
    })
        .nullish(),
    rootfs: schemas/* object */.Ikc({ diff_ids: schemas/* array */.YOg(schemas/* string */.YjP().refine(digest/* isDigest */.Bc)) }),
});
/**
 * Reads the config of an image. Rejects with `GATE_MISMATCH` if it does not have its digest, and with
 * `GATE_FAILED` if it is malformed.
 */
async function readImageConfig({ config: blob, layers }) {
    const source = await (0,model_image/* readySource */.pM)(blob);
    const bytes = "bytes" in source ? source.bytes : await (0,files/* readWholeRegularFile */.GF)(source.file);
    if ((0,digest/* digestOf */.ol)(bytes) !== blob.digest) {
        throw new action_error/* ActionError */.lZ("GATE_MISMATCH", `the config ${blob.digest} now has other bytes`, {
            hint: "Make sure that nothing else writes to the runner's temporary folder, and retry.",
        });
    }
    try {
        const config = IMAGE_CONFIG.parse(JSON.parse(Buffer.from(bytes).toString()));
        if (config.rootfs.diff_ids.length === layers.length)
            return config;
        throw new Error(`it lists ${config.rootfs.diff_ids.length} of ${layers.length} layers`);
    }
    catch (cause) {
        throw new action_error/* ActionError */.lZ("GATE_FAILED", `the image's config ${blob.digest} is malformed`, {
            cause,
            hint: "Build the image again, with a tool that writes the config as Docker does.",
        });
    }
}

// EXTERNAL MODULE: ./src/smoke/oci/overlay.ts
var overlay = __webpack_require__(98287);
// EXTERNAL MODULE: ./src/errors/errno.ts
var errno = __webpack_require__(38335);
;// CONCATENATED MODULE: ./src/smoke/oci/root-folder.ts




const MAX_LINKS = 40;
const MAX_BYTES = 1 << 20;
/**
 * Reads a text file of a container that does not run. Follows symlinks as a process of the container would:
 * an absolute one starts at `root`, and `..` does not leave it. Undefined if there is no such file, or it is
 * larger than 1 MiB.
 */
async function readInRoot(root, path) {
    const rest = namesOf(path);
    let place = [];
    let links = 0;
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
        if (name === "..") {
            place.pop();
            continue;
        }
        const target = await readLinkOrNothing((0,external_node_path_.join)(root, ...place, name));
        if (target === undefined)
            place.push(name);
        else {
            if (++links > MAX_LINKS)
                return undefined;
            if (target.startsWith("/"))
                place = [];
            rest.unshift(...namesOf(target));
        }
    }
    try {
        const file = (0,external_node_path_.join)(root, ...place);
        if (!(await (0,promises_.lstat)(file)).isFile())
            return undefined;
        const handle = await (0,promises_.open)(file, external_node_fs_.constants.O_RDONLY | external_node_fs_.constants.O_NOFOLLOW);
        try {
            return (await handle.stat()).size > MAX_BYTES ? undefined : await handle.readFile("utf8");
        }
        finally {
            await handle.close();
        }
    }
    catch (error) {
        if ((0,errno/* isErrno */.r)(error, "ENOENT", "ENOTDIR"))
            return undefined;
        throw error;
    }
}
function namesOf(path) {
    return path.split("/").filter((name) => name !== "" && name !== ".");
}
/** The target of a symlink; undefined for anything else, also if there is nothing. */
async function readLinkOrNothing(file) {
    try {
        return await (0,promises_.readlink)(file);
    }
    catch (error) {
        if ((0,errno/* isErrno */.r)(error, "EINVAL", "ENOENT", "ENOTDIR"))
            return undefined;
        throw error;
    }
}

;// CONCATENATED MODULE: ./src/smoke/oci/stop-signal.ts
/** The first real-time signal that programs use. @see signal(7), "Real-time signals" */
const RTMIN = 34;
/**
 * The stop signal of an image in the form that OCI runtimes read; undefined if it is none. SIGTERM, if the
 * image does not set one.
 */
function tryParseStopSignal(text) {
    if (text === null || text === undefined || text === "")
        return "SIGTERM";
    const [, offset] = /^(?:SIG)?RTMIN\+([0-9]{1,2})$/.exec(text) ?? [];
    if (offset !== undefined)
        return String(RTMIN + Number(offset));
    return /^(?:[0-9]{1,2}|(?:SIG)?[A-Z][A-Z0-9]{1,8})$/.test(text) ? text : undefined;
}

;// CONCATENATED MODULE: ./src/smoke/oci/user.ts
const MAX_ID = 2 ** 31 - 1;
/**
 * Finds the user that an image's config or a smoke test names: `USER`, `UID`, and either of them with
 * `:GROUP` or `:GID`. A number need not be in the files. Returns what is wrong if a name is not there.
 * @see https://github.com/moby/sys/blob/user/v0.4.0/user/user.go, GetExecUser
 */
function findUser(name, files) {
    const [wanted = "", wantedGroup] = name.split(":");
    const users = parseLines(files.passwd);
    const groups = parseLines(files.group);
    const number = wanted === "" ? 0 : tryParseId(wanted);
    const entry = users.find(([known, , uid]) => (wanted !== "" && known === wanted) || (number !== undefined && uid === String(number)));
    const uid = tryParseId(entry?.[2] ?? "") ?? number;
    if (uid === undefined)
        return { problem: `its /etc/passwd has no user ${JSON.stringify(wanted)}` };
    const home = entry?.[5] ?? "";
    const about = { uid, home: home === "" ? "/" : home };
    if (wantedGroup === undefined || wantedGroup === "") {
        const member = entry?.[0];
        const additionalGids = groups
            .filter(([, , , members = ""]) => member !== undefined && members.split(",").includes(member))
            .flatMap(([, , gid = ""]) => tryParseId(gid) ?? []);
        return { ...about, gid: tryParseId(entry?.[3] ?? "") ?? 0, additionalGids };
    }
    const group = groups.find(([known]) => known === wantedGroup);
    const gid = tryParseId(group?.[2] ?? "") ?? tryParseId(wantedGroup);
    if (gid === undefined)
        return { problem: `its /etc/group has no group ${JSON.stringify(wantedGroup)}` };
    return { ...about, gid, additionalGids: [] };
}
function parseLines(text) {
    return text.split("\n").map((line) => line.trim().split(":"));
}
function tryParseId(text) {
    if (!/^[0-9]{1,10}$/.test(text))
        return undefined;
    const id = Number(text);
    return id <= MAX_ID ? id : undefined;
}

;// CONCATENATED MODULE: ./src/smoke/oci/runtime.ts














const runtime_CALL_LIMIT_MS = 10_000;
/**
 * Looks for an OCI runtime that root can use: this user, or by sudo. Rejects with the codes of a command, and
 * with `GATE_NO_RUNTIME`. What it resolves to runs containers without a container engine: the layers are
 * unpacked into folders, which overlayfs mounts on top of each other.
 * @see https://github.com/opencontainers/runtime-spec
 */
async function findOciRuntime(name, effects) {
    const { stdout } = await effects.run(name, ["--version"], { timeoutMs: runtime_CALL_LIMIT_MS });
    if (!effects.canBecomeRoot) {
        throw new action_error/* ActionError */.lZ("GATE_NO_RUNTIME", `${name} needs root here, or sudo without a password`, {
            hint: "Run as root, allow this user passwordless sudo, or install Docker or Podman.",
        });
    }
    const [, version = "of an unknown version"] = /^\w+ version (\S+)/.exec(stdout) ?? [];
    return () => openRuntime(name, `${name} ${version}`, effects);
}
function openRuntime(name, title, effects) {
    const images = new Map();
    return {
        name: title,
        system: system/* TARGET_SYSTEMS */.lA.find((system) => system === effects.system),
        load: async (image) => {
            const config = await readImageConfig(image);
            const unpacked = await (0,overlay/* unpackImage */.m6)(image, config, effects);
            const id = image.config.digest;
            images.set(id, { ...unpacked, config });
            return {
                id,
                load: { way: "layers", reason: "its layers were unpacked" },
                remove: () => (0,overlay/* removeFolder */.v$)(unpacked.folder, effects),
            };
        },
        start: async (id, options) => {
            const image = images.get(id);
            if (image === undefined)
                throw new Error(`the image ${id} is not loaded`);
            return startIn(image, { runtime: name, options }, effects);
        },
    };
}
async function startIn(image, { runtime, options }, effects) {
    const { config } = image;
    const command = commandOf(config, options);
    if (command.length === 0) {
        return { state: "failed", reason: "the image has neither an entrypoint nor a command" };
    }
    const stopSignal = tryParseStopSignal(config.config?.StopSignal);
    if (stopSignal === undefined) {
        const shown = JSON.stringify(config.config?.StopSignal).slice(0, 100);
        return { state: "failed", reason: `the image's stop signal ${shown} is unknown` };
    }
    const id = `cross-build-${effects.nonce}-${(0,external_node_crypto_.randomUUID)().slice(0, 8)}`;
    const folder = await (0,overlay/* mountRoot */.mv)(image, id, effects);
    const remove = () => (0,overlay/* unmountRoot */.z6)(folder, effects);
    try {
        const configured = options.user ?? config.config?.User ?? "";
        const user = await readUser((0,overlay/* rootOf */.I5)(folder), configured);
        if ("problem" in user) {
            await remove();
            return {
                state: "failed",
                reason: `the user ${JSON.stringify(configured)} is unknown: ${user.problem}`,
            };
        }
        const { isForkCode, runFolder } = effects;
        const bundle = { folder, hostname: id, config, options, user, isForkCode };
        await (0,files/* writeFileAtomically */.lo)((0,external_node_path_.join)(folder, "config.json"), JSON.stringify(renderBundleConfig(bundle)), 0o600);
        for (const [file, text] of Object.entries(renderHostFiles(id)))
            await (0,promises_.writeFile)((0,external_node_path_.join)(folder, file), text, { mode: 0o644 });
        const states = (0,oci_effects/* stateFolder */.y)(runFolder, runtime);
        await (0,promises_.mkdir)(states, { recursive: true, mode: 0o700 });
        const prepared = { runtime, id, folder, states, stopSignal, command, config, options };
        const start = await startContainer({ ...prepared, configuredUser: configured, removeBundle: remove }, effects);
        if (start.state === "failed")
            await remove();
        return start;
    }
    catch (error) {
        await remove();
        throw error;
    }
}
/** The user that a config names, by the files of the container. */
async function readUser(root, name) {
    const [passwd = "", group = ""] = await Promise.all(["/etc/passwd", "/etc/group"].map((file) => readInRoot(root, file)));
    return findUser(name, { passwd, group });
}

;// CONCATENATED MODULE: ./src/smoke/container-engine.ts




/**
 * Opens the first engine that answers, Docker or Podman, or else the first OCI runtime that can be used, runc
 * or crun. Rejects with `GATE_NO_RUNTIME` and the reasons if there is none, or if code from a fork would run
 * on the host's network.
 */
async function openContainerEngine(effects) {
    const { log } = effects;
    const reasons = [];
    const finds = [
        ...client_engine/* CLIENT_ENGINES */.cQ.map((name) => () => (0,client_engine/* findClientEngine */.NL)(name, effects)),
        ...oci_effects/* OCI_RUNTIMES */.A.map((name) => () => findOciRuntime(name, effects)),
    ];
    for (const [index, find] of finds.entries()) {
        let open;
        try {
            open = await find();
        }
        catch (error) {
            if ((0,action_error/* isCancelled */.mm)(error))
                throw error;
            reasons.push((0,action_error/* renderError */.vr)(error));
            continue;
        }
        const runtime = open();
        if (index >= client_engine/* CLIENT_ENGINES */.cQ.length) {
            log.info(`the smoke test runs in ${runtime.name}, without a container engine: ${reasons.join("; ")}`);
        }
        return runtime;
    }
    throw new action_error/* ActionError */.lZ("GATE_NO_RUNTIME", `the smoke test needs Docker, Podman, runc or crun, but none is available: ${reasons.join("; ")}`, {
        hint: "Start Docker, set DOCKER_HOST to a running engine, or install runc. Or run the gate on a runner " +
            "that has one of them.",
    });
}

;// CONCATENATED MODULE: ./src/pipeline/open-engine.ts



/**
 * Opens what runs the containers of a smoke test. `log` learns of a machine without a container engine.
 * Rejects with the codes of `openContainerEngine`.
 */
function openEngine(context, log = context.log) {
    const isForkCode = (0,push_policy/* mayBeForkCode */.OR)(context.event);
    return openContainerEngine({ ...context, log, isForkCode, readLayer: readOverlayLayer });
}


/***/ }),

/***/ 37248:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  h_: () => (/* binding */ openRepository),
  Gg: () => (/* binding */ openRepositoryToPromote),
  As: () => (/* binding */ open_repository_requirePushAccess)
});

// EXTERNAL MODULE: ./src/plan/push-policy.ts
var push_policy = __webpack_require__(29822);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/model/image-reference.ts
var image_reference = __webpack_require__(20068);
// EXTERNAL MODULE: ./node_modules/zod/v4/classic/schemas.js + 11 modules
var schemas = __webpack_require__(92857);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/platform/files.ts
var files = __webpack_require__(94924);
;// CONCATENATED MODULE: ./src/registry/credentials.ts




const HELPER_LIMIT_MS = 30_000;
const HELPER_NAME = schemas/* string */.YjP().regex(/^[A-Za-z0-9._-]+$/);
const CONFIG = schemas/* looseObject */._H3({
    auths: schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* looseObject */._H3({
        auth: schemas/* string */.YjP().optional(),
        identitytoken: schemas/* string */.YjP().optional(),
        // Kubernetes' secrets for registries may have these in place of `auth`.
        username: schemas/* string */.YjP().optional(),
        password: schemas/* string */.YjP().optional(),
    }))
        .default({}),
    credHelpers: schemas/* record */.g1P(schemas/* string */.YjP(), HELPER_NAME).default({}),
    credsStore: HELPER_NAME.optional(),
});
const HELPER_ANSWER = schemas/* object */.Ikc({ Username: schemas/* string */.YjP(), Secret: schemas/* string */.YjP() });
/**
 * The credentials that `docker login`, `podman login` or a credential helper stores for a repository, or for
 * its registry; undefined if there are none. Masks the password in the log. Rejects with `REGISTRY_DENIED` if
 * a file cannot be read, if a file or a helper's answer is malformed, or if the helper fails, and with
 * `COMMAND_MISSING` if the helper is not installed.
 * @see https://docs.docker.com/reference/cli/docker/login/#credential-stores
 */
async function findCredentials({ registry, repository }, effects) {
    const names = { registry: namesOf(registry), repository: namesOfRepository(registry, repository) };
    for (const file of listConfigFiles(effects.environment)) {
        const text = await readConfigFile(file);
        if (text === undefined)
            continue;
        const credentials = await readCredentials(parseConfig(text, file), names, effects);
        if (credentials === undefined)
            continue;
        effects.log.mask(credentials.password);
        effects.log.info(`using the credentials for ${registry} from ${file}`);
        return credentials;
    }
    return undefined;
}
/** Docker's file first, then Podman's files. @see containers-auth.json(5) */
function listConfigFiles(environment) {
    const { DOCKER_CONFIG: docker, REGISTRY_AUTH_FILE: podman, XDG_RUNTIME_DIR: runtime, HOME: home, } = environment;
    const files = [
        docker === undefined ? home && (0,external_node_path_.join)(home, ".docker/config.json") : (0,external_node_path_.join)(docker, "config.json"),
        podman,
        runtime && (0,external_node_path_.join)(runtime, "containers/auth.json"),
        home && (0,external_node_path_.join)(home, ".config/containers/auth.json"),
    ];
    return files.filter((file) => file !== undefined && file !== "");
}
async function readConfigFile(file) {
    try {
        return await (0,files/* readFileIfPresent */.Ts)(file);
    }
    catch (cause) {
        throw new action_error/* ActionError */.lZ("REGISTRY_DENIED", `the registry credentials in ${file} cannot be read`, {
            cause,
            hint: "Let this user read the file, or set registry-username and registry-password.",
        });
    }
}
function parseConfig(text, file) {
    try {
        return CONFIG.parse(JSON.parse(text));
    }
    catch {
        // Do not show the parser's message: it may contain part of a password.
        throw new action_error/* ActionError */.lZ("REGISTRY_DENIED", `${file} is not a valid Docker or Podman configuration file`, {
            hint: "Fix or remove the file, or set registry-username and registry-password.",
        });
    }
}
async function readCredentials({ auths, credHelpers, credsStore }, names, effects) {
    for (const name of names.registry) {
        const helper = credHelpers[name];
        if (helper !== undefined)
            return askHelper(helper, name, effects);
    }
    if (credsStore !== undefined) {
        for (const name of names.registry) {
            const credentials = await askHelper(credsStore, name, effects);
            if (credentials !== undefined)
                return credentials;
        }
    }
    for (const name of [...names.repository, ...names.registry]) {
        const { auth = "", identitytoken: token = "", ...plain } = auths[name] ?? {};
        if (token !== "")
            return { kind: "identity-token", password: token };
        const [, username, password] = /^([^:]+):([^]*)$/.exec(Buffer.from(auth, "base64").toString()) ?? [];
        if (username !== undefined && password !== undefined)
            return { kind: "password", username, password };
        if (auth === "" && plain.username !== undefined && plain.password !== undefined)
            return { kind: "password", username: plain.username, password: plain.password };
    }
    return undefined;
}
/** Podman may log in to a namespace or a repository; the most specific name comes first. */
function namesOfRepository(registry, repository) {
    const parts = repository.split("/");
    return parts.map((_, i) => [registry, ...parts.slice(0, parts.length - i)].join("/"));
}
/** The names under which these files may list a registry. */
function namesOf(registry) {
    if (registry === "docker.io")
        return ["https://index.docker.io/v1/", "docker.io", "index.docker.io"];
    const urls = [`https://${registry}`, `http://${registry}`];
    return [registry, ...urls, ...urls.flatMap((url) => ["/", "/v1/", "/v2/"].map((path) => `${url}${path}`))];
}
/** @see https://github.com/docker/docker-credential-helpers#development */
async function askHelper(helper, name, { run }) {
    const tool = `docker-credential-${helper}`;
    const { exitCode, stdout } = await run(tool, ["get"], {
        input: name,
        timeoutMs: HELPER_LIMIT_MS,
        expectedExitCodes: "any",
    });
    if (exitCode !== 0) {
        if (/not found/i.test(stdout))
            return undefined;
        throw new action_error/* ActionError */.lZ("REGISTRY_DENIED", `${tool} returned no credentials for ${name} and failed with exit code ${exitCode}`, {
            hint: "Log in to the registry again, or set registry-username and registry-password.",
        });
    }
    try {
        const { Username: username, Secret: password } = HELPER_ANSWER.parse(JSON.parse(stdout));
        return username === "<token>"
            ? { kind: "identity-token", password }
            : { kind: "password", username, password };
    }
    catch {
        throw new action_error/* ActionError */.lZ("REGISTRY_DENIED", `${tool} returned malformed credentials for ${name}`, {
            hint: "Check the credential helper, or set registry-username and registry-password.",
        });
    }
}

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: ./src/errors/errno.ts
var errno = __webpack_require__(38335);
// EXTERNAL MODULE: ./src/model/digest.ts
var model_digest = __webpack_require__(95305);
// EXTERNAL MODULE: ./src/model/image.ts
var model_image = __webpack_require__(71444);
// EXTERNAL MODULE: ./src/model/media-type.ts
var media_type = __webpack_require__(22570);
// EXTERNAL MODULE: ./src/model/promotion.ts
var promotion = __webpack_require__(8176);
// EXTERNAL MODULE: ./src/platform/process-identity.ts
var process_identity = __webpack_require__(24261);
;// CONCATENATED MODULE: ./src/platform/folder-lock.ts






const NAME = ".cross-build.lock";
const WAIT_LIMIT_MS = 60_000;
const REFRESH_MS = 1_000;
/** An owner whose process cannot be looked up, for example on another machine, is gone after this silence. */
const SILENCE_LIMIT_MS = 10_000;
/**
 * Runs `work`, which must be short, while no other process works on the folder. The lock is a symbolic link,
 * which is created together with its target, the owner. Only the lock of an owner that is gone is taken over,
 * however long the work takes. Rejects with a plain Error if it cannot get the lock within a minute.
 */
async function withFolderLock(folder, clock, work) {
    const lock = (0,external_node_path_.join)(folder, NAME);
    const owner = `${(0,process_identity/* identifyProcess */.wO)(process.pid)} ${(0,external_node_crypto_.randomBytes)(6).toString("hex")}`;
    const attempt = { owner, clock, looks: new Map() };
    const endMs = clock.nowMs() + WAIT_LIMIT_MS;
    while (!(await tryTake(lock, attempt))) {
        if (clock.nowMs() > endMs) {
            const [pid = "?"] = (await (0,files/* readLinkIfPresent */.DV)(lock))?.split(" ") ?? [];
            throw new Error(`${lock} is held by another process (${pid}); remove it if that one is not running`);
        }
        await clock.sleep(20);
    }
    const released = new AbortController();
    void keepFresh(lock, clock, released.signal);
    try {
        return await work();
    }
    finally {
        released.abort();
        if ((await (0,files/* readLinkIfPresent */.DV)(lock)) === owner)
            await (0,promises_.rm)(lock, { force: true });
    }
}
/**
 * Tries to create the link, or to replace one whose owner is gone. Replacing has a lock of its own, named
 * after the link that it replaces: without it, two processes that both found the old owner gone could replace
 * each other's link. The rename gives the lock a new owner and releases that second lock in one step.
 */
async function tryTake(lock, attempt) {
    if (await tryCreate(lock, attempt.owner))
        return true;
    const found = await (0,files/* readLinkIfPresent */.DV)(lock);
    if (found === undefined || !(await isAbandoned(lock, found, attempt)))
        return false;
    const replacing = `${lock}.${(0,external_node_crypto_.createHash)("sha256").update(found).digest("hex").slice(0, 12)}`;
    if (!(await tryTake(replacing, attempt)))
        return false;
    if ((await (0,files/* readLinkIfPresent */.DV)(lock)) === found) {
        await (0,promises_.rename)(replacing, lock);
        return true;
    }
    await (0,promises_.rm)(replacing, { force: true });
    return false;
}
async function tryCreate(link, target) {
    try {
        await (0,promises_.symlink)(target, link);
        return true;
    }
    catch (error) {
        if ((0,errno/* isErrno */.r)(error, "EEXIST"))
            return false;
        throw error;
    }
}
async function isAbandoned(link, found, { clock, looks }) {
    const state = (0,process_identity/* checkProcess */.Un)(found.split(" ").slice(0, -1).join(" "));
    if (state !== "unknown")
        return state === "gone";
    const mark = `${found} ${await readTime(link)}`;
    const look = looks.get(link);
    if (look?.mark === mark)
        return clock.nowMs() - look.atMs > SILENCE_LIMIT_MS;
    looks.set(link, { mark, atMs: clock.nowMs() });
    return false;
}
async function readTime(link) {
    try {
        return (await (0,promises_.lstat)(link)).mtimeMs;
    }
    catch (error) {
        if ((0,errno/* isErrno */.r)(error, "ENOENT"))
            return undefined;
        throw error;
    }
}
/** Refreshes the time of the link until the lock is released. */
async function keepFresh(lock, clock, released) {
    try {
        for (;;) {
            await clock.sleep(REFRESH_MS, released);
            const now = new Date(clock.nowMs());
            await (0,promises_.lutimes)(lock, now, now);
        }
    }
    catch {
        // The lock is released, or the run was cancelled; or the file system keeps no times, as some do.
    }
}

;// CONCATENATED MODULE: ./src/registry/promotion-record.ts



/**
 * Without compare-and-swap, a run could overwrite an entry that another run wrote at the same moment. So
 * consecutive runs of a workflow write to different slots.
 */
const SLOTS = 4;
const ANNOTATION = "io.github.fluo.cross-build.promotion";
/** The tags at which a registry keeps the promotion record of a tag. */
function listRecordTags(tag) {
    const hash = (0,external_node_crypto_.createHash)("sha256").update(tag).digest("hex").slice(0, 16);
    return Array.from({ length: SLOTS }, (_, slot) => `cross-build.run.${hash}.${slot}`);
}
/** The tag that a run writes its entry to. */
function chooseRecordTag(tag, { number }) {
    const tags = listRecordTags(tag);
    return tags[number % SLOTS] ?? tag;
}
/** The name of the annotation that has an entry. */
function renderAnnotationName(tag) {
    return `${ANNOTATION}.${tag}`;
}
/** An entry as annotations: of a manifest in a registry, of `index.json` in an OCI layout. */
function renderRecordAnnotations(tag, entry) {
    return { [renderAnnotationName(tag)]: renderEntry(entry) };
}
/** Reads the entry; undefined if there is no valid one. */
function parseRecordAnnotations(tag, annotations) {
    const [order = "", digest = ""] = (annotations[renderAnnotationName(tag)] ?? "").split(" ");
    const run = (0,promotion/* tryParseRunOrder */.m5)(order);
    return run !== undefined && (0,model_digest/* isDigest */.Bc)(digest) ? { run, digest } : undefined;
}
function renderEntry({ run: { id, attempt, number }, digest }) {
    return `${id}.${attempt}.${number} ${digest}`;
}

// EXTERNAL MODULE: ./src/registry/fetch-image.ts
var fetch_image = __webpack_require__(4287);
;// CONCATENATED MODULE: ./src/registry/oci-layout.ts














const REF_NAME = "org.opencontainers.image.ref.name";
const LAYOUT = schemas/* object */.Ikc({ imageLayoutVersion: schemas/* literal */.euz("1.0.0") });
const INDEX = schemas/* looseObject */._H3({
    schemaVersion: schemas/* literal */.euz(2),
    annotations: schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* string */.YjP()).optional(),
    manifests: schemas/* array */.YOg(schemas/* looseObject */._H3({ digest: schemas/* string */.YjP(), annotations: schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* string */.YjP()).optional() })),
});
const MANIFEST = schemas/* object */.Ikc({ mediaType: schemas/* string */.YjP().default(media_type/* OCI_MANIFEST */.EG) });
/**
 * An OCI layout on disk. A candidate consists of blobs only. A tag is an entry of `index.json`, whose
 * other entries are kept. The methods reject with `REGISTRY_FAILED`, and with the reason of `signal` when it
 * fires.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
function openOciLayout(folder, clock, signal) {
    const indexFile = (0,external_node_path_.join)(folder, "index.json");
    const blobFile = (digest) => (0,external_node_path_.join)(folder, "blobs/sha256", digest.slice("sha256:".length));
    const guarded = async (work, stop = signal) => {
        stop?.throwIfAborted();
        try {
            return await work();
        }
        catch (cause) {
            stop?.throwIfAborted();
            if (cause instanceof action_error/* ActionError */.lZ)
                throw cause;
            throw new action_error/* ActionError */.lZ("REGISTRY_FAILED", `the OCI layout ${folder} cannot be read or written`, {
                cause,
                hint: "Use a folder that this user may write to, and that is empty or already an OCI layout.",
            });
        }
    };
    const readIndex = async () => {
        const text = await (0,files/* readRegularFileIfPresent */.dM)(indexFile);
        return text === undefined ? { schemaVersion: 2, manifests: [] } : parseJson(text, INDEX, indexFile);
    };
    const changeIndex = (change) => withFolderLock(folder, clock, async () => {
        const written = { ...change(await readIndex()), mediaType: media_type/* OCI_INDEX */.$p };
        await (0,files/* writeFileAtomically */.lo)(indexFile, JSON.stringify(written, undefined, 2));
    });
    let opened;
    const open = () => (opened ??= openFolder(folder));
    const withSignal = (own) => AbortSignal.any([signal, own].filter((given) => given !== undefined));
    return {
        hasBlob: (blob, own) => {
            const stop = withSignal(own);
            return guarded(() => hasBlob(blobFile(blob.digest), blob, stop), stop);
        },
        pushBlob: (layer, own) => {
            const stop = withSignal(own);
            return guarded(async () => {
                await open();
                return storeBlob(blobFile(layer.digest), layer, stop);
            }, stop);
        },
        push: (image, known) => guarded(async () => {
            await open();
            const layers = [];
            for (const layer of image.layers) {
                const state = known?.get(layer.digest) ?? (await storeBlob(blobFile(layer.digest), layer, signal));
                layers.push({ digest: layer.digest, sizeBytes: layer.sizeBytes, state });
            }
            await storeBlob(blobFile(image.config.digest), image.config, signal);
            await storeBlob(blobFile(image.manifest.digest), image.manifest, signal);
            await changeIndex((index) => index);
            return layers;
        }),
        pushIndex: (index) => guarded(async () => {
            await storeBlob(blobFile(index.digest), index, signal);
        }),
        hasManifest: (digest) => guarded(async () => (await (0,files/* readRegularFileIfPresent */.dM)(blobFile(digest))) !== undefined),
        readManifest: (digest) => guarded(async () => {
            const bytes = await (0,files/* readWholeRegularFile */.GF)(blobFile(digest));
            const { mediaType } = parseJson(bytes.toString(), MANIFEST, blobFile(digest));
            if ((0,model_digest/* digestOf */.ol)(bytes) !== digest) {
                throw malformed(blobFile(digest));
            }
            return { bytes, mediaType };
        }),
        fetchBlob: (blob, file) => guarded(() => (0,fetch_image/* writeBlob */.Zh)((0,files/* readRegularFile */.XF)(blobFile(blob.digest), signal), blob, file)),
        readTag: (tag) => guarded(async () => {
            const { manifests } = await readIndex();
            const digest = manifests.find(({ annotations }) => annotations?.[REF_NAME] === tag)?.digest;
            if (digest === undefined || (0,model_digest/* isDigest */.Bc)(digest))
                return digest;
            throw malformed(indexFile);
        }),
        moveTag: (tag, digest) => guarded(async () => {
            const file = blobFile(digest);
            const bytes = await (0,files/* readWholeRegularFile */.GF)(file);
            const { mediaType } = parseJson(bytes.toString(), MANIFEST, file);
            const entry = { mediaType, digest, size: bytes.length, annotations: { [REF_NAME]: tag } };
            await changeIndex((index) => ({ ...index, manifests: [...withoutTag(index, tag), entry] }));
        }),
        removeTag: (tag) => guarded(() => changeIndex((index) => ({ ...index, manifests: withoutTag(index, tag) }))),
        readPromotionEntries: (tag) => guarded(async () => {
            const entry = parseRecordAnnotations(tag, (await readIndex()).annotations ?? {});
            return entry === undefined ? [] : [entry];
        }),
        writePromotionEntry: (tag, entry) => guarded(async () => {
            await changeIndex((index) => {
                const found = parseRecordAnnotations(tag, index.annotations ?? {});
                if (found !== undefined && (0,promotion/* isNewerRun */.VZ)(found.run, entry.run))
                    return index;
                return {
                    ...index,
                    annotations: { ...index.annotations, ...renderRecordAnnotations(tag, entry) },
                };
            });
            return undefined;
        }),
        restorePromotionEntry: (tag, { run }, previous) => guarded(() => changeIndex((index) => {
            const found = parseRecordAnnotations(tag, index.annotations ?? {});
            if (found === undefined || (0,promotion/* isNewerRun */.VZ)(found.run, run))
                return index;
            const others = Object.entries(index.annotations ?? {}).filter(([name]) => name !== renderAnnotationName(tag));
            const restored = previous === undefined ? {} : renderRecordAnnotations(tag, previous);
            return { ...index, annotations: { ...Object.fromEntries(others), ...restored } };
        })),
        describeRecord: (tag) => `the annotation ${renderAnnotationName(tag)} in ${indexFile}`,
    };
}
function withoutTag({ manifests }, tag) {
    return manifests.filter(({ annotations }) => annotations?.[REF_NAME] !== tag);
}
function parseJson(text, schema, file) {
    try {
        return schema.parse(JSON.parse(text));
    }
    catch (cause) {
        throw malformed(file, cause);
    }
}
function malformed(file, cause) {
    return new action_error/* ActionError */.lZ("REGISTRY_FAILED", `${file} is not a valid file of an OCI layout`, {
        cause,
        hint: "Use a folder that is empty or a valid OCI layout.",
    });
}
/**
 * Creates the layout in an empty folder. Rejects, and writes nothing, if the folder contains something else.
 */
async function openFolder(folder) {
    const layoutFile = (0,external_node_path_.join)(folder, "oci-layout");
    const layout = await (0,files/* readRegularFileIfPresent */.dM)(layoutFile);
    if (layout !== undefined)
        parseJson(layout, LAYOUT, layoutFile);
    else {
        await (0,promises_.mkdir)(folder, { recursive: true });
        if ((await (0,promises_.readdir)(folder)).length > 0) {
            throw new action_error/* ActionError */.lZ("REGISTRY_FAILED", `${folder} is neither empty nor an OCI layout`, {
                hint: "Use a folder that is empty or a valid OCI layout.",
            });
        }
        await (0,files/* writeFileAtomically */.lo)(layoutFile, JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    }
    await (0,promises_.mkdir)((0,external_node_path_.join)(folder, "blobs/sha256"), { recursive: true });
}
async function storeBlob(file, blob, signal) {
    if (await hasBlob(file, blob, signal))
        return "reused";
    signal?.throwIfAborted();
    const source = await (0,model_image/* readySource */.pM)(blob);
    if ("bytes" in source) {
        await (0,files/* writeFileAtomically */.lo)(file, source.bytes);
        return "sent";
    }
    const draft = (0,external_node_path_.join)((0,external_node_path_.dirname)(file), `.${(0,external_node_crypto_.randomBytes)(6).toString("hex")}.tmp`);
    try {
        await (0,files/* copyToNewFile */.R7)(source.file, draft, signal);
        await (0,promises_.rename)(draft, file);
    }
    finally {
        await (0,promises_.rm)(draft, { force: true });
    }
    return "sent";
}
/**
 * Whether a regular file has the blob's content. A link does not count: its target may change, so replace it.
 */
async function hasBlob(file, { digest, sizeBytes }, signal) {
    try {
        const found = await (0,promises_.lstat)(file);
        if (!found.isFile() || found.size !== sizeBytes)
            return false;
    }
    catch (error) {
        if ((0,errno/* isErrno */.r)(error, "ENOENT"))
            return false;
        throw error;
    }
    return (await (0,files/* hashFile */.DC)(file, signal)) === digest;
}

// EXTERNAL MODULE: ./src/platform/clock.ts
var platform_clock = __webpack_require__(53037);
// EXTERNAL MODULE: ./src/platform/log.ts
var log = __webpack_require__(74425);
// EXTERNAL MODULE: ./src/platform/retry.ts
var retry = __webpack_require__(70385);
;// CONCATENATED MODULE: ./src/registry/authorization.ts


/** Parses a `WWW-Authenticate` header. Prefers Bearer to Basic; undefined if it has neither. Never throws. */
function tryParseChallenge(header) {
    const bearer = /(?:^|,)\s*bearer\s(.*)/is.exec(header)?.[1];
    if (bearer !== undefined) {
        const parameters = new Map([...bearer.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [
            name.toLowerCase(),
            value,
        ]));
        const realm = parameters.get("realm");
        if (realm !== undefined)
            return { scheme: "bearer", realm, service: parameters.get("service") };
    }
    return /(?:^|,)\s*basic(?:\s|$)/i.test(header) ? { scheme: "basic" } : undefined;
}
/** The value of an `Authorization` header for Basic authentication. @see RFC 7617 */
function renderBasic({ username, password }) {
    return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
/**
 * The URL that issues a token with the given scopes.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
function renderTokenUrl(realm, { service }, scopes) {
    const url = new URL(realm);
    if (service !== undefined)
        url.searchParams.set("service", service);
    for (const scope of scopes)
        url.searchParams.append("scope", scope);
    return url;
}
/**
 * The form that exchanges an identity token for a token with the given scopes.
 * @see https://distribution.github.io/distribution/spec/auth/oauth/
 */
function renderRefreshForm({ service = "" }, scopes, identityToken) {
    return new URLSearchParams({
        grant_type: "refresh_token",
        client_id: "cross-build",
        service,
        scope: scopes.join(" "),
        refresh_token: identityToken,
    }).toString();
}
/** The characters that RFC 6750 allows in an `Authorization` header. */
const TOKEN = schemas/* string */.YjP().regex(/^[A-Za-z0-9._~+/=-]+$/);
/** The specification allows either name for the token. */
const ANSWER = schemas/* object */.Ikc({
    token: TOKEN.optional(),
    access_token: TOKEN.optional(),
    expires_in: schemas/* number */.aig().optional().catch(undefined),
});
/** The lifetime of a token whose service names none, and the shortest that the specification allows. */
const MIN_LIFETIME_S = 60;
/** The token in a token service's answer, and its lifetime. Throws `REGISTRY_DENIED` if it has none. */
function parseTokenAnswer(body, registry) {
    try {
        const answer = ANSWER.parse(JSON.parse(Buffer.from(body).toString()));
        const token = answer.token ?? answer.access_token;
        const lifetimeMs = Math.max(answer.expires_in ?? 0, MIN_LIFETIME_S) * 1000;
        if (token !== undefined)
            return { token, lifetimeMs };
    }
    catch {
        // Do not show the parser's message: it may contain part of a token.
    }
    throw new action_error/* ActionError */.lZ("REGISTRY_DENIED", `the token service of ${registry} returned no valid token`, {
        hint: "Check registry-username and registry-password, and that the account may push to this repository.",
    });
}

;// CONCATENATED MODULE: ./src/registry/address.ts

/** The base URL of a registry: HTTPS, or HTTP on loopback. The API of `docker.io` has another host name. */
function originOf(registry) {
    if (registry === "docker.io")
        return new URL("https://registry-1.docker.io");
    const url = new URL(`https://${registry}`);
    return isLoopback(url.hostname) ? new URL(`http://${registry}`) : url;
}
/**
 * Parses a URL from a registry's answer, relative to the URL that was requested. Throws `code` if the URL
 * contains credentials or does not use HTTPS. Only a registry on loopback may use HTTP, and only for loopback
 * addresses.
 */
function parseUrl(text, from, registry, code = "REGISTRY_FAILED") {
    const url = URL.canParse(text, from.href) ? new URL(text, from) : undefined;
    if (url !== undefined && isSafe(url, originOf(registry)))
        return url;
    // Show no more of it: a registry may put into a URL what it was sent.
    const shown = url === undefined ? "" : `: ${JSON.stringify(`${url.protocol}//${url.host}`.slice(0, 200))}`;
    throw new action_error/* ActionError */.lZ(code, `${registry} returned an invalid or unsafe URL${shown}`, {
        hint: "A registry must return HTTPS URLs without credentials. " +
            "Ask the operator of the registry, or of the proxy in front of it, to fix this.",
    });
}
function isSafe(url, origin) {
    if (url.username !== "" || url.password !== "")
        return false;
    if (url.protocol === "https:")
        return true;
    return url.protocol === "http:" && isLoopback(url.hostname) && isLoopback(origin.hostname);
}
function isLoopback(hostname) {
    return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

// EXTERNAL MODULE: ./src/platform/http.ts + 1 modules
var http = __webpack_require__(99174);
// EXTERNAL MODULE: ./src/platform/redirect.ts
var redirect = __webpack_require__(3167);
;// CONCATENATED MODULE: ./src/registry/retry.ts




/**
 * Runs a piece of work on a registry, with the retries of `retryTransient`. Rejects with `REGISTRY_DENIED` or
 * `REGISTRY_FAILED`, or with the signal's reason when it is aborted.
 */
async function retryOnRegistry(registry, work, options) {
    try {
        return await (0,retry/* retryTransient */.jh)(work, options);
    }
    catch (error) {
        throw toRegistryError(registry, error);
    }
}
function toRegistryError(registry, error) {
    if (error instanceof retry/* StatusError */.Xs) {
        const isDenied = error.status === 401 || error.status === 403;
        return new action_error/* ActionError */.lZ(isDenied ? "REGISTRY_DENIED" : "REGISTRY_FAILED", error.message, {
            hint: isDenied
                ? "Check registry-username and registry-password, and that the account may push to this " +
                    "repository. On ghcr.io, the job needs the permission packages: write."
                : "Run again. If the error persists, ask the operator of the registry.",
        });
    }
    if (error instanceof retry/* ConnectionError */.Rc) {
        return new action_error/* ActionError */.lZ("REGISTRY_FAILED", `${registry} cannot be reached`, {
            cause: error,
            hint: "Check the host name of the registry, the network, and the proxy variables if there are any.",
        });
    }
    if (error instanceof retry/* ProxyError */.T6) {
        return new action_error/* ActionError */.lZ("REGISTRY_FAILED", `${registry} cannot be reached`, {
            cause: error,
            hint: error.status === 407
                ? "Set https_proxy and http_proxy to http://USER:PASSWORD@HOST:PORT, with both in percent encoding."
                : "Ask the operator of the proxy to allow this host, or add the host to no_proxy.",
        });
    }
    if (error instanceof redirect/* RedirectError */.Lx) {
        return new action_error/* ActionError */.lZ("REGISTRY_FAILED", `${registry} sends requests elsewhere: ${error.message}`, {
            hint: "If the registry has moved, set its new host in the input image. Otherwise ask the operator of the " +
                "registry, or of the proxy in front of it.",
        });
    }
    if (error instanceof http/* BodyError */.Ru) {
        return new action_error/* ActionError */.lZ("REGISTRY_FAILED", `cannot read what is to be sent to ${registry}`, {
            cause: error,
            hint: "Check that nothing else changes or removes the image during the run.",
        });
    }
    return error;
}

;// CONCATENATED MODULE: ./src/registry/client.ts







const REQUEST_LIMIT_MS = 60_000;
/** The part of a token's lifetime after which a new one is requested. */
const RENEW_AFTER = 0.9;
const MAX_BODY_BYTES = 4 << 20;
/** The body of a longer error is not shown. */
const MAX_ERROR_BYTES = 1 << 16;
const MAX_ERROR_CHARACTERS = 500;
/**
 * A client for one repository. Uses HTTPS, or HTTP for a registry on loopback. Sends credentials only to
 * the registry itself, after it has asked for them, and to the token service that it names; never to a host
 * from a redirect or an upload location.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
function createRegistryClient(registry, repository, credentials, { sendHttp, clock, log, retryDelayMs, timeoutMs = REQUEST_LIMIT_MS, actions = "pull,push", mountFrom, }) {
    const origin = originOf(registry);
    const base = new URL(`/v2/${repository}/`, origin);
    let authorization;
    for (const secret of credentials === undefined ? [] : listSecrets(credentials))
        log.mask(secret);
    const scopes = [
        `repository:${repository}:${actions}`,
        ...(mountFrom === undefined ? [] : [`repository:${mountFrom}:pull`]),
    ];
    const authorize = async (challengeHeader, signal) => {
        const challenge = tryParseChallenge(challengeHeader);
        const basic = credentials?.kind === "password" ? renderBasic(credentials) : undefined;
        if (challenge === undefined || (challenge.scheme === "basic" && basic === undefined))
            return;
        if (challenge.scheme === "basic") {
            authorization =
                basic === undefined ? undefined : { header: basic, challengeHeader, renewAtMs: Infinity };
            return;
        }
        const realm = parseUrl(challenge.realm, origin, registry, "REGISTRY_DENIED");
        if (credentials?.kind === "password" &&
            credentials.staysOnHost === true &&
            realm.origin !== origin.origin)
            throw refuseRealm(registry, realm);
        // Elsewhere, the request would be useless without the credentials.
        const own = { expected: [200], staysOnOrigin: credentials !== undefined };
        const request = credentials?.kind === "identity-token"
            ? {
                ...own,
                method: "POST",
                url: realm,
                headers: { "content-type": "application/x-www-form-urlencoded" },
                body: Buffer.from(renderRefreshForm(challenge, scopes, credentials.password)),
            }
            : {
                ...own,
                method: "GET",
                url: renderTokenUrl(realm, challenge, scopes),
                ...(basic !== undefined && { headers: { authorization: basic } }),
            };
        const askedAtMs = clock.nowMs();
        const answer = await exchange(request, request.url, signal);
        const { token, lifetimeMs } = parseTokenAnswer(answer.body, registry);
        log.mask(token);
        const renewAtMs = askedAtMs + lifetimeMs * RENEW_AFTER;
        authorization = { header: `Bearer ${token}`, challengeHeader, renewAtMs };
    };
    let renewal;
    /** Answers a challenge, unless another request does that already. `answered` did not suffice. */
    const renew = async (answered, challengeHeader, signal) => {
        // Each request has an own signal, which may have ended that one.
        while (renewal !== undefined)
            await renewal.catch(() => undefined);
        if (authorization !== answered)
            return;
        renewal = authorize(challengeHeader, signal).finally(() => {
            renewal = undefined;
        });
        await renewal;
    };
    /** Sends one request and reads the answer. */
    const exchange = async (request, url, signal) => {
        const { method, headers, body, staysOnOrigin, sink } = request;
        const answer = await sendHttp({
            method,
            url,
            headers,
            body,
            staysOnOrigin,
            parseLocation: (location, from) => parseUrl(location, from, registry),
            signal,
        });
        try {
            if (!request.expected.includes(answer.status)) {
                throw await toStatusError(answer, request, { registry, redact: log.redact, nowMs: clock.nowMs() });
            }
            const { status, headers, url: answered } = answer;
            if (sink === undefined) {
                return { status, headers, url: answered, body: await readBody(answer, request, registry) };
            }
            await sink(answer.body);
            return { status, headers, url: answered, body: new Uint8Array() };
        }
        finally {
            answer.discard();
        }
    };
    const sendOnce = async (request, stop) => {
        const url = typeof request.url === "string" ? new URL(request.url, base) : request.url;
        const isOwn = url.origin === origin.origin;
        const limitMs = request.timeoutMs ?? timeoutMs;
        return (0,platform_clock/* withTimeLimit */.Bv)(clock, limitMs, async (limit) => {
            const signal = stop === undefined ? limit : AbortSignal.any([limit, stop]);
            const attempt = () => exchange(isOwn && authorization !== undefined
                ? { ...request, headers: { ...request.headers, authorization: authorization.header } }
                : request, url, signal);
            try {
                // A registry that refuses an expired token may have taken gigabytes of a layer before it says so.
                if (isOwn && authorization !== undefined && clock.nowMs() >= authorization.renewAtMs)
                    await renew(authorization, authorization.challengeHeader, signal);
                const answered = authorization;
                return await attempt().catch(async (error) => {
                    if (!(error instanceof ChallengeError) || !isOwn)
                        throw error;
                    await renew(answered, error.challenge, signal);
                    return attempt();
                });
            }
            catch (error) {
                if (limit.aborted)
                    throw timedOut(registry, limitMs, error);
                throw error;
            }
        });
    };
    return (work, signal) => retryOnRegistry(registry, () => work((request) => sendOnce(request, signal)), {
        clock,
        log,
        retryDelayMs,
        signal,
    });
}
function refuseRealm(registry, realm) {
    return new action_error/* ActionError */.lZ("REGISTRY_DENIED", `${registry} names a token service on another host, ${realm.host}, which must not receive github-token`, { hint: "Set registry-username and registry-password to log in there, or run docker login before." });
}
/** A 401 answer, with its `WWW-Authenticate` header. */
class ChallengeError extends retry/* StatusError */.Xs {
    challenge;
    constructor(message, challenge) {
        super(message, { status: 401, isTransient: false });
        this.challenge = challenge;
    }
}
/** What must not be shown of an answer that repeats a request. */
function listSecrets(credentials) {
    if (credentials.kind === "identity-token")
        return [credentials.password];
    const encoded = renderBasic(credentials).slice("Basic ".length);
    return [credentials.password, encoded.replace(/=+$/, ""), encoded];
}
async function readBody(answer, { method }, registry) {
    const bytes = await readAtMost(answer, MAX_BODY_BYTES);
    if (bytes !== undefined)
        return bytes;
    throw new action_error/* ActionError */.lZ("REGISTRY_FAILED", `${registry} answered ${method} with more than ${MAX_BODY_BYTES} bytes`, { hint: "Check the host in the input image: this server is not a container registry, or is broken." });
}
/** The body of an answer; undefined if it is longer. */
async function readAtMost({ body }, maxBytes) {
    const chunks = [];
    let size = 0;
    for await (const chunk of body) {
        chunks.push(chunk);
        size += chunk.length;
        if (size > maxBytes)
            return undefined;
    }
    return Buffer.concat(chunks);
}
async function toStatusError(answer, { method, transient = [] }, { registry, redact, nowMs, }) {
    const { status, headers, url } = answer;
    const body = (await readAtMost(answer, MAX_ERROR_BYTES)) ?? Buffer.from("an error of more than 64 KiB");
    const said = redact((0,log/* sanitizeText */.jZ)(body.toString())).replace(/\s+/g, " ").trim();
    // Leave out the query, which may contain an upload's state or a signature.
    const path = redact(url.pathname);
    const details = said === "" ? "" : `: ${said.slice(0, MAX_ERROR_CHARACTERS)}`;
    const message = `${registry} answered ${status} to ${method} ${path}${details}`;
    if (status === 401)
        return new ChallengeError(message, headers.get("www-authenticate") ?? "");
    return new retry/* StatusError */.Xs(message, {
        status,
        isTransient: (0,retry/* isTransientStatus */.Dm)(status) || transient.includes(status),
        retryAfterMs: (0,retry/* parseRetryAfter */.mu)(headers.get("retry-after"), nowMs),
    });
}
function timedOut(registry, limitMs, cause) {
    return new action_error/* ActionError */.lZ("REGISTRY_FAILED", `${registry} did not complete a request within ${limitMs / 1000} s`, { cause, hint: "Check the network connection to the registry, then run again." });
}

// EXTERNAL MODULE: ./src/registry/immutable-tag.ts
var immutable_tag = __webpack_require__(25046);
;// CONCATENATED MODULE: ./src/registry/upload.ts




/** The slowest transfer rate that the time limits allow, in bytes per millisecond. */
const SLOWEST_UPLOAD = 100;
/**
 * Answers to a whole blob from servers that take it in parts only, such as a proxy with a limit for bodies.
 */
const NOT_WHOLE = [405, 411, 413, 501];
/** ghcr.io takes no larger parts than the first size. The last passes nginx, which takes 1 MiB by default. */
const PART_BYTES = [4 << 20, 512 << 10];
/**
 * Uploads a blob, or mounts it if it is in `mountFrom`, the repository of the base image. The whole upload is
 * one piece of work: after a transient error it starts over with a new upload session.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md (Mounting a blob from another
 * repository)
 */
async function pushBlob(use, blob, { mountFrom, signal, limits = { wholeBytes: Infinity } } = {}) {
    let isBegun = false;
    return use(async (send) => {
        const found = await send({ method: "HEAD", url: `blobs/${blob.digest}`, expected: [200, 404] });
        // A previous attempt may have uploaded the blob although its answer was lost.
        if (found.status === 200)
            return isBegun ? "sent" : "reused";
        isBegun = true;
        // A registry that finds the blob in `mountFrom`, or in any other repository, answers 201. Otherwise it
        // opens an upload session.
        const from = mountFrom === undefined ? "" : `&from=${encodeURIComponent(mountFrom)}`;
        const url = `blobs/uploads/?mount=${blob.digest}${from}`;
        const upload = await send({ method: "POST", url, expected: [201, 202] });
        if (upload.status === 201)
            return "mounted";
        const source = await (0,model_image/* readySource */.pM)(blob);
        if (blob.sizeBytes < limits.wholeBytes) {
            const { status } = await send({
                ...SENT_PART,
                method: "PUT",
                url: uploadUrl(upload, blob.digest),
                body: readPart(source, 0, blob.sizeBytes),
                expected: [...SENT_PART.expected, ...NOT_WHOLE],
                timeoutMs: limitTime(blob.sizeBytes),
            });
            if (!NOT_WHOLE.includes(status))
                return "sent";
            limits.wholeBytes = Math.min(limits.wholeBytes, blob.sizeBytes);
        }
        await sendInParts(send, { ...blob, source });
        return "sent";
    }, signal);
}
/** Whether the repository has a blob of that digest and size. */
function upload_hasBlob(use, { digest, sizeBytes }, signal) {
    return use(async (send) => {
        const { status, headers } = await send({ method: "HEAD", url: `blobs/${digest}`, expected: [200, 404] });
        return status === 200 && (headers.get("content-length") ?? String(sizeBytes)) === String(sizeBytes);
    }, signal);
}
const SENT_PART = {
    headers: { "content-type": "application/octet-stream" },
    expected: [201, 202, 204],
    transient: [404, 416],
};
/**
 * Uploads a blob in parts, each in a request of its own, in a new session.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-a-blob-in-chunks
 */
async function sendInParts(send, blob) {
    for (const partBytes of PART_BYTES) {
        const session = await send({ method: "POST", url: "blobs/uploads/", expected: [202] });
        const location = await sendParts(send, blob, session, partBytes);
        if (location === "too large")
            continue;
        location.searchParams.set("digest", blob.digest);
        await send({ ...SENT_PART, method: "PUT", url: location });
        return;
    }
}
/** Resolves to the location at which the upload ends. Only the smallest part is never `too large`. */
async function sendParts(send, blob, session, partBytes) {
    const least = Number(/^[0-9]{1,9}$/.exec(session.headers.get("oci-chunk-min-length") ?? "")?.[0] ?? 0);
    const size = Math.max(partBytes, least);
    const isLast = partBytes === PART_BYTES.at(-1);
    let location = readLocation(session);
    for (let start = 0; start < blob.sizeBytes; start += size) {
        const end = Math.min(start + size, blob.sizeBytes);
        const answer = await send({
            method: "PATCH",
            url: location,
            headers: { ...SENT_PART.headers, "content-range": `${start}-${end - 1}` },
            body: readPart(blob.source, start, end),
            expected: [...SENT_PART.expected, ...(isLast ? [] : [413])],
            transient: SENT_PART.transient,
            timeoutMs: limitTime(end - start),
        });
        if (answer.status === 413)
            return "too large";
        location = readLocation(answer);
    }
    return location;
}
function readPart(source, start, end) {
    return "bytes" in source
        ? source.bytes.subarray(start, end)
        : (0,http/* readFileBody */.lX)(source.file, end - start, start);
}
/** The time limit for sending or receiving so many bytes. */
function limitTime(sizeBytes) {
    return 60_000 + Math.ceil(sizeBytes / SLOWEST_UPLOAD);
}
/** Starts an upload without content. Resolves to the URL of its session. */
function startUpload(use) {
    return use(async (send) => readLocation(await send({ method: "POST", url: "blobs/uploads/", expected: [202] })));
}
/** Answers to a cancellation that are not worth another attempt: the session expires anyway. */
const CANCELLED_OR_NOT = [200, 202, 204, 400, 404, 405, 429, 500, 501, 502, 503, 504];
/**
 * Cancels an upload, where the registry supports that.
 * @see https://distribution.github.io/distribution/spec/api/#canceling-an-upload
 */
async function cancelUpload(use, upload) {
    await use((send) => send({ method: "DELETE", url: upload, expected: CANCELLED_OR_NOT }));
}
function uploadUrl(answer, digest) {
    const upload = readLocation(answer);
    upload.searchParams.set("digest", digest);
    return upload;
}
/** The `Location` may be relative, or absolute on another host, and may have its own query parameters. */
function readLocation({ headers, url }) {
    const location = headers.get("location");
    if (location === null) {
        throw new action_error/* ActionError */.lZ("REGISTRY_FAILED", `${url.host} opened an upload without a Location header`, {
            hint: "Check the host in the input image: this server is not a container registry, or is broken.",
        });
    }
    return parseUrl(location, url, url.host);
}

;// CONCATENATED MODULE: ./src/registry/registry-repository.ts










const PARALLEL_UPLOADS = 4;
const RECORD_TYPE = "application/vnd.fluo.cross-build.promotion.v1";
/** Answers of registries that accept only images, or whose tags are immutable. A retry would not help. */
const NOT_ACCEPTED = [400, 404, 405, 406, 409, 412, 415, 422];
/**
 * @see https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidance-for-an-empty-descriptor
 */
const EMPTY = {
    mediaType: media_type/* OCI_EMPTY */.g1,
    digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    sizeBytes: 2,
    source: { bytes: Buffer.from("{}") },
};
const ANNOTATED = schemas/* looseObject */._H3({ annotations: schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* string */.YjP()).default({}) });
/** A repository of a registry. Its methods reject with `REGISTRY_DENIED` and `REGISTRY_FAILED`. */
function openRegistryRepository(use, mountFrom) {
    // Blobs from this size on are sent in parts, since the registry has refused one of them as a whole.
    const limits = { wholeBytes: Infinity };
    const repository = {
        pushBlob: (layer, signal) => pushBlob(use, layer, { mountFrom, limits, ...(signal && { signal }) }),
        hasBlob: (blob, signal) => upload_hasBlob(use, blob, signal),
        push: async (image, known) => {
            const states = new Map(known);
            // An image may contain the same layer twice.
            const all = new Map(image.layers.map((layer) => [layer.digest, layer]));
            const unique = [...all.values()].filter(({ digest }) => !states.has(digest));
            await forEachInParallel(unique, async (layer, signal) => {
                states.set(layer.digest, await pushBlob(use, layer, { mountFrom, signal, limits }));
            });
            const [isThere] = await Promise.all([
                repository.hasManifest(image.manifest.digest),
                pushBlob(use, image.config, { limits }),
            ]);
            if (!isThere)
                await pushNewManifest(use, image.manifest);
            return image.layers.map(({ digest, sizeBytes }) => ({
                digest,
                sizeBytes,
                state: states.get(digest) ?? "reused",
            }));
        },
        pushIndex: async (index) => {
            if (!(await repository.hasManifest(index.digest)))
                await pushNewManifest(use, index);
        },
        readManifest: async (digest) => {
            const manifest = await use((send) => readManifest(send, digest));
            requireDigest(digest, (0,model_digest/* digestOf */.ol)(manifest.bytes));
            return manifest;
        },
        fetchBlob: async ({ digest, sizeBytes }, file) => {
            const timeoutMs = limitTime(sizeBytes);
            const sink = (body) => (0,fetch_image/* writeBlob */.Zh)(body, { digest, sizeBytes }, file);
            await use((send) => send({ method: "GET", url: `blobs/${digest}`, expected: [200], sink, timeoutMs }));
        },
        hasManifest: (digest) => use(async (send) => (await headManifest(send, digest)).status === 200),
        readTag: (tag) => use(async (send) => {
            const { status, headers } = await headManifest(send, tag);
            if (status === 404)
                return undefined;
            const digest = headers.get("docker-content-digest") ?? "";
            return (0,model_digest/* isDigest */.Bc)(digest) ? digest : (0,model_digest/* digestOf */.ol)((await readManifest(send, tag)).bytes);
        }),
        moveTag: async (tag, digest) => {
            const manifest = await repository.readManifest(digest);
            try {
                await putManifest(use, tag, digest, manifest);
            }
            catch (error) {
                if (!(0,immutable_tag/* isImmutable */.t3)(error))
                    throw error;
                // Registries refuse even the image that the tag has.
                if ((await repository.readTag(tag)) !== digest)
                    throw (0,immutable_tag/* explainImmutable */.Om)(tag, error);
            }
        },
        removeTag: async (tag) => {
            await use((send) => send({ method: "DELETE", url: `manifests/${tag}`, expected: [202, 404] }));
        },
        readPromotionEntries: async (tag) => {
            const found = await Promise.all(listRecordTags(tag).map((recordTag) => use(async (send) => {
                const { status } = await headManifest(send, recordTag);
                if (status === 404)
                    return undefined;
                return parseRecordAnnotations(tag, parseAnnotations((await readManifest(send, recordTag)).bytes));
            })));
            return found.filter((entry) => entry !== undefined);
        },
        writePromotionEntry: (tag, entry) => writeRecord(use, chooseRecordTag(tag, entry.run), renderRecordAnnotations(tag, entry)),
        restorePromotionEntry: async (tag, entry, previous) => {
            // An empty entry for none, since many registries do not support deleting a tag.
            const annotations = previous === undefined ? {} : renderRecordAnnotations(tag, previous);
            await writeRecord(use, chooseRecordTag(tag, entry.run), annotations);
        },
        describeRecord: (tag) => `the tags ${listRecordTags(tag).join(", ")}`,
    };
    return repository;
}
/**
 * Writes a manifest without content to a tag of the record. Resolves to the reason if the registry does not
 * accept it.
 */
async function writeRecord(use, recordTag, annotations) {
    await pushBlob(use, EMPTY);
    const empty = { mediaType: EMPTY.mediaType, digest: EMPTY.digest, size: EMPTY.sizeBytes };
    const manifest = {
        schemaVersion: 2,
        mediaType: media_type/* OCI_MANIFEST */.EG,
        artifactType: RECORD_TYPE,
        config: empty,
        layers: [empty],
        annotations,
    };
    const { status } = await use((send) => send({
        method: "PUT",
        url: `manifests/${recordTag}`,
        headers: { "content-type": media_type/* OCI_MANIFEST */.EG },
        body: Buffer.from(JSON.stringify(manifest)),
        expected: [201, ...NOT_ACCEPTED],
    }));
    return status === 201 ? undefined : `the registry answered ${status} to a manifest of type ${RECORD_TYPE}`;
}
async function pushNewManifest(use, { digest, mediaType, ...blob }) {
    const source = await (0,model_image/* readySource */.pM)(blob);
    const bytes = "bytes" in source ? Buffer.from(source.bytes) : await (0,promises_.readFile)(source.file);
    await putManifest(use, digest, digest, { bytes, mediaType });
    const back = await use((send) => readManifest(send, digest));
    requireDigest(digest, (0,model_digest/* digestOf */.ol)(back.bytes));
}
async function putManifest(use, reference, digest, { bytes, mediaType }) {
    const { headers } = await use((send) => send({
        method: "PUT",
        url: `manifests/${reference}`,
        headers: { "content-type": mediaType },
        body: bytes,
        expected: [201],
    }));
    requireDigest(digest, headers.get("docker-content-digest") ?? digest);
}
function headManifest(send, reference) {
    const headers = { accept: media_type/* MANIFEST_TYPES */._P.join(", ") };
    return send({ method: "HEAD", url: `manifests/${reference}`, headers, expected: [200, 404] });
}
async function readManifest(send, reference) {
    const headers = { accept: media_type/* MANIFEST_TYPES */._P.join(", ") };
    const answer = await send({ method: "GET", url: `manifests/${reference}`, headers, expected: [200] });
    return { bytes: answer.body, mediaType: answer.headers.get("content-type") ?? media_type/* OCI_MANIFEST */.EG };
}
/** Anyone who can push may have replaced the record: treat malformed content as an empty record. */
function parseAnnotations(bytes) {
    try {
        return ANNOTATED.parse(JSON.parse(Buffer.from(bytes).toString())).annotations;
    }
    catch {
        return {};
    }
}
function requireDigest(wanted, got) {
    if (got === wanted)
        return;
    // Show nothing else of a header: it may repeat what the registry was sent.
    const shown = (0,model_digest/* isDigest */.Bc)(got) ? `the digest ${got}` : "something that is not a SHA-256 digest";
    throw new action_error/* ActionError */.lZ("REGISTRY_FAILED", `the registry has a manifest with ${shown} instead of ${wanted}`, {
        hint: "A proxy in front of the registry may change manifests. Connect to the registry directly.",
    });
}
/**
 * Runs `work` for every item, a few at a time. After the first failure, aborts the rest and waits until it
 * has stopped.
 */
async function forEachInParallel(items, work) {
    const stop = new AbortController();
    const queue = items.values();
    const worker = async () => {
        for (const item of queue) {
            try {
                await work(item, stop.signal);
            }
            catch (error) {
                stop.abort(error);
            }
            if (stop.signal.aborted)
                return;
        }
    };
    await Promise.all(Array.from({ length: PARALLEL_UPLOADS }, worker));
    if (stop.signal.aborted)
        throw stop.signal.reason;
}

;// CONCATENATED MODULE: ./src/registry/open-image-repository.ts







/**
 * Opens the repository that an image reference names, without accessing it yet. Rejects with
 * `REGISTRY_DENIED` if the stored credentials cannot be read.
 */
async function openImageRepository(reference, options, effects) {
    if (reference.kind === "oci-layout") {
        const folder = (0,external_node_path_.resolve)(options.workingDirectory, reference.folder);
        return openOciLayout(folder, effects.clock, options.signal);
    }
    const { baseName } = options;
    const mountFrom = baseName === undefined ? undefined : siblingOf(baseName, reference.registry);
    const openClient = await createOpener(reference, options, effects);
    return openRegistryRepository(openClient({ mountFrom }), mountFrom);
}
/**
 * Requires that the registry accepts uploads to the repository: starts one, without content, and cancels it.
 * Only that answers the question for every registry, since a token may allow less than was asked for. Rejects
 * with `REGISTRY_DENIED` and `REGISTRY_FAILED`.
 */
async function requirePushAccess(reference, options, effects) {
    const openClient = await createOpener(reference, options, effects);
    const upload = await startUpload(openClient({}));
    // Registries that issue tokens ask for one that may delete. If they deny it, the upload expires anyway.
    await cancelUpload(openClient({ actions: "pull,push,delete" }), upload).catch(() => undefined);
}
/** Finds the credentials for a repository. Resolves to a function that opens clients with them. */
async function createOpener({ registry, repository }, { credentials, fallback, signal }, effects) {
    const login = credentials ?? (await findCredentials({ registry, repository }, effects)) ?? fallback;
    return (options) => abortWith(createRegistryClient(registry, repository, login, { ...effects, ...options }), signal);
}
/** The same client, all of whose work `signal` aborts. */
function abortWith(use, signal) {
    if (signal === undefined)
        return use;
    return (work, own) => use(work, own === undefined ? signal : AbortSignal.any([signal, own]));
}
/** The repository of a base image; undefined if it is not in this registry. */
function siblingOf(baseName, registry) {
    try {
        const base = (0,image_reference/* parseImageReference */.o_)(baseName.replace(/@sha256:[0-9a-f]+$/, "").replace(/:[\w.-]+$/, ""));
        return base.kind === "registry" && base.registry === registry ? base.repository : undefined;
    }
    catch {
        return undefined;
    }
}

;// CONCATENATED MODULE: ./src/pipeline/open-repository.ts


/** The only registry that receives `github-token`. */
const GITHUB_REGISTRY = "ghcr.io";
/**
 * Opens the repository for the job's image, with the inputs' login. All its operations end when the run is
 * cancelled. Rejects with `REGISTRY_DENIED`.
 */
function openRepository(image, login, baseName, context) {
    const { signal } = context;
    return openImageRepository(image, { ...accessOf(image, login, context), baseName, signal }, context);
}
/**
 * Opens the repository for a promotion. Its operations also work after a cancellation, so that tags can be
 * moved back. Rejects with `REGISTRY_DENIED`.
 */
function openRepositoryToPromote(image, login, context) {
    const effects = { ...context, clock: context.steadyClock };
    return openImageRepository(image, { ...accessOf(image, login, context), baseName: undefined }, effects);
}
/** Requires that the job may push to its image's repository. Rejects as its push would. */
function open_repository_requirePushAccess(image, login, context) {
    return requirePushAccess(image, { ...accessOf(image, login, context), signal: context.signal }, context);
}
function accessOf(image, login, context) {
    const { registryLogin, workingDirectory } = login;
    const credentials = registryLogin === undefined ? undefined : { kind: "password", ...registryLogin };
    return { credentials, fallback: tokenFor(image, login, context), workingDirectory };
}
/**
 * `github-token` as credentials for GitHub's own registry, on events that may push. On others, whoever wrote
 * the code decides what is requested.
 */
function tokenFor(image, { githubToken, push = "auto" }, { event, environment }) {
    if (githubToken === undefined || image.kind !== "registry" || image.registry !== GITHUB_REGISTRY)
        return undefined;
    if (!(0,push_policy/* decidePush */.vn)("image", push, event).isAllowed)
        return undefined;
    const { GITHUB_ACTOR: username = "x-access-token" } = environment;
    return { kind: "password", username, password: githubToken, staysOnHost: true };
}


/***/ }),

/***/ 56797:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   AE: () => (/* binding */ isLeftToLaterGate),
/* harmony export */   Gj: () => (/* binding */ gate),
/* harmony export */   ME: () => (/* binding */ UNFINISHED_GATE),
/* harmony export */   aq: () => (/* binding */ smokeTestImages)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _model_system_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(26872);
/* harmony import */ var _smoke_smoke_test_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(83357);



/**
 * Runs the smoke test on the image of every target. If the job does not promote, images for another CPU are
 * left to a later gate, unless emulation is allowed. Fails with `GATE_FAILED`, and with the codes of
 * `openContainerEngine` and `runSmokeTest`; then no tag may move.
 */
async function gate(context, { loads, ...input }) {
    const { job, images } = input;
    let runtime;
    try {
        runtime = await loads.openEngine();
    }
    catch (thrown) {
        return { record: { promotion: UNFINISHED_GATE }, error: (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .toActionError */ .ie)(thrown) };
    }
    const isLeft = ({ target }) => isLeftToLaterGate(job, runtime, target);
    for (const { target } of images.filter(isLeft))
        context.log.info(`the smoke test of ${target} is left to a gate on its CPU`);
    const own = images.filter((image) => !isLeft(image));
    const load = (image) => loads.take(image);
    return smokeTestImages(context, { ...input, images: own, runtime, origin: "made", load });
}
/** Whether another job tests the image of a target: this one does not promote, and has another CPU. */
function isLeftToLaterGate({ isPromoted, isEmulatedGateAllowed }, { system }, target) {
    return !isPromoted && system !== target && !isEmulatedGateAllowed;
}
/** Tests the images one after the other, also after one has failed its test. Fails with `GATE_FAILED`. */
async function smokeTestImages(context, { job, smokeTest, images, runtime, origin, load }) {
    const smokeTests = [];
    const gateResults = [];
    try {
        for (const image of images) {
            const { target, read } = image;
            const candidate = { image: read.image, target, origin, load: () => load(image) };
            const effects = { ...context, runtime };
            const result = await (0,_smoke_smoke_test_js__WEBPACK_IMPORTED_MODULE_2__/* .runSmokeTest */ .p)(smokeTest, candidate, job.isEmulatedGateAllowed, effects);
            smokeTests.push({ target, ...result });
            gateResults.push({
                run: context.event.run?.id ?? null,
                digest: read.image.manifest.digest,
                platform: nameOf(target),
                smokeTest: smokeTest.digest,
                engine: runtime.system === undefined ? null : nameOf(runtime.system),
                outcome: result.outcome,
            });
            if (result.outcome === "failed") {
                context.log.group(`last log lines of the container for ${target}`, result.containerLog.split("\n"));
            }
        }
    }
    catch (thrown) {
        return { record: { smokeTests, gateResults, promotion: UNFINISHED_GATE }, error: (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .toActionError */ .ie)(thrown) };
    }
    const failed = smokeTests.filter(({ outcome }) => outcome === "failed");
    if (failed.length === 0)
        return { record: { smokeTests, gateResults }, output: undefined };
    const error = new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("GATE_FAILED", `the smoke test failed: ${failed.map(renderFailure).join("; ")}`, { hint: "Fix the image or the check; the container's last lines are in the log. No tag was moved." });
    return { record: { smokeTests, gateResults, promotion: withhold("the smoke test failed") }, error };
}
function nameOf(system) {
    return (0,_model_system_js__WEBPACK_IMPORTED_MODULE_1__/* .renderPlatform */ .qn)((0,_model_system_js__WEBPACK_IMPORTED_MODULE_1__/* .platformOf */ .tj)(system));
}
function withhold(reason) {
    return { state: "withheld", reason, tags: [] };
}
/** The promotion record of a gate whose smoke tests have not finished: it has moved no tag. */
const UNFINISHED_GATE = withhold("the smoke test did not finish");
function renderFailure({ target, checks }) {
    const failed = checks.filter(({ outcome }) => outcome === "failed");
    return `${target}: ${failed.map(({ name, detail }) => `${name}: ${detail}`).join("; ")}`;
}


/***/ }),

/***/ 4287:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   J9: () => (/* binding */ findManifest),
/* harmony export */   MS: () => (/* binding */ IMAGE_MANIFEST),
/* harmony export */   Tp: () => (/* binding */ parseDocument),
/* harmony export */   Zh: () => (/* binding */ writeBlob),
/* harmony export */   aK: () => (/* binding */ fetchImage),
/* harmony export */   px: () => (/* binding */ readImageSize),
/* harmony export */   v8: () => (/* binding */ listImages)
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
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(92857);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(22714);
/* harmony import */ var _model_digest_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(95305);
/* harmony import */ var _model_media_type_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(22570);
/* harmony import */ var _model_named_platform_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(9738);
/* harmony import */ var _model_system_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(26872);











const digest = zod__WEBPACK_IMPORTED_MODULE_10__/* .string */ .YjP().refine(_model_digest_js__WEBPACK_IMPORTED_MODULE_6__/* .isDigest */ .Bc);
const DESCRIPTOR = zod__WEBPACK_IMPORTED_MODULE_10__/* .looseObject */ ._H3({ mediaType: zod__WEBPACK_IMPORTED_MODULE_10__/* .string */ .YjP(), digest, size: zod__WEBPACK_IMPORTED_MODULE_10__/* .int */ .Whr().min(0) });
const INDEX = zod__WEBPACK_IMPORTED_MODULE_10__/* .looseObject */ ._H3({
    manifests: zod__WEBPACK_IMPORTED_MODULE_10__/* .array */ .YOg(DESCRIPTOR.extend({ platform: _model_named_platform_js__WEBPACK_IMPORTED_MODULE_8__/* .NAMED_PLATFORM */ .C.optional() })),
});
const IMAGE_MANIFEST = zod__WEBPACK_IMPORTED_MODULE_10__/* .looseObject */ ._H3({ config: DESCRIPTOR, layers: zod__WEBPACK_IMPORTED_MODULE_10__/* .array */ .YOg(DESCRIPTOR).max(1000) });
/** More than any real image needs, compressed. Rejects a manifest with absurd sizes before the download. */
const MAX_IMAGE_BYTES = 64 * 2 ** 30;
/**
 * Downloads an image into `folder` as an OCI layout. `wanted` is the digest of the image, or of an image
 * index that lists one image for `target`. Verifies each manifest against its digest, and each blob against
 * its digest and size. Resolves to the digest of the image's manifest. Rejects with `IMAGE_INVALID` if a
 * document is malformed or the index does not list exactly one image for the target, and with the codes of
 * the repository.
 */
async function fetchImage(repository, wanted, target, folder) {
    const found = await findManifest(repository, wanted, target);
    const { config, layers } = parseDocument(found.bytes, IMAGE_MANIFEST, found.digest);
    const blobs = new Map([config, ...layers].map((blob) => [blob.digest, blob]));
    const bytes = [...blobs.values()].reduce((sum, { size }) => sum + size, 0);
    if (bytes > MAX_IMAGE_BYTES)
        throw invalid(found.digest, `claims a size of ${bytes} bytes`);
    const blobFolder = (0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(folder, "blobs/sha256");
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.mkdir)(blobFolder, { recursive: true });
    const fileOf = (name) => (0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(blobFolder, name.slice("sha256:".length));
    for (const blob of blobs.values()) {
        await repository.fetchBlob({ digest: blob.digest, sizeBytes: blob.size }, fileOf(blob.digest));
    }
    const { mediaType } = found;
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.writeFile)(fileOf(found.digest), found.bytes);
    const descriptor = { mediaType, digest: found.digest, size: found.bytes.length };
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.writeFile)((0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }));
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.writeFile)((0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    return found.digest;
}
/**
 * The images of a candidate: the entries of an index, without attestations, which list the platform
 * `unknown/unknown` so that no engine takes them for an image; or the image itself. Rejects like
 * `fetchImage`.
 * @see https://docs.docker.com/build/metadata/attestations/attestation-storage/
 */
async function listImages(repository, wanted) {
    const document = await readDocument(repository, wanted);
    if (!_model_media_type_js__WEBPACK_IMPORTED_MODULE_7__/* .INDEX_TYPES */ .V.includes(document.mediaType))
        return [{ digest: wanted, platform: "unlisted" }];
    return parseDocument(document.bytes, INDEX, wanted)
        .manifests.filter(({ platform }) => platform?.os !== "unknown" || platform.architecture !== "unknown")
        .map(({ digest: own, platform }) => ({ digest: own, platform }));
}
/**
 * The size in bytes of an image for `target`, compressed, as its manifest says: that of its config and its
 * layers. Undefined if `wanted` is an image index that does not list exactly one image for the target.
 * Rejects with `IMAGE_INVALID` if a document is malformed, and with the codes of the repository.
 */
async function readImageSize(repository, wanted, target) {
    const document = await readDocument(repository, wanted);
    let { bytes } = document;
    if (_model_media_type_js__WEBPACK_IMPORTED_MODULE_7__/* .INDEX_TYPES */ .V.includes(document.mediaType)) {
        const [only, ...others] = (0,_model_system_js__WEBPACK_IMPORTED_MODULE_9__/* .pickPlatform */ .vw)(target, parseDocument(bytes, INDEX, wanted).manifests);
        if (only === undefined || others.length > 0)
            return undefined;
        ({ bytes } = await readDocument(repository, only.digest));
    }
    const { config, layers } = parseDocument(bytes, IMAGE_MANIFEST, wanted);
    return [config, ...layers].reduce((sum, { size }) => sum + size, 0);
}
/**
 * Reads the manifest of an image, or of the target's image in an index. Rejects like `fetchImage`.
 */
async function findManifest(place, wanted, target) {
    const document = await readDocument(place, wanted);
    if (!_model_media_type_js__WEBPACK_IMPORTED_MODULE_7__/* .INDEX_TYPES */ .V.includes(document.mediaType))
        return document;
    const { manifests } = parseDocument(document.bytes, INDEX, wanted);
    const [only, ...others] = (0,_model_system_js__WEBPACK_IMPORTED_MODULE_9__/* .pickPlatform */ .vw)(target, manifests);
    if (only === undefined || others.length > 0) {
        const platform = (0,_model_system_js__WEBPACK_IMPORTED_MODULE_9__/* .renderPlatform */ .qn)((0,_model_system_js__WEBPACK_IMPORTED_MODULE_9__/* .platformOf */ .tj)(target));
        throw invalid(wanted, `lists ${only === undefined ? "no image" : "several images"} for ${platform}`);
    }
    const manifest = await readDocument(place, only.digest);
    const { size, mediaType } = only;
    if (size !== manifest.bytes.length || mediaType !== manifest.mediaType) {
        const actual = `${manifest.mediaType} of ${manifest.bytes.length} bytes`;
        throw invalid(wanted, `describes ${only.digest} as ${mediaType} of ${size} bytes, but it is ${actual}`);
    }
    return manifest;
}
/** Prefers the media type in the document to the Content-Type header, which the digest does not cover. */
async function readDocument(place, name) {
    const { bytes, mediaType } = await place.readManifest(name);
    const said = parseDocument(bytes, zod__WEBPACK_IMPORTED_MODULE_10__/* .looseObject */ ._H3({ mediaType: zod__WEBPACK_IMPORTED_MODULE_10__/* .string */ .YjP().optional() }), name);
    return { bytes, digest: name, mediaType: said.mediaType ?? mediaType };
}
/** Parses a document with the digest `name`. Throws `IMAGE_INVALID` if it is malformed. */
function parseDocument(bytes, schema, name) {
    try {
        return schema.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
    }
    catch (cause) {
        throw invalid(name, "is not an image manifest or index", cause);
    }
}
function invalid(name, why, cause) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_5__/* .ActionError */ .lZ("IMAGE_INVALID", `${name} ${why}`, {
        cause,
        hint: "Set the input image to the build's output of that name, and the input systems to systems that " +
            "it was built for.",
    });
}
/**
 * Writes a blob into a file. Rejects with `REGISTRY_FAILED` if the content does not match the blob's
 * digest and size; the file must then not be used.
 */
async function writeBlob(body, { digest: wanted, sizeBytes }, file) {
    const hash = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)("sha256");
    let size = 0;
    const check = async function* () {
        for await (const chunk of body) {
            size += chunk.length;
            if (size > sizeBytes)
                break;
            hash.update(chunk);
            yield chunk;
        }
    };
    await (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_4__.pipeline)(check, (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.createWriteStream)(file));
    if (size === sizeBytes && (0,_model_digest_js__WEBPACK_IMPORTED_MODULE_6__/* .digestOfHex */ .z9)(hash.digest("hex")) === wanted)
        return;
    throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_5__/* .ActionError */ .lZ("REGISTRY_FAILED", `the content of blob ${wanted} does not match its digest`, {
        hint: "The blob was not used. Run again. If the error persists, the registry or a proxy in front of it " +
            "alters or corrupts blobs.",
    });
}


/***/ }),

/***/ 25046:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Om: () => (/* binding */ explainImmutable),
/* harmony export */   t3: () => (/* binding */ isImmutable),
/* harmony export */   zF: () => (/* binding */ ImmutableTagError)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);

/** The registry does not move a tag that has another image. */
class ImmutableTagError extends _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ {
}
/**
 * Whether a registry refused to write a tag because its tags are immutable. There is no common status or
 * code: Amazon ECR answers 400, Harbor 412.
 */
function isImmutable(error) {
    return error instanceof _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ && /immutable|TagAlreadyExists/i.test(error.message);
}
/** Explains an error for which `isImmutable` is true. */
function explainImmutable(tag, { code, message }) {
    return new ImmutableTagError(code, `the tag ${tag} has another image: ${message}`, {
        hint: "The registry does not move tags of this repository. Use tags that are new for each image, such as a " +
            "version or the commit's hash, or exempt this tag from the registry's rule.",
    });
}


/***/ }),

/***/ 83829:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   k: () => (/* binding */ runCheck),
/* harmony export */   z: () => (/* binding */ waitForExit)
/* harmony export */ });
/* harmony import */ var node_http__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(37067);
/* harmony import */ var node_http__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_http__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(77030);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_net__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(22714);
/* harmony import */ var _platform_clock_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(53037);




const RETRY_EVERY_MS = 200;
const MAX_BODY_BYTES = 1 << 20;
/**
 * A connection must stay open this long: Docker's proxy accepts any connection, and closes it if nothing in
 * the container listens on the port.
 */
const STEADY_MS = 300;
/**
 * Runs one check on a running container. Retries checks that wait for something until their time limit, or
 * until the container exits.
 */
async function runCheck(check, container, clock) {
    switch (check.kind) {
        case "http":
            return retry(check, container, clock, (leftMs) => askHttp(check, container, leftMs, clock));
        case "tcp":
            return retry(check, container, clock, (leftMs) => askTcp(check, container, leftMs, clock));
        case "health":
            return retry(check, container, clock, () => askHealth(container));
        case "log":
            return retry(check, container, clock, () => searchLog(check, container));
        case "command":
            return runCommand(check, container);
        case "stop":
            return stop(check, container);
    }
}
/** Waits for a container to exit on its own. */
async function waitForExit(check, container, clock) {
    const endMs = clock.nowMs() + check.timeoutMs;
    for (;;) {
        const state = await container.readState();
        if (state.exitCode !== undefined)
            return checkExitCode(state, check.exitCode);
        if (clock.nowMs() >= endMs)
            return fail(`still running after ${check.timeoutMs / 1000} s`);
        await clock.sleep(RETRY_EVERY_MS);
    }
}
async function retry({ kind, timeoutMs }, container, clock, ask) {
    const endMs = clock.nowMs() + timeoutMs;
    for (let detail;;) {
        const state = await container.readState();
        // After the container has exited, only its log can still be checked.
        if (state.exitCode === undefined || kind === "log") {
            const leftMs = endMs - clock.nowMs();
            if (leftMs <= 0)
                return fail(`${detail ?? "no answer"}; gave up after ${timeoutMs / 1000} s`);
            const verdict = await ask(leftMs);
            if (verdict.passed || verdict.isFinal === true)
                return verdict;
            // If the time limit cut this attempt short, the result of the previous one says more.
            if (detail === undefined || clock.nowMs() < endMs)
                ({ detail } = verdict);
        }
        if (state.exitCode !== undefined)
            return fail(`the container exited with code ${renderExit(state)}`);
        await clock.sleep(RETRY_EVERY_MS);
    }
}
async function askHttp(check, container, leftMs, clock) {
    let answer;
    const address = await container.readAddress(check.port);
    const startedAtMs = clock.nowMs();
    try {
        answer = await (0,_platform_clock_js__WEBPACK_IMPORTED_MODULE_3__/* .withTimeLimit */ .Bv)(clock, leftMs, (limit) => send(address, check, limit));
    }
    catch (error) {
        return fail(`no answer (${(0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_2__/* .renderError */ .vr)(error)})`);
    }
    const tookMs = clock.nowMs() - startedAtMs;
    const { status, headers, body } = answer;
    if (status !== check.status)
        return fail(`status ${status} instead of ${check.status}`);
    for (const [name, wanted] of Object.entries(check.responseHeaders)) {
        const found = headers[name.toLowerCase()];
        if (found === undefined)
            return fail(`the header ${name} is missing`);
        if (found.includes(wanted))
            continue;
        return fail(`the header ${name} is ${JSON.stringify(found.slice(0, 200))}, ` +
            `which does not contain ${JSON.stringify(wanted)}`);
    }
    if (check.body !== undefined && !body.includes(check.body)) {
        return fail(`the body ${JSON.stringify(body.slice(0, 200))} does not contain ${JSON.stringify(check.body)}`);
    }
    if (check.withinMs !== undefined && tookMs > check.withinMs) {
        return fail(`the answer took ${tookMs} ms, more than the allowed ${check.withinMs} ms`);
    }
    return pass(`status ${status} in ${tookMs} ms`);
}
async function askTcp(check, container, leftMs, clock) {
    const address = await container.readAddress(check.port);
    return new Promise((resolve) => {
        const socket = (0,node_net__WEBPACK_IMPORTED_MODULE_1__.connect)(address);
        const settle = (verdict) => () => {
            socket.destroy();
            resolve(verdict);
        };
        socket.setTimeout(leftMs, settle(fail("no answer")));
        socket.once("connect", () => {
            clock.sleep(STEADY_MS).then(settle(pass("connected")), settle(fail("the wait was cancelled")));
        });
        socket.once("data", settle(pass("connected, and received data")));
        socket.once("end", settle(fail("the connection was closed immediately")));
        socket.once("error", (error) => {
            settle(fail(`no connection (${error.message})`))();
        });
    });
}
async function askHealth(container) {
    const health = await container.readHealth();
    if (health === undefined)
        return { ...fail("the image has no health check"), isFinal: true };
    return health === "healthy" ? pass("healthy") : fail(health);
}
async function searchLog({ text }, container) {
    const lines = (await container.readLog("all")).split("\n");
    const found = lines.find((line) => line.includes(text));
    return found === undefined
        ? fail(`no line of the log contains ${JSON.stringify(text)}`)
        : pass(JSON.stringify(found.slice(0, 200)));
}
async function runCommand({ command, exitCode: wanted, output, timeoutMs }, container) {
    try {
        const { exitCode, stdout, stderr } = await container.exec(command, timeoutMs);
        const said = (stdout || stderr).trim().slice(0, 300);
        const seen = `exit code ${exitCode}${said === "" ? "" : `, ${JSON.stringify(said)}`}`;
        if (exitCode !== wanted)
            return fail(wanted === 0 ? seen : `${seen}, expected ${wanted}`);
        if (output !== undefined && !`${stdout}${stderr}`.includes(output)) {
            return fail(`${seen}; the output does not contain ${JSON.stringify(output)}`);
        }
        return pass(seen);
    }
    catch (error) {
        if (error instanceof _errors_action_error_js__WEBPACK_IMPORTED_MODULE_2__/* .ActionError */ .lZ && error.code === "COMMAND_TIMEOUT")
            return fail(`the command did not finish within ${timeoutMs / 1000} s`);
        throw error;
    }
}
async function stop({ exitCode, timeoutMs }, container) {
    const before = await container.readState();
    if (before.exitCode !== undefined)
        return fail(`the container had already exited with code ${renderExit(before)}`);
    await container.stop(timeoutMs);
    const state = await container.readState();
    // 128 plus the number of SIGKILL.
    if (state.exitCode === 137)
        return fail(`it did not stop within ${timeoutMs / 1000} s and was killed`);
    return checkExitCode(state, exitCode);
}
function checkExitCode(state, expected) {
    return {
        passed: state.exitCode === expected,
        detail: `exit code ${renderExit(state)}, expected ${expected}`,
    };
}
function renderExit({ exitCode, isOutOfMemory }) {
    return `${exitCode ?? "none"}${isOutOfMemory ? " (out of memory)" : ""}`;
}
function pass(detail) {
    return { passed: true, detail };
}
function fail(detail) {
    return { passed: false, detail };
}
/**
 * Sends one request to a container, never through a proxy. Does not follow redirects, and truncates the body
 * at 1 MiB.
 */
function send(address, { method, path, headers }, signal) {
    return new Promise((resolve, reject) => {
        // With NODE_USE_ENV_PROXY, the global agent would ask the proxy.
        const agent = new node_http__WEBPACK_IMPORTED_MODULE_0__.Agent();
        const to = "path" in address ? { socketPath: address.path } : address;
        const call = (0,node_http__WEBPACK_IMPORTED_MODULE_0__.request)({ agent, ...to, method, path, headers, signal }, (response) => {
            const chunks = [];
            let size = 0;
            const finish = () => {
                resolve({
                    status: response.statusCode ?? 0,
                    headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(", ")])),
                    body: Buffer.concat(chunks).toString().slice(0, MAX_BODY_BYTES),
                });
            };
            response.on("data", (chunk) => {
                chunks.push(chunk);
                size += chunk.length;
                if (size <= MAX_BODY_BYTES)
                    return;
                finish();
                response.destroy();
            });
            response.on("end", finish);
            response.on("error", reject);
        });
        call.on("error", reject);
        call.end();
    });
}


/***/ }),

/***/ 20433:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   A: () => (/* binding */ OCI_RUNTIMES),
/* harmony export */   y: () => (/* binding */ stateFolder)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _overlay_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(98287);


/** In the order in which they are tried: crun refuses a machine with both versions of cgroups in use. */
const OCI_RUNTIMES = ["runc", "crun"];
/** Where a runtime keeps the state of a run's containers. */
function stateFolder(runFolder, runtime) {
    return (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)((0,_overlay_js__WEBPACK_IMPORTED_MODULE_1__/* .ociFolder */ .gG)(runFolder), `state-${runtime}`);
}


/***/ }),

/***/ 98287:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   I5: () => (/* binding */ rootOf),
/* harmony export */   gG: () => (/* binding */ ociFolder),
/* harmony export */   m6: () => (/* binding */ unpackImage),
/* harmony export */   mv: () => (/* binding */ mountRoot),
/* harmony export */   v$: () => (/* binding */ removeFolder),
/* harmony export */   z6: () => (/* binding */ unmountRoot)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_crypto__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(51455);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_fs_promises__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(48161);
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_2___default = /*#__PURE__*/__webpack_require__.n(node_os__WEBPACK_IMPORTED_MODULE_2__);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_3___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_3__);
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(57075);
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_4___default = /*#__PURE__*/__webpack_require__.n(node_stream__WEBPACK_IMPORTED_MODULE_4__);





const CALL_LIMIT_MS = 60_000;
const UNPACK_LIMIT_MS = 10 * 60_000;
/** Reading a layer and writing its files take turns, so this many layers keep all cores busy. */
const PARALLEL_LAYERS = (0,node_os__WEBPACK_IMPORTED_MODULE_2__.availableParallelism)() + 1;
/** The folder of a run that has everything of its OCI runtime. */
function ociFolder(runFolder) {
    return (0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(runFolder, "oci");
}
/** Where the root file system of a container is mounted. */
function rootOf(container) {
    return (0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(container, "root");
}
/** Unpacks the layers of an image, several at a time. Leaves nothing behind if that fails. */
async function unpackImage({ layers }, { rootfs }, effects) {
    const folder = (0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(ociFolder(effects.runFolder), (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomUUID)().slice(0, 8));
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.mkdir)(folder, { recursive: true, mode: 0o700 });
    try {
        // A mount needs a lower layer, even if the image has none.
        const count = Math.max(layers.length, 1);
        const names = Array.from({ length: count }, (_, index) => String(index));
        await makeFolders(folder, names, effects);
        const queue = [...layers.entries()];
        const work = async () => {
            for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
                const [index, layer] = next;
                const diffId = rootfs.diff_ids[index];
                if (diffId === undefined)
                    throw new Error(`the layer ${layer.digest} has no diff ID`);
                await unpackLayer((0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(folder, String(index)), effects.readLayer(layer, diffId), effects);
            }
        };
        const workers = Array.from({ length: PARALLEL_LAYERS }, async () => {
            try {
                await work();
            }
            catch (error) {
                queue.length = 0;
                throw error;
            }
        });
        await Promise.allSettled(workers);
        await Promise.all(workers);
        return { folder, layers: count };
    }
    catch (error) {
        await removeFolder(folder, effects);
        throw error;
    }
}
/** Folders of root with the mode that a container has to see. */
async function makeFolders(folder, names, { runAsRoot }) {
    await runAsRoot("mkdir", ["--mode=0755", ...names], { cwd: folder, timeoutMs: CALL_LIMIT_MS });
}
/** tar creates devices and attributes, and never writes through a symlink that leaves the folder. */
async function unpackLayer(folder, tar, { runAsRoot }) {
    const owners = ["--numeric-owner", "--same-owner", "--same-permissions"];
    const attributes = ["--xattrs", "--xattrs-include=*"];
    const args = ["--extract", `--directory=${folder}`, ...owners, ...attributes, "--warning=no-timestamp"];
    await runAsRoot("tar", args, { input: node_stream__WEBPACK_IMPORTED_MODULE_4__.Readable.from(tar), timeoutMs: UNPACK_LIMIT_MS });
}
/** Mounts the layers and a new folder for changes above them, in `name` in the image's folder. */
async function mountRoot({ folder, layers }, name, effects) {
    const container = (0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(folder, name);
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.mkdir)(container, { mode: 0o700 });
    await makeFolders(container, ["root", "changes", "work"], effects);
    // Relative names keep the options of a hundred layers below the kernel's limit of a page.
    const lower = Array.from({ length: layers }, (_, index) => layers - 1 - index).join(":");
    const options = `lowerdir=${lower},upperdir=${name}/changes,workdir=${name}/work`;
    await effects.runAsRoot("mount", ["-t", "overlay", "-o", options, "overlay", rootOf(name)], {
        cwd: folder,
        // The new system calls take 255 characters for the layers. @see util-linux, libmount/docs
        env: { LIBMOUNT_FORCE_MOUNT2: "always" },
        timeoutMs: CALL_LIMIT_MS,
    });
    return container;
}
/** Unmounts the root file system of a container, and removes its folder. */
async function unmountRoot(container, effects) {
    await effects.runAsRoot("umount", [rootOf(container)], { timeoutMs: CALL_LIMIT_MS });
    await removeFolder(container, effects);
}
/** Removes a folder with files of any user, and nothing that is still mounted in it. */
async function removeFolder(folder, { runAsRoot }) {
    await runAsRoot("rm", ["-rf", "--one-file-system", folder], { timeoutMs: UNPACK_LIMIT_MS });
}


/***/ }),

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
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(24085);
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


/***/ }),

/***/ 83357:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   B: () => (/* binding */ requireNativeEngine),
/* harmony export */   p: () => (/* binding */ runSmokeTest)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _model_image_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(71444);
/* harmony import */ var _model_run_event_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(30145);
/* harmony import */ var _platform_log_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(74425);
/* harmony import */ var _check_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(83829);





/**
 * Runs the smoke test on the candidate's own bytes. A failed check does not reject: the result reports it,
 * with the last lines of the container's log. Rejects with `GATE_EMULATED` if the engine's CPU is not the
 * target's and emulation is not allowed, with `GATE_FAILED` if the engine cannot load the candidate, and with
 * `GATE_MISMATCH` if it does not have the candidate after loading it.
 */
async function runSmokeTest(spec, candidate, isEmulationAllowed, effects) {
    const { runtime, log } = effects;
    const { layers } = candidate.image;
    requireNativeEngine(runtime, candidate.target, isEmulationAllowed);
    const isEmulated = runtime.system !== candidate.target;
    if (isEmulated)
        log.warning(`the smoke test runs under emulation: ${candidate.target} on ${runtime.system ?? "another CPU"}`);
    const image = await candidate.load();
    const { load } = image;
    log.info(`the image for ${candidate.target} is in ${runtime.name}: ${load.reason}`);
    const originOf = ({ source }) => {
        if (load.way === "present")
            return "matched";
        return "provide" in source ? "fetched" : candidate.origin;
    };
    try {
        // Where the engine had the image, what the registry has must be the same: fetching a layer verifies it.
        await Promise.all(layers.map(_model_image_js__WEBPACK_IMPORTED_MODULE_3__/* .readySource */ .pM));
        const tested = await runChecks(spec, image.id, {
            ...effects,
            emit: (0,_model_run_event_js__WEBPACK_IMPORTED_MODULE_1__/* .emitFor */ .xo)(effects.emit, candidate.target),
        });
        const outcome = tested.checks.every((check) => check.outcome === "passed") ? "passed" : "failed";
        return {
            ...{ outcome, runtime: runtime.name, isEmulated, load },
            layers: layers.map((layer) => ({ digest: layer.digest, origin: originOf(layer) })),
            ...tested,
        };
    }
    finally {
        await image.remove();
    }
}
/** Throws `GATE_EMULATED` if the engine's CPU is not the target's and emulation is not allowed. */
function requireNativeEngine({ system }, target, isEmulationAllowed) {
    if (system === target || isEmulationAllowed)
        return;
    throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("GATE_EMULATED", `the image is for ${target}, but the container engine runs on ${system ?? "another CPU"}`, { hint: "Run the gate on a runner with the target's CPU, or set allow-emulated-gate: true." });
}
/** Runs all checks. Each `exit-code` check has its own container; the others share one, in order. */
async function runChecks({ container: options, checks: wanted }, image, effects) {
    const { runtime } = effects;
    const checks = [];
    let containerLog = "";
    const { isNonRoot } = options;
    const runIn = async (args, ports, work) => {
        const start = await runtime.start(image, { ...options, ports, args });
        if (start.state === "failed") {
            const failure = { passed: false, detail: start.reason };
            checks.push(await recordCheck({ name: "starts", kind: "start" }, () => Promise.resolve(failure), effects));
            return;
        }
        const { container } = start;
        try {
            if (isNonRoot)
                checks.push(await recordCheck({ name: "not root", kind: "non-root" }, () => checkUsers(container), effects));
            await work(container);
            const hasFailed = checks.some(({ outcome }) => outcome === "failed");
            if (hasFailed && containerLog === "")
                containerLog = await container.readLog();
        }
        finally {
            await container.remove();
        }
    };
    const asked = wanted.filter((check) => check.kind !== "exit-code");
    const ports = new Set(asked.flatMap((check) => ("port" in check ? [check.port] : [])));
    if (asked.length > 0) {
        await runIn([], [...ports], async (container) => {
            for (const check of asked) {
                checks.push(await recordCheck(check, () => (0,_check_js__WEBPACK_IMPORTED_MODULE_2__/* .runCheck */ .k)(check, container, effects.clock), effects));
            }
        });
    }
    for (const check of wanted) {
        if (check.kind !== "exit-code")
            continue;
        await runIn(check.args, [], async (container) => {
            checks.push(await recordCheck(check, () => (0,_check_js__WEBPACK_IMPORTED_MODULE_2__/* .waitForExit */ .z)(check, container, effects.clock), effects));
        });
    }
    return { checks, containerLog };
}
/** Checks the configured user, and the users of the running processes: a user name may stand for UID 0. */
async function checkUsers(container) {
    const { configured, running } = await container.readUsers();
    const isRoot = /^(?:|0+|root)(?::|$)/.test(configured) || running.some((user) => /^(?:0|root)$/.test(user));
    const users = [...new Set(running)].join(", ");
    const processes = users === "" ? "no running processes" : `processes run as ${users}`;
    const detail = `user ${JSON.stringify(configured)}, ${processes}`;
    return { passed: !isRoot, detail };
}
async function recordCheck(check, work, { clock, log, emit }) {
    const startedAtMs = clock.nowMs();
    const { passed, detail } = await work();
    const result = {
        name: check.name,
        kind: check.kind,
        outcome: passed ? "passed" : "failed",
        durationMs: clock.nowMs() - startedAtMs,
        detail: (0,_platform_log_js__WEBPACK_IMPORTED_MODULE_4__/* .sanitizeText */ .jZ)(detail),
    };
    emit({ event: "check-ended", ...result });
    const line = `smoke test: ${result.name} ${result.outcome}: ${result.detail}`;
    if (passed)
        log.info(line);
    else
        log.error(line);
    return result;
}


/***/ })

};
