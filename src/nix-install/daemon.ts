import { rmSync, writeFileSync } from "node:fs";
import { access } from "node:fs/promises";
import { basename, join } from "node:path";

import { ActionError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import { findDescendant, hasChildren, startInBackground } from "../platform/background-process.js";
import type { Clock } from "../platform/clock.js";
import { readdirIfPresent, readFileIfPresent, readLinkIfPresent } from "../platform/files.js";
import { sanitizeText, type Log } from "../platform/log.js";
import type { RunAsRoot } from "../platform/privileged.js";
import { readStartTime } from "../platform/process-identity.js";
import { isListening } from "../platform/socket.js";
import { asRoot } from "./root-command.js";

const SOCKET = "/nix/var/nix/daemon-socket/socket";
/** PID file of the daemon, in the run's folder. Its existence marks the run as one of the daemon's users. */
const RECORD = "nix-daemon";
/**
 * Folder of symbolic links that root owns. The target of `daemon`, `PID START`, identifies the daemon that
 * this action started. Every other link points to the record of a run that uses this daemon, and dangles once
 * that run has ended.
 */
const LEASES = "/nix/var/nix/cross-build";
const CURRENT = `${LEASES}/daemon`;
const START_LIMIT_MS = 10_000;
const CLIENTS_LIMIT_MS = 2_000;
const STOP_LIMIT_MS = 5_000;
const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Variables that the daemon inherits: only those that it needs to reach the network. */
const INHERITED = [
  "http_proxy",
  "https_proxy",
  "all_proxy",
  "no_proxy",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "NIX_SSL_CERT_FILE",
  "SSL_CERT_FILE",
];

export interface StartEffects {
  readonly log: Log;
  readonly clock: Clock;
  readonly runAsRoot: RunAsRoot;
  readonly runFolder: string;
  readonly isRoot: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface StopEffects {
  readonly runAsRoot: RunAsRoot;
  readonly clock: Clock;
  readonly log: Log;
}

/** True if a daemon listens on Nix's socket. A stale socket file does not count. */
export function isDaemonListening(): Promise<boolean> {
  return isListening({ path: SOCKET });
}

/**
 * Starts `nix-daemon` as root, in its own session, and resolves with its PID once it listens. Writes its log
 * to the run's folder, and from the start a record, so that `stopDaemon` can find it. Later runs find it with
 * `leaseDaemon`. Rejects with `NIX_DAEMON_FAILED` if the daemon exits or does not listen within 10 seconds.
 */
export async function startDaemon(binFolder: string, effects: StartEffects): Promise<number> {
  const { clock, runFolder } = effects;
  const logFile = join(runFolder, "nix-daemon.log");
  const { tool, args, env } = planDaemon(binFolder, effects);
  const launcher = startInBackground(tool, args, { env, logFile, debug: effects });
  if (launcher.pid !== undefined) writeRecord(runFolder, launcher.pid);

  const startMs = clock.nowMs();
  while (!(await isDaemonListening())) {
    const exit = launcher.exit();
    if (exit !== undefined) throw await daemonFailed(exit, logFile);
    if (clock.nowMs() - startMs > START_LIMIT_MS) {
      throw await daemonFailed(`it did not listen within ${START_LIMIT_MS / 1000} s`, logFile);
    }
    await clock.sleep(20);
  }
  if (launcher.pid === undefined) throw await daemonFailed("it has no PID", logFile);
  const pid = findDescendant(launcher.pid, "nix-daemon") ?? launcher.pid;
  writeRecord(runFolder, pid);
  await announce(pid, effects);
  return pid;
}

/**
 * Registers this run as a user of the daemon that an earlier run of this action started, so that it keeps
 * running until this run ends. Does nothing if the daemon is not this action's. Rejects with the codes of
 * `asRoot`.
 */
export async function leaseDaemon(effects: Pick<StartEffects, "runFolder" | "runAsRoot">): Promise<void> {
  const current = await readLinkIfPresent(CURRENT);
  const [pid = "", start = ""] = (current ?? "").split(" ");
  if (start === "" || readStartTime(Number(pid)) !== start) return;
  writeRecord(effects.runFolder, Number(pid));
  await takeLease(effects);
}

/**
 * Stops the daemon that the run with this folder started or shared, if there is one. If other runs still use
 * it, the last of them stops it. A daemon with other clients keeps running.
 */
export async function stopDaemon(runFolder: string, { runAsRoot, clock, log }: StopEffects): Promise<void> {
  const record = await readFileIfPresent(join(runFolder, RECORD));
  if (record === undefined) return;
  const [pidText = "", start] = record.trim().split(" ");
  const pid = Number(pidText);
  // Root stops only what is a nix-daemon, or a sudo that has become or started one.
  const isRunning = () =>
    start !== undefined && readStartTime(pid) === start && findDescendant(pid, "nix-daemon") !== undefined;
  const isDone = async (condition: () => boolean, limitMs: number) => {
    const startMs = clock.nowMs();
    while (!condition() && clock.nowMs() - startMs < limitMs) await clock.sleep(50);
    return condition();
  };

  // Without its record, this run no longer counts as a user of the daemon.
  rmSync(join(runFolder, RECORD), { force: true });
  if (isRunning()) {
    if (await isLeased()) {
      log.info(`the Nix daemon (process ${pid}) is still used by another run, which will stop it`);
      return;
    }
    if (!(await isDone(() => !hasChildren(pid), CLIENTS_LIMIT_MS))) {
      log.info(`the Nix daemon (process ${pid}) has other clients and keeps running`);
      return;
    }
    // Exit code 1: the daemon has exited in the meantime.
    const end = (signal: string) =>
      runAsRoot("kill", [signal, pidText], { timeoutMs: 10_000, expectedExitCodes: [0, 1] });
    await end("-TERM");
    if (!(await isDone(() => !isRunning(), STOP_LIMIT_MS))) await end("-KILL");
  }
}

/** The command that starts the daemon, and its complete environment. No argument contains a secret. */
export function planDaemon(
  binFolder: string,
  { isRoot, environment }: Pick<StartEffects, "isRoot" | "environment">,
): {
  readonly tool: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
} {
  const inherited = INHERITED.flatMap((name) => {
    const value = environment[name];
    return value === undefined || value === "" ? [] : [[name, value] as const];
  });
  // The build hook finds ssh on this PATH. TMPDIR is not inherited: build folders belong on the system's
  // disk, not in the user's folder.
  const path = `${binFolder}:${SYSTEM_PATH}`;
  const daemon = `${binFolder}/nix-daemon`;
  // Nix ignores the argument, and its process for a client puts the client's PID there: see build-meter.ts.
  const own = ["--daemon"];
  if (isRoot) {
    return { tool: daemon, args: own, env: { ...Object.fromEntries(inherited), PATH: path, HOME: "/root" } };
  }
  const kept = inherited.map(([name]) => name);
  const keep = kept.length === 0 ? [] : [`--preserve-env=${kept.join(",")}`];
  return {
    tool: "sudo",
    args: ["-n", ...keep, "--", "env", `PATH=${path}`, "HOME=/root", daemon, ...own],
    env: { ...Object.fromEntries(inherited), PATH: SYSTEM_PATH },
  };
}

/** Synchronous, so that the record exists before this process can receive a SIGKILL. */
function writeRecord(runFolder: string, pid: number): void {
  writeFileSync(join(runFolder, RECORD), `${renderProcess(pid)}\n`, { mode: 0o600 });
}

function renderProcess(pid: number): string {
  return `${pid} ${readStartTime(pid) ?? ""}`;
}

async function announce(pid: number, effects: StartEffects): Promise<void> {
  const over = (await listLeases()).filter(({ isOver }) => isOver).map(({ link }) => link);
  await asRoot(effects.runAsRoot, "rm", ["-f", "--", ...over]);
  await asRoot(effects.runAsRoot, "mkdir", ["-p", "-m", "0755", "--", LEASES]);
  await asRoot(effects.runAsRoot, "ln", ["-sfn", "--", renderProcess(pid), CURRENT]);
  await takeLease(effects);
}

async function takeLease({
  runFolder,
  runAsRoot,
}: Pick<StartEffects, "runFolder" | "runAsRoot">): Promise<void> {
  const lease = join(LEASES, basename(runFolder));
  await asRoot(runAsRoot, "ln", ["-sfn", "--", join(runFolder, RECORD), lease]);
}

/** True if a run uses the daemon. Another user's run cannot be inspected, so it counts as active. */
async function isLeased(): Promise<boolean> {
  return (await listLeases()).some(({ isOver }) => !isOver);
}

async function listLeases(): Promise<readonly { readonly link: string; readonly isOver: boolean }[]> {
  const links = (await readdirIfPresent(LEASES)).map((name) => join(LEASES, name));
  return Promise.all(
    links
      .filter((link) => link !== CURRENT)
      .map(async (link) => {
        try {
          await access(link);
          return { link, isOver: false };
        } catch (error) {
          return { link, isOver: isErrno(error, "ENOENT", "ENOTDIR") };
        }
      }),
  );
}

async function daemonFailed(reason: string, logFile: string): Promise<ActionError> {
  const said = sanitizeText((await readFileIfPresent(logFile)) ?? "")
    .trim()
    .split("\n")
    .slice(-5)
    .join(" | ");
  return new ActionError(
    "NIX_DAEMON_FAILED",
    `the Nix daemon did not start: ${reason}${said === "" ? "" : `; the end of its log: ${said}`}`,
    { hint: "Check that root can run programs in /nix/store and write to /nix/var." },
  );
}
