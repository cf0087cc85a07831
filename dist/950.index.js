export const id = 950;
export const ids = [950];
export const modules = {

/***/ 30950:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   removeOciContainers: () => (/* binding */ removeOciContainers)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(22714);
/* harmony import */ var _platform_files_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(94924);
/* harmony import */ var _overlay_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(98287);
/* harmony import */ var _effects_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(20433);





const CALL_LIMIT_MS = 60_000;
/** Removes the containers of a run and its unpacked images, for the post step. */
async function removeOciContainers(runAsRoot, runFolder) {
    const folder = (0,_overlay_js__WEBPACK_IMPORTED_MODULE_3__/* .ociFolder */ .gG)(runFolder);
    const images = await (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_2__/* .readdirIfPresent */ .wi)(folder);
    if (images.length === 0)
        return;
    for (const image of images) {
        for (const id of await (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_2__/* .readdirIfPresent */ .wi)((0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(folder, image))) {
            if (!id.startsWith("cross-build-"))
                continue;
            await killContainer(id, runFolder, runAsRoot);
            const root = (0,_overlay_js__WEBPACK_IMPORTED_MODULE_3__/* .rootOf */ .I5)((0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(folder, image, id));
            await runAsRoot("umount", ["--lazy", root], { timeoutMs: CALL_LIMIT_MS, expectedExitCodes: "any" });
        }
    }
    await (0,_overlay_js__WEBPACK_IMPORTED_MODULE_3__/* .removeFolder */ .v$)(folder, { runAsRoot });
}
/** Kills a container of any runtime: where it is unknown, nothing happens. */
async function killContainer(id, runFolder, runAsRoot) {
    for (const runtime of _effects_js__WEBPACK_IMPORTED_MODULE_4__/* .OCI_RUNTIMES */ .A) {
        const args = [`--root=${(0,_effects_js__WEBPACK_IMPORTED_MODULE_4__/* .stateFolder */ .y)(runFolder, runtime)}`, "delete", "--force", id];
        try {
            await runAsRoot(runtime, args, { timeoutMs: CALL_LIMIT_MS, expectedExitCodes: "any" });
        }
        catch (error) {
            if (!(error instanceof _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ActionError */ .lZ) || error.code !== "COMMAND_MISSING")
                throw error;
        }
    }
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


/***/ })

};
