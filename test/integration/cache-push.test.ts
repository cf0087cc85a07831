import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { zstdCompressSync } from "node:zlib";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { CacheServer } from "../cache-server.js";
import { COMMON, readReport } from "../job.js";
import { type Nginx, startNginx } from "../nginx.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders, type StepResult } from "../runner.js";
import { asInputs, type Builder, startBuilder } from "../testbed.js";

afterAll(() => {
  removeTemporaryFolders();
});

const KEYS = {
  "cache-signing-key": readFileSync("test/fixtures/cache-key/secret", "utf8").trim(),
  "trusted-public-keys": readFileSync("test/fixtures/cache-key/public", "utf8").trim(),
};

/**
 * A new flake. `deep` needs four outputs of `wide`, one after the other, and refers to none; `last` needs
 * `deep` and fails; `slow` needs `deep` and takes two minutes.
 */
function makeFlake(): string {
  const folder = makeTemporaryFolder("flake");
  const code = `{
  outputs = _: {
    packages.x86_64-linux =
      let
        run = name: inputs: script: derivation {
          inherit name inputs;
          system = "x86_64-linux";
          salt = "${randomUUID()}";
          builder = "/bin/sh";
          args = [ "-euc" "\${script}\\nexit" ];
          PATH = "/usr/bin:/bin";
          outputs = [ "out" "doc" ];
        };
        wide = builtins.genList (i: run "wide-\${toString i}" [ ] ''
          head -c \${toString (10 + i * 900000)} /dev/urandom > $out
          echo doc > $doc
        '') 4;
        deep = run "deep" wide "cat $inputs | sha256sum > $out; echo $out > $doc";
      in
      {
        inherit deep;
        last = run "last" [ deep ] "exit 3";
        slow = run "slow" [ deep ] "sleep 120; echo > $out; echo > $doc";
      };
  };
}
`;
  writeFileSync(join(folder, "flake.nix"), code);
  return `path:${folder}`;
}

const BUILT = ["deep", "deep-doc", ...[0, 1, 2, 3].flatMap((i) => [`wide-${i}`, `wide-${i}-doc`])];

/** Runs a job with its post step. */
async function run(
  inputs: Readonly<Record<string, string>>,
  machine = makeTemporaryFolder("machine"),
): Promise<StepResult> {
  const runner = createRunner(machine);
  const step = await runner.runStep({ inputs: { ...COMMON, strategy: "native", ...inputs } });
  await runner.runStep({ state: step.state });
  return step;
}

/** What a job that failed at the last derivation built. */
async function listBuilds(inputs: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const step = await run(inputs);
  expect(step.outputs["error-code"]).toBe("BUILD_FAILED");
  return readReport(step).builds.map(({ name }) => name);
}

function listNames(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".narinfo"))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .map((text) => /^StorePath: \/nix\/store\/[^-]+-(.*)$/m.exec(text)?.[1] ?? "")
    .toSorted();
}

describe("a cache that is filled while the build runs", () => {
  let nginx: Nginx;
  beforeAll(async () => {
    nginx = await startNginx(makeTemporaryFolder("nginx"));
  });
  afterAll(async () => {
    await nginx.stop();
  });

  it("has all that was built before a failure: a new machine builds only what failed", async () => {
    const inputs = { ...KEYS, installables: `${makeFlake()}#last`, cache: `${nginx.url}/native` };
    const failed = await run(inputs);
    expect(failed.outputs["error-code"]).toBe("BUILD_FAILED");
    expect(readReport(failed).caches).toMatchObject([
      { state: "pushed", pathsPushed: BUILT.length, pathsPresent: 0, pathsLeft: 0 },
    ]);
    expect(listNames(join(nginx.root, "native"))).toEqual(BUILT);
    expect(await listBuilds(inputs)).toEqual(["last"]);
  }, 240_000);

  it("gets nothing that it has already", async () => {
    const machine = makeTemporaryFolder("machine");
    const cache = `file://${join(machine, "cache")}`;
    const inputs = { installables: `${makeFlake()}#deep`, cache };
    await run(inputs, machine);
    const again = await run(inputs, machine);
    expect(readReport(again).caches).toMatchObject([
      { state: "unchanged", pathsPushed: 0, pathsPresent: 1, bytesPushed: 0 },
    ]);
  }, 240_000);
});

describe("builders whose outputs stay in their stores", () => {
  const builders: Builder[] = [];
  let server: CacheServer;
  let host: string;
  beforeAll(async () => {
    const folder = makeTemporaryFolder("builders");
    // With more slots, one builder would do.
    const first = await startBuilder(join(folder, "one"), { maxJobs: 1 });
    builders.push(first, await startBuilder(join(folder, "two"), { like: first, maxJobs: 1 }));
    server = new CacheServer();
    host = await server.start();
  }, 120_000);
  afterAll(async () => {
    server.stop();
    for (const builder of builders) await builder.stop();
  });

  it.each([
    ["single-store", 1],
    ["distributed", 2],
  ])(
    "fill the cache in the mode %s, also if the last derivation fails",
    async (mode, count) => {
      const cache = `http://${host}/${mode}`;
      const inputs = { ...KEYS, installables: `${makeFlake()}#last`, cache };
      const failed = await run({ ...inputs, ...asInputs(builders.slice(0, count)), strategy: "remote" });
      expect(failed.outputs["error-code"]).toBe("BUILD_FAILED");
      const { attempts, caches } = readReport(failed);
      expect(attempts).toMatchObject([{ mode }]);
      expect(caches).toMatchObject([{ state: "pushed", pathsPushed: BUILT.length, pathsLeft: 0 }]);
      expect(await listBuilds(inputs)).toEqual(["last"]);
    },
    240_000,
  );
});

