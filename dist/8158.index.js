export const id = 8158;
export const ids = [8158];
export const modules = {

/***/ 82251:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  q: () => (/* binding */ findNearest),
  O: () => (/* binding */ sortByLikeness)
});

;// CONCATENATED MODULE: ./node_modules/leven/index.js
const array = [];
const characterCodeCache = [];

function leven(first, second, options) {
	if (first === second) {
		return 0;
	}

	const maxDistance = options?.maxDistance;
	const swap = first;

	// Swapping the strings if `a` is longer than `b` so we know which one is the
	// shortest & which one is the longest
	if (first.length > second.length) {
		first = second;
		second = swap;
	}

	let firstLength = first.length;
	let secondLength = second.length;

	// Performing suffix trimming:
	// We can linearly drop suffix common to both strings since they
	// don't increase distance at all
	// Note: `~-` is the bitwise way to perform a `- 1` operation
	while (firstLength > 0 && (first.charCodeAt(~-firstLength) === second.charCodeAt(~-secondLength))) {
		firstLength--;
		secondLength--;
	}

	// Performing prefix trimming
	// We can linearly drop prefix common to both strings since they
	// don't increase distance at all
	let start = 0;

	while (start < firstLength && (first.charCodeAt(start) === second.charCodeAt(start))) {
		start++;
	}

	firstLength -= start;
	secondLength -= start;

	// Early termination after trimming: if difference in length exceeds max distance
	if (maxDistance !== undefined && secondLength - firstLength > maxDistance) {
		return maxDistance;
	}

	if (firstLength === 0) {
		return maxDistance !== undefined && secondLength > maxDistance
			? maxDistance
			: secondLength;
	}

	let bCharacterCode;
	let result;
	let temporary;
	let temporary2;
	let index = 0;
	let index2 = 0;

	while (index < firstLength) {
		characterCodeCache[index] = first.charCodeAt(start + index);
		array[index] = ++index;
	}

	while (index2 < secondLength) {
		bCharacterCode = second.charCodeAt(start + index2);
		temporary = index2++;
		result = index2;

		for (index = 0; index < firstLength; index++) {
			temporary2 = bCharacterCode === characterCodeCache[index] ? temporary : temporary + 1;
			temporary = array[index];
			// eslint-disable-next-line no-multi-assign
			result = array[index] = temporary > result
				? (temporary2 > result ? result + 1 : temporary2)
				: (temporary2 > temporary ? temporary + 1 : temporary2);
		}

		// Early termination: if all values in current row exceed maxDistance
		if (maxDistance !== undefined) {
			let rowMinimum = result;
			for (index = 0; index < firstLength; index++) {
				if (array[index] < rowMinimum) {
					rowMinimum = array[index];
				}
			}

			if (rowMinimum > maxDistance) {
				return maxDistance;
			}
		}
	}

	// Bound arrays to avoid retaining large previous sizes
	array.length = firstLength;
	characterCodeCache.length = firstLength;

	return maxDistance !== undefined && result > maxDistance ? maxDistance : result;
}

function closestMatch(target, candidates, options) {
	if (!Array.isArray(candidates) || candidates.length === 0) {
		return undefined;
	}

	const userMax = options?.maxDistance;
	const targetLength = target.length;

	// Exact match fast-path
	for (const candidate of candidates) {
		if (candidate === target) {
			return candidate;
		}
	}

	if (userMax === 0) {
		return undefined;
	}

	let best;
	let bestDist = Number.POSITIVE_INFINITY;
	const seen = new Set();

	for (const candidate of candidates) {
		if (seen.has(candidate)) {
			continue;
		}

		seen.add(candidate);

		const lengthDiff = Math.abs(candidate.length - targetLength);
		if (lengthDiff >= bestDist) {
			continue;
		}

		if (userMax !== undefined && lengthDiff > userMax) {
			continue;
		}

		const cap = Number.isFinite(bestDist)
			? (userMax === undefined ? bestDist : Math.min(bestDist, userMax))
			: userMax;

		const distance = cap === undefined
			? leven(target, candidate)
			: leven(target, candidate, {maxDistance: cap});

		// Skip candidates that exceed the user's maximum distance
		if (userMax !== undefined && distance > userMax) {
			continue;
		}

		// If we got a capped result that equals the cap, we need the actual distance
		// for accurate comparison, but only if the cap was due to userMax
		let actualD = distance;
		if (cap !== undefined && distance === cap && cap === userMax) {
			actualD = leven(target, candidate);
		}

		if (actualD < bestDist) {
			bestDist = actualD;
			best = candidate;
			if (bestDist === 0) {
				break;
			}
		}
	}

	if (userMax !== undefined && bestDist > userMax) {
		return undefined;
	}

	return best;
}

;// CONCATENATED MODULE: ./src/model/nearest.ts

/** Names that differ in more than this share of their letters are not alike. */
const MAX_SHARE = 0.4;
/** The names, those that are most alike to `wanted` first; names that are equally alike stay in order. */
function sortByLikeness(wanted, names) {
    return names.toSorted((a, b) => leven(wanted, a) - leven(wanted, b));
}
/** The name that `wanted` is probably a misspelling of. */
function findNearest(wanted, names) {
    const [nearest] = sortByLikeness(wanted, names);
    if (nearest === undefined)
        return undefined;
    return leven(wanted, nearest) <= Math.ceil(wanted.length * MAX_SHARE) ? nearest : undefined;
}


/***/ }),

