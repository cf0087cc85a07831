import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { renderGoHeader } from "../../src/image/go-tar.js";
import type { AuditedImage } from "../../src/image/image.js";
import { createSerialWorkers } from "../../src/image/make-layer.js";
import { packNix2containerImage } from "../../src/image/nix2container-image.js";
import { type Nix2containerImage, tryParseNix2container } from "../../src/image/nix2container-json.js";
import { compileGoRegex, openNix2containerLayer } from "../../src/image/nix2container-layer.js";
import type { StorePath } from "../../src/model/store-path.js";
import { createOddFiles } from "../odd-files.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { sha256, X86_64 } from "../unit/image/archive.js";

const HASH = "0123456789abcdfghijklmnpqrsvwxyz";
const STORE = "/nix/store";
/** Go's own packages. @see test/fixtures/nix2container/main.go */
const PROGRAM = resolve(".testbed/nix2container/nix2container");
const MAX_OUTPUT = 64 << 20;

let store: string;
beforeAll(() => {
  process.umask(0o022);
  store = makeTemporaryFolder("store");
  createOddFiles(pathOf("odd"), `${STORE}/${HASH}-odd`);
  for (const deep of [["d".repeat(80), "e".repeat(74)], ["d".repeat(120)], ["d".repeat(200), "ü"]]) {
    mkdirSync(join(pathOf("odd"), ...deep), { recursive: true });
    for (const length of [1, 100, 101]) writeFileSync(join(pathOf("odd"), ...deep, "f".repeat(length)), "");
  }
  writeFileSync(pathOf("file"), "a store path that is a file");
  symlinkSync("elsewhere", pathOf("link"));
  for (const name of ["server", "tools"]) mkdirSync(join(pathOf(name), "bin"), { recursive: true });
  mkdirSync(join(pathOf("tools"), "tmp/empty"), { recursive: true });
  writeFileSync(join(pathOf("server"), "bin/server"), X86_64);
  writeFileSync(join(pathOf("tools"), "bin/tool"), X86_64);
  for (const name of ["server", "tools"]) writeFileSync(join(pathOf(name), "bin/both"), "the same");
  chmodSync(join(pathOf("server"), "bin/server"), 0o555);
});
afterAll(removeTemporaryFolders);

function pathOf(name: string): string {
  return join(store, `${HASH}-${name}`);
}

function run(args: readonly string[], input: string | Buffer = ""): Buffer {
  return execFileSync(PROGRAM, args, { input, maxBuffer: MAX_OUTPUT });
}

/** What nix2container's options are for a path: it goes to the root of the image, as with `copyToRoot`. */
const toRoot = (name: string) => ({ regex: `^${pathOf(name)}`, repl: "" });
/** As it would be without options, if the store of this test were the real one. */
const unchanged = () => ({ regex: `^${store}`, repl: STORE });
const perm = (regex: string, changes: object) => ({
  ...{ regex, mode: "", uid: 0, gid: 0, uname: "", gname: "" },
  ...changes,
});

const IMAGE = {
  version: 1,
  "image-config": {
    Entrypoint: ["/bin/server"],
    Labels: { "org.example": '<a href="x">&\u2028\u2029\u007f\b\f\u0001' },
  },
  arch: "amd64",
  created: "0001-01-01T00:00:00Z",
};

/** The JSON of an image, with the digests that Go's packages give, and its store in this test's folder. */
function describeImage(layers: readonly object[], changes: object = {}): Buffer {
  const described = layers.map((layer) => ({ History: { created_by: "nix2container" }, ...layer }));
  return run(["describe"], JSON.stringify({ ...IMAGE, layers: described, ...changes }));
}

/** Parses a JSON as if the store of this test were the real one. */
async function parse(json: Buffer): Promise<Nix2containerImage> {
  const image = await tryParseNix2container(
    Buffer.from(json.toString().replaceAll(`${store}/`, `${STORE}/`)),
  );
  return JSON.parse(
    JSON.stringify(image).replaceAll(`${STORE}/${HASH}`, `${store}/${HASH}`),
  ) as Nix2containerImage;
}

