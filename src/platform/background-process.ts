import { spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";

/** A process that outlives us: it leads a session of its own and holds none of our pipes. */
export interface BackgroundProcess {
  /** Undefined where it could not be started; `exit` then says why. */
  readonly pid: number | undefined;
  /** How it ended, in words; undefined while it runs. */
  exit(): string | undefined;
}

/**
 * Starts a program in the background, with exactly the environment `env` and both output streams appended to `logFile`
 * (0600). Returns at once; we may end before it does.
 */
export function startInBackground(
  tool: string,
  args: readonly string[],
  options: { readonly env: Readonly<Record<string, string>>; readonly logFile: string },
): BackgroundProcess {
  const log = openSync(options.logFile, "a", 0o600);
  try {
    const child = spawn(tool, args, {
      detached: true,
      cwd: "/",
      env: options.env,
      stdio: ["ignore", log, log],
    });
    let exit: string | undefined;
    child.on("error", (error) => {
      exit = error.message;
    });
    child.on("exit", (code, signal) => {
      exit = code === null ? `it was ended by ${signal ?? "a signal"}` : `it exited with ${code}`;
    });
    child.unref();
    return { pid: child.pid, exit: () => exit };
  } finally {
    closeSync(log);
  }
}

/**
 * The process with this command name among `pid` and its descendants, the nearest first: the program that `sudo`
 * runs, whether sudo became it, waits for it, or watches it from one process in between. Needs /proc.
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

/** Whether a process has children: a daemon that forks for every client then has clients. Needs /proc. */
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
        return []; // It ended while we looked.
      }
    });
}
