import { createHash } from "node:crypto";

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { Chunker, MAX_CHUNK_BYTES } from "../../../../src/binary-cache/github/chunker.js";

/** Bytes that look random, the same for each seed. */
function makeBytes(length: number, seed = "seed"): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at * 32 < length; at++) blocks.push(createHash("sha256").update(`${seed}${at}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
}

function cut(bytes: Uint8Array, pieceBytes = bytes.length): Buffer[] {
  const chunker = new Chunker();
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    chunks.push(...chunker.push(bytes.subarray(at, at + pieceBytes)));
  }
  return [...chunks, ...chunker.end()];
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

describe("a chunker", () => {
  const whole = makeBytes(4 << 20);
  const chunks = cut(whole);

  it("keeps all bytes, in chunks within the bounds", () => {
    expect(Buffer.concat(chunks).equals(whole)).toBe(true);
    const lengths = chunks.slice(0, -1).map(({ length }) => length);
    expect(Math.min(...lengths)).toBeGreaterThan(16 << 10);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(MAX_CHUNK_BYTES);
    const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    expect(mean).toBeGreaterThan(48 << 10);
    expect(mean).toBeLessThan(110 << 10);
  });

  // Another version of this action must find the same boundaries: these digests never change.
  it("cuts the same bytes at the same places for ever", () => {
    const digest = createHash("sha256");
    for (const { length } of chunks) digest.update(`${length},`);
    expect(digest.digest("hex").slice(0, 16)).toMatchInlineSnapshot(`"382f79cc749b5933"`);
  });

  it.each([1, 1000, 65_536, 300_000])("does not depend on how the bytes arrive: %i at once", (pieceBytes) => {
    const some = whole.subarray(0, pieceBytes === 1 ? 300_000 : undefined);
    // Comparing buffers with toEqual takes minutes.
    expect(cut(some, pieceBytes).map(digestOf)).toEqual(cut(some).map(digestOf));
  });

  it.each([0, 100, 1_000_000, 3_999_999])("finds most chunks again after an insertion at %i", (at) => {
    const changed = Buffer.concat([whole.subarray(0, at), Buffer.from("inserted"), whole.subarray(at)]);
    const known = new Set(chunks.map(digestOf));
    const again = cut(changed).filter((chunk) => !known.has(digestOf(chunk)));
    expect(again.length).toBeLessThanOrEqual(3);
  });

  it("cuts bytes that are all the same into equal chunks", () => {
    const lengths = new Set(cut(Buffer.alloc(1 << 20)).map(({ length }) => length));
    expect([...lengths]).toEqual([MAX_CHUNK_BYTES]);
  });

  it("has no chunk of nothing, and one of a few bytes", () => {
    expect(cut(Buffer.alloc(0))).toEqual([]);
    expect(cut(Buffer.from("few"))).toEqual([Buffer.from("few")]);
  });

  it("keeps any bytes that arrive in any pieces", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 70_000 }), { maxLength: 12 }), (pieces) => {
        const chunker = new Chunker();
        const cutPieces = pieces.flatMap((piece) => [...chunker.push(piece)]);
        expect(Buffer.concat([...cutPieces, ...chunker.end()]).equals(Buffer.concat(pieces))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
