import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { ActionError } from "../errors/action-error.js";
import type { RunCommand } from "../platform/command.js";
import { readFileIfPresent, writeFileAtomically } from "../platform/files.js";
import type { RunAsRoot } from "../platform/privileged.js";
import type { Clock } from "../platform/clock.js";
import type { Log } from "../platform/log.js";
import { chooseTransport } from "./transport.js";
import type { Identities } from "../ssh/agent.js";
import type { DirectAccess } from "../ssh/connection.js";
import { findHostKeys, isCertified, type KnownHostsLine, renderKnownHosts } from "../ssh/known-hosts.js";
import { renderMachines } from "./machines-file.js";
import type { ProbeTarget } from "./probe.js";
import type { HopChain } from "../ssh/proxy-jump.js";
import type { SshKey } from "../ssh/key.js";
import {
  certificateFile,
  GUARDED_OPTIONS,
  listSshOptions,
  parseSshConfigHeader,
  renderSshConfig,
  type SshConfigHeader,
  type SshTarget,
} from "../ssh/config-file.js";

const SSH_CONFIG = "/etc/ssh/ssh_config";
const SSH_CONFIG_FOLDER = "/etc/ssh/ssh_config.d";
const CALL_LIMIT_MS = 10_000;

/** How to reach a builder, and the key for all hosts on the way. */
export interface KeyedHopChain extends HopChain {
  readonly sshKey: SshKey;
}

/** Builders that come and go during a run: `target.alias` ends with `*`. */
export interface BuilderFamily {
  readonly target: SshTarget;
  readonly sshKey: SshKey;
}

export interface BuilderRequest {
  /** At least one, or a family. */
  readonly hopChains: readonly KeyedHopChain[];
  readonly family?: BuilderFamily | undefined;
  readonly knownHosts: readonly KnownHostsLine[];
  readonly connectTimeoutMs: number;
  /** Where ssh finds the keys of the hop chains. */
  readonly identities: Identities;
}

/** What Nix needs to reach the builders. */
export interface BuilderConfiguration {
  readonly machinesFile: string;
  /** For `NIX_SSHOPTS`, if ssh does not find the configuration automatically. */
  readonly sshOptions: string | undefined;
  readonly targets: readonly ProbeTarget[];
  /** How ssh2 logs in to a builder of the family. */
  readonly familyIdentity: DirectAccess["identity"] | undefined;
}

