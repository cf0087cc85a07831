/*
 * Content-defined chunks: a boundary depends only on the bytes before it, so that a change moves no boundary
 * far behind it.
 * @see Wen Xia et al., "The Design of Fast Content-Defined Chunking for Data Deduplication", TPDS 2020
 */

/** Every version of this action has to use the same numbers: other chunks would all be sent again. */
const MIN_CHUNK_BYTES = 16 << 10;
const NORMAL_CHUNK_BYTES = 64 << 10;
export const MAX_CHUNK_BYTES = 256 << 10;

/** The highest bits of the hash, because only they depend on all of the last 32 bytes. */
const MASK_BELOW_NORMAL = highestBits(18);
const MASK_ABOVE_NORMAL = highestBits(14);

const GEAR = createGear();

/** Cuts a stream of bytes into chunks. */
export class Chunker {
  readonly #buffer = Buffer.allocUnsafeSlow(2 * MAX_CHUNK_BYTES);
  /** The bytes in the buffer that are in no chunk yet. */
  #start = 0;
  #end = 0;

  /** Takes the next bytes, and returns the chunks that they complete. The chunks are copies. */
  *push(bytes: Uint8Array): Generator<Buffer, void, undefined> {
    for (let at = 0; at < bytes.length;) {
      const taken = Math.min(bytes.length - at, this.#buffer.length - this.#end);
      this.#buffer.set(bytes.subarray(at, at + taken), this.#end);
      at += taken;
      this.#end += taken;
      while (this.#end - this.#start >= MAX_CHUNK_BYTES) yield this.#cut();
      if (this.#end < this.#buffer.length) continue;
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
  }

  /** The chunks of the bytes that are left at the end of the stream. */
  *end(): Generator<Buffer, void, undefined> {
    while (this.#end > this.#start) yield this.#cut();
  }

  #cut(): Buffer {
    const length = findBoundary(this.#buffer.subarray(this.#start, this.#end));
    const chunk = Buffer.from(this.#buffer.subarray(this.#start, this.#start + length));
    this.#start += length;
    return chunk;
  }
}

/** The length of the first chunk of these bytes. */
function findBoundary(bytes: Uint8Array): number {
  const end = Math.min(bytes.length, MAX_CHUNK_BYTES);
  const normal = Math.min(end, NORMAL_CHUNK_BYTES);
  let hash = 0;
  let at = Math.min(end, MIN_CHUNK_BYTES);
  for (; at < normal; at++) {
    hash = ((hash << 1) + (GEAR[bytes[at] ?? 0] ?? 0)) | 0;
    if ((hash & MASK_BELOW_NORMAL) === 0) return at + 1;
  }
  for (; at < end; at++) {
    hash = ((hash << 1) + (GEAR[bytes[at] ?? 0] ?? 0)) | 0;
    if ((hash & MASK_ABOVE_NORMAL) === 0) return at + 1;
  }
  return end;
}

function highestBits(count: number): number {
  return -1 << (32 - count);
}

/** A number for each byte, from the generator xorshift32. */
function createGear(): Int32Array {
  let state = 0x9e3779b9 | 0;
  return Int32Array.from({ length: 256 }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  });
}
