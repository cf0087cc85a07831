import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, expect, it } from "@jest/globals";

import { ActionError } from "../../src/errors/action-error.js";
import { readImage } from "../../src/image/image.js";
import { createRunCommand } from "../../src/platform/command.js";
import { readImageConfig } from "../../src/smoke/oci/image-config.js";
import { mountRoot, removeFolder, rootOf, unmountRoot, unpackImage } from "../../src/smoke/oci/overlay.js";
import { createEngineEffects } from "../engine-effects.js";
import { type Layers, prepareEngines, unpack } from "../engines.js";
import { makeRandomLayers } from "../fuzz/random-image.js";
import { createRandom } from "../fuzz/random.js";
import { LAYER_CASES, listFiles, makeLayers } from "../image-layers.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { makeArchiveOf } from "../unit/image/archive.js";
import { ATTACKS } from "../unit/image/attacks.js";
import { makeRawTar } from "../unit/image/raw-tar.js";

const machine = makeTemporaryFolder("overlay");
const ledger = { started: () => undefined, ended: () => undefined };
const run = createRunCommand(new AbortController().signal, ledger);
const effects = createEngineEffects({ run, nonce: "565656565656", runFolder: machine });
const [docker] = prepareEngines();
afterAll(removeTemporaryFolders);

/** What a container of an image shows; undefined if the audit or the unpacking refuses it. */
async function list(layers: Layers): Promise<readonly string[] | undefined> {
  const archive = join(machine, "image.tar");
  writeFileSync(archive, await makeArchiveOf(layers));
  try {
    const options = { auditAllow: ["**"], workFolder: makeTemporaryFolder("layers") };
    const { image } = await readImage(archive, "x86_64-linux", options);
    const unpacked = await unpackImage(image, await readImageConfig(image), effects);
    try {
      const container = await mountRoot(unpacked, "container", effects);
      try {
        return listFiles(rootOf(container));
      } finally {
        await unmountRoot(container, effects);
      }
    } finally {
      await removeFolder(unpacked.folder, effects);
    }
  } catch (error) {
    const isRefused = error instanceof ActionError && ["IMAGE_INVALID", "GATE_FAILED"].includes(error.code);
    if (isRefused) return undefined;
    throw error;
  }
}

const FOLDER = { flag: "5", mode: 0o755 } as const;
const LONG = `${"long/".repeat(30)}name`;
const CASES: readonly (readonly [string, Layers])[] = [
  ...LAYER_CASES,
  [
    "a folder that hides what lower layers have in it, before and after its own files",
    [
      makeRawTar({ name: "d/", ...FOLDER }, { name: "d/low" }, { name: "e/", ...FOLDER }, { name: "e/low" }),
      makeRawTar(
        { name: "d/", flag: "5", mode: 0o700 },
        { name: "d/.wh..wh..opq" },
        { name: "d/high" },
        { name: "e/", flag: "5", mode: 0o750 },
        { name: "e/high" },
        { name: "e/.wh..wh..opq" },
      ),
    ],
  ],
  [
    "one of two linked files that an upper layer replaces",
    [
      makeRawTar({ name: "a", content: "both" }, { name: "b", flag: "1", linkName: "a" }),
      makeRawTar({ name: "a", content: "upper" }),
    ],
  ],
  [
    "files in a folder that has no entry",
    [makeRawTar({ name: "d/", flag: "5", mode: 0o700 }, { name: "d/low" }), makeRawTar({ name: "d/high" })],
  ],
  [
    "names of more than 100 bytes, removed and kept",
    [
      makeRawTar({ name: "a", content: "a", pax: { path: LONG } }, { name: "b", pax: { path: `${LONG}2` } }),
      makeRawTar({ name: "w", pax: { path: `${"long/".repeat(30)}.wh.name` } }),
    ],
  ],
  [
    "an absolute symlink, and one that leaves the root",
    [
      makeRawTar(
        { name: "etc", flag: "2", linkName: "/etc" },
        { name: "up", flag: "2", linkName: "../../../etc" },
      ),
    ],
  ],
];

it.each(CASES)(
  "a container has what one of Docker has: %s",
  async (_, layers) => {
    if (docker === undefined) throw new Error("there is no Docker");
    const [expected] = await unpack(docker, [layers], listFiles);
    expect(expected?.length).toBeGreaterThan(1);
    expect(await list(layers)).toEqual(expected);
  },
  120_000,
);

it("a container has what one of Docker has: random images, attacks that the audit allows", async () => {
  if (docker === undefined) throw new Error("there is no Docker");
  const random = createRandom(Number(process.env["FUZZ_SEED"] ?? "1"));
  const images = [
    ...ATTACKS.map(({ layers }) => layers),
    ...Array.from({ length: 24 }, () => makeLayers(random)),
    ...Array.from({ length: 24 }, () => makeRandomLayers(random)),
  ];
  const passed: { readonly layers: Layers; readonly files: readonly string[] }[] = [];
  for (const layers of images) {
    const files = await list(layers);
    if (files !== undefined) passed.push({ layers, files });
  }
  const expected = await unpack(
    docker,
    passed.map(({ layers }) => layers),
    listFiles,
  );
  let compared = 0;
  for (const [index, { files }] of passed.entries()) {
    if (expected[index] === undefined) continue;
    expect(files).toEqual(expected[index]);
    compared++;
  }
  expect(compared).toBeGreaterThan(20);
}, 600_000);
