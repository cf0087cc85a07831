import type { IncomingMessage } from "node:http";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import type { Credentials } from "../../../src/registry/authorization.js";
import { createRegistryClient } from "../../../src/registry/client.js";
import { openRegistryRepository } from "../../../src/registry/registry-repository.js";
import { FakeRegistry } from "../../fake-registry.js";
import { createHttpEffects } from "../../http.js";
import { makeImage } from "../../memory-registry.js";
import { type Proxy, startProxy } from "../../proxy.js";

const PASSWORD = { kind: "password", username: "u", password: "hunter2 hunter2" } as const;
const BASIC = Buffer.from("u:hunter2 hunter2").toString("base64");
const IDENTITY = { kind: "identity-token", password: "long-lived-token" } as const;

let registry: FakeRegistry;
let other: FakeRegistry;
let host: string;
let otherHost: string;
let masked: string[];
beforeEach(async () => {
  [registry, other] = [new FakeRegistry(), new FakeRegistry()];
  [host, otherHost] = [await registry.start(), await other.start()];
  masked = [];
});
afterEach(() => {
  registry.stop();
  other.stop();
});

function open(credentials?: Credentials, environment: Readonly<Record<string, string>> = {}, name = host) {
  const effects = createHttpEffects(environment);
  const mask = (secret: string) => {
    masked.push(secret);
    effects.log.mask(secret);
  };
  const log = { ...effects.log, mask };
  return openRegistryRepository(
    createRegistryClient(name, "app", credentials, { ...effects, log, retryDelayMs: 1 }),
  );
}

/** Lets the registry require a token of `/token`, which answers as `issue` says. */
function requireToken(issue: (request: IncomingMessage) => [number, Record<string, string>, string]): void {
  registry.misbehave = (request, response) => {
    if (request.url?.startsWith("/token") === true) {
      const [status, headers, body] = issue(request);
      request.resume();
      response.writeHead(status, headers).end(body);
      return true;
    }
    if (request.headers.authorization === "Bearer issued-token") return false;
    request.resume();
    response.writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token"` }).end();
    return true;
  };
}

describe("credentials for a token service", () => {
  it.each([
    ["an identity token, which is in the body", IDENTITY],
    ["a password", PASSWORD],
  ])("do not follow a redirect to another host: %s", async (_, credentials) => {
    requireToken(() => [307, { location: `http://${otherHost}/token` }, ""]);
    await expect(open(credentials).push(makeImage("a"))).rejects.toMatchObject({
      code: "REGISTRY_FAILED",
      message: expect.stringContaining(otherHost) as unknown,
    });
    expect(other.requests).toEqual([]);
  });

  it("follow a redirect on the same host", async () => {
    requireToken(({ url, headers }) => {
      if (url?.startsWith("/token/v2") !== true) return [307, { location: "/token/v2" }, ""];
      return [headers.authorization === `Basic ${BASIC}` ? 200 : 403, {}, '{"token":"issued-token"}'];
    });
    await open(PASSWORD).push(makeImage("a"));
    expect(registry.manifests.size).toBe(1);
  });

  it("are masked in every form in which they are sent, and so is the token", async () => {
    requireToken(() => [200, {}, '{"token":"issued-token"}']);
    await open(PASSWORD).push(makeImage("a"));
    expect(masked).toEqual(expect.arrayContaining([PASSWORD.password, BASIC, "issued-token"]));
  });
});

