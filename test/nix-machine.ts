import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

import type { Order, Outcome } from "./integration/drivers/install-nix.js";
import { makeTemporaryFolder } from "./runner.js";
import { readNixRelease } from "./testbed.js";

const RELEASE = readNixRelease("trixie", "xz");
const DRIVERS = resolve("test/integration/drivers");
export const NIX = "/nix/var/nix/profiles/default/bin/nix";
export const COMMAND_LIMIT_MS = 60_000;

/** A build that prints its user ID on the host. Every evaluation is another derivation. */
const WHO = `derivation {
  name = "who-\${toString builtins.currentTime}";
  system = builtins.currentSystem;
  builder = "/bin/sh";
  args = [
    "-c"
    "while read -r inside outside count; do echo uid $outside; done < /proc/self/uid_map > $out"
  ];
}`;

export interface ReleaseServer {
  readonly url: string;
  /** The requested paths. */
  readonly requests: string[];
  readonly close: () => void;
}

/** A mirror on loopback that serves the testbed's release under every name. */
export async function serveRelease(): Promise<ReleaseServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    createReadStream(fileURLToPath(RELEASE["nix-url"])).pipe(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = address === null || typeof address === "string" ? 0 : address.port;
  return { url: `http://127.0.0.1:${port}`, requests, close: () => server.close() };
}

export function sha256Of(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

/**
 * A machine with its own /nix and /etc/nix, where the driver installs the release that `serverUrl()` serves.
 */
export function createNixMachine(serverUrl: () => string) {
  const folder = makeTemporaryFolder("nix");
  const order: Omit<Order, "url"> = {
    task: "install",
    version: RELEASE["nix-version"],
    sha256: RELEASE["nix-sha256"],
    runFolder: join(folder, "run"),
    cacheFolder: join(folder, "cache"),
    isRoot: true,
  };

  /** Starts a command on the machine after `prelude`, shell code that prepares its mounts. */
  const start = (
    command: readonly string[],
    prelude = "true",
    env: Record<string, string> = {},
  ): ChildProcess => {
    const shell = ["sh", "-ec", `${prelude}; exec "$@"`, "sh"];
    const child = spawn("script/testbed/isolated", [folder, ...shell, ...command], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { PATH: process.env["PATH"], HOME: folder, ...env },
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), COMMAND_LIMIT_MS);
    child.once("exit", () => {
      clearTimeout(timer);
    });
    return child;
  };
  const read = async (...parameters: Parameters<typeof start>): Promise<string> => {
    const { stdout } = start(...parameters);
    return stdout === null ? "" : text(stdout);
  };
  const drive = (changes: Partial<Order>) => [
    process.execPath,
    "--import",
    resolve("script/typescript.ts"),
    join(DRIVERS, "install-nix.ts"),
    JSON.stringify({ ...order, url: serverUrl(), ...changes } satisfies Order),
  ];

  return {
    folder,
    nix: join(folder, "nix"),
    start,
    read,
    drive,
    runDriver: async (changes: Partial<Order> = {}, prelude?: string, env?: Record<string, string>) =>
      JSON.parse(await read(drive(changes), prelude, env)) as Outcome,
    build: (env: Record<string, string> = {}) =>
      read(
        [
          "sh",
          "-c",
          `cat $(${NIX} build --quiet --impure --no-link --print-out-paths ` +
            `--option substituters "" --expr "$1")`,
          "sh",
          WHO,
        ],
        undefined,
        env,
      ),
  };
}
