import { ActionError, type ErrorCode } from "../errors/action-error.js";
import { isEvaluationError, readNixError } from "./error-text.js";

export interface NixMessage {
  readonly level: number;
  readonly text: string;
}

interface Cause {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly hint: string;
}

/** The build hook's message for a derivation that failed on a builder: Nix's only reliable marker of that. */
const FAILED_ON_BUILDER = /build of '([^']+)' on '[^']+' failed: /;

/**
 * Causes, recognized by the messages of ssh and of Nix 2.8 to 2.35. The order matters: a wrong host key is
 * also reported as a failed connection, and a failed connection as a failed build.
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
    pattern: new RegExp(
      [
        "failed to start SSH connection|cannot open connection to remote store",
        "Connection (?:refused|reset|timed out|closed)|kex_exchange_identification",
        "Could not resolve hostname|not responding|Broken pipe|protocol mismatch",
        "unexpected (?:end-of-file|EOF)",
      ].join("|"),
    ),
    code: "BUILDER_UNREACHABLE",
    hint: "Check that the builder is running and reachable from this machine.",
  },
  {
    // The last one is Nix's note about a build that failed while its disk was full.
    pattern: /No space left on device|database or disk is full|lack of free disk space/,
    code: "NIX_DISK_FULL",
    hint: "Free space for the Nix store, on this machine or on the builder in the message.",
  },
  {
    pattern: /Nix daemon disconnected unexpectedly|cannot connect to socket at/,
    code: "NIX_DAEMON_FAILED",
    hint: "Restart the Nix daemon: systemctl restart nix-daemon.",
  },
  {
    // Nix 2.8 only reports that it has no builder: its daemon ignored the setting of an untrusted user.
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

const NAMES_BUILD = /(?:builder for|Cannot build) '([^']+)'/;
const NAMES_FAILURE = /failed with exit code|failed due to signal|builder failed/;

/** Nix's messages about content that has another hash than the one in the Nix code, or in flake.lock. */
const WRONG_HASHES = [
  {
    place: "in the Nix code",
    parts: [
      /hash mismatch in (?:fixed-output derivation|file downloaded from) '([^']+)'/,
      /specified:\s*(\S+)/,
      /got:\s*(\S+)/,
    ],
  },
  {
    place: "in flake.lock",
    parts: [/NAR hash mismatch in input '([^']+)'/, /expected '([^']+)'/, /'([^']+)'/],
  },
] as const;

/**
 * Turns the messages of a failed `nix build`, oldest first, into an error. A derivation that was built and
 * failed is `BUILD_FAILED`, one with a wrong hash is `HASH_MISMATCH`, and Nix code that cannot be evaluated
 * is `EVALUATION_FAILED`. A cause that kept it from being built has its own code. Anything else is
 * `BUILD_FAILED` with Nix's last error.
 */
export function classifyFailure(messages: readonly NixMessage[]): ActionError {
  const errors = messages.filter(({ level }) => level === 0).map(({ text }) => stripPrefix(text));
  const mismatch = errors.map(explainMismatch).find((found) => found !== undefined);
  if (mismatch !== undefined) return mismatch;
  const cause = findCause(messages);
  const failed =
    errors.find(hasFailedOnBuilder) ??
    errors.find(
      (text) =>
        findFailedBuild(text) !== undefined &&
        !isCause(text) &&
        // Nix also reports a lost builder as a build that exited with 1; then the lost builder is the cause.
        (cause === undefined || /exit code (?!1\b)/.test(text)),
    );
  if (failed !== undefined) {
    return new ActionError("BUILD_FAILED", firstLines(failed), {
      hint:
        "The last lines of its log say why. They are in the log of this run, in the job summary and in the " +
        "report.",
    });
  }
  // Before the causes: what ssh says about a git server is not about a builder.
  const fetch = errors.find((text) => FAILED_FETCH.test(text));
  if (fetch !== undefined) {
    return new ActionError("EVALUATION_FAILED", readNixError(fetch), { hint: FETCH_HINT });
  }
  const evaluation = findEvaluationError(messages);
  if (evaluation !== undefined) {
    return new ActionError("EVALUATION_FAILED", readNixError(evaluation), {
      hint: hintForFetch(evaluation) ?? "Fix the Nix code. A new file must be known to git: git add FILE.",
    });
  }
  if (cause !== undefined) {
    const message = `the build could not continue: ${firstLines(stripPrefix(cause.text))}`;
    return new ActionError(cause.code, message, { hint: cause.hint });
  }
  const last = errors.at(-1) ?? messages.at(-1)?.text ?? "nix build failed without a message";
  return new ActionError("BUILD_FAILED", firstLines(last), {
    hint: "Run nix build for the same package by hand to see everything that Nix prints.",
  });
}