export interface ConfigureEffects {
  readonly canBecomeRoot: boolean;
  readonly run: RunCommand;
  readonly runAsRoot: RunAsRoot;
  readonly runFolder: string;
  readonly nonce: string;
  /** The owner process of the run, from `identifyProcess`. */
  readonly owner: string;
  readonly userName: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Writes the machines file, and the ssh configuration that defines the builders' aliases for this user and
 * for root's Nix daemon. Without root there is no root-owned daemon that needs this configuration. Rejects
 * with `SSH_CONFIG_OVERRIDDEN` if another ssh configuration takes precedence and overrides ours.
 */
export async function configureBuilders(
  request: BuilderRequest,
  effects: ConfigureEffects,
): Promise<BuilderConfiguration> {
  const { hopChains, family, knownHosts } = request;
  const { runFolder, runAsRoot, nonce } = effects;
  const { files: keyFiles, agentSocket } = request.identities;
  const hops = hopChains.flatMap(({ target, jumps, sshKey }) => {
    const identityFile = keyFiles.get(sshKey.publicKey) ?? "none";
    return [target, ...jumps].map((hop): SshTarget => ({ ...hop, identityFile }));
  });
  const hosts = findHostKeys(hops, knownHosts);
  const files = {
    identityAgent: agentSocket ?? "none",
    knownHostsFile: join(runFolder, "known_hosts"),
    certified: hosts.filter(isCertified).map(({ host }) => host.alias),
    connectTimeoutS: Math.ceil(request.connectTimeoutMs / 1000),
    certificateFolder: runFolder,
    hasKnownHostsCommand: await hasKnownHostsCommand(effects.run),
  };
  // ssh2 offers all keys of an agent, and a server limits the number of wrong ones.
  const identify = ({ privateKey }: SshKey): DirectAccess["identity"] =>
    agentSocket === undefined || keyFiles.size > 1
      ? { kind: "key", privateKey }
      : { kind: "agent", socket: agentSocket };
  const targets = hopChains.map((route) =>
    chooseTransport(route, { hosts, identity: identify(route.sshKey), userName: effects.userName }),
  );
  const familyIdentity = family === undefined ? undefined : identify(family.sshKey);
  const familyHops =
    family === undefined
      ? []
      : [{ ...family.target, identityFile: keyFiles.get(family.sshKey.publicKey) ?? "none" }];
  const sshTargets = [...hops, ...familyHops];
  await writeFileAtomically(files.knownHostsFile, renderKnownHosts(hosts));
  const machinesFile = join(runFolder, "machines");
  await writeFileAtomically(machinesFile, renderMachines(hopChains.map(({ builder }) => builder)));
  for (const hop of hops) {
    if (hop.certificate !== undefined)
      await writeFileAtomically(certificateFile(hop, files), `${hop.certificate}\n`, 0o600);
  }

  const draft = join(runFolder, "ssh_config");
  await writeFileAtomically(draft, renderSshConfig(sshTargets, files, effects));
  await checkSyntax(draft, sshTargets, effects.run);
  if (!effects.canBecomeRoot) return { machinesFile, sshOptions: `-F ${draft}`, targets, familyIdentity };
  await checkInclude();
  // `install` first creates an empty file, and other runs remove what they take for a leftover: ssh and they
  // see only the complete file.
  const unfinished = unfinishedFile(nonce);
  await runAsRoot("install", ["-D", "-m", "0644", "--", draft, unfinished], { timeoutMs: CALL_LIMIT_MS });
  await runAsRoot("mv", ["-f", "--", unfinished, sshConfigFile(nonce)], { timeoutMs: CALL_LIMIT_MS });
  await Promise.all(
    sshTargets.map(async (target) => {
      const wanted = listSshOptions(target, files).filter(([name]) => GUARDED_OPTIONS.includes(name));
      await checkOptions(effects.run, target.alias, wanted, "this user");
      await checkOptions(runAsRoot, target.alias, wanted, "root");
    }),
  );
  return { machinesFile, sshOptions: undefined, targets, familyIdentity };
}

/** Removes the ssh configuration of a run, if it has one. */
export async function removeBuilderConfiguration(nonce: string, runAsRoot: RunAsRoot): Promise<void> {
  const files = [sshConfigFile(nonce), unfinishedFile(nonce)];
  const texts = await Promise.all(files.map((file) => readFileIfPresent(file)));
  if (texts.every((text) => text === undefined)) return;
  await runAsRoot("rm", ["-f", "--", ...files], { timeoutMs: CALL_LIMIT_MS });
}

/** A run that has an ssh configuration on this machine. */
export interface ConfiguredRun extends SshConfigHeader {
  readonly nonce: string;
}

/** The runs of all users that have an ssh configuration on this machine. */
export async function listConfiguredRuns(): Promise<readonly ConfiguredRun[]> {
  const names = await readdir(SSH_CONFIG_FOLDER).catch(() => []);
  const runs = await Promise.all(
    names.map(async (name): Promise<readonly ConfiguredRun[]> => {
      const nonce = /^10-cross-build-([0-9a-f]+)\.(?:conf|new)$/.exec(name)?.[1];
      if (nonce === undefined) return [];
      const text = await readFileIfPresent(join(SSH_CONFIG_FOLDER, name)).catch(() => undefined);
      const header = parseSshConfigHeader(text ?? "");
      return header === undefined ? [] : [{ nonce, ...header }];
    }),
  );
  return runs.flat();
}

/** The name sorts early in the folder, since ssh uses the first value of an option. */
function sshConfigFile(nonce: string): string {
  return join(SSH_CONFIG_FOLDER, `10-cross-build-${nonce}.conf`);
}

/** ssh reads only files that end with `.conf`. */
function unfinishedFile(nonce: string): string {
  return join(SSH_CONFIG_FOLDER, `10-cross-build-${nonce}.new`);
}

/**
 * Whether ssh knows `KnownHostsCommand`, as it does since OpenSSH 8.5. Older versions refuse a file that
 * has it.
 */
async function hasKnownHostsCommand(run: RunCommand): Promise<boolean> {
  const args = ["-F", "/dev/null", "-o", "KnownHostsCommand=none", "-G", "host"];
  const { exitCode } = await run("ssh", args, { timeoutMs: CALL_LIMIT_MS, expectedExitCodes: "any" });
  return exitCode === 0;
}

/** Checks the file before it is installed: an invalid value breaks ssh for every user of the machine. */
async function checkSyntax(draft: string, [first]: readonly SshTarget[], run: RunCommand): Promise<void> {
  if (first === undefined) return;
  try {
    await run("ssh", ["-F", draft, "-G", first.alias], { timeoutMs: CALL_LIMIT_MS });
  } catch (error) {
    if (!(error instanceof ActionError) || error.code !== "COMMAND_FAILED") throw error;
    throw new ActionError("INPUT_INVALID", "input ssh-config has a value that ssh does not accept", {
      cause: error,
      hint: "List the names of algorithms with: ssh -Q cipher, ssh -Q kex, ssh -Q key.",
    });
  }
}

async function checkInclude(): Promise<void> {
  const text = (await readFileIfPresent(SSH_CONFIG)) ?? "";
  if (/^\s*Include\s+.*\/etc\/ssh\/ssh_config\.d\//im.test(text)) return;
  throw new ActionError("SSH_CONFIG_OVERRIDDEN", `${SSH_CONFIG} does not include ${SSH_CONFIG_FOLDER}`, {
    hint: `Add as its first line: Include ${SSH_CONFIG_FOLDER}/*.conf`,
  });
}

/** Asks ssh for its effective options: a `Host *` block of the user takes precedence over ours. */
async function checkOptions(
  run: RunCommand,
  alias: string,
  wanted: ReturnType<typeof listSshOptions>,
  who: string,
): Promise<void> {
  const { stdout } = await run("ssh", ["-G", alias], { timeoutMs: CALL_LIMIT_MS });
  const effective = stdout.split("\n");
  for (const [name, value] of wanted) {
    const seen =
      effective.find((line) => line.startsWith(`${name.toLowerCase()} `))?.slice(name.length + 1) ??
      (name === "KnownHostsCommand" ? "none" : "");
    const same = [value, { yes: "true", no: "false" }[value]].includes(seen);
    if (!same) {
      // A command line may contain a secret.
      const difference = ["ProxyCommand", "KnownHostsCommand"].includes(name)
        ? `another ${name}, which is not shown`
        : `${name} ${JSON.stringify(seen)} instead of ${JSON.stringify(value)}`;
      throw new ActionError("SSH_CONFIG_OVERRIDDEN", `for ${who}, ssh uses ${difference}`, {
        hint:
          `A "Host *" or "Match" block in ~/.ssh/config or ${SSH_CONFIG} sets ${name}: ` +
          "limit it to the hosts that need it.",
      });
    }
  }
}
