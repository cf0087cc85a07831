export const id = 4315;
export const ids = [4315,6466];
export const modules = {

/***/ 58114:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   j: () => (/* binding */ Chunker),
/* harmony export */   x: () => (/* binding */ MAX_CHUNK_BYTES)
/* harmony export */ });
/*
 * Content-defined chunks: a boundary depends only on the bytes before it, so that a change moves no boundary
 * far behind it.
 * @see Wen Xia et al., "The Design of Fast Content-Defined Chunking for Data Deduplication", TPDS 2020
 */
/** Every version of this action has to use the same numbers: other chunks would all be sent again. */
const MIN_CHUNK_BYTES = 16 << 10;
const NORMAL_CHUNK_BYTES = 64 << 10;
const MAX_CHUNK_BYTES = 256 << 10;
/** The highest bits of the hash, because only they depend on all of the last 32 bytes. */
const MASK_BELOW_NORMAL = highestBits(18);
const MASK_ABOVE_NORMAL = highestBits(14);
const GEAR = createGear();
/** Cuts a stream of bytes into chunks. */
class Chunker {
    #buffer = Buffer.allocUnsafeSlow(2 * MAX_CHUNK_BYTES);
    /** The bytes in the buffer that are in no chunk yet. */
    #start = 0;
    #end = 0;
    /** Takes the next bytes, and returns the chunks that they complete. The chunks are copies. */
    *push(bytes) {
        for (let at = 0; at < bytes.length;) {
            const taken = Math.min(bytes.length - at, this.#buffer.length - this.#end);
            this.#buffer.set(bytes.subarray(at, at + taken), this.#end);
            at += taken;
            this.#end += taken;
            while (this.#end - this.#start >= MAX_CHUNK_BYTES)
                yield this.#cut();
            if (this.#end < this.#buffer.length)
                continue;
            this.#buffer.copyWithin(0, this.#start, this.#end);
            this.#end -= this.#start;
            this.#start = 0;
        }
    }
    /** The chunks of the bytes that are left at the end of the stream. */
    *end() {
        while (this.#end > this.#start)
            yield this.#cut();
    }
    #cut() {
        const length = findBoundary(this.#buffer.subarray(this.#start, this.#end));
        const chunk = Buffer.from(this.#buffer.subarray(this.#start, this.#start + length));
        this.#start += length;
        return chunk;
    }
}
/** The length of the first chunk of these bytes. */
function findBoundary(bytes) {
    const end = Math.min(bytes.length, MAX_CHUNK_BYTES);
    const normal = Math.min(end, NORMAL_CHUNK_BYTES);
    let hash = 0;
    let at = Math.min(end, MIN_CHUNK_BYTES);
    for (; at < normal; at++) {
        hash = ((hash << 1) + (GEAR[bytes[at] ?? 0] ?? 0)) | 0;
        if ((hash & MASK_BELOW_NORMAL) === 0)
            return at + 1;
    }
    for (; at < end; at++) {
        hash = ((hash << 1) + (GEAR[bytes[at] ?? 0] ?? 0)) | 0;
        if ((hash & MASK_ABOVE_NORMAL) === 0)
            return at + 1;
    }
    return end;
}
function highestBits(count) {
    return -1 << (32 - count);
}
/** A number for each byte, from the generator xorshift32. */
function createGear() {
    let state = 0x9e3779b9 | 0;
    return Int32Array.from({ length: 256 }, () => {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        return state;
    });
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
    action: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["find", "find-each", "restore", "save"]),
    /** For `find`: prefixes, best first. For `find-each`: prefixes. */
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

/***/ 42490:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   O5: () => (/* binding */ nameIndex),
/* harmony export */   YI: () => (/* binding */ isEntryKey),
/* harmony export */   dJ: () => (/* binding */ nameTarget),
/* harmony export */   ny: () => (/* binding */ namePack),
/* harmony export */   sx: () => (/* binding */ nameLane)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_crypto__WEBPACK_IMPORTED_MODULE_0__);

const FORMAT = "cross-build-nix-2";
const LETTERS = { branch: "b", "pull-request": "p" };
const KEY = /^cross-build-nix-2-[bp]-[\w-]{1,200}$/;
/** Whether this may be the key of an entry. */
function isEntryKey(text) {
    return KEY.test(text);
}
/** The prefix of the entries of a lane. */
function nameLane(scope, lane) {
    const { target, installable, folder } = lane;
    const hash = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)("sha256")
        .update(JSON.stringify([target, installable, folder]))
        .digest("hex");
    return `${nameTarget(scope, target)}${hash.slice(0, 16)}-`;
}
/** The prefix of the entries of all lanes of a target. */
function nameTarget(scope, target) {
    return `${FORMAT}-${LETTERS[scope]}-${target}-`;
}
/** The names of an entry's files. */
function namePack(key) {
    return `${key}.pack`;
}
function nameIndex(key) {
    return `${key}.json`;
}


/***/ }),

/***/ 93002:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   kJ: () => (/* binding */ renderPackIndex),
/* harmony export */   vk: () => (/* binding */ MAX_LINKS),
/* harmony export */   w2: () => (/* binding */ MAX_INDEX_BYTES),
/* harmony export */   wl: () => (/* binding */ tryParsePackIndex)
/* harmony export */ });
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(92857);
/* harmony import */ var _model_store_path_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(75210);
/* harmony import */ var _chunker_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(58114);
/* harmony import */ var _entry_key_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(42490);




