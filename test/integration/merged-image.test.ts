import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { ActionError } from "../../src/errors/action-error.js";
import { readImage } from "../../src/image/image.js";
import { mergeLayers } from "../../src/image/merge-layers.js";
import { UnmergeableError } from "../../src/image/visible-paths.js";
import { type Layers, prepareEngines, unpack } from "../engines.js";
import { createRandom } from "../fuzz/random.js";
import { LAYER_CASES, listFiles, makeLayers } from "../image-layers.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { makeArchiveOf } from "../unit/image/archive.js";
import { ATTACKS } from "../unit/image/attacks.js";

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
  it.each(LAYER_CASES)(
    "a merged layer has what the layers have: %s",
    async (_, layers) => {
      const merged = await merge(layers);
      if (merged === undefined) throw new Error("it cannot be merged");
      const [apart, together] = await unpack(engine, [layers, merged], listFiles);
      expect(apart?.length).toBeGreaterThan(5);
      expect(together).toEqual(apart);
    },
    120_000,
  );

  it("a merged layer has what the layers have: random images, attacks that the audit allows", async () => {
    const found = await unpack(engine, pairs, listFiles);
    let compared = 0;
    for (let i = 0; i < pairs.length; i += 2) {
      if (found[i] === undefined) continue;
      expect(found[i + 1]).toEqual(found[i]);
      compared++;
    }
    expect(compared).toBeGreaterThan(20);
  }, 600_000);
});
