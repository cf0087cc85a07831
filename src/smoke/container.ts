import type { Digest } from "../model/digest.js";
import type { OciImage } from "../model/image.js";
import type { TargetSystem } from "../model/system.js";
import type { CommandOutput } from "../platform/command.js";
import type { LoadedImage, MergeLayers } from "./load-image.js";

/** The most processes and threads of a container. Docker has no limit of its own. */
export const MAX_PROCESSES = 4_096;
/** The share of the machine's memory that a container with code from a fork may use. */
const FORK_MEMORY = 0.75;
/** How many lines of a container's log are shown after a failure. */
export const SHOWN_LOG_LINES = 100;

/** The operations that the gate needs from a container engine. */
export interface ContainerRuntime {
  readonly name: string;
  /** The system of the engine's CPU, not of its client's; undefined for an unknown CPU. */
  readonly system: TargetSystem | undefined;
  /**
   * Loads the image's own bytes, with the layers that `merge` makes of its own. Rejects with `GATE_FAILED` if
   * this engine cannot load such an image, and with `GATE_MISMATCH` if it then lacks the image.
   */
  load(image: OciImage, merge?: MergeLayers): Promise<LoadedImage>;
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

export interface ContainerState {
  /** Undefined while the container runs. */
  readonly exitCode: number | undefined;
  readonly isOutOfMemory: boolean;
}

/** A port on loopback, or the path of a socket. */
export type PortAddress = { readonly host: string; readonly port: number } | { readonly path: string };

export interface Container {
  /** Where a port of the container can be reached on this machine. */
  readAddress(port: number): Promise<PortAddress>;
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

/** The memory limit of a container: that of the smoke test, and one that a fork's code cannot lift. */
export function limitMemory(
  { memoryBytes: wantedBytes = Infinity }: Pick<ContainerOptions, "memoryBytes">,
  machineBytes: number,
  isForkCode: boolean,
): number | undefined {
  const maxBytes = isForkCode ? Math.floor(machineBytes * FORK_MEMORY) : Infinity;
  const memoryBytes = Math.min(wantedBytes, maxBytes);
  return memoryBytes === Infinity ? undefined : memoryBytes;
}

/** The folders of a container that are mounted as tmpfs. */
export function listFolders({ isReadOnly, volumes }: ContainerOptions): readonly string[] {
  return [...new Set([...(isReadOnly ? ["/tmp"] : []), ...volumes])];
}
