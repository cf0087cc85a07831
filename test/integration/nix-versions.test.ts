import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readReport, SMOKE_TEST } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { type Builder, type NixSuite, readNixRelease, startBuilder } from "../testbed.js";

afterAll(() => {
  removeTemporaryFolders();
});

const NIX_VERSIONS: readonly NixSuite[] = ["trixie", "sid"];
/** This action cannot install Debian 12's Nix. A machine has it already, or a builder. */
const ALL_VERSIONS: readonly NixSuite[] = [...NIX_VERSIONS, "bookworm"];

/**
 * An administrator's nix.conf for a test machine, which has no group of build users and no /usr/libexec/nix.
 */
const CONF = `# the administrator's
build-users-group =
build-hook = /nix/var/nix/profiles/default/libexec/nix/build-remote
`;

/** A machine with a Nix that this action did not install, at the usual place. */
function installForeign(suite: NixSuite, conf = CONF): string {
  const machine = makeTemporaryFolder(suite);
  const tarball = fileURLToPath(readNixRelease(suite)["nix-url"]);
  execFileSync("script/testbed/install-nix", [machine, tarball]);
  mkdirSync(join(machine, "etc-nix"), { recursive: true });
  writeFileSync(join(machine, "etc-nix/nix.conf"), conf);
  return machine;
}

const readConf = (machine: string) => readFileSync(join(machine, "etc-nix/nix.conf"), "utf8");

describe.each(NIX_VERSIONS)("the Nix of Debian's %s", (suite) => {
  const release = readNixRelease(suite);
  const version = release["nix-version"];
  const image = { ...COMMON, ...release, installables: `path:${FIXTURE}#image` };

  it.each([false, true])(
    "is installed, builds and promotes (user with a daemon: %s)",
    async (isUnprivileged) => {
      const machine = makeTemporaryFolder(suite);
      const runner = createRunner(machine, { isUnprivileged });
      // The unprivileged user may not use Docker, so there is no smoke test.
      const gate = isUnprivileged
        ? {}
        : { ...SMOKE_TEST, image: `oci:${join(machine, "image")}`, tags: "latest" };
      const step = await runner.runStep({ inputs: { ...image, ...gate } });
      await runner.runStep({ state: step.state });
      if (step.exitCode !== 0) throw new Error(step.log);
      const report = readReport(step);
      expect(report.nix).toMatchObject({ origin: "installed", version });
      expect(report.builds.map(({ place }) => place)).toEqual(["local", "local"]);
      expect(step.outputs["promoted"]).toBe(String(!isUnprivileged));
    },
    240_000,
  );

  describe.each(ALL_VERSIONS)("with a builder of %s", (builderSuite) => {
    let builder: Builder;
    beforeAll(async () => {
      builder = await startBuilder(makeTemporaryFolder("builder"), { suite: builderSuite });
    }, 120_000);
    afterAll(async () => {
      await builder.stop();
    });

    it("builds there", async () => {
      const runner = createRunner(makeTemporaryFolder(suite));
      const step = await runner.runStep({
        inputs: {
          ...image,
          strategy: "remote",
          builders: builder.line,
          "ssh-private-key": builder.key,
          "ssh-known-hosts": builder.knownHosts,
        },
      });
      await runner.runStep({ state: step.state });
      if (step.exitCode !== 0) throw new Error(step.log);
      expect(readReport(step).builds.map(({ place }) => place.startsWith("ssh-ng://"))).toEqual([true, true]);
    }, 240_000);
  });
});

