import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { runCancelled } from "../../../src/errors/action-error.js";
import { readImage, readPublishedImage } from "../../../src/image/image.js";
import {
  AARCH64,
  type LayoutMembers,
  makeLayout,
  makeTar,
  type Members,
  sha256,
  writeMembers,
  X86_64,
} from "./archive.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "layout-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const LAYERS: readonly Members[] = [[["etc/motd", "hello"]], [["bin/server", X86_64]]];
const read = (path: string) => readImage(path, "x86_64-linux", { auditAllow: [], workFolder: folder });

const writeLayout = (members: LayoutMembers) => writeMembers(join(folder, "layout"), members);

describe("an OCI layout from someone else", () => {
  it.each(["/dev/zero", "/dev/ptmx", "/"])("is refused if one of its blobs leads to %s", async (target) => {
    const layout = writeLayout(await makeLayout(LAYERS, { pack: (tar) => gzipSync(tar) }));
    symlinkSync(target, join(layout, "blobs/sha256", "0".repeat(64)));
    const refused = {
      code: "IMAGE_INVALID",
      cause: { message: expect.stringMatching(/0 is not a regular/) as unknown },
    };
    await expect(read(layout)).rejects.toMatchObject(refused);
  });

  it("may link its blobs to regular files", async () => {
    const members = await makeLayout(LAYERS, { pack: (tar) => gzipSync(tar) });
    const layout = writeLayout(members);
    for (const [name] of members) {
      if (!name.startsWith("blobs/")) continue;
      renameSync(join(layout, name), join(folder, basename(name)));
      symlinkSync(join(folder, basename(name)), join(layout, name));
    }
    expect((await read(layout)).audit).toMatchObject({ elfFiles: 1, foreign: [] });
  });
});

describe("an image that is read when the run is cancelled", () => {
  const reason = runCancelled();

  it.each(["a folder", "a file"])("is not read to its end: %s", async (form) => {
    const members = await makeLayout(LAYERS, { pack: (tar) => gzipSync(tar) });
    const path = form === "a folder" ? writeLayout(members) : join(folder, "image.tar");
    if (form === "a file") writeFileSync(path, await makeTar(members));
    const cancellation = new AbortController();
    const options = { auditAllow: [], workFolder: folder, signal: cancellation.signal };
    const reading = readImage(path, "x86_64-linux", options);
    cancellation.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });
});

