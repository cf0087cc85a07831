import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readReport, SMOKE_TEST } from "../job.js";
import { connectNetwork, type Network } from "../network.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";

/** The connection to the mirror of Debian's packages. */
let network: Network;
beforeAll(async () => {
  network = await connectNetwork();
});
afterAll(async () => {
  await network.stop();
  removeTemporaryFolders();
});

const INPUTS = {
  "nix-source": "distribution",
  "extra-conf": COMMON["extra-conf"],
  installables: `path:${FIXTURE}#image`,
};

/** A machine with its own /usr, /var and /etc, for the files that packages write. */
function createMachine({ isUnprivileged = false } = {}) {
  const machine = makeTemporaryFolder("distribution");
  const mounts = ["usr", "var", "etc"].map((top) => {
    const own = join(machine, "overlay", top);
    for (const part of ["upper", "work"]) mkdirSync(join(own, part), { recursive: true });
    return `mount -t overlay overlay -o lowerdir=/${top},upperdir=${own}/upper,workdir=${own}/work /${top}`;
  });
  if (network.nameServer !== undefined)
    writeFileSync(join(machine, "overlay/etc/upper/resolv.conf"), `nameserver ${network.nameServer}\n`);
  // An old Nix builds as users that groupadd and useradd create. Give this machine its own range of them.
  const start = Number(execFileSync("script/testbed/build-uids", [machine], { encoding: "utf8" }));
  const accounts = readFileSync("/etc/login.defs", "utf8").replace(/^#?\s*SYS_[UG]ID_M(?:IN|AX)\s.*$/gm, "");
  const range = ["UID", "GID"].map((id) => `SYS_${id}_MIN ${start}\nSYS_${id}_MAX ${start + 999}\n`);
  writeFileSync(join(machine, "overlay/etc/upper/login.defs"), [accounts, ...range].join("\n"));
  // The mount over /etc hides the machine's mounts below it.
  const hidden = ["etc-nix /etc/nix", "ssh_config.d /etc/ssh/ssh_config.d"];
  if (isUnprivileged) hidden.push("sudoers.d /etc/sudoers.d");
  const all = [...mounts, ...hidden.map((pair) => `mount --bind ${machine}/${pair}`)].join(" && ");
  const prelude = isUnprivileged ? `sudo -n /bin/bash -c '${all}'` : all;
  return { machine, prelude };
}

describe("the distribution's package", () => {
  it("is installed by root, builds and promotes, and is reused", async () => {
    const { machine, prelude } = createMachine();
    const gate = { ...SMOKE_TEST, image: `oci:${join(machine, "image")}`, tags: "latest" };
    const runner = createRunner(machine);
    const step = await runner.runStep({ inputs: { ...INPUTS, ...gate }, prelude });
    await runner.runStep({ state: step.state, prelude });
    if (step.exitCode !== 0) throw new Error(step.log);
    const version = execFileSync(
      "script/testbed/isolated",
      [machine, "/bin/bash", "--norc", "-ec", `${prelude}; dpkg-query -W -f '\${Version}' nix-bin`],
      { encoding: "utf8" },
    ).replace(/^\d+:|[+-].*$/g, "");
    expect(readReport(step).nix).toEqual({ version, origin: "installed", source: "distribution" });
    expect(step.outputs["promoted"]).toBe("true");

    const second = await createRunner(machine).runStep({ inputs: INPUTS, prelude });
    if (second.exitCode !== 0) throw new Error(second.log);
    expect(readReport(second).nix).toMatchObject({ origin: "reused", version });
  }, 300_000);

  it("is installed with sudo, and has a daemon that builds in the sandbox", async () => {
    const { machine, prelude } = createMachine({ isUnprivileged: true });
    const runner = createRunner(machine, { isUnprivileged: true });
    const step = await runner.runStep({
      inputs: { ...INPUTS, installables: `path:${FIXTURE}#sandboxed` },
      prelude,
    });
    const post = await runner.runStep({ state: step.state, prelude });
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(readReport(step)).toMatchObject({
      nix: { origin: "installed", source: "distribution" },
      builds: [{ place: "local", outcome: "built" }],
    });
    expect(readFileSync(join(machine, "etc-nix/nix.conf"), "utf8")).toMatch(/^trusted-users = root nobody$/m);
    expect(post.log).not.toContain("::warning");
  }, 300_000);

  it("can only be installed by root: without sudo the run fails with a hint", async () => {
    const runner = createRunner(makeTemporaryFolder("rootless"), { isRootless: true });
    const step = await runner.runStep({ inputs: INPUTS });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "NIX_NOT_WRITABLE" } });
    expect(step.log).toContain("nix-source: release");
  }, 60_000);

  it("is not known for every system: on another one the run fails with its name", async () => {
    const machine = makeTemporaryFolder("unknown");
    const prelude =
      `echo ID=plan9 > ${machine}/os-release; ` + `mount --bind ${machine}/os-release /etc/os-release`;
    const step = await createRunner(machine).runStep({ inputs: INPUTS, prelude });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "HOST_UNSUPPORTED" } });
    expect(step.log).toContain("plan9");
  }, 60_000);
});
