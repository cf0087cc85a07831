import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { readImage } from "../../../src/image/image.js";
import {
  type LayoutMembers,
  makeArchive,
  makeLayout,
  makeTar,
  type Members,
  sha256,
  writeMembers,
  X86_64,
} from "./archive.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "beside-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const LAYERS: readonly Members[] = [[["etc/motd", "hello"]], [["bin/server", X86_64]]];
const read = (path: string) => readImage(path, "x86_64-linux", { auditAllow: [], workFolder: folder });
const refusal = (message: RegExp, hint: RegExp) => ({
  code: "IMAGE_INVALID",
  hint: expect.stringMatching(hint) as unknown,
  cause: expect.objectContaining({ message: expect.stringMatching(message) as unknown }) as unknown,
});

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** A layout that can be added to; `write` makes it a folder, or an archive with the index last. */
async function startLayout() {
  const members = await makeLayout(LAYERS, { pack: (tar) => gzipSync(tar) });
  const blobs = new Map(members.filter(([name]) => name !== "index.json"));
  const { manifests } = JSON.parse(new Map(members).get("index.json")?.toString() ?? "") as {
    manifests: [Descriptor];
  };
  const listed: object[] = [...manifests];
  const add = (mediaType: string, content: object | Buffer): Descriptor => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    blobs.set(`blobs/sha256/${sha256(bytes)}`, bytes);
    return { mediaType, digest: `sha256:${sha256(bytes)}`, size: bytes.length };
  };
  const write = async (form: string) => {
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: listed }));
    const all: LayoutMembers = [...blobs, ["index.json", index]];
    if (form === "folder") return writeMembers(join(folder, "layout"), all);
    writeFileSync(join(folder, "layout.tar"), await makeTar(all));
    return join(folder, "layout.tar");
  };
  return { image: manifests[0], list: (item: object) => listed.push(item), add, write };
}
type Layout = Awaited<ReturnType<typeof startLayout>>;

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";
const CONFIG = "application/vnd.oci.image.config.v1+json";
const EMPTY = "application/vnd.oci.empty.v1+json";

/** What tools put into a layout beside the image. */
const BESIDE: readonly (readonly [name: string, add: (layout: Layout) => void])[] = [
  [
    "an SBOM that refers to the image, in the index of referrers of regctl",
    ({ image, list, add }) => {
      const artifact = add(MANIFEST, {
        schemaVersion: 2,
        mediaType: MANIFEST,
        artifactType: "application/spdx+json",
        config: add(EMPTY, {}),
        layers: [add("application/spdx+json", { spdxVersion: "SPDX-2.3" })],
        subject: image,
      });
      list({
        ...add(INDEX, {
          schemaVersion: 2,
          mediaType: INDEX,
          manifests: [{ ...artifact, artifactType: "application/spdx+json" }],
        }),
        annotations: { "org.opencontainers.image.ref.name": image.digest.replace(":", "-") },
      });
    },
  ],
  [
    "a signature of cosign, which has the config of an image",
    ({ list, add }) => {
      const payload = add("application/vnd.dev.cosign.simplesigning.v1+json", { critical: {} });
      const config = { architecture: "", os: "", rootfs: { type: "layers", diff_ids: [payload.digest] } };
      list({
        ...add(MANIFEST, { schemaVersion: 2, config: add(CONFIG, config), layers: [payload] }),
        annotations: { kind: "dev.cosignproject.cosign/sigs" },
      });
    },
  ],
  [
    "a compressed SBOM, which is not a layer",
    ({ list, add }) => {
      const layers = [add("application/gzip", gzipSync("{}"))];
      list(add(MANIFEST, { schemaVersion: 2, config: add(EMPTY, {}), layers }));
    },
  ],
  [
    "an attestation of BuildKit of 20 MB",
    ({ list, add }) => {
      const layers = [add("application/vnd.in-toto+json", Buffer.alloc(20 << 20, '{"x": "y"} '))];
      list({
        ...add(MANIFEST, { schemaVersion: 2, config: add(CONFIG, { architecture: "unknown" }), layers }),
        platform: { os: "unknown", architecture: "unknown" },
      });
    },
  ],
  [
    "documents of other platforms, 21 MB together",
    ({ list, add }) => {
      for (const architecture of ["arm64", "s390x", "ppc64le"]) {
        const layers = [add("application/vnd.in-toto+json", Buffer.alloc(7 << 20, `{"${architecture}"`))];
        list({ ...add(MANIFEST, { schemaVersion: 2, layers }), platform: { os: "linux", architecture } });
      }
    },
  ],
  [
    "a layer of another platform that the audit would refuse",
    ({ list, add }) => {
      const layers = [
        add("application/vnd.oci.image.layer.v1.tar", Buffer.alloc(700, "ustar".padStart(262))),
      ];
      list({
        ...add(MANIFEST, { schemaVersion: 2, layers }),
        platform: { os: "linux", architecture: "arm64" },
      });
    },
  ],
];

