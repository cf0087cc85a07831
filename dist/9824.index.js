export const id = 9824;
export const ids = [9824];
export const modules = {

/***/ 47443:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   compileGoRegex: () => (/* binding */ compileGoRegex),
/* harmony export */   openNix2containerLayer: () => (/* binding */ openNix2containerLayer)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var re2js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(2856);
/* harmony import */ var _go_tar_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(28521);
/* harmony import */ var _store_layer_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(30418);
/* harmony import */ var _tar_header_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(20262);
/* harmony import */ var _ustar_block_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(5950);






const ROOT = { mtime: 1, uid: 0, gid: 0, uname: "root", gname: "root" };
/** Throws a plain Error unless Go has such regular expressions. Matching takes linear time. */
function compileGoRegex(regex) {
    return re2js__WEBPACK_IMPORTED_MODULE_5__/* .RE2JS */ .L3.compile(regex);
}
/**
 * Writes the tar of a layer as nix2container does, in chunks of 256 KiB: every folder with its files in the
 * order of their names. Each chunk is overwritten by the next. Files of several store paths may have the same
 * path in the tar: the last one is written, and they have to be equal in type, mode, size and permissions.
 * Synchronous, since it runs in a thread of its own. Throws a plain Error for files that differ, and as
 * `writeStoreLayer` does.
 * @see https://github.com/nlewo/nix2container, nix/tar.go and nix/graph.go
 */
function openNix2containerLayer(paths) {
    const root = { file: undefined, children: new Map() };
    for (const path of paths)
        addPath(root, path);
    return { chunks: writeTree(root), findFile: (name) => findNode(root, name)?.file?.entry.name };
}
function* writeTree(root) {
    const chunks = new _store_layer_js__WEBPACK_IMPORTED_MODULE_2__/* .ChunkWriter */ .z1();
    for (const [name, file] of listNodes(root, "")) {
        yield* chunks.write(renderHeader(name, file));
        if (file?.entry.type === "file")
            yield* chunks.writeFile(file.entry);
    }
    yield* chunks.write(Buffer.alloc(2 * _ustar_block_js__WEBPACK_IMPORTED_MODULE_4__/* .BLOCK_BYTES */ .Yo));
    yield* chunks.end();
}
function addPath(root, { path, rewrite, perms: given }) {
    const regex = rewrite === undefined ? undefined : compileGoRegex(rewrite.regex);
    const perms = given.map((perm) => ({ ...perm, compiled: compileGoRegex(perm.regex) }));
    for (const entry of (0,_store_layer_js__WEBPACK_IMPORTED_MODULE_2__/* .listEntries */ .fi)(path)) {
        const matcher = regex?.matcher(Buffer.from(entry.name, "latin1"));
        const isMatch = matcher?.find() === true;
        const name = isMatch ? `${rewrite?.replacement ?? ""}${entry.name.slice(matcher.end())}` : entry.name;
        if (name !== "")
            addFile(root, name, { entry, perms });
    }
}
function addFile(root, path, file) {
    const name = node_path__WEBPACK_IMPORTED_MODULE_0__.posix.normalize(path);
    const parts = name === "/" ? [""] : name.split("/");
    if (parts.includes(".."))
        throw new Error(`${(0,_tar_header_js__WEBPACK_IMPORTED_MODULE_3__/* .showPath */ .P8)(path)}, where a file should go, is not in the image`);
    let node = root;
    for (const part of parts) {
        const children = (node.children ??= new Map());
        let child = children.get(part);
        if (child === undefined)
            children.set(part, (child = { file: undefined, children: undefined }));
        node = child;
    }
    if (node.file !== undefined)
        requireEqual(name, node.file, file);
    node.file = file;
}
function findNode(root, name) {
    return name.split("/").reduce((node, part) => node?.children?.get(part), root);
}
/** Throws if nix2container refuses to write one file in place of the other. */
function requireEqual(name, before, after) {
    const describe = ({ entry: { type, mode, sizeBytes }, perms }) => JSON.stringify([type, mode, sizeBytes, perms.map((perm) => ({ ...perm, compiled: undefined }))]);
    if (describe(before) === describe(after))
        return;
    const files = [before, after].map(({ entry }) => (0,_tar_header_js__WEBPACK_IMPORTED_MODULE_3__/* .showPath */ .P8)(entry.name));
    throw new Error(`its files ${files.join(" and ")} differ, and both go to ${(0,_tar_header_js__WEBPACK_IMPORTED_MODULE_3__/* .showPath */ .P8)(name)}`);
}
/** All paths, each folder before what is in it. */
function* listNodes({ children }, base) {
    // The default order of Latin-1 texts is that of their bytes.
    for (const [part, node] of [...(children ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const name = part === "" ? "/" : base === "" || base === "/" ? `${base}${part}` : `${base}/${part}`;
        yield [name, node.file];
        yield* listNodes(node, name);
    }
}
function renderHeader(name, file) {
    if (file === undefined) {
        return (0,_go_tar_js__WEBPACK_IMPORTED_MODULE_1__/* .renderGoHeader */ .u)({ name, type: "folder", mode: 0o755, sizeBytes: 0, linkName: "" }, ROOT);
    }
    const { entry, perms } = file;
    const path = Buffer.from(entry.name, "latin1");
    let owner = ROOT;
    let mode = entry.type === "symlink" ? 0o777 : entry.mode;
    for (const { compiled, uid, gid, uname = owner.uname, gname = owner.gname, mode: wanted } of perms) {
        if (!compiled.matcher(path).find())
            continue;
        owner = { ...owner, uid, gid, uname, gname };
        mode = wanted ?? mode;
    }
    return (0,_go_tar_js__WEBPACK_IMPORTED_MODULE_1__/* .renderGoHeader */ .u)({ ...entry, name, mode }, owner);
}


/***/ })

};
