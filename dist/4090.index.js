export const id = 4090;
export const ids = [4090];
export const modules = {

/***/ 44090:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  readGateStep: () => (/* binding */ readGateStep)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/model/gate-result.ts
var gate_result = __webpack_require__(8398);
// EXTERNAL MODULE: ./src/model/image-reference.ts
var image_reference = __webpack_require__(20068);
// EXTERNAL MODULE: ./src/action/settings.ts + 1 modules
var settings = __webpack_require__(45066);
;// CONCATENATED MODULE: ./src/action/gate-settings.ts




/**
 * Parses the inputs of the gate action, whose `image` has a digest and whose `systems` may be empty. Pure.
 * Rejects with `INPUT_INVALID`, naming the input and its value.
 */
function parseGateSettings(read, folders) {
    const workingDirectory = (0,external_node_path_.resolve)(folders.workspace, read("working-directory"));
    const pinned = read("image");
    const { image, digest } = (0,settings/* named */.KT)("image", image_reference/* parsePinnedImage */.HK)(pinned);
    const systems = read("systems");
    const isPromoted = (0,settings/* parseBoolean */.yG)("promote", read("promote"));
    const smokeTest = (0,settings/* optional */.lq)(read("smoke-test"));
    if (smokeTest === undefined && !isPromoted) {
        throw (0,settings/* invalid */.Gq)("smoke-test", "", "Set smoke-test or promote: true. With neither, there is nothing to do.");
    }
    return {
        inputs: {
            image,
            notices: (0,settings/* listNotices */.Sl)(pinned.slice(0, pinned.lastIndexOf("@")), image),
            digest,
            targets: systems === "" ? undefined : (0,settings/* parseSystems */.gi)(systems),
            tags: [...new Set((0,settings/* parseWords */.nl)(read("tags")).map((0,settings/* named */.KT)("tags", image_reference/* parseTag */.ED)))],
            isPromoted,
            smokeTest,
            gateResults: (0,gate_result/* parseGateResults */.BL)(read("gate-results")),
            isEmulatedGateAllowed: (0,settings/* parseBoolean */.yG)("allow-emulated-gate", read("allow-emulated-gate")),
            workingDirectory,
            registryLogin: (0,settings/* parseLogin */.$n)(read),
        },
        ...(0,settings/* parseReporting */.uR)(read, workingDirectory, folders),
    };
}

// EXTERNAL MODULE: ./src/action/events-file.ts
var events_file = __webpack_require__(34980);
// EXTERNAL MODULE: ./src/action/export-run.ts
var export_run = __webpack_require__(55146);
// EXTERNAL MODULE: ./src/action/log.ts
var log = __webpack_require__(58592);
// EXTERNAL MODULE: ./src/action/publish.ts + 7 modules
var publish = __webpack_require__(12268);
// EXTERNAL MODULE: ./src/action/read-job.ts + 8 modules
var read_job = __webpack_require__(97317);
;// CONCATENATED MODULE: ./src/action/gate-step.ts






/** Reads the inputs of the gate. */
function readGateStep(read, folders) {
    const settings = parseGateSettings(read, folders);
    const monitoring = (0,export_run/* takeMonitoring */.Y)(settings, process.env, log/* actionLog */.Z);
    return async (opened) => {
        const context = (0,events_file/* withEvents */.O)(opened, settings.eventsFile);
        await (0,publish/* publish */.m)(await (0,read_job/* runGateFromInputs */.kD)(settings.inputs, context), settings, { monitoring, context });
    };
}


/***/ })

};
