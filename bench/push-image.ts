import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { installNix, runIsolated, runNix } from "../test/nix/project.js";

/** The flake's two images, which differ in one layer. */
export type ImageName = "before" | "after";

export interface Image {
  /** For the input `installables`. */
  readonly installable: string;
  /** The script that writes the image: what the flake has as its output. */
  readonly script: string;
  /** The name of the image in the archive that the script writes. */
  readonly tag: string;
  /** The digests of its uncompressed layers, lowest first. */
  readonly diffIds: readonly string[];
}

const VERSIONS: Readonly<Record<ImageName, string>> = { before: "1", after: "2" };
const MANIFEST = /"Layers": \[([^\]]*)\]/;

/** Builds both images on a machine, which has Nix. `parts` is the folder of script/testbed/push-parts.py. */
export function buildImages(machine: string, parts: string): Readonly<Record<ImageName, Image>> {
  installNix(machine);
  const [system, architecture] =
    process.arch === "arm64" ? ["aarch64-linux", "arm64"] : ["x86_64-linux", "amd64"];
  const project = join(machine, "project");
  mkdirSync(project);
  const flake = readFileSync("bench/push/flake.nix", "utf8")
    .replace("@SYSTEM@", system)
    .replace("@ARCHITECTURE@", architecture);
  writeFileSync(join(project, "flake.nix"), flake);
  cpSync(join(parts, "sources.json"), join(project, "sources.json"));
  cpSync("test/fixtures/hello/httpd.c", join(project, "httpd.c"));
  cpSync("test/nix/package-set/stream-image.py", join(project, "stream-image.py"));
  const build = (name: ImageName): Image => {
    const installable = `path:${project}#${name}`;
    const script = runNix(machine, ["build", "--no-link", "--print-out-paths", installable]).trim();
    const manifest = runIsolated(machine, ["/bin/bash", "-c", `${script} | tar -xO manifest.json`]);
    const layers = MANIFEST.exec(manifest)?.[1]?.match(/[0-9a-f]{64}/g) ?? [];
    const diffIds = layers.map((digest) => `sha256:${digest}`);
    return { installable, script, tag: `app:${VERSIONS[name]}`, diffIds };
  };
  return { before: build("before"), after: build("after") };
}
