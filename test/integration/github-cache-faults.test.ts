import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { type CacheJobOptions, copyFlake, runCacheJob } from "../cache-job.js";
import { type CacheEntry, type FakeGithubCache, startFakeGithubCache } from "../fake-github-cache.js";
import { removeTemporaryFolders } from "../runner.js";

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

/** Unpacks an entry, changes it, and packs it again. */
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

describe("GitHub's cache", () => {
  it("causes only a warning when it is down", async () => {
    github.setFault("down");
    const step = await runJob();
    expect(step).toMatchObject({
      exitCode: 0,
      report: { caches: [{ state: "withheld", restored: { state: "failed" }, saved: null }] },
    });
    expect(step.log).toMatch(/::warning::the binary cache github could not be read.*\(500\)/);
  }, 120_000);

  it("times out when it does not answer, and fails a run only with on-cache-failure: fail", async () => {
    github.setFault("silent");
    const step = await runJob({ inputs: { "on-cache-failure": "fail" } });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "CACHE_FAILED" } });
    expect(step.report.error?.message).toContain("no answer within 60 s");
  }, 120_000);

  it("causes only a warning when it rejects writes", async () => {
    github.setFault("denied");
    const step = await runJob();
    expect(step).toMatchObject({ exitCode: 0, report: { caches: [{ state: "failed", saved: null }] } });
    expect(step.log).toMatch(/::warning::GitHub's cache failed: .*cache write denied/);
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
      "is truncated",
      (key) => {
        github.tamper(key, (blob) => blob.subarray(0, blob.length / 2));
      },
    ],
    [
      "is not an archive",
      (key) => {
        github.tamper(key, () => Buffer.from("nonsense"));
      },
    ],
    [
      "has a truncated file",
      (key) => {
        tamperFiles(key, (folder) => {
          for (const file of archives(folder)) writeFileSync(file, readFileSync(file).subarray(0, 20));
        });
      },
    ],
    [
      "has files with other content",
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
      "has wrong hashes of its files",
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
      "has an invalid narinfo",
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
      expect(second.report.caches).toMatchObject([{ state: "pushed", saved: { kind: "base" } }]);
      const third = await runJob();
      expect(third).toMatchObject({ exitCode: 0, report: { builds: [] } });
    },
    240_000,
  );
});