/***/ 41457:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $0: () => (/* binding */ listPositions),
/* harmony export */   Dj: () => (/* binding */ LOCK_WARNING),
/* harmony export */   Ti: () => (/* binding */ isEvaluationError),
/* harmony export */   iF: () => (/* binding */ readNixError)
/* harmony export */ });
const MAX_LINES = 25;
const MAX_LINE_CHARACTERS = 300;
/** Lines in which Nix speaks about its trace, not about the error. */
const ABOUT_TRACE = /^\((?:use '--show-trace'|stack trace truncated)/;
/**
 * The last error in the output of Nix, without the trace that precedes it: its message, the position, and the
 * lines of source code around it. The first line has no `error:`.
 */
function readNixError(text) {
    const lines = lastError(text).map((line) => line.trimEnd());
    const kept = lines.filter((line) => line !== "" && !ABOUT_TRACE.test(line.trimStart()));
    // The source code stays aligned: every line loses the indentation of the least indented one.
    const [, ...others] = kept;
    const indentation = Math.min(...others.map((line) => line.length - line.trimStart().length));
    const [first = "", ...rest] = kept.map((line, at) => (at === 0 ? line.trim() : line.slice(indentation)));
    return [first.replace(/^error:\s*/, ""), ...rest]
        .filter((line) => line !== "")
        .slice(0, MAX_LINES)
        .map((line) => line.slice(0, MAX_LINE_CHARACTERS))
        .join("\n");
}
/** The positions in the output of Nix: that of the error first, then those of its trace, innermost first. */
function listPositions(text) {
    const own = findPositions(lastError(text));
    const all = findPositions(text.split("\n"));
    return [...own, ...all.slice(0, all.length - own.length).toReversed()];
}
/** Whether the output of Nix is about the evaluation of Nix code: it has a position or a trace. */
function isEvaluationError(text) {
    return listPositions(text).length > 0 || /^[ \t]*… while /m.test(text);
}
function lastError(text) {
    const lines = text.split("\n");
    const start = lines.findLastIndex((line) => /^\s*error:/.test(line));
    return start === -1 ? lines.slice(-5) : lines.slice(start);
}
function findPositions(lines) {
    return lines.flatMap((line) => {
        const [, file, row, column] = /^\s*at (\S.*?):(\d+):(\d+):?$/.exec(line) ?? [];
        return file === undefined ? [] : [{ file, line: Number(row), column: Number(column) }];
    });
}
/** Nix's warning about a flake.lock that does not lock all inputs. The changes to it follow. */
const LOCK_WARNING = "not writing modified lock file of flake";


/***/ }),

/***/ 16429:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   EI: () => (/* binding */ findEvaluationError),
/* harmony export */   GC: () => (/* binding */ explainRefusal),
/* harmony export */   NQ: () => (/* binding */ hintForFetch),
/* harmony export */   XE: () => (/* binding */ classifyFailure),
/* harmony export */   _R: () => (/* binding */ findFailedDerivation),
/* harmony export */   m1: () => (/* binding */ hasFailedOnBuilder)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _error_text_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(41457);


/** The build hook's message for a derivation that failed on a builder: Nix's only reliable marker of that. */
const FAILED_ON_BUILDER = /build of '([^']+)' on '[^']+' failed: /;
/**
 * Causes, recognized by the messages of ssh and of Nix 2.8 to 2.35. The order matters: a wrong host key is
 * also reported as a failed connection, and a failed connection as a failed build.
 */
const CAUSES = [
    {
        pattern: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/,
        code: "BUILDER_HOST_KEY",
        hint: "Compare the builder's host key with ssh-known-hosts.",
    },
    {
        pattern: /Permission denied \(|you are not privileged to build|lacks a (?:valid )?signature/,
        code: "BUILDER_DENIED",
        hint: "Check ssh-private-key, and that the builder's nix.conf has its user in trusted-users.",
    },
    {
        pattern: new RegExp([
            "failed to start SSH connection|cannot open connection to remote store",
            "Connection (?:refused|reset|timed out|closed)|kex_exchange_identification",
            "Could not resolve hostname|not responding|Broken pipe|protocol mismatch",
            "unexpected (?:end-of-file|EOF)",
        ].join("|")),
        code: "BUILDER_UNREACHABLE",
        hint: "Check that the builder is running and reachable from this machine.",
    },
    {
        // The last one is Nix's note about a build that failed while its disk was full.
        pattern: /No space left on device|database or disk is full|lack of free disk space/,
        code: "NIX_DISK_FULL",
        hint: "Free space for the Nix store, on this machine or on the builder in the message.",
    },
    {
        pattern: /Nix daemon disconnected unexpectedly|cannot connect to socket at/,
        code: "NIX_DAEMON_FAILED",
        hint: "Restart the Nix daemon: systemctl restart nix-daemon.",
    },
    {
        // Nix 2.8 only reports that it has no builder: its daemon ignored the setting of an untrusted user.
        pattern: /not a trusted user|restricted setting|lacks permission to|untrusted client|or enable remote builds/,
        code: "NIX_NOT_TRUSTED",
        hint: "Add this user to trusted-users in /etc/nix/nix.conf and restart the daemon.",
    },
    {
        pattern: /Failed to find a machine for remote build|[Uu]nable to start any build/,
        code: "BUILDER_UNFIT",
        hint: "Compare the systems and features that the derivation requires with those of the builders.",
    },
];
const NAMES_BUILD = /(?:builder for|Cannot build) '([^']+)'/;
const NAMES_FAILURE = /failed with exit code|failed due to signal|builder failed/;
/** Nix's messages about content that has another hash than the one in the Nix code, or in flake.lock. */
const WRONG_HASHES = [
    {
        place: "in the Nix code",
        parts: [
            /hash mismatch in (?:fixed-output derivation|file downloaded from) '([^']+)'/,
            /specified:\s*(\S+)/,
            /got:\s*(\S+)/,
        ],
    },
    {
        place: "in flake.lock",
        parts: [/NAR hash mismatch in input '([^']+)'/, /expected '([^']+)'/, /'([^']+)'/],
    },
];
/**
 * Turns the messages of a failed `nix build`, oldest first, into an error. A derivation that was built and
 * failed is `BUILD_FAILED`, one with a wrong hash is `HASH_MISMATCH`, and Nix code that cannot be evaluated
 * is `EVALUATION_FAILED`. A cause that kept it from being built has its own code. Anything else is
 * `BUILD_FAILED` with Nix's last error.
 */
