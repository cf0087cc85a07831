import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import type { Report } from "../../src/report/report.js";
import { type CacheEntry, type FakeGithubCache, startFakeGithubCache } from "../fake-github-cache.js";
import { COMMON, FIXTURE, readReport } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders, type StepResult } from "../runner.js";

let github: FakeGithubCache;
let flake: string;

beforeEach(async () => {
  github = await startFakeGithubCache();
});
beforeAll(() => {
  flake = makeTemporaryFolder("flake");
  cpSync(FIXTURE, flake, { recursive: true });
  chmodSync(flake, 0o755);
});
afterEach(() => {
  github.stop();
});
afterAll(() => {
  removeTemporaryFolders();
});

interface RunOptions {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly isUnprivileged?: boolean;
  /** A machine that has something; without it, one that has nothing. */
  readonly machine?: string;
}

/** One job. The token is nowhere in what it leaves, and its post step leaves nothing else. */
async function runJob({ inputs = {}, env = {}, isUnprivileged = false, machine }: RunOptions = {}): Promise<
  StepResult & { readonly report: Report }
> {
  const runner = createRunner(machine ?? makeTemporaryFolder("machine"), { isUnprivileged });
  const step = await runner.runStep({
    inputs: { ...COMMON, installables: `path:${flake}#image`, ...inputs },
    env: { ...github.environment, ...env },
  });
  const report = readReport(step);
  const post = await runner.runStep({ state: step.state });
  expect(post).toMatchObject({ exitCode: 0 });
  for (const text of [step.log, step.summary, JSON.stringify(report), JSON.stringify(step.outputs)]) {
    expect(text).not.toContain(github.token);
    expect(text).not.toContain("secret-signature");
  }
  return { ...step, report };
}

/** Another commit: the server changes, and with it the image. */
function changeFlake(): void {
  const source = join(flake, "httpd.c");
  writeFileSync(source, `${readFileSync(source, "utf8")}\nconst char changed${Date.now()}[] = "x";\n`);
}

