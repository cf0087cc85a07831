import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "@jest/globals";

import { createWorkflowRuns, makeRepository, writeProgram } from "../act.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";

const machine = makeTemporaryFolder("bundle");
const runs = createWorkflowRuns(machine);
afterAll(() => {
  runs.print();
  removeTemporaryFolders();
});

describe("dist/ in a pull request of Dependabot", () => {
  const branch = "dependabot/npm_and_yarn/ssh2-2.0.0";
  const workflow = "dist.yml";

  /**
   * Creates a repository whose script/build writes a different bundle, and the repository that it is pushed
   * to.
   */
  function makeBranch(): { readonly from: string; readonly origin: string } {
    const from = makeRepository({ [workflow]: readFileSync(join(".github/workflows", workflow), "utf8") });
    const origin = makeTemporaryFolder("origin");
    const git = (...args: readonly string[]) =>
      execFileSync("git", ["-C", from, "-c", "user.name=test", "-c", "user.email=test@example.org", ...args]);
    for (const folder of ["script", "dist"]) mkdirSync(join(from, folder));
    writeFileSync(join(from, "dist/index.js"), "old\n");
    // Changes that a dependency makes outside dist/ during the build must not be committed.
    const script = "#!/bin/sh -e\necho new > dist/index.js\necho own > flake.nix\ngit add flake.nix\n";
    writeFileSync(join(from, "script/build"), script, { mode: 0o755 });
    git("add", ".");
    git("commit", "--quiet", "--message=bump");
    git("checkout", "--quiet", "-b", branch);
    execFileSync("git", ["clone", "--quiet", "--bare", from, origin]);
    return { from, origin };
  }

  it("is built in a job that cannot write, and committed by a job that runs none of its code", async () => {
    const { from, origin } = makeBranch();
    writeProgram(machine, "gh", `[ "$*" = "auth setup-git" ]`);
    await runs.run(from, "workflow_dispatch", "success", {
      workflow,
      event: "workflow_dispatch",
      payload: { ref: `refs/heads/${branch}`, repository: { full_name: "team/hello" } },
      env: {
        PATH: `${machine}/bin:${process.env["PATH"] ?? ""}`,
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: `url.${origin}.insteadOf`,
        GIT_CONFIG_VALUE_0: "https://github.com/team/hello",
      },
    });
    const git = (...args: readonly string[]) =>
      execFileSync("git", ["-C", origin, ...args], { encoding: "utf8" }).trim();
    expect(git("show", `${branch}:dist/index.js`)).toBe("new");
    expect(git("diff", "--name-only", `${branch}~`, branch)).toBe("dist/index.js");
  }, 120_000);

  it("fails the check if it is out of date", async () => {
    const { from } = makeBranch();
    const payload = {
      repository: { full_name: "team/hello" },
      pull_request: {
        number: 1,
        user: { login: "dependabot[bot]" },
        head: { ref: branch, repo: { full_name: "team/hello" } },
        base: { ref: "main" },
      },
    };
    const { log } = await runs.run(from, "pull_request of Dependabot", "failure", {
      workflow,
      event: "pull_request",
      payload,
    });
    expect(log).toContain("run this workflow, Bundle, on this branch");
  }, 120_000);
});
