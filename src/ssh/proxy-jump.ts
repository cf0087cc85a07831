import { ActionError } from "../errors/action-error.js";
import type { Builder } from "../model/builder.js";
import { findSettings, type SshHost, type SshSettings } from "./config-input.js";
import type { SshTarget } from "./config-file.js";

/** A builder and how the system's ssh gets to it. */
export interface HopChain {
  readonly builder: Builder;
  /** The builder itself, where it really is. */
  readonly target: SshTarget;
  /** The hosts that the connection jumps over, the nearest first; each has an alias of its own and is checked as the builder is. */
  readonly jumps: readonly SshTarget[];
}

/**
 * Finds the way to a builder, by what `ssh-config` says of it and of the hosts that it jumps over. Rejects with `INPUT_INVALID` for a host
 * that is to be reached through itself.
 */
export function planHopChain(builder: Builder, hosts: readonly SshHost[]): HopChain {
  const jumps: SshTarget[] = [];
  const reach = ({ proxy }: SshSettings, before: readonly string[]): SshTarget["via"] => {
    if (proxy === undefined || proxy.kind === "none") return undefined;
    if (proxy.kind === "command") return proxy;
    let via: SshTarget["via"];
    for (const [index, { host, user, port }] of proxy.hosts.entries()) {
      if (before.includes(host)) {
        throw new ActionError("INPUT_INVALID", `input ssh-config: ${host} is reached through itself`, {
          hint: `Take it out of the block that says so: Host * !${host}`,
        });
      }
      const settings = findSettings(hosts, host);
      // As in ssh: the first of a list may have a way of its own, the others are reached over the one before.
      if (index === 0) via = reach(settings, [...before, host]);
      const alias = `${builder.alias}-jump-${jumps.length + 1}`;
      const own = {
        alias,
        host,
        port: port ?? settings.port ?? 22,
        user: user ?? settings.user,
        hostKey: undefined,
      };
      jumps.push(createTarget(own, settings, via));
      via = { kind: "jump", alias };
    }
    return via;
  };
  const settings = findSettings(hosts, builder.host);
  const via = reach(settings, [builder.host]);
  return { builder, target: createTarget(builder, settings, via), jumps };
}

function createTarget(
  { alias, host, port, user, hostKey }: Pick<Builder, "alias" | "host" | "port" | "user" | "hostKey">,
  { hostName, certificate, options }: SshSettings,
  via: SshTarget["via"],
): SshTarget {
  return {
    alias,
    host: hostName?.replaceAll("%h", host) ?? host,
    port,
    user,
    hostKey,
    ...(via !== undefined && { via }),
    ...(certificate !== undefined && { certificate: certificate.text }),
    options,
  };
}
