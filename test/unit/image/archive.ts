import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { pack } from "tar-stream";

import type { NamedPlatform } from "../../../src/model/system.js";

type Content =
  | Uint8Array
  | string
  | { readonly link: string; readonly type?: "symlink" | "link" }
  | { readonly script: string };
export type Members = readonly (readonly [name: string, content: Content])[];

export async function makeTar(members: Members): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of members) {
    if (name.endsWith("/")) tar.entry({ name, mtime: new Date(0), type: "directory" });
    else if (typeof content === "object" && "link" in content)
      tar.entry({ name, mtime: new Date(0), type: content.type ?? "symlink", linkname: content.link });
    else if (typeof content === "object" && "script" in content)
      tar.entry({ name, mtime: new Date(0), mode: 0o755 }, content.script);
    else tar.entry({ name, mtime: new Date(0) }, Buffer.from(content));
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** The start of a 64-bit little-endian ELF file for a machine. */
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
  /** Converts a layer's tar to the content of its member in the archive. */
  readonly layerContent?: (tar: Buffer) => Uint8Array;
  readonly manifestJson?: string;
  /** The `config` in the image's config. */
  readonly settings?: unknown;
  readonly extra?: Members;
}

export async function makeArchive(layers: readonly Members[], options: ArchiveOptions = {}): Promise<Buffer> {
  return makeArchiveOf(await Promise.all(layers.map(makeTar)), options);
}

/** A docker-archive with these layers, which may be malformed. */
export async function makeArchiveOf(tars: readonly Buffer[], options: ArchiveOptions = {}): Promise<Buffer> {
  const diffIds = options.diffIds ?? tars.map((tar) => `sha256:${sha256(tar)}`);
  const config = JSON.stringify({
    architecture: options.architecture ?? "amd64",
    os: "linux",
    config: options.settings,
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

function suffixOf(blob: Buffer): string {
  if (blob.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))) return "+gzip";
  const magic = blob.readUInt32LE(0);
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50 ? "+zstd" : "";
}

export type LayoutMembers = readonly (readonly [name: string, content: Buffer])[];

/** The members of an OCI layout with one image, whose layers `pack` compresses. */
export async function makeLayout(
  layers: readonly Members[],
  {
    pack,
    platform,
    diffIds,
    variant,
  }: {
    readonly pack: (tar: Buffer) => Uint8Array;
    readonly platform?: NamedPlatform;
    readonly diffIds?: readonly string[];
    /** The variant of the CPU in the config. */
    readonly variant?: string;
  },
): Promise<LayoutMembers> {
  const tars = await Promise.all(layers.map(makeTar));
  const blobs = new Map<string, Buffer>();
  const store = (mediaType: string, content: Uint8Array) => {
    const bytes = Buffer.from(content);
    const digest = `sha256:${sha256(bytes)}`;
    blobs.set(`blobs/sha256/${sha256(bytes)}`, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const config = store(
    "application/vnd.oci.image.config.v1+json",
    Buffer.from(
      JSON.stringify({
        architecture: platform?.architecture ?? "amd64",
        os: "linux",
        variant,
        rootfs: { type: "layers", diff_ids: diffIds ?? tars.map((tar) => `sha256:${sha256(tar)}`) },
      }),
    ),
  );
  const manifest = store(
    "application/vnd.oci.image.manifest.v1+json",
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        config,
        layers: tars.map((tar) => {
          const blob = Buffer.from(pack(tar));
          return store(`application/vnd.oci.image.layer.v1.tar${suffixOf(blob)}`, blob);
        }),
        annotations: { "org.opencontainers.image.title": "x" },
      }),
    ),
  );
  const index = { schemaVersion: 2, manifests: [{ ...manifest, ...(platform && { platform }) }] };
  return [
    ["oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}')],
    ["index.json", Buffer.from(JSON.stringify(index))],
    ...blobs,
  ];
}

/** Writes the members into a folder, and returns it. */
export function writeMembers(folder: string, members: LayoutMembers): string {
  for (const [name, content] of members) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
