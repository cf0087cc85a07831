export const id = 418;
export const ids = [418];
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
