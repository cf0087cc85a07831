import { createHash } from "node:crypto";

import { describe, expect, it } from "@jest/globals";

import { compareNames, padTar, renderEntryHeader } from "../../../src/image/python-tar.js";

const OWNER = { mtime: 1, uid: 0, gid: 0, uname: "root", gname: "root" };
const FOLDER = { name: "/nix", type: "folder", mode: 0o755, sizeBytes: 0, linkName: "" } as const;

const latin1 = (text: string) => Buffer.from(text).toString("latin1");

describe("renderEntryHeader", () => {
  // The digests are of what Python 3.8 and 3.9 write: TarInfo.tobuf(PAX_FORMAT), of an equal TarInfo.
  it.each([
    ["3.8", true, "b43442a10e19e61fb32cc844af684c4f5e73f18b5fbc3fd9385f984bd6af5c5c"],
    ["3.9", false, "b9815166f5b7f1e8e3f0c2aa906c399cfd254c12816592206b6150db519a085f"],
  ])("writes what Python %s writes", (_, hasDeviceNumbers, digest) => {
    const header = renderEntryHeader(FOLDER, OWNER, hasDeviceNumbers);
    expect(createHash("sha256").update(header).digest("hex")).toBe(digest);
  });

  it("puts what does not fit into an extension header", () => {
    const entry = { ...FOLDER, type: "file", sizeBytes: 8 * 2 ** 30, name: latin1("/ü") } as const;
    const header = renderEntryHeader(entry, { ...OWNER, uid: 2 ** 21 }, false);
    expect(header).toHaveLength(3 * 512);
    expect(header.toString("latin1", 512, 512 + 49)).toBe(
      `12 path=${latin1("/ü")}\n15 uid=2097152\n19 size=8589934592\n\0\0\0`,
    );
    expect(header.toString("latin1", 1024, 1024 + 3)).toBe("/?\0");
    expect(header.toString("latin1", 1024 + 124, 1024 + 135)).toBe("00000000000");
  });
});

describe("compareNames", () => {
  it("sorts by characters, and bytes that are not UTF-8 as Python does", () => {
    const names = ["a", "a-b", "a.b", "ab", "\u{10000}", "\uffee", "\ud7ff", "é"].map(latin1);
    const sorted = [...names, "\xff", "\x80x"].sort(compareNames);
    const [last, before, ...others] = sorted.toReversed();
    expect([last, before]).toEqual([latin1("\u{10000}"), latin1("\uffee")]);
    expect(others).toEqual(["\xff", "\x80x", latin1("\ud7ff"), latin1("é"), "ab", "a.b", "a-b", "a"]);
  });
});

it("pads a tar to whole records of 10240 bytes", () => {
  expect([0, 9216, 9728, 10240].map((bytes) => bytes + padTar(bytes))).toEqual([10240, 10240, 20480, 20480]);
});
