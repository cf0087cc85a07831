import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  readdirSync,
  existsSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { Report } from "../../src/report/report.js";
import { COMMON, readReport } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import {
  asInputs,
  type Builder,
  createGraph,
  readNixRelease,
  type Service,
  startBinfmt,
  startBuilder,
} from "../testbed.js";

/** For a machine without a group of build users, and with the build hook of Debian 12's Nix. */
const OLD_CONF = `build-users-group =
build-hook = /nix/var/nix/profiles/default/libexec/nix/build-remote
`;

const machine = makeTemporaryFolder("resources");
const group = `cross-build-${machine.slice(-6)}`;
const plain: Builder[] = [];
const measuring: Builder[] = [];

beforeAll(async () => {
  const like = await startBuilder(join(machine, "plain"));
  plain.push(like);
  for (const name of ["one", "two"]) {
    const options = { like, maxJobs: 1, cgroup: `${group}-${name}` };
    measuring.push(await startBuilder(join(machine, name), options));
  }
}, 120_000);
afterAll(async () => {
  for (const builder of [...plain, ...measuring]) await builder.stop();
  const [folder = ""] = /(?<= )\S+(?= cgroup2 )/.exec(readFileSync("/proc/mounts", "utf8")) ?? [];
  for (const name of ["one", "two"]) await removeCgroup(join(folder, `${group}-${name}`));
  removeTemporaryFolders();
});

/** Processes that were killed leave their cgroup a moment later. */
async function removeCgroup(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  while (/^populated 1$/m.test(readFileSync(join(folder, "cgroup.events"), "utf8"))) await sleep(50);
  rmdirSync(folder);
}

async function run(what: string, inputs: Readonly<Record<string, string>>, from = machine, options = {}) {
  const runner = createRunner(from, options);
  const installables = `${createGraph(join(runner.folder, "graph"))}#${what}`;
  const step = await runner.runStep({ inputs: { ...COMMON, installables, ...inputs } });
  if (step.exitCode !== 0) throw new Error(step.log);
  return readReport(step);
}

/** The builds that use a second of CPU time by their own account, and 64 MB of memory. */
const findBurning = ({ builds }: Report) => builds.filter(({ name }) => name.startsWith("burn-"));

/** A build burns until it has used a second; what it takes to get there is its own overhead. */
function expectMeasured(use: Report["builds"][number]["use"] | undefined): void {
  expect(use?.cpuMs).toBeGreaterThanOrEqual(1_000);
  expect(use?.cpuMs).toBeLessThan(20_000);
}

describe("a build on this machine", () => {
  it.each([
    ["root", "trixie", {}],
    ["root and a newer Nix", "sid", {}],
    ["root and Nix 2.8, which was there already", "bookworm", {}],
    ["a user with sudo", "trixie", { isUnprivileged: true }],
  ] as const)(
    "has its CPU time and its peak memory for %s",
    async (_, suite, options) => {
      const from = makeTemporaryFolder("local");
      const release = readNixRelease(suite);
      if (suite === "bookworm") {
        execFileSync("script/testbed/install-nix", [from, fileURLToPath(release["nix-url"])]);
        mkdirSync(join(from, "etc-nix"), { recursive: true });
        writeFileSync(join(from, "etc-nix/nix.conf"), OLD_CONF);
      }
      // A daemon's process ends with the last build, and nothing can be read of it then.
      const report = await run("burned", release, from, options);
      const [build] = findBurning(report);
      expect(build).toMatchObject({ place: "local", use: { copiedBytes: null } });
      expectMeasured(build?.use);
      expect(build?.use.peakMemoryBytes).toBeGreaterThan(64_000_000);
      expect(build?.use.peakMemoryBytes).toBeLessThan(1e9);
    },
    240_000,
  );
});

