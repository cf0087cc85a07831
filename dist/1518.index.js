export const id = 1518;
export const ids = [1518];
export const modules = {

/***/ 64129:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   U: () => (/* binding */ BUILD_MODES)
/* harmony export */ });
const BUILD_MODES = [
    "local",
    "emulated",
    "build-hook",
    "single-store",
    "distributed",
];


/***/ }),

/***/ 9738:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   C: () => (/* binding */ NAMED_PLATFORM)
/* harmony export */ });
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(92857);

/** The `platform` of an entry of an image index. @see OCI image-spec, image-index.md */
const NAMED_PLATFORM = zod__WEBPACK_IMPORTED_MODULE_0__/* .looseObject */ ._H3({
    os: zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP(),
    architecture: zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP(),
    variant: zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP().optional(),
});


/***/ }),

/***/ 30145:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   g5: () => (/* binding */ failureOf),
/* harmony export */   xo: () => (/* binding */ emitFor)
/* harmony export */ });
/* unused harmony export renderEventSchema */
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(92857);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _build_mode_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(64129);
/* harmony import */ var _smoke_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(37328);
/* harmony import */ var _strategy_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(58924);





const text = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP();
const durationMs = zod__WEBPACK_IMPORTED_MODULE_1__/* .number */ .aig().min(0).describe("milliseconds");
const target = text.optional().describe("the target system, if it belongs to one");
const place = text.describe("local, or the builder's store URI");
const failure = zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({ code: text, message: text }).nullable();
/** Every kind of event of a run. Names and values are the report's. */
const EVENTS = [
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("run-started"),
        version: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz(1).describe("the version of these events"),
        system: text.describe("the Nix system of this machine"),
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({ event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("phase-started"), name: text }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("phase-ended"),
        name: text,
        durationMs,
        outcome: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["done", "failed"]),
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("attempt-started"),
        target,
        strategy: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(_strategy_js__WEBPACK_IMPORTED_MODULE_2__/* .STRATEGIES */ .Y),
        mode: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(_build_mode_js__WEBPACK_IMPORTED_MODULE_3__/* .BUILD_MODES */ .U),
        reason: text,
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("attempt-ended"),
        target,
        strategy: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(_strategy_js__WEBPACK_IMPORTED_MODULE_2__/* .STRATEGIES */ .Y),
        mode: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(_build_mode_js__WEBPACK_IMPORTED_MODULE_3__/* .BUILD_MODES */ .U),
        durationMs,
        error: failure,
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({ event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("build-started"), target, drvPath: text, name: text, place }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("build-output"),
        target,
        drvPath: text,
        line: text.describe("a line that the build printed"),
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("build-ended"),
        target,
        drvPath: text,
        name: text,
        place,
        durationMs,
        outcome: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["built", "failed", "interrupted"]),
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("substitution-ended"),
        target,
        storePath: text,
        from: text,
        durationMs,
        outcome: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["substituted", "failed"]),
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("builder-changed"),
        uri: text,
        state: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["ready", "degraded", "dropped"]),
        reason: text,
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("check-ended"),
        target,
        name: text,
        kind: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(_smoke_js__WEBPACK_IMPORTED_MODULE_4__/* .CHECK_KINDS */ .FZ),
        durationMs,
        outcome: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["passed", "failed"]),
        detail: text,
    }),
    zod__WEBPACK_IMPORTED_MODULE_1__/* .strictObject */ .rej({
        event: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz("run-ended"),
        durationMs,
        outcome: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(["success", "failure", "cancelled"]),
        error: failure,
    }),
];
/** An error as events name it. */
function failureOf(error) {
    return error === undefined ? null : { code: error.code, message: (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .renderError */ .vr)(error) };
}
/** Adds the target to the events of a part of the run that belongs to it. */
function emitFor(emit, targetOfEvents) {
    return (event) => {
        emit({ ...event, target: targetOfEvents });
    };
}
/** The JSON Schema of one line of an events file, 2020-12: an event, and when it happened. */
function renderEventSchema() {
    const at = z.iso.datetime().describe("UTC");
    const lines = EVENTS.map((event) => event.extend({ at }));
    const schema = { title: "cross-build event", ...z.toJSONSchema(z.union(lines)) };
    return `${JSON.stringify(schema, undefined, 2)}\n`;
}


/***/ }),

/***/ 37328:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ac: () => (/* binding */ LAYER_ORIGINS),
/* harmony export */   FZ: () => (/* binding */ CHECK_KINDS),
/* harmony export */   wM: () => (/* binding */ LOAD_WAYS)
/* harmony export */ });
/** The kinds of checks; see docs/smoke-test.md. */
const CHECK_KINDS = [
    "http",
    "tcp",
    "log",
    "health",
    "command",
    "stop",
    "exit-code",
    "non-root",
    "start",
];
/**
 * How the container engine got the image: it had it (`present`), got one layer with the files of all layers
 * (`merged`), or got the layers themselves (`layers`).
 */
const LOAD_WAYS = ["present", "merged", "layers"];
/**
 * The tested bytes of a layer: this run made its compressed bytes, or verified them (`made`); it fetched them
 * from the registry by digest (`fetched`); or it tested a tar with the layer's diff ID (`matched`).
 */
const LAYER_ORIGINS = ["made", "fetched", "matched"];


/***/ }),

/***/ 37248:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  h_: () => (/* binding */ openRepository),
  Gg: () => (/* binding */ openRepositoryToPromote),
  As: () => (/* binding */ open_repository_requirePushAccess)
});

// EXTERNAL MODULE: ./src/plan/push-policy.ts
var push_policy = __webpack_require__(29822);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/model/image-reference.ts
var image_reference = __webpack_require__(20068);
// EXTERNAL MODULE: ./node_modules/zod/v4/classic/schemas.js + 11 modules
var schemas = __webpack_require__(92857);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/platform/files.ts
var files = __webpack_require__(94924);
;// CONCATENATED MODULE: ./src/registry/credentials.ts




const HELPER_LIMIT_MS = 30_000;
const HELPER_NAME = schemas/* string */.YjP().regex(/^[A-Za-z0-9._-]+$/);
const CONFIG = schemas/* looseObject */._H3({
    auths: schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* looseObject */._H3({
        auth: schemas/* string */.YjP().optional(),
        identitytoken: schemas/* string */.YjP().optional(),
        // Kubernetes' secrets for registries may have these in place of `auth`.
        username: schemas/* string */.YjP().optional(),
        password: schemas/* string */.YjP().optional(),
    }))
        .default({}),
    credHelpers: schemas/* record */.g1P(schemas/* string */.YjP(), HELPER_NAME).default({}),
    credsStore: HELPER_NAME.optional(),
});
const HELPER_ANSWER = schemas/* object */.Ikc({ Username: schemas/* string */.YjP(), Secret: schemas/* string */.YjP() });
/**
 * The credentials that `docker login`, `podman login` or a credential helper stores for a repository, or for
 * its registry; undefined if there are none. Masks the password in the log. Rejects with `REGISTRY_DENIED` if
 * a file cannot be read, if a file or a helper's answer is malformed, or if the helper fails, and with
 * `COMMAND_MISSING` if the helper is not installed.
 * @see https://docs.docker.com/reference/cli/docker/login/#credential-stores
 */
async function findCredentials({ registry, repository }, effects) {
    const names = { registry: namesOf(registry), repository: namesOfRepository(registry, repository) };
    for (const file of listConfigFiles(effects.environment)) {
        const text = await readConfigFile(file);
        if (text === undefined)
            continue;
        const credentials = await readCredentials(parseConfig(text, file), names, effects);
        if (credentials === undefined)
            continue;
        effects.log.mask(credentials.password);
        effects.log.info(`using the credentials for ${registry} from ${file}`);
        return credentials;
    }
    return undefined;
}
/** Docker's file first, then Podman's files. @see containers-auth.json(5) */
function listConfigFiles(environment) {
    const { DOCKER_CONFIG: docker, REGISTRY_AUTH_FILE: podman, XDG_RUNTIME_DIR: runtime, HOME: home, } = environment;
    const files = [
        docker === undefined ? home && (0,external_node_path_.join)(home, ".docker/config.json") : (0,external_node_path_.join)(docker, "config.json"),
        podman,
        runtime && (0,external_node_path_.join)(runtime, "containers/auth.json"),
        home && (0,external_node_path_.join)(home, ".config/containers/auth.json"),
    ];
    return files.filter((file) => file !== undefined && file !== "");
}
async function readConfigFile(file) {
    try {
        return await (0,files/* readFileIfPresent */.Ts)(file);
    }
    catch (cause) {
        throw new action_error/* ActionError */.lZ("REGISTRY_DENIED", `the registry credentials in ${file} cannot be read`, {
            cause,
            hint: "Let this user read the file, or set registry-username and registry-password.",
        });
    }
}
function parseConfig(text, file) {
    try {
        return CONFIG.parse(JSON.parse(text));
    }
    catch {
        // Do not show the parser's message: it may contain part of a password.
        throw new action_error/* ActionError */.lZ("REGISTRY_DENIED", `${file} is not a valid Docker or Podman configuration file`, {
            hint: "Fix or remove the file, or set registry-username and registry-password.",
        });
    }
}
async function readCredentials({ auths, credHelpers, credsStore }, names, effects) {
    for (const name of names.registry) {
        const helper = credHelpers[name];
        if (helper !== undefined)
            return askHelper(helper, name, effects);
    }
    if (credsStore !== undefined) {
        for (const name of names.registry) {
            const credentials = await askHelper(credsStore, name, effects);
            if (credentials !== undefined)
                return credentials;
        }
    }
    for (const name of [...names.repository, ...names.registry]) {
        const { auth = "", identitytoken: token = "", ...plain } = auths[name] ?? {};
        if (token !== "")
            return { kind: "identity-token", password: token };
        const [, username, password] = /^([^:]+):([^]*)$/.exec(Buffer.from(auth, "base64").toString()) ?? [];
        if (username !== undefined && password !== undefined)
            return { kind: "password", username, password };
        if (auth === "" && plain.username !== undefined && plain.password !== undefined)
            return { kind: "password", username: plain.username, password: plain.password };
    }
    return undefined;
}
/** Podman may log in to a namespace or a repository; the most specific name comes first. */
function namesOfRepository(registry, repository) {
    const parts = repository.split("/");
    return parts.map((_, i) => [registry, ...parts.slice(0, parts.length - i)].join("/"));
}
/** The names under which these files may list a registry. */
function namesOf(registry) {
    if (registry === "docker.io")
        return ["https://index.docker.io/v1/", "docker.io", "index.docker.io"];
    const urls = [`https://${registry}`, `http://${registry}`];
    return [registry, ...urls, ...urls.flatMap((url) => ["/", "/v1/", "/v2/"].map((path) => `${url}${path}`))];
}
/** @see https://github.com/docker/docker-credential-helpers#development */
async function askHelper(helper, name, { run }) {
    const tool = `docker-credential-${helper}`;
    const { exitCode, stdout } = await run(tool, ["get"], {
        input: name,
        timeoutMs: HELPER_LIMIT_MS,
        expectedExitCodes: "any",
    });
    if (exitCode !== 0) {
        if (/not found/i.test(stdout))
            return undefined;
        throw new action_error/* ActionError */.lZ("REGISTRY_DENIED", `${tool} returned no credentials for ${name} and failed with exit code ${exitCode}`, {
            hint: "Log in to the registry again, or set registry-username and registry-password.",
        });
    }
    try {
        const { Username: username, Secret: password } = HELPER_ANSWER.parse(JSON.parse(stdout));
        return username === "<token>"
            ? { kind: "identity-token", password }
            : { kind: "password", username, password };
    }
    catch {
        throw new action_error/* ActionError */.lZ("REGISTRY_DENIED", `${tool} returned malformed credentials for ${name}`, {
            hint: "Check the credential helper, or set registry-username and registry-password.",
        });
    }
}

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: ./src/errors/errno.ts
var errno = __webpack_require__(38335);
// EXTERNAL MODULE: ./src/model/digest.ts
var model_digest = __webpack_require__(95305);
// EXTERNAL MODULE: ./src/model/image.ts
var model_image = __webpack_require__(71444);
// EXTERNAL MODULE: ./src/model/media-type.ts
var media_type = __webpack_require__(22570);
// EXTERNAL MODULE: ./src/model/promotion.ts
var promotion = __webpack_require__(8176);
// EXTERNAL MODULE: ./src/platform/process-identity.ts
var process_identity = __webpack_require__(24261);
;// CONCATENATED MODULE: ./src/platform/folder-lock.ts