function classifyFailure(messages) {
    const errors = messages.filter(({ level }) => level === 0).map(({ text }) => stripPrefix(text));
    const mismatch = errors.map(explainMismatch).find((found) => found !== undefined);
    if (mismatch !== undefined)
        return mismatch;
    const cause = findCause(messages);
    const failed = errors.find(hasFailedOnBuilder) ??
        errors.find((text) => findFailedBuild(text) !== undefined &&
            !isCause(text) &&
            // Nix also reports a lost builder as a build that exited with 1; then the lost builder is the cause.
            (cause === undefined || /exit code (?!1\b)/.test(text)));
    if (failed !== undefined) {
        return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("BUILD_FAILED", firstLines(failed), {
            hint: "The last lines of its log say why. They are in the log of this run, in the job summary and in the " +
                "report.",
        });
    }
    // Before the causes: what ssh says about a git server is not about a builder.
    const fetch = errors.find((text) => FAILED_FETCH.test(text));
    if (fetch !== undefined) {
        return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("EVALUATION_FAILED", (0,_error_text_js__WEBPACK_IMPORTED_MODULE_1__/* .readNixError */ .iF)(fetch), { hint: FETCH_HINT });
    }
    const evaluation = findEvaluationError(messages);
    if (evaluation !== undefined) {
        return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("EVALUATION_FAILED", (0,_error_text_js__WEBPACK_IMPORTED_MODULE_1__/* .readNixError */ .iF)(evaluation), {
            hint: hintForFetch(evaluation) ?? "Fix the Nix code. A new file must be known to git: git add FILE.",
        });
    }
    if (cause !== undefined) {
        const message = `the build could not continue: ${firstLines(stripPrefix(cause.text))}`;
        return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ(cause.code, message, { hint: cause.hint });
    }
    const last = errors.at(-1) ?? messages.at(-1)?.text ?? "nix build failed without a message";
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("BUILD_FAILED", firstLines(last), {
        hint: "Run nix build for the same package by hand to see everything that Nix prints.",
    });
}
/** Nix's messages about a flake input, or another source of an evaluation, that could not be fetched. */
const FAILED_FETCH = /while fetching the input|[Ff]ailed to fetch git repository|program 'git' failed/;
/** During an evaluation, a download is a source; during a build, it may be of a binary cache. */
const REFUSED_DOWNLOAD = /unable to download '[^']*': HTTP error 40[134]/;
const FETCH_HINT = "Check the URL of this input. If it is private, set access-tokens; for git+ssh, set ssh-private-key, and " +
    "ssh-known-hosts for its server. Pull requests from forks get none of them.";
/** What to do if the output of a failed evaluation is about a source that could not be fetched. */
function hintForFetch(text) {
    return FAILED_FETCH.test(text) || REFUSED_DOWNLOAD.test(text) ? FETCH_HINT : undefined;
}
/** The error of Nix that says why Nix code could not be evaluated, with its trace. */
function findEvaluationError(messages) {
    // A lost daemon or a full disk may interrupt an evaluation too, and then its code is not to blame.
    return messages.findLast(({ level, text }) => level === 0 && (0,_error_text_js__WEBPACK_IMPORTED_MODULE_1__/* .isEvaluationError */ .Ti)(text) && !isCause((0,_error_text_js__WEBPACK_IMPORTED_MODULE_1__/* .readNixError */ .iF)(text)))?.text;
}
function findMismatch(text) {
    for (const { place, parts } of WRONG_HASHES) {
        const [subject, specified, got] = findInTurn(text, parts);
        if (subject === undefined || specified === undefined || got === undefined)
            continue;
        return { subject, specified, got, place };
    }
    return undefined;
}
/** What the group of each pattern matches, each after the match of the one before it. */
function findInTurn(text, patterns) {
    let rest = text;
    return patterns.map((pattern) => {
        const match = pattern.exec(rest);
        rest = match === null ? "" : rest.slice(match.index + match[0].length);
        return match?.[1];
    });
}
/** The error for a wrong hash, with the one to paste; undefined for any other text of Nix. */
function explainMismatch(text) {
    const mismatch = findMismatch(text);
    if (mismatch === undefined)
        return undefined;
    const { subject, specified, got, place } = mismatch;
    const remedy = place === "in flake.lock" ? "run nix flake update." : `paste its hash: hash = "${got}";`;
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("HASH_MISMATCH", `${subject} has the hash ${got}, not ${specified} as ${place}`, {
        hint: `If you trust the new content, ${remedy} Otherwise find out why it changed.`,
    });
}
/** Replaces a daemon's refusal with a more specific error if its message has a known cause. */
function explainRefusal(error) {
    const classified = classifyFailure([{ level: 0, text: error.message }]);
    return classified.code === "BUILD_FAILED" ? error : classified;
}
/**
 * True if a message of Nix proves that a build ran on a builder and failed, so that it would fail on any
 * other builder too.
 */
