import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { request as send } from "node:http";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { pack } from "tar-stream";

import { readImage, type ReadImage } from "../../src/image/image.js";
import type { ImageRepository } from "../../src/registry/image-repository.js";
import { openImageRepository } from "../../src/registry/open-image-repository.js";
import { promoteTags, type PromotionRequest } from "../../src/registry/promotion.js";
import { digestOf } from "../../src/model/digest.js";
import { createHttpEffects } from "../http.js";
import { makeImage as makeFakeImage } from "../memory-registry.js";
import { listen } from "../registries.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { type Service, startRegistry } from "../testbed.js";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function makeTar(members: Readonly<Record<string, Uint8Array | string>>): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of Object.entries(members))
    tar.entry({ name, mtime: new Date(0) }, Buffer.from(content));
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** An image as `buildLayeredImage` builds it, gzipped as a whole. `text` makes its content unique. */
async function makeImage(folder: string, text: string): Promise<ReadImage> {
  mkdirSync(folder, { recursive: true });
  const layers = [
    await makeTar({ "etc/shared": Buffer.alloc(3 << 20, "shared") }),
    await makeTar({ "etc/own": text }),
  ];
  const names = layers.map((layer) => `${sha256(layer)}/layer.tar`);
  const config = {
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: layers.map((layer) => `sha256:${sha256(layer)}`) },
  };
  const archive = await makeTar({
    ...Object.fromEntries(layers.map((layer, i) => [names[i] ?? "", layer])),
    "config.json": JSON.stringify(config),
    "manifest.json": JSON.stringify([{ Config: "config.json", RepoTags: [], Layers: names }]),
  });
  const file = join(folder, "image.tar.gz");
  writeFileSync(file, gzipSync(archive));
  return readImage(file, "x86_64-linux", { auditAllow: [], workFolder: folder });
}

const promote = (repository: ImageRepository, request: PromotionRequest) => promoteTags(repository, request);

const NO_DOCKER_CONFIG = {
  run: () => Promise.reject(new Error("unexpected command")),
  environment: {},
  ...createHttpEffects(),
};

