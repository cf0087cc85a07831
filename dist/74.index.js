export const id = 74;
export const ids = [74];
export const modules = {

/***/ 62403:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   K: () => (/* binding */ freeMemory)
/* harmony export */ });
/**
 * Frees the memory of buffers that nothing uses any more. Garbage collection alone waits until a thread has
 * 64 MiB of them. Throws a TypeError for buffers in Node's pool, such as small ones of `Buffer.from`.
 */
function freeMemory(buffers) {
    for (const memory of new Set(buffers.map(({ buffer }) => buffer))) {
        // A SharedArrayBuffer cannot be freed.
        if ("transfer" in memory)
            memory.transfer(0);
    }
}


/***/ }),

/***/ 76814:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  g: () => (/* binding */ createLayerAuditor),
  C: () => (/* binding */ storePathOf)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/model/system.ts
var system = __webpack_require__(26872);
;// CONCATENATED MODULE: ./src/image/elf.ts
const ELF_HEADER_BYTES = 20;
/** e_machine of files that are not for a CPU: EM_NONE, and EM_BPF, whose code the kernel translates. */
const NO_CPU = [0, 247];
/**
 * The CPU that an ELF file is for, from its first bytes; undefined for any other file, and for an ELF file
 * that is not for a CPU. Includes relocatable objects: a compiler in the image may link them into programs.
 * @see System V gABI, "ELF Header"
 */
function tryParseElfMachine(bytes) {
    if (bytes.length < ELF_HEADER_BYTES)
        return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const isElf = view.getUint32(0) === 0x7f454c46;
    const bits = { 1: 32, 2: 64 }[view.getUint8(4)];
    const data = view.getUint8(5);
    if (!isElf || (bits !== 32 && bits !== 64) || (data !== 1 && data !== 2))
        return undefined;
    const machine = view.getUint16(18, data === 1);
    return NO_CPU.includes(machine) ? undefined : { machine, bits, endianness: data === 1 ? "little" : "big" };
}
/** e_ident[EI_OSABI] of ELF files for Linux: System V (the usual one), GNU, and two of ARM. */
const LINUX_ABIS = [0, 3, 64, 97];
/** Whether an ELF file may be for Linux, from its first bytes, and not for a system such as FreeBSD. */
function isLinuxElf(bytes) {
    return LINUX_ABIS.includes(bytes[7] ?? -1);
}
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NULL = 0;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_STRSZ = 10;
const DT_RPATH = 15;
const DT_RUNPATH = 29;
/** More than any linker writes. Files that exceed these limits are not programs. */
const MAX_SEGMENTS = 256;
const MAX_DYNAMIC_BYTES = 1 << 16;
const MAX_STRINGS_BYTES = 32 << 20;
const MAX_NEEDED = 1000;
/** PATH_MAX of Linux. */
const MAX_TEXT = 4096;
/**
 * Reads what an ELF program or library needs from its program headers and its dynamic section. Undefined if
 * it needs nothing, or is not such a file: relocatable, damaged, or with the debug information only.
 * @see System V gABI, "Program Loading and Dynamic Linking"
 */
function tryReadElfNeeds(read, { bits, endianness }) {
    const reader = createReader(read, bits, endianness === "little");
    const segments = reader.readSegments();
    const interp = segments.find(({ type }) => type === PT_INTERP);
    const interpreter = interp && tryReadText(read(interp.offset, Math.min(interp.sizeBytes, MAX_TEXT)), 0);
    const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
    const { libraries, searched } = (dynamic && reader.tryReadDynamic(dynamic, segments)) ?? NOTHING;
    if (interpreter === undefined && libraries.length === 0)
        return undefined;
    return { interpreter, libraries, searched };
}
const NOTHING = { libraries: [], searched: [] };
function createReader(read, bits, isLittle) {
    /** A number of `size` bytes in a buffer; NaN if it ends before. */
    const numberAt = (bytes, offset, size) => {
        if (offset + size > bytes.length)
            return NaN;
        if (size === 8)
            return Number(isLittle ? bytes.readBigUInt64LE(offset) : bytes.readBigUInt64BE(offset));
        return isLittle ? bytes.readUIntLE(offset, size) : bytes.readUIntBE(offset, size);
    };
    const word = bits === 64 ? 8 : 4;
    return {
        readSegments: () => {
            const header = read(0, 64);
            const [start, size, count] = bits === 64
                ? [numberAt(header, 32, 8), numberAt(header, 54, 2), numberAt(header, 56, 2)]
                : [numberAt(header, 28, 4), numberAt(header, 42, 2), numberAt(header, 44, 2)];
            const isSane = size === (bits === 64 ? 56 : 32) && count <= MAX_SEGMENTS && Number.isSafeInteger(start);
            if (!isSane)
                return [];
            const table = read(start, size * count);
            return Array.from({ length: Math.floor(table.length / size) }, (_, i) => {
                const at = i * size;
                const field = (in64, in32) => numberAt(table, at + (bits === 64 ? in64 : in32), word);
                return {
                    type: numberAt(table, at, 4),
                    offset: field(8, 4),
                    address: field(16, 8),
                    sizeBytes: field(32, 16),
                };
            }).filter(({ offset, sizeBytes }) => Number.isSafeInteger(offset + sizeBytes));
        },
        tryReadDynamic: (dynamic, segments) => {
            const table = read(dynamic.offset, Math.min(dynamic.sizeBytes, MAX_DYNAMIC_BYTES));
            const values = new Map();
            let isComplete = false;
            for (let at = 0; !isComplete && at + 2 * word <= table.length; at += 2 * word) {
                const tag = numberAt(table, at, word);
                isComplete = tag === DT_NULL;
                values.set(tag, [...(values.get(tag) ?? []), numberAt(table, at + word, word)]);
                if ((values.get(DT_NEEDED)?.length ?? 0) > MAX_NEEDED)
                    return undefined;
            }
            const [address] = values.get(DT_STRTAB) ?? [];
            const [size] = values.get(DT_STRSZ) ?? [];
            if (!isComplete || address === undefined || size === undefined || size > MAX_STRINGS_BYTES)
                return undefined;
            const holder = segments.find((segment) => segment.type === PT_LOAD &&
                segment.address <= address &&
                address + size <= segment.address + segment.sizeBytes);
            if (holder === undefined)
                return undefined;
            const strings = read(holder.offset + (address - holder.address), size);
            const textsOf = (tag) => (values.get(tag) ?? [])
                .map((offset) => tryReadText(strings, offset))
                .filter((text) => text !== undefined);
            // The loader ignores DT_RPATH if there is a DT_RUNPATH. @see ld.so(8)
            const path = textsOf(DT_RUNPATH)[0] ?? textsOf(DT_RPATH)[0];
            return {
                libraries: textsOf(DT_NEEDED),
                searched: path?.split(":").filter((item) => item !== "") ?? [],
            };
        },
    };
}
/** A text that ends with NUL; undefined if it is empty, too long, or has control characters. */
function tryReadText(bytes, offset) {
    const end = bytes.indexOf(0, offset);
    if (offset > bytes.length || end < 0)
        return undefined;
    const text = bytes.toString("latin1", offset, end);
    // eslint-disable-next-line no-control-regex
    return text.length > 0 && text.length < MAX_TEXT && !/[\x00-\x1f\x7f]/.test(text) ? text : undefined;
}

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
;// CONCATENATED MODULE: ./src/image/file-content.ts

