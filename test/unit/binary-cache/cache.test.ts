import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { chooseCaches, findSubstituter, parseCache } from "../../../src/binary-cache/binary-cache.js";
import { findNetrcLogin, renderNetrc } from "../../../src/binary-cache/http.js";
import { parsePublicKey, parseSigningKey } from "../../../src/binary-cache/signing-key.js";

describe("parseCache", () => {
  it.each([
    ["file:///var/cache", "file:///var/cache"],
    ["file://cache", "file:///w/cache"],
    ["file://../cache", "file:///cache"],
    ["https://cache.example.org/team/", "https://cache.example.org/team"],
    ["https://u:p@cache.example.org", "https://cache.example.org"],
    ["http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x"],
    ["http://u:p@127.0.0.1/x", "http://127.0.0.1/x"],
    ["https://u:p@cache.example.org:443/x", "https://cache.example.org/x"],
    ["http://cache.example.org", "http://cache.example.org"],
    ["github", "github"],
  ])("reads %s", (text, uri) => {
    expect(parseCache(text, "/w").uri).toBe(uri);
  });

  it.each(["", "file://", "s3://bucket", "/var/cache", "file:///a?trusted=1", "file:///a b", "file:///a\nb"])(
    "rejects %j",
    (text) => {
      expect(() => parseCache(text, "/w")).toThrow(expect.objectContaining({ code: "INPUT_INVALID" }));
    },
  );
});

describe("the caches of a run", () => {
  it.each([
    [undefined, true, ["github"]],
    [undefined, false, []],
    ["none", true, []],
    ["file:///x", true, ["file:///x"]],
    ["github", false, ["github"]],
    ["\n file:///x \n\ngithub\n", false, ["file:///x", "github"]],
  ])("for the input %j, with GitHub's cache offered (%j), are %j", (text, isOffered, uris) => {
    expect(chooseCaches(text, "/w", isOffered).map(({ cache }) => cache.uri)).toEqual(uris);
  });

  it.each([
    ["file:///x", true, true],
    ["file:///x?push=false", true, false],
    ["https://me:secret@cache.example.org/x?pull=false", false, true],
    ["github?pull=true&push=false", true, false],
  ])("%s: pulled %j, pushed %j", (text, isPulled, isPushed) => {
    expect(chooseCaches(text, "/w", true)).toMatchObject([{ isPulled, isPushed }]);
  });

  it.each(["file:///x\nfile:///x", "none\ngithub", "github?push=no", "github?trusted=1", "file:///x?push"])(
    "rejects %j",
    (text) => {
      expect(() => chooseCaches(text, "/w", true)).toThrow(
        expect.objectContaining({ code: "INPUT_INVALID" }),
      );
    },
  );
});

describe("the login for a host in a netrc file", () => {
  it.each([
    ["machine cache.example.org login me password secret", "me", "secret"],
    [
      "machine other login x password y\nmachine cache.example.org\n login me\n password secret\n",
      "me",
      "secret",
    ],
    ["machine other login x password y default login me password secret", "me", "secret"],
    [
      "machine cache.example.org login me password secret machine cache.example.org login b password c",
      "me",
      "secret",
    ],
  ])("in %j", (text, username, password) => {
    expect(findNetrcLogin(text, "cache.example.org")).toEqual({ username, password });
  });

  it.each(["", "machine other login x password y", "machine"])("is not in %j", (text) => {
    expect(findNetrcLogin(text, "cache.example.org")).toBeUndefined();
  });
});

describe("an HTTP cache", () => {
  it("has a URI without user and password", () => {
    const cache = parseCache("https://me:p%40ss@cache.example.org/x", "/");
    expect(cache).toEqual({
      kind: "http",
      uri: "https://cache.example.org/x",
      login: { host: "cache.example.org", username: "me", password: "p@ss" },
    });
    expect(cache.kind === "http" && cache.login && renderNetrc(cache.login)).toBe(
      "machine cache.example.org login me password p@ss\n",
    );
  });

  it("is found by netrc at an IPv6 address", () => {
    expect(parseCache("http://me:pw@[::1]/x", "/")).toMatchObject({
      uri: "http://[::1]/x",
      login: { host: "::1" },
    });
  });

  it.each([
    "http://u:hunter2@cache.example.org",
    "https://u:hunter2@cache.example.org/?trusted=1",
    "https://u:hunter2%20x@cache.example.org",
    "https://u:hunter2@cache.example.org:99999",
    "https://u:hunter2@cache.example.org:8443",
    "http://u:hunter2@127.0.0.1:8080",
    "ftp://u:hunter2@cache.example.org",
  ])("rejects %s without showing the password", (text) => {
    expect(() => parseCache(text, "/")).toThrow(
      expect.objectContaining({
        code: "INPUT_INVALID",
        message: expect.not.stringContaining("hunter2") as unknown,
      }),
    );
  });
});

it("says why a cache with a password must not have a port", () => {
  expect(() => parseCache("https://u:hunter2@cache.example.org:8443/x", "/")).toThrow(
    expect.objectContaining({
      message: "input cache: https://cache.example.org:8443/x cannot be used",
      hint: expect.stringContaining("so every port of cache.example.org could receive it") as unknown,
    }),
  );
});

describe("findSubstituter", () => {
  it("reads a folder only if it is a cache, and without signatures only if no key is given", async () => {
    const folder = mkdtempSync(join(tmpdir(), "cache-"));
    const cache = parseCache(`file://${folder}`, "/");
    expect(await findSubstituter(cache, false)).toBeUndefined();
    writeFileSync(join(folder, "nix-cache-info"), "StoreDir: /nix/store\n");
    expect(await findSubstituter(cache, false)).toContain("trusted=1");
    expect(await findSubstituter(cache, true)).not.toContain("trusted");
    rmSync(folder, { recursive: true });
  });
});

describe("parseSigningKey and parsePublicKey", () => {
  const secret = `key-1:${Buffer.alloc(64, 1).toString("base64")}`;
  const trusted = `key-1:${Buffer.alloc(32, 1).toString("base64")}`;

  it("read keys of the right length", () => {
    expect(parseSigningKey(`${secret}\n`)).toBe(secret);
    expect(parsePublicKey(trusted)).toBe(trusted);
  });

  it.each(["", "key-1", trusted, `${secret} x`, secret.slice(0, 40)])(
    "reject %j as a secret key, without showing it",
    (text) => {
      expect(() => parseSigningKey(text)).toThrow(
        expect.objectContaining({
          code: "INPUT_INVALID",
          message: expect.not.stringContaining(secret.slice(10, 30)) as unknown,
        }),
      );
    },
  );

  it("reject a secret key in place of a public one", () => {
    expect(() => parsePublicKey(secret)).toThrow(expect.objectContaining({ code: "INPUT_INVALID" }));
  });
});
