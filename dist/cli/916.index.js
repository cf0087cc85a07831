export const id = 916;
export const ids = [916];
export const modules = {

/***/ 22714:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   LJ: () => (/* binding */ runCancelled),
/* harmony export */   OQ: () => (/* binding */ ERROR_CODES),
/* harmony export */   R: () => (/* binding */ toInternalError),
/* harmony export */   bT: () => (/* binding */ explainUrl),
/* harmony export */   c_: () => (/* binding */ aboutSubject),
/* harmony export */   ie: () => (/* binding */ toActionError),
/* harmony export */   lZ: () => (/* binding */ ActionError),
/* harmony export */   mm: () => (/* binding */ isCancelled),
/* harmony export */   vr: () => (/* binding */ renderError)
/* harmony export */ });
/**
 * Every way in which a run can fail; docs/errors.md has a section for each. The codes are public (output
 * `error-code`), so a released name never changes.
 */
const ERROR_CODES = [
    "INPUT_INVALID",
    "EVENT_REFUSED",
    "HOST_UNSUPPORTED",
    "CANCELLED",
    "COMMAND_MISSING",
    "COMMAND_FAILED",
    "COMMAND_TIMEOUT",
    "DISK_FULL",
    "DOWNLOAD_FAILED",
    "NIX_DIGEST_MISMATCH",
    "NIX_ARCHIVE_INVALID",
    "NIX_DISK_FULL",
    "NIX_NOT_WRITABLE",
    "NIX_HALF_INSTALLED",
    "NIX_DAEMON_FAILED",
    "NIX_NOT_TRUSTED",
    "FLAKE_INVALID",
    "FLAKE_OUTPUT_MISSING",
    "EVALUATION_FAILED",
    "PLAN_IMPOSSIBLE",
    "SSH_KEY_INVALID",
    "SSH_CONFIG_OVERRIDDEN",
    "BUILDER_UNREACHABLE",
    "BUILDER_HOST_KEY",
    "BUILDER_LOAD_BALANCED",
    "BUILDER_DENIED",
    "BUILDER_UNFIT",
    "QEMU_FAILED",
    "BUILD_FAILED",
    "HASH_MISMATCH",
    "BUILD_SILENT",
    "CACHE_FAILED",
    "IMAGE_INVALID",
    "AUDIT_FAILED",
    "REGISTRY_DENIED",
    "REGISTRY_FAILED",
    "GATE_NO_RUNTIME",
    "GATE_EMULATED",
    "GATE_MISMATCH",
    "GATE_FAILED",
    "GATE_INCOMPLETE",
    "CANDIDATE_GONE",
    "PROMOTION_FAILED",
    "PROMOTION_SUPERSEDED",
    "INTERNAL",
];
/** The URL of the documentation for an error code. */
function explainUrl(code) {
    return `https://github.com/fluo/cross-build/blob/v1/docs/errors.md#${code.toLowerCase()}`;
}
/**
 * A failure that the user can act on. `message` says what failed, and names it (the host, the derivation, the
 * file, the command) together with the value. `hint` says what to do.
 */
class ActionError extends Error {
    code;
    hint;
    place;
    constructor(code, message, options) {
        super(message, options);
        this.name = "ActionError";
        this.code = code;
        this.hint = options.hint;
        this.place = options.place;
    }
    /** This error with another message or place. Its class, which callers may ask for, stays the same. */
    with({ message = this.message, place = this.place, }) {
        const { code, cause, hint } = this;
        const SameClass = this.constructor;
        return new SameClass(code, message, { hint, place, ...(cause !== undefined && { cause }) });
    }
}
/**
 * The same error, but its message begins with `subject` unless it names it already: for an error that is
 * raised where its subject is not known, such as a lost connection.
 */
