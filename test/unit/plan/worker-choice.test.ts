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
    ["what Nix itself does", create(), "builtin", [], true],
    ["a feature that it has", create(), "x86_64-linux", ["big-parallel"], true],
    ["a feature that it lacks", create(), "x86_64-linux", ["kvm"], false],
    ["what does not ask for the feature it is for", kvm, "x86_64-linux", ["big-parallel"], false],
    ["what asks for the feature it is for", kvm, "x86_64-linux", ["kvm"], true],
  ])("knows of %s", (_, builder, platform, features, expected) => {
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
    ["a sound one", worker("b", { isDegraded: true, speedFactor: 9, inputs: 9 })],
    ["one at leisure, by its slots", worker("b", { running: 1, speedFactor: 9, inputs: 9 })],
    ["the faster one", worker("b", { speedFactor: 0.5, inputs: 9 })],
    ["the one with most of the inputs", worker("b", { inputs: 1 })],
  ])("takes %s", (_, other) => {
    const best = worker("best", { inputs: 2 });
    expect(chooseWorker([other, best])?.builder.host).toBe("best");
    expect(chooseWorker([best, other])?.builder.host).toBe("best");
  });

  it("takes nobody where nobody is free", () => {
    expect(chooseWorker<Worker>([])).toBeUndefined();
  });
});
