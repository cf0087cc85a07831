import { execFileSync } from "node:child_process";
import { mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { type AuditedImage, readImage } from "../../src/image/image.js";
import { createSerialWorkers } from "../../src/image/make-layer.js";
import { parseStreamConf, parseStreamProgram, type StreamedImage } from "../../src/image/stream-conf.js";
import { packStreamedImage } from "../../src/image/streamed-image.js";
import type { StorePath } from "../../src/model/store-path.js";
import { createOddFiles } from "../odd-files.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { makeArchive, sha256, X86_64 } from "../unit/image/archive.js";

const HASH = "0123456789abcdfghijklmnpqrsvwxyz";
const PYTHON = `#! /nix/store/${HASH}-python3-3.11.7/bin/python3\n`;
let store: string;
beforeAll(async () => {
  store = makeTemporaryFolder("store");
  createOddFiles(pathOf("odd"));
  writeFileSync(pathOf("file"), "a store path that is a file");
  mkdirSync(join(pathOf("server"), "bin"), { recursive: true });
  writeFileSync(join(pathOf("server"), "bin/server"), X86_64);
  const custom = pathOf("customisation-layer");
  mkdirSync(custom);
  const layer = execFileSync("tar", ["-c", "--mtime=@1", "--owner=7", "-C", pathOf("server"), "."]);
  writeFileSync(join(custom, "layer.tar"), layer);
  writeFileSync(join(custom, "checksum"), `${sha256(layer)}\n`);
  const base = [[["etc/motd", "hello"]], [["etc/issue", "base"]]] as const;
  const settings = { Env: ["PATH=/bin", "LANG=C"], Cmd: ["/bin/false"] };
  writeFileSync(pathOf("base.tar"), await makeArchive(base, { settings }));
});
afterAll(removeTemporaryFolders);

function pathOf(name: string): string {
  return join(store, `${HASH}-${name}`);
}

/** A conf.json with the names of store paths. */
interface Conf {
  readonly store_layers: readonly (readonly string[])[];
  readonly customisation_layer: string;
  readonly store_dir?: string;
  readonly from_image?: string | null;
}

const OLDEST = {
  architecture: "amd64",
  config: {
    Cmd: ["/bin/server"],
    Labels: { "text/ü": 'quote " ü \u{1f600} \u007f\u0001\n' },
    Env: ["LANG=de"],
    N: 7,
  },
  os: "linux",
  created: "1980-01-01T00:00:01+00:00",
  repo_tag: "image:tag",
  store_layers: [["odd"], ["server", "file"], []],
  customisation_layer: "customisation-layer",
};
const WITH_BASE = { ...OLDEST, store_dir: "", from_image: null };
const NEWEST = {
  ...WITH_BASE,
  ...{ uid: "1000", gid: 2 ** 21 + 5, uname: "ü", gname: "g".repeat(33), mtime: "2024-01-02T03:04:05+02:00" },
};

/** Runs a script that streams an image, and reads what it writes. */
async function stream(script: readonly string[], conf: Conf): Promise<AuditedImage> {
  const folder = makeTemporaryFolder("streamed");
  const file = join(folder, "conf.json");
  writeFileSync(file, renderConf(conf, store));
  const archive = join(folder, "image.tar");
  execFileSync("python3", [...script, file], { stdio: ["ignore", openSync(archive, "w"), "inherit"] });
  return readImage(archive, "x86_64-linux", { auditAllow: [], workFolder: folder });
}

/** The text of a conf.json whose store paths are in `folder`. */
function renderConf(conf: Conf, folder: string): string {
  const toPath = (name: string) => `${folder}/${HASH}-${name}`;
  return JSON.stringify({
    ...conf,
    ...(conf.store_dir !== undefined && {
      store_dir: folder,
      from_image: typeof conf.from_image === "string" ? toPath(conf.from_image) : null,
    }),
    store_layers: conf.store_layers.map((names) => names.map(toPath)),
    customisation_layer: toPath(conf.customisation_layer),
  });
}

/** Makes the same image from the store itself. */
function pack(script: string, conf: Conf): Promise<AuditedImage> {
  const program = parseStreamProgram(PYTHON + readFileSync(script, "utf8"));
  const image = parseStreamConf(renderConf(conf, "/nix/store"), program);
  // The store of this test is another folder.
  const moved = JSON.parse(JSON.stringify(image).replaceAll("/nix/store/", `${store}/`)) as StreamedImage;
  const workFolder = makeTemporaryFolder("packed");
  const options = {
    auditAllow: [],
    workFolder,
    makeLayer: createSerialWorkers().makeLayer,
    sizes: new Map(),
  };
  const path = pathOf("stream") as StorePath;
  return packStreamedImage(path, moved, "x86_64-linux", options);
}

describe("an image that dockerTools.streamLayeredImage describes", () => {
  const older = "test/fixtures/stream-script/older.py";
  const newest = "test/nix/package-set/stream-image.py";

  it.each([
    ["2020", older, ["2020"], OLDEST],
    ["2021", older, ["2021"], WITH_BASE],
    ["2021, on a base image", older, ["2021"], { ...WITH_BASE, from_image: "base.tar" }],
    ["2024", newest, [], NEWEST],
    ["2024, on a base image", newest, [], { ...NEWEST, from_image: "base.tar" }],
    ["2024, from before 1970", newest, [], { ...NEWEST, mtime: "1969-12-31T23:59:58+00:00" }],
  ])("has the bytes that the script of nixpkgs %s writes", async (_, script, args, conf) => {
    const expected = await stream([script, ...args], conf);
    const packed = await pack(script, conf);
    expect(packed.image.layers.map(({ digest }) => digest)).toEqual(
      expected.image.layers.map(({ digest }) => digest),
    );
    expect(configOf(packed)).toBe(configOf(expected));
    expect(packed.image.manifest.digest).toBe(expected.image.manifest.digest);
    expect(packed.audit).toEqual(expected.audit);
    expect(packed.audit.elfFiles).toBe(2);
  });
});

function configOf({ image: { config } }: AuditedImage): string {
  return "bytes" in config.source ? Buffer.from(config.source.bytes).toString() : "";
}
