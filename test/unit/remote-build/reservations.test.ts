import { describe, expect, it } from "@jest/globals";

import type { BuilderPool } from "../../../src/builders/pool.js";
import type { Log } from "../../../src/platform/log.js";
import type { RunNix } from "../../../src/nix/command.js";
import { chooseMode } from "../../../src/remote-build/choose-mode.js";
import { BuilderReservations } from "../../../src/remote-build/reservations.js";
import { createBuilder, createFakeRun, createPlan } from "../pipeline/fake-run.js";

const builders = ["a", "b"].map((host) => createBuilder(host, { protocol: "ssh-ng" }));
const pool = { statuses: builders, connectionOf: () => ({}) } as unknown as BuilderPool;

/** Chooses a mode for a target with one derivation; Nix's dry run ends after `turns` microtasks. */
function choose(reservations: BuilderReservations, log: Log, turns: number) {
  const runNix: RunNix = async () => {
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    return { exitCode: 0, stdout: JSON.stringify([{ drvPath: DRV, outputs: { out: OUT } }]), stderr: "" };
  };
  const request = { installables: [".#image"], workingDirectory: "/", repository: "team/app" };
  return chooseMode(
    { ...request, plan: createPlan("remote"), forced: undefined },
    { pool, runNix, log, reservations },
  );
}

const OUT = "/nix/store/00000000000000000000000000000000-image";
const DRV = `${OUT}.drv`;

describe("BuilderReservations", () => {
  it.each([
    [0, 0],
    [0, 5],
    [5, 0],
    [3, 3],
  ])("gives concurrent targets different builders, in whatever order they choose (%d, %d)", async (a, b) => {
    const reservations = new BuilderReservations();
    const { log } = createFakeRun().context;
    const chosen = await Promise.all([choose(reservations, log, a), choose(reservations, log, b)]);
    const hosts = chosen.map(({ mode }) => (mode.kind === "single-store" ? mode.builder.host : mode.kind));
    expect(hosts.toSorted()).toEqual(["a", "b"]);
  });

  it("gives a builder to the next target once it is released", async () => {
    const reservations = new BuilderReservations();
    const { log } = createFakeRun().context;
    const first = await choose(reservations, log, 0);
    first.release();
    first.release();
    const second = await choose(reservations, log, 0);
    expect(second.mode).toEqual(first.mode);
  });

  it("keeps a shared builder reserved until all of its targets are done", async () => {
    const reservations = new BuilderReservations();
    const { log } = createFakeRun().context;
    const [first, second, third] = [
      await choose(reservations, log, 0),
      await choose(reservations, log, 0),
      await choose(reservations, log, 0),
    ];
    expect(third.mode).toEqual(first.mode);
    first.release();
    second.release();
    const fourth = await choose(reservations, log, 0);
    expect(fourth.mode).toEqual(second.mode);
  });
});
