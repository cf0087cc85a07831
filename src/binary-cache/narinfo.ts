import { isStorePath, type StorePath } from "../model/store-path.js";

/** What a binary cache says of a store path, as far as it matters here. */
export interface NarInfo {
  readonly storePath: StorePath;
  /** The archive's file, below the cache's folder. */
  readonly file: string;
  readonly fileSizeBytes: number;
  /** The derivation that it was built from, where it is known: the name of its file. */
  readonly deriver: string | undefined;
}

const BASE_NAME = /^[0-9a-df-np-sv-z]{32}-[0-9A-Za-z+\-._?=]{1,211}$/;
const HASH = /^(?:sha256:[0-9a-df-np-sv-z]{52}|sha256:[0-9a-f]{64}|sha256-[A-Za-z0-9+/]{43}=)$/;

/** Each field that Nix reads, and what it takes for one. An unknown field it skips. */
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

/**
 * Reads a `.narinfo` file of a cache that is not trusted to be whole: undefined for anything that Nix would stumble over. `hash` is that of
 * the file's name. Never throws.
 * @see NixOS/nix, src/libstore/nar-info.cc
 */
export function tryParseNarInfo(text: string, hash: string): NarInfo | undefined {
  const values = new Map<string, string>();
  if (!text.endsWith("\n")) return undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const [, name = "", value = ""] = /^([A-Za-z]+): ?(.*)$/.exec(line) ?? [];
    if (name === "" || FIELDS[name]?.(value) === false) return undefined;
    if (values.has(name) && name !== "Sig") return undefined;
    values.set(name, value);
  }
  const storePath = values.get("StorePath") ?? "";
  const file = values.get("URL");
  const fileSize = values.get("FileSize");
  if (!isStorePath(storePath) || hashOf(storePath) !== hash) return undefined;
  if (file === undefined || fileSize === undefined || !values.has("NarHash") || !values.has("NarSize")) {
    return undefined;
  }
  const deriver = values.get("Deriver");
  return {
    storePath,
    file,
    fileSizeBytes: Number(fileSize),
    deriver: deriver === "unknown-deriver" ? undefined : deriver,
  };
}

/** The name of a store path's `.narinfo` in a binary cache. */
export function nameNarInfo(storePath: StorePath): string {
  return `${hashOf(storePath)}.narinfo`;
}

/**
 * A `.narinfo` that says no more than that its path is valid: Nix adds no path to a cache before all that it refers to.
 * @see NixOS/nix, src/libstore/binary-cache-store.cc, addToStoreCommon
 */
export function renderPlaceholder(storePath: StorePath): string {
  return `StorePath: ${storePath}\nURL: nar/none.nar\nNarHash: sha256:${"0".repeat(52)}\nNarSize: 1\n`;
}

function hashOf(storePath: StorePath): string {
  return storePath.slice("/nix/store/".length, "/nix/store/".length + 32);
}

function isSize(text: string): boolean {
  return /^[1-9][0-9]{0,14}$/.test(text);
}
