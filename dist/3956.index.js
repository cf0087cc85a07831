export const id = 3956;
export const ids = [3956,5786];
export const modules = {

/***/ 99711:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   AW: () => (/* binding */ renderNarInfo),
/* harmony export */   bY: () => (/* binding */ nameNarInfo),
/* harmony export */   xt: () => (/* binding */ renderFingerprint)
/* harmony export */ });
/* harmony import */ var _model_store_path_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75210);
/* harmony import */ var _nix_base32_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9746);


const BASE_NAME = /^[0-9a-df-np-sv-z]{32}-[0-9A-Za-z+\-._?=]{1,211}$/;
const HASH = /^(?:sha256:[0-9a-df-np-sv-z]{52}|sha256:[0-9a-f]{64}|sha256-[A-Za-z0-9+/]{43}=)$/;
/**
 * The fields that Nix reads, and the values that it accepts.
 * @see NixOS/nix, src/libstore/nar-info.cc
 */
const FIELDS = {
    StorePath: _model_store_path_js__WEBPACK_IMPORTED_MODULE_0__/* .isStorePath */ .zP,
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
/** The file name of a store path's `.narinfo` in a binary cache. */
function nameNarInfo(storePath) {
    return `${hashOf(storePath)}.narinfo`;
}
/** Renders a `.narinfo`. Leaves out what would make it invalid: a builder may say anything about a path. */
function renderNarInfo(info, file, signatures) {
    const { path, deriver, narHash, narBytes, references, contentAddress } = info;
    const known = deriver.endsWith(".drv") && (0,_model_store_path_js__WEBPACK_IMPORTED_MODULE_0__/* .isStorePath */ .zP)(deriver);
    const lines = [
        ["StorePath", path],
        ["URL", file.name],
        ["Compression", file.compression],
        ...(file.hash === undefined ? [] : [["FileHash", `sha256:${(0,_nix_base32_js__WEBPACK_IMPORTED_MODULE_1__/* .renderNixBase32 */ .y)(file.hash)}`]]),
        ["FileSize", String(file.sizeBytes)],
        ["NarHash", `sha256:${(0,_nix_base32_js__WEBPACK_IMPORTED_MODULE_1__/* .renderNixBase32 */ .y)(Buffer.from(narHash, "hex"))}`],
        ["NarSize", String(narBytes)],
        ["References", references.map(baseNameOf).join(" ")],
        ...(known ? [["Deriver", baseNameOf(deriver)]] : []),
        ...[...new Set(signatures)].map((signature) => ["Sig", signature]),
        ...(contentAddress === "" ? [] : [["CA", contentAddress]]),
    ];
    return lines
        .filter(([name, value]) => FIELDS[name]?.(value) !== false)
        .map(([name, value]) => `${name}: ${value}\n`)
        .join("");
}
/**
 * What a signature of a path covers.
 * @see NixOS/nix, src/libstore/path-info.cc, ValidPathInfo::fingerprint
 */
function renderFingerprint({ path, narHash, narBytes, references }) {
    const hash = (0,_nix_base32_js__WEBPACK_IMPORTED_MODULE_1__/* .renderNixBase32 */ .y)(Buffer.from(narHash, "hex"));
    return `1;${path};sha256:${hash};${narBytes};${[...references].sort().join(",")}`;
}
function baseNameOf(storePath) {
    return storePath.slice("/nix/store/".length);
}
function hashOf(storePath) {
    return storePath.slice("/nix/store/".length, "/nix/store/".length + 32);
}
function isSize(text) {
    return /^[1-9][0-9]{0,14}$/.test(text);
}


/***/ }),

/***/ 9746:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   y: () => (/* binding */ renderNixBase32)
/* harmony export */ });
const ALPHABET = "0123456789abcdfghijklmnpqrsvwxyz";
/** Renders a hash as Nix does in file names and narinfos. @see NixOS/nix, src/libutil/hash.cc, printHash32 */
function renderNixBase32(hash) {
    let text = "";
    for (let at = Math.ceil((hash.length * 8) / 5) - 1; at >= 0; at -= 1) {
        const byte = Math.floor((at * 5) / 8);
        const bit = (at * 5) % 8;
        const value = ((hash[byte] ?? 0) >> bit) | ((hash[byte + 1] ?? 0) << (8 - bit));
        text += ALPHABET[value & 31] ?? "";
    }
    return text;
}


/***/ }),

/***/ 59446:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   q: () => (/* binding */ PushQueue)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);

/** After so many failures in a row, the cache is down, and no more paths are sent. */
const MAX_FAILURES = 3;
/**
 * Sends store paths to one cache while more of them are being built. Asks for batches of paths whether the
 * cache has them. Sends a path after its references, and large paths beside small ones, so that neither wait
 * for the other. A path that cannot be sent leaves out those that refer to it; a cache that keeps failing
 * gets no more. Never rejects.
 */
