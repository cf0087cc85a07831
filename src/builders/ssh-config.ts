import type { Builder } from "../model/builder.js";

export interface SshFiles {
  readonly identityFile: string;
  readonly knownHostsFile: string;
  readonly connectTimeoutS: number;
}

/** An option of ssh and its value, as ssh_config(5) spells it. */
export type SshOption = readonly [name: string, value: string];

/** What ssh must do for a builder. In this order: the first value that ssh finds counts. */
export function listSshOptions(builder: Builder, files: SshFiles): readonly SshOption[] {
  return [
    ["HostName", builder.host],
    ["Port", String(builder.port)],
    ...(builder.user === undefined ? [] : [["User", builder.user] as const]),
    // Else a port other than 22 would be part of the name that the key is looked up by.
    ["HostKeyAlias", builder.alias],
    ["UserKnownHostsFile", files.knownHostsFile],
    ["GlobalKnownHostsFile", "/dev/null"],
    ["StrictHostKeyChecking", "yes"],
    ["UpdateHostKeys", "no"],
    ["IdentityFile", files.identityFile],
    ["IdentitiesOnly", "yes"],
    ["IdentityAgent", "none"],
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

/** The options whose loss would be a hole, or would send us to another host. */
export const GUARDED_OPTIONS = [
  "HostName",
  "Port",
  "User",
  "HostKeyAlias",
  "UserKnownHostsFile",
  "StrictHostKeyChecking",
  "IdentityFile",
  "ControlMaster",
];

/** The ssh configuration of a run; its first line names the run's folder. */
export function renderSshConfig(builders: readonly Builder[], files: SshFiles, runFolder: string): string {
  const blocks = builders.map((builder) =>
    [
      `Host ${builder.alias}`,
      ...listSshOptions(builder, files).map(([name, value]) => `  ${name} ${quote(value)}`),
    ].join("\n"),
  );
  return `# cross-build, run folder ${runFolder}\n${blocks.join("\n")}\n`;
}

function quote(value: string): string {
  return /\s/.test(value) ? `"${value}"` : value;
}