describe.each(["folder", "archive"])("in an OCI layout in the form of a %s", (form) => {
  it.each(BESIDE)("the image is found beside %s", async (_, addBeside) => {
    const layout = await startLayout();
    addBeside(layout);
    const { image, audit } = await read(await layout.write(form));
    expect(image.manifest.digest).toBe(layout.image.digest);
    expect(audit.elfFiles).toBe(1);
  });

  it("two images for one platform are still refused, and so is an index of 17 MB", async () => {
    const layout = await startLayout();
    const config = layout.add(CONFIG, { architecture: "amd64", os: "linux" });
    layout.list(layout.add(MANIFEST, { schemaVersion: 2, config, layers: [] }));
    await expect(read(await layout.write(form))).rejects.toMatchObject(refusal(/lists 2 images/, /./));

    const large = await startLayout();
    const index = { schemaVersion: 2, manifests: [], padding: "x".repeat(17 << 20) };
    large.list(large.add(INDEX, index));
    await expect(read(await large.write(form))).rejects.toMatchObject(refusal(/documents are larger/, /./));
  });
});

it("an archive of Docker 25, which is an OCI layout too, keeps the manifest of the image", async () => {
  const members = await makeLayout(LAYERS, { pack: (tar) => gzipSync(tar) });
  const { manifests } = JSON.parse(new Map(members).get("index.json")?.toString() ?? "") as {
    manifests: [Descriptor];
  };
  const manifest = JSON.parse(
    new Map(members).get(`blobs/sha256/${manifests[0].digest.slice(7)}`)?.toString() ?? "",
  ) as { config: Descriptor; layers: readonly Descriptor[] };
  const nameOf = ({ digest }: Descriptor) => digest.replace("sha256:", "blobs/sha256/");
  const described = [
    { Config: nameOf(manifest.config), RepoTags: ["x:y"], Layers: manifest.layers.map(nameOf) },
  ];
  const file = join(folder, "saved.tar");
  writeFileSync(
    file,
    await makeTar([...members, ["manifest.json", JSON.stringify(described)], ["repositories", "{}"]]),
  );
  const { image } = await read(file);
  expect(image.manifest.digest).toBe(manifests[0].digest);
  expect(image.layers.map(({ digest }) => digest)).toEqual(manifest.layers.map(({ digest }) => digest));
});

describe("what is no image in a form that can be shipped", () => {
  const writeFile = (bytes: Uint8Array) => {
    writeFileSync(join(folder, "image"), bytes);
    return join(folder, "image");
  };
  const makeFolder = (...names: readonly string[]) => {
    mkdirSync(join(folder, "image"));
    for (const name of names) writeFileSync(join(folder, "image", name), "{}");
    return join(folder, "image");
  };

  it.each<[string, () => Promise<string>, RegExp, RegExp]>([
    [
      "a folder of skopeo's dir:",
      () => Promise.resolve(makeFolder("version", "manifest.json", "0".repeat(64))),
      /in the form dir: of skopeo/,
      /skopeo --insecure-policy copy dir:\/.*\/image oci:\$out$/,
    ],
    [
      "a folder with an archive in it",
      () => Promise.resolve(makeFolder("image.tar")),
      /without the index\.json/,
      /make that file or folder the package's output/,
    ],
    [
      "an archive compressed with xz",
      () => Promise.resolve(writeFile(Buffer.from("fd377a585a000004", "hex"))),
      /compressed with xz/,
      /xz -dc \/.*\/image > \$out/,
    ],
    [
      "a file system, as of dockerTools.exportImage",
      async () => writeFile(await makeTar([["etc/motd", "hello"]])),
      /neither a manifest\.json nor an index\.json/,
      /dockerTools\.exportImage/,
    ],
    [
      "an image with a layer that is compressed with bzip2",
      async () => writeFile(await makeArchive(LAYERS, { layerContent: () => Buffer.from("BZh91AY") })),
      /its layer ".*" is not a tar, or is compressed with something else/,
      /--dest-compress-format gzip --dest-force-compress-format/,
    ],
  ])("%s is refused with the command that converts it", async (_, make, message, hint) => {
    await expect(read(await make())).rejects.toMatchObject(refusal(message, hint));
  });
});
