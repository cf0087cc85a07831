import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readReport } from "../job.js";
import {
  createRunner,
  makeTemporaryFolder,
  pathWithout,
  removeTemporaryFolders,
  type Runner,
} from "../runner.js";
import { type Builder, startBuilder } from "../testbed.js";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const CLI = resolve("dist/cli/index.js");
const machine = makeTemporaryFolder("agent");
let builder: Builder;

beforeAll(async () => {
  builder = await startBuilder(join(machine, "builder"));
}, 120_000);
afterAll(async () => {
  await builder.stop();
  removeTemporaryFolders();
});

/** The state of a usable builder; on a busy machine that is degraded. */
const USABLE = { state: expect.stringMatching(/^(?:ready|degraded)$/) as unknown };

const inputs = () => ({
  ...COMMON,
  installables: `path:${FIXTURE}#image`,
  strategy: "remote",
  builders: builder.line,
  "ssh-private-key": builder.key,
  "ssh-known-hosts": builder.knownHosts,
});

/** Finds the PIDs of the agents whose arguments name a folder. */
function findAgents(folder: string): readonly string[] {
  return readProcesses("cmdline")
    .filter(({ text }) => text.startsWith("ssh-agent\0") && text.includes(folder))
    .map(({ pid }) => pid);
}

function readProcesses(
  file: "cmdline" | "environ",
): readonly { readonly pid: string; readonly text: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        return [{ pid, text: readFileSync(`/proc/${pid}/${file}`, "latin1") }];
      } catch {
        return [];
      }
    });
}

/** Looks only for the lines of the key itself: its first and last line are in every key. */
const hasKey = (text: string) =>
  builder.key
    .split("\n")
    .slice(1, -2)
    .some((line) => text.includes(line));

function findKeyFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => {
      try {
        return hasKey(readFileSync(file, "latin1"));
      } catch {
        return false; // The file is gone already.
      }
    });
}

const findRunFolders = (runner: Runner) =>
  readdirSync(runner.temp).filter((name) => /^cross-build-[0-9a-f]+$/.test(name));

describe.each([
  ["root", {}],
  ["a user with a daemon of root", { isUnprivileged: true }],
  ["a user without root", { isRootless: true }],
])("the ssh-agent of a run, for %s", (_, options) => {
  it("keeps the key out of files, arguments and environments, and ends with post", async () => {
    const runner = createRunner("isRootless" in options ? makeTemporaryFolder("rootless") : machine, options);
    const step = runner.startStep({ action: "setup", inputs: inputs() });
    const seen = new Set<string>();
    while (step.child.exitCode === null) {
      for (const { pid, text } of readProcesses("cmdline")) if (hasKey(text)) seen.add(`arguments of ${pid}`);
      for (const { pid, text } of readProcesses("environ")) {
        // Only the step's own process has the key in its environment, as an input from the runner.
        if (hasKey(text) && !text.includes("INPUT_SSH-PRIVATE-KEY=")) seen.add(`environment of ${pid}`);
      }
      for (const file of findKeyFiles(runner.temp)) seen.add(file);
      await sleep(15);
    }
    const main = await step.result;
    if (main.exitCode !== 0) throw new Error(main.log);
    expect([...seen]).toEqual([]);
    expect(JSON.parse(main.outputs["builders"] ?? "")).toMatchObject([USABLE]);
    expect(findKeyFiles(runner.folder)).toEqual([]);

    // The agent outlives main, for later steps.
    const [folder = ""] = findRunFolders(runner);
    const socket = join(runner.temp, folder, "agent");
    expect(findAgents(runner.folder)).toHaveLength(1);
    const listed = execFileSync("ssh-add", ["-L"], {
      encoding: "utf8",
      env: { ...process.env, SSH_AUTH_SOCK: socket },
    });
    expect(listed.split("\n").filter((line) => line !== "")).toHaveLength(1);

    const post = await runner.runStep({ action: "setup", state: main.state });
    expect(post.log).not.toContain("::warning");
    expect(findAgents(runner.folder)).toEqual([]);
    expect(existsSync(socket)).toBe(false);
    expect(findRunFolders(runner)).toEqual([]);
  }, 240_000);
});