describe("a job that is cancelled", () => {
  let server: CacheServer;
  let inputs: Readonly<Record<string, string>>;
  beforeEach(async () => {
    server = new CacheServer();
    inputs = { ...COMMON, ...KEYS, strategy: "native", cache: `http://${await server.start()}/team` };
  });
  afterEach(() => {
    server.stop();
  });

  /** Cancels a job while it builds `slow`, as soon as `condition` holds. */
  async function cancel(condition: () => boolean) {
    const runner = createRunner(makeTemporaryFolder("cancelled"));
    const step = runner.startStep({ inputs: { ...inputs, installables: `${makeFlake()}#slow` } });
    const isReady = () => step.readLog().includes("building slow") && condition();
    while (step.child.exitCode === null && !isReady()) await sleep(20);
    const startMs = Date.now();
    step.child.kill("SIGINT");
    const ended = await step.result;
    expect(ended.outputs["error-code"]).toBe("CANCELLED");
    return { runner, ended, tookMs: Date.now() - startMs };
  }

  it("has cached what it built until then", async () => {
    const { ended } = await cancel(() => server.names.length >= BUILT.length);
    expect(readReport(ended).caches).toMatchObject([{ state: "pushed", pathsLeft: 0 }]);
    expect(server.names).toEqual(BUILT);
  }, 120_000);

  it("leaves to the post step what it could not push in time", async () => {
    let isHeld = true;
    let held = 0;
    server.misbehave = ({ method, url = "" }) => {
      if (!isHeld || method !== "PUT" || !url.includes("/nar/")) return false;
      held += 1;
      return true;
    };
    const { runner, ended, tookMs } = await cancel(() => held > 0);
    expect(tookMs).toBeLessThan(7_500);
    const [cache] = readReport(ended).caches;
    expect(cache).toMatchObject({ state: "failed", pathsPushed: 0 });
    expect(cache?.pathsLeft).toBeGreaterThan(0);
    isHeld = false;
    const post = await runner.runStep({ state: ended.state });
    expect(post.log).toContain(`${BUILT.length} paths pushed after the run was cancelled`);
    expect(server.names).toEqual(BUILT);
    expect(readdirSync(runner.temp).filter((name) => /^cross-build-(?!report\.)/.test(name))).toEqual([]);
  }, 120_000);
});

describe("a cache in trouble", () => {
  it("that goes away in the middle costs a warning, and the report says what is left", async () => {
    const server = new CacheServer();
    const host = await server.start();
    server.misbehave = (request) => {
      if (request.method !== "PUT" || server.names.length < 2) return false;
      server.stop();
      return true;
    };
    const step = await run({ ...KEYS, installables: `${makeFlake()}#deep`, cache: `http://${host}/team` });
    expect(step).toMatchObject({ exitCode: 0 });
    expect(step.log).toMatch(/::warning::could not push to the binary cache http:/);
    const [cache] = readReport(step).caches;
    expect(cache).toMatchObject({ state: "failed" });
    expect(cache?.pathsLeft).toBeGreaterThan(0);
    expect(cache?.pathsLeft).toBe(BUILT.length - (cache?.pathsPushed ?? 0));
  }, 240_000);

  it("delays the end of the run for cache-timeout at most", async () => {
    const server = new CacheServer();
    const host = await server.start();
    // Nix itself waits for the answer to its PUT of nix-cache-info.
    server.misbehave = ({ method, url = "" }) => method === "PUT" && url.includes("/nar/");
    const inputs = { ...KEYS, installables: `${makeFlake()}#deep`, cache: `http://${host}/team` };
    const step = await run({ ...inputs, "cache-timeout": "1", "on-cache-failure": "fail" });
    server.stop();
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "CACHE_FAILED" } });
    expect(step.log).toContain(`${BUILT.length} paths of http://${host}/team not pushed within 1 s`);
  }, 240_000);

  it("whose content was changed delivers nothing that is used", async () => {
    const machine = makeTemporaryFolder("tampered");
    const folder = join(machine, "cache");
    const inputs = { ...KEYS, installables: `${makeFlake()}#deep`, cache: `file://${folder}` };
    await run(inputs);
    const nar = join(folder, "nar");
    for (const name of readdirSync(nar))
      writeFileSync(join(nar, name), zstdCompressSync(Buffer.from("evil")));
    const step = await run({ ...inputs, "cache-push": "false" });
    expect(step).toMatchObject({ exitCode: 0 });
    expect(readReport(step)).toMatchObject({ caches: [{ hitRate: 0 }] });
    expect(readReport(step).builds).toHaveLength(5);
  }, 240_000);
});

describe("several caches", () => {
  it("are read in their order, and each is filled unless it says push=false", async () => {
    const server = new CacheServer();
    const host = await server.start();
    const folder = makeTemporaryFolder("caches");
    const [first, second] = [join(folder, "first"), join(folder, "second")];
    const inputs = { ...KEYS, installables: `${makeFlake()}#deep` };
    const cache = [`file://${first}`, `http://${host}/team`, `file://${second}?push=false`].join("\n");
    const filled = await run({ ...inputs, cache });
    expect(readReport(filled).caches).toMatchObject([
      { uri: `file://${first}`, state: "pushed", pathsPushed: BUILT.length },
      { uri: `http://${host}/team`, state: "pushed", pathsPushed: BUILT.length },
      { uri: `file://${second}`, state: "withheld", pathsPushed: 0 },
    ]);
    expect(server.names).toEqual(BUILT);
    const read = await run({ ...inputs, cache: `file://${second}\nhttp://${host}/team?push=false` });
    server.stop();
    expect(readReport(read)).toMatchObject({ builds: [], caches: [{ hitRate: 0 }, { hitRate: 1 }] });
    expect(listNames(second)).toEqual(["deep"]);
  }, 240_000);
});
