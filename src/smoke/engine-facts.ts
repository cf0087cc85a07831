import { access, constants } from "node:fs/promises";

import * as z from "zod";

import { ActionError } from "../errors/action-error.js";
import type { Call } from "./engine-call.js";

/**
 * How a container reaches others and is reached: `own` is Docker's bridge. On all but `host`, the container
 * does not reach loopback of the host, and its ports are published there.
 */
export type ContainerNetwork = "own" | "pasta" | "slirp4netns" | "host";

/** The properties of an engine that decide how it starts a container. */
export interface EngineFacts {
  readonly version: string;
  /** The CPU of the engine's machine in the engine's words: `amd64`. */
  readonly architecture: string;
  /** The memory of the engine's machine. */
  readonly memoryBytes: number;
  readonly network: ContainerNetwork;
  /** The limits that the engine can set, by the name of the cgroup controller. */
  readonly limits: readonly ("pids" | "memory")[];
}

/** Rejects with the codes of `call` if no Docker engine answers. */
export async function describeDocker(call: Call): Promise<EngineFacts> {
  // Without an engine, `docker info` alone succeeds in some versions.
  const about = await call(["version", "--format", "{{.Server.Version}} {{.Server.Arch}}"]);
  const [version = "", architecture = ""] = about.stdout.trim().split(" ");
  const { stdout } = await call(["info", "--format", "{{.MemTotal}}"]);
  return { version, architecture, memoryBytes: Number(stdout), network: "own", limits: ["pids", "memory"] };
}

const HELPER = z.object({ executable: z.string().default("") }).nullish();
/** @see podman-info(1) */
const PODMAN_INFO = z.object({
  host: z.object({
    arch: z.string(),
    memTotal: z.number(),
    cgroupControllers: z.array(z.string()).nullish(),
    security: z.object({ rootless: z.boolean() }),
    serviceIsRemote: z.boolean().optional(),
    pasta: HELPER,
    slirp4netns: HELPER,
  }),
  version: z.object({ Version: z.string() }),
});

/** Rejects with the codes of `call` if Podman is missing or cannot work here. */
export async function describePodman(call: Call): Promise<EngineFacts> {
  const { stdout } = await call(["info", "--format", "json"]);
  const { host, version } = parseInfo(stdout);
  return {
    version: version.Version,
    architecture: host.arch,
    memoryBytes: host.memTotal,
    network: await chooseNetwork(host),
    limits: (["pids", "memory"] as const).filter((name) => host.cgroupControllers?.includes(name) === true),
  };
}

function parseInfo(stdout: string): z.infer<typeof PODMAN_INFO> {
  try {
    return PODMAN_INFO.parse(JSON.parse(stdout));
  } catch (cause) {
    throw new ActionError("COMMAND_FAILED", "podman info does not describe Podman's machine", {
      cause,
      hint: "Check what `podman info --format json` prints, or use Docker.",
    });
  }
}

/**
 * Podman's own bridge needs helpers that runners lack. Pasta works only without root.
 * @see podman-run(1), --network
 */
async function chooseNetwork(host: z.infer<typeof PODMAN_INFO>["host"]): Promise<ContainerNetwork> {
  const has = (helper: z.infer<typeof HELPER>) => (helper?.executable ?? "") !== "";
  if (host.serviceIsRemote !== true && !(await canOpenTun())) return "host";
  if (host.security.rootless && has(host.pasta)) return "pasta";
  return has(host.slirp4netns) ? "slirp4netns" : "host";
}

/** Whether this user may make a network device, which a job's container usually may not. */
async function canOpenTun(): Promise<boolean> {
  try {
    await access("/dev/net/tun", constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
