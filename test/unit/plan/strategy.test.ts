import { describe, expect, it } from "@jest/globals";

import type { Builder, BuilderStatus } from "../../../src/model/builder.js";
import type { FlakeOutputs } from "../../../src/model/flake.js";
import type { Strategy } from "../../../src/model/strategy.js";
import type { System, TargetSystem } from "../../../src/model/system.js";
import { planTarget } from "../../../src/plan/strategy.js";

const builder: Builder = {
  alias: "cross-build-00-1",
  protocol: "ssh-ng",
  user: "nix",
  host: "b1.example.org",
  port: 22,
  query: "",
  systems: ["x86_64-linux"],
  maxJobs: 1,
  speedFactor: 1,
  supportedFeatures: [],
  mandatoryFeatures: [],
  hostKey: undefined,
};
const ready: BuilderStatus = { state: "ready", builder, nixVersion: "2.34.8" };
const dropped: BuilderStatus = {
  state: "dropped",
  builder,
  code: "BUILDER_UNREACHABLE",
  reason: "b1.example.org refused the connection",
  hint: "Start it.",
};

const native: FlakeOutputs = { "x86_64-linux": ["image"] };
const cross: FlakeOutputs = { "x86_64-linux": ["image"], "aarch64-linux": ["image-x86_64-linux"] };

function plan(
  outputs: FlakeOutputs,
  buildSystem: System,
  strategy: "auto" | readonly Strategy[] = "auto",
  builders: readonly BuilderStatus[] = [],
  target: TargetSystem = "x86_64-linux",
) {
  const installable = { flake: ".", name: "image" };
  return planTarget({ buildSystem, target, strategy, builders, installables: [{ installable, outputs }] });
}

describe("planTarget", () => {
  it.each<[string, FlakeOutputs, System, "auto" | readonly Strategy[], readonly BuilderStatus[], Strategy]>([
    ["builds natively on the target's own system", cross, "x86_64-linux", "auto", [ready], "native"],
    ["cross-compiles where the flake offers it", cross, "aarch64-linux", "auto", [ready], "cross-compile"],
    ["goes to a builder where the flake does not", native, "aarch64-linux", "auto", [ready], "remote"],
    ["goes to a builder from a Mac", native, "aarch64-darwin", "auto", [ready], "remote"],
    ["follows the user's order", cross, "aarch64-linux", ["remote", "cross-compile"], [ready], "remote"],
    [
      "takes the user's next when a builder is down",
      cross,
      "aarch64-linux",
      ["remote", "cross-compile"],
      [dropped],
      "cross-compile",
    ],
    ["sends a native build away when told to", native, "x86_64-linux", ["remote"], [ready], "remote"],
    ["builds with one ready builder of two", native, "aarch64-linux", "auto", [dropped, ready], "remote"],
  ])("%s", (_, outputs, buildSystem, strategy, builders, expected) => {
    expect(plan(outputs, buildSystem, strategy, builders).strategy).toBe(expected);
  });

  it("names the cross package by the build system and the target", () => {
    expect(plan(cross, "aarch64-linux").attributes).toEqual([".#packages.aarch64-linux.image-x86_64-linux"]);
  });

  it("quotes a name that is no identifier", () => {
    const installable = { flake: ".", name: "my.image" };
    const outputs = { "x86_64-linux": ["my.image"] };
    const { attributes } = planTarget({
      buildSystem: "x86_64-linux",
      target: "x86_64-linux",
      strategy: "auto",
      builders: [],
      installables: [{ installable, outputs }],
    });
    expect(attributes).toEqual(['.#packages.x86_64-linux."my.image"']);
  });

  it("gives a verdict and a reason for every strategy", () => {
    const { verdicts } = plan(native, "aarch64-linux", "auto", [ready]);
    expect(verdicts.map(({ strategy, verdict }) => [strategy, verdict])).toEqual([
      ["native", "rejected"],
      ["cross-compile", "rejected"],
      ["remote", "chosen"],
      ["emulate", "rejected"],
    ]);
    expect(verdicts.every(({ reason }) => reason !== "")).toBe(true);
  });

  it("never uses what the user left out", () => {
    expect(() => plan(cross, "aarch64-linux", ["native"])).toThrow(
      expect.objectContaining({
        code: "PLAN_IMPOSSIBLE",
        message: expect.stringContaining("this machine is aarch64-linux") as unknown,
      }),
    );
  });

  it("passes on why every builder was dropped", () => {
    expect(() => plan(native, "aarch64-linux", "auto", [dropped])).toThrow(/refused the connection/);
  });

  it("says what the flake has when it lacks the package", () => {
    expect(() => plan({ "x86_64-linux": ["server"] }, "x86_64-linux")).toThrow(
      expect.objectContaining({
        code: "FLAKE_OUTPUT_MISSING",
        hint: "Add packages.x86_64-linux.image. It has: packages.x86_64-linux.server.",
      }),
    );
  });
});
