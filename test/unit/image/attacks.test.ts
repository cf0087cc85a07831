import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { readImage } from "../../../src/image/image.js";
import { AARCH64, makeArchiveOf, makeTar, X86_64 } from "./archive.js";
import { ATTACKS } from "./attacks.js";
import { END, makeEntry, makePax, makeRawTar, type RawEntry } from "./raw-tar.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "attacks-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function read(...layers: readonly Buffer[]) {
  const file = join(folder, "image.tar");
  writeFileSync(file, await makeArchiveOf(layers));
  return readImage(file, "x86_64-linux", { auditAllow: [], workFolder: folder });
}

const refusal = (message: RegExp) => ({
  code: "IMAGE_INVALID",
  cause: expect.objectContaining({ message: expect.stringMatching(message) as unknown }) as unknown,
});

describe("an image that hides a program for another CPU", () => {
  it.each(ATTACKS.map((attack) => [attack.name, attack] as const))("%s", async (_, { layers, refused }) => {
    if (refused !== undefined) await expect(read(...layers)).rejects.toMatchObject(refusal(refused));
    else expect((await read(...layers)).audit.foreign).toMatchObject([{ machine: "aarch64" }]);
  });
});

describe("what image builders write", () => {
  const long = `${"long/".repeat(40)}name`;
  it.each<[string, Buffer]>([
    ["a GNU long name", makeEntry({ name: "x", flag: "L", content: `${long}\0`, magic: "ustar  \0" })],
    ["a PAX path", makePax({ path: long, mtime: "1.5", "SCHILY.xattr.user.x": "\0\n=" })],
  ])("%s is read", async (_, extension) => {
    const tar = makeRawTar(extension, { name: "short", content: AARCH64 });
    expect((await read(tar)).audit.foreign.map(({ path }) => path)).toEqual([`/${long}`]);
  });

  it.each<[string, Buffer]>([
    [
      "a comment of git",
      makeRawTar(makePax({ comment: "0".repeat(40) }, "g"), { name: "a", content: X86_64 }),
    ],
    [
      "the padding of GNU tar",
      Buffer.concat([makeRawTar({ name: "a", content: X86_64 }), Buffer.alloc(8192)]),
    ],
    [
      "bytes after the end marker",
      Buffer.concat([makeRawTar({ name: "a", content: X86_64 }), Buffer.from("x")]),
    ],
    ["no end marker", makeEntry({ name: "a", content: X86_64 })],
    ["half an end marker", Buffer.concat([makeEntry({ name: "a", content: X86_64 }), Buffer.alloc(512)])],
    [
      "access times of GNU tar",
      makeRawTar({
        name: "a",
        content: X86_64,
        magic: "ustar  \0",
        patch: (header) => header.write("14766614231\x0014766614231\0", 345, "latin1"),
      }),
    ],
    [
      "a size in binary",
      makeRawTar({
        name: "a",
        content: X86_64,
        patch: (header) => {
          header.fill(0, 124, 136);
          header[124] = 0x80;
          header[135] = X86_64.length;
        },
      }),
    ],
    ["a size in a PAX header", makeRawTar({ name: "a", size: 0, content: X86_64, pax: { size: "64" } })],
  ])("%s is accepted", async (_, tar) => {
    expect((await read(tar)).audit).toMatchObject({ elfFiles: 1, foreign: [] });
  });

  it("a folder of an upper layer replaces a symlink, if it is listed", async () => {
    const lower = makeRawTar({ name: "a", flag: "2", linkName: "bin" });
    const upper = makeRawTar({ name: "a/", flag: "5" }, { name: "a/app", content: AARCH64 });
    expect((await read(lower, upper)).audit.foreign).toMatchObject([{ path: "/a/app", layer: 1 }]);
  });

  it("a file replaces what a whiteout of the same layer removes", async () => {
    const lower = makeRawTar({ name: "a", content: AARCH64 });
    const upper = makeRawTar({ name: ".wh.a" }, { name: "a", content: X86_64 });
    expect((await read(lower, upper)).audit.foreign).toEqual([]);
  });
});

describe("a malformed tar", () => {
  const BAD: readonly (readonly [string, RawEntry | Buffer, RegExp])[] = [
    [
      "a wrong checksum",
      Buffer.concat([Buffer.from([1]), makeEntry({ name: "aa" }).subarray(1)]),
      /checksum/,
    ],
    ["an unknown type", { name: "a", flag: "V" }, /unknown type "V"/],
    ["a file that is named like a folder", { name: "a/" }, /named like a folder/],
    ["a root that is a file", { name: "./", flag: "2", linkName: "x" }, /is not a folder/],
    [
      "a PAX record without an end",
      makeEntry({ name: "p", flag: "x", content: "10 path=x" }),
      /malformed PAX/,
    ],
    ["a PAX record with a wrong length", makeEntry({ name: "p", flag: "x", content: "99 path=x\n" }), /PAX/],
    ["an empty PAX path", makePax({ path: "" }), /malformed PAX/],
    ["a PAX path with a NUL", makePax({ path: "a\0b" }), /malformed PAX/],
    ["a PAX size that is not a number", makePax({ size: "0x10" }), /malformed size/],
    ["an extension of 2 MiB", makeEntry({ name: "p", flag: "x", content: Buffer.alloc(2 << 20) }), /1 MiB/],
    ["an extension without an entry", makePax({ path: "a" }), /extension header without an entry/],
    [
      "a size in binary that is too large",
      {
        name: "a",
        patch: (header) => header.fill(0xff, 125, 136).fill(0x80, 124, 125),
      },
      /malformed number/,
    ],
    ["an entry below a whiteout", { name: ".wh.a/b" }, /below a whiteout/],
    ["a folder of aufs", { name: ".wh..wh.plnk" }, /is not a whiteout/],
    ["a hard link to nothing", { name: "a", flag: "1", linkName: "b" }, /not a file of that layer/],
  ];

  it.each(BAD)("with %s is refused", async (_, entry, message) => {
    await expect(read(makeRawTar(entry))).rejects.toMatchObject(refusal(message));
  });

  it.each([
    ["a header", 700],
    ["a file", 512 + 10],
    ["the padding", 512 + 70],
  ])("that ends within %s is refused", async (_, bytes) => {
    const tar = makeRawTar({ name: "a", content: X86_64 }, { name: "b", content: X86_64 });
    await expect(read(tar.subarray(0, bytes))).rejects.toMatchObject(refusal(/ends within a tar entry/));
  });

  it("with one path as a folder and a file is refused", async () => {
    for (const entries of [
      [{ name: "a/b" }, { name: "a" }],
      [{ name: "a" }, { name: "a/", flag: "5" }],
    ]) {
      await expect(read(makeRawTar(...entries))).rejects.toMatchObject(
        refusal(/a folder and something else/),
      );
    }
  });
});

it("16: an archive whose folder has a size is refused, and does not hang", async () => {
  const file = join(folder, "image.tar");
  const image = await makeArchiveOf([makeRawTar({ name: "a" })]);
  writeFileSync(file, Buffer.concat([makeEntry({ name: "d/", flag: "5", size: 1024 }), image, END]));
  const reading = readImage(file, "x86_64-linux", { auditAllow: [], workFolder: folder });
  await expect(reading).rejects.toMatchObject(refusal(/"d\/" is a folder with content/));
});

it("what tar-stream writes is accepted", async () => {
  const tar = await makeTar([
    ["bin/", ""],
    ["bin/app", X86_64],
    ["bin/link", { link: "app" }],
  ]);
  expect((await read(tar)).audit).toMatchObject({ elfFiles: 1, filesRead: 1 });
});
