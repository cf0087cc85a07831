import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { StringDecoder } from "node:string_decoder";

import { getExecOutput } from "@actions/exec";

import { ActionError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";

export interface CommandOptions {
  /** After this many milliseconds the command and its children are ended: `COMMAND_TIMEOUT`. */
  readonly timeoutMs: number;
  /** Added to our own environment; `undefined` takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** What the command reads; without it, nothing. */
  readonly input?: string | Readable;
  /** Called for every line as it arrives. */
  readonly onStdoutLine?: (line: string) => void;
  readonly onStderrLine?: (line: string) => void;
  /** Called for the bytes of its stdout as they arrive. */
  readonly onStdoutBytes?: (bytes: Buffer) => void;
  /** Ends the command and its children before their time; what it has said so far is then its result. */
  readonly stop?: AbortSignal;
  /** Exit codes that are results; any other rejects with `COMMAND_FAILED`. Default: 0 alone. */
  readonly expectedExitCodes?: readonly number[] | "any";
}

export interface CommandOutput {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs one program to its end, without a shell. The seam that every module that spawns depends on.
 * Rejects with `COMMAND_MISSING`, `COMMAND_FAILED`, `COMMAND_TIMEOUT`, and `CANCELLED` when the run is cancelled.
 * Of each stream the last million characters are kept.
 */
export type RunCommand = (
  tool: string,
  args: readonly string[],
  options: CommandOptions,
) => Promise<CommandOutput>;

/** Told of every process group when it starts and when it has ended, so that a later step can end what is left. */
export interface ProcessLedger {
  started(pid: number): void;
  ended(pid: number): void;
}

const KEPT_CHARACTERS = 1 << 20;
const KILL_AFTER_MS = 2_000;

/**
 * A RunCommand whose commands each lead a process group of their own, so that a time limit or a cancelled run ends them
 * with all their children: SIGTERM, and SIGKILL two seconds later.
 */
export function createRunCommand(signal: AbortSignal, ledger: ProcessLedger): RunCommand {
  return async (tool, args, options) => {
    if (signal.aborted) throw cancelled(tool);
    const child = spawn(tool, args, {
      cwd: options.cwd,
      env: mergeEnvironment(options.env),
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      detached: true,
    });
    const { pid } = child;
    if (pid !== undefined) ledger.started(pid);

    let ending: "timeout" | "cancelled" | "stopped" | undefined;
    let killTimer: NodeJS.Timeout | undefined;
    const end = (reason: NonNullable<typeof ending>) => {
      if (ending !== undefined || pid === undefined) return;
      ending = reason;
      killGroup(pid, "SIGTERM");
      killTimer = setTimeout(() => {
        killGroup(pid, "SIGKILL");
        // A grandchild that left the group may hold our pipes open; it must not hold us.
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, KILL_AFTER_MS);
    };
    const onAbort = () => {
      end("cancelled");
    };
    const timer = setTimeout(() => {
      end("timeout");
    }, options.timeoutMs);
    signal.addEventListener("abort", onAbort, { once: true });
    const onStop = () => {
      end("stopped");
    };
    options.stop?.addEventListener("abort", onStop, { once: true });
    const { onStdoutBytes } = options;
    if (onStdoutBytes !== undefined) child.stdout?.on("data", onStdoutBytes);

    try {
      const exit = new Promise<number>((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code, killedBy) => {
          resolve(code ?? (killedBy === null ? 1 : 128));
        });
      });
      const input = feed(child.stdin, options.input);
      // It is asked for at the end; until then its failure is nobody's yet, which would end the process.
      input.catch(() => undefined);
      const [exitCode, stdout, stderr] = await Promise.all([
        exit,
        readLines(child.stdout, options.onStdoutLine),
        readLines(child.stderr, options.onStderrLine),
      ]);
      if (ending === "cancelled") throw cancelled(tool);
      if (ending === "timeout") throw timedOut(tool, options.timeoutMs, stderr);
      const output = { exitCode, stdout, stderr };
      if (ending === "stopped") return output;
      // A command whose input failed fails, too: the input's reason comes first.
      await input;
      checkExit(tool, output, options);
      return output;
    } catch (error) {
      if (ending === "cancelled") throw cancelled(tool);
      throw toCommandError(tool, error);
    } finally {
      clearTimeout(timer);
      clearTimeout(killTimer);
      signal.removeEventListener("abort", onAbort);
      options.stop?.removeEventListener("abort", onStop);
      if (pid !== undefined) {
        if (ending !== undefined) killGroup(pid, "SIGKILL");
        ledger.ended(pid);
      }
    }
  };
}

/** How `runShortCommand` runs a command. */
export interface ShortCommandOptions extends Pick<CommandOptions, "timeoutMs" | "expectedExitCodes"> {
  /** Rejects with `CANCELLED` when it fires. */
  readonly signal?: AbortSignal;
  /** Beside `PATH` and `HOME`, its whole environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a command that ends within a moment, through @actions/exec, before there is a run that keeps account of its processes. The
 * environment holds nothing that it was not given. The command must not read its input, which stays open: when a command ends before
 * @actions/exec has written the input, our own process dies of the broken pipe. Rejects as RunCommand does, but abandons a command that
 * takes too long or whose run is cancelled, since @actions/exec cannot end it.
 */
export async function runShortCommand(
  tool: string,
  args: readonly string[],
  options: ShortCommandOptions,
): Promise<CommandOutput> {
  const { timeoutMs, signal, env } = options;
  if (signal?.aborted === true) throw cancelled(tool);
  const { PATH, HOME } = process.env;
  const running = getExecOutput(tool, [...args], {
    ignoreReturnCode: true,
    silent: true,
    env: { ...(PATH !== undefined && { PATH }), ...(HOME !== undefined && { HOME }), ...env },
  });
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const interrupted = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(timedOut(tool, timeoutMs, ""));
    }, timeoutMs);
    onAbort = () => {
      reject(cancelled(tool));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
  });
  try {
    const output = await Promise.race([running, interrupted]);
    checkExit(tool, output, options);
    return output;
  } catch (error) {
    throw toCommandError(tool, error);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal?.removeEventListener("abort", onAbort);
  }
}

