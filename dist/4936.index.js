export const id = 4936;
export const ids = [4936];
export const modules = {

/***/ 39619:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   v: () => (/* binding */ failStep)
/* harmony export */ });
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(235);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _log_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(58592);



/** Fails the step, and sets its output `error-code`. */
function failStep(thrown) {
    const error = (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .toActionError */ .ie)(thrown);
    try {
        _actions_core__WEBPACK_IMPORTED_MODULE_2__/* .setOutput */ .uH("error-code", error.code);
    }
    catch (unwritten) {
        _log_js__WEBPACK_IMPORTED_MODULE_1__/* .actionLog */ .Z.warning(`the output error-code could not be written: ${(0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .renderError */ .vr)(unwritten)}`);
    }
    const { place } = error;
    const lines = [`${error.code}: ${(0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .renderError */ .vr)(error)}`, error.hint, (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .explainUrl */ .bT)(error.code)];
    process.exitCode = _actions_core__WEBPACK_IMPORTED_MODULE_2__/* .ExitCode */ .yU.Failure;
    _actions_core__WEBPACK_IMPORTED_MODULE_2__/* .error */ .z3(lines.join("\n"), place && { file: place.file, startLine: place.line, startColumn: place.column });
    if (error.code === "INTERNAL" && error.cause instanceof Error)
        _log_js__WEBPACK_IMPORTED_MODULE_1__/* .actionLog */ .Z.debug(error.cause.stack ?? "");
}


/***/ }),

/***/ 58592:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Z: () => (/* binding */ actionLog)
/* harmony export */ });
/* unused harmony export disarmCommands */
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(235);
/* harmony import */ var _platform_log_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(74425);


/**
 * The log of a workflow run. Builds and containers may print anything, so workflow commands in messages are
 * disarmed. Debug messages appear if the runner sets `RUNNER_DEBUG`.
 */
const actionLog = (0,_platform_log_js__WEBPACK_IMPORTED_MODULE_0__/* .createMaskingLog */ .jg)({
    info: (message) => {
        _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .info */ .pq(disarmCommands(message));
    },
    debug: (message) => {
        // Outside of debug mode the runner would drop these lines, but first read them all.
        if (_actions_core__WEBPACK_IMPORTED_MODULE_1__/* .isDebug */ ._o())
            _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .debug */ .Yz(message);
    },
    warning: (message) => {
        _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .warning */ .$e(message);
    },
    error: (message) => {
        _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .error */ .z3(message);
    },
    group: (title, lines) => {
        _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .startGroup */ .Oh(title);
        for (const line of lines)
            _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .info */ .pq(disarmCommands(line));
        _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .endGroup */ .N4();
    },
    mask: (secret) => {
        _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .setSecret */ .Pq(secret);
    },
});
/**
 * Changes text so that the runner sees no workflow command in it: neither `::name::` at the start of a line
 * nor the older `##[name]` anywhere in a line.
 * @see actions/runner, src/Runner.Common/ActionCommand.cs
 */
function disarmCommands(text) {
    return (0,_platform_log_js__WEBPACK_IMPORTED_MODULE_0__/* .sanitizeText */ .jZ)(text)
        .split("\n")
        .map((line) => line.replace(/^(\s*)::/, "$1: :").replaceAll("##[", "# #["))
        .join("\n");
}


/***/ }),

/***/ 97317:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  Tg: () => (/* binding */ runBuildFromInputs),
  CU: () => (/* binding */ runDoctorFromInputs),
  kD: () => (/* binding */ runGateFromInputs),
  YS: () => (/* binding */ runSetupFromInputs)
});

// UNUSED EXPORTS: runCompareFromInputs

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
// EXTERNAL MODULE: ./src/builders/log-builders.ts
var log_builders = __webpack_require__(8199);
// EXTERNAL MODULE: ./src/pipeline/nix-session.ts + 13 modules
var nix_session = __webpack_require__(52039);
// EXTERNAL MODULE: ./src/pipeline/run-step.ts + 1 modules
var run_step = __webpack_require__(79263);
;// CONCATENATED MODULE: ./src/pipeline/run-setup.ts



