import { describe, expect, it } from "@jest/globals";

import type { BuilderStatus } from "../../../../src/model/builder.js";
import type { FlakeOutputs } from "../../../../src/model/flake.js";
import type { Strategy } from "../../../../src/model/strategy.js";
import type { TargetSystem } from "../../../../src/model/system.js";
import { listCandidates } from "../../../../src/pipeline/compare/candidates.js";
import { createBuilder } from "../fake-run.js";

const X86 = "x86_64-linux";
const ARM = "aarch64-linux";

/** A builder for both systems, some of which QEMU runs. */
function createStatus(emulatedSystems: readonly string[]): BuilderStatus {
  const status = createBuilder("b1", { systems: [X86, ARM] });
  if (status.state === "dropped") throw new Error("the builder cannot be used");
  return { ...status, facts: { ...status.facts, emulatedSystems } };
}

const outputs: FlakeOutputs = { [X86]: ["image", `image-${ARM}`], [ARM]: ["image"] };

function list(
  targets: readonly TargetSystem[],
  strategy: "auto" | readonly Strategy[] = "auto",
  { offered = outputs, builders = [] as readonly BuilderStatus[] } = {},
) {
  const installables = [{ installable: { flake: ".", name: "image" }, outputs: offered }];
  const emulation = { isPossible: false, reason: "no QEMU" };
  return listCandidates({
    job: { targets, strategy },
    inspection: {
      buildSystem: X86,
      installables,
      emulations: new Map(targets.map((target) => [target, emulation] as const)),
      lockWarnings: [],
    },
    builders,
  });
}

describe("listCandidates", () => {
  it("has each strategy for each target, and a plan without fallbacks where it can be used", () => {
    const candidates = list([X86, ARM], "auto", { builders: [createStatus([])] });
    expect(candidates.map(({ target, strategy, plan }) => [target, strategy, plan?.strategy])).toEqual([
      [X86, "native", "native"],
      [X86, "cross-compile", undefined],
      [X86, "remote", "remote"],
      [X86, "emulate", undefined],
      [ARM, "native", undefined],
      [ARM, "cross-compile", "cross-compile"],
      [ARM, "remote", "remote"],
      [ARM, "emulate", undefined],
    ]);
    for (const { plan } of candidates)
      expect(plan?.verdicts.map(({ verdict }) => verdict) ?? []).not.toContain("fallback");
  });

  it("has the reason of the plan for each strategy that cannot be used", () => {
    expect(list([ARM]).map(({ strategy, reason }) => `${strategy}: ${reason}`)).toEqual([
      `native: this machine is ${X86}, not ${ARM}`,
      `cross-compile: the flake cross-compiles from ${X86} to ${ARM}`,
      "remote: no builders are configured",
      "emulate: no QEMU",
    ]);
  });

  it("has only the strategies that are wanted, in their order", () => {
    expect(list([X86], ["remote", "native"]).map(({ strategy }) => strategy)).toEqual(["remote", "native"]);
  });

  it.each([
    ["PLAN_IMPOSSIBLE", outputs, ["emulate"]],
    ["FLAKE_OUTPUT_MISSING", {}, ["native"]],
  ] as const)("fails with %s if no strategy can be used", (code, offered, strategy) => {
    expect(() => list([X86], strategy, { offered })).toThrow(expect.objectContaining({ code }));
  });
});

describe("isEmulated of a candidate", () => {
  it.each([
    ["native", [], false],
    ["cross-compile", [ARM], false],
    ["emulate", [], true],
    ["remote", [], false],
    ["remote", [ARM], true],
    ["remote", [X86], false],
  ] as const)("%s with builders that emulate %j: %s", (strategy, systems, expected) => {
    const candidates = list([ARM], "auto", { builders: [createStatus(systems)] });
    expect(candidates.find((candidate) => candidate.strategy === strategy)).toMatchObject({
      isEmulated: expected,
    });
  });
});
