import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import {
  type HashPlace,
  putHashesBack,
  ReferenceRemover,
  selectPlaces,
} from "../../../../src/binary-cache/github/references.js";
import type { StorePath } from "../../../../src/model/store-path.js";

const DIGITS = "0123456789abcdfghijklmnpqrsvwxyz";
const makePath = (digit: string): StorePath => `/nix/store/${digit.repeat(30)}ab-package`;
const [FIRST, SECOND] = [makePath("0"), makePath("1")];
const hashOf = (path: StorePath) => path.slice(11, 43);

function remove(pieces: readonly Uint8Array[], references: readonly StorePath[]) {
  const remover = new ReferenceRemover(references);
  const parts = pieces.map((piece) => Buffer.from(remover.push(piece)));
  return { bytes: Buffer.concat([...parts, remover.end()]), places: remover.places };
}

describe("references in a NAR", () => {
  it("are replaced, so that two versions of a dependency give the same bytes", () => {
    const render = (path: StorePath) => Buffer.from(`begin ${path}/bin/sh, ${path}/lib end`);
    const [before, after] = [FIRST, SECOND].map((path) => remove([render(path)], [path]));
    expect(before?.bytes.equals(after?.bytes ?? Buffer.alloc(0))).toBe(true);
    expect(before?.bytes.includes(hashOf(FIRST))).toBe(false);
    expect(before?.places).toEqual([
      [17, 0],
      [77, 0],
    ]);
  });

  it("are left alone if they are not references of the path", () => {
    const bytes = Buffer.from(`${SECOND} ${hashOf(FIRST).slice(1)} ${hashOf(FIRST).toUpperCase()}`);
    expect(remove([bytes], [FIRST])).toEqual({ bytes, places: [] });
  });

  it("are found within longer runs of digits", () => {
    const bytes = Buffer.from(`${DIGITS}${DIGITS}${hashOf(FIRST)}${hashOf(SECOND)}${DIGITS}`);
    expect(remove([bytes], [FIRST, SECOND]).places).toEqual([
      [64, 0],
      [96, 1],
    ]);
  });

  const part = fc.oneof(
    fc.constantFrom(FIRST, SECOND, hashOf(FIRST), hashOf(FIRST).slice(0, 20), DIGITS, "0", " "),
    fc.string({ maxLength: 40 }),
  );

  it("are found wherever the pieces of the stream end", () => {
    fc.assert(
      fc.property(fc.array(part), fc.integer({ min: 1, max: 50 }), (parts, pieceBytes) => {
        const bytes = Buffer.from(parts.join(""));
        const pieces: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += pieceBytes) {
          pieces.push(bytes.subarray(at, at + pieceBytes));
        }
        expect(remove(pieces, [FIRST, SECOND])).toEqual(remove([bytes], [FIRST, SECOND]));
        expect(Buffer.concat(pieces).equals(Buffer.from(parts.join("")))).toBe(true);
      }),
    );
  });

  it("are put back, however the NAR is cut", () => {
    fc.assert(
      fc.property(fc.array(part), fc.integer({ min: 1, max: 100 }), (parts, chunkBytes) => {
        const original = Buffer.from(parts.join(""));
        const { bytes, places } = remove([original], [FIRST, SECOND]);
        for (let at = 0; at < bytes.length; at += chunkBytes) {
          const chunk = bytes.subarray(at, at + chunkBytes);
          const inside = selectPlaces(places, at, at + chunk.length);
          putHashesBack(chunk, at, inside, [FIRST, SECOND]);
        }
        expect(bytes.equals(original)).toBe(true);
      }),
    );
  });

  it("have places that are selected only where they overlap", () => {
    const places: HashPlace[] = [
      [0, 0],
      [100, 0],
      [140, 0],
    ];
    expect(selectPlaces(places, 32, 100)).toEqual([]);
    expect(selectPlaces(places, 31, 101)).toEqual(places.slice(0, 2));
    expect(selectPlaces(places, 131, 140)).toEqual(places.slice(1, 2));
    expect(selectPlaces([], 0, 10)).toEqual([]);
  });
});