describe.each(ALL_VERSIONS)("the Nix of Debian's %s, not installed by this action,", (suite) => {
  const version = readNixRelease(suite)["nix-version"];
  const image = { ...COMMON, installables: `path:${FIXTURE}#image` };

  it("is used by root unchanged, and builds, promotes and fills a cache", async () => {
    const machine = installForeign(suite);
    const cache = `file://${join(machine, "cache")}`;
    const inputs = { ...image, ...SMOKE_TEST, cache, image: `oci:${join(machine, "image")}`, tags: "latest" };
    const runner = createRunner(machine);
    const step = await runner.runStep({ inputs });
    await runner.runStep({ state: step.state });
    if (step.exitCode !== 0) throw new Error(step.log);
    const report = readReport(step);
    expect(report.nix).toMatchObject({ origin: "reused", source: "present", version });
    expect(report.caches).toMatchObject([{ state: "pushed" }]);
    expect(step.outputs["promoted"]).toBe("true");
    expect(readConf(machine)).toBe(CONF);

    // Another machine with the same Nix has all from the cache.
    const other = createRunner(installForeign(suite));
    const second = await other.runStep({ inputs: { ...image, cache } });
    await other.runStep({ state: second.state });
    if (second.exitCode !== 0) throw new Error(second.log);
    expect(readReport(second)).toMatchObject({ builds: [], nix: { version } });
  }, 180_000);

  it("builds on a remote builder", async () => {
    const builder = await startBuilder(makeTemporaryFolder("builder"));
    try {
      const runner = createRunner(installForeign(suite));
      const step = await runner.runStep({
        inputs: {
          ...image,
          strategy: "remote",
          builders: builder.line,
          "ssh-private-key": builder.key,
          "ssh-known-hosts": builder.knownHosts,
        },
      });
      await runner.runStep({ state: step.state });
      if (step.exitCode !== 0) throw new Error(step.log);
      const report = readReport(step);
      // "degraded" if the test machine is busy.
      expect(report.builders.map(({ state }) => state)).not.toContain("dropped");
      expect(report.builds.map(({ place }) => place.startsWith("ssh-ng://"))).toEqual([true, true]);
    } finally {
      await builder.stop();
    }
  }, 180_000);

  it("is used by the user who owns its store, without a daemon", async () => {
    const machine = installForeign(suite);
    execFileSync("chown", ["-R", "nobody:nogroup", join(machine, "nix")]);
    const runner = createRunner(machine, { isUnprivileged: true });
    const step = await runner.runStep({ inputs: image });
    await runner.runStep({ state: step.state });
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(readReport(step)).toMatchObject({
      nix: { origin: "reused", version },
      builds: [{ place: "local" }, { place: "local" }],
    });
    expect(existsSync(join(machine, "nix/var/nix/daemon-socket/socket"))).toBe(false);
  }, 120_000);

  /** Runs `work` while the machine's own daemon runs. */
  async function withDaemon(machine: string, work: () => Promise<void>): Promise<void> {
    const bin = "/nix/var/nix/profiles/default/bin";
    const daemon = spawn("script/testbed/isolated", [machine, `${bin}/nix-daemon`], { stdio: "ignore" });
    const socket = join(machine, "nix/var/nix/daemon-socket/socket");
    try {
      while (daemon.exitCode === null && !existsSync(socket)) await sleep(20);
      await work();
      expect(daemon.exitCode).toBeNull();
    } finally {
      daemon.kill();
    }
  }

  it("is used through its own daemon, which is left running", async () => {
    const conf = `${CONF}trusted-users = root nobody\n`;
    const machine = installForeign(suite, conf);
    await withDaemon(machine, async () => {
      const runner = createRunner(machine, { isUnprivileged: true });
      const step = await runner.runStep({ inputs: image });
      await runner.runStep({ state: step.state });
      if (step.exitCode !== 0) throw new Error(step.log);
      expect(readReport(step)).toMatchObject({
        nix: { origin: "reused", version },
        builds: [{ place: "local" }, { place: "local" }],
      });
      expect(readConf(machine)).toBe(conf);
    });
  }, 120_000);

  it("is used through a daemon that does not trust the user, if no trust is needed", async () => {
    // The fixture uses the machine's compilers, which an administrator has to allow.
    const conf = `${CONF}${COMMON["extra-conf"]}\nsandbox = true\n`;
    const machine = installForeign(suite, conf);
    await withDaemon(machine, async () => {
      const runner = createRunner(machine, { isUnprivileged: true });
      const step = await runner.runStep({ inputs: { installables: image.installables } });
      await runner.runStep({ state: step.state });
      if (step.exitCode !== 0) throw new Error(step.log);
      expect(readReport(step).builds.map(({ place }) => place)).toEqual(["local", "local"]);

      const builder = await startBuilder(makeTemporaryFolder("builder"));
      try {
        const second = await runner.runStep({
          inputs: {
            installables: `path:${FIXTURE}#sandboxed`,
            strategy: "remote",
            builders: builder.line,
            "ssh-private-key": builder.key,
            "ssh-known-hosts": builder.knownHosts,
            "builder-timeout": "60",
          },
        });
        await runner.runStep({ state: second.state });
        expect({ code: second.outputs["error-code"], log: second.log }).toMatchObject({
          code: "NIX_NOT_TRUSTED",
        });
        expect(second.log).toContain("trusted-users");
      } finally {
        await builder.stop();
      }
      expect(readConf(machine)).toBe(conf);
    });
  }, 180_000);
});
