import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { connect } from "../../src/ssh/connection.js";
import { probeBuilder } from "../../src/builders/probe.js";
import type { Builder as BuilderLine } from "../../src/model/builder.js";
import { systemClock } from "../../src/platform/clock.js";
import { createRunCommand } from "../../src/platform/command.js";
import { createOpenProcess } from "../../src/platform/process-stream.js";
import { COMMON, readReport, USABLE } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders, type StepResult } from "../runner.js";
import { asInputs, type Builder, createGraph, startBuilder } from "../testbed.js";

const machine = makeTemporaryFolder("spread");
/** Three builders with two versions of Nix; the first has three sessions for four slots, one a daemon. */
const pool: Builder[] = [];

beforeAll(async () => {
  const first = await startBuilder(join(machine, "one"), { maxSessions: 3 });
  pool.push(first);
  pool.push(await startBuilder(join(machine, "two"), { suite: "sid", like: first }));
  pool.push(await startBuilder(join(machine, "three"), { daemon: "trusts", like: first }));
}, 120_000);
afterAll(async () => {
  for (const builder of pool) await builder.stop();
  removeTemporaryFolders();
});

function run(flake: string, what: string, from = machine): Promise<StepResult> {
  return createRunner(from).runStep({
    inputs: { ...COMMON, ...asInputs(pool), installables: `${flake}#${what}`, strategy: "remote" },
  });
}

/** The expected output of the fixture's `parcels`. */
function describeParcels(): string {
  const parcel = (number: number) =>
    Array.from({ length: 440_001 - number }, (_, i) => `${number + i}\n`).join("");
  return Array.from({ length: 8 }, (_, number) => {
    const hash = createHash("sha256")
      .update(parcel(number))
      .update(parcel((number + 1) % 8));
    return `${hash.digest("hex")}  -\n`;
  }).join("");
}

describe("a graph that is distributed over builders", () => {
  it("has its outputs copied intact from store to store, between versions of Nix", async () => {
    const step = await run(createGraph(join(machine, "parcels")), "parcels");
    if (step.exitCode !== 0) throw new Error(step.log);
    const { attempts, builds, storePaths } = readReport(step);
    expect(attempts).toMatchObject([{ mode: "distributed", outcome: "built" }]);
    expect(builds).toHaveLength(17);
    expect(new Set(builds.map(({ place }) => place)).size).toBe(3);
    expect(readFileSync(join(machine, storePaths[0] ?? ""), "utf8")).toBe(describeParcels());
  }, 120_000);

  it("is not rebuilt if the builders have it from another machine's run", async () => {
    const flake = createGraph(join(machine, "warm"));
    const first = await run(flake, "graph");
    expect(readReport(first).builds).toHaveLength(40);
    const other = await run(flake, "graph", makeTemporaryFolder("spread-other"));
    if (other.exitCode !== 0) throw new Error(other.log);
    expect(readReport(other)).toMatchObject({ attempts: [{ mode: "distributed" }], builds: [] });
    expect(other.outputs["store-paths"]).toBe(first.outputs["store-paths"]);
  }, 240_000);

  it("ends at the first derivation that fails, with the last lines of its log", async () => {
    const step = await run(createGraph(join(machine, "breaking")), "breaking");
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "BUILD_FAILED" } });
    expect(step.log).toContain("line 30");
    const { attempts, builds } = readReport(step);
    expect(attempts).toMatchObject([{ mode: "distributed", outcome: "failed", code: "BUILD_FAILED" }]);
    expect(builds.find(({ name }) => name === "broken")).toMatchObject({ outcome: "failed" });
  }, 120_000);

  it("ends when the job is cancelled, and the report says so", async () => {
    const flake = createGraph(join(machine, "cancelled"));
    const runner = createRunner(machine);
    const step = runner.startStep({
      inputs: { ...COMMON, ...asInputs(pool), installables: `${flake}#slow`, strategy: "remote" },
    });
    while (step.child.exitCode === null && !step.readLog().includes("building graph")) await sleep(20);
    step.child.kill("SIGINT");
    const ended = await step.result;
    expect(ended).toMatchObject({ exitCode: 1, outputs: { "error-code": "CANCELLED" } });
    expect(readReport(ended)).toMatchObject({ outcome: "cancelled" });
    expect(readReport(ended).builds.length).toBeLessThan(20);
  }, 120_000);
});

describe("a builder whose sshd allows few sessions per connection", () => {
  it("is not dropped while all of its sessions are in use", async () => {
    const [first] = pool;
    if (first === undefined) throw new Error("no builder");
    const [host, port] = ["127.0.0.1", first.port] as const;
    const username = /:\/\/([^@]+)@/.exec(first.line)?.[1] ?? "";
    const direct = {
      ...{ host, port, username, revokedKeys: [] },
      hostKeys: [first.knownHosts.trim().split(" ").slice(1, 3).join(" ")],
      identity: { kind: "key", privateKey: first.key } as const,
    };
    const connection = await connect(direct, { timeoutMs: 10_000, onHostKey: () => undefined }, systemClock);
    for (let i = 0; i < 3; i++) await connection.openChannel("sleep 60");
    const [keyFile, pins] = [join(machine, "probe-key"), join(machine, "probe-pins")];
    writeFileSync(keyFile, first.key, { mode: 0o600 });
    writeFileSync(pins, first.knownHosts);
    const options = [
      `IdentityFile=${keyFile}`,
      `UserKnownHostsFile=${pins}`,
      `Port=${port}`,
      `User=${username}`,
    ];
    const { signal } = new AbortController();
    const ledger = { started: () => undefined, ended: () => undefined };
    const builder = {
      ...{ alias: host, protocol: "ssh-ng", user: username, host, port, query: "" },
      ...{
        systems: ["x86_64-linux"],
        maxJobs: 4,
        speedFactor: 1,
        supportedFeatures: [],
        mandatoryFeatures: [],
      },
      ...{ keyFile: undefined, hostKey: undefined },
    } as const satisfies BuilderLine;
    const { status } = await probeBuilder(
      { builder, direct, unpinnedHost: undefined, revokedKeys: [] },
      { connection, hasBuildsRunning: true, usesSystemSsh: false },
      {
        runSsh: createRunCommand(signal, ledger),
        sshOptions: options.flatMap((option) => ["-o", option]),
        openProcess: createOpenProcess(signal, ledger),
        clock: systemClock,
        log: { debug: () => undefined },
        timeoutMs: 20_000,
      },
    );
    expect(connection.isOpen()).toBe(true);
    connection.close();
    expect(status).toMatchObject(USABLE);
  }, 60_000);
});
