import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
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

/** A busy machine makes a builder degraded. */
const USABLE = { state: expect.stringMatching(/^(?:ready|degraded)$/) as unknown };

const inputs = () => ({
  ...COMMON,
  installables: `path:${FIXTURE}#image`,
  strategy: "remote",
  builders: builder.line,
  "ssh-private-key": builder.key,
  "ssh-known-hosts": builder.knownHosts,
});

/** The agents whose arguments name a folder, by their PIDs. */
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

/** The lines of the key alone: those around it are everywhere. */
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
        return false; // It is gone again.
      }
    });
}

const findRunFolders = (runner: Runner) =>
  readdirSync(runner.temp).filter((name) => /^cross-build-[0-9a-f]+$/.test(name));

describe.each([
  ["root", {}],
  ["a user with a daemon of root's", { isUnprivileged: true }],
  ["a user without root", { isRootless: true }],
])("the ssh-agent of a run, for %s", (_, options) => {
  it("has the key, which is on no disk and in no process's arguments or environment, and is gone after post", async () => {
    const runner = createRunner("isRootless" in options ? makeTemporaryFolder("rootless") : machine, options);
    const step = runner.startStep({ action: "setup", inputs: inputs() });
    const seen = new Set<string>();
    while (step.child.exitCode === null) {
      for (const { pid, text } of readProcesses("cmdline")) if (hasKey(text)) seen.add(`arguments of ${pid}`);
      for (const { pid, text } of readProcesses("environ")) {
        // The runner itself gives the inputs to the step in its environment, and to nothing else.
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

    // It outlives main, for the steps that follow.
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
  it("gives way to a file that nobody else can read, where there is none or the folder's path is too long", async () => {
    const runner = createRunner(machine);
    const temp = join(runner.temp, "long".repeat(20));
    mkdirSync(temp);
    for (const env of [
      { PATH: pathWithout("ssh-agent") },
      { PATH: pathWithout("ssh-add") },
      { PATH, RUNNER_TEMP: temp },
    ]) {
      const main = await runner.runStep({ inputs: inputs(), env });
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

  it("is ended by the CLI at its end, and after a hard kill by the next start of one", async () => {
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
    while (killed.exitCode === null && findAgents(folder).length === 0) await sleep(20);
    const agents = findAgents(folder);
    expect(agents).toHaveLength(1);
    killed.kill("SIGKILL");
    await once(killed, "exit");
    expect(findAgents(folder)).toEqual(agents);

    const next = startCli("image");
    expect(await once(next, "exit")).toEqual([0, null]);
    expect(findAgents(folder)).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.startsWith("cross-build-"))).toEqual([]);
  }, 240_000);

  it.each([
    ["rsa", ["-b", "2048", "-m", "PEM"]],
    ["ecdsa", []],
  ])(
    "speaks for a key of the type %s, too",
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
