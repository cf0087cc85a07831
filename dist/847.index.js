export const id = 847;
export const ids = [847];
export const modules = {

/***/ 99711:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   AW: () => (/* binding */ renderNarInfo),
/* harmony export */   bY: () => (/* binding */ nameNarInfo),
/* harmony export */   xt: () => (/* binding */ renderFingerprint)
/* harmony export */ });
/* harmony import */ var _model_store_path_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75210);
/* harmony import */ var _nix_base32_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9746);


const BASE_NAME = /^[0-9a-df-np-sv-z]{32}-[0-9A-Za-z+\-._?=]{1,211}$/;
const HASH = /^(?:sha256:[0-9a-df-np-sv-z]{52}|sha256:[0-9a-f]{64}|sha256-[A-Za-z0-9+/]{43}=)$/;
/**
 * The fields that Nix reads, and the values that it accepts.
 * @see NixOS/nix, src/libstore/nar-info.cc
 */
const FIELDS = {
    StorePath: _model_store_path_js__WEBPACK_IMPORTED_MODULE_0__/* .isStorePath */ .zP,
    URL: (text) => /^nar\/[0-9A-Za-z]+\.nar(?:\.[a-z0-9]+)?$/.test(text),
    Compression: (text) => /^(?:none|xz|bzip2|gzip|zstd|br|lzma|lzip|lz4)$/.test(text),
    FileHash: (text) => HASH.test(text),
    FileSize: isSize,
    NarHash: (text) => HASH.test(text),
    NarSize: isSize,
    References: (text) => text === "" || text.split(" ").every((name) => BASE_NAME.test(name)),
    Deriver: (text) => text === "unknown-deriver" || (BASE_NAME.test(text) && text.endsWith(".drv")),
    Sig: (text) => /^[^:\s]+:[A-Za-z0-9+/]+={0,2}$/.test(text),
    CA: (text) => /^(?:fixed|text):[a-z0-9:]+$/.test(text),
};
/** The file name of a store path's `.narinfo` in a binary cache. */
function nameNarInfo(storePath) {
    return `${hashOf(storePath)}.narinfo`;
}
/** Renders a `.narinfo`. Leaves out what would make it invalid: a builder may say anything about a path. */
function renderNarInfo(info, file, signatures) {
    const { path, deriver, narHash, narBytes, references, contentAddress } = info;
    const known = deriver.endsWith(".drv") && (0,_model_store_path_js__WEBPACK_IMPORTED_MODULE_0__/* .isStorePath */ .zP)(deriver);
    const lines = [
        ["StorePath", path],
        ["URL", file.name],
        ["Compression", file.compression],
        ...(file.hash === undefined ? [] : [["FileHash", `sha256:${(0,_nix_base32_js__WEBPACK_IMPORTED_MODULE_1__/* .renderNixBase32 */ .y)(file.hash)}`]]),
        ["FileSize", String(file.sizeBytes)],
        ["NarHash", `sha256:${(0,_nix_base32_js__WEBPACK_IMPORTED_MODULE_1__/* .renderNixBase32 */ .y)(Buffer.from(narHash, "hex"))}`],
        ["NarSize", String(narBytes)],
        ["References", references.map(baseNameOf).join(" ")],
        ...(known ? [["Deriver", baseNameOf(deriver)]] : []),
        ...[...new Set(signatures)].map((signature) => ["Sig", signature]),
        ...(contentAddress === "" ? [] : [["CA", contentAddress]]),
    ];
    return lines
        .filter(([name, value]) => FIELDS[name]?.(value) !== false)
        .map(([name, value]) => `${name}: ${value}\n`)
        .join("");
}
/**
 * What a signature of a path covers.
 * @see NixOS/nix, src/libstore/path-info.cc, ValidPathInfo::fingerprint
 */
function renderFingerprint({ path, narHash, narBytes, references }) {
    const hash = (0,_nix_base32_js__WEBPACK_IMPORTED_MODULE_1__/* .renderNixBase32 */ .y)(Buffer.from(narHash, "hex"));
    return `1;${path};sha256:${hash};${narBytes};${[...references].sort().join(",")}`;
}
function baseNameOf(storePath) {
    return storePath.slice("/nix/store/".length);
}
function hashOf(storePath) {
    return storePath.slice("/nix/store/".length, "/nix/store/".length + 32);
}
function isSize(text) {
    return /^[1-9][0-9]{0,14}$/.test(text);
}


/***/ }),

/***/ 9746:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   y: () => (/* binding */ renderNixBase32)
/* harmony export */ });
const ALPHABET = "0123456789abcdfghijklmnpqrsvwxyz";
/** Renders a hash as Nix does in file names and narinfos. @see NixOS/nix, src/libutil/hash.cc, printHash32 */
function renderNixBase32(hash) {
    let text = "";
    for (let at = Math.ceil((hash.length * 8) / 5) - 1; at >= 0; at -= 1) {
        const byte = Math.floor((at * 5) / 8);
        const bit = (at * 5) % 8;
        const value = ((hash[byte] ?? 0) >> bit) | ((hash[byte + 1] ?? 0) << (8 - bit));
        text += ALPHABET[value & 31] ?? "";
    }
    return text;
}


