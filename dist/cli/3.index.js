export const id = 3;
export const ids = [3];
export const modules = {

/***/ 8199:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   J: () => (/* binding */ logBuilders)
/* harmony export */ });
/** Logs which builders are usable, and why others are degraded or dropped. */
function logBuilders(builders, log) {
    for (const status of builders) {
        if (status.state === "ready")
            log.info(`builder ${status.builder.host} is ready`);
        else if (status.state === "degraded")
            log.warning(`builder degraded: ${status.reason}. ${status.hint}`);
        else
            log.warning(`builder dropped: ${status.reason}. ${status.hint}`);
    }
}


/***/ }),

/***/ 1010:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  iB: () => (/* binding */ buildAttributes),
  LB: () => (/* binding */ previewBuild)
});

// UNUSED EXPORTS: addCpuTimes, parseBuildOutput, parseMissing, renderBuildArguments

// EXTERNAL MODULE: ./node_modules/zod/v4/classic/schemas.js + 11 modules
var schemas = __webpack_require__(92857);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/model/build.ts
var build = __webpack_require__(59217);
// EXTERNAL MODULE: ./src/model/builder.ts
var builder = __webpack_require__(71646);
// EXTERNAL MODULE: ./src/model/store-path.ts
var store_path = __webpack_require__(75210);
// EXTERNAL MODULE: ./src/platform/log.ts
var log = __webpack_require__(74425);
;// CONCATENATED MODULE: ./src/nix/events.ts

/** Activity and result types. @see NixOS/nix, src/libutil/include/nix/util/logging.hh */
const ACTIVITY = { substitutions: 103, builds: 104, build: 105, substitute: 108 };
const RESULT = { buildLogLine: 101, progress: 105 };
/** The level of plain text, such as ssh's errors: that of a warning. */
const PLAIN_TEXT_LEVEL = 1;
/**
 * Reads one line of Nix's stderr. Never throws: a line that is not an event is a message, and an event of
 * unknown shape is `other`. All text is untrusted, so it is returned without escape sequences.
 */
function parseEventLine(line) {
    if (!line.startsWith("@nix "))
        return { kind: "message", level: PLAIN_TEXT_LEVEL, text: (0,log/* sanitizeText */.jZ)(line) };
    let event;
    try {
        // Read IDs as text: they have 64 bits, but JavaScript's numbers hold only 53.
        event = JSON.parse(line.slice(5).replace(/"(id|parent)":(\d+)/g, '"$1":"$2"'));
    }
    catch {
        return { kind: "message", level: PLAIN_TEXT_LEVEL, text: (0,log/* sanitizeText */.jZ)(line) };
    }
    const { action, id, type, level, msg } = fieldsOf(event);
    const values = fieldsOf(event)["fields"];
    const text = (index) => {
        const value = Array.isArray(values) ? values[index] : undefined;
        return typeof value === "string" ? (0,log/* sanitizeText */.jZ)(value) : "";
    };
    const count = (index) => {
        const value = Array.isArray(values) ? values[index] : undefined;
        return typeof value === "number" ? value : 0;
    };
    if (action === "msg" && typeof msg === "string") {
        return {
            kind: "message",
            level: typeof level === "number" ? level : PLAIN_TEXT_LEVEL,
            text: (0,log/* sanitizeText */.jZ)(msg),
        };
    }
    if (typeof id !== "string")
        return { kind: "other" };
    if (action === "stop")
        return { kind: "stopped", id };
    if (action === "start" && type === ACTIVITY.build) {
        return { kind: "build-started", id, drvPath: text(0), machine: text(1) };
    }
    if (action === "start" && type === ACTIVITY.builds)
        return { kind: "builds-started", id };
    if (action === "start" && type === ACTIVITY.substitutions)
        return { kind: "substitutions-started", id };
    if (action === "start" && type === ACTIVITY.substitute) {
        return { kind: "substitution-started", id, storePath: text(0), from: text(1) };
    }
    if (action === "result" && type === RESULT.buildLogLine)
        return { kind: "log-line", id, line: text(0) };
    if (action === "result" && type === RESULT.progress) {
        return { kind: "progress", id, done: count(0), expected: count(1), failed: count(3) };
    }
    return { kind: "other" };
}
function fieldsOf(value) {
    return typeof value === "object" && value !== null ? { ...value } : {};
}

// EXTERNAL MODULE: ./src/nix/failure.ts
var failure = __webpack_require__(16429);
// EXTERNAL MODULE: ./src/nix/error-text.ts
var error_text = __webpack_require__(41457);
// EXTERNAL MODULE: ./src/platform/child-meter.ts
var child_meter = __webpack_require__(59789);
// EXTERNAL MODULE: ./src/platform/clock.ts
var platform_clock = __webpack_require__(53037);
;// CONCATENATED MODULE: ./src/nix/build-meter.ts


const SAMPLE_INTERVAL_MS = 500;
/**
 * Creates a meter for builds that run on this machine. Their processes are children of `nix`, or of the
 * daemon's process for it. What they use is not known without /proc, in a PID namespace other than the
 * daemon's, and where the daemon was started without arguments.
 */
function createLocalBuildMeter(clock) {
    let client;
    let meter;
    const stop = (0,platform_clock/* repeatInBackground */.FC)(clock, SAMPLE_INTERVAL_MS, () => meter?.sample());
    return {
        attach: (pid) => {
            client = pid;
        },
        begin: (drvPath) => {
            if (client === undefined)
                return;
            meter ??= new child_meter/* ChildMeter */.G9(findWorker(client));
            meter.begin(drvPath);
        },
        end: (drvPath) => meter?.end(drvPath) ?? {},
        stop,
    };
}
/**
 * The daemon forks for each client, and writes the client's PID into its first argument.
 * @see NixOS/nix, src/nix/unix/daemon.cc, "stuff the pid into argv[1]"
 */
function findWorker(client) {
    return (0,child_meter/* findByArgument */.k5)("nix-daemon", String(client))[0] ?? client;
}

// EXTERNAL MODULE: ./src/nix/live-log.ts + 1 modules
var live_log = __webpack_require__(56845);
// EXTERNAL MODULE: ./src/nix/source-place.ts
var source_place = __webpack_require__(45172);
;// CONCATENATED MODULE: ./src/nix/build.ts











const EVALUATION_LIMIT_MS = 15 * 60_000;
/** The time limit of a job on GitHub-hosted runners. */
const BUILD_LIMIT_MS = 6 * 60 * 60_000;
const WATCHDOG_INTERVAL_MS = 1_000;
/**
 * Builds, and logs live what is built where and for how long. A failed build does not reject: the outcome has
 * what was built before, and `error` says why it ended, with the codes of `classifyFailure`, `BUILD_SILENT`,
 * and those of RunCommand.
 */
async function buildAttributes(runNix, request, effects) {
    const { mode, maxSilentMs } = request;
    const { log, clock } = effects;
    // In the mode build-hook, some of Nix's children are hooks rather than builds.
    const meter = mode.kind === "local" || mode.kind === "emulated" ? createLocalBuildMeter(clock) : undefined;
    const live = (0,live_log/* createLiveLog */.D)(effects, {
        meter,
        locationOf: (machine) => machine !== ""
            ? { kind: "builder", uri: request.nameOf(machine) }
            : mode.kind === "single-store"
                ? { kind: "builder", uri: (0,builder/* displayName */.QC)(mode.builder) }
                : { kind: "local" },
    });
    const timeline = live.builds;
    const stop = new AbortController();
    const watchdog = watchSilence(clock, maxSilentMs, stop);
    const finish = (end, error) => {
        timeline.close(end);
        const { builds, substitutions } = timeline;
        return { built: [], builds, substitutions, error };
    };
    let output;
    try {
        output = await runNix(renderBuildArguments(request), {
            cwd: request.cwd,
            timeoutMs: BUILD_LIMIT_MS,
            expectedExitCodes: "any",
            stop: stop.signal,
            onStart: (pid) => meter?.attach(pid),
            onStderrLine: (line) => {
                watchdog.noteOutput();
                const event = parseEventLine(line);
                timeline.take(event);
                // With --keep-going, Nix would continue with everything that can still be built.
                if (event.kind === "message" && (0,failure/* hasFailedOnBuilder */.m1)(event.text))
                    stop.abort();
            },
        });
    }
    catch (error) {
        if (!(error instanceof action_error/* ActionError */.lZ))
            throw error;
        return finish("interrupted", error);
    }
    finally {
        watchdog.end();
        meter?.stop();
        live.end();
    }
    if (watchdog.isSilent()) {
        const running = timeline.running.map(({ name, location }) => `${name} ${(0,live_log/* renderLocation */.C)(location)}`);
        return finish("failed", buildSilent(running, maxSilentMs));
    }
    if (output.exitCode !== 0 || stop.signal.aborted) {
        return finish("interrupted", await explainFailure(request, timeline.messages));
    }
    const outcome = finish("built", undefined);
    for (const { level, text } of timeline.messages) {
        // The inspection has warned about it in words that say what to do.
        if (level === 1 && !text.includes(error_text/* LOCK_WARNING */.Dj))
            log.info(text);
    }
    const { stdout } = output;
    return { ...outcome, built: parseBuildOutput(stdout), builds: addCpuTimes(outcome.builds, stdout) };
}
/** The error of a failed `nix build`. An evaluation error has the packages, and the user's file and line. */
async function explainFailure({ installables, cwd }, messages) {
    const error = (0,failure/* classifyFailure */.XE)(messages);
    if (error.code !== "EVALUATION_FAILED")
        return error;
    const text = (0,failure/* findEvaluationError */.EI)(messages) ?? "";
    const packages = installables.filter((installable) => /^[^-].*#/.test(installable));
    const flakes = packages.map((installable) => installable.replace(/#.*$/, ""));
    const message = `${packages.join(", ")} cannot be evaluated: ${error.message}`;
    return (0,source_place/* locateError */.H)(packages.length === 0 ? error : error.with({ message }), text, { flakes, cwd });
}
/** Stops a build that prints nothing for too long: neither Nix's limits nor ssh's detect a hung builder. */
function watchSilence(clock, maxSilentMs, stop) {
    let lastOutputAtMs = clock.nowMs();
    let isSilent = false;
    const ended = new AbortController();
    const watch = async () => {
        while (!isSilent) {
            await clock.sleep(WATCHDOG_INTERVAL_MS, ended.signal);
            isSilent = clock.nowMs() - lastOutputAtMs > maxSilentMs;
        }
        stop.abort();
    };
    watch().catch(() => undefined);
    return {
        noteOutput: () => {
            lastOutputAtMs = clock.nowMs();
        },
        isSilent: () => isSilent,
        end: () => {
            ended.abort();
        },
    };
}
function buildSilent(running, maxSilentMs) {
    const what = running.length === 0 ? "from Nix" : `while building ${running.slice(0, 3).join(", ")}`;
    return new action_error/* ActionError */.lZ("BUILD_SILENT", `no output for ${maxSilentMs / 1000} s ${what}`, {
        hint: "Raise max-silent-time if the build is expected to be silent; otherwise it or its builder hangs.",
    });
}
/** The arguments of `nix build` in a mode. */
function renderBuildArguments({ installables, mode, }) {
    return [
        "build",
        "--no-link",
        "--json",
        "--no-write-lock-file",
        "--log-format",
        "internal-json",
        ...renderMode(mode),
        ...installables,
    ];
}
/** Seconds between Nix's checks for a free slot. The default of 5 leaves builders idle. */
const QUICK_POLL = ["--option", "build-poll-interval", "1"];
function renderMode(mode) {
    // Override any configured builders: only the mode build-hook may use them.
    const noBuilders = ["--option", "builders", ""];
    switch (mode.kind) {
        case "local":
            return noBuilders;
        case "emulated":
            return [...noBuilders, "--option", "extra-platforms", mode.system];
        case "build-hook":
            // With --keep-going, the other builders finish when one is lost, and only its builds are repeated.
            // Without --max-jobs 0, Nix would also build locally.
            return ["--keep-going", ...QUICK_POLL, ...(mode.isTargetLocal ? ["--max-jobs", "0"] : [])];
        case "single-store":
            // Nix sends its own max-jobs, by default 1, to the daemon.
            return [
                ...noBuilders,
                "--max-jobs",
                String(mode.builder.maxJobs ?? 1),
                "--store",
                mode.storeUri,
                "--eval-store",
                "auto",
            ];
    }
}
/**
 * Does a dry run of `nix build`. Rejects with `BUILD_FAILED` if the output paths are not known before the
 * build, and with the codes of RunCommand.
 */
async function previewBuild(runNix, { installables, cwd }) {
    const { stdout, stderr } = await runNix(["build", "--dry-run", "--json", "--no-link", "--no-write-lock-file", ...installables], {
        cwd,
        timeoutMs: EVALUATION_LIMIT_MS,
    });
    return { wanted: parseBuildOutput(stdout), missing: parseMissing(stderr) };
}
/** Reads the derivations that `nix build --dry-run` lists. */
function parseMissing(text) {
    return text
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => (0,store_path/* isStorePath */.zP)(line) && line.endsWith(".drv"));
}
const cpuSeconds = schemas/* number */.aig().min(0).max(build/* MAX_CPU_SECONDS */.k);
const CPU_TIMES = schemas/* array */.YOg(schemas/* looseObject */._H3({ drvPath: schemas/* string */.YjP(), cpuUser: cpuSeconds, cpuSystem: cpuSeconds }).nullable().catch(null));
/**
 * Adds the CPU times in the JSON of `nix build`, in seconds, to the builds. Nix 2.20 and newer measure the
 * installables, not their dependencies, and only with `use-cgroups`.
 */
function addCpuTimes(builds, json) {
    const measured = CPU_TIMES.parse(JSON.parse(json)).filter((item) => item !== null);
    const times = new Map(measured.map(({ drvPath, cpuUser, cpuSystem }) => [drvPath, Math.round((cpuUser + cpuSystem) * 1000)]));
    return builds.map((build) => {
        const cpuMs = times.get(build.drvPath);
        return cpuMs === undefined ? build : { ...build, use: { ...build.use, cpuMs } };
    });
}
const BUILT = schemas/* array */.YOg(schemas/* looseObject */._H3({ drvPath: schemas/* string */.YjP(), outputs: schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* string */.YjP()) }))
    .min(1);
/**
 * Reads the JSON of `nix build`: each derivation's output `out`, or its first. Rejects with `BUILD_FAILED`.
 */
function parseBuildOutput(json) {
    try {
        return BUILT.parse(JSON.parse(json)).map(({ drvPath, outputs }) => {
            const outPath = outputs["out"] ?? Object.values(outputs)[0] ?? "";
            for (const path of [drvPath, outPath]) {
                if (!(0,store_path/* isStorePath */.zP)(path))
                    throw new Error(`${JSON.stringify(path)} is not a store path`);
            }
            return { drvPath: drvPath, outPath: outPath };
        });
    }
    catch {
        throw new action_error/* ActionError */.lZ("BUILD_FAILED", `nix build printed no store paths: ${JSON.stringify(json.slice(0, 200))}`, { hint: "Check that the package is one derivation: nix build --json --no-link prints what it builds." });
    }
}


/***/ }),

