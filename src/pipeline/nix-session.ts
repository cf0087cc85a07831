import { join } from "node:path";

import { renderNetrc } from "../binary-cache/http.js";
import { type BuilderConfiguration, configureBuilders } from "../builders/configuration.js";
import { createPool } from "../builders/create-pool.js";
import type { BuilderPool } from "../builders/pool.js";
import { createRunNix, createRunNixStoreCli, type RunNix } from "../nix/command.js";
import { listConfFiles, renderUserConf } from "../nix/conf.js";
import { installNix } from "../nix-install/install.js";
import { isThroughDaemon, type NixInstallation, renderRequiredConf } from "../nix-install/installation.js";
import { writeFileAtomically } from "../platform/files.js";
import type { RunContext } from "./context.js";
import type { Job } from "./job.js";
import type { OpenCache } from "./open-cache.js";

/** Nix, ready to be called with the configuration of this run. */
export interface NixSession {
  readonly nix: NixInstallation;
  readonly runNix: RunNix;
  /** `nix`, with a configuration that is safe to send to a builder's daemon. */
  readonly runNixForBuilder: RunNix;
  /** `nix-store`. */
  readonly runNixStoreCli: RunNix;
  /** The builders, not probed yet. */
  readonly pool: BuilderPool;
  /** The nix.conf files that a `nix` of this run reads, highest precedence first. */
  readonly confFiles: readonly string[];
  /** For `NIX_SSHOPTS`. */
  readonly sshOptions: string | undefined;
  readonly signingKeyFile: string | undefined;
  readonly cache: OpenCache | undefined;
}

const NOTHING_LOCAL = {
  machinesFile: undefined,
  substituters: [],
  trustedPublicKeys: [],
  netrcFile: undefined,
};

/** Installs Nix, configures the builders and restores the cache, all at once; writes the run's nix.conf. */
export async function openNixSession(job: Job, context: RunContext): Promise<NixSession> {
  const [nix, builderConfiguration, cache] = await Promise.all([
    install(job, context),
    configure(job, context),
    restoreCache(job, context),
  ]);
  const netrcFile = await writeNetrc(job, context);
  const { githubToken, extraConf } = job;
  const confFile = join(context.runFolder, "user-nix.conf");
  const conf = renderUserConf({
    machinesFile: builderConfiguration?.machinesFile,
    substituters: cache?.substituter === undefined ? [] : [cache.substituter],
    trustedPublicKeys: job.trustedPublicKeys,
    netrcFile,
    githubToken,
    // Build what the cache lists but cannot deliver.
    extraConf: [renderRequiredConf(nix), cache === undefined ? "" : "fallback = true", extraConf].join("\n"),
  });
  await writeFileAtomically(confFile, conf, 0o600);
  // The Nix client forwards its settings to the daemon. Do not send a builder this machine's paths and
  // substituters.
  const storeConfFile = join(context.runFolder, "store-nix.conf");
  await writeFileAtomically(
    storeConfFile,
    renderUserConf({ ...NOTHING_LOCAL, githubToken, extraConf }),
    0o600,
  );
  const { environment } = context;
  const confFiles = listConfFiles(confFile, environment);
  const sshOptions = builderConfiguration?.sshOptions;
  const settings = { binFolder: nix.binFolder, confFiles, sshOptions, environment };
  const storeSettings = { ...settings, confFiles: listConfFiles(storeConfFile, environment) };
  return {
    nix,
    runNix: createRunNix(context.run, settings),
    runNixForBuilder: createRunNix(context.run, storeSettings),
    runNixStoreCli: createRunNixStoreCli(context.run, settings),
    pool: createPool(
      builderConfiguration,
      { isThroughDaemon: isThroughDaemon(nix), timeoutMs: job.builderTimeoutMs },
      context,
    ),
    confFiles,
    sshOptions,
    signingKeyFile: await writeSigningKey(job, context),
    cache,
  };
}

function install(job: Job, context: RunContext): Promise<NixInstallation> {
  const { nixSource: source, nixVersion: version, nixUrl: url, nixSha256: sha256 } = job;
  return installNix({ source, version, url, sha256, system: context.system }, context);
}

/** Makes the job's cache readable, if it has one. Rejects as `openCache` does. */
async function restoreCache(job: Job, context: RunContext): Promise<OpenCache | undefined> {
  if (job.cache === undefined) return undefined;
  const { openCache } = await import("./open-cache.js");
  return openCache({ ...job, cache: job.cache }, context);
}

/** Configures ssh for the builders; undefined if there are none. Rejects as `configureBuilders` does. */
export async function configure(
  { hopChains, knownHosts, builderTimeoutMs }: Job,
  context: RunContext,
): Promise<BuilderConfiguration | undefined> {
  if (hopChains.length === 0) return undefined;
  return configureBuilders({ hopChains, knownHosts, connectTimeoutMs: builderTimeoutMs }, context);
}

async function writeNetrc({ cache }: Job, { log, runFolder }: RunContext): Promise<string | undefined> {
  if (cache?.kind !== "http" || cache.login === undefined) return undefined;
  log.mask(cache.login.password);
  const file = join(runFolder, "netrc");
  await writeFileAtomically(file, renderNetrc(cache.login), 0o600);
  return file;
}

async function writeSigningKey(
  { cacheSigningKey }: Job,
  { runFolder }: RunContext,
): Promise<string | undefined> {
  if (cacheSigningKey === undefined) return undefined;
  const file = join(runFolder, "cache-signing-key");
  await writeFileAtomically(file, cacheSigningKey, 0o600);
  return file;
}
