// Writes a layer in each format, for layer-digests.test.ts, under the Node that runs this. Prints a JSON with
// the digests, the inputs of the records' keys, and the versions of the compressors.
// Usage: write-layers.ts FOLDER, which is empty.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { DEFAULT_LIMITS } from "../../../src/image/budget.js";
import { findLayerKey } from "../../../src/image/layer-record.js";
import { type LayerSource, makeLayer } from "../../../src/image/make-layer.js";
import { COMPRESSION_LEVELS } from "../../../src/model/compression.js";
import type { StorePath } from "../../../src/model/store-path.js";

const folder = process.argv[2] ?? "";
const path = join(folder, "path") as StorePath;
mkdirSync(join(path, "bin"), { recursive: true });
// Several blocks of each format: words that repeat, and numbers that hardly do.
const numbers = Array.from({ length: 400_000 }, (_, i) => Math.imul(i, 2_654_435_761) >>> 7).join(" ");
writeFileSync(join(path, "bin/numbers"), numbers, { mode: 0o555 });
writeFileSync(join(path, "words"), "some text that repeats, ".repeat(50_000), { mode: 0o444 });

const owner = { mtime: 1, uid: 0, gid: 0, uname: "root", gname: "root" };
const options = { owner, rootMode: 0o755, hasDeviceNumbers: false };
// The folder differs between runs, and names are in the tar.
process.chdir(folder);
const source: LayerSource = { kind: "store", paths: ["path" as StorePath], options };
const layers: Record<string, object> = {};
for (const format of ["gzip", "zstd"] as const) {
  const compression = { format, level: COMPRESSION_LEVELS[format].default };
  const job = { source, file: join(folder, format), target: "x86_64-linux", compression } as const;
  const { layer } = await makeLayer({ ...job, limits: DEFAULT_LIMITS });
  layers[format] = {
    digest: layer.digest,
    diffId: layer.diffId,
    key: findLayerKey(job, new Map([["path", "sha256-hash"]]))?.path,
    version: process.versions[format === "gzip" ? "zlib" : "zstd"],
  };
}
console.log(JSON.stringify({ node: process.version, cpu: process.arch, layers }));
