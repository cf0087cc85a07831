import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { type BinaryCache, chooseCache } from "../../binary-cache/binary-cache.js";
import { renderNetrc } from "../../binary-cache/http.js";
import { parsePublicKey, parseSigningKey } from "../../binary-cache/signing-key.js";
import {
  type BuilderConfiguration,
  configureBuilders,
  type KeyedHopChain,
} from "../../builders/configuration.js";
import { readMachines } from "../../builders/machine-line.js";
import type { BuilderPool } from "../../builders/pool.js";
import { planHopChain } from "../../ssh/proxy-jump.js";
import { readSshHosts, type SshHost } from "../../ssh/host-blocks.js";
import { missingPrivateKey, parsePrivateKey, type SshKey } from "../../ssh/key.js";
import { ActionError } from "../../errors/action-error.js";
import type { Builder } from "../../model/builder.js";
import { installNix, type NixInstallation } from "../../nix-install/install.js";
import {
  createRunNix,
  createRunNixStoreCli,
  listConfFiles,
  renderUserConf,
  type RunNix,
} from "../../nix/command.js";
import { decidePush } from "../../plan/push-policy.js";
import { writeFileAtomically } from "../../platform/files.js";
import { readSmokeSpec, type SmokeSpec } from "../../smoke/spec.js";
import { createPool } from "../../builders/create-pool.js";
import { openCache, type OpenCache } from "./publish.js";
import type { Job, RunContext } from "../job.js";

/** The parts of a job that are languages of their own, read before anything is touched. */
export interface Request {
  /** The ways to all builders. */
  readonly hopChains: readonly KeyedHopChain[];
  readonly cache: BinaryCache | undefined;
  /** Only what has a signature of `trustedPublicKeys` is believed. */
  readonly isCacheSigned: boolean;
  readonly signingKey: string | undefined;
  readonly trustedPublicKeys: readonly string[];
  readonly smoke: SmokeSpec | undefined;
}