function hasFailedOnBuilder(text) {
    return FAILED_ON_BUILDER.test(text) && !isCause(text);
}
/** The derivation that failed, if the text is Nix's message about a failed build. */
function findFailedDerivation(text) {
    return FAILED_ON_BUILDER.exec(text)?.[1] ?? findMismatch(text)?.subject ?? findFailedBuild(text);
}
/**
 * The derivation of a failed build. Like `findMismatch`, uses one pattern after the other instead of a single
 * one, which would search the rest of the text again for every build in it.
 */
function findFailedBuild(text) {
    const named = NAMES_BUILD.exec(text);
    return named !== null && NAMES_FAILURE.test(text.slice(named.index)) ? named[1] : undefined;
}
function isCause(text) {
    return CAUSES.some(({ pattern }) => pattern.test(text));
}
function findCause(messages) {
    for (const { pattern, code, hint } of CAUSES) {
        const found = messages.find(({ text }) => pattern.test(text));
        if (found !== undefined)
            return { code, hint, text: found.text };
    }
    return undefined;
}
function stripPrefix(text) {
    return text.replace(/^error:\s*/, "");
}
/** The first three lines that say what failed, without what Nix adds: log lines and output paths. */
function firstLines(text) {
    const lines = text.split("\n").map((line) => line.trim());
    const end = lines.findIndex((line) => /^(?:Output paths|last \d+ log lines|For full logs)\b/i.test(line));
    return lines
        .slice(0, end === -1 ? undefined : end)
        .filter((line) => line !== "")
        .slice(0, 3)
        .join(" ")
        .replace(/;$/, "")
        .slice(0, 1_000);
}


/***/ }),

/***/ 10626:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Oy: () => (/* binding */ inspectFlake),
/* harmony export */   VZ: () => (/* binding */ readDerivationPath)
/* harmony export */ });
/* unused harmony exports parseUnlockedInputs, parseFlakeOutputs */
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(92857);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _platform_log_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(74425);
/* harmony import */ var _error_text_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(41457);
/* harmony import */ var _failure_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(16429);
/* harmony import */ var _source_place_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(45172);






const EVALUATION_LIMIT_MS = 15 * 60_000;
/**
 * Reads the names of a flake's packages, by system, and its unlocked inputs. Builds nothing and writes no
 * lock file. Rejects with `FLAKE_INVALID` and Nix's error if the evaluation fails, with
 * `FLAKE_OUTPUT_MISSING` for a flake without packages, and with the codes of what can keep Nix from
 * evaluating it.
 */
async function inspectFlake(runNix, flake, cwd) {
    const { stdout, stderr } = await evaluate(runNix, ["--json", `${flake}#packages`, "--apply", "builtins.mapAttrs (_: builtins.attrNames)"], { code: "FLAKE_INVALID", subject: `the flake ${flake}`, flake, command: `nix flake show ${flake}`, cwd });
    return {
        outputs: parseFlakeOutputs(stdout, flake),
        unlockedInputs: parseUnlockedInputs((0,_platform_log_js__WEBPACK_IMPORTED_MODULE_3__/* .sanitizeText */ .jZ)(stderr)),
    };
}
/**
 * Reads which inputs Nix had to lock for this run only, from its warning. Nix warns if flake.lock is missing,
 * lacks inputs, or is not tracked by git, and only for a flake that has inputs.
 */
function parseUnlockedInputs(text) {
    const [, changes] = text.split(_error_text_js__WEBPACK_IMPORTED_MODULE_4__/* .LOCK_WARNING */ .Dj);
    const names = [...(changes ?? "").matchAll(/^\s*• (?:Added|Updated) input '([^'/]+)'/gm)];
    return [...new Set(names.map(([, name = ""]) => name))];
}
/**
 * Evaluates a package, `FLAKE#packages.SYSTEM.NAME`, to the path of its derivation. Builds nothing and writes
 * no lock file. Rejects with `EVALUATION_FAILED` and Nix's error, and with the codes of what can keep Nix
 * from evaluating it.
 */
async function readDerivationPath(runNix, attribute, cwd) {
    const [flake = ""] = attribute.split("#");
    const path = `${attribute}.drvPath`;
    const subject = `the package ${attribute}`;
    const about = { code: "EVALUATION_FAILED", subject, flake, command: `nix eval '${path}'`, cwd };
    return (await evaluate(runNix, ["--raw", path], about)).stdout.trim();
}
async function evaluate(runNix, args, about) {
    const { flake, cwd } = about;
    const { exitCode, stdout, stderr } = await runNix(["eval", "--no-write-lock-file", ...args], {
        cwd,
        timeoutMs: EVALUATION_LIMIT_MS,
        expectedExitCodes: "any",
    });
    if (exitCode === 0)
        return { stdout, stderr };
    const text = (0,_platform_log_js__WEBPACK_IMPORTED_MODULE_3__/* .sanitizeText */ .jZ)(stderr);
    throw await (0,_source_place_js__WEBPACK_IMPORTED_MODULE_2__/* .locateError */ .H)(explainEvaluation(text, about), text, { flakes: [flake], cwd });
}
/** Failures that are not due to the flake's code. */
const OTHER_CAUSES = ["HASH_MISMATCH", "NIX_DISK_FULL", "NIX_DAEMON_FAILED"];
function explainEvaluation(text, { code, subject, flake, command }) {
    const message = (0,_error_text_js__WEBPACK_IMPORTED_MODULE_4__/* .readNixError */ .iF)(text);
    if (code === "FLAKE_INVALID" && message.includes("does not provide attribute")) {
        return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("FLAKE_OUTPUT_MISSING", `the flake ${flake} has no packages`, {
            hint: "Add packages.SYSTEM.NAME to its outputs.",
        });
    }
    const classified = (0,_failure_js__WEBPACK_IMPORTED_MODULE_1__/* .classifyFailure */ .XE)([{ level: 0, text: message }]);
    if (OTHER_CAUSES.includes(classified.code))
        return classified;
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ(code, `${subject} cannot be evaluated: ${message}`, {
        hint: (0,_failure_js__WEBPACK_IMPORTED_MODULE_1__/* .hintForFetch */ .NQ)(text) ?? `Reproduce it with: ${command}`,
    });
}
const OUTPUTS = zod__WEBPACK_IMPORTED_MODULE_5__/* .record */ .g1P(zod__WEBPACK_IMPORTED_MODULE_5__/* .string */ .YjP(), zod__WEBPACK_IMPORTED_MODULE_5__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_5__/* .string */ .YjP()));
/** Reads the JSON of package names by system. Rejects with `FLAKE_INVALID` for anything else. */
function parseFlakeOutputs(json, flake) {
    try {
        return OUTPUTS.parse(JSON.parse(json));
    }
    catch {
        throw new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("FLAKE_INVALID", `the packages of ${flake} are not sets of packages by system`, {
            hint: "Write them as packages = { SYSTEM = { NAME = derivation; }; }.",
        });
    }
}