/** Nix's messages about a flake input, or another source of an evaluation, that could not be fetched. */
const FAILED_FETCH = /while fetching the input|[Ff]ailed to fetch git repository|program 'git' failed/;
/** During an evaluation, a download is a source; during a build, it may be of a binary cache. */
const REFUSED_DOWNLOAD = /unable to download '[^']*': HTTP error 40[134]/;

const FETCH_HINT =
  "Check the URL of this input. If it is private, set access-tokens; for git+ssh, set ssh-private-key, and " +
  "ssh-known-hosts for its server. Pull requests from forks get none of them.";

/** What to do if the output of a failed evaluation is about a source that could not be fetched. */
export function hintForFetch(text: string): string | undefined {
  return FAILED_FETCH.test(text) || REFUSED_DOWNLOAD.test(text) ? FETCH_HINT : undefined;
}

/** The error of Nix that says why Nix code could not be evaluated, with its trace. */
export function findEvaluationError(messages: readonly NixMessage[]): string | undefined {
  // A lost daemon or a full disk may interrupt an evaluation too, and then its code is not to blame.
  return messages.findLast(
    ({ level, text }) => level === 0 && isEvaluationError(text) && !isCause(readNixError(text)),
  )?.text;
}

interface Mismatch {
  readonly subject: string;
  readonly specified: string;
  readonly got: string;
  readonly place: (typeof WRONG_HASHES)[number]["place"];
}

function findMismatch(text: string): Mismatch | undefined {
  for (const { place, parts } of WRONG_HASHES) {
    const [subject, specified, got] = findInTurn(text, parts);
    if (subject === undefined || specified === undefined || got === undefined) continue;
    return { subject, specified, got, place };
  }
  return undefined;
}

/** What the group of each pattern matches, each after the match of the one before it. */
function findInTurn(text: string, patterns: readonly RegExp[]): readonly (string | undefined)[] {
  let rest = text;
  return patterns.map((pattern) => {
    const match = pattern.exec(rest);
    rest = match === null ? "" : rest.slice(match.index + match[0].length);
    return match?.[1];
  });
}

/** The error for a wrong hash, with the one to paste; undefined for any other text of Nix. */
function explainMismatch(text: string): ActionError | undefined {
  const mismatch = findMismatch(text);
  if (mismatch === undefined) return undefined;
  const { subject, specified, got, place } = mismatch;
  const remedy = place === "in flake.lock" ? "run nix flake update." : `paste its hash: hash = "${got}";`;
  return new ActionError("HASH_MISMATCH", `${subject} has the hash ${got}, not ${specified} as ${place}`, {
    hint: `If you trust the new content, ${remedy} Otherwise find out why it changed.`,
  });
}

/** Replaces a daemon's refusal with a more specific error if its message has a known cause. */
export function explainRefusal(error: ActionError): ActionError {
  const classified = classifyFailure([{ level: 0, text: error.message }]);
  return classified.code === "BUILD_FAILED" ? error : classified;
}

/**
 * True if a message of Nix proves that a build ran on a builder and failed, so that it would fail on any
 * other builder too.
 */
export function hasFailedOnBuilder(text: string): boolean {
  return FAILED_ON_BUILDER.test(text) && !isCause(text);
}

/** The derivation that failed, if the text is Nix's message about a failed build. */
export function findFailedDerivation(text: string): string | undefined {
  return FAILED_ON_BUILDER.exec(text)?.[1] ?? findMismatch(text)?.subject ?? findFailedBuild(text);
}

/**
 * The derivation of a failed build. Like `findMismatch`, uses one pattern after the other instead of a single
 * one, which would search the rest of the text again for every build in it.
 */
function findFailedBuild(text: string): string | undefined {
  const named = NAMES_BUILD.exec(text);
  return named !== null && NAMES_FAILURE.test(text.slice(named.index)) ? named[1] : undefined;
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

/** The first three lines that say what failed, without what Nix adds: log lines and output paths. */
function firstLines(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  const end = lines.findIndex((line) => /^(?:Output paths|last \d+ log lines|For full logs)\b/i.test(line));
  return lines
    .slice(0, end === -1 ? undefined : end)
    .filter((line) => line !== "")
    .slice(0, 3)
    .join(" ")
    .replace(/;$/, "")
    .slice(0, 1_000);
}
