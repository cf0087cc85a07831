export const id = 293;
export const ids = [293];
export const modules = {

/***/ 6737:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  R: () => (/* binding */ mergeAudits),
  y: () => (/* binding */ requirePassed)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./node_modules/picomatch/index.js
var picomatch = __webpack_require__(14006);
var picomatch_default = /*#__PURE__*/__webpack_require__.n(picomatch);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/model/count.ts
var count = __webpack_require__(47302);
// EXTERNAL MODULE: ./src/model/system.ts
var system = __webpack_require__(26872);
// EXTERNAL MODULE: ./src/image/tar-header.ts
var tar_header = __webpack_require__(20262);
;// CONCATENATED MODULE: ./src/image/file-tree.ts


const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";
const MAX_LINKS = 40;
/**
 * The files of a container: its layers applied one by one, as engines do. Engines differ: some unpack a layer
 * over the ones below it, others into a folder of its own, which overlayfs merges with the others. Where that
 * makes a difference, `apply` refuses the layer. Paths are Latin-1.
 * @see https://github.com/opencontainers/image-spec/blob/main/layer.md
 */
class FileTree {
    #root = makeFolder(-1);
    #budget;
    #layer = -1;
    /** Folders of lower layers that this layer removes. */
    #removed = new Set();
    constructor(budget) {
        this.#budget = budget;
    }
    /** Adds the next layer. Throws a plain Error if engines would unpack it differently. */
    apply(entries) {
        this.#layer++;
        this.#removed = new Set();
        for (const entry of entries)
            this.#add(entry);
    }
    /** All paths but folders, with what is there. */
    *list() {
        const folders = [["", this.#root]];
        for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
            const [path, folder] = next;
            for (const [name, node] of folder.children) {
                if (node.kind === "folder")
                    folders.push([`${path}/${name}`, node]);
                else
                    yield [`${path}/${name}`, node];
            }
        }
    }
    /** Whether a path of the image leads to a file. Follows symlinks in every component. */
    hasFile(path) {
        let wanted = namesOf(path);
        for (let links = 0; links <= MAX_LINKS; links++) {
            const { node, depth } = this.#walk(wanted);
            if (node?.kind !== "symlink")
                return node !== undefined && node.kind !== "folder" && depth === wanted.length;
            const place = `/${wanted.slice(0, depth - 1).join("/")}`;
            wanted = namesOf(external_node_path_.posix.resolve(place, node.leadsTo, ...wanted.slice(depth)));
        }
        return false;
    }
    /** Walks down to the first node that is not a folder, or to the end of the path. */
    #walk(names) {
        let node = this.#root;
        for (const [index, name] of names.entries()) {
            node = node.children.get(name);
            if (node?.kind !== "folder")
                return { node, depth: index + 1 };
        }
        return { node, depth: names.length };
    }
    #add(entry) {
        const names = namesOf(entry.path);
        const name = names.pop();
        if (name === undefined) {
            if (entry.type !== "folder")
                throw refuse(entry, "is not a folder");
            return;
        }
        const folder = this.#enter(entry, names);
        if (name === OPAQUE)
            hideLower(folder, this.#layer);
        else if (name.startsWith(WHITEOUT))
            this.#remove(entry, folder, name.slice(WHITEOUT.length));
        else if (entry.type === "folder")
            this.#addFolder(entry, folder, name);
        else
            this.#addLeaf(entry, folder, name);
    }
    /** The folder that contains an entry. Engines create it if it is missing. */
    #enter(entry, names) {
        let folder = this.#root;
        folder.touchedBy = this.#layer;
        for (const [index, name] of names.entries()) {
            if (name.startsWith(WHITEOUT))
                throw refuse(entry, "is below a whiteout");
            let child = folder.children.get(name);
            if (child === undefined) {
                this.#budget.spendPath(name);
                this.#requireKept(entry, names.slice(0, index + 1));
                child = makeFolder(this.#layer);
                folder.children.set(name, child);
            }
            // Some engines would follow the symlink, and others replace it with a folder.
            if (child.kind !== "folder")
                throw refuse(entry, `is below a ${child.kind}`);
            child.touchedBy = this.#layer;
            folder = child;
        }
        return folder;
    }
    /** The content of a removed folder would stay below its replacement in overlayfs. */
    #requireKept(entry, names) {
        if (this.#removed.size === 0)
            return;
        if (this.#removed.has(`/${names.join("/")}`))
            throw refuse(entry, "is in a folder that the layer also removes");
    }
    #addFolder(entry, folder, name) {
        const before = folder.children.get(name);
        if (before?.kind === "folder") {
            before.touchedBy = this.#layer;
            return;
        }
        if (before?.layer === this.#layer)
            throw refuse(entry, "is a folder and something else");
        this.#requireKept(entry, namesOf(entry.path));
        folder.children.set(name, makeFolder(this.#layer));
    }
    #addLeaf(entry, folder, name) {
        const before = folder.children.get(name);
        if (before?.kind === "folder" && before.touchedBy === this.#layer) {
            throw refuse(entry, "is a folder and something else");
        }
        const kind = entry.type === "fifo" || entry.type === "device" ? "device" : entry.type;
        // An engine without root skips devices, so the file would stay.
        if (entry.type === "device" && before !== undefined && before.kind !== "device") {
            throw refuse(entry, "is a device in place of a file");
        }
        if (kind === "hard-link")
            folder.children.set(name, this.#findLinked(entry));
        else if (kind !== "folder") {
            const { linkName: leadsTo, findings } = entry;
            folder.children.set(name, { kind, layer: this.#layer, leadsTo, findings });
        }
    }
    /** The file that a hard link leads to. In overlayfs, a layer cannot link to a file of a lower layer. */
    #findLinked(entry) {
        const names = namesOf(external_node_path_.posix.resolve("/", entry.linkName));
        const { node, depth } = this.#walk(names);
        if (node === undefined ||
            node.kind === "folder" ||
            depth !== names.length ||
            node.layer !== this.#layer) {
            throw refuse(entry, `is a hard link to ${(0,tar_header/* showPath */.P8)(entry.linkName)}, which is not a file of that layer`);
        }
        return node;
    }
    #remove(entry, folder, name) {
        // Engines would remove the folder itself, or the one above it.
        if (["", ".", ".."].includes(name) || name.startsWith(WHITEOUT))
            throw refuse(entry, "is not a whiteout");
        const before = folder.children.get(name);
        if (before === undefined)
            return;
        if ((before.kind === "folder" ? before.touchedBy : before.layer) === this.#layer) {
            throw refuse(entry, "removes a file that the layer also has");
        }
        if (before.kind === "folder")
            this.#removed.add(external_node_path_.posix.join(external_node_path_.posix.dirname(entry.path), name));
        folder.children.delete(name);
    }
}
/** Removes what lower layers have in a folder. */
function hideLower(folder, layer) {
    if (folder.opaqueIn === layer)
        return;
    folder.opaqueIn = layer;
    for (const [name, node] of folder.children) {
        if ((node.kind === "folder" ? node.touchedBy : node.layer) < layer)
            folder.children.delete(name);
        else if (node.kind === "folder")
            hideLower(node, layer);
    }
}
function makeFolder(layer) {
    return { kind: "folder", children: new Map(), touchedBy: layer, opaqueIn: -1 };
}
function namesOf(path) {
    return path.split("/").filter((name) => name !== "");
}
function refuse({ path }, why) {
    return new Error(`its file ${(0,tar_header/* showPath */.P8)(path)} ${why}, so engines would unpack it differently`);
}

;// CONCATENATED MODULE: ./src/image/packed-libraries.ts

/**
 * Finds the archives with ELF files for other CPUs. A Java library usually brings its native part for many
 * CPUs and picks one when it runs: from one jar, or from sibling jars such as `x-linux-x86_64.jar` and
 * `x-linux-aarch_64.jar`. So one for the target's CPU among them is enough.
 */
function findForeignArchives(tree, target) {
    const archives = listArchives(tree);
    const owners = new Map();
    const hasOwn = (files) => files.some(({ machine }) => (0,system/* isOwnElf */.qi)(target, machine));
    for (const { path, files } of archives) {
        if (hasOwn(files))
            owners.set(siblingsOf(path), path);
    }
    return archives.flatMap(({ file, path, files, layer }) => {
        const foreign = files.filter(({ machine }) => !(0,system/* isNativeElf */.jg)(target, machine));
        if (foreign.length === 0)
            return [];
        const ownIn = hasOwn(files) ? path : owners.get(siblingsOf(path));
        return [{ file, path, foreign, ownIn, layer }];
    });
}
/** Every archive of the image that has ELF files itself, not only in an archive in it. */
function listArchives(tree) {
    return [...tree.list()].flatMap(([file, { findings, layer }]) => [...Map.groupBy(findings?.packed ?? [], ({ archive }) => archive)].map(([archive, files]) => ({
        file,
        path: archive === "" ? file : `${file}!/${archive}`,
        files,
        layer,
    })));
}
/** The names of CPUs in file names, as Maven, Gradle, Go and Debian write them. */
const CPU_NAME = "x86[-_]?(?:64|32)|x86|x64|amd64|i[3-6]86|aarch[-_]?64|arm64|arm(?:hf|el|[-_]?32|v[5-8][a-z]*)?|" +
    "ppc(?:64(?:le|el)?|le[-_]?64)?|powerpc(?:64(?:le)?)?|s390(?:x|[-_]?64)|riscv(?:64)?|" +
    "loong(?:arch)?[-_]?64|mips(?:64)?(?:el|le)?";
const CPU = new RegExp(`[-_./](?:${CPU_NAME})(?=[-_./!]|$)`, "gi");
const STORE_HASH = /^\/nix\/store\/[0-9a-z]{32}-/;
/** What sibling archives, one for each CPU, have in common: their path without the CPU. */
function siblingsOf(path) {
    return path.replace(STORE_HASH, "/nix/store/").replace(CPU, "");
}

;// CONCATENATED MODULE: ./src/image/audit.ts








/**
 * Merges the audits of the layers, lowest first. Files that an upper layer removes or replaces are not in the
 * container and are not reported. Throws a plain Error if engines would unpack the layers differently.
 */
function mergeAudits(layers, { target, allow, budget }) {
    const tree = new FileTree(budget);
    for (const { entries } of layers)
        tree.apply(entries);
    return {
        filesRead: layers.reduce((sum, layer) => sum + layer.filesRead, 0),
        elfFiles: layers.reduce((sum, layer) => sum + layer.elfFiles, 0),
        ...findForeign(tree, target, allow),
        orphanedScripts: findOrphanedScripts(tree),
        missingLibraries: findMissingLibraries(tree),
        unreadableArchives: findUnreadableArchives(tree),
    };
}
/** Enough to see what is wrong with an image. */
const MAX_WARNINGS = 100;
function findForeign(tree, target, allow) {
    const isAllowed = picomatch_default()([...allow], { dot: true });
    const foreign = [];
    const allowed = [];
    const multiCpuArchives = [];
    const add = (file, path, { machine, layer }) => {
        const list = isAllowed((0,tar_header/* decodePath */.q0)(file)) || isAllowed((0,tar_header/* decodePath */.q0)(path)) ? allowed : foreign;
        list.push({ path: renderPath(path), machine: (0,system/* renderElfMachine */.P6)(machine), layer });
    };
    for (const [path, { findings, layer }] of tree.list()) {
        if (findings?.foreign !== undefined)
            add(path, path, { machine: findings.foreign, layer });
    }
    for (const { file, path, foreign: files, ownIn, layer } of findForeignArchives(tree, target)) {
        if (ownIn === undefined) {
            for (const { name, machine } of files)
                add(file, `${path}!/${name}`, { machine, layer });
        }
        else if (multiCpuArchives.length < MAX_WARNINGS) {
            const machines = [...new Set(files.map(({ machine }) => (0,system/* renderElfMachine */.P6)(machine)))].sort();
            multiCpuArchives.push({ path: renderPath(path), machines, ownIn: renderPath(ownIn), layer });
        }
    }
    return { foreign, allowed, multiCpuArchives };
}
function findOrphanedScripts(tree) {
    const found = [];
    const hasFile = rememberFiles(tree);
    for (const [path, { findings, layer }] of tree.list()) {
        const interpreter = findings?.interpreter;
        if (interpreter === undefined || hasFile(interpreter))
            continue;
        found.push({ path: renderPath(path), interpreter: renderPath(interpreter), layer });
        if (found.length === MAX_WARNINGS)
            return found;
    }
    return found;
}
/** Libraries of the NVIDIA driver, which the container runtime mounts. @see docs/gpu.md */
const FROM_HOST = /^lib(?:cuda|nvcuvid|nvidia-[a-z0-9-]+)\.so(?:\.|$)/;
function findMissingLibraries(tree) {
    const found = [];
    const hasFile = rememberFiles(tree);
    const libraries = listLibraries(tree);
    for (const [path, { findings, layer }] of tree.list()) {
        if (findings?.needs === undefined)
            continue;
        const { interpreter, libraries: needed, searched } = findings.needs;
        const add = (kind, needs) => {
            found.push({
                path: renderPath(path),
                kind,
                needs: renderPath(needs),
                storePath: storePathOf(path) ?? null,
                searched: searched.map(renderPath),
                layer,
            });
        };
        if (interpreter !== undefined && !hasFile(interpreter))
            add("interpreter", interpreter);
        for (const name of needed) {
            // The loader knows more folders than the file names: those of its caller, of ld.so.conf, of
            // LD_LIBRARY_PATH. So a library counts as missing only if no folder has it.
            const isThere = name.includes("/") ? hasFile(name) : libraries.has(name) || FROM_HOST.test(name);
            if (!isThere)
                add("library", name);
        }
        if (found.length >= MAX_WARNINGS)
            return found.slice(0, MAX_WARNINGS);
    }
    return found;
}
/** The names of all files that some ELF file needs. */
function listLibraries(tree) {
    const needed = new Set();
    for (const [, { findings }] of tree.list()) {
        for (const name of findings?.needs?.libraries ?? [])
            needed.add(name);
    }
    const found = new Set();
    for (const [path, { kind }] of tree.list()) {
        const name = external_node_path_.posix.basename(path);
        if (!needed.has(name) || found.has(name))
            continue;
        if (kind === "file" || (kind === "symlink" && tree.hasFile(path)))
            found.add(name);
    }
    return found;
}
function findUnreadableArchives(tree) {
    const found = [];
    for (const [path, { findings, layer }] of tree.list()) {
        if (findings?.unreadable === undefined)
            continue;
        found.push({ path: renderPath(path), reason: renderPath(findings.unreadable), layer });
        if (found.length === MAX_WARNINGS)
            return found;
    }
    return found;
}
/** More than any real image has. Following links costs time, and a missing file is only a warning. */
const MAX_LOOKUPS = 10_000;
/** Looks up each path once; after 10,000 different ones, takes the others for present. */
function rememberFiles(tree) {
    const known = new Map();
    return (path) => {
        const answer = known.get(path) ?? (known.size >= MAX_LOOKUPS || tree.hasFile(path));
        if (known.size < MAX_LOOKUPS)
            known.set(path, answer);
        return answer;
    };
}
function storePathOf(path) {
    return /^\/nix\/store\/[0-9a-z]{32}-[^/]+/.exec(path)?.[0];
}
/**
 * Escapes characters that would break or disguise a line of the log: newlines and text direction controls.
 */
function renderPath(path) {
    return (0,tar_header/* decodePath */.q0)(path).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
        const code = character.codePointAt(0) ?? 0;
        return `\\u{${code.toString(16)}}`;
    });
}
const SHOWN = 20;
/** Throws `AUDIT_FAILED` if the audit found foreign files, with the first 20 and their CPUs. */
function requirePassed({ foreign }, target) {
    if (foreign.length === 0)
        return;
    const shown = foreign.slice(0, SHOWN).map(({ path, machine }) => `${path} is for ${machine}`);
    const more = foreign.length > SHOWN ? `\n… and ${foreign.length - SHOWN} more` : "";
    throw new action_error/* ActionError */.lZ("AUDIT_FAILED", `the image for ${target} has ${(0,count/* countOf */.pq)(foreign.length, "file")} for another CPU:\n` +
        `${shown.join("\n")}${more}`, {
        hint: "Build these files for the target. If they belong in the image, allow them in audit-allow, " +
            "by a glob of absolute paths.",
    });
}


/***/ }),