/** Prepares Nix, the builders and the cache, and builds nothing. Rejects with the codes of those stages. */
async function runSetup(job, context) {
    const { nix, confFiles, sshOptions, pool } = await (0,run_step/* runStep */.e)(context, () => (0,nix_session/* openNixSession */.s)(job, context));
    try {
        // No one watches the builders during later steps, so probe now which ones answer.
        await (0,run_step/* runStep */.e)(context, () => pool.prepareForNix());
        (0,log_builders/* logBuilders */.J)(pool.statuses, context.log);
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
;// CONCATENATED MODULE: ./src/ssh/key.ts

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
            ? key_invalid("is cut off: it has no END line", "Use the whole key file, from -----BEGIN to -----END.")
            : key_invalid("is not a private key", "Use the whole key file, from -----BEGIN to -----END.");
    }
    refuseOtherKeys(label, body);
    const privateKey = renderPem(label, body);
    await __webpack_require__.e(/* import() */ 8299).then(__webpack_require__.bind(__webpack_require__, 78299));
    const { default: ssh2 } = await __webpack_require__.e(/* import() */ 5472).then(__webpack_require__.t.bind(__webpack_require__, 85472, 23));
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
    throw key_invalid("cannot be read", `Check that the key is complete and unchanged, or ${NEW_KEY}`);
}
/** The error for a run with builders and no key for them. */
function missingPrivateKey() {
    return key_invalid("is empty, but builders is set", "Set it to the private key that the builders accept, and check the name of the secret. " +
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
        throw key_invalid("is a PuTTY key (.ppk)", "Convert it to a key without a passphrase: puttygen KEY.ppk -O private-openssh-new -o KEY");
    }
    if (given.startsWith("---- BEGIN SSH2")) {
        throw key_invalid("is in SSH2 format", "Convert it: ssh-keygen -i -f OLD > KEY");
    }
    if (/-----BEGIN (?:[A-Z0-9 ]*CERTIFICATE|PGP [A-Z ]*)-----/.test(given)) {
        throw key_invalid("is not an SSH key", `Use a key from ssh-keygen, or ${NEW_KEY}`);
    }
}
function refuseOtherKeys(label, body) {
    if (label.startsWith("ENCRYPTED") || /Proc-Type:[^]*?ENCRYPTED/i.test(body))
        throw withPassphrase();
    if (label.startsWith("DSA"))
        throw unsupported("ssh-dss");
    if (label === "PRIVATE KEY") {
        throw key_invalid("is in PKCS#8 format, which is not supported", "Convert a copy of it: ssh-keygen -p -N '' -f KEY");
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
    return key_invalid("is a public key", "Use the private key: the file without .pub.");
}
function withPassphrase() {
    return key_invalid("has a passphrase", "Create a key without one: ssh-keygen -t ed25519 -N '' -f KEY");
}
/** Shows the name of known types only: in a damaged key there may be anything in its place. */
function unsupported(type) {
    const use = `Use Ed25519: ${NEW_KEY}`;
    if (type === "ssh-dss")
        return key_invalid("is a DSA key, which OpenSSH no longer supports", use);
    if (type.startsWith("sk-"))
        return key_invalid("is a hardware key, which may wait for a touch", use);
    return key_invalid("is of a type that is not supported", use);
}
function key_invalid(what, hint) {
    return new action_error/* ActionError */.lZ("SSH_KEY_INVALID", `input ssh-private-key ${what}`, { hint });
}

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
    const sshKey = sshPrivateKey === undefined ? undefined : await parsePrivateKey(sshPrivateKey);
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
    const { failRun } = await Promise.all(/* import() */[__webpack_require__.e(2857), __webpack_require__.e(3727), __webpack_require__.e(6078)]).then(__webpack_require__.bind(__webpack_require__, 3727));
    const { runBuild } = await Promise.all(/* import() */[__webpack_require__.e(2857), __webpack_require__.e(6118), __webpack_require__.e(663), __webpack_require__.e(9996), __webpack_require__.e(74), __webpack_require__.e(940), __webpack_require__.e(1461), __webpack_require__.e(8158), __webpack_require__.e(3727), __webpack_require__.e(4525), __webpack_require__.e(4365), __webpack_require__.e(7057), __webpack_require__.e(3956), __webpack_require__.e(4315), __webpack_require__.e(550)]).then(__webpack_require__.bind(__webpack_require__, 550));
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
    const { failRun } = await Promise.all(/* import() */[__webpack_require__.e(2857), __webpack_require__.e(3727), __webpack_require__.e(6078)]).then(__webpack_require__.bind(__webpack_require__, 3727));
    const { runGate } = await Promise.all(/* import() */[__webpack_require__.e(2857), __webpack_require__.e(6118), __webpack_require__.e(663), __webpack_require__.e(9996), __webpack_require__.e(74), __webpack_require__.e(940), __webpack_require__.e(1461), __webpack_require__.e(3727), __webpack_require__.e(7057), __webpack_require__.e(1095)]).then(__webpack_require__.bind(__webpack_require__, 1095));
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
    return runSetup(await (0,run_step/* runStep */.e)(context, () => readJob(inputs, context)), context);
}
/** Runs the doctor. Rejects with the codes of `verifyCheckout` and `readJob`. */
async function runDoctorFromInputs(inputs, options, opened) {
    const { runDoctor } = await Promise.all(/* import() */[__webpack_require__.e(2857), __webpack_require__.e(6118), __webpack_require__.e(663), __webpack_require__.e(74), __webpack_require__.e(940), __webpack_require__.e(1461), __webpack_require__.e(8158), __webpack_require__.e(9256)]).then(__webpack_require__.bind(__webpack_require__, 39256));
    const { workingDirectory, installables } = inputs;
    const use = { workingDirectory, ...(options.isFlakeExamined && { installables }) };
    const context = await openCheckout(use, opened);
    return runDoctor(await (0,run_step/* runStep */.e)(context, () => readJob(inputs, context)), options, context);
}
/** Runs a comparison. Rejects with the codes of `verifyCheckout`, `readJob` and `runCompare`. */
async function runCompareFromInputs(inputs, options, opened) {
    const { runCompare } = await Promise.all(/* import() */[__webpack_require__.e(2857), __webpack_require__.e(8158), __webpack_require__.e(4525), __webpack_require__.e(4365), __webpack_require__.e(2123)]).then(__webpack_require__.bind(__webpack_require__, 51771));
    const context = await openCheckout(inputs, opened);
    return runCompare(await runStep(context, () => readJob(inputs, context)), options, context);
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
    const { readSmokeSpec } = await Promise.all(/* import() */[__webpack_require__.e(2857), __webpack_require__.e(8815), __webpack_require__.e(32)]).then(__webpack_require__.bind(__webpack_require__, 20032));
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
        throw missingPrivateKey();
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
            throw kubeconfig === undefined ? missingKubeconfig() : missingPrivateKey();
        log.info(`kubernetes-pool is left out: this run is read-only and has no secrets (${reason})`);
        return undefined;
    }
    const { readKubeConfig } = await Promise.all(/* import() */[__webpack_require__.e(2857), __webpack_require__.e(8815), __webpack_require__.e(4902)]).then(__webpack_require__.bind(__webpack_require__, 74902));
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
        return await parsePrivateKey(text);
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

