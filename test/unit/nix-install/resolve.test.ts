import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { DEFAULT_NIX_VERSION } from "../../../src/action/inputs.js";
import { ActionError } from "../../../src/errors/action-error.js";
import { digestOfHex } from "../../../src/model/digest.js";
import { DIGESTS, findReleaseDigest } from "../../../src/nix-install/release-digests.js";
import {
  parseNixVersion,
  parsePublishedDigest,
  parseSha256,
  resolveRelease,
  type NixRequest,
} from "../../../src/nix-install/resolve.js";

const HEX = "ed0ee383771794af3a44d0c95f488900d04b180545f4d1611bce788f5447c319";
/** A version that is not in the table of digests. */
const UNKNOWN = "2.35.0pre20260822_88b09c6";
const SRI = `sha256-${Buffer.from(HEX, "hex").toString("base64")}`;

function request(changes: Partial<NixRequest>): NixRequest {
  return {
    source: "release",
    version: "2.34.8",
    url: undefined,
    sha256: undefined,
    system: "x86_64-linux",
    ...changes,
  };
}

function codeOf(action: () => unknown): string {
  try {
    action();
    return "none";
  } catch (error) {
    return error instanceof ActionError ? error.code : "not an ActionError";
  }
}

describe("resolveRelease", () => {
  it("uses the official release and its published digest by default", () => {
    const release = resolveRelease(request({ version: UNKNOWN }));
    const url = `https://releases.nixos.org/nix/nix-${UNKNOWN}/nix-${UNKNOWN}-x86_64-linux.tar.xz`;
    expect(release.url.href).toBe(url);
    expect(release.digest).toEqual({ kind: "published", url: new URL(`${url}.sha256`) });
  });

  it.each([undefined, "https://mirror.example/nix", "http://mirror.example/nix", "file:///srv/nix"])(
    "verifies a release in the table against the table's digest (nix-url: %s)",
    (url) => {
      const digest = findReleaseDigest("2.34.8", "x86_64-linux");
      expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(resolveRelease(request({ url })).digest).toEqual({ kind: "table", digest });
      expect(resolveRelease(request({ url, sha256: HEX })).digest).toMatchObject({ kind: "given" });
    },
  );

  it("verifies a tarball with another name against its published digest, whatever nix-version says", () => {
    const release = resolveRelease(request({ url: "https://mirror.example/own.tar.xz" }));
    expect(release.digest).toMatchObject({ kind: "published" });
  });

  it.each([
    ["https://mirror.example/nix", "https://mirror.example/nix/nix-2.34.8-x86_64-linux.tar.xz"],
    ["https://mirror.example/nix/", "https://mirror.example/nix/nix-2.34.8-x86_64-linux.tar.xz"],
    ["https://mirror.example", "https://mirror.example/nix-2.34.8-x86_64-linux.tar.xz"],
    ["https://mirror.example/a?key=1", "https://mirror.example/a/nix-2.34.8-x86_64-linux.tar.xz?key=1"],
    ["http://127.0.0.1:8080/n", "http://127.0.0.1:8080/n/nix-2.34.8-x86_64-linux.tar.xz"],
    ["file:///srv/nix", "file:///srv/nix/nix-2.34.8-x86_64-linux.tar.xz"],
    ["https://mirror.example/any.tar.zst", "https://mirror.example/any.tar.zst"],
    ["https://mirror.example/any.tar.gz?key=1", "https://mirror.example/any.tar.gz?key=1"],
  ])("reads %s as a mirror's folder or a tarball", (url, expected) => {
    expect(resolveRelease(request({ url, sha256: HEX })).url.href).toBe(expected);
  });

  it("uses only nix-sha256 if it is set", () => {
    expect(resolveRelease(request({ sha256: SRI })).digest).toEqual({
      kind: "given",
      digest: digestOfHex(HEX),
    });
  });

  it.each(["http://127.0.0.1/nix", "http://mirror.example/nix.tar.xz", "file:///srv/nix"])(
    "rejects %s without a digest",
    (url) => {
      expect(codeOf(() => resolveRelease(request({ url, version: UNKNOWN })))).toBe("INPUT_INVALID");
    },
  );

  it.each(["mirror.example", "ftp://mirror.example/nix", "/srv/nix", "data:,x"])(
    "rejects %s as a URL",
    (url) => {
      expect(codeOf(() => resolveRelease(request({ url, sha256: HEX })))).toBe("INPUT_INVALID");
    },
  );

  it("does not show a rejected URL, which may contain a password", () => {
    expect(() => resolveRelease(request({ url: "ftp://user:hunter2@mirror.example" }))).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("hunter2") }),
    );
  });
});

