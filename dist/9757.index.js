export const id = 9757;
export const ids = [9757];
export const modules = {

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

/***/ 89757:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  openKubernetesPool: () => (/* binding */ openKubernetesPool)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/platform/clock.ts
var platform_clock = __webpack_require__(53037);
// EXTERNAL MODULE: ./src/platform/files.ts
var files = __webpack_require__(94924);
// EXTERNAL MODULE: ./node_modules/zod/v4/classic/schemas.js + 11 modules
var schemas = __webpack_require__(92857);
;// CONCATENATED MODULE: ./src/kubernetes/credential.ts


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
const ExecCredential = schemas/* object */.Ikc({
    status: schemas/* object */.Ikc({
        token: schemas/* string */.YjP().optional(),
        clientCertificateData: schemas/* string */.YjP().optional(),
        clientKeyData: schemas/* string */.YjP().optional(),
        expirationTimestamp: schemas/* string */.YjP().optional(),
    }),
});
async function runPlugin({ command, args, env, apiVersion, cluster }, { run }) {
    const info = { apiVersion, kind: "ExecCredential", spec: { interactive: false, cluster } };
    const { stdout } = await run(command, args, {
        timeoutMs: EXEC_LIMIT_MS,
        env: { ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
    }).catch((error) => {
        if (!(error instanceof action_error/* ActionError */.lZ) || error.code === "CANCELLED")
            throw error;
        throw denied(`the exec program of kubeconfig failed: ${(0,action_error/* renderError */.vr)(error)}`, error.hint);
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
    const [oidc, undici] = await Promise.all([__webpack_require__.e(/* import() */ 3935).then(__webpack_require__.bind(__webpack_require__, 73935)), __webpack_require__.e(/* import() */ 6752).then(__webpack_require__.t.bind(__webpack_require__, 46752, 19))]);
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
        throw denied(`${user.issuerUrl} gave no new ID token: ${(0,action_error/* renderError */.vr)(error)}`, CHECK_LOGIN);
    }
    finally {
        await dispatcher.close();
    }
}
/** The end of a JSON Web Token. @see RFC 7519, section 4.1.4 */
function readExpiry(token) {
    try {
        const payload = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
        return schemas/* object */.Ikc({ exp: schemas/* number */.aig() }).parse(payload).exp * 1000;
    }
    catch {
        return undefined;
    }
}
const CHECK_LOGIN = "Check that the same kubeconfig works with kubectl, and make a new one.";
function denied(message, hint) {
    return new action_error/* ActionError */.lZ("BUILDER_DENIED", message, { hint });
}

// EXTERNAL MODULE: ./src/model/kubernetes-pool.ts
var kubernetes_pool = __webpack_require__(25504);
// EXTERNAL MODULE: ./src/platform/log.ts
var log = __webpack_require__(74425);
// EXTERNAL MODULE: ./src/ssh/known-hosts.ts
var known_hosts = __webpack_require__(62979);
// EXTERNAL MODULE: ./src/kubernetes/api.ts
var api = __webpack_require__(2436);
;// CONCATENATED MODULE: ./src/kubernetes/pods.ts






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
const Terminated = schemas/* object */.Ikc({
    reason: schemas/* string */.YjP().optional(),
    message: schemas/* string */.YjP().optional(),
    exitCode: schemas/* number */.aig(),
});
const State = schemas/* object */.Ikc({
    waiting: schemas/* object */.Ikc({ reason: schemas/* string */.YjP().optional(), message: schemas/* string */.YjP().optional() }).optional(),
    terminated: Terminated.optional(),
});
const Container = schemas/* object */.Ikc({ state: State.optional(), lastState: State.optional() });
const Pod = schemas/* object */.Ikc({
    metadata: schemas/* object */.Ikc({
        name: schemas/* string */.YjP(),
        labels: schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* string */.YjP()).default({}),
        deletionTimestamp: schemas/* string */.YjP().optional(),
    }),
    spec: schemas/* object */.Ikc({
        nodeSelector: schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* string */.YjP()).default({}),
        containers: schemas/* array */.YOg(schemas/* object */.Ikc({
            image: schemas/* string */.YjP().default(""),
            ports: schemas/* array */.YOg(schemas/* object */.Ikc({ name: schemas/* string */.YjP().optional(), containerPort: schemas/* number */.aig() })).default([]),
        })),
    }),
    status: schemas/* object */.Ikc({
        podIP: schemas/* string */.YjP().optional(),
        conditions: schemas/* array */.YOg(schemas/* object */.Ikc({ type: schemas/* string */.YjP(), status: schemas/* string */.YjP(), message: schemas/* string */.YjP().optional() }))
            .default([]),
        initContainerStatuses: schemas/* array */.YOg(Container).default([]),
        containerStatuses: schemas/* array */.YOg(Container).default([]),
    }),
});
const Pods = schemas/* object */.Ikc({ items: schemas/* array */.YOg(Pod) });
const HostKeys = schemas/* object */.Ikc({ data: schemas/* record */.g1P(schemas/* string */.YjP(), schemas/* string */.YjP()).default({}) });
const Review = schemas/* object */.Ikc({ status: schemas/* object */.Ikc({ allowed: schemas/* boolean */.zMY() }) });
/**
 * Checks that the user has every right that a run needs, and not only those that are used first. Rejects with
 * `BUILDER_DENIED`, naming what is missing, and with the codes of `askApi`.
 */
async function checkRights(access, pool, signal) {
    const { namespace } = pool;
    const missing = await Promise.all(RIGHTS.map(async ([verb, what]) => {
        const [resource, subresource] = what.split("/");
        const name = resource === "configmaps" ? (0,kubernetes_pool/* nameHostKeys */.m)(pool) : undefined;
        const answer = await (0,api/* askApi */.wk)(access, {
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
    throw (0,api/* forbidden */.o0)(`the user of kubeconfig may not ${missing.flat().join(", ")} in the namespace ${namespace}`);
}
/** Lists the pods of a pool. Rejects with the codes of `askApi`. */
async function listPods(access, pool, signal) {
    const keysPath = `/api/v1/namespaces/${pool.namespace}/configmaps/${(0,kubernetes_pool/* nameHostKeys */.m)(pool)}`;
    const [pods, keys] = await Promise.all([
        (0,api/* askApi */.wk)(access, { method: "GET", path: renderPodsPath(pool), signal }),
        (0,api/* askApi */.wk)(access, { method: "GET", path: keysPath, signal }),
    ]);
    return parsePods(pods, keys, pool);
}
function renderPodsPath({ namespace, name }) {
    const labels = `app.kubernetes.io/name=cross-build-builder,app.kubernetes.io/instance=${name}`;
    return `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(labels)}`;
}
const PodEvent = schemas/* object */.Ikc({ type: schemas/* string */.YjP(), object: schemas/* unknown */.L5J() });
/**
 * Waits until a pod of the pool is not what it was in `known`, or until the API server ends the answer.
 * Rejects as `watchApi` does.
 */
async function awaitPodChange(access, { pool, known }, signal) {
    const states = new Map(known.map(({ name, isReady }) => [name, isReady]));
    // It begins with an event for each pod that there is.
    const path = `${renderPodsPath(pool)}&watch=1&timeoutSeconds=${WATCH_SECONDS}`;
    for await (const event of (0,api/* watchApi */.kv)(access, path, signal)) {
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
    const lines = parseHostKeys(data[kubernetes_pool/* HOST_KEYS */.Cy] ?? "", pool);
    return Pods.parse(pods).items.map((pod) => readPod(pod, lines, pool));
}
function parseHostKeys(text, pool) {
    try {
        return (0,known_hosts/* parseKnownHosts */.uJ)(text);
    }
    catch (error) {
        if (!(error instanceof action_error/* ActionError */.lZ))
            throw error;
        throw error.with({ message: error.message.replace("input ssh-known-hosts", describeHostKeys(pool)) });
    }
}
/** Names the ConfigMap with the host keys, for messages. */
function describeHostKeys(pool) {
    return `the ConfigMap ${pool.namespace}/${(0,kubernetes_pool/* nameHostKeys */.m)(pool)}`;
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
        return new action_error/* ActionError */.lZ("BUILDER_UNFIT", "the pod is ending: it takes no new builds", {
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
    const said = (0,log/* sanitizeText */.jZ)(why.join("; ")).slice(0, 500);
    return new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", `the pod is not ready${said === "" ? "" : `: ${said}`}`, {
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
    return new action_error/* ActionError */.lZ("BUILDER_HOST_KEY", `${describeHostKeys(pool)} has no host key of the pod`, {
        hint: `Add a line to its ${kubernetes_pool/* HOST_KEYS */.Cy}: ssh_host_ed25519_key.pub of the pool's Secret.`,
    });
}

// EXTERNAL MODULE: ./src/kubernetes/port-forward.ts
var port_forward = __webpack_require__(79173);
// EXTERNAL MODULE: ./src/kubernetes/proxy-command.ts
var proxy_command = __webpack_require__(46916);
;// CONCATENATED MODULE: ./src/kubernetes/pool.ts








/** The user of the image in deploy/image. */
const USER = "nix";
/** Those of every Nix, unless its nix.conf says otherwise. */
const FEATURES = ["benchmark", "big-parallel"];
/** To find out whether a pod can be reached directly, in the same network or not at all. */
const NEAR_LIMIT_MS = 1_000;
/** Opens a pool; its pods are not listed yet. */
function openKubernetesPool({ pool, kubeConfig, sshKey, timeoutMs }, effects) {
    const { nonce, runFolder, program, clock, log } = effects;
    const prefix = `cross-build-${nonce}-pod-`;
    const proxyFile = (0,external_node_path_.join)(runFolder, "kubernetes.json");
    const knownHostsFile = (0,external_node_path_.join)(runFolder, "kubernetes_known_hosts");
    const mask = (secret) => {
        log.mask(secret);
    };
    const getCredential = createGetCredential(kubeConfig, { ...effects, mask });
    let isAllowed = false;
    let last;
    let known = [];
    const getAccess = async () => {
        const { server, ca, tlsServerName, proxyUrl } = kubeConfig;
        const proxies = proxyUrl === undefined ? effects.environment : { HTTPS_PROXY: proxyUrl };
        return { server, ca, tlsServerName, proxies: pickProxies(proxies), credential: await getCredential() };
    };
    const list = async (identity, signal) => {
        const access = await getAccess();
        if (!isAllowed)
            await checkRights(access, pool, signal);
        isAllowed = true;
        const pods = await listPods(access, pool, signal);
        known = pods;
        if (pods.length === 0)
            return [createPlaceholder(pool, prefix, explainEmpty(pool))];
        const addressed = await Promise.all(pods.map(async (pod) => ({ pod, address: await findAddress(access, pod) })));
        const withAlias = addressed.map((entry) => ({ ...entry, alias: `${prefix}${entry.pod.name}` }));
        await (0,files/* writeFileAtomically */.lo)(knownHostsFile, withAlias.flatMap(({ alias, pod }) => pod.hostKeys.map((key) => `${alias} ${key}\n`)).join(""));
        await (0,proxy_command/* writeProxyFile */.w)(proxyFile, {
            access,
            pods: Object.fromEntries(withAlias.map(({ alias, address }) => [alias, address])),
        });
        return withAlias.map(({ pod, address, alias }) => createTarget({ pod, address, alias, identity }));
    };
    const findAddress = async (access, { name, port, ip }) => {
        const address = { namespace: pool.namespace, pod: name, port };
        if (!kubeConfig.isInCluster || ip === undefined)
            return address;
        try {
            (await (0,port_forward/* openPodConnection */.M)(access, { ...address, ip }, NEAR_LIMIT_MS)).destroy();
            return { ...address, ip };
        }
        catch {
            // A NetworkPolicy keeps us out. The API server does not have to ask it.
            return address;
        }
    };
    const createTarget = ({ pod, address, alias, identity }) => {
        const { name: host, port, system, image } = pod;
        const builder = { ...createBuilder(pool, { alias, host, port, systems: [system] }), image };
        return {
            builder,
            unpinnedHost: undefined,
            revokedKeys: [],
            refusal: pod.refusal,
            direct: {
                host: builder.host,
                port: pod.port,
                username: USER,
                hostKeys: pod.hostKeys,
                revokedKeys: [],
                hostKeySource: describeHostKeys(pool),
                identity,
                openSocket: async (limitMs) => (0,port_forward/* openPodConnection */.M)(await getAccess(), address, limitMs),
            },
        };
    };
    return {
        family: {
            sshKey,
            target: {
                alias: `${prefix}*`,
                host: pool.name,
                port: 22,
                user: USER,
                hostKey: undefined,
                knownHostsFile,
                via: { kind: "command", command: (0,proxy_command/* renderProxyCommand */.g)(program, proxyFile) },
            },
        },
        awaitChange: async (signal) => awaitPodChange(await getAccess(), { pool, known }, signal),
        discover: async (identity) => {
            try {
                last = await (0,platform_clock/* withTimeLimit */.Bv)(clock, timeoutMs, (signal) => list(identity, signal));
                return last;
            }
            catch (thrown) {
                const error = (0,action_error/* toActionError */.ie)(thrown);
                if ((0,action_error/* isCancelled */.mm)(error))
                    throw error;
                log.debug(`the pods of ${pool.namespace}/${pool.name} could not be listed: ${error.message}`);
                return last ?? [createPlaceholder(pool, prefix, error)];
            }
        },
    };
}
function explainEmpty({ namespace }) {
    return new action_error/* ActionError */.lZ("BUILDER_UNREACHABLE", "the pool has no pods", {
        hint: `Check its name, and its replicas: kubectl --namespace ${namespace} get statefulsets`,
    });
}
function createPlaceholder(pool, prefix, refusal) {
    const systems = ["x86_64-linux", "aarch64-linux"];
    const name = { alias: `${prefix}none`, host: "pods", port: 22, systems };
    return {
        builder: createBuilder(pool, name),
        direct: undefined,
        unpinnedHost: undefined,
        revokedKeys: [],
        refusal,
    };
}
function createBuilder(pool, { alias, host, port, systems }) {
    return {
        alias,
        protocol: "ssh-ng",
        user: USER,
        host: `${host}.${pool.name}.${pool.namespace}`,
        port,
        query: "",
        systems,
        // As many as the pod's Nix has.
        maxJobs: undefined,
        speedFactor: 1,
        supportedFeatures: FEATURES,
        mandatoryFeatures: [],
        keyFile: undefined,
        hostKey: undefined,
    };
}
function pickProxies(environment) {
    return Object.fromEntries(Object.entries(environment).filter(([name]) => /^(?:https?|no)_proxy$/i.test(name)));
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
    const { default: WebSocket } = await __webpack_require__.e(/* import() */ 2977).then(__webpack_require__.bind(__webpack_require__, 52977));
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
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(24085);
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


/***/ })

};
