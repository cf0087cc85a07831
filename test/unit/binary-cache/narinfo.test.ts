import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { nameNarInfo, tryParseNarInfo, renderPlaceholder } from "../../../src/binary-cache/narinfo.js";

const HASH = "7m50400aq2yb7ngffrd9c8zlyjfb8d22";
// Written by Nix 2.26.3: nix copy --to file://DIR?compression=zstd
const FIELDS = {
  StorePath: `/nix/store/${HASH}-t`,
  URL: "nar/0sz4pfs4di5g6ljlzy8ld8ykj45kdqz06psl9n1xdjcvnkb1h9hp.nar.zst",
  Compression: "zstd",
  FileHash: "sha256:0sz4pfs4di5g6ljlzy8ld8ykj45kdqz06psl9n1xdjcvnkb1h9hp",
  FileSize: "130",
  NarHash: "sha256:0264qj7lha73qyl5v08fb55fzhdz72h55x4cb8m0nvp926lv1qds",
  NarSize: "168",
  References: "psfcckwhbzj6xincr5ydak4wakyb3fsh-hello",
  Deriver: "g4ccvhsb9m33i3a35jl7wml2zx49zc9n-t.drv",
};

function render(fields: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(fields)
    .map(([name, value]) => (value === undefined ? "" : `${name}: ${value}\n`))
    .join("");
}

describe("tryParseNarInfo", () => {
  it("reads what Nix writes", () => {
    expect(tryParseNarInfo(render(FIELDS), HASH)).toEqual({
      storePath: FIELDS.StorePath,
      file: FIELDS.URL,
      fileSizeBytes: 130,
      deriver: FIELDS.Deriver,
    });
  });

  it("reads a narinfo without references and deriver, but with signatures", () => {
    const signature = `key-1:${"A".repeat(86)}==`;
    const text = render({ ...FIELDS, References: "", Deriver: undefined, Sig: signature });
    expect(tryParseNarInfo(`${text}Sig: ${signature}\n`, HASH)).toMatchObject({ deriver: undefined });
  });

  it.each([
    { StorePath: "/nix/store/x" },
    { StorePath: "/nix/store/psfcckwhbzj6xincr5ydak4wakyb3fsh-hello" },
    { URL: "nar/../../../../etc/shadow" },
    { URL: "https://example.org/x.nar" },
    { URL: undefined },
    { FileSize: "-1" },
    { FileSize: "0x10" },
    { NarSize: "0" },
    { NarHash: "sha256:zz" },
    { NarHash: undefined },
    { References: "../x" },
    { Deriver: "x" },
    { Compression: "rot13" },
    { CA: "nonsense" },
    { Sig: "no colon" },
  ])("rejects a narinfo with %j", (fields) => {
    expect(tryParseNarInfo(render({ ...FIELDS, ...fields }), HASH)).toBeUndefined();
  });

  it("rejects a truncated narinfo", () => {
    const text = render(FIELDS);
    for (let length = 0; length < text.indexOf("References"); length++) {
      expect(tryParseNarInfo(text.slice(0, length), HASH)).toBeUndefined();
    }
  });

  it("never throws", () => {
    // fast-check's unit "binary" takes more than a second to set up.
    const unit = fc.nat(0x10_ff_ff).map((point) => String.fromCodePoint(point));
    fc.assert(
      fc.property(fc.string({ unit }), fc.string(), (text, hash) => {
        expect(tryParseNarInfo(text, hash)).toBeUndefined();
      }),
    );
  });
});

it("a placeholder is not read as a narinfo, because it has no file", () => {
  const path = "/nix/store/psfcckwhbzj6xincr5ydak4wakyb3fsh-hello";
  expect(nameNarInfo(path)).toBe("psfcckwhbzj6xincr5ydak4wakyb3fsh.narinfo");
  expect(tryParseNarInfo(renderPlaceholder(path), "psfcckwhbzj6xincr5ydak4wakyb3fsh")).toBeUndefined();
});
