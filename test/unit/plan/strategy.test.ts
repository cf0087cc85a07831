import { describe, expect, it } from "@jest/globals";

import { ActionError } from "../../../src/errors/action-error.js";
import type { Builder, BuilderFacts, BuilderStatus } from "../../../src/model/builder.js";
import type { FlakeOutputs } from "../../../src/model/flake.js";
import type { Strategy } from "../../../src/model/strategy.js";
import type { System, TargetSystem } from "../../../src/model/system.js";
import { type Emulation, listAttempts, planTarget } from "../../../src/plan/strategy.js";

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
  keyFile: undefined,
  hostKey: undefined,
};
const facts: BuilderFacts = {
  nixVersion: "2.34.8",
  isTrusted: true,
  systems: ["x86_64-linux"],
  emulatedSystems: [],
  features: [],
  isSandboxed: true,
  maxJobs: 1,
  cpus: 1,
  load: 0,
  freeBytes: 1e12,
  collectedAgoS: undefined,
  isDraining: false,
};
const ready: BuilderStatus = { state: "ready", builder, facts, probeMs: 1 };
const degraded: BuilderStatus = { ...ready, state: "degraded", reason: "b1 is busy", hint: "Wait." };
const dropped: BuilderStatus = {
  state: "dropped",
  builder,
  code: "BUILDER_UNREACHABLE",
  reason: "b1.example.org refused the connection",
  hint: "Start it.",
};

const NO_QEMU: Emulation = { isPossible: false, reason: "no QEMU is registered" };
const QEMU: Emulation = { isPossible: true, reason: "QEMU is registered" };

const native: FlakeOutputs = { "x86_64-linux": ["image"] };
const cross: FlakeOutputs = { "x86_64-linux": ["image"], "aarch64-linux": ["image-x86_64-linux"] };

function plan(
  outputs: FlakeOutputs,
  buildSystem: System,
  strategy: "auto" | readonly Strategy[] = "auto",
  builders: readonly BuilderStatus[] = [],
  target: TargetSystem = "x86_64-linux",
  emulation: Emulation = NO_QEMU,
) {
  const installable = { flake: ".", name: "image" };
  const installables = [{ installable, outputs }];
  return planTarget({ buildSystem, target, strategy, builders, installables, emulation });
}