/***/ }),

/***/ 45172:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   H: () => (/* binding */ locateError),
/* harmony export */   M: () => (/* binding */ localFolder)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(51455);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs_promises__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var _error_text_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(41457);



/**
 * Adds to an evaluation error the place in the user's own files that Nix names in `text`: the innermost one,
 * since the error may be in another flake that the user's calls. `flakes` are the references as given.
 */
async function locateError(error, text, { flakes, cwd }) {
    const folders = [...new Set(flakes)].flatMap((flake) => localFolder(flake, cwd) ?? []);
    for (const { file, line, column } of (0,_error_text_js__WEBPACK_IMPORTED_MODULE_2__/* .listPositions */ .$0)(text)) {
        const own = await findOwnFile(file, folders);
        const place = own === undefined ? undefined : { file: own, line, column };
        if (place !== undefined)
            return error.with({ place });
    }
    return error;
}
/**
 * The folder of a flake on this machine; undefined for a flake from elsewhere.
 * @see Nix manual, `nix flake`, "Path-like syntax"
 */
function localFolder(flake, cwd) {
    const path = flake.replace(/^(?:path:|git\+file:)(?:\/\/)?/, "").replace(/[?#].*$/, "");
    return /^(?:\.|\/|$)/.test(path) ? (0,node_path__WEBPACK_IMPORTED_MODULE_1__.resolve)(cwd, path) : undefined;
}
/**
 * The user's file of which Nix evaluated a copy in the store. Nix copies the folder of a flake, or the whole
 * git repository around it. Another flake may have a file of the same name, so the contents are compared.
 */
async function findOwnFile(file, folders) {
    const [, inSource] = /^\/nix\/store\/[^/]+\/(.+)$/.exec(file) ?? [];
    if (inSource === undefined)
        return file.startsWith("/") ? file : undefined;
    const copy = await readOptional(file);
    if (copy === undefined)
        return undefined;
    for (const start of folders) {
        for (let folder = start;; folder = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(folder)) {
            const own = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, inSource);
            if ((await readOptional(own))?.equals(copy) === true)
                return own;
            if (folder === (0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(folder))
                break;
        }
    }
    return undefined;
}
async function readOptional(file) {
    try {
        return await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readFile)(file);
    }
    catch {
        return undefined;
    }
}


/***/ }),

/***/ 19473:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  h: () => (/* binding */ readEmulation),
  e: () => (/* binding */ withEmulator)
});

// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./src/platform/files.ts
var files = __webpack_require__(94924);
;// CONCATENATED MODULE: ./src/platform/qemu.ts




/** QEMU's CPU names that differ from Nix's. @see qemu, scripts/qemu-binfmt-conf.sh */
const QEMU_CPU = {
    i686: "i386",
    armv7l: "arm",
    powerpc64le: "ppc64le",
};
const DOWNLOAD_LIMIT_MS = 300_000;
/** Whether `provideQemu` has a way to get QEMU on this machine: an installed one, or apt. */
async function canProvideQemu(target, environment) {
    return ((await findProgram(`${nameQemu(target)}-static`, environment)) !== undefined ||
        (await findProgram("apt-get", environment)) !== undefined);
}
/**
 * Returns a statically linked QEMU for programs of a target system: an installed one, or that of the
 * distribution's package, which is downloaded and unpacked into the run's folder. It is not installed, since
 * the package would register QEMU for every CPU, for good. Rejects with `QEMU_FAILED` and `CANCELLED`.
 */