async function pack(json: Buffer): Promise<AuditedImage> {
  const workFolder = makeTemporaryFolder("packed");
  const options = {
    auditAllow: [],
    workFolder,
    makeLayer: createSerialWorkers().makeLayer,
    sizes: new Map(),
  };
  return packNix2containerImage(
    pathOf("image.json") as StorePath,
    await parse(json),
    "x86_64-linux",
    options,
  );
}

function configOf({ image: { config } }: AuditedImage): string {
  return "bytes" in config.source ? Buffer.from(config.source.bytes).toString() : "";
}

/** The config that Go renders. */
function goConfig(json: Buffer): string {
  const file = join(makeTemporaryFolder("config"), "image.json");
  writeFileSync(file, json);
  return run(["config", file]).toString();
}

const PATHS = (...paths: readonly (readonly [name: string, options?: object])[]) => ({
  paths: paths.map(([name, options]) => ({ path: pathOf(name), ...(options !== undefined && { options }) })),
});

describe("the layers of nix2container", () => {
  const perms = () => [
    perm("", { uid: 1000, gid: 2 ** 21 + 5, uname: "ü", gname: "g".repeat(33) }),
    perm("/folder", { mode: "0700", uid: 1 }),
    perm("(a|link)$", { mode: "4777", gname: "wheel" }),
    perm("nothing", { mode: "0000" }),
  ];

  it.each<[string, () => readonly (readonly [name: string, options?: object])[]]>([
    ["store paths", () => [["server"], ["odd"], ["file"], ["link"]]],
    [
      "store paths below /nix/store",
      () => [
        ["odd", { rewrite: unchanged() }],
        ["link", { rewrite: unchanged() }],
      ],
    ],
    ["an empty layer", () => [["file", { rewrite: toRoot("file") }]]],
    ["what is copied to the root", () => [["odd", { rewrite: toRoot("odd") }]]],
    [
      "two paths with folders in common",
      () => ["server", "tools"].map((name) => [name, { rewrite: toRoot(name) }]),
    ],
    ["permissions", () => [["odd", { rewrite: unchanged(), perms: perms() }]]],
    [
      "permissions alone",
      () => [["tools", { rewrite: { regex: "", repl: "" }, perms: [perm(".*", { mode: "1777" })] }]],
    ],
    [
      "a rewriting that cuts a name off",
      () => [["tools", { rewrite: { regex: `^${pathOf("too")}`, repl: "" } }]],
    ],
  ])("are made as Go makes them: %s", async (_, paths) => {
    const json = describeImage([PATHS(...paths())]);
    const { layers } = await parse(json);
    const made = layers.flatMap(({ source }) =>
      source.kind === "nix2container"
        ? Array.from(openNix2containerLayer(source.paths).chunks, (chunk) => Buffer.from(chunk))
        : [],
    );
    const file = join(makeTemporaryFolder("layer"), "image.json");
    writeFileSync(file, json);
    expect(Buffer.concat(made).equals(run(["layer", file, "0"]))).toBe(true);
  });

  it("makes the image, with layers that are files, and the config that Go renders", async () => {
    const folder = pathOf("layers");
    mkdirSync(folder, { recursive: true });
    const tar = execFileSync("tar", ["-c", "--mtime=@1", "-C", pathOf("server"), "bin"]);
    const files = [
      ["tar", tar],
      ["tar+gzip", gzipSync(tar)],
      ["tar+zstd", zstdCompressSync(tar)],
    ] as const;
    const kept = files.map(([type, bytes]) => {
      writeFileSync(join(folder, type), bytes);
      return {
        ...{ digest: `sha256:${sha256(bytes)}`, diff_ids: `sha256:${sha256(tar)}`, size: 0, History: {} },
        ...{ mediatype: `application/vnd.oci.image.layer.v1.${type}`, "layer-path": join(folder, type) },
      };
    });
    const json = describeImage([...kept, PATHS(["server", { rewrite: toRoot("server") }])], {
      "image-config": {
        ...IMAGE["image-config"],
        ...{ User: "1:1", WorkingDir: "/", StopSignal: "SIGINT", Env: ["A=<b>"], Cmd: ["ü\u{1f600}"] },
        ...{ ExposedPorts: { "8080/tcp": {}, "80": {}, "9": {} }, Volumes: { "/x": {} }, ArgsEscaped: true },
        Labels: { "\u{1f600}": "", "\uffee": "", "10": "", "9": "", a: '"\\/' },
      },
      created: "2024-02-03T04:05:06.7+02:00",
    });
    const packed = await pack(json);
    expect(configOf(packed)).toBe(goConfig(json));
    expect(packed.image.layers.map(({ digest }) => digest)).toMatchObject([
      ...[expect.stringMatching(/^sha256:/), kept[1]?.digest, kept[2]?.digest],
      ...[expect.stringMatching(/^sha256:/)],
    ]);
    expect(packed.image.layers.map(({ mediaType }) => mediaType.replace(/.*\./, ""))).toEqual([
      ...["tar+gzip", "tar+gzip", "tar+zstd", "tar+gzip"],
    ]);
    expect(packed.audit.elfFiles).toBe(4);
  });

  // Of nix2container 20d3395 (2026-03), built with Go 1.26.8, for the same files in a folder @STORE@: two
  // calls of `layers-from-reproducible-storepaths` with --rewrites, --perms and --history, and one call of
  // `image`. The config is what its GetConfigBlob returns.
  it("makes what nix2container itself has recorded", async () => {
    const recorded = readFileSync("test/fixtures/nix2container/recorded/image.json", "utf8");
    const packed = await pack(Buffer.from(recorded.replaceAll("@STORE@", store)));
    expect(configOf(packed)).toBe(readFileSync("test/fixtures/nix2container/recorded/config.json", "utf8"));
  });

  it("is refused if a store path has changed since, with what to do", async () => {
    const json = describeImage([PATHS(["file"])]);
    const changed = Buffer.from(json.toString().replace(/"digest": "sha256:.{4}/, '"digest": "sha256:0000'));
    const other = Buffer.from(json.toString().replaceAll(/sha256:.{4}/g, "sha256:0000"));
    for (const wrong of [changed, other]) {
      await expect(pack(wrong)).rejects.toMatchObject({
        code: "IMAGE_INVALID",
        hint: expect.stringMatching(/not reproducible.*reproducible = false/) as unknown,
        cause: { message: expect.stringMatching(/layer 1 is sha256:.* instead of sha256:0000/) as unknown },
      });
    }
  });

  it("is refused if two store paths have different files for the same path", async () => {
    const paths = [
      ["file"],
      ["server", { rewrite: { regex: `^${pathOf("server")}`, repl: pathOf("file") } }],
    ] as const;
    const json = describeImage([PATHS(...paths)]);
    await expect(pack(json)).rejects.toMatchObject({
      code: "IMAGE_INVALID",
      cause: { message: expect.stringMatching(/-file" and ".*-server" differ, and both go to/) as unknown },
    });
  });
});

/** Texts of a tar in Latin-1, mostly near the sizes of fields. */
const length = fc.oneof(fc.nat(20), fc.nat(120), fc.constantFrom(31, 32, 33, 99, 100, 101, 155, 156, 255));
const part = fc
  .tuple(length, fc.constantFrom("a", "b", " ", "ü", "\xff", "~"))
  .map(([size, sign]) => `${"n".repeat(size)}${sign}`);
const linkName = fc
  .array(fc.oneof(part, fc.constant("")), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join("/"))
  .filter((text) => text !== "");
const number = (limit: number) => fc.oneof(fc.nat(0o7777), fc.integer({ min: 0, max: limit }));
const entry = fc.record({
  name: fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => `/${parts.join("/")}`),
  linkName,
  uname: part,
  gname: part,
  type: fc.constantFrom("file", "symlink", "folder"),
  mode: number(0o7777777),
  uid: number(2 ** 32 - 1),
  gid: number(2 ** 32 - 1),
  sizeBytes: fc.oneof(number(2 ** 40), fc.constantFrom(8 * 2 ** 30 - 1, 8 * 2 ** 30)),
});

it("writes headers as Go does", () => {
  const root = {
    name: "/",
    linkName: "",
    uname: "root",
    gname: "root",
    type: "folder",
    uid: 0,
    gid: 0,
  } as const;
  const entries = [
    { ...root, mode: 0o755, sizeBytes: 0 },
    ...fc.sample(entry, { numRuns: 5000, seed: 7 }).map((given) => ({
      ...given,
      linkName: given.type === "symlink" ? given.linkName : "",
      sizeBytes: given.type === "file" ? given.sizeBytes : 0,
    })),
  ];
  const toBase64 = (text: string) => Buffer.from(text, "latin1").toString("base64");
  const flags = { file: "0", symlink: "2", folder: "5" };
  const input = entries.map(({ name, linkName, uname, gname, type, ...numbers }) => ({
    ...numbers,
    ...{ name: toBase64(name), linkName: toBase64(linkName), uname: toBase64(uname), gname: toBase64(gname) },
    ...{ flag: flags[type], mtime: 1 },
  }));
  const expected = run(["headers"], JSON.stringify(input)).toString().trimEnd().split("\n");
  for (const [i, { uid, gid, uname, gname, ...file }] of entries.entries()) {
    const header = renderGoHeader(file, { mtime: 1, uid, gid, uname, gname });
    expect([entries[i], header.toString("hex")]).toEqual([entries[i], expected[i]]);
  }
  expect(expected).toHaveLength(5001);
});

describe("regular expressions", () => {
  const lines = [
    ...[
      "",
      "/nix/store/a",
      "/nix/store/a.b/bin",
      "/nix/store/ab/tmp/test1.txt",
      "/tmp",
      "a\rb",
      "\u2028",
      "ü",
      "É",
    ],
    ...["\xff", "x\xffy", "\xc3", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "/Nix/STORE", "/home/user/.ssh", "K"],
  ].map((line) =>
    /[\xc3\xff]/.test(line) && !/[É]/.test(line) ? Buffer.from(line, "latin1") : Buffer.from(line),
  );

  it.each([
    ...[
      "",
      ".*",
      "^/nix/store/a.b",
      "tmp/test[0-9]+\\.txt$",
      "^(/tmp|/home/user)($|/.*)",
      "^.$",
      "^..$",
      "[^a-z]",
    ],
    ...[
      "\\bstore\\b",
      "(?i)^/nix/store",
      "(?i)k",
      "\\pL$",
      "(a+)+$",
      "^\\Q/nix/store/a.b\\E",
      "x{0,3}a{2}",
      "\\x{fc}",
    ],
    ...["[[:alpha:]]+/[[:^digit:]]", "(?s).", "(?m)^b", "\\z", "a**", "\\d", "\\W"],
  ])("match as in Go: %s", (regex) => {
    const input = Buffer.concat(lines.flatMap((line) => [line, Buffer.from("\n")]));
    let expected: string[] | "refused";
    try {
      expected = execFileSync(PROGRAM, ["matches", regex], { input, stdio: "pipe" }).toString().split("\n");
    } catch {
      expected = "refused";
    }
    if (expected === "refused") expect(() => compileGoRegex(regex)).toThrow();
    else {
      const found = lines.map((line) => (compileGoRegex(regex).matcher(line).find() ? "1" : "0"));
      expect(found).toEqual(expected.slice(0, -1));
    }
  });
});
