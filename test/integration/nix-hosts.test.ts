import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readReport } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders, type StepOptions } from "../runner.js";
import { readNixRelease } from "../testbed.js";

afterAll(() => {
  removeTemporaryFolders();
});

const INPUTS = { ...COMMON, installables: `path:${FIXTURE}#image` };
const VERSION = readNixRelease()["nix-version"];
const COMMIT = `cp -r "$1/." "$2"; cd "$2"; git init -q; git add -A
git -c user.name=test -c user.email=test@example.org commit -qm flake`;
const USERS = [
  ["root", {}],
  ["a user with sudo", { isUnprivileged: true }],
  ["a user without sudo", { isRootless: true }],
] as const;

describe.each(USERS)("%s", (name, user) => {
  const machine = makeTemporaryFolder("host");
  const readOnly = makeTemporaryFolder("read-only");
  beforeAll(() => {
    execFileSync("mount", ["-t", "tmpfs", "-o", "ro", "none", readOnly]);
  });
  afterAll(() => {
    execFileSync("umount", [readOnly]);
  });

  /** Runs main and post, and returns the result of main, which must succeed. */
  const runJob = async (options: StepOptions) => {
    const runner = createRunner(machine, user);
    const step = await runner.runStep({ inputs: INPUTS, ...options });
    const post = await runner.runStep({ ...options, inputs: {}, state: step.state });
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(post.log).not.toContain("::warning");
    expect(readdirSync(runner.temp).filter((name) => !/\.(?:json|html)$/.test(name))).toEqual([]);
    return step;
  };

  it.each([
    ["is not set", "unset HOME"],
    ["is a folder that does not exist", `export HOME=${machine}/nowhere/home`],
    ["cannot be created", "export HOME=/dev/null/home"],
    ["cannot be written to", `export HOME=${readOnly}`],
  ])(
    "works without a usable HOME, also for flakes in git: one that %s",
    async (_, prelude) => {
      const flake = makeTemporaryFolder("flake");
      execFileSync("/bin/bash", ["-ec", COMMIT, "bash", FIXTURE, flake]);
      if (name !== "root") execFileSync("chown", ["-R", "nobody", flake]);
      const inputs = { ...INPUTS, installables: `git+file://${flake}#image` };
      const step = await runJob({ prelude, inputs });
      expect(readReport(step).nix).toMatchObject({ version: VERSION });
    },
    120_000,
  );

  it("works without a usable TMPDIR: one that is full", async () => {
    const folder = makeTemporaryFolder("full");
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k,mode=1777", "none", folder]);
    try {
      execFileSync("/bin/bash", ["-c", `! head -c 1M /dev/zero > ${folder}/filler`], { stdio: "ignore" });
      await runJob({
        env: { TMPDIR: folder },
        inputs: { ...INPUTS, installables: `path:${FIXTURE}#sandboxed` },
      });
    } finally {
      execFileSync("umount", [folder]);
    }
  }, 120_000);
});

it("a user without an account, as in many job containers, installs Nix and builds", async () => {
  const machine = makeTemporaryFolder("nobody");
  const runner = createRunner(machine);
  const prelude = `chown -R 12345:12345 /nix ${runner.folder} ${machine}
    unset HOME; set -- setpriv --reuid=12345 --regid=12345 --clear-groups -- "$@"`;
  const step = await runner.runStep({
    prelude,
    inputs: { ...INPUTS, installables: `path:${FIXTURE}#sandboxed` },
  });
  await runner.runStep({ prelude, state: step.state });
  if (step.exitCode !== 0) throw new Error(step.log);
  expect(readReport(step)).toMatchObject({ nix: { origin: "installed" }, builds: [{ outcome: "built" }] });
}, 120_000);

