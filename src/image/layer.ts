import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { PassThrough, Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

import type { LayerCompression } from "../model/compression.js";
import { type Digest, digestOfHex } from "../model/digest.js";
import type { Blob } from "../model/image.js";
import type { TargetSystem } from "../model/system.js";
import { decompressZstd, isZstd } from "../platform/zstd.js";
import type { BlockPermits } from "./block-permits.js";
import type { Budget } from "./budget.js";
import { compress } from "./compress.js";
import {
  createLayerAuditor,
  type FindContent,
  type LayerAudit,
  type LayerAuditOptions,
} from "./layer-audit.js";
import { isV7Header } from "./tar-header.js";

/** One layer of an image: usually in a file in the work folder. */
export interface ArchiveLayer {
  /** Digest of the uncompressed tar. */
  readonly diffId: Digest;
  /** Size of the uncompressed tar. */
  readonly tarBytes: number;
  /** Digest of the layer as it is stored: usually compressed. */
  readonly digest: Digest;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly source: Blob["source"];
  readonly audit: LayerAudit;
}

/** A member that begins like a layer, and cannot be read as one. */
export interface UnreadableLayer {
  /** Why: a malformed or oversized tar, or data that cannot be decompressed. */
  readonly problem: Error;
}

export type ReadLayer = ArchiveLayer | UnreadableLayer;

export type Chunks = AsyncIterable<Uint8Array>;

export type Compression = "gzip" | "zstd";

/** Detects compression by the first bytes of a file. @see RFC 1952, section 2.3.1; RFC 8878, section 3.1.1 */
export function compressionOf(head: Uint8Array): Compression | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  return isZstd(head) ? "zstd" : undefined;
}

/** Whether this is the first block of a tar, even of an empty one. @see pax(1), "ustar Interchange Format" */
export function isTar(head: Uint8Array): boolean {
  if (head.length < 512) return false;
  const block = Buffer.from(head.subarray(0, 512));
  const isUstar = block.toString("latin1", 257, 262) === "ustar";
  return isUstar || isV7Header(block) || block.every((byte) => byte === 0);
}

export interface PackOptions {
  readonly target: TargetSystem;
  readonly budget: Budget;
  readonly compression: LayerCompression;
  /** Where files of the tar are on disk, too. */
  readonly findContent?: FindContent;
  readonly permits?: BlockPermits | undefined;
}

/**
 * Hashes, audits and compresses a layer's tar in one pass. The same tar always gives the same bytes. Reads it
 * to its end, whatever is in it. Each chunk of it may overwrite the one before.
 */
export async function packLayer(
  tar: Chunks,
  file: string,
  { target, budget, compression, findContent, permits }: PackOptions,
): Promise<ReadLayer> {
  const inspection = createInspection(budget, { target, spoolFile: `${file}.spool`, findContent });
  const blob = createHashing();
  const inspected = async function* () {
    for await (const chunk of tar) {
      await inspection.write(chunk);
      yield chunk;
    }
  };
  // Not a stream, which would ask for the next chunk before this one is written.
  await writeFile(file, blob.pass(compress(inspected(), compression, permits)));
  const inside = inspection.end();
  if ("problem" in inside) return inside;
  return { ...inside, ...blob.result(), mediaType: mediaTypeOf(compression.format), source: { file } };
}

/** What is in a layer, however it is compressed. */
export type LayerContent = Pick<ArchiveLayer, "audit" | "diffId" | "tarBytes">;

/** Hashes and audits a layer's tar, without writing it. Each chunk may overwrite the one before. */
export async function inspectTar(
  tar: Chunks,
  file: string,
  { target, budget, findContent }: Pick<PackOptions, "target" | "budget" | "findContent">,
): Promise<LayerContent | UnreadableLayer> {
  const inspection = createInspection(budget, { target, spoolFile: `${file}.spool`, findContent });
  for await (const chunk of tar) await inspection.write(chunk);
  return inspection.end();
}

/** Copies a layer unchanged, compressed or not, then reads the copy to hash and audit its content. */
export async function keepLayer(
  { bytes, compression }: { readonly bytes: Chunks; readonly compression: Compression | undefined },
  file: string,
  target: TargetSystem,
  budget: Budget,
): Promise<ReadLayer> {
  const inspection = createInspection(budget, { target, spoolFile: `${file}.spool` });
  const blob = createHashing();
  await pipeline(Readable.from(blob.pass(bytes)), createWriteStream(file));
  try {
    await pipeline(createReadStream(file), createDecompress(compression), async (chunks: Chunks) => {
      for await (const chunk of chunks) {
        // Reading the archive counted only the compressed bytes.
        budget.spendBytes(compression === undefined ? 0 : chunk.length);
        await inspection.write(chunk);
      }
    });
  } catch (error) {
    return { problem: toError(error) };
  }
  const inside = inspection.end();
  if ("problem" in inside) return inside;
  return { ...inside, ...blob.result(), mediaType: mediaTypeOf(compression), source: { file } };
}

/** The stage of a pipeline that decompresses. */
export function createDecompress(
  compression: Compression | undefined,
): Transform | ((chunks: Chunks) => AsyncGenerator<Uint8Array>) {
  if (compression === "zstd") return decompressZstd;
  return compression === "gzip" ? createGunzip({ chunkSize: 1 << 18 }) : new PassThrough();
}

/** Reads a layer, and hashes its tar. */
export async function readDiffId(file: string, compression: Compression | undefined): Promise<Digest> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), createDecompress(compression), async (chunks: Chunks) => {
    for await (const chunk of chunks) hash.update(chunk);
  });
  return digestOfHex(hash.digest("hex"));
}

/** @see https://github.com/opencontainers/image-spec/blob/main/layer.md */
export function mediaTypeOf(compression: Compression | undefined): string {
  const suffix = compression === undefined ? "" : `+${compression}`;
  return `application/vnd.oci.image.layer.v1.tar${suffix}`;
}

function createInspection(budget: Budget, options: LayerAuditOptions) {
  const hash = createHash("sha256");
  const auditor = createLayerAuditor(budget, options);
  let tarBytes = 0;
  let problem: Error | undefined;
  return {
    write: async (chunk: Uint8Array): Promise<void> => {
      hash.update(chunk);
      tarBytes += chunk.length;
      if (problem !== undefined) return;
      try {
        await auditor.write(chunk);
      } catch (error) {
        problem = toError(error);
      }
    },
    end: (): LayerContent | UnreadableLayer => {
      if (problem !== undefined) return { problem };
      try {
        return { audit: auditor.end(), diffId: digestOfHex(hash.digest("hex")), tarBytes };
      } catch (error) {
        return { problem: toError(error) };
      }
    },
  };
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Hashes and counts what passes through it: the `result` of all that has passed. */
export function createHashing() {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  return {
    pass: async function* (chunks: Chunks) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        yield chunk;
      }
    },
    result: () => ({ digest: digestOfHex(hash.digest("hex")), sizeBytes }),
  };
}
