import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import type { Report } from "../../src/report/report.js";
import { COMMON, readReport } from "../job.js";
import {
  createRunner,
  makeTemporaryFolder,
  removeTemporaryFolders,
  type Runner,
  type StepResult,
} from "../runner.js";
import { type Relay, readThrough, startRelay } from "../tcp-relay.js";
import {
  asInputs,
  type Builder,
  type BuilderOptions,
  changeHostKey,
  createGraph,
  exhaustStartups,
  killBuilder,
  killDaemon,
  type NixSuite,
  readNixRelease,
  restartBuilder,
  type Service,
  startBuilder,
} from "../testbed.js";

const bed = makeTemporaryFolder("pool");
const machines: Readonly<Record<NixSuite, string>> = {
  trixie: makeTemporaryFolder("client-trixie"),
  sid: makeTemporaryFolder("client-sid"),
  bookworm: makeTemporaryFolder("client-bookworm"),
};

/** Three builders with two versions of Nix; one has a daemon and a user other than root. */
const pool: Builder[] = [];
const others: Service[] = [];

beforeAll(async () => {
  const first = await startBuilder(join(bed, "one"));
  pool.push(first);
  pool.push(await startBuilder(join(bed, "two"), { suite: "sid", like: first }));
  pool.push(await startBuilder(join(bed, "three"), { daemon: "trusts", like: first }));
}, 120_000);

afterEach(async () => {
  for (const other of others.splice(0)) await other.stop();
});

afterAll(async () => {
  for (const builder of pool) await builder.stop();
  removeTemporaryFolders();
});

async function start(name: string, options: BuilderOptions = {}): Promise<Builder> {
  const builder = await startBuilder(join(bed, name), { ...(pool[0] && { like: pool[0] }), ...options });
  others.push(builder);
  return builder;
}

async function relay(target: Builder): Promise<{ readonly link: Relay; readonly builder: Builder }> {
  const link = await startRelay(target.port);
  others.push(link);
  return { link, builder: readThrough(link, target) };
}

interface Job {
  readonly builders: readonly Builder[];
  readonly what?: string;
  readonly suite?: NixSuite;
  readonly inputs?: Readonly<Record<string, string>>;
  /** Called as soon as the first derivation is being built. */
  readonly during?: () => Promise<unknown>;
}

interface Ended {
  readonly step: StepResult;
  readonly report: Report;
  readonly runner: Runner;
}

async function run({ builders, what = "graph", suite = "trixie", inputs = {}, during }: Job): Promise<Ended> {
  const runner = createRunner(machines[suite]);
  const started = runner.startStep({
    inputs: {
      ...COMMON,
      ...readNixRelease(suite),
      installables: `${createGraph(join(runner.folder, "graph"))}#${what}`,
      strategy: "remote",
      "builder-timeout": "5",
      ...asInputs(builders),
      ...inputs,
    },
  });
  if (during !== undefined) {
    while (started.child.exitCode === null && !started.readLog().includes("building graph")) await sleep(20);
    await during();
  }
  const step = await started.result;
  const post = await runner.runStep({ state: step.state });
  expect(post.log).not.toContain("::warning");
  return { step, report: readReport(step), runner };
}

function expectSuccess({ step, report }: Ended): void {
  if (step.exitCode !== 0) throw new Error(step.log);
  expect(report.outcome).toBe("success");
  expect(report.builds.every(({ place }) => place.startsWith("ssh-ng://"))).toBe(true);
}

const urisOf = (builders: readonly Builder[]) => builders.map(({ port }) => `ssh-ng://127.0.0.1:${port}`);
const usedBy = ({ report }: Ended) => [...new Set(report.builds.map(({ place }) => place))].toSorted();
const stateOf = ({ report }: Ended, builder: Builder) =>
  report.builders.find(({ uri }) => uri === urisOf([builder])[0]);