/***/ 56845:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  D: () => (/* binding */ createLiveLog),
  C: () => (/* binding */ renderLocation)
});

// EXTERNAL MODULE: ./src/model/build.ts
var model_build = __webpack_require__(59217);
// EXTERNAL MODULE: ./src/model/count.ts
var count = __webpack_require__(47302);
// EXTERNAL MODULE: ./src/model/store-path.ts
var store_path = __webpack_require__(75210);
// EXTERNAL MODULE: ./src/platform/clock.ts
var platform_clock = __webpack_require__(53037);
// EXTERNAL MODULE: ./src/platform/log.ts
var log = __webpack_require__(74425);
// EXTERNAL MODULE: ./src/nix/failure.ts
var failure = __webpack_require__(16429);
;// CONCATENATED MODULE: ./src/nix/build-log.ts



const KEPT_LOG_LINES = 10_000;
/** The lines of a failed build that are shown, in the log and in the report. */
const SHOWN_LOG_LINES = 30;
const SHOWN_CHARACTERS = 1_000;
const KEPT_MESSAGES = 1_000;
/**
 * What one `nix build` did, assembled from its events: which derivations it built, where, and how long they
 * took. Our own clock measures the time, since Nix's events have none. Both the local Nix and the builder's
 * report a build over ssh-ng. It is counted once, as the local Nix reports it, with the log lines of both.
 */
class BuildLog {
    #clock;
    #listener;
    #byId = new Map();
    #byDrv = new Map();
    #substituting = new Map();
    #builds = [];
    #substitutions = [];
    #messages = [];
    /** Builds that have stopped without a word of Nix about how they ended, oldest first. */
    #undecided = [];
    /** The derivations that failed according to Nix's messages. */
    #failedDrvs = new Set();
    #buildsId;
    /** How many builds ended in each way, as Nix counts them, and how many of those are in `builds`. */
    #counted = { built: 0, failed: 0 };
    #seen = { built: 0, failed: 0 };
    #expected = 0;
    /** Downloads that have stopped, and Nix has not counted them as done. */
    #undecidedSubstitutions = [];
    /** How many substitutions each Nix has counted: the local one, and those of builders. */
    #substituted = new Map();
    constructor(clock, listener) {
        this.#clock = clock;
        this.#listener = listener;
    }
    get builds() {
        return this.#builds;
    }
    get substitutions() {
        return this.#substitutions;
    }
    /** The builds that are running, or have stopped and Nix has not said how they ended. */
    get running() {
        return [...this.#undecided, ...this.#byDrv.values()];
    }
    /** How far the build is, as Nix counts it. */
    get counts() {
        return { done: this.#counted.built, expected: this.#expected };
    }
    /** The paths that are being substituted. */
    get substituting() {
        return [...this.#substituting.values()];
    }
    /** Errors (Nix's level 0) and warnings (level 1), oldest first. Of many, only the first and the last. */
    get messages() {
        return this.#messages;
    }
    take(event) {
        switch (event.kind) {
            case "build-started":
                this.#start(event.id, event.drvPath, event.machine);
                break;
            case "builds-started":
                // The first one is from the local Nix; builders send theirs later.
                this.#buildsId ??= event.id;
                break;
            case "substitutions-started":
                this.#substituted.set(event.id, { done: 0, failed: 0 });
                break;
            case "substitution-started":
                this.#startSubstitution(event);
                break;
            case "log-line":
                this.#keepLogLine(event.id, event.line);
                break;
            case "progress":
                if (event.id === this.#buildsId)
                    this.#count(event);
                else if (this.#substituted.has(event.id))
                    this.#countSubstitutions(event);
                break;
            case "stopped":
                this.#stop(event);
                break;
            case "message":
                if (event.level <= 1)
                    this.#keepMessage(event.level, (0,log/* cutLines */.EQ)(event.text));
                break;
            case "other":
                break;
        }
    }
    /** Call this when Nix has exited. `end` is how the builds ended of which Nix has not said it. */
    close(end) {
        for (const build of [...this.#undecided.splice(0), ...this.#byDrv.values()]) {
            this.#finish(build, this.#failedDrvs.has(build.drvPath) ? "failed" : end);
        }
        const undecided = this.#undecidedSubstitutions.splice(0);
        this.#keepSubstitutions(undecided, end === "built" ? "substituted" : "failed");
    }
    #start(id, drvPath, machine) {
        const running = this.#byDrv.get(drvPath);
        if (running !== undefined) {
            this.#byId.set(id, { build: running, isOurs: false });
            return;
        }
        const startedAtMs = this.#clock.nowMs();
        const build = {
            drvPath,
            name: (0,store_path/* nameOfStorePath */.B$)(drvPath),
            location: this.#listener.locationOf(machine),
            startedAtMs,
            lastOutputAtMs: startedAtMs,
            log: [],
            omittedLines: 0,
        };
        this.#byId.set(id, { build, isOurs: true });
        this.#byDrv.set(drvPath, build);
        this.#listener.meter?.begin(drvPath);
        this.#listener.onStart(build);
    }
    #keepLogLine(id, line) {
        const build = this.#byId.get(id)?.build;
        if (build === undefined)
            return;
        build.lastOutputAtMs = this.#clock.nowMs();
        const cut = (0,log/* cutLines */.EQ)(line);
        build.log.push(cut);
        this.#listener.onOutput?.(build, cut);
        if (build.log.length <= 2 * KEPT_LOG_LINES)
            return;
        build.log.splice(0, KEPT_LOG_LINES);
        build.omittedLines += KEPT_LOG_LINES;
    }
    #keepMessage(level, text) {
        this.#messages.push({ level, text });
        // Keep the first ones: the cause of a failure comes before what follows from it.
        if (this.#messages.length > 3 * KEPT_MESSAGES)
            this.#messages.splice(KEPT_MESSAGES, KEPT_MESSAGES);
        const failed = level === 0 ? (0,failure/* findFailedDerivation */._R)(text) : undefined;
        if (failed !== undefined)
            this.#failedDrvs.add(failed);
    }
    #stop({ id, outcome, use }) {
        const known = this.#byId.get(id);
        this.#byId.delete(id);
        if (known?.isOurs === true) {
            this.#byDrv.delete(known.build.drvPath);
            const build = {
                ...known.build,
                stoppedAtMs: this.#clock.nowMs(),
                use: use ?? this.#listener.meter?.end(known.build.drvPath) ?? {},
            };
            if (outcome === undefined) {
                this.#undecided.push(build);
                this.#decide();
            }
            else
                this.#finish(build, outcome);
        }
        const substitution = this.#substituting.get(id);
        this.#substituting.delete(id);
        if (substitution !== undefined) {
            const { storePath, from, startedAtMs } = substitution;
            const durationMs = this.#clock.nowMs() - startedAtMs;
            this.#undecidedSubstitutions.push({ storePath, from, durationMs });
        }
    }
    #startSubstitution({ id, storePath, from }) {
        // Nix tries another substituter only after one failed, and counts the failure only after the last one.
        const earlier = this.#undecidedSubstitutions.filter((undecided) => undecided.storePath === storePath);
        this.#undecidedSubstitutions = this.#undecidedSubstitutions.filter((other) => !earlier.includes(other));
        this.#keepSubstitutions(earlier, "failed");
        this.#substituting.set(id, { storePath, from, startedAtMs: this.#clock.nowMs() });
    }
    /** As with builds, the event of a stop has no outcome. Nix counts it just after the stop. */
    #countSubstitutions({ id, done, failed }) {
        const before = this.#substituted.get(id) ?? { done: 0, failed: 0 };
        this.#substituted.set(id, { done, failed });
        const take = (count) => this.#undecidedSubstitutions.splice(0, Math.max(0, count));
        this.#keepSubstitutions(take(failed - before.failed), "failed");
        this.#keepSubstitutions(take(done - before.done), "substituted");
    }
    #keepSubstitutions(ended, outcome) {
        for (const substitution of ended) {
            this.#substitutions.push({ ...substitution, outcome });
            this.#listener.onSubstitutionEnd({ ...substitution, outcome });
        }
    }
    #count({ done, expected, failed }) {
        this.#counted = { built: done, failed };
        this.#expected = expected;
        this.#decide();
    }
    /**
     * The event of a stop has no outcome, but just before it Nix raises the count of built or of failed builds.
     * A build that stops without either was interrupted, or has a count that is yet to come.
     */
    #decide() {
        for (const end of ["failed", "built"]) {
            while (this.#undecided.length > 0 && this.#seen[end] < this.#counted[end]) {
                const build = this.#undecided.shift();
                this.#seen[end] += 1;
                if (build !== undefined)
                    this.#finish(build, end);
            }
        }
    }
    #finish(build, outcome) {
        const { drvPath, name, location, startedAtMs, log, omittedLines } = build;
        const { stoppedAtMs = this.#clock.nowMs(), use = {} } = build;
        this.#byDrv.delete(drvPath);
        const last = outcome === "failed" ? log.slice(-SHOWN_LOG_LINES) : [];
        const finished = {
            ...{ drvPath, name, location, startedAtMs },
            durationMs: stoppedAtMs - startedAtMs,
            ...{ outcome, use },
            log: last.map((line) => line.slice(0, SHOWN_CHARACTERS)),
        };
        this.#builds.push(finished);
        this.#listener.onEnd(finished, log, omittedLines);
    }
}

;// CONCATENATED MODULE: ./src/nix/live-log.ts





/** After this long without a line in the log, the log says what is still running. */
const HEARTBEAT_MS = 30_000;
/** A build that has printed nothing for this long may be stuck. */
const STUCK_MS = 120_000;
const TICK_MS = 1_000;
const SHOWN_STUCK = 5;
const SHOWN_RUNNING = 8;
const LAST_LINE_CHARACTERS = 100;
/** An estimate from fewer finished builds would say nothing. */
const LEAST_DONE_TO_ESTIMATE = 3;
/**
 * A BuildLog that logs live what is built where and for how long, with the log of each build when it ends. A
 * terminal shows what is running in place; elsewhere a line says so whenever nothing was logged for 30 s.
 */
