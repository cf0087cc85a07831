export const id = 940;
export const ids = [940];
export const modules = {

/***/ 71444:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Oe: () => (/* binding */ renderUnsent),
/* harmony export */   ZU: () => (/* binding */ LAYER_STATES),
/* harmony export */   pM: () => (/* binding */ readySource)
/* harmony export */ });
/** The bytes of a blob, or a file with them, which is provided first if there is none yet. */
async function readySource({ source }) {
    return "provide" in source ? { file: await source.provide() } : source;
}
/**
 * What became of a layer: it was sent; it was there (`reused`), or in another repository of the registry
 * (`mounted`); or it was there and was not even made, since an earlier run has recorded it (`recorded`).
 */
const LAYER_STATES = ["sent", "reused", "mounted", "recorded"];
/** How many layers did not have to be sent, as in `2 reused, 1 mounted`. */
function renderUnsent(layers) {
    return LAYER_STATES.slice(1)
        .map((state) => ({ state, count: layers.filter((layer) => layer.state === state).length }))
        .filter(({ state, count }) => state === "reused" || count > 0)
        .map(({ state, count }) => `${count} ${state}`)
        .join(", ");
}


/***/ }),

/***/ 22570:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $p: () => (/* binding */ OCI_INDEX),
/* harmony export */   EG: () => (/* binding */ OCI_MANIFEST),
/* harmony export */   TF: () => (/* binding */ OCI_CONFIG),
/* harmony export */   V: () => (/* binding */ INDEX_TYPES),
/* harmony export */   Vv: () => (/* binding */ DOCKER_MANIFEST),
/* harmony export */   _P: () => (/* binding */ MANIFEST_TYPES),
/* harmony export */   g1: () => (/* binding */ OCI_EMPTY),
/* harmony export */   li: () => (/* binding */ CONFIG_TYPES),
/* harmony export */   m2: () => (/* binding */ LAYER_TYPES)
/* harmony export */ });
/** Media types of manifests. @see OCI image-spec, media-types.md; Docker's image manifest v2, schema 2 */
const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
/** @see OCI image-spec, manifest.md, "Guidance for an Empty Descriptor" */
const OCI_EMPTY = "application/vnd.oci.empty.v1+json";
const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
const DOCKER_MANIFEST_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
/** Media types of documents that list one image per platform. */
const INDEX_TYPES = [OCI_INDEX, DOCKER_MANIFEST_LIST];
/** Media types of every document that a tag may point to, for `Accept` headers. */
const MANIFEST_TYPES = [
    OCI_MANIFEST,
    OCI_INDEX,
    DOCKER_MANIFEST,
    DOCKER_MANIFEST_LIST,
];
/** Media types of the config of an image that can be run. */
const CONFIG_TYPES = [OCI_CONFIG, DOCKER_CONFIG];
/**
 * The media types of layers, with their compression. The non-distributable ones are obsolete, but older tools
 * write them. @see OCI image-spec, layer.md; Docker's image manifest v2, schema 2
 */
const LAYER_TYPES = {
    "application/vnd.oci.image.layer.v1.tar": "none",
    "application/vnd.oci.image.layer.v1.tar+gzip": "gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd": "zstd",
    "application/vnd.oci.image.layer.nondistributable.v1.tar": "none",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip": "gzip",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd": "zstd",
    "application/vnd.docker.image.rootfs.diff.tar": "none",
    "application/vnd.docker.image.rootfs.diff.tar.gzip": "gzip",
    "application/vnd.docker.image.rootfs.diff.tar.zstd": "zstd",
    "application/vnd.docker.image.rootfs.foreign.diff.tar": "none",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip": "gzip",
};


/***/ }),

/***/ 80940:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  cQ: () => (/* binding */ CLIENT_ENGINES),
  jQ: () => (/* binding */ RUN_LABEL),
  NL: () => (/* binding */ findClientEngine),
  removeFromEngines: () => (/* binding */ removeFromEngines)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/model/system.ts
var system = __webpack_require__(26872);
// EXTERNAL MODULE: ./src/platform/files.ts
var files = __webpack_require__(94924);
// EXTERNAL MODULE: ./src/platform/log.ts
var log = __webpack_require__(74425);
// EXTERNAL MODULE: ./src/platform/socket.ts
var socket = __webpack_require__(24802);
// EXTERNAL MODULE: ./src/smoke/container.ts
var container = __webpack_require__(37146);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: ./node_modules/zod/v4/classic/schemas.js + 11 modules
var schemas = __webpack_require__(92857);
;// CONCATENATED MODULE: ./src/smoke/engine-facts.ts



