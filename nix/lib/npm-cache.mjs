// npm-cache.mjs TARBALLS CACHE: puts tarballs into npm's cache by their hash. npm looks there first for the
// packages of a lock file.
// @see https://github.com/npm/cacache#readme, content-addressable by integrity
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

const [, , list, cache] = process.argv;
for (const { integrity, tarball } of JSON.parse(readFileSync(list, "utf8"))) {
  const algorithm = integrity.slice(0, integrity.indexOf("-"));
  const hash = Buffer.from(integrity.slice(algorithm.length + 1), "base64").toString("hex");
  const file = join(
    cache,
    "_cacache/content-v2",
    algorithm,
    hash.slice(0, 2),
    hash.slice(2, 4),
    hash.slice(4),
  );
  mkdirSync(dirname(file), { recursive: true });
  try {
    symlinkSync(tarball, file);
  } catch (error) {
    // Two packages may have the same content.
    if (error.code !== "EEXIST") throw error;
  }
}
