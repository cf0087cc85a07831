import type { DirectAccess } from "../ssh/connection.js";
import { type HostIdentity, isCertified, isPinned } from "../ssh/known-hosts.js";
import type { ProbeTarget } from "./probe.js";
import type { HopChain } from "../ssh/proxy-jump.js";

export interface TransportRequest {
  /** All builders and jump hosts. */
  readonly hosts: readonly HostIdentity[];
  readonly identity: DirectAccess["identity"];
  readonly userName: string;
}

const ALGORITHM_OPTIONS = ["Ciphers", "KexAlgorithms", "HostKeyAlgorithms"];

/**
 * Chooses how to reach a builder: through ssh2, or only through the system's ssh if there is a proxy command,
 * a certificate for our key or for the host, or a choice of algorithms, since ssh2 does not support these or
 * would need a shell. A builder with an `unpinnedHost` is not logged in to.
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
