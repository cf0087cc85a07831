import { PassThrough } from "node:stream";

import { ActionError, isCancelled } from "../errors/action-error.js";
import { type Builder, type BuilderStatus, isUsable } from "../model/builder.js";
import { renderShellCommand } from "../model/shell.js";
import type { Clock } from "../platform/clock.js";
import type { RunCommand } from "../platform/command.js";
import { logExchange } from "../platform/debug-log.js";
import { type Log, sanitizeText } from "../platform/log.js";
import type { OpenProcess } from "../platform/process-stream.js";
import {
  ask,
  askHostKey,
  connect,
  type Connection,
  type DirectAccess,
  isCrowded,
  type Question,
} from "../ssh/connection.js";
import { parseFacts, renderProbeCommand, splitAnswer } from "./facts.js";
import {
  type Handshake,
  parseHandshake,
  renderHello,
  renderRemoteProgram,
} from "../nix-protocol/handshake.js";
import { assessBuilder } from "./assess.js";
import {
  describeHostKey,
  explainRevoked,
  explainUnpinned,
  findLoadBalancer,
  readShownHostKey,
  type SeenHostKey,
} from "../ssh/host-key.js";
import type { SshTarget } from "../ssh/config-file.js";
import { explainSsh, lastLine, withoutDebug } from "../ssh/errors.js";

/** A builder and how to reach it. */
export interface ProbeTarget {
  readonly builder: Builder;
  /** Undefined if only the system's ssh can reach it, for example through a proxy command. */
  readonly direct: DirectAccess | undefined;
  /** The first hop (jump host or builder) without a pinned host key or trusted CA. We never log in to it. */
  readonly unpinnedHost: SshTarget | undefined;
  /** Why the builder cannot be used now, if that is known without asking it. */
  readonly refusal?: ActionError | undefined;
  readonly revokedKeys: readonly string[];
}

/** What is left of an earlier probe. */
export interface PreviousProbe {
  readonly connection: Connection | undefined;
  /** Whether the run's builds have begun. */
  readonly hasBuildsRunning: boolean;
  /** Whether Nix will open its own connections, with the system's ssh. */
  readonly usesSystemSsh: boolean;
}

export interface ProbeEffects {
  /** Runs ssh as the user whose ssh Nix will use: root if builds go through root's daemon. */
  readonly runSsh: RunCommand;
  /** Arguments with which ssh finds the builders' aliases, if its own configuration does not have them. */
  readonly sshOptions: readonly string[];
  readonly openProcess: OpenProcess;
  readonly clock: Clock;
  readonly log: Pick<Log, "debug">;
  readonly timeoutMs: number;
}

interface Answer {
  readonly facts: ReadonlyMap<string, readonly string[]>;
  readonly handshake: Extract<Handshake, { readonly state: "answered" }>;
}

const RETRY_DELAY_MS = 300;
const MAX_ANSWER_BYTES = 1 << 20;
/** How often an address with an unknown host key is asked again, to detect several machines behind it. */
const MORE_LOOKS = 2;

/** The result of a probe, and its connection, which stays open if the builder is usable. */
export interface ProbeResult {
  readonly status: BuilderStatus;
  readonly connection: Connection | undefined;
}

/**
 * Asks a builder for its facts and for Nix's handshake in one ssh2 session. If Nix will open its own
 * connections, repeats the handshake through the system's ssh, which Nix uses. Reuses the connection of an
 * earlier probe. A builder that does not answer in time, denies access or cannot build is dropped with the
 * reason; that is not an error. Rejects with `CANCELLED`.
 */
