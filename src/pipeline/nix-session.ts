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
import { openCache, type OpenCache } from "./open-cache.js";

/** Nix, ready to be called with all that this run configures. */
export interface NixSession {
  readonly nix: NixInstallation;
  readonly runNix: RunNix;
  /** `nix`, with a configuration that may be sent to a builder's daemon. */
  readonly runNixForBuilder: RunNix;
  /** `nix-store`. */
  readonly runNixStoreCli: RunNix;
  /** Not probed yet. */
  readonly pool: BuilderPool;
  /** The files of nix.conf that a `nix` of this run reads, the one that counts most first. */
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

/** Installs Nix, configures the builders and restores the cache, all at once, and writes the run's own nix.conf. */
export async function openNixSession(job: Job, context: RunContext): Promise<NixSession> {
  const [nix, builderConfiguration, cache] = await Promise.all([
    install(job, context),
    configure(job, context),
    openCache(job, context),
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
    // What a cache has and cannot give is built.
    extraConf: [renderRequiredConf(nix), cache === undefined ? "" : "fallback = true", extraConf].join("\n"),
  });
  await writeFileAtomically(confFile, conf, 0o600);
  // Nix hands the settings of its user to the daemon behind a socket: paths and caches of this machine are none of a builder's.
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

/** Makes the builders known to ssh; undefined where there are none. Rejects with the codes of `configureBuilders`. */
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