async function provideQemu(target, effects) {
    const installed = await findProgram(`${nameQemu(target)}-static`, effects.environment);
    if (installed !== undefined)
        return installed;
    try {
        return await downloadQemu(nameQemu(target), effects);
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error))
            throw error;
        throw new action_error/* ActionError */.lZ("QEMU_FAILED", `cannot get QEMU for ${target}: ${(0,action_error/* renderError */.vr)(error)}`, {
            cause: error,
            hint: `Install ${nameQemu(target)}-static on this machine, or register QEMU in an earlier step.`,
        });
    }
}
async function downloadQemu(name, effects) {
    // Debian 13's qemu-user-static has only links to the programs of qemu-user, which are static there.
    for (const [packageName, program] of [
        ["qemu-user-static", `${name}-static`],
        ["qemu-user", name],
    ]) {
        const folder = (0,external_node_path_.join)(effects.runFolder, packageName);
        await (0,promises_.mkdir)(folder);
        await downloadPackage(packageName, folder, effects);
        const file = (0,external_node_path_.join)("usr/bin", program);
        // dpkg-deb -x would unpack QEMU for every CPU, half a gigabyte.
        const [archive = ""] = await (0,files/* readdirIfPresent */.wi)(folder);
        const input = effects.openProcess("dpkg-deb", ["--fsys-tarfile", (0,external_node_path_.join)(folder, archive)]);
        await effects.run("tar", ["-x", "-C", folder, `./${file}`], { input, timeoutMs: DOWNLOAD_LIMIT_MS });
        if ((await (0,promises_.lstat)((0,external_node_path_.join)(folder, file))).isFile())
            return (0,external_node_path_.join)(folder, file);
    }
    throw new Error(`the packages qemu-user-static and qemu-user have no program ${name}`);
}
/** Downloads a package, and updates apt's lists first if they are missing or out of date. */
async function downloadPackage(packageName, folder, { run, runAsRoot }) {
    const download = () => run("apt-get", ["download", "--quiet=2", packageName], { cwd: folder, timeoutMs: DOWNLOAD_LIMIT_MS });
    try {
        await download();
    }
    catch (error) {
        if (!(error instanceof action_error/* ActionError */.lZ) || error.code !== "COMMAND_FAILED")
            throw error;
        await runAsRoot("apt-get", ["update", "--quiet=2"], { timeoutMs: DOWNLOAD_LIMIT_MS });
        await download();
    }
}
function nameQemu(target) {
    const cpu = target.replace(/-linux$/, "");
    return `qemu-${QEMU_CPU[cpu] ?? cpu}`;
}
async function findProgram(name, environment) {
    for (const folder of (environment["PATH"] ?? "").split(external_node_path_.delimiter)) {
        const file = (0,external_node_path_.join)(folder, name);
        if (await (0,files/* isExecutable */.TV)(file))
            return file;
    }
    return undefined;
}

;// CONCATENATED MODULE: ./src/pipeline/emulation.ts


/**
 * Reads whether this machine can emulate a target, with a QEMU that is registered or that this run may
 * register, and why.
 */
async function readEmulation(target, { registersEmulation }, { system, canBecomeRoot, environment, binfmt }) {
    const impossible = (reason) => ({ isPossible: false, reason });
    const emulator = await binfmt.read(target);
    switch (emulator.state) {
        case "ready":
            return { isPossible: true, reason: `QEMU is registered for ${target} on this machine` };
        case "unfit":
            return impossible(`QEMU cannot be used: ${emulator.reason}`);
        case "missing": {
            const missing = `QEMU is not registered for ${target} on this machine`;
            if (!system.endsWith("-linux"))
                return impossible(`${missing}, which is not Linux`);
            if (!isAllowed(registersEmulation, environment))
                return impossible(`${missing} (register-emulation: true or docker/setup-qemu-action registers it)`);
            if (!canBecomeRoot)
                return impossible(`${missing}, and only root can register it`);
            if (!(await canProvideQemu(target, environment)))
                return impossible(`${missing}, and there is neither a static QEMU nor apt-get to download one`);
            return { isPossible: true, reason: `this run can register QEMU for ${target} while it builds` };
        }
    }
}
/** A registration holds for the whole machine, so it needs consent, unless GitHub discards the machine. */
function isAllowed(registersEmulation, environment) {
    return registersEmulation === "auto"
        ? environment["RUNNER_ENVIRONMENT"] === "github-hosted"
        : registersEmulation;
}
/**
 * Runs `work` while QEMU is registered for a target. Uses a handler that somebody else registered as it is.
 * Otherwise registers one of this run and removes it afterwards; after a cancellation or a kill, `cleanUp`
 * removes it. Rejects with `QEMU_FAILED`, and as `work` does.
 */
async function withEmulator(target, context, work) {
    const { nonce, binfmt, log } = context;
    const emulator = await binfmt.read(target);
    if (emulator.state !== "missing")
        return work();
    const interpreter = await provideQemu(target, context);
    await register({ target, nonce, interpreter }, binfmt);
    log.info(`registered QEMU for ${target} (${interpreter}) until the build has ended`);
    try {
        return await work();
    }
    finally {
        try {
            await binfmt.unregister({ nonce, target });
        }
        catch (error) {
            if (!(0,action_error/* isCancelled */.mm)(error))
                log.warning(`QEMU is still registered: ${(0,action_error/* renderError */.vr)(error)}`);
        }
    }
}
async function register(registration, binfmt) {
    try {
        await binfmt.register(registration);
    }
    catch (error) {
        if ((0,action_error/* isCancelled */.mm)(error))
            throw error;
        throw new action_error/* ActionError */.lZ("QEMU_FAILED", `cannot register QEMU for ${registration.target} with the kernel: ${(0,action_error/* renderError */.vr)(error)}`, {
            cause: error,
            hint: "In a container, register QEMU on its host, for example with docker/setup-qemu-action.",
        });
    }
}


/***/ }),

/***/ 60044:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   N: () => (/* binding */ inspect)
/* harmony export */ });
/* harmony import */ var _nix_flake_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(10626);
/* harmony import */ var _nix_source_place_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(45172);
/* harmony import */ var _emulation_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(19473);



/**
 * Reads the flakes' outputs, and which targets can be emulated. Rejects as `inspectFlake` does.
 */