/** Rejects with the codes of `call` if no Docker engine answers. */
async function describeDocker(call) {
    // Without an engine, `docker info` alone succeeds in some versions.
    const about = await call(["version", "--format", "{{.Server.Version}} {{.Server.Arch}}"]);
    const [version = "", architecture = ""] = about.stdout.trim().split(" ");
    const { stdout } = await call(["info", "--format", "{{.MemTotal}}"]);
    return { version, architecture, memoryBytes: Number(stdout), network: "own", limits: ["pids", "memory"] };
}
const HELPER = schemas/* object */.Ikc({ executable: schemas/* string */.YjP().default("") }).nullish();
/** @see podman-info(1) */
const PODMAN_INFO = schemas/* object */.Ikc({
    host: schemas/* object */.Ikc({
        arch: schemas/* string */.YjP(),
        memTotal: schemas/* number */.aig(),
        cgroupControllers: schemas/* array */.YOg(schemas/* string */.YjP()).nullish(),
        security: schemas/* object */.Ikc({ rootless: schemas/* boolean */.zMY() }),
        serviceIsRemote: schemas/* boolean */.zMY().optional(),
        pasta: HELPER,
        slirp4netns: HELPER,
    }),
    version: schemas/* object */.Ikc({ Version: schemas/* string */.YjP() }),
});
/** Rejects with the codes of `call` if Podman is missing or cannot work here. */
async function describePodman(call) {
    const { stdout } = await call(["info", "--format", "json"]);
    const { host, version } = parseInfo(stdout);
    return {
        version: version.Version,
        architecture: host.arch,
        memoryBytes: host.memTotal,
        network: await chooseNetwork(host),
        limits: ["pids", "memory"].filter((name) => host.cgroupControllers?.includes(name) === true),
    };
}
function parseInfo(stdout) {
    try {
        return PODMAN_INFO.parse(JSON.parse(stdout));
    }
    catch (cause) {
        throw new action_error/* ActionError */.lZ("COMMAND_FAILED", "podman info does not describe Podman's machine", {
            cause,
            hint: "Check what `podman info --format json` prints, or use Docker.",
        });
    }
}
/**
 * Podman's own bridge needs helpers that runners lack. Pasta works only without root.
 * @see podman-run(1), --network
 */
async function chooseNetwork(host) {
    const has = (helper) => (helper?.executable ?? "") !== "";
    if (host.serviceIsRemote !== true && !(await canOpenTun()))
        return "host";
    if (host.security.rootless && has(host.pasta))
        return "pasta";
    return has(host.slirp4netns) ? "slirp4netns" : "host";
}
/** Whether this user may make a network device, which a job's container usually may not. */
async function canOpenTun() {
    try {
        await (0,promises_.access)("/dev/net/tun", promises_.constants.R_OK | promises_.constants.W_OK);
        return true;
    }
    catch {
        return false;
    }
}

// EXTERNAL MODULE: ./src/errors/errno.ts
var errno = __webpack_require__(38335);
;// CONCATENATED MODULE: ./src/smoke/failed-start.ts





/** The exit codes of `run` if the command cannot be executed, or is not found. */
const NOT_STARTED = [126, 127];
/** An entrypoint or a command in the config of an image. */
const COMMAND = schemas/* array */.YOg(schemas/* string */.YjP()).nullable();
/** The command that the image runs, with the entrypoint first. */
async function readCommand(call, image, args) {
    const format = "{{json .Config.Entrypoint}}\n{{json .Config.Cmd}}";
    const { stdout } = await call(["image", "inspect", "--format", format, image]);
    const [entrypoint = [], cmd = []] = stdout
        .trim()
        .split("\n")
        .map((line) => COMMAND.parse(JSON.parse(line)) ?? []);
    return [...entrypoint, ...(args.length > 0 ? args : cmd)];
}
/**
 * Why the command of an image does not start, by the output of the engine's `run`. Throws `COMMAND_FAILED` if
 * the engine failed for another reason.
 */