/***/ 4936:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  startStep: () => (/* binding */ startStep)
});

// EXTERNAL MODULE: ./src/action/fail-step.ts
var fail_step = __webpack_require__(39619);
// EXTERNAL MODULE: ./node_modules/@actions/core/lib/core.js + 3 modules
var core = __webpack_require__(235);
// EXTERNAL MODULE: ./src/pipeline/run-step.ts + 1 modules
var run_step = __webpack_require__(79263);
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

// EXTERNAL MODULE: ./src/action/log.ts
var log = __webpack_require__(58592);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(48161);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/model/system.ts
var model_system = __webpack_require__(26872);
// EXTERNAL MODULE: ./src/builders/configuration.ts + 1 modules
var configuration = __webpack_require__(20355);
// EXTERNAL MODULE: ./src/errors/errno.ts
var errno = __webpack_require__(38335);
// EXTERNAL MODULE: ./src/nix-install/daemon.ts
var daemon = __webpack_require__(75817);
// EXTERNAL MODULE: ./src/platform/files.ts
var files = __webpack_require__(94924);
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
    const names = (await (0,files/* readdirIfPresent */.wi)(FOLDER)).filter((name) => name !== "register" && name !== "status" && parseName(name) === undefined);
    const entries = await Promise.all(names.map((name) => (0,files/* readFileIfPresent */.Ts)((0,external_node_path_.join)(FOLDER, name))));
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
    if (!(await (0,files/* readdirIfPresent */.wi)(FOLDER)).includes("register")) {
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
    for (const handler of (await (0,files/* readdirIfPresent */.wi)(FOLDER)).map(parseName)) {
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
    const { removeFromEngines } = await Promise.all(/* import() */[__webpack_require__.e(2857), __webpack_require__.e(6118), __webpack_require__.e(940)]).then(__webpack_require__.bind(__webpack_require__, 80940));
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

// EXTERNAL MODULE: ./src/platform/clock.ts
var clock = __webpack_require__(53037);
// EXTERNAL MODULE: external "node:child_process"
var external_node_child_process_ = __webpack_require__(31421);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: external "node:stream/promises"
var external_node_stream_promises_ = __webpack_require__(24085);
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
    const { getExecOutput } = await __webpack_require__.e(/* import() */ 1955).then(__webpack_require__.bind(__webpack_require__, 41955));
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
function createOpenProcess(signal, ledger, debug) {
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
// EXTERNAL MODULE: ./src/platform/log.ts
var platform_log = __webpack_require__(74425);
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
    return (0,platform_log/* sanitizeText */.jZ)(text).replace(/\s+/g, " ").slice(0, 500);
}
/** Reverts the escaping of runner commands. @see actions/toolkit, packages/core/src/command.ts */
function unescapeCommand(data) {
    return data.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
}
async function readAnswer({ stdout }, said) {
    const { tryParseAnswer } = await Promise.all(/* import() */[__webpack_require__.e(2857), __webpack_require__.e(6466)]).then(__webpack_require__.bind(__webpack_require__, 46466));
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
    const hash = createHash("sha256").update(workingDirectory).digest("hex").slice(0, 8);
    const folder = join(findStateFolder(environment), `${basename(workingDirectory)}-${hash}`);
    try {
        if (!isAbsolute(folder))
            return tmpdir();
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        return isWritable(folder) ? folder : tmpdir();
    }
    catch {
        return tmpdir();
    }
}
/**
 * The folder for what the CLI keeps for the user, `$XDG_STATE_HOME/cross-build`. It may not exist, and is
 * relative if the user has no home.
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
function findStateFolder({ XDG_STATE_HOME = "", HOME = "" }) {
    const home = HOME === "" ? readAccount().home : HOME;
    const state = isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : join(home, ".local/state");
    return join(state, "cross-build");
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
        openProcess: createOpenProcess(signal, ledger, debug),
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
    const { pushLeft } = await Promise.all(/* import() */[__webpack_require__.e(2857), __webpack_require__.e(4525), __webpack_require__.e(3956), __webpack_require__.e(6754)]).then(__webpack_require__.bind(__webpack_require__, 23956));
    const ledger = (0,process_ledger/* openProcessLedger */.p9)((0,external_node_path_.join)(runFolder, "processes"));
    await pushLeft({
        ...{ runFolder, log, steadyClock: clock/* systemClock */.ml, sendHttp: (0,http/* createHttpClient */.uT)(process.env) },
        openProcess: createOpenProcess(new AbortController().signal, ledger, { log, clock: clock/* systemClock */.ml }),
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

;// CONCATENATED MODULE: ./src/action/post.ts




/** The state in which main saves the path of its run folder, which is all that post needs. */
const RUN_FOLDER_STATE = "run-folder";
/** True in the post step, because main has saved its state. */
function isPost() {
    return core/* getState */.Gu(RUN_FOLDER_STATE) !== "";
}
/**
 * Runs the post step: pushes to caches what a cancelled main could not, and removes what main created, even
 * if main failed or was killed. Warns, but never fails.
 */
async function runPost() {
    try {
        await finishPushing(core/* getState */.Gu(RUN_FOLDER_STATE), log/* actionLog */.Z);
    }
    catch (error) {
        warnOfPost(error);
    }
    try {
        await closeRun(core/* getState */.Gu(RUN_FOLDER_STATE), log/* actionLog */.Z);
    }
    catch (error) {
        warnOfPost(error);
    }
}
/** Warns that the post step may have left something behind. */
function warnOfPost(error) {
    process.exitCode = 0;
    core/* warning */.$e(`clean-up did not finish: ${(0,action_error/* renderError */.vr)(error)}`);
}

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

// EXTERNAL MODULE: ./src/pipeline/compose-report.ts
var compose_report = __webpack_require__(32357);
// EXTERNAL MODULE: ./src/action/read-job.ts + 8 modules
var read_job = __webpack_require__(97317);
// EXTERNAL MODULE: ./src/action/settings.ts + 1 modules
var settings = __webpack_require__(45066);
;// CONCATENATED MODULE: ./src/action/setup-step.ts




/**
 * Reads the inputs of the setup, which sets up Nix, builders and caches for later steps. Exports paths and
 * options only; secrets are in files.
 */
function readSetupStep(read, folders) {
    const { inputs } = (0,settings/* parseSettings */.P$)(read, folders);
    return async (context) => {
        const { binFolder, confFiles, sshOptions, builders } = await (0,read_job/* runSetupFromInputs */.YS)(inputs, context);
        core/* addPath */.fM(binFolder);
        core/* exportVariable */.dN("NIX_USER_CONF_FILES", confFiles.join(":"));
        if (sshOptions !== undefined)
            core/* exportVariable */.dN("NIX_SSHOPTS", sshOptions);
        core/* setOutput */.uH("builders", JSON.stringify(builders.map(compose_report/* composeBuilder */.K)));
        core/* setOutput */.uH("error-code", "");
    };
}

;// CONCATENATED MODULE: ./src/action/total-inputs.ts
/** The inputs of the action that sums up the jobs of a workflow. */
const TOTAL_INPUTS = [
    {
        name: "needs",
        group: "report",
        description: "The jobs to sum up, as toJSON(needs).",
        default: "",
    },
];

;// CONCATENATED MODULE: ./src/action/main.ts












/**
 * Runs the main step of the action that `_internal-action` names. Never rejects: an error fails the step and
 * sets its output `error-code`.
 */
async function runMain() {
    const runFolder = newRunFolder();
    // Save the state before creating anything, so that post cleans up even if this step is killed.
    core/* saveState */.LZ(RUN_FOLDER_STATE, runFolder);
    try {
        const perform = await readStep({
            workspace: process.env["GITHUB_WORKSPACE"] ?? process.cwd(),
            report: temporaryFolder(),
        });
        // The parent process is the runner's worker, which starts main and post and lives as long as the job. In
        // a job container it is outside of the PID namespace, which ends with the container's first process.
        const event = await readWorkflowEvent(process.env);
        hideWorkspacePrograms(event, process.env);
        const context = await openRun({
            runFolder,
            ownerPid: process.ppid === 0 ? 1 : process.ppid,
            event,
            log: log/* actionLog */.Z,
            cacheClient: process.argv[1],
        });
        try {
            await perform(context);
        }
        catch (error) {
            throw (0,run_step/* toRunError */.D)(error, context);
        }
    }
    catch (error) {
        (0,fail_step/* failStep */.v)(error);
    }
}
/**
 * Reads the inputs of the action, and returns what it does with them. Loads the parts of the bundle that only
 * this action needs: a setup starts without images and reports. Rejects with `INPUT_INVALID`.
 */
async function readStep(folders) {
    const action = core/* getInput */.V4("_internal-action");
    // The doctor has no default for it: without it, there may be no checkout to look at.
    const isFlakeExamined = core/* getInput */.V4("installables") !== "";
    const inputs = { gate: GATE_INPUTS, total: TOTAL_INPUTS };
    const read = takeInputs(inputs[action] ?? INPUTS);
    switch (action) {
        case "setup":
            return readSetupStep(read, folders);
        case "gate":
            return (await Promise.all(/* import() */[__webpack_require__.e(2857), __webpack_require__.e(4500), __webpack_require__.e(1721), __webpack_require__.e(4090)]).then(__webpack_require__.bind(__webpack_require__, 44090))).readGateStep(read, folders);
        case "doctor":
            return (await Promise.all(/* import() */[__webpack_require__.e(2857), __webpack_require__.e(6118), __webpack_require__.e(663), __webpack_require__.e(74), __webpack_require__.e(940), __webpack_require__.e(1461), __webpack_require__.e(8158), __webpack_require__.e(4500), __webpack_require__.e(5286)]).then(__webpack_require__.bind(__webpack_require__, 45286))).readDoctorStep(read, folders, { isFlakeExamined });
        case "total":
            return (await Promise.all(/* import() */[__webpack_require__.e(2857), __webpack_require__.e(6499)]).then(__webpack_require__.bind(__webpack_require__, 66499))).readTotalStep(read);
        default:
            return (await Promise.all(/* import() */[__webpack_require__.e(2857), __webpack_require__.e(4500), __webpack_require__.e(1721), __webpack_require__.e(7857)]).then(__webpack_require__.bind(__webpack_require__, 17857))).readBuildStep(read, folders);
    }
}
/**
 * Reads every input from the runner. Masks the secrets before anything can be logged, and removes all inputs
 * from the environment, so that no child process inherits one.
 */
function takeInputs(inputs) {
    const texts = new Map();
    // Include inputs that this action does not declare: the runner warns about them, but passes them on anyway.
    const others = INPUTS.filter(({ name }) => inputs.every((own) => own.name !== name));
    for (const input of [...inputs, ...others]) {
        const text = core/* getInput */.V4(input.name);
        texts.set(input.name, text === "" ? input.default : text);
        if (input.isSecret === true && text !== "") {
            log/* actionLog */.Z.mask(text);
        }
        Reflect.deleteProperty(process.env, `INPUT_${input.name.toUpperCase()}`);
    }
    return (name) => texts.get(name) ?? "";
}

;// CONCATENATED MODULE: ./src/action/start-step.ts




/** Runs the step that the runner has started. Never rejects: it sets the exit code. */
function startStep() {
    return isPost() ? supervise(runPost, warnOfPost) : supervise(runMain, fail_step/* failStep */.v);
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

/***/ 59217:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $: () => (/* binding */ placeOf),
/* harmony export */   k: () => (/* binding */ MAX_CPU_SECONDS)
/* harmony export */ });
/** A location as reports name it: `local`, or the builder's store URI. */
function placeOf(location) {
    return location.kind === "local" ? "local" : location.uri;
}
/** No build takes that long, but a builder could claim it. */
const MAX_CPU_SECONDS = 1e9;


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

/***/ 75210:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   B$: () => (/* binding */ nameOfStorePath),
/* harmony export */   CI: () => (/* binding */ storePathOf),
/* harmony export */   zP: () => (/* binding */ isStorePath)
/* harmony export */ });
const STORE_PATH = /^\/nix\/store\/[0-9a-df-np-sv-z]{32}-[0-9A-Za-z+\-._?=]{1,211}$/;
/** True for a store path itself, not for a file below one. */
function isStorePath(text) {
    return STORE_PATH.test(text);
}
/** The store path that a file is, or is below; undefined outside of the store. */
function storePathOf(file) {
    const root = /^\/nix\/store\/[^/]+/.exec(file)?.[0] ?? "";
    return isStorePath(root) ? root : undefined;
}
/** The name of a store path without its hash, and without `.drv`. */
function nameOfStorePath(path) {
    return path.replace(/^\/nix\/store\/[0-9a-z]{32}-/, "").replace(/\.drv$/, "");
}


