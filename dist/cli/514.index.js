export const id = 514;
export const ids = [514];
export const modules = {

/***/ 30514:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  fetchArchive: () => (/* binding */ fetchArchive)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: external "node:url"
var external_node_url_ = __webpack_require__(73136);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/errors/errno.ts
var errno = __webpack_require__(38335);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(57075);
// EXTERNAL MODULE: external "node:stream/promises"
var external_node_stream_promises_ = __webpack_require__(46466);
// EXTERNAL MODULE: ./src/model/digest.ts
var digest = __webpack_require__(95305);
// EXTERNAL MODULE: ./src/platform/files.ts
var files = __webpack_require__(94924);
// EXTERNAL MODULE: ./src/platform/render-url.ts
var render_url = __webpack_require__(36715);
// EXTERNAL MODULE: ./src/platform/retry.ts
var retry = __webpack_require__(70385);
;// CONCATENATED MODULE: ./src/platform/download.ts











const IDLE_LIMIT_MS = 30_000;
/**
 * Downloads an `https:`, `http:` or `file:` URL to a new file, without holding it in memory, and returns the
 * digest of the bytes that it wrote. Retries as `retryTransient` says, and gives up on a server that is
 * silent for 30 s. Rejects with `DOWNLOAD_FAILED`, or with `CANCELLED` when `signal` fires; then it leaves no
 * file.
 */
async function downloadFile(url, file, options) {
    return attempt(url, options, async (body) => {
        const hash = (0,external_node_crypto_.createHash)("sha256");
        try {
            await (0,external_node_stream_promises_.pipeline)(body, limitBytes(options.maxBytes, hash.update.bind(hash)), (0,external_node_fs_.createWriteStream)(file), {
                ...(options.signal !== undefined && { signal: options.signal }),
            });
        }
        catch (error) {
            await (0,promises_.rm)(file, { force: true });
            throw error;
        }
        return (0,digest/* digestOfHex */.z9)(hash.digest("hex"));
    });
}
/** Downloads a URL as UTF-8 text, with the same limits and error codes as `downloadFile`. */
async function downloadText(url, options) {
    return attempt(url, options, async (body) => {
        const chunks = [];
        const limited = limitBytes(options.maxBytes, (chunk) => chunks.push(chunk));
        await (0,external_node_stream_promises_.pipeline)(body, limited.resume());
        return Buffer.concat(chunks).toString("utf8");
    });
}
async function attempt(url, options, receive) {
    try {
        return await (0,retry/* retryTransient */.jh)(async () => {
            if (url.protocol === "file:")
                return receive((0,files/* readRegularFile */.XF)((0,external_node_url_.fileURLToPath)(url)));
            const { body, discard } = await openUrl(url, options);
            try {
                return await receive(body);
            }
            finally {
                discard();
            }
        }, options);
    }
    catch (error) {
        throw toDownloadError(url, error, options.signal);
    }
}
function toDownloadError(url, error, signal) {
    if (signal?.aborted === true) {
        return (0,action_error/* runCancelled */.LJ)(`the run was cancelled during the download of ${(0,render_url/* renderUrl */.K)(url)}`);
    }
    if (error instanceof action_error/* ActionError */.lZ)
        return error;
    return new action_error/* ActionError */.lZ("DOWNLOAD_FAILED", `cannot download ${(0,render_url/* renderUrl */.K)(url)}: ${(0,action_error/* renderError */.vr)(error)}`, {
        cause: error,
        hint: hintFor(error),
    });
}
function hintFor(error) {
    if ((0,retry/* isTransient */.dg)(error)) {
        return `${retry/* MAX_ATTEMPTS */.m} attempts failed. Check that this machine can reach the server, then run again.`;
    }
    if (error instanceof retry/* ProxyError */.T6)
        return "Check the proxy variables of the environment, and their password.";
    return "Check the URL, and that this machine has access to it.";
}
async function openUrl(url, { sendHttp, signal, clock }) {
    const answer = await sendHttp({
        method: "GET",
        url: new URL(url.pathname + url.search, url.origin),
        headers: renderLogin(url),
        idleLimitMs: IDLE_LIMIT_MS,
        signal,
    });
    const { status, headers, discard } = answer;
    if (status === 200)
        return answer;
    discard();
    throw new retry/* StatusError */.Xs(`the server answered ${status}`, {
        status,
        isTransient: (0,retry/* isTransientStatus */.Dm)(status),
        retryAfterMs: (0,retry/* parseRetryAfter */.mu)(headers.get("retry-after"), clock.nowMs()),
    });
}
function renderLogin({ username, password }) {
    if (username === "" && password === "")
        return {};
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return { authorization: `Basic ${Buffer.from(login).toString("base64")}` };
}
function limitBytes(maxBytes, observe) {
    let bytes = 0;
    return new external_node_stream_.Transform({
        transform(chunk, _encoding, done) {
            bytes += chunk.length;
            if (bytes > maxBytes) {
                done(new Error(`it is larger than the limit of ${maxBytes} bytes`));
                return;
            }
            observe(chunk);
            done(null, chunk);
        },
    });
}

// EXTERNAL MODULE: external "node:zlib"
var external_node_zlib_ = __webpack_require__(38522);
// EXTERNAL MODULE: ./src/platform/zstd.ts
var zstd = __webpack_require__(66232);
;// CONCATENATED MODULE: ./src/nix-install/archive-format.ts








const XZ_MAGIC = "fd377a585a00";
const GZIP_MAGIC = "1f8b";
const UNPACK_LIMIT_MS = 300_000;
/**
 * Decompresses an archive into a plain tar next to it, removes the compressed file, and returns the tar's
 * path. The name of `archive` ends in `.tar.xz` whatever its format is: the format is detected from its first
 * bytes. Rejects with `NIX_ARCHIVE_INVALID`, `NIX_DISK_FULL` and `COMMAND_MISSING`.
 */
async function decompressArchive(archive, run) {
    const file = archive.replace(/\.xz$/, "");
    const format = await readFormat(archive);
    if (format === undefined)
        throw invalid("it is not compressed with xz, zstd or gzip");
    try {
        if (format === "xz") {
            await run("xz", ["--decompress", "--force", "--", archive], {
                timeoutMs: UNPACK_LIMIT_MS,
                env: { LC_ALL: "C" },
            });
        }
        else {
            const decompress = format === "zstd" ? zstd/* decompressZstd */.l8 : (0,external_node_zlib_.createGunzip)();
            await (0,external_node_stream_promises_.pipeline)((0,external_node_fs_.createReadStream)(archive), decompress, (0,external_node_fs_.createWriteStream)(file));
            await (0,promises_.rm)(archive);
        }
    }
    catch (error) {
        await (0,promises_.rm)(file, { force: true });
        throw toArchiveError(error, (0,external_node_path_.dirname)(file));
    }
    return file;
}
async function readFormat(archive) {
    const handle = await (0,promises_.open)(archive);
    try {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(6), 0, 6);
        const head = buffer.subarray(0, bytesRead);
        if ((0,zstd/* isZstd */.oO)(head))
            return "zstd";
        const hex = head.toString("hex");
        return hex.startsWith(XZ_MAGIC) ? "xz" : hex.startsWith(GZIP_MAGIC) ? "gzip" : undefined;
    }
    finally {
        await handle.close();
    }
}
function toArchiveError(error, folder) {
    if (error instanceof action_error/* ActionError */.lZ && error.code === "COMMAND_MISSING") {
        return new action_error/* ActionError */.lZ("COMMAND_MISSING", "the Nix archive cannot be unpacked: xz is not installed", {
            cause: error,
            hint: "Install xz-utils.",
        });
    }
    if ((0,errno/* isErrno */.r)(error, "ENOSPC", "EDQUOT") || /No space left on device|quota/.test((0,action_error/* renderError */.vr)(error))) {
        return diskFull(folder, error);
    }
    if (error instanceof action_error/* ActionError */.lZ && error.code !== "COMMAND_FAILED")
        return error;
    return invalid((0,action_error/* renderError */.vr)(error), error);
}
/** The disk that holds the run's folder is full. */
function diskFull(folder, cause) {
    return new action_error/* ActionError */.lZ("NIX_DISK_FULL", `the disk that holds ${folder} is too full for the Nix archive`, {
        cause,
        hint: "Free some space on that disk.",
    });
}
function invalid(reason, cause) {
    return new action_error/* ActionError */.lZ("NIX_ARCHIVE_INVALID", `the Nix archive cannot be unpacked: ${reason}`, {
        cause,
        hint: "The file is truncated, or not an archive. Check nix-url and nix-sha256.",
    });
}

