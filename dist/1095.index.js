export const id = 1095;
export const ids = [1095];
export const modules = {

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
// EXTERNAL MODULE: ./src/pipeline/fold-stages.ts + 1 modules
var fold_stages = __webpack_require__(3727);
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
