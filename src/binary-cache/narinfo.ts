import type { PathInfo } from "../model/path-info.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import { renderNixBase32 } from "./nix-base32.js";

const BASE_NAME = /^[0-9a-df-np-sv-z]{32}-[0-9A-Za-z+\-._?=]{1,211}$/;
const HASH = /^(?:sha256:[0-9a-df-np-sv-z]{52}|sha256:[0-9a-f]{64}|sha256-[A-Za-z0-9+/]{43}=)$/;

/**
 * The fields that Nix reads, and the values that it accepts.
 * @see NixOS/nix, src/libstore/nar-info.cc
 */
const FIELDS: Readonly<Record<string, (text: string) => boolean>> = {
  StorePath: isStorePath,
  URL: (text) => /^nar\/[0-9A-Za-z]+\.nar(?:\.[a-z0-9]+)?$/.test(text),
  Compression: (text) => /^(?:none|xz|bzip2|gzip|zstd|br|lzma|lzip|lz4)$/.test(text),
  FileHash: (text) => HASH.test(text),
  FileSize: isSize,
  NarHash: (text) => HASH.test(text),
  NarSize: isSize,
  References: (text) => text === "" || text.split(" ").every((name) => BASE_NAME.test(name)),
  Deriver: (text) => text === "unknown-deriver" || (BASE_NAME.test(text) && text.endsWith(".drv")),
  Sig: (text) => /^[^:\s]+:[A-Za-z0-9+/]+={0,2}$/.test(text),
  CA: (text) => /^(?:fixed|text):[a-z0-9:]+$/.test(text),
};

/** The file name of a store path's `.narinfo` in a binary cache. */
export function nameNarInfo(storePath: StorePath): string {
  return `${hashOf(storePath)}.narinfo`;
}

/** A compressed NAR in a cache. */
export interface NarFile {
  /** Relative to the cache. */
  readonly name: string;
  readonly compression: "zstd";
  /** SHA-256; undefined to leave it out, since Nix only needs that of the NAR. */
  readonly hash: Uint8Array | undefined;
  readonly sizeBytes: number;
}

/** Renders a `.narinfo`. Leaves out what would make it invalid: a builder may say anything about a path. */
export function renderNarInfo(info: PathInfo, file: NarFile, signatures: readonly string[]): string {
  const { path, deriver, narHash, narBytes, references, contentAddress } = info;
  const known = deriver.endsWith(".drv") && isStorePath(deriver);
  const lines: readonly (readonly [name: string, value: string])[] = [
    ["StorePath", path],
    ["URL", file.name],
    ["Compression", file.compression],
    ...(file.hash === undefined ? [] : [["FileHash", `sha256:${renderNixBase32(file.hash)}`] as const]),
    ["FileSize", String(file.sizeBytes)],
    ["NarHash", `sha256:${renderNixBase32(Buffer.from(narHash, "hex"))}`],
    ["NarSize", String(narBytes)],
    ["References", references.map(baseNameOf).join(" ")],
    ...(known ? [["Deriver", baseNameOf(deriver)] as const] : []),
    ...[...new Set(signatures)].map((signature) => ["Sig", signature] as const),
    ...(contentAddress === "" ? [] : [["CA", contentAddress] as const]),
  ];
  return lines
    .filter(([name, value]) => FIELDS[name]?.(value) !== false)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join("");
}

/**
 * What a signature of a path covers.
 * @see NixOS/nix, src/libstore/path-info.cc, ValidPathInfo::fingerprint
 */
export function renderFingerprint({ path, narHash, narBytes, references }: PathInfo): string {
  const hash = renderNixBase32(Buffer.from(narHash, "hex"));
  return `1;${path};sha256:${hash};${narBytes};${[...references].sort().join(",")}`;
}

function baseNameOf(storePath: string): string {
  return storePath.slice("/nix/store/".length);
}

function hashOf(storePath: StorePath): string {
  return storePath.slice("/nix/store/".length, "/nix/store/".length + 32);
}

function isSize(text: string): boolean {
  return /^[1-9][0-9]{0,14}$/.test(text);
}