/***/ 82338:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   D: () => (/* binding */ blobOf),
/* harmony export */   f: () => (/* binding */ describeBlob)
/* harmony export */ });
/* harmony import */ var _model_digest_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(95305);

/** The descriptor of a blob, as in a manifest or an index. @see OCI image-spec, descriptor.md */
function describeBlob({ mediaType, digest, sizeBytes }) {
    return { mediaType, digest, size: sizeBytes };
}
/** A blob in memory. */
function blobOf(mediaType, bytes) {
    return { mediaType, digest: (0,_model_digest_js__WEBPACK_IMPORTED_MODULE_0__/* .digestOf */ .ol)(bytes), sizeBytes: bytes.length, source: { bytes } };
}


/***/ }),

/***/ 29320:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  A: () => (/* binding */ readImage),
  m: () => (/* binding */ readPublishedImage)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./node_modules/zod/v4/classic/schemas.js + 11 modules
var schemas = __webpack_require__(92857);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/errors/errno.ts
var errno = __webpack_require__(38335);
// EXTERNAL MODULE: ./src/model/count.ts
var model_count = __webpack_require__(47302);
// EXTERNAL MODULE: ./src/model/digest.ts
var model_digest = __webpack_require__(95305);
// EXTERNAL MODULE: ./src/model/media-type.ts
var media_type = __webpack_require__(22570);
// EXTERNAL MODULE: ./src/model/system.ts
var system = __webpack_require__(26872);
// EXTERNAL MODULE: ./src/image/blob.ts
var blob = __webpack_require__(82338);
// EXTERNAL MODULE: external "node:stream/promises"
var external_node_stream_promises_ = __webpack_require__(24085);
// EXTERNAL MODULE: ./node_modules/tar-stream/index.js
var tar_stream = __webpack_require__(56118);
// EXTERNAL MODULE: ./src/platform/files.ts
var files = __webpack_require__(94924);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(57075);
// EXTERNAL MODULE: external "node:zlib"
var external_node_zlib_ = __webpack_require__(38522);
// EXTERNAL MODULE: ./src/platform/zstd.ts
var zstd = __webpack_require__(66232);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(48161);
// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(57975);
;// CONCATENATED MODULE: ./src/image/gzip.ts