export async function probeBuilder(
  target: ProbeTarget,
  known: PreviousProbe,
  effects: ProbeEffects,
): Promise<ProbeResult> {
  const { builder, direct, unpinnedHost, refusal, revokedKeys } = target;
  const { clock, timeoutMs } = effects;
  const startMs = clock.nowMs();
  const remainingMs = () => Math.max(1, timeoutMs - (clock.nowMs() - startMs));
  let connection = known.connection?.isOpen() === true ? known.connection : undefined;
  try {
    if (refusal !== undefined) throw refusal;
    const program = renderRemoteProgram(builder);
    if (unpinnedHost !== undefined) {
      throw await retryOnce(
        () => explainUnpinnedHost(unpinnedHost, revokedKeys, remainingMs),
        clock,
        remainingMs,
      );
    }
    const askAll = async () => {
      const seen: SeenHostKey[] = [];
      const onHostKey = (key: SeenHostKey) => seen.push(key);
      if (direct === undefined) {
        return askBySystem(
          builder,
          { command: renderProbeCommand(program), timeoutMs: remainingMs() },
          effects,
        );
      }
      // With a jump host, ssh reports the key of the jump host first.
      const onSystemHostKey = direct.jumpAlias === undefined ? onHostKey : undefined;
      const isBySystem = known.usesSystemSsh || direct.jumpAlias !== undefined;
      const bySystem = isBySystem
        ? askBySystem(
            builder,
            { command: renderShellCommand(program), timeoutMs: remainingMs(), onHostKey: onSystemHostKey },
            effects,
          )
        : undefined;
      // Avoid an unhandled rejection if the direct probe fails first.
      bySystem?.catch(() => undefined);
      try {
        if (connection?.isOpen() === true) onHostKey(connection.hostKey);
        else connection = await open(direct, effects, remainingMs(), onHostKey);
        const askOver = (by: Connection) =>
          askDirectly(builder, by, { command: renderProbeCommand(program), timeoutMs: remainingMs() }, clock);
        const answer = await askOver(connection).catch(async (error: unknown) => {
          // Our own builds use all sessions of the connection, so probe over another one.
          if (known.connection === undefined || !isCrowded(error)) throw error;
          const other = await open(direct, effects, remainingMs(), onHostKey);
          return askOver(other).finally(other.close);
        });
        await bySystem;
        throwIfAny(findLoadBalancer(seen));
        return answer;
      } catch (error) {
        // Only the system's ssh knows what failed at the jump host, so its error comes first.
        if (direct.jumpAlias !== undefined) await bySystem;
        if (direct.jumpAlias === undefined && isHostKeyError(error)) {
          await bySystem?.catch(() => undefined);
          if (direct.openSocket === undefined) await lookAgain(direct, seen, remainingMs);
        }
        throwIfAny(findLoadBalancer(seen));
        throw error;
      }
    };
    const { facts, handshake } = await retryOnce(
      () => logExchange(builder.host, "ask for its facts and Nix's handshake", effects, askAll),
      clock,
      remainingMs,
    );
    const probeMs = clock.nowMs() - startMs;
    const status = assessBuilder(builder, parseFacts(facts, handshake), {
      probeMs,
      hasBuildsRunning: known.hasBuildsRunning,
    });
    return keepIfUsable(status, connection);
  } catch (error) {
    if (!(error instanceof ActionError) || isCancelled(error)) {
      connection?.close();
      throw error;
    }
    const { code, message, hint } = error;
    const status = { state: "dropped", builder, code, reason: `${builder.host}: ${message}`, hint } as const;
    return keepIfUsable(status, connection);
  }
}

/** Connects through ssh2. The system's ssh verifies a jump host, and forwards the connection through it. */
async function open(
  direct: DirectAccess,
  { openProcess, sshOptions, clock, log }: ProbeEffects,
  timeoutMs: number,
  onHostKey: (key: SeenHostKey) => void,
): Promise<Connection> {
  const { jumpAlias, openSocket, host, port } = direct;
  return logExchange(host, "connect by ssh", { clock, log }, async () => {
    const socket =
      jumpAlias === undefined
        ? await openSocket?.(timeoutMs)
        : openProcess("ssh", [...sshOptions, "-W", `[${host}]:${port}`, jumpAlias]);
    return connect(direct, { timeoutMs, onHostKey, socket }, clock);
  });
}

function isHostKeyError(error: unknown): boolean {
  return error instanceof ActionError && error.code === "BUILDER_HOST_KEY";
}

function throwIfAny(error: ActionError | undefined): void {
  if (error !== undefined) throw error;
}

/** Asks for the host key again: if another one is presented, several machines share the address. */
async function lookAgain(
  address: Pick<DirectAccess, "host" | "port">,
  seen: SeenHostKey[],
  remainingMs: () => number,
): Promise<void> {
  try {
    for (let looks = 0; looks < MORE_LOOKS && findLoadBalancer(seen) === undefined; looks++) {
      seen.push(describeHostKey(await askHostKey(address, remainingMs())));
    }
  } catch {
    // The keys that were seen before are enough.
  }
}

/** The reason to drop a builder because of an unpinned host, with its key if the host is reached directly. */
async function explainUnpinnedHost(
  host: SshTarget,
  revokedKeys: readonly string[],
  remainingMs: () => number,
): Promise<ActionError> {
  if (host.via !== undefined) return explainUnpinned(host, undefined);
  const shown = await askHostKey(host, remainingMs());
  if (revokedKeys.some((key) => key.split(" ")[1] === shown.toString("base64"))) {
    return explainRevoked(describeHostKey(shown));
  }
  const seen = [describeHostKey(shown)];
  await lookAgain(host, seen, remainingMs);
  return findLoadBalancer(seen) ?? explainUnpinned(host, shown);
}

