export const id = 742;
export const ids = [742,418];
export const modules = {

/***/ 59217:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $: () => (/* binding */ placeOf),
/* harmony export */   k: () => (/* binding */ MAX_CPU_SECONDS)
/* harmony export */ });
/** A location as reports name it: `local`, or the builder's store URI. */
function placeOf(location) {
    return location.kind === "local" ? "local" : location.uri;
}
/** No build takes that long, but a builder could claim it. */
const MAX_CPU_SECONDS = 1e9;


/***/ }),

/***/ 14820:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   u: () => (/* binding */ outputPaths)
/* harmony export */ });
/** The output paths that are known. */
function outputPaths({ outputs }) {
    return outputs.flatMap(({ path }) => (path === undefined ? [] : [path]));
}


/***/ }),

/***/ 38686:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ci: () => (/* binding */ guardExport),
/* harmony export */   Y4: () => (/* binding */ notRequested),
/* harmony export */   h6: () => (/* binding */ renderFileExport)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _model_store_path_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(75210);
/* harmony import */ var _wire_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(39653);



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
    const reader = new _wire_js__WEBPACK_IMPORTED_MODULE_1__/* .WireReader */ .Z(source, {
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
        if (!(0,_model_store_path_js__WEBPACK_IMPORTED_MODULE_2__/* .isStorePath */ .zP)(path) || !isExpected(path))
            throw notRequested(sender, path);
        paths += 1;
        yield reader.takeRead();
    }
}
/** Renders files as `nix-store --export` does, for `nix-store --import`. */
function* renderFileExport(files) {
    for (const { path, content } of files) {
        yield (0,_wire_js__WEBPACK_IMPORTED_MODULE_1__/* .renderWire */ .q)([1, "nix-archive-1", "(", "type", "regular", "contents", content, ")"]);
        const references = [];
        const deriver = "";
        yield (0,_wire_js__WEBPACK_IMPORTED_MODULE_1__/* .renderWire */ .q)([MAGIC, path, references, deriver, 0]);
    }
    yield (0,_wire_js__WEBPACK_IMPORTED_MODULE_1__/* .renderWire */ .q)([0]);
}
/** The error for a builder that sends, or wants to send, a path that is not part of the build. */
function notRequested(sender, path) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("BUILDER_DENIED", `${sender} sent ${JSON.stringify(path.slice(0, 300))}, which was not requested`, { hint: "The path was not imported. Do not trust this builder before you know the reason." });
}


/***/ }),

/***/ 35555:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Z: () => (/* binding */ isProtocolError),
/* harmony export */   b: () => (/* binding */ ProtocolError)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);

/**
 * A builder sent something that this client cannot parse or does not expect, or its protocol version is not
 * supported. Unlike after a lost connection, a retry over the same protocol gets the same answer; Nix's own
 * client may still be able to talk to the builder.
 */
class ProtocolError extends _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ {
}
/** Whether `error`, or any of its causes, is a `ProtocolError`. */
function isProtocolError(error) {
    return error instanceof ProtocolError || (error instanceof Error && isProtocolError(error.cause));
}


/***/ }),

/***/ 51646:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  $: () => (/* binding */ DaemonSession)
});

// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/model/store-path.ts
var store_path = __webpack_require__(75210);
// EXTERNAL MODULE: ./src/platform/log.ts
var log = __webpack_require__(74425);
// EXTERNAL MODULE: ./src/platform/silence-watch.ts
var silence_watch = __webpack_require__(34618);
// EXTERNAL MODULE: ./src/nix-protocol/protocol-error.ts
var protocol_error = __webpack_require__(35555);
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

// EXTERNAL MODULE: ./src/nix-protocol/wire.ts
var wire = __webpack_require__(39653);
// EXTERNAL MODULE: ./src/model/build.ts
var build = __webpack_require__(59217);
// EXTERNAL MODULE: ./src/nix-protocol/handshake.ts
var handshake = __webpack_require__(40699);
;// CONCATENATED MODULE: ./src/nix-protocol/session.ts









