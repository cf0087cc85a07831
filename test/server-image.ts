import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { type Digest, digestOf } from "../src/model/digest.js";
import type { Blob, OciImage } from "../src/model/image.js";
import type { ContainerOptions } from "../src/smoke/container.js";

export const TAR_LAYER = "application/vnd.oci.image.layer.v1.tar";

export function toBlob(mediaType: string, bytes: Buffer): Blob {
  return { mediaType, digest: digestOf(bytes), sizeBytes: bytes.length, source: { bytes } };
}

/** A layer with a static Bash and the fixture's server, made in `folder`. */
export function makeServerLayer(folder: string): Blob {
  const root = join(folder, "root");
  mkdirSync(join(root, "bin"), { recursive: true });
  mkdirSync(join(root, "tmp"));
  cpSync("/usr/bin/bash-static", join(root, "bin/bash"));
  const flags = ["-static", '-DVERSION="1"', '-DCPU="any"', "-o", join(root, "bin/server")];
  execFileSync("gcc", [...flags, "test/fixtures/hello/httpd.c"]);
  return packFolder(root, join(folder, "layer.tar"));
}

/** A layer with everything in a folder. */
export function packFolder(root: string, file: string): Blob {
  execFileSync("tar", ["-C", root, "-cf", file, "."]);
  return toBlob(TAR_LAYER, readFileSync(file));
}

export interface ImageAbout {
  /** Makes the ID of the image unique. */
  readonly about: string;
  readonly command: readonly string[];
  readonly diffIds: readonly Digest[];
}

/** An image of these layers for this machine. */
export function makeImageOf(layers: readonly Blob[], { about, command, diffIds }: ImageAbout): OciImage {
  const json = (mediaType: string, value: unknown) => toBlob(mediaType, Buffer.from(JSON.stringify(value)));
  const config = json("application/vnd.oci.image.config.v1+json", {
    architecture: process.arch === "x64" ? "amd64" : "arm64",
    os: "linux",
    config: { Cmd: command, Labels: { about } },
    rootfs: { type: "layers", diff_ids: diffIds },
  });
  const describe = ({ mediaType, digest, sizeBytes: size }: Blob) => ({ mediaType, digest, size });
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = json(mediaType, {
    schemaVersion: 2,
    mediaType,
    config: describe(config),
    layers: layers.map(describe),
  });
  return { manifest, config, layers };
}

/** How to start a container with nothing but the image's own config. */
export const OPTIONS: ContainerOptions = {
  ports: [],
  args: [],
  environment: {},
  user: undefined,
  memoryBytes: undefined,
  isReadOnly: false,
  volumes: [],
};

/** What a server answers, once it does. */
export async function waitForAnswer(url: string): Promise<string> {
  for (let i = 0; ; i++) {
    try {
      return await (await fetch(url)).text();
    } catch (error) {
      if (i === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
