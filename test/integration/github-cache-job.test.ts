import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { type CacheJobOptions, copyFlake, runCacheJob } from "../cache-job.js";
import { type FakeGithubCache, startFakeGithubCache } from "../fake-github-cache.js";
import { COMMON } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { readNixRelease } from "../testbed.js";

let github: FakeGithubCache;
let flake: string;

beforeEach(async () => {
  github = await startFakeGithubCache();
});
beforeAll(() => {
  flake = copyFlake();
});
afterEach(() => {
  github.stop();
});
afterAll(() => {
  removeTemporaryFolders();
});

const runJob = (options?: CacheJobOptions) => runCacheJob(github, flake, options);

/** Changes the server, and with it the image, as another commit would. */
function changeFlake(): void {
  const source = join(flake, "httpd.c");
  writeFileSync(source, `${readFileSync(source, "utf8")}\nconst char changed${Date.now()}[] = "x";\n`);
}

describe("the history in GitHub's cache", () => {
  it("grows with each run that builds, and is not written by a pull request", async () => {
    const inputs = { history: "github", cache: "none" };
    const runs: number[] = [];
    for (const env of [{}, {}, { GITHUB_EVENT_NAME: "pull_request" }]) {
      const { report, log, exitCode } = await runJob({ inputs, env });
      if (exitCode !== 0) throw new Error(log);
      runs.push(...(report.history?.targets ?? []).map((target) => target.runs));
    }
    expect(runs).toEqual([0, 1, 2]);
    expect(github.keys()).toHaveLength(2);
    expect(github.keys().every((key) => key.startsWith("cross-build-history-1-"))).toBe(true);
  }, 240_000);
});

