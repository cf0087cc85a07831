import { randomUUID } from "node:crypto";
import { join } from "node:path";

import { ActionError, isCancelled, renderError } from "../errors/action-error.js";
import type { Digest } from "../model/digest.js";
import type { OciImage } from "../model/image.js";
import { systemOfArchitecture, type TargetSystem } from "../model/system.js";
import type { CommandOutput, RunCommand } from "../platform/command.js";
import { writeFileAtomically } from "../platform/files.js";
import { sanitizeText } from "../platform/log.js";
import { isListening } from "../platform/socket.js";
import type { Call } from "./engine-call.js";
import { describeFailedStart, NOT_STARTED, readCommand, removeUnstarted } from "./failed-start.js";
import { packArchive } from "./image-archive.js";

/** The label of every container that we start; its value is the run's nonce. */
const LABEL = "io.github.fluo.cross-build.run";
const CALL_LIMIT_MS = 60_000;
const LOAD_LIMIT_MS = 10 * 60_000;
const SHOWN_LOG_LINES = 100;

/** The operations that the gate needs from a container engine. */
export interface ContainerRuntime {
  readonly name: string;
  /** The system of the engine's CPU, not of its client's; undefined for an unknown CPU. */
  readonly system: TargetSystem | undefined;
  /** Loads the image's own bytes. Rejects with `GATE_MISMATCH` if the engine then lacks the image. */
  load(image: OciImage): Promise<LoadedImage>;
  /** Starts a container in the background. Leaves no container behind if that fails. */
  start(image: Digest, options: ContainerOptions): Promise<ContainerStart>;
}

export interface ContainerOptions {
  /** TCP ports of the container that the checks connect to. */
  readonly ports: readonly number[];
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Overrides the user of the image: `USER` or `UID:GID`. */
  readonly user: string | undefined;
  readonly memoryBytes: number | undefined;
  readonly isReadOnly: boolean;
  /** Folders to mount as tmpfs. */
  readonly volumes: readonly string[];
}

/** A started container, or why the image's entrypoint does not start. */
export type ContainerStart =
  | { readonly state: "started"; readonly container: Container }
  | { readonly state: "failed"; readonly reason: string };

export interface LoadedImage {
  readonly id: Digest;
  /** Removes the image from the engine, unless it was there before. */
  remove(): Promise<void>;
}

export interface ContainerState {
  /** Undefined while the container runs. */
  readonly exitCode: number | undefined;
  readonly isOutOfMemory: boolean;
}

export interface Container {
  /** The loopback port at which a port of the container can be reached. */
  readPort(port: number): Promise<number>;
  readState(): Promise<ContainerState>;
  /** The result of the image's health check; undefined if it has none. */
  readHealth(): Promise<"healthy" | "unhealthy" | "starting" | undefined>;
  /** The configured user, and the users of the running processes as the engine's host sees them. */
  readUsers(): Promise<{ readonly configured: string; readonly running: readonly string[] }>;
  exec(command: readonly string[], timeoutMs: number): Promise<CommandOutput>;
  /** The last 100 lines of the log, or all of them: first stdout, then stderr. */
  readLog(lines?: "all"): Promise<string>;
  /** Sends the image's stop signal, then SIGKILL after `limitMs`, rounded up to seconds. */
  stop(limitMs: number): Promise<void>;
  remove(): Promise<void>;
}

/** In the order in which they are tried. Podman's command line differs from Docker's only in these parts. */
const ENGINES = {
  docker: {
    about: ["version", "--format", "{{.Server.Version}} {{.Server.Arch}}"],
    // Docker with the containerd image store needs the manifest as well.
    archive: "both",
    publish: (ports: readonly number[]) => ports.map((port) => `--publish=127.0.0.1::${port}`),
  },
  podman: {
    about: ["info", "--format", "{{.Version.Version}} {{.Host.Arch}}"],
    // Podman ignores the health check of an image that comes as an OCI layout.
    archive: "docker-archive",
    // Podman's own networks need helpers that runners lack.
    publish: () => ["--network=host"],
  },
} as const;

type EngineName = keyof typeof ENGINES;
const ENGINE_NAMES = Object.keys(ENGINES) as readonly EngineName[];