function describeFailedStart(engine, { exitCode, stdout, stderr }, command) {
    if (command.length === 0)
        return "the image has neither an entrypoint nor a command";
    const said = (0,log/* sanitizeText */.jZ)(stderr.trim() || stdout.trim()).slice(-1_000);
    const shown = JSON.stringify(command).slice(0, 500);
    if (NOT_STARTED.includes(exitCode)) {
        return `exit code ${exitCode}: ${shown} does not start: ${said}`;
    }
    throw new action_error/* ActionError */.lZ("COMMAND_FAILED", `${engine} exited with ${exitCode}: ${said}`, {
        hint: "Run the same image by hand with the engine, and see its logs.",
    });
}
/** Removes the container that an ID file names, if the engine got as far as creating it. */
async function removeUnstarted(call, idFile) {
    let id;
    try {
        id = (await (0,promises_.readFile)(idFile, "utf8")).trim();
    }
    catch (error) {
        if ((0,errno/* isErrno */.r)(error, "ENOENT"))
            return;
        throw error;
    }
    if (id !== "")
        await call(["rm", "--force", "--volumes", id], { expectedExitCodes: "any" });
}

// EXTERNAL MODULE: ./src/model/media-type.ts
var media_type = __webpack_require__(22570);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(57075);
// EXTERNAL MODULE: external "node:stream/promises"
var external_node_stream_promises_ = __webpack_require__(24085);
// EXTERNAL MODULE: ./node_modules/tar-stream/index.js
var tar_stream = __webpack_require__(56118);
// EXTERNAL MODULE: ./src/model/image.ts
var model_image = __webpack_require__(71444);
;// CONCATENATED MODULE: ./src/smoke/image-archive.ts





/**
 * The candidate's own config and layers as a docker-archive. With `both`, the archive is also an OCI layout
 * with the candidate's manifest, like the output of `docker save` in Docker 25. It contains no tag other than
 * `name`, so loading it moves none.
 * @see https://github.com/moby/docker-image-spec/blob/main/spec.md
 */
function packArchive({ manifest, config, layers }, form, name) {
    const tar = (0,tar_stream.pack)();
    const unique = [...new Map([manifest, config, ...layers].map((blob) => [blob.digest, blob])).values()];
    const { mediaType, digest, sizeBytes: size } = manifest;
    // The containerd image store reads the name here.
    const annotations = name === undefined ? {} : { annotations: { "io.containerd.image.name": name } };
    const documents = {
        ...(form === "both" && {
            "oci-layout": { imageLayoutVersion: "1.0.0" },
            "index.json": { schemaVersion: 2, manifests: [{ mediaType, digest, size, ...annotations }] },
        }),
        "manifest.json": [
            {
                Config: nameOf(config.digest),
                RepoTags: name === undefined ? null : [name],
                Layers: layers.map((layer) => nameOf(layer.digest)),
            },
        ],
    };
    const write = async () => {
        // Start to fetch what is not here; whatever fails, fails again below.
        for (const blob of unique)
            (0,model_image/* readySource */.pM)(blob).catch(() => undefined);
        for (const blob of unique)
            await addBlob(tar, blob);
        for (const [name, document] of Object.entries(documents))
            tar.entry({ name }, JSON.stringify(document));
        tar.finalize();
    };
    write().catch((error) => {
        tar.destroy(error instanceof Error ? error : new Error(String(error)));
    });
    return external_node_stream_.Readable.from(tar);
}
async function addBlob(tar, { digest, sizeBytes, ...blob }) {
    const source = await (0,model_image/* readySource */.pM)(blob);
    const bytes = "bytes" in source ? external_node_stream_.Readable.from([Buffer.from(source.bytes)]) : (0,external_node_fs_.createReadStream)(source.file);
    await (0,external_node_stream_promises_.pipeline)(bytes, tar.entry({ name: nameOf(digest), size: sizeBytes }));
}
function nameOf(digest) {
    return `blobs/${digest.replace(":", "/")}`;
}

;// CONCATENATED MODULE: ./src/smoke/load-image.ts




const LOAD_LIMIT_MS = 10 * 60_000;
const LOAD_ATTEMPTS = 5;
const NAMES = schemas/* array */.YOg(schemas/* string */.YjP()).nullable();
/** The beginning of the names that a run gives to the images that it tests. */
function nameImages(nonce) {
    return `localhost/cross-build:${nonce}-`;
}
/**
 * Loads an image under a name of this run, with its layers merged into one if that is possible. If the engine
 * has the image already, only adds the name. Rejects with `GATE_FAILED` if this engine cannot load such an
 * image, and with `GATE_MISMATCH` if it then lacks the image.
 */
