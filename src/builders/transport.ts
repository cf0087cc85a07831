import type { DirectAccess } from "../ssh/connection.js";
import { type HostIdentity, isCertified, isPinned } from "../ssh/known-hosts.js";
import type { ProbeTarget } from "./probe.js";
import type { HopChain } from "../ssh/proxy-jump.js";

export interface TransportRequest {
  /** Of all the hosts on all the ways. */
  readonly hosts: readonly HostIdentity[];
  readonly identity: DirectAccess["identity"];
  readonly userName: string;
}

const ALGORITHM_OPTIONS = ["Ciphers", "KexAlgorithms", "HostKeyAlgorithms"];

/**
 * How a builder is reached. By the system's ssh alone, where a command is the way to it, where the user wants certain algorithms, or where a
 * certificate vouches for our key or for the host's: all of that is beyond ssh2, or would need a shell. Nothing is said to a builder where
 * it, or a host on the way to it, is not pinned.
 */
export function chooseTransport(
  { builder, target, jumps }: HopChain,
  { hosts, identity, userName }: TransportRequest,
): ProbeTarget {
  const identityOf = (alias: string) => hosts.find(({ host }) => host.alias === alias);
  const unpinnedHost = [...jumps, target].find(({ alias }) => {
    const known = identityOf(alias);
    return known === undefined || !isPinned(known);
  });
  const own = identityOf(target.alias);
  const { host, port, user: username = userName, via, certificate, options = {} } = target;
  const isBeyond =
    own === undefined ||
    isCertified(own) ||
    via?.kind === "command" ||
    certificate !== undefined ||
    ALGORITHM_OPTIONS.some((name) => name in options);
  return {
    builder,
    unpinnedHost,
    revokedKeys: own?.revoked ?? [],
    direct: isBeyond
      ? undefined
      : {
          host,
          port,
          username,
          hostKeys: own.keys,
          revokedKeys: own.revoked,
          identity,
          jumpAlias: via?.alias,
        },
  };
}
