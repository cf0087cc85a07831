import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "@jest/globals";

import { checkOut, foreign, type Git, gitIn, verify } from "../checkout.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";

afterAll(() => {
  removeTemporaryFolders();
});

/** The files of a "bare" repository, whose configuration runs `evil.sh` on `git status`. */
function plantRepository(folder: string, head: string): string {
  const mark = join(makeTemporaryFolder("mark"), "ran");
  writeFileSync(join(folder, "evil.sh"), `echo "$(env)" >> ${mark}\ncat\n`);
  const own = makeTemporaryFolder("planted");
  const git = gitIn(own);
  git("init", "--quiet");
  writeFileSync(join(own, "file"), "1\n");
  git("add", ".");
  git("commit", "--quiet", "--message", "planted");
  cpSync(join(own, ".git"), folder, { recursive: true });
  rmSync(join(folder, "hooks"), { recursive: true });
  const core = "[core]\nrepositoryformatversion = 0\nbare = false\nworktree = .\n";
  writeFileSync(join(folder, "config"), `${core}[filter "x"]\nclean = sh evil.sh\n`);
  writeFileSync(join(folder, "file"), "2\n");
  writeFileSync(join(folder, ".gitattributes"), "* filter=x\n");
  writeFileSync(join(folder, "HEAD"), `${head}\n`);
  return mark;
}

describe("a pull request with a bare repository in a subfolder", () => {
  it("is one that git itself takes for a repository, and whose filter it runs", () => {
    const { app, base } = checkOut();
    const mark = plantRepository(app, base);
    expect(gitIn(app)("rev-parse", "HEAD")).toBe(base);
    spawnSync("git", ["status", "--porcelain"], { cwd: app, stdio: "ignore" });
    expect(existsSync(mark)).toBe(true);
  });

  it("is refused on pull_request_target, and none of its programs run", async () => {
    const { app, base } = checkOut();
    const mark = plantRepository(app, base);
    const event = { name: "pull_request_target" };
    await expect(verify({ app, base, event })).rejects.toMatchObject({ code: "EVENT_REFUSED" });
    expect(existsSync(mark)).toBe(false);
  });

  it("is foreign on issue_comment, when it is committed too", async () => {
    const { app, base, git } = checkOut();
    const mark = plantRepository(app, base);
    git("add", "--force", ".");
    git("commit", "--quiet", "--message", "pull request");
    expect(await verify({ app, base })).toEqual(foreign(/^the commit \w+ is checked out instead of/));
    expect(existsSync(mark)).toBe(false);
  });

  it("does not matter if it is the workflow's own commit, and none of its programs run", async () => {
    let mark = "";
    const { app, base } = checkOut((_, folder) => {
      mark = plantRepository(join(folder, "app"), "ref: refs/heads/main");
    });
    rmSync(mark, { force: true });
    expect(await verify({ app, base })).toEqual({ state: "verified" });
    expect(existsSync(mark)).toBe(false);
  });
});

describe("no program runs before the decision:", () => {
  const program = () => {
    const mark = join(makeTemporaryFolder("mark"), "ran");
    return { mark, command: `sh -c 'echo yes >> ${mark}; cat'` };
  };

  it.each<[string, (git: Git, command: string) => void]>([
    ["a filter", (git, command) => git("config", "filter.x.clean", command)],
    ["a filter that is a process", (git, command) => git("config", "filter.x.process", command)],
    ["fsmonitor", (git, command) => git("config", "core.fsmonitor", command)],
    ["an external diff", (git, command) => git("config", "diff.external", command)],
  ])("%s of the checkout's own configuration", async (_, configure) => {
    const { mark, command } = program();
    const { app, base, git } = checkOut((__, folder) => {
      writeFileSync(join(folder, ".gitattributes"), "* filter=x diff=x\n");
    });
    configure(git, command);
    utimesSync(join(app, "flake.nix"), 1, 1);
    expect(await verify({ app, base })).toEqual({ state: "verified" });
    expect(existsSync(mark)).toBe(false);
  });

  it("a hook, or what the environment tells git to run", async () => {
    const { mark, command } = program();
    const { app, base, top } = checkOut();
    writeFileSync(join(top, ".git/hooks/post-index-change"), `#!/bin/sh\n${command}\n`, { mode: 0o755 });
    const environment = {
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "core.fsmonitor",
      GIT_CONFIG_VALUE_0: command,
    };
    Object.assign(process.env, environment);
    try {
      expect(await verify({ app, base, environment })).toEqual({ state: "verified" });
    } finally {
      for (const name of Object.keys(environment)) Reflect.deleteProperty(process.env, name);
    }
    expect(existsSync(mark)).toBe(false);
  });

  it("and git sees no secret", async () => {
    const bin = makeTemporaryFolder("bin");
    const seen = join(bin, "seen");
    writeFileSync(join(bin, "git"), `#!/bin/bash\nenv >> ${seen}\nexec /usr/bin/git "$@"\n`, { mode: 0o755 });
    const { app, base } = checkOut();
    const given = {
      PATH: process.env["PATH"],
      "INPUT_SSH-PRIVATE-KEY": "hunter2",
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "hunter2",
    };
    Object.assign(process.env, { ...given, PATH: `${bin}:${given.PATH ?? ""}` });
    try {
      expect(await verify({ app, base })).toEqual({ state: "verified" });
    } finally {
      process.env["PATH"] = given.PATH;
      Reflect.deleteProperty(process.env, "INPUT_SSH-PRIVATE-KEY");
      Reflect.deleteProperty(process.env, "ACTIONS_ID_TOKEN_REQUEST_TOKEN");
    }
    expect(readFileSync(seen, "utf8")).toContain("PATH=");
    expect(readFileSync(seen, "utf8")).not.toContain("hunter2");
  });
});
