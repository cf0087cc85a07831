import { execFile, execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { afterAll, afterEach, describe, expect, it } from "@jest/globals";

import { COMMON, readReport } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { readThrough, startRelay } from "../tcp-relay.js";
import {
  asInputs,
  type Builder,
  type BuilderOptions,
  changeHostKey,
  createGraph,
  exhaustStartups,
  fillStore,
  killBuilder,
  killDaemon,
  restartBuilder,
  revokeKey,
  type Service,
  startBinfmt,
  startBuilder,
} from "../testbed.js";

const bed = makeTemporaryFolder("testbed");
const services: Service[] = [];

afterEach(async () => {
  for (const service of services.splice(0).toReversed()) await service.stop();
});
afterAll(() => {
  removeTemporaryFolders();
});

async function start(name: string, options: BuilderOptions = {}): Promise<Builder> {
  return own(await startBuilder(join(bed, name), options));
}

function own<T extends Service>(service: T): T {
  services.push(service);
  return service;
}

/** Runs a command on a builder, with plain ssh that trusts only the known_hosts line. */
async function ask(
  builder: Pick<Builder, "folder" | "line" | "knownHosts">,
  command: string,
): Promise<string> {
  const [, user = "", port = ""] = /ssh-ng:\/\/([a-z]+)@127.0.0.1:([0-9]+)/.exec(builder.line) ?? [];
  const knownHosts = join(bed, `known_hosts-${port}`);
  writeFileSync(knownHosts, `${builder.knownHosts}\n`);
  const options = [
    "StrictHostKeyChecking=yes",
    "BatchMode=yes",
    "ConnectTimeout=2",
    `UserKnownHostsFile=${knownHosts}`,
  ];
  const { stdout } = await promisify(execFile)(
    "ssh",
    ["-F", "none", "-n", "-p", port, "-i", join(builder.folder, "id_ed25519")]
      .concat(options.flatMap((option) => ["-o", option]))
      .concat([`${user}@127.0.0.1`, command]),
  );
  return stdout.trim();
}

const STORE_INFO = "nix --extra-experimental-features nix-command store info --json";

describe("a builder of the test bed", () => {
  it("has the user root and its own store", async () => {
    const builder = await start("root");
    expect(await ask(builder, "id -un; uname -m; readlink /nix/var/nix/profiles/default")).toMatch(
      /^root\nx86_64\n\/nix\/store\/.*-nix-2\.26\./,
    );
  }, 120_000);

  it.each([
    ["trusts", 1],
    ["distrusts", 0],
  ] as const)(
    "has a user other than root, whom its daemon %s",
    async (daemon, trusted) => {
      const builder = await start(daemon, { daemon, suite: "sid" });
      expect(await ask(builder, "id -un")).toBe("builder");
      expect(JSON.parse(await ask(builder, STORE_INFO))).toMatchObject({
        url: "daemon",
        trusted: Boolean(trusted),
      });
    },
    120_000,
  );

  it("can lose its daemon and keep its sshd", async () => {
    const builder = await start("headless", { daemon: "trusts" });
    killDaemon(builder);
    await expect(ask(builder, STORE_INFO)).rejects.toThrow("cannot connect to socket");
    expect(await ask(builder, "echo here")).toBe("here");
  }, 120_000);

  it("can be killed with all its sessions, and restarts with its old state", async () => {
    const builder = await start("killed");
    const session = expect(ask(builder, "echo begun > /run/cross-build/mark; sleep 60")).rejects.toThrow();
    for (let i = 0; i < 100 && (await ask(builder, "cat /run/cross-build/mark || true")) === ""; i++)
      await sleep(50);
    await killBuilder(builder);
    await session;
    await expect(ask(builder, "true")).rejects.toThrow("Connection refused");
    const again = own(await restartBuilder(builder));
    expect([again.line, again.key, again.knownHosts]).toEqual([
      builder.line,
      builder.key,
      builder.knownHosts,
    ]);
    expect(await ask(builder, "cat /run/cross-build/mark; pgrep sleep || echo none")).toBe("begun\nnone");
  }, 120_000);

  it("can change its host key", async () => {
    const builder = await start("changed");
    const changed = own(await changeHostKey(builder));
    await expect(ask(builder, "true")).rejects.toThrow("Host key verification failed");
    expect(await ask(changed, "echo here")).toBe("here");
  }, 120_000);

  it("can refuse all logins", async () => {
    const builder = await start("revoked");
    revokeKey(builder);
    await expect(ask(builder, "true")).rejects.toThrow("Permission denied (publickey).");
  }, 120_000);

  it("refuses logins beyond its limit", async () => {
    const builder = await start("narrow", { maxStartups: "2" });
    const held = await exhaustStartups(builder, 2);
    await expect(ask(builder, "true")).rejects.toThrow("kex_exchange_identification");
    await held.stop();
  }, 120_000);

  it("can have no space left in its store", async () => {
    const builder = await start("small", { storeSize: "200m" });
    expect(await ask(builder, "echo 1234 > /nix/file; cat /nix/file")).toBe("1234");
    await fillStore(builder);
    await expect(ask(builder, "echo 1234 > /nix/another")).rejects.toThrow(
      /No space left on device|I\/O error/,
    );
  }, 120_000);

  it("can be draining", async () => {
    const builder = await start("draining");
    mkdirSync(join(builder.folder, "run/draining"));
    expect(await ask(builder, "ls /run/cross-build")).toBe("draining");
  }, 120_000);

  it("can be behind a relay with latency, cut connections and dropped packets", async () => {
    const builder = await start("far");
    const relay = own(await startRelay(builder.port, 10));
    const far = readThrough(relay, builder);
    expect(await ask(far, "echo here")).toBe("here");
    expect(relay.countBytes()).toBeGreaterThan(1000);

    const session = expect(ask(far, "sleep 60")).rejects.toThrow();
    await sleep(500);
    relay.cut();
    await session;
    expect(await ask(far, "echo here")).toBe("here");

    relay.blackHole();
    await expect(ask(far, "true")).rejects.toThrow(/timed out/);
    expect(await ask(builder, "echo here")).toBe("here");
  }, 120_000);
});

it("shares a line among the connections of a relay, and keeps the order of their bytes", async () => {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    buffer(socket).then(
      (received) => socket.end(received),
      () => socket.destroy(),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const sent = randomBytes(2e6);
  const bytesPerSecond = 20e6;
  const relay = await startRelay((server.address() as AddressInfo).port, 5, bytesPerSecond);
  try {
    const began = performance.now();
    const echo = async () => {
      const socket = connect(relay.port, "127.0.0.1");
      socket.end(sent);
      return (await buffer(socket)).equals(sent);
    };
    expect(await Promise.all([echo(), echo()])).toEqual([true, true]);
    // There on one line and back on another, one after the other.
    expect(performance.now() - began).toBeGreaterThan((1000 * 3 * sent.length) / bytesPerSecond);
    expect(relay.countBytes()).toBe(4 * sent.length);
  } finally {
    await relay.stop();
    server.close();
  }
});

it("keeps the build users of a machine until its folder is removed", () => {
  const [one, two, three] = ["uids-1", "uids-2", "uids-3"].map((name) => makeTemporaryFolder(name));
  const env = { ...process.env, RANGES: makeTemporaryFolder("ranges") };
  const readStart = (folder = "") =>
    Number(execFileSync("script/testbed/build-uids", [folder], { encoding: "utf8", env }));
  const start = readStart(one);
  expect(readStart(two)).toBe(start + 2 ** 20);
  expect(readStart(one)).toBe(start);
  rmSync(one ?? "", { recursive: true });
  expect(readStart(three)).toBe(start);
});

it("isolates a box from network and processes, and terminates everything in it at its end", () => {
  const inside =
    "setsid sleep 54321 & ls /sys/class/net /proc | grep -c '^[1-9]'; ip -brief link | wc -l; exit 7";
  const { status, stdout } = spawnSync("script/testbed/box", ["/bin/bash", "-c", inside], {
    encoding: "utf8",
  });
  const [processes, interfaces] = stdout.trim().split("\n").map(Number);
  expect({ status, interfaces }).toEqual({ status: 7, interfaces: 1 });
  expect(processes).toBeLessThan(10);
  expect(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })).not.toContain("sleep 54321");
});

