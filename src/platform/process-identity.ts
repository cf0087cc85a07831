import { readFileSync, readlinkSync } from "node:fs";

/**
 * Whether an identified process still runs. `unknown`: it belongs to another boot or PID namespace, such as
 * that of a container or of another machine, so its PID means nothing here.
 */
export type ProcessState = "running" | "gone" | "unknown";

/**
 * Identifies a process for later runs: `PID START BOOT NAMESPACE`. START is the kernel's start time of the
 * process, BOOT the kernel's boot ID and NAMESPACE the PID namespace, so that a PID which another process got
 * later, or which counts elsewhere, is never mistaken for this process. What cannot be found out is `?`.
 */
export function identifyProcess(pid: number): string {
  return `${pid} ${readStartTime(pid) ?? "?"} ${readPlace()}`;
}

/** Whether the process that `identifyProcess` identified still runs. A zombie has ended. */
export function checkProcess(identity: string): ProcessState {
  const [pid = "", start = "?", ...place] = identity.trim().split(" ");
  const isLocal = place.join(" ") === readPlace() && !place.includes("?");
  if (!isLocal || start === "?" || !/^[1-9][0-9]*$/.test(pid)) return "unknown";
  const found = readStat(Number(pid));
  return found?.startTime === start && found.state !== "Z" ? "running" : "gone";
}

/** The start time of a process, in the kernel's clock ticks since boot. @see proc_pid_stat(5), field 22 */
export function readStartTime(pid: number): string | undefined {
  return readStat(pid)?.startTime;
}

function readStat(pid: number): { readonly state: string; readonly startTime: string } | undefined {
  try {
    // The command name, in parentheses, may contain anything, so count the fields after it.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, startTime] = [fields[0], fields[19]];
    return state === undefined || startTime === undefined ? undefined : { state, startTime };
  } catch {
    return undefined;
  }
}

/** The boot and the PID namespace in which this process's PIDs count. */
function readPlace(): string {
  const boot = readOr(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  const namespace = readOr(() => readlinkSync("/proc/self/ns/pid"));
  return `${boot} ${namespace}`;
}

function readOr(read: () => string): string {
  try {
    return read();
  } catch {
    return "?";
  }
}
