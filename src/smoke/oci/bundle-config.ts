import { arch, totalmem } from "node:os";
import { join } from "node:path";

import { type ContainerOptions, limitMemory, listFolders, MAX_PROCESSES } from "../container.js";
import type { ImageConfig } from "./image-config.js";
import { renderSeccomp } from "./seccomp.js";
import type { ContainerUser } from "./user.js";

/** Docker's default capabilities. @see https://docs.docker.com/engine/containers/run/, "Runtime privilege" */
const CAPABILITIES = [
  ...["CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP"],
  ...["SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"],
].map((name) => `CAP_${name}`);

/** As in Docker, so that a container reads nothing of the machine there, and changes nothing. */
const MASKED_PATHS = [
  ...["/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats"],
  ...["/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"],
  ...["/sys/devices/virtual/powercap"],
];
const READONLY_PATHS = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const SAFE = ["nosuid", "noexec", "nodev"];

const MOUNTS = [
  { destination: "/proc", type: "proc", source: "proc", options: SAFE },
  {
    ...{ destination: "/dev", type: "tmpfs", source: "tmpfs" },
    options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
  },
  {
    ...{ destination: "/dev/pts", type: "devpts", source: "devpts" },
    options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
  },
  { destination: "/sys", type: "sysfs", source: "sysfs", options: [...SAFE, "ro"] },
  { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: [...SAFE, "ro"] },
  { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: SAFE },
  {
    ...{ destination: "/dev/shm", type: "tmpfs", source: "shm" },
    options: [...SAFE, "mode=1777", "size=67108864"],
  },
];

/** A container before it is started. */
export interface Bundle {
  /** Has the root file system in `root`. */
  readonly folder: string;
  readonly hostname: string;
  readonly config: ImageConfig;
  readonly options: ContainerOptions;
  readonly user: ContainerUser;
  readonly isForkCode: boolean;
}

/** The command that an image runs, with the entrypoint first. */
export function commandOf(
  { config }: ImageConfig,
  { args }: Pick<ContainerOptions, "args">,
): readonly string[] {
  return [...(config?.Entrypoint ?? []), ...(args.length > 0 ? args : (config?.Cmd ?? []))];
}

/** The files of a bundle that a container sees in `/etc`, by name. */
export function renderHostFiles(hostname: string): Readonly<Record<string, string>> {
  return {
    hosts: `127.0.0.1\tlocalhost ${hostname}\n::1\tlocalhost ip6-localhost ip6-loopback\n`,
    hostname: `${hostname}\n`,
    // There is no network, and so no server to ask.
    "resolv.conf": "",
  };
}

/**
 * The configuration of a container for an OCI runtime, with the defaults of Docker as far as they can be had:
 * capabilities, namespaces, devices, masked paths, limits. It may contain secrets of the smoke test.
 * @see OCI runtime-spec, config.md and config-linux.md
 */
export function renderBundleConfig({ folder, hostname, config, options, user, isForkCode }: Bundle): object {
  const { uid, gid, additionalGids, home } = user;
  const memoryBytes = limitMemory(options, totalmem(), isForkCode);
  const workingDir = config.config?.WorkingDir ?? "";
  const seccomp = renderSeccomp(arch());
  const capabilities = { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES };
  return {
    ociVersion: "1.0.2",
    hostname,
    root: { path: "root", readonly: options.isReadOnly },
    process: {
      terminal: false,
      user: { uid, gid, additionalGids },
      args: commandOf(config, options),
      env: renderEnvironment(config, options, { HOSTNAME: hostname, HOME: home }),
      cwd: workingDir === "" ? "/" : workingDir,
      capabilities,
      noNewPrivileges: false,
    },
    mounts: [
      ...MOUNTS,
      ...Object.keys(renderHostFiles(hostname)).map((name) => {
        const source = join(folder, name);
        return { destination: `/etc/${name}`, type: "bind", source, options: ["bind", "rprivate", "ro"] };
      }),
      // Mode 1777, like /tmp on a host: any user may write to the folder.
      ...listFolders(options).map((destination) => {
        const mode = ["rw", "exec", "nosuid", "nodev", "mode=1777"];
        return { destination, type: "tmpfs", source: "tmpfs", options: mode };
      }),
    ],
    linux: {
      cgroupsPath: `/${hostname}`,
      namespaces: ["pid", "network", "ipc", "uts", "mount", "cgroup"].map((type) => ({ type })),
      resources: {
        devices: [{ allow: false, access: "rwm" }],
        pids: { limit: MAX_PROCESSES },
        ...(memoryBytes !== undefined && { memory: { limit: memoryBytes } }),
      },
      // As in Docker, a process that is not root may listen on any port.
      sysctl: { "net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 2147483647" },
      maskedPaths: MASKED_PATHS,
      readonlyPaths: READONLY_PATHS,
      ...(seccomp !== undefined && { seccomp }),
    },
  };
}

/** The variables of the image and of the smoke test, and those that Docker sets if they do not. */
function renderEnvironment(
  { config }: ImageConfig,
  { environment }: ContainerOptions,
  defaults: Readonly<Record<string, string>>,
): readonly string[] {
  const values = new Map(Object.entries({ PATH, ...defaults }));
  for (const variable of config?.Env ?? []) {
    const [name = "", ...value] = variable.split("=");
    if (name !== "") values.set(name, value.join("="));
  }
  for (const [name, value] of Object.entries(environment)) values.set(name, value);
  return [...values].map(([name, value]) => `${name}=${value}`);
}
