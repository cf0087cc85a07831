import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { digestOf } from "../../../src/model/digest.js";
import { createRegistryClient } from "../../../src/registry/client.js";
import type { ImageRepository } from "../../../src/registry/image-repository.js";
import { promoteTags } from "../../../src/registry/promotion.js";
import { openRegistryRepository } from "../../../src/registry/registry-repository.js";
import { FakeRegistry } from "../../fake-registry.js";
import { createHttpEffects } from "../../http.js";
import { makeImage } from "../../memory-registry.js";

let registry: FakeRegistry;
let target: ImageRepository;
beforeEach(async () => {
  registry = new FakeRegistry();
  const host = await registry.start();
  const options = { ...createHttpEffects(), retryDelayMs: 1 };
  target = openRegistryRepository(createRegistryClient(host, "app", undefined, options));
});
afterEach(() => {
  registry.stop();
});

describe("a registry that takes no whole blobs", () => {
  const MIB = 1 << 20;
  /** Takes uploads by PATCH, with bodies of at most `maxBytes`, like a registry behind a proxy. */
  function limitBodies(maxBytes: number, minPart: number | undefined): { readonly parts: string[] } {
    const parts: string[] = [];
    const uploads = new Map<string, Buffer<ArrayBuffer>>();
    registry.misbehave = (request, response) => {
      const url = new URL(request.url ?? "", "http://x");
      const sizeBytes = Number(request.headers["content-length"] ?? 0);
      const { pathname } = url;
      const upload = uploads.get(pathname) ?? Buffer.alloc(0);
      if (sizeBytes > maxBytes) {
        // As nginx does: before it has read the body.
        response.writeHead(413, { connection: "close" }).end("too large");
        return true;
      }
      if (request.method === "POST") {
        const location = `/v2/app/blobs/uploads/${registry.requests.length}?state=x`;
        const least = minPart === undefined ? {} : { "oci-chunk-min-length": String(minPart) };
        request.resume();
        response.writeHead(202, { location, ...least }).end();
        return true;
      }
      const isEnd = request.method === "PUT" && sizeBytes === 0 && url.searchParams.has("digest");
      if (isEnd) {
        const digest = url.searchParams.get("digest") ?? "";
        registry.blobs.set(digest, upload);
        response.writeHead(digestOf(upload) === digest ? 201 : 400).end();
        return true;
      }
      if (request.method !== "PATCH") return false;
      parts.push(request.headers["content-range"] ?? "");
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        uploads.set(pathname, Buffer.concat([upload, ...chunks]));
        response.writeHead(202, { location: request.url }).end();
      });
      return true;
    };
    return { parts };
  }
  const makeLayer = (sizeBytes: number, text: string) => {
    const bytes = Buffer.alloc(sizeBytes, text);
    const source = { bytes };
    return { mediaType: "application/octet-stream", digest: digestOf(bytes), sizeBytes, source };
  };

  it("gets a large layer in parts, and a small one as a whole", async () => {
    const { parts } = limitBodies(5 * MIB, undefined);
    const [large, small] = [makeLayer(9 * MIB, "large"), makeLayer(100, "small")];
    await target.push({ ...makeImage("a"), layers: [large, small] });
    expect(parts).toEqual(["0-4194303", "4194304-8388607", "8388608-9437183"]);
    expect([registry.blobs.has(large.digest), registry.blobs.has(small.digest)]).toEqual([true, true]);
  });

  it("gets smaller parts if it refuses the first, and no other layer as a whole", async () => {
    const { parts } = limitBodies(MIB, undefined);
    const layers = ["a", "b", "c", "d", "e"].map((text) => makeLayer(2 * MIB, text));
    await target.push({ ...makeImage("a"), layers });
    expect(parts.filter((part) => part === "0-524287").length).toBe(5);
    expect(layers.every(({ digest }) => registry.blobs.has(digest))).toBe(true);
    // At most the four layers that are sent at once; then the end of each upload in parts, and the config.
    expect(registry.count("PUT", "/uploads/")).toBeLessThanOrEqual(4 + 5 + 1);
  });

  it("gets parts of the least size that it names", async () => {
    const { parts } = limitBodies(7 * MIB, 6 * MIB);
    await target.push({ ...makeImage("a"), layers: [makeLayer(8 * MIB, "large")] });
    expect(parts).toEqual(["0-6291455", "6291456-8388607"]);
  });

  it("is named if it takes no part either", async () => {
    limitBodies(1000, undefined);
    const pushed = target.push({ ...makeImage("a"), layers: [makeLayer(MIB, "large")] });
    await expect(pushed).rejects.toMatchObject({
      code: "REGISTRY_FAILED",
      message: expect.stringContaining("answered 413 to PATCH") as unknown,
    });
  });
});

describe("a registry with immutable tags", () => {
  const refuse = (status: number, body: string) => {
    registry.misbehaveOn("PUT /manifests/v1", (response) => response.writeHead(status).end(body));
  };
  const ECR =
    '{"errors":[{"code":"TAG_INVALID","message":"The image tag \'v1\' already exists in the ' +
    "'app' repository and cannot be overwritten because the repository is immutable.\"}]}";
  const HARBOR =
    '{"errors":[{"code":"PRECONDITION","message":"Failed to process request due to ' +
    "'app:v1' configured as immutable.\"}]}";

  it.each([
    ["Amazon ECR", 400, ECR],
    ["Harbor", 412, HARBOR],
  ])("keeps a tag with another image, and the error says what to do: %s", async (_, status, body) => {
    const [first, second] = [makeImage("a"), makeImage("b")];
    await target.push(first);
    await target.push(second);
    await promoteTags(target, { digest: first.manifest.digest, tags: ["v1"], run: undefined });
    refuse(status, body);
    const request = { digest: second.manifest.digest, tags: ["v1"], run: undefined };
    await expect(promoteTags(target, request)).rejects.toMatchObject({
      code: "PROMOTION_FAILED",
      message: "the tag v1 could not be moved; no tag was moved",
      hint: expect.stringContaining("Use tags that are new for each image") as unknown,
      cause: { message: expect.stringMatching(/^the tag v1 has another image: .*immutable/) as unknown },
    });
  });

  it("has promoted a tag that another run has moved to the same image", async () => {
    const image = makeImage("a");
    await target.push(image);
    registry.misbehaveOn("PUT /manifests/v1", (response) => {
      registry.manifests.set("v1", registry.manifests.get(image.manifest.digest) ?? Buffer.alloc(0));
      response.writeHead(412).end(HARBOR);
    });
    const request = { digest: image.manifest.digest, tags: ["v1"], run: undefined };
    expect((await promoteTags(target, request)).tags).toMatchObject([{ tag: "v1", state: "moved" }]);
  });

  it("promotes new tags, though its record cannot be written again", async () => {
    const image = makeImage("a");
    await target.push(image);
    registry.misbehaveOn("PUT /manifests/cross-build", (response) => response.writeHead(412).end(HARBOR));
    const run = { id: 1, attempt: 1, number: 1 };
    const { unrecorded } = await promoteTags(target, { digest: image.manifest.digest, tags: ["v2"], run });
    expect(unrecorded).toContain("412");
    expect(await target.readTag("v2")).toBe(image.manifest.digest);
  });
});