class PushQueue {
    #writer;
    #effects;
    #entries = new Map();
    #lanes = [
        { maxBytes: 1 << 20, slots: 16, ready: [], sending: 0 },
        { maxBytes: Infinity, slots: 4, ready: [], sending: 0 },
    ];
    #unasked = [];
    #isAsking = false;
    #failuresInRow = 0;
    #error;
    /** Set when nothing more is sent: the cache is down, or the queue was drained. */
    #isEnded = false;
    #pathsPushed = 0;
    #pathsPresent = 0;
    #bytesPushed = 0;
    #notify = () => undefined;
    constructor(writer, effects) {
        this.#writer = writer;
        this.#effects = effects;
    }
    get uri() {
        return this.#writer.uri;
    }
    /**
     * Takes paths that exist now. References that are neither among them nor were added before are in the cache
     * or elsewhere.
     */
    add(paths) {
        const added = [];
        for (const stored of paths) {
            const { path } = stored.info;
            if (this.#entries.has(path))
                continue;
            const entry = { stored, state: "asking", unmet: 0, dependents: [] };
            this.#entries.set(path, entry);
            added.push(entry);
        }
        for (const entry of added)
            this.#linkReferences(entry);
        this.#unasked.push(...added);
        void this.#ask();
        this.#pump();
    }
    /**
     * Ends the queue: waits until all is sent, for at most `limitMs`, and closes the cache. Tries once more
     * what failed: a builder that had it may be reachable again, or this machine may have it now.
     */
    async drain({ limitMs, signal }) {
        const { clock } = this.#effects;
        const endMs = clock.nowMs() + limitMs;
        await this.#awaitIdle(limitMs, signal);
        if (clock.nowMs() < endMs && signal?.aborted !== true)
            this.#retryFailed();
        await this.#awaitIdle(Math.max(0, endMs - clock.nowMs()), signal);
        this.#isEnded = true;
        try {
            await this.#writer.close();
        }
        catch (thrown) {
            this.#error ??= (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .toActionError */ .ie)(thrown);
        }
        const left = [...this.#entries].flatMap(([path, { state }]) => (state === "done" ? [] : [path]));
        const { pathsPushed, pathsPresent, bytesPushed, error } = {
            ...{ pathsPushed: this.#pathsPushed, pathsPresent: this.#pathsPresent },
            ...{ bytesPushed: this.#bytesPushed, error: this.#error },
        };
        return { pathsPushed, pathsPresent, bytesPushed, left, error: left.length > 0 ? error : undefined };
    }
    #linkReferences(entry) {
        for (const reference of entry.stored.info.references) {
            const other = this.#entries.get(reference);
            if (other === undefined || other === entry || other.state === "done")
                continue;
            other.dependents.push(entry);
            entry.unmet += 1;
        }
    }
    async #ask() {
        if (this.#isAsking)
            return;
        this.#isAsking = true;
        try {
            while (this.#unasked.length > 0 && !this.#isEnded) {
                const asked = this.#unasked;
                this.#unasked = [];
                const present = await this.#writer.findPresent(asked.map(({ stored }) => stored.info.path));
                for (const entry of asked) {
                    entry.state = "waiting";
                    if (!present.has(entry.stored.info.path))
                        this.#queueIfReady(entry);
                    else {
                        this.#pathsPresent += 1;
                        this.#finish(entry);
                    }
                }
                this.#pump();
            }
        }
        catch (thrown) {
            this.#giveUp((0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .toActionError */ .ie)(thrown));
        }
        finally {
            this.#isAsking = false;
            this.#notify();
        }
    }
    #retryFailed() {
        for (const entry of this.#entries.values()) {
            if (entry.state !== "failed")
                continue;
            entry.state = "waiting";
            this.#queueIfReady(entry);
        }
        this.#pump();
    }
    #finish(entry) {
        entry.state = "done";
        for (const dependent of entry.dependents.splice(0)) {
            dependent.unmet -= 1;
            this.#queueIfReady(dependent);
        }
    }
    #queueIfReady(entry) {
        if (entry.state !== "waiting" || entry.unmet > 0)
            return;
        entry.state = "sending";
        const { narBytes } = entry.stored.info;
        this.#lanes.find(({ maxBytes }) => narBytes <= maxBytes)?.ready.push(entry);
    }
    #pump() {
        for (const lane of this.#lanes) {
            while (lane.sending < lane.slots && !this.#isEnded) {
                const entry = lane.ready.shift();
                if (entry === undefined)
                    break;
                lane.sending += 1;
                void this.#send(entry).finally(() => {
                    lane.sending -= 1;
                    this.#pump();
                    this.#notify();
                });
            }
        }
    }
    async #send(entry) {
        const { path } = entry.stored.info;
        try {
            const { bytes } = await this.#writer.send(entry.stored);
            this.#failuresInRow = 0;
            this.#pathsPushed += 1;
            this.#bytesPushed += bytes;
            this.#finish(entry);
        }
        catch (thrown) {
            entry.state = "failed";
            const error = (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .toActionError */ .ie)(thrown);
            this.#effects.log.debug(`${this.uri}: ${path} is not pushed: ${error.message}`);
            if (this.#isEnded)
                return;
            this.#failuresInRow += 1;
            // A store that cannot be read says nothing about the cache.
            const isCacheAtFault = error.code === "CACHE_FAILED" && this.#failuresInRow >= MAX_FAILURES;
            if (isCacheAtFault || (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .isCancelled */ .mm)(error))
                this.#giveUp(error);
            else
                this.#error ??= error;
        }
    }
    #giveUp(error) {
        this.#error ??= error;
        this.#isEnded = true;
    }
    get #isIdle() {
        const isSending = this.#lanes.some(({ sending, ready }) => sending > 0 || ready.length > 0);
        return this.#isEnded || !(this.#isAsking || this.#unasked.length > 0 || isSending);
    }
    async #awaitIdle(limitMs, signal) {
        const ended = new AbortController();
        const stop = signal === undefined ? ended.signal : AbortSignal.any([ended.signal, signal]);
        const time = { isUp: false };
        const onTimeUp = () => {
            time.isUp = true;
            this.#notify();
        };
        this.#effects.clock.sleep(limitMs, stop).then(onTimeUp, onTimeUp);
        while (!this.#isIdle && !time.isUp) {
            await new Promise((resolve) => {
                this.#notify = resolve;
            });
        }
        ended.abort();
    }
}


/***/ }),

/***/ 95786:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   readNetrcSetting: () => (/* binding */ readNetrcSetting),
/* harmony export */   readSubstituters: () => (/* binding */ readSubstituters)
/* harmony export */ });
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(92857);