describe.each(["trixie", "sid"] as const)("three builders, with the Nix of %s on the runner,", (suite) => {
  it("share a graph of forty derivations, and nothing is built on the runner", async () => {
    const ended = await run({ builders: pool, suite });
    expectSuccess(ended);
    expect(ended.report.builds).toHaveLength(40);
    expect(ended.report.attempts).toMatchObject([{ mode: "distributed", outcome: "built" }]);
    expect(usedBy(ended)).toEqual(urisOf(pool).toSorted());
  }, 240_000);

  it("leave a chain to one of them, and its outputs are copied back", async () => {
    const ended = await run({ builders: pool, suite, what: "chain" });
    expectSuccess(ended);
    expect(ended.report.builds).toHaveLength(10);
    expect(ended.report.attempts).toMatchObject([{ mode: "single-store", outcome: "built" }]);
    expect(usedBy(ended)).toHaveLength(1);
  }, 240_000);

  it("continue if one of them is killed, and the report says so", async () => {
    const victim = await start(`killed-${suite}`);
    const ended = await run({
      builders: [...pool.slice(0, 2), victim],
      suite,
      during: () => killBuilder(victim),
    });
    expectSuccess(ended);
    expect(stateOf(ended, victim)).toMatchObject({ state: "dropped", code: "BUILDER_UNREACHABLE" });
    // A busy machine degrades builders.
    const changes = ended.report.builderChanges.filter(({ state }) => state !== "degraded");
    expect(changes).toMatchObject([{ state: "dropped", uri: urisOf([victim])[0] }]);
  }, 240_000);

  it("continue if the network drops all packets of one of them", async () => {
    const { link, builder } = await relay(await start(`swallowed-${suite}`));
    const during = () => {
      link.blackHole();
      return Promise.resolve();
    };
    const ended = await run({ builders: [...pool.slice(0, 2), builder], suite, during });
    expectSuccess(ended);
    expect(ended.report.builderChanges).toMatchObject([
      { state: "dropped", uri: `ssh-ng://127.0.0.1:${link.port}` },
    ]);
  }, 240_000);
});

describe("a builder that cannot be used", () => {
  it("is down before the build, and is dropped at once", async () => {
    const down = await start("down");
    await down.stop();
    const ended = await run({ builders: [down, ...pool.slice(0, 1)], what: "chain" });
    expectSuccess(ended);
    expect(stateOf(ended, down)).toMatchObject({ state: "dropped", code: "BUILDER_UNREACHABLE" });
  }, 120_000);

  it("presents another host key than the pinned one", async () => {
    const before = await start("other-key");
    others.push(await changeHostKey(before));
    const ended = await run({ builders: [before, ...pool.slice(0, 1)], what: "chain" });
    expectSuccess(ended);
    expect(stateOf(ended, before)).toMatchObject({
      state: "dropped",
      code: "BUILDER_HOST_KEY",
      reason: expect.stringMatching(/SHA256:/) as unknown,
    });
  }, 120_000);

  it("refuses the SSH key", async () => {
    const stranger = await startBuilder(join(bed, "stranger"));
    others.push(stranger);
    const ended = await run({ builders: [...pool.slice(0, 1), stranger], what: "chain" });
    expectSuccess(ended);
    expect(stateOf(ended, stranger)).toMatchObject({ state: "dropped", code: "BUILDER_DENIED" });
  }, 120_000);

  it("does not trust its user", async () => {
    const distrustful = await start("distrustful", { daemon: "distrusts" });
    const ended = await run({ builders: [distrustful, ...pool.slice(0, 1)], what: "chain" });
    expectSuccess(ended);
    expect(stateOf(ended, distrustful)).toMatchObject({
      state: "dropped",
      code: "BUILDER_DENIED",
      reason: expect.stringMatching(/trust/) as unknown,
    });
  }, 120_000);

  it("has a running sshd but no Nix daemon", async () => {
    const headless = await start("headless", { daemon: "trusts" });
    killDaemon(headless);
    const ended = await run({ builders: [headless, ...pool.slice(0, 1)], what: "chain" });
    expectSuccess(ended);
    expect(stateOf(ended, headless)).toMatchObject({
      state: "dropped",
      code: "BUILDER_UNREACHABLE",
      reason: expect.stringMatching(/the builder's Nix does not answer/) as unknown,
    });
  }, 120_000);

  it("is draining", async () => {
    const draining = await start("draining");
    mkdirSync(join(draining.folder, "run/draining"));
    const ended = await run({ builders: [draining, ...pool.slice(0, 1)], what: "chain" });
    rmSync(join(draining.folder, "run/draining"), { recursive: true });
    expectSuccess(ended);
    expect(stateOf(ended, draining)).toMatchObject({ state: "dropped", code: "BUILDER_UNFIT" });
  }, 120_000);

  it("accepts no further connections", async () => {
    const crowded = await start("crowded", { maxStartups: "3" });
    others.push(await exhaustStartups(crowded, 3));
    const ended = await run({ builders: [crowded, ...pool.slice(0, 1)], what: "chain" });
    expectSuccess(ended);
    expect(stateOf(ended, crowded)).toMatchObject({ state: "dropped", code: "BUILDER_UNREACHABLE" });
  }, 120_000);

  it("loses its daemon during the build, and the others continue", async () => {
    const fragile = await start("fragile", { daemon: "trusts" });
    const during = () => {
      killDaemon(fragile);
      return Promise.resolve();
    };
    const ended = await run({ builders: [fragile, ...pool.slice(0, 1)], during });
    expectSuccess(ended);
    expect(stateOf(ended, fragile)).toMatchObject({ state: "dropped" });
  }, 240_000);

  it("fills its disk during the build, and the others continue", async () => {
    const small = await start("small", { storeSize: "300m" });
    const ended = await run({ builders: [small], what: "large" });
    expect(ended.step.outputs["error-code"]).toBe("NIX_DISK_FULL");
    const pair = await run({ builders: [small, ...pool.slice(0, 1)], what: "large" });
    expectSuccess(pair);
  }, 240_000);
});

describe("an export from a builder's store", () => {
  /** A builder whose `nix-store --export` runs `exportScript` first. */
  async function startForger(name: string, exportScript: string): Promise<Builder> {
    const forger = await start(name);
    const folder = join(forger.folder, "run/bin");
    mkdirSync(folder);
    const write = (program: string, script: string) => {
      writeFileSync(join(folder, program), `#!/bin/bash\n${script}\nexec ${program} "$@"\n`, { mode: 0o755 });
    };
    write("nix-daemon", "");
    write("nix-store", `[ "$1" != --export ] || { ${exportScript}; }`);
    const program = "?remote-program=/run/cross-build/bin/nix-daemon";
    return { ...forger, line: forger.line.replace(/(:\d+) /, `$1${program} `) };
  }

  it("is imported if its paths were requested", async () => {
    const ended = await run({ builders: [await startForger("honest", "true")], what: "chain" });
    expectSuccess(ended);
    expect(ended.report.attempts).toMatchObject([{ mode: "single-store", outcome: "built" }]);
  }, 120_000);

  it("is refused if a path was not requested, and the report still lists what was built", async () => {
    const other =
      "exec nix-store --export $(nix-store --query --requisites /nix/var/nix/profiles/default | head -n 1)";
    const { step, report } = await run({ builders: [await startForger("forger", other)], what: "chain" });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "BUILDER_DENIED" } });
    expect(report.builds).toHaveLength(10);
  }, 120_000);

  it("is requested again if it is cut short, and fails after three attempts", async () => {
    const cut = 'nix-store "$@" | head -c 200; exit';
    const { step, report } = await run({ builders: [await startForger("cut", cut)], what: "chain" });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "BUILDER_UNREACHABLE" } });
    expect(report.attempts.map(({ outcome }) => outcome)).toEqual(["failed", "failed", "failed"]);
  }, 120_000);
});

