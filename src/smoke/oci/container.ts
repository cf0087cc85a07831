import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { ActionError } from "../../errors/action-error.js";
import type { CommandOptions, CommandOutput } from "../../platform/command.js";
import { readFileIfPresent } from "../../platform/files.js";
import { sanitizeText } from "../../platform/log.js";
import {
  type Container,
  type ContainerOptions,
  type ContainerStart,
  type ContainerState,
  type PortAddress,
  SHOWN_LOG_LINES,
} from "../container.js";
import { ContainerProcess } from "./container-process.js";
import type { ImageConfig } from "./image-config.js";
import { nameSocket } from "./port-relay.js";
import { type Relay, startRelay } from "./relay-process.js";
import type { OciEffects, OciRuntimeName } from "./effects.js";

const CALL_LIMIT_MS = 60_000;
/** Far longer than the checks of a smoke test take. */
const RUN_LIMIT_MS = 24 * 60 * 60_000;
const POLL_MS = 10;
const HEALTH_LIMIT_MS = 30_000;
/** 128 plus the number of SIGKILL. */
const KILLED = 137;

/** A container whose bundle is ready. */
export interface PreparedContainer {
  readonly runtime: OciRuntimeName;
  readonly id: string;
  /** The bundle. */
  readonly folder: string;
  /** Where the runtime keeps the state of containers. */
  readonly states: string;
  /** The user by the names or numbers that were asked for. */
  readonly configuredUser: string;
  readonly stopSignal: string;
  /** The command that it runs, for messages. */
  readonly command: readonly string[];
  readonly config: ImageConfig;
  readonly options: ContainerOptions;
  /** Removes the bundle, after the container. */
  readonly removeBundle: () => Promise<void>;
}

/** Starts a container. Removes it, but not its bundle, if its command does not start. */
export async function startContainer(
  prepared: PreparedContainer,
  effects: OciEffects,
): Promise<ContainerStart> {
  const { id, folder, command, options } = prepared;
  const call = createCall(prepared, effects);
  const pidFile = join(folder, "pid");
  const problems = await openProblems(join(folder, "problems"));
  // The runtime stays the parent of the container: no other process learns its exit code.
  const run = [...problems.args, "run", `--bundle=${folder}`, `--pid-file=${pidFile}`, id];
  const monitor = new ContainerProcess((lines) => call(run, { timeoutMs: RUN_LIMIT_MS, ...lines }));
  try {
    let pid = "";
    while (pid === "" && !monitor.hasEnded) {
      await effects.clock.sleep(POLL_MS);
      pid = (await readFileIfPresent(pidFile))?.trim() ?? "";
    }
    const sockets = join(folder, "ports");
    await mkdir(sockets, { mode: 0o700 });
    const { ports } = options;
    const relay =
      ports.length === 0 || pid === ""
        ? undefined
        : await startRelay({ pid, ports, sockets, container: monitor }, effects);
    // A command that does not start ends the runtime, which has then written why.
    const problem = monitor.exitCode === undefined ? undefined : await problems.read();
    if (problem !== undefined) {
      await relay?.stop();
      await removeFromRuntime(call, id, monitor);
      const shown = JSON.stringify(command).slice(0, 500);
      return { state: "failed", reason: `${shown} does not start: ${problem}` };
    }
    const socketFolder = await open(sockets, constants.O_RDONLY | constants.O_DIRECTORY);
    const parts = { prepared, monitor, call, relay, socketFolder };
    return { state: "started", container: new OciContainer(parts, effects) };
  } catch (error) {
    await removeFromRuntime(call, id, monitor);
    throw error;
  }
}

/** Runs a command of the runtime. */
type Call = (args: readonly string[], options?: Partial<CommandOptions>) => Promise<CommandOutput>;

function createCall({ runtime, states }: PreparedContainer, { runAsRoot }: OciEffects): Call {
  return (args, options = {}) =>
    runAsRoot(runtime, [`--root=${states}`, ...args], {
      timeoutMs: CALL_LIMIT_MS,
      expectedExitCodes: "any",
      ...options,
    });
}

async function removeFromRuntime(call: Call, id: string, monitor: ContainerProcess): Promise<void> {
  await call(["delete", "--force", id]);
  await monitor.end;
}

interface Parts {
  readonly prepared: PreparedContainer;
  readonly monitor: ContainerProcess;
  readonly call: Call;
  readonly relay: Relay | undefined;
  readonly socketFolder: FileHandle;
}

class OciContainer implements Container {
  readonly #parts: Parts;
  readonly #effects: OciEffects;
  /** Whether this run has killed it. */
  #isKilled = false;

  constructor(parts: Parts, effects: OciEffects) {
    this.#parts = parts;
    this.#effects = effects;
  }