/** Far more than the entries, paths and chunks of a cache that GitHub would keep. */
const MAX_LINKS = 2000;
const MAX_INDEX_BYTES = 128 << 20;
/** zstd makes a chunk that it cannot compress a little larger. */
const MAX_FRAME_BYTES = _chunker_js__WEBPACK_IMPORTED_MODULE_0__/* .MAX_CHUNK_BYTES */ .x + 1024;
const size = (max) => zod__WEBPACK_IMPORTED_MODULE_2__/* .number */ .aig().int().min(0).max(max);
const text = (pattern) => zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().regex(pattern);
const STORE_PATH = zod__WEBPACK_IMPORTED_MODULE_2__/* .custom */ .IeY((value) => typeof value === "string" && (0,_model_store_path_js__WEBPACK_IMPORTED_MODULE_3__/* .isStorePath */ .zP)(value));
const DIGEST = text(/^[\w-]{43}$/);
/** What a builder may choose. Rendering a narinfo leaves it out if it is not valid there. */
const ANY_TEXT = zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP();
const INDEX = zod__WEBPACK_IMPORTED_MODULE_2__/* .strictObject */ .rej({
    chain: zod__WEBPACK_IMPORTED_MODULE_2__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_2__/* .tuple */ .PVZ([zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().refine(_entry_key_js__WEBPACK_IMPORTED_MODULE_1__/* .isEntryKey */ .YI), size(Number.MAX_SAFE_INTEGER), zod__WEBPACK_IMPORTED_MODULE_2__/* .boolean */ .zMY()]))
        .max(MAX_LINKS),
    chunks: zod__WEBPACK_IMPORTED_MODULE_2__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_2__/* .tuple */ .PVZ([DIGEST, text(/^[\w-]{22}$/), size(MAX_FRAME_BYTES).min(1), size(_chunker_js__WEBPACK_IMPORTED_MODULE_0__/* .MAX_CHUNK_BYTES */ .x).min(1)])),
    paths: zod__WEBPACK_IMPORTED_MODULE_2__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_2__/* .strictObject */ .rej({
        path: STORE_PATH,
        deriver: ANY_TEXT,
        narHash: text(/^[0-9a-f]{64}$/),
        narBytes: size(2 ** 48).min(1),
        references: zod__WEBPACK_IMPORTED_MODULE_2__/* .array */ .YOg(STORE_PATH),
        signatures: zod__WEBPACK_IMPORTED_MODULE_2__/* .array */ .YOg(ANY_TEXT),
        contentAddress: ANY_TEXT,
        chunks: zod__WEBPACK_IMPORTED_MODULE_2__/* .array */ .YOg(DIGEST),
        /** The distance from the place before, and the index of the reference, in turn. */
        places: zod__WEBPACK_IMPORTED_MODULE_2__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_2__/* .number */ .aig().int().min(0)),
    })),
});
function renderPackIndex({ chain, chunks, paths }) {
    const index = {
        chain: chain.map(({ key, bytes, hasPaths }) => [key, bytes, hasPaths]),
        chunks: chunks.map(({ digest, frameDigest, frameBytes, bytes }) => [
            digest,
            frameDigest,
            frameBytes,
            bytes,
        ]),
        paths: paths.map(({ references, signatures, chunks: digests, places, ...path }) => ({
            path: path.path,
            deriver: path.deriver,
            narHash: path.narHash,
            narBytes: path.narBytes,
            references: [...references],
            signatures: [...signatures],
            contentAddress: path.contentAddress,
            chunks: [...digests],
            places: places.flatMap(([offset, reference], at) => [offset - (places[at - 1]?.[0] ?? 0), reference]),
        })),
    };
    return `${JSON.stringify(index)}\n`;
}
/** Reads an index; undefined for any other text. Leaves out paths that are impossible. Never throws. */
function tryParsePackIndex(json) {
    try {
        const { chain, chunks, paths } = INDEX.parse(JSON.parse(json));
        return {
            chain: chain.map(([key, bytes, hasPaths]) => ({ key, bytes, hasPaths })),
            chunks: chunks.map(([digest, frameDigest, frameBytes, bytes]) => ({
                digest,
                frameDigest,
                frameBytes,
                bytes,
            })),
            paths: paths
                .map((path) => ({ ...path, places: readPlaces(path.places) }))
                .filter(({ places, references, narBytes }) => places.every(([offset, reference]) => offset < narBytes && reference < references.length)),
        };
    }
    catch {
        return undefined;
    }
}
function readPlaces(numbers) {
    const places = [];
    let offset = 0;
    for (let at = 0; at + 1 < numbers.length; at += 2) {
        offset += numbers[at] ?? 0;
        places.push([offset, numbers[at + 1] ?? 0]);
    }
    return places;
}