/***/ }),

/***/ 58924:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Y: () => (/* binding */ STRATEGIES)
/* harmony export */ });
/** How a target is built; see docs/strategies.md. */
const STRATEGIES = ["native", "cross-compile", "remote", "emulate"];


/***/ }),

/***/ 26872:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   HE: () => (/* binding */ systemOfHost),
/* harmony export */   P6: () => (/* binding */ renderElfMachine),
/* harmony export */   Pq: () => (/* binding */ isPlatformOf),
/* harmony export */   c_: () => (/* binding */ elfMachineOf),
/* harmony export */   jg: () => (/* binding */ isNativeElf),
/* harmony export */   kV: () => (/* binding */ parseTargetSystem),
/* harmony export */   lA: () => (/* binding */ TARGET_SYSTEMS),
/* harmony export */   nK: () => (/* binding */ elfOf),
/* harmony export */   q1: () => (/* binding */ systemOfArchitecture),
/* harmony export */   qi: () => (/* binding */ isOwnElf),
/* harmony export */   qn: () => (/* binding */ renderPlatform),
/* harmony export */   tj: () => (/* binding */ platformOf),
/* harmony export */   vw: () => (/* binding */ pickPlatform)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);

const I386 = { machine: 3, bits: 32, endianness: "little" };
const ARM = { machine: 40, bits: 32, endianness: "little" };
const LINUX = {
    "x86_64-linux": {
        platform: { os: "linux", architecture: "amd64" },
        elf: { machine: 62, bits: 64, endianness: "little" },
        runs: [I386],
    },
    "aarch64-linux": {
        platform: { os: "linux", architecture: "arm64" },
        elf: { machine: 183, bits: 64, endianness: "little" },
    },
    "i686-linux": { platform: { os: "linux", architecture: "386" }, elf: I386 },
    "armv7l-linux": { platform: { os: "linux", architecture: "arm", variant: "v7" }, elf: ARM },
    "riscv64-linux": {
        platform: { os: "linux", architecture: "riscv64" },
        elf: { machine: 243, bits: 64, endianness: "little" },
    },
    "powerpc64le-linux": {
        platform: { os: "linux", architecture: "ppc64le" },
        elf: { machine: 21, bits: 64, endianness: "little" },
    },
    "s390x-linux": {
        platform: { os: "linux", architecture: "s390x" },
        elf: { machine: 22, bits: 64, endianness: "big" },
    },
};
const TARGET_SYSTEMS = Object.keys(LINUX);
/** Parses the Nix name of a target system. Throws `INPUT_INVALID` with the list of known names. */
function parseTargetSystem(text) {
    const system = TARGET_SYSTEMS.find((known) => known === text);
    if (system !== undefined)
        return system;
    const alias = TARGET_SYSTEMS.find((known) => renderPlatform(platformOf(known)) === text);
    throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("INPUT_INVALID", `${JSON.stringify(text)} is not a supported target system`, {
        hint: alias === undefined ? `Use one of ${TARGET_SYSTEMS.join(", ")}.` : `Write ${alias} instead.`,
    });
}
/** The OCI platform of a target system: `x86_64-linux` is `linux/amd64`. */
function platformOf(system) {
    return LINUX[system].platform;
}
/** The CPU that the ELF files of a target system are for. */
function elfMachineOf(system) {
    return LINUX[system].elf;
}
/**
 * Whether an image that an index lists under `named` is for the target system. Variants are compared only if
 * both sides have one: `arm/v6` does not match armv7l, but `arm` does, and `arm64/v8` matches aarch64.
 * @see OCI image-spec, image-index.md, "Platform Variants"
 */
