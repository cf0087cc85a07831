import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import {
  COMMAND_LIMIT_MS,
  createNixMachine,
  NIX,
  type ReleaseServer,
  serveRelease,
  sha256Of,
} from "../nix-machine.js";
import { removeTemporaryFolders } from "../runner.js";
import { readNixRelease } from "../testbed.js";
import type { Outcome } from "./drivers/install-nix.js";

const RELEASE = readNixRelease("trixie", "xz");
const TARBALL = fileURLToPath(RELEASE["nix-url"]);

let release: ReleaseServer;
const createMachine = () => createNixMachine(() => release.url);

beforeAll(async () => {
  release = await serveRelease();
});

afterAll(() => {
  release.close();
  removeTemporaryFolders();
});

async function waitFor(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 30_000 && !condition(); i++) await sleep(1);
  if (!condition()) throw new Error("the condition did not become true");
}

describe("installing Nix", () => {
  const machine = createMachine();
  let first: Outcome;

  beforeAll(async () => {
    first = await machine.runDriver();
  }, COMMAND_LIMIT_MS);

  it("installs a release", () => {
    expect(first).toMatchObject({
      state: "done",
      installation: {
        kind: "release",
        archive: "download",
        access: "direct",
        version: RELEASE["nix-version"],
      },
    });
    expect(release.requests).toEqual([`/${basename(TARBALL)}`]);
    expect(readdirSync(machine.nix).sort()).toEqual([".cross-build-installed", "store", "var"]);
  });

  it("builds in a sandbox, with its own user ID", async () => {
    expect(Number((await machine.build()).replace("uid ", ""))).toBeGreaterThan(2 ** 29);
  });

  it("survives a garbage collection, with nothing missing or damaged", async () => {
    await machine.read(["sh", "-c", `${NIX}-collect-garbage 2> /dev/null`]);
    expect(
      await machine.read(["sh", "-c", `${NIX} store verify --all --no-trust 2> /dev/null && echo whole`]),
    ).toContain("whole");
  });

  it("is reused by the next run", async () => {
    expect(await machine.runDriver()).toMatchObject({
      state: "done",
      installation: { kind: "earlier-run", access: "direct" },
    });
  });
});