function createLiveLog({ log, clock, emit }, { locationOf, countBuilds, meter }) {
    const startedAtMs = clock.nowMs();
    let lastNewsAtMs = startedAtMs;
    // First, since the line that follows puts it on the screen again.
    const noteNews = () => {
        lastNewsAtMs = clock.nowMs();
        log.showStatus?.(builds, renderStatus(readProgress()));
    };
    const tell = (message) => {
        noteNews();
        log.info(message);
    };
    const builds = new BuildLog(clock, {
        ...{ locationOf, meter },
        onStart: ({ drvPath, name, location }) => {
            emit({ event: "build-started", drvPath, name, place: (0,model_build/* placeOf */.$)(location) });
            tell(`building ${name} ${renderLocation(location)}`);
        },
        onOutput: ({ drvPath }, line) => {
            emit({ event: "build-output", drvPath, line });
        },
        onEnd: (build, lines, omittedLines) => {
            const { drvPath, name, location, durationMs, outcome } = build;
            emit({ event: "build-ended", drvPath, name, place: (0,model_build/* placeOf */.$)(location), durationMs, outcome });
            noteNews();
            logEnd(log, build, { lines, omittedLines });
        },
        onSubstitutionEnd: ({ storePath, from, durationMs, outcome }) => {
            emit({ event: "substitution-ended", storePath, from, durationMs, outcome });
            const verb = outcome === "failed" ? "could not substitute" : outcome;
            tell(`${verb} ${(0,store_path/* nameOfStorePath */.B$)(storePath)} from ${from} in ${(0,count/* renderDuration */.PP)(durationMs)}`);
        },
    });
    const readProgress = () => ({
        nowMs: clock.nowMs(),
        startedAtMs,
        running: builds.running,
        substituting: builds.substituting,
        counts: countBuilds?.() ?? builds.counts,
    });
    const stopReporting = (0,platform_clock/* repeatInBackground */.FC)(clock, TICK_MS, () => {
        if (log.showStatus !== undefined)
            log.showStatus(builds, renderStatus(readProgress()));
        else if (clock.nowMs() - lastNewsAtMs >= HEARTBEAT_MS)
            tell(renderHeartbeat(readProgress()));
    });
    return {
        builds,
        end: () => {
            stopReporting();
            log.showStatus?.(builds, []);
        },
    };
}
function logEnd(log, { drvPath, name, location, durationMs, outcome }, { lines, omittedLines }) {
    const where = renderLocation(location);
    const verb = outcome === "failed" ? "failed:" : outcome;
    const what = `${verb} ${name} ${where} in ${(0,count/* renderDuration */.PP)(durationMs)}`;
    const command = renderLogCommand({ drvPath, location });
    // Each line once: the last ones of a failed build are part of the error, which no log folds.
    const shown = outcome === "failed" ? lines.slice(-SHOWN_LOG_LINES) : [];
    const folded = lines.slice(0, lines.length - shown.length);
    const omitted = omittedLines === 0 ? [] : [`(${(0,count/* countOf */.pq)(omittedLines, "earlier line")} left out. ${command})`];
    if (folded.length > 0) {
        log.group(shown.length > 0 ? `${name}: earlier lines` : what, [...omitted, ...folded]);
    }
    else if (outcome !== "failed")
        log.info(what);
    if (outcome === "failed")
        log.error([what, ...shown, command].join("\n"));
}
/** The command that prints the whole log of a build, and where to run it. */
function renderLogCommand({ drvPath, location }) {
    const where = location.kind === "local" ? "" : `, on ${location.uri}`;
    return `The whole log${where}: nix log ${drvPath}`;
}
/**
 * What is still running: the build that has been running for longest, the progress of all, and a line for
 * each build that may be stuck.
 */
function renderHeartbeat(progress) {
    const { nowMs, running } = progress;
    const stuck = running
        .filter(({ lastOutputAtMs }) => nowMs - lastOutputAtMs >= STUCK_MS)
        .toSorted((a, b) => a.lastOutputAtMs - b.lastOutputAtMs);
    const lines = stuck
        .slice(0, SHOWN_STUCK)
        .map(({ name, location, lastOutputAtMs }) => `  ${name} ${renderLocation(location)} has printed nothing for ` +
        (0,count/* renderDuration */.PP)(nowMs - lastOutputAtMs));
    const more = stuck.length - lines.length;
    if (more > 0)
        lines.push(`  and ${(0,count/* countOf */.pq)(more, "more build")}`);
    const parts = [`still ${renderActivity(progress)}`, renderCounts(progress)];
    return [parts.filter((part) => part !== "").join("; "), ...lines].join("\n");
}
function renderActivity({ nowMs, startedAtMs, running, substituting }) {
    const [longest] = running;
    if (longest !== undefined) {
        const last = lastLine(longest);
        const said = last === "" ? "" : `, last line: ${last}`;
        return `building ${renderRunning(longest, nowMs)}${said}`;
    }
    const [path] = substituting;
    if (path !== undefined) {
        const name = (0,store_path/* nameOfStorePath */.B$)(path.storePath);
        return `substituting ${name} from ${path.from}, ${(0,count/* renderDuration */.PP)(nowMs - path.startedAtMs)}`;
    }
    return `waiting for Nix, ${(0,count/* renderDuration */.PP)(nowMs - startedAtMs)}`;
}
function renderRunning({ name, location, startedAtMs }, nowMs) {
    return `${name} ${renderLocation(location)}, ${(0,count/* renderDuration */.PP)(nowMs - startedAtMs)}`;
}
function lastLine({ log }) {
    const last = log.findLast((line) => line.trim() !== "") ?? "";
    return last.replace(/\s+/g, " ").trim().slice(0, LAST_LINE_CHARACTERS);
}
/** How far the build is; empty before anything is known about it. */
function renderCounts({ nowMs, startedAtMs, running, counts: { done, expected } }) {
    const total = Math.max(expected, done + running.length);
    if (total === 0)
        return "";
    const left = total - done;
    const msPerBuild = done >= LEAST_DONE_TO_ESTIMATE ? (nowMs - startedAtMs) / done : undefined;
    const estimate = msPerBuild === undefined || left === 0 ? "" : `, about ${(0,count/* renderDuration */.PP)(msPerBuild * left)} left`;
    return `${done} of ${total} done, ${running.length} running${estimate}`;
}
/** The lines of the live view: the progress, then each running build with the last line that it printed. */
function renderStatus(progress) {
    const { nowMs, running, substituting } = progress;
    const rows = running.length > 0
        ? running.map((build) => `  ${renderRunning(build, nowMs)}  ${lastLine(build)}`.trimEnd())
        : substituting.map(({ storePath, from }) => `  ${(0,store_path/* nameOfStorePath */.B$)(storePath)} from ${from}`);
    const shown = rows.slice(0, SHOWN_RUNNING);
    const more = rows.length - shown.length;
    const lines = [renderCounts(progress), ...shown, ...(more > 0 ? [`  and ${more} more`] : [])];
    return lines.filter((line) => line !== "");
}
/** Where something is built: `locally`, or `on ssh-ng://b2`. */
function renderLocation(location) {
    return location.kind === "local" ? "locally" : `on ${location.uri}`;
}


/***/ }),

/***/ 81322:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  Y: () => (/* binding */ chooseInstallables)
});

// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/model/store-path.ts
var store_path = __webpack_require__(75210);
// EXTERNAL MODULE: ./src/nix/flake.ts
var flake = __webpack_require__(10626);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: ./src/nix/derivation.ts
var derivation = __webpack_require__(56754);
;// CONCATENATED MODULE: ./src/nix/layered-image.ts



/** What follows the script in the command of the derivation: nixpkgs has compressed in these ways. */
const COMPRESSES = /^\s*\|\s*(?:\S*\/)?(?:pigz|gzip|zstd|cat)\b[^|;&<>\n]*>\s*"?\$out"?\s*$/;
/**
 * The derivation of a script that streams an image, if all that `drvPath` does is to write its output into a
 * compressed archive. So does the derivation of dockerTools.buildLayeredImage. Undefined for others. Rejects
 * with `BUILD_FAILED` for a damaged derivation.
 * @see nixpkgs, pkgs/build-support/docker/default.nix, buildLayeredImage
 */
async function findStreamDerivation(drvPath, readBytes = (path) => (0,promises_.readFile)(path)) {
    const archive = (0,derivation/* parseDerivation */.rN)(await readBytes(drvPath), drvPath);
    const name = (0,store_path/* nameOfStorePath */.B$)(drvPath).replace(/\.tar(?:\.gz|\.zst)?$/, "");
    const stream = [...archive.inputs.keys()].find((input) => (0,store_path/* nameOfStorePath */.B$)(input) === `stream-${name}`);
    if (stream === undefined)
        return undefined;
    const { outputs } = (0,derivation/* parseDerivation */.rN)(await readBytes(stream), stream);
    const script = outputs.find((output) => output.name === "out")?.path;
    const command = archive.environment.find(([key]) => key.toString() === "buildCommand")?.[1].toString();
    if (script === undefined || command?.trimStart().startsWith(script) !== true)
        return undefined;
    return COMPRESSES.test(command.trimStart().slice(script.length)) ? stream : undefined;
}

// EXTERNAL MODULE: ./src/nix-install/present-nix.ts
var present_nix = __webpack_require__(81920);
;// CONCATENATED MODULE: ./src/pipeline/choose-installables.ts





/**
 * What to build for a target: the attributes of its plan. If the first one is an archive of
 * dockerTools.buildLayeredImage, the script that streams the same image takes its place: the layers are made
 * from the store, and the archive is not needed. Rejects with `CANCELLED`.
 */
async function chooseInstallables({ plan, session, workingDirectory }, { log }) {
    const [image, ...others] = plan.attributes;
    if (image === undefined || !(0,present_nix/* canBuildDerivations */.Jf)(session.nix.version))
        return plan.attributes;
    try {
        const drvPath = await (0,flake/* readDerivationPath */.VZ)(session.runNix, image, workingDirectory);
        const stream = (0,store_path/* isStorePath */.zP)(drvPath) ? await findStreamDerivation(drvPath) : undefined;
        if (stream === undefined)
            return plan.attributes;
        log.info(`${image}: ${(0,store_path/* nameOfStorePath */.B$)(stream)} is built instead of the archive ${(0,store_path/* nameOfStorePath */.B$)(drvPath)}, ` +
            "since the layers are made from the store. List the package twice to build the archive, too");
        return [`${stream}^out`, ...others];
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error))
            throw error;
        // The build itself reports what is wrong with the package.
        log.debug(`${image} is built as it is: ${(0,action_error/* renderError */.vr)(error)}`);
        return plan.attributes;
    }
}


/***/ }),

/***/ 74365:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  j: () => (/* binding */ build_build),
  k: () => (/* binding */ buildTarget)
});

// EXTERNAL MODULE: ./src/model/count.ts
var model_count = __webpack_require__(47302);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/model/builder.ts
var model_builder = __webpack_require__(71646);
// EXTERNAL MODULE: ./src/model/run-event.ts
var run_event = __webpack_require__(30145);
// EXTERNAL MODULE: ./src/nix/build.ts + 2 modules
var build = __webpack_require__(1010);
// EXTERNAL MODULE: ./src/nix-protocol/protocol-error.ts
var protocol_error = __webpack_require__(35555);
// EXTERNAL MODULE: ./src/plan/strategy.ts
var strategy = __webpack_require__(78514);
// EXTERNAL MODULE: ./src/nix/derivation.ts
var nix_derivation = __webpack_require__(56754);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
;// CONCATENATED MODULE: ./src/plan/worker-choice.ts
/**
 * Whether a builder can meet a derivation's needs, by the rules of Nix's build hook.
 * @see Nix manual, "Remote Builds", fields 3, 6 and 7
 */
function isFit({ systems, supportedFeatures, mandatoryFeatures }, { platform, features }) {
    const offered = [...supportedFeatures, ...mandatoryFeatures];
    return ((platform === "builtin" || systems.includes(platform)) &&
        features.every((feature) => offered.includes(feature)) &&
        mandatoryFeatures.every((feature) => features.includes(feature)));
}
/**
 * Chooses the worker for one derivation: ready before degraded, then the smallest share of busy slots, the
 * highest speed factor, and the most inputs.
 */
function chooseWorker(workers) {
    return workers.toSorted((a, b) => Number(a.isDegraded) - Number(b.isDegraded) ||
        a.running / slotsOf(a.builder) - b.running / slotsOf(b.builder) ||
        b.builder.speedFactor - a.builder.speedFactor ||
        b.inputs - a.inputs)[0];
}
function slotsOf({ maxJobs = 1 }) {
    return Math.max(1, maxJobs);
}

;// CONCATENATED MODULE: ./src/plan/build-mode.ts




/**
 * Chooses how the builders share a build. `single-store` needs one connection and copies nothing between
 * builders, so it is chosen if one builder has slots for everything that can be built at the same time, and
 * `distributed` otherwise. `build-hook` opens a connection for every derivation and copies its inputs there
 * and its outputs back, so it is used only for what cannot be distributed.
 */
