import { Readable } from "node:stream";

import type { ClientChannel } from "ssh2";

import { ActionError, isCancelled } from "../errors/action-error.js";
import type { BuildOutcome, Built } from "../model/build.js";
import type { Builder } from "../model/builder.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import { COPY_LIMIT_MS, type RunNix } from "../nix/command.js";
import { isPresent, listExpected, readDerivationClosure } from "../nix/derivation.js";
import { guardExport } from "../nix-protocol/export.js";
import { renderNixStoreProgram } from "../nix-protocol/handshake.js";
import type { Log } from "../platform/log.js";
import { type Connection, stream } from "../ssh/connection.js";

/** A builder that has built something, and the connection to it. */
export interface BuilderConnection {
  readonly builder: Builder;
  readonly connection: Connection;
}

export interface FetchEffects {
  readonly runNixStoreCli: RunNix;
  readonly log: Log;
}

const QUERY_LIMIT_MS = 60_000;
/** Of a closure with a million paths. */
const MAX_LIST_BYTES = 1 << 27;

/**
 * The command line on a builder that `copyOutputsBack` talks to: it waits for the paths of the outputs, lists their closures, waits for what is
 * missing of those, and sends that.
 */
export function renderFetchCommand(builder: Builder): string {
  const nixStore = renderNixStoreProgram(builder);
  const list = `read -r outputs && ${nixStore} --query --requisites $outputs && echo`;
  return `/bin/sh -c '${list} && exec ${nixStore} --export $(cat)'`;
}

/**
 * Brings what was built on a builder here: of the outputs' closures what this machine lacks, in one stream, and nothing that is not an
 * output or a source of the derivations that were built. Resolves to the number of paths. Rejects with `BUILDER_UNREACHABLE`,
 * `BUILDER_DENIED`, `NIX_NOT_TRUSTED`, and as RunCommand does.
 */
async function fetchOutputs(
  built: readonly Built[],
  channel: Promise<ClientChannel>,
  runNixStoreCli: RunNix,
): Promise<number> {
  let want: (paths: string) => void = () => undefined;
  const wanted = new Promise<string>((resolve) => (want = resolve));
  const input = async function* () {
    yield `${built.map(({ outPath }) => outPath).join(" ")}\n`;
    yield await wanted;
  };
  const output = stream(channel, input());
  const reading = readDerivationClosure(built.map(({ drvPath }) => drvPath));
  reading.catch(() => undefined);
  try {
    const [list, rest] = await readList(output);
    const listed = list.split("\n").filter(isStorePath);
    const missing = await listMissing(listed, runNixStoreCli);
    want(`${missing.join("\n")}\n`);

    const closure = await reading;
    const expected = new Set<string>([...listExpected(closure), ...built.map(({ outPath }) => outPath)]);
    const stream = guardExport(rest, (path) => expected.has(path));
    await runNixStoreCli(["--import"], { timeoutMs: COPY_LIMIT_MS, input: Readable.from(stream) });
    return missing.length;
  } catch (error) {
    throw toImportError(error);
  } finally {
    await output.return(undefined);
  }
}

/**
 * Fetches what a build has built on one builder, through a channel of `renderFetchCommand`. If that fails, the outcome still lists what the
 * builder built, together with the error. Rejects with `CANCELLED`.
 */
export async function copyOutputsBack(
  outcome: BuildOutcome,
  { builder, connection }: BuilderConnection,
  { runNixStoreCli, log }: FetchEffects,
  channel = connection.openChannel(renderFetchCommand(builder)),
): Promise<BuildOutcome> {
  try {
    const copied = await fetchOutputs(outcome.built, channel, runNixStoreCli);
    log.info(`${copied} store paths came back from ${builder.host}`);
    return outcome;
  } catch (error) {
    if (!(error instanceof ActionError) || isCancelled(error)) throw error;
    return { ...outcome, built: [], error };
  }
}

/** Those of the paths that this machine's store does not have. Nix is asked only where there is something at a path. */
async function listMissing(
  paths: readonly StorePath[],
  runNixStoreCli: RunNix,
): Promise<readonly StorePath[]> {
  const isThere = await Promise.all(paths.map(isPresent));
  const there = paths.filter((_, i) => isThere[i] === true);
  if (there.length === 0) return paths;
  const check = ["--check-validity", "--print-invalid", ...there];
  const { stdout } = await runNixStoreCli(check, { timeoutMs: QUERY_LIMIT_MS });
  const invalid = new Set(stdout.split("\n"));
  return paths.filter((path, i) => isThere[i] !== true || invalid.has(path));
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
