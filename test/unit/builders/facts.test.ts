import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { parseFacts, renderProbeCommand, splitAnswer } from "../../../src/builders/facts.js";
import { assessBuilder } from "../../../src/builders/assess.js";
import type { Builder, BuilderFacts } from "../../../src/model/builder.js";

const BUILDER: Builder = {
  alias: "cross-build-00-1",
  protocol: "ssh-ng",
  user: "nix",
  host: "b1",
  port: 22,
  query: "",
  systems: ["x86_64-linux", "i686-linux"],
  maxJobs: 4,
  speedFactor: 1,
  supportedFeatures: ["kvm", "big-parallel"],
  mandatoryFeatures: [],
  keyFile: undefined,
  hostKey: undefined,
};

const PRINTED = `cross-build-probe
cpus=8
load=0.50
free-kib=104857600
collected-ago=7200
binfmt=aarch64 enabled
binfmt=riscv64 disabled
conf.extra-platforms=i686-linux aarch64-linux
conf.max-jobs=8
conf.sandbox=true
conf.system=x86_64-linux
conf.system-features=benchmark big-parallel kvm nixos-test
cross-build-probe-end
`;

const NIX = { nixVersion: "2.34.8", isTrusted: true };

function read(printed: string): BuilderFacts {
  const answer = splitAnswer(Buffer.from(printed));
  if (answer === undefined) throw new Error("incomplete");
  return parseFacts(answer.facts, NIX);
}

describe("splitAnswer", () => {
  it("separates the facts from Nix's answer after them", () => {
    const answer = splitAnswer(Buffer.concat([Buffer.from(PRINTED), Buffer.from([1, 2, 3])]));
    expect(answer?.facts.get("cpus")).toEqual(["8"]);
    expect(answer?.rest).toEqual(Buffer.from([1, 2, 3]));
  });

  it("waits while the facts are incomplete", () => {
    for (const length of [18, 30, PRINTED.length - 1]) {
      expect(splitAnswer(Buffer.from(PRINTED.slice(0, length)))).toBeUndefined();
    }
  });

  it("treats all output as Nix's answer if a forced command prevents the facts", () => {
    const bytes = Buffer.from("oixd");
    expect(splitAnswer(bytes)).toEqual({ facts: new Map(), rest: bytes });
  });

  it("reads only so many facts of a builder that prints endless ones", () => {
    // Work that grows with the square of the number of facts would take hours here.
    const answer = splitAnswer(
      Buffer.from(`cross-build-probe\n${"a=\n".repeat(3_000_000)}cross-build-probe-end\n`),
    );
    expect(answer?.facts.get("a")?.length).toBeLessThanOrEqual(1_000);
  });

  it("never fails, whatever a builder prints", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const answer = splitAnswer(Buffer.from(`cross-build-probe\n${text}\ncross-build-probe-end\n`));
        expect(parseFacts(answer?.facts ?? new Map(), NIX).nixVersion).toBe("2.34.8");
      }),
    );
  });
});

describe("parseFacts", () => {
  it("reads the facts of a builder", () => {
    expect(read(PRINTED)).toEqual({
      ...NIX,
      systems: ["x86_64-linux", "i686-linux", "aarch64-linux"],
      emulatedSystems: ["aarch64-linux"],
      features: ["benchmark", "big-parallel", "kvm", "nixos-test"],
      isSandboxed: true,
      maxJobs: 8,
      cpus: 8,
      load: 0.5,
      collectedAgoS: 7200,
      freeBytes: 100 * 2 ** 30,
      isDraining: false,
    });
  });

  it("treats missing facts and facts that are not numbers as unknown", () => {
    expect(read("cross-build-probe\ncpus=\nload=x\ncross-build-probe-end\n")).toMatchObject({
      systems: undefined,
      features: undefined,
      cpus: undefined,
      load: undefined,
      freeBytes: undefined,
    });
  });
});

describe("renderProbeCommand", () => {
  it("quotes the script as one shell word, whatever the program's path", () => {
    expect(renderProbeCommand(["/it's/nix-daemon", "--stdio"])).toMatch(/^\/bin\/sh -c '[^]*'$/);
  });
});

describe("assessBuilder", () => {
  const judge = (facts: Partial<BuilderFacts>, builder: Partial<Builder> = {}) =>
    assessBuilder(
      { ...BUILDER, ...builder },
      { ...read(PRINTED), ...facts },
      { probeMs: 100, hasBuildsRunning: false },
    );

  it("finds a builder ready that offers everything in its line", () => {
    expect(judge({})).toMatchObject({ state: "ready", builder: BUILDER });
  });

  it("trusts the line if the builder reports nothing", () => {
    const silent = { systems: undefined, features: undefined, freeBytes: undefined, load: undefined };
    expect(judge(silent)).toMatchObject({ state: "ready", builder: BUILDER });
  });

  it.each<[string, Partial<BuilderFacts>, string, RegExp]>([
    ["does not trust its user", { isTrusted: false }, "BUILDER_DENIED", /trust/],
    ["is draining", { isDraining: true }, "BUILDER_UNFIT", /draining/],
    ["is for another system", { systems: ["aarch64-linux"] }, "BUILDER_UNFIT", /builds for aarch64-linux/],
    ["has a full disk", { freeBytes: 1 << 20 }, "BUILDER_UNFIT", /1 MiB left/],
  ])("drops a builder that %s", (_, facts, code, reason) => {
    expect(judge(facts)).toMatchObject({
      state: "dropped",
      code,
      reason: expect.stringMatching(reason) as unknown,
    });
  });

  it.each<[string, Partial<BuilderFacts>, RegExp]>([
    ["emulates the system", { emulatedSystems: ["x86_64-linux"] }, /emulates x86_64-linux/],
    ["lacks a system", { systems: ["x86_64-linux"] }, /not for i686-linux/],
    ["lacks a feature", { features: ["big-parallel"] }, /does not offer kvm/],
    ["has little disk space", { freeBytes: 2 ** 30 }, /1024 MiB left/],
    ["is busy", { load: 40 }, /load average of 40 on 8 CPUs/],
    ["has no sandbox", { isSandboxed: false }, /without a sandbox/],
  ])("degrades a builder that %s", (_, facts, reason) => {
    expect(judge(facts)).toMatchObject({
      state: "degraded",
      reason: expect.stringMatching(reason) as unknown,
    });
  });

  it("ignores the load of a builder while our own builds run there", () => {
    const facts = { ...read(PRINTED), load: 40 };
    expect(assessBuilder(BUILDER, facts, { probeMs: 100, hasBuildsRunning: true })).toMatchObject({
      state: "ready",
    });
  });

  it.each([
    [undefined, 8, 8],
    [undefined, undefined, 1],
    [undefined, 0, 1],
    [2, 8, 2],
  ])("with %p slots in the line and %p in the builder's Nix, assigns %p", (given, told, expected) => {
    expect(judge({ maxJobs: told }, { maxJobs: given })).toMatchObject({ builder: { maxJobs: expected } });
  });

  it("keeps only the systems and features that the builder offers", () => {
    expect(judge({ systems: ["x86_64-linux"], features: [] })).toMatchObject({
      builder: { systems: ["x86_64-linux"], supportedFeatures: [] },
    });
  });
});
