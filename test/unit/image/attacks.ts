import { AARCH64, X86_64 } from "./archive.js";
import { makeEntry, makePax, makeRawTar } from "./raw-tar.js";

/** An image in which a program for aarch64 tries to pass the audit for x86_64. */
export interface Attack {
  /** The trick; with a number, some engine unpacks the program. */
  readonly name: string;
  /** Its layers, lowest first. */
  readonly layers: readonly Buffer[];
  /** Why it is refused; undefined if the audit reports the file. */
  readonly refused?: RegExp;
}

const FOLDER = (name: string) => ({ name, flag: "5", mode: 0o755 });
const APP = { name: "bin/app", content: AARCH64, mode: 0o755 };
const GOOD = { name: "bin/app", content: X86_64, mode: 0o755 };
/** What GNU tar writes with --format=v7: no magic, but the numbers of a device. */
const V7 = {
  magic: "\0\0\0\0\0\0\0\0",
  patch: (header: Buffer) => header.write("0000000\x000000000\0", 329, "latin1"),
};
/** GNU's sparse format 1.0: the content begins with a map of the file's parts, in a block of its own. */
const sparse = (content: Buffer) => {
  const map = Buffer.alloc(512);
  map.write(`1\n0\n${content.length}\n`);
  return Buffer.concat([map, content]);
};

