import { z } from "zod";

import { ActionError, type ErrorCode } from "../errors/action-error.js";
import type { Builder, BuilderStatus } from "../model/builder.js";
import type { CommandOptions, CommandOutput } from "../platform/command.js";
import { sanitizeText } from "../platform/log.js";
import { renderStoreUri } from "./machine.js";

export interface ProbeEffects {
  /** Calls the Nix that will build. */
  readonly runNix: (args: readonly string[], options: CommandOptions) => Promise<CommandOutput>;
  readonly timeoutMs: number;
}

/**
 * Opens every builder's store, all at once, through the ssh and the Nix that will build. Never rejects for a builder: one that does
 * not answer in time, refuses us, or does not trust us is dropped, with the reason.
 */
export async function probeBuilders(
  builders: readonly Builder[],
  effects: ProbeEffects,
): Promise<readonly BuilderStatus[]> {
  return Promise.all(builders.map((builder) => probeBuilder(builder, effects)));
}

async function probeBuilder(builder: Builder, { runNix, timeoutMs }: ProbeEffects): Promise<BuilderStatus> {
  const drop = (code: ErrorCode, reason: string, hint: string): BuilderStatus => ({
    state: "dropped",
    builder,
    code,
    reason: `${builder.host}: ${reason}`,
    hint,
  });
  try {
    const { stdout } = await runNix(["store", "info", "--json", "--store", renderStoreUri(builder)], {
      timeoutMs,
    });
    const { version, trusted } = parseStoreInfo(stdout);
    return trusted === false
      ? drop(
          "BUILDER_DENIED",
          "it does not trust its user to build",
          "Add the user to trusted-users in the builder's nix.conf.",
        )
      : { state: "ready", builder, nixVersion: version };
  } catch (error) {
    if (!(error instanceof ActionError) || error.code === "CANCELLED") throw error;
    return drop(...explain(error, timeoutMs));
  }
}

/** `trusted` may be a number, and is missing where the builder does not tell. */
const STORE_INFO = z.object({
  version: z.string().optional(),
  trusted: z.union([z.boolean(), z.number()]).nullish(),
});

/** Reads what `nix store info --json` prints; what an older Nix does not tell is undefined. */
export function parseStoreInfo(json: string): {
  readonly version: string | undefined;
  readonly trusted: boolean | undefined;
} {
  try {
    const { version, trusted } = STORE_INFO.parse(JSON.parse(json));
    return { version, trusted: trusted === undefined || trusted === null ? undefined : Boolean(trusted) };
  } catch {
    return { version: undefined, trusted: undefined };
  }
}

/** Why a builder did not answer, by the words of ssh and Nix. */
export function explain(error: ActionError, timeoutMs: number): readonly [ErrorCode, string, string] {
  const said = sanitizeText(error.message);
  if (error.code === "COMMAND_TIMEOUT") {
    return [
      "BUILDER_UNREACHABLE",
      `no answer within ${timeoutMs / 1000} s`,
      "Check that it is up, or raise builder-timeout.",
    ];
  }
  if (/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/.test(said)) {
    return [
      "BUILDER_HOST_KEY",
      "its host key is not the one in ssh-known-hosts",
      "Compare the keys before you change anything: someone may stand between.",
    ];
  }
  if (said.includes("Permission denied (")) {
    return [
      "BUILDER_DENIED",
      "it refuses our key",
      "Add the public half of ssh-private-key to the user's authorized_keys there.",
    ];
  }
  const cause =
    /Connection refused|Connection reset|Connection timed out|No route to host|Could not resolve hostname[^|]*/.exec(
      said,
    )?.[0];
  return [
    "BUILDER_UNREACHABLE",
    cause ?? said.slice(-300),
    "Check host, port and network, and that Nix is on the user's PATH there.",
  ];
}
