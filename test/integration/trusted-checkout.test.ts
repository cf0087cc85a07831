import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "@jest/globals";

import { checkOut, foreign, type Git, gitIn, verify, type Wanted } from "../checkout.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";

afterAll(() => {
  removeTemporaryFolders();
});

/** The pointer that a commit has in place of a file of Git LFS. */
function pointerOf(text: string): string {
  const oid = createHash("sha256").update(text).digest("hex");
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${text.length}\n`;
}

describe("a checkout is the workflow's own", () => {
  it("without changes, also at a tag, in a worktree, and through a symbolic link", async () => {
    const { top, base, git } = checkOut();
    expect(await verify({ app: top, base, flake: "./app" })).toEqual({ state: "verified" });
    const tree = join(makeTemporaryFolder("worktree"), "tree");
    git("worktree", "add", "--quiet", "--detach", tree);
    expect(await verify({ app: join(tree, "app"), base })).toEqual({ state: "verified" });
    const link = join(makeTemporaryFolder("link"), "link");
    symlinkSync(top, link);
    expect(await verify({ app: join(link, "app"), base })).toEqual({ state: "verified" });
  });

  it("with a file of Git LFS as its pointer, or with its contents, but not with others", async () => {
    const large = "a large file\n".repeat(1000);
    const { app, base } = checkOut((_, folder) => {
      writeFileSync(join(folder, ".gitattributes"), "*.bin filter=lfs diff=lfs merge=lfs -text\n");
      writeFileSync(join(folder, "app/large.bin"), pointerOf(large));
    });
    expect(await verify({ app, base })).toEqual({ state: "verified" });
    writeFileSync(join(app, "large.bin"), large);
    expect(await verify({ app, base })).toEqual({ state: "verified" });
    writeFileSync(join(app, "large.bin"), `${large}evil`);
    expect(await verify({ app, base })).toEqual(foreign(/has changes: app\/large\.bin/));
  });

  it("with line endings that its attributes ask for", async () => {
    const { app, base } = checkOut((_, folder) => {
      writeFileSync(join(folder, ".gitattributes"), "*.txt text eol=crlf\n");
      writeFileSync(join(folder, "app/a.txt"), "one\ntwo\n");
    });
    expect(readFileSync(join(app, "a.txt"), "utf8")).toBe("one\r\ntwo\r\n");
    expect(await verify({ app, base })).toEqual({ state: "verified" });
  });

  it("if a sparse checkout leaves files out, but not if a file was deleted", async () => {
    const { top, app, base, git } = checkOut((_, folder) => {
      mkdirSync(join(folder, "other"));
      writeFileSync(join(folder, "other/file"), "1\n");
      writeFileSync(join(folder, "app/two"), "2\n");
    });
    git("sparse-checkout", "set", "app");
    expect(existsSync(join(top, "other"))).toBe(false);
    expect(await verify({ app, base })).toEqual({ state: "verified" });
    rmSync(join(app, "two"));
    expect(await verify({ app, base })).toEqual(foreign(/has changes: app\/two/));
  });

  it("with submodules at their commits or without them, but not with changes in one", async () => {
    const library = makeTemporaryFolder("library");
    const other = gitIn(library);
    other("init", "--quiet");
    writeFileSync(join(library, "code"), "1\n");
    other("add", ".");
    other("commit", "--quiet", "--message", "library");
    const { top, app, base, git } = checkOut((inOrigin) => {
      inOrigin("submodule", "--quiet", "add", library, "lib");
    });
    expect(await verify({ app, base })).toEqual({ state: "verified" });
    git("submodule", "--quiet", "update", "--init");
    expect(await verify({ app, base })).toEqual({ state: "verified" });
    const { mark, command } = { mark: join(top, "../ran"), command: `sh -c 'touch ${top}/../ran; cat'` };
    git("-C", "lib", "config", "core.fsmonitor", command);
    appendFileSync(join(top, "lib/code"), "2\n");
    expect(await verify({ app, base })).toEqual(foreign(/has changes: lib\/code/));
    expect(existsSync(mark)).toBe(false);
    rmSync(join(top, "lib"), { recursive: true });
    git("init", "--quiet", "lib");
    expect(await verify({ app, base })).toEqual(foreign(/has changes: lib/));
    rmSync(join(top, "lib"), { recursive: true });
    mkdirSync(join(top, "lib"));
    writeFileSync(join(top, "lib/code"), "1\n");
    expect(await verify({ app, base })).toEqual(foreign(/has changes: lib/));
  });
});

describe("a checkout is foreign", () => {
  it.each<[string, (app: string, git: Git) => Partial<Wanted>, RegExp]>([
    [
      "at another commit",
      (_, git) => {
        git("commit", "--quiet", "--allow-empty", "--message", "head");
        return {};
      },
      /^the commit \w{40} is checked out instead of \w{40}$/,
    ],
    ["if the workflow has no commit", () => ({ event: { commit: undefined } }), /instead of GITHUB_SHA/],
    [
      "with a changed file of the same size and time",
      (app) => {
        const file = join(app, "flake.nix");
        writeFileSync(file, readFileSync(file, "utf8").replace("_", "x"));
        utimesSync(file, 1, 1);
        return {};
      },
      /has changes: app\/flake\.nix/,
    ],
    [
      "with a file more",
      (app) => {
        writeFileSync(join(app, "evil\n::error::.nix"), "{}");
        return {};
      },
      /has changes: app\/evil\\n::error::\.nix/,
    ],
    [
      "with an ignored file, which a path: flake contains",
      (app) => {
        writeFileSync(join(app, "result"), "");
        return {};
      },
      /has changes: app\/result/,
    ],
    [
      "with another checkout inside",
      (app, git) => {
        git("clone", "--quiet", ".", join(app, "pull-request"));
        return {};
      },
      /has changes: app\/pull-request/,
    ],
    [
      "with a change that the index hides",
      (app, git) => {
        git("update-index", "--assume-unchanged", "app/flake.nix");
        appendFileSync(join(app, "flake.nix"), "# evil\n");
        return {};
      },
      /has changes: app\/flake\.nix/,
    ],
    [
      "if the flake is in another folder of the machine",
      (app) => {
        const other = join(app, "../../pull-request");
        mkdirSync(other);
        return { flake: "../../pull-request" };
      },
      /"\.\.\/\.\.\/pull-request" is not in the checkout/,
    ],
    [
      "if the flake is at another commit of it",
      () => ({ flake: "git+file:.?ref=refs/pull/1/head" }),
      /not in the checkout/,
    ],
    ["if there is none", () => ({ app: "/" }), /^\/ is not in a git checkout/],
  ])("%s", async (_, change, reason) => {
    const { app, base, git } = checkOut();
    expect(await verify({ app, base, ...change(app, git) })).toEqual(foreign(reason));
  });

  it("only if the flake is local: the workflow's author chose the others", async () => {
    const { app, base } = checkOut();
    expect(await verify({ app, base, flake: "github:team/other" })).toEqual({ state: "verified" });
    const event = { name: "pull_request_target" };
    await expect(verify({ app, base, event, flake: "github:team/other" })).rejects.toMatchObject({
      code: "EVENT_REFUSED",
    });
  });
});

it("is not looked at on events that are decided without it", async () => {
  for (const name of ["push", "pull_request", undefined]) {
    expect(await verify({ app: "/nonexistent", base: "", event: { name } })).toEqual({ state: "unverified" });
  }
});
