import { ActionError } from "../errors/action-error.js";
import type { Digest } from "../model/digest.js";
import { systemOfArchitecture, type TargetSystem } from "../model/system.js";
import type { CommandOutput, RunCommand } from "../platform/command.js";
import { sanitizeText } from "../platform/log.js";

/** The label of every container of ours; its value is the run's nonce. */
const LABEL = "io.github.fluo.cross-build.run";
const CALL_LIMIT_MS = 60_000;
const LOAD_LIMIT_MS = 10 * 60_000;
const SHOWN_LOG_LINES = 100;

/** How containers are run. Docker now; what the gate needs of any other engine is this. */
export interface ContainerRuntime {
  readonly name: string;
  /** The system of the engine's CPU; undefined for one that we do not know. */
  readonly system: TargetSystem | undefined;
  /** Loads an archive whose image has one of these IDs. */
  load(archive: string, expected: readonly Digest[]): Promise<LoadedImage>;
  /** Starts a container in the background. */
  start(
    image: Digest,
    options: { readonly ports: readonly number[]; readonly args: readonly string[] },
  ): Promise<Container>;
}

export interface LoadedImage {
  readonly id: Digest;
  /** Takes it out of the engine again, unless it was there before. */
  remove(): Promise<void>;
}

export interface Container {
  /** The port on loopback that a port of the container is published on. */
  readPort(port: number): Promise<number>;
  /** The exit code; undefined while it runs. */
  readExitCode(): Promise<number | undefined>;
  exec(command: readonly string[], timeoutMs: number): Promise<CommandOutput>;
  /** Its last lines, both streams, in order of each. */
  readLog(): Promise<string>;
  remove(): Promise<void>;
}

/** Looks for Docker; rejects with `GATE_NO_RUNTIME` where there is no client or no engine answers. */
export async function openDocker(run: RunCommand, nonce: string): Promise<ContainerRuntime> {
  const docker = (args: readonly string[], timeoutMs = CALL_LIMIT_MS) => run("docker", args, { timeoutMs });
  const [version, architecture] = await readEngine(docker);
  return {
    name: `docker ${version}`,
    system: systemOfArchitecture(architecture),
    load: async (archive, expected) => {
      const findImage = async () => {
        for (const id of expected) {
          const options = { timeoutMs: CALL_LIMIT_MS, expectedExitCodes: "any" } as const;
          if ((await run("docker", ["image", "inspect", id], options)).exitCode === 0) return id;
        }
        return undefined;
      };
      const wasThere = (await findImage()) !== undefined;
      const before = await listTags(docker);
      const { stdout } = await docker(["load", "--input", archive], LOAD_LIMIT_MS);
      await restoreTags(docker, before, stdout);
      const id = await findImage();
      if (id === undefined) {
        throw new ActionError(
          "GATE_MISMATCH",
          `Docker does not have the image ${expected.join(" or ")} after loading ${archive}`,
          { hint: "The archive and the candidate are not the same image: run again." },
        );
      }
      return {
        id,
        remove: async () => {
          if (wasThere) return;
          // Another run may use it by now: then it stays.
          await run("docker", ["image", "rm", id], { timeoutMs: CALL_LIMIT_MS, expectedExitCodes: "any" });
        },
      };
    },
    start: async (image, { ports, args }) => {
      const { stdout } = await docker([
        "run",
        "--detach",
        "--pull=never",
        `--label=${LABEL}=${nonce}`,
        ...ports.map((port) => `--publish=127.0.0.1::${port}`),
        image,
        ...args,
      ]);
      return openContainer(run, stdout.trim());
    },
  };
}

/** Removes every container of a run, for the post step; does nothing where there is no Docker. */
export async function removeRunContainers(run: RunCommand, nonce: string): Promise<void> {
  const call = { timeoutMs: CALL_LIMIT_MS, expectedExitCodes: "any" } as const;
  try {
    const { exitCode, stdout } = await run(
      "docker",
      ["ps", "--all", "--quiet", `--filter=label=${LABEL}=${nonce}`],
      call,
    );
    const ids = stdout.split("\n").filter((id) => id !== "");
    if (exitCode === 0 && ids.length > 0) await run("docker", ["rm", "--force", "--volumes", ...ids], call);
  } catch (error) {
    if (!(error instanceof ActionError) || error.code !== "COMMAND_MISSING") throw error;
  }
}

type Docker = (args: readonly string[], timeoutMs?: number) => Promise<CommandOutput>;

async function readEngine(docker: Docker): Promise<readonly [version: string, architecture: string]> {
  try {
    const { stdout } = await docker(["version", "--format", "{{.Server.Version}} {{.Server.Arch}}"]);
    const [version = "", architecture = ""] = stdout.trim().split(" ");
    return [version, architecture];
  } catch (cause) {
    if (cause instanceof ActionError && cause.code === "CANCELLED") throw cause;
    throw new ActionError("GATE_NO_RUNTIME", "the smoke test needs Docker, and it does not answer", {
      cause,
      hint: "Start Docker, or set DOCKER_HOST to an engine, or run the gate on a runner that has one.",
    });
  }
}

/** Local names and the images they point to: loading must not move a name that is the user's. */
async function listTags(docker: Docker): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await docker([
    "image",
    "ls",
    "--no-trunc",
    "--format",
    "{{.Repository}}:{{.Tag}} {{.ID}}",
  ]);
  return new Map(
    stdout
      .split("\n")
      .map((line) => line.split(" "))
      .flatMap(([name, id]) =>
        name === undefined || id === undefined || name.includes("<none>") ? [] : [[name, id]],
      ),
  );
}

async function restoreTags(docker: Docker, before: ReadonlyMap<string, string>, said: string): Promise<void> {
  for (const [, name = ""] of said.matchAll(/^Loaded image: (\S+)$/gm)) {
    const id = before.get(name);
    if (id !== undefined) await docker(["tag", id, name]);
  }
}

function openContainer(run: RunCommand, id: string): Container {
  const docker: Docker = (args, timeoutMs = CALL_LIMIT_MS) => run("docker", args, { timeoutMs });
  return {
    readPort: async (port) => {
      const { stdout } = await docker(["port", id, `${port}/tcp`]);
      return Number(/:([0-9]+)\s*$/m.exec(stdout)?.[1]);
    },
    readExitCode: async () => {
      const { stdout } = await docker(["inspect", "--format", "{{.State.Running}} {{.State.ExitCode}}", id]);
      const [isRunning, exitCode] = stdout.trim().split(" ");
      return isRunning === "true" ? undefined : Number(exitCode);
    },
    exec: (command, timeoutMs) =>
      run("docker", ["exec", id, ...command], { timeoutMs, expectedExitCodes: "any" }),
    readLog: async () => {
      const { stdout, stderr } = await docker(["logs", "--tail", String(SHOWN_LOG_LINES), id]);
      return sanitizeText([stdout, stderr].filter((text) => text !== "").join("\n"));
    },
    remove: async () => {
      await docker(["rm", "--force", "--volumes", id]);
    },
  };
}
