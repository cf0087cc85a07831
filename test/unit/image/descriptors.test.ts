import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { readImage } from "../../../src/image/image.js";
import type { TargetSystem } from "../../../src/model/system.js";
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
  folder = mkdtempSync(join(tmpdir(), "descriptors-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const LAYERS: readonly Members[] = [[["etc/motd", "hello"]], [["bin/server", X86_64]]];
const read = (path: string) => readImage(path, "x86_64-linux", { auditAllow: [], workFolder: folder });
const writeLayout = (members: LayoutMembers) => writeMembers(join(folder, "layout"), members);

interface DescriptorDocument {
  mediaType: string;
  digest: string;
  size?: unknown;
  data?: string;
}
interface ManifestDocument {
  mediaType?: string;
  config: DescriptorDocument;
  layers: DescriptorDocument[];
}

/** A layout whose manifest, or its text, and whose descriptor of the manifest are changed. */
async function writeChanged(
  change: (manifest: ManifestDocument) => ManifestDocument | string,
  describe: (descriptor: DescriptorDocument) => object = (descriptor) => descriptor,
): Promise<string> {
  const blobs = new Map(await makeLayout(LAYERS, { pack: (tar) => gzipSync(tar) }));
  const parse = (name: string) => JSON.parse(blobs.get(name)?.toString() ?? "") as unknown;
  const { manifests } = parse("index.json") as { manifests: [DescriptorDocument] };
  const name = manifests[0].digest.replace("sha256:", "blobs/sha256/");
  const changed = change(parse(name) as ManifestDocument);
  const bytes = Buffer.from(typeof changed === "string" ? changed : JSON.stringify(changed));
  const descriptor = { ...manifests[0], digest: `sha256:${sha256(bytes)}`, size: bytes.length };
  blobs.set(`blobs/sha256/${sha256(bytes)}`, bytes);
  blobs.set("index.json", Buffer.from(JSON.stringify({ manifests: [describe(descriptor)] })));
  return writeLayout([...blobs]);
}

describe("23: a descriptor that does not describe its blob", () => {
  const changeLayer = (change: Partial<DescriptorDocument>) => (manifest: ManifestDocument) => ({
    ...manifest,
    layers: manifest.layers.map((layer, i) => (i === 0 ? { ...layer, ...change } : layer)),
  });
  const same = (manifest: ManifestDocument) => manifest;
  const FOREIGN = `{"mediaType":"x","digest":"sha256:${"0".repeat(64)}","size":1}`;

  it.each<[string, Parameters<typeof writeChanged>, RegExp]>([
    ["a layer of 5 bytes", [changeLayer({ size: 5 })], /with a size of 5 bytes, but the blob has/],
    ["a layer of -1 bytes", [changeLayer({ size: -1 })], /with a size of -1 bytes/],
    ["a layer of 10^18 bytes", [changeLayer({ size: 1e18 })], /with a size of 1000000000000000000 bytes/],
    ["a layer without a size", [changeLayer({ size: undefined })], /without a size/],
    ["a layer whose size is a text", [changeLayer({ size: "5" })], /expected number/],
    [
      "a layer with another compression",
      [changeLayer({ mediaType: "application/vnd.oci.image.layer.v1.tar+zstd" })],
      /described as .*\+zstd, but its compression is gzip/,
    ],
    ["a layer of another kind", [changeLayer({ mediaType: "text/html" })], /wrong media type "text\/html"/],
    ["a layer with other data", [changeLayer({ data: "AAAA" })], /embeds other data/],
    [
      "a config of 1 byte",
      [(manifest) => ({ ...manifest, config: { ...manifest.config, size: 1 } })],
      /with a size of 1 bytes/,
    ],
    [
      "a config of another kind",
      [(manifest) => ({ ...manifest, config: { ...manifest.config, mediaType: "text/html" } })],
      /wrong media type/,
    ],
    ["a manifest of 1 byte", [same, (descriptor) => ({ ...descriptor, size: 1 })], /with a size of 1 bytes/],
    [
      "a manifest of another kind",
      [same, (descriptor) => ({ ...descriptor, mediaType: "text/html" })],
      /wrong media type/,
    ],
    [
      "layers that only Go reads, under a key with a capital",
      [(manifest) => JSON.stringify({ ...manifest, Layers: [] })],
      /the key "Layers" instead of "layers"/,
    ],
    [
      "layers that readers mix, under a key that occurs twice",
      [(manifest) => JSON.stringify(manifest).replace('"layers":', `"layers":[${FOREIGN}],"layers":`)],
      /a key twice/,
    ],
  ])("is refused: %s", async (_, changes, said) => {
    await expect(read(await writeChanged(...changes))).rejects.toMatchObject({
      code: "IMAGE_INVALID",
      cause: expect.objectContaining({ message: expect.stringMatching(said) as unknown }) as unknown,
    });
  });

  it.each<[string, string, string]>([
    [
      "Docker's",
      "application/vnd.docker.distribution.manifest.v2+json",
      "application/vnd.docker.image.rootfs.diff.tar.gzip",
    ],
    [
      "OCI's",
      "application/vnd.oci.image.manifest.v1+json",
      "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    ],
  ])("is not one with %s media types, and the manifest keeps its own", async (_, mediaType, layerType) => {
    const path = await writeChanged(
      (manifest) => ({ ...changeLayer({ mediaType: layerType })(manifest), mediaType }),
      (descriptor) => ({ ...descriptor, mediaType }),
    );
    expect((await read(path)).image.manifest.mediaType).toBe(mediaType);
  });
});

describe("24: zstd of several frames", () => {
  const SKIPPABLE = Buffer.from("502a4d1802000000aaaa", "hex");
  const inFrames = (bytes: Buffer, count: number) =>
    Array.from({ length: count }, (_, i) => {
      const size = Math.ceil(bytes.length / count);
      return zstdCompressSync(bytes.subarray(i * size, (i + 1) * size));
    });

  it.each<[string, (tar: Buffer) => Buffer]>([
    ["as in zstd:chunked", (tar) => Buffer.concat([...inFrames(tar, 7), SKIPPABLE])],
    [
      "with a skippable frame first, as pzstd writes",
      (tar) => Buffer.concat([SKIPPABLE, ...inFrames(tar, 2)]),
    ],
  ])("%s is read to its end", async (_, pack) => {
    const layers: readonly Members[] = [
      [
        ["etc/motd", "hello"],
        ["bin/tool", AARCH64],
      ],
    ];
    const { image, audit } = await read(writeLayout(await makeLayout(layers, { pack })));
    expect(image.layers.map(({ mediaType }) => mediaType)).toEqual([
      "application/vnd.oci.image.layer.v1.tar+zstd",
    ]);
    expect(audit.foreign.map(({ path }) => path)).toEqual(["/bin/tool"]);
  });

  it("is read as a whole archive, too, as dockerTools writes with compressor = zstd", async () => {
    const archive = await makeTar(await makeLayout(LAYERS, { pack: (tar) => gzipSync(tar) }));
    const file = join(folder, "layout.tar.zst");
    writeFileSync(file, Buffer.concat(inFrames(archive, 3)));
    expect((await read(file)).audit).toMatchObject({ elfFiles: 1 });
  });
});

describe("25: variants of a CPU in an index", () => {
  const makeIndex = async (architecture: string, variants: readonly (string | undefined)[]) => {
    const images = await Promise.all(
      variants.map((variant) =>
        makeLayout([[["etc/variant", variant ?? "none"]]], {
          pack: (tar) => gzipSync(tar),
          platform: { os: "linux", architecture, ...(variant !== undefined && { variant }) },
        }),
      ),
    );
    const manifests = images.flatMap((members) => {
      const index = new Map(members).get("index.json")?.toString() ?? "";
      return (JSON.parse(index) as { manifests: { digest: string }[] }).manifests;
    });
    const others = images.flat().filter(([name]) => name !== "index.json");
    return {
      path: writeLayout([...others, ["index.json", Buffer.from(JSON.stringify({ manifests }))]]),
      manifests,
    };
  };

  it.each<[TargetSystem, string, readonly (string | undefined)[], number]>([
    ["armv7l-linux", "arm", ["v5", "v6", "v7"], 2],
    ["armv7l-linux", "arm", [undefined, "v7"], 1],
    ["armv7l-linux", "arm", ["v6", undefined], 1],
    ["aarch64-linux", "arm64", ["v9", "v8"], 1],
    ["aarch64-linux", "arm64", [undefined, "v9"], 0],
    ["x86_64-linux", "amd64", ["v3", undefined], 1],
    ["x86_64-linux", "amd64", ["v3"], 0],
  ])("for %s, %s in %j, the fitting one is taken", async (target, architecture, variants, expected) => {
    const { path, manifests } = await makeIndex(architecture, variants);
    const { image } = await readImage(path, target, { auditAllow: [], workFolder: folder });
    expect(image.manifest.digest).toBe(manifests[expected]?.digest);
  });

  it("two images of one variant are refused", async () => {
    const { path, manifests } = await makeIndex("amd64", ["v2", "v3"]);
    expect(manifests).toHaveLength(2);
    await expect(read(path)).rejects.toMatchObject({
      cause: expect.objectContaining({
        message: expect.stringContaining("lists 2 images") as unknown,
      }) as unknown,
    });
  });

  it("an image whose config is for another variant is refused", async () => {
    const path = writeLayout(
      await makeLayout([[["a", "b"]]], {
        pack: (tar) => gzipSync(tar),
        platform: { os: "linux", architecture: "arm", variant: "v7" },
        variant: "v6",
      }),
    );
    const reading = readImage(path, "armv7l-linux", { auditAllow: [], workFolder: folder });
    await expect(reading).rejects.toMatchObject({
      cause: expect.objectContaining({
        message: 'its config is for "linux/arm/v6", but armv7l-linux is linux/arm/v7',
      }) as unknown,
    });
  });
});
