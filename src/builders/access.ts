import type { Builder } from "../model/builder.js";
import type { DirectAccess } from "./connection.js";
import type { ProbeTarget } from "./probe.js";

export interface AccessRequest {
  /** The known_hosts file of the run, by aliases. */
  readonly knownHosts: string;
  readonly identity: DirectAccess["identity"];
  readonly userName: string;
}

/** How a builder is reached. A host key that only a certificate vouches for is beyond ssh2. */
export function findAccess(builder: Builder, { knownHosts, identity, userName }: AccessRequest): ProbeTarget {
  const hostKeys = knownHosts
    .split("\n")
    .filter((line) => line.startsWith(`${builder.alias} `))
    .map((line) => line.slice(builder.alias.length + 1));
  const { host, port, user = userName } = builder;
  return {
    builder,
    direct: hostKeys.length === 0 ? undefined : { host, port, username: user, hostKeys, identity },
  };
}
