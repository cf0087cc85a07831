import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { StringDecoder } from "node:string_decoder";

import { ActionError, runCancelled } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import { type DebugEffects, logProcess } from "./debug-log.js";
import { isOnPath, isUnreadable } from "./path-folders.js";
import { killGroup, type ProcessLedger } from "./process-ledger.js";
import { renderCommand } from "./render-command.js";

export interface CommandOptions {
  /** Terminate the command and its children after this many milliseconds, with `COMMAND_TIMEOUT`. */
  readonly timeoutMs: number;
  /** Added to our own environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Called with the PID of the command when it has started. */
  readonly onStart?: (pid: number) => void;
  /** The command's stdin. Default: empty. */
  readonly input?: string | Readable;
  /** Called with every line as it arrives. */
  readonly onStdoutLine?: (line: string) => void;
  readonly onStderrLine?: (line: string) => void;
  /** Called with the bytes of stdout as they arrive. */
  readonly onStdoutBytes?: (bytes: Buffer) => void;
  /** Terminates the command and its children when it fires; the output so far is then the result. */
  readonly stop?: AbortSignal;
  /** Exit codes that count as success; any other rejects with `COMMAND_FAILED`. Default: only 0. */
  readonly expectedExitCodes?: readonly number[] | "any";
}

export interface CommandOutput {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs one program without a shell and waits for it. Every module that starts commands takes one as an
 * argument. Rejects with `COMMAND_MISSING`, `COMMAND_FAILED`, `COMMAND_TIMEOUT`, and with `CANCELLED` when
 * the run is cancelled. Keeps the last million characters of each stream.
 */
export type RunCommand = (
  tool: string,
  args: readonly string[],
  options: CommandOptions,
) => Promise<CommandOutput>;

const KEPT_CHARACTERS = 1 << 20;
const KILL_AFTER_MS = 2_000;

/**
 * Creates a RunCommand whose commands each lead their own process group. At a time limit, or when the run is
 * cancelled, the whole group gets SIGTERM, and SIGKILL two seconds later. With `debug`, logs each command.
 */
export function createRunCommand(
  signal: AbortSignal,
  ledger: ProcessLedger,
  debug?: DebugEffects,
): RunCommand {
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
    if (pid !== undefined) options.onStart?.(pid);
    const logEnd = logProcess(pid, tool, args, debug);

    let ending: "timeout" | "cancelled" | "stopped" | undefined;
    let killTimer: NodeJS.Timeout | undefined;
    const end = (reason: NonNullable<typeof ending>) => {
      if (ending !== undefined || pid === undefined) return;
      ending = reason;
      killGroup(pid, "SIGTERM");
      killTimer = setTimeout(() => {
        killGroup(pid, "SIGKILL");
        // A grandchild that left the group may hold our pipes open: do not wait for it.
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
        child.once("error", (error) => {
          logEnd(error.message);
          reject(error);
        });
        child.once("close", (code, killedBy) => {
          logEnd(killedBy === null ? `exit code ${code ?? 1}` : `terminated by ${killedBy}`);
          resolve(code ?? (killedBy === null ? 1 : 128));
        });
      });
      const input = feed(child.stdin, options.input);
      // Awaited below; until then, an unhandled rejection would terminate our process.
      input.catch(() => undefined);
      const [exitCode, stdout, stderr] = await Promise.all([
        exit,
        readLines(child.stdout, options.onStdoutLine),
        readLines(child.stderr, options.onStderrLine),
      ]);
      if (ending === "cancelled") throw cancelled(tool);
      if (ending === "timeout") throw timedOut(renderCommand(tool, args), options.timeoutMs, stderr);
      const output = { exitCode, stdout, stderr };
      if (ending === "stopped") return output;
      // If the input failed, the command probably did too: report the input's error first.
      await input;
      checkExit(renderCommand(tool, args), output, options);
      return output;
    } catch (error) {
      if (ending === "cancelled") throw cancelled(tool);
      throw toCommandError({ tool, args, options }, error);
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

/** The options of `runShortCommand`. */
export interface ShortCommandOptions extends Pick<CommandOptions, "timeoutMs" | "expectedExitCodes"> {
  /** Rejects with `CANCELLED` when it fires. */
  readonly signal?: AbortSignal;
  /** The command's whole environment, apart from `PATH` and `HOME`. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a command that takes only a moment, through @actions/exec, for when there is no ledger of processes
 * yet. The command gets `PATH`, `HOME` and `env`, and nothing else of our environment. It must not read its
 * stdin, which stays open: if a command exits before @actions/exec has written its input, the broken pipe
 * kills our own process. Rejects as RunCommand does, but abandons a command that times out or whose run is
 * cancelled, since @actions/exec cannot terminate it.
 */
export async function runShortCommand(
  tool: string,
  args: readonly string[],
  options: ShortCommandOptions,
): Promise<CommandOutput> {
  const { timeoutMs, signal, env } = options;
  const { getExecOutput } = await import("@actions/exec");
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
      reject(timedOut(renderCommand(tool, args), timeoutMs, ""));
    }, timeoutMs);
    onAbort = () => {
      reject(cancelled(tool));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
  });
  try {
    const output = await Promise.race([running, interrupted]);
    checkExit(renderCommand(tool, args), output, options);
    return output;
  } catch (error) {
    throw toCommandError({ tool, args, options: {} }, error);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal?.removeEventListener("abort", onAbort);
  }
}

/** Our own environment with the variables of `added`; those that are undefined are removed. */
export function mergeEnvironment(added: CommandOptions["env"] = {}): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...process.env, ...added })) {
    if (value !== undefined) merged[name] = value;
  }
  return merged;
}

