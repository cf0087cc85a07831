import { constants } from "node:fs";
import { access, rm } from "node:fs/promises";

import { ActionError, renderError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import { openToolCache } from "../platform/tool-cache.js";
import type { FetchEffects } from "./archive.js";
import { configureNix, linkCaBundle, type ConfigureEffects } from "./configure.js";
import { secureStore } from "./store-owner.js";
import {
  isDaemonListening,
  leaseDaemon,
  startDaemon,
  type StartEffects,
  type StopEffects,
} from "./daemon.js";
import {
  DEFAULT_PROFILE,
  findNix,
  isNewEnough,
  OLDEST_NIX,
  readVersion,
  type FindEffects,
  type PresentNix,
} from "./present-nix.js";
import {
  dropInstallLock,
  isInstalledByUs,
  markInstalled,
  readStoreState,
  takeInstallLock,
  waitForOtherInstall,
} from "./lock.js";
import { runInstaller } from "./darwin.js";
import { DISTRIBUTION_BIN, installPackage } from "./distribution.js";
import { renderInstallerConf } from "./conf.js";
import type { NixInstallation } from "./installation.js";
import { resolveRelease, type NixRelease, type NixRequest } from "./resolve.js";
import { asRoot } from "./root-command.js";
import { commitRelease, discardStaging, stageRelease, type StagedRelease } from "./stage.js";

export interface InstallEffects
  extends FindEffects, StartEffects, StopEffects, ConfigureEffects, Omit<FetchEffects, "toolCache"> {
  readonly canBecomeRoot: boolean;
  /** Where archives are kept if there is no runner with a tool cache. */
  readonly cacheFolder: string;
}

const PROFILE_BIN = `${DEFAULT_PROFILE}/bin`;

/**
 * Makes sure that this machine has a working Nix:
 * - reuses a Nix that is present and new enough;
 * - as root or with sudo, installs a release into /nix, or the distribution's package; a user with sudo gets
 *   a daemon;
 * - without either, installs a release into a /nix that the user owns, for this user only;
 * - on macOS, runs upstream's installer.
 *
 * Repairs an interrupted install, and waits for another run that is installing. Rejects with `INPUT_INVALID`,
 * `HOST_UNSUPPORTED` (a Nix that is too old is in the way, or there is no package), `DOWNLOAD_FAILED`,
 * `NIX_DIGEST_MISMATCH`, `NIX_ARCHIVE_INVALID`, `NIX_DISK_FULL`, `NIX_NOT_WRITABLE`, `NIX_HALF_INSTALLED`,
 * `NIX_DAEMON_FAILED` and the codes of RunCommand.
 */
export async function installNix(request: NixRequest, effects: InstallEffects): Promise<NixInstallation> {
  const release = resolveRelease(request);
  await waitForOtherInstall(effects);
  const present = await findNix(effects);
  if (present !== undefined && isNewEnough(present.version)) return reuseNix(present, effects);

  await checkStoreIsFree(present);
  if (present !== undefined) effects.log.warning(`${describe(present)}; installing a newer one next to it`);
  const isDarwin = request.system.endsWith("-darwin");
  const install =
    request.source === "distribution"
      ? installDistribution(effects)
      : isDarwin
        ? installOnDarwin(release, effects)
        : installRelease(release, effects);
  return (await install) ?? installNix(request, effects);
}

async function reuseNix(nix: PresentNix, effects: InstallEffects): Promise<NixInstallation> {
  const { log, environment } = effects;
  log.info(`reusing Nix ${nix.version} in ${nix.binFolder}`);
  const isOurs = await isInstalledByUs();
  const kind = isOurs ? "earlier-run" : "preinstalled";
  if (await opensStoreItself(environment)) {
    return { ...nix, kind, access: isOurs && !effects.canBecomeRoot ? "single-user" : "direct" };
  }
  // Take the lease before looking for the daemon: the run that started it may be about to stop it.
  if (isOurs && effects.canBecomeRoot) await leaseDaemon(effects);
  if (!(await isDaemonListening())) {
    if (!isOurs) {
      throw new ActionError("NIX_DAEMON_FAILED", "the Nix daemon on this machine is not listening", {
        hint: "Start it (systemctl start nix-daemon.socket), or run as a user who may write to /nix/var/nix.",
      });
    }
    log.info("the Nix daemon that an earlier run started is gone; starting it again");
    await startDaemon(nix.binFolder, effects);
  }
  return { ...nix, kind, access: "daemon" };
}

/** Resolves with undefined if another run began to install in the meantime. */
async function installRelease(
  release: NixRelease,
  given: InstallEffects,
): Promise<NixInstallation | undefined> {
  // Without root, this user runs root's commands, and therefore has to own /nix.
  const effects = given.canBecomeRoot ? given : { ...given, runAsRoot: given.run };
  const { log, run, runAsRoot, isRoot, canBecomeRoot } = effects;
  const toolCache = openToolCache(effects.environment, effects.cacheFolder);
  const { fetchArchive } = await import("./archive.js");
  const { file, source: archive } = await fetchArchive(release, { ...effects, toolCache });
  try {
    await asRoot(runAsRoot, "mkdir", ["-p", "-m", "0755", "--", "/nix"]);
    if (canBecomeRoot) await secureStore(runAsRoot);
    if (!(await beginInstall(effects))) return undefined;
    const staged = await stageOrClear(file, effects);
    await commitRelease(staged, runAsRoot);
    const caBundle = await linkCaBundle(staged, effects);
    if (canBecomeRoot) await configureNix(await readVersion(run, `${staged.nix}/bin`), { caBundle }, effects);
    // Link the profile last: `findNix` does not find an install that was interrupted before this point.
    await asRoot(runAsRoot, "ln", ["-sfn", "--", staged.nix, DEFAULT_PROFILE]);
  } finally {
    await rm(file, { force: true });
  }
  const version = await readVersion(run, PROFILE_BIN);
  const access = isRoot ? "direct" : canBecomeRoot ? "daemon" : "single-user";
  const pid = access === "daemon" ? await startDaemon(PROFILE_BIN, effects) : undefined;
  await markInstalled(effects);
  log.info(`installed Nix ${version} in /nix${pid === undefined ? "" : `; its daemon is process ${pid}`}`);
  return { kind: "release", archive, version, binFolder: PROFILE_BIN, access };
}

/** Takes the lock. False if another run began to install, or even finished, since `installNix` checked. */
async function beginInstall(effects: InstallEffects): Promise<boolean> {
  if (!(await takeInstallLock(effects))) return false;
  const present = await findNix(effects);
  if (present === undefined || !isNewEnough(present.version)) return true;
  await dropInstallLock(effects);
  return false;
}

/** Stages a release. Staging does not touch the store, so a failure leaves nothing behind. */
async function stageOrClear(file: string, effects: InstallEffects): Promise<StagedRelease> {
  try {
    return await stageRelease(file, effects.runAsRoot);
  } catch (error) {
    try {
      await discardStaging(effects.runAsRoot);
      await dropInstallLock(effects);
    } catch (secondError) {
      effects.log.debug(`could not clean up, the next run will: ${renderError(secondError)}`);
    }
    throw error;
  }
}

/** True if Nix's store `auto` would open the store directly, because this user can write its state. */
async function opensStoreItself(environment: InstallEffects["environment"]): Promise<boolean> {
  const remote = environment["NIX_REMOTE"] ?? "";
  if (remote === "daemon") return false;
  if (remote !== "" && remote !== "auto") return true;
  try {
    await access("/nix/var/nix", constants.R_OK | constants.W_OK);
    return true;
  } catch (error) {
    return isErrno(error, "ENOENT");
  }
}

async function checkStoreIsFree(present: PresentNix | undefined): Promise<void> {
  if ((await readStoreState()) !== "foreign") return;
  if (present !== undefined) {
    throw new ActionError(
      "HOST_UNSUPPORTED",
      `${describe(present)}, and its store is in the way of a newer Nix`,
      {
        hint: `Upgrade it to ${OLDEST_NIX} or newer, or remove it together with /nix.`,
      },
    );
  }
  throw new ActionError(
    "NIX_HALF_INSTALLED",
    "/nix/store has store paths, but no working Nix was found: " +
      "an install was interrupted, or a cache was restored in part",
    { hint: "Put the Nix that the store belongs to on PATH, or remove it (sudo rm -rf /nix) and run again." },
  );
}

function describe({ binFolder, version }: PresentNix): string {
  return `${binFolder}/nix is Nix ${version}, but ${OLDEST_NIX} or newer is required`;
}

/**
 * Installs the distribution's package. Resolves with undefined if another run began to install in the
 * meantime.
 */
async function installDistribution(effects: InstallEffects): Promise<NixInstallation | undefined> {
  const { log, run, runAsRoot, isRoot, canBecomeRoot } = effects;
  if (!canBecomeRoot) {
    throw new ActionError("NIX_NOT_WRITABLE", "only root can install the distribution's Nix package", {
      hint: "Give this user passwordless sudo, or use nix-source: release with a /nix that the user owns.",
    });
  }
  await asRoot(runAsRoot, "mkdir", ["-p", "-m", "0755", "--", "/nix"]);
  await secureStore(runAsRoot);
  if (!(await beginInstall(effects))) return undefined;
  let version: string;
  try {
    const { name, sandboxShell } = await installPackage(runAsRoot);
    version = await readVersion(run, DISTRIBUTION_BIN);
    if (!isNewEnough(version)) throw packageTooOld(name, version);
    await configureNix(version, { sandboxShell }, effects);
  } catch (error) {
    await dropInstallLock(effects);
    throw error;
  }
  if (!isRoot) await startDaemon(DISTRIBUTION_BIN, effects);
  await markInstalled(effects);
  log.info(`installed Nix ${version} from the distribution's package`);
  return {
    kind: "distribution",
    version,
    binFolder: DISTRIBUTION_BIN,
    access: isRoot ? "direct" : "daemon",
  };
}

/**
 * Upstream's installer creates the volume, the build users and a launchd daemon. Later runs reuse that Nix
 * like a preinstalled one.
 */
async function installOnDarwin(release: NixRelease, effects: InstallEffects): Promise<NixInstallation> {
  const { log, run, runFolder, userName } = effects;
  const toolCache = openToolCache(effects.environment, effects.cacheFolder);
  const { fetchArchive } = await import("./archive.js");
  const { file, source: archive } = await fetchArchive(release, { ...effects, toolCache });
  try {
    await runInstaller(file, { run, runFolder, conf: renderInstallerConf(userName) });
  } finally {
    await rm(file, { force: true });
  }
  const version = await readVersion(run, PROFILE_BIN);
  log.info(`installed Nix ${version} with upstream's installer`);
  return { kind: "upstream-installer", archive, version, binFolder: PROFILE_BIN, access: "daemon" };
}

function packageTooOld(name: string, version: string): ActionError {
  return new ActionError(
    "HOST_UNSUPPORTED",
    `the package of ${name} is Nix ${version}, but ${OLDEST_NIX} or newer is required`,
    { hint: "Use nix-source: release." },
  );
}
