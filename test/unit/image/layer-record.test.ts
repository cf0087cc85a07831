import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { createBudget, DEFAULT_LIMITS } from "../../../src/image/budget.js";
import { packLayer } from "../../../src/image/layer.js";
import { findLayerKey, parseLayerRecord, renderLayerRecord } from "../../../src/image/layer-record.js";
import type { LayerSource } from "../../../src/image/make-layer.js";
import type { LayerCompression } from "../../../src/model/compression.js";
import { digestOf } from "../../../src/model/digest.js";
import { isStorePath, type StorePath } from "../../../src/model/store-path.js";
import type { TargetSystem } from "../../../src/model/system.js";
import { AARCH64, makeTar, X86_64 } from "./archive.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "record-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const [A, B] = ["a", "b"].map((name): StorePath => `/nix/store/${name.repeat(32)}-${name}`) as [
  StorePath,
  StorePath,
];
const HASHES = new Map([
  [A, "sha256-A"],
  [B, "sha256-B"],
]);
const OWNER = { mtime: 1, uid: 0, gid: 0, uname: "root", gname: "root" };
const SOURCE = {
  kind: "store",
  paths: [A, B],
  options: { owner: OWNER, rootMode: 0o755, hasDeviceNumbers: false },
} as const satisfies LayerSource;
const FILE: LayerSource = { kind: "file", file: `${A}/layer.tar`, compression: "zstd", sizeBytes: 1 };
const JOB: { source: LayerSource; target: TargetSystem; compression: LayerCompression } = {
  source: SOURCE,
  target: "x86_64-linux",
  compression: { format: "gzip", level: 4 },
};

function keyOf(job: Partial<typeof JOB> = {}, hashes: ReadonlyMap<string, string> = HASHES) {
  const key = findLayerKey({ ...JOB, ...job }, hashes);
  if (key === undefined) throw new Error("a hash is missing");
  return key;
}

describe("findLayerKey", () => {
  it("gives a store path, always the same one for the same layer", () => {
    expect(isStorePath(keyOf().path)).toBe(true);
    expect(keyOf()).toEqual(keyOf({ source: structuredClone(SOURCE) }));
  });

  it("is another one for each thing that determines the bytes or the audit", () => {
    const withOptions = (options: object) => ({
      source: { ...SOURCE, options: { ...SOURCE.options, ...options } },
    });
    const others = [
      keyOf({ target: "aarch64-linux" }),
      keyOf({ compression: { format: "gzip", level: 5 } }),
      keyOf({ compression: { format: "zstd", level: 4 } }),
      keyOf({ source: { ...SOURCE, paths: [B, A] } }),
      keyOf({ source: { ...SOURCE, paths: [A] } }),
      keyOf({ source: { kind: "tar", folder: A } }),
      keyOf({ source: FILE }),
      keyOf({ source: { ...FILE, file: `${A}/other.tar` } }),
      keyOf({ source: { ...FILE, compression: undefined } }),
      keyOf({}, new Map(HASHES).set(B, "sha256-C")),
      ...["mtime", "uid", "gid"].map((name) => keyOf(withOptions({ owner: { ...OWNER, [name]: 7 } }))),
      ...["uname", "gname"].map((name) => keyOf(withOptions({ owner: { ...OWNER, [name]: "x" } }))),
      keyOf(withOptions({ rootMode: 0o555 })),
      keyOf(withOptions({ hasDeviceNumbers: true })),
    ];
    const paths = [keyOf(), ...others].map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
  });

  it("contains the versions of the compressor that makes the bytes", () => {
    expect(keyOf().inputs).toContain(JSON.stringify(process.versions.zlib));
    expect(keyOf({ compression: { format: "zstd", level: 3 } }).inputs).toContain(
      JSON.stringify(process.versions["zstd"]),
    );
  });

  it("is undefined if the hash of a path is not known", () => {
    expect(findLayerKey(JOB, new Map([[A, "sha256-A"]]))).toBeUndefined();
    expect(findLayerKey({ ...JOB, source: { ...FILE, file: "/tmp/layer.tar" } }, HASHES)).toBeUndefined();
  });
});

async function makeSample() {
  const tar = await makeTar([
    ["bin/server", X86_64],
    ["bin/foreign", AARCH64],
    ["bin/script", { script: "#!/bin/sh\n" }],
    ["lib/broken.jar", "PK\u0003\u0004 is not a zip file"],
  ]);
  const budget = createBudget(DEFAULT_LIMITS);
  const { target, compression } = JOB;
  const layer = await packLayer(Readable.from([tar]), join(folder, "layer"), { target, budget, compression });
  if ("problem" in layer) throw layer.problem;
  const { source, ...recorded } = layer;
  return { source, recorded: { layer: recorded, spent: budget.spent() } };
}

describe("the record of a layer", () => {
  it("is read as it was written", async () => {
    const { recorded } = await makeSample();
    expect(parseLayerRecord(renderLayerRecord(keyOf(), recorded), keyOf(), JOB)).toEqual(recorded);
  });

  it("has these bytes and this audit in versions 1 and 2: raise one with a change", async () => {
    const { recorded } = await makeSample();
    expect(keyOf().inputs).toMatch(/^\[\["writer",1\],\["audit",2\],/);
    const { digest, audit } = recorded.layer;
    expect([digest, digestOf(Buffer.from(JSON.stringify(audit)))]).toEqual([
      "sha256:7e655f18d471c6eda98eac37a424ee5d6bb1ff68d1d92e6b997c6e173a02d93c",
      "sha256:9f0ac9c5a997a242680d46eebe5427be11e9b9db3e128812782a622bdd267a9c",
    ]);
  });

  it("keeps the compression of a layer that is a file", async () => {
    const { recorded } = await makeSample();
    const job = { ...JOB, source: FILE };
    const zstd = { ...recorded.layer, mediaType: "application/vnd.oci.image.layer.v1.tar+zstd" };
    const render = (layer: typeof zstd) => renderLayerRecord(keyOf(job), { ...recorded, layer });
    expect(parseLayerRecord(render(zstd), keyOf(job), job).layer).toEqual(zstd);
    expect(() => parseLayerRecord(render(recorded.layer), keyOf(job), job)).toThrow("media type");
  });

  it.each<[string, (text: string) => string]>([
    ["another layer", (text) => text.replace("sha256-A", "sha256-X")],
    ["another version of the writer", (text) => text.replace(/\[\\"writer\\",1\]/, '[\\"writer\\",0]')],
    ["another version of the audit", (text) => text.replace(/\[\\"audit\\",2\]/, '[\\"audit\\",0]')],
    ["a layer with another compression", (text) => text.replace("tar+gzip", "tar+zstd")],
    ["a layer without a digest", (text) => text.replace(/"digest":"sha256:/, '"digest":"')],
    ["a layer without a size", (text) => text.replace(/"sizeBytes":\d+/, '"sizeBytes":-1')],
    ["a file that is not absolute", (text) => text.replace('"path":"/', '"path":"')],
    ["an unknown kind of file", (text) => text.replace('"type":"file"', '"type":"door"')],
    ["more than there is in a record", (text) => text.replace('"spent"', '"more":1,"spent"')],
    ["nothing", () => ""],
  ])("is refused if it is of %s", async (_, change) => {
    const { recorded } = await makeSample();
    const text = renderLayerRecord(keyOf(), recorded);
    expect(change(text)).not.toBe(text);
    expect(() => parseLayerRecord(change(text), keyOf(), JOB)).toThrow();
  });

  it("is refused with a plain Error, whatever it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => parseLayerRecord(text, keyOf(), JOB)).toThrow(Error);
      }),
    );
  });
});