describe("an emulated build", () => {
  let binfmt: Service;
  beforeAll(async () => {
    binfmt = await startBinfmt("aarch64");
  }, 600_000);
  afterAll(() => binfmt.stop());

  it("has the CPU time and the memory of QEMU", async () => {
    const userland = join(makeTemporaryFolder("userland"), "bin");
    mkdirSync(userland);
    const tarball = join(".testbed/nix", readlinkSync(".testbed/nix/trixie-aarch64.latest"));
    const args = ["--strip-components=2", "--wildcards", "*/store/*-busybox-*"];
    execFileSync("tar", ["-xf", tarball, "-C", join(userland, ".."), ...args]);
    const [busybox = ""] = readdirSync(join(userland, "..")).filter((name) => name.includes("busybox"));
    cpSync(join(userland, "..", busybox, "bin/busybox"), join(userland, "busybox"));
    symlinkSync("busybox", join(userland, "sh"));
    const report = await run("burn", {
      "extra-conf": `sandbox-paths = /bin=${userland}\nsubstituters =\nfilter-syscalls = false`,
      systems: "aarch64-linux",
    });
    expect(report.attempts).toMatchObject([{ mode: "emulated" }]);
    const [build] = findBurning(report);
    expectMeasured(build?.use);
    expect(build?.use.peakMemoryBytes).toBeGreaterThan(64_000_000);
  }, 240_000);
});

describe("a build on builders", () => {
  const remote = (builders: readonly Builder[]) => ({ ...asInputs(builders), strategy: "remote" });

  it("has the CPU time of the installable in one builder's store, if its Nix uses cgroups", async () => {
    const report = await run("burn", remote(measuring.slice(0, 1)));
    expect(report.attempts).toMatchObject([{ mode: "single-store" }]);
    const [build] = findBurning(report);
    expectMeasured(build?.use);
    expect(report.builders).toMatchObject([{ use: { builds: 1, cpuMs: build?.use.cpuMs } }]);
  }, 120_000);

  it("has the CPU time of all derivations, and what was copied for them, in several stores", async () => {
    const report = await run("burns", remote(measuring));
    expect(report.attempts).toMatchObject([{ mode: "distributed" }]);
    const burning = findBurning(report);
    expect(burning.map(({ use }) => use.copiedBytes)).toEqual([0, 0]);
    for (const { use } of burning) expectMeasured(use);
    // One of its two inputs is on the other builder.
    const last = report.builds.find(({ name }) => name === "burns");
    expect(last?.use.copiedBytes).toBeGreaterThan(0);
    expect(new Set(burning.map(({ place }) => place)).size).toBe(2);
    for (const { use } of report.builders) {
      expect(use.builds).toBeGreaterThan(0);
      expect(use.cpuMs).toBeGreaterThanOrEqual(1_000);
      expect(use.busyMs).toBeGreaterThanOrEqual(1_000);
      // Half of the key exchange alone.
      expect(use.sentBytes).toBeGreaterThan(500);
      expect(use.receivedBytes).toBeGreaterThan(500);
    }
  }, 120_000);

  it("has none of it if the builder's Nix does not use cgroups", async () => {
    const report = await run("burn", remote(plain));
    expect(findBurning(report)).toMatchObject([
      { use: { cpuMs: null, peakMemoryBytes: null, copiedBytes: null } },
    ]);
    expect(report.builders).toMatchObject([{ use: { builds: 1, cpuMs: null } }]);
    expect(report.builders[0]?.use.receivedBytes).toBeGreaterThan(500);
  }, 120_000);

  it("has none of it through Nix's build hook, which opens its own connections", async () => {
    const inputs = remote(measuring.slice(0, 1));
    const report = await run("burn", { ...inputs, builders: inputs.builders.replace("ssh-ng:", "ssh:") });
    expect(report.attempts).toMatchObject([{ mode: "build-hook" }]);
    expect(findBurning(report)).toMatchObject([{ use: { cpuMs: null } }]);
    expect(report.builders).toMatchObject([
      { use: { builds: 1, cpuMs: null, sentBytes: null, receivedBytes: null } },
    ]);
  }, 120_000);
});
