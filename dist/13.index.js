export const id = 13;
export const ids = [13,6466];
export const modules = {

/***/ 40013:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   runCacheClient: () => (/* binding */ runCacheClient)
/* harmony export */ });
/* harmony import */ var node_stream_consumers__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(38321);
/* harmony import */ var node_stream_consumers__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_stream_consumers__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var p_limit__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(70370);
/* harmony import */ var _errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(22714);
/* harmony import */ var _client_protocol_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(46466);




/** The service limits the requests of a repository; a large entry uses several connections. */
const REQUESTS_AT_ONCE = 8;
/**
 * Carries out the request on stdin in the current folder, and writes the answer as the last line of stdout.
 * Never rejects.
 */
async function runCacheClient() {
    const answer = await answerRequest().catch((error) => ({ keys: [], error: (0,_errors_action_error_js__WEBPACK_IMPORTED_MODULE_1__/* .renderError */ .vr)(error) }));
    process.stdout.write((0,_client_protocol_js__WEBPACK_IMPORTED_MODULE_2__/* .renderAnswer */ .x1)(answer));
}
async function answerRequest() {
    const { action, keys } = (0,_client_protocol_js__WEBPACK_IMPORTED_MODULE_2__/* .parseRequest */ .TR)(await (0,node_stream_consumers__WEBPACK_IMPORTED_MODULE_0__.text)(process.stdin));
    const { restoreCache, saveCache } = await Promise.all(/* import() */[__webpack_require__.e(1955), __webpack_require__.e(1375), __webpack_require__.e(28)]).then(__webpack_require__.bind(__webpack_require__, 80028));
    const paths = [_client_protocol_js__WEBPACK_IMPORTED_MODULE_2__/* .ENTRY_FOLDER */ .w$];
    const [first = ""] = keys;
    const limit = (0,p_limit__WEBPACK_IMPORTED_MODULE_3__/* ["default"] */ .A)(REQUESTS_AT_ONCE);
    switch (action) {
        case "find": {
            const found = await restoreCache(paths, first, [...keys], { lookupOnly: true });
            return { keys: found === undefined ? [] : [found] };
        }
        case "find-each": {
            const found = await limit.map(keys, (key) => restoreCache(paths, key, [], { lookupOnly: true }));
            return { keys: found.filter((key) => key !== undefined) };
        }
        case "restore": {
            const found = await limit.map(keys, (key) => restoreCache(paths, key));
            // restoreCache also matches a key as a prefix of other keys.
            return { keys: keys.filter((key, index) => found[index] === key) };
        }
        case "save":
            return { keys: (await saveCache(paths, first)) === -1 ? [] : [first] };
    }
}


/***/ }),

/***/ 46466:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   TR: () => (/* binding */ parseRequest),
/* harmony export */   tryParseAnswer: () => (/* binding */ tryParseAnswer),
/* harmony export */   w$: () => (/* binding */ ENTRY_FOLDER),
/* harmony export */   x1: () => (/* binding */ renderAnswer)
/* harmony export */ });
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(92857);

/*
 * The messages between the client process of GitHub's cache and the process that starts it. They are in a
 * separate module, so that the latter does not load @actions/cache.
 */
/**
 * The only path in an entry. GitHub identifies an entry also by its paths, so they must be equal on all
 * machines.
 */
const ENTRY_FOLDER = "entry";
const REQUEST = zod__WEBPACK_IMPORTED_MODULE_0__/* .object */ .Ikc({
    action: zod__WEBPACK_IMPORTED_MODULE_0__/* ["enum"] */ .k5n(["find", "find-each", "restore", "save"]),
    /** For `find`: prefixes, best first. For `find-each`: prefixes. */
    keys: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP()).min(1),
});
const ANSWER = zod__WEBPACK_IMPORTED_MODULE_0__/* .object */ .Ikc({ keys: zod__WEBPACK_IMPORTED_MODULE_0__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP()), error: zod__WEBPACK_IMPORTED_MODULE_0__/* .string */ .YjP().optional() });
const ANSWER_MARK = "runner-cache-answer ";
/** Reads a request. Rejects with a plain error. */
function parseRequest(json) {
    return REQUEST.parse(JSON.parse(json));
}
/** The last line of the client's output. */
function renderAnswer(answer) {
    return `\n${ANSWER_MARK}${JSON.stringify(answer)}\n`;
}
/** The answer in the client's output; undefined if there is none. */
function tryParseAnswer(stdout) {
    const line = stdout.split("\n").findLast((line) => line.startsWith(ANSWER_MARK));
    try {
        return ANSWER.parse(JSON.parse(line?.slice(ANSWER_MARK.length) ?? ""));
    }
    catch {
        return undefined;
    }
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

/***/ 70370:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  A: () => (/* binding */ pLimit)
});

// UNUSED EXPORTS: limitFunction

;// CONCATENATED MODULE: ./node_modules/yocto-queue/index.js
/*
How it works:
`this.#head` is an instance of `Node` which keeps track of its current value and nests another instance of `Node` that keeps the value that comes after it. When a value is provided to `.enqueue()`, the code needs to iterate through `this.#head`, going deeper and deeper to find the last value. However, iterating through every single item is slow. This problem is solved by saving a reference to the last value as `this.#tail` so that it can reference it to add a new value.
*/

