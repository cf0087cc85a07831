import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { ActionError } from "../../src/errors/action-error.js";
import { readImage } from "../../src/image/image.js";
import { mergeLayers } from "../../src/image/merge-layers.js";
import { UnmergeableError } from "../../src/image/visible-paths.js";
import { type Layers, prepareEngines, unpack } from "../engines.js";
import { createRandom, type Random } from "../fuzz/random.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { makeArchiveOf } from "../unit/image/archive.js";
import { ATTACKS } from "../unit/image/attacks.js";
import { makeRawTar, type RawEntry } from "../unit/image/raw-tar.js";

const machine = makeTemporaryFolder("merged-image");
afterAll(removeTemporaryFolders);

/** The merged layer of an image that the audit passes; undefined if it is refused, or cannot be merged. */
async function merge(layers: Layers): Promise<Layers | undefined> {
  const archive = join(machine, "image.tar");
  const file = join(machine, "merged.tar");
  writeFileSync(archive, await makeArchiveOf(layers));
  try {
    const options = { auditAllow: ["**"], workFolder: makeTemporaryFolder("layers") };
    const { image } = await readImage(archive, "x86_64-linux", options);
    await mergeLayers(image, file, new AbortController().signal);
    return [readFileSync(file)];
  } catch (error) {
    if (error instanceof UnmergeableError) return undefined;
    if (error instanceof ActionError && error.code === "IMAGE_INVALID") return undefined;
    throw error;
  }
}

/** Everything below a folder: path, type, mode, owner, links, target and time, and what files contain. */
function list(root: string): readonly string[] {
  // overlayfs lists the name of a whiteout in a folder that no lower layer has, and find then fails.
  const find = (...args: readonly string[]) =>
    spawnSync("find", [".", "-mindepth", "1", ...args], { cwd: root, encoding: "latin1" }).stdout.split("\n");
  return [
    ...find("-printf", String.raw`%P %y %m %U:%G %l\n`),
    ...find("-type", "f", "-printf", String.raw`%P links %n time %Ts\n`, "-exec", "sha256sum", "{}", ";"),
  ].toSorted();
}

const FOLDER = { flag: "5", mode: 0o755 } as const;
const CASES: readonly (readonly [string, Layers])[] = [
  [
    "modes, owners and links of several layers",
    [
      makeRawTar(
        { name: "./", ...FOLDER },
        { name: "./tmp/", flag: "5", mode: 0o1777 },
        { name: "./etc/", ...FOLDER },
        { name: "./etc/passwd", content: "root", mode: 0o640 },
        { name: "./bin/", ...FOLDER },
        { name: "./bin/su", content: "setuid", mode: 0o4755 },
        { name: "./bin/link", flag: "1", linkName: "./bin/su", mode: 0o4755 },
        { name: "./bin/ls", content: "removed" },
      ),
      makeRawTar(
        { name: "etc/", flag: "5", mode: 0o700 },
        { name: "etc/passwd", flag: "2", linkName: "/run/passwd" },
        { name: "etc/.wh.none" },
      ),
      makeRawTar({ name: "bin/", ...FOLDER }, { name: "bin/.wh.ls" }, { name: "pipe", flag: "6" }),
    ],
  ],
];

/** Images, each followed by the image with one layer. */
const pairs: Layers[] = [];
beforeAll(async () => {
  const random = createRandom(Number(process.env["FUZZ_SEED"] ?? "1"));
  const attacks = ATTACKS.map(({ layers }) => layers);
  for (const layers of [...attacks, ...Array.from({ length: 24 }, () => makeLayers(random))]) {
    const merged = await merge(layers);
    if (merged !== undefined) pairs.push(layers, merged);
  }
}, 120_000);

describe.each(prepareEngines().map((engine) => [engine.name, engine] as const))("in %s", (_, engine) => {
  it.each(CASES)(
    "a merged layer has what the layers have: %s",
    async (_, layers) => {
      const merged = await merge(layers);
      if (merged === undefined) throw new Error("it cannot be merged");
      const [apart, together] = await unpack(engine, [layers, merged], list);
      expect(apart?.length).toBeGreaterThan(5);
      expect(together).toEqual(apart);
    },
    120_000,
  );

  it("a merged layer has what the layers have: random images, attacks that the audit allows", async () => {
    const found = await unpack(engine, pairs, list);
    let compared = 0;
    for (let i = 0; i < pairs.length; i += 2) {
      if (found[i] === undefined) continue;
      expect(found[i + 1]).toEqual(found[i]);
      compared++;
    }
    expect(compared).toBeGreaterThan(20);
  }, 600_000);
});

/** Layers as image builders write them: a layer has an entry for each folder that it has files in. */
function makeLayers(random: Random): Layers {
  return Array.from({ length: 3 + random.below(3) }, () => {
    const entries = new Map<string, RawEntry>();
    const add = (entry: RawEntry & { readonly name: string }) => {
      if (!entries.has(entry.name)) entries.set(entry.name, entry);
    };
    const isReplaced = random.below(4) === 0;
    const replaced = random.pick(["a", "b"]);
    for (const folder of ["a", "b"]) {
      if (isReplaced && folder === replaced) continue;
      add({ name: folder, flag: "5", mode: random.pick([0o755, 0o700, 0o1777]) });
      if (random.below(4) === 0) add({ name: `${folder}/.wh..wh..opq` });
      for (const name of ["one", "two", "three"]) {
        const path = `${folder}/${name}`;
        const content = `content ${random.below(1000)}`;
        const kind = random.below(6);
        if (kind === 0) add({ name: path, content, mode: random.pick([0o644, 0o4755]) });
        if (kind === 1) add({ name: path, flag: "2", linkName: random.pick(["/b", "one", "../a/two"]) });
        if (kind === 2) add({ name: `${folder}/.wh.${name}` });
        if (kind === 3) add({ name: path, flag: "5", mode: 0o750 });
        if (kind === 3) add({ name: `${path}/file`, content });
        if (kind === 4 && entries.get(`${folder}/one`)?.content !== undefined)
          add({ name: path, flag: "1", linkName: `${folder}/one`, mode: 0o600 });
      }
    }
    if (isReplaced) {
      const ways = [{ name: replaced, content: "file" }, { name: `.wh.${replaced}` }];
      add(random.pick([...ways, { name: replaced, flag: "2", linkName: "/etc" }]));
    }
    return makeRawTar(...entries.values());
  });
}
