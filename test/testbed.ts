import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A part of the test bed that runs beside the tests. */
export interface Service {
  readonly stop: () => Promise<void>;
}

export interface Builder extends Service {
  /** For the inputs builders, ssh-private-key and ssh-known-hosts. */
  readonly line: string;
  readonly key: string;
  readonly knownHosts: string;
}

/** The Debian suites whose Nix the test bed has: Debian 13's, the newest, and Debian 12's. */
export type NixSuite = "trixie" | "sid" | "bookworm";

/** The inputs that install the Nix of a Debian suite, from the release tarball that `script/test` made. */
export function readNixRelease(
  suite: NixSuite = "trixie",
): Readonly<Record<"nix-version" | "nix-url" | "nix-sha256", string>> {
  const folder = resolve(".testbed/nix");
  const name = readlinkSync(join(folder, `${suite}.latest`));
  return {
    "nix-version": name.split("-")[1] ?? "",
    "nix-url": `file://${join(folder, name)}`,
    "nix-sha256": readFileSync(join(folder, `${name}.sha256`), "utf8").trim(),
  };
}

/** A builder with a Nix store of its own, behind sshd on loopback. */
export async function startBuilder(folder: string, suite: NixSuite = "trixie"): Promise<Builder> {
  const port = await findFreePort();
  mkdirSync(folder, { recursive: true });
  const service = await startService(
    "script/testbed/builder",
    ["run", "builder", String(port), folder],
    port,
    { NIX_SUITE: suite },
  );
  return {
    ...service,
    line: readFileSync(join(folder, "builders_line"), "utf8").trim(),
    key: readFileSync(join(folder, "id_ed25519"), "utf8"),
    knownHosts: readFileSync(join(folder, "known_hosts_line"), "utf8").trim(),
  };
}

/** Debian's docker-registry with basic authentication, on loopback. */
export async function startRegistry(
  folder: string,
): Promise<Service & { readonly host: string; readonly username: string; readonly password: string }> {
  const port = await findFreePort();
  mkdirSync(folder, { recursive: true });
  const account = { username: "deployer", password: "correct horse battery" };
  const args = ["run", folder, String(port), account.username, account.password];
  return {
    ...(await startService("script/testbed/registry", args, port)),
    host: `127.0.0.1:${port}`,
    ...account,
  };
}

/**
 * The environment in which Podman keeps all it has in `folder`, and Docker does not answer. With runc and limits of its own, since a
 * test machine may be a container itself.
 */
export function preparePodman(folder: string): Readonly<Record<string, string>> {
  const containers = join(folder, "containers.conf");
  const storage = join(folder, "storage.conf");
  writeFileSync(
    containers,
    `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
`,
  );
  writeFileSync(
    storage,
    `[storage]
driver = "overlay"
graphroot = "${join(folder, "storage")}"
runroot = "${join(folder, "run")}"
`,
  );
  return {
    DOCKER_HOST: "unix:///nonexistent/docker.sock",
    CONTAINERS_CONF: containers,
    CONTAINERS_STORAGE_CONF: storage,
  };
}

/** QEMU for another CPU, registered with the kernel until `stop`. */
export function startBinfmt(cpu: string): Service {
  execFileSync("script/testbed/binfmt", ["on", cpu]);
  return {
    stop: () => {
      execFileSync("script/testbed/binfmt", ["off", cpu]);
      return Promise.resolve();
    },
  };
}

async function startService(
  script: string,
  args: readonly string[],
  port: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Service> {
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
        stop: async () => {
          if (child.exitCode !== null) return;
          child.kill("SIGTERM");
          await once(child, "exit");
        },
      };
    }
    await sleep(100);
  }
  child.kill("SIGTERM");
  throw new Error(`${script} does not come up: ${said.slice(-1000)}`);
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

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
