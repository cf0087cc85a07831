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

/** What configuring a Nix that we install needs. */
export interface ConfigureEffects {
  readonly runAsRoot: RunAsRoot;
  readonly log: Log;
  readonly runFolder: string;
  readonly userName: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const NIX_CONF = "/etc/nix/nix.conf";

/**
 * Nix looks for certificates in one place of the system alone, and Red Hat's and minimal images have none there: the release
 * brings its own, which then must not be collected as garbage. Gives the bundle's file; undefined where the system's own will do.
 * Rejects with the codes of `asRoot`.
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
 * Writes the nix.conf of a Nix of this version, and makes what it speaks of. One that is not ours is left as it is: ours is then shown in
 * the log. Rejects with the codes of `asRoot`.
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
    log.warning(`${NIX_CONF} was there before this Nix, and is left as it is`);
    log.group(`What ${NIX_CONF} would be`, conf.trimEnd().split("\n"));
    return;
  }
  if (!allocatesUids) await makeBuildUsers(runAsRoot);
  const draft = join(runFolder, "nix.conf");
  await writeFileAtomically(draft, conf);
  await asRoot(runAsRoot, "install", ["-D", "-m", "0644", "--", draft, NIX_CONF]);
}
