import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { renderNetrc } from "../binary-cache/http.js";
import { Substituters } from "../binary-cache/substituters.js";
import {
  type BuilderConfiguration,
  type BuilderRequest,
  configureBuilders,
} from "../builders/configuration.js";
import { createPool, type CreatePoolOptions } from "../builders/create-pool.js";
import type { BuilderPool } from "../builders/pool.js";
import { isCancelled, renderError } from "../errors/action-error.js";
import type { KubernetesPool } from "../kubernetes/pool.js";
import { listArchiveLogins, listTokenLogins } from "../nix/access-token.js";
import { createRunNix, createRunNixStoreCli, type NixCallSettings, type RunNix } from "../nix/command.js";
import { listConfFiles, listUserConfFiles, renderUserConf } from "../nix/conf.js";
import { type GitAccess, renderGitCredentials, renderGitEnvironment } from "../nix/git-access.js";
import { installNix } from "../nix-install/install.js";
import { isThroughDaemon, type NixInstallation, renderRequiredConf } from "../nix-install/installation.js";
import { readFileIfPresent, writeFileAtomically } from "../platform/files.js";
import { keepKeys } from "../ssh/agent.js";
import { listNamedHosts, renderGitKnownHosts, renderGitSshConfig } from "../ssh/git-config.js";
import type { SshKey } from "../ssh/key.js";
import type { RunContext } from "./context.js";
import type { Job, KubernetesPoolJob } from "./job.js";
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
  /** What Nix fetches from, not probed yet. */
  readonly substituters: Substituters;
  /** The nix.conf files that a `nix` of this run reads, highest precedence first. */
  readonly confFiles: readonly string[];
  /** For `NIX_SSHOPTS`. */
  readonly sshOptions: string | undefined;
  readonly caches: readonly OpenCache[];
}

const NOTHING_LOCAL = {
  machinesFile: undefined,
  substituters: [],
  trustedPublicKeys: [],
  netrcFile: undefined,
};

/** Installs Nix, configures the builders and restores the cache, all at once; writes the run's nix.conf. */
export async function openNixSession(job: Job, context: RunContext): Promise<NixSession> {
  const [nix, ssh, caches] = await Promise.all([
    install(job, context),
    configure(job, context),
    restoreCaches(job, context),
  ]);
  const netrcFile = await writeNetrc(job, nix, context);
  const { githubToken, accessTokens, extraConf } = job;
  const confFile = join(context.runFolder, "user-nix.conf");
  const conf = renderUserConf({
    machinesFile: ssh.configuration?.machinesFile,
    substituters: caches.flatMap(({ substituter }) => substituter ?? []),
    trustedPublicKeys: job.trustedPublicKeys,
    netrcFile,
    githubToken,
    accessTokens,
    // Build what a substituter lists but cannot deliver.
    extraConf: [renderRequiredConf(nix), "fallback = true", extraConf].join("\n"),
  });
  await writeFileAtomically(confFile, conf, 0o600);
  // The Nix client forwards its settings to the daemon. Do not send a builder this machine's builders and
  // substituters. Access tokens stay here: they are settings of evaluation. Of a netrc file, which archives
  // need, the daemon gets only the path.
  const storeConfFile = join(context.runFolder, "store-nix.conf");
  await writeFileAtomically(
    storeConfFile,
    renderUserConf({
      ...NOTHING_LOCAL,
      netrcFile: accessTokens.length === 0 ? undefined : netrcFile,
      githubToken,
      accessTokens,
      extraConf,
    }),
    0o600,
  );
  const { environment } = context;
  const confFiles = listConfFiles(confFile, environment);
  const sshOptions = ssh.configuration?.sshOptions;
  const credentials = await writeGitCredentials(job, context);
  const gitAccess = { sshConfigFile: ssh.gitSshConfigFile, credentials };
  const gitEnvironment = renderGitEnvironment(gitAccess, environment);
  const settings = { binFolder: nix.binFolder, confFiles, sshOptions, gitEnvironment, environment };
  const substituters = createSubstituters(nix, settings, context);
  const fetching = { ...settings, listOptions: () => substituters.nixOptions };
  const storeSettings = { ...settings, confFiles: listConfFiles(storeConfFile, environment) };
  return {
    nix,
    runNix: createRunNix(context.run, fetching),
    runNixForBuilder: createRunNix(context.run, storeSettings),
    runNixStoreCli: createRunNixStoreCli(context.run, fetching),
    substituters,
    pool: createPool(
      ssh.configuration,
      {
        isThroughDaemon: isThroughDaemon(nix),
        timeoutMs: job.builderTimeoutMs,
        changing: ssh.changing,
      },
      context,
    ),
    confFiles,
    sshOptions,
    caches,
  };
}

function createSubstituters(
  nix: NixInstallation,
  settings: NixCallSettings,
  { run, ...effects }: RunContext,
): Substituters {
  // A Nix that was there before may have a daemon that uses another proxy.
  const mayDaemonReach = isThroughDaemon(nix) && nix.kind === "preinstalled";
  const readUris = async () => {
    const { readSubstituters } = await import("../nix/settings.js");
    return readSubstituters(createRunNix(run, settings));
  };
  return new Substituters({ readUris, mayDaemonReach }, effects);
}

function install(job: Job, context: RunContext): Promise<NixInstallation> {
  const { nixSource: source, nixVersion: version, nixUrl: url, nixSha256: sha256 } = job;
  return installNix({ source, version, url, sha256, system: context.system }, context);
}

