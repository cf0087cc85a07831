import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";

import { describe, expect, it } from "@jest/globals";
import { extract } from "tar-stream";

import { blobOf } from "../../../src/image/blob.js";
import { readOverlayLayer } from "../../../src/image/overlay-layer.js";
import { digestOf } from "../../../src/model/digest.js";
import { makeRandomLayers } from "../../fuzz/random-image.js";
import { createRandom } from "../../fuzz/random.js";
import { makeRawTar, type RawEntry } from "./raw-tar.js";

const TAR = "application/vnd.oci.image.layer.v1.tar";

/** The headers of a layer's tar as it is unpacked. */
async function translate(tar: Buffer) {
  const headers = [];
  const bytes = await buffer(Readable.from(readOverlayLayer(blobOf(TAR, tar), digestOf(tar))));
  for await (const entry of Readable.from([bytes]).pipe(extract())) {
    headers.push(entry.header);
    entry.resume();
  }
  return headers;
}

const dir = (name: string): RawEntry => ({ name: `${name}/`, flag: "5", mode: 0o755 });
const file = (name: string): RawEntry => ({ name, content: name });
const symlink = (name: string, linkName: string): RawEntry => ({ name, flag: "2", linkName });
const hardLink = (name: string, linkName: string, mode = 0o644): RawEntry => ({
  name,
  flag: "1",
  linkName,
  mode,
});

describe("the layer that overlayfs gets", () => {
  it("has devices for removed files, and an entry for each folder", async () => {
    const headers = await translate(makeRawTar(file("a/b/c"), file("a/.wh.d"), symlink("l", "/a")));
    expect(headers.map(({ name, type, mode }) => [name, type, mode])).toEqual([
      ["a/", "directory", 0o755],
      ["a/b/", "directory", 0o755],
      ["a/b/c", "file", 0o644],
      ["a/d", "character-device", 0],
      ["l", "symlink", 0o644],
    ]);
  });

  it("hides a folder of lower layers by an attribute, and keeps the folder's mode and name", async () => {
    const name = `${"long/".repeat(30)}d`;
    const tar = makeRawTar(
      { ...dir("d"), mode: 0o700, pax: { path: `${name}/`, "SCHILY.xattr.user.a": "b" } },
      {
        name: "w",
        pax: { path: `${name}/.wh..wh..opq` },
      },
    );
    const [header] = (await translate(tar)).slice(-1);
    expect(header).toMatchObject({
      name: `${name}/`,
      type: "directory",
      mode: 0o700,
      pax: { "SCHILY.xattr.user.a": "b", "SCHILY.xattr.trusted.overlay.opaque": "y" },
    });
  });

  it.each<[string, readonly RawEntry[]]>([
    ["a file below a symlink", [symlink("a", "/etc"), file("a/passwd")]],
    ["a symlink in place of a folder", [file("a/passwd"), symlink("a", "/etc")]],
    ["a file below a file", [file("a"), file("a/b")]],
    ["a file that it also removes", [file("a"), file(".wh.a")]],
    ["a file that it has removed", [file(".wh.a"), file("a")]],
    ["a file in a folder that it has removed", [file(".wh.a"), file("a/b")]],
    ["a file below a whiteout", [file(".wh.a/b")]],
    ["a whiteout of the folder above", [dir("a"), file("a/.wh...")]],
    ["a whiteout without a name", [file(".wh.")]],
    ["a hard link to nothing", [hardLink("a", "b")]],
    ["a hard link to a file of another layer", [hardLink("a", "/etc/passwd")]],
    ["a hard link to a folder", [dir("b"), hardLink("a", "b")]],
    ["a hard link that changes the mode of its file", [file("b"), hardLink("a", "b", 0o4755)]],
    ["a file that is the root", [file("./")]],
  ])("has not %s", async (_, entries) => {
    await expect(translate(makeRawTar(...entries))).rejects.toMatchObject({ code: "GATE_FAILED" });
  });

  it("is a tar, or refused, for any image", async () => {
    const random = createRandom(7);
    const outcomes = new Set<string>();
    for (let i = 0; i < 60; i++) {
      for (const tar of makeRandomLayers(random)) {
        const outcome = await translate(tar).then(
          () => "accepted",
          (error: unknown) => (error as { readonly code?: string }).code ?? String(error),
        );
        outcomes.add(outcome);
      }
    }
    expect([...outcomes].toSorted()).toEqual(["GATE_FAILED", "accepted"]);
  });

  it.each([
    ["bytes", digestOf(Buffer.from("x")), undefined],
    ["tar", undefined, digestOf(Buffer.from("x"))],
  ])("is not complete if the layer has other %s", async (_, digest, diffId) => {
    const tar = makeRawTar(file("a"));
    const layer = blobOf(`${TAR}+gzip`, gzipSync(tar));
    const read = readOverlayLayer({ ...layer, digest: digest ?? layer.digest }, diffId ?? digestOf(tar));
    await expect(buffer(Readable.from(read))).rejects.toMatchObject({ code: "GATE_MISMATCH" });
  });
});
