export const id = 553;
export const ids = [553,852];
export const modules = {

/***/ 97165:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  startCli: () => (/* binding */ startCli)
});

// UNUSED EXPORTS: readFlags, takeSecrets

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(48161);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/pipeline/run-doctor.ts + 1 modules
var run_doctor = __webpack_require__(39256);
// EXTERNAL MODULE: ./src/pipeline/run-step.ts + 1 modules
var run_step = __webpack_require__(79263);
// EXTERNAL MODULE: ./src/platform/log.ts
var log = __webpack_require__(74425);
;// CONCATENATED MODULE: ./src/action/inputs.ts
const DEFAULT_NIX_VERSION = "2.34.8";
const INPUTS = [
    {
        name: "installables",
        group: "build",
        description: "What to build: packages of a flake as FLAKE#NAME, without a system, one per line. The first one is " +
            "the image.",
        default: ".",
    },
    {
        name: "systems",
        group: "build",
        description: "The Nix systems to build the image for, such as x86_64-linux, separated by commas or newlines. " +
            "Several systems make an image index.",
        default: "x86_64-linux",
    },
    {
        name: "strategy",
        group: "build",
        description: "auto, or the allowed strategies in order of preference, separated by commas: native, " +
            "cross-compile, remote, emulate.",
        default: "auto",
    },
    {
        name: "register-emulation",
        group: "build",
        description: "auto, true or false. true registers QEMU on this machine while a build is emulated, if it is not " +
            "registered; auto does so on GitHub-hosted runners only.",
        default: "auto",
        isSwitch: true,
    },
    {
        name: "max-silent-time",
        group: "build",
        description: "Stop a build that has produced no output for this many seconds.",
        default: "1800",
        type: "number",
    },
    {
        name: "working-directory",
        group: "build",
        description: "The folder that flakes and relative paths start from. Default: the workspace.",
        default: "",
    },
    {
        name: "extra-conf",
        group: "build",
        description: "Additional lines of nix.conf, for this run only.",
        default: "",
    },
    {
        name: "nix-source",
        group: "build",
        description: "Where to get Nix if it is not installed: release (nix-version, from upstream or nix-url), or " +
            "distribution (the system's own package).",
        default: "release",
    },
    {
        name: "nix-version",
        group: "build",
        description: "The Nix release to install if Nix is missing or too old.",
        default: DEFAULT_NIX_VERSION,
    },
    {
        name: "nix-url",
        group: "build",
        description: "A mirror of Nix: the URL of a tarball, or of a folder that has nix-VERSION-SYSTEM.tar.xz.",
        default: "",
    },
    {
        name: "nix-sha256",
        group: "build",
        description: "The SHA-256 of the tarball, hexadecimal or sha256-BASE64. Default: the one in the action's own " +
            "table of releases, or in the .sha256 file published beside the tarball over HTTPS.",
        default: "",
    },
    {
        name: "github-token",
        group: "build",
        description: "A token for flakes on github.com, and to push to ghcr.io without other credentials.",
        default: "",
        isSecret: true,
    },
    {
        name: "access-tokens",
        group: "build",
        description: "Tokens for private flake inputs, as HOST=TOKEN, one per line. A token of GitLab is PAT:TOKEN. What " +
            "may be the code of a fork does not get them.",
        default: "",
        isSecret: true,
    },
    {
        name: "builders",
        group: "builders",
        description: "Remote builders, one Nix machine line each: ssh-ng://USER@HOST:PORT SYSTEMS - MAXJOBS SPEED " +
            "FEATURES; or @FILE, a file of such lines.",
        default: "",
    },
    {
        name: "ssh-private-key",
        group: "builders",
        description: "The private key, without a passphrase, for builders, and for git servers in ssh-known-hosts.",
        default: "",
        isSecret: true,
    },
    {
        name: "ssh-known-hosts",
        group: "builders",
        description: "The host keys of builders and git servers, as lines of known_hosts, or bare public keys of " +
            "builders. A host with an unknown key is refused.",
        default: "",
    },
    {
        name: "ssh-config",
        group: "builders",
        description: "How ssh reaches the builders, as Host blocks of ssh_config: HostName, ProxyJump, ProxyCommand, " +
            "CertificateFile and others.",
        default: "",
    },
    {
        name: "kubeconfig",
        group: "builders",
        description: "For kubernetes-pool: the content of a kubeconfig, or in-cluster (the account of the job's pod).",
        default: "",
        isSecret: true,
    },
    {
        name: "kubernetes-pool",
        group: "builders",
        description: "A pool of builders in a Kubernetes cluster, as NAMESPACE/NAME. Needs kubeconfig.",
        default: "",
    },
    {
        name: "builder-timeout",
        group: "builders",
        description: "Seconds allowed for probing all builders in parallel.",
        default: "10",
        type: "number",
    },
    {
        name: "cache",
        group: "cache",
        description: "The binary caches to read from and push to, one a line: github, file://DIR, " +
            "https://USER:PASSWORD@HOST/PATH, or none. Add ?push=false to one that is only read, and ?pull=false to " +
            "one that is only filled. Default: github, if the runner offers it.",
        default: "",
    },
    {
        name: "cache-signing-key",
        group: "cache",
        description: "The secret key, NAME:BASE64, that signs the paths pushed to the cache.",
        default: "",
        isSecret: true,
    },
    {
        name: "trusted-public-keys",
        group: "cache",
        description: "Public keys, NAME:BASE64, whose signatures are trusted, separated by commas or newlines.",
        default: "",
    },
    {
        name: "cache-push",
        group: "cache",
        description: "auto, true or false. Forks never push. A pull request only fills its own part of GitHub's cache.",
        default: "auto",
        isSwitch: true,
    },
    {
        name: "cache-timeout",
        group: "cache",
        description: "Seconds that the end of the run waits for paths that are still being pushed to caches.",
        default: "600",
        type: "number",
    },
    {
        name: "on-cache-failure",
        group: "cache",
        description: "warn or fail: whether the run goes on if a binary cache cannot be read or pushed to.",
        default: "warn",
    },
    {
        name: "image",
        group: "image",
        description: "Where to push the image: REGISTRY/REPOSITORY without a tag, or oci:DIR for an OCI layout on disk.",
        default: "",
    },
    {
        name: "tags",
        group: "image",
        description: "The tags to move to the image once its smoke test has passed, separated by commas or newlines.",
        default: "",
    },
    {
        name: "push",
        group: "image",
        description: "auto, true or false. Pull requests and forks never push; with auto, neither does a merge queue.",
        default: "auto",
        isSwitch: true,
    },
    {
        name: "registry-username",
        group: "image",
        description: "The user name for the registry. Default: the credentials that docker login has stored.",
        default: "",
    },
    {
        name: "registry-password",
        group: "image",
        description: "The password or token for the registry.",
        default: "",
        isSecret: true,
    },
    {
        name: "candidate-tag",
        group: "image",
        description: "A tag, not one of tags, for the image before its smoke test: some registries delete untagged images.",
        default: "",
    },
    {
        name: "compression",
        group: "image",
        description: "How layers are compressed: gzip, or zstd, which Docker reads from version 23 on.",
        default: "gzip",
    },
    {
        name: "compression-level",
        group: "image",
        description: "1 to 9 for gzip, 1 to 19 for zstd. Default: 4 for gzip, 3 for zstd.",
        default: "",
    },
    {
        name: "audit-allow",
        group: "image",
        description: "Globs, one per line, of files in the image that may be for another CPU.",
        default: "",
    },
    {
        name: "smoke-test",
        group: "gate",
        description: "The smoke test: a YAML file, or the YAML itself.",
        default: "",
    },
    {
        name: "allow-emulated-gate",
        group: "gate",
        description: "true runs the smoke test in QEMU if the container engine's CPU is not the image's.",
        default: "false",
        type: "boolean",
    },
    {
        name: "promote",
        group: "gate",
        description: "true moves the tags once the smoke test has passed. false leaves that to the gate action, which " +
            "also tests the systems that are not this machine's.",
        default: "true",
        type: "boolean",
    },
    {
        name: "summarize",
        group: "report",
        description: "true writes the job summary.",
        default: "true",
        type: "boolean",
    },
    {
        name: "report",
        group: "report",
        description: "The report file. Default: cross-build-report.json, in the runner's temporary folder or, for the " +
            "CLI, in a folder of ~/.local/state/cross-build.",
        default: "",
    },
    {
        name: "smoke-junit",
        group: "report",
        description: "The file for the results of the smoke test as JUnit XML.",
        default: "",
    },
    {
        name: "events-file",
        group: "report",
        description: "The file for the events of the run as they happen, one line of JSON each.",
        default: "",
    },
    {
        name: "metrics-file",
        group: "report",
        description: "The file for the metrics of the run in Prometheus' text format, such as DIR/NAME.prom.",
        default: "",
    },
    {
        name: "history",
        group: "report",
        description: "Where the times of earlier runs are kept: a file, or github for GitHub's cache. Default: nowhere.",
        default: "",
    },
    {
        name: "otlp-endpoint",
        group: "report",
        description: "The address of an OpenTelemetry collector, such as http://localhost:4318, which gets the trace of " +
            "the run. Default: that of the variable OTEL_EXPORTER_OTLP_ENDPOINT.",
        default: "",
    },
];

;// CONCATENATED MODULE: ./src/action/compare-inputs.ts

/** The flags that it shares with a build, with the fields that differ from those of a build. */
const OF_A_BUILD = {
    systems: {
        description: "The Nix systems to build for, separated by commas or newlines.",
        default: "x86_64-linux,aarch64-linux",
    },
    strategy: {
        description: "The strategies to compare, separated by commas: native, cross-compile, remote, emulate. auto: all.",
    },
    "register-emulation": {},
    "max-silent-time": {},
    "working-directory": {},
    "extra-conf": {},
    "nix-source": {},
    "nix-version": {},
    "nix-url": {},
    "nix-sha256": {},
    "github-token": {},
    "access-tokens": {},
    builders: {},
    "ssh-private-key": {},
    "ssh-known-hosts": {},
    "ssh-config": {},
    kubeconfig: {},
    "kubernetes-pool": {},
    "builder-timeout": {},
};
/** The flags of `cross-build compare`. No action has those of the group `compare`. */
const COMPARE_INPUTS = [
    {
        name: "change",
        group: "compare",
        description: "A source file that you often edit, relative to the folder of flake.nix. A copy of it gets an empty " +
            "line, and what depends on it is built. Default: only cold builds are measured.",
        default: "",
    },
    {
        name: "rounds",
        group: "compare",
        description: "How often each build is measured, after a warm-up.",
        default: "1",
        type: "number",
    },
    {
        name: "json",
        group: "compare",
        description: "Print JSON instead of a table.",
        default: "false",
        type: "boolean",
    },
    ...INPUTS.flatMap((input) => {
        const difference = OF_A_BUILD[input.name];
        return difference === undefined ? [] : [{ ...input, ...difference }];
    }),
];

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: ./src/model/promotion.ts
var promotion = __webpack_require__(8176);
;// CONCATENATED MODULE: ./src/action/event.ts


/** The event of a run that no workflow started. */
const NO_EVENT = {
    name: undefined,
    followed: undefined,
    isFromFork: false,
    isDependabot: false,
    commit: undefined,
    ref: undefined,
    checkout: { state: "unverified" },
    run: undefined,
};
/**
 * Reads the event that started the workflow from the runner's variables and the payload at
 * `GITHUB_EVENT_PATH`. In a workflow, a payload that is missing or unreadable counts as a fork's, so that
 * nothing is pushed.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables
 */
async function readWorkflowEvent(env) {
    const name = env["GITHUB_EVENT_NAME"] ?? "";
    if (name === "" && env["GITHUB_ACTIONS"] !== "true")
        return NO_EVENT;
    const payload = await readPayload(env["GITHUB_EVENT_PATH"] ?? "");
    const workflowRun = field(payload, "workflow_run");
    const followed = field(workflowRun, "event");
    const isUnreadable = payload === undefined || (name === "workflow_run" && typeof followed !== "string");
    const actors = [
        env["GITHUB_ACTOR"],
        loginOf(workflowRun, "actor"),
        loginOf(workflowRun, "triggering_actor"),
    ];
    return {
        name: name === "" ? "unknown" : name,
        followed: typeof followed === "string" ? followed : undefined,
        isFromFork: isUnreadable || isFromFork(payload),
        // When someone else re-runs the workflow, GITHUB_ACTOR still names the user who started the first run.
        isDependabot: actors.includes("dependabot[bot]"),
        commit: env["GITHUB_SHA"],
        ref: env["GITHUB_REF"],
        checkout: { state: "unverified" },
        run: readRunOrder(env),
    };
}
/**
 * True if a payload names a head repository that is not the workflow's repository, or has been deleted. Heads
 * are looked for everywhere: those of `check_run` are in a list of pull requests, and a `repository_dispatch`
 * that a comment caused has a whole pull request in its `client_payload`.
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
function isFromFork(payload) {
    const base = field(payload, "repository");
    // A list instead of recursion: a client_payload may be nested deeper than the stack is.
    const left = [payload];
    while (left.length > 0) {
        const value = left.pop();
        if (typeof value !== "object" || value === null)
            continue;
        for (const [name, part] of Object.entries(value)) {
            if (name === "head_repository" && !isSameRepository(part, base))
                return true;
            if (name === "head" && isObject(part) && !isSameRepository(field(part, "repo"), base))
                return true;
            left.push(part);
        }
    }
    return false;
}
function readRunOrder(env) {
    const { GITHUB_RUN_ID = "", GITHUB_RUN_ATTEMPT = "1", GITHUB_RUN_NUMBER = GITHUB_RUN_ID } = env;
    return (0,promotion/* tryParseRunOrder */.m5)(`${GITHUB_RUN_ID}.${GITHUB_RUN_ATTEMPT}.${GITHUB_RUN_NUMBER}`);
}
/** The payload; undefined if there is none, or if it is not a JSON object. */
async function readPayload(path) {
    if (path === "")
        return undefined;
    try {
        const payload = JSON.parse(await (0,promises_.readFile)(path, "utf8"));
        return isObject(payload) ? payload : undefined;
    }
    catch {
        return undefined;
    }
}
function loginOf(workflowRun, actor) {
    return field(field(workflowRun, actor), "login");
}
/** Compares by the full name; the short form of a repository in a list of pull requests has only its ID. */
function isSameRepository(one, other) {
    for (const name of ["full_name", "id"]) {
        const [a, b] = [field(one, name), field(other, name)];
        if (a !== undefined && b !== undefined)
            return a === b;
    }
    return false;
}
function field(value, name) {
    if (!isObject(value))
        return undefined;
    const found = Object.getOwnPropertyDescriptor(value, name)?.value;
    return found ?? undefined;
}
function isObject(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

// EXTERNAL MODULE: ./src/platform/clock.ts
var clock = __webpack_require__(53037);
;// CONCATENATED MODULE: ./src/action/events-file.ts




/** Lets a run write its events to a file, if one is wanted. */
function withEvents(context, eventsFile) {
    return eventsFile === undefined ? context : { ...context, emit: openEventsFile(eventsFile, context.log) };
}
/**
 * Writes each event of a run to a file as one line of JSON, at once, so that it is there even if the run is
 * killed. Replaces a file of an earlier run; a symbolic link is replaced and not followed. Events end with
 * `run-ended`. If the file cannot be written, logs a warning, and the run goes on without it.
 */
function openEventsFile(file, log) {
    let descriptor;
    const attempt = (work) => {
        try {
            work();
        }
        catch (error) {
            log.warning(`input events-file: the events cannot be written: ${(0,action_error/* renderError */.vr)(error)}`);
            // It stays open until the process ends: closing it could fail, too.
            descriptor = undefined;
        }
    };
    attempt(() => {
        (0,external_node_fs_.mkdirSync)((0,external_node_path_.dirname)(file), { recursive: true });
        (0,external_node_fs_.rmSync)(file, { force: true });
        descriptor = (0,external_node_fs_.openSync)(file, "wx");
    });
    return (event) => {
        const line = JSON.stringify({ at: new Date(clock/* systemClock */.ml.nowMs()).toISOString(), ...event }, (_, value) => typeof value === "string" ? log.redact(value) : value);
        attempt(() => {
            if (descriptor !== undefined)
                (0,external_node_fs_.appendFileSync)(descriptor, `${line}\n`);
        });
    };
}

// EXTERNAL MODULE: ./src/platform/files.ts
var platform_files = __webpack_require__(94924);
// EXTERNAL MODULE: ./src/report/trace-destination.ts
var trace_destination = __webpack_require__(7274);
;// CONCATENATED MODULE: ./src/action/export-run.ts



/** The runner ends a cancelled step soon. */
const CANCELLED_LIMIT_MS = 1_500;
/** A shorter value of a header is not a secret, and masking it would hide much else in the log. */
const MIN_SECRET_LENGTH = 6;
/**
 * Reads where traces go. Removes the variables with secrets from the environment, so that no child process
 * inherits one. What cannot be used is a warning, because such variables may be meant for other programs.
 */
function takeMonitoring({ metricsFile, otlpEndpoint }, environment, log) {
    const all = { ...environment };
    const mask = (secret) => {
        if (secret.length >= MIN_SECRET_LENGTH)
            log.mask(secret);
    };
    for (const variable of trace_destination/* HEADER_VARIABLES */.EW) {
        mask(all[variable] ?? "");
        Reflect.deleteProperty(environment, variable);
    }
    try {
        const traces = (0,trace_destination/* readTraceDestination */.KJ)(otlpEndpoint, all);
        // Such as `Bearer TOKEN`, and the token alone.
        for (const value of Object.values(traces?.headers ?? {}))
            [value, ...value.split(" ")].forEach(mask);
        return { metricsFile, traces };
    }
    catch (error) {
        const hint = error instanceof action_error/* ActionError */.lZ ? ` ${error.hint}` : "";
        log.warning(`no trace of this run will be sent: ${(0,action_error/* renderError */.vr)(error)}.${hint}`);
        return { metricsFile, traces: undefined };
    }
}
/** Hands the run on to monitoring. Never rejects: what cannot be handed on is a warning. */
async function exportRun(report, { metricsFile, traces }, context) {
    const { log, environment } = context;
    const attempt = async (what, work) => {
        try {
            await work();
        }
        catch (error) {
            log.warning(`${what}: ${(0,action_error/* renderError */.vr)(error)}`);
        }
    };
    if (metricsFile !== undefined) {
        await attempt("input metrics-file: the metrics could not be written", async () => {
            const { renderMetrics } = await Promise.all(/* import() */[__webpack_require__.e(222), __webpack_require__.e(479)]).then(__webpack_require__.bind(__webpack_require__, 36479));
            await (0,platform_files/* writeFileAtomically */.lo)(metricsFile, await renderMetrics(report, nameJob(environment)));
        });
    }
    if (traces !== undefined) {
        await attempt("the trace of this run could not be sent", () => sendTrace(report, traces, context));
    }
}
async function sendTrace(report, destination, { environment, log, sendHttp, signal, steadyClock: clock }) {
    const [{ composeTrace }, { sendSpans }] = await Promise.all([
        Promise.all(/* import() */[__webpack_require__.e(209), __webpack_require__.e(391)]).then(__webpack_require__.bind(__webpack_require__, 56391)),
        Promise.all(/* import() */[__webpack_require__.e(968), __webpack_require__.e(187)]).then(__webpack_require__.bind(__webpack_require__, 26187)),
    ]);
    const spans = composeTrace(report, environment);
    if (spans.length === 0)
        return;
    const limitMs = signal.aborted ? CANCELLED_LIMIT_MS : destination.timeoutMs;
    const timeoutMs = Math.min(limitMs, destination.timeoutMs);
    await sendSpans(spans, { ...destination, timeoutMs }, { sendHttp, clock, log });
}
/** Labels that tell the jobs of a machine apart; none outside of a workflow. */
function nameJob({ GITHUB_REPOSITORY: repository = "", GITHUB_JOB: job = "", }) {
    return {
        ...(repository !== "" && { repository }),
        // Prometheus itself sets a label `job`.
        ...(job !== "" && { workflow_job: job }),
    };
}

// EXTERNAL MODULE: ./node_modules/commander/index.js + 6 modules
var commander = __webpack_require__(67375);
;// CONCATENATED MODULE: ./package.json
const package_namespaceObject = /*#__PURE__*/JSON.parse('{"rE":"1.0.0","h_":"From a Nix flake to a tested container image for the production CPU, from any runner"}');
;// CONCATENATED MODULE: ./src/action/doctor-inputs.ts

const OF_THE_DOCTOR = [
    "installables",
    "strategy",
    "systems",
    "working-directory",
    "extra-conf",
    "nix-source",
    "nix-version",
    "nix-url",
    "nix-sha256",
    "github-token",
    "access-tokens",
    "builders",
    "ssh-private-key",
    "ssh-known-hosts",
    "ssh-config",
    "kubeconfig",
    "kubernetes-pool",
    "builder-timeout",
    "cache",
    "trusted-public-keys",
    "image",
    "tags",
    "push",
    "registry-username",
    "registry-password",
    "smoke-test",
    "allow-emulated-gate",
    "promote",
];
/** The inputs that the doctor looks at. It accepts the other inputs of a build too, and ignores them. */
const DOCTOR_INPUTS = INPUTS.filter(({ name }) => OF_THE_DOCTOR.includes(name));

;// CONCATENATED MODULE: ./src/action/gate-inputs.ts

/** The input that only the gate action has. */
const GATE_RESULTS = {
    name: "gate-results",
    group: "gate",
    description: "The outputs gate-result of the gates that this job needs, one per line, or as " +
        "toJSON(needs.gate.outputs). The tags move only if they and this job's smoke test cover every image.",
    default: "",
};
/** The inputs that the gate action shares with a build, with the fields that differ from those of a build. */
const OF_THE_GATE = {
    image: {
        description: "The image to test, by digest: NAME@DIGEST, as in the build's output image. Of an image index, the " +
            "images of systems are tested.",
    },
    systems: {
        description: "The Nix systems whose images are tested, separated by commas or newlines. Default: the system of " +
            "the container engine.",
        default: "",
    },
    "smoke-test": {
        description: "The smoke test: a YAML file, or the YAML itself. Without it, the job only moves the tags, and needs " +
            "gate-results.",
    },
    promote: {
        description: "true moves the tags once every image has passed its smoke test; false only tests.",
    },
    "working-directory": {},
    tags: {},
    "registry-username": {},
    "registry-password": {},
    "allow-emulated-gate": {},
    summarize: {},
    report: {},
    "smoke-junit": {},
    "events-file": {},
    "metrics-file": {},
    "otlp-endpoint": {},
};
/** The inputs of the gate action. */
const GATE_INPUTS = INPUTS.flatMap((input) => {
    const difference = OF_THE_GATE[input.name];
    const shared = difference === undefined ? [] : [{ ...input, ...difference }];
    return input.name === "smoke-test" ? [...shared, GATE_RESULTS] : shared;
});

;// CONCATENATED MODULE: ./src/action/provision-inputs.ts
/** The flags of `cross-build provision kubernetes`. The actions do not have them. */
const PROVISION_INPUTS = [
    {
        name: "kubeconfig",
        group: "cluster",
        description: "The kubeconfig of a user who may make namespaces, roles and pods. Default: the one that kubectl uses.",
        default: "",
        isFile: true,
    },
    {
        name: "context",
        group: "cluster",
        description: "The context of the kubeconfig. Default: its current one.",
        default: "",
    },
    {
        name: "namespace",
        group: "cluster",
        description: "The namespace, which the pool has to have alone.",
        default: "builders",
    },
    {
        name: "image",
        group: "pool",
        description: "The builder image by digest: NAME@sha256:… Default: the one of this release.",
        default: "",
    },
    {
        name: "isolation",
        group: "pool",
        description: "How builds are kept apart: restricted (no root, no sandbox), user-namespace or privileged (both " +
            "with Nix's sandbox).",
        default: "restricted",
    },
    {
        name: "replicas",
        group: "pool",
        description: "The number of x86_64 pods.",
        default: "2",
        type: "number",
    },
    {
        name: "replicas-arm64",
        group: "pool",
        description: "The number of ARM64 pods.",
        default: "0",
        type: "number",
    },
    {
        name: "requests",
        group: "pool",
        description: "What each pod reserves, such as cpu=1,memory=2Gi. Default: that of the chart.",
        default: "",
    },
    {
        name: "limits",
        group: "pool",
        description: "What each pod may use at most, such as cpu=4,memory=8Gi. Default: that of the chart.",
        default: "",
    },
    {
        name: "store-size",
        group: "pool",
        description: "The size of each pod's volume, such as 200Gi. Default: that of the chart.",
        default: "",
    },
    {
        name: "storage-class",
        group: "pool",
        description: "The storage class of the volumes. Default: that of the cluster.",
        default: "",
    },
    {
        name: "pull-config",
        group: "pool",
        description: "A config.json of docker login, from which the nodes get the credentials for the image's registry. " +
            "Default: those that the pool has.",
        default: "",
        isFile: true,
    },
    {
        name: "timeout",
        group: "pool",
        description: "Seconds allowed for the pods to become ready, not counting builds that they finish.",
        default: "600",
        type: "number",
    },
    {
        name: "token-hours",
        group: "jobs",
        description: "How long the jobs' token is valid. Many clusters allow 24 or 48 hours at most.",
        default: "24",
        type: "number",
    },
    {
        name: "output",
        group: "jobs",
        description: "The folder for the files kubeconfig and ssh-private-key. Default: a folder of " +
            "~/.local/state/cross-build.",
        default: "",
    },
    {
        name: "github",
        group: "jobs",
        description: "OWNER/REPOSITORY whose secrets and variable gh sets, instead of writing files. Needs gh, logged in.",
        default: "",
    },
    {
        name: "rotate-keys",
        group: "jobs",
        description: "Make new keys. Jobs that have the earlier key may go on with it.",
        default: "false",
        type: "boolean",
    },
    {
        name: "retire-keys",
        group: "jobs",
        description: "Stop accepting the keys that jobs had before the newest one.",
        default: "false",
        type: "boolean",
    },
    {
        name: "dry-run",
        group: "mode",
        description: "Only say what would be made or changed, after the API server has checked it.",
        default: "false",
        type: "boolean",
    },
    {
        name: "delete",
        group: "mode",
        description: "Remove the pool when its builds have ended. The volumes stay, and so does the namespace.",
        default: "false",
        type: "boolean",
    },
    {
        name: "delete-data",
        group: "mode",
        description: "Remove the pool, its volumes, and the namespace if this command has made it.",
        default: "false",
        type: "boolean",
    },
];

// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(57975);
;// CONCATENATED MODULE: ./src/action/terminal.ts



/** Opens one of this process's streams. */
function openTerminal(stream, env) {
    return {
        write: (text) => {
            stream.write(text);
        },
        columns: stream.isTTY === true && stream.columns !== 0 ? stream.columns : undefined,
        isColored: isColored(stream, env),
    };
}
/**
 * Whether to colour what is written to a stream: `NO_COLOR` says no, `FORCE_COLOR` says yes (`0` and `false`
 * say no), and otherwise only a terminal that has colours gets them.
 * @see https://no-color.org and https://force-color.org
 */
function isColored(stream, env) {
    const { NO_COLOR = "", FORCE_COLOR = "" } = env;
    if (NO_COLOR !== "")
        return false;
    if (FORCE_COLOR !== "")
        return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
    return stream.isTTY === true && stream.hasColors?.(env) === true;
}
/** Text in a style, if the terminal is coloured. */
function paint({ isColored: isOn }, style, text) {
    // isColored has decided already; styleText would look at process.stdout.
    return isOn ? (0,external_node_util_.styleText)(style, text, { validateStream: false }) : text;
}
/** Breaks lines that are longer than a terminal is wide. Others, such as indented code, stay as they are. */
function wrapLines(text, { columns }) {
    if (columns === undefined)
        return text;
    const isLong = (line) => (0,log/* sanitizeText */.jZ)(line).length > columns;
    const lines = text.split("\n");
    return lines.map((line) => (isLong(line) ? wrapText(line, columns) : line)).join("\n");
}
/** Breaks text into lines of at most `columns`, at spaces only: a URL stays whole. */
function wrapText(text, columns) {
    return new commander/* Help */._V().boxWrap(text, columns);
}

;// CONCATENATED MODULE: ./src/action/flags.ts









const COMMAND_NAMES = ["build", "gate", "doctor", "compare", "provision"];
/** A job summary exists on GitHub only. */
const isOfWorkflows = (name) => name === "summarize";
const COMMANDS = {
    build: {
        summary: "build, audit, push and test an image, then move its tags",
        description: "Builds an image from a flake, audits it for the target's CPU, pushes it by digest, runs its smoke " +
            "test, and then moves the tags.",
        inputs: INPUTS,
        isHidden: isOfWorkflows,
        examples: [
            "cross-build build --installables .#image --systems aarch64-linux",
            "cross-build build --image oci:/tmp/web --tags latest --smoke-test smoke-test.yaml",
            "cross-build build --builders @machines --ssh-private-key ~/.ssh/builder --strategy remote",
        ],
    },
    gate: {
        summary: "test an image that was pushed, then move its tags",
        description: "Runs the smoke test on an image that was pushed before, and then moves the tags.",
        inputs: GATE_INPUTS,
        isHidden: isOfWorkflows,
        examples: [
            "cross-build gate --image ghcr.io/me/web@sha256:… --smoke-test smoke-test.yaml --no-promote",
            "cross-build gate --image ghcr.io/me/web@sha256:… --smoke-test smoke-test.yaml --tags latest",
        ],
    },
    doctor: {
        summary: "check what a build needs, and say what to fix",
        description: "Checks Nix, builders, flake, cache, registry and container engine as a build with the same flags " +
            "would use them, and says what to fix. Takes all flags of build; those that it ignores are not listed.",
        inputs: INPUTS,
        isHidden: (name) => DOCTOR_INPUTS.every((input) => input.name !== name),
        examples: [
            "cross-build doctor",
            "cross-build doctor --installables .#image --smoke-test smoke-test.yaml --image ghcr.io/me/web",
        ],
    },
    compare: {
        summary: "measure how long each strategy takes to build a package",
        description: "Builds a package natively, cross-compiled, on remote builders and emulated, as far as this machine " +
            "can, and compares the times: cold, and after a change to one file. Pushes nothing, changes no file " +
            "of the flake, and deletes nothing from a store.",
        positional: {
            input: "installables",
            name: "package",
            description: "A package of a flake as FLAKE#NAME, without a system. Default: .",
        },
        inputs: COMPARE_INPUTS,
        isHidden: () => false,
        examples: [
            "cross-build compare .#image --change src/main.c",
            "cross-build compare --systems aarch64-linux --strategy cross-compile,emulate --rounds 5 --json",
        ],
    },
    provision: {
        summary: "make a pool of builders in a Kubernetes cluster, or remove it",
        description: "Makes a pool of builders with its keys and a token for jobs, waits until a build has run on every " +
            "pod, and prints what a workflow needs. Run it again to change the pool, or to renew the token.",
        subjects: ["kubernetes"],
        inputs: PROVISION_INPUTS,
        isHidden: () => false,
        examples: [
            "cross-build provision kubernetes --dry-run",
            "cross-build provision kubernetes --replicas 3 --github me/web",
            "cross-build provision kubernetes --rotate-keys",
            "cross-build provision kubernetes --delete",
        ],
    },
};
/** The headings of the groups of inputs, as in docs/inputs.md. */
const HEADINGS = {
    build: "Build:",
    builders: "Remote builders:",
    cache: "Binary cache:",
    image: "Image:",
    gate: "Gate:",
    report: "Report:",
};
const PROVISION_HEADINGS = {
    cluster: "Cluster:",
    pool: "Pool:",
    jobs: "Access of jobs:",
    mode: "Instead of making the pool:",
};
const headingOf = ({ group }) => ({ ...HEADINGS, ...PROVISION_HEADINGS, compare: "Comparison:" })[group];
/**
 * Parses the arguments of the CLI. If they ask for help or the version, prints it and returns the exit code:
 * 2 if no command is given. Throws `INPUT_INVALID`, without the value of any flag of a secret.
 */
function parseCommandLine(args, terminals) {
    const found = [];
    const program = createProgram(terminals, (invocation) => found.push(invocation));
    try {
        program.parse(hideUnknownValues(args), { from: "user" });
    }
    catch (error) {
        if (!(error instanceof commander/* CommanderError */.b7))
            throw error;
        if (error.exitCode === 0)
            return { exitCode: 0 };
        if (error.code === "commander.help")
            return { exitCode: 2 };
        throw toUsageError(error, args);
    }
    return found[0] ?? { exitCode: 2 };
}
function createProgram({ stdout, stderr }, run) {
    const program = new commander/* Command */.uB("cross-build")
        .description(package_namespaceObject.h_)
        .version(package_namespaceObject.rE, "-V, --version", "Print the version.")
        .option("--debug", "Log every step in detail.")
        .helpOption("-h, --help", "Print help.")
        .helpCommand("help [command]", "print help for a command")
        .configureHelp(createHelpConfiguration(stdout))
        .configureOutput({
        writeOut: stdout.write,
        writeErr: stderr.write,
        // The error is thrown, and whoever catches it prints it.
        outputError: () => undefined,
        getOutHelpWidth: () => widthOf(stdout),
        getErrHelpWidth: () => widthOf(stderr),
        getOutHasColors: () => stdout.isColored,
        getErrHasColors: () => stderr.isColored,
    })
        .exitOverride();
    for (const name of COMMAND_NAMES) {
        const spec = COMMANDS[name];
        const command = program.command(name).summary(spec.summary).description(spec.description);
        if (spec.subjects !== undefined)
            command.addArgument(new commander/* Argument */.ef("<where>", spec.subjects.join(", ")).choices(spec.subjects));
        const { positional } = spec;
        if (positional !== undefined)
            command.argument(`[${positional.name}]`, positional.description);
        const options = spec.inputs.map((input) => addFlag(command, input, spec.isHidden(input.name)));
        command.addHelpText("after", () => renderFoot(spec, stdout));
        command.action(() => {
            const values = new Map();
            const [word] = command.args;
            if (positional !== undefined && word !== undefined)
                values.set(positional.input, word);
            for (const option of options) {
                const value = command.getOptionValue(option.attributeName());
                if (typeof value === "string")
                    values.set(option.name(), value);
            }
            run({ command: name, values, isDebug: program.getOptionValue("debug") === true });
        });
    }
    return program;
}
/** Adds the flag of an input; of a switch, also `--no-NAME`. A repeated flag becomes an input of lines. */
function addFlag(command, input, isHidden) {
    const isSwitch = input.type === "boolean" || input.isSwitch === true;
    const flags = `--${input.name} ${isSwitch ? "[value]" : `<${kindOf(input)}>`}`;
    const option = new commander/* Option */.c$(flags, describeInput(input))
        .helpGroup(headingOf(input))
        .hideHelp(isHidden)
        .argParser((given, before) => {
        // commander takes any word as the value, so `--image --tags latest` would be an image named --tags.
        if (command.options.some(({ short, long }) => given === short || given === long))
            throw missingValue(input.name, given);
        return before === undefined || isSwitch ? given : `${before}\n${given}`;
    });
    command.addOption(option);
    if (isSwitch) {
        option.preset("true");
        const no = new commander/* Option */.c$(`--no-${input.name}`).preset("false").hideHelp();
        command.addOption(no.helpGroup(headingOf(input)));
    }
    return option;
}
function kindOf(input) {
    const isFile = input.isSecret === true || "isFile" in input;
    return isFile ? "file" : input.type === "number" ? "number" : "value";
}
function describeInput(input) {
    const notes = [
        ...(input.default === "" ? [] : [`default: ${input.default}`]),
        ...(input.isSecret === true ? [`or the variable ${secretVariable(input.name)}`] : []),
    ];
    return notes.length === 0 ? input.description : `${input.description} (${notes.join("; ")})`;
}
/** The variable that the CLI reads a secret from, if its flag is not given. */
function secretVariable(name) {
    return `CROSS_BUILD_${name.toUpperCase().replaceAll("-", "_")}`;
}
/** Longer lines are hard to read, however wide the terminal is. */
const MOST_COLUMNS = 110;
const FEWEST_COLUMNS = 46;
const COLUMNS_OF_A_FILE = 80;
function widthOf({ columns = COLUMNS_OF_A_FILE }) {
    return Math.max(FEWEST_COLUMNS, Math.min(columns, MOST_COLUMNS));
}
const TITLE = "bold";
const TERM = "cyan";
function createHelpConfiguration(terminal) {
    const paintTerm = (text) => paint(terminal, TERM, text);
    return {
        showGlobalOptions: true,
        styleTitle: (text) => paint(terminal, TITLE, text),
        styleOptionTerm: paintTerm,
        styleSubcommandTerm: paintTerm,
        subcommandTerm: (command) => command.name(),
        optionDescription: ({ description }) => description,
        // Both flags of a switch, as git shows them.
        optionTerm: ({ flags, optional }) => optional ? flags.replace("--", "--[no-]").replace(" [value]", "") : flags,
        formatItem: (term, termWidth, description, helper) => {
            const width = widthOf(terminal);
            return width - termWidth - 4 >= helper.minWidthToWrap
                ? commander/* Help */._V.prototype.formatItem.call(helper, term, termWidth, description, helper)
                : // A narrow terminal has no room beside the flags.
                    `  ${term}\n${indent(helper.boxWrap(description, width - 6), 6)}`;
        },
    };
}
function renderFoot({ examples }, terminal) {
    const notes = "Repeat a flag to give a list. A secret is read from a file or from its variable, and is never an " +
        "argument. More: https://github.com/fluo/cross-build/blob/v1/docs/command-line.md";
    const title = paint(terminal, TITLE, "Examples:");
    return `\n${title}\n${indent(examples.join("\n"), 2)}\n\n${wrapText(notes, widthOf(terminal))}`;
}
function indent(text, columns) {
    return text.replace(/^(?=.)/gm, " ".repeat(columns));
}
const nameOf = (arg) => /^--([a-z][a-z0-9-]*)/.exec(arg)?.[1] ?? "";
/** Cuts the values off flags that the command does not have: `--registry-pasword=SECRET` is a typo. */
function hideUnknownValues(args) {
    const command = findCommand(args);
    const known = new Set(command === undefined ? [] : COMMANDS[command].inputs.map(({ name }) => name));
    return args.map((arg) => /^--[a-z][a-z0-9-]*=/.test(arg) && !known.has(nameOf(arg)) ? `--${nameOf(arg)}` : arg);
}
function findCommand(args) {
    return COMMAND_NAMES.find((name) => args.find((arg) => !arg.startsWith("-")) === name);
}
function missingValue(name, next) {
    return new action_error/* ActionError */.lZ("INPUT_INVALID", `--${name} needs a value, but ${next} follows it`, {
        hint: `Write --${name}=VALUE if the value starts with a dash.`,
    });
}
/** The error for a command line that commander refuses. commander's suggestion is its second line. */
function toUsageError({ code, message }, args) {
    const [said = "", suggestion = ""] = message.replace(/^error: /, "").split("\n");
    const command = findCommand(args);
    const isSecret = (arg) => INPUTS.some((input) => input.isSecret === true && input.name === nameOf(arg));
    const text = 
    // A secret with spaces and without quotes makes such arguments.
    code === "commander.excessArguments" && args.some(isSecret)
        ? "too many arguments: a command takes flags only, and a value with spaces needs quotes"
        : said;
    const help = command === undefined
        ? `The first argument is a command: ${COMMAND_NAMES.join(", ")}. See \`cross-build --help\`.`
        : `See \`cross-build ${command} --help\`.`;
    return new action_error/* ActionError */.lZ("INPUT_INVALID", text, {
        hint: [suggestion.replace(/^\((.*)\)$/, "$1"), help].filter((line) => line !== "").join(" "),
    });
}

// EXTERNAL MODULE: ./node_modules/zod/v4/classic/schemas.js + 11 modules
var schemas = __webpack_require__(92857);
// EXTERNAL MODULE: ./src/model/digest.ts
var digest = __webpack_require__(95305);
;// CONCATENATED MODULE: ./src/model/gate-result.ts



const gate_result_digest = schemas/* string */.YjP().refine(digest/* isDigest */.Bc, "must be sha256: and 64 hexadecimal digits");
const RESULT = schemas/* strictObject */.rej({
    run: schemas/* int */.Whr().min(0).nullable(),
    digest: gate_result_digest,
    platform: schemas/* string */.YjP().min(1).max(100),
    smokeTest: gate_result_digest,
    engine: schemas/* string */.YjP().min(1).max(100).nullable(),
    outcome: schemas/* enum */.k5n(["passed", "failed"]),
});
/** Renders the output `gate-result`: a JSON list on one line; empty if nothing was tested. */
function renderGateResults(results) {
    return results.length === 0 ? "" : JSON.stringify(results);
}
/**
 * Parses the input `gate-results`: the outputs `gate-result` of several jobs, one per line, or as the values
 * of a JSON object, which is what `toJSON(needs.gate.outputs)` gives for a matrix. Empty values are skipped:
 * they belong to jobs that did not run. Throws `INPUT_INVALID`.
 */
function parseGateResults(text) {
    return isJson(text)
        ? parseOutputs(JSON.parse(text))
        : text.split(/\r?\n/).flatMap((line) => (line.trim() === "" ? [] : parseOutput(line)));
}
/** The gate results in the JSON value of an output; undefined if it is something else. */
function gate_result_readGateResults(value) {
    return z.array(RESULT).min(1).safeParse(value).data;
}
function parseOutputs(value) {
    if (Array.isArray(value))
        return parseList(value);
    const { success, data } = schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* string */.YjP()).safeParse(value);
    if (!success)
        throw invalid("it is neither a list of results nor an object of outputs");
    return Object.values(data).flatMap((output) => (output === "" ? [] : parseOutput(output)));
}
function parseOutput(text) {
    if (!isJson(text))
        throw invalid(`${JSON.stringify(text.slice(0, 100))} is not JSON`);
    return parseList(JSON.parse(text));
}
function parseList(value) {
    const { success, data, error } = schemas/* array */.YOg(RESULT).safeParse(value);
    if (success)
        return data;
    const [issue] = error.issues;
    throw invalid(`${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "it is malformed"}`);
}
function isJson(text) {
    try {
        JSON.parse(text);
        return true;
    }
    catch {
        return false;
    }
}
function invalid(why) {
    return new action_error/* ActionError */.lZ("INPUT_INVALID", `input gate-results: ${why}`, {
        hint: "Give the output gate-result of each gate, one per line, or toJSON(needs.gate.outputs) for a matrix " +
            "whose job has no other outputs.",
    });
}

// EXTERNAL MODULE: ./src/model/image-reference.ts
var image_reference = __webpack_require__(20068);
// EXTERNAL MODULE: ./src/action/settings.ts + 1 modules
var action_settings = __webpack_require__(45066);
;// CONCATENATED MODULE: ./src/action/gate-settings.ts




/**
 * Parses the inputs of the gate action, whose `image` has a digest and whose `systems` may be empty. Pure.
 * Rejects with `INPUT_INVALID`, naming the input and its value.
 */
function parseGateSettings(read, folders) {
    const workingDirectory = (0,external_node_path_.resolve)(folders.workspace, read("working-directory"));
    const pinned = read("image");
    const { image, digest } = (0,action_settings/* named */.KT)("image", image_reference/* parsePinnedImage */.HK)(pinned);
    const systems = read("systems");
    const isPromoted = (0,action_settings/* parseBoolean */.yG)("promote", read("promote"));
    const smokeTest = (0,action_settings/* optional */.lq)(read("smoke-test"));
    if (smokeTest === undefined && !isPromoted) {
        throw (0,action_settings/* invalid */.Gq)("smoke-test", "", "Set smoke-test or promote: true. With neither, there is nothing to do.");
    }
    return {
        inputs: {
            image,
            notices: (0,action_settings/* listNotices */.Sl)(pinned.slice(0, pinned.lastIndexOf("@")), image),
            digest,
            targets: systems === "" ? undefined : (0,action_settings/* parseSystems */.gi)(systems),
            tags: [...new Set((0,action_settings/* parseWords */.nl)(read("tags")).map((0,action_settings/* named */.KT)("tags", image_reference/* parseTag */.ED)))],
            isPromoted,
            smokeTest,
            gateResults: parseGateResults(read("gate-results")),
            isEmulatedGateAllowed: (0,action_settings/* parseBoolean */.yG)("allow-emulated-gate", read("allow-emulated-gate")),
            workingDirectory,
            registryLogin: (0,action_settings/* parseLogin */.$n)(read),
        },
        ...(0,action_settings/* parseReporting */.uR)(read, workingDirectory, folders),
    };
}

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
;// CONCATENATED MODULE: ./src/action/home.ts




/**
 * Sets `HOME` in `environment`, because the commands of a run need a home: Nix, for example, caches fetched
 * flakes there. If `HOME` is unset, it becomes the account's home; if that folder does not exist, as in many
 * containers, a folder of the run. A home that is not writable stays, since it may hold the credentials of
 * `docker login`; then `XDG_CACHE_HOME` becomes a folder of the run.
 */
function provideHome(runFolder, environment) {
    const given = environment["HOME"] ?? "";
    const home = given === "" ? readAccount().home : given;
    if (!isFolder(home)) {
        environment["HOME"] = makeFolder((0,external_node_path_.join)(runFolder, "home"));
        return;
    }
    environment["HOME"] = home;
    if ((environment["XDG_CACHE_HOME"] ?? "") === "" && !isWritable(home)) {
        environment["XDG_CACHE_HOME"] = makeFolder((0,external_node_path_.join)(runFolder, "cache"));
    }
}
/**
 * The account that this process runs as. A container's user may have no account: then the name is the user ID
 * and the home is empty.
 */
function readAccount() {
    try {
        const { username, homedir } = (0,external_node_os_.userInfo)();
        return { name: username, home: homedir };
    }
    catch {
        return { name: String(process.getuid?.() ?? ""), home: "" };
    }
}
/**
 * Makes the folder for the CLI's report, if the user names no file: one for each working directory, in
 * `$XDG_STATE_HOME/cross-build`. Not the working directory itself: a new file there changes a `path:` flake,
 * and everything would be built again. Returns the system's temporary folder if the home cannot be written.
 */
function makeReportFolder(workingDirectory, environment) {
    const hash = (0,external_node_crypto_.createHash)("sha256").update(workingDirectory).digest("hex").slice(0, 8);
    const folder = (0,external_node_path_.join)(findStateFolder(environment), `${(0,external_node_path_.basename)(workingDirectory)}-${hash}`);
    try {
        if (!(0,external_node_path_.isAbsolute)(folder))
            return (0,external_node_os_.tmpdir)();
        (0,external_node_fs_.mkdirSync)(folder, { recursive: true, mode: 0o700 });
        return isWritable(folder) ? folder : (0,external_node_os_.tmpdir)();
    }
    catch {
        return (0,external_node_os_.tmpdir)();
    }
}
/**
 * The folder for what the CLI keeps for the user, `$XDG_STATE_HOME/cross-build`. It may not exist, and is
 * relative if the user has no home.
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
function findStateFolder({ XDG_STATE_HOME = "", HOME = "" }) {
    const home = HOME === "" ? readAccount().home : HOME;
    const state = (0,external_node_path_.isAbsolute)(XDG_STATE_HOME) ? XDG_STATE_HOME : (0,external_node_path_.join)(home, ".local/state");
    return (0,external_node_path_.join)(state, "cross-build");
}
function isFolder(path) {
    try {
        return (0,external_node_fs_.statSync)(path).isDirectory();
    }
    catch {
        return false;
    }
}
function isWritable(folder) {
    try {
        (0,external_node_fs_.accessSync)(folder, external_node_fs_.constants.W_OK);
        return true;
    }
    catch {
        return false;
    }
}
function makeFolder(folder) {
    (0,external_node_fs_.mkdirSync)(folder, { mode: 0o700 });
    return folder;
}

;// CONCATENATED MODULE: ./src/action/live-area.ts
/**
 * Opens the live area of a stream; undefined if it is not a terminal that can move its cursor, and that knows
 * its height (`script` makes one of no rows, for example).
 */
async function openLiveArea(stream, env) {
    const { isTTY = false, rows = 0 } = stream;
    if (!isTTY || rows === 0 || env["TERM"] === "dumb")
        return undefined;
    const { createLogUpdate } = await __webpack_require__.e(/* import() */ 210).then(__webpack_require__.bind(__webpack_require__, 92210));
    // The cursor stays visible: a run that is killed could not bring it back.
    const update = createLogUpdate(stream, { showCursor: true });
    return {
        show: (lines) => {
            if (lines.length === 0)
                update.clear();
            else
                update(lines.join("\n"));
        },
        clear: () => {
            update.clear();
        },
    };
}

// EXTERNAL MODULE: ./src/model/count.ts
var count = __webpack_require__(47302);
;// CONCATENATED MODULE: ./src/report/gantt.ts

/** More rows would be too small to read. */
const SHOWN_BUILDS = 40;
const NAME_CHARACTERS = 40;
const MARKS = { built: "✓", failed: "✗", interrupted: "–" };
/** When a build ended, in milliseconds since the epoch. */
function endOf({ startedAt, durationMs }) {
    return Date.parse(startedAt) + durationMs;
}
/**
 * The builds that decided how long everything took: the one that ended last, then of those that it depends on
 * the one that ended last, and so on. In the order in which they ran.
 */
function findCriticalPath(builds) {
    // Of several attempts to build a derivation, its dependents waited for the last one.
    const byDrv = new Map();
    for (const build of builds) {
        const known = byDrv.get(build.drvPath);
        if (known === undefined || endOf(known) < endOf(build))
            byDrv.set(build.drvPath, build);
    }
    const path = [];
    let candidates = builds;
    while (candidates.length > 0) {
        const last = candidates.reduce((latest, build) => (endOf(build) >= endOf(latest) ? build : latest));
        path.unshift(last);
        const startedAt = Date.parse(last.startedAt);
        // A build ends before its dependents start, so this also ends where a list has a cycle.
        candidates = last.dependencies
            .flatMap((drvPath) => byDrv.get(drvPath) ?? [])
            .filter((build) => !path.includes(build) && Date.parse(build.startedAt) <= startedAt);
    }
    return path;
}
/**
 * The builds as a Gantt chart of Mermaid, by machine, with the critical path marked. Of many builds it has
 * the critical path and the slowest others. Times are those of the reader's time zone.
 * @see https://mermaid.js.org/syntax/gantt.html
 */
function renderGantt(builds) {
    const critical = new Set(findCriticalPath(builds));
    const byTime = (a, b) => b.durationMs - a.durationMs;
    const kept = new Set([
        ...[...critical].toSorted(byTime),
        ...builds.filter((build) => !critical.has(build)).toSorted(byTime),
    ].slice(0, SHOWN_BUILDS));
    // Builds of the same millisecond keep the order of the report: dependencies first.
    const shown = builds
        .filter((build) => kept.has(build))
        .toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
    const machines = Map.groupBy(shown, ({ place }) => place);
    const sections = [...machines].flatMap(([place, own]) => [
        `  section ${renderMachine(place)}`,
        ...own.map((build) => `    ${renderTask(build, critical.has(build))}`),
    ]);
    const head = ["gantt", "  dateFormat x", "  axisFormat %H:%M:%S", "  todayMarker off"];
    return { text: [...head, ...sections].join("\n"), omitted: builds.length - shown.length };
}
function renderTask(build, isCritical) {
    const { name, outcome, durationMs, startedAt } = build;
    const start = Date.parse(startedAt);
    // The mark comes first, since Mermaid takes a name such as "gantt" or "2026-01-01" for its own syntax.
    const label = `${MARKS[outcome]} ${toSafeText(name)} (${renderDuration(durationMs)})`;
    return `${label} :${isCritical ? "crit, " : ""}${start}, ${start + Math.max(1, Math.round(durationMs))}`;
}
/** The host of a builder's store URI, and its port. In the title of a section, Mermaid allows a colon. */
function renderMachine(place) {
    if (place === "local")
        return "this machine";
    return place
        .replace(/^ssh(?:-ng)?:\/\//, "")
        .split(":")
        .map(toSafeText)
        .join(":");
}
/** Leaves only characters that mean nothing to Mermaid and HTML, and that Nix allows in names. */
function toSafeText(text) {
    const safe = text.replace(/[^A-Za-z0-9+._?=/@-]/g, "_") || "_";
    return safe.length <= NAME_CHARACTERS ? safe : `${safe.slice(0, NAME_CHARACTERS)}…`;
}

;// CONCATENATED MODULE: ./src/report/timeline.ts

/** The titles of the tables that describe the bars. */
const BUILDS_TABLE = "All builds";
const PHASES_TABLE = "Phases of the run";
/** A place as shown to people: the host of a builder's store URI, with its port. */
function renderPlace(place) {
    return place === "local" ? "this machine" : place.replace(/^ssh(?:-ng)?:\/\//, "");
}
/** The phases of the run, and below them the builds by machine. Undefined if there are neither. */
function composeTimeline(report) {
    const { builds, phases } = report;
    if (builds.length + phases.length === 0)
        return undefined;
    const startMs = Date.parse(report.startedAt);
    const since = (instant) => Date.parse(instant) - startMs;
    const critical = findCriticalPath(builds);
    const onPath = new Set(critical);
    const groups = [];
    /** Where the bar of each build is. */
    const places = new Map();
    if (phases.length > 0) {
        const bars = packLanes(phases.map((phase, row) => ({
            row,
            startMs: since(phase.startedAt),
            durationMs: phase.durationMs,
            look: phase.outcome === "failed" ? "failed" : "phase",
        })));
        groups.push({ title: PHASES_TABLE, table: PHASES_TABLE, ...bars });
    }
    const machines = Map.groupBy(builds.entries(), ([, build]) => build.place);
    for (const [place, own] of machines) {
        const bars = packLanes(own.map(([row, build]) => ({
            row,
            startMs: since(build.startedAt),
            durationMs: build.durationMs,
            look: onPath.has(build) && build.outcome === "built" ? "critical" : build.outcome,
        })));
        for (const [index, { row }] of bars.bars.entries()) {
            const build = builds[row];
            if (build !== undefined)
                places.set(build, [groups.length, index]);
        }
        groups.push({ title: renderPlace(place), table: BUILDS_TABLE, ...bars });
    }
    const ends = groups.flatMap(({ bars }) => bars.map((bar) => bar.startMs + bar.durationMs));
    return {
        kind: "timeline",
        label: `Timeline of ${builds.length} builds on ${machines.size} machines`,
        durationMs: ends.reduce((latest, end) => Math.max(latest, end), Math.max(1, report.durationMs)),
        groups,
        path: critical.flatMap((build) => {
            const place = places.get(build);
            return place === undefined ? [] : [place];
        }),
    };
}
/**
 * How long each build waited after the last of its dependencies, for a free slot or until they were copied,
 * in milliseconds; undefined if it depends on no other build of the report.
 */
function findWaits(builds) {
    const ends = new Map();
    for (const { drvPath, startedAt, durationMs } of builds) {
        ends.set(drvPath, Math.max(ends.get(drvPath) ?? -Infinity, Date.parse(startedAt) + durationMs));
    }
    return builds.map(({ dependencies, startedAt }) => {
        const ready = dependencies.reduce((latest, path) => Math.max(latest, ends.get(path) ?? -Infinity), -Infinity);
        // A dependency that was built again after this build had begun was not waited for.
        const wait = Date.parse(startedAt) - ready;
        return Number.isFinite(ready) && wait >= 0 ? wait : undefined;
    });
}
/** Puts bars that overlap in time into different lanes: each into the first lane that is free. */
function packLanes(bars) {
    const ends = [];
    const packed = bars
        .toSorted((a, b) => a.startMs - b.startMs)
        .map((bar) => {
        const free = ends.findIndex((end) => end <= bar.startMs);
        const lane = free === -1 ? ends.length : free;
        ends[lane] = bar.startMs + bar.durationMs;
        return { ...bar, lane };
    });
    return { lanes: ends.length, bars: packed };
}

;// CONCATENATED MODULE: ./src/report/page-tables.ts



/** A longer text in a cell would hide the rest of the table. */
const MAX_CELL_CHARACTERS = 500;
/** The title of the table with what the treemap shows. */
const LAYERS_TABLE = "All layers";
/**
 * A table. A `#` before a column's title marks numbers, a `=` numbers with bars behind them. A `?` before
 * that leaves the column out if it is empty.
 */
function table(title, head, rows) {
    const looks = { "#": "number", "=": "bar" };
    const isShown = head.map((name, index) => !name.startsWith("?") || rows.some((row) => row[index] !== undefined && row[index] !== ""));
    const shown = (list) => list.filter((_, index) => isShown[index]);
    return {
        kind: "table",
        title,
        columns: shown(head).map((marked) => {
            const name = marked.replace(/^\?/, "");
            const mark = name.charAt(0);
            return mark === "#" || mark === "="
                ? { title: name.slice(1), look: looks[mark] }
                : { title: name, look: "text" };
        }),
        rows: rows.map((row) => shown(row).map((cell) => (typeof cell === "string" ? clip(cell) : cell))),
    };
}
/** A time as a cell; empty if it is unknown. */
function time(ms) {
    return ms == null ? "" : [(0,count/* renderDuration */.PP)(ms), ms];
}
/** A size as a cell; empty if it is unknown. */
function size(bytes) {
    return bytes == null ? "" : [(0,count/* renderMebibytes */.BW)(bytes), bytes];
}
/** A number as a cell; empty if it is unknown. */
function page_tables_count(value) {
    return value === null ? "" : [String(value), value];
}
/** The beginning of a text, and how much more there is. */
function clip(text) {
    const rest = text.length - MAX_CELL_CHARACTERS;
    return rest <= 0 ? text : `${text.slice(0, MAX_CELL_CHARACTERS)}… (${rest} more characters)`;
}
/** Everything in the report, as tables. */
function composeTables(report) {
    const sections = [
        {
            title: "Phases and resources",
            note: "What this machine used in each phase, whoever used it. CPU time is added up over all CPUs; memory " +
                "and disk are peaks.",
            blocks: [tablePhases(report)],
        },
        {
            title: "Times against the last runs",
            note: "The median of earlier runs with the same strategy and outcome. A derivation that is slower in two " +
                "builds in a row became slower.",
            blocks: [tableTimes(report), tableSlower(report)],
        },
        { title: "Caches", blocks: [tableSources(report), tableSubstituters(report), tableCaches(report)] },
        { title: "Builds", isFolded: true, blocks: [tableBuilds(report), tableAttempts(report)] },
        { title: "Substituted paths", isFolded: true, blocks: [tableSubstitutions(report)] },
        { title: "Builders", isFolded: true, blocks: [tableBuilders(report), tableChanges(report)] },
        { title: "Plan", isFolded: true, blocks: [tablePlans(report)] },
        {
            title: "Image and tags",
            isFolded: true,
            blocks: [tablePlatforms(report), tableLayers(report), tablePaths(report), tableTags(report)],
        },
        { title: "Audit of the image", isFolded: true, blocks: [tableAudits(report), tableFindings(report)] },
        {
            title: "Smoke tests",
            isFolded: true,
            blocks: [
                tableChecks(report),
                ...report.smokeTests.map(({ target, containerLog }) => ({
                    kind: "text",
                    title: `Container log for ${clip(target)}`,
                    text: containerLog,
                })),
            ],
        },
    ];
    return sections
        .map((section) => ({
        ...section,
        blocks: section.blocks.filter((block) => block.kind === "table" ? block.rows.length > 0 : block.kind !== "text" || block.text !== ""),
    }))
        .filter(({ blocks }) => blocks.length > 0);
}
function tablePhases({ phases }) {
    const rows = phases.map(({ name, durationMs, outcome, machine, disks }) => [
        name,
        time(durationMs),
        outcome,
        time(machine?.cpuMs),
        size(machine?.peakMemoryBytes),
        size(machine?.receivedBytes),
        size(machine?.sentBytes),
        disks
            .map(({ folder, usedBytes, freeBytes }) => `${folder}: ${(0,count/* renderMebibytes */.BW)(usedBytes)} more, ${(0,count/* renderMebibytes */.BW)(freeBytes)} free`)
            .join("; "),
    ]);
    const head = ["Phase", "=Time", "Outcome", "=CPU time", "=Memory", "#Received", "#Sent", "Disk"];
    return table(PHASES_TABLE, head, rows);
}
function tableTimes({ history }) {
    const rows = (history?.targets ?? []).flatMap(({ target, runs, times }) => times.map(({ name, durationMs, medianMs }) => [
        ...[target, name, time(durationMs), time(medianMs)],
        (0,count/* renderChange */.vN)(durationMs, medianMs),
        page_tables_count(runs),
    ]));
    return table("Times and medians", ["System", "Part", "=Time", "#Median", "Change", "#Runs"], rows);
}
function tableSlower({ history }) {
    const rows = (history?.targets ?? []).flatMap(({ target, slower }) => slower.map(({ name, durationMs, medianMs, builds, isConfirmed }) => [
        ...[target, name, time(durationMs), time(medianMs), page_tables_count(builds)],
        isConfirmed ? "in the build before, too" : "for the first time",
    ]));
    return table("Slower derivations", ["System", "Derivation", "=Time", "#Median", "#Builds", "Slower"], rows);
}
function tableSources({ substitutions }) {
    const rows = [...Map.groupBy(substitutions, ({ from }) => from)].map(([from, own]) => {
        const fetched = own.filter(({ outcome }) => outcome === "substituted").length;
        const addedUpMs = own.reduce((sum, { durationMs }) => sum + durationMs, 0);
        return [from, page_tables_count(fetched), page_tables_count(own.length - fetched), time(addedUpMs)];
    });
    return table("Paths by source", ["Source", "=Paths", "#Failed", "#Time, added up"], rows);
}
function tableSubstituters({ substituters }) {
    const rows = substituters.map(({ uri, state, reason }) => [uri, state, reason]);
    return table("Substituters on HTTP servers", ["Substituter", "State", "What the probe found"], rows);
}
function tableCaches({ caches }) {
    const rows = caches.map((cache) => [
        cache.uri,
        `${cache.state}: ${cache.reason}`,
        page_tables_count(cache.pathsPushed),
        size(cache.bytesPushed),
        page_tables_count(cache.pathsPresent),
        page_tables_count(cache.pathsLeft),
        cache.hitRate === null ? "" : `${Math.round(cache.hitRate * 100)} %`,
        cache.isTrustedByLocation ? "its location is trusted, without signatures" : "by signatures",
        renderEntries(cache),
    ]);
    const head = ["Cache", "State", "=Pushed", "=Bytes", "=Present", "=Left", "Hit rate", "Trust", "Entries"];
    return table("The run's own caches", head, rows);
}
/** What was read from GitHub's cache, and written to it. */
function renderEntries({ restored, saved }) {
    const what = (paths, bytes) => `${paths} paths, ${(0,count/* renderMebibytes */.BW)(bytes)}`;
    const read = restored === null
        ? []
        : [`${restored.state}: ${restored.reason}, ${what(restored.paths, restored.bytes)}`];
    const written = saved === null ? [] : [`saved ${saved.kind} ${saved.key}, ${(0,count/* renderMebibytes */.BW)(saved.bytes)}`];
    return [...read, ...written].join("; ");
}
function tableBuilds(report) {
    const { builds } = report;
    const critical = new Set(findCriticalPath(builds));
    const startMs = Date.parse(report.startedAt);
    const waits = findWaits(builds);
    const rows = builds.map((build, index) => [
        build.name,
        build.target,
        renderPlace(build.place),
        build.outcome,
        time(Math.max(0, Date.parse(build.startedAt) - startMs)),
        time(waits[index]),
        time(build.durationMs),
        time(build.use.cpuMs),
        size(build.use.peakMemoryBytes),
        size(build.use.copiedBytes),
        critical.has(build) ? "yes" : "",
    ]);
    const head = [
        "Derivation",
        "System",
        "Where",
        "Outcome",
        "#Began after",
        "#Waited",
        "=Time",
        "?=CPU time",
        "?=Memory",
        "?#Inputs copied",
        "Critical path",
    ];
    return table(BUILDS_TABLE, head, rows);
}
function tableAttempts({ attempts }) {
    const rows = attempts.map(({ target, strategy, mode, outcome, durationMs, reason, message }) => [
        ...[target, strategy, mode, outcome, time(durationMs), reason, message ?? ""],
    ]);
    return table("Attempts to build", ["System", "Strategy", "Mode", "Outcome", "#Time", "Why this mode", "Error"], rows);
}
function tableSubstitutions({ substitutions }) {
    const rows = substitutions.map(({ storePath, target, from, outcome, durationMs }) => [
        ...[storePath, target, from, outcome, time(durationMs)],
    ]);
    return table("All substituted paths", ["Store path", "System", "Source", "Outcome", "#Time"], rows);
}
function tableBuilders({ builders }) {
    const rows = builders.map(({ uri, state, systems, nix, slots, cpus, load, freeBytes, ...rest }) => [
        ...[renderPlace(uri), state, systems.join(", "), rest.features.join(", "), nix ?? "", page_tables_count(slots)],
        ...[page_tables_count(cpus), page_tables_count(load), size(freeBytes)],
        ...(rest.use.builds === 0 ? ["", ""] : [page_tables_count(rest.use.builds), time(rest.use.busyMs)]),
        ...[time(rest.use.cpuMs), size(rest.use.sentBytes), size(rest.use.receivedBytes)],
        [rest.code, rest.reason, rest.hint].filter((part) => part !== null).join(". "),
    ]);
    const facts = ["Builder", "State", "Systems", "Features", "Nix", "#Slots", "#CPUs", "#Load", "#Free"];
    const head = [...facts, "?#Builds", "?=Busy", "?=CPU time", "?#Sent", "?#Received", "Why"];
    return table("All builders", head, rows);
}
function tableChanges({ builderChanges }) {
    const rows = builderChanges.map(({ at, uri, state, reason }) => [at, renderPlace(uri), state, reason]);
    return table("Changes of builders during the run", ["When", "Builder", "State", "Why"], rows);
}
function tablePlans({ plans }) {
    const rows = plans.flatMap(({ target, verdicts }) => verdicts.map(({ strategy, verdict, reason }) => [target, strategy, verdict, reason]));
    return table("Strategies with reasons", ["System", "Strategy", "Verdict", "Why"], rows);
}
function tablePlatforms({ image }) {
    const rows = (image?.platforms ?? []).map(({ target, digest, imageId, sizeBytes, previousSizeBytes }) => [
        target,
        digest,
        imageId,
        ...[size(sizeBytes), size(previousSizeBytes)],
    ]);
    return table("Images by system", ["System", "Manifest", "Config", "#Size", "#Size before"], rows);
}
function tableLayers({ layers }) {
    const rows = layers.map(({ target, digest, sizeBytes, state }) => [target, digest, state, size(sizeBytes)]);
    return table(LAYERS_TABLE, ["System", "Layer", "State", "=Size"], rows);
}
function tablePaths({ audits }) {
    const rows = audits.flatMap(({ target, largestPaths }) => largestPaths.map(({ path, sizeBytes, layer }) => [target, path, page_tables_count(layer), size(sizeBytes)]));
    return table("Largest paths, unpacked", ["System", "Path", "#Layer", "=Size"], rows);
}
function tableTags({ promotion }) {
    const rows = (promotion?.tags ?? []).map(({ tag, state, previous }) => [
        tag,
        state,
        previous ?? "",
        promotion?.reason ?? "",
    ]);
    return table("Tags", ["Tag", "State", "Pointed to before", "Why"], rows);
}
function tableAudits({ audits }) {
    const rows = audits.map(({ target, filesRead, elfFiles, foreign, allowed, missingLibraries }) => [
        target,
        ...[filesRead, elfFiles, foreign.length, allowed.length, missingLibraries.length].map(page_tables_count),
    ]);
    const head = ["System", "#Files", "#ELF files", "#For another CPU", "#Allowed", "#Missing libraries"];
    return table("Audited images", head, rows);
}
function tableFindings({ audits }) {
    const rows = audits.flatMap(({ target, foreign, allowed, multiCpuArchives, orphanedScripts, missingLibraries, unreadableArchives, }) => [
        ...foreign.map(({ path, machine }) => [target, path, `for another CPU: ${machine}`]),
        ...allowed.map(({ path, machine }) => [target, path, `for another CPU, which is allowed: ${machine}`]),
        ...missingLibraries.map(({ path, needs }) => [target, path, `needs ${needs}, which the image lacks`]),
        ...orphanedScripts.map(({ path, interpreter }) => [
            target,
            path,
            `its interpreter is missing: ${interpreter}`,
        ]),
        ...multiCpuArchives.map(({ path, machines }) => [
            target,
            path,
            `also for ${machines.join(", ")}, which is fine`,
        ]),
        ...unreadableArchives.map(({ path, reason }) => [target, path, `cannot be read: ${reason}`]),
    ]);
    return table("Findings", ["System", "File", "Finding"], rows);
}
function tableChecks({ smokeTests }) {
    const rows = smokeTests.flatMap(({ target, runtime, isEmulated, checks }) => checks.map(({ name, kind, outcome, durationMs, detail }) => [
        ...[target, name, kind, outcome, time(durationMs), detail],
        isEmulated ? `${runtime}, emulated` : runtime,
    ]));
    return table("Checks", ["System", "Check", "Kind", "Outcome", "#Time", "Seen", "Ran in"], rows);
}

;// CONCATENATED MODULE: ./src/report/results.ts

/** The columns of the cells in `TargetResult`. */
const results_RESULT_HEAD = (/* unused pure expression or super */ null && (["system", "result", "strategy", "size", "time", "from caches", "smoke test"]));
/** The results of all targets that the run got to. */
function listTargets(report) {
    const { plans, image, smokeTests } = report;
    const targets = new Set([
        ...plans.map(({ target }) => target),
        ...(image?.platforms.map(({ target }) => target) ?? []),
        ...smokeTests.map(({ target }) => target),
    ]);
    return [...targets].map((target) => ({
        target,
        result: renderResult(report, target),
        strategy: strategyOf(report, target),
        size: renderSize(report, target),
        time: renderTime(report, target),
        share: renderShare(report, target),
        smoke: renderSmokeResult(report, target),
    }));
}
/** The pages of the commit and the run. The parts of the address are checked, so that they add no markup. */
function findSource({ commit, runUrl }) {
    const page = /^(https?:\/\/[\w.:-]+\/[\w.-]+\/[\w.-]+)\/actions\/runs\/\d+(?:\/attempts\/\d+)?$/;
    const [run, repository] = page.exec(runUrl ?? "") ?? [];
    if (run === undefined || repository === undefined)
        return {};
    const isCommit = commit !== null && /^[0-9a-f]{40,64}$/.test(commit);
    if (!isCommit)
        return { run };
    return { commit: { name: commit.slice(0, 7), url: `${repository}/commit/${commit}` }, run };
}
/** The command that gets the image. Engines cannot pull from an OCI layout, so that gives only its name. */
function findPull({ image }) {
    if (image?.digest == null)
        return undefined;
    const name = `${image.reference}@${image.digest}`.replace(/\s+/g, " ");
    return image.reference.startsWith("oci:") ? name : `docker pull ${name}`;
}
/** The builds that failed, each derivation once, and none that another attempt built. */
function findFailedBuilds({ builds }) {
    const built = new Set(builds.flatMap(({ drvPath, outcome }) => (outcome === "built" ? [drvPath] : [])));
    const failed = builds.filter(({ drvPath, outcome }) => outcome === "failed" && !built.has(drvPath));
    return [...new Map(failed.map((build) => [build.drvPath, build])).values()];
}
function renderResult(report, target) {
    const { attempts, audits, smokeTests, image, promotion } = report;
    const last = attempts.findLast((attempt) => attempt.target === target);
    if (last?.outcome === "failed")
        return last.code === "CANCELLED" ? "⚪ cancelled" : "❌ build failed";
    if (audits.some((audit) => audit.target === target && audit.foreign.length > 0))
        return "❌ audit failed";
    if (smokeTests.some((smoke) => smoke.target === target && smoke.outcome === "failed"))
        return "❌ smoke test failed";
    if (promotion?.state === "promoted" || promotion?.state === "unchanged")
        return `✅ ${promotion.state}`;
    if (last === undefined && report.plans.some((plan) => plan.target === target))
        return "⚪ not built";
    if (report.outcome !== "success")
        return "⚪ not finished";
    if (smokeTests.some((smoke) => smoke.target === target))
        return "✅ tested";
    return image?.digest == null ? "✅ built" : "✅ pushed";
}
/** The strategy that built it, or the planned one. */
function strategyOf({ attempts, plans }, target) {
    const of = (items) => items.findLast((item) => item.target === target);
    return of(attempts)?.strategy ?? of(plans)?.strategy ?? "";
}
function renderSize({ image }, target) {
    const platform = image?.platforms.find((known) => known.target === target);
    if (platform === undefined)
        return "";
    const { sizeBytes, previousSizeBytes } = platform;
    if (previousSizeBytes === null)
        return (0,count/* renderMebibytes */.BW)(sizeBytes);
    const change = sizeBytes - previousSizeBytes;
    if (change === 0)
        return `${(0,count/* renderMebibytes */.BW)(sizeBytes)} (as before)`;
    return `${(0,count/* renderMebibytes */.BW)(sizeBytes)} (${change > 0 ? "+" : "−"}${(0,count/* renderMebibytes */.BW)(Math.abs(change))})`;
}
function renderTime({ attempts }, target) {
    const own = attempts.filter((attempt) => attempt.target === target);
    return own.length === 0 ? "" : (0,count/* renderDuration */.PP)(own.reduce((sum, { durationMs }) => sum + durationMs, 0));
}
/** The share of the paths that caches had, of those that had to be there and were not yet. */
function renderShare({ builds, substitutions }, target) {
    const fetched = substitutions.filter((item) => item.target === target && item.outcome === "substituted");
    const built = builds.filter((item) => item.target === target && item.outcome === "built");
    const needed = fetched.length + built.length;
    return needed === 0 ? "" : `${fetched.length} of ${needed}`;
}
function renderSmokeResult({ smokeTests }, target) {
    const smoke = smokeTests.find((known) => known.target === target);
    if (smoke === undefined)
        return "";
    const passed = smoke.checks.filter(({ outcome }) => outcome === "passed").length;
    const emulated = smoke.isEmulated ? ", emulated" : "";
    return `${smoke.outcome === "passed" ? "✅" : "❌"} ${passed} of ${smoke.checks.length}${emulated}`;
}

;// CONCATENATED MODULE: ./src/report/page-sections.ts






/** More names would hide the rest; the logs of all are on the page. */
const SHOWN_FAILURES = 5;
/** Composes what the HTML report shows: what a reader asks first, the charts, then tables of everything. */
function composePage(report) {
    const sections = [
        composeFailure(report),
        { title: "At a glance", blocks: [composeAnswers(report), ...composeTargets(report)] },
        composeTime(report),
        composeImage(report),
        ...composeTables(report),
    ];
    return {
        title: `cross-build: ${report.outcome}`,
        outcome: report.outcome,
        facts: composeFacts(report),
        sections: sections.filter((section) => section !== undefined),
    };
}
function composeFacts(report) {
    const { commit, run } = findSource(report);
    const { startedAt, durationMs, host, nix } = report;
    return [
        { text: `${startedAt.replace("T", " ").replace(/(?:\.\d+)?Z$/, "")} UTC` },
        { text: `took ${(0,count/* renderDuration */.PP)(durationMs)}` },
        { text: `started on ${host.system}` },
        ...(nix === null ? [] : [{ text: `Nix ${nix.version}` }]),
        ...(commit === undefined ? [] : [{ text: `commit ${commit.name}`, url: commit.url }]),
        ...(run === undefined ? [] : [{ text: "workflow run", url: run }]),
    ];
}
/** Why the run failed: the error, and the end of the log of each derivation that failed. */
function composeFailure(report) {
    const { error } = report;
    if (error === null)
        return undefined;
    const code = action_error/* ERROR_CODES */.OQ.find((known) => known === error.code);
    const blocks = [
        {
            kind: "text",
            title: clip(error.code),
            text: error.message,
            ...(code !== undefined && { url: (0,action_error/* explainUrl */.bT)(code) }),
        },
        ...(error.hint === null ? [] : [{ kind: "text", title: "What to do", text: error.hint }]),
        ...findFailedBuilds(report).map(({ name, place, drvPath, log }) => ({
            kind: "text",
            title: `Last lines of ${clip(name)} on ${clip(renderPlace(place))}`,
            text: [...log, "", `The whole log, there: nix log ${drvPath}`].join("\n"),
        })),
    ];
    return { title: report.outcome === "cancelled" ? "What was cancelled" : "What failed", blocks };
}
function composeAnswers(report) {
    const items = [
        { question: "What was built where?", answer: describeBuilds(report) },
        { question: "What took longest, and why?", answer: describeTime(report) },
        { question: "What did caches save?", answer: describeCaches(report) },
        { question: "What failed?", answer: describeFailures(report) },
    ];
    return {
        kind: "answers",
        items: items.map(({ question, answer }) => ({ question, answer: clip(answer) })),
    };
}
function describeBuilds({ builds }) {
    const built = builds.filter(({ outcome }) => outcome === "built");
    if (built.length === 0)
        return "Nothing was built.";
    const places = [...Map.groupBy(built, ({ place }) => place)]
        .toSorted(([, a], [, b]) => b.length - a.length)
        .map(([place, own]) => `${own.length} on ${renderPlace(place)}`);
    return `${(0,count/* countOf */.pq)(built.length, "derivation")}: ${places.join(", ")}.`;
}
function describeTime({ builds, phases, history }) {
    const path = findCriticalPath(builds);
    const [longest] = phases.toSorted((a, b) => b.durationMs - a.durationMs);
    const [slowest] = path.toSorted((a, b) => b.durationMs - a.durationMs);
    const sentences = [];
    if (longest !== undefined) {
        sentences.push(`Longest phase: ${longest.name}, ${(0,count/* renderDuration */.PP)(longest.durationMs)}.`);
    }
    if (slowest !== undefined) {
        const place = renderPlace(slowest.place);
        const duration = (0,count/* renderDuration */.PP)(slowest.durationMs);
        sentences.push(`Slowest build on the critical path: ${slowest.name} on ${place}, ${duration}.`);
    }
    if (path.length > 1) {
        const buildMs = path.reduce((sum, { durationMs }) => sum + durationMs, 0);
        const waits = findWaits(builds);
        const onPath = new Set(path);
        const waitMs = builds.reduce((sum, build, index) => sum + (onPath.has(build) ? (waits[index] ?? 0) : 0), 0);
        sentences.push(`The ${path.length} builds of that path took ${(0,count/* renderDuration */.PP)(buildMs)}, and waited ` +
            `${(0,count/* renderDuration */.PP)(waitMs)} in between, for a free slot or for their inputs.`);
    }
    const slower = (history?.targets ?? []).flatMap((target) => target.slower);
    for (const { name, durationMs, medianMs } of slower.filter(({ isConfirmed }) => isConfirmed)) {
        const [now, before] = [(0,count/* renderDuration */.PP)(durationMs), (0,count/* renderDuration */.PP)(medianMs)];
        sentences.push(`${name} became slower: ${now}, and ${before} before.`);
    }
    return sentences.length === 0 ? "The run ended before its first phase." : sentences.join(" ");
}
function describeCaches({ attempts, builds, substitutions, caches }) {
    const fetched = substitutions.filter(({ outcome }) => outcome === "substituted");
    const built = builds.filter(({ outcome }) => outcome === "built");
    const needed = fetched.length + built.length;
    if (needed === 0) {
        return attempts.length === 0
            ? "The run did not get to a build."
            : "Nothing had to be fetched or built: everything was here already.";
    }
    const failed = substitutions.length - fetched.length;
    const sources = new Set(fetched.map(({ from }) => from)).size;
    const share = Math.round((fetched.length / needed) * 100);
    const rates = caches.flatMap(({ uri, hitRate }) => hitRate === null ? [] : `${uri} ${Math.round(hitRate * 100)} %`);
    const hits = rates.length === 0 ? "" : ` Hit rate of the run's own caches: ${rates.join(", ")}.`;
    const from = sources === 0 ? "" : `, from ${(0,count/* countOf */.pq)(sources, "source")}`;
    return (`${fetched.length} of ${(0,count/* countOf */.pq)(needed, "store path")} did not have to be built (${share} %)${from}` +
        `${failed === 0 ? "" : `; ${(0,count/* countOf */.pq)(failed, "attempt")} to fetch a path failed`}.${hits}`);
}
function describeFailures(report) {
    const { builds, builders, smokeTests, audits, error } = report;
    const names = findFailedBuilds(report).map(({ name }) => name);
    const shown = names.slice(0, SHOWN_FAILURES).join(", ");
    const retried = builds.filter(({ outcome }) => outcome !== "built").length - names.length;
    const dropped = builders.filter(({ state }) => state === "dropped").map(({ uri }) => renderPlace(uri));
    const checks = smokeTests.flatMap(({ checks: all }) => all).filter(({ outcome }) => outcome === "failed");
    const foreign = audits.reduce((sum, audit) => sum + audit.foreign.length, 0);
    const parts = [
        ...(error === null ? [] : [error.code]),
        ...(names.length === 0 ? [] : [`${(0,count/* countOf */.pq)(names.length, "build")} failed: ${shown}`]),
        ...(retried <= 0 ? [] : [`${(0,count/* countOf */.pq)(retried, "build")} stopped, or built by another attempt`]),
        ...(dropped.length === 0 ? [] : [`builders not used: ${dropped.join(", ")}`]),
        ...(checks.length === 0 ? [] : [`${(0,count/* countOf */.pq)(checks.length, "smoke check")} failed`]),
        ...(foreign === 0 ? [] : [`${(0,count/* countOf */.pq)(foreign, "file")} for another CPU in the image`]),
    ];
    if (parts.length === 0)
        return "Nothing.";
    return `${error === null ? "The run succeeded all the same; " : ""}${parts.join("; ")}.`;
}
function composeTargets(report) {
    const rows = listTargets(report).map((result) => [
        ...[result.target, withoutMark(result.result), result.strategy, result.size],
        ...[result.time, result.share, withoutMark(result.smoke)],
    ]);
    const head = ["System", "Result", "Strategy", "Size", "Time", "From caches", "Smoke test"];
    const pull = findPull(report);
    return [
        ...(rows.length === 0 ? [] : [table("Results by system", head, rows)]),
        ...(pull === undefined ? [] : [{ kind: "text", title: "The image", text: pull }]),
    ];
}
/** Without the colored mark of the job summary, which not every system has a letter for. */
function withoutMark(text) {
    return text.replace(/^[✅❌⚪] /u, "");
}
/** The timeline, and the critical path as a table. */
function composeTime(report) {
    const timeline = composeTimeline(report);
    if (timeline === undefined)
        return undefined;
    const { builds } = report;
    const waits = new Map(findWaits(builds).map((wait, index) => [builds[index], wait]));
    const path = findCriticalPath(builds);
    const rows = path.map((build) => [
        build.name,
        renderPlace(build.place),
        time(waits.get(build)),
        time(build.durationMs),
    ]);
    const critical = table("Critical path", ["Derivation", "Where", "#Waited first", "=Time"], rows);
    return {
        title: "Time",
        note: "The critical path is the chain of dependencies that decided how long the builds took. Between two " +
            "of its builds, a line shows the wait for a free slot, or for inputs to be copied.",
        blocks: [timeline, ...(path.length === 0 ? [] : [critical])],
    };
}
/** The layers of the image by size, and in each of them the largest paths. */
function composeImage({ layers, image, audits }) {
    if (layers.length === 0)
        return undefined;
    const maps = [...Map.groupBy(layers, ({ target }) => target)].map(([target, own]) => {
        const paths = audits.find((audit) => audit.target === target)?.largestPaths ?? [];
        const size = (0,count/* renderMebibytes */.BW)(own.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
        return {
            kind: "treemap",
            label: `${clip(target)}: ${(0,count/* countOf */.pq)(own.length, "layer")}, ${size}. See the table "${LAYERS_TABLE}".`,
            tiles: own.map(({ digest, sizeBytes, state }, index) => ({
                name: digest.slice(0, "sha256:".length + 12),
                size: (0,count/* renderMebibytes */.BW)(sizeBytes),
                sizeBytes,
                look: state === "sent" ? "sent" : "reused",
                parts: paths
                    .filter(({ layer }) => layer === index)
                    .map(({ path, sizeBytes: bytes }) => ({
                    ...{ name: clip(path), size: (0,count/* renderMebibytes */.BW)(bytes), sizeBytes: bytes },
                })),
            })),
        };
    });
    const tags = image === null || image.tags.length === 0 ? "" : ` Tags: ${image.tags.join(", ")}.`;
    return {
        title: "Image",
        note: clip(`Each tile is a layer, as large as the layer is when compressed. Lines divide it among its largest ` +
            `paths, by their unpacked sizes.${tags}`),
        blocks: maps,
    };
}

;// CONCATENATED MODULE: ./src/report/html.ts



/** The path of the HTML report beside the JSON report. */
function htmlFileOf(reportFile) {
    return `${reportFile.replace(/\.json$/, "")}.html`;
}
/**
 * Renders the report as one HTML file that loads nothing. Text from outside is data for the page's script,
 * which only makes text nodes of it; the policy allows that script, D3 and the style sheet, each by its hash.
 * @see https://www.w3.org/TR/CSP3/#grammardef-hash-source
 */
function renderHtml(report) {
    // Each file is named in full, so that the bundler ships it.
    const style = (0,external_node_fs_.readFileSync)(__webpack_require__.ab + "page.css", "utf8");
    const script = [
        (0,external_node_fs_.readFileSync)(__webpack_require__.ab + "elements.js", "utf8"),
        (0,external_node_fs_.readFileSync)(__webpack_require__.ab + "table.js", "utf8"),
        (0,external_node_fs_.readFileSync)(__webpack_require__.ab + "treemap.js", "utf8"),
        (0,external_node_fs_.readFileSync)(__webpack_require__.ab + "timeline.js", "utf8"),
        (0,external_node_fs_.readFileSync)(__webpack_require__.ab + "page.js", "utf8"),
    ].join("\n");
    const library = (0,external_node_fs_.readFileSync)(__webpack_require__.ab + "d3.min.js", "utf8");
    const license = (0,external_node_fs_.readFileSync)(__webpack_require__.ab + "d3-license.txt", "utf8");
    const policy = [
        "default-src 'none'",
        `script-src ${hash(library)} ${hash(script)}`,
        `style-src ${hash(style)}`,
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
    ].join("; ");
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>cross-build report</title>
<style>${style}</style>
</head>
<body>
<noscript>This report needs JavaScript. The JSON report has the same content.</noscript>
<script type="application/json" id="content">${renderData(composePage(report))}</script>
<!-- D3, which draws the charts:
${license}-->
<script>${library}</script>
<script type="module">${script}</script>
</body>
</html>
`;
}
/** JSON that HTML reads as text up to the end of the script element, whatever it contains. */
function renderData(value) {
    return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
function hash(text) {
    return `'sha256-${(0,external_node_crypto_.createHash)("sha256").update(text).digest("base64")}'`;
}

;// CONCATENATED MODULE: ./src/report/total.ts





const cell = schemas/* string */.YjP().max(300);
const TARGET = schemas/* strictObject */.rej({
    target: cell,
    digest: cell.describe("digest of the image's manifest; empty without an image"),
    result: cell,
    strategy: cell,
    size: cell,
    time: cell,
    share: cell,
    smoke: cell,
});
const total_RESULT = schemas/* strictObject */.rej({
    version: schemas/* literal */.euz(1),
    code: cell.describe("the error code of a failure, or empty"),
    pull: schemas/* string */.YjP().max(2_000).describe("the command that gets the image, or empty"),
    tags: schemas/* array */.YOg(cell).max(1_000).describe("the tags that point to the image"),
    targets: schemas/* array */.YOg(TARGET).max(100),
});
const NEEDS = schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* object */.Ikc({ result: schemas/* string */.YjP(), outputs: schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* string */.YjP()).default({}) }));
/** Renders the output `result`: what a run did for each system, as the total of a workflow shows it. */
function total_renderResult(report) {
    const digestOf = (target) => report.image?.platforms.find((platform) => platform.target === target)?.digest ?? "";
    const targets = listTargets(report).map((row) => ({ ...row, digest: digestOf(row.target) }));
    const pull = findPull(report) ?? "";
    const tags = report.image?.tags ?? [];
    const result = { version: 1, code: report.error?.code ?? "", pull, tags, targets };
    return JSON.stringify(result);
}
/**
 * Sums up all jobs that a job needs, from `toJSON(needs)`. Outputs that are neither `result` nor
 * `gate-result`, whatever their names, are ignored. Throws `INPUT_INVALID`.
 */
function composeTotal(needs) {
    const jobs = readJobs(needs);
    const results = jobs.flatMap((job) => job.results);
    const tags = [...new Set(results.flatMap((result) => result.tags))];
    const rows = joinRows(jobs).map(({ target, result, strategy, ...cells }) => [
        ...[target, result, strategy, cells.size, cells.time, cells.share, cells.smoke],
    ]);
    const pulls = [...new Set(results.flatMap(({ pull }) => pull || []))];
    const endings = jobs.map(({ name, ended, results: own }) => [
        name,
        ended,
        own.flatMap(({ code }) => code || []).join(", "),
    ]);
    const sections = [
        `## ${renderHead(jobs)}`,
        tags.length === 0 ? "" : `Tags: ${tags.map(renderCode).join(", ")}.`,
        rows.length === 0 ? "" : renderTable(RESULT_HEAD, rows),
        ...pulls.map((pull) => renderFence(pull, pull.startsWith("docker ") ? "sh" : "")),
        renderTable(["job", "result", "error"], endings),
    ];
    return {
        summary: sections.filter((section) => section !== "").join("\n\n"),
        lines: rows.map((cells) => cells.filter((text) => text !== "").join(", ")),
    };
}
function renderHead(jobs) {
    const hasEnded = (ending) => jobs.some(({ ended }) => ended === ending);
    if (hasEnded("failure"))
        return "❌ cross-build: failure";
    if (hasEnded("cancelled"))
        return "⚪ cross-build: cancelled";
    return hasEnded("success") ? "✅ cross-build: success" : "⚪ cross-build: skipped";
}
function readJobs(needs) {
    const parsed = NEEDS.safeParse(parseJson(needs));
    if (!parsed.success) {
        throw new ActionError("INPUT_INVALID", "input needs: it is not the JSON of the needed jobs", {
            hint: "Set it to toJSON(needs), as an expression.",
        });
    }
    return Object.entries(parsed.data).map(([name, { result: ended, outputs }]) => {
        const values = Object.values(outputs).map(parseJson);
        return {
            ...{ name, ended },
            results: values.flatMap((value) => total_RESULT.safeParse(value).data ?? []),
            gates: values.flatMap((value) => readGateResults(value) ?? []),
        };
    });
}
/**
 * One row for each system and image: each cell from the first job that has it, and the result from the last
 * one. A job that only moves tags has no rows, but names the image.
 */
function joinRows(jobs) {
    const results = jobs.flatMap((job) => job.results);
    const promoted = new Set(results.flatMap(({ pull, tags }) => (tags.length === 0 ? [] : pull)));
    const gates = jobs.flatMap((job) => job.gates);
    const rows = [];
    for (const { targets, pull } of results) {
        for (const row of targets) {
            const tested = addGates(row, gates);
            const current = promoted.has(pull) ? promote(tested) : tested;
            const index = rows.findIndex((other) => isSame(other, row));
            const before = rows[index];
            if (before === undefined)
                rows.push(current);
            else
                rows[index] = joinCells(before, current);
        }
    }
    return rows;
}
/** Whether two rows are about one system, and not about different images. */
function isSame(a, b) {
    return a.target === b.target && (a.digest === b.digest || a.digest === "" || b.digest === "");
}
/** The results of a job that leaves the smoke test to another one. */
const BEFORE_GATE = (/* unused pure expression or super */ null && (["✅ built", "✅ pushed"]));
/** Adds the smoke tests of a row's image in other jobs. */
function addGates(row, all) {
    const gates = all.filter(({ digest }) => digest === row.digest);
    if (gates.length === 0)
        return row;
    const hasFailed = gates.some(({ outcome }) => outcome === "failed");
    const emulated = gates.some(({ engine, platform }) => engine !== platform) ? ", emulated" : "";
    const smoke = `${hasFailed ? "❌ failed" : "✅ passed"}${emulated}`;
    if (hasFailed)
        return { ...row, smoke, result: "❌ smoke test failed" };
    return { ...row, smoke, result: BEFORE_GATE.includes(row.result) ? "✅ tested" : row.result };
}
function joinCells(before, after) {
    const filled = Object.entries(after).filter(([name]) => before[name] === "");
    return {
        ...before,
        ...Object.fromEntries(filled),
        result: isFailed(before) ? before.result : after.result,
    };
}
function promote(row) {
    return isFailed(row) ? row : { ...row, result: "✅ promoted" };
}
function isFailed({ result }) {
    return result.startsWith("❌");
}
function parseJson(text) {
    try {
        return JSON.parse(text);
    }
    catch {
        return undefined;
    }
}

;// CONCATENATED MODULE: ./src/action/outputs.ts



/** The one table of outputs: `npm run all` generates those of the actions and `docs/outputs.md` from it. */
const OUTPUTS = {
    digest: "The digest of the pushed image: of its manifest, or of the image index if there are several systems.",
    imageid: "The image ID, which is the digest of the image's config. Empty if there are several systems.",
    image: "The image by digest, NAME@DIGEST, ready to be deployed.",
    tags: "The tags that now point to the image, one per line.",
    metadata: "JSON with containerimage.digest, containerimage.config.digest and image.name, " +
        "in the format of docker/build-push-action.",
    "store-paths": "The store paths that were built, one per line.",
    plan: "The plan, as a JSON list with the target, strategy, attributes and reasons for each system.",
    builders: "The builders with their states and the reasons, as JSON.",
    "cache-hit-rate": "The share of the needed store paths that the run's caches had, from 0 to 1. Empty if none were needed.",
    "smoke-test": "passed, failed or skipped; followed by (emulated) if QEMU ran the test, as in passed (emulated).",
    "gate-result": "The smoke tests of this job as JSON, for the input gate-results of the job that moves the tags. Empty " +
        "if nothing was tested.",
    result: "The result of this job for each system, as JSON, for fluo/cross-build/total, which sums up all jobs " +
        "of a workflow.",
    promoted: "true if every tag now points to the image, otherwise false.",
    report: "The path of the report file.",
    "report-html": "The path of the same report as a web page, one HTML file beside the report file.",
    "error-code": "The error code of the failure. Empty on success.",
};
/** Renders the value of every output from the report. An output that the run did not get to is empty. */
function renderOutputs(report, gateResults, reportFile) {
    const { image, plans, smokeTests, promotion } = report;
    const [platform, ...others] = image?.platforms ?? [];
    const imageId = others.length === 0 ? (platform?.imageId ?? "") : "";
    const digest = image?.digest ?? "";
    return {
        digest,
        imageid: imageId,
        image: image === null || digest === "" ? "" : `${image.reference}@${digest}`,
        tags: image?.tags.join("\n") ?? "",
        metadata: image === null || digest === ""
            ? ""
            : JSON.stringify({
                "containerimage.digest": digest,
                ...(imageId !== "" && { "containerimage.config.digest": imageId }),
                "image.name": image.tags.map((tag) => `${image.reference}:${tag}`).join(","),
            }),
        "store-paths": report.storePaths.join("\n"),
        plan: JSON.stringify(plans),
        builders: JSON.stringify(report.builders),
        "cache-hit-rate": renderHitRate(report.caches),
        "smoke-test": renderSmoke(smokeTests),
        "gate-result": renderGateResults(gateResults),
        result: total_renderResult(report),
        promoted: String(promotion?.state === "promoted" || promotion?.state === "unchanged"),
        report: reportFile,
        "report-html": htmlFileOf(reportFile),
        "error-code": report.error?.code ?? "",
    };
}
/** The share of the needed paths that any of the run's caches had. */
function renderHitRate(caches) {
    const rates = caches.flatMap(({ hitRate }) => hitRate ?? []);
    if (rates.length === 0)
        return "";
    const sum = rates.reduce((all, rate) => all + rate, 0);
    return String(Math.min(1, sum));
}
function renderSmoke(smokeTests) {
    if (smokeTests.length === 0)
        return "skipped";
    const outcome = smokeTests.every((smoke) => smoke.outcome === "passed") ? "passed" : "failed";
    return smokeTests.some(({ isEmulated }) => isEmulated) ? `${outcome} (emulated)` : outcome;
}

// EXTERNAL MODULE: ./src/kubernetes/api.ts
var api = __webpack_require__(2436);
// EXTERNAL MODULE: ./node_modules/yaml/dist/index.js
var dist = __webpack_require__(38815);
;// CONCATENATED MODULE: ./src/kubernetes/pool-manifests.ts



/** The tiers of the chart, and the Pod Security level that the pods of each need. */
const POD_SECURITY = {
    restricted: "restricted",
    "user-namespace": "privileged",
    privileged: "privileged",
};
/** The name of a pool that this command makes; a namespace has one pool. */
const POOL_NAME = "builders";
/** The label by which this command knows what it has made. */
const MANAGED_BY = "app.kubernetes.io/managed-by";
const MANAGER = "cross-build";
/** The annotation of a pod with the fingerprint of its host key: a new key restarts the pods. */
const HOST_KEY_ANNOTATION = "cross-build/host-key";
/**
 * The chart's own values. `image` is empty unless a release has written the digest of its image there.
 * `slotCores` is the number of cores that a pod's builds use together.
 */
function readDefaults() {
    const { image, resources, store, maxJobs, cores } = (0,dist/* parse */.qg)((0,external_node_fs_.readFileSync)(__webpack_require__.ab + "values.yaml", "utf8"));
    const toText = ({ cpu, memory }) => ({
        cpu: String(cpu),
        memory: String(memory),
    });
    return {
        image: image.digest === "" ? "" : `${image.repository}@${image.digest}`,
        requests: toText(resources.requests),
        limits: toText(resources.limits),
        storeSize: store.size,
        slotCores: maxJobs * cores,
    };
}
/** The objects of a pool, as the chart renders them with the same values. */
function renderPool(settings, secrets) {
    // Kubernetes reads YAML 1.1.
    const manifests = (0,dist/* parseAllDocuments */.hR)(readManifests(settings.isolation), { version: "1.1" }).map((document) => document.toJS());
    for (const manifest of manifests) {
        manifest.metadata.namespace = settings.namespace;
        manifest.metadata.labels = { ...manifest.metadata.labels, [MANAGED_BY]: MANAGER };
        if (isStatefulSet(manifest))
            adaptStatefulSet(manifest, settings, secrets);
        if (isRoleBinding(manifest))
            for (const subject of manifest.subjects)
                subject.namespace = settings.namespace;
    }
    return manifests;
}
/** Each file is named in full, so that the bundler finds it. */
function readManifests(isolation) {
    switch (isolation) {
        case "restricted":
            return (0,external_node_fs_.readFileSync)(__webpack_require__.ab + "pool.yaml", "utf8");
        case "user-namespace":
            return (0,external_node_fs_.readFileSync)(__webpack_require__.ab + "pool1.yaml", "utf8");
        case "privileged":
            return (0,external_node_fs_.readFileSync)(__webpack_require__.ab + "pool2.yaml", "utf8");
    }
}
function isStatefulSet(manifest) {
    return manifest.kind === "StatefulSet";
}
function isRoleBinding(manifest) {
    return manifest.kind === "RoleBinding";
}
function adaptStatefulSet({ metadata, spec }, settings, { hostKey, pullSecret }) {
    const cpu = metadata.labels?.["app.kubernetes.io/component"];
    if (cpu !== "amd64" && cpu !== "arm64") {
        throw new action_error/* ActionError */.lZ("INTERNAL", `the StatefulSet ${metadata.name} is for no known CPU`, {
            hint: "Report this at https://github.com/fluo/cross-build/issues.",
        });
    }
    spec.replicas = settings.replicas[cpu];
    const { template, volumeClaimTemplates } = spec;
    template.metadata.annotations[HOST_KEY_ANNOTATION] = hostKey;
    if (pullSecret !== undefined)
        template.spec.imagePullSecrets = [{ name: pullSecret }];
    for (const container of [...template.spec.initContainers, ...template.spec.containers]) {
        container.image = settings.image;
        container.resources = { requests: settings.requests, limits: settings.limits };
    }
    const [{ spec: claim }] = volumeClaimTemplates;
    claim.resources.requests.storage = settings.storeSize;
    if (settings.storageClass !== "")
        claim.storageClassName = settings.storageClass;
}

;// CONCATENATED MODULE: ./src/kubernetes/cluster.ts



/** The names of the kinds in paths, where it is not the kind with an s. */
const PLURALS = { NetworkPolicy: "networkpolicies" };
const CLUSTER_KINDS = new Set(["Namespace"]);
/** The API of a cluster. Each request asks for the access that is valid then. */
function openCluster(getAccess) {
    const ask = async (action, request) => {
        try {
            return await (0,api/* askApi */.wk)(await getAccess(), request);
        }
        catch (error) {
            throw explain(error, action);
        }
    };
    return {
        read: async (reference) => (await ask(`read ${nameObject(reference)}`, { method: "GET", path: pathOf(reference) })),
        list: async (kind, namespace) => {
            const path = pathOf({ ...kind, metadata: { name: "", namespace } });
            const answer = await ask(`list ${kind.kind} of ${namespace}`, { method: "GET", path });
            const { items = [] } = (answer ?? {});
            // The server leaves these out of a list.
            return items.map((item) => ({ ...item, ...kind }));
        },
        apply: async (manifest, { isDryRun }) => {
            const query = `fieldManager=${MANAGER}&force=true&fieldValidation=Strict${isDryRun ? "&dryRun=All" : ""}`;
            const applied = await ask(`apply ${nameObject(manifest)}`, {
                method: "PATCH",
                path: `${pathOf(manifest)}?${query}`,
                body: manifest,
                contentType: "application/apply-patch+yaml",
            });
            if (applied === undefined)
                throw explainMissing(manifest);
            return applied;
        },
        remove: async (reference) => {
            await ask(`delete ${nameObject(reference)}`, {
                method: "DELETE",
                path: `${pathOf(reference)}?propagationPolicy=Background`,
            });
        },
        createToken: async (namespace, account, lifetimeSeconds) => {
            const reference = { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name: account } };
            const answer = await ask(`create a token of ${nameObject(reference)}`, {
                method: "POST",
                path: `${pathOf(reference)}/token`,
                body: {
                    apiVersion: "authentication.k8s.io/v1",
                    kind: "TokenRequest",
                    spec: { expirationSeconds: lifetimeSeconds },
                },
            });
            if (answer === undefined)
                throw explainMissing(reference);
            const { status } = answer;
            return { token: status.token, expires: status.expirationTimestamp };
        },
    };
}
/** `StatefulSet builders/builders-amd64` */
function nameObject({ kind, metadata }) {
    return `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;
}
/** The path of an object; without a name, that of all objects of the kind. */
function pathOf({ apiVersion, kind, metadata: { name, namespace } }) {
    return [
        apiVersion.includes("/") ? "/apis" : "/api",
        apiVersion,
        ...(CLUSTER_KINDS.has(kind) || namespace === undefined ? [] : ["namespaces", namespace]),
        PLURALS[kind] ?? `${kind.toLowerCase()}s`,
        ...(name === "" ? [] : [name]),
    ].join("/");
}
function explain(error, action) {
    if (!(error instanceof action_error/* ActionError */.lZ) || (0,action_error/* isCancelled */.mm)(error))
        return error;
    const message = `cannot ${action}: ${error.message}`;
    const [, status] = /answers with HTTP (4\d\d)/.exec(error.message) ?? [];
    if (error.code === "BUILDER_DENIED" && !error.message.includes("credentials")) {
        return new action_error/* ActionError */.lZ("BUILDER_DENIED", message, {
            cause: error.cause,
            hint: "Give this user the right that the message names, or use the kubeconfig of an administrator.",
        });
    }
    if (status === undefined)
        return error.with({ message });
    return new action_error/* ActionError */.lZ("BUILDER_UNFIT", message, {
        hint: message.includes("updates to statefulset spec for fields other than")
            ? "Kubernetes cannot change this field: run `cross-build provision kubernetes --delete`, which keeps " +
                "the volumes, and provision again."
            : "Correct the value that the message names.",
    });
}
function explainMissing(reference) {
    return new action_error/* ActionError */.lZ("BUILDER_UNFIT", `cannot make ${nameObject(reference)}: its namespace is gone`, {
        hint: "Somebody deletes the namespace at the same time. Provision again.",
    });
}

;// CONCATENATED MODULE: ./src/kubernetes/handover.ts
/** The secrets of a repository that jobs take a pool's access from. */
const KUBECONFIG_SECRET = "CROSS_BUILD_KUBECONFIG";
const KEY_SECRET = "CROSS_BUILD_SSH_PRIVATE_KEY";
/** The variable of a repository with `NAMESPACE/NAME`. */
const POOL_VARIABLE = "CROSS_BUILD_KUBERNETES_POOL";
/**
 * A kubeconfig for jobs. It has only what the Role of the pool allows.
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
function renderKubeconfig({ server, ca, tlsServerName, proxyUrl }, namespace, token) {
    const name = "pool";
    // JSON is YAML, and quotes whatever is in a name.
    return `${JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [
            {
                name,
                cluster: {
                    server,
                    ...(ca !== undefined && { "certificate-authority-data": Buffer.from(ca).toString("base64") }),
                    ...(tlsServerName !== undefined && { "tls-server-name": tlsServerName }),
                    ...(proxyUrl !== undefined && { "proxy-url": proxyUrl }),
                },
            },
        ],
        users: [{ name, user: { token } }],
        contexts: [{ name, context: { cluster: name, user: name, namespace } }],
        "current-context": name,
    }, undefined, 2)}\n`;
}
/** The lines of a workflow that use a pool. */
function renderWorkflowLines(pool) {
    return [
        "with:",
        `  kubernetes-pool: ${pool}`,
        `  kubeconfig: \${{ secrets.${KUBECONFIG_SECRET} }}`,
        `  ssh-private-key: \${{ secrets.${KEY_SECRET} }}`,
        "",
    ].join("\n");
}

// EXTERNAL MODULE: ./src/kubernetes/credential.ts
var credential = __webpack_require__(43095);
// EXTERNAL MODULE: ./src/kubernetes/kube-config.ts
var kube_config = __webpack_require__(74902);
;// CONCATENATED MODULE: ./src/kubernetes/kubeconfig-file.ts



/**
 * What names a file in each cluster and user.
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
const FILES = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];
/**
 * A kubeconfig of this user as one that `readKubeConfig` takes: as kubectl does, relative paths in it start
 * from its own folder. `context` becomes the current context, unless it is empty. Throws `INPUT_INVALID`.
 */
function selectContext(text, file, context) {
    const document = parseMap(text);
    if (document === undefined) {
        throw new action_error/* ActionError */.lZ("INPUT_INVALID", `${file} is not a kubeconfig`, {
            hint: "Set --kubeconfig to one file that kubectl can use.",
        });
    }
    const folder = (0,external_node_path_.dirname)(file);
    const names = listEntries(document["contexts"]).map(({ name }) => String(name));
    if (context !== "" && !names.includes(context)) {
        throw new action_error/* ActionError */.lZ("INPUT_INVALID", `the kubeconfig ${file} has no context ${JSON.stringify(context)}`, {
            hint: names.length === 0 ? "It has no contexts at all." : `Set --context to one of: ${names.join(", ")}.`,
        });
    }
    for (const [list, key] of [
        ["clusters", "cluster"],
        ["users", "user"],
    ]) {
        for (const entry of listEntries(document[list])) {
            const section = entry[key];
            if (isMap(section))
                resolveFiles(section, folder);
        }
    }
    return JSON.stringify(context === "" ? document : { ...document, "current-context": context });
}
function resolveFiles(section, folder) {
    const resolveIn = (map, key) => {
        const path = map[key];
        if (typeof path === "string" && path !== "" && !(0,external_node_path_.isAbsolute)(path))
            map[key] = (0,external_node_path_.join)(folder, path);
    };
    for (const key of FILES)
        resolveIn(section, key);
    const { exec } = section;
    // A bare name is looked up in PATH.
    if (isMap(exec) && String(exec["command"]).includes("/"))
        resolveIn(exec, "command");
}
function parseMap(text) {
    try {
        const value = (0,dist/* parse */.qg)(text);
        return isMap(value) ? value : undefined;
    }
    catch {
        // Drop the error: it quotes the text.
        return undefined;
    }
}
function listEntries(value) {
    return Array.isArray(value) ? value.filter(isMap) : [];
}
function isMap(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

// EXTERNAL MODULE: ./src/kubernetes/pods.ts
var kubernetes_pods = __webpack_require__(16110);
// EXTERNAL MODULE: ./src/model/kubernetes-pool.ts
var kubernetes_pool = __webpack_require__(25504);
// EXTERNAL MODULE: ./src/ssh/host-key.ts
var host_key = __webpack_require__(95748);
;// CONCATENATED MODULE: ./src/kubernetes/pool-namespace.ts



const ENFORCE = "pod-security.kubernetes.io/enforce";
const NAMESPACE = { apiVersion: "v1", kind: "Namespace" };
const POD = { apiVersion: "v1", kind: "Pod" };
const STATEFUL_SET = { apiVersion: "apps/v1", kind: "StatefulSet" };
/** What runs pods. */
const WORKLOADS = [
    POD,
    STATEFUL_SET,
    ...["Deployment", "DaemonSet", "ReplicaSet"].map((kind) => ({ apiVersion: "apps/v1", kind })),
    ...["Job", "CronJob"].map((kind) => ({ apiVersion: "batch/v1", kind })),
];
/** Looks at a namespace. Rejects with `INPUT_INVALID` if it is being deleted. */
async function readNamespace(cluster, namespace) {
    const found = await cluster.read({ ...NAMESPACE, metadata: { name: namespace } });
    if (found === undefined)
        return { exists: false, isOwn: false, enforces: undefined };
    if (found.metadata.deletionTimestamp !== undefined) {
        throw refused(`the namespace ${namespace} is being deleted`, "Wait until it is gone, and run this again.");
    }
    return { exists: true, isOwn: isOwn(found), enforces: found.metadata.labels?.[ENFORCE] };
}
/**
 * Rejects with `INPUT_INVALID` if a namespace has other workloads, which whoever may forward ports there
 * would reach, or a pool that this command has not made.
 */
async function checkWorkloads(cluster, namespace) {
    const workloads = (await Promise.all(WORKLOADS.map((kind) => cluster.list(kind, namespace)))).flatMap((objects, index) => objects.map((object) => ({ ...object, ...WORKLOADS[index] })));
    const others = workloads.filter((object) => !isOfPool(object));
    if (others.length > 0) {
        const [first = ""] = others.map((object) => nameObject(object));
        const more = others.length === 1 ? "" : ` and ${others.length - 1} more`;
        throw refused(`the namespace ${namespace} has other workloads: ${first}${more}`, "Whoever may use the pool could connect to them. Set --namespace to one that the pool has alone.");
    }
    const foreign = workloads.find((object) => object.kind === "StatefulSet" && !isOwn(object));
    if (foreign !== undefined) {
        const by = foreign.metadata.labels?.[MANAGED_BY];
        throw refused(`${nameObject(foreign)} was made by ${by ?? "another program"}, not by this command`, by === "Helm"
            ? "Change this pool with helm, or choose another --namespace."
            : "Choose another --namespace.");
    }
}
/**
 * Rejects with `INPUT_INVALID` if somebody else's namespace does not admit the pods of a tier: its owner
 * decides about that, and not this command.
 */
function checkPodSecurity({ exists, isOwn: canLabel, enforces }, { namespace, isolation }) {
    if (!exists || canLabel || POD_SECURITY[isolation] === "restricted")
        return;
    if (enforces === undefined || enforces === "privileged")
        return;
    throw refused(`the namespace ${namespace} enforces the Pod Security level ${enforces}, which does not admit the pods ` +
        `of the isolation ${isolation}`, `Set its label ${ENFORCE} to privileged, or provision with --isolation restricted.`);
}
/** The namespace of a pool, as this command makes it. */
function renderNamespace({ namespace, isolation, }) {
    const labels = { [MANAGED_BY]: MANAGER, [ENFORCE]: POD_SECURITY[isolation] };
    return { ...NAMESPACE, metadata: { name: namespace, labels } };
}
/** Whether this command has made an object. */
function isOwn({ metadata }) {
    return metadata.labels?.[MANAGED_BY] === MANAGER;
}
/** Whether an object belongs to a pool of builders, whoever has made it. */
function isOfPool({ metadata }) {
    return metadata.labels?.["app.kubernetes.io/name"] === "cross-build-builder";
}
function refused(message, hint) {
    return new action_error/* ActionError */.lZ("INPUT_INVALID", message, { hint });
}

;// CONCATENATED MODULE: ./src/kubernetes/await-pool.ts



const POLL_MS = 1_000;
/** What the kubelet says of a container that will not start without a change. */
const FINAL = new Set([
    "ImagePullBackOff",
    "ErrImageNeverPull",
    "InvalidImageName",
    "CreateContainerConfigError",
    "CreateContainerError",
    "CrashLoopBackOff",
]);
/**
 * Waits until all pods of a pool are ready and of its newest revision. Resolves to their names. Rejects with
 * `BUILDER_UNFIT`, as soon as a pod cannot become ready or when the time is over, and says what the pod
 * waits for.
 */
async function awaitPool(cluster, options) {
    const { namespace, timeoutMs, clock, log } = options;
    let deadline = clock.nowMs() + timeoutMs;
    let said = "";
    for (;;) {
        const [sets, pods] = await readPool(cluster, namespace);
        if (sets.every(isRolledOut))
            return pods.map(({ metadata }) => metadata.name).sort();
        const draining = pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
        const problems = pods
            .filter((pod) => !draining.includes(pod))
            .flatMap((pod) => {
            const found = findProblem(pod);
            if (found === undefined)
                return [];
            const isFinal = found.isFinal && !isOutdated(pod, sets);
            return [{ pod: pod.metadata.name, ...found, isFinal }];
        });
        const problem = problems.find(({ isFinal }) => isFinal) ?? problems[0];
        if (problem?.isFinal === true)
            throw cannotStart(namespace, problem);
        if (draining.length > 0)
            deadline = clock.nowMs() + timeoutMs;
        const state = draining.length > 0
            ? `until the builds of ${draining.map(({ metadata }) => metadata.name).join(", ")} have ended`
            : problem === undefined
                ? await await_pool_explainMissing(cluster, namespace)
                : `for the pod ${problem.pod}: ${problem.reason}`;
        if (state !== said)
            log.info(`waiting ${state}`);
        said = state;
        if (clock.nowMs() >= deadline) {
            throw new action_error/* ActionError */.lZ("BUILDER_UNFIT", `the pool in ${namespace} was not ready within ${Math.round(timeoutMs / 1000)} s; it waits ${state}`, { hint: `Look at its pods: kubectl describe pods --namespace ${namespace}. Or raise --timeout.` });
        }
        await clock.sleep(POLL_MS);
    }
}
/** Waits until a namespace has no pods of a pool; their builds end first. */
async function awaitNoPods(cluster, { namespace, clock, log }) {
    let said = "";
    for (;;) {
        const [, pods] = await readPool(cluster, namespace);
        if (pods.length === 0)
            return;
        const state = `until the builds of ${pods.map(({ metadata }) => metadata.name).join(", ")} have ended`;
        if (state !== said)
            log.info(`waiting ${state}`);
        said = state;
        await clock.sleep(POLL_MS);
    }
}
async function readPool(cluster, namespace) {
    const [sets, pods] = await Promise.all([
        cluster.list(STATEFUL_SET, namespace),
        cluster.list(POD, namespace),
    ]);
    return [sets.filter(isOwn), pods.filter(isOfPool)];
}
/** The label of a pod with the revision of its StatefulSet that it was made from. */
const REVISION = "controller-revision-hash";
/** Whether a pod is of an earlier revision of its StatefulSet, which will replace it. */
function isOutdated({ metadata }, sets) {
    if (!sets.every(isObserved))
        return true;
    const revision = metadata.labels?.[REVISION];
    return revision !== undefined && sets.every(({ status }) => status?.updateRevision !== revision);
}
/** Whether the controller has seen the last change. */
function isObserved({ metadata, status = {} }) {
    return (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}
/** Whether all pods of a StatefulSet are ready, and of its newest revision. */
function isRolledOut(set) {
    const { spec, status = {} } = set;
    const { replicas = 0, readyReplicas = 0, updatedReplicas = 0 } = status;
    return (isObserved(set) &&
        replicas === spec.replicas &&
        readyReplicas === spec.replicas &&
        (status.currentRevision === status.updateRevision || updatedReplicas === spec.replicas));
}
/** What a pod waits for; undefined if it is ready. */
function findProblem({ status = {} }) {
    const { conditions = [], initContainerStatuses = [], containerStatuses = [] } = status;
    const isTrue = (type) => conditions.some((one) => one.type === type && one.status === "True");
    if (isTrue("Ready"))
        return undefined;
    for (const { name, state, lastState } of [...initContainerStatuses, ...containerStatuses]) {
        const { reason = "", message = "" } = state?.waiting ?? {};
        // An init container makes the others wait with this reason.
        if (reason === "" || reason === "PodInitializing")
            continue;
        const { reason: end = "", message: log = "" } = lastState?.terminated ?? {};
        const said = [reason, message, end, log.trim()].filter((text) => text !== "").join(": ");
        return { reason: `its container ${name} waits: ${said}`, isFinal: FINAL.has(reason) };
    }
    const scheduled = conditions.find(({ type }) => type === "PodScheduled");
    return {
        reason: scheduled?.status === "False"
            ? `no node takes it: ${scheduled.message ?? ""}`
            : isTrue("Initialized")
                ? "its Nix daemon does not answer yet"
                : "its volume gets the image's programs",
        isFinal: false,
    };
}
function cannotStart(namespace, { pod, reason }) {
    return new action_error/* ActionError */.lZ("BUILDER_UNFIT", `the pod ${namespace}/${pod} cannot start: ${(0,log/* sanitizeText */.jZ)(reason)}`, {
        hint: /image/i.test(reason)
            ? "Check --image, and that the nodes may pull it: a private registry needs --pull-config."
            : `See what it says: kubectl logs ${pod} --namespace ${namespace} --all-containers`,
    });
}
/** Why a StatefulSet has no pods: Pod Security, a quota, or a webhook may refuse them. */
async function await_pool_explainMissing(cluster, namespace) {
    const events = (await cluster.list({ apiVersion: "v1", kind: "Event" }, namespace));
    const warning = events.findLast(({ type, involvedObject }) => type === "Warning" && involvedObject.kind === "StatefulSet");
    return warning?.message === undefined ? "for the pods" : (0,log/* sanitizeText */.jZ)(`for the pods: ${warning.message}`);
}

;// CONCATENATED MODULE: ./src/kubernetes/pool-keys.ts

/** The Secret that the pods of the chart read, and the one with the private key of jobs. */
const POD_KEYS = "cross-build-keys";
const CLIENT_KEY = "cross-build-client-key";
/**
 * The keys that are stored, with a new pair for each one that is missing. Authorized keys of others are kept.
 * Rejects with `SSH_KEY_INVALID`.
 */
async function completeKeys(stored, { createPair, parsePair }) {
    const obtain = async (text, secret) => {
        try {
            return text === "" ? await createPair() : await parsePair(text);
        }
        catch (error) {
            throw error instanceof action_error/* ActionError */.lZ && error.code === "SSH_KEY_INVALID" ? damaged(secret, error) : error;
        }
    };
    const client = await obtain(stored.privateClient, CLIENT_KEY);
    const host = await obtain(stored.privateHost, POD_KEYS);
    return {
        client,
        earlierClients: listKeys(stored.authorizedKeys).filter((key) => !pool_keys_isSame(key, client.publicKey)),
        host,
        earlierHosts: listKeys(stored.hostKeys).filter((key) => !pool_keys_isSame(key, host.publicKey)),
    };
}
/** New keys for a pool. Running jobs go on with the client's key that was in use; older ones are dropped. */
async function rotateKeys(keys, { createPair }) {
    return {
        client: await createPair(),
        earlierClients: [keys.client.publicKey],
        host: await createPair(),
        earlierHosts: [keys.host.publicKey, ...keys.earlierHosts],
    };
}
/** The data that keeps these keys in the cluster. */
function storeKeys({ client, earlierClients, host, earlierHosts }) {
    const renderLines = (keys) => keys.map((key) => `${key}\n`).join("");
    return {
        privateClient: client.privateKey,
        authorizedKeys: renderLines([client.publicKey, ...earlierClients]),
        privateHost: host.privateKey,
        hostKeys: renderLines([host.publicKey, ...earlierHosts]),
    };
}
function listKeys(text) {
    return text
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "" && !line.startsWith("#"));
}
/** Whether a line has this key; it may have options before it, and a comment behind it. */
function pool_keys_isSame(line, publicKey) {
    const [, key = ""] = publicKey.split(" ");
    return line.split(/\s+/).includes(key);
}
function damaged(secret, cause) {
    return new action_error/* ActionError */.lZ("SSH_KEY_INVALID", `the private key in the pool's Secret ${secret} cannot be read`, {
        cause,
        hint: "Delete that Secret, and provision again: a new key is made. Then give it to your jobs.",
    });
}

;// CONCATENATED MODULE: ./src/kubernetes/provision.ts









/** The Secret for pulling the image. */
const PULL_SECRET = "cross-build-pull";
const ACCOUNT = `${POOL_NAME}-ci`;
const SECRET = { apiVersion: "v1", kind: "Secret" };
const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" };
const CLAIM = { apiVersion: "v1", kind: "PersistentVolumeClaim" };
/** The pool `NAMESPACE/NAME`, as the input `kubernetes-pool` names it. */
function namePool(namespace) {
    return `${namespace}/${POOL_NAME}`;
}
/**
 * Makes a pool, or changes one to these settings, and waits until a build has run on each of its pods.
 * Resolves to what a job needs; in a dry run, to undefined. Calls `onChange` for each object. Rejects with
 * `INPUT_INVALID` for a namespace or settings that a pool cannot have, and with `BUILDER_UNFIT`.
 */
async function provisionPool(cluster, request, effects, onChange) {
    const { settings, isDryRun } = request;
    const { namespace } = settings;
    const state = await readNamespace(cluster, namespace);
    checkPodSecurity(state, settings);
    if (state.exists)
        await checkWorkloads(cluster, namespace);
    await checkVolumes(cluster, settings);
    const keys = await prepareKeys(cluster, request, effects);
    const stored = storeKeys(keys);
    const pull = { ...SECRET, metadata: { namespace, name: PULL_SECRET } };
    const hasPullSecret = request.pullConfig !== undefined || (await cluster.read(pull)) !== undefined;
    for (const key of [stored.privateClient, stored.privateHost])
        effects.log.mask(key);
    const manifests = [
        ...(state.exists && !state.isOwn ? [] : [renderNamespace(settings)]),
        // Before the pods present a new key, jobs must know it.
        renderHostKeys(namespace, stored),
        ...renderSecrets(namespace, stored),
        ...(request.pullConfig === undefined ? [] : [renderPullSecret(namespace, request.pullConfig)]),
        ...renderPool(settings, {
            hostKey: fingerprint(keys),
            pullSecret: hasPullSecret ? PULL_SECRET : undefined,
        }),
    ];
    for (const manifest of manifests) {
        onChange({ verb: await apply(cluster, manifest, { isDryRun, state }), object: nameObject(manifest) });
    }
    if (isDryRun)
        return undefined;
    const { clock, log } = effects;
    const pods = await awaitPool(cluster, { namespace, timeoutMs: request.timeoutMs, clock, log });
    // Now no pod has an earlier host key.
    const current = { ...keys, earlierHosts: [] };
    await cluster.apply(renderHostKeys(namespace, storeKeys(current)), { isDryRun });
    const account = await cluster.createToken(namespace, ACCOUNT, request.tokenLifetimeSeconds);
    log.mask(account.token);
    const access = { account, privateKey: keys.client.privateKey, hostKeys: [keys.host.publicKey] };
    await effects.tryPods(pods, access);
    log.info(`a build has run on ${pods.length === 0 ? "no pod: the pool has none" : pods.join(", ")}`);
    return access;
}
/**
 * Removes a pool, when its builds have ended. With `withData` also its volumes, and the namespace if this
 * command has made it. What others have made stays.
 */
async function deletePool(cluster, { settings, withData }, { clock, log }, onDelete) {
    const { namespace } = settings;
    const state = await readNamespace(cluster, namespace);
    if (!state.exists)
        return;
    // The namespace goes with everything in it.
    if (withData && state.isOwn)
        await checkWorkloads(cluster, namespace);
    const remove = async (reference) => {
        await cluster.remove(reference);
        onDelete(nameObject(reference));
    };
    const removeOwn = async (references) => {
        for (const reference of references) {
            const found = await cluster.read(reference);
            if (found !== undefined && isOwn(found))
                await remove(reference);
        }
    };
    const manifests = [
        ...renderPool(settings, NO_SECRETS),
        ...renderSecrets(namespace, NO_KEYS),
        renderPullSecret(namespace, ""),
        renderHostKeys(namespace, NO_KEYS),
    ];
    const isSet = ({ kind }) => kind === "StatefulSet";
    // The pods need their keys until their last build has ended.
    await removeOwn(manifests.filter(isSet));
    await awaitNoPods(cluster, { namespace, clock, log });
    await removeOwn(manifests.filter((manifest) => !isSet(manifest)));
    if (!withData)
        return;
    for (const { metadata } of await cluster.list(CLAIM, namespace)) {
        if (isOfPool({ ...CLAIM, metadata }))
            await remove({ ...CLAIM, metadata: { name: metadata.name, namespace } });
    }
    if (!state.isOwn)
        return;
    const own = { ...NAMESPACE, metadata: { name: namespace } };
    await remove(own);
    while ((await cluster.read(own)) !== undefined)
        await clock.sleep(1_000);
}
const NO_KEYS = { privateClient: "", authorizedKeys: "", privateHost: "", hostKeys: "" };
const NO_SECRETS = { hostKey: "", pullSecret: undefined };
/** Another isolation has another user in the pods, who cannot use the files that the volumes have. */
async function checkVolumes(cluster, settings) {
    for (const manifest of renderPool(settings, NO_SECRETS)) {
        if (manifest.kind !== STATEFUL_SET.kind)
            continue;
        const found = await cluster.read(manifest);
        if (found === undefined || readUser(found) === readUser(manifest))
            continue;
        throw new action_error/* ActionError */.lZ("INPUT_INVALID", `${nameObject(manifest)} has another isolation than ${settings.isolation}, and its volumes belong to ` +
            "the user of that", { hint: "Run `cross-build provision kubernetes --delete-data` first, or use another --namespace." });
    }
}
function readUser(set) {
    const { spec } = set;
    return spec.template.spec.securityContext?.runAsUser;
}
/** The keys of the cluster, with those that are missing, and after the rotation that is asked for. */
async function prepareKeys(cluster, { settings: { namespace }, rotatesKeys, retiresKeys }, effects) {
    const [podKeys, clientKey, hostKeys] = await Promise.all([
        { ...SECRET, metadata: { name: POD_KEYS, namespace } },
        { ...SECRET, metadata: { name: CLIENT_KEY, namespace } },
        { ...CONFIG_MAP, metadata: { name: (0,kubernetes_pool/* nameHostKeys */.m)({ namespace, name: POOL_NAME }), namespace } },
    ].map((reference) => cluster.read(reference)));
    const stored = {
        privateClient: readData(clientKey, "ssh-privatekey"),
        authorizedKeys: readData(podKeys, "authorized_keys"),
        privateHost: readData(podKeys, "ssh_host_ed25519_key"),
        hostKeys: readData(hostKeys, kubernetes_pool/* HOST_KEYS */.Cy),
    };
    const keys = await completeKeys(stored, effects);
    const rotated = rotatesKeys ? await rotateKeys(keys, effects) : keys;
    return retiresKeys ? { ...rotated, earlierClients: [] } : rotated;
}
function readData(object, key) {
    const { data = {} } = (object ?? {});
    const value = data[key] ?? "";
    return object?.kind === SECRET.kind ? Buffer.from(value, "base64").toString("utf8") : value;
}
function renderSecrets(namespace, stored) {
    return [
        renderSecret(namespace, POD_KEYS, {
            authorized_keys: stored.authorizedKeys,
            ssh_host_ed25519_key: stored.privateHost,
        }),
        renderSecret(namespace, CLIENT_KEY, { "ssh-privatekey": stored.privateClient }),
    ];
}
function renderPullSecret(namespace, config) {
    const type = "kubernetes.io/dockerconfigjson";
    return { ...renderSecret(namespace, PULL_SECRET, { ".dockerconfigjson": config }), type };
}
function renderSecret(namespace, name, texts) {
    const data = Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
    return {
        ...SECRET,
        metadata: ownMetadata(namespace, name),
        data: Object.fromEntries(data),
    };
}
/** What jobs verify the pods by. */
function renderHostKeys(namespace, { hostKeys }) {
    return {
        ...CONFIG_MAP,
        metadata: ownMetadata(namespace, (0,kubernetes_pool/* nameHostKeys */.m)({ namespace, name: POOL_NAME })),
        data: { [kubernetes_pool/* HOST_KEYS */.Cy]: hostKeys },
    };
}
function ownMetadata(namespace, name) {
    return { namespace, name, labels: { [MANAGED_BY]: MANAGER } };
}
function fingerprint({ host }) {
    return (0,host_key/* describeHostKey */.RS)(Buffer.from(host.publicKey.split(" ")[1] ?? "", "base64")).fingerprint;
}
async function apply(cluster, manifest, { isDryRun, state }) {
    const before = await cluster.read(manifest);
    // The server cannot try what is for a namespace that is not there.
    if (isDryRun && !state.exists)
        return "create";
    const after = await cluster.apply(manifest, { isDryRun });
    if (before === undefined)
        return "create";
    return (0,external_node_util_.isDeepStrictEqual)(withoutState(before), withoutState(after)) ? "keep" : "change";
}
/** An object without the fields that the server sets. */
function withoutState(object) {
    const { labels, annotations } = object.metadata;
    return { ...object, status: undefined, metadata: { labels, annotations } };
}

// EXTERNAL MODULE: ./src/ssh/connection.ts + 1 modules
var ssh_connection = __webpack_require__(15731);
// EXTERNAL MODULE: ./src/kubernetes/port-forward.ts
var port_forward = __webpack_require__(79173);
;// CONCATENATED MODULE: ./src/kubernetes/try-pod.ts




const SSH_PORT = 2222;
const CONNECT_MS = 20_000;
const BUILD_MS = 120_000;
/** The kubelet brings a changed Secret into a running pod within a minute or two. */
const RETRY_FOR_MS = 150_000;
const RETRY_AFTER_MS = 2_000;
/** What may only be late: keys and rights that were just written. */
const LATE = new Set(["BUILDER_DENIED", "BUILDER_HOST_KEY", "BUILDER_UNREACHABLE"]);
/**
 * Builds something on a pod, as a job does: by a forwarded port, with the key of jobs, and only if the pod
 * presents a host key of the pool. Rejects with `BUILDER_HOST_KEY`, `BUILDER_DENIED` and
 * `BUILDER_UNREACHABLE`, or with `BUILDER_UNFIT` if the build fails.
 */
async function tryPod(options, clock) {
    const deadline = clock.nowMs() + RETRY_FOR_MS;
    for (;;) {
        try {
            await buildOnPod(options, clock);
            return;
        }
        catch (error) {
            const isLate = error instanceof action_error/* ActionError */.lZ && LATE.has(error.code);
            if (!isLate || clock.nowMs() >= deadline)
                throw error;
        }
        await clock.sleep(RETRY_AFTER_MS);
    }
}
async function buildOnPod({ api, namespace, pod, access, nonce }, clock) {
    const name = `provision-${nonce}`;
    const expression = `derivation { name = "${name}"; system = builtins.currentSystem; builder = "/bin/sh"; ` +
        'args = [ "-c" "echo > $out" ]; allowSubstitutes = false; }';
    const connection = await (0,ssh_connection/* connect */.Ng)({
        host: pod,
        port: SSH_PORT,
        username: "nix",
        hostKeys: access.hostKeys,
        revokedKeys: [],
        identity: { kind: "key", privateKey: access.privateKey },
    }, {
        timeoutMs: CONNECT_MS,
        onHostKey: () => undefined,
        socket: await (0,port_forward/* openPodConnection */.M)(api, { namespace, pod, port: SSH_PORT }, CONNECT_MS),
    }, clock);
    try {
        const { stdout, stderr } = await (0,ssh_connection/* ask */.kA)(connection, {
            command: `nix-build --no-out-link --expr '${expression}'`,
            input: Buffer.alloc(0),
            isComplete: (bytes) => bytes.includes("\n"),
            timeoutMs: BUILD_MS,
        }, clock);
        if (stdout.toString("utf8").trim().endsWith(`-${name}`))
            return;
        const said = (0,log/* sanitizeText */.jZ)(stderr).trim().split("\n").slice(-5).join(" | ");
        throw new action_error/* ActionError */.lZ("BUILDER_UNFIT", `the pod ${namespace}/${pod} cannot build: ${said}`, {
            hint: `See what it says: kubectl logs ${pod} --namespace ${namespace}`,
        });
    }
    finally {
        connection.close();
    }
}

// EXTERNAL MODULE: ./src/model/shell.ts
var shell = __webpack_require__(843);
// EXTERNAL MODULE: ./src/ssh/key.ts
var ssh_key = __webpack_require__(11069);
;// CONCATENATED MODULE: ./src/action/provision-settings.ts


const IMAGE = /^[a-z0-9.-]+(?::[0-9]+)?(?:\/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}$/;
/** @see RFC 1123, section 2.1, which Kubernetes follows for names */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;
const QUANTITY = /^[0-9]+(?:\.[0-9]+)?(?:[kMGTP]i?)?$/;
const CPUS = /^[0-9]+m?$/;
const REPOSITORY = /^[\w.-]+\/[\w.-]+$/;
/** Pods of other programs, which every cluster has. */
const SYSTEM_NAMESPACES = /^(?:default|kube-.*)$/;
const MOST_PODS = 1_000;
const MOST_HOURS = 24 * 365;
const MOST_SECONDS = 24 * 3_600;
/** Parses the flags of `cross-build provision kubernetes`. Throws `INPUT_INVALID`. */
function parseProvisionSettings(read) {
    const modes = ["dry-run", "delete", "delete-data"].filter((name) => parseFlag(read, name));
    const [mode = "provision", other] = modes;
    if (other !== undefined)
        throw provision_settings_invalid(other, "true", `--${mode} and --${other} cannot be used together.`);
    return {
        pool: parsePool(read, mode),
        mode,
        rotatesKeys: parseFlag(read, "rotate-keys"),
        retiresKeys: parseFlag(read, "retire-keys"),
        tokenLifetimeSeconds: parseNumber(read, "token-hours", { least: 1, most: MOST_HOURS }) * 3_600,
        timeoutMs: parseNumber(read, "timeout", { least: 1, most: MOST_SECONDS }) * 1_000,
        repository: read("github") === ""
            ? undefined
            : parseText(read, "github", REPOSITORY, "Write OWNER/REPOSITORY, as in its URL."),
    };
}
function parsePool(read, mode) {
    const defaults = readDefaults();
    const namespace = parseText(read, "namespace", LABEL, "Use lower-case letters, digits and dashes.");
    if (SYSTEM_NAMESPACES.test(namespace))
        throw provision_settings_invalid("namespace", namespace, "The pool has to have a namespace of its own, such as builders.");
    const replicas = {
        amd64: parseNumber(read, "replicas", { least: 0, most: MOST_PODS }),
        arm64: parseNumber(read, "replicas-arm64", { least: 0, most: MOST_PODS }),
    };
    return {
        namespace,
        isolation: parseIsolation(read("isolation")),
        image: mode === "delete" || mode === "delete-data" ? "" : parseImage(read, defaults.image),
        replicas,
        requests: parseResources(read, "requests", defaults.requests),
        limits: checkLimits(parseResources(read, "limits", defaults.limits), defaults.slotCores),
        storeSize: read("store-size") === ""
            ? defaults.storeSize
            : parseText(read, "store-size", QUANTITY, "Write a quantity, such as 200Gi."),
        storageClass: read("storage-class") === ""
            ? ""
            : parseText(read, "storage-class", SUBDOMAIN, "Write the name of a StorageClass of the cluster."),
    };
}
function parseImage(read, ofRelease) {
    if (read("image") !== "")
        return parseText(read, "image", IMAGE, "Write NAME@sha256:… with the digest of the image.");
    if (ofRelease !== "")
        return ofRelease;
    throw new action_error/* ActionError */.lZ("INPUT_INVALID", "--image is not set, and this version of cross-build has no image", {
        hint: "Build deploy/image with the action, and set --image to its output `image`; or use a release of " +
            "cross-build, which has an image.",
    });
}
function parseIsolation(text) {
    const names = Object.keys(POD_SECURITY);
    const found = names.find((name) => name === text);
    if (found === undefined)
        throw provision_settings_invalid("isolation", text, `Use ${names.join(", ")}.`);
    return found;
}
/** `cpu=4,memory=8Gi`, as `kubectl set resources` takes it; what is not given is the default. */
function parseResources(read, name, defaults) {
    const text = read(name);
    const given = text.split(",").filter((part) => part !== "");
    const pairs = given.map((part) => {
        const [key = "", value = ""] = part.split("=").map((word) => word.trim());
        if ((key === "cpu" && CPUS.test(value)) || (key === "memory" && QUANTITY.test(value)))
            return [key, value];
        throw provision_settings_invalid(name, part, "Write cpu=NUMBER,memory=SIZE, such as cpu=4,memory=8Gi.");
    });
    return { ...defaults, ...Object.fromEntries(pairs) };
}
/** The chart refuses this, too: the builds of a pod would slow each other down. */
function checkLimits(limits, slotCores) {
    const { cpu } = limits;
    const millis = cpu.endsWith("m") ? Number(cpu.slice(0, -1)) : 1_000 * Number(cpu);
    if (millis >= 1_000 * slotCores)
        return limits;
    throw provision_settings_invalid("limits", `cpu=${cpu}`, `The builds of a pod use ${slotCores} cores together: set at least cpu=${slotCores}. Or install the ` +
        "chart with a lower maxJobs or cores.");
}
function parseText(read, name, form, hint) {
    const text = read(name);
    if (!form.test(text))
        throw provision_settings_invalid(name, text, hint);
    return text;
}
function parseNumber(read, name, { least, most }) {
    const text = read(name);
    const number = Number(text);
    if (/^[0-9]+$/.test(text) && number >= least && number <= most)
        return number;
    throw provision_settings_invalid(name, text, `Give a whole number from ${least} to ${most}.`);
}
function parseFlag(read, name) {
    const text = read(name);
    if (text === "true" || text === "false")
        return text === "true";
    throw provision_settings_invalid(name, text, `Write --${name} or --no-${name}.`);
}
function provision_settings_invalid(name, value, hint) {
    return new action_error/* ActionError */.lZ("INPUT_INVALID", `--${name}: ${JSON.stringify(value.slice(0, 200))} cannot be used`, {
        hint,
    });
}

;// CONCATENATED MODULE: ./src/action/run-provision.ts


















const GH_MS = 60_000;
const KEYGEN_MS = 20_000;
/**
 * Runs `cross-build provision kubernetes`, and returns the exit code. Prints to stdout the lines of a
 * workflow and the names of the files with its secrets, or what a dry run would do.
 */
async function runProvision(read, context, print) {
    const { log, clock } = context;
    const settings = parseProvisionSettings(read);
    const { pool, mode, repository } = settings;
    const { namespace } = pool;
    const config = await loadKubeconfig(read, context);
    const getAccess = createGetAccess(config, context);
    const cluster = openCluster(getAccess);
    if (mode === "delete" || mode === "delete-data") {
        await deletePool(cluster, { settings: pool, withData: mode === "delete-data" }, context, (object) => {
            log.info(`deleted ${object}`);
        });
        return 0;
    }
    const isDryRun = mode === "dry-run";
    // Fails before anything is made.
    if (repository !== undefined)
        await runGh(["secret", "list"], repository, context);
    const access = await provisionPool(cluster, { ...settings, settings: pool, isDryRun, pullConfig: await readPullConfig(read, pool.image) }, {
        clock,
        log,
        createPair: () => createKeyPair(context),
        parsePair: ssh_key/* parsePrivateKey */.Q,
        tryPods: async (pods, granted) => {
            const api = { ...(await getAccess()), credential: { token: granted.account.token } };
            await (0,kubernetes_pods/* checkRights */.ID)(api, { namespace, name: POOL_NAME }, context.signal);
            const options = { api, namespace, access: granted, nonce: context.nonce };
            await Promise.all(pods.map((pod) => tryPod({ ...options, pod }, clock)));
        },
    }, ({ verb, object }) => {
        if (isDryRun)
            print(`${verb} ${object}\n`);
        else if (verb !== "keep")
            log.info(`${verb}d ${object}`);
    });
    if (access === undefined)
        return 0;
    const kubeconfig = renderKubeconfig(config, namespace, access.account.token);
    if (repository === undefined) {
        const folder = read("output") === ""
            ? (0,external_node_path_.join)(findStateFolder(context.environment), "pools", namespace)
            : (0,external_node_path_.resolve)(read("output"));
        print(await writeAccess(folder, { kubeconfig, access, namespace }));
    }
    else {
        await setSecrets(repository, { kubeconfig, access, namespace }, context);
        print(renderWorkflowLines(`\${{ vars.${POOL_VARIABLE} }}`));
    }
    log.info(`the token of the jobs is valid until ${access.account.expires}: run this again before`);
    return 0;
}
/** Writes what is secret into files that only this user can read. Returns what to do with them. */
async function writeAccess(folder, { kubeconfig, access, namespace }) {
    const files = [
        [KUBECONFIG_SECRET, (0,external_node_path_.join)(folder, "kubeconfig"), kubeconfig],
        [KEY_SECRET, (0,external_node_path_.join)(folder, "ssh-private-key"), access.privateKey],
    ];
    for (const [, file, text] of files)
        await (0,platform_files/* writeFileAtomically */.lo)(file, text, 0o600);
    const commands = files.map(([name, file]) => `gh secret set ${name} < ${(0,shell/* quoteShellWord */.B)(file)}\n`);
    return `${renderWorkflowLines(namePool(namespace))}\n${commands.join("")}`;
}
async function setSecrets(repository, { kubeconfig, access, namespace }, context) {
    const pool = namePool(namespace);
    // gh reads a secret from its stdin.
    await runGh(["secret", "set", KUBECONFIG_SECRET], repository, context, kubeconfig);
    await runGh(["secret", "set", KEY_SECRET], repository, context, access.privateKey);
    await runGh(["variable", "set", POOL_VARIABLE, "--body", pool], repository, context);
    context.log.info(`set ${KUBECONFIG_SECRET}, ${KEY_SECRET} and ${POOL_VARIABLE} of ${repository}`);
}
async function runGh(args, repository, { run }, input) {
    try {
        await run("gh", [...args, "--repo", repository], {
            timeoutMs: GH_MS,
            ...(input !== undefined && { input }),
        });
    }
    catch (error) {
        if (!(error instanceof action_error/* ActionError */.lZ) || error.code !== "COMMAND_FAILED")
            throw error;
        throw new action_error/* ActionError */.lZ("COMMAND_FAILED", error.message, {
            cause: error,
            hint: "Run `gh auth status`: gh needs a token that may write the repository's secrets.",
        });
    }
}
async function createKeyPair({ run, runFolder }) {
    const file = (0,external_node_path_.join)(runFolder, `key-${(0,external_node_crypto_.randomUUID)()}`);
    const args = ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file];
    await run("ssh-keygen", args, { timeoutMs: KEYGEN_MS });
    const key = await (0,ssh_key/* parsePrivateKey */.Q)(await (0,promises_.readFile)(file, "utf8"));
    await (0,promises_.rm)(file);
    return key;
}
/** The kubeconfig that the user names, or that kubectl would use. Rejects with `INPUT_INVALID`. */
async function loadKubeconfig(read, { environment }) {
    const { KUBECONFIG = "", HOME = "" } = environment;
    const named = read("kubeconfig") === "" ? KUBECONFIG : read("kubeconfig");
    const file = (0,external_node_path_.resolve)(named === "" ? (0,external_node_path_.join)(HOME, ".kube/config") : named);
    const readText = (path) => (0,promises_.readFile)(path, "utf8");
    let text;
    try {
        text = await readText(file);
    }
    catch (error) {
        throw new action_error/* ActionError */.lZ("INPUT_INVALID", `the kubeconfig ${file} cannot be read`, {
            cause: error,
            hint: "Set --kubeconfig to one file that kubectl can use.",
        });
    }
    return (0,kube_config.readKubeConfig)(selectContext(text, file, read("context")), { environment, readText });
}
/** Of a config.json of Docker, only what is for the registry of an image. Rejects with `INPUT_INVALID`. */
async function readPullConfig(read, image) {
    const file = read("pull-config");
    if (file === "")
        return undefined;
    const registry = image.slice(0, image.indexOf("/"));
    let found;
    try {
        const { auths } = JSON.parse(await (0,promises_.readFile)((0,external_node_path_.resolve)(file), "utf8"));
        found = Object.entries(auths ?? {}).find(([host]) => host === registry)?.[1];
    }
    catch (error) {
        // Not its message, which may quote the file.
        const reason = error instanceof Error && "code" in error ? String(error.code) : "it is not JSON";
        throw new action_error/* ActionError */.lZ("INPUT_INVALID", `--pull-config: ${file} cannot be read: ${reason}`, {
            hint: "Set it to a config.json that docker login has written.",
        });
    }
    // With a credential helper, docker login writes an empty entry.
    if (typeof found === "object" && found !== null && "auth" in found)
        return JSON.stringify({ auths: { [registry]: { auth: found.auth } } });
    throw new action_error/* ActionError */.lZ("INPUT_INVALID", `--pull-config: ${file} has no credentials for ${registry}`, {
        hint: `Log in without a credential helper: DOCKER_CONFIG=FOLDER docker login ${registry}`,
    });
}
/** What each request to the API server needs. */
function createGetAccess(config, context) {
    const { server, ca, tlsServerName, proxyUrl } = config;
    const { HTTPS_PROXY, https_proxy, NO_PROXY, no_proxy } = context.environment;
    const proxies = proxyUrl === undefined ? { HTTPS_PROXY, https_proxy, NO_PROXY, no_proxy } : { HTTPS_PROXY: proxyUrl };
    const getCredential = (0,credential/* createGetCredential */.U)(config, {
        ...context,
        readText: (file) => (0,promises_.readFile)(file, "utf8"),
        mask: (secret) => {
            context.log.mask(secret);
        },
    });
    return async () => ({ server, ca, tlsServerName, proxies, credential: await getCredential() });
}

// EXTERNAL MODULE: ./src/action/read-job.ts + 7 modules
var read_job = __webpack_require__(22662);
// EXTERNAL MODULE: ./src/plan/push-policy.ts
var push_policy = __webpack_require__(29822);
;// CONCATENATED MODULE: ./src/action/search-path.ts



/**
 * Removes folders of the workspace, and relative ones, from `PATH` on events whose checkout is verified
 * first: a program that a pull request brings must not run in place of git or sudo.
 */
function hideWorkspacePrograms(event, environment) {
    if (!(0,push_policy/* needsCheckout */.g2)(event))
        return;
    const workspace = resolveLinks(environment["GITHUB_WORKSPACE"] ?? process.cwd());
    const isOutside = (folder) => (0,external_node_path_.isAbsolute)(folder) && /^\.\.(?:\/|$)/.test((0,external_node_path_.relative)(workspace, resolveLinks(folder)));
    environment["PATH"] = (environment["PATH"] ?? "").split(external_node_path_.delimiter).filter(isOutside).join(external_node_path_.delimiter);
}
function resolveLinks(folder) {
    try {
        return (0,external_node_fs_.realpathSync)(folder);
    }
    catch {
        return folder;
    }
}

// EXTERNAL MODULE: ./src/model/system.ts
var model_system = __webpack_require__(26872);
// EXTERNAL MODULE: ./src/builders/configuration.ts + 1 modules
var configuration = __webpack_require__(20355);
// EXTERNAL MODULE: ./src/errors/errno.ts
var errno = __webpack_require__(38335);
// EXTERNAL MODULE: ./src/nix-install/daemon.ts
var daemon = __webpack_require__(75817);
// EXTERNAL MODULE: ./src/platform/process-identity.ts
var process_identity = __webpack_require__(24261);
;// CONCATENATED MODULE: ./src/platform/binfmt.ts




const FOLDER = "/proc/sys/fs/binfmt_misc";
const CALL_LIMIT_MS = 10_000;
function openBinfmt(runAsRoot) {
    return {
        read: readEmulator,
        register: (registration) => registerEmulator(registration, runAsRoot),
        unregister: (registration) => unregisterEmulators(registration, runAsRoot),
    };
}
/**
 * Reads which handler somebody else has registered with the kernel for programs of a target system. Those of
 * this action's runs do not count: each of them ends with its run.
 */
async function readEmulator(target) {
    const names = (await (0,platform_files/* readdirIfPresent */.wi)(FOLDER)).filter((name) => name !== "register" && name !== "status" && parseName(name) === undefined);
    const entries = await Promise.all(names.map((name) => (0,platform_files/* readFileIfPresent */.Ts)((0,external_node_path_.join)(FOLDER, name))));
    return chooseEmulator(entries.filter((entry) => entry !== undefined), target);
}
/** The handler for programs of a target system among entries of binfmt_misc. Pure. */
function chooseEmulator(entries, target) {
    const header = renderElfHeader((0,model_system/* elfOf */.nK)(target));
    const emulators = entries.filter((entry) => isFor(entry, header)).map(assess);
    return emulators.find(({ state }) => state === "ready") ?? emulators[0] ?? { state: "missing" };
}
/** Parses an entry of binfmt_misc. @see Linux, Documentation/admin-guide/binfmt-misc.rst */
function assess(entry) {
    if (!/^enabled$/m.test(entry))
        return { state: "unfit", reason: "it is registered, but disabled" };
    const flags = /^flags: *(\S*)$/m.exec(entry)?.[1] ?? "";
    return flags.includes("F")
        ? { state: "ready" }
        : { state: "unfit", reason: "it is registered without the flag F, so sandboxes cannot find it" };
}
/** Whether the kernel would use an entry for a file that begins with `header`. */
function isFor(entry, header) {
    const offset = Number(/^offset (\d+)$/m.exec(entry)?.[1] ?? NaN);
    const magic = Buffer.from(/^magic ([0-9a-f]+)$/m.exec(entry)?.[1] ?? "", "hex");
    const mask = Buffer.from(/^mask ([0-9a-f]+)$/m.exec(entry)?.[1] ?? "ff".repeat(magic.length), "hex");
    const bytes = header.subarray(offset, offset + magic.length);
    return (magic.length > 0 &&
        bytes.length === magic.length &&
        bytes.every((byte, i) => (byte & (mask[i] ?? 0)) === magic[i]));
}
/** The first 20 bytes of a program: up to and including its CPU. @see ELF gABI, "ELF Header" */
function renderElfHeader({ machine, bits, endianness }) {
    const header = Buffer.alloc(20);
    header.write("\x7fELF", "latin1");
    header.set([bits === 64 ? 2 : 1, endianness === "little" ? 1 : 2, 1], 4);
    const put = (value, at) => endianness === "little" ? header.writeUInt16LE(value, at) : header.writeUInt16BE(value, at);
    put(2, 16); // ET_EXEC
    put(machine, 18);
    return header;
}
/**
 * Registers QEMU with the kernel, for the whole machine, until `unregisterEmulators`. The name of the handler
 * has the nonce of the run and its owner, this process. Rejects with the codes of RunCommand.
 */
async function registerEmulator(registration, runAsRoot) {
    if (!(await (0,platform_files/* readdirIfPresent */.wi)(FOLDER)).includes("register")) {
        await runAsRoot("mount", ["-t", "binfmt_misc", "binfmt_misc", FOLDER], { timeoutMs: CALL_LIMIT_MS });
    }
    const line = renderRegistration(registration, (0,process_identity/* identifyProcess */.wO)(process.pid));
    await write("register", line, runAsRoot);
}
/**
 * The line that registers a handler for the run whose process is `owner`, as `identifyProcess` says it. Its
 * magic accepts what the kernel accepts as a program of that CPU: position-independent or not (the lowest bit
 * of e_type), for every ABI. The flags: P keeps the program's argv[0], F opens QEMU now.
 */
function renderRegistration({ target, nonce, interpreter }, owner) {
    const elf = (0,model_system/* elfOf */.nK)(target);
    const mask = Buffer.alloc(20, 0xff);
    mask[7] = 0;
    mask[elf.endianness === "little" ? 16 : 17] = 0xfe;
    const escape = (bytes) => [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
    const name = `cross-build-${nonce}-${target}-${encodeURIComponent(owner)}`;
    return `:${name}:M::${escape(renderElfHeader(elf))}:${escape(mask)}:${interpreter}:PF`;
}
/** Removes the handlers of a run, or its one for `target`. Rejects with the codes of RunCommand. */
async function unregisterEmulators({ nonce, target }, runAsRoot) {
    await unregister((handler) => handler.nonce === nonce && (target ?? handler.target) === handler.target, runAsRoot);
}
/** Removes the handlers of runs that were killed. Rejects with the codes of RunCommand. */
async function unregisterOrphans(runAsRoot) {
    await unregister(({ owner }) => (0,process_identity/* checkProcess */.Un)(decodeURIComponent(owner)) === "gone", runAsRoot);
}
function parseName(name) {
    const [, nonce = "", target = "", owner] = /^cross-build-([0-9a-f]+)-([a-z0-9_]+-linux)-([\w.%-]+)$/.exec(name) ?? [];
    return owner === undefined ? undefined : { name, nonce, target, owner };
}
async function unregister(isLeft, runAsRoot) {
    for (const handler of (await (0,platform_files/* readdirIfPresent */.wi)(FOLDER)).map(parseName)) {
        if (handler !== undefined && isLeft(handler))
            await write(handler.name, "-1", runAsRoot);
    }
}
async function write(file, text, runAsRoot) {
    await runAsRoot("tee", ["--", (0,external_node_path_.join)(FOLDER, file)], { input: text, timeoutMs: CALL_LIMIT_MS });
}

// EXTERNAL MODULE: ./src/platform/process-ledger.ts
var process_ledger = __webpack_require__(51494);
;// CONCATENATED MODULE: ./src/pipeline/clean-up.ts









/**
 * Removes everything that a run created on this machine, users before what they use: processes, containers,
 * the Nix daemon that it started, ssh configuration, keys and files. Tries every step; returns the problems.
 */
async function cleanUp(effects) {
    const { runFolder, nonce, run, runAsRoot } = effects;
    const steps = [
        ["could not terminate processes of the run", () => (0,process_ledger/* endLeftProcesses */.kH)((0,external_node_path_.join)(runFolder, "processes"))],
        ["could not remove containers and images of the run", () => removeContainers(run, nonce)],
        ["could not remove containers of the run that have no engine", () => removeOci(runAsRoot, runFolder)],
        ["could not stop the Nix daemon", () => (0,daemon/* stopDaemon */.ZI)(runFolder, effects)],
        ["could not unregister QEMU", () => unregisterEmulators({ nonce }, runAsRoot)],
        ["could not remove the ssh configuration", () => (0,configuration/* removeBuilderConfiguration */.yb)(nonce, runAsRoot)],
        [
            "could not remove the run folder, which has the keys",
            () => (0,promises_.rm)(runFolder, { recursive: true, force: true }),
        ],
    ];
    const problems = [];
    for (const [what, work] of steps) {
        try {
            await work();
        }
        catch (error) {
            problems.push(`${what}: ${(0,action_error/* renderError */.vr)(error)}`);
        }
    }
    return problems;
}
/** Loads what a start of the action does not need: it only cleans up after a run that was killed. */
async function removeContainers(run, nonce) {
    const { removeFromEngines } = await Promise.resolve(/* import() */).then(__webpack_require__.bind(__webpack_require__, 80940));
    await removeFromEngines(run, nonce);
}
async function removeOci(runAsRoot, runFolder) {
    const { removeOciContainers } = await __webpack_require__.e(/* import() */ 950).then(__webpack_require__.bind(__webpack_require__, 30950));
    await removeOciContainers(runAsRoot, runFolder);
}
/**
 * Removes what runs whose post step never ran left, apart from their folders: QEMU's handlers if their owner
 * is gone, and their ssh configuration if their folder is gone and their owner is not known to be running. A
 * folder that this user may not look at, such as one in another user's home, is not gone.
 */
async function removeOrphans(runAsRoot) {
    await unregisterOrphans(runAsRoot);
    for (const { nonce, runFolder, owner } of await (0,configuration/* listConfiguredRuns */.tl)()) {
        if ((0,process_identity/* checkProcess */.Un)(owner) === "running" || !(await isGone(runFolder)))
            continue;
        await (0,configuration/* removeBuilderConfiguration */.yb)(nonce, runAsRoot);
    }
}
async function isGone(path) {
    try {
        await (0,promises_.lstat)(path);
        return false;
    }
    catch (error) {
        return (0,errno/* isErrno */.r)(error, "ENOENT", "ENOTDIR");
    }
}

// EXTERNAL MODULE: external "node:child_process"
var external_node_child_process_ = __webpack_require__(31421);
// EXTERNAL MODULE: external "node:stream/promises"
var external_node_stream_promises_ = __webpack_require__(46466);
// EXTERNAL MODULE: external "node:string_decoder"
var external_node_string_decoder_ = __webpack_require__(46193);
// EXTERNAL MODULE: ./src/platform/debug-log.ts
var debug_log = __webpack_require__(11043);
;// CONCATENATED MODULE: ./src/platform/path-folders.ts



/**
 * Whether a folder of `PATH` has a program. If one of the folders cannot be searched, the system reports a
 * program that none of them has as EACCES instead of ENOENT.
 * @see execvp(3)
 */
function isOnPath(program, folders) {
    return folders.some((folder) => isFile((0,external_node_path_.join)(folder, program)));
}
/** Whether this user may not search a folder. */
function isUnreadable(folder) {
    try {
        (0,external_node_fs_.accessSync)(folder, external_node_fs_.constants.X_OK);
        return false;
    }
    catch (error) {
        return (0,errno/* isErrno */.r)(error, "EACCES");
    }
}
function isFile(path) {
    try {
        return (0,external_node_fs_.statSync)(path).isFile();
    }
    catch {
        return false;
    }
}

// EXTERNAL MODULE: ./src/platform/render-command.ts
var render_command = __webpack_require__(15815);
;// CONCATENATED MODULE: ./src/platform/command.ts











const KEPT_CHARACTERS = 1 << 20;
const KILL_AFTER_MS = 2_000;
/**
 * Creates a RunCommand whose commands each lead their own process group. At a time limit, or when the run is
 * cancelled, the whole group gets SIGTERM, and SIGKILL two seconds later. With `debug`, logs each command.
 */
function createRunCommand(signal, ledger, debug) {
    return async (tool, args, options) => {
        if (signal.aborted)
            throw cancelled(tool);
        const child = (0,external_node_child_process_.spawn)(tool, args, {
            cwd: options.cwd,
            env: mergeEnvironment(options.env),
            stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
            detached: true,
        });
        const { pid } = child;
        if (pid !== undefined)
            ledger.started(pid);
        if (pid !== undefined)
            options.onStart?.(pid);
        const logEnd = (0,debug_log/* logProcess */.Y)(pid, tool, args, debug);
        let ending;
        let killTimer;
        const end = (reason) => {
            if (ending !== undefined || pid === undefined)
                return;
            ending = reason;
            (0,process_ledger/* killGroup */.i0)(pid, "SIGTERM");
            killTimer = setTimeout(() => {
                (0,process_ledger/* killGroup */.i0)(pid, "SIGKILL");
                // A grandchild that left the group may hold our pipes open: do not wait for it.
                child.stdout?.destroy();
                child.stderr?.destroy();
            }, KILL_AFTER_MS);
        };
        const onAbort = () => {
            end("cancelled");
        };
        const timer = setTimeout(() => {
            end("timeout");
        }, options.timeoutMs);
        signal.addEventListener("abort", onAbort, { once: true });
        const onStop = () => {
            end("stopped");
        };
        options.stop?.addEventListener("abort", onStop, { once: true });
        const { onStdoutBytes } = options;
        if (onStdoutBytes !== undefined)
            child.stdout?.on("data", onStdoutBytes);
        try {
            const exit = new Promise((resolve, reject) => {
                child.once("error", (error) => {
                    logEnd(error.message);
                    reject(error);
                });
                child.once("close", (code, killedBy) => {
                    logEnd(killedBy === null ? `exit code ${code ?? 1}` : `terminated by ${killedBy}`);
                    resolve(code ?? (killedBy === null ? 1 : 128));
                });
            });
            const input = feed(child.stdin, options.input);
            // Awaited below; until then, an unhandled rejection would terminate our process.
            input.catch(() => undefined);
            const [exitCode, stdout, stderr] = await Promise.all([
                exit,
                readLines(child.stdout, options.onStdoutLine),
                readLines(child.stderr, options.onStderrLine),
            ]);
            if (ending === "cancelled")
                throw cancelled(tool);
            if (ending === "timeout")
                throw timedOut((0,render_command/* renderCommand */.C)(tool, args), options.timeoutMs, stderr);
            const output = { exitCode, stdout, stderr };
            if (ending === "stopped")
                return output;
            // If the input failed, the command probably did too: report the input's error first.
            await input;
            checkExit((0,render_command/* renderCommand */.C)(tool, args), output, options);
            return output;
        }
        catch (error) {
            if (ending === "cancelled")
                throw cancelled(tool);
            throw toCommandError({ tool, args, options }, error);
        }
        finally {
            clearTimeout(timer);
            clearTimeout(killTimer);
            signal.removeEventListener("abort", onAbort);
            options.stop?.removeEventListener("abort", onStop);
            if (pid !== undefined) {
                if (ending !== undefined)
                    (0,process_ledger/* killGroup */.i0)(pid, "SIGKILL");
                ledger.ended(pid);
            }
        }
    };
}
/**
 * Runs a command that takes only a moment, through @actions/exec, for when there is no ledger of processes
 * yet. The command gets `PATH`, `HOME` and `env`, and nothing else of our environment. It must not read its
 * stdin, which stays open: if a command exits before @actions/exec has written its input, the broken pipe
 * kills our own process. Rejects as RunCommand does, but abandons a command that times out or whose run is
 * cancelled, since @actions/exec cannot terminate it.
 */
async function runShortCommand(tool, args, options) {
    const { timeoutMs, signal, env } = options;
    const { getExecOutput } = await __webpack_require__.e(/* import() */ 955).then(__webpack_require__.bind(__webpack_require__, 41955));
    if (signal?.aborted === true)
        throw cancelled(tool);
    const { PATH, HOME } = process.env;
    const running = getExecOutput(tool, [...args], {
        ignoreReturnCode: true,
        silent: true,
        env: { ...(PATH !== undefined && { PATH }), ...(HOME !== undefined && { HOME }), ...env },
    });
    let timer;
    let onAbort;
    const interrupted = new Promise((_, reject) => {
        timer = setTimeout(() => {
            reject(timedOut((0,render_command/* renderCommand */.C)(tool, args), timeoutMs, ""));
        }, timeoutMs);
        onAbort = () => {
            reject(cancelled(tool));
        };
        signal?.addEventListener("abort", onAbort, { once: true });
    });
    try {
        const output = await Promise.race([running, interrupted]);
        checkExit((0,render_command/* renderCommand */.C)(tool, args), output, options);
        return output;
    }
    catch (error) {
        throw toCommandError({ tool, args, options: {} }, error);
    }
    finally {
        clearTimeout(timer);
        if (onAbort !== undefined)
            signal?.removeEventListener("abort", onAbort);
    }
}
/** Our own environment with the variables of `added`; those that are undefined are removed. */
function mergeEnvironment(added = {}) {
    const merged = {};
    for (const [name, value] of Object.entries({ ...process.env, ...added })) {
        if (value !== undefined)
            merged[name] = value;
    }
    return merged;
}
/**
 * Writes a command's input. Ignores a broken pipe: a command may exit before it has read everything, and its
 * exit code says more.
 */
async function feed(stdin, input) {
    if (stdin === null || input === undefined)
        return;
    try {
        if (typeof input === "string") {
            stdin.on("error", () => undefined);
            stdin.end(input);
        }
        else {
            await (0,external_node_stream_promises_.pipeline)(input, stdin);
        }
    }
    catch (error) {
        if (!(0,errno/* isErrno */.r)(error, "EPIPE", "ERR_STREAM_PREMATURE_CLOSE"))
            throw error;
    }
}
/** Reads a stream until it ends or is destroyed. Lines longer than the kept output arrive in pieces. */
function readLines(stream, onLine) {
    if (stream === null)
        return Promise.resolve("");
    const decoder = new external_node_string_decoder_.StringDecoder("utf8");
    let kept = "";
    let rest = "";
    const take = (text) => {
        // Do not search the same text again with every piece of a long line.
        if (!text.includes("\n") && rest.length + text.length <= KEPT_CHARACTERS) {
            rest += text;
            return;
        }
        const lines = (rest + text).split(/\r?\n/);
        rest = lines.pop() ?? "";
        if (rest.length > KEPT_CHARACTERS) {
            lines.push(rest);
            rest = "";
        }
        for (const line of lines)
            onLine?.(line);
        if (lines.length > 0)
            kept += `${lines.join("\n")}\n`;
        if (kept.length > 2 * KEPT_CHARACTERS)
            kept = kept.slice(-KEPT_CHARACTERS);
    };
    return new Promise((resolve) => {
        stream.on("data", (chunk) => {
            take(decoder.write(chunk));
        });
        stream.on("error", () => undefined);
        stream.once("close", () => {
            const last = rest + decoder.end();
            if (last !== "")
                onLine?.(last);
            resolve(`${kept}${last}`.slice(-KEPT_CHARACTERS).replace(/\n$/, ""));
        });
    });
}
function checkExit(command, output, { expectedExitCodes = [0] }) {
    if (expectedExitCodes === "any" || expectedExitCodes.includes(output.exitCode))
        return;
    const lastWords = lastLines(output.stderr) || lastLines(output.stdout);
    throw new action_error/* ActionError */.lZ("COMMAND_FAILED", `${command} exited with ${output.exitCode}${lastWords === "" ? "" : `: ${lastWords}`}`, { hint: "Run the command by hand on the same machine to see everything that it prints." });
}
function timedOut(command, timeoutMs, stderr) {
    const said = lastLines(stderr);
    return new action_error/* ActionError */.lZ("COMMAND_TIMEOUT", `${command} did not finish within ${Math.round(timeoutMs / 1000)} s` +
        (said === "" ? "" : `; its last output: ${said}`), {
        hint: "Run the command by hand to see what it waits for, such as a password, or a disk or network that " +
            "does not answer.",
    });
}
function cancelled(tool) {
    return (0,action_error/* runCancelled */.LJ)(`the run was cancelled while ${tool} ran`);
}
function toCommandError({ tool, args, options: { cwd, env } }, error) {
    if (error instanceof action_error/* ActionError */.lZ)
        return error;
    const folders = (mergeEnvironment(env)["PATH"] ?? "").split(external_node_path_.delimiter);
    const isMissing = (0,errno/* isErrno */.r)(error, "ENOENT") ||
        String(error).startsWith("Error: Unable to locate executable file") ||
        ((0,errno/* isErrno */.r)(error, "EACCES") && !tool.includes("/") && !isOnPath(tool, folders));
    // Node also reports a missing folder as ENOENT of the program.
    const isFolderMissing = isMissing && cwd !== undefined && !(0,external_node_fs_.existsSync)(cwd);
    if (isMissing && !isFolderMissing) {
        const unreadable = folders.filter(isUnreadable);
        const note = unreadable.length === 0 ? "" : ` This user cannot read ${unreadable.join(", ")} of PATH.`;
        return new action_error/* ActionError */.lZ("COMMAND_MISSING", `${tool} is not installed or not on PATH`, {
            cause: error,
            hint: `Install ${tool} on this machine, or add its folder to PATH.${note}`,
        });
    }
    const command = (0,render_command/* renderCommand */.C)(tool, args);
    return isFolderMissing
        ? new action_error/* ActionError */.lZ("COMMAND_FAILED", `${command} could not be started: there is no folder ${cwd}`, {
            hint: "Set working-directory to a folder that exists when this step runs.",
        })
        : new action_error/* ActionError */.lZ("COMMAND_FAILED", `${command} could not be started`, {
            cause: error,
            hint: "Check that this user may execute the program, and that it is for this machine's CPU.",
        });
}
function lastLines(text) {
    return text.trim().split("\n").slice(-5).join(" | ").slice(-1_000);
}

// EXTERNAL MODULE: ./src/platform/http.ts + 1 modules
var http = __webpack_require__(99174);
// EXTERNAL MODULE: external "node:diagnostics_channel"
var external_node_diagnostics_channel_ = __webpack_require__(53053);
;// CONCATENATED MODULE: ./src/platform/http-log.ts


/**
 * Logs every HTTP request of this process at debug level, with its status and duration, whichever client
 * sends it. Each attempt and each redirect is a request of its own. Leaves out queries and headers, which may
 * have secrets.
 * @see https://nodejs.org/api/diagnostics_channel.html#built-in-channels
 * @see https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md
 */
function logHttpRequests({ log, clock }) {
    const startedAtMs = new WeakMap();
    const end = (request, outcome) => {
        const startMs = startedAtMs.get(request);
        if (startMs === undefined)
            return;
        startedAtMs.delete(request);
        log.debug(`${render(request)}: ${outcome} after ${clock.nowMs() - startMs} ms`);
    };
    // The shapes of the messages are those of the documents above.
    const on = (channel, handle) => {
        (0,external_node_diagnostics_channel_.subscribe)(channel, (message) => {
            handle(message);
        });
    };
    for (const channel of ["undici:request:create", "http.client.request.start"]) {
        on(channel, ({ request }) => {
            startedAtMs.set(request, clock.nowMs());
        });
    }
    // Undici's answer is complete only when its body was read, which may be much later.
    for (const channel of ["undici:request:headers", "http.client.response.finish"]) {
        on(channel, ({ request, response }) => {
            end(request, `status ${response?.statusCode ?? 0}`);
        });
    }
    for (const channel of ["undici:request:error", "http.client.request.error"]) {
        on(channel, ({ request, error }) => {
            end(request, (0,action_error/* renderError */.vr)(error));
        });
    }
}
function render(request) {
    const origin = "origin" in request ? String(request.origin) : `${request.protocol}//${request.host}`;
    const url = URL.parse(request.path, origin);
    return `${request.method} ${url === null ? origin : `${url.origin}${url.pathname}`}`;
}

;// CONCATENATED MODULE: ./src/platform/privileged.ts


const SUDO_LIMIT_MS = 10_000;
/** True if commands can run as root on this machine. Rejects only with `CANCELLED`, when `signal` fires. */
async function canBecomeRoot(isRoot, signal) {
    if (isRoot)
        return true;
    try {
        await runShortCommand("sudo", ["-n", "true"], { timeoutMs: SUDO_LIMIT_MS, signal });
        return true;
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error))
            throw error;
        return false;
    }
}
/**
 * Creates a RunCommand that runs as root. It rejects with `NIX_NOT_WRITABLE` if sudo is missing or would
 * prompt for a password. It passes `options.env` through `env`, since sudo drops the environment that it
 * inherits.
 */
function createRunAsRoot(run, isRoot) {
    if (isRoot)
        return run;
    return async (tool, args, options) => {
        const { env = {}, ...rest } = options;
        const assignments = Object.entries(env).flatMap(([name, value]) => value === undefined ? [] : [`${name}=${value}`]);
        try {
            return await run("sudo", ["-n", "--", "env", ...assignments, tool, ...args], rest);
        }
        catch (error) {
            if (error instanceof action_error/* ActionError */.lZ &&
                (error.code === "COMMAND_MISSING" || /sudo: .*password/.test(error.message))) {
                throw new action_error/* ActionError */.lZ("NIX_NOT_WRITABLE", "this step needs root, but sudo is missing or asks for a password", {
                    cause: error,
                    hint: "Run as root, allow this user passwordless sudo (as on GitHub's runners), or install Nix " +
                        "beforehand.",
                });
            }
            throw error;
        }
    };
}

// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(57075);
;// CONCATENATED MODULE: ./src/platform/process-stream.ts





const process_stream_KILL_AFTER_MS = 2_000;
/** Creates an OpenProcess whose programs are terminated when the run is cancelled. `debug` logs each one. */
function process_stream_createOpenProcess(signal, ledger, debug) {
    return (tool, args) => {
        const child = (0,external_node_child_process_.spawn)(tool, args, {
            env: mergeEnvironment(),
            stdio: ["pipe", "pipe", "ignore"],
            detached: true,
        });
        const { pid, stdin, stdout } = child;
        if (pid !== undefined)
            ledger.started(pid);
        const logEnd = (0,debug_log/* logProcess */.Y)(pid, tool, args, debug);
        let killTimer;
        const end = () => {
            stdin.destroy();
            stdout.destroy();
            if (pid === undefined || child.exitCode !== null || child.signalCode !== null)
                return;
            (0,process_ledger/* killGroup */.i0)(pid, "SIGTERM");
            killTimer ??= setTimeout(() => {
                (0,process_ledger/* killGroup */.i0)(pid, "SIGKILL");
            }, process_stream_KILL_AFTER_MS);
        };
        const stream = new external_node_stream_.Duplex({
            read: () => stdout.resume(),
            write: (chunk, _, done) => stdin.write(chunk, done),
            final: (done) => stdin.end(done),
            destroy: (error, done) => {
                end();
                done(error);
            },
        });
        stdout.on("data", (chunk) => {
            if (!stream.push(chunk))
                stdout.pause();
        });
        stdout.on("end", () => stream.push(null));
        // The callback of a failed write gets its error.
        stdin.on("error", () => undefined);
        stream.once("end", () => stream.destroy());
        const onAbort = () => stream.destroy();
        signal.addEventListener("abort", onAbort, { once: true });
        child.once("error", (error) => stream.destroy(error));
        child.once("close", (code, killedBy) => {
            logEnd(killedBy === null ? `exit code ${code ?? 1}` : `terminated by ${killedBy}`);
            clearTimeout(killTimer);
            signal.removeEventListener("abort", onAbort);
            if (pid === undefined)
                return;
            // A child of the program may have outlived it.
            if (killTimer !== undefined)
                (0,process_ledger/* killGroup */.i0)(pid, "SIGKILL");
            ledger.ended(pid);
        });
        if (signal.aborted)
            stream.destroy();
        return stream;
    };
}

// EXTERNAL MODULE: ./src/model/own-processes.ts
var own_processes = __webpack_require__(89281);
;// CONCATENATED MODULE: ./src/binary-cache/github/client.ts




const TOKEN = "ACTIONS_RUNTIME_TOKEN";
/**
 * The cache of the runner that `environment` describes; undefined if it offers none. Removes the cache's
 * token from the environment, since no other command needs it. `script` is the bundle, which runs as the
 * cache's client in a separate process: @actions/cache has no reliable time limit and cannot be cancelled.
 * @see actions/toolkit, packages/cache/src/internal/config.ts
 */
function openRunnerCache(environment, script, { run, runSave = run, log, folder }) {
    const token = environment[TOKEN] ?? "";
    const isOffered = token !== "" && (environment[urlVariable(environment)] ?? "") !== "";
    Reflect.deleteProperty(environment, TOKEN);
    if (!isOffered)
        return undefined;
    log.mask(token);
    const ask = async (request, workspace, timeoutMs) => {
        const listener = createListener(log);
        for (const made of [folder, workspace])
            await (0,promises_.mkdir)(made, { recursive: true, mode: 0o700 });
        const runClient = request.action === "save" ? runSave : run;
        const output = await runClient(process.execPath, [script, own_processes/* CLIENT_ARGUMENT */.eA], {
            timeoutMs,
            cwd: workspace,
            input: JSON.stringify(request),
            env: {
                [TOKEN]: token,
                // The paths of the entry's files are relative to this folder.
                GITHUB_WORKSPACE: workspace,
                RUNNER_TEMP: folder,
                // Debug mode would list every file of an entry.
                RUNNER_DEBUG: undefined,
            },
            onStdoutLine: listener.take,
        }).catch((error) => {
            throw toCacheError(error, timeoutMs, listener);
        });
        return readAnswer(output, listener);
    };
    return {
        ...readCacheMode(environment),
        find: async (prefixes, timeoutMs) => {
            const { keys, problem } = await ask({ action: "find", keys: prefixes }, folder, timeoutMs);
            if (keys.length === 0 && problem !== undefined)
                throw failed(problem);
            return keys[0];
        },
        findEach: async (prefixes, timeoutMs) => {
            const { keys, problem } = await ask({ action: "find-each", keys: prefixes }, folder, timeoutMs);
            if (keys.length === 0 && problem !== undefined)
                throw failed(problem);
            return keys;
        },
        restore: (workspace, keys, timeoutMs) => ask({ action: "restore", keys }, workspace, timeoutMs),
        save: async (workspace, key, timeoutMs) => {
            const { keys, problem } = await ask({ action: "save", keys: [key] }, workspace, timeoutMs);
            if (keys.length === 0) {
                throw failed(problem ?? "the upload finished, but the service did not confirm the entry");
            }
        },
    };
}
/** GitHub Enterprise Server only has the first version of the service. */
function urlVariable(environment) {
    const host = URL.parse(environment["GITHUB_SERVER_URL"] ?? "")?.hostname ?? "github.com";
    const isGithub = host === "github.com" || /\.(?:ghe\.com|localhost)$/.test(host);
    const isNew = isGithub && (environment["ACTIONS_CACHE_SERVICE_V2"] ?? "") !== "";
    return isNew ? "ACTIONS_RESULTS_URL" : "ACTIONS_CACHE_URL";
}
/**
 * What the workflow's `cache-mode` allows. Runner 2.336 and newer export it as `ACTIONS_CACHE_MODE`. An
 * unknown mode allows everything here, because the service enforces the mode anyway.
 * @see https://github.blog/changelog/2026-09-10-control-github-actions-cache-access-with-cache-mode
 */
function readCacheMode(environment) {
    const mode = (environment["ACTIONS_CACHE_MODE"] ?? "").trim().toLowerCase();
    return {
        isReadable: !["none", "write-only"].includes(mode),
        isWritable: !["none", "read"].includes(mode),
    };
}
/**
 * Reads the commands that @actions/cache prints for the runner. It reports failures only with these commands,
 * and they reach the runner only through this process.
 */
function createListener(log) {
    let trouble;
    let setback;
    return {
        take: (line) => {
            const [, command = "", data = ""] = /^::([a-z-]+)(?: [^:]*)?::(.*)$/.exec(line) ?? [];
            if (command === "add-mask")
                log.mask(unescapeCommand(data));
            else if (command === "warning" || command === "error")
                trouble = summarizeLine(unescapeCommand(data));
            else if (line.startsWith("Failed to "))
                trouble = summarizeLine(line);
            else if (/^Attempt \d+ of \d+ failed/.test(line))
                setback = summarizeLine(line);
        },
        trouble: () => trouble,
        setback: () => setback,
    };
}
function summarizeLine(text) {
    return (0,log/* sanitizeText */.jZ)(text).replace(/\s+/g, " ").slice(0, 500);
}
/** Reverts the escaping of runner commands. @see actions/toolkit, packages/core/src/command.ts */
function unescapeCommand(data) {
    return data.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
}
async function readAnswer({ stdout }, said) {
    const { tryParseAnswer } = await __webpack_require__.e(/* import() */ 466).then(__webpack_require__.bind(__webpack_require__, 24085));
    const answer = tryParseAnswer(stdout);
    if (answer === undefined)
        throw failed("its client process gave no answer");
    return { keys: answer.keys, problem: answer.error ?? said.trouble() };
}
function toCacheError(error, timeoutMs, said) {
    if (!(error instanceof action_error/* ActionError */.lZ))
        return error;
    if (error.code === "COMMAND_TIMEOUT") {
        const reason = said.trouble() ?? said.setback();
        const seen = reason === undefined ? "" : ` (${reason})`;
        return failed(`no answer within ${Math.round(timeoutMs / 1000)} s${seen}`);
    }
    return error.code === "COMMAND_FAILED" ? failed(said.trouble() ?? (0,action_error/* renderError */.vr)(error)) : error;
}
function failed(reason) {
    return new action_error/* ActionError */.lZ("CACHE_FAILED", `GitHub's cache failed: ${reason}`, {
        hint: "Check https://www.githubstatus.com and the repository's cache settings.",
    });
}

;// CONCATENATED MODULE: ./src/action/run-folder.ts




const PREFIX = "cross-build-";
/** Names a new run folder in `base`, with a new nonce in the name. Does not create the folder. */
function nameRunFolder(base) {
    return (0,external_node_path_.join)(base, `${PREFIX}${(0,external_node_crypto_.randomBytes)(6).toString("hex")}`);
}
/** The nonce of a run folder: lowercase hexadecimal, safe in file names and SSH aliases. */
function nonceOf(runFolder) {
    return (0,external_node_path_.basename)(runFolder).slice(PREFIX.length);
}
/**
 * Creates a run folder (0700) for the process that `owner` identifies: the run is over once that process is
 * gone. Throws if there is such a folder already, since another user may have made it.
 */
function makeRunFolder(runFolder, owner) {
    (0,external_node_fs_.mkdirSync)((0,external_node_path_.dirname)(runFolder), { recursive: true });
    (0,external_node_fs_.mkdirSync)(runFolder, { mode: 0o700 });
    (0,external_node_fs_.writeFileSync)((0,external_node_path_.join)(runFolder, "owner"), `${owner}\n`, { mode: 0o600 });
}
/**
 * Whether a run folder belongs to this user and its run is known to be over. Other users can create folders
 * in a shared `/tmp`: what their files say about processes is not trusted.
 */
function isLeftover(runFolder) {
    try {
        const { uid, mode } = (0,external_node_fs_.lstatSync)(runFolder);
        const isOurs = uid === process.getuid?.() && (mode & 0o022) === 0;
        return isOurs && (0,process_identity/* checkProcess */.Un)((0,external_node_fs_.readFileSync)((0,external_node_path_.join)(runFolder, "owner"), "utf8")) === "gone";
    }
    catch {
        return false;
    }
}

;// CONCATENATED MODULE: ./src/action/killed-runs.ts




/**
 * Cleans up after runs whose owner process is gone and whose post step never ran, because of a hard kill or a
 * lost machine. `closeRun` removes everything that one run created.
 */
async function removeKilledRuns({ log, canBecomeRoot, runAsRoot }, base, closeRun) {
    for (const runFolder of findKilledRuns(base)) {
        log.info(`cleaning up after a run that was killed (${nonceOf(runFolder)})`);
        await closeRun(runFolder);
    }
    if (canBecomeRoot)
        await removeOrphans(runAsRoot);
}
/** Finds the run folders of this user in `base` whose run is over. Finds none without /proc. */
function findKilledRuns(base) {
    return (0,external_node_fs_.readdirSync)(base, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && /^cross-build-[0-9a-f]{12}$/.test(entry.name))
        .map((entry) => (0,external_node_path_.join)(base, entry.name))
        .filter(isLeftover);
}

;// CONCATENATED MODULE: ./src/action/supervise.ts

/**
 * Runs the main function of a process. Reports every error that nothing handles, and a main function that
 * waits for something that never happens. Without this, Node ends the process with a stack trace, or with
 * exit code 13 and no message. A run that is open reports itself (see `endOnUnexpectedError`); `report` is
 * for everything else. It must be synchronous and set `process.exitCode`.
 */
async function supervise(main, report) {
    let isSettled = false;
    let unexpected;
    const reportUnlessFailed = (error) => {
        if ((process.exitCode ?? 0) === 0)
            report(error);
    };
    onUnexpectedError((error) => {
        unexpected ??= error;
        if (isSettled)
            reportUnlessFailed(error);
    });
    let isStuck = false;
    process.on("beforeExit", () => {
        if (isSettled)
            return;
        // The first time, an open run ends itself, which takes more rounds of the event loop.
        if (isStuck)
            report(unexpected ?? stuck());
        else
            setImmediate(() => undefined);
        isStuck = true;
    });
    try {
        await main();
    }
    catch (thrown) {
        unexpected ??= (0,action_error/* toInternalError */.R)(thrown);
    }
    finally {
        isSettled = true;
    }
    if (unexpected !== undefined)
        reportUnlessFailed(unexpected);
}
/**
 * Calls `end` with an `INTERNAL` error when an error is not handled, or when the process is about to end
 * although the run has not.
 */
function endOnUnexpectedError(end) {
    onUnexpectedError(end);
    process.on("beforeExit", () => {
        end(stuck());
    });
}
function onUnexpectedError(handle) {
    for (const event of ["uncaughtException", "unhandledRejection"]) {
        process.on(event, (thrown) => {
            handle((0,action_error/* toInternalError */.R)(thrown));
        });
    }
}
function stuck() {
    return (0,action_error/* toInternalError */.R)("the run waits for something that never happens");
}

;// CONCATENATED MODULE: ./src/action/session.ts



















/**
 * The folder that run folders are created in: the runner's temporary folder, which the runner empties between
 * jobs, or the system's.
 */
function temporaryFolder() {
    return process.env["RUNNER_TEMP"] ?? (0,external_node_os_.tmpdir)();
}
/** Names a new run folder; `openRun` creates it. */
function newRunFolder() {
    return nameRunFolder(temporaryFolder());
}
/**
 * Creates the run folder and the context of a run, and cleans up after earlier runs whose owner process is
 * gone (after a hard kill or a lost machine). SIGINT and SIGTERM cancel the run: its commands are terminated,
 * and the job ends with `CANCELLED`. An error that nothing handles ends it in the same way, with `INTERNAL`.
 */
async function openRun(options) {
    const { runFolder, ownerPid, event, log, cacheClient } = options;
    const system = (0,model_system/* systemOfHost */.HE)(process.platform, process.arch);
    const owner = (0,process_identity/* identifyProcess */.wO)(ownerPid);
    makeRunFolder(runFolder, owner);
    provideHome(runFolder, process.env);
    const signal = createRunSignal(log);
    const debug = { log, clock: clock/* systemClock */.ml };
    logHttpRequests(debug);
    const ledger = (0,process_ledger/* openProcessLedger */.p9)((0,external_node_path_.join)(runFolder, "processes"));
    const run = createRunCommand(signal, ledger, debug);
    const isRoot = process.getuid?.() === 0;
    const runAsRoot = createRunAsRoot(run, isRoot);
    const context = {
        system,
        isRoot,
        canBecomeRoot: await canBecomeRoot(isRoot, signal),
        userName: readAccount().name,
        event,
        nonce: nonceOf(runFolder),
        owner,
        runFolder,
        cacheFolder: (0,external_node_path_.join)(process.env["XDG_CACHE_HOME"] ?? (0,external_node_path_.join)((0,external_node_os_.homedir)(), ".cache"), "cross-build"),
        script: process.argv[1],
        environment: process.env,
        program: [process.execPath, process.argv[1] ?? ""],
        runnerCache: cacheClient === undefined
            ? undefined
            : openRunnerCache(process.env, cacheClient, {
                run,
                // What a cancelled run has built is saved in the seconds before the runner ends it.
                runSave: createRunCommand(new AbortController().signal, ledger, debug),
                log,
                folder: (0,external_node_path_.join)(runFolder, "runner-cache"),
            }),
        run,
        runAsRoot,
        openProcess: process_stream_createOpenProcess(signal, ledger, debug),
        sendHttp: (0,http/* createHttpClient */.uT)(process.env),
        binfmt: openBinfmt(runAsRoot),
        log,
        emit: () => undefined,
        clock: (0,clock/* createRunClock */.or)(signal),
        steadyClock: clock/* systemClock */.ml,
        signal,
    };
    await removeKilledRuns(context, temporaryFolder(), (dead) => closeRun(dead, log));
    return context;
}
/** The signal of a run: see `RunContext`. */
function createRunSignal(log) {
    const cancellation = new AbortController();
    for (const name of ["SIGINT", "SIGTERM"]) {
        process.on(name, () => {
            if (cancellation.signal.aborted)
                return;
            log.info(`cancelling the run, since it received ${name}`);
            cancellation.abort((0,action_error/* runCancelled */.LJ)());
        });
    }
    endOnUnexpectedError((error) => {
        cancellation.abort(error);
    });
    return cancellation.signal;
}
/** Pushes to caches what the cancelled run with this folder could not. Rejects as `pushLeft` does. */
async function finishPushing(runFolder, log) {
    const { pushLeft } = await Promise.all(/* import() */[__webpack_require__.e(742), __webpack_require__.e(956)]).then(__webpack_require__.bind(__webpack_require__, 23956));
    const ledger = openProcessLedger(join(runFolder, "processes"));
    await pushLeft({
        ...{ runFolder, log, steadyClock: systemClock, sendHttp: createHttpClient(process.env) },
        openProcess: createOpenProcess(new AbortController().signal, ledger, { log, clock: systemClock }),
    });
}
/**
 * Removes everything that a run created on this machine: processes, containers, keys, configuration and
 * files. Never rejects.
 */
async function closeRun(runFolder, log) {
    // Use a new signal: a cancelled run must still be able to clean up.
    const ledger = { started: () => undefined, ended: () => undefined };
    const run = createRunCommand(new AbortController().signal, ledger, { log, clock: clock/* systemClock */.ml });
    const problems = await cleanUp({
        runFolder,
        nonce: nonceOf(runFolder),
        run,
        runAsRoot: createRunAsRoot(run, process.getuid?.() === 0),
        clock: clock/* systemClock */.ml,
        log,
    });
    for (const problem of problems)
        log.warning(problem);
}

;// CONCATENATED MODULE: ./src/action/terminal-log.ts


/**
 * Creates the log of the CLI: lines on stderr, so that stdout holds only the result. In a terminal, long
 * lines break at spaces, but not those of a group, which programs printed.
 */
function createTerminalLog(terminal, { isDebug, liveArea }) {
    const statuses = new Map();
    const renderLive = () => {
        const lines = [...statuses.values()].flat();
        liveArea?.show(lines.map((line) => paint(terminal, "dim", toOneLine(line, terminal))));
    };
    const print = (text) => {
        liveArea?.clear();
        terminal.write(`${text}\n`);
        renderLive();
    };
    const wrap = (text) => wrapLines(text, terminal);
    return (0,log/* createMaskingLog */.jg)({
        info: (message) => {
            print(wrap(message));
        },
        debug: (message) => {
            if (isDebug)
                print(paint(terminal, "dim", `debug: ${message}`));
        },
        warning: (message) => {
            print(wrap(`${paint(terminal, ["bold", "yellow"], "warning:")} ${message}`));
        },
        error: (message) => {
            print(wrap(`${paint(terminal, ["bold", "red"], "error:")} ${message}`));
        },
        group: (title, lines) => {
            print([paint(terminal, "bold", title), ...lines.map((line) => `  ${line}`)].join("\n"));
        },
        ...(liveArea !== undefined && {
            showStatus: (owner, lines) => {
                if (lines.length === 0)
                    statuses.delete(owner);
                else
                    statuses.set(owner, lines);
                renderLive();
            },
        }),
        // The masking log hides them; there is no runner to tell.
        mask: () => undefined,
    });
}
/** A line that does not wrap: one that did would push the others out of a low terminal. */
function toOneLine(text, { columns = 80 }) {
    const line = text.replace(/\s/g, " ");
    return line.length < columns ? line : `${line.slice(0, columns - 2)}…`;
}

;// CONCATENATED MODULE: ./src/report/junit.ts
/**
 * The smoke tests of a report as JUnit XML: one suite per system, one case per check.
 * @see https://github.com/testmoapp/junitxml
 */
function renderJunit({ smokeTests }) {
    const suites = smokeTests.map(({ target, runtime, isEmulated, checks, containerLog }) => {
        const cases = checks.map(({ name, kind, outcome, durationMs, detail }) => {
            const attributes = renderAttributes({
                name,
                classname: `${target}.${kind}`,
                time: seconds(durationMs),
            });
            if (outcome === "passed")
                return `    <testcase${attributes}/>`;
            const failure = `<failure${renderAttributes({ message: detail })}/>`;
            return `    <testcase${attributes}>\n      ${failure}\n    </testcase>`;
        });
        const failures = checks.filter(({ outcome }) => outcome === "failed").length;
        const attributes = renderAttributes({
            name: `smoke test of ${target}${isEmulated ? " (emulated)" : ""} in ${runtime}`,
            tests: String(checks.length),
            failures: String(failures),
            time: seconds(checks.reduce((sum, { durationMs }) => sum + durationMs, 0)),
        });
        const log = containerLog === "" ? "" : `\n    <system-out>${escapeXml(containerLog)}</system-out>`;
        return `  <testsuite${attributes}>\n${cases.join("\n")}${log}\n  </testsuite>\n`;
    });
    return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("")}</testsuites>\n`;
}
function renderAttributes(attributes) {
    return Object.entries(attributes)
        .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
        .join("");
}
function seconds(durationMs) {
    return (durationMs / 1000).toFixed(3);
}
const ESCAPES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\n": "&#10;",
    "\r": "&#13;",
    "\t": "&#9;",
};
/**
 * Replaces characters that XML 1.0 does not allow with a question mark.
 * @see https://www.w3.org/TR/xml/#charsets
 */
function escapeXml(text) {
    return text
        .replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "?")
        .replace(/[&<>"\n\r\t]/g, (character) => ESCAPES[character] ?? character);
}

// EXTERNAL MODULE: ./src/report/report.ts + 1 modules
var report_report = __webpack_require__(43729);
;// CONCATENATED MODULE: ./src/action/write-reports.ts




/** Writes the report as JSON and as HTML, and the JUnit file if one is wanted. */
async function writeReports(report, { reportFile, junitFile }) {
    await (0,platform_files/* writeFileAtomically */.lo)(reportFile, (0,report_report/* renderReport */.B1)(report));
    if (junitFile !== undefined)
        await (0,platform_files/* writeFileAtomically */.lo)(junitFile, renderJunit(report));
    await (0,platform_files/* writeFileAtomically */.lo)(htmlFileOf(reportFile), renderHtml(report));
}

;// CONCATENATED MODULE: ./src/action/command-line.ts




























/** Runs the CLI. Never rejects: it sets the exit code. */
function startCli(args) {
    const main = async () => {
        process.exitCode = await runCli(args);
    };
    return supervise(main, (error) => {
        process.exitCode = failCli(error);
    });
}
/**
 * Runs the CLI and returns its exit code: 0 for success, 1 for a failed job, 2 for an invalid command line or
 * input, and 130 or 143 for a job that SIGINT or SIGTERM cancelled. Prints to stdout the image by digest,
 * `promoted` if every tag now points to it, and the path of the report. Everything else goes to stderr.
 */
async function runCli(args) {
    // Before anything is started: child processes inherit the environment.
    const secrets = takeSecrets(process.env);
    const stdout = openTerminal(process.stdout, process.env);
    const stderr = openTerminal(process.stderr, process.env);
    let log = createTerminalLog(stderr, { isDebug: false });
    let readSignal = () => undefined;
    try {
        const invocation = parseCommandLine(args, { stdout, stderr });
        if ("exitCode" in invocation)
            return invocation.exitCode;
        const liveArea = await openLiveArea(process.stderr, process.env);
        log = createTerminalLog(stderr, { ...invocation, liveArea });
        const read = readFlags(invocation, secrets, log);
        readSignal = watchSignals();
        return await perform(invocation, read, { stdout, log });
    }
    catch (thrown) {
        return fail(thrown, log, readSignal());
    }
}
/**
 * Removes the variables of secrets, such as `CROSS_BUILD_SSH_PRIVATE_KEY`, from an environment, and returns
 * their values, so that no child process inherits one.
 */
function takeSecrets(environment) {
    const secrets = new Map();
    for (const { name, isSecret } of INPUTS) {
        const variable = secretVariable(name);
        if (isSecret !== true || environment[variable] === undefined)
            continue;
        secrets.set(name, environment[variable].trim());
        Reflect.deleteProperty(environment, variable);
    }
    return secrets;
}
/**
 * Reads the inputs from the flags of a command. The flag of a secret names a file; without the flag, the
 * secret is the one that `takeSecrets` found. Masks every secret. Throws `INPUT_INVALID` for a file that
 * cannot be read.
 */
function readFlags({ command, values }, secrets, log) {
    const specs = listFlags(command);
    const read = (name) => {
        const spec = specs.find((input) => input.name === name);
        const given = values.get(name);
        if (spec?.isSecret !== true)
            return (given ?? spec?.default ?? "").trim();
        return given === undefined ? (secrets.get(name) ?? "") : readSecretFile(name, given);
    };
    for (const secret of secrets.values())
        log.mask(secret);
    const texts = new Map(specs.map(({ name }) => [name, read(name)]));
    for (const { name, isSecret } of specs) {
        if (isSecret === true)
            log.mask(texts.get(name) ?? "");
    }
    return (name) => texts.get(name) ?? "";
}
function listFlags(command) {
    switch (command) {
        case "build":
        case "doctor":
            return INPUTS;
        case "gate":
            return [...GATE_INPUTS, ...INPUTS];
        case "compare":
            return [...COMPARE_INPUTS, ...INPUTS];
        case "provision":
            return PROVISION_INPUTS;
    }
}
/** Does not show the name of the file, which may be the secret itself by mistake. */
function readSecretFile(name, file) {
    try {
        return (0,external_node_fs_.readFileSync)((0,external_node_path_.resolve)(file), "utf8").trim();
    }
    catch (error) {
        const reason = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
        throw new action_error/* ActionError */.lZ("INPUT_INVALID", `--${name}: the file with the secret cannot be read (${reason})`, {
            hint: "This flag takes the path of a file that holds the secret, not the secret itself. Or set the " +
                `variable ${secretVariable(name)}.`,
        });
    }
}
/** Remembers the first signal that asks this process to end. `openRun` cancels the run. */
function watchSignals() {
    let first;
    for (const signal of ["SIGINT", "SIGTERM"]) {
        process.on(signal, () => {
            first ??= signal;
        });
    }
    return () => first;
}
/** Runs a command and returns its exit code. Rejects with the error that ended it. */
function perform({ command, values }, read, streams) {
    if (command === "provision") {
        return inRun(streams.log, (context) => runProvision(read, context, streams.stdout.write));
    }
    const workspace = process.cwd();
    const workingDirectory = (0,external_node_path_.resolve)(workspace, read("working-directory"));
    const hasDefaultReport = (command === "build" || command === "gate") && read("report") === "";
    const report = hasDefaultReport ? makeReportFolder(workingDirectory, process.env) : workspace;
    const folders = { workspace, report };
    if (command === "gate") {
        const gate = parseGateSettings(read, folders);
        return run((context) => (0,read_job/* runGateFromInputs */.kD)(gate.inputs, context), gate, streams);
    }
    const settings = (0,action_settings/* parseSettings */.P$)(read, folders);
    if (command === "compare")
        return runComparison(settings, read, streams);
    if (command === "build") {
        return run((context) => (0,read_job/* runBuildFromInputs */.Tg)(settings.inputs, context), settings, streams);
    }
    const isFlakeExamined = values.has("installables") || (0,external_node_fs_.existsSync)((0,external_node_path_.join)(workingDirectory, "flake.nix"));
    return examine(settings, isFlakeExamined, streams);
}
async function run(work, { reportFile, ...files }, { stdout, log }) {
    const monitoring = takeMonitoring(files, process.env, log);
    return inRun(log, async (opened) => {
        const context = withEvents(opened, files.eventsFile);
        const { report, gateResults, error } = await work(context);
        try {
            await writeReports(report, { reportFile, ...files });
        }
        catch (thrown) {
            // What ended the run comes first: a disk that it filled has no space for the report either.
            if (error === undefined)
                throw thrown;
            log.warning(`the results of the run could not be written: ${(0,action_error/* renderError */.vr)(thrown)}`);
            throw error;
        }
        await exportRun(report, monitoring, context);
        const outputs = renderOutputs(report, gateResults, reportFile);
        const lines = [outputs.image, outputs.promoted === "true" ? "promoted" : "", reportFile];
        stdout.write(lines.filter((line) => line !== "").join("\n") + "\n");
        if (error !== undefined)
            throw error;
        return 0;
    });
}
async function runComparison({ inputs }, read, { stdout, log }) {
    const { compare, parseCompareSettings } = await Promise.all(/* import() */[__webpack_require__.e(955), __webpack_require__.e(58), __webpack_require__.e(547)]).then(__webpack_require__.bind(__webpack_require__, 13547));
    const wanted = parseCompareSettings(read);
    return inRun(log, (context) => compare({ inputs, ...wanted }, context, stdout.write));
}
/** Runs the doctor. Prints each part to stdout, and then the verdict. */
async function examine({ inputs }, isFlakeExamined, { stdout, log }) {
    return inRun(log, async (context) => {
        const diagnoses = await (0,read_job/* runDoctorFromInputs */.CU)(inputs, { isFlakeExamined }, context);
        for (const diagnosis of diagnoses)
            stdout.write(renderDiagnosis(diagnosis, stdout));
        stdout.write(`\n${paint(stdout, "bold", (0,run_doctor/* renderVerdict */.g)(diagnoses))}\n`);
        return diagnoses.some(({ state }) => state === "failed") ? 1 : 0;
    });
}
const STATE_STYLES = {
    ok: "green",
    warning: ["bold", "yellow"],
    failed: ["bold", "red"],
};
const DIAGNOSIS_INDENT = 17;
/** Renders a part with its hint and the link for its error code below it. */
function renderDiagnosis({ state, part, name, detail, code, hint }, terminal) {
    const texts = [`${name}: ${detail}`, hint ?? "", code === undefined ? "" : (0,action_error/* explainUrl */.bT)(code)];
    const columns = terminal.columns && terminal.columns - DIAGNOSIS_INDENT;
    const lines = texts.map((text) => wrapLines((0,log/* sanitizeText */.jZ)(text), { columns })).filter((text) => text !== "");
    const body = lines.join("\n").replaceAll("\n", `\n${" ".repeat(DIAGNOSIS_INDENT)}`);
    return `${paint(terminal, STATE_STYLES[state], state.padEnd(7))} ${part.padEnd(8)} ${body}\n`;
}
/** Does work in a run. In a step of a workflow, its event decides what may be pushed, as for the action. */
async function inRun(log, work) {
    const event = await readWorkflowEvent(process.env);
    hideWorkspacePrograms(event, process.env);
    const runFolder = newRunFolder();
    try {
        const context = await openRun({ runFolder, ownerPid: process.pid, event, log });
        try {
            return await work(context);
        }
        catch (error) {
            throw (0,run_step/* toRunError */.D)(error, context);
        }
    }
    finally {
        await closeRun(runFolder, log);
    }
}
/** Logs an error that ended the CLI outside of a command, and returns the exit code. */
function failCli(thrown) {
    const log = createTerminalLog(openTerminal(process.stderr, process.env), { isDebug: false });
    return fail(thrown, log, undefined);
}
/** Logs the error that ended the CLI, and returns its exit code. */
function fail(thrown, log, signal) {
    const error = (0,action_error/* toActionError */.ie)(thrown);
    log.error(`${error.code}: ${(0,action_error/* renderError */.vr)(error)}`);
    if (error.place !== undefined) {
        const { file, line, column } = error.place;
        log.info(`in ${file}:${line}:${column}`);
    }
    log.info(error.hint);
    log.info((0,action_error/* explainUrl */.bT)(error.code));
    if (error.code === "INTERNAL" && error.cause instanceof Error)
        log.debug(error.cause.stack ?? "");
    // As the shell reports a process that the signal ended.
    if ((0,action_error/* isCancelled */.mm)(error) && signal !== undefined)
        return 128 + external_node_os_.constants.signals[signal];
    return error.code === "INPUT_INVALID" ? 2 : 1;
}


/***/ }),

/***/ 22662:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  Tg: () => (/* binding */ runBuildFromInputs),
  as: () => (/* binding */ runCompareFromInputs),
  CU: () => (/* binding */ runDoctorFromInputs),
  kD: () => (/* binding */ runGateFromInputs)
});

// UNUSED EXPORTS: runSetupFromInputs

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/binary-cache/binary-cache.ts
var binary_cache = __webpack_require__(23326);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
;// CONCATENATED MODULE: ./src/ssh/certificate.ts

/** The number of public key fields between the nonce and the serial number, by key type. */
const KEY_FIELDS = {
    "ssh-ed25519": 1,
    "ssh-rsa": 2,
    "ecdsa-sha2-nistp256": 2,
    "ecdsa-sha2-nistp384": 2,
    "ecdsa-sha2-nistp521": 2,
    "sk-ssh-ed25519": 2,
    "sk-ecdsa-sha2-nistp256": 3,
};
const LINE = /^([a-z0-9-]+)-cert-v01@openssh\.com ([A-Za-z0-9+/]+=*)(?: [^\r\n]*)?$/;
const USER_CERTIFICATE = 1;
/** Whether a text is a certificate rather than the path of a file. */
function looksLikeCertificate(text) {
    return text.includes("-cert-v01@openssh.com ");
}
/**
 * Reads an SSH user certificate, the line of a `KEY-cert.pub`, and drops its comment. Throws `INPUT_INVALID`
 * for a text that is not a certificate, for a host certificate, and for a certificate that is not valid at
 * `nowMs`. In all these cases a server would only report that it denies the key.
 * @see OpenSSH, PROTOCOL.certkeys
 */
function parseCertificate(text, nowMs) {
    const [, type = "", base64 = ""] = LINE.exec(text.trim()) ?? [];
    const keyFields = KEY_FIELDS[type];
    const times = keyFields === undefined ? undefined : readValidity(Buffer.from(base64, "base64"), keyFields);
    if (times === undefined) {
        throw invalid("is not an SSH certificate", "Use the line of KEY-cert.pub, as ssh-keygen -s writes it.");
    }
    if (times.kind !== USER_CERTIFICATE) {
        throw invalid("is a host certificate", "Sign a user certificate: ssh-keygen -s CA, without -h.");
    }
    if (nowMs < times.afterS * 1000) {
        throw invalid(`is not valid before ${renderTime(times.afterS)}`, "Check the clock where it was signed.");
    }
    if (nowMs >= times.beforeS * 1000) {
        throw invalid(`expired at ${renderTime(times.beforeS)}`, "Sign a new one in the job that uses it.");
    }
    return `${type}-cert-v01@openssh.com ${base64}`;
}
function readValidity(blob, keyFields) {
    const kindAt = skipStrings(blob, 0, 2 + keyFields) + 8;
    const timesAt = skipStrings(blob, kindAt + 4, 2);
    if (timesAt + 16 > blob.length)
        return undefined;
    return {
        kind: blob.readUInt32BE(kindAt),
        afterS: Number(blob.readBigUInt64BE(timesAt)),
        beforeS: Number(blob.readBigUInt64BE(timesAt + 8)),
    };
}
/** The offset after `count` strings; at least the length of the blob if it is cut short. */
function skipStrings(blob, start, count) {
    let offset = start;
    for (let i = 0; i < count && offset < blob.length; i++) {
        offset = offset + 4 > blob.length ? blob.length : offset + 4 + blob.readUInt32BE(offset);
    }
    return offset;
}
function renderTime(seconds) {
    return new Date(Math.min(seconds * 1000, 8.64e15)).toISOString();
}
function invalid(what, hint) {
    return new action_error/* ActionError */.lZ("INPUT_INVALID", `the certificate ${what}`, { hint });
}

// EXTERNAL MODULE: ./src/ssh/host-pattern.ts
var host_pattern = __webpack_require__(29045);
;// CONCATENATED MODULE: ./src/ssh/config-input.ts




const HOST = /^(?:[A-Za-z0-9][A-Za-z0-9._-]*|(?=[^:]*:)[0-9A-Fa-f:.]+)$/;
const USER = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;
const PATTERN = /^!?[A-Za-z0-9*?_.:-]+$/;
const JUMP = /^(?:ssh:\/\/)?(?:([^@]+)@)?(?:\[([^\]]*)\]|([^:[\]]+))(?::([0-9]+))?$/;
const ALGORITHMS = /^[+^-]?[A-Za-z0-9@.*_-]+(?:,[A-Za-z0-9@.*_-]+)*$/;
/**
 * The supported options by lower-case name. `parse` returns settings, or the value to pass to ssh, or
 * undefined if the value is invalid. `takes` describes valid values in messages.
 */
const TAKEN = Object.fromEntries([
    [
        "HostName",
        "a host name or address, in which %h stands for the host in the input builders",
        (value) => (HOST.test(value.replaceAll("%h", "h")) ? { hostName: value } : undefined),
    ],
    ["Port", "a number from 1 to 65535", (value) => withPort(value)],
    ["User", "a user name", (value) => (USER.test(value) ? { user: value } : undefined)],
    ["ProxyJump", "USER@HOST:PORT, several separated by commas, or none", (value) => parseJumps(value)],
    [
        "ProxyCommand",
        "a command line without % sequences other than %h, %p, %r and %%, or none",
        (value) => parseProxyCommand(value),
    ],
    ["CertificateFile", "a path, or a certificate", (value, line) => parseCertificateFile(value, line)],
    ["Ciphers", "names separated by commas", (value) => matching(value, ALGORITHMS)],
    ["KexAlgorithms", "names separated by commas", (value) => matching(value, ALGORITHMS)],
    ["HostKeyAlgorithms", "names separated by commas", (value) => matching(value, ALGORITHMS)],
    ["Compression", "yes or no", (value) => matching(value, /^(?:yes|no)$/)],
    // 0 would turn the keep-alives off, and Nix has no timeout of its own for a dead connection.
    ["ServerAliveInterval", "seconds from 1 to 3600", (value) => whole(value, 3600)],
    ["ServerAliveCountMax", "a number from 1 to 100", (value) => whole(value, 100)],
    ["ConnectTimeout", "seconds from 1 to 600", (value) => whole(value, 600)],
].map(([name, takes, parse]) => [name.toLowerCase(), { name, takes, parse }]));
const KEYS = "the key comes from the input ssh-private-key";
const HOST_KEYS = "host keys come from ssh-known-hosts and are always verified";
const SHARING = "Nix hangs on shared connections (NixOS/nix#8329)";
const LOCAL = "Nix sets its own LocalCommand and waits for it";
const FORWARDING = "forwarding to a builder is not allowed";
const ENVIRONMENT = "environment variables are not sent to a builder";
/** The reason why an option is refused, by lower-case name, for options that users are likely to try. */
const REFUSED = {
    localcommand: LOCAL,
    permitlocalcommand: LOCAL,
    include: "copy the lines of the file into ssh-config",
    match: "use Host",
    stricthostkeychecking: HOST_KEYS,
    userknownhostsfile: HOST_KEYS,
    globalknownhostsfile: HOST_KEYS,
    knownhostscommand: HOST_KEYS,
    hostkeyalias: HOST_KEYS,
    updatehostkeys: HOST_KEYS,
    verifyhostkeydns: HOST_KEYS,
    checkhostip: HOST_KEYS,
    nohostauthenticationforlocalhost: HOST_KEYS,
    identityfile: KEYS,
    identityagent: KEYS,
    identitiesonly: KEYS,
    addkeystoagent: KEYS,
    pkcs11provider: KEYS,
    securitykeyprovider: KEYS,
    passwordauthentication: KEYS,
    controlmaster: SHARING,
    controlpath: SHARING,
    controlpersist: SHARING,
    sendenv: ENVIRONMENT,
    setenv: ENVIRONMENT,
    forwardagent: FORWARDING,
    forwardx11: FORWARDING,
    localforward: FORWARDING,
    remoteforward: FORWARDING,
    dynamicforward: FORWARDING,
    tunnel: FORWARDING,
    remotecommand: "Nix chooses the command that runs on a builder",
    requesttty: "a terminal would corrupt Nix's data",
    proxyusefdpass: "the ProxyCommand must carry the connection itself",
};
/**
 * Parses the input `ssh-config`: `Host` blocks in ssh's own syntax. It supports only options that cannot
 * weaken a check and cannot run programs on this machine, except for a proxy command. Does not read the file
 * of a `CertificateFile`. Throws `INPUT_INVALID` with the line and the reason.
 * @see ssh_config(5)
 */
function parseSshHosts(text) {
    const hosts = [];
    for (const [index, raw] of text.split(/\r?\n/).entries()) {
        const number = index + 1;
        const line = raw.trim();
        if (line === "" || line.startsWith("#"))
            continue;
        const [, keyword = "", rest = ""] = /^([A-Za-z0-9]+)(?:\s*=\s*|\s+|$)(.*)$/.exec(line) ?? [];
        if (keyword === "")
            throw config_input_invalid(number, "is not an ssh option", "Write each line as: OPTION VALUE");
        if (keyword.toLowerCase() === "host") {
            hosts.push({ patterns: parsePatterns(rest, number), settings: { options: {} } });
            continue;
        }
        const settings = parseOption(keyword, rest, number);
        const block = hosts.pop();
        if (block === undefined)
            throw config_input_invalid(number, `${keyword} comes before the first Host line`, "Begin with Host PATTERN, or with Host * for all hosts.");
        hosts.push({ ...block, settings: merge(block.settings, settings) });
    }
    return hosts;
}
/**
 * Parses the input `ssh-config` as `parseSshHosts` does, and reads its certificates. Their paths are absolute
 * or relative to `folder`. Rejects with `INPUT_INVALID`, also for a certificate that is not valid at `nowMs`.
 */
async function readSshHosts(text, folder, readText, nowMs) {
    return Promise.all(parseSshHosts(text).map(async (host) => {
        const { certificate } = host.settings;
        if (certificate === undefined)
            return host;
        const content = looksLikeCertificate(certificate.text)
            ? certificate.text
            : await readText((0,external_node_path_.resolve)(folder, certificate.text)).catch((error) => {
                throw config_input_invalid(certificate.line, `the file ${JSON.stringify(certificate.text)} cannot be read`, "Use an absolute path, or one relative to working-directory.", error);
            });
        try {
            return {
                ...host,
                settings: {
                    ...host.settings,
                    certificate: { ...certificate, text: parseCertificate(content, nowMs) },
                },
            };
        }
        catch (error) {
            if (!(error instanceof action_error/* ActionError */.lZ))
                throw error;
            throw config_input_invalid(certificate.line, error.message, error.hint);
        }
    }));
}
/** The settings for a host, by the name that the user wrote. As in ssh, the first value of an option wins. */
function findSettings(hosts, name) {
    return hosts
        .filter(({ patterns }) => (0,host_pattern/* matchesHostPatterns */.F)(patterns, name))
        .reduce((found, { settings }) => merge(found, settings), { options: {} });
}
function merge(first, later) {
    return { ...later, ...first, options: { ...later.options, ...first.options } };
}
function parsePatterns(text, line) {
    const patterns = uncomment(text)
        .split(/\s+/)
        .map((pattern) => pattern.replace(/^"(.*)"$/, "$1"));
    if (patterns.every((pattern) => PATTERN.test(pattern)))
        return patterns;
    throw config_input_invalid(line, "Host requires host names, in which * and ? are wildcards", "Name a builder's host as in the input builders.");
}
function parseOption(keyword, rest, line) {
    const key = keyword.toLowerCase();
    const option = Object.hasOwn(TAKEN, key) ? TAKEN[key] : undefined;
    const names = Object.values(TAKEN).map(({ name }) => name);
    if (option === undefined) {
        const why = Object.hasOwn(REFUSED, key) ? REFUSED[key] : undefined;
        throw config_input_invalid(line, `${keyword.slice(0, 50)} is not supported${why === undefined ? "" : `: ${why}`}`, `Supported options: ${names.join(", ")}.`);
    }
    // ssh takes the rest of the line as the command, including quotes and comments.
    const value = key === "proxycommand" ? rest.trim() : uncomment(rest).replace(/^"(.*)"$/, "$1");
    const settings = option.parse(value, line);
    // The message does not show the value, since a command line may contain a secret.
    if (settings === undefined)
        throw config_input_invalid(line, `${option.name} has an invalid value`, `Expected ${option.takes}.`);
    return typeof settings === "string"
        ? { options: { [option.name]: settings } }
        : { ...settings, options: {} };
}
function uncomment(text) {
    return text.replace(/(?:^|\s)#.*$/, "").trim();
}
function matching(value, pattern) {
    return pattern.test(value) ? value : undefined;
}
function whole(value, most) {
    return /^[1-9][0-9]{0,5}$/.test(value) && Number(value) <= most ? value : undefined;
}
function withPort(value) {
    const port = whole(value, 65_535);
    return port === undefined ? undefined : { port: Number(port) };
}
function parseJumps(value) {
    if (value.toLowerCase() === "none")
        return { proxy: { kind: "none" } };
    const hosts = value.split(",").map((text) => {
        const [, user, address, name = address ?? "", port] = JUMP.exec(text.trim()) ?? [];
        const isRight = HOST.test(name) &&
            (user === undefined || USER.test(user)) &&
            (port === undefined || withPort(port) !== undefined);
        return isRight ? { host: name, user, port: port === undefined ? undefined : Number(port) } : undefined;
    });
    const known = hosts.filter((host) => host !== undefined);
    return known.length === hosts.length ? { proxy: { kind: "jump", hosts: known } } : undefined;
}
function parseProxyCommand(value) {
    if (value.toLowerCase() === "none")
        return { proxy: { kind: "none" } };
    const isRight = value !== "" && !/\p{Cc}/u.test(value) && !/%(?![hpr%])/.test(value.replaceAll("%%", ""));
    return isRight ? { proxy: { kind: "command", command: value } } : undefined;
}
function parseCertificateFile(value, line) {
    return value === "" || /\p{Cc}/u.test(value) ? undefined : { certificate: { text: value, line } };
}
function config_input_invalid(line, what, hint, cause) {
    return new action_error/* ActionError */.lZ("INPUT_INVALID", `input ssh-config, line ${line}: ${what}`, { hint, cause });
}

;// CONCATENATED MODULE: ./src/builders/machine-line.ts



const WORD = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const URI = /^(?:(ssh|ssh-ng):\/\/)?(?:([^@/?]+)@)?(\[[0-9A-Fa-f:.]+\]|[^@:/?[\]]+)(?::([0-9]+))?(\?[^\s]*)?$/;
const INPUT = "input builders";
const HINT = "Write a line as: ssh-ng://USER@HOST SYSTEMS - MAXJOBS SPEED FEATURES MANDATORY-FEATURES HOST-KEY";
const DEEPEST = 10;
/**
 * Reads Nix machine lines: up to eight fields, `-` for a default, one builder per line or separated by `;`,
 * comments after `#`. `@FILE` stands for the lines of a file; its path is absolute or relative to `folder`,
 * even in another file. Every builder gets an alias of this run, so that Nix never sees its port, nor the
 * host `localhost`, for which Nix would not use ssh. Speeds with a decimal point become whole numbers in the
 * same ratio. Rejects with `INPUT_INVALID`, naming line and field, also for a file that cannot be read or
 * that includes itself; Nix would ignore both.
 * @see Nix manual, "Remote Builds"
 */
async function readMachines(text, run, folder, readText) {
    const expand = async (entries, parents) => {
        const expanded = [];
        for (const entry of entries) {
            if (!entry.text.startsWith("@"))
                expanded.push(entry);
            else {
                const file = (0,external_node_path_.resolve)(folder, entry.text.slice(1).trim());
                const lines = splitEntries(await readNamedFile(entry, file, parents, readText), `machines file ${JSON.stringify(file)}`);
                expanded.push(...(await expand(lines, [...parents, file])));
            }
        }
        return expanded;
    };
    return parseEntries(await expand(splitEntries(text, INPUT), []), run);
}
async function readNamedFile({ source, line }, file, parents, readText) {
    const invalid = (why, hint, cause) => new action_error/* ActionError */.lZ("INPUT_INVALID", `${source}, line ${line}, field 1: the file ${JSON.stringify(file)} ${why}`, {
        hint,
        cause,
    });
    if (parents.includes(file))
        throw invalid("includes itself", "Remove the line with @ that includes the file again.");
    if (parents.length === DEEPEST)
        throw invalid(`is nested more than ${DEEPEST} files deep`, "Name it in the input builders itself.");
    try {
        return await readText(file);
    }
    catch (error) {
        throw invalid("cannot be read", "Use an absolute path, or one relative to working-directory. " +
            "For a file of the repository, check the repository out before this step.", error);
    }
}
function splitEntries(text, source) {
    return text
        .split("\n")
        .flatMap((line, index) => line
        .replace(/#.*/, "")
        .split(";")
        .map((entry) => ({ text: entry.trim(), line: index + 1, source })))
        .filter((entry) => entry.text !== "");
}
function parseEntries(entries, run) {
    return scaleSpeeds(entries.map((entry, index) => parseMachine(entry, `cross-build-${run.nonce}-${index + 1}`, run)));
}
function parseMachine(entry, alias, { systemDefault, hosts = [] }) {
    const fields = entry.text.split(/\s+/);
    const invalid = (field, why) => new action_error/* ActionError */.lZ("INPUT_INVALID", `${entry.source}, line ${entry.line}, field ${field}: ` +
        `${JSON.stringify((fields[field - 1] ?? "").slice(0, 200))} ${why}`, { hint: HINT });
    const field = (number) => {
        const value = fields[number - 1];
        return value === undefined || value === "-" ? undefined : value;
    };
    const list = (number) => {
        const words = (field(number) ?? "").split(",").filter((word) => word !== "");
        if (!words.every((word) => WORD.test(word)))
            throw invalid(number, "is not a list of words separated by commas");
        return words;
    };
    const bounded = (number, pattern, what) => {
        const text = field(number);
        if (text === undefined)
            return undefined;
        const value = Number(text);
        if (!pattern.test(text) || value <= 0 || value > 1_000_000)
            throw invalid(number, `is not ${what}`);
        return value;
    };
    if (fields.length > 8)
        throw invalid(9, "is one field too many: a line has at most eight");
    const [, protocol = "ssh-ng", user, host, portText, query = ""] = URI.exec(field(1) ?? "") ?? [];
    if (host === undefined || !/^(?:[A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])$/.test(host)) {
        throw invalid(1, "is not the URI of a builder, such as ssh-ng://nix@builder.example.org");
    }
    if (user !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(user))
        throw invalid(1, "has a user name that ssh does not accept");
    if (!isSupportedQuery(query)) {
        throw invalid(1, "has parameters that are not supported; keys belong in ssh-private-key and ssh-known-hosts");
    }
    const name = host.replace(/^\[|\]$/g, "");
    const settings = findSettings(hosts, name);
    const port = Number(portText ?? settings.port ?? "22");
    if (port < 1 || port > 65_535)
        throw invalid(1, "has a port that is not from 1 to 65535");
    const systems = list(2);
    return {
        alias,
        protocol: protocol === "ssh" ? "ssh" : "ssh-ng",
        user: user ?? settings.user,
        host: name,
        port,
        query,
        systems: systems.length === 0 ? [systemDefault] : systems,
        maxJobs: bounded(4, /^[0-9]+$/, "a whole number from 1 to 1000000"),
        speedFactor: bounded(5, /^[0-9]+(?:\.[0-9]{1,3})?$/, "a number above 0 and up to 1000000, with at most three decimals") ?? 1,
        supportedFeatures: list(6),
        mandatoryFeatures: list(7),
        keyFile: field(3),
        hostKey: parseHostKeyField(field(8), () => invalid(8, "is not a host key in Base64, as printed by: base64 -w0 KEY.pub")),
    };
}
/**
 * Whether the parameters of a URI can be passed on to Nix, which decodes them, and to the shell on a builder.
 * Looks at them as they are once they are decoded: `%24` is a `$`.
 */
function isSupportedQuery(query) {
    try {
        return query.split("&").every((parameter) => {
            const decoded = decodeURIComponent(parameter);
            return /^[A-Za-z0-9?=._~:/+-]*$/.test(decoded) && !/ssh-key|host-key/.test(decoded);
        });
    }
    catch {
        return false;
    }
}
/**
 * Turns speeds into the smallest whole numbers in the same ratio, since Nix before 2.20 accepts only whole
 * numbers. It divides a builder's load by its speed and drops the remainder, so with large speeds all loads
 * would look the same.
 */
function scaleSpeeds(builders) {
    if (builders.every(({ speedFactor }) => Number.isInteger(speedFactor)))
        return builders;
    const thousandths = builders.map(({ speedFactor }) => Math.round(speedFactor * 1000));
    const divisor = thousandths.reduce(findCommonDivisor);
    return builders.map((builder) => ({
        ...builder,
        speedFactor: Math.round(builder.speedFactor * 1000) / divisor,
    }));
}
function findCommonDivisor(a, b) {
    return b === 0 ? a : findCommonDivisor(b, a % b);
}
function parseHostKeyField(text, invalid) {
    if (text === undefined)
        return undefined;
    const decoded = Buffer.from(text, "base64").toString("utf8").trim();
    const [, key] = /^((?:ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]+=*)(?: [^\n]*)?$/.exec(decoded) ?? [];
    if (key === undefined)
        throw invalid();
    return key;
}

// EXTERNAL MODULE: ./src/nix/access-token.ts
var access_token = __webpack_require__(49005);
// EXTERNAL MODULE: ./src/pipeline/nix-session.ts + 13 modules
var nix_session = __webpack_require__(52039);
// EXTERNAL MODULE: ./src/pipeline/run-step.ts + 1 modules
var run_step = __webpack_require__(79263);
;// CONCATENATED MODULE: ./src/pipeline/run-setup.ts



/** Prepares Nix, the builders and the cache, and builds nothing. Rejects with the codes of those stages. */
async function run_setup_runSetup(job, context) {
    const { nix, confFiles, sshOptions, pool } = await runStep(context, () => openNixSession(job, context));
    try {
        // No one watches the builders during later steps, so probe now which ones answer.
        await runStep(context, () => pool.prepareForNix());
        logBuilders(pool.statuses, context.log);
        return { binFolder: nix.binFolder, confFiles, sshOptions, builders: pool.statuses };
    }
    finally {
        await pool.close();
    }
}

// EXTERNAL MODULE: ./src/plan/push-policy.ts
var push_policy = __webpack_require__(29822);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: ./src/errors/errno.ts
var errno = __webpack_require__(38335);
;// CONCATENATED MODULE: ./src/pipeline/checkout-tree.ts






/** Hashing a large checkout takes a while. */
const GIT_LIMIT_MS = 10 * 60_000;
const SHOWN_CHANGES = 5;
/**
 * Finds the checkout that a folder is in: the first one upwards with a `.git`, which no commit can contain.
 * Git itself would also take a folder with HEAD, objects and refs for a repository, which any commit can
 * contain.
 */
async function findCheckout(folder) {
    for (let top = await (0,promises_.realpath)(folder);; top = (0,external_node_path_.dirname)(top)) {
        const gitFolder = await readGitLink(top);
        if (gitFolder !== undefined)
            return { top, gitFolder };
        if (top === (0,external_node_path_.dirname)(top))
            return undefined;
    }
}
/** Reads the commit that is checked out. Reads no file of the checkout, and runs none of its programs. */
async function readHead({ top, gitFolder }, context) {
    const args = [`--git-dir=${gitFolder}`, `--work-tree=${top}`, "rev-parse", "--verify", "--end-of-options"];
    return (await runGit(context, top, [...args, "HEAD"])).trim();
}
/**
 * How the files of a checkout differ from a commit: up to five paths; empty if they do not. Ignored files are
 * differences too, because a `path:` flake contains them. Compares contents rather than timestamps. Files of
 * Git LFS may be there as pointers or with their contents; files that a sparse checkout leaves out may be
 * missing; submodules may be missing or at their own commits.
 *
 * Git runs in a git directory of our own, which has only the commit's objects, so that no hook, filter,
 * fsmonitor or other program of any configuration runs.
 */
async function listChanges(checkout, commit, context) {
    const { top } = checkout;
    const git = await createBareGit(checkout, commit, context);
    await git("read-tree", commit);
    const status = await git("status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignored=traditional", "--no-renames", 
    // Git would run in them with their own configuration; they are compared below.
    "--ignore-submodules=all");
    const changes = [];
    let leftOut;
    for (const record of splitRecords(status)) {
        const change = parseChange(record);
        if (change.isDeleted) {
            leftOut ??= await listLeftOut(checkout, context);
            if (leftOut.has(change.path))
                continue;
        }
        if (await isLargeFile(top, change))
            continue;
        changes.push(showPath(change.path));
        if (changes.length === SHOWN_CHANGES)
            return changes;
    }
    for (const [path, own] of await listSubmodules(git, commit)) {
        const inside = await listSubmoduleChanges(checkout, { path, commit: own }, context);
        changes.push(...inside.map((name) => (name === "" ? showPath(path) : `${showPath(path)}/${name}`)));
    }
    return changes.slice(0, SHOWN_CHANGES);
}
async function createBareGit({ top, gitFolder }, commit, context) {
    const own = (0,external_node_path_.join)(context.runFolder, `checkout-${(0,external_node_crypto_.createHash)("sha256").update(top).digest("hex").slice(0, 12)}`);
    const write = async (name, text) => {
        await (0,promises_.mkdir)((0,external_node_path_.dirname)((0,external_node_path_.join)(own, name)), { recursive: true });
        await (0,promises_.writeFile)((0,external_node_path_.join)(own, name), text);
    };
    await (0,promises_.mkdir)((0,external_node_path_.join)(own, "refs"), { recursive: true });
    await write("HEAD", `${commit}\n`);
    await write("config", "[core]\n\trepositoryformatversion = 0\n\tbare = false\n");
    await write("objects/info/alternates", `${(0,external_node_path_.join)(await readCommonFolder(gitFolder), "objects")}\n`);
    // These attributes take precedence over those in the checkout.
    await write("info/attributes", "* -filter\n");
    return (...args) => runGit(context, top, [`--git-dir=${own}`, `--work-tree=${top}`, ...args]);
}
async function runGit({ run, environment }, cwd, args) {
    const chunks = [];
    const options = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-pager"];
    await run("git", [...options, ...args], {
        cwd,
        timeoutMs: GIT_LIMIT_MS,
        env: {
            // Neither secrets nor variables that direct git, such as GIT_CONFIG_COUNT.
            ...Object.fromEntries(Object.keys(environment)
                .filter((name) => name !== "PATH")
                .map((name) => [name, undefined])),
            LC_ALL: "C",
            GIT_CONFIG_NOSYSTEM: "1",
            GIT_CONFIG_GLOBAL: "/dev/null",
            GIT_NO_LAZY_FETCH: "1",
            GIT_OPTIONAL_LOCKS: "0",
            GIT_TERMINAL_PROMPT: "0",
        },
        onStdoutBytes: (bytes) => chunks.push(bytes),
    });
    return Buffer.concat(chunks).toString("latin1");
}
/** The git directory that `folder/.git` is or names; undefined if there is none. */
async function readGitLink(folder) {
    const path = (0,external_node_path_.join)(folder, ".git");
    try {
        const found = await (0,promises_.lstat)(path);
        if (found.isDirectory())
            return path;
        if (!found.isFile())
            throw unreadable(`${path} is neither a folder nor a file`);
        const [, target] = /^gitdir: ([^\n]+)\n?$/.exec(await (0,promises_.readFile)(path, "utf8")) ?? [];
        if (target === undefined)
            throw unreadable(`${path} does not name a git directory`);
        return await (0,promises_.realpath)((0,external_node_path_.resolve)(folder, target));
    }
    catch (error) {
        if ((0,errno/* isErrno */.r)(error, "ENOENT", "ENOTDIR"))
            return undefined;
        throw error;
    }
}
/** The folder with the objects: that of the main repository, if this one is a linked worktree. */
async function readCommonFolder(gitFolder) {
    try {
        return (0,external_node_path_.resolve)(gitFolder, (await (0,promises_.readFile)((0,external_node_path_.join)(gitFolder, "commondir"), "utf8")).trim());
    }
    catch (error) {
        if ((0,errno/* isErrno */.r)(error, "ENOENT"))
            return gitFolder;
        throw error;
    }
}
/**
 * Parses a record of a changed, untracked or ignored file.
 * @see git-status(1), "Porcelain Format Version 2"
 */
function parseChange(record) {
    const [, states = "", inHead = "", inTree = "", blob, changed] = /^1 (..) \S+ (\d+) \d+ (\d+) ([0-9a-f]+) [0-9a-f]+ ([^]*)$/.exec(record) ?? [];
    return {
        path: changed ?? record.slice(2),
        isDeleted: states === ".D",
        blob: states === ".M" && inHead === inTree ? blob : undefined,
    };
}
/**
 * Whether a file has the contents that its pointer of Git LFS stands for: the pointer of what is there must
 * be the blob of the commit.
 * @see Git LFS Specification, "The Pointer"
 */
async function isLargeFile(top, { path, blob }) {
    if (blob === undefined)
        return false;
    const hash = (0,external_node_crypto_.createHash)("sha256");
    let size = 0;
    const file = Buffer.concat([Buffer.from(`${top}/`), Buffer.from(path, "latin1")]);
    for await (const chunk of (0,external_node_fs_.createReadStream)(file)) {
        hash.update(chunk);
        size += chunk.length;
    }
    const digest = hash.digest("hex");
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${digest}\nsize ${size}\n`;
    return (0,external_node_crypto_.createHash)("sha1").update(`blob ${pointer.length}\0${pointer}`).digest("hex") === blob;
}
/** The files that the checkout's own index leaves out of a sparse checkout. */
async function listLeftOut({ top, gitFolder }, context) {
    const args = [`--git-dir=${gitFolder}`, `--work-tree=${top}`, "ls-files", "-t", "-z"];
    const files = splitRecords(await runGit(context, top, args));
    return new Set(files.filter((line) => line.startsWith("S ")).map((line) => line.slice(2)));
}
/** The path and the commit of each submodule. */
async function listSubmodules(git, commit) {
    const entries = splitRecords(await git("ls-tree", "-r", "-z", "--full-tree", commit));
    return new Map(entries.flatMap((entry) => {
        const [, own, path] = /^160000 commit ([0-9a-f]+)\t([^]*)$/.exec(entry) ?? [];
        return own === undefined || path === undefined ? [] : [[path, own]];
    }));
}
async function listSubmoduleChanges({ top, gitFolder }, { path, commit }, context) {
    const folder = `${top}/${Buffer.from(path, "latin1").toString()}`;
    const own = await readGitLink(folder);
    // A submodule that is not checked out is an empty folder, whose files `git status` does not look for.
    if (own === undefined)
        return (await isEmptyFolder(folder)) ? [] : [""];
    // Git keeps submodules here. Another place could be one that an archive was unpacked to.
    const isKept = (0,external_node_path_.relative)(await (0,promises_.realpath)(gitFolder), own).startsWith("modules/");
    const submodule = { top: await (0,promises_.realpath)(folder), gitFolder: own };
    if (!isKept || (await readHead(submodule, context)) !== commit)
        return [""];
    return listChanges(submodule, commit, context);
}
async function isEmptyFolder(folder) {
    try {
        return (await (0,promises_.readdir)(folder)).length === 0;
    }
    catch (error) {
        if ((0,errno/* isErrno */.r)(error, "ENOENT"))
            return true;
        throw error;
    }
}
function splitRecords(text) {
    return text.split("\0").filter((record) => record !== "");
}
function showPath(path) {
    return JSON.stringify(Buffer.from(path, "latin1").toString()).slice(1, -1);
}
function unreadable(message) {
    return new action_error/* ActionError */.lZ("COMMAND_FAILED", message, { hint: "Check the repository with: git fsck" });
}

;// CONCATENATED MODULE: ./src/pipeline/trusted-checkout.ts





/**
 * Finds out whether the checkout is exactly the workflow's own commit, on events that are decided by it, and
 * returns a context whose event says so. Call this before any file of the checkout is read.
 *
 * `pull_request_target` runs with the secrets of the base repository, even for a stranger's pull request:
 * rejects with `EVENT_REFUSED` there, unless the base's own commit is checked out without changes, and all
 * installables are in that checkout.
 * @see https://docs.github.com/en/actions/reference/security/secure-use
 */
async function verifyCheckout(use, context) {
    const { event } = context;
    if (!(0,push_policy/* needsCheckout */.g2)(event))
        return context;
    const reason = await findDifference(use, context);
    if (reason !== undefined && event.name === "pull_request_target")
        throw refused(reason);
    if (reason !== undefined)
        context.log.warning(`nothing is pushed: ${reason}`);
    const checkout = reason === undefined ? { state: "verified" } : { state: "foreign", reason };
    return { ...context, event: { ...event, checkout } };
}
/** Why the checkout is not exactly the workflow's own commit; undefined if it is. */
async function findDifference(use, context) {
    const { workingDirectory, installables = [] } = use;
    const { commit, name } = context.event;
    try {
        const checkout = await findCheckout(workingDirectory);
        if (checkout === undefined)
            return `${workingDirectory} is not in a git checkout`;
        const head = await readHead(checkout, context);
        if (head !== commit)
            return `the commit ${head} is checked out instead of ${commit ?? "GITHUB_SHA"}`;
        const changes = await listChanges(checkout, commit, context);
        if (changes.length > 0)
            return `the checkout has changes: ${changes.join(", ")}`;
        for (const { flake } of installables) {
            // What a workflow fetches from elsewhere is its author's choice, unless a stranger can choose it.
            if (!isLocal(flake) && name !== "pull_request_target")
                continue;
            if (!(await isInside(checkout.top, workingDirectory, flake))) {
                return `the installable ${JSON.stringify(flake)} is not in the checkout`;
            }
        }
        return undefined;
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error))
            throw error;
        return `${workingDirectory} has no checkout that git can read (${(0,action_error/* renderError */.vr)(error)})`;
    }
}
/** Whether a flake reference names something on this machine. */
function isLocal(flake) {
    return /^(?:(?:git\+|tarball\+)?file:|path:|\.{1,2}(?:$|[/?])|\/)/.test(flake);
}
/** Whether a flake reference names a folder of the checkout, at the commit that is checked out. */
async function isInside(top, workingDirectory, flake) {
    // No other parameter than `dir`: `ref` and `rev` choose another commit.
    const [, path, folder = ""] = /^(?:git\+file:|path:)?(?:\/\/(?=\/))?((?:\.{1,2}(?=$|[/?])|\/)[^?]*)(?:\?dir=([^&]*))?$/.exec(flake) ??
        [];
    if (path === undefined)
        return false;
    try {
        const found = await (0,promises_.realpath)((0,external_node_path_.resolve)(workingDirectory, path, folder.replace(/^\/+/, "")));
        return !/^\.\.(?:\/|$)/.test((0,external_node_path_.relative)(top, found));
    }
    catch {
        return false;
    }
}
function refused(reason) {
    return new action_error/* ActionError */.lZ("EVENT_REFUSED", `refused on pull_request_target, which has access to secrets: ${reason}`, {
        hint: "Use the event pull_request to build the changes of a pull request. " +
            "On pull_request_target, only the base's own commit is built.",
    });
}

// EXTERNAL MODULE: ./src/ssh/git-config.ts
var git_config = __webpack_require__(72877);
// EXTERNAL MODULE: ./src/ssh/key.ts
var key = __webpack_require__(11069);
;// CONCATENATED MODULE: ./src/ssh/proxy-jump.ts


/**
 * Plans how to reach a builder, from the blocks of `ssh-config` for it and for its jump hosts. Throws
 * `INPUT_INVALID` for a host that would be reached through itself.
 */
function planHopChain(builder, hosts) {
    const jumps = [];
    const reach = ({ proxy }, before) => {
        if (proxy === undefined || proxy.kind === "none")
            return undefined;
        if (proxy.kind === "command")
            return proxy;
        let via;
        for (const [index, { host, user, port }] of proxy.hosts.entries()) {
            if (before.includes(host)) {
                throw new action_error/* ActionError */.lZ("INPUT_INVALID", `input ssh-config: ${host} is reached through itself`, {
                    hint: `Exclude it from the block with the proxy, for example: Host * !${host}`,
                });
            }
            const settings = findSettings(hosts, host);
            // As in ssh, only the first jump host may have a proxy; the others are reached through the one before.
            if (index === 0)
                via = reach(settings, [...before, host]);
            const alias = `${builder.alias}-jump-${jumps.length + 1}`;
            const own = {
                alias,
                host,
                port: port ?? settings.port ?? 22,
                user: user ?? settings.user,
                hostKey: undefined,
            };
            jumps.push(createTarget(own, settings, via));
            via = { kind: "jump", alias };
        }
        return via;
    };
    const settings = findSettings(hosts, builder.host);
    const via = reach(settings, [builder.host]);
    return { builder, target: createTarget(builder, settings, via), jumps };
}
function createTarget({ alias, host, port, user, hostKey }, { hostName, certificate, options }, via) {
    return {
        alias,
        host: hostName?.replaceAll("%h", host) ?? host,
        port,
        user,
        hostKey,
        ...(via !== undefined && { via }),
        ...(certificate !== undefined && { certificate: certificate.text }),
        options,
    };
}

;// CONCATENATED MODULE: ./src/action/read-job.ts














/**
 * Reads the files that the inputs name (builders, keys, certificates, smoke test), so that a job holds only
 * values. They may be in the checkout, so that is verified before. Rejects with `INPUT_INVALID` and
 * `SSH_KEY_INVALID`.
 */
async function readJob(inputs, context) {
    const { builders: machineLines, sshPrivateKey, sshConfig, cache, smokeTest, notices, ...others } = inputs;
    const { kubeconfig, poolReference, ...values } = others;
    for (const notice of notices)
        context.log.info(notice);
    const { workingDirectory, trustedPublicKeys } = values;
    const readText = (file) => (0,promises_.readFile)(file, "utf8");
    const hosts = await readSshHosts(sshConfig, workingDirectory, readText, context.clock.nowMs());
    const run = { nonce: context.nonce, systemDefault: context.system, hosts };
    const builders = await readMachines(machineLines, run, workingDirectory, readText);
    const sshKey = sshPrivateKey === undefined ? undefined : await (0,key/* parsePrivateKey */.Q)(sshPrivateKey);
    // The input is masked already, but a repaired key consists of other lines.
    if (sshKey !== undefined)
        context.log.mask(sshKey.privateKey);
    return {
        ...values,
        hopChains: await planHopChains(builders, hosts, { sshKey, workingDirectory }, context),
        ...readInputAccess({ ...values, sshKey }, context),
        kubernetesPool: poolReference && (await readPool(poolReference, { kubeconfig, sshKey }, context)),
        caches: (0,binary_cache/* chooseCaches */.jK)(cache, workingDirectory, context.runnerCache !== undefined),
        // Without the input cache, trusted-public-keys are for the user's own substituters.
        isCacheSigned: cache !== undefined && trustedPublicKeys.length > 0,
        smokeTest: await readOptionalSmokeTest(smokeTest, workingDirectory),
    };
}
/** Runs a build. Never rejects: if an input cannot be read, the report says so, as for every other error. */
async function runBuildFromInputs(inputs, opened) {
    const { failRun } = await Promise.all(/* import() */[__webpack_require__.e(616), __webpack_require__.e(418)]).then(__webpack_require__.bind(__webpack_require__, 9616));
    const { runBuild } = await Promise.all(/* import() */[__webpack_require__.e(6), __webpack_require__.e(742), __webpack_require__.e(616), __webpack_require__.e(3), __webpack_require__.e(57), __webpack_require__.e(956), __webpack_require__.e(315), __webpack_require__.e(235)]).then(__webpack_require__.bind(__webpack_require__, 27235));
    try {
        const context = await openCheckout(inputs, opened);
        return await runBuild(await (0,run_step/* runStep */.e)(context, () => readJob(inputs, context)), context);
    }
    catch (thrown) {
        return failRun(inputs, opened, (0,run_step/* toRunError */.D)(thrown, opened));
    }
}
/** Runs the gate. Never rejects, for the same reason. */
async function runGateFromInputs(inputs, opened) {
    const { failRun } = await Promise.all(/* import() */[__webpack_require__.e(616), __webpack_require__.e(418)]).then(__webpack_require__.bind(__webpack_require__, 9616));
    const { runGate } = await Promise.all(/* import() */[__webpack_require__.e(6), __webpack_require__.e(616), __webpack_require__.e(57), __webpack_require__.e(630)]).then(__webpack_require__.bind(__webpack_require__, 1095));
    try {
        const context = await openCheckout({ workingDirectory: inputs.workingDirectory }, opened);
        return await runGate(await (0,run_step/* runStep */.e)(context, () => readGateJob(inputs, context)), context);
    }
    catch (thrown) {
        return failRun(inputs, opened, (0,run_step/* toRunError */.D)(thrown, opened));
    }
}
/** Runs the setup. Rejects with the codes of `verifyCheckout`, `readJob` and `runSetup`. */
async function runSetupFromInputs(inputs, opened) {
    const context = await openCheckout(inputs, opened);
    return runSetup(await runStep(context, () => readJob(inputs, context)), context);
}
/** Runs the doctor. Rejects with the codes of `verifyCheckout` and `readJob`. */
async function runDoctorFromInputs(inputs, options, opened) {
    const { runDoctor } = await Promise.resolve(/* import() */).then(__webpack_require__.bind(__webpack_require__, 39256));
    const { workingDirectory, installables } = inputs;
    const use = { workingDirectory, ...(options.isFlakeExamined && { installables }) };
    const context = await openCheckout(use, opened);
    return runDoctor(await (0,run_step/* runStep */.e)(context, () => readJob(inputs, context)), options, context);
}
/** Runs a comparison. Rejects with the codes of `verifyCheckout`, `readJob` and `runCompare`. */
async function runCompareFromInputs(inputs, options, opened) {
    const { runCompare } = await Promise.all(/* import() */[__webpack_require__.e(742), __webpack_require__.e(3), __webpack_require__.e(317)]).then(__webpack_require__.bind(__webpack_require__, 53517));
    const context = await openCheckout(inputs, opened);
    return runCompare(await (0,run_step/* runStep */.e)(context, () => readJob(inputs, context)), options, context);
}
/** Verifies the checkout before any file in it is read. Rejects with `INPUT_INVALID` if there is none. */
function openCheckout(use, opened) {
    return (0,run_step/* runStep */.e)(opened, async () => {
        await requireFolder(use.workingDirectory);
        return verifyCheckout(use, opened);
    });
}
/** Rejects with `INPUT_INVALID`; otherwise the first program that is run there would seem to be missing. */
async function requireFolder(workingDirectory) {
    const found = await (0,promises_.stat)(workingDirectory).catch(() => undefined);
    if (found?.isDirectory() === true)
        return;
    throw new action_error/* ActionError */.lZ("INPUT_INVALID", `input working-directory: there is no folder ${workingDirectory}`, {
        hint: "Check its spelling, and that actions/checkout comes before this step.",
    });
}
async function readGateJob({ smokeTest, notices, ...values }, { log }) {
    for (const notice of notices)
        log.info(notice);
    return { ...values, smokeTest: await readOptionalSmokeTest(smokeTest, values.workingDirectory) };
}
/**
 * What gives access to private flake inputs. A fork's code gets none of it, not even where the event provides
 * secrets, since an input that it names may be any repository that the token or the key can read.
 */
function readInputAccess({ accessTokens, knownHosts, sshKey, }, { event, log }) {
    for (const form of (0,access_token/* listTokenForms */.Xp)(accessTokens))
        log.mask(form);
    const gitKey = (0,git_config/* listNamedHosts */.x8)(knownHosts).length === 0 ? undefined : sshKey;
    if (!(0,push_policy/* mayBeForkCode */.OR)(event))
        return { accessTokens, gitKey };
    if (accessTokens.length > 0) {
        log.info("access-tokens is not used: what this run builds may be the code of a fork");
    }
    return { accessTokens: [], gitKey: undefined };
}
async function readOptionalSmokeTest(text, workingDirectory) {
    if (text === undefined)
        return undefined;
    const { readSmokeSpec } = await __webpack_require__.e(/* import() */ 32).then(__webpack_require__.bind(__webpack_require__, 20032));
    return readSmokeSpec(text, workingDirectory);
}
/**
 * Plans how to reach each builder, and with which key: the one that its machine line names, or else
 * `ssh-private-key`. Builders without a key are left out if the event gives the run no secrets, as for a
 * fork's pull request; otherwise a missing key rejects with `SSH_KEY_INVALID`.
 */
async function planHopChains(builders, hosts, { sshKey: common, workingDirectory, }, { event, log }) {
    const keyed = await Promise.all(builders.map(async (builder) => {
        const sshKey = builder.keyFile === undefined ? common : await readKey(builder, workingDirectory);
        return sshKey === undefined ? [] : [{ ...planHopChain(builder, hosts), sshKey }];
    }));
    for (const { sshKey } of keyed.flat())
        log.mask(sshKey.privateKey);
    if (keyed.every((chains) => chains.length === 1))
        return keyed.flat();
    const { isAllowed, reason } = (0,push_policy/* decidePush */.vn)("cache", "auto", event);
    if (isAllowed)
        throw (0,key/* missingPrivateKey */.d)();
    log.info(`builders without a key are left out: this run is read-only and has no ssh-private-key (${reason})`);
    return keyed.flat();
}
/**
 * Reads who uses a pool of builders in a cluster. Undefined if the event gives the run no secrets, as for a
 * fork's pull request; otherwise a missing one rejects with `INPUT_INVALID` or `SSH_KEY_INVALID`.
 */
async function readPool(pool, { kubeconfig, sshKey }, { event, environment, log }) {
    if (kubeconfig === undefined || sshKey === undefined) {
        const { isAllowed, reason } = (0,push_policy/* decidePush */.vn)("cache", "auto", event);
        if (isAllowed)
            throw kubeconfig === undefined ? missingKubeconfig() : (0,key/* missingPrivateKey */.d)();
        log.info(`kubernetes-pool is left out: this run is read-only and has no secrets (${reason})`);
        return undefined;
    }
    const { readKubeConfig } = await Promise.resolve(/* import() */).then(__webpack_require__.bind(__webpack_require__, 74902));
    const readText = (file) => (0,promises_.readFile)(file, "utf8");
    const kubeConfig = await readKubeConfig(kubeconfig, { environment, readText });
    maskUser(kubeConfig, log);
    return { pool, kubeConfig, sshKey };
}
/** The input is masked already as a whole, but its secrets may appear alone. */
function maskUser({ user }, log) {
    const secrets = user.kind === "oidc"
        ? [user.idToken, user.refreshToken, user.clientSecret]
        : user.kind === "exec"
            ? Object.values(user.env)
            : user.kind === "token"
                ? [user.token]
                : [];
    for (const secret of secrets)
        if (secret !== undefined && secret !== "")
            log.mask(secret);
}
function missingKubeconfig() {
    return new action_error/* ActionError */.lZ("INPUT_INVALID", "input kubeconfig is empty, but kubernetes-pool is set", {
        hint: "Set it to a secret with the content of a kubeconfig, or to in-cluster. " +
            "Reusable workflows, pull requests from forks and Dependabot do not get your secrets automatically.",
    });
}
/** Reads the key file that a builder's machine line names. */
async function readKey({ host, keyFile = "" }, folder) {
    const about = `input builders, ${host}: the key ${JSON.stringify(keyFile)}`;
    let text;
    try {
        text = await (0,promises_.readFile)((0,external_node_path_.resolve)(folder, keyFile), "utf8");
    }
    catch (cause) {
        throw new action_error/* ActionError */.lZ("SSH_KEY_INVALID", `${about} cannot be read`, {
            cause,
            hint: "Set field 3 of the machine line to a key file on this machine, absolute or relative to " +
                "working-directory, or to - for ssh-private-key.",
        });
    }
    try {
        return await (0,key/* parsePrivateKey */.Q)(text);
    }
    catch (error) {
        if (!(error instanceof action_error/* ActionError */.lZ))
            throw error;
        const message = error.message.replace(/^input ssh-private-key/, about);
        throw error.with({ message });
    }
}


/***/ }),

/***/ 45066:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  Gq: () => (/* binding */ settings_invalid),
  Sl: () => (/* binding */ listNotices),
  KT: () => (/* binding */ named),
  lq: () => (/* binding */ optional),
  yG: () => (/* binding */ parseBoolean),
  $n: () => (/* binding */ parseLogin),
  uR: () => (/* binding */ parseReporting),
  P$: () => (/* binding */ parseSettings),
  gi: () => (/* binding */ parseSystems),
  nl: () => (/* binding */ parseWords)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/binary-cache/signing-key.ts
var signing_key = __webpack_require__(63995);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/model/compression.ts
var compression = __webpack_require__(4243);
// EXTERNAL MODULE: ./src/model/image-reference.ts
var image_reference = __webpack_require__(20068);
// EXTERNAL MODULE: ./src/model/kubernetes-pool.ts
var kubernetes_pool = __webpack_require__(25504);
// EXTERNAL MODULE: ./src/model/strategy.ts
var model_strategy = __webpack_require__(58924);
// EXTERNAL MODULE: ./src/model/system.ts
var system = __webpack_require__(26872);
// EXTERNAL MODULE: ./src/nix/access-token.ts
var access_token = __webpack_require__(49005);
;// CONCATENATED MODULE: ./src/nix/installable.ts

/**
 * Reads `FLAKE#NAME`. The name defaults to `default`, as in Nix. Rejects with `INPUT_INVALID`, also for an
 * attribute path such as `packages.x86_64-linux.image`: the plan chooses the system.
 * @see Nix manual, `nix`, "Flake output attribute"
 */
function parseInstallable(text) {
    const hash = text.indexOf("#");
    const flake = hash === -1 ? text : text.slice(0, hash);
    const name = hash === -1 ? "default" : text.slice(hash + 1);
    if (flake.startsWith("-") || /[\s\p{Cc}]/u.test(flake)) {
        throw invalid(text, "A flake reference is one word that does not start with a dash, such as . or github:owner/repo.");
    }
    const path = /^(?:packages|legacyPackages)\.[^.]+\.(.+)$/.exec(name);
    if (path !== null)
        throw invalid(text, `Write ${flake}#${path[1] ?? ""}: the system comes from the input systems.`);
    const unquoted = /^"([^"\\]+)"$/.exec(name)?.[1] ?? name;
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.+'-]*$/.test(unquoted)) {
        throw invalid(text, "A package name consists of letters, digits and _ - . + '");
    }
    return { flake: flake === "" ? "." : flake, name: unquoted };
}
function invalid(text, hint) {
    return new action_error/* ActionError */.lZ("INPUT_INVALID", `${JSON.stringify(text.slice(0, 300))} is not an installable`, {
        hint,
    });
}

// EXTERNAL MODULE: ./src/nix-install/resolve.ts + 1 modules
var resolve = __webpack_require__(61910);
// EXTERNAL MODULE: ./src/report/trace-destination.ts
var trace_destination = __webpack_require__(7274);
// EXTERNAL MODULE: ./src/ssh/known-hosts.ts
var known_hosts = __webpack_require__(62979);
;// CONCATENATED MODULE: ./src/action/settings.ts













/**
 * Parses every input as far as possible without reading files. Pure. Rejects with `INPUT_INVALID`, naming the
 * input and its value.
 */
function parseSettings(read, folders) {
    const workingDirectory = (0,external_node_path_.resolve)(folders.workspace, read("working-directory"));
    const imageName = optional(read("image"));
    const image = imageName === undefined ? undefined : named("image", image_reference/* parseOwnImage */.XF)(imageName);
    const tags = parseWords(read("tags")).map(named("tags", image_reference/* parseTag */.ED));
    const candidateTag = named("candidate-tag", (text) => (text === "" ? undefined : (0,image_reference/* parseTag */.ED)(text)))(read("candidate-tag"));
    const smokeTest = optional(read("smoke-test"));
    if (tags.length > 0 && image === undefined) {
        throw settings_invalid("tags", read("tags"), "Also set the input `image`: tags point to an image.");
    }
    const isPromoted = parseBoolean("promote", read("promote"));
    if (tags.length > 0 && smokeTest === undefined && isPromoted) {
        throw settings_invalid("tags", read("tags"), "Set the input smoke-test too: only a tested image gets a tag.");
    }
    if (candidateTag !== undefined && (image === undefined || tags.includes(candidateTag))) {
        throw settings_invalid("candidate-tag", candidateTag, "Also set the input `image`, and use a name that is not listed in `tags`: those tags only ever point " +
            "to tested images.");
    }
    const kubeconfig = optional(read("kubeconfig"));
    const poolReference = mapOptional(read("kubernetes-pool"), named("kubernetes-pool", kubernetes_pool/* parsePoolReference */.vW));
    if (kubeconfig !== undefined && poolReference === undefined) {
        // Never show the value.
        throw settings_invalid("kubernetes-pool", "", "Set it to NAMESPACE/NAME: kubeconfig is for a pool.");
    }
    return {
        inputs: {
            installables: parseInstallables(read("installables")),
            targets: parseSystems(read("systems")),
            strategy: parseStrategies(read("strategy")),
            workingDirectory,
            extraConf: read("extra-conf"),
            nixSource: parseNixSource(read("nix-source")),
            nixVersion: named("nix-version", resolve/* parseNixVersion */.p_)(read("nix-version")),
            nixUrl: optional(read("nix-url")),
            nixSha256: optional(read("nix-sha256")),
            githubToken: optional(read("github-token")),
            accessTokens: named("access-tokens", access_token/* parseAccessTokens */.C_)(read("access-tokens")),
            builders: read("builders"),
            sshPrivateKey: optional(read("ssh-private-key")),
            knownHosts: (0,known_hosts/* parseKnownHosts */.uJ)(read("ssh-known-hosts")),
            sshConfig: read("ssh-config"),
            kubeconfig,
            poolReference,
            builderTimeoutMs: parseSeconds("builder-timeout", read("builder-timeout"), 600),
            registersEmulation: parseEmulationWish(read("register-emulation")),
            maxSilentMs: parseSeconds("max-silent-time", read("max-silent-time"), 21_600),
            cache: optional(read("cache")),
            cacheSigningKey: mapOptional(read("cache-signing-key"), signing_key/* parseSigningKey */.UG),
            trustedPublicKeys: parseWords(read("trusted-public-keys")).map(signing_key/* parsePublicKey */.ee),
            onCacheFailure: parseFailure(read("on-cache-failure")),
            cachePush: parseWish("cache-push", read("cache-push")),
            cacheTimeoutMs: parseSeconds("cache-timeout", read("cache-timeout"), 21_600),
            image,
            notices: listNotices(imageName, image),
            tags: [...new Set(tags)],
            isPromoted,
            candidateTag,
            push: parseWish("push", read("push")),
            registryLogin: parseLogin(read),
            compression: parseCompression(read),
            auditAllow: parseLines(read("audit-allow")),
            smokeTest,
            isEmulatedGateAllowed: parseBoolean("allow-emulated-gate", read("allow-emulated-gate")),
            history: mapOptional(read("history"), (text) => text === "github" ? { kind: "github" } : { kind: "file", file: (0,external_node_path_.resolve)(workingDirectory, text) }),
        },
        ...parseReporting(read, workingDirectory, folders),
    };
}
function listNotices(name, image) {
    const notice = name === undefined || image === undefined ? undefined : (0,image_reference/* explainImageName */._B)(name, image);
    return notice === undefined ? [] : [`input image: ${notice}`];
}
function parseReporting(read, workingDirectory, folders) {
    const readFile = (name) => mapOptional(read(name), (file) => (0,external_node_path_.resolve)(workingDirectory, file));
    return {
        isSummarized: parseBoolean("summarize", read("summarize")),
        reportFile: readFile("report") ?? (0,external_node_path_.resolve)(folders.report, "cross-build-report.json"),
        junitFile: readFile("smoke-junit"),
        metricsFile: readFile("metrics-file"),
        eventsFile: readFile("events-file"),
        otlpEndpoint: mapOptional(read("otlp-endpoint"), named("otlp-endpoint", trace_destination/* parseOtlpEndpoint */.gQ)),
    };
}
function parseLogin(read) {
    const username = optional(read("registry-username"));
    const password = optional(read("registry-password"));
    if (username === undefined && password === undefined)
        return undefined;
    if (username !== undefined && password !== undefined)
        return { username, password };
    throw settings_invalid("registry-username", username ?? "", "Set both registry-username and registry-password, or neither.");
}
/** The format of the layers, and its level: a whole number, by default that of the format. */
function parseCompression(read) {
    const [format, level] = [read("compression"), read("compression-level")];
    if (format !== "gzip" && format !== "zstd")
        throw settings_invalid("compression", format, "Use gzip or zstd.");
    const { default: usual, max } = compression/* COMPRESSION_LEVELS */.X[format];
    if (level === "")
        return { format, level: usual };
    if (/^[1-9][0-9]?$/.test(level) && Number(level) <= max)
        return { format, level: Number(level) };
    throw settings_invalid("compression-level", level, `For ${format}, use a number from 1 to ${max}.`);
}
function parseInstallables(text) {
    const lines = parseLines(text);
    if (lines.length === 0)
        throw settings_invalid("installables", text, "Give at least one, such as .#image.");
    return lines.map(named("installables", parseInstallable));
}
function parseSystems(text) {
    const systems = parseWords(text).map(named("systems", system/* parseTargetSystem */.kV));
    if (systems.length === 0)
        throw settings_invalid("systems", text, "Give at least one, such as x86_64-linux.");
    return [...new Set(systems)];
}
function parseStrategies(text) {
    const words = parseWords(text);
    if (words.length === 1 && words[0] === "auto")
        return "auto";
    const strategies = words.map((word) => {
        const strategy = model_strategy/* STRATEGIES */.Y.find((known) => known === word);
        if (strategy === undefined) {
            throw settings_invalid("strategy", word, `Use auto, or a list of ${model_strategy/* STRATEGIES */.Y.join(", ")}.`);
        }
        return strategy;
    });
    if (strategies.length === 0)
        throw settings_invalid("strategy", text, "Use auto, or a list of strategies.");
    return [...new Set(strategies)];
}
function parseNixSource(text) {
    if (text === "release" || text === "distribution")
        return text;
    throw settings_invalid("nix-source", text, "Write release or distribution.");
}
function parseSeconds(name, text, most) {
    const seconds = Number(text);
    if (/^[0-9]+$/.test(text) && seconds >= 1 && seconds <= most)
        return seconds * 1000;
    throw settings_invalid(name, text, `Give a whole number of seconds from 1 to ${most}.`);
}
/** Accepts YAML 1.2's booleans, as GitHub's own actions do. A misspelt one is an error, not `false`. */
function parseBoolean(name, text, hint = "Write true or false.") {
    if (["true", "True", "TRUE"].includes(text))
        return true;
    if (["false", "False", "FALSE"].includes(text))
        return false;
    throw settings_invalid(name, text, hint);
}
function parseFailure(text) {
    if (text === "warn" || text === "fail")
        return text;
    throw settings_invalid("on-cache-failure", text, "Write warn or fail.");
}
function parseWish(name, text) {
    if (text === "auto")
        return "auto";
    return parseBoolean(name, text, "Write auto, true or false.") ? "always" : "never";
}
function parseEmulationWish(text) {
    return text === "auto" ? "auto" : parseBoolean("register-emulation", text, "Write auto, true or false.");
}
function parseLines(text) {
    return text
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line !== "");
}
function parseWords(text) {
    return text.split(/[\s,]+/).filter((word) => word !== "");
}
function mapOptional(text, parse) {
    return text === "" ? undefined : parse(text);
}
function optional(text) {
    return text === "" ? undefined : text;
}
/** Prefixes the errors of `parse` with the input's name. */
function named(name, parse) {
    return (text) => {
        try {
            return parse(text);
        }
        catch (error) {
            if (!(error instanceof action_error/* ActionError */.lZ))
                throw error;
            throw error.with({ message: `input ${name}: ${error.message}` });
        }
    };
}
function settings_invalid(name, value, hint) {
    return new action_error/* ActionError */.lZ("INPUT_INVALID", `input ${name}: ${JSON.stringify(value.slice(0, 200))} cannot be used`, { hint });
}


/***/ }),

/***/ 23326:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   jK: () => (/* binding */ chooseCaches),
/* harmony export */   od: () => (/* binding */ findSubstituter)
/* harmony export */ });
/* unused harmony export parseCache */
/* harmony import */ var _file_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(74074);
/* harmony import */ var _http_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(65292);
/* harmony import */ var _invalid_cache_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(57474);



/**
 * Reads `github`, `file://DIR` (relative to `workingDirectory`) or `https://[USER:PASSWORD@]HOST/PATH`.
 * Rejects with `INPUT_INVALID`, without showing a password.
 */
function parseCache(text, workingDirectory) {
    if (text === "github")
        return { kind: "github", uri: "github" };
    if (text.startsWith("file://"))
        return (0,_file_js__WEBPACK_IMPORTED_MODULE_0__/* .parseFileCache */ .iy)(text.slice("file://".length), workingDirectory);
    const url = URL.parse(text);
    if (url === null || !["http:", "https:"].includes(url.protocol)) {
        // Don't show the value: a malformed URL may still contain a password.
        throw (0,_invalid_cache_js__WEBPACK_IMPORTED_MODULE_2__/* .invalidCache */ .u)("the value", "Supported are github, file://DIR, https://HOST/PATH and none.");
    }
    return (0,_http_js__WEBPACK_IMPORTED_MODULE_1__/* .parseHttpCache */ .MA)(url);
}
/**
 * The caches of a run, in the order in which they are asked: those that the user chose, one a line, or by
 * default GitHub's if the runner offers it. Empty for `none`, or if there is no default. Rejects with
 * `INPUT_INVALID`.
 */
function chooseCaches(text, workingDirectory, isGithubOffered) {
    if (text === undefined && !isGithubOffered)
        return [];
    const lines = (text ?? "github").split("\n").map((line) => line.trim());
    const chosen = lines.filter((line) => line !== "");
    if (chosen.length === 1 && chosen[0] === "none")
        return [];
    const uses = chosen.map((line) => parseCacheUse(line, workingDirectory));
    const uris = uses.map(({ cache }) => cache.uri);
    const twice = uris.find((uri, index) => uris.indexOf(uri) < index);
    if (twice !== undefined)
        throw (0,_invalid_cache_js__WEBPACK_IMPORTED_MODULE_2__/* .invalidCache */ .u)(twice, "List each cache once.");
    return uses;
}
/** Reads a cache with the settings `pull` and `push` of its query, which are true by default. */
function parseCacheUse(line, workingDirectory) {
    const start = line.indexOf("?");
    const query = new URLSearchParams(start === -1 ? "" : line.slice(start));
    const take = (name) => {
        const value = query.get(name) ?? "true";
        query.delete(name);
        if (value !== "true" && value !== "false") {
            throw (0,_invalid_cache_js__WEBPACK_IMPORTED_MODULE_2__/* .invalidCache */ .u)(`the setting ${name}=${value}`, `Write ${name}=true or ${name}=false.`);
        }
        return value === "true";
    };
    const [isPulled, isPushed] = [take("pull"), take("push")];
    const rest = query.size === 0 ? "" : `?${query.toString()}`;
    const cache = parseCache(`${start === -1 ? line : line.slice(0, start)}${rest}`, workingDirectory);
    return { cache, isPulled, isPushed };
}
/**
 * The substituter that reads the cache; undefined if there is nothing to read yet. `folder` is the folder of
 * GitHub's restored cache. Unless `isSigned`, signatures in a folder are not checked: everyone who can write
 * to it is trusted.
 */
async function findSubstituter(cache, isSigned, folder) {
    switch (cache.kind) {
        case "http":
            return `${cache.uri}?priority=${_file_js__WEBPACK_IMPORTED_MODULE_0__/* .PRIORITY */ .FQ}`;
        case "file":
            return (0,_file_js__WEBPACK_IMPORTED_MODULE_0__/* .findFolderSubstituter */ .I5)(cache.folder, isSigned);
        case "github":
            return folder === undefined ? undefined : (0,_file_js__WEBPACK_IMPORTED_MODULE_0__/* .findFolderSubstituter */ .I5)(folder, isSigned);
    }
}


/***/ }),

/***/ 74074:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $Y: () => (/* binding */ isFitForUri),
/* harmony export */   FQ: () => (/* binding */ PRIORITY),
/* harmony export */   I5: () => (/* binding */ findFolderSubstituter),
/* harmony export */   iy: () => (/* binding */ parseFileCache)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(51455);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs_promises__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var _invalid_cache_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(57474);



/** Reads the part after `file://`, a folder relative to `workingDirectory`. Rejects with `INPUT_INVALID`. */
function parseFileCache(path, workingDirectory) {
    const folder = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.isAbsolute)(path) ? (0,node_path__WEBPACK_IMPORTED_MODULE_1__.resolve)(path) : (0,node_path__WEBPACK_IMPORTED_MODULE_1__.resolve)(workingDirectory, path);
    if (path === "" || !isFitForUri(folder)) {
        throw (0,_invalid_cache_js__WEBPACK_IMPORTED_MODULE_2__/* .invalidCache */ .u)(`file://${path}`, "Use only letters, digits and . _ - + = @ ~ / in the folder's path.");
    }
    return { kind: "file", folder, uri: `file://${folder}` };
}
/** True if a folder's path needs no escaping in a store URI in nix.conf. */
function isFitForUri(folder) {
    return /^[\w./+=@~-]+$/.test(folder);
}
/**
 * The substituter that reads a folder; undefined if the folder is not a binary cache yet. Unless `isSigned`,
 * signatures are not checked: everyone who can write to the folder is trusted.
 */
async function findFolderSubstituter(folder, isSigned) {
    try {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.access)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, "nix-cache-info"));
    }
    catch {
        return undefined;
    }
    return `file://${folder}?priority=${PRIORITY}${isSigned ? "" : "&trusted=1"}`;
}
/** Ask this cache before cache.nixos.org, whose priority is 40: it is usually nearer. */
const PRIORITY = 30;


/***/ }),

/***/ 65292:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   BB: () => (/* binding */ renderNetrc),
/* harmony export */   MA: () => (/* binding */ parseHttpCache),
/* harmony export */   V9: () => (/* binding */ findNetrcLogin)
/* harmony export */ });
/* harmony import */ var _invalid_cache_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(57474);

/**
 * Reads `https://[USER:PASSWORD@]HOST/PATH`, or `http://`, with a password only for a loopback address, and
 * only without a port. Rejects with `INPUT_INVALID`, without showing a password.
 */
function parseHttpCache(url) {
    const { protocol, username, password, host, hostname, port, pathname, search, hash } = url;
    const uri = `${protocol}//${host}${pathname.replace(/\/+$/, "")}`;
    if (search !== "" || hash !== "" || !/^[\w./:+=@~%[\]-]+$/.test(uri)) {
        throw (0,_invalid_cache_js__WEBPACK_IMPORTED_MODULE_0__/* .invalidCache */ .u)(uri, "Remove the query and special characters: the action sets the store's options.");
    }
    if (username === "" && password === "")
        return { kind: "http", uri, login: undefined };
    const isLoopback = hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
    if (protocol === "http:" && !isLoopback) {
        throw (0,_invalid_cache_js__WEBPACK_IMPORTED_MODULE_0__/* .invalidCache */ .u)(uri, "Use https: a password must not be sent unencrypted.");
    }
    if (port !== "") {
        throw (0,_invalid_cache_js__WEBPACK_IMPORTED_MODULE_0__/* .invalidCache */ .u)(uri, `Nix finds a password by the host alone, so every port of ${hostname} could receive it. ` +
            `Serve the cache on port ${protocol === "https:" ? 443 : 80} of a host name of its own. ` +
            "Or write a netrc file and set extra-conf to netrc-file = FILE, if you trust every port.");
    }
    const login = {
        // netrc has an IPv6 address without its brackets.
        host: hostname.replace(/^\[|\]$/g, ""),
        username: decodeURIComponent(username),
        password: decodeURIComponent(password),
    };
    if (/[\s#]/.test(login.username + login.password)) {
        throw (0,_invalid_cache_js__WEBPACK_IMPORTED_MODULE_0__/* .invalidCache */ .u)(uri, "User and password must not contain white space or #: netrc cannot quote them.");
    }
    return { kind: "http", uri, login };
}
/**
 * The login for a host in the text of a netrc file: of the first entry that fits. Undefined if there is none.
 * Macros are not supported.
 */
function findNetrcLogin(text, host) {
    const words = text.split(/\s+/).filter((word) => word !== "");
    let login;
    for (let at = 0; at < words.length; at += 1) {
        const word = words[at];
        if (word === "machine" || word === "default") {
            if (login?.isFit === true)
                break;
            if (word === "machine")
                at += 1;
            login = { isFit: word === "default" || words[at] === host, username: "", password: "" };
        }
        else if (login !== undefined && word === "login")
            login.username = words[++at] ?? "";
        else if (login !== undefined && word === "password")
            login.password = words[++at] ?? "";
    }
    return login?.isFit === true ? { username: login.username, password: login.password } : undefined;
}
/**
 * The netrc line for a cache that requires a password. It has no port: libcurl compares host names only.
 * @see https://everything.curl.dev/usingcurl/netrc.html
 */
function renderNetrc({ host, username, password }) {
    return `machine ${host} login ${username} password ${password}\n`;
}


/***/ }),

/***/ 57474:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   u: () => (/* binding */ invalidCache)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);

/** An `INPUT_INVALID` error for the input cache. `what` must not contain a password. */
function invalidCache(what, hint) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("INPUT_INVALID", `input cache: ${what.slice(0, 200)} cannot be used`, { hint });
}


/***/ }),

/***/ 63995:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   UG: () => (/* binding */ parseSigningKey),
/* harmony export */   ee: () => (/* binding */ parsePublicKey),
/* harmony export */   rO: () => (/* binding */ createSigner)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_crypto__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(22714);


/**
 * Reads a secret signing key, `NAME:BASE64` with the 64 bytes of an Ed25519 key pair. Rejects with
 * `INPUT_INVALID`, without showing any part of the key.
 * @see Nix manual, `nix key generate-secret`
 */
function parseSigningKey(text) {
    return parseKey(text, 64, "cache-signing-key", "Make one with: nix key generate-secret --key-name NAME-1");
}
/** @see https://www.rfc-editor.org/rfc/rfc8410, section 7: the DER of an Ed25519 key, before its 32 bytes */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");
/** Makes the function that signs with a key. */
function createSigner(secretKey) {
    const [name = "", base64 = ""] = secretKey.split(":");
    const seed = Buffer.from(base64, "base64").subarray(0, 32);
    const key = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createPrivateKey)({ key: Buffer.concat([PKCS8_HEAD, seed]), format: "der", type: "pkcs8" });
    return (text) => `${name}:${(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.sign)(null, Buffer.from(text), key).toString("base64")}`;
}
/** Reads a public key, `NAME:BASE64` with 32 bytes. Rejects with `INPUT_INVALID`. */
function parsePublicKey(text) {
    return parseKey(text, 32, "trusted-public-keys", "Get it with: nix key convert-secret-to-public < SECRET");
}
function parseKey(text, bytes, input, hint) {
    const [, base64] = /^[A-Za-z0-9._-]+:([A-Za-z0-9+/]+={0,2})$/.exec(text.trim()) ?? [];
    if (base64 !== undefined && Buffer.from(base64, "base64").length === bytes)
        return text.trim();
    throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ActionError */ .lZ("INPUT_INVALID", `input ${input} is not a key of the form NAME:BASE64 with ${bytes} bytes`, { hint });
}


/***/ }),

/***/ 22231:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   A: () => (/* binding */ logSubstituters),
/* harmony export */   k: () => (/* binding */ Substituters)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _platform_clock_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(53037);


/** A substituter that needs longer for a file of a hundred bytes slows every build down. */
const ANSWER_LIMIT_MS = 5000;
const RETRY_DELAY_MS = 500;
/** How long a dropped substituter is left alone. */
const PAUSE_MS = 30_000;
/**
 * The substituters of a run. Nix asks a server that is down for minutes, again and again, so the run probes
 * those on HTTP servers and passes Nix only the others.
 */
class Substituters {
    #options;
    #effects;
    #uris;
    #statuses = [];
    #probedAtMs = Number.NEGATIVE_INFINITY;
    constructor(options, effects) {
        this.#options = options;
        this.#effects = effects;
    }
    /** Those on HTTP servers, as the last probe found them; empty before the first one. */
    get statuses() {
        return this.#statuses;
    }
    /** The options of Nix that leave out what was dropped. */
    get nixOptions() {
        const dropped = new Set(this.#statuses.filter(isDropped).map(({ uri }) => uri));
        if (dropped.size === 0)
            return [];
        const kept = (this.#uris ?? []).filter((uri) => !dropped.has(renderPublic(uri)));
        return ["--option", "substituters", kept.join(" ")];
    }
    /**
     * Probes all substituters the first time, and later those that were dropped, unless that was only just
     * done, and says so when one answers again. Rejects with the codes of `readUris`.
     */
    async refresh() {
        const { clock, log } = this.#effects;
        if (this.#uris === undefined) {
            this.#uris = await this.#options.readUris();
            this.#probedAtMs = clock.nowMs();
            this.#statuses = await this.#probeFirst(this.#uris.filter((uri) => /^https?:/.test(uri)));
            return;
        }
        if (!this.#statuses.some(isDropped) || clock.nowMs() - this.#probedAtMs < PAUSE_MS)
            return;
        this.#probedAtMs = clock.nowMs();
        const probed = await Promise.all(this.#statuses.filter(isDropped).map(({ uri }) => this.#probe(uri)));
        for (const { uri } of probed.filter((status) => !isDropped(status))) {
            log.info(`the substituter ${uri} answers again`);
        }
        const known = new Map(probed.map((status) => [status.uri, status]));
        this.#statuses = this.#statuses.map((status) => known.get(status.uri) ?? status);
    }
    async #probeFirst(uris) {
        const { log } = this.#effects;
        const statuses = await Promise.all(uris.map((uri) => this.#probe(renderPublic(uri))));
        if (statuses.length > 0 && statuses.every(isDropped) && this.#options.mayDaemonReach) {
            log.warning("no substituter answers this process. Nix still asks them, since its daemon may reach what this " +
                "process cannot");
            return statuses.map((status) => ({ ...status, state: "usable" }));
        }
        return statuses;
    }
    async #probe(uri) {
        const first = await this.#ask(uri);
        if (first === undefined)
            return { uri, state: "usable", reason: "answers" };
        await this.#effects.clock.sleep(RETRY_DELAY_MS);
        const second = await this.#ask(uri);
        if (second === undefined)
            return { uri, state: "usable", reason: "answers at the second attempt" };
        return { uri, state: "dropped", reason: second };
    }
    /**
     * Why a substituter cannot be used; undefined if it can. One that asks for a password is alive: Nix has
     * the password.
     */
    async #ask(uri) {
        const { clock, sendHttp } = this.#effects;
        const url = new URL(uri);
        url.pathname = `${url.pathname.replace(/\/+$/, "")}/nix-cache-info`;
        try {
            return await (0,_platform_clock_js__WEBPACK_IMPORTED_MODULE_1__/* .withTimeLimit */ .Bv)(clock, ANSWER_LIMIT_MS, async (signal) => {
                const { status, discard } = await sendHttp({ method: "GET", url, signal });
                discard();
                return status < 500 && status !== 429 ? undefined : `answers with status ${status}`;
            });
        }
        catch (error) {
            if ((0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .isCancelled */ .mm)(error))
                throw error;
            if (error instanceof DOMException && error.name === "TimeoutError") {
                return `does not answer within ${ANSWER_LIMIT_MS / 1000} s`;
            }
            return `cannot be reached: ${(0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .renderError */ .vr)(error)}`;
        }
    }
}
/** Logs which substituters the build goes without, and why. */
function logSubstituters(statuses, log) {
    for (const { uri, reason } of statuses.filter(isDropped)) {
        log.warning(`substituter dropped: ${uri} ${reason}. The build goes on without it`);
    }
}
function isDropped({ state }) {
    return state === "dropped";
}
/** A URI without credentials and without the settings of the store. */
function renderPublic(uri) {
    const url = URL.parse(uri);
    if (url === null)
        return uri;
    url.username = "";
    url.password = "";
    url.search = "";
    return url.href.replace(/\/$/, "");
}


/***/ }),

/***/ 20355:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  $c: () => (/* binding */ configureBuilders),
  tl: () => (/* binding */ listConfiguredRuns),
  yb: () => (/* binding */ removeBuilderConfiguration)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/platform/files.ts
var platform_files = __webpack_require__(94924);
// EXTERNAL MODULE: ./src/ssh/known-hosts.ts
var known_hosts = __webpack_require__(62979);
;// CONCATENATED MODULE: ./src/builders/transport.ts

const ALGORITHM_OPTIONS = ["Ciphers", "KexAlgorithms", "HostKeyAlgorithms"];
/**
 * Chooses how to reach a builder: through ssh2, or only through the system's ssh if there is a proxy command,
 * a certificate for our key or for the host, or a choice of algorithms, since ssh2 does not support these or
 * would need a shell. A builder with an `unpinnedHost` is not logged in to.
 */
function chooseTransport({ builder, target, jumps }, { hosts, identity, userName }) {
    const identityOf = (alias) => hosts.find(({ host }) => host.alias === alias);
    const unpinnedHost = [...jumps, target].find(({ alias }) => {
        const known = identityOf(alias);
        return known === undefined || !(0,known_hosts/* isPinned */.T4)(known);
    });
    const own = identityOf(target.alias);
    const { host, port, user: username = userName, via, certificate, options = {} } = target;
    const isBeyond = own === undefined ||
        (0,known_hosts/* isCertified */.qz)(own) ||
        via?.kind === "command" ||
        certificate !== undefined ||
        ALGORITHM_OPTIONS.some((name) => name in options);
    return {
        builder,
        unpinnedHost,
        revokedKeys: own?.revoked ?? [],
        direct: isBeyond
            ? undefined
            : {
                host,
                port,
                username,
                hostKeys: own.keys,
                revokedKeys: own.revoked,
                identity,
                jumpAlias: via?.alias,
            },
    };
}

// EXTERNAL MODULE: ./src/builders/machines-file.ts
var machines_file = __webpack_require__(59167);
// EXTERNAL MODULE: ./src/ssh/config-file.ts
var config_file = __webpack_require__(72457);
;// CONCATENATED MODULE: ./src/builders/configuration.ts








const SSH_CONFIG = "/etc/ssh/ssh_config";
const SSH_CONFIG_FOLDER = "/etc/ssh/ssh_config.d";
const CALL_LIMIT_MS = 10_000;
/**
 * Writes the machines file, and the ssh configuration that defines the builders' aliases for this user and
 * for root's Nix daemon. Without root there is no root-owned daemon that needs this configuration. Rejects
 * with `SSH_CONFIG_OVERRIDDEN` if another ssh configuration takes precedence and overrides ours.
 */
async function configureBuilders(request, effects) {
    const { hopChains, family, knownHosts } = request;
    const { runFolder, runAsRoot, nonce } = effects;
    const { files: keyFiles, agentSocket } = request.identities;
    const hops = hopChains.flatMap(({ target, jumps, sshKey }) => {
        const identityFile = keyFiles.get(sshKey.publicKey) ?? "none";
        return [target, ...jumps].map((hop) => ({ ...hop, identityFile }));
    });
    const hosts = (0,known_hosts/* findHostKeys */.MN)(hops, knownHosts);
    const files = {
        identityAgent: agentSocket ?? "none",
        knownHostsFile: (0,external_node_path_.join)(runFolder, "known_hosts"),
        certified: hosts.filter(known_hosts/* isCertified */.qz).map(({ host }) => host.alias),
        connectTimeoutS: Math.ceil(request.connectTimeoutMs / 1000),
        certificateFolder: runFolder,
        hasKnownHostsCommand: await hasKnownHostsCommand(effects.run),
    };
    // ssh2 offers all keys of an agent, and a server limits the number of wrong ones.
    const identify = ({ privateKey }) => agentSocket === undefined || keyFiles.size > 1
        ? { kind: "key", privateKey }
        : { kind: "agent", socket: agentSocket };
    const targets = hopChains.map((route) => chooseTransport(route, { hosts, identity: identify(route.sshKey), userName: effects.userName }));
    const familyIdentity = family === undefined ? undefined : identify(family.sshKey);
    const familyHops = family === undefined
        ? []
        : [{ ...family.target, identityFile: keyFiles.get(family.sshKey.publicKey) ?? "none" }];
    const sshTargets = [...hops, ...familyHops];
    await (0,platform_files/* writeFileAtomically */.lo)(files.knownHostsFile, (0,known_hosts/* renderKnownHosts */.vS)(hosts));
    const machinesFile = (0,external_node_path_.join)(runFolder, "machines");
    await (0,platform_files/* writeFileAtomically */.lo)(machinesFile, (0,machines_file/* renderMachines */.p)(hopChains.map(({ builder }) => builder)));
    for (const hop of hops) {
        if (hop.certificate !== undefined)
            await (0,platform_files/* writeFileAtomically */.lo)((0,config_file/* certificateFile */.oE)(hop, files), `${hop.certificate}\n`, 0o600);
    }
    const draft = (0,external_node_path_.join)(runFolder, "ssh_config");
    await (0,platform_files/* writeFileAtomically */.lo)(draft, (0,config_file/* renderSshConfig */.r4)(sshTargets, files, effects));
    await checkSyntax(draft, sshTargets, effects.run);
    if (!effects.canBecomeRoot)
        return { machinesFile, sshOptions: `-F ${draft}`, targets, familyIdentity };
    await checkInclude();
    // `install` first creates an empty file, and other runs remove what they take for a leftover: ssh and they
    // see only the complete file.
    const unfinished = unfinishedFile(nonce);
    await runAsRoot("install", ["-D", "-m", "0644", "--", draft, unfinished], { timeoutMs: CALL_LIMIT_MS });
    await runAsRoot("mv", ["-f", "--", unfinished, sshConfigFile(nonce)], { timeoutMs: CALL_LIMIT_MS });
    await Promise.all(sshTargets.map(async (target) => {
        const wanted = (0,config_file/* listSshOptions */.FG)(target, files).filter(([name]) => config_file/* GUARDED_OPTIONS */.cu.includes(name));
        await checkOptions(effects.run, target.alias, wanted, "this user");
        await checkOptions(runAsRoot, target.alias, wanted, "root");
    }));
    return { machinesFile, sshOptions: undefined, targets, familyIdentity };
}
/** Removes the ssh configuration of a run, if it has one. */
async function removeBuilderConfiguration(nonce, runAsRoot) {
    const files = [sshConfigFile(nonce), unfinishedFile(nonce)];
    const texts = await Promise.all(files.map((file) => (0,platform_files/* readFileIfPresent */.Ts)(file)));
    if (texts.every((text) => text === undefined))
        return;
    await runAsRoot("rm", ["-f", "--", ...files], { timeoutMs: CALL_LIMIT_MS });
}
/** The runs of all users that have an ssh configuration on this machine. */
async function listConfiguredRuns() {
    const names = await (0,promises_.readdir)(SSH_CONFIG_FOLDER).catch(() => []);
    const runs = await Promise.all(names.map(async (name) => {
        const nonce = /^10-cross-build-([0-9a-f]+)\.(?:conf|new)$/.exec(name)?.[1];
        if (nonce === undefined)
            return [];
        const text = await (0,platform_files/* readFileIfPresent */.Ts)((0,external_node_path_.join)(SSH_CONFIG_FOLDER, name)).catch(() => undefined);
        const header = (0,config_file/* parseSshConfigHeader */.Jc)(text ?? "");
        return header === undefined ? [] : [{ nonce, ...header }];
    }));
    return runs.flat();
}
/** The name sorts early in the folder, since ssh uses the first value of an option. */
function sshConfigFile(nonce) {
    return (0,external_node_path_.join)(SSH_CONFIG_FOLDER, `10-cross-build-${nonce}.conf`);
}
/** ssh reads only files that end with `.conf`. */
function unfinishedFile(nonce) {
    return (0,external_node_path_.join)(SSH_CONFIG_FOLDER, `10-cross-build-${nonce}.new`);
}
/**
 * Whether ssh knows `KnownHostsCommand`, as it does since OpenSSH 8.5. Older versions refuse a file that
 * has it.
 */
async function hasKnownHostsCommand(run) {
    const args = ["-F", "/dev/null", "-o", "KnownHostsCommand=none", "-G", "host"];
    const { exitCode } = await run("ssh", args, { timeoutMs: CALL_LIMIT_MS, expectedExitCodes: "any" });
    return exitCode === 0;
}
/** Checks the file before it is installed: an invalid value breaks ssh for every user of the machine. */
async function checkSyntax(draft, [first], run) {
    if (first === undefined)
        return;
    try {
        await run("ssh", ["-F", draft, "-G", first.alias], { timeoutMs: CALL_LIMIT_MS });
    }
    catch (error) {
        if (!(error instanceof action_error/* ActionError */.lZ) || error.code !== "COMMAND_FAILED")
            throw error;
        throw new action_error/* ActionError */.lZ("INPUT_INVALID", "input ssh-config has a value that ssh does not accept", {
            cause: error,
            hint: "List the names of algorithms with: ssh -Q cipher, ssh -Q kex, ssh -Q key.",
        });
    }
}
async function checkInclude() {
    const text = (await (0,platform_files/* readFileIfPresent */.Ts)(SSH_CONFIG)) ?? "";
    if (/^\s*Include\s+.*\/etc\/ssh\/ssh_config\.d\//im.test(text))
        return;
    throw new action_error/* ActionError */.lZ("SSH_CONFIG_OVERRIDDEN", `${SSH_CONFIG} does not include ${SSH_CONFIG_FOLDER}`, {
        hint: `Add as its first line: Include ${SSH_CONFIG_FOLDER}/*.conf`,
    });
}
/** Asks ssh for its effective options: a `Host *` block of the user takes precedence over ours. */
async function checkOptions(run, alias, wanted, who) {
    const { stdout } = await run("ssh", ["-G", alias], { timeoutMs: CALL_LIMIT_MS });
    const effective = stdout.split("\n");
    for (const [name, value] of wanted) {
        const seen = effective.find((line) => line.startsWith(`${name.toLowerCase()} `))?.slice(name.length + 1) ??
            (name === "KnownHostsCommand" ? "none" : "");
        const same = [value, { yes: "true", no: "false" }[value]].includes(seen);
        if (!same) {
            // A command line may contain a secret.
            const difference = ["ProxyCommand", "KnownHostsCommand"].includes(name)
                ? `another ${name}, which is not shown`
                : `${name} ${JSON.stringify(seen)} instead of ${JSON.stringify(value)}`;
            throw new action_error/* ActionError */.lZ("SSH_CONFIG_OVERRIDDEN", `for ${who}, ssh uses ${difference}`, {
                hint: `A "Host *" or "Match" block in ~/.ssh/config or ${SSH_CONFIG} sets ${name}: ` +
                    "limit it to the hosts that need it.",
            });
        }
    }
}


/***/ }),

/***/ 64362:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  b: () => (/* binding */ createPool)
});

// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/model/builder.ts
var builder = __webpack_require__(71646);
// EXTERNAL MODULE: ./src/platform/files.ts
var files = __webpack_require__(94924);
// EXTERNAL MODULE: ./src/builders/degraded-weights.ts
var degraded_weights = __webpack_require__(80024);
// EXTERNAL MODULE: ./src/builders/machines-file.ts
var machines_file = __webpack_require__(59167);
;// CONCATENATED MODULE: ./src/builders/watch.ts

const WATCH_INTERVAL_MS = 30_000;
/** Probes the builders regularly, and when they change, in the background until `signal` aborts. */
function watchBuilders(refresh, { awaitChange, clock, log }, signal) {
    const keepWatch = async () => {
        while (!signal.aborted) {
            const round = new AbortController();
            const either = AbortSignal.any([signal, round.signal]);
            const next = clock.sleep(WATCH_INTERVAL_MS, either);
            const changed = awaitChange?.(either).catch(() => next) ?? next;
            try {
                await Promise.race([next, changed]);
            }
            finally {
                round.abort();
                await Promise.allSettled([next, changed]);
            }
            await refresh();
        }
    };
    keepWatch().catch((error) => {
        if (signal.aborted || (0,action_error/* isCancelled */.mm)(error))
            return;
        log.warning(`the builders are no longer watched: ${(0,action_error/* renderError */.vr)(error)}`);
    });
}

;// CONCATENATED MODULE: ./src/builders/pool.ts






/**
 * After the slowest usable builder, `open` waits this long, or as long as that builder took if that is
 * longer: a build with one builder fewer loses more time than this.
 */
const PATIENCE_MS = 1_000;
/** A pod that was moved to another node, or an API server, needs that long to start. */
const RETURN_LIMIT_MS = 60_000;
const RETURN_TICK_MS = 2_000;
/**
 * The builders of a run: which ones are usable now, the machines file that lists those for Nix, and a
 * connection to each. A builder is dropped as soon as its connection ends or a probe fails, and is used again
 * after a probe succeeds.
 */
class BuilderPool {
    #members;
    #effects;
    #changes = [];
    #stopped = new AbortController();
    #isStarted = false;
    #usesSystemSsh = false;
    #written = Promise.resolve();
    constructor(targets, effects) {
        this.#effects = effects;
        this.#members = targets.map((target) => createMember(target, false));
    }
    /** The current status of every builder, in the order of the input. */
    get statuses() {
        return this.#members.map(({ target, status }) => status ?? unanswered(target.builder));
    }
    /** The builders that were dropped or became usable after `open`. */
    get changes() {
        return this.#changes;
    }
    /** The open connection to a builder, if there is one. */
    connectionOf(builder) {
        const connection = this.#members.find(({ target }) => target.builder.alias === builder.alias)?.connection;
        return connection?.isOpen() === true ? connection : undefined;
    }
    /**
     * What went over all connections to each builder so far, by its alias. Empty if Nix may have opened
     * connections of its own: what went over those is not known.
     */
    get traffic() {
        if (this.#usesSystemSsh)
            return new Map();
        return new Map(this.#members.map(({ target, connections }) => {
            const all = [...connections].map((connection) => connection.traffic());
            const sum = (name) => all.reduce((total, traffic) => total + traffic[name], 0);
            return [target.builder.alias, { sentBytes: sum("sentBytes"), receivedBytes: sum("receivedBytes") }];
        }));
    }
    /**
     * Probes all builders at once. Resolves when all have answered, or shortly after each of `systems` has a
     * usable builder; builders that answer later join then. Rejects with `CANCELLED`.
     */
    async open(systems) {
        const { clock } = this.#effects;
        await this.#discover();
        const startMs = clock.nowMs();
        let slowestMs = 0;
        const answers = this.#members.map(async (member) => {
            await this.#probe(member);
            if (member.status !== undefined && (0,builder/* isUsable */.Ng)(member.status))
                slowestMs = clock.nowMs() - startMs;
        });
        const all = Promise.all(answers).then(() => true);
        const hasUsable = () => systems.every((system) => this.statuses.some((status) => (0,builder/* isUsable */.Ng)(status) && status.builder.systems.includes(system)));
        const isPatient = () => !hasUsable() || clock.nowMs() - startMs < slowestMs + Math.max(PATIENCE_MS, slowestMs);
        const tick = () => clock.sleep(TICK_MS).then(() => false);
        while (isPatient() && !(await Promise.race([all, tick()])))
            ;
        this.#isStarted = true;
        await this.#write();
    }
    /** Probes all builders again, even dropped ones, and waits for every answer. Rejects with `CANCELLED`. */
    async refresh() {
        await this.#discover();
        await Promise.all(this.#members.map((member) => this.#probe(member)));
        await this.#write();
    }
    /**
     * If no builder for a system is usable, waits while one that comes and goes may come back, for a minute at
     * most. Rejects with `CANCELLED`.
     */
    async awaitReturn(system) {
        const { clock, log } = this.#effects;
        const endMs = clock.nowMs() + RETURN_LIMIT_MS;
        let said = "";
        while ((0,builder/* countUsable */.ew)(this.statuses, system) === 0 && clock.nowMs() < endMs) {
            const missing = this.#members.flatMap((member) => findReturning(member, system));
            if (missing.length === 0)
                return;
            const reasons = missing.map(({ reason }) => reason).join("; ");
            if (reasons !== said)
                log.warning(`waiting for builders that may come back: ${reasons}`);
            said = reasons;
            await clock.sleep(RETURN_TICK_MS);
            await this.refresh();
        }
    }
    /**
     * Makes all further probes use the system's ssh too, as Nix does, and probes the usable builders. Rejects
     * with `CANCELLED`.
     */
    async prepareForNix() {
        if (this.#usesSystemSsh)
            return;
        this.#usesSystemSsh = true;
        if (!this.#isStarted)
            await this.#discover();
        const candidates = this.#members.filter(({ status }) => status === undefined ? !this.#isStarted : (0,builder/* isUsable */.Ng)(status));
        await Promise.all(candidates.map((member) => this.#probe(member)));
        await this.#write();
    }
    /** Drops a builder that failed during a build, until a probe finds it usable again. */
    drop(builder, error) {
        const member = this.#members.find(({ target }) => target.builder.alias === builder.alias);
        if (member === undefined)
            return;
        const { code, hint } = error;
        const reason = (0,action_error/* renderError */.vr)((0,action_error/* aboutSubject */.c_)(error, builder.host));
        this.#set(member, { state: "dropped", builder, code, reason, hint });
    }
    /** Probes the builders regularly until `close`. */
    watch() {
        watchBuilders(() => this.refresh(), this.#effects, this.#stopped.signal);
    }
    /** Stops watching, and closes all connections. */
    async close() {
        this.#stopped.abort();
        for (const { connection } of this.#members)
            connection?.close();
        await this.#written.catch(() => undefined);
    }
    /** Brings the members in line with the builders that exist now. */
    async #discover() {
        const { discover } = this.#effects;
        if (discover === undefined)
            return;
        const targets = await discover();
        const aliasOf = ({ builder }) => builder.alias;
        const listed = new Map(targets.map((target) => [aliasOf(target), target]));
        for (const member of this.#members.filter(({ isDiscovered }) => isDiscovered)) {
            const target = listed.get(aliasOf(member.target));
            member.isListed = target !== undefined;
            if (target !== undefined)
                member.target = target;
            else
                this.#leave(member);
        }
        const known = new Set(this.#members.map(({ target }) => aliasOf(target)));
        this.#members = [
            ...this.#members.filter(({ isListed, wasUsable }) => isListed || wasUsable),
            ...targets.filter((target) => !known.has(aliasOf(target))).map((target) => createMember(target, true)),
        ];
    }
    #leave(member) {
        const { builder } = member.target;
        const { connection } = member;
        member.connection = undefined;
        connection?.close();
        this.#set(member, {
            state: "dropped",
            builder,
            code: "BUILDER_UNREACHABLE",
            reason: `${builder.host}: the builder is gone`,
            hint: "It is used again when it comes back.",
        });
    }
    /** Runs at most one probe of a builder at a time. */
    #probe(member) {
        if (!member.isListed)
            return Promise.resolve();
        // A builder without a pinned host key gets none during the run, so it is probed only once.
        if (member.target.unpinnedHost !== undefined && member.status !== undefined)
            return Promise.resolve();
        member.probing ??= this.#probeOnce(member).finally(() => {
            member.probing = undefined;
        });
        return member.probing;
    }
    async #probeOnce(member) {
        const usesSystemSsh = this.#usesSystemSsh;
        const { status, connection } = await this.#effects.probe(member.target, {
            connection: member.connection,
            hasBuildsRunning: this.#isStarted,
            usesSystemSsh,
        });
        if (connection !== undefined)
            member.connections.add(connection);
        if (this.#stopped.signal.aborted || !member.isListed) {
            connection?.close();
            return;
        }
        if (connection !== undefined && connection !== member.connection) {
            connection.onClose(() => {
                if (member.connection === connection)
                    this.#lose(member);
            });
        }
        member.connection = connection;
        // `prepareForNix` was called during the probe, so the system's ssh has to be tried too.
        if (usesSystemSsh !== this.#usesSystemSsh && (0,builder/* isUsable */.Ng)(status))
            return this.#probeOnce(member);
        this.#set(member, status);
    }
    #lose(member) {
        member.connection = undefined;
        const { builder } = member.target;
        this.#set(member, {
            state: "dropped",
            builder,
            code: "BUILDER_UNREACHABLE",
            reason: `${builder.host}: the connection to the builder was lost`,
            hint: "Check that the builder is running and can be reached.",
        });
    }
    #set(member, status) {
        const before = member.status;
        member.status = status;
        member.wasUsable ||= (0,builder/* isUsable */.Ng)(status);
        if (!this.#isStarted || this.#stopped.signal.aborted)
            return;
        const { log, clock, emit } = this.#effects;
        const wasUsable = before !== undefined && (0,builder/* isUsable */.Ng)(before);
        if ((0,builder/* isUsable */.Ng)(status) !== wasUsable) {
            const reason = status.state === "ready" ? "" : status.reason;
            this.#changes.push({ builder: status.builder, atMs: clock.nowMs(), state: status.state, reason });
            emit({ event: "builder-changed", uri: (0,builder/* displayName */.QC)(status.builder), state: status.state, reason });
            if (wasUsable)
                log.warning(`builder dropped: ${reason}`);
            else
                log.info(`builder ${status.builder.host} is usable now${reason === "" ? "" : `: ${reason}`}`);
        }
        this.#write().catch((error) => {
            log.warning(`could not write the machines file: ${(0,action_error/* renderError */.vr)(error)}`);
        });
    }
    #hasMachinesFile() {
        return this.#members.length > 0 || this.#effects.discover !== undefined;
    }
    /** Writes one file after the other, so that the last one has the latest state. */
    #write() {
        // Without builders there is no such file, and after `close` the run's folder may be gone.
        if (!this.#hasMachinesFile() || this.#stopped.signal.aborted)
            return Promise.resolve();
        this.#written = this.#written
            .catch(() => undefined)
            .then(() => (0,files/* writeFileAtomically */.lo)(this.#effects.machinesFile, (0,machines_file/* renderMachines */.p)((0,degraded_weights/* applyDegradedWeights */.u)(this.statuses))));
        return this.#written;
    }
}
const TICK_MS = 20;
function createMember(target, isDiscovered) {
    return {
        target,
        isDiscovered,
        isListed: true,
        wasUsable: false,
        status: undefined,
        connection: undefined,
        connections: new Set(),
        probing: undefined,
    };
}
/**
 * The status of a builder that was usable and still exists, such as a pod that ends or starts anew. One that
 * answers and is unfit, such as one with a full disk, is not waited for.
 */
function findReturning({ target, isDiscovered, isListed, wasUsable, status }, system) {
    if (!isDiscovered || !isListed || !wasUsable || status?.state !== "dropped")
        return [];
    const mayReturn = status.code === "BUILDER_UNREACHABLE" || target.refusal?.code === "BUILDER_UNFIT";
    return mayReturn && status.builder.systems.includes(system) ? [status] : [];
}
function unanswered(builder) {
    return {
        state: "dropped",
        builder,
        code: "BUILDER_UNREACHABLE",
        reason: `${builder.host}: no answer yet, while other builders have answered`,
        hint: "The builder joins when it answers. Check that it is running.",
    };
}

// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(57075);
// EXTERNAL MODULE: ./src/model/shell.ts
var shell = __webpack_require__(843);
// EXTERNAL MODULE: ./src/platform/debug-log.ts
var debug_log = __webpack_require__(11043);
// EXTERNAL MODULE: ./src/platform/log.ts
var log = __webpack_require__(74425);
// EXTERNAL MODULE: ./src/ssh/connection.ts + 1 modules
var ssh_connection = __webpack_require__(15731);
;// CONCATENATED MODULE: ./src/builders/facts.ts


const BEGIN = "cross-build-probe";
const END = "cross-build-probe-end";
const MAX_FACTS = 1_000;
const MAX_FACT_CHARACTERS = 2_000;
/**
 * The part of a probe that runs on the builder before Nix answers: POSIX sh with few tools, since a builder
 * may be a minimal image. Prints `key=value` lines; facts that cannot be found are empty or missing.
 */
const SCRIPT = `
LC_ALL=C; export LC_ALL
echo ${BEGIN}
echo "cpus=$(nproc 2>/dev/null)"
{ read -r load _ < /proc/loadavg && echo "load=$load"; } 2>/dev/null
df -Pk /nix/store 2>/dev/null | { read -r _; read -r _ _ _ free _; echo "free-kib=$free"; }
[ -e /run/cross-build/draining ] && echo draining=1
# Nix makes a socket in this folder, and removes it, each time that it collects garbage.
collected=$(stat -c %Y /nix/var/nix/gc-socket 2>/dev/null) &&
  echo "collected-ago=$(($(date +%s) - collected))"
for file in /proc/sys/fs/binfmt_misc/qemu-*; do
  { read -r state < "$file" && echo "binfmt=\${file##*/qemu-} $state"; } 2>/dev/null
done
nix="nix --extra-experimental-features nix-command"
{ $nix show-config 2>/dev/null || $nix config show 2>/dev/null; } | while read -r key _ value; do
  case $key in system|extra-platforms|system-features|max-jobs|sandbox) echo "conf.$key=$value" ;; esac
done
echo ${END}
`;
/** The command line of a probe, for any login shell: it prints the facts and then runs `program`. */
function renderProbeCommand(program) {
    return (0,shell/* renderShellCommand */.c)(["/bin/sh", "-c", `${SCRIPT}exec ${(0,shell/* renderShellCommand */.c)(program)}`]);
}
/**
 * Splits the output of a probe into the facts and the rest. Without facts, for example behind a forced
 * command, all of it is the rest. Undefined while the facts are incomplete.
 */
function splitAnswer(output) {
    const begin = output.subarray(0, BEGIN.length + 1);
    const expected = Buffer.from(`${BEGIN}\n`).subarray(0, begin.length);
    if (!begin.equals(expected))
        return { facts: new Map(), rest: output };
    const end = output.indexOf(`\n${END}\n`);
    if (end === -1)
        return undefined;
    const facts = new Map();
    for (const line of output.subarray(0, end).toString("utf8").split("\n", MAX_FACTS)) {
        const [, key, value] = /^([a-z.-]+)=(.*)$/.exec(line) ?? [];
        if (key === undefined || value === undefined)
            continue;
        const values = facts.get(key) ?? [];
        values.push((0,log/* sanitizeText */.jZ)(value.slice(0, MAX_FACT_CHARACTERS)));
        facts.set(key, values);
    }
    return { facts, rest: output.subarray(end + END.length + 2) };
}
/** The facts of a builder, from the lines that it printed and from the answer of its Nix. */
function parseFacts(lines, nix) {
    const text = (key) => lines.get(key)?.[0]?.trim() ?? "";
    const number = (key) => (/^[0-9]+(?:\.[0-9]+)?$/.test(text(key)) ? Number(text(key)) : undefined);
    const words = (key) => text(key)
        .split(/\s+/)
        .filter((word) => word !== "");
    const own = text("conf.system");
    const systems = own === "" ? undefined : [...new Set([own, ...words("conf.extra-platforms")])];
    const emulated = (lines.get("binfmt") ?? [])
        .filter((line) => line.endsWith(" enabled"))
        .map((line) => `${line.split(" ")[0] ?? ""}-linux`);
    const freeKib = number("free-kib");
    return {
        ...nix,
        systems,
        emulatedSystems: emulated,
        features: lines.has("conf.system-features") ? words("conf.system-features") : undefined,
        isSandboxed: lines.has("conf.sandbox") ? text("conf.sandbox") !== "false" : undefined,
        maxJobs: number("conf.max-jobs"),
        cpus: number("cpus"),
        load: number("load"),
        collectedAgoS: number("collected-ago"),
        freeBytes: freeKib === undefined ? undefined : freeKib * 1024,
        isDraining: text("draining") === "1",
    };
}

// EXTERNAL MODULE: ./src/nix-protocol/handshake.ts
var nix_protocol_handshake = __webpack_require__(40699);
// EXTERNAL MODULE: ./src/model/count.ts
var count = __webpack_require__(47302);
;// CONCATENATED MODULE: ./src/builders/assess.ts

const GIB = 1 << 30;
/** Below this, a build is likely to fill the disk. */
const LITTLE_SPACE_BYTES = 5 * GIB;
/** Below this, not even the inputs of a build fit. */
const NO_SPACE_BYTES = 128 * (1 << 20);
/** A builder with a higher load average per CPU counts as busy. */
const HIGH_LOAD = 2;
/**
 * Assesses a builder by its own facts. It keeps only the systems and features of its line that it really
 * offers. If the line does not give a number of slots, it gets as many as its Nix has. A builder is dropped
 * if it builds for no system of its line, is draining, has no disk space left, or does not trust its user.
 * The load average is ignored while our own builds run there.
 */
function assessBuilder(given, facts, { probeMs, hasBuildsRunning }) {
    const drop = (code, reason, hint) => ({
        state: "dropped",
        builder: given,
        code,
        reason: `${given.host}: ${reason}`,
        hint,
    });
    const { systems, features, freeBytes, isDraining, isTrusted } = facts;
    if (isTrusted === false) {
        return drop("BUILDER_DENIED", "the builder's Nix does not trust the SSH user", "Add the user to trusted-users in the builder's nix.conf.");
    }
    if (isDraining)
        return drop("BUILDER_UNFIT", "the builder is draining", "The builder accepts builds again when /run/cross-build/draining is removed.");
    const offered = given.systems.filter((system) => systems?.includes(system) ?? true);
    if (offered.length === 0) {
        return drop("BUILDER_UNFIT", `the builder's Nix builds for ${systems?.join(", ") ?? "nothing"}, ` +
            `but the input builders says ${given.systems.join(", ")}`, "Correct the second field of its line in builders, or extra-platforms in the builder's nix.conf.");
    }
    if (freeBytes !== undefined && freeBytes < NO_SPACE_BYTES) {
        return drop("BUILDER_UNFIT", `the builder's store has only ${renderMib(freeBytes)} left`, "Collect garbage on the builder: nix-collect-garbage -d.");
    }
    const isOffered = (feature) => features?.includes(feature) ?? true;
    const builder = {
        ...given,
        systems: offered,
        // max-jobs is 0 on a machine whose Nix passes all builds on to other builders.
        maxJobs: given.maxJobs ?? Math.max(1, facts.maxJobs ?? 1),
        supportedFeatures: given.supportedFeatures.filter(isOffered),
    };
    const complaints = listComplaints(given, builder, hasBuildsRunning ? { ...facts, load: undefined } : facts);
    if (complaints.length === 0)
        return { state: "ready", builder, facts, probeMs };
    return {
        state: "degraded",
        builder,
        facts,
        probeMs,
        reason: `${given.host}: the builder ${complaints.map(([what]) => what).join("; ")}`,
        hint: complaints.map(([, hint]) => hint).join(" "),
    };
}
function listComplaints(given, builder, { freeBytes, load, cpus, isSandboxed, emulatedSystems, systems }) {
    const emulated = builder.systems.filter((system) => emulatedSystems.includes(system));
    const lackingSystems = given.systems.filter((system) => !builder.systems.includes(system));
    const lackingFeatures = given.supportedFeatures.filter((name) => !builder.supportedFeatures.includes(name));
    const busy = load !== undefined && cpus !== undefined && cpus > 0 && load / cpus > HIGH_LOAD;
    return [
        ...(emulated.length === 0
            ? []
            : [[`emulates ${emulated.join(", ")}`, "Emulated builds take about ten times as long."]]),
        ...(lackingSystems.length === 0
            ? []
            : [
                [
                    `builds for ${systems?.join(", ") ?? ""}, not for ${lackingSystems.join(", ")}`,
                    "Correct the second field of its line in builders.",
                ],
            ]),
        ...(lackingFeatures.length === 0
            ? []
            : [
                [
                    `does not offer ${lackingFeatures.join(", ")}`,
                    "Add them to system-features in the builder's nix.conf, or remove them from its line.",
                ],
            ]),
        ...(freeBytes !== undefined && freeBytes < LITTLE_SPACE_BYTES
            ? [[`has only ${renderMib(freeBytes)} left in its store`, "Collect garbage on the builder."]]
            : []),
        ...(busy
            ? [[`has a load average of ${load} on ${(0,count/* countOf */.pq)(cpus, "CPU")}`, "Other work is using it."]]
            : []),
        ...(isSandboxed === false
            ? [["builds without a sandbox", "Set sandbox = true in the builder's nix.conf."]]
            : []),
    ];
}
function renderMib(bytes) {
    return `${Math.round(bytes / (1 << 20))} MiB`;
}

// EXTERNAL MODULE: ./src/ssh/host-key.ts
var host_key = __webpack_require__(95748);
;// CONCATENATED MODULE: ./src/ssh/errors.ts


/** The messages of `ssh -v` without the lines that `-v` adds. */
function withoutDebug(stderr) {
    return stderr
        .split("\n")
        .filter((line) => !/^(?:debug\d: |OpenSSH_\d|Authenticated to |Transferred: |Bytes per second: )/.test(line))
        .join("\n");
}
/** Finds out from its stderr why the system's ssh could not connect to a builder. */
function explainSsh(stderr) {
    const output = (0,log/* sanitizeText */.jZ)(stderr);
    const failure = (code, reason, hint) => new action_error/* ActionError */.lZ(code, reason, { hint });
    if (output.includes("REVOKED HOST KEY DETECTED")) {
        return failure("BUILDER_HOST_KEY", "the host key, or the CA key that signed it, is revoked in ssh-known-hosts", "Create a new host key on the builder, and pin that one in ssh-known-hosts.");
    }
    if (/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/.test(output)) {
        return failure("BUILDER_HOST_KEY", "the host key does not match ssh-known-hosts", "Check the key on the builder before you change anything: this may be an attack.");
    }
    // What our own proxy command says; ssh itself only sees that it has ended.
    const proxy = /^cross-build: (.+)$/m.exec(output)?.[1];
    if (proxy !== undefined) {
        return failure("BUILDER_UNREACHABLE", proxy, "Check that the pod is running, and the cluster's API server.");
    }
    // A jump host may have refused the key instead: ssh names the host that did.
    const [account, refusal] = output.split(": Permission denied (", 2);
    if (refusal !== undefined) {
        return failure("BUILDER_DENIED", `${lastWord(account)} refused the SSH key`, "Add the public half of ssh-private-key to that user's authorized_keys. " +
            "A certificate in ssh-config must name the user and be for this key.");
    }
    const cause = /Connection refused|Connection reset|Connection closed|Connection timed out|No route to host|kex_exchange_identification|Could not resolve hostname[^|\n]*/.exec(output)?.[0];
    return failure("BUILDER_UNREACHABLE", cause ?? lastLine(output), "Check host, port and network, and that the builder is running.");
}
/** The last line of a text, or the last 300 characters of a longer one. */
function lastLine(text) {
    return (0,log/* sanitizeText */.jZ)(text).trim().split("\n").at(-1)?.trim().slice(-300) ?? "";
}
function lastWord(text = "") {
    return text.slice(-300).split(/\s/).at(-1) ?? "";
}

;// CONCATENATED MODULE: ./src/builders/probe.ts












const RETRY_DELAY_MS = 300;
const MAX_ANSWER_BYTES = 1 << 20;
/** How often an address with an unknown host key is asked again, to detect several machines behind it. */
const MORE_LOOKS = 2;
/**
 * Asks a builder for its facts and for Nix's handshake in one ssh2 session. If Nix will open its own
 * connections, repeats the handshake through the system's ssh, which Nix uses. Reuses the connection of an
 * earlier probe. A builder that does not answer in time, denies access or cannot build is dropped with the
 * reason; that is not an error. Rejects with `CANCELLED`.
 */
async function probeBuilder(target, known, effects) {
    const { builder, direct, unpinnedHost, refusal, revokedKeys } = target;
    const { clock, timeoutMs } = effects;
    const startMs = clock.nowMs();
    const remainingMs = () => Math.max(1, timeoutMs - (clock.nowMs() - startMs));
    let connection = known.connection?.isOpen() === true ? known.connection : undefined;
    try {
        if (refusal !== undefined)
            throw refusal;
        const program = (0,nix_protocol_handshake/* renderRemoteProgram */.n$)(builder);
        if (unpinnedHost !== undefined) {
            throw await retryOnce(() => explainUnpinnedHost(unpinnedHost, revokedKeys, remainingMs), clock, remainingMs);
        }
        const askAll = async () => {
            const seen = [];
            const onHostKey = (key) => seen.push(key);
            if (direct === undefined) {
                return askBySystem(builder, { command: renderProbeCommand(program), timeoutMs: remainingMs() }, effects);
            }
            // With a jump host, ssh reports the key of the jump host first.
            const onSystemHostKey = direct.jumpAlias === undefined ? onHostKey : undefined;
            const isBySystem = known.usesSystemSsh || direct.jumpAlias !== undefined;
            const bySystem = isBySystem
                ? askBySystem(builder, { command: (0,shell/* renderShellCommand */.c)(program), timeoutMs: remainingMs(), onHostKey: onSystemHostKey }, effects)
                : undefined;
            // Avoid an unhandled rejection if the direct probe fails first.
            bySystem?.catch(() => undefined);
            try {
                if (connection?.isOpen() === true)
                    onHostKey(connection.hostKey);
                else
                    connection = await probe_open(direct, effects, remainingMs(), onHostKey);
                const askOver = (by) => askDirectly(builder, by, { command: renderProbeCommand(program), timeoutMs: remainingMs() }, clock);
                const answer = await askOver(connection).catch(async (error) => {
                    // Our own builds use all sessions of the connection, so probe over another one.
                    if (known.connection === undefined || !(0,ssh_connection/* isCrowded */.lB)(error))
                        throw error;
                    const other = await probe_open(direct, effects, remainingMs(), onHostKey);
                    return askOver(other).finally(other.close);
                });
                await bySystem;
                throwIfAny((0,host_key/* findLoadBalancer */.UP)(seen));
                return answer;
            }
            catch (error) {
                // Only the system's ssh knows what failed at the jump host, so its error comes first.
                if (direct.jumpAlias !== undefined)
                    await bySystem;
                if (direct.jumpAlias === undefined && isHostKeyError(error)) {
                    await bySystem?.catch(() => undefined);
                    if (direct.openSocket === undefined)
                        await lookAgain(direct, seen, remainingMs);
                }
                throwIfAny((0,host_key/* findLoadBalancer */.UP)(seen));
                throw error;
            }
        };
        const { facts, handshake } = await retryOnce(() => (0,debug_log/* logExchange */.m)(builder.host, "ask for its facts and Nix's handshake", effects, askAll), clock, remainingMs);
        const probeMs = clock.nowMs() - startMs;
        const status = assessBuilder(builder, parseFacts(facts, handshake), {
            probeMs,
            hasBuildsRunning: known.hasBuildsRunning,
        });
        return keepIfUsable(status, connection);
    }
    catch (error) {
        if (!(error instanceof action_error/* ActionError */.lZ) || (0,action_error/* isCancelled */.mm)(error)) {
            connection?.close();
            throw error;
        }
        const { code, message, hint } = error;
        const status = { state: "dropped", builder, code, reason: `${builder.host}: ${message}`, hint };
        return keepIfUsable(status, connection);
    }
}
/** Connects through ssh2. The system's ssh verifies a jump host, and forwards the connection through it. */
async function probe_open(direct, { openProcess, sshOptions, clock, log }, timeoutMs, onHostKey) {
    const { jumpAlias, openSocket, host, port } = direct;
    return (0,debug_log/* logExchange */.m)(host, "connect by ssh", { clock, log }, async () => {
        const socket = jumpAlias === undefined
            ? await openSocket?.(timeoutMs)
            : openProcess("ssh", [...sshOptions, "-W", `[${host}]:${port}`, jumpAlias]);
        return (0,ssh_connection/* connect */.Ng)(direct, { timeoutMs, onHostKey, socket }, clock);
    });
}
function isHostKeyError(error) {
    return error instanceof action_error/* ActionError */.lZ && error.code === "BUILDER_HOST_KEY";
}
function throwIfAny(error) {
    if (error !== undefined)
        throw error;
}
/** Asks for the host key again: if another one is presented, several machines share the address. */
async function lookAgain(address, seen, remainingMs) {
    try {
        for (let looks = 0; looks < MORE_LOOKS && (0,host_key/* findLoadBalancer */.UP)(seen) === undefined; looks++) {
            seen.push((0,host_key/* describeHostKey */.RS)(await (0,ssh_connection/* askHostKey */.Dg)(address, remainingMs())));
        }
    }
    catch {
        // The keys that were seen before are enough.
    }
}
/** The reason to drop a builder because of an unpinned host, with its key if the host is reached directly. */
async function explainUnpinnedHost(host, revokedKeys, remainingMs) {
    if (host.via !== undefined)
        return (0,host_key/* explainUnpinned */.ly)(host, undefined);
    const shown = await (0,ssh_connection/* askHostKey */.Dg)(host, remainingMs());
    if (revokedKeys.some((key) => key.split(" ")[1] === shown.toString("base64"))) {
        return (0,host_key/* explainRevoked */.GH)((0,host_key/* describeHostKey */.RS)(shown));
    }
    const seen = [(0,host_key/* describeHostKey */.RS)(shown)];
    await lookAgain(host, seen, remainingMs);
    return (0,host_key/* findLoadBalancer */.UP)(seen) ?? (0,host_key/* explainUnpinned */.ly)(host, shown);
}
function keepIfUsable(status, connection) {
    if ((0,builder/* isUsable */.Ng)(status))
        return { status, connection };
    connection?.close();
    return { status, connection: undefined };
}
/** Retries once, since sshd drops connections at random while too many are logging in (MaxStartups). */
async function retryOnce(ask, clock, remainingMs) {
    try {
        return await ask();
    }
    catch (error) {
        const isTransient = error instanceof action_error/* ActionError */.lZ &&
            error.code === "BUILDER_UNREACHABLE" &&
            /reset|closed|lost before handshake|kex_exchange/i.test(error.message);
        if (!isTransient || remainingMs() <= RETRY_DELAY_MS)
            throw error;
        await clock.sleep(RETRY_DELAY_MS);
        return ask();
    }
}
async function askDirectly(builder, connection, question, clock) {
    const input = (0,nix_protocol_handshake/* renderHello */.fw)(builder.protocol);
    const isWhole = (bytes) => isComplete(builder, bytes);
    const { stdout, stderr } = await (0,ssh_connection/* ask */.kA)(connection, { ...question, input, isComplete: isWhole }, clock);
    return readAnswer(builder, stdout, stderr);
}
async function askBySystem(builder, { command, timeoutMs, onHostKey }, { runSsh, sshOptions }) {
    const input = new external_node_stream_.PassThrough();
    input.write((0,nix_protocol_handshake/* renderHello */.fw)(builder.protocol));
    let stdout = Buffer.alloc(0);
    try {
        // Only with -v does ssh print the host key that was presented to it.
        const output = await runSsh("ssh", [...sshOptions, "-v", "-T", builder.alias, "--", command], {
            timeoutMs,
            input,
            expectedExitCodes: "any",
            onStdoutBytes: (bytes) => {
                if (stdout.length > MAX_ANSWER_BYTES)
                    return;
                stdout = Buffer.concat([stdout, bytes]);
                if (stdout.length > MAX_ANSWER_BYTES || isComplete(builder, stdout))
                    input.end();
            },
        });
        const shown = (0,host_key/* readShownHostKey */.RR)(output.stderr);
        if (shown !== undefined)
            onHostKey?.(shown);
        const stderr = withoutDebug(output.stderr);
        if (output.exitCode === SSH_FAILED && stdout.length === 0)
            throw explainSsh(stderr);
        return readAnswer(builder, stdout, stderr);
    }
    catch (error) {
        if (error instanceof action_error/* ActionError */.lZ && error.code === "COMMAND_TIMEOUT") {
            throw new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", `no answer within ${timeoutMs / 1000} s`, {
                hint: "Check that the builder is running, or raise builder-timeout.",
            });
        }
        throw error;
    }
    finally {
        input.end();
    }
}
/** The exit code of ssh's own failures. @see ssh(1), "EXIT STATUS" */
const SSH_FAILED = 255;
function isComplete({ protocol }, stdout) {
    const answer = splitAnswer(stdout);
    return answer !== undefined && (0,nix_protocol_handshake/* parseHandshake */.Vu)(protocol, answer.rest).state !== "incomplete";
}
function readAnswer({ protocol }, stdout, stderr) {
    const { facts, rest } = splitAnswer(stdout) ?? {
        facts: new Map(),
        rest: Buffer.alloc(0),
    };
    const handshake = (0,nix_protocol_handshake/* parseHandshake */.Vu)(protocol, rest);
    if (handshake.state === "answered")
        return { facts, handshake };
    if (handshake.state === "noise") {
        throw new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", `the builder's shell prints ${JSON.stringify((0,log/* sanitizeText */.jZ)(handshake.said).slice(0, 100))} ` +
            "before Nix answers", { hint: "Give the user a real login shell that prints nothing in non-interactive sessions." });
    }
    const said = lastLine(stderr);
    if (/not found|No such file/i.test(said)) {
        throw new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", `the builder has no Nix on its PATH: ${said}`, {
            hint: "Add ?remote-program=/nix/var/nix/profiles/default/bin/nix-daemon to the builder's URI, " +
                "or put Nix on the user's PATH.",
        });
    }
    throw new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", `ssh works, but the builder's Nix does not answer${said === "" ? "" : `: ${said}`}`, { hint: "Check the Nix daemon on the builder: systemctl status nix-daemon." });
}

;// CONCATENATED MODULE: ./src/builders/create-pool.ts


/** The pool of the configured builders, which are not probed yet. It is empty if none are configured. */
function createPool(configuration, { isThroughDaemon, timeoutMs, changing }, { canBecomeRoot, run, runAsRoot, openProcess, clock, log, emit }) {
    const { targets = [], machinesFile = "", sshOptions } = configuration ?? {};
    const probe = {
        runSsh: isThroughDaemon && canBecomeRoot ? runAsRoot : run,
        sshOptions: sshOptions?.split(" ") ?? [],
        openProcess,
        clock,
        log,
        timeoutMs,
    };
    return new BuilderPool(targets, {
        probe: (target, known) => probeBuilder(target, known, probe),
        ...changing,
        machinesFile,
        clock,
        log,
        emit,
    });
}


/***/ }),

/***/ 80024:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   u: () => (/* binding */ applyDegradedWeights)
/* harmony export */ });
/* harmony import */ var _model_builder_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(71646);

/**
 * The usable builders with their weights for Nix: a degraded one gets half its slots, and half the speed of
 * the others. The others' speeds are doubled for that, since Nix before 2.20 accepts only whole numbers.
 */
function applyDegradedWeights(statuses) {
    const isMixed = statuses.some(({ state }) => state === "degraded") && statuses.some(({ state }) => state === "ready");
    return statuses
        .filter(_model_builder_js__WEBPACK_IMPORTED_MODULE_0__/* .isUsable */ .Ng)
        .map(({ state, builder }) => state === "degraded"
        ? { ...builder, maxJobs: Math.ceil((builder.maxJobs ?? 1) / 2) }
        : { ...builder, speedFactor: isMixed ? builder.speedFactor * 2 : builder.speedFactor });
}


/***/ }),

/***/ 59167:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   p: () => (/* binding */ renderMachines)
/* harmony export */ });
/* unused harmony export renderStoreUri */
/** The store URI for Nix: the alias stands for host, port, user and key. */
function renderStoreUri({ protocol, alias, query }) {
    return `${protocol}://${alias}${query}`;
}
/** The machines file, one line per builder, in a form that every version of Nix reads. */
function renderMachines(builders) {
    return builders
        .map((builder) => {
        const features = [builder.supportedFeatures, builder.mandatoryFeatures].map((list) => list.join(",") || "-");
        const numbers = [builder.maxJobs ?? 1, builder.speedFactor].map(String);
        const systems = builder.systems.join(",");
        return `${[renderStoreUri(builder), systems, "-", ...numbers, ...features, "-"].join(" ")}\n`;
    })
        .join("");
}


/***/ }),

/***/ 76573:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Dp: () => (/* binding */ returnPermits),
/* harmony export */   J7: () => (/* binding */ createPermits),
/* harmony export */   WJ: () => (/* binding */ tryTakePermit)
/* harmony export */ });
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(48161);
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_os__WEBPACK_IMPORTED_MODULE_0__);

/** Node compresses in four threads of its own. More blocks would only take up memory. */
const PARALLEL_BLOCKS = Math.min((0,node_os__WEBPACK_IMPORTED_MODULE_0__.availableParallelism)(), 4);
/** Permits that can be sent to threads. */
function createPermits(count = PARALLEL_BLOCKS) {
    return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(count);
}
/** Takes a permit. Returns whether there was one. */
function tryTakePermit(permits) {
    for (let free = Atomics.load(permits, 0); free > 0;) {
        const found = Atomics.compareExchange(permits, 0, free, free - 1);
        if (found === free)
            return true;
        free = found;
    }
    return false;
}
function returnPermits(permits, count) {
    Atomics.add(permits, 0, count);
}


/***/ }),

/***/ 69741:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   I: () => (/* binding */ filterTar),
/* harmony export */   y: () => (/* binding */ TAR_END)
/* harmony export */ });
/* harmony import */ var _tar_header_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(20262);
/* harmony import */ var _tar_reader_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(82008);


/** What every tar ends with. */
const TAR_END = Buffer.alloc(2 * _tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .BLOCK_BYTES */ .Yo);
const DROPPED = { write: () => undefined, end: () => undefined };
/**
 * Rewrites a tar, without its end. `change` decides for each entry; the raw header with its extensions is
 * valid only during the call. Reads the whole tar. Rejects with a plain Error if it is malformed.
 */
async function* filterTar(tar, change) {
    let kept = [];
    const reader = new _tar_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .TarReader */ .R((header, raw) => {
        const { before = [], isKept } = change(header, raw.bytes);
        kept.push(...before);
        if (!isKept)
            return DROPPED;
        kept.push(Buffer.from(raw.bytes));
        return {
            write: (chunk) => {
                kept.push(chunk);
            },
            end: () => {
                kept.push((0,_tar_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .paddingAfter */ .O)(header.sizeBytes));
                return undefined;
            },
        };
    });
    for await (const chunk of tar) {
        await reader.write(chunk);
        // A chunk of a big file is a single piece, which need not be copied.
        const [first, ...others] = kept;
        if (first !== undefined)
            yield others.length === 0 ? first : Buffer.concat(kept);
        kept = [];
    }
    reader.end();
}


/***/ }),

/***/ 28521:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   t: () => (/* binding */ renderPaxHeader),
/* harmony export */   u: () => (/* binding */ renderGoHeader)
/* harmony export */ });
/* harmony import */ var _ustar_block_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5950);
/**
 * The headers that Go's archive/tar writes if no format is asked for, byte for byte. Texts are Latin-1: one
 * character per byte, so that names need not be UTF-8.
 * @see https://github.com/golang/go/blob/go1.24.0/src/archive/tar/writer.go
 */

const PREFIX_BYTES = 155;
/** The keywords in the order in which Go writes their records. */
const KEYWORDS = [
    ["gid", "gid"],
    ["gname", "gname"],
    ["linkName", "linkpath"],
    ["name", "path"],
    ["sizeBytes", "size"],
    ["uid", "uid"],
    ["uname", "uname"],
];
/**
 * Renders the header of an entry: in the USTAR format, or in the PAX format if it needs an extension. Texts
 * must not contain NUL.
 */
function renderGoHeader({ type, ...entry }, owner) {
    const fields = { ...entry, ...owner, flag: _ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .TYPE_FLAGS */ .RC[type] };
    const missing = KEYWORDS.filter(([field]) => !isPlain(fields, field));
    const split = trySplitName(fields.name);
    if (missing.every(([field]) => field === "name" && split !== undefined))
        return (0,_ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .renderBlock */ .g8)({ ...fields, ...split, hasDeviceNumbers: true });
    const records = missing.map(([field, keyword]) => (0,_ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .renderPaxRecord */ .PK)(keyword, String(fields[field]))).join("");
    return Buffer.concat([
        renderPaxHeader(fields.name, records),
        (0,_ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .renderBlock */ .g8)({ ...cutFields(fields), hasDeviceNumbers: true }),
    ]);
}
/** Renders the PAX header with the records of the entry that follows. */
function renderPaxHeader(name, records) {
    return Buffer.concat([
        renderExtension(name, records.length),
        Buffer.from(records, "latin1"),
        Buffer.alloc((0,_ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .padEntry */ .S$)(records.length)),
    ]);
}
/** Whether the header itself can hold a field. */
function isPlain(fields, field) {
    if (field === "gid" || field === "uid" || field === "sizeBytes")
        return (0,_ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .fitsInField */ .Sp)(field, fields[field]);
    return (0,_ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .isAscii */ .ER)(fields[field]) && fields[field].length <= _ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .TEXT_BYTES */ .GJ[field];
}
/** A long name in the two fields of the USTAR format; undefined if it is short, or fits nowhere. */
function trySplitName(name) {
    if (name.length <= _ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .TEXT_BYTES */ .GJ.name || !(0,_ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .isAscii */ .ER)(name))
        return undefined;
    const slash = name.slice(0, PREFIX_BYTES + 1).lastIndexOf("/");
    const rest = name.length - slash - 1;
    if (slash <= 0 || rest === 0 || rest > _ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .TEXT_BYTES */ .GJ.name)
        return undefined;
    return { prefix: name.slice(0, slash), name: name.slice(slash + 1) };
}
/** The header of the records that precede an entry. */
function renderExtension(name, sizeBytes) {
    const slash = name.lastIndexOf("/") + 1;
    const file = [`${name.slice(0, slash)}PaxHeaders.0`, name.slice(slash)].filter((part) => part !== "");
    return (0,_ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .renderBlock */ .g8)({
        ...{ mode: 0, uid: 0, gid: 0, mtime: 0, uname: "", gname: "", linkName: "" },
        ...{ flag: "x", sizeBytes, hasDeviceNumbers: false },
        name: toAscii(file.join("/")).slice(0, _ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .TEXT_BYTES */ .GJ.name).replace(/\/+$/, ""),
    });
}
/** What the header itself says beside its records: the start of texts, and zero for numbers. */
function cutFields(fields) {
    const [name, linkName, uname, gname] = ["name", "linkName", "uname", "gname"].map((field) => cutText(toAscii(fields[field]), _ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .TEXT_BYTES */ .GJ[field]));
    const [uid, gid, sizeBytes] = ["uid", "gid", "sizeBytes"].map((field) => (0,_ustar_block_js__WEBPACK_IMPORTED_MODULE_0__/* .fitsInField */ .Sp)(field, fields[field]) ? fields[field] : 0);
    return { ...fields, name, linkName, uname, gname, uid, gid, sizeBytes };
}
/** Some readers take a file for a folder if its name is cut off after a slash, so Go ends it before. */
function cutText(text, length) {
    const cut = text.slice(0, length);
    if (text.length <= length || !cut.endsWith("/"))
        return cut;
    const end = cut.replace(/\/+$/, "").length;
    return `${cut.slice(0, end)}\0${cut.slice(end + 1)}`;
}
/** Go leaves out what is not ASCII. */
function toAscii(latin1) {
    return latin1.replace(/[\x80-\xff]+/g, "");
}


/***/ }),

/***/ 46390:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   d: () => (/* binding */ readLayerTar)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(73024);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(57075);
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_stream__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(46466);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_2___default = /*#__PURE__*/__webpack_require__.n(node_stream_promises__WEBPACK_IMPORTED_MODULE_2__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(22714);
/* harmony import */ var _model_image_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(71444);
/* harmony import */ var _model_media_type_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(22570);
/* harmony import */ var _layer_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(65613);







/**
 * The tar of a layer. Rejects with `GATE_MISMATCH` at its end if the bytes do not have the layer's digest, or
 * the tar is not the one with `diffId`, if that is given.
 */
async function* readLayerTar({ mediaType, digest, ...blob }, diffId) {
    const source = await (0,_model_image_js__WEBPACK_IMPORTED_MODULE_6__/* .readySource */ .pM)(blob);
    const compressed = (0,_layer_js__WEBPACK_IMPORTED_MODULE_5__/* .createHashing */ .tR)();
    const uncompressed = (0,_layer_js__WEBPACK_IMPORTED_MODULE_5__/* .createHashing */ .tR)();
    const compression = _model_media_type_js__WEBPACK_IMPORTED_MODULE_4__/* .LAYER_TYPES */ .m2[mediaType];
    const bytes = "file" in source ? (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.createReadStream)(source.file) : node_stream__WEBPACK_IMPORTED_MODULE_1__.Readable.from([source.bytes]);
    const tar = new node_stream__WEBPACK_IMPORTED_MODULE_1__.PassThrough();
    const read = (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_2__.pipeline)(node_stream__WEBPACK_IMPORTED_MODULE_1__.Readable.from(compressed.pass(bytes)), (0,_layer_js__WEBPACK_IMPORTED_MODULE_5__/* .createDecompress */ .A2)(compression === "none" ? undefined : compression), tar);
    // Avoid an unhandled rejection: reading `tar` fails with the same error.
    read.catch(() => undefined);
    if (diffId === undefined)
        yield* tar;
    else
        yield* uncompressed.pass(tar);
    await read;
    requireDigest(`the layer ${digest}`, compressed.result().digest, digest);
    if (diffId === undefined)
        return;
    requireDigest(`the tar of the layer ${digest}`, uncompressed.result().digest, diffId);
}
function requireDigest(what, found, wanted) {
    if (found === wanted)
        return;
    throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_3__/* .ActionError */ .lZ("GATE_MISMATCH", `${what} has the digest ${found}, not ${wanted}`, {
        hint: "Something has changed the files of this run. Make sure that nothing else writes there, and retry.",
    });
}


/***/ }),

/***/ 88694:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ic: () => (/* binding */ WHITEOUT),
/* harmony export */   N3: () => (/* binding */ VisiblePaths),
/* harmony export */   ej: () => (/* binding */ OPAQUE),
/* harmony export */   uT: () => (/* binding */ listFolders),
/* harmony export */   w3: () => (/* binding */ UnmergeableError)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _tar_header_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(20262);


/** The layers of an image cannot be merged, since engines might show something else. */
class UnmergeableError extends Error {
}
/** The beginning of the name of an entry that removes something from the layers below. */
const WHITEOUT = ".wh.";
/** The entry that hides what the layers below have in its folder. */
const OPAQUE = ".wh..wh..opq";
/**
 * Decides which entries of an image's layers a container shows. It reads the entries of the uppermost layer
 * first, then those of the layer below it, and so on. The audit (see `FileTree`) must have passed the image:
 * then engines show the same files. `shows` throws `UnmergeableError` where they may differ in something
 * else, such as the mode of a folder. Paths are Latin-1.
 * @see https://github.com/opencontainers/image-spec/blob/main/layer.md
 */
class VisiblePaths {
    /** Paths for which an upper layer has an entry, or which it removes. */
    #decided = new Set();
    /** Paths below which nothing of a lower layer is visible. */
    #closed = new Set();
    /** Folders that an upper layer has files in, but no entry for. */
    #implied = new Set();
    #layer = startLayer();
    /** Whether an entry of this layer is in the container. A whiteout never is. */
    shows({ name, type, linkName }) {
        const path = node_path__WEBPACK_IMPORTED_MODULE_0__.posix.resolve("/", name);
        const own = this.#layer;
        const [folder, base] = [node_path__WEBPACK_IMPORTED_MODULE_0__.posix.dirname(path), node_path__WEBPACK_IMPORTED_MODULE_0__.posix.basename(path)];
        // Some engines remove what they have unpacked in such a folder, and others keep it.
        if (base === OPAQUE && own.folders.has(folder))
            throw new UnmergeableError(`a layer hides ${(0,_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .showPath */ .P8)(folder)} after it has put files there`);
        for (const above of listFolders(path))
            own.folders.add(above);
        const isHidden = this.#isHidden(path);
        if (base.startsWith(WHITEOUT)) {
            if (base === OPAQUE)
                own.closed.add(folder);
            else
                own.replaced.add(node_path__WEBPACK_IMPORTED_MODULE_0__.posix.join(folder, base.slice(WHITEOUT.length)));
            return false;
        }
        if (type === "folder")
            own.listed.add(path);
        else
            own.replaced.add(path);
        // A link's header also sets the mode and the owner of its file.
        if (type === "hard-link" && own.shown.has(node_path__WEBPACK_IMPORTED_MODULE_0__.posix.resolve("/", linkName)) === isHidden)
            throw new UnmergeableError(`an upper layer replaces one of ${(0,_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .showPath */ .P8)(path)} and what it is linked to`);
        if (isHidden)
            return false;
        // Some engines give the folder the mode of the lower layer's entry, and others a default.
        if (this.#implied.has(path))
            throw new UnmergeableError(`an upper layer has files in ${(0,_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .showPath */ .P8)(path)}, but no entry for it`);
        // Engines refuse a tar that has a path twice.
        if (own.shown.has(path))
            throw new UnmergeableError(`a layer has ${(0,_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .showPath */ .P8)(path)} twice`);
        own.shown.add(path);
        return true;
    }
    /** Continues with the layer below. */
    descend() {
        const { listed, replaced, closed, folders } = this.#layer;
        for (const path of folders)
            if (path !== "/" && !listed.has(path))
                this.#implied.add(path);
        for (const path of [...listed, ...replaced])
            this.#decided.add(path);
        for (const path of [...closed, ...replaced])
            this.#closed.add(path);
        this.#layer = startLayer();
    }
    #isHidden(path) {
        return this.#decided.has(path) || listFolders(path).some((folder) => this.#closed.has(folder));
    }
}
/** What one layer has. */
function startLayer() {
    const paths = () => new Set();
    return {
        /** Folders with an entry. */
        listed: paths(),
        /** Paths that have something else than a folder, or are removed. */
        replaced: paths(),
        /** Folders whose lower content is hidden. */
        closed: paths(),
        /** Folders that contain an entry. */
        folders: paths(),
        /** Entries that are in the container. */
        shown: paths(),
    };
}
/** The folders that contain a path, from the root down. */
function listFolders(path) {
    const folders = path === "/" ? [] : ["/"];
    for (let end = path.indexOf("/", 1); end !== -1; end = path.indexOf("/", end + 1))
        folders.push(path.slice(0, end));
    return folders;
}


/***/ }),

/***/ 2436:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   GC: () => (/* binding */ explainRefusal),
/* harmony export */   HZ: () => (/* binding */ connectionOptions),
/* harmony export */   cR: () => (/* binding */ explainConnection),
/* harmony export */   kv: () => (/* binding */ watchApi),
/* harmony export */   o0: () => (/* binding */ forbidden),
/* harmony export */   wk: () => (/* binding */ askApi),
/* harmony export */   yR: () => (/* binding */ readText)
/* harmony export */ });
/* harmony import */ var node_https__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(44708);
/* harmony import */ var node_https__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_https__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(22714);
/* harmony import */ var _platform_log_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(74425);



/** No answer that is needed here is larger. */
const MAX_ANSWER_BYTES = 32 << 20;
const CHECK_SERVER = "Check the server in kubeconfig, and that this runner can reach it.";
/** The options of a request or a WebSocket to the API server. */
function connectionOptions({ ca, tlsServerName, proxies, credential }) {
    const { token, cert, key } = credential;
    return {
        agent: new node_https__WEBPACK_IMPORTED_MODULE_0__.Agent({
            proxyEnv: proxies,
            rejectUnauthorized: true,
            ...(ca !== undefined && { ca }),
            ...(cert !== undefined && { cert }),
            ...(key !== undefined && { key }),
            ...(tlsServerName !== undefined && { servername: tlsServerName }),
        }),
        ...(tlsServerName !== undefined && { servername: tlsServerName }),
        headers: {
            "user-agent": "cross-build",
            ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
    };
}
/**
 * Sends a request, and returns its answer as a JSON value; undefined if there is no such resource. Rejects
 * with `BUILDER_UNREACHABLE`, and with `BUILDER_DENIED` if the user is unknown or may not do that.
 */
async function askApi(access, apiRequest) {
    const { status, text } = await withConnection(access, apiRequest.signal, async () => {
        const answer = await sendRequest(access, apiRequest);
        return { status: answer.statusCode ?? 0, text: await readText(answer) };
    });
    if (status === 404)
        return undefined;
    if (status >= 300)
        throw explainRefusal(access, { status, text });
    try {
        return JSON.parse(text);
    }
    catch (cause) {
        throw unreachable(`${hostOf(access)} answers, but not as an API server`, CHECK_SERVER, cause);
    }
}
/**
 * Watches resources: yields each event until the server ends the answer. Rejects as `askApi` does.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
async function* watchApi(access, path, signal) {
    const answer = await withConnection(access, signal, () => sendRequest(access, { method: "GET", path, signal }));
    const { statusCode: status = 0 } = answer;
    if (status >= 300)
        throw explainRefusal(access, { status, text: await readText(answer) });
    answer.setEncoding("utf8");
    let rest = "";
    // Not readline: only a loop over the stream itself closes it, and takes its error, when the caller stops.
    for await (const text of answer) {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines)
            yield JSON.parse(line);
    }
}
function sendRequest(access, { method, path, body, contentType = "application/json", signal }) {
    const { headers, ...options } = connectionOptions(access);
    const { promise, resolve, reject } = Promise.withResolvers();
    const sent = (0,node_https__WEBPACK_IMPORTED_MODULE_0__.request)(`${access.server}${path}`, {
        ...options,
        method,
        headers: { ...headers, accept: "application/json", "content-type": contentType },
        ...(signal !== undefined && { signal }),
    }, resolve);
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    return promise;
}
/** Explains why a connection failed, or why it was given up. */
async function withConnection(access, signal, work) {
    try {
        return await work();
    }
    catch (error) {
        if ((0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .isCancelled */ .mm)(signal?.reason))
            throw signal?.reason;
        throw explainConnection(access, signal?.aborted === true ? new Error("no answer in time") : error);
    }
}
/** Reads an answer as text. */
async function readText(stream) {
    const chunks = [];
    let sizeBytes = 0;
    for await (const chunk of stream) {
        chunks.push(chunk);
        sizeBytes += chunk.length;
        if (sizeBytes > MAX_ANSWER_BYTES)
            throw new Error("the answer is too large");
    }
    return Buffer.concat(chunks).toString("utf8");
}
/** The error for a connection to the API server that could not be opened. */
function explainConnection(access, error) {
    // For a host with several addresses, the message is empty.
    const message = (0,_platform_log_js__WEBPACK_IMPORTED_MODULE_2__/* .sanitizeText */ .jZ)((0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .renderError */ .vr)(error));
    const said = message === "" ? String(error.code) : message;
    if (/certificate|altnames/i.test(said))
        return unreachable(`the certificate of the API server ${hostOf(access)} cannot be verified: ${said}`, "Set certificate-authority-data in kubeconfig to the authority of the cluster, or tls-server-name.", error);
    return unreachable(`the API server ${hostOf(access)} cannot be reached: ${said}`, CHECK_SERVER, error);
}
/** The error for an answer of the API server that is a refusal. */
function explainRefusal(access, { status, text }) {
    const said = (0,_platform_log_js__WEBPACK_IMPORTED_MODULE_2__/* .sanitizeText */ .jZ)(readMessage(text)).slice(0, 500);
    if (status === 401)
        return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ActionError */ .lZ("BUILDER_DENIED", `the API server ${hostOf(access)} does not accept the credentials of kubeconfig: ${said}`, { hint: "The token may have expired or been revoked: make a new one." });
    if (status === 403)
        return forbidden(`the API server ${hostOf(access)} refuses: ${said}`);
    return unreachable(`the API server ${hostOf(access)} answers with HTTP ${status}: ${said}`, "Check the cluster, and run again.");
}
/** The error for a user without a right. */
function forbidden(message) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ActionError */ .lZ("BUILDER_DENIED", message, {
        hint: "Bind that user to the Role *-use of the pool.",
    });
}
/** The message of a `Status`, or the text itself. Without zod, which the proxy command would wait for. */
function readMessage(text) {
    try {
        const { message } = JSON.parse(text);
        return typeof message === "string" ? message : text;
    }
    catch {
        return text;
    }
}
function hostOf({ server }) {
    return new URL(server).host;
}
function unreachable(message, hint, cause) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ActionError */ .lZ("BUILDER_UNREACHABLE", message, { hint, cause });
}


/***/ }),

/***/ 43095:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   U: () => (/* binding */ createGetCredential)
/* harmony export */ });
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(92857);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);


/** Credentials are renewed so long before they end: the proxy command of ssh uses them a while longer. */
const MARGIN_MS = 60_000;
const EXEC_LIMIT_MS = 60_000;
/** Gets credentials as kubectl does, and keeps one until it expires. */
function createGetCredential({ user }, effects) {
    let lease;
    let renew = startingWith(user, effects);
    const isValid = ({ expiresAtMs }) => expiresAtMs === undefined || effects.clock.nowMs() < expiresAtMs - MARGIN_MS;
    return async () => {
        const current = await lease?.catch(() => undefined);
        if (current !== undefined && isValid(current))
            return current.credential;
        const started = renew().then(([next, following]) => {
            renew = following;
            const { token, key } = next.credential;
            if (token !== undefined)
                effects.mask(token);
            if (key !== undefined)
                effects.mask(key);
            return next;
        });
        lease = started;
        return (await started).credential;
    };
}
function startingWith(user, effects) {
    const always = (credential) => {
        const renew = () => Promise.resolve([{ credential, expiresAtMs: undefined }, renew]);
        return renew;
    };
    switch (user.kind) {
        case "token":
            return always({ token: user.token });
        case "certificate":
            return always({ cert: user.cert, key: user.key });
        case "token-file": {
            const renew = async () => {
                const token = (await effects.readText(user.file)).trim();
                return [{ credential: { token }, expiresAtMs: effects.clock.nowMs() }, renew];
            };
            return renew;
        }
        case "exec": {
            const renew = async () => [await runPlugin(user, effects), renew];
            return renew;
        }
        case "oidc":
            return renewIdToken(user, effects);
    }
}
const ExecCredential = zod__WEBPACK_IMPORTED_MODULE_1__/* .object */ .Ikc({
    status: zod__WEBPACK_IMPORTED_MODULE_1__/* .object */ .Ikc({
        token: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP().optional(),
        clientCertificateData: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP().optional(),
        clientKeyData: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP().optional(),
        expirationTimestamp: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP().optional(),
    }),
});
async function runPlugin({ command, args, env, apiVersion, cluster }, { run }) {
    const info = { apiVersion, kind: "ExecCredential", spec: { interactive: false, cluster } };
    const { stdout } = await run(command, args, {
        timeoutMs: EXEC_LIMIT_MS,
        env: { ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
    }).catch((error) => {
        if (!(error instanceof _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ) || error.code === "CANCELLED")
            throw error;
        throw denied(`the exec program of kubeconfig failed: ${(0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .renderError */ .vr)(error)}`, error.hint);
    });
    const status = parseExecCredential(stdout)?.status;
    if (status?.token === undefined && status?.clientCertificateData === undefined)
        // Never show what it printed.
        throw denied(`the exec program of kubeconfig, ${command}, printed no ExecCredential`, CHECK_LOGIN);
    const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp = "" } = status;
    const expiresAtMs = Date.parse(expirationTimestamp);
    return {
        credential: { token, cert, key },
        expiresAtMs: Number.isNaN(expiresAtMs) ? undefined : expiresAtMs,
    };
}
function parseExecCredential(text) {
    try {
        return ExecCredential.safeParse(JSON.parse(text)).data;
    }
    catch {
        return undefined;
    }
}
function renewIdToken(user, { clock }) {
    const { idToken, refreshToken } = user;
    const expiresAtMs = readExpiry(idToken);
    const lease = { credential: { token: idToken }, expiresAtMs };
    const refresh = async () => {
        if (refreshToken === undefined)
            throw denied("the ID token of kubeconfig has expired, and there is no refresh-token", CHECK_LOGIN);
        const next = await refreshIdToken(user, refreshToken);
        return renewIdToken(next, { clock })();
    };
    return () => expiresAtMs !== undefined && clock.nowMs() >= expiresAtMs - MARGIN_MS
        ? refresh()
        : Promise.resolve([lease, refresh]);
}
/** @see OpenID Connect Core, section 12 */
async function refreshIdToken(user, refreshToken) {
    const [oidc, undici] = await Promise.all([__webpack_require__.e(/* import() */ 935).then(__webpack_require__.bind(__webpack_require__, 73935)), __webpack_require__.e(/* import() */ 752).then(__webpack_require__.t.bind(__webpack_require__, 24371, 19))]);
    const dispatcher = new undici.EnvHttpProxyAgent(user.ca === undefined ? {} : { connect: { ca: user.ca }, requestTls: { ca: user.ca } });
    const send = (url, options) => undici.fetch(url, { ...options, dispatcher });
    try {
        const configuration = await oidc.discovery(new URL(user.issuerUrl), user.clientId, user.clientSecret, undefined, { [oidc.customFetch]: send });
        const tokens = await oidc.refreshTokenGrant(configuration, refreshToken);
        if (tokens.id_token === undefined)
            throw new Error("the answer has no id_token");
        return { ...user, idToken: tokens.id_token, refreshToken: tokens.refresh_token ?? refreshToken };
    }
    catch (error) {
        throw denied(`${user.issuerUrl} gave no new ID token: ${(0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .renderError */ .vr)(error)}`, CHECK_LOGIN);
    }
    finally {
        await dispatcher.close();
    }
}
/** The end of a JSON Web Token. @see RFC 7519, section 4.1.4 */
function readExpiry(token) {
    try {
        const payload = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
        return zod__WEBPACK_IMPORTED_MODULE_1__/* .object */ .Ikc({ exp: zod__WEBPACK_IMPORTED_MODULE_1__/* .number */ .aig() }).parse(payload).exp * 1000;
    }
    catch {
        return undefined;
    }
}
const CHECK_LOGIN = "Check that the same kubeconfig works with kubectl, and make a new one.";
function denied(message, hint) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("BUILDER_DENIED", message, { hint });
}


/***/ }),

/***/ 74902:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   readKubeConfig: () => (/* binding */ readKubeConfig)
/* harmony export */ });
/* unused harmony export IN_CLUSTER */
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var yaml__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(38815);
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(92857);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(22714);




/** The value of the input that stands for the pod's own ServiceAccount. */
const IN_CLUSTER = "in-cluster";
/**
 * Where a pod finds its ServiceAccount.
 * @see https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const FLATTEN = "Use the output of: kubectl config view --raw --flatten --minify";
const EXEC_VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
/** What would change who we are, and is not implemented. */
const IMPERSONATION = ["as", "as-uid", "as-groups", "as-user-extra"];
const text = zod__WEBPACK_IMPORTED_MODULE_3__/* .string */ .YjP().min(1).optional().catch(undefined);
const Cluster = zod__WEBPACK_IMPORTED_MODULE_3__/* .looseObject */ ._H3({
    server: text,
    "certificate-authority": text,
    "certificate-authority-data": text,
    "insecure-skip-tls-verify": zod__WEBPACK_IMPORTED_MODULE_3__/* .unknown */ .L5J().optional(),
    "tls-server-name": text,
    "proxy-url": text,
    extensions: zod__WEBPACK_IMPORTED_MODULE_3__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_3__/* .object */ .Ikc({ name: zod__WEBPACK_IMPORTED_MODULE_3__/* .string */ .YjP(), extension: zod__WEBPACK_IMPORTED_MODULE_3__/* .unknown */ .L5J() })).optional(),
});
const User = zod__WEBPACK_IMPORTED_MODULE_3__/* .looseObject */ ._H3({
    token: text,
    tokenFile: text,
    "client-certificate": text,
    "client-certificate-data": text,
    "client-key": text,
    "client-key-data": text,
    "auth-provider": zod__WEBPACK_IMPORTED_MODULE_3__/* .object */ .Ikc({ name: zod__WEBPACK_IMPORTED_MODULE_3__/* .string */ .YjP(), config: zod__WEBPACK_IMPORTED_MODULE_3__/* .record */ .g1P(zod__WEBPACK_IMPORTED_MODULE_3__/* .string */ .YjP(), zod__WEBPACK_IMPORTED_MODULE_3__/* .string */ .YjP()) }).optional(),
    exec: zod__WEBPACK_IMPORTED_MODULE_3__/* .object */ .Ikc({
        apiVersion: zod__WEBPACK_IMPORTED_MODULE_3__/* .string */ .YjP(),
        command: zod__WEBPACK_IMPORTED_MODULE_3__/* .string */ .YjP().min(1),
        args: zod__WEBPACK_IMPORTED_MODULE_3__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_3__/* .string */ .YjP()).nullish(),
        env: zod__WEBPACK_IMPORTED_MODULE_3__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_3__/* .object */ .Ikc({ name: zod__WEBPACK_IMPORTED_MODULE_3__/* .string */ .YjP(), value: zod__WEBPACK_IMPORTED_MODULE_3__/* .string */ .YjP() })).nullish(),
        provideClusterInfo: zod__WEBPACK_IMPORTED_MODULE_3__/* .boolean */ .zMY().nullish(),
        interactiveMode: zod__WEBPACK_IMPORTED_MODULE_3__/* .string */ .YjP().nullish(),
    })
        .optional(),
});
const Document = zod__WEBPACK_IMPORTED_MODULE_3__/* .object */ .Ikc({
    "current-context": zod__WEBPACK_IMPORTED_MODULE_3__/* .string */ .YjP().min(1),
    contexts: zod__WEBPACK_IMPORTED_MODULE_3__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_3__/* .object */ .Ikc({ name: zod__WEBPACK_IMPORTED_MODULE_3__/* .string */ .YjP(), context: zod__WEBPACK_IMPORTED_MODULE_3__/* .object */ .Ikc({ cluster: zod__WEBPACK_IMPORTED_MODULE_3__/* .string */ .YjP(), user: zod__WEBPACK_IMPORTED_MODULE_3__/* .string */ .YjP() }) })),
    clusters: zod__WEBPACK_IMPORTED_MODULE_3__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_3__/* .object */ .Ikc({ name: zod__WEBPACK_IMPORTED_MODULE_3__/* .string */ .YjP(), cluster: Cluster })),
    users: zod__WEBPACK_IMPORTED_MODULE_3__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_3__/* .object */ .Ikc({ name: zod__WEBPACK_IMPORTED_MODULE_3__/* .string */ .YjP(), user: User })),
});
/**
 * Reads the input `kubeconfig`: the content of a kubeconfig, or `in-cluster` for the ServiceAccount of the
 * pod that runs the job. Takes its current context. Refuses everything that would be less than a verified
 * connection with that user: `insecure-skip-tls-verify`, HTTP, impersonation. Refuses relative paths, which a
 * checkout could supply. Rejects with `INPUT_INVALID`; a message never has any part of a credential.
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
async function readKubeConfig(input, effects) {
    if (input === IN_CLUSTER)
        return readServiceAccount(effects);
    const document = parseDocument(input);
    const find = (list, name, what) => {
        const found = list.find((entry) => entry.name === name);
        if (found === undefined)
            throw invalid(`has no ${what} ${JSON.stringify(name)}`, FLATTEN);
        return found;
    };
    const { context } = find(document.contexts, document["current-context"], "context");
    const { cluster } = find(document.clusters, context.cluster, "cluster");
    const { user } = find(document.users, context.user, "user");
    const server = checkCluster(context.cluster, cluster);
    const ca = await readPem(cluster, "certificate-authority", effects);
    return {
        server,
        ca,
        tlsServerName: cluster["tls-server-name"],
        proxyUrl: cluster["proxy-url"],
        isInCluster: false,
        user: await readUser(context.user, user, { server, ca, cluster, effects }),
    };
}
function parseDocument(input) {
    if (input.startsWith("@"))
        throw invalid("is the name of a file", "It is never read from a file that a checkout could have. Store the file's content as a secret.");
    let value;
    try {
        value = (0,yaml__WEBPACK_IMPORTED_MODULE_1__/* .parse */ .qg)(input);
    }
    catch {
        // Drop the error: it quotes the text.
        throw invalid("is not YAML", FLATTEN);
    }
    if (typeof value === "string")
        throw invalid("is neither the content of a kubeconfig nor in-cluster", `It takes the content of the file, not its name. ${FLATTEN}`);
    const { data, error } = Document.safeParse(value);
    if (data !== undefined)
        return data;
    const path = error.issues[0]?.path.map(String).join(".") ?? "";
    throw invalid(`has no valid ${path === "" ? "content" : path}`, FLATTEN);
}
/** Returns the URL of the server. */
function checkCluster(name, cluster) {
    const { server = "" } = cluster;
    const about = `cluster ${JSON.stringify(name)}`;
    if (![undefined, null, false].includes(cluster["insecure-skip-tls-verify"]))
        throw invalid(`, ${about}: insecure-skip-tls-verify is refused`, "The server's certificate vouches for the host keys of the pool: set certificate-authority-data.");
    if (!URL.canParse(server) || new URL(server).protocol !== "https:" || new URL(server).username !== "")
        throw invalid(`, ${about}: the server ${JSON.stringify(withoutLogin(server))} is not an HTTPS URL`, "Write server: https://HOST:PORT.");
    return server.replace(/\/+$/, "");
}
function withoutLogin(url) {
    return url.replace(/\/\/[^/]*@/, "//").slice(0, 200);
}
async function readUser(name, user, { server, ca, cluster, effects, }) {
    const about = `, user ${JSON.stringify(name)}:`;
    const refused = IMPERSONATION.find((key) => key in user);
    if (refused !== undefined)
        throw invalid(`${about} ${refused} is not supported`, "Use a user with the rights of the Role *-use.");
    const { exec, token, tokenFile } = user;
    const provider = user["auth-provider"];
    if (token !== undefined)
        return { kind: "token", token };
    if (tokenFile !== undefined)
        return { kind: "token-file", file: checkPath(tokenFile, `${about} tokenFile`) };
    if (exec !== undefined) {
        if (!EXEC_VERSIONS.includes(exec.apiVersion))
            throw invalid(`${about} the apiVersion ${JSON.stringify(exec.apiVersion.slice(0, 100))} of exec is not supported`, `Use ${EXEC_VERSIONS.join(" or ")}.`);
        if (exec.interactiveMode === "Always")
            throw invalid(`${about} its exec program needs a terminal`, "Set interactiveMode: IfAvailable or Never.");
        return {
            kind: "exec",
            apiVersion: exec.apiVersion,
            command: exec.command.includes("/") ? checkPath(exec.command, `${about} exec.command`) : exec.command,
            args: exec.args ?? [],
            env: Object.fromEntries((exec.env ?? []).map((entry) => [entry.name, entry.value])),
            cluster: exec.provideClusterInfo === true ? describeCluster(server, ca, cluster) : undefined,
        };
    }
    if (provider !== undefined)
        return readOidc(about, provider, effects);
    const cert = await readPem(user, "client-certificate", effects);
    const key = await readPem(user, "client-key", effects);
    if (cert !== undefined && key !== undefined)
        return { kind: "certificate", cert, key };
    throw invalid(`${about} has no token, exec, oidc provider or client certificate`, "Make a token with: kubectl create token SERVICEACCOUNT");
}
async function readOidc(about, { name, config }, effects) {
    if (name !== "oidc")
        throw invalid(`${about} the auth-provider ${JSON.stringify(name.slice(0, 100))} is not supported`, "Use the exec plugin of your cloud, as kubectl does.");
    const get = (key) => {
        const value = config[key];
        if (value === undefined || value === "")
            throw invalid(`${about} oidc has no ${key}`, FLATTEN);
        return value;
    };
    const issuerUrl = get("idp-issuer-url");
    if (!URL.canParse(issuerUrl) || new URL(issuerUrl).protocol !== "https:")
        throw invalid(`${about} idp-issuer-url is not an HTTPS URL`, "Write https://HOST/PATH.");
    return {
        kind: "oidc",
        idToken: get("id-token"),
        refreshToken: config["refresh-token"],
        issuerUrl,
        clientId: get("client-id"),
        clientSecret: config["client-secret"],
        ca: await readPem(config, "idp-certificate-authority", effects),
    };
}
/** What kubectl tells an exec program about the cluster. */
function describeCluster(server, ca, cluster) {
    const config = cluster.extensions?.find(({ name }) => name === "client.authentication.k8s.io/exec");
    return {
        server,
        "tls-server-name": cluster["tls-server-name"],
        "certificate-authority-data": ca === undefined ? undefined : Buffer.from(ca).toString("base64"),
        "proxy-url": cluster["proxy-url"],
        config: config?.extension ?? null,
    };
}
async function readServiceAccount({ environment, readText }) {
    const host = environment["KUBERNETES_SERVICE_HOST"] ?? "";
    const port = environment["KUBERNETES_SERVICE_PORT"] ?? "";
    const missing = (cause) => new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_2__/* .ActionError */ .lZ("INPUT_INVALID", "input kubeconfig: in-cluster, but this runner is not in a pod", {
        cause,
        hint: "Run the job in a pod with a ServiceAccount token, or use the content of a kubeconfig.",
    });
    if (host === "" || port === "")
        throw missing();
    const file = `${SERVICE_ACCOUNT}/token`;
    try {
        await readText(file);
        return {
            server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
            ca: await readText(`${SERVICE_ACCOUNT}/ca.crt`),
            tlsServerName: undefined,
            proxyUrl: undefined,
            isInCluster: true,
            user: { kind: "token-file", file },
        };
    }
    catch (error) {
        throw missing(error);
    }
}
/** Reads the PEM text that a key and its variant `KEY-data` stand for. The latter has precedence. */
async function readPem(section, key, { readText }) {
    const data = section[`${key}-data`];
    const file = section[key];
    let pem;
    if (typeof data === "string" && data !== "")
        pem = Buffer.from(data, "base64").toString("utf8");
    else if (typeof file === "string" && file !== "") {
        try {
            pem = await readText(checkPath(file, ` ${key}`));
        }
        catch (error) {
            if (error instanceof _errors_action_error_js__WEBPACK_IMPORTED_MODULE_2__/* .ActionError */ .lZ)
                throw error;
            throw invalid(`: the file of ${key} cannot be read: ${JSON.stringify(file)}`, FLATTEN);
        }
    }
    else
        return undefined;
    if (!pem.includes("-----BEGIN "))
        throw invalid(`: ${key} is not PEM in Base64`, FLATTEN);
    return pem;
}
function checkPath(path, what) {
    if ((0,node_path__WEBPACK_IMPORTED_MODULE_0__.isAbsolute)(path))
        return path;
    const value = JSON.stringify(path.slice(0, 200));
    throw invalid(`${what} is a relative path, ${value}`, `A checkout could supply that file. ${FLATTEN}`);
}
function invalid(why, hint) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_2__/* .ActionError */ .lZ("INPUT_INVALID", `input kubeconfig${/^[,:]/.test(why) ? "" : " "}${why.trimStart()}`, {
        hint,
    });
}


/***/ }),

/***/ 16110:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   BG: () => (/* binding */ listPods),
/* harmony export */   ID: () => (/* binding */ checkRights),
/* harmony export */   S4: () => (/* binding */ awaitPodChange),
/* harmony export */   cG: () => (/* binding */ describeHostKeys)
/* harmony export */ });
/* unused harmony export parsePods */
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(92857);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _model_kubernetes_pool_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(25504);
/* harmony import */ var _platform_log_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(74425);
/* harmony import */ var _ssh_known_hosts_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(62979);
/* harmony import */ var _api_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(2436);






/** What the Role `NAME-use` of the chart allows, and a run needs. */
const RIGHTS = [
    ["get", "pods"],
    ["list", "pods"],
    ["watch", "pods"],
    ["get", "pods/portforward"],
    ["create", "pods/portforward"],
    ["get", "configmaps"],
];
const SYSTEMS = { amd64: "x86_64-linux", arm64: "aarch64-linux" };
const SSH_PORT = 2222;
const WATCH_SECONDS = 300;
const Terminated = zod__WEBPACK_IMPORTED_MODULE_4__/* .object */ .Ikc({
    reason: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP().optional(),
    message: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP().optional(),
    exitCode: zod__WEBPACK_IMPORTED_MODULE_4__/* .number */ .aig(),
});
const State = zod__WEBPACK_IMPORTED_MODULE_4__/* .object */ .Ikc({
    waiting: zod__WEBPACK_IMPORTED_MODULE_4__/* .object */ .Ikc({ reason: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP().optional(), message: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP().optional() }).optional(),
    terminated: Terminated.optional(),
});
const Container = zod__WEBPACK_IMPORTED_MODULE_4__/* .object */ .Ikc({ state: State.optional(), lastState: State.optional() });
const Pod = zod__WEBPACK_IMPORTED_MODULE_4__/* .object */ .Ikc({
    metadata: zod__WEBPACK_IMPORTED_MODULE_4__/* .object */ .Ikc({
        name: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP(),
        labels: zod__WEBPACK_IMPORTED_MODULE_4__/* .record */ .g1P(zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP(), zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP()).default({}),
        deletionTimestamp: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP().optional(),
    }),
    spec: zod__WEBPACK_IMPORTED_MODULE_4__/* .object */ .Ikc({
        nodeSelector: zod__WEBPACK_IMPORTED_MODULE_4__/* .record */ .g1P(zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP(), zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP()).default({}),
        containers: zod__WEBPACK_IMPORTED_MODULE_4__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_4__/* .object */ .Ikc({
            image: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP().default(""),
            ports: zod__WEBPACK_IMPORTED_MODULE_4__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_4__/* .object */ .Ikc({ name: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP().optional(), containerPort: zod__WEBPACK_IMPORTED_MODULE_4__/* .number */ .aig() })).default([]),
        })),
    }),
    status: zod__WEBPACK_IMPORTED_MODULE_4__/* .object */ .Ikc({
        podIP: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP().optional(),
        conditions: zod__WEBPACK_IMPORTED_MODULE_4__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_4__/* .object */ .Ikc({ type: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP(), status: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP(), message: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP().optional() }))
            .default([]),
        initContainerStatuses: zod__WEBPACK_IMPORTED_MODULE_4__/* .array */ .YOg(Container).default([]),
        containerStatuses: zod__WEBPACK_IMPORTED_MODULE_4__/* .array */ .YOg(Container).default([]),
    }),
});
const Pods = zod__WEBPACK_IMPORTED_MODULE_4__/* .object */ .Ikc({ items: zod__WEBPACK_IMPORTED_MODULE_4__/* .array */ .YOg(Pod) });
const HostKeys = zod__WEBPACK_IMPORTED_MODULE_4__/* .object */ .Ikc({ data: zod__WEBPACK_IMPORTED_MODULE_4__/* .record */ .g1P(zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP(), zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP()).default({}) });
const Review = zod__WEBPACK_IMPORTED_MODULE_4__/* .object */ .Ikc({ status: zod__WEBPACK_IMPORTED_MODULE_4__/* .object */ .Ikc({ allowed: zod__WEBPACK_IMPORTED_MODULE_4__/* .boolean */ .zMY() }) });
/**
 * Checks that the user has every right that a run needs, and not only those that are used first. Rejects with
 * `BUILDER_DENIED`, naming what is missing, and with the codes of `askApi`.
 */
async function checkRights(access, pool, signal) {
    const { namespace } = pool;
    const missing = await Promise.all(RIGHTS.map(async ([verb, what]) => {
        const [resource, subresource] = what.split("/");
        const name = resource === "configmaps" ? (0,_model_kubernetes_pool_js__WEBPACK_IMPORTED_MODULE_1__/* .nameHostKeys */ .m)(pool) : undefined;
        const answer = await (0,_api_js__WEBPACK_IMPORTED_MODULE_3__/* .askApi */ .wk)(access, {
            method: "POST",
            path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            signal,
            body: {
                apiVersion: "authorization.k8s.io/v1",
                kind: "SelfSubjectAccessReview",
                spec: { resourceAttributes: { namespace, verb, resource, subresource, name } },
            },
        });
        const isAllowed = Review.parse(answer).status.allowed;
        return isAllowed ? [] : [`${verb} ${what}${name === undefined ? "" : ` ${name}`}`];
    }));
    if (missing.flat().length === 0)
        return;
    throw (0,_api_js__WEBPACK_IMPORTED_MODULE_3__/* .forbidden */ .o0)(`the user of kubeconfig may not ${missing.flat().join(", ")} in the namespace ${namespace}`);
}
/** Lists the pods of a pool. Rejects with the codes of `askApi`. */
async function listPods(access, pool, signal) {
    const keysPath = `/api/v1/namespaces/${pool.namespace}/configmaps/${(0,_model_kubernetes_pool_js__WEBPACK_IMPORTED_MODULE_1__/* .nameHostKeys */ .m)(pool)}`;
    const [pods, keys] = await Promise.all([
        (0,_api_js__WEBPACK_IMPORTED_MODULE_3__/* .askApi */ .wk)(access, { method: "GET", path: renderPodsPath(pool), signal }),
        (0,_api_js__WEBPACK_IMPORTED_MODULE_3__/* .askApi */ .wk)(access, { method: "GET", path: keysPath, signal }),
    ]);
    return parsePods(pods, keys, pool);
}
function renderPodsPath({ namespace, name }) {
    const labels = `app.kubernetes.io/name=cross-build-builder,app.kubernetes.io/instance=${name}`;
    return `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(labels)}`;
}
const PodEvent = zod__WEBPACK_IMPORTED_MODULE_4__/* .object */ .Ikc({ type: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP(), object: zod__WEBPACK_IMPORTED_MODULE_4__/* .unknown */ .L5J() });
/**
 * Waits until a pod of the pool is not what it was in `known`, or until the API server ends the answer.
 * Rejects as `watchApi` does.
 */
async function awaitPodChange(access, { pool, known }, signal) {
    const states = new Map(known.map(({ name, isReady }) => [name, isReady]));
    // It begins with an event for each pod that there is.
    const path = `${renderPodsPath(pool)}&watch=1&timeoutSeconds=${WATCH_SECONDS}`;
    for await (const event of (0,_api_js__WEBPACK_IMPORTED_MODULE_3__/* .watchApi */ .kv)(access, path, signal)) {
        const { type, object } = PodEvent.parse(event);
        if (type === "ERROR")
            return;
        const pod = Pod.parse(object);
        const isReady = explainUnready(pod) === undefined;
        if (type === "DELETED" || states.get(pod.metadata.name) !== isReady)
            return;
    }
}
/** Reads a list of pods, and the ConfigMap with their host keys, if there is one. */
function parsePods(pods, keys, pool) {
    const { data } = HostKeys.parse(keys ?? {});
    const lines = parseHostKeys(data[_model_kubernetes_pool_js__WEBPACK_IMPORTED_MODULE_1__/* .HOST_KEYS */ .Cy] ?? "", pool);
    return Pods.parse(pods).items.map((pod) => readPod(pod, lines, pool));
}
function parseHostKeys(text, pool) {
    try {
        return (0,_ssh_known_hosts_js__WEBPACK_IMPORTED_MODULE_2__/* .parseKnownHosts */ .uJ)(text);
    }
    catch (error) {
        if (!(error instanceof _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ))
            throw error;
        throw error.with({ message: error.message.replace("input ssh-known-hosts", describeHostKeys(pool)) });
    }
}
/** Names the ConfigMap with the host keys, for messages. */
function describeHostKeys(pool) {
    return `the ConfigMap ${pool.namespace}/${(0,_model_kubernetes_pool_js__WEBPACK_IMPORTED_MODULE_1__/* .nameHostKeys */ .m)(pool)}`;
}
function readPod({ metadata, spec, status }, lines, pool) {
    const { name } = metadata;
    const ports = spec.containers.flatMap((container) => container.ports);
    const cpu = spec.nodeSelector["kubernetes.io/arch"] ?? "amd64";
    const own = lines.filter(({ hosts }) => hosts === undefined || hosts.split(",").includes(name));
    const hostKeys = own.filter(({ marker }) => marker === undefined).map(({ key }) => key);
    const unready = explainUnready({ metadata, spec, status });
    return {
        name,
        isReady: unready === undefined,
        system: SYSTEMS[cpu] ?? `${cpu}-linux`,
        port: ports.find((port) => port.name === "ssh")?.containerPort ?? SSH_PORT,
        ip: status.podIP,
        image: spec.containers[0]?.image ?? "",
        hostKeys,
        refusal: unready ?? explainUnknown(hostKeys, pool),
    };
}
function explainUnready({ metadata, status }) {
    if (metadata.deletionTimestamp !== undefined)
        return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("BUILDER_UNFIT", "the pod is ending: it takes no new builds", {
            hint: "A StatefulSet starts the next one when it has ended.",
        });
    if (status.conditions.some((condition) => condition.type === "Ready" && condition.status === "True"))
        return undefined;
    const states = [...status.initContainerStatuses, ...status.containerStatuses];
    const waits = states.flatMap(({ state }) => state?.waiting ?? []);
    // All others wait for an init container.
    const waiting = waits.find(({ reason }) => reason !== "PodInitializing") ?? waits[0];
    const ended = states
        .flatMap(({ state, lastState }) => state?.terminated ?? lastState?.terminated ?? [])
        .find(({ exitCode }) => exitCode !== 0);
    const condition = status.conditions.find(({ status: value }) => value === "False");
    const why = [
        [waiting?.reason, waiting?.message ?? condition?.message].filter((text) => text !== undefined).join(": "),
        ended === undefined ? "" : `its container ended with ${explainEnd(ended)}`,
    ].filter((text) => text !== "");
    const said = (0,_platform_log_js__WEBPACK_IMPORTED_MODULE_5__/* .sanitizeText */ .jZ)(why.join("; ")).slice(0, 500);
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("BUILDER_UNREACHABLE", `the pod is not ready${said === "" ? "" : `: ${said}`}`, {
        hint: `Look at it with: kubectl describe pod ${metadata.name}`,
    });
}
/** The last line of the log has the reason, unless a signal has killed the container. */
function explainEnd({ reason, message, exitCode }) {
    const end = reason === undefined || reason === "Error" ? `exit code ${exitCode}` : reason;
    const log = message?.trim().split("\n").at(-1) ?? "";
    return log === "" || exitCode > 128 ? end : `${end}: ${log}`;
}
function explainUnknown(hostKeys, pool) {
    if (hostKeys.length > 0)
        return undefined;
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("BUILDER_HOST_KEY", `${describeHostKeys(pool)} has no host key of the pod`, {
        hint: `Add a line to its ${_model_kubernetes_pool_js__WEBPACK_IMPORTED_MODULE_1__/* .HOST_KEYS */ .Cy}: ssh_host_ed25519_key.pub of the pool's Secret.`,
    });
}


/***/ }),

/***/ 79173:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   M: () => (/* binding */ openPodConnection)
/* harmony export */ });
/* harmony import */ var node_events__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(78474);
/* harmony import */ var node_events__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_events__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(77030);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_net__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(57075);
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_2___default = /*#__PURE__*/__webpack_require__.n(node_stream__WEBPACK_IMPORTED_MODULE_2__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(22714);
/* harmony import */ var _platform_log_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(74425);
/* harmony import */ var _api_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(2436);






const PROTOCOL = "v4.channel.k8s.io";
/** The channels of the first port. Each begins with a message that is the port's number. */
const DATA = 0;
const ERROR = 1;
const DATA_PREFIX = Buffer.of(DATA);
/** Buffered in each direction, and the size of a message: a copy of a large path is limited by the CPU. */
const BUFFER_BYTES = 256 << 10;
/**
 * Opens a connection to a pod: directly, or through the API server as `kubectl port-forward` does, but with a
 * WebSocket for each connection. So it ends with its pod, and no port of this machine is open to others.
 * Rejects with `BUILDER_UNREACHABLE` and `BUILDER_DENIED`.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ (connect, portforward)
 */
async function openPodConnection(access, address, timeoutMs) {
    if (address.ip !== undefined)
        return openDirectly(address.ip, address, timeoutMs);
    const { namespace, pod, port } = address;
    const { default: WebSocket } = await __webpack_require__.e(/* import() */ 977).then(__webpack_require__.bind(__webpack_require__, 52977));
    const socket = new WebSocket(`${access.server}/api/v1/namespaces/${namespace}/pods/${pod}/portforward?ports=${port}`, [PROTOCOL], {
        ...(0,_api_js__WEBPACK_IMPORTED_MODULE_4__/* .connectionOptions */ .HZ)(access),
        perMessageDeflate: false,
        handshakeTimeout: timeoutMs,
        // The mask stays zero, which masks nothing: masks are for proxies that read along (RFC 6455, section
        // 10.3), and TLS keeps those out.
        generateMask: () => undefined,
    });
    const stream = new node_stream__WEBPACK_IMPORTED_MODULE_2__.Duplex({
        readableHighWaterMark: BUFFER_BYTES,
        writableHighWaterMark: BUFFER_BYTES,
        read: () => {
            socket.resume();
        },
        // All that waits becomes one message.
        writev: (chunks, done) => {
            socket.send(Buffer.concat([DATA_PREFIX, ...chunks.map(({ chunk }) => chunk)]), done);
        },
        // The protocol cannot close one direction.
        final: (done) => {
            socket.close();
            done();
        },
        destroy: (error, done) => {
            socket.terminate();
            done(error);
        },
    });
    const begun = new Set();
    socket.on("message", (message) => {
        const channel = message[0] ?? 0;
        if (!begun.has(channel))
            begun.add(channel);
        else if (channel === DATA) {
            if (!stream.push(message.subarray(1)))
                socket.pause();
        }
        else if (channel === ERROR) {
            stream.destroy(lost(pod, (0,_platform_log_js__WEBPACK_IMPORTED_MODULE_5__/* .sanitizeText */ .jZ)(message.toString("utf8", 1)).trim().slice(0, 500)));
        }
    });
    socket.on("close", () => {
        stream.push(null);
        stream.once("end", () => stream.destroy());
    });
    const { promise, resolve, reject } = Promise.withResolvers();
    socket.on("open", () => {
        resolve(undefined);
    });
    socket.on("error", (error) => {
        reject((0,_api_js__WEBPACK_IMPORTED_MODULE_4__/* .explainConnection */ .cR)(access, error));
        stream.destroy(lost(pod, error.message));
    });
    socket.on("unexpected-response", (_, answer) => {
        (0,_api_js__WEBPACK_IMPORTED_MODULE_4__/* .readText */ .yR)(answer).then((text) => {
            const { statusCode: status = 0 } = answer;
            reject(status === 404 ? lost(pod, "there is no such pod") : (0,_api_js__WEBPACK_IMPORTED_MODULE_4__/* .explainRefusal */ .GC)(access, { status, text }));
            socket.terminate();
        }, reject);
    });
    // Without a listener, an error that nothing waits for would end the process.
    stream.on("error", () => undefined);
    await promise;
    return stream;
}
async function openDirectly(ip, { pod, port }, timeoutMs) {
    const socket = (0,node_net__WEBPACK_IMPORTED_MODULE_1__.connect)({ host: ip, port, noDelay: true });
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    try {
        await (0,node_events__WEBPACK_IMPORTED_MODULE_0__.once)(socket, "connect");
    }
    catch (error) {
        throw lost(pod, `${ip}: ${(0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_3__/* .renderError */ .vr)(error)}`);
    }
    socket.setTimeout(0);
    return socket;
}
function lost(pod, why) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_3__/* .ActionError */ .lZ("BUILDER_UNREACHABLE", `the connection to the pod ${pod} failed: ${why}`, {
        hint: "Check that the pod is running and ready.",
    });
}


/***/ }),

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

/***/ 71646:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ng: () => (/* binding */ isUsable),
/* harmony export */   QC: () => (/* binding */ displayName),
/* harmony export */   V: () => (/* binding */ displayNameForUri),
/* harmony export */   ew: () => (/* binding */ countUsable)
/* harmony export */ });
/** Whether a builder can be used. */
function isUsable(status) {
    return status.state !== "dropped";
}
/** The number of builders that can currently build for `system`. */
function countUsable(builders, system) {
    return builders.filter((status) => isUsable(status) && status.builder.systems.includes(system)).length;
}
/** The name of a builder in logs and reports, without user and key. */
function displayName({ protocol, host, port }) {
    return `${protocol}://${host}:${port}`;
}
/** The display name of the builder with the store URI `uri`; the URI itself if no builder has it. */
function displayNameForUri(uri, builders) {
    const alias = /^[a-z-]+:\/\/(?:[^@/?]*@)?([^/?:]+)/.exec(uri)?.[1];
    const builder = builders.find((status) => status.builder.alias === alias)?.builder;
    return builder === undefined ? uri : displayName(builder);
}


/***/ }),

/***/ 4243:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   X: () => (/* binding */ COMPRESSION_LEVELS),
/* harmony export */   o: () => (/* binding */ DEFAULT_COMPRESSION)
/* harmony export */ });
/** The levels of each format, and the one that is used unless the user names another. */
const COMPRESSION_LEVELS = {
    // Level 4 takes half the time of level 6 for 3 % more bytes. Lower levels save little more time.
    gzip: { default: 4, max: 9 },
    // Higher levels take much longer for a few percent.
    zstd: { default: 3, max: 19 },
};
const DEFAULT_COMPRESSION = {
    format: "gzip",
    level: COMPRESSION_LEVELS.gzip.default,
};


/***/ }),

/***/ 47302:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   BW: () => (/* binding */ renderMebibytes),
/* harmony export */   PP: () => (/* binding */ renderDuration),
/* harmony export */   pq: () => (/* binding */ countOf),
/* harmony export */   vN: () => (/* binding */ renderChange)
/* harmony export */ });
/** A number of bytes in MiB: "1.5 MiB". */
function renderMebibytes(bytes) {
    return `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}
/** A number and its noun, singular or plural: "1 derivation", "2 derivations". */
function countOf(count, noun, plural = `${noun}s`) {
    return `${count} ${count === 1 ? noun : plural}`;
}
/** A time as a person reads it: "3.2 s", "12 min 4 s", "2 h 5 min". */
function renderDuration(durationMs) {
    const seconds = Math.round(durationMs / 1000);
    if (seconds < 60)
        return `${Math.min(durationMs / 1000, 59.9).toFixed(1)} s`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60)
        return `${minutes} min ${seconds % 60} s`;
    return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
/** The change from one number to another in percent: "+20 %", "−3 %"; empty if the first one is zero. */
function renderChange(now, before) {
    if (before === 0)
        return "";
    const percent = Math.round((now / before - 1) * 100);
    return `${percent < 0 ? "−" : "+"}${Math.abs(percent)} %`;
}


/***/ }),

/***/ 20068:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   ED: () => (/* binding */ parseTag),
/* harmony export */   HK: () => (/* binding */ parsePinnedImage),
/* harmony export */   NL: () => (/* binding */ renderImageReference),
/* harmony export */   XF: () => (/* binding */ parseOwnImage),
/* harmony export */   _B: () => (/* binding */ explainImageName),
/* harmony export */   o_: () => (/* binding */ parseImageReference)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _digest_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(95305);


const LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const DOMAIN = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?$`);
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
/**
 * Parses `ghcr.io/owner/name` or `oci:DIR`. As in Docker, a name without a registry refers to Docker Hub, and
 * a registry has a dot, a port, or the name localhost. Capitals in a repository become lower case: no
 * registry accepts them, and `${{ github.repository }}` may have some. Refuses tags, which have their own
 * input, and digests. Throws `INPUT_INVALID`.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
 */
function parseImageReference(text) {
    if (text.startsWith("oci:")) {
        const folder = text.slice("oci:".length);
        if (folder === "")
            throw invalid(text, "Give the folder of the OCI layout: oci:DIR.");
        return { kind: "oci-layout", folder };
    }
    if (text.includes("@"))
        throw invalid(text, "Leave out the digest: the build determines it.");
    const slash = text.indexOf("/");
    const first = slash === -1 ? "" : text.slice(0, slash);
    const isDomain = /[.:]/.test(first) || first === "localhost";
    const registry = isDomain ? first : "docker.io";
    const path = (isDomain ? text.slice(slash + 1) : text).toLowerCase();
    if (/:[^/]*$/.test(path))
        throw invalid(text, "Leave out the tag and give it in the input tags.");
    const repository = registry === "docker.io" && !path.includes("/") ? `library/${path}` : path;
    if (!DOMAIN.test(registry))
        throw invalid(text, `${JSON.stringify(registry)} is not a host name.`);
    if (!REPOSITORY.test(repository) || repository.length > 255) {
        throw invalid(text, "Use only letters, digits, '.', '_' and '-' between the slashes of a repository name.");
    }
    return { kind: "registry", registry, repository };
}
/**
 * Parses the name of an image of the user's own. Refuses a name of one word: on Docker Hub it is one of
 * Docker's own images, to which no one else can push. Throws `INPUT_INVALID`.
 */
function parseOwnImage(text) {
    const reference = parseImageReference(text);
    if (reference.kind === "oci-layout" || !/^(?:docker\.io\/)?[^/]+$/.test(text))
        return reference;
    const name = reference.repository.replace(/^library\//, "");
    throw invalid(text, `Write the registry and the owner too, such as ghcr.io/OWNER/${name}.`);
}
/** What became of an image name if it is not the name as given; undefined if it is. */
function explainImageName(text, reference) {
    const rendered = renderImageReference(reference);
    if (rendered === text)
        return undefined;
    const isLowered = text !== text.toLowerCase();
    const why = [
        ...(isLowered ? ["registries accept only lower case"] : []),
        ...(rendered.length > text.length ? ["a name without a registry is on Docker Hub"] : []),
    ];
    return `the image ${JSON.stringify(text)} is ${rendered}: ${why.join(", and ")}`;
}
/** Parses `NAME@DIGEST`, the format of the output `image`. Throws `INPUT_INVALID`. */
function parsePinnedImage(text) {
    const at = text.lastIndexOf("@");
    const digest = text.slice(at + 1);
    if (at === -1 || !(0,_digest_js__WEBPACK_IMPORTED_MODULE_1__/* .isDigest */ .Bc)(digest)) {
        throw invalid(text, "Give the image with its digest, NAME@sha256:…, like the output image: a tag may move.");
    }
    return { image: parseOwnImage(text.slice(0, at)), digest };
}
/** Renders an image reference in full: `docker.io/library/alpine`, `oci:DIR`. */
function renderImageReference(reference) {
    return reference.kind === "oci-layout"
        ? `oci:${reference.folder}`
        : `${reference.registry}/${reference.repository}`;
}
/** Parses one tag. Throws `INPUT_INVALID`. */
function parseTag(text) {
    if (TAG.test(text))
        return text;
    throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("INPUT_INVALID", `${JSON.stringify(text.slice(0, 200))} is not an image tag`, {
        hint: "Use at most 128 letters, digits, '_', '.' and '-'. A tag does not start with '.' or '-'.",
    });
}
function invalid(text, hint) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("INPUT_INVALID", `${JSON.stringify(text.slice(0, 300))} is not an image name`, {
        hint,
    });
}


/***/ }),

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

/***/ 25504:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Cy: () => (/* binding */ HOST_KEYS),
/* harmony export */   m: () => (/* binding */ nameHostKeys),
/* harmony export */   vW: () => (/* binding */ parsePoolReference)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Parses `NAMESPACE/NAME`. Throws `INPUT_INVALID`. */
function parsePoolReference(text) {
    const [namespace = "", name = "", ...rest] = text.split("/");
    if (NAME.test(namespace) && NAME.test(name) && rest.length === 0)
        return { namespace, name };
    throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("INPUT_INVALID", `${JSON.stringify(text.slice(0, 200))} is not a pool of builders`, {
        hint: "Write NAMESPACE/NAME, where NAME is the name of the Helm release, such as builders/builders.",
    });
}
/** The ConfigMap with the host keys of a pool's pods, in `HOST_KEYS`. */
function nameHostKeys({ name }) {
    return `${name}-host-keys`;
}
/** The key in that ConfigMap: lines of known_hosts with names of pods, or bare public keys for all pods. */
const HOST_KEYS = "known_hosts";


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

/***/ 59179:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   O: () => (/* binding */ sortByLikeness),
/* harmony export */   q: () => (/* binding */ findNearest)
/* harmony export */ });
/* harmony import */ var leven__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(47785);

/** Names that differ in more than this share of their letters are not alike. */
const MAX_SHARE = 0.4;
/** The names, those that are most alike to `wanted` first; names that are equally alike stay in order. */
function sortByLikeness(wanted, names) {
    return names.toSorted((a, b) => (0,leven__WEBPACK_IMPORTED_MODULE_0__/* ["default"] */ .A)(wanted, a) - (0,leven__WEBPACK_IMPORTED_MODULE_0__/* ["default"] */ .A)(wanted, b));
}
/** The name that `wanted` is probably a misspelling of. */
function findNearest(wanted, names) {
    const [nearest] = sortByLikeness(wanted, names);
    if (nearest === undefined)
        return undefined;
    return (0,leven__WEBPACK_IMPORTED_MODULE_0__/* ["default"] */ .A)(wanted, nearest) <= Math.ceil(wanted.length * MAX_SHARE) ? nearest : undefined;
}


/***/ }),

/***/ 8176:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   UG: () => (/* binding */ renderRunOrder),
/* harmony export */   VZ: () => (/* binding */ isNewerRun),
/* harmony export */   m5: () => (/* binding */ tryParseRunOrder)
/* harmony export */ });
/** Whether `a` is newer than `b`. A re-run is as old as its first attempt, but newer than that attempt. */
function isNewerRun(a, b) {
    return a.id === b.id ? a.attempt > b.attempt : a.id > b.id;
}
/** A run in messages: `ID.ATTEMPT`. */
function renderRunOrder({ id, attempt }) {
    return `${id}.${attempt}`;
}
/** Reads `ID.ATTEMPT.NUMBER`; undefined for anything else. */
function tryParseRunOrder(text) {
    const match = /^([0-9]{1,15})\.([0-9]{1,9})\.([0-9]{1,15})$/.exec(text);
    if (match === null)
        return undefined;
    const [id = 0, attempt = 0, number = 0] = match.slice(1).map(Number);
    return { id, attempt, number };
}


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

/***/ 843:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   B: () => (/* binding */ quoteShellWord),
/* harmony export */   c: () => (/* binding */ renderShellCommand)
/* harmony export */ });
/** A word of a command line for POSIX sh, quoted where the shell would change it. */
function quoteShellWord(word) {
    return /^[\w./:=@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
/** A command line that makes a POSIX shell run exactly these words. */
function renderShellCommand(words) {
    return words.map(quoteShellWord).join(" ");
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

/***/ 58924:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Y: () => (/* binding */ STRATEGIES)
/* harmony export */ });
/** How a target is built; see docs/strategies.md. */
const STRATEGIES = ["native", "cross-compile", "remote", "emulate"];


/***/ }),

/***/ 21339:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ur: () => (/* binding */ renderSingleUserConf),
/* harmony export */   X2: () => (/* binding */ BUILD_GROUP),
/* harmony export */   id: () => (/* binding */ renderNixConf),
/* harmony export */   t: () => (/* binding */ renderInstallerConf),
/* harmony export */   tr: () => (/* binding */ isOurConf)
/* harmony export */ });
/* unused harmony export OUR_MARK */
/** First line of every nix.conf that this action writes. A file without it belongs to the administrator. */
const OUR_MARK = "# Written by cross-build for the Nix that it installed.";
/** True for a nix.conf that this action wrote and may overwrite. */
function isOurConf(text) {
    return text.startsWith(`${OUR_MARK}\n`);
}
/** The sandbox and flake settings of `renderNixConf`, for a single-user Nix: its builds run as that user. */
function renderSingleUserConf() {
    return "sandbox = true\nsandbox-fallback = false\naccept-flake-config = false\n";
}
/** What upstream's installer on macOS adds to its nix.conf. The sandbox stays off, Nix's default there. */
function renderInstallerConf(userName) {
    return `experimental-features = nix-command flakes
accept-flake-config = false
trusted-users = root ${userName}
`;
}
/** Group of the build users, for a Nix that cannot allocate user IDs. */
const BUILD_GROUP = "nixbld";
const ALLOCATED = `experimental-features = nix-command flakes auto-allocate-uids
# Each build gets its own user ID from a range without accounts, so no group of build users is needed.
auto-allocate-uids = true
build-users-group =`;
const GROUP = `experimental-features = nix-command flakes
build-users-group = ${BUILD_GROUP}`;
/**
 * Renders the nix.conf of a Nix that this action installs.
 * @see Nix manual, "nix.conf"
 */
function renderNixConf({ userName, allocatesUids, caBundle, sandboxShell }) {
    return `${OUR_MARK}
${allocatesUids ? ALLOCATED : GROUP}
sandbox = true
# If the kernel does not allow a sandbox, builds fail instead of running without one.
sandbox-fallback = false
accept-flake-config = false
max-jobs = auto
trusted-users = ${["root", ...(userName === "root" ? [] : [userName])].join(" ")}
${sandboxShell === undefined ? "" : `sandbox-paths = /bin/sh=${sandboxShell}\n`}${caBundle === undefined ? "" : `ssl-cert-file = ${caBundle}\n`}`;
}


/***/ }),

/***/ 75817:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Hl: () => (/* binding */ leaseDaemon),
/* harmony export */   LC: () => (/* binding */ startDaemon),
/* harmony export */   ZI: () => (/* binding */ stopDaemon),
/* harmony export */   ij: () => (/* binding */ isDaemonListening)
/* harmony export */ });
/* unused harmony export planDaemon */
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(73024);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(51455);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_fs_promises__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_2__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(22714);
/* harmony import */ var _errors_errno_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(38335);
/* harmony import */ var _platform_background_process_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(99883);
/* harmony import */ var _platform_files_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(94924);
/* harmony import */ var _platform_log_js__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(74425);
/* harmony import */ var _platform_process_identity_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(24261);
/* harmony import */ var _platform_socket_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(24802);
/* harmony import */ var _root_command_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(77209);











const SOCKET = "/nix/var/nix/daemon-socket/socket";
/** PID file of the daemon, in the run's folder. Its existence marks the run as one of the daemon's users. */
const RECORD = "nix-daemon";
/**
 * Folder of symbolic links that root owns. The target of `daemon`, `PID START`, identifies the daemon that
 * this action started. Every other link points to the record of a run that uses this daemon, and dangles once
 * that run has ended.
 */
const LEASES = "/nix/var/nix/cross-build";
const CURRENT = `${LEASES}/daemon`;
const START_LIMIT_MS = 10_000;
const CLIENTS_LIMIT_MS = 2_000;
const STOP_LIMIT_MS = 5_000;
const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** Variables that the daemon inherits: only those that it needs to reach the network. */
const INHERITED = [
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "NIX_SSL_CERT_FILE",
    "SSL_CERT_FILE",
];
/** True if a daemon listens on Nix's socket. A stale socket file does not count. */
function isDaemonListening() {
    return (0,_platform_socket_js__WEBPACK_IMPORTED_MODULE_7__/* .isListening */ .C)({ path: SOCKET });
}
/**
 * Starts `nix-daemon` as root, in its own session, and resolves with its PID once it listens. Writes its log
 * to the run's folder, and from the start a record, so that `stopDaemon` can find it. Later runs find it with
 * `leaseDaemon`. Rejects with `NIX_DAEMON_FAILED` if the daemon exits or does not listen within 10 seconds.
 */
async function startDaemon(binFolder, effects) {
    const { clock, runFolder } = effects;
    const logFile = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(runFolder, "nix-daemon.log");
    const { tool, args, env } = planDaemon(binFolder, effects);
    const launcher = (0,_platform_background_process_js__WEBPACK_IMPORTED_MODULE_4__/* .startInBackground */ .k5)(tool, args, { env, logFile, debug: effects });
    if (launcher.pid !== undefined)
        writeRecord(runFolder, launcher.pid);
    const startMs = clock.nowMs();
    while (!(await isDaemonListening())) {
        const exit = launcher.exit();
        if (exit !== undefined)
            throw await daemonFailed(exit, logFile);
        if (clock.nowMs() - startMs > START_LIMIT_MS) {
            throw await daemonFailed(`it did not listen within ${START_LIMIT_MS / 1000} s`, logFile);
        }
        await clock.sleep(20);
    }
    if (launcher.pid === undefined)
        throw await daemonFailed("it has no PID", logFile);
    const pid = (0,_platform_background_process_js__WEBPACK_IMPORTED_MODULE_4__/* .findDescendant */ .T5)(launcher.pid, "nix-daemon") ?? launcher.pid;
    writeRecord(runFolder, pid);
    await announce(pid, effects);
    return pid;
}
/**
 * Registers this run as a user of the daemon that an earlier run of this action started, so that it keeps
 * running until this run ends. Does nothing if the daemon is not this action's. Rejects with the codes of
 * `asRoot`.
 */
async function leaseDaemon(effects) {
    const current = await (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_5__/* .readLinkIfPresent */ .DV)(CURRENT);
    const [pid = "", start = ""] = (current ?? "").split(" ");
    if (start === "" || (0,_platform_process_identity_js__WEBPACK_IMPORTED_MODULE_6__/* .readStartTime */ .ME)(Number(pid)) !== start)
        return;
    writeRecord(effects.runFolder, Number(pid));
    await takeLease(effects);
}
/**
 * Stops the daemon that the run with this folder started or shared, if there is one. If other runs still use
 * it, the last of them stops it. A daemon with other clients keeps running.
 */
async function stopDaemon(runFolder, { runAsRoot, clock, log }) {
    const record = await (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_5__/* .readFileIfPresent */ .Ts)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(runFolder, RECORD));
    if (record === undefined)
        return;
    const [pidText = "", start] = record.trim().split(" ");
    const pid = Number(pidText);
    // Root stops only what is a nix-daemon, or a sudo that has become or started one.
    const isRunning = () => start !== undefined && (0,_platform_process_identity_js__WEBPACK_IMPORTED_MODULE_6__/* .readStartTime */ .ME)(pid) === start && (0,_platform_background_process_js__WEBPACK_IMPORTED_MODULE_4__/* .findDescendant */ .T5)(pid, "nix-daemon") !== undefined;
    const isDone = async (condition, limitMs) => {
        const startMs = clock.nowMs();
        while (!condition() && clock.nowMs() - startMs < limitMs)
            await clock.sleep(50);
        return condition();
    };
    // Without its record, this run no longer counts as a user of the daemon.
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmSync)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(runFolder, RECORD), { force: true });
    if (isRunning()) {
        if (await isLeased()) {
            log.info(`the Nix daemon (process ${pid}) is still used by another run, which will stop it`);
            return;
        }
        if (!(await isDone(() => !(0,_platform_background_process_js__WEBPACK_IMPORTED_MODULE_4__/* .hasChildren */ .Go)(pid), CLIENTS_LIMIT_MS))) {
            log.info(`the Nix daemon (process ${pid}) has other clients and keeps running`);
            return;
        }
        // Exit code 1: the daemon has exited in the meantime.
        const end = (signal) => runAsRoot("kill", [signal, pidText], { timeoutMs: 10_000, expectedExitCodes: [0, 1] });
        await end("-TERM");
        if (!(await isDone(() => !isRunning(), STOP_LIMIT_MS)))
            await end("-KILL");
    }
}
/** The command that starts the daemon, and its complete environment. No argument contains a secret. */
function planDaemon(binFolder, { isRoot, environment }) {
    const inherited = INHERITED.flatMap((name) => {
        const value = environment[name];
        return value === undefined || value === "" ? [] : [[name, value]];
    });
    // The build hook finds ssh on this PATH. TMPDIR is not inherited: build folders belong on the system's
    // disk, not in the user's folder.
    const path = `${binFolder}:${SYSTEM_PATH}`;
    const daemon = `${binFolder}/nix-daemon`;
    // Nix ignores the argument, and its process for a client puts the client's PID there: see build-meter.ts.
    const own = ["--daemon"];
    if (isRoot) {
        return { tool: daemon, args: own, env: { ...Object.fromEntries(inherited), PATH: path, HOME: "/root" } };
    }
    const kept = inherited.map(([name]) => name);
    const keep = kept.length === 0 ? [] : [`--preserve-env=${kept.join(",")}`];
    return {
        tool: "sudo",
        args: ["-n", ...keep, "--", "env", `PATH=${path}`, "HOME=/root", daemon, ...own],
        env: { ...Object.fromEntries(inherited), PATH: SYSTEM_PATH },
    };
}
/** Synchronous, so that the record exists before this process can receive a SIGKILL. */
function writeRecord(runFolder, pid) {
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.writeFileSync)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(runFolder, RECORD), `${renderProcess(pid)}\n`, { mode: 0o600 });
}
function renderProcess(pid) {
    return `${pid} ${(0,_platform_process_identity_js__WEBPACK_IMPORTED_MODULE_6__/* .readStartTime */ .ME)(pid) ?? ""}`;
}
async function announce(pid, effects) {
    const over = (await listLeases()).filter(({ isOver }) => isOver).map(({ link }) => link);
    await (0,_root_command_js__WEBPACK_IMPORTED_MODULE_8__/* .asRoot */ .t)(effects.runAsRoot, "rm", ["-f", "--", ...over]);
    await (0,_root_command_js__WEBPACK_IMPORTED_MODULE_8__/* .asRoot */ .t)(effects.runAsRoot, "mkdir", ["-p", "-m", "0755", "--", LEASES]);
    await (0,_root_command_js__WEBPACK_IMPORTED_MODULE_8__/* .asRoot */ .t)(effects.runAsRoot, "ln", ["-sfn", "--", renderProcess(pid), CURRENT]);
    await takeLease(effects);
}
async function takeLease({ runFolder, runAsRoot, }) {
    const lease = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(LEASES, (0,node_path__WEBPACK_IMPORTED_MODULE_2__.basename)(runFolder));
    await (0,_root_command_js__WEBPACK_IMPORTED_MODULE_8__/* .asRoot */ .t)(runAsRoot, "ln", ["-sfn", "--", (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(runFolder, RECORD), lease]);
}
/** True if a run uses the daemon. Another user's run cannot be inspected, so it counts as active. */
async function isLeased() {
    return (await listLeases()).some(({ isOver }) => !isOver);
}
async function listLeases() {
    const links = (await (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_5__/* .readdirIfPresent */ .wi)(LEASES)).map((name) => (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(LEASES, name));
    return Promise.all(links
        .filter((link) => link !== CURRENT)
        .map(async (link) => {
        try {
            await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.access)(link);
            return { link, isOver: false };
        }
        catch (error) {
            return { link, isOver: (0,_errors_errno_js__WEBPACK_IMPORTED_MODULE_9__/* .isErrno */ .r)(error, "ENOENT", "ENOTDIR") };
        }
    }));
}
async function daemonFailed(reason, logFile) {
    const said = (0,_platform_log_js__WEBPACK_IMPORTED_MODULE_10__/* .sanitizeText */ .jZ)((await (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_5__/* .readFileIfPresent */ .Ts)(logFile)) ?? "")
        .trim()
        .split("\n")
        .slice(-5)
        .join(" | ");
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_3__/* .ActionError */ .lZ("NIX_DAEMON_FAILED", `the Nix daemon did not start: ${reason}${said === "" ? "" : `; the end of its log: ${said}`}`, { hint: "Check that root can run programs in /nix/store and write to /nix/var." });
}


/***/ }),

/***/ 21973:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   I8: () => (/* binding */ isThroughDaemon),
/* harmony export */   ap: () => (/* binding */ renderRequiredConf),
/* harmony export */   yv: () => (/* binding */ originOf)
/* harmony export */ });
/* harmony import */ var _conf_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(21339);

/** True if a root daemon runs the builds, so that root's ssh connects to the builders. */
function isThroughDaemon({ access }) {
    return access === "daemon";
}
/** Settings that this Nix needs and that none of its own configuration files has. */
function renderRequiredConf({ access }) {
    return access === "single-user" ? (0,_conf_js__WEBPACK_IMPORTED_MODULE_0__/* .renderSingleUserConf */ .Ur)() : "";
}
/** Where a Nix came from, in the words of the report. */
function originOf(installation) {
    switch (installation.kind) {
        case "preinstalled":
        case "earlier-run":
            return { origin: "reused", source: "present" };
        case "release":
        case "upstream-installer":
            return { origin: "installed", source: installation.archive };
        case "distribution":
            return { origin: "installed", source: "distribution" };
    }
}


/***/ }),

/***/ 81920:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $4: () => (/* binding */ readVersion),
/* harmony export */   $t: () => (/* binding */ isNewEnough),
/* harmony export */   Jf: () => (/* binding */ canBuildDerivations),
/* harmony export */   KG: () => (/* binding */ DEFAULT_PROFILE),
/* harmony export */   ad: () => (/* binding */ OLDEST_NIX),
/* harmony export */   rv: () => (/* binding */ findNix),
/* harmony export */   vy: () => (/* binding */ hasAllocatedUids)
/* harmony export */ });
/* unused harmony exports listBinFolders, tryParseVersionOutput */
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(22714);
/* harmony import */ var _platform_files_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(94924);



/** The default profile of a Nix installation. */
const DEFAULT_PROFILE = "/nix/var/nix/profiles/default";
/** The oldest supported Nix: Debian 12's. */
const OLDEST_NIX = "2.8";
/**
 * Looks for a Nix on PATH, in the default profile, in the user's profiles and in NixOS's system profile.
 * Returns the first one that is new enough, or else the first one that runs.
 */
async function findNix({ run, log, environment }) {
    let tooOld;
    for (const binFolder of listBinFolders(environment)) {
        const program = (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(binFolder, "nix");
        if (!(await (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_2__/* .isExecutable */ .TV)(program)))
            continue;
        try {
            const version = await readVersion(run, binFolder);
            if (isNewEnough(version))
                return { binFolder, version };
            tooOld ??= { binFolder, version };
        }
        catch (error) {
            log.debug(`${program} does not run: ${(0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .renderError */ .vr)(error)}`);
        }
    }
    return tooOld;
}
/**
 * The version of the Nix in a folder. Rejects with `COMMAND_FAILED` if it prints none, and with the codes of
 * RunCommand.
 */
async function readVersion(run, binFolder) {
    const program = (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(binFolder, "nix");
    const { stdout } = await run(program, ["--version"], { timeoutMs: 20_000 });
    const version = tryParseVersionOutput(stdout);
    if (version !== undefined)
        return version;
    throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ActionError */ .lZ("COMMAND_FAILED", `${program} --version printed no version: ${JSON.stringify(stdout.slice(0, 200))}`, { hint: "Remove this program from PATH, or replace it by a working Nix." });
}
/** The folders that may contain `nix`, best first. Skips relative folders of PATH. */
function listBinFolders(environment) {
    const home = environment["HOME"];
    return [
        ...new Set([
            ...(environment["PATH"] ?? "").split(":").filter((folder) => (0,node_path__WEBPACK_IMPORTED_MODULE_0__.isAbsolute)(folder)),
            `${DEFAULT_PROFILE}/bin`,
            ...(home === undefined
                ? []
                : [(0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(home, ".nix-profile/bin"), (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(home, ".local/state/nix/profile/bin")]),
            "/run/current-system/sw/bin",
        ]),
    ];
}
/**
 * The version in the output of `nix --version`: `nix (Nix) 2.34.8`, `nix (Lix, like Nix) 2.93.0`,
 * `nix (Determinate Nix 3.8.5) 2.30.2`. Undefined if there is none.
 */
function tryParseVersionOutput(text) {
    return /^nix \(.+\) ([0-9]+\.[0-9]+\S*)\s*$/m.exec(text)?.[1];
}
/** Whether a Nix version is at least `OLDEST_NIX`. */
function isNewEnough(version) {
    return isAtLeast(version, OLDEST_NIX);
}
/** Whether a Nix version supports `auto-allocate-uids`. @see Nix manual, release notes of 2.12 */
function hasAllocatedUids(version) {
    return isAtLeast(version, "2.12");
}
/** Whether a Nix version builds `/nix/store/….drv^out`. @see Nix manual, release notes of 2.13 */
function canBuildDerivations(version) {
    return isAtLeast(version, "2.13");
}
/** Compares the major and minor numbers. `localeCompare` would first load the collation data of ICU: 7 ms. */
function isAtLeast(version, other) {
    const [major, minor] = readNumbers(version);
    const [otherMajor, otherMinor] = readNumbers(other);
    return major === otherMajor ? minor >= otherMinor : major > otherMajor;
}
function readNumbers(version) {
    const [major = "", minor = ""] = version.split(".");
    return [Number.parseInt(major, 10), Number.parseInt(minor, 10)];
}


/***/ }),

/***/ 61910:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  p_: () => (/* binding */ parseNixVersion),
  Uc: () => (/* binding */ parsePublishedDigest),
  CM: () => (/* binding */ resolveRelease)
});

// UNUSED EXPORTS: parseSha256

// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/model/digest.ts
var digest = __webpack_require__(95305);
;// CONCATENATED MODULE: ./src/nix-install/release-digests.ts

/**
 * The SHA-256 of upstream's tarballs, nix-VERSION-SYSTEM.tar.xz, as far as public sources have them. The
 * sources are the install script of each release, https://releases.nixos.org/nix/nix-VERSION/install, and
 * public repositories that copy this script or pin the tarball; a comment names them. A release without a row
 * is verified against the `.sha256` published beside it.
 */
const DIGESTS = {
    "2.35.2": {
        // A complete copy of the release's `install`: its own SHA-256 is the one that Quince-Pie/stackma@27d72f5
        // (scripts/ci/install-nix.sh) pins.
        "x86_64-linux": "0c3960a9792331a22081c3c7a5d8465db9b17c50b3acdf18587fa4c6f2cb1158",
        "aarch64-linux": "4d0302a2910f5eec1c33b8deef634f04899a75737e7001ec49908d003ae5efda",
        "x86_64-darwin": "d725518d89f3b0b8d4af702a9d38d519814014cbe125afb3ed0545c9d755f6a5",
        "aarch64-darwin": "1695c13aba5afa7c2ecd6dc4a9393f602e7bbc440ed45e81602c831546580ec3",
    },
    "2.35.1": {
        // The release's `install`
        "x86_64-linux": "c3fe29778acaa93b5095ee66e36f11ec7c6a284c40970a24cc83ac4f04809db3",
        "aarch64-linux": "79b739996f1751573b4d2b56e4ae607855184c711f2cc1274fa0952a13d4bfc9",
        "x86_64-darwin": "1a932047a6e563acbd86024599bb377cbceca4dc6934a49f62a41ea1d9bdcb1b",
        "aarch64-darwin": "414e073c4754e0c9eed1dd25e482af45213a34aa67c930201e35df7c8333c19a",
    },
    "2.34.8": {
        // https://releases.nixos.org/nix/nix-2.34.8/nix-2.34.8-SYSTEM.tar.xz.sha256, as quoted by public files
        // that agree with each other. None was found for the other systems.
        "x86_64-linux": "2c2e146b80834fe0ca201b51deeb939405b4f18e8d2071bf80b10f8123c50464",
        "aarch64-darwin": "ae3b2b1a74b956110d14dd813bee80ea46626a51ddce28d142e0805379a34acf",
    },
    "2.34.7": {
        // danielrolls/nix-install@821e417 (defaults/main.yml)
        "x86_64-linux": "eafe5042404e818505e28c5ca3d0885f3ec45c31f955489a25bb38258f87560e",
    },
    "2.34.6": {
        // danielrolls/nix-install@a989a75 (defaults/main.yml) and the release's `install`
        "x86_64-linux": "311b9f406f0239ef640a1e3fbea1df1bac9d3a7c316c4def30df3206dd964960",
        // The release's `install`
        "aarch64-linux": "09edae3ed146b1a47de84eda6135ef12ee74783d409e7a207c912cb94e14aa35",
        "x86_64-darwin": "ae58c8c91e3951602869e5a502621edb1bdde8ab20436f488a29af6a0aecd846",
        "aarch64-darwin": "596ae5555acfb497723934b98b66b7d638eb8f7d856975466f2c1217ce94f8a1",
    },
    "2.34.5": {
        // danielrolls/nix-install@b91e3a7 (defaults/main.yml)
        "x86_64-linux": "0a0462692a10ff1eb8a608f713f38d1f25a208ad55963a9c00b239da398de5a1",
    },
    "2.34.4": {
        // danielrolls/nix-install@d613820 (defaults/main.yml) and the release's `install`
        "x86_64-linux": "595669eb6db6117135ca8ba6667b273eaf980a47523a92e61ed963556cd547b8",
        // The release's `install`
        "aarch64-linux": "11f5dca5e2eccd7fca31d84ee16fbe18e8752c45a9ca223a1e55aaa16548a48b",
        "x86_64-darwin": "c79f15a0f9cb1700103bc5ae2b96b8cab58bd53208800a1b477ccb718696b5af",
        "aarch64-darwin": "f283897495c8e2929deeb822e4b56055f691c8a2aa6ccc966c9a40ed551fa71c",
    },
    "2.34.0": {
        // danielrolls/nix-install@ab2c8aa (defaults/main.yml)
        "x86_64-linux": "5676b0887f1274e62edd175b6611af49aa8170c69c16877aa9bc6cebceb19855",
    },
    "2.33.3": {
        // danielrolls/nix-install@bdf5767 (defaults/main.yml) and the release's `install`
        "x86_64-linux": "96c5035a63699a12301566fca7838bb1264c3b0894dc0f610101726753e52ac2",
        // The release's `install`
        "aarch64-linux": "15e3a7fca83b28170be0e6a1dff2c6645529f899c76e789575c8ce9b3251bb2d",
        "x86_64-darwin": "fbadda2f407d73409b444ab21386b5f713947e474ee4f4f96a9cbc6ccd9f853b",
        "aarch64-darwin": "0781837b43d0234933141f6305c8a8fec6d49f3d2b245ee5b7c4e5d2a4a39c38",
    },
    "2.33.0": {
        // danielrolls/nix-install@fed2e92 (defaults/main.yml)
        "x86_64-linux": "54af61e36635af71cbfa0ca152bf4a1d25d23806536dbd39ee95d54145bd8f01",
    },
    "2.32.4": {
        // danielrolls/nix-install@6d97010 (defaults/main.yml)
        "x86_64-linux": "0737755f3106e8dffbf26a77af398888e8421974b91fe2b86052c891f71e16b5",
    },
    "2.31.4": {
        // The release's `install`
        "x86_64-linux": "a21fde5116b1f28ef4990cc9fdb2b5002cff43bbd85171e199f2e72b7fc0b9fa",
        "aarch64-linux": "3fdef0c5638853dc78136d27583984e42d16d5e9c1d9569eb0fbec8aed966daf",
        "x86_64-darwin": "e06a1e30b05c707f5c554d213eb60b3282521998d1656d3e05868ff2abc870f6",
        "aarch64-darwin": "f023e8ed587cfd17809e6825aa46520f99b8e3c8c5c6faf3e308f84a839e2e13",
    },
    "2.31.2": {
        // danielrolls/nix-install@f5afe1b (defaults/main.yml)
        "x86_64-linux": "d1f67c86eed016214864ba08bfb9529c307aea7e8fafb74853f96fcc3bfd8a60",
    },
    "2.28.2": {
        // The release's `install`
        "x86_64-linux": "8808777ea0fc231bf131450bea32416f25eff49ea3ed025186e283ca6d4c5bba",
        "aarch64-linux": "33674a4b5b6c213e638e99b4be7e6f005a9b2569297623e26763f6a0b746d503",
        "x86_64-darwin": "49a06a56f1f9f1e6eea0b1c86587508b1b610b2ad9a111d96a79e33158e28d6f",
        "aarch64-darwin": "0687f4f4e0ffd479f3dcc3616820a22a6eac19faa250b90b5cbdfb16377adddb",
    },
};
/** The digest of an upstream release; undefined if the table does not have it. */
function findReleaseDigest(version, system) {
    const hex = Object.hasOwn(DIGESTS, version) ? DIGESTS[version]?.[system] : undefined;
    return hex === undefined ? undefined : (0,digest/* digestOfHex */.z9)(hex);
}

;// CONCATENATED MODULE: ./src/nix-install/resolve.ts



/**
 * The tarball to fetch for a request. Rejects with `INPUT_INVALID` for a malformed URL or digest. Also
 * rejects a URL other than https if neither the request nor the table has a digest: the download could not be
 * verified.
 */
function resolveRelease({ version, url, sha256, system }) {
    const name = `nix-${version}-${system}.tar.xz`;
    const tarball = resolveUrl(url, version, name);
    if (sha256 !== undefined)
        return { url: tarball, digest: { kind: "given", digest: parseSha256(sha256) } };
    // A file with the name of an upstream release must be that release, whichever server it comes from.
    const known = tarball.pathname.endsWith(`/${name}`) ? findReleaseDigest(version, system) : undefined;
    if (known !== undefined)
        return { url: tarball, digest: { kind: "table", digest: known } };
    if (tarball.protocol !== "https:") {
        throw new action_error/* ActionError */.lZ("INPUT_INVALID", `nix-url starts with ${tarball.protocol} and nix-sha256 is not set, so the download cannot be verified`, { hint: "Set nix-sha256 to the tarball's SHA-256, or use an https URL." });
    }
    const published = new URL(tarball);
    published.pathname += ".sha256";
    return { url: tarball, digest: { kind: "published", url: published } };
}
/** Reads a Nix version such as `2.34.8`; rejects with `INPUT_INVALID`. */
function parseNixVersion(text) {
    if (/^[0-9]+\.[0-9]+(?:\.[0-9]+)?(?:pre[0-9]+_[0-9a-f]+)?$/.test(text))
        return text;
    throw new action_error/* ActionError */.lZ("INPUT_INVALID", `${quote(text)} is not a Nix version`, {
        hint: "Give a full version as on https://releases.nixos.org, for example 2.34.8.",
    });
}
/**
 * Reads 64 hexadecimal digits, with or without `sha256:`, or `sha256-` and Base64. Rejects with
 * `INPUT_INVALID`.
 */
function parseSha256(text) {
    const trimmed = text.trim();
    const hex = /^(?:sha256:)?([0-9a-fA-F]{64})$/.exec(trimmed)?.[1];
    if (hex !== undefined)
        return (0,digest/* digestOfHex */.z9)(hex.toLowerCase());
    const base64 = /^sha256-([A-Za-z0-9+/]{43}=)$/.exec(trimmed)?.[1];
    if (base64 !== undefined)
        return (0,digest/* digestOfHex */.z9)(Buffer.from(base64, "base64").toString("hex"));
    throw new action_error/* ActionError */.lZ("INPUT_INVALID", `nix-sha256 ${quote(text)} is not a SHA-256`, {
        hint: "Give 64 hexadecimal digits (as sha256sum prints them), or sha256- followed by Base64.",
    });
}
/**
 * Reads the `.sha256` file of a release: the digest in hexadecimal, as sha256sum prints it. Rejects with
 * `DOWNLOAD_FAILED`.
 */
function parsePublishedDigest(text) {
    const hex = /^([0-9a-f]{64})(?:\s|$)/.exec(text)?.[1];
    if (hex !== undefined)
        return (0,digest/* digestOfHex */.z9)(hex);
    throw new action_error/* ActionError */.lZ("DOWNLOAD_FAILED", `the published digest ${quote(text)} is not a SHA-256`, {
        hint: "Check nix-url, or set nix-sha256.",
    });
}
function resolveUrl(given, version, name) {
    if (given === undefined)
        return new URL(`https://releases.nixos.org/nix/nix-${version}/${name}`);
    const url = URL.parse(given);
    if (url === null || !["https:", "http:", "file:"].includes(url.protocol)) {
        // The message does not show the URL, which may contain a password.
        throw new action_error/* ActionError */.lZ("INPUT_INVALID", "nix-url is not an https, http or file URL", {
            hint: "Give a release tarball or the folder that contains it: https://mirror.example/nix/nix-2.34.8",
        });
    }
    if (!/\.tar\.(?:xz|zst|gz)$/.test(url.pathname))
        url.pathname = `${url.pathname.replace(/\/*$/, "")}/${name}`;
    return url;
}
function quote(text) {
    return JSON.stringify(text.slice(0, 100));
}


/***/ }),

/***/ 77209:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   t: () => (/* binding */ asRoot)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(51455);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs_promises__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(22714);


/**
 * Runs a command of the install as root. Its messages are in English, so that known failures can be
 * recognized. Rejects with the codes of RunCommand, `NIX_DISK_FULL` and `NIX_NOT_WRITABLE`.
 */
async function asRoot(runAsRoot, tool, args, { env, ...options } = {}) {
    try {
        await runAsRoot(tool, args, { timeoutMs: 60_000, ...options, env: { ...env, LC_ALL: "C" } });
    }
    catch (error) {
        if (!(error instanceof _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ActionError */ .lZ) || error.code !== "COMMAND_FAILED")
            throw error;
        if (/No space left on device|Disk quota exceeded|database or disk is full/.test(error.message)) {
            throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ActionError */ .lZ("NIX_DISK_FULL", `the disk of /nix is full: ${await readFreeSpace()}`, {
                cause: error,
                hint: "Free some space, or mount a larger disk on /nix. " +
                    "Unpacked, Nix is several times as large as its archive.",
            });
        }
        if (/Read-only file system|Permission denied|Operation not permitted/.test(error.message)) {
            throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ActionError */ .lZ("NIX_NOT_WRITABLE", `Nix cannot be installed: ${error.message}`, {
                cause: error,
                hint: "Make /nix and /etc/nix writable for root; without sudo, create a /nix that this user owns. " +
                    "Or install Nix in an earlier step.",
            });
        }
        throw error;
    }
}
async function readFreeSpace() {
    // Without /nix, report the disk of /, where it would be created.
    const { bavail, bsize } = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.statfs)("/nix").catch(() => (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.statfs)("/"));
    return `${Math.round((bavail * bsize) / (1 << 20))} MiB free`;
}


/***/ }),

/***/ 40699:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   MZ: () => (/* binding */ TELLS_VERSION),
/* harmony export */   Vu: () => (/* binding */ parseHandshake),
/* harmony export */   Wl: () => (/* binding */ MAX_VERSION_BYTES),
/* harmony export */   e$: () => (/* binding */ HAS_CPU_TIME),
/* harmony export */   ej: () => (/* binding */ TELLS_TRUST),
/* harmony export */   fw: () => (/* binding */ renderHello),
/* harmony export */   n$: () => (/* binding */ renderRemoteProgram),
/* harmony export */   nK: () => (/* binding */ WORKER),
/* harmony export */   q8: () => (/* binding */ renderRemoteCommand),
/* harmony export */   ve: () => (/* binding */ renderNixStoreProgram)
/* harmony export */ });
/* harmony import */ var _model_shell_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(843);

/** The worker protocol. We claim 1.37, which reports the CPU time of builds but negotiates no features. */
const WORKER = { client: 0x6e697863, server: 0x6478696f, version: 0x125 };
const SERVE = { client: 0x390c9deb, server: 0x5452eecb, version: 0x206 };
/** The first minor versions in which the server reports its Nix version, and whether it trusts the client. */
const TELLS_VERSION = 33;
const TELLS_TRUST = 35;
/** The first minor version whose answer to a build has its CPU time. */
const HAS_CPU_TIME = 37;
const MAX_VERSION_BYTES = 200;
/** The program that ssh starts on the builder. @see Nix manual, "Experimental SSH Store", `remote-program` */
function renderRemoteProgram({ protocol, query, }) {
    const given = findRemoteProgram(query);
    return protocol === "ssh-ng"
        ? [given ?? "nix-daemon", "--stdio"]
        : [given ?? "nix-store", "--serve", "--write"];
}
/** The same as a command line for the login shell on the builder. */
function renderRemoteCommand(builder) {
    return (0,_model_shell_js__WEBPACK_IMPORTED_MODULE_0__/* .renderShellCommand */ .c)(renderRemoteProgram(builder));
}
/** The `nix-store` in the folder of the program that ssh starts, as a word for the shell on the builder. */
function renderNixStoreProgram({ query }) {
    const given = findRemoteProgram(query) ?? "";
    const folder = given.includes("/") ? given.slice(0, given.lastIndexOf("/") + 1) : "";
    return (0,_model_shell_js__WEBPACK_IMPORTED_MODULE_0__/* .quoteShellWord */ .B)(`${folder}nix-store`);
}
/** Decodes as Nix does: unlike in a form, `+` is not a blank. */
function findRemoteProgram(query) {
    const pairs = query.slice(1).split("&");
    const found = pairs.find((pair) => pair.startsWith("remote-program="));
    return found === undefined ? undefined : decodeURIComponent(found.slice("remote-program=".length));
}
/** The client's whole part of the handshake. It is sent at once, since it does not depend on the answer. */
function renderHello(protocol) {
    const words = protocol === "ssh-ng" ? [WORKER.client, WORKER.version, 0, 0] : [SERVE.client, SERVE.version];
    const hello = Buffer.alloc(words.length * 8);
    words.forEach((word, index) => hello.writeBigUInt64LE(BigInt(word), index * 8));
    return hello;
}
/** Parses the builder's answer so far. Never throws, whatever the bytes are. */
function parseHandshake(protocol, answer) {
    const magic = protocol === "ssh-ng" ? WORKER.server : SERVE.server;
    const expected = Buffer.alloc(8);
    expected.writeBigUInt64LE(BigInt(magic));
    const begin = answer.subarray(0, 8);
    if (!begin.equals(expected.subarray(0, begin.length))) {
        return { state: "noise", said: answer.subarray(0, 300).toString("utf8") };
    }
    const version = readWord(answer, 8);
    if (version === undefined)
        return { state: "incomplete" };
    if (protocol === "ssh")
        return { state: "answered", nixVersion: undefined, isTrusted: undefined };
    return parseWorkerGreeting(answer, Math.min(version & 0xff, WORKER.version & 0xff));
}
function parseWorkerGreeting(answer, minor) {
    if (minor < TELLS_VERSION)
        return { state: "answered", nixVersion: undefined, isTrusted: undefined };
    const length = readWord(answer, 16);
    if (length === undefined)
        return { state: "incomplete" };
    if (length > MAX_VERSION_BYTES) {
        return { state: "noise", said: "a Nix version that is too long" };
    }
    const end = 24 + Math.ceil(length / 8) * 8;
    if (answer.length < end)
        return { state: "incomplete" };
    const nixVersion = answer.subarray(24, 24 + length).toString("utf8");
    if (minor < TELLS_TRUST)
        return { state: "answered", nixVersion, isTrusted: undefined };
    const trust = readWord(answer, end);
    if (trust === undefined)
        return { state: "incomplete" };
    return { state: "answered", nixVersion, isTrusted: trust === 0 ? undefined : trust === 1 };
}
/** A word of Nix's wire format: 64 bits, little endian. Undefined if it has not arrived yet. */
function readWord(bytes, offset) {
    return bytes.length < offset + 8 ? undefined : Number(bytes.readBigUInt64LE(offset));
}


/***/ }),

/***/ 49005:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   C_: () => (/* binding */ parseAccessTokens),
/* harmony export */   Iv: () => (/* binding */ listTokenLogins),
/* harmony export */   Xp: () => (/* binding */ listTokenForms),
/* harmony export */   xD: () => (/* binding */ listArchiveLogins)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);

const SCOPE = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?(?:\/[\w.~-]+)*$/;
/** Visible ASCII without `#`, which starts a comment in nix.conf, and `"` and `\`, which quote in netrc. */
const VALUE = /^[!$-[\]-~]+$/;
/**
 * Reads the entries `HOST=TOKEN` of the setting `access-tokens`, separated by white space. Rejects with
 * `INPUT_INVALID`, which shows no part of an entry that cannot be read: it may be the token itself.
 * @see Nix manual, nix.conf, "access-tokens"
 */
function parseAccessTokens(text) {
    const entries = text.split(/\s+/).filter((entry) => entry !== "");
    const tokens = entries.map((entry, index) => {
        const [, scope = "", value = ""] = /^([^=]*)=([^]*)$/.exec(entry) ?? [];
        if (SCOPE.test(scope) && VALUE.test(value))
            return { scope, value };
        throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("INPUT_INVALID", `entry ${index + 1} is not HOST=TOKEN`, {
            hint: "Write one entry per line, such as gitlab.example.org=PAT:TOKEN, without https:// before the host. " +
                'A token cannot contain white space, #, " or \\.',
        });
    });
    const twice = tokens.find(({ scope }, index) => tokens.findIndex((one) => one.scope === scope) < index);
    if (twice === undefined)
        return tokens;
    throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("INPUT_INVALID", `${twice.scope} has two tokens`, {
        hint: "Remove one of them. For each owner's repositories, Nix 2.34 and newer take HOST/OWNER=TOKEN.",
    });
}
/** The words before a token of GitLab. */
const GITLAB_KIND = /^(?:PAT|OAuth2):/;
/**
 * The logins for git over HTTPS, which knows nothing of Nix's tokens. A token with a path has none: it must
 * not be sent to other paths of its host.
 */
function listTokenLogins(tokens) {
    return tokens
        .filter(({ scope }) => !scope.includes("/"))
        .map(({ scope: host, value }) => {
        const [, username, password] = /^([^:]+):(.+)$/.exec(value) ?? [];
        return username === undefined || password === undefined
            ? // GitHub, GitLab and Forgejo accept any user name with a token, and GitHub documents this one.
                { host, username: "x-access-token", password: value }
            : // GitLab documents this user name.
                { host, username: GITLAB_KIND.test(value) ? "oauth2" : username, password };
    });
}
/**
 * The logins for archives, by netrc, which knows no ports: the server on one port would get the token of
 * another. GitLab's are left out: Nix would send a second credential along with the one of `gitlab:`.
 */
function listArchiveLogins(tokens) {
    return listTokenLogins(tokens.filter(({ scope, value }) => !scope.includes(":") && !GITLAB_KIND.test(value)));
}
/** Every form in which a token is written or sent: what a log has to hide. */
function listTokenForms(tokens) {
    const basic = listTokenLogins(tokens).flatMap(({ username, password }) => [
        password,
        Buffer.from(`${username}:${password}`).toString("base64"),
    ]);
    // Of `PAT:…` with a path, too, Nix sends the second part alone.
    return tokens.flatMap(({ value }) => [value, value.replace(/^[^:]+:(?=.)/, "")]).concat(basic);
}


/***/ }),

/***/ 82094:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   AX: () => (/* binding */ createRunNixStoreCli),
/* harmony export */   Je: () => (/* binding */ COPY_LIMIT_MS),
/* harmony export */   LR: () => (/* binding */ createRunNix)
/* harmony export */ });
/** Time limit for copying a closure. */
const COPY_LIMIT_MS = 60 * 60_000;
/** Binds `nix` to an installation, its experimental features and this run's configuration. */
function createRunNix(run, settings) {
    const features = ["--extra-experimental-features", "nix-command flakes"];
    return callNix(run, "nix", features, settings);
}
/** The same for `nix-store`, which can import store paths from a pipe. */
function createRunNixStoreCli(run, settings) {
    return callNix(run, "nix-store", [], settings);
}
function callNix(run, program, first, settings) {
    const env = {
        NIX_USER_CONF_FILES: settings.confFiles.join(":"),
        PATH: `${settings.binFolder}:${settings.environment["PATH"] ?? ""}`,
        LC_ALL: "C",
        ...settings.gitEnvironment,
        ...(settings.sshOptions !== undefined && { NIX_SSHOPTS: settings.sshOptions }),
    };
    const { listOptions = () => [] } = settings;
    return (args, options) => run(`${settings.binFolder}/${program}`, [...first, ...listOptions(), ...args], {
        ...options,
        env: { ...env, ...options.env },
    });
}


/***/ }),

/***/ 41457:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $0: () => (/* binding */ listPositions),
/* harmony export */   Dj: () => (/* binding */ LOCK_WARNING),
/* harmony export */   Ti: () => (/* binding */ isEvaluationError),
/* harmony export */   iF: () => (/* binding */ readNixError)
/* harmony export */ });
const MAX_LINES = 25;
const MAX_LINE_CHARACTERS = 300;
/** Lines in which Nix speaks about its trace, not about the error. */
const ABOUT_TRACE = /^\((?:use '--show-trace'|stack trace truncated)/;
/**
 * The last error in the output of Nix, without the trace that precedes it: its message, the position, and the
 * lines of source code around it. The first line has no `error:`.
 */
function readNixError(text) {
    const lines = lastError(text).map((line) => line.trimEnd());
    const kept = lines.filter((line) => line !== "" && !ABOUT_TRACE.test(line.trimStart()));
    // The source code stays aligned: every line loses the indentation of the least indented one.
    const [, ...others] = kept;
    const indentation = Math.min(...others.map((line) => line.length - line.trimStart().length));
    const [first = "", ...rest] = kept.map((line, at) => (at === 0 ? line.trim() : line.slice(indentation)));
    return [first.replace(/^error:\s*/, ""), ...rest]
        .filter((line) => line !== "")
        .slice(0, MAX_LINES)
        .map((line) => line.slice(0, MAX_LINE_CHARACTERS))
        .join("\n");
}
/** The positions in the output of Nix: that of the error first, then those of its trace, innermost first. */
function listPositions(text) {
    const own = findPositions(lastError(text));
    const all = findPositions(text.split("\n"));
    return [...own, ...all.slice(0, all.length - own.length).toReversed()];
}
/** Whether the output of Nix is about the evaluation of Nix code: it has a position or a trace. */
function isEvaluationError(text) {
    return listPositions(text).length > 0 || /^[ \t]*… while /m.test(text);
}
function lastError(text) {
    const lines = text.split("\n");
    const start = lines.findLastIndex((line) => /^\s*error:/.test(line));
    return start === -1 ? lines.slice(-5) : lines.slice(start);
}
function findPositions(lines) {
    return lines.flatMap((line) => {
        const [, file, row, column] = /^\s*at (\S.*?):(\d+):(\d+):?$/.exec(line) ?? [];
        return file === undefined ? [] : [{ file, line: Number(row), column: Number(column) }];
    });
}
/** Nix's warning about a flake.lock that does not lock all inputs. The changes to it follow. */
const LOCK_WARNING = "not writing modified lock file of flake";


/***/ }),

/***/ 16429:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   EI: () => (/* binding */ findEvaluationError),
/* harmony export */   GC: () => (/* binding */ explainRefusal),
/* harmony export */   NQ: () => (/* binding */ hintForFetch),
/* harmony export */   XE: () => (/* binding */ classifyFailure),
/* harmony export */   _R: () => (/* binding */ findFailedDerivation),
/* harmony export */   m1: () => (/* binding */ hasFailedOnBuilder)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _error_text_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(41457);


/** The build hook's message for a derivation that failed on a builder: Nix's only reliable marker of that. */
const FAILED_ON_BUILDER = /build of '([^']+)' on '[^']+' failed: /;
/**
 * Causes, recognized by the messages of ssh and of Nix 2.8 to 2.35. The order matters: a wrong host key is
 * also reported as a failed connection, and a failed connection as a failed build.
 */
const CAUSES = [
    {
        pattern: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/,
        code: "BUILDER_HOST_KEY",
        hint: "Compare the builder's host key with ssh-known-hosts.",
    },
    {
        pattern: /Permission denied \(|you are not privileged to build|lacks a (?:valid )?signature/,
        code: "BUILDER_DENIED",
        hint: "Check ssh-private-key, and that the builder's nix.conf has its user in trusted-users.",
    },
    {
        pattern: new RegExp([
            "failed to start SSH connection|cannot open connection to remote store",
            "Connection (?:refused|reset|timed out|closed)|kex_exchange_identification",
            "Could not resolve hostname|not responding|Broken pipe|protocol mismatch",
            "unexpected (?:end-of-file|EOF)",
        ].join("|")),
        code: "BUILDER_UNREACHABLE",
        hint: "Check that the builder is running and reachable from this machine.",
    },
    {
        // The last one is Nix's note about a build that failed while its disk was full.
        pattern: /No space left on device|database or disk is full|lack of free disk space/,
        code: "NIX_DISK_FULL",
        hint: "Free space for the Nix store, on this machine or on the builder in the message.",
    },
    {
        pattern: /Nix daemon disconnected unexpectedly|cannot connect to socket at/,
        code: "NIX_DAEMON_FAILED",
        hint: "Restart the Nix daemon: systemctl restart nix-daemon.",
    },
    {
        // Nix 2.8 only reports that it has no builder: its daemon ignored the setting of an untrusted user.
        pattern: /not a trusted user|restricted setting|lacks permission to|untrusted client|or enable remote builds/,
        code: "NIX_NOT_TRUSTED",
        hint: "Add this user to trusted-users in /etc/nix/nix.conf and restart the daemon.",
    },
    {
        pattern: /Failed to find a machine for remote build|[Uu]nable to start any build/,
        code: "BUILDER_UNFIT",
        hint: "Compare the systems and features that the derivation requires with those of the builders.",
    },
];
const NAMES_BUILD = /(?:builder for|Cannot build) '([^']+)'/;
const NAMES_FAILURE = /failed with exit code|failed due to signal|builder failed/;
/** Nix's messages about content that has another hash than the one in the Nix code, or in flake.lock. */
const WRONG_HASHES = [
    {
        place: "in the Nix code",
        parts: [
            /hash mismatch in (?:fixed-output derivation|file downloaded from) '([^']+)'/,
            /specified:\s*(\S+)/,
            /got:\s*(\S+)/,
        ],
    },
    {
        place: "in flake.lock",
        parts: [/NAR hash mismatch in input '([^']+)'/, /expected '([^']+)'/, /'([^']+)'/],
    },
];
/**
 * Turns the messages of a failed `nix build`, oldest first, into an error. A derivation that was built and
 * failed is `BUILD_FAILED`, one with a wrong hash is `HASH_MISMATCH`, and Nix code that cannot be evaluated
 * is `EVALUATION_FAILED`. A cause that kept it from being built has its own code. Anything else is
 * `BUILD_FAILED` with Nix's last error.
 */
function classifyFailure(messages) {
    const errors = messages.filter(({ level }) => level === 0).map(({ text }) => stripPrefix(text));
    const mismatch = errors.map(explainMismatch).find((found) => found !== undefined);
    if (mismatch !== undefined)
        return mismatch;
    const cause = findCause(messages);
    const failed = errors.find(hasFailedOnBuilder) ??
        errors.find((text) => findFailedBuild(text) !== undefined &&
            !isCause(text) &&
            // Nix also reports a lost builder as a build that exited with 1; then the lost builder is the cause.
            (cause === undefined || /exit code (?!1\b)/.test(text)));
    if (failed !== undefined) {
        return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("BUILD_FAILED", firstLines(failed), {
            hint: "The last lines of its log say why. They are in the log of this run, in the job summary and in the " +
                "report.",
        });
    }
    // Before the causes: what ssh says about a git server is not about a builder.
    const fetch = errors.find((text) => FAILED_FETCH.test(text));
    if (fetch !== undefined) {
        return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("EVALUATION_FAILED", (0,_error_text_js__WEBPACK_IMPORTED_MODULE_1__/* .readNixError */ .iF)(fetch), { hint: FETCH_HINT });
    }
    const evaluation = findEvaluationError(messages);
    if (evaluation !== undefined) {
        return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("EVALUATION_FAILED", (0,_error_text_js__WEBPACK_IMPORTED_MODULE_1__/* .readNixError */ .iF)(evaluation), {
            hint: hintForFetch(evaluation) ?? "Fix the Nix code. A new file must be known to git: git add FILE.",
        });
    }
    if (cause !== undefined) {
        const message = `the build could not continue: ${firstLines(stripPrefix(cause.text))}`;
        return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ(cause.code, message, { hint: cause.hint });
    }
    const last = errors.at(-1) ?? messages.at(-1)?.text ?? "nix build failed without a message";
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("BUILD_FAILED", firstLines(last), {
        hint: "Run nix build for the same package by hand to see everything that Nix prints.",
    });
}
/** Nix's messages about a flake input, or another source of an evaluation, that could not be fetched. */
const FAILED_FETCH = /while fetching the input|[Ff]ailed to fetch git repository|program 'git' failed/;
/** During an evaluation, a download is a source; during a build, it may be of a binary cache. */
const REFUSED_DOWNLOAD = /unable to download '[^']*': HTTP error 40[134]/;
const FETCH_HINT = "Check the URL of this input. If it is private, set access-tokens; for git+ssh, set ssh-private-key, and " +
    "ssh-known-hosts for its server. Pull requests from forks get none of them.";
/** What to do if the output of a failed evaluation is about a source that could not be fetched. */
function hintForFetch(text) {
    return FAILED_FETCH.test(text) || REFUSED_DOWNLOAD.test(text) ? FETCH_HINT : undefined;
}
/** The error of Nix that says why Nix code could not be evaluated, with its trace. */
function findEvaluationError(messages) {
    // A lost daemon or a full disk may interrupt an evaluation too, and then its code is not to blame.
    return messages.findLast(({ level, text }) => level === 0 && (0,_error_text_js__WEBPACK_IMPORTED_MODULE_1__/* .isEvaluationError */ .Ti)(text) && !isCause((0,_error_text_js__WEBPACK_IMPORTED_MODULE_1__/* .readNixError */ .iF)(text)))?.text;
}
function findMismatch(text) {
    for (const { place, parts } of WRONG_HASHES) {
        const [subject, specified, got] = findInTurn(text, parts);
        if (subject === undefined || specified === undefined || got === undefined)
            continue;
        return { subject, specified, got, place };
    }
    return undefined;
}
/** What the group of each pattern matches, each after the match of the one before it. */
function findInTurn(text, patterns) {
    let rest = text;
    return patterns.map((pattern) => {
        const match = pattern.exec(rest);
        rest = match === null ? "" : rest.slice(match.index + match[0].length);
        return match?.[1];
    });
}
/** The error for a wrong hash, with the one to paste; undefined for any other text of Nix. */
function explainMismatch(text) {
    const mismatch = findMismatch(text);
    if (mismatch === undefined)
        return undefined;
    const { subject, specified, got, place } = mismatch;
    const remedy = place === "in flake.lock" ? "run nix flake update." : `paste its hash: hash = "${got}";`;
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("HASH_MISMATCH", `${subject} has the hash ${got}, not ${specified} as ${place}`, {
        hint: `If you trust the new content, ${remedy} Otherwise find out why it changed.`,
    });
}
/** Replaces a daemon's refusal with a more specific error if its message has a known cause. */
function explainRefusal(error) {
    const classified = classifyFailure([{ level: 0, text: error.message }]);
    return classified.code === "BUILD_FAILED" ? error : classified;
}
/**
 * True if a message of Nix proves that a build ran on a builder and failed, so that it would fail on any
 * other builder too.
 */
function hasFailedOnBuilder(text) {
    return FAILED_ON_BUILDER.test(text) && !isCause(text);
}
/** The derivation that failed, if the text is Nix's message about a failed build. */
function findFailedDerivation(text) {
    return FAILED_ON_BUILDER.exec(text)?.[1] ?? findMismatch(text)?.subject ?? findFailedBuild(text);
}
/**
 * The derivation of a failed build. Like `findMismatch`, uses one pattern after the other instead of a single
 * one, which would search the rest of the text again for every build in it.
 */
function findFailedBuild(text) {
    const named = NAMES_BUILD.exec(text);
    return named !== null && NAMES_FAILURE.test(text.slice(named.index)) ? named[1] : undefined;
}
function isCause(text) {
    return CAUSES.some(({ pattern }) => pattern.test(text));
}
function findCause(messages) {
    for (const { pattern, code, hint } of CAUSES) {
        const found = messages.find(({ text }) => pattern.test(text));
        if (found !== undefined)
            return { code, hint, text: found.text };
    }
    return undefined;
}
function stripPrefix(text) {
    return text.replace(/^error:\s*/, "");
}
/** The first three lines that say what failed, without what Nix adds: log lines and output paths. */
function firstLines(text) {
    const lines = text.split("\n").map((line) => line.trim());
    const end = lines.findIndex((line) => /^(?:Output paths|last \d+ log lines|For full logs)\b/i.test(line));
    return lines
        .slice(0, end === -1 ? undefined : end)
        .filter((line) => line !== "")
        .slice(0, 3)
        .join(" ")
        .replace(/;$/, "")
        .slice(0, 1_000);
}


/***/ }),

/***/ 10626:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Oy: () => (/* binding */ inspectFlake),
/* harmony export */   VZ: () => (/* binding */ readDerivationPath)
/* harmony export */ });
/* unused harmony exports parseUnlockedInputs, parseFlakeOutputs */
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(92857);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _platform_log_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(74425);
/* harmony import */ var _error_text_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(41457);
/* harmony import */ var _failure_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(16429);
/* harmony import */ var _source_place_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(45172);






const EVALUATION_LIMIT_MS = 15 * 60_000;
/**
 * Reads the names of a flake's packages, by system, and its unlocked inputs. Builds nothing and writes no
 * lock file. Rejects with `FLAKE_INVALID` and Nix's error if the evaluation fails, with
 * `FLAKE_OUTPUT_MISSING` for a flake without packages, and with the codes of what can keep Nix from
 * evaluating it.
 */
async function inspectFlake(runNix, flake, cwd) {
    const { stdout, stderr } = await evaluate(runNix, ["--json", `${flake}#packages`, "--apply", "builtins.mapAttrs (_: builtins.attrNames)"], { code: "FLAKE_INVALID", subject: `the flake ${flake}`, flake, command: `nix flake show ${flake}`, cwd });
    return {
        outputs: parseFlakeOutputs(stdout, flake),
        unlockedInputs: parseUnlockedInputs((0,_platform_log_js__WEBPACK_IMPORTED_MODULE_3__/* .sanitizeText */ .jZ)(stderr)),
    };
}
/**
 * Reads which inputs Nix had to lock for this run only, from its warning. Nix warns if flake.lock is missing,
 * lacks inputs, or is not tracked by git, and only for a flake that has inputs.
 */
function parseUnlockedInputs(text) {
    const [, changes] = text.split(_error_text_js__WEBPACK_IMPORTED_MODULE_4__/* .LOCK_WARNING */ .Dj);
    const names = [...(changes ?? "").matchAll(/^\s*• (?:Added|Updated) input '([^'/]+)'/gm)];
    return [...new Set(names.map(([, name = ""]) => name))];
}
/**
 * Evaluates a package, `FLAKE#packages.SYSTEM.NAME`, to the path of its derivation. Builds nothing and writes
 * no lock file. Rejects with `EVALUATION_FAILED` and Nix's error, and with the codes of what can keep Nix
 * from evaluating it.
 */
async function readDerivationPath(runNix, attribute, cwd) {
    const [flake = ""] = attribute.split("#");
    const path = `${attribute}.drvPath`;
    const subject = `the package ${attribute}`;
    const about = { code: "EVALUATION_FAILED", subject, flake, command: `nix eval '${path}'`, cwd };
    return (await evaluate(runNix, ["--raw", path], about)).stdout.trim();
}
async function evaluate(runNix, args, about) {
    const { flake, cwd } = about;
    const { exitCode, stdout, stderr } = await runNix(["eval", "--no-write-lock-file", ...args], {
        cwd,
        timeoutMs: EVALUATION_LIMIT_MS,
        expectedExitCodes: "any",
    });
    if (exitCode === 0)
        return { stdout, stderr };
    const text = (0,_platform_log_js__WEBPACK_IMPORTED_MODULE_3__/* .sanitizeText */ .jZ)(stderr);
    throw await (0,_source_place_js__WEBPACK_IMPORTED_MODULE_2__/* .locateError */ .H)(explainEvaluation(text, about), text, { flakes: [flake], cwd });
}
/** Failures that are not due to the flake's code. */
const OTHER_CAUSES = ["HASH_MISMATCH", "NIX_DISK_FULL", "NIX_DAEMON_FAILED"];
function explainEvaluation(text, { code, subject, flake, command }) {
    const message = (0,_error_text_js__WEBPACK_IMPORTED_MODULE_4__/* .readNixError */ .iF)(text);
    if (code === "FLAKE_INVALID" && message.includes("does not provide attribute")) {
        return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("FLAKE_OUTPUT_MISSING", `the flake ${flake} has no packages`, {
            hint: "Add packages.SYSTEM.NAME to its outputs.",
        });
    }
    const classified = (0,_failure_js__WEBPACK_IMPORTED_MODULE_1__/* .classifyFailure */ .XE)([{ level: 0, text: message }]);
    if (OTHER_CAUSES.includes(classified.code))
        return classified;
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ(code, `${subject} cannot be evaluated: ${message}`, {
        hint: (0,_failure_js__WEBPACK_IMPORTED_MODULE_1__/* .hintForFetch */ .NQ)(text) ?? `Reproduce it with: ${command}`,
    });
}
const OUTPUTS = zod__WEBPACK_IMPORTED_MODULE_5__/* .record */ .g1P(zod__WEBPACK_IMPORTED_MODULE_5__/* .string */ .YjP(), zod__WEBPACK_IMPORTED_MODULE_5__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_5__/* .string */ .YjP()));
/** Reads the JSON of package names by system. Rejects with `FLAKE_INVALID` for anything else. */
function parseFlakeOutputs(json, flake) {
    try {
        return OUTPUTS.parse(JSON.parse(json));
    }
    catch {
        throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("FLAKE_INVALID", `the packages of ${flake} are not sets of packages by system`, {
            hint: "Write them as packages = { SYSTEM = { NAME = derivation; }; }.",
        });
    }
}


/***/ }),

/***/ 45172:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   H: () => (/* binding */ locateError),
/* harmony export */   M: () => (/* binding */ localFolder)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(51455);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs_promises__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var _error_text_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(41457);



/**
 * Adds to an evaluation error the place in the user's own files that Nix names in `text`: the innermost one,
 * since the error may be in another flake that the user's calls. `flakes` are the references as given.
 */
async function locateError(error, text, { flakes, cwd }) {
    const folders = [...new Set(flakes)].flatMap((flake) => localFolder(flake, cwd) ?? []);
    for (const { file, line, column } of (0,_error_text_js__WEBPACK_IMPORTED_MODULE_2__/* .listPositions */ .$0)(text)) {
        const own = await findOwnFile(file, folders);
        const place = own === undefined ? undefined : { file: own, line, column };
        if (place !== undefined)
            return error.with({ place });
    }
    return error;
}
/**
 * The folder of a flake on this machine; undefined for a flake from elsewhere.
 * @see Nix manual, `nix flake`, "Path-like syntax"
 */
function localFolder(flake, cwd) {
    const path = flake.replace(/^(?:path:|git\+file:)(?:\/\/)?/, "").replace(/[?#].*$/, "");
    return /^(?:\.|\/|$)/.test(path) ? (0,node_path__WEBPACK_IMPORTED_MODULE_1__.resolve)(cwd, path) : undefined;
}
/**
 * The user's file of which Nix evaluated a copy in the store. Nix copies the folder of a flake, or the whole
 * git repository around it. Another flake may have a file of the same name, so the contents are compared.
 */
async function findOwnFile(file, folders) {
    const [, inSource] = /^\/nix\/store\/[^/]+\/(.+)$/.exec(file) ?? [];
    if (inSource === undefined)
        return file.startsWith("/") ? file : undefined;
    const copy = await readOptional(file);
    if (copy === undefined)
        return undefined;
    for (const start of folders) {
        for (let folder = start;; folder = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(folder)) {
            const own = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, inSource);
            if ((await readOptional(own))?.equals(copy) === true)
                return own;
            if (folder === (0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(folder))
                break;
        }
    }
    return undefined;
}
async function readOptional(file) {
    try {
        return await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readFile)(file);
    }
    catch {
        return undefined;
    }
}


/***/ }),

/***/ 84304:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   BZ: () => (/* binding */ checkDisks),
/* harmony export */   Eh: () => (/* binding */ explainFullDisk),
/* harmony export */   HX: () => (/* binding */ listDiskFolders)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(22714);
/* harmony import */ var _errors_errno_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(38335);
/* harmony import */ var _model_count_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(47302);
/* harmony import */ var _platform_disk_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(2206);





/** The folders that a run fills: the store, and the one with the run's own files. */
function listDiskFolders({ runFolder }) {
    return ["/nix/store", (0,node_path__WEBPACK_IMPORTED_MODULE_0__.dirname)(runFolder)];
}
const FREE_SPACE_HINT = "Free some space in an earlier step, or use a runner with a larger disk. " +
    "The report has what each phase used.";
/** With less, no build and no image fits. */
const LEAST_FREE_BYTES = 100 << 20;
/** With less, few builds fit. */
const SCARCE_FREE_BYTES = 1 << 30;
/** Throws `DISK_FULL` if a disk has no space for any run, and warns of one that has little. */
function checkDisks({ runFolder, log }) {
    for (const { folder, freeBytes } of (0,_platform_disk_js__WEBPACK_IMPORTED_MODULE_2__/* .readDisks */ .L)(listDiskFolders({ runFolder }))) {
        const found = `the disk of ${folder} has ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_3__/* .renderMebibytes */ .BW)(freeBytes)} left`;
        const compare = (neededBytes) => `${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_3__/* .renderMebibytes */ .BW)(neededBytes)}: ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_3__/* .renderMebibytes */ .BW)(neededBytes - freeBytes)} are missing`;
        if (freeBytes < LEAST_FREE_BYTES) {
            const message = `${found}, and a run needs at least ${compare(LEAST_FREE_BYTES)}`;
            throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ActionError */ .lZ("DISK_FULL", message, { hint: FREE_SPACE_HINT });
        }
        if (freeBytes < SCARCE_FREE_BYTES) {
            log.warning(`${found}, and few builds need less than ${compare(SCARCE_FREE_BYTES)}. ${FREE_SPACE_HINT}`);
        }
    }
}
/**
 * The error as `DISK_FULL`, with the space that is left, if a full disk of this machine caused it: otherwise
 * the code would blame what could not be written. `NIX_DISK_FULL` stays, since it may be a builder's disk.
 */
function explainFullDisk(error, context) {
    if (["DISK_FULL", "NIX_DISK_FULL"].includes(error.code) || !isDiskFull(error))
        return error;
    const left = (0,_platform_disk_js__WEBPACK_IMPORTED_MODULE_2__/* .readDisks */ .L)(listDiskFolders(context)).map(({ folder, freeBytes }) => `${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_3__/* .renderMebibytes */ .BW)(freeBytes)} on the disk of ${folder}`);
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ActionError */ .lZ("DISK_FULL", `a disk is full: ${(0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .renderError */ .vr)(error)} (left: ${left.join(", ")})`, {
        cause: error,
        hint: FREE_SPACE_HINT,
    });
}
/** Whether a system call or a command failed because a disk is full. */
function isDiskFull(error) {
    if ((0,_errors_errno_js__WEBPACK_IMPORTED_MODULE_4__/* .isErrno */ .r)(error, "ENOSPC", "EDQUOT"))
        return true;
    if (!(error instanceof Error))
        return false;
    const isCommand = error instanceof _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ActionError */ .lZ && error.code === "COMMAND_FAILED";
    if (isCommand && /no space left on device|disk quota exceeded/i.test(error.message))
        return true;
    return isDiskFull(error.cause);
}


/***/ }),

/***/ 19473:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  h: () => (/* binding */ readEmulation),
  e: () => (/* binding */ withEmulator)
});

// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/platform/files.ts
var files = __webpack_require__(94924);
;// CONCATENATED MODULE: ./src/platform/qemu.ts




/** QEMU's CPU names that differ from Nix's. @see qemu, scripts/qemu-binfmt-conf.sh */
const QEMU_CPU = {
    i686: "i386",
    armv7l: "arm",
    powerpc64le: "ppc64le",
};
const DOWNLOAD_LIMIT_MS = 300_000;
/** Whether `provideQemu` has a way to get QEMU on this machine: an installed one, or apt. */
async function canProvideQemu(target, environment) {
    return ((await findProgram(`${nameQemu(target)}-static`, environment)) !== undefined ||
        (await findProgram("apt-get", environment)) !== undefined);
}
/**
 * Returns a statically linked QEMU for programs of a target system: an installed one, or that of the
 * distribution's package, which is downloaded and unpacked into the run's folder. It is not installed, since
 * the package would register QEMU for every CPU, for good. Rejects with `QEMU_FAILED` and `CANCELLED`.
 */
async function provideQemu(target, effects) {
    const installed = await findProgram(`${nameQemu(target)}-static`, effects.environment);
    if (installed !== undefined)
        return installed;
    try {
        return await downloadQemu(nameQemu(target), effects);
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error))
            throw error;
        throw new action_error/* ActionError */.lZ("QEMU_FAILED", `cannot get QEMU for ${target}: ${(0,action_error/* renderError */.vr)(error)}`, {
            cause: error,
            hint: `Install ${nameQemu(target)}-static on this machine, or register QEMU in an earlier step.`,
        });
    }
}
async function downloadQemu(name, effects) {
    // Debian 13's qemu-user-static has only links to the programs of qemu-user, which are static there.
    for (const [packageName, program] of [
        ["qemu-user-static", `${name}-static`],
        ["qemu-user", name],
    ]) {
        const folder = (0,external_node_path_.join)(effects.runFolder, packageName);
        await (0,promises_.mkdir)(folder);
        await downloadPackage(packageName, folder, effects);
        const file = (0,external_node_path_.join)("usr/bin", program);
        // dpkg-deb -x would unpack QEMU for every CPU, half a gigabyte.
        const [archive = ""] = await (0,files/* readdirIfPresent */.wi)(folder);
        const input = effects.openProcess("dpkg-deb", ["--fsys-tarfile", (0,external_node_path_.join)(folder, archive)]);
        await effects.run("tar", ["-x", "-C", folder, `./${file}`], { input, timeoutMs: DOWNLOAD_LIMIT_MS });
        if ((await (0,promises_.lstat)((0,external_node_path_.join)(folder, file))).isFile())
            return (0,external_node_path_.join)(folder, file);
    }
    throw new Error(`the packages qemu-user-static and qemu-user have no program ${name}`);
}
/** Downloads a package, and updates apt's lists first if they are missing or out of date. */
async function downloadPackage(packageName, folder, { run, runAsRoot }) {
    const download = () => run("apt-get", ["download", "--quiet=2", packageName], { cwd: folder, timeoutMs: DOWNLOAD_LIMIT_MS });
    try {
        await download();
    }
    catch (error) {
        if (!(error instanceof action_error/* ActionError */.lZ) || error.code !== "COMMAND_FAILED")
            throw error;
        await runAsRoot("apt-get", ["update", "--quiet=2"], { timeoutMs: DOWNLOAD_LIMIT_MS });
        await download();
    }
}
function nameQemu(target) {
    const cpu = target.replace(/-linux$/, "");
    return `qemu-${QEMU_CPU[cpu] ?? cpu}`;
}
async function findProgram(name, environment) {
    for (const folder of (environment["PATH"] ?? "").split(external_node_path_.delimiter)) {
        const file = (0,external_node_path_.join)(folder, name);
        if (await (0,files/* isExecutable */.TV)(file))
            return file;
    }
    return undefined;
}

;// CONCATENATED MODULE: ./src/pipeline/emulation.ts


/**
 * Reads whether this machine can emulate a target, with a QEMU that is registered or that this run may
 * register, and why.
 */
async function readEmulation(target, { registersEmulation }, { system, canBecomeRoot, environment, binfmt }) {
    const impossible = (reason) => ({ isPossible: false, reason });
    const emulator = await binfmt.read(target);
    switch (emulator.state) {
        case "ready":
            return { isPossible: true, reason: `QEMU is registered for ${target} on this machine` };
        case "unfit":
            return impossible(`QEMU cannot be used: ${emulator.reason}`);
        case "missing": {
            const missing = `QEMU is not registered for ${target} on this machine`;
            if (!system.endsWith("-linux"))
                return impossible(`${missing}, which is not Linux`);
            if (!isAllowed(registersEmulation, environment))
                return impossible(`${missing} (register-emulation: true or docker/setup-qemu-action registers it)`);
            if (!canBecomeRoot)
                return impossible(`${missing}, and only root can register it`);
            if (!(await canProvideQemu(target, environment)))
                return impossible(`${missing}, and there is neither a static QEMU nor apt-get to download one`);
            return { isPossible: true, reason: `this run can register QEMU for ${target} while it builds` };
        }
    }
}
/** A registration holds for the whole machine, so it needs consent, unless GitHub discards the machine. */
function isAllowed(registersEmulation, environment) {
    return registersEmulation === "auto"
        ? environment["RUNNER_ENVIRONMENT"] === "github-hosted"
        : registersEmulation;
}
/**
 * Runs `work` while QEMU is registered for a target. Uses a handler that somebody else registered as it is.
 * Otherwise registers one of this run and removes it afterwards; after a cancellation or a kill, `cleanUp`
 * removes it. Rejects with `QEMU_FAILED`, and as `work` does.
 */
async function withEmulator(target, context, work) {
    const { nonce, binfmt, log } = context;
    const emulator = await binfmt.read(target);
    if (emulator.state !== "missing")
        return work();
    const interpreter = await provideQemu(target, context);
    await register({ target, nonce, interpreter }, binfmt);
    log.info(`registered QEMU for ${target} (${interpreter}) until the build has ended`);
    try {
        return await work();
    }
    finally {
        try {
            await binfmt.unregister({ nonce, target });
        }
        catch (error) {
            if (!(0,action_error/* isCancelled */.mm)(error))
                log.warning(`QEMU is still registered: ${(0,action_error/* renderError */.vr)(error)}`);
        }
    }
}
async function register(registration, binfmt) {
    try {
        await binfmt.register(registration);
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error))
            throw error;
        throw new action_error/* ActionError */.lZ("QEMU_FAILED", `cannot register QEMU for ${registration.target} with the kernel: ${(0,action_error/* renderError */.vr)(error)}`, {
            cause: error,
            hint: "In a container, register QEMU on its host, for example with docker/setup-qemu-action.",
        });
    }
}


/***/ }),

/***/ 52039:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  j: () => (/* binding */ configure),
  s: () => (/* binding */ openNixSession)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/binary-cache/http.ts
var http = __webpack_require__(65292);
// EXTERNAL MODULE: ./src/binary-cache/substituters.ts
var substituters = __webpack_require__(22231);
// EXTERNAL MODULE: ./src/builders/configuration.ts + 1 modules
var builders_configuration = __webpack_require__(20355);
// EXTERNAL MODULE: ./src/builders/create-pool.ts + 6 modules
var create_pool = __webpack_require__(64362);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/nix/access-token.ts
var access_token = __webpack_require__(49005);
// EXTERNAL MODULE: ./src/nix/command.ts
var command = __webpack_require__(82094);
;// CONCATENATED MODULE: ./src/nix/conf.ts

/** The run's own nix.conf, which has precedence, then the user's. */
function listConfFiles(confFile, environment) {
    return [confFile, ...listUserConfFiles(environment)];
}
/**
 * The user's files that Nix reads by default.
 * @see Nix manual, nix.conf, "Configuration file"
 */
function listUserConfFiles(environment) {
    const given = environment["NIX_USER_CONF_FILES"];
    if (given !== undefined && given !== "")
        return given.split(":");
    const home = environment["HOME"] ?? "/";
    const configHome = environment["XDG_CONFIG_HOME"] ?? `${home}/.config`;
    const configFolders = (environment["XDG_CONFIG_DIRS"] ?? "/etc/xdg").split(":");
    return [configHome, ...configFolders].map((folder) => `${folder}/nix/nix.conf`);
}
/**
 * Renders the nix.conf of one run. It contains the tokens, so its file needs the mode 0600. Rejects with
 * `INPUT_INVALID` for a value with white space or a `#`, which would end it.
 */
function renderUserConf(conf) {
    const settings = [
        ["builders", conf.machinesFile === undefined ? [] : [`@${conf.machinesFile}`]],
        ["builders-use-substitutes", ["true"]],
        ["extra-substituters", conf.substituters],
        ["extra-trusted-public-keys", conf.trustedPublicKeys],
        ["extra-experimental-features", ["nix-command", "flakes"]],
        // Another run may have pushed to the cache since this machine last asked.
        ["narinfo-cache-negative-ttl", conf.substituters.length === 0 ? [] : ["0"]],
        ["netrc-file", conf.netrcFile === undefined ? [] : [conf.netrcFile]],
        ["extra-access-tokens", listAccessTokens(conf)],
    ];
    for (const [name, values] of settings) {
        if (values.some((value) => /[\s#]/.test(value))) {
            throw new action_error/* ActionError */.lZ("INPUT_INVALID", `a value for the Nix setting ${name} contains whitespace or a #`, {
                hint: "Remove these characters. Tokens, keys and folder names must be a single word.",
            });
        }
    }
    const lines = settings
        .filter(([name, values]) => values.length > 0 || name === "builders")
        .map(([name, values]) => `${name} = ${values.join(" ")}`.trimEnd());
    return [conf.extraConf, ...lines, ""].join("\n");
}
/** A token for all of github.com takes the place of `githubToken`. */
function listAccessTokens({ githubToken, accessTokens }) {
    const others = accessTokens.map(({ scope, value }) => `${scope}=${value}`);
    const isReplaced = accessTokens.some(({ scope }) => scope === "github.com");
    return githubToken === undefined || isReplaced ? others : [`github.com=${githubToken}`, ...others];
}

// EXTERNAL MODULE: ./src/model/shell.ts
var shell = __webpack_require__(843);
;// CONCATENATED MODULE: ./src/nix/git-access.ts

/**
 * The file of `git credential-store`. It contains the tokens, so it needs the mode 0600.
 * @see git-credential-store(1), "STORAGE FORMAT"
 */
function renderGitCredentials(logins) {
    return logins
        .map(({ host, username, password }) => {
        return `https://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${host}\n`;
    })
        .join("");
}
/**
 * Variables that make git use the access, beside its own configuration. They contain paths, not secrets. A
 * `GIT_SSH_COMMAND` of the user stays.
 * @see git-config(1), "GIT_CONFIG_COUNT": git 2.31 and newer
 */
function renderGitEnvironment({ sshConfigFile, credentials }, environment) {
    const hasOwnSsh = [environment["GIT_SSH_COMMAND"], environment["GIT_SSH"]].some((own = "") => own !== "");
    const ssh = sshConfigFile === undefined || hasOwnSsh
        ? {}
        : { GIT_SSH_COMMAND: (0,shell/* renderShellCommand */.c)(["ssh", "-F", sshConfigFile]) };
    if (credentials === undefined || credentials.hosts.length === 0)
        return ssh;
    const helper = `store --file=${(0,shell/* quoteShellWord */.B)(credentials.file)}`;
    const settings = credentials.hosts.flatMap((host) => {
        const name = `credential.https://${host}.helper`;
        // The empty value removes the helpers of the user, to which git would hand the token for keeping.
        return [
            [name, ""],
            [name, helper],
        ];
    });
    const given = Number(environment["GIT_CONFIG_COUNT"] ?? "0");
    const first = Number.isInteger(given) && given > 0 ? given : 0;
    return {
        ...ssh,
        GIT_CONFIG_COUNT: String(first + settings.length),
        ...Object.fromEntries(settings.flatMap(([name, value], index) => [
            [`GIT_CONFIG_KEY_${first + index}`, name],
            [`GIT_CONFIG_VALUE_${first + index}`, value],
        ])),
    };
}

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: ./src/errors/errno.ts
var errno = __webpack_require__(38335);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
;// CONCATENATED MODULE: ./src/platform/tool-cache.ts




const TOOL = "cross-build";
const FILE_NAME = "file";
const ANY_ARCHITECTURE = "any";
/** Opens the runner's tool cache if `RUNNER_TOOL_CACHE` names one, otherwise a plain folder. */
function openToolCache(environment, folder) {
    return (environment["RUNNER_TOOL_CACHE"] ?? "") === "" ? folderCache(folder) : runnerCache();
}
function runnerCache() {
    return {
        find: async (digest) => {
            const { find } = await Promise.all(/* import() */[__webpack_require__.e(955), __webpack_require__.e(58), __webpack_require__.e(805)]).then(__webpack_require__.bind(__webpack_require__, 59805));
            const folder = find(TOOL, versionOf(digest), ANY_ARCHITECTURE);
            return folder === "" ? undefined : (0,external_node_path_.join)(folder, FILE_NAME);
        },
        keep: async (file, digest) => {
            const { cacheFile } = await Promise.all(/* import() */[__webpack_require__.e(955), __webpack_require__.e(58), __webpack_require__.e(805)]).then(__webpack_require__.bind(__webpack_require__, 59805));
            await cacheFile(file, FILE_NAME, TOOL, versionOf(digest), ANY_ARCHITECTURE);
        },
    };
}
/**
 * The tool cache finds only semantic versions. The hyphen keeps a digest that consists of digits from being
 * read as a number.
 */
function versionOf(digest) {
    return `0.0.0-${digest.replace(":", "-")}`;
}
function folderCache(folder) {
    const fileOf = (digest) => (0,external_node_path_.join)(folder, digest.replace(":", "-"));
    return {
        find: async (digest) => {
            try {
                return (await (0,promises_.stat)(fileOf(digest))).isFile() ? fileOf(digest) : undefined;
            }
            catch (error) {
                if ((0,errno/* isErrno */.r)(error, "ENOENT", "ENOTDIR"))
                    return undefined;
                throw error;
            }
        },
        keep: async (file, digest) => {
            await (0,promises_.mkdir)(folder, { recursive: true, mode: 0o700 });
            const temporary = (0,external_node_path_.join)(folder, `.${(0,external_node_crypto_.randomBytes)(6).toString("hex")}.tmp`);
            try {
                await (0,promises_.copyFile)(file, temporary);
                await (0,promises_.rename)(temporary, fileOf(digest));
            }
            finally {
                await (0,promises_.rm)(temporary, { force: true });
            }
        },
    };
}

// EXTERNAL MODULE: ./src/platform/files.ts
var platform_files = __webpack_require__(94924);
// EXTERNAL MODULE: ./src/nix-install/conf.ts
var nix_install_conf = __webpack_require__(21339);
// EXTERNAL MODULE: ./src/nix-install/root-command.ts
var root_command = __webpack_require__(77209);
;// CONCATENATED MODULE: ./src/nix-install/build-users.ts


const USERS = 10;
/**
 * Creates the users that run the builds of an older Nix, and keeps those that exist. Rejects with the codes
 * of `asRoot`.
 * @see Nix manual, "Multi-User Mode"
 */
async function makeBuildUsers(runAsRoot) {
    await (0,root_command/* asRoot */.t)(runAsRoot, "groupadd", ["--force", "--system", nix_install_conf/* BUILD_GROUP */.X2]);
    for (let number = 1; number <= USERS; number++) {
        const name = `${nix_install_conf/* BUILD_GROUP */.X2}${number}`;
        const account = ["--system", "--no-user-group", "--gid", nix_install_conf/* BUILD_GROUP */.X2, "--groups", nix_install_conf/* BUILD_GROUP */.X2];
        const nowhere = ["--home-dir", "/var/empty", "--shell", "/usr/sbin/nologin", name];
        // Exit code 9: the user exists already.
        await (0,root_command/* asRoot */.t)(runAsRoot, "useradd", [...account, ...nowhere], { expectedExitCodes: [0, 9] });
    }
}

// EXTERNAL MODULE: ./src/nix-install/present-nix.ts
var present_nix = __webpack_require__(81920);
// EXTERNAL MODULE: ./src/model/store-path.ts
var store_path = __webpack_require__(75210);
;// CONCATENATED MODULE: ./src/nix-install/registration.ts


/**
 * Reads the `.reginfo` of a release, the input of `nix-store --load-db`, and returns the store paths that it
 * registers. Each entry has a line for the path, its NAR hash, NAR size, deriver and number of references,
 * and then a line for each reference. Rejects with `NIX_ARCHIVE_INVALID`.
 * @see Nix manual, `nix-store --load-db`
 */
function parseRegistration(text) {
    const lines = text.split("\n");
    if (lines.pop() !== "" || lines.length === 0)
        throw invalid("it is empty, or ends in the middle of a line");
    const paths = [];
    for (let line = 0; line < lines.length;) {
        const [path = "", hash = "", size = "", , count = ""] = lines.slice(line, line + 5);
        if (!(0,store_path/* isStorePath */.zP)(path))
            throw invalid(`line ${line + 1} is not a store path`);
        if (!hash.startsWith("sha256:"))
            throw invalid(`line ${line + 2} is not a SHA-256`);
        if (!/^[0-9]{1,15}$/.test(size))
            throw invalid(`line ${line + 3} is not a size`);
        if (!/^[0-9]{1,6}$/.test(count))
            throw invalid(`line ${line + 5} is not a number of references`);
        const end = line + 5 + Number(count);
        if (end > lines.length || !lines.slice(line + 5, end).every(store_path/* isStorePath */.zP)) {
            throw invalid(`line ${line + 5} gives the number of references as ${count}, but fewer follow`);
        }
        paths.push(path);
        line = end;
    }
    return paths;
}
function invalid(reason) {
    return new action_error/* ActionError */.lZ("NIX_ARCHIVE_INVALID", `the list of store paths in the Nix release tarball is invalid: ${reason}`, { hint: "nix-url must lead to a Nix release tarball, as on https://releases.nixos.org." });
}

;// CONCATENATED MODULE: ./src/nix-install/stage.ts





/** On the store's file system, so that a rename moves a complete path into the store. */
const STAGING = "/nix/.cross-build-staging";
/**
 * Unpacks a verified archive, a plain tar, next to the store and checks its layout: it must contain exactly
 * the store paths that it registers, and one of them must be Nix. Nothing else in the archive is used.
 * Rejects with `NIX_ARCHIVE_INVALID`, `NIX_DISK_FULL` and `NIX_NOT_WRITABLE`.
 */
async function stageRelease(archive, runAsRoot) {
    await discardStaging(runAsRoot);
    await (0,root_command/* asRoot */.t)(runAsRoot, "mkdir", ["-m", "0755", "--", STAGING]);
    const unpack = ["-x", "-f", archive, "-C", STAGING, "--strip-components=1", "--no-same-owner"];
    try {
        await (0,root_command/* asRoot */.t)(runAsRoot, "tar", unpack, { timeoutMs: 300_000 });
    }
    catch (error) {
        if (error instanceof action_error/* ActionError */.lZ && error.code === "COMMAND_FAILED")
            throw toUnpackError(error);
        throw error;
    }
    const staged = await readStaging();
    // Programs in the store must not be setuid or setgid.
    await (0,root_command/* asRoot */.t)(runAsRoot, "chmod", ["-R", "a+rX,ug-s", "--", `${STAGING}/store`]);
    return staged;
}
/**
 * Moves a staged release into the store and registers it. Replaces store paths that an interrupted install
 * left. Rejects with `NIX_DISK_FULL`, `NIX_NOT_WRITABLE` and `NIX_ARCHIVE_INVALID` (the release does not run
 * on this machine).
 */
async function commitRelease({ nix, paths, registration }, runAsRoot) {
    const folders = ["/nix/store", "/nix/var", "/nix/var/nix", "/nix/var/nix/profiles"];
    await (0,root_command/* asRoot */.t)(runAsRoot, "mkdir", ["-p", "-m", "0755", "--", ...folders]);
    await remove(paths, runAsRoot);
    const staged = paths.map((path) => path.replace("/nix", STAGING));
    await (0,root_command/* asRoot */.t)(runAsRoot, "mv", ["--", ...staged, "/nix/store/"]);
    // Store paths are read-only. Not earlier: without root, a read-only folder cannot be moved.
    await (0,root_command/* asRoot */.t)(runAsRoot, "chmod", ["-R", "a-w", "--", ...paths]);
    try {
        await (0,root_command/* asRoot */.t)(runAsRoot, `${nix}/bin/nix-store`, ["--load-db"], {
            input: registration,
            timeoutMs: 120_000,
            // nix.conf is not written yet, and the group that Nix uses by default may not exist.
            env: { NIX_CONFIG: "build-users-group =", NIX_REMOTE: "local" },
        });
    }
    catch (error) {
        if (error instanceof action_error/* ActionError */.lZ && error.code === "COMMAND_FAILED")
            throw toRunError(error);
        throw error;
    }
    await discardStaging(runAsRoot);
}
/** Removes what `stageRelease` unpacked. */
async function discardStaging(runAsRoot) {
    await remove([STAGING], runAsRoot);
}
/** Makes the paths writable first: without root, the content of a read-only folder cannot be removed. */
async function remove(paths, runAsRoot) {
    await (0,root_command/* asRoot */.t)(runAsRoot, "chmod", ["-R", "-f", "u+w", "--", ...paths], { expectedExitCodes: [0, 1] });
    await (0,root_command/* asRoot */.t)(runAsRoot, "rm", ["-rf", "--", ...paths]);
}
async function readStaging() {
    const entries = await (0,promises_.readdir)(STAGING, { withFileTypes: true });
    const hasStore = entries.some((entry) => entry.name === "store" && entry.isDirectory());
    const hasRegistration = entries.some((entry) => entry.name === ".reginfo" && entry.isFile());
    if (!hasStore || !hasRegistration)
        throw stage_invalid("store/ or .reginfo is missing");
    const registration = await (0,promises_.readFile)(`${STAGING}/.reginfo`, "utf8");
    const paths = parseRegistration(registration);
    const present = (await (0,promises_.readdir)(`${STAGING}/store`)).map((name) => `/nix/store/${name}`);
    const missing = paths.find((path) => !present.includes(path));
    if (missing !== undefined)
        throw stage_invalid(`it lists the store path ${missing}, but does not contain it`);
    const extra = present.find((path) => !paths.some((registered) => registered === path));
    if (extra !== undefined)
        throw stage_invalid(`it contains ${JSON.stringify(extra)}, but does not register it`);
    const nix = findNixPath(paths);
    if (nix === undefined)
        throw stage_invalid("none of its store paths is Nix");
    return { nix, paths, registration };
}
/** Finds Nix itself among the store paths of a release, not its manual or one of its parts. */
function findNixPath(paths) {
    return paths.filter(store_path/* isStorePath */.zP).find((path) => /-(?:nix|lix|determinate-nix)-[0-9][^-]*$/.test(path));
}
/** Finds the file of CA certificates among the store paths of a release. */
function findCaBundle(paths) {
    const cacert = paths.find((path) => /-nss-cacert-[0-9.]+$/.test(path));
    return cacert === undefined ? undefined : `${cacert}/etc/ssl/certs/ca-bundle.crt`;
}
function toUnpackError(error) {
    return new action_error/* ActionError */.lZ("NIX_ARCHIVE_INVALID", `the Nix archive cannot be unpacked: ${error.message}`, {
        cause: error,
        hint: "The file is truncated, or not a tar archive. Check nix-url and nix-sha256.",
    });
}
function toRunError(error) {
    return new action_error/* ActionError */.lZ("NIX_ARCHIVE_INVALID", `the Nix in the archive does not run on this machine: ${error.message}`, {
        cause: error,
        hint: "Check that nix-url leads to a release for this system.",
    });
}
function stage_invalid(reason) {
    return new action_error/* ActionError */.lZ("NIX_ARCHIVE_INVALID", `the archive is not a Nix release: ${reason}`, {
        hint: "nix-url must lead to a Nix release tarball, as on https://releases.nixos.org.",
    });
}

;// CONCATENATED MODULE: ./src/nix-install/configure.ts









const NIX_CONF = "/etc/nix/nix.conf";
/**
 * Nix expects the system's CA certificates in one file, which Red Hat's and minimal images do not have. If it
 * is missing, protects the release's own bundle from garbage collection and returns its path. Returns
 * undefined if the system's certificates can be read, or if the release has no bundle. Rejects with the codes
 * of `asRoot`.
 */
async function linkCaBundle({ paths }, { environment, runAsRoot }) {
    const isSystems = await isReadable(environment["NIX_SSL_CERT_FILE"] ?? "/etc/ssl/certs/ca-certificates.crt");
    const bundle = isSystems ? undefined : findCaBundle(paths);
    if (bundle === undefined)
        return undefined;
    await (0,root_command/* asRoot */.t)(runAsRoot, "ln", ["-sfn", "--", bundle, "/nix/var/nix/gcroots/cross-build-ca-bundle"]);
    return bundle;
}
async function isReadable(file) {
    try {
        await (0,promises_.access)(file, external_node_fs_.constants.R_OK);
        return true;
    }
    catch {
        return false;
    }
}
/**
 * Writes /etc/nix/nix.conf for a Nix of this version, and creates the build users if that Nix needs them. An
 * existing file that this action did not write is left unchanged, and the log then shows the settings
 * instead. Rejects with the codes of `asRoot`.
 */
async function configureNix(version, details, { userName, runFolder, runAsRoot, log }) {
    const allocatesUids = (0,present_nix/* hasAllocatedUids */.vy)(version);
    const conf = (0,nix_install_conf/* renderNixConf */.id)({ userName, allocatesUids, ...details });
    const present = await (0,platform_files/* readFileIfPresent */.Ts)(NIX_CONF);
    if (present !== undefined && !(0,nix_install_conf/* isOurConf */.tr)(present)) {
        log.warning(`${NIX_CONF} existed before this install and is left unchanged`);
        log.group(`Settings that would have been written to ${NIX_CONF}`, conf.trimEnd().split("\n"));
        return;
    }
    if (!allocatesUids)
        await makeBuildUsers(runAsRoot);
    const draft = (0,external_node_path_.join)(runFolder, "nix.conf");
    await (0,platform_files/* writeFileAtomically */.lo)(draft, conf);
    await (0,root_command/* asRoot */.t)(runAsRoot, "install", ["-D", "-m", "0644", "--", draft, NIX_CONF]);
}

;// CONCATENATED MODULE: ./src/nix-install/store-owner.ts




/** The folders that root writes to during an install, outermost first. */
const FOLDERS = ["/nix", "/nix/store", "/nix/var", "/nix/var/nix"];
const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;
/**
 * Makes sure, before root installs Nix, that no other user can replace what root writes, and later runs as a
 * daemon: takes the right to write from others, as a new tmpfs on /nix gives it, and refuses folders of
 * another user. A user with sudo may own the folders, since he can become root anyway. Rejects with
 * `NIX_NOT_WRITABLE`.
 */
async function secureStore(runAsRoot) {
    for (const folder of FOLDERS) {
        const found = await statIfPresent(folder);
        if (found === undefined)
            continue;
        const { uid, mode } = found;
        if (uid !== 0 && uid !== process.getuid?.())
            throw foreign(folder, uid);
        // Nix gives its store to the group of the build users, but with a sticky bit.
        const isOpen = (mode & OTHERS_WRITE) !== 0 || ((mode & GROUP_WRITES) !== 0 && (mode & STICKY) === 0);
        if (isOpen)
            await (0,root_command/* asRoot */.t)(runAsRoot, "chmod", ["go-w", "--", folder]);
    }
}
async function statIfPresent(folder) {
    try {
        return await (0,promises_.stat)(folder);
    }
    catch (error) {
        if ((0,errno/* isErrno */.r)(error, "ENOENT", "ENOTDIR"))
            return undefined;
        throw error;
    }
}
function foreign(folder, uid) {
    const why = `${folder} belongs to the user ID ${uid}, who could change what root installs there`;
    return new action_error/* ActionError */.lZ("NIX_NOT_WRITABLE", why, {
        hint: "Give the folder to root: chown root:root, chmod 755. Or, if that user installs Nix without root, " +
            "run as that user.",
    });
}

// EXTERNAL MODULE: ./src/nix-install/daemon.ts
var daemon = __webpack_require__(75817);
// EXTERNAL MODULE: ./src/platform/process-identity.ts
var process_identity = __webpack_require__(24261);
;// CONCATENATED MODULE: ./src/nix-install/lock.ts






/**
 * Both marks are symbolic links, because a link is created together with its target in one step and every
 * user can read it. The lock's target, `PID START`, identifies its owner.
 */
const LOCK = "/nix/.cross-build-installing";
const DONE = "/nix/.cross-build-installed";
const WAIT_LIMIT_MS = 180_000;
/** True if this run or an earlier one put the content of /nix there. */
async function isInstalledByUs() {
    return ((await (0,platform_files/* readLinkIfPresent */.DV)(DONE)) ?? (await (0,platform_files/* readLinkIfPresent */.DV)(LOCK))) !== undefined;
}
/** Reads the state of /nix/store. */
async function readStoreState() {
    if (await isInstalledByUs())
        return "ours";
    try {
        const names = await (0,promises_.readdir)("/nix/store");
        return names.some((name) => name !== ".links") ? "foreign" : "free";
    }
    catch (error) {
        if ((0,errno/* isErrno */.r)(error, "ENOENT"))
            return "free";
        throw error;
    }
}
/**
 * Resolves once no other run is installing Nix on this machine. Rejects with `NIX_HALF_INSTALLED` if one is
 * still installing after three minutes.
 */
async function waitForOtherInstall({ log, clock }) {
    const startMs = clock.nowMs();
    for (let owner = await readLiveOwner(); owner !== undefined; owner = await readLiveOwner()) {
        const waitedMs = clock.nowMs() - startMs;
        if (waitedMs > WAIT_LIMIT_MS) {
            throw new action_error/* ActionError */.lZ("NIX_HALF_INSTALLED", `another run (process ${owner}) has been installing Nix for ${Math.round(waitedMs / 1000)} s`, { hint: `Wait for it, or terminate process ${owner}: the next run repairs the install.` });
        }
        if (waitedMs === 0)
            log.info(`waiting for another run (process ${owner}) that is installing Nix`);
        await clock.sleep(500);
    }
}
/** Takes the lock, or replaces one whose owner has exited. False if another run was faster. */
async function takeInstallLock({ runAsRoot }) {
    const found = await (0,platform_files/* readLinkIfPresent */.DV)(LOCK);
    if (found === undefined)
        return makeMark(LOCK, runAsRoot);
    if (isAlive(found))
        return false;
    // If several runs find the same dead owner, only one may replace it, and only while the lock still names
    // that owner.
    const guard = `${LOCK}-over-${found.replaceAll(/[^0-9]+/g, "-")}`;
    if (!(await makeMark(guard, runAsRoot))) {
        const holder = await (0,platform_files/* readLinkIfPresent */.DV)(guard);
        if (holder !== undefined && !isAlive(holder))
            await (0,root_command/* asRoot */.t)(runAsRoot, "rm", ["-f", "--", guard]);
        return false;
    }
    try {
        if ((await (0,platform_files/* readLinkIfPresent */.DV)(LOCK)) !== found)
            return false;
        await (0,root_command/* asRoot */.t)(runAsRoot, "ln", ["-sfn", "--", renderOwner(), LOCK]);
        return true;
    }
    finally {
        await (0,root_command/* asRoot */.t)(runAsRoot, "rm", ["-f", "--", guard]);
    }
}
/** Renames the lock to the mark of a finished install. */
async function markInstalled({ runAsRoot }) {
    await (0,root_command/* asRoot */.t)(runAsRoot, "mv", ["-f", "--", LOCK, DONE]);
}
/** Releases the lock without marking the install as finished. */
async function dropInstallLock({ runAsRoot }) {
    await (0,root_command/* asRoot */.t)(runAsRoot, "rm", ["-f", "--", LOCK]);
}
async function readLiveOwner() {
    const owner = await (0,platform_files/* readLinkIfPresent */.DV)(LOCK);
    return owner !== undefined && isAlive(owner) ? Number(owner.split(" ")[0]) : undefined;
}
function isAlive(owner) {
    const [pid = "", start = ""] = owner.split(" ");
    return start !== "" && (0,process_identity/* readStartTime */.ME)(Number(pid)) === start;
}
function renderOwner() {
    return `${process.pid} ${(0,process_identity/* readStartTime */.ME)(process.pid) ?? ""}`;
}
/** Creates a mark that names this process as its owner, in one step. False if the mark exists already. */
async function makeMark(file, runAsRoot) {
    try {
        await (0,root_command/* asRoot */.t)(runAsRoot, "ln", ["-s", "--", renderOwner(), file]);
        return true;
    }
    catch (error) {
        if (error instanceof action_error/* ActionError */.lZ && error.message.includes("File exists"))
            return false;
        throw error;
    }
}

;// CONCATENATED MODULE: ./src/nix-install/darwin.ts



const INSTALL_LIMIT_MS = 600_000;
/**
 * The commands that install Nix on macOS, where the store needs its own volume. They run the installer inside
 * the verified release and download nothing else.
 * @see https://nix.dev/manual/nix/stable/installation/installing-binary.html
 */
function planInstaller(archive, folder, confFile) {
    return {
        unpack: ["tar", "-x", "-f", archive, "-C", folder, "--strip-components=1"],
        install: [
            (0,external_node_path_.join)(folder, "install"),
            "--daemon",
            "--yes",
            "--no-channel-add",
            "--no-modify-profile",
            "--nix-extra-conf-file",
            confFile,
        ],
    };
}
/** Runs upstream's installer from a verified archive; rejects with the codes of RunCommand. */
async function runInstaller(archive, { run, runFolder, conf }) {
    const folder = (0,external_node_path_.join)(runFolder, "nix-installer");
    const confFile = (0,external_node_path_.join)(runFolder, "installer-nix.conf");
    await (0,platform_files/* writeFileAtomically */.lo)(confFile, conf);
    const { unpack, install } = planInstaller(archive, folder, confFile);
    await (0,promises_.mkdir)(folder);
    for (const [tool, ...args] of [unpack, install])
        await run(tool, args, { timeoutMs: INSTALL_LIMIT_MS });
    await (0,promises_.rm)(folder, { recursive: true, force: true });
}

;// CONCATENATED MODULE: ./src/nix-install/distribution.ts



/** Folder of the packages' programs. */
const DISTRIBUTION_BIN = "/usr/bin";
/**
 * Installs the package manager only: this action writes nix.conf and starts the daemon, so no service is
 * needed.
 */
const APT_INSTALL = [
    "install",
    "--yes",
    "--quiet=2",
    "--no-install-recommends",
    // Another job or an automatic update may hold the lock.
    "-o",
    "DPkg::Lock::Timeout=120",
    "nix-bin",
    "bash-static",
];
/** By the field ID of os-release(5). */
const PLANS = {
    // https://packages.debian.org/nix-bin. Debian 12's has no sandbox shell; later ones depend on bash-static.
    debian: {
        commands: [
            ["apt-get", "update", "--quiet=2"],
            ["apt-get", ...APT_INSTALL],
        ],
        sandboxShell: "/usr/bin/bash-static",
    },
    // https://fedoraproject.org/wiki/Changes/Nix_package_tool
    fedora: { commands: [["dnf", "install", "-y", "--quiet", "nix"]], sandboxShell: undefined },
    // https://pkgs.alpinelinux.org/packages?name=nix
    alpine: { commands: [["apk", "add", "--no-progress", "nix"]], sandboxShell: undefined },
    // https://archlinux.org/packages/extra/x86_64/nix/
    arch: { commands: [["pacman", "-Sy", "--noconfirm", "--needed", "nix"]], sandboxShell: undefined },
};
const distribution_INSTALL_LIMIT_MS = 600_000;
/**
 * The plan for the distribution that an os-release(5) file describes, by its ID or else by the first known ID
 * in ID_LIKE. Rejects with `HOST_UNSUPPORTED`.
 */
function planDistribution(osRelease) {
    const ids = [readField(osRelease, "ID"), ...readField(osRelease, "ID_LIKE").split(" ")];
    const name = readField(osRelease, "PRETTY_NAME") || (ids[0] ?? "") || "an unnamed system";
    const id = ids.find((known) => Object.hasOwn(PLANS, known));
    const plan = id === undefined ? undefined : PLANS[id];
    if (plan !== undefined)
        return { name, ...plan };
    throw new action_error/* ActionError */.lZ("HOST_UNSUPPORTED", `no Nix package is known for ${name}`, {
        hint: "Use nix-source: release, or install Nix in an earlier step.",
    });
}
/**
 * Installs the distribution's Nix package. Rejects with `HOST_UNSUPPORTED` if there is none, and with the
 * codes of `asRoot`.
 */
async function installPackage(runAsRoot) {
    const plan = planDistribution((await (0,platform_files/* readFileIfPresent */.Ts)("/etc/os-release")) ?? "");
    for (const [tool, ...args] of plan.commands) {
        try {
            await (0,root_command/* asRoot */.t)(runAsRoot, tool, args, {
                timeoutMs: distribution_INSTALL_LIMIT_MS,
                env: { DEBIAN_FRONTEND: "noninteractive" },
            });
        }
        catch (error) {
            if (!(error instanceof action_error/* ActionError */.lZ) ||
                !/Unable to locate package|No match for argument|no such package|target not found/.test(error.message))
                throw error;
            throw new action_error/* ActionError */.lZ("HOST_UNSUPPORTED", `${plan.name} has no Nix package: ${error.message}`, {
                cause: error,
                hint: "Use nix-source: release, or install Nix in an earlier step.",
            });
        }
    }
    return plan;
}
/**
 * Reads a shell-style assignment, with or without quotes; the empty string if it is missing.
 * @see os-release(5)
 */
function readField(osRelease, name) {
    const value = new RegExp(`^${name}=(.*)$`, "m").exec(osRelease)?.[1] ?? "";
    return value.trim().replace(/^(["'])(.*)\1$/, "$2");
}

// EXTERNAL MODULE: ./src/nix-install/resolve.ts + 1 modules
var resolve = __webpack_require__(61910);
;// CONCATENATED MODULE: ./src/nix-install/install.ts
















const PROFILE_BIN = `${present_nix/* DEFAULT_PROFILE */.KG}/bin`;
/**
 * Makes sure that this machine has a working Nix:
 * - reuses a Nix that is present and new enough;
 * - as root or with sudo, installs a release into /nix, or the distribution's package; a user with sudo gets
 *   a daemon;
 * - without either, installs a release into a /nix that the user owns, for this user only;
 * - on macOS, runs upstream's installer.
 *
 * Repairs an interrupted install, and waits for another run that is installing. Rejects with `INPUT_INVALID`,
 * `HOST_UNSUPPORTED` (a Nix that is too old is in the way, or there is no package), `DOWNLOAD_FAILED`,
 * `NIX_DIGEST_MISMATCH`, `NIX_ARCHIVE_INVALID`, `NIX_DISK_FULL`, `NIX_NOT_WRITABLE`, `NIX_HALF_INSTALLED`,
 * `NIX_DAEMON_FAILED` and the codes of RunCommand.
 */
async function installNix(request, effects) {
    const release = (0,resolve/* resolveRelease */.CM)(request);
    await waitForOtherInstall(effects);
    const present = await (0,present_nix/* findNix */.rv)(effects);
    if (present !== undefined && (0,present_nix/* isNewEnough */.$t)(present.version))
        return reuseNix(present, effects);
    await checkStoreIsFree(present);
    if (present !== undefined)
        effects.log.warning(`${describe(present)}; installing a newer one next to it`);
    const isDarwin = request.system.endsWith("-darwin");
    const install = request.source === "distribution"
        ? installDistribution(effects)
        : isDarwin
            ? installOnDarwin(release, effects)
            : installRelease(release, effects);
    return (await install) ?? installNix(request, effects);
}
async function reuseNix(nix, effects) {
    const { log, environment } = effects;
    log.info(`reusing Nix ${nix.version} in ${nix.binFolder}`);
    const isOurs = await isInstalledByUs();
    const kind = isOurs ? "earlier-run" : "preinstalled";
    if (await opensStoreItself(environment)) {
        return { ...nix, kind, access: isOurs && !effects.canBecomeRoot ? "single-user" : "direct" };
    }
    // Take the lease before looking for the daemon: the run that started it may be about to stop it.
    if (isOurs && effects.canBecomeRoot)
        await (0,daemon/* leaseDaemon */.Hl)(effects);
    if (!(await (0,daemon/* isDaemonListening */.ij)())) {
        if (!isOurs) {
            throw new action_error/* ActionError */.lZ("NIX_DAEMON_FAILED", "the Nix daemon on this machine is not listening", {
                hint: "Start it (systemctl start nix-daemon.socket), or run as a user who may write to /nix/var/nix.",
            });
        }
        log.info("the Nix daemon that an earlier run started is gone; starting it again");
        await (0,daemon/* startDaemon */.LC)(nix.binFolder, effects);
    }
    return { ...nix, kind, access: "daemon" };
}
/** Resolves with undefined if another run began to install in the meantime. */
async function installRelease(release, given) {
    // Without root, this user runs root's commands, and therefore has to own /nix.
    const effects = given.canBecomeRoot ? given : { ...given, runAsRoot: given.run };
    const { log, run, runAsRoot, isRoot, canBecomeRoot } = effects;
    const toolCache = openToolCache(effects.environment, effects.cacheFolder);
    const { fetchArchive } = await __webpack_require__.e(/* import() */ 514).then(__webpack_require__.bind(__webpack_require__, 30514));
    const { file, source: archive } = await fetchArchive(release, { ...effects, toolCache });
    try {
        await (0,root_command/* asRoot */.t)(runAsRoot, "mkdir", ["-p", "-m", "0755", "--", "/nix"]);
        if (canBecomeRoot)
            await secureStore(runAsRoot);
        if (!(await beginInstall(effects)))
            return undefined;
        const staged = await stageOrClear(file, effects);
        await commitRelease(staged, runAsRoot);
        const caBundle = await linkCaBundle(staged, effects);
        if (canBecomeRoot)
            await configureNix(await (0,present_nix/* readVersion */.$4)(run, `${staged.nix}/bin`), { caBundle }, effects);
        // Link the profile last: `findNix` does not find an install that was interrupted before this point.
        await (0,root_command/* asRoot */.t)(runAsRoot, "ln", ["-sfn", "--", staged.nix, present_nix/* DEFAULT_PROFILE */.KG]);
    }
    finally {
        await (0,promises_.rm)(file, { force: true });
    }
    const version = await (0,present_nix/* readVersion */.$4)(run, PROFILE_BIN);
    const access = isRoot ? "direct" : canBecomeRoot ? "daemon" : "single-user";
    const pid = access === "daemon" ? await (0,daemon/* startDaemon */.LC)(PROFILE_BIN, effects) : undefined;
    await markInstalled(effects);
    log.info(`installed Nix ${version} in /nix${pid === undefined ? "" : `; its daemon is process ${pid}`}`);
    return { kind: "release", archive, version, binFolder: PROFILE_BIN, access };
}
/** Takes the lock. False if another run began to install, or even finished, since `installNix` checked. */
async function beginInstall(effects) {
    if (!(await takeInstallLock(effects)))
        return false;
    const present = await (0,present_nix/* findNix */.rv)(effects);
    if (present === undefined || !(0,present_nix/* isNewEnough */.$t)(present.version))
        return true;
    await dropInstallLock(effects);
    return false;
}
/** Stages a release. Staging does not touch the store, so a failure leaves nothing behind. */
async function stageOrClear(file, effects) {
    try {
        return await stageRelease(file, effects.runAsRoot);
    }
    catch (error) {
        try {
            await discardStaging(effects.runAsRoot);
            await dropInstallLock(effects);
        }
        catch (secondError) {
            effects.log.debug(`could not clean up, the next run will: ${(0,action_error/* renderError */.vr)(secondError)}`);
        }
        throw error;
    }
}
/** True if Nix's store `auto` would open the store directly, because this user can write its state. */
async function opensStoreItself(environment) {
    const remote = environment["NIX_REMOTE"] ?? "";
    if (remote === "daemon")
        return false;
    if (remote !== "" && remote !== "auto")
        return true;
    try {
        await (0,promises_.access)("/nix/var/nix", external_node_fs_.constants.R_OK | external_node_fs_.constants.W_OK);
        return true;
    }
    catch (error) {
        return (0,errno/* isErrno */.r)(error, "ENOENT");
    }
}
async function checkStoreIsFree(present) {
    if ((await readStoreState()) !== "foreign")
        return;
    if (present !== undefined) {
        throw new action_error/* ActionError */.lZ("HOST_UNSUPPORTED", `${describe(present)}, and its store is in the way of a newer Nix`, {
            hint: `Upgrade it to ${present_nix/* OLDEST_NIX */.ad} or newer, or remove it together with /nix.`,
        });
    }
    throw new action_error/* ActionError */.lZ("NIX_HALF_INSTALLED", "/nix/store has store paths, but no working Nix was found: " +
        "an install was interrupted, or a cache was restored in part", { hint: "Put the Nix that the store belongs to on PATH, or remove it (sudo rm -rf /nix) and run again." });
}
function describe({ binFolder, version }) {
    return `${binFolder}/nix is Nix ${version}, but ${present_nix/* OLDEST_NIX */.ad} or newer is required`;
}
/**
 * Installs the distribution's package. Resolves with undefined if another run began to install in the
 * meantime.
 */
async function installDistribution(effects) {
    const { log, run, runAsRoot, isRoot, canBecomeRoot } = effects;
    if (!canBecomeRoot) {
        throw new action_error/* ActionError */.lZ("NIX_NOT_WRITABLE", "only root can install the distribution's Nix package", {
            hint: "Give this user passwordless sudo, or use nix-source: release with a /nix that the user owns.",
        });
    }
    await (0,root_command/* asRoot */.t)(runAsRoot, "mkdir", ["-p", "-m", "0755", "--", "/nix"]);
    await secureStore(runAsRoot);
    if (!(await beginInstall(effects)))
        return undefined;
    let version;
    try {
        const { name, sandboxShell } = await installPackage(runAsRoot);
        version = await (0,present_nix/* readVersion */.$4)(run, DISTRIBUTION_BIN);
        if (!(0,present_nix/* isNewEnough */.$t)(version))
            throw packageTooOld(name, version);
        await configureNix(version, { sandboxShell }, effects);
    }
    catch (error) {
        await dropInstallLock(effects);
        throw error;
    }
    if (!isRoot)
        await (0,daemon/* startDaemon */.LC)(DISTRIBUTION_BIN, effects);
    await markInstalled(effects);
    log.info(`installed Nix ${version} from the distribution's package`);
    return {
        kind: "distribution",
        version,
        binFolder: DISTRIBUTION_BIN,
        access: isRoot ? "direct" : "daemon",
    };
}
/**
 * Upstream's installer creates the volume, the build users and a launchd daemon. Later runs reuse that Nix
 * like a preinstalled one.
 */
async function installOnDarwin(release, effects) {
    const { log, run, runFolder, userName } = effects;
    const toolCache = openToolCache(effects.environment, effects.cacheFolder);
    const { fetchArchive } = await __webpack_require__.e(/* import() */ 514).then(__webpack_require__.bind(__webpack_require__, 30514));
    const { file, source: archive } = await fetchArchive(release, { ...effects, toolCache });
    try {
        await runInstaller(file, { run, runFolder, conf: (0,nix_install_conf/* renderInstallerConf */.t)(userName) });
    }
    finally {
        await (0,promises_.rm)(file, { force: true });
    }
    const version = await (0,present_nix/* readVersion */.$4)(run, PROFILE_BIN);
    log.info(`installed Nix ${version} with upstream's installer`);
    return { kind: "upstream-installer", archive, version, binFolder: PROFILE_BIN, access: "daemon" };
}
function packageTooOld(name, version) {
    return new action_error/* ActionError */.lZ("HOST_UNSUPPORTED", `the package of ${name} is Nix ${version}, but ${present_nix/* OLDEST_NIX */.ad} or newer is required`, { hint: "Use nix-source: release." });
}

// EXTERNAL MODULE: ./src/nix-install/installation.ts
var installation = __webpack_require__(21973);
// EXTERNAL MODULE: ./src/platform/background-process.ts
var background_process = __webpack_require__(99883);
// EXTERNAL MODULE: ./src/platform/process-ledger.ts
var process_ledger = __webpack_require__(51494);
// EXTERNAL MODULE: ./src/platform/socket.ts
var platform_socket = __webpack_require__(24802);
;// CONCATENATED MODULE: ./src/ssh/agent.ts







/** Time limit of jobs on GitHub-hosted runners. The agent then deletes the key, whatever else fails. */
const KEY_LIFETIME_S = 21_600;
const START_LIMIT_MS = 5_000;
const AGENT_HINT = "Check that OpenSSH is installed completely: run ssh-agent and ssh-add by hand.";
const CALL_LIMIT_MS = 10_000;
/** A path of this length is valid for a Unix socket on every system. @see unix(7), sun_path */
const SOCKET_PATH_LIMIT = 100;
/**
 * Makes the keys usable by this user's ssh and by root's until the run is cleaned up. An agent that is
 * private to this run holds them, so that they are never written to disk. If that fails, they are written to
 * files (0600) in the run's folder. Rejects with `CANCELLED`, and with `SSH_KEY_INVALID` for a key that ssh
 * cannot read.
 */
async function keepKeys(keys, effects) {
    const { runFolder, log } = effects;
    const agentSocket = (0,external_node_path_.join)(runFolder, "agent");
    try {
        await startAgent(agentSocket, effects);
        for (const key of keys)
            await addKey(agentSocket, key, effects);
        return { files: await writeKeys(keys, runFolder, "public"), agentSocket };
    }
    catch (error) {
        if (error instanceof action_error/* ActionError */.lZ && ["CANCELLED", "SSH_KEY_INVALID"].includes(error.code))
            throw error;
        log.debug(`no ssh-agent available, using key files in the run's folder: ${(0,action_error/* renderError */.vr)(error)}`);
        return { files: await writeKeys(keys, runFolder, "private"), agentSocket: undefined };
    }
}
async function writeKeys(keys, runFolder, half) {
    const files = new Map();
    for (const [index, { publicKey, privateKey }] of keys.entries()) {
        const file = (0,external_node_path_.join)(runFolder, index === 0 ? "id" : `id-${index + 1}`);
        if (half === "private")
            await (0,platform_files/* writeFileAtomically */.lo)(file, privateKey, 0o600);
        else
            await (0,platform_files/* writeFileAtomically */.lo)(`${file}.pub`, `${publicKey}\n`);
        files.set(publicKey, half === "private" ? file : `${file}.pub`);
    }
    return files;
}
/**
 * Becomes an ssh-agent with the socket $1, which is terminated within seconds once the owner process, with
 * the PID $2 and the start time $3 (if known), is gone. After a hard kill no step of the run does that, and
 * GitHub's runner deletes the run's ledger before the next job starts. `$$` is the agent, also in the
 * subshell.
 */
const WATCHED_AGENT = `
start_time() {
  read -r stat < "/proc/$1/stat" || return
  set -- \${stat##*) }
  [ "$1" = Z ] || echo "\${20}"
} 2> /dev/null
agent=$(start_time $$)
[ "$3" = "?" ] || (
  while sleep 5 && [ "$(start_time $$)" = "$agent" ]; do
    [ "$(start_time "$2")" = "$3" ] || kill $$
  done
) &
exec ssh-agent -D -a "$1"
`;
/** Records the agent in the process ledger, so that post terminates it. */
async function startAgent(socket, effects) {
    const { runFolder, owner, environment, clock } = effects;
    if (Buffer.byteLength(socket) > SOCKET_PATH_LIMIT) {
        throw new action_error/* ActionError */.lZ("COMMAND_FAILED", `the path of the ssh-agent socket is too long: ${socket}`, {
            hint: "Set RUNNER_TEMP to a folder with a shorter path.",
        });
    }
    if ((0,process_identity/* checkProcess */.Un)((0,process_identity/* identifyProcess */.wO)(process.pid)) !== "running") {
        throw new action_error/* ActionError */.lZ("COMMAND_FAILED", "ssh-agent is not used: without /proc, post could not identify its process", { hint: "Mount /proc, or accept that the key is in a file while the run lasts." });
    }
    const [ownerPid = "", ownerStart = ""] = owner.split(" ");
    const agent = (0,background_process/* startInBackground */.k5)("sh", ["-c", WATCHED_AGENT, "sh", socket, ownerPid, ownerStart], {
        env: { PATH: environment["PATH"] ?? "/usr/bin:/bin" },
        logFile: (0,external_node_path_.join)(runFolder, "ssh-agent.log"),
        debug: effects,
    });
    if (agent.pid !== undefined)
        (0,process_ledger/* openProcessLedger */.p9)((0,external_node_path_.join)(runFolder, "processes")).started(agent.pid);
    const startMs = clock.nowMs();
    while (!(await (0,platform_socket/* isListening */.C)({ path: socket }))) {
        const exit = agent.exit();
        if (exit !== undefined) {
            throw new action_error/* ActionError */.lZ("COMMAND_FAILED", `ssh-agent -D -a ${socket} did not start: ${exit}`, {
                hint: AGENT_HINT,
            });
        }
        if (clock.nowMs() - startMs > START_LIMIT_MS) {
            throw new action_error/* ActionError */.lZ("COMMAND_TIMEOUT", `ssh-agent did not listen within ${START_LIMIT_MS / 1000} s`, {
                hint: AGENT_HINT,
            });
        }
        await clock.sleep(10);
    }
}
async function addKey(socket, { privateKey }, { run }) {
    const { exitCode, stderr } = await run("ssh-add", ["-q", "-t", String(KEY_LIFETIME_S), "-"], {
        input: privateKey,
        expectedExitCodes: "any",
        // ssh-add must never prompt for anything.
        env: { SSH_AUTH_SOCK: socket, SSH_ASKPASS_REQUIRE: "never", SSH_ASKPASS: undefined, DISPLAY: undefined },
        timeoutMs: CALL_LIMIT_MS,
    });
    if (exitCode === 0)
        return;
    // 1: ssh-add refuses the key. 2: it cannot reach the agent. @see ssh-add(1), "EXIT STATUS"
    if (exitCode !== 1) {
        throw new action_error/* ActionError */.lZ("COMMAND_FAILED", `ssh-add exited with ${exitCode}: ${stderr}`, {
            hint: AGENT_HINT,
        });
    }
    throw new action_error/* ActionError */.lZ("SSH_KEY_INVALID", "input ssh-private-key is damaged: ssh cannot read it", {
        hint: "Check that no part of the key is missing, or create a new one: ssh-keygen -t ed25519 -N '' -f KEY",
    });
}

// EXTERNAL MODULE: ./src/ssh/git-config.ts
var git_config = __webpack_require__(72877);
;// CONCATENATED MODULE: ./src/pipeline/nix-session.ts
















const NOTHING_LOCAL = {
    machinesFile: undefined,
    substituters: [],
    trustedPublicKeys: [],
    netrcFile: undefined,
};
/** Installs Nix, configures the builders and restores the cache, all at once; writes the run's nix.conf. */
async function openNixSession(job, context) {
    const [nix, ssh, caches] = await Promise.all([
        install(job, context),
        configure(job, context),
        restoreCaches(job, context),
    ]);
    const netrcFile = await writeNetrc(job, nix, context);
    const { githubToken, accessTokens, extraConf } = job;
    const confFile = (0,external_node_path_.join)(context.runFolder, "user-nix.conf");
    const conf = renderUserConf({
        machinesFile: ssh.configuration?.machinesFile,
        substituters: caches.flatMap(({ substituter }) => substituter ?? []),
        trustedPublicKeys: job.trustedPublicKeys,
        netrcFile,
        githubToken,
        accessTokens,
        // Build what a substituter lists but cannot deliver.
        extraConf: [(0,installation/* renderRequiredConf */.ap)(nix), "fallback = true", extraConf].join("\n"),
    });
    await (0,platform_files/* writeFileAtomically */.lo)(confFile, conf, 0o600);
    // The Nix client forwards its settings to the daemon. Do not send a builder this machine's builders and
    // substituters. Access tokens stay here: they are settings of evaluation. Of a netrc file, which archives
    // need, the daemon gets only the path.
    const storeConfFile = (0,external_node_path_.join)(context.runFolder, "store-nix.conf");
    await (0,platform_files/* writeFileAtomically */.lo)(storeConfFile, renderUserConf({
        ...NOTHING_LOCAL,
        netrcFile: accessTokens.length === 0 ? undefined : netrcFile,
        githubToken,
        accessTokens,
        extraConf,
    }), 0o600);
    const { environment } = context;
    const confFiles = listConfFiles(confFile, environment);
    const sshOptions = ssh.configuration?.sshOptions;
    const credentials = await writeGitCredentials(job, context);
    const gitAccess = { sshConfigFile: ssh.gitSshConfigFile, credentials };
    const gitEnvironment = renderGitEnvironment(gitAccess, environment);
    const settings = { binFolder: nix.binFolder, confFiles, sshOptions, gitEnvironment, environment };
    const substituters = createSubstituters(nix, settings, context);
    const fetching = { ...settings, listOptions: () => substituters.nixOptions };
    const storeSettings = { ...settings, confFiles: listConfFiles(storeConfFile, environment) };
    return {
        nix,
        runNix: (0,command/* createRunNix */.LR)(context.run, fetching),
        runNixForBuilder: (0,command/* createRunNix */.LR)(context.run, storeSettings),
        runNixStoreCli: (0,command/* createRunNixStoreCli */.AX)(context.run, fetching),
        substituters,
        pool: (0,create_pool/* createPool */.b)(ssh.configuration, {
            isThroughDaemon: (0,installation/* isThroughDaemon */.I8)(nix),
            timeoutMs: job.builderTimeoutMs,
            changing: ssh.changing,
        }, context),
        confFiles,
        sshOptions,
        caches,
    };
}
function createSubstituters(nix, settings, { run, ...effects }) {
    // A Nix that was there before may have a daemon that uses another proxy.
    const mayDaemonReach = (0,installation/* isThroughDaemon */.I8)(nix) && nix.kind === "preinstalled";
    const readUris = async () => {
        const { readSubstituters } = await __webpack_require__.e(/* import() */ 786).then(__webpack_require__.bind(__webpack_require__, 95786));
        return readSubstituters((0,command/* createRunNix */.LR)(run, settings));
    };
    return new substituters/* Substituters */.k({ readUris, mayDaemonReach }, effects);
}
function install(job, context) {
    const { nixSource: source, nixVersion: version, nixUrl: url, nixSha256: sha256 } = job;
    return installNix({ source, version, url, sha256, system: context.system }, context);
}
/** Makes the job's caches readable, if it has any. Rejects as `openCaches` does. */
async function restoreCaches(job, context) {
    if (job.caches.length === 0)
        return [];
    const { openCaches } = await Promise.all(/* import() */[__webpack_require__.e(315), __webpack_require__.e(496)]).then(__webpack_require__.bind(__webpack_require__, 4315));
    return openCaches(job, context);
}
async function openPods(request, timeoutMs, context) {
    const { openKubernetesPool } = await __webpack_require__.e(/* import() */ 148).then(__webpack_require__.bind(__webpack_require__, 48148));
    const readText = (file) => (0,promises_.readFile)(file, "utf8");
    return openKubernetesPool({ ...request, timeoutMs }, { ...context, readText });
}
/** Keeps the keys of the run, and configures ssh. Rejects as `keepKeys` and `configureBuilders` do. */
async function configure({ hopChains, kubernetesPool, gitKey, knownHosts, builderTimeoutMs: connectTimeoutMs }, context) {
    const cluster = kubernetesPool === undefined ? undefined : await openPods(kubernetesPool, connectTimeoutMs, context);
    const keys = [...hopChains.map(({ sshKey }) => sshKey), cluster?.family.sshKey, gitKey].filter((key) => key !== undefined);
    if (keys.length === 0)
        return { configuration: undefined, changing: undefined, gitSshConfigFile: undefined };
    const distinct = [...new Map(keys.map((key) => [key.publicKey, key])).values()];
    const identities = await keepKeys(distinct, context);
    const request = { hopChains, family: cluster?.family, knownHosts, connectTimeoutMs, identities };
    const hasBuilders = hopChains.length > 0 || cluster !== undefined;
    const configuration = hasBuilders ? await (0,builders_configuration/* configureBuilders */.$c)(request, context) : undefined;
    const identity = configuration?.familyIdentity;
    return {
        configuration,
        changing: cluster === undefined || identity === undefined
            ? undefined
            : { discover: () => cluster.discover(identity), awaitChange: cluster.awaitChange },
        gitSshConfigFile: gitKey === undefined ? undefined : await writeGitSshConfig({ ...request, gitKey }, context),
    };
}
async function writeGitSshConfig({ gitKey, knownHosts, connectTimeoutMs, identities }, { runFolder }) {
    const lines = (0,git_config/* listNamedHosts */.x8)(knownHosts);
    const knownHostsFile = (0,external_node_path_.join)(runFolder, "git_known_hosts");
    await (0,platform_files/* writeFileAtomically */.lo)(knownHostsFile, (0,git_config/* renderGitKnownHosts */.XL)(lines));
    const configFile = (0,external_node_path_.join)(runFolder, "git_ssh_config");
    const config = (0,git_config/* renderGitSshConfig */.xQ)(lines, {
        identityAgent: identities.agentSocket ?? "none",
        identityFile: identities.files.get(gitKey.publicKey) ?? "none",
        knownHostsFile,
        connectTimeoutS: Math.ceil(connectTimeoutMs / 1000),
    });
    await (0,platform_files/* writeFileAtomically */.lo)(configFile, config);
    return configFile;
}
async function writeGitCredentials({ accessTokens }, { runFolder }) {
    const logins = (0,access_token/* listTokenLogins */.Iv)(accessTokens);
    if (logins.length === 0)
        return undefined;
    const file = (0,external_node_path_.join)(runFolder, "git-credentials");
    await (0,platform_files/* writeFileAtomically */.lo)(file, renderGitCredentials(logins), 0o600);
    return { hosts: logins.map(({ host }) => host), file };
}
/**
 * Writes the logins for binary caches and for archives into one netrc file, followed by those of the file
 * that it takes the place of: a Nix has one such file. Undefined if there are no logins to add.
 */
async function writeNetrc({ caches, accessTokens, extraConf }, nix, { run, log, runFolder, environment }) {
    const own = caches.flatMap(({ cache }) => cache.kind === "http" && cache.login !== undefined ? [cache.login] : []);
    for (const { password } of own)
        log.mask(password);
    const archives = (0,access_token/* listArchiveLogins */.xD)(accessTokens);
    const logins = [...own, ...archives].map(http/* renderNetrc */.BB);
    if (archives.length > 0) {
        const settings = { binFolder: nix.binFolder, confFiles: listUserConfFiles(environment), environment };
        const runNix = (0,command/* createRunNix */.LR)(run, { ...settings, sshOptions: undefined, gitEnvironment: {} });
        try {
            const { readNetrcSetting } = await __webpack_require__.e(/* import() */ 786).then(__webpack_require__.bind(__webpack_require__, 95786));
            const present = /^\s*netrc-file\s*=\s*(\S+)/m.exec(extraConf)?.[1] ?? (await readNetrcSetting(runNix));
            logins.push((await (0,platform_files/* readFileIfPresent */.Ts)(present)) ?? "");
        }
        catch (error) {
            if ((0,action_error/* isCancelled */.mm)(error))
                throw error;
            log.warning("access-tokens is not used for archives (https://…/x.tar.gz), since Nix's present netrc file " +
                `cannot be read and would be replaced: ${(0,action_error/* renderError */.vr)(error)}`);
            logins.splice(own.length);
        }
    }
    if (logins.length === 0)
        return undefined;
    const file = (0,external_node_path_.join)(runFolder, "netrc");
    await (0,platform_files/* writeFileAtomically */.lo)(file, logins.join(""), 0o600);
    return file;
}


/***/ }),

/***/ 78620:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  F: () => (/* binding */ openEngine)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/image/filter-tar.ts
var filter_tar = __webpack_require__(69741);
// EXTERNAL MODULE: ./src/image/go-tar.ts
var go_tar = __webpack_require__(28521);
// EXTERNAL MODULE: ./src/image/layer-tar.ts
var layer_tar = __webpack_require__(46390);
// EXTERNAL MODULE: ./src/image/tar-header.ts
var tar_header = __webpack_require__(20262);
// EXTERNAL MODULE: ./src/image/ustar-block.ts
var ustar_block = __webpack_require__(5950);
// EXTERNAL MODULE: ./src/image/visible-paths.ts
var visible_paths = __webpack_require__(88694);
;// CONCATENATED MODULE: ./src/image/overlay-layer.ts








/**
 * The tar of a layer with whiteouts as overlayfs has them: unpacked into a folder of its own, it is a lower
 * layer of a mount. Rejects with `GATE_MISMATCH` at its end if the layer's bytes do not have its digest, or
 * its tar not its diff ID, and with `GATE_FAILED` if it is malformed, or unpacking it could leave the folder.
 * @see https://www.kernel.org/doc/html/latest/filesystems/overlayfs.html
 */
async function* readOverlayLayer(layer, diffId) {
    const entries = new OverlayEntries();
    try {
        yield* (0,filter_tar/* filterTar */.I)((0,layer_tar/* readLayerTar */.d)(layer, diffId), (header, raw) => entries.change(header, raw));
        yield filter_tar/* TAR_END */.y;
    }
    catch (cause) {
        if (cause instanceof action_error/* ActionError */.lZ)
            throw cause;
        const why = (0,action_error/* renderError */.vr)(cause);
        throw new action_error/* ActionError */.lZ("GATE_FAILED", `the layer ${layer.digest} cannot be unpacked: ${why}`, {
            cause,
            hint: "Build the image again, with a tool that writes plain layers.",
        });
    }
}
const OWNER = { mtime: 0, uid: 0, gid: 0, uname: "", gname: "" };
const OPAQUE_RECORD = (0,ustar_block/* renderPaxRecord */.PK)("SCHILY.xattr.trusted.overlay.opaque", "y");
/** Translates the entries of one layer. Paths are Latin-1. */
class OverlayEntries {
    /** Folders with their headers. */
    #folders = new Map();
    /** Files, links and devices with their mode and owner, as in the tar. */
    #leaves = new Map();
    #whiteouts = new Set();
    change(header, raw) {
        const path = external_node_path_.posix.resolve("/", header.name);
        const before = (0,visible_paths/* listFolders */.uT)(path).flatMap((folder) => this.#enter(path, folder));
        const [folder, base] = [external_node_path_.posix.dirname(path), external_node_path_.posix.basename(path)];
        if (base === visible_paths/* OPAQUE */.ej)
            return { before: [...before, this.#renderOpaque(folder)], isKept: false };
        if (base.startsWith(visible_paths/* WHITEOUT */.Ic)) {
            const name = base.slice(visible_paths/* WHITEOUT */.Ic.length);
            if (["", ".", ".."].includes(name) || name.startsWith(visible_paths/* WHITEOUT */.Ic))
                throw refuse(path, "is not a whiteout");
            const whiteout = this.#addWhiteout(external_node_path_.posix.join(folder, name));
            return { before: [...before, whiteout], isKept: false };
        }
        this.#add(path, header, raw);
        return { before, isKept: true };
    }
    /** The entry of a folder that contains an entry, if it has none yet: it must not depend on the umask. */
    #enter(path, folder) {
        if (this.#leaves.has(folder) || this.#whiteouts.has(folder) || isWhiteout(folder))
            throw refuse(path, `is below ${(0,tar_header/* showPath */.P8)(folder)}, which is not a folder`);
        if (folder === "/" || this.#folders.has(folder))
            return [];
        const header = renderFolder(folder);
        this.#folders.set(folder, header);
        return [header];
    }
    #add(path, { type, linkName }, raw) {
        if (this.#whiteouts.has(path))
            throw refuse(path, "is in a layer that also removes it");
        if (type === "folder" ? this.#leaves.has(path) : this.#folders.has(path) || path === "/")
            throw refuse(path, "is a folder and something else");
        if (type === "folder") {
            this.#folders.set(path, Buffer.from(raw));
            return;
        }
        const owner = readOwner(raw);
        if (type === "hard-link") {
            const linked = this.#leaves.get(external_node_path_.posix.resolve("/", linkName));
            if (linked === undefined)
                throw refuse(path, `is a hard link to ${(0,tar_header/* showPath */.P8)(linkName)}, which is not a file of that layer`);
            // Docker changes the file then, and tar does not.
            if (linked !== owner)
                throw refuse(path, `has another mode or owner than ${(0,tar_header/* showPath */.P8)(linkName)}`);
        }
        this.#leaves.set(path, owner);
    }
    #addWhiteout(path) {
        if (this.#leaves.has(path) || this.#folders.has(path))
            throw refuse(path, "is in a layer that also removes it");
        this.#whiteouts.add(path);
        const entry = { name: path.slice(1), type: "whiteout", mode: 0, sizeBytes: 0, linkName: "" };
        return (0,go_tar/* renderGoHeader */.u)(entry, OWNER);
    }
    /** The entry of a folder once more, with the attribute that hides what lower layers have in it. */
    #renderOpaque(folder) {
        const header = this.#folders.get(folder) ?? renderFolder(folder);
        const block = header.subarray(-tar_header/* BLOCK_BYTES */.Yo);
        return Buffer.concat([(0,go_tar/* renderPaxHeader */.t)(".", `${readRecords(header, folder)}${OPAQUE_RECORD}`), block]);
    }
}
/** The fields `mode`, `uid` and `gid` of an entry. @see pax(1), "ustar Interchange Format" */
function readOwner(raw) {
    return Buffer.from(raw.subarray(-tar_header/* BLOCK_BYTES */.Yo)).toString("latin1", 100, 124);
}
function isWhiteout(path) {
    return external_node_path_.posix.basename(path).startsWith(visible_paths/* WHITEOUT */.Ic);
}
function renderFolder(path) {
    const name = path === "/" ? "./" : `${path.slice(1)}/`;
    return (0,go_tar/* renderGoHeader */.u)({ name, type: "folder", mode: 0o755, sizeBytes: 0, linkName: "" }, OWNER);
}
/** The PAX records of an entry. A GNU header for a long name becomes such a record. */
function readRecords(header, path) {
    const hasPax = header.length > tar_header/* BLOCK_BYTES */.Yo && header[156] === "x".charCodeAt(0);
    if (!hasPax)
        return path === "/" ? "" : (0,ustar_block/* renderPaxRecord */.PK)("path", `${path.slice(1)}/`);
    const sizeBytes = parseInt(header.toString("latin1", 124, 135), 8);
    return header.toString("latin1", tar_header/* BLOCK_BYTES */.Yo, tar_header/* BLOCK_BYTES */.Yo + sizeBytes);
}
function refuse(path, why) {
    return new Error(`its file ${(0,tar_header/* showPath */.P8)(path)} ${why}`);
}

// EXTERNAL MODULE: ./src/plan/push-policy.ts
var push_policy = __webpack_require__(29822);
// EXTERNAL MODULE: ./src/smoke/client-engine.ts + 4 modules
var client_engine = __webpack_require__(80940);
// EXTERNAL MODULE: ./src/smoke/oci/effects.ts
var oci_effects = __webpack_require__(20433);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: ./src/model/system.ts
var system = __webpack_require__(26872);
// EXTERNAL MODULE: ./src/platform/files.ts
var files = __webpack_require__(94924);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(48161);
// EXTERNAL MODULE: ./src/smoke/container.ts
var container = __webpack_require__(37146);
;// CONCATENATED MODULE: ./src/smoke/oci/seccomp.ts
/**
 * System calls that Docker's default profile blocks for a container without further capabilities. Docker
 * lists what it allows, and this list what its documentation names as blocked. Left out are `ptrace`,
 * `process_vm_readv` and `process_vm_writev`, which the profile allows on Linux 4.8 and newer, and
 * `personality`, which it allows with some arguments.
 * @see https://docs.docker.com/engine/security/seccomp/, "Significant syscalls blocked by the default
 * profile"
 */
const BLOCKED = [
    ...["acct", "add_key", "bpf", "clock_adjtime", "clock_settime", "create_module", "delete_module"],
    ...["finit_module", "fsconfig", "fsmount", "fsopen", "fspick", "get_kernel_syms", "get_mempolicy"],
    ...["init_module", "io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm", "iopl", "kcmp"],
    ...["kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "mbind", "mount", "mount_setattr"],
    ...["move_mount", "move_pages", "nfsservctl", "open_by_handle_at", "open_tree", "perf_event_open"],
    ...["pivot_root", "query_module", "quotactl", "quotactl_fd", "reboot", "request_key", "set_mempolicy"],
    ...["setns", "settimeofday", "stime", "swapoff", "swapon", "sysfs", "_sysctl", "umount", "umount2"],
    ...["unshare", "uselib", "userfaultfd", "ustat", "vm86", "vm86old"],
];
/** The flags of clone(2) that make namespaces: mount, cgroup, UTS, IPC, user, PID and network. */
const NAMESPACE_FLAGS = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];
/** By the name of the CPU that Node has for it: programs for all of these run on it. */
const ARCHITECTURES = {
    x64: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
    arm64: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
};
const EPERM = 1;
const ENOSYS = 38;
/**
 * The filter of a container's system calls; undefined on a CPU for which there is none.
 * @see OCI runtime-spec, config-linux.md, "Seccomp"
 */
function renderSeccomp(cpu) {
    const architectures = ARCHITECTURES[cpu];
    if (architectures === undefined)
        return undefined;
    const block = (names, more = {}) => {
        return { names, action: "SCMP_ACT_ERRNO", errnoRet: EPERM, ...more };
    };
    return {
        defaultAction: "SCMP_ACT_ALLOW",
        architectures,
        syscalls: [
            block(BLOCKED),
            // A filter cannot see the flags of clone3, for which C libraries then use clone.
            block(["clone3"], { errnoRet: ENOSYS }),
            ...NAMESPACE_FLAGS.map((flag) => block(["clone"], {
                args: [{ index: 0, value: flag, valueTwo: flag, op: "SCMP_CMP_MASKED_EQ" }],
            })),
        ],
    };
}

;// CONCATENATED MODULE: ./src/smoke/oci/bundle-config.ts




/** Docker's default capabilities. @see https://docs.docker.com/engine/containers/run/, "Runtime privilege" */
const CAPABILITIES = [
    ...["CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP"],
    ...["SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"],
].map((name) => `CAP_${name}`);
/** As in Docker, so that a container reads nothing of the machine there, and changes nothing. */
const MASKED_PATHS = [
    ...["/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats"],
    ...["/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"],
    ...["/sys/devices/virtual/powercap"],
];
const READONLY_PATHS = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const SAFE = ["nosuid", "noexec", "nodev"];
const MOUNTS = [
    { destination: "/proc", type: "proc", source: "proc", options: SAFE },
    {
        ...{ destination: "/dev", type: "tmpfs", source: "tmpfs" },
        options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
        ...{ destination: "/dev/pts", type: "devpts", source: "devpts" },
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
    },
    { destination: "/sys", type: "sysfs", source: "sysfs", options: [...SAFE, "ro"] },
    { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: [...SAFE, "ro"] },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: SAFE },
    {
        ...{ destination: "/dev/shm", type: "tmpfs", source: "shm" },
        options: [...SAFE, "mode=1777", "size=67108864"],
    },
];
/** The command that an image runs, with the entrypoint first. */
function commandOf({ config }, { args }) {
    return [...(config?.Entrypoint ?? []), ...(args.length > 0 ? args : (config?.Cmd ?? []))];
}
/** The files of a bundle that a container sees in `/etc`, by name. */
function renderHostFiles(hostname) {
    return {
        hosts: `127.0.0.1\tlocalhost ${hostname}\n::1\tlocalhost ip6-localhost ip6-loopback\n`,
        hostname: `${hostname}\n`,
        // There is no network, and so no server to ask.
        "resolv.conf": "",
    };
}
/**
 * The configuration of a container for an OCI runtime, with the defaults of Docker as far as they can be had:
 * capabilities, namespaces, devices, masked paths, limits. It may contain secrets of the smoke test.
 * @see OCI runtime-spec, config.md and config-linux.md
 */
function renderBundleConfig({ folder, hostname, config, options, user, isForkCode }) {
    const { uid, gid, additionalGids, home } = user;
    const memoryBytes = (0,container/* limitMemory */.XU)(options, (0,external_node_os_.totalmem)(), isForkCode);
    const workingDir = config.config?.WorkingDir ?? "";
    const seccomp = renderSeccomp((0,external_node_os_.arch)());
    const capabilities = { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES };
    return {
        ociVersion: "1.0.2",
        hostname,
        root: { path: "root", readonly: options.isReadOnly },
        process: {
            terminal: false,
            user: { uid, gid, additionalGids },
            args: commandOf(config, options),
            env: renderEnvironment(config, options, { HOSTNAME: hostname, HOME: home }),
            cwd: workingDir === "" ? "/" : workingDir,
            capabilities,
            noNewPrivileges: false,
        },
        mounts: [
            ...MOUNTS,
            ...Object.keys(renderHostFiles(hostname)).map((name) => {
                const source = (0,external_node_path_.join)(folder, name);
                return { destination: `/etc/${name}`, type: "bind", source, options: ["bind", "rprivate", "ro"] };
            }),
            // Mode 1777, like /tmp on a host: any user may write to the folder.
            ...(0,container/* listFolders */.uT)(options).map((destination) => {
                const mode = ["rw", "exec", "nosuid", "nodev", "mode=1777"];
                return { destination, type: "tmpfs", source: "tmpfs", options: mode };
            }),
        ],
        linux: {
            cgroupsPath: `/${hostname}`,
            namespaces: ["pid", "network", "ipc", "uts", "mount", "cgroup"].map((type) => ({ type })),
            resources: {
                devices: [{ allow: false, access: "rwm" }],
                pids: { limit: container/* MAX_PROCESSES */.Zd },
                ...(memoryBytes !== undefined && { memory: { limit: memoryBytes } }),
            },
            // As in Docker, a process that is not root may listen on any port.
            sysctl: { "net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 2147483647" },
            maskedPaths: MASKED_PATHS,
            readonlyPaths: READONLY_PATHS,
            ...(seccomp !== undefined && { seccomp }),
        },
    };
}
/** The variables of the image and of the smoke test, and those that Docker sets if they do not. */
function renderEnvironment({ config }, { environment }, defaults) {
    const values = new Map(Object.entries({ PATH, ...defaults }));
    for (const variable of config?.Env ?? []) {
        const [name = "", ...value] = variable.split("=");
        if (name !== "")
            values.set(name, value.join("="));
    }
    for (const [name, value] of Object.entries(environment))
        values.set(name, value);
    return [...values].map(([name, value]) => `${name}=${value}`);
}

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: ./src/platform/log.ts
var log = __webpack_require__(74425);
;// CONCATENATED MODULE: ./src/smoke/oci/container-process.ts
const MAX_CHARACTERS = 1 << 20;
/** The process of a runtime that waits for its container, with what the container prints. */
class ContainerProcess {
    /** Resolves when the process has ended, whatever came of it. */
    end;
    #streams = [new RecentLines(), new RecentLines()];
    #result;
    constructor(run) {
        const [stdout, stderr] = this.#streams;
        this.end = run({
            onStdoutLine: (line) => {
                stdout.add(line);
            },
            onStderrLine: (line) => {
                stderr.add(line);
            },
        }).then(({ exitCode }) => {
            this.#result = { exitCode };
        }, (error) => {
            this.#result = { error };
        });
    }
    get hasEnded() {
        return this.#result !== undefined;
    }
    /** That of the container; undefined while it runs. Throws if the process could not be run. */
    get exitCode() {
        if (this.#result === undefined)
            return undefined;
        if ("error" in this.#result)
            throw this.#result.error;
        return this.#result.exitCode;
    }
    /** The last lines of the container: first those of stdout, then those of stderr. */
    readLog(lines) {
        return this.#streams.flatMap((stream) => stream.last(lines)).join("\n");
    }
}
/** The lines of one stream, about a million characters of them. */
class RecentLines {
    #lines = [];
    #characters = 0;
    add(line) {
        this.#lines.push(line);
        this.#characters += line.length + 1;
        while (this.#characters > MAX_CHARACTERS && this.#lines.length > 1)
            this.#characters -= (this.#lines.shift()?.length ?? 0) + 1;
    }
    last(count) {
        return this.#lines.slice(-count);
    }
}

// EXTERNAL MODULE: ./src/smoke/oci/port-relay.ts
var port_relay = __webpack_require__(82852);
// EXTERNAL MODULE: external "node:process"
var external_node_process_ = __webpack_require__(1708);
// EXTERNAL MODULE: ./src/model/own-processes.ts
var own_processes = __webpack_require__(89281);
;// CONCATENATED MODULE: ./src/smoke/oci/relay-process.ts




const LIMIT_MS = 24 * 60 * 60_000;
/** How long after its first process the runtime ends, at most. */
const END_MS = 2_000;
/**
 * Starts the relay of a container's ports in its network namespace, as this user, and waits until it listens.
 * Undefined if the container has ended before.
 */
async function startRelay({ pid, ports, sockets, container }, { runAsRoot, program, clock }) {
    const ending = new AbortController();
    const [uid = 0, gid = 0] = [(0,external_node_process_.geteuid)?.(), (0,external_node_process_.getegid)?.()];
    const user = uid === 0 ? [] : [`--setuid=${uid}`, `--setgid=${gid}`];
    const command = [...program, own_processes/* RELAY_ARGUMENT */.iU, ...ports.map(String)];
    const { promise: ready, resolve: setReady } = Promise.withResolvers();
    const end = runAsRoot("nsenter", [`--net=/proc/${pid}/ns/net`, ...user, "--", ...command], {
        cwd: sockets,
        timeoutMs: LIMIT_MS,
        stop: ending.signal,
        onStdoutLine: (line) => {
            if (line === port_relay/* RELAY_READY */.a)
                setReady(undefined);
        },
    });
    const stop = async () => {
        ending.abort();
        await end.catch(() => undefined);
    };
    try {
        await Promise.race([ready, end]);
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error))
            throw error;
        // A container that has just ended has no namespace any more.
        await Promise.race([container.end, clock.sleep(END_MS)]);
        if (!container.hasEnded)
            throw error;
    }
    if (!container.hasEnded)
        return { stop };
    // Its process ID may have been another process's by then.
    await stop();
    return undefined;
}

;// CONCATENATED MODULE: ./src/smoke/oci/container.ts










const CALL_LIMIT_MS = 60_000;
/** Far longer than the checks of a smoke test take. */
const RUN_LIMIT_MS = 24 * 60 * 60_000;
const POLL_MS = 10;
const HEALTH_LIMIT_MS = 30_000;
/** 128 plus the number of SIGKILL. */
const KILLED = 137;
/** Starts a container. Removes it, but not its bundle, if its command does not start. */
async function startContainer(prepared, effects) {
    const { id, folder, command, options } = prepared;
    const call = createCall(prepared, effects);
    const pidFile = (0,external_node_path_.join)(folder, "pid");
    const problems = await openProblems((0,external_node_path_.join)(folder, "problems"));
    // The runtime stays the parent of the container: no other process learns its exit code.
    const run = [...problems.args, "run", `--bundle=${folder}`, `--pid-file=${pidFile}`, id];
    const monitor = new ContainerProcess((lines) => call(run, { timeoutMs: RUN_LIMIT_MS, ...lines }));
    try {
        let pid = "";
        while (pid === "" && !monitor.hasEnded) {
            await effects.clock.sleep(POLL_MS);
            pid = (await (0,files/* readFileIfPresent */.Ts)(pidFile))?.trim() ?? "";
        }
        const sockets = (0,external_node_path_.join)(folder, "ports");
        await (0,promises_.mkdir)(sockets, { mode: 0o700 });
        const { ports } = options;
        const relay = ports.length === 0 || pid === ""
            ? undefined
            : await startRelay({ pid, ports, sockets, container: monitor }, effects);
        // A command that does not start ends the runtime, which has then written why.
        const problem = monitor.exitCode === undefined ? undefined : await problems.read();
        if (problem !== undefined) {
            await relay?.stop();
            await removeFromRuntime(call, id, monitor);
            const shown = JSON.stringify(command).slice(0, 500);
            return { state: "failed", reason: `${shown} does not start: ${problem}` };
        }
        const socketFolder = await (0,promises_.open)(sockets, external_node_fs_.constants.O_RDONLY | external_node_fs_.constants.O_DIRECTORY);
        const parts = { prepared, monitor, call, relay, socketFolder };
        return { state: "started", container: new OciContainer(parts, effects) };
    }
    catch (error) {
        await removeFromRuntime(call, id, monitor);
        throw error;
    }
}
function createCall({ runtime, states }, { runAsRoot }) {
    return (args, options = {}) => runAsRoot(runtime, [`--root=${states}`, ...args], {
        timeoutMs: CALL_LIMIT_MS,
        expectedExitCodes: "any",
        ...options,
    });
}
async function removeFromRuntime(call, id, monitor) {
    await call(["delete", "--force", id]);
    await monitor.end;
}
class OciContainer {
    #parts;
    #effects;
    /** Whether this run has killed it. */
    #isKilled = false;
    constructor(parts, effects) {
        this.#parts = parts;
        this.#effects = effects;
    }
    readAddress(port) {
        // The path of a socket may have 107 bytes, so it names the folder by its descriptor.
        const folder = `/proc/self/fd/${this.#parts.socketFolder.fd}`;
        return Promise.resolve({ path: (0,external_node_path_.join)(folder, (0,port_relay/* nameSocket */.$)(port)) });
    }
    // eslint-disable-next-line @typescript-eslint/require-await -- rejects with what the process failed with
    async readState() {
        const { monitor, prepared } = this.#parts;
        const { exitCode } = monitor;
        // No process of a container can kill its first one: that was the kernel, at the memory limit.
        const isLimited = prepared.options.memoryBytes !== undefined || this.#effects.isForkCode;
        return { exitCode, isOutOfMemory: isLimited && !this.#isKilled && exitCode === KILLED };
    }
    async readHealth() {
        const check = healthCheckOf(this.#parts.prepared.config);
        if (check === undefined)
            return undefined;
        try {
            const { exitCode } = await this.exec(check.command, check.timeoutMs);
            return exitCode === 0 ? "healthy" : "unhealthy";
        }
        catch (error) {
            if (error instanceof action_error/* ActionError */.lZ && error.code === "COMMAND_TIMEOUT")
                return "unhealthy";
            throw error;
        }
    }
    async readUsers() {
        const { prepared, call } = this.#parts;
        const { exitCode, stdout } = await call(["ps", "--format=json", prepared.id]);
        return {
            configured: prepared.configuredUser,
            running: exitCode === 0 ? await readUsersOf(JSON.parse(stdout)) : [],
        };
    }
    async exec(command, timeoutMs) {
        const { prepared, call } = this.#parts;
        const problems = await openProblems((0,external_node_path_.join)(prepared.folder, "exec-problems"));
        const output = await call([...problems.args, "exec", prepared.id, ...command], { timeoutMs });
        const problem = output.exitCode === 0 ? undefined : await problems.read();
        if (problem === undefined)
            return output;
        // The exit codes of engines for a command that is not found, and for one that does not start.
        const exitCode = /not found|no such file/i.test(problem) ? 127 : 126;
        return { exitCode, stdout: "", stderr: problem };
    }
    readLog(lines) {
        const text = this.#parts.monitor.readLog(lines === "all" ? Infinity : container/* SHOWN_LOG_LINES */.rg);
        return Promise.resolve((0,log/* sanitizeText */.jZ)(text));
    }
    async stop(limitMs) {
        const { monitor, prepared } = this.#parts;
        const { clock } = this.#effects;
        const endMs = clock.nowMs() + Math.ceil(limitMs / 1_000) * 1_000;
        await this.#signal(prepared.stopSignal);
        while (!monitor.hasEnded && clock.nowMs() < endMs)
            await clock.sleep(POLL_MS);
        if (monitor.hasEnded)
            return;
        this.#isKilled = true;
        await this.#signal("KILL");
        await monitor.end;
    }
    async remove() {
        const { prepared, monitor, call, relay, socketFolder } = this.#parts;
        this.#isKilled = true;
        await removeFromRuntime(call, prepared.id, monitor);
        await relay?.stop();
        await socketFolder.close();
        await prepared.removeBundle();
    }
    /** Does nothing if the container has ended. */
    async #signal(name) {
        const { prepared, call } = this.#parts;
        await call(["kill", prepared.id, name]);
    }
}
/** A file for the errors of a runtime, which are not what the container prints. */
async function openProblems(file) {
    // The runtime would create it as root.
    await (0,promises_.writeFile)(file, "", { mode: 0o600 });
    return {
        args: [`--log=${file}`, "--log-format=json"],
        /** The last error; undefined if there is none. */
        read: async () => {
            const lines = (await (0,promises_.readFile)(file, "utf8")).split("\n").filter((line) => line.startsWith("{"));
            const entries = lines.map((line) => JSON.parse(line));
            const error = entries.findLast(({ level }) => level === "error" || level === "fatal");
            return error === undefined ? undefined : (0,log/* sanitizeText */.jZ)(String(error["msg"])).slice(0, 1_000);
        },
    };
}
/** @see https://github.com/moby/docker-image-spec/blob/main/spec.md, "Healthcheck" */
function healthCheckOf({ config, }) {
    const { Test, Timeout } = config?.Healthcheck ?? {};
    const [kind, ...command] = Test ?? [];
    const asked = (Timeout ?? 0) / 1e6;
    const timeoutMs = asked > 0 ? Math.min(asked, HEALTH_LIMIT_MS) : HEALTH_LIMIT_MS;
    if (kind === "CMD")
        return { command, timeoutMs };
    if (kind !== "CMD-SHELL")
        return undefined;
    return { command: [...(config?.Shell ?? ["/bin/sh", "-c"]), command.join(" ")], timeoutMs };
}
/** The effective users of processes. One that has ended has none. */
async function readUsersOf(pids) {
    const users = await Promise.all((Array.isArray(pids) ? pids : []).map(async (pid) => {
        const status = await (0,files/* readFileIfPresent */.Ts)((0,external_node_path_.join)("/proc", String(Number(pid)), "status"));
        const [, uid] = /^Uid:\s+[0-9]+\s+([0-9]+)/m.exec(status ?? "") ?? [];
        return uid;
    }));
    return users.filter((uid) => uid !== undefined);
}

// EXTERNAL MODULE: ./node_modules/zod/v4/classic/schemas.js + 11 modules
var schemas = __webpack_require__(92857);
// EXTERNAL MODULE: ./src/model/digest.ts
var digest = __webpack_require__(95305);
// EXTERNAL MODULE: ./src/model/image.ts
var model_image = __webpack_require__(71444);
;// CONCATENATED MODULE: ./src/smoke/oci/image-config.ts





const TEXTS = schemas/* array */.YOg(schemas/* string */.YjP()).nullish();
/** @see OCI image-spec, config.md; https://github.com/moby/docker-image-spec/blob/main/spec.md */
const IMAGE_CONFIG = schemas/* object */.Ikc({
    config: schemas/* object */.Ikc({
        User: schemas/* string */.YjP().nullish(),
        Env: TEXTS,
        Entrypoint: TEXTS,
        Cmd: TEXTS,
        WorkingDir: schemas/* string */.YjP().nullish(),
        StopSignal: schemas/* string */.YjP().nullish(),
        Shell: TEXTS,
        Healthcheck: schemas/* object */.Ikc({ Test: TEXTS, Timeout: schemas/* number */.aig().nullish() }).nullish(),
    })
        .nullish(),
    rootfs: schemas/* object */.Ikc({ diff_ids: schemas/* array */.YOg(schemas/* string */.YjP().refine(digest/* isDigest */.Bc)) }),
});
/**
 * Reads the config of an image. Rejects with `GATE_MISMATCH` if it does not have its digest, and with
 * `GATE_FAILED` if it is malformed.
 */
async function readImageConfig({ config: blob, layers }) {
    const source = await (0,model_image/* readySource */.pM)(blob);
    const bytes = "bytes" in source ? source.bytes : await (0,files/* readWholeRegularFile */.GF)(source.file);
    if ((0,digest/* digestOf */.ol)(bytes) !== blob.digest) {
        throw new action_error/* ActionError */.lZ("GATE_MISMATCH", `the config ${blob.digest} now has other bytes`, {
            hint: "Make sure that nothing else writes to the runner's temporary folder, and retry.",
        });
    }
    try {
        const config = IMAGE_CONFIG.parse(JSON.parse(Buffer.from(bytes).toString()));
        if (config.rootfs.diff_ids.length === layers.length)
            return config;
        throw new Error(`it lists ${config.rootfs.diff_ids.length} of ${layers.length} layers`);
    }
    catch (cause) {
        throw new action_error/* ActionError */.lZ("GATE_FAILED", `the image's config ${blob.digest} is malformed`, {
            cause,
            hint: "Build the image again, with a tool that writes the config as Docker does.",
        });
    }
}

// EXTERNAL MODULE: ./src/smoke/oci/overlay.ts
var overlay = __webpack_require__(98287);
// EXTERNAL MODULE: ./src/errors/errno.ts
var errno = __webpack_require__(38335);
;// CONCATENATED MODULE: ./src/smoke/oci/root-folder.ts




const MAX_LINKS = 40;
const MAX_BYTES = 1 << 20;
/**
 * Reads a text file of a container that does not run. Follows symlinks as a process of the container would:
 * an absolute one starts at `root`, and `..` does not leave it. Undefined if there is no such file, or it is
 * larger than 1 MiB.
 */
async function readInRoot(root, path) {
    const rest = namesOf(path);
    let place = [];
    let links = 0;
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
        if (name === "..") {
            place.pop();
            continue;
        }
        const target = await readLinkOrNothing((0,external_node_path_.join)(root, ...place, name));
        if (target === undefined)
            place.push(name);
        else {
            if (++links > MAX_LINKS)
                return undefined;
            if (target.startsWith("/"))
                place = [];
            rest.unshift(...namesOf(target));
        }
    }
    try {
        const file = (0,external_node_path_.join)(root, ...place);
        if (!(await (0,promises_.lstat)(file)).isFile())
            return undefined;
        const handle = await (0,promises_.open)(file, external_node_fs_.constants.O_RDONLY | external_node_fs_.constants.O_NOFOLLOW);
        try {
            return (await handle.stat()).size > MAX_BYTES ? undefined : await handle.readFile("utf8");
        }
        finally {
            await handle.close();
        }
    }
    catch (error) {
        if ((0,errno/* isErrno */.r)(error, "ENOENT", "ENOTDIR"))
            return undefined;
        throw error;
    }
}
function namesOf(path) {
    return path.split("/").filter((name) => name !== "" && name !== ".");
}
/** The target of a symlink; undefined for anything else, also if there is nothing. */
async function readLinkOrNothing(file) {
    try {
        return await (0,promises_.readlink)(file);
    }
    catch (error) {
        if ((0,errno/* isErrno */.r)(error, "EINVAL", "ENOENT", "ENOTDIR"))
            return undefined;
        throw error;
    }
}

;// CONCATENATED MODULE: ./src/smoke/oci/stop-signal.ts
/** The first real-time signal that programs use. @see signal(7), "Real-time signals" */
const RTMIN = 34;
/**
 * The stop signal of an image in the form that OCI runtimes read; undefined if it is none. SIGTERM, if the
 * image does not set one.
 */
function tryParseStopSignal(text) {
    if (text === null || text === undefined || text === "")
        return "SIGTERM";
    const [, offset] = /^(?:SIG)?RTMIN\+([0-9]{1,2})$/.exec(text) ?? [];
    if (offset !== undefined)
        return String(RTMIN + Number(offset));
    return /^(?:[0-9]{1,2}|(?:SIG)?[A-Z][A-Z0-9]{1,8})$/.test(text) ? text : undefined;
}

;// CONCATENATED MODULE: ./src/smoke/oci/user.ts
const MAX_ID = 2 ** 31 - 1;
/**
 * Finds the user that an image's config or a smoke test names: `USER`, `UID`, and either of them with
 * `:GROUP` or `:GID`. A number need not be in the files. Returns what is wrong if a name is not there.
 * @see https://github.com/moby/sys/blob/user/v0.4.0/user/user.go, GetExecUser
 */
function findUser(name, files) {
    const [wanted = "", wantedGroup] = name.split(":");
    const users = parseLines(files.passwd);
    const groups = parseLines(files.group);
    const number = wanted === "" ? 0 : tryParseId(wanted);
    const entry = users.find(([known, , uid]) => (wanted !== "" && known === wanted) || (number !== undefined && uid === String(number)));
    const uid = tryParseId(entry?.[2] ?? "") ?? number;
    if (uid === undefined)
        return { problem: `its /etc/passwd has no user ${JSON.stringify(wanted)}` };
    const home = entry?.[5] ?? "";
    const about = { uid, home: home === "" ? "/" : home };
    if (wantedGroup === undefined || wantedGroup === "") {
        const member = entry?.[0];
        const additionalGids = groups
            .filter(([, , , members = ""]) => member !== undefined && members.split(",").includes(member))
            .flatMap(([, , gid = ""]) => tryParseId(gid) ?? []);
        return { ...about, gid: tryParseId(entry?.[3] ?? "") ?? 0, additionalGids };
    }
    const group = groups.find(([known]) => known === wantedGroup);
    const gid = tryParseId(group?.[2] ?? "") ?? tryParseId(wantedGroup);
    if (gid === undefined)
        return { problem: `its /etc/group has no group ${JSON.stringify(wantedGroup)}` };
    return { ...about, gid, additionalGids: [] };
}
function parseLines(text) {
    return text.split("\n").map((line) => line.trim().split(":"));
}
function tryParseId(text) {
    if (!/^[0-9]{1,10}$/.test(text))
        return undefined;
    const id = Number(text);
    return id <= MAX_ID ? id : undefined;
}

;// CONCATENATED MODULE: ./src/smoke/oci/runtime.ts














const runtime_CALL_LIMIT_MS = 10_000;
/**
 * Looks for an OCI runtime that root can use: this user, or by sudo. Rejects with the codes of a command, and
 * with `GATE_NO_RUNTIME`. What it resolves to runs containers without a container engine: the layers are
 * unpacked into folders, which overlayfs mounts on top of each other.
 * @see https://github.com/opencontainers/runtime-spec
 */
async function findOciRuntime(name, effects) {
    const { stdout } = await effects.run(name, ["--version"], { timeoutMs: runtime_CALL_LIMIT_MS });
    if (!effects.canBecomeRoot) {
        throw new action_error/* ActionError */.lZ("GATE_NO_RUNTIME", `${name} needs root here, or sudo without a password`, {
            hint: "Run as root, allow this user passwordless sudo, or install Docker or Podman.",
        });
    }
    const [, version = "of an unknown version"] = /^\w+ version (\S+)/.exec(stdout) ?? [];
    return () => openRuntime(name, `${name} ${version}`, effects);
}
function openRuntime(name, title, effects) {
    const images = new Map();
    return {
        name: title,
        system: system/* TARGET_SYSTEMS */.lA.find((system) => system === effects.system),
        load: async (image) => {
            const config = await readImageConfig(image);
            const unpacked = await (0,overlay/* unpackImage */.m6)(image, config, effects);
            const id = image.config.digest;
            images.set(id, { ...unpacked, config });
            return {
                id,
                load: { way: "layers", reason: "its layers were unpacked" },
                remove: () => (0,overlay/* removeFolder */.v$)(unpacked.folder, effects),
            };
        },
        start: async (id, options) => {
            const image = images.get(id);
            if (image === undefined)
                throw new Error(`the image ${id} is not loaded`);
            return startIn(image, { runtime: name, options }, effects);
        },
    };
}
async function startIn(image, { runtime, options }, effects) {
    const { config } = image;
    const command = commandOf(config, options);
    if (command.length === 0) {
        return { state: "failed", reason: "the image has neither an entrypoint nor a command" };
    }
    const stopSignal = tryParseStopSignal(config.config?.StopSignal);
    if (stopSignal === undefined) {
        const shown = JSON.stringify(config.config?.StopSignal).slice(0, 100);
        return { state: "failed", reason: `the image's stop signal ${shown} is unknown` };
    }
    const id = `cross-build-${effects.nonce}-${(0,external_node_crypto_.randomUUID)().slice(0, 8)}`;
    const folder = await (0,overlay/* mountRoot */.mv)(image, id, effects);
    const remove = () => (0,overlay/* unmountRoot */.z6)(folder, effects);
    try {
        const configured = options.user ?? config.config?.User ?? "";
        const user = await readUser((0,overlay/* rootOf */.I5)(folder), configured);
        if ("problem" in user) {
            await remove();
            return {
                state: "failed",
                reason: `the user ${JSON.stringify(configured)} is unknown: ${user.problem}`,
            };
        }
        const { isForkCode, runFolder } = effects;
        const bundle = { folder, hostname: id, config, options, user, isForkCode };
        await (0,files/* writeFileAtomically */.lo)((0,external_node_path_.join)(folder, "config.json"), JSON.stringify(renderBundleConfig(bundle)), 0o600);
        for (const [file, text] of Object.entries(renderHostFiles(id)))
            await (0,promises_.writeFile)((0,external_node_path_.join)(folder, file), text, { mode: 0o644 });
        const states = (0,oci_effects/* stateFolder */.y)(runFolder, runtime);
        await (0,promises_.mkdir)(states, { recursive: true, mode: 0o700 });
        const prepared = { runtime, id, folder, states, stopSignal, command, config, options };
        const start = await startContainer({ ...prepared, configuredUser: configured, removeBundle: remove }, effects);
        if (start.state === "failed")
            await remove();
        return start;
    }
    catch (error) {
        await remove();
        throw error;
    }
}
/** The user that a config names, by the files of the container. */
async function readUser(root, name) {
    const [passwd = "", group = ""] = await Promise.all(["/etc/passwd", "/etc/group"].map((file) => readInRoot(root, file)));
    return findUser(name, { passwd, group });
}

;// CONCATENATED MODULE: ./src/smoke/container-engine.ts




/**
 * Opens the first engine that answers, Docker or Podman, or else the first OCI runtime that can be used, runc
 * or crun. Rejects with `GATE_NO_RUNTIME` and the reasons if there is none, or if code from a fork would run
 * on the host's network.
 */
async function openContainerEngine(effects) {
    const { log } = effects;
    const reasons = [];
    const finds = [
        ...client_engine/* CLIENT_ENGINES */.cQ.map((name) => () => (0,client_engine/* findClientEngine */.NL)(name, effects)),
        ...oci_effects/* OCI_RUNTIMES */.A.map((name) => () => findOciRuntime(name, effects)),
    ];
    for (const [index, find] of finds.entries()) {
        let open;
        try {
            open = await find();
        }
        catch (error) {
            if ((0,action_error/* isCancelled */.mm)(error))
                throw error;
            reasons.push((0,action_error/* renderError */.vr)(error));
            continue;
        }
        const runtime = open();
        if (index >= client_engine/* CLIENT_ENGINES */.cQ.length) {
            log.info(`the smoke test runs in ${runtime.name}, without a container engine: ${reasons.join("; ")}`);
        }
        return runtime;
    }
    throw new action_error/* ActionError */.lZ("GATE_NO_RUNTIME", `the smoke test needs Docker, Podman, runc or crun, but none is available: ${reasons.join("; ")}`, {
        hint: "Start Docker, set DOCKER_HOST to a running engine, or install runc. Or run the gate on a runner " +
            "that has one of them.",
    });
}

;// CONCATENATED MODULE: ./src/pipeline/open-engine.ts



/**
 * Opens what runs the containers of a smoke test. `log` learns of a machine without a container engine.
 * Rejects with the codes of `openContainerEngine`.
 */
function openEngine(context, log = context.log) {
    const isForkCode = (0,push_policy/* mayBeForkCode */.OR)(context.event);
    return openContainerEngine({ ...context, log, isForkCode, readLayer: readOverlayLayer });
}


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
    const source = await (0,model_image/* readySource */.pM)(blob);
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
    let renewal;
    /** Answers a challenge, unless another request does that already. `answered` did not suffice. */
    const renew = async (answered, challengeHeader, signal) => {
        // Each request has an own signal, which may have ended that one.
        while (renewal !== undefined)
            await renewal.catch(() => undefined);
        if (authorization !== answered)
            return;
        renewal = authorize(challengeHeader, signal).finally(() => {
            renewal = undefined;
        });
        await renewal;
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
                    await renew(authorization, authorization.challengeHeader, signal);
                const answered = authorization;
                return await attempt().catch(async (error) => {
                    if (!(error instanceof ChallengeError) || !isOwn)
                        throw error;
                    await renew(answered, error.challenge, signal);
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
            return "mounted";
        const source = await (0,model_image/* readySource */.pM)(blob);
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
            const [isThere] = await Promise.all([
                repository.hasManifest(image.manifest.digest),
                pushBlob(use, image.config, { limits }),
            ]);
            if (!isThere)
                await pushNewManifest(use, image.manifest);
            return image.layers.map(({ digest, sizeBytes }) => ({
                digest,
                sizeBytes,
                state: states.get(digest) ?? "reused",
            }));
        },
        pushIndex: async (index) => {
            if (!(await repository.hasManifest(index.digest)))
                await pushNewManifest(use, index);
        },
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
async function pushNewManifest(use, { digest, mediaType, ...blob }) {
    const source = await (0,model_image/* readySource */.pM)(blob);
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

/***/ 39256:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  g: () => (/* binding */ renderVerdict),
  runDoctor: () => (/* binding */ runDoctor)
});

// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/nix-install/installation.ts
var installation = __webpack_require__(21973);
// EXTERNAL MODULE: ./src/nix-install/present-nix.ts
var present_nix = __webpack_require__(81920);
// EXTERNAL MODULE: ./src/builders/create-pool.ts + 6 modules
var create_pool = __webpack_require__(64362);
// EXTERNAL MODULE: ./src/model/builder.ts
var model_builder = __webpack_require__(71646);
// EXTERNAL MODULE: ./src/model/count.ts
var model_count = __webpack_require__(47302);
// EXTERNAL MODULE: ./src/model/image-reference.ts
var image_reference = __webpack_require__(20068);
// EXTERNAL MODULE: ./src/nix/flake.ts
var flake = __webpack_require__(10626);
// EXTERNAL MODULE: ./src/plan/push-policy.ts
var push_policy = __webpack_require__(29822);
// EXTERNAL MODULE: ./src/pipeline/nix-session.ts + 13 modules
var nix_session = __webpack_require__(52039);
;// CONCATENATED MODULE: ./src/pipeline/pool-health.ts

/** The disk of a pod, which only its own Nix keeps from filling up. */
function describeDisk({ freeBytes, collectedAgoS }) {
    const collected = collectedAgoS === undefined ? "never" : `${(0,model_count/* countOf */.pq)(Math.floor(collectedAgoS / 3600), "hour")} ago`;
    return [
        ...(freeBytes === undefined ? [] : [`${Math.floor(freeBytes / 2 ** 30)} GiB free`]),
        `garbage collected ${collected}`,
    ];
}
/**
 * Whether all pods of a pool run the same image, by its digest: the name may be that of a mirror. Undefined
 * if the pool has no pods.
 */
function compareImages({ namespace }, statuses) {
    const pods = statuses.flatMap(({ builder: { host, image } }) => image === undefined ? [] : [{ host, image }]);
    const byDigest = Map.groupBy(pods, ({ image }) => image.split("@").at(-1) ?? image);
    const [[first] = []] = byDigest.values();
    if (first === undefined)
        return undefined;
    if (byDigest.size === 1)
        return { state: "ok", detail: `${(0,model_count/* countOf */.pq)(pods.length, "pod")} of ${first.image}`, hint: undefined };
    const groups = [...byDigest].map(([digest, group]) => `${digest} on ${group.map(({ host }) => host.split(".")[0]).join(", ")}`);
    return {
        state: "warning",
        detail: `its pods run different images: ${groups.sort().join("; ")}`,
        hint: `Finish the upgrade: kubectl --namespace ${namespace} rollout status statefulset`,
    };
}

// EXTERNAL MODULE: ./src/pipeline/run-step.ts + 1 modules
var run_step = __webpack_require__(79263);
// EXTERNAL MODULE: ./src/pipeline/stages/inspect.ts
var inspect = __webpack_require__(60044);
// EXTERNAL MODULE: ./src/pipeline/stages/plan.ts
var plan = __webpack_require__(92533);
// EXTERNAL MODULE: ./src/pipeline/stages/preflight.ts + 2 modules
var preflight = __webpack_require__(77469);
;// CONCATENATED MODULE: ./src/pipeline/run-doctor.ts















const CALL_LIMIT_MS = 30_000;
/**
 * Examines Nix, builders, flake, cache, registry and container engine as a job would use them, with the same
 * configuration and programs, and with the checks that a build makes first. Installs nothing, builds nothing
 * and pushes nothing. Rejects with the code of an input that cannot be read, or with
 * `CANCELLED`.
 */
async function runDoctor(job, { isFlakeExamined }, context) {
    const step = (work) => (0,run_step/* runStep */.e)(context, work);
    const nix = await step(() => (0,present_nix/* findNix */.rv)(context));
    const session = nix === undefined || !(0,present_nix/* isNewEnough */.$t)(nix.version)
        ? undefined
        : await step(() => (0,nix_session/* openNixSession */.s)(job, context));
    const [builders, caches, ...others] = await step(() => Promise.all([
        probeBuilders(job, session, context),
        examineCaches(job, session),
        examineRegistry(job, context),
        examineEngine(job, context),
    ]));
    const flakes = isFlakeExamined ? await step(() => examineFlakes(job, { session, builders }, context)) : [];
    return [
        await step(() => examineNix(job, session)),
        ...builders.map(diagnoseBuilder),
        ...diagnosePool(job, builders),
        ...flakes,
        ...[...caches, ...others].flatMap((found) => found ?? []),
        ...(await step(() => examineSubstituters(session))),
    ];
}
/** Sums the diagnoses up in one line: whether something has to be fixed, and what. */
function renderVerdict(diagnoses) {
    const count = (state) => diagnoses.filter((diagnosis) => diagnosis.state === state);
    const failed = count("failed");
    const warnings = count("warning");
    const warned = warnings.length === 0 ? "" : `, with ${(0,model_count/* countOf */.pq)(warnings.length, "warning")}`;
    const checks = (0,model_count/* countOf */.pq)(diagnoses.length, "check");
    if (failed.length === 0)
        return `verdict: ready for a build: ${checks}, none failed${warned}`;
    const parts = [...new Set(failed.map(({ part }) => part))].join(", ");
    return `verdict: not ready for a build: ${failed.length} of ${checks} failed (${parts})${warned}`;
}
async function examineNix(job, session) {
    if (session === undefined) {
        const detail = `no Nix 2.8 or newer found; a job would install ${job.nixVersion}`;
        return { part: "nix", name: "nix", state: "warning", detail, code: undefined, hint: undefined };
    }
    const { version, binFolder } = session.nix;
    return examine("nix", "nix", async () => {
        await session.runNix(["store", "ping"], { timeoutMs: CALL_LIMIT_MS });
        const access = (0,installation/* isThroughDaemon */.I8)(session.nix) ? "through its daemon" : "without a daemon";
        return `${version} in ${binFolder}, ${access}`;
    });
}
async function probeBuilders(job, session, context) {
    const pool = session?.pool ?? (await openPool(job, context));
    try {
        await pool.prepareForNix();
        return pool.statuses;
    }
    finally {
        await pool.close();
    }
}
async function openPool(job, context) {
    const { configuration, changing } = await (0,nix_session/* configure */.j)(job, context);
    const options = { isThroughDaemon: false, timeoutMs: job.builderTimeoutMs, changing };
    return (0,create_pool/* createPool */.b)(configuration, options, context);
}
function diagnoseBuilder(status) {
    const about = { part: "builder", name: (0,model_builder/* displayName */.QC)(status.builder) };
    if (status.state === "dropped") {
        return { ...about, state: "failed", detail: status.reason, code: status.code, hint: status.hint };
    }
    const { builder } = status;
    const { nixVersion = "of unknown version" } = status.facts;
    const { systems, maxJobs = 1 } = builder;
    const can = [
        `Nix ${nixVersion}`,
        systems.join(", "),
        (0,model_count/* countOf */.pq)(maxJobs, "slot"),
        ...(builder.image === undefined ? [] : describeDisk(status.facts)),
    ].join(", ");
    return status.state === "ready"
        ? { ...about, state: "ok", detail: can, code: undefined, hint: undefined }
        : { ...about, state: "warning", detail: `${status.reason}; ${can}`, code: undefined, hint: status.hint };
}
function diagnosePool({ kubernetesPool }, statuses) {
    if (kubernetesPool === undefined)
        return [];
    const { pool } = kubernetesPool;
    const health = compareImages(pool, statuses);
    if (health === undefined)
        return [];
    return [{ part: "builder", name: `${pool.namespace}/${pool.name}`, code: undefined, ...health }];
}
/** Plans each target, and evaluates the packages that the plan chose. */
async function examineFlakes(job, { session, builders, }, context) {
    const name = job.installables.map((installable) => `${installable.flake}#${installable.name}`).join(" ");
    if (session === undefined)
        return [unchecked("flake", name)];
    let inspection;
    try {
        const result = await (0,inspect/* inspect */.N)(context, { job, session });
        if (result.error !== undefined)
            throw result.error;
        inspection = result.output;
    }
    catch (thrown) {
        return [diagnoseError("flake", name, thrown)];
    }
    const diagnoses = inspection.lockWarnings.map(({ flake, detail, hint }) => {
        return { part: "flake", name: flake, state: "warning", detail, code: undefined, hint };
    });
    for (const target of job.targets) {
        const look = () => evaluate((0,plan/* planFor */.bJ)(target, { job, inspection, builders }), { job, session });
        diagnoses.push(await examine("flake", `${name} for ${target}`, look));
    }
    return diagnoses;
}
async function evaluate({ strategy, verdicts, attributes }, { job, session }) {
    for (const attribute of attributes) {
        await (0,flake/* readDerivationPath */.VZ)(session.runNix, attribute, job.workingDirectory);
    }
    const chosen = verdicts.find((verdict) => verdict.strategy === strategy);
    return `${strategy}, ${chosen?.reason ?? ""}`;
}
function examineCaches({ caches }, session) {
    return Promise.all(caches.map(async ({ cache: { kind, uri }, isPulled }) => {
        if (kind === "github")
            return undefined;
        if (session === undefined)
            return unchecked("cache", uri);
        const own = session.caches.find(({ record }) => record.cache.uri === uri);
        return examine("cache", uri, async () => {
            // Do not ask Nix about a folder that does not exist: Nix would create it.
            if (own?.substituter === undefined)
                return isPulled ? "it is empty" : "it is not read";
            await session.runNix(["store", "ping", "--store", uri], { timeoutMs: CALL_LIMIT_MS });
            return "it can be read";
        });
    }));
}
/** A warning for each substituter that a job would leave out. */
async function examineSubstituters(session) {
    if (session === undefined)
        return [];
    try {
        await session.substituters.refresh();
    }
    catch (thrown) {
        return [diagnoseError("cache", "substituters", thrown)];
    }
    return session.substituters.statuses
        .filter(({ state }) => state === "dropped")
        .map(({ uri, reason }) => {
        const hint = "Remove it from Nix's configuration if it is gone. A job goes on without it.";
        return { part: "cache", name: uri, state: "warning", detail: reason, code: undefined, hint };
    });
}
async function examineRegistry(job, context) {
    const { image } = job;
    if (image?.kind !== "registry")
        return undefined;
    const push = (0,push_policy/* decidePush */.vn)("image", job.push, context.event);
    return examine("registry", (0,image_reference/* renderImageReference */.NL)(image), () => (0,preflight/* checkRegistry */.qW)(job, push, context));
}
async function examineEngine(job, context) {
    if (job.smokeTest === undefined)
        return undefined;
    return examine("engine", "container engine", () => (0,preflight/* checkEngine */.Xx)(job, context));
}
async function examine(part, name, look) {
    try {
        return { part, name, state: "ok", detail: (await look()) ?? "", code: undefined, hint: undefined };
    }
    catch (thrown) {
        return diagnoseError(part, name, thrown);
    }
}
/** The diagnosis of a part that failed. Throws `CANCELLED`. */
function diagnoseError(part, name, thrown) {
    const error = (0,action_error/* toActionError */.ie)(thrown);
    if ((0,action_error/* isCancelled */.mm)(error))
        throw error;
    return { part, name, state: "failed", detail: (0,action_error/* renderError */.vr)(error), code: error.code, hint: error.hint };
}
function unchecked(part, name) {
    const detail = "not checked, since no Nix 2.8 or newer was found";
    return { part, name, state: "warning", detail, code: undefined, hint: undefined };
}


/***/ }),

/***/ 79263:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  e: () => (/* binding */ runStep),
  D: () => (/* binding */ toRunError)
});

// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
;// CONCATENATED MODULE: ./src/platform/cancellation.ts
/**
 * Settles as `work` does. After `signal` fires, waits at most `graceMs` longer, and then rejects with the
 * signal's reason: the work may wait for something that never happens. Abandoned work continues in the
 * background, so it must check the signal itself before it changes anything.
 */
async function awaitWithGrace(work, { signal, clock, graceMs }) {
    const settled = new AbortController();
    const abandoned = new Promise((_, reject) => {
        const onAbort = () => {
            clock.sleep(graceMs, settled.signal).then(() => {
                reject(signal.reason);
            }, () => undefined);
        };
        if (signal.aborted)
            onAbort();
        else
            signal.addEventListener("abort", onAbort, { once: true, signal: settled.signal });
    });
    try {
        return await Promise.race([work, abandoned]);
    }
    finally {
        settled.abort();
    }
}

// EXTERNAL MODULE: ./src/pipeline/disks.ts
var disks = __webpack_require__(84304);
;// CONCATENATED MODULE: ./src/pipeline/run-step.ts



/** Commands get SIGKILL two seconds after a cancellation, so a step that takes longer is stuck. */
const GRACE_MS = 2_500;
/**
 * Runs one step of a run. Does not start it after the run was cancelled, and does not wait for it for long
 * once the run is cancelled: in both cases, rejects with the reason.
 */
async function runStep({ signal, steadyClock }, work, graceMs = GRACE_MS) {
    signal.throwIfAborted();
    return awaitWithGrace(work(), { signal, clock: steadyClock, graceMs });
}
/**
 * The error that ended a run. After a cancellation, anything may fail because of it, so the reason of the
 * cancellation comes first, with the failure as its cause.
 */
function toRunError(thrown, { signal, runFolder }) {
    const error = (0,disks/* explainFullDisk */.Eh)((0,action_error/* toActionError */.ie)(thrown), { runFolder });
    if (!signal.aborted)
        return error;
    const reason = (0,action_error/* toActionError */.ie)(signal.reason);
    if (reason.code !== "CANCELLED")
        return reason;
    return (0,action_error/* isCancelled */.mm)(error) ? error : (0,action_error/* runCancelled */.LJ)(reason.message, error);
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

/***/ 60044:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   N: () => (/* binding */ inspect)
/* harmony export */ });
/* harmony import */ var _nix_flake_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(10626);
/* harmony import */ var _nix_source_place_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(45172);
/* harmony import */ var _emulation_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(19473);



/**
 * Reads the flakes' outputs, and which targets can be emulated. Rejects as `inspectFlake` does.
 */
async function inspect(context, { job, session }) {
    const [installables, emulations] = await Promise.all([
        Promise.all(job.installables.map(async (installable) => ({
            installable,
            ...(await (0,_nix_flake_js__WEBPACK_IMPORTED_MODULE_0__/* .inspectFlake */ .Oy)(session.runNix, installable.flake, job.workingDirectory)),
        }))),
        Promise.all(job.targets.map(async (target) => [target, await (0,_emulation_js__WEBPACK_IMPORTED_MODULE_2__/* .readEmulation */ .h)(target, job, context)])),
    ]);
    const lockWarnings = new Map(installables.flatMap(({ installable: { flake }, unlockedInputs }) => {
        // The inputs of another repository can only be locked there.
        if (unlockedInputs.length === 0 || (0,_nix_source_place_js__WEBPACK_IMPORTED_MODULE_1__/* .localFolder */ .M)(flake, job.workingDirectory) === undefined)
            return [];
        return [[flake, warnAboutLock(flake, unlockedInputs)]];
    }));
    return {
        record: {},
        output: {
            buildSystem: context.system,
            installables,
            emulations: new Map(emulations),
            lockWarnings: [...lockWarnings.values()],
        },
    };
}
function warnAboutLock(flake, inputs) {
    const detail = `no flake.lock of the flake ${flake} locks its ${inputs.length === 1 ? "input" : "inputs"} ` +
        `${inputs.join(", ")}: each run uses the newest version, so runs are not repeatable`;
    return { flake, detail, hint: "Run `nix flake lock` in its folder, and commit flake.lock." };
}


/***/ }),

/***/ 92533:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   bJ: () => (/* binding */ planFor),
/* harmony export */   et: () => (/* binding */ plan),
/* harmony export */   jd: () => (/* binding */ requestPlan)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _plan_strategy_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(78514);


/** Chooses the strategy of each target, and logs why. Fails with the codes of `planTarget`. */
function plan({ log }, { job, inspection, builders }) {
    try {
        const plans = job.targets.map((target) => planFor(target, { job, inspection, builders }));
        for (const target of plans)
            logPlan(target, log);
        return { record: { plans }, output: plans };
    }
    catch (thrown) {
        return { record: {}, error: (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .toActionError */ .ie)(thrown) };
    }
}
/** The plan of one target. Throws the codes of `planTarget`. */
function planFor(target, input) {
    return (0,_plan_strategy_js__WEBPACK_IMPORTED_MODULE_1__/* .planTarget */ .hB)(requestPlan(target, input));
}
/** What decides on the plan of one target. */
function requestPlan(target, { job, inspection, builders }) {
    const { buildSystem, installables, emulations } = inspection;
    return {
        buildSystem,
        target,
        strategy: job.strategy,
        installables,
        builders,
        emulation: emulations.get(target) ?? { isPossible: false, reason: `${target} was not inspected` },
    };
}
function logPlan({ target, strategy, verdicts }, log) {
    const lines = verdicts.map((given) => `${given.strategy}: ${given.verdict}, ${given.reason}`);
    log.group(`${target} is built with strategy ${strategy}`, lines);
}


/***/ }),

/***/ 77469:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  Xx: () => (/* binding */ checkEngine),
  qW: () => (/* binding */ checkRegistry),
  Mz: () => (/* binding */ preflight)
});

// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/smoke/smoke-test.ts
var smoke_test = __webpack_require__(83357);
// EXTERNAL MODULE: external "node:stream/consumers"
var consumers_ = __webpack_require__(38321);
// EXTERNAL MODULE: ./node_modules/tar-stream/index.js
var tar_stream = __webpack_require__(56118);
// EXTERNAL MODULE: ./src/model/digest.ts
var digest = __webpack_require__(95305);
// EXTERNAL MODULE: ./src/model/media-type.ts
var media_type = __webpack_require__(22570);
// EXTERNAL MODULE: ./src/model/system.ts
var model_system = __webpack_require__(26872);
// EXTERNAL MODULE: ./src/smoke/check.ts
var check = __webpack_require__(83829);
// EXTERNAL MODULE: ./src/smoke/client-engine.ts + 4 modules
var client_engine = __webpack_require__(80940);
;// CONCATENATED MODULE: ./src/smoke/exit-program.ts

/**
 * The machine code of `exit(0)` for Linux: the exit status and the number of the system call go into
 * registers, and then the CPU enters the kernel.
 * @see man 2 syscall, "Architecture calling conventions"
 */
const CODE = {
    "x86_64-linux": "31ff b83c000000 0f05", // xor edi,edi; mov eax,60; syscall
    "aarch64-linux": "000080d2 a80b80d2 010000d4", // mov x0,#0; mov x8,#93; svc #0
    "i686-linux": "31db b801000000 cd80", // xor ebx,ebx; mov eax,1; int 0x80
    "armv7l-linux": "0000a0e3 0170a0e3 000000ef", // mov r0,#0; mov r7,#1; svc 0
    "riscv64-linux": "13050000 9308d005 73000000", // li a0,0; li a7,93; ecall
    "powerpc64le-linux": "01000038 00006038 02000044", // li r0,1; li r3,0; sc
    "s390x-linux": "a7290000 0a01", // lghi %r2,0; svc 1
};
/** The processor flags in the header: the ABI, where the kernel looks at it. */
const FLAGS = {
    "armv7l-linux": 0x5000000, // EABI version 5
    "powerpc64le-linux": 2, // ELFv2
};
const BASE = 0x400000;
/** The largest page size of the CPUs above. */
const ALIGNMENT = 0x10000;
const EXECUTABLE = 2;
const LOAD = 1;
const READ_AND_EXECUTE = 5;
/**
 * A static program for a system that exits with 0: an ELF file of one segment, which is the whole file.
 * @see ELF gABI, "ELF Header" and "Program Header"
 */
function createExitProgram(system) {
    const { machine, bits, endianness } = (0,model_system/* elfMachineOf */.c_)(system);
    const code = Buffer.from(CODE[system].replaceAll(" ", ""), "hex");
    const headerBytes = bits === 64 ? 64 : 52;
    const segmentBytes = bits === 64 ? 56 : 32;
    const codeOffset = headerBytes + segmentBytes;
    const fileBytes = codeOffset + code.length;
    /** Renders fields of the file's byte order; `word` is as wide as an address. */
    const number = (bytes) => (value) => {
        const field = Buffer.alloc(bytes);
        if (endianness === "little")
            field.writeUIntLE(value, 0, Math.min(bytes, 6));
        else
            field.writeUIntBE(value, Math.max(0, bytes - 6), Math.min(bytes, 6));
        return field;
    };
    const half = number(2);
    const int = number(4);
    const word = number(bits / 8);
    const identification = [0x7f, 0x45, 0x4c, 0x46, bits === 64 ? 2 : 1, endianness === "little" ? 1 : 2, 1];
    const header = [
        Buffer.concat([Buffer.from(identification)], 16),
        half(EXECUTABLE),
        half(machine),
        int(1),
        word(BASE + codeOffset),
        word(headerBytes),
        word(0),
        int(FLAGS[system] ?? 0),
        half(headerBytes),
        half(segmentBytes),
        half(1),
        half(0),
        half(0),
        half(0),
    ];
    const places = [word(0), word(BASE), word(BASE), word(fileBytes), word(fileBytes)];
    const segment = bits === 64
        ? [int(LOAD), int(READ_AND_EXECUTE), ...places, word(ALIGNMENT)]
        : [int(LOAD), ...places, int(READ_AND_EXECUTE), word(ALIGNMENT)];
    return Buffer.concat([...header, ...segment, code]);
}

// EXTERNAL MODULE: ./src/smoke/oci/effects.ts
var effects = __webpack_require__(20433);
;// CONCATENATED MODULE: ./src/smoke/trial.ts










const PROGRAM = "exit";
const EXIT_LIMIT_MS = 30_000;
/** Other errors, such as that of a command that failed, become `GATE_NO_RUNTIME`. */
const OWN_CODES = ["GATE_NO_RUNTIME", "GATE_MISMATCH"];
const CONTAINER = {
    ports: [],
    args: [],
    environment: {},
    user: undefined,
    memoryBytes: undefined,
    isReadOnly: false,
    volumes: [],
};
/**
 * Runs a container in the engine and waits until it exits, to find out whether a smoke test can run there.
 * Its image is made here, so nothing is pulled, and is removed afterwards. Rejects with `GATE_NO_RUNTIME` and
 * the engine's own words if the container does not run, and with `GATE_MISMATCH` if the engine changes
 * images.
 */
async function tryEngine(runtime, system, { clock, nonce }) {
    try {
        const image = await runtime.load(await createTrialImage(system, nonce));
        try {
            const start = await runtime.start(image.id, CONTAINER);
            if (start.state === "failed")
                throw cannotRun(runtime, system, start.reason);
            const { container } = start;
            try {
                const { passed, detail } = await (0,check/* waitForExit */.z)({ name: "exits", kind: "exit-code", exitCode: 0, args: [], timeoutMs: EXIT_LIMIT_MS }, container, clock);
                if (!passed)
                    throw cannotRun(runtime, system, `the program that exits with 0 ended with ${detail}`);
            }
            finally {
                await container.remove();
            }
        }
        finally {
            await image.remove();
        }
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error) || (error instanceof action_error/* ActionError */.lZ && OWN_CODES.includes(error.code)))
            throw error;
        throw cannotRun(runtime, system, (0,action_error/* renderError */.vr)(error), error);
    }
}
/**
 * The smallest image for a system: one static program that exits with 0. The nonce makes it an image of this
 * run only, so that another run cannot remove it.
 */
async function createTrialImage(system, nonce) {
    const tar = (0,tar_stream.pack)();
    tar.entry({ name: PROGRAM, mode: 0o755, mtime: new Date(0) }, createExitProgram(system));
    tar.finalize();
    const layer = createBlob("application/vnd.oci.image.layer.v1.tar", await (0,consumers_.buffer)(tar));
    const config = createBlob(media_type/* OCI_CONFIG */.TF, {
        ...(0,model_system/* platformOf */.tj)(system),
        config: { Entrypoint: [`/${PROGRAM}`], Labels: { [client_engine/* RUN_LABEL */.jQ]: nonce } },
        rootfs: { type: "layers", diff_ids: [layer.digest] },
        history: [{ created_by: "cross-build" }],
    });
    const describe = ({ mediaType, digest, sizeBytes }) => ({ mediaType, digest, size: sizeBytes });
    const manifest = createBlob(media_type/* OCI_MANIFEST */.EG, {
        schemaVersion: 2,
        mediaType: media_type/* OCI_MANIFEST */.EG,
        config: describe(config),
        layers: [describe(layer)],
    });
    return { manifest, config, layers: [layer] };
}
function createBlob(mediaType, content) {
    const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
    return { mediaType, digest: (0,digest/* digestOf */.ol)(bytes), sizeBytes: bytes.byteLength, source: { bytes } };
}
const HINT_OTHER_CPU = "Register QEMU with docker/setup-qemu-action, or test the image on a runner with its CPU.";
function hintFor(title) {
    return effects/* OCI_RUNTIMES */.A.some((name) => title.startsWith(`${name} `))
        ? "Start Docker or Podman. Or let root mount an overlayfs in the runner's temporary folder: a job " +
            "container may do that only if it is privileged."
        : "Run a container by hand, such as `docker run --rm hello-world`, and fix what it reports.";
}
function cannotRun({ name, system: engineSystem }, system, reason, cause) {
    return new action_error/* ActionError */.lZ("GATE_NO_RUNTIME", `${name} cannot run a container for ${system}: ${reason}`, {
        cause,
        hint: engineSystem === system ? hintFor(name) : HINT_OTHER_CPU,
    });
}

// EXTERNAL MODULE: ./src/pipeline/disks.ts
var disks = __webpack_require__(84304);
// EXTERNAL MODULE: ./src/pipeline/open-engine.ts + 12 modules
var open_engine = __webpack_require__(78620);
// EXTERNAL MODULE: ./src/pipeline/open-repository.ts + 11 modules
var open_repository = __webpack_require__(37248);
// EXTERNAL MODULE: ./src/pipeline/stages/gate.ts
var gate = __webpack_require__(56797);
;// CONCATENATED MODULE: ./src/pipeline/stages/preflight.ts







/**
 * Checks what a run needs only later, so that it does not fail after the build: disk space, container engine
 * and registry. Leaves nothing behind. Fails with the codes of `checkDisks`, `checkEngine` and
 * `checkPushAccess`; if several fail, the log has the other errors.
 */
async function preflight(context, { job, push }) {
    const results = await Promise.allSettled([
        Promise.resolve().then(() => {
            (0,disks/* checkDisks */.BZ)(context);
        }),
        checkEngine(job, context),
        push.isAllowed ? checkPushAccess(job, context) : undefined,
    ]);
    const errors = results.flatMap((result) => result.status === "rejected" ? [(0,action_error/* toActionError */.ie)(result.reason)] : []);
    const [first, ...others] = errors;
    if (first === undefined)
        return { record: {}, output: undefined };
    if (!context.signal.aborted) {
        for (const other of others)
            context.log.error(`${other.code}: ${(0,action_error/* renderError */.vr)(other)}. ${other.hint}`);
    }
    return { record: {}, error: first };
}
/**
 * Checks that the container engine can test the image of each target, by running a container for it there.
 * Images that are left to a later gate need no engine of their CPU. Resolves to what was found, or to
 * undefined for a job without a smoke test. Rejects with `GATE_NO_RUNTIME`, `GATE_EMULATED` and
 * `GATE_MISMATCH`.
 */
async function checkEngine(job, context) {
    if (job.smokeTest === undefined)
        return undefined;
    const runtime = await (0,open_engine/* openEngine */.F)(context);
    const { name, system = "another CPU" } = runtime;
    const isLeft = (target) => (0,gate/* isLeftToLaterGate */.AE)(job, runtime, target);
    const tested = job.targets.filter((target) => !isLeft(target));
    for (const target of tested)
        (0,smoke_test/* requireNativeEngine */.B)(runtime, target, job.isEmulatedGateAllowed);
    for (const target of tested)
        await tryEngine(runtime, target, context);
    const emulated = tested.filter((target) => target !== runtime.system);
    const left = job.targets.filter(isLeft);
    return [
        tested.length === 0 ? `${name}, for ${system}` : `${name} ran a container for ${tested.join(", ")}`,
        ...(emulated.length === 0 ? [] : [`its CPU is ${system}, so QEMU runs ${emulated.join(", ")}`]),
        ...(left.length === 0 ? [] : [`${left.join(", ")} are left to another gate`]),
    ].join("; ");
}
/**
 * Checks that the job's registry accepts uploads to the image's repository. Does nothing for an OCI layout.
 * Rejects with `REGISTRY_DENIED` and `REGISTRY_FAILED`.
 */
async function checkPushAccess({ image, ...login }, context) {
    if (image?.kind === "registry")
        await (0,open_repository/* requirePushAccess */.As)(image, login, context);
}
/** The tag to look up if the job names none. It need not exist. */
const ANY_TAG = "latest";
/**
 * Checks that the image's repository can be read, and that it accepts uploads if the image may be pushed.
 * Resolves to what was found; undefined for a job without a registry. Rejects as `checkPushAccess` does.
 */
async function checkRegistry(job, push, context) {
    const { image, tags } = job;
    if (image?.kind !== "registry")
        return undefined;
    const repository = await (0,open_repository/* openRepository */.h_)(image, job, undefined, context);
    const [tag = ANY_TAG] = tags;
    const digest = await repository.readTag(tag);
    if (push.isAllowed)
        await checkPushAccess(job, context);
    const found = digest === undefined ? `it has no tag ${tag} yet` : `its tag ${tag} points to ${digest}`;
    const access = push.isAllowed ? "it accepts uploads" : `uploads were not tried: ${push.reason}`;
    return `${found}; ${access}`;
}


/***/ }),

/***/ 29822:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   OR: () => (/* binding */ mayBeForkCode),
/* harmony export */   g2: () => (/* binding */ needsCheckout),
/* harmony export */   vn: () => (/* binding */ decidePush)
/* harmony export */ });
/* unused harmony export isDecidedByCheckout */
/** Events on which GitHub runs code that someone with write access put on a branch or tag. */
const PUSHING_EVENTS = ["push", "schedule", "release", "create", "merge_group"];
/** A pull request's own part of GitHub's cache, which no other ref reads. */
const PULL_REQUEST_REF = /^refs\/pull\/[1-9][0-9]*\/merge$/;
/**
 * Whether a run may write to the registry (`image`), a binary cache (`cache`) or GitHub's (`github-cache`).
 * The event decides, not the presence of secrets, and events are on an allow-list: unreviewed code never
 * pushes, whatever `wish` says. A commit in a merge queue is reviewed but not yet on its branch: it fills the
 * cache, and its image is pushed only if the user asks for it. What a pull request saves in GitHub's cache is
 * only read by that pull request, so one of the same repository may fill it.
 */
function decidePush(what, wish, event) {
    const { name } = event;
    const refuse = (reason) => ({ isAllowed: false, reason });
    if (wish === "never")
        return refuse(`disabled by the input ${what === "image" ? "push" : "cache-push"}`);
    if (name === undefined)
        return { isAllowed: true, reason: "not run by a workflow" };
    if (what === "github-cache" && isInOwnScope(event)) {
        return { isAllowed: true, reason: `event ${name}, in the scope of the pull request alone` };
    }
    const stranger = findStranger(event);
    if (stranger !== undefined)
        return refuse(stranger);
    if (name === "merge_group" && what === "image" && wish === "auto") {
        return refuse("the commit is in the merge queue and not yet on its branch");
    }
    const foreign = isDecidedByCheckout(event) ? findForeignCheckout(event) : undefined;
    if (foreign !== undefined) {
        return refuse(`nothing is pushed on the event ${name} unless the workflow's own commit is built: ${foreign}`);
    }
    return { isAllowed: true, reason: `event ${name}` };
}
/** Whether a run may push on this event only if its checkout is the workflow's own commit. */
function isDecidedByCheckout(event) {
    const { name } = event;
    return name !== undefined && !PUSHING_EVENTS.includes(name) && findStranger(event) === undefined;
}
/**
 * Whether the checkout is verified before any of its files is read: where it decides whether the run may
 * push, and on `pull_request_target`, where a stranger's code would have the base's secrets in reach.
 */
function needsCheckout(event) {
    return event.name === "pull_request_target" || isDecidedByCheckout(event);
}
/**
 * Whether what a run builds or tests may be the code of a fork. On an event that does not name its head
 * repository, it may, unless the checkout is the workflow's own commit.
 */
function mayBeForkCode(event) {
    const { name, followed, isFromFork } = event;
    if (name === undefined)
        return false;
    if (isFromFork || followed === "workflow_run")
        return true;
    const isNamed = PUSHING_EVENTS.includes(name) || isPullRequest(name) || isPullRequest(followed);
    return !isNamed && findForeignCheckout(event) !== undefined;
}
/**
 * Whether GitHub gives the run a part of its cache that no other ref reads.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching
 */
function isInOwnScope({ name, ref = "", isFromFork, isDependabot }) {
    return name === "pull_request" && PULL_REQUEST_REF.test(ref) && !isFromFork && !isDependabot;
}
function isPullRequest(name) {
    return name?.startsWith("pull_request") === true;
}
/** Why the checkout is not the workflow's own commit; undefined if it is. */
function findForeignCheckout({ ref = "", checkout }) {
    if (!/^refs\/(?:heads|tags)\//.test(ref)) {
        return `GITHUB_REF is ${JSON.stringify(ref)}, which is not a branch or tag`;
    }
    if (checkout.state === "unverified")
        return "the checkout was not verified";
    return checkout.state === "foreign" ? checkout.reason : undefined;
}
/** Why the event may bring a stranger's code, or depends on one that may; undefined if it does not. */
function findStranger({ name, followed, isFromFork, isDependabot }) {
    if (isPullRequest(name))
        return `nothing is pushed on the event ${name}`;
    if (isFromFork)
        return "nothing is pushed for code from a fork";
    if (isPullRequest(followed)) {
        return `nothing is pushed after a workflow that ran on ${followed}`;
    }
    if (followed === "workflow_run") {
        // The payload names only the workflow before this one, and not the event that began the chain.
        return "nothing is pushed after a chain of workflows, which a pull request may have begun";
    }
    return isDependabot ? "nothing is pushed for Dependabot" : undefined;
}


/***/ }),

/***/ 78514:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   NN: () => (/* binding */ listAttempts),
/* harmony export */   hB: () => (/* binding */ planTarget),
/* harmony export */   yB: () => (/* binding */ assessStrategy)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _model_builder_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(71646);
/* harmony import */ var _model_count_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(47302);
/* harmony import */ var _model_nearest_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(59179);
/* harmony import */ var _model_strategy_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(58924);





/** The order of `auto`: the first possible strategy is chosen. */
const AUTO_ORDER = ["native", "cross-compile", "remote", "emulate"];
/**
 * Chooses how to build a target: the first possible strategy in the order of `auto` or of the user, and as
 * fallbacks the later ones that build the same derivation. Under `auto`, the flake and the build system alone
 * decide which derivation is built, so that one commit always gives the same one: if a builder is down, a
 * remote build becomes an emulated build, never a cross-compiled one. Throws `FLAKE_OUTPUT_MISSING` if the
 * flake lacks the package, and `PLAN_IMPOSSIBLE`, with the reason for every strategy, if no allowed strategy
 * can build it.
 */
function planTarget(request) {
    const { strategy, buildSystem, target, installables } = request;
    const order = strategy === "auto" ? AUTO_ORDER : strategy;
    const evaluated = order.map((candidate) => assessStrategy(candidate, request));
    const possible = evaluated.filter(({ verdict }) => verdict === "chosen").map((verdict) => verdict.strategy);
    const [chosen] = possible;
    if (chosen === undefined)
        throw noStrategy(request, evaluated);
    const verdicts = evaluated.map((verdict) => {
        if (verdict.strategy === chosen || verdict.verdict === "rejected")
            return verdict;
        if (order.indexOf(verdict.strategy) < order.indexOf(chosen))
            return verdict;
        return isSameDerivation(verdict.strategy, chosen)
            ? { ...verdict, verdict: "fallback" }
            : {
                ...verdict,
                verdict: "rejected",
                reason: `${chosen} comes first, and this would build another derivation`,
            };
    });
    const left = _model_strategy_js__WEBPACK_IMPORTED_MODULE_1__/* .STRATEGIES */ .Y.filter((other) => !order.includes(other));
    return {
        target,
        buildSystem,
        strategy: chosen,
        attributes: installables.map(({ installable }) => renderAttribute(installable, chosen, request)),
        verdicts: [
            ...verdicts,
            ...left.map((other) => ({
                strategy: other,
                verdict: "rejected",
                reason: "not in the strategy input",
            })),
        ],
    };
}
/** The strategies of a plan, in the order in which they are tried. */
function listAttempts({ strategy, verdicts }) {
    const fallbacks = verdicts.filter(({ verdict }) => verdict === "fallback");
    return [strategy, ...fallbacks.map((fallback) => fallback.strategy)];
}
/** All strategies except `cross-compile` build the same derivation: the flake's package for the target. */
function isSameDerivation(a, b) {
    return (a === "cross-compile") === (b === "cross-compile");
}
/** Whether one strategy could build a target, whatever comes before it, and why: `chosen` or `rejected`. */
function assessStrategy(strategy, request) {
    const { buildSystem, target, builders, emulation } = request;
    const reject = (reason) => ({ strategy, verdict: "rejected", reason });
    const choose = (reason) => ({ strategy, verdict: "chosen", reason });
    if (strategy === "cross-compile") {
        if (buildSystem === target)
            return reject(`not needed, since this machine is ${target}`);
        const missing = missingPackages(request, strategy);
        return missing.length > 0
            ? reject(`the flake has no ${missing.join(", ")}`)
            : choose(`the flake cross-compiles from ${buildSystem} to ${target}`);
    }
    const missing = missingPackages(request, strategy);
    if (missing.length > 0)
        return reject(`the flake has no ${missing.join(", ")}`);
    switch (strategy) {
        case "native":
            return buildSystem === target
                ? choose(`this machine is ${target}`)
                : reject(`this machine is ${buildSystem}, not ${target}`);
        case "remote": {
            if (builders.length === 0)
                return reject("no builders are configured");
            const able = builders.filter(({ builder }) => builder.systems.includes(target));
            if (able.length === 0)
                return reject(`no builder supports ${target}`);
            const usable = able.filter(_model_builder_js__WEBPACK_IMPORTED_MODULE_2__/* .isUsable */ .Ng);
            return usable.length > 0
                ? choose(`${usable.length} of ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_3__/* .countOf */ .pq)(able.length, "builder")} for ${target} can be used`)
                : reject(able.map((status) => (status.state === "dropped" ? status.reason : "")).join("; "));
        }
        case "emulate":
            if (buildSystem === target)
                return reject(`not needed, since this machine is ${target}`);
            return emulation.isPossible ? choose(emulation.reason) : reject(emulation.reason);
    }
}
/** The attribute paths that the strategy needs and the flake lacks. */
function missingPackages(request, strategy) {
    return request.installables.flatMap(({ installable, outputs }) => {
        const { system, name } = locatePackage(installable, strategy, request);
        return (outputs[system] ?? []).includes(name) ? [] : [`packages.${system}.${quoteName(name)}`];
    });
}
function locatePackage(installable, strategy, { buildSystem, target }) {
    return strategy === "cross-compile"
        ? { system: buildSystem, name: `${installable.name}-${target}` }
        : { system: target, name: installable.name };
}
function renderAttribute(installable, strategy, request) {
    const { system, name } = locatePackage(installable, strategy, request);
    return `${installable.flake}#packages.${system}.${quoteName(name)}`;
}
/**
 * Quotes a name, if necessary, for use in an attribute path.
 * @see Nix manual, `nix build`, "Flake output attribute"
 */
function quoteName(name) {
    return /^[A-Za-z_][A-Za-z0-9_'-]*$/.test(name) ? name : JSON.stringify(name);
}
const SHOWN_NAMES = 20;
/** What a flake has instead of the package `wanted`: the names for the target, the most similar one first. */
function renderOffer(wanted, outputs, target) {
    const names = outputs[target] ?? [];
    const nearest = (0,_model_nearest_js__WEBPACK_IMPORTED_MODULE_4__/* .findNearest */ .q)(wanted, names);
    const question = nearest === undefined ? "" : `Did you mean ${JSON.stringify(nearest)}? `;
    if (names.length > 0) {
        const shown = (0,_model_nearest_js__WEBPACK_IMPORTED_MODULE_4__/* .sortByLikeness */ .O)(wanted, names).slice(0, SHOWN_NAMES);
        const more = names.length - shown.length;
        const rest = more === 0 ? "" : `, and ${more} more`;
        return `${question}For ${target}, the flake has: ${shown.join(", ")}${rest}.`;
    }
    const others = Object.keys(outputs).filter((system) => outputs[system]?.length !== 0);
    return others.length === 0
        ? "The flake has no packages."
        : `The flake has packages only for ${others.join(", ")}.`;
}
function noStrategy(request, verdicts) {
    const { target, buildSystem, installables } = request;
    const reasons = verdicts.map(({ strategy, reason }) => `${strategy}: ${reason}`).join("; ");
    const unknown = installables.find(({ installable, outputs }) => !(outputs[target] ?? []).includes(installable.name) &&
        !(outputs[buildSystem] ?? []).includes(`${installable.name}-${target}`));
    if (unknown !== undefined) {
        const { installable, outputs } = unknown;
        return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("FLAKE_OUTPUT_MISSING", `the flake ${installable.flake} has no package ${JSON.stringify(installable.name)} for ${target}`, {
            hint: `Add packages.${target}.${installable.name}` +
                (buildSystem === target
                    ? ""
                    : `, or packages.${buildSystem}.${installable.name}-${target} to cross-compile`) +
                `. ${renderOffer(installable.name, outputs, target)}`,
        });
    }
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("PLAN_IMPOSSIBLE", `no strategy can build ${target} on ${buildSystem}: ${reasons}`, {
        hint: "Add a builder for the target, add a cross package to the flake, or allow another strategy.",
    });
}


/***/ }),

/***/ 99883:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Go: () => (/* binding */ hasChildren),
/* harmony export */   T5: () => (/* binding */ findDescendant),
/* harmony export */   k5: () => (/* binding */ startInBackground)
/* harmony export */ });
/* harmony import */ var node_child_process__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(31421);
/* harmony import */ var node_child_process__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_child_process__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(73024);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_fs__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var _debug_log_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(11043);



/**
 * Starts a program in the background, with exactly the environment `env`, and appends both of its output
 * streams to `logFile` (0600). Returns at once; our own process may end first.
 */
function startInBackground(tool, args, options) {
    const log = (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.openSync)(options.logFile, "a", 0o600);
    try {
        const child = (0,node_child_process__WEBPACK_IMPORTED_MODULE_0__.spawn)(tool, args, {
            detached: true,
            cwd: "/",
            env: options.env,
            stdio: ["ignore", log, log],
        });
        const logEnd = (0,_debug_log_js__WEBPACK_IMPORTED_MODULE_2__/* .logProcess */ .Y)(child.pid, tool, args, options.debug);
        let exit;
        child.on("error", (error) => {
            exit = error.message;
            logEnd(exit);
        });
        child.on("exit", (code, signal) => {
            exit = code === null ? `it was terminated by ${signal ?? "a signal"}` : `it exited with ${code}`;
            logEnd(exit);
        });
        child.unref();
        return { pid: child.pid, exit: () => exit };
    }
    finally {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.closeSync)(log);
    }
}
/**
 * Finds the process with this command name among `pid` and its descendants, nearest first. That finds the
 * program that `sudo` runs, whether sudo replaced itself with it, waits for it, or monitors it through a
 * process in between. Needs /proc.
 * @see proc_pid_stat(5), fields 2 (comm) and 4 (ppid)
 */
function findDescendant(pid, name) {
    const processes = readProcesses();
    const queue = processes.filter((process) => process.pid === pid);
    for (const process of queue) {
        if (process.name === name)
            return process.pid;
        queue.push(...processes.filter(({ parent }) => parent === process.pid));
    }
    return undefined;
}
/**
 * True if a process has children. For a daemon that forks for every client, this means that it has clients.
 * Needs /proc.
 */
function hasChildren(pid) {
    return readProcesses().some(({ parent }) => parent === pid);
}
function readProcesses() {
    return (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.readdirSync)("/proc")
        .filter((name) => /^[0-9]+$/.test(name))
        .flatMap((pid) => {
        try {
            const stat = (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.readFileSync)(`/proc/${pid}/stat`, "utf8");
            const nameEnd = stat.lastIndexOf(")");
            const name = stat.slice(stat.indexOf("(") + 1, nameEnd);
            const parent = Number(stat.slice(nameEnd + 2).split(" ")[1]);
            return [{ pid: Number(pid), parent, name }];
        }
        catch {
            return []; // The process ended in the meantime.
        }
    });
}


/***/ }),

/***/ 53037:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Bv: () => (/* binding */ withTimeLimit),
/* harmony export */   FC: () => (/* binding */ repeatInBackground),
/* harmony export */   ml: () => (/* binding */ systemClock),
/* harmony export */   or: () => (/* binding */ createRunClock)
/* harmony export */ });
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(58500);
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_timers_promises__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(22714);


const systemClock = {
    nowMs: () => Date.now(),
    sleep: (ms, signal, isInBackground = false) => (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_0__.setTimeout)(ms, undefined, { ref: !isInBackground, ...(signal !== undefined && { signal }) }),
};
/**
 * Runs `work` with a signal that fires if the work has not finished after `ms` milliseconds. If the run is
 * cancelled first, the signal fires at once, and the result is a rejection with `CANCELLED`.
 */
async function withTimeLimit(clock, ms, work) {
    const limit = new AbortController();
    const ended = new AbortController();
    const cancelled = new Promise((_, reject) => {
        clock.sleep(ms, ended.signal).then(() => {
            limit.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
        }, (error) => {
            if (ended.signal.aborted)
                return;
            // Reject first: the error that the work makes of its signal would call this a timeout.
            reject((0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .toActionError */ .ie)(error));
            limit.abort(error);
        });
    });
    try {
        return await Promise.race([work(limit.signal), cancelled]);
    }
    finally {
        ended.abort();
    }
}
/**
 * Calls `tick` every `ms` milliseconds in the background, until the function that this returns is called or
 * the run is cancelled.
 */
function repeatInBackground(clock, ms, tick) {
    const ended = new AbortController();
    const repeat = async () => {
        while (!ended.signal.aborted) {
            await clock.sleep(ms, ended.signal, true);
            tick();
        }
    };
    // The sleep rejects at the end.
    repeat().catch(() => undefined);
    return () => {
        ended.abort();
    };
}
/** The system's clock for a run that can be cancelled: cancelling it rejects every sleep with `CANCELLED`. */
function createRunClock(cancelled) {
    return {
        ...systemClock,
        sleep: async (ms, signal, isInBackground) => {
            const stop = signal === undefined ? cancelled : AbortSignal.any([cancelled, signal]);
            try {
                await systemClock.sleep(ms, stop, isInBackground);
            }
            catch (error) {
                if (!cancelled.aborted)
                    throw error;
                throw (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .runCancelled */ .LJ)();
            }
        },
    };
}


/***/ }),

/***/ 11043:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Y: () => (/* binding */ logProcess),
/* harmony export */   m: () => (/* binding */ logExchange)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _render_command_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(15815);


const MAX_COMMAND = 4_000;
/** Logs the start of a process at debug level. The result logs its end, with its duration. */
function logProcess(pid, tool, args, effects) {
    if (effects === undefined)
        return () => undefined;
    const { log, clock } = effects;
    const startedAtMs = clock.nowMs();
    const name = `process ${pid ?? "that did not start"}`;
    log.debug(`${name}: ${(0,_render_command_js__WEBPACK_IMPORTED_MODULE_1__/* .renderCommand */ .C)(tool, args, MAX_COMMAND)}`);
    return (outcome) => {
        log.debug(`${name}: ${outcome} after ${clock.nowMs() - startedAtMs} ms`);
    };
}
/** Does an exchange with a server. Logs how it ended at debug level, with its duration. */
async function logExchange(server, exchange, { log, clock }, work) {
    const startedAtMs = clock.nowMs();
    const end = (outcome) => {
        log.debug(`${server}: ${exchange}: ${outcome} after ${clock.nowMs() - startedAtMs} ms`);
    };
    try {
        const result = await work();
        end("done");
        return result;
    }
    catch (error) {
        end((0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .renderError */ .vr)(error));
        throw error;
    }
}


/***/ }),

/***/ 2206:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   L: () => (/* binding */ readDisks),
/* harmony export */   w: () => (/* binding */ watchDisks)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(73024);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var _clock_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(53037);



const SAMPLE_INTERVAL_MS = 1_000;
/**
 * Reads the disks that hold these folders. Folders on one disk count once. A folder that does not exist yet
 * is on the disk of its parent.
 */
function readDisks(folders) {
    const byDevice = new Map();
    for (const folder of folders) {
        const disk = readDisk(folder, folder);
        if (disk !== undefined && !byDevice.has(disk.device))
            byDevice.set(disk.device, disk);
    }
    return [...byDevice.values()].map(({ folder, freeBytes }) => ({ folder, freeBytes }));
}
function readDisk(folder, place) {
    try {
        const { bavail, bsize } = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.statfsSync)(place);
        return { folder, freeBytes: bavail * bsize, device: (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.statSync)(place).dev };
    }
    catch {
        return place === (0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(place) ? undefined : readDisk(folder, (0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(place));
    }
}
/** Samples the free space of disks until `stop`, which returns the peak use of each. */
function watchDisks(folders, clock) {
    const start = readDisks(folders);
    const least = new Map(start.map(({ folder, freeBytes }) => [folder, freeBytes]));
    const sample = () => {
        for (const { folder, freeBytes } of readDisks(folders)) {
            least.set(folder, Math.min(freeBytes, least.get(folder) ?? Infinity));
        }
    };
    const stopSampling = (0,_clock_js__WEBPACK_IMPORTED_MODULE_2__/* .repeatInBackground */ .FC)(clock, SAMPLE_INTERVAL_MS, sample);
    return {
        stop: () => {
            stopSampling();
            sample();
            return start.map(({ folder, freeBytes }) => {
                const leastBytes = least.get(folder) ?? freeBytes;
                return { folder, usedBytes: freeBytes - leastBytes, freeBytes: leastBytes };
            });
        },
    };
}


/***/ }),

/***/ 99174:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  Ru: () => (/* binding */ BodyError),
  uT: () => (/* binding */ createHttpClient),
  lX: () => (/* binding */ readFileBody)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
;// CONCATENATED MODULE: ./src/platform/proxy.ts

/**
 * Reads `http_proxy`, `https_proxy` and `no_proxy`, in lower case first, then in upper case. Like curl, takes
 * HOST:PORT for http://HOST:PORT. Throws `INPUT_INVALID`, without showing a password, if a value is not the
 * URL of an HTTP proxy.
 */
function readProxies(environment) {
    return {
        httpProxy: readProxy(environment, "http_proxy"),
        httpsProxy: readProxy(environment, "https_proxy"),
        noProxy: read(environment, "no_proxy").value,
    };
}
/** Names the proxy that may be used for a URL, without its password; undefined if there is none. */
function describeProxy({ httpProxy, httpsProxy }, { protocol }) {
    const proxy = protocol === "https:" && httpsProxy !== "" ? httpsProxy : httpProxy;
    if (proxy === "")
        return undefined;
    const url = new URL(proxy);
    return `${url.protocol}//${url.host}`;
}
function readProxy(environment, variable) {
    const { name, value } = read(environment, variable);
    if (value === "")
        return "";
    const text = value.includes("://") ? value : `http://${value}`;
    if (URL.canParse(text) && ["http:", "https:"].includes(new URL(text).protocol))
        return text;
    throw new action_error/* ActionError */.lZ("INPUT_INVALID", `the environment variable ${name} is not the URL of an HTTP proxy`, {
        hint: `Set ${name} to http://HOST:PORT, or to http://USER:PASSWORD@HOST:PORT with both in percent encoding.`,
    });
}
function read(environment, variable) {
    const name = environment[variable] === undefined ? variable.toUpperCase() : variable;
    return { name, value: (environment[name] ?? "").trim() };
}

// EXTERNAL MODULE: ./src/platform/redirect.ts
var redirect = __webpack_require__(3167);
// EXTERNAL MODULE: ./src/platform/retry.ts
var retry = __webpack_require__(70385);
;// CONCATENATED MODULE: ./src/platform/http.ts




/** The body of a request cannot be read. */
class BodyError extends Error {
}
const MAX_REDIRECTS = 5;
const TUNNEL_LIMIT_MS = 30_000;
const IDLE_LIMIT_MS = 300_000;
/** The most of an unwanted body that is read so that the connection can be used again. */
const MAX_DISCARDED_BYTES = 16_384;
/**
 * The client for all HTTP of a run, except for the checks of a smoke test. Its connections are kept for later
 * requests, and end with the process.
 */
function createHttpClient(environment, { tunnelLimitMs = TUNNEL_LIMIT_MS } = {}) {
    let opened;
    const exchange = async (request) => {
        const { send, proxies } = await (opened ??= openTransport(environment, tunnelLimitMs));
        const explain = (error) => explainFailure(error, request, describeProxy(proxies, request.url));
        try {
            const { statusCode: status, headers, body } = await send(request);
            return {
                status,
                headers: toHeaders(headers),
                url: request.url,
                body: readChunks(body, explain),
                discard: () => {
                    body.dump({ limit: MAX_DISCARDED_BYTES }).catch(() => undefined);
                },
            };
        }
        catch (error) {
            throw explain(error);
        }
    };
    return async (request) => {
        let current = request;
        for (let redirects = 0;; redirects += 1) {
            const answer = await exchange(current);
            const location = answer.headers.get("location");
            if (location === null || !(0,redirect/* isRedirect */.N6)(current.method, answer.status))
                return answer;
            answer.discard();
            if (redirects === MAX_REDIRECTS) {
                throw new redirect/* RedirectError */.Lx(`${request.url.host} redirects more than ${MAX_REDIRECTS} times`);
            }
            current = (0,redirect/* followRedirect */.AT)(current, location);
        }
    };
}
/** The body of a request that sends a file, or `sizeBytes` of it from `start` on. */
function readFileBody(file, sizeBytes, start = 0) {
    return { sizeBytes, open: () => readRange(file, start, sizeBytes) };
}
/** More than a socket takes without waiting: the next chunk is asked for when this one has been sent. */
const CHUNK_BYTES = 256 << 10;
/** Reads all chunks into one buffer: new ones would take up memory until the next garbage collection. */
async function* readRange(file, start, sizeBytes) {
    const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, sizeBytes));
    const handle = await (0,promises_.open)(file);
    try {
        for (let sent = 0; sent < sizeBytes;) {
            const wanted = Math.min(chunk.length, sizeBytes - sent);
            for (let filled = 0; filled < wanted;) {
                const { bytesRead } = await handle.read(chunk, filled, wanted - filled, start + sent + filled);
                if (bytesRead === 0)
                    throw new Error(`${file} has become shorter`);
                filled += bytesRead;
            }
            yield chunk.subarray(0, wanted);
            sent += wanted;
        }
    }
    finally {
        await handle.close();
    }
}
async function openTransport(environment, tunnelLimitMs) {
    const proxies = readProxies(environment);
    const { EnvHttpProxyAgent, Pool, request: send } = await __webpack_require__.e(/* import() */ 752).then(__webpack_require__.t.bind(__webpack_require__, 24371, 19));
    // Not HTTP/2, which gains nothing here: large bodies, one after another.
    const dispatcher = new EnvHttpProxyAgent({
        ...proxies,
        allowH2: false,
        // The limits of a request do not cover CONNECT.
        clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: tunnelLimitMs }),
    });
    return {
        proxies,
        send: ({ method, url, headers, body, idleLimitMs = IDLE_LIMIT_MS, signal }) => send(url, {
            dispatcher,
            method,
            headers: {
                "user-agent": "cross-build",
                ...headers,
                ...(body !== undefined && "open" in body && { "content-length": String(body.sizeBytes) }),
            },
            // undici also sends what can be iterated, but its types do not say so.
            ...(body !== undefined && {
                body: "open" in body ? readBody(body.open) : body,
            }),
            headersTimeout: idleLimitMs,
            bodyTimeout: idleLimitMs,
            ...(signal !== undefined && { signal }),
        }),
    };
}
async function* readBody(open) {
    try {
        yield* open();
    }
    catch (cause) {
        throw new BodyError("the data to send cannot be read", { cause });
    }
}
async function* readChunks(body, explain) {
    try {
        for await (const chunk of body)
            yield chunk;
    }
    catch (error) {
        throw explain(error);
    }
}
function explainFailure(error, { signal }, proxy) {
    if (signal?.aborted === true)
        return signal.reason;
    if (error instanceof BodyError)
        return error;
    const connection = new retry/* ConnectionError */.Rc(error, proxy);
    // undici reports the status of a proxy in these two messages only.
    const status = /Proxy response \((\d{3})\)|Proxy Authentication Required \((\d{3})\)/.exec(connection.message);
    return status === null || proxy === undefined
        ? connection
        : new retry/* ProxyError */.T6(Number(status[1] ?? status[2]), proxy);
}
function toHeaders(headers) {
    return new Headers(Object.entries(headers).flatMap(([name, value = ""]) => [value].flat().map((one) => [name, one])));
}


/***/ }),

/***/ 74425:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   EQ: () => (/* binding */ cutLines),
/* harmony export */   jZ: () => (/* binding */ sanitizeText),
/* harmony export */   jg: () => (/* binding */ createMaskingLog)
/* harmony export */ });
/**
 * Escape sequences: commands for the terminal with a text (such as a title or a link), with parameters (such
 * as a colour), and short ones. Node's own pattern needs time that is quadratic in the number of unfinished
 * sequences. Here no part can match across the start of another sequence.
 * @see ECMA-48, sections 5.4 and 8.3.89
 */
const ESCAPE_SEQUENCES = 
// eslint-disable-next-line no-control-regex -- These characters are what it looks for.
/(?:\u001b\]|\u009d)[^\u0007\u001b\u009c\u009d\n]*(?:\u0007|\u001b\\|\u009c)|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b[ -/]*[0-~]/g;
/**
 * Makes untrusted text safe for a terminal: removes escape sequences, and all control characters except
 * newline and tab.
 */
function sanitizeText(text) {
    return text.replace(ESCAPE_SEQUENCES, "").replace(/(?![\n\t])\p{Cc}/gu, "");
}
const MAX_LINE_CHARACTERS = 10_000;
/** Cuts long lines, so that a build that prints megabytes without a line end cannot exhaust the memory. */
function cutLines(text) {
    if (text.length <= MAX_LINE_CHARACTERS)
        return text;
    return text
        .split("\n")
        .map((line) => line.length <= MAX_LINE_CHARACTERS
        ? line
        : `${line.slice(0, MAX_LINE_CHARACTERS)} … (${line.length - MAX_LINE_CHARACTERS} more characters)`)
        .join("\n");
}
/** Shorter parts of a secret are not hidden: that would hide half the log, and protect nothing. */
const SHORTEST_PART = 4;
/** Makes the messages to a log safe for a terminal, and hides masked secrets in them. */
function createMaskingLog(log) {
    const secrets = new Set();
    const redact = (text) => {
        // The longest first: one secret may be a part of another.
        const longestFirst = [...secrets].sort((a, b) => b.length - a.length);
        return longestFirst.reduce((left, secret) => left.replaceAll(secret, "***"), text);
    };
    const clean = (text) => redact(sanitizeText(text));
    return {
        info: (message) => {
            log.info(clean(message));
        },
        debug: (message) => {
            log.debug(clean(message));
        },
        warning: (message) => {
            log.warning(clean(message));
        },
        error: (message) => {
            log.error(clean(message));
        },
        group: (title, lines) => {
            log.group(clean(title), lines.map(clean));
        },
        ...(log.showStatus !== undefined && {
            showStatus: (owner, lines) => {
                log.showStatus?.(owner, lines.map(clean));
            },
        }),
        mask: (secret) => {
            for (const part of listParts(secret)) {
                secrets.add(part);
                log.mask(part);
            }
        },
        redact,
    };
}
/** A secret, its lines if it has several, and the secret as JSON and a form have it. */
function listParts(secret) {
    if (secret === "")
        return [];
    const lines = secret.split(/\r?\n/).map((line) => line.trim());
    const encoded = [
        JSON.stringify(secret).slice(1, -1),
        new URLSearchParams({ "": secret }).toString().slice(1),
    ];
    const parts = [...lines, ...encoded].filter((part) => part.length >= SHORTEST_PART);
    return [...new Set([secret, ...parts])];
}


/***/ }),

/***/ 24261:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   ME: () => (/* binding */ readStartTime),
/* harmony export */   Un: () => (/* binding */ checkProcess),
/* harmony export */   wO: () => (/* binding */ identifyProcess)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(73024);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs__WEBPACK_IMPORTED_MODULE_0__);

/**
 * Identifies a process for later runs: `PID START BOOT NAMESPACE`. START is the kernel's start time of the
 * process, BOOT the kernel's boot ID and NAMESPACE the PID namespace, so that a PID which another process got
 * later, or which counts elsewhere, is never mistaken for this process. What cannot be found out is `?`.
 */
function identifyProcess(pid) {
    return `${pid} ${readStartTime(pid) ?? "?"} ${readPlace()}`;
}
/** Whether the process that `identifyProcess` identified still runs. A zombie has ended. */
function checkProcess(identity) {
    const [pid = "", start = "?", ...place] = identity.trim().split(" ");
    const isLocal = place.join(" ") === readPlace() && !place.includes("?");
    if (!isLocal || start === "?" || !/^[1-9][0-9]*$/.test(pid))
        return "unknown";
    const found = readStat(Number(pid));
    return found?.startTime === start && found.state !== "Z" ? "running" : "gone";
}
/** The start time of a process, in the kernel's clock ticks since boot. @see proc_pid_stat(5), field 22 */
function readStartTime(pid) {
    return readStat(pid)?.startTime;
}
function readStat(pid) {
    try {
        // The command name, in parentheses, may contain anything, so count the fields after it.
        const stat = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readFileSync)(`/proc/${pid}/stat`, "utf8");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const [state, startTime] = [fields[0], fields[19]];
        return state === undefined || startTime === undefined ? undefined : { state, startTime };
    }
    catch {
        return undefined;
    }
}
/** The boot and the PID namespace in which this process's PIDs count. */
function readPlace() {
    const boot = readOr(() => (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readFileSync)("/proc/sys/kernel/random/boot_id", "utf8").trim());
    const namespace = readOr(() => (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readlinkSync)("/proc/self/ns/pid"));
    return `${boot} ${namespace}`;
}
function readOr(read) {
    try {
        return read();
    }
    catch {
        return "?";
    }
}


/***/ }),

/***/ 51494:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   i0: () => (/* binding */ killGroup),
/* harmony export */   kH: () => (/* binding */ endLeftProcesses),
/* harmony export */   p9: () => (/* binding */ openProcessLedger)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(73024);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var _errors_errno_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(38335);
/* harmony import */ var _process_identity_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(24261);




/**
 * Opens a ledger in an append-only file, one line per event: `+ IDENTITY` (see `identifyProcess`) and
 * `- PID`.
 */
function openProcessLedger(file) {
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.mkdirSync)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(file), { recursive: true, mode: 0o700 });
    const append = (line) => {
        // Synchronous, so that a SIGKILL cannot come before the entry is written.
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.appendFileSync)(file, `${line}\n`, { mode: 0o600 });
    };
    return {
        started: (pid) => {
            append(`+ ${(0,_process_identity_js__WEBPACK_IMPORTED_MODULE_2__/* .identifyProcess */ .wO)(pid)}`);
        },
        ended: (pid) => {
            append(`- ${pid}`);
        },
    };
}
/**
 * Sends a signal to a whole process group. It is not an error if the group is gone or is not ours to signal.
 */
function killGroup(pid, signal) {
    try {
        process.kill(-pid, signal);
    }
    catch (error) {
        if (!(0,_errors_errno_js__WEBPACK_IMPORTED_MODULE_3__/* .isErrno */ .r)(error, "ESRCH", "EPERM"))
            throw error;
    }
}
/** Sends SIGKILL to every process group that is still running by the ledger. Returns their PIDs. */
function endLeftProcesses(file) {
    let text;
    try {
        text = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readFileSync)(file, "utf8");
    }
    catch {
        return [];
    }
    const running = new Map();
    for (const line of text.split("\n")) {
        const [, sign, identity = "", pid = ""] = /^([+-]) (([1-9][0-9]*)(?: .*)?)$/.exec(line) ?? [];
        if (sign === "+")
            running.set(Number(pid), identity);
        if (sign === "-")
            running.delete(Number(pid));
    }
    // A leader that is a zombie still has its PID, and its group may have members that run.
    const left = [...running].filter(([pid, identity]) => !identity.includes("?") && (0,_process_identity_js__WEBPACK_IMPORTED_MODULE_2__/* .identifyProcess */ .wO)(pid) === identity);
    for (const [pid] of left)
        killGroup(pid, "SIGKILL");
    return left.map(([pid]) => pid);
}


/***/ }),

/***/ 3167:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   AT: () => (/* binding */ followRedirect),
/* harmony export */   Lx: () => (/* binding */ RedirectError),
/* harmony export */   N6: () => (/* binding */ isRedirect)
/* harmony export */ });
/* harmony import */ var _render_url_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(36715);

/** A redirect that is not followed. Another attempt would be redirected again. */
class RedirectError extends Error {
}
/** Headers that say nothing about who asks: the only ones that another origin receives. */
const PUBLIC_HEADERS = ["accept", "content-type"];
/** Whether an answer asks the client to send the same request again, to the URL in `Location`. */
function isRedirect(method, status) {
    return [307, 308].includes(status) || (isRead(method) && [301, 302, 303].includes(status));
}
/**
 * The request that follows a redirect:
 *
 * | request                               | to the same origin | to another origin               |
 * | ------------------------------------- | ------------------ | ------------------------------- |
 * | `staysOnOrigin`                       | sent again         | refused                         |
 * | GET, HEAD                             | sent again         | sent with `PUBLIC_HEADERS` only |
 * | any other, with `PUBLIC_HEADERS` only | sent again         | sent again                      |
 * | any other                             | sent again         | refused                         |
 *
 * So another origin receives no secret. Throws `RedirectError` if the redirect is refused, or if the URL is
 * not valid, not HTTP, contains credentials, or leads from HTTPS to HTTP.
 */
function followRedirect(request, location) {
    const { url, method, headers = {}, staysOnOrigin = false, parseLocation = parse } = request;
    const next = parseLocation(location, url);
    if (next.origin === url.origin)
        return { ...request, url: next };
    const sent = Object.entries(headers).filter(([name]) => PUBLIC_HEADERS.includes(name));
    const hasSecretHeader = sent.length < Object.keys(headers).length;
    if (staysOnOrigin || (hasSecretHeader && !isRead(method))) {
        throw new RedirectError(`${url.host} redirects a ${method} with credentials to ${next.host}, which must not receive them`);
    }
    return { ...request, url: next, headers: Object.fromEntries(sent) };
}
function isRead(method) {
    return method === "GET" || method === "HEAD";
}
function parse(location, from) {
    const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
    if (url === undefined ||
        !["http:", "https:"].includes(url.protocol) ||
        url.username + url.password !== "") {
        throw new RedirectError(`${from.host} redirects to something that is not an HTTP URL without credentials`);
    }
    if (from.protocol === "https:" && url.protocol !== "https:") {
        throw new RedirectError(`${from.host} redirects to ${(0,_render_url_js__WEBPACK_IMPORTED_MODULE_0__/* .renderUrl */ .K)(url)}, which is less secure`);
    }
    return url;
}


/***/ }),

/***/ 15815:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   C: () => (/* binding */ renderCommand)
/* harmony export */ });
/** The value of an environment variable, as in `env NAME=VALUE` or `--env=NAME=VALUE`. */
const VARIABLE = /^((?:--env=)?[A-Z_][A-Z0-9_]*=).*$/s;
const SECRET_NAME = "[\\w.-]*(?:password|passwd|secret|token|credential|api-?key)[\\w.-]*";
/** A word after which a secret follows, such as `--password`, but not `--password-stdin`. */
const BEFORE_SECRET = new RegExp(`^(?!.*-(?:stdin|file)$)(?:--?)?${SECRET_NAME}$`, "i");
const ASSIGNED_SECRET = new RegExp(`^((?:--?)?${SECRET_NAME}=).+`, "is");
const SECRET_IN_QUERY = new RegExp(`([?&](?!secret-key=)${SECRET_NAME}=)[^&\\s]+`, "gi");
const PASSWORD_IN_URL = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*):[^\s/@]+@/gi;
/**
 * A command as text that can be pasted into a shell, without secrets and at most `maxCharacters` long: for
 * messages and logs. Our own commands get no secrets as arguments, but those of users may.
 */
function renderCommand(tool, args, maxCharacters = 500) {
    const text = [tool, ...args].map((word, at, words) => quote(mask(word, words[at - 1] ?? ""))).join(" ");
    return text.length > maxCharacters ? `${text.slice(0, maxCharacters)} …` : text;
}
function mask(word, previous) {
    if (BEFORE_SECRET.test(previous) && !word.startsWith("-"))
        return "***";
    return word
        .replace(VARIABLE, "$1***")
        .replace(ASSIGNED_SECRET, "$1***")
        .replace(SECRET_IN_QUERY, "$1***")
        .replace(PASSWORD_IN_URL, "$1:***@");
}
function quote(word) {
    return /^[\w@%+=:,./#*?~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}


/***/ }),

/***/ 36715:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   K: () => (/* binding */ renderUrl)
/* harmony export */ });
/** Renders a URL for the log: without user, password, query and fragment, any of which may be a secret. */
function renderUrl(url) {
    return `${url.protocol}//${url.host}${url.pathname}`;
}


/***/ }),

/***/ 70385:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Dm: () => (/* binding */ isTransientStatus),
/* harmony export */   Rc: () => (/* binding */ ConnectionError),
/* harmony export */   T6: () => (/* binding */ ProxyError),
/* harmony export */   Xs: () => (/* binding */ StatusError),
/* harmony export */   dg: () => (/* binding */ isTransient),
/* harmony export */   jh: () => (/* binding */ retryTransient),
/* harmony export */   m: () => (/* binding */ MAX_ATTEMPTS),
/* harmony export */   mu: () => (/* binding */ parseRetryAfter)
/* harmony export */ });
/* harmony import */ var p_retry__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(74995);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _errors_errno_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(38335);



/** An answer with an unexpected status. The message contains no secrets and can be logged. */
class StatusError extends Error {
    status;
    isTransient;
    /** The wait that the server asks for in `Retry-After`. */
    retryAfterMs;
    constructor(message, answer) {
        super(message);
        this.status = answer.status;
        this.isTransient = answer.isTransient;
        this.retryAfterMs = answer.retryAfterMs;
    }
}
/** The connection failed before the answer was complete. */
class ConnectionError extends Error {
    constructor(cause, proxy) {
        // An AggregateError of a host with several addresses has a code, but no message.
        const said = (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .renderError */ .vr)(cause) || codeOf(cause) || "the connection failed";
        super(proxy === undefined ? said : `${said} (the environment sets the proxy ${proxy})`, { cause });
    }
}
/** A proxy refused to open a connection. */
class ProxyError extends Error {
    status;
    constructor(status, proxy) {
        super(`the proxy ${proxy} answered ${status} instead of opening a connection`);
        this.status = status;
    }
}
const MAX_ATTEMPTS = 5;
const RETRY_DELAY_MS = 250;
/** Fail instead of waiting if the server asks for a longer wait. */
const MAX_RETRY_AFTER_MS = 60_000;
/** @see https://github.com/nodejs/undici/blob/main/docs/docs/api/Errors.md */
const TRANSIENT_ERRORS = [
    "EAI_AGAIN",
    "ECONNABORTED",
    "ECONNREFUSED",
    "ECONNRESET",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "EPIPE",
    "ERR_STREAM_PREMATURE_CLOSE",
    "ETIMEDOUT",
    "UND_ERR_BODY_TIMEOUT",
    "UND_ERR_CONNECT_TIMEOUT",
    "UND_ERR_HEADERS_TIMEOUT",
    "UND_ERR_PRX_CONN",
    "UND_ERR_SOCKET",
];
/** Whether the same request may succeed later. */
function isTransientStatus(status) {
    return status === 408 || status === 429 || status >= 500;
}
/** Whether another attempt may succeed. See the table at `retryTransient`. */
function isTransient(error) {
    if (error instanceof StatusError) {
        return error.isTransient && (error.retryAfterMs ?? 0) <= MAX_RETRY_AFTER_MS;
    }
    if (error instanceof ProxyError)
        return isTransientStatus(error.status);
    // The streams of a body wrap the system's error in their own.
    for (let cause = error instanceof ConnectionError ? error.cause : undefined; cause !== undefined;) {
        if ((0,_errors_errno_js__WEBPACK_IMPORTED_MODULE_1__/* .isErrno */ .r)(cause, ...TRANSIENT_ERRORS))
            return true;
        cause = typeof cause === "object" && cause !== null && "cause" in cause ? cause.cause : undefined;
    }
    return false;
}
/**
 * Runs a piece of work on an HTTP server. After a transient error, runs it again from the start, up to four
 * times:
 *
 * | error                                         | retried | why                                          |
 * | --------------------------------------------- | ------- | -------------------------------------------- |
 * | 408, 429, 5xx                                 | yes     | the server is overloaded; honors Retry-After |
 * | a lost upload (404 or 416 to its PUT)         | yes     | the registry lost the session; starts over   |
 * | 408, 429, 5xx from a proxy                    | yes     | the proxy, or the way behind it, may recover |
 * | refused, broken, silent connection, EAI_AGAIN | yes     | the network may recover                      |
 * | the time limit of a whole request             | no      | the limit is generous                        |
 * | unknown host, certificate, any other status   | no      | the result would be the same                 |
 * | a redirect that is refused                    | no      | the result would be the same                 |
 *
 * Rejects with the last error, or with the signal's reason when the signal is aborted.
 */
async function retryTransient(work, { clock, log, retryDelayMs = RETRY_DELAY_MS, signal }) {
    try {
        return await (0,p_retry__WEBPACK_IMPORTED_MODULE_2__/* ["default"] */ .Ay)(work, {
            retries: MAX_ATTEMPTS - 1,
            // Do not let p-retry wait: onFailedAttempt waits through the clock.
            minTimeout: 0,
            shouldRetry: ({ error }) => isTransient(error),
            onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
                if (!isTransient(error) || retriesLeft === 0)
                    return;
                const askedMs = error instanceof StatusError ? (error.retryAfterMs ?? 0) : 0;
                const waitMs = askedMs + chooseDelayMs(retryDelayMs, attemptNumber);
                log.debug(`attempt ${attemptNumber} of ${MAX_ATTEMPTS}: ${error.message}; again in ${waitMs} ms`);
                await clock.sleep(waitMs, signal);
            },
            ...(signal !== undefined && { signal }),
        });
    }
    catch (error) {
        if (signal?.aborted === true)
            throw signal.reason;
        throw error;
    }
}
/** Parses the header `Retry-After`. @see RFC 9110, section 10.2.3 */
function parseRetryAfter(value, nowMs) {
    if (value === null)
        return undefined;
    const waitMs = /^[0-9]+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
    return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}
/**
 * The wait triples with each attempt. A random factor of up to two keeps runs that failed at the same time
 * from retrying at the same time.
 */
function chooseDelayMs(retryDelayMs, attemptNumber) {
    return Math.round(retryDelayMs * 3 ** (attemptNumber - 1) * (1 + Math.random()));
}
function codeOf(error) {
    return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}


/***/ }),

/***/ 34618:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   f: () => (/* binding */ createSilenceWatch)
/* harmony export */ });
const TICK_MS = 1_000;
/**
 * Creates a SilenceWatch. It looks once a second instead of using a timer for each wait, since a stream has
 * many waits. While no one waits, it has no timer, so that a forgotten one keeps no process alive.
 */
function createSilenceWatch(clock, limitMs, explain) {
    const ended = new AbortController();
    let limit = limitMs;
    let waiting;
    let isWatching = false;
    const interruptIfLate = () => {
        if (waiting === undefined)
            return;
        const waitedMs = clock.nowMs() - waiting.sinceMs;
        if (waitedMs > limit)
            waiting.interrupt(explain(waitedMs));
    };
    const watch = async () => {
        isWatching = true;
        try {
            while (waiting !== undefined) {
                await clock.sleep(TICK_MS, ended.signal);
                interruptIfLate();
            }
        }
        catch {
            // Sleeping rejects at the end, and when the run is cancelled.
        }
        isWatching = false;
    };
    return {
        wait: async (answer) => {
            const { promise, resolve, reject } = Promise.withResolvers();
            answer.then(resolve, reject);
            waiting = { sinceMs: clock.nowMs(), interrupt: reject };
            if (!isWatching && limit !== Infinity)
                void watch();
            try {
                return await promise;
            }
            finally {
                waiting = undefined;
            }
        },
        allow: (allowedMs) => {
            limit = allowedMs;
        },
        end: () => {
            ended.abort();
        },
    };
}


/***/ }),

/***/ 24802:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   C: () => (/* binding */ isListening)
/* harmony export */ });
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77030);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_net__WEBPACK_IMPORTED_MODULE_0__);

const CONNECT_LIMIT_MS = 2_000;
/**
 * True if something accepts connections at `address` within two seconds. A socket file alone, on which
 * nothing listens, does not count.
 */
function isListening(address) {
    return new Promise((resolve) => {
        const client = (0,node_net__WEBPACK_IMPORTED_MODULE_0__.connect)(address);
        const settle = (isConnected) => () => {
            client.destroy();
            resolve(isConnected);
        };
        client.setTimeout(CONNECT_LIMIT_MS, settle(false));
        client.once("connect", settle(true));
        client.once("error", settle(false));
    });
}


/***/ }),

/***/ 4287:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   J9: () => (/* binding */ findManifest),
/* harmony export */   MS: () => (/* binding */ IMAGE_MANIFEST),
/* harmony export */   Tp: () => (/* binding */ parseDocument),
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
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(46466);
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
const IMAGE_MANIFEST = zod__WEBPACK_IMPORTED_MODULE_10__/* .looseObject */ ._H3({ config: DESCRIPTOR, layers: zod__WEBPACK_IMPORTED_MODULE_10__/* .array */ .YOg(DESCRIPTOR).max(1000) });
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
    const { config, layers } = parseDocument(found.bytes, IMAGE_MANIFEST, found.digest);
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
    const { config, layers } = parseDocument(bytes, IMAGE_MANIFEST, wanted);
    return [config, ...layers].reduce((sum, { size }) => sum + size, 0);
}
/**
 * Reads the manifest of an image, or of the target's image in an index. Rejects like `fetchImage`.
 */
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
/** Parses a document with the digest `name`. Throws `IMAGE_INVALID` if it is malformed. */
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

/***/ 43729:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  SG: () => (/* binding */ redactTexts),
  B1: () => (/* binding */ renderReport)
});

// UNUSED EXPORTS: REPORT, renderReportSchema

// EXTERNAL MODULE: ./node_modules/zod/v4/classic/schemas.js + 11 modules
var schemas = __webpack_require__(92857);
// EXTERNAL MODULE: ./node_modules/zod/v4/classic/iso.js
var iso = __webpack_require__(64377);
// EXTERNAL MODULE: ./src/model/build-mode.ts
var build_mode = __webpack_require__(64129);
// EXTERNAL MODULE: ./src/model/image.ts
var model_image = __webpack_require__(71444);
// EXTERNAL MODULE: ./src/model/smoke.ts
var smoke = __webpack_require__(37328);
// EXTERNAL MODULE: ./src/model/strategy.ts
var strategy = __webpack_require__(58924);
;// CONCATENATED MODULE: ./src/report/use-schema.ts

const milliseconds = schemas/* number */.aig().min(0).describe("milliseconds");
const count = schemas/* int */.Whr().min(0);
/** What the run used of a builder. */
const BUILDER_USE = schemas/* strictObject */.rej({
    builds: count.describe("how many builds it ran, whatever their outcome"),
    busyMs: milliseconds.describe("the durations of these builds, added up, in milliseconds"),
    cpuMs: milliseconds
        .nullable()
        .describe("the CPU time of these builds, in milliseconds; null unless it is known of all"),
    sentBytes: count
        .nullable()
        .describe("over cross-build's own connections to it; null if Nix opened connections of its own"),
    receivedBytes: count.nullable(),
})
    .describe("what the run used of it");
/** What a build used. */
const BUILD_USE = schemas/* strictObject */.rej({
    cpuMs: milliseconds
        .nullable()
        .describe("CPU time of its processes, added up over all CPUs, in milliseconds"),
    peakMemoryBytes: count
        .nullable()
        .describe("the most anonymous memory that its processes had together, in samples"),
    copiedBytes: count
        .nullable()
        .describe("the uncompressed size of the inputs that were copied to its builder for it, from other builders"),
})
    .describe("what it used; null: not known");
/** What a phase used of the disks. */
const DISK_USE = schemas/* array */.YOg(schemas/* strictObject */.rej({
    folder: schemas/* string */.YjP().describe("a folder on the disk: the store, or the temporary files"),
    usedBytes: count.describe("what the disk lost at most, whoever used it"),
    freeBytes: count.describe("the least that was free"),
}))
    .describe("the use of this machine's disks; phases that run at the same time have the same");
/** What this machine used during a phase. */
const MACHINE_USE = schemas/* strictObject */.rej({
    cpuMs: milliseconds.describe("time in which a CPU was busy, added up over all CPUs, in ms"),
    peakMemoryBytes: count.describe("the most memory that was in use"),
    receivedBytes: count.describe("over all network interfaces but loopback"),
    sentBytes: count,
})
    .nullable()
    .describe("what this machine used, whoever used it; null if it is not known, as on macOS");

;// CONCATENATED MODULE: ./src/report/report.ts






const report_text = schemas/* string */.YjP();
const report_milliseconds = schemas/* number */.aig().min(0).describe("milliseconds");
const report_count = schemas/* int */.Whr().min(0);
const instant = iso/* datetime */.w$().describe("UTC");
const foreignFile = schemas/* strictObject */.rej({ path: report_text, machine: report_text.describe("the file's CPU"), layer: report_count });
/**
 * Version 2 of the report on one run. `docs/report.schema.json` is its JSON Schema. Parts that the run did
 * not reach are null or an empty list.
 */
const REPORT = schemas/* strictObject */.rej({
    version: schemas/* literal */.euz(2),
    outcome: schemas/* enum */.k5n(["success", "failure", "cancelled"]),
    error: schemas/* strictObject */.rej({ code: report_text, message: report_text, hint: report_text.nullable() }).nullable(),
    startedAt: instant,
    durationMs: report_milliseconds,
    commit: report_text.nullable().describe("the commit that the workflow runs on"),
    runUrl: report_text.nullable().describe("the page of the workflow's run"),
    host: schemas/* strictObject */.rej({
        system: report_text,
        event: report_text.nullable().describe("the event that triggered the workflow"),
    }),
    nix: schemas/* strictObject */.rej({
        version: report_text,
        origin: schemas/* enum */.k5n(["reused", "installed"]),
        source: schemas/* enum */.k5n(["present", "tool-cache", "download", "distribution"]),
    })
        .nullable(),
    builders: schemas/* array */.YOg(schemas/* strictObject */.rej({
        uri: report_text,
        alias: report_text,
        systems: schemas/* array */.YOg(report_text),
        state: schemas/* enum */.k5n(["ready", "degraded", "dropped"]),
        code: report_text.nullable(),
        reason: report_text.nullable(),
        hint: report_text.nullable(),
        nix: report_text.nullable().describe("Nix version of the builder"),
        slots: report_count.describe("maximum number of concurrent builds"),
        features: schemas/* array */.YOg(report_text),
        probeMs: report_milliseconds.nullable(),
        cpus: report_count.nullable(),
        load: schemas/* number */.aig().nullable().describe("load average of the last minute"),
        freeBytes: report_count.nullable().describe("free space in its store"),
        use: BUILDER_USE,
    })),
    builderChanges: schemas/* array */.YOg(schemas/* strictObject */.rej({
        uri: report_text,
        at: instant,
        state: schemas/* enum */.k5n(["ready", "degraded", "dropped"]),
        reason: report_text,
    }))
        .describe("builders that were lost or became available again after the first probe"),
    plans: schemas/* array */.YOg(schemas/* strictObject */.rej({
        target: report_text,
        buildSystem: report_text,
        strategy: schemas/* enum */.k5n(strategy/* STRATEGIES */.Y),
        attributes: schemas/* array */.YOg(report_text),
        verdicts: schemas/* array */.YOg(schemas/* strictObject */.rej({
            strategy: schemas/* enum */.k5n(strategy/* STRATEGIES */.Y),
            verdict: schemas/* enum */.k5n(["chosen", "fallback", "rejected"]),
            reason: report_text,
        })),
    })),
    attempts: schemas/* array */.YOg(schemas/* strictObject */.rej({
        target: report_text,
        strategy: schemas/* enum */.k5n(strategy/* STRATEGIES */.Y),
        mode: schemas/* enum */.k5n(build_mode/* BUILD_MODES */.U)
            .describe("local and emulated: on this machine; " +
            "build-hook: Nix itself sends each derivation to a builder; " +
            "single-store: everything is built in one builder's store; " +
            "distributed: cross-build sends each derivation to a builder"),
        reason: report_text,
        startedAt: instant,
        durationMs: report_milliseconds,
        outcome: schemas/* enum */.k5n(["built", "failed"]),
        code: report_text.nullable(),
        message: report_text.nullable(),
    }))
        .describe("all attempts to build, in order"),
    storePaths: schemas/* array */.YOg(report_text),
    builds: schemas/* array */.YOg(schemas/* strictObject */.rej({
        target: report_text.describe("the target system that it was built for"),
        drvPath: report_text,
        name: report_text,
        dependencies: schemas/* array */.YOg(report_text).describe("the derivations of this list that it depends on directly"),
        place: report_text.describe("local, or the builder's store URI"),
        startedAt: instant,
        durationMs: report_milliseconds,
        outcome: schemas/* enum */.k5n(["built", "failed", "interrupted"])
            .describe("interrupted: it was ended, for example because the run was cancelled or another build failed"),
        log: schemas/* array */.YOg(report_text).describe("the last lines that a failed build printed"),
        use: BUILD_USE,
    })),
    substituters: schemas/* array */.YOg(schemas/* strictObject */.rej({ uri: report_text, state: schemas/* enum */.k5n(["usable", "dropped"]), reason: report_text }))
        .describe("the substituters on HTTP servers; a build leaves out those that are dropped"),
    substitutions: schemas/* array */.YOg(schemas/* strictObject */.rej({
        target: report_text,
        storePath: report_text,
        from: report_text,
        durationMs: report_milliseconds,
        outcome: schemas/* enum */.k5n(["substituted", "failed"])
            .describe("failed: another substituter or a build had to follow"),
    })),
    caches: schemas/* array */.YOg(schemas/* strictObject */.rej({
        uri: report_text,
        isTrustedByLocation: schemas/* boolean */.zMY().describe("read without signatures, because its location is trusted"),
        hitRate: schemas/* number */.aig()
            .min(0)
            .max(1)
            .nullable()
            .describe("share of the required store paths that it had"),
        state: schemas/* enum */.k5n(["pushed", "unchanged", "withheld", "failed"]),
        reason: report_text.describe("the reason for the state"),
        pathsPushed: report_count,
        pathsPresent: report_count,
        pathsLeft: report_count.describe("paths that the run could not push in time, or at all"),
        bytesPushed: report_count.describe("compressed"),
        restored: schemas/* strictObject */.rej({
            state: schemas/* enum */.k5n(["restored", "empty", "withheld", "failed"]),
            reason: report_text,
            entries: report_count,
            paths: report_count,
            bytes: report_count,
        })
            .nullable()
            .describe("what was restored from GitHub's cache"),
        saved: schemas/* strictObject */.rej({ kind: schemas/* enum */.k5n(["base", "delta"]), key: report_text, bytes: report_count })
            .nullable()
            .describe("the newest entry that was added to GitHub's cache, and the bytes of all of them"),
    }))
        .describe("the run's own caches, in the order in which Nix asks them"),
    image: schemas/* strictObject */.rej({
        reference: report_text,
        digest: report_text
            .nullable()
            .describe("digest of the manifest, or of the image index if there are several targets; " +
            "null until it is pushed"),
        platforms: schemas/* array */.YOg(schemas/* strictObject */.rej({
            target: report_text,
            digest: report_text.describe("digest of the manifest"),
            imageId: report_text.describe("digest of the config"),
            sizeBytes: report_count.describe("what a client downloads: config and layers, compressed"),
            previousSizeBytes: report_count
                .nullable()
                .describe("the same of the image that the first tag pointed to before"),
        })),
        tags: schemas/* array */.YOg(report_text).describe("tags that point to the image now"),
    })
        .nullable(),
    layers: schemas/* array */.YOg(schemas/* strictObject */.rej({
        target: report_text,
        digest: report_text,
        sizeBytes: report_count,
        state: schemas/* enum */.k5n(model_image/* LAYER_STATES */.ZU)
            .describe("reused: the repository had it. mounted: another repository of the registry had it. recorded: " +
            "the repository had it, and the run did not make it, since an earlier one has recorded it"),
    })),
    audits: schemas/* array */.YOg(schemas/* strictObject */.rej({
        target: report_text,
        filesRead: report_count,
        elfFiles: report_count,
        foreign: schemas/* array */.YOg(foreignFile),
        allowed: schemas/* array */.YOg(foreignFile),
        multiCpuArchives: schemas/* array */.YOg(schemas/* strictObject */.rej({
            path: report_text,
            machines: schemas/* array */.YOg(report_text).describe("the other CPUs, such as aarch64"),
            ownIn: report_text.describe("the archive with the libraries for the target's CPU: itself, or a sibling"),
            layer: report_count,
        }))
            .describe("the first 100 zip and jar files with libraries for several CPUs"),
        orphanedScripts: schemas/* array */.YOg(schemas/* strictObject */.rej({ path: report_text, interpreter: report_text, layer: report_count }))
            .describe("the first 100 scripts whose interpreter is not in the image"),
        missingLibraries: schemas/* array */.YOg(schemas/* strictObject */.rej({
            path: report_text,
            kind: schemas/* enum */.k5n(["interpreter", "library"]),
            needs: report_text.describe("path of the interpreter, or name of the library"),
            storePath: report_text.nullable().describe("the store path with the file, which refers to it"),
            searched: schemas/* array */.YOg(report_text).describe("the folders in which the loader looks first"),
            layer: report_count,
        }))
            .describe("the first 100 loaders and libraries that ELF files need and the image lacks"),
        unreadableArchives: schemas/* array */.YOg(schemas/* strictObject */.rej({ path: report_text, reason: report_text, layer: report_count }))
            .describe("the first 100 zip and jar files that the audit cannot read"),
        largestPaths: schemas/* array */.YOg(schemas/* strictObject */.rej({ path: report_text, sizeBytes: report_count, layer: report_count }))
            .describe("the largest 100 store paths, and files and folders in `/`, with their unpacked sizes"),
    })),
    smokeTests: schemas/* array */.YOg(schemas/* strictObject */.rej({
        target: report_text,
        outcome: schemas/* enum */.k5n(["passed", "failed"]),
        runtime: report_text,
        isEmulated: schemas/* boolean */.zMY(),
        load: schemas/* strictObject */.rej({ way: schemas/* enum */.k5n(smoke/* LOAD_WAYS */.wM), reason: report_text })
            .describe("how the engine got the image: it had it, or got one layer with the files of all, or the layers"),
        layers: schemas/* array */.YOg(schemas/* strictObject */.rej({ digest: report_text, origin: schemas/* enum */.k5n(smoke/* LAYER_ORIGINS */.Ac) }))
            .describe("the tested layers, lowest first: the run made or verified the compressed bytes, " +
            "or fetched them by digest, or tested the same tar"),
        checks: schemas/* array */.YOg(schemas/* strictObject */.rej({
            name: report_text,
            kind: schemas/* enum */.k5n(smoke/* CHECK_KINDS */.FZ),
            outcome: schemas/* enum */.k5n(["passed", "failed"]),
            durationMs: report_milliseconds,
            detail: report_text,
        })),
        containerLog: report_text,
    })),
    promotion: schemas/* strictObject */.rej({
        state: schemas/* enum */.k5n(["promoted", "unchanged", "withheld"]),
        reason: report_text,
        tags: schemas/* array */.YOg(schemas/* strictObject */.rej({ tag: report_text, previous: report_text.nullable(), state: schemas/* enum */.k5n(["moved", "unchanged"]) })),
    })
        .nullable(),
    phases: schemas/* array */.YOg(schemas/* strictObject */.rej({
        name: report_text,
        startedAt: instant,
        durationMs: report_milliseconds,
        outcome: schemas/* enum */.k5n(["done", "failed"]),
        disks: DISK_USE,
        machine: MACHINE_USE,
    })),
    history: schemas/* strictObject */.rej({
        targets: schemas/* array */.YOg(schemas/* strictObject */.rej({
            target: report_text,
            runs: report_count.describe("earlier runs for the same attributes, with the same strategy and outcome"),
            times: schemas/* array */.YOg(schemas/* strictObject */.rej({
                name: report_text.describe("whole run, or a phase"),
                durationMs: report_milliseconds.describe("of this run, in milliseconds"),
                medianMs: report_milliseconds.describe("of the earlier runs, in milliseconds"),
            })),
            slower: schemas/* array */.YOg(schemas/* strictObject */.rej({
                name: report_text,
                durationMs: report_milliseconds,
                medianMs: report_milliseconds.describe("of the earlier builds, in milliseconds"),
                builds: report_count.describe("earlier builds of the derivation"),
                isConfirmed: schemas/* boolean */.zMY().describe("whether the build before was slower, too"),
            }))
                .describe("derivations that took longer than before"),
        })),
    })
        .nullable()
        .describe("comparison with earlier runs; null without the input history"),
});
/** The report as JSON text. */
function renderReport(report) {
    return `${JSON.stringify(report, undefined, 2)}\n`;
}
/** A document with `redact` applied to every text in it. To be done before the texts are escaped or cut. */
function redactTexts(document, redact) {
    return JSON.parse(JSON.stringify(document), (_, value) => typeof value === "string" ? redact(value) : value);
}
/** The JSON Schema of the report, 2020-12. */
function renderReportSchema() {
    const schema = { title: "cross-build report", ...z.toJSONSchema(REPORT) };
    return `${JSON.stringify(schema, undefined, 2)}\n`;
}


/***/ }),

/***/ 7274:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   EW: () => (/* binding */ HEADER_VARIABLES),
/* harmony export */   KJ: () => (/* binding */ readTraceDestination),
/* harmony export */   gQ: () => (/* binding */ parseOtlpEndpoint)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);

/** A run waits no longer than this, whatever the environment says. */
const MAX_TIMEOUT_MS = 5_000;
/** Variables that hold secrets. */
const HEADER_VARIABLES = ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"];
/**
 * The destination of traces by the input `otlp-endpoint`, or else by the variables of the OpenTelemetry SDK;
 * undefined if there is none, or if the variables switch traces off. Throws `INPUT_INVALID`, naming the
 * variable without showing its value, for what the variables say and this exporter cannot do.
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
function readTraceDestination(endpoint, environment) {
    const { OTEL_SDK_DISABLED: disabled = "", OTEL_TRACES_EXPORTER: exporter = "" } = environment;
    if (disabled.trim().toLowerCase() === "true" || exporter.trim() === "none")
        return undefined;
    const url = endpoint === undefined ? readUrl(environment) : addPath(endpoint);
    if (url === undefined)
        return undefined;
    const protocol = readVariable(environment, "PROTOCOL");
    const compression = readVariable(environment, "COMPRESSION");
    const timeout = readVariable(environment, "TIMEOUT");
    if (!["", "http/protobuf", "http/json"].includes(protocol.value)) {
        throw unusable(protocol.name, "Set it to http/protobuf or http/json; a collector has port 4318 for both.");
    }
    if (!["", "none", "gzip"].includes(compression.value)) {
        throw unusable(compression.name, "Set it to gzip or none.");
    }
    if (!/^\d*$/.test(timeout.value))
        throw unusable(timeout.name, "Set it to a number of milliseconds.");
    return {
        url,
        headers: readHeaders(environment),
        format: protocol.value === "http/json" ? "json" : "protobuf",
        isCompressed: compression.value === "gzip",
        timeoutMs: Math.min(Number(timeout.value) || MAX_TIMEOUT_MS, MAX_TIMEOUT_MS),
    };
}
/** Parses the address of a collector. Throws `INPUT_INVALID`, without showing a password. */
function parseOtlpEndpoint(text) {
    const url = URL.parse(text);
    const isHttp = url !== null && ["http:", "https:"].includes(url.protocol);
    if (isHttp && url.username + url.password === "")
        return url;
    throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("INPUT_INVALID", "not an HTTP URL without a password", {
        hint: "Use an address such as http://localhost:4318; credentials go into OTEL_EXPORTER_OTLP_HEADERS.",
    });
}
/** The variable for traces is the whole address; the one for all signals is that of the collector. */
function readUrl(environment) {
    const { name, value } = readVariable(environment, "ENDPOINT");
    if (value === "")
        return undefined;
    try {
        const url = parseOtlpEndpoint(value);
        return name === "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" ? url : addPath(url);
    }
    catch (error) {
        throw unusable(name, error instanceof _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ ? error.hint : "");
    }
}
function addPath(endpoint) {
    const url = new URL(endpoint);
    url.pathname = `${url.pathname.replace(/\/$/, "")}/v1/traces`;
    return url;
}
/** Headers as in `key=value,key=value`, in percent encoding. @see https://www.w3.org/TR/baggage/ */
function readHeaders(environment) {
    const name = HEADER_VARIABLES.find((variable) => (environment[variable] ?? "").trim() !== "");
    const pairs = (name === undefined ? "" : (environment[name] ?? ""))
        .split(",")
        .filter((pair) => pair.trim());
    return Object.fromEntries(pairs.map((pair) => {
        const [, key = "", value = ""] = /^([^=]+)=(.*)$/s.exec(pair.trim()) ?? [];
        try {
            const [header, text] = [key.trim().toLowerCase(), decodeURIComponent(value.trim())];
            // Throws for what HTTP does not allow.
            new Headers([[header, text]]);
            return [header, text];
        }
        catch {
            throw unusable(name ?? "", "Write key=value pairs with commas between them, in percent encoding.");
        }
    }));
}
function readVariable(environment, what) {
    const names = [`OTEL_EXPORTER_OTLP_TRACES_${what}`, `OTEL_EXPORTER_OTLP_${what}`];
    const name = names.find((variable) => (environment[variable] ?? "").trim() !== "") ?? names[1];
    return { name, value: (environment[name] ?? "").trim() };
}
function unusable(variable, hint) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("INPUT_INVALID", `the environment variable ${variable} cannot be used`, { hint });
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
    const address = await container.readAddress(check.port);
    const startedAtMs = clock.nowMs();
    try {
        answer = await (0,_platform_clock_js__WEBPACK_IMPORTED_MODULE_3__/* .withTimeLimit */ .Bv)(clock, leftMs, (limit) => send(address, check, limit));
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
    const address = await container.readAddress(check.port);
    return new Promise((resolve) => {
        const socket = (0,node_net__WEBPACK_IMPORTED_MODULE_1__.connect)(address);
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
 * Sends one request to a container, never through a proxy. Does not follow redirects, and truncates the body
 * at 1 MiB.
 */
function send(address, { method, path, headers }, signal) {
    return new Promise((resolve, reject) => {
        // With NODE_USE_ENV_PROXY, the global agent would ask the proxy.
        const agent = new node_http__WEBPACK_IMPORTED_MODULE_0__.Agent();
        const to = "path" in address ? { socketPath: address.path } : address;
        const call = (0,node_http__WEBPACK_IMPORTED_MODULE_0__.request)({ agent, ...to, method, path, headers, signal }, (response) => {
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
var external_node_stream_promises_ = __webpack_require__(46466);
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


/***/ }),

/***/ 82852:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $: () => (/* binding */ nameSocket),
/* harmony export */   a: () => (/* binding */ RELAY_READY),
/* harmony export */   runPortRelay: () => (/* binding */ runPortRelay)
/* harmony export */ });
/* harmony import */ var node_events__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(78474);
/* harmony import */ var node_events__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_events__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(77030);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_net__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(46466);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_2___default = /*#__PURE__*/__webpack_require__.n(node_stream_promises__WEBPACK_IMPORTED_MODULE_2__);



/**
 * The address in a container to which the relay connects. Linux gives the whole network 127.0.0.0/8 to
 * loopback, so a server on all addresses answers here. One on 127.0.0.1 alone does not, as it would not at a
 * port that Docker publishes.
 */
const ADDRESS = "127.0.0.2";
/** The line that the relay prints when it listens. */
const RELAY_READY = "ready";
/** The socket of a port, in the working directory of the relay. */
function nameSocket(port) {
    return `${port}.sock`;
}
/**
 * Listens on a socket in the working directory for each of the ports, and passes connections on to the ports.
 * It runs in the network namespace of a container, until it is terminated.
 */
async function runPortRelay(ports) {
    const servers = ports.map((port) => (0,node_net__WEBPACK_IMPORTED_MODULE_1__.createServer)({ allowHalfOpen: true }, (client) => {
        const server = (0,node_net__WEBPACK_IMPORTED_MODULE_1__.connect)({ host: ADDRESS, port: Number(port), allowHalfOpen: true });
        (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_2__.pipeline)(client, server, client).catch(() => {
            client.destroy();
            server.destroy();
        });
    }).listen({ path: nameSocket(port) }));
    await Promise.all(servers.map((server) => (0,node_events__WEBPACK_IMPORTED_MODULE_0__.once)(server, "listening")));
    process.stdout.write(`${RELAY_READY}\n`);
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
        await Promise.all(layers.map(_model_image_js__WEBPACK_IMPORTED_MODULE_3__/* .readySource */ .pM));
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


/***/ }),

/***/ 72457:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   FG: () => (/* binding */ listSshOptions),
/* harmony export */   Jc: () => (/* binding */ parseSshConfigHeader),
/* harmony export */   aD: () => (/* binding */ listSafeOptions),
/* harmony export */   cu: () => (/* binding */ GUARDED_OPTIONS),
/* harmony export */   oE: () => (/* binding */ certificateFile),
/* harmony export */   r4: () => (/* binding */ renderSshConfig),
/* harmony export */   w1: () => (/* binding */ renderOption)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_0__);

/** The ssh options for a host. The order matters: ssh uses the first value that it finds for an option. */
function listSshOptions(target, files) {
    const isFamily = target.alias.endsWith("*");
    return [
        ...(isFamily ? [] : [["HostName", target.host]]),
        ["Port", String(target.port)],
        ...(target.user === undefined ? [] : [["User", target.user]]),
        ...renderVia(target),
        ...Object.entries(target.options ?? {}),
        // known_hosts lists the keys under the alias; by default ssh would look for the host name and port.
        ...(files.certified.includes(target.alias) || isFamily ? [] : [["HostKeyAlias", target.alias]]),
        ...listSafeOptions({
            ...files,
            knownHostsFile: target.knownHostsFile ?? files.knownHostsFile,
            identityFile: target.identityFile ?? "none",
            certificateFile: target.certificate === undefined ? undefined : certificateFile(target, files),
        }),
    ];
}
/** The options for every host: ssh trusts only our known_hosts, offers only our key, and never asks. */
function listSafeOptions(files) {
    return [
        ["UserKnownHostsFile", files.knownHostsFile],
        ["GlobalKnownHostsFile", "/dev/null"],
        ...(files.hasKnownHostsCommand ? [["KnownHostsCommand", "none"]] : []),
        ["VerifyHostKeyDNS", "no"],
        ["StrictHostKeyChecking", "yes"],
        ["UpdateHostKeys", "no"],
        ["IdentityFile", files.identityFile],
        ...(files.certificateFile === undefined ? [] : [["CertificateFile", files.certificateFile]]),
        ["IdentitiesOnly", "yes"],
        ["IdentityAgent", files.identityAgent],
        // Prefer AES-GCM, which the CPUs of builders and runners accelerate; `^` keeps ssh's other ciphers.
        ["Ciphers", "^aes128-gcm@openssh.com"],
        ["BatchMode", "yes"],
        // Nix has no connection timeout of its own.
        ["ConnectTimeout", String(files.connectTimeoutS)],
        ["ConnectionAttempts", "1"],
        ["ServerAliveInterval", "5"],
        ["ServerAliveCountMax", "4"],
        // What a LocalCommand prints would become part of Nix's protocol. Nix passes its own one with each call.
        ["PermitLocalCommand", "no"],
        // Nix waits for ssh's LocalCommand, but ssh does not run it on a shared connection (NixOS/nix#8329).
        ["ControlMaster", "no"],
        ["ControlPath", "none"],
        ["RequestTTY", "no"],
        ["ForwardAgent", "no"],
        ["LogLevel", "ERROR"],
    ];
}
function renderVia({ via }) {
    if (via === undefined)
        return [];
    return via.kind === "jump" ? [["ProxyJump", via.alias]] : [["ProxyCommand", via.command]];
}
/** The path of the user certificate for a host. */
function certificateFile({ alias }, { certificateFolder }) {
    return (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(certificateFolder, `${alias}-cert.pub`);
}
/** Options that no other configuration may override: they decide where ssh connects and what it trusts. */
const GUARDED_OPTIONS = [
    "HostName",
    "Port",
    "User",
    "ProxyJump",
    "ProxyCommand",
    "HostKeyAlias",
    "UserKnownHostsFile",
    "KnownHostsCommand",
    "VerifyHostKeyDNS",
    "StrictHostKeyChecking",
    "IdentityFile",
    "IdentityAgent",
    "PermitLocalCommand",
    "ControlMaster",
];
/** The ssh configuration of a run. */
function renderSshConfig(targets, files, { runFolder, owner }) {
    const blocks = targets.map((target) => [`Host ${target.alias}`, ...listSshOptions(target, files).map(renderOption)].join("\n"));
    return `# cross-build, run folder ${runFolder}\n# owner ${owner}\n${blocks.join("\n")}\n`;
}
/** Reads the header of a file from `renderSshConfig`. Undefined if the file is not ours, or not complete. */
function parseSshConfigHeader(text) {
    const [, runFolder, owner] = /^# cross-build, run folder (.+)\n# owner (.+)\n/.exec(text) ?? [];
    return runFolder === undefined || owner === undefined ? undefined : { runFolder, owner };
}
/** A line of a `Host` block. */
function renderOption([name, value]) {
    // ssh takes the rest of the line as the command, so quotes would become part of it.
    const isQuoted = name !== "ProxyCommand" && /\s/.test(value);
    return `  ${name} ${isQuoted ? `"${value}"` : value}`;
}


/***/ }),

/***/ 15731:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  kA: () => (/* binding */ ask),
  Dg: () => (/* binding */ askHostKey),
  Ng: () => (/* binding */ connect),
  lB: () => (/* binding */ isCrowded),
  HB: () => (/* binding */ unreachable)
});

// EXTERNAL MODULE: external "node:net"
var external_node_net_ = __webpack_require__(77030);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/platform/clock.ts
var platform_clock = __webpack_require__(53037);
// EXTERNAL MODULE: ./src/platform/silence-watch.ts
var silence_watch = __webpack_require__(34618);
// EXTERNAL MODULE: ./src/ssh/host-key.ts
var host_key = __webpack_require__(95748);
;// CONCATENATED MODULE: ./src/ssh/traffic.ts
/** Counts what is read from and written to a socket that nothing reads yet. */
function countTraffic(socket) {
    let [sentBytes, receivedBytes] = [0, 0];
    // ssh2 listens and resumes later; without this, its first data would be lost.
    socket.pause();
    socket.on("data", (bytes) => {
        receivedBytes += bytes.length;
    });
    const write = socket.write.bind(socket);
    socket.write = (bytes) => {
        sentBytes += bytes.length;
        return write(bytes);
    };
    return () => ({ sentBytes, receivedBytes });
}

;// CONCATENATED MODULE: ./src/ssh/connection.ts






const KEEPALIVE_MS = 5_000;
const MISSED_KEEPALIVES = 3;
const CROWDED_TRIES = 6;
const CROWDED_WAIT_MS = 200;
/**
 * Connects to a builder, through `socket` if given; the socket is closed with the connection. Does not log in
 * before the host key has been verified, and never accepts a key that is not in `access.hostKeys`. A
 * connection that dies silently is noticed within 20 s. Rejects with `BUILDER_HOST_KEY`, `BUILDER_DENIED` and
 * `BUILDER_UNREACHABLE`.
 */
async function connect(access, { timeoutMs, onHostKey, socket: given }, clock) {
    await __webpack_require__.e(/* import() */ 299).then(__webpack_require__.bind(__webpack_require__, 78299));
    const { default: ssh2 } = await __webpack_require__.e(/* import() */ 472).then(__webpack_require__.t.bind(__webpack_require__, 85472, 23));
    const client = new ssh2.Client();
    const socket = given ?? (0,external_node_net_.connect)(access.port, access.host);
    const traffic = countTraffic(socket);
    let seen;
    const connected = new Promise((resolve, reject) => {
        client.once("ready", resolve);
        client.once("close", () => {
            reject(unreachable("the connection was closed"));
        });
        // Keep this listener after connecting, or a later error would crash the process. `close` always follows.
        client.on("error", (error) => {
            reject(explain(error, seen, access));
        });
    });
    client.connect({
        sock: socket,
        username: access.username,
        ...(access.identity.kind === "agent"
            ? { agent: access.identity.socket }
            : { privateKey: access.identity.privateKey }),
        readyTimeout: timeoutMs,
        keepaliveInterval: KEEPALIVE_MS,
        keepaliveCountMax: MISSED_KEEPALIVES,
        algorithms: { serverHostKey: listKeyAlgorithms(access.hostKeys) },
        hostVerifier: (key) => {
            seen = key;
            onHostKey((0,host_key/* describeHostKey */.RS)(key));
            return isAmong(access.hostKeys, key) && !isAmong(access.revokedKeys, key);
        },
    });
    try {
        await connected;
    }
    catch (error) {
        client.destroy();
        socket.destroy();
        throw error;
    }
    // In Nix's protocol each small message waits for the previous one, so Nagle's algorithm only delays them.
    client.setNoDelay(true);
    return wrap(client, { hostKey: (0,host_key/* describeHostKey */.RS)(seen ?? Buffer.alloc(0)), socket, traffic, clock });
}
/**
 * Gets the host key that a builder presents, in wire format, without logging in. The key is not verified.
 * Rejects with `BUILDER_UNREACHABLE`.
 */
async function askHostKey({ host, port }, timeoutMs) {
    await __webpack_require__.e(/* import() */ 299).then(__webpack_require__.bind(__webpack_require__, 78299));
    const { default: ssh2 } = await __webpack_require__.e(/* import() */ 472).then(__webpack_require__.t.bind(__webpack_require__, 85472, 23));
    const client = new ssh2.Client();
    try {
        return await new Promise((resolve, reject) => {
            client.on("error", (error) => {
                reject(unreachable(error.message));
            });
            client.once("close", () => {
                reject(unreachable("the connection was closed"));
            });
            client.connect({
                host,
                port,
                username: "nobody",
                readyTimeout: timeoutMs,
                hostVerifier: (key) => {
                    resolve(key);
                    return false;
                },
            });
        });
    }
    finally {
        client.destroy();
    }
}
function isAmong(keys, key) {
    return keys.some((known) => known.split(" ")[1] === key.toString("base64"));
}
function wrap(client, { hostKey, traffic, socket, clock, }) {
    let isOpen = true;
    client.once("close", () => {
        isOpen = false;
        socket.destroy();
    });
    return {
        hostKey,
        openChannel: (command) => retryCrowded(() => openChannelInTime(client, command, clock), clock),
        isOpen: () => isOpen,
        traffic,
        onClose: (listener) => {
            client.once("close", listener);
        },
        close: () => {
            client.end();
            client.destroy();
            socket.destroy();
        },
    };
}
/** Whether sshd refused a further session on a connection. @see sshd_config(5), MaxSessions */
function isCrowded(error) {
    return error instanceof action_error/* ActionError */.lZ && error.message.includes("Channel open failure");
}
/** Retries a refused session, since sshd counts a closed session until its program has exited. */
async function retryCrowded(open, clock) {
    for (let left = CROWDED_TRIES;; left--) {
        try {
            return await open();
        }
        catch (error) {
            if (left === 1 || !isCrowded(error))
                throw error;
            await clock.sleep(CROWDED_WAIT_MS);
        }
    }
}
async function openChannelInTime(client, command, clock) {
    const silence = (0,silence_watch/* createSilenceWatch */.f)(clock, OPEN_LIMIT_MS, (waitedMs) => unreachable(`its sshd has started no command for ${Math.round(waitedMs / 1000)} s`));
    const opening = openChannel(client, command);
    try {
        return await silence.wait(opening);
    }
    catch (error) {
        opening.then((late) => {
            late.close();
        }, () => undefined);
        throw error;
    }
    finally {
        silence.end();
    }
}
function openChannel(client, command) {
    return new Promise((resolve, reject) => {
        const onClose = () => {
            reject(unreachable("the connection was lost"));
        };
        client.once("close", onClose);
        try {
            client.exec(command, (error, channel) => {
                client.removeListener("close", onClose);
                if (error === undefined)
                    resolve(channel);
                else
                    reject(unreachable(`could not start a command on the builder: ${error.message}`));
            });
        }
        catch {
            onClose();
        }
    });
}
const KEPT_BYTES = 1 << 20;
const OPEN_LIMIT_MS = 30_000;
/**
 * Runs one command until its answer is complete. Keeps its stdin open until then, since Nix's daemon stops
 * answering when its client closes the stream. Rejects with `BUILDER_UNREACHABLE`.
 */
async function ask(connection, { command, input, isComplete, timeoutMs }, clock) {
    let channel;
    const answer = async () => {
        const opened = await connection.openChannel(command);
        channel = opened;
        let stdout = Buffer.alloc(0);
        let stderr = "";
        await new Promise((resolve) => {
            opened.on("data", (bytes) => {
                stdout = Buffer.concat([stdout, bytes]);
                if (stdout.length > KEPT_BYTES || isComplete(stdout))
                    resolve();
            });
            opened.stderr.on("data", (bytes) => {
                stderr = (stderr + bytes.toString("utf8")).slice(-KEPT_BYTES);
            });
            opened.on("close", resolve);
            opened.on("error", resolve);
            opened.write(input);
        });
        return { stdout, stderr };
    };
    try {
        return await (0,platform_clock/* withTimeLimit */.Bv)(clock, timeoutMs, (limit) => {
            const late = new Promise((_, reject) => {
                limit.addEventListener("abort", () => {
                    reject(unreachable(`no answer within ${timeoutMs / 1000} s`));
                });
            });
            return Promise.race([answer(), late]);
        });
    }
    finally {
        channel?.close();
    }
}
const RSA = ["rsa-sha2-512", "rsa-sha2-256"];
const COMPARABLE = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
];
/** A server presents a host key of the type that the client asks for: ask only for types of pinned keys. */
function listKeyAlgorithms(hostKeys) {
    const types = hostKeys.map((key) => key.split(" ")[0] ?? "");
    return [...COMPARABLE.filter((type) => types.includes(type)), ...(types.includes("ssh-rsa") ? RSA : [])];
}
function explain(error, seen, { revokedKeys, hostKeySource = "ssh-known-hosts" }) {
    if (error.message.includes("no matching host key")) {
        return new action_error/* ActionError */.lZ("BUILDER_HOST_KEY", `the builder has no host key of a type that ${hostKeySource} lists for it`, {
            hint: `Add the builder's /etc/ssh/ssh_host_ed25519_key.pub to ${hostKeySource}.`,
        });
    }
    if (error.message.includes("Host denied") && seen !== undefined) {
        if (isAmong(revokedKeys, seen))
            return (0,host_key/* explainRevoked */.GH)((0,host_key/* describeHostKey */.RS)(seen));
        const { fingerprint } = (0,host_key/* describeHostKey */.RS)(seen);
        return new action_error/* ActionError */.lZ("BUILDER_HOST_KEY", `the builder's host key ${fingerprint} does not match ${hostKeySource}`, { hint: "Check the key on the builder before you change anything: this may be an attack." });
    }
    if (error.level === "client-authentication") {
        return new action_error/* ActionError */.lZ("BUILDER_DENIED", "the builder refused the SSH key", {
            hint: "Add the public half of ssh-private-key to the user's authorized_keys on the builder.",
        });
    }
    return unreachable(error.message);
}
/** The error for a builder that cannot be reached, or is lost. */
function unreachable(reason) {
    return new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", reason, {
        hint: "Check host, port and network, and that the builder is running; or raise builder-timeout.",
    });
}


/***/ }),

/***/ 72877:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   XL: () => (/* binding */ renderGitKnownHosts),
/* harmony export */   x8: () => (/* binding */ listNamedHosts),
/* harmony export */   xQ: () => (/* binding */ renderGitSshConfig)
/* harmony export */ });
/* harmony import */ var _config_file_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(72457);

/** The lines that say which hosts they are for, other than by a hash: git may log in to these hosts. */
function listNamedHosts(lines) {
    return lines.filter(({ hosts }) => hosts !== undefined && !hosts.startsWith("|"));
}
/** The known_hosts file for git: these lines as they were given. */
function renderGitKnownHosts(lines) {
    return lines
        .map(({ marker, hosts, key }) => [marker, hosts, key].filter((word) => word !== undefined).join(" "))
        .map((line) => `${line}\n`)
        .join("");
}
/**
 * The ssh configuration for git: hosts that `lines` name are reached with the run's key and verified by these
 * lines, all others as this machine's own configuration says.
 * @see ssh_config(5), "Host" and "Include"
 */
function renderGitSshConfig(lines, files) {
    const options = (0,_config_file_js__WEBPACK_IMPORTED_MODULE_0__/* .listSafeOptions */ .aD)({ ...files, certificateFile: undefined, hasKnownHostsCommand: false });
    const patterns = lines
        .filter(({ marker }) => marker !== "@revoked")
        .map(({ hosts = "" }) => hosts.split(",").map(withoutPort).join(" "));
    const blocks = [...new Set(patterns)].map((hosts) => [`Host ${hosts}`, ...options.map(_config_file_js__WEBPACK_IMPORTED_MODULE_0__/* .renderOption */ .w1)]);
    const own = ["Host *", "  Include ~/.ssh/config", "  Include /etc/ssh/ssh_config"];
    return [...blocks.flat(), ...own, ""].join("\n");
}
/** `[HOST]:PORT`, as known_hosts writes it, as the pattern of a `Host` block, which has no port. */
function withoutPort(pattern) {
    return pattern.replace(/^(!?)\[([^\]]*)\](?::\d+)?$/, "$1$2");
}


/***/ }),

/***/ 95748:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   DE: () => (/* binding */ nameInKnownHosts),
/* harmony export */   GH: () => (/* binding */ explainRevoked),
/* harmony export */   RR: () => (/* binding */ readShownHostKey),
/* harmony export */   RS: () => (/* binding */ describeHostKey),
/* harmony export */   UP: () => (/* binding */ findLoadBalancer),
/* harmony export */   ly: () => (/* binding */ explainUnpinned)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_crypto__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(22714);


/** Type and fingerprint of a host key. `blob` is the key in wire format. @see RFC 4253, section 6.6 */
function describeHostKey(blob) {
    const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
    const type = blob
        .subarray(4, 4 + length)
        .toString("latin1")
        .replaceAll(/[^a-z0-9@.-]/g, "?");
    const digest = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)("sha256").update(blob).digest("base64").replace(/=+$/, "");
    return { type, fingerprint: `SHA256:${digest}` };
}
/** The host key, bare or in a certificate, that the system's ssh saw, according to its `-v` output. */
function readShownHostKey(stderr) {
    const [, type, fingerprint] = /^debug1: Server host (?:key|certificate): ([a-z0-9-]+?)(?:-cert-v01@openssh\.com)? (SHA256:[A-Za-z0-9+/]+)/m.exec(stderr) ?? [];
    return type === undefined || fingerprint === undefined ? undefined : { type, fingerprint };
}
/**
 * Detects several machines behind one address by the host keys that its connections saw:
 * `BUILDER_LOAD_BALANCED`, or undefined if there may be only one machine. Keys of different types prove
 * nothing: a machine has one of each type.
 */
function findLoadBalancer(seen) {
    for (const { type, fingerprint } of seen) {
        const other = seen.find((key) => key.type === type && key.fingerprint !== fingerprint);
        if (other === undefined)
            continue;
        return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ActionError */ .lZ("BUILDER_LOAD_BALANCED", "several machines share this address: one connection saw the host key " +
            `${fingerprint}, another one ${other.fingerprint} (${type})`, {
            hint: "Nix would ask one machine for outputs that another one built. Give each machine its own name " +
                "and its own line in builders; in Kubernetes, use a headless Service.",
        });
    }
    return undefined;
}
/**
 * The error for a host without a pinned key: `BUILDER_HOST_KEY`, with the fingerprint of the key that it
 * presented and the line to add to `ssh-known-hosts`. The key proves nothing until someone has compared the
 * fingerprint.
 */
function explainUnpinned(host, shown) {
    const name = nameInKnownHosts(host);
    const fail = (reason, hint) => new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ActionError */ .lZ("BUILDER_HOST_KEY", reason, { hint });
    if (shown === undefined) {
        return fail(`ssh-known-hosts has no host key for ${name}`, `Add a line ${name} KEY, where KEY is in /etc/ssh/ssh_host_ed25519_key.pub on that host.`);
    }
    const { type, fingerprint } = describeHostKey(shown);
    const kind = type.startsWith("ecdsa-") ? "ecdsa" : type.replace("ssh-", "");
    return fail(`ssh-known-hosts has no host key for ${name}; it presented ${fingerprint} (${type}), ` +
        "which is not trusted", `Run ssh-keygen -lf /etc/ssh/ssh_host_${kind}_key.pub on that host. If it prints this fingerprint, ` +
        `add to ssh-known-hosts: ${name} ${type} ${shown.toString("base64")}`);
}
/** The error for a builder whose host key `ssh-known-hosts` marks as `@revoked`: `BUILDER_HOST_KEY`. */
function explainRevoked({ fingerprint }) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ActionError */ .lZ("BUILDER_HOST_KEY", `the host key ${fingerprint} is revoked in ssh-known-hosts`, {
        hint: "Create a new host key on the builder, and pin that one in ssh-known-hosts.",
    });
}
/** The name of a host and port in known_hosts. @see sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT" */
function nameInKnownHosts({ host, port }) {
    return port === 22 ? host : `[${host}]:${port}`;
}


/***/ }),

/***/ 29045:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   F: () => (/* binding */ matchesHostPatterns)
/* harmony export */ });
/**
 * Whether a list of host patterns includes a host. `*` and `?` are wildcards, and `!` excludes hosts.
 * @see ssh_config(5), "PATTERNS"
 */
function matchesHostPatterns(patterns, host) {
    return (patterns.some((pattern) => !pattern.startsWith("!") && matches(pattern, host)) &&
        !patterns.some((pattern) => pattern.startsWith("!") && matches(pattern.slice(1), host)));
}
function matches(pattern, host) {
    const source = pattern
        .replace(/[.+^${}()|[\]\\]/g, "\\$&")
        // Several stars in a row match what one star matches, but make the expression slow.
        .replace(/\*+/g, ".*")
        .replaceAll("?", ".");
    return new RegExp(`^${source}$`, "i").test(host);
}


/***/ }),

/***/ 11069:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Q: () => (/* binding */ parsePrivateKey),
/* harmony export */   d: () => (/* binding */ missingPrivateKey)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);

const PEM = /-----BEGIN ([A-Z0-9 ]+)-----([^]*?)-----END \1-----/;
/** The block that `openssl ecparam -genkey` writes before the key. */
const PARAMETERS = /-----BEGIN EC PARAMETERS-----[^]*?-----END EC PARAMETERS-----/;
const NEW_KEY = "create a new one: ssh-keygen -t ed25519 -N '' -f KEY";
/** The first bytes of every key in OpenSSH's own format. @see openssh-portable, PROTOCOL.key */
const OPENSSH_MAGIC = "openssh-key-v1\0";
/**
 * Reads a private key, and repairs the damage that secret stores, shells and YAML do to one: changed line
 * ends, a missing last newline, lines joined by blanks or by a literal `\n`, quotes or Base64 around the key.
 * Rejects with `SSH_KEY_INVALID`; a message never contains any part of the key.
 */
async function parsePrivateKey(text) {
    const given = unwrap(text);
    refuseOtherThings(given);
    const [, label = "", body = ""] = PEM.exec(given.replace(PARAMETERS, "")) ?? [];
    if (label === "") {
        throw given.includes("-----BEGIN ")
            ? invalid("is cut off: it has no END line", "Use the whole key file, from -----BEGIN to -----END.")
            : invalid("is not a private key", "Use the whole key file, from -----BEGIN to -----END.");
    }
    refuseOtherKeys(label, body);
    const privateKey = renderPem(label, body);
    await __webpack_require__.e(/* import() */ 299).then(__webpack_require__.bind(__webpack_require__, 78299));
    const { default: ssh2 } = await __webpack_require__.e(/* import() */ 472).then(__webpack_require__.t.bind(__webpack_require__, 85472, 23));
    try {
        const parsed = ssh2.utils.parseKey(privateKey);
        if (parsed instanceof Error)
            throw parsed;
        const publicHalf = parsed.getPublicSSH().toString("base64");
        if (parsed.isPrivateKey() && USABLE.test(parsed.type)) {
            return { privateKey, publicKey: `${parsed.type} ${publicHalf}` };
        }
    }
    catch {
        // For some damaged keys ssh2 throws instead of returning an error. Drop that error: it may quote the key.
    }
    throw invalid("cannot be read", `Check that the key is complete and unchanged, or ${NEW_KEY}`);
}
/** The error for a run with builders and no key for them. */
function missingPrivateKey() {
    return invalid("is empty, but builders is set", "Set it to the private key that the builders accept, and check the name of the secret. " +
        "Reusable workflows, pull requests from forks and Dependabot do not get your secrets automatically.");
}
const USABLE = /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521))$/;
/** Strips quotes and Base64 around a key, and restores its line ends. */
function unwrap(text) {
    const plain = unquote(text.replaceAll(/\\r\\n|\\n|\\r|\r\n?/g, "\n"));
    if (plain.includes("-----BEGIN "))
        return plain;
    const base64 = plain.replaceAll(/\s/g, "");
    if (!/^[A-Za-z0-9+/]{16,}=*$/.test(base64))
        return plain;
    const decoded = Buffer.from(base64, "base64").toString("utf8");
    if (decoded.startsWith(OPENSSH_MAGIC))
        return renderPem("OPENSSH PRIVATE KEY", base64);
    // Bytes that are not text are not a key. The recursion ends, since text is shorter than its Base64.
    return /^[\t\r\n\x20-\x7E\uFEFF]+$/.test(decoded) ? unwrap(decoded) : plain;
}
/** `trim` also removes a byte order mark. */
function unquote(text) {
    const [, , inner] = /^(["'`])([^]*)\1$/.exec(text.trim()) ?? [];
    return inner === undefined ? text.trim() : unquote(inner);
}
/** Breaks lines at 70 characters, as ssh-keygen does. */
function renderPem(label, body) {
    const lines = body.replaceAll(/\s/g, "").match(/.{1,70}/g) ?? [];
    return `-----BEGIN ${label}-----\n${lines.map((line) => `${line}\n`).join("")}-----END ${label}-----\n`;
}
function refuseOtherThings(given) {
    if (/^(?:[^\n]*\s)?(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+ AAAA/.test(given))
        throw publicKey();
    if (/^-{4,5} ?BEGIN [A-Z0-9 ]*PUBLIC KEY/m.test(given))
        throw publicKey();
    if (given.startsWith("PuTTY-User-Key-File-")) {
        throw invalid("is a PuTTY key (.ppk)", "Convert it to a key without a passphrase: puttygen KEY.ppk -O private-openssh-new -o KEY");
    }
    if (given.startsWith("---- BEGIN SSH2")) {
        throw invalid("is in SSH2 format", "Convert it: ssh-keygen -i -f OLD > KEY");
    }
    if (/-----BEGIN (?:[A-Z0-9 ]*CERTIFICATE|PGP [A-Z ]*)-----/.test(given)) {
        throw invalid("is not an SSH key", `Use a key from ssh-keygen, or ${NEW_KEY}`);
    }
}
function refuseOtherKeys(label, body) {
    if (label.startsWith("ENCRYPTED") || /Proc-Type:[^]*?ENCRYPTED/i.test(body))
        throw withPassphrase();
    if (label.startsWith("DSA"))
        throw unsupported("ssh-dss");
    if (label === "PRIVATE KEY") {
        throw invalid("is in PKCS#8 format, which is not supported", "Convert a copy of it: ssh-keygen -p -N '' -f KEY");
    }
    if (label !== "OPENSSH PRIVATE KEY")
        return;
    const { cipher, type } = readOpensshHeader(Buffer.from(body, "base64"));
    if (cipher !== undefined && cipher !== "none")
        throw withPassphrase();
    if (type !== undefined && !USABLE.test(type))
        throw unsupported(type);
}
/** The unencrypted fields of a key in OpenSSH's format. @see openssh-portable, PROTOCOL.key */
function readOpensshHeader(bytes) {
    if (!bytes.toString("latin1").startsWith(OPENSSH_MAGIC))
        return { cipher: undefined, type: undefined };
    let offset = OPENSSH_MAGIC.length;
    const next = () => {
        if (offset + 4 > bytes.length)
            return undefined;
        const end = offset + 4 + bytes.readUInt32BE(offset);
        if (end > bytes.length)
            return undefined;
        const field = bytes.subarray(offset + 4, end);
        offset = end;
        return field;
    };
    const cipher = next()?.toString("latin1");
    next(); // the key derivation's name
    next(); // and its options
    offset += 4; // the number of keys
    const publicHalf = next();
    const typeLength = publicHalf !== undefined && publicHalf.length >= 4 ? publicHalf.readUInt32BE(0) : 0;
    const type = publicHalf?.subarray(4, 4 + typeLength).toString("latin1");
    return { cipher, type: type !== undefined && /^[a-z0-9@.-]+$/.test(type) ? type : undefined };
}
function publicKey() {
    return invalid("is a public key", "Use the private key: the file without .pub.");
}
function withPassphrase() {
    return invalid("has a passphrase", "Create a key without one: ssh-keygen -t ed25519 -N '' -f KEY");
}
/** Shows the name of known types only: in a damaged key there may be anything in its place. */
function unsupported(type) {
    const use = `Use Ed25519: ${NEW_KEY}`;
    if (type === "ssh-dss")
        return invalid("is a DSA key, which OpenSSH no longer supports", use);
    if (type.startsWith("sk-"))
        return invalid("is a hardware key, which may wait for a touch", use);
    return invalid("is of a type that is not supported", use);
}
function invalid(what, hint) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("SSH_KEY_INVALID", `input ssh-private-key ${what}`, { hint });
}


/***/ }),

/***/ 62979:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   MN: () => (/* binding */ findHostKeys),
/* harmony export */   T4: () => (/* binding */ isPinned),
/* harmony export */   qz: () => (/* binding */ isCertified),
/* harmony export */   uJ: () => (/* binding */ parseKnownHosts),
/* harmony export */   vS: () => (/* binding */ renderKnownHosts)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_crypto__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(22714);
/* harmony import */ var _host_key_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(95748);
/* harmony import */ var _host_pattern_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(29045);




const KEY = /^(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+$/;
/**
 * Parses lines of known_hosts, or bare public keys. Throws `INPUT_INVALID` for a line that is neither.
 * @see sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"
 */
function parseKnownHosts(text) {
    return text
        .split(/\r?\n/)
        .map((line, index) => ({ line: line.trim(), number: index + 1 }))
        .filter(({ line }) => line !== "" && !line.startsWith("#"))
        .map(({ line, number }) => parseLine(line, number));
}
/** The keys of every host: those in `lines` for its name and port, and the one in its line of `builders`. */
function findHostKeys(hosts, lines) {
    return hosts.map((host) => {
        const named = (name) => lines.filter(({ hosts }) => hosts !== undefined && isFor(hosts, name));
        const withPort = named((0,_host_key_js__WEBPACK_IMPORTED_MODULE_2__/* .nameInKnownHosts */ .DE)(host));
        // As in ssh: lines without a port apply to all ports of a host, unless other lines name this port.
        const bare = lines.filter(({ hosts }) => hosts === undefined);
        const own = [...(withPort.length > 0 ? withPort : named(host.host)), ...bare];
        const marked = (wanted) => own.filter(({ marker }) => marker === wanted).map(({ key }) => key);
        const revoked = marked("@revoked");
        const keys = [...marked(undefined), ...(host.hostKey === undefined ? [] : [host.hostKey])];
        const isValid = (key) => !revoked.includes(key);
        return {
            host,
            keys: keys.filter(isValid),
            authorities: marked("@cert-authority").filter(isValid),
            revoked,
        };
    });
}
/** Whether the host is verified by a host certificate. A certificate names the host, not our alias. */
function isCertified({ authorities }) {
    return authorities.length > 0;
}
/** Whether the host can be verified, by a key or by a CA. */
function isPinned({ keys, authorities }) {
    return keys.length + authorities.length > 0;
}
/** The known_hosts file of a run. It lists each host by the name that ssh looks up: see `listSshOptions`. */
function renderKnownHosts(identities) {
    return identities
        .flatMap((identity) => {
        const { host, keys, authorities, revoked } = identity;
        const name = isCertified(identity) ? (0,_host_key_js__WEBPACK_IMPORTED_MODULE_2__/* .nameInKnownHosts */ .DE)(host) : host.alias;
        return [
            ...keys.map((key) => `${name} ${key}\n`),
            ...authorities.map((key) => `@cert-authority ${name} ${key}\n`),
            ...revoked.map((key) => `@revoked ${name} ${key}\n`),
        ];
    })
        .join("");
}
function parseLine(line, number) {
    const words = line.split(/\s+/);
    const marker = words[0]?.startsWith("@") === true ? words.shift() : undefined;
    // Both words are checked: a host may have a name like `ssh-gateway`, which looks like a key type.
    const hosts = isPublicKey(words) ? undefined : words.shift();
    const isMarker = marker === undefined || marker === "@cert-authority" || marker === "@revoked";
    if (isMarker && isPublicKey(words))
        return { marker, hosts, key: words.slice(0, 2).join(" ") };
    throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ActionError */ .lZ("INPUT_INVALID", `input ssh-known-hosts, line ${number} is neither a known_hosts line nor a public key`, {
        hint: "Write HOST ssh-ed25519 AAAA…, or the public key alone. Write a port as [HOST]:PORT.",
    });
}
/**
 * Whether the words begin with a key type and a Base64 key of this type. ssh silently skips lines whose key
 * contains another type.
 * @see RFC 4253, section 6.6
 */
function isPublicKey([type = "", base64 = ""]) {
    if (!KEY.test(type) || !/^[A-Za-z0-9+/]+=*$/.test(base64))
        return false;
    const blob = Buffer.from(base64, "base64");
    const end = 4 + type.length;
    return (blob.length > end &&
        blob.readUInt32BE(0) === type.length &&
        blob.subarray(4, end).toString("latin1") === type);
}
/** Whether the host field of a line includes a name: literally, by patterns, or by its hash. */
function isFor(hosts, name) {
    const [, salt, hash] = /^\|1\|([^|]+)\|([^|]+)$/.exec(hosts) ?? [];
    if (salt !== undefined && hash !== undefined) {
        return (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHmac)("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
    }
    return (0,_host_pattern_js__WEBPACK_IMPORTED_MODULE_3__/* .matchesHostPatterns */ .F)(hosts.split(","), name);
}


/***/ })

};
