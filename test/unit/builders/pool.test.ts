import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "@jest/globals";

import { applyDegradedWeights } from "../../../src/builders/degraded-weights.js";
import { BuilderPool } from "../../../src/builders/pool.js";
import type { PreviousProbe, ProbeResult, ProbeTarget } from "../../../src/builders/probe.js";
import type { BuilderStatus } from "../../../src/model/builder.js";
import { ActionError } from "../../../src/errors/action-error.js";
import type { RunEvent } from "../../../src/model/run-event.js";
import type { Clock } from "../../../src/platform/clock.js";
import { FakeClock, settle } from "../../fake-clock.js";
import { builder, createConnection, dropped, FACTS, ready } from "./fake-builders.js";

const folder = mkdtempSync(join(tmpdir(), "cross-build-pool-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A pool whose builders answer a probe by calling their function in `answers`. */
function createPool(
  answers: Record<string, (known: PreviousProbe, clock: Clock) => Promise<ProbeResult>>,
  isPinned = true,
) {
  const machinesFile = join(folder, `machines-${Math.random()}`);
  const targets: readonly ProbeTarget[] = Object.keys(answers).map((name) => ({
    builder: builder(name),
    direct: undefined,
    unpinnedHost: isPinned ? undefined : builder(name),
    revokedKeys: [],
  }));
  const warnings: string[] = [];
  const events: RunEvent[] = [];
  const none = () => undefined;
  const clock = new FakeClock();
  const log = { info: none, debug: none, error: none, group: none, mask: none };
  const pool = new BuilderPool(targets, {
    probe: ({ builder: { alias } }, known) =>
      answers[alias]?.(known, clock) ?? Promise.reject(new Error(alias)),
    machinesFile,
    clock,
    log: { ...log, warning: (message) => warnings.push(message) },
    emit: (event) => events.push(event),
  });
  const readMachines = () =>
    readFileSync(machinesFile, "utf8")
      .split("\n")
      .flatMap((line) => /ssh-ng:\/\/(\S+)/.exec(line)?.[1] ?? []);
  /** Opens the pool, however long its builders take. */
  const open = () => clock.run(pool.open(["x86_64-linux"]));
  return { pool, open, readMachines, warnings, events };
}

const states = (pool: BuilderPool) => pool.statuses.map(({ state }) => state);

describe("a pool of builders", () => {
  it("adds up what went over all connections to a builder, until Nix may have opened its own", async () => {
    const connections = [3, 40].map((sentBytes) => {
      const connection = createConnection();
      return { ...connection, traffic: () => ({ sentBytes, receivedBytes: 1 }) };
    });
    let probes = 0;
    const { pool, open } = createPool({
      a: () => Promise.resolve(ready("a", connections[probes++ % 2])),
      b: () => Promise.resolve(dropped("b")),
    });
    await open();
    connections[0]?.lose();
    await pool.refresh();
    await pool.refresh();
    expect([...pool.traffic]).toEqual([
      ["a", { sentBytes: 43, receivedBytes: 2 }],
      ["b", { sentBytes: 0, receivedBytes: 0 }],
    ]);
    await pool.prepareForNix();
    expect(pool.traffic.size).toBe(0);
  });

  it("drops a builder that failed during a build, until a probe finds it usable again", async () => {
    const { pool, open, readMachines, warnings, events } = createPool({
      a: () => Promise.resolve(ready("a")),
      b: () => Promise.resolve(ready("b")),
    });
    await open();
    pool.drop(builder("a"), new ActionError("NIX_DISK_FULL", "no space is left", { hint: "Free some." }));
    expect(pool.statuses[0]).toMatchObject({ state: "dropped", code: "NIX_DISK_FULL", hint: "Free some." });
    expect(warnings).toEqual([expect.stringContaining("no space is left")]);
    await settle();
    expect(readMachines()).toEqual(["b"]);
    await pool.refresh();
    expect(states(pool)).toEqual(["ready", "ready"]);
    expect(pool.changes.map(({ state }) => state)).toEqual(["dropped", "ready"]);
    expect(events).toMatchObject([
      { event: "builder-changed", uri: "ssh-ng://a:22", state: "dropped" },
      { event: "builder-changed", uri: "ssh-ng://a:22", state: "ready" },
    ]);
    await pool.close();
  });

  it("lists the builders that answered in the machines file", async () => {
    const { pool, open, readMachines } = createPool({
      a: () => Promise.resolve(ready("a")),
      b: () => Promise.resolve(dropped("b")),
    });
    await open();
    expect(states(pool)).toEqual(["ready", "dropped"]);
    expect(readMachines()).toEqual(["a"]);
    await pool.close();
  });

  it("does not wait for a dead builder, and adds it when it answers", async () => {
    let answer: (probed: ProbeResult) => void = () => undefined;
    const { pool, open, readMachines } = createPool({
      a: () => Promise.resolve(ready("a")),
      slow: () => new Promise((resolve) => (answer = resolve)),
    });
    await open();
    expect(readMachines()).toEqual(["a"]);
    expect(pool.statuses[1]).toMatchObject({
      state: "dropped",
      reason: expect.stringMatching(/no answer yet/) as unknown,
    });
    answer(ready("slow"));
    await settle();
    expect(readMachines()).toEqual(["a", "slow"]);
    expect(pool.changes).toMatchObject([{ state: "ready" }]);
    await pool.close();
  });

  it("continues if the probe of a builder fails that it did not wait for", async () => {
    let fail: (error: Error) => void = () => undefined;
    const { pool, open } = createPool({
      a: () => Promise.resolve(ready("a")),
      slow: () => new Promise((_, reject) => (fail = reject)),
    });
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", onUnhandled);
    await open();
    fail(new Error("the run was cancelled"));
    await settle();
    process.off("unhandledRejection", onUnhandled);
    expect(unhandled).toEqual([]);
    expect(states(pool)).toEqual(["ready", "dropped"]);
    await pool.close();
  });

  it("waits for the only builder of the target system", async () => {
    const { pool, open } = createPool({
      a: () => Promise.resolve(dropped("a")),
      slow: (_, clock) => clock.sleep(600).then(() => ready("slow")),
    });
    await open();
    expect(states(pool)).toEqual(["dropped", "ready"]);
    await pool.close();
  });

  it("waits for a builder that takes almost twice as long as another", async () => {
    const { pool, open } = createPool({
      a: (_, clock) => clock.sleep(2_000).then(() => ready("a")),
      b: (_, clock) => clock.sleep(3_800).then(() => ready("b")),
    });
    await open();
    expect(states(pool)).toEqual(["ready", "ready"]);
    await pool.close();
  });

  it("drops a builder as soon as its connection is lost, and uses it again after a probe", async () => {
    const connection = createConnection();
    const { pool, open, readMachines, warnings } = createPool({
      a: () => Promise.resolve(ready("a", connection.isOpen() ? connection : createConnection())),
      b: () => Promise.resolve(ready("b")),
    });
    await open();
    expect(pool.connectionOf(builder("a"))).toBe(connection);
    connection.lose();
    await settle();
    expect(readMachines()).toEqual(["b"]);
    expect(pool.connectionOf(builder("a"))).toBeUndefined();
    expect(warnings.join()).toContain("the connection to the builder was lost");
    await pool.refresh();
    expect(readMachines()).toEqual(["a", "b"]);
    expect(pool.changes.map(({ state }) => state)).toEqual(["dropped", "ready"]);
    await pool.close();
  });

  it("probes through the system's ssh once Nix will use it, without waiting for a dead builder", async () => {
    let answer: (probed: ProbeResult) => void = () => undefined;
    const refusedBySystem = (name: string) => (known: PreviousProbe) =>
      Promise.resolve(known.usesSystemSsh ? dropped(name) : ready(name));
    const isForNix: boolean[] = [];
    const { pool, open, readMachines } = createPool({
      a: (known) => {
        isForNix.push(known.usesSystemSsh);
        return Promise.resolve(ready("a"));
      },
      b: refusedBySystem("b"),
      slow: (known) =>
        known.usesSystemSsh ? Promise.resolve(dropped("slow")) : new Promise((resolve) => (answer = resolve)),
    });
    await open();
    expect(readMachines()).toEqual(["a", "b"]);
    await pool.prepareForNix();
    await pool.prepareForNix();
    expect(isForNix).toEqual([false, true]);
    expect(readMachines()).toEqual(["a"]);
    answer(ready("slow"));
    await settle();
    expect(states(pool)).toEqual(["ready", "dropped", "dropped"]);
    expect(readMachines()).toEqual(["a"]);
    await pool.close();
  });

  it("probes a builder without a pinned key only once", async () => {
    let count = 0;
    const ask = () => Promise.resolve(dropped(`a${count++}`));
    const { pool, open } = createPool({ a: ask }, false);
    await open();
    await pool.refresh();
    expect(count).toBe(1);
    expect(states(pool)).toEqual(["dropped"]);
    await pool.close();
  });

  it("closes all connections, and no longer writes the machines file", async () => {
    const connection = createConnection();
    const { pool, open, readMachines } = createPool({ a: () => Promise.resolve(ready("a", connection)) });
    await open();
    await pool.close();
    expect(connection.isOpen()).toBe(false);
    expect(readMachines()).toEqual(["a"]);
  });
});

describe("applyDegradedWeights", () => {
  const degraded = (name: string): BuilderStatus => ({
    state: "degraded",
    builder: builder(name),
    facts: FACTS,
    probeMs: 1,
    reason: "",
    hint: "",
  });

  it("makes Nix prefer the other builders to a degraded one, with whole numbers", () => {
    const weights = applyDegradedWeights([ready("a").status, degraded("b"), dropped("c").status]);
    expect(weights.map(({ alias, maxJobs, speedFactor }) => [alias, maxJobs, speedFactor])).toEqual([
      ["a", 4, 2],
      ["b", 2, 1],
    ]);
  });

  it("changes nothing if all builders are ready", () => {
    expect(applyDegradedWeights([ready("a").status])).toEqual([builder("a")]);
  });
});
