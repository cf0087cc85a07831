import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { constants, createZstdCompress, zstdCompress } from "node:zlib";

import { ActionError } from "../errors/action-error.js";
import type { PathInfo } from "../model/path-info.js";
import type { HttpBody } from "../platform/http-request.js";
import { readFileBody } from "../platform/http.js";
import type { StoredPath } from "./cache-writer.js";

/** A NAR, compressed with zstd, that can be sent any number of times. */
export interface PackedNar {
  readonly body: HttpBody;
  readonly sizeBytes: number;
  /** SHA-256 of the compressed bytes. */
  readonly hash: Uint8Array;
  /** Frees its disk space. */
  readonly discard: () => Promise<void>;
}

/** Above this size, the compressed NAR is kept in a file. */
const MAX_BYTES_IN_MEMORY = 1 << 20;
/** zstd's own default: what Nix's `compression=zstd` uses too. */
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 3 } };
const compressAtOnce = promisify(zstdCompress);

/**
 * Compresses a NAR, into memory or a file in `folder`. Rejects with `CACHE_FAILED` if the NAR is not the one
 * that its store describes, and with the errors of the NAR and of the disk.
 */
export async function packNar({ info, openNar }: StoredPath, folder: string): Promise<PackedNar> {
  // A stream costs more than it takes to compress a small NAR at once.
  if (info.narBytes <= MAX_BYTES_IN_MEMORY) {
    const nar: Uint8Array[] = [];
    for await (const chunk of verifyNar(openNar(), info)) nar.push(chunk);
    const body = await compressAtOnce(Buffer.concat(nar), LEVEL);
    const hash = createHash("sha256").update(body).digest();
    return { body, sizeBytes: body.length, hash, discard: () => Promise.resolve() };
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${randomBytes(8).toString("hex")}.nar.zst`);
  const discard = () => rm(file, { force: true });
  const handle = await open(file, "wx", 0o600);
  try {
    const { sizeBytes, hash } = await compressToFile(verifyNar(openNar(), info), handle);
    return { body: readFileBody(file, sizeBytes), sizeBytes, hash, discard };
  } catch (error) {
    await discard();
    throw error;
  } finally {
    await handle.close();
  }
}

async function compressToFile(
  nar: AsyncIterable<Uint8Array>,
  handle: FileHandle,
): Promise<Pick<PackedNar, "sizeBytes" | "hash">> {
  const compress = createZstdCompress({ ...LEVEL, chunkSize: 1 << 18 });
  const hash = createHash("sha256");
  let sizeBytes = 0;
  // Reading `compress` fails with the same error.
  pipeline(Readable.from(nar, { objectMode: true, highWaterMark: 4 }), compress).catch(() => undefined);
  for await (const chunk of compress as AsyncIterable<Buffer>) {
    hash.update(chunk);
    sizeBytes += chunk.length;
    await handle.writeFile(chunk);
  }
  return { sizeBytes, hash: hash.digest() };
}

/** Passes on a NAR; fails at its end, or as soon as it is too long, if it is not the one of `info`. */
async function* verifyNar(nar: AsyncIterable<Uint8Array>, info: PathInfo): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of nar) {
    bytes += chunk.length;
    if (bytes > info.narBytes) throw differs(info);
    hash.update(chunk);
    yield chunk;
  }
  if (bytes !== info.narBytes || hash.digest("hex") !== info.narHash) throw differs(info);
}

function differs({ path }: PathInfo): ActionError {
  return new ActionError("CACHE_FAILED", `the content of ${path} is not what its store recorded`, {
    hint: "Check the store that has it: nix-store --verify --check-contents.",
  });
}
