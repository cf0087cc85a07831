export const id = 57;
export const ids = [57];
export const modules = {

/***/ 7719:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  Y: () => (/* binding */ createEntryReader)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: ./src/model/digest.ts
var model_digest = __webpack_require__(95305);
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

// EXTERNAL MODULE: ./src/image/layer.ts + 2 modules
var image_layer = __webpack_require__(65613);
;// CONCATENATED MODULE: ./src/image/archive-entries.ts



/** One tar header, which is enough to recognize a layer. @see pax(1) */
const HEAD_BYTES = 512;
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
            const compression = (0,image_layer/* compressionOf */.MB)(head);
            if (compression !== undefined || (0,image_layer/* isTar */.YZ)(head)) {
                const file = external_node_path_.posix.join(workFolder, `layer-${layerCount++}`);
                const layer = compression === undefined && uncompressed !== "keep"
                    ? await (0,image_layer/* packLayer */.Js)(bytes, file, { target, budget, compression: uncompressed })
                    : await (0,image_layer/* keepLayer */.HX)({ bytes, compression }, file, target, budget);
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
    while (head.length < HEAD_BYTES) {
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


/***/ }),

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

// EXTERNAL MODULE: ./src/image/layer-audit.ts + 4 modules
var layer_audit = __webpack_require__(76814);
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
        largestPaths: findLargestPaths(layers),
    };
}
function findLargestPaths(layers) {
    return layers
        .flatMap(({ largestPaths }, layer) => largestPaths.map(({ path, sizeBytes }) => ({ path: renderPath(path), sizeBytes, layer })))
        .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
        .slice(0, MAX_LARGEST);
}
/** Enough to see what makes an image large. */
const MAX_LARGEST = 100;
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
                storePath: (0,layer_audit/* storePathOf */.C)(path) ?? null,
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

/***/ 32642:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   b: () => (/* binding */ readArchive)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(46466);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_stream_promises__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var tar_stream__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(56118);
/* harmony import */ var _platform_files_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(94924);
/* harmony import */ var _layer_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(65613);
/* harmony import */ var _image_form_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(66919);






/**
 * Reads an image archive in one pass: a docker-archive, or an OCI layout in a tar. The archive may be
 * compressed as a whole. Rejects with a `FormError` or a plain Error if the file is neither. Only this
 * function reads the archive, and its content is verified by digests. So unlike a layer, it may be a tar of
 * any kind.
 * @see https://github.com/moby/docker-image-spec/blob/main/spec.md
 */
async function readArchive(file, reader, budget) {
    const head = await readHead(file);
    (0,_image_form_js__WEBPACK_IMPORTED_MODULE_5__/* .requireArchive */ ._p)(file, head);
    const source = (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_3__/* .readRegularFile */ .XF)(file);
    const entries = (0,tar_stream__WEBPACK_IMPORTED_MODULE_2__.extract)();
    const count = async function* (chunks) {
        for await (const chunk of chunks) {
            budget.spendBytes(chunk.length);
            yield chunk;
        }
    };
    const unpacking = (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_1__.pipeline)(source, (0,_layer_js__WEBPACK_IMPORTED_MODULE_4__/* .createDecompress */ .A2)((0,_layer_js__WEBPACK_IMPORTED_MODULE_4__/* .compressionOf */ .MB)(head)), count, entries);
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
        const name = node_path__WEBPACK_IMPORTED_MODULE_0__.posix.resolve("/", entry.header.name);
        if (type === "symlink" || type === "link") {
            reader.link(name, node_path__WEBPACK_IMPORTED_MODULE_0__.posix.resolve(type === "link" ? "/" : node_path__WEBPACK_IMPORTED_MODULE_0__.posix.dirname(name), linkname));
        }
        if (type === "file" || type === "contiguous-file")
            await reader.take(name, entry);
        else
            entry.resume();
    }
}
async function readHead(file) {
    const handle = await (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_3__/* .openRegularFile */ .ZU)(file);
    try {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
        return buffer.subarray(0, bytesRead);
    }
    finally {
        await handle.close();
    }
}


/***/ }),

/***/ 66919:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Dp: () => (/* binding */ describeMissingManifest),
/* harmony export */   P2: () => (/* binding */ describeUnknownLayer),
/* harmony export */   _p: () => (/* binding */ requireArchive),
/* harmony export */   jQ: () => (/* binding */ FormError),
/* harmony export */   qn: () => (/* binding */ requireLayout)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(51455);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs_promises__WEBPACK_IMPORTED_MODULE_0__);

