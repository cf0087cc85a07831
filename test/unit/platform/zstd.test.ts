import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { decompressZstd, isZstd } from "../../../src/platform/zstd.js";

const SKIPPABLE = Buffer.from("5d2a4d180300000001020", "hex").subarray(0, 8);
const skippable = (bytes: Uint8Array) => {
  const head = Buffer.from(SKIPPABLE);
  head.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([head, bytes]);
};
const checksummed = (bytes: Uint8Array) =>
  zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });

async function* cut(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function decompress(bytes: Buffer, size = 1 << 16): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of decompressZstd(cut(bytes, size))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const RANDOM = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i * 31) >>> (i % 13)));

describe("decompressZstd", () => {
  it.each<[string, readonly Buffer[], readonly Uint8Array[]]>([
    ["one frame", [zstdCompressSync("a")], [Buffer.from("a")]],
    ["24: two frames", [zstdCompressSync("a"), zstdCompressSync("b")], [Buffer.from("ab")]],
    [
      "24: a skippable frame first, as pzstd writes",
      [skippable(RANDOM), zstdCompressSync("a")],
      [Buffer.from("a")],
    ],
    [
      "24: skippable frames between and last, as zstd:chunked has",
      [zstdCompressSync("a"), skippable(Buffer.from("x")), zstdCompressSync("b"), skippable(RANDOM)],
      [Buffer.from("ab")],
    ],
    [
      "frames with checksums, with raw, repeated and compressed blocks, and empty ones",
      [checksummed(RANDOM), checksummed(Buffer.alloc(0)), checksummed(Buffer.alloc(5 << 20))],
      [RANDOM, Buffer.alloc(5 << 20)],
    ],
    ["a skippable frame alone", [skippable(Buffer.alloc(0))], []],
  ])("reads %s", async (_, frames, content) => {
    const bytes = Buffer.concat(frames);
    for (const size of bytes.length > 1000 ? [1 << 20, 1000] : [1000, 1]) {
      expect((await decompress(bytes, size)).equals(Buffer.concat(content))).toBe(true);
    }
  });

  it.each<[string, Buffer]>([
    ["a frame that is cut short", zstdCompressSync(RANDOM).subarray(0, 1000)],
    [
      "a second frame that is cut short",
      Buffer.concat([zstdCompressSync("a"), zstdCompressSync(RANDOM).subarray(0, 99)]),
    ],
    ["a skippable frame that is cut short", skippable(RANDOM).subarray(0, 100)],
    ["garbage after a frame", Buffer.concat([zstdCompressSync("a"), Buffer.from("garbage, not zstd")])],
    ["a single byte after a frame", Buffer.concat([zstdCompressSync("a"), Buffer.from([0x28])])],
    ["a wrong checksum", Buffer.concat([checksummed(RANDOM).subarray(0, -1), Buffer.from([0])])],
  ])("rejects %s", async (_, bytes) => {
    await expect(decompress(bytes)).rejects.toMatchObject({ code: expect.stringMatching(/^Z/) as unknown });
  });

  it("rejects with the source's error", async () => {
    const source = async function* () {
      yield await Promise.resolve(zstdCompressSync("a"));
      throw new Error("the disk is gone");
    };
    await expect(async () => {
      for await (const chunk of decompressZstd(source())) expect(chunk.toString()).toBe("97");
    }).rejects.toThrow("the disk is gone");
  });

  it("agrees with Node on one frame of any content, however it is cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000 }),
        fc.integer({ min: 1, max: 4000 }),
        async (bytes, size) => {
          const frame = zstdCompressSync(bytes);
          const twice = Buffer.concat([zstdDecompressSync(frame), bytes]);
          expect((await decompress(Buffer.concat([frame, frame]), size)).equals(twice)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("isZstd", () => {
  it.each<[string, string, boolean]>([
    ["a frame", "28b52ffd", true],
    ["the first skippable frame", "502a4d18", true],
    ["the last skippable frame", "5f2a4d18", true],
    ["another number", "602a4d18", false],
    ["three bytes", "28b52f", false],
    ["gzip", "1f8b0800", false],
  ])("%s", (_, hex, expected) => {
    expect(isZstd(Buffer.from(hex, "hex"))).toBe(expected);
  });
});
