import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { type AuditedImage, type ImageFile, readImage, type ReadParts } from "../../../src/image/image.js";
import { findImageKey, parseImageRecord, renderImageRecord } from "../../../src/image/image-record.js";
import type { LayerKey } from "../../../src/image/layer-record.js";
import { DEFAULT_COMPRESSION } from "../../../src/model/compression.js";
import { isStorePath, type StorePath } from "../../../src/model/store-path.js";
import { AARCH64, makeArchive, X86_64 } from "./archive.js";

const PATH: StorePath = `/nix/store/${"a".repeat(32)}-image.tar`;
const HASHES = new Map([[PATH, "sha256-A"]]);
const JOB = { target: "x86_64-linux", compression: DEFAULT_COMPRESSION } as const;

function keyOf(file: Partial<ImageFile> = {}, job: Partial<typeof JOB> = {}, hashes = HASHES): LayerKey {
  const key = findImageKey({ role: "image", path: PATH, ...file }, { ...JOB, ...job }, hashes);
  if (key === undefined) throw new Error("a hash is missing");
  return key;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "image-record-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const OPTIONS = { auditAllow: ["/opt/*"] };

/** Reads an image with a base and a file for another CPU, and its record. */
async function readSample(): Promise<{ readonly read: AuditedImage; readonly text: string }> {
  const file = join(folder, "image.tar");
  const settings = { Labels: { "org.opencontainers.image.base.name": "registry.test/base:1" } };
  const layers = [[["bin/server", X86_64]], [["opt/foreign", AARCH64]]] as const;
  writeFileSync(file, gzipSync(await makeArchive(layers, { settings })));
  let text = "";
  const read = await readImage(file, "x86_64-linux", {
    ...OPTIONS,
    workFolder: folder,
    rememberParts: async (_, readAnew) => {
      const parts = await readAnew();
      text = renderImageRecord(keyOf(), parts);
      return parts;
    },
  });
  return { read, text };
}

describe("findImageKey", () => {
  it("is another one for each thing that determines the image or its audit, but not for its name", () => {
    const others = [
      keyOf({ role: "base" }),
      keyOf({}, { target: "aarch64-linux" as never }),
      keyOf({}, { compression: { format: "gzip", level: 9 } }),
      keyOf({}, {}, new Map([[PATH, "sha256-B"]])),
    ];
    const paths = [keyOf(), ...others].map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths.every(isStorePath)).toBe(true);
    const renamed: StorePath = `/nix/store/${"b".repeat(32)}-renamed.tar`;
    expect(keyOf({ path: renamed }, {}, new Map([[renamed, "sha256-A"]]))).toEqual(keyOf());
  });

  it("is undefined if the hash of the file is not known", () => {
    expect(findImageKey({ role: "image", path: PATH }, JOB, new Map())).toBeUndefined();
  });
});

describe("the record of an image", () => {
  it("gives the same image and audit as reading it again, without its file", async () => {
    const { read, text } = await readSample();
    const record = parseImageRecord(text, keyOf());
    const provide = () => Promise.reject(new Error("not needed"));
    const parts: ReadParts["parts"] = {
      ...record.parts,
      layers: record.parts.layers.map((layer) => ({ ...layer, source: { provide } })),
    };
    const again = await readImage(join(folder, "no such file"), "x86_64-linux", {
      ...OPTIONS,
      workFolder: folder,
      rememberParts: () => Promise.resolve({ parts, spent: record.spent }),
    });
    expect(again.audit).toEqual(read.audit);
    expect(again.imageId).toBe(read.imageId);
    expect(again.image.manifest).toEqual(read.image.manifest);
    expect(again.image.layers.map(({ digest }) => digest)).toEqual(
      read.image.layers.map(({ digest }) => digest),
    );
    expect([again.baseName, record.baseName]).toEqual(Array(2).fill("registry.test/base:1"));
  });

  it.each<[string, (text: string) => string]>([
    ["another image", (text) => text.replace("sha256-A", "sha256-X")],
    ["an image without a config", (text) => text.replace(/"config":"[^"]*"/, '"config":""')],
    ["a config that is not base64", (text) => text.replace(/"config":"/, '"config":"!')],
    ["a layer that is not compressed", (text) => text.replace("layer.v1.tar+gzip", "layer.v1.tar")],
    ["more than there is in a record", (text) => text.replace('"spent"', '"more":1,"spent"')],
    ["nothing", () => ""],
  ])("is refused if it is of %s", async (_, change) => {
    const { text } = await readSample();
    expect(change(text)).not.toBe(text);
    expect(() => parseImageRecord(change(text), keyOf())).toThrow();
  });

  it("is refused with a plain Error, whatever it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => parseImageRecord(text, keyOf())).toThrow(Error);
      }),
    );
  });
});
