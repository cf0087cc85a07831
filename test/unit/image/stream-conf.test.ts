import { describe, expect, it } from "@jest/globals";

import {
  parseStreamConf,
  parseStreamProgram,
  readStreamedImage,
  UnknownStreamError,
} from "../../../src/image/stream-conf.js";
import type { StorePath } from "../../../src/model/store-path.js";

const HASH = "0123456789abcdfghijklmnpqrsvwxyz";
const path = (name: string) => `/nix/store/${HASH}-${name}` as const;
const SHEBANG = `#! ${path("python3-3.12.8")}/bin/python3.12\n`;
const BODY =
  "import tarfile; ti.mode = 0o0755; REGTYPE; is_symlink; store_layers, customisation_layer, checksum";

describe("parseStreamProgram", () => {
  it("reads what differs between the releases", () => {
    expect(parseStreamProgram(SHEBANG + BODY)).toEqual({
      ...{ rootMode: 0o755, hasDeviceNumbers: false, followsSymlinks: false },
    });
    const old = SHEBANG.replace("3.12.8", "3.8.9") + BODY.replace("0755", "0555").replace("is_symlink", "");
    expect(parseStreamProgram(old)).toEqual({
      ...{ rootMode: 0o555, hasDeviceNumbers: true, followsSymlinks: true },
    });
  });

  it.each([
    ["another interpreter", `#!/bin/sh\n${BODY}`],
    ["an older Python", SHEBANG.replace("3.12.8", "3.7.4") + BODY],
    ["two modes", `${SHEBANG}${BODY}; ti.mode = 0o0555`],
    ["no mode", SHEBANG + BODY.replace("0o0755", "mode")],
    ["another kind of tar", `${SHEBANG}${BODY}; format=tarfile.GNU_FORMAT`],
    ["a layer that is packed by the script", SHEBANG + BODY.replace("checksum", "")],
  ])("does not know a script with %s", (_, text) => {
    expect(() => parseStreamProgram(text)).toThrow(UnknownStreamError);
  });
});

const PROGRAM = { rootMode: 0o755, hasDeviceNumbers: false };
const OLDEST = {
  architecture: "arm64",
  config: { Cmd: ["/bin/server"] },
  os: "linux",
  created: "1970-01-01T00:00:01+00:00",
  repo_tag: "a:b",
  store_layers: [[path("a"), path("b")]],
  customisation_layer: path("c"),
};
const WITH_BASE = { ...OLDEST, store_dir: "/nix/store", from_image: path("base.tar") };
const WITH_OWNER = { ...WITH_BASE, uid: "1000", gid: 7, uname: "ü", gname: "users" };
const WITH_MTIME = { ...WITH_OWNER, mtime: "1970-01-01T01:00:00+01:00" };
const parse = (conf: object) => parseStreamConf(JSON.stringify(conf), PROGRAM);

describe("parseStreamConf", () => {
  it.each([
    ["20.03", OLDEST, { mtime: 1, uid: 0, gid: 0, uname: "root", gname: "root" }],
    ["21.05", WITH_BASE, { mtime: 1, uid: 0, gid: 0, uname: "root", gname: "root" }],
    ["23.11", WITH_OWNER, { mtime: 1, uid: 1000, gid: 7, uname: "Ã¼", gname: "users" }],
    ["24.05", WITH_MTIME, { mtime: 0, uid: 1000, gid: 7, uname: "Ã¼", gname: "users" }],
  ])("reads the file of nixpkgs %s", (_, conf, owner) => {
    expect(parse(conf)).toEqual({
      architecture: "arm64",
      created: OLDEST.created,
      config: OLDEST.config,
      fromImage: "from_image" in conf ? path("base.tar") : undefined,
      storeLayers: OLDEST.store_layers,
      customisationLayer: path("c"),
      layerOptions: { owner, ...PROGRAM },
    });
  });

  it.each<[string, object]>([
    ["an unknown key", { ...WITH_MTIME, compression: "zstd" }],
    ["a part of the owner", { ...WITH_BASE, uid: 0 }],
    ["another store", { ...WITH_MTIME, store_dir: "/store" }],
    ["a path outside of the store", { ...OLDEST, store_layers: [["/etc"]] }],
    ["a path below a store path", { ...OLDEST, store_layers: [[`${path("a")}/bin`]] }],
    ["the time of the run", { ...OLDEST, created: "now" }],
    ["a key that JavaScript moves", { ...OLDEST, config: { Labels: { b: "", 1: "" } } }],
    ["a large number", { ...OLDEST, config: { Healthcheck: { Interval: 2 ** 60 } } }],
  ])("does not know a file with %s", (_, conf) => {
    expect(() => parse(conf)).toThrow(UnknownStreamError);
  });

  it.each(["1.0", "1e3", "-0", "9007199254740993"])("does not know the number %s", (number) => {
    const text = JSON.stringify({ ...OLDEST, config: { Interval: 7 } });
    expect(parseStreamConf(text, PROGRAM).config).toEqual({ Interval: 7 });
    expect(() => parseStreamConf(text.replace(":7", `:${number}`), PROGRAM)).toThrow(UnknownStreamError);
  });

  it("does not know a file with a key twice", () => {
    const text = JSON.stringify(OLDEST).replace('"os"', '"created":"now","os"');
    expect(() => parseStreamConf(text, PROGRAM)).toThrow(UnknownStreamError);
  });
});

it("readStreamedImage does not know what is not in the store", async () => {
  const files = { script: path("stream"), conf: path("conf.json") } satisfies Record<string, StorePath>;
  await expect(readStreamedImage(files)).rejects.toThrow(UnknownStreamError);
});