const compress = (0,external_node_util_.promisify)(external_node_zlib_.deflateRaw);
const BLOCK_BYTES = 1 << 20;
const OPTIONS = {
    // Takes half the time of level 6 for 3 % more bytes. Lower levels save little more time.
    level: 4,
    chunkSize: 1 << 18,
    // Ends a block on a byte boundary without ending the stream, so that blocks can be concatenated.
    finishFlush: external_node_zlib_.constants.Z_SYNC_FLUSH,
};
/** Without name, time and operating system, so that the output is reproducible. @see RFC 1952, section 2.3 */
const HEADER = Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** An empty final block. @see RFC 1951, section 3.2.3 */
const END_OF_DEFLATE = Uint8Array.from([3, 0]);
/**
 * Compresses to one gzip member on all cores, in constant memory. The result depends only on the content, not
 * on how it is split into chunks. Blocks of 1 MiB are compressed independently, so that they can be
 * compressed in parallel.
 */
async function* gzip(chunks) {
    const pending = [];
    let checksum = 0;
    let size = 0;
    yield HEADER;
    for await (const block of cutIntoBlocks(chunks)) {
        checksum = (0,external_node_zlib_.crc32)(block, checksum);
        size += block.length;
        const compressed = compress(block, OPTIONS);
        // Avoid an unhandled rejection if a block fails before it is awaited below.
        compressed.catch(() => undefined);
        pending.push(compressed);
        if (pending.length > (0,external_node_os_.availableParallelism)())
            yield await takeFirst(pending);
    }
    while (pending.length > 0)
        yield await takeFirst(pending);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(checksum, 0);
    trailer.writeUInt32LE(size % 2 ** 32, 4);
    yield END_OF_DEFLATE;
    yield trailer;
}
async function takeFirst(pending) {
    return (await pending.shift()) ?? new Uint8Array();
}
async function* cutIntoBlocks(chunks) {
    let block = Buffer.allocUnsafe(BLOCK_BYTES);
    let filled = 0;
    for await (const chunk of chunks) {
        for (let offset = 0; offset < chunk.length;) {
            const taken = Math.min(BLOCK_BYTES - filled, chunk.length - offset);
            block.set(chunk.subarray(offset, offset + taken), filled);
            offset += taken;
            filled += taken;
            if (filled === BLOCK_BYTES) {
                yield block;
                block = Buffer.allocUnsafe(BLOCK_BYTES);
                filled = 0;
            }
        }
    }
    if (filled > 0)
        yield block.subarray(0, filled);
}

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

