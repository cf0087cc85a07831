import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  cpSync,
  createWriteStream,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect, type Socket } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A part of the test bed that runs during tests. */
export interface Service {
  readonly stop: () => Promise<void>;
}

export interface BuilderOptions {
  readonly suite?: NixSuite;
  /** A CPU other than this machine's is emulated; call `startBinfmt` first. */
  readonly cpu?: "x86_64" | "aarch64";
  /** A builder whose client key it accepts too, for a pool. */
  readonly like?: Builder;
  /** The file of the client's private key. */
  readonly clientKey?: string;
  /** The file with a CA's public key: the builder then accepts only certificates that the CA signed. */
  readonly userCa?: string;
  /**
   * If set, a user who is not root logs in, and builds through a nix-daemon that trusts or distrusts them.
   */
  readonly daemon?: "trusts" | "distrusts";
  /** Its Nix builds in cgroups, below a cgroup v2 of this name, which the test has to remove. */
  readonly cgroup?: string;
  readonly maxJobs?: number;
  /** As in sshd_config(5). */
  readonly maxStartups?: string;
  readonly maxSessions?: number;
  /** The size of the file system with its store, as a mount(8) option for tmpfs: `200m`. */
  readonly storeSize?: string;
  /** The paths of the machine that its builds see, instead of only its compilers. */
  readonly sandboxPaths?: string;
  readonly port?: number;
}

export interface Builder extends Service {
  readonly folder: string;
  readonly port: number;
  readonly pid: number;
  readonly options: BuilderOptions;
  /** The values for the inputs builders, ssh-private-key and ssh-known-hosts. */
  readonly line: string;
  readonly key: string;
  readonly knownHosts: string;
}

/** The Debian suites whose Nix the test bed has: Debian 13, unstable, and Debian 12. */
export type NixSuite = "trixie" | "sid" | "bookworm";

/**
 * The inputs that install the Nix of a Debian suite, by default for this machine's CPU, from the release
 * tarball that `script/test` made. Upstream compresses with xz; zstd saves a second in each test that does
 * not need that format.
 */
export function readNixRelease(
  suite: NixSuite = "trixie",
  compression: "xz" | "zst" = "zst",
  cpu?: "aarch64",
): Readonly<Record<"nix-version" | "nix-url" | "nix-sha256", string>> {
  const folder = resolve(".testbed/nix");
  const kind = cpu === undefined ? suite : `${suite}-${cpu}`;
  const name = readlinkSync(join(folder, `${kind}.latest`)).replace(/zst$/, compression);
  return {
    "nix-version": name.split("-")[1] ?? "",
    "nix-url": `file://${join(folder, name)}`,
    "nix-sha256": readFileSync(join(folder, `${name}.sha256`), "utf8").trim(),
  };
}

/**
 * Starts a builder with its own Nix store, behind sshd on loopback. In a folder of an earlier builder, it is
 * that builder again. `stop` acts like a power cut: all sessions and builds end at once.
 */
export async function startBuilder(folder: string, options: BuilderOptions = {}): Promise<Builder> {
  const port = options.port ?? (await findFreePort());
  mkdirSync(folder, { recursive: true });
  const env = {
    NIX_SUITE: options.suite ?? "",
    CPU: options.cpu ?? "",
    KEY: options.clientKey ?? (options.like === undefined ? "" : join(options.like.folder, "id_ed25519")),
    USER_CA: options.userCa ?? "",
    DAEMON: options.daemon === undefined ? "no" : "yes",
    TRUSTED: options.daemon === "distrusts" ? "no" : "yes",
    CGROUP: options.cgroup ?? "",
    MAX_JOBS: options.maxJobs === undefined ? "" : String(options.maxJobs),
    MAX_STARTUPS: options.maxStartups ?? "",
    MAX_SESSIONS: String(options.maxSessions ?? ""),
    STORE_SIZE: options.storeSize ?? "",
    SANDBOX_PATHS: options.sandboxPaths ?? "",
  };
  const args = ["run", "builder", String(port), folder];
  const service = await startService("script/testbed/builder", args, port, { env, signal: "SIGKILL" });
  return {
    ...service,
    folder,
    port,
    options,
    line: readFileSync(join(folder, "builders_line"), "utf8").trim(),
    key: readFileSync(join(folder, "id_ed25519"), "utf8"),
    knownHosts: readFileSync(join(folder, "known_hosts_line"), "utf8").trim(),
  };
}

