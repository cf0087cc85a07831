export const id = 4902;
export const ids = [4902];
export const modules = {

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


/***/ })

};