describe("docker-registry with basic authentication", () => {
  const folder = makeTemporaryFolder("registry-room");
  let registry: Awaited<ReturnType<typeof startRegistry>> & Service;
  let first: ReadImage;
  let second: ReadImage;
  beforeAll(async () => {
    registry = await startRegistry(join(folder, "registry"));
    first = await makeImage(join(folder, "first"), "first");
    second = await makeImage(join(folder, "second"), "second");
  }, 60_000);
  afterAll(async () => {
    await registry.stop();
    removeTemporaryFolders();
  });

  const open = (password = registry.password) =>
    openImageRepository(
      { kind: "registry", registry: registry.host, repository: "team/app" },
      {
        credentials: { kind: "password", username: registry.username, password },
        workingDirectory: folder,
        baseName: undefined,
      },
      NO_DOCKER_CONFIG,
    );

  async function pull(path: string): Promise<Buffer> {
    const basic = Buffer.from(`${registry.username}:${registry.password}`).toString("base64");
    const response = await fetch(`http://${registry.host}/v2/team/app/${path}`, {
      headers: { authorization: `Basic ${basic}`, accept: first.image.manifest.mediaType },
    });
    expect(response.status).toBe(200);
    return Buffer.from(await response.arrayBuffer());
  }

  it("returns the bytes that were pushed", async () => {
    const pushed = await (await open()).push(first.image);
    expect(pushed.map(({ state }) => state)).toEqual(["sent", "sent"]);
    const manifest = await pull(`manifests/${first.image.manifest.digest}`);
    expect(`sha256:${sha256(manifest)}`).toBe(first.image.manifest.digest);
    const { config, layers } = JSON.parse(manifest.toString()) as {
      config: { digest: string };
      layers: { digest: string }[];
    };
    const { rootfs } = JSON.parse((await pull(`blobs/${config.digest}`)).toString()) as {
      rootfs: { diff_ids: string[] };
    };
    const pulled = await Promise.all(layers.map(({ digest }) => pull(`blobs/${digest}`)));
    expect(pulled.map((layer) => `sha256:${sha256(gunzipSync(layer))}`)).toEqual(rootfs.diff_ids);
  });

  it("is not sent blobs that it already has", async () => {
    expect((await (await open()).push(first.image)).map(({ state }) => state)).toEqual(["reused", "reused"]);
    expect((await (await open()).push(second.image)).map(({ state }) => state)).toEqual(["reused", "sent"]);
  });

  it("has no tag before promotion, and the requested tags after it", async () => {
    const target = await open();
    expect(await target.readTag("latest")).toBeUndefined();
    await promote(target, {
      digest: first.image.manifest.digest,
      tags: ["latest", "v1"],
      run: undefined,
    });
    expect(
      await promote(target, { digest: second.image.manifest.digest, tags: ["latest"], run: undefined }),
    ).toMatchObject({
      tags: [{ tag: "latest", previous: first.image.manifest.digest, state: "moved" }],
    });
    expect([await target.readTag("latest"), await target.readTag("v1")]).toEqual([
      second.image.manifest.digest,
      first.image.manifest.digest,
    ]);
  });

  it("rejects a wrong password, which no message contains", async () => {
    await expect((await open("not-the-password")).push(first.image)).rejects.toMatchObject({
      code: "REGISTRY_DENIED",
      message: expect.not.stringContaining("not-the-password") as unknown,
    });
  });

  it("has its moved tags restored if one tag fails, and the error names the tag that remains", async () => {
    const target = await open();
    const promotion = promote(target, {
      digest: first.image.manifest.digest,
      tags: ["latest", "fresh", "-no-tag"],
      run: undefined,
    });
    // This registry cannot delete a tag: it deletes only by digest.
    await expect(promotion).rejects.toMatchObject({
      code: "PROMOTION_FAILED",
      message: expect.stringMatching(
        /fresh points to .* could not be restored .*; latest was restored/,
      ) as unknown,
    });
    expect(await target.readTag("latest")).toBe(second.image.manifest.digest);
  });

  it("stores the promotion record", async () => {
    const target = await open();
    const digest = second.image.manifest.digest;
    const run = { id: 8, attempt: 1, number: 2 };
    await promote(target, { digest, tags: ["ordered"], run });
    expect(await target.readPromotionEntries("ordered")).toEqual([{ run, digest }]);
    const older = {
      digest: first.image.manifest.digest,
      tags: ["ordered"],
      run: { id: 7, attempt: 1, number: 1 },
    };
    await expect(promote(target, older)).rejects.toMatchObject({ code: "PROMOTION_SUPERSEDED" });
    expect(await target.readTag("ordered")).toBe(digest);
  });

  it("mounts layers from the repository of the base image", async () => {
    const target = await openImageRepository(
      { kind: "registry", registry: registry.host, repository: "team/other" },
      {
        credentials: { kind: "password", username: registry.username, password: registry.password },
        workingDirectory: folder,
        baseName: `${registry.host}/team/app:latest`,
      },
      NO_DOCKER_CONFIG,
    );
    expect((await target.push(first.image)).map(({ state }) => state)).toEqual(["mounted", "mounted"]);
  });

  it("gets layers in parts behind a proxy with a limit for bodies", async () => {
    const parts: string[] = [];
    const proxy = await listen((incoming, response) => {
      const { method, url, headers } = incoming;
      if (Number(headers["content-length"] ?? 0) > 1 << 20) {
        // Like nginx, it reads on: a client that still writes would not see the answer before a reset.
        response.writeHead(413).end();
        incoming.resume();
        return;
      }
      if (method === "PATCH") parts.push(headers["content-range"] ?? "");
      const outgoing = send(`http://${registry.host}${url ?? ""}`, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      incoming.pipe(outgoing);
    });
    try {
      const repository = await openImageRepository(
        { kind: "registry", registry: proxy.host, repository: "team/parts" },
        {
          credentials: { kind: "password", username: registry.username, password: registry.password },
          workingDirectory: folder,
          baseName: undefined,
        },
        NO_DOCKER_CONFIG,
      );
      // Bytes that do not compress, in a file of their own, as the layers of an image are.
      const bytes = randomBytes((1 << 20) + 12_345);
      writeFileSync(join(folder, "random"), bytes);
      const source = { file: join(folder, "random") };
      const mediaType = "application/vnd.oci.image.layer.v1.tar";
      const layer = { mediaType, digest: digestOf(bytes), sizeBytes: bytes.length, source };
      const image = makeFakeImage("parts");
      await repository.push({ ...image, layers: [...image.layers, layer] });
      await repository.fetchBlob(layer, join(folder, "back"));
      expect(readFileSync(join(folder, "back")).equals(bytes)).toBe(true);
      expect(parts).toEqual(["0-524287", "524288-1048575", "1048576-1060920"]);
    } finally {
      proxy.close();
    }
  });

  it("does not promote an image that was never pushed", async () => {
    await expect(
      promote(await open(), { digest: `sha256:${"0".repeat(64)}`, tags: ["latest"], run: undefined }),
    ).rejects.toMatchObject({
      code: "CANDIDATE_GONE",
    });
    expect(await (await open()).readTag("latest")).toBe(second.image.manifest.digest);
  });
});
