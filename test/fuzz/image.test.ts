import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";

import { afterAll, beforeAll, expect, it } from "@jest/globals";

import { ActionError } from "../../src/errors/action-error.js";
import { createBudget } from "../../src/image/budget.js";
import { tryParseElfMachine, tryReadElfNeeds } from "../../src/image/elf.js";
import { readImage } from "../../src/image/image.js";
import { createLayerAuditor } from "../../src/image/layer-audit.js";
import { readPackedFiles } from "../../src/image/packed-files.js";
import { Spool } from "../../src/image/spool.js";
import { decompressZstd } from "../../src/platform/zstd.js";
import {
  AARCH64,
  makeArchiveOf,
  makeLayout,
  makeTar,
  sha256,
  writeMembers,
  X86_64,
} from "../unit/image/archive.js";
import { ATTACKS } from "../unit/image/attacks.js";
import { makeElf } from "../unit/image/elf-writer.js";
import { makeZip } from "../unit/image/zip-writer.js";
import { FUZZ_SECONDS, fuzz, type FuzzTarget } from "./fuzzer.js";
import { repairHeaders } from "./mutate.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fuzz-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const LIMITS = { unpackedBytes: 64 << 20, pathBytes: 16 << 20 };

/** Reads an image. Every rejection must be an ActionError that says why. */
async function readAny(path: string): Promise<string> {
  const work = join(folder, "work");
  try {
    writeMembers(work, [["x", Buffer.alloc(0)]]);
    const { audit } = await readImage(path, "x86_64-linux", {
      auditAllow: [],
      workFolder: work,
      limits: LIMITS,
    });
    return `foreign: ${audit.foreign.length > 0}, warnings: ${audit.missingLibraries.length > 0}`;
  } catch (error) {
    if (!(error instanceof ActionError) || error.code !== "IMAGE_INVALID") throw error;
    return messageOf(error.cause);
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** The message of an error that a parser throws on purpose. Throws an error that is a defect of the audit. */
function messageOf(error: unknown): string {
  // Not by `instanceof`: Node's own errors are of another realm than the test's. They have a code; the one
  // for bytes that are not UTF-8 is a TypeError.
  const { name, message } = error as Error;
  const isDefect = ["TypeError", "RangeError", "ReferenceError"].includes(name);
  if (isDefect && !("code" in (error as Error))) throw error;
  return message;
}

async function* once(bytes: Buffer) {
  yield await Promise.resolve(bytes);
}

const elf = makeElf({ interpreter: "/lib/ld.so", needed: ["liba.so.1"], runpath: "/x" });
const zip = makeZip([
  { name: "a/liba.so", content: AARCH64 },
  { name: "b.jar", content: makeZip([{ name: "x", content: X86_64 }]), isStored: true },
]);

const TARGETS: readonly (() => Promise<FuzzTarget>)[] = [
  async () => ({
    name: "archive",
    seeds: [
      await makeArchiveOf([
        await makeTar([
          ["bin/app", AARCH64],
          ["app.jar", zip],
          ["lib.so", elf],
        ]),
      ]),
      gzipSync(await makeArchiveOf([await makeTar([["a", "b"]])])),
      zstdCompressSync(await makeArchiveOf([await makeTar([["a", "b"]])])),
    ],
    repair: repairHeaders,
    run: (input) => {
      writeFileSync(join(folder, "image.tar"), input);
      return readAny(join(folder, "image.tar"));
    },
  }),
  async () => ({
    name: "layers",
    seeds: [
      await makeTar([
        ["bin/", ""],
        ["bin/app", X86_64],
        ["app.jar", zip],
        ["lib.so", elf],
        ["l", { link: "bin" }],
      ]),
      ...ATTACKS.flatMap(({ layers }) => layers),
    ],
    repair: repairHeaders,
    run: async (input) => {
      writeFileSync(
        join(folder, "image.tar"),
        await makeArchiveOf([input, await makeTar([[".wh.bin", ""]])]),
      );
      const whole = await readAny(join(folder, "image.tar"));
      // The result must not depend on how the layer is cut into chunks.
      const [large, small] = [await auditLayer(input, 1 << 20), await auditLayer(input, 700)];
      if (large !== small) throw new Error(`in other chunks it is ${small}, not ${large}`);
      return `${whole}, ${large.slice(0, 60)}`;
    },
  }),
  async () => ({
    name: "layouts",
    // Both documents in one input: the index is made to fit the manifest.
    seeds: (await makeLayout([[["bin/app", X86_64]]], { pack: (tar) => gzipSync(tar) }))
      .filter(
        ([, content]) => content.toString().includes('"layers":') || content.toString().includes("diff_ids"),
      )
      .map(([, content]) => content),
    run: async (input) => {
      const members = new Map(await makeLayout([[["bin/app", X86_64]]], { pack: (tar) => gzipSync(tar) }));
      members.set(`blobs/sha256/${sha256(input)}`, input);
      const descriptor = {
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        digest: `sha256:${sha256(input)}`,
        size: input.length,
      };
      members.set("index.json", Buffer.from(JSON.stringify({ manifests: [descriptor] })));
      try {
        return await readAny(writeMembers(join(folder, "layout"), [...members]));
      } finally {
        rmSync(join(folder, "layout"), { recursive: true });
      }
    },
  }),
  () =>
    Promise.resolve({
      name: "manifests",
      seeds: [
        Buffer.from(JSON.stringify([{ Config: "config.json", RepoTags: ["x:y"], Layers: ["a/layer.tar"] }])),
        Buffer.from(
          '{"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:0"}]}',
        ),
      ],
      run: async (input) => {
        const layer = await makeTar([["bin/app", X86_64]]);
        const tar = await makeTar([
          ["a/layer.tar", layer],
          [
            "config.json",
            JSON.stringify({
              architecture: "amd64",
              os: "linux",
              rootfs: { diff_ids: [`sha256:${sha256(layer)}`] },
            }),
          ],
          [input.includes("manifests") ? "index.json" : "manifest.json", input],
        ]);
        writeFileSync(join(folder, "image.tar"), tar);
        return readAny(join(folder, "image.tar"));
      },
    }),
  () =>
    Promise.resolve({
      name: "zips",
      seeds: [zip, makeZip([{ name: "x.zip", content: zip }], Buffer.from("#!/bin/sh\n"))],
      run: async (input) => {
        const spool = new Spool(join(folder, "spool"));
        spool.write(input);
        try {
          const { files, unreadable } = await readPackedFiles(
            spool,
            createBudget(LIMITS),
            join(folder, "spool"),
          );
          return `${files.length} files, ${unreadable ?? "readable"}`;
        } catch (error) {
          return messageOf(error);
        } finally {
          spool.close();
        }
      },
    }),
  () =>
    Promise.resolve({
      name: "elf-files",
      seeds: [elf, makeElf({ bits: 32, isBigEndian: true, needed: ["a"] }), AARCH64],
      run: (input) => {
        const machine = tryParseElfMachine(input);
        const read = (offset: number, length: number) => input.subarray(offset, offset + length);
        const needs = machine && tryReadElfNeeds(read, machine);
        return Promise.resolve(
          `${machine !== undefined}, ${needs?.interpreter !== undefined}, ${needs?.libraries.length ?? 0}`,
        );
      },
    }),
  () =>
    Promise.resolve({
      name: "zstd",
      seeds: [
        Buffer.concat([
          zstdCompressSync("a"),
          Buffer.from("502a4d180100000061", "hex"),
          zstdCompressSync(Buffer.alloc(9999)),
        ]),
      ],
      run: async (input) => {
        let size = 0;
        try {
          for await (const chunk of decompressZstd(once(input))) {
            size += chunk.length;
            if (size > 1 << 24) break;
          }
          return "read";
        } catch (error) {
          return messageOf(error);
        }
      },
    }),
];

async function auditLayer(tar: Buffer, chunkBytes: number): Promise<string> {
  const auditor = createLayerAuditor(createBudget(LIMITS), {
    target: "x86_64-linux",
    spoolFile: join(folder, "spool"),
  });
  try {
    for (let at = 0; at < tar.length; at += chunkBytes)
      await auditor.write(tar.subarray(at, at + chunkBytes));
    return JSON.stringify(auditor.end());
  } catch (error) {
    return messageOf(error);
  }
}

const NAMES = ["archive", "layers", "layouts", "manifests", "zips", "elf-files", "zstd"];

it.each(NAMES.map((name, index) => [name, index] as const))(
  "28: no mutation of %s hangs or crashes the audit",
  async (name, index) => {
    const target = await TARGETS[index]?.();
    if (target?.name !== name) throw new Error(`there is no fuzzer for ${name}`);
    const { runs, outcomes } = await fuzz(target);
    if (process.env["FUZZ_KEEP"] === "1") console.log(`${name}: ${runs} inputs, ${outcomes.size} outcomes`);
    // The seeds are sound, and their mutations get to several different places of the code.
    expect(runs).toBeGreaterThan(target.seeds.length);
    expect(outcomes.size).toBeGreaterThan(2);
    expect(readdirSync(folder).filter((file) => file === "spool")).toEqual([]);
  },
  (FUZZ_SECONDS + 60) * 1000,
);
