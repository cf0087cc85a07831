import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { renderError } from "../../../src/errors/action-error.js";
import { FormError } from "../../../src/image/image-form.js";
import { tryParseNix2container } from "../../../src/image/nix2container-json.js";

const HASH = "0123456789abcdfghijklmnpqrsvwxyz";
const path = (name: string) => `/nix/store/${HASH}-${name}`;
const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
const TAR = "application/vnd.oci.image.layer.v1.tar";
const PERM = { regex: "/tmp$", mode: "01777", uid: 0, gid: 7, uname: "", gname: "ü" };
const REWRITE = { regex: `^${path("root")}`, repl: "" };
const MADE = {
  ...{ digest: DIGEST, size: 3072, diff_ids: DIGEST, mediatype: TAR, History: { created_by: "x" } },
  paths: [{ path: path("a") }, { path: path("root"), options: { rewrite: REWRITE, perms: [PERM] } }],
};
const KEPT = {
  ...{ digest: DIGEST, size: 0, diff_ids: DIGEST, mediatype: `${TAR}+gzip`, History: {} },
  "layer-path": `${path("base")}/layer.tar.gz`,
};
const IMAGE = {
  version: 1,
  "image-config": { Entrypoint: ["/bin/server"], Labels: { digest: "a label may have any name" } },
  layers: [KEPT, MADE],
  arch: "amd64",
  created: "0001-01-01T00:00:00Z",
};
const parse = (document: unknown) => tryParseNix2container(Buffer.from(JSON.stringify(document)));
const withLayer = (layer: object) => ({ ...IMAGE, layers: [layer] });
const withOptions = (options: object) => withLayer({ ...MADE, paths: [{ path: path("a"), options }] });
const withPerm = (perm: object) => withOptions({ rewrite: REWRITE, perms: [{ ...PERM, ...perm }] });

