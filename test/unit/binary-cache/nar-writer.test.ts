import { createHash, createPublicKey, verify } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";

import { afterAll, describe, expect, it } from "@jest/globals";

import type { StoredPath } from "../../../src/binary-cache/cache-writer.js";
import { openFolderFiles } from "../../../src/binary-cache/folder-files.js";
import { NarWriter } from "../../../src/binary-cache/nar-writer.js";
import { renderFingerprint } from "../../../src/binary-cache/narinfo.js";
import { createSigner } from "../../../src/binary-cache/signing-key.js";
import type { PathInfo } from "../../../src/model/path-info.js";

const folder = mkdtempSync(join(tmpdir(), "cross-build-test-nar-writer-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const HASH = "0c2mwsrjc3j3hqv63yqwi3hwjjzx2r0n";
const PATH = `/nix/store/${HASH}-app` as const;

function store(nar: Buffer, change: Partial<PathInfo> = {}): StoredPath {
  const info: PathInfo = {
    ...{ path: PATH, deriver: `${PATH}.drv`, narBytes: nar.length, references: [PATH] },
    narHash: createHash("sha256").update(nar).digest("hex"),
    ...{ signatures: [], contentAddress: "" },
    ...change,
  };
  const openNar = async function* () {
    for (let at = 0; at < nar.length; at += 65_536)
      yield await Promise.resolve(nar.subarray(at, at + 65_536));
  };
  return { info, openNar };
}

let caches = 0;
function open(secret?: string) {
  const cache = join(folder, `cache-${++caches}`);
  const spoolFolder = join(folder, `spool-${caches}`);
  const files = openFolderFiles({ uri: `file://${cache}`, folder: cache });
  const sign = secret === undefined ? undefined : createSigner(secret);
  return { cache, spoolFolder, writer: new NarWriter({ files, sign, spoolFolder }) };
}

const readInfo = (cache: string) => readFileSync(join(cache, `${HASH}.narinfo`), "utf8");

describe("a writer of Nix's format", () => {
  it.each([
    ["a small NAR", 1_000],
    ["a NAR that is compressed into a file", 3 << 20],
  ])("writes %s, and the narinfo that describes it", async (_, bytes) => {
    const nar = Buffer.alloc(bytes, "the same again ");
    const { cache, writer, spoolFolder } = open();
    expect(await writer.findPresent([PATH])).toEqual(new Set());
    const { bytes: sent } = await writer.send(store(nar));
    const info = new Map(
      readInfo(cache)
        .split("\n")
        .map((line) => line.split(": ") as [string, string]),
    );
    expect(Object.fromEntries(info)).toMatchObject({
      StorePath: PATH,
      FileSize: String(sent),
      Deriver: `${HASH}-app.drv`,
    });
    expect(zstdDecompressSync(readFileSync(join(cache, info.get("URL") ?? ""))).equals(nar)).toBe(true);
    expect(await writer.findPresent([PATH])).toEqual(new Set([PATH]));
    expect(readFileSync(join(cache, "nix-cache-info"), "utf8")).toContain("StoreDir: /nix/store\n");
    const left = [spoolFolder, join(cache, "nar")].flatMap((name) => {
      try {
        return readdirSync(name);
      } catch {
        return [];
      }
    });
    expect(left).toHaveLength(1);
  });

  it("signs what a path consists of, with a signature that its public key verifies", async () => {
    const { cache, writer } = open(readFileSync("test/fixtures/cache-key/secret", "utf8").trim());
    const stored = store(Buffer.from("nar"), { signatures: ["other-1:AAAA"] });
    await writer.send(stored);
    const [name = "", base64 = ""] = readFileSync("test/fixtures/cache-key/public", "utf8").trim().split(":");
    const signatures = [...readInfo(cache).matchAll(/^Sig: (.*):(.*)$/gm)].map(([, key, text]) => [
      key,
      text,
    ]);
    expect(signatures.map(([key]) => key)).toEqual(["other-1", name]);
    const key = createPublicKey({
      key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(base64, "base64").toString("base64url") },
      format: "jwk",
    });
    const signed = Buffer.from(renderFingerprint(stored.info));
    expect(verify(null, signed, key, Buffer.from(signatures[1]?.[1] ?? "", "base64"))).toBe(true);
  });

  it.each([
    ["another hash", { narHash: "0".repeat(64) }],
    ["another size", { narBytes: 1 }],
    ["another size, in a file", { narBytes: 2 << 20 }],
  ])("lists no path whose NAR has %s than its store recorded", async (_, change) => {
    const { cache, writer } = open();
    await expect(writer.send(store(Buffer.from("tampered"), change))).rejects.toMatchObject({
      code: "CACHE_FAILED",
      message: `the content of ${PATH} is not what its store recorded`,
    });
    expect(readdirSync(cache)).toEqual(["nix-cache-info"]);
  });

  it("leaves out what a builder says about a path that would make its narinfo invalid", async () => {
    const { cache, writer } = open();
    const signatures = ["key:AAAA\nStorePath: /nix/store/evil", "no signature"];
    await writer.send(store(Buffer.from("nar"), { deriver: "evil", contentAddress: "x\ny", signatures }));
    expect(readInfo(cache)).not.toContain("Deriver");
    expect(readInfo(cache)).not.toContain("evil");
  });

  it("refuses a cache that is for another store", async () => {
    const { cache, writer } = open();
    const files = openFolderFiles({ uri: "", folder: cache });
    await files.write("nix-cache-info", Buffer.from("StoreDir: /gnu/store\n"));
    await expect(writer.findPresent([PATH])).rejects.toMatchObject({ code: "CACHE_FAILED" });
  });

  it("says what to do about a folder that cannot be written", async () => {
    const files = openFolderFiles({ uri: "file:///etc/passwd/x", folder: "/etc/passwd/x" });
    const writer = new NarWriter({ files, sign: undefined, spoolFolder: folder });
    await expect(writer.send(store(Buffer.from("nar")))).rejects.toMatchObject({
      code: "CACHE_FAILED",
      message: "could not push to the binary cache file:///etc/passwd/x",
    });
  });
});