/** Nix, ready to be called with all that this run configures. */
export interface NixSession {
  readonly nix: NixInstallation;
  readonly runNix: RunNix;
  /** For what happens in a builder's store. */
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

/** Reads builders, keys, cache and smoke test; rejects with `INPUT_INVALID` and `SSH_KEY_INVALID`. */
export async function readRequest(job: Job, world: RunContext): Promise<Request> {
  const readText = (file: string) => readFile(file, "utf8");
  const { workingDirectory } = job;
  const hosts = await readSshHosts(job.sshConfig, workingDirectory, readText, world.clock.nowMs());
  const run = { nonce: world.nonce, systemDefault: world.system, hosts };
  const builders = await readMachines(job.builders, run, workingDirectory, readText);
  return {
    hopChains: await planHopChains(builders, hosts, job, world),
    cache: chooseCache(job.cache, job.workingDirectory, world.runnerCache !== undefined),
    // Beside a cache that nobody asked for, the keys are those of the user's own substituters.
    isCacheSigned: job.cache !== undefined && job.trustedPublicKeys.length > 0,
    signingKey: job.cacheSigningKey === undefined ? undefined : parseSigningKey(job.cacheSigningKey),
    trustedPublicKeys: job.trustedPublicKeys.map(parsePublicKey),
    smoke: job.smokeTest === undefined ? undefined : await readSmokeSpec(job.smokeTest, job.workingDirectory),
  };
}

/**
 * The ways to the builders, each with its key: that of its line, else `ssh-private-key`. Those without one are left out where the event gives no
 * secrets; everywhere else, rejects with `SSH_KEY_INVALID`.
 */
async function planHopChains(
  builders: readonly Builder[],
  hosts: readonly SshHost[],
  { sshPrivateKey, workingDirectory }: Job,
  { event, log }: RunContext,
): Promise<readonly KeyedHopChain[]> {
  const common = sshPrivateKey === undefined ? undefined : await parsePrivateKey(sshPrivateKey);
  const keyed = await Promise.all(
    builders.map(async (builder) => {
      const sshKey = builder.keyFile === undefined ? common : await readKey(builder, workingDirectory);
      return sshKey === undefined ? [] : [{ ...planHopChain(builder, hosts), sshKey }];
    }),
  );
  // Repaired they have other lines than the input, which is masked already.
  for (const { sshKey } of keyed.flat()) log.mask(sshKey.privateKey);
  if (keyed.every((routes) => routes.length === 1)) return keyed.flat();
  const { isAllowed, reason } = decidePush("cache", "auto", event);
  if (isAllowed) throw missingPrivateKey();
  log.info(`the builders are left out, since there is no ssh-private-key: this run only reads (${reason})`);
  return keyed.flat();
}

/** The key that a builder's line names by its file. */
async function readKey({ host, keyFile = "" }: Builder, folder: string): Promise<SshKey> {
  const about = `input builders, ${host}: the key ${JSON.stringify(keyFile)}`;
  let text: string;
  try {
    text = await readFile(resolve(folder, keyFile), "utf8");
  } catch (cause) {
    throw new ActionError("SSH_KEY_INVALID", `${about} cannot be read`, {
      cause,
      hint: "Field 3 is a file on this machine, absolute or relative to working-directory; or - for ssh-private-key.",
    });
  }
  try {
    return await parsePrivateKey(text);
  } catch (error) {
    if (!(error instanceof ActionError)) throw error;
    const message = error.message.replace(/^input ssh-private-key/, about);
    throw new ActionError(error.code, message, { ...(error.hint !== undefined && { hint: error.hint }) });
  }
}

const NOTHING_OF_HERE = {
  machinesFile: undefined,
  substituters: [],
  trustedPublicKeys: [],
  netrcFile: undefined,
};

/** Installs Nix, configures the builders and restores the cache, all at once, and writes the run's own nix.conf. */
export async function openNixSession(job: Job, request: Request, world: RunContext): Promise<NixSession> {
  const [nix, builderConfiguration, cache] = await Promise.all([
    install(job, world),
    configure(job, request, world),
    openCache(job, request, world),
  ]);
  const netrcFile = await writeNetrc(request, world);
  const { githubToken, extraConf } = job;
  const confFile = join(world.runFolder, "user-nix.conf");
  const conf = renderUserConf({
    machinesFile: builderConfiguration?.machinesFile,
    substituters: cache?.substituter === undefined ? [] : [cache.substituter],
    trustedPublicKeys: request.trustedPublicKeys,
    netrcFile,
    githubToken,
    // What a cache has and cannot give is built.
    extraConf: [nix.conf, cache === undefined ? "" : "fallback = true", extraConf].join("\n"),
  });
  await writeFileAtomically(confFile, conf, 0o600);
  // Nix hands the settings of its user to the daemon behind a socket: paths and caches of this machine are none of a builder's.
  const storeConfFile = join(world.runFolder, "store-nix.conf");
  await writeFileAtomically(
    storeConfFile,
    renderUserConf({ ...NOTHING_OF_HERE, githubToken, extraConf }),
    0o600,
  );
  const { environment } = world;
  const confFiles = listConfFiles(confFile, environment);
  const sshOptions = builderConfiguration?.sshOptions;
  const settings = { binFolder: nix.binFolder, confFiles, sshOptions, environment };
  const storeSettings = { ...settings, confFiles: listConfFiles(storeConfFile, environment) };
  return {
    nix,
    runNix: createRunNix(world.run, settings),
    runNixForBuilder: createRunNix(world.run, storeSettings),
    runNixStoreCli: createRunNixStoreCli(world.run, settings),
    pool: createPool(
      builderConfiguration,
      { isThroughDaemon: nix.isThroughDaemon, timeoutMs: job.builderTimeoutMs },
      world,
    ),
    confFiles,
    sshOptions,
    signingKeyFile: await writeSigningKey(request, world),
    cache,
  };
}

function install(job: Job, world: RunContext): Promise<NixInstallation> {
  const { nixSource: source, nixVersion: version, nixUrl: url, nixSha256: sha256 } = job;
  return installNix({ source, version, url, sha256, system: world.system }, world);
}

/** Makes the builders known to ssh; undefined where there are none. Rejects with the codes of `configureBuilders`. */
export async function configure(
  job: Job,
  request: Request,
  world: RunContext,
): Promise<BuilderConfiguration | undefined> {
  const { hopChains } = request;
  if (hopChains.length === 0) return undefined;
  return configureBuilders(
    {
      hopChains,
      knownHosts: job.sshKnownHosts,
      connectTimeoutMs: job.builderTimeoutMs,
    },
    world,
  );
}

async function writeNetrc({ cache }: Request, { log, runFolder }: RunContext): Promise<string | undefined> {
  if (cache?.kind !== "http" || cache.login === undefined) return undefined;
  log.mask(cache.login.password);
  const file = join(runFolder, "netrc");
  await writeFileAtomically(file, renderNetrc(cache.login), 0o600);
  return file;
}

async function writeSigningKey(
  { signingKey }: Request,
  { runFolder }: RunContext,
): Promise<string | undefined> {
  if (signingKey === undefined) return undefined;
  const file = join(runFolder, "cache-signing-key");
  await writeFileAtomically(file, signingKey, 0o600);
  return file;
}