/***/ }),

/***/ 4842:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   F_: () => (/* binding */ sizeOfPlainFile),
/* harmony export */   KI: () => (/* binding */ unpackChunk),
/* harmony export */   QG: () => (/* binding */ digestFrame),
/* harmony export */   VO: () => (/* binding */ locateChunks),
/* harmony export */   _p: () => (/* binding */ digestChunk),
/* harmony export */   hU: () => (/* binding */ Packs)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_crypto__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(73024);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_fs__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(51455);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_2___default = /*#__PURE__*/__webpack_require__.n(node_fs_promises__WEBPACK_IMPORTED_MODULE_2__);
/* harmony import */ var node_zlib__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(38522);
/* harmony import */ var node_zlib__WEBPACK_IMPORTED_MODULE_3___default = /*#__PURE__*/__webpack_require__.n(node_zlib__WEBPACK_IMPORTED_MODULE_3__);
/* harmony import */ var _errors_errno_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(38335);





/** Read at once from a pack. */
const MAX_READ_BYTES = 4 << 20;
/** The chunks that a run has, in the packs of its folder. The packs are untrusted. */
class Packs {
    #chunks = new Map();
    #files = new Map();
    /** Adds chunks, which replace earlier ones with the same digest. */
    add(chunks) {
        for (const chunk of chunks)
            this.#chunks.set(chunk.digest, chunk);
    }
    /** Undefined if no pack has the chunk. */
    find(digest) {
        return this.#chunks.get(digest);
    }
    /** The chunks with these digests, in their order; undefined if one of them is missing. */
    findAll(digests) {
        const found = [];
        for (const digest of digests) {
            const chunk = this.#chunks.get(digest);
            if (chunk === undefined)
                return undefined;
            found.push(chunk);
        }
        return found;
    }
    /** Forgets a chunk that turned out to be broken. */
    remove(digest) {
        this.#chunks.delete(digest);
    }
    /**
     * Reads the frames of chunks, in their order; undefined instead of a frame that is broken, whose chunk is
     * forgotten. Chunks that are next to each other in a pack are read at once. Rejects with the errors of the
     * file system.
     */
    async *readFrames(chunks) {
        for (let at = 0; at < chunks.length;) {
            const run = takeRun(chunks, at);
            at += run.length;
            const [first] = run;
            if (first === undefined)
                return;
            const length = run.reduce((sum, { frameBytes }) => sum + frameBytes, 0);
            const handle = await this.#open(first.packFile);
            const bytes = Buffer.allocUnsafe(length);
            const { bytesRead } = await handle.read(bytes, 0, length, first.offset);
            for (const chunk of run) {
                const start = chunk.offset - first.offset;
                const end = start + chunk.frameBytes;
                const frame = bytes.subarray(start, end);
                const isWhole = end <= bytesRead && digestFrame(frame) === chunk.frameDigest;
                if (!isWhole)
                    this.remove(chunk.digest);
                yield [chunk, isWhole ? frame : undefined];
            }
        }
    }
    /** Closes the files. The chunks can still be read afterwards. */
    async close() {
        const opened = [...this.#files.values()];
        this.#files.clear();
        for (const file of opened)
            await file.then((handle) => handle.close()).catch(() => undefined);
    }
    #open(file) {
        const opened = this.#files.get(file) ?? (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.open)(file, node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_RDONLY | node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_NOFOLLOW);
        this.#files.set(file, opened);
        return opened;
    }
}
/** The chunks from `start` on that follow each other in one pack, up to a limit. */
function takeRun(chunks, start) {
    let end = start + 1;
    let length = chunks[start]?.frameBytes ?? 0;
    for (; end < chunks.length; end++) {
        const [before, next] = [chunks[end - 1], chunks[end]];
        if (before === undefined || next?.packFile !== before.packFile)
            break;
        if (next.offset !== before.offset + before.frameBytes)
            break;
        length += next.frameBytes;
        if (length > MAX_READ_BYTES)
            break;
    }
    return chunks.slice(start, end);
}
/** Gives the chunks of an index their places in its pack, without those behind the end of a shorter file. */
async function locateChunks(packFile, chunks) {
    const size = await sizeOfPlainFile(packFile);
    const located = [];
    let offset = 0;
    for (const chunk of chunks) {
        if (offset + chunk.frameBytes > size)
            break;
        located.push({ ...chunk, packFile, offset });
        offset += chunk.frameBytes;
    }
    return located;
}
/** The size of a regular file; 0 for a symbolic link or anything else. */
async function sizeOfPlainFile(file) {
    try {
        const found = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.lstat)(file);
        return found.isFile() ? found.size : 0;
    }
    catch (error) {
        if ((0,_errors_errno_js__WEBPACK_IMPORTED_MODULE_4__/* .isErrno */ .r)(error, "ENOENT", "ENOTDIR"))
            return 0;
        throw error;
    }
}
/** The name of a chunk: its SHA-256. */
function digestChunk(bytes) {
    return (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.hash)("sha256", bytes, "base64url");
}
/** Half of the SHA-256 of a frame. It shows damage; what a chunk is, its own digest says. */
function digestFrame(frame) {
    return (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.hash)("sha256", frame, "buffer").toString("base64url", 0, 16);
}
/** Decompresses a chunk; undefined if its content is not what its digest says. */
function unpackChunk({ digest, bytes }, frame) {
    try {
        const content = (0,node_zlib__WEBPACK_IMPORTED_MODULE_3__.zstdDecompressSync)(frame, { maxOutputLength: bytes });
        return content.length === bytes && digestChunk(content) === digest ? content : undefined;
    }
    catch {
        return undefined;
    }
}


