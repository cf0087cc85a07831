import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { copyFlake, runCacheJob } from "../cache-job.js";
import { type FakeGithubCache, startFakeGithubCache } from "../fake-github-cache.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";

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

const CREATE = "POST /twirp/github.actions.results.api.v1.CacheService/CreateCacheEntry";

/** The variables of a run on a pull request whose head is in this repository. */
function pullRequest(ref: string, head = "fluo/app"): Readonly<Record<string, string>> {
  const payload = join(makeTemporaryFolder("payload"), "event.json");
  const repository = { full_name: "fluo/app", id: 1 };
  const repo = head === "fluo/app" ? repository : { full_name: head, id: 2 };
  writeFileSync(payload, JSON.stringify({ repository, pull_request: { head: { repo } } }), { mode: 0o644 });
  return {
    ...github.environmentOf(ref),
    GITHUB_EVENT_NAME: "pull_request",
    GITHUB_EVENT_PATH: payload,
    GITHUB_REF: ref,
  };
}

describe("what a pull request saves", () => {
  it("is read by its next run, but by no other ref", async () => {
    const [first, second] = ["refs/pull/1/merge", "refs/pull/2/merge"];
    const saved = await runCacheJob(github, flake, { env: pullRequest(first) });
    if (saved.exitCode !== 0) throw new Error(saved.log);
    expect(saved.report.caches).toMatchObject([{ state: "pushed", saved: { kind: "base" } }]);
    expect(saved.report.caches[0]?.reason).toContain("base");
    expect(github.keys(first)).toHaveLength(1);

    const again = await runCacheJob(github, flake, { env: pullRequest(first) });
    expect(again.report).toMatchObject({ builds: [], caches: [{ hitRate: 1, state: "unchanged" }] });

    const environments = [{}, github.environmentOf("refs/heads/feature"), pullRequest(second)];
    for (const env of environments) {
      const other = await runCacheJob(github, flake, { env });
      expect(other.report.caches).toMatchObject([{ restored: { state: "empty", entries: 0 } }]);
      expect(other.report.builds.length).toBeGreaterThan(0);
      for (const key of github.keys()) github.remove(key);
    }
  }, 480_000);

  it("adds to what its base has saved", async () => {
    await runCacheJob(github, flake);
    const next = await runCacheJob(github, flake, { env: pullRequest("refs/pull/1/merge") });
    expect(next.report).toMatchObject({ builds: [], caches: [{ hitRate: 1, state: "unchanged" }] });
    expect(github.keys("refs/pull/1/merge")).toEqual([]);
  }, 240_000);

  it.each<[string, () => Readonly<Record<string, string>>]>([
    ["from a fork", () => pullRequest("refs/pull/1/merge", "eve/app")],
    ["of Dependabot", () => ({ ...pullRequest("refs/pull/1/merge"), GITHUB_ACTOR: "dependabot[bot]" })],
    ["whose ref is not its own", () => pullRequest("refs/heads/main")],
    ["that runs with the rights of its base", () => ({ GITHUB_EVENT_NAME: "pull_request_target" })],
  ])(
    "is nothing for one %s",
    async (name, readEnvironment) => {
      const env = readEnvironment();
      const step = await runCacheJob(github, flake, { env });
      expect(github.calls).not.toContain(CREATE);
      if (name === "that runs with the rights of its base") return;
      expect(step).toMatchObject({
        exitCode: 0,
        report: { caches: [{ state: "withheld", restored: { state: "empty" }, saved: null }] },
      });
    },
    120_000,
  );

  it("is nothing if the input says so", async () => {
    const env = pullRequest("refs/pull/1/merge");
    await runCacheJob(github, flake, { env, inputs: { "cache-push": "false" } });
    expect(github.calls).not.toContain(CREATE);
  }, 120_000);
});