describe("two jobs at once on one machine", () => {
  it.each(USERS)(
    "install one Nix, and both build with it (%s)",
    async (_, user) => {
      const machine = makeTemporaryFolder("shared");
      const runners = [createRunner(machine, user), createRunner(machine, user)];
      const steps = await Promise.all(
        runners.map((runner, index) =>
          runner.runStep({
            inputs: { ...INPUTS, installables: `path:${FIXTURE}#${index === 0 ? "image" : "sandboxed"}` },
          }),
        ),
      );
      for (const step of steps) if (step.exitCode !== 0) throw new Error(step.log);
      const origins = steps.map((step) => readReport(step).nix?.origin);
      expect(origins.sort()).toEqual(["installed", "reused"]);

      // The first job to end leaves the Nix to the others, and the last one stops the daemon.
      const [first, second] = runners.map((runner, index) => ({ runner, state: steps[index]?.state ?? {} }));
      await first?.runner.runStep({ state: first.state });
      const third = createRunner(machine, user);
      const last = await third.runStep({ inputs: INPUTS });
      if (last.exitCode !== 0) throw new Error(last.log);
      await third.runStep({ state: last.state });
      const record = join(machine, "nix/var/nix/cross-build/daemon");
      const pid = existsSync(join(record, "..")) ? (readlinkSync(record).split(" ")[0] ?? "") : undefined;
      if (pid !== undefined) expect(existsSync(`/proc/${pid}/exe`)).toBe(true);
      const post = await second?.runner.runStep({ state: second.state });
      expect(post?.log).not.toContain("::warning");
      if (pid !== undefined) expect(existsSync(`/proc/${pid}/exe`)).toBe(false);
      expect(pid !== undefined).toBe("isUnprivileged" in user);
    },
    240_000,
  );
});

describe("a Nix that this action did not install", () => {
  const profile = "/nix/var/nix/profiles/default";
  let machine: string;
  let nix: string;
  beforeAll(() => {
    machine = makeTemporaryFolder("foreign");
    execFileSync("script/testbed/install-nix", [machine, fileURLToPath(readNixRelease()["nix-url"])]);
    nix = execFileSync("readlink", [join(machine, profile)], { encoding: "utf8" }).trim();
    execFileSync("rm", [join(machine, profile)]);
    mkdirSync(join(machine, "etc-nix"), { recursive: true });
    writeFileSync(join(machine, "etc-nix/nix.conf"), "build-users-group =\n");
  });

  /** A folder with a `nix` that prints `words` as its version, and otherwise is the real Nix. */
  const nixThatSays = (words: string) => {
    const folder = makeTemporaryFolder("nix");
    writeFileSync(
      join(folder, "nix"),
      `#!/bin/bash --norc\n[ "$1" != --version ] || { echo '${words}'; exit; }\nexec ${nix}/bin/nix "$@"\n`,
      { mode: 0o755 },
    );
    return folder;
  };

  it.each([
    [
      "as a single user's, in ~/.nix-profile",
      () => `mkdir -p $HOME; ln -sfn ${nix} $HOME/.nix-profile`,
      VERSION,
    ],
    [
      "as a single user's with use-xdg-base-directories",
      () => `mkdir -p $HOME/.local/state/nix; ln -sfn ${nix} $HOME/.local/state/nix/profile`,
      VERSION,
    ],
    [
      "as on NixOS",
      () => `mount -t tmpfs none /run; mkdir -p /run/current-system; ln -s ${nix} /run/current-system/sw`,
      VERSION,
    ],
    [
      "with the version output of Determinate Nix",
      () => `PATH=${nixThatSays("nix (Determinate Nix 3.8.5) 2.30.2")}:$PATH`,
      "2.30.2",
    ],
    [
      "with the version output of Lix",
      () => `PATH=${nixThatSays("nix (Lix, like Nix) 2.93.3")}:$PATH`,
      "2.93.3",
    ],
  ])(
    "is used %s, and is not changed",
    async (_, prelude, version) => {
      const before = readdirSync(join(machine, "nix/store")).length;
      const runner = createRunner(machine);
      const step = await runner.runStep({ inputs: INPUTS, prelude: prelude() });
      await runner.runStep({ state: step.state });
      if (step.exitCode !== 0) throw new Error(step.log);
      expect(readReport(step).nix).toEqual({ version, origin: "reused", source: "present" });
      expect(readFileSync(join(machine, "etc-nix/nix.conf"), "utf8")).toBe("build-users-group =\n");
      expect(readdirSync(join(machine, "etc-nix"))).toEqual(["nix.conf"]);
      expect(readdirSync(join(machine, "nix/store")).length).toBeGreaterThanOrEqual(before);
    },
    120_000,
  );
});
