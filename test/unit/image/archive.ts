import { createHash } from "node:crypto";

import { pack } from "tar-stream";

type Content = Uint8Array | string | { readonly link: string; readonly type?: "symlink" | "link" };
export type Members = readonly (readonly [name: string, content: Content])[];

export async function makeTar(members: Members): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of members) {
    if (name.endsWith("/")) tar.entry({ name, mtime: new Date(0), type: "directory" });
    else if (typeof content === "object" && "link" in content)
      tar.entry({ name, mtime: new Date(0), type: content.type ?? "symlink", linkname: content.link });
    else tar.entry({ name, mtime: new Date(0) }, Buffer.from(content));
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** The start of an ELF file for a machine, little-endian and 64 bit. */
export function elf(machine: number): Buffer {
  const header = Buffer.alloc(64);
  header.write("\x7fELF\x02\x01\x01", 0, "latin1");
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(machine, 18);
  return header;
}
export const X86_64 = elf(62);
export const AARCH64 = elf(183);

interface ArchiveOptions {
  readonly architecture?: string;
  readonly diffIds?: readonly string[];
  /** What stands in the archive for a layer's tar. */
  readonly layerContent?: (tar: Buffer) => Uint8Array;
  readonly manifestJson?: string;
  readonly extra?: Members;
}

export async function makeArchive(layers: readonly Members[], options: ArchiveOptions = {}): Promise<Buffer> {
  const tars = await Promise.all(layers.map(makeTar));
  const diffIds = options.diffIds ?? tars.map((tar) => `sha256:${sha256(tar)}`);
  const config = JSON.stringify({
    architecture: options.architecture ?? "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: diffIds },
  });
  const names = tars.map((tar) => `${sha256(tar)}/layer.tar`);
  return makeTar([
    ...tars.map((tar, i) => [names[i] ?? "", (options.layerContent ?? ((same) => same))(tar)] as const),
    ["config.json", config],
    [
      "manifest.json",
      options.manifestJson ?? JSON.stringify([{ Config: "config.json", RepoTags: ["x:y"], Layers: names }]),
    ],
    ...(options.extra ?? []),
  ]);
}