/** The inputs for a job with these builders, which all accept the key of the first one. */
export function asInputs(
  builders: readonly Pick<Builder, "line" | "key" | "knownHosts">[],
): Readonly<Record<"builders" | "ssh-private-key" | "ssh-known-hosts", string>> {
  return {
    builders: builders.map(({ line }) => line).join("\n"),
    "ssh-private-key": builders[0]?.key ?? "",
    "ssh-known-hosts": builders.map(({ knownHosts }) => knownHosts).join("\n"),
  };
}

/** Kills a builder and everything that runs on it, like a power cut. */
export function killBuilder(builder: Builder): Promise<void> {
  return builder.stop();
}

/** Restarts a builder with the same port, keys and store. */
export async function restartBuilder(builder: Builder): Promise<Builder> {
  await builder.stop();
  return startBuilder(builder.folder, { ...builder.options, port: builder.port });
}

/** Restarts a builder with another host key. */
export async function changeHostKey(builder: Builder): Promise<Builder> {
  await builder.stop();
  for (const file of ["host_key", "host_key.pub"]) rmSync(join(builder.folder, file));
  return restartBuilder(builder);
}

/** From now on, the builder accepts no client key. */
export function revokeKey(builder: Builder): void {
  writeFileSync(join(builder.folder, "authorized_keys"), "");
}

/** Kills a builder's nix-daemon and its running builds; sshd keeps running. */
export function killDaemon(builder: Builder): void {
  const namespaces = `/proc/${builder.pid}/ns`;
  execFileSync("nsenter", [
    `--pid=${namespaces}/pid_for_children`,
    `--mount=${namespaces}/mnt`,
    "/bin/bash",
    "-c",
    'kill -KILL "$0" $(pgrep -P "$0")',
    readFileSync(join(builder.folder, "daemon.pid"), "utf8").trim(),
  ]);
}

/** Fills the store of a builder with a `storeSize` completely. */
export async function fillStore(builder: Builder): Promise<void> {
  const filler = createWriteStream(`/proc/${builder.pid}/root${builder.folder}/nix/filler`);
  const full = once(filler, "error");
  const block = Buffer.alloc(1024 * 1024);
  filler.on("drain", () => filler.write(block));
  while (filler.write(block));
  await full;
}

/** Occupies all connections that sshd allows before login, so that it refuses others. */
export async function exhaustStartups(builder: Builder, count: number): Promise<Service> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const socket = connect(builder.port, "127.0.0.1");
    const [greeting] = (await once(socket, "data").catch(() => [""])) as [Buffer | string];
    if (greeting.toString().startsWith("SSH-")) sockets.push(socket);
    // An earlier connection still occupies the slot.
    else await sleep(50);
  }
  return {
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return Promise.resolve();
    },
  };
}

/** Copies the flake of graphs to `folder`, with a salt that makes all of its derivations new. */
export function createGraph(folder: string): string {
  cpSync("test/fixtures/graph", folder, { recursive: true });
  writeFileSync(join(folder, "salt"), randomUUID());
  return `path:${folder}`;
}

/** An sshd on loopback. */
export interface SshServer extends Service {
  readonly port: number;
  readonly knownHosts: string;
  readonly readLog: () => string;
}

/** Starts a jump host that accepts the private key in the file `clientKey`. */
export function startBastion(folder: string, clientKey: string): Promise<SshServer> {
  return startSshServer(folder, clientKey, "/bin/false");
}

