import { describe, expect, it } from "@jest/globals";

import { renderWire, WireReader } from "../../../src/nix-protocol/wire.js";

const MANY_BYTES = 32 << 20;

async function* inPieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield Promise.resolve(bytes.subarray(at, at + size));
}

describe("WireReader", () => {
  it("reads a long string without copying it for every piece", async () => {
    const long = Buffer.alloc(MANY_BYTES, 1);
    const reader = new WireReader(inPieces(renderWire([long, 7]), 4096), {
      sender: "b1",
      maxStringBytes: MANY_BYTES,
      isKeeping: false,
    });
    expect((await reader.readString()).equals(long)).toBe(true);
    expect(await reader.readWord()).toBe(7);
  });

  it("passes on an archive of many small files in few pieces", async () => {
    const file = ["type", "regular", "contents", "hello"];
    const entry = ["entry", "(", "name", "x", "node", "(", ...file, ")", ")"];
    const entries = Array.from({ length: 10_000 }, () => entry).flat();
    const archive = renderWire(["nix-archive-1", "(", "type", "directory", ...entries, ")"]);
    const reader = new WireReader(inPieces(archive, 1 << 15), {
      sender: "b1",
      maxStringBytes: 1000,
      isKeeping: false,
    });
    const pieces: Buffer[] = [];
    for await (const piece of reader.passArchive()) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(archive)).toBe(true);
    expect(pieces.length).toBeLessThan(1000);
  });
});