export interface EngineEffects {
  readonly run: RunCommand;
  readonly nonce: string;
  readonly runFolder: string;
}

/**
 * Opens the first engine that answers, Docker or Podman. Rejects with `GATE_NO_RUNTIME` and the reasons if
 * neither does.
 */
export async function openContainerEngine(effects: EngineEffects): Promise<ContainerRuntime> {
  const reasons: string[] = [];
  for (const name of ENGINE_NAMES) {
    // Podman's monitor leaves files in its working directory, so keep it out of the user's workspace.
    const call = createCall(effects.run, name, effects.runFolder);
    try {
      const { stdout } = await call(ENGINES[name].about);
      const [version = "", architecture = ""] = stdout.trim().split(" ");
      return openRuntime({ engine: name, version, architecture }, call, effects);
    } catch (error) {
      if (isCancelled(error)) throw error;
      reasons.push(renderError(error));
    }
  }
  throw new ActionError(
    "GATE_NO_RUNTIME",
    `the smoke test needs Docker or Podman, but neither is available: ${reasons.join("; ")}`,
    { hint: "Start Docker, set DOCKER_HOST to a running engine, or run the gate on a runner that has one." },
  );
}

/** Removes every container of a run, for the post step. Does nothing if no engine is installed. */
export async function removeRunContainers(run: RunCommand, nonce: string): Promise<void> {
  for (const name of ENGINE_NAMES) {
    const call = createCall(run, name);
    try {
      const { exitCode, stdout } = await call(
        ["ps", "--all", "--quiet", `--filter=label=${LABEL}=${nonce}`],
        { expectedExitCodes: "any" },
      );
      const ids = stdout.split("\n").filter((id) => id !== "");
      if (exitCode === 0 && ids.length > 0) await call(["rm", "--force", "--volumes", ...ids]);
    } catch (error) {
      if (!(error instanceof ActionError) || error.code !== "COMMAND_MISSING") throw error;
    }
  }
}

function createCall(run: RunCommand, tool: EngineName, cwd?: string): Call {
  return (args, options = {}) =>
    run(tool, args, { timeoutMs: CALL_LIMIT_MS, ...(cwd !== undefined && { cwd }), ...options });
}

function openRuntime(
  {
    engine,
    version,
    architecture,
  }: { readonly engine: EngineName; readonly version: string; readonly architecture: string },
  call: Call,
  { nonce, runFolder }: EngineEffects,
): ContainerRuntime {
  return {
    name: `${engine} ${version}`,
    system: systemOfArchitecture(architecture),
    load: async (image) => {
      // The image ID is the config's digest or, in Docker with the containerd image store, the manifest's.
      const ids = [image.config.digest, image.manifest.digest];
      const find = async () => {
        for (const id of ids) {
          const { exitCode } = await call(["image", "inspect", id], { expectedExitCodes: "any" });
          if (exitCode === 0) return id;
        }
        return undefined;
      };
      const wasThere = (await find()) !== undefined;
      await call(["load"], { input: packArchive(image, ENGINES[engine].archive), timeoutMs: LOAD_LIMIT_MS });
      const id = await find();
      if (id === undefined) {
        throw new ActionError(
          "GATE_MISMATCH",
          `${engine} has no image with the ID ${ids.join(" or ")} after loading it`,
          {
            hint: "This engine changes images when it loads them. Use another engine.",
          },
        );
      }
      return {
        id,
        remove: async () => {
          // If another run uses the image by now, the removal fails and the image stays.
          if (!wasThere) await call(["image", "rm", id], { expectedExitCodes: "any" });
        },
      };
    },
    start: async (image, options) => {
      if (engine === "podman") await requireFreePorts(options.ports);
      const environmentFile = join(runFolder, "container-environment");
      const lines = Object.entries(options.environment).map(([name, value]) => `${name}=${value}\n`);
      await writeFileAtomically(environmentFile, lines.join(""), 0o600);
      // The engine writes the ID before it starts the container, so a container that fails can be removed.
      const idFile = join(runFolder, `container-${randomUUID()}`);
      const run = [
        "run",
        "--detach",
        `--cidfile=${idFile}`,
        "--pull=never",
        `--label=${LABEL}=${nonce}`,
        // Values may be secrets, so do not pass them as arguments.
        `--env-file=${environmentFile}`,
        ...(options.user === undefined ? [] : [`--user=${options.user}`]),
        ...(options.memoryBytes === undefined ? [] : [`--memory=${options.memoryBytes}`]),
        ...(options.isReadOnly ? ["--read-only"] : []),
        // Mode 1777, like /tmp on a host: any user may write to the folder.
        ...listFolders(options).map((folder) => `--tmpfs=${folder}:rw,exec,mode=1777`),
        ...ENGINES[engine].publish(options.ports),
        image,
        ...options.args,
      ];
      try {
        const output = await call(run, { expectedExitCodes: [0, 125, ...NOT_STARTED] });
        if (output.exitCode === 0) {
          return { state: "started", container: openContainer(engine, call, output.stdout.trim()) };
        }
        const command = await readCommand(call, image, options.args);
        await removeUnstarted(call, idFile);
        return { state: "failed", reason: describeFailedStart(engine, output, command) };
      } catch (error) {
        if (!isCancelled(error)) await removeUnstarted(call, idFile);
        throw error;
      }
    },
  };
}