describe("an OCI layout", () => {
  it.each([
    ["gzip", gzipSync],
    ["zstd", zstdCompressSync],
  ] as const)("keeps its manifest and its layers' bytes (%s)", async (compression, pack) => {
    const members = await makeLayout(LAYERS, { pack: (tar) => pack(tar) });
    const { image, audit } = await read(writeLayout(members));
    const names = new Map(members);
    const index = JSON.parse(names.get("index.json")?.toString() ?? "") as {
      manifests: [{ digest: string }];
    };
    expect(image.manifest.digest).toBe(index.manifests[0].digest);
    expect(image.layers.map(({ mediaType }) => mediaType)).toEqual(
      LAYERS.map(() => `application/vnd.oci.image.layer.v1.tar+${compression}`),
    );
    for (const { digest } of image.layers)
      expect(names.has(digest.replace("sha256:", "blobs/sha256/"))).toBe(true);
    expect(audit).toMatchObject({ elfFiles: 1, foreign: [] });
  });

  it("is the same image as a tar, plain or gzipped as a whole", async () => {
    const members = await makeLayout(LAYERS, { pack: (tar) => gzipSync(tar) });
    const inFolder = await read(writeLayout(members));
    for (const archive of [await makeTar(members), gzipSync(await makeTar(members))]) {
      const file = join(folder, "layout.tar");
      writeFileSync(file, archive);
      expect((await read(file)).image.manifest.digest).toBe(inFolder.image.manifest.digest);
    }
  });

  it("gets its uncompressed layers compressed, and keeps its annotations", async () => {
    const { image } = await read(writeLayout(await makeLayout(LAYERS, { pack: (tar) => tar })));
    const source = image.manifest.source as { bytes: Uint8Array };
    const manifest = JSON.parse(Buffer.from(source.bytes).toString()) as object;
    expect(manifest).toMatchObject({
      annotations: { "org.opencontainers.image.title": "x" },
      layers: image.layers.map(({ mediaType, digest, sizeBytes }) => ({
        mediaType,
        digest,
        size: sizeBytes,
      })),
    });
  });

  it("is audited", async () => {
    const members = await makeLayout([[["bin/tool", AARCH64]]], { pack: (tar) => gzipSync(tar) });
    const { audit } = await read(writeLayout(members));
    expect(audit.foreign).toEqual([{ path: "/bin/tool", machine: "aarch64", layer: 0 }]);
  });

  it("is found in a nested index, among images for several platforms", async () => {
    const members = await makeLayout(LAYERS, { pack: (tar) => gzipSync(tar) });
    const inner = new Map(members).get("index.json") ?? Buffer.alloc(0);
    const arm = {
      digest: `sha256:${"0".repeat(64)}`,
      mediaType: "m",
      platform: { os: "linux", architecture: "arm64" },
    };
    const outer = {
      manifests: [
        arm,
        {
          mediaType: "application/vnd.oci.image.index.v1+json",
          digest: `sha256:${sha256(inner)}`,
          size: inner.length,
        },
      ],
    };
    const { image } = await read(
      writeLayout([
        ...members.filter(([name]) => name !== "index.json"),
        [`blobs/sha256/${sha256(inner)}`, inner],
        ["index.json", Buffer.from(JSON.stringify(outer))],
      ]),
    );
    expect(image.layers).toHaveLength(2);
  });

  it("is found among images for several CPU variants", async () => {
    const variants = await Promise.all(
      ["v6", "v7"].map((variant) =>
        makeLayout([[["etc/variant", variant]]], {
          pack: (tar) => gzipSync(tar),
          platform: { os: "linux", architecture: "arm", variant },
        }),
      ),
    );
    const indexes = variants.map(
      (members) =>
        JSON.parse(new Map(members).get("index.json")?.toString() ?? "") as {
          manifests: { digest: string }[];
        },
    );
    const manifests = indexes.flatMap(({ manifests }) => manifests);
    const path = writeLayout([
      ...variants.flat().filter(([name]) => name !== "index.json"),
      ["index.json", Buffer.from(JSON.stringify({ manifests }))],
    ]);
    const { image } = await readImage(path, "armv7l-linux", { auditAllow: [], workFolder: folder });
    expect(image.manifest.digest).toBe(manifests[1]?.digest);
  });

  it.each<[string, (members: LayoutMembers) => LayoutMembers, RegExp]>([
    [
      "a blob that does not match its digest",
      (members) =>
        members.map(([name, content]) =>
          name.startsWith("blobs/") && content.toString().includes("diff_ids")
            ? ([name, Buffer.concat([content, Buffer.from(" ")])] as const)
            : ([name, content] as const),
        ),
      /the content of sha256:[0-9a-f]{64} does not match its digest/,
    ],
    [
      "a layer that does not match its digest",
      (members) =>
        members.map(([name, content]) =>
          name.startsWith("blobs/") && !content.toString().startsWith("{")
            ? ([name, gzipSync(Buffer.alloc(1024))] as const)
            : ([name, content] as const),
        ),
      /the content of sha256:[0-9a-f]{64} does not match its digest|it has two different members/,
    ],
    ["no index", (members) => members.filter(([name]) => name !== "index.json"), /index\.json/],
    [
      "an empty index",
      (members) => [
        ...members.filter(([name]) => name !== "index.json"),
        ["index.json", Buffer.from('{"manifests":[]}')],
      ],
      /lists no image for linux\/amd64/,
    ],
    [
      "a missing blob",
      (members) => members.filter(([, content]) => !content.toString().includes("diff_ids")),
      /it does not contain sha256:[0-9a-f]{64}/,
    ],
  ])("is rejected with %s", async (_, change, said) => {
    const members = change(await makeLayout(LAYERS, { pack: (tar) => gzipSync(tar) }));
    await expect(read(writeLayout(members))).rejects.toMatchObject({
      code: "IMAGE_INVALID",
      cause: expect.objectContaining({ message: expect.stringMatching(said) as unknown }) as unknown,
    });
  });
});

describe("a published image", () => {
  const readPublished = (path: string) => readPublishedImage(path, "x86_64-linux", { workFolder: folder });

  it.each([
    ["tar", (tar: Buffer) => tar],
    ["tar+gzip", gzipSync],
    ["tar+zstd", zstdCompressSync],
  ] as const)("keeps its manifest, its config and its layers' bytes (%s)", async (kind, pack) => {
    const members = await makeLayout(LAYERS, { pack: (tar) => pack(tar) });
    const { image, imageId } = await readPublished(writeLayout(members));
    const names = new Map(members);
    const bytesOf = (digest: string) => names.get(digest.replace("sha256:", "blobs/sha256/"));
    const manifest = JSON.parse(bytesOf(image.manifest.digest)?.toString() ?? "") as {
      config: { digest: string };
      layers: { digest: string }[];
    };
    expect(imageId).toBe(manifest.config.digest);
    expect(image.layers.map(({ digest }) => digest)).toEqual(manifest.layers.map(({ digest }) => digest));
    for (const { digest, mediaType, sizeBytes, source } of image.layers) {
      expect(mediaType).toBe(`application/vnd.oci.image.layer.v1.${kind}`);
      const written = readFileSync((source as { file: string }).file);
      expect([written.equals(bytesOf(digest) ?? Buffer.alloc(0)), written.length]).toEqual([true, sizeBytes]);
    }
  });

  it("is read without an audit of its files, which is part of the build", async () => {
    const members = await makeLayout([[["bin/tool", AARCH64]]], { pack: (tar) => tar });
    expect(await readPublished(writeLayout(members))).not.toHaveProperty("audit");
  });

  it("is rejected if its config lists other layers", async () => {
    const diffIds = LAYERS.map(() => `sha256:${"0".repeat(64)}`);
    const members = await makeLayout(LAYERS, { pack: (tar) => tar, diffIds });
    await expect(readPublished(writeLayout(members))).rejects.toMatchObject({
      code: "IMAGE_INVALID",
      cause: expect.objectContaining({
        message: expect.stringMatching(/but its config lists another/) as unknown,
      }) as unknown,
    });
  });
});