describe("GitHub's cache, by default", () => {
  it("is saved, restored on another machine, and extended with new paths", async () => {
    const isUnprivileged = true;
    const first = await runJob({ isUnprivileged });
    if (first.exitCode !== 0) throw new Error(first.log);
    expect(first.report.caches).toMatchObject([
      {
        uri: "github",
        isTrustedByLocation: true,
        state: "pushed",
        // The server is not in the image's closure, but is needed when only the image changes.
        pathsPushed: 2,
        restored: { state: "empty", entries: 0 },
        saved: { kind: "base", key: github.keys()[0] },
      },
    ]);
    expect(first.summary).toContain("Saved: a base");

    const second = await runJob({ isUnprivileged });
    expect(second).toMatchObject({ exitCode: 0, outputs: { "cache-hit-rate": "1" } });
    expect(second.report).toMatchObject({
      builds: [],
      caches: [
        {
          hitRate: 1,
          state: "unchanged",
          saved: null,
          restored: { state: "restored", entries: 1, paths: 2 },
        },
      ],
    });
    expect(second.summary).toContain("Restored: 2 paths from 1 entry");
    expect(github.keys()).toHaveLength(1);

    changeFlake();
    const layout = makeTemporaryFolder("layout");
    chmodSync(layout, 0o777);
    const image = { image: `oci:${join(layout, "image")}` };
    const third = await runJob({ isUnprivileged, inputs: image });
    if (third.exitCode !== 0) throw new Error(third.log);
    expect(third.report.caches).toMatchObject([{ state: "pushed", saved: { kind: "delta" } }]);
    expect(third.report.builds.length).toBeGreaterThan(0);
    expect(github.keys()).toHaveLength(2);

    const fourth = await runJob({ isUnprivileged });
    expect(fourth.report).toMatchObject({ builds: [], caches: [{ hitRate: 1, restored: { entries: 2 } }] });

    // If GitHub has removed the base, the rest is used.
    github.remove(github.keys()[0] ?? "");
    const fifth = await runJob({ isUnprivileged });
    expect(fifth).toMatchObject({ exitCode: 0, report: { caches: [{ restored: { entries: 1 } }] } });
  }, 480_000);

  it("is made smaller by a job that only fills it", async () => {
    const image = { image: `oci:${join(makeTemporaryFolder("layout"), "image")}` };
    for (let commit = 0; commit < 2; commit++) {
      changeFlake();
      const step = await runJob({ inputs: image });
      if (step.exitCode !== 0) throw new Error(step.log);
    }
    const before = github.keys().length;
    const warmUp = await runJob();
    expect(warmUp.report).toMatchObject({
      builds: [],
      caches: [{ restored: { entries: before }, state: "pushed", saved: { kind: "base" } }],
    });
    const next = await runJob();
    expect(next.report).toMatchObject({
      builds: [],
      caches: [{ hitRate: 1, state: "unchanged", restored: { entries: 1 } }],
    });
  }, 480_000);

  it("is filled and read by the newest Nix too", async () => {
    const inputs = readNixRelease("sid");
    const first = await runJob({ inputs });
    if (first.exitCode !== 0) throw new Error(first.log);
    expect(first.report.caches).toMatchObject([{ state: "pushed", pathsPushed: 2 }]);
    expect((await runJob({ inputs })).report).toMatchObject({ builds: [], caches: [{ hitRate: 1 }] });
  }, 240_000);

  it("is filled and read by an old Nix that this action did not install", async () => {
    const { "nix-url": url } = readNixRelease("bookworm");
    const machines = [makeTemporaryFolder("old"), makeTemporaryFolder("old")];
    for (const machine of machines) {
      execFileSync("script/testbed/install-nix", [machine, fileURLToPath(url)]);
      mkdirSync(join(machine, "etc-nix"), { recursive: true });
      // Without a group of build users, and with the build hook where Debian has it.
      const hook = "/nix/var/nix/profiles/default/libexec/nix/build-remote";
      writeFileSync(join(machine, "etc-nix/nix.conf"), `build-users-group =\nbuild-hook = ${hook}\n`);
    }
    const [first, second] = [await runJob({ machine: machines[0] }), await runJob({ machine: machines[1] })];
    if (first.exitCode !== 0) throw new Error(first.log);
    expect(first.report.caches).toMatchObject([{ state: "pushed", pathsPushed: 2 }]);
    expect(second.report).toMatchObject({ builds: [], nix: { origin: "reused" }, caches: [{ hitRate: 1 }] });
  }, 240_000);

  it("is read by the steps after the setup action, which does not fill it", async () => {
    await runJob();
    const machine = makeTemporaryFolder("setup");
    const runner = createRunner(machine);
    const main = await runner.runStep({ action: "setup", inputs: COMMON, env: github.environment });
    if (main.exitCode !== 0) throw new Error(main.log);
    const args = ["nix", "build", "--no-link", "--max-jobs", "0", `path:${flake}#image`];
    execFileSync("script/testbed/isolated", [machine, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { HOME: "/tmp", ...main.environment, PATH: [...main.path, process.env["PATH"]].join(":") },
    });
    await runner.runStep({ action: "setup", state: main.state });
    expect(main.log).not.toContain(github.token);
    expect(github.keys()).toHaveLength(1);
  }, 240_000);

  it("does not contain what another cache has", async () => {
    const other = makeTemporaryFolder("other");
    const trusted = readFileSync("test/fixtures/cache-key/public", "utf8").trim();
    const machine = makeTemporaryFolder("signed");
    const reading = {
      "trusted-public-keys": trusted,
      "extra-conf": `${COMMON["extra-conf"]}\nextra-substituters = file://${other}`,
    };
    const signed = await runJob({
      inputs: {
        cache: `file://${other}`,
        "cache-signing-key": readFileSync("test/fixtures/cache-key/secret", "utf8").trim(),
        "trusted-public-keys": trusted,
      },
    });
    if (signed.exitCode !== 0) throw new Error(signed.log);
    // The first job gets the image from that cache; in the second job the machine has it already.
    for (const name of ["streamed", "gzipped"]) {
      const saved = await runJob({ machine, inputs: { ...reading, installables: `path:${flake}#${name}` } });
      expect(saved.report.builds).toHaveLength(1);
      expect(saved.report.caches).toMatchObject([
        {
          state: "pushed",
          pathsPushed: 1,
          isTrustedByLocation: true,
        },
      ]);
    }
    const again = await runJob({ inputs: { ...reading, installables: `path:${flake}#streamed` } });
    expect(again.report).toMatchObject({ builds: [], caches: [{ state: "unchanged" }] });
    expect(again.exitCode).toBe(0);
  }, 240_000);
});

describe("GitHub's cache", () => {
  it("is neither read nor filled when it is switched off or outside an action", async () => {
    const off = await runJob({ inputs: { cache: "none" } });
    expect(off).toMatchObject({ exitCode: 0, report: { caches: [] } });
    const elsewhere = await runJob({ env: { ACTIONS_RESULTS_URL: "" } });
    expect(elsewhere).toMatchObject({ exitCode: 0, report: { caches: [] } });
    expect(github.calls).toEqual([]);
    const asked = await runJob({ inputs: { cache: "github" }, env: { ACTIONS_RESULTS_URL: "" } });
    expect(asked).toMatchObject({ exitCode: 0, report: { caches: [{ state: "withheld", saved: null }] } });
    expect(asked.log).toContain("::warning::the binary cache github could not be read");
  }, 240_000);

  it.each([
    ["read", "empty", "withheld"],
    ["write-only", "withheld", "pushed"],
    ["none", "withheld", "withheld"],
  ])(
    "follows the workflow's cache-mode: %s",
    async (mode, restored, state) => {
      const step = await runJob({ env: { ACTIONS_CACHE_MODE: mode } });
      expect(step).toMatchObject({
        exitCode: 0,
        report: { caches: [{ restored: { state: restored }, state }] },
      });
      expect(github.keys()).toHaveLength(state === "pushed" ? 1 : 0);
      if (mode === "none") expect(github.calls).toEqual([]);
    },
    120_000,
  );
});
