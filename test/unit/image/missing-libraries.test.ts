import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { tryParseElfMachine, tryReadElfNeeds } from "../../../src/image/elf.js";
import { readImage } from "../../../src/image/image.js";
import { makeArchive, type Members, X86_64 } from "./archive.js";
import { makeElf } from "./elf-writer.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "libraries-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function findMissing(...layers: readonly Members[]) {
  const file = join(folder, "image.tar");
  writeFileSync(file, await makeArchive(layers));
  const { audit } = await readImage(file, "x86_64-linux", { auditAllow: [], workFolder: folder });
  return audit.missingLibraries;
}

const STORE = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz";
const LOADER = `${STORE}-glibc-2.40/lib/ld-linux-x86-64.so.2`;
const APP = makeElf({
  type: 2,
  interpreter: LOADER,
  needed: ["libssl.so.3"],
  runpath: `${STORE}-openssl/lib`,
});

describe("27: a warning for what an ELF file needs and the image lacks", () => {
  it("names the file, the interpreter, the library, and the store path that refers to them", async () => {
    expect(await findMissing([[`nix/store/${STORE.slice(11)}-app/bin/app`, APP]])).toEqual(
      [
        { kind: "interpreter", needs: LOADER },
        { kind: "library", needs: "libssl.so.3" },
      ].map((what) => ({
        ...what,
        path: `${STORE}-app/bin/app`,
        storePath: `${STORE}-app`,
        searched: [`${STORE}-openssl/lib`],
        layer: 0,
      })),
    );
  });

  it("is not given if both are there, in any layer and behind symlinks", async () => {
    const missing = await findMissing(
      [["app", APP]],
      [
        [LOADER.slice(1), X86_64],
        ["opt/ssl/libssl.so.3.1", X86_64],
        ["usr/lib/libssl.so.3", { link: "../../opt/ssl/libssl.so.3.1" }],
      ],
    );
    expect(missing).toEqual([]);
  });

  it.each<[string, Members]>([
    ["an upper layer removes it", [["usr/lib/.wh.libssl.so.3", ""]]],
    ["only a dangling symlink has its name", [["usr/lib/libssl.so.3", { link: "/nowhere" }]]],
  ])("is given if %s", async (_, upper) => {
    const library = makeElf({ needed: ["libssl.so.3"] });
    const lower: Members = [
      ["app.so", library],
      ["usr/lib/libssl.so.3", X86_64],
    ];
    expect(await findMissing(lower, upper)).toMatchObject([
      { path: "/app.so", needs: "libssl.so.3", storePath: null },
    ]);
  });

  it.each<[string, Buffer]>([
    ["a file for another CPU, which is a finding of its own", makeElf({ machine: 183, needed: ["liba.so"] })],
    ["an object file", makeElf({ type: 1, needed: ["liba.so"] })],
    ["a library of the GPU's driver", makeElf({ needed: ["libcuda.so.1", "libnvidia-ml.so.1"] })],
  ])("is not given for %s", async (_, file) => {
    expect(await findMissing([["a", file]])).toEqual([]);
  });
});

describe("tryReadElfNeeds", () => {
  const readNeeds = (bytes: Buffer) => {
    const machine = tryParseElfMachine(bytes);
    return machine && tryReadElfNeeds((offset, length) => bytes.subarray(offset, offset + length), machine);
  };

  it.each([
    { bits: 64, isBigEndian: false, machine: 62 },
    { bits: 32, isBigEndian: false, machine: 3 },
    { bits: 64, isBigEndian: true, machine: 22 },
    { bits: 32, isBigEndian: true, machine: 8 },
  ] as const)("reads %j", (kind) => {
    const file = makeElf({
      ...kind,
      interpreter: "/ld.so",
      needed: ["liba.so.1", "libb.so"],
      runpath: "/x:$ORIGIN",
    });
    expect(readNeeds(file)).toEqual({
      interpreter: "/ld.so",
      libraries: ["liba.so.1", "libb.so"],
      searched: ["/x", "$ORIGIN"],
    });
  });

  it("prefers DT_RUNPATH to DT_RPATH, as the loader does", () => {
    expect(readNeeds(makeElf({ needed: ["a"], rpath: "/old" }))?.searched).toEqual(["/old"]);
    expect(readNeeds(makeElf({ needed: ["a"], rpath: "/old", runpath: "/new" }))?.searched).toEqual(["/new"]);
  });

  it("reads the program that runs this test", () => {
    const node = openSync(process.execPath, "r");
    const read = (offset: number, length: number) => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(node, bytes, 0, length, offset));
    };
    const machine = tryParseElfMachine(read(0, 64));
    const needs = machine && tryReadElfNeeds(read, machine);
    closeSync(node);
    expect(needs?.interpreter).toMatch(/^\/.*\/ld-/);
    expect(needs?.libraries).toContain("libc.so.6");
  });

  it("never throws, for any damage to a file", () => {
    const file = makeElf({ interpreter: "/ld.so", needed: ["liba.so.1"], runpath: "/x" });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 6 }),
        fc.nat(file.length),
        (changes, length) => {
          const damaged = Buffer.from(file);
          for (const [offset, byte] of changes) damaged[offset] = byte;
          for (const name of readNeeds(damaged.subarray(0, length))?.libraries ?? []) {
            expect(name.length).toBeGreaterThan(0);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
