import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { ActionError } from "../errors/action-error.js";
import type { RunCommand } from "../platform/command.js";
import { readFileIfPresent, writeFileAtomically } from "../platform/files.js";
import type { RunAsRoot } from "../platform/privileged.js";
import type { Clock } from "../platform/clock.js";
import type { Log } from "../platform/log.js";
import { chooseTransport } from "./transport.js";
import { keepKeys } from "../ssh/agent.js";
import { findHostKeys, isCertified, type KnownHostsLine, renderKnownHosts } from "../ssh/known-hosts.js";
import { renderMachines } from "./machines-file.js";
import type { ProbeTarget } from "./probe.js";
import type { HopChain } from "../ssh/proxy-jump.js";
import type { SshKey } from "../ssh/key.js";
import {
  certificateFile,
  GUARDED_OPTIONS,
  listSshOptions,
  renderSshConfig,
  type SshTarget,
} from "../ssh/config-file.js";

const SSH_CONFIG = "/etc/ssh/ssh_config";
const SSH_CONFIG_FOLDER = "/etc/ssh/ssh_config.d";
const CALL_LIMIT_MS = 10_000;

/** How to reach a builder, and the key for all hosts on the way. */
export interface KeyedHopChain extends HopChain {
  readonly sshKey: SshKey;
}

export interface BuilderRequest {
  /** At least one. */
  readonly hopChains: readonly KeyedHopChain[];
  readonly knownHosts: readonly KnownHostsLine[];
  readonly connectTimeoutMs: number;
}

/** What Nix needs to reach the builders. */
export interface BuilderConfiguration {
  readonly machinesFile: string;
  /** For `NIX_SSHOPTS`, if ssh does not find the configuration automatically. */
  readonly sshOptions: string | undefined;
  readonly targets: readonly ProbeTarget[];
}

export interface ConfigureEffects {
  readonly canBecomeRoot: boolean;
  readonly run: RunCommand;
  readonly runAsRoot: RunAsRoot;
  readonly runFolder: string;
  readonly nonce: string;
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
  const { hopChains, knownHosts } = request;
  const { runFolder, runAsRoot, nonce } = effects;
  const keys = [...new Map(hopChains.map(({ sshKey }) => [sshKey.publicKey, sshKey])).values()];
  const { files: keyFiles, agentSocket } = await keepKeys(keys, effects);
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
  };
  const targets = hopChains.map((route) =>
    chooseTransport(route, {
      hosts,
      // ssh2 offers all keys of an agent, and a server limits the number of wrong ones.
      identity:
        agentSocket === undefined || keys.length > 1
          ? { kind: "key", privateKey: route.sshKey.privateKey }
          : { kind: "agent", socket: agentSocket },
      userName: effects.userName,
    }),
  );
  await writeFileAtomically(files.knownHostsFile, renderKnownHosts(hosts));
  const machinesFile = join(runFolder, "machines");
  await writeFileAtomically(machinesFile, renderMachines(hopChains.map(({ builder }) => builder)));
  for (const hop of hops) {
    if (hop.certificate !== undefined)
      await writeFileAtomically(certificateFile(hop, files), `${hop.certificate}\n`, 0o600);
  }

  const draft = join(runFolder, "ssh_config");
  await writeFileAtomically(draft, renderSshConfig(hops, files, runFolder));
  await checkSyntax(draft, hops, effects.run);
  if (!effects.canBecomeRoot) return { machinesFile, sshOptions: `-F ${draft}`, targets };
  await checkInclude();
  await runAsRoot("install", ["-D", "-m", "0644", "--", draft, sshConfigFile(nonce)], {
    timeoutMs: CALL_LIMIT_MS,
  });
  await Promise.all(
    hops.map(async (hop) => {
      const wanted = listSshOptions(hop, files).filter(([name]) => GUARDED_OPTIONS.includes(name));
      await checkOptions(effects.run, hop.alias, wanted, "this user");
      await checkOptions(runAsRoot, hop.alias, wanted, "root");
    }),
  );
  return { machinesFile, sshOptions: undefined, targets };
}

/** Removes the ssh configuration of a run, if it has one. */
export async function removeBuilderConfiguration(nonce: string, runAsRoot: RunAsRoot): Promise<void> {
  const file = sshConfigFile(nonce);
  if ((await readFileIfPresent(file)) === undefined) return;
  await runAsRoot("rm", ["-f", "--", file], { timeoutMs: CALL_LIMIT_MS });
}

/** The nonces of all runs that have an ssh configuration on this machine, with their run folders. */
export async function listConfiguredRuns(): Promise<
  readonly { readonly nonce: string; readonly runFolder: string }[]
> {
  const names = await readdir(SSH_CONFIG_FOLDER).catch(() => []);
  const runs = names.flatMap((name) => /^10-cross-build-([0-9a-f]+)\.conf$/.exec(name)?.[1] ?? []);
  return Promise.all(
    runs.map(async (nonce) => {
      const text = (await readFileIfPresent(sshConfigFile(nonce))) ?? "";
      return { nonce, runFolder: /^# cross-build, run folder (.*)$/m.exec(text)?.[1] ?? "" };
    }),
  );
}

/** The name sorts early in the folder, since ssh uses the first value of an option. */
function sshConfigFile(nonce: string): string {
  return join(SSH_CONFIG_FOLDER, `10-cross-build-${nonce}.conf`);
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
      effective.find((line) => line.startsWith(`${name.toLowerCase()} `))?.slice(name.length + 1) ?? "";
    const same = [value, { yes: "true", no: "false" }[value]].includes(seen);
    if (!same) {
      throw new ActionError(
        "SSH_CONFIG_OVERRIDDEN",
        `for ${who}, ssh uses ${name} ${JSON.stringify(seen)} instead of ${JSON.stringify(value)}`,
        {
          hint:
            `A "Host *" or "Match" block in ~/.ssh/config or ${SSH_CONFIG} sets ${name}: ` +
            "limit it to the hosts that need it.",
        },
      );
    }
  }
}