/** Starts an sshd that serves the git repositories of this machine to the private key in `clientKey`. */
export function startGitServer(folder: string, clientKey: string): Promise<SshServer> {
  return startSshServer(folder, clientKey, 'git-shell -c "$SSH_ORIGINAL_COMMAND"');
}

async function startSshServer(folder: string, clientKey: string, forceCommand: string): Promise<SshServer> {
  const port = await findFreePort();
  mkdirSync(folder, { recursive: true });
  const args = ["run", String(port), folder, clientKey];
  const env = { FORCE_COMMAND: forceCommand };
  return {
    ...(await startService("script/testbed/bastion", args, port, { env })),
    port,
    knownHosts: readFileSync(join(folder, "known_hosts_line"), "utf8").trim(),
    readLog: () => readFileSync(join(folder, "log"), "utf8"),
  };
}

/** What to run instead of Debian's docker-registry, and whether it deletes anything. */
export interface RegistryOptions {
  readonly program?: string;
  readonly isDeleting?: boolean;
}

export function registryEnv({ program = "docker-registry", isDeleting = true }: RegistryOptions) {
  return { env: { PROGRAM: program, DELETE: isDeleting ? "yes" : "no" } };
}

/** A registry with basic authentication, on loopback. */
export async function startRegistry(
  folder: string,
  options: RegistryOptions = {},
): Promise<Service & { readonly host: string; readonly username: string; readonly password: string }> {
  const port = await findFreePort();
  mkdirSync(folder, { recursive: true });
  const account = { username: "deployer", password: "correct horse battery" };
  const args = ["run", folder, String(port), account.username, account.password];
  return {
    ...(await startService("script/testbed/registry", args, port, registryEnv(options))),
    host: `127.0.0.1:${port}`,
    ...account,
  };
}

/**
 * Registers QEMU for another CPU with the kernel, until the last of its users has stopped; or, with
 * `without`, waits for these users and keeps new ones waiting until it stops.
 */
export async function startBinfmt(
  cpu: string,
  command: "run" | "without" = "run",
): Promise<Service & { readonly kill: () => Promise<void> }> {
  const child = spawn("script/testbed/binfmt", [command, cpu], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "close");
  const [said] = (await Promise.race([once(child.stdout, "data"), ended])) as [Buffer | number | null];
  if (!Buffer.isBuffer(said)) throw new Error(`script/testbed/binfmt ${command} ${cpu} ended at once`);
  return {
    stop: async () => {
      child.stdin.end();
      await ended;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

export async function startService(
  script: string,
  args: readonly string[],
  port: number,
  { env = {}, signal = "SIGTERM" }: { env?: Readonly<Record<string, string>>; signal?: NodeJS.Signals } = {},
): Promise<Service & { readonly pid: number }> {
  const child = spawn(script, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text: Buffer) => {
      said += text.toString();
    });
  }
  for (let i = 0; i < 600 && child.exitCode === null; i++) {
    if (await isListening(port)) {
      return {
        pid: child.pid ?? 0,
        stop: async () => {
          if (child.exitCode !== null || child.signalCode !== null) return;
          child.kill(signal);
          // A builder's other processes end after the killed one, and may listen until the last of them
          // closes the pipes.
          await once(child, signal === "SIGKILL" ? "close" : "exit");
        },
      };
    }
    await sleep(100);
  }
  child.kill(signal);
  throw new Error(`${script} did not start listening: ${said.slice(-1000)}`);
}

function isListening(port: number): Promise<boolean> {
  return new Promise((finish) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      finish(true);
    });
    socket.once("error", () => {
      finish(false);
    });
  });
}

/**
 * The first port for services that need a fixed one. Each of Jest's workers has a thousand. The kernel
 * assigns ports from 32768 on.
 */
let nextPort = 19_000 + 1_000 * Number(process.env["JEST_WORKER_ID"] ?? 1);

/** Returns a port that no one listens on, and that is not returned again. */
export async function findFreePort(): Promise<number> {
  while (await isListening(nextPort)) nextPort++;
  return nextPort++;
}
