export const id = 148;
export const ids = [148];
export const modules = {

/***/ 48148:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   openKubernetesPool: () => (/* binding */ openKubernetesPool)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(22714);
/* harmony import */ var _platform_clock_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(53037);
/* harmony import */ var _platform_files_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(94924);
/* harmony import */ var _credential_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(43095);
/* harmony import */ var _pods_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(16110);
/* harmony import */ var _port_forward_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(79173);
/* harmony import */ var _proxy_command_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(46916);








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
    const proxyFile = (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(runFolder, "kubernetes.json");
    const knownHostsFile = (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(runFolder, "kubernetes_known_hosts");
    const mask = (secret) => {
        log.mask(secret);
    };
    const getCredential = (0,_credential_js__WEBPACK_IMPORTED_MODULE_4__/* .createGetCredential */ .U)(kubeConfig, { ...effects, mask });
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
            await (0,_pods_js__WEBPACK_IMPORTED_MODULE_5__/* .checkRights */ .ID)(access, pool, signal);
        isAllowed = true;
        const pods = await (0,_pods_js__WEBPACK_IMPORTED_MODULE_5__/* .listPods */ .BG)(access, pool, signal);
        known = pods;
        if (pods.length === 0)
            return [createPlaceholder(pool, prefix, explainEmpty(pool))];
        const addressed = await Promise.all(pods.map(async (pod) => ({ pod, address: await findAddress(access, pod) })));
        const withAlias = addressed.map((entry) => ({ ...entry, alias: `${prefix}${entry.pod.name}` }));
        await (0,_platform_files_js__WEBPACK_IMPORTED_MODULE_3__/* .writeFileAtomically */ .lo)(knownHostsFile, withAlias.flatMap(({ alias, pod }) => pod.hostKeys.map((key) => `${alias} ${key}\n`)).join(""));
        await (0,_proxy_command_js__WEBPACK_IMPORTED_MODULE_7__/* .writeProxyFile */ .w)(proxyFile, {
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
            (await (0,_port_forward_js__WEBPACK_IMPORTED_MODULE_6__/* .openPodConnection */ .M)(access, { ...address, ip }, NEAR_LIMIT_MS)).destroy();
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
                hostKeySource: (0,_pods_js__WEBPACK_IMPORTED_MODULE_5__/* .describeHostKeys */ .cG)(pool),
                identity,
                openSocket: async (limitMs) => (0,_port_forward_js__WEBPACK_IMPORTED_MODULE_6__/* .openPodConnection */ .M)(await getAccess(), address, limitMs),
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
                via: { kind: "command", command: (0,_proxy_command_js__WEBPACK_IMPORTED_MODULE_7__/* .renderProxyCommand */ .g)(program, proxyFile) },
            },
        },
        awaitChange: async (signal) => (0,_pods_js__WEBPACK_IMPORTED_MODULE_5__/* .awaitPodChange */ .S4)(await getAccess(), { pool, known }, signal),
        discover: async (identity) => {
            try {
                last = await (0,_platform_clock_js__WEBPACK_IMPORTED_MODULE_2__/* .withTimeLimit */ .Bv)(clock, timeoutMs, (signal) => list(identity, signal));
                return last;
            }
            catch (thrown) {
                const error = (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .toActionError */ .ie)(thrown);
                if ((0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .isCancelled */ .mm)(error))
                    throw error;
                log.debug(`the pods of ${pool.namespace}/${pool.name} could not be listed: ${error.message}`);
                return last ?? [createPlaceholder(pool, prefix, error)];
            }
        },
    };
}
function explainEmpty({ namespace }) {
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .ActionError */ .lZ("BUILDER_UNREACHABLE", "the pool has no pods", {
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


/***/ })

};
