import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { ActionError, renderError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import type { Digest } from "../model/digest.js";
import type { Clock } from "../platform/clock.js";
import { downloadFile, downloadText, renderUrl } from "../platform/download.js";
import type { RunCommand } from "../platform/command.js";
import type { Log } from "../platform/log.js";
import type { ToolCache } from "../platform/tool-cache.js";
import { decompressArchive, diskFull } from "./archive-format.js";
import type { ArchiveSource } from "./installation.js";
import { parsePublishedDigest, type NixRelease } from "./resolve.js";

/** A release in the run's own folder, its bytes verified. */
export interface NixArchive {
  /** A plain tar. */
  readonly file: string;
  readonly source: ArchiveSource;
}

/** What fetching an archive needs. */
export interface FetchEffects {
  readonly run: RunCommand;
  readonly log: Log;
  readonly clock: Clock;
  /** A folder that only this run writes to. */
  readonly runFolder: string;
  readonly toolCache: ToolCache;
  readonly signal?: AbortSignal;
}

const MISMATCH_HINTS: Readonly<Record<NixRelease["digest"]["kind"], string>> = {
  given: "Check nix-sha256 against the version, the system and the file format of nix-url.",
  table:
    "The server has other bytes than upstream's release. If they are a build of your own, give its nix-sha256.",
  published: "The server changed the file or its .sha256; give nix-sha256 to be independent of it.",
};

const MAX_ARCHIVE_BYTES = 1 << 29;
const MAX_DIGEST_FILE_BYTES = 1 << 10;

/**
 * Fetches a release from the tool cache, or downloads it and keeps it there for the next run. Either way its bytes are copied to the
 * run's own folder and hashed there; a file of the tool cache with the wrong digest is ignored with a warning. Rejects with
 * `DOWNLOAD_FAILED`, `NIX_DIGEST_MISMATCH`, `NIX_ARCHIVE_INVALID`, `NIX_DISK_FULL` and `COMMAND_MISSING`.
 */
export async function fetchArchive(release: NixRelease, effects: FetchEffects): Promise<NixArchive> {
  const { log, run, runFolder } = effects;
  const digest = await readExpectedDigest(release, effects);
  const archive = join(runFolder, "nix-release.tar.xz");

  const kept = await effects.toolCache.find(digest);
  const isInCache = kept !== undefined && (await copyVerified(kept, archive, digest, effects));
  if (isInCache) log.info(`Nix is in the tool cache: ${digest}`);
  else await download(release, archive, digest, effects);

  const file = await decompressArchive(archive, run);
  return { file, source: isInCache ? "tool-cache" : "download" };
}

async function download(
  release: NixRelease,
  archive: string,
  digest: Digest,
  effects: FetchEffects,
): Promise<void> {
  const { log, toolCache } = effects;
  log.info(`downloading ${renderUrl(release.url)}`);
  const found = await fetchInto(archive, release.url, effects);
  if (found !== digest) {
    await rm(archive, { force: true });
    throw new ActionError(
      "NIX_DIGEST_MISMATCH",
      `${renderUrl(release.url)} has the digest ${found}, and should have ${digest}`,
      { hint: `Nothing of it was unpacked. ${MISMATCH_HINTS[release.digest.kind]}` },
    );
  }
  try {
    await toolCache.keep(archive, digest);
  } catch (error) {
    log.warning(
      `Nix could not be kept in the tool cache, the next run downloads it again: ${renderError(error)}`,
    );
  }
}

async function readExpectedDigest(
  release: NixRelease,
  { log, clock, signal }: FetchEffects,
): Promise<Digest> {
  if (release.digest.kind !== "published") {
    const source = release.digest.kind === "given" ? "in nix-sha256" : "that this action's table has for it";
    log.info(`Nix is held to the digest ${source}: ${release.digest.digest}`);
    return release.digest.digest;
  }
  const { url } = release.digest;
  const text = await downloadText(url, {
    maxBytes: MAX_DIGEST_FILE_BYTES,
    clock,
    ...(signal !== undefined && { signal }),
  });
  const digest = parsePublishedDigest(text);
  log.info(`Nix is held to the digest published at ${renderUrl(url)}: ${digest}`);
  return digest;
}

async function copyVerified(
  kept: string,
  file: string,
  digest: Digest,
  { log, clock }: FetchEffects,
): Promise<boolean> {
  try {
    const found = await downloadFile(pathToFileURL(kept), file, { maxBytes: MAX_ARCHIVE_BYTES, clock });
    if (found === digest) return true;
    log.warning(`the file kept in the tool cache for ${digest} has the digest ${found}: it is not used`);
  } catch (error) {
    log.warning(`the file kept in the tool cache for ${digest} is not used: ${renderError(error)}`);
  }
  await rm(file, { force: true });
  return false;
}

async function fetchInto(
  file: string,
  url: URL,
  { runFolder, clock, signal }: FetchEffects,
): Promise<Digest> {
  try {
    return await downloadFile(url, file, {
      maxBytes: MAX_ARCHIVE_BYTES,
      clock,
      ...(signal !== undefined && { signal }),
    });
  } catch (error) {
    if (error instanceof ActionError && isErrno(error.cause, "ENOSPC", "EDQUOT")) {
      throw diskFull(runFolder, error.cause);
    }
    throw error;
  }
}