/**
 * Writes a command's input. Ignores a broken pipe: a command may exit before it has read everything, and its
 * exit code says more.
 */
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

/** Reads a stream until it ends or is destroyed. Lines longer than the kept output arrive in pieces. */
function readLines(stream: Readable | null, onLine?: (line: string) => void): Promise<string> {
  if (stream === null) return Promise.resolve("");
  const decoder = new StringDecoder("utf8");
  let kept = "";
  let rest = "";
  const take = (text: string) => {
    // Do not search the same text again with every piece of a long line.
    if (!text.includes("\n") && rest.length + text.length <= KEPT_CHARACTERS) {
      rest += text;
      return;
    }
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
  command: string,
  output: CommandOutput,
  { expectedExitCodes = [0] }: Pick<CommandOptions, "expectedExitCodes">,
): void {
  if (expectedExitCodes === "any" || expectedExitCodes.includes(output.exitCode)) return;
  const lastWords = lastLines(output.stderr) || lastLines(output.stdout);
  throw new ActionError(
    "COMMAND_FAILED",
    `${command} exited with ${output.exitCode}${lastWords === "" ? "" : `: ${lastWords}`}`,
    { hint: "Run the command by hand on the same machine to see everything that it prints." },
  );
}

function timedOut(command: string, timeoutMs: number, stderr: string): ActionError {
  const said = lastLines(stderr);
  return new ActionError(
    "COMMAND_TIMEOUT",
    `${command} did not finish within ${Math.round(timeoutMs / 1000)} s` +
      (said === "" ? "" : `; its last output: ${said}`),
    {
      hint:
        "Run the command by hand to see what it waits for, such as a password, or a disk or network that " +
        "does not answer.",
    },
  );
}

function cancelled(tool: string): ActionError {
  return runCancelled(`the run was cancelled while ${tool} ran`);
}

/** What was to be started. */
interface Started {
  readonly tool: string;
  readonly args: readonly string[];
  readonly options: Pick<CommandOptions, "cwd" | "env">;
}

function toCommandError({ tool, args, options: { cwd, env } }: Started, error: unknown): ActionError {
  if (error instanceof ActionError) return error;
  const folders = (mergeEnvironment(env)["PATH"] ?? "").split(delimiter);
  const isMissing =
    isErrno(error, "ENOENT") ||
    String(error).startsWith("Error: Unable to locate executable file") ||
    (isErrno(error, "EACCES") && !tool.includes("/") && !isOnPath(tool, folders));
  // Node also reports a missing folder as ENOENT of the program.
  const isFolderMissing = isMissing && cwd !== undefined && !existsSync(cwd);
  if (isMissing && !isFolderMissing) {
    const unreadable = folders.filter(isUnreadable);
    const note = unreadable.length === 0 ? "" : ` This user cannot read ${unreadable.join(", ")} of PATH.`;
    return new ActionError("COMMAND_MISSING", `${tool} is not installed or not on PATH`, {
      cause: error,
      hint: `Install ${tool} on this machine, or add its folder to PATH.${note}`,
    });
  }
  const command = renderCommand(tool, args);
  return isFolderMissing
    ? new ActionError("COMMAND_FAILED", `${command} could not be started: there is no folder ${cwd}`, {
        hint: "Set working-directory to a folder that exists when this step runs.",
      })
    : new ActionError("COMMAND_FAILED", `${command} could not be started`, {
        cause: error,
        hint: "Check that this user may execute the program, and that it is for this machine's CPU.",
      });
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-5).join(" | ").slice(-1_000);
}