function isPlatformOf(target, named) {
    const { os, architecture, variant = named.variant } = platformOf(target);
    const isVariant = named.variant === undefined || named.variant === variant;
    return named.os === os && named.architecture === architecture && isVariant;
}
/** The variant that every CPU of an architecture runs. An index may omit it. */
const BASELINES = { amd64: "v1", arm64: "v8" };
/**
 * Picks the images of an index that are for the target system. If there are several variants, picks the
 * target's own one: `arm/v7` for armv7l, and `amd64` rather than `amd64/v3` for x86_64.
 */
function pickPlatform(target, items) {
    const fitting = items.filter(({ platform }) => platform !== undefined && isPlatformOf(target, platform));
    const { architecture, variant } = platformOf(target);
    const own = variant ?? BASELINES[architecture];
    for (const wanted of [own, undefined]) {
        const exact = fitting.filter(({ platform }) => (platform?.variant ?? (variant === undefined ? own : undefined)) === wanted);
        if (exact.length > 0)
            return exact;
    }
    return fitting;
}
/** A platform as Docker writes it: `linux/arm/v7`. */
function renderPlatform({ os, architecture, variant }) {
    return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}
/** The target system with the OCI architecture `architecture` (`amd64`), if there is one. */
function systemOfArchitecture(architecture) {
    return TARGET_SYSTEMS.find((system) => LINUX[system].platform.architecture === architecture);
}
/** The CPU of programs for a target system. */
function elfOf(system) {
    return LINUX[system].elf;
}
/** Whether a program for `machine` runs on `system` without emulation. */
function isNativeElf(system, machine) {
    const { elf, runs = [] } = LINUX[system];
    return [elf, ...runs].some((own) => isSameMachine(own, machine));
}
/** Whether an ELF file is for exactly the CPU of `system`. A 64-bit program loads no library for i686. */
function isOwnElf(system, machine) {
    return isSameMachine(LINUX[system].elf, machine);
}
/** The name of an ELF file's CPU: `aarch64`, or `machine 258 (64-bit, little-endian)` for an unknown one. */
function renderElfMachine(machine) {
    const system = TARGET_SYSTEMS.find((known) => isSameMachine(LINUX[known].elf, machine));
    return system === undefined
        ? `machine ${machine.machine} (${machine.bits}-bit, ${machine.endianness}-endian)`
        : system.replace("-linux", "");
}
function isSameMachine(a, b) {
    return a.machine === b.machine && a.bits === b.bits && a.endianness === b.endianness;
}
const NODE_CPU = {
    x64: "x86_64",
    arm64: "aarch64",
    ia32: "i686",
    arm: "armv7l",
    riscv64: "riscv64",
    s390x: "s390x",
};
/** The Nix system for Node's `process.platform` and `process.arch`. Throws `HOST_UNSUPPORTED`. */
function systemOfHost(platform, arch) {
    const cpu = NODE_CPU[arch];
    const name = `${cpu ?? arch}-${platform}`;
    if (name === "x86_64-darwin" || name === "aarch64-darwin")
        return name;
    const system = TARGET_SYSTEMS.find((known) => known === name);
    if (system !== undefined)
        return system;
    throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("HOST_UNSUPPORTED", `cross-build does not run on ${platform} ${arch}`, {
        hint: "Run it on Linux or macOS, on x86_64 or aarch64.",
    });
}


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