/** The settings of Nix that this action reads. */
const SETTINGS = zod__WEBPACK_IMPORTED_MODULE_0__/* .object */ .Ikc({
    "netrc-file": zod__WEBPACK_IMPORTED_MODULE_0__/* .object */ .Ikc({ value: zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP() }),
    substituters: zod__WEBPACK_IMPORTED_MODULE_0__/* .object */ .Ikc({ value: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP()) }),
});
const CALL_LIMIT_MS = 30_000;
/** The netrc file that Nix reads, which need not exist. Rejects with the codes of RunCommand. */
async function readNetrcSetting(runNix) {
    return (await readSettings(runNix))["netrc-file"].value;
}
/** The store URIs that Nix substitutes from, best first. Rejects with the codes of RunCommand. */
async function readSubstituters(runNix) {
    return (await readSettings(runNix)).substituters.value;
}
async function readSettings(runNix) {
    // Newer versions call it `nix config show`, and still know the old name.
    const { stdout } = await runNix(["show-config", "--json"], { timeoutMs: CALL_LIMIT_MS });
    return SETTINGS.parse(JSON.parse(stdout));
}


/***/ }),

/***/ 39561:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   d: () => (/* binding */ CacheFeed)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(51455);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs_promises__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(22714);
/* harmony import */ var _model_derivation_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(14820);
/* harmony import */ var _model_store_path_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(75210);
/* harmony import */ var _nix_derivation_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(56754);
/* harmony import */ var _nix_protocol_export_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(38686);
/* harmony import */ var _platform_clock_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(53037);







/** In these modes, Nix does not copy the outputs of intermediate derivations to this machine. */
const MODES_ON_BUILDERS = ["single-store", "distributed"];
/**
 * Adds to the run's caches what the run builds, at the moment when it is built: all outputs of a derivation
 * with their closure, from this machine's store or straight from that of a builder. A builder may only add
 * what belongs to the derivations that are built, since the caches' readers trust it. Never rejects.
 */
class CacheFeed {
    #caches;
    #effects;
    #modes = new Map();
    #expected = new Map();
    #resolved = new Map();
    /** Paths that were added together with their closure. */
    #covered = new Set();
    #built = new Set();
    #substituted = new Set();
    #missed = new Map();
    #running = new Set();
    constructor(caches, effects) {
        this.#caches = caches;
        this.#effects = effects;
    }
    /** Takes an event of the run. */
    take(event) {
        if (event.event === "attempt-started")
            this.#modes.set(event.target ?? "", event.mode);
        if (event.event === "substitution-ended" && event.outcome === "substituted") {
            this.#substituted.add(event.storePath);
        }
        if (event.event !== "build-ended" || event.outcome !== "built" || !(0,_model_store_path_js__WEBPACK_IMPORTED_MODULE_5__/* .isStorePath */ .zP)(event.drvPath))
            return;
        const { drvPath, place, target = "" } = event;
        this.#track(() => this.#addBuilt(drvPath, place, target));
    }
    /** Adds paths of this machine's store with their closures. */
    add(roots) {
        this.#track(() => this.#addClosures(roots, undefined));
    }
    /**
     * Waits until the caches have everything, for at most `limitMs`, or until `signal` fires, and closes them.
     * Returns the summary of each cache, in their order.
     */
    async finish(limitMs, signal) {
        const { clock } = this.#effects;
        const endMs = clock.nowMs() + limitMs;
        await (0,_platform_clock_js__WEBPACK_IMPORTED_MODULE_4__/* .withTimeLimit */ .Bv)(clock, limitMs, (limit) => this.#settle(AbortSignal.any([limit, signal]))).catch(() => undefined);
        return Promise.all(this.#caches.map(async ({ queue }) => {
            const summary = await queue.drain({ limitMs: Math.max(0, endMs - clock.nowMs()), signal });
            const missed = [...this.#missed.keys()].filter((path) => !summary.left.includes(path));
            const [reason] = this.#missed.values();
            const error = summary.error ?? (missed.length > 0 ? (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .toActionError */ .ie)(reason?.error) : undefined);
            return { ...summary, left: [...summary.left, ...missed], error };
        }));
    }
    /** Waits for what was added to be resolved, and then tries once more what failed. */
    async #settle(stop) {
        const stopped = new Promise((resolve) => {
            stop.addEventListener("abort", () => {
                resolve();
            });
        });
        const whenResolved = async () => {
            while (this.#running.size > 0 && !stop.aborted)
                await Promise.race([Promise.all(this.#running), stopped]);
        };
        await whenResolved();
        // A builder may have had no session free, or the path may be here now.
        for (const [path, { source }] of this.#missed)
            this.#track(() => this.#addClosures([path], source));
        await whenResolved();
    }
    async #addBuilt(drvPath, place, target) {
        const derivation = (0,_nix_derivation_js__WEBPACK_IMPORTED_MODULE_2__/* .parseDerivation */ .rN)(await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readFile)(drvPath), drvPath);
        const outputs = (0,_model_derivation_js__WEBPACK_IMPORTED_MODULE_6__/* .outputPaths */ .u)(derivation);
        for (const path of outputs)
            this.#built.add(path);
        const mode = this.#modes.get(target);
        const isOnBuilder = place !== "local" && mode !== undefined && MODES_ON_BUILDERS.includes(mode);
        if (!isOnBuilder)
            return this.#addClosures(outputs, undefined);
        const reader = this.#effects.openBuilder(place);
        const expected = await this.#readExpected(target);
        if (reader === undefined || !expected.drvPaths.has(drvPath))
            return;
        await this.#addClosures(outputs, { place, reader, expected: expected.paths });
    }
    #readExpected(target) {
        const known = this.#expected.get(target) ?? this.#readClosure(target);
        this.#expected.set(target, known);
        return known;
    }
    async #readClosure(target) {
        const closure = await (0,_nix_derivation_js__WEBPACK_IMPORTED_MODULE_2__/* .readDerivationClosure */ .zR)(await this.#effects.readRoots(target));
        return { drvPaths: new Set(closure.keys()), paths: (0,_nix_derivation_js__WEBPACK_IMPORTED_MODULE_2__/* .listExpected */ .Dx)(closure) };
    }
    async #addClosures(roots, source) {
        try {
            const closure = await this.#resolveClosure(roots, source);
            for (const { info } of closure) {
                this.#covered.add(info.path);
                this.#missed.delete(info.path);
            }
            for (const { queue, isWanted } of this.#caches) {
                queue.add(closure.filter(({ info }) => isWanted(info, this.#originOf(info.path))));
            }
        }
        catch (error) {
            for (const root of roots)
                if (!this.#covered.has(root))
                    this.#missed.set(root, { source, error });
            throw error;
        }
    }
    #originOf(path) {
        return { isBuilt: this.#built.has(path), isSubstituted: this.#substituted.has(path) };
    }
    /** The paths of the closures that were not added before. */
    async #resolveClosure(roots, source) {
        const found = new Map();
        const isNew = (path) => !this.#covered.has(path) && !found.has(path);
        let next = [...new Set(roots)].filter(isNew);
        while (next.length > 0) {
            const resolved = await Promise.all(next.map((path) => this.#resolve(path, source)));
            for (const stored of resolved)
                found.set(stored.info.path, stored);
            next = [...new Set(resolved.flatMap(({ info }) => info.references))].filter(isNew);
        }
        return [...found.values()];
    }
    #resolve(path, source) {
        const known = this.#resolved.get(path);
        if (known !== undefined)
            return known;
        const resolving = this.#describe(path, source).then((info) => ({
            info,
            openNar: () => this.#openNar(path, source),
        }));
        this.#resolved.set(path, resolving);
        // Another store may have it.
        resolving.catch(() => this.#resolved.delete(path));
        return resolving;
    }
    /** This machine is asked first: it answers at once. */
    async #describe(path, source) {
        const { local } = this.#effects;
        if (source === undefined)
            return local.queryPathInfo(path);
        if (await (0,_nix_derivation_js__WEBPACK_IMPORTED_MODULE_2__/* .isPresent */ .Wo)(path)) {
            try {
                return await local.queryPathInfo(path);
            }
            catch {
                // It is being copied here.
            }
        }
        if (!source.expected.has(path))
            throw (0,_nix_protocol_export_js__WEBPACK_IMPORTED_MODULE_3__/* .notRequested */ .Y4)(source.place, path);
        return source.reader.queryPathInfo(path);
    }
    async *#openNar(path, source) {
        const { local } = this.#effects;
        if (source === undefined || (await isValid(local, path)))
            yield* local.readNar(path);
        else
            yield* source.reader.readNar(path);
    }
    #track(work) {
        const running = work()
            .catch((error) => {
            this.#effects.log.debug(`a path cannot be added to the caches: ${(0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .renderError */ .vr)(error)}`);
        })
            .finally(() => this.#running.delete(running));
        this.#running.add(running);
    }
}
async function isValid(store, path) {
    if (!(await (0,_nix_derivation_js__WEBPACK_IMPORTED_MODULE_2__/* .isPresent */ .Wo)(path)))
        return false;
    return store.queryPathInfo(path).then(() => true, () => false);
}


