import { ActionError, type ErrorCode } from "../errors/action-error.js";

export interface NixMessage {
  readonly level: number;
  readonly text: string;
}

interface Cause {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly hint: string;
}

/** The hook's word for a build that ran on a builder and failed there: nothing else of Nix's is as sure. */
const FAILED_ON_BUILDER = /build of '[^']+' on '[^']+' failed: /;

/**
 * What went wrong, by Nix's and ssh's own words (Nix 2.8 to 2.35). In order: a host key is also reported as a connection
 * that failed, and a connection that failed as a build that failed.
 */
const CAUSES: readonly Cause[] = [
  {
    pattern: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/,
    code: "BUILDER_HOST_KEY",
    hint: "Compare the builder's host key with ssh-known-hosts.",
  },
  {
    pattern: /Permission denied \(|you are not privileged to build|lacks a (?:valid )?signature/,
    code: "BUILDER_DENIED",
    hint: "Check ssh-private-key, and that the builder's nix.conf has its user in trusted-users.",
  },
  {
    pattern:
      /failed to start SSH connection|cannot open connection to remote store|Connection (?:refused|reset|timed out|closed)|kex_exchange_identification|Could not resolve hostname|not responding|Broken pipe|protocol mismatch|unexpected (?:end-of-file|EOF)/,
    code: "BUILDER_UNREACHABLE",
    hint: "Check that the builder is up and can be reached from this machine.",
  },
  {
    pattern: /No space left on device|database or disk is full/,
    code: "NIX_DISK_FULL",
    hint: "Free space for the Nix store, here or on the builder that is named.",
  },
  {
    pattern: /Nix daemon disconnected unexpectedly|cannot connect to socket at/,
    code: "NIX_DAEMON_FAILED",
    hint: "Start Nix's daemon again: systemctl restart nix-daemon.",
  },
  {
    // Nix 2.8 says no more than that it knows of no builder: its daemon did not take ours.
    pattern:
      /not a trusted user|restricted setting|lacks permission to|untrusted client|or enable remote builds/,
    code: "NIX_NOT_TRUSTED",
    hint: "Add this user to trusted-users in /etc/nix/nix.conf and restart the daemon.",
  },
  {
    pattern: /Failed to find a machine for remote build|[Uu]nable to start any build/,
    code: "BUILDER_UNFIT",
    hint: "Compare the systems and features that the derivation requires with those of the builders.",
  },
];

const BUILD_FAILED =
  /(?:builder for|Cannot build) '([^']+)'[^]*?(?:failed with exit code|failed due to signal|builder failed)/;

/**
 * The error that a failed `nix build` stands for, from its messages, oldest first. A builder that ran and failed is
 * `BUILD_FAILED`; what kept it from running has a code of its own; anything else is `BUILD_FAILED` with Nix's last error.
 */
export function classifyFailure(messages: readonly NixMessage[]): ActionError {
  const errors = messages.filter(({ level }) => level === 0).map(({ text }) => stripPrefix(text));
  const cause = findCause(messages);
  const failed =
    errors.find(hasFailedOnBuilder) ??
    errors.find(
      (text) =>
        BUILD_FAILED.test(text) &&
        !isCause(text) &&
        // A builder that was lost is reported as a build that exited with 1 as well: then the loss is the reason.
        (cause === undefined || /exit code (?!1\b)/.test(text)),
    );
  if (failed !== undefined) {
    return new ActionError("BUILD_FAILED", firstLines(failed), {
      hint: "Its last lines are in the log above.",
    });
  }
  if (cause !== undefined) {
    const message = `the build could not go on: ${firstLines(stripPrefix(cause.text))}`;
    return new ActionError(cause.code, message, { hint: cause.hint });
  }
  const last = errors.at(-1) ?? messages.at(-1)?.text ?? "nix build failed and did not say why";
  return new ActionError("BUILD_FAILED", firstLines(withoutTrace(last)));
}

/** What a daemon's refusal stands for, where its own words tell more than that it refused. */
export function explainRefusal(error: ActionError): ActionError {
  const classified = classifyFailure([{ level: 0, text: error.message }]);
  return classified.code === "BUILD_FAILED" ? error : classified;
}

/** Whether one message of Nix says beyond doubt that a build ran on a builder and failed: no other builder would do better. */
export function hasFailedOnBuilder(text: string): boolean {
  return FAILED_ON_BUILDER.test(text) && !isCause(text);
}

function isCause(text: string): boolean {
  return CAUSES.some(({ pattern }) => pattern.test(text));
}

function findCause(messages: readonly NixMessage[]) {
  for (const { pattern, code, hint } of CAUSES) {
    const found = messages.find(({ text }) => pattern.test(text));
    if (found !== undefined) return { code, hint, text: found.text };
  }
  return undefined;
}

function stripPrefix(text: string): string {
  return text.replace(/^error:\s*/, "");
}

/** What Nix says last where it tells first how it came there: an error of evaluation, after its trace. */
function withoutTrace(text: string): string {
  const lines = text.split("\n");
  const start = lines.findLastIndex((line) => line.trimStart().startsWith("error:"));
  const hasTrace = lines.slice(0, start).some((line) => line.trimStart().startsWith("…"));
  return hasTrace ? stripPrefix(lines.slice(start).join("\n").trim()) : text;
}

function firstLines(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines
    .filter((line) => line !== "")
    .slice(0, 3)
    .join(" ")
    .slice(0, 1_000);
}