async function loadImage(call, image, options) {
    const present = await useLoaded(call, image, options.nonce);
    if (present !== undefined)
        return present;
    const obstacle = findObstacle(image, options);
    if (options.merge === undefined || obstacle !== undefined) {
        return { ...(await loadArchive(call, image, options)), load: keepLayers(obstacle) };
    }
    const merged = await options.merge(image);
    if ("obstacle" in merged) {
        return { ...(await loadArchive(call, image, options)), load: keepLayers(merged.obstacle) };
    }
    const reason = `its ${image.layers.length} layers were loaded as one`;
    return { ...(await loadArchive(call, merged.image, options)), load: { way: "merged", reason } };
}
function keepLayers(obstacle) {
    const suffix = obstacle === undefined ? "" : `: ${obstacle}`;
    return { way: "layers", reason: `its layers were loaded as they are${suffix}` };
}
/** Why only the image itself shows whether the engine can load it. */
function findObstacle({ layers }, { engine, limits }) {
    if (layers.length > limits.maxLayers)
        return `${engine} may not stack ${layers.length} layers`;
    if (!limits.hasZstd && hasZstd(layers))
        return `${engine} may not read layers in zstd`;
    return layers.length === 1 ? "there is only one" : undefined;
}
function hasZstd(layers) {
    return layers.some(({ mediaType }) => media_type/* LAYER_TYPES */.m2[mediaType] === "zstd");
}
function namesOf({ config, manifest }, nonce) {
    return {
        ids: [config.digest, manifest.digest],
        runName: `${nameImages(nonce)}${config.digest.slice(-12)}`,
    };
}
/** Names an image that the engine has; undefined if it has none, or loses it at this moment. */
async function useLoaded(call, image, nonce) {
    const { ids, runName } = namesOf(image, nonce);
    const found = await findImage(call, ids);
    if (found === undefined)
        return undefined;
    const load = { way: "present", reason: "the engine had it before" };
    const { id } = found;
    // An image without a name is not a run's, and would be removed with the name.
    if (found.names.length === 0)
        return { id, load, remove: () => Promise.resolve() };
    const { exitCode } = await call(["tag", id, runName], { expectedExitCodes: "any" });
    return exitCode === 0 ? { id, load, remove: () => removeName(call, runName) } : undefined;
}
async function removeName(call, name) {
    // If a container that is not a run's uses the image by now, the removal fails and the image stays.
    await call(["image", "rm", name], { expectedExitCodes: "any" });
}
/**
 * Loads an image from an archive. Runs that have the same image share its ID, so none may remove the ID: the
 * engine removes the image with the last of its names.
 */
async function loadArchive(call, image, { engine, form, nonce }) {
    const { ids, runName } = namesOf(image, nonce);
    for (let attempt = 1; attempt <= LOAD_ATTEMPTS; attempt++) {
        // An image that is there without a name is not a run's, and would be removed with the name.
        const isNameless = (await findImage(call, ids))?.names.length === 0;
        const name = isNameless ? undefined : runName;
        try {
            await call(["load"], { input: packArchive(image, form, name), timeoutMs: LOAD_LIMIT_MS });
        }
        catch (error) {
            throw explainLoad(error, image, engine);
        }
        const found = await findImage(call, ids);
        if (found !== undefined && name === undefined && found.names.length === 0) {
            return { id: found.id, remove: () => Promise.resolve() };
        }
        if (found !== undefined && name !== undefined && found.names.includes(name)) {
            return { id: found.id, remove: () => removeName(call, name) };
        }
        if (found === undefined && (await findImage(call, [runName])) !== undefined)
            break;
        // Another run has removed the image while this one loaded it.
    }
    await removeName(call, runName);
    throw new action_error/* ActionError */.lZ("GATE_MISMATCH", `${engine} has no image with the ID ${ids.join(" or ")} after loading it`, { hint: "This engine changes images when it loads them. Use another engine." });
}
/** A failed `load` by the engine's own words, if they are about what the image is. */
function explainLoad(error, { layers }, engine) {
    if (!(error instanceof action_error/* ActionError */.lZ) || error.code !== "COMMAND_FAILED")
        return error;
    const fail = (why, hint) => new action_error/* ActionError */.lZ("GATE_FAILED", `${engine} cannot load the image: ${why}`, { hint, cause: error });
    if (error.message.includes("max depth exceeded")) {
        return fail(`${layers.length} layers are more than it can stack`, "Build the image with at most 125 layers, for example with maxLayers = 100 in dockerTools: " +
            "a Docker engine that pulls the image has the same limit.");
    }
    // Without zstd, an engine takes the compressed layer for a tar.
    if (hasZstd(layers) && error.message.includes("invalid tar header")) {
        return fail("its layers are compressed with zstd, which this engine cannot read", "Run the smoke test with Docker 23 or later, or with Podman. Or compress the layers with gzip, which " +
            "every engine can pull.");
    }
    return error;
}
/** The first of the images that the engine has, with its tagged names. */
async function findImage(call, ids) {
    for (const id of ids) {
        const { exitCode, stdout } = await call(["image", "inspect", "--format={{json .RepoTags}}", id], {
            expectedExitCodes: "any",
        });
        if (exitCode === 0)
            return { id, names: NAMES.parse(JSON.parse(stdout)) ?? [] };
    }
    return undefined;
}