/***/ 32357:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   K: () => (/* binding */ composeBuilder),
/* harmony export */   Z: () => (/* binding */ composeReport)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _model_build_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(59217);
/* harmony import */ var _model_builder_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(71646);
/* harmony import */ var _model_image_reference_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(20068);
/* harmony import */ var _nix_install_installation_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(21973);
/* harmony import */ var _record_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(28953);






/** Composes the report of a run from the record of its stages. */
function composeReport(parts) {
    const { job, context, startedAtMs, phases, record, dependencies, error } = parts;
    const { nix, promotion } = record;
    return {
        version: 2,
        outcome: error === undefined ? "success" : (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .isCancelled */ .mm)(error) ? "cancelled" : "failure",
        error: error === undefined ? null : { code: error.code, message: (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .renderError */ .vr)(error), hint: error.hint },
        startedAt: new Date(startedAtMs).toISOString(),
        durationMs: context.clock.nowMs() - startedAtMs,
        commit: context.event.commit ?? null,
        runUrl: renderRunUrl(context.environment),
        host: { system: context.system, event: context.event.name ?? null },
        nix: nix === undefined ? null : { version: nix.version, ...(0,_nix_install_installation_js__WEBPACK_IMPORTED_MODULE_3__/* .originOf */ .yv)(nix) },
        builders: record.builders.map((status) => ({
            ...composeBuilder(status),
            use: composeBuilderUse(status, record),
        })),
        builderChanges: record.builderChanges.map(({ builder, atMs, state, reason }) => ({
            uri: (0,_model_builder_js__WEBPACK_IMPORTED_MODULE_4__/* .displayName */ .QC)(builder),
            at: new Date(atMs).toISOString(),
            state,
            reason,
        })),
        plans: record.plans.map((plan) => ({
            ...plan,
            attributes: [...plan.attributes],
            verdicts: plan.verdicts.map((verdict) => ({ ...verdict })),
        })),
        attempts: record.attempts.map(({ startedAtMs: atMs, error: failure, ...rest }) => ({
            ...rest,
            startedAt: new Date(atMs).toISOString(),
            outcome: failure === undefined ? "built" : "failed",
            code: failure?.code ?? null,
            message: failure === undefined ? null : (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .renderError */ .vr)(failure),
        })),
        storePaths: (job.targets ?? []).flatMap((target) => (record.built.get(target) ?? []).map(({ outPath }) => outPath)),
        builds: record.builds.map(({ location, startedAtMs: atMs, log, use, ...rest }) => ({
            ...rest,
            log: [...log],
            use: {
                cpuMs: use.cpuMs ?? null,
                peakMemoryBytes: use.peakMemoryBytes ?? null,
                copiedBytes: use.copiedBytes ?? null,
            },
            dependencies: [...(dependencies.get(rest.drvPath) ?? [])],
            place: (0,_model_build_js__WEBPACK_IMPORTED_MODULE_5__/* .placeOf */ .$)(location),
            startedAt: new Date(atMs).toISOString(),
        })),
        substituters: record.substituters.map((status) => ({ ...status })),
        substitutions: record.substitutions.map((substitution) => ({ ...substitution })),
        caches: record.caches.map((cache) => composeCache(cache, record)),
        image: composeImage(job, record),
        layers: record.layers.map((layer) => ({ ...layer })),
        audits: record.audits.map((audit) => ({
            ...audit,
            foreign: [...audit.foreign],
            allowed: [...audit.allowed],
            multiCpuArchives: audit.multiCpuArchives.map((item) => ({ ...item, machines: [...item.machines] })),
            orphanedScripts: [...audit.orphanedScripts],
            missingLibraries: audit.missingLibraries.map((item) => ({ ...item, searched: [...item.searched] })),
            unreadableArchives: [...audit.unreadableArchives],
            largestPaths: [...audit.largestPaths],
        })),
        smokeTests: record.smokeTests.map((smoke) => ({
            ...smoke,
            layers: [...smoke.layers],
            checks: [...smoke.checks],
        })),
        promotion: promotion === undefined
            ? null
            : { ...promotion, tags: promotion.tags.map((tag) => ({ ...tag, previous: tag.previous ?? null })) },
        phases,
        history: null,
    };
}
/**
 * The page of this run of a workflow, at this attempt.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables
 */