function aboutSubject(error, subject) {
    if (!(error instanceof ActionError) || isCancelled(error))
        return error;
    const words = error.message.split(/[\s"'`,;()]+/).map((word) => word.replace(/[:.]+$/, ""));
    if (words.includes(subject))
        return error;
    return error.with({ message: `${subject}: ${error.message}` });
}
/** Whether an error means that the run was cancelled. Code that tolerates other failures must rethrow it. */
function isCancelled(error) {
    return error instanceof ActionError && error.code === "CANCELLED";
}
/** The error of a run that was cancelled. */
function runCancelled(message = "the run was cancelled", cause) {
    return new ActionError("CANCELLED", message, {
        cause,
        hint: "Start the run again if you did not cancel it on purpose.",
    });
}
const INTERNAL_HINT = "This is a bug in cross-build. Run again with debug logging, and report it with the log at " +
    "https://github.com/fluo/cross-build/issues.";
/** Anything thrown as an ActionError: itself, or an `INTERNAL` error with the thrown value as its cause. */
function toActionError(error) {
    if (error instanceof ActionError)
        return error;
    return new ActionError("INTERNAL", isError(error) ? (describeIssue(error) ?? error.message) : String(error), { cause: error, hint: INTERNAL_HINT });
}
/** An error that nothing handled, whatever was thrown, as an `INTERNAL` error. */
function toInternalError(thrown) {
    return new ActionError("INTERNAL", `unexpected error: ${renderError(thrown)}`, {
        cause: thrown,
        hint: INTERNAL_HINT,
    });
}
/** Renders anything thrown as its message, followed by the messages of its causes. */
function renderError(error) {
    if (!isError(error))
        return String(error);
    const message = describeIssue(error) ?? error.message;
    const cause = error.cause === undefined ? "" : renderError(error.cause);
    return cause === "" || message.includes(cause) ? message : `${message}: ${cause}`;
}
/**
 * Data that does not fit its schema, by the place where it does not. zod's own message is the list of all
 * issues as JSON, in terms of the schema.
 */
function describeIssue(error) {
    if (error.name !== "ZodError" || !("issues" in error) || !Array.isArray(error.issues))
        return undefined;
    const [issue] = error.issues;
    const path = (issue?.path ?? []).map(String).join(".");
    return `${path === "" ? "the data" : path} is missing or is not of the expected form`;
}
/** Not `instanceof`: an error may come from another realm. */
function isError(value) {
    return (typeof value === "object" && value !== null && "message" in value && typeof value.message === "string");
}


/***/ }),

/***/ 38335:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   r: () => (/* binding */ isErrno)
/* harmony export */ });
/** True for a system error with one of these codes (`ENOENT`). */
function isErrno(error, ...codes) {
    return (typeof error === "object" &&
        error !== null &&
        "code" in error &&
        typeof error.code === "string" &&
        codes.includes(error.code));
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

/***/ 46916:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   g: () => (/* binding */ renderProxyCommand),
/* harmony export */   runProxyCommand: () => (/* binding */ runProxyCommand),
/* harmony export */   w: () => (/* binding */ writeProxyFile)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(51455);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs_promises__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(46466);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_stream_promises__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(22714);
/* harmony import */ var _model_own_processes_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(89281);
/* harmony import */ var _model_shell_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(843);
/* harmony import */ var _platform_files_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(94924);
/* harmony import */ var _port_forward_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(79173);







const LIMIT_MS = 30_000;
/** Writes the file that the proxy command reads for each connection. */
function writeProxyFile(file, content) {
    return (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_3__/* .writeFileAtomically */ .lo)(file, JSON.stringify(content), 0o600);
}
/** The value of ssh's `ProxyCommand`: nothing secret is in it, since every user sees the arguments. */
function renderProxyCommand(program, file) {
    // ssh itself puts `exec` before it.
    const words = (0,_model_shell_js__WEBPACK_IMPORTED_MODULE_5__/* .renderShellCommand */ .c)([...program, _model_own_processes_js__WEBPACK_IMPORTED_MODULE_6__/* .PROXY_ARGUMENT */ .$s, file]).replaceAll("%", "%%");
    return `${words} %n`;
}
/**
 * Connects stdin and stdout to a pod until one of them ends. ssh shows what this prints to stderr. Never
 * rejects: it sets the exit code.
 */
async function runProxyCommand([file = "", alias = ""]) {
    try {
        const { access, pods } = JSON.parse(await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readFile)(file, "utf8"));
        const address = pods[alias];
        if (address === undefined)
            throw new Error(`the pool has no pod ${alias}`);
        const stream = await (0,_port_forward_js__WEBPACK_IMPORTED_MODULE_4__/* .openPodConnection */ .M)(access, address, LIMIT_MS);
        await (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_1__.pipeline)(process.stdin, stream, process.stdout);
    }
    catch (error) {
        process.stderr.write(`cross-build: ${(0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_2__/* .renderError */ .vr)(error)}\n`);
        process.exitCode = 1;
    }
    finally {
        process.stdin.destroy();
    }
}


