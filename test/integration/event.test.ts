import { execFileSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";

afterAll(() => {
  removeTemporaryFolders();
});

/** A runner with the fixture checked out in its workspace. */
function checkOut(machine: string) {
  const runner = createRunner(machine);
  cpSync(FIXTURE, runner.workspace, { recursive: true });
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.org", ...args], {
      cwd: runner.workspace,
      encoding: "utf8",
    }).trim();
  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "--message", "base");
  return { runner, git, base: git("rev-parse", "HEAD") };
}

describe("pull_request_target", () => {
  const machine = makeTemporaryFolder("target");

  it("builds the base commit, and pushes nothing", async () => {
    const { runner, base } = checkOut(machine);
    const step = await runner.runStep({
      inputs: { ...COMMON, installables: ".#image", image: "oci:image", push: "true" },
      env: { GITHUB_EVENT_NAME: "pull_request_target", GITHUB_SHA: base },
    });
    expect(step).toMatchObject({ exitCode: 0, outputs: { digest: "", promoted: "false" } });
    expect(step.log).toContain("nothing is pushed on the event pull_request_target");
  }, 240_000);

  it.each<[string, (checkout: ReturnType<typeof checkOut>) => Readonly<Record<string, string>>, RegExp]>([
    [
      "another commit",
      ({ git }) => {
        git("commit", "--quiet", "--allow-empty", "--message", "head");
        return {};
      },
      /is checked out instead of/,
    ],
    [
      "a modified tree",
      ({ runner }) => {
        writeFileSync(join(runner.workspace, "evil.nix"), "{}");
        return {};
      },
      /the checkout has changes: .*evil\.nix/,
    ],
    ["a flake from elsewhere", () => ({ installables: "github:eve/app#image" }), /is not in the checkout/],
    [
      "a folder outside the checkout",
      () => ({ installables: `path:${FIXTURE}#image` }),
      /is not in the checkout/,
    ],
    ["no checkout", () => ({ "working-directory": "/" }), /no checkout that git can read/],
  ])("rejects %s before anything is installed", async (_, change, said) => {
    const checkout = checkOut(machine);
    const inputs = change(checkout);
    const step = await checkout.runner.runStep({
      inputs: { ...COMMON, installables: ".#image", ...inputs },
      env: { GITHUB_EVENT_NAME: "pull_request_target", GITHUB_SHA: checkout.base },
    });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "EVENT_REFUSED" } });
    expect(step.log).toMatch(said);
  });
});

describe("builders without a key", () => {
  const machine = makeTemporaryFolder("no-key");
  const inputs = {
    ...COMMON,
    installables: `path:${FIXTURE}#server`,
    builders: "ssh-ng://nix@builder.example.org",
    "ssh-known-hosts": "",
  };

  it.each([
    ["of a fork", { GITHUB_EVENT_NAME: "pull_request" }],
    ["of Dependabot", { GITHUB_ACTOR: "dependabot[bot]" }],
  ])(
    "are left out of a run %s, which continues",
    async (_, env) => {
      const step = await createRunner(machine).runStep({ inputs, env });
      expect(step).toMatchObject({ exitCode: 0, outputs: { "error-code": "", builders: "[]" } });
      expect(step.log.match(/^builders without a key are left out: .*$/gm)).toHaveLength(1);
    },
    120_000,
  );

  it("are an error on any other event", async () => {
    const step = await createRunner(machine).runStep({ inputs });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "SSH_KEY_INVALID" } });
    expect(step.log).toContain("input ssh-private-key is empty, but builders is set");
  }, 60_000);
});
