import { createHash } from "node:crypto";

import { ActionError } from "../errors/action-error.js";
import type { SshTarget } from "./config-file.js";

/** A host key that a connection was shown. */
export interface SeenHostKey {
  readonly type: string;
  /** As `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

/** Names a host key by what is safe to show of it. `blob` is the key as it is on the wire. @see RFC 4253, section 6.6 */
export function describeHostKey(blob: Buffer): SeenHostKey {
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  const type = blob
    .subarray(4, 4 + length)
    .toString("latin1")
    .replaceAll(/[^a-z0-9@.-]/g, "?");
  const digest = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return { type, fingerprint: `SHA256:${digest}` };
}

/** The host key that the system's ssh was shown, or that a certificate was for, by what its `-v` says. */
export function readShownHostKey(stderr: string): SeenHostKey | undefined {
  const [, type, fingerprint] =
    /^debug1: Server host (?:key|certificate): ([a-z0-9-]+?)(?:-cert-v01@openssh\.com)? (SHA256:[A-Za-z0-9+/]+)/m.exec(
      stderr,
    ) ?? [];
  return type === undefined || fingerprint === undefined ? undefined : { type, fingerprint };
}

/**
 * Whether connections to one address were shown keys of different machines: `BUILDER_LOAD_BALANCED`, or undefined where they may have
 * met the same one. Keys of different types prove nothing: a machine has one of each.
 */
export function findLoadBalancer(seen: readonly SeenHostKey[]): ActionError | undefined {
  for (const { type, fingerprint } of seen) {
    const other = seen.find((key) => key.type === type && key.fingerprint !== fingerprint);
    if (other === undefined) continue;
    return new ActionError(
      "BUILDER_LOAD_BALANCED",
      `its name leads to several machines: one connection saw the host key ${fingerprint}, another one ${other.fingerprint} (${type})`,
      {
        hint: "Nix asks one for what the other one has built, and counts the slots of one for all. Give each machine a name and a line of its own: in Kubernetes each pod, by a headless Service.",
      },
    );
  }
  return undefined;
}

/**
 * What to do about a builder that `ssh-known-hosts` does not know: `BUILDER_HOST_KEY` with the fingerprint of the key that it showed, and the line
 * for it. That key proves nothing until somebody has compared it.
 */
export function explainUnpinned(
  host: Pick<SshTarget, "host" | "port">,
  shown: Buffer | undefined,
): ActionError {
  const name = nameInKnownHosts(host);
  const fail = (reason: string, hint: string) => new ActionError("BUILDER_HOST_KEY", reason, { hint });
  if (shown === undefined) {
    return fail(
      `ssh-known-hosts has no host key for ${name}`,
      `Add the line: ${name} KEY, with the key from its /etc/ssh/ssh_host_ed25519_key.pub.`,
    );
  }
  const { type, fingerprint } = describeHostKey(shown);
  const kind = type.startsWith("ecdsa-") ? "ecdsa" : type.replace("ssh-", "");
  return fail(
    `ssh-known-hosts has no host key for ${name}; it showed ${fingerprint} (${type}), which is not trusted`,
    `On that machine itself, ssh-keygen -lf /etc/ssh/ssh_host_${kind}_key.pub must print this fingerprint. Then add to ssh-known-hosts: ${name} ${type} ${shown.toString("base64")}`,
  );
}

/** What to do about a builder whose key `ssh-known-hosts` marks as `@revoked`: `BUILDER_HOST_KEY`. */
export function explainRevoked({ fingerprint }: SeenHostKey): ActionError {
  return new ActionError("BUILDER_HOST_KEY", `its host key ${fingerprint} is revoked in ssh-known-hosts`, {
    hint: "Give the builder a new host key, and pin that one.",
  });
}

/** As known_hosts names a host and its port. @see sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT" */
export function nameInKnownHosts({ host, port }: Pick<SshTarget, "host" | "port">): string {
  return port === 22 ? host : `[${host}]:${port}`;
}
