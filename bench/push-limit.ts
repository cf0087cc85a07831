// Measures what no push of an image can do without, for push.bench.ts: reading a tar, hashing it, and
// compressing and hashing it again. A process of its own, which does nothing else. Prints the milliseconds of
// CPU time on one core, and the number of compressed bytes.
// Usage: push-limit.ts hash|gzip|zstd LEVEL TAR
import { createHash } from "node:crypto";
import { openSync, readSync } from "node:fs";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";

const BLOCK_BYTES = 4 << 20;
const [what = "", level = "", tar = ""] = process.argv.slice(2);

function compress(block: Uint8Array): Uint8Array {
  if (what === "hash") return new Uint8Array();
  if (what === "gzip") return gzipSync(block, { level: Number(level) });
  return zstdCompressSync(block, { params: { [constants.ZSTD_c_compressionLevel]: Number(level) } });
}

const content = createHash("sha256");
const blob = createHash("sha256");
const block = Buffer.alloc(BLOCK_BYTES);
const file = openSync(tar, "r");
let bytes = 0;
const before = process.cpuUsage();
for (let length = readSync(file, block); length > 0; length = readSync(file, block)) {
  const read = block.subarray(0, length);
  content.update(read);
  const compressed = compress(read);
  blob.update(compressed);
  bytes += compressed.length;
}
const { user, system } = process.cpuUsage(before);
console.log(Math.round((user + system) / 1000), bytes);
