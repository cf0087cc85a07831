import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import type { ImageRepository } from "../../../src/registry/image-repository.js";
import { createRegistryClient } from "../../../src/registry/client.js";
import { openRegistryRepository } from "../../../src/registry/registry-repository.js";
import { digestOf } from "../../../src/model/digest.js";
import { FakeClock } from "../../fake-clock.js";
import { makeImage } from "../../memory-registry.js";
import { FakeRegistry } from "../../fake-registry.js";
import { createHttpEffects } from "../../http.js";

const CREDENTIALS = { kind: "password" as const, username: "u", password: "secret" };

let registry: FakeRegistry;
let other: FakeRegistry;
let host: string;
let otherHost: string;
let target: ImageRepository;
beforeEach(async () => {
  [registry, other] = [new FakeRegistry(), new FakeRegistry()];
  [host, otherHost] = [await registry.start(), await other.start()];
  const options = { ...createHttpEffects(), retryDelayMs: 1 };
  target = openRegistryRepository(createRegistryClient(host, "app", CREDENTIALS, options));
});
afterEach(() => {
  registry.stop();
  other.stop();
});

describe("an upload that fails", () => {
  it.each([500, 404, 416])("is restarted after %i in a new upload session", async (status) => {
    registry.misbehaveOn("PUT /uploads/", (response) => response.writeHead(status).end(), 1);
    const image = makeImage("a");
    await target.push({ ...image, layers: image.layers.slice(0, 1) });
    // One session for the layer, one more after the error, and one for the config.
    expect(registry.count("POST", "/uploads/")).toBe(3);
  });

  it("is restarted if the connection breaks during the upload", async () => {
    const folder = mkdtempSync(join(tmpdir(), "upload-"));
    try {
      const bytes = Buffer.alloc(5 << 20, "layer");
      writeFileSync(join(folder, "layer"), bytes);
      const layer = {
        mediaType: "application/octet-stream",
        digest: digestOf(bytes),
        sizeBytes: bytes.length,
        source: { file: join(folder, "layer") },
      };
      registry.misbehaveOn(
        "PUT /uploads/",
        (_, request) => request.once("data", () => request.socket.destroy()),
        1,
      );
      await target.push({ ...makeImage("a"), layers: [layer] });
      expect(registry.blobs.get(layer.digest)?.equals(bytes)).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("counts as sent if only its answer was lost", async () => {
    const image = makeImage("a");
    const layers = image.layers.slice(0, 1);
    registry.misbehaveOn(
      "PUT /uploads/",
      (_, request) => {
        for (const { digest } of layers) registry.blobs.set(digest, Buffer.alloc(0));
        request.socket.destroy();
      },
      1,
    );
    expect(await target.push({ ...image, layers })).toMatchObject([{ state: "sent" }]);
  });

  it("stops the other uploads: nothing is sent after push has rejected", async () => {
    registry.misbehaveOn("PUT /uploads/", (response) => response.writeHead(403).end("no"));
    const layers = Array.from({ length: 20 }, (_, i) => makeImage(`${i}`).layers).flat();
    await expect(target.push({ ...makeImage("a"), layers })).rejects.toMatchObject({
      code: "REGISTRY_DENIED",
    });
    // Requests already in flight still arrive.
    await sleep(20);
    const sent = registry.requests.length;
    await sleep(20);
    expect(registry.requests).toHaveLength(sent);
    expect(sent).toBeLessThan(30);
  });
});

describe("a busy registry", () => {
  it("is not retried before the wait that it asks for", async () => {
    registry.misbehaveOn(
      "HEAD /blobs/",
      (response) => response.writeHead(429, { "retry-after": "1" }).end(),
      1,
    );
    const startedAt = performance.now();
    await target.push(makeImage("a"));
    expect(performance.now() - startedAt).toBeGreaterThan(990);
  });

  it.each(["86400", "Fri, 01 Jan 2100 00:00:00 GMT"])(
    "is not retried for Retry-After: %s",
    async (retryAfter) => {
      registry.misbehaveOn("PUT /manifests/", (response) =>
        response.writeHead(429, { "retry-after": retryAfter }).end(),
      );
      await expect(target.push(makeImage("a"))).rejects.toMatchObject({ code: "REGISTRY_FAILED" });
      expect(registry.count("PUT", "/manifests/")).toBe(1);
    },
  );

  it("is sent the same request at most five times", async () => {
    registry.misbehaveOn("PUT /manifests/", (response) => response.writeHead(503).end());
    await expect(target.push(makeImage("a"))).rejects.toMatchObject({ code: "REGISTRY_FAILED" });
    expect(registry.count("PUT", "/manifests/")).toBe(5);
  });

  it("that does not answer is given up at the time limit, without a retry", async () => {
    const asked = Promise.withResolvers<undefined>();
    registry.misbehaveOn("GET", () => {
      asked.resolve(undefined);
    });
    const clock = new FakeClock();
    const patient = openRegistryRepository(
      createRegistryClient(host, "app", CREDENTIALS, { ...createHttpEffects(), clock }),
    );
    const failed = expect(patient.moveTag("v1", digestOf(Buffer.from("x")))).rejects.toMatchObject({
      code: "REGISTRY_FAILED",
      message: expect.stringContaining("60 s") as unknown,
    });
    await asked.promise;
    await clock.advance(60_000);
    await failed;
    expect(registry.count("GET", "")).toBe(1);
  });

  it.each([400, 405, 501])(
    "is retried after the status %i only if the error is transient",
    async (status) => {
      registry.misbehaveOn("PUT /manifests/", (response) => response.writeHead(status).end());
      await expect(target.push(makeImage("a"))).rejects.toMatchObject({ code: "REGISTRY_FAILED" });
      expect(registry.count("PUT", "/manifests/")).toBe(status >= 500 ? 5 : 1);
    },
  );
});

describe("a hostile registry", () => {
  it.each([
    "http://registry.example.org/upload",
    "ftp://127.0.0.1/upload",
    "file:///etc/passwd",
    "data:text/plain,x",
    "http://u:p@127.0.0.1/upload",
    "http://[",
    undefined,
  ])("is sent no layer at the upload location %s", async (location) => {
    registry.misbehaveOn("POST", (response) =>
      response.writeHead(202, location === undefined ? {} : { location }).end(),
    );
    await expect(target.push(makeImage("a"))).rejects.toMatchObject({ code: "REGISTRY_FAILED" });
    expect(registry.count("PUT", "")).toBe(0);
  });

  it("cannot get credentials sent to another host by a redirect", async () => {
    const image = makeImage("a");
    await target.push(image);
    const seen: (string | undefined)[] = [];
    other.misbehave = (request, response) => {
      seen.push(request.headers.authorization);
      const source = image.manifest.source;
      response.writeHead(200).end("bytes" in source ? source.bytes : "");
      return true;
    };
    registry.misbehave = (request, response) => {
      if (request.headers.authorization === undefined) {
        response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
        return true;
      }
      if (request.method !== "GET") return false;
      response.writeHead(307, { location: `http://${otherHost}/elsewhere` }).end();
      return true;
    };
    await target.moveTag("v1", image.manifest.digest);
    expect(seen).toEqual([undefined]);
  });

  it("cannot get the password sent to another host by a challenge there", async () => {
    other.misbehave = (_, response) => {
      response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
      return true;
    };
    registry.misbehaveOn("POST", (response) =>
      response.writeHead(202, { location: `http://${otherHost}/u` }).end(),
    );
    await expect(target.push(makeImage("a"))).rejects.toMatchObject({ code: "REGISTRY_DENIED" });
    expect(other.requests.every((line) => line.startsWith("PUT /u"))).toBe(true);
  });

  it("cannot redirect forever", async () => {
    registry.misbehaveOn("GET", (response, request) =>
      response.writeHead(302, { location: request.url }).end(),
    );
    await expect(target.moveTag("v1", digestOf(Buffer.from("x")))).rejects.toMatchObject({
      code: "REGISTRY_FAILED",
    });
    expect(registry.count("GET", "")).toBeLessThan(10);
  });

  it("cannot exhaust the memory with an endless answer", async () => {
    registry.misbehaveOn("GET", (response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(1 << 16)));
      };
      response.writeHead(200).on("drain", more);
      more();
    });
    await expect(target.moveTag("v1", digestOf(Buffer.from("x")))).rejects.toMatchObject({
      code: "REGISTRY_FAILED",
      message: expect.stringContaining("more than") as unknown,
    });
  });

  it("cannot return a manifest of more than 4 MiB", async () => {
    registry.misbehaveOn("GET", (response) => response.writeHead(200).end("{".repeat(5 << 20)));
    await expect(target.readManifest(digestOf(Buffer.from("x")))).rejects.toMatchObject({
      code: "REGISTRY_FAILED",
    });
  });

  it("cannot substitute another manifest for the one to promote", async () => {
    registry.misbehaveOn("GET", (response) => response.writeHead(200).end("{}"));
    await expect(target.moveTag("v1", digestOf(Buffer.from("x")))).rejects.toMatchObject({
      code: "REGISTRY_FAILED",
    });
    expect(registry.count("PUT", "")).toBe(0);
  });
});

