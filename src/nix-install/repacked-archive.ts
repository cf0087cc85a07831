import { createReadStream, createWriteStream } from "node:fs";
import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createZstdCompress } from "node:zlib";

import { isDigest, type Digest } from "../model/digest.js";
import { hashFile, readOwnFile, writeOwnFile } from "../platform/files.js";
import type { ToolCache } from "../platform/tool-cache.js";

/** Where archives are kept, and where this user notes what he made of them. */
export interface KeptArchives {
  readonly toolCache: ToolCache;
  /** A folder of this user's. */
  readonly cacheFolder: string;
}

/**
 * A release that an earlier run of this user re-packed for speed, its bytes verified, copied to `file`; false where there is none. The
 * release's own digest says nothing of these bytes: theirs is in a file that this user alone can have written, and is asked for nowhere else.
 * Rejects with what stops the copy.
 */
export async function takeRepacked(
  release: Digest,
  file: string,
  { toolCache, cacheFolder }: KeptArchives,
): Promise<boolean> {
  const note = (await readOwnFile(noteOf(cacheFolder, release)))?.trim().split(" ") ?? [];
  const [ofRelease, digest = ""] = note;
  if (ofRelease !== release || !isDigest(digest)) return false;
  const kept = await toolCache.find(digest);
  if (kept === undefined) return false;
  await copyFile(kept, file);
  if ((await hashFile(file)) === digest) return true;
  await rm(file);
  throw new Error(`it has not the digest ${digest} that was noted for it`);
}

/** Packs the plain archive of a verified release by zstd, keeps that, and notes its digest. Rejects with what stops it. */
export async function keepRepacked(
  release: Digest,
  archive: string,
  { toolCache, cacheFolder }: KeptArchives,
): Promise<void> {
  const packed = `${archive}.zst`;
  try {
    await pipeline(createReadStream(archive), createZstdCompress(), createWriteStream(packed));
    const digest = await hashFile(packed);
    await toolCache.keep(packed, digest);
    await writeOwnFile(noteOf(cacheFolder, release), `${release} ${digest}\n`);
  } finally {
    await rm(packed, { force: true });
  }
}

function noteOf(cacheFolder: string, release: Digest): string {
  return join(cacheFolder, "repacked", release.replace(":", "-"));
}
