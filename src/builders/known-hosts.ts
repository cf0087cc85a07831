import { createHmac } from "node:crypto";

import { ActionError } from "../errors/action-error.js";
import type { Builder } from "../model/builder.js";

const KEY = /^(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+$/;

interface HostKeyLine {
  readonly marker: string | undefined;
  /** The hosts it is for; undefined for a bare key, which is for every builder. */
  readonly hosts: string | undefined;
  readonly key: string;
}

/**
 * The known_hosts file of a run: for every builder the keys that `text` (lines of known_hosts, or bare public keys) has for its host and
 * port, under its alias. There is no trust on first use: a builder without a key is `BUILDER_HOST_KEY`. A line that is neither
 * is `INPUT_INVALID`. @see sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"
 */
export function renderKnownHosts(
  builders: readonly Pick<Builder, "alias" | "host" | "port" | "hostKey">[],
  text: string,
): string {
  const lines = text
    .split(/\r?\n/)
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== "" && !line.startsWith("#"))
    .map(({ line, number }) => parseLine(line, number));
  return builders
    .flatMap((builder) => {
      const name = builder.port === 22 ? builder.host : `[${builder.host}]:${builder.port}`;
      const own = lines
        .filter(({ hosts }) => hosts === undefined || isFor(hosts, name))
        .map(({ marker, key }) => `${marker === undefined ? "" : `${marker} `}${builder.alias} ${key}\n`);
      const pinned = builder.hostKey === undefined ? [] : [`${builder.alias} ${builder.hostKey}\n`];
      if (own.length + pinned.length === 0) {
        throw new ActionError("BUILDER_HOST_KEY", `ssh-known-hosts has no host key for the builder ${name}`, {
          hint: `Add the line: ${name} KEY, with the key from /etc/ssh/ssh_host_ed25519_key.pub on the builder.`,
        });
      }
      return [...own, ...pinned];
    })
    .join("");
}

function parseLine(line: string, number: number): HostKeyLine {
  const words = line.split(/\s+/);
  const marker = words[0]?.startsWith("@") === true ? words.shift() : undefined;
  const hosts = KEY.test(words[0] ?? "") ? undefined : words.shift();
  const [type = "", key = ""] = words;
  const isMarker = marker === undefined || marker === "@cert-authority" || marker === "@revoked";
  if (isMarker && KEY.test(type) && /^[A-Za-z0-9+/]+=*$/.test(key))
    return { marker, hosts, key: `${type} ${key}` };
  throw new ActionError(
    "INPUT_INVALID",
    `input ssh-known-hosts, line ${number} is neither a known_hosts line nor a public key`,
    {
      hint: "A line is: HOST ssh-ed25519 AAAA…, or the public key alone. For a port: [HOST]:PORT.",
    },
  );
}

/** Whether a list of hosts names this one: literally, by `*` and `?`, not by `!`, or by its hash. */
function isFor(hosts: string, name: string): boolean {
  const [, salt, hash] = /^\|1\|([^|]+)\|([^|]+)$/.exec(hosts) ?? [];
  if (salt !== undefined && hash !== undefined) {
    return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
  }
  const patterns = hosts.split(",");
  const matches = (pattern: string) =>
    new RegExp(
      `^${pattern
        .replace(/[.+^${}()|[\]\\]/g, "\\$&")
        .replaceAll("*", ".*")
        .replaceAll("?", ".")}$`,
      "i",
    ).test(name);
  return (
    patterns.some((pattern) => !pattern.startsWith("!") && matches(pattern)) &&
    !patterns.some((pattern) => pattern.startsWith("!") && matches(pattern.slice(1)))
  );
}
