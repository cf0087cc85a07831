import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import type { StorePath } from "../../../src/model/store-path.js";
import { guardExport, renderFileExport } from "../../../src/nix-protocol/export.js";

const word = (value: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const text = (value: string | Buffer) => {
  const bytes = Buffer.from(value);
  return Buffer.concat([word(bytes.length), bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);
};
const texts = (...values: readonly (string | Buffer)[]) => Buffer.concat(values.map(text));
const file = (contents: Buffer) => texts("(", "type", "regular", "contents", contents, ")");
const FOLDER = Buffer.concat([
  texts("(", "type", "directory"),
  texts("entry", "(", "name", "(", "node"),
  texts("(", "type", "symlink", "target", ")", ")"),
  texts(")", "entry", "(", "name", "run", "node"),
  texts("(", "type", "regular", "executable", "", "contents", "#!", ")", ")", ")"),
]);

const path = (name: string) => `/nix/store/00000000000000000000000000000000-${name}`;
const exported = (name: string, node: Buffer) =>
  Buffer.concat([
    word(1),
    text("nix-archive-1"),
    node,
    word(0x4558494e),
    text(path(name)),
    word(1),
    text(path("reference")),
    text(""),
    word(0),
  ]);

async function* inPieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield Promise.resolve(bytes.subarray(at, at + size));
}

async function guard(bytes: Buffer, expected: readonly string[], size = 7): Promise<Buffer> {
  const passed: Buffer[] = [];
  const stream = guardExport(inPieces(bytes, size), "b1", (name) => expected.map(path).includes(name));
  for await (const piece of stream) passed.push(piece);
  return Buffer.concat(passed);
}

const WHOLE = Buffer.concat([exported("a", file(Buffer.alloc(100, 1))), exported("b", FOLDER), word(0)]);

describe("guardExport", () => {
  it.each([1, 7, 8, 1000])("passes on requested paths unchanged, in pieces of %d bytes", async (size) => {
    expect(await guard(WHOLE, ["a", "b"], size)).toEqual(WHOLE);
  });

  it("passes on an empty export", async () => {
    expect(await guard(word(0), [])).toEqual(word(0));
  });

  it("stops before the name of a path that was not requested", async () => {
    const passed: Buffer[] = [];
    const read = async () => {
      for await (const piece of guardExport(inPieces(WHOLE, 64), "b1", (name) => name === path("a")))
        passed.push(piece);
    };
    await expect(read()).rejects.toMatchObject({
      code: "BUILDER_DENIED",
      message: expect.stringMatching(/^b1 sent /) as unknown,
    });
    expect(Buffer.concat(passed).includes(Buffer.from(path("b")))).toBe(false);
  });

  it("rejects a stream that is cut short anywhere", async () => {
    for (let length = 0; length < WHOLE.length; length += 5) {
      await expect(guard(WHOLE.subarray(0, length), ["a", "b"])).rejects.toMatchObject({
        code: "BUILDER_UNREACHABLE",
      });
    }
  });

  it("rejects invalid data with a code", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 8 }), async (bytes) => {
        const noise = Buffer.concat([word(1), text("nix-archive-1"), bytes]);
        await expect(guard(noise, ["a"])).rejects.toMatchObject({ code: "BUILDER_UNREACHABLE" });
      }),
    );
  });
});

describe("renderFileExport", () => {
  it("renders files that are read again as an export", async () => {
    const contents = ["", "text", "x".repeat(100_000)].map((content) => Buffer.from(content));
    const files = contents.map((content, i) => ({ path: path(`${i}`) as StorePath, content }));
    const bytes = Buffer.concat([...renderFileExport(files)]);
    expect(await guard(bytes, ["0", "1", "2"])).toEqual(bytes);
  });
});