function chooseBuildMode(request) {
    const { target, buildSystem, builders, isReachable, taken, key, graph } = request;
    const useHook = (reason) => ({
        mode: { kind: "build-hook", isTargetLocal: buildSystem === target },
        reason,
    });
    const useStore = (builder, reason) => ({
        mode: { kind: "single-store", builder },
        reason,
    });
    const able = builders.filter((status) => (0,model_builder/* isUsable */.Ng)(status) && status.builder.systems.includes(target));
    const reachable = rankBuilders(able, key).filter((builder) => builder.mandatoryFeatures.length === 0 && isReachable(builder));
    // Targets that are built at the same time get different builders, if there are enough.
    const stores = reachable.toSorted((a, b) => Number(taken.has(a.alias)) - Number(taken.has(b.alias)));
    const [first] = stores;
    if (request.forced?.kind === "build-hook")
        return useHook(request.forced.reason);
    if (first === undefined)
        return useHook("no builder's store can be reached directly");
    if (request.forced?.kind === "single-store")
        return useStore(first, request.forced.reason);
    if (request.forced?.kind === "distributed" &&
        graph !== undefined &&
        findObstacle(graph, reachable) === undefined)
        return { mode: { kind: "distributed" }, reason: request.forced.reason };
    if (able.length === 1)
        return useStore(first, `${first.host} is the only builder for ${target}`);
    if (graph === undefined)
        return useHook(`the build graph is not known, and ${able.length} builders share the work`);
    const parallel = graph.depth === 0 ? 0 : graph.derivations / graph.depth;
    const work = `${(0,model_count/* countOf */.pq)(graph.derivations, "derivation")}, ${graph.depth} in the longest chain`;
    const fitting = stores.find(({ maxJobs }) => parallel <= (maxJobs ?? 1));
    if (fitting !== undefined)
        return useStore(fitting, `${work}: ${fitting.host} has enough slots`);
    const more = `${work}: more can be built at the same time than one builder has slots`;
    const problem = findObstacle(graph, reachable);
    return problem === undefined
        ? { mode: { kind: "distributed" }, reason: more }
        : useHook(`${more}, but ${problem}`);
}
/** Why a graph cannot be distributed over these builders; undefined if it can. */
function findObstacle({ needs, isKnown }, builders) {
    if (!isKnown)
        return "some derivations are content-addressed";
    if (builders.length < 2)
        return "only one builder's store can be reached directly";
    const unmet = needs.find((need) => !builders.some((builder) => isFit(builder, need)));
    if (unmet === undefined)
        return undefined;
    const required = [unmet.platform, ...unmet.features].join(", ");
    return `no builder whose store can be reached directly builds for ${required}`;
}
/**
 * Orders builders by preference for a job: ready ones before degraded ones, and within each group by
 * rendezvous hashing, so that adding or removing a builder moves as few jobs as possible.
 * @see Thaler and Ravishankar, "Using name-based mappings to increase hit rates"
 */
function rankBuilders(builders, key) {
    const score = ({ host, port }) => (0,external_node_crypto_.createHash)("sha256").update(`${key}\0${host}\0${port}`).digest("hex");
    const order = { ready: 0, degraded: 1, dropped: 2 };
    return builders
        .filter(model_builder/* isUsable */.Ng)
        .map((status) => ({ builder: status.builder, rank: order[status.state], score: score(status.builder) }))
        .toSorted((a, b) => a.rank - b.rank || (a.score < b.score ? -1 : 1))
        .map(({ builder }) => builder);
}

;// CONCATENATED MODULE: ./src/remote-build/choose-mode.ts





/**
 * Chooses how the builders share a build, and reserves the builder of a `single-store` build. Rejects with
 * `CANCELLED`.
 */
async function chooseMode({ plan, installables, workingDirectory, repository, forced }, { pool, runNix, log, reservations }) {
    const { target, buildSystem, attributes } = plan;
    const work = (0,model_builder/* countUsable */.ew)(pool.statuses, target) < 2
        ? undefined
        : await preview(runNix, { installables, cwd: workingDirectory }, log);
    const { chosen, release } = reservations.reserve((taken) => chooseBuildMode({
        target,
        buildSystem,
        builders: pool.statuses,
        isReachable: (builder) => isStoreReachable(pool, builder),
        taken,
        key: [repository, ...attributes].join("\n"),
        forced,
        graph: work === undefined ? undefined : (0,nix_derivation/* measureGraph */.Xr)(work.missing, work.closure),
    }));
    const { mode, reason } = chosen;
    if (mode.kind !== "distributed")
        return { mode, reason, release };
    if (work === undefined)
        throw new Error(`distributed mode was chosen for ${target} without a build graph`);
    return { mode, reason, release, work };
}
/** What has to be built; undefined if Nix cannot tell before the build. Rejects with `CANCELLED`. */
async function preview(runNix, request, log) {
    try {
        const found = await (0,build/* previewBuild */.LB)(runNix, request);
        return { ...found, closure: await (0,nix_derivation/* readDerivationClosure */.zR)(found.missing) };
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error))
            throw error;
        log.debug(`the build graph is not known before the build: ${(0,action_error/* renderError */.vr)(error)}`);
        return undefined;
    }
}
/**
 * Whether we can talk to a builder's daemon over our own connection. The old protocol `ssh` has no daemon. A
 * forced command runs only Nix's daemon, so outputs could not be copied back in one stream.
 */
function isStoreReachable(pool, builder) {
    const status = pool.statuses.find((known) => known.builder.alias === builder.alias);
    const hasShell = status !== undefined && (0,model_builder/* isUsable */.Ng)(status) && status.facts.systems !== undefined;
    return builder.protocol === "ssh-ng" && hasShell && pool.connectionOf(builder) !== undefined;
}

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/nix/command.ts
var command = __webpack_require__(82094);
// EXTERNAL MODULE: ./src/remote-build/builder-store.ts
var builder_store = __webpack_require__(49052);
// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(57075);
// EXTERNAL MODULE: ./src/model/shell.ts
var shell = __webpack_require__(843);
// EXTERNAL MODULE: ./src/model/store-path.ts
var store_path = __webpack_require__(75210);
// EXTERNAL MODULE: ./src/nix-protocol/export.ts
var nix_protocol_export = __webpack_require__(38686);
// EXTERNAL MODULE: ./src/nix-protocol/handshake.ts
var handshake = __webpack_require__(40699);
// EXTERNAL MODULE: ./src/platform/log.ts
var log = __webpack_require__(74425);
// EXTERNAL MODULE: ./src/platform/silence-watch.ts
var silence_watch = __webpack_require__(34618);
// EXTERNAL MODULE: ./src/ssh/connection.ts + 1 modules
var ssh_connection = __webpack_require__(15731);
;// CONCATENATED MODULE: ./src/ssh/command-stream.ts



const KEPT_CHARACTERS = 1 << 20;
const SILENCE_LIMIT_MS = 60_000;
/**
 * Streams `input` to a command's stdin, and yields the command's stdout. Throws `BUILDER_UNREACHABLE` if the
 * command fails, the connection is lost, or the command keeps its reader waiting for a minute.
 */
async function* stream(opening, input, clock) {
    const channel = await opening;
    const silence = (0,silence_watch/* createSilenceWatch */.f)(clock, SILENCE_LIMIT_MS, (waitedMs) => (0,ssh_connection/* unreachable */.HB)(`the builder's Nix has sent nothing for ${Math.round(waitedMs / 1000)} s`));
    let stderr = "";
    let exitCode;
    channel.stderr.on("data", (bytes) => {
        stderr = (stderr + bytes.toString("utf8")).slice(-KEPT_CHARACTERS);
    });
    channel.on("exit", (code) => {
        exitCode = code ?? 128;
    });
    const closed = new Promise((resolve) => channel.once("close", resolve));
    const feed = async () => {
        for await (const text of input)
            channel.write(text);
        channel.end();
    };
    // The producer of `input` reports its own failure; here it only ends the command.
    feed().catch(() => {
        channel.close();
    });
    try {
        const pieces = channel[Symbol.asyncIterator]();
        for (;;) {
            const next = await silence.wait(pieces.next());
            if (next.done === true)
                break;
            yield next.value;
        }
        await silence.wait(closed);
    }
    finally {
        silence.end();
        channel.close();
    }
    if (exitCode === 0)
        return;
    const lastLine = (0,log/* sanitizeText */.jZ)(stderr).trim().split("\n").at(-1) ?? "";
    throw (0,ssh_connection/* unreachable */.HB)(exitCode === undefined
        ? "the connection was lost"
        : `the builder's Nix exited with ${exitCode}${lastLine === "" ? "" : `: ${lastLine.slice(-300)}`}`);
}

;// CONCATENATED MODULE: ./src/remote-build/fetch-outputs.ts










const QUERY_LIMIT_MS = 60_000;
/** Enough for the list of a closure with a million paths. */
const MAX_LIST_BYTES = 1 << 27;
/**
 * The command line that `copyOutputsBack` runs on a builder. It reads the output paths, lists their closures,
 * reads which of those paths are missing on this machine, and exports them.
 */
function renderFetchCommand(builder) {
    const nixStore = (0,handshake/* renderNixStoreProgram */.ve)(builder);
    const list = `read -r outputs && ${nixStore} --query --requisites $outputs && echo`;
    return (0,shell/* renderShellCommand */.c)(["/bin/sh", "-c", `${list} && exec ${nixStore} --export $(cat)`]);
}
/**
 * Copies the closures of outputs from a builder to this machine in one stream, without the paths that are
 * already here. Requests only outputs and sources of the closure of the built derivations, and refuses any
 * path that it did not request. Resolves to the number of copied paths. Rejects with `BUILDER_UNREACHABLE`,
 * `BUILDER_DENIED`, `NIX_NOT_TRUSTED`, and as RunCommand does.
 */
async function fetchOutputs(built, host, channel, { runNixStoreCli, clock }) {
    let want = () => undefined;
    const wanted = new Promise((resolve) => (want = resolve));
    const input = async function* () {
        yield `${built.map(({ outPath }) => outPath).join(" ")}\n`;
        yield await wanted;
    };
    const output = stream(channel, input(), clock);
    const reading = (0,nix_derivation/* readDerivationClosure */.zR)(built.map(({ drvPath }) => drvPath));
    reading.catch(() => undefined);
    try {
        const [list, rest] = await readList(output, host);
        const listed = list.split("\n").filter(store_path/* isStorePath */.zP);
        const missing = await listMissing(listed, runNixStoreCli);
        const closure = await reading;
        const expected = new Set([...(0,nix_derivation/* listExpected */.Dx)(closure), ...built.map(({ outPath }) => outPath)]);
        const unexpected = missing.find((path) => !expected.has(path));
        if (unexpected !== undefined)
            throw (0,nix_protocol_export/* notRequested */.Y4)(host, unexpected);
        const requested = new Set(missing);
        want(`${missing.join("\n")}\n`);
        const stream = (0,nix_protocol_export/* guardExport */.Ci)(rest, host, (path) => requested.has(path));
        await runNixStoreCli(["--import"], { timeoutMs: command/* COPY_LIMIT_MS */.Je, input: external_node_stream_.Readable.from(stream) });
        return missing.length;
    }
    catch (error) {
        throw (0,action_error/* aboutSubject */.c_)(toImportError(error), host);
    }
    finally {
        await output.return(undefined);
    }
}
/**
 * Copies the outputs of a build back from one builder, through a channel that runs `renderFetchCommand`. If
 * that fails, the outcome still lists what the builder built, together with the error. Rejects with
 * `CANCELLED`.
 */
async function copyOutputsBack(outcome, { builder, connection }, effects, channel = connection.openChannel(renderFetchCommand(builder))) {
    try {
        const copied = await fetchOutputs(outcome.built, builder.host, channel, effects);
        effects.log.info(`copied ${(0,model_count/* countOf */.pq)(copied, "store path")} back from ${builder.host}`);
        return outcome;
    }
    catch (error) {
        if (!(error instanceof action_error/* ActionError */.lZ) || (0,action_error/* isCancelled */.mm)(error))
            throw error;
        return { ...outcome, built: [], error };
    }
}
/** The paths that this machine's store lacks. Nix is asked only about paths that exist on disk. */
async function listMissing(paths, runNixStoreCli) {
    const isThere = await Promise.all(paths.map(nix_derivation/* isPresent */.Wo));
    const there = paths.filter((_, i) => isThere[i] === true);
    if (there.length === 0)
        return paths;
    const check = ["--check-validity", "--print-invalid", ...there];
    const { stdout } = await runNixStoreCli(check, { timeoutMs: QUERY_LIMIT_MS });
    const invalid = new Set(stdout.split("\n"));
    return paths.filter((path, i) => isThere[i] !== true || invalid.has(path));
}
/** A builder's outputs are unsigned, and a Nix daemon accepts unsigned paths only from trusted users. */
function toImportError(error) {
    const isUntrusted = error instanceof action_error/* ActionError */.lZ &&
        error.code === "COMMAND_FAILED" &&
        /lacks a (?:valid )?signature/.test(error.message);
    if (!isUntrusted)
        return error;
    return new action_error/* ActionError */.lZ("NIX_NOT_TRUSTED", "this machine's Nix daemon does not trust this user, so it accepts no unsigned paths from builders", { cause: error, hint: "Add this user to trusted-users in /etc/nix/nix.conf and restart the daemon." });
}
/** Reads the lines up to the first empty one. Returns them, and the rest of the stream. */
async function readList(output, host) {
    const pieces = [];
    let bytes = 0;
    // The last byte and the next piece: the two ends of line may be in different pieces.
    let tail = Buffer.alloc(0);
    let end = -1;
    while (end === -1) {
        const next = await output.next();
        if (next.done === true || bytes > MAX_LIST_BYTES) {
            throw new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", `${host} did not list the outputs that it built`, {
                hint: "Run again. If it fails again, check the builder's store with nix-store --verify.",
            });
        }
        tail = Buffer.concat([tail.subarray(-1), next.value]);
        const at = tail.indexOf("\n\n");
        pieces.push(next.value);
        bytes += next.value.length;
        if (at !== -1)
            end = bytes - tail.length + at;
    }
    const read = Buffer.concat(pieces, bytes);
    const rest = async function* () {
        yield read.subarray(end + 2);
        yield* output;
    };
    return [read.subarray(0, end).toString("utf8"), rest()];
}

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:net"
var external_node_net_ = __webpack_require__(77030);
;// CONCATENATED MODULE: ./src/remote-build/spare-channel.ts
/** A channel for a command on a builder, opened in advance because opening one takes two round trips. */
class SpareChannel {
    #connection;
    #command;
    #spare;
    constructor(connection, command) {
        this.#connection = connection;
        this.#command = command;
        this.#spare = this.#open();
        this.#spare.catch(() => undefined);
    }
    /** Returns the spare channel once. After that, or if it could not be opened, opens a new one. */
    async take() {
        const spare = this.#spare;
        this.#spare = undefined;
        const channel = await spare?.catch(() => undefined);
        return channel !== undefined && this.#connection.isOpen() ? channel : this.#open();
    }
    /** Closes the spare channel if it was not taken. */
    close() {
        this.#spare?.then((channel) => {
            channel.close();
        }, () => undefined);
        this.#spare = undefined;
    }
    #open() {
        return this.#connection.openChannel(this.#command);
    }
}

