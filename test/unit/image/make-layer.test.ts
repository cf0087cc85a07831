import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { createBudget, DEFAULT_LIMITS } from "../../../src/image/budget.js";
import { type ArchiveLayer, packLayer } from "../../../src/image/layer.js";
import { type LayerSource, makeLayer } from "../../../src/image/make-layer.js";
import type { StorePath } from "../../../src/model/store-path.js";
import { AARCH64, makeTar } from "./archive.js";
import { makeElf } from "./elf-writer.js";
import { makeZip } from "./zip-writer.js";

const TARGET = "x86_64-linux";
const COMPRESSION = { format: "gzip", level: 1 } as const;
/** More than the audit keeps in memory. */
const LARGE = Buffer.alloc(9 << 20);
/** Needs extension headers: too long, and not ASCII. */
const LONG_NAME = `lib/${"ü".repeat(70)}.so`;
const FILES: Readonly<Record<string, Buffer>> = {
  "lib/large.so": Buffer.concat([makeElf({ needed: ["libmissing.so.1"] }), LARGE]),
  [LONG_NAME]: Buffer.concat([makeElf({ needed: ["libother.so.2"] }), LARGE]),
  "lib/small.so": makeElf({ needed: ["libsmall.so.3"] }),
  "large.jar": makeZip([
    { name: "lib/foreign.so", content: AARCH64 },
    { name: "large", content: LARGE, isStored: true },
  ]),
};

let store: StorePath;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "make-layer-"));
  store = join(folder, "store-path") as StorePath;
  mkdirSync(join(store, "lib"), { recursive: true });
  for (const [name, content] of Object.entries(FILES)) writeFileSync(join(store, name), content);
  writeFileSync(join(folder, "layer.tar"), await makeTar(Object.entries(FILES)));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const OWNER = { mtime: 1, uid: 0, gid: 0, uname: "root", gname: "root" };
const STORE_OPTIONS = { owner: OWNER, rootMode: 0o755, hasDeviceNumbers: false };

function findingsOf(layer: ArchiveLayer) {
  return Object.fromEntries(
    layer.audit.entries.flatMap(({ path, findings }) =>
      findings === undefined
        ? []
        : [
            [
              Buffer.from(path, "latin1")
                .toString()
                .replace(/^.*store-path/, ""),
              findings,
            ],
          ],
    ),
  );
}

describe("makeLayer", () => {
  it.each<[string, () => LayerSource]>([
    ["store paths", () => ({ kind: "store", paths: [store], options: STORE_OPTIONS })],
    ["a tar in a store path", () => ({ kind: "tar", folder: folder as StorePath })],
    [
      "a tar that is a file",
      () => ({ kind: "file", file: join(folder, "layer.tar"), compression: undefined, sizeBytes: 0 }),
    ],
    [
      "nix2container's paths, which go elsewhere in the image",
      () => ({
        kind: "nix2container",
        paths: [{ path: store, rewrite: { regex: `^${store}`, replacement: "" }, perms: [] }],
        sizeBytes: 0,
      }),
    ],
  ])("audits large files without a copy of them: %s", async (_, source) => {
    const file = join(folder, "made");
    // A copy would be the file of this name.
    mkdirSync(`${file}.spool`);
    const job = {
      source: source(),
      file,
      target: TARGET,
      compression: COMPRESSION,
      limits: DEFAULT_LIMITS,
    } as const;
    const { layer } = await makeLayer(job);
    expect(findingsOf(layer)).toEqual({
      "/large.jar": { packed: [{ archive: "", name: "lib/foreign.so", machine: machineOf(183) }] },
      "/lib/large.so": { needs: needsOf("libmissing.so.1") },
      "/lib/small.so": { needs: needsOf("libsmall.so.3") },
      [`/${LONG_NAME}`]: { needs: needsOf("libother.so.2") },
    });
  });

  it("audits a tar that is nowhere on disk, from a reader with a single small buffer", async () => {
    const tar = await makeTar([
      [LONG_NAME, makeElf({ needed: ["libother.so.2"] })],
      [
        "small.jar",
        makeZip([
          { name: "text", content: Buffer.alloc(1000), isStored: true },
          { name: "lib/foreign.so", content: AARCH64 },
        ]),
      ],
    ]);
    const chunk = Buffer.alloc(100);
    const chunks = async function* () {
      for (let at = 0; at < tar.length; at += chunk.length) {
        yield await Promise.resolve(chunk.subarray(0, tar.copy(chunk, 0, at)));
      }
    };
    const options = {
      target: TARGET,
      budget: createBudget(DEFAULT_LIMITS),
      compression: COMPRESSION,
    } as const;
    const layer = await packLayer(chunks(), join(folder, "streamed"), options);
    if ("problem" in layer) throw layer.problem;
    expect(findingsOf(layer)).toEqual({
      "/small.jar": { packed: [{ archive: "", name: "lib/foreign.so", machine: machineOf(183) }] },
      [`/${LONG_NAME}`]: { needs: needsOf("libother.so.2") },
    });
  });
});

function machineOf(machine: number) {
  return { machine, bits: 64, endianness: "little" };
}

function needsOf(library: string) {
  return { interpreter: undefined, libraries: [library], searched: [] };
}