function renderRunUrl(environment) {
    const { GITHUB_SERVER_URL: server = "", GITHUB_REPOSITORY: repository = "", GITHUB_RUN_ID: id = "", GITHUB_RUN_ATTEMPT: attempt = "", } = environment;
    if (server === "" || repository === "" || id === "")
        return null;
    return `${server}/${repository}/actions/runs/${id}${attempt === "" ? "" : `/attempts/${attempt}`}`;
}
function composeImage({ image }, { images, pushedDigest, promotion, previousSizes }) {
    if (images.length === 0 && pushedDigest === undefined)
        return null;
    return {
        reference: image === undefined ? "" : (0,_model_image_reference_js__WEBPACK_IMPORTED_MODULE_1__/* .renderImageReference */ .NL)(image),
        digest: pushedDigest ?? null,
        platforms: images.map(({ target, read }) => ({
            target,
            digest: read.image.manifest.digest,
            imageId: read.imageId,
            sizeBytes: [read.image.config, ...read.image.layers].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
            previousSizeBytes: previousSizes.get(target) ?? null,
        })),
        tags: promotion?.tags.map(({ tag }) => tag) ?? [],
    };
}
/** A builder as shown in the report and in the output `builders`. */
function composeBuilder(status) {
    const { builder, state } = status;
    const facts = status.state === "dropped" ? undefined : status.facts;
    return {
        uri: (0,_model_builder_js__WEBPACK_IMPORTED_MODULE_4__/* .displayName */ .QC)(builder),
        alias: builder.alias,
        systems: [...builder.systems],
        state,
        code: status.state === "dropped" ? status.code : null,
        reason: status.state === "ready" ? null : status.reason,
        hint: status.state === "ready" ? null : status.hint,
        nix: facts?.nixVersion ?? null,
        slots: builder.maxJobs ?? 1,
        features: [...builder.supportedFeatures],
        probeMs: status.state === "dropped" ? null : status.probeMs,
        cpus: facts?.cpus ?? null,
        load: facts?.load ?? null,
        freeBytes: facts?.freeBytes ?? null,
    };
}
function composeBuilderUse({ builder }, { builds, traffic }) {
    const uri = (0,_model_builder_js__WEBPACK_IMPORTED_MODULE_4__/* .displayName */ .QC)(builder);
    const own = builds.filter(({ location }) => location.kind === "builder" && location.uri === uri);
    const { sentBytes = null, receivedBytes = null } = traffic.get(builder.alias) ?? {};
    return {
        builds: own.length,
        busyMs: own.reduce((sum, { durationMs }) => sum + durationMs, 0),
        cpuMs: addUp(own.map(({ use }) => use.cpuMs)),
        sentBytes,
        receivedBytes,
    };
}
/** The sum of the values; null if there are none, or one of them is not known. */
function addUp(values) {
    const known = values.filter((value) => value !== undefined);
    if (values.length === 0 || known.length < values.length)
        return null;
    return known.reduce((sum, value) => sum + value, 0);
}
function composeCache({ cache, substituter, ...rest }, { builds, substitutions, caches }) {
    const isSubstituted = (substitution, from) => substitution.outcome === "substituted" && from.some((source) => (0,_record_js__WEBPACK_IMPORTED_MODULE_2__/* .isFromCache */ .DR)(substitution, source));
    const substituted = substitutions.filter((item) => isSubstituted(item, [{ substituter }])).length;
    const needed = substitutions.filter((item) => isSubstituted(item, caches)).length + builds.length;
    return { uri: cache.uri, ...rest, hitRate: needed === 0 ? null : substituted / needed };
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
            const { find } = await Promise.all(/* import() */[__webpack_require__.e(1955), __webpack_require__.e(1375), __webpack_require__.e(9805)]).then(__webpack_require__.bind(__webpack_require__, 59805));
            const folder = find(TOOL, versionOf(digest), ANY_ARCHITECTURE);
            return folder === "" ? undefined : (0,external_node_path_.join)(folder, FILE_NAME);
        },
        keep: async (file, digest) => {
            const { cacheFile } = await Promise.all(/* import() */[__webpack_require__.e(1955), __webpack_require__.e(1375), __webpack_require__.e(9805)]).then(__webpack_require__.bind(__webpack_require__, 59805));
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
        const { readSubstituters } = await Promise.all(/* import() */[__webpack_require__.e(2857), __webpack_require__.e(5786)]).then(__webpack_require__.bind(__webpack_require__, 95786));
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
    const { openCaches } = await Promise.all(/* import() */[__webpack_require__.e(2857), __webpack_require__.e(4315), __webpack_require__.e(847)]).then(__webpack_require__.bind(__webpack_require__, 4315));
    return openCaches(job, context);
}
async function openPods(request, timeoutMs, context) {
    const { openKubernetesPool } = await Promise.all(/* import() */[__webpack_require__.e(2857), __webpack_require__.e(9757)]).then(__webpack_require__.bind(__webpack_require__, 89757));
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
            const { readNetrcSetting } = await Promise.all(/* import() */[__webpack_require__.e(2857), __webpack_require__.e(5786)]).then(__webpack_require__.bind(__webpack_require__, 95786));
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

/***/ 28953:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   DR: () => (/* binding */ isFromCache),
/* harmony export */   Si: () => (/* binding */ runStage),
/* harmony export */   WA: () => (/* binding */ addToRecord),
/* harmony export */   sU: () => (/* binding */ EMPTY_RECORD)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);