/** Where the audit once saw something else than an engine. */
export const ATTACKS: readonly Attack[] = [
  {
    name: "16: a folder with a size",
    layers: [makeRawTar({ ...FOLDER("bin/"), size: 1024 }, APP)],
    refused: /"bin\/" is a folder, but has 1024 bytes of content/,
  },
  {
    name: "17: a sparse file in PAX format",
    layers: [
      makeRawTar({
        name: "GNUSparseFile.1/app",
        content: sparse(AARCH64),
        mode: 0o755,
        pax: {
          "GNU.sparse.major": "1",
          "GNU.sparse.minor": "0",
          "GNU.sparse.name": "bin/app",
          "GNU.sparse.realsize": String(AARCH64.length),
        },
      }),
    ],
    refused: /"bin\/app" is sparse/,
  },
  {
    name: "a sparse file in the old GNU format, which only GNU tar unpacks",
    layers: [makeRawTar({ ...APP, flag: "S", magic: "ustar  \0" })],
    refused: /"bin\/app" is sparse/,
  },
  {
    name: "18: a good file after the end marker",
    layers: [Buffer.concat([makeRawTar(APP), makeRawTar(GOOD)])],
  },
  {
    name: "a good file after a single block of zeros, which Go rejects",
    layers: [makeRawTar(APP, Buffer.alloc(512), GOOD)],
    refused: /half an end marker/,
  },
  {
    name: "29: a program in a tar of the format v7, with a folder that has no flag of its own",
    layers: [makeRawTar({ name: "bin/", flag: "\0", ...V7, mode: 0o755 }, { ...APP, flag: "\0", ...V7 })],
  },
  {
    name: "19: a symlink with a size, whose content is the header of the program",
    layers: [makeRawTar({ name: "link", flag: "2", linkName: "x", size: 1024 }, APP)],
    refused: /"link" is a symlink, but has 1024 bytes of content/,
  },
  {
    name: "19: a hard link with a size",
    layers: [
      makeRawTar({ name: "a", content: "a" }, { name: "b", flag: "1", linkName: "a", size: 1024 }, APP),
    ],
    refused: /"b" is a hard-link, but has 1024 bytes of content/,
  },
  {
    name: "20: a hard link to a file of a lower layer, which a whiteout removes",
    layers: [
      makeRawTar({ name: "old", content: AARCH64, mode: 0o755 }),
      makeRawTar({ name: "bin/app", flag: "1", linkName: "old" }),
      makeRawTar({ name: ".wh.old" }),
    ],
    refused: /"\/bin\/app" is a hard link to "old", which is not a file of that layer/,
  },
  {
    name: "21: a file through a symlinked folder, which a whiteout removes",
    layers: [
      makeRawTar(FOLDER("bin/"), { name: "a", flag: "2", linkName: "bin" }, { ...APP, name: "a/app" }),
      makeRawTar({ name: ".wh.a" }),
    ],
    refused: /"\/a\/app" is below a symlink/,
  },
  {
    name: "21: a file through a symlinked folder of a lower layer",
    layers: [
      makeRawTar(FOLDER("bin/"), { name: "a", flag: "2", linkName: "bin" }),
      makeRawTar({ ...APP, name: "a/app" }),
      makeRawTar({ name: ".wh.a" }),
    ],
    refused: /"\/a\/app" is below a symlink/,
  },
  {
    name: "21: a whiteout through a symlinked folder",
    layers: [
      makeRawTar(FOLDER("bin/"), APP, FOLDER("c/"), { name: "a", flag: "2", linkName: "bin" }),
      makeRawTar({ name: "a/.wh.app" }),
    ],
    refused: /"\/a\/\.wh\.app" is below a symlink/,
  },
  {
    name: "22: a good file, whose name is no UTF-8 either",
    layers: [
      makeRawTar(
        { ...APP, name: Buffer.from("x-\xff", "latin1") },
        { ...GOOD, name: Buffer.from("x-\xfe", "latin1") },
      ),
    ],
  },
  {
    name: "22: a whiteout, whose name is no UTF-8 either",
    layers: [
      makeRawTar({ ...APP, name: Buffer.from("x-\xff", "latin1") }),
      makeRawTar({ name: Buffer.from(".wh.x-\xfe", "latin1") }),
    ],
  },
  {
    name: "22: a PAX path that is no UTF-8",
    layers: [
      makeRawTar(
        { ...APP, name: "x", pax: { path: Buffer.from("x-\xff", "latin1") } },
        { ...GOOD, name: "x", pax: { path: Buffer.from("x-\xfe", "latin1") } },
      ),
    ],
  },
  {
    name: "a global PAX header that renames the next file to another reader",
    layers: [makeRawTar(APP, makePax({ path: "bin/app" }, "g"), { ...GOOD, name: "other" })],
    refused: /a global PAX header with "path"/,
  },
  {
    name: "a GNU header with a prefix, which Go takes for one of ustar",
    layers: [
      makeRawTar({
        name: "app",
        content: AARCH64,
        magic: "ustar  \0",
        patch: (header) => header.write("bin", 345),
      }),
    ],
    refused: /a tar header with a malformed number/,
  },
  {
    name: "a size that readers parse differently",
    layers: [makeRawTar({ ...GOOD, patch: (header) => header.write("0000000010x\0", 124, "latin1") })],
    refused: /a tar header with a malformed number/,
  },
  {
    name: "a whiteout after the file of the same name",
    layers: [makeRawTar(APP, { name: "bin/.wh.app" })],
    refused: /"\/bin\/\.wh\.app" removes a file that the layer also has/,
  },
  {
    name: "a folder that the layer also removes, whose lower content overlayfs shows",
    layers: [makeRawTar(FOLDER("bin/"), APP), makeRawTar({ name: ".wh.bin" }, FOLDER("bin/"))],
    refused: /"\/bin" is in a folder that the layer also removes/,
  },
  {
    name: "a whiteout of the folder that it is in",
    layers: [makeRawTar(FOLDER("bin/"), APP), makeRawTar({ name: "bin/.wh.." })],
    refused: /"\/bin\/\.wh\.\." is not a whiteout/,
  },
  {
    name: "a device in place of the program, which engines without root skip",
    layers: [makeRawTar(APP), makeRawTar({ name: "bin/app", flag: "3" })],
    refused: /"\/bin\/app" is a device in place of a file/,
  },
  {
    name: "an overlayfs attribute that shows another folder",
    layers: [
      makeRawTar(FOLDER("old/"), { ...APP, name: "old/app" }),
      makeRawTar(
        { name: ".wh.old" },
        { ...FOLDER("bin/"), pax: { "SCHILY.xattr.trusted.overlay.redirect": "/old" } },
      ),
    ],
    refused: /the attribute "SCHILY\.xattr\.trusted\.overlay\.redirect"/,
  },
  {
    name: "two PAX headers for one file",
    layers: [
      makeRawTar(
        APP,
        makePax({ path: "bin/app" }),
        makeEntry({ ...GOOD, name: "other", pax: { path: "another" } }),
      ),
    ],
    refused: /several tar extension headers for one entry/,
  },
];