/** Makes the job's caches readable, if it has any. Rejects as `openCaches` does. */
async function restoreCaches(job: Job, context: RunContext): Promise<readonly OpenCache[]> {
  if (job.caches.length === 0) return [];
  const { openCaches } = await import("./open-cache.js");
  return openCaches(job, context);
}

async function openPods(
  request: KubernetesPoolJob,
  timeoutMs: number,
  context: RunContext,
): Promise<KubernetesPool> {
  const { openKubernetesPool } = await import("../kubernetes/pool.js");
  const readText = (file: string) => readFile(file, "utf8");
  return openKubernetesPool({ ...request, timeoutMs }, { ...context, readText });
}

/** The run's ssh: for Nix and the builders, and for git and the servers of flake inputs. */
export interface SshSetup {
  /** Undefined if there are no builders. */
  readonly configuration: BuilderConfiguration | undefined;
  /** How to follow the builders that come and go. */
  readonly changing: CreatePoolOptions["changing"];
  readonly gitSshConfigFile: string | undefined;
}

/** Keeps the keys of the run, and configures ssh. Rejects as `keepKeys` and `configureBuilders` do. */
export async function configure(
  { hopChains, kubernetesPool, gitKey, knownHosts, builderTimeoutMs: connectTimeoutMs }: Job,
  context: RunContext,
): Promise<SshSetup> {
  const cluster =
    kubernetesPool === undefined ? undefined : await openPods(kubernetesPool, connectTimeoutMs, context);
  const keys = [...hopChains.map(({ sshKey }) => sshKey), cluster?.family.sshKey, gitKey].filter(
    (key) => key !== undefined,
  );
  if (keys.length === 0)
    return { configuration: undefined, changing: undefined, gitSshConfigFile: undefined };
  const distinct = [...new Map(keys.map((key) => [key.publicKey, key])).values()];
  const identities = await keepKeys(distinct, context);
  const request = { hopChains, family: cluster?.family, knownHosts, connectTimeoutMs, identities };
  const hasBuilders = hopChains.length > 0 || cluster !== undefined;
  const configuration = hasBuilders ? await configureBuilders(request, context) : undefined;
  const identity = configuration?.familyIdentity;
  return {
    configuration,
    changing:
      cluster === undefined || identity === undefined
        ? undefined
        : { discover: () => cluster.discover(identity), awaitChange: cluster.awaitChange },
    gitSshConfigFile:
      gitKey === undefined ? undefined : await writeGitSshConfig({ ...request, gitKey }, context),
  };
}

async function writeGitSshConfig(
  { gitKey, knownHosts, connectTimeoutMs, identities }: BuilderRequest & { readonly gitKey: SshKey },
  { runFolder }: RunContext,
): Promise<string> {
  const lines = listNamedHosts(knownHosts);
  const knownHostsFile = join(runFolder, "git_known_hosts");
  await writeFileAtomically(knownHostsFile, renderGitKnownHosts(lines));
  const configFile = join(runFolder, "git_ssh_config");
  const config = renderGitSshConfig(lines, {
    identityAgent: identities.agentSocket ?? "none",
    identityFile: identities.files.get(gitKey.publicKey) ?? "none",
    knownHostsFile,
    connectTimeoutS: Math.ceil(connectTimeoutMs / 1000),
  });
  await writeFileAtomically(configFile, config);
  return configFile;
}

async function writeGitCredentials(
  { accessTokens }: Job,
  { runFolder }: RunContext,
): Promise<GitAccess["credentials"]> {
  const logins = listTokenLogins(accessTokens);
  if (logins.length === 0) return undefined;
  const file = join(runFolder, "git-credentials");
  await writeFileAtomically(file, renderGitCredentials(logins), 0o600);
  return { hosts: logins.map(({ host }) => host), file };
}

/**
 * Writes the logins for binary caches and for archives into one netrc file, followed by those of the file
 * that it takes the place of: a Nix has one such file. Undefined if there are no logins to add.
 */
async function writeNetrc(
  { caches, accessTokens, extraConf }: Job,
  nix: NixInstallation,
  { run, log, runFolder, environment }: RunContext,
): Promise<string | undefined> {
  const own = caches.flatMap(({ cache }) =>
    cache.kind === "http" && cache.login !== undefined ? [cache.login] : [],
  );
  for (const { password } of own) log.mask(password);
  const archives = listArchiveLogins(accessTokens);
  const logins = [...own, ...archives].map(renderNetrc);
  if (archives.length > 0) {
    const settings = { binFolder: nix.binFolder, confFiles: listUserConfFiles(environment), environment };
    const runNix = createRunNix(run, { ...settings, sshOptions: undefined, gitEnvironment: {} });
    try {
      const { readNetrcSetting } = await import("../nix/settings.js");
      const present = /^\s*netrc-file\s*=\s*(\S+)/m.exec(extraConf)?.[1] ?? (await readNetrcSetting(runNix));
      logins.push((await readFileIfPresent(present)) ?? "");
    } catch (error) {
      if (isCancelled(error)) throw error;
      log.warning(
        "access-tokens is not used for archives (https://…/x.tar.gz), since Nix's present netrc file " +
          `cannot be read and would be replaced: ${renderError(error)}`,
      );
      logins.splice(own.length);
    }
  }
  if (logins.length === 0) return undefined;
  const file = join(runFolder, "netrc");
  await writeFileAtomically(file, logins.join(""), 0o600);
  return file;
}
