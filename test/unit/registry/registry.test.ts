import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { openOciLayout } from "../../../src/registry/oci-layout.js";
import { promoteTags } from "../../../src/registry/promotion.js";
import type { ImageRepository } from "../../../src/registry/image-repository.js";
import { createRegistryClient } from "../../../src/registry/client.js";
import { openRegistryRepository } from "../../../src/registry/registry-repository.js";
import { FakeRegistry, makeImage } from "./fake-registry.js";

let registry: FakeRegistry;
let host: string;
let target: ImageRepository;
beforeEach(async () => {
  registry = new FakeRegistry();
  host = await registry.start();
  target = openRegistryRepository(
    createRegistryClient(host, "app", { kind: "password", username: "u", password: "secret" }),
  );
});
afterEach(() => {
  registry.stop();
});

describe("pushing to a registry", () => {
  it("sends what is not there, by digest and without a tag, and nothing the second time", async () => {
    const image = makeImage("a");
    expect((await target.push(image)).map(({ state }) => state)).toEqual(["sent", "sent"]);
    expect([...registry.manifests.keys()]).toEqual([image.manifest.digest]);
    expect((await target.push(image)).map(({ state }) => state)).toEqual(["reused", "reused"]);
  });

  it.each([429, 500, 503, 408])("tries again after %i, with a fresh upload", async (status) => {
    let failures = 0;
    registry.misbehave = (request, response) => {
      if (request.method !== "PUT" || failures++ > 0) return false;
      request.resume();
      response.writeHead(status).end();
      return true;
    };
    await target.push(makeImage("b"));
    expect(registry.manifests.size).toBe(1);
  });

  it("tries again after a connection that was reset", async () => {
    let failures = 0;
    registry.misbehave = (request) => {
      if (request.method !== "PUT" || failures++ > 0) return false;
      request.socket.destroy();
      return true;
    };
    await target.push(makeImage("c"));
    expect(registry.manifests.size).toBe(1);
  });

  it("answers a challenge with the password, which no error shows", async () => {
    const seen: (string | undefined)[] = [];
    registry.misbehave = (request, response) => {
      seen.push(request.headers.authorization);
      request.resume();
      response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end("no\u001b[31m\n::error::x");
      return true;
    };
    await expect(target.push(makeImage("d"))).rejects.toMatchObject({
      code: "REGISTRY_DENIED",
      message: expect.stringMatching(/^(?!.*secret)\P{Cc}*$/u) as unknown,
    });
    expect(seen.slice(0, 1)).toEqual([undefined]);
    expect(seen.find((header) => header !== undefined)).toBe(
      `Basic ${Buffer.from("u:secret").toString("base64")}`,
    );
  });

  it("sends no credentials to another host that the registry names", async () => {
    const other = new FakeRegistry();
    const elsewhere = await other.start();
    const seen: (string | undefined)[] = [];
    other.misbehave = (request, response) => {
      seen.push(request.headers.authorization);
      request.resume();
      response.writeHead(201).end();
      return true;
    };
    registry.misbehave = (request, response) => {
      if (request.headers.authorization === undefined) {
        response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
        return true;
      }
      if (request.method !== "POST") return false;
      response.writeHead(202, { location: `http://${elsewhere}/upload` }).end();
      return true;
    };
    try {
      await target.push(makeImage("e"));
    } finally {
      other.stop();
    }
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.every((header) => header === undefined)).toBe(true);
  });

  it("gets a token where the registry wants one", async () => {
    registry.misbehave = (request, response) => {
      if (request.url?.startsWith("/token") === true) {
        const isAsked =
          request.url.includes("scope=repository%3Aapp%3Apull%2Cpush") && request.url.includes("service=s");
        response.writeHead(isAsked ? 200 : 400).end('{"token":"t"}');
        return true;
      }
      if (request.headers.authorization === "Bearer t") return false;
      response
        .writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token",service="s"` })
        .end();
      return true;
    };
    await target.push(makeImage("f"));
    expect(registry.manifests.size).toBe(1);
  });

  it("refuses to send credentials to a token service without HTTPS", async () => {
    registry.misbehave = (_, response) => {
      response.writeHead(401, { "www-authenticate": 'Bearer realm="http://evil.example.org/token"' }).end();
      return true;
    };
    await expect(target.push(makeImage("g"))).rejects.toMatchObject({ code: "REGISTRY_DENIED" });
  });

  it("notices a registry that has other bytes", async () => {
    registry.misbehave = (request, response) => {
      if (request.method !== "PUT" || request.url?.includes("/manifests/") !== true) return false;
      request.resume();
      response.writeHead(201, { "docker-content-digest": `sha256:${"0".repeat(64)}` }).end();
      return true;
    };
    await expect(target.push(makeImage("h"))).rejects.toMatchObject({ code: "REGISTRY_FAILED" });
  });
});

