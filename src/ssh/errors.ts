import { ActionError, type ErrorCode } from "../errors/action-error.js";
import { sanitizeText } from "../platform/log.js";

/** What ssh says without -v. */
export function withoutDebug(stderr: string): string {
  return stderr
    .split("\n")
    .filter(
      (line) => !/^(?:debug\d: |OpenSSH_\d|Authenticated to |Transferred: |Bytes per second: )/.test(line),
    )
    .join("\n");
}

/** Why the system's ssh did not get to a builder, by its own words. */
export function explainSsh(stderr: string): ActionError {
  const output = sanitizeText(stderr);
  const failure = (code: ErrorCode, reason: string, hint: string) => new ActionError(code, reason, { hint });
  if (output.includes("REVOKED HOST KEY DETECTED")) {
    return failure(
      "BUILDER_HOST_KEY",
      "its host key, or the one that vouches for it, is revoked in ssh-known-hosts",
      "Give the builder a new host key, and pin that one.",
    );
  }
  if (/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/.test(output)) {
    return failure(
      "BUILDER_HOST_KEY",
      "its host key is not the one in ssh-known-hosts",
      "Compare the keys before you change anything: someone may stand between.",
    );
  }
  // A jump host says the same, and is the one that is named.
  const [, account] = /(\S+): Permission denied \(/.exec(output) ?? [];
  if (account !== undefined) {
    return failure(
      "BUILDER_DENIED",
      `${account} refuses our key`,
      "Add the public half of ssh-private-key to that user's authorized_keys. A certificate in ssh-config has to name the user, and be for this very key.",
    );
  }
  const cause =
    /Connection refused|Connection reset|Connection closed|Connection timed out|No route to host|kex_exchange_identification|Could not resolve hostname[^|\n]*/.exec(
      output,
    )?.[0];
  return failure(
    "BUILDER_UNREACHABLE",
    cause ?? lastLine(output),
    "Check host, port and network, and that it is up.",
  );
}

export function lastLine(text: string): string {
  return sanitizeText(text).trim().split("\n").at(-1)?.trim().slice(-300) ?? "";
}
