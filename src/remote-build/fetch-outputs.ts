import { Readable } from "node:stream";

import type { ClientChannel } from "ssh2";

import { aboutSubject, ActionError, isCancelled } from "../errors/action-error.js";
import type { BuildOutcome, Built } from "../model/build.js";
import type { Builder } from "../model/builder.js";
import { countOf } from "../model/count.js";
import { renderShellCommand } from "../model/shell.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import { COPY_LIMIT_MS, type RunNix } from "../nix/command.js";
import { isPresent, listExpected, readDerivationClosure } from "../nix/derivation.js";
import { guardExport, notRequested } from "../nix-protocol/export.js";
import { renderNixStoreProgram } from "../nix-protocol/handshake.js";
import type { Clock } from "../platform/clock.js";
import type { Log } from "../platform/log.js";
import { stream } from "../ssh/command-stream.js";
import type { Connection } from "../ssh/connection.js";

/** A builder whose outputs are copied back, and the connection to it. */
export interface BuilderConnection {
  readonly builder: Builder;
  readonly connection: Connection;
}

export interface FetchEffects {
  readonly runNixStoreCli: RunNix;
  readonly clock: Clock;
  readonly log: Log;
}

const QUERY_LIMIT_MS = 60_000;
/** Enough for the list of a closure with a million paths. */
const MAX_LIST_BYTES = 1 << 27;

/**
 * The command line that `copyOutputsBack` runs on a builder. It reads the output paths, lists their closures,
 * reads which of those paths are missing on this machine, and exports them.
 */
export function renderFetchCommand(builder: Builder): string {
  const nixStore = renderNixStoreProgram(builder);
  const list = `read -r outputs && ${nixStore} --query --requisites $outputs && echo`;
  return renderShellCommand(["/bin/sh", "-c", `${list} && exec ${nixStore} --export $(cat)`]);
}

/**
 * Copies the closures of outputs from a builder to this machine in one stream, without the paths that are
 * already here. Requests only outputs and sources of the closure of the built derivations, and refuses any
 * path that it did not request. Resolves to the number of copied paths. Rejects with `BUILDER_UNREACHABLE`,
 * `BUILDER_DENIED`, `NIX_NOT_TRUSTED`, and as RunCommand does.
 */
async function fetchOutputs(
  built: readonly Built[],
  host: string,
  channel: Promise<ClientChannel>,
  { runNixStoreCli, clock }: Pick<FetchEffects, "runNixStoreCli" | "clock">,
): Promise<number> {
  let want: (paths: string) => void = () => undefined;
  const wanted = new Promise<string>((resolve) => (want = resolve));
  const input = async function* () {
    yield `${built.map(({ outPath }) => outPath).join(" ")}\n`;
    yield await wanted;
  };
  const output = stream(channel, input(), clock);
  const reading = readDerivationClosure(built.map(({ drvPath }) => drvPath));
  reading.catch(() => undefined);
  try {
    const [list, rest] = await readList(output, host);
    const listed = list.split("\n").filter(isStorePath);
    const missing = await listMissing(listed, runNixStoreCli);

    const closure = await reading;
    const expected = new Set<string>([...listExpected(closure), ...built.map(({ outPath }) => outPath)]);
    const unexpected = missing.find((path) => !expected.has(path));
    if (unexpected !== undefined) throw notRequested(host, unexpected);
    const requested = new Set<string>(missing);
    want(`${missing.join("\n")}\n`);
    const stream = guardExport(rest, host, (path) => requested.has(path));
    await runNixStoreCli(["--import"], { timeoutMs: COPY_LIMIT_MS, input: Readable.from(stream) });
    return missing.length;
  } catch (error) {
    throw aboutSubject(toImportError(error), host);
  } finally {
    await output.return(undefined);
  }
}

/**
 * Copies the outputs of a build back from one builder, through a channel that runs `renderFetchCommand`. If
 * that fails, the outcome still lists what the builder built, together with the error. Rejects with
 * `CANCELLED`.
 */
export async function copyOutputsBack(
  outcome: BuildOutcome,
  { builder, connection }: BuilderConnection,
  effects: FetchEffects,
  channel = connection.openChannel(renderFetchCommand(builder)),
): Promise<BuildOutcome> {
  try {
    const copied = await fetchOutputs(outcome.built, builder.host, channel, effects);
    effects.log.info(`copied ${countOf(copied, "store path")} back from ${builder.host}`);
    return outcome;
  } catch (error) {
    if (!(error instanceof ActionError) || isCancelled(error)) throw error;
    return { ...outcome, built: [], error };
  }
}

/** The paths that this machine's store lacks. Nix is asked only about paths that exist on disk. */
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

/** A builder's outputs are unsigned, and a Nix daemon accepts unsigned paths only from trusted users. */
function toImportError(error: unknown): unknown {
  const isUntrusted =
    error instanceof ActionError &&
    error.code === "COMMAND_FAILED" &&
    /lacks a (?:valid )?signature/.test(error.message);
  if (!isUntrusted) return error;
  return new ActionError(
    "NIX_NOT_TRUSTED",
    "this machine's Nix daemon does not trust this user, so it accepts no unsigned paths from builders",
    { cause: error, hint: "Add this user to trusted-users in /etc/nix/nix.conf and restart the daemon." },
  );
}

/** Reads the lines up to the first empty one. Returns them, and the rest of the stream. */
async function readList(
  output: AsyncGenerator<Buffer>,
  host: string,
): Promise<readonly [list: string, rest: AsyncIterable<Buffer>]> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  // The last byte and the next piece: the two ends of line may be in different pieces.
  let tail: Buffer = Buffer.alloc(0);
  let end = -1;
  while (end === -1) {
    const next = await output.next();
    if (next.done === true || bytes > MAX_LIST_BYTES) {
      throw new ActionError("BUILDER_UNREACHABLE", `${host} did not list the outputs that it built`, {
        hint: "Run again. If it fails again, check the builder's store with nix-store --verify.",
      });
    }
    tail = Buffer.concat([tail.subarray(-1), next.value]);
    const at = tail.indexOf("\n\n");
    pieces.push(next.value);
    bytes += next.value.length;
    if (at !== -1) end = bytes - tail.length + at;
  }
  const read = Buffer.concat(pieces, bytes);
  const rest = async function* () {
    yield read.subarray(end + 2);
    yield* output;
  };
  return [read.subarray(0, end).toString("utf8"), rest()];
}
