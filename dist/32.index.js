export const id = 32;
export const ids = [32];
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

/***/ 20032:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  readSmokeSpec: () => (/* binding */ readSmokeSpec)
});

// UNUSED EXPORTS: parseSmokeSpec, renderSmokeSchema

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./node_modules/yaml/dist/index.js
var dist = __webpack_require__(38815);
// EXTERNAL MODULE: ./node_modules/zod/v4/classic/schemas.js + 11 modules
var schemas = __webpack_require__(92857);
// EXTERNAL MODULE: ./src/errors/action-error.ts
var action_error = __webpack_require__(22714);
// EXTERNAL MODULE: ./src/model/digest.ts
var digest = __webpack_require__(95305);
// EXTERNAL MODULE: ./src/model/nearest.ts + 1 modules
var model_nearest = __webpack_require__(82251);
// EXTERNAL MODULE: ./src/model/count.ts
var count = __webpack_require__(47302);
;// CONCATENATED MODULE: ./src/smoke/explain-issue.ts

/** What YAML calls the types of zod. */
const TYPES = {
    array: "a list",
    boolean: "true or false",
    int: "a whole number",
    number: "a number",
    object: "a mapping with keys",
    record: "a mapping with keys",
    string: "text (in quotes, if it looks like a number)",
};
/**
 * What is wrong with a value of the smoke test, for zod to use in place of its own message, which speaks of
 * the schema. Messages that the schema itself has take precedence.
 */
function explainIssue(issue) {
    switch (issue.code) {
        case "invalid_type":
            return issue.input === undefined
                ? "it is missing"
                : `it must be ${TYPES[issue.expected] ?? issue.expected}`;
        case "invalid_value":
            return issue.input === undefined
                ? "it is missing"
                : `it must be one of ${issue.values.map(String).join(", ")}`;
        case "unrecognized_keys":
            return `it has an unknown key: ${issue.keys.join(", ")}`;
        case "too_small":
            return `it must ${renderLimit(issue.origin, "at least", Number(issue.minimum))}`;
        case "too_big":
            return `it must ${renderLimit(issue.origin, "at most", Number(issue.maximum))}`;
        case "invalid_key":
            return issue.issues[0]?.message ?? "it has an invalid key";
        default:
            return "it is malformed";
    }
}
function renderLimit(origin, most, limit) {
    if (origin === "string")
        return `have ${most} ${(0,count/* countOf */.pq)(limit, "character")}`;
    if (origin === "array")
        return `have ${most} ${(0,count/* countOf */.pq)(limit, "entry", "entries")}`;
    return `be ${most} ${limit}`;
}

;// CONCATENATED MODULE: ./src/smoke/spec.ts








const MAX_SPEC_CHARACTERS = 1 << 18;
const UNITS = { ms: 1, s: 1_000, m: 60_000 };
const BYTES = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };
const TIME = "write a time like 500ms, 10s or 2m";
const SIZE = "write a size like 256MiB or 1GiB";
const duration = schemas/* string */.YjP(TIME)
    .regex(/^[0-9]+(?:ms|s|m)$/, TIME)
    .transform((text) => {
    const [, count = "", unit = "s"] = /^([0-9]+)(ms|s|m)$/.exec(text) ?? [];
    return Number(count) * UNITS[unit];
})
    .refine((ms) => ms >= 1 && ms <= 600_000, "a time must be between 1ms and 10m");
const size = schemas/* string */.YjP(SIZE)
    .regex(/^[0-9]+(?:KiB|MiB|GiB)$/, SIZE)
    .transform((text) => {
    const [, count = "", unit = "MiB"] = /^([0-9]+)(.iB)$/.exec(text) ?? [];
    return Number(count) * BYTES[unit];
})
    .refine((bytes) => bytes >= 6 * BYTES.MiB && bytes <= 2 ** 42, "a size must be between 6MiB and 4096GiB");
const common = { name: schemas/* string */.YjP().min(1).max(100).optional(), timeout: duration.default(30_000) };
const words = schemas/* array */.YOg(schemas/* string */.YjP()).max(1000);
const port = schemas/* int */.Whr().min(1).max(65_535);
const exitStatus = schemas/* int */.Whr().min(0).max(255);
const headers = schemas/* record */.g1P(schemas/* string */.YjP().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "a header name must not contain spaces or colons"), schemas/* string */.YjP().regex(/^[\t\x20-\x7E]*$/, "a header value must be ASCII text on one line"))
    .default({});