/** Opens a part of a file. Throws a plain Error if there is no such regular file, or if it is too short. */
function openRange({ file, start, sizeBytes }) {
    const disk = (0,external_node_fs_.openSync)(file, external_node_fs_.constants.O_RDONLY | external_node_fs_.constants.O_NONBLOCK);
    const stats = (0,external_node_fs_.fstatSync)(disk);
    if (!stats.isFile() || stats.size < start + sizeBytes) {
        (0,external_node_fs_.closeSync)(disk);
        throw new Error(`${file.toString()} has changed while it was read`);
    }
    return {
        sizeBytes,
        read: (offset, length) => readFully(disk, start + offset, Math.min(length, sizeBytes - offset)),
        close: () => {
            (0,external_node_fs_.closeSync)(disk);
        },
    };
}
/** Reads up to `length` bytes, none if it is negative; fewer at the end of the file. */
function readFully(disk, offset, length) {
    const bytes = Buffer.alloc(Math.max(0, length));
    for (let done = 0; done < length;) {
        const count = (0,external_node_fs_.readSync)(disk, bytes, done, length - done, offset + done);
        if (count === 0)
            return bytes.subarray(0, done);
        done += count;
    }
    return bytes;
}

// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(57075);
// EXTERNAL MODULE: external "node:stream/promises"
var promises_ = __webpack_require__(24085);
// EXTERNAL MODULE: external "node:zlib"
var external_node_zlib_ = __webpack_require__(38522);
// EXTERNAL MODULE: ./node_modules/yauzl/index.js
var yauzl = __webpack_require__(20663);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/errors/errno.ts
var errno = __webpack_require__(38335);
;// CONCATENATED MODULE: ./src/image/spool.ts