/***/ }),

/***/ 16386:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  B7: () => (/* binding */ findLogin),
  nx: () => (/* binding */ openLocalStore),
  Kn: () => (/* binding */ openWriter)
});

// EXTERNAL MODULE: external "node:net"
var external_node_net_ = __webpack_require__(77030);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(57075);
// EXTERNAL MODULE: external "node:stream/promises"
var external_node_stream_promises_ = __webpack_require__(24085);
// EXTERNAL MODULE: ./src/errors/errno.ts
var errno = __webpack_require__(38335);
// EXTERNAL MODULE: ./src/platform/files.ts
var files = __webpack_require__(94924);
;// CONCATENATED MODULE: ./src/binary-cache/folder-files.ts








/** A binary cache in a folder, which is created with its first file. Rejects with the errors of the disk. */
function openFolderFiles({ uri, folder }) {
    const ended = new AbortController();
    return {
        uri,
        has: async (name) => {
            try {
                return (await (0,promises_.lstat)((0,external_node_path_.join)(folder, name))).isFile();
            }
            catch (error) {
                if ((0,errno/* isErrno */.r)(error, "ENOENT"))
                    return false;
                throw error;
            }
        },
        read: (name) => readPlainFile((0,external_node_path_.join)(folder, name)),
        write: async (name, body) => {
            const file = (0,external_node_path_.join)(folder, name);
            const temporary = (0,external_node_path_.join)((0,external_node_path_.dirname)(file), `.${(0,external_node_crypto_.randomBytes)(6).toString("hex")}.tmp`);
            await (0,promises_.mkdir)((0,external_node_path_.dirname)(file), { recursive: true });
            const { signal } = ended;
            try {
                if ("open" in body) {
                    const target = (0,external_node_fs_.createWriteStream)(temporary, { flags: "wx" });
                    await (0,external_node_stream_promises_.pipeline)(external_node_stream_.Readable.from(copyChunks(body.open())), target, { signal });
                }
                else
                    await (0,promises_.writeFile)(temporary, body, { flag: "wx", signal });
                await (0,promises_.rename)(temporary, file);
            }
            catch (error) {
                await (0,promises_.rm)(temporary, { force: true });
                throw error;
            }
        },
        close: () => {
            ended.abort();
        },
    };
}
/** A body may use one buffer for all of its chunks, but a stream reads ahead. */
async function* copyChunks(chunks) {
    for await (const chunk of chunks)
        yield Buffer.from(chunk);
}
const MAX_TEXT_BYTES = 1 << 20;
/** The text of a small regular file; undefined for a symbolic link or anything else. */
async function readPlainFile(file) {
    try {
        const found = await (0,promises_.lstat)(file);
        return found.isFile() && found.size <= MAX_TEXT_BYTES ? await (0,files/* readFileIfPresent */.Ts)(file) : undefined;
    }
    catch (error) {
        if ((0,errno/* isErrno */.r)(error, "ENOENT", "ENOTDIR", "ENAMETOOLONG"))
            return undefined;
        throw error;
    }
}