class Node {
	value;
	next;

	constructor(value) {
		this.value = value;
	}
}

class Queue {
	#head;
	#tail;
	#size;

	constructor() {
		this.clear();
	}

	enqueue(value) {
		const node = new Node(value);

		if (this.#head) {
			this.#tail.next = node;
			this.#tail = node;
		} else {
			this.#head = node;
			this.#tail = node;
		}

		this.#size++;
	}

	dequeue() {
		const current = this.#head;
		if (!current) {
			return;
		}

		this.#head = this.#head.next;
		this.#size--;

		// Clean up tail reference when queue becomes empty
		if (!this.#head) {
			this.#tail = undefined;
		}

		return current.value;
	}

	peek() {
		if (!this.#head) {
			return;
		}

		return this.#head.value;

		// TODO: Node.js 18.
		// return this.#head?.value;
	}

	clear() {
		this.#head = undefined;
		this.#tail = undefined;
		this.#size = 0;
	}

	get size() {
		return this.#size;
	}

	* [Symbol.iterator]() {
		let current = this.#head;

		while (current) {
			yield current.value;
			current = current.next;
		}
	}

	* drain() {
		while (this.#head) {
			yield this.dequeue();
		}
	}
}

;// CONCATENATED MODULE: ./node_modules/p-limit/index.js


function pLimit(concurrency) {
	let rejectOnClear = false;

	if (typeof concurrency === 'object') {
		({concurrency, rejectOnClear = false} = concurrency);
	}

	validateConcurrency(concurrency);

	if (typeof rejectOnClear !== 'boolean') {
		throw new TypeError('Expected `rejectOnClear` to be a boolean');
	}

	const queue = new Queue();
	let activeCount = 0;

	const resumeNext = () => {
		// Process the next queued function if we're under the concurrency limit
		if (activeCount < concurrency && queue.size > 0) {
			activeCount++;
			queue.dequeue().run();
		}
	};

	const next = () => {
		activeCount--;
		resumeNext();
	};

	const run = async (function_, resolve, arguments_) => {
		// Execute the function and capture the result promise
		const result = (async () => function_(...arguments_))();

		// Resolve immediately with the promise (don't wait for completion)
		resolve(result);

		// Wait for the function to complete (success or failure)
		// We catch errors here to prevent unhandled rejections,
		// but the original promise rejection is preserved for the caller
		try {
			await result;
		} catch {}

		// Decrement active count and process next queued function
		next();
	};

	const enqueue = (function_, resolve, reject, arguments_) => {
		const queueItem = {reject};

		// Queue the internal resolve function instead of the run function
		// to preserve the asynchronous execution context.
		new Promise(internalResolve => { // eslint-disable-line promise/param-names
			queueItem.run = internalResolve;
			queue.enqueue(queueItem);
		}).then(run.bind(undefined, function_, resolve, arguments_)); // eslint-disable-line promise/prefer-await-to-then

		// Start processing immediately if we haven't reached the concurrency limit
		if (activeCount < concurrency) {
			resumeNext();
		}
	};

	const generator = (function_, ...arguments_) => new Promise((resolve, reject) => {
		enqueue(function_, resolve, reject, arguments_);
	});

	Object.defineProperties(generator, {
		activeCount: {
			get: () => activeCount,
		},
		pendingCount: {
			get: () => queue.size,
		},
		clearQueue: {
			value() {
				if (!rejectOnClear) {
					queue.clear();
					return;
				}

				const abortError = AbortSignal.abort().reason;

				while (queue.size > 0) {
					queue.dequeue().reject(abortError);
				}
			},
		},
		concurrency: {
			get: () => concurrency,

			set(newConcurrency) {
				validateConcurrency(newConcurrency);
				concurrency = newConcurrency;

				queueMicrotask(() => {
					// eslint-disable-next-line no-unmodified-loop-condition
					while (activeCount < concurrency && queue.size > 0) {
						resumeNext();
					}
				});
			},
		},
		map: {
			async value(iterable, function_) {
				const promises = [];

				try {
					Array.from(iterable, (value, index) => {
						const promise = generator(function_, value, index);
						promises.push(promise);
						return promise;
					});
				} catch (error) {
					// The iterable threw, so `Promise.all` never observes the already scheduled promises. Observe them here to avoid unhandled rejections.
					for (const promise of promises) {
						promise.catch(() => {}); // eslint-disable-line promise/prefer-await-to-then
					}

					throw error;
				}

				return Promise.all(promises);
			},
		},
	});

	return generator;
}

function limitFunction(function_, options) {
	const limit = pLimit(options);

	const limitedFunction = (...arguments_) => limit(() => function_(...arguments_));
	Object.defineProperty(limitedFunction, 'clearQueue', {
		value: limit.clearQueue,
	});

	return limitedFunction;
}

function validateConcurrency(concurrency) {
	if (!((Number.isInteger(concurrency) || concurrency === Number.POSITIVE_INFINITY) && concurrency > 0)) {
		throw new TypeError('Expected `concurrency` to be a number from 1 and up');
	}
}


/***/ })

};
