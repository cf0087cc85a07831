import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, readReport } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import {
  asInputs,
  type Builder,
  createGraph,
  killBuilder,
  type Service,
  startBinfmt,
  startBuilder,
} from "../testbed.js";

const machine = makeTemporaryFolder("emulate");
const userland = makeTemporaryFolder("userland");
let binfmt: Service;
let builder: Builder;

/** What a build needs for the other CPU: a shell and tools, from the busybox of that CPU's Nix. */
function unpackUserland(): void {
  const tarball = join(".testbed/nix", readlinkSync(".testbed/nix/trixie-aarch64.latest"));
  execFileSync("tar", [
    "-xf",
    tarball,
    "-C",
    userland,
    "--strip-components=2",
    "--wildcards",
    "*/store/*-busybox-*",
  ]);
  const [folder = ""] = readdirSync(userland);
  mkdirSync(join(userland, "bin"));
  execFileSync("cp", [join(userland, folder, "bin/busybox"), join(userland, "bin/busybox")]);
  for (const tool of ["sh", "sleep", "sort", "uname", "cat", "head"])
    symlinkSync("busybox", join(userland, "bin", tool));
}

const inputs = (folder: string, what: string) => ({
  ...COMMON,
  "extra-conf": `sandbox-paths = /bin=${userland}/bin\nsubstituters =\nfilter-syscalls = false`,
  installables: `${createGraph(join(folder, "graph"))}#${what}`,
  systems: "aarch64-linux",
});

beforeAll(async () => {
  unpackUserland();
  binfmt = await startBinfmt("aarch64");
  builder = await startBuilder(join(machine, "builder"), { cpu: "aarch64" });
}, 180_000);
afterAll(async () => {
  await builder.stop();
  await binfmt.stop();
  removeTemporaryFolders();
});

it("builds several targets at once, each on its own builder", async () => {
  const other = await startBuilder(join(machine, "other"), { like: builder });
  try {
    const runner = createRunner(machine);
    const step = await runner.runStep({
      inputs: {
        ...COMMON,
        ...asInputs([builder, other]),
        installables: `${createGraph(join(runner.folder, "graph"))}#chain`,
        systems: "x86_64-linux, aarch64-linux",
        strategy: "remote",
        "builder-timeout": "30",
      },
    });
    if (step.exitCode !== 0) throw new Error(step.log);
    const { attempts, builds, builders } = readReport(step);
    expect(attempts.map(({ target, mode }) => [target, mode]).toSorted()).toEqual([
      ["aarch64-linux", "single-store"],
      ["x86_64-linux", "single-store"],
    ]);
    for (const { uri, systems } of builders) {
      const names = builds.filter(({ place }) => place === uri).map(({ name }) => name);
      expect(systems).toHaveLength(1);
      expect(names.toSorted()).toEqual(Array.from({ length: 10 }, (_, i) => `chain-${i}`));
    }
    const paths = step.outputs["store-paths"]?.split("\n") ?? [];
    expect(paths.map((path) => /on \S+/.exec(readFileSync(join(machine, path), "utf8"))?.[0])).toEqual([
      "on x86_64",
      "on aarch64",
    ]);
  } finally {
    await other.stop();
  }
}, 240_000);

describe("emulation", () => {
  it("is the last resort of auto, with a warning", async () => {
    const runner = createRunner(machine);
    const step = await runner.runStep({ inputs: inputs(runner.folder, "chain") });
    if (step.exitCode !== 0) throw new Error(step.log);
    const report = readReport(step);
    expect(report.plans).toMatchObject([{ strategy: "emulate" }]);
    expect(report.builds.map(({ place }) => place)).toEqual(Array.from({ length: 10 }, () => "local"));
    expect(step.log).toContain("::warning::the build of aarch64-linux is emulated");
    const [path = ""] = report.storePaths;
    expect(readFileSync(join(machine, path), "utf8")).toContain("on aarch64");
  }, 240_000);

  it("takes over if all builders are lost during the build", async () => {
    const runner = createRunner(machine);
    const started = runner.startStep({
      inputs: { ...inputs(runner.folder, "chain"), ...asInputs([builder]), "builder-timeout": "30" },
    });
    while (started.child.exitCode === null && !started.readLog().includes("building chain")) await sleep(20);
    await killBuilder(builder);
    const step = await started.result;
    if (step.exitCode !== 0) throw new Error(step.log);
    const { attempts, builders, plans } = readReport(step);
    expect(plans).toMatchObject([{ strategy: "remote" }]);
    expect(attempts.at(0)).toMatchObject({
      strategy: "remote",
      outcome: "failed",
      code: "BUILDER_UNREACHABLE",
    });
    expect(attempts.at(-1)).toMatchObject({ strategy: "emulate", outcome: "built" });
    expect(builders).toMatchObject([{ state: "dropped" }]);
  }, 300_000);

  it("is not used if the strategy does not list it", async () => {
    const runner = createRunner(machine);
    const step = await runner.runStep({
      inputs: { ...inputs(runner.folder, "chain"), ...asInputs([builder]), strategy: "remote" },
    });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "PLAN_IMPOSSIBLE" } });
    expect(readReport(step).builds).toEqual([]);
  }, 120_000);
});
