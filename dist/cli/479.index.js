export const id = 479;
export const ids = [479];
export const modules = {

/***/ 36479:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   renderMetrics: () => (/* binding */ renderMetrics)
/* harmony export */ });
/* harmony import */ var prom_client__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(95222);

const OUTCOMES = ["success", "failure", "cancelled"];
/**
 * Renders the report in Prometheus' text format, for the textfile collector of the node exporter. Each value
 * is a gauge of this one run. Times are seconds, sizes bytes. `labels` are added to every sample: they tell
 * the files of several jobs on one machine apart.
 * @see https://prometheus.io/docs/practices/naming/
 */
async function renderMetrics(report, labels) {
    const registry = new prom_client__WEBPACK_IMPORTED_MODULE_0__.Registry();
    registry.setDefaultLabels(labels);
    for (const { name, help, samples } of listFamilies(report)) {
        if (samples.length === 0)
            continue;
        const labelNames = [...new Set(samples.flatMap(([own]) => Object.keys(own)))];
        const gauge = new prom_client__WEBPACK_IMPORTED_MODULE_0__.Gauge({ name: `cross_build_${name}`, help, labelNames, registers: [registry] });
        // Adds, because several items of the report may have the same labels.
        for (const [own, value] of samples)
            gauge.inc(own, value);
    }
    return registry.metrics();
}
function listFamilies(report) {
    return [
        ...describeRun(report),
        ...describePhases(report),
        ...describeBuilders(report),
        ...describeBuilds(report),
        ...describeCaches(report),
        ...describeImage(report),
    ];
}
function describeRun({ outcome, startedAt, durationMs, promotion }) {
    return [
        {
            name: "run_outcome",
            help: "1 for the outcome of the last run, 0 for the others.",
            samples: OUTCOMES.map((own) => [{ outcome: own }, Number(own === outcome)]),
        },
        {
            name: "run_start_timestamp_seconds",
            help: "When the last run began, in seconds since the epoch.",
            samples: [[{}, Date.parse(startedAt) / 1000]],
        },
        { name: "run_duration_seconds", help: "How long the run took.", samples: [[{}, seconds(durationMs)]] },
        {
            name: "run_promoted",
            help: "1 if every tag points to the image of the run, otherwise 0.",
            samples: promotion === null
                ? []
                : [[{}, Number(promotion.state === "promoted" || promotion.state === "unchanged")]],
        },
    ];
}
function describeBuilders({ builders }) {
    // Two lines of the input may name the same machine.
    const machines = [...new Map(builders.map((builder) => [builder.uri, builder])).values()];
    const ofUse = (read) => machines.flatMap(({ uri, use }) => {
        const value = read(use);
        return value === null ? [] : [[{ builder: uri }, value]];
    });
    return [
        {
            name: "builder_up",
            help: "1 for a builder that could be used, 0 for one that was dropped.",
            samples: machines.map(({ uri, state }) => [{ builder: uri }, Number(state !== "dropped")]),
        },
        {
            name: "builder_busy_seconds",
            help: "How long the builds of a builder took, added up.",
            samples: ofUse(({ busyMs }) => seconds(busyMs)),
        },
        {
            name: "builder_cpu_seconds",
            help: "CPU time of the builds of a builder, if it is known of all.",
            samples: ofUse(({ cpuMs }) => (cpuMs === null ? null : seconds(cpuMs))),
        },
        {
            name: "builder_sent_bytes",
            help: "What the run sent over its connections to a builder.",
            samples: ofUse(({ sentBytes }) => sentBytes),
        },
        {
            name: "builder_received_bytes",
            help: "What the run received over its connections to a builder.",
            samples: ofUse(({ receivedBytes }) => receivedBytes),
        },
    ];
}
function describePhases({ phases }) {
    const ofMachine = (read) => phases.flatMap(({ name, machine }) => machine === null ? [] : [[{ phase: name }, read(machine)]]);
    return [
        {
            name: "phase_duration_seconds",
            help: "How long each phase took. Some run at the same time.",
            samples: phases.map(({ name, durationMs }) => [{ phase: name }, seconds(durationMs)]),
        },
        {
            name: "phase_cpu_seconds",
            help: "CPU time of the machine during the phase, whoever used it.",
            samples: ofMachine(({ cpuMs }) => seconds(cpuMs)),
        },
        {
            name: "phase_peak_memory_bytes",
            help: "The most memory of the machine that was in use during the phase.",
            samples: ofMachine(({ peakMemoryBytes }) => peakMemoryBytes),
        },
        {
            name: "phase_received_bytes",
            help: "What the machine received over its network during the phase.",
            samples: ofMachine(({ receivedBytes }) => receivedBytes),
        },
        {
            name: "phase_sent_bytes",
            help: "What the machine sent over its network during the phase.",
            samples: ofMachine(({ sentBytes }) => sentBytes),
        },
    ];
}
function describeBuilds({ attempts, builds }) {
    const labelsOf = ({ target, place, outcome }) => ({
        system: target,
        builder: place,
        outcome,
    });
    return [
        {
            name: "attempt_duration_seconds",
            help: "How long the attempts to build for a system took.",
            samples: attempts.map(({ target, strategy, outcome, durationMs }) => [
                { system: target, strategy, outcome },
                seconds(durationMs),
            ]),
        },
        {
            name: "derivations",
            help: "How many derivations a builder built; local is the machine of the run.",
            samples: builds.map((build) => [labelsOf(build), 1]),
        },
        {
            name: "derivations_duration_seconds",
            help: "How long these derivations took, added up.",
            samples: builds.map((build) => [labelsOf(build), seconds(build.durationMs)]),
        },
        {
            name: "derivations_cpu_seconds",
            help: "CPU time of these derivations, added up over those of which it is known.",
            samples: builds.flatMap((build) => build.use.cpuMs === null ? [] : [[labelsOf(build), seconds(build.use.cpuMs)]]),
        },
        {
            name: "derivations_peak_memory_bytes",
            help: "The most memory that one derivation needed, of those of which it is known.",
            samples: [...Map.groupBy(builds, ({ place }) => place)].flatMap(([builder, own]) => {
                const peaks = own.flatMap(({ use }) => use.peakMemoryBytes ?? []);
                const most = peaks.reduce((a, b) => Math.max(a, b), 0);
                return peaks.length === 0 ? [] : [[{ builder }, most]];
            }),
        },
        {
            name: "derivations_copied_bytes",
            help: "The uncompressed size of inputs that were copied between builders for derivations.",
            samples: builds.flatMap((build) => build.use.copiedBytes === null
                ? []
                : [[{ system: build.target, builder: build.place }, build.use.copiedBytes]]),
        },
    ];
}
function describeCaches({ substitutions, caches }) {
    const labelsOf = ({ target, from, outcome }) => ({
        system: target,
        source: from,
        outcome,
    });
    return [
        {
            name: "substitutions",
            help: "How many store paths came from a source instead of a build, or failed to.",
            samples: substitutions.map((item) => [labelsOf(item), 1]),
        },
        {
            name: "substitutions_duration_seconds",
            help: "How long these store paths took, added up.",
            samples: substitutions.map((item) => [labelsOf(item), seconds(item.durationMs)]),
        },
        {
            name: "cache_hit_ratio",
            help: "Share of the needed store paths that a cache of the run had.",
            samples: caches.flatMap(({ uri, hitRate }) => (hitRate === null ? [] : [[{ source: uri }, hitRate]])),
        },
        {
            name: "cache_paths_pushed",
            help: "How many store paths the run added to a cache.",
            samples: caches.map(({ uri, pathsPushed }) => [{ source: uri }, pathsPushed]),
        },
    ];
}
function describeImage({ image, layers, audits, smokeTests }) {
    const checks = smokeTests.flatMap(({ target, checks: own }) => own.map(({ outcome, durationMs }) => ({ labels: { system: target, outcome }, durationMs })));
    return [
        {
            name: "image_size_bytes",
            help: "What a client downloads of the image: config and layers, compressed.",
            samples: (image?.platforms ?? []).map(({ target, sizeBytes }) => [{ system: target }, sizeBytes]),
        },
        {
            name: "layers",
            help: "How many layers the run sent, or found in the registry.",
            samples: layers.map(({ target, state }) => [{ system: target, state }, 1]),
        },
        {
            name: "layers_size_bytes",
            help: "The size of these layers, compressed.",
            samples: layers.map(({ target, state, sizeBytes }) => [{ system: target, state }, sizeBytes]),
        },
        {
            name: "audit_foreign_files",
            help: "How many files of the image are for another CPU and not allowed.",
            samples: audits.map(({ target, foreign }) => [{ system: target }, foreign.length]),
        },
        {
            name: "smoke_checks",
            help: "How many checks of the smoke test passed or failed.",
            samples: checks.map(({ labels }) => [labels, 1]),
        },
        {
            name: "smoke_checks_duration_seconds",
            help: "How long these checks took, added up.",
            samples: checks.map(({ labels, durationMs }) => [labels, seconds(durationMs)]),
        },
    ];
}
function seconds(ms) {
    return ms / 1000;
}


/***/ })

};
