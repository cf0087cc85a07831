import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { ActionError } from "../../src/errors/action-error.js";
import { tryParseElfMachine } from "../../src/image/elf.js";
import { readImage } from "../../src/image/image.js";
import { makeRandomLayers } from "../fuzz/random-image.js";
import { createRandom } from "../fuzz/random.js";
import { preparePodman } from "../podman.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { AARCH64, makeArchiveOf, makeTar, sha256 } from "../unit/image/archive.js";
import { type Attack, ATTACKS } from "../unit/image/attacks.js";

/** The engines' own unpacking says what an image contains: the audit must not see less. */
interface Engine {
  readonly name: string;
  readonly command: "docker" | "podman";
  readonly env: Readonly<Record<string, string>>;
}

const machine = makeTemporaryFolder("audit-engines");
// Podman unpacks a layer into a folder of its own (overlay), or over the layers below it (vfs).
const ENGINES: readonly Engine[] = [
  { name: "Docker", command: "docker", env: {} },
  { name: "Podman with overlay", command: "podman", env: makePodman("overlay") },
  { name: "Podman with vfs", command: "podman", env: makePodman("vfs") },
];

function makePodman(driver: "overlay" | "vfs"): Readonly<Record<string, string>> {
  return preparePodman(makeTemporaryFolder(`podman-${driver}`), driver);
}

function call({ command, env }: Engine, args: readonly string[], input?: Uint8Array) {
  const options = { env: { ...process.env, ...env }, maxBuffer: 1 << 26, ...(input && { input }) };
  const { status, stdout, stderr } = spawnSync(command, args, options);
  return { status, stdout, stderr: stderr.toString() };
}

type Layers = readonly Buffer[];

/**
 * The ELF files for aarch64 in each image, as the engine has unpacked it; undefined if the engine refuses the
 * image. Loads many images at once, since each call of an engine takes a second on a busy machine.
 */
async function unpack(
  engine: Engine,
  images: readonly Layers[],
): Promise<readonly (readonly string[] | undefined)[]> {
  const loaded = call(engine, ["load"], await makeArchives(images));
  try {
    if (loaded.status !== 0) {
      if (images.length <= 1) return [undefined];
      const half = Math.ceil(images.length / 2);
      return [
        ...(await unpack(engine, images.slice(0, half))),
        ...(await unpack(engine, images.slice(half))),
      ];
    }
    return images.map((_, i) => {
      const { root, unmount } = engine.command === "docker" ? mountDocker(engine, i) : mountPodman(engine, i);
      const files = listForeign(root);
      unmount();
      return files.map((file) => file.slice(root.length));
    });
  } finally {
    call(engine, ["image", "rm", "--force", ...images.map((_, i) => `attack:${i}`)]);
  }
}

/** The folders into which Docker has unpacked an image's layers, merged as for a container. */
function mountDocker(engine: Engine, index: number) {
  const format = "{{.GraphDriver.Name}} {{.GraphDriver.Data.UpperDir}} {{.GraphDriver.Data.LowerDir}}";
  const text = requireOutput(call(engine, ["image", "inspect", "--format", format, `attack:${index}`]));
  const [driver, upper = "", lower = ""] = text.split(" ");
  if (driver !== "overlay2") throw new Error(`Docker uses ${driver}`);
  if (lower.startsWith("<no")) return { root: upper, unmount: () => undefined };
  const root = join(machine, "root");
  mkdirSync(root, { recursive: true });
  execFileSync("mount", ["-t", "overlay", "overlay", "-o", `ro,lowerdir=${upper}:${lower}`, root]);
  return { root, unmount: () => execFileSync("umount", [root]) };
}

function mountPodman(engine: Engine, index: number) {
  const root = requireOutput(call(engine, ["image", "mount", `attack:${index}`]));
  return { root, unmount: () => requireOutput(call(engine, ["image", "unmount", `attack:${index}`])) };
}

function requireOutput({ status, stdout, stderr }: ReturnType<typeof call>): string {
  if (status !== 0) throw new Error(stderr);
  return stdout.toString().trim();
}

/** A docker-archive of several images: `attack:0`, `attack:1`, … */
function makeArchives(images: readonly Layers[]): Promise<Buffer> {
  const members = images.map((layers, i) => ({
    config: {
      architecture: "amd64",
      os: "linux",
      rootfs: { type: "layers", diff_ids: layers.map((layer) => `sha256:${sha256(layer)}`) },
    },
    layers: layers.map((layer, j) => [`${i}-${j}/layer.tar`, layer] as const),
  }));
  const manifest = members.map(({ layers }, i) => ({
    Config: `${i}.json`,
    RepoTags: [`attack:${i}`],
    Layers: layers.map(([name]) => name),
  }));
  return makeTar([
    ...members.flatMap(({ layers }) => layers),
    ...members.map(({ config }, i) => [`${i}.json`, JSON.stringify(config)] as const),
    ["manifest.json", JSON.stringify(manifest)],
  ]);
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
        const [files] = await unpack(engine, [layers]);
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
      for (const [i, files] of (await unpack(engine, images)).entries()) {
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