const NAME = ".cross-build.lock";
const WAIT_LIMIT_MS = 60_000;
const REFRESH_MS = 1_000;
/** An owner whose process cannot be looked up, for example on another machine, is gone after this silence. */
const SILENCE_LIMIT_MS = 10_000;
/**
 * Runs `work`, which must be short, while no other process works on the folder. The lock is a symbolic link,
 * which is created together with its target, the owner. Only the lock of an owner that is gone is taken over,
 * however long the work takes. Rejects with a plain Error if it cannot get the lock within a minute.
 */
async function withFolderLock(folder, clock, work) {
    const lock = (0,external_node_path_.join)(folder, NAME);
    const owner = `${(0,process_identity/* identifyProcess */.wO)(process.pid)} ${(0,external_node_crypto_.randomBytes)(6).toString("hex")}`;
    const attempt = { owner, clock, looks: new Map() };
    const endMs = clock.nowMs() + WAIT_LIMIT_MS;
    while (!(await tryTake(lock, attempt))) {
        if (clock.nowMs() > endMs) {
            const [pid = "?"] = (await (0,files/* readLinkIfPresent */.DV)(lock))?.split(" ") ?? [];
            throw new Error(`${lock} is held by another process (${pid}); remove it if that one is not running`);
        }
        await clock.sleep(20);
    }
    const released = new AbortController();
    void keepFresh(lock, clock, released.signal);
    try {
        return await work();
    }
    finally {
        released.abort();
        if ((await (0,files/* readLinkIfPresent */.DV)(lock)) === owner)
            await (0,promises_.rm)(lock, { force: true });
    }
}
/**
 * Tries to create the link, or to replace one whose owner is gone. Replacing has a lock of its own, named
 * after the link that it replaces: without it, two processes that both found the old owner gone could replace
 * each other's link. The rename gives the lock a new owner and releases that second lock in one step.
 */
async function tryTake(lock, attempt) {
    if (await tryCreate(lock, attempt.owner))
        return true;
    const found = await (0,files/* readLinkIfPresent */.DV)(lock);
    if (found === undefined || !(await isAbandoned(lock, found, attempt)))
        return false;
    const replacing = `${lock}.${(0,external_node_crypto_.createHash)("sha256").update(found).digest("hex").slice(0, 12)}`;
    if (!(await tryTake(replacing, attempt)))
        return false;
    if ((await (0,files/* readLinkIfPresent */.DV)(lock)) === found) {
        await (0,promises_.rename)(replacing, lock);
        return true;
    }
    await (0,promises_.rm)(replacing, { force: true });
    return false;
}
async function tryCreate(link, target) {
    try {
        await (0,promises_.symlink)(target, link);
        return true;
    }
    catch (error) {
        if ((0,errno/* isErrno */.r)(error, "EEXIST"))
            return false;
        throw error;
    }
}
async function isAbandoned(link, found, { clock, looks }) {
    const state = (0,process_identity/* checkProcess */.Un)(found.split(" ").slice(0, -1).join(" "));
    if (state !== "unknown")
        return state === "gone";
    const mark = `${found} ${await readTime(link)}`;
    const look = looks.get(link);
    if (look?.mark === mark)
        return clock.nowMs() - look.atMs > SILENCE_LIMIT_MS;
    looks.set(link, { mark, atMs: clock.nowMs() });
    return false;
}
async function readTime(link) {
    try {
        return (await (0,promises_.lstat)(link)).mtimeMs;
    }
    catch (error) {
        if ((0,errno/* isErrno */.r)(error, "ENOENT"))
            return undefined;
        throw error;
    }
}
/** Refreshes the time of the link until the lock is released. */
async function keepFresh(lock, clock, released) {
    try {
        for (;;) {
            await clock.sleep(REFRESH_MS, released);
            const now = new Date(clock.nowMs());
            await (0,promises_.lutimes)(lock, now, now);
        }
    }
    catch {
        // The lock is released, or the run was cancelled; or the file system keeps no times, as some do.
    }
}

;// CONCATENATED MODULE: ./src/registry/promotion-record.ts



/**
 * Without compare-and-swap, a run could overwrite an entry that another run wrote at the same moment. So
 * consecutive runs of a workflow write to different slots.
 */
const SLOTS = 4;
const ANNOTATION = "io.github.fluo.cross-build.promotion";
/** The tags at which a registry keeps the promotion record of a tag. */
function listRecordTags(tag) {
    const hash = (0,external_node_crypto_.createHash)("sha256").update(tag).digest("hex").slice(0, 16);
    return Array.from({ length: SLOTS }, (_, slot) => `cross-build.run.${hash}.${slot}`);
}
/** The tag that a run writes its entry to. */
function chooseRecordTag(tag, { number }) {
    const tags = listRecordTags(tag);
    return tags[number % SLOTS] ?? tag;
}
/** The name of the annotation that has an entry. */
function renderAnnotationName(tag) {
    return `${ANNOTATION}.${tag}`;
}
/** An entry as annotations: of a manifest in a registry, of `index.json` in an OCI layout. */
function renderRecordAnnotations(tag, entry) {
    return { [renderAnnotationName(tag)]: renderEntry(entry) };
}
/** Reads the entry; undefined if there is no valid one. */
function parseRecordAnnotations(tag, annotations) {
    const [order = "", digest = ""] = (annotations[renderAnnotationName(tag)] ?? "").split(" ");
    const run = (0,promotion/* tryParseRunOrder */.m5)(order);
    return run !== undefined && (0,model_digest/* isDigest */.Bc)(digest) ? { run, digest } : undefined;
}
function renderEntry({ run: { id, attempt, number }, digest }) {
    return `${id}.${attempt}.${number} ${digest}`;
}

// EXTERNAL MODULE: ./src/registry/fetch-image.ts
var fetch_image = __webpack_require__(4287);
;// CONCATENATED MODULE: ./src/registry/oci-layout.ts














const REF_NAME = "org.opencontainers.image.ref.name";
const LAYOUT = schemas/* object */.Ikc({ imageLayoutVersion: schemas/* literal */.euz("1.0.0") });
const INDEX = schemas/* looseObject */._H3({
    schemaVersion: schemas/* literal */.euz(2),
    annotations: schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* string */.YjP()).optional(),
    manifests: schemas/* array */.YOg(schemas/* looseObject */._H3({ digest: schemas/* string */.YjP(), annotations: schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* string */.YjP()).optional() })),
});
const MANIFEST = schemas/* object */.Ikc({ mediaType: schemas/* string */.YjP().default(media_type/* OCI_MANIFEST */.EG) });
/**
 * An OCI layout on disk. A candidate consists of blobs only. A tag is an entry of `index.json`, whose
 * other entries are kept. The methods reject with `REGISTRY_FAILED`, and with the reason of `signal` when it
 * fires.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
function openOciLayout(folder, clock, signal) {
    const indexFile = (0,external_node_path_.join)(folder, "index.json");
    const blobFile = (digest) => (0,external_node_path_.join)(folder, "blobs/sha256", digest.slice("sha256:".length));
    const guarded = async (work, stop = signal) => {
        stop?.throwIfAborted();
        try {
            return await work();
        }
        catch (cause) {
            stop?.throwIfAborted();
            if (cause instanceof action_error/* ActionError */.lZ)
                throw cause;
            throw new action_error/* ActionError */.lZ("REGISTRY_FAILED", `the OCI layout ${folder} cannot be read or written`, {
                cause,
                hint: "Use a folder that this user may write to, and that is empty or already an OCI layout.",
            });
        }
    };
    const readIndex = async () => {
        const text = await (0,files/* readRegularFileIfPresent */.dM)(indexFile);
        return text === undefined ? { schemaVersion: 2, manifests: [] } : parseJson(text, INDEX, indexFile);
    };
    const changeIndex = (change) => withFolderLock(folder, clock, async () => {
        const written = { ...change(await readIndex()), mediaType: media_type/* OCI_INDEX */.$p };
        await (0,files/* writeFileAtomically */.lo)(indexFile, JSON.stringify(written, undefined, 2));
    });
    let opened;
    const open = () => (opened ??= openFolder(folder));
    const withSignal = (own) => AbortSignal.any([signal, own].filter((given) => given !== undefined));
    return {
        hasBlob: (blob, own) => {
            const stop = withSignal(own);
            return guarded(() => hasBlob(blobFile(blob.digest), blob, stop), stop);
        },
        pushBlob: (layer, own) => {
            const stop = withSignal(own);
            return guarded(async () => {
                await open();
                return storeBlob(blobFile(layer.digest), layer, stop);
            }, stop);
        },
        push: (image, known) => guarded(async () => {
            await open();
            const layers = [];
            for (const layer of image.layers) {
                const state = known?.get(layer.digest) ?? (await storeBlob(blobFile(layer.digest), layer, signal));
                layers.push({ digest: layer.digest, sizeBytes: layer.sizeBytes, state });
            }
            await storeBlob(blobFile(image.config.digest), image.config, signal);
            await storeBlob(blobFile(image.manifest.digest), image.manifest, signal);
            await changeIndex((index) => index);
            return layers;
        }),
        pushIndex: (index) => guarded(async () => {
            await storeBlob(blobFile(index.digest), index, signal);
        }),
        hasManifest: (digest) => guarded(async () => (await (0,files/* readRegularFileIfPresent */.dM)(blobFile(digest))) !== undefined),
        readManifest: (digest) => guarded(async () => {
            const bytes = await (0,files/* readWholeRegularFile */.GF)(blobFile(digest));
            const { mediaType } = parseJson(bytes.toString(), MANIFEST, blobFile(digest));
            if ((0,model_digest/* digestOf */.ol)(bytes) !== digest) {
                throw malformed(blobFile(digest));
            }
            return { bytes, mediaType };
        }),
        fetchBlob: (blob, file) => guarded(() => (0,fetch_image/* writeBlob */.Zh)((0,files/* readRegularFile */.XF)(blobFile(blob.digest), signal), blob, file)),
        readTag: (tag) => guarded(async () => {
            const { manifests } = await readIndex();
            const digest = manifests.find(({ annotations }) => annotations?.[REF_NAME] === tag)?.digest;
            if (digest === undefined || (0,model_digest/* isDigest */.Bc)(digest))
                return digest;
            throw malformed(indexFile);
        }),
        moveTag: (tag, digest) => guarded(async () => {
            const file = blobFile(digest);
            const bytes = await (0,files/* readWholeRegularFile */.GF)(file);
            const { mediaType } = parseJson(bytes.toString(), MANIFEST, file);
            const entry = { mediaType, digest, size: bytes.length, annotations: { [REF_NAME]: tag } };
            await changeIndex((index) => ({ ...index, manifests: [...withoutTag(index, tag), entry] }));
        }),
        removeTag: (tag) => guarded(() => changeIndex((index) => ({ ...index, manifests: withoutTag(index, tag) }))),
        readPromotionEntries: (tag) => guarded(async () => {
            const entry = parseRecordAnnotations(tag, (await readIndex()).annotations ?? {});
            return entry === undefined ? [] : [entry];
        }),
        writePromotionEntry: (tag, entry) => guarded(async () => {
            await changeIndex((index) => {
                const found = parseRecordAnnotations(tag, index.annotations ?? {});
                if (found !== undefined && (0,promotion/* isNewerRun */.VZ)(found.run, entry.run))
                    return index;
                return {
                    ...index,
                    annotations: { ...index.annotations, ...renderRecordAnnotations(tag, entry) },
                };
            });
            return undefined;
        }),
        restorePromotionEntry: (tag, { run }, previous) => guarded(() => changeIndex((index) => {
            const found = parseRecordAnnotations(tag, index.annotations ?? {});
            if (found === undefined || (0,promotion/* isNewerRun */.VZ)(found.run, run))
                return index;
            const others = Object.entries(index.annotations ?? {}).filter(([name]) => name !== renderAnnotationName(tag));
            const restored = previous === undefined ? {} : renderRecordAnnotations(tag, previous);
            return { ...index, annotations: { ...Object.fromEntries(others), ...restored } };
        })),
        describeRecord: (tag) => `the annotation ${renderAnnotationName(tag)} in ${indexFile}`,
    };
}
function withoutTag({ manifests }, tag) {
    return manifests.filter(({ annotations }) => annotations?.[REF_NAME] !== tag);
}
function parseJson(text, schema, file) {
    try {
        return schema.parse(JSON.parse(text));
    }
    catch (cause) {
        throw malformed(file, cause);
    }
}
function malformed(file, cause) {
    return new action_error/* ActionError */.lZ("REGISTRY_FAILED", `${file} is not a valid file of an OCI layout`, {
        cause,
        hint: "Use a folder that is empty or a valid OCI layout.",
    });
}
/**
 * Creates the layout in an empty folder. Rejects, and writes nothing, if the folder contains something else.
 */
