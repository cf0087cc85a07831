import { describe, expect, it } from "@jest/globals";

import { renderWire, WireReader } from "../../../src/nix-protocol/wire.js";

const MANY_BYTES = 32 << 20;
const LIMITS = { sender: "b1", maxStringBytes: MANY_BYTES, maxMessageBytes: MANY_BYTES, isKeeping: false };

async function* inPieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield Promise.resolve(bytes.subarray(at, at + size));
}

describe("WireReader", () => {
  it("reads a long string without copying it for every piece", async () => {
    const long = Buffer.alloc(MANY_BYTES, 1);
    const reader = new WireReader(inPieces(renderWire([long, 7]), 4096), LIMITS);
    expect((await reader.readString()).equals(long)).toBe(true);
    expect(await reader.readWord()).toBe(7);
  });

  it("passes on an archive of many small files in few pieces", async () => {
    const file = ["type", "regular", "contents", "hello"];
    const entry = ["entry", "(", "name", "x", "node", "(", ...file, ")", ")"];
    const entries = Array.from({ length: 10_000 }, () => entry).flat();
    const archive = renderWire(["nix-archive-1", "(", "type", "directory", ...entries, ")"]);
    const reader = new WireReader(inPieces(archive, 1 << 15), {
      ...LIMITS,
      maxStringBytes: 1000,
      maxMessageBytes: 1000,
    });
    const pieces: Buffer[] = [];
    for await (const piece of reader.passArchive()) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(archive)).toBe(true);
    expect(pieces.length).toBeLessThan(1000);
  });

  it("limits a list, and all strings of a message together", async () => {
    const read = (bytes: Buffer, maxMessageBytes: number) =>
      new WireReader(inPieces(bytes, 4096), { ...LIMITS, maxMessageBytes });
    const list = renderWire([["a", "b", "c"]]);
    await expect(read(list, 100).readStrings(2)).rejects.toThrow("a list is too long");
    expect(await read(list, 24).readStrings(3)).toEqual(["a", "b", "c"]);
    await expect(read(list, 23).readStrings(3)).rejects.toThrow("a message is too long");
    const reader = read(Buffer.concat([list, list]), 24);
    await reader.readStrings(3);
    reader.beginMessage();
    expect(await reader.readStrings(3)).toHaveLength(3);
  });
});
