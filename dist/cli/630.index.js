export const id = 630;
export const ids = [630,418];
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


/***/ }),

/***/ 1095:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  runGate: () => (/* binding */ runGate)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/image/image.ts + 2 modules
var image_image = __webpack_require__(39612);
// EXTERNAL MODULE: ./src/model/system.ts
var system = __webpack_require__(26872);
;// CONCATENATED MODULE: ./src/plan/gate-coverage.ts

/**
 * Why a candidate must not be promoted; empty if every image of it was tested on its own CPU, by this job or
 * by another one of this run. Results for other images do not count, for good or bad.
 */
function findGateGaps(images, evidence) {
    return images.flatMap((image) => {
        const reasons = findGaps(image, evidence);
        return reasons.map((reason) => `the image ${describeImage(image)} ${reason}`);
    });
}
function findGaps(image, { targets, results, ...allowed }) {
    const own = results.filter((result) => result.digest === image.digest && isResultFor(result, image));
    const problems = own.flatMap((result) => findProblem(result, allowed));
    if (problems.length > 0)
        return problems;
    const isTestedHere = targets.some((target) => isImageOf(target, image));
    return isTestedHere || own.length > 0 ? [] : ["was not tested"];
}
function findProblem({ run, platform, engine, outcome }, allowed) {
    if (run !== allowed.run)
        return [`was tested in run ${run ?? "none"} instead of ${allowed.run ?? "none"}`];
    if (outcome === "failed")
        return ["failed its smoke test"];
    if (engine === platform || allowed.isEmulationAllowed)
        return [];
    return [`was tested under emulation, on ${engine ?? "an unknown CPU"}`];
}
/** A lone image is for the one system that it was tested for: the gate compares that with its config. */
function isImageOf(target, { platform }) {
    return platform === "unlisted" || (platform !== undefined && (0,system/* isPlatformOf */.Pq)(target, platform));
}
function isResultFor(result, { platform }) {
    if (platform === "unlisted")
        return true;
    if (platform === undefined)
        return false;
    const [os = "", architecture = "", variant] = result.platform.split("/");
    const isVariant = variant === undefined || platform.variant === undefined || variant === platform.variant;
    return os === platform.os && architecture === platform.architecture && isVariant;
}
function describeImage({ digest, platform }) {
    if (platform === "unlisted")
        return digest;
    return platform === undefined ? `${digest} without a platform` : (0,system/* renderPlatform */.qn)(platform);
}

// EXTERNAL MODULE: ./src/plan/push-policy.ts
var push_policy = __webpack_require__(29822);
// EXTERNAL MODULE: ./src/registry/fetch-image.ts
var fetch_image = __webpack_require__(4287);
// EXTERNAL MODULE: ./src/smoke/smoke-test.ts
var smoke_test = __webpack_require__(83357);
// EXTERNAL MODULE: ./src/pipeline/fold-stages.ts + 2 modules
var fold_stages = __webpack_require__(9616);
// EXTERNAL MODULE: ./src/pipeline/open-engine.ts + 12 modules
var open_engine = __webpack_require__(78620);
// EXTERNAL MODULE: ./src/pipeline/open-repository.ts + 11 modules
var open_repository = __webpack_require__(37248);
// EXTERNAL MODULE: ./src/pipeline/run-step.ts + 1 modules
var run_step = __webpack_require__(79263);
// EXTERNAL MODULE: ./src/pipeline/stages/gate.ts
var gate = __webpack_require__(56797);
// EXTERNAL MODULE: ./src/pipeline/stages/promote.ts + 1 modules
var promote = __webpack_require__(96938);
;// CONCATENATED MODULE: ./src/pipeline/run-gate.ts













/**
 * Runs only the gate, for an image that was pushed earlier: smoke-tests the image behind the digest (in an
 * image index, that of each target system), and then moves the tags to that digest. They move only if every
 * image of the index was tested, here or in the jobs whose results are given. Never rejects: see
 * `foldStages`.
 */
