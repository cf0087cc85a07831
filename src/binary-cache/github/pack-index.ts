import * as z from "zod";

import type { PathInfo } from "../../model/path-info.js";
import { isStorePath, type StorePath } from "../../model/store-path.js";
import { MAX_CHUNK_BYTES } from "./chunker.js";
import { isEntryKey } from "./entry-key.js";
import type { HashPlace } from "./references.js";

/*
 * An entry of GitHub's cache has a pack, which is nothing but the compressed chunks one after the other, and
 * its index. Whoever can write entries can write anything into them.
 */

/** A chunk in a pack: one zstd frame. */
export interface PackedChunk {
  /** SHA-256 of the chunk, base64url. */
  readonly digest: string;
  /** The first half of the SHA-256 of the frame, base64url. */
  readonly frameDigest: string;
  readonly frameBytes: number;
  readonly bytes: number;
}

/** A store path, as the chunks of its NAR. */
export interface PackedPath extends PathInfo {
  /** The digests of its chunks, which may be in other packs. */
  readonly chunks: readonly string[];
  /** Where the hashes of references belong, in order. */
  readonly places: readonly HashPlace[];
}

/** An entry that an index builds on. */
export interface PackLink {
  readonly key: string;
  /** The size of its pack. */
  readonly bytes: number;
  /** False if only its chunks are used, and its list of paths is out of date. */
  readonly hasPaths: boolean;
}

export interface PackIndex {
  /** Oldest first, without the entry itself. */
  readonly chain: readonly PackLink[];
  /** In the order of the pack. */
  readonly chunks: readonly PackedChunk[];
  readonly paths: readonly PackedPath[];
}

/** Far more than the entries, paths and chunks of a cache that GitHub would keep. */
export const MAX_LINKS = 2000;
export const MAX_INDEX_BYTES = 128 << 20;
/** zstd makes a chunk that it cannot compress a little larger. */
const MAX_FRAME_BYTES = MAX_CHUNK_BYTES + 1024;

const size = (max: number) => z.number().int().min(0).max(max);
const text = (pattern: RegExp) => z.string().regex(pattern);
const STORE_PATH = z.custom<StorePath>((value) => typeof value === "string" && isStorePath(value));
const DIGEST = text(/^[\w-]{43}$/);

/** What a builder may choose. Rendering a narinfo leaves it out if it is not valid there. */
const ANY_TEXT = z.string();

const INDEX = z.strictObject({
  chain: z
    .array(z.tuple([z.string().refine(isEntryKey), size(Number.MAX_SAFE_INTEGER), z.boolean()]))
    .max(MAX_LINKS),
  chunks: z.array(
    z.tuple([DIGEST, text(/^[\w-]{22}$/), size(MAX_FRAME_BYTES).min(1), size(MAX_CHUNK_BYTES).min(1)]),
  ),
  paths: z.array(
    z.strictObject({
      path: STORE_PATH,
      deriver: ANY_TEXT,
      narHash: text(/^[0-9a-f]{64}$/),
      narBytes: size(2 ** 48).min(1),
      references: z.array(STORE_PATH),
      signatures: z.array(ANY_TEXT),
      contentAddress: ANY_TEXT,
      chunks: z.array(DIGEST),
      /** The distance from the place before, and the index of the reference, in turn. */
      places: z.array(z.number().int().min(0)),
    }),
  ),
});

export function renderPackIndex({ chain, chunks, paths }: PackIndex): string {
  const index: z.input<typeof INDEX> = {
    chain: chain.map(({ key, bytes, hasPaths }) => [key, bytes, hasPaths]),
    chunks: chunks.map(({ digest, frameDigest, frameBytes, bytes }) => [
      digest,
      frameDigest,
      frameBytes,
      bytes,
    ]),
    paths: paths.map(({ references, signatures, chunks: digests, places, ...path }) => ({
      path: path.path,
      deriver: path.deriver,
      narHash: path.narHash,
      narBytes: path.narBytes,
      references: [...references],
      signatures: [...signatures],
      contentAddress: path.contentAddress,
      chunks: [...digests],
      places: places.flatMap(([offset, reference], at) => [offset - (places[at - 1]?.[0] ?? 0), reference]),
    })),
  };
  return `${JSON.stringify(index)}\n`;
}

/** Reads an index; undefined for any other text. Leaves out paths that are impossible. Never throws. */
export function tryParsePackIndex(json: string): PackIndex | undefined {
  try {
    const { chain, chunks, paths } = INDEX.parse(JSON.parse(json));
    return {
      chain: chain.map(([key, bytes, hasPaths]) => ({ key, bytes, hasPaths })),
      chunks: chunks.map(([digest, frameDigest, frameBytes, bytes]) => ({
        digest,
        frameDigest,
        frameBytes,
        bytes,
      })),
      paths: paths
        .map((path) => ({ ...path, places: readPlaces(path.places) }))
        .filter(({ places, references, narBytes }) =>
          places.every(([offset, reference]) => offset < narBytes && reference < references.length),
        ),
    };
  } catch {
    return undefined;
  }
}

function readPlaces(numbers: readonly number[]): HashPlace[] {
  const places: HashPlace[] = [];
  let offset = 0;
  for (let at = 0; at + 1 < numbers.length; at += 2) {
    offset += numbers[at] ?? 0;
    places.push([offset, numbers[at + 1] ?? 0]);
  }
  return places;
}
