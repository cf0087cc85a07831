import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { openBinfmt } from "../../src/platform/binfmt.js";
import { createRunCommand } from "../../src/platform/command.js";
import { createOpenProcess } from "../../src/platform/process-stream.js";
import { provideQemu } from "../../src/platform/qemu.js";
import { readReport } from "../job.js";
import { connectNetwork } from "../network.js";
import {
  createRunner,
  makeTemporaryFolder,
  pathWithout,
  removeTemporaryFolders,
  type Runner,
  type RunningStep,
} from "../runner.js";
import {
  asInputs,
  type Builder,
  createGraph,
  killBuilder,
  readNixRelease,
  restartBuilder,
  type Service,
  startBinfmt,
  startBuilder,
} from "../testbed.js";

// No other test emulates this CPU, so only another run of this file has to wait.
const CPU = "s390x";
const TARGET = "s390x-linux" as const;
const FOLDER = "/proc/sys/fs/binfmt_misc";

const { signal } = new AbortController();
const ledger = { started: () => undefined, ended: () => undefined };
const runCommand = createRunCommand(signal, ledger);

const machine = makeTemporaryFolder("register");
const userland = makeTemporaryFolder("userland");
let withoutHandler: Service;
/** An x86_64 machine that says that it builds for the target. */
let builder: Builder;

beforeAll(async () => {
  withoutHandler = await startBinfmt(CPU, "without");
  mkdirSync(join(userland, "bin"));
  cpSync(`.testbed/busybox/${CPU}/busybox`, join(userland, "bin/busybox"));
  for (const tool of ["sh", "sleep", "sort", "uname", "cat"])
    symlinkSync("busybox", join(userland, "bin", tool));
  // In the system's nix.conf: Nix sends settings of a run to its builders, and theirs has another shell.
  mkdirSync(join(machine, "etc-nix"));
  writeFileSync(
    join(machine, "etc-nix/nix.conf"),
    `sandbox-paths = /bin=${userland}/bin\nsubstituters =\nfilter-syscalls = false\nbuild-users-group =\n`,
  );
  builder = await startBuilder(join(machine, "builder"));
  appendFileSync(join(builder.folder, "etc-nix/nix.conf"), `extra-platforms = ${TARGET}\n`);
}, 180_000);
afterAll(async () => {
  await builder.stop();
  await withoutHandler.stop();
  removeTemporaryFolders();
});

const findHandlers = () => readdirSync(FOLDER).filter((name) => name.includes(CPU));

function start(
  runner: Runner,
  what: string,
  inputs: Readonly<Record<string, string>>,
  env = {},
): RunningStep {
  return runner.startStep({
    inputs: {
      ...readNixRelease(),
      installables: `${createGraph(join(runner.folder, "graph"))}#${what}`,
      systems: TARGET,
      ...inputs,
    },
    env,
  });
}

/** Waits until a job builds under QEMU. */
async function waitForEmulation(step: RunningStep): Promise<void> {
  const isEmulating = () => /registered QEMU[^]*building/.test(step.readLog());
  while (step.child.exitCode === null && !isEmulating()) await sleep(20);
}

