import type { ServerResponse } from "node:http";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import type { ImageRepository } from "../../../src/registry/image-repository.js";
import { createRegistryClient } from "../../../src/registry/client.js";
import { openRegistryRepository } from "../../../src/registry/registry-repository.js";
import { makeBlob, makeImage } from "../../memory-registry.js";
import { FakeRegistry } from "../../fake-registry.js";
import { createHttpEffects } from "../../http.js";

const OPTIONS = { ...createHttpEffects(), retryDelayMs: 1 };

let registry: FakeRegistry;
let host: string;
let target: ImageRepository;
beforeEach(async () => {
  registry = new FakeRegistry();
  host = await registry.start();
  target = openRegistryRepository(
    createRegistryClient(host, "app", { kind: "password", username: "u", password: "secret" }, OPTIONS),
  );
});
afterEach(() => {
  registry.stop();
});

describe("pushing to a registry", () => {
  it("uploads missing blobs by digest, without a tag, and sends nothing the second time", async () => {
    const image = makeImage("a");
    expect((await target.push(image)).map(({ state }) => state)).toEqual(["sent", "sent"]);
    expect([...registry.manifests.keys()]).toEqual([image.manifest.digest]);
    expect((await target.push(image)).map(({ state }) => state)).toEqual(["reused", "reused"]);
  });

  it.each([429, 500, 503, 408])("retries after %i with a new upload session", async (status) => {
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

  it("retries after a connection reset", async () => {
    let failures = 0;
    registry.misbehave = (request) => {
      if (request.method !== "PUT" || failures++ > 0) return false;
      request.socket.destroy();
      return true;
    };
    await target.push(makeImage("c"));
    expect(registry.manifests.size).toBe(1);
  });

  it("answers a challenge with the password, which no error contains", async () => {
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

  it("requests a token if the registry requires one", async () => {
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

  it("requests one token for all requests that need one at the same time", async () => {
    let [asked, token, refused] = [0, 0, 0];
    let waiting: ServerResponse | undefined;
    registry.misbehave = (request, response) => {
      if (request.url?.startsWith("/token") === true) {
        asked++;
        waiting = response;
      } else {
        if (request.headers.authorization === `Bearer t${token}`) return false;
        refused++;
        response.writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token"` }).end();
      }
      // Only when all requests need a token.
      if (refused % 20 === 0 && waiting !== undefined) {
        waiting.writeHead(200).end(`{"token":"t${++token}"}`);
        waiting = undefined;
      }
      return true;
    };
    const blobs = Array.from({ length: 20 }, (_, i) => makeBlob(`${i}`));
    expect(new Set(await Promise.all(blobs.map((blob) => target.hasBlob(blob))))).toEqual(new Set([false]));
    expect(asked).toBe(1);
    // The token is no longer good.
    token++;
    await Promise.all(blobs.map((blob) => target.hasBlob(blob)));
    expect(asked).toBe(2);
  });

  it("does not send credentials to a token service without HTTPS", async () => {
    registry.misbehave = (_, response) => {
      response.writeHead(401, { "www-authenticate": 'Bearer realm="http://evil.example.org/token"' }).end();
      return true;
    };
    await expect(target.push(makeImage("g"))).rejects.toMatchObject({ code: "REGISTRY_DENIED" });
  });

  it("detects a registry that reports another digest", async () => {
    registry.misbehave = (request, response) => {
      if (request.method !== "PUT" || request.url?.includes("/manifests/") !== true) return false;
      request.resume();
      response.writeHead(201, { "docker-content-digest": `sha256:${"0".repeat(64)}` }).end();
      return true;
    };
    await expect(target.push(makeImage("h"))).rejects.toMatchObject({ code: "REGISTRY_FAILED" });
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
    const client = createRegistryClient(host, "app", undefined, { ...OPTIONS, mountFrom: "team/base" });
    const pushed = await openRegistryRepository(client, "team/base").push(makeImage("m"));
    expect(pushed.map(({ state }) => state)).toEqual(["mounted", "mounted"]);
    expect([...new Set(asked)]).toEqual(["repository:app:pull,push", "repository:team/base:pull"]);
  });
});

it("exchanges an identity token for a token for the repository", async () => {
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
  await openRegistryRepository(createRegistryClient(host, "app", identity, OPTIONS)).push(makeImage("i"));
  expect(Object.fromEntries(new URLSearchParams(form))).toMatchObject({
    grant_type: "refresh_token",
    refresh_token: "refresh me",
    service: "s",
  });
});

it("detects a manifest that the registry has changed", async () => {
  registry.misbehave = (request, response) => {
    if (request.method !== "GET" || request.url?.includes("/manifests/") !== true) return false;
    response.writeHead(200).end("{}");
    return true;
  };
  await expect(target.push(makeImage("t"))).rejects.toMatchObject({
    code: "REGISTRY_FAILED",
    message: expect.stringContaining("the registry has a manifest with the digest") as unknown,
  });
});
