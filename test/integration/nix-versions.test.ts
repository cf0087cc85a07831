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
const BUILDER_VERSIONS: readonly NixSuite[] = [...NIX_VERSIONS, "bookworm"];

/** A Nix that somebody else installed, at the usual place. */
function installForeign(suite: NixSuite): string {
  const machine = makeTemporaryFolder(suite);
  const tarball = fileURLToPath(readNixRelease(suite)["nix-url"]);
  execFileSync("script/testbed/install-nix", [machine, tarball]);
  return machine;
}

describe.each(NIX_VERSIONS)("the Nix of Debian's %s", (suite) => {
  const release = readNixRelease(suite);
  const version = release["nix-version"];
  const image = { ...COMMON, ...release, installables: `path:${FIXTURE}#image` };

  it.each([false, true])(
    "is installed, builds and promotes (user with a daemon: %s)",
    async (isUnprivileged) => {
      const machine = makeTemporaryFolder(suite);
      const runner = createRunner(machine, { isUnprivileged });
      // Of a user who may not use Docker, as nobody here: without the gate.
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

  describe.each(BUILDER_VERSIONS)("with a builder of %s", (builderSuite) => {
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

  describe("installed by somebody else", () => {
    it("is used by root as it is", async () => {
      const machine = installForeign(suite);
      mkdirSync(join(machine, "etc-nix"), { recursive: true });
      const conf = "# the administrator's\nbuild-users-group =\n";
      writeFileSync(join(machine, "etc-nix/nix.conf"), conf);
      const runner = createRunner(machine);
      const step = await runner.runStep({ inputs: image });
      await runner.runStep({ state: step.state });
      if (step.exitCode !== 0) throw new Error(step.log);
      expect(readReport(step).nix).toMatchObject({ origin: "reused", source: "present", version });
      expect(readFileSync(join(machine, "etc-nix/nix.conf"), "utf8")).toBe(conf);
    }, 120_000);

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

    it("is used through its own daemon, which is left running", async () => {
      const machine = installForeign(suite);
      mkdirSync(join(machine, "etc-nix"), { recursive: true });
      const conf = "build-users-group =\ntrusted-users = root nobody\n";
      writeFileSync(join(machine, "etc-nix/nix.conf"), conf);
      const bin = "/nix/var/nix/profiles/default/bin";
      const daemon = spawn("script/testbed/isolated", [machine, `${bin}/nix-daemon`], { stdio: "ignore" });
      const socket = join(machine, "nix/var/nix/daemon-socket/socket");
      try {
        while (daemon.exitCode === null && !existsSync(socket)) await sleep(20);
        const runner = createRunner(machine, { isUnprivileged: true });
        const step = await runner.runStep({ inputs: image });
        await runner.runStep({ state: step.state });
        if (step.exitCode !== 0) throw new Error(step.log);
        expect(readReport(step)).toMatchObject({
          nix: { origin: "reused", version },
          builds: [{ place: "local" }, { place: "local" }],
        });
        expect(readFileSync(join(machine, "etc-nix/nix.conf"), "utf8")).toBe(conf);
        expect(daemon.exitCode).toBeNull();
      } finally {
        daemon.kill();
      }
    }, 120_000);
  });
});

it("the Nix of Debian 12 is too old, and is refused with what to do", async () => {
  const step = await createRunner(installForeign("bookworm")).runStep({
    inputs: { ...COMMON, installables: `path:${FIXTURE}#image` },
  });
  expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "HOST_UNSUPPORTED" } });
  expect(step.log).toMatch(/is Nix 2\.8\.\d+, and 2\.18 is the oldest that works.*Upgrade it/);
}, 60_000);