it("keeps QEMU registered until its last user is gone, even if one was killed", async () => {
  // The machine has one register, and another checkout may be running this test.
  const alone = spawn("flock", ["/run/cross-build-testbed/riscv64.lock", "sh", "-c", "echo; cat"]);
  await once(alone.stdout, "data");
  const isRegistered = () => existsSync("/proc/sys/fs/binfmt_misc/qemu-riscv64");
  const before = isRegistered();
  const users = [
    await startBinfmt("riscv64"),
    await startBinfmt("riscv64"),
    await startBinfmt("riscv64"),
  ] as const;
  expect(isRegistered()).toBe(true);
  await users[0].stop();
  await users[1].kill();
  expect(isRegistered()).toBe(true);
  await users[2].stop();
  expect(isRegistered()).toBe(before);
  alone.stdin.end();
  await once(alone, "close");
});

it("shares a graph among three builders of two Nix versions, one with a daemon", async () => {
  const one = await start("one", { maxJobs: 2 });
  const pool = [
    one,
    await start("two", { suite: "sid", like: one, maxJobs: 2 }),
    await start("three", { daemon: "trusts", like: one, maxJobs: 2 }),
  ];
  const machine = makeTemporaryFolder("client");
  const step = await createRunner(machine).runStep({
    inputs: {
      ...COMMON,
      installables: `${createGraph(join(machine, "graph"))}#graph`,
      strategy: "remote",
      ...asInputs(pool),
    },
  });
  if (step.exitCode !== 0) throw new Error(step.log);
  const { builds } = readReport(step);
  expect(builds).toHaveLength(40);
  expect(new Set(builds.map(({ place }) => place))).toEqual(
    new Set(pool.map(({ port }) => `ssh-ng://127.0.0.1:${port}`)),
  );
}, 240_000);

it("builds for another CPU on a builder of that CPU", async () => {
  own(await startBinfmt("aarch64"));
  const builder = await start("aarch64", { cpu: "aarch64" });
  const machine = makeTemporaryFolder("client");
  const step = await createRunner(machine).runStep({
    inputs: {
      ...COMMON,
      installables: `${createGraph(join(machine, "graph"))}#chain`,
      systems: "aarch64-linux",
      strategy: "remote",
      // An emulated Nix takes seconds to answer on a busy machine.
      "builder-timeout": "30",
      ...asInputs([builder]),
    },
  });
  if (step.exitCode !== 0) throw new Error(step.log);
  const report = readReport(step);
  expect(report.builds.map(({ place }) => place)).toEqual(
    Array.from({ length: 10 }, () => `ssh-ng://127.0.0.1:${builder.port}`),
  );
  const [path = ""] = report.storePaths;
  expect(readFileSync(join(machine, path), "utf8").split("\n")).toContain("chain-9 on aarch64");
}, 240_000);
