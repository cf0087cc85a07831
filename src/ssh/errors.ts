import { ActionError, type ErrorCode } from "../errors/action-error.js";
import { sanitizeText } from "../platform/log.js";

/** The messages of `ssh -v` without the lines that `-v` adds. */
export function withoutDebug(stderr: string): string {
  return stderr
    .split("\n")
    .filter(
      (line) => !/^(?:debug\d: |OpenSSH_\d|Authenticated to |Transferred: |Bytes per second: )/.test(line),
    )
    .join("\n");
}

/** Finds out from its stderr why the system's ssh could not connect to a builder. */
export function explainSsh(stderr: string): ActionError {
  const output = sanitizeText(stderr);
  const failure = (code: ErrorCode, reason: string, hint: string) => new ActionError(code, reason, { hint });
  if (output.includes("REVOKED HOST KEY DETECTED")) {
    return failure(
      "BUILDER_HOST_KEY",
      "the host key, or the CA key that signed it, is revoked in ssh-known-hosts",
      "Create a new host key on the builder, and pin that one in ssh-known-hosts.",
    );
  }
  if (/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/.test(output)) {
    return failure(
      "BUILDER_HOST_KEY",
      "the host key does not match ssh-known-hosts",
      "Check the key on the builder before you change anything: this may be an attack.",
    );
  }
  // What our own proxy command says; ssh itself only sees that it has ended.
  const proxy = /^cross-build: (.+)$/m.exec(output)?.[1];
  if (proxy !== undefined) {
    return failure(
      "BUILDER_UNREACHABLE",
      proxy,
      "Check that the pod is running, and the cluster's API server.",
    );
  }
  // A jump host may have refused the key instead: ssh names the host that did.
  const [account, refusal] = output.split(": Permission denied (", 2);
  if (refusal !== undefined) {
    return failure(
      "BUILDER_DENIED",
      `${lastWord(account)} refused the SSH key`,
      "Add the public half of ssh-private-key to that user's authorized_keys. " +
        "A certificate in ssh-config must name the user and be for this key.",
    );
  }
  const cause =
    /Connection refused|Connection reset|Connection closed|Connection timed out|No route to host|kex_exchange_identification|Could not resolve hostname[^|\n]*/.exec(
      output,
    )?.[0];
  return failure(
    "BUILDER_UNREACHABLE",
    cause ?? lastLine(output),
    "Check host, port and network, and that the builder is running.",
  );
}

/** The last line of a text, or the last 300 characters of a longer one. */
export function lastLine(text: string): string {
  return sanitizeText(text).trim().split("\n").at(-1)?.trim().slice(-300) ?? "";
}

function lastWord(text = ""): string {
  return text.slice(-300).split(/\s/).at(-1) ?? "";
}
