import { join } from "node:path";

import { ActionError, renderError } from "../errors/action-error.js";
import { startInBackground } from "../platform/background-process.js";
import type { Clock } from "../platform/clock.js";
import type { RunCommand } from "../platform/command.js";
import { writeFileAtomically } from "../platform/files.js";
import type { Log } from "../platform/log.js";
import { checkProcess, identifyProcess } from "../platform/process-identity.js";
import { openProcessLedger } from "../platform/process-ledger.js";
import { isListening } from "../platform/socket.js";
import type { SshKey } from "./key.js";

/** Where ssh finds the private keys of a run. */
export interface Identities {
  /** `IdentityFile` by public key: its public half if the agent holds the key, else the private key. */
  readonly files: ReadonlyMap<string, string>;
  /** The agent's socket; undefined if the private keys are in files. */
  readonly agentSocket: string | undefined;
}

export interface IdentityEffects {
  readonly run: RunCommand;
  readonly runFolder: string;
  /** The owner process of the run, from `identifyProcess`. */
  readonly owner: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Time limit of jobs on GitHub-hosted runners. The agent then deletes the key, whatever else fails. */
const KEY_LIFETIME_S = 21_600;
const START_LIMIT_MS = 5_000;
const AGENT_HINT = "Check that OpenSSH is installed completely: run ssh-agent and ssh-add by hand.";
const CALL_LIMIT_MS = 10_000;
/** A path of this length is valid for a Unix socket on every system. @see unix(7), sun_path */
const SOCKET_PATH_LIMIT = 100;

/**
 * Makes the keys usable by this user's ssh and by root's until the run is cleaned up. An agent that is
 * private to this run holds them, so that they are never written to disk. If that fails, they are written to
 * files (0600) in the run's folder. Rejects with `CANCELLED`, and with `SSH_KEY_INVALID` for a key that ssh
 * cannot read.
 */
export async function keepKeys(keys: readonly SshKey[], effects: IdentityEffects): Promise<Identities> {
  const { runFolder, log } = effects;
  const agentSocket = join(runFolder, "agent");
  try {
    await startAgent(agentSocket, effects);
    for (const key of keys) await addKey(agentSocket, key, effects);
    return { files: await writeKeys(keys, runFolder, "public"), agentSocket };
  } catch (error) {
    if (error instanceof ActionError && ["CANCELLED", "SSH_KEY_INVALID"].includes(error.code)) throw error;
    log.debug(`no ssh-agent available, using key files in the run's folder: ${renderError(error)}`);
    return { files: await writeKeys(keys, runFolder, "private"), agentSocket: undefined };
  }
}

async function writeKeys(
  keys: readonly SshKey[],
  runFolder: string,
  half: "public" | "private",
): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const [index, { publicKey, privateKey }] of keys.entries()) {
    const file = join(runFolder, index === 0 ? "id" : `id-${index + 1}`);
    if (half === "private") await writeFileAtomically(file, privateKey, 0o600);
    else await writeFileAtomically(`${file}.pub`, `${publicKey}\n`);
    files.set(publicKey, half === "private" ? file : `${file}.pub`);
  }
  return files;
}

/**
 * Becomes an ssh-agent with the socket $1, which is terminated within seconds once the owner process, with
 * the PID $2 and the start time $3 (if known), is gone. After a hard kill no step of the run does that, and
 * GitHub's runner deletes the run's ledger before the next job starts. `$$` is the agent, also in the
 * subshell.
 */
const WATCHED_AGENT = `
start_time() {
  read -r stat < "/proc/$1/stat" || return
  set -- \${stat##*) }
  [ "$1" = Z ] || echo "\${20}"
} 2> /dev/null
agent=$(start_time $$)
[ "$3" = "?" ] || (
  while sleep 5 && [ "$(start_time $$)" = "$agent" ]; do
    [ "$(start_time "$2")" = "$3" ] || kill $$
  done
) &
exec ssh-agent -D -a "$1"
`;

/** Records the agent in the process ledger, so that post terminates it. */
async function startAgent(socket: string, effects: IdentityEffects): Promise<void> {
  const { runFolder, owner, environment, clock } = effects;
  if (Buffer.byteLength(socket) > SOCKET_PATH_LIMIT) {
    throw new ActionError("COMMAND_FAILED", `the path of the ssh-agent socket is too long: ${socket}`, {
      hint: "Set RUNNER_TEMP to a folder with a shorter path.",
    });
  }
  if (checkProcess(identifyProcess(process.pid)) !== "running") {
    throw new ActionError(
      "COMMAND_FAILED",
      "ssh-agent is not used: without /proc, post could not identify its process",
      { hint: "Mount /proc, or accept that the key is in a file while the run lasts." },
    );
  }
  const [ownerPid = "", ownerStart = ""] = owner.split(" ");
  const agent = startInBackground("sh", ["-c", WATCHED_AGENT, "sh", socket, ownerPid, ownerStart], {
    env: { PATH: environment["PATH"] ?? "/usr/bin:/bin" },
    logFile: join(runFolder, "ssh-agent.log"),
    debug: effects,
  });
  if (agent.pid !== undefined) openProcessLedger(join(runFolder, "processes")).started(agent.pid);
  const startMs = clock.nowMs();
  while (!(await isListening({ path: socket }))) {
    const exit = agent.exit();
    if (exit !== undefined) {
      throw new ActionError("COMMAND_FAILED", `ssh-agent -D -a ${socket} did not start: ${exit}`, {
        hint: AGENT_HINT,
      });
    }
    if (clock.nowMs() - startMs > START_LIMIT_MS) {
      throw new ActionError("COMMAND_TIMEOUT", `ssh-agent did not listen within ${START_LIMIT_MS / 1000} s`, {
        hint: AGENT_HINT,
      });
    }
    await clock.sleep(10);
  }
}

async function addKey(socket: string, { privateKey }: SshKey, { run }: IdentityEffects): Promise<void> {
  const { exitCode, stderr } = await run("ssh-add", ["-q", "-t", String(KEY_LIFETIME_S), "-"], {
    input: privateKey,
    expectedExitCodes: "any",
    // ssh-add must never prompt for anything.
    env: { SSH_AUTH_SOCK: socket, SSH_ASKPASS_REQUIRE: "never", SSH_ASKPASS: undefined, DISPLAY: undefined },
    timeoutMs: CALL_LIMIT_MS,
  });
  if (exitCode === 0) return;
  // 1: ssh-add refuses the key. 2: it cannot reach the agent. @see ssh-add(1), "EXIT STATUS"
  if (exitCode !== 1) {
    throw new ActionError("COMMAND_FAILED", `ssh-add exited with ${exitCode}: ${stderr}`, {
      hint: AGENT_HINT,
    });
  }
  throw new ActionError("SSH_KEY_INVALID", "input ssh-private-key is damaged: ssh cannot read it", {
    hint: "Check that no part of the key is missing, or create a new one: ssh-keygen -t ed25519 -N '' -f KEY",
  });
}