const http = schemas/* strictObject */.rej({
    ...common,
    http: schemas/* strictObject */.rej({
        method: schemas/* enum */.k5n(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]).default("GET"),
        path: schemas/* string */.YjP()
            .regex(/^\/[\x21-\x7E]*$/, "a path must begin with / and must not contain spaces")
            .default("/"),
        port,
        headers,
        status: schemas/* int */.Whr().min(100).max(599).default(200),
        body: schemas/* string */.YjP().optional(),
        "response-headers": headers,
        within: duration.optional(),
        timeout: duration.optional(),
    }),
})
    .transform(({ name, timeout, http }) => ({
    kind: "http",
    name: name ?? `http ${http.path}`,
    port: http.port,
    method: http.method,
    path: http.path,
    headers: http.headers,
    status: http.status,
    body: http.body,
    responseHeaders: http["response-headers"],
    withinMs: http.within,
    timeoutMs: http.timeout ?? timeout,
}));
const tcp = schemas/* strictObject */.rej({ ...common, tcp: schemas/* strictObject */.rej({ port, timeout: duration.optional() }) })
    .transform(({ name, timeout, tcp }) => ({
    kind: "tcp",
    name: name ?? `tcp ${tcp.port}`,
    port: tcp.port,
    timeoutMs: tcp.timeout ?? timeout,
}));
const log = schemas/* strictObject */.rej({ ...common, log: schemas/* string */.YjP().min(1).max(1000) })
    .transform(({ name, timeout, log }) => ({
    kind: "log",
    name: name ?? `log ${JSON.stringify(log.slice(0, 90))}`,
    text: log,
    timeoutMs: timeout,
}));
const health = schemas/* strictObject */.rej({ ...common, health: schemas/* literal */.euz("healthy") })
    .transform(({ name, timeout }) => ({ kind: "health", name: name ?? "health", timeoutMs: timeout }));
const command = schemas/* strictObject */.rej({
    ...common,
    command: words.min(1),
    "exit-code": exitStatus.default(0),
    output: schemas/* string */.YjP().min(1).max(1000).optional(),
})
    .transform(({ name, timeout, command, output, "exit-code": code }) => ({
    kind: "command",
    name: name ?? command.join(" ").slice(0, 100),
    command,
    exitCode: code,
    output,
    timeoutMs: timeout,
}));
const stop = schemas/* strictObject */.rej({ ...common, timeout: duration.default(10_000), stop: exitStatus })
    .transform(({ name, timeout, stop }) => ({
    kind: "stop",
    name: name ?? "stop",
    exitCode: stop,
    timeoutMs: timeout,
}));
const exitCode = schemas/* strictObject */.rej({ ...common, "exit-code": exitStatus, args: words.default([]) })
    .transform(({ name, timeout, args, "exit-code": code }) => ({
    kind: "exit-code",
    name: name ?? `exit code ${code}`,
    exitCode: code,
    args,
    timeoutMs: timeout,
}));
const KINDS = { http, tcp, log, health, command, stop, "exit-code": exitCode };
const CONTAINER = schemas/* strictObject */.rej({
    environment: schemas/* record */.g1P(schemas/* string */.YjP()
        .regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, "a variable name must consist of letters, digits and _ . -"), schemas/* string */.YjP().regex(/^[^\r\n\0]*$/, "a variable value must be text on one line; put numbers in quotes"))
        .default({}),
    user: schemas/* string */.YjP()
        .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*(?::[A-Za-z0-9_][A-Za-z0-9_.-]*)?$/, "write a user as USER or UID:GID, in quotes")
        .optional(),
    memory: size.optional(),
    "read-only": schemas/* boolean */.zMY().default(false),
    volumes: schemas/* array */.YOg(schemas/* string */.YjP()
        .regex(/^(?:\/[A-Za-z0-9._-]+)+$/, "a volume must be an absolute path of A-Z a-z 0-9 . _ -"))
        .max(100)
        .default([]),
    "non-root": schemas/* boolean */.zMY().default(false),
})
    .transform(({ environment, user, memory, volumes, "read-only": isReadOnly, "non-root": isNonRoot, }) => ({
    environment,
    user,
    memoryBytes: memory,
    isReadOnly,
    volumes,
    isNonRoot,
}));
const DOCUMENT = schemas/* strictObject */.rej({
    container: CONTAINER.prefault({}),
    checks: schemas/* array */.YOg(schemas/* unknown */.L5J()).min(1).max(100),
});
/** The JSON Schema (2020-12) of the smoke test file, for editors. */
function renderSmokeSchema() {
    const checks = z
        .array(z.union(Object.values(KINDS)))
        .min(1)
        .max(100);
    const document = z.strictObject({ container: CONTAINER.prefault({}), checks });
    const schema = { title: "cross-build smoke test", ...z.toJSONSchema(document, { io: "input" }) };
    return `${JSON.stringify(schema, undefined, 2)}\n`;
}
/**
 * Reads the smoke test from the input `smoke-test`: the YAML itself, or the path of a file, relative to
 * `workingDirectory`. Rejects with `INPUT_INVALID`.
 */
