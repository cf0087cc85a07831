import type { DirectAccess } from "./connection.js";
import type { ProbeTarget } from "./probe.js";
import type { Route } from "./route.js";

export interface AccessRequest {
  /** The known_hosts file of the run, by aliases. */
  readonly knownHosts: string;
  readonly identity: DirectAccess["identity"];
  readonly userName: string;
}

const ALGORITHM_OPTIONS = ["Ciphers", "KexAlgorithms", "HostKeyAlgorithms"];

/**
 * How a builder is reached. By the system's ssh alone, where a command is the way to it, where the user wants certain algorithms, or where a
 * certificate vouches for our key or for the host's: all of that is beyond ssh2, or would need a shell.
 */
export function findAccess(
  { builder, target }: Route,
  { knownHosts, identity, userName }: AccessRequest,
): ProbeTarget {
  const hostKeys = knownHosts
    .split("\n")
    .filter((line) => line.startsWith(`${builder.alias} `))
    .map((line) => line.slice(builder.alias.length + 1));
  const { host, port, user = userName, via, certificate, options = {} } = target;
  const isBeyond =
    hostKeys.length === 0 ||
    via?.kind === "command" ||
    certificate !== undefined ||
    ALGORITHM_OPTIONS.some((name) => name in options);
  if (isBeyond) return { builder, direct: undefined };
  const direct = { host, port, username: user, hostKeys, identity, jumpAlias: via?.alias };
  return { builder, direct };
}
