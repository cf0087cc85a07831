import { closeSync, mkdirSync, openSync, readdirSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { ActionError } from "../../src/errors/action-error.js";
import { tryParseElfMachine } from "../../src/image/elf.js";
import { readImage } from "../../src/image/image.js";
import { makeRandomLayers } from "../fuzz/random-image.js";
import { createRandom } from "../fuzz/random.js";
import { type Engine, type Layers, prepareEngines, unpack } from "../engines.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { AARCH64, makeArchiveOf } from "../unit/image/archive.js";
import { type Attack, ATTACKS } from "../unit/image/attacks.js";

const machine = makeTemporaryFolder("audit-engines");
const ENGINES = prepareEngines();

/** The ELF files for aarch64 in each image, as the engine has unpacked it: the audit must not see less. */
function unpackForeign(
  engine: Engine,
  images: readonly Layers[],
): Promise<readonly (readonly string[] | undefined)[]> {
  return unpack(engine, images, (root) => listForeign(root).map((file) => file.slice(root.length)));
}

function listForeign(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, encoding: "buffer" }).flatMap((item) => {
    const path = Buffer.concat([Buffer.from(`${folder}/`), item.name]).toString("latin1");
    if (item.isDirectory()) return listForeign(path);
    return item.isFile() && isForeign(Buffer.from(path, "latin1")) ? [path] : [];
  });
}

function isForeign(file: Buffer): boolean {
  const handle = openSync(file, "r");
  const head = Buffer.alloc(64);
  const size = readSync(handle, head);
  closeSync(handle);
  return tryParseElfMachine(head.subarray(0, size))?.machine === 183;
}

/** Whether the audit stops an image: by refusing it, or by reporting a file. */
async function isStopped(layers: Layers): Promise<boolean> {
  const file = join(machine, "image.tar");
  writeFileSync(file, await makeArchiveOf(layers));
  try {
    const { audit } = await readImage(file, "x86_64-linux", { auditAllow: [], workFolder: machine });
    return audit.foreign.length > 0;
  } catch (error) {
    if (error instanceof ActionError && error.code === "IMAGE_INVALID") return true;
    throw error;
  }
}

/** Images that each engine loads at once. */
const BATCH = 40;

afterAll(() => {
  removeTemporaryFolders();
});

describe("an image that hides a program for another CPU", () => {
  const shown = new Map<string, readonly string[]>();
  beforeAll(async () => {
    for (const engine of ENGINES) {
      for (const { name, layers } of ATTACKS) {
        const [files] = await unpackForeign(engine, [layers]);
        if (files !== undefined && files.length > 0)
          shown.set(name, [...(shown.get(name) ?? []), engine.name]);
      }
    }
  }, 600_000);

  it.each(ATTACKS.map((attack): readonly [string, Attack] => [attack.name, attack]))(
    "%s",
    async (name, { layers }) => {
      expect(await isStopped(layers)).toBe(true);
      // Otherwise the test would show nothing: some engine unpacks the program.
      if (/^[0-9]+:/.test(name))
        expect([name, shown.get(name) ?? []]).toEqual([name, expect.arrayContaining([expect.any(String)])]);
    },
  );
});

it("28: the audit stops every random image from which an engine unpacks such a program", async () => {
  const random = createRandom(Number(process.env["FUZZ_SEED"] ?? "1"));
  const endMs = Date.now() + Number(process.env["FUZZ_SECONDS"] ?? "20") * 1000;
  let [made, passed, unpacked] = [0, 0, 0];
  do {
    const images: Layers[] = [];
    while (images.length < BATCH) {
      const layers = makeRandomLayers(random);
      made++;
      // An image without such a program shows nothing.
      if (layers.some((layer) => layer.includes(AARCH64)) && !(await isStopped(layers))) images.push(layers);
    }
    passed += images.length;
    for (const engine of ENGINES) {
      for (const [i, files] of (await unpackForeign(engine, images)).entries()) {
        if (files !== undefined) unpacked++;
        if (files === undefined || files.length === 0) continue;
        mkdirSync("test/fuzz/corpus", { recursive: true });
        const finding = join("test/fuzz/corpus", `finding-${passed}-${i}.tar`);
        writeFileSync(finding, await makeArchiveOf(images[i] ?? []));
        throw new Error(`${engine.name} unpacks ${String(files)}, but the audit passes it: see ${finding}`);
      }
    }
  } while (Date.now() < endMs);
  if (process.env["FUZZ_KEEP"] === "1") console.log(`${made} images, ${passed} passed, ${unpacked} unpacked`);
  expect(unpacked).toBeGreaterThan(BATCH);
}, 1_000_000);