;// CONCATENATED MODULE: ./src/smoke/client-engine.ts











/** The label of every container that a run starts and every image that it makes; its value is the nonce. */
const RUN_LABEL = "io.github.fluo.cross-build.run";
const CALL_LIMIT_MS = 60_000;
/** In the order in which they are tried. Podman's command line differs from Docker's only in these parts. */
const ENGINES = {
    docker: {
        describe: describeDocker,
        // Docker with the containerd image store needs the manifest as well.
        archive: "both",
        readLimits: (version) => ({ maxLayers: 125, hasZstd: Number.parseInt(version, 10) >= 23 }),
    },
    podman: {
        describe: describePodman,
        // Podman ignores the health check of an image that comes as an OCI layout.
        archive: "docker-archive",
        readLimits: () => ({ maxLayers: Infinity, hasZstd: true }),
    },
};
const NETWORKS = {
    own: [],
    // Podman's default options for pasta keep the container from the host's loopback.
    pasta: ["--network=pasta"],
    slirp4netns: ["--network=slirp4netns:allow_host_loopback=false"],
    host: ["--network=host"],
};
const CLIENT_ENGINES = Object.keys(ENGINES);
/**
 * Looks for the engine that a client of this name reaches. Rejects with the codes of a command if there is
 * none. What it resolves to opens the engine: it throws `GATE_NO_RUNTIME` if code from a fork would run on
 * the host's network.
 */