/***/ }),

/***/ 99407:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   u: () => (/* binding */ rebuildFolder),
/* harmony export */   x: () => (/* binding */ verifyPath)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_crypto__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(51455);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_fs_promises__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_2__);
/* harmony import */ var p_limit__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(70370);
/* harmony import */ var _platform_zstd_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(66232);
/* harmony import */ var _narinfo_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(99711);
/* harmony import */ var _packs_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(4842);
/* harmony import */ var _references_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(20620);








/** What rebuilding may write: a chunk can be in any number of paths, and each path gets a file of its own. */
const MAX_FOLDER_BYTES = 12 * 2 ** 30;
const FILES_AT_ONCE = 4;
const WRITE_BYTES = 1 << 20;
/**
 * Makes a folder that Nix can read as a binary cache. When there is too much, the first paths have priority.
 * Nix compares the hash of each path when it reads it. Rejects with the errors of the file system.
 */
async function rebuildFolder(folder, packs, paths) {
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.mkdir)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(folder, "nar"), { recursive: true });
    const rebuilt = new Map();
    const names = new Set();
    const limit = (0,p_limit__WEBPACK_IMPORTED_MODULE_7__/* ["default"] */ .A)(FILES_AT_ONCE);
    let damaged = 0;
    let left = MAX_FOLDER_BYTES;
    const rebuild = async (path) => {
        // Files are named after the hash alone, which another path has only by malice.
        const name = (0,_narinfo_js__WEBPACK_IMPORTED_MODULE_4__/* .nameNarInfo */ .bY)(path.path);
        if (names.has(name))
            return;
        names.add(name);
        const chunks = packs.findAll(path.chunks);
        if (chunks === undefined)
            damaged++;
        if (chunks === undefined || left <= 0)
            return;
        const written = await writePath(folder, packs, path, chunks);
        if (written === undefined)
            damaged++;
        else
            rebuilt.set(path.path, path);
        left -= written ?? 0;
    };
    await limit.map(paths, rebuild);
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.writeFile)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(folder, "nix-cache-info"), "StoreDir: /nix/store\nWantMassQuery: 1\n");
    return { paths: rebuilt, damaged };
}
/** Writes the files of one path. Returns the size of its NAR file; undefined if a chunk is damaged. */
async function writePath(folder, packs, path, chunks) {
    const narInfo = (0,_narinfo_js__WEBPACK_IMPORTED_MODULE_4__/* .nameNarInfo */ .bY)(path.path);
    const name = `nar/${narInfo.replace(".narinfo", "")}.nar.zst`;
    const file = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(folder, name);
    const handle = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.open)(file, "wx");
    let sizeBytes;
    try {
        sizeBytes = await writeFrames(handle, readNarFrames(packs, path, chunks));
    }
    finally {
        await handle.close();
    }
    if (sizeBytes === undefined) {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.rm)(file);
        return undefined;
    }
    const nar = { name, compression: "zstd", hash: undefined, sizeBytes };
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.writeFile)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(folder, narInfo), (0,_narinfo_js__WEBPACK_IMPORTED_MODULE_4__/* .renderNarInfo */ .AW)(path, nar, path.signatures));
    return sizeBytes;
}
async function writeFrames(handle, frames) {
    let waiting = [];
    let waitingBytes = 0;
    let total = 0;
    let isWhole = true;
    const flush = async () => {
        await handle.writeFile(Buffer.concat(waiting));
        waiting = [];
        waitingBytes = 0;
    };
    for await (const frame of frames) {
        // Look at all of them: what is broken must be known before the path is sent again.
        if (frame === undefined)
            isWhole = false;
        if (frame === undefined || !isWhole)
            continue;
        waiting.push(frame);
        waitingBytes += frame.length;
        total += frame.length;
        if (waitingBytes >= WRITE_BYTES)
            await flush();
    }
    await flush();
    return isWhole ? total : undefined;
}
/**
 * A compressed NAR, frame by frame: zstd data may have any number of frames, so that most chunks are copied
 * as they are. Only those with the hash of a reference are unpacked, to put it back. Ends with undefined if
 * something is damaged.
 */
