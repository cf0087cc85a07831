import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { gzipSync, zstdCompressSync } from "node:zlib";

import { afterAll, describe, expect, it } from "@jest/globals";
import { extract } from "tar-stream";

import { blobOf } from "../../../src/image/blob.js";
import { mergeLayers } from "../../../src/image/merge-layers.js";
import { UnmergeableError } from "../../../src/image/visible-paths.js";
import { digestOf } from "../../../src/model/digest.js";
import type { Blob, OciImage } from "../../../src/model/image.js";
import { makeRandomLayers } from "../../fuzz/random-image.js";
import { createRandom } from "../../fuzz/random.js";
import { END, makeEntry, makePax, makeRawTar, type RawEntry } from "./raw-tar.js";

const folder = mkdtempSync(join(tmpdir(), "merge-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const TAR = "application/vnd.oci.image.layer.v1.tar";
const CONFIG = {
  ...{ architecture: "amd64", os: "linux", created: "1970-01-01T00:00:01Z" },
  config: { User: "1000", Healthcheck: { Test: ["CMD", "/check"], Interval: 1_000_000_000 } },
  rootfs: { type: "layers", diff_ids: [] },
};

function imageOf(layers: readonly Blob[]): OciImage {
  const config = { ...CONFIG, history: layers.map(() => ({ created_by: "a test" })) };
  return {
    manifest: blobOf("manifest", Buffer.from("{}")),
    config: blobOf("config", Buffer.from(JSON.stringify(config))),
    layers,
  };
}

async function merge(layers: readonly Blob[]) {
  const file = join(folder, "merged.tar");
  const image = await mergeLayers(imageOf(layers), file, new AbortController().signal);
  return { image, tar: readFileSync(file) };
}

/** The names in a tar, and what the files contain. */
async function readTar(tar: Buffer): Promise<readonly (readonly [name: string, content: string])[]> {
  const entries: (readonly [string, string])[] = [];
  for await (const entry of Readable.from([tar]).pipe(extract())) {
    entries.push([entry.header.name, await text(entry)]);
  }
  return entries;
}

/** The names in the merged layer of these layers. */
async function list(...layers: readonly (readonly RawEntry[])[]): Promise<readonly string[]> {
  const { tar } = await merge(layers.map((entries) => blobOf(TAR, makeRawTar(...entries))));
  return (await readTar(tar)).map(([name]) => name);
}

const dir = (name: string): RawEntry => ({ name: `${name}/`, flag: "5", mode: 0o755 });
const file = (name: string, content = name): RawEntry => ({ name, content });
const symlink = (name: string, linkName: string): RawEntry => ({ name, flag: "2", linkName });
const hardLink = (name: string, linkName: string): RawEntry => ({ name, flag: "1", linkName });

describe("the layers of an image in one", () => {
  it.each<[string, readonly (readonly RawEntry[])[], readonly string[]]>([
    ["all files of layers that do not meet", [[file("a")], [file("b")]], ["b", "a"]],
    ["the uppermost of several files", [[file("./a", "1")], [file("a", "2")]], ["a"]],
    ["the uppermost entry of a folder", [[dir("d"), file("d/a")], [dir("./d")]], ["./d/", "d/a"]],
    [
      "no removed file",
      [
        [dir("d"), file("d/a"), file("e")],
        [dir("d"), file("d/.wh.a")],
      ],
      ["d/", "e"],
    ],
    ["no removed folder", [[dir("d"), file("d/a"), file("e")], [file(".wh.d")]], ["e"]],
    ["a file that comes back above a whiteout", [[file("a", "1")], [file(".wh.a")], [file("a", "3")]], ["a"]],
    [
      "an opaque folder without what is below it",
      [
        [dir("d"), file("d/a"), file("e")],
        [dir("d"), file("d/.wh..wh..opq"), file("d/b")],
      ],
      ["d/", "d/b", "e"],
    ],
    ["a symlink instead of a folder", [[dir("d"), file("d/a")], [symlink("d", "e")]], ["d"]],
    [
      "nothing of a folder that was a file in between",
      [[dir("d"), file("d/a")], [file("d")], [dir("d"), file("d/b")]],
      ["d/", "d/b"],
    ],
    [
      "hard links to a file of the same layer",
      [[file("a"), hardLink("b", "a")], [file("c")]],
      ["c", "a", "b"],
    ],
    [
      "no hard link whose file is removed with it",
      [[dir("d"), file("d/a"), hardLink("d/b", "d/a"), file("c")], [file(".wh.d")]],
      ["c"],
    ],
  ])("have %s", async (_, layers, expected) => {
    expect(await list(...layers)).toEqual(expected);
  });

  it("keep the content of the uppermost layer", async () => {
    const { tar } = await merge(
      ["lower", "upper"].map((content) => blobOf(TAR, makeRawTar({ name: "a", content }))),
    );
    expect(await readTar(tar)).toEqual([["a", "upper"]]);
  });

  it("keep headers, extensions and content byte for byte", async () => {
    const long = "long/".repeat(40);
    const entries = [
      makeEntry({ name: "x", flag: "L", content: `${long}gnu\0`, magic: "ustar  \0" }),
      makeEntry({ name: "gnu", content: "1", magic: "ustar  \0" }),
      makePax({ path: `${long}pax`, mtime: "1.5", "SCHILY.xattr.security.capability": "\0\n=" }),
      makeEntry({ name: "pax", content: Buffer.alloc(513, 7), mode: 0o4755 }),
      makeEntry({ name: "\xff\xfe", content: "" }),
    ];
    const { tar } = await merge([blobOf(TAR, Buffer.concat([...entries, END]))]);
    expect(tar.equals(Buffer.concat([...entries, Buffer.alloc(1024)]))).toBe(true);
  });

  it("are read with every compression", async () => {
    const { tar } = await merge([
      blobOf(`${TAR}+gzip`, gzipSync(makeRawTar(file("a")))),
      blobOf(`${TAR}+zstd`, zstdCompressSync(makeRawTar(file("b")))),
      blobOf(TAR, makeRawTar(file("c"))),
    ]);
    expect((await readTar(tar)).map(([name]) => name)).toEqual(["c", "b", "a"]);
  });

  it("have the config of the image, and a layer that it describes", async () => {
    const { image, tar } = await merge([blobOf(TAR, makeRawTar(file("a")))]);
    const { config, manifest, layers } = image;
    const read = ({ source }: Blob): unknown =>
      JSON.parse("bytes" in source ? Buffer.from(source.bytes).toString() : "");
    expect(read(config)).toEqual({ ...CONFIG, rootfs: { type: "layers", diff_ids: [digestOf(tar)] } });
    expect(layers).toMatchObject([{ mediaType: TAR, digest: digestOf(tar), sizeBytes: tar.length }]);
    expect(read(manifest)).toMatchObject({
      config: { digest: config.digest, size: config.sizeBytes },
      layers: [{ mediaType: TAR, digest: digestOf(tar), size: tar.length }],
    });
  });

  it.each<[string, readonly (readonly RawEntry[])[], RegExp]>([
    [
      "a hard link whose file an upper layer replaces",
      [[file("a"), hardLink("b", "a")], [file("a", "other")]],
      /replaces one of "\/b" and what it is linked to/,
    ],
    [
      "a removed hard link, whose header had set the mode of its file",
      [[file("a"), hardLink("b", "a")], [file(".wh.b")]],
      /replaces one of "\/b" and what it is linked to/,
    ],
    [
      "a folder that a layer hides after it has put files there",
      [
        [dir("d"), file("d/a")],
        [dir("d"), file("d/b"), file("d/.wh..wh..opq")],
      ],
      /hides "\/d" after it has put files there/,
    ],
    [
      "a folder without an entry in an upper layer, which gets another mode in some engines",
      [[dir("d"), file("d/a")], [file("d/b")]],
      /an upper layer has files in "\/d", but no entry for it/,
    ],
    ["a path twice in one layer", [[file("a"), file("a")]], /a layer has "\/a" twice/],
    [
      "a symlink that an upper layer uses as a folder",
      [[symlink("d", "e")], [file("d/b")]],
      /files in "\/d"/,
    ],
  ])("are not merged if there is %s", async (_, layers, message) => {
    const merging = list(...layers);
    await expect(merging).rejects.toBeInstanceOf(UnmergeableError);
    await expect(merging).rejects.toThrow(message);
  });

  it("are not tested if the bytes of a layer changed after the audit", async () => {
    const place = join(folder, "layer");
    const tar = makeRawTar(file("a"));
    writeFileSync(place, gzipSync(makeRawTar(file("b"))));
    const { digest } = blobOf(TAR, gzipSync(tar));
    const layer: Blob = { mediaType: `${TAR}+gzip`, digest, sizeBytes: 1, source: { file: place } };
    await expect(merge([layer])).rejects.toMatchObject({
      code: "GATE_MISMATCH",
      message: expect.stringContaining(digest) as unknown,
    });
  });

  it("never have a path twice, which engines refuse", async () => {
    const random = createRandom(3);
    let merged = 0;
    for (let i = 0; i < 300; i++) {
      // Most random tars are odd, and some are malformed.
      const layers = makeRandomLayers(random).map((tar) => blobOf(TAR, tar));
      const result = await merge(layers).catch(() => undefined);
      if (result === undefined) continue;
      const paths = (await readTar(result.tar)).map(([name]) => name.replace(/\/$/, ""));
      expect(paths.filter((path, at) => paths.indexOf(path) !== at)).toEqual([]);
      merged++;
    }
    expect(merged).toBeGreaterThan(50);
  });
});