/***/ }),

/***/ 95305:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Bc: () => (/* binding */ isDigest),
/* harmony export */   ol: () => (/* binding */ digestOf),
/* harmony export */   z9: () => (/* binding */ digestOfHex)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_crypto__WEBPACK_IMPORTED_MODULE_0__);

/** True for a well-formed SHA-256 digest. */
function isDigest(text) {
    return /^sha256:[0-9a-f]{64}$/.test(text);
}
/** The digest for a SHA-256 hash in hexadecimal. */
function digestOfHex(hex) {
    return `sha256:${hex}`;
}
/** The digest of some bytes. */
function digestOf(bytes) {
    return digestOfHex((0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)("sha256").update(bytes).digest("hex"));
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

/***/ 94924:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   DC: () => (/* binding */ hashFile),
/* harmony export */   DV: () => (/* binding */ readLinkIfPresent),
/* harmony export */   GF: () => (/* binding */ readWholeRegularFile),
/* harmony export */   R7: () => (/* binding */ copyToNewFile),
/* harmony export */   TV: () => (/* binding */ isExecutable),
/* harmony export */   Ts: () => (/* binding */ readFileIfPresent),
/* harmony export */   XF: () => (/* binding */ readRegularFile),
/* harmony export */   ZU: () => (/* binding */ openRegularFile),
/* harmony export */   dM: () => (/* binding */ readRegularFileIfPresent),
/* harmony export */   lo: () => (/* binding */ writeFileAtomically),
/* harmony export */   wi: () => (/* binding */ readdirIfPresent)
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
/* harmony import */ var _errors_errno_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(38335);
/* harmony import */ var _model_digest_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(95305);







/**
 * Writes a file whole or not at all: writes and syncs a new file in the same folder, then renames it. The new
 * file has `mode` from the start, so that others can never read a secret.
 */
async function writeFileAtomically(file, content, mode = 0o644) {
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.mkdir)((0,node_path__WEBPACK_IMPORTED_MODULE_3__.dirname)(file), { recursive: true });
    const temporary = (0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)((0,node_path__WEBPACK_IMPORTED_MODULE_3__.dirname)(file), `.${(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomBytes)(6).toString("hex")}.tmp`);
    try {
        const handle = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.open)(temporary, "wx", mode);
        try {
            await handle.writeFile(content);
            await handle.sync();
        }
        finally {
            await handle.close();
        }
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.rename)(temporary, file);
    }
    catch (error) {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.rm)(temporary, { force: true });
        throw error;
    }
}
/** Whether there is a file that this process may execute, or a folder that it may enter. */
async function isExecutable(file) {
    try {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.access)(file, node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.X_OK);
        return true;
    }
    catch {
        return false;
    }
}
/** The text of a file, or undefined if there is no such file. */
async function readFileIfPresent(file, encoding = "utf8") {
    try {
        return await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.readFile)(file, encoding);
    }
    catch (error) {
        if ((0,_errors_errno_js__WEBPACK_IMPORTED_MODULE_6__/* .isErrno */ .r)(error, "ENOENT", "ENOTDIR"))
            return undefined;
        throw error;
    }
}
/** The names in a folder; none if there is no such folder. */
async function readdirIfPresent(folder) {
    try {
        return await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.readdir)(folder);
    }
    catch (error) {
        if ((0,_errors_errno_js__WEBPACK_IMPORTED_MODULE_6__/* .isErrno */ .r)(error, "ENOENT", "ENOTDIR"))
            return [];
        throw error;
    }
}
/** The target of a symbolic link, or undefined if there is no such link. */
async function readLinkIfPresent(file) {
    try {
        return await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.readlink)(file);
    }
    catch (error) {
        if ((0,_errors_errno_js__WEBPACK_IMPORTED_MODULE_6__/* .isErrno */ .r)(error, "ENOENT", "ENOTDIR"))
            return undefined;
        throw error;
    }
}
/**
 * Opens a regular file, or a symbolic link to one, for reading. Rejects with a plain Error if it is anything
 * else: a FIFO without a writer would block a thread of this process for ever, even its exit, and a device
 * may never end.
 */
