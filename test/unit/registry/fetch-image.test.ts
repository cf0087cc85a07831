import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import type { Digest } from "../../../src/model/digest.js";
import type { Blob, OciImage } from "../../../src/model/image.js";
import { fetchImage, readImageSize } from "../../../src/registry/fetch-image.js";
import { openOciLayout } from "../../../src/registry/oci-layout.js";
import type { ImageRepository } from "../../../src/registry/image-repository.js";
import { openRegistryRepository } from "../../../src/registry/registry-repository.js";
import { FakeClock } from "../../fake-clock.js";
import { describeBlob, makeBlob, makeImage, MemoryRegistry } from "../../memory-registry.js";

const OCI = "application/vnd.oci.image";
const [amd64, arm64] = [makeImage("amd64"), makeImage("arm64")];

function makeIndex(...entries: readonly (readonly [OciImage, string])[]): Blob {
  const manifests = entries.map(([{ manifest }, architecture]) => ({
    ...describeBlob(manifest),
    platform: { os: "linux", architecture },
  }));
  const mediaType = `${OCI}.index.v1+json`;
  return makeBlob(JSON.stringify({ schemaVersion: 2, mediaType, manifests }), mediaType);
}

describe.each(["a registry", "an OCI layout"])("fetching from %s", (kind) => {
  let folder: string;
  let place: ImageRepository;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "fetch-"));
    place =
      kind === "a registry"
        ? openRegistryRepository(new MemoryRegistry().use)
        : openOciLayout(join(folder, "place"), new FakeClock());
    await place.push(amd64);
    await place.push(arm64);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const fetch = (digest: Digest) => fetchImage(place, digest, "aarch64-linux", join(folder, "fetched"));
  const readBlob = (digest: Digest) =>
    readFileSync(join(folder, "fetched/blobs/sha256", digest.slice("sha256:".length)), "utf8");

  it("downloads the whole image", async () => {
    expect(await fetch(arm64.manifest.digest)).toBe(arm64.manifest.digest);
    expect(readBlob(arm64.config.digest)).toBe("arm64 config");
    expect(arm64.layers.map(({ digest }) => readBlob(digest))).toEqual(["arm64 1", "arm64 2"]);
  });

  it("downloads only the target's image from an index", async () => {
    const index = makeIndex([amd64, "amd64"], [arm64, "arm64"]);
    await place.pushIndex(index);
    expect(await fetch(index.digest)).toBe(arm64.manifest.digest);
    expect(() => readBlob(amd64.config.digest)).toThrow("ENOENT");
  });

  it("reads the size of an image, also from an index", async () => {
    const index = makeIndex([amd64, "amd64"], [arm64, "arm64"]);
    const lonely = makeIndex([amd64, "amd64"]);
    await place.pushIndex(index);
    await place.pushIndex(lonely);
    const read = (digest: Digest) => readImageSize(place, digest, "aarch64-linux");
    const bytes = "arm64 config".length + "arm64 1".length + "arm64 2".length;
    expect(await read(arm64.manifest.digest)).toBe(bytes);
    expect(await read(index.digest)).toBe(bytes);
    expect(await read(lonely.digest)).toBeUndefined();
  });

  it.each([
    ["no image for the target", makeIndex([amd64, "amd64"]), /lists no image for linux\/arm64/],
    ["two images for the target", makeIndex([arm64, "arm64"], [amd64, "arm64"]), /lists several images/],
    [
      "23: a wrong size of the image's manifest",
      makeIndex([{ ...arm64, manifest: { ...arm64.manifest, sizeBytes: 5 } }, "arm64"]),
      /of 5 bytes, but it is/,
    ],
    [
      "23: a wrong media type of the image's manifest",
      makeIndex([{ ...arm64, manifest: { ...arm64.manifest, mediaType: "text/html" } }, "arm64"]),
      /as text\/html of/,
    ],
    ["another kind of document", makeBlob('{"mediaType":"text/plain"}'), /is not an image manifest or index/],
  ])("rejects %s", async (_, index, message) => {
    await place.pushIndex(index);
    await expect(fetch(index.digest)).rejects.toMatchObject({
      code: "IMAGE_INVALID",
      message: expect.stringMatching(message) as unknown,
    });
  });

  it("rejects a digest that is not there", async () => {
    const missing = makeBlob("never pushed").digest;
    await expect(fetch(missing)).rejects.toMatchObject({ code: "REGISTRY_FAILED" });
  });
});

/** A registry that answers requests below `where` with other content. */
class LyingRegistry extends MemoryRegistry {
  lie = { where: "", bytes: Buffer.from("") };

  override answer(method: string, url: URL, body: Buffer<ArrayBuffer>) {
    const { where, bytes } = this.lie;
    if (method !== "GET" || where === "" || !url.pathname.includes(`/${where}/`)) {
      return super.answer(method, url, body);
    }
    return { status: 200, headers: { "content-type": `${OCI}.manifest.v1+json` }, body: bytes };
  }
}

describe("a registry that returns false content", () => {
  const registry = new LyingRegistry();
  const place = openRegistryRepository(registry.use);
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "fetch-"));
    await place.push(arm64);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each([
    ["other content", "blobs", "arm64 LAYER"],
    ["too few bytes", "blobs", "arm64"],
    ["too many bytes", "blobs", "arm64 layer and much more"],
    ["another manifest", "manifests", amd64.manifest],
  ])("is rejected for %s", async (_, where, said) => {
    const bytes = typeof said === "string" ? said : (said.source as { bytes: Uint8Array }).bytes;
    registry.lie = { where, bytes: Buffer.from(bytes) };
    const fetching = fetchImage(place, arm64.manifest.digest, "aarch64-linux", join(folder, "fetched"));
    await expect(fetching).rejects.toMatchObject({ code: "REGISTRY_FAILED" });
  });
});
