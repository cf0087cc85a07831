import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

import { killGroup, type ProcessLedger } from "./command.js";

/**
 * A ledger in an append-only file, one line per event: `+ PID START` and `- PID`. START is the kernel's start time of the
 * process (clock ticks since boot), so that a PID that was given out again is never mistaken for ours.
 */
export function openProcessLedger(file: string): ProcessLedger {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const append = (line: string) => {
    // Synchronous: the entry must be there before a SIGKILL can be.
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

/** Ends with SIGKILL every process group that the ledger says is still running; returns their PIDs. */
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
    // The command's name, in parentheses, may hold anything: count fields after its end.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
