import { chmodSync, cpSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { afterAll, afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { runCacheJob } from "../cache-job.js";
import { type FakeGithubCache, startFakeGithubCache } from "../fake-github-cache.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";

let github: FakeGithubCache;

beforeEach(async () => {
  github = await startFakeGithubCache();
});
afterEach(() => {
  github.stop();
});
afterAll(() => {
  removeTemporaryFolders();
});

describe("a new version of a library that every package needs", () => {
  it("sends at most a fifth of the whole to GitHub's cache, and is read by another machine", async () => {
    const flake = makeTemporaryFolder("bump");
    cpSync(resolve("test/fixtures/bump"), flake, { recursive: true });
    chmodSync(flake, 0o755);
    const image = { inputs: { systems: "x86_64-linux" } };
    const first = await runCacheJob(github, flake, image);
    if (first.exitCode !== 0) throw new Error(first.log);
    expect(first.report.caches).toMatchObject([{ pathsPushed: 14 }]);
    const wholeBytes = github.bytes();
    expect(wholeBytes).toBeGreaterThan(24_000_000);

    writeFileSync(join(flake, "version.txt"), "2\n");
    const second = await runCacheJob(github, flake, image);
    expect(second.report.builds).toHaveLength(14);
    expect(second.report.caches).toMatchObject([{ state: "pushed" }]);
    expect((github.bytes() - wholeBytes) / wholeBytes).toBeLessThan(0.2);

    // Nix compares every path with its hash.
    const third = await runCacheJob(github, flake, image);
    expect(third).toMatchObject({ exitCode: 0, outputs: { "store-paths": second.outputs["store-paths"] } });
    expect(third.report).toMatchObject({ builds: [], caches: [{ hitRate: 1, state: "unchanged" }] });
    expect(third.report.substitutions).toHaveLength(14);
  }, 480_000);
});
