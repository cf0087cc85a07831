import { gunzipSync } from "node:zlib";

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { gzip } from "../../../src/image/gzip.js";

async function compress(chunks: readonly Uint8Array[]): Promise<Buffer> {
  const source = async function* () {
    for (const chunk of chunks) yield await Promise.resolve(chunk);
  };
  const compressed: Uint8Array[] = [];
  for await (const chunk of gzip(source())) compressed.push(chunk);
  return Buffer.concat(compressed);
}

describe("gzip", () => {
  it.each([0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])("round-trips %i bytes", async (size) => {
    const bytes = Buffer.alloc(size, "some text that repeats, ");
    expect(gunzipSync(await compress([bytes])).equals(bytes)).toBe(true);
  });

  it("round-trips any bytes, and gives the same output for any split into chunks", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 5000 })), async (chunks) => {
        const compressed = await compress(chunks);
        expect(gunzipSync(compressed).equals(Buffer.concat(chunks))).toBe(true);
        expect(compressed.equals(await compress([Buffer.concat(chunks)]))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it("keeps the order of blocks that take different times to compress", async () => {
    const blocks = Array.from({ length: 20 }, (_, i) =>
      Buffer.alloc(1 << 20, i % 2 === 0 ? 0 : `${i * 7919}`),
    );
    expect(gunzipSync(await compress(blocks)).equals(Buffer.concat(blocks))).toBe(true);
  });

  it("fails with the error of its source", async () => {
    const failing = async function* () {
      yield await Promise.resolve(Buffer.alloc(3 << 20));
      throw new Error("broken");
    };
    await expect(
      (async () => {
        for await (const chunk of gzip(failing())) expect(chunk).toBeDefined();
      })(),
    ).rejects.toThrow("broken");
  });
});
