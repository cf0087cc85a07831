import { createHmac } from "node:crypto";

import { ActionError } from "../errors/action-error.js";
import { nameInKnownHosts } from "./host-key.js";
import { matchesHostPatterns } from "./host-pattern.js";
import type { SshTarget } from "./config-file.js";

const KEY = /^(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+$/;

/** A line of known_hosts, or a bare public key. */
export interface KnownHostsLine {
  readonly marker: string | undefined;
  /** The hosts that the line is for; undefined for a bare key, which is for every builder. */
  readonly hosts: string | undefined;
  readonly key: string;
}

/** A builder or a jump host. */
type KnownHost = Pick<SshTarget, "alias" | "host" | "port" | "hostKey">;

/** How to verify a host, which needs a key or an authority. Every key is `TYPE BASE64`. */
export interface HostIdentity {
  readonly host: KnownHost;
  readonly keys: readonly string[];
  /** Keys of the CAs whose host certificates are trusted for this host. */
  readonly authorities: readonly string[];
  /** Keys that are never accepted. */
  readonly revoked: readonly string[];
}

/**
 * Parses lines of known_hosts, or bare public keys. Throws `INPUT_INVALID` for a line that is neither.
 * @see sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"
 */
export function parseKnownHosts(text: string): readonly KnownHostsLine[] {
  return text
    .split(/\r?\n/)
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== "" && !line.startsWith("#"))
    .map(({ line, number }) => parseLine(line, number));
}

/** The keys of every host: those in `lines` for its name and port, and the one in its line of `builders`. */
export function findHostKeys(
  hosts: readonly KnownHost[],
  lines: readonly KnownHostsLine[],
): readonly HostIdentity[] {
  return hosts.map((host) => {
    const named = (name: string) => lines.filter(({ hosts }) => hosts !== undefined && isFor(hosts, name));
    const withPort = named(nameInKnownHosts(host));
    // As in ssh: lines without a port apply to all ports of a host, unless other lines name this port.
    const bare = lines.filter(({ hosts }) => hosts === undefined);
    const own = [...(withPort.length > 0 ? withPort : named(host.host)), ...bare];
    const marked = (wanted: KnownHostsLine["marker"]) =>
      own.filter(({ marker }) => marker === wanted).map(({ key }) => key);
    const revoked = marked("@revoked");
    const keys = [...marked(undefined), ...(host.hostKey === undefined ? [] : [host.hostKey])];
    const isValid = (key: string) => !revoked.includes(key);
    return {
      host,
      keys: keys.filter(isValid),
      authorities: marked("@cert-authority").filter(isValid),
      revoked,
    };
  });
}

/** Whether the host is verified by a host certificate. A certificate names the host, not our alias. */
export function isCertified({ authorities }: HostIdentity): boolean {
  return authorities.length > 0;
}

/** Whether the host can be verified, by a key or by a CA. */
export function isPinned({ keys, authorities }: HostIdentity): boolean {
  return keys.length + authorities.length > 0;
}

/** The known_hosts file of a run. It lists each host by the name that ssh looks up: see `listSshOptions`. */
export function renderKnownHosts(identities: readonly HostIdentity[]): string {
  return identities
    .flatMap((identity) => {
      const { host, keys, authorities, revoked } = identity;
      const name = isCertified(identity) ? nameInKnownHosts(host) : host.alias;
      return [
        ...keys.map((key) => `${name} ${key}\n`),
        ...authorities.map((key) => `@cert-authority ${name} ${key}\n`),
        ...revoked.map((key) => `@revoked ${name} ${key}\n`),
      ];
    })
    .join("");
}

function parseLine(line: string, number: number): KnownHostsLine {
  const words = line.split(/\s+/);
  const marker = words[0]?.startsWith("@") === true ? words.shift() : undefined;
  // Both words are checked: a host may have a name like `ssh-gateway`, which looks like a key type.
  const hosts = isPublicKey(words) ? undefined : words.shift();
  const isMarker = marker === undefined || marker === "@cert-authority" || marker === "@revoked";
  if (isMarker && isPublicKey(words)) return { marker, hosts, key: words.slice(0, 2).join(" ") };
  throw new ActionError(
    "INPUT_INVALID",
    `input ssh-known-hosts, line ${number} is neither a known_hosts line nor a public key`,
    {
      hint: "Write HOST ssh-ed25519 AAAA…, or the public key alone. Write a port as [HOST]:PORT.",
    },
  );
}

/**
 * Whether the words begin with a key type and a Base64 key of this type. ssh silently skips lines whose key
 * contains another type.
 * @see RFC 4253, section 6.6
 */
function isPublicKey([type = "", base64 = ""]: readonly string[]): boolean {
  if (!KEY.test(type) || !/^[A-Za-z0-9+/]+=*$/.test(base64)) return false;
  const blob = Buffer.from(base64, "base64");
  const end = 4 + type.length;
  return (
    blob.length > end &&
    blob.readUInt32BE(0) === type.length &&
    blob.subarray(4, end).toString("latin1") === type
  );
}

/** Whether the host field of a line includes a name: literally, by patterns, or by its hash. */
function isFor(hosts: string, name: string): boolean {
  const [, salt, hash] = /^\|1\|([^|]+)\|([^|]+)$/.exec(hosts) ?? [];
  if (salt !== undefined && hash !== undefined) {
    return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
  }
  return matchesHostPatterns(hosts.split(","), name);
}