/** An entry, unpacked, changed by hand, and packed again. */
function tamperFiles(key: string, change: (folder: string) => void): void {
  github.tamper(key, (blob) => {
    const folder = mkdtempSync(join(tmpdir(), "tamper-"));
    try {
      writeFileSync(join(folder, "in"), blob);
      execFileSync("tar", ["-xf", "in", "--zstd"], { cwd: folder });
      change(join(folder, "entry"));
      execFileSync("tar", ["-cf", "out", "--zstd", "entry"], { cwd: folder });
      return readFileSync(join(folder, "out"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

describe("GitHub's cache, where nothing else was asked for", () => {
  it("is saved, restored on another machine, and grows by what is new", async () => {
    const isUnprivileged = true;
    const first = await runJob({ isUnprivileged });
    if (first.exitCode !== 0) throw new Error(first.log);
    expect(first.report.cache).toMatchObject({
      uri: "github",
      isTrustedByLocation: true,
      state: "pushed",
      // The server is no part of the image's closure, and yet needed when the image alone changes.
      pathsPushed: 2,
      restored: { state: "empty", entries: 0 },
      saved: { kind: "base", key: github.keys()[0] },
    });
    expect(first.summary).toContain("Saved: a base");

    const second = await runJob({ isUnprivileged });
    expect(second).toMatchObject({ exitCode: 0, outputs: { "cache-hit-rate": "1" } });
    expect(second.report).toMatchObject({
      builds: [],
      cache: {
        hitRate: 1,
        state: "unchanged",
        saved: null,
        restored: { state: "restored", entries: 1, paths: 2 },
      },
    });
    expect(second.summary).toContain("Restored: 2 paths of 1 entries");
    expect(github.keys()).toHaveLength(1);

    changeFlake();
    const third = await runJob({ isUnprivileged });
    expect(third.report.cache).toMatchObject({ state: "pushed", saved: { kind: "delta" } });
    expect(third.report.builds.length).toBeGreaterThan(0);
    expect(github.keys()).toHaveLength(2);

    const fourth = await runJob({ isUnprivileged });
    expect(fourth.report).toMatchObject({ builds: [], cache: { hitRate: 1, restored: { entries: 2 } } });

    // GitHub has removed the base: what is left is used, and the next entry is a base again.
    github.remove(github.keys()[0] ?? "");
    changeFlake();
    const fifth = await runJob({ isUnprivileged });
    expect(fifth.report.cache).toMatchObject({
      restored: { entries: 1, paths: 2 },
      pathsPushed: 2,
      saved: { kind: "base" },
    });
    expect(fifth.exitCode).toBe(0);
  }, 480_000);

  it("serves the steps after the setup action, and is not filled by it", async () => {
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

  it("leaves out what another cache has", async () => {
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
    // The image comes from there in the first job, and is on the machine in the second.
    for (const name of ["streamed", "gzipped"]) {
      const saved = await runJob({ machine, inputs: { ...reading, installables: `path:${flake}#${name}` } });
      expect(saved.report.builds).toHaveLength(1);
      expect(saved.report.cache).toMatchObject({
        state: "pushed",
        pathsPushed: 1,
        isTrustedByLocation: true,
      });
    }
    const again = await runJob({ inputs: { ...reading, installables: `path:${flake}#streamed` } });
    expect(again.report).toMatchObject({ builds: [], cache: { state: "unchanged" } });
    expect(again.exitCode).toBe(0);
  }, 240_000);
});

describe("GitHub's cache", () => {
  it("is neither read nor filled where it is switched off, nor outside of an action", async () => {
    const off = await runJob({ inputs: { cache: "none" } });
    expect(off).toMatchObject({ exitCode: 0, report: { cache: null } });
    const elsewhere = await runJob({ env: { ACTIONS_RESULTS_URL: "" } });
    expect(elsewhere).toMatchObject({ exitCode: 0, report: { cache: null } });
    expect(github.calls).toEqual([]);
    const asked = await runJob({ inputs: { cache: "github" }, env: { ACTIONS_RESULTS_URL: "" } });
    expect(asked).toMatchObject({ exitCode: 0, report: { cache: { state: "withheld", saved: null } } });
    expect(asked.log).toContain("::warning::the binary cache github could not be read");
  }, 240_000);

  it("is read by a pull request, and not filled", async () => {
    const step = await runJob({ env: { GITHUB_EVENT_NAME: "pull_request" } });
    expect(step).toMatchObject({
      exitCode: 0,
      report: { cache: { state: "withheld", restored: { state: "empty" }, saved: null } },
    });
    expect(step.report.cache?.reason).toContain("pull_request");
    expect(github.calls).not.toContain(
      "POST /twirp/github.actions.results.api.v1.CacheService/CreateCacheEntry",
    );
  }, 120_000);

  it.each([
    ["read", "empty", "withheld"],
    ["write-only", "withheld", "pushed"],
    ["none", "withheld", "withheld"],
  ])(
    "keeps to the workflow's cache-mode: %s",
    async (mode, restored, state) => {
      const step = await runJob({ env: { ACTIONS_CACHE_MODE: mode } });
      expect(step).toMatchObject({
        exitCode: 0,
        report: { cache: { restored: { state: restored }, state } },
      });
      expect(github.keys()).toHaveLength(state === "pushed" ? 1 : 0);
      if (mode === "none") expect(github.calls).toEqual([]);
    },
    120_000,
  );

  it("that is down costs a warning", async () => {
    github.setFault("down");
    const step = await runJob();
    expect(step).toMatchObject({
      exitCode: 0,
      report: { cache: { state: "withheld", restored: { state: "failed" }, saved: null } },
    });
    expect(step.log).toMatch(/::warning::the binary cache github could not be read.* within 20 s .*\(500\)/);
  }, 120_000);

  it("that does not answer is waited for in vain, and fails only a run that wants it", async () => {
    github.setFault("silent");
    const step = await runJob({ inputs: { "on-cache-failure": "fail" } });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "CACHE_FAILED" } });
    expect(step.report.error?.message).toContain("it was not done within 20 s");
  }, 120_000);

  it("that takes nothing costs a warning, too", async () => {
    github.setFault("denied");
    const step = await runJob();
    expect(step).toMatchObject({ exitCode: 0, report: { cache: { state: "failed", saved: null } } });
    expect(step.log).toMatch(/::warning::GitHub's cache does not work: .*cache write denied/);
  }, 120_000);
});

describe("an entry that is broken", () => {
  let whole: readonly CacheEntry[];
  let storePaths: string | undefined;
  beforeAll(async () => {
    github = await startFakeGithubCache();
    const first = await runJob();
    whole = github.entries();
    storePaths = first.outputs["store-paths"];
    github.stop();
  }, 120_000);

  const files = (folder: string) => readdirSync(folder).filter((name) => name.endsWith(".narinfo"));
  const archives = (folder: string) =>
    readdirSync(join(folder, "nar")).map((name) => join(folder, "nar", name));

  it.each<[string, (key: string) => void]>([
    [
      "is cut short",
      (key) => {
        github.tamper(key, (blob) => blob.subarray(0, blob.length / 2));
      },
    ],
    [
      "is no archive",
      (key) => {
        github.tamper(key, () => Buffer.from("nonsense"));
      },
    ],
    [
      "has a file that is cut short",
      (key) => {
        tamperFiles(key, (folder) => {
          for (const file of archives(folder)) writeFileSync(file, readFileSync(file).subarray(0, 20));
        });
      },
    ],
    [
      "has files with other contents",
      (key) => {
        tamperFiles(key, (folder) => {
          for (const file of archives(folder)) {
            const bytes = readFileSync(file);
            writeFileSync(file, bytes.fill(0, bytes.length >> 1));
          }
        });
      },
    ],
    [
      "lies about what is in its files",
      (key) => {
        tamperFiles(key, (folder) => {
          for (const name of files(folder)) {
            const text = readFileSync(join(folder, name), "utf8");
            writeFileSync(
              join(folder, name),
              text.replace(/NarHash: .*/, `NarHash: sha256:${"0".repeat(52)}`),
            );
          }
        });
      },
    ],
    [
      "has a narinfo that is none",
      (key) => {
        tamperFiles(key, (folder) => {
          for (const name of files(folder)) writeFileSync(join(folder, name), "StorePath: x\n");
        });
      },
    ],
  ])(
    "and %s is built again, and replaced",
    async (_, breakEntry) => {
      github.stop();
      github = await startFakeGithubCache(whole);
      breakEntry(github.keys()[0] ?? "");
      const second = await runJob();
      expect(second).toMatchObject({ exitCode: 0, outputs: { "store-paths": storePaths } });
      expect(second.report.builds.length).toBeGreaterThan(0);
      expect(second.report.cache).toMatchObject({ state: "pushed", saved: { kind: "base" } });
      const third = await runJob();
      expect(third).toMatchObject({ exitCode: 0, report: { builds: [] } });
    },
    240_000,
  );
});