describe("parseNixVersion", () => {
  it.each(["2.34.8", "2.18", "2.35.0pre20260822_88b09c6"])("reads %s", (text) => {
    expect(parseNixVersion(text)).toBe(text);
  });

  it.each(["", "latest", "v2.34.8", "2", "2.34.8/../..", "2.34.8 ", "2.34.8-x", "2.34.8.1"])(
    "rejects %j",
    (text) => {
      expect(codeOf(() => parseNixVersion(text))).toBe("INPUT_INVALID");
    },
  );

  it("accepts only a safe path component, and rejects everything else with a code", () => {
    const texts = fc.oneof(fc.string(), fc.stringMatching(/^[0-9]{1,2}\.[0-9.pre_/-]{0,9}$/));
    fc.assert(
      fc.property(texts, (text) => {
        const code = codeOf(() => parseNixVersion(text));
        expect(code).toBe(code === "none" && /^[0-9a-z._]+$/.test(text) ? "none" : "INPUT_INVALID");
      }),
    );
  });
});

describe("parseSha256", () => {
  it.each([HEX, HEX.toUpperCase(), `sha256:${HEX}`, SRI, ` ${HEX}\n`])("reads %s", (text) => {
    expect(parseSha256(text)).toBe(digestOfHex(HEX));
  });

  it("reads back every digest in both notations", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const hex = Buffer.from(bytes).toString("hex");
        expect(parseSha256(hex)).toBe(digestOfHex(hex));
        expect(parseSha256(`sha256-${Buffer.from(bytes).toString("base64")}`)).toBe(digestOfHex(hex));
      }),
    );
  });

  it("rejects anything else with a code", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/[0-9a-fA-F]{64}|sha256-/.test(text));
        expect(codeOf(() => parseSha256(text))).toBe("INPUT_INVALID");
      }),
    );
  });
});

describe("parsePublishedDigest", () => {
  it.each([HEX, `${HEX}\n`, `${HEX}  nix-2.34.8-x86_64-linux.tar.xz\n`])("reads %j", (text) => {
    expect(parsePublishedDigest(text)).toBe(digestOfHex(HEX));
  });

  it.each(["", "<html>404</html>", `${HEX}0`, HEX.slice(1)])("rejects %j", (text) => {
    expect(codeOf(() => parsePublishedDigest(text))).toBe("DOWNLOAD_FAILED");
  });
});

describe("the table of digests", () => {
  it("has complete digests of complete versions, each only once", () => {
    const digests = Object.entries(DIGESTS).flatMap(([version, rows]) => {
      expect(parseNixVersion(version)).toBe(version);
      return Object.entries(rows);
    });
    for (const [system, digest] of digests) {
      expect(system).toMatch(/^(?:x86_64|aarch64)-(?:linux|darwin)$/);
      expect(digest).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(new Set(digests.map(([, digest]) => digest)).size).toBe(digests.length);
  });

  it("has the default version for GitHub's standard runners", () => {
    expect(findReleaseDigest(DEFAULT_NIX_VERSION, "x86_64-linux")).toBeDefined();
  });

  it("finds nothing for an unknown version, or for a property that every JavaScript object has", () => {
    expect(findReleaseDigest(UNKNOWN, "x86_64-linux")).toBeUndefined();
    expect(findReleaseDigest("constructor", "x86_64-linux")).toBeUndefined();
  });
});