// EXTERNAL MODULE: external "node:stream/consumers"
var consumers_ = __webpack_require__(38321);
// EXTERNAL MODULE: ./src/platform/retry.ts
var retry = __webpack_require__(70385);
;// CONCATENATED MODULE: ./src/binary-cache/http-files.ts


/** A server that takes nothing, and says nothing, for so long is down. */
const IDLE_LIMIT_MS = 60_000;
/** Nix's own types. @see NixOS/nix, src/libstore/binary-cache-store.cc */
const CONTENT_TYPES = [
    [".narinfo", "text/x-nix-narinfo"],
    ["nix-cache-info", "text/x-nix-cache-info"],
    ["", "application/x-nix-nar"],
];
/**
 * A binary cache on a server that takes files by PUT. Tries again as `retryTransient` does. Rejects with
 * `StatusError`, and with the errors of `SendHttp`.
 */
function openHttpFiles({ uri, login }, { sendHttp, clock, log, retryDelayMs }) {
    const ended = new AbortController();
    const authorization = login === undefined
        ? {}
        : { authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}` };
    const request = (method, name, take, body) => (0,retry/* retryTransient */.jh)(async () => {
        const type = CONTENT_TYPES.find(([ending]) => name.endsWith(ending))?.[1] ?? "";
        const answer = await sendHttp({
            ...{ method, url: new URL(`${uri}/${name}`), body },
            headers: { ...authorization, ...(body !== undefined && { "content-type": type }) },
            staysOnOrigin: login !== undefined || body !== undefined,
            idleLimitMs: IDLE_LIMIT_MS,
            signal: ended.signal,
        });
        return take(answer);
    }, { clock, log, retryDelayMs, signal: ended.signal });
    const refuse = (method, name, answer) => {
        const { status, headers } = answer;
        answer.discard();
        return new retry/* StatusError */.Xs(`${method} ${name}: the server answered ${status}`, {
            status,
            isTransient: (0,retry/* isTransientStatus */.Dm)(status),
            retryAfterMs: (0,retry/* parseRetryAfter */.mu)(headers.get("retry-after"), clock.nowMs()),
        });
    };
    return {
        uri,
        has: (name) => request("HEAD", name, (answer) => {
            const { status } = answer;
            if (!isFound(status) && !isMissing(status))
                return Promise.reject(refuse("HEAD", name, answer));
            answer.discard();
            return Promise.resolve(isFound(status));
        }),
        read: (name) => request("GET", name, async (answer) => {
            if (isFound(answer.status))
                return (await (0,consumers_.buffer)(answer.body)).toString("utf8");
            if (!isMissing(answer.status))
                throw refuse("GET", name, answer);
            answer.discard();
            return undefined;
        }),
        write: (name, body) => request("PUT", name, (answer) => {
            if (!isFound(answer.status))
                return Promise.reject(refuse("PUT", name, answer));
            answer.discard();
            return Promise.resolve();
        }, body),
        close: () => {
            ended.abort(new Error("the cache was closed"));
        },
    };
}
function isFound(status) {
    return status >= 200 && status < 300;
}
/** S3 answers 403 for a missing file of a bucket that may not be listed. Nix reads it in the same way. */
function isMissing(status) {
    return [403, 404, 410].includes(status);
}

// EXTERNAL MODULE: ./src/binary-cache/http.ts
var http = __webpack_require__(65292);
// EXTERNAL MODULE: ./node_modules/p-limit/index.js + 1 modules
var p_limit = __webpack_require__(70370);
// EXTERNAL MODULE: ./src/nix-protocol/session.ts + 1 modules
var nix_protocol_session = __webpack_require__(51646);
;// CONCATENATED MODULE: ./src/binary-cache/local-store.ts


/** Each session is a process of the daemon. */
const NARS_AT_ONCE = 6;
const QUESTIONS_AT_ONCE = 2;
/**
 * The store of this machine, read through Nix's daemon, or a process of Nix that speaks its protocol. Opens
 * sessions as they are needed, and uses them again. Rejects with the codes of `DaemonSession`.
 */
class LocalStore {
    #openChannel;
    #clock;
    #questions = (0,p_limit/* default */.A)(QUESTIONS_AT_ONCE);
    #nars = (0,p_limit/* default */.A)(NARS_AT_ONCE);
    #idle = [];
    #all = new Set();
    constructor(openChannel, clock) {
        this.#openChannel = openChannel;
        this.#clock = clock;
    }
    queryPathInfo = (path) => this.#questions(async () => {
        const session = await this.#acquire();
        try {
            const info = await session.queryPathInfo(path);
            this.#idle.push(session);
            return info;
        }
        catch (error) {
            this.#discard(session);
            throw error;
        }
    });
    readNar = (path) => this.#readNar(path);
    close() {
        for (const session of this.#all)
            session.close();
        this.#all.clear();
        this.#idle.length = 0;
    }
    async *#readNar(path) {
        const release = await takeTurn(this.#nars);
        let session;
        let isWhole = false;
        try {
            session = await this.#acquire();
            yield* session.readNar(path);
            isWhole = true;
        }
        finally {
            // After a NAR that was not read to its end, the state of the session is unknown.
            if (session !== undefined && isWhole)
                this.#idle.push(session);
            else if (session !== undefined)
                this.#discard(session);
            release();
        }
    }
    async #acquire() {
        const idle = this.#idle.pop();
        if (idle !== undefined)
            return idle;
        const channel = await this.#openChannel();
        const session = await nix_protocol_session/* DaemonSession */.$.open(channel, { host: "this machine", clock: this.#clock });
        this.#all.add(session);
        return session;
    }
    #discard(session) {
        this.#all.delete(session);
        session.close();
    }
}
/** Waits for a turn, which ends when the function is called that this resolves to. */
function takeTurn(limit) {
    return new Promise((resolve) => {
        void limit(() => new Promise(resolve));
    });
}

// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/binary-cache/narinfo.ts
var narinfo = __webpack_require__(99711);
// EXTERNAL MODULE: ./src/binary-cache/nix-base32.ts
var nix_base32 = __webpack_require__(9746);
// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(57975);
// EXTERNAL MODULE: external "node:zlib"
var external_node_zlib_ = __webpack_require__(38522);
// EXTERNAL MODULE: ./src/platform/http.ts + 1 modules
var platform_http = __webpack_require__(99174);
;// CONCATENATED MODULE: ./src/binary-cache/pack-nar.ts









/** Above this size, the compressed NAR is kept in a file. */
const MAX_BYTES_IN_MEMORY = 1 << 20;
/** zstd's own default: what Nix's `compression=zstd` uses too. */
const LEVEL = { params: { [external_node_zlib_.constants.ZSTD_c_compressionLevel]: 3 } };
const compressAtOnce = (0,external_node_util_.promisify)(external_node_zlib_.zstdCompress);
/**
 * Compresses a NAR, into memory or a file in `folder`. Rejects with `CACHE_FAILED` if the NAR is not the one
 * that its store describes, and with the errors of the NAR and of the disk.
 */
async function packNar({ info, openNar }, folder) {
    // A stream costs more than it takes to compress a small NAR at once.
    if (info.narBytes <= MAX_BYTES_IN_MEMORY) {
        const nar = [];
        for await (const chunk of verifyNar(openNar(), info))
            nar.push(chunk);
        const body = await compressAtOnce(Buffer.concat(nar), LEVEL);
        const hash = (0,external_node_crypto_.createHash)("sha256").update(body).digest();
        return { body, sizeBytes: body.length, hash, discard: () => Promise.resolve() };
    }
    await (0,promises_.mkdir)(folder, { recursive: true, mode: 0o700 });
    const file = (0,external_node_path_.join)(folder, `${(0,external_node_crypto_.randomBytes)(8).toString("hex")}.nar.zst`);
    const discard = () => (0,promises_.rm)(file, { force: true });
    const handle = await (0,promises_.open)(file, "wx", 0o600);
    try {
        const { sizeBytes, hash } = await compressToFile(verifyNar(openNar(), info), handle);
        return { body: (0,platform_http/* readFileBody */.lX)(file, sizeBytes), sizeBytes, hash, discard };
    }
    catch (error) {
        await discard();
        throw error;
    }
    finally {
        await handle.close();
    }
}
async function compressToFile(nar, handle) {
    const compress = (0,external_node_zlib_.createZstdCompress)({ ...LEVEL, chunkSize: 1 << 18 });
    const hash = (0,external_node_crypto_.createHash)("sha256");
    let sizeBytes = 0;
    // Reading `compress` fails with the same error.
    (0,external_node_stream_promises_.pipeline)(external_node_stream_.Readable.from(nar, { objectMode: true, highWaterMark: 4 }), compress).catch(() => undefined);
    for await (const chunk of compress) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        await handle.writeFile(chunk);
    }
    return { sizeBytes, hash: hash.digest() };
}
/** Passes on a NAR; fails at its end, or as soon as it is too long, if it is not the one of `info`. */
async function* verifyNar(nar, info) {
    const hash = (0,external_node_crypto_.createHash)("sha256");
    let bytes = 0;
    for await (const chunk of nar) {
        bytes += chunk.length;
        if (bytes > info.narBytes)
            throw differs(info);
        hash.update(chunk);
        yield chunk;
    }
    if (bytes !== info.narBytes || hash.digest("hex") !== info.narHash)
        throw differs(info);
}
function differs({ path }) {
    return new action_error/* ActionError */.lZ("CACHE_FAILED", `the content of ${path} is not what its store recorded`, {
        hint: "Check the store that has it: nix-store --verify --check-contents.",
    });
}

;// CONCATENATED MODULE: ./src/binary-cache/nar-writer.ts







const nar_writer_QUESTIONS_AT_ONCE = 32;
const CACHE_INFO = "StoreDir: /nix/store\nWantMassQuery: 1\n";
/**
 * Fills a binary cache in Nix's format: a compressed NAR and then a `.narinfo` for each path, so that every
 * path that the cache lists is complete.
 * @see Nix manual, "Local Binary Cache Store"; NixOS/nix, src/libstore/binary-cache-store.cc
 */
class NarWriter {
    #files;
    #sign;
    #spoolFolder;
    #ask = (0,p_limit/* default */.A)(nar_writer_QUESTIONS_AT_ONCE);
    #opened;
    constructor({ files, sign, spoolFolder }) {
        this.#files = files;
        this.#sign = sign;
        this.#spoolFolder = spoolFolder;
    }
    get uri() {
        return this.#files.uri;
    }
    async findPresent(paths) {
        return this.#explain(async () => {
            await this.#open();
            const found = await this.#ask.map(paths, (path) => this.#files.has((0,narinfo/* nameNarInfo */.bY)(path)));
            return new Set(paths.filter((_, index) => found[index] === true));
        });
    }
    async send(stored) {
        await this.#explain(() => this.#open());
        const { info } = stored;
        const packed = await packNar(stored, this.#spoolFolder);
        try {
            const { sizeBytes, hash, body } = packed;
            const name = `nar/${(0,nix_base32/* renderNixBase32 */.y)(hash)}.nar.zst`;
            const own = this.#sign?.((0,narinfo/* renderFingerprint */.xt)(info));
            const signatures = [...info.signatures, ...(own === undefined ? [] : [own])];
            const narInfo = (0,narinfo/* renderNarInfo */.AW)(info, { name, compression: "zstd", hash, sizeBytes }, signatures);
            await this.#explain(async () => {
                await this.#files.write(name, body);
                await this.#files.write((0,narinfo/* nameNarInfo */.bY)(info.path), Buffer.from(narInfo));
            });
            return { bytes: sizeBytes };
        }
        finally {
            await packed.discard();
        }
    }
    close() {
        this.#files.close();
        return Promise.resolve();
    }
    /** Makes the place a binary cache, once. */
    #open() {
        this.#opened ??= this.#begin();
        return this.#opened;
    }
    async #begin() {
        const present = await this.#files.read("nix-cache-info");
        if (present === undefined) {
            await this.#files.write("nix-cache-info", Buffer.from(CACHE_INFO));
            return;
        }
        const folder = /^StoreDir: *(.*)$/m.exec(present)?.[1] ?? "/nix/store";
        if (folder === "/nix/store")
            return;
        throw new action_error/* ActionError */.lZ("CACHE_FAILED", `the binary cache ${this.uri} is for the store ${JSON.stringify(folder.slice(0, 200))}`, { hint: "Use a cache for /nix/store." });
    }
    async #explain(work) {
        try {
            return await work();
        }
        catch (cause) {
            throw cause instanceof action_error/* ActionError */.lZ ? cause : toCacheError(this.uri, cause);
        }
    }
}
function toCacheError(uri, cause) {
    return new action_error/* ActionError */.lZ("CACHE_FAILED", `could not push to the binary cache ${uri}`, {
        cause,
        hint: adviseOn(cause),
    });
}
function adviseOn(cause) {
    if (cause instanceof retry/* StatusError */.Xs && [401, 403].includes(cause.status)) {
        return "The server rejected the user or the password.";
    }
    if (cause instanceof retry/* ConnectionError */.Rc || cause instanceof retry/* ProxyError */.T6) {
        return "Check that the server is up and can be reached from this machine.";
    }
    if ((0,errno/* isErrno */.r)(cause, "ENOSPC", "EDQUOT"))
        return "Free space on the disk of the cache.";
    return "Check that the cache is writable (a server must accept PUT) and that its disk is not full.";
}

// EXTERNAL MODULE: ./src/binary-cache/signing-key.ts
var signing_key = __webpack_require__(63995);
// EXTERNAL MODULE: ./src/nix/settings.ts
var settings = __webpack_require__(95786);
// EXTERNAL MODULE: ./src/nix-install/installation.ts
var installation = __webpack_require__(21973);
;// CONCATENATED MODULE: ./src/pipeline/open-writer.ts












/** The writer of a cache; undefined if this kind is filled in another way. */
function openWriter({ cache, login, signingKey }, { sendHttp, steadyClock: clock, log, runFolder }) {
    if (cache.kind === "github")
        return undefined;
    const files = cache.kind === "file"
        ? openFolderFiles(cache)
        : openHttpFiles({ uri: cache.uri, login: cache.login ?? login }, { sendHttp, clock, log });
    return new NarWriter({
        files,
        sign: signingKey === undefined ? undefined : (0,signing_key/* createSigner */.rO)(signingKey),
        spoolFolder: (0,external_node_path_.join)(runFolder, "cache-spool"),
    });
}
/** The login for a cache in the netrc file that Nix reads; undefined if there is none. */
async function findLogin(cache, runNix, log) {
    if (cache.kind !== "http" || cache.login !== undefined)
        return undefined;
    try {
        const text = await (0,files/* readFileIfPresent */.Ts)(await (0,settings.readNetrcSetting)(runNix));
        const login = text === undefined ? undefined : (0,http/* findNetrcLogin */.V9)(text, new URL(cache.uri).hostname);
        if (login !== undefined)
            log.mask(login.password);
        return login;
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error))
            throw error;
        log.debug(`no netrc file can be read for ${cache.uri}: ${(0,action_error/* renderError */.vr)(error)}`);
        return undefined;
    }
}
const DAEMON_SOCKET = "/nix/var/nix/daemon-socket/socket";
/** This machine's store. Without a daemon, processes of Nix read it, which end when the run is cancelled. */
function openLocalStore(nix, { openProcess, steadyClock }) {
    const openChannel = () => (0,installation/* isThroughDaemon */.I8)(nix)
        ? openSocket(DAEMON_SOCKET)
        : Promise.resolve(openProcess(`${nix.binFolder}/nix-daemon`, ["--stdio"]));
    return new LocalStore(openChannel, steadyClock);
}
function openSocket(path) {
    return new Promise((resolve, reject) => {
        const socket = (0,external_node_net_.connect)({ path });
        socket.once("connect", () => {
            socket.removeListener("error", reject);
            resolve(socket);
        });
        socket.once("error", reject);
    });
}


/***/ }),

/***/ 23956:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   J: () => (/* binding */ LEFT_FILE),
/* harmony export */   a: () => (/* binding */ renderLeft),
/* harmony export */   pushLeft: () => (/* binding */ pushLeft)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(51455);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs_promises__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(92857);
/* harmony import */ var _binary_cache_push_queue_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(59446);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(22714);
/* harmony import */ var _model_count_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(47302);
/* harmony import */ var _model_store_path_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(75210);
/* harmony import */ var _platform_files_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(94924);
/* harmony import */ var _cache_feed_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(39561);
/* harmony import */ var _open_writer_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(16386);










/** The file in the run's folder. It has secrets. */
const LEFT_FILE = "left-paths.json";
const LOGIN = zod__WEBPACK_IMPORTED_MODULE_7__/* .object */ .Ikc({ username: zod__WEBPACK_IMPORTED_MODULE_7__/* .string */ .YjP(), password: zod__WEBPACK_IMPORTED_MODULE_7__/* .string */ .YjP() });
const CACHE = zod__WEBPACK_IMPORTED_MODULE_7__/* .discriminatedUnion */ .gMt("kind", [
    zod__WEBPACK_IMPORTED_MODULE_7__/* .object */ .Ikc({ kind: zod__WEBPACK_IMPORTED_MODULE_7__/* .literal */ .euz("file"), uri: zod__WEBPACK_IMPORTED_MODULE_7__/* .string */ .YjP(), folder: zod__WEBPACK_IMPORTED_MODULE_7__/* .string */ .YjP() }),
    zod__WEBPACK_IMPORTED_MODULE_7__/* .object */ .Ikc({
        kind: zod__WEBPACK_IMPORTED_MODULE_7__/* .literal */ .euz("http"),
        uri: zod__WEBPACK_IMPORTED_MODULE_7__/* .string */ .YjP(),
        login: LOGIN.extend({ host: zod__WEBPACK_IMPORTED_MODULE_7__/* .string */ .YjP() }).optional(),
    }),
]);
const LEFT = zod__WEBPACK_IMPORTED_MODULE_7__/* .object */ .Ikc({
    nix: zod__WEBPACK_IMPORTED_MODULE_7__/* .object */ .Ikc({ access: zod__WEBPACK_IMPORTED_MODULE_7__/* ["enum"] */ .k5n(["daemon", "direct", "single-user"]), binFolder: zod__WEBPACK_IMPORTED_MODULE_7__/* .string */ .YjP() }),
    limitMs: zod__WEBPACK_IMPORTED_MODULE_7__/* .number */ .aig(),
    caches: zod__WEBPACK_IMPORTED_MODULE_7__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_7__/* .object */ .Ikc({
        cache: CACHE,
        login: LOGIN.optional(),
        signingKey: zod__WEBPACK_IMPORTED_MODULE_7__/* .string */ .YjP().optional(),
        paths: zod__WEBPACK_IMPORTED_MODULE_7__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_7__/* .string */ .YjP()),
    })),
});
/** Renders what is left, for `pushLeft`. */
function renderLeft({ nix: { access, binFolder }, limitMs, caches }) {
    return JSON.stringify({ nix: { access, binFolder }, limitMs, caches });
}
/**
 * Pushes what a cancelled run could not push in time, for at most its `cache-timeout`. Logs what became of
 * it. Does nothing if the run left nothing.
 */
async function pushLeft(effects) {
    const { runFolder, log, steadyClock: clock } = effects;
    const file = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(runFolder, LEFT_FILE);
    const text = await (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_4__/* .readFileIfPresent */ .Ts)(file);
    if (text === undefined)
        return;
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.rm)(file);
    const { nix, limitMs, caches } = LEFT.parse(JSON.parse(text));
    const store = (0,_open_writer_js__WEBPACK_IMPORTED_MODULE_6__/* .openLocalStore */ .nx)(nix, effects);
    try {
        await Promise.all(caches.map(async ({ cache, login, signingKey, paths }) => {
            const known = cache.kind === "http" ? { ...cache, login: cache.login } : cache;
            const writer = (0,_open_writer_js__WEBPACK_IMPORTED_MODULE_6__/* .openWriter */ .Kn)({ cache: known, login, signingKey }, effects);
            if (writer === undefined)
                return;
            const queue = new _binary_cache_push_queue_js__WEBPACK_IMPORTED_MODULE_2__/* .PushQueue */ .q(writer, { clock, log });
            const feed = new _cache_feed_js__WEBPACK_IMPORTED_MODULE_5__/* .CacheFeed */ .d([{ queue, isWanted: () => true }], {
                ...{ local: store, clock, log },
                openBuilder: () => undefined,
                readRoots: () => Promise.resolve([]),
            });
            for (const path of paths.filter(_model_store_path_js__WEBPACK_IMPORTED_MODULE_8__/* .isStorePath */ .zP))
                feed.add([path]);
            const [summary] = await feed.finish(limitMs, new AbortController().signal);
            if (summary === undefined)
                return;
            const pushed = `binary cache ${cache.uri}: ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_9__/* .countOf */ .pq)(summary.pathsPushed, "path")} pushed`;
            if (summary.left.length === 0)
                log.info(`${pushed} after the run was cancelled`);
            else {
                const why = summary.error === undefined ? "the time was up" : (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_3__/* .renderError */ .vr)(summary.error);
                log.warning(`${pushed} after the run was cancelled, ${summary.left.length} left: ${why}`);
            }
        }));
    }
    finally {
        store.close();
    }
}


/***/ }),

/***/ 70370:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  A: () => (/* binding */ pLimit)
});

// UNUSED EXPORTS: limitFunction

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


/***/ })

};