function listFolders({ isReadOnly, volumes }: ContainerOptions): readonly string[] {
  return [...new Set([...(isReadOnly ? ["/tmp"] : []), ...volumes])];
}

/** The container shares the host's network, where another process could answer in its place. */
async function requireFreePorts(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    if (await isListening({ port, host: "127.0.0.1" })) {
      throw new ActionError(
        "GATE_NO_RUNTIME",
        `port ${port} of this machine is in use, and Podman runs the container on the host's network`,
        { hint: "Stop the process that listens on this port, or run the gate with Docker." },
      );
    }
  }
}

function openContainer(engine: EngineName, call: Call, id: string): Container {
  const inspect = async (format: string) => (await call(["inspect", "--format", format, id])).stdout.trim();
  return {
    readPort: async (port) => {
      if (engine === "podman") return port;
      const { stdout } = await call(["port", id, `${port}/tcp`]);
      return Number(/:([0-9]+)\s*$/m.exec(stdout)?.[1]);
    },
    readState: async () => {
      const state = await inspect("{{.State.Running}} {{.State.ExitCode}} {{.State.OOMKilled}}");
      const [isRunning, exitCode, isOutOfMemory] = state.split(" ");
      return {
        exitCode: isRunning === "true" ? undefined : Number(exitCode),
        isOutOfMemory: isOutOfMemory === "true",
      };
    },
    readHealth: async () => {
      if (engine === "podman") {
        // Podman schedules health checks through systemd, which not every machine has, so run the check here.
        const { exitCode } = await call(["healthcheck", "run", id], { expectedExitCodes: "any" });
        return exitCode === 0 ? "healthy" : exitCode === 1 ? "unhealthy" : undefined;
      }
      const health = await inspect("{{if .State.Health}}{{.State.Health.Status}}{{end}}");
      return health === "healthy" || health === "unhealthy" || health === "starting" ? health : undefined;
    },
    readUsers: async () => {
      const configured = await inspect("{{.Config.User}}");
      // Podman has its own format descriptors, and none for the numeric user on the host.
      const format = engine === "podman" ? ["huser"] : ["-eo", "uid"];
      const { stdout } = await call(["top", id, ...format], { expectedExitCodes: "any" });
      return {
        configured,
        running: stdout
          .split("\n")
          .slice(1)
          .map((line) => line.trim())
          .filter((uid) => uid !== ""),
      };
    },
    exec: (command, timeoutMs) => call(["exec", id, ...command], { timeoutMs, expectedExitCodes: "any" }),
    readLog: async (lines) => {
      const tail = lines === "all" ? [] : ["--tail", String(SHOWN_LOG_LINES)];
      const { stdout, stderr } = await call(["logs", ...tail, id]);
      return sanitizeText([stdout, stderr].filter((text) => text !== "").join("\n"));
    },
    stop: async (limitMs) => {
      const seconds = Math.ceil(limitMs / 1000);
      await call(["stop", "-t", String(seconds), id], { timeoutMs: limitMs + CALL_LIMIT_MS });
    },
    remove: async () => {
      await call(["rm", "--force", "--volumes", id]);
    },
  };
}
