import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";

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

/** The parts of an index that tests change. */
interface Index {
  readonly chunks: [digest: string, frameDigest: string, frameBytes: number, bytes: number][];
  readonly paths: { narHash: string }[];
}

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

describe("GitHub's cache under a rate limit", () => {
  it("causes only a warning, and is filled by a later run", async () => {
    github.setFault("throttled");
    const step = await runJob();
    expect(step).toMatchObject({ exitCode: 0, report: { caches: [{ state: "failed", saved: null }] } });
    expect(step.log).toMatch(/::warning::GitHub's cache failed: .*Unable to reserve/);
    github.setFault(undefined);
    expect((await runJob()).report.caches).toMatchObject([{ state: "pushed" }]);
  }, 120_000);

  it("is read as far as the repository's share allows", async () => {
    github.setQuota(1);
    expect((await runJob()).report.caches).toMatchObject([{ state: "pushed" }]);
    expect(github.keys()).toEqual([]);
    const next = await runJob();
    expect(next).toMatchObject({ exitCode: 0, report: { caches: [{ restored: { state: "empty" } }] } });
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

  const editFile = (folder: string, end: string, edit: (content: Buffer) => Buffer) => {
    for (const name of readdirSync(folder)) {
      if (!name.endsWith(end)) continue;
      const file = join(folder, name);
      writeFileSync(file, edit(readFileSync(file)));
    }
  };
  const editIndex = (folder: string, edit: (index: Index) => void) => {
    editFile(folder, ".json", (content) => {
      const index = JSON.parse(content.toString()) as Index;
      edit(index);
      return Buffer.from(JSON.stringify(index));
    });
  };

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
      "has a truncated pack",
      (key) => {
        tamperFiles(key, (folder) => {
          editFile(folder, ".pack", (content) => content.subarray(0, 20));
        });
      },
    ],
    [
      "has a pack with other content",
      (key) => {
        tamperFiles(key, (folder) => {
          editFile(folder, ".pack", (content) => content.fill(0));
        });
      },
    ],
    [
      "has chunks with other content, of which its index says nothing",
      (key) => {
        tamperFiles(key, (folder) => {
          const frames: Buffer[] = [];
          editIndex(folder, ({ chunks }) => {
            for (const chunk of chunks) {
              const frame = zstdCompressSync(Buffer.alloc(chunk[3]));
              frames.push(frame);
              chunk[1] = createHash("sha256").update(frame).digest().toString("base64url", 0, 16);
              chunk[2] = frame.length;
            }
          });
          editFile(folder, ".pack", () => Buffer.concat(frames));
        });
      },
    ],
    [
      "has wrong hashes of its paths",
      (key) => {
        tamperFiles(key, (folder) => {
          editIndex(folder, ({ paths }) => {
            for (const path of paths) path.narHash = "0".repeat(64);
          });
        });
      },
    ],
    [
      "has no index",
      (key) => {
        tamperFiles(key, (folder) => {
          editFile(folder, ".json", () => Buffer.from("{}"));
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
      expect(second.report.caches).toMatchObject([{ state: "pushed", saved: {} }]);
      const third = await runJob();
      expect(third).toMatchObject({ exitCode: 0, report: { builds: [] } });
    },
    240_000,
  );
});
