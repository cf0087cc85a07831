import { PassThrough } from "node:stream";

import { ActionError, isCancelled } from "../errors/action-error.js";
import { type Builder, type BuilderStatus, isUsable } from "../model/builder.js";
import type { Clock } from "../platform/clock.js";
import type { RunCommand } from "../platform/command.js";
import { sanitizeText } from "../platform/log.js";
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

/** A builder and the ways to it. */
export interface ProbeTarget {
  readonly builder: Builder;
  /** Undefined where the system's ssh alone gets there: by a command, or with a certificate. */
  readonly direct: DirectAccess | undefined;
  /** The first host on the way, or the builder itself, that there is no host key and no authority to know by. Nothing is said to it. */
  readonly unpinnedHost: SshTarget | undefined;
  readonly revokedKeys: readonly string[];
}

/** What an earlier probe left. */
export interface PreviousProbe {
  readonly connection: Connection | undefined;
  /** The run's builds have begun. */
  readonly hasBuildsRunning: boolean;
  /** Nix will connect by itself, with the system's ssh. */
  readonly usesSystemSsh: boolean;
}

export interface ProbeEffects {
  /** As the user whose ssh Nix will use: root's where its daemon builds. */
  readonly runSsh: RunCommand;
  /** Arguments of ssh, where it does not know the builders' aliases by itself. */
  readonly sshOptions: readonly string[];
  readonly openProcess: OpenProcess;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

interface Answer {
  readonly facts: ReadonlyMap<string, readonly string[]>;
  readonly handshake: Extract<Handshake, { readonly state: "answered" }>;
}

const RETRY_DELAY_MS = 300;
/** So often a builder whose host key is not ours is asked whether it has another one, too. */
const MORE_LOOKS = 2;

/** What a probe found, and the connection it was found over, which stays open for those that are usable. */
export interface ProbeResult {
  readonly status: BuilderStatus;
  readonly connection: Connection | undefined;
}

/**
 * Asks a builder for its facts and for Nix's handshake, in one session of our own ssh; where Nix itself will connect, for the handshake once
 * more through the system's ssh, which is what it uses. A connection of an earlier probe is used again. Never rejects for a builder: one that
 * does not answer in time, refuses us or cannot build is dropped, with the reason. Rejects with `CANCELLED`.
 */
export async function probeBuilder(
  target: ProbeTarget,
  known: PreviousProbe,
  effects: ProbeEffects,
): Promise<ProbeResult> {
  const { builder, direct, unpinnedHost, revokedKeys } = target;
  const { clock, timeoutMs } = effects;
  const startMs = clock.nowMs();
  const remainingMs = () => Math.max(1, timeoutMs - (clock.nowMs() - startMs));
  let connection = known.connection?.isOpen() === true ? known.connection : undefined;
  try {
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
      // Over a jump host, ssh tells of that one's key first.
      const onSystemHostKey = direct.jumpAlias === undefined ? onHostKey : undefined;
      const isBySystem = known.usesSystemSsh || direct.jumpAlias !== undefined;
      const bySystem = isBySystem
        ? askBySystem(
            builder,
            { command: program.join(" "), timeoutMs: remainingMs(), onHostKey: onSystemHostKey },
            effects,
          )
        : undefined;
      // Should the other one fail first, this one's failure is no news.
      bySystem?.catch(() => undefined);
      try {
        if (connection?.isOpen() === true) onHostKey(connection.hostKey);
        else connection = await open(direct, effects, remainingMs(), onHostKey);
        const askOver = (by: Connection) =>
          askDirectly(builder, by, { command: renderProbeCommand(program), timeoutMs: remainingMs() }, clock);
        const answer = await askOver(connection).catch(async (error: unknown) => {
          // All its sessions are at work for us: that is no fault of the builder.
          if (known.connection === undefined || !isCrowded(error)) throw error;
          const other = await open(direct, effects, remainingMs(), onHostKey);
          return askOver(other).finally(other.close);
        });
        await bySystem;
        throwIfAny(findLoadBalancer(seen));
        return answer;
      } catch (error) {
        // Only the system's ssh knows what went wrong at the jump host.
        if (direct.jumpAlias !== undefined) await bySystem;
        if (direct.jumpAlias === undefined && isHostKeyError(error)) {
          await bySystem?.catch(() => undefined);
          await lookAgain(direct, seen, remainingMs);
        }
        throwIfAny(findLoadBalancer(seen));
        throw error;
      }
    };
    const { facts, handshake } = await retryOnce(askAll, clock, remainingMs);
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
    const { code, message, hint = "" } = error;
    const status = { state: "dropped", builder, code, reason: `${builder.host}: ${message}`, hint } as const;
    return keepIfUsable(status, connection);
  }
}

/** Over a jump host, what the system's ssh forwards is the socket: it has checked that host. */
function open(
  direct: DirectAccess,
  { openProcess, sshOptions, clock }: ProbeEffects,
  timeoutMs: number,
  onHostKey: (key: SeenHostKey) => void,
): Promise<Connection> {
  const { jumpAlias, host, port } = direct;
  const socket =
    jumpAlias === undefined
      ? undefined
      : openProcess("ssh", [...sshOptions, "-W", `[${host}]:${port}`, jumpAlias]);
  return connect(direct, { timeoutMs, onHostKey, socket }, clock);
}

function isHostKeyError(error: unknown): boolean {
  return error instanceof ActionError && error.code === "BUILDER_HOST_KEY";
}

function throwIfAny(error: ActionError | undefined): void {
  if (error !== undefined) throw error;
}

/** Looks whether other connections are shown another host key than those before: then several machines share the address. */
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
    // What was seen before is known all the same.
  }
}

/** Why a builder is dropped that is not pinned itself, or is behind a host that is not, with the key that host shows where it can be asked. */
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

/** sshd drops connections at random when too many knock at once (MaxStartups): that passes. */
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
    // -v: else ssh does not tell which host key it was shown.
    const output = await runSsh("ssh", [...sshOptions, "-v", "-T", builder.alias, "--", command], {
      timeoutMs,
      input,
      expectedExitCodes: "any",
      onStdoutBytes: (bytes) => {
        stdout = Buffer.concat([stdout, bytes]);
        if (isComplete(builder, stdout)) input.end();
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
        hint: "Check that it is up, or raise builder-timeout.",
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
      `its shell says ${JSON.stringify(sanitizeText(handshake.said).slice(0, 100))} before Nix does`,
      { hint: "Let the user's shell print nothing when it is not interactive, and give it a real shell." },
    );
  }
  const said = lastLine(stderr);
  if (/not found|No such file/i.test(said)) {
    throw new ActionError("BUILDER_UNREACHABLE", `it has no Nix on its PATH: ${said}`, {
      hint: "Add ?remote-program=/nix/var/nix/profiles/default/bin/nix-daemon to its URI, or put Nix on the user's PATH.",
    });
  }
  throw new ActionError(
    "BUILDER_UNREACHABLE",
    `ssh works, but its Nix does not answer${said === "" ? "" : `: ${said}`}`,
    { hint: "Check its Nix daemon: systemctl status nix-daemon." },
  );
}