describe("an error of a registry that repeats a secret", () => {
  const readMessage = async (credentials: Credentials) => {
    const failure: unknown = await open(credentials)
      .push(makeImage("a"))
      .catch((error: unknown) => error);
    return failure instanceof Error ? failure.message : "";
  };

  it.each([
    ["the Basic header", `got Basic ${BASIC}`],
    ["the password", `got ${PASSWORD.password} twice: ${PASSWORD.password}`],
    ["the password as JSON", JSON.stringify({ got: PASSWORD.password })],
    ["a secret at the limit of what is shown", `${"x".repeat(490)} ${BASIC}`],
  ])("does not show %s", async (_, said) => {
    registry.misbehave = (request, response) => {
      request.resume();
      if (request.headers.authorization === undefined) {
        response.writeHead(401, { "www-authenticate": "Basic" }).end();
        // A HEAD has no body to show.
      } else if (request.method === "HEAD") response.writeHead(404).end();
      else response.writeHead(403).end(said);
      return true;
    };
    const message = await readMessage(PASSWORD);
    expect(message).toContain("answered 403");
    expect(message).not.toContain("hunter2");
    expect(message).not.toContain(BASIC.slice(0, 8));
  });

  it("does not show the token that it issued", async () => {
    requireToken(() => [200, {}, '{"token":"issued-token"}']);
    const { misbehave } = registry;
    registry.misbehave = (request, response) => {
      if (misbehave(request, response)) return true;
      if (request.method !== "POST") return false;
      response.writeHead(400).end("bad token: issued-token");
      return true;
    };
    expect(await readMessage(IDENTITY)).toMatch(/bad token: \*\*\*$/);
  });

  it.each([
    ["a location", (secret: string) => ({ location: `http://[${secret}` }), "POST", 202],
    ["a digest", (secret: string) => ({ "docker-content-digest": secret }), "PUT", 201],
  ])("does not show it in %s", async (_, headers, method, status) => {
    registry.misbehave = (request, response) => {
      request.resume();
      if (request.headers.authorization === undefined) {
        response.writeHead(401, { "www-authenticate": "Basic" }).end();
        return true;
      }
      const isManifest = request.url?.includes("/manifests/") === true;
      if (request.method !== method || (method === "PUT" && !isManifest)) return false;
      response.writeHead(status, headers(BASIC)).end();
      return true;
    };
    const image = makeImage("a");
    const pushed = open(PASSWORD).push(method === "PUT" ? { ...image, layers: [] } : image);
    await expect(pushed).rejects.toMatchObject({ code: "REGISTRY_FAILED" });
    await expect(pushed).rejects.not.toThrow(BASIC);
  });
});

describe("an upload that is redirected to another host", () => {
  beforeEach(() => {
    other.misbehave = (request, response) => {
      request.resume();
      request.on("end", () => response.writeHead(201).end());
      return true;
    };
  });
  const redirectUploads = (isAnonymous: boolean) => {
    registry.misbehave = (request, response) => {
      if (!isAnonymous && request.headers.authorization === undefined) {
        response.writeHead(401, { "www-authenticate": "Basic" }).end();
        return true;
      }
      if (request.method !== "PUT" || request.url?.includes("/uploads/") !== true) return false;
      request.resume();
      request.on("end", () => response.writeHead(307, { location: `http://${otherHost}/stored` }).end());
      return true;
    };
  };

  it("is refused if it carries credentials", async () => {
    redirectUploads(false);
    await expect(open(PASSWORD).push(makeImage("a"))).rejects.toMatchObject({
      code: "REGISTRY_FAILED",
      message: expect.stringContaining(otherHost) as unknown,
    });
    expect(other.requests).toEqual([]);
  });

  it("is followed if it carries none", async () => {
    redirectUploads(true);
    await open().push(makeImage("a"));
    expect(other.requests).toEqual(Array.from({ length: 3 }, () => "PUT /stored"));
  });
});

describe("a registry behind a proxy", () => {
  let proxy: Proxy;
  afterEach(async () => {
    await proxy.stop();
  });

  it("gets the whole push through it", async () => {
    proxy = await startProxy();
    const image = makeImage("a");
    await open(undefined, { http_proxy: proxy.url }).push(image);
    expect([...registry.manifests.keys()]).toEqual([image.manifest.digest]);
    expect(proxy.requests.length).toBe(registry.requests.length);
    expect(proxy.requests.every((line) => line.includes(` http://${host}/v2/app/`))).toBe(true);
  });

  it("that refuses the host is named, with what to do", async () => {
    proxy = await startProxy();
    proxy.refusals.push(403);
    await expect(
      open(undefined, { https_proxy: proxy.url }, "registry.test").push(makeImage("a")),
    ).rejects.toMatchObject({
      code: "REGISTRY_FAILED",
      message: "registry.test cannot be reached",
      cause: { message: expect.stringContaining(`proxy ${proxy.url} answered 403`) as unknown },
      hint: expect.stringContaining("no_proxy") as unknown,
    });
    expect(proxy.requests).toEqual(["CONNECT registry.test:443"]);
  });
});
