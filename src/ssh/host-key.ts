import { createHash } from "node:crypto";

import { ActionError } from "../errors/action-error.js";
import type { SshTarget } from "./config-file.js";

/** A host key that a server presented. */
export interface SeenHostKey {
  readonly type: string;
  /** As `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

/** Type and fingerprint of a host key. `blob` is the key in wire format. @see RFC 4253, section 6.6 */
export function describeHostKey(blob: Buffer): SeenHostKey {
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  const type = blob
    .subarray(4, 4 + length)
    .toString("latin1")
    .replaceAll(/[^a-z0-9@.-]/g, "?");
  const digest = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return { type, fingerprint: `SHA256:${digest}` };
}

/** The host key, bare or in a certificate, that the system's ssh saw, according to its `-v` output. */
export function readShownHostKey(stderr: string): SeenHostKey | undefined {
  const [, type, fingerprint] =
    /^debug1: Server host (?:key|certificate): ([a-z0-9-]+?)(?:-cert-v01@openssh\.com)? (SHA256:[A-Za-z0-9+/]+)/m.exec(
      stderr,
    ) ?? [];
  return type === undefined || fingerprint === undefined ? undefined : { type, fingerprint };
}

/**
 * Detects several machines behind one address by the host keys that its connections saw:
 * `BUILDER_LOAD_BALANCED`, or undefined if there may be only one machine. Keys of different types prove
 * nothing: a machine has one of each type.
 */
export function findLoadBalancer(seen: readonly SeenHostKey[]): ActionError | undefined {
  for (const { type, fingerprint } of seen) {
    const other = seen.find((key) => key.type === type && key.fingerprint !== fingerprint);
    if (other === undefined) continue;
    return new ActionError(
      "BUILDER_LOAD_BALANCED",
      "several machines share this address: one connection saw the host key " +
        `${fingerprint}, another one ${other.fingerprint} (${type})`,
      {
        hint:
          "Nix would ask one machine for outputs that another one built. Give each machine its own name " +
          "and its own line in builders; in Kubernetes, use a headless Service.",
      },
    );
  }
  return undefined;
}

/**
 * The error for a host without a pinned key: `BUILDER_HOST_KEY`, with the fingerprint of the key that it
 * presented and the line to add to `ssh-known-hosts`. The key proves nothing until someone has compared the
 * fingerprint.
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
      `Add a line ${name} KEY, where KEY is in /etc/ssh/ssh_host_ed25519_key.pub on that host.`,
    );
  }
  const { type, fingerprint } = describeHostKey(shown);
  const kind = type.startsWith("ecdsa-") ? "ecdsa" : type.replace("ssh-", "");
  return fail(
    `ssh-known-hosts has no host key for ${name}; it presented ${fingerprint} (${type}), ` +
      "which is not trusted",
    `Run ssh-keygen -lf /etc/ssh/ssh_host_${kind}_key.pub on that host. If it prints this fingerprint, ` +
      `add to ssh-known-hosts: ${name} ${type} ${shown.toString("base64")}`,
  );
}

/** The error for a builder whose host key `ssh-known-hosts` marks as `@revoked`: `BUILDER_HOST_KEY`. */
export function explainRevoked({ fingerprint }: SeenHostKey): ActionError {
  return new ActionError("BUILDER_HOST_KEY", `the host key ${fingerprint} is revoked in ssh-known-hosts`, {
    hint: "Create a new host key on the builder, and pin that one in ssh-known-hosts.",
  });
}

/** The name of a host and port in known_hosts. @see sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT" */
export function nameInKnownHosts({ host, port }: Pick<SshTarget, "host" | "port">): string {
  return port === 22 ? host : `[${host}]:${port}`;
}