describe("content that is already there", () => {
  it("is not sent again, including the manifest", async () => {
    const image = makeImage("a");
    await target.push(image);
    registry.requests.length = 0;
    await target.push(image);
    expect(registry.requests.every((line) => line.startsWith("HEAD "))).toBe(true);
  });

  it("is sent only once if an image contains it twice", async () => {
    const image = makeImage("a");
    const [layer] = image.layers;
    if (layer === undefined) throw new Error("no layer");
    const pushed = await target.push({ ...image, layers: [layer, layer] });
    expect(pushed.map(({ state }) => state)).toEqual(["sent", "sent"]);
    expect(registry.count("POST", "")).toBe(2);
  });
});

describe("a token", () => {
  it("is renewed before it expires, so that no upload begins with an expired one", async () => {
    const clock = new FakeClock();
    let [issued, refused] = [0, 0];
    registry.misbehave = (request, response) => {
      if (request.url?.startsWith("/token") === true) {
        response.writeHead(200).end(JSON.stringify({ token: `t${++issued}`, expires_in: 300 }));
        return true;
      }
      if (request.headers.authorization === `Bearer t${issued}` && issued > 0) return false;
      refused++;
      request.resume();
      response.writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token"` }).end();
      return true;
    };
    const timed = openRegistryRepository(
      createRegistryClient(host, "app", CREDENTIALS, { ...createHttpEffects(), clock }),
    );
    await timed.readTag("v1");
    expect([issued, refused]).toEqual([1, 1]);
    await clock.advance(269_000);
    await timed.readTag("v1");
    expect([issued, refused]).toEqual([1, 1]);
    await clock.advance(2_000);
    await timed.readTag("v1");
    expect([issued, refused]).toEqual([2, 1]);
  });

  it("is renewed after it has expired", async () => {
    let issued = 0;
    registry.misbehave = (request, response) => {
      if (request.url?.startsWith("/token") === true) {
        response.writeHead(200).end(JSON.stringify({ access_token: `t${++issued}` }));
        return true;
      }
      if (
        request.headers.authorization === `Bearer t${issued}` &&
        !(issued === 1 && request.method === "PUT")
      ) {
        return false;
      }
      request.resume();
      response.writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token"` }).end();
      return true;
    };
    await target.push({ ...makeImage("a"), layers: [] });
    expect(issued).toBe(2);
  });
});
