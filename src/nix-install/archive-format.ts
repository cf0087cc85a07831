import { createReadStream, createWriteStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

import { ActionError, renderError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import type { RunCommand } from "../platform/command.js";
import { decompressZstd, isZstd } from "../platform/zstd.js";

type Format = "xz" | "zstd" | "gzip";

const XZ_MAGIC = "fd377a585a00";
const GZIP_MAGIC = "1f8b";
const UNPACK_LIMIT_MS = 300_000;

/**
 * Decompresses an archive into a plain tar next to it, removes the compressed file, and returns the tar's
 * path. The name of `archive` ends in `.tar.xz` whatever its format is: the format is detected from its first
 * bytes. Rejects with `NIX_ARCHIVE_INVALID`, `NIX_DISK_FULL` and `COMMAND_MISSING`.
 */
export async function decompressArchive(archive: string, run: RunCommand): Promise<string> {
  const file = archive.replace(/\.xz$/, "");
  const format = await readFormat(archive);
  if (format === undefined) throw invalid("it is not compressed with xz, zstd or gzip");
  try {
    if (format === "xz") {
      await run("xz", ["--decompress", "--force", "--", archive], {
        timeoutMs: UNPACK_LIMIT_MS,
        env: { LC_ALL: "C" },
      });
    } else {
      const decompress = format === "zstd" ? decompressZstd : createGunzip();
      await pipeline(createReadStream(archive), decompress, createWriteStream(file));
      await rm(archive);
    }
  } catch (error) {
    await rm(file, { force: true });
    throw toArchiveError(error, dirname(file));
  }
  return file;
}

async function readFormat(archive: string): Promise<Format | undefined> {
  const handle = await open(archive);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(6), 0, 6);
    const head = buffer.subarray(0, bytesRead);
    if (isZstd(head)) return "zstd";
    const hex = head.toString("hex");
    return hex.startsWith(XZ_MAGIC) ? "xz" : hex.startsWith(GZIP_MAGIC) ? "gzip" : undefined;
  } finally {
    await handle.close();
  }
}

function toArchiveError(error: unknown, folder: string): unknown {
  if (error instanceof ActionError && error.code === "COMMAND_MISSING") {
    return new ActionError("COMMAND_MISSING", "the Nix archive cannot be unpacked: xz is not installed", {
      cause: error,
      hint: "Install xz-utils.",
    });
  }
  if (isErrno(error, "ENOSPC", "EDQUOT") || /No space left on device|quota/.test(renderError(error))) {
    return diskFull(folder, error);
  }
  if (error instanceof ActionError && error.code !== "COMMAND_FAILED") return error;
  return invalid(renderError(error), error);
}

/** The disk that holds the run's folder is full. */
export function diskFull(folder: string, cause: unknown): ActionError {
  return new ActionError("NIX_DISK_FULL", `the disk that holds ${folder} is too full for the Nix archive`, {
    cause,
    hint: "Free some space on that disk.",
  });
}

function invalid(reason: string, cause?: unknown): ActionError {
  return new ActionError("NIX_ARCHIVE_INVALID", `the Nix archive cannot be unpacked: ${reason}`, {
    cause,
    hint: "The file is truncated, or not an archive. Check nix-url and nix-sha256.",
  });
}
