import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

import { killGroup, type ProcessLedger } from "./command.js";

/**
 * Opens a ledger in an append-only file, one line per event: `+ PID START` and `- PID`. START is the kernel's
 * start time of the process (clock ticks since boot), so that a reused PID is never mistaken for one of our
 * processes.
 */
export function openProcessLedger(file: string): ProcessLedger {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const append = (line: string) => {
    // Synchronous, so that a SIGKILL cannot come before the entry is written.
    appendFileSync(file, `${line}\n`, { mode: 0o600 });
  };
  return {
    started: (pid) => {
      append(`+ ${pid} ${readStartTime(pid) ?? "?"}`);
    },
    ended: (pid) => {
      append(`- ${pid}`);
    },
  };
}

/** Sends SIGKILL to every process group that is still running by the ledger. Returns their PIDs. */
export function endLeftProcesses(file: string): readonly number[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return [];
  }
  const running = new Map<number, string>();
  for (const line of text.split("\n")) {
    const [sign, pid, start = "?"] = line.split(" ");
    if (sign === "+" && /^[1-9][0-9]*$/.test(pid ?? "")) running.set(Number(pid), start);
    if (sign === "-") running.delete(Number(pid));
  }
  const left = [...running].filter(([pid, start]) => start !== "?" && readStartTime(pid) === start);
  for (const [pid] of left) killGroup(pid, "SIGKILL");
  return left.map(([pid]) => pid);
}

/** The start time of a process, in the kernel's clock ticks since boot. @see proc_pid_stat(5), field 22 */
export function readStartTime(pid: number): string | undefined {
  try {
    // The command name, in parentheses, may contain anything, so count the fields after it.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