async function findClientEngine(name, effects) {
    // Podman's monitor leaves files in its working directory, so keep it out of the user's workspace.
    const call = createCall(effects.run, name, effects.runFolder);
    const facts = await ENGINES[name].describe(call);
    return () => {
        requireIsolation(facts, effects);
        return openRuntime({ name, facts }, call, effects);
    };
}
/** Refuses code from a fork on the host's network, and warns about limits that the engine cannot set. */
function requireIsolation({ network, limits }, { isForkCode, log }) {
    if (isForkCode && network === "host") {
        throw new action_error/* ActionError */.lZ("GATE_NO_RUNTIME", "the image may be built from a fork's code, and Podman can run it only on this machine's network, " +
            "where it would reach every service on loopback", {
            hint: "Install slirp4netns (or passt, for Podman without root), and let this user open /dev/net/tun. " +
                "Or start Docker.",
        });
    }
    const missing = ["pids", "memory"].filter((name) => !limits.includes(name));
    if (isForkCode && missing.length > 0) {
        log.warning(`the container of a fork's code has no limit for ${missing.join(" and ")}: ` +
            "this user's cgroup lacks the controller");
    }
}
/** Removes the containers and images of a run, for the post step. Does nothing if no engine is installed. */
async function removeFromEngines(run, nonce) {
    for (const name of CLIENT_ENGINES) {
        const call = createCall(run, name);
        try {
            const { exitCode, stdout } = await call(["ps", "--all", "--quiet", `--filter=label=${RUN_LABEL}=${nonce}`], { expectedExitCodes: "any" });
            if (exitCode !== 0)
                continue;
            const ids = stdout.split("\n").filter((id) => id !== "");
            if (ids.length > 0)
                await call(["rm", "--force", "--volumes", ...ids]);
            // A filter by name would list the other names of these images too.
            const { stdout: images } = await call(["images", "--format={{.Repository}}:{{.Tag}}"]);
            const names = images.split("\n").filter((image) => image.startsWith(nameImages(nonce)));
            if (names.length > 0)
                await call(["image", "rm", ...names], { expectedExitCodes: "any" });
        }
        catch (error) {
            if (!(error instanceof action_error/* ActionError */.lZ) || error.code !== "COMMAND_MISSING")
                throw error;
        }
    }
}
function createCall(run, tool, cwd) {
    return (args, options = {}) => run(tool, args, { timeoutMs: CALL_LIMIT_MS, ...(cwd !== undefined && { cwd }), ...options });
}
function openRuntime(engine, call, effects) {
    const { name, facts } = engine;
    const { nonce, runFolder } = effects;
    return {
        name: `${name} ${facts.version}`,
        system: (0,system/* systemOfArchitecture */.q1)(facts.architecture),
        load: (image, merge) => {
            const { archive: form, readLimits } = ENGINES[name];
            const limits = readLimits(facts.version);
            return loadImage(call, image, { engine: `${name} ${facts.version}`, form, limits, nonce, merge });
        },
        start: async (image, options) => {
            if (facts.network === "host")
                await requireFreePorts(options.ports);
            const environmentFile = (0,external_node_path_.join)(runFolder, "container-environment");
            const lines = Object.entries(options.environment).map(([name, value]) => `${name}=${value}\n`);
            await (0,files/* writeFileAtomically */.lo)(environmentFile, lines.join(""), 0o600);
            // The engine writes the ID before it starts the container, so a container that fails can be removed.
            const idFile = (0,external_node_path_.join)(runFolder, `container-${(0,external_node_crypto_.randomUUID)()}`);
            const run = [
                "run",
                "--detach",
                `--cidfile=${idFile}`,
                "--pull=never",
                `--label=${RUN_LABEL}=${nonce}`,
                // Values may be secrets, so do not pass them as arguments.
                `--env-file=${environmentFile}`,
                ...(options.user === undefined ? [] : [`--user=${options.user}`]),
                ...limitResources(facts, options, effects),
                ...(options.isReadOnly ? ["--read-only"] : []),
                // Mode 1777, like /tmp on a host: any user may write to the folder.
                ...(0,container/* listFolders */.uT)(options).map((folder) => `--tmpfs=${folder}:rw,exec,mode=1777`),
                ...connect(facts, options),
                image,
                ...options.args,
            ];
            try {
                const output = await call(run, { expectedExitCodes: [0, 125, ...NOT_STARTED] });
                if (output.exitCode === 0) {
                    const container = openContainer(engine, call, output.stdout.trim());
                    return { state: "started", container };
                }
                const command = await readCommand(call, image, options.args);
                await removeUnstarted(call, idFile);
                return { state: "failed", reason: describeFailedStart(name, output, command) };
            }
            catch (error) {
                if (!(0,action_error/* isCancelled */.mm)(error))
                    await removeUnstarted(call, idFile);
                throw error;
            }
        },
    };
}
/** Limits that a fork's code cannot lift, and those of the smoke test. */
function limitResources({ limits, memoryBytes: machineBytes }, options, { isForkCode }) {
    const memoryBytes = (0,container/* limitMemory */.XU)(options, machineBytes, isForkCode && limits.includes("memory"));
    return [
        ...(limits.includes("pids") ? [`--pids-limit=${container/* MAX_PROCESSES */.Zd}`] : []),
        ...(memoryBytes === undefined ? [] : [`--memory=${memoryBytes}`]),
    ];
}
/** Publishes the ports on free ports of loopback, unless the container has the host's own. */
function connect({ network }, { ports }) {
    const published = network === "host" ? [] : ports.map((port) => `--publish=127.0.0.1::${port}`);
    return [...NETWORKS[network], ...published];
}
/** The container shares the host's network, where another process could answer in its place. */
async function requireFreePorts(ports) {
    for (const port of ports) {
        if (await (0,socket/* isListening */.C)({ port, host: "127.0.0.1" })) {
            throw new action_error/* ActionError */.lZ("GATE_NO_RUNTIME", `port ${port} of this machine is in use, and Podman runs the container on the host's network`, {
                hint: "Stop the process that listens on this port, install slirp4netns (or passt, for Podman without " +
                    "root), or run the gate with Docker.",
            });
        }
    }
}
function openContainer({ name: engine, facts }, call, id) {
    const inspect = async (format) => (await call(["inspect", "--format", format, id])).stdout.trim();
    return {
        readAddress: async (port) => {
            const host = "127.0.0.1";
            if (facts.network === "host")
                return { host, port };
            const { stdout } = await call(["port", id, `${port}/tcp`]);
            return { host, port: Number(/:([0-9]+)\s*$/m.exec(stdout)?.[1]) };
        },
        readState: async () => {
            const state = await inspect("{{.State.Running}} {{.State.ExitCode}} {{.State.OOMKilled}}");
            const [isRunning, exitCode, isOutOfMemory] = state.split(" ");
            return {
                exitCode: isRunning === "true" ? undefined : Number(exitCode),
                isOutOfMemory: isOutOfMemory === "true",
            };
        },
        readHealth: async () => {
            if (engine === "podman") {
                // Podman schedules health checks through systemd, which not every machine has, so run the check here.
                const { exitCode } = await call(["healthcheck", "run", id], { expectedExitCodes: "any" });
                return exitCode === 0 ? "healthy" : exitCode === 1 ? "unhealthy" : undefined;
            }
            const health = await inspect("{{if .State.Health}}{{.State.Health.Status}}{{end}}");
            return health === "healthy" || health === "unhealthy" || health === "starting" ? health : undefined;
        },
        readUsers: async () => {
            const configured = await inspect("{{.Config.User}}");
            // Podman has its own format descriptors, and none for the numeric user on the host.
            const format = engine === "podman" ? ["huser"] : ["-eo", "uid"];
            const { stdout } = await call(["top", id, ...format], { expectedExitCodes: "any" });
            return {
                configured,
                running: stdout
                    .split("\n")
                    .slice(1)
                    .map((line) => line.trim())
                    .filter((uid) => uid !== ""),
            };
        },
        exec: (command, timeoutMs) => call(["exec", id, ...command], { timeoutMs, expectedExitCodes: "any" }),
        readLog: async (lines) => {
            const tail = lines === "all" ? [] : ["--tail", String(container/* SHOWN_LOG_LINES */.rg)];
            const { stdout, stderr } = await call(["logs", ...tail, id]);
            return (0,log/* sanitizeText */.jZ)([stdout, stderr].filter((text) => text !== "").join("\n"));
        },
        stop: async (limitMs) => {
            const seconds = Math.ceil(limitMs / 1000);
            await call(["stop", "-t", String(seconds), id], { timeoutMs: limitMs + CALL_LIMIT_MS });
        },
        remove: async () => {
            await call(["rm", "--force", "--volumes", id]);
        },
    };
}


