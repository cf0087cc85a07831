import { createHmac } from "node:crypto";

import { ActionError } from "../errors/action-error.js";
import { nameInKnownHosts } from "./host-key.js";
import { matchesHostPatterns } from "./host-pattern.js";
import type { SshTarget } from "./config-file.js";

const KEY = /^(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+$/;

/** A line of known_hosts, or a bare public key. */
export interface KnownHostsLine {
  readonly marker: string | undefined;
  /** The hosts it is for; undefined for a bare key, which is for every builder. */
  readonly hosts: string | undefined;
  readonly key: string;
}

/** A builder, or a host on the way to one. */
type KnownHost = Pick<SshTarget, "alias" | "host" | "port" | "hostKey">;

/** What a host is known by; every key is `TYPE BASE64`. With neither keys nor authorities it is not known at all. */
export interface HostIdentity {
  readonly host: KnownHost;
  readonly keys: readonly string[];
  /** Keys that may vouch for its own by a certificate. */
  readonly authorities: readonly string[];
  /** Keys that it must not have. */
  readonly revoked: readonly string[];
}

/**
 * Reads lines of known_hosts, or bare public keys. Rejects with `INPUT_INVALID` a line that is neither.
 * @see sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"
 */
export function parseKnownHosts(text: string): readonly KnownHostsLine[] {
  return text
    .split(/\r?\n/)
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== "" && !line.startsWith("#"))
    .map(({ line, number }) => parseLine(line, number));
}

/** The keys of every host: those that `lines` have for its name and port, and the one of its own builders line. */
export function findHostKeys(
  hosts: readonly KnownHost[],
  lines: readonly KnownHostsLine[],
): readonly HostIdentity[] {
  return hosts.map((host) => {
    const named = (name: string) => lines.filter(({ hosts }) => hosts !== undefined && isFor(hosts, name));
    const withPort = named(nameInKnownHosts(host));
    // As ssh does it: what is said of a host counts for all of its ports, where nothing is said of this one.
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

/** Whether a certificate vouches for the host's key. It names the host, and no alias of ours. */
export function isCertified({ authorities }: HostIdentity): boolean {
  return authorities.length > 0;
}

/** Whether there is anything to know the host by. */
export function isPinned({ keys, authorities }: HostIdentity): boolean {
  return keys.length + authorities.length > 0;
}

/** The known_hosts file of a run. Each host is in it by the name that ssh looks for: see `listSshOptions`. */
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
  // By both words: a host may well be named ssh-gateway.
  const hosts = isPublicKey(words) ? undefined : words.shift();
  const isMarker = marker === undefined || marker === "@cert-authority" || marker === "@revoked";
  if (isMarker && isPublicKey(words)) return { marker, hosts, key: words.slice(0, 2).join(" ") };
  throw new ActionError(
    "INPUT_INVALID",
    `input ssh-known-hosts, line ${number} is neither a known_hosts line nor a public key`,
    {
      hint: "A line is: HOST ssh-ed25519 AAAA…, or the public key alone. For a port: [HOST]:PORT.",
    },
  );
}

/** Whether a type and a key in Base64 come first. A key says its own type, or ssh would pass over its line. @see RFC 4253, section 6.6 */
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

/** Whether a list of hosts names this one: literally, by `*` and `?`, not by `!`, or by its hash. */
function isFor(hosts: string, name: string): boolean {
  const [, salt, hash] = /^\|1\|([^|]+)\|([^|]+)$/.exec(hosts) ?? [];
  if (salt !== undefined && hash !== undefined) {
    return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
  }
  return matchesHostPatterns(hosts.split(","), name);
}
