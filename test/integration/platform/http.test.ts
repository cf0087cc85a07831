import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo } from "node:net";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";

import { afterAll, afterEach, describe, expect, it } from "@jest/globals";

import { downloadText } from "../../../src/platform/download.js";
import { BodyError, readFileBody } from "../../../src/platform/http.js";
import type { HttpRequest } from "../../../src/platform/http-request.js";
import { RedirectError } from "../../../src/platform/redirect.js";
import { ConnectionError, ProxyError } from "../../../src/platform/retry.js";
import { makeCertificate } from "../../certificates.js";
import { createHttpEffects } from "../../http.js";
import { type Proxy, type ProxyOptions, startProxy } from "../../proxy.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../../runner.js";

const servers: Server[] = [];
const proxies: Proxy[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
  for (const proxy of proxies.splice(0)) await proxy.stop();
});
afterAll(() => {
  removeTemporaryFolders();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const serve = async (listener: RequestListener) =>
  new URL(`http://127.0.0.1:${await listen(createServer(listener))}/file`);

async function openProxy(options: ProxyOptions = {}): Promise<Proxy> {
  const proxy = await startProxy(options);
  proxies.push(proxy);
  return proxy;
}

async function send(request: HttpRequest, environment: Readonly<Record<string, string>> = {}) {
  const { status, body, url } = await createHttpEffects(environment).sendHttp(request);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return { status, url: url.href, text: Buffer.concat(chunks).toString() };
}

describe("a proxy of the environment", () => {
  it("gets requests for plain HTTP, with its own password, which the server does not see", async () => {
    const seen: (string | undefined)[] = [];
    const url = await serve(({ headers }, response) => {
      seen.push(headers["proxy-authorization"]);
      response.end("the bytes");
    });
    const proxy = await openProxy({
      login: "me:p%40ss".replace("%40", "@"),
      hosts: { "a.test:80": Number(url.port) },
    });
    const http_proxy = `http://me:p%40ss@${proxy.host}`;
    expect(await send({ method: "GET", url: new URL("http://a.test/file") }, { http_proxy })).toMatchObject({
      status: 200,
      text: "the bytes",
    });
    expect(proxy.requests).toEqual(["GET http://a.test/file"]);
    expect(seen).toEqual([undefined]);
  });

  it("opens a tunnel for HTTPS to a host that only it knows", async () => {
    const { key, cert, authorityFile } = makeCertificate(makeTemporaryFolder("tls"), ["b.test"]);
    const listener: RequestListener = (request, response) => request.pipe(response);
    const port = await listen(createSecureServer({ key, cert }, listener));
    const proxy = await openProxy({ hosts: { "b.test:443": port } });
    const request = { method: "PUT", url: new URL("https://b.test/"), body: Buffer.from("layer") } as const;
    const https_proxy = proxy.host;

    await expect(send(request, { https_proxy })).rejects.toThrow(ConnectionError);
    const trusted = getCACertificates("default");
    setDefaultCACertificates([...trusted, readFileSync(authorityFile, "utf8")]);
    try {
      expect(await send(request, { https_proxy })).toMatchObject({ status: 200, text: "layer" });
    } finally {
      setDefaultCACertificates(trusted);
    }
    expect(proxy.requests).toEqual(["CONNECT b.test:443", "CONNECT b.test:443"]);
  });

  it("is not asked for a host in no_proxy", async () => {
    const url = await serve((_, response) => response.end("direct"));
    const proxy = await openProxy();
    const environment = { http_proxy: proxy.url, no_proxy: "example.org,127.0.0.1" };
    expect(await send({ method: "GET", url }, environment)).toMatchObject({ text: "direct" });
    expect(proxy.requests).toEqual([]);
  });

  it.each([
    ["http://a.test/file", "http_proxy", 407],
    ["https://a.test/file", "https_proxy", 407],
    ["https://a.test/file", "https_proxy", 502],
  ])("that refuses %s is named, without its password", async (url, variable, status) => {
    const proxy = await openProxy();
    proxy.refusals.push(status);
    const failed = send(
      { method: "GET", url: new URL(url) },
      { [variable]: `http://me:hunter2@${proxy.host}` },
    );
    await expect(failed).rejects.toThrow(ProxyError);
    await expect(failed).rejects.toThrow(`the proxy http://${proxy.host} answered ${status}`);
  });

  it("that is overloaded is asked again", async () => {
    const url = await serve((_, response) => response.end("the bytes"));
    const proxy = await openProxy({ hosts: { "a.test:80": Number(url.port) } });
    proxy.refusals.push(503, 429);
    const effects = { ...createHttpEffects({ http_proxy: proxy.url }), maxBytes: 100, retryDelayMs: 1 };
    expect(await downloadText(new URL("http://a.test/file"), effects)).toBe("the bytes");
    expect(proxy.requests).toHaveLength(3);
  });

  it("that does not exist is named, without its password", async () => {
    const https_proxy = "http://me:hunter2@127.0.0.1:1";
    const failed = send({ method: "GET", url: new URL("https://a.test/") }, { https_proxy });
    await expect(failed).rejects.toThrow(/^(?!.*hunter2).*ECONNREFUSED.*http:\/\/127\.0\.0\.1:1/);
  });

  it.each(["http://a.test/", "https://a.test/"])("that never answers for %s is given up", async (url) => {
    const { url: http_proxy } = await openProxy({ isSilent: true });
    const request = { method: "GET", url: new URL(url), idleLimitMs: 500 } as const;
    await expect(send(request, { http_proxy })).rejects.toMatchObject({
      cause: { code: "UND_ERR_HEADERS_TIMEOUT" },
    });
  });
});

describe("a body that is a stream", () => {
  const folder = makeTemporaryFolder("body");
  const file = join(folder, "layer");
  const bytes = Buffer.alloc(3 << 20, "layer");

  it("is opened again for a redirect, and arrives whole", async () => {
    writeFileSync(file, bytes);
    const received: [string, number, string | undefined][] = [];
    const url = await serve((request, response) => {
      let size = 0;
      request.on("data", (chunk: Buffer) => (size += chunk.length));
      request.on("end", () => {
        received.push([request.url ?? "", size, request.headers["content-length"]]);
        if (request.url === "/stored") response.writeHead(201).end();
        else response.writeHead(307, { location: "/stored" }).end();
      });
    });
    const answer = await send({ method: "PUT", url, body: readFileBody(file, bytes.length) });
    expect(answer).toMatchObject({ status: 201, url: new URL("/stored", url).href });
    expect(received).toEqual([
      ["/file", bytes.length, String(bytes.length)],
      ["/stored", bytes.length, String(bytes.length)],
    ]);
  });

  it("is not read further once the server has refused it", async () => {
    const url = await serve((_, response) => response.writeHead(413).end());
    let readBytes = 0;
    const closed = Promise.withResolvers<undefined>();
    const open = async function* () {
      try {
        for (; readBytes < 1 << 30; readBytes += bytes.length) yield await Promise.resolve(bytes);
      } finally {
        closed.resolve(undefined);
      }
    };
    const answer = await send({ method: "PUT", url, body: { sizeBytes: 1 << 30, open } });
    expect(answer).toMatchObject({ status: 413 });
    await closed.promise;
    expect(readBytes).toBeLessThan(100 << 20);
  });

  it("that cannot be read is not taken for a failed connection", async () => {
    rmSync(file, { force: true });
    const url = await serve((request, response) => {
      request.resume();
      response.end();
    });
    await expect(send({ method: "PUT", url, body: readFileBody(file, 5) })).rejects.toThrow(BodyError);
  });

  it("that is shorter than it was is not accepted", async () => {
    writeFileSync(file, "short");
    const url = await serve((request, response) => {
      request.resume();
      request.on("end", () => response.end());
    });
    await expect(send({ method: "PUT", url, body: readFileBody(file, 6) })).rejects.toThrow(BodyError);
  });
});

describe("a redirect to another origin", () => {
  it("is followed by a GET with nothing secret", async () => {
    const seen: (string | undefined)[] = [];
    const other = await serve(({ headers }, response) => {
      seen.push(headers.authorization, headers["x-token"] as string | undefined, headers.accept);
      response.end("there");
    });
    const url = await serve((_, response) => response.writeHead(307, { location: other.href }).end());
    const headers = { authorization: "Bearer secret", "x-token": "secret", accept: "text/plain" };
    expect(await send({ method: "GET", url, headers })).toMatchObject({ text: "there", url: other.href });
    expect(seen).toEqual([undefined, undefined, "text/plain"]);
  });

  it("is refused for a body with a secret, of which the other host sees nothing", async () => {
    let requests = 0;
    const other = await serve((_, response) => {
      requests += 1;
      response.end();
    });
    const url = await serve((_, response) => response.writeHead(308, { location: other.href }).end());
    const body = Buffer.from("refresh_token=secret");
    await expect(send({ method: "POST", url, body, staysOnOrigin: true })).rejects.toThrow(RedirectError);
    await expect(
      send({ method: "PUT", url, body, headers: { authorization: "Bearer secret" } }),
    ).rejects.toThrow(RedirectError);
    expect(requests).toBe(0);
  });
});