// EXTERNAL MODULE: ./src/nix-install/resolve.ts + 1 modules
var resolve = __webpack_require__(61910);
;// CONCATENATED MODULE: ./src/nix-install/archive.ts









const MISMATCH_HINTS = {
    given: "Check that nix-sha256 belongs to this version, system and archive format.",
    table: "The server's file differs from upstream's release. If you built it yourself, set nix-sha256.",
    published: "The file and its .sha256 on the server disagree. Set nix-sha256 to pin the digest yourself.",
};
const MAX_ARCHIVE_BYTES = 1 << 29;
const MAX_DIGEST_FILE_BYTES = 1 << 10;
/**
 * Takes a release from the tool cache, or downloads it and keeps it there for the next run. Either way the
 * bytes are copied to the run's own folder and hashed there. A file in the tool cache with the wrong digest
 * is ignored with a warning. Rejects with `DOWNLOAD_FAILED`, `NIX_DIGEST_MISMATCH`, `NIX_ARCHIVE_INVALID`,
 * `NIX_DISK_FULL` and `COMMAND_MISSING`.
 */
async function fetchArchive(release, effects) {
    const { log, run, runFolder } = effects;
    const digest = await readExpectedDigest(release, effects);
    const archive = (0,external_node_path_.join)(runFolder, "nix-release.tar.xz");
    const kept = await effects.toolCache.find(digest);
    const isInCache = kept !== undefined && (await copyVerified(kept, archive, digest, effects));
    if (isInCache)
        log.info(`using the Nix archive from the tool cache: ${digest}`);
    else
        await download(release, archive, digest, effects);
    const file = await decompressArchive(archive, run);
    return { file, source: isInCache ? "tool-cache" : "download" };
}
async function download(release, archive, digest, effects) {
    const { log, toolCache } = effects;
    log.info(`downloading ${(0,render_url/* renderUrl */.K)(release.url)}`);
    const found = await fetchInto(archive, release.url, effects);
    if (found !== digest) {
        await (0,promises_.rm)(archive, { force: true });
        throw new action_error/* ActionError */.lZ("NIX_DIGEST_MISMATCH", `${(0,render_url/* renderUrl */.K)(release.url)} has the digest ${found}, expected ${digest}`, { hint: `Nothing was unpacked. ${MISMATCH_HINTS[release.digest.kind]}` });
    }
    try {
        await toolCache.keep(archive, digest);
    }
    catch (error) {
        log.warning(`could not keep Nix in the tool cache, the next run will download it again: ${(0,action_error/* renderError */.vr)(error)}`);
    }
}
async function readExpectedDigest(release, effects) {
    const { log } = effects;
    if (release.digest.kind !== "published") {
        const source = release.digest.kind === "given" ? "in nix-sha256" : "in this action's table of releases";
        log.info(`verifying Nix against the digest ${source}: ${release.digest.digest}`);
        return release.digest.digest;
    }
    const { url } = release.digest;
    const text = await downloadText(url, { ...effects, maxBytes: MAX_DIGEST_FILE_BYTES });
    const digest = (0,resolve/* parsePublishedDigest */.Uc)(text);
    log.info(`verifying Nix against the digest published at ${(0,render_url/* renderUrl */.K)(url)}: ${digest}`);
    return digest;
}
async function copyVerified(kept, file, digest, effects) {
    const { log } = effects;
    try {
        const found = await fetchInto(file, (0,external_node_url_.pathToFileURL)(kept), effects);
        if (found === digest)
            return true;
        log.warning(`ignoring the file in the tool cache for ${digest}: its digest is ${found}`);
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error))
            throw error;
        log.warning(`ignoring the file in the tool cache for ${digest}: ${(0,action_error/* renderError */.vr)(error)}`);
    }
    await (0,promises_.rm)(file, { force: true });
    return false;
}
async function fetchInto(file, url, effects) {
    try {
        return await downloadFile(url, file, { ...effects, maxBytes: MAX_ARCHIVE_BYTES });
    }
    catch (error) {
        if (error instanceof action_error/* ActionError */.lZ && (0,errno/* isErrno */.r)(error.cause, "ENOSPC", "EDQUOT")) {
            throw diskFull(effects.runFolder, error.cause);
        }
        throw error;
    }
}


/***/ })

};