describe("tryParseNix2container", () => {
  it("reads the layers", async () => {
    const image = await parse(IMAGE);
    expect(image).toMatchObject({ architecture: "amd64", created: "0001-01-01T00:00:00Z" });
    const described = { digest: DIGEST, diffId: DIGEST };
    const file = { kind: "file", file: `${path("base")}/layer.tar.gz`, compression: "gzip", sizeBytes: 0 };
    const perm = { regex: "/tmp$", mode: 0o1777, uid: 0, gid: 7, uname: undefined, gname: "Ã¼" };
    const rewrite = { regex: `^${path("root")}`, replacement: "" };
    const paths = [
      { path: path("a"), rewrite: undefined, perms: [] },
      { path: path("root"), rewrite, perms: [perm] },
    ];
    expect(image?.layers).toEqual([
      { ...described, source: file, history: {} },
      {
        ...described,
        source: { kind: "nix2container", paths, sizeBytes: 3072 },
        history: { created_by: "x" },
      },
    ]);
  });

  it("takes the file of a layer that has store paths as well, since it is not reproducible", async () => {
    const image = await parse(withLayer({ ...MADE, "layer-path": `${path("layers.json")}/x.tar` }));
    expect(image?.layers[0]?.source).toMatchObject({ kind: "file", compression: undefined });
  });

  it.each(["", "{}", '{"manifests":[]}', "null", "{"])("is not for %j", async (text) => {
    expect(await tryParseNix2container(Buffer.from(text))).toBeUndefined();
  });

  const text = JSON.stringify(IMAGE);
  it.each<[string, unknown, RegExp]>([
    ["another version", { ...IMAGE, version: 2 }, /^.*: version/],
    ["a new key", { ...IMAGE, variant: "v8" }, /not know/],
    ["a key in capitals", { ...IMAGE, Layers: [] }, /not know/],
    ["an unknown setting", { ...IMAGE, "image-config": { Healthcheck: {} } }, /image-config/],
    ["no CPU", { ...IMAGE, arch: undefined }, /arch/],
    ["no layers", { ...IMAGE, layers: null }, /layers/],
    ["too many layers", { ...IMAGE, layers: Array(1001).fill(KEPT) }, /layers/],
    ["a time that Go writes otherwise", { ...IMAGE, created: "2024-01-01T00:00:00+00:00" }, /created/],
    ["a day that does not exist", { ...IMAGE, created: "2024-02-30T00:00:00Z" }, /created/],
    ["half a character", { ...IMAGE, "image-config": { User: "\ud800" } }, /image-config\.User/],
    ["another digest", withLayer({ ...MADE, diff_ids: `sha512:${"0".repeat(128)}` }), /layers\.0\.diff_ids/],
    ["another media type", withLayer({ ...KEPT, mediatype: "text/plain" }), /layers\.0\.mediatype/],
    ["neither paths nor a file", withLayer({ ...MADE, paths: undefined }), /layer 1 has neither/],
    ["paths for a compressed layer", withLayer({ ...MADE, mediatype: `${TAR}+gzip` }), /layer 1 has neither/],
    ...["/etc", "/nix/store", `${path("a")}/b`, `${path("a")}/../b`, "nix/store"].map(
      (outside): [string, unknown, RegExp] => [
        `the store path ${outside}`,
        withLayer({ ...MADE, paths: [{ path: outside }] }),
        /layers\.0\.paths\.0\.path/,
      ],
    ),
    ...["/etc/shadow", `${path("a")}/../../../etc/shadow`, `${path("a")}/./b`, `${path("a")}//b`, "a\0b"].map(
      (outside): [string, unknown, RegExp] => [
        `the file ${outside}`,
        withLayer({ ...KEPT, "layer-path": outside }),
        /layers\.0\.layer-path/,
      ],
    ),
    ["a replacement with a group", withOptions({ rewrite: { ...REWRITE, repl: "/$1" } }), /rewrite\.repl/],
    ["a relative replacement", withOptions({ rewrite: { ...REWRITE, repl: "a" } }), /rewrite\.repl/],
    [
      "a regex that may match often",
      withOptions({ rewrite: { regex: "a", repl: "" } }),
      /expression "a" for/,
    ],
    [
      "an anchor that may be missing",
      withOptions({ rewrite: { regex: "^?a", repl: "" } }),
      /expression "\^\?a"/,
    ],
    ["two regexes", withOptions({ rewrite: { regex: "^a|b", repl: "" } }), /expression "\^a\|b" for/],
    ["a regex that Go does not know", withPerm({ regex: "(?<=a)b" }), /expression "\(\?<=a\)b" for/],
    ["a huge regex", withPerm({ regex: "((a{100}){100}){100}" }), /expression "\(\(a/],
    ["a mode that is not octal", withPerm({ mode: "0o755" }), /perms\.0\.mode/],
    ["a mode that is too large", withPerm({ mode: "77777777" }), /perms\.0\.mode/],
    ["a negative owner", withPerm({ uid: -1 }), /perms\.0\.uid/],
    ["an owner with NUL", withPerm({ uname: "a\0" }), /perms\.0\.uname/],
  ])("refuses %s, and says what to do", async (_, document, message) => {
    const error: unknown = await parse(document).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FormError);
    expect(error).toMatchObject({ hint: expect.stringMatching(/copyTo -- oci:FOLDER$/) as unknown });
    expect(renderError(error)).toMatch(message);
  });

  it("refuses a key that occurs twice, and bytes that are not UTF-8", async () => {
    for (const wrong of [text.replace("{", '{"version":1,'), text.replace("server", "\xff")])
      await expect(tryParseNix2container(Buffer.from(wrong, "latin1"))).rejects.toThrow(FormError);
  });

  it("reads or refuses any other document", async () => {
    const isValue = /"(?:[^"\\]|\\.)*"(?!:)|(?<=:)[0-9]+/g;
    const places = [...text.matchAll(isValue)].map(({ index, 0: { length } }) => [index, length] as const);
    const change = fc.tuple(fc.constantFrom(...places), fc.oneof(fc.json(), fc.json({ maxDepth: 0 })));
    await fc.assert(
      fc.asyncProperty(change, async ([[at, length], value]) => {
        const changed = text.slice(0, at) + value + text.slice(at + length);
        const error: unknown = await tryParseNix2container(Buffer.from(changed)).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error === undefined || error instanceof FormError).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
