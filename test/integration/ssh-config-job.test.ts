import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readReport } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { type Builder, startBastion, startBuilder } from "../testbed.js";

afterAll(() => {
  removeTemporaryFolders();
});

const machine = makeTemporaryFolder("ssh-config");
const keys = join(machine, "keys");
const id = join(keys, "id");
const ca = join(keys, "ca");
let bastion: Awaited<ReturnType<typeof startBastion>>;
/** Accepts the key itself. */
let open: Builder;
/** Accepts only certificates of our authority. */
let closed: Builder;

beforeAll(async () => {
  mkdirSync(keys);
  for (const key of [id, ca]) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  bastion = await startBastion(join(machine, "bastion"), id);
  open = await startBuilder(join(machine, "open"), { clientKey: id });
  closed = await startBuilder(join(machine, "closed"), { clientKey: id, userCa: `${ca}.pub` });
}, 240_000);
afterAll(async () => {
  await bastion.stop();
  await open.stop();
  await closed.stop();
});

const inputs = () => ({
  ...COMMON,
  installables: `path:${FIXTURE}#image`,
  strategy: "remote",
  // On a busy machine, logging in to two hosts takes longer than the default.
  "builder-timeout": "60",
  "ssh-private-key": open.key,
  "ssh-known-hosts": [open.knownHosts, closed.knownHosts, bastion.knownHosts].join("\n"),
});
/** On a busy machine builders are degraded. */
const USABLE = expect.stringMatching(/^(?:ready|degraded)$/) as unknown;
const line = "ssh-ng://root@inner x86_64-linux - - 1 big-parallel";
const jump = () => `Host inner
  HostName 127.0.0.1
  Port ${open.port}
  ProxyJump root@127.0.0.1:${bastion.port}`;

/** A short-lived certificate for the key, made as in docs/builders.md. */
function certify(principal: string, validity: string): string {
  execFileSync("ssh-keygen", ["-q", "-s", ca, "-I", "job", "-n", principal, "-V", validity, `${id}.pub`]);
  return readFileSync(`${id}-cert.pub`, "utf8").trim();
}

describe("a builder behind a jump host", () => {
  it("builds everything in its store over one connection, which is closed at the end", async () => {
    const runner = createRunner(machine);
    const step = await runner.runStep({ inputs: { ...inputs(), builders: line, "ssh-config": jump() } });
    if (step.exitCode !== 0) throw new Error(step.log);
    const report = readReport(step);
    expect(report.builders).toMatchObject([{ state: USABLE, uri: `ssh-ng://inner:${open.port}`, slots: 4 }]);
    expect(report.builds.length).toBeGreaterThan(0);
    expect(report.builds.every(({ place }) => place.startsWith("ssh-ng://inner:"))).toBe(true);
    expect(report.attempts).toMatchObject([{ mode: "single-store" }]);
    expect(bastion.readLog()).toContain("Accepted publickey for root");
    const processes = execFileSync("ps", ["-eo", "args="], { encoding: "utf8" });
    expect(processes).not.toContain(report.builders[0]?.alias);
    await runner.runStep({ state: step.state });
  }, 240_000);

  it("is also reached by root's daemon, beside a direct builder, both from machines files", async () => {
    const other = makeTemporaryFolder("ssh-config-daemon");
    const runner = createRunner(other, { isUnprivileged: true });
    writeFileSync(join(runner.workspace, "machines"), `${line}\n@more # and others\n`);
    writeFileSync(join(runner.workspace, "more"), `${open.line.replace(" 4 1 ", " - 1.5 ")}\n`);
    const step = await runner.runStep({
      inputs: { ...inputs(), builders: "@machines", "ssh-config": jump() },
    });
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(readReport(step).builders).toMatchObject([
      { state: USABLE, slots: 4 },
      { state: USABLE, slots: 4 },
    ]);
    await runner.runStep({ state: step.state });
  }, 240_000);

  it("is dropped if the jump host's key is not pinned", async () => {
    const step = await createRunner(machine).runStep({
      inputs: {
        ...inputs(),
        builders: line,
        "ssh-config": jump(),
        "ssh-known-hosts": open.knownHosts,
      },
    });
    expect(readReport(step).builders).toMatchObject([{ state: "dropped", code: "BUILDER_HOST_KEY" }]);
    expect(step.log).toContain(`ssh-known-hosts has no host key for [127.0.0.1]:${bastion.port}`);
  }, 120_000);

  it("is dropped if the jump host presents another key", async () => {
    const other = bastion.knownHosts.replace(
      /AAAA.*$/,
      "AAAAC3NzaC1lZDI1NTE5AAAAIKHEChX7ZBMu0vSo2CE6TPb9WPDLvuNVnbbPKUCzSFRl",
    );
    const step = await createRunner(machine).runStep({
      inputs: {
        ...inputs(),
        builders: line,
        "ssh-config": jump(),
        "ssh-known-hosts": [open.knownHosts, other].join("\n"),
      },
    });
    expect(readReport(step).builders).toMatchObject([{ state: "dropped", code: "BUILDER_HOST_KEY" }]);
  }, 120_000);
});

