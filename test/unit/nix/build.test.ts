import { describe, expect, it } from "@jest/globals";

import { ActionError } from "../../../src/errors/action-error.js";
import type { DerivationBuild } from "../../../src/model/build.js";
import { addCpuTimes, buildAttributes } from "../../../src/nix/build.js";
import type { RunNix } from "../../../src/nix/command.js";
import { FakeClock } from "../../fake-clock.js";
import { createFakeRun } from "../pipeline/fake-run.js";

const DRV = "/nix/store/00000000000000000000000000000000-bad.drv";
const event = (fields: object) => `@nix ${JSON.stringify(fields)}`;
const START = [
  event({ action: "start", id: 9, type: 104 }),
  event({ action: "start", id: 1, type: 105, fields: [DRV, "", 1, 1] }),
];
const STOP = event({ action: "stop", id: 1 });

/** Builds with a Nix that prints these lines, and returns the outcome with what was logged. */
async function build(lines: readonly string[], end: ActionError | number) {
  const { context, lines: logged } = createFakeRun();
  const runNix: RunNix = (_, { onStderrLine }) => {
    for (const line of lines) onStderrLine?.(line);
    return end instanceof ActionError
      ? Promise.reject(end)
      : Promise.resolve({ exitCode: end, stdout: "", stderr: "" });
  };
  const request = {
    installables: [".#packages.x86_64-linux.bad"],
    mode: { kind: "local" },
    nameOf: (uri: string) => uri,
    cwd: "/",
    maxSilentMs: 1000,
  } as const;
  const outcome = await buildAttributes(runNix, request, { ...context, clock: new FakeClock() });
  return { outcome, log: logged.join("\n") };
}

describe("buildAttributes", () => {
  it("logs each line of a failed build once, and how to get all of them", async () => {
    const said = Array.from({ length: 40 }, (_, i) =>
      event({ action: "result", id: 1, type: 101, fields: [`line-${i + 1};`] }),
    );
    const failed = [
      event({ action: "result", id: 9, type: 105, fields: [0, 1, 0, 1] }),
      STOP,
      event({ action: "msg", level: 0, msg: `error: builder for '${DRV}' failed with exit code 3` }),
    ];
    const { outcome, log } = await build([...START, ...said, ...failed], 1);
    for (let line = 1; line <= 40; line++) expect(log.split(`line-${line};`)).toHaveLength(2);
    expect(log.split(`nix log ${DRV}`)).toHaveLength(2);
    expect(outcome).toMatchObject({
      builds: [{ name: "bad", outcome: "failed", log: expect.arrayContaining(["line-40;"]) as unknown }],
      error: { code: "BUILD_FAILED", message: `builder for '${DRV}' failed with exit code 3` },
    });
  });

  it("does not report a cancelled build as built", async () => {
    const cancelled = new ActionError("CANCELLED", "the run was cancelled", { hint: "None." });
    const { outcome, log } = await build([...START, STOP], cancelled);
    expect(outcome).toMatchObject({ builds: [{ outcome: "interrupted", log: [] }], error: cancelled });
    expect(log).not.toMatch(/\bbuilt bad/);
  });

  it("names the package that cannot be evaluated", async () => {
    const msg = "error: undefined variable 'x'\n       at /nix/store/x-source/flake.nix:3:31:";
    const { outcome } = await build([event({ action: "msg", level: 0, msg })], 1);
    expect(outcome.error).toMatchObject({
      code: "EVALUATION_FAILED",
      message:
        ".#packages.x86_64-linux.bad cannot be evaluated: undefined variable 'x'\n" +
        "at /nix/store/x-source/flake.nix:3:31:",
    });
  });
});

describe("addCpuTimes", () => {
  const build = (drvPath: string, use = {}): DerivationBuild => ({
    ...{ drvPath, name: "a", startedAtMs: 0, durationMs: 1, use, log: [] },
    location: { kind: "local" },
    outcome: "built",
  });
  const usesOf = (json: unknown) =>
    addCpuTimes(
      [build("/a.drv", { cpuMs: 1, peakMemoryBytes: 2 }), build("/b.drv")],
      JSON.stringify(json),
    ).map(({ use }) => use);

  it("prefers what Nix has measured, in seconds, to what was known before", () => {
    const json = [{ drvPath: "/a.drv", outputs: {}, cpuUser: 1.25, cpuSystem: 0.5 }];
    expect(usesOf(json)).toEqual([{ cpuMs: 1750, peakMemoryBytes: 2 }, {}]);
  });

  it.each([
    [[{ drvPath: "/a.drv", outputs: {} }]],
    [[{ drvPath: "/a.drv", cpuUser: 1 }]],
    [[{ drvPath: "/a.drv", cpuUser: -1, cpuSystem: 1 }]],
    [[{ drvPath: "/a.drv", cpuUser: 1e300, cpuSystem: 1 }]],
    [[{ drvPath: "/a.drv", cpuUser: "1", cpuSystem: 1 }]],
    [["/nix/store/a"]],
  ])("changes nothing for %j", (json) => {
    expect(usesOf(json)).toEqual([{ cpuMs: 1, peakMemoryBytes: 2 }, {}]);
  });
});