async function* readNarFrames(packs, { narBytes, places, references }, chunks) {
    let offset = 0;
    for await (const [chunk, frame] of packs.readFrames(chunks)) {
        const end = offset + chunk.bytes;
        const inside = (0,_references_js__WEBPACK_IMPORTED_MODULE_6__/* .selectPlaces */ .$p)(places, offset, end);
        if (frame === undefined || inside.length === 0)
            yield frame;
        else {
            const content = (0,_packs_js__WEBPACK_IMPORTED_MODULE_5__/* .unpackChunk */ .KI)(chunk, frame);
            if (content === undefined)
                packs.remove(chunk.digest);
            else
                (0,_references_js__WEBPACK_IMPORTED_MODULE_6__/* .putHashesBack */ .PF)(content, offset, inside, references);
            yield content && (0,_platform_zstd_js__WEBPACK_IMPORTED_MODULE_3__/* .renderRawFrame */ .up)(content);
        }
        offset = end;
    }
    if (offset !== narBytes)
        yield undefined;
}
/**
 * Whether the chunks of a path give its NAR. Forgets those that are broken, so that they are sent again.
 * Rejects with the errors of the file system.
 */
async function verifyPath(packs, path) {
    const chunks = packs.findAll(path.chunks);
    if (chunks === undefined)
        return false;
    const nar = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)("sha256");
    let isWhole = true;
    let offset = 0;
    for await (const [chunk, frame] of packs.readFrames(chunks)) {
        const content = frame === undefined ? undefined : (0,_packs_js__WEBPACK_IMPORTED_MODULE_5__/* .unpackChunk */ .KI)(chunk, frame);
        if (content === undefined) {
            packs.remove(chunk.digest);
            isWhole = false;
            continue;
        }
        const end = offset + content.length;
        (0,_references_js__WEBPACK_IMPORTED_MODULE_6__/* .putHashesBack */ .PF)(content, offset, (0,_references_js__WEBPACK_IMPORTED_MODULE_6__/* .selectPlaces */ .$p)(path.places, offset, end), path.references);
        nar.update(content);
        offset = end;
    }
    return isWhole && nar.digest("hex") === path.narHash;
}


/***/ }),

/***/ 20620:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $p: () => (/* binding */ selectPlaces),
/* harmony export */   PF: () => (/* binding */ putHashesBack),
/* harmony export */   iU: () => (/* binding */ ReferenceRemover)
/* harmony export */ });
/*
 * A store path contains the hashes of its references. They all change when one package changes that
 * everything needs, even if nothing else does. So they are replaced before the contents are cut into chunks,
 * and put back afterwards.
 */