async function inspect(context, { job, session }) {
    const [installables, emulations] = await Promise.all([
        Promise.all(job.installables.map(async (installable) => ({
            installable,
            ...(await (0,_nix_flake_js__WEBPACK_IMPORTED_MODULE_0__/* .inspectFlake */ .Oy)(session.runNix, installable.flake, job.workingDirectory)),
        }))),
        Promise.all(job.targets.map(async (target) => [target, await (0,_emulation_js__WEBPACK_IMPORTED_MODULE_2__/* .readEmulation */ .h)(target, job, context)])),
    ]);
    const lockWarnings = new Map(installables.flatMap(({ installable: { flake }, unlockedInputs }) => {
        // The inputs of another repository can only be locked there.
        if (unlockedInputs.length === 0 || (0,_nix_source_place_js__WEBPACK_IMPORTED_MODULE_1__/* .localFolder */ .M)(flake, job.workingDirectory) === undefined)
            return [];
        return [[flake, warnAboutLock(flake, unlockedInputs)]];
    }));
    return {
        record: {},
        output: {
            buildSystem: context.system,
            installables,
            emulations: new Map(emulations),
            lockWarnings: [...lockWarnings.values()],
        },
    };
}
function warnAboutLock(flake, inputs) {
    const detail = `no flake.lock of the flake ${flake} locks its ${inputs.length === 1 ? "input" : "inputs"} ` +
        `${inputs.join(", ")}: each run uses the newest version, so runs are not repeatable`;
    return { flake, detail, hint: "Run `nix flake lock` in its folder, and commit flake.lock." };
}


/***/ }),

/***/ 92533:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   bJ: () => (/* binding */ planFor),
/* harmony export */   et: () => (/* binding */ plan),
/* harmony export */   jd: () => (/* binding */ requestPlan)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _plan_strategy_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(78514);


/** Chooses the strategy of each target, and logs why. Fails with the codes of `planTarget`. */
function plan({ log }, { job, inspection, builders }) {
    try {
        const plans = job.targets.map((target) => planFor(target, { job, inspection, builders }));
        for (const target of plans)
            logPlan(target, log);
        return { record: { plans }, output: plans };
    }
    catch (thrown) {
        return { record: {}, error: (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .toActionError */ .ie)(thrown) };
    }
}
/** The plan of one target. Throws the codes of `planTarget`. */
function planFor(target, input) {
    return (0,_plan_strategy_js__WEBPACK_IMPORTED_MODULE_1__/* .planTarget */ .hB)(requestPlan(target, input));
}
/** What decides on the plan of one target. */
function requestPlan(target, { job, inspection, builders }) {
    const { buildSystem, installables, emulations } = inspection;
    return {
        buildSystem,
        target,
        strategy: job.strategy,
        installables,
        builders,
        emulation: emulations.get(target) ?? { isPossible: false, reason: `${target} was not inspected` },
    };
}
function logPlan({ target, strategy, verdicts }, log) {
    const lines = verdicts.map((given) => `${given.strategy}: ${given.verdict}, ${given.reason}`);
    log.group(`${target} is built with strategy ${strategy}`, lines);
}


/***/ }),

/***/ 78514:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   NN: () => (/* binding */ listAttempts),
/* harmony export */   hB: () => (/* binding */ planTarget),
/* harmony export */   yB: () => (/* binding */ assessStrategy)
/* harmony export */ });
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(22714);
/* harmony import */ var _model_builder_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(71646);
/* harmony import */ var _model_count_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(47302);
/* harmony import */ var _model_nearest_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(82251);
/* harmony import */ var _model_strategy_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(58924);





/** The order of `auto`: the first possible strategy is chosen. */
const AUTO_ORDER = ["native", "cross-compile", "remote", "emulate"];
/**
 * Chooses how to build a target: the first possible strategy in the order of `auto` or of the user, and as
 * fallbacks the later ones that build the same derivation. Under `auto`, the flake and the build system alone
 * decide which derivation is built, so that one commit always gives the same one: if a builder is down, a
 * remote build becomes an emulated build, never a cross-compiled one. Throws `FLAKE_OUTPUT_MISSING` if the
 * flake lacks the package, and `PLAN_IMPOSSIBLE`, with the reason for every strategy, if no allowed strategy
 * can build it.
 */