/** What was built is no image in a form that can be shipped; `hint` has the command that converts it. */
class FormError extends Error {
    hint;
    constructor(message, hint, options) {
        super(message, options);
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
    const names = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readdir)(folder);
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
/**
 * Throws a `FormError` if the first bytes of a file show that it is not a tar, and not compressed with
 * gzip or zstd, and says how to convert it.
 */
function requireArchive(file, head) {
    for (const [magic, name, command] of COMPRESSIONS) {
        if (!head.subarray(0, magic.length).equals(magic))
            continue;
        throw new FormError(`it is compressed with ${name}`, `Let the derivation decompress it: ${command} ${file} > $out. Or compress it with gzip or zstd.`);
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


/***/ }),

/***/ 39612:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  IG: () => (/* binding */ BASE_NAME),
  $$: () => (/* binding */ auditImage),
  S: () => (/* binding */ findBaseName),
  Tp: () => (/* binding */ parseDocument),
  u7: () => (/* binding */ readDockerImage),
  AM: () => (/* binding */ readImage),
  mL: () => (/* binding */ readPublishedImage),
  VG: () => (/* binding */ rejectInvalid),
  sB: () => (/* binding */ renderManifest),
  ZR: () => (/* binding */ toBlob)
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
// EXTERNAL MODULE: ./src/model/compression.ts
var model_compression = __webpack_require__(4243);
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
// EXTERNAL MODULE: ./src/image/docker-archive.ts
var docker_archive = __webpack_require__(32642);
// EXTERNAL MODULE: ./src/image/audit.ts + 2 modules
var audit = __webpack_require__(6737);
// EXTERNAL MODULE: ./src/image/budget.ts
var image_budget = __webpack_require__(41520);
// EXTERNAL MODULE: ./src/image/archive-entries.ts + 1 modules
var archive_entries = __webpack_require__(7719);
// EXTERNAL MODULE: ./src/image/image-form.ts
var image_form = __webpack_require__(66919);
// EXTERNAL MODULE: ./src/platform/files.ts
var files = __webpack_require__(94924);
;// CONCATENATED MODULE: ./src/image/oci-folder.ts




const BLOBS = "blobs/sha256";
/**
 * Reads an image from an OCI layout folder. A blob may be a symlink, for example to another store path, since
 * its content is verified against its digest. Rejects with a `FormError` if the folder is not an OCI layout,
 * and with a plain Error if it has anything but regular files.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
async function readOciFolder(folder, reader, budget) {
    await (0,image_form/* requireLayout */.qn)(folder);
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

// EXTERNAL MODULE: ./src/image/json.ts
var json = __webpack_require__(70739);
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
const MAX_DEPTH = 3;
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
    if (depth > MAX_DEPTH)
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
    return (0,json/* parseGoJson */.Si)(bytes);
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
    const { compression = model_compression/* DEFAULT_COMPRESSION */.o, auditAllow: allow, limits, signal } = options;
    return rejectInvalid(path, options, async () => {
        const read = () => readParts(path, target, compression, options);
        const { parts, spent } = await (options.rememberParts?.({ role: "image", path }, read) ?? read());
        // How much may still be read before a limit is reached.
        const budget = (0,image_budget/* createBudget */.y)(limits ?? image_budget/* DEFAULT_LIMITS */.d, signal);
        budget.add(spent);
        return auditImage(parts, { target, allow, budget });
    });
}
/** Checks the parts of an image, and merges the audits of its layers. Throws plain Errors. */
function auditImage(parts, options) {
    const audits = parts.layers.map(({ audit }) => audit);
    return { ...composeImage(parts, options.target), audit: (0,audit/* mergeAudits */.R)(audits, options) };
}
/**
 * Reads an image that is already published, from an OCI layout folder. Keeps its manifest and its layers,
 * compressed or not, and verifies them as `readImage` does. Does not report an audit: the job that built the
 * image audited it, and only that job knows `audit-allow`. Rejects with `IMAGE_INVALID`.
 */
