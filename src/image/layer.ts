import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { PassThrough, Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

import { type Digest, digestOfHex } from "../model/digest.js";
import type { TargetSystem } from "../model/system.js";
import { decompressZstd, isZstd } from "../platform/zstd.js";
import type { Budget } from "./budget.js";
import { gzip } from "./gzip.js";
import { createLayerAuditor, type LayerAudit } from "./layer-audit.js";

/** One layer of an archive, copied to a file in the work folder. */
export interface ArchiveLayer {
  /** Digest of the uncompressed tar. */
  readonly diffId: Digest;
  /** Size of the uncompressed tar. */
  readonly tarBytes: number;
  /** Digest of the file. */
  readonly digest: Digest;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly file: string;
  readonly audit: LayerAudit;
}

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
  const magic = Buffer.from(head.subarray(257, 262)).toString("latin1");
  return magic === "ustar" || head.subarray(0, 512).every((byte) => byte === 0);
}

/**
 * Hashes, audits and compresses a layer's tar in one pass. The same tar always gives the same bytes. Rejects
 * with a plain Error if it is not a tar or is too large.
 */
export async function packLayer(
  tar: Chunks,
  file: string,
  target: TargetSystem,
  budget: Budget,
): Promise<ArchiveLayer> {
  const inspection = createInspection(target, budget, `${file}.spool`);
  const blob = createHashing();
  const inspected = async function* () {
    for await (const chunk of tar) {
      await inspection.write(chunk);
      yield chunk;
    }
  };
  await pipeline(Readable.from(blob.pass(gzip(inspected()))), createWriteStream(file));
  return { ...inspection.end(), ...blob.result(), mediaType: mediaTypeOf("gzip"), file };
}

/**
 * Copies a layer unchanged, compressed or not, then reads the copy to hash and audit its content. Rejects as
 * `packLayer` does.
 */
export async function keepLayer(
  { bytes, compression }: { readonly bytes: Chunks; readonly compression: Compression | undefined },
  file: string,
  target: TargetSystem,
  budget: Budget,
): Promise<ArchiveLayer> {
  const inspection = createInspection(target, budget, `${file}.spool`);
  const blob = createHashing();
  await pipeline(Readable.from(blob.pass(bytes)), createWriteStream(file));
  await pipeline(createReadStream(file), createDecompress(compression), async (chunks: Chunks) => {
    for await (const chunk of chunks) {
      // Reading the archive counted only the compressed bytes.
      budget.spendBytes(compression === undefined ? 0 : chunk.length);
      await inspection.write(chunk);
    }
  });
  return { ...inspection.end(), ...blob.result(), mediaType: mediaTypeOf(compression), file };
}

/** The stage of a pipeline that decompresses. */
export function createDecompress(
  compression: Compression | undefined,
): Transform | ((chunks: Chunks) => AsyncGenerator<Uint8Array>) {
  if (compression === "zstd") return decompressZstd;
  return compression === "gzip" ? createGunzip({ chunkSize: 1 << 18 }) : new PassThrough();
}

/** @see https://github.com/opencontainers/image-spec/blob/main/layer.md */
function mediaTypeOf(compression: Compression | undefined): string {
  const suffix = compression === undefined ? "" : `+${compression}`;
  return `application/vnd.oci.image.layer.v1.tar${suffix}`;
}

function createInspection(target: TargetSystem, budget: Budget, spoolFile: string) {
  const hash = createHash("sha256");
  const auditor = createLayerAuditor(target, budget, spoolFile);
  let tarBytes = 0;
  return {
    write: async (chunk: Uint8Array): Promise<void> => {
      hash.update(chunk);
      tarBytes += chunk.length;
      await auditor.write(chunk);
    },
    end: () => ({ audit: auditor.end(), diffId: digestOfHex(hash.digest("hex")), tarBytes }),
  };
}

function createHashing() {
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