/***/ }),

/***/ 37146:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   XU: () => (/* binding */ limitMemory),
/* harmony export */   Zd: () => (/* binding */ MAX_PROCESSES),
/* harmony export */   rg: () => (/* binding */ SHOWN_LOG_LINES),
/* harmony export */   uT: () => (/* binding */ listFolders)
/* harmony export */ });
/** The most processes and threads of a container. Docker has no limit of its own. */
const MAX_PROCESSES = 4_096;
/** The share of the machine's memory that a container with code from a fork may use. */
const FORK_MEMORY = 0.75;
/** How many lines of a container's log are shown after a failure. */
const SHOWN_LOG_LINES = 100;
/** The memory limit of a container: that of the smoke test, and one that a fork's code cannot lift. */
function limitMemory({ memoryBytes: wantedBytes = Infinity }, machineBytes, isForkCode) {
    const maxBytes = isForkCode ? Math.floor(machineBytes * FORK_MEMORY) : Infinity;
    const memoryBytes = Math.min(wantedBytes, maxBytes);
    return memoryBytes === Infinity ? undefined : memoryBytes;
}
/** The folders of a container that are mounted as tmpfs. */
function listFolders({ isReadOnly, volumes }) {
    return [...new Set([...(isReadOnly ? ["/tmp"] : []), ...volumes])];
}


/***/ })

};