/** Sends a signal to a whole process group; a group that is gone is no error. */
export function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!isErrno(error, "ESRCH", "EPERM")) throw error;
  }
}

/** Our own environment with what is added to it, or taken out. */
export function mergeEnvironment(added: CommandOptions["env"] = {}): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...process.env, ...added })) {
    if (value !== undefined) merged[name] = value;
  }
  return merged;
}

/** A command may end before it has read everything: its exit code then tells more than the broken pipe. */
async function feed(
  stdin: NodeJS.WritableStream | null,
  input: string | Readable | undefined,
): Promise<void> {
  if (stdin === null || input === undefined) return;
  try {
    if (typeof input === "string") {
      stdin.on("error", () => undefined);
      stdin.end(input);
    } else {
      await pipeline(input, stdin);
    }
  } catch (error) {
    if (!isErrno(error, "EPIPE", "ERR_STREAM_PREMATURE_CLOSE")) throw error;
  }
}

/** Reads to the end of a stream, or to its being destroyed. A line longer than what is kept arrives in pieces. */
function readLines(stream: Readable | null, onLine?: (line: string) => void): Promise<string> {
  if (stream === null) return Promise.resolve("");
  const decoder = new StringDecoder("utf8");
  let kept = "";
  let rest = "";
  const take = (text: string) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop() ?? "";
    if (rest.length > KEPT_CHARACTERS) {
      lines.push(rest);
      rest = "";
    }
    for (const line of lines) onLine?.(line);
    if (lines.length > 0) kept += `${lines.join("\n")}\n`;
    if (kept.length > 2 * KEPT_CHARACTERS) kept = kept.slice(-KEPT_CHARACTERS);
  };
  return new Promise((resolve) => {
    stream.on("data", (chunk: Buffer) => {
      take(decoder.write(chunk));
    });
    stream.on("error", () => undefined);
    stream.once("close", () => {
      const last = rest + decoder.end();
      if (last !== "") onLine?.(last);
      resolve(`${kept}${last}`.slice(-KEPT_CHARACTERS).replace(/\n$/, ""));
    });
  });
}

function checkExit(
  tool: string,
  output: CommandOutput,
  { expectedExitCodes = [0] }: Pick<CommandOptions, "expectedExitCodes">,
): void {
  if (expectedExitCodes === "any" || expectedExitCodes.includes(output.exitCode)) return;
  const lastWords = lastLines(output.stderr) || lastLines(output.stdout);
  throw new ActionError(
    "COMMAND_FAILED",
    `${tool} exited with ${output.exitCode}${lastWords === "" ? "" : `: ${lastWords}`}`,
  );
}

function timedOut(tool: string, timeoutMs: number, stderr: string): ActionError {
  const said = lastLines(stderr);
  return new ActionError(
    "COMMAND_TIMEOUT",
    `${tool} did not end within ${Math.round(timeoutMs / 1000)} s${said === "" ? "" : `; it last said: ${said}`}`,
  );
}

function cancelled(tool: string): ActionError {
  return new ActionError("CANCELLED", `the run was cancelled while ${tool} ran`);
}

function toCommandError(tool: string, error: unknown): ActionError {
  if (error instanceof ActionError) return error;
  const isMissing =
    isErrno(error, "ENOENT") || String(error).startsWith("Error: Unable to locate executable file");
  if (isMissing) {
    return new ActionError("COMMAND_MISSING", `${tool} is not installed or not on PATH`, {
      cause: error,
      hint: `Install ${tool}.`,
    });
  }
  return new ActionError("COMMAND_FAILED", `${tool} could not be run`, { cause: error });
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-5).join(" | ").slice(-1_000);
}
