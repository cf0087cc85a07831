import { readdir, readFile } from "node:fs/promises";

import { ActionError } from "../errors/action-error.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import type { RunAsRoot } from "../platform/privileged.js";
import { parseRegistration } from "./registration.js";
import { asRoot } from "./root-command.js";

/** A complete release, unpacked next to the store but not yet part of it. */
export interface StagedRelease {
  /** The store path of Nix itself. */
  readonly nix: StorePath;
  readonly paths: readonly StorePath[];
  /** The input of `nix-store --load-db`. */
  readonly registration: string;
}

/** On the store's file system, so that a rename moves a complete path into the store. */
const STAGING = "/nix/.cross-build-staging";

/**
 * Unpacks a verified archive, a plain tar, next to the store and checks its layout: it must contain exactly
 * the store paths that it registers, and one of them must be Nix. Nothing else in the archive is used.
 * Rejects with `NIX_ARCHIVE_INVALID`, `NIX_DISK_FULL` and `NIX_NOT_WRITABLE`.
 */
export async function stageRelease(archive: string, runAsRoot: RunAsRoot): Promise<StagedRelease> {
  await discardStaging(runAsRoot);
  await asRoot(runAsRoot, "mkdir", ["-m", "0755", "--", STAGING]);
  const unpack = ["-x", "-f", archive, "-C", STAGING, "--strip-components=1", "--no-same-owner"];
  try {
    await asRoot(runAsRoot, "tar", unpack, { timeoutMs: 300_000 });
  } catch (error) {
    if (error instanceof ActionError && error.code === "COMMAND_FAILED") throw toUnpackError(error);
    throw error;
  }
  const staged = await readStaging();
  // Programs in the store must not be setuid or setgid.
  await asRoot(runAsRoot, "chmod", ["-R", "a+rX,ug-s", "--", `${STAGING}/store`]);
  return staged;
}

/**
 * Moves a staged release into the store and registers it. Replaces store paths that an interrupted install
 * left. Rejects with `NIX_DISK_FULL`, `NIX_NOT_WRITABLE` and `NIX_ARCHIVE_INVALID` (the release does not run
 * on this machine).
 */
export async function commitRelease(
  { nix, paths, registration }: StagedRelease,
  runAsRoot: RunAsRoot,
): Promise<void> {
  const folders = ["/nix/store", "/nix/var", "/nix/var/nix", "/nix/var/nix/profiles"];
  await asRoot(runAsRoot, "mkdir", ["-p", "-m", "0755", "--", ...folders]);
  await remove(paths, runAsRoot);
  const staged = paths.map((path) => path.replace("/nix", STAGING));
  await asRoot(runAsRoot, "mv", ["--", ...staged, "/nix/store/"]);
  // Store paths are read-only. Not earlier: without root, a read-only folder cannot be moved.
  await asRoot(runAsRoot, "chmod", ["-R", "a-w", "--", ...paths]);
  try {
    await asRoot(runAsRoot, `${nix}/bin/nix-store`, ["--load-db"], {
      input: registration,
      timeoutMs: 120_000,
      // nix.conf is not written yet, and the group that Nix uses by default may not exist.
      env: { NIX_CONFIG: "build-users-group =", NIX_REMOTE: "local" },
    });
  } catch (error) {
    if (error instanceof ActionError && error.code === "COMMAND_FAILED") throw toRunError(error);
    throw error;
  }
  await discardStaging(runAsRoot);
}

/** Removes what `stageRelease` unpacked. */
export async function discardStaging(runAsRoot: RunAsRoot): Promise<void> {
  await remove([STAGING], runAsRoot);
}

/** Makes the paths writable first: without root, the content of a read-only folder cannot be removed. */
async function remove(paths: readonly string[], runAsRoot: RunAsRoot): Promise<void> {
  await asRoot(runAsRoot, "chmod", ["-R", "-f", "u+w", "--", ...paths], { expectedExitCodes: [0, 1] });
  await asRoot(runAsRoot, "rm", ["-rf", "--", ...paths]);
}

async function readStaging(): Promise<StagedRelease> {
  const entries = await readdir(STAGING, { withFileTypes: true });
  const hasStore = entries.some((entry) => entry.name === "store" && entry.isDirectory());
  const hasRegistration = entries.some((entry) => entry.name === ".reginfo" && entry.isFile());
  if (!hasStore || !hasRegistration) throw invalid("store/ or .reginfo is missing");

  const registration = await readFile(`${STAGING}/.reginfo`, "utf8");
  const paths = parseRegistration(registration);
  const present = (await readdir(`${STAGING}/store`)).map((name) => `/nix/store/${name}`);
  const missing = paths.find((path) => !present.includes(path));
  if (missing !== undefined) throw invalid(`it lists the store path ${missing}, but does not contain it`);
  const extra = present.find((path) => !paths.some((registered) => registered === path));
  if (extra !== undefined) throw invalid(`it contains ${JSON.stringify(extra)}, but does not register it`);

  const nix = findNixPath(paths);
  if (nix === undefined) throw invalid("none of its store paths is Nix");
  return { nix, paths, registration };
}

/** Finds Nix itself among the store paths of a release, not its manual or one of its parts. */
export function findNixPath(paths: readonly string[]): StorePath | undefined {
  return paths.filter(isStorePath).find((path) => /-(?:nix|lix|determinate-nix)-[0-9][^-]*$/.test(path));
}

/** Finds the file of CA certificates among the store paths of a release. */
export function findCaBundle(paths: readonly StorePath[]): string | undefined {
  const cacert = paths.find((path) => /-nss-cacert-[0-9.]+$/.test(path));
  return cacert === undefined ? undefined : `${cacert}/etc/ssl/certs/ca-bundle.crt`;
}

function toUnpackError(error: ActionError): ActionError {
  return new ActionError("NIX_ARCHIVE_INVALID", `the Nix archive cannot be unpacked: ${error.message}`, {
    cause: error,
    hint: "The file is truncated, or not a tar archive. Check nix-url and nix-sha256.",
  });
}

function toRunError(error: ActionError): ActionError {
  return new ActionError(
    "NIX_ARCHIVE_INVALID",
    `the Nix in the archive does not run on this machine: ${error.message}`,
    {
      cause: error,
      hint: "Check that nix-url leads to a release for this system.",
    },
  );
}

function invalid(reason: string): ActionError {
  return new ActionError("NIX_ARCHIVE_INVALID", `the archive is not a Nix release: ${reason}`, {
    hint: "nix-url must lead to a Nix release tarball, as on https://releases.nixos.org.",
  });
}
