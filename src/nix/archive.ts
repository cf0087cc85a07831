import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { ActionError, renderError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import type { Digest } from "../model/digest.js";
import { downloadFile, downloadText, renderUrl } from "../platform/download.js";
import type { Log } from "../platform/log.js";
import type { ToolCache } from "../platform/tool-cache.js";
import { parsePublishedDigest, type NixRelease } from "./release.js";

/** A release tarball in the run's own folder, its bytes verified. */
export interface NixArchive {
  readonly file: string;
  readonly digest: Digest;
  readonly source: "tool-cache" | "download";
}

/** What fetching an archive needs. */
export interface FetchEffects {
  readonly log: Log;
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
 * Fetches a release from the tool cache, or else by its URL, and keeps it for the next run. The bytes are hashed on
 * their way into the run's folder, whence they came: a tool cache that lies is passed over with a warning. Rejects with `DOWNLOAD_FAILED`,
 * `NIX_DIGEST_MISMATCH` and `NIX_DISK_FULL`.
 */
export async function fetchArchive(release: NixRelease, effects: FetchEffects): Promise<NixArchive> {
  const { log, runFolder, toolCache } = effects;
  const digest = await readExpectedDigest(release, effects);
  const file = join(runFolder, "nix-release.tar");

  const kept = await toolCache.find(digest);
  if (kept !== undefined && (await copyVerified(kept, file, digest, log))) {
    log.info(`Nix is in the tool cache: ${digest}`);
    return { file, digest, source: "tool-cache" };
  }

  log.info(`downloading ${renderUrl(release.url)}`);
  const found = await fetchInto(file, release.url, effects);
  if (found !== digest) {
    await rm(file, { force: true });
    throw new ActionError(
      "NIX_DIGEST_MISMATCH",
      `${renderUrl(release.url)} has the digest ${found}, and should have ${digest}`,
      {
        hint: `Nothing of it was unpacked. ${MISMATCH_HINTS[release.digest.kind]}`,
      },
    );
  }
  try {
    await toolCache.keep(file, digest);
  } catch (error) {
    log.warning(
      `Nix could not be kept in the tool cache, the next run downloads it again: ${renderError(error)}`,
    );
  }
  return { file, digest, source: "download" };
}

async function readExpectedDigest(release: NixRelease, { log, signal }: FetchEffects): Promise<Digest> {
  if (release.digest.kind !== "published") {
    const source = release.digest.kind === "given" ? "in nix-sha256" : "that this action's table has for it";
    log.info(`Nix is held to the digest ${source}: ${release.digest.digest}`);
    return release.digest.digest;
  }
  const { url } = release.digest;
  const text = await downloadText(url, {
    maxBytes: MAX_DIGEST_FILE_BYTES,
    ...(signal !== undefined && { signal }),
  });
  const digest = parsePublishedDigest(text);
  log.info(`Nix is held to the digest published at ${renderUrl(url)}: ${digest}`);
  return digest;
}

async function copyVerified(kept: string, file: string, digest: Digest, log: Log): Promise<boolean> {
  try {
    const found = await downloadFile(pathToFileURL(kept), file, { maxBytes: MAX_ARCHIVE_BYTES });
    if (found === digest) return true;
    log.warning(`the file kept in the tool cache for ${digest} has the digest ${found}: it is not used`);
  } catch (error) {
    log.warning(`the file kept in the tool cache for ${digest} is not used: ${renderError(error)}`);
  }
  await rm(file, { force: true });
  return false;
}

async function fetchInto(file: string, url: URL, { runFolder, signal }: FetchEffects): Promise<Digest> {
  try {
    return await downloadFile(url, file, {
      maxBytes: MAX_ARCHIVE_BYTES,
      ...(signal !== undefined && { signal }),
    });
  } catch (error) {
    if (error instanceof ActionError && isErrno(error.cause, "ENOSPC", "EDQUOT")) {
      throw new ActionError("NIX_DISK_FULL", `the disk of ${runFolder} was full before Nix was downloaded`, {
        cause: error.cause,
        hint: "Free some space there.",
      });
    }
    throw error;
  }
}