async function openFolder(folder) {
    const layoutFile = (0,external_node_path_.join)(folder, "oci-layout");
    const layout = await (0,files/* readRegularFileIfPresent */.dM)(layoutFile);
    if (layout !== undefined)
        parseJson(layout, LAYOUT, layoutFile);
    else {
        await (0,promises_.mkdir)(folder, { recursive: true });
        if ((await (0,promises_.readdir)(folder)).length > 0) {
            throw new action_error/* ActionError */.lZ("REGISTRY_FAILED", `${folder} is neither empty nor an OCI layout`, {
                hint: "Use a folder that is empty or a valid OCI layout.",
            });
        }
        await (0,files/* writeFileAtomically */.lo)(layoutFile, JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    }
    await (0,promises_.mkdir)((0,external_node_path_.join)(folder, "blobs/sha256"), { recursive: true });
}
async function storeBlob(file, blob, signal) {
    if (await hasBlob(file, blob, signal))
        return "reused";
    signal?.throwIfAborted();
    const source = await (0,model_image/* readySource */.p)(blob);
    if ("bytes" in source) {
        await (0,files/* writeFileAtomically */.lo)(file, source.bytes);
        return "sent";
    }
    const draft = (0,external_node_path_.join)((0,external_node_path_.dirname)(file), `.${(0,external_node_crypto_.randomBytes)(6).toString("hex")}.tmp`);
    try {
        await (0,files/* copyToNewFile */.R7)(source.file, draft, signal);
        await (0,promises_.rename)(draft, file);
    }
    finally {
        await (0,promises_.rm)(draft, { force: true });
    }
    return "sent";
}
/**
 * Whether a regular file has the blob's content. A link does not count: its target may change, so replace it.
 */
async function hasBlob(file, { digest, sizeBytes }, signal) {
    try {
        const found = await (0,promises_.lstat)(file);
        if (!found.isFile() || found.size !== sizeBytes)
            return false;
    }
    catch (error) {
        if ((0,errno/* isErrno */.r)(error, "ENOENT"))
            return false;
        throw error;
    }
    return (await (0,files/* hashFile */.DC)(file, signal)) === digest;
}

// EXTERNAL MODULE: ./src/platform/clock.ts
var platform_clock = __webpack_require__(53037);
// EXTERNAL MODULE: ./src/platform/log.ts
var log = __webpack_require__(74425);
// EXTERNAL MODULE: ./src/platform/retry.ts
var retry = __webpack_require__(70385);
;// CONCATENATED MODULE: ./src/registry/authorization.ts


/** Parses a `WWW-Authenticate` header. Prefers Bearer to Basic; undefined if it has neither. Never throws. */
function tryParseChallenge(header) {
    const bearer = /(?:^|,)\s*bearer\s(.*)/is.exec(header)?.[1];
    if (bearer !== undefined) {
        const parameters = new Map([...bearer.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [
            name.toLowerCase(),
            value,
        ]));
        const realm = parameters.get("realm");
        if (realm !== undefined)
            return { scheme: "bearer", realm, service: parameters.get("service") };
    }
    return /(?:^|,)\s*basic(?:\s|$)/i.test(header) ? { scheme: "basic" } : undefined;
}
/** The value of an `Authorization` header for Basic authentication. @see RFC 7617 */
function renderBasic({ username, password }) {
    return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
/**
 * The URL that issues a token with the given scopes.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
function renderTokenUrl(realm, { service }, scopes) {
    const url = new URL(realm);
    if (service !== undefined)
        url.searchParams.set("service", service);
    for (const scope of scopes)
        url.searchParams.append("scope", scope);
    return url;
}
/**
 * The form that exchanges an identity token for a token with the given scopes.
 * @see https://distribution.github.io/distribution/spec/auth/oauth/
 */
function renderRefreshForm({ service = "" }, scopes, identityToken) {
    return new URLSearchParams({
        grant_type: "refresh_token",
        client_id: "cross-build",
        service,
        scope: scopes.join(" "),
        refresh_token: identityToken,
    }).toString();
}
/** The characters that RFC 6750 allows in an `Authorization` header. */
const TOKEN = schemas/* string */.YjP().regex(/^[A-Za-z0-9._~+/=-]+$/);
/** The specification allows either name for the token. */
const ANSWER = schemas/* object */.Ikc({
    token: TOKEN.optional(),
    access_token: TOKEN.optional(),
    expires_in: schemas/* number */.aig().optional().catch(undefined),
});
/** The lifetime of a token whose service names none, and the shortest that the specification allows. */
const MIN_LIFETIME_S = 60;
/** The token in a token service's answer, and its lifetime. Throws `REGISTRY_DENIED` if it has none. */
function parseTokenAnswer(body, registry) {
    try {
        const answer = ANSWER.parse(JSON.parse(Buffer.from(body).toString()));
        const token = answer.token ?? answer.access_token;
        const lifetimeMs = Math.max(answer.expires_in ?? 0, MIN_LIFETIME_S) * 1000;
        if (token !== undefined)
            return { token, lifetimeMs };
    }
    catch {
        // Do not show the parser's message: it may contain part of a token.
    }
    throw new action_error/* ActionError */.lZ("REGISTRY_DENIED", `the token service of ${registry} returned no valid token`, {
        hint: "Check registry-username and registry-password, and that the account may push to this repository.",
    });
}

;// CONCATENATED MODULE: ./src/registry/address.ts

/** The base URL of a registry: HTTPS, or HTTP on loopback. The API of `docker.io` has another host name. */
function originOf(registry) {
    if (registry === "docker.io")
        return new URL("https://registry-1.docker.io");
    const url = new URL(`https://${registry}`);
    return isLoopback(url.hostname) ? new URL(`http://${registry}`) : url;
}
/**
 * Parses a URL from a registry's answer, relative to the URL that was requested. Throws `code` if the URL
 * contains credentials or does not use HTTPS. Only a registry on loopback may use HTTP, and only for loopback
 * addresses.
 */
function parseUrl(text, from, registry, code = "REGISTRY_FAILED") {
    const url = URL.canParse(text, from.href) ? new URL(text, from) : undefined;
    if (url !== undefined && isSafe(url, originOf(registry)))
        return url;
    // Show no more of it: a registry may put into a URL what it was sent.
    const shown = url === undefined ? "" : `: ${JSON.stringify(`${url.protocol}//${url.host}`.slice(0, 200))}`;
    throw new action_error/* ActionError */.lZ(code, `${registry} returned an invalid or unsafe URL${shown}`, {
        hint: "A registry must return HTTPS URLs without credentials. " +
            "Ask the operator of the registry, or of the proxy in front of it, to fix this.",
    });
}
function isSafe(url, origin) {
    if (url.username !== "" || url.password !== "")
        return false;
    if (url.protocol === "https:")
        return true;
    return url.protocol === "http:" && isLoopback(url.hostname) && isLoopback(origin.hostname);
}
function isLoopback(hostname) {
    return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

// EXTERNAL MODULE: ./src/platform/http.ts + 1 modules
var http = __webpack_require__(99174);
// EXTERNAL MODULE: ./src/platform/redirect.ts
var redirect = __webpack_require__(3167);
;// CONCATENATED MODULE: ./src/registry/retry.ts




/**
 * Runs a piece of work on a registry, with the retries of `retryTransient`. Rejects with `REGISTRY_DENIED` or
 * `REGISTRY_FAILED`, or with the signal's reason when it is aborted.
 */
async function retryOnRegistry(registry, work, options) {
    try {
        return await (0,retry/* retryTransient */.jh)(work, options);
    }
    catch (error) {
        throw toRegistryError(registry, error);
    }
}
function toRegistryError(registry, error) {
    if (error instanceof retry/* StatusError */.Xs) {
        const isDenied = error.status === 401 || error.status === 403;
        return new action_error/* ActionError */.lZ(isDenied ? "REGISTRY_DENIED" : "REGISTRY_FAILED", error.message, {
            hint: isDenied
                ? "Check registry-username and registry-password, and that the account may push to this " +
                    "repository. On ghcr.io, the job needs the permission packages: write."
                : "Run again. If the error persists, ask the operator of the registry.",
        });
    }
    if (error instanceof retry/* ConnectionError */.Rc) {
        return new action_error/* ActionError */.lZ("REGISTRY_FAILED", `${registry} cannot be reached`, {
            cause: error,
            hint: "Check the host name of the registry, the network, and the proxy variables if there are any.",
        });
    }
    if (error instanceof retry/* ProxyError */.T6) {
        return new action_error/* ActionError */.lZ("REGISTRY_FAILED", `${registry} cannot be reached`, {
            cause: error,
            hint: error.status === 407
                ? "Set https_proxy and http_proxy to http://USER:PASSWORD@HOST:PORT, with both in percent encoding."
                : "Ask the operator of the proxy to allow this host, or add the host to no_proxy.",
        });
    }
    if (error instanceof redirect/* RedirectError */.Lx) {
        return new action_error/* ActionError */.lZ("REGISTRY_FAILED", `${registry} sends requests elsewhere: ${error.message}`, {
            hint: "If the registry has moved, set its new host in the input image. Otherwise ask the operator of the " +
                "registry, or of the proxy in front of it.",
        });
    }
    if (error instanceof http/* BodyError */.Ru) {
        return new action_error/* ActionError */.lZ("REGISTRY_FAILED", `cannot read what is to be sent to ${registry}`, {
            cause: error,
            hint: "Check that nothing else changes or removes the image during the run.",
        });
    }
    return error;
}

;// CONCATENATED MODULE: ./src/registry/client.ts







const REQUEST_LIMIT_MS = 60_000;
/** The part of a token's lifetime after which a new one is requested. */
const RENEW_AFTER = 0.9;
const MAX_BODY_BYTES = 4 << 20;
/** The body of a longer error is not shown. */
const MAX_ERROR_BYTES = 1 << 16;
const MAX_ERROR_CHARACTERS = 500;
/**
 * A client for one repository. Uses HTTPS, or HTTP for a registry on loopback. Sends credentials only to
 * the registry itself, after it has asked for them, and to the token service that it names; never to a host
 * from a redirect or an upload location.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
function createRegistryClient(registry, repository, credentials, { sendHttp, clock, log, retryDelayMs, timeoutMs = REQUEST_LIMIT_MS, actions = "pull,push", mountFrom, }) {
    const origin = originOf(registry);
    const base = new URL(`/v2/${repository}/`, origin);
    let authorization;
    for (const secret of credentials === undefined ? [] : listSecrets(credentials))
        log.mask(secret);
    const scopes = [
        `repository:${repository}:${actions}`,
        ...(mountFrom === undefined ? [] : [`repository:${mountFrom}:pull`]),
    ];
    const authorize = async (challengeHeader, signal) => {
        const challenge = tryParseChallenge(challengeHeader);
        const basic = credentials?.kind === "password" ? renderBasic(credentials) : undefined;
        if (challenge === undefined || (challenge.scheme === "basic" && basic === undefined))
            return;
        if (challenge.scheme === "basic") {
            authorization =
                basic === undefined ? undefined : { header: basic, challengeHeader, renewAtMs: Infinity };
            return;
        }
        const realm = parseUrl(challenge.realm, origin, registry, "REGISTRY_DENIED");
        if (credentials?.kind === "password" &&
            credentials.staysOnHost === true &&
            realm.origin !== origin.origin)
            throw refuseRealm(registry, realm);
        // Elsewhere, the request would be useless without the credentials.
        const own = { expected: [200], staysOnOrigin: credentials !== undefined };
        const request = credentials?.kind === "identity-token"
            ? {
                ...own,
                method: "POST",
                url: realm,
                headers: { "content-type": "application/x-www-form-urlencoded" },
                body: Buffer.from(renderRefreshForm(challenge, scopes, credentials.password)),
            }
            : {
                ...own,
                method: "GET",
                url: renderTokenUrl(realm, challenge, scopes),
                ...(basic !== undefined && { headers: { authorization: basic } }),
            };
        const askedAtMs = clock.nowMs();
        const answer = await exchange(request, request.url, signal);
        const { token, lifetimeMs } = parseTokenAnswer(answer.body, registry);
        log.mask(token);
        const renewAtMs = askedAtMs + lifetimeMs * RENEW_AFTER;
        authorization = { header: `Bearer ${token}`, challengeHeader, renewAtMs };
    };
    /** Sends one request and reads the answer. */
    const exchange = async (request, url, signal) => {
        const { method, headers, body, staysOnOrigin, sink } = request;
        const answer = await sendHttp({
            method,
            url,
            headers,
            body,
            staysOnOrigin,
            parseLocation: (location, from) => parseUrl(location, from, registry),
            signal,
        });
        try {
            if (!request.expected.includes(answer.status)) {
                throw await toStatusError(answer, request, { registry, redact: log.redact, nowMs: clock.nowMs() });
            }
            const { status, headers, url: answered } = answer;
            if (sink === undefined) {
                return { status, headers, url: answered, body: await readBody(answer, request, registry) };
            }
            await sink(answer.body);
            return { status, headers, url: answered, body: new Uint8Array() };
        }
        finally {
            answer.discard();
        }
    };
    const sendOnce = async (request, stop) => {
        const url = typeof request.url === "string" ? new URL(request.url, base) : request.url;
        const isOwn = url.origin === origin.origin;
        const limitMs = request.timeoutMs ?? timeoutMs;
        return (0,platform_clock/* withTimeLimit */.Bv)(clock, limitMs, async (limit) => {
            const signal = stop === undefined ? limit : AbortSignal.any([limit, stop]);
            const attempt = () => exchange(isOwn && authorization !== undefined
                ? { ...request, headers: { ...request.headers, authorization: authorization.header } }
                : request, url, signal);
            try {
                // A registry that refuses an expired token may have taken gigabytes of a layer before it says so.
                if (isOwn && authorization !== undefined && clock.nowMs() >= authorization.renewAtMs)
                    await authorize(authorization.challengeHeader, signal);
                const answered = authorization;
                return await attempt().catch(async (error) => {
                    if (!(error instanceof ChallengeError) || !isOwn)
                        throw error;
                    // Another request may have obtained a token in the meantime.
                    if (authorization === answered)
                        await authorize(error.challenge, signal);
                    return attempt();
                });
            }
            catch (error) {
                if (limit.aborted)
                    throw timedOut(registry, limitMs, error);
                throw error;
            }
        });
    };
    return (work, signal) => retryOnRegistry(registry, () => work((request) => sendOnce(request, signal)), {
        clock,
        log,
        retryDelayMs,
        signal,
    });
}
function refuseRealm(registry, realm) {
    return new action_error/* ActionError */.lZ("REGISTRY_DENIED", `${registry} names a token service on another host, ${realm.host}, which must not receive github-token`, { hint: "Set registry-username and registry-password to log in there, or run docker login before." });
}
/** A 401 answer, with its `WWW-Authenticate` header. */
class ChallengeError extends retry/* StatusError */.Xs {
    challenge;
    constructor(message, challenge) {
        super(message, { status: 401, isTransient: false });
        this.challenge = challenge;
    }
}
/** What must not be shown of an answer that repeats a request. */
function listSecrets(credentials) {
    if (credentials.kind === "identity-token")
        return [credentials.password];
    const encoded = renderBasic(credentials).slice("Basic ".length);
    return [credentials.password, encoded.replace(/=+$/, ""), encoded];
}
async function readBody(answer, { method }, registry) {
    const bytes = await readAtMost(answer, MAX_BODY_BYTES);
    if (bytes !== undefined)
        return bytes;
    throw new action_error/* ActionError */.lZ("REGISTRY_FAILED", `${registry} answered ${method} with more than ${MAX_BODY_BYTES} bytes`, { hint: "Check the host in the input image: this server is not a container registry, or is broken." });
}
/** The body of an answer; undefined if it is longer. */
async function readAtMost({ body }, maxBytes) {
    const chunks = [];
    let size = 0;
    for await (const chunk of body) {
        chunks.push(chunk);
        size += chunk.length;
        if (size > maxBytes)
            return undefined;
    }
    return Buffer.concat(chunks);
}
async function toStatusError(answer, { method, transient = [] }, { registry, redact, nowMs, }) {
    const { status, headers, url } = answer;
    const body = (await readAtMost(answer, MAX_ERROR_BYTES)) ?? Buffer.from("an error of more than 64 KiB");
    const said = redact((0,log/* sanitizeText */.jZ)(body.toString())).replace(/\s+/g, " ").trim();
    // Leave out the query, which may contain an upload's state or a signature.
    const path = redact(url.pathname);
    const details = said === "" ? "" : `: ${said.slice(0, MAX_ERROR_CHARACTERS)}`;
    const message = `${registry} answered ${status} to ${method} ${path}${details}`;
    if (status === 401)
        return new ChallengeError(message, headers.get("www-authenticate") ?? "");
    return new retry/* StatusError */.Xs(message, {
        status,
        isTransient: (0,retry/* isTransientStatus */.Dm)(status) || transient.includes(status),
        retryAfterMs: (0,retry/* parseRetryAfter */.mu)(headers.get("retry-after"), nowMs),
    });
}
function timedOut(registry, limitMs, cause) {
    return new action_error/* ActionError */.lZ("REGISTRY_FAILED", `${registry} did not complete a request within ${limitMs / 1000} s`, { cause, hint: "Check the network connection to the registry, then run again." });
}

// EXTERNAL MODULE: ./src/registry/immutable-tag.ts
var immutable_tag = __webpack_require__(25046);
;// CONCATENATED MODULE: ./src/registry/upload.ts




/** The slowest transfer rate that the time limits allow, in bytes per millisecond. */
const SLOWEST_UPLOAD = 100;
/**
 * Answers to a whole blob from servers that take it in parts only, such as a proxy with a limit for bodies.
 */
const NOT_WHOLE = [405, 411, 413, 501];
/** ghcr.io takes no larger parts than the first size. The last passes nginx, which takes 1 MiB by default. */
const PART_BYTES = [4 << 20, 512 << 10];
/**
 * Uploads a blob, or mounts it if it is in `mountFrom`, the repository of the base image. The whole upload is
 * one piece of work: after a transient error it starts over with a new upload session.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md (Mounting a blob from another
 * repository)
 */
async function pushBlob(use, blob, { mountFrom, signal, limits = { wholeBytes: Infinity } } = {}) {
    let isBegun = false;
    return use(async (send) => {
        const found = await send({ method: "HEAD", url: `blobs/${blob.digest}`, expected: [200, 404] });
        // A previous attempt may have uploaded the blob although its answer was lost.
        if (found.status === 200)
            return isBegun ? "sent" : "reused";
        isBegun = true;
        // A registry that finds the blob in `mountFrom`, or in any other repository, answers 201. Otherwise it
        // opens an upload session.
        const from = mountFrom === undefined ? "" : `&from=${encodeURIComponent(mountFrom)}`;
        const url = `blobs/uploads/?mount=${blob.digest}${from}`;
        const upload = await send({ method: "POST", url, expected: [201, 202] });
        if (upload.status === 201)
            return "reused";
        const source = await (0,model_image/* readySource */.p)(blob);
        if (blob.sizeBytes < limits.wholeBytes) {
            const { status } = await send({
                ...SENT_PART,
                method: "PUT",
                url: uploadUrl(upload, blob.digest),
                body: readPart(source, 0, blob.sizeBytes),
                expected: [...SENT_PART.expected, ...NOT_WHOLE],
                timeoutMs: limitTime(blob.sizeBytes),
            });
            if (!NOT_WHOLE.includes(status))
                return "sent";
            limits.wholeBytes = Math.min(limits.wholeBytes, blob.sizeBytes);
        }
        await sendInParts(send, { ...blob, source });
        return "sent";
    }, signal);
}
/** Whether the repository has a blob of that digest and size. */
function upload_hasBlob(use, { digest, sizeBytes }, signal) {
    return use(async (send) => {
        const { status, headers } = await send({ method: "HEAD", url: `blobs/${digest}`, expected: [200, 404] });
        return status === 200 && (headers.get("content-length") ?? String(sizeBytes)) === String(sizeBytes);
    }, signal);
}
const SENT_PART = {
    headers: { "content-type": "application/octet-stream" },
    expected: [201, 202, 204],
    transient: [404, 416],
};
/**
 * Uploads a blob in parts, each in a request of its own, in a new session.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-a-blob-in-chunks
 */
async function sendInParts(send, blob) {
    for (const partBytes of PART_BYTES) {
        const session = await send({ method: "POST", url: "blobs/uploads/", expected: [202] });
        const location = await sendParts(send, blob, session, partBytes);
        if (location === "too large")
            continue;
        location.searchParams.set("digest", blob.digest);
        await send({ ...SENT_PART, method: "PUT", url: location });
        return;
    }
}
/** Resolves to the location at which the upload ends. Only the smallest part is never `too large`. */
async function sendParts(send, blob, session, partBytes) {
    const least = Number(/^[0-9]{1,9}$/.exec(session.headers.get("oci-chunk-min-length") ?? "")?.[0] ?? 0);
    const size = Math.max(partBytes, least);
    const isLast = partBytes === PART_BYTES.at(-1);
    let location = readLocation(session);
    for (let start = 0; start < blob.sizeBytes; start += size) {
        const end = Math.min(start + size, blob.sizeBytes);
        const answer = await send({
            method: "PATCH",
            url: location,
            headers: { ...SENT_PART.headers, "content-range": `${start}-${end - 1}` },
            body: readPart(blob.source, start, end),
            expected: [...SENT_PART.expected, ...(isLast ? [] : [413])],
            transient: SENT_PART.transient,
            timeoutMs: limitTime(end - start),
        });
        if (answer.status === 413)
            return "too large";
        location = readLocation(answer);
    }
    return location;
}
function readPart(source, start, end) {
    return "bytes" in source
        ? source.bytes.subarray(start, end)
        : (0,http/* readFileBody */.lX)(source.file, end - start, start);
}
/** The time limit for sending or receiving so many bytes. */
function limitTime(sizeBytes) {
    return 60_000 + Math.ceil(sizeBytes / SLOWEST_UPLOAD);
}
/** Starts an upload without content. Resolves to the URL of its session. */
function startUpload(use) {
    return use(async (send) => readLocation(await send({ method: "POST", url: "blobs/uploads/", expected: [202] })));
}
/** Answers to a cancellation that are not worth another attempt: the session expires anyway. */
const CANCELLED_OR_NOT = [200, 202, 204, 400, 404, 405, 429, 500, 501, 502, 503, 504];
/**
 * Cancels an upload, where the registry supports that.
 * @see https://distribution.github.io/distribution/spec/api/#canceling-an-upload
 */
async function cancelUpload(use, upload) {
    await use((send) => send({ method: "DELETE", url: upload, expected: CANCELLED_OR_NOT }));
}
function uploadUrl(answer, digest) {
    const upload = readLocation(answer);
    upload.searchParams.set("digest", digest);
    return upload;
}
/** The `Location` may be relative, or absolute on another host, and may have its own query parameters. */
function readLocation({ headers, url }) {
    const location = headers.get("location");
    if (location === null) {
        throw new action_error/* ActionError */.lZ("REGISTRY_FAILED", `${url.host} opened an upload without a Location header`, {
            hint: "Check the host in the input image: this server is not a container registry, or is broken.",
        });
    }
    return parseUrl(location, url, url.host);
}

;// CONCATENATED MODULE: ./src/registry/registry-repository.ts










const PARALLEL_UPLOADS = 4;
const RECORD_TYPE = "application/vnd.fluo.cross-build.promotion.v1";
/** Answers of registries that accept only images, or whose tags are immutable. A retry would not help. */
const NOT_ACCEPTED = [400, 404, 405, 406, 409, 412, 415, 422];
/**
 * @see https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidance-for-an-empty-descriptor
 */
const EMPTY = {
    mediaType: media_type/* OCI_EMPTY */.g1,
    digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    sizeBytes: 2,
    source: { bytes: Buffer.from("{}") },
};
const ANNOTATED = schemas/* looseObject */._H3({ annotations: schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* string */.YjP()).default({}) });
/** A repository of a registry. Its methods reject with `REGISTRY_DENIED` and `REGISTRY_FAILED`. */
function openRegistryRepository(use, mountFrom) {
    // Blobs from this size on are sent in parts, since the registry has refused one of them as a whole.
    const limits = { wholeBytes: Infinity };
    const repository = {
        pushBlob: (layer, signal) => pushBlob(use, layer, { mountFrom, limits, ...(signal && { signal }) }),
        hasBlob: (blob, signal) => upload_hasBlob(use, blob, signal),
        push: async (image, known) => {
            const states = new Map(known);
            // An image may contain the same layer twice.
            const all = new Map(image.layers.map((layer) => [layer.digest, layer]));
            const unique = [...all.values()].filter(({ digest }) => !states.has(digest));
            await forEachInParallel(unique, async (layer, signal) => {
                states.set(layer.digest, await pushBlob(use, layer, { mountFrom, signal, limits }));
            });
            await pushBlob(use, image.config, { limits });
            await pushManifest(use, image.manifest);
            return image.layers.map(({ digest, sizeBytes }) => ({
                digest,
                sizeBytes,
                state: states.get(digest) ?? "reused",
            }));
        },
        pushIndex: (index) => pushManifest(use, index),
        readManifest: async (digest) => {
            const manifest = await use((send) => readManifest(send, digest));
            requireDigest(digest, (0,model_digest/* digestOf */.ol)(manifest.bytes));
            return manifest;
        },
        fetchBlob: async ({ digest, sizeBytes }, file) => {
            const timeoutMs = limitTime(sizeBytes);
            const sink = (body) => (0,fetch_image/* writeBlob */.Zh)(body, { digest, sizeBytes }, file);
            await use((send) => send({ method: "GET", url: `blobs/${digest}`, expected: [200], sink, timeoutMs }));
        },
        hasManifest: (digest) => use(async (send) => (await headManifest(send, digest)).status === 200),
        readTag: (tag) => use(async (send) => {
            const { status, headers } = await headManifest(send, tag);
            if (status === 404)
                return undefined;
            const digest = headers.get("docker-content-digest") ?? "";
            return (0,model_digest/* isDigest */.Bc)(digest) ? digest : (0,model_digest/* digestOf */.ol)((await readManifest(send, tag)).bytes);
        }),
        moveTag: async (tag, digest) => {
            const manifest = await repository.readManifest(digest);
            try {
                await putManifest(use, tag, digest, manifest);
            }
            catch (error) {
                if (!(0,immutable_tag/* isImmutable */.t3)(error))
                    throw error;
                // Registries refuse even the image that the tag has.
                if ((await repository.readTag(tag)) !== digest)
                    throw (0,immutable_tag/* explainImmutable */.Om)(tag, error);
            }
        },
        removeTag: async (tag) => {
            await use((send) => send({ method: "DELETE", url: `manifests/${tag}`, expected: [202, 404] }));
        },
        readPromotionEntries: async (tag) => {
            const found = await Promise.all(listRecordTags(tag).map((recordTag) => use(async (send) => {
                const { status } = await headManifest(send, recordTag);
                if (status === 404)
                    return undefined;
                return parseRecordAnnotations(tag, parseAnnotations((await readManifest(send, recordTag)).bytes));
            })));
            return found.filter((entry) => entry !== undefined);
        },
        writePromotionEntry: (tag, entry) => writeRecord(use, chooseRecordTag(tag, entry.run), renderRecordAnnotations(tag, entry)),
        restorePromotionEntry: async (tag, entry, previous) => {
            // An empty entry for none, since many registries do not support deleting a tag.
            const annotations = previous === undefined ? {} : renderRecordAnnotations(tag, previous);
            await writeRecord(use, chooseRecordTag(tag, entry.run), annotations);
        },
        describeRecord: (tag) => `the tags ${listRecordTags(tag).join(", ")}`,
    };
    return repository;
}
/**
 * Writes a manifest without content to a tag of the record. Resolves to the reason if the registry does not
 * accept it.
 */
async function writeRecord(use, recordTag, annotations) {
    await pushBlob(use, EMPTY);
    const empty = { mediaType: EMPTY.mediaType, digest: EMPTY.digest, size: EMPTY.sizeBytes };
    const manifest = {
        schemaVersion: 2,
        mediaType: media_type/* OCI_MANIFEST */.EG,
        artifactType: RECORD_TYPE,
        config: empty,
        layers: [empty],
        annotations,
    };
    const { status } = await use((send) => send({
        method: "PUT",
        url: `manifests/${recordTag}`,
        headers: { "content-type": media_type/* OCI_MANIFEST */.EG },
        body: Buffer.from(JSON.stringify(manifest)),
        expected: [201, ...NOT_ACCEPTED],
    }));
    return status === 201 ? undefined : `the registry answered ${status} to a manifest of type ${RECORD_TYPE}`;
}
async function pushManifest(use, { digest, mediaType, ...blob }) {
    const { status } = await use((send) => headManifest(send, digest));
    if (status === 200)
        return;
    const source = await (0,model_image/* readySource */.p)(blob);
    const bytes = "bytes" in source ? Buffer.from(source.bytes) : await (0,promises_.readFile)(source.file);
    await putManifest(use, digest, digest, { bytes, mediaType });
    const back = await use((send) => readManifest(send, digest));
    requireDigest(digest, (0,model_digest/* digestOf */.ol)(back.bytes));
}
async function putManifest(use, reference, digest, { bytes, mediaType }) {
    const { headers } = await use((send) => send({
        method: "PUT",
        url: `manifests/${reference}`,
        headers: { "content-type": mediaType },
        body: bytes,
        expected: [201],
    }));
    requireDigest(digest, headers.get("docker-content-digest") ?? digest);
}
function headManifest(send, reference) {
    const headers = { accept: media_type/* MANIFEST_TYPES */._P.join(", ") };
    return send({ method: "HEAD", url: `manifests/${reference}`, headers, expected: [200, 404] });
}
async function readManifest(send, reference) {
    const headers = { accept: media_type/* MANIFEST_TYPES */._P.join(", ") };
    const answer = await send({ method: "GET", url: `manifests/${reference}`, headers, expected: [200] });
    return { bytes: answer.body, mediaType: answer.headers.get("content-type") ?? media_type/* OCI_MANIFEST */.EG };
}
/** Anyone who can push may have replaced the record: treat malformed content as an empty record. */
function parseAnnotations(bytes) {
    try {
        return ANNOTATED.parse(JSON.parse(Buffer.from(bytes).toString())).annotations;
    }
    catch {
        return {};
    }
}
function requireDigest(wanted, got) {
    if (got === wanted)
        return;
    // Show nothing else of a header: it may repeat what the registry was sent.
    const shown = (0,model_digest/* isDigest */.Bc)(got) ? `the digest ${got}` : "something that is not a SHA-256 digest";
    throw new action_error/* ActionError */.lZ("REGISTRY_FAILED", `the registry has a manifest with ${shown} instead of ${wanted}`, {
        hint: "A proxy in front of the registry may change manifests. Connect to the registry directly.",
    });
}
/**
 * Runs `work` for every item, a few at a time. After the first failure, aborts the rest and waits until it
 * has stopped.
 */
async function forEachInParallel(items, work) {
    const stop = new AbortController();
    const queue = items.values();
    const worker = async () => {
        for (const item of queue) {
            try {
                await work(item, stop.signal);
            }
            catch (error) {
                stop.abort(error);
            }
            if (stop.signal.aborted)
                return;
        }
    };
    await Promise.all(Array.from({ length: PARALLEL_UPLOADS }, worker));
    if (stop.signal.aborted)
        throw stop.signal.reason;
}

;// CONCATENATED MODULE: ./src/registry/open-image-repository.ts







/**
 * Opens the repository that an image reference names, without accessing it yet. Rejects with
 * `REGISTRY_DENIED` if the stored credentials cannot be read.
 */
async function openImageRepository(reference, options, effects) {
    if (reference.kind === "oci-layout") {
        const folder = (0,external_node_path_.resolve)(options.workingDirectory, reference.folder);
        return openOciLayout(folder, effects.clock, options.signal);
    }
    const { baseName } = options;
    const mountFrom = baseName === undefined ? undefined : siblingOf(baseName, reference.registry);
    const openClient = await createOpener(reference, options, effects);
    return openRegistryRepository(openClient({ mountFrom }), mountFrom);
}
/**
 * Requires that the registry accepts uploads to the repository: starts one, without content, and cancels it.
 * Only that answers the question for every registry, since a token may allow less than was asked for. Rejects
 * with `REGISTRY_DENIED` and `REGISTRY_FAILED`.
 */
async function requirePushAccess(reference, options, effects) {
    const openClient = await createOpener(reference, options, effects);
    const upload = await startUpload(openClient({}));
    // Registries that issue tokens ask for one that may delete. If they deny it, the upload expires anyway.
    await cancelUpload(openClient({ actions: "pull,push,delete" }), upload).catch(() => undefined);
}
/** Finds the credentials for a repository. Resolves to a function that opens clients with them. */
async function createOpener({ registry, repository }, { credentials, fallback, signal }, effects) {
    const login = credentials ?? (await findCredentials({ registry, repository }, effects)) ?? fallback;
    return (options) => abortWith(createRegistryClient(registry, repository, login, { ...effects, ...options }), signal);
}
/** The same client, all of whose work `signal` aborts. */
function abortWith(use, signal) {
    if (signal === undefined)
        return use;
    return (work, own) => use(work, own === undefined ? signal : AbortSignal.any([signal, own]));
}
/** The repository of a base image; undefined if it is not in this registry. */
function siblingOf(baseName, registry) {
    try {
        const base = (0,image_reference/* parseImageReference */.o_)(baseName.replace(/@sha256:[0-9a-f]+$/, "").replace(/:[\w.-]+$/, ""));
        return base.kind === "registry" && base.registry === registry ? base.repository : undefined;
    }
    catch {
        return undefined;
    }
}

;// CONCATENATED MODULE: ./src/pipeline/open-repository.ts


/** The only registry that receives `github-token`. */
const GITHUB_REGISTRY = "ghcr.io";
/**
 * Opens the repository for the job's image, with the inputs' login. All its operations end when the run is
 * cancelled. Rejects with `REGISTRY_DENIED`.
 */
function openRepository(image, login, baseName, context) {
    const { signal } = context;
    return openImageRepository(image, { ...accessOf(image, login, context), baseName, signal }, context);
}
/**
 * Opens the repository for a promotion. Its operations also work after a cancellation, so that tags can be
 * moved back. Rejects with `REGISTRY_DENIED`.
 */
function openRepositoryToPromote(image, login, context) {
    const effects = { ...context, clock: context.steadyClock };
    return openImageRepository(image, { ...accessOf(image, login, context), baseName: undefined }, effects);
}
/** Requires that the job may push to its image's repository. Rejects as its push would. */
function open_repository_requirePushAccess(image, login, context) {
    return requirePushAccess(image, { ...accessOf(image, login, context), signal: context.signal }, context);
}
function accessOf(image, login, context) {
    const { registryLogin, workingDirectory } = login;
    const credentials = registryLogin === undefined ? undefined : { kind: "password", ...registryLogin };
    return { credentials, fallback: tokenFor(image, login, context), workingDirectory };
}
/**
 * `github-token` as credentials for GitHub's own registry, on events that may push. On others, whoever wrote
 * the code decides what is requested.
 */
function tokenFor(image, { githubToken, push = "auto" }, { event, environment }) {
    if (githubToken === undefined || image.kind !== "registry" || image.registry !== GITHUB_REGISTRY)
        return undefined;
    if (!(0,push_policy/* decidePush */.vn)("image", push, event).isAllowed)
        return undefined;
    const { GITHUB_ACTOR: username = "x-access-token" } = environment;
    return { kind: "password", username, password: githubToken, staysOnHost: true };
}


/***/ }),

