import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
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
    ["no checkout", () => ({ "working-directory": "/" }), /is not in a git checkout/],
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

describe("a pull request that brings programs", () => {
  const machine = makeTemporaryFolder("programs");

  /** Adds a bare repository with a filter, and a program named git, to a folder of the checkout. */
  function plant({ runner, base }: ReturnType<typeof checkOut>) {
    const app = join(runner.workspace, "app");
    const mark = join(runner.folder, "stolen");
    const evil = `#!/bin/bash\ncat /proc/$PPID/environ >> ${mark}\nenv >> ${mark}\n`;
    execFileSync("git", ["init", "--quiet", "--bare", app]);
    const core = "[core]\nrepositoryformatversion = 0\nbare = false\nworktree = .\n";
    writeFileSync(join(app, "config"), `${core}[filter "x"]\nclean = sh evil.sh\n`);
    writeFileSync(join(app, "HEAD"), `${base}\n`);
    writeFileSync(join(app, "evil.sh"), evil);
    writeFileSync(join(app, "file"), "1\n");
    execFileSync("git", ["--git-dir=.", "--work-tree=.", "add", "file"], { cwd: app });
    writeFileSync(join(app, "file"), "2\n");
    writeFileSync(join(app, ".gitattributes"), "* filter=x\n");
    mkdirSync(join(app, "bin"));
    for (const name of ["git", "sudo", "nix", "ssh", "docker"])
      writeFileSync(join(app, "bin", name), evil, { mode: 0o755 });
    return { app, mark };
  }

  it.each(["", "setup", "gate", "doctor"])(
    "is refused by the action in %j before any of them runs or any file is read",
    async (action) => {
      const checkout = checkOut(machine);
      const { app, mark } = plant(checkout);
      const step = await checkout.runner.runStep({
        action: action === "" ? "." : action,
        inputs: {
          "working-directory": "app",
          ...(action === "gate"
            ? { image: `oci:x@sha256:${"0".repeat(64)}`, "smoke-test": "missing.yaml" }
            : { builders: "@missing", "ssh-private-key": "the-key", "smoke-test": "missing.yaml" }),
        },
        env: {
          GITHUB_EVENT_NAME: "pull_request_target",
          GITHUB_SHA: checkout.base,
          PATH: `${app}/bin:${process.env["PATH"] ?? ""}`,
        },
      });
      expect({ ...step.outputs, log: step.log }).toMatchObject({ "error-code": "EVENT_REFUSED" });
      expect(existsSync(mark)).toBe(false);
    },
    120_000,
  );
});

describe("an event that is decided by its checkout", () => {
  const machine = makeTemporaryFolder("decided");
  const comment = (base: string) => ({ GITHUB_EVENT_NAME: "issue_comment", GITHUB_SHA: base });
  const inputs = { ...COMMON, installables: ".#image", image: "oci:../image", push: "true" };

  it("pushes the workflow's own commit", async () => {
    const { runner, base } = checkOut(machine);
    const step = await runner.runStep({ inputs, env: comment(base) });
    expect({ ...step.outputs, log: step.log }).toMatchObject({ digest: expect.stringMatching(/^sha256:/) });
  }, 240_000);

  it("builds a pull request's commit, and pushes nothing", async () => {
    const { runner, git, base } = checkOut(machine);
    git("commit", "--quiet", "--allow-empty", "--message", "pull request");
    const step = await runner.runStep({ inputs, env: comment(base) });
    expect(step).toMatchObject({ exitCode: 0, outputs: { digest: "", promoted: "false" } });
    expect(step.log).toMatch(/nothing is pushed: the commit \w{40} is checked out instead of/);
  }, 240_000);
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