/** All strings of one message or answer together. */
const MAX_MESSAGE_BYTES = 1 << 26;
/** Nix sends at most six fields with an activity or a result. */
const MAX_FIELDS = 64;
const MAX_ITEMS = 100_000;
const MAX_SIGNATURES = 1_000;
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
    /** Of the version of the protocol, 1.N. */
    #minor = 0;
    #host;
    constructor(channel, { host, clock }) {
        this.#channel = channel;
        this.#host = host;
        // Closing the channel would not end a wait: a hostile server need not answer that either.
        this.#silence = (0,silence_watch/* createSilenceWatch */.f)(clock, ANSWER_LIMIT_MS, (waitedMs) => silent(host, waitedMs));
        this.#reader = new wire/* WireReader */.Z(this.#hear(), {
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
        const references = (await reader.readStrings(MAX_ITEMS)).filter(store_path/* isStorePath */.zP);
        await reader.readBits();
        const narBytes = await reader.readWord();
        await reader.readBits();
        const signatures = await reader.readStrings(MAX_SIGNATURES);
        const contentAddress = await this.#readText();
        return { path, deriver, narHash, narBytes, references, signatures, contentAddress };
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
        await this.#write((0,wire/* renderWire */.q)([
            OPERATION.addToStoreNar,
            ...[path, deriver, narHash, references, registrationTime, narBytes, isUltimate, signatures],
            ...[contentAddress, isRepair, isUnsigned],
        ]));
        // Frames: each is preceded by its length, and the last one is empty. Small pieces of the NAR are joined.
        let frame = [];
        let frameBytes = 0;
        const send = async () => {
            await this.#write(Buffer.concat([(0,wire/* renderWire */.q)([frameBytes]), ...frame]));
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
        const cpuMs = await this.#readCpuTime();
        const realisations = await reader.readCount(MAX_ITEMS);
        for (let i = 0; i < 2 * realisations; i++)
            await reader.readString();
        return GOOD_STATUS.includes(status) ? { outcome: "built", cpuMs } : { outcome: "failed", message, cpuMs };
    }
    async #greet() {
        await this.#write((0,wire/* renderWire */.q)([handshake/* WORKER */.nK.client, handshake/* WORKER */.nK.version, 0, 0]));
        if ((await this.#reader.readWord()) !== handshake/* WORKER */.nK.server)
            throw this.#reader.unreadable("it does not come from Nix");
        const minor = Math.min((await this.#reader.readWord()) & 0xff, handshake/* WORKER */.nK.version & 0xff);
        if (minor < OLDEST_MINOR) {
            const spoken = `it speaks version 1.${minor} of the worker protocol`;
            throw new protocol_error/* ProtocolError */.b("BUILDER_UNFIT", `the Nix of ${this.#host} is too old: ${spoken}`, {
                hint: "Install Nix 2.8 or newer on the builder.",
            });
        }
        if (minor >= handshake/* TELLS_VERSION */.MZ && (await this.#reader.readString()).length > handshake/* MAX_VERSION_BYTES */.Wl) {
            throw this.#reader.unreadable("the Nix version is too long");
        }
        if (minor >= handshake/* TELLS_TRUST */.ej)
            await this.#reader.readBits();
        this.#minor = minor;
        await this.#listen(() => undefined);
    }
    async #ask(operation, question, { onLogLine = () => undefined, silenceLimitMs = ANSWER_LIMIT_MS, } = {}) {
        this.#silence.allow(silenceLimitMs);
        await this.#write((0,wire/* renderWire */.q)([operation, ...question]));
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
    /** User and system time, which are microseconds, or absent, in milliseconds. */
    async #readCpuTime() {
        if (this.#minor < handshake/* HAS_CPU_TIME */.e$)
            return undefined;
        const reader = this.#reader;
        let sumMs;
        for (let i = 0; i < 2; i++) {
            if ((await reader.readWord()) !== 0)
                sumMs = (sumMs ?? 0) + (await reader.readWord()) / 1000;
        }
        // A builder may claim anything.
        return sumMs === undefined || sumMs > build/* MAX_CPU_SECONDS */.k * 1000 ? undefined : Math.round(sumMs);
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


/***/ }),

/***/ 39653:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Z: () => (/* binding */ WireReader),
/* harmony export */   q: () => (/* binding */ renderWire)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _protocol_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(35555);


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
        return new _protocol_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ProtocolError */ .b("BUILDER_UNREACHABLE", `cannot parse the answer of ${this.#sender}: ${why}`, {
            hint: UNREADABLE_HINT,
        });
    }
    /** The error for an answer that ends too early, since the connection or the daemon was lost. */
    cutOff(why) {
        return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("BUILDER_UNREACHABLE", `no complete answer from ${this.#sender}: ${why}`, {
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
            throw cause instanceof _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ ? cause : this.cutOff("the connection was lost");
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


/***/ }),

/***/ 56754:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Dx: () => (/* binding */ listExpected),
/* harmony export */   T7: () => (/* binding */ readOutputs),
/* harmony export */   Wo: () => (/* binding */ isPresent),
/* harmony export */   Xr: () => (/* binding */ measureGraph),
/* harmony export */   gF: () => (/* binding */ readDependencies),
/* harmony export */   hN: () => (/* binding */ needsOf),
/* harmony export */   rN: () => (/* binding */ parseDerivation),
/* harmony export */   vT: () => (/* binding */ measureDepths),
/* harmony export */   zR: () => (/* binding */ readDerivationClosure)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(51455);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs_promises__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(92857);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(22714);
/* harmony import */ var _model_derivation_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(14820);
/* harmony import */ var _model_store_path_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(75210);
/* harmony import */ var _platform_files_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(94924);






/**
 * Reads the bytes of the `.drv` file `drvPath`. Rejects with `BUILD_FAILED` for anything else.
 * @see Nix manual, "Store Derivation and Deriving Path", "ATerm format"
 */
function parseDerivation(file, drvPath) {
    // Latin-1 has a character for each byte: the environment need not be UTF-8.
    const text = file.toString("latin1");
    const strings = /"(?:[^"\\]|\\[^])*"/y;
    let at = 0;
    const take = (token) => {
        if (!text.startsWith(token, at))
            throw invalid(drvPath);
        at += token.length;
    };
    const takeString = () => {
        strings.lastIndex = at;
        const found = strings.exec(text)?.[0];
        if (found === undefined)
            throw invalid(drvPath);
        at += found.length;
        return unescapeString(found.slice(1, -1));
    };
    const takeList = (open, takeItem, close) => {
        const items = [];
        take(open);
        while (at < text.length && text[at] !== close) {
            if (items.length > 0)
                take(",");
            items.push(takeItem());
        }
        take(close);
        return items;
    };
    const takeStrings = () => takeList("[", takeString, "]");
    const takePath = (path) => {
        if (!(0,_model_store_path_js__WEBPACK_IMPORTED_MODULE_3__/* .isStorePath */ .zP)(path))
            throw invalid(drvPath);
        return path;
    };
    const takeTuple = () => takeList("(", takeString, ")");
    const takeInput = () => {
        take("(");
        const path = takePath(takeString());
        take(",");
        const names = takeStrings();
        take(")");
        return [path, names];
    };
    take("Derive(");
    const outputs = takeList("[", takeTuple, "]").map(([name = "", path = "", hashAlgorithm = "", hash = ""]) => ({
        name,
        path: path === "" ? undefined : takePath(path),
        hashAlgorithm,
        hash,
    }));
    take(",");
    const inputs = new Map(takeList("[", takeInput, "]"));
    take(",");
    const sources = takeStrings().map(takePath);
    take(",");
    const platform = takeString();
    take(",");
    const builder = toBytes(takeString());
    take(",");
    const args = takeStrings().map(toBytes);
    take(",");
    const environment = takeList("[", takeTuple, "]").map(([name = "", value = ""]) => [toBytes(name), toBytes(value)]);
    take(")");
    return { outputs, inputs, sources, platform, builder, args, environment };
}
const ESCAPES = { n: "\n", r: "\r", t: "\t" };
function unescapeString(text) {
    return text.replace(/\\([^])/g, (_, character) => ESCAPES[character] ?? character);
}
function toBytes(text) {
    return Buffer.from(text, "latin1");
}
/** The number of files that a process may have open is limited. */
const FILES_AT_ONCE = 200;
/** Reads these store derivations and all that they depend on from this machine's store. */
async function readDerivationClosure(roots, readBytes = (path) => (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readFile)(path)) {
    const derivations = new Map();
    let missing = [...new Set(roots)];
    while (missing.length > 0) {
        const read = [];
        for (let at = 0; at < missing.length; at += FILES_AT_ONCE) {
            const some = missing.slice(at, at + FILES_AT_ONCE);
            const files = await Promise.all(some.map(readBytes));
            read.push(...some.map((path, i) => [path, parseDerivation(files[i] ?? Buffer.alloc(0), path)]));
        }
        for (const [path, derivation] of read)
            derivations.set(path, derivation);
        missing = [...new Set(read.flatMap(([, { inputs }]) => [...inputs.keys()]))].filter((path) => !derivations.has(path));
    }
    return derivations;
}
/** Every path that a builder may have used or built for these derivations, as far as known in advance. */
function listExpected(closure) {
    return new Set([...closure.values()].flatMap((derivation) => [...(0,_model_derivation_js__WEBPACK_IMPORTED_MODULE_4__/* .outputPaths */ .u)(derivation), ...derivation.sources]));
}
/** The outputs of these derivations that are in this machine's store. Skips derivations that are not. */
async function readOutputs(drvPaths) {
    const outputs = await Promise.all(drvPaths.map(async (drvPath) => {
        const text = await (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_2__/* .readFileIfPresent */ .Ts)(drvPath, "latin1");
        const named = text === undefined ? [] : (0,_model_derivation_js__WEBPACK_IMPORTED_MODULE_4__/* .outputPaths */ .u)(parseDerivation(Buffer.from(text, "latin1"), drvPath));
        return Promise.all(named.map(async (output) => ((await isPresent(output)) ? [output] : [])));
    }));
    return outputs.flat(2);
}
/**
 * Which of these derivations each of them depends on directly. One whose `.drv` file is not in this machine's
 * store, or is damaged, has no entry.
 */
async function readDependencies(drvPaths, readBytes = (path) => (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readFile)(path)) {
    const known = new Set(drvPaths);
    const dependencies = new Map();
    const read = async (drvPath) => {
        try {
            const { inputs } = parseDerivation(await readBytes(drvPath), drvPath);
            dependencies.set(drvPath, [...inputs.keys()].filter((input) => known.has(input)));
        }
        catch {
            // The report then shows it without what it waited for.
        }
    };
    const left = [...known];
    while (left.length > 0)
        await Promise.all(left.splice(0, FILES_AT_ONCE).map(read));
    return dependencies;
}
/** Whether a store path is in this machine's store. */
async function isPresent(path) {
    try {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.access)(path);
        return true;
    }
    catch {
        return false;
    }
}
/**
 * For each derivation in `toBuild`, the length of the longest chain that ends with it. Only derivations in
 * `toBuild` count.
 */
