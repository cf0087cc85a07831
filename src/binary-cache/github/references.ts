import type { StorePath } from "../../model/store-path.js";

/*
 * A store path contains the hashes of its references. They all change when one package changes that
 * everything needs, even if nothing else does. So they are replaced before the contents are cut into chunks,
 * and put back afterwards.
 */

const HASH_BYTES = 32;
const HASH_START = "/nix/store/".length;

/** A place in a NAR with the hash of a reference: its offset, and the reference's index. */
export type HashPlace = readonly [offset: number, reference: number];

/** Replaces the hashes of references in a NAR by zeros, and remembers where they were. */
export class ReferenceRemover {
  readonly places: HashPlace[] = [];
  readonly #references: ReadonlyMap<string, number>;
  /** The first two bytes of all hashes, since most of the text that looks like a hash is none. */
  readonly #starts: Uint8Array;
  /** The last bytes of the stream so far, in which a hash may begin. */
  #rest: Buffer = Buffer.alloc(0);
  /** Where `#rest` begins in the NAR. */
  #offset = 0;

  constructor(references: readonly StorePath[]) {
    const hashes = references.map((path) => path.slice(HASH_START, HASH_START + HASH_BYTES));
    this.#references = new Map(hashes.map((hash, index) => [hash, index]));
    this.#starts = new Uint8Array(1 << 16);
    for (const hash of hashes) this.#starts[(hash.charCodeAt(0) << 8) | hash.charCodeAt(1)] = 1;
  }

  /** Takes the next bytes, and returns those that are final. */
  push(bytes: Uint8Array): Uint8Array {
    if (this.#references.size === 0) return bytes;
    const data = Buffer.concat([this.#rest, bytes]);
    const searched = this.#replace(data);
    this.#rest = data.subarray(searched);
    this.#offset += searched;
    return data.subarray(0, searched);
  }

  /** The bytes that are left at the end of the stream. */
  end(): Uint8Array {
    return this.#rest;
  }

  /** Replaces all hashes in `data`. Returns the offset before which no further one can begin. */
  #replace(data: Buffer): number {
    let at = 0;
    /** All bytes from `at` to this offset are digits. */
    let known = 0;
    while (at + HASH_BYTES <= data.length) {
      // Look backwards: after a byte that no hash contains, the next one can only begin behind it.
      const end = at + HASH_BYTES;
      const first = Math.max(at, known);
      let last = end - 1;
      while (last >= first && IS_DIGIT[data[last] ?? 0] === 1) last--;
      known = end;
      if (last >= first) {
        at = last + 1;
        continue;
      }
      if (this.#starts[((data[at] ?? 0) << 8) | (data[at + 1] ?? 0)] === 1) {
        const reference = this.#references.get(data.toString("latin1", at, at + HASH_BYTES));
        if (reference !== undefined) {
          this.places.push([this.#offset + at, reference]);
          data.fill(0, at, at + HASH_BYTES);
          at += HASH_BYTES;
          continue;
        }
      }
      at++;
    }
    return at;
  }
}

/** Puts the hashes back that begin or end in `bytes`, which begin at `offset` in the NAR. */
export function putHashesBack(
  bytes: Uint8Array,
  offset: number,
  places: readonly HashPlace[],
  references: readonly StorePath[],
): void {
  for (const [place, reference] of places) {
    const hash = Buffer.from(references[reference]?.slice(HASH_START, HASH_START + HASH_BYTES) ?? "");
    const start = Math.max(place, offset);
    const end = Math.min(place + hash.length, offset + bytes.length);
    if (start < end) bytes.set(hash.subarray(start - place, end - place), start - offset);
  }
}

/** The places of `places`, in order, that begin or end between two offsets. */
export function selectPlaces(places: readonly HashPlace[], start: number, end: number): readonly HashPlace[] {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle]?.[0] ?? 0) + HASH_BYTES <= start) low = middle + 1;
    else high = middle;
  }
  let last = low;
  while (last < places.length && (places[last]?.[0] ?? end) < end) last++;
  return places.slice(low, last);
}

/** 1 for the digits of hashes. @see NixOS/nix, src/libutil/hash.cc, nix32Chars */
const IS_DIGIT = new Uint8Array(256);
for (const digit of "0123456789abcdfghijklmnpqrsvwxyz") IS_DIGIT[digit.charCodeAt(0)] = 1;