describe("a builder behind a proxy command", () => {
  it("builds everything", async () => {
    const relay = join(machine, "relay");
    writeFileSync(
      relay,
      `#!/bin/bash
echo "$@" >> ${relay}.log
exec 3<> /dev/tcp/127.0.0.1/$2
cat <&3 &
cat >&3
kill $!
`,
      { mode: 0o755 },
    );
    const runner = createRunner(machine);
    const step = await runner.runStep({
      inputs: {
        ...inputs(),
        builders: line,
        "ssh-known-hosts": open.knownHosts.replace(/^\S+/, `[builder.invalid]:${open.port}`),
        "ssh-config": `Host inn*
          HostName builder.invalid
          Port ${open.port}
          ProxyCommand ${relay} "%h" %p`,
      },
    });
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(readReport(step).builders).toMatchObject([{ state: USABLE }]);
    expect(readFileSync(`${relay}.log`, "utf8")).toContain(`builder.invalid ${open.port}\n`);
    await runner.runStep({ state: step.state });
  }, 240_000);
});

describe("a builder that accepts only certificates", () => {
  it("builds everything for a certificate that is valid for an hour", async () => {
    const listConfigurations = () => readdirSync(join(machine, "ssh_config.d"));
    const before = listConfigurations();
    const certificate = certify("root", "+1h");
    const runner = createRunner(machine);
    writeFileSync(join(runner.workspace, "id-cert.pub"), certificate);
    const step = await runner.runStep({
      inputs: { ...inputs(), builders: closed.line, "ssh-config": "Host *\n  CertificateFile id-cert.pub" },
    });
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(readReport(step).builders).toMatchObject([{ state: USABLE }]);
    await runner.runStep({ state: step.state });
    expect(listConfigurations()).toEqual(before);
  }, 240_000);

  it.each([
    ["no certificate", () => "", "BUILDER_DENIED"],
    ["a certificate for another user", () => certify("somebody", "+1h"), "BUILDER_DENIED"],
  ])(
    "denies access with %s",
    async (_, makeCertificate, code) => {
      const certificate = makeCertificate();
      const step = await createRunner(machine).runStep({
        inputs: {
          ...inputs(),
          builders: closed.line,
          "ssh-config": certificate === "" ? "" : `Host *\n  CertificateFile ${certificate}`,
        },
      });
      expect(readReport(step).builders).toMatchObject([{ state: "dropped", code }]);
    },
    120_000,
  );

  it("is not contacted with an expired certificate", async () => {
    const step = await createRunner(machine).runStep({
      inputs: {
        ...inputs(),
        builders: closed.line,
        "ssh-config": `Host *\n  CertificateFile ${certify("root", "-2h:-1h")}`,
      },
    });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "INPUT_INVALID" } });
    expect(step.log).toContain("the certificate expired at");
  }, 120_000);
});

describe("another ssh configuration of the machine", () => {
  const relay = "Host inner\n  HostName 127.0.0.1\n  ProxyCommand nc %h %p";
  const start = (file: string, option: string, sshConfig = "") =>
    createRunner(machine)
      .runStep({
        action: "setup",
        inputs: { ...inputs(), builders: sshConfig === "" ? open.line : line, "ssh-config": sshConfig },
        prelude: `printf 'Host *\\n  %s\\n' '${option}' > /etc/ssh/ssh_config.d/${file}`,
      })
      .finally(() => {
        rmSync(join(machine, "ssh_config.d", file), { force: true });
      });

  it("is refused if it replaces a ProxyCommand, which is not shown: it may have a secret", async () => {
    const step = await start("00-first.conf", "ProxyCommand connect --token hunter2 %h", relay);
    expect(step.outputs["error-code"]).toBe("SSH_CONFIG_OVERRIDDEN");
    expect(step.log).toContain("ssh uses another ProxyCommand, which is not shown");
    expect(step.log + step.summary).not.toContain("hunter2");
  }, 120_000);

  it.each(["KnownHostsCommand /usr/bin/any-key %H", "VerifyHostKeyDNS yes", "PermitLocalCommand yes"])(
    "is refused if it says %j before ours, and has no effect after ours",
    async (option) => {
      const before = await start("00-first.conf", option);
      expect(before.outputs["error-code"]).toBe("SSH_CONFIG_OVERRIDDEN");
      const after = await start("99-last.conf", option);
      if (after.exitCode !== 0) throw new Error(after.log);
      expect(JSON.parse(after.outputs["builders"] ?? "")).toMatchObject([{ state: USABLE }]);
    },
    120_000,
  );
});