/** Larger files are kept on disk. */
const MEMORY_BYTES = 8 << 20;
/** Keeps the content of one file for random access while a layer is streamed: in memory if it is small. */
class Spool {
    #path;
    #chunks = [];
    #memory;
    #disk;
    #sizeBytes = 0;
    /** `path` is used if the file is large. The file is unlinked at once, so nothing has to be removed. */
    constructor(path) {
        this.#path = path;
    }
    get sizeBytes() {
        return this.#sizeBytes;
    }
    /** The chunk may be overwritten afterwards. */
    write(chunk) {
        this.#sizeBytes += chunk.length;
        if (this.#disk === undefined)
            this.#chunks.push(Buffer.from(chunk));
        else
            writeFully(this.#disk, chunk);
        if (this.#disk === undefined && this.#sizeBytes > MEMORY_BYTES) {
            this.#disk = (0,external_node_fs_.openSync)(this.#path, "wx+", 0o600);
            (0,external_node_fs_.unlinkSync)(this.#path);
            for (const kept of this.#chunks)
                writeFully(this.#disk, kept);
            this.#chunks = [];
        }
    }
    read = (offset, length) => {
        const size = Math.max(0, Math.min(length, this.#sizeBytes - offset));
        if (this.#disk !== undefined)
            return readFully(this.#disk, offset, size);
        this.#memory ??= Buffer.concat(this.#chunks);
        return this.#memory.subarray(offset, offset + size);
    };
    close() {
        if (this.#disk !== undefined)
            (0,external_node_fs_.closeSync)(this.#disk);
        this.#disk = undefined;
        this.#chunks = [];
        this.#memory = undefined;
        this.#sizeBytes = 0;
    }
}
function writeFully(disk, chunk) {
    for (let done = 0; done < chunk.length;)
        done += (0,external_node_fs_.writeSync)(disk, chunk, done);
}

;// CONCATENATED MODULE: ./src/image/packed-files.ts








/** Zip files may start with anything: an executable jar starts with a shell script. */
const ZIP_NAME = /\.(?:jar|war|ear|zip|whl|egg)$/i;
const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;
/** Whether a file is a zip file, by its first bytes or its name. */
function isZip(name, head) {
    return hasZipMagic(head) || ZIP_NAME.test(name);
}
function hasZipMagic(head) {
    return head.length >= 4 && head.readUInt32LE(0) === LOCAL_HEADER;
}
/** A jar in an application's jar in an archive of it. */
const MAX_DEPTH = 3;
const HEAD_BYTES = 256;
/** Compressed bytes that are enough to inflate the head. */
const COMPRESSED_HEAD_BYTES = 2048;
/** What an entry costs at least, so that a zip bomb of many entries is refused in time. */
const ENTRY_COST_BYTES = 1 << 16;
const STORED = 0;
const DEFLATED = 8;
/**
 * Finds the ELF files for Linux in a zip file, and in the zip files in it. Reads only the first bytes of each
 * entry.
 * Rejects with a plain Error if the image holds too many bytes or files.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
async function readPackedFiles({ read, sizeBytes }, budget, spoolFile) {
    const files = [];
    const unreadable = await readZip({ read, sizeBytes }, { files, budget, spoolFile }, "");
    return { files, unreadable };
}
/** Returns why the zip file could not be read to its end. `archive` is as in `PackedFile`. */
async function readZip(whole, context, archive) {
    const start = findStart(whole);
    // Named like a zip file, but something else.
    if (start === undefined)
        return hasZipMagic(whole.read(0, 4)) ? "it has no central directory" : undefined;
    const read = (offset, length) => whole.read(start + offset, length);
    let unreadable;
    try {
        for await (const entry of listEntries(await openZip(read, whole.sizeBytes - start))) {
            // Bytes, because yauzl is opened with decodeStrings: false.
            const name = entry.fileName.toString("latin1");
            unreadable ??= await readEntry(read, { entry, archive, name }, context);
        }
        return unreadable;
    }
    catch (error) {
        if (error instanceof BudgetError || error instanceof action_error/* ActionError */.lZ || (0,errno/* isErrno */.r)(error, "ENOSPC", "EIO"))
            throw error;
        return (0,action_error/* renderError */.vr)(error);
    }
}
/** Marks an error that concerns the whole image, not one zip file. */
class BudgetError extends Error {
}
function spend(budget, path, bytes) {
    try {
        budget.spendPath(path);
        budget.spendBytes(bytes);
    }
    catch (cause) {
        throw new BudgetError((0,action_error/* renderError */.vr)(cause), { cause });
    }
}
async function readEntry(read, { entry, archive, name }, context) {
    const path = archive === "" ? name : `${archive}!/${name}`;
    spend(context.budget, path, ENTRY_COST_BYTES);
    const { compressedSize, compressionMethod: method } = entry;
    const isReadable = !entry.isEncrypted() && (method === STORED || method === DEFLATED);
    if (!isReadable || compressedSize === 0)
        return undefined;
    const local = read(entry.relativeOffsetOfLocalHeader, LOCAL_HEADER_BYTES);
    if (local.length < LOCAL_HEADER_BYTES || !hasZipMagic(local))
        throw new Error("it has a malformed entry");
    const start = entry.relativeOffsetOfLocalHeader + LOCAL_HEADER_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28);
    const bytes = read(start, Math.min(compressedSize, COMPRESSED_HEAD_BYTES));
    const head = method === STORED ? bytes : inflateHead(bytes);
    const machine = tryParseElfMachine(head);
    if (machine !== undefined && isLinuxElf(head))
        context.files.push({ archive, name, machine });
    if (!isZip(path, head))
        return undefined;
    if (path.split("!/").length >= MAX_DEPTH)
        return "it has zip files in zip files in zip files";
    const range = (offset, length) => read(start + offset, Math.min(length, compressedSize - offset));
    if (method === STORED)
        return readZip({ read: range, sizeBytes: compressedSize }, context, path);
    const spool = new Spool(context.spoolFile);
    try {
        for await (const chunk of inflate(range, compressedSize)) {
            spend(context.budget, "", chunk.length);
            spool.write(chunk);
        }
        return await readZip(spool, context, path);
    }
    finally {
        spool.close();
    }
}
function inflateHead(bytes) {
    // The data ends early, which is not an error with this flush.
    return (0,external_node_zlib_.inflateRawSync)(bytes, { finishFlush: external_node_zlib_.constants.Z_SYNC_FLUSH }).subarray(0, HEAD_BYTES);
}
function inflate(read, sizeBytes) {
    const chunks = function* () {
        for (let at = 0; at < sizeBytes; at += ENTRY_COST_BYTES)
            yield read(at, ENTRY_COST_BYTES);
    };
    const inflated = (0,external_node_zlib_.createInflateRaw)();
    // Avoid an unhandled rejection: reading `inflated` fails with the same error.
    (0,promises_.pipeline)(external_node_stream_.Readable.from(chunks()), inflated).catch(() => undefined);
    return inflated;
}
const END_RECORD = 0x06054b50;
const END_RECORD_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
/**
 * Where the zip file starts in the file, from the record at its end; undefined if there is none. Java's
 * reader computes it in the same way.
 */
function findStart({ read, sizeBytes }) {
    const tailStart = Math.max(0, sizeBytes - END_RECORD_BYTES - MAX_COMMENT_BYTES);
    const tail = read(tailStart, sizeBytes);
    for (let at = tail.length - END_RECORD_BYTES; at >= 0; at--) {
        if (tail.readUInt32LE(at) !== END_RECORD)
            continue;
        const start = tailStart + at - tail.readUInt32LE(at + 12) - tail.readUInt32LE(at + 16);
        // In the zip64 format, another record has these numbers.
        return start >= 0 ? start : 0;
    }
    return undefined;
}
/** Reads a zip file from memory or disk, without a stream for each read. */
class SpoolReader extends yauzl/* RandomAccessReader */.lJ {
    #read;
    constructor(read) {
        super();
        this.#read = read;
    }
    read(...[buffer, offset, length, position, callback]) {
        const bytes = this.#read(position, length);
        bytes.copy(buffer, offset);
        callback(bytes.length === length ? null : new Error("it is incomplete"));
    }
}
function openZip(read, sizeBytes) {
    return new Promise((resolve, reject) => {
        const options = { lazyEntries: true, autoClose: false, decodeStrings: false };
        (0,yauzl/* fromRandomAccessReader */.hH)(new SpoolReader(read), sizeBytes, options, (error, zip) => {
            if (error === null)
                resolve(zip);
            else
                reject(error);
        });
    });
}
async function* listEntries(zip) {
    let settle = () => undefined;
    zip.on("entry", (entry) => {
        settle({ entry });
    });
    zip.on("end", () => {
        settle({ entry: undefined });
    });
    zip.on("error", (error) => {
        settle({ error });
    });
    for (;;) {
        const result = await new Promise((resolve) => {
            settle = resolve;
            zip.readEntry();
        });
        if ("error" in result)
            throw result.error;
        if (result.entry === undefined)
            return;
        yield result.entry;
    }
}

// EXTERNAL MODULE: ./src/image/tar-reader.ts
var tar_reader = __webpack_require__(82008);
;// CONCATENATED MODULE: ./src/image/layer-audit.ts







/**
 * Audits a layer while it is streamed. Looks at the first 256 bytes of each file, and at the whole of ELF
 * files and zip files: where `findContent` finds them, or else in `spoolFile` if they are large. Unpacks
 * nothing. Rejects with a plain Error if the layer is malformed or too large.
 * @see https://github.com/opencontainers/image-spec/blob/main/layer.md
 */
function createLayerAuditor(budget, { target, spoolFile, findContent = () => undefined }) {
    const entries = [];
    let filesRead = 0;
    let elfFiles = 0;
    const sizes = new Map();
    const add = (header, findings) => {
        const { type, linkName } = header;
        entries.push({ path: external_node_path_.posix.resolve("/", header.name), type, linkName, findings });
    };
    const reader = new tar_reader/* TarReader */.R((header, { contentStart }) => {
        budget.spendPath(header.name);
        if (header.type !== "file") {
            budget.spendPath(header.linkName);
            add(header);
            return NO_CONTENT;
        }
        filesRead++;
        const top = topOf(external_node_path_.posix.resolve("/", header.name));
        sizes.set(top, (sizes.get(top) ?? 0) + header.sizeBytes);
        const find = () => findContent(header, contentStart);
        return createFileSink({ header, target, budget, spoolFile, find }, ({ isElf, findings }) => {
            if (isElf)
                elfFiles++;
            add(header, findings);
        });
    });
    return {
        write: (chunk) => reader.write(chunk),
        end: () => {
            reader.end();
            return { filesRead, elfFiles, entries, largestPaths: findLargest(sizes) };
        },
    };
}
/** Enough to see what makes a layer large. */
const MAX_LARGEST = 100;
function findLargest(sizes) {
    return [...sizes]
        .map(([path, sizeBytes]) => ({ path, sizeBytes }))
        .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
        .slice(0, MAX_LARGEST);
}
/** The store path that a file is in, or else what it is in that is in `/`. */
function topOf(path) {
    return storePathOf(path) ?? `/${path.split("/", 2)[1] ?? ""}`;
}
/** The store path that an absolute path is in; undefined outside of the store. */
function storePathOf(path) {
    return /^\/nix\/store\/[0-9a-z]{32}-[^/]+/.exec(path)?.[0];
}
const NO_CONTENT = { write: () => undefined, end: () => undefined };
/** The kernel reads at most this much of a script's first line. @see execve(2) */
const layer_audit_HEAD_BYTES = 256;
/** Reads the head of a file. If that is the head of an ELF or zip file, reads the rest of it, too. */
function createFileSink({ header, target, budget, spoolFile, find }, onResult) {
    const wanted = Math.min(layer_audit_HEAD_BYTES, header.sizeBytes);
    let head = Buffer.alloc(0);
    let range;
    let spool;
    return {
        write: (chunk) => {
            spool?.write(chunk);
            if (head.length === wanted)
                return;
            const missing = wanted - head.length;
            head = Buffer.concat([head, chunk.subarray(0, missing)]);
            if (head.length < wanted || !(isZip(header.name, head) || isLoadable(head, target)))
                return;
            range = find();
            if (range !== undefined)
                return;
            spool = new Spool(spoolFile);
            spool.write(head);
            spool.write(chunk.subarray(missing));
        },
        end: () => {
            const machine = tryParseElfMachine(head);
            const content = range === undefined ? spool : openRange(range);
            if (content !== undefined && machine === undefined) {
                return layer_audit_readZip(content, budget, spoolFile).then((findings) => {
                    onResult({ isElf: false, findings });
                });
            }
            const needs = content && machine && tryReadElfNeeds(content.read, machine);
            content?.close();
            const interpreter = (header.mode & EXECUTABLE) === 0 ? undefined : tryParseInterpreter(head);
            onResult({ isElf: machine !== undefined, findings: collect({ machine, needs, interpreter }, target) });
            return undefined;
        },
    };
}
/** Any of the three execute bits. */
const EXECUTABLE = 0o111;
/** The interpreter in the first line of a script; undefined for other files and for a relative path. */
function tryParseInterpreter(head) {
    return /^#![ \t]*(\/[^\s\0]*)/.exec(head.toString("latin1"))?.[1];
}
function collect({ machine, needs, interpreter, }, target) {
    if (machine !== undefined && !(0,system/* isNativeElf */.jg)(target, machine))
        return { foreign: machine };
    if (needs !== undefined)
        return { needs };
    return interpreter === undefined ? undefined : { interpreter };
}
/** e_type of programs and of libraries, which the loader reads. @see System V gABI, "ELF Header" */
const LOADED_TYPES = [2, 3];
function isLoadable(head, target) {
    const machine = tryParseElfMachine(head);
    if (machine === undefined || !(0,system/* isNativeElf */.jg)(target, machine))
        return false;
    return LOADED_TYPES.includes(machine.endianness === "little" ? head.readUInt16LE(16) : head.readUInt16BE(16));
}
async function layer_audit_readZip(content, budget, spoolFile) {
    try {
        const { files: packed, unreadable } = await readPackedFiles(content, budget, spoolFile);
        if (packed.length === 0 && unreadable === undefined)
            return undefined;
        return { ...(packed.length > 0 && { packed }), ...(unreadable !== undefined && { unreadable }) };
    }
    finally {
        content.close();
    }
}


/***/ }),

/***/ 65613:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  MB: () => (/* binding */ compressionOf),
  A2: () => (/* binding */ createDecompress),
  tR: () => (/* binding */ createHashing),
  ax: () => (/* binding */ inspectTar),
  YZ: () => (/* binding */ isTar),
  HX: () => (/* binding */ keepLayer),
  c0: () => (/* binding */ mediaTypeOf),
  Js: () => (/* binding */ packLayer),
  Jt: () => (/* binding */ readDiffId)
});

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
// EXTERNAL MODULE: external "node:zlib"
var external_node_zlib_ = __webpack_require__(38522);
// EXTERNAL MODULE: ./src/model/digest.ts
var digest = __webpack_require__(95305);
// EXTERNAL MODULE: ./src/platform/zstd.ts
var zstd = __webpack_require__(66232);
// EXTERNAL MODULE: ./src/image/block-permits.ts
var block_permits = __webpack_require__(76573);
// EXTERNAL MODULE: ./src/image/free-memory.ts
var free_memory = __webpack_require__(62403);
;// CONCATENATED MODULE: ./src/image/block-queue.ts


/**
 * Compresses the blocks of one layer, several at once, and gives them in their order. The first one in the
 * queue needs no permit, so that every layer proceeds.
 */
class BlockQueue {
    #blockBytes;
    #permits;
    #compressed = [];
    /** For the next blocks. */
    #free = [];
    constructor(blockBytes, permits) {
        this.#blockBytes = blockBytes;
        this.#permits = permits;
    }
    takeBuffer() {
        return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#blockBytes);
    }
    /** Starts to compress what is in a buffer. Gives the first blocks until there is a permit for this one. */
    async *add(buffer, filled, compressBlock) {
        while (this.#compressed.length > 0 && !(0,block_permits/* tryTakePermit */.WJ)(this.#permits))
            yield* this.#giveFirst();
        const compressed = compressBlock(buffer.subarray(0, filled)).finally(() => this.#free.push(buffer));
        // Avoid an unhandled rejection if a block fails before it is awaited.
        compressed.catch(() => undefined);
        this.#compressed.push(compressed);
    }
    /** Gives all that is left. */
    async *end() {
        while (this.#compressed.length > 0)
            yield* this.#giveFirst();
        (0,free_memory/* freeMemory */.K)(this.#free);
    }
    /** Returns the permits, also after a failure. */
    close() {
        (0,block_permits/* returnPermits */.Dp)(this.#permits, Math.max(0, this.#compressed.length - 1));
        this.#compressed.length = 0;
    }
    async *#giveFirst() {
        const parts = (await this.#compressed[0]) ?? [];
        yield* parts;
        (0,free_memory/* freeMemory */.K)(parts);
        void this.#compressed.shift();
        if (this.#compressed.length > 0)
            (0,block_permits/* returnPermits */.Dp)(this.#permits, 1);
    }
}

;// CONCATENATED MODULE: ./src/image/compress.ts



/** Of what blocks are made. Changing a size changes the digest of every layer. */
const BLOCK_BYTES = { gzip: 1 << 20, zstd: 2 << 20 };
/** The most that a block can become, so that Node compresses it into a single buffer. */
const BOUND = { gzip: toBound(BLOCK_BYTES.gzip), zstd: toBound(BLOCK_BYTES.zstd) };
/** Without name, time and operating system, so that the output is reproducible. @see RFC 1952, section 2.3 */
const GZIP_HEADER = Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** An empty final block. @see RFC 1951, section 3.2.3 */
const END_OF_DEFLATE = Uint8Array.from([3, 0]);
/** More than zstd needs (ZSTD_COMPRESSBOUND), or deflate, which stores what it cannot compress. */
function toBound(blockBytes) {
    return blockBytes + (blockBytes >> 8) + 64;
}
/**
 * Compresses on several cores, in constant memory. The result depends only on the content, the format and the
 * level, and neither on the split into chunks nor on the number of cores: blocks of a fixed size are
 * compressed independently. gzip gives one member, zstd a frame for each block. A chunk of either side is
 * valid until the next one is asked for. `permits` limits how many blocks are in memory.
 */
function compress(chunks, { format, level }, permits = (0,block_permits/* createPermits */.J7)()) {
    const queue = new BlockQueue(BLOCK_BYTES[format], permits);
    return format === "gzip" ? gzip(chunks, level, queue) : compress_zstd(chunks, level, queue);
}
async function* gzip(chunks, level, queue) {
    let checksum = 0;
    let size = 0;
    yield GZIP_HEADER;
    yield* compressBlocks(chunks, queue, (block) => {
        checksum = (0,external_node_zlib_.crc32)(block, checksum);
        size += block.length;
        // Z_SYNC_FLUSH ends a block on a byte boundary without ending the stream: blocks can be concatenated.
        return (0,external_node_zlib_.createDeflateRaw)({ level, chunkSize: BOUND.gzip, finishFlush: external_node_zlib_.constants.Z_SYNC_FLUSH });
    });
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(checksum, 0);
    trailer.writeUInt32LE(size % 2 ** 32, 4);
    yield END_OF_DEFLATE;
    yield trailer;
}
async function* compress_zstd(chunks, level, queue) {
    const options = { params: { [external_node_zlib_.constants.ZSTD_c_compressionLevel]: level }, chunkSize: BOUND.zstd };
    yield* compressBlocks(chunks, queue, () => (0,external_node_zlib_.createZstdCompress)(options));
}
/** Compresses a few blocks at once, each with a compressor of its own, and gives them in their order. */
async function* compressBlocks(chunks, queue, openCompressor) {
    const compressBlock = (block) => runCompressor(openCompressor(block), block);
    let buffer = queue.takeBuffer();
    let filled = 0;
    let isEmpty = true;
    try {
        for await (const chunk of chunks) {
            for (let offset = 0; offset < chunk.length;) {
                const taken = Math.min(buffer.length - filled, chunk.length - offset);
                buffer.set(chunk.subarray(offset, offset + taken), filled);
                offset += taken;
                filled += taken;
                if (filled < buffer.length)
                    continue;
                yield* queue.add(buffer, filled, compressBlock);
                isEmpty = false;
                buffer = queue.takeBuffer();
                filled = 0;
            }
        }
        // At least one block, even of no bytes.
        if (filled > 0 || isEmpty)
            yield* queue.add(buffer, filled, compressBlock);
        yield* queue.end();
    }
    finally {
        queue.close();
    }
}
async function runCompressor(compressor, block) {
    compressor.end(block);
    const parts = [];
    for await (const part of compressor)
        parts.push(part);
    return parts;
}

// EXTERNAL MODULE: ./src/image/layer-audit.ts + 4 modules
var layer_audit = __webpack_require__(76814);
// EXTERNAL MODULE: ./src/image/tar-header.ts
var tar_header = __webpack_require__(20262);
;// CONCATENATED MODULE: ./src/image/layer.ts











/** Detects compression by the first bytes of a file. @see RFC 1952, section 2.3.1; RFC 8878, section 3.1.1 */
function compressionOf(head) {
    if (head[0] === 0x1f && head[1] === 0x8b)
        return "gzip";
    return (0,zstd/* isZstd */.oO)(head) ? "zstd" : undefined;
}
/** Whether this is the first block of a tar, even of an empty one. @see pax(1), "ustar Interchange Format" */
function isTar(head) {
    if (head.length < 512)
        return false;
    const block = Buffer.from(head.subarray(0, 512));
    const isUstar = block.toString("latin1", 257, 262) === "ustar";
    return isUstar || (0,tar_header/* isV7Header */.rm)(block) || block.every((byte) => byte === 0);
}
/**
 * Hashes, audits and compresses a layer's tar in one pass. The same tar always gives the same bytes. Reads it
 * to its end, whatever is in it. Each chunk of it may overwrite the one before.
 */
async function packLayer(tar, file, { target, budget, compression, findContent, permits }) {
    const inspection = createInspection(budget, { target, spoolFile: `${file}.spool`, findContent });
    const blob = createHashing();
    const inspected = async function* () {
        for await (const chunk of tar) {
            await inspection.write(chunk);
            yield chunk;
        }
    };
    // Not a stream, which would ask for the next chunk before this one is written.
    await (0,promises_.writeFile)(file, blob.pass(compress(inspected(), compression, permits)));
    const inside = inspection.end();
    if ("problem" in inside)
        return inside;
    return { ...inside, ...blob.result(), mediaType: mediaTypeOf(compression.format), source: { file } };
}
/** Hashes and audits a layer's tar, without writing it. Each chunk may overwrite the one before. */
async function inspectTar(tar, file, { target, budget, findContent }) {
    const inspection = createInspection(budget, { target, spoolFile: `${file}.spool`, findContent });
    for await (const chunk of tar)
        await inspection.write(chunk);
    return inspection.end();
}
/** Copies a layer unchanged, compressed or not, then reads the copy to hash and audit its content. */
async function keepLayer({ bytes, compression }, file, target, budget) {
    const inspection = createInspection(budget, { target, spoolFile: `${file}.spool` });
    const blob = createHashing();
    await (0,external_node_stream_promises_.pipeline)(external_node_stream_.Readable.from(blob.pass(bytes)), (0,external_node_fs_.createWriteStream)(file));
    try {
        await (0,external_node_stream_promises_.pipeline)((0,external_node_fs_.createReadStream)(file), createDecompress(compression), async (chunks) => {
            for await (const chunk of chunks) {
                // Reading the archive counted only the compressed bytes.
                budget.spendBytes(compression === undefined ? 0 : chunk.length);
                await inspection.write(chunk);
            }
        });
    }
    catch (error) {
        return { problem: toError(error) };
    }
    const inside = inspection.end();
    if ("problem" in inside)
        return inside;
    return { ...inside, ...blob.result(), mediaType: mediaTypeOf(compression), source: { file } };
}
/** The stage of a pipeline that decompresses. */
function createDecompress(compression) {
    if (compression === "zstd")
        return zstd/* decompressZstd */.l8;
    return compression === "gzip" ? (0,external_node_zlib_.createGunzip)({ chunkSize: 1 << 18 }) : new external_node_stream_.PassThrough();
}
/** Reads a layer, and hashes its tar. */
async function readDiffId(file, compression) {
    const hash = (0,external_node_crypto_.createHash)("sha256");
    await (0,external_node_stream_promises_.pipeline)((0,external_node_fs_.createReadStream)(file), createDecompress(compression), async (chunks) => {
        for await (const chunk of chunks)
            hash.update(chunk);
    });
    return (0,digest/* digestOfHex */.z9)(hash.digest("hex"));
}
/** @see https://github.com/opencontainers/image-spec/blob/main/layer.md */
function mediaTypeOf(compression) {
    const suffix = compression === undefined ? "" : `+${compression}`;
    return `application/vnd.oci.image.layer.v1.tar${suffix}`;
}
function createInspection(budget, options) {
    const hash = (0,external_node_crypto_.createHash)("sha256");
    const auditor = (0,layer_audit/* createLayerAuditor */.g)(budget, options);
    let tarBytes = 0;
    let problem;
    return {
        write: async (chunk) => {
            hash.update(chunk);
            tarBytes += chunk.length;
            if (problem !== undefined)
                return;
            try {
                await auditor.write(chunk);
            }
            catch (error) {
                problem = toError(error);
            }
        },
        end: () => {
            if (problem !== undefined)
                return { problem };
            try {
                return { audit: auditor.end(), diffId: (0,digest/* digestOfHex */.z9)(hash.digest("hex")), tarBytes };
            }
            catch (error) {
                return { problem: toError(error) };
            }
        },
    };
}
function toError(error) {
    return error instanceof Error ? error : new Error(String(error));
}
/** Hashes and counts what passes through it: the `result` of all that has passed. */
function createHashing() {
    const hash = (0,external_node_crypto_.createHash)("sha256");
    let sizeBytes = 0;
    return {
        pass: async function* (chunks) {
            for await (const chunk of chunks) {
                hash.update(chunk);
                sizeBytes += chunk.length;
                yield chunk;
            }
        },
        result: () => ({ digest: (0,digest/* digestOfHex */.z9)(hash.digest("hex")), sizeBytes }),
    };
}


/***/ }),

/***/ 20262:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   E2: () => (/* binding */ decodeHeader),
/* harmony export */   KQ: () => (/* binding */ parsePaxHeader),
/* harmony export */   P8: () => (/* binding */ showPath),
/* harmony export */   PF: () => (/* binding */ parseLongName),
/* harmony export */   Y7: () => (/* binding */ applyExtension),
/* harmony export */   Yo: () => (/* binding */ BLOCK_BYTES),
/* harmony export */   nz: () => (/* binding */ requireComment),
/* harmony export */   q0: () => (/* binding */ decodePath),
/* harmony export */   rm: () => (/* binding */ isV7Header)
/* harmony export */ });
const BLOCK_BYTES = 512;
const TYPES = {
    "0": "file",
    "\0": "file",
    "1": "hard-link",
    "2": "symlink",
    "3": "device",
    "4": "device",
    "5": "folder",
    "6": "fifo",
};
/**
 * Decodes the 512 bytes of a header. Accepts only what all tar readers decode alike, and throws a plain Error
 * for the rest: for example, some readers take `12x` for the octal number 12, and others for an error.
 * @see pax(1), "ustar Interchange Format"; https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
function decodeHeader(block) {
    if (!hasChecksum(block))
        throw new Error("it has a tar header with a wrong checksum");
    const magic = block.toString("latin1", 257, 265);
    const isGnu = magic === "ustar  \0";
    if (!isGnu && magic !== "ustar\x0000" && !isV7Header(block))
        throw new Error("it has a tar header in an unknown format");
    // The star program, and old GNU headers for sparse files, give these fields another meaning.
    if (isGnu)
        decodeTimes(block);
    if (block.subarray(isGnu ? 369 : 500).some((byte) => byte !== 0)) {
        throw new Error("it has a tar header with unknown fields");
    }
    const name = readText(block.subarray(0, 100));
    const prefix = isGnu ? "" : readText(block.subarray(345, 500));
    return {
        name: prefix === "" ? name : `${prefix}/${name}`,
        flag: String.fromCharCode(block[156] ?? 0),
        sizeBytes: decodeNumber(block.subarray(124, 136)),
        mode: decodeNumber(block.subarray(100, 108)),
        linkName: readText(block.subarray(157, 257)),
    };
}
/**
 * Whether this is a header of the format before ustar, as `tar --format=v7` writes it. It has no magic, and a
 * reader ignores what follows the name of the link: GNU tar writes the numbers of a device there.
 * @see https://www.gnu.org/software/tar/manual/html_section/Formats.html
 */
function isV7Header(block) {
    const unused = [...block.subarray(257, 265), ...block.subarray(345)];
    return block[0] !== 0 && unused.every((byte) => byte === 0) && hasChecksum(block);
}
function hasChecksum(block) {
    const sum = sumOf(block.subarray(0, 148)) + 8 * 0x20 + sumOf(block.subarray(156));
    return tryDecodeNumber(block.subarray(148, 156)) === sum;
}
function sumOf(bytes) {
    let sum = 0;
    for (const byte of bytes)
        sum += byte;
    return sum;
}
/**
 * Go takes malformed times of a GNU header for a `prefix` as in ustar.
 * @see https://go.dev/issue/12594
 */
function decodeTimes(block) {
    for (const field of [block.subarray(345, 357), block.subarray(357, 369)])
        decodeNumber(field);
}
/**
 * Combines a header with the extensions before it. Throws a plain Error for what readers treat differently.
 */
function applyExtension(raw, extension) {
    const { flag, mode } = raw;
    const { name = raw.name, linkName = raw.linkName, sizeBytes = raw.sizeBytes } = extension;
    const fail = (why) => new Error(`its tar entry ${showPath(name)} ${why}`);
    if (flag === "S")
        throw fail("is sparse. Pack it without --sparse");
    // v7 has no flag for a folder.
    const type = flag === "\0" && name.endsWith("/") ? "folder" : TYPES[flag];
    if (type === undefined)
        throw fail(`has the unknown type ${JSON.stringify(flag)}`);
    if (type !== "file" && sizeBytes !== 0)
        throw fail(`is a ${type}, but has ${sizeBytes} bytes of content`);
    if (type === "file" && name.endsWith("/"))
        throw fail("is a file, but is named like a folder");
    return { name, type, sizeBytes, mode, linkName };
}
/** Keys by which overlayfs would show other content than the layer's. @see the kernel's overlayfs.rst */
const OVERLAY_KEY = /^(?:SCHILY|LIBARCHIVE)\.xattr\.(?:trusted|user)\.overlay\./;
/**
 * Reads the records of a PAX header. Throws a plain Error if they are malformed, or change how an engine
 * reads the content of the entry.
 * @see pax(1), "pax Extended Header"
 */
function parsePaxHeader(bytes) {
    const records = parseRecords(bytes);
    for (const key of records.keys()) {
        if (key.startsWith("GNU.sparse.")) {
            const name = records.get("GNU.sparse.name") ?? records.get("path") ?? "";
            throw new Error(`its tar entry ${showPath(name)} is sparse. Pack it without --sparse`);
        }
        if (OVERLAY_KEY.test(key))
            throw new Error(`it has a tar entry with the attribute ${showPath(key)}`);
    }
    const [name, linkName, size] = ["path", "linkpath", "size"].map((key) => records.get(key));
    if (size !== undefined && !isSize(size))
        throw new Error("it has a PAX header with a malformed size");
    return {
        ...(name !== undefined && { name }),
        ...(linkName !== undefined && { linkName }),
        ...(size !== undefined && { sizeBytes: Number(size) }),
    };
}
/** Throws a plain Error unless the PAX header, for all following entries, has only comments. */
function requireComment(bytes) {
    // GNU tar applies the other keys to every entry, Go to none.
    const other = [...parseRecords(bytes).keys()].find((key) => key !== "comment");
    if (other !== undefined)
        throw new Error(`it has a global PAX header with ${showPath(other)}`);
}
/** The text of a GNU header for long names: it ends at the first NUL. */
function parseLongName(bytes) {
    const name = readText(bytes);
    if (name === "")
        throw new Error("it has an empty GNU header for a long name");
    return name;
}
function isSize(text) {
    return /^[0-9]{1,16}$/.test(text) && Number.isSafeInteger(Number(text));
}
function parseRecords(bytes) {
    const records = new Map();
    for (let start = 0; start < bytes.length;) {
        const space = bytes.indexOf(0x20, start);
        const digits = bytes.toString("latin1", start, Math.min(space, start + 8));
        const end = start + Number(digits);
        if (space < 0 || !/^[1-9][0-9]*$/.test(digits) || end > bytes.length || end <= space + 1)
            throw malformed();
        const record = bytes.toString("latin1", space + 1, end - 1);
        const equals = record.indexOf("=");
        const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
        // An empty value means "as in the header" to some readers, and "empty" to others.
        const isOurs = key === "path" || key === "linkpath" || key === "size";
        const isOdd = isOurs && (value === "" || value.includes("\0"));
        if (equals < 1 || bytes[end - 1] !== 0x0a || records.has(key) || isOdd)
            throw malformed();
        records.set(key, value);
        start = end;
    }
    return records;
}
function malformed() {
    return new Error("it has a malformed PAX header");
}
function readText(field) {
    const end = field.indexOf(0);
    return field.toString("latin1", 0, end < 0 ? field.length : end);
}
/** An octal number, or a binary one if its first bit is set. An empty field is 0. */
function decodeNumber(field) {
    const number = tryDecodeNumber(field);
    if (number === undefined)
        throw new Error("it has a tar header with a malformed number");
    return number;
}
function tryDecodeNumber(field) {
    if (field[0] === 0x80) {
        const number = BigInt(`0x${field.toString("hex", 1)}`);
        if (number <= Number.MAX_SAFE_INTEGER)
            return Number(number);
    }
    else {
        const text = field.toString("latin1");
        const [, digits] = /^ *([0-7]+)[ \0]*$/.exec(text) ?? [];
        if (digits !== undefined)
            return parseInt(digits, 8);
        if (/^[ \0]*$/.test(text))
            return 0;
    }
    return undefined;
}
/** A name in double quotes for messages; bytes that are not UTF-8 become U+FFFD. */
function showPath(latin1) {
    return JSON.stringify(decodePath(latin1).slice(0, 300));
}
/** The text of a Latin-1 name for people. Different names may give the same text. */
function decodePath(latin1) {
    return Buffer.from(latin1, "latin1").toString("utf8");
}


/***/ }),

/***/ 82008:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   O: () => (/* binding */ paddingAfter),
/* harmony export */   R: () => (/* binding */ TarReader)
/* harmony export */ });
/* harmony import */ var _tar_header_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(20262);

/** Go rejects larger extension headers. @see archive/tar, maxSpecialFileSize */
const MAX_EXTENSION_BYTES = 1 << 20;
const ZEROS = Buffer.alloc(_tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .BLOCK_BYTES */ .Yo);
/** Two blocks of zeros mark the end of a tar. */
const END_BLOCKS = 2;
/**
 * Reads a layer's tar in chunks, as container engines do: none of them reads on after the end marker. They
 * differ in what they make of an odd tar: sparse files, content of a symlink. A foreign program could hide in
 * any such difference, so this reader refuses every tar that no image builder writes. Throws plain Errors.
 * @see pax(1), "ustar Interchange Format"; Go's archive/tar, which Docker, Podman and containerd use
 */
class TarReader {
    #onEntry;
    #block = Buffer.alloc(_tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .BLOCK_BYTES */ .Yo);
    #filled = 0;
    /** How much of the tar was read. */
    #position = 0;
    #sink;
    #contentLeft = 0;
    #paddingLeft = 0;
    #zeroBlocks = 0;
    /** What the extension headers before the next entry say. */
    #extension = {};
    /** The flags of these headers. */
    #extensions = "";
    /** These headers with their content, as in the tar. */
    #rawExtensions = [];
    constructor(onEntry) {
        this.#onEntry = onEntry;
    }
    /** The chunk may be overwritten when the promise has resolved. */
    async write(chunk) {
        let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
        while (rest.length > 0 && this.#zeroBlocks < END_BLOCKS) {
            if (this.#contentLeft > 0) {
                const part = rest.subarray(0, this.#contentLeft);
                this.#contentLeft -= part.length;
                this.#position += part.length;
                rest = rest.subarray(part.length);
                this.#sink?.write(part);
                if (this.#contentLeft === 0) {
                    const ended = this.#sink?.end();
                    // Most entries need no wait, and a promise for each of them costs more than reading them.
                    if (ended !== undefined)
                        await ended;
                }
            }
            else if (this.#paddingLeft > 0) {
                const skipped = Math.min(rest.length, this.#paddingLeft);
                this.#paddingLeft -= skipped;
                this.#position += skipped;
                rest = rest.subarray(skipped);
            }
            else {
                const taken = Math.min(rest.length, _tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .BLOCK_BYTES */ .Yo - this.#filled);
                rest.copy(this.#block, this.#filled, 0, taken);
                this.#filled += taken;
                this.#position += taken;
                rest = rest.subarray(taken);
                if (this.#filled === _tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .BLOCK_BYTES */ .Yo) {
                    this.#filled = 0;
                    const ended = this.#takeBlock();
                    if (ended !== undefined)
                        await ended;
                }
            }
        }
    }
    /** Throws a plain Error if the tar is incomplete. */
    end() {
        const isInside = this.#contentLeft > 0 || this.#paddingLeft > 0 || this.#extensions !== "";
        if (isInside || this.#filled > 0) {
            throw new Error("it has a layer that ends within a tar entry");
        }
    }
    #takeBlock() {
        if (this.#block.equals(ZEROS)) {
            if (this.#extensions !== "")
                throw new Error("it has a tar extension header without an entry");
            this.#zeroBlocks++;
            return undefined;
        }
        // Go rejects a single block of zeros between entries.
        if (this.#zeroBlocks > 0)
            throw new Error("it has a layer with half an end marker within its tar");
        const raw = (0,_tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .decodeHeader */ .E2)(this.#block);
        if ("xgLK".includes(raw.flag))
            return this.#expect(raw.sizeBytes, this.#collect(raw.flag, raw.sizeBytes));
        const header = (0,_tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .applyExtension */ .Y7)(raw, this.#extension);
        const bytes = this.#extensions === "" ? this.#block : Buffer.concat([...this.#rawExtensions, this.#block]);
        this.#extension = {};
        this.#extensions = "";
        this.#rawExtensions = [];
        return this.#expect(header.sizeBytes, this.#onEntry(header, { bytes, contentStart: this.#position }));
    }
    #expect(sizeBytes, sink) {
        this.#sink = sink;
        this.#contentLeft = sizeBytes;
        this.#paddingLeft = paddingAfter(sizeBytes).length;
        return sizeBytes === 0 ? sink.end() : undefined;
    }
    #collect(flag, sizeBytes) {
        if (sizeBytes > MAX_EXTENSION_BYTES)
            throw new Error("it has a tar extension header of more than 1 MiB");
        const isPax = flag === "x";
        // Readers disagree on which of several extension headers counts.
        const isRepeated = this.#extensions.includes(flag);
        const isMixed = flag !== "g" && this.#extensions !== "" && (isPax || this.#extensions.includes("x"));
        if (isRepeated || isMixed || (flag === "g" && this.#extensions !== "")) {
            throw new Error("it has several tar extension headers for one entry");
        }
        const chunks = [];
        const header = Buffer.from(this.#block);
        return {
            write: (chunk) => {
                chunks.push(Buffer.from(chunk));
            },
            end: () => {
                const bytes = Buffer.concat(chunks);
                if (flag === "g")
                    (0,_tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .requireComment */ .nz)(bytes);
                else {
                    this.#rawExtensions.push(header, bytes, paddingAfter(sizeBytes));
                    this.#extensions += flag;
                    this.#extension = { ...this.#extension, ...parseExtension(flag, bytes) };
                }
                return undefined;
            },
        };
    }
}
/** The zeros that fill the last block of an entry's content. */
function paddingAfter(sizeBytes) {
    return ZEROS.subarray(0, (_tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .BLOCK_BYTES */ .Yo - (sizeBytes % _tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .BLOCK_BYTES */ .Yo)) % _tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .BLOCK_BYTES */ .Yo);
}
function parseExtension(flag, bytes) {
    if (flag === "x")
        return (0,_tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .parsePaxHeader */ .KQ)(bytes);
    return flag === "L" ? { name: (0,_tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .parseLongName */ .PF)(bytes) } : { linkName: (0,_tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .parseLongName */ .PF)(bytes) };
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
const TYPE_FLAGS = { file: "0", symlink: "2", folder: "5", whiteout: "3" };
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

/***/ 66232:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   l8: () => (/* binding */ decompressZstd),
/* harmony export */   oO: () => (/* binding */ isZstd),
/* harmony export */   up: () => (/* binding */ renderRawFrame)
/* harmony export */ });
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(57075);
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_stream__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(24085);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_stream_promises__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var node_zlib__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(38522);
/* harmony import */ var node_zlib__WEBPACK_IMPORTED_MODULE_2___default = /*#__PURE__*/__webpack_require__.n(node_zlib__WEBPACK_IMPORTED_MODULE_2__);



/**
 * Whether these are the first bytes of zstd data: of a frame, or of a skippable frame, with which pzstd
 * starts.
 * @see RFC 8878, sections 3.1.1 and 3.1.2
 */
function isZstd(head) {
    if (head.length < 4)
        return false;
    const magic = new DataView(head.buffer, head.byteOffset).getUint32(0, true);
    return magic === FRAME || isSkippable(magic);
}
const FRAME = 0xfd2fb528;
function isSkippable(magic) {
    return magic >= 0x184d2a50 && magic <= 0x184d2a5f;
}
/** The largest block of a frame. @see RFC 8878, section 3.1.1.2 */
const MAX_BLOCK_BYTES = 128 << 10;
/**
 * Wraps bytes in a zstd frame without compressing them: less than 4 GiB, and at least one.
 * @see RFC 8878, section 3.1.1
 */
function renderRawFrame(bytes) {
    const head = Buffer.alloc(9);
    head.writeUInt32LE(FRAME);
    // The size has four bytes, and is that of the window too.
    head.writeUInt8(0xa0, 4);
    head.writeUInt32LE(bytes.length, 5);
    const parts = [head];
    for (let at = 0; at < bytes.length; at += MAX_BLOCK_BYTES) {
        const block = bytes.subarray(at, at + MAX_BLOCK_BYTES);
        const blockHead = Buffer.alloc(3);
        const isLast = at + block.length === bytes.length ? 1 : 0;
        blockHead.writeUIntLE((block.length << 3) | isLast, 0, 3);
        parts.push(blockHead, block);
    }
    return Buffer.concat(parts);
}
/**
 * Decompresses zstd data of any number of frames; zstd:chunked has one per file. Node's stream ends with a
 * frame if the same chunk has more data, so each chunk ends where a frame ends. A new stream for each frame
 * would take ten times as long. Rejects with Node's errors.
 * @see RFC 8878, section 3.1, "Frames"
 */
async function* decompressZstd(chunks) {
    const decompress = (0,node_zlib__WEBPACK_IMPORTED_MODULE_2__.createZstdDecompress)({ chunkSize: 1 << 18 });
    // Avoid an unhandled rejection: reading `decompress` fails with the same error.
    (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_1__.pipeline)(node_stream__WEBPACK_IMPORTED_MODULE_0__.Readable.from(cutAtFrames(chunks)), decompress).catch(() => undefined);
    for await (const chunk of decompress)
        yield chunk;
}
async function* cutAtFrames(chunks) {
    const frames = readFrames();
    let wanted = frames.next().value;
    let field = [];
    for await (const chunk of chunks) {
        let start = 0;
        for (let at = 0; at < chunk.length;) {
            if (wanted.kind === "skip") {
                const skipped = Math.min(wanted.bytes, chunk.length - at);
                wanted.bytes -= skipped;
                at += skipped;
            }
            else
                field.push(chunk[at++] ?? 0);
            while (wanted.kind === "skip" ? wanted.bytes === 0 : field.length === wanted.bytes) {
                wanted = frames.next(Buffer.from(field)).value;
                field = [];
                if (wanted.kind === "field" && wanted.startsFrame) {
                    yield chunk.subarray(start, at);
                    start = at;
                }
            }
        }
        if (start < chunk.length)
            yield chunk.subarray(start);
    }
}
/** Says which bytes come next, and takes those of each field. After malformed data, skips the rest. */
function* readFrames() {
    const field = (bytes, startsFrame = false) => ({ kind: "field", bytes, startsFrame });
    const skip = (bytes) => ({ kind: "skip", bytes });
    for (;;) {
        const magic = (yield field(4, true)).readUInt32LE();
        if (isSkippable(magic)) {
            yield skip((yield field(4)).readUInt32LE());
            continue;
        }
        // The decompressor rejects what is not a frame.
        while (magic !== FRAME)
            yield skip(Number.MAX_SAFE_INTEGER);
        const descriptor = (yield field(1)).readUInt8();
        const isSingleSegment = (descriptor & 0x20) !== 0;
        const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
        const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
        yield skip((isSingleSegment ? 0 : 1) + dictionaryBytes + sizeBytes);
        for (let isLast = false; !isLast;) {
            const block = (yield field(3)).readUIntLE(0, 3);
            isLast = (block & 1) !== 0;
            // A block of one repeated byte.
            const isRun = ((block >> 1) & 3) === 1;
            yield skip(isRun ? 1 : block >> 3);
        }
        yield skip((descriptor & 4) === 0 ? 0 : 4);
    }
}


/***/ })

};
