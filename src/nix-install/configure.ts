import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";

import { readFileIfPresent, writeFileAtomically } from "../platform/files.js";
import type { Log } from "../platform/log.js";
import type { RunAsRoot } from "../platform/privileged.js";
import { makeBuildUsers } from "./build-users.js";
import { hasAllocatedUids } from "./present-nix.js";
import { isOurConf, renderNixConf, type NixConfRequest } from "./conf.js";
import { asRoot } from "./root-command.js";
import { findCaBundle, type StagedRelease } from "./stage.js";

export interface ConfigureEffects {
  readonly runAsRoot: RunAsRoot;
  readonly log: Log;
  readonly runFolder: string;
  readonly userName: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const NIX_CONF = "/etc/nix/nix.conf";

/**
 * Nix expects the system's CA certificates in one file, which Red Hat's and minimal images do not have. If it
 * is missing, protects the release's own bundle from garbage collection and returns its path. Returns
 * undefined if the system's certificates can be read, or if the release has no bundle. Rejects with the codes
 * of `asRoot`.
 */
export async function linkCaBundle(
  { paths }: StagedRelease,
  { environment, runAsRoot }: ConfigureEffects,
): Promise<string | undefined> {
  const isSystems = await isReadable(
    environment["NIX_SSL_CERT_FILE"] ?? "/etc/ssl/certs/ca-certificates.crt",
  );
  const bundle = isSystems ? undefined : findCaBundle(paths);
  if (bundle === undefined) return undefined;
  await asRoot(runAsRoot, "ln", ["-sfn", "--", bundle, "/nix/var/nix/gcroots/cross-build-ca-bundle"]);
  return bundle;
}

async function isReadable(file: string): Promise<boolean> {
  try {
    await access(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Writes /etc/nix/nix.conf for a Nix of this version, and creates the build users if that Nix needs them. An
 * existing file that this action did not write is left unchanged, and the log then shows the settings
 * instead. Rejects with the codes of `asRoot`.
 */
export async function configureNix(
  version: string,
  details: Pick<NixConfRequest, "caBundle" | "sandboxShell">,
  { userName, runFolder, runAsRoot, log }: ConfigureEffects,
): Promise<void> {
  const allocatesUids = hasAllocatedUids(version);
  const conf = renderNixConf({ userName, allocatesUids, ...details });
  const present = await readFileIfPresent(NIX_CONF);
  if (present !== undefined && !isOurConf(present)) {
    log.warning(`${NIX_CONF} existed before this install and is left unchanged`);
    log.group(`Settings that would have been written to ${NIX_CONF}`, conf.trimEnd().split("\n"));
    return;
  }
  if (!allocatesUids) await makeBuildUsers(runAsRoot);
  const draft = join(runFolder, "nix.conf");
  await writeFileAtomically(draft, conf);
  await asRoot(runAsRoot, "install", ["-D", "-m", "0644", "--", draft, NIX_CONF]);
}