;// CONCATENATED MODULE: ./src/remote-build/forwarded-daemon.ts





/**
 * Lets Nix reach a builder's store through our existing connection: listens on a Unix socket in a private
 * folder, and opens a channel to the builder's daemon for each client. Clients need no SSH handshake of their
 * own, and are disconnected as soon as the builder is lost. Rejects with a system error if the socket cannot
 * be created.
 */
async function forwardDaemon(builder, connection, wantedFile) {
    const socketFile = await shorten(wantedFile);
    // Nix connects only after evaluation; by then the first channel is open.
    const channels = new SpareChannel(connection, (0,handshake/* renderRemoteCommand */.q8)({ ...builder, protocol: "ssh-ng" }));
    const clients = new Set();
    const server = (0,external_node_net_.createServer)({ allowHalfOpen: true }, (client) => {
        clients.add(client);
        client.on("close", () => clients.delete(client));
        client.on("error", () => undefined);
        channels.take().then((channel) => {
            client.pipe(channel).pipe(client);
            channel.on("close", () => client.destroy());
            channel.on("error", () => client.destroy());
            channel.stderr.resume();
            client.on("close", () => {
                channel.close();
            });
        }, () => client.destroy());
    });
    await new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(socketFile, resolve);
    });
    connection.onClose(() => {
        for (const client of clients)
            client.destroy();
    });
    return {
        storeUri: `unix://${socketFile}`,
        close: () => {
            server.close();
            for (const client of clients)
                client.destroy();
            channels.close();
            if (socketFile !== wantedFile)
                void (0,promises_.rm)((0,external_node_path_.dirname)(socketFile), { recursive: true, force: true });
        },
    };
}
/**
 * The path itself if it fits into the address of a Unix socket, else one in a new temporary folder.
 * @see unix(7), sun_path
 */
async function shorten(socketFile) {
    if (Buffer.byteLength(socketFile) <= 100)
        return socketFile;
    return (0,external_node_path_.join)(await (0,promises_.mkdtemp)("/tmp/cross-build-tunnel-"), (0,external_node_path_.basename)(socketFile));
}

// EXTERNAL MODULE: ./src/model/derivation.ts
var model_derivation = __webpack_require__(14820);
// EXTERNAL MODULE: ./src/nix/failure.ts
var failure = __webpack_require__(16429);
// EXTERNAL MODULE: ./src/nix/live-log.ts + 1 modules
var live_log = __webpack_require__(56845);
;// CONCATENATED MODULE: ./node_modules/tinyqueue/index.js

class TinyQueue {
    constructor(data = [], compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0)) {
        this.data = data;
        this.length = this.data.length;
        this.compare = compare;

        if (this.length > 0) {
            for (let i = (this.length >> 1) - 1; i >= 0; i--) this._down(i);
        }
    }

    push(item) {
        this.data.push(item);
        this._up(this.length++);
    }

    pop() {
        if (this.length === 0) return undefined;

        const top = this.data[0];
        const bottom = this.data.pop();

        if (--this.length > 0) {
            this.data[0] = bottom;
            this._down(0);
        }

        return top;
    }

    peek() {
        return this.data[0];
    }

    _up(pos) {
        const {data, compare} = this;
        const item = data[pos];

        while (pos > 0) {
            const parent = (pos - 1) >> 1;
            const current = data[parent];
            if (compare(item, current) >= 0) break;
            data[pos] = current;
            pos = parent;
        }

        data[pos] = item;
    }

    _down(pos) {
        const {data, compare} = this;
        const halfLength = this.length >> 1;
        const item = data[pos];

        while (pos < halfLength) {
            let bestChild = (pos << 1) + 1; // initially it is the left child
            const right = bestChild + 1;

            if (right < this.length && compare(data[right], data[bestChild]) < 0) {
                bestChild = right;
            }
            if (compare(data[bestChild], item) >= 0) break;

            data[pos] = data[bestChild];
            pos = bestChild;
        }

        data[pos] = item;
    }
}

;// CONCATENATED MODULE: ./src/remote-build/ready-queue.ts

/**
 * Steps that wait for a builder, the one with the longest chain first. Each kind of needs has a queue of its
 * own, so that steps that no free builder supports need not be skipped one by one.
 */
class ReadyQueue {
    #byNeeds = new Map();
    #queued = new Set();
    add(step) {
        if (this.#queued.has(step))
            return;
        this.#queued.add(step);
        const queue = this.#byNeeds.get(step.needs) ?? new TinyQueue([], compare);
        this.#byNeeds.set(step.needs, queue);
        queue.push(step);
    }
    /** Takes the first step whose needs can be met. Drops steps before it that are no longer `isReady`. */
    take(canMeet, isReady) {
        let first;
        for (const [needs, queue] of this.#byNeeds) {
            this.#dropStale(queue, isReady);
            const step = queue.peek();
            if (step !== undefined && (first === undefined || compare(step, first) < 0) && canMeet(needs))
                first = step;
        }
        if (first !== undefined)
            this.#drop(this.#byNeeds.get(first.needs));
        return first;
    }
    #dropStale(queue, isReady) {
        for (let step = queue.peek(); step !== undefined && !isReady(step); step = queue.peek())
            this.#drop(queue);
    }
    #drop(queue) {
        const step = queue?.pop();
        if (step !== undefined)
            this.#queued.delete(step);
    }
}
/** The longest chain comes first, and among chains of the same length the step that was planned last. */
function compare(a, b) {
    return b.height - a.height || b.index - a.index;
}

;// CONCATENATED MODULE: ./src/remote-build/progress.ts

/**
 * The progress of a build: which steps are needed, ready and done. Updating a step takes time proportional to
 * the number of its neighbours; only the loss of a builder requires a look at all steps.
 */
class BuildProgress {
    #steps;
    #wanted;
    #isAvailable;
    #progress;
    #ready = new ReadyQueue();
    #wantedLeft = 0;
    /** `wanted` lists derivations. `isAvailable` says whether a builder has the outputs of a finished step. */
    constructor(steps, wanted, isAvailable) {
        this.#steps = steps;
        this.#wanted = wanted;
        this.#isAvailable = isAvailable;
        this.#progress = steps.map(({ dependencies }) => ({
            state: "waiting",
            unmet: dependencies.length,
            demand: 0,
        }));
        const asked = steps.filter(({ drvPath }) => wanted.has(drvPath));
        this.#wantedLeft = asked.length;
        this.#addDemand(asked);
    }
    /** Whether all wanted derivations are built, or were found in a builder's store. */
    get isComplete() {
        return this.#wantedLeft === 0;
    }
    /** The number of steps that still have to be built: a running one counts, as does one that was lost. */
    countNeeded() {
        return this.#progress.filter(({ state, demand }) => state !== "done" && demand > 0).length;
    }
    /** Takes the ready step with the longest chain whose needs can be met, and marks it as running. */
    takeReady(canMeet) {
        const step = this.#ready.take(canMeet, (queued) => this.#isReady(queued));
        if (step !== undefined)
            this.#of(step).state = "running";
        return step;
    }
    isWaiting(step) {
        return this.#of(step).state === "waiting";
    }
    /** Marks a step as done, or puts it back if the builder with its outputs was lost meanwhile. */
    finish(step) {
        const progress = this.#of(step);
        if (progress.state === "done")
            return;
        if (!this.#isAvailable(step)) {
            this.putBack(step);
            return;
        }
        progress.state = "done";
        if (this.#wanted.has(step.drvPath))
            this.#wantedLeft -= 1;
        if (progress.demand > 0)
            this.#dropDemand(step.dependencies);
        for (const dependent of step.dependents) {
            this.#of(dependent).unmet -= 1;
            this.#queueIfReady(dependent);
        }
    }
    /** Marks a step as waiting again, since it was not built. */
    putBack(step) {
        this.#of(step).state = "waiting";
        this.#queueIfReady(step);
    }
    /** Marks finished steps as waiting again if their outputs were lost and are still needed. */
    reviveLost() {
        for (const step of this.#steps.toReversed()) {
            const { state, demand } = this.#of(step);
            if (state === "done" && demand > 0 && !this.#isAvailable(step))
                this.#revive(step);
        }
    }
    #revive(step) {
        this.#of(step).state = "waiting";
        if (this.#wanted.has(step.drvPath))
            this.#wantedLeft += 1;
        for (const dependent of step.dependents)
            this.#of(dependent).unmet += 1;
        this.#addDemand(step.dependencies);
        this.#queueIfReady(step);
    }
    /**
     * Adds a consumer to each step; a newly needed step becomes a consumer of its dependencies. Not recursive,
     * because a long chain would overflow the stack.
     */
    #addDemand(steps) {
        const stack = [...steps];
        for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
            const progress = this.#of(step);
            progress.demand += 1;
            if (progress.demand > 1)
                continue;
            if (progress.state === "done") {
                if (this.#isAvailable(step))
                    continue;
                progress.state = "waiting";
                for (const dependent of step.dependents)
                    this.#of(dependent).unmet += 1;
            }
            for (const dependency of step.dependencies)
                stack.push(dependency);
            this.#queueIfReady(step);
        }
    }
    #dropDemand(steps) {
        const stack = [...steps];
        for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
            const progress = this.#of(step);
            progress.demand -= 1;
            if (progress.demand > 0 || progress.state === "done")
                continue;
            for (const dependency of step.dependencies)
                stack.push(dependency);
        }
    }
    #queueIfReady(step) {
        if (this.#isReady(step))
            this.#ready.add(step);
    }
    #isReady(step) {
        const { state, unmet, demand } = this.#of(step);
        return state === "waiting" && unmet === 0 && demand > 0;
    }
    #of(step) {
        const progress = this.#progress[step.index];
        if (progress === undefined)
            throw new RangeError(`${step.drvPath} is not a step of this build`);
        return progress;
    }
}

;// CONCATENATED MODULE: ./src/remote-build/steps.ts



/** The steps of a build, each one after its dependencies. */
function planSteps({ missing, closure }) {
    const depths = (0,nix_derivation/* measureDepths */.vT)(missing, closure);
    const steps = new Map();
    const shareNeeds = createNeedsTable();
    for (const drvPath of missing.toSorted((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0))) {
        const derivation = closure.get(drvPath);
        if (derivation === undefined || steps.has(drvPath))
            continue;
        const needed = [...derivation.inputs].map(([input, names]) => ({
            step: steps.get(input),
            paths: (closure.get(input)?.outputs ?? []).flatMap(({ name, path }) => path !== undefined && names.includes(name) ? [path] : []),
        }));
        const dependencies = needed.flatMap(({ step }) => step ?? []);
        const step = {
            index: steps.size,
            drvPath,
            derivation,
            needs: shareNeeds((0,nix_derivation/* needsOf */.hN)(derivation)),
            height: 1,
            inputs: [...derivation.sources, ...needed.flatMap(({ paths }) => paths)].filter(store_path/* isStorePath */.zP),
            builtInputs: needed.flatMap(({ step: other, paths }) => (other === undefined ? [] : paths)),
            dependencies,
            dependents: [],
        };
        for (const other of dependencies)
            other.dependents.push(step);
        steps.set(drvPath, step);
    }
    const planned = [...steps.values()];
    for (const step of planned.toReversed())
        for (const { height } of step.dependents)
            step.height = Math.max(step.height, 1 + height);
    return planned;
}
function createNeedsTable() {
    const known = new Map();
    return (needs) => {
        const key = [needs.platform, ...needs.features].join("\n");
        const same = known.get(key) ?? needs;
        known.set(key, same);
        return same;
    };
}

// EXTERNAL MODULE: ./src/builders/degraded-weights.ts
var degraded_weights = __webpack_require__(80024);
;// CONCATENATED MODULE: ./src/remote-build/worker-set.ts





