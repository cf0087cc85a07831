import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "@jest/globals";

import { BuilderPool } from "../../../src/builders/pool.js";
import type { ProbeTarget } from "../../../src/builders/probe.js";
import { ActionError } from "../../../src/errors/action-error.js";
import { FakeClock } from "../../fake-clock.js";
import { builder, createConnection, ready } from "./fake-builders.js";

const folder = mkdtempSync(join(tmpdir(), "cross-build-pool-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("a pool with builders that come and go", () => {
  const target = (name: string, refusal?: ActionError): ProbeTarget => ({
    builder: builder(name),
    direct: undefined,
    unpinnedHost: undefined,
    refusal,
    revokedKeys: [],
  });
  const refusal = new ActionError("BUILDER_DENIED", "the token has expired", { hint: "Make a new one." });

  /** A pool of one fixed builder and those of `listed`, all of which answer unless they are refused. */
  function createChangingPool(fixed: readonly ProbeTarget[] = [target("fixed")]) {
    const machinesFile = join(folder, `machines-${Math.random()}`);
    const connections = new Map<string, ReturnType<typeof createConnection>>();
    const world = { listed: [] as readonly ProbeTarget[] };
    const clock = new FakeClock();
    const none = () => undefined;
    const log = { info: none, debug: none, error: none, warning: none, group: none, mask: none };
    const pool = new BuilderPool(fixed, {
      probe: ({ builder: { alias }, refusal: error }) => {
        if (error !== undefined) {
          const { code, message: reason, hint } = error;
          const status = { state: "dropped", builder: builder(alias), code, reason, hint } as const;
          return Promise.resolve({ status, connection: undefined });
        }
        const connection = createConnection();
        connections.set(alias, connection);
        return Promise.resolve(ready(alias, connection));
      },
      discover: () => Promise.resolve(world.listed),
      machinesFile,
      clock,
      log,
      emit: none,
    });
    const describePool = () => pool.statuses.map(({ builder: { alias }, state }) => `${alias} ${state}`);
    const readAliases = () =>
      readFileSync(machinesFile, "utf8")
        .split("\n")
        .flatMap((line) => /ssh-ng:\/\/(\S+)/.exec(line)?.[1] ?? []);
    const open = () => clock.run(pool.open([]));
    return { pool, clock, world, connections, describePool, readAliases, open };
  }

  it("uses one that appears, and drops one that disappears until it comes back", async () => {
    const { pool, world, connections, describePool, readAliases, open } = createChangingPool();
    world.listed = [target("a")];
    await open();
    expect(describePool()).toEqual(["fixed ready", "a ready"]);
    world.listed = [target("b")];
    await pool.refresh();
    expect(describePool()).toEqual(["fixed ready", "a dropped", "b ready"]);
    expect(connections.get("a")?.isOpen()).toBe(false);
    expect(readAliases()).toEqual(["fixed", "b"]);
    expect(pool.changes.map(({ builder: { alias }, state }) => `${alias} ${state}`)).toEqual([
      "a dropped",
      "b ready",
    ]);
    world.listed = [target("a"), target("b")];
    await pool.refresh();
    expect(describePool()).toEqual(["fixed ready", "a ready", "b ready"]);
    await pool.close();
  });

  it("drops one that may not be used any more, and keeps why", async () => {
    const { pool, world, open } = createChangingPool();
    world.listed = [target("a")];
    await open();
    world.listed = [target("a", refusal)];
    await pool.refresh();
    expect(pool.statuses[1]).toMatchObject({ state: "dropped", code: "BUILDER_DENIED" });
    expect(pool.changes).toHaveLength(1);
    await pool.close();
  });

  it("forgets one that was never usable, such as a pool that could not be listed", async () => {
    const { pool, world, describePool, open } = createChangingPool();
    world.listed = [target("none", refusal)];
    await open();
    expect(describePool()).toEqual(["fixed ready", "none dropped"]);
    world.listed = [target("a")];
    await pool.refresh();
    expect(describePool()).toEqual(["fixed ready", "a ready"]);
    await pool.close();
  });

  const starting = new ActionError("BUILDER_UNREACHABLE", "the pod is not ready", { hint: "" });

  /** A pool whose only builder was usable, and is now as `listed` says. Returns what it did in how long. */
  async function awaitReturn(listed: readonly ProbeTarget[], changes: readonly ProbeTarget[] = listed) {
    const { pool, clock, world, describePool, open } = createChangingPool([]);
    world.listed = [target("a")];
    await open();
    world.listed = listed;
    await pool.refresh();
    const before = clock.nowMs();
    void clock.sleep(5_000).then(() => {
      world.listed = changes;
    });
    await clock.run(pool.awaitReturn("x86_64-linux"));
    const seconds = (clock.nowMs() - before) / 1000;
    const states = describePool();
    await pool.close();
    return { states, seconds };
  }

  it("waits for one that starts anew", async () => {
    expect(await awaitReturn([target("a", starting)], [target("a")])).toEqual({
      states: ["a ready"],
      seconds: 6,
    });
  });

  it("waits for one that starts anew until it disappears", async () => {
    expect(await awaitReturn([target("a", starting)], [])).toEqual({ states: ["a dropped"], seconds: 6 });
  });

  it("waits for one that ends, and starts again", async () => {
    const ending = new ActionError("BUILDER_UNFIT", "the pod is ending", { hint: "" });
    expect(await awaitReturn([target("a", ending)], [target("a")])).toMatchObject({ states: ["a ready"] });
  });

  it("does not wait for one whose disk is full", async () => {
    const { pool, clock, world, open } = createChangingPool([]);
    world.listed = [target("a")];
    await open();
    pool.drop(builder("a"), new ActionError("BUILDER_UNFIT", "its store is full", { hint: "" }));
    const before = clock.nowMs();
    await clock.run(pool.awaitReturn("x86_64-linux"));
    expect(clock.nowMs()).toBe(before);
    await pool.close();
  });

  it("waits for a minute at most", async () => {
    expect(await awaitReturn([target("a", starting)])).toEqual({ states: ["a dropped"], seconds: 60 });
  });

  it.each([
    ["disappeared", []],
    ["may not be used any more", [target("a", refusal)]],
    ["was not usable before", [target("b", starting)]],
  ])("does not wait for one that %s", async (_, listed) => {
    expect((await awaitReturn(listed)).seconds).toBe(0);
  });

  it("does not wait while another can build", async () => {
    const { pool, clock, world, open } = createChangingPool();
    world.listed = [target("a")];
    await open();
    world.listed = [target("a", starting)];
    await pool.refresh();
    const before = clock.nowMs();
    await clock.run(pool.awaitReturn("x86_64-linux"));
    expect(clock.nowMs()).toBe(before);
    await pool.close();
  });
});