describe("the ssh-agent of a run", () => {
  it("is replaced by a private key file if ssh-agent cannot be used", async () => {
    const runner = createRunner(machine);
    const temp = join(runner.temp, "long".repeat(20));
    mkdirSync(temp);
    for (const env of [
      { PATH: pathWithout("ssh-agent") },
      { PATH: pathWithout("ssh-add") },
      { PATH, RUNNER_TEMP: temp },
    ]) {
      const main = await runner.runStep({ inputs: inputs(), env: { ...env, RUNNER_DEBUG: "1" } });
      if (main.exitCode !== 0) throw new Error(main.log);
      expect(main.log).toMatch(/^::debug::no ssh-agent available, using key files in the run's folder: /m);
      expect(readReport(main).builders).toMatchObject([USABLE]);
      expect(
        findKeyFiles(runner.folder).map((file) => [basename(file), statSync(file).mode & 0o777]),
      ).toEqual([["id", 0o600]]);
      await runner.runStep({ state: main.state, env });
      expect(findKeyFiles(runner.folder)).toEqual([]);
      expect(findAgents(runner.folder)).toEqual([]);
    }
  }, 240_000);

  it("is stopped when the CLI ends, or after a hard kill when the CLI is next started", async () => {
    const folder = makeTemporaryFolder("cli-agent");
    const keyFile = join(makeTemporaryFolder("key"), "id");
    writeFileSync(keyFile, builder.key, { mode: 0o600 });
    const startCli = (installable: string) => {
      const flags = Object.entries({
        ...inputs(),
        installables: `path:${FIXTURE}#${installable}`,
        "ssh-private-key": keyFile,
        report: join(folder, "report.json"),
      });
      const args = flags.flatMap(([name, text]) => [`--${name}`, text]);
      return spawn("script/testbed/isolated", [machine, process.execPath, CLI, "build", ...args], {
        cwd: process.cwd(),
        stdio: "ignore",
        env: { ...process.env, HOME: folder, TMPDIR: folder, RUNNER_TEMP: undefined },
      });
    };
    const killed = startCli("slow");
    // The next start can only find an agent that the run has recorded.
    const isRecorded = () =>
      globSync(`${folder}/cross-build-*/processes`).some((ledger) =>
        findAgents(folder).some((pid) => readFileSync(ledger, "utf8").includes(`+ ${pid} `)),
      );
    while (killed.exitCode === null && !isRecorded()) await sleep(20);
    const agents = findAgents(folder);
    expect(agents).toHaveLength(1);
    killed.kill("SIGKILL");
    await once(killed, "exit");

    const next = startCli("image");
    expect(await once(next, "exit")).toEqual([0, null]);
    expect(findAgents(folder)).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.startsWith("cross-build-"))).toEqual([]);
  }, 240_000);

  it.each([
    ["rsa", ["-b", "2048", "-m", "PEM"]],
    ["ecdsa", []],
  ])(
    "also holds a key of the type %s",
    async (type, options) => {
      const file = join(makeTemporaryFolder(type), "id");
      execFileSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-f", file, ...options]);
      appendFileSync(join(machine, "builder/authorized_keys"), readFileSync(`${file}.pub`));
      const runner = createRunner(machine);
      const key = readFileSync(file, "utf8").replaceAll("\n", "\\n");
      const main = await runner.runStep({ action: "setup", inputs: { ...inputs(), "ssh-private-key": key } });
      if (main.exitCode !== 0) throw new Error(main.log);
      expect(JSON.parse(main.outputs["builders"] ?? "")).toMatchObject([USABLE]);
      expect(main.log).not.toContain("no ssh-agent");
      await runner.runStep({ action: "setup", state: main.state });
    },
    120_000,
  );
});
