import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { downloadFile, downloadText } from "../../../src/platform/download.js";
import { createHttpEffects } from "../../http.js";

const BODY = "the bytes";
const DIGEST = `sha256:${createHash("sha256").update(BODY).digest("hex")}`;
const OPTIONS = { ...createHttpEffects(), maxBytes: 100, retryDelayMs: 1 };

let folder: string;
let servers: Server[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "download-"));
  servers = [];
});

afterEach(async () => {
  for (const server of servers) server.close();
  await rm(folder, { recursive: true });
});

async function serve(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return new URL(`http://127.0.0.1:${address.port}/file`);
}

describe("downloadFile", () => {
  it("writes the file and tells its digest", async () => {
    const url = await serve((_, response) => response.end(BODY));
    const file = join(folder, "file");
    expect(await downloadFile(url, file, OPTIONS)).toBe(DIGEST);
    expect(await readFile(file, "utf8")).toBe(BODY);
  });

  it("copies a file: URL", async () => {
    await writeFile(join(folder, "source"), BODY);
    const url = pathToFileURL(join(folder, "source"));
    expect(await downloadFile(url, join(folder, "file"), OPTIONS)).toBe(DIGEST);
  });

  it("tries again when the server is overloaded or hangs up in the middle", async () => {
    let requests = 0;
    const url = await serve((_, response) => {
      requests += 1;
      if (requests === 1) response.writeHead(503).end();
      else if (requests === 2)
        response.writeHead(200, { "content-length": 9 }).write("the", () => response.destroy());
      else response.end(BODY);
    });
    expect(await downloadFile(url, join(folder, "file"), OPTIONS)).toBe(DIGEST);
    expect(requests).toBe(3);
  });

  it("does not try again when the file is not there", async () => {
    let requests = 0;
    const url = await serve((_, response) => {
      requests += 1;
      response.writeHead(404).end();
    });
    await expect(downloadFile(url, join(folder, "file"), OPTIONS)).rejects.toMatchObject({
      code: "DOWNLOAD_FAILED",
    });
    expect(requests).toBe(1);
  });

  it("refuses more than it was promised, and leaves no file", async () => {
    const url = await serve((_, response) => response.end("x".repeat(101)));
    const file = join(folder, "file");
    await expect(downloadFile(url, file, OPTIONS)).rejects.toMatchObject({ code: "DOWNLOAD_FAILED" });
    expect(existsSync(file)).toBe(false);
  });

  it("follows a redirect without sending the password to the other host", async () => {
    let authorization: string | undefined = "not asked";
    const other = await serve((request, response) => {
      authorization = request.headers.authorization;
      response.end(BODY);
    });
    const url = await serve((_, response) => response.writeHead(302, { location: other.href }).end());
    url.username = "user";
    url.password = "hunter2";
    expect(await downloadText(url, OPTIONS)).toBe(BODY);
    expect(authorization).toBeUndefined();
  });

  it.each([
    ["a loop", "/file"],
    ["a local file", "file:///etc/passwd"],
  ])("does not follow a redirect into %s", async (_, location) => {
    const url = await serve((_request, response) => response.writeHead(302, { location }).end());
    await expect(downloadText(url, OPTIONS)).rejects.toMatchObject({ code: "DOWNLOAD_FAILED" });
  });

  it("repeats no secret of the URL in its error", async () => {
    const url = new URL("http://user:hunter2@127.0.0.1:1/file?token=hunter2");
    const failure = downloadText(url, OPTIONS);
    await expect(failure).rejects.toMatchObject({ code: "DOWNLOAD_FAILED" });
    await expect(failure).rejects.not.toThrow("hunter2");
  });

  it("stops when the run is cancelled", async () => {
    const url = await serve(() => undefined);
    const signal = AbortSignal.timeout(20);
    await expect(downloadText(url, { ...OPTIONS, signal })).rejects.toMatchObject({ code: "CANCELLED" });
    for (const server of servers) server.closeAllConnections();
  });
});
