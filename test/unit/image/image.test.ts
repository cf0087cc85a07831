import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { ActionError } from "../../../src/errors/action-error.js";
import { readImage } from "../../../src/image/image.js";
import { readySource } from "../../../src/model/image.js";
import { AARCH64, makeArchive, makeTar, sha256, X86_64 } from "./archive.js";

const TEN_MIB = " ".repeat(10 << 20);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "image-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function read(archive: Uint8Array) {
  const file = join(folder, "image.tar");
  writeFileSync(file, archive);
  return readImage(file, "x86_64-linux", { auditAllow: [], workFolder: folder });
}

describe("readImage", () => {
  const layers = [
    [
      ["etc/", ""],
      ["etc/motd", "hello"],
    ],
    [["bin/server", X86_64]],
  ] as const;

  it("returns blobs whose digests and sizes match their bytes", async () => {
    const { image, imageId } = await read(await makeArchive(layers));
    for (const blob of [image.manifest, image.config, ...image.layers]) {
      const source = await readySource(blob);
      const bytes = "bytes" in source ? source.bytes : readFileSync(source.file);
      expect(blob.digest).toBe(`sha256:${sha256(bytes)}`);
      expect(blob.sizeBytes).toBe(bytes.length);
    }
    expect(imageId).toBe(image.config.digest);
    expect(image.layers).toHaveLength(2);
  });

  it("returns the same image for an archive that is gzipped as a whole", async () => {
    const archive = await makeArchive(layers);
    const plain = await read(archive);
    const gzipped = await read(gzipSync(archive));
    expect(gzipped.image.manifest.digest).toBe(plain.image.manifest.digest);
    expect(gzipped.audit).toEqual(plain.audit);
  });

  it("keeps the bytes of layers that are already gzipped", async () => {
    const { image, audit } = await read(await makeArchive(layers, { layerContent: (tar) => gzipSync(tar) }));
    const tars = await Promise.all(layers.map((layer) => makeTar(layer)));
    const files = image.layers.map(({ source }) =>
      "file" in source ? readFileSync(source.file) : Buffer.alloc(0),
    );
    expect(files.map((bytes) => sha256(gunzipSync(bytes)))).toEqual(tars.map(sha256));
    expect(files.map(sha256)).toEqual(tars.map((tar) => sha256(gzipSync(tar))));
    expect(audit.elfFiles).toBe(1);
  });

  it("reads layers that are larger than any buffer", async () => {
    const big = Buffer.alloc(20 << 20, "abc");
    const { audit } = await read(
      await makeArchive([
        [
          ["big", big],
          ["bin/server", AARCH64],
        ],
      ]),
    );
    expect(audit).toMatchObject({ filesRead: 2, foreign: [{ path: "/bin/server" }] });
    const gzipped = await read(
      await makeArchive(
        [
          [
            ["big", big],
            ["bin/server", AARCH64],
          ],
        ],
        { layerContent: (tar) => gzipSync(tar) },
      ),
    );
    expect(gzipped.audit).toEqual(audit);
  });

  it.each<[string, () => Promise<Uint8Array>]>([
    ["an empty file", () => Promise.resolve(Buffer.alloc(0))],
    ["text", () => Promise.resolve(Buffer.from("not a tar".repeat(1000)))],
    ["a tar without a manifest", () => makeTar([["a", "b"]])],
    ["a truncated archive", async () => (await makeArchive(layers)).subarray(0, 1500)],
    ["a truncated gzip", async () => gzipSync(await makeArchive(layers)).subarray(0, 300)],
    ["an image of another architecture", () => makeArchive(layers, { architecture: "arm64" })],
    [
      "layers that do not match the config",
      () => makeArchive(layers, { diffIds: [`sha256:${"0".repeat(64)}`] }),
    ],
    ["a manifest that is not a list", () => makeArchive(layers, { manifestJson: "{}" })],
    ["a manifest that is not JSON", () => makeArchive(layers, { manifestJson: "[{" })],
    [
      "two images",
      () =>
        makeArchive(layers, {
          manifestJson: JSON.stringify([
            { Config: "config.json", Layers: [] },
            { Config: "config.json", Layers: [] },
          ]),
        }),
    ],
    [
      "a missing layer",
      () =>
        makeArchive(layers, {
          manifestJson: JSON.stringify([{ Config: "config.json", Layers: ["../../etc/passwd"] }]),
        }),
    ],
    ["a layer that is not a tar", () => makeArchive(layers, { layerContent: () => Buffer.alloc(2048, "x") })],
    ["a layer that is gzipped text", () => makeArchive(layers, { layerContent: () => gzipSync("text") })],
    [
      "a gzipped layer that is truncated",
      () => makeArchive(layers, { layerContent: (tar) => gzipSync(tar).subarray(0, 60) }),
    ],
    [
      "a layer that is truncated within a file",
      () => makeArchive(layers, { layerContent: (tar) => tar.subarray(0, 700) }),
    ],
    ["two different configs of one name", () => makeArchive(layers, { extra: [["config.json", "{}"]] })],
    [
      "two different layers of one name",
      async () => {
        const tar = await makeTar([["bin/server", X86_64]]);
        return makeArchive(layers, { extra: [[`${sha256(tar)}/layer.tar`, await makeTar([["a", "b"]])]] });
      },
    ],
    [
      "documents of the image that are too large in total",
      () =>
        makeArchive(layers, {
          extra: [["big.json", `{${TEN_MIB}}`]],
          manifestJson: `[{"Config":"big.json","Layers":[]}${TEN_MIB}]`,
        }),
    ],
    ["a name that is too long", () => makeArchive([[[`${"long/".repeat(1000)}x`, ""]]])],
    ["more layers than the config lists", () => makeArchive(layers, { diffIds: [] })],
    ["a manifest that is too large", () => makeArchive(layers, { manifestJson: `[${TEN_MIB}${TEN_MIB}]` })],
  ])("rejects %s", async (_, make) => {
    await expect(read(await make())).rejects.toMatchObject({ code: "IMAGE_INVALID" });
  });

  it.each([
    ["bytes", { unpackedBytes: 100_000, pathBytes: 1e6 }],
    ["names", { unpackedBytes: 1e9, pathBytes: 1000 }],
  ])("rejects a small file that expands to too many %s", async (_, limits) => {
    const many = Array.from({ length: 100 }, (_, i) => [`file-${i}`, Buffer.alloc(2000)] as const);
    const file = join(folder, "bomb.tar.gz");
    writeFileSync(file, gzipSync(await makeArchive([many], { layerContent: (tar) => gzipSync(tar) })));
    const options = { auditAllow: [], workFolder: folder, limits };
    await expect(readImage(file, "x86_64-linux", options)).rejects.toMatchObject({ code: "IMAGE_INVALID" });
  });

  it("follows a link from one layer to another inside the archive", async () => {
    const tar = await makeTar([["bin/server", X86_64]]);
    const diffId = `sha256:${sha256(tar)}`;
    const { image } = await read(
      await makeTar([
        ["a/layer.tar", tar],
        ["b/layer.tar", { link: "../a/layer.tar" }],
        ["c/layer.tar", { link: "a/layer.tar", type: "link" }],
        [
          "config.json",
          JSON.stringify({
            architecture: "amd64",
            os: "linux",
            rootfs: { diff_ids: [diffId, diffId, diffId] },
          }),
        ],
        [
          "manifest.json",
          JSON.stringify([{ Config: "config.json", Layers: ["a/layer.tar", "b/layer.tar", "c/layer.tar"] }]),
        ],
      ]),
    );
    expect(new Set(image.layers.map(({ digest }) => digest)).size).toBe(1);
    expect(image.layers).toHaveLength(3);
  });

  it("accepts a layer that is in the archive twice, as in an image with a base image", async () => {
    const tar = await makeTar([["etc/motd", "hello"]]);
    const archive = await makeArchive([[["etc/motd", "hello"]]], {
      extra: [[`${sha256(tar)}/layer.tar`, tar]],
    });
    expect((await read(archive)).image.layers).toHaveLength(1);
  });

  it("recognizes a layer by its content, even if its first file is named like JSON", async () => {
    const { audit } = await read(await makeArchive([[["[", X86_64]]]));
    expect(audit.elfFiles).toBe(1);
  });

  it("rejects a missing file", async () => {
    const options = { auditAllow: [], workFolder: folder };
    await expect(readImage(join(folder, "none"), "x86_64-linux", options)).rejects.toMatchObject({
      code: "IMAGE_INVALID",
    });
  });

  it("rejects a folder that is not an OCI layout", async () => {
    mkdirSync(join(folder, "dir"));
    const options = { auditAllow: [], workFolder: folder };
    await expect(readImage(join(folder, "dir"), "x86_64-linux", options)).rejects.toMatchObject({
      code: "IMAGE_INVALID",
    });
  });

  it("does not use names from the archive as paths", async () => {
    const archive = await makeArchive(
      [
        [
          ["../../../tmp/cross-build-evil", "x"],
          ["/abs", "x"],
        ],
      ],
      {
        extra: [["../../evil.json", "{}"]],
      },
    );
    const { audit } = await read(archive);
    expect(audit.filesRead).toBe(2);
  });
});

it("readImage rejects any bytes that are not an image with an ActionError", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2048 }), async (bytes) => {
      await expect(read(bytes)).rejects.toBeInstanceOf(ActionError);
    }),
    { numRuns: 50 },
  );
});