/***/ 56797:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   AE: () => (/* binding */ isLeftToLaterGate),
/* harmony export */   Gj: () => (/* binding */ gate),
/* harmony export */   ME: () => (/* binding */ UNFINISHED_GATE),
/* harmony export */   aq: () => (/* binding */ smokeTestImages)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _model_system_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(26872);
/* harmony import */ var _smoke_smoke_test_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(83357);



/**
 * Runs the smoke test on the image of every target. If the job does not promote, images for another CPU are
 * left to a later gate, unless emulation is allowed. Fails with `GATE_FAILED`, and with the codes of
 * `openContainerEngine` and `runSmokeTest`; then no tag may move.
 */
async function gate(context, { loads, ...input }) {
    const { job, images } = input;
    let runtime;
    try {
        runtime = await loads.openEngine();
    }
    catch (thrown) {
        return { record: { promotion: UNFINISHED_GATE }, error: (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .toActionError */ .ie)(thrown) };
    }
    const isLeft = ({ target }) => isLeftToLaterGate(job, runtime, target);
    for (const { target } of images.filter(isLeft))
        context.log.info(`the smoke test of ${target} is left to a gate on its CPU`);
    const own = images.filter((image) => !isLeft(image));
    const load = (image) => loads.take(image);
    return smokeTestImages(context, { ...input, images: own, runtime, origin: "made", load });
}
/** Whether another job tests the image of a target: this one does not promote, and has another CPU. */
function isLeftToLaterGate({ isPromoted, isEmulatedGateAllowed }, { system }, target) {
    return !isPromoted && system !== target && !isEmulatedGateAllowed;
}
/** Tests the images one after the other, also after one has failed its test. Fails with `GATE_FAILED`. */
async function smokeTestImages(context, { job, smokeTest, images, runtime, origin, load }) {
    const smokeTests = [];
    const gateResults = [];
    try {
        for (const image of images) {
            const { target, read } = image;
            const candidate = { image: read.image, target, origin, load: () => load(image) };
            const effects = { ...context, runtime };
            const result = await (0,_smoke_smoke_test_js__WEBPACK_IMPORTED_MODULE_2__/* .runSmokeTest */ .p)(smokeTest, candidate, job.isEmulatedGateAllowed, effects);
            smokeTests.push({ target, ...result });
            gateResults.push({
                run: context.event.run?.id ?? null,
                digest: read.image.manifest.digest,
                platform: nameOf(target),
                smokeTest: smokeTest.digest,
                engine: runtime.system === undefined ? null : nameOf(runtime.system),
                outcome: result.outcome,
            });
            if (result.outcome === "failed") {
                context.log.group(`last log lines of the container for ${target}`, result.containerLog.split("\n"));
            }
        }
    }
    catch (thrown) {
        return { record: { smokeTests, gateResults, promotion: UNFINISHED_GATE }, error: (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .toActionError */ .ie)(thrown) };
    }
    const failed = smokeTests.filter(({ outcome }) => outcome === "failed");
    if (failed.length === 0)
        return { record: { smokeTests, gateResults }, output: undefined };
    const error = new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("GATE_FAILED", `the smoke test failed: ${failed.map(renderFailure).join("; ")}`, { hint: "Fix the image or the check; the container's last lines are in the log. No tag was moved." });
    return { record: { smokeTests, gateResults, promotion: withhold("the smoke test failed") }, error };
}
function nameOf(system) {
    return (0,_model_system_js__WEBPACK_IMPORTED_MODULE_1__/* .renderPlatform */ .qn)((0,_model_system_js__WEBPACK_IMPORTED_MODULE_1__/* .platformOf */ .tj)(system));
}
function withhold(reason) {
    return { state: "withheld", reason, tags: [] };
}
/** The promotion record of a gate whose smoke tests have not finished: it has moved no tag. */
const UNFINISHED_GATE = withhold("the smoke test did not finish");
function renderFailure({ target, checks }) {
    const failed = checks.filter(({ outcome }) => outcome === "failed");
    return `${target}: ${failed.map(({ name, detail }) => `${name}: ${detail}`).join("; ")}`;
}