function readPublishedImage(path, target, options) {
    return rejectInvalid(path, options, async () => {
        const { parts } = await readParts(path, target, "keep", options);
        return composeImage(parts, target);
    });
}
async function readParts(path, target, uncompressed, options) {
    // A run may read several images, so each one gets its own folder.
    const folder = await (0,promises_.mkdtemp)((0,external_node_path_.join)(options.workFolder, "layers-"));
    const budget = (0,image_budget/* createBudget */.y)(options.limits ?? image_budget/* DEFAULT_LIMITS */.d, options.signal);
    const reader = (0,archive_entries/* createEntryReader */.Y)({ target, workFolder: folder, budget, uncompressed });
    const isFolder = (await (0,promises_.stat)(path)).isDirectory();
    await (isFolder ? readOciFolder : docker_archive/* readArchive */.b)(path, reader, budget);
    return { parts: readImageParts(reader.members, target), spent: budget.spent() };
}
function composeImage({ config, layers, manifest, annotations }, target) {
    checkConfig(config, layers, target);
    return {
        image: { manifest, config: (0,blob/* blobOf */.D)(media_type/* OCI_CONFIG */.TF, config), layers: layers.map(toBlob) },
        imageId: (0,model_digest/* digestOf */.ol)(config),
        baseName: findBaseName({ config, annotations }),
    };
}
/** The name of the base image that an image's annotations or labels give. Throws plain Errors. */
function findBaseName({ config, annotations, }) {
    return annotations?.[BASE_NAME] ?? parseDocument(config, "config", CONFIG).config?.Labels?.[BASE_NAME];
}
const NOT_AN_IMAGE = "The first installable must be an image for the target: built by dockerTools, or an OCI layout. " +
    "Check the package that builds it, in particular its architecture.";
/** Runs `work`, and rejects with `IMAGE_INVALID` if it throws a plain Error about the image at `path`. */
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
            hint: cause instanceof image_form/* FormError */.jQ ? cause.hint : hint,
        });
    }
}
function readImageParts(members, target) {
    // `docker save` of Docker 25 and later writes both: only the layout has the image's own manifest.
    if (members.documents.has("/index.json"))
        return readLayoutImage(members, target);
    if (members.documents.has("/manifest.json"))
        return readDockerImage(members);
    throw (0,image_form/* describeMissingManifest */.Dp)();
}
/** The image of a docker-archive. Throws plain Errors. */
function readDockerImage(members) {
    const described = parseDocument(readDocument(members, "manifest.json"), "manifest.json", image_MANIFEST, json/* parseJson */.qF);
    const [only, ...others] = described;
    if (only === undefined || others.length > 0) {
        throw new Error(`its manifest.json lists ${described.length} images instead of one`);
    }
    const config = readDocument(members, only.Config);
    const layers = only.Layers.map((name) => findLayer(members, name));
    return { config, layers, manifest: renderManifest(config, layers), layerNames: only.Layers };
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
    const { architecture, os, variant, rootfs } = parseDocument(bytes, "config", CONFIG);
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
}
/** The manifest of an image whose layers are new. */
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
/** The blob of a layer. */
function toBlob({ mediaType, digest, sizeBytes, source }) {
    return { mediaType, digest, sizeBytes, source };
}
function findLayer({ layers, links, documents }, name) {
    const member = external_node_path_.posix.resolve("/", name);
    const layer = layers.get(member) ?? layers.get(links.get(member) ?? "");
    if (layer === undefined && documents.has(member))
        throw (0,image_form/* describeUnknownLayer */.P2)(name);
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
/** Parses a document of an image, called `name`. Throws a plain Error if it is malformed. */
function parseDocument(bytes, name, schema, parse = json/* parseGoJson */.Si) {
    try {
        return schema.parse(parse(bytes));
    }
    catch (cause) {
        throw new Error(`its ${name} is malformed`, { cause });
    }
}


/***/ }),

/***/ 70739:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $L: () => (/* binding */ parseUniqueJson),
/* harmony export */   Si: () => (/* binding */ parseGoJson),
/* harmony export */   qF: () => (/* binding */ parseJson)
/* harmony export */ });
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
    const document = parseUniqueJson(bytes);
    requireExactKeys(document);
    return document;
}
/** Parses a JSON document in UTF-8. Throws a plain Error if a key occurs twice in one object. */
function parseUniqueJson(bytes) {
    const text = decode(bytes);
    const document = JSON.parse(text);
    if (countKeys(document) !== countKeysIn(text))
        throw new Error("it has a key twice in one object");
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


/***/ })

};
