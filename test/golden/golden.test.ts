import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { afterAll, beforeAll, expect, it } from "@jest/globals";

import { COMMON, readReport } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import {
  type Builder,
  readNixRelease,
  type Service,
  startBinfmt,
  startBuilder,
  startRegistry,
} from "../testbed.js";
import { createReplacer, normaliseRun } from "./normalise.js";
import { examined, perform, type Run, RUNS, type Testbed } from "./runs.js";

/** Rewrites the recorded files instead of comparing the runs with them. */
const IS_UPDATE = process.env["UPDATE_GOLDEN"] === "1";
const folder = makeTemporaryFolder("golden");
/** A machine with Nix. Each run gets a copy of it, so that runs do not influence each other. */
const template = join(folder, "template");
const builders: Builder[] = [];
let registry: Testbed["registry"];
let binfmt: Service;

beforeAll(async () => {
  mkdirSync(template);
  const runner = createRunner(template);
  const setup = await perform(runner, { action: "setup", inputs: COMMON });
  await runner.runStep({ action: "setup", state: setup.state });
  binfmt = await startBinfmt("aarch64");
  registry = await startRegistry(join(folder, "registry"));
  for (const name of ["one", "two"]) {
    // The free space on this machine's disk must not matter.
    const options = { storeSize: "8g", ...(builders[0] !== undefined && { like: builders[0] }) };
    const builder = await startBuilder(join(folder, name), options);
    builders.push(builder);
    fixLoad(builder);
  }
}, 240_000);
afterAll(async () => {
  for (const builder of builders) await builder.stop();
  await registry.stop();
  await binfmt.stop();
  removeTemporaryFolders();
});

/**
 * Makes the builder report 1000 CPUs by replacing its nproc, so that the load of this machine never makes it
 * degraded. A mount over /proc/loadavg would keep Nix from creating sandboxes.
 */
function fixLoad({ pid, folder: home }: Builder): void {
  const file = join(home, "nproc");
  writeFileSync(file, "#!/bin/sh\necho 1000\n", { mode: 0o755 });
  const [sshd = ""] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
  const program = realpathSync("/bin/nproc");
  execFileSync("nsenter", [`--mount=/proc/${sshd}/ns/mnt`, "mount", "--bind", file, program]);
}

/** Copies the machine with Nix for one run. */
function copyMachine(name: string): string {
  const machine = join(folder, name);
  execFileSync("cp", ["-a", template, machine]);
  return machine;
}

/** Runs the main step and the post step. Returns the normalised files. */
async function record(run: Run): Promise<Readonly<Record<string, string>>> {
  const machine = run.isNew === true ? join(folder, run.name) : copyMachine(run.name);
  mkdirSync(machine, { recursive: true });
  const runner = createRunner(machine);
  const options = await run.prepare(machine, { builders, registry });
  const main = await (run.perform?.(runner, options) ?? runner.runStep(options));
  const post = await runner.runStep({ ...options, inputs: {}, state: main.state });
  // Record only a run that ended as it should.
  expect({ code: main.outputs["error-code"], log: main.log }).toMatchObject({ code: run.code ?? "" });
  const raw = {
    report: main.outputs["report"] === undefined ? undefined : readReport(main),
    summary: main.summary,
    outputs: main.outputs,
    log: `${main.log}== post\n${post.log}`,
    exitCode: `main: ${String(main.exitCode)}\npost: ${String(post.exitCode)}`,
  };
  return normaliseRun(raw, { ...run, names });
}

const names = new Map([
  [join(tmpdir(), "cross-build-test-"), "<made>"],
  [process.cwd(), "<checkout>"],
  [readNixRelease()["nix-version"], "<nix-version>"],
]);

/** Compares files with those in `test/golden/NAME`, or records them there. */
function compare(name: string, files: Readonly<Record<string, string>>): void {
  const recorded = resolve("test/golden", name);
  if (IS_UPDATE) {
    rmSync(recorded, { recursive: true, force: true });
    mkdirSync(recorded);
    for (const [file, text] of Object.entries(files)) writeFileSync(join(recorded, file), text);
  }
  const known = existsSync(recorded) ? readdirSync(recorded) : [];
  const texts = known.map((file) => [file, readFileSync(join(recorded, file), "utf8")] as const);
  expect(files).toEqual(Object.fromEntries(texts));
}

it.each(RUNS)(
  "$name",
  async (run) => {
    compare(run.name, await record(run));
  },
  180_000,
);

it("doctor, on the command line", () => {
  const machine = copyMachine("command-line");
  const key = join(builders[0]?.folder ?? "", "id_ed25519");
  const flags = Object.entries({ ...examined(machine, builders), "ssh-private-key": key });
  const args = flags.flatMap(([name, text]) => [`--${name}`, text]);
  const program = [process.execPath, resolve("dist/cli/index.js"), "doctor"];
  const { status, stdout, stderr } = spawnSync("script/testbed/isolated", [machine, ...program, ...args], {
    encoding: "utf8",
    // Outside of a workflow, also where these tests run in one.
    env: {
      ...process.env,
      GITHUB_ACTIONS: undefined,
      GITHUB_EVENT_NAME: undefined,
      HOME: machine,
      RUNNER_TEMP: undefined,
    },
  });
  const replace = createReplacer(names);
  compare("doctor-command-line", {
    "stdout.txt": replace(stdout),
    "stderr.txt": replace(stderr),
    "exit-code.txt": `${String(status)}\n`,
  });
}, 120_000);