/***/ }),

/***/ 4287:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Zh: () => (/* binding */ writeBlob),
/* harmony export */   aK: () => (/* binding */ fetchImage),
/* harmony export */   px: () => (/* binding */ readImageSize),
/* harmony export */   v8: () => (/* binding */ listImages)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_crypto__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(73024);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_fs__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(51455);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_2___default = /*#__PURE__*/__webpack_require__.n(node_fs_promises__WEBPACK_IMPORTED_MODULE_2__);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_3___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_3__);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(24085);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_4___default = /*#__PURE__*/__webpack_require__.n(node_stream_promises__WEBPACK_IMPORTED_MODULE_4__);
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(92857);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(22714);
/* harmony import */ var _model_digest_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(95305);
/* harmony import */ var _model_media_type_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(22570);
/* harmony import */ var _model_named_platform_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(9738);
/* harmony import */ var _model_system_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(26872);











const digest = zod__WEBPACK_IMPORTED_MODULE_10__/* .string */ .YjP().refine(_model_digest_js__WEBPACK_IMPORTED_MODULE_6__/* .isDigest */ .Bc);
const DESCRIPTOR = zod__WEBPACK_IMPORTED_MODULE_10__/* .looseObject */ ._H3({ mediaType: zod__WEBPACK_IMPORTED_MODULE_10__/* .string */ .YjP(), digest, size: zod__WEBPACK_IMPORTED_MODULE_10__/* .int */ .Whr().min(0) });
const INDEX = zod__WEBPACK_IMPORTED_MODULE_10__/* .looseObject */ ._H3({
    manifests: zod__WEBPACK_IMPORTED_MODULE_10__/* .array */ .YOg(DESCRIPTOR.extend({ platform: _model_named_platform_js__WEBPACK_IMPORTED_MODULE_8__/* .NAMED_PLATFORM */ .C.optional() })),
});
const MANIFEST = zod__WEBPACK_IMPORTED_MODULE_10__/* .looseObject */ ._H3({ config: DESCRIPTOR, layers: zod__WEBPACK_IMPORTED_MODULE_10__/* .array */ .YOg(DESCRIPTOR).max(1000) });
/** More than any real image needs, compressed. Rejects a manifest with absurd sizes before the download. */
const MAX_IMAGE_BYTES = 64 * 2 ** 30;
/**
 * Downloads an image into `folder` as an OCI layout. `wanted` is the digest of the image, or of an image
 * index that lists one image for `target`. Verifies each manifest against its digest, and each blob against
 * its digest and size. Resolves to the digest of the image's manifest. Rejects with `IMAGE_INVALID` if a
 * document is malformed or the index does not list exactly one image for the target, and with the codes of
 * the repository.
 */
