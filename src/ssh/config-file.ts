import { join } from "node:path";

/** A host that the system's ssh goes to: a builder, or one on the way to it. A builder alone is one that is reached directly. */
export interface SshTarget {
  readonly alias: string;
  /** Its name or address on the network. */
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly hostKey: string | undefined;
  readonly via?:
    | { readonly kind: "jump"; readonly alias: string }
    | { readonly kind: "command"; readonly command: string };
  /** For `IdentityFile`; without one, no key is offered. */
  readonly identityFile?: string;
  /** A user certificate for the key, as its line. */
  readonly certificate?: string;
  /** Options that the user gave; they come before ours. */
  readonly options?: Readonly<Record<string, string>>;
}

export interface SshFiles {
  /** The socket of the agent that has the keys, or `none`. */
  readonly identityAgent: string;
  readonly knownHostsFile: string;
  /** The aliases of builders with a certificate, which names their host: for those ssh looks for that name. */
  readonly certified: readonly string[];
  readonly connectTimeoutS: number;
  /** Where the certificates are, by aliases. */
  readonly certificateFolder: string;
}

/** An option of ssh and its value, as ssh_config(5) spells it. */
export type SshOption = readonly [name: string, value: string];

/** What ssh must do for a host. In this order: the first value that ssh finds counts. */
export function listSshOptions(target: SshTarget, files: SshFiles): readonly SshOption[] {
  return [
    ["HostName", target.host],
    ["Port", String(target.port)],
    ...(target.user === undefined ? [] : [["User", target.user] as const]),
    ...renderVia(target),
    ...Object.entries(target.options ?? {}),
    // Else a port other than 22 would be part of the name that the key is looked up by.
    ...(files.certified.includes(target.alias) ? [] : [["HostKeyAlias", target.alias] as const]),
    ["UserKnownHostsFile", files.knownHostsFile],
    ["GlobalKnownHostsFile", "/dev/null"],
    ["StrictHostKeyChecking", "yes"],
    ["UpdateHostKeys", "no"],
    ["IdentityFile", target.identityFile ?? "none"],
    ...(target.certificate === undefined
      ? []
      : [["CertificateFile", certificateFile(target, files)] as const]),
    ["IdentitiesOnly", "yes"],
    ["IdentityAgent", files.identityAgent],
    // The CPUs of builders and runners have AES; the rest of ssh's own list comes after.
    ["Ciphers", "^aes128-gcm@openssh.com"],
    ["BatchMode", "yes"],
    // Nix itself never gives up on a connection.
    ["ConnectTimeout", String(files.connectTimeoutS)],
    ["ConnectionAttempts", "1"],
    ["ServerAliveInterval", "5"],
    ["ServerAliveCountMax", "4"],
    // Nix waits for ssh's LocalCommand, which a shared connection does not run (NixOS/nix#8329).
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

/** Where the certificate for a host is. */
export function certificateFile({ alias }: SshTarget, { certificateFolder }: SshFiles): string {
  return join(certificateFolder, `${alias}-cert.pub`);
}

/** The options whose loss would be a hole, or would send us to another host. */
export const GUARDED_OPTIONS = [
  "HostName",
  "Port",
  "User",
  "ProxyJump",
  "ProxyCommand",
  "HostKeyAlias",
  "UserKnownHostsFile",
  "StrictHostKeyChecking",
  "IdentityFile",
  "IdentityAgent",
  "ControlMaster",
];

/** The ssh configuration of a run; its first line names the run's folder. */
export function renderSshConfig(targets: readonly SshTarget[], files: SshFiles, runFolder: string): string {
  const blocks = targets.map((target) =>
    [
      `Host ${target.alias}`,
      ...listSshOptions(target, files).map(([name, value]) => `  ${name} ${quote(name, value)}`),
    ].join("\n"),
  );
  return `# cross-build, run folder ${runFolder}\n${blocks.join("\n")}\n`;
}

function quote(name: string, value: string): string {
  // All of the line is the command, and the quotes would be part of it.
  if (name === "ProxyCommand") return value;
  return /\s/.test(value) ? `"${value}"` : value;
}
