import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";

import { removeKilledRuns } from "../../src/action/killed-runs.js";
import { makeRunFolder } from "../../src/action/run-folder.js";
import { removeOrphans } from "../../src/pipeline/clean-up.js";
import { closeRun } from "../../src/action/session.js";
import { systemClock } from "../../src/platform/clock.js";
import { createRunCommand, type RunCommand } from "../../src/platform/command.js";
import { identifyProcess } from "../../src/platform/process-identity.js";
import { keepKeys } from "../../src/ssh/agent.js";
import { renderSshConfig } from "../../src/ssh/config-file.js";
import { parsePrivateKey } from "../../src/ssh/key.js";
import { makeTemporaryFolder, removeTemporaryFolders, UNPRIVILEGED_ID } from "../runner.js";
import { createSilentLog } from "../silent-log.js";

const DRIVERS = resolve("test/integration/drivers");
const log = createSilentLog();
const run = createRunCommand(new AbortController().signal, {
  started: () => undefined,
  ended: () => undefined,
});
const started: ChildProcess[] = [];

function start(tool: string, args: readonly string[], options: { readonly uid?: number } = {}): ChildProcess {
  const child = spawn(tool, args, { stdio: ["pipe", "pipe", "inherit"], ...options });
  started.push(child);
  return child;
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** A process that has ended. */
async function identifyEnded(): Promise<string> {
  const child = start("sleep", ["60"]);
  const identity = identifyProcess(child.pid ?? 0);
  child.kill("SIGKILL");
  await once(child, "exit");
  return identity;
}

/** What the next run of this user does when it starts. */
function startNextRun(base: string): Promise<void> {
  return removeKilledRuns({ log, canBecomeRoot: false, runAsRoot: run }, base, (dead) => closeRun(dead, log));
}

afterAll(() => {
  for (const child of started) child.kill("SIGKILL");
  removeTemporaryFolders();
});

describe("the run folders in a temporary folder that users share", () => {
  const base = makeTemporaryFolder("shared");
  chmodSync(base, 0o1777);

  it("are removed with their processes if they are this user's and the run is over", async () => {
    const folder = join(base, "cross-build-00000000000a");
    makeRunFolder(folder, await identifyEnded());
    const left = spawn("sleep", ["60"], { detached: true });
    started.push(left);
    writeFileSync(join(folder, "processes"), `+ ${identifyProcess(left.pid ?? 0)}\n`);
    const ended = once(left, "exit");
    await startNextRun(base);
    expect(await ended).toEqual([null, "SIGKILL"]);
    expect(existsSync(folder)).toBe(false);
  });

  it.each([
    ["made by another user", (folder: string) => execFileSync("mkdir", [folder], { uid: UNPRIVILEGED_ID })],
    [
      "writable for another user",
      (folder: string) => {
        mkdirSync(folder);
        chmodSync(folder, 0o777);
      },
    ],
  ])("kill no process and are left alone if they are %s", async (_, make) => {
    const folder = join(base, "cross-build-0123456789ab");
    const owner = await identifyEnded();
    const victim = spawn("sleep", ["60"], { detached: true });
    started.push(victim);
    const identity = identifyProcess(victim.pid ?? 0);
    make(folder);
    const plant = 'echo "$1" > owner; echo "+ $2" > processes; echo "$2" > nix-daemon';
    execFileSync("sh", ["-c", plant, "sh", owner, identity], { cwd: folder, uid: UNPRIVILEGED_ID });
    await startNextRun(base);
    await sleep(200);
    expect(isRunning(victim)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(["nix-daemon", "owner", "processes"]);
    rmSync(folder, { recursive: true });
  });

  it("stop no process as root that is not a Nix daemon, even if they are this user's", async () => {
    const folder = join(base, "cross-build-00000000000b");
    makeRunFolder(folder, await identifyEnded());
    const other = start("sleep", ["60"]);
    writeFileSync(join(folder, "nix-daemon"), `${identifyProcess(other.pid ?? 0)}\n`);
    await startNextRun(base);
    expect(isRunning(other)).toBe(true);
    expect(existsSync(folder)).toBe(false);
  });

  it("are left alone while their owner runs in a container, where PIDs count differently", async () => {
    const folder = join(base, "cross-build-00000000000c");
    const holder = start("unshare", [
      ...["--pid", "--fork", "--kill-child", "--mount-proc", process.execPath],
      ...["--import", resolve("script/typescript.ts"), join(DRIVERS, "hold-run-folder.ts"), folder],
    ]);
    if (holder.stdout !== null) await once(holder.stdout, "data");
    await startNextRun(base);
    expect(readdirSync(folder)).toEqual(["owner"]);
    holder.kill("SIGKILL");
  }, 120_000);
});

describe("the ssh configurations of a host's runs", () => {
  const files = {
    identityAgent: "none",
    certified: [],
    knownHostsFile: "/dev/null",
    connectTimeoutS: 10,
    certificateFolder: "/",
    hasKnownHostsCommand: true,
  };
  const drop = "/etc/ssh/ssh_config.d";
  const removed: string[] = [];
  const runAsRoot: RunCommand = (tool, args) => {
    removed.push([tool, ...args].join(" "));
    return Promise.resolve({ exitCode: 0, stdout: "", stderr: "" });
  };
  /** What another user's run does when it starts. Only the calling process's effective user changes. */
  const startAs = async (uid: number) => {
    removed.length = 0;
    process.seteuid?.(uid);
    try {
      await removeOrphans(runAsRoot);
    } finally {
      process.seteuid?.(0);
    }
    return removed;
  };
  beforeEach(() => {
    mkdirSync(drop, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", drop]);
  });
  const write = (nonce: string, text: string, ending = "conf") => {
    writeFileSync(join(drop, `10-cross-build-${nonce}.${ending}`), text);
  };
  const home = makeTemporaryFolder("home");
  chmodSync(home, 0o755);
  const runFolder = join(home, "private/cross-build-aaaaaaaaaaaa");

  it("outlive the start of another user's run, who may not look into their run folder", async () => {
    mkdirSync(runFolder, { recursive: true });
    chmodSync(join(home, "private"), 0o700);
    write("aaaaaaaaaaaa", renderSshConfig([], files, { runFolder, owner: await identifyEnded() }));
    expect(await startAs(UNPRIVILEGED_ID)).toEqual([]);
  });

  it("outlive it while they are being written", async () => {
    write("bbbbbbbbbbbb", "");
    write("bbbbbbbbbbbb", "# cross-build, run", "new");
    expect(await startAs(UNPRIVILEGED_ID)).toEqual([]);
    expect(await startAs(0)).toEqual([]);
  });

  it("outlive it while their owner runs, whose folder may be in another mount namespace", async () => {
    const owner = identifyProcess(process.pid);
    write("cccccccccccc", renderSshConfig([], files, { runFolder: "/not/here", owner }));
    expect(await startAs(UNPRIVILEGED_ID)).toEqual([]);
  });

  it("are removed if their run folder is gone", async () => {
    const owner = await identifyEnded();
    write("dddddddddddd", renderSshConfig([], files, { runFolder: join(home, "gone"), owner }));
    expect(await startAs(UNPRIVILEGED_ID)).toEqual([
      `rm -f -- ${drop}/10-cross-build-dddddddddddd.conf ${drop}/10-cross-build-dddddddddddd.new`,
    ]);
  });
});

describe("the ssh-agent of a run that is killed", () => {
  const findAgent = (socket: string) =>
    readdirSync("/proc")
      .filter((pid) => /^[0-9]+$/.test(pid))
      .filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(`\0${socket}\0`);
        } catch {
          return false;
        }
      });

  it("ends within seconds, although the runner has deleted the run's record of it", async () => {
    const temp = makeTemporaryFolder("agent");
    const runFolder = join(temp, "cross-build-00000000000d");
    const keyFile = join(temp, "id");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", keyFile]);
    // The runner's worker, which lives as long as the job.
    const worker = start("sleep", ["120"]);
    const owner = identifyProcess(worker.pid ?? 0);
    makeRunFolder(runFolder, owner);
    const key = await parsePrivateKey(readFileSync(keyFile, "utf8"));
    const environment = { PATH: process.env["PATH"] };
    const effects = { run, runFolder, owner, environment, clock: systemClock, log };
    const { agentSocket = "" } = await keepKeys([key], effects);
    expect(agentSocket).not.toBe("");
    await sleep(7_000);
    expect(findAgent(agentSocket)).not.toEqual([]);

    worker.kill("SIGKILL");
    await once(worker, "exit");
    rmSync(runFolder, { recursive: true });
    for (let i = 0; i < 150 && findAgent(agentSocket).length > 0; i++) await sleep(100);
    expect(findAgent(agentSocket)).toEqual([]);
  }, 60_000);
});