async function fetchImage(repository, wanted, target, folder) {
    const found = await findManifest(repository, wanted, target);
    const { config, layers } = parseDocument(found.bytes, MANIFEST, found.digest);
    const blobs = new Map([config, ...layers].map((blob) => [blob.digest, blob]));
    const bytes = [...blobs.values()].reduce((sum, { size }) => sum + size, 0);
    if (bytes > MAX_IMAGE_BYTES)
        throw invalid(found.digest, `claims a size of ${bytes} bytes`);
    const blobFolder = (0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(folder, "blobs/sha256");
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.mkdir)(blobFolder, { recursive: true });
    const fileOf = (name) => (0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(blobFolder, name.slice("sha256:".length));
    for (const blob of blobs.values()) {
        await repository.fetchBlob({ digest: blob.digest, sizeBytes: blob.size }, fileOf(blob.digest));
    }
    const { mediaType } = found;
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.writeFile)(fileOf(found.digest), found.bytes);
    const descriptor = { mediaType, digest: found.digest, size: found.bytes.length };
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.writeFile)((0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }));
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.writeFile)((0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    return found.digest;
}
/**
 * The images of a candidate: the entries of an index, without attestations, which list the platform
 * `unknown/unknown` so that no engine takes them for an image; or the image itself. Rejects like
 * `fetchImage`.
 * @see https://docs.docker.com/build/metadata/attestations/attestation-storage/
 */
async function listImages(repository, wanted) {
    const document = await readDocument(repository, wanted);
    if (!_model_media_type_js__WEBPACK_IMPORTED_MODULE_7__/* .INDEX_TYPES */ .V.includes(document.mediaType))
        return [{ digest: wanted, platform: "unlisted" }];
    return parseDocument(document.bytes, INDEX, wanted)
        .manifests.filter(({ platform }) => platform?.os !== "unknown" || platform.architecture !== "unknown")
        .map(({ digest: own, platform }) => ({ digest: own, platform }));
}
/**
 * The size in bytes of an image for `target`, compressed, as its manifest says: that of its config and its
 * layers. Undefined if `wanted` is an image index that does not list exactly one image for the target.
 * Rejects with `IMAGE_INVALID` if a document is malformed, and with the codes of the repository.
 */
async function readImageSize(repository, wanted, target) {
    const document = await readDocument(repository, wanted);
    let { bytes } = document;
    if (_model_media_type_js__WEBPACK_IMPORTED_MODULE_7__/* .INDEX_TYPES */ .V.includes(document.mediaType)) {
        const [only, ...others] = (0,_model_system_js__WEBPACK_IMPORTED_MODULE_9__/* .pickPlatform */ .vw)(target, parseDocument(bytes, INDEX, wanted).manifests);
        if (only === undefined || others.length > 0)
            return undefined;
        ({ bytes } = await readDocument(repository, only.digest));
    }
    const { config, layers } = parseDocument(bytes, MANIFEST, wanted);
    return [config, ...layers].reduce((sum, { size }) => sum + size, 0);
}
async function findManifest(place, wanted, target) {
    const document = await readDocument(place, wanted);
    if (!_model_media_type_js__WEBPACK_IMPORTED_MODULE_7__/* .INDEX_TYPES */ .V.includes(document.mediaType))
        return document;
    const { manifests } = parseDocument(document.bytes, INDEX, wanted);
    const [only, ...others] = (0,_model_system_js__WEBPACK_IMPORTED_MODULE_9__/* .pickPlatform */ .vw)(target, manifests);
    if (only === undefined || others.length > 0) {
        const platform = (0,_model_system_js__WEBPACK_IMPORTED_MODULE_9__/* .renderPlatform */ .qn)((0,_model_system_js__WEBPACK_IMPORTED_MODULE_9__/* .platformOf */ .tj)(target));
        throw invalid(wanted, `lists ${only === undefined ? "no image" : "several images"} for ${platform}`);
    }
    const manifest = await readDocument(place, only.digest);
    const { size, mediaType } = only;
    if (size !== manifest.bytes.length || mediaType !== manifest.mediaType) {
        const actual = `${manifest.mediaType} of ${manifest.bytes.length} bytes`;
        throw invalid(wanted, `describes ${only.digest} as ${mediaType} of ${size} bytes, but it is ${actual}`);
    }
    return manifest;
}
/** Prefers the media type in the document to the Content-Type header, which the digest does not cover. */
async function readDocument(place, name) {
    const { bytes, mediaType } = await place.readManifest(name);
    const said = parseDocument(bytes, zod__WEBPACK_IMPORTED_MODULE_10__/* .looseObject */ ._H3({ mediaType: zod__WEBPACK_IMPORTED_MODULE_10__/* .string */ .YjP().optional() }), name);
    return { bytes, digest: name, mediaType: said.mediaType ?? mediaType };
}
function parseDocument(bytes, schema, name) {
    try {
        return schema.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
    }
    catch (cause) {
        throw invalid(name, "is not an image manifest or index", cause);
    }
}
function invalid(name, why, cause) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_5__/* .ActionError */ .lZ("IMAGE_INVALID", `${name} ${why}`, {
        cause,
        hint: "Set the input image to the build's output of that name, and the input systems to systems that " +
            "it was built for.",
    });
}
/**
 * Writes a blob into a file. Rejects with `REGISTRY_FAILED` if the content does not match the blob's
 * digest and size; the file must then not be used.
 */
