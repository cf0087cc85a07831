import { describe, expect, it } from "@jest/globals";

import type { Builder } from "../../../src/model/builder.js";
import { chooseWorker, isFit, type Worker } from "../../../src/plan/worker-choice.js";

function create(given: Partial<Builder> = {}): Builder {
  return {
    alias: "a",
    protocol: "ssh-ng",
    user: undefined,
    host: "a",
    port: 22,
    query: "",
    systems: ["x86_64-linux"],
    maxJobs: 4,
    speedFactor: 1,
    supportedFeatures: ["big-parallel"],
    mandatoryFeatures: [],
    keyFile: undefined,
    hostKey: undefined,
    ...given,
  };
}

describe("isFit", () => {
  const kvm = create({ mandatoryFeatures: ["kvm"] });
  it.each([
    ["its own system", create(), "x86_64-linux", [], true],
    ["another system", create(), "aarch64-linux", [], false],
    ["a builtin derivation", create(), "builtin", [], true],
    ["a feature that it has", create(), "x86_64-linux", ["big-parallel"], true],
    ["a feature that it lacks", create(), "x86_64-linux", ["kvm"], false],
    ["a derivation without the mandatory feature", kvm, "x86_64-linux", ["big-parallel"], false],
    ["a derivation with the mandatory feature", kvm, "x86_64-linux", ["kvm"], true],
  ])("decides on %s", (_, builder, platform, features, expected) => {
    expect(isFit(builder, { platform, features })).toBe(expected);
  });
});

describe("chooseWorker", () => {
  const worker = (host: string, given: Partial<Worker> & Partial<Builder>) => ({
    builder: create({ host, ...given }),
    isDegraded: false,
    running: 0,
    inputs: 0,
    ...given,
  });
  it.each([
    ["a ready builder before a degraded one", worker("b", { isDegraded: true, speedFactor: 9, inputs: 9 })],
    [
      "the builder with the smallest share of busy slots",
      worker("b", { running: 1, speedFactor: 9, inputs: 9 }),
    ],
    ["the faster builder", worker("b", { speedFactor: 0.5, inputs: 9 })],
    ["the builder with the most inputs", worker("b", { inputs: 1 })],
  ])("takes %s", (_, other) => {
    const best = worker("best", { inputs: 2 });
    expect(chooseWorker([other, best])?.builder.host).toBe("best");
    expect(chooseWorker([best, other])?.builder.host).toBe("best");
  });

  it("takes no builder if none is free", () => {
    expect(chooseWorker<Worker>([])).toBeUndefined();
  });
});