describe("an install with an obstacle", () => {
  it("rejects a release with another digest, and unpacks nothing", async () => {
    const machine = createMachine();
    const sha256 = "a".repeat(64);
    const outcome = await machine.runDriver({ sha256 });
    expect(outcome).toMatchObject({ state: "failed", code: "NIX_DIGEST_MISMATCH" });
    expect(JSON.stringify(outcome)).toContain(sha256);
    expect(JSON.stringify(outcome)).toContain(RELEASE["nix-sha256"]);
    expect(readdirSync(machine.nix)).toEqual([]);
  });

  it("rejects a truncated archive, and leaves nothing of it", async () => {
    const machine = createMachine();
    const file = join(machine.folder, "short.tar.xz");
    writeFileSync(file, readFileSync(TARBALL).subarray(0, 5_000_000));
    const outcome = await machine.runDriver({ url: `file://${file}`, sha256: sha256Of(file) });
    expect(outcome).toMatchObject({ state: "failed", code: "NIX_ARCHIVE_INVALID" });
    expect(readdirSync(machine.nix)).toEqual([]);
  });

  it("rejects an archive that is not a Nix release", async () => {
    const machine = createMachine();
    const file = join(machine.folder, "other.tar.gz");
    mkdirSync(join(machine.folder, "other/store"), { recursive: true });
    await machine.read(["tar", "-czf", file, "-C", machine.folder, "other"]);
    const outcome = await machine.runDriver({ url: `file://${file}`, sha256: sha256Of(file) });
    expect(outcome).toMatchObject({ state: "failed", code: "NIX_ARCHIVE_INVALID" });
  });

  it.each([
    ["is full", "mount -t tmpfs -o size=20m none /nix", "NIX_DISK_FULL"],
    ["is read-only", "mount -t tmpfs -o ro none /nix", "NIX_NOT_WRITABLE"],
    ["belongs to another user", "chown 65534 /nix", "NIX_NOT_WRITABLE"],
    ["has a store of another user", "install -d -o 65534 /nix/store", "NIX_NOT_WRITABLE"],
    ["has store paths, but no Nix", "mkdir -p /nix/store/left", "NIX_HALF_INSTALLED"],
  ])("reports that /nix %s", async (_, prelude, code) => {
    expect(await createMachine().runDriver({}, prelude)).toMatchObject({ state: "failed", code });
  });

  it("takes the right to write to /nix from other users", async () => {
    const machine = createMachine();
    expect(await machine.runDriver({}, "chmod 1777 /nix")).toMatchObject({ state: "done" });
    expect(statSync(machine.nix).mode & 0o7022).toBe(0o1000);
  });

  it("rejects an old Nix whose store is in the way, and installs next to one without a store", async () => {
    const machine = createMachine();
    const folder = join(machine.folder, "old");
    mkdirSync(folder);
    writeFileSync(join(folder, "nix"), "#!/bin/sh\necho 'nix (Nix) 2.3.16'\n", { mode: 0o755 });
    const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}` };
    expect(await machine.runDriver({}, "mkdir -p /nix/store/old", env)).toMatchObject({
      state: "failed",
      code: "HOST_UNSUPPORTED",
    });
    rmSync(join(machine.nix, "store"), { recursive: true });
    expect(await machine.runDriver({}, undefined, env)).toMatchObject({
      state: "done",
      installation: { kind: "release" },
    });
  });

  it("does not change an administrator's nix.conf, and reports it", async () => {
    const machine = createMachine();
    const outcome = await machine.runDriver({}, "echo 'build-users-group =' > /etc/nix/nix.conf");
    expect(outcome).toMatchObject({ state: "done" });
    expect(outcome.log.join("\n")).toContain("existed before this install and is left unchanged");
    expect(await machine.read(["cat", "/etc/nix/nix.conf"])).toBe("build-users-group =\n");
  });
});

describe("an install beside other runs", () => {
  it("repairs the install of a run that was killed", async () => {
    const machine = createMachine();
    const killed = machine.start(machine.drive({}));
    await waitFor(() => existsSync(join(machine.nix, "store")));
    killed.kill("SIGKILL");
    await once(killed, "exit");
    expect(readdirSync(machine.nix)).toContain(".cross-build-installing");

    expect(await machine.runDriver()).toMatchObject({ state: "done", installation: { kind: "release" } });
    expect(await machine.build()).toMatch(/^uid /);
  });

  it("waits for another run, so that one run installs Nix for all", async () => {
    const machine = createMachine();
    const outcomes = await Promise.all(
      ["a", "b", "c"].map((name) => machine.runDriver({ runFolder: join(machine.folder, name) })),
    );
    expect(outcomes.map(({ state }) => state)).toEqual(["done", "done", "done"]);
    const kinds = outcomes.map((outcome) => outcome.state === "done" && outcome.installation?.kind);
    expect(kinds.sort()).toEqual(["earlier-run", "earlier-run", "release"]);
  });
});

describe("two machines of the test bed", () => {
  it("build as different users, so that neither Nix kills builds of the other", async () => {
    const machines = [createMachine(), createMachine()];
    await Promise.all(machines.map((machine) => machine.runDriver()));
    const users = await Promise.all(machines.map((machine) => machine.build()));
    expect(users).toEqual([expect.stringMatching(/^uid /), expect.stringMatching(/^uid /)]);
    expect(new Set(users).size).toBe(2);
  }, 120_000);
});

describe("the daemon of a user who is not root", () => {
  const machine = createMachine();
  const asUser = { isRoot: false };
  const throughDaemon = { NIX_REMOTE: "daemon" };
  const readPid = () => Number(readFileSync(join(machine.folder, "run/nix-daemon"), "utf8").split(" ")[0]);

  afterAll(async () => {
    await machine.runDriver({ ...asUser, task: "stop-daemon" });
  });

  it("is started, builds with its own user ID, and outlives the run", async () => {
    const outcome = await machine.runDriver(asUser);
    expect(outcome).toMatchObject({ state: "done", installation: { kind: "release", access: "daemon" } });
    expect(outcome.log.join("\n")).toContain(`its daemon is process ${readPid()}`);
    expect(Number((await machine.build(throughDaemon)).replace("uid ", ""))).toBeGreaterThan(2 ** 29);
  });

  it("is started again when only its socket file is left", async () => {
    const dead = readPid();
    process.kill(dead, "SIGKILL");
    const outcome = await machine.runDriver(asUser, undefined, throughDaemon);
    expect(outcome).toMatchObject({
      state: "done",
      installation: { kind: "earlier-run", access: "daemon" },
    });
    expect(readPid()).not.toBe(dead);
    expect(await machine.build(throughDaemon)).toMatch(/^uid /);
  });

  const other = join(machine.folder, "other-run");

  it("is not started twice", async () => {
    const pid = readPid();
    const outcome = await machine.runDriver({ ...asUser, runFolder: other }, undefined, throughDaemon);
    expect(outcome).toMatchObject({ state: "done", installation: { kind: "earlier-run", access: "daemon" } });
    expect(readPid()).toBe(pid);
  });

  it("keeps running while another run uses it, and is then stopped by that run", async () => {
    const pid = readPid();
    const isRunning = () => existsSync(`/proc/${pid}/exe`);
    await machine.runDriver({ ...asUser, task: "stop-daemon" });
    expect(isRunning()).toBe(true);
    expect(await machine.build(throughDaemon)).toMatch(/^uid /);
    await machine.runDriver({ ...asUser, task: "stop-daemon", runFolder: other });
    expect(isRunning()).toBe(false);
    expect(existsSync(join(machine.folder, "run/nix-daemon"))).toBe(false);
  });

  it("is not started if this action did not install Nix: the run fails", async () => {
    const foreign = "rm -f /nix/.cross-build-installed";
    const outcome = await machine.runDriver(asUser, foreign, throughDaemon);
    expect(outcome).toMatchObject({ state: "failed", code: "NIX_DAEMON_FAILED" });
  });
});
