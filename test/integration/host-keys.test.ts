import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { startBalancer } from "../balancer.js";
import { COMMON, USABLE } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { type Builder, startBuilder } from "../testbed.js";

const machine = makeTemporaryFolder("host-keys");
const [firstFolder, secondFolder] = [join(machine, "first"), join(machine, "second")];
let first: Builder;
/** Accepts the same users as the first, and has a certificate for its host key. */
let second: Builder;
let authority: string;

beforeAll(async () => {
  first = await startBuilder(firstFolder);
  mkdirSync(secondFolder);
  for (const name of ["id_ed25519", "id_ed25519.pub"])
    copyFileSync(join(firstFolder, name), join(secondFolder, name));
  const makeKey = (file: string) => execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
  makeKey(join(secondFolder, "host_key"));
  makeKey(join(machine, "authority"));
  authority = readFileSync(join(machine, "authority.pub"), "utf8").trim();
  sign("127.0.0.1");
  second = await startBuilder(secondFolder);
}, 120_000);
afterAll(async () => {
  await first.stop();
  await second.stop();
  removeTemporaryFolders();
});

function sign(principal: string): void {
  const options = ["-q", "-s", join(machine, "authority"), "-I", "builder", "-h", "-n", principal];
  execFileSync("ssh-keygen", [...options, join(secondFolder, "host_key.pub")]);
}

interface Status {
  readonly state: string;
  readonly code?: string;
  readonly reason?: string;
  readonly hint?: string;
}

/** The statuses of the builders that the setup action reports. */
async function probe(
  builders: readonly string[],
  knownHosts: string,
  isUnprivileged = false,
): Promise<readonly Status[]> {
  const runner = createRunner(machine, { isUnprivileged });
  const step = await runner.runStep({
    action: "setup",
    inputs: {
      ...COMMON,
      builders: builders.join("\n"),
      "ssh-private-key": first.key,
      "ssh-known-hosts": knownHosts,
    },
  });
  await runner.runStep({ action: "setup", state: step.state });
  if (step.exitCode !== 0) throw new Error(step.log);
  return JSON.parse(step.outputs["builders"] ?? "") as readonly Status[];
}

const refused = (code: string, reason: RegExp) => ({
  state: "dropped",
  code,
  reason: expect.stringMatching(reason) as unknown,
});
const readFingerprint = (folder: string) =>
  execFileSync("ssh-keygen", ["-lf", join(folder, "host_key.pub")], { encoding: "utf8" }).split(" ")[1] ?? "";

describe("a builder without a pinned host key", () => {
  it("is dropped with its fingerprint and a line that pins it; the others continue", async () => {
    const [stranger, known] = await probe([second.line, first.line], first.knownHosts);
    expect(stranger).toMatchObject(refused("BUILDER_HOST_KEY", /no host key for \S+; it presented/));
    expect(stranger?.reason).toContain(readFingerprint(secondFolder));
    expect(known).toMatchObject(USABLE);
    const [line = ""] = /\[127\.0\.0\.1\]:\d+ ssh-ed25519 \S+/.exec(stranger?.hint ?? "") ?? [];
    expect(line).toBe(second.knownHosts);
    expect(await probe([second.line], line)).toMatchObject([USABLE]);
  }, 120_000);

  it("is unreachable if it is down", async () => {
    expect(await probe([first.line.replace(/:\d+ /, ":1 ")], "")).toMatchObject([
      refused("BUILDER_UNREACHABLE", /ECONNREFUSED/),
    ]);
  }, 60_000);
});

describe("a host certificate", () => {
  it.each([false, true])(
    "is enough to verify a builder (user with a daemon: %s)",
    async (isUnprivileged) => {
      const line = `@cert-authority [127.0.0.1]:* ${authority}`;
      expect(await probe([second.line], line, isUnprivileged)).toMatchObject([USABLE]);
    },
    120_000,
  );

  it("is refused from another authority, as is a host without a certificate", async () => {
    const other = first.knownHosts.replace(/^\S+/, "@cert-authority *");
    expect(await probe([second.line], other)).toMatchObject([refused("BUILDER_HOST_KEY", /does not match/)]);
    const line = `@cert-authority * ${authority}`;
    expect(await probe([first.line], line)).toMatchObject([refused("BUILDER_HOST_KEY", /does not match/)]);
  }, 120_000);
});

describe("a revoked host key", () => {
  it("is refused, even if another line pins it", async () => {
    const revoked = second.knownHosts.replace(/^\S+/, "@revoked *");
    const lines = `${second.knownHosts}\n${revoked}\n${first.knownHosts}`;
    expect(await probe([second.line, first.line], lines)).toMatchObject([
      refused("BUILDER_HOST_KEY", /revoked/),
      USABLE,
    ]);
    expect(await probe([second.line], `@cert-authority * ${authority}\n${revoked}`)).toMatchObject([
      refused("BUILDER_HOST_KEY", /revoked/),
    ]);
  }, 120_000);
});

describe("an address that several builders share", () => {
  const pins = (builders: readonly Builder[], port: number) =>
    builders.map(({ knownHosts }) => knownHosts.replace(/^\S+/, `[127.0.0.1]:${port}`)).join("\n");

  it.each([
    ["both are pinned", () => [first, second]],
    ["one is pinned", () => [second]],
    ["none is pinned", () => []],
  ])(
    "is distinguished from an attack if %s",
    async (_, pinned) => {
      const balancer = await startBalancer([first.port, second.port]);
      try {
        const line = first.line.replace(`:${first.port}`, `:${balancer.port}`);
        const [status] = await probe([line], pins(pinned(), balancer.port));
        expect(status).toMatchObject(refused("BUILDER_LOAD_BALANCED", /several machines share this address/));
        for (const folder of [firstFolder, secondFolder])
          expect(status?.reason).toContain(readFingerprint(folder));
        expect(status?.hint).toContain("headless Service");
      } finally {
        await balancer.stop();
      }
    },
    60_000,
  );

  it("is not assumed if one machine presents a key that is not pinned", async () => {
    const [status] = await probe([first.line], pins([second], first.port));
    expect(status).toMatchObject(refused("BUILDER_HOST_KEY", /does not match ssh-known-hosts/));
  }, 60_000);
});
