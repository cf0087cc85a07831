import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readReport } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { type Builder, startBuilder } from "../testbed.js";

/** The Nix daemons that listen. A builder's sessions (`--stdio`) and a daemon's children may end later. */
function findDaemons(): readonly string[] {
  const listening = readdirSync("/proc").filter((pid) => {
    try {
      const [program = "", ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return /^[0-9]+$/.test(pid) && program.endsWith("/nix-daemon") && !args.includes("--stdio");
    } catch {
      return false;
    }
  });
  return listening.filter((pid) => !listening.includes(readParent(pid)));
}

function readParent(pid: string): string {
  try {
    return /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "";
  } catch {
    return "";
  }
}

afterAll(() => {
  removeTemporaryFolders();
});

describe("a user with sudo, as on GitHub's runners", () => {
  const machine = makeTemporaryFolder("unprivileged");
  const builders = makeTemporaryFolder("builder");
  let builder: Builder;
  beforeAll(async () => {
    builder = await startBuilder(join(builders, "one"));
  }, 120_000);
  afterAll(async () => {
    await builder.stop();
  });

  it("installs Nix with a root daemon that reaches the builder, and leaves neither running", async () => {
    const before = findDaemons();
    const runner = createRunner(machine, { isUnprivileged: true });
    const main = await runner.runStep({
      inputs: {
        ...COMMON,
        installables: `path:${FIXTURE}#image`,
        strategy: "remote",
        builders: builder.line,
        "ssh-private-key": builder.key,
        "ssh-known-hosts": builder.knownHosts,
      },
    });
    if (main.exitCode !== 0) throw new Error(main.log);
    const report = readReport(main);
    expect(report.nix).toMatchObject({ origin: "installed" });
    expect(report.builds.map(({ place }) => place.startsWith("ssh-ng://"))).toEqual([true, true]);
    expect(findDaemons().length).toBe(before.length + 1);
    const [runFolder] = readdirSync(runner.temp).filter((name) => /^cross-build-[0-9a-f]+$/.test(name));
    const socket = statSync(join(runner.temp, runFolder ?? "", "agent"));
    expect([socket.isSocket(), socket.mode & 0o777, socket.uid]).toEqual([true, 0o600, 65_534]);

    const post = await runner.runStep({ state: main.state });
    expect(post).toMatchObject({ exitCode: 0 });
    expect(post.log).not.toContain("::warning");
    expect(readdirSync(runner.temp).filter((name) => !/\.(?:json|html)$/.test(name))).toEqual([]);
    expect(readdirSync(join(machine, "ssh_config.d"))).toEqual([]);
    expect(findDaemons()).toEqual(before);
  }, 240_000);

  it("builds locally through the daemon, in the sandbox", async () => {
    const runner = createRunner(machine, { isUnprivileged: true });
    const main = await runner.runStep({ inputs: { ...COMMON, installables: `path:${FIXTURE}#sandboxed` } });
    if (main.exitCode !== 0) throw new Error(main.log);
    expect(readReport(main)).toMatchObject({
      nix: { origin: "reused" },
      builds: [{ place: "local", outcome: "built" }],
    });
    await runner.runStep({ state: main.state });
  }, 240_000);
});

describe("a user who cannot become root, but owns /nix", () => {
  const machine = makeTemporaryFolder("rootless");
  const builders = makeTemporaryFolder("builder");
  let builder: Builder;
  beforeAll(async () => {
    builder = await startBuilder(join(builders, "one"));
  }, 120_000);
  afterAll(async () => {
    await builder.stop();
  });

  it("installs a single-user Nix, and builds in the sandbox", async () => {
    const runner = createRunner(machine, { isRootless: true });
    const main = await runner.runStep({ inputs: { ...COMMON, installables: `path:${FIXTURE}#sandboxed` } });
    if (main.exitCode !== 0) throw new Error(main.log);
    expect(readReport(main)).toMatchObject({
      nix: { origin: "installed" },
      builds: [{ place: "local", outcome: "built" }],
    });
    expect(statSync(join(machine, "nix/store")).uid).toBe(65_534);
    const post = await runner.runStep({ state: main.state });
    expect(post.log).not.toContain("::warning");
  }, 120_000);

  it("reuses it with a builder, and leaves nothing of the builder behind", async () => {
    const runner = createRunner(machine, { isRootless: true });
    const main = await runner.runStep({
      inputs: {
        ...COMMON,
        installables: `path:${FIXTURE}#image`,
        strategy: "remote",
        builders: builder.line,
        "ssh-private-key": builder.key,
        "ssh-known-hosts": builder.knownHosts,
      },
    });
    if (main.exitCode !== 0) throw new Error(main.log);
    expect(readReport(main)).toMatchObject({ nix: { origin: "reused" } });
    expect(readReport(main).builds.map(({ place }) => place.startsWith("ssh-ng://"))).toEqual([true, true]);
    const post = await runner.runStep({ state: main.state });
    expect(post.log).not.toContain("::warning");
    expect(readdirSync(runner.temp).filter((name) => !/\.(?:json|html)$/.test(name))).toEqual([]);
  }, 120_000);
});