const HASH_BYTES = 32;
const HASH_START = "/nix/store/".length;
/** Replaces the hashes of references in a NAR by zeros, and remembers where they were. */
class ReferenceRemover {
    places = [];
    #references;
    /** The first two bytes of all hashes, since most of the text that looks like a hash is none. */
    #starts;
    /** The last bytes of the stream so far, in which a hash may begin. */
    #rest = Buffer.alloc(0);
    /** Where `#rest` begins in the NAR. */
    #offset = 0;
    constructor(references) {
        const hashes = references.map((path) => path.slice(HASH_START, HASH_START + HASH_BYTES));
        this.#references = new Map(hashes.map((hash, index) => [hash, index]));
        this.#starts = new Uint8Array(1 << 16);
        for (const hash of hashes)
            this.#starts[(hash.charCodeAt(0) << 8) | hash.charCodeAt(1)] = 1;
    }
    /** Takes the next bytes, and returns those that are final. */
    push(bytes) {
        if (this.#references.size === 0)
            return bytes;
        const data = Buffer.concat([this.#rest, bytes]);
        const searched = this.#replace(data);
        this.#rest = data.subarray(searched);
        this.#offset += searched;
        return data.subarray(0, searched);
    }
    /** The bytes that are left at the end of the stream. */
    end() {
        return this.#rest;
    }
    /** Replaces all hashes in `data`. Returns the offset before which no further one can begin. */
    #replace(data) {
        let at = 0;
        /** All bytes from `at` to this offset are digits. */
        let known = 0;
        while (at + HASH_BYTES <= data.length) {
            // Look backwards: after a byte that no hash contains, the next one can only begin behind it.
            const end = at + HASH_BYTES;
            const first = Math.max(at, known);
            let last = end - 1;
            while (last >= first && IS_DIGIT[data[last] ?? 0] === 1)
                last--;
            known = end;
            if (last >= first) {
                at = last + 1;
                continue;
            }
            if (this.#starts[((data[at] ?? 0) << 8) | (data[at + 1] ?? 0)] === 1) {
                const reference = this.#references.get(data.toString("latin1", at, at + HASH_BYTES));
                if (reference !== undefined) {
                    this.places.push([this.#offset + at, reference]);
                    data.fill(0, at, at + HASH_BYTES);
                    at += HASH_BYTES;
                    continue;
                }
            }
            at++;
        }
        return at;
    }
}
/** Puts the hashes back that begin or end in `bytes`, which begin at `offset` in the NAR. */
function putHashesBack(bytes, offset, places, references) {
    for (const [place, reference] of places) {
        const hash = Buffer.from(references[reference]?.slice(HASH_START, HASH_START + HASH_BYTES) ?? "");
        const start = Math.max(place, offset);
        const end = Math.min(place + hash.length, offset + bytes.length);
        if (start < end)
            bytes.set(hash.subarray(start - place, end - place), start - offset);
    }
}
/** The places of `places`, in order, that begin or end between two offsets. */
function selectPlaces(places, start, end) {
    let low = 0;
    let high = places.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if ((places[middle]?.[0] ?? 0) + HASH_BYTES <= start)
            low = middle + 1;
        else
            high = middle;
    }
    let last = low;
    while (last < places.length && (places[last]?.[0] ?? end) < end)
        last++;
    return places.slice(low, last);
}
/** 1 for the digits of hashes. @see NixOS/nix, src/libutil/hash.cc, nix32Chars */
const IS_DIGIT = new Uint8Array(256);
for (const digit of "0123456789abcdfghijklmnpqrsvwxyz")
    IS_DIGIT[digit.charCodeAt(0)] = 1;


/***/ }),

/***/ 35099:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  HO: () => (/* binding */ MAX_CHAIN_BYTES),
  hA: () => (/* binding */ MAX_LANES),
  sV: () => (/* binding */ restoreGithubCache),
  R8: () => (/* binding */ transferLimitMs)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/model/count.ts
var count = __webpack_require__(47302);
// EXTERNAL MODULE: ./src/binary-cache/file.ts
var file = __webpack_require__(74074);
// EXTERNAL MODULE: ./src/binary-cache/github/client-protocol.ts
var client_protocol = __webpack_require__(46466);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: ./src/binary-cache/github/entry-key.ts
var entry_key = __webpack_require__(42490);
// EXTERNAL MODULE: ./src/binary-cache/github/pack-index.ts
var pack_index = __webpack_require__(93002);
// EXTERNAL MODULE: ./src/binary-cache/github/packs.ts
var github_packs = __webpack_require__(4842);
;// CONCATENATED MODULE: ./src/binary-cache/github/entry.ts





/** Reads an entry; undefined if its index is damaged. Rejects with the errors of the file system. */
async function loadEntry(folder, key) {
    const file = (0,external_node_path_.join)(folder, (0,entry_key/* nameIndex */.O5)(key));
    const size = await (0,github_packs/* sizeOfPlainFile */.F_)(file);
    if (size === 0 || size > pack_index/* MAX_INDEX_BYTES */.w2)
        return undefined;
    const index = (0,pack_index/* tryParsePackIndex */.wl)(await (0,promises_.readFile)(file, "utf8"));
    if (index === undefined)
        return undefined;
    return { key, index, chunks: await (0,github_packs/* locateChunks */.VO)((0,external_node_path_.join)(folder, (0,entry_key/* namePack */.ny)(key)), index.chunks) };
}
/** The entries that the newest entries of some lanes build on, and these themselves; oldest first. */
function listLinks(heads) {
    const links = new Map();
    for (const { key, index, chunks } of heads) {
        const bytes = chunks.reduce((sum, { frameBytes }) => sum + frameBytes, 0);
        for (const link of [...index.chain, { key, bytes, hasPaths: true }]) {
            const hasPaths = link.hasPaths || links.get(link.key)?.hasPaths === true;
            links.set(link.key, { ...link, hasPaths });
        }
    }
    return [...links.values()];
}
/** Puts together what entries have. A link without its entry is left out: GitHub may have removed it. */
function mergeEntries(links, entries) {
    const chain = [];
    const paths = new Map();
    for (const link of links) {
        const entry = entries.get(link.key);
        if (entry === undefined)
            continue;
        chain.push(link);
        if (!link.hasPaths)
            continue;
        for (const path of entry.index.paths) {
            // The newest paths come last.
            paths.delete(path.path);
            paths.set(path.path, path);
        }
    }
    return { chain, paths };
}

// EXTERNAL MODULE: ./src/binary-cache/github/rebuild.ts
var rebuild = __webpack_require__(99407);
;// CONCATENATED MODULE: ./src/binary-cache/github/restore.ts









/** A run with more lanes looks only for these: each one is a request. */
const MAX_LANES = 16;
/** What is restored at most, the newest first: half of what a repository has. */
const MAX_CHAIN_BYTES = 5 * 2 ** 30;
const FIND_LIMIT_MS = 60_000;
/** Fixed, because only the newest entries have the sizes of the others. */
const NEWEST_LIMIT_MS = 300_000;
const SLOWEST_BYTES_PER_MS = 1024;
/**
 * Restores the entries to which the newest ones lead, and makes a folder of them that Nix can read: neither
 * the content of GitHub's cache nor a failure of the service may break a build. Takes at most 60 seconds to
 * detect a service that does not answer. Rejects only with `CANCELLED`.
 */
async function restoreGithubCache(access) {
    const folder = (0,external_node_path_.join)(access.folder, "binary-cache");
    const { runnerCache } = access;
    if (runnerCache === undefined) {
        return restoreNothing(folder, "failed", "GitHub's cache is only available inside an action, and the runner offers none here");
    }
    if (!runnerCache.isReadable) {
        return restoreNothing(folder, "withheld", "the workflow's cache-mode does not allow reading it");
    }
    if (!(0,file/* isFitForUri */.$Y)(folder)) {
        return restoreNothing(folder, "failed", `Nix cannot read a cache from ${folder}, because of a special character in this path`);
    }
    try {
        const newest = await findNewest(runnerCache, access);
        if (newest.length === 0)
            return restoreNothing(folder, "empty", "there is no entry yet");
        return await restoreEntries(runnerCache, newest, (0,external_node_path_.join)(access.folder, "restored"), folder);
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error))
            throw error;
        return restoreNothing(folder, "failed", (0,action_error/* renderError */.vr)(error));
    }
}
function restoreNothing(folder, state, reason) {
    const isReachable = state !== "failed";
    return {
        state,
        reason,
        problem: isReachable ? undefined : reason,
        isReachable,
        folder,
        paths: new Map(),
        chain: [],
        newest: [],
        packs: new github_packs/* Packs */.hU(),
        packFiles: new Map(),
        entries: 0,
        bytes: 0,
    };
}
/** The newest entries of the run's own lanes; if there are none, those of any lane. */
async function findNewest(runnerCache, { lanes, targets, scope }) {
    // A pull request also reads what its base has saved.
    const scopes = [...new Set(["branch", scope])];
    const own = scopes.flatMap((of) => lanes.slice(0, MAX_LANES).map((lane) => (0,entry_key/* nameLane */.sx)(of, lane)));
    const any = scopes.flatMap((of) => targets.map((target) => (0,entry_key/* nameTarget */.dJ)(of, target)));
    const found = [...new Set(await runnerCache.findEach([...own, ...any], FIND_LIMIT_MS))];
    const ownFound = found.filter((key) => own.some((prefix) => key.startsWith(prefix)));
    return ownFound.length > 0 ? ownFound : found;
}
async function restoreEntries(runnerCache, newest, workspace, folder) {
    const problems = [];
    const entries = new Map();
    const restore = async (keys, timeoutMs) => {
        if (keys.length === 0)
            return;
        try {
            const result = await runnerCache.restore(workspace, keys, timeoutMs);
            if (result.keys.length < keys.length)
                problems.push(result.problem);
            for (const key of result.keys) {
                const entry = await loadEntry((0,external_node_path_.join)(workspace, client_protocol/* ENTRY_FOLDER */.w$), key);
                if (entry === undefined)
                    problems.push(`the index of the entry ${key} is damaged`);
                else
                    entries.set(key, entry);
            }
        }
        catch (error) {
            if ((0,action_error/* isCancelled */.mm)(error))
                throw error;
            problems.push((0,action_error/* renderError */.vr)(error));
        }
    };
    await restore(newest, NEWEST_LIMIT_MS);
    const links = listLinks([...entries.values()]);
    const older = selectNewest(links).filter(({ key }) => !entries.has(key));
    await restore(older.map(({ key }) => key), transferLimitMs(sumBytes(older)));
    const { chain, paths: known } = mergeEntries(links, entries);
    const packs = new github_packs/* Packs */.hU();
    for (const { key } of chain)
        packs.add(entries.get(key)?.chunks ?? []);
    const { paths, damaged } = await (0,rebuild/* rebuildFolder */.u)(folder, packs, [...known.values()].reverse());
    await packs.close();
    if (damaged > 0)
        problems.push(`ignored ${(0,count/* countOf */.pq)(damaged, "damaged store path")}`);
    const problem = problems.find((text) => text !== undefined);
    const reason = chain.length === links.length
        ? `the newest entry is ${chain.at(-1)?.key ?? ""}`
        : `entries before ${newest.join(", ")} are missing`;
    return {
        state: paths.size > 0 ? "restored" : problem === undefined ? "empty" : "failed",
        reason: problem ?? reason,
        problem,
        isReachable: true,
        folder,
        paths,
        chain,
        newest,
        packs,
        packFiles: new Map(chain.map(({ key }) => [key, (0,external_node_path_.join)(workspace, client_protocol/* ENTRY_FOLDER */.w$, (0,entry_key/* namePack */.ny)(key))])),
        entries: chain.length,
        bytes: sumBytes(chain),
    };
}
/** The newest of the entries, up to the limit for all of them. */
function selectNewest(links) {
    let left = MAX_CHAIN_BYTES;
    return links.toReversed().filter(({ bytes }) => (left -= bytes) >= 0);
}
/** One minute, plus the time that a slow connection needs. */
function transferLimitMs(bytes) {
    return 60_000 + bytes / SLOWEST_BYTES_PER_MS;
}
function sumBytes(links) {
    return links.reduce((sum, { bytes }) => sum + bytes, 0);
}


