import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE } from "../job.js";
import { createNixMachine, type ReleaseServer, serveRelease, sha256Of } from "../nix-machine.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { readNixRelease } from "../testbed.js";

const RELEASE = readNixRelease("trixie", "xz");
let release: ReleaseServer;

beforeAll(async () => {
  release = await serveRelease();
});

afterAll(() => {
  release.close();
  removeTemporaryFolders();
});

describe("the tool cache", () => {
  const cacheFolder = join(makeTemporaryFolder("cache"), "cache");
  const keptFile = join(cacheFolder, `sha256-${RELEASE["nix-sha256"]}`);
  const installElsewhere = () => {
    release.requests.length = 0;
    return createNixMachine(() => release.url).runDriver({ cacheFolder });
  };

  beforeAll(async () => {
    expect(await installElsewhere()).toMatchObject({ installation: { archive: "download" } });
  });

  it("saves a new machine the download", async () => {
    const outcome = await installElsewhere();
    expect(outcome).toMatchObject({
      state: "done",
      installation: { kind: "release", archive: "tool-cache" },
    });
    expect(release.requests).toEqual([]);
  });

  it("contains the published release, and nothing else", () => {
    expect(readdirSync(cacheFolder)).toEqual([`sha256-${RELEASE["nix-sha256"]}`]);
    expect(sha256Of(keptFile)).toBe(RELEASE["nix-sha256"]);
  });

  it("is not used after tampering, and is repaired", async () => {
    appendFileSync(keptFile, "evil");
    const outcome = await installElsewhere();
    expect(outcome).toMatchObject({ state: "done", installation: { archive: "download" } });
    expect(outcome.log.join("\n")).toMatch(
      /ignoring the file in the tool cache for sha256:\w+: its digest is sha256:/,
    );
    const again = await installElsewhere();
    expect(again).toMatchObject({ state: "done", installation: { archive: "tool-cache" } });
    expect(sha256Of(keptFile)).toBe(RELEASE["nix-sha256"]);
  });
});

describe("the runner's tool cache", () => {
  it("is ignored, and repaired, if it has a FIFO in place of the archive", async () => {
    const cache = makeTemporaryFolder("runner-cache");
    const version = join(cache, "cross-build", `0.0.0-sha256-${COMMON["nix-sha256"]}`);
    const kept = join(version, "any/file");
    mkdirSync(join(version, "any"), { recursive: true });
    execFileSync("mkfifo", [kept]);
    writeFileSync(join(version, "any.complete"), "");
    const { outputs, log } = await createRunner(makeTemporaryFolder("machine")).runStep({
      inputs: { ...COMMON, installables: `path:${FIXTURE}#image` },
      env: { RUNNER_TOOL_CACHE: cache },
    });
    expect({ outputs, log }).toMatchObject({ outputs: { "error-code": "" } });
    expect(log).toMatch(/ignoring the file in the tool cache for sha256:\w+: .*is not a regular file/);
    expect(statSync(kept).isFile()).toBe(true);
  }, 240_000);
});
