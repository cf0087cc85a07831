import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { ActionError, isCancelled, renderError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import type { Digest } from "../model/digest.js";
import type { Clock } from "../platform/clock.js";
import { downloadFile, downloadText } from "../platform/download.js";
import type { SendHttp } from "../platform/http.js";
import type { RunCommand } from "../platform/command.js";
import type { Log } from "../platform/log.js";
import { renderUrl } from "../platform/render-url.js";
import type { ToolCache } from "../platform/tool-cache.js";
import { decompressArchive, diskFull } from "./archive-format.js";
import type { ArchiveSource } from "./installation.js";
import { parsePublishedDigest, type NixRelease } from "./resolve.js";

/** A release archive in the run's own folder, with a verified digest. */
export interface NixArchive {
  /** Path of a plain tar. */
  readonly file: string;
  readonly source: ArchiveSource;
}

export interface FetchEffects {
  readonly run: RunCommand;
  readonly log: Log;
  readonly clock: Clock;
  readonly sendHttp: SendHttp;
  /** A folder that only this run writes to. */
  readonly runFolder: string;
  readonly toolCache: ToolCache;
  readonly signal?: AbortSignal;
}

const MISMATCH_HINTS: Readonly<Record<NixRelease["digest"]["kind"], string>> = {
  given: "Check that nix-sha256 belongs to this version, system and archive format.",
  table: "The server's file differs from upstream's release. If you built it yourself, set nix-sha256.",
  published: "The file and its .sha256 on the server disagree. Set nix-sha256 to pin the digest yourself.",
};

const MAX_ARCHIVE_BYTES = 1 << 29;
const MAX_DIGEST_FILE_BYTES = 1 << 10;

/**
 * Takes a release from the tool cache, or downloads it and keeps it there for the next run. Either way the
 * bytes are copied to the run's own folder and hashed there. A file in the tool cache with the wrong digest
 * is ignored with a warning. Rejects with `DOWNLOAD_FAILED`, `NIX_DIGEST_MISMATCH`, `NIX_ARCHIVE_INVALID`,
 * `NIX_DISK_FULL` and `COMMAND_MISSING`.
 */
export async function fetchArchive(release: NixRelease, effects: FetchEffects): Promise<NixArchive> {
  const { log, run, runFolder } = effects;
  const digest = await readExpectedDigest(release, effects);
  const archive = join(runFolder, "nix-release.tar.xz");

  const kept = await effects.toolCache.find(digest);
  const isInCache = kept !== undefined && (await copyVerified(kept, archive, digest, effects));
  if (isInCache) log.info(`using the Nix archive from the tool cache: ${digest}`);
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
      `${renderUrl(release.url)} has the digest ${found}, expected ${digest}`,
      { hint: `Nothing was unpacked. ${MISMATCH_HINTS[release.digest.kind]}` },
    );
  }
  try {
    await toolCache.keep(archive, digest);
  } catch (error) {
    log.warning(
      `could not keep Nix in the tool cache, the next run will download it again: ${renderError(error)}`,
    );
  }
}

async function readExpectedDigest(release: NixRelease, effects: FetchEffects): Promise<Digest> {
  const { log } = effects;
  if (release.digest.kind !== "published") {
    const source = release.digest.kind === "given" ? "in nix-sha256" : "in this action's table of releases";
    log.info(`verifying Nix against the digest ${source}: ${release.digest.digest}`);
    return release.digest.digest;
  }
  const { url } = release.digest;
  const text = await downloadText(url, { ...effects, maxBytes: MAX_DIGEST_FILE_BYTES });
  const digest = parsePublishedDigest(text);
  log.info(`verifying Nix against the digest published at ${renderUrl(url)}: ${digest}`);
  return digest;
}

async function copyVerified(
  kept: string,
  file: string,
  digest: Digest,
  effects: FetchEffects,
): Promise<boolean> {
  const { log } = effects;
  try {
    const found = await fetchInto(file, pathToFileURL(kept), effects);
    if (found === digest) return true;
    log.warning(`ignoring the file in the tool cache for ${digest}: its digest is ${found}`);
  } catch (error) {
    if (isCancelled(error)) throw error;
    log.warning(`ignoring the file in the tool cache for ${digest}: ${renderError(error)}`);
  }
  await rm(file, { force: true });
  return false;
}

async function fetchInto(file: string, url: URL, effects: FetchEffects): Promise<Digest> {
  try {
    return await downloadFile(url, file, { ...effects, maxBytes: MAX_ARCHIVE_BYTES });
  } catch (error) {
    if (error instanceof ActionError && isErrno(error.cause, "ENOSPC", "EDQUOT")) {
      throw diskFull(effects.runFolder, error.cause);
    }
    throw error;
  }
}