async function writeBlob(body, { digest: wanted, sizeBytes }, file) {
    const hash = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)("sha256");
    let size = 0;
    const check = async function* () {
        for await (const chunk of body) {
            size += chunk.length;
            if (size > sizeBytes)
                break;
            hash.update(chunk);
            yield chunk;
        }
    };
    await (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_4__.pipeline)(check, (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.createWriteStream)(file));
    if (size === sizeBytes && (0,_model_digest_js__WEBPACK_IMPORTED_MODULE_6__/* .digestOfHex */ .z9)(hash.digest("hex")) === wanted)
        return;
    throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_5__/* .ActionError */ .lZ("REGISTRY_FAILED", `the content of blob ${wanted} does not match its digest`, {
        hint: "The blob was not used. Run again. If the error persists, the registry or a proxy in front of it " +
            "alters or corrupts blobs.",
    });
}


/***/ }),

/***/ 25046:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Om: () => (/* binding */ explainImmutable),
/* harmony export */   t3: () => (/* binding */ isImmutable),
/* harmony export */   zF: () => (/* binding */ ImmutableTagError)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);

/** The registry does not move a tag that has another image. */
class ImmutableTagError extends _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ {
}
/**
 * Whether a registry refused to write a tag because its tags are immutable. There is no common status or
 * code: Amazon ECR answers 400, Harbor 412.
 */
function isImmutable(error) {
    return error instanceof _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ && /immutable|TagAlreadyExists/i.test(error.message);
}
/** Explains an error for which `isImmutable` is true. */
function explainImmutable(tag, { code, message }) {
    return new ImmutableTagError(code, `the tag ${tag} has another image: ${message}`, {
        hint: "The registry does not move tags of this repository. Use tags that are new for each image, such as a " +
            "version or the commit's hash, or exempt this tag from the registry's rule.",
    });
}


/***/ }),

/***/ 83829:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   k: () => (/* binding */ runCheck),
/* harmony export */   z: () => (/* binding */ waitForExit)
/* harmony export */ });
/* harmony import */ var node_http__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(37067);
/* harmony import */ var node_http__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_http__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(77030);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_net__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(22714);
/* harmony import */ var _platform_clock_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(53037);




const RETRY_EVERY_MS = 200;
const MAX_BODY_BYTES = 1 << 20;
/**
 * A connection must stay open this long: Docker's proxy accepts any connection, and closes it if nothing in
 * the container listens on the port.
 */
const STEADY_MS = 300;
/**
 * Runs one check on a running container. Retries checks that wait for something until their time limit, or
 * until the container exits.
 */
