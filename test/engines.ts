import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { preparePodman } from "./podman.js";
import { makeTemporaryFolder } from "./runner.js";
import { makeTar, sha256 } from "./unit/image/archive.js";

/** A container engine, whose own unpacking says what an image contains. */
export interface Engine {
  readonly name: string;
  readonly command: "docker" | "podman";
  readonly env: Readonly<Record<string, string>>;
}

/** Podman unpacks a layer into a folder of its own (overlay), or over the layers below it (vfs). */
export function prepareEngines(): readonly Engine[] {
  return [
    { name: "Docker", command: "docker", env: {} },
    { name: "Podman with overlay", command: "podman", env: makePodman("overlay") },
    { name: "Podman with vfs", command: "podman", env: makePodman("vfs") },
  ];
}

function makePodman(driver: "overlay" | "vfs"): Readonly<Record<string, string>> {
  return preparePodman(makeTemporaryFolder(`podman-${driver}`), driver);
}

function call({ command, env }: Engine, args: readonly string[], input?: Uint8Array) {
  const options = { env: { ...process.env, ...env }, maxBuffer: 1 << 26, ...(input && { input }) };
  const { status, stdout, stderr } = spawnSync(command, args, options);
  return { status, stdout, stderr: stderr.toString() };
}

/** The tars of an image's layers, lowest first. */
export type Layers = readonly Buffer[];

/**
 * What `read` finds in the root folder of each image, as the engine has unpacked it; undefined if the engine
 * refuses the image. Loads many images at once: each call of an engine takes a second on a busy machine.
 */
export async function unpack<Found>(
  engine: Engine,
  images: readonly Layers[],
  read: (root: string) => Found,
): Promise<readonly (Found | undefined)[]> {
  const loaded = call(engine, ["load"], await makeArchives(images));
  try {
    if (loaded.status !== 0) {
      if (images.length <= 1) return [undefined];
      const half = Math.ceil(images.length / 2);
      return [
        ...(await unpack(engine, images.slice(0, half), read)),
        ...(await unpack(engine, images.slice(half), read)),
      ];
    }
    return images.map((_, i) => {
      const { root, unmount } = engine.command === "docker" ? mountDocker(engine, i) : mountPodman(engine, i);
      try {
        return read(root);
      } finally {
        unmount();
      }
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
  const root = join(makeTemporaryFolder("root"), "root");
  mkdirSync(root);
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