async function openRegularFile(file) {
    // Look before opening: merely opening some devices has an effect, such as starting a watchdog.
    if (!(await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.stat)(file)).isFile())
        throw notRegular(file);
    // The file may have been replaced in the meantime.
    const handle = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.open)(file, node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_RDONLY | node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_NONBLOCK | node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_NOCTTY);
    try {
        if ((await handle.stat()).isFile())
            return handle;
        throw notRegular(file);
    }
    catch (error) {
        await handle.close();
        throw error;
    }
}
/**
 * The content of a regular file, in chunks of up to 256 KiB. Rejects as `openRegularFile` does, and with the
 * reason of `signal` when it fires.
 */
async function* readRegularFile(file, signal) {
    const handle = await openRegularFile(file);
    // The stream closes the handle.
    for await (const chunk of handle.createReadStream({ highWaterMark: 1 << 18 })) {
        signal?.throwIfAborted();
        yield chunk;
    }
}
/** The whole content of a regular file. Rejects as `openRegularFile` does. */
async function readWholeRegularFile(file) {
    const handle = await openRegularFile(file);
    try {
        return await handle.readFile();
    }
    finally {
        await handle.close();
    }
}
/** The text of a regular file, or undefined if there is no file. Rejects as `openRegularFile` does. */
async function readRegularFileIfPresent(file) {
    try {
        return (await readWholeRegularFile(file)).toString("utf8");
    }
    catch (error) {
        if ((0,_errors_errno_js__WEBPACK_IMPORTED_MODULE_6__/* .isErrno */ .r)(error, "ENOENT", "ENOTDIR"))
            return undefined;
        throw error;
    }
}
function notRegular(file) {
    return new Error(`${file} is not a regular file`);
}
/** The SHA-256 digest of a file's content. When `signal` fires, rejects with its reason. */
async function hashFile(file, signal) {
    const hash = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)("sha256");
    await untilAborted(signal, (options) => (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_4__.pipeline)((0,node_fs__WEBPACK_IMPORTED_MODULE_1__.createReadStream)(file), hash, options));
    return (0,_model_digest_js__WEBPACK_IMPORTED_MODULE_5__/* .digestOfHex */ .z9)(hash.digest("hex"));
}
/**
 * Copies a file to a new one. Shares the blocks of the two if the file system can. When `signal` fires,
 * rejects with its reason and leaves a part of the copy.
 */
async function copyToNewFile(from, to, signal) {
    signal?.throwIfAborted();
    try {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.copyFile)(from, to, node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.COPYFILE_EXCL | node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.COPYFILE_FICLONE_FORCE);
    }
    catch {
        // Most file systems cannot share blocks. Unlike copyFile, a pipeline can be stopped.
        const [source, target] = [{ highWaterMark: 1 << 20 }, { highWaterMark: 1 << 20, flags: "wx" }];
        await untilAborted(signal, (options) => (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_4__.pipeline)((0,node_fs__WEBPACK_IMPORTED_MODULE_1__.createReadStream)(from, source), (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.createWriteStream)(to, target), options));
    }
}
/** Runs a pipeline that `signal` stops; it then rejects with the signal's reason, not with an AbortError. */
async function untilAborted(signal, run) {
    try {
        await run({ ...(signal !== undefined && { signal }) });
    }
    catch (error) {
        signal?.throwIfAborted();
        throw error;
    }
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


/***/ })

};