/** The builders that take part in one build. Each can build at least one step; they may join and leave. */
class WorkerSet {
    #effects;
    #kindsOfNeeds;
    #workers = [];
    #lost = new Set();
    constructor(steps, effects) {
        this.#effects = effects;
        this.#kindsOfNeeds = [...new Set(steps.map(({ needs }) => needs))];
    }
    get stores() {
        return this.#workers.map(({ store }) => store);
    }
    /** The reasons why workers get no more builds. */
    get exclusions() {
        return this.#workers.flatMap(({ exclusion, store }) => {
            if (exclusion !== undefined)
                return [exclusion];
            return store.connection.isOpen() ? [] : [`${store.builder.host}: the connection was lost`];
        });
    }
    get isEveryonePrepared() {
        return this.#workers.every(({ isPrepared, exclusion }) => isPrepared || exclusion !== undefined);
    }
    /** Adds the builders that have become usable. A builder that has reconnected is added as a new worker. */
    takeIn() {
        const { pool, isReachable, openStore } = this.#effects;
        const known = new Set(this.#workers.map(({ store }) => store.connection));
        const joined = [];
        for (const status of pool.statuses) {
            if (!(0,model_builder/* isUsable */.Ng)(status) || !isReachable(status.builder))
                continue;
            if (!this.#kindsOfNeeds.some((needs) => isFit(status.builder, needs)))
                continue;
            const connection = pool.connectionOf(status.builder);
            if (connection === undefined || known.has(connection))
                continue;
            const store = openStore(status.builder, connection);
            joined.push({ store, isPrepared: false, running: 0, failures: 0, exclusion: undefined });
        }
        this.#workers.push(...joined);
        return joined;
    }
    /** Whether a connection was lost since the last call. */
    noticeLosses() {
        const before = this.#lost.size;
        for (const worker of this.#workers)
            if (!worker.store.connection.isOpen())
                this.#lost.add(worker);
        return this.#lost.size > before;
    }
    findWith(path) {
        return this.#workers.find(({ store }) => store.has(path))?.store;
    }
    /** Whether one of the workers has all outputs of a step. */
    haveOutputs(step) {
        return this.#workers.some(({ store }) => hasOutputs(store, step));
    }
    listAble() {
        const { statuses } = this.#effects.pool;
        const weighed = new Map((0,degraded_weights/* applyDegradedWeights */.u)(statuses).map((builder) => [builder.alias, builder]));
        const degraded = new Set(statuses.flatMap(({ state, builder }) => (state === "degraded" ? [builder.alias] : [])));
        return this.#workers.flatMap((worker) => {
            const builder = weighed.get(worker.store.builder.alias);
            const isAble = worker.isPrepared && worker.exclusion === undefined && worker.store.connection.isOpen();
            return builder !== undefined && isAble
                ? [{ worker, builder, isDegraded: degraded.has(builder.alias) }]
                : [];
        });
    }
    /** Gives a worker no more builds. With `drop`, the pool drops the builder for other builds too. */
    exclude(worker, error, drop) {
        worker.exclusion = (0,action_error/* renderError */.vr)(error);
        // If the connection closed, the pool has already dropped this builder.
        if (drop && worker.store.connection.isOpen())
            this.#effects.pool.drop(worker.store.builder, error);
    }
    close() {
        for (const { store } of this.#workers)
            store.close();
    }
}
/** The workers that can meet these needs and have a free slot. */
function listFree(able, needs) {
    return able.filter(({ worker, builder }) => worker.running < Math.min(builder.maxJobs ?? 1, worker.store.maxBuilds) && isFit(builder, needs));
}
/** The best of these workers for a step. */
function chooseFor({ builtInputs }, free) {
    const candidates = free.map((able) => ({
        ...able,
        running: able.worker.running,
        inputs: builtInputs.filter((path) => able.worker.store.has(path)).length,
    }));
    return chooseWorker(candidates)?.worker;
}
function hasOutputs(store, { derivation }) {
    return (0,model_derivation/* outputPaths */.u)(derivation).every((path) => store.has(path));
}

;// CONCATENATED MODULE: ./src/remote-build/scheduler.ts










const TICK_MS = 500;
const PATIENCE_MS = 3_000;
const MAX_FAILURES = 3;
/**
 * Builds a graph on all builders at once. Each derivation starts as soon as its inputs are built, the longest
 * chain first, on a builder with a free slot. Outputs are copied from builder to builder as needed, but not
 * to this machine. Outputs that are lost with a builder are built again on the others. A failed build does
 * not reject: the outcome has the error. A `ProtocolError` ends the build at once, since another mode may
 * still work. Rejects with `CANCELLED`.
 */
async function scheduleBuild(request, effects) {
    const scheduler = new Scheduler(request, effects);
    try {
        await scheduler.run();
        return { outcome: scheduler.outcome(undefined), locations: scheduler.locations() };
    }
    catch (thrown) {
        const error = (0,action_error/* toActionError */.ie)(thrown);
        if (error.code === "CANCELLED" || error.code === "INTERNAL")
            throw error;
        return { outcome: scheduler.outcome(error), locations: [] };
    }
    finally {
        scheduler.close();
    }
}
class Scheduler {
    #request;
    #effects;
    #steps;
    #progress;
    /** The inputs of steps that no step builds. */
    #sources;
    /** All outputs and sources of the derivations: the only paths that one builder may send to another. */
    #expected;
    #workers;
    #running = new Set();
    /** The workers that failed at a step, one entry per failure. */
    #failures = new Map();
    #live;
    #log;
    #startedAtMs;
    #closed = new AbortController();
    /** The number of builders being prepared and steps being built. */
    #tasks = 0;
    #wake = () => undefined;
    #error;
    constructor(request, effects) {
        this.#request = request;
        this.#effects = effects;
        this.#steps = planSteps(request);
        this.#workers = new WorkerSet(this.#steps, { ...effects, isReachable: request.isReachable });
        this.#progress = new BuildProgress(this.#steps, new Set(request.wanted.map(({ drvPath }) => drvPath)), (step) => this.#workers.haveOutputs(step));
        const made = new Set(this.#steps.flatMap((step) => step.builtInputs));
        this.#sources = [...new Set(this.#steps.flatMap(({ inputs }) => inputs))].filter((path) => !made.has(path));
        this.#expected = (0,nix_derivation/* listExpected */.Dx)(request.closure);
        this.#startedAtMs = effects.clock.nowMs();
        this.#live = (0,live_log/* createLiveLog */.D)(effects, {
            locationOf: (uri) => ({ kind: "builder", uri }),
            countBuilds: () => {
                const done = this.#log.builds.filter(({ outcome }) => outcome === "built").length;
                return { done, expected: done + this.#progress.countNeeded() };
            },
        });
        this.#log = this.#live.builds;
    }
    async run() {
        void this.#keepTicking();
        for (;;) {
            for (const worker of this.#workers.takeIn())
                this.#track(() => this.#prepare(worker));
            if (this.#workers.noticeLosses())
                this.#progress.reviveLost();
            if (this.#error !== undefined)
                throw this.#error;
            if (this.#progress.isComplete)
                return;
            if (this.#isTimeToBuild())
                this.#dispatch();
            if (this.#tasks === 0)
                throw this.#noneLeft();
            await new Promise((resolve) => {
                this.#wake = resolve;
            });
        }
    }
    outcome(error) {
        this.#log.close("interrupted");
        const { builds, substitutions } = this.#log;
        return { built: error === undefined ? this.#request.wanted : [], builds, substitutions, error };
    }
    /** Each wanted output once, with a builder that has it. */
    locations() {
        const locations = new Map();
        for (const built of this.#request.wanted) {
            const store = this.#workers.findWith(built.outPath);
            if (store === undefined)
                continue;
            const there = locations.get(store) ?? [];
            there.push(built);
            locations.set(store, there);
        }
        return [...locations].map(([store, built]) => ({ store, built }));
    }
    close() {
        this.#closed.abort();
        this.#live.end();
        this.#workers.close();
    }
    /** Checks regularly for silent builds, and lets `run` check for new builders and lost connections. */
    async #keepTicking() {
        const { signal } = this.#closed;
        try {
            while (!signal.aborted) {
                await this.#effects.clock.sleep(TICK_MS, signal);
                this.#endSilent();
                this.#wake();
            }
        }
        catch (thrown) {
            if (!signal.aborted)
                this.#error ??= (0,action_error/* toActionError */.ie)(thrown);
            this.#wake();
        }
    }
    async #prepare(worker) {
        try {
            await this.#fill(worker.store);
            worker.isPrepared = true;
        }
        catch (thrown) {
            this.#excludeWorker(worker, (0,action_error/* toActionError */.ie)(thrown));
        }
    }
    /** Copies the inputs that no step builds into a store, and finishes steps whose outputs it already has. */
    async #fill(store) {
        const listLacking = () => this.#sources.filter((path) => !store.has(path));
        // First without fetching: a builder whose daemon hangs is then noticed within seconds.
        await store.queryPresent(this.#sources, false);
        await store.queryPresent(listLacking(), true);
        if (listLacking().length > 0)
            await this.#effects.upload(store, listLacking());
        await store.queryPresent(this.#steps.flatMap(({ derivation }) => (0,model_derivation/* outputPaths */.u)(derivation)), false);
        for (const step of this.#steps) {
            if (this.#progress.isWaiting(step) && hasOutputs(store, step))
                this.#progress.finish(step);
        }
    }
    /** Waits up to 3 s for builders to report which outputs they already have, to avoid rebuilding them. */
    #isTimeToBuild() {
        return this.#workers.isEveryonePrepared || this.#effects.clock.nowMs() - this.#startedAtMs > PATIENCE_MS;
    }
    #dispatch() {
        const able = this.#workers.listAble();
        const takeStep = () => this.#progress.takeReady((needs) => listFree(able, needs).length > 0);
        for (let step = takeStep(); step !== undefined; step = takeStep()) {
            const worker = chooseFor(step, listFree(able, step.needs));
            if (worker !== undefined)
                this.#start(step, worker);
        }
    }
    #start(step, worker) {
        const attempt = {
            ...{ step, worker, id: `${step.drvPath} ${this.#failuresOf(step).length}` },
            ...{ hasStarted: false, lastOutputAtMs: this.#effects.clock.nowMs(), use: {} },
        };
        worker.running += 1;
        this.#running.add(attempt);
        this.#track(async () => {
            let outcome = "failed";
            try {
                await this.#build(attempt);
                this.#progress.finish(step);
                outcome = "built";
            }
            catch (thrown) {
                this.#progress.putBack(step);
                this.#failures.set(step, [...this.#failuresOf(step), worker]);
                this.#handleFailure(attempt, (0,action_error/* toActionError */.ie)(thrown));
            }
            worker.running -= 1;
            this.#running.delete(attempt);
            if (this.#closed.signal.aborted || !attempt.hasStarted)
                return;
            this.#log.take({ kind: "stopped", id: attempt.id, outcome, use: attempt.use });
        });
    }
    async #build(attempt) {
        const { step, id } = attempt;
        const { store } = attempt.worker;
        const { drvPath, derivation, inputs, builtInputs } = step;
        const { stores } = this.#workers;
        const isExpected = (path) => this.#expected.has(path);
        const copied = await Promise.all(builtInputs.map((path) => store.copyFrom(path, stores, isExpected)));
        const copiedBytes = copied.reduce((sum, bytes) => sum + bytes, 0);
        attempt.use = { copiedBytes };
        const noteOutput = () => {
            attempt.lastOutputAtMs = this.#effects.clock.nowMs();
        };
        noteOutput();
        attempt.hasStarted = true;
        this.#log.take({ kind: "build-started", id, drvPath, machine: (0,model_builder/* displayName */.QC)(store.builder) });
        const answer = await store.build(drvPath, derivation, inputs, (line) => {
            noteOutput();
            this.#log.take({ kind: "log-line", id, line });
        });
        attempt.use = { copiedBytes, cpuMs: answer.cpuMs };
        if (answer.outcome === "failed") {
            throw (0,action_error/* aboutSubject */.c_)((0,failure/* classifyFailure */.XE)([{ level: 0, text: answer.message }]), drvPath);
        }
    }
    /** Ends the build if the derivation itself fails. After other failures, another builder may succeed. */
    #handleFailure({ step, worker }, error) {
        if (this.#closed.signal.aborted)
            return;
        if ((0,protocol_error/* isProtocolError */.Z)(error)) {
            this.#error ??= error;
            return;
        }
        const isInputLost = step.builtInputs.some((path) => this.#workers.findWith(path) === undefined);
        if (!worker.store.connection.isOpen() || isInputLost)
            return;
        const cause = error.code === "BUILDER_DENIED" ? (0,failure/* explainRefusal */.GC)(error) : error;
        if (["BUILD_FAILED", "HASH_MISMATCH", "CANCELLED", "INTERNAL"].includes(cause.code)) {
            this.#error ??= cause;
            return;
        }
        worker.failures += 1;
        const isAtFault = cause.code !== "BUILDER_UNREACHABLE" || worker.failures >= MAX_FAILURES;
        if (isAtFault)
            this.#excludeWorker(worker, cause);
        // If one builder keeps failing, the builder may be broken; if several fail at the same step, the step is.
        if (new Set(this.#failuresOf(step)).size >= MAX_FAILURES)
            this.#error ??= cause;
    }
    #failuresOf(step) {
        return this.#failures.get(step) ?? [];
    }
    #excludeWorker(worker, error) {
        if (this.#closed.signal.aborted)
            return;
        const isProtocol = (0,protocol_error/* isProtocolError */.Z)(error);
        if (error.code === "CANCELLED" || error.code === "INTERNAL" || isProtocol)
            this.#error ??= error;
        // Do not drop a builder after a protocol error: Nix's own client may still understand it.
        this.#workers.exclude(worker, error, !isProtocol);
    }
    #endSilent() {
        const { maxSilentMs } = this.#request;
        const nowMs = this.#effects.clock.nowMs();
        const silent = [...this.#running].find(({ lastOutputAtMs }) => nowMs - lastOutputAtMs > maxSilentMs);
        if (silent === undefined)
            return;
        this.#log.take({ kind: "stopped", id: silent.id, outcome: "failed" });
        this.#error ??= new action_error/* ActionError */.lZ("BUILD_SILENT", `${silent.step.drvPath} has produced no output for ${maxSilentMs / 1000} s ` +
            `on ${silent.worker.store.builder.host}`, {
            hint: "If this build is expected to be silent, raise max-silent-time. " +
                "Otherwise the build or its builder hangs.",
        });
    }
    #noneLeft() {
        return new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", `no builder is left for the remaining derivations: ${this.#workers.exclusions.join("; ")}`, { hint: "Fix these builders and run again; finished derivations are reused." });
    }
    #track(work) {
        this.#tasks += 1;
        work()
            .catch((thrown) => {
            this.#error ??= (0,action_error/* toActionError */.ie)(thrown);
        })
            .finally(() => {
            this.#tasks -= 1;
            this.#wake();
        });
    }
}

;// CONCATENATED MODULE: ./src/remote-build/distributed.ts









/**
 * Builds a graph in the stores of all builders at once (see `scheduleBuild`), and copies the outputs back
 * from the builders that have them. If copying fails, the outcome still lists what was built. Rejects with
 * `CANCELLED`.
 */
async function buildDistributed(request, effects) {
    const { pool, clock, log, emit } = effects;
    const { outcome, locations } = await scheduleBuild(request, {
        ...{ pool, clock, log, emit },
        openStore: (builder, connection) => new builder_store/* BuilderStore */.l(builder, connection, { clock, log }),
        upload: (store, paths) => upload(store, paths, request.workingDirectory, effects),
    });
    for (const { store, built } of locations) {
        const copied = await copyOutputsBack({ ...outcome, built }, store, effects);
        if (copied.error !== undefined)
            return { ...outcome, built: [], error: copied.error };
    }
    return outcome;
}
/** Copies paths and their references to a builder. What this machine lacks is fetched or built first. */
async function upload(store, paths, cwd, { runNixForBuilder, runNixStoreCli, runFolder }) {
    const present = await Promise.all(paths.map(nix_derivation/* isPresent */.Wo));
    const absent = paths.filter((_, i) => present[i] !== true);
    const limits = { cwd, timeoutMs: command/* COPY_LIMIT_MS */.Je };
    if (absent.length > 0)
        await runNixStoreCli(["--realise", ...absent], limits);
    const socketFile = (0,external_node_path_.join)(runFolder, `upload-${(0,external_node_crypto_.randomBytes)(4).toString("hex")}.sock`);
    const forwarded = await forwardDaemon(store.builder, store.connection, socketFile);
    try {
        const to = ["--no-check-sigs", "--substitute-on-destination", "--to", forwarded.storeUri];
        await runNixForBuilder(["copy", ...to, ...paths], limits).catch((error) => {
            throw (0,action_error/* aboutSubject */.c_)(error, store.builder.host);
        });
    }
    finally {
        forwarded.close();
    }
    store.markPresent(paths);
}

// EXTERNAL MODULE: ./src/remote-build/reservations.ts
var remote_build_reservations = __webpack_require__(71080);
;// CONCATENATED MODULE: ./src/remote-build/single-store.ts








/**
 * Builds in the store of one builder, and copies the outputs back. If copying fails, the outcome still lists
 * what was built. Rejects as `buildAttributes` does, and with `BUILDER_UNREACHABLE`.
 */
async function buildInSingleStore(builder, request, effects) {
    const connection = effects.pool.connectionOf(builder);
    if (connection === undefined) {
        throw new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", `the connection to ${builder.host} was lost`, {
            hint: "Check that the builder is up, and check the network between it and this machine.",
        });
    }
    const spare = new SpareChannel(connection, renderFetchCommand(builder));
    const socketFile = (0,external_node_path_.join)(effects.runFolder, `store-${(0,external_node_crypto_.randomBytes)(4).toString("hex")}.sock`);
    const forwarded = await forwardDaemon(builder, makeWay(connection, spare), socketFile);
    try {
        const mode = { kind: "single-store", builder, storeUri: forwarded.storeUri };
        const outcome = await (0,build/* buildAttributes */.iB)(effects.runNixForBuilder, { ...request, mode }, effects);
        return outcome.error === undefined
            ? await copyOutputsBack(outcome, { builder, connection }, effects, spare.take())
            : { ...outcome, error: blameBuilder(outcome.error, builder, connection) };
    }
    finally {
        forwarded.close();
        spare.close();
    }
}
/** Wraps the connection: if sshd allows no more sessions, closes the spare channel and tries again. */
function makeWay(connection, spare) {
    return {
        ...connection,
        openChannel: (command) => connection.openChannel(command).catch((error) => {
            if (!(0,ssh_connection/* isCrowded */.lB)(error))
                throw error;
            spare.close();
            return connection.openChannel(command);
        }),
    };
}
/** The daemon socket is forwarded to the builder, so NIX_DAEMON_FAILED means that the builder was lost. */
function blameBuilder(error, builder, connection) {
    if (connection.isOpen() && error.code !== "NIX_DAEMON_FAILED")
        return error;
    return new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", `${builder.host} was lost during the build: ${error.message}`, {
        cause: error.cause,
        hint: "Check that the builder is up, and check the network between it and this machine.",
    });
}