// EXTERNAL MODULE: ./node_modules/yauzl/index.js
var yauzl = __webpack_require__(20663);
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
    write(chunk) {
        this.#sizeBytes += chunk.length;
        if (this.#disk === undefined)
            this.#chunks.push(chunk);
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
        if (this.#disk === undefined) {
            this.#memory ??= Buffer.concat(this.#chunks);
            return this.#memory.subarray(offset, offset + size);
        }
        const bytes = Buffer.alloc(size);
        for (let done = 0; done < size;) {
            const count = (0,external_node_fs_.readSync)(this.#disk, bytes, done, size - done, offset + done);
            if (count === 0)
                return bytes.subarray(0, done);
            done += count;
        }
        return bytes;
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
    (0,external_node_stream_promises_.pipeline)(external_node_stream_.Readable.from(chunks()), inflated).catch(() => undefined);
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

// EXTERNAL MODULE: ./src/image/tar-header.ts
var tar_header = __webpack_require__(20262);
;// CONCATENATED MODULE: ./src/image/tar-reader.ts

/** Go rejects larger extension headers. @see archive/tar, maxSpecialFileSize */
const MAX_EXTENSION_BYTES = 1 << 20;
const ZEROS = Buffer.alloc(tar_header/* BLOCK_BYTES */.Yo);
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
    #block = Buffer.alloc(tar_header/* BLOCK_BYTES */.Yo);
    #filled = 0;
    #sink;
    #contentLeft = 0;
    #paddingLeft = 0;
    #zeroBlocks = 0;
    /** What the extension headers before the next entry say. */
    #extension = {};
    /** The flags of these headers. */
    #extensions = "";
    constructor(onEntry) {
        this.#onEntry = onEntry;
    }
    async write(chunk) {
        let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
        while (rest.length > 0 && this.#zeroBlocks < END_BLOCKS) {
            if (this.#contentLeft > 0) {
                const part = rest.subarray(0, this.#contentLeft);
                this.#contentLeft -= part.length;
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
                rest = rest.subarray(skipped);
            }
            else {
                const taken = Math.min(rest.length, tar_header/* BLOCK_BYTES */.Yo - this.#filled);
                rest.copy(this.#block, this.#filled, 0, taken);
                this.#filled += taken;
                rest = rest.subarray(taken);
                if (this.#filled === tar_header/* BLOCK_BYTES */.Yo) {
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
        const raw = (0,tar_header/* decodeHeader */.E2)(this.#block);
        if ("xgLK".includes(raw.flag))
            return this.#expect(raw.sizeBytes, this.#collect(raw.flag, raw.sizeBytes));
        const header = (0,tar_header/* applyExtension */.Y7)(raw, this.#extension);
        this.#extension = {};
        this.#extensions = "";
        return this.#expect(header.sizeBytes, this.#onEntry(header));
    }
    #expect(sizeBytes, sink) {
        this.#sink = sink;
        this.#contentLeft = sizeBytes;
        this.#paddingLeft = (tar_header/* BLOCK_BYTES */.Yo - (sizeBytes % tar_header/* BLOCK_BYTES */.Yo)) % tar_header/* BLOCK_BYTES */.Yo;
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
        return {
            write: (chunk) => {
                chunks.push(chunk);
            },
            end: () => {
                const bytes = Buffer.concat(chunks);
                if (flag === "g")
                    (0,tar_header/* requireComment */.nz)(bytes);
                else {
                    this.#extensions += flag;
                    this.#extension = { ...this.#extension, ...parseExtension(flag, bytes) };
                }
                return undefined;
            },
        };
    }
}
function parseExtension(flag, bytes) {
    if (flag === "x")
        return (0,tar_header/* parsePaxHeader */.KQ)(bytes);
    return flag === "L" ? { name: (0,tar_header/* parseLongName */.PF)(bytes) } : { linkName: (0,tar_header/* parseLongName */.PF)(bytes) };
}

;// CONCATENATED MODULE: ./src/image/layer-audit.ts






/**
 * Audits a layer while it is streamed. Looks at the first 256 bytes of each file, and at the whole of ELF
 * files and zip files, which `spoolFile` holds if they are large. Unpacks nothing. Rejects with a plain Error
 * if the layer is malformed or too large.
 * @see https://github.com/opencontainers/image-spec/blob/main/layer.md
 */
function createLayerAuditor(target, budget, spoolFile) {
    const entries = [];
    let filesRead = 0;
    let elfFiles = 0;
    const add = (header, findings) => {
        const { type, linkName } = header;
        entries.push({ path: external_node_path_.posix.resolve("/", header.name), type, linkName, findings });
    };
    const reader = new TarReader((header) => {
        budget.spendPath(header.name);
        if (header.type !== "file") {
            budget.spendPath(header.linkName);
            add(header);
            return NO_CONTENT;
        }
        filesRead++;
        return createFileSink({ header, target, budget, spoolFile }, ({ isElf, findings }) => {
            if (isElf)
                elfFiles++;
            add(header, findings);
        });
    });
    return {
        write: (chunk) => reader.write(chunk),
        end: () => {
            reader.end();
            return { filesRead, elfFiles, entries };
        },
    };
}
const NO_CONTENT = { write: () => undefined, end: () => undefined };
/** The kernel reads at most this much of a script's first line. @see execve(2) */
const layer_audit_HEAD_BYTES = 256;
/** Reads the head of a file. If that is the head of an ELF or zip file, keeps the rest of it, too. */
function createFileSink({ header, target, budget, spoolFile }, onResult) {
    const wanted = Math.min(layer_audit_HEAD_BYTES, header.sizeBytes);
    let head = Buffer.alloc(0);
    let spool;
    return {
        write: (chunk) => {
            if (head.length === wanted) {
                spool?.write(chunk);
                return;
            }
            // The first chunk is usually larger than the head: do not copy it.
            head =
                head.length === 0
                    ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
                    : Buffer.concat([head, chunk]);
            if (head.length < wanted)
                return;
            const isKept = isZip(header.name, head) || isLoadable(head, target);
            if (isKept)
                (spool = new Spool(spoolFile)).write(head);
            head = Buffer.from(head.subarray(0, wanted));
        },
        end: () => {
            const machine = tryParseElfMachine(head);
            if (spool !== undefined && machine === undefined) {
                return layer_audit_readZip(spool, budget, spoolFile).then((findings) => {
                    onResult({ isElf: false, findings });
                });
            }
            const needs = spool && machine && tryReadElfNeeds(spool.read, machine);
            spool?.close();
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
async function layer_audit_readZip(spool, budget, spoolFile) {
    try {
        const { files: packed, unreadable } = await readPackedFiles(spool, budget, spoolFile);
        if (packed.length === 0 && unreadable === undefined)
            return undefined;
        return { ...(packed.length > 0 && { packed }), ...(unreadable !== undefined && { unreadable }) };
    }
    finally {
        spool.close();
    }
}

;// CONCATENATED MODULE: ./src/image/layer.ts










/** Detects compression by the first bytes of a file. @see RFC 1952, section 2.3.1; RFC 8878, section 3.1.1 */
function compressionOf(head) {
    if (head[0] === 0x1f && head[1] === 0x8b)
        return "gzip";
    return (0,zstd/* isZstd */.o)(head) ? "zstd" : undefined;
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
 * to its end, whatever is in it.
 */
async function packLayer(tar, file, target, budget) {
    const inspection = createInspection(target, budget, `${file}.spool`);
    const blob = createHashing();
    const inspected = async function* () {
        for await (const chunk of tar) {
            await inspection.write(chunk);
            yield chunk;
        }
    };
    await (0,external_node_stream_promises_.pipeline)(external_node_stream_.Readable.from(blob.pass(gzip(inspected()))), (0,external_node_fs_.createWriteStream)(file));
    const inside = inspection.end();
    if ("problem" in inside)
        return inside;
    return { ...inside, ...blob.result(), mediaType: mediaTypeOf("gzip"), file };
}
/** Copies a layer unchanged, compressed or not, then reads the copy to hash and audit its content. */
async function keepLayer({ bytes, compression }, file, target, budget) {
    const inspection = createInspection(target, budget, `${file}.spool`);
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
    return { ...inside, ...blob.result(), mediaType: mediaTypeOf(compression), file };
}
/** The stage of a pipeline that decompresses. */
function createDecompress(compression) {
    if (compression === "zstd")
        return zstd/* decompressZstd */.l;
    return compression === "gzip" ? (0,external_node_zlib_.createGunzip)({ chunkSize: 1 << 18 }) : new external_node_stream_.PassThrough();
}
/** @see https://github.com/opencontainers/image-spec/blob/main/layer.md */
function mediaTypeOf(compression) {
    const suffix = compression === undefined ? "" : `+${compression}`;
    return `application/vnd.oci.image.layer.v1.tar${suffix}`;
}
function createInspection(target, budget, spoolFile) {
    const hash = (0,external_node_crypto_.createHash)("sha256");
    const auditor = createLayerAuditor(target, budget, spoolFile);
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
                return { audit: auditor.end(), diffId: (0,model_digest/* digestOfHex */.z9)(hash.digest("hex")), tarBytes };
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
        result: () => ({ digest: (0,model_digest/* digestOfHex */.z9)(hash.digest("hex")), sizeBytes }),
    };
}

;// CONCATENATED MODULE: ./src/image/image-form.ts

/** What was built is no image in a form that can be shipped; `hint` has the command that converts it. */
class FormError extends Error {
    hint;
    constructor(message, hint) {
        super(message);
        this.hint = hint;
    }
}
const BUILD_ONE = "Build the image with dockerTools.streamLayeredImage or buildLayeredImage, or as an OCI layout.";
/**
 * Rejects with a `FormError` if a folder is no OCI layout, and says how to convert it if it is one that
 * `skopeo copy` writes to `dir:`.
 * @see containers-transports(5)
 */
async function requireLayout(folder) {
    const names = await (0,promises_.readdir)(folder);
    if (names.includes("index.json"))
        return;
    if (names.includes("version") && names.includes("manifest.json")) {
        throw new FormError("it is a folder in the form dir: of skopeo", `Let the derivation convert it: skopeo --insecure-policy copy dir:${folder} oci:$out`);
    }
    throw new FormError("it is a folder without the index.json of an OCI layout", `If an image lies in this folder, make that file or folder the package's output. ${BUILD_ONE}`);
}
const COMPRESSIONS = [
    [Buffer.from("fd377a585a00", "hex"), "xz", "xz -dc"],
    [Buffer.from("BZh"), "bzip2", "bzip2 -dc"],
    [Buffer.from("04224d18", "hex"), "lz4", "lz4 -dc"],
];
/** More than nix2container writes for an image of any size. */
const MAX_JSON_BYTES = 64 << 20;
/**
 * Rejects with a `FormError` if the first bytes of a file show that it is not a tar, and not compressed with
 * gzip or zstd, and says how to convert it.
 */
async function requireArchive(file, head) {
    for (const [magic, name, command] of COMPRESSIONS) {
        if (!head.subarray(0, magic.length).equals(magic))
            continue;
        throw new FormError(`it is compressed with ${name}`, `Let the derivation decompress it: ${command} ${file} > $out. Or compress it with gzip or zstd.`);
    }
    if (head[0] === "{".charCodeAt(0) && (await isNix2Container(file))) {
        throw new FormError("it is the JSON file of a nix2container image, which does not contain the layers", "Copy the image into an OCI layout, which can be shipped: nix run FLAKE#NAME.copyTo -- oci:FOLDER");
    }
}
/** @see https://github.com/nlewo/nix2container, types/types.go */
async function isNix2Container(file) {
    try {
        if ((await (0,promises_.stat)(file)).size > MAX_JSON_BYTES)
            return false;
        const document = JSON.parse(await (0,promises_.readFile)(file, "utf8"));
        return typeof document === "object" && document !== null && "image-config" in document;
    }
    catch {
        return false;
    }
}
/** Why the members of an archive are no image. */
function describeMissingManifest() {
    return new FormError("it contains neither a manifest.json nor an index.json", "If it is the file system of an image, as dockerTools.exportImage writes it, ship the image itself. " +
        BUILD_ONE);
}
/** Why a member of an image is no layer. */
function describeUnknownLayer(name) {
    return new FormError(`its layer ${JSON.stringify(name)} is not a tar, or is compressed with something else than gzip or zstd`, "Let the derivation compress the layers with gzip: skopeo --insecure-policy copy " +
        "--dest-compress-format gzip --dest-force-compress-format oci:IMAGE oci:$out");
}

;// CONCATENATED MODULE: ./src/image/docker-archive.ts






/**
 * Reads an image archive in one pass: a docker-archive, or an OCI layout in a tar. The archive may be
 * compressed as a whole. Rejects with a `FormError` or a plain Error if the file is neither. Only this
 * function reads the archive, and its content is verified by digests. So unlike a layer, it may be a tar of
 * any kind.
 * @see https://github.com/moby/docker-image-spec/blob/main/spec.md
 */
async function readArchive(file, reader, budget) {
    const head = await readHead(file);
    await requireArchive(file, head);
    const source = (0,files/* readRegularFile */.XF)(file);
    const entries = (0,tar_stream.extract)();
    const count = async function* (chunks) {
        for await (const chunk of chunks) {
            budget.spendBytes(chunk.length);
            yield chunk;
        }
    };
    const unpacking = (0,external_node_stream_promises_.pipeline)(source, createDecompress(compressionOf(head)), count, entries);
    // Avoid an unhandled rejection: `readEntries` fails first, and `unpacking` is only awaited after it.
    unpacking.catch(() => undefined);
    await readEntries(entries, reader, budget);
    await unpacking;
}
async function readEntries(entries, reader, budget) {
    for await (const entry of entries) {
        const { type, linkname } = entry.header;
        budget.spendPath(entry.header.name);
        // tar-stream never ends the content of such a folder.
        if (type === "directory" && entry.header.size > 0) {
            throw new Error(`its member ${JSON.stringify(entry.header.name)} is a folder with content`);
        }
        const name = external_node_path_.posix.resolve("/", entry.header.name);
        if (type === "symlink" || type === "link") {
            reader.link(name, external_node_path_.posix.resolve(type === "link" ? "/" : external_node_path_.posix.dirname(name), linkname));
        }
        if (type === "file" || type === "contiguous-file")
            await reader.take(name, entry);
        else
            entry.resume();
    }
}
async function readHead(file) {
    const handle = await (0,files/* openRegularFile */.ZU)(file);
    try {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
        return buffer.subarray(0, bytesRead);
    }
    finally {
        await handle.close();
    }
}

// EXTERNAL MODULE: ./src/image/audit.ts + 2 modules
var audit = __webpack_require__(6737);
;// CONCATENATED MODULE: ./src/image/budget.ts
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
    return {
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
            if (pathBytes > limits.pathBytes)
                throw new Error("it contains too many files");
        },
    };
}

;// CONCATENATED MODULE: ./src/image/documents.ts




/**
 * Total size of the documents that describe one image, and of those that are kept in memory. Other documents,
 * such as SBOMs and the manifests of other platforms, may be of any size.
 */
const MAX_BYTES = 16 << 20;
/** Keeps documents until it is known which of them describe the image. */
class DocumentStore {
    #workFolder;
    #documents = new Map();
    #read = new Map();
    #memoryBytes = 0;
    /** Documents that do not fit into memory are written to files in `workFolder`. */
    constructor(workFolder) {
        this.#workFolder = workFolder;
    }
    /** Reads a document to its end. Rejects with a plain Error if there is another one of the same name. */
    async take(name, chunks) {
        const hash = (0,external_node_crypto_.createHash)("sha256");
        let kept = [];
        let sizeBytes = 0;
        for await (const chunk of chunks) {
            hash.update(chunk);
            sizeBytes += chunk.length;
            if (sizeBytes > MAX_BYTES)
                kept = undefined;
            kept?.push(chunk);
        }
        const digest = (0,model_digest/* digestOfHex */.z9)(hash.digest("hex"));
        const before = this.#documents.get(name);
        // Some readers use the first of two members with the same name, others the last.
        if (before !== undefined && before.digest !== digest)
            throw new Error(`it has two different members ${JSON.stringify(name)}`);
        if (before !== undefined)
            return;
        const content = kept === undefined ? "too large" : await this.#keep(Buffer.concat(kept));
        this.#documents.set(name, { digest, content });
    }
    has(name) {
        return this.#documents.has(name);
    }
    read(name) {
        const content = this.#documents.get(name)?.content;
        if (content === undefined)
            return undefined;
        const bytes = content === "too large" ? undefined : "bytes" in content ? content.bytes : (0,external_node_fs_.readFileSync)(content.file);
        if (bytes !== undefined) {
            this.#read.set(name, bytes.length);
            const sum = [...this.#read.values()].reduce((total, size) => total + size, 0);
            if (sum <= MAX_BYTES)
                return bytes;
        }
        throw new Error(`its documents are larger than ${MAX_BYTES} bytes, among them ${JSON.stringify(name)}`);
    }
    async #keep(bytes) {
        if (this.#memoryBytes + bytes.length <= MAX_BYTES) {
            this.#memoryBytes += bytes.length;
            return { bytes };
        }
        const file = `${this.#workFolder}/document-${this.#documents.size}`;
        await (0,promises_.writeFile)(file, bytes);
        return { file };
    }
}

;// CONCATENATED MODULE: ./src/image/archive-entries.ts



/** One tar header, which is enough to recognize a layer. @see pax(1) */
const archive_entries_HEAD_BYTES = 512;
/**
 * Hashes and audits every layer while copying it to a file below `workFolder`. Never uses a name from the
 * image as a path. Memory use is constant.
 */
function createEntryReader({ target, workFolder, budget, uncompressed, }) {
    const documents = new DocumentStore(workFolder);
    const layers = new Map();
    const links = new Map();
    let layerCount = 0;
    return {
        members: { documents, layers, links },
        link: (name, to) => {
            links.set(name, to);
        },
        take: async (name, given) => {
            // Tools that write images name members differently, so recognize a layer by its content.
            const { head, bytes } = await peek(given);
            const compression = compressionOf(head);
            if (compression !== undefined || isTar(head)) {
                const file = external_node_path_.posix.join(workFolder, `layer-${layerCount++}`);
                const layer = compression === undefined && uncompressed === "compress"
                    ? await packLayer(bytes, file, target, budget)
                    : await keepLayer({ bytes, compression }, file, target, budget);
                const before = layers.get(name);
                if (before === undefined || "problem" in layer)
                    layers.set(name, layer);
                else if (!("problem" in before) && before.diffId !== layer.diffId)
                    throw new Error(`it has two different members ${JSON.stringify(name)}`);
            }
            else
                await documents.take(name, bytes);
        },
    };
}
/** Reads the first bytes of a member. `bytes` is the whole member, including them. */
async function peek(member) {
    const rest = member[Symbol.asyncIterator]();
    let head = new Uint8Array();
    while (head.length < archive_entries_HEAD_BYTES) {
        const next = await rest.next();
        if (next.done === true)
            break;
        head = Buffer.concat([head, next.value]);
    }
    const bytes = async function* () {
        yield head;
        for (let next = await rest.next(); next.done !== true; next = await rest.next())
            yield next.value;
    };
    return { head, bytes: bytes() };
}

;// CONCATENATED MODULE: ./src/image/oci-folder.ts




const BLOBS = "blobs/sha256";
/**
 * Reads an image from an OCI layout folder. A blob may be a symlink, for example to another store path, since
 * its content is verified against its digest. Rejects with a `FormError` if the folder is not an OCI layout,
 * and with a plain Error if it has anything but regular files.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
async function readOciFolder(folder, reader, budget) {
    await requireLayout(folder);
    const blobs = (await (0,promises_.readdir)((0,external_node_path_.join)(folder, BLOBS))).map((name) => `${BLOBS}/${name}`);
    for (const name of ["oci-layout", "index.json", ...blobs]) {
        budget.spendPath(name);
        const count = async function* () {
            for await (const chunk of (0,files/* readRegularFile */.XF)((0,external_node_path_.join)(folder, name))) {
                budget.spendBytes(chunk.length);
                yield chunk;
            }
        };
        await reader.take(`/${name}`, count());
    }
}

;// CONCATENATED MODULE: ./src/image/json.ts
/**
 * Keys of manifests, indexes and configs that decide which files an engine unpacks.
 * @see OCI image-spec, manifest.md, image-index.md, descriptor.md, config.md
 */
const KEYS = [
    ...[
        "schemaVersion",
        "mediaType",
        "artifactType",
        "config",
        "layers",
        "manifests",
        "subject",
        "annotations",
    ],
    ...["digest", "size", "urls", "data", "platform"],
    ...["os", "architecture", "variant", "rootfs", "diff_ids"],
];
const BY_LOWER_CASE = new Map(KEYS.map((key) => [key.toLowerCase(), key]));
/** Parses a JSON document in UTF-8. */
function parseJson(bytes) {
    return JSON.parse(decode(bytes));
}
function decode(bytes) {
    // Go rejects a byte order mark.
    return new TextDecoder("utf8", { fatal: true, ignoreBOM: true }).decode(bytes);
}
/**
 * Parses a document that engines will read as well. Throws a plain Error if Go, in which engines are written,
 * would read something else: Go takes `Layers` for `layers`, and mixes the values of a key that occurs twice.
 * @see https://pkg.go.dev/encoding/json#Unmarshal
 */
function parseGoJson(bytes) {
    const text = decode(bytes);
    const document = JSON.parse(text);
    if (countKeys(document) !== countKeysIn(text))
        throw new Error("it has a key twice in one object");
    requireExactKeys(document);
    return document;
}
function countKeys(value) {
    if (typeof value !== "object" || value === null)
        return 0;
    const values = Object.values(value);
    const own = Array.isArray(value) ? 0 : values.length;
    return values.reduce((sum, item) => sum + countKeys(item), own);
}
/** The number of strings before a colon in a text that is valid JSON. */
function countKeysIn(text) {
    let count = 0;
    for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) {
        if (colon !== undefined)
            count++;
    }
    return count;
}
function requireExactKeys(value) {
    if (typeof value !== "object" || value === null)
        return;
    for (const [key, item] of Object.entries(value)) {
        const known = Array.isArray(value) ? key : BY_LOWER_CASE.get(key.toLowerCase());
        if (known === undefined)
            continue;
        if (known !== key)
            throw new Error(`it has the key ${JSON.stringify(key)} instead of ${JSON.stringify(known)}`);
        if (key !== "annotations")
            requireExactKeys(item);
    }
}

// EXTERNAL MODULE: ./src/model/named-platform.ts
var named_platform = __webpack_require__(9738);
;// CONCATENATED MODULE: ./src/image/layout-image.ts






const DESCRIPTOR = schemas/* looseObject */._H3({
    mediaType: schemas/* string */.YjP(),
    digest: schemas/* string */.YjP().regex(/^sha256:[0-9a-f]{64}$/),
    // Compared with the blob. Of another platform's image, there is no blob.
    size: schemas/* number */.aig().optional(),
    data: schemas/* string */.YjP().optional(),
});
const INDEX = schemas/* looseObject */._H3({
    manifests: schemas/* array */.YOg(DESCRIPTOR.extend({ platform: named_platform/* NAMED_PLATFORM */.C.optional() })),
});
const MANIFEST = schemas/* looseObject */._H3({
    mediaType: schemas/* enum */.k5n([media_type/* OCI_MANIFEST */.EG, media_type/* DOCKER_MANIFEST */.Vv]).optional(),
    config: DESCRIPTOR,
    layers: schemas/* array */.YOg(DESCRIPTOR),
    annotations: schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* string */.YjP()).optional(),
});
const layout_image_MAX_DEPTH = 3;
/**
 * Finds the only image for a target in an OCI layout, including nested indexes. What else may lie beside it,
 * such as SBOMs and signatures, does not count. Throws a plain Error if there is none or more than one.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-index.md
 */
function findLayoutImage(members, target) {
    const listed = findManifests(members, readJson(members.documents.read("/index.json")), target, 0);
    const unique = [...new Map(listed.map((item) => [item.digest, item])).values()];
    const found = unique.length > 1 ? unique.filter((item) => isImage(members, item)) : unique;
    const [only, ...others] = found;
    if (only === undefined || others.length > 0) {
        throw new Error(`its index lists ${only === undefined ? "no image" : `${others.length + 1} images`} ` +
            `for ${(0,system/* renderPlatform */.qn)((0,system/* platformOf */.tj)(target))} instead of one`);
    }
    const bytes = readBlob(members, only);
    const { config, layers, annotations, mediaType = only.mediaType } = MANIFEST.parse(readJson(bytes));
    requireType(only, [mediaType]);
    requireType({ digest: only.digest, mediaType }, [media_type/* OCI_MANIFEST */.EG, media_type/* DOCKER_MANIFEST */.Vv]);
    requireType(config, media_type/* CONFIG_TYPES */.li);
    return { manifest: { mediaType, bytes }, config, layers, annotations };
}
/**
 * Throws a plain Error if a layer is not the blob that its descriptor describes: another digest, size or
 * compression. Docker loads such a layer, but containerd and Podman cannot pull it.
 */
function requireDescribed(descriptor, layer) {
    const { digest, mediaType } = descriptor;
    // An archive may have the layer uncompressed, in which case it is compressed here.
    const isOriginal = digest === layer.digest;
    if (!isOriginal && digest !== layer.diffId)
        throw new Error(`the content of ${digest} does not match its digest`);
    requireSize(descriptor, isOriginal ? layer.sizeBytes : layer.tarBytes);
    const compression = media_type/* LAYER_TYPES */.m2[mediaType];
    if (compression === undefined)
        throw unknownType(descriptor);
    const actual = isOriginal ? (media_type/* LAYER_TYPES */.m2[layer.mediaType] ?? "unknown") : "none";
    if (compression !== actual) {
        throw new Error(`its layer ${digest} is described as ${mediaType}, but its compression is ${actual}`);
    }
}
/** The bytes of a document of the layout. Throws a plain Error if they do not match the descriptor. */
function readBlob({ documents }, descriptor) {
    const { digest } = descriptor;
    const bytes = documents.read(blobName(digest));
    if (bytes === undefined)
        throw new Error(`it does not contain ${digest}`);
    if ((0,model_digest/* digestOf */.ol)(bytes) !== digest)
        throw new Error(`the content of ${digest} does not match its digest`);
    requireSize(descriptor, bytes.length);
    return bytes;
}
function requireSize({ digest, size, data }, actual) {
    if (size !== actual) {
        const described = size === undefined ? "without a size" : `with a size of ${size} bytes`;
        throw new Error(`it describes ${digest} ${described}, but the blob has ${actual} bytes`);
    }
    if (data !== undefined && (0,model_digest/* digestOf */.ol)(Buffer.from(data, "base64")) !== digest) {
        throw new Error(`it embeds other data than ${digest} in its descriptor`);
    }
}
function requireType(descriptor, known) {
    if (!known.includes(descriptor.mediaType))
        throw unknownType(descriptor);
}
function unknownType({ digest, mediaType }) {
    return new Error(`it describes ${digest} with the wrong media type ${JSON.stringify(mediaType)}`);
}
/** The path in a layout of the blob with this digest. */
function blobName(name) {
    return `/blobs/sha256/${name.slice("sha256:".length)}`;
}
function findManifests(members, index, target, depth) {
    if (depth > layout_image_MAX_DEPTH)
        throw new Error("its indexes are nested too deeply");
    const { manifests } = INDEX.parse(index);
    const nested = manifests.filter(({ mediaType }) => media_type/* INDEX_TYPES */.V.includes(mediaType));
    const images = manifests.filter((descriptor) => !nested.includes(descriptor));
    return [
        ...nested.flatMap((item) => findManifests(members, readJson(readBlob(members, item)), target, depth + 1)),
        ...images.filter(({ platform }) => platform === undefined),
        ...(0,system/* pickPlatform */.vw)(target, images),
    ];
}
const ANY_MANIFEST = schemas/* looseObject */._H3({
    config: schemas/* looseObject */._H3({ mediaType: schemas/* string */.YjP() }).optional(),
    layers: schemas/* array */.YOg(schemas/* looseObject */._H3({ mediaType: schemas/* string */.YjP() })).default([]),
});
/**
 * Whether a manifest describes an image, not an artifact. `artifactType` does not say so: crane writes one
 * into the descriptors of images. Nor does the config alone: cosign gives its signatures the config of an
 * image.
 * @see OCI image-spec, manifest.md, "Guidelines for Artifact Usage"
 */
function isImage(members, descriptor) {
    if (![media_type/* OCI_MANIFEST */.EG, media_type/* DOCKER_MANIFEST */.Vv].includes(descriptor.mediaType))
        return false;
    const { config, layers } = ANY_MANIFEST.parse(readJson(readBlob(members, descriptor)));
    const hasLayers = layers.length === 0 || layers.some(({ mediaType }) => mediaType in media_type/* LAYER_TYPES */.m2);
    return config !== undefined && media_type/* CONFIG_TYPES */.li.includes(config.mediaType) && hasLayers;
}
function readJson(bytes) {
    if (bytes === undefined)
        throw new Error("it has no index.json");
    return parseGoJson(bytes);
}

;// CONCATENATED MODULE: ./src/image/image.ts


















const image_MANIFEST = schemas/* array */.YOg(schemas/* object */.Ikc({ Config: schemas/* string */.YjP(), Layers: schemas/* array */.YOg(schemas/* string */.YjP()) }));
const LABELS = schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* string */.YjP());
const CONFIG = schemas/* object */.Ikc({
    architecture: schemas/* string */.YjP(),
    os: schemas/* string */.YjP(),
    variant: schemas/* string */.YjP().optional(),
    config: schemas/* looseObject */._H3({ Labels: LABELS.nullish() }).nullish(),
    rootfs: schemas/* object */.Ikc({ diff_ids: schemas/* array */.YOg(schemas/* string */.YjP()) }),
});
/** @see https://github.com/opencontainers/image-spec/blob/main/annotations.md */
const BASE_NAME = "org.opencontainers.image.base.name";
/**
 * Reads and audits an image that Nix built for a target. The image is a docker-archive, an OCI archive (both
 * may be compressed as a whole) or an OCI layout folder. Verifies each layer against the config, and the
 * config against the target's platform. Compresses uncompressed layers; an OCI layout whose layers are all
 * compressed keeps its manifest. The same file always gives the same manifest. Writes the layers into
 * `workFolder`. Rejects with `IMAGE_INVALID`.
 * @see https://github.com/opencontainers/image-spec/blob/main/manifest.md
 */
function readImage(path, target, options) {
    return rejectInvalid(path, options, async () => {
        const { layers, budget, ...read } = await readParts(path, target, "compress", options);
        const audits = layers.map(({ audit }) => audit);
        return { ...read, audit: (0,audit/* mergeAudits */.R)(audits, { target, allow: options.auditAllow, budget }) };
    });
}
/**
 * Reads an image that is already published, from an OCI layout folder. Keeps its manifest and its layers,
 * compressed or not, and verifies them as `readImage` does. Does not report an audit: the job that built the
 * image audited it, and only that job knows `audit-allow`. Rejects with `IMAGE_INVALID`.
 */
function readPublishedImage(path, target, options) {
    return rejectInvalid(path, options, async () => {
        const { image, imageId, baseName } = await readParts(path, target, "keep", options);
        return { image, imageId, baseName };
    });
}
async function readParts(path, target, uncompressed, options) {
    // A run may read several images, so each one gets its own folder.
    const folder = await (0,promises_.mkdtemp)((0,external_node_path_.join)(options.workFolder, "layers-"));
    const budget = createBudget(options.limits ?? DEFAULT_LIMITS, options.signal);
    const reader = createEntryReader({ target, workFolder: folder, budget, uncompressed });
    const isFolder = (await (0,promises_.stat)(path)).isDirectory();
    await (isFolder ? readOciFolder : readArchive)(path, reader, budget);
    const { config, layers, manifest, annotations } = readImageParts(reader.members, target);
    const { config: settings } = checkConfig(config, layers, target);
    return {
        image: { manifest, config: (0,blob/* blobOf */.D)(media_type/* OCI_CONFIG */.TF, config), layers: layers.map(toBlob) },
        imageId: (0,model_digest/* digestOf */.ol)(config),
        baseName: annotations?.[BASE_NAME] ?? settings?.Labels?.[BASE_NAME],
        layers,
        budget,
    };
}
const NOT_AN_IMAGE = "The first installable must be an image for the target: built by dockerTools, or an OCI layout. " +
    "Check the package that builds it, in particular its architecture.";
async function rejectInvalid(path, { workFolder, signal }, work) {
    try {
        return await work();
    }
    catch (cause) {
        signal?.throwIfAborted();
        if (cause instanceof action_error/* ActionError */.lZ)
            throw cause;
        const isOurDisk = (0,errno/* isErrno */.r)(cause, "ENOSPC", "EDQUOT", "EIO", "EROFS", "EMFILE");
        const hint = isOurDisk
            ? `The image may be valid. Check the disk that holds ${workFolder}.`
            : NOT_AN_IMAGE;
        throw new action_error/* ActionError */.lZ("IMAGE_INVALID", `${path} cannot be used as an image`, {
            cause,
            hint: cause instanceof FormError ? cause.hint : hint,
        });
    }
}
function readImageParts(members, target) {
    // `docker save` of Docker 25 and later writes both: only the layout has the image's own manifest.
    if (members.documents.has("/index.json"))
        return readLayoutImage(members, target);
    if (members.documents.has("/manifest.json"))
        return readDockerImage(members);
    throw describeMissingManifest();
}
function readDockerImage(members) {
    const described = parseDocument(readDocument(members, "manifest.json"), "manifest.json", image_MANIFEST, parseJson);
    const [only, ...others] = described;
    if (only === undefined || others.length > 0) {
        throw new Error(`its manifest.json lists ${described.length} images instead of one`);
    }
    const config = readDocument(members, only.Config);
    const layers = only.Layers.map((name) => findLayer(members, name));
    return { config, layers, manifest: renderManifest(config, layers) };
}
function readLayoutImage(members, target) {
    const found = findLayoutImage(members, target);
    const config = readBlob(members, found.config);
    const layers = found.layers.map((descriptor) => {
        const layer = findLayer(members, blobName(descriptor.digest));
        requireDescribed(descriptor, layer);
        return layer;
    });
    // Compressing a layer changes its digest, so the original manifest no longer fits.
    const isKept = layers.every(({ digest }, i) => digest === found.layers[i]?.digest);
    const manifest = isKept
        ? (0,blob/* blobOf */.D)(found.manifest.mediaType, found.manifest.bytes)
        : renderManifest(config, layers, found.annotations);
    return { config, layers, manifest, annotations: found.annotations };
}
function checkConfig(bytes, layers, target) {
    const config = parseDocument(bytes, "config", CONFIG);
    const { architecture, os, variant, rootfs } = config;
    if (!(0,system/* isPlatformOf */.Pq)(target, { os, architecture, variant })) {
        const named = [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");
        throw new Error(`its config is for ${JSON.stringify(named)}, but ${target} is ${(0,system/* renderPlatform */.qn)((0,system/* platformOf */.tj)(target))}`);
    }
    const diffIds = layers.map(({ diffId }) => diffId);
    const wrong = diffIds.findIndex((diffId, index) => diffId !== rootfs.diff_ids[index]);
    if (wrong !== -1)
        throw new Error(`layer ${wrong + 1} is ${diffIds[wrong] ?? ""}, but its config lists another`);
    if (diffIds.length !== rootfs.diff_ids.length) {
        const count = (0,model_count/* countOf */.pq)(diffIds.length, "layer");
        throw new Error(`it has ${count}, but its config lists ${rootfs.diff_ids.length}`);
    }
    return config;
}
function renderManifest(config, layers, annotations) {
    const manifest = {
        schemaVersion: 2,
        mediaType: media_type/* OCI_MANIFEST */.EG,
        config: (0,blob/* describeBlob */.f)((0,blob/* blobOf */.D)(media_type/* OCI_CONFIG */.TF, config)),
        layers: layers.map((layer) => (0,blob/* describeBlob */.f)(toBlob(layer))),
        ...(annotations !== undefined && { annotations }),
    };
    return (0,blob/* blobOf */.D)(media_type/* OCI_MANIFEST */.EG, Buffer.from(JSON.stringify(manifest)));
}
function toBlob({ mediaType, digest, sizeBytes, file }) {
    return { mediaType, digest, sizeBytes, source: { file } };
}
function findLayer({ layers, links, documents }, name) {
    const member = external_node_path_.posix.resolve("/", name);
    const layer = layers.get(member) ?? layers.get(links.get(member) ?? "");
    if (layer === undefined && documents.has(member))
        throw describeUnknownLayer(name);
    if (layer === undefined)
        throw new Error(`it does not contain the layer ${JSON.stringify(name)}`);
    if ("problem" in layer)
        throw layer.problem;
    return layer;
}
function readDocument({ documents }, name) {
    const bytes = documents.read(external_node_path_.posix.resolve("/", name));
    if (bytes === undefined)
        throw new Error(`it does not contain ${JSON.stringify(name)}`);
    return bytes;
}
function parseDocument(bytes, name, schema, parse = parseGoJson) {
    try {
        return schema.parse(parse(bytes));
    }
    catch (cause) {
        throw new Error(`its ${name} is malformed`, { cause });
    }
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

/***/ 96938:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  R: () => (/* binding */ findObstacle),
  p: () => (/* binding */ promote)
});

// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/model/promotion.ts
var promotion = __webpack_require__(8176);
// EXTERNAL MODULE: ./src/registry/immutable-tag.ts
var immutable_tag = __webpack_require__(25046);
;// CONCATENATED MODULE: ./src/registry/promotion.ts



/** Two or three passes are enough, unless something else keeps moving the tag. */
const MAX_PASSES = 20;
/**
 * Moves the tags to a manifest that is already in the repository, all of them or none. Registries have no
 * compare-and-swap. Yet however the requests of concurrent runs interleave, a tag ends at the image of the
 * newest run that succeeds:
 *
 * 1. A run adds an entry to the record of each tag, unless the record has an entry of a newer run.
 * 2. It moves the tags.
 * 3. It re-reads record and tag until one pass finds itself newest in the record and the tag at its image.
 *    If the record has a newer run, and the tag still points to an image that this run moved it to, the run
 *    moves the tag to the newer run's image.
 *
 * After each move of a tag a run reads the record, so the last move is to the image of the newest entry. Only
 * a run that is killed between a move and that read can leave a tag at an older image.
 *
 * Rejects with `CANDIDATE_GONE`; with `PROMOTION_SUPERSEDED` if a newer run promotes one of the tags; with
 * `PROMOTION_FAILED`, which reports what each tag points to.
 */
async function promoteTags(repository, { digest, tags, run }) {
    if (!(await repository.hasManifest(digest))) {
        throw new action_error/* ActionError */.lZ("CANDIDATE_GONE", `the candidate ${digest} is no longer in the registry`, {
            hint: "It was deleted before it was tagged. Let the registry keep untagged images for a few hours, " +
                "or set candidate-tag. Then run again.",
        });
    }
    if (run === undefined)
        return { tags: await moveTags(repository, digest, tags), unrecorded: undefined };
    const entry = { run, digest };
    const before = await Promise.all(tags.map((tag) => requireNewest(repository, tag, run)));
    const unrecorded = await recordPromotion(repository, entry, before);
    if (unrecorded !== undefined)
        return { tags: await moveTags(repository, digest, tags), unrecorded };
    let moved;
    try {
        moved = await moveTags(repository, digest, tags);
    }
    catch (error) {
        // The tags are restored, so an older run may move them.
        await restoreRecord(repository, entry, before);
        throw error;
    }
    await settleTags(repository, entry, tags);
    return { tags: moved, unrecorded };
}
async function requireNewest(repository, tag, run) {
    const newest = findNewest(await repository.readPromotionEntries(tag));
    if (newest !== undefined && (0,promotion/* isNewerRun */.VZ)(newest.run, run))
        throw superseded(repository, tag, newest, run);
    return { tag, newest };
}
/** Resolves to the reason if the registry does not accept promotion records. */
async function recordPromotion(repository, entry, before) {
    const outcomes = await Promise.allSettled(before.map(({ tag }) => repository.writePromotionEntry(tag, entry)));
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed === undefined)
        return outcomes.find(isUnrecorded)?.value;
    await restoreRecord(repository, entry, before);
    if ((0,action_error/* isCancelled */.mm)(failed.reason))
        throw failed.reason;
    throw new action_error/* ActionError */.lZ("PROMOTION_FAILED", "the promotion could not be recorded; no tag was moved", {
        cause: failed.reason,
        hint: "Run again. The record keeps concurrent runs from moving a tag back to an older image.",
    });
}
function isUnrecorded(outcome) {
    return outcome.status === "fulfilled" && outcome.value !== undefined;
}
async function restoreRecord(repository, entry, before) {
    // Ignore failures: the error of the failed promotion is the one to report.
    await Promise.allSettled(before.map(({ tag, newest }) => repository.restorePromotionEntry(tag, entry, newest)));
}
async function moveTags(repository, digest, tags) {
    const before = await Promise.all(tags.map(async (tag) => ({ tag, previous: await repository.readTag(tag) })));
    const done = [];
    for (const { tag, previous } of before) {
        if (previous === digest) {
            done.push({ tag, previous, state: "unchanged" });
            continue;
        }
        done.push({ tag, previous, state: "moved" });
        try {
            await repository.moveTag(tag, digest);
        }
        catch (cause) {
            const outcome = await restoreTags(repository, digest, done);
            throw new action_error/* ActionError */.lZ("PROMOTION_FAILED", `the tag ${tag} could not be moved; ${outcome}`, {
                cause,
                hint: cause instanceof immutable_tag/* ImmutableTagError */.zF
                    ? cause.hint
                    : "Check that the account may write tags, and run again.",
            });
        }
    }
    return done;
}
/** Step 3 of `promoteTags`. */
async function settleTags(repository, own, tags) {
    const outcomes = await Promise.allSettled(tags.map((tag) => settleTag(repository, tag, own)));
    const reasons = outcomes.flatMap((outcome) => outcome.status === "rejected" ? [outcome.reason] : []);
    if (reasons.length === 0)
        return;
    const known = reasons.find(isConclusive);
    if (known !== undefined)
        throw known;
    throw new action_error/* ActionError */.lZ("PROMOTION_FAILED", `moved ${tags.join(", ")} to ${own.digest}, but could not check whether a newer run promotes them`, { cause: reasons[0], hint: "Run again, which also checks it." });
}
/** Whether an error already says how the promotion ended. */
function isConclusive(reason) {
    return (reason instanceof action_error/* ActionError */.lZ &&
        ["CANCELLED", "PROMOTION_FAILED", "PROMOTION_SUPERSEDED"].includes(reason.code));
}
async function settleTag(repository, tag, own) {
    const moved = new Set([own.digest]);
    for (let pass = 0; pass < MAX_PASSES; pass++) {
        const newest = findNewest(await repository.readPromotionEntries(tag));
        if (newest === undefined || (0,promotion/* isNewerRun */.VZ)(own.run, newest.run)) {
            await repository.writePromotionEntry(tag, own);
            continue;
        }
        const isSuperseded = (0,promotion/* isNewerRun */.VZ)(newest.run, own.run);
        const { digest } = isSuperseded ? newest : own;
        const now = await repository.readTag(tag);
        if (!isSuperseded && now === digest)
            return;
        // The newer run moves the tag itself, unless this run has moved it since.
        const isOurs = now !== undefined && now !== digest && moved.has(now);
        if (isSuperseded && !(isOurs && (await repository.hasManifest(digest))))
            throw superseded(repository, tag, newest, own.run);
        await repository.moveTag(tag, digest);
        moved.add(digest);
    }
    throw new action_error/* ActionError */.lZ("PROMOTION_FAILED", `something else keeps moving the tag ${tag}`, {
        hint: "Let only one job of a workflow, and no other tool, move this tag.",
    });
}
function findNewest(entries) {
    return entries.toSorted((a, b) => ((0,promotion/* isNewerRun */.VZ)(a.run, b.run) ? -1 : 1))[0];
}
function superseded(repository, tag, { run: newer }, run) {
    return new action_error/* ActionError */.lZ("PROMOTION_SUPERSEDED", `the tag ${tag} belongs to run ${(0,promotion/* renderRunOrder */.UG)(newer)}, ` +
        `which is newer than this run ${(0,promotion/* renderRunOrder */.UG)(run)}`, {
        hint: "The image of the newer run stays. To return to an older commit, start a new run on it. If there " +
            "is no newer run, for example because the repository moved to a server where run IDs start over, " +
            `delete the promotion record of the tag and run again: ${repository.describeRecord(tag)}.`,
    });
}
async function restoreTags(repository, digest, done) {
    const outcomes = [];
    for (const { tag, previous, state } of done.toReversed()) {
        if (state === "unchanged")
            continue;
        try {
            const now = await repository.readTag(tag);
            // The failed move had no effect.
            if (now === previous)
                continue;
            if (now !== digest) {
                outcomes.push(`${tag} was moved by someone else meanwhile and stays`);
                continue;
            }
            if (previous === undefined)
                await repository.removeTag(tag);
            else
                await repository.moveTag(tag, previous);
            outcomes.push(`${tag} was restored`);
        }
        catch (error) {
            outcomes.push(`${tag} points to ${digest} and could not be restored (${(0,action_error/* renderError */.vr)(error)})`);
        }
    }
    return outcomes.length === 0 ? "no tag was moved" : outcomes.join("; ");
}

// EXTERNAL MODULE: ./src/pipeline/run-step.ts + 1 modules
var run_step = __webpack_require__(79263);
;// CONCATENATED MODULE: ./src/pipeline/stages/promote.ts



/** Enough to move tags back after a cancellation. GitHub's runner kills a step ten seconds after one. */
const GRACE_MS = 5_000;
/**
 * Moves the tags to the candidate, or records why not. A cancellation while they move undoes the promotion.
 * Fails with the codes of `promoteTags`, and with `CANCELLED`.
 */
async function promote(context, { job, repository, push, digest, isTested }) {
    const { event, log, signal } = context;
    const obstacle = findObstacle(job, push);
    if (obstacle !== undefined)
        return withhold(obstacle);
    if (digest === undefined)
        return withhold("nothing was pushed");
    let hasBegun = false;
    try {
        signal.throwIfAborted();
        hasBegun = true;
        const candidate = withholdAfter(signal, repository, digest);
        const request = { digest, tags: job.tags, run: event.run };
        const { tags, unrecorded } = await (0,run_step/* runStep */.e)(context, () => promoteTags(candidate, request), GRACE_MS);
        if (unrecorded !== undefined) {
            log.warning(`could not write the promotion record: concurrent runs may move tags out of order: ${unrecorded}`);
        }
        for (const { tag, previous, state } of tags) {
            log.info(state === "unchanged"
                ? `tag ${tag} already points to this image`
                : previous === undefined
                    ? `tag ${tag} created`
                    : `tag ${tag} moved from ${previous}`);
        }
        const isMoved = tags.some(({ state }) => state === "moved");
        const reason = isTested ? "the smoke test passed" : "no smoke test was requested";
        return {
            record: { promotion: { state: isMoved ? "promoted" : "unchanged", reason, tags } },
            output: undefined,
        };
    }
    catch (thrown) {
        const error = explainCancellation((0,action_error/* toActionError */.ie)(thrown), hasBegun);
        const promotion = { state: "withheld", reason: (0,action_error/* renderError */.vr)(error), tags: [] };
        return { record: { promotion }, error };
    }
}
/**
 * The same repository, but after the run is cancelled no tag moves to the candidate any more. Tags can still
 * move back to where they were.
 */
function withholdAfter(signal, repository, digest) {
    return {
        ...repository,
        moveTag: async (tag, to) => {
            if (to === digest)
                signal.throwIfAborted();
            await repository.moveTag(tag, to);
        },
    };
}
/** A promotion that failed because of a cancellation was cancelled. Says what became of the tags. */
function explainCancellation(error, hasBegun) {
    if (hasBegun && (0,action_error/* isCancelled */.mm)(error)) {
        return new action_error/* ActionError */.lZ("CANCELLED", "the run was cancelled while tags moved; some may have moved", {
            cause: error,
            hint: "Check what the tags point to.",
        });
    }
    if (error.code !== "PROMOTION_FAILED" || !(0,action_error/* isCancelled */.mm)(error.cause))
        return error;
    return (0,action_error/* runCancelled */.LJ)(`the run was cancelled: ${error.message}`, error.cause);
}
/** Why no tag is to move, before anything is asked of the registry; undefined if tags are to move. */
function findObstacle({ tags, isPromoted }, push) {
    if (!push.isAllowed)
        return push.reason;
    if (!isPromoted)
        return "promote is false: a later gate moves the tags";
    return tags.length === 0 ? "no tags were requested" : undefined;
}
function withhold(reason) {
    return { record: { promotion: { state: "withheld", reason, tags: [] } }, output: undefined };
}


/***/ }),

/***/ 66232:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   l: () => (/* binding */ decompressZstd),
/* harmony export */   o: () => (/* binding */ isZstd)
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
