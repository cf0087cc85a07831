import { join } from "node:path";

/** A host that the system's ssh connects to: a builder or a jump host. A plain `Builder` has no proxy. */
export interface SshTarget {
  /** With a `*` at its end, it stands for all aliases that begin so, and a proxy finds their hosts. */
  readonly alias: string;
  /** The host name or address to connect to. */
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly hostKey: string | undefined;
  /** The file with its host keys, if they change during the run. */
  readonly knownHostsFile?: string;
  readonly via?:
    | { readonly kind: "jump"; readonly alias: string }
    | { readonly kind: "command"; readonly command: string };
  /** The value of `IdentityFile`; if undefined, no key is offered. */
  readonly identityFile?: string;
  /** A user certificate for the key, as one line. */
  readonly certificate?: string;
  /** Options from the input `ssh-config`; they take precedence over our own values. */
  readonly options?: Readonly<Record<string, string>>;
}

export interface SshFiles {
  /** The socket of the agent that holds the keys, or `none`. */
  readonly identityAgent: string;
  readonly knownHostsFile: string;
  /** Aliases of hosts with a host certificate. It names the host, so ssh must not look up the alias. */
  readonly certified: readonly string[];
  readonly connectTimeoutS: number;
  /** The folder of the user certificates, one file per alias. */
  readonly certificateFolder: string;
  /** Whether ssh knows the option `KnownHostsCommand`. */
  readonly hasKnownHostsCommand: boolean;
}

/** An option of ssh and its value, as ssh_config(5) spells it. */
export type SshOption = readonly [name: string, value: string];

/** The ssh options for a host. The order matters: ssh uses the first value that it finds for an option. */
export function listSshOptions(target: SshTarget, files: SshFiles): readonly SshOption[] {
  const isFamily = target.alias.endsWith("*");
  return [
    ...(isFamily ? [] : [["HostName", target.host] as const]),
    ["Port", String(target.port)],
    ...(target.user === undefined ? [] : [["User", target.user] as const]),
    ...renderVia(target),
    ...Object.entries(target.options ?? {}),
    // known_hosts lists the keys under the alias; by default ssh would look for the host name and port.
    ...(files.certified.includes(target.alias) || isFamily ? [] : [["HostKeyAlias", target.alias] as const]),
    ...listSafeOptions({
      ...files,
      knownHostsFile: target.knownHostsFile ?? files.knownHostsFile,
      identityFile: target.identityFile ?? "none",
      certificateFile: target.certificate === undefined ? undefined : certificateFile(target, files),
    }),
  ];
}

/** What decides whom ssh trusts and how it logs in. */
type SafeOptions = Pick<
  SshFiles,
  "identityAgent" | "knownHostsFile" | "connectTimeoutS" | "hasKnownHostsCommand"
> & {
  readonly identityFile: string;
  readonly certificateFile: string | undefined;
};

/** The options for every host: ssh trusts only our known_hosts, offers only our key, and never asks. */
export function listSafeOptions(files: SafeOptions): readonly SshOption[] {
  return [
    ["UserKnownHostsFile", files.knownHostsFile],
    ["GlobalKnownHostsFile", "/dev/null"],
    ...(files.hasKnownHostsCommand ? [["KnownHostsCommand", "none"] as const] : []),
    ["VerifyHostKeyDNS", "no"],
    ["StrictHostKeyChecking", "yes"],
    ["UpdateHostKeys", "no"],
    ["IdentityFile", files.identityFile],
    ...(files.certificateFile === undefined ? [] : [["CertificateFile", files.certificateFile] as const]),
    ["IdentitiesOnly", "yes"],
    ["IdentityAgent", files.identityAgent],
    // Prefer AES-GCM, which the CPUs of builders and runners accelerate; `^` keeps ssh's other ciphers.
    ["Ciphers", "^aes128-gcm@openssh.com"],
    ["BatchMode", "yes"],
    // Nix has no connection timeout of its own.
    ["ConnectTimeout", String(files.connectTimeoutS)],
    ["ConnectionAttempts", "1"],
    ["ServerAliveInterval", "5"],
    ["ServerAliveCountMax", "4"],
    // What a LocalCommand prints would become part of Nix's protocol. Nix passes its own one with each call.
    ["PermitLocalCommand", "no"],
    // Nix waits for ssh's LocalCommand, but ssh does not run it on a shared connection (NixOS/nix#8329).
    ["ControlMaster", "no"],
    ["ControlPath", "none"],
    ["RequestTTY", "no"],
    ["ForwardAgent", "no"],
    ["LogLevel", "ERROR"],
  ];
}

function renderVia({ via }: SshTarget): readonly SshOption[] {
  if (via === undefined) return [];
  return via.kind === "jump" ? [["ProxyJump", via.alias]] : [["ProxyCommand", via.command]];
}

/** The path of the user certificate for a host. */
export function certificateFile({ alias }: SshTarget, { certificateFolder }: SshFiles): string {
  return join(certificateFolder, `${alias}-cert.pub`);
}

/** Options that no other configuration may override: they decide where ssh connects and what it trusts. */
export const GUARDED_OPTIONS = [
  "HostName",
  "Port",
  "User",
  "ProxyJump",
  "ProxyCommand",
  "HostKeyAlias",
  "UserKnownHostsFile",
  "KnownHostsCommand",
  "VerifyHostKeyDNS",
  "StrictHostKeyChecking",
  "IdentityFile",
  "IdentityAgent",
  "PermitLocalCommand",
  "ControlMaster",
];

/** What the first lines of a run's ssh configuration say, so that later runs can tell whether it is over. */
export interface SshConfigHeader {
  readonly runFolder: string;
  /** The owner process of the run, from `identifyProcess`. */
  readonly owner: string;
}

/** The ssh configuration of a run. */
export function renderSshConfig(
  targets: readonly SshTarget[],
  files: SshFiles,
  { runFolder, owner }: SshConfigHeader,
): string {
  const blocks = targets.map((target) =>
    [`Host ${target.alias}`, ...listSshOptions(target, files).map(renderOption)].join("\n"),
  );
  return `# cross-build, run folder ${runFolder}\n# owner ${owner}\n${blocks.join("\n")}\n`;
}

/** Reads the header of a file from `renderSshConfig`. Undefined if the file is not ours, or not complete. */
export function parseSshConfigHeader(text: string): SshConfigHeader | undefined {
  const [, runFolder, owner] = /^# cross-build, run folder (.+)\n# owner (.+)\n/.exec(text) ?? [];
  return runFolder === undefined || owner === undefined ? undefined : { runFolder, owner };
}

/** A line of a `Host` block. */
export function renderOption([name, value]: SshOption): string {
  // ssh takes the rest of the line as the command, so quotes would become part of it.
  const isQuoted = name !== "ProxyCommand" && /\s/.test(value);
  return `  ${name} ${isQuoted ? `"${value}"` : value}`;
}
