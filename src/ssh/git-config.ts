import { listSafeOptions, renderOption } from "./config-file.js";
import type { KnownHostsLine } from "./known-hosts.js";

export interface GitSshFiles {
  /** The socket of the agent that holds the key, or `none`. */
  readonly identityAgent: string;
  readonly identityFile: string;
  readonly knownHostsFile: string;
  readonly connectTimeoutS: number;
}

/** The lines that say which hosts they are for, other than by a hash: git may log in to these hosts. */
export function listNamedHosts(lines: readonly KnownHostsLine[]): readonly KnownHostsLine[] {
  return lines.filter(({ hosts }) => hosts !== undefined && !hosts.startsWith("|"));
}

/** The known_hosts file for git: these lines as they were given. */
export function renderGitKnownHosts(lines: readonly KnownHostsLine[]): string {
  return lines
    .map(({ marker, hosts, key }) => [marker, hosts, key].filter((word) => word !== undefined).join(" "))
    .map((line) => `${line}\n`)
    .join("");
}

/**
 * The ssh configuration for git: hosts that `lines` name are reached with the run's key and verified by these
 * lines, all others as this machine's own configuration says.
 * @see ssh_config(5), "Host" and "Include"
 */
export function renderGitSshConfig(lines: readonly KnownHostsLine[], files: GitSshFiles): string {
  const options = listSafeOptions({ ...files, certificateFile: undefined, hasKnownHostsCommand: false });
  const patterns = lines
    .filter(({ marker }) => marker !== "@revoked")
    .map(({ hosts = "" }) => hosts.split(",").map(withoutPort).join(" "));
  const blocks = [...new Set(patterns)].map((hosts) => [`Host ${hosts}`, ...options.map(renderOption)]);
  const own = ["Host *", "  Include ~/.ssh/config", "  Include /etc/ssh/ssh_config"];
  return [...blocks.flat(), ...own, ""].join("\n");
}

/** `[HOST]:PORT`, as known_hosts writes it, as the pattern of a `Host` block, which has no port. */
function withoutPort(pattern: string): string {
  return pattern.replace(/^(!?)\[([^\]]*)\](?::\d+)?$/, "$1$2");
}