function measureDepths(toBuild, derivations) {
    const pending = new Set(toBuild);
    const depths = new Map();
    // Iterative: a chain may be deeper than the call stack allows.
    const stack = [...pending];
    for (let path = stack.at(-1); path !== undefined; path = stack.at(-1)) {
        const inputs = [...(derivations.get(path)?.inputs.keys() ?? [])].filter((input) => pending.has(input));
        const unknown = depths.has(path) ? [] : inputs.filter((input) => !depths.has(input));
        if (unknown.length === 0) {
            depths.set(path, 1 + maxOf(inputs.map((input) => depths.get(input) ?? 0)));
            stack.pop();
        }
        for (const input of unknown)
            stack.push(input);
    }
    return depths;
}
/** The largest number, or 0. Without spread: there may be more numbers than a call can have arguments. */
function maxOf(numbers) {
    return numbers.reduce((largest, number) => Math.max(largest, number), 0);
}
/** The size and shape of the graph of the derivations in `toBuild`. */
function measureGraph(toBuild, derivations) {
    const depths = [...measureDepths(toBuild, derivations).values()];
    const wanted = [...new Set(toBuild)].flatMap((path) => derivations.get(path) ?? []);
    return {
        derivations: depths.length,
        depth: maxOf(depths),
        needs: wanted.map(needsOf),
        isKnown: wanted.every(({ outputs }) => outputs.every(({ path }) => path !== undefined)),
    };
}
/**
 * The platform and features that a derivation requires.
 * @see Nix manual, "Advanced Attributes", requiredSystemFeatures
 */
function needsOf({ platform, environment }) {
    const variable = (name) => environment.find(([key]) => key.toString() === name)?.[1].toString();
    const structured = variable("__json");
    if (structured === undefined) {
        return {
            platform,
            features: (variable("requiredSystemFeatures") ?? "").split(/\s+/).filter((word) => word !== ""),
        };
    }
    // Nix itself refuses to build a derivation in which this is something else.
    const { data } = STRUCTURED.safeParse(tryParseJson(structured));
    return { platform, features: data?.requiredSystemFeatures ?? [] };
}
const STRUCTURED = zod__WEBPACK_IMPORTED_MODULE_5__/* .looseObject */ ._H3({ requiredSystemFeatures: zod__WEBPACK_IMPORTED_MODULE_5__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_5__/* .string */ .YjP()).optional() });
function tryParseJson(text) {
    try {
        return JSON.parse(text);
    }
    catch {
        return undefined;
    }
}
function invalid(drvPath) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ActionError */ .lZ("BUILD_FAILED", `the store derivation ${drvPath} on this machine is damaged`, {
        hint: "Check the store: nix-store --verify --check-contents --repair.",
    });
}


/***/ })

};