/***/ }),

/***/ 66232:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   l8: () => (/* binding */ decompressZstd),
/* harmony export */   oO: () => (/* binding */ isZstd),
/* harmony export */   up: () => (/* binding */ renderRawFrame)
/* harmony export */ });
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(57075);
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_stream__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(24085);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_stream_promises__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var node_zlib__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(38522);
/* harmony import */ var node_zlib__WEBPACK_IMPORTED_MODULE_2___default = /*#__PURE__*/__webpack_require__.n(node_zlib__WEBPACK_IMPORTED_MODULE_2__);



/**
 * Whether these are the first bytes of zstd data: of a frame, or of a skippable frame, with which pzstd
 * starts.
 * @see RFC 8878, sections 3.1.1 and 3.1.2
 */
function isZstd(head) {
    if (head.length < 4)
        return false;
    const magic = new DataView(head.buffer, head.byteOffset).getUint32(0, true);
    return magic === FRAME || isSkippable(magic);
}
const FRAME = 0xfd2fb528;
function isSkippable(magic) {
    return magic >= 0x184d2a50 && magic <= 0x184d2a5f;
}
/** The largest block of a frame. @see RFC 8878, section 3.1.1.2 */
const MAX_BLOCK_BYTES = 128 << 10;
/**
 * Wraps bytes in a zstd frame without compressing them: less than 4 GiB, and at least one.
 * @see RFC 8878, section 3.1.1
 */
function renderRawFrame(bytes) {
    const head = Buffer.alloc(9);
    head.writeUInt32LE(FRAME);
    // The size has four bytes, and is that of the window too.
    head.writeUInt8(0xa0, 4);
    head.writeUInt32LE(bytes.length, 5);
    const parts = [head];
    for (let at = 0; at < bytes.length; at += MAX_BLOCK_BYTES) {
        const block = bytes.subarray(at, at + MAX_BLOCK_BYTES);
        const blockHead = Buffer.alloc(3);
        const isLast = at + block.length === bytes.length ? 1 : 0;
        blockHead.writeUIntLE((block.length << 3) | isLast, 0, 3);
        parts.push(blockHead, block);
    }
    return Buffer.concat(parts);
}
/**
 * Decompresses zstd data of any number of frames; zstd:chunked has one per file. Node's stream ends with a
 * frame if the same chunk has more data, so each chunk ends where a frame ends. A new stream for each frame
 * would take ten times as long. Rejects with Node's errors.
 * @see RFC 8878, section 3.1, "Frames"
 */
async function* decompressZstd(chunks) {
    const decompress = (0,node_zlib__WEBPACK_IMPORTED_MODULE_2__.createZstdDecompress)({ chunkSize: 1 << 18 });
    // Avoid an unhandled rejection: reading `decompress` fails with the same error.
    (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_1__.pipeline)(node_stream__WEBPACK_IMPORTED_MODULE_0__.Readable.from(cutAtFrames(chunks)), decompress).catch(() => undefined);
    for await (const chunk of decompress)
        yield chunk;
}
async function* cutAtFrames(chunks) {
    const frames = readFrames();
    let wanted = frames.next().value;
    let field = [];
    for await (const chunk of chunks) {
        let start = 0;
        for (let at = 0; at < chunk.length;) {
            if (wanted.kind === "skip") {
                const skipped = Math.min(wanted.bytes, chunk.length - at);
                wanted.bytes -= skipped;
                at += skipped;
            }
            else
                field.push(chunk[at++] ?? 0);
            while (wanted.kind === "skip" ? wanted.bytes === 0 : field.length === wanted.bytes) {
                wanted = frames.next(Buffer.from(field)).value;
                field = [];
                if (wanted.kind === "field" && wanted.startsFrame) {
                    yield chunk.subarray(start, at);
                    start = at;
                }
            }
        }
        if (start < chunk.length)
            yield chunk.subarray(start);
    }
}
/** Says which bytes come next, and takes those of each field. After malformed data, skips the rest. */
function* readFrames() {
    const field = (bytes, startsFrame = false) => ({ kind: "field", bytes, startsFrame });
    const skip = (bytes) => ({ kind: "skip", bytes });
    for (;;) {
        const magic = (yield field(4, true)).readUInt32LE();
        if (isSkippable(magic)) {
            yield skip((yield field(4)).readUInt32LE());
            continue;
        }
        // The decompressor rejects what is not a frame.
        while (magic !== FRAME)
            yield skip(Number.MAX_SAFE_INTEGER);
        const descriptor = (yield field(1)).readUInt8();
        const isSingleSegment = (descriptor & 0x20) !== 0;
        const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
        const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
        yield skip((isSingleSegment ? 0 : 1) + dictionaryBytes + sizeBytes);
        for (let isLast = false; !isLast;) {
            const block = (yield field(3)).readUIntLE(0, 3);
            isLast = (block & 1) !== 0;
            // A block of one repeated byte.
            const isRun = ((block >> 1) & 3) === 1;
            yield skip(isRun ? 1 : block >> 3);
        }
        yield skip((descriptor & 4) === 0 ? 0 : 4);
    }
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