function runGate(job, context) {
    return (0,fold_stages/* foldStages */.P)(job, context, async (fold) => {
        fold.add({ record: { pushedDigest: job.digest }, output: undefined });
        const repository = await (0,run_step/* runStep */.e)(context, () => (0,open_repository/* openRepository */.h_)(job.image, job, undefined, context));
        const push = (0,push_policy/* decidePush */.vn)("image", "auto", context.event);
        const isMoving = (0,promote/* findObstacle */.R)(job, push) === undefined;
        const { smokeTest } = job;
        if (smokeTest !== undefined) {
            await testCandidate({ job, smokeTest, repository, isMoving }, context, fold);
        }
        else if (isMoving) {
            fold.add(await (0,run_step/* runStep */.e)(context, () => requireTestedImages(context, { job, repository, targets: [] })));
        }
        // Not one step, which would be abandoned soon after a cancellation: tags may have to be moved back.
        await fold.timeline.run("promote", async () => {
            const toPromote = await (0,run_step/* runStep */.e)(context, () => (0,open_repository/* openRepositoryToPromote */.Gg)(job.image, job, context));
            // An untested image does not get this far if tags are to move.
            const candidate = { repository: toPromote, push, digest: job.digest, isTested: isMoving };
            fold.add(await (0,promote/* promote */.p)(context, { job, ...candidate }));
        });
    });
}
async function testCandidate({ job, smokeTest, repository, isMoving }, context, fold) {
    fold.add({ record: { promotion: gate/* UNFINISHED_GATE */.ME }, output: undefined });
    const runtime = await (0,run_step/* runStep */.e)(context, () => (0,open_engine/* openEngine */.F)(context));
    const targets = job.targets ?? [ownSystem(runtime)];
    // Check this before anything is fetched.
    for (const target of targets)
        (0,smoke_test/* requireNativeEngine */.B)(runtime, target, job.isEmulatedGateAllowed);
    if (isMoving) {
        fold.add(await (0,run_step/* runStep */.e)(context, () => requireTestedImages(context, { job, repository, targets })));
    }
    const images = await fold.phase("fetch", () => fetchCandidates(job, targets, repository, context));
    // Here the engine reads the layers itself: only the job that built the image has audited them.
    const load = ({ read }) => runtime.load(read.image);
    const input = { job, smokeTest, images, runtime, origin: "fetched", load };
    await fold.phase("gate", () => (0,gate/* smokeTestImages */.aq)(context, input));
}
/** Fails with `GATE_INCOMPLETE` unless this job's smoke tests and the given results cover every image. */
async function requireTestedImages({ event, log }, { job, repository, targets }) {
    const results = job.gateResults;
    for (const { digest, platform, engine, smokeTest, outcome } of results) {
        log.info(`gate result: ${digest} for ${platform} ${outcome} on ${engine ?? "another CPU"}, ${smokeTest}`);
    }
    const images = await (0,fetch_image/* listImages */.v8)(repository, job.digest);
    const run = event.run?.id ?? null;
    const evidence = { targets, results, run, isEmulationAllowed: job.isEmulatedGateAllowed };
    const gaps = findGateGaps(images, evidence);
    if (images.length > 0 && gaps.length === 0)
        return { record: {}, output: undefined };
    const reason = images.length === 0 ? `${job.digest} is an index without an image` : gaps.join("; ");
    const error = new action_error/* ActionError */.lZ("GATE_INCOMPLETE", `the tags do not move: ${reason}`, {
        hint: "Name every system in systems, or run one gate per system with promote: false, and set gate-results " +
            "to their outputs gate-result in the job that moves the tags.",
    });
    return { record: { promotion: { state: "withheld", reason, tags: [] } }, error };
}
function ownSystem({ name, system }) {
    if (system !== undefined)
        return system;
    throw new action_error/* ActionError */.lZ("GATE_NO_RUNTIME", `the CPU of ${name} is not that of a supported target system`, {
        hint: "Run the gate on a runner with the image's CPU, or set the input systems.",
    });
}
async function fetchCandidates(job, targets, repository, context) {
    const images = [];
    try {
        for (const target of targets)
            images.push(await fetchCandidate(job, repository, target, context));
        return { record: { images }, output: images };
    }
    catch (thrown) {
        return { record: {}, error: (0,action_error/* toActionError */.ie)(thrown) };
    }
}
async function fetchCandidate({ digest }, repository, target, { runFolder, log, signal }) {
    const folder = (0,external_node_path_.join)(runFolder, `fetched-${target}`);
    const manifest = await (0,fetch_image/* fetchImage */.aK)(repository, digest, target, folder);
    const read = await (0,image_image/* readPublishedImage */.mL)(folder, target, { workFolder: runFolder, signal });
    log.info(`the image for ${target} is ${manifest}`);
    return { target, read };
}


/***/ })

};