const EMPTY_RECORD = {
    nix: undefined,
    builders: [],
    builderChanges: [],
    traffic: new Map(),
    substituters: [],
    plans: [],
    attempts: [],
    built: new Map(),
    builds: [],
    substitutions: [],
    caches: [],
    images: [],
    audits: [],
    layerRecords: [],
    layers: [],
    previousSizes: new Map(),
    pushedDigest: undefined,
    smokeTests: [],
    gateResults: [],
    promotion: undefined,
};
/**
 * Adds what a stage did to a record. Attempts, builds and substitutions are appended; everything else is
 * replaced. The first `built` of a target stays, however: if it is a script that streams an image, the user
 * asked for the script, and not for the image that the script streams later.
 */
function addToRecord(record, addition) {
    const { attempts = [], builds = [], substitutions = [], built = new Map() } = addition;
    return {
        ...record,
        ...addition,
        attempts: [...record.attempts, ...attempts],
        builds: [...record.builds, ...builds],
        substitutions: [...record.substitutions, ...substitutions],
        built: new Map([...built, ...record.built]),
    };
}
/** Whether a store path came from this cache. Nix names a store with or without its `?settings`. */
function isFromCache({ from }, { substituter }) {
    return substituter !== undefined && from.startsWith(substituter.replace(/\?.*$/, ""));
}
/** Runs a stage. If it throws, returns a result that has the error and an empty record. */
async function runStage(work) {
    try {
        return await work();
    }
    catch (thrown) {
        return { record: {}, error: (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .toActionError */ .ie)(thrown) };
    }
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
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(24085);
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
    const { EnvHttpProxyAgent, Pool, request: send } = await __webpack_require__.e(/* import() */ 6752).then(__webpack_require__.t.bind(__webpack_require__, 46752, 19));
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
    await __webpack_require__.e(/* import() */ 8299).then(__webpack_require__.bind(__webpack_require__, 78299));
    const { default: ssh2 } = await __webpack_require__.e(/* import() */ 5472).then(__webpack_require__.t.bind(__webpack_require__, 85472, 23));
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
    await __webpack_require__.e(/* import() */ 8299).then(__webpack_require__.bind(__webpack_require__, 78299));
    const { default: ssh2 } = await __webpack_require__.e(/* import() */ 5472).then(__webpack_require__.t.bind(__webpack_require__, 85472, 23));
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