  readAddress(port: number): Promise<PortAddress> {
    // The path of a socket may have 107 bytes, so it names the folder by its descriptor.
    const folder = `/proc/self/fd/${this.#parts.socketFolder.fd}`;
    return Promise.resolve({ path: join(folder, nameSocket(port)) });
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- rejects with what the process failed with
  async readState(): Promise<ContainerState> {
    const { monitor, prepared } = this.#parts;
    const { exitCode } = monitor;
    // No process of a container can kill its first one: that was the kernel, at the memory limit.
    const isLimited = prepared.options.memoryBytes !== undefined || this.#effects.isForkCode;
    return { exitCode, isOutOfMemory: isLimited && !this.#isKilled && exitCode === KILLED };
  }

  async readHealth(): Promise<"healthy" | "unhealthy" | undefined> {
    const check = healthCheckOf(this.#parts.prepared.config);
    if (check === undefined) return undefined;
    try {
      const { exitCode } = await this.exec(check.command, check.timeoutMs);
      return exitCode === 0 ? "healthy" : "unhealthy";
    } catch (error) {
      if (error instanceof ActionError && error.code === "COMMAND_TIMEOUT") return "unhealthy";
      throw error;
    }
  }

  async readUsers(): Promise<{ readonly configured: string; readonly running: readonly string[] }> {
    const { prepared, call } = this.#parts;
    const { exitCode, stdout } = await call(["ps", "--format=json", prepared.id]);
    return {
      configured: prepared.configuredUser,
      running: exitCode === 0 ? await readUsersOf(JSON.parse(stdout)) : [],
    };
  }

  async exec(command: readonly string[], timeoutMs: number): Promise<CommandOutput> {
    const { prepared, call } = this.#parts;
    const problems = await openProblems(join(prepared.folder, "exec-problems"));
    const output = await call([...problems.args, "exec", prepared.id, ...command], { timeoutMs });
    const problem = output.exitCode === 0 ? undefined : await problems.read();
    if (problem === undefined) return output;
    // The exit codes of engines for a command that is not found, and for one that does not start.
    const exitCode = /not found|no such file/i.test(problem) ? 127 : 126;
    return { exitCode, stdout: "", stderr: problem };
  }

  readLog(lines?: "all"): Promise<string> {
    const text = this.#parts.monitor.readLog(lines === "all" ? Infinity : SHOWN_LOG_LINES);
    return Promise.resolve(sanitizeText(text));
  }

  async stop(limitMs: number): Promise<void> {
    const { monitor, prepared } = this.#parts;
    const { clock } = this.#effects;
    const endMs = clock.nowMs() + Math.ceil(limitMs / 1_000) * 1_000;
    await this.#signal(prepared.stopSignal);
    while (!monitor.hasEnded && clock.nowMs() < endMs) await clock.sleep(POLL_MS);
    if (monitor.hasEnded) return;
    this.#isKilled = true;
    await this.#signal("KILL");
    await monitor.end;
  }

  async remove(): Promise<void> {
    const { prepared, monitor, call, relay, socketFolder } = this.#parts;
    this.#isKilled = true;
    await removeFromRuntime(call, prepared.id, monitor);
    await relay?.stop();
    await socketFolder.close();
    await prepared.removeBundle();
  }

  /** Does nothing if the container has ended. */
  async #signal(name: string): Promise<void> {
    const { prepared, call } = this.#parts;
    await call(["kill", prepared.id, name]);
  }
}

/** A file for the errors of a runtime, which are not what the container prints. */
async function openProblems(file: string) {
  // The runtime would create it as root.
  await writeFile(file, "", { mode: 0o600 });
  return {
    args: [`--log=${file}`, "--log-format=json"],
    /** The last error; undefined if there is none. */
    read: async (): Promise<string | undefined> => {
      const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line.startsWith("{"));
      const entries = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
      const error = entries.findLast(({ level }) => level === "error" || level === "fatal");
      return error === undefined ? undefined : sanitizeText(String(error["msg"])).slice(0, 1_000);
    },
  };
}

/** @see https://github.com/moby/docker-image-spec/blob/main/spec.md, "Healthcheck" */
function healthCheckOf({
  config,
}: ImageConfig): { readonly command: readonly string[]; readonly timeoutMs: number } | undefined {
  const { Test, Timeout } = config?.Healthcheck ?? {};
  const [kind, ...command] = Test ?? [];
  const asked = (Timeout ?? 0) / 1e6;
  const timeoutMs = asked > 0 ? Math.min(asked, HEALTH_LIMIT_MS) : HEALTH_LIMIT_MS;
  if (kind === "CMD") return { command, timeoutMs };
  if (kind !== "CMD-SHELL") return undefined;
  return { command: [...(config?.Shell ?? ["/bin/sh", "-c"]), command.join(" ")], timeoutMs };
}

/** The effective users of processes. One that has ended has none. */
async function readUsersOf(pids: unknown): Promise<readonly string[]> {
  const users = await Promise.all(
    (Array.isArray(pids) ? pids : []).map(async (pid) => {
      const status = await readFileIfPresent(join("/proc", String(Number(pid)), "status"));
      const [, uid] = /^Uid:\s+[0-9]+\s+([0-9]+)/m.exec(status ?? "") ?? [];
      return uid;
    }),
  );
  return users.filter((uid) => uid !== undefined);
}