// EXTERNAL MODULE: ./src/pipeline/choose-installables.ts + 1 modules
var choose_installables = __webpack_require__(81322);
// EXTERNAL MODULE: ./src/pipeline/emulation.ts + 1 modules
var emulation = __webpack_require__(19473);
// EXTERNAL MODULE: ./src/pipeline/record.ts
var pipeline_record = __webpack_require__(28953);
;// CONCATENATED MODULE: ./src/pipeline/stages/build.ts














function pickBuildRecord({ attempts, built, builds, substitutions }) {
    return { attempts, built, builds, substitutions };
}
/** The wait after each attempt, so that the infrastructure can recover. No attempt follows the last one. */
const RETRY_DELAYS_MS = [1_000, 5_000, undefined];
/**
 * Builds all targets at once. If one fails, the others continue, and the next run reuses what they built.
 * Fails as `buildTarget` does, for the first target that failed.
 */
async function build_build(context, { plans, onChosen, ...input }) {
    const reservations = new remote_build_reservations/* BuilderReservations */.p();
    const results = await Promise.all(plans.map(async (plan) => {
        const { session, job } = input;
        const { workingDirectory } = job;
        const ofTarget = { ...context, emit: (0,run_event/* emitFor */.xo)(context.emit, plan.target) };
        const installables = await (0,choose_installables/* chooseInstallables */.Y)({ plan, session, workingDirectory }, ofTarget);
        onChosen?.(plan.target, installables);
        return buildTarget(ofTarget, { ...input, plan, installables, reservations });
    }));
    const record = pickBuildRecord(results.reduce((all, result) => (0,pipeline_record/* addToRecord */.WA)(all, result.record), pipeline_record/* EMPTY_RECORD */.sU));
    const output = [];
    for (const [index, plan] of plans.entries()) {
        const result = results[index];
        if (result?.error !== undefined) {
            return { record, error: result.error };
        }
        output.push({ plan, storePaths: result?.output ?? [] });
    }
    const { builds, substitutions } = record;
    const { length: count } = builds.filter(({ outcome }) => outcome === "built");
    const { length: paths } = substitutions.filter(({ outcome }) => outcome === "substituted");
    context.log.info(`${(0,model_count/* countOf */.pq)(count, "derivation")} built, ${(0,model_count/* countOf */.pq)(paths, "path")} substituted`);
    return { record, output };
}
/**
 * Builds a target's installables with the strategies of its plan. A build that fails through its own fault is
 * not retried. If the infrastructure fails, the builders are probed again and the build continues, in at most
 * three attempts; then the next strategy that builds the same derivation takes over. Fails with the codes of
 * `classifyFailure`, and with `BUILD_SILENT`.
 */
async function buildTarget(context, target) {
    const attempts = new Attempts(context, target);
    try {
        return { output: await attempts.run(), record: attempts.record };
    }
    catch (thrown) {
        return { error: (0,action_error/* toActionError */.ie)(thrown), record: attempts.record };
    }
}
/** Failures of a machine or of the network: another attempt, or another machine, may succeed. */
function isInfrastructure(code) {
    return ["BUILDER_UNREACHABLE", "NIX_DISK_FULL"].includes(code);
}
/** Failures that may be due to one builder, so that another one may succeed. */
function isOfOneBuilder(code) {
    return ["BUILDER_HOST_KEY", "BUILDER_DENIED", "BUILD_SILENT"].includes(code);
}
/** The attempts to build one target, and the record of what they did. */
class Attempts {
    #context;
    #target;
    #record = pipeline_record/* EMPTY_RECORD */.sU;
    #forcedMode;
    constructor(context, target) {
        this.#context = context;
        this.#target = target;
        this.#forcedMode = target.forcedMode;
    }
    get record() {
        return pickBuildRecord(this.#record);
    }
    async run() {
        const strategies = (0,strategy/* listAttempts */.NN)(this.#target.plan);
        for (const [index, strategy] of strategies.entries()) {
            const result = strategy === "remote" ? await this.#buildRemotely() : await this.#buildHere(strategy);
            if (!(result instanceof action_error/* ActionError */.lZ))
                return result.map(({ outPath }) => outPath);
            const next = strategies[index + 1];
            if (next === undefined || !isInfrastructure(result.code))
                throw result;
            this.#context.log.warning(`strategy ${strategy} failed (${(0,action_error/* renderError */.vr)(result)}), falling back to ${next}`);
        }
        throw new Error(`the plan of ${this.#target.plan.target} has no strategy`);
    }
    #buildHere(strategy) {
        const { target } = this.#target.plan;
        if (strategy !== "emulate") {
            const mode = { kind: "local" };
            return this.#attempt(strategy, { mode, reason: "" }, () => this.#runNixBuild(mode));
        }
        this.#context.log.warning(`the build of ${target} is emulated and takes about ten times as long`);
        const mode = { kind: "emulated", system: target };
        return this.#attempt(strategy, { mode, reason: "" }, () => (0,emulation/* withEmulator */.e)(target, this.#context, () => this.#runNixBuild(mode)));
    }
    /**
     * Makes up to three attempts to build remotely, and falls back to Nix's build hook after the first protocol
     * error, because another attempt over the same protocol would get the same answer. Returns, rather than
     * throws, an error that retrying cannot fix.
     */
    async #buildRemotely() {
        const { clock, log } = this.#context;
        const { plan, session } = this.#target;
        const { pool } = session;
        for (const delayMs of RETRY_DELAYS_MS) {
            const usable = (0,model_builder/* countUsable */.ew)(pool.statuses, plan.target);
            const result = usable === 0 ? this.#noneLeft() : await this.#attemptRemotely();
            if (!(result instanceof action_error/* ActionError */.lZ))
                return result;
            if ((0,protocol_error/* isProtocolError */.Z)(result) && this.#forcedMode?.kind !== "build-hook") {
                log.warning(`${(0,action_error/* renderError */.vr)(result)}. Falling back to Nix's build hook`);
                this.#forcedMode = {
                    kind: "build-hook",
                    reason: "a builder sent data that our own client cannot read",
                };
                return this.#buildRemotely();
            }
            if (!isInfrastructure(result.code) && !isOfOneBuilder(result.code))
                return result;
            if (delayMs === undefined)
                return result;
            log.warning(`${(0,action_error/* renderError */.vr)(result)}. The builders are probed again in ${delayMs / 1000} s`);
            await clock.sleep(delayMs);
            await pool.refresh();
            await pool.awaitReturn(plan.target);
            if (!isInfrastructure(result.code) && (0,model_builder/* countUsable */.ew)(pool.statuses, plan.target) >= usable)
                return result;
            log.info("the build continues; finished derivations are reused");
        }
        return this.#noneLeft();
    }
    async #attemptRemotely() {
        const { environment, log } = this.#context;
        const { job, plan, session, installables, reservations } = this.#target;
        const { pool } = session;
        const chosen = await chooseMode({
            plan,
            installables,
            workingDirectory: job.workingDirectory,
            repository: environment["GITHUB_REPOSITORY"] ?? "",
            forced: this.#forcedMode,
        }, { pool, runNix: session.runNix, log, reservations });
        try {
            // In build-hook mode Nix opens its own SSH connections, so first probe through the system ssh.
            if (chosen.mode.kind === "build-hook")
                await pool.prepareForNix();
            if ((0,model_builder/* countUsable */.ew)(pool.statuses, plan.target) === 0)
                return this.#noneLeft();
            log.info(`remote build of ${plan.target}, mode ${chosen.mode.kind}: ${chosen.reason}`);
            return await this.#attempt("remote", chosen, () => this.#buildInMode(chosen));
        }
        finally {
            chosen.release();
        }
    }
    #buildInMode(chosen) {
        const { runFolder, clock, log, emit } = this.#context;
        const { job, session } = this.#target;
        const effects = { ...session, runFolder, clock, log, emit };
        if (chosen.work !== undefined) {
            const { workingDirectory, maxSilentMs } = job;
            const isReachable = (builder) => isStoreReachable(session.pool, builder);
            return buildDistributed({ ...chosen.work, workingDirectory, maxSilentMs, isReachable }, effects);
        }
        return chosen.mode.kind === "build-hook"
            ? this.#runNixBuild(chosen.mode)
            : buildInSingleStore(chosen.mode.builder, this.#request, effects);
    }
    get #request() {
        const { job, session, installables } = this.#target;
        return {
            installables,
            nameOf: (uri) => (0,model_builder/* displayNameForUri */.V)(uri, session.pool.statuses),
            cwd: job.workingDirectory,
            maxSilentMs: job.maxSilentMs,
        };
    }
    #runNixBuild(mode) {
        return (0,build/* buildAttributes */.iB)(this.#target.session.runNix, { ...this.#request, mode }, this.#context);
    }
    /** Makes one attempt and records it. Resolves to what was built, or to the error. */
    async #attempt(strategy, { mode, reason }, work) {
        const { clock, emit } = this.#context;
        const { plan, session } = this.#target;
        const { target } = plan;
        await session.substituters.refresh();
        const attempt = { target, strategy, mode: mode.kind };
        const startedAtMs = clock.nowMs();
        emit({ event: "attempt-started", ...attempt, reason });
        let outcome;
        try {
            outcome = await work();
        }
        catch (error) {
            if (!(error instanceof action_error/* ActionError */.lZ) || (0,action_error/* isCancelled */.mm)(error))
                throw error;
            outcome = { built: [], builds: [], substitutions: [], error };
        }
        const { built, builds, substitutions, error } = outcome;
        const durationMs = clock.nowMs() - startedAtMs;
        emit({ event: "attempt-ended", ...attempt, durationMs, error: (0,run_event/* failureOf */.g5)(error) });
        this.#record = (0,pipeline_record/* addToRecord */.WA)(this.#record, {
            attempts: [{ ...attempt, reason, startedAtMs, durationMs, error }],
            built: new Map(error === undefined ? [[target, built]] : []),
            builds: builds.map((item) => ({ ...item, target })),
            substitutions: substitutions.map((item) => ({ ...item, target })),
        });
        return error ?? built;
    }
    #noneLeft() {
        const { plan, session } = this.#target;
        const dropped = session.pool.statuses.filter((status) => !(0,model_builder/* isUsable */.Ng)(status));
        const [remedy, ...others] = new Set(dropped.map(({ hint }) => hint));
        const fix = remedy === undefined || others.length > 0 ? "Fix the builders listed in the job summary." : remedy;
        return new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", `no builder for ${plan.target} is left: ${dropped.map(({ reason }) => reason).join("; ")}`, { hint: `${fix} Then run again; finished derivations are reused.` });
    }
}


