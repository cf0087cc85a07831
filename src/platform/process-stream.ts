import { spawn } from "node:child_process";
import { Duplex } from "node:stream";

import { mergeEnvironment } from "./command.js";
import { killGroup, type ProcessLedger } from "./process-ledger.js";
import { type DebugEffects, logProcess } from "./debug-log.js";

/**
 * Starts a program and returns its stdin and stdout as one stream with back-pressure. The program leads its
 * own process group, which is terminated when the stream ends. The stream ends with the program, and with an
 * error if the program could not be started. The program's stderr is dropped.
 */
export type OpenProcess = (tool: string, args: readonly string[]) => Duplex;

const KILL_AFTER_MS = 2_000;

/** Creates an OpenProcess whose programs are terminated when the run is cancelled. `debug` logs each one. */
export function createOpenProcess(
  signal: AbortSignal,
  ledger: ProcessLedger,
  debug?: DebugEffects,
): OpenProcess {
  return (tool, args) => {
    const child = spawn(tool, args, {
      env: mergeEnvironment(),
      stdio: ["pipe", "pipe", "ignore"],
      detached: true,
    });
    const { pid, stdin, stdout } = child;
    if (pid !== undefined) ledger.started(pid);
    const logEnd = logProcess(pid, tool, args, debug);
    let killTimer: NodeJS.Timeout | undefined;
    const end = () => {
      stdin.destroy();
      stdout.destroy();
      if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      killGroup(pid, "SIGTERM");
      killTimer ??= setTimeout(() => {
        killGroup(pid, "SIGKILL");
      }, KILL_AFTER_MS);
    };
    const stream = new Duplex({
      read: () => stdout.resume(),
      write: (chunk, _, done) => stdin.write(chunk, done),
      final: (done) => stdin.end(done),
      destroy: (error, done) => {
        end();
        done(error);
      },
    });
    stdout.on("data", (chunk: Buffer) => {
      if (!stream.push(chunk)) stdout.pause();
    });
    stdout.on("end", () => stream.push(null));
    // The callback of a failed write gets its error.
    stdin.on("error", () => undefined);
    stream.once("end", () => stream.destroy());
    const onAbort = () => stream.destroy();
    signal.addEventListener("abort", onAbort, { once: true });
    child.once("error", (error) => stream.destroy(error));
    child.once("close", (code, killedBy) => {
      logEnd(killedBy === null ? `exit code ${code ?? 1}` : `terminated by ${killedBy}`);
      clearTimeout(killTimer);
      signal.removeEventListener("abort", onAbort);
      if (pid === undefined) return;
      // A child of the program may have outlived it.
      if (killTimer !== undefined) killGroup(pid, "SIGKILL");
      ledger.ended(pid);
    });
    if (signal.aborted) stream.destroy();
    return stream;
  };
}