async function runCheck(check, container, clock) {
    switch (check.kind) {
        case "http":
            return retry(check, container, clock, (leftMs) => askHttp(check, container, leftMs, clock));
        case "tcp":
            return retry(check, container, clock, (leftMs) => askTcp(check, container, leftMs, clock));
        case "health":
            return retry(check, container, clock, () => askHealth(container));
        case "log":
            return retry(check, container, clock, () => searchLog(check, container));
        case "command":
            return runCommand(check, container);
        case "stop":
            return stop(check, container);
    }
}
/** Waits for a container to exit on its own. */
async function waitForExit(check, container, clock) {
    const endMs = clock.nowMs() + check.timeoutMs;
    for (;;) {
        const state = await container.readState();
        if (state.exitCode !== undefined)
            return checkExitCode(state, check.exitCode);
        if (clock.nowMs() >= endMs)
            return fail(`still running after ${check.timeoutMs / 1000} s`);
        await clock.sleep(RETRY_EVERY_MS);
    }
}
async function retry({ kind, timeoutMs }, container, clock, ask) {
    const endMs = clock.nowMs() + timeoutMs;
    for (let detail;;) {
        const state = await container.readState();
        // After the container has exited, only its log can still be checked.
        if (state.exitCode === undefined || kind === "log") {
            const leftMs = endMs - clock.nowMs();
            if (leftMs <= 0)
                return fail(`${detail ?? "no answer"}; gave up after ${timeoutMs / 1000} s`);
            const verdict = await ask(leftMs);
            if (verdict.passed || verdict.isFinal === true)
                return verdict;
            // If the time limit cut this attempt short, the result of the previous one says more.
            if (detail === undefined || clock.nowMs() < endMs)
                ({ detail } = verdict);
        }
        if (state.exitCode !== undefined)
            return fail(`the container exited with code ${renderExit(state)}`);
        await clock.sleep(RETRY_EVERY_MS);
    }
}
async function askHttp(check, container, leftMs, clock) {
    let answer;
    const port = await container.readPort(check.port);
    const startedAtMs = clock.nowMs();
    try {
        answer = await (0,_platform_clock_js__WEBPACK_IMPORTED_MODULE_3__/* .withTimeLimit */ .Bv)(clock, leftMs, (limit) => send(port, check, limit));
    }
    catch (error) {
        return fail(`no answer (${(0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_2__/* .renderError */ .vr)(error)})`);
    }
    const tookMs = clock.nowMs() - startedAtMs;
    const { status, headers, body } = answer;
    if (status !== check.status)
        return fail(`status ${status} instead of ${check.status}`);
    for (const [name, wanted] of Object.entries(check.responseHeaders)) {
        const found = headers[name.toLowerCase()];
        if (found === undefined)
            return fail(`the header ${name} is missing`);
        if (found.includes(wanted))
            continue;
        return fail(`the header ${name} is ${JSON.stringify(found.slice(0, 200))}, ` +
            `which does not contain ${JSON.stringify(wanted)}`);
    }
    if (check.body !== undefined && !body.includes(check.body)) {
        return fail(`the body ${JSON.stringify(body.slice(0, 200))} does not contain ${JSON.stringify(check.body)}`);
    }
    if (check.withinMs !== undefined && tookMs > check.withinMs) {
        return fail(`the answer took ${tookMs} ms, more than the allowed ${check.withinMs} ms`);
    }
    return pass(`status ${status} in ${tookMs} ms`);
}
async function askTcp(check, container, leftMs, clock) {
    const port = await container.readPort(check.port);
    return new Promise((resolve) => {
        const socket = (0,node_net__WEBPACK_IMPORTED_MODULE_1__.connect)(port, "127.0.0.1");
        const settle = (verdict) => () => {
            socket.destroy();
            resolve(verdict);
        };
        socket.setTimeout(leftMs, settle(fail("no answer")));
        socket.once("connect", () => {
            clock.sleep(STEADY_MS).then(settle(pass("connected")), settle(fail("the wait was cancelled")));
        });
        socket.once("data", settle(pass("connected, and received data")));
        socket.once("end", settle(fail("the connection was closed immediately")));
        socket.once("error", (error) => {
            settle(fail(`no connection (${error.message})`))();
        });
    });
}
async function askHealth(container) {
    const health = await container.readHealth();
    if (health === undefined)
        return { ...fail("the image has no health check"), isFinal: true };
    return health === "healthy" ? pass("healthy") : fail(health);
}
async function searchLog({ text }, container) {
    const lines = (await container.readLog("all")).split("\n");
    const found = lines.find((line) => line.includes(text));
    return found === undefined
        ? fail(`no line of the log contains ${JSON.stringify(text)}`)
        : pass(JSON.stringify(found.slice(0, 200)));
}
async function runCommand({ command, exitCode: wanted, output, timeoutMs }, container) {
    try {
        const { exitCode, stdout, stderr } = await container.exec(command, timeoutMs);
        const said = (stdout || stderr).trim().slice(0, 300);
        const seen = `exit code ${exitCode}${said === "" ? "" : `, ${JSON.stringify(said)}`}`;
        if (exitCode !== wanted)
            return fail(wanted === 0 ? seen : `${seen}, expected ${wanted}`);
        if (output !== undefined && !`${stdout}${stderr}`.includes(output)) {
            return fail(`${seen}; the output does not contain ${JSON.stringify(output)}`);
        }
        return pass(seen);
    }
    catch (error) {
        if (error instanceof _errors_action_error_js__WEBPACK_IMPORTED_MODULE_2__/* .ActionError */ .lZ && error.code === "COMMAND_TIMEOUT")
            return fail(`the command did not finish within ${timeoutMs / 1000} s`);
        throw error;
    }
}
async function stop({ exitCode, timeoutMs }, container) {
    const before = await container.readState();
    if (before.exitCode !== undefined)
        return fail(`the container had already exited with code ${renderExit(before)}`);
    await container.stop(timeoutMs);
    const state = await container.readState();
    // 128 plus the number of SIGKILL.
    if (state.exitCode === 137)
        return fail(`it did not stop within ${timeoutMs / 1000} s and was killed`);
    return checkExitCode(state, exitCode);
}
function checkExitCode(state, expected) {
    return {
        passed: state.exitCode === expected,
        detail: `exit code ${renderExit(state)}, expected ${expected}`,
    };
}
function renderExit({ exitCode, isOutOfMemory }) {
    return `${exitCode ?? "none"}${isOutOfMemory ? " (out of memory)" : ""}`;
}
function pass(detail) {
    return { passed: true, detail };
}
function fail(detail) {
    return { passed: false, detail };
}
/**
 * Sends one request to loopback, never through a proxy. Does not follow redirects, and truncates the body at
 * 1 MiB.
 */
function send(port, { method, path, headers }, signal) {
    return new Promise((resolve, reject) => {
        // With NODE_USE_ENV_PROXY, the global agent would ask the proxy.
        const agent = new node_http__WEBPACK_IMPORTED_MODULE_0__.Agent();
        const call = (0,node_http__WEBPACK_IMPORTED_MODULE_0__.request)({ agent, host: "127.0.0.1", port, method, path, headers, signal }, (response) => {
            const chunks = [];
            let size = 0;
            const finish = () => {
                resolve({
                    status: response.statusCode ?? 0,
                    headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(", ")])),
                    body: Buffer.concat(chunks).toString().slice(0, MAX_BODY_BYTES),
                });
            };
            response.on("data", (chunk) => {
                chunks.push(chunk);
                size += chunk.length;
                if (size <= MAX_BODY_BYTES)
                    return;
                finish();
                response.destroy();
            });
            response.on("end", finish);
            response.on("error", reject);
        });
        call.on("error", reject);
        call.end();
    });
}


/***/ }),

/***/ 83357:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   B: () => (/* binding */ requireNativeEngine),
/* harmony export */   p: () => (/* binding */ runSmokeTest)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _model_image_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(71444);
/* harmony import */ var _model_run_event_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(30145);
/* harmony import */ var _platform_log_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(74425);
/* harmony import */ var _check_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(83829);





/**
 * Runs the smoke test on the candidate's own bytes. A failed check does not reject: the result reports it,
 * with the last lines of the container's log. Rejects with `GATE_EMULATED` if the engine's CPU is not the
 * target's and emulation is not allowed, with `GATE_FAILED` if the engine cannot load the candidate, and with
 * `GATE_MISMATCH` if it does not have the candidate after loading it.
 */
async function runSmokeTest(spec, candidate, isEmulationAllowed, effects) {
    const { runtime, log } = effects;
    const { layers } = candidate.image;
    requireNativeEngine(runtime, candidate.target, isEmulationAllowed);
    const isEmulated = runtime.system !== candidate.target;
    if (isEmulated)
        log.warning(`the smoke test runs under emulation: ${candidate.target} on ${runtime.system ?? "another CPU"}`);
    const image = await candidate.load();
    const { load } = image;
    log.info(`the image for ${candidate.target} is in ${runtime.name}: ${load.reason}`);
    const originOf = ({ source }) => {
        if (load.way === "present")
            return "matched";
        return "provide" in source ? "fetched" : candidate.origin;
    };
    try {
        // Where the engine had the image, what the registry has must be the same: fetching a layer verifies it.
        await Promise.all(layers.map(_model_image_js__WEBPACK_IMPORTED_MODULE_3__/* .readySource */ .p));
        const tested = await runChecks(spec, image.id, {
            ...effects,
            emit: (0,_model_run_event_js__WEBPACK_IMPORTED_MODULE_1__/* .emitFor */ .xo)(effects.emit, candidate.target),
        });
        const outcome = tested.checks.every((check) => check.outcome === "passed") ? "passed" : "failed";
        return {
            ...{ outcome, runtime: runtime.name, isEmulated, load },
            layers: layers.map((layer) => ({ digest: layer.digest, origin: originOf(layer) })),
            ...tested,
        };
    }
    finally {
        await image.remove();
    }
}
/** Throws `GATE_EMULATED` if the engine's CPU is not the target's and emulation is not allowed. */
function requireNativeEngine({ system }, target, isEmulationAllowed) {
    if (system === target || isEmulationAllowed)
        return;
    throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("GATE_EMULATED", `the image is for ${target}, but the container engine runs on ${system ?? "another CPU"}`, { hint: "Run the gate on a runner with the target's CPU, or set allow-emulated-gate: true." });
}
/** Runs all checks. Each `exit-code` check has its own container; the others share one, in order. */
async function runChecks({ container: options, checks: wanted }, image, effects) {
    const { runtime } = effects;
    const checks = [];
    let containerLog = "";
    const { isNonRoot } = options;
    const runIn = async (args, ports, work) => {
        const start = await runtime.start(image, { ...options, ports, args });
        if (start.state === "failed") {
            const failure = { passed: false, detail: start.reason };
            checks.push(await recordCheck({ name: "starts", kind: "start" }, () => Promise.resolve(failure), effects));
            return;
        }
        const { container } = start;
        try {
            if (isNonRoot)
                checks.push(await recordCheck({ name: "not root", kind: "non-root" }, () => checkUsers(container), effects));
            await work(container);
            const hasFailed = checks.some(({ outcome }) => outcome === "failed");
            if (hasFailed && containerLog === "")
                containerLog = await container.readLog();
        }
        finally {
            await container.remove();
        }
    };
    const asked = wanted.filter((check) => check.kind !== "exit-code");
    const ports = new Set(asked.flatMap((check) => ("port" in check ? [check.port] : [])));
    if (asked.length > 0) {
        await runIn([], [...ports], async (container) => {
            for (const check of asked) {
                checks.push(await recordCheck(check, () => (0,_check_js__WEBPACK_IMPORTED_MODULE_2__/* .runCheck */ .k)(check, container, effects.clock), effects));
            }
        });
    }
    for (const check of wanted) {
        if (check.kind !== "exit-code")
            continue;
        await runIn(check.args, [], async (container) => {
            checks.push(await recordCheck(check, () => (0,_check_js__WEBPACK_IMPORTED_MODULE_2__/* .waitForExit */ .z)(check, container, effects.clock), effects));
        });
    }
    return { checks, containerLog };
}
/** Checks the configured user, and the users of the running processes: a user name may stand for UID 0. */
async function checkUsers(container) {
    const { configured, running } = await container.readUsers();
    const isRoot = /^(?:|0+|root)(?::|$)/.test(configured) || running.some((user) => /^(?:0|root)$/.test(user));
    const users = [...new Set(running)].join(", ");
    const processes = users === "" ? "no running processes" : `processes run as ${users}`;
    const detail = `user ${JSON.stringify(configured)}, ${processes}`;
    return { passed: !isRoot, detail };
}
async function recordCheck(check, work, { clock, log, emit }) {
    const startedAtMs = clock.nowMs();
    const { passed, detail } = await work();
    const result = {
        name: check.name,
        kind: check.kind,
        outcome: passed ? "passed" : "failed",
        durationMs: clock.nowMs() - startedAtMs,
        detail: (0,_platform_log_js__WEBPACK_IMPORTED_MODULE_4__/* .sanitizeText */ .jZ)(detail),
    };
    emit({ event: "check-ended", ...result });
    const line = `smoke test: ${result.name} ${result.outcome}: ${result.detail}`;
    if (passed)
        log.info(line);
    else
        log.error(line);
    return result;
}


/***/ })

};