describe("a run whose target no handler is registered for", () => {
  it("registers none on a self-hosted runner by itself, and says what would", async () => {
    const step = await start(createRunner(machine), "chain", {}, { RUNNER_ENVIRONMENT: "self-hosted" })
      .result;
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "PLAN_IMPOSSIBLE" } });
    expect(step.log).toContain("register-emulation: true");
    expect(findHandlers()).toEqual([]);
  }, 240_000);

  it("ends under QEMU with the same derivation if its builder is killed, and leaves no handler", async () => {
    const runner = createRunner(machine);
    const line = builder.line.replace("x86_64-linux", TARGET);
    const running = start(
      runner,
      "chain",
      { ...asInputs([{ ...builder, line }]), "builder-timeout": "30" },
      { RUNNER_ENVIRONMENT: "github-hosted" },
    );
    while (running.child.exitCode === null && !running.readLog().includes("building chain")) await sleep(20);
    expect(findHandlers()).toEqual([]);
    await killBuilder(builder);
    const seen = new Set<string>();
    while (running.child.exitCode === null) {
      for (const name of findHandlers()) seen.add(name);
      await sleep(10);
    }
    const step = await running.result;
    if (step.exitCode !== 0) throw new Error(step.log);
    const [nonce = ""] = /[0-9a-f]{12}$/.exec(step.state["run-folder"] ?? "") ?? [];
    expect([...seen]).toEqual([expect.stringContaining(`cross-build-${nonce}-${TARGET}-`)]);
    expect(findHandlers()).toEqual([]);

    const { plans, attempts, builds, storePaths } = readReport(step);
    expect(plans).toMatchObject([{ strategy: "remote" }]);
    expect(attempts.at(0)).toMatchObject({ strategy: "remote", code: "BUILDER_UNREACHABLE" });
    expect(attempts.at(-1)).toMatchObject({ strategy: "emulate", outcome: "built" });
    const last = builds.filter(({ name }) => name === "chain-9");
    expect(last).toMatchObject([{ place: "local", outcome: "built" }]);
    const lost = builds.find(({ place }) => place !== "local");
    expect(builds.filter(({ drvPath }) => drvPath === lost?.drvPath).length).toBeGreaterThan(0);
    expect(readFileSync(join(machine, storePaths[0] ?? ""), "utf8")).toContain("on s390x");
    builder = await restartBuilder(builder);
  }, 300_000);

  it("leaves no handler after post if it is killed, or without post after the next start", async () => {
    const inputs = { "register-emulation": "true" };
    const runner = createRunner(machine);
    const killed = start(runner, "slow", inputs);
    await waitForEmulation(killed);
    killed.child.kill("SIGKILL");
    const main = await killed.result;
    expect(findHandlers()).toHaveLength(1);
    expect(await runner.runStep({ state: main.state })).toMatchObject({ exitCode: 0 });
    expect(findHandlers()).toEqual([]);

    // As when a runner empties its temporary folder before the next job.
    const lost = createRunner(machine);
    const again = start(lost, "slow", inputs);
    await waitForEmulation(again);
    again.child.kill("SIGKILL");
    await again.result;
    expect(findHandlers()).toHaveLength(1);
    const next = await start(createRunner(machine), "chain", { strategy: "native" }).result;
    expect(next.outputs["error-code"]).toBe("PLAN_IMPOSSIBLE");
    expect(findHandlers()).toEqual([]);
  }, 300_000);

  it("keeps its handler while another run removes its own", async () => {
    const binfmt = openBinfmt(runCommand);
    const interpreter = `/usr/bin/qemu-${CPU}-static`;
    const first = { target: TARGET, nonce: "aaaaaaaaaaaa", interpreter };
    const second = { ...first, nonce: "bbbbbbbbbbbb" };
    await binfmt.register(first);
    await binfmt.register(second);
    expect(await binfmt.read(TARGET)).toEqual({ state: "missing" });
    await binfmt.unregister(second);
    expect(findHandlers()).toEqual([expect.stringContaining("aaaaaaaaaaaa")]);
    await binfmt.unregister(first);
    expect(findHandlers()).toEqual([]);
  }, 60_000);
});

it("a QEMU that is not on PATH comes from the distribution's package, which is not installed", async () => {
  const network = await connectNetwork();
  try {
    if (network.nameServer !== undefined) {
      const resolver = join(machine, "resolv.conf");
      writeFileSync(resolver, `nameserver ${network.nameServer}\n`);
      execFileSync("mount", ["--bind", resolver, "/etc/resolv.conf"]);
    }
    const folder = makeTemporaryFolder("run");
    const file = await provideQemu(TARGET, {
      environment: { PATH: pathWithout(`qemu-${CPU}-static`) },
      runFolder: folder,
      run: runCommand,
      runAsRoot: runCommand,
      openProcess: createOpenProcess(signal, ledger),
    });
    expect(file).toContain(folder);
    const uname = execFileSync(file, [join(userland, "bin/busybox"), "uname", "-m"], { encoding: "utf8" });
    expect(uname).toBe(`${CPU}\n`);
    expect(findHandlers()).toEqual([]);
  } finally {
    await network.stop();
  }
}, 300_000);

it("a handler that somebody else registered is used and stays", async () => {
  await withoutHandler.stop();
  const other = await startBinfmt(CPU);
  try {
    const step = await start(createRunner(machine), "chain", { "register-emulation": "true" }).result;
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(readReport(step).plans).toMatchObject([{ strategy: "emulate" }]);
    expect(step.log).not.toContain("registered QEMU for");
    expect(findHandlers()).toEqual([`qemu-${CPU}`]);
  } finally {
    await other.stop();
    withoutHandler = await startBinfmt(CPU, "without");
  }
}, 240_000);
