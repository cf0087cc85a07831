import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import type { Digest } from "../../../src/model/digest.js";
import type { Blob, OciImage } from "../../../src/model/image.js";
import { OCI_CONFIG, OCI_MANIFEST } from "../../../src/model/media-type.js";
import { readListedLayers } from "../../../src/registry/listed-layers.js";
import { openRegistryRepository } from "../../../src/registry/registry-repository.js";
import { describeBlob, makeBlob, makeImage, MemoryRegistry } from "../../memory-registry.js";

const { layers } = makeImage("image");
const [A, B] = ["a", "b"].map((digit): Digest => `sha256:${digit.repeat(64)}`) as [Digest, Digest];

/** An image with these layers and this config. */
function makeListed(config: object, change: object = {}): OciImage {
  const blob = makeBlob(JSON.stringify(config), OCI_CONFIG);
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { ...describeBlob(blob), ...change },
    layers: layers.map(describeBlob),
  };
  return { manifest: makeBlob(JSON.stringify(manifest), OCI_MANIFEST), config: blob, layers };
}

describe("readListedLayers", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "listed-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const read = async (image: OciImage) => {
    const repository = openRegistryRepository(new MemoryRegistry().use);
    await repository.push(image);
    const file = join(folder, "config");
    try {
      return await readListedLayers(repository, image.manifest.digest, "x86_64-linux", file);
    } finally {
      expect(existsSync(file)).toBe(false);
    }
  };
  const withoutSource = ({ mediaType, digest, sizeBytes }: Blob) => ({ mediaType, digest, sizeBytes });

  it("pairs layers with the digests of their tars, and with the comments on them", async () => {
    const listed = await read(
      makeListed({
        rootfs: { diff_ids: [A, B] },
        history: [{ comment: "one" }, { comment: "nothing", empty_layer: true }, { comment: "two" }],
      }),
    );
    expect([...listed.blobs.values()]).toEqual(layers.map(withoutSource));
    expect([...listed.blobs.keys()]).toEqual([A, B]);
    expect(listed.diffIds).toEqual(
      new Map([
        ["one", A],
        ["two", B],
      ]),
    );
  });

  it.each([
    ["is missing", undefined],
    ["is null", null],
    ["is too short", [{ comment: "one" }]],
    ["has no comments", [{ created_by: "COPY" }, {}]],
  ])("does without comments if the history %s", async (_, history) => {
    const listed = await read(makeListed({ rootfs: { diff_ids: [A, B] }, history }));
    expect([...listed.blobs.keys()]).toEqual([A, B]);
    expect(listed.diffIds.size).toBe(0);
  });

  it.each([
    ["another number of layers", { rootfs: { diff_ids: [A] } }, {}],
    ["something else than digests", { rootfs: { diff_ids: ["sha256:x", B] } }, {}],
    ["no list of layers", {}, {}],
    ["an absurd size", { rootfs: { diff_ids: [A, B] } }, { size: 2 ** 40 }],
  ])("rejects a config with %s", async (_, config, change) => {
    await expect(read(makeListed(config, change))).rejects.toMatchObject({ code: "IMAGE_INVALID" });
  });
});
