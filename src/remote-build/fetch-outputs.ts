import { Readable } from "node:stream";

import { ActionError } from "../errors/action-error.js";
import type { BuildOutcome, Built } from "../model/build.js";
import type { Builder } from "../model/builder.js";
import { isStorePath } from "../model/store-path.js";
import { COPY_LIMIT_MS, type RunNix } from "../nix/command.js";
import { listExpected, readDerivationClosure } from "../nix/derivation.js";
import { guardExport } from "../nix-protocol/export.js";
import { renderNixStoreProgram } from "../nix-protocol/handshake.js";
import type { Log } from "../platform/log.js";
import { type Connection, stream } from "../ssh/connection.js";

export interface ImportEffects {
  /**
   * Runs a line of shell on the builder, in which `nix-store` is what its argument says, and gives its stdout as it comes. Its stdin waits for
   * `input`. Throws `BUILDER_UNREACHABLE` when it fails.
   */
  readonly runOnBuilder: (
    line: (nixStore: string) => string,
    input: Promise<string>,
  ) => AsyncGenerator<Buffer>;
  /** Runs `nix-store` here. */
  readonly runNixStoreCli: RunNix;
}

/** A builder that has built something, and the connection to it. */
export interface BuilderConnection {
  readonly builder: Builder;
  readonly connection: Connection;
}

const QUERY_LIMIT_MS = 60_000;
/** Of a closure with a million paths. */
const MAX_LIST_BYTES = 1 << 27;

/**
 * Brings what was built on a builder here: of the outputs' closures what this machine lacks, in one stream, and nothing that is not an
 * output or a source of the derivations that were built. The builder is asked once: it lists the closures, is told what is missing, and sends that.
 * Resolves to the number of paths. Rejects with `BUILDER_UNREACHABLE`, `BUILDER_DENIED`, `NIX_NOT_TRUSTED`, and as
 * RunCommand does.
 */
export async function fetchOutputs(built: readonly Built[], effects: ImportEffects): Promise<number> {
  const outPaths = built.map(({ outPath }) => outPath).join(" ");
  let want: (paths: string) => void = () => undefined;
  const wanted = new Promise<string>((resolve) => (want = resolve));
  const output = effects.runOnBuilder(
    (nixStore) => `${nixStore} --query --requisites ${outPaths} && echo && exec ${nixStore} --export $(cat)`,
    wanted,
  );
  try {
    const [list, rest] = await readList(output);
    const listed = list.split("\n").filter(isStorePath);
    const { stdout } = await effects.runNixStoreCli(["--check-validity", "--print-invalid", ...listed], {
      timeoutMs: QUERY_LIMIT_MS,
    });
    const missing = stdout.split("\n").filter(isStorePath);
    want(`${missing.join("\n")}\n`);

    const closure = await readDerivationClosure(built.map(({ drvPath }) => drvPath));
    const expected = new Set<string>([...listExpected(closure), ...built.map(({ outPath }) => outPath)]);
    const stream = guardExport(rest, (path) => expected.has(path));
    await effects.runNixStoreCli(["--import"], { timeoutMs: COPY_LIMIT_MS, input: Readable.from(stream) });
    return missing.length;
  } catch (error) {
    throw toImportError(error);
  } finally {
    await output.return(undefined);
  }
}

/**
 * Fetches what a build has built on one builder. If that fails, the outcome still lists what the builder built, together with the error.
 * Rejects with `CANCELLED`.
 */
export async function copyOutputsBack(
  outcome: BuildOutcome,
  { builder, connection }: BuilderConnection,
  { runNixStoreCli, log }: { readonly runNixStoreCli: RunNix; readonly log: Log },
): Promise<BuildOutcome> {
  const program = renderNixStoreProgram(builder);
  try {
    const copied = await fetchOutputs(outcome.built, {
      runOnBuilder: (line, input) => stream(connection, `/bin/sh -c '${line(program)}'`, input),
      runNixStoreCli,
    });
    log.info(`${copied} store paths came back from ${builder.host}`);
    return outcome;
  } catch (error) {
    if (!(error instanceof ActionError) || error.code === "CANCELLED") throw error;
    return { ...outcome, built: [], error };
  }
}

/** What a builder made has no signature: a daemon takes it from trusted users alone. */
function toImportError(error: unknown): unknown {
  const isUntrusted =
    error instanceof ActionError &&
    error.code === "COMMAND_FAILED" &&
    /lacks a (?:valid )?signature/.test(error.message);
  if (!isUntrusted) return error;
  return new ActionError(
    "NIX_NOT_TRUSTED",
    "this machine's Nix takes nothing from a builder: its daemon does not trust this user",
    { cause: error, hint: "Add this user to trusted-users in /etc/nix/nix.conf and restart the daemon." },
  );
}

/** The lines up to an empty one, and what comes after it. */
async function readList(
  output: AsyncGenerator<Buffer>,
): Promise<readonly [list: string, rest: AsyncIterable<Buffer>]> {
  let read: Buffer = Buffer.alloc(0);
  let end = -1;
  while (end === -1) {
    const next = await output.next();
    if (next.done === true || read.length > MAX_LIST_BYTES) {
      throw new ActionError("BUILDER_UNREACHABLE", "the builder did not list what it built", {
        hint: "Run again; if it stays, check its Nix: nix-store --verify.",
      });
    }
    read = Buffer.concat([read, next.value]);
    end = read.indexOf("\n\n");
  }
  const rest = async function* () {
    yield read.subarray(end + 2);
    yield* output;
  };
  return [read.subarray(0, end).toString("utf8"), rest()];
}
