import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { requirePassed } from "../../../src/image/audit.js";
import { tryParseElfMachine } from "../../../src/image/elf.js";
import { readImage } from "../../../src/image/image.js";
import { AARCH64, elf, makeArchive, type Members, X86_64 } from "./archive.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "image-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function read(archive: Uint8Array, auditAllow: readonly string[] = []) {
  const file = join(folder, "image.tar");
  writeFileSync(file, archive);
  return readImage(file, "x86_64-linux", { auditAllow, workFolder: folder });
}

describe("the audit", () => {
  it("reports a file for another CPU, with its layer", async () => {
    const { audit } = await read(await makeArchive([[["a", "x"]], [["opt/tool", AARCH64]]]));
    expect(audit.foreign).toEqual([{ path: "/opt/tool", machine: "aarch64", layer: 1 }]);
    expect(() => {
      requirePassed(audit, "x86_64-linux");
    }).toThrow(
      expect.objectContaining({
        code: "AUDIT_FAILED",
        message: expect.stringContaining("/opt/tool is for aarch64") as unknown,
      }),
    );
  });

  it("adds up the sizes of store paths, and of what is in the root folder", async () => {
    const store = `nix/store/${"a".repeat(32)}-app`;
    const { audit } = await read(
      await makeArchive([
        [
          [`${store}/bin/app`, "12345"],
          [`${store}/share/doc`, "123"],
          ["./usr/lib/x", "1"],
          ["/usr/y\u202e", "12"],
        ],
        [
          ["init", "1234"],
          ["empty", ""],
          ["nix/store/short", "1"],
        ],
      ]),
    );
    expect(audit.largestPaths).toEqual([
      { path: `/${store}`, sizeBytes: 8, layer: 0 },
      { path: "/init", sizeBytes: 4, layer: 1 },
      { path: "/usr", sizeBytes: 3, layer: 0 },
      { path: "/nix", sizeBytes: 1, layer: 1 },
      { path: "/empty", sizeBytes: 0, layer: 1 },
    ]);
    const many = Array.from({ length: 150 }, (_, i): [string, string] => [`f${i}`, "x".repeat(i)]);
    const { largestPaths } = (await read(await makeArchive([many]))).audit;
    expect(largestPaths.map(({ sizeBytes }) => sizeBytes)).toEqual(many.map((_, i) => 149 - i).slice(0, 100));
  });

  it("accepts i686 files, BPF files and files that are not ELF", async () => {
    const i386 = elf(3);
    i386[4] = 1;
    const { audit } = await read(
      await makeArchive([
        [
          ["i386", i386],
          ["bpf.o", elf(247)],
          ["short", "\x7fELF"],
          ["x", X86_64],
        ],
      ]),
    );
    expect(audit).toMatchObject({ elfFiles: 2, foreign: [] });
  });

  it.each<[string, Members]>([
    ["is removed", [["opt/.wh.tool", ""]]],
    ["is in a folder that is removed", [[".wh.opt", ""]]],
    ["is in a folder that is hidden", [["opt/.wh..wh..opq", ""]]],
    ["is replaced", [["opt/tool", X86_64]]],
    ["is in a folder that is replaced with a file", [["opt", "file"]]],
  ])("ignores a file that %s by an upper layer", async (_, upper) => {
    const { audit } = await read(
      await makeArchive([
        [
          ["opt/", ""],
          ["opt/tool", AARCH64],
        ],
        upper,
      ]),
    );
    expect(audit.foreign).toEqual([]);
  });

  it("reports a file by its remaining name if one of two hard links is removed", async () => {
    const { audit } = await read(
      await makeArchive([
        [
          ["a", AARCH64],
          ["b", { link: "a", type: "link" }],
        ],
        [[".wh.a", ""]],
      ]),
    );
    expect(audit.foreign).toEqual([{ path: "/b", machine: "aarch64", layer: 0 }]);
  });

  it("uses the last of two files with the same name in a layer", async () => {
    const { audit } = await read(
      await makeArchive([
        [
          ["a", AARCH64],
          ["a", X86_64],
          ["b", X86_64],
          ["b", AARCH64],
        ],
      ]),
    );
    expect(audit.foreign.map(({ path }) => path)).toEqual(["/b"]);
  });

  it("shows a path on one line, even with control characters", async () => {
    const { audit } = await read(await makeArchive([[["a\n::error::b\u202e", AARCH64]]]));
    expect(audit.foreign.map(({ path }) => path)).toEqual(["/a\\u{a}::error::b\\u{202e}"]);
  });

  it("accepts files that match audit-allow", async () => {
    const archive = await makeArchive([
      [
        ["opt/firmware/.x/tool", AARCH64],
        ["opt/other", AARCH64],
      ],
    ]);
    const { audit } = await read(archive, ["/opt/firmware/**"]);
    expect(audit.allowed.map(({ path }) => path)).toEqual(["/opt/firmware/.x/tool"]);
    expect(audit.foreign.map(({ path }) => path)).toEqual(["/opt/other"]);
  });
});

describe("tryParseElfMachine", () => {
  it("never throws, for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        for (const input of [bytes, Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, ...bytes])]) {
          const machine = tryParseElfMachine(input);
          expect(machine === undefined || machine.machine > 0).toBe(true);
        }
      }),
    );
  });

  it("reads both byte orders", () => {
    const big = Buffer.alloc(64);
    big.write("\x7fELF\x02\x02\x01", 0, "latin1");
    big.writeUInt16BE(22, 18);
    expect(tryParseElfMachine(big)).toEqual({ machine: 22, bits: 64, endianness: "big" });
    expect(tryParseElfMachine(AARCH64)).toEqual({ machine: 183, bits: 64, endianness: "little" });
  });
});

describe("scripts whose interpreter is missing", () => {
  it.each<[string, readonly Members[], readonly string[]]>([
    ["an existing interpreter", [[["bin/sh", X86_64]], [["a", { script: "#!/bin/sh\n" }]]], []],
    ["a missing interpreter", [[["a", { script: "#! /bin/sh -e\n" }]]], ["/bin/sh"]],
    ["a file that is not executable", [[["a", "#!/bin/sh\n"]]], []],
    [
      "an interpreter behind absolute and relative symlinks",
      [
        [
          ["store/sh", X86_64],
          ["usr/bin", { link: "../bin" }],
          ["bin/sh", { link: "/store/sh" }],
          ["a", { script: "#!/usr/bin/sh\n" }],
        ],
      ],
      [],
    ],
    [
      "a dangling symlink, and a symlink to itself",
      [
        [
          ["bin/sh", { link: "/store/sh" }],
          ["bin/loop", { link: "loop" }],
          ["a", { script: "#!/bin/sh\n" }],
          ["b", { script: "#!/bin/loop\n" }],
        ],
      ],
      ["/bin/sh", "/bin/loop"],
    ],
    [
      "an interpreter that an upper layer removes",
      [
        [
          ["bin/sh", X86_64],
          ["a", { script: "#!/bin/sh\n" }],
        ],
        [["bin/.wh.sh", ""]],
      ],
      ["/bin/sh"],
    ],
    ["a script that an upper layer removes", [[["a", { script: "#!/bin/sh\n" }]], [[".wh.a", ""]]], []],
    [
      "a folder in place of the interpreter",
      [
        [
          ["bin/sh/", ""],
          ["a", { script: "#!/bin/sh\n" }],
        ],
      ],
      ["/bin/sh"],
    ],
  ])("%s", async (_, layers, missing) => {
    const { audit } = await read(await makeArchive(layers));
    expect(audit.orphanedScripts.map(({ interpreter }) => interpreter)).toEqual(missing);
  });
});