/***/ }),

/***/ 4315:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   G: () => (/* binding */ cacheClientOptions),
/* harmony export */   openCaches: () => (/* binding */ openCaches)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _binary_cache_binary_cache_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(23326);
/* harmony import */ var _binary_cache_github_restore_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(35099);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(22714);
/* harmony import */ var _model_count_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(47302);





/**
 * Makes the caches readable for Nix; GitHub's cache is downloaded. If it cannot be read, warns, or rejects
 * with `CACHE_FAILED` if the job says `fail`.
 */
function openCaches(job, context) {
    return Promise.all(job.caches.map((use) => openCache(use, job, context)));
}
async function openCache({ cache, isPulled }, job, context) {
    const { isCacheSigned } = job;
    // Its deltas extend the entries that were restored, so it is also restored if it is only filled.
    const restored = cache.kind === "github" ? await (0,_binary_cache_github_restore_js__WEBPACK_IMPORTED_MODULE_2__/* .restoreGithubCache */ .sV)(cacheClientOptions(job, context)) : undefined;
    if (restored !== undefined)
        logRestored(job, restored, context);
    const substituter = isPulled ? await (0,_binary_cache_binary_cache_js__WEBPACK_IMPORTED_MODULE_1__/* .findSubstituter */ .od)(cache, isCacheSigned, restored?.folder) : undefined;
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
            pathsLeft: 0,
            bytesPushed: 0,
            restored: restored === undefined ? null : summarizeRestored(restored),
            saved: null,
        },
    };
}
/** How this run reads and writes GitHub's cache. */
function cacheClientOptions(job, context) {
    const { runnerCache, system, runFolder, nonce, environment, event } = context;
    const { workingDirectory } = job;
    const folder = (0,node_path__WEBPACK_IMPORTED_MODULE_0__.relative)(environment["GITHUB_WORKSPACE"] ?? workingDirectory, workingDirectory);
    const installables = job.installables.map(({ flake, name }) => `${flake}#${name}`);
    return {
        runnerCache,
        folder: (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(runFolder, "github-cache"),
        nonce,
        lanes: job.targets.flatMap((target) => installables.map((installable) => ({ target, installable, folder }))),
        targets: [...new Set([...job.targets, system])],
        scope: event.name === "pull_request" ? "pull-request" : "branch",
    };
}
function logRestored(job, { problem, reason, state, paths, entries }, { log }) {
    if (problem !== undefined && job.onCacheFailure === "fail") {
        throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_3__/* .ActionError */ .lZ("CACHE_FAILED", `the binary cache github could not be read: ${problem}`, {
            hint: "Remove `on-cache-failure: fail` to build without the cache.",
        });
    }
    if (problem !== undefined)
        log.warning(`the binary cache github could not be read completely: ${problem}`);
    if (state === "restored") {
        const restored = (0,_model_count_js__WEBPACK_IMPORTED_MODULE_4__/* .countOf */ .pq)(paths.size, "path");
        log.info(`binary cache github: ${restored} restored from ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_4__/* .countOf */ .pq)(entries, "entry", "entries")}`);
    }
    else
        log.info(`binary cache github: nothing restored: ${reason}`);
}
function summarizeRestored({ state, reason, paths, entries, bytes }) {
    return { state, reason, entries, paths: paths.size, bytes };
}


/***/ })

};
