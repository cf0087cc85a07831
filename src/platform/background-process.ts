import { spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";

import { type DebugEffects, logProcess } from "./debug-log.js";

/** A process that outlives ours: it leads its own session and holds none of our pipes. */
export interface BackgroundProcess {
  /** Undefined if the process could not be started; `exit` then returns the reason. */
  readonly pid: number | undefined;
  /** How the process ended, in words. Undefined while it runs. */
  exit(): string | undefined;
}

/**
 * Starts a program in the background, with exactly the environment `env`, and appends both of its output
 * streams to `logFile` (0600). Returns at once; our own process may end first.
 */
export function startInBackground(
  tool: string,
  args: readonly string[],
  options: {
    readonly env: Readonly<Record<string, string>>;
    readonly logFile: string;
    readonly debug?: DebugEffects;
  },
): BackgroundProcess {
  const log = openSync(options.logFile, "a", 0o600);
  try {
    const child = spawn(tool, args, {
      detached: true,
      cwd: "/",
      env: options.env,
      stdio: ["ignore", log, log],
    });
    const logEnd = logProcess(child.pid, tool, args, options.debug);
    let exit: string | undefined;
    child.on("error", (error) => {
      exit = error.message;
      logEnd(exit);
    });
    child.on("exit", (code, signal) => {
      exit = code === null ? `it was terminated by ${signal ?? "a signal"}` : `it exited with ${code}`;
      logEnd(exit);
    });
    child.unref();
    return { pid: child.pid, exit: () => exit };
  } finally {
    closeSync(log);
  }
}

/**
 * Finds the process with this command name among `pid` and its descendants, nearest first. That finds the
 * program that `sudo` runs, whether sudo replaced itself with it, waits for it, or monitors it through a
 * process in between. Needs /proc.
 * @see proc_pid_stat(5), fields 2 (comm) and 4 (ppid)
 */
export function findDescendant(pid: number, name: string): number | undefined {
  const processes = readProcesses();
  const queue = processes.filter((process) => process.pid === pid);
  for (const process of queue) {
    if (process.name === name) return process.pid;
    queue.push(...processes.filter(({ parent }) => parent === process.pid));
  }
  return undefined;
}

/**
 * True if a process has children. For a daemon that forks for every client, this means that it has clients.
 * Needs /proc.
 */
export function hasChildren(pid: number): boolean {
  return readProcesses().some(({ parent }) => parent === pid);
}

interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
}

function readProcesses(): readonly ProcessEntry[] {
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const nameEnd = stat.lastIndexOf(")");
        const name = stat.slice(stat.indexOf("(") + 1, nameEnd);
        const parent = Number(stat.slice(nameEnd + 2).split(" ")[1]);
        return [{ pid: Number(pid), parent, name }];
      } catch {
        return []; // The process ended in the meantime.
      }
    });
}
