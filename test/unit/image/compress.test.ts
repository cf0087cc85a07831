import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { createPermits } from "../../../src/image/block-permits.js";
import { compress } from "../../../src/image/compress.js";
import type { LayerCompression } from "../../../src/model/compression.js";
import { digestOf } from "../../../src/model/digest.js";
import { decompressZstd } from "../../../src/platform/zstd.js";

async function* toAsync(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const collected: Uint8Array[] = [];
  for await (const chunk of chunks) collected.push(Buffer.from(chunk));
  return Buffer.concat(collected);
}

const FORMATS = [
  { format: "gzip", level: 4, blockBytes: 1 << 20 },
  { format: "zstd", level: 3, blockBytes: 2 << 20 },
] as const;

describe.each(FORMATS)("compress, $format", ({ blockBytes, ...compression }) => {
  const pack = (chunks: readonly Uint8Array[], how: LayerCompression = compression) =>
    collect(compress(toAsync(chunks), how));
  const unpack = (bytes: Buffer) =>
    compression.format === "gzip" ? gunzipSync(bytes) : collect(decompressZstd(toAsync([bytes])));

  it.each([-1, 0, 1])("round-trips a block and %i bytes", async (more) => {
    const bytes = Buffer.alloc(blockBytes + more, "some text that repeats, ");
    expect((await unpack(await pack([bytes]))).equals(bytes)).toBe(true);
  });

  it.each([0, 1])("round-trips %i bytes", async (size) => {
    expect(await unpack(await pack([Buffer.alloc(size)]))).toEqual(Buffer.alloc(size));
  });

  it("round-trips any bytes, and gives the same output for any split into chunks", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 5000 })), async (chunks) => {
        const compressed = await pack(chunks);
        expect((await unpack(compressed)).equals(Buffer.concat(chunks))).toBe(true);
        expect(compressed.equals(await pack([Buffer.concat(chunks)]))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it("keeps the order of blocks that take different times to compress", async () => {
    const blocks = Array.from({ length: 6 }, (_, i) =>
      Buffer.alloc(blockBytes, i % 2 === 0 ? 0 : `${i * 7919}`),
    );
    expect((await unpack(await pack(blocks))).equals(Buffer.concat(blocks))).toBe(true);
  });

  it("compresses more with a higher level", async () => {
    const bytes = readFileSync("package-lock.json");
    const [fast, small] = await Promise.all(
      [1, 9].map(async (level) => (await pack([bytes], { ...compression, level })).length),
    );
    expect(small).toBeLessThan(fast ?? 0);
  });

  it("needs no permits for other blocks, and returns those that it takes", async () => {
    const blocks = Array.from({ length: 5 }, (_, i) => Buffer.alloc(blockBytes, `block ${i}`));
    const [none, some] = [createPermits(0), createPermits(3)];
    const alone = await collect(compress(toAsync(blocks), compression, none));
    expect(alone.equals(await collect(compress(toAsync(blocks), compression, some)))).toBe(true);
    expect([none[0], some[0]]).toEqual([0, 3]);
  });

  it("returns permits after a failure, and when its reader stops early", async () => {
    const permits = createPermits(2);
    let left: number | undefined;
    const failing = async function* () {
      for (let i = 0; i < 3; i++) yield await Promise.resolve(Buffer.alloc(blockBytes));
      left = permits[0];
      throw new Error("broken");
    };
    await expect(collect(compress(failing(), compression, permits))).rejects.toThrow("broken");
    expect([left, permits[0]]).toEqual([0, 2]);
    const blocks = Array.from({ length: 5 }, () => Buffer.alloc(blockBytes));
    for await (const chunk of compress(toAsync(blocks), compression, permits)) if (chunk.length > 20) break;
    expect(permits[0]).toBe(2);
  });

  it("fails with the error of its source", async () => {
    const failing = async function* () {
      yield await Promise.resolve(Buffer.alloc(3 << 20));
      throw new Error("broken");
    };
    await expect(collect(compress(failing(), compression))).rejects.toThrow("broken");
  });
});

/** Text and noise that are the same on every machine. */
function makeSample(): Buffer {
  const noise = Buffer.alloc(1 << 20);
  let state = 1;
  for (let i = 0; i < noise.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    noise[i] = state >>> 24;
  }
  return Buffer.concat([Buffer.alloc((4 << 20) + 5, "some text that repeats, "), noise]);
}

// Fails with another version of zlib or zstd, on another CPU, and if the number of cores mattered.
it.each([
  ["gzip", 4, "sha256:9fbbf9b81c5dac1530d58e65afbee5b87c810ebb697b9fb2b176417b520ad49b"],
  ["zstd", 3, "sha256:425a4369cd2ca22edaa53282cf0292992e13d2fca8cfcff7de25ac265a97eeae"],
] as const)("gives the same digest on every machine: %s", async (format, level, digest) => {
  expect(digestOf(await collect(compress(toAsync([makeSample()]), { format, level })))).toBe(digest);
});
