import { randomUUID } from "node:crypto";
import { join } from "node:path";

import { ActionError, isCancelled } from "../errors/action-error.js";
import { systemOfArchitecture } from "../model/system.js";
import type { RunCommand } from "../platform/command.js";
import { writeFileAtomically } from "../platform/files.js";
import { type Log, sanitizeText } from "../platform/log.js";
import { isListening } from "../platform/socket.js";
import {
  type Container,
  type ContainerOptions,
  type ContainerRuntime,
  limitMemory,
  listFolders,
  MAX_PROCESSES,
  SHOWN_LOG_LINES,
} from "./container.js";
import type { Call } from "./engine-call.js";
import { type ContainerNetwork, describeDocker, describePodman, type EngineFacts } from "./engine-facts.js";
import { describeFailedStart, NOT_STARTED, readCommand, removeUnstarted } from "./failed-start.js";
import { loadImage, nameImages } from "./load-image.js";

/** The label of every container that a run starts and every image that it makes; its value is the nonce. */
export const RUN_LABEL = "io.github.fluo.cross-build.run";
const CALL_LIMIT_MS = 60_000;

/** In the order in which they are tried. Podman's command line differs from Docker's only in these parts. */
const ENGINES = {
  docker: {
    describe: describeDocker,
    // Docker with the containerd image store needs the manifest as well.
    archive: "both",
    readLimits: (version: string) => ({ maxLayers: 125, hasZstd: Number.parseInt(version, 10) >= 23 }),
  },
  podman: {
    describe: describePodman,
    // Podman ignores the health check of an image that comes as an OCI layout.
    archive: "docker-archive",
    readLimits: () => ({ maxLayers: Infinity, hasZstd: true }),
  },
} as const;

const NETWORKS: Readonly<Record<ContainerNetwork, readonly string[]>> = {
  own: [],
  // Podman's default options for pasta keep the container from the host's loopback.
  pasta: ["--network=pasta"],
  slirp4netns: ["--network=slirp4netns:allow_host_loopback=false"],
  host: ["--network=host"],
};

type EngineName = keyof typeof ENGINES;
export const CLIENT_ENGINES = Object.keys(ENGINES) as readonly EngineName[];

export interface ClientEffects {
  readonly run: RunCommand;
  readonly nonce: string;
  readonly runFolder: string;
  readonly log: Pick<Log, "info" | "warning">;
  /** Whether the image may be a stranger's: see `mayBeForkCode`. */
  readonly isForkCode: boolean;
}

/**
 * Looks for the engine that a client of this name reaches. Rejects with the codes of a command if there is
 * none. What it resolves to opens the engine: it throws `GATE_NO_RUNTIME` if code from a fork would run on
 * the host's network.
 */
export async function findClientEngine(
  name: EngineName,
  effects: ClientEffects,
): Promise<() => ContainerRuntime> {
  // Podman's monitor leaves files in its working directory, so keep it out of the user's workspace.
  const call = createCall(effects.run, name, effects.runFolder);
  const facts = await ENGINES[name].describe(call);
  return () => {
    requireIsolation(facts, effects);
    return openRuntime({ name, facts }, call, effects);
  };
}

/** Refuses code from a fork on the host's network, and warns about limits that the engine cannot set. */
function requireIsolation({ network, limits }: EngineFacts, { isForkCode, log }: ClientEffects): void {
  if (isForkCode && network === "host") {
    throw new ActionError(
      "GATE_NO_RUNTIME",
      "the image may be built from a fork's code, and Podman can run it only on this machine's network, " +
        "where it would reach every service on loopback",
      {
        hint:
          "Install slirp4netns (or passt, for Podman without root), and let this user open /dev/net/tun. " +
          "Or start Docker.",
      },
    );
  }
  const missing = (["pids", "memory"] as const).filter((name) => !limits.includes(name));
  if (isForkCode && missing.length > 0) {
    log.warning(
      `the container of a fork's code has no limit for ${missing.join(" and ")}: ` +
        "this user's cgroup lacks the controller",
    );
  }
}

