import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { findSubstituter, parseCache } from "../../../src/binary-cache/file-cache.js";
import { parsePublicKey, parseSigningKey } from "../../../src/binary-cache/signing-key.js";

describe("parseCache", () => {
  it.each([
    ["file:///var/cache", "file:///var/cache"],
    ["file://cache", "file:///w/cache"],
    ["file://../cache", "file:///cache"],
  ])("reads %s", (text, uri) => {
    expect(parseCache(text, "/w").uri).toBe(uri);
  });

  it.each(["", "file://", "s3://bucket", "/var/cache", "file:///a?trusted=1", "file:///a b", "file:///a\nb"])(
    "refuses %j",
    (text) => {
      expect(() => parseCache(text, "/w")).toThrow(expect.objectContaining({ code: "INPUT_INVALID" }));
    },
  );
});

describe("findSubstituter", () => {
  it("reads a cache only where there is one, and without signatures only where no key is given", async () => {
    const folder = mkdtempSync(join(tmpdir(), "cache-"));
    const cache = parseCache(`file://${folder}`, "/");
    expect(await findSubstituter(cache, false)).toBeUndefined();
    writeFileSync(join(folder, "nix-cache-info"), "StoreDir: /nix/store\n");
    expect(await findSubstituter(cache, false)).toContain("trusted=1");
    expect(await findSubstituter(cache, true)).not.toContain("trusted");
    rmSync(folder, { recursive: true });
  });
});

describe("keys", () => {
  const secret = `key-1:${Buffer.alloc(64, 1).toString("base64")}`;
  const trusted = `key-1:${Buffer.alloc(32, 1).toString("base64")}`;

  it("are read by their length", () => {
    expect(parseSigningKey(`${secret}\n`)).toBe(secret);
    expect(parsePublicKey(trusted)).toBe(trusted);
  });

  it.each(["", "key-1", trusted, `${secret} x`, secret.slice(0, 40)])(
    "refuse %j as a secret key, without showing it",
    (text) => {
      expect(() => parseSigningKey(text)).toThrow(
        expect.objectContaining({
          code: "INPUT_INVALID",
          message: expect.not.stringContaining(secret.slice(10, 30)) as unknown,
        }),
      );
    },
  );

  it("refuse a secret key where a public one belongs", () => {
    expect(() => parsePublicKey(secret)).toThrow(expect.objectContaining({ code: "INPUT_INVALID" }));
  });
});
