import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Reads the arguments of a process; empty if it has ended. */
function readCommandLine(pid: number | string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** Reads the arguments of every other process. */
export function readCommandLines(): string {
  return readdirSync("/proc")
    .filter((pid) => /^[0-9]+$/.test(pid) && Number(pid) !== process.pid)
    .map(readCommandLine)
    .join("\n");
}

/** A file that contains secrets: their names, and its mode. */
export interface FileWithSecrets {
  readonly path: string;
  readonly mode: number;
  readonly secrets: readonly string[];
}

/** Finds every file in a folder that contains a secret, which `findSecrets` finds in a text. */
export function searchFiles(
  folder: string,
  findSecrets: (text: string) => readonly string[],
): readonly FileWithSecrets[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({
      path,
      mode: statSync(path).mode & 0o777,
      secrets: findSecrets(readFileSync(path, "latin1")),
    }))
    .filter(({ secrets }) => secrets.length > 0);
}

/** Reads the environments of the action's child processes, but not its own, which the runner sets. */
export function readChildEnvironments(action: number): readonly string[] {
  // Before it becomes Node.js, the process is the test bed's, with the environment that the runner sets.
  if (!readCommandLine(action).startsWith(process.execPath)) return [];
  return readdirSync("/proc")
    .filter((pid) => /^[0-9]+$/.test(pid) && Number(pid) !== action)
    .flatMap((pid) => {
      try {
        const parent = /\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
        // Between fork and exec, a child still shows the environment of its parent.
        const isStarted = !readCommandLine(pid).includes("dist/index.js");
        return Number(parent) === action && isStarted ? [readFileSync(`/proc/${pid}/environ`, "latin1")] : [];
      } catch {
        return [];
      }
    });
}