describe("all builders", () => {
  it("that are down before the build fail it within seconds, with the reason for each", async () => {
    const gone = await start("gone-before");
    await gone.stop();
    const { step, report } = await run({ builders: [gone] });
    expect(step.outputs["error-code"]).toBe("PLAN_IMPOSSIBLE");
    expect(report.builders).toMatchObject([{ state: "dropped", code: "BUILDER_UNREACHABLE" }]);
    expect(report.durationMs).toBeLessThan(60_000);
  }, 120_000);

  it("that are lost during the build fail it with a table, if emulation is not allowed", async () => {
    const last = await start("last");
    const { step, report } = await run({ builders: [last], during: () => killBuilder(last) });
    expect(step.outputs["error-code"]).toBe("BUILDER_UNREACHABLE");
    expect(report.builders).toMatchObject([{ state: "dropped" }]);
    expect(step.summary).toContain("Builders");
  }, 120_000);

  it("that are lost for a moment are used again, and only lost derivations are rebuilt", async () => {
    const back = await start("back");
    const during = async () => {
      await sleep(1_500);
      others.push(await restartBuilder(back));
    };
    const ended = await run({ builders: [back], during });
    expectSuccess(ended);
    const [first, second] = ended.report.attempts;
    expect([first?.outcome, second?.outcome]).toEqual(["failed", "built"]);
    const names = ended.report.builds.filter(({ outcome }) => outcome === "built").map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  }, 240_000);
});

it("gives each of two concurrent jobs on one machine its own pool", async () => {
  const [one, two, three] = pool;
  if (one === undefined || two === undefined || three === undefined) throw new Error("no pool");
  const [a, b] = await Promise.all([run({ builders: [one] }), run({ builders: [two, three] })]);
  expectSuccess(a);
  expectSuccess(b);
  expect(usedBy(a)).toEqual(urisOf([one]));
  expect(usedBy(b).every((place) => urisOf([two, three]).includes(place))).toBe(true);
}, 240_000);
