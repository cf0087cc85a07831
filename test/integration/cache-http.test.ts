import { afterAll, afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import type { CacheFiles } from "../../src/binary-cache/cache-files.js";
import { openHttpFiles } from "../../src/binary-cache/http-files.js";
import { NarWriter } from "../../src/binary-cache/nar-writer.js";
import { renderError } from "../../src/errors/action-error.js";
import { CacheServer } from "../cache-server.js";
import { createHttpEffects } from "../http.js";
import { startNginx } from "../nginx.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";

afterAll(() => {
  removeTemporaryFolders();
});

const BODY = Buffer.from("content");
const PATH = "/nix/store/0c2mwsrjc3j3hqv63yqwi3hwjjzx2r0n-app";

const open = (uri: string, login?: { readonly username: string; readonly password: string }) =>
  openHttpFiles({ uri, login }, { ...createHttpEffects(), retryDelayMs: 1 });

describe("the files of a cache on nginx", () => {
  it("are found, read and replaced", async () => {
    const folder = makeTemporaryFolder("nginx");
    const nginx = await startNginx(folder);
    try {
      const files = open(`${nginx.url}/team`);
      expect(await files.has("nar/a.nar.zst")).toBe(false);
      expect(await files.read("nix-cache-info")).toBeUndefined();
      await files.write("nar/a.nar.zst", BODY);
      await files.write("nar/a.nar.zst", Buffer.from("other"));
      expect(await files.has("nar/a.nar.zst")).toBe(true);
      expect(await files.read("nar/a.nar.zst")).toBe("other");
    } finally {
      await nginx.stop();
    }
  }, 60_000);
});

describe("the files of a cache on a server", () => {
  let server: CacheServer;
  let uri: string;
  let files: CacheFiles;
  beforeEach(async () => {
    server = new CacheServer({ username: "me", password: "hunter2" });
    uri = `http://${await server.start()}/team`;
    files = open(uri, { username: "me", password: "hunter2" });
  });
  afterEach(() => {
    server.stop();
  });

  it.each([429, 500, 502, 503])("are sent again after the status %d", async (status) => {
    let failures = 2;
    server.misbehave = (request, response) => {
      if (failures-- <= 0) return false;
      request.resume();
      response.writeHead(status, { "retry-after": "0" }).end();
      return true;
    };
    await files.write("a", BODY);
    expect(server.files.get("/team/a")).toEqual(BODY);
    expect(server.count("PUT")).toBe(3);
  });

  it("are sent again after a broken connection", async () => {
    let failures = 1;
    server.misbehave = (request) => {
      if (failures-- <= 0) return false;
      request.socket.destroy();
      return true;
    };
    await files.write("a", BODY);
    expect(server.files.get("/team/a")).toEqual(BODY);
  });

  it("are missing where S3 answers 403, as Nix reads it", async () => {
    server.misbehave = (_, response) => {
      response.writeHead(403).end();
      return true;
    };
    expect(await files.has("a")).toBe(false);
    await expect(files.write("a", BODY)).rejects.toMatchObject({ status: 403 });
  });

  it("are not sent to another origin", async () => {
    const other = new CacheServer();
    const host = await other.start();
    server.misbehave = (request, response) => {
      request.resume();
      response.writeHead(307, { location: `http://${host}/a` }).end();
      return true;
    };
    await expect(files.write("a", BODY)).rejects.toThrow();
    expect(other.requests).toEqual([]);
    other.stop();
  });

  it("are abandoned when the cache is closed", async () => {
    const asked = new Promise<void>((resolve) => {
      server.misbehave = () => {
        resolve();
        return true;
      };
    });
    const writing = files.write("a", BODY);
    await asked;
    files.close();
    await expect(writing).rejects.toThrow("the cache was closed");
  });

  it("need the right password, and the error says so without it", async () => {
    const wrong = open(uri, { username: "me", password: "wrong-password" });
    const writer = new NarWriter({ files: wrong, sign: undefined, spoolFolder: "/nonexistent" });
    const error: unknown = await writer.findPresent([PATH]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "CACHE_FAILED",
      message: `could not push to the binary cache ${uri}`,
      hint: "The server rejected the user or the password.",
    });
    expect(renderError(error)).not.toContain("wrong-password");
  });
});
