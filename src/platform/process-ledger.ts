import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

import { isErrno } from "../errors/errno.js";
import { identifyProcess } from "./process-identity.js";

/**
 * Records when each process group starts and ends, so that a later step can terminate those that are left.
 */
export interface ProcessLedger {
  started(pid: number): void;
  ended(pid: number): void;
}

/**
 * Opens a ledger in an append-only file, one line per event: `+ IDENTITY` (see `identifyProcess`) and
 * `- PID`.
 */
export function openProcessLedger(file: string): ProcessLedger {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const append = (line: string) => {
    // Synchronous, so that a SIGKILL cannot come before the entry is written.
    appendFileSync(file, `${line}\n`, { mode: 0o600 });
  };
  return {
    started: (pid) => {
      append(`+ ${identifyProcess(pid)}`);
    },
    ended: (pid) => {
      append(`- ${pid}`);
    },
  };
}

/**
 * Sends a signal to a whole process group. It is not an error if the group is gone or is not ours to signal.
 */
export function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!isErrno(error, "ESRCH", "EPERM")) throw error;
  }
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
    const [, sign, identity = "", pid = ""] = /^([+-]) (([1-9][0-9]*)(?: .*)?)$/.exec(line) ?? [];
    if (sign === "+") running.set(Number(pid), identity);
    if (sign === "-") running.delete(Number(pid));
  }
  // A leader that is a zombie still has its PID, and its group may have members that run.
  const left = [...running].filter(
    ([pid, identity]) => !identity.includes("?") && identifyProcess(pid) === identity,
  );
  for (const [pid] of left) killGroup(pid, "SIGKILL");
  return left.map(([pid]) => pid);
}