/***/ }),

/***/ 49052:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   l: () => (/* binding */ BuilderStore)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _model_count_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(47302);
/* harmony import */ var _model_derivation_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(14820);
/* harmony import */ var _ssh_connection_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(15731);
/* harmony import */ var _nix_protocol_session_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(51646);
/* harmony import */ var _nix_protocol_handshake_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(40699);
/* harmony import */ var _platform_debug_log_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(11043);







/**
 * The store of one builder, reached over one connection. Opens as many daemon sessions as concurrent requests
 * need, and reuses idle ones. Remembers which paths it has seen in the store. All methods reject with the
 * codes of `DaemonSession`.
 */
class BuilderStore {
    builder;
    connection;
    #idle = [];
    #all = new Set();
    #paths = new Set();
    #copying = new Map();
    /** For paths that are being copied, the reference that each waits for. There are no cycles in it. */
    #waitsFor = new Map();
    #waiting = [];
    #sending = Promise.resolve();
    /** The number of open channels, including those still in the handshake. */
    #channels = 0;
    #limit = Infinity;
    #isClosed = false;
    #effects;
    /** Logs each exchange with the builder's daemon at debug level. */
    constructor(builder, connection, effects) {
        this.builder = builder;
        this.connection = connection;
        this.#effects = effects;
        connection.onClose(() => {
            this.#rejectWaiting(new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("BUILDER_UNREACHABLE", `the connection to ${builder.host} was lost`, {
                hint: "Check that the builder is running, and the network between it and this machine.",
            }));
        });
    }
    /** Maximum concurrent builds. One SSH session stays free so that other builders can fetch outputs. */
    get maxBuilds() {
        return this.#limit - 1;
    }
    has(path) {
        return this.connection.isOpen() && this.#paths.has(path);
    }
    /** Records that the store has these paths. */
    markPresent(paths) {
        for (const path of paths)
            this.#paths.add(path);
    }
    async queryPresent(paths, mayFetch) {
        const asked = `query ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_5__/* .countOf */ .pq)(paths.length, "path")}`;
        const present = await this.#withSession(asked, (session) => session.queryValidPaths(paths, mayFetch));
        this.markPresent(present);
    }
    /**
     * See `WorkerStore`. Rejects with `BUILDER_DENIED` if a reference is not `isExpected`: otherwise a builder
     * could plant arbitrary paths in the stores of others. Also rejects a path that refers to itself through
     * others: its copy would never end.
     */
    async copyFrom(path, others, isExpected) {
        if (this.has(path))
            return 0;
        const present = this.#copying.get(path);
        if (present !== undefined) {
            await present;
            return 0;
        }
        const coming = this.#copy(path, others, isExpected).finally(() => this.#copying.delete(path));
        this.#copying.set(path, coming);
        return coming;
    }
    async build(drvPath, derivation, inputs, onLogLine) {
        const answer = await this.#withSession(`build ${drvPath}`, (session) => session.build(drvPath, derivation, inputs, onLogLine));
        if (answer.outcome === "built")
            this.markPresent((0,_model_derivation_js__WEBPACK_IMPORTED_MODULE_6__/* .outputPaths */ .u)(derivation));
        return answer;
    }
    queryPathInfo(path) {
        return this.#inTurn(`describe ${path}`, (session) => session.queryPathInfo(path));
    }
    /** Streams the NAR of a path. It occupies the one session that sends. */
    async *readNar(path) {
        let end = () => undefined;
        const before = this.#sending;
        this.#sending = new Promise((resolve) => {
            end = resolve;
        });
        await before;
        let session;
        let isWhole = false;
        try {
            session = await this.#acquire();
            yield* session.readNar(path);
            isWhole = true;
        }
        finally {
            if (session !== undefined && isWhole)
                this.#release(session);
            else if (session !== undefined)
                this.#discard(session);
            end();
        }
    }
    /** Closes all sessions, which aborts running builds. The connection stays open. */
    close() {
        this.#isClosed = true;
        for (const session of this.#all)
            session.close();
        this.#rejectWaiting(buildHasEnded());
    }
    async #copy(path, others, isExpected) {
        const source = others.find((other) => other !== this && other.has(path));
        if (source === undefined) {
            throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("BUILDER_UNREACHABLE", `${this.builder.host} needs ${path}, which was lost with the builder that had it`, { hint: "Check why that builder was lost: the job summary lists all changes of builders." });
        }
        const info = await source.queryPathInfo(path);
        let copiedBytes = info.narBytes;
        const unknown = info.references.filter((reference) => reference !== path && !this.has(reference));
        if (unknown.length > 0)
            await this.queryPresent(unknown, true);
        for (const reference of unknown.filter((other) => !this.has(other))) {
            if (!isExpected(reference))
                throw unasked(source.builder, path, reference);
            if (this.#isWaitingFor(reference, path))
                throw circular(source.builder, path, reference);
            source.markPresent([reference]);
            this.#waitsFor.set(path, reference);
            try {
                copiedBytes += await this.copyFrom(reference, [source], isExpected);
            }
            finally {
                this.#waitsFor.delete(path);
            }
        }
        await source.#inTurn(`send ${path}`, (sender) => this.#withSession(`receive ${path}`, (receiver) => receiver.addPath(info, sender.readNar(path))));
        this.markPresent([path]);
        return copiedBytes;
    }
    /** Whether the copy of `path` waits for that of `other`, directly or through others. */
    #isWaitingFor(path, other) {
        for (let next = path; next !== undefined; next = this.#waitsFor.get(next)) {
            if (next === other)
                return true;
        }
        return false;
    }
    /** Serves copies from this store one at a time, so that they occupy only one session. */
    async #inTurn(exchange, work) {
        const turn = this.#sending.then(() => this.#withSession(exchange, work));
        this.#sending = turn.catch(() => undefined);
        return turn;
    }
    /** Discards the session after any error: its protocol state is unknown. */
    async #withSession(exchange, work) {
        const session = await this.#acquire();
        try {
            const result = await (0,_platform_debug_log_js__WEBPACK_IMPORTED_MODULE_4__/* .logExchange */ .m)(this.builder.host, exchange, this.#effects, () => work(session));
            this.#release(session);
            return result;
        }
        catch (error) {
            this.#discard(session);
            throw error;
        }
    }
    /** If sshd allows no more sessions on the connection, waits until a session is free. */
    async #acquire() {
        const idle = this.#idle.pop();
        if (idle !== undefined)
            return idle;
        if (this.#channels >= this.#limit)
            return this.#wait();
        try {
            return await this.#open();
        }
        catch (error) {
            if (!(0,_ssh_connection_js__WEBPACK_IMPORTED_MODULE_1__/* .isCrowded */ .lB)(error) || !this.connection.isOpen() || this.#channels === 0)
                throw error;
            if (this.#channels === 1)
                throw tooCrowded(this.builder);
            this.#limit = this.#channels;
            // A session may have become free while sshd was asked, when this request was not in the queue yet.
            return this.#idle.pop() ?? this.#wait();
        }
    }
    #wait() {
        return new Promise((resolve, reject) => {
            this.#waiting.push({ resolve, reject });
        });
    }
    #rejectWaiting(error) {
        for (const { reject } of this.#waiting.splice(0))
            reject(error);
    }
    #release(session) {
        const next = this.#waiting.shift();
        if (next === undefined)
            this.#idle.push(session);
        else
            next.resolve(session);
    }
    #discard(session) {
        this.#all.delete(session);
        session.close();
        this.#endChannel();
    }
    #endChannel() {
        this.#channels -= 1;
        const next = this.#waiting.shift();
        if (next !== undefined)
            this.#acquire().then(next.resolve, next.reject);
    }
    async #open() {
        const command = (0,_nix_protocol_handshake_js__WEBPACK_IMPORTED_MODULE_3__/* .renderRemoteCommand */ .q8)({ ...this.builder, protocol: "ssh-ng" });
        const { host } = this.builder;
        const channel = await this.connection.openChannel(command).catch((error) => {
            throw (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .aboutSubject */ .c_)(error, host);
        });
        this.#channels += 1;
        this.#limit = Math.max(this.#limit, this.#channels);
        channel.stderr.resume();
        try {
            const { clock } = this.#effects;
            const session = await (0,_platform_debug_log_js__WEBPACK_IMPORTED_MODULE_4__/* .logExchange */ .m)(host, "open a session with its Nix daemon", this.#effects, () => _nix_protocol_session_js__WEBPACK_IMPORTED_MODULE_2__/* .DaemonSession */ .$.open(channel, { host, clock }));
            this.#all.add(session);
            if (!this.#isClosed)
                return session;
            session.close();
            throw buildHasEnded();
        }
        catch (error) {
            channel.destroy();
            this.#endChannel();
            throw error;
        }
    }
}
function buildHasEnded() {
    return (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .runCancelled */ .LJ)("the build has ended");
}
function tooCrowded({ host }) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("BUILDER_UNFIT", `the sshd of ${host} allows only one session per connection`, {
        hint: "Set MaxSessions in the builder's sshd_config to its number of slots plus two. The default is 10.",
    });
}
function unasked({ host }, path, reference) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("BUILDER_DENIED", `${host} has ${path} with a reference to ${reference}, which is not part of this build`, { hint: "The path was not copied. Do not trust this builder until you know why." });
}
function circular({ host }, path, reference) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("BUILDER_DENIED", `${host} has ${path}, which refers to itself through ${reference}`, {
        hint: "The path was not copied. Do not trust this builder until you know why.",
    });
}


/***/ }),

/***/ 71080:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   p: () => (/* binding */ BuilderReservations)
/* harmony export */ });
/**
 * Tracks which builders' stores are in use, so that targets that are built at the same time use different
 * builders, if there are enough.
 */
class BuilderReservations {
    /** How many targets use each builder, by alias. */
    #users = new Map();
    /**
     * Chooses a mode and reserves its builder in one step: since `choose` is synchronous, no other target can
     * choose in between. Call `release` once the build has ended.
     */
    reserve(choose) {
        const chosen = choose(new Set(this.#users.keys()));
        if (chosen.mode.kind !== "single-store")
            return { chosen, release: () => undefined };
        const { alias } = chosen.mode.builder;
        this.#users.set(alias, (this.#users.get(alias) ?? 0) + 1);
        let isReleased = false;
        const release = () => {
            if (isReleased)
                return;
            isReleased = true;
            const left = (this.#users.get(alias) ?? 1) - 1;
            if (left === 0)
                this.#users.delete(alias);
            else
                this.#users.set(alias, left);
        };
        return { chosen, release };
    }
}


/***/ })

};