describe("planTarget", () => {
  it.each<[string, FlakeOutputs, System, "auto" | readonly Strategy[], readonly BuilderStatus[], Strategy]>([
    ["builds natively on the target's own system", cross, "x86_64-linux", "auto", [ready], "native"],
    [
      "cross-compiles if the flake has a cross package",
      cross,
      "aarch64-linux",
      "auto",
      [ready],
      "cross-compile",
    ],
    ["uses a builder if the flake has no cross package", native, "aarch64-linux", "auto", [ready], "remote"],
    ["uses a builder on a Mac", native, "aarch64-darwin", "auto", [ready], "remote"],
    ["follows the user's order", cross, "aarch64-linux", ["remote", "cross-compile"], [ready], "remote"],
    [
      "takes the user's next strategy if the builder is down",
      cross,
      "aarch64-linux",
      ["remote", "cross-compile"],
      [dropped],
      "cross-compile",
    ],
    [
      "builds a native target remotely if the user asks for it",
      native,
      "x86_64-linux",
      ["remote"],
      [ready],
      "remote",
    ],
    ["uses a degraded builder", native, "aarch64-linux", "auto", [degraded], "remote"],
    ["builds with one ready builder of two", native, "aarch64-linux", "auto", [dropped, ready], "remote"],
  ])("%s", (_, outputs, buildSystem, strategy, builders, expected) => {
    expect(plan(outputs, buildSystem, strategy, builders).strategy).toBe(expected);
  });

  /** Build system, flake, builders, QEMU, and the strategies that are tried, in order. */
  it.each<[System, "flake with cross" | "flake", string, readonly BuilderStatus[], Emulation, string]>([
    ["x86_64-linux", "flake", "no builders", [], NO_QEMU, "native"],
    ["x86_64-linux", "flake", "a builder", [ready], NO_QEMU, "native, remote"],
    ["x86_64-linux", "flake", "a dead builder", [dropped], QEMU, "native"],
    ["x86_64-linux", "flake with cross", "a builder", [ready], QEMU, "native, remote"],
    ["aarch64-linux", "flake", "no builders", [], NO_QEMU, "PLAN_IMPOSSIBLE"],
    ["aarch64-linux", "flake", "no builders", [], QEMU, "emulate"],
    ["aarch64-linux", "flake", "a builder", [ready], NO_QEMU, "remote"],
    ["aarch64-linux", "flake", "a builder", [ready], QEMU, "remote, emulate"],
    ["aarch64-linux", "flake", "a degraded builder", [degraded], QEMU, "remote, emulate"],
    ["aarch64-linux", "flake", "a dead builder", [dropped], NO_QEMU, "PLAN_IMPOSSIBLE"],
    ["aarch64-linux", "flake", "a dead builder", [dropped], QEMU, "emulate"],
    ["aarch64-linux", "flake", "a dead builder and a live one", [dropped, ready], QEMU, "remote, emulate"],
    ["aarch64-linux", "flake with cross", "no builders", [], QEMU, "cross-compile"],
    ["aarch64-linux", "flake with cross", "a builder", [ready], QEMU, "cross-compile"],
    ["aarch64-linux", "flake with cross", "a dead builder", [dropped], QEMU, "cross-compile"],
    ["aarch64-darwin", "flake", "no builders", [], NO_QEMU, "PLAN_IMPOSSIBLE"],
    ["aarch64-darwin", "flake", "a builder", [ready], NO_QEMU, "remote"],
    ["aarch64-darwin", "flake", "a dead builder", [dropped], NO_QEMU, "PLAN_IMPOSSIBLE"],
    ["x86_64-darwin", "flake", "a builder", [ready], NO_QEMU, "remote"],
  ])(
    "on %s, with a %s and %s, always tries the same strategies",
    (host, flake, _, builders, emulation, expected) => {
      const outputs = flake === "flake" ? native : cross;
      const tried = () => {
        try {
          return listAttempts(plan(outputs, host, "auto", builders, "x86_64-linux", emulation)).join(", ");
        } catch (error) {
          return error instanceof ActionError ? error.code : "";
        }
      };
      expect([tried(), tried()]).toEqual([expected, expected]);
    },
  );

  it.each<[readonly Strategy[], string]>([
    [["remote"], "remote"],
    [["emulate", "remote"], "emulate, remote"],
    [["cross-compile", "remote"], "cross-compile"],
    [["remote", "cross-compile", "emulate"], "remote, emulate"],
  ])("takes %j as the order and as the allow-list", (order, expected) => {
    const attempts = listAttempts(plan(cross, "aarch64-linux", order, [ready], "x86_64-linux", QEMU));
    expect(attempts.join(", ")).toBe(expected);
  });

  it("names the cross package by the build system and the target", () => {
    expect(plan(cross, "aarch64-linux").attributes).toEqual([".#packages.aarch64-linux.image-x86_64-linux"]);
  });

  it("quotes a name that is not an identifier", () => {
    const installable = { flake: ".", name: "my.image" };
    const outputs = { "x86_64-linux": ["my.image"] };
    const { attributes } = planTarget({
      buildSystem: "x86_64-linux",
      target: "x86_64-linux",
      strategy: "auto",
      builders: [],
      installables: [{ installable, outputs }],
      emulation: NO_QEMU,
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

  it("reports why every builder was dropped", () => {
    expect(() => plan(native, "aarch64-linux", "auto", [dropped])).toThrow(/refused the connection/);
  });

  it("says what the flake has when it lacks the package", () => {
    expect(() => plan({ "x86_64-linux": ["server"] }, "x86_64-linux")).toThrow(
      expect.objectContaining({
        code: "FLAKE_OUTPUT_MISSING",
        hint: "Add packages.x86_64-linux.image. For x86_64-linux, the flake has: server.",
      }),
    );
  });

  it("lists the names for the target, not for other systems, with the nearest one first", () => {
    const others = Array.from({ length: 30 }, (_, i) => `a${i}`);
    const outputs = { "aarch64-linux": others, "x86_64-linux": [...others, "imagf", "server"] };
    expect(() => plan(outputs, "x86_64-linux")).toThrow(
      expect.objectContaining({
        hint: expect.stringMatching(
          /Did you mean "imagf"\? For x86_64-linux, the flake has: imagf, .*, and 12 more\.$/,
        ) as unknown,
      }),
    );
  });

  it("names the systems that the flake has packages for, if the target is not one", () => {
    expect(() => plan({ "aarch64-linux": ["image"], "i686-linux": [] }, "x86_64-linux")).toThrow(
      expect.objectContaining({
        hint: expect.stringMatching(/The flake has packages only for aarch64-linux\.$/) as unknown,
      }),
    );
  });
});
