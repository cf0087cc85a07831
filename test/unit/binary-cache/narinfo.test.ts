import { describe, expect, it } from "@jest/globals";

import { nameNarInfo, type NarFile, renderNarInfo } from "../../../src/binary-cache/narinfo.js";
import type { PathInfo } from "../../../src/model/path-info.js";

const INFO: PathInfo = {
  path: "/nix/store/7m50400aq2yb7ngffrd9c8zlyjfb8d22-t",
  deriver: "/nix/store/g4ccvhsb9m33i3a35jl7wml2zx49zc9n-t.drv",
  narHash: "0".repeat(64),
  narBytes: 168,
  references: ["/nix/store/psfcckwhbzj6xincr5ydak4wakyb3fsh-hello"],
  signatures: [],
  contentAddress: "",
};
const FILE: NarFile = { name: "nar/0sz4.nar.zst", compression: "zstd", hash: undefined, sizeBytes: 130 };
const TEXT = `StorePath: ${INFO.path}
URL: nar/0sz4.nar.zst
Compression: zstd
FileSize: 130
NarHash: sha256:${"0".repeat(52)}
NarSize: 168
References: psfcckwhbzj6xincr5ydak4wakyb3fsh-hello
Deriver: g4ccvhsb9m33i3a35jl7wml2zx49zc9n-t.drv
`;

describe("a narinfo", () => {
  it("has what Nix reads", () => {
    expect(renderNarInfo(INFO, FILE, [])).toBe(TEXT);
    expect(renderNarInfo(INFO, FILE, ["key:AAAA"])).toBe(`${TEXT}Sig: key:AAAA\n`);
    expect(renderNarInfo(INFO, { ...FILE, hash: Buffer.alloc(32) }, [])).toContain("FileHash: sha256:000");
  });

  it("leaves out what a builder says about a path that is not valid", () => {
    const strange = { ...INFO, deriver: "/nix/store/x\nSig: a:b", contentAddress: "fixed\nSig: a:b" };
    const text = renderNarInfo(strange, FILE, ["key:AAAA\nURL: nar/evil.nar", "nothing"]);
    expect(text).toBe(TEXT.replace(/Deriver: .*\n/, ""));
  });

  it("is named after the hash of its path", () => {
    expect(nameNarInfo(INFO.path)).toBe("7m50400aq2yb7ngffrd9c8zlyjfb8d22.narinfo");
  });
});