/** Removes the containers and images of a run, for the post step. Does nothing if no engine is installed. */
export async function removeFromEngines(run: RunCommand, nonce: string): Promise<void> {
  for (const name of CLIENT_ENGINES) {
    const call = createCall(run, name);
    try {
      const { exitCode, stdout } = await call(
        ["ps", "--all", "--quiet", `--filter=label=${RUN_LABEL}=${nonce}`],
        { expectedExitCodes: "any" },
      );
      if (exitCode !== 0) continue;
      const ids = stdout.split("\n").filter((id) => id !== "");
      if (ids.length > 0) await call(["rm", "--force", "--volumes", ...ids]);
      // A filter by name would list the other names of these images too.
      const { stdout: images } = await call(["images", "--format={{.Repository}}:{{.Tag}}"]);
      const names = images.split("\n").filter((image) => image.startsWith(nameImages(nonce)));
      if (names.length > 0) await call(["image", "rm", ...names], { expectedExitCodes: "any" });
    } catch (error) {
      if (!(error instanceof ActionError) || error.code !== "COMMAND_MISSING") throw error;
    }
  }
}

function createCall(run: RunCommand, tool: EngineName, cwd?: string): Call {
  return (args, options = {}) =>
    run(tool, args, { timeoutMs: CALL_LIMIT_MS, ...(cwd !== undefined && { cwd }), ...options });
}

interface Engine {
  readonly name: EngineName;
  readonly facts: EngineFacts;
}

function openRuntime(engine: Engine, call: Call, effects: ClientEffects): ContainerRuntime {
  const { name, facts } = engine;
  const { nonce, runFolder } = effects;
  return {
    name: `${name} ${facts.version}`,
    system: systemOfArchitecture(facts.architecture),
    load: (image, merge) => {
      const { archive: form, readLimits } = ENGINES[name];
      const limits = readLimits(facts.version);
      return loadImage(call, image, { engine: `${name} ${facts.version}`, form, limits, nonce, merge });
    },
    start: async (image, options) => {
      if (facts.network === "host") await requireFreePorts(options.ports);
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
        `--label=${RUN_LABEL}=${nonce}`,
        // Values may be secrets, so do not pass them as arguments.
        `--env-file=${environmentFile}`,
        ...(options.user === undefined ? [] : [`--user=${options.user}`]),
        ...limitResources(facts, options, effects),
        ...(options.isReadOnly ? ["--read-only"] : []),
        // Mode 1777, like /tmp on a host: any user may write to the folder.
        ...listFolders(options).map((folder) => `--tmpfs=${folder}:rw,exec,mode=1777`),
        ...connect(facts, options),
        image,
        ...options.args,
      ];
      try {
        const output = await call(run, { expectedExitCodes: [0, 125, ...NOT_STARTED] });
        if (output.exitCode === 0) {
          const container = openContainer(engine, call, output.stdout.trim());
          return { state: "started", container };
        }
        const command = await readCommand(call, image, options.args);
        await removeUnstarted(call, idFile);
        return { state: "failed", reason: describeFailedStart(name, output, command) };
      } catch (error) {
        if (!isCancelled(error)) await removeUnstarted(call, idFile);
        throw error;
      }
    },
  };
}

/** Limits that a fork's code cannot lift, and those of the smoke test. */
function limitResources(
  { limits, memoryBytes: machineBytes }: EngineFacts,
  options: ContainerOptions,
  { isForkCode }: ClientEffects,
): readonly string[] {
  const memoryBytes = limitMemory(options, machineBytes, isForkCode && limits.includes("memory"));
  return [
    ...(limits.includes("pids") ? [`--pids-limit=${MAX_PROCESSES}`] : []),
    ...(memoryBytes === undefined ? [] : [`--memory=${memoryBytes}`]),
  ];
}

/** Publishes the ports on free ports of loopback, unless the container has the host's own. */
function connect({ network }: EngineFacts, { ports }: ContainerOptions): readonly string[] {
  const published = network === "host" ? [] : ports.map((port) => `--publish=127.0.0.1::${port}`);
  return [...NETWORKS[network], ...published];
}

/** The container shares the host's network, where another process could answer in its place. */
async function requireFreePorts(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    if (await isListening({ port, host: "127.0.0.1" })) {
      throw new ActionError(
        "GATE_NO_RUNTIME",
        `port ${port} of this machine is in use, and Podman runs the container on the host's network`,
        {
          hint:
            "Stop the process that listens on this port, install slirp4netns (or passt, for Podman without " +
            "root), or run the gate with Docker.",
        },
      );
    }
  }
}

function openContainer({ name: engine, facts }: Engine, call: Call, id: string): Container {
  const inspect = async (format: string) => (await call(["inspect", "--format", format, id])).stdout.trim();
  return {
    readAddress: async (port) => {
      const host = "127.0.0.1";
      if (facts.network === "host") return { host, port };
      const { stdout } = await call(["port", id, `${port}/tcp`]);
      return { host, port: Number(/:([0-9]+)\s*$/m.exec(stdout)?.[1]) };
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
