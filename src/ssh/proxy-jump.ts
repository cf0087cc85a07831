import { ActionError } from "../errors/action-error.js";
import type { Builder } from "../model/builder.js";
import { findSettings, type SshHost, type SshSettings } from "./config-input.js";
import type { SshTarget } from "./config-file.js";

/** A builder and how the system's ssh reaches it. */
export interface HopChain {
  readonly builder: Builder;
  /** The builder itself, with the address that `ssh-config` gives it. */
  readonly target: SshTarget;
  /** The jump hosts, nearest first. Each has its own alias; its host key is verified like the builder's. */
  readonly jumps: readonly SshTarget[];
}

/**
 * Plans how to reach a builder, from the blocks of `ssh-config` for it and for its jump hosts. Throws
 * `INPUT_INVALID` for a host that would be reached through itself.
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
          hint: `Exclude it from the block with the proxy, for example: Host * !${host}`,
        });
      }
      const settings = findSettings(hosts, host);
      // As in ssh, only the first jump host may have a proxy; the others are reached through the one before.
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