async function readSmokeSpec(input, workingDirectory) {
    if (/\n|^(?:checks|container):/.test(input))
        return parseSmokeSpec(input);
    const file = (0,external_node_path_.resolve)(workingDirectory, input);
    try {
        return parseSmokeSpec(await (0,promises_.readFile)(file, "utf8"));
    }
    catch (error) {
        if (error instanceof action_error/* ActionError */.lZ)
            throw error;
        throw new action_error/* ActionError */.lZ("INPUT_INVALID", `input smoke-test: the file ${file} cannot be read`, {
            cause: error,
            hint: "Set it to the path of a file, or to YAML that begins with `checks:` or `container:`.",
        });
    }
}
/** Parses the YAML of a smoke test. Throws `INPUT_INVALID`, naming the place in the document. */
function parseSmokeSpec(yaml) {
    if (yaml.length > MAX_SPEC_CHARACTERS)
        throw invalid(`it is longer than ${MAX_SPEC_CHARACTERS} characters`);
    const { container, checks } = parseWith(DOCUMENT, parseYaml(yaml), "");
    const parsed = checks.map(parseCheck);
    const stop = parsed.findIndex(({ kind }) => kind === "stop");
    const after = parsed.slice(stop + 1).find(({ kind }) => kind !== "exit-code");
    if (stop !== -1 && after !== undefined) {
        throw invalid(`checks[${stop}] stops the container, ` +
            `but the later check ${JSON.stringify(after.name)} needs it running`);
    }
    return { digest: (0,digest/* digestOf */.ol)(Buffer.from(yaml)), container, checks: parsed };
}
function parseYaml(yaml) {
    try {
        const document = (0,dist/* parseDocument */.Tp)(yaml, { logLevel: "silent" });
        const [error] = document.errors;
        if (error !== undefined)
            throw error;
        return document.toJS({ maxAliasCount: 100 });
    }
    catch (error) {
        throw invalid(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
    }
}
function parseCheck(check, index) {
    const place = `checks[${index}]`;
    const keys = typeof check === "object" && check !== null ? Object.keys(check) : [];
    // With `command`, `exit-code` is the code that the command must exit with, not another check.
    const kinds = Object.entries(KINDS).filter(([kind]) => keys.includes(kind) && !(kind === "exit-code" && keys.includes("command")));
    const [only, ...others] = kinds;
    if (only === undefined || others.length > 0) {
        const names = Object.keys(KINDS);
        const [misspelt, nearest] = keys.map((key) => [key, (0,model_nearest/* findNearest */.q)(key, names)]).find(([, name]) => name !== undefined) ?? [];
        const question = only === undefined && nearest !== undefined ? `; instead of ${misspelt ?? ""}, write ${nearest}` : "";
        throw invalid(`${place} must have exactly one of the keys ${names.join(", ")}${question}`);
    }
    return parseWith(only[1], check, place);
}
function parseWith(schema, value, place) {
    const { success, data, error } = schema.safeParse(value, { error: explainIssue });
    if (success)
        return data;
    const [issue] = error.issues;
    const path = [place, ...(issue?.path ?? []).map(String)].filter((part) => part !== "").join(".");
    throw invalid(`${path === "" ? "the document" : path}: ${issue?.message ?? "it is malformed"}`);
}
function invalid(why) {
    return new action_error/* ActionError */.lZ("INPUT_INVALID", `input smoke-test: ${why}`, {
        hint: "See https://github.com/fluo/cross-build/blob/v1/docs/smoke-test.md for the format.",
    });
}


/***/ })

};