describe.each(["a registry", "an OCI layout"])("promotion in %s", (kind) => {
  let folder: string;
  let place: ImageRepository;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "layout-"));
    place = kind === "a registry" ? target : openOciLayout(folder);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("moves tags, and says where they were", async () => {
    const [first, second] = [makeImage("1"), makeImage("2")];
    await place.push(first);
    await place.push(second);
    expect(await place.readTag("latest")).toBeUndefined();
    expect(
      await promoteTags(place, { digest: first.manifest.digest, tags: ["latest", "v1"], run: undefined }),
    ).toMatchObject({
      tags: [
        { tag: "latest", previous: undefined, state: "moved" },
        { tag: "v1", previous: undefined, state: "moved" },
      ],
    });
    expect(
      await promoteTags(place, { digest: second.manifest.digest, tags: ["latest"], run: undefined }),
    ).toMatchObject({
      tags: [{ tag: "latest", previous: first.manifest.digest, state: "moved" }],
    });
    expect(
      await promoteTags(place, { digest: second.manifest.digest, tags: ["latest"], run: undefined }),
    ).toMatchObject({
      tags: [{ state: "unchanged" }],
    });
    expect([await place.readTag("latest"), await place.readTag("v1")]).toEqual([
      second.manifest.digest,
      first.manifest.digest,
    ]);
  });

  it("puts back what it moved when one tag fails", async () => {
    const [first, second] = [makeImage("1"), makeImage("2")];
    await place.push(first);
    await place.push(second);
    await promoteTags(place, { digest: first.manifest.digest, tags: ["old"], run: undefined });
    const failing: ImageRepository = {
      ...place,
      moveTag: (tag, digest) =>
        tag === "bad" ? Promise.reject(new Error("denied")) : place.moveTag(tag, digest),
    };
    await expect(
      promoteTags(failing, { digest: second.manifest.digest, tags: ["old", "new", "bad"], run: undefined }),
    ).rejects.toMatchObject({
      code: "PROMOTION_FAILED",
    });
    expect([await place.readTag("old"), await place.readTag("new"), await place.readTag("bad")]).toEqual([
      first.manifest.digest,
      undefined,
      undefined,
    ]);
  });
});

describe("layers of a base image", () => {
  it("are mounted from its repository, with a token for both", async () => {
    const asked: string[] = [];
    registry.misbehave = (request, response) => {
      const { method, url = "", headers } = request;
      if (url.startsWith("/token")) {
        asked.push(...new URL(url, "http://x").searchParams.getAll("scope"));
        response.writeHead(200).end('{"token":"t"}');
        return true;
      }
      if (headers.authorization !== "Bearer t") {
        response.writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token"` }).end();
        return true;
      }
      if (method !== "POST" || !url.includes("from=team%2Fbase")) return false;
      registry.blobs.set(new URL(url, "http://x").searchParams.get("mount") ?? "", Buffer.from(""));
      response.writeHead(201).end();
      return true;
    };
    const client = createRegistryClient(host, "app", undefined, { mountFrom: "team/base" });
    const pushed = await openRegistryRepository(client, "team/base").push(makeImage("m"));
    expect(pushed.map(({ state }) => state)).toEqual(["reused", "reused"]);
    expect([...new Set(asked)]).toEqual(["repository:app:pull,push", "repository:team/base:pull"]);
  });
});

it("an identity token becomes a token for the repository", async () => {
  let form = "";
  registry.misbehave = (request, response) => {
    if (request.url === "/token" && request.method === "POST") {
      request.on("data", (chunk: Buffer) => (form += chunk.toString()));
      request.on("end", () => response.writeHead(200).end('{"access_token":"t"}'));
      return true;
    }
    if (request.headers.authorization === "Bearer t") return false;
    response.writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token",service="s"` }).end();
    return true;
  };
  const identity = { kind: "identity-token", password: "refresh me" } as const;
  await openRegistryRepository(createRegistryClient(host, "app", identity)).push(makeImage("i"));
  expect(Object.fromEntries(new URLSearchParams(form))).toMatchObject({
    grant_type: "refresh_token",
    refresh_token: "refresh me",
    service: "s",
  });
});

it("a manifest that the registry has changed is noticed", async () => {
  registry.misbehave = (request, response) => {
    if (request.method !== "GET" || request.url?.includes("/manifests/") !== true) return false;
    response.writeHead(200).end("{}");
    return true;
  };
  await expect(target.push(makeImage("t"))).rejects.toMatchObject({
    code: "REGISTRY_FAILED",
    message: expect.stringContaining("other bytes than were pushed") as unknown,
  });
});

describe("an OCI layout", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "layout-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("has the files of the specification, and no tag before promotion", async () => {
    const image = makeImage("x");
    await openOciLayout(folder).push(image);
    expect(JSON.parse(readFileSync(join(folder, "oci-layout"), "utf8"))).toEqual({
      imageLayoutVersion: "1.0.0",
    });
    expect(JSON.parse(readFileSync(join(folder, "index.json"), "utf8"))).toMatchObject({
      schemaVersion: 2,
      manifests: [],
    });
    expect(readdirSync(join(folder, "blobs/sha256"))).toHaveLength(4);
  });

  it("keeps the entries of others", async () => {
    const layout = openOciLayout(folder);
    const image = makeImage("x");
    await layout.push(image);
    const other = { mediaType: "application/x", digest: "sha256:0", size: 1, platform: { os: "linux" } };
    writeFileSync(
      join(folder, "index.json"),
      JSON.stringify({ schemaVersion: 2, manifests: [other], annotations: { a: "b" } }),
    );
    await promoteTags(layout, { digest: image.manifest.digest, tags: ["latest"], run: undefined });
    const index: unknown = JSON.parse(readFileSync(join(folder, "index.json"), "utf8"));
    expect(index).toMatchObject({
      manifests: [other, { digest: image.manifest.digest }],
      annotations: { a: "b" },
    });
  });

  it("refuses a folder that holds something else", async () => {
    writeFileSync(join(folder, "thesis.doc"), "");
    await expect(openOciLayout(folder).push(makeImage("x"))).rejects.toMatchObject({
      code: "REGISTRY_FAILED",
    });
    expect(readdirSync(folder)).toContain("thesis.doc");
  });

  it.each(["", "[]", "{", '{"schemaVersion":2}'])("refuses the index %j", async (text) => {
    await openOciLayout(folder).push(makeImage("x"));
    writeFileSync(join(folder, "index.json"), text);
    await expect(openOciLayout(folder).readTag("latest")).rejects.toMatchObject({ code: "REGISTRY_FAILED" });
  });
});