function keepIfUsable(status: BuilderStatus, connection: Connection | undefined): ProbeResult {
  if (isUsable(status)) return { status, connection };
  connection?.close();
  return { status, connection: undefined };
}

/** Retries once, since sshd drops connections at random while too many are logging in (MaxStartups). */
async function retryOnce<T>(ask: () => Promise<T>, clock: Clock, remainingMs: () => number): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const isTransient =
      error instanceof ActionError &&
      error.code === "BUILDER_UNREACHABLE" &&
      /reset|closed|lost before handshake|kex_exchange/i.test(error.message);
    if (!isTransient || remainingMs() <= RETRY_DELAY_MS) throw error;
    await clock.sleep(RETRY_DELAY_MS);
    return ask();
  }
}

async function askDirectly(
  builder: Builder,
  connection: Connection,
  question: Pick<Question, "command" | "timeoutMs">,
  clock: Clock,
): Promise<Answer> {
  const input = renderHello(builder.protocol);
  const isWhole = (bytes: Buffer) => isComplete(builder, bytes);
  const { stdout, stderr } = await ask(connection, { ...question, input, isComplete: isWhole }, clock);
  return readAnswer(builder, stdout, stderr);
}

interface SystemQuestion extends Pick<Question, "command" | "timeoutMs"> {
  readonly onHostKey?: ((key: SeenHostKey) => void) | undefined;
}

async function askBySystem(
  builder: Builder,
  { command, timeoutMs, onHostKey }: SystemQuestion,
  { runSsh, sshOptions }: ProbeEffects,
): Promise<Answer> {
  const input = new PassThrough();
  input.write(renderHello(builder.protocol));
  let stdout = Buffer.alloc(0);
  try {
    // Only with -v does ssh print the host key that was presented to it.
    const output = await runSsh("ssh", [...sshOptions, "-v", "-T", builder.alias, "--", command], {
      timeoutMs,
      input,
      expectedExitCodes: "any",
      onStdoutBytes: (bytes) => {
        if (stdout.length > MAX_ANSWER_BYTES) return;
        stdout = Buffer.concat([stdout, bytes]);
        if (stdout.length > MAX_ANSWER_BYTES || isComplete(builder, stdout)) input.end();
      },
    });
    const shown = readShownHostKey(output.stderr);
    if (shown !== undefined) onHostKey?.(shown);
    const stderr = withoutDebug(output.stderr);
    if (output.exitCode === SSH_FAILED && stdout.length === 0) throw explainSsh(stderr);
    return readAnswer(builder, stdout, stderr);
  } catch (error) {
    if (error instanceof ActionError && error.code === "COMMAND_TIMEOUT") {
      throw new ActionError("BUILDER_UNREACHABLE", `no answer within ${timeoutMs / 1000} s`, {
        hint: "Check that the builder is running, or raise builder-timeout.",
      });
    }
    throw error;
  } finally {
    input.end();
  }
}

/** The exit code of ssh's own failures. @see ssh(1), "EXIT STATUS" */
const SSH_FAILED = 255;

function isComplete({ protocol }: Builder, stdout: Buffer): boolean {
  const answer = splitAnswer(stdout);
  return answer !== undefined && parseHandshake(protocol, answer.rest).state !== "incomplete";
}

function readAnswer({ protocol }: Builder, stdout: Buffer, stderr: string): Answer {
  const { facts, rest } = splitAnswer(stdout) ?? {
    facts: new Map<string, string[]>(),
    rest: Buffer.alloc(0),
  };
  const handshake = parseHandshake(protocol, rest);
  if (handshake.state === "answered") return { facts, handshake };
  if (handshake.state === "noise") {
    throw new ActionError(
      "BUILDER_UNREACHABLE",
      `the builder's shell prints ${JSON.stringify(sanitizeText(handshake.said).slice(0, 100))} ` +
        "before Nix answers",
      { hint: "Give the user a real login shell that prints nothing in non-interactive sessions." },
    );
  }
  const said = lastLine(stderr);
  if (/not found|No such file/i.test(said)) {
    throw new ActionError("BUILDER_UNREACHABLE", `the builder has no Nix on its PATH: ${said}`, {
      hint:
        "Add ?remote-program=/nix/var/nix/profiles/default/bin/nix-daemon to the builder's URI, " +
        "or put Nix on the user's PATH.",
    });
  }
  throw new ActionError(
    "BUILDER_UNREACHABLE",
    `ssh works, but the builder's Nix does not answer${said === "" ? "" : `: ${said}`}`,
    { hint: "Check the Nix daemon on the builder: systemctl status nix-daemon." },
  );
}