function planTarget(request) {
    const { strategy, buildSystem, target, installables } = request;
    const order = strategy === "auto" ? AUTO_ORDER : strategy;
    const evaluated = order.map((candidate) => assessStrategy(candidate, request));
    const possible = evaluated.filter(({ verdict }) => verdict === "chosen").map((verdict) => verdict.strategy);
    const [chosen] = possible;
    if (chosen === undefined)
        throw noStrategy(request, evaluated);
    const verdicts = evaluated.map((verdict) => {
        if (verdict.strategy === chosen || verdict.verdict === "rejected")
            return verdict;
        if (order.indexOf(verdict.strategy) < order.indexOf(chosen))
            return verdict;
        return isSameDerivation(verdict.strategy, chosen)
            ? { ...verdict, verdict: "fallback" }
            : {
                ...verdict,
                verdict: "rejected",
                reason: `${chosen} comes first, and this would build another derivation`,
            };
    });
    const left = _model_strategy_js__WEBPACK_IMPORTED_MODULE_1__/* .STRATEGIES */ .Y.filter((other) => !order.includes(other));
    return {
        target,
        buildSystem,
        strategy: chosen,
        attributes: installables.map(({ installable }) => renderAttribute(installable, chosen, request)),
        verdicts: [
            ...verdicts,
            ...left.map((other) => ({
                strategy: other,
                verdict: "rejected",
                reason: "not in the strategy input",
            })),
        ],
    };
}
/** The strategies of a plan, in the order in which they are tried. */
function listAttempts({ strategy, verdicts }) {
    const fallbacks = verdicts.filter(({ verdict }) => verdict === "fallback");
    return [strategy, ...fallbacks.map((fallback) => fallback.strategy)];
}
/** All strategies except `cross-compile` build the same derivation: the flake's package for the target. */
function isSameDerivation(a, b) {
    return (a === "cross-compile") === (b === "cross-compile");
}
/** Whether one strategy could build a target, whatever comes before it, and why: `chosen` or `rejected`. */
function assessStrategy(strategy, request) {
    const { buildSystem, target, builders, emulation } = request;
    const reject = (reason) => ({ strategy, verdict: "rejected", reason });
    const choose = (reason) => ({ strategy, verdict: "chosen", reason });
    if (strategy === "cross-compile") {
        if (buildSystem === target)
            return reject(`not needed, since this machine is ${target}`);
        const missing = missingPackages(request, strategy);
        return missing.length > 0
            ? reject(`the flake has no ${missing.join(", ")}`)
            : choose(`the flake cross-compiles from ${buildSystem} to ${target}`);
    }
    const missing = missingPackages(request, strategy);
    if (missing.length > 0)
        return reject(`the flake has no ${missing.join(", ")}`);
    switch (strategy) {
        case "native":
            return buildSystem === target
                ? choose(`this machine is ${target}`)
                : reject(`this machine is ${buildSystem}, not ${target}`);
        case "remote": {
            if (builders.length === 0)
                return reject("no builders are configured");
            const able = builders.filter(({ builder }) => builder.systems.includes(target));
            if (able.length === 0)
                return reject(`no builder supports ${target}`);
            const usable = able.filter(_model_builder_js__WEBPACK_IMPORTED_MODULE_2__/* .isUsable */ .Ng);
            return usable.length > 0
                ? choose(`${usable.length} of ${(0,_model_count_js__WEBPACK_IMPORTED_MODULE_3__/* .countOf */ .pq)(able.length, "builder")} for ${target} can be used`)
                : reject(able.map((status) => (status.state === "dropped" ? status.reason : "")).join("; "));
        }
        case "emulate":
            if (buildSystem === target)
                return reject(`not needed, since this machine is ${target}`);
            return emulation.isPossible ? choose(emulation.reason) : reject(emulation.reason);
    }
}
/** The attribute paths that the strategy needs and the flake lacks. */
function missingPackages(request, strategy) {
    return request.installables.flatMap(({ installable, outputs }) => {
        const { system, name } = locatePackage(installable, strategy, request);
        return (outputs[system] ?? []).includes(name) ? [] : [`packages.${system}.${quoteName(name)}`];
    });
}
function locatePackage(installable, strategy, { buildSystem, target }) {
    return strategy === "cross-compile"
        ? { system: buildSystem, name: `${installable.name}-${target}` }
        : { system: target, name: installable.name };
}
function renderAttribute(installable, strategy, request) {
    const { system, name } = locatePackage(installable, strategy, request);
    return `${installable.flake}#packages.${system}.${quoteName(name)}`;
}
/**
 * Quotes a name, if necessary, for use in an attribute path.
 * @see Nix manual, `nix build`, "Flake output attribute"
 */
function quoteName(name) {
    return /^[A-Za-z_][A-Za-z0-9_'-]*$/.test(name) ? name : JSON.stringify(name);
}
const SHOWN_NAMES = 20;
/** What a flake has instead of the package `wanted`: the names for the target, the most similar one first. */
function renderOffer(wanted, outputs, target) {
    const names = outputs[target] ?? [];
    const nearest = (0,_model_nearest_js__WEBPACK_IMPORTED_MODULE_4__/* .findNearest */ .q)(wanted, names);
    const question = nearest === undefined ? "" : `Did you mean ${JSON.stringify(nearest)}? `;
    if (names.length > 0) {
        const shown = (0,_model_nearest_js__WEBPACK_IMPORTED_MODULE_4__/* .sortByLikeness */ .O)(wanted, names).slice(0, SHOWN_NAMES);
        const more = names.length - shown.length;
        const rest = more === 0 ? "" : `, and ${more} more`;
        return `${question}For ${target}, the flake has: ${shown.join(", ")}${rest}.`;
    }
    const others = Object.keys(outputs).filter((system) => outputs[system]?.length !== 0);
    return others.length === 0
        ? "The flake has no packages."
        : `The flake has packages only for ${others.join(", ")}.`;
}
function noStrategy(request, verdicts) {
    const { target, buildSystem, installables } = request;
    const reasons = verdicts.map(({ strategy, reason }) => `${strategy}: ${reason}`).join("; ");
    const unknown = installables.find(({ installable, outputs }) => !(outputs[target] ?? []).includes(installable.name) &&
        !(outputs[buildSystem] ?? []).includes(`${installable.name}-${target}`));
    if (unknown !== undefined) {
        const { installable, outputs } = unknown;
        return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("FLAKE_OUTPUT_MISSING", `the flake ${installable.flake} has no package ${JSON.stringify(installable.name)} for ${target}`, {
            hint: `Add packages.${target}.${installable.name}` +
                (buildSystem === target
                    ? ""
                    : `, or packages.${buildSystem}.${installable.name}-${target} to cross-compile`) +
                `. ${renderOffer(installable.name, outputs, target)}`,
        });
    }
    return new _errors_action_error_js__WEBPACK_IMPORTED_MODULE_0__/* .ActionError */ .lZ("PLAN_IMPOSSIBLE", `no strategy can build ${target} on ${buildSystem}: ${reasons}`, {
        hint: "Add a builder for the target, add a cross package to the flake, or allow another strategy.",
    });
}


/***/ })

};
